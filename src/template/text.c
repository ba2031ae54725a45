/* Text in code points: the part that is not inline.
 *
 * Everything has a way for ASCII that looks at eight bytes at once or goes through no table. Beyond ASCII, classes and
 * case come from libunistring, one character at a time, for so Python does it too; the only context that counts is
 * where a word ends (the final sigma, and title case). Characters that are broken UTF-8 stay as they are.
 *
 * Not here: normalization, and what depends on a language (the dotless i of Turkish). */
#include "template/text.h"

#include "template/render.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define REPLACEMENT 0xFFFD

/* ---- characters ---- */

static uint64_t load_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* The code point of `length` bytes that are one character by how they look; U+FFFD for what is no UTF-8. */
static uint32_t decode(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    if (length < 2 || length > 4 || !ct_utf8_valid(text, length))
        return REPLACEMENT;
    uint32_t code = at[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (at[i] & 0x3Fu);
    return code;
}

uint32_t ct_utf8_next_slow(const char **at, const char *end)
{
    const char *start = *at;
    *at = ct_utf8_skip(start, end);
    return decode(start, (size_t)(*at - start));
}

void ct_utf8_put(ct_buffer *out, uint32_t code)
{
    char bytes[4];
    if (code < 0x80) {
        ct_buffer_char(out, (char)code);
        return;
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        code = REPLACEMENT;
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)((0xF00u >> length) | code);
    ct_buffer_append(out, bytes, length);
}

bool ct_utf8_is_ascii(ct_str text)
{
    uint64_t bits = 0;
    if (text.length < 8) {
        for (size_t at = 0; at < text.length; at++)
            bits |= (unsigned char)text.data[at];
        return bits < 0x80;
    }
    for (size_t at = 0; at < text.length - 8 && !(bits & EVERY_BYTE(0x80)); at += 8)
        bits |= load_word(text.data + at);
    return !((bits | load_word(text.data + text.length - 8)) & EVERY_BYTE(0x80));
}

size_t ct_utf8_count(ct_str text)
{
    size_t at = 0, continuing = 0;
    for (; at + 8 <= text.length; at += 8) {
        uint64_t word = load_word(text.data + at);
        uint64_t high_only = word & ~(word << 1) & EVERY_BYTE(0x80); /* bytes that begin with the bits 10 */
        if (high_only)
            continuing += (size_t)__builtin_popcountll(high_only);
    }
    for (; at < text.length; at++)
        continuing += ct_utf8_continues(text.data[at]);
    if (text.length && ct_utf8_continues(text.data[0])) /* begins a character all the same */
        continuing--;
    return text.length - continuing;
}

size_t ct_utf8_offset(ct_str text, size_t index)
{
    size_t at = 0;
    if (index >= text.length)
        return text.length;
    for (; index >= 8 && at + 9 <= text.length; at += 8, index -= 8) /* eight of ASCII, and no byte that goes on */
        if ((load_word(text.data + at) & EVERY_BYTE(0x80)) || ct_utf8_continues(text.data[at + 8]))
            break;
    const char *place = text.data + at, *end = text.data + text.length;
    for (; index && place < end; index--)
        place = ct_utf8_skip(place, end);
    return (size_t)(place - text.data);
}

ct_str ct_utf8_slice(ct_str text, size_t start, size_t count)
{
    if (!text.length)
        return text;
    size_t from = ct_utf8_offset(text, start);
    ct_str rest = { text.data + from, text.length - from };
    rest.length = ct_utf8_offset(rest, count);
    return rest;
}

/* ---- classes of characters ---- */

bool ct_uc_is_space_slow(uint32_t code)
{
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool ct_uc_is_line_end(uint32_t code)
{
    return (code >= '\n' && code <= '\r') || (code >= 0x1C && code <= 0x1E) || code == 0x85 || code == 0x2028 ||
           code == 0x2029;
}

static bool is_ascii_lower(uint32_t code)
{
    return code >= 'a' && code <= 'z';
}

static bool is_ascii_upper(uint32_t code)
{
    return code >= 'A' && code <= 'Z';
}

bool ct_uc_is_alpha(uint32_t code)
{
    if (code < 0x80)
        return is_ascii_lower(code | 0x20);
    return uc_is_general_category_withtable(code, UC_CATEGORY_MASK_L);
}

bool ct_uc_is_decimal(uint32_t code)
{
    return code < 0x80 ? code >= '0' && code <= '9' : uc_decimal_value(code) >= 0;
}

bool ct_uc_is_digit(uint32_t code)
{
    return code < 0x80 ? code >= '0' && code <= '9' : uc_digit_value(code) >= 0;
}

/* Chinese characters that are numbers, which libunistring does not count among them (Unihan's numeric values). */
static const uint32_t numerals[] = {
    0x3405,  0x3483,  0x382A,  0x3B4D,  0x4E00,  0x4E03,  0x4E07,  0x4E09,  0x4E5D,  0x4E8C,  0x4E94,  0x4E96,
    0x4EBF,  0x4EC0,  0x4EDF,  0x4EE8,  0x4F0D,  0x4F70,  0x5104,  0x5146,  0x5169,  0x516B,  0x516D,  0x5341,
    0x5343,  0x5344,  0x5345,  0x534C,  0x53C1,  0x53C2,  0x53C3,  0x53C4,  0x56DB,  0x58F1,  0x58F9,  0x5E7A,
    0x5EFE,  0x5EFF,  0x5F0C,  0x5F0D,  0x5F0E,  0x5F10,  0x62FE,  0x634C,  0x67D2,  0x6F06,  0x7396,  0x767E,
    0x8086,  0x842C,  0x8CAE,  0x8CB3,  0x8D30,  0x9621,  0x9646,  0x964C,  0x9678,  0x96F6,  0xF96B,  0xF973,
    0xF978,  0xF9B2,  0xF9D1,  0xF9D3,  0xF9FD,  0x20001, 0x20064, 0x200E2, 0x20121, 0x2092A, 0x20983, 0x2098C,
    0x2099C, 0x20AEA, 0x20AFD, 0x20B19, 0x22390, 0x22998, 0x23B1B, 0x2626D, 0x2F890,
};

static int compare_codes(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

bool ct_uc_is_numeric(uint32_t code)
{
    if (code < 0x80)
        return code >= '0' && code <= '9';
    return uc_numeric_value(code).denominator != 0 ||
           bsearch(&code, numerals, CT_COUNT(numerals), sizeof(*numerals), compare_codes) != NULL;
}

bool ct_uc_is_alnum(uint32_t code)
{
    return ct_uc_is_alpha(code) || ct_uc_is_numeric(code);
}

bool ct_uc_is_upper(uint32_t code)
{
    return code < 0x80 ? is_ascii_upper(code) : uc_is_property_uppercase(code);
}

bool ct_uc_is_lower(uint32_t code)
{
    return code < 0x80 ? is_ascii_lower(code) : uc_is_property_lowercase(code);
}

bool ct_uc_is_title(uint32_t code)
{
    return code >= 0x80 && uc_is_general_category_withtable(code, UC_CATEGORY_MASK_Lt);
}

bool ct_uc_is_printable(uint32_t code)
{
    if (code < 0x80)
        return code >= ' ' && code != 0x7F;
    return !uc_is_general_category_withtable(code, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z);
}

/* ---- stripping and finding ---- */

ct_str ct_text_lstrip(ct_str text)
{
    if (!text.length)
        return text;
    const char *at = text.data, *end = at + text.length;
    while (at < end) {
        const char *next = at;
        if (!ct_uc_is_space(ct_utf8_next(&next, end)))
            break;
        at = next;
    }
    return (ct_str){ at, (size_t)(end - at) };
}

ct_str ct_text_rstrip(ct_str text)
{
    if (!text.length)
        return text;
    const char *start = text.data, *end = start + text.length;
    while (end > start) {
        const char *last = ct_utf8_back(end, start), *at = last;
        if (!ct_uc_is_space(ct_utf8_next(&at, end)))
            break;
        end = last;
    }
    return (ct_str){ start, (size_t)(end - start) };
}

ct_str ct_text_strip(ct_str text)
{
    return ct_text_rstrip(ct_text_lstrip(text));
}

size_t ct_text_find(ct_str text, ct_str part, size_t from)
{
    if (from > text.length || part.length > text.length - from)
        return CT_NOT_FOUND;
    if (!part.length)
        return from;
    const char *found = memmem(text.data + from, text.length - from, part.data, part.length);
    return found ? (size_t)(found - text.data) : CT_NOT_FOUND;
}

#define MODULUS ((UINT64_C(1) << 61) - 1)

static uint64_t multiply_add(uint64_t a, uint64_t b, uint64_t more)
{
    unsigned __int128 product = (unsigned __int128)a * b + more;
    uint64_t sum = (uint64_t)(product & MODULUS) + (uint64_t)(product >> 61);
    return sum >= MODULUS ? sum - MODULUS : sum;
}

/* By hashes of windows as long as `part`, rolled from the end to the front: in linear time whatever the text. */
static size_t rfind_long(ct_str text, ct_str part)
{
    const uint64_t base = 257;
    const unsigned char *bytes = (const unsigned char *)text.data;
    uint64_t wanted = 0, hash = 0, top = 1; /* top: the weight of a window's last byte */
    size_t at = text.length - part.length;
    for (size_t i = part.length; i--;) {
        wanted = multiply_add(wanted, base, (unsigned char)part.data[i]);
        hash = multiply_add(hash, base, bytes[at + i]);
        top = i ? multiply_add(top, base, 0) : top;
    }
    for (;; at--) {
        if (hash == wanted && memcmp(bytes + at, part.data, part.length) == 0)
            return at;
        if (!at)
            return CT_NOT_FOUND;
        uint64_t without_last = hash + MODULUS - multiply_add(top, bytes[at + part.length - 1], 0);
        hash = multiply_add(without_last, base, bytes[at - 1]);
    }
}

size_t ct_text_rfind(ct_str text, ct_str part)
{
    if (part.length > text.length)
        return CT_NOT_FOUND;
    if (!part.length)
        return text.length;
    if (part.length > 16)
        return rfind_long(text, part);
    for (size_t left = text.length - part.length + 1; left;) {
        const char *found = memrchr(text.data, part.data[0], left);
        if (!found)
            break;
        left = (size_t)(found - text.data);
        if (memcmp(found, part.data, part.length) == 0)
            return left;
    }
    return CT_NOT_FOUND;
}

/* ---- case ---- */

typedef struct {
    ct_buffer *out;
    const char *start, *end; /* the whole text */
} mapping;

/* Whether the last letter before `at`, signs that do not count left out, has a case. */
static bool cased_before(const mapping *m, const char *at)
{
    while (at > m->start) {
        at = ct_utf8_back(at, m->start);
        const char *next = at;
        uint32_t code = ct_utf8_next(&next, m->end);
        if (!uc_is_property_case_ignorable(code))
            return uc_is_property_cased(code);
    }
    return false;
}

static bool cased_after(const mapping *m, const char *at)
{
    while (at < m->end) {
        uint32_t code = ct_utf8_next(&at, m->end);
        if (!uc_is_property_case_ignorable(code))
            return uc_is_property_cased(code);
    }
    return false;
}

/* The case of one character whose mapping may be several, as the Unicode standard's SpecialCasing.txt has it. */
static void write_full(mapping *m, const char *at, const char *next, ct_case how)
{
    uint8_t mapped[32];
    size_t length = sizeof(mapped), size = (size_t)(next - at);
    const uint8_t *text = (const uint8_t *)at;
    uint8_t *result = how == CT_CASE_UPPER   ? u8_toupper(text, size, "", NULL, mapped, &length)
                      : how == CT_CASE_LOWER ? u8_tolower(text, size, "", NULL, mapped, &length)
                      : how == CT_CASE_TITLE ? u8_totitle(text, size, "", NULL, mapped, &length)
                                             : u8_casefold(text, size, "", NULL, mapped, &length);
    if (!result) {
        ct_buffer_append(m->out, at, size);
        return;
    }
    ct_buffer_append(m->out, result, length);
    if (result != mapped)
        free(result);
}

/* Letters that map to one letter in every direction: Latin but for a few, and Cyrillic. */
static bool maps_simply(uint32_t code)
{
    return (code >= 0xC0 && code < 0x130 && code != 0xDF) || (code >= 0x400 && code < 0x530);
}

/* The character from `at` to `next` in upper, lower or title case, or folded. */
static void write_mapped(mapping *m, const char *at, const char *next, uint32_t code, ct_case how)
{
    if (code < 0x80) {
        bool letter = is_ascii_lower(code | 0x20);
        char plain = (char)code;
        if (letter)
            plain = how == CT_CASE_UPPER || how == CT_CASE_TITLE ? (char)(plain & ~0x20) : (char)(plain | 0x20);
        ct_buffer_char(m->out, plain);
    } else if (how == CT_CASE_LOWER && code == 0x3A3) { /* sigma */
        ct_utf8_put(m->out, cased_before(m, at) && !cased_after(m, next) ? 0x3C2 : 0x3C3);
    } else if (code == REPLACEMENT) {
        ct_buffer_append(m->out, at, (size_t)(next - at));
    } else if (maps_simply(code)) {
        ct_utf8_put(m->out, how == CT_CASE_UPPER || how == CT_CASE_TITLE ? uc_toupper(code) : uc_tolower(code));
    } else {
        write_full(m, at, next, how);
    }
}

static ct_case swapped(uint32_t code)
{
    return ct_uc_is_upper(code) ? CT_CASE_LOWER : CT_CASE_UPPER;
}

static bool has_case(uint32_t code)
{
    return code < 0x80 ? is_ascii_lower(code | 0x20) : uc_is_property_cased(code);
}

/* How the character is mapped that stands at the start of the text, or behind a letter. */
static ct_case case_here(ct_case how, uint32_t code, bool first, bool behind_letter)
{
    switch (how) {
    case CT_CASE_TITLE:
        return behind_letter ? CT_CASE_LOWER : CT_CASE_TITLE;
    case CT_CASE_CAPITALIZE:
        return first ? CT_CASE_TITLE : CT_CASE_LOWER;
    case CT_CASE_SWAP:
        return swapped(code);
    default:
        return how;
    }
}

static void write_unicode(ct_buffer *out, ct_str text, ct_case how)
{
    mapping m = { .out = out, .start = text.data, .end = text.data + text.length };
    bool behind_letter = false;
    for (const char *at = m.start, *next = at; at < m.end; at = next) {
        uint32_t code = ct_utf8_next(&next, m.end);
        ct_case here = case_here(how, code, at == m.start, behind_letter);
        if (how == CT_CASE_SWAP && !ct_uc_is_upper(code) && !ct_uc_is_lower(code))
            ct_buffer_append(out, at, (size_t)(next - at));
        else
            write_mapped(&m, at, next, code, here);
        if (how == CT_CASE_TITLE)
            behind_letter = has_case(code);
    }
}

/* 0x20, by which the cases differ, in each byte that is one of the letters from `first` to `first` + 25: adding carries
 * it past 0x80 for `first` but not for what follows the last. ASCII only. */
static uint64_t letters_from(uint64_t word, char first)
{
    uint64_t from_first = word + EVERY_BYTE(0x80u - (unsigned char)first);
    uint64_t past_last = word + EVERY_BYTE(0x80u - (unsigned char)first - 26);
    return ((from_first ^ past_last) & EVERY_BYTE(0x80)) >> 2;
}

/* Flips the case of those letters, eight bytes at a time; the last eight may overlap those before. */
static void flip_letters(char *to, ct_str text, char first)
{
    if (text.length < 8) {
        for (size_t i = 0; i < text.length; i++)
            to[i] = (char)(text.data[i] ^ ((unsigned char)(text.data[i] - first) < 26 ? 0x20 : 0));
        return;
    }
    for (size_t at = 0;; at = CT_MIN(at + 8, text.length - 8)) {
        uint64_t word = load_word(text.data + at);
        word ^= letters_from(word, first);
        memcpy(to + at, &word, sizeof(word));
        if (at + 8 == text.length)
            return;
    }
}

/* A letter is large where no letter stands before it. The first byte goes alone, for nothing does. */
static void title_letters(char *to, ct_str text)
{
    const char *from = text.data;
    if (text.length)
        flip_letters(to, (ct_str){ from, 1 }, 'a');
    if (text.length < 9) {
        for (size_t i = 1; i < text.length; i++) {
            bool letter = is_ascii_lower((unsigned char)from[i] | 0x20);
            bool behind_letter = is_ascii_lower((unsigned char)from[i - 1] | 0x20);
            to[i] = !letter ? from[i] : behind_letter ? (char)(from[i] | 0x20) : (char)(from[i] & ~0x20);
        }
        return;
    }
    for (size_t at = 1;; at = CT_MIN(at + 8, text.length - 8)) {
        uint64_t word = load_word(from + at);
        uint64_t letters = letters_from(word | EVERY_BYTE(0x20), 'a');
        uint64_t behind = letters_from(load_word(from + at - 1) | EVERY_BYTE(0x20), 'a');
        word = (word | letters) ^ (letters & ~behind);
        memcpy(to + at, &word, sizeof(word));
        if (at + 8 == text.length)
            return;
    }
}

/* `how` for ASCII into `to`. */
static void map_ascii(char *to, ct_str text, ct_case how)
{
    const char *from = text.data;
    switch (how) {
    case CT_CASE_UPPER:
        flip_letters(to, text, 'a');
        break;
    case CT_CASE_SWAP:
        for (size_t i = 0; i < text.length; i++)
            to[i] = (char)(from[i] ^ ((unsigned char)((from[i] | 0x20) - 'a') < 26 ? 0x20 : 0));
        break;
    case CT_CASE_TITLE:
        title_letters(to, text);
        break;
    case CT_CASE_CAPITALIZE:
        flip_letters(to, text, 'A');
        if (text.length)
            flip_letters(to, (ct_str){ from, 1 }, 'a');
        break;
    case CT_CASE_LOWER:
    case CT_CASE_FOLD:
        flip_letters(to, text, 'A');
        break;
    }
}

void ct_text_write_case(ct_buffer *out, ct_str text, ct_case how)
{
    if (!ct_utf8_is_ascii(text)) {
        write_unicode(out, text, how);
        return;
    }
    char *room = ct_buffer_reserve(out, text.length);
    if (!room)
        return;
    map_ascii(room, text, how);
    out->length += text.length;
}

ct_tval ct_text_case(ct_renderer *r, ct_tval text, ct_case how)
{
    ct_tval v;
    if (CT_LIKELY(ct_utf8_is_ascii(ct_t_get_str(text)))) {
        char *mapped = ct_render_take(r, (size_t)text.length + 1);
        map_ascii(mapped, ct_t_get_str(text), how);
        v = ct_t_text(mapped, text.length);
    } else {
        ct_buffer out = ct_text_begin(r);
        write_unicode(&out, ct_t_get_str(text), how);
        v = ct_text_end(r, &out);
    }
    v.flags = text.flags;
    return v;
}
