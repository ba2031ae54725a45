/* Files without a name: made by O_TMPFILE, or, where the file system cannot, made and unlinked at once.
 *
 * A write or read of some size is done in a thread, since a disk that is slow or busy would hold up every request of
 * the worker; less than that goes to the page cache faster than a thread wakes up. */
#include "web/temp_file.h"

#include "canteen/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MUCH ((size_t)128 * 1024)

/* ---- opening ---- */

static int open_and_unlink(ct *c, const char *directory)
{
    char *path = ct_printf(c, "%s/canteen-XXXXXX", directory);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int ct_temp_open(ct *c, const char *function)
{
    const char *directory = c->site->config.temp_dir;
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        fd = open_and_unlink(c, directory);
    if (fd < 0)
        ct_temp_failed(c, function, errno);
    return fd;
}

void ct_temp_failed(ct *c, const char *function, int error)
{
    const char *directory = c->site->config.temp_dir;
    errno = error;
    if (error == ENOSPC || error == EDQUOT || error == EFBIG)
        ct_abort(c, 507, "there is no room for the body in \"%s\": %m", directory);
    ct_mistake(c, "%s: cannot keep the body in \"%s\" (setting temp_dir): %m", function, directory);
}

/* ---- content ---- */

typedef struct job {
    int fd;
    int error;
    const char *from;
    char *to;
    size_t length;
} job;

static void write_all(void *arg)
{
    job *j = arg;
    while (j->length && !j->error) {
        ssize_t n = write(j->fd, j->from, j->length);
        if (n < 0 && errno != EINTR)
            j->error = errno;
        if (n > 0) {
            j->from += n;
            j->length -= (size_t)n;
        }
    }
}

static void read_all(void *arg)
{
    job *j = arg;
    for (off_t at = 0; j->length && !j->error;) {
        ssize_t n = pread(j->fd, j->to, j->length, at);
        if (n == 0 || (n < 0 && errno != EINTR))
            j->error = n ? errno : EIO;
        if (n > 0) {
            j->to += n;
            at += n;
            j->length -= (size_t)n;
        }
    }
}

static void run(ct *c, void (*fn)(void *arg), job *j)
{
    if (j->length >= MUCH)
        ct_offload(c, fn, j);
    else
        fn(j);
}

void ct_temp_write(ct *c, const char *function, int fd, ct_bytes data)
{
    job j = { .fd = fd, .from = data.data, .length = data.len };
    run(c, write_all, &j);
    if (j.error)
        ct_temp_failed(c, function, j.error);
}

bool ct_temp_read(ct *c, int fd, void *data, size_t size)
{
    job j = { .fd = fd, .to = data, .length = size };
    run(c, read_all, &j);
    errno = j.error;
    return !j.error;
}
