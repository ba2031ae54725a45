/* Any value, written as JSON, must read back as the same value by a strict reader of RFC 8259, and be safe inside HTML.
 *
 * The input describes a value:
 *     n t f          null, true, false
 *     i12345678      an integer, u an unsigned one, r a real: of the 8 bytes that follow, in the machine's order
 *     sText`         text up to '`' or NUL: any bytes; hText` the same as safe text
 *     [v...]         an array of values
 *     {name`v...}    an object of names and values
 * Everything else is skipped; what is left open at the end is closed. */
#include "base/buffer.h"
#include "shape/json_write.h"
#include "shape/value.h"
#include "web/ct.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_DEPTH (CT_JSON_DEPTH + 5)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the value ---- */

typedef struct source {
    const uint8_t *at, *end;
    ct *c;
} source;

static ct_value make_value(source *in, unsigned depth);

static const char *make_text(source *in)
{
    size_t length = 0;
    while (in->at + length < in->end && in->at[length] != '`' && in->at[length])
        length++;
    char *text = ct_take(in->c, length + 1);
    memcpy(text, in->at, length);
    text[length] = '\0';
    in->at += length + (in->at + length < in->end);
    return text;
}

static uint64_t make_bits(source *in)
{
    uint64_t bits = 0;
    size_t length = CT_MIN(sizeof(bits), (size_t)(in->end - in->at));
    memcpy(&bits, in->at, length);
    in->at += length;
    return bits;
}

static double make_real(source *in)
{
    uint64_t bits = make_bits(in);
    double real;
    memcpy(&real, &bits, sizeof(real));
    return real;
}

/* Whether the list goes on; its end is passed over. */
static bool goes_on(source *in, uint8_t end)
{
    if (in->at == in->end)
        return false;
    if (*in->at != end)
        return true;
    in->at++;
    return false;
}

static ct_value make_array(source *in, unsigned depth)
{
    ct_array *array = ct_array_new(in->c);
    while (goes_on(in, ']'))
        ct_array_add(array, make_value(in, depth + 1));
    return CT_VALUE(array);
}

static ct_value make_map(source *in, unsigned depth)
{
    ct_map *map = ct_map_new(in->c);
    while (goes_on(in, '}')) {
        const char *name = make_text(in);
        ct_map_set(map, name, make_value(in, depth + 1));
    }
    return CT_VALUE(map);
}

static ct_value make_value(source *in, unsigned depth)
{
    while (in->at < in->end) {
        uint8_t kind = *in->at++;
        switch (kind) {
        case 'n':
            return ct_value_null();
        case 't':
        case 'f':
            return ct_value_of_bool(kind == 't');
        case 'i':
            return ct_value_of_int((int64_t)make_bits(in));
        case 'u':
            return ct_value_of_uint(make_bits(in));
        case 'r':
            return ct_value_of_real(make_real(in));
        case 's':
            return ct_value_of_text(make_text(in));
        case 'h':
            return ct_safe(make_text(in));
        case '[':
            if (depth < MAX_DEPTH)
                return make_array(in, depth);
            break;
        case '{':
            if (depth < MAX_DEPTH)
                return make_map(in, depth);
            break;
        default:
            break;
        }
    }
    return ct_value_null();
}

/* How deep its objects and arrays nest. */
static unsigned depth_of(ct_value value)
{
    bool is_map = value.type == CT_VALUE_MAP, is_array = value.type == CT_VALUE_ARRAY;
    size_t count = is_map ? ct_map_count(value.map) : is_array ? ct_array_count(value.array) : 0;
    unsigned deepest = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned depth = depth_of(is_map ? ct_map_at(value.map, i).value : ct_array_at(value.array, i));
        deepest = CT_MAX(deepest, depth);
    }
    return deepest + (is_map || is_array);
}

/* ---- the reader ---- */

static void require(bool fits, const char *at)
{
    if (fits)
        return;
    fprintf(stderr, "wrong at: %.40s\n", at);
    abort();
}

static void read_literal(const char **at, const char *literal)
{
    size_t length = strlen(literal);
    require(strncmp(*at, literal, length) == 0, *at);
    *at += length;
}

static void put_utf8(ct_buffer *out, unsigned code)
{
    if (code < 0x80) {
        ct_buffer_char(out, (char)code);
    } else if (code < 0x800) {
        ct_buffer_append(out, (const char[]){ (char)(0xC0 | code >> 6), (char)(0x80 | (code & 63)) }, 2);
    } else {
        ct_buffer_append(
            out,
            (const char[]){ (char)(0xE0 | code >> 12), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63)) },
            3);
    }
}

static void read_escape(const char **at, ct_buffer *out)
{
    static const char short_form[] = "\"\\bfnrt", meaning[] = "\"\\\b\f\n\r\t";
    const char *found = **at ? strchr(short_form, **at) : NULL;
    if (found) {
        ct_buffer_char(out, meaning[found - short_form]);
        (*at)++;
        return;
    }
    require(**at == 'u' && strspn(*at + 1, "0123456789abcdefABCDEF") >= 4, *at);
    unsigned code = (unsigned)strtoul((const char[]){ (*at)[1], (*at)[2], (*at)[3], (*at)[4], 0 }, NULL, 16);
    require(code && (code < 0xD800 || code > 0xDFFF), *at);
    put_utf8(out, code);
    *at += 5;
}

/* What the writer makes of bytes that are no UTF-8. */
static const char *repaired(ct *c, const char *text)
{
    ct_buffer out = ct_buffer_in(c->arena);
    size_t left = strlen(text);
    while (left) {
        size_t length = 1;
        while (length < 4 && length <= left && !ct_utf8_valid(text, length))
            length++;
        bool valid = length <= left && ct_utf8_valid(text, length);
        ct_buffer_append(&out, valid ? text : "\xEF\xBF\xBD", valid ? length : 3);
        text += valid ? length : 1;
        left -= valid ? length : 1;
    }
    return ct_buffer_text(&out);
}

static void read_text(ct *c, const char **at, const char *expected)
{
    ct_buffer out = ct_buffer_in(c->arena);
    read_literal(at, "\"");
    while (**at != '"') {
        require((unsigned char)**at >= 0x20 && !strchr("<>&", **at), *at);
        require(strncmp(*at, "\xE2\x80\xA8", 3) != 0 && strncmp(*at, "\xE2\x80\xA9", 3) != 0, *at);
        if (**at == '\\') {
            (*at)++;
            read_escape(at, &out);
        } else {
            ct_buffer_char(&out, *(*at)++);
        }
    }
    (*at)++;
    require(strcmp(ct_buffer_text(&out), repaired(c, expected)) == 0, *at);
}

/* The length of a number by the grammar of JSON; it must be there. */
static size_t number_length(const char *text)
{
    static const char digits[] = "0123456789";
    const char *at = text + (*text == '-');
    size_t whole = strspn(at, digits);
    require(whole && (whole == 1 || *at != '0'), text);
    at += whole;
    if (*at == '.') {
        require(strspn(at + 1, digits) > 0, text);
        at += 1 + strspn(at + 1, digits);
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        require(strspn(at, digits) > 0, text);
        at += strspn(at, digits);
    }
    return (size_t)(at - text);
}

/* Digits that count: without leading and trailing zeros. */
static int digit_count(const char *number, size_t length)
{
    int count = 0, zeros = 0;
    for (size_t i = 0; i < length && number[i] != 'e'; i++) {
        if (number[i] < '0' || number[i] > '9')
            continue;
        zeros = number[i] == '0' ? zeros + 1 : 0;
        if (count || number[i] != '0')
            count++;
    }
    return count - CT_MIN(zeros, count);
}

static void read_real(const char **at, double expected)
{
    if (!isfinite(expected)) {
        read_literal(at, "null");
        return;
    }
    size_t length = number_length(*at);
    double value = strtod(*at, NULL);
    require(value == expected && signbit(value) == signbit(expected), *at);
    int digits = digit_count(*at, length);
    if (digits > 1) {
        char shorter[64];
        snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, expected);
        require(strtod(shorter, NULL) != expected, *at);
    }
    *at += length;
}

static void read_integer(const char **at, bool is_signed, uint64_t expected)
{
    ct_str text = { *at, number_length(*at) };
    int64_t integer;
    uint64_t uinteger;
    if (is_signed)
        require(ct_str_to_int64(text, &integer) && (uint64_t)integer == expected, *at);
    else
        require(ct_str_to_uint64(text, &uinteger) && uinteger == expected, *at);
    *at += text.length;
}

static void read_value(ct *c, const char **at, ct_value expected)
{
    switch (expected.type) {
    case CT_VALUE_NULL:
        read_literal(at, "null");
        break;
    case CT_VALUE_BOOL:
        read_literal(at, expected.boolean ? "true" : "false");
        break;
    case CT_VALUE_INT:
        read_integer(at, true, (uint64_t)expected.integer);
        break;
    case CT_VALUE_UINT:
        read_integer(at, false, expected.uinteger);
        break;
    case CT_VALUE_REAL:
        read_real(at, expected.real);
        break;
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE:
        read_text(c, at, expected.text);
        break;
    case CT_VALUE_ARRAY:
        read_literal(at, "[");
        for (size_t i = 0; i < ct_array_count(expected.array); i++) {
            if (i)
                read_literal(at, ",");
            read_value(c, at, ct_array_at(expected.array, i));
        }
        read_literal(at, "]");
        break;
    case CT_VALUE_MAP:
        read_literal(at, "{");
        for (size_t i = 0; i < ct_map_count(expected.map); i++) {
            if (i)
                read_literal(at, ",");
            read_text(c, at, ct_map_at(expected.map, i).key);
            read_literal(at, ":");
            read_value(c, at, ct_map_at(expected.map, i).value);
        }
        read_literal(at, "}");
        break;
    case CT_VALUE_DATETIME: /* nobody makes these here */
    case CT_VALUE_DATE:
    case CT_VALUE_DAYTIME:
    case CT_VALUE_DURATION:
    case CT_VALUE_DECIMAL:
    case CT_VALUE_UUID:
    case CT_VALUE_BYTES:
    case CT_VALUE_ROW:
    case CT_VALUE_ROWS:
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ct c;
    ct_arena_init(&c.exchange.arena, NULL, 0);
    c.arena = &c.exchange.arena;
    source in = { .at = data, .end = data + size, .c = &c };
    ct_value value = make_value(&in, 0);

    ct_buffer out = ct_buffer_in(c.arena);
    bool written = ct_json_write(&out, value, 0);
    require(written == (depth_of(value) <= CT_JSON_DEPTH), "depth");
    if (written) {
        const char *text = ct_buffer_text(&out), *at = text;
        require(strlen(text) == out.length && ct_utf8_valid(text, out.length), text);
        read_value(&c, &at, value);
        require(!*at, at);
    }
    ct_arena_finish(c.arena);
    return 0;
}
