/* Files below a folder: opening them so that no name leads out, and listing them. */
#ifndef CANTEEN_WEB_FOLDER_H
#define CANTEEN_WEB_FOLDER_H

#include "base/common.h"
#include "base/error.h"

#include <sys/stat.h>

/* A name that cannot lead out of a folder by itself: not empty, not absolute, no ".." among its segments. */
bool ct_folder_holds(const char *name);
/* Opens the file below the folder that `directory` is (a descriptor, as of O_PATH) for reading, or fails with -1 and
 * errno: never a file outside of it, whatever is renamed or linked meanwhile. The name is one that ct_folder_holds().
 * It may be a directory or a device that is opened: look at it with fstat(). */
int ct_folder_open(int directory, const char *name);

/* Calls `each` with every file and folder below `folder`, in the order of their names byte by byte, a folder before
 * what is in it. `path` is relative and has slashes; it is the walk's. Left out: names that begin with '.' or end in
 * '~', links that lead nowhere or to folders, and what lies deeper than 32 folders. False, with a message, when a
 * folder cannot be read. */
bool ct_folder_walk(const char *folder, void (*each)(void *arg, const char *path, const struct stat *info), void *arg,
                    ct_error *error);

/* Whether no folder on the way to the file is a link: such files the walk does not meet. */
bool ct_folder_is_plain(int directory, const char *name);

#endif
