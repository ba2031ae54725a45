/* Values into the members of rows: the way back of ct_row_value(). */
#include "shape/validate.h"

#include "shape/kinds.h"
#include "shape/value.h"

/* Room for a member of any kind: a value of another kind writes nothing beyond its own. */
typedef union {
    int64_t integer; /* of datetime and duration too */
    double real;
    ct_decimal decimal;
    bool boolean;
    ct_date date;
    ct_daytime daytime;
    ct_uuid uuid;
    ct_value value;
    ct_bytes bytes;
    const char *text;
    const ct_array *array;
} member;

static bool take_number(ct_kind kind, int64_t number, member *ret)
{
    switch (kind) {
    case CT_KIND_real:
        ret->real = (double)number;
        return true;
    case CT_KIND_decimal:
        ret->decimal = ct_decimal_make(number, 0);
        return true;
    default:
        ret->integer = number;
        return kind == CT_KIND_integer || kind == CT_KIND_datetime || kind == CT_KIND_duration;
    }
}

static bool take_pointed(ct_kind kind, ct_value value, member *ret)
{
    switch (value.type) {
    case CT_VALUE_DECIMAL:
        ret->decimal = *value.decimal;
        return kind == CT_KIND_decimal;
    case CT_VALUE_UUID:
        ret->uuid = *value.uuid;
        return kind == CT_KIND_uuid;
    case CT_VALUE_BYTES:
        ret->bytes = *value.bytes;
        return kind == CT_KIND_binary;
    case CT_VALUE_ARRAY:
        ret->array = value.array;
        return kind == CT_KIND_array;
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE:
        ret->text = value.text;
        return ct_kind_is_text(kind);
    default:
        return false;
    }
}

static bool take(ct_kind kind, ct_value value, member *ret)
{
    if (kind == CT_KIND_json || kind == CT_KIND_value) {
        ret->value = value;
        return true;
    }
    switch (value.type) {
    case CT_VALUE_INT:
        return take_number(kind, value.integer, ret);
    case CT_VALUE_REAL:
        ret->real = value.real;
        return kind == CT_KIND_real;
    case CT_VALUE_BOOL:
        ret->boolean = value.boolean;
        return kind == CT_KIND_boolean;
    case CT_VALUE_DATETIME:
    case CT_VALUE_DURATION:
        ret->integer = value.time;
        return kind == (value.type == CT_VALUE_DATETIME ? CT_KIND_datetime : CT_KIND_duration);
    case CT_VALUE_DATE:
        ret->date = value.date;
        return kind == CT_KIND_date;
    case CT_VALUE_DAYTIME:
        ret->daytime = value.daytime;
        return kind == CT_KIND_time;
    default:
        return take_pointed(kind, value, ret);
    }
}

bool ct_field_set(ct_arena *arena, ct_row *row, const ct_field *field, ct_value value)
{
    const char *problem;
    member taken;
    ct_kind kind = ct_kind_of_key(field->kind);
    if (field->kind >= CT_KIND_row && !ct_kind_is_ref(field->kind))
        return false;
    if (value.type == CT_VALUE_NULL) {
        ct_field_set_null(row, field, true);
        return true;
    }
    bool reads = value.type == CT_VALUE_TEXT && !ct_kind_is_text(kind) && kind != CT_KIND_json && kind != CT_KIND_value;
    if (reads && !ct_value_parse(arena, field, ct_str_of(value.text), &value, &problem))
        return false;
    if (!take(kind, value, &taken))
        return false;
    memcpy((char *)row + field->offset, &taken, ct_kind_size(kind));
    row->nulls &= ~ct_field_mask(row->shape, field);
    return true;
}
