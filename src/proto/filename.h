/* Names of files that somebody else has chosen, made fit to be used. */
#ifndef CANTEEN_PROTO_FILENAME_H
#define CANTEEN_PROTO_FILENAME_H

#include "base/common.h"
#include "base/str.h"

#define CT_FILENAME_MOST 255 /* bytes of a name, as file systems have it */
#define CT_FILENAME_ROOM 8   /* more than the name sent needs */

/* What is left of a name that a client sent (UTF-8): what stands behind its last '/' or '\', without control characters
 * and those that turn the direction of text or end a line, with '_' for < > : " | ? *, without dots and blanks at
 * either end, with a '_' before the names of Windows' devices, cut to CT_FILENAME_MOST bytes between two characters so
 * that its ending stays; "file" where nothing is left. Writes it with a NUL to `out`, which has room for sent.length +
 * CT_FILENAME_ROOM bytes, and returns its length. */
size_t ct_filename_clean(char *out, ct_str sent);

/* The bytes of a name (of its last segment, if it is a path) before its ending: "a/b.tar" of "a/b.tar.gz". Dots at the
 * start begin no ending; all of it where there is none. */
size_t ct_filename_stem(ct_str name);

/* How many of the first `most` bytes of the text are whole characters. */
size_t ct_filename_cut(ct_str text, size_t most);

#endif
