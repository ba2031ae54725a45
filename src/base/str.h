/* Slices of text: a pointer and a length, borrowed, not NUL-terminated. What the parsers hand out.
 *
 * A slice never owns its bytes. CT_STR("literal") makes one from a literal; CT_STR_ARG(s) feeds "%.*s". */
#ifndef CANTEEN_BASE_STR_H
#define CANTEEN_BASE_STR_H

#include "canteen/common.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ct_str {
    const char *data;
    size_t length;
} ct_str;

#define CT_STR(literal) ((ct_str){ (literal), sizeof(literal) - 1 })
#define CT_STR_ARG(s) (int)(s).length, (s).data

static inline ct_str ct_str_of(const char *text)
{
    return (ct_str){ text, strlen(text) };
}

static inline bool ct_str_eq(ct_str a, ct_str b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* ASCII only, whatever the locale: names of headers, hosts and schemes compare so. */
static inline char ct_ascii_lower(char ch)
{
    return ch >= 'A' && ch <= 'Z' ? (char)(ch | 0x20) : ch;
}

bool ct_str_eq_nocase(ct_str a, ct_str b);
bool ct_str_starts(ct_str text, ct_str prefix);
bool ct_str_ends(ct_str text, ct_str suffix);

/* Without the spaces and tabs at both ends (OWS of RFC 9110, 5.6.3). */
ct_str ct_str_trim(ct_str text);

/* Cuts the part before the first `separator` off `*rest` and returns it, trimmed of OWS; the last part leaves `*rest`
 * with data == NULL, and a further call returns a slice with data == NULL. */
ct_str ct_str_next(ct_str *rest, char separator);

/* A whole decimal number and nothing else: optional '-' (signed only), digits. False on overflow or anything more. */
bool ct_str_to_int64(ct_str text, int64_t *ret_value);
bool ct_str_to_uint64(ct_str text, uint64_t *ret_value);

/* As snprintf(), but what does not fit is cut between two characters and ends in "...". */
void ct_say(char *text, size_t size, const char *format, ...) CT_PRINTF(3, 4);
void ct_vsay(char *text, size_t size, const char *format, va_list args) CT_PRINTF(3, 0);

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). NUL is well-formed. */
bool ct_utf8_valid(const char *data, size_t length);

/* A hash for tables in memory, seeded per process: a peer cannot choose keys that collide. Never store it or show it to
 * a peer. `data` may be NULL when length is 0. */
uint64_t ct_hash(const void *data, size_t length);

/* How many insertions, deletions, replacements and swaps of neighbours make one word of the other (the optimal string
 * alignment form of the Damerau-Levenshtein distance), for "did you mean". Bytes count, not letters. A word over 63
 * bytes is as far from any other as the longer of the two is long. */
size_t ct_str_distance(const char *a, const char *b);

#endif
