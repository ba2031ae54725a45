/* The lines of a source file around one of them, for error pages. */
#ifndef CANTEEN_WEB_EXCERPT_H
#define CANTEEN_WEB_EXCERPT_H

#include "base/arena.h"
#include "base/str.h"

#define CT_EXCERPT_AROUND 5 /* lines before, and after */
#define CT_EXCERPT_LINES (2 * CT_EXCERPT_AROUND + 1)

typedef struct ct_excerpt {
    uint32_t first; /* number of lines[0] */
    uint32_t count, marked;
    ct_str lines[CT_EXCERPT_LINES]; /* without their ends, cut at 400 bytes */
    bool newer;                     /* the file has changed since the program was built */
} ct_excerpt;

/* From a text, which is borrowed. NULL: it has no such line. `arena` has no limit. */
const ct_excerpt *ct_excerpt_of(ct_arena *arena, ct_str text, int line);
/* From a file. NULL: it is not there, cannot be read, is no regular file, is over 16 MiB, or has no such line. */
const ct_excerpt *ct_excerpt_read(ct_arena *arena, const char *path, int line);

#endif
