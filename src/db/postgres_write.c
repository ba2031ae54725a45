/* Values as parameters of PostgreSQL.
 *
 * Where the type is certain a parameter is sent in binary with its type. Text and what is kept as text is sent as text
 * without a type: the server then takes it as it would take a literal at that place, so that varchar, citext, inet and
 * enumerations work, and their indexes are used. Whole numbers of raw SQL are typed as literals are: integer, or bigint
 * where they need it.
 *
 * A value that is not of its parameter's kind (a number as text) is sent as text with the type of the kind, and the
 * server judges it. */
#include "base/buffer.h"
#include "db/postgres.h"
#include "db/postgres_types.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

#include <string.h>

/* One parameter in the making; data NULL is NULL. */
typedef struct parameter {
    Oid type;
    const char *data;
    size_t length;
    bool binary;
} parameter;

static const char *write_value(ct *c, ct_value value, ct_kind kind, ct_kind element, parameter *to);

const char ct_pg_no_decimal[] = "a value is no decimal: it has more than 38 digits, or a scale that is not 0 to 37";

/* ---- scalars ---- */

static void put_bytes(parameter *to, Oid type, const char *data, size_t length)
{
    *to = (parameter){ .type = type, .data = data, .length = length, .binary = true };
}

static void put_int64(ct *c, parameter *to, Oid type, int64_t value)
{
    char *data = ct_take(c, 8);
    pg_put64(data, (uint64_t)value);
    put_bytes(to, type, data, 8);
}

static void put_int32(ct *c, parameter *to, Oid type, int32_t value)
{
    char *data = ct_take(c, 4);
    pg_put32(data, (uint32_t)value);
    put_bytes(to, type, data, 4);
}

static void put_real(ct *c, parameter *to, double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_int64(c, to, PG_FLOAT8, bits);
}

static void put_text(parameter *to, Oid type, const char *text)
{
    *to = (parameter){ .type = type, .data = text, .length = strlen(text) };
}

/* Digits of base 10000, the point between two of them: the fraction is filled up to a multiple of four digits, the
 * whole part with zeros in front. */
static const char *put_decimal(ct *c, parameter *to, ct_decimal value)
{
    if (!ct_decimal_is_valid(value))
        return ct_pg_no_decimal;
    char digits[4 + CT_DECIMAL_SIZE + 44]; /* leading zeros, the digits, and zeros behind */
    char text[CT_DECIMAL_SIZE];
    size_t length = ct_decimal_write((ct_decimal){ .units = value.units }, text), skip = text[0] == '-';
    size_t scale = (size_t)value.scale, have = length - skip;
    size_t whole = have > scale ? have - scale : 0;
    size_t front = (4 - whole % 4) % 4 + (have < scale ? scale - have : 0), back = (4 - scale % 4) % 4;
    memset(digits, '0', sizeof digits);
    memcpy(digits + front, text + skip, have);
    size_t groups = (front + have + back) / 4, first = 0;
    char *data = ct_take(c, 8 + 2 * groups);
    int weight = (int)((whole + 3) / 4) - 1;
    for (; first < groups && memcmp(digits + 4 * first, "0000", 4) == 0; first++)
        weight--;
    for (size_t i = first; i < groups; i++) {
        const char *d = digits + 4 * i;
        pg_put16(data + 8 + 2 * (i - first),
                 (uint16_t)((d[0] - '0') * 1000 + (d[1] - '0') * 100 + (d[2] - '0') * 10 + (d[3] - '0')));
    }
    pg_put16(data, (uint16_t)(groups - first));
    pg_put16(data + 2, (uint16_t)weight);
    pg_put16(data + 4, skip ? PG_NUMERIC_MINUS : 0);
    pg_put16(data + 6, (uint16_t)scale);
    put_bytes(to, PG_NUMERIC, data, 8 + 2 * (groups - first));
    return NULL;
}

/* Microseconds, days, months: days are kept apart, so that what people see is "1 day 02:00:00". */
static void put_duration(ct *c, parameter *to, ct_time value)
{
    char *data = ct_take(c, 16);
    pg_put64(data, (uint64_t)(value % CT_DAY));
    pg_put32(data + 8, (uint32_t)(int32_t)(value / CT_DAY));
    pg_put32(data + 12, 0);
    put_bytes(to, PG_INTERVAL, data, 16);
}

static const char *put_datetime(ct *c, parameter *to, ct_time value)
{
    if (value < INT64_MIN + PG_EPOCH + 1)
        return "a time before the year 290000 BC";
    put_int64(c, to, PG_TIMESTAMPTZ, value - PG_EPOCH);
    return NULL;
}

/* jsonb has a version in front. */
static void put_json(ct *c, parameter *to, ct_value value)
{
    const char *text = ct_to_json(c, value);
    size_t length = strlen(text);
    char *data = ct_take(c, length + 1);
    data[0] = 1;
    memcpy(data + 1, text, length);
    put_bytes(to, PG_JSONB, data, length + 1);
}

/* ---- arrays ---- */

static Oid array_type(Oid element)
{
    switch (element) {
    case PG_BOOL:
        return PG_BOOLS;
    case PG_BYTEA:
        return PG_BYTEAS;
    case PG_INT8:
        return PG_INT8S;
    case PG_FLOAT8:
        return PG_FLOAT8S;
    case PG_DATE:
        return PG_DATES;
    case PG_TIME:
        return PG_TIMES;
    case PG_TIMESTAMPTZ:
        return PG_TIMESTAMPTZS;
    case PG_INTERVAL:
        return PG_INTERVALS;
    case PG_NUMERIC:
        return PG_NUMERICS;
    case PG_UUID:
        return PG_UUIDS;
    case PG_JSONB:
        return PG_JSONBS;
    default:
        return PG_ANY;
    }
}

static void append32(ct_buffer *out, uint32_t value)
{
    char bytes[4];
    pg_put32(bytes, value);
    ct_buffer_append(out, bytes, sizeof bytes);
}

/* Text has no type, so its array has none either and goes as text too: {"a","b \"c\"",NULL}. */
static void append_quoted(ct_buffer *out, const char *text)
{
    ct_buffer_char(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            ct_buffer_char(out, '\\');
        ct_buffer_char(out, *text);
    }
    ct_buffer_char(out, '"');
}

static const char *write_text_array(ct *c, const ct_array *array, ct_kind element, parameter *to)
{
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    ct_buffer_char(&out, '{');
    for (size_t i = 0; i < ct_array_count(array); i++) {
        parameter item = { 0 };
        const char *problem = write_value(c, ct_array_at(array, i), element, CT_KIND_text, &item);
        if (problem)
            return problem;
        if (item.binary)
            return "an array of values that are not text, where its elements are text";
        if (i)
            ct_buffer_char(&out, ',');
        if (item.data)
            append_quoted(&out, item.data);
        else
            CT_BUFFER_LITERAL(&out, "NULL");
    }
    ct_buffer_char(&out, '}');
    if (out.failed)
        ct_out_of_memory(c);
    put_text(to, PG_ANY, ct_buffer_text(&out));
    return NULL;
}

/* One dimension; the type is that of its elements, which must all have it. */
static const char *write_binary_array(ct *c, const ct_array *array, ct_kind element, Oid type, parameter *to)
{
    size_t count = ct_array_count(array);
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    append32(&out, count ? 1 : 0);
    append32(&out, 1); /* may have NULLs */
    append32(&out, type);
    if (count) {
        append32(&out, (uint32_t)count);
        append32(&out, 1);
    }
    for (size_t i = 0; i < count; i++) {
        parameter item = { 0 };
        const char *problem = write_value(c, ct_array_at(array, i), element, CT_KIND_text, &item);
        if (problem)
            return problem;
        if (item.data && (!item.binary || item.type != type))
            return "an array with values of several kinds";
        append32(&out, item.data ? (uint32_t)item.length : UINT32_MAX);
        if (item.data)
            ct_buffer_append(&out, item.data, item.length);
    }
    if (out.failed || count > INT32_MAX)
        ct_out_of_memory(c);
    put_bytes(to, array_type(type), out.data, out.length);
    return NULL;
}

static Oid type_of_kind(ct_kind kind)
{
    switch (kind) {
    case CT_KIND_integer:
        return PG_INT8;
    case CT_KIND_real:
        return PG_FLOAT8;
    case CT_KIND_decimal:
        return PG_NUMERIC;
    case CT_KIND_boolean:
        return PG_BOOL;
    case CT_KIND_datetime:
        return PG_TIMESTAMPTZ;
    case CT_KIND_date:
        return PG_DATE;
    case CT_KIND_time:
        return PG_TIME;
    case CT_KIND_duration:
        return PG_INTERVAL;
    case CT_KIND_uuid:
        return PG_UUID;
    case CT_KIND_json:
        return PG_JSONB;
    case CT_KIND_binary:
        return PG_BYTEA;
    default:
        return PG_ANY;
    }
}

/* The kind of the elements of an array of raw SQL: that of the first which is not null, if a column can be of it. */
static ct_kind kind_of_elements(const ct_array *array)
{
    static const ct_kind kinds[] = {
        [CT_VALUE_BOOL] = CT_KIND_boolean, [CT_VALUE_INT] = CT_KIND_integer,       [CT_VALUE_UINT] = CT_KIND_decimal,
        [CT_VALUE_REAL] = CT_KIND_real,    [CT_VALUE_DATETIME] = CT_KIND_datetime, [CT_VALUE_DATE] = CT_KIND_date,
        [CT_VALUE_DAYTIME] = CT_KIND_time, [CT_VALUE_DURATION] = CT_KIND_duration, [CT_VALUE_DECIMAL] = CT_KIND_decimal,
        [CT_VALUE_UUID] = CT_KIND_uuid,    [CT_VALUE_BYTES] = CT_KIND_binary,      [CT_VALUE_MAP] = CT_KIND_json,
        [CT_VALUE_ARRAY] = CT_KIND_json,   [CT_VALUE_ROW] = CT_KIND_json,          [CT_VALUE_ROWS] = CT_KIND_json,
    };
    for (size_t i = 0; i < ct_array_count(array); i++) {
        ct_value_type type = ct_array_at(array, i).type;
        if (type != CT_VALUE_NULL)
            return type < CT_COUNT(kinds) ? kinds[type] : CT_KIND_text;
    }
    return CT_KIND_text;
}

static const char *write_array(ct *c, const ct_array *array, ct_kind element, parameter *to)
{
    Oid type = type_of_kind(ct_kind_of_key(element));
    if (type == PG_ANY)
        return write_text_array(c, array, element, to);
    return write_binary_array(c, array, element, type, to);
}

/* ---- by value, and by kind ---- */

static const char *write_by_value(ct *c, ct_value value, parameter *to)
{
    switch (value.type) {
    case CT_VALUE_NULL:
        *to = (parameter){ 0 };
        return NULL;
    case CT_VALUE_INT:
        if (value.integer >= INT32_MIN && value.integer <= INT32_MAX)
            put_int32(c, to, PG_INT4, (int32_t)value.integer);
        else
            put_int64(c, to, PG_INT8, value.integer);
        return NULL;
    case CT_VALUE_UINT:
        return put_decimal(c, to, (ct_decimal){ .units = (ct_int128)value.uinteger });
    case CT_VALUE_ARRAY:
        return write_array(c, value.array, kind_of_elements(value.array), to);
    case CT_VALUE_MAP:
    case CT_VALUE_ROW:
    case CT_VALUE_ROWS:
        put_json(c, to, value);
        return NULL;
    case CT_VALUE_BOOL:
        return write_value(c, value, CT_KIND_boolean, CT_KIND_text, to);
    case CT_VALUE_REAL:
        return write_value(c, value, CT_KIND_real, CT_KIND_text, to);
    case CT_VALUE_DATETIME:
        return write_value(c, value, CT_KIND_datetime, CT_KIND_text, to);
    case CT_VALUE_DATE:
        return write_value(c, value, CT_KIND_date, CT_KIND_text, to);
    case CT_VALUE_DAYTIME:
        return write_value(c, value, CT_KIND_time, CT_KIND_text, to);
    case CT_VALUE_DURATION:
        return write_value(c, value, CT_KIND_duration, CT_KIND_text, to);
    case CT_VALUE_DECIMAL:
        return write_value(c, value, CT_KIND_decimal, CT_KIND_text, to);
    case CT_VALUE_UUID:
        return write_value(c, value, CT_KIND_uuid, CT_KIND_text, to);
    case CT_VALUE_BYTES:
        return write_value(c, value, CT_KIND_binary, CT_KIND_text, to);
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE:
        break;
    }
    put_text(to, PG_ANY, value.text);
    return NULL;
}

/* True where the value is of the kind and has been written. */
static bool write_matching(ct *c, ct_value value, ct_kind kind, parameter *to)
{
    switch (kind) {
    case CT_KIND_integer:
        if (value.type == CT_VALUE_INT)
            put_int64(c, to, PG_INT8, value.integer);
        return value.type == CT_VALUE_INT;
    case CT_KIND_real:
        if (value.type == CT_VALUE_REAL || value.type == CT_VALUE_INT)
            put_real(c, to, value.type == CT_VALUE_INT ? (double)value.integer : value.real);
        return value.type == CT_VALUE_REAL || value.type == CT_VALUE_INT;
    case CT_KIND_boolean:
        if (value.type == CT_VALUE_BOOL)
            put_bytes(to, PG_BOOL, value.boolean ? "\1" : "\0", 1);
        return value.type == CT_VALUE_BOOL;
    case CT_KIND_date:
        if (value.type == CT_VALUE_DATE)
            put_int32(c, to, PG_DATE, value.date.days - PG_EPOCH_DAYS);
        return value.type == CT_VALUE_DATE;
    case CT_KIND_time:
        if (value.type == CT_VALUE_DAYTIME)
            put_int64(c, to, PG_TIME, value.daytime.microseconds);
        return value.type == CT_VALUE_DAYTIME;
    case CT_KIND_duration:
        if (value.type == CT_VALUE_DURATION)
            put_duration(c, to, value.time);
        return value.type == CT_VALUE_DURATION;
    case CT_KIND_uuid:
        if (value.type == CT_VALUE_UUID)
            put_bytes(to, PG_UUID, (const char *)value.uuid->bytes, sizeof value.uuid->bytes);
        return value.type == CT_VALUE_UUID;
    case CT_KIND_binary:
        if (value.type == CT_VALUE_BYTES)
            put_bytes(to, PG_BYTEA, value.bytes->len ? value.bytes->data : "", value.bytes->len);
        return value.type == CT_VALUE_BYTES;
    default:
        return false;
    }
}

static const char *write_value(ct *c, ct_value value, ct_kind kind, ct_kind element, parameter *to)
{
    kind = ct_kind_of_key(kind);
    if (kind == CT_KIND_value)
        return write_by_value(c, value, to);
    if (value.type == CT_VALUE_NULL && kind != CT_KIND_json) {
        *to = (parameter){ .type = kind == CT_KIND_array ? array_type(type_of_kind(ct_kind_of_key(element)))
                                                         : type_of_kind(kind) };
        return NULL;
    }
    if (kind == CT_KIND_json) {
        if (value.type == CT_VALUE_NULL)
            *to = (parameter){ .type = PG_JSONB };
        else
            put_json(c, to, value);
        return NULL;
    }
    if (kind == CT_KIND_array && value.type == CT_VALUE_ARRAY)
        return write_array(c, value.array, element, to);
    if (kind == CT_KIND_decimal && value.type == CT_VALUE_DECIMAL)
        return put_decimal(c, to, *value.decimal);
    if (kind == CT_KIND_decimal && value.type == CT_VALUE_INT)
        return put_decimal(c, to, ct_decimal_make(value.integer, 0));
    if (kind == CT_KIND_datetime && value.type == CT_VALUE_DATETIME)
        return put_datetime(c, to, value.time);
    if (write_matching(c, value, kind, to))
        return NULL;
    const char *problem = write_by_value(c, value, to);
    if (!problem && !to->binary)
        to->type = type_of_kind(kind);
    return problem;
}

const char *ct_pg_write(ct *c, const ct_db_statement *statement, ct_pg_params *ret_params)
{
    size_t count = statement->count;
    ct_pg_params params = { .count = (int)count };
    if (count) {
        params.types = ct_take(c, count * sizeof *params.types);
        params.values = ct_take(c, count * sizeof *params.values);
        params.lengths = ct_take(c, 2 * count * sizeof *params.lengths);
        params.formats = params.lengths + count;
    }
    for (size_t i = 0; i < count; i++) {
        parameter to = { 0 };
        ct_kind kind = statement->kinds ? statement->kinds[i] : CT_KIND_value;
        ct_kind element = statement->elements ? statement->elements[i] : CT_KIND_text;
        const char *problem = write_value(c, statement->values[i], kind, element, &to);
        if (problem)
            return problem;
        params.types[i] = to.type;
        params.values[i] = to.data;
        params.lengths[i] = (int)to.length;
        params.formats[i] = to.binary;
    }
    *ret_params = params;
    return NULL;
}
