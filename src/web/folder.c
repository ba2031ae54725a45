/* Folders, as files are served, templates are read and both are embedded from them.
 *
 * A name is looked up by the kernel with openat2(), which never leaves the folder, whatever is renamed or linked
 * meanwhile. Kernels without it (before 5.6) walk the name here, segment by segment, and then follow no symbolic links
 * at all. */
#include "web/folder.h"

#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* O_NONBLOCK: opening a FIFO or a device must not hang; it changes nothing for a regular file. */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
#define ATTEMPTS 8 /* when something above the file is renamed at the same moment */
#define MOST_DEEP 32

/* ---- opening ---- */

bool ct_folder_holds(const char *name)
{
    if (!*name || *name == '/')
        return false;
    for (ct_str rest = ct_str_of(name); rest.data;)
        if (ct_str_eq(ct_str_next(&rest, '/'), CT_STR("..")))
            return false;
    return true;
}

/* Below `directory` without openat2(): no symbolic links, neither on the way nor at its end. */
static int open_by_walking(int directory, const char *name)
{
    char segment[256];
    int at = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    while (at >= 0) {
        size_t length = strcspn(name, "/");
        bool last = !name[length];
        if (length >= sizeof(segment)) {
            close(at);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(segment, length ? name : ".", CT_MAX(length, 1));
        segment[CT_MAX(length, 1)] = '\0';
        int next = openat(at, segment, O_NOFOLLOW | (last ? OPEN_FLAGS : O_PATH | O_DIRECTORY | O_CLOEXEC));
        int error = errno;
        close(at);
        errno = error;
        if (last)
            return next;
        at = next;
        name += length + 1;
    }
    return at;
}

int ct_folder_open(int directory, const char *name)
{
    struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));
        if (fd >= 0)
            return (int)fd;
        if (errno == ENOSYS || errno == EPERM) /* the latter from sandboxes that do not know the call */
            return open_by_walking(directory, name);
        if (errno != EAGAIN && errno != EINTR)
            break;
    }
    return -1;
}

bool ct_folder_is_plain(int directory, const char *name)
{
    char above[4096];
    struct stat info;
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - name);
        if (length >= sizeof(above))
            return false;
        memcpy(above, name, length);
        above[length] = '\0';
        if (fstatat(directory, above, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(info.st_mode))
            return false;
    }
    return true;
}

/* ---- listing ---- */

typedef struct walk {
    void (*each)(void *arg, const char *path, const struct stat *info);
    void *arg;
    const char *folder;
    ct_error *error;
    char path[4096];
} walk;

static int is_wanted(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && entry->d_name[length - 1] != '~';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool walk_into(walk *w, int directory, size_t length, int depth);

/* One entry of the folder whose path has `length` bytes. */
static bool walk_entry(walk *w, int directory, size_t length, const char *name, int depth)
{
    struct stat info, link;
    int more = snprintf(w->path + length, sizeof(w->path) - length, "%s%s", length ? "/" : "", name);
    if (more < 0 || length + (size_t)more >= sizeof(w->path) || fstatat(directory, name, &info, 0) < 0)
        return true;
    bool is_folder = S_ISDIR(info.st_mode);
    if (is_folder && (fstatat(directory, name, &link, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(link.st_mode)))
        return true;
    if (!is_folder && !S_ISREG(info.st_mode))
        return true;
    w->each(w->arg, w->path, &info);
    if (!is_folder || depth == MOST_DEEP)
        return true;
    int inner = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (inner < 0 && errno != ENOENT)
        return ct_fail(w->error, "the folder %s/%s cannot be read: %m", w->folder, w->path);
    bool good = inner < 0 || walk_into(w, inner, length + (size_t)more, depth + 1);
    if (inner >= 0)
        close(inner);
    return good;
}

/* All entries of the folder whose path has `length` bytes. */
static bool walk_into(walk *w, int directory, size_t length, int depth)
{
    struct dirent **entries;
    int count = scandirat(directory, ".", &entries, is_wanted, by_name);
    if (count < 0)
        return ct_fail(w->error, "the folder %s%s%.*s cannot be read: %m", w->folder, length ? "/" : "", (int)length,
                       w->path);
    bool good = true;
    for (int i = 0; i < count; i++) {
        good = good && walk_entry(w, directory, length, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool ct_folder_walk(const char *folder, void (*each)(void *arg, const char *path, const struct stat *info), void *arg,
                    ct_error *error)
{
    walk w = { .each = each, .arg = arg, .folder = folder, .error = error };
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return ct_fail(error, "the folder %s cannot be read: %m", folder);
    bool good = walk_into(&w, directory, 0, 0);
    close(directory);
    return good;
}
