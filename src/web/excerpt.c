/* Cutting lines out of source files. Files are read anew each time: they may have changed since the last error. */
#include "web/excerpt.h"

#include "base/common.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES ((off_t)16 << 20)
#define LINE_BYTES 400

static ct_excerpt *cut(ct_arena *arena, ct_str text, int line)
{
    if (line < 1)
        return NULL;
    uint32_t marked = (uint32_t)line, number = 0, from = marked > CT_EXCERPT_AROUND ? marked - CT_EXCERPT_AROUND : 1;
    ct_excerpt *excerpt = ct_arena_zalloc(arena, sizeof *excerpt);
    excerpt->first = from;
    excerpt->marked = marked;
    const char *at = text.data, *end = text.data + text.length;
    while (at < end && excerpt->count < CT_EXCERPT_LINES && number < marked + CT_EXCERPT_AROUND) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);
        if (++number >= from) {
            size_t shown = length && at[length - 1] == '\r' ? length - 1 : length;
            excerpt->lines[excerpt->count++] = (ct_str){ at, CT_MIN(shown, LINE_BYTES) };
        }
        at += length + 1;
    }
    return number >= marked ? excerpt : NULL;
}

const ct_excerpt *ct_excerpt_of(ct_arena *arena, ct_str text, int line)
{
    return cut(arena, text, line);
}

static bool read_all(int fd, char *data, size_t length)
{
    for (size_t got = 0; got < length;) {
        ssize_t n = read(fd, data + got, length - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static bool after(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

const ct_excerpt *ct_excerpt_read(ct_arena *arena, const char *path, int line)
{
    struct stat info, program;
    ct_excerpt *excerpt = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe of that name has no lines to wait for */
    if (fd < 0)
        return NULL;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= MOST_BYTES) {
        char *data = ct_arena_alloc(arena, (size_t)info.st_size + 1);
        if (read_all(fd, data, (size_t)info.st_size))
            excerpt = cut(arena, (ct_str){ data, (size_t)info.st_size }, line);
        if (excerpt)
            excerpt->newer = stat("/proc/self/exe", &program) == 0 && after(&info.st_mtim, &program.st_mtim);
    }
    close(fd);
    return excerpt;
}
