/* Files that are part of the executable: `canteen embed` writes them as C, a program links what it wrote.
 *
 *     canteen embed --name polls_files polls/templates > polls_files.c
 *
 *     extern const ct_files polls_files;
 *     const ct_app polls_app = { .name = "polls", .templates = "polls/templates", .embedded = &polls_files };
 *
 * In a Makefile:
 *
 *     polls_files.c: $(shell find polls/templates)
 *             canteen embed --name polls_files polls/templates > $@
 *     .DELETE_ON_ERROR:
 *
 * `--compress` adds "NAME.br" and "NAME.gz" of text that gets smaller, for static files (canteen/static.h). The same
 * files give the same text, whatever the machine (compressed: with the same libraries). Names that begin with '.' or
 * end in '~' are left out. */
#ifndef CANTEEN_FILES_H
#define CANTEEN_FILES_H

#include "canteen/common.h"

typedef struct ct_embedded {
    const char *path; /* below the folder, with slashes: "polls/index.html" */
    const char *data; /* any bytes; a NUL follows them */
    size_t length;
    const char *hash; /* 16 hexadecimal digits that change with the data */
} ct_embedded;

typedef struct ct_files {
    const ct_embedded *items; /* sorted by path, byte by byte */
    size_t count;
} ct_files;

/* The file of a path, or NULL. */
CT_API const ct_embedded *ct_files_find(const ct_files *files, const char *path);

#endif
