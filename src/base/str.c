/* Text: comparing, cutting, numbers, UTF-8, hashing, nearness of words.
 *
 * Everything here is by bytes and ASCII, whatever the locale. Nothing allocates. Not here: percent-encoding and header
 * grammar (src/proto), and anything that needs Unicode tables. */
#include "base/str.h"

#include "base/common.h"
#include "base/random.h"

#include <stdio.h>

bool ct_str_eq_nocase(ct_str a, ct_str b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        if (a.data[i] != b.data[i] && ct_ascii_lower(a.data[i]) != ct_ascii_lower(b.data[i]))
            return false;
    }
    return true;
}

bool ct_str_starts(ct_str text, ct_str prefix)
{
    return text.length >= prefix.length && ct_str_eq((ct_str){ text.data, prefix.length }, prefix);
}

bool ct_str_ends(ct_str text, ct_str suffix)
{
    if (text.length < suffix.length)
        return false;
    return !suffix.length || memcmp(text.data + text.length - suffix.length, suffix.data, suffix.length) == 0;
}

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t';
}

ct_str ct_str_trim(ct_str text)
{
    while (text.length && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

ct_str ct_str_next(ct_str *rest, char separator)
{
    ct_str part = *rest;
    if (!part.data)
        return part;
    const char *found = part.length ? memchr(part.data, separator, part.length) : NULL;
    if (found) {
        part.length = (size_t)(found - part.data);
        *rest = (ct_str){ found + 1, rest->length - part.length - 1 };
    } else {
        *rest = (ct_str){ NULL, 0 };
    }
    return ct_str_trim(part);
}

bool ct_str_to_uint64(ct_str text, uint64_t *ret_value)
{
    if (!text.length)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)((unsigned char)text.data[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret_value = value;
    return true;
}

bool ct_str_to_int64(ct_str text, int64_t *ret_value)
{
    bool negative = text.length && text.data[0] == '-';
    uint64_t value;
    if (negative)
        text = (ct_str){ text.data + 1, text.length - 1 };
    if (!ct_str_to_uint64(text, &value) || value > (uint64_t)INT64_MAX + negative)
        return false;
    /* -(value - 1) - 1 reaches INT64_MIN without passing through a number that does not exist. */
    *ret_value = negative && value ? -(int64_t)(value - 1) - 1 : (int64_t)value;
    return true;
}

static uint64_t load64(const unsigned char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static uint64_t load32(const unsigned char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

/* The length of the well-formed sequence at `p`, which begins with a byte of 0x80 or more; 0 if there is none.
 * The ranges of the second byte are those of table 3-7 of the Unicode Standard. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    unsigned char lead = p[0];
    size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || left < length)
        return 0;
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

bool ct_utf8_valid(const char *data, size_t length)
{
    const uint64_t high_bits = 0x8080808080808080;
    const unsigned char *p = (const unsigned char *)data;
    while (length) {
        if (length >= 16 && !((load64(p) | load64(p + 8)) & high_bits)) {
            p += 16;
            length -= 16;
            continue;
        }
        /* One byte or sequence at a time up to the next sixteen: mixed text would pay for looking ahead more often. */
        for (size_t done = 0, step; done < 16 && length; done += step, p += step, length -= step) {
            step = *p < 0x80 ? 1 : utf8_sequence(p, length);
            if (!step)
                return false;
        }
    }
    return true;
}

/* Random numbers of this process, taken once before main(); workers forked later share them. */
static uint64_t secrets[3];

__attribute__((constructor(101))) static void secrets_init(void)
{
    ct_random_bytes(secrets, sizeof(secrets));
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Sixteen bytes a step, mixed by a folded 128-bit multiplication: the idea of Wang Yi's wyhash. There the constants are
 * public, so that keys which make a factor zero can be chosen; here all of them are secret. */
uint64_t ct_hash(const void *data, size_t length)
{
    const unsigned char *p = data;
    uint64_t a = 0, b = 0, state = secrets[0];
    size_t left = length;
    for (; left > 16; p += 16, left -= 16)
        state = fold(load64(p) ^ secrets[1], load64(p + 8) ^ state);
    if (left >= 8) {
        a = load64(p);
        b = load64(p + left - 8);
    } else if (left >= 4) {
        a = load32(p);
        b = load32(p + left - 4);
    } else if (left) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[left / 2] << 8 | p[left - 1];
    }
    return fold(secrets[2] ^ length, fold(a ^ secrets[1], b ^ state));
}

#define MAX_WORD 63

size_t ct_str_distance(const char *a, const char *b)
{
    size_t rows[3][MAX_WORD + 1], a_length = strlen(a), b_length = strlen(b);
    if (a_length > MAX_WORD || b_length > MAX_WORD)
        return CT_MAX(a_length, b_length);
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);
            best = CT_MIN(best, before[j] + 1);
            best = CT_MIN(best, now[j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = CT_MIN(best, two_before[j - 2] + 1);
            now[j] = best;
        }
    }
    return rows[a_length % 3][b_length];
}

void ct_vsay(char *text, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(text, size, format, args);
    if (length < 0)
        text[0] = '\0';
    if (length < 0 || (size_t)length < size || size < sizeof("..."))
        return;
    size_t at = size - sizeof("...");
    while (at && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    memcpy(text + at, "...", sizeof("..."));
}

void ct_say(char *text, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ct_vsay(text, size, format, args);
    va_end(args);
}
