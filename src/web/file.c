/* Files as responses: opening them safely, and their headers.
 *
 * A name below a root never leads out of it (folder.c). What keeps a client from a file is 404, whatever the reason:
 * the difference would tell what exists.
 *
 * Opening and fstat() block the worker for as long as the file system takes, as sendfile() does for pages that are
 * not in memory: files on slow network mounts belong behind a server made for them. */
#include "web/file.h"
#include "base/buffer.h"
#include "canteen/log.h"
#include "canteen/work.h"
#include "proto/mime.h"
#include "proto/url.h"
#include "web/ct.h"
#include "web/folder.h"
#include "web/response.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: opening a FIFO or a device must not hang; it changes nothing for a regular file. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

/* ---- opening ---- */

static int open_in_root(ct *c, const char *root, const char *name)
{
    if (!ct_folder_holds(name)) {
        errno = ENOENT;
        return -1;
    }
    int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        ct_mistake(c, "ct_send_file: the root \"%s\": %m", root);
    int fd = ct_folder_open(directory, name);
    int error = errno;
    close(directory);
    errno = error;
    return fd;
}

bool ct_file_is_missing(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
    case ENXIO: /* a socket, or a device that is not there */
    case ENODEV:
    case EINVAL:
    case EILSEQ:
        return true;
    default:
        return false;
    }
}

/* Logs `error` of opening a file, unless it says no more than that there is no such file. */
static void tell_failure(ct *c, const char *path, int error)
{
    errno = error;
    if (!ct_file_is_missing(error))
        ct_mistake(c, "ct_send_file: \"%s\": %m", path);
    if (error == EACCES || error == EPERM)
        ct_log(c, CT_LOG_WARNING, "ct_send_file: \"%s\" cannot be read: %m", path);
}

static void close_slot(void *arg)
{
    const int *fd = arg;
    if (*fd >= 0)
        close(*fd);
}

int *ct_file_slot(ct *c)
{
    int *fd = ct_take(c, sizeof *fd);
    *fd = -1;
    ct_defer(c, close_slot, fd);
    return fd;
}

/* The descriptor of a regular file, closed when the request ends; -1: there is none. */
static int open_file(ct *c, const char *path, const char *root, struct stat *ret_info)
{
    int *fd = ct_file_slot(c);
    if (!*path)
        return -1;
    *fd = root ? open_in_root(c, root, path) : open(path, OPEN_FLAGS);
    if (*fd < 0)
        tell_failure(c, path, errno);
    else if (fstat(*fd, ret_info) < 0)
        ct_mistake(c, "ct_send_file: \"%s\": %m", path);
    return *fd >= 0 && S_ISREG(ret_info->st_mode) ? *fd : -1;
}

int ct_file_open(ct *c, const char *root, const char *name, struct stat *ret_info)
{
    return open_file(c, name, root, ret_info);
}

/* ---- headers ---- */

/* The name with '_' for what a quoted string, or a browser that saves it, does not take: controls, quotes, backslashes,
 * slashes, '%' and each character beyond ASCII. Sets *ret_same when nothing was changed. */
static const char *ascii_name(ct *c, const char *name, bool *ret_same)
{
    char *ascii = ct_strdup(c, name), *to = ascii;
    bool same = true;
    for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
        bool kept = *at >= 0x20 && *at < 0x7F && !strchr("\"\\/%", *at);
        if ((*at & 0xC0) != 0x80) /* the bytes that follow a character's first have had their '_' */
            *to++ = kept ? (char)*at : '_';
        same &= kept;
    }
    *to = '\0';
    *ret_same = same;
    return ascii;
}

/* RFC 6266: a fallback for all, and the name itself, encoded as RFC 8187 says, where that is not the same. */
static void set_download_name(ct *c, ct_response *r, const char *name)
{
    bool same;
    const char *ascii = ascii_name(c, name, &same);
    if (same || !ct_utf8_valid(name, strlen(name))) {
        ct_set_headerf(r, "Content-Disposition", "attachment; filename=\"%s\"", ascii);
        return;
    }
    ct_buffer encoded = ct_buffer_in(c->arena);
    ct_url_encode(&encoded, ct_str_of(name), CT_URL_QUERY);
    ct_set_headerf(r, "Content-Disposition", "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii,
                   ct_buffer_text(&encoded));
}

/* A file changed within its clock's tick keeps its time but for the nanoseconds, so these are in the tag. */
void ct_file_set_validators(ct_response *r, const struct stat *file)
{
    ct *c = r->c;
    int64_t seconds = file->st_mtim.tv_sec;
    const char *tag =
        ct_printf(c, "%" PRIx64 "-%" PRIx64 ".%lx", (uint64_t)file->st_size, (uint64_t)seconds, file->st_mtim.tv_nsec);
    ct_set_etag(r, tag, false);
    ct_time now = ct_now();
    if (seconds > 0) /* never later than Date (RFC 9110, 8.8.2.1) */
        ct_set_last_modified(r, seconds < now / CT_SECOND ? seconds * CT_SECOND : now);
}

ct_response *ct_file_response(ct *c, int fd, const struct stat *info)
{
    ct_response *r = ct_response_new(c);
    r->kind = CT_RESPONSE_FILE;
    r->fd = fd;
    r->length = (uint64_t)info->st_size;
    ct_allow_ranges(r);
    return r;
}

ct_response *ct_file_send(ct *c, int fd, const struct stat *info, const char *name, const ct_file_options *options)
{
    ct_response *r = ct_file_response(c, fd, info);
    ct_set_header(r, "Content-Type", options->content_type ? options->content_type : ct_mime_of(name));
    ct_file_set_validators(r, info);
    if (options->download_name)
        set_download_name(c, r, options->download_name);
    if (options->max_age > 0)
        ct_set_headerf(r, "Cache-Control", "max-age=%" PRId64, options->max_age / CT_SECOND);
    return r;
}

ct_response *ct_send_file_with(ct *c, const char *path, const ct_file_options *options)
{
    ct_needed(c, "ct_send_file", path);
    struct stat file;
    int fd = open_file(c, path, options->root, &file);
    if (fd < 0)
        ct_abort(c, 404, "there is no such file");
    return ct_file_send(c, fd, &file, path, options);
}
