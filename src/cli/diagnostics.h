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
