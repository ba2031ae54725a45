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

/* The longest entity is 6 bytes; it is stored as 8. */
#define PIECE 2048
#define ROOM(length) (6 * (length) + 24)

typedef uint8_t bytes16 __attribute__((vector_size(16)));

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

/* ---- sixteen bytes, and eight, at a time ---- */

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
    uint64_t half[2];
    memcpy(half, &hits, sizeof half);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (half[0])
        return (size_t)__builtin_ctzll(half[0]) / 8;
    return half[1] ? 8 + (size_t)__builtin_ctzll(half[1]) / 8 : 16;
#else
    if (half[0])
        return (size_t)__builtin_clzll(half[0]) / 8;
    return half[1] ? 8 + (size_t)__builtin_clzll(half[1]) / 8 : 16;
#endif
}

#define EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

static inline uint64_t zero_bytes(uint64_t v)
{
    return (v - EACH_BYTE(1)) & ~v & EACH_BYTE(0x80);
}

static inline bool hit8(uint64_t v)
{
    return (zero_bytes((v | EACH_BYTE(1)) ^ EACH_BYTE(0x27)) | zero_bytes((v | EACH_BYTE(2)) ^ EACH_BYTE(0x3e)) |
            zero_bytes(v ^ EACH_BYTE(0x22))) != 0;
}

/* Copies fewer than 16 bytes by two words that may overlap; false where there is something to escape among them. */
static inline bool copy_clean_short(char *to, const char *from, size_t length)
{
    if (length >= 8) {
        uint64_t head, tail;
        memcpy(&head, from, 8);
        memcpy(&tail, from + length - 8, 8);
        memcpy(to, &head, 8);
        memcpy(to + length - 8, &tail, 8);
        return !hit8(head) && !hit8(tail);
    }
    if (length >= 4) {
        uint32_t head, tail;
        memcpy(&head, from, 4);
        memcpy(&tail, from + length - 4, 4);
        memcpy(to, &head, 4);
        memcpy(to + length - 4, &tail, 4);
        return !hit8((uint64_t)head << 32 | tail);
    }
    bool clean = true;
    for (size_t i = 0; i < length; i++) {
        to[i] = from[i];
        clean &= !is_special(from[i]);
    }
    return clean;
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
    while (length >= 16) {
        bytes16 v = load16(from);
        memcpy(to, &v, 16);
        size_t clean = first16(hits16(v));
        to += clean;
        from += clean;
        length -= clean;
        if (clean < 16) {
            to = put_escaped(to, *from++, django);
            length--;
        }
    }
    if (copy_clean_short(to, from, length))
        return to + length;
    for (; length; length--, from++) {
        if (is_special(*from))
            to = put_escaped(to, *from, django);
        else
            *to++ = *from;
    }
    return to;
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

void ct_escape_write(ct_buffer *out, ct_str text, bool django)
{
    while (text.length) {
        ct_str piece = { text.data, CT_MIN(text.length, PIECE) };
        if (CT_LIKELY(out->capacity - out->length >= ROOM(piece.length))) {
            char *end = write_piece(out->data + out->length, piece.data, piece.length, django);
            out->length = (size_t)(end - out->data);
        } else {
            write_runs(out, piece, django);
        }
        text.data += piece.length;
        text.length -= piece.length;
    }
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
