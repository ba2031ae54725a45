/* The text forms of PostgreSQL's types, for results that had to be asked for in text because a column has a type whose
 * binary form says nothing here. What has no value of its own (inet, ranges, and arrays too) stays text. */
#include "db/postgres_read.h"
#include "db/postgres_types.h"
#include "shape/types.h"

#include <stdlib.h>
#include <string.h>

static const char bad_form[] = "a value whose text is not what its type has";

static const char *checked(bool read)
{
    return read ? NULL : bad_form;
}

static const char *read_integer(ct_str text, ct_value *ret_value)
{
    ret_value->type = CT_VALUE_INT;
    return checked(ct_str_to_int64(text, &ret_value->integer));
}

/* libpq ends every text with a NUL. */
static const char *read_real(ct_str text, ct_value *ret_value)
{
    char *end;
    *ret_value = ct_value_of_real(strtod(text.data, &end));
    return checked(end == text.data + text.length);
}

static const char *read_decimal(ct_str text, ct_arena *arena, ct_value *ret_value)
{
    ct_decimal *decimal = ct_arena_alloc(arena, sizeof *decimal);
    *ret_value = (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = decimal };
    if (!decimal)
        return ct_pg_no_memory;
    return ct_decimal_parse(text, decimal) ? NULL : "a numeric that is no decimal of 38 digits";
}

static const char *read_uuid(ct_str text, ct_arena *arena, ct_value *ret_value)
{
    ct_uuid *uuid = ct_arena_alloc(arena, sizeof *uuid);
    *ret_value = (ct_value){ .type = CT_VALUE_UUID, .uuid = uuid };
    return uuid ? checked(ct_uuid_parse(text, uuid)) : ct_pg_no_memory;
}

static int digit_of(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* "\x00ff" */
static const char *read_hex(ct_str text, ct_arena *arena, ct_value *ret_value)
{
    if (!ct_str_starts(text, CT_STR("\\x")) || text.length % 2)
        return bad_form;
    size_t length = text.length / 2 - 1;
    ct_bytes *bytes = ct_arena_alloc(arena, sizeof *bytes);
    uint8_t *data = bytes ? ct_arena_alloc(arena, length) : NULL;
    if (!data)
        return ct_pg_no_memory;
    for (size_t i = 0; i < length; i++) {
        int high = digit_of(text.data[2 + 2 * i]), low = digit_of(text.data[3 + 2 * i]);
        if (high < 0 || low < 0)
            return bad_form;
        data[i] = (uint8_t)(high * 16 + low);
    }
    *bytes = (ct_bytes){ data, length };
    *ret_value = (ct_value){ .type = CT_VALUE_BYTES, .bytes = bytes };
    return NULL;
}

const char *ct_pg_read_text_form(Oid type, ct_str text, ct_arena *arena, ct_value *ret_value)
{
    switch (type) {
    case PG_BOOL:
        *ret_value = ct_value_of_bool(ct_str_eq(text, CT_STR("t")));
        return NULL;
    case PG_INT2:
    case PG_INT4:
    case PG_INT8:
    case PG_OID:
        return read_integer(text, ret_value);
    case PG_FLOAT4:
    case PG_FLOAT8:
        return read_real(text, ret_value);
    case PG_NUMERIC:
        return read_decimal(text, arena, ret_value);
    case PG_DATE:
        ret_value->type = CT_VALUE_DATE;
        return checked(ct_date_parse(text, &ret_value->date));
    case PG_TIME:
        ret_value->type = CT_VALUE_DAYTIME;
        return checked(ct_daytime_parse(text, &ret_value->daytime));
    case PG_TIMESTAMP:
    case PG_TIMESTAMPTZ:
        ret_value->type = CT_VALUE_DATETIME;
        return checked(ct_datetime_parse(text, &ret_value->time));
    case PG_INTERVAL:
        ret_value->type = CT_VALUE_DURATION;
        return checked(ct_duration_parse(text, &ret_value->time));
    case PG_UUID:
        return read_uuid(text, arena, ret_value);
    case PG_BYTEA:
        return read_hex(text, arena, ret_value);
    case PG_JSON:
    case PG_JSONB:
        return ct_pg_read_json(text, arena, ret_value);
    default:
        return ct_pg_copy_text(text, arena, ret_value);
    }
}
