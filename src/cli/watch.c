/* Watching a project's files.
 *
 * A file has changed when somebody who wrote it closes it, when it is renamed to or away, or deleted: then it is whole.
 * A folder that is new is watched first and then looked through, so that nothing in it is missed. If the kernel's queue
 * overflows, everything is taken for changed.
 *
 * What came by a rename or a copy may have kept an old time (mv, cp -p, rsync -t), and make sees nothing new then: such
 * a file gets the time of now. It is known by its inode, which has changed just now, long after its content.
 *
 * Not here: what is done about it, and waiting for the end of a burst (devloop.c). */
#include "cli/watch.h"

#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_DEEP 32
#define MOST_IGNORED ((size_t)64 << 10) /* bytes of .gitignore */
#define OLD_TIME CT_SECOND /* that a file is older than its inode: editors rename what they have just written */
#define RECENT_TIME (10 * CT_SECOND)
#define EVENTS                                                                                                         \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW |              \
     IN_EXCL_UNLINK)
#define ALL_CHANGES (CT_CHANGE_SOURCE | CT_CHANGE_PAGE | CT_CHANGE_SETTINGS)

/* ---- judging ---- */

static bool ends_in(const char *name, const char *const *endings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ct_str_ends(ct_str_of(name), ct_str_of(endings[i])))
            return true;
    return false;
}

static bool is_temporary(const char *name, bool is_folder)
{
    static const char *const endings[] = { "~",    ".o",   ".d",   ".a",    ".so",  ".gcda",        ".gcno",
                                           ".tmp", ".new", ".swp", ".swpx", ".bak", "___jb_tmp___", "___jb_old___" };
    bool number = !is_folder && strspn(name, "0123456789") == strlen(name); /* vim tries a folder with 4913 */
    return number || name[0] == '#' || ends_in(name, endings, CT_COUNT(endings));
}

static bool is_page(const char *name)
{
    static const char *const endings[] = { ".html", ".htm",   ".xml",  ".svg", ".txt",  ".md",         ".jinja",
                                           ".j2",   ".css",   ".js",   ".mjs", ".json", ".map",        ".wasm",
                                           ".png",  ".jpg",   ".jpeg", ".gif", ".ico",  ".webp",       ".avif",
                                           ".woff", ".woff2", ".ttf",  ".po",  ".mo",   ".webmanifest" };
    return ends_in(name, endings, CT_COUNT(endings));
}

static bool is_ignored(const ct_watcher *w, const char *path, const char *name, bool is_folder)
{
    for (size_t i = 0; i < w->ignored_count; i++) {
        const ct_ignored *rule = &w->ignored[i];
        if (rule->folders_only && !is_folder)
            continue;
        if (fnmatch(rule->pattern, rule->anchored ? path : name, FNM_PATHNAME) == 0)
            return true;
    }
    return false;
}

unsigned ct_watcher_judge(const ct_watcher *w, const char *path, bool is_folder)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (strcmp(path, ".env") == 0 && !is_folder)
        return CT_CHANGE_SETTINGS;
    if (name[0] == '.' || strcmp(path, w->program) == 0 || is_temporary(name, is_folder) ||
        is_ignored(w, path, name, is_folder))
        return 0;
    if (is_folder)
        return strcmp(name, "node_modules") == 0 ? 0 : CT_CHANGE_SOURCE;
    return is_page(name) ? CT_CHANGE_PAGE : CT_CHANGE_SOURCE;
}

void ct_watcher_ignore(ct_watcher *w, ct_str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.length; i++)
        lines += text.data[i] == '\n';
    w->ignored = ct_arena_zalloc(&w->arena, lines * sizeof *w->ignored);
    w->ignored_count = 0;
    while (text.data) {
        ct_str line = ct_str_next(&text, '\n');
        if (line.length && line.data[line.length - 1] == '\r')
            line.length--;
        if (!line.length || *line.data == '#' || *line.data == '!')
            continue;
        bool folders_only = line.data[line.length - 1] == '/';
        line.length -= folders_only;
        bool front = line.length && *line.data == '/';
        line = (ct_str){ line.data + front, line.length - front };
        if (!line.length)
            continue;
        w->ignored[w->ignored_count++] = (ct_ignored){ .pattern = ct_arena_copy(&w->arena, line.data, line.length),
                                                       .folders_only = folders_only,
                                                       .anchored = front || memchr(line.data, '/', line.length) };
    }
}

static void read_gitignore(ct_watcher *w)
{
    char *text = ct_xmalloc(MOST_IGNORED);
    int fd = open(".gitignore", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, text, MOST_IGNORED);
    if (fd >= 0)
        close(fd);
    if (n > 0)
        ct_watcher_ignore(w, (ct_str){ text, (size_t)n });
    free(text);
}

/* ---- watching ---- */

static void remember(ct_watcher *w, int wd, const char *path)
{
    size_t index = (size_t)wd;
    if (index >= w->folder_count) {
        size_t count = CT_MAX(index + 1, 2 * w->folder_count);
        w->folders = ct_xrealloc(w->folders, count * sizeof *w->folders);
        memset(w->folders + w->folder_count, 0, (count - w->folder_count) * sizeof *w->folders);
        w->folder_count = count;
    }
    free(w->folders[index]);
    w->folders[index] = ct_xstrdup(path);
}

static void add_failed(ct_watcher *w, const char *path)
{
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) /* gone again; or nothing of ours */
        return;
    if (errno == ENOSPC)
        ct_fail(&w->error, "the system watches no more folders: raise fs.inotify.max_user_watches (sysctl)");
    else
        ct_fail(&w->error, "the folder %s cannot be watched: %m", *path ? path : ".");
}

/* Whether `entry` is a folder, not by a link. */
static bool is_folder(int directory, const struct dirent *entry)
{
    struct stat info;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(directory, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

/* Watches a folder and those in it; returns what its files mean if they are all new. */
static unsigned add_folder(ct_watcher *w, const char *path, int depth)
{
    int wd = inotify_add_watch(w->fd, *path ? path : ".", *path ? EVENTS : EVENTS | IN_MOVE_SELF);
    if (wd < 0) {
        add_failed(w, path);
        return 0;
    }
    remember(w, wd, path);
    unsigned changes = 0;
    DIR *folder = opendir(*path ? path : ".");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char inner[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "/" : "", entry->d_name) >= (int)sizeof inner)
            continue;
        bool is_dir = is_folder(dirfd(folder), entry);
        unsigned change = ct_watcher_judge(w, inner, is_dir);
        if (is_dir && change && depth < MOST_DEEP)
            change = add_folder(w, inner, depth + 1);
        changes |= change;
    }
    if (folder)
        closedir(folder);
    return changes;
}

/* A folder that is not at its path any more, and those in it. */
static void drop_folder(ct_watcher *w, const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < w->folder_count; i++) {
        const char *folder = w->folders[i];
        if (folder && strncmp(folder, path, length) == 0 && (folder[length] == '/' || !folder[length]))
            inotify_rm_watch(w->fd, (int)i); /* IN_IGNORED follows */
    }
}

static ct_time time_of(struct timespec at)
{
    return (ct_time)at.tv_sec * CT_SECOND + at.tv_nsec / 1000;
}

/* Where that is not permitted the file stays as it is. */
static void renew_time(ct_watcher *w, const char *path)
{
    static const struct timespec modified[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };
    struct stat info;
    if (fstatat(AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(info.st_mode) ||
        time_of(info.st_mtim) + OLD_TIME > time_of(info.st_ctim) || time_of(info.st_ctim) + RECENT_TIME < ct_now())
        return;
    if (utimensat(AT_FDCWD, path, modified, AT_SYMLINK_NOFOLLOW) == 0)
        snprintf(w->renewed, sizeof w->renewed, "%.*s", (int)sizeof w->renewed - 1, path);
}

static unsigned take_event(ct_watcher *w, const struct inotify_event *event)
{
    char path[PATH_MAX];
    struct stat info;
    if (event->mask & IN_Q_OVERFLOW)
        return add_folder(w, "", 0) | ALL_CHANGES;
    size_t index = (size_t)event->wd;
    if (event->wd < 0 || index >= w->folder_count || !w->folders[index])
        return 0;
    if (event->mask & IN_IGNORED) {
        free(w->folders[index]);
        w->folders[index] = NULL;
        return 0;
    }
    const char *folder = w->folders[index];
    if (!event->len ||
        snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", event->name) >= (int)sizeof path)
        return 0;
    bool is_dir = event->mask & IN_ISDIR;
    unsigned change = ct_watcher_judge(w, path, is_dir);
    if (!change)
        return 0;
    if (is_dir && (event->mask & (IN_CREATE | IN_MOVED_TO)))
        return add_folder(w, path, 1);
    if (is_dir) {
        drop_folder(w, path);
        return ALL_CHANGES & ~(unsigned)CT_CHANGE_SETTINGS;
    }
    if (event->mask & IN_CREATE) /* what is written is closed later; a link is there at once */
        return lstat(path, &info) == 0 && S_ISLNK(info.st_mode) ? change : 0;
    if (change == CT_CHANGE_SOURCE && (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)))
        renew_time(w, path);
    return change;
}

bool ct_watcher_init(ct_watcher *w, const char *program, ct_error *error)
{
    *w = (ct_watcher){ .program = program };
    ct_arena_init(&w->arena, NULL, 0);
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->fd < 0)
        return ct_fail(error, "files cannot be watched: %m (sysctl fs.inotify.max_user_instances)");
    read_gitignore(w);
    add_folder(w, "", 0);
    if (!w->error.message[0])
        return true;
    *error = w->error;
    return false;
}

void ct_watcher_finish(ct_watcher *w)
{
    if (w->fd >= 0)
        close(w->fd);
    for (size_t i = 0; i < w->folder_count; i++)
        free(w->folders[i]);
    free(w->folders);
    ct_arena_finish(&w->arena);
}

unsigned ct_watcher_read(ct_watcher *w)
{
    _Alignas(struct inotify_event) char events[16 * 1024];
    unsigned changes = 0;
    for (ssize_t n; (n = read(w->fd, events, sizeof events)) > 0;)
        for (char *at = events; at < events + n;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            w->stirred = true;
            changes |= take_event(w, event);
            at += sizeof *event + event->len;
        }
    return changes;
}
