/* Values of fields as text: reading, writing, comparing.
 *
 * A value that is read lies in the arena whole: text, decimals and bytes are copied. Elements of arrays stand in JSON
 * as what they are there, or as the text that their kind is written as. */
#include "shape/validate.h"

#include "base/base64.h"
#include "base/buffer.h"
#include "shape/json_read.h"
#include "shape/json_write.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

/* ---- reading ---- */

typedef struct {
    ct_arena *arena;
    const char *problem; /* NULL: the arena's limit was passed */
} reader;

static bool fail(reader *r, const char *problem)
{
    r->problem = problem;
    return false;
}

static bool keep(const void *data, size_t size, reader *r, const void **ret_kept)
{
    *ret_kept = ct_arena_copy(r->arena, data, size);
    return *ret_kept != NULL;
}

static bool read_text(reader *r, ct_str text, ct_value *ret_value)
{
    if (text.length && memchr(text.data, '\0', text.length))
        return fail(r, "Null characters are not allowed.");
    if (!ct_utf8_valid(text.data, text.length))
        return fail(r, "This is no valid UTF-8.");
    const char *copy = ct_arena_copy(r->arena, text.data, text.length);
    if (!copy)
        return false;
    *ret_value = ct_value_of_text(copy);
    return true;
}

static bool read_boolean(reader *r, ct_str text, ct_value *ret_value)
{
    static const char *const words[][2] = { { "false", "true" }, { "0", "1" }, { "off", "on" }, { "no", "yes" } };
    for (size_t i = 0; i < CT_COUNT(words); i++)
        for (int value = 0; value < 2; value++)
            if (ct_str_eq_nocase(text, ct_str_of(words[i][value]))) {
                *ret_value = ct_value_of_bool(value != 0);
                return true;
            }
    return fail(r, "Enter true or false.");
}

/* By way of the decimal point of the locale, whatever it is; no infinities, no hexadecimal digits. */
static bool read_real(reader *r, ct_str text, ct_value *ret_value)
{
    char copy[400], *end;
    bool plain = text.length && text.length < sizeof(copy);
    for (size_t i = 0; i < text.length && plain; i++)
        plain = memchr("0123456789+-.eE", text.data[i], 15) != NULL;
    if (!plain)
        return fail(r, "Enter a number.");
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    char *point = memchr(copy, '.', text.length);
    if (point)
        *point = *localeconv()->decimal_point;
    double value = strtod(copy, &end);
    if (*end || !isfinite(value))
        return fail(r, "Enter a number.");
    *ret_value = ct_value_of_real(value);
    return true;
}

static bool read_decimal(reader *r, ct_str text, ct_value *ret_value)
{
    ct_decimal value;
    const void *kept;
    if (!ct_decimal_parse(text, &value))
        return fail(r, "Enter a number.");
    if (!keep(&value, sizeof(value), r, &kept))
        return false;
    *ret_value = (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = kept };
    return true;
}

static bool read_uuid(reader *r, ct_str text, ct_value *ret_value)
{
    ct_uuid value;
    const void *kept;
    if (!ct_uuid_parse(text, &value))
        return fail(r, "Enter a valid UUID.");
    if (!keep(&value, sizeof(value), r, &kept))
        return false;
    *ret_value = (ct_value){ .type = CT_VALUE_UUID, .uuid = kept };
    return true;
}

static bool read_binary(reader *r, ct_str text, ct_value *ret_value)
{
    ct_bytes bytes;
    const void *kept;
    char *data = ct_arena_alloc(r->arena, text.length + 1);
    if (!data)
        return false;
    if (!ct_base64_decode_padded(text, data, &bytes.len))
        return fail(r, "Enter valid base64.");
    bytes.data = data;
    if (!keep(&bytes, sizeof(bytes), r, &kept))
        return false;
    *ret_value = (ct_value){ .type = CT_VALUE_BYTES, .bytes = kept };
    return true;
}

static bool read_moment(reader *r, ct_kind kind, ct_str text, ct_value *ret_value)
{
    ct_time time;
    ct_date date;
    ct_daytime daytime;
    switch (kind) {
    case CT_KIND_date:
        if (!ct_date_parse(text, &date))
            return fail(r, "Enter a valid date.");
        *ret_value = ct_value_of_date(date);
        return true;
    case CT_KIND_time:
        if (!ct_daytime_parse(text, &daytime))
            return fail(r, "Enter a valid time.");
        *ret_value = ct_value_of_daytime(daytime);
        return true;
    case CT_KIND_duration:
        if (!ct_duration_parse(text, &time))
            return fail(r, "Enter a valid duration.");
        *ret_value = ct_duration(time);
        return true;
    default:
        if (!ct_datetime_parse(text, &time))
            return fail(r, "Enter a valid date/time.");
        *ret_value = ct_datetime(time);
        return true;
    }
}

static bool read_json(reader *r, ct_str text, ct_value *ret_value)
{
    ct_error error;
    if (ct_json_read(text, r->arena, ret_value, &error))
        return true;
    return error.status == 413 ? fail(r, NULL) : fail(r, "Enter a valid JSON.");
}

static bool read_scalar(reader *r, ct_kind kind, ct_str text, ct_value *ret_value);

/* An element as JSON has it: text is read as the kind, other values are read as they would be written. */
static bool read_element(reader *r, ct_kind kind, ct_value in_json, ct_value *ret_value)
{
    char text[32];
    ct_buffer out = { 0 };
    if (in_json.type == CT_VALUE_NULL || kind == CT_KIND_json) {
        *ret_value = in_json;
        return true;
    }
    if (in_json.type == CT_VALUE_TEXT)
        return read_scalar(r, kind, ct_str_of(in_json.text), ret_value);
    bool number = in_json.type == CT_VALUE_INT && (kind == CT_KIND_integer || kind == CT_KIND_real);
    if (number || (in_json.type == CT_VALUE_BOOL && kind == CT_KIND_boolean) ||
        (in_json.type == CT_VALUE_REAL && kind == CT_KIND_real)) {
        *ret_value = kind == CT_KIND_real && number ? ct_value_of_real((double)in_json.integer) : in_json;
        return true;
    }
    if (kind != CT_KIND_decimal || (in_json.type != CT_VALUE_INT && in_json.type != CT_VALUE_REAL))
        return fail(r, "Items are of another kind.");
    (void)!ct_json_write(&out, in_json, 0);
    size_t length = CT_MIN(out.length, sizeof(text));
    memcpy(text, out.data, length);
    ct_buffer_finish(&out);
    return read_decimal(r, (ct_str){ text, length }, ret_value);
}

static bool read_array(reader *r, ct_kind element, ct_str text, ct_value *ret_value)
{
    ct_value list;
    if (!read_json(r, text, &list))
        return false;
    if (list.type != CT_VALUE_ARRAY)
        return fail(r, "Enter a list.");
    ct_array *array = ct_array_in(r->arena, list.array->count);
    for (size_t i = 0; array && i < list.array->count; i++) {
        ct_value item;
        if (!read_element(r, element, list.array->items[i], &item))
            return false;
        if (!ct_array_put(array, item))
            return fail(r, NULL);
    }
    *ret_value = ct_value_of_array(array);
    return array || fail(r, NULL);
}

static bool read_scalar(reader *r, ct_kind kind, ct_str text, ct_value *ret_value)
{
    int64_t number;
    if (ct_kind_is_text(kind))
        return read_text(r, text, ret_value);
    text = ct_str_trim(text);
    switch (kind) {
    case CT_KIND_integer:
        if (text.length > 1 && text.data[0] == '+' && text.data[1] != '-')
            text = (ct_str){ text.data + 1, text.length - 1 };
        if (!ct_str_to_int64(text, &number))
            return fail(r, "Enter a whole number.");
        *ret_value = ct_value_of_int(number);
        return true;
    case CT_KIND_real:
        return read_real(r, text, ret_value);
    case CT_KIND_decimal:
        return read_decimal(r, text, ret_value);
    case CT_KIND_boolean:
        return read_boolean(r, text, ret_value);
    case CT_KIND_uuid:
        return read_uuid(r, text, ret_value);
    case CT_KIND_binary:
        return read_binary(r, text, ret_value);
    case CT_KIND_datetime:
    case CT_KIND_date:
    case CT_KIND_time:
    case CT_KIND_duration:
        return read_moment(r, kind, text, ret_value);
    default: /* json, value */
        return read_json(r, text, ret_value);
    }
}

bool ct_value_parse(ct_arena *arena, const ct_field *field, ct_str text, ct_value *ret_value, const char **ret_problem)
{
    reader r = { .arena = arena };
    ct_kind kind = ct_kind_of_key(field->kind);
    bool done = kind == CT_KIND_array ? read_array(&r, ct_kind_of_key(field->element), ct_str_trim(text), ret_value)
                                      : read_scalar(&r, kind, text, ret_value);
    if (!done)
        *ret_problem = r.problem;
    return done;
}

/* ---- writing ---- */

static const char *text_of_bytes(ct_arena *arena, const ct_bytes *bytes)
{
    size_t length = CT_BASE64_PADDED_LENGTH(bytes->len);
    char *text = ct_arena_alloc(arena, length + 1);
    if (!text)
        return NULL;
    ct_base64_encode_padded(text, bytes->data, bytes->len);
    text[length] = '\0';
    return text;
}

static const char *json_text(ct_arena *arena, ct_value value)
{
    ct_buffer out = ct_buffer_in(arena);
    bool written = ct_json_write(&out, value, 0);
    const char *text = written ? ct_buffer_text(&out) : NULL;
    return out.failed ? NULL : text;
}

const char *ct_value_text(ct_arena *arena, const ct_field *field, ct_value value)
{
    char text[64];
    if (field->kind == CT_KIND_json || field->kind == CT_KIND_value)
        return json_text(arena, value);
    switch (value.type) {
    case CT_VALUE_NULL:
        return "";
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE:
        return ct_arena_copy(arena, value.text, strlen(value.text));
    case CT_VALUE_DATETIME:
        return ct_arena_copy(arena, text, ct_datetime_format(value.time, text));
    case CT_VALUE_DATE:
        return ct_arena_copy(arena, text, ct_date_format(value.date, text));
    case CT_VALUE_DAYTIME:
        return ct_arena_copy(arena, text, ct_daytime_format(value.daytime, text));
    case CT_VALUE_DURATION:
        return ct_arena_copy(arena, text, ct_duration_format(value.time, text));
    case CT_VALUE_DECIMAL:
        return ct_arena_copy(arena, text, ct_decimal_write(*value.decimal, text));
    case CT_VALUE_UUID:
        return ct_arena_copy(arena, text, ct_uuid_format(*value.uuid, text));
    case CT_VALUE_BYTES:
        return text_of_bytes(arena, value.bytes);
    default:
        return json_text(arena, value);
    }
}

/* ---- comparing ---- */

static bool is_number(ct_value value)
{
    return value.type == CT_VALUE_BOOL || value.type == CT_VALUE_INT || value.type == CT_VALUE_UINT ||
           value.type == CT_VALUE_REAL || value.type == CT_VALUE_DECIMAL;
}

/* Whole numbers and decimals exactly. */
static bool exact(ct_value value, ct_decimal *ret_value)
{
    switch (value.type) {
    case CT_VALUE_BOOL:
        *ret_value = ct_decimal_make(value.boolean, 0);
        return true;
    case CT_VALUE_INT:
        *ret_value = ct_decimal_make(value.integer, 0);
        return true;
    case CT_VALUE_UINT:
        *ret_value = (ct_decimal){ .units = value.uinteger };
        return true;
    case CT_VALUE_DECIMAL:
        *ret_value = *value.decimal;
        return true;
    default:
        return false;
    }
}

static double real_of(ct_value value)
{
    ct_decimal number;
    return exact(value, &number) ? ct_decimal_real(number) : value.real;
}

static int compare_numbers(ct_value a, ct_value b)
{
    ct_decimal left, right;
    if (exact(a, &left) && exact(b, &right))
        return ct_decimal_compare(left, right);
    double x = real_of(a), y = real_of(b);
    return (x > y) - (x < y);
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_bytes(const ct_bytes *a, const ct_bytes *b)
{
    size_t common = CT_MIN(a->len, b->len);
    int order = common ? memcmp(a->data, b->data, common) : 0;
    return order ? order : compare_integers((int64_t)a->len, (int64_t)b->len);
}

static bool is_text(ct_value value)
{
    return value.type == CT_VALUE_TEXT || value.type == CT_VALUE_SAFE;
}

int ct_value_compare(ct_value a, ct_value b)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b);
    if (is_text(a) && is_text(b))
        return strcmp(a.text, b.text);
    if (a.type != b.type)
        return compare_integers(a.type, b.type);
    switch (a.type) {
    case CT_VALUE_DATETIME:
    case CT_VALUE_DURATION:
        return compare_integers(a.time, b.time);
    case CT_VALUE_DATE:
        return compare_integers(a.date.days, b.date.days);
    case CT_VALUE_DAYTIME:
        return compare_integers(a.daytime.microseconds, b.daytime.microseconds);
    case CT_VALUE_UUID:
        return memcmp(a.uuid->bytes, b.uuid->bytes, sizeof(a.uuid->bytes));
    case CT_VALUE_BYTES:
        return compare_bytes(a.bytes, b.bytes);
    case CT_VALUE_NULL:
        return 0;
    default: /* maps, arrays and rows: by what they are, not by what is in them */
        return a.map == b.map ? 0 : 1;
    }
}
