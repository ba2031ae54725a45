/* Which files of a project change: inotify on every folder, without what a build or an editor leaves there.
 *
 * Passed over: names that begin with a dot (but .env in the project's folder), node_modules, objects and dependency
 * files, the program itself, what editors make and rename on the way (NAME~, #NAME#, 4913, NAME.tmp, ...), and what the
 * project's .gitignore names. Of that file plain patterns are understood: "*.log", "/build/", "data/x.*"; lines with
 * '!' are passed over, "**" is not special. Links to folders are not followed, nor is what lies deeper than 32.
 *
 * That the project's folder itself is renamed only stirs the watcher, as does the last file that leaves it. */
#ifndef CANTEEN_CLI_WATCH_H
#define CANTEEN_CLI_WATCH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

typedef enum ct_change {
    CT_CHANGE_SOURCE = 1,  /* anything that is not one of the following */
    CT_CHANGE_PAGE = 2,    /* what browsers are shown: templates, style sheets, scripts, pictures, ... */
    CT_CHANGE_SETTINGS = 4 /* .env */
} ct_change;

typedef struct ct_ignored {
    const char *pattern;
    bool anchored, folders_only; /* the pattern is of the whole path; without its last slash */
} ct_ignored;

typedef struct ct_watcher {
    int fd;
    char **folders; /* by watch descriptor: the path below the project's folder, "" for that itself; NULL: none */
    size_t folder_count;
    ct_ignored *ignored;
    size_t ignored_count;
    const char *program;
    ct_arena arena;
    bool stirred;      /* something was told of, be it passed over: the reader's to clear */
    char renewed[256]; /* the last file that got a new time, "": none; the reader's to clear */
    ct_error error;    /* of a folder that cannot be watched */
} ct_watcher;

/* Watches the working directory. `program` is borrowed. False with a message; finish it all the same. */
bool ct_watcher_init(ct_watcher *watcher, const char *program, ct_error *error);
void ct_watcher_finish(ct_watcher *watcher);
/* What has changed since the last call: bits of ct_change. For when watcher->fd is readable. */
unsigned ct_watcher_read(ct_watcher *watcher);

/* Reads the text of a .gitignore. */
void ct_watcher_ignore(ct_watcher *watcher, ct_str text);
/* What a change of this path means; 0: nothing. */
unsigned ct_watcher_judge(const ct_watcher *watcher, const char *path, bool is_folder);

#endif
