/* Typed values from text: what settings and the options of commands have in common.
 *
 * Parsing is exact: a value that does not fit its type or its bounds is refused with a message that names it, says what
 * is right, and never rounds. The grammar, after which nothing may follow (no blanks around it either):
 *     TEXT      any UTF-8
 *     INTEGER   an optional '-' and digits
 *     REAL      as C writes decimal numbers: 2, -0.5, 1e-3; no infinity, no NaN; '.' whatever the locale
 *     FLAG      true, false, yes, no, on, off, 1, 0, in either case
 *     SIZE      digits with an optional fraction and an optional K, M, G or T (powers of 1024, either case)
 *     DURATION  the same with us, ms, s, m, h or d; a bare number is seconds
 *     CHOICE    one of the choices, letter by letter
 * A size or duration must come out as a whole number of bytes or microseconds. */
#ifndef CANTEEN_WEB_TYPED_H
#define CANTEEN_WEB_TYPED_H

#include "base/error.h"
#include "base/str.h"
#include "canteen/settings.h"

typedef struct ct_typed {
    const char *text; /* as given, borrowed; NULL: no value */
    int64_t integer;  /* INTEGER, SIZE (bytes), DURATION (µs), FLAG (0, 1), CHOICE (index) */
    double real;      /* REAL */
} ct_typed;

/* Parses `text` as `type` within bounds (both 0: none; of INTEGER, REAL, SIZE and DURATION) and choices ("a, b"). False
 * with a message: `max_body: "10Q" is not a size (as 4096, 16K, 2.5M)`; *ret is then left alone. */
bool ct_typed_parse(const char *name, ct_type type, int64_t min, int64_t max, const char *choices, const char *text,
                    ct_typed *ret, ct_error *error);

/* The number as people write it, which parses as itself: 16K, 90s. SIZE, DURATION, or any other type for digits. */
#define CT_TYPED_TEXT 32
void ct_typed_format(ct_type type, int64_t value, char ret[CT_TYPED_TEXT]);
/* "1K to 1M", "at least 1"; "" without bounds. An end of INT64_MIN or INT64_MAX is none. */
#define CT_BOUNDS_TEXT 80
void ct_typed_format_bounds(ct_type type, int64_t min, int64_t max, char ret[CT_BOUNDS_TEXT]);

/* "a size (as 4096, 16K, 2.5M)"; CHOICE: "a choice". */
const char *ct_type_description(ct_type type);
/* "size", for tables. */
const char *ct_type_name(ct_type type);
/* How its accessor ends: "text", "int", "real" or "flag", as of ct_setting_int(). */
const char *ct_type_accessor(ct_type type);

/* What is wrong with a declaration itself, for `check`: a type that does not exist, bounds the wrong way round or of a
 * type that has none, missing or needless choices. True when nothing is; else a message that begins with `name`. */
bool ct_typed_declared(const char *name, ct_type type, int64_t min, int64_t max, const char *choices, ct_error *error);

/* Cuts and cleans text for a message: at most 60 bytes, control characters and broken UTF-8 as '?'. */
#define CT_SHOWN_TEXT 64
const char *ct_shown(const char *text, char ret[CT_SHOWN_TEXT]);

#endif
