/* Escaping for HTML, and back.
 *
 * Almost everything that a page shows is short and has nothing to escape, so the writer copies and looks in one go:
 * sixteen bytes are loaded, stored, and then tested for the five characters; only where one is among them does it go
 * back to that place. It stores past what it has to, so it works on pieces for which the buffer has room even if every
 * byte were escaped; where there is no such room (near the limit of the output, or before the buffer grows) the text
 * is appended run by run, which asks the buffer each time.
 *
 * References are read as browsers read them. Entities without their semicolon are known only for the names that have
 * always been allowed so. */
#include "template/escape.h"

#include "template/entities.h"
#include "template/render.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The longest entity is 6 bytes; it is stored as 8. */
#define PIECE 2048
#define ROOM(length) (6 * (length) + 24)

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));
typedef uint32_t words4 __attribute__((vector_size(16)));

typedef struct escaped {
    char text[8];
    size_t length;
} escaped;

static escaped escaped_of(char ch, bool django)
{
    switch (ch) {
    case '&':
        return (escaped){ "&amp;", 5 };
    case '<':
        return (escaped){ "&lt;", 4 };
    case '>':
        return (escaped){ "&gt;", 4 };
    case '"':
        return django ? (escaped){ "&quot;", 6 } : (escaped){ "&#34;", 5 };
    default:
        return django ? (escaped){ "&#x27;", 6 } : (escaped){ "&#39;", 5 };
    }
}

static inline bool is_special(char ch)
{
    return ch == '&' || ch == '<' || ch == '>' || ch == '"' || ch == '\'';
}

/* ---- sixteen bytes at a time ---- */

static inline bytes16 load16(const char *from)
{
    bytes16 v;
    memcpy(&v, from, 16);
    return v;
}

/* & and ' differ in their last bit only, < and > in the one before. */
static inline bytes16 hits16(bytes16 v)
{
    return (bytes16)((v | 1) == 0x27) | (bytes16)((v | 2) == 0x3e) | (bytes16)(v == 0x22);
}

/* The index of the first hit, 16 where there is none. */
static inline size_t first16(bytes16 hits)
{
#ifdef __SSE2__ /* a bit a byte at once; the general way takes three times as long */
    return (size_t)__builtin_ctz((unsigned)_mm_movemask_epi8((__m128i)hits) | 0x10000u);
#else
    words2 half = (words2)hits;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (half[0])
        return (size_t)__builtin_ctzll(half[0]) / 8;
    return half[1] ? 8 + (size_t)__builtin_ctzll(half[1]) / 8 : 16;
#else
    if (half[0])
        return (size_t)__builtin_clzll(half[0]) / 8;
    return half[1] ? 8 + (size_t)__builtin_clzll(half[1]) / 8 : 16;
#endif
#endif
}

/* Fewer than 16 bytes as two words that may overlap, looked at together. As copy_clean(). */
static inline size_t copy_clean_short(char *to, const char *from, size_t length)
{
    size_t clean = 0;
    if (length >= 8) {
        uint64_t head, tail;
        memcpy(&head, from, 8);
        memcpy(&tail, from + length - 8, 8);
        memcpy(to, &head, 8);
        memcpy(to + length - 8, &tail, 8);
        clean = first16(hits16((bytes16)(words2){ head, tail }));
        return clean < 8 ? clean : length - (16 - clean);
    }
    if (length >= 4) {
        uint32_t head, tail;
        memcpy(&head, from, 4);
        memcpy(&tail, from + length - 4, 4);
        memcpy(to, &head, 4);
        memcpy(to + length - 4, &tail, 4);
        clean = first16(hits16((bytes16)(words4){ head, tail, 0, 0 }));
        return clean < 4 ? clean : clean < 8 ? length - (8 - clean) : length;
    }
    for (; clean < length && !is_special(from[clean]); clean++)
        to[clean] = from[clean];
    return clean;
}

/* Copies the text as far as there is nothing to escape; returns how far that is. What lies behind, as far as the text
 * goes, may be overwritten. The last sixteen bytes may overlap those before, which saves a loop for the rest. */
static inline size_t copy_clean(char *to, const char *from, size_t length)
{
    if (length < 16)
        return copy_clean_short(to, from, length);
    for (size_t at = 0;; at = CT_MIN(at + 16, length - 16)) {
        bytes16 v = load16(from + at);
        memcpy(to + at, &v, 16);
        size_t clean = first16(hits16(v));
        if (clean < 16 || at + 16 == length)
            return at + clean;
    }
}

static inline char *put_escaped(char *to, char ch, bool django)
{
    escaped e = escaped_of(ch, django);
    memcpy(to, e.text, 8);
    return to + e.length;
}

/* Writes the text to where there is ROOM(length); returns what follows. */
static char *write_piece(char *to, const char *from, size_t length, bool django)
{
    for (;;) {
        size_t clean = copy_clean(to, from, length);
        to += clean;
        if (clean == length)
            return to;
        to = put_escaped(to, from[clean], django);
        from += clean + 1;
        length -= clean + 1;
    }
}

size_t ct_escape_clean(ct_str text)
{
    size_t at = 0;
    for (; text.length - at >= 16; at += 16) {
        size_t clean = first16(hits16(load16(text.data + at)));
        if (clean < 16)
            return at + clean;
    }
    while (at < text.length && !is_special(text.data[at]))
        at++;
    return at;
}

static inline bool has_room(const ct_buffer *out, ct_str piece)
{
    return out->capacity - out->length >= ROOM(piece.length);
}

/* Run by run, for where there may be no room. */
static void write_runs(ct_buffer *out, ct_str text, bool django)
{
    for (;;) {
        size_t clean = ct_escape_clean(text);
        ct_buffer_append(out, text.data, clean);
        if (clean == text.length)
            return;
        escaped e = escaped_of(text.data[clean], django);
        ct_buffer_append(out, e.text, e.length);
        text.data += clean + 1;
        text.length -= clean + 1;
    }
}

static __attribute__((noinline)) void write_pieces(ct_buffer *out, ct_str text, bool django)
{
    while (text.length) {
        ct_str piece = { text.data, CT_MIN(text.length, PIECE) };
        if (CT_LIKELY(has_room(out, piece))) {
            char *end = write_piece(out->data + out->length, piece.data, piece.length, django);
            out->length = (size_t)(end - out->data);
        } else {
            write_runs(out, piece, django);
        }
        text.data += piece.length;
        text.length -= piece.length;
    }
}

/* Most text is short and clean: it takes the way that has no registers to save. */
void ct_escape_write(ct_buffer *out, ct_str text, bool django)
{
    if (CT_LIKELY(text.length <= PIECE && has_room(out, text))) {
        size_t clean = copy_clean(out->data + out->length, text.data, text.length);
        out->length += clean;
        if (clean == text.length)
            return;
        text.data += clean;
        text.length -= clean;
    }
    write_pieces(out, text, django);
}

ct_tval ct_escape_text(ct_renderer *r, ct_tval v, bool django)
{
    if (v.type != CT_T_TEXT)
        v = ct_tval_text(r, v);
    if (ct_t_is_safe(v))
        return v;
    ct_str text = ct_t_get_str(v);
    size_t clean = ct_escape_clean(text);
    if (clean < text.length) {
        ct_buffer out = ct_text_begin(r);
        ct_buffer_reserve(&out, text.length + 32);
        ct_buffer_append(&out, text.data, clean);
        ct_escape_write(&out, (ct_str){ text.data + clean, text.length - clean }, django);
        v = ct_text_end(r, &out);
    }
    v.flags |= CT_T_SAFE;
    return v;
}

/* ---- and back ---- */

static void write_code(ct_buffer *out, uint32_t code)
{
    char bytes[4];
    size_t length;
    if (code < 0x80) {
        length = 0;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        length = 1;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        length = 2;
    } else {
        bytes[0] = (char)(0xf0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
        length = 3;
    }
    bytes[length] = (char)(length ? 0x80 | (code & 0x3f) : code);
    ct_buffer_append(out, bytes, length + 1);
}

/* What browsers take the numbers 0x80 to 0x9f for: those of Windows' code page 1252. */
static const uint16_t windows[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

static void write_number(ct_buffer *out, uint32_t code)
{
    if (code >= 0x80 && code < 0xa0)
        code = windows[code - 0x80];
    else if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        code = 0xfffd;
    else if ((code < 0x20 && code != '\t' && code != '\n' && code != '\f' && code != '\r') || code == 0x7f ||
             (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe)
        return;
    write_code(out, code);
}

static int digit_of(char ch, uint32_t base)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    char lower = ct_ascii_lower(ch);
    return base == 16 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* "#39;" or "#x27": the bytes used of what follows "&", 0 when it is no reference. */
static size_t unescape_number(ct_buffer *out, ct_str text)
{
    size_t at = 1;
    uint32_t base = 10, code = 0;
    if (text.length > 1 && (text.data[1] == 'x' || text.data[1] == 'X')) {
        base = 16;
        at = 2;
    }
    size_t first = at;
    for (int digit; at < text.length && (digit = digit_of(text.data[at], base)) >= 0; at++)
        code = code > 0x10ffff ? code : code * base + (uint32_t)digit;
    if (at == first)
        return 0;
    write_number(out, code);
    return at + (at < text.length && text.data[at] == ';');
}

/* "amp;", or the longest beginning that is a name without a semicolon. */
static size_t unescape_name(ct_buffer *out, ct_str text)
{
    enum { LONGEST = 32 };
    size_t length = 0;
    while (length < text.length && length < LONGEST &&
           ((text.data[length] >= '0' && text.data[length] <= '9') ||
            (ct_ascii_lower(text.data[length]) >= 'a' && ct_ascii_lower(text.data[length]) <= 'z')))
        length++;
    ct_entity entity;
    bool closed =
        length < text.length && text.data[length] == ';' && ct_entity_find((ct_str){ text.data, length }, &entity);
    if (!closed) {
        enum { LONGEST_BARE = 6 };
        length = CT_MIN(length, LONGEST_BARE);
        while (length > 1 && !(ct_entity_find((ct_str){ text.data, length }, &entity) && entity.bare))
            length--;
        if (length < 2)
            return 0;
    }
    write_code(out, entity.codes[0]);
    if (entity.codes[1])
        write_code(out, entity.codes[1]);
    return length + closed;
}

void ct_unescape_write(ct_buffer *out, ct_str text)
{
    const char *end = text.data + text.length;
    while (text.data < end) {
        const char *mark = memchr(text.data, '&', (size_t)(end - text.data));
        if (!mark)
            break;
        ct_buffer_append(out, text.data, (size_t)(mark - text.data));
        ct_str rest = { mark + 1, (size_t)(end - mark - 1) };
        size_t used = 0;
        if (rest.length)
            used = rest.data[0] == '#' ? unescape_number(out, rest) : unescape_name(out, rest);
        if (!used)
            ct_buffer_char(out, '&');
        text.data = rest.data + used;
    }
    if (text.data < end)
        ct_buffer_append(out, text.data, (size_t)(end - text.data));
}
