/* The JSON writer.
 *
 * Text goes out in runs: eight bytes at a time are looked at at once, and a run between two characters that need an
 * escape is one copy. Numbers are written without printf but for reals with a fraction or an exponent; the locale of
 * the program does not matter. Names of an object that come twice are written twice (maps have none). Rows of shapes
 * are objects of their fields; a cycle of rows that refer to each other ends at the limit of depth.
 *
 * Not here: reading JSON (json_read.c). */
#include "shape/json_write.h"

#include "base/base64.h"
#include "shape/kinds.h"
#include "shape/origin.h"
#include "shape/types.h"
#include "shape/value.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* ---- text ---- */

/* Bytes that cannot be copied without a second look. */
static const bool special[256] = {
    [0x00 ... 0x1F] = true, ['"'] = true,  ['&'] = true,           ['<'] = true,
    ['>'] = true,           ['\\'] = true, [0x80 ... 0xFF] = true,
};

/* Whether one of eight bytes is special. A byte of `word ^ EVERY_BYTE(x)` is zero where the byte is x, and taking
 * one off zero borrows, which sets the high bit; ORing 2 makes '<' and '>' the same, ORing 4 '"' and '&'. A borrow
 * can reach the byte above, but only from a byte that was special itself. */
static inline bool has_special(uint64_t word)
{
    uint64_t control = word - EVERY_BYTE(0x20);
    uint64_t angle = ((word | EVERY_BYTE(0x02)) ^ EVERY_BYTE('>')) - EVERY_BYTE(0x01);
    uint64_t quote = ((word | EVERY_BYTE(0x04)) ^ EVERY_BYTE('&')) - EVERY_BYTE(0x01);
    uint64_t backslash = (word ^ EVERY_BYTE('\\')) - EVERY_BYTE(0x01);
    return ((word | control | angle | quote | backslash) & EVERY_BYTE(0x80)) != 0;
}

/* How many bytes from the front are not special. */
static inline size_t clean_length(const char *text, size_t length)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof(word) <= length; at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        if (has_special(word))
            break;
    }
    while (at < length && !special[(unsigned char)text[at]])
        at++;
    return at;
}

/* The length of the character beyond ASCII at the front of `text`; 0 when it is ASCII or no UTF-8. */
static size_t sequence_length(const char *text, size_t left)
{
    unsigned char first = (unsigned char)*text;
    if (first < 0x80)
        return 0;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    return length <= left && ct_utf8_valid(text, length) ? length : 0;
}

/* U+2028 and U+2029 end lines in scripts. */
static bool is_line_separator(const char *text, size_t length)
{
    return length == 3 && (memcmp(text, "\xE2\x80\xA8", 3) == 0 || memcmp(text, "\xE2\x80\xA9", 3) == 0);
}

/* The escape for the character at `text`, which is `length` bytes long, or ASCII or no UTF-8 when that is 0. */
static void write_escape(ct_buffer *out, const char *text, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    static const char short_form[256] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
    };
    unsigned char ch = (unsigned char)*text;
    if (length)
        ct_buffer_append(out, (unsigned char)text[2] == 0xA8 ? "\\u2028" : "\\u2029", 6);
    else if (ch >= 0x80)
        CT_BUFFER_LITERAL(out, "\\ufffd");
    else if (short_form[ch])
        ct_buffer_append(out, (const char[]){ '\\', short_form[ch] }, 2);
    else
        ct_buffer_append(out, (const char[]){ '\\', 'u', '0', '0', digits[ch >> 4], digits[ch & 15] }, 6);
}

/* Text with something special behind its first `clean` bytes; the quotes are the caller's. */
static void write_special(ct_buffer *out, const char *text, size_t length, size_t clean)
{
    size_t run = 0; /* what lies from here to `at` is copied as it is */
    for (size_t at = clean; at < length; at += clean_length(text + at, length - at)) {
        size_t sequence = sequence_length(text + at, length - at);
        if (sequence && !is_line_separator(text + at, sequence)) {
            at += sequence;
            continue;
        }
        ct_buffer_append(out, text + run, at - run);
        write_escape(out, text + at, sequence);
        at += sequence ? sequence : 1;
        run = at;
    }
    ct_buffer_append(out, text + run, length - run);
}

static void write_text(ct_buffer *out, const char *text)
{
    size_t length = strlen(text), clean = clean_length(text, length);
    char *room = ct_buffer_reserve(out, length + 2);
    if (!room)
        return;
    if (CT_LIKELY(clean == length)) {
        room[0] = '"';
        memcpy(room + 1, text, length);
        room[length + 1] = '"';
        out->length += length + 2;
        return;
    }
    ct_buffer_char(out, '"');
    write_special(out, text, length, clean);
    ct_buffer_char(out, '"');
}

/* ---- numbers ---- */

static bool reads_back(const char *text, double value)
{
    return strtod(text, NULL) == value;
}

/* A power of two may need a digit less than the nearest decimals say: the next decimal above reads back too, since
 * above it doubles lie twice as far apart as below. Tries that with one digit more than DBL_DIG. */
static bool format_raised(char *text, size_t size, double value)
{
    snprintf(text, size, "%.*e", DBL_DIG, value);
    size_t last = strcspn(text, "e") - 1;
    if (text[last] == '9') /* never so with a power of two where it would help */
        return false;
    text[last]++;
    return reads_back(text, value);
}

/* The fewest digits that read back as `value`, in the form of printf's %g. */
static void format_real(char *ret_text, size_t size, double value)
{
    /* Every decimal of DBL_DIG digits survives a double, unless the double is subnormal. */
    for (int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG; digits < DBL_DECIMAL_DIG; digits++) {
        snprintf(ret_text, size, "%.*g", digits, value);
        if (reads_back(ret_text, value))
            return;
    }
    if (!format_raised(ret_text, size, value))
        snprintf(ret_text, size, "%.*g", DBL_DECIMAL_DIG, value);
}

static void write_real(ct_buffer *out, double value)
{
    char text[64];
    if (!isfinite(value)) {
        CT_BUFFER_LITERAL(out, "null");
        return;
    }
    if (fabs(value) < 9007199254740992.0 && value == (double)(int64_t)value) { /* 2^53: each digit counts */
        if (signbit(value))
            ct_buffer_char(out, '-');
        ct_buffer_uint(out, (uint64_t)fabs(value));
        CT_BUFFER_LITERAL(out, ".0");
        return;
    }
    format_real(text, sizeof(text), value);
    bool whole = true;
    for (const char *at = text; *at;) {
        size_t plain = strspn(at, "0123456789+-e");
        ct_buffer_append(out, at, plain);
        whole &= memchr(at, 'e', plain) == NULL;
        at += plain;
        if (!*at)
            break;
        ct_buffer_char(out, '.'); /* the locale's decimal point, whatever it is */
        at += strcspn(at, "0123456789");
        whole = false;
    }
    if (whole)
        CT_BUFFER_LITERAL(out, ".0");
}

/* ---- what JSON writes as text ---- */

/* Digits, letters and signs that need no escape. */
static void write_plain(ct_buffer *out, const char *text, size_t length)
{
    ct_buffer_char(out, '"');
    ct_buffer_append(out, text, length);
    ct_buffer_char(out, '"');
}

static void write_bytes(ct_buffer *out, const ct_bytes *bytes)
{
    size_t length = CT_BASE64_PADDED_LENGTH(bytes->len);
    char *room = ct_buffer_reserve(out, length + 2);
    if (!room)
        return;
    room[0] = room[length + 1] = '"';
    ct_base64_encode_padded(room + 1, bytes->data, bytes->len);
    out->length += length + 2;
}

static void write_kind(ct_buffer *out, ct_value value)
{
    char text[64];
    _Static_assert(sizeof(text) >= CT_DECIMAL_SIZE && sizeof(text) >= CT_DURATION_SIZE, "room for each of them");
    switch (value.type) {
    case CT_VALUE_DATETIME:
        write_plain(out, text, ct_datetime_format(value.time, text));
        break;
    case CT_VALUE_DATE:
        write_plain(out, text, ct_date_format(value.date, text));
        break;
    case CT_VALUE_DAYTIME:
        write_plain(out, text, ct_daytime_format(value.daytime, text));
        break;
    case CT_VALUE_DURATION:
        write_plain(out, text, ct_duration_format_iso(value.time, text));
        break;
    case CT_VALUE_DECIMAL:
        write_plain(out, text, ct_decimal_write(*value.decimal, text));
        break;
    case CT_VALUE_UUID:
        write_plain(out, text, ct_uuid_format(*value.uuid, text));
        break;
    default:
        write_bytes(out, value.bytes);
        break;
    }
}

/* ---- values ---- */

static bool write_array(ct_buffer *out, const ct_array *array, unsigned depth)
{
    if (depth >= CT_JSON_DEPTH)
        return false;
    ct_buffer_char(out, '[');
    for (size_t i = 0; i < array->count; i++) {
        if (i)
            ct_buffer_char(out, ',');
        if (!ct_json_write(out, array->items[i], depth + 1))
            return false;
    }
    ct_buffer_char(out, ']');
    return true;
}

bool ct_json_write_pairs(ct_buffer *out, const ct_kv *pairs, size_t count, unsigned depth)
{
    if (depth >= CT_JSON_DEPTH)
        return false;
    ct_buffer_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            ct_buffer_char(out, ',');
        write_text(out, pairs[i].key);
        ct_buffer_char(out, ':');
        if (!ct_json_write(out, pairs[i].value, depth + 1))
            return false;
    }
    ct_buffer_char(out, '}');
    return true;
}

/* ,"name": where a relation is its key, "author_id". A name of C has nothing to escape. */
static void write_name(ct_buffer *out, bool first, const ct_field *field)
{
    bool key = ct_kind_is_ref(field->kind);
    size_t length = strlen(field->name);
    char *room = ct_buffer_reserve(out, length + sizeof(",\"_id\":"));
    if (!room)
        return;
    char *at = room;
    if (!first)
        *at++ = ',';
    *at++ = '"';
    at = (char *)memcpy(at, field->name, length) + length;
    if (key)
        at = (char *)memcpy(at, "_id", 3) + 3;
    *at++ = '"';
    *at++ = ':';
    out->length += (size_t)(at - room);
}

/* Left out by the query that read the row. */
static bool is_missing(const ct_row *row, const ct_field *field)
{
    return row->origin && (row->origin->missing & ct_field_mask(row->shape, field));
}

static bool write_row(ct_buffer *out, const ct_row *row, unsigned depth)
{
    if (depth >= CT_JSON_DEPTH)
        return false;
    bool first = true;
    ct_buffer_char(out, '{');
    for (size_t i = 0; i < row->shape->field_count; i++) {
        const ct_field *field = &row->shape->fields[i];
        if (field->kind == CT_KIND_method || field->kind >= CT_KIND_many_to_many || is_missing(row, field))
            continue;
        write_name(out, first, field);
        first = false;
        if (!ct_json_write(out, ct_row_value(row, field), depth + 1))
            return false;
    }
    ct_buffer_char(out, '}');
    return true;
}

static bool write_rows(ct_buffer *out, const ct_rows *rows, unsigned depth)
{
    if (depth >= CT_JSON_DEPTH)
        return false;
    ct_buffer_char(out, '[');
    for (size_t i = 0; i < rows->count; i++) {
        if (i)
            ct_buffer_char(out, ',');
        if (!ct_json_write(out, ct_value_of_row(rows->items[i]), depth + 1))
            return false;
    }
    ct_buffer_char(out, ']');
    return true;
}

bool ct_json_write(ct_buffer *out, ct_value value, unsigned depth)
{
    if (CT_UNLIKELY(value.type == CT_VALUE_NUMERAL)) {
        ct_buffer_append(out, value.text, strlen(value.text));
        return true;
    }
    switch (value.type) {
    case CT_VALUE_NULL:
        CT_BUFFER_LITERAL(out, "null");
        break;
    case CT_VALUE_BOOL:
        if (value.boolean)
            CT_BUFFER_LITERAL(out, "true");
        else
            CT_BUFFER_LITERAL(out, "false");
        break;
    case CT_VALUE_INT:
        ct_buffer_int(out, value.integer);
        break;
    case CT_VALUE_UINT:
        ct_buffer_uint(out, value.uinteger);
        break;
    case CT_VALUE_REAL:
        write_real(out, value.real);
        break;
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE:
        write_text(out, value.text);
        break;
    case CT_VALUE_DATETIME:
    case CT_VALUE_DATE:
    case CT_VALUE_DAYTIME:
    case CT_VALUE_DURATION:
    case CT_VALUE_DECIMAL:
    case CT_VALUE_UUID:
    case CT_VALUE_BYTES:
        write_kind(out, value);
        break;
    case CT_VALUE_MAP:
        return ct_json_write_pairs(out, value.map->pairs, value.map->count, depth);
    case CT_VALUE_ARRAY:
        return write_array(out, value.array, depth);
    case CT_VALUE_ROW:
        return write_row(out, value.row, depth);
    case CT_VALUE_ROWS:
        return write_rows(out, value.rows, depth);
    }
    return true;
}
