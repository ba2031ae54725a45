/* Text in code points: counting, stepping, letters and their case, as Python's str knows them.
 *
 * A character here is a byte with the continuation bytes (0x80 to 0xBF) that follow it. In well-formed UTF-8 that is a
 * code point; text of C that is no UTF-8 is cut in the same places by every function, never read past its end, and its
 * broken characters read as U+FFFD and are copied as they are. */
#ifndef CANTEEN_TEMPLATE_TEXT_H
#define CANTEEN_TEMPLATE_TEXT_H

#include "base/buffer.h"
#include "base/common.h"
#include "base/str.h"
#include "template/tval.h"

/* ---- characters ---- */

static inline bool ct_utf8_continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Where the next character begins; at < end. */
static inline const char *ct_utf8_skip(const char *at, const char *end)
{
    do
        at++;
    while (at < end && ct_utf8_continues(*at));
    return at;
}

/* Where the character before `at` begins; start < at. */
static inline const char *ct_utf8_back(const char *at, const char *start)
{
    do
        at--;
    while (at > start && ct_utf8_continues(*at));
    return at;
}

uint32_t ct_utf8_next_slow(const char **at, const char *end);

/* The code point at *at, which moves on to the next; *at < end. */
static inline uint32_t ct_utf8_next(const char **at, const char *end)
{
    unsigned char first = (unsigned char)**at;
    if (CT_LIKELY(first < 0x80) && (*at + 1 == end || !ct_utf8_continues((*at)[1]))) {
        ++*at;
        return first;
    }
    return ct_utf8_next_slow(at, end);
}

/* Appends a code point as UTF-8; what is none (surrogates, above U+10FFFF) becomes U+FFFD. */
void ct_utf8_put(ct_buffer *out, uint32_t code);

bool ct_utf8_is_ascii(ct_str text);
/* The number of characters. */
size_t ct_utf8_count(ct_str text);
/* The byte where character `index` begins; the text's length where there are no more than `index`. */
size_t ct_utf8_offset(ct_str text, size_t index);
/* At most `count` characters from character `start` on. Borrowed from `text`. */
ct_str ct_utf8_slice(ct_str text, size_t start, size_t count);

/* ---- classes of characters: str.isspace() and its sisters, for one code point ---- */

bool ct_uc_is_space_slow(uint32_t code);

static inline bool ct_uc_is_space(uint32_t code)
{
    if (CT_LIKELY(code < 0x80))
        return code == ' ' || (code >= '\t' && code <= '\r') || (code >= 0x1C && code <= 0x1F);
    return ct_uc_is_space_slow(code);
}

bool ct_uc_is_line_end(uint32_t code); /* where splitlines() splits; "\r\n" is one end, not two */
bool ct_uc_is_alpha(uint32_t code);    /* letters */
bool ct_uc_is_decimal(uint32_t code);
bool ct_uc_is_digit(uint32_t code); /* decimals and the likes of superscripts */
bool ct_uc_is_numeric(uint32_t code);
bool ct_uc_is_alnum(uint32_t code);
bool ct_uc_is_upper(uint32_t code);
bool ct_uc_is_lower(uint32_t code);
bool ct_uc_is_title(uint32_t code);
bool ct_uc_is_printable(uint32_t code); /* what repr() does not escape */

/* ---- whole texts ---- */

/* Without the white space at both ends: str.strip(). Borrowed from `text`. */
ct_str ct_text_strip(ct_str text);
ct_str ct_text_lstrip(ct_str text);
ct_str ct_text_rstrip(ct_str text);

/* The byte where `part` is found first at or after byte `from`, or last; CT_NOT_FOUND. "" is found at once. */
#define CT_NOT_FOUND SIZE_MAX
size_t ct_text_find(ct_str text, ct_str part, size_t from);
size_t ct_text_rfind(ct_str text, ct_str part);

typedef enum ct_case {
    CT_CASE_UPPER,      /* str.upper() */
    CT_CASE_LOWER,      /* str.lower(), with the final sigma */
    CT_CASE_TITLE,      /* str.title(): a letter begins a word where no letter stands before it */
    CT_CASE_CAPITALIZE, /* str.capitalize() */
    CT_CASE_SWAP,       /* str.swapcase() */
    CT_CASE_FOLD        /* str.casefold() */
} ct_case;

/* Appends the text in another case. */
void ct_text_write_case(ct_buffer *out, ct_str text, ct_case how);
/* The text in another case; safe text stays safe. */
ct_tval ct_text_case(ct_renderer *r, ct_tval text, ct_case how);

#endif
