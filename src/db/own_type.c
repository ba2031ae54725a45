/* Types of the program's own (db/own_type.h).
 *
 * A cast that says a length cuts off what is longer, without a word: CAST('abcdef' AS varchar(5)) is 'abcde'. So the
 * length is left out, and it is the column that refuses the value. Two types are of length 1 where none is said, and
 * have others beside them that have none. */
#include "db/own_type.h"

#include "base/common.h"
#include "base/str.h"
#include "canteen/work.h"
#include "shape/kinds.h"
#include "shape/types.h"

#include <float.h>
#include <math.h>
#include <strings.h>

#define MOST_REFS 8 /* a key that is a ref itself, and so on */

static bool is_one_of(ct_str name, const char *const *names)
{
    for (; *names; names++)
        if (strlen(*names) == name.length && strncasecmp(*names, name.data, name.length) == 0)
            return true;
    return false;
}

/* The type that says no length. What is quoted is a name of the program's. */
static const char *without_length(ct *c, const char *type)
{
    static const char *const padded[] = { "char", "character", "nchar", "national char", "national character", NULL };
    static const char *const bits[] = { "bit", NULL };
    static const char *const serials[] = {
        "serial", "bigserial", "smallserial", "serial2", "serial4", "serial8", NULL
    };
    if (strchr(type, '"'))
        return type;
    size_t length = strcspn(type, "([");
    const char *close = type[length] == '(' ? strchr(type + length, ')') : NULL;
    const char *rest = close ? close + 1 : type + length;
    ct_str name = { type, length };
    while (name.length && name.data[name.length - 1] == ' ')
        name.length--;
    if (is_one_of(name, serials)) /* words of CREATE TABLE alone */
        return NULL;
    if (is_one_of(name, padded))
        return ct_printf(c, "bpchar%s", rest);
    if (is_one_of(name, bits))
        return ct_printf(c, "bit varying%s", rest);
    return close ? ct_printf(c, "%.*s%s", CT_STR_ARG(name), rest) : type;
}

static const ct_field *typed_field(const ct_column *column)
{
    for (int i = 0; i < MOST_REFS && !column->field->sql_type && column->link && column->link->to->field; i++)
        column = column->link->to;
    return column->field;
}

const char *ct_own_type(ct *c, const ct_column *column)
{
    const ct_field *field = typed_field(column);
    return field->sql_type ? without_length(c, field->sql_type) : NULL;
}

/* Types cut, round, pad and fold what they are given. */
bool ct_own_type_is_loose(const ct_column *column)
{
    static const char *const exact[] = {
        "text", "varchar", "character varying", "timestamp without time zone", "smallint", "integer", "bigint", NULL
    };
    const ct_field *field = typed_field(column);
    if (column->kind == CT_KIND_json || column->kind == CT_KIND_array)
        return true;
    if (field->sql_type)
        return !is_one_of(ct_str_of(field->sql_type), exact) || field->collation;
    return field->collation || column->field->collation;
}

/* ---- what has no room ---- */

static bool integer_refuses(ct_str name, int64_t value)
{
    static const char *const small[] = { "smallint", "int2", "smallserial", "serial2", NULL };
    static const char *const plain[] = { "integer", "int", "int4", "serial", "serial4", NULL };
    if (is_one_of(name, small))
        return value < INT16_MIN || value > INT16_MAX;
    return is_one_of(name, plain) && (value < INT32_MIN || value > INT32_MAX);
}

static bool real_refuses(ct_str name, double value)
{
    static const char *const single[] = { "real", "float4", NULL };
    return is_one_of(name, single) && isfinite(value) && fabs(value) > (double)FLT_MAX;
}

/* numeric(digits, places), or without places. */
static bool decimal_refuses(ct_str sizes, ct_decimal value)
{
    int64_t digits, places = 0;
    ct_str first = ct_str_trim(ct_str_next(&sizes, ',')), second = ct_str_trim(ct_str_next(&sizes, ','));
    if (!ct_str_to_int64(first, &digits) || (second.length && !ct_str_to_int64(second, &places)))
        return false;
    ct_decimal rounded;
    bool rounds = places >= 0 && places < value.scale && ct_decimal_scaled(value, (int)places, &rounded);
    if (rounds)
        value = rounded;
    bool below_one = fabs(ct_decimal_real(value)) < 1;
    return !below_one && ct_decimal_whole_digits(value) > digits - places;
}

static bool text_refuses(ct_str sizes, const char *text)
{
    int64_t most, length = 0;
    for (const char *at = text; *at; at++)
        length += ((unsigned char)*at & 0xc0) != 0x80; /* characters, not bytes */
    return ct_str_to_int64(ct_str_trim(sizes), &most) && length > most;
}

bool ct_own_type_refuses(const ct_column *column, ct_value value)
{
    const char *type = typed_field(column)->sql_type;
    if (!type || strchr(type, '"') || strchr(type, '['))
        return false;
    size_t length = strcspn(type, "(");
    const char *close = strchr(type + length, ')');
    ct_str name = ct_str_trim((ct_str){ type, length });
    ct_str sizes = close ? (ct_str){ type + length + 1, (size_t)(close - type) - length - 1 } : (ct_str){ NULL, 0 };
    switch (value.type) {
    case CT_VALUE_INT:
        return integer_refuses(name, value.integer);
    case CT_VALUE_REAL:
        return real_refuses(name, value.real);
    case CT_VALUE_DECIMAL:
        return sizes.length && decimal_refuses(sizes, *value.decimal);
    case CT_VALUE_TEXT:
        return sizes.length && text_refuses(sizes, value.text);
    default:
        return false;
    }
}
