/* Columns of a result, from PostgreSQL's binary forms.
 *
 * A column becomes a ct_value of its own type first (ct_pg_value); what a member of a row wants is made of that, as far
 * as nothing is lost: a whole number of any size, numeric too where it has no fraction, is an integer. The forms come
 * from a server, but their lengths are checked all the same: a wrong one is a message, never a read beyond.
 *
 * Types that are not known here have a binary form of their own that says nothing to us (inet, ranges, composites): a
 * result with one of them is asked for in text (postgres_text.c). Those that programs and extensions define are taken
 * for text where their bytes are (enumerations, citext). */
#include "db/postgres_read.h"
#include "db/postgres_types.h"
#include "shape/json_read.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

#include <string.h>

#define MAX_DIMENSIONS 6
#define DAYS_A_MONTH 30
#define DAYS_A_YEAR 365

static const char bad_form[] = "a value whose binary form is not what its type has";
const char ct_pg_no_memory[] = "the request's memory is used up";

static const char foreign[] = "a value of a type that is not known here: cast it to text in the SQL, as in x::text";

static const char *fail_unless(bool holds)
{
    return holds ? NULL : bad_form;
}

/* ---- numbers ---- */

/* The digits of numeric as text, "1234.50": what ct_decimal_parse() reads exactly or not at all. Zeros at the end of
 * the fraction that would be too many are no digits. */
typedef struct number {
    char text[2 * CT_DECIMAL_DIGITS + 16];
    size_t length;
    bool too_long;
} number;

static void add_digit(number *n, char digit)
{
    if (n->length >= sizeof n->text - 1)
        n->too_long |= digit != '0';
    else
        n->text[n->length++] = digit;
}

/* The group of four digits at a place, 0 before and behind those that there are. */
static int group_at(const char *groups, int count, int index)
{
    return index >= 0 && index < count ? pg_get16(groups + 2 * index) : 0;
}

static void add_group(number *n, int group, int digits)
{
    const char text[4] = { (char)('0' + group / 1000), (char)('0' + group / 100 % 10), (char)('0' + group / 10 % 10),
                           (char)('0' + group % 10) };
    for (int i = 0; i < digits; i++)
        if (n->length > 1 || text[i] != '0') /* behind the sign: no zeros in front */
            add_digit(n, text[i]);
}

static void add_fraction(number *n, const char *groups, int count, int weight, int scale)
{
    n->text[n->length++] = '.';
    for (int i = 0; i < scale; i += 4) {
        int group = group_at(groups, count, weight + 1 + i / 4);
        for (int j = 0, part = 1000; j < 4 && i + j < scale; j++, part /= 10)
            add_digit(n, (char)('0' + group / part % 10));
    }
}

static bool parse_number(number *n, ct_decimal *ret_value)
{
    if (n->too_long)
        return false;
    while (!ct_decimal_parse((ct_str){ n->text, n->length }, ret_value)) {
        if (n->length < 3 || n->text[n->length - 1] != '0' || !memchr(n->text, '.', n->length))
            return false;
        n->length--;
    }
    return true;
}

static const char *read_numeric(const char *data, size_t length, ct_decimal *ret_value)
{
    if (length < 8)
        return bad_form;
    int count = pg_get16(data), weight = (int16_t)pg_get16(data + 2), sign = pg_get16(data + 4);
    int scale = pg_get16(data + 6);
    const char *groups = data + 8;
    if (sign == PG_NUMERIC_NAN || sign == PG_NUMERIC_INFINITE || sign == PG_NUMERIC_MINUS_INFINITE)
        return "a numeric that is no number (NaN or infinity), which a decimal cannot be";
    if (length != 8 + 2 * (size_t)count || (sign && sign != PG_NUMERIC_MINUS))
        return bad_form;
    for (int i = 0; i < count; i++)
        if (group_at(groups, count, i) > 9999)
            return bad_form;
    number n = { .text = { sign ? '-' : '+' }, .length = 1 };
    for (int i = 0; i <= weight && !n.too_long; i++)
        add_group(&n, group_at(groups, count, i), 4);
    if (n.length == 1)
        n.text[n.length++] = '0';
    if (n.length > CT_DECIMAL_DIGITS + 1)
        n.too_long = true;
    if (scale && !n.too_long)
        add_fraction(&n, groups, count, weight, scale);
    return parse_number(&n, ret_value) ? NULL : "a numeric of more than 38 digits, which a decimal cannot have";
}

static double real_of(Oid type, const char *data)
{
    if (type == PG_FLOAT4) {
        uint32_t bits = pg_get32(data);
        float value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint64_t bits = pg_get64(data);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- times ---- */

static const char *read_timestamp(const char *data, ct_time *ret_time)
{
    int64_t value = (int64_t)pg_get64(data);
    if (value == INT64_MAX || value == INT64_MIN)
        return "an infinite time";
    if (__builtin_add_overflow(value, PG_EPOCH, ret_time))
        return "a time beyond what a datetime can hold";
    return NULL;
}

static const char *read_date(const char *data, ct_date *ret_date)
{
    int64_t days = (int64_t)(int32_t)pg_get32(data) + PG_EPOCH_DAYS;
    if (days < CT_DATE_FIRST || days > CT_DATE_LAST)
        return "a date outside the years 1 to 9999";
    ret_date->days = (int32_t)days;
    return NULL;
}

static const char *read_time(const char *data, ct_daytime *ret_time)
{
    int64_t value = (int64_t)pg_get64(data);
    if (value < 0 || value >= CT_DAY)
        return "a time of day that is not before 24:00";
    ret_time->microseconds = value;
    return NULL;
}

/* Months have no length; like Python's drivers we take 30 days for one and 365 for twelve. */
static const char *read_interval(const char *data, ct_time *ret_time)
{
    int64_t days = (int32_t)pg_get32(data + 8), months = (int32_t)pg_get32(data + 12), span;
    days += months / 12 * DAYS_A_YEAR + months % 12 * DAYS_A_MONTH;
    if (__builtin_mul_overflow(days, (int64_t)CT_DAY, &span) ||
        __builtin_add_overflow(span, (int64_t)pg_get64(data), ret_time))
        return "an interval beyond what a duration can hold";
    return NULL;
}

/* ---- text ---- */

/* All of it ASCII and none of it zero; false also where that is not sure. */
static inline bool is_plain(ct_str text)
{
    const uint64_t ones = 0x0101010101010101, high_bits = 0x8080808080808080;
    uint64_t part, seen = 0;
    if (text.length < sizeof part)
        return false;
    for (size_t i = 0; i + sizeof part <= text.length; i += sizeof part) {
        memcpy(&part, text.data + i, sizeof part);
        seen |= part | (part - ones); /* of a zero byte becomes 0xff or 0xfe */
    }
    memcpy(&part, text.data + text.length - sizeof part, sizeof part);
    return !((seen | part | (part - ones)) & high_bits);
}

/* A database of another encoding, or of none (SQL_ASCII), may hold what is not text to us. */
static bool is_text(ct_str text)
{
    return is_plain(text) || (!memchr(text.data, 0, text.length) && ct_utf8_valid(text.data, text.length));
}

const char *ct_pg_copy_text(ct_str text, ct_arena *arena, ct_value *ret_value)
{
    if (!is_text(text))
        return "text that is not UTF-8";
    char *copy = ct_arena_copy(arena, text.data, text.length);
    if (!copy)
        return ct_pg_no_memory;
    *ret_value = ct_value_of_text(copy);
    return NULL;
}

const char *ct_pg_read_json(ct_str text, ct_arena *arena, ct_value *ret_value)
{
    ct_error error;
    if (ct_json_read_stored(text, arena, ret_value, &error))
        return NULL;
    return error.status == 413 ? ct_pg_no_memory : "JSON that a value cannot hold";
}

static const char *read_bytes(ct_str bytes, ct_arena *arena, ct_value *ret_value)
{
    ct_bytes *block = ct_arena_alloc(arena, sizeof *block);
    char *copy = block ? ct_arena_copy(arena, bytes.data, bytes.length) : NULL;
    if (!copy)
        return ct_pg_no_memory;
    *block = (ct_bytes){ copy, bytes.length };
    *ret_value = (ct_value){ .type = CT_VALUE_BYTES, .bytes = block };
    return NULL;
}

/* ---- arrays ---- */

typedef struct array_reader {
    const char *at, *end;
    Oid type;
    int32_t sizes[MAX_DIMENSIONS];
    int dimensions;
    ct_arena *arena;
} array_reader;

static const char *read_value(ct_pg_datum datum, ct_arena *arena, ct_value *ret_value);

static bool take32(array_reader *r, int32_t *ret_value)
{
    if (r->end - r->at < 4)
        return false;
    *ret_value = (int32_t)pg_get32(r->at);
    r->at += 4;
    return true;
}

static const char *read_item(array_reader *r, ct_value *ret_value)
{
    int32_t length;
    if (!take32(r, &length))
        return bad_form;
    *ret_value = ct_value_null();
    if (length == -1)
        return NULL;
    if (length < 0 || length > r->end - r->at)
        return bad_form;
    const char *problem =
        read_value((ct_pg_datum){ .type = r->type, .data = r->at, .length = (size_t)length }, r->arena, ret_value);
    r->at += length;
    return problem;
}

/* An array of arrays where there are several dimensions. */
static const char *read_items(array_reader *r, int dimension, ct_value *ret_value)
{
    int32_t size = r->sizes[dimension];
    /* Every item has at least its length: a size that lies takes no memory. */
    if (size < 0 || size > (r->end - r->at) / 4)
        return bad_form;
    ct_array *array = ct_array_in(r->arena, (size_t)CT_MAX(size, 1));
    if (!array)
        return ct_pg_no_memory;
    for (int32_t i = 0; i < size; i++) {
        ct_value item;
        const char *problem = dimension + 1 < r->dimensions ? read_items(r, dimension + 1, &item) : read_item(r, &item);
        if (problem)
            return problem;
        if (!ct_array_put(array, item))
            return ct_pg_no_memory;
    }
    *ret_value = ct_value_of_array(array);
    return NULL;
}

static const char *read_array(ct_str data, ct_arena *arena, ct_value *ret_value)
{
    array_reader r = { .at = data.data, .end = data.data + data.length, .arena = arena };
    int32_t nulls, type, bound;
    if (!take32(&r, &r.dimensions) || !take32(&r, &nulls) || !take32(&r, &type) || r.dimensions < 0 ||
        r.dimensions > MAX_DIMENSIONS)
        return bad_form;
    r.type = (Oid)type;
    for (int i = 0; i < r.dimensions; i++)
        if (!take32(&r, &r.sizes[i]) || !take32(&r, &bound))
            return bad_form;
    if (ct_pg_is_foreign(r.type))
        return "an array of a type that has no value here: cast it to text[]";
    r.dimensions = CT_MAX(r.dimensions, 1); /* none: an empty array, of size 0 */
    const char *problem = read_items(&r, 0, ret_value);
    return problem ? problem : fail_unless(r.at == r.end);
}

/* ---- by type ---- */

typedef enum form {
    FORM_NONE, /* no form that says something here */
    FORM_FIXED,
    FORM_NUMERIC,
    FORM_TEXT,
    FORM_JSON,
    FORM_JSONB,
    FORM_BYTES,
    FORM_ARRAY
} form;

static bool is_array(Oid type)
{
    static const Oid arrays[] = {
        PG_BOOLS,        PG_BYTEAS,    PG_CHARS,    PG_NAMES,   PG_INT2S, PG_INT4S,      PG_TEXTS, PG_BPCHARS,
        PG_VARCHARS,     PG_INT8S,     PG_FLOAT4S,  PG_FLOAT8S, PG_OIDS,  PG_TIMESTAMPS, PG_DATES, PG_TIMES,
        PG_TIMESTAMPTZS, PG_INTERVALS, PG_NUMERICS, PG_UUIDS,   PG_JSONS, PG_JSONBS,
    };
    for (size_t i = 0; i < CT_COUNT(arrays); i++)
        if (arrays[i] == type)
            return true;
    return false;
}

/* `ret_length` is set for FIXED. */
static form form_of(Oid type, size_t *ret_length)
{
    switch (type) {
    case PG_BOOL:
        *ret_length = 1;
        return FORM_FIXED;
    case PG_INT2:
        *ret_length = 2;
        return FORM_FIXED;
    case PG_INT4:
    case PG_OID:
    case PG_FLOAT4:
    case PG_DATE:
        *ret_length = 4;
        return FORM_FIXED;
    case PG_INT8:
    case PG_FLOAT8:
    case PG_TIME:
    case PG_TIMESTAMP:
    case PG_TIMESTAMPTZ:
        *ret_length = 8;
        return FORM_FIXED;
    case PG_INTERVAL:
    case PG_UUID:
        *ret_length = 16;
        return FORM_FIXED;
    case PG_NUMERIC:
        return FORM_NUMERIC;
    case PG_TEXT:
    case PG_VARCHAR:
    case PG_BPCHAR:
    case PG_NAME:
    case PG_CHAR:
    case PG_UNKNOWN:
    case PG_XML:
    case PG_VOID:
        return FORM_TEXT;
    case PG_JSON:
        return FORM_JSON;
    case PG_JSONB:
        return FORM_JSONB;
    case PG_BYTEA:
        return FORM_BYTES;
    default:
        return is_array(type) ? FORM_ARRAY : FORM_NONE;
    }
}

bool ct_pg_is_foreign(Oid type)
{
    size_t length;
    return form_of(type, &length) == FORM_NONE;
}

static const char *read_fixed(Oid type, const char *data, ct_arena *arena, ct_value *ret_value)
{
    ct_value value = { .type = CT_VALUE_INT };
    const char *problem = NULL;
    switch (type) {
    case PG_BOOL:
        value = ct_value_of_bool(data[0] != 0);
        break;
    case PG_INT2:
        value.integer = (int16_t)pg_get16(data);
        break;
    case PG_INT4:
        value.integer = (int32_t)pg_get32(data);
        break;
    case PG_OID:
        value.integer = pg_get32(data);
        break;
    case PG_INT8:
        value.integer = (int64_t)pg_get64(data);
        break;
    case PG_FLOAT4:
    case PG_FLOAT8:
        value = ct_value_of_real(real_of(type, data));
        break;
    case PG_DATE:
        value.type = CT_VALUE_DATE;
        problem = read_date(data, &value.date);
        break;
    case PG_TIME:
        value.type = CT_VALUE_DAYTIME;
        problem = read_time(data, &value.daytime);
        break;
    case PG_INTERVAL:
        value.type = CT_VALUE_DURATION;
        problem = read_interval(data, &value.time);
        break;
    case PG_UUID:
        value.type = CT_VALUE_UUID;
        value.uuid = (const ct_uuid *)ct_arena_copy(arena, data, sizeof *value.uuid);
        problem = value.uuid ? NULL : ct_pg_no_memory;
        break;
    default: /* the two kinds of timestamp */
        value.type = CT_VALUE_DATETIME;
        problem = read_timestamp(data, &value.time);
    }
    *ret_value = value;
    return problem;
}

static const char *read_decimal(ct_str data, ct_arena *arena, ct_value *ret_value)
{
    ct_decimal *decimal = ct_arena_alloc(arena, sizeof *decimal);
    if (!decimal)
        return ct_pg_no_memory;
    *ret_value = (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = decimal };
    return read_numeric(data.data, data.length, decimal);
}

static const char *read_value(ct_pg_datum datum, ct_arena *arena, ct_value *ret_value)
{
    ct_str data = { datum.data, datum.length };
    size_t length = 0;
    if (datum.text)
        return ct_pg_read_text_form(datum.type, data, arena, ret_value);
    switch (form_of(datum.type, &length)) {
    case FORM_FIXED:
        return datum.length == length ? read_fixed(datum.type, datum.data, arena, ret_value) : bad_form;
    case FORM_NUMERIC:
        return read_decimal(data, arena, ret_value);
    case FORM_JSONB:
        if (!data.length || data.data[0] != 1)
            return bad_form;
        return ct_pg_read_json((ct_str){ data.data + 1, data.length - 1 }, arena, ret_value);
    case FORM_JSON:
        return ct_pg_read_json(data, arena, ret_value);
    case FORM_BYTES:
        return read_bytes(data, arena, ret_value);
    case FORM_ARRAY:
        return read_array(data, arena, ret_value);
    case FORM_NONE:
        if (datum.type < PG_FIRST_OF_PROGRAMS || !is_text(data))
            return foreign;
        break;
    case FORM_TEXT:
        break;
    }
    return ct_pg_copy_text(data, arena, ret_value);
}

const char *ct_pg_value(ct_pg_datum datum, ct_arena *arena, ct_value *ret_value)
{
    return read_value(datum, arena, ret_value);
}

/* ---- members of rows ---- */

/* What is expected, for messages. */
static const char *wrong_type(ct_kind kind)
{
    switch (kind) {
    case CT_KIND_integer:
        return "something else where a whole number of 64 bits is expected";
    case CT_KIND_real:
    case CT_KIND_decimal:
        return "something else where a number is expected";
    case CT_KIND_boolean:
        return "something else where a boolean is expected";
    case CT_KIND_datetime:
        return "something else where a time with a date is expected";
    case CT_KIND_date:
        return "something else where a date is expected";
    case CT_KIND_time:
        return "something else where a time of day is expected";
    case CT_KIND_duration:
        return "something else where an interval is expected";
    case CT_KIND_uuid:
        return "something else where a UUID is expected";
    case CT_KIND_binary:
        return "something else where bytes are expected";
    case CT_KIND_array:
        return "something else where an array is expected";
    default:
        return "something else where text is expected";
    }
}

static bool set_integer(ct_value value, int64_t *member)
{
    ct_decimal whole;
    if (value.type == CT_VALUE_DECIMAL) {
        if (!ct_decimal_scaled(*value.decimal, 0, &whole) || ct_decimal_compare(whole, *value.decimal) != 0 ||
            whole.units < INT64_MIN || whole.units > INT64_MAX)
            return false;
        *member = (int64_t)whole.units;
        return true;
    }
    *member = value.integer;
    return value.type == CT_VALUE_INT;
}

static bool set_real(ct_value value, double *member)
{
    if (value.type == CT_VALUE_DECIMAL)
        *member = ct_decimal_real(*value.decimal);
    else
        *member = value.type == CT_VALUE_INT ? (double)value.integer : value.real;
    return value.type == CT_VALUE_DECIMAL || value.type == CT_VALUE_INT || value.type == CT_VALUE_REAL;
}

static bool set_decimal(ct_value value, ct_decimal *member)
{
    if (value.type == CT_VALUE_DECIMAL)
        *member = *value.decimal;
    else
        *member = ct_decimal_make(value.integer, 0);
    return value.type == CT_VALUE_DECIMAL || value.type == CT_VALUE_INT;
}

static bool set_datetime(ct_value value, ct_time *member)
{
    *member = value.type == CT_VALUE_DATE ? ct_date_start(value.date) : value.time;
    return value.type == CT_VALUE_DATE || value.type == CT_VALUE_DATETIME;
}

/* The other types as text: a UUID in a text field is one. */
static bool set_text(ct_value value, ct_arena *arena, const char **member)
{
    char text[CT_UUID_SIZE];
    *member = value.text;
    if (value.type == CT_VALUE_UUID) {
        size_t length = ct_uuid_format(*value.uuid, text);
        *member = ct_arena_copy(arena, text, length);
        return *member != NULL;
    }
    return value.type == CT_VALUE_TEXT;
}

static bool set_member(ct_value value, ct_kind kind, ct_arena *arena, void *member)
{
    switch (kind) {
    case CT_KIND_integer:
        return set_integer(value, member);
    case CT_KIND_real:
        return set_real(value, member);
    case CT_KIND_decimal:
        return set_decimal(value, member);
    case CT_KIND_boolean:
        *(bool *)member = value.type == CT_VALUE_BOOL && value.boolean;
        return value.type == CT_VALUE_BOOL;
    case CT_KIND_datetime:
        return set_datetime(value, member);
    case CT_KIND_date:
        *(ct_date *)member = value.date;
        return value.type == CT_VALUE_DATE;
    case CT_KIND_time:
        *(ct_daytime *)member = value.daytime;
        return value.type == CT_VALUE_DAYTIME;
    case CT_KIND_duration:
        *(ct_time *)member = value.time;
        return value.type == CT_VALUE_DURATION;
    case CT_KIND_uuid:
        if (value.type == CT_VALUE_UUID)
            *(ct_uuid *)member = *value.uuid;
        return value.type == CT_VALUE_UUID;
    case CT_KIND_json:
    case CT_KIND_value:
        *(ct_value *)member = value;
        return true;
    case CT_KIND_binary:
        if (value.type == CT_VALUE_BYTES)
            *(ct_bytes *)member = *value.bytes;
        return value.type == CT_VALUE_BYTES;
    case CT_KIND_array:
        *(const ct_array **)member = value.array;
        return value.type == CT_VALUE_ARRAY;
    default:
        return ct_kind_is_text(kind) && set_text(value, arena, member);
    }
}

ct_pg_reader ct_pg_reader_of(Oid type, ct_kind kind)
{
    switch (type) {
    case PG_INT8:
        return kind == CT_KIND_integer ? CT_PG_INT8 : CT_PG_ANY;
    case PG_INT4:
        return kind == CT_KIND_integer ? CT_PG_INT4 : CT_PG_ANY;
    case PG_BOOL:
        return kind == CT_KIND_boolean ? CT_PG_BOOL : CT_PG_ANY;
    case PG_FLOAT8:
        return kind == CT_KIND_real ? CT_PG_FLOAT8 : CT_PG_ANY;
    case PG_TIMESTAMP:
    case PG_TIMESTAMPTZ:
        return kind == CT_KIND_datetime ? CT_PG_TIMESTAMP : CT_PG_ANY;
    case PG_TEXT:
    case PG_VARCHAR:
        return ct_kind_is_text(kind) ? CT_PG_TEXT : CT_PG_ANY;
    default:
        return CT_PG_ANY;
    }
}

bool ct_pg_read_quick_text(ct_str data, ct_arena *arena, char **member)
{
    return is_text(data) && (*member = ct_arena_copy(arena, data.data, data.length)) != NULL;
}

bool ct_pg_read_quick_time(ct_str data, ct_time *member)
{
    return data.length == 8 && !read_timestamp(data.data, member);
}

const char *ct_pg_read(ct_pg_datum datum, ct_kind kind, ct_arena *arena, void *member)
{
    kind = ct_kind_of_key(kind);
    ct_value value;
    const char *problem;
    bool version = datum.type == PG_JSONB && !datum.text && datum.length > 0;
    if (ct_kind_is_text(kind) && (datum.type == PG_JSON || datum.type == PG_JSONB))
        problem = ct_pg_copy_text((ct_str){ datum.data + version, datum.length - version }, arena, &value);
    else
        problem = read_value(datum, arena, &value);
    if (problem)
        return problem;
    return set_member(value, kind, arena, member) ? NULL : wrong_type(kind);
}
