/* What a compiler says, for people who look into a browser: the mistakes in a build's output, and the page that shows
 * them with the source around them. */
#ifndef CANTEEN_CLI_DIAGNOSTICS_H
#define CANTEEN_CLI_DIAGNOSTICS_H

#include "base/buffer.h"
#include "base/str.h"

/* One mistake; text is borrowed from the output. */
typedef struct ct_diagnostic {
    ct_str file;
    uint64_t line, column; /* from 1; column 0: not said */
    ct_str message;        /* without "error: " */
} ct_diagnostic;

/* Cuts lines off `*rest` up to and with the next mistake, as gcc, clang, their linkers and make write them:
 *     app.c:12:5: error: expected ';'        app.c:3:10: fatal error: x.h: No such file or directory
 *     /usr/bin/ld: app.c:9: undefined reference to `x'        Makefile:4: *** missing separator.  Stop.
 * Warnings and notes are passed over. False: there is no more. */
bool ct_diagnostic_next(ct_str *rest, ct_diagnostic *ret);

/* Where a reader of the output is, line by line: {0} before the first. */
typedef struct ct_diagnostics_fold {
    char place[256]; /* FILE:LINE of the last mistake or note that was kept */
    bool folding;    /* lines that belong to one that was left out */
    bool is_source;  /* the next line is one of source, as it stands in its file */
} ct_diagnostics_fold;

/* Whether a line, without its end, is to be shown on a terminal: not those that follow a mistake through the inside of
 * Canteen's macros, V() and KV() above all, as gcc and clang do. A mistake keeps its own lines, and one place in the
 * program, also where the compiler sees it in a header of Canteen. */
bool ct_diagnostics_keeps(ct_diagnostics_fold *fold, ct_str line);

/* What a page tells. */
typedef struct ct_diagnostics {
    const char *title, *text;
    const char *speaker; /* whose output that is: "the build" */
    ct_str output;
} ct_diagnostics;

/* Appends a whole HTML page: the title, a line of text, each mistake of the output with its place and the lines around
 * it, then the output (its last part, if it is long), without a terminal's colours. Everything is escaped. Source is
 * read from files below `folder` (an absolute path) and from nowhere else. */
void ct_diagnostics_page(ct_buffer *out, const ct_diagnostics *what, const char *folder);

#endif
