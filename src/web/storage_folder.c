/* Files kept below the folder of the setting upload_folder.
 *
 *   the content ──> a file without a name in its folder ── fsync ── linkat, never over another ── fsync of the folder
 *
 * So a file is there whole or not at all, whoever reads meanwhile and whenever the machine stops. Where the file system
 * has no files without a name, a hidden one (".canteen-...") is renamed; a crash may leave that behind. An uploaded
 * file that is on the same file system already, without a name, is given one without copying it.
 *
 * Folders and files are looked up by the kernel below the folder (web/folder.h), names are made with the descriptor of
 * the folder they are in. Whatever writes runs in a thread. Its wait is not cut short, nor is what comes right behind
 * it: a file that has been made is one that the handler is told of. */
#include "canteen/backend/storage.h"

#include "base/random.h"
#include "canteen/log.h"
#include "canteen/work.h"
#include "net/loop.h"
#include "net/offload.h"
#include "web/file.h"
#include "web/folder.h"
#include "web/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HIDDEN ".canteen-"
#define MOST_DEEP 64 /* folders, in a list */

static void run(void (*fn)(void *arg), void *arg)
{
    ct_offload_run(ct_loop_current()->offload, fn, arg);
}

/* ---- folders ---- */

/* The folder that a path names, made with those above it where it is not there; -1 with errno. */
static int open_or_make(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    char above[4096];
    int length = snprintf(above, sizeof above, "%s", path);
    if (length < 0 || (size_t)length >= sizeof above) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(above, 0755) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return -1;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        syncfs(fd); /* once in a site's life: the folder and those above it are to outlive a power cut */
    return fd;
}

/* Goes from the folder `at`, which is closed, into the one that the first `length` bytes of `path` name, whose last
 * segment is `segment`; makes it where it is not there. */
static int enter(int root, int at, const char *path, const char *segment)
{
    int inner = ct_folder_open(root, path);
    if (inner < 0 && errno == ENOENT && (mkdirat(at, segment, 0755) == 0 || errno == EEXIST)) {
        fsync(at);
        inner = ct_folder_open(root, path);
    }
    int error = errno;
    close(at);
    errno = error;
    return inner;
}

/* The folder that the file of the name is in, made where it is not there; -1 with errno. *ret_last is the name's last
 * segment. */
static int parent_of(int root, const char *name, bool make, const char **ret_last)
{
    char path[CT_STORAGE_NAME + 1];
    snprintf(path, sizeof path, "%s", name);
    const char *last = strrchr(name, '/');
    *ret_last = last ? last + 1 : name;
    if (!last)
        return fcntl(root, F_DUPFD_CLOEXEC, 0);
    path[last - name] = '\0';
    if (!make)
        return ct_folder_open(root, path);
    int at = fcntl(root, F_DUPFD_CLOEXEC, 0);
    for (char *segment = path; segment && at >= 0;) {
        char *slash = strchr(segment, '/');
        if (slash)
            *slash = '\0';
        at = enter(root, at, path, segment);
        if (slash)
            *slash = '/';
        segment = slash ? slash + 1 : NULL;
    }
    return at;
}

/* Removes the folders of the name that have nothing in them, from the innermost out. */
static void prune(int root, const char *name)
{
    char path[CT_STORAGE_NAME + 1];
    snprintf(path, sizeof path, "%s", name);
    bool gone = true;
    for (char *slash; gone && (slash = strrchr(path, '/')) != NULL;) {
        const char *last;
        *slash = '\0';
        int parent = parent_of(root, path, false, &last);
        gone = parent >= 0 && unlinkat(parent, last, AT_REMOVEDIR) == 0;
        if (parent >= 0)
            close(parent);
    }
}

/* ---- keeping ---- */

typedef struct creation {
    const char *folder, *name;
    int from; /* -1: data */
    ct_bytes data;
    int error; /* 0: kept; EEXIST: the name is taken */
} creation;

static bool write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            data += n;
            length -= (size_t)n;
        }
    }
    return true;
}

/* For file systems between which the kernel does not copy. */
static bool copy_by_hand(int to, int from, off_t at)
{
    char *piece = malloc(65536);
    ssize_t n = -1;
    while (piece && ((n = pread(from, piece, 65536, at)) > 0 || (n < 0 && errno == EINTR))) {
        if (n > 0 && !write_all(to, piece, (size_t)n)) {
            n = -1;
            break;
        }
        at += CT_MAX(n, 0);
    }
    int error = errno;
    free(piece);
    errno = error;
    return n == 0;
}

static bool copy_file(int to, int from)
{
    off_t at = 0;
    for (;;) {
        ssize_t n = copy_file_range(from, &at, to, NULL, (size_t)1 << 30, 0);
        if (n == 0)
            return at > 0 || copy_by_hand(to, from, at); /* some file systems say 0 for what they cannot */
        if (n < 0 && errno != EINTR)
            return at == 0 && errno != ENOSPC && errno != EDQUOT && errno != EFBIG && copy_by_hand(to, from, at);
    }
}

static bool fill(const creation *job, int to)
{
    bool written = job->from < 0 ? write_all(to, job->data.data, job->data.len) : copy_file(to, job->from);
    return written && fsync(to) == 0;
}

/* Gives the file a name, where nobody has that. The file has none, so only this way of /proc leads to it. */
static bool link_unnamed(int fd, int parent, const char *name)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, path, parent, name, AT_SYMLINK_FOLLOW) == 0;
}

/* Without copying: a file that has no name yet, on the same file system. */
static bool link_as_it_is(const creation *job, int parent, const char *name)
{
    struct stat file, folder;
    return job->from >= 0 && fstat(job->from, &file) == 0 && file.st_nlink == 0 && fstat(parent, &folder) == 0 &&
           file.st_dev == folder.st_dev && fsync(job->from) == 0 && link_unnamed(job->from, parent, name);
}

/* Gives the hidden file its name. */
static bool rename_hidden(int parent, const char *hidden, const char *name)
{
    if (renameat2(parent, hidden, parent, name, RENAME_NOREPLACE) == 0)
        return true;
    return (errno == EINVAL || errno == ENOSYS) && linkat(parent, hidden, parent, name, 0) == 0;
}

static bool create_hidden(const creation *job, int parent, const char *name)
{
    char hidden[64];
    uint64_t number;
    ct_random_bytes(&number, sizeof number);
    snprintf(hidden, sizeof hidden, HIDDEN "%016" PRIx64, number);
    int fd = openat(parent, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool good = fill(job, fd) && rename_hidden(parent, hidden, name);
    int error = errno;
    close(fd);
    unlinkat(parent, hidden, 0); /* there still where it failed or was linked */
    errno = error;
    return good;
}

static bool create_unnamed(const creation *job, int parent, const char *name, int fd)
{
    bool good = fill(job, fd);
    bool linked = good && link_unnamed(fd, parent, name);
    int error = errno;
    close(fd);
    errno = error;
    if (good && !linked && errno != EEXIST) /* no /proc, or no links */
        return create_hidden(job, parent, name);
    return linked;
}

static bool create_in(const creation *job, int parent, const char *name)
{
    if (faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) { /* else found out after copying it all */
        errno = EEXIST;
        return false;
    }
    bool good = link_as_it_is(job, parent, name);
    if (!good && errno != EEXIST) {
        int fd = openat(parent, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
        good = fd >= 0 ? create_unnamed(job, parent, name, fd) : create_hidden(job, parent, name);
    }
    if (good && fsync(parent) < 0) {
        int error = errno;
        unlinkat(parent, name, 0);
        errno = error;
        return false;
    }
    return good;
}

/* 0, or errno. */
static int try_to_create(const creation *job, int root)
{
    const char *last;
    int parent = parent_of(root, job->name, true, &last);
    int error = parent >= 0 && create_in(job, parent, last) ? 0 : errno;
    if (parent >= 0)
        close(parent);
    return error;
}

/* In a thread. A folder may be removed by somebody who has emptied it, between its being made and its being used. */
static void create_job(void *arg)
{
    creation *job = arg;
    int root = open_or_make(job->folder);
    job->error = root < 0 ? errno : try_to_create(job, root);
    for (int again = 0; root >= 0 && job->error == ENOENT && again < 10; again++)
        job->error = try_to_create(job, root);
    if (root >= 0 && job->error)
        prune(root, job->name);
    if (root >= 0)
        close(root);
}

static bool create(ct *c, const char *name, int fd, ct_bytes data)
{
    creation job = { .folder = c->site->config.upload_folder, .name = name, .from = fd, .data = data };
    run(create_job, &job);
    errno = job.error;
    if (job.error == ENOSPC || job.error == EDQUOT || job.error == EFBIG)
        ct_abort(c, 507, "there is no room for \"%s\" in \"%s\": %m", name, job.folder);
    if (job.error && job.error != EEXIST)
        ct_mistake(c, "\"%s\" cannot be kept in \"%s\" (setting upload_folder): %m", name, job.folder);
    return !job.error;
}

/* ---- looking up ---- */

/* Ends the request unless `error` says that there is no such file. */
static void missing_or_failed(ct *c, const char *name, int error)
{
    errno = error;
    if (!ct_file_is_missing(error))
        ct_mistake(c, "\"%s\" of \"%s\" (setting upload_folder): %m", name, c->site->config.upload_folder);
    if (error == EACCES || error == EPERM)
        ct_log(c, CT_LOG_WARNING, "\"%s\" of \"%s\" (setting upload_folder): %m", name, c->site->config.upload_folder);
}

/* The file, and what it is; -1: there is none. As ct_send_file() this blocks for as long as the file system takes. */
static int open_known(ct *c, const char *name, struct stat *ret_file)
{
    int root = open(c->site->config.upload_folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = root < 0 ? -1 : ct_folder_open(root, name);
    int error = errno;
    if (root >= 0)
        close(root);
    if (fd < 0) {
        missing_or_failed(c, name, error);
        return -1;
    }
    if (fstat(fd, ret_file) == 0 && S_ISREG(ret_file->st_mode))
        return fd;
    close(fd);
    return -1;
}

static int open_file(ct *c, const char *name)
{
    struct stat file;
    return open_known(c, name, &file);
}

static int64_t size_of(ct *c, const char *name)
{
    struct stat file;
    int fd = open_known(c, name, &file);
    if (fd < 0)
        return -1;
    close(fd);
    return file.st_size;
}

/* ---- deleting ---- */

typedef struct removal {
    const char *folder, *name;
    int error;
} removal;

/* In a thread: giving back the blocks of a large file takes its time. */
static void remove_job(void *arg)
{
    removal *job = arg;
    const char *last;
    struct stat file;
    int root = open(job->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int parent = root < 0 ? -1 : parent_of(root, job->name, false, &last);
    if (parent < 0 || fstatat(parent, last, &file, AT_SYMLINK_NOFOLLOW) < 0)
        job->error = errno;
    else if (!S_ISREG(file.st_mode))
        job->error = ENOENT;
    else
        job->error = unlinkat(parent, last, 0) < 0 ? errno : 0;
    if (parent >= 0)
        close(parent);
    if (root >= 0 && !job->error)
        prune(root, job->name);
    if (root >= 0)
        close(root);
}

static bool remove_file(ct *c, const char *name)
{
    removal job = { .folder = c->site->config.upload_folder, .name = name };
    run(remove_job, &job);
    errno = job.error;
    if (job.error == EACCES || job.error == EPERM || job.error == EROFS)
        ct_mistake(c, "\"%s\" cannot be deleted from \"%s\" (setting upload_folder): %m", name, job.folder);
    if (job.error)
        missing_or_failed(c, name, job.error);
    return !job.error;
}

/* ---- listing ---- */

typedef struct walk {
    const char *folder;
    char path[CT_STORAGE_NAME + 1];
    ct_buffer names; /* one after the other, each with its NUL; of the heap */
    int error;
} walk;

static void walk_into(walk *w, int directory, size_t length, int depth);

static void walk_entry(walk *w, int directory, size_t length, const char *name, int depth)
{
    struct stat info;
    int more = snprintf(w->path + length, sizeof w->path - length, "%s%s", length ? "/" : "", name);
    if (more < 0 || length + (size_t)more >= sizeof w->path || !ct_storage_holds(w->path) ||
        fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (S_ISREG(info.st_mode))
        ct_buffer_append(&w->names, w->path, length + (size_t)more + 1);
    if (!S_ISDIR(info.st_mode) || depth == MOST_DEEP)
        return;
    int inner = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (inner >= 0)
        walk_into(w, inner, length + (size_t)more, depth + 1);
    else if (errno != ENOENT)
        w->error = errno;
}

/* All of a folder, which is closed. */
static void walk_into(walk *w, int directory, size_t length, int depth)
{
    DIR *folder = fdopendir(directory);
    if (!folder) {
        w->error = errno;
        close(directory);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder));)
        walk_entry(w, directory, length, entry->d_name, depth);
    closedir(folder);
}

/* In a thread. */
static void list_job(void *arg)
{
    walk *w = arg;
    int root = open(w->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root >= 0)
        walk_into(w, root, 0, 0);
    else if (errno != ENOENT) /* it is made with the first file */
        w->error = errno;
}

static void finish_names(void *arg)
{
    ct_buffer_finish(arg);
}

static void list(ct *c, void (*each)(void *arg, const char *name), void *arg)
{
    walk *w = ct_alloc(c, sizeof *w);
    w->folder = c->site->config.upload_folder;
    ct_defer(c, finish_names, &w->names);
    run(list_job, w);
    errno = w->error;
    if (w->error)
        ct_mistake(c, "the folder \"%s\" (setting upload_folder) cannot be read: %m", w->folder);
    for (size_t at = 0; at < w->names.length; at += strlen(w->names.data + at) + 1)
        each(arg, w->names.data + at);
    ct_buffer_finish(&w->names);
}

const ct_storage ct_folder_storage = {
    .name = "folder", .create = create, .open = open_file, .size = size_of, .remove = remove_file, .list = list
};
