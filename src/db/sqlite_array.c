/* Arrays in SQLite are JSON; what JSON has no type for stands in it as text. */
#include "db/sqlite.h"

#include "base/arena.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

/* A copy in the arena, that a value can point to. */
static const void *kept(ct_arena *arena, const void *data, size_t size)
{
    void *copy = ct_arena_alloc(arena, size);
    return copy ? memcpy(copy, data, size) : NULL;
}

static bool read_decimal(ct_arena *arena, ct_value item, ct_value *ret)
{
    ct_decimal value;
    if (item.type == CT_VALUE_INT)
        value = ct_decimal_make(item.integer, 0);
    else if (item.type != CT_VALUE_TEXT || !ct_decimal_parse(ct_str_of(item.text), &value))
        return false;
    *ret = (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = kept(arena, &value, sizeof(value)) };
    return ret->decimal != NULL;
}

static bool read_uuid(ct_arena *arena, ct_str text, ct_value *ret)
{
    ct_uuid value;
    if (!ct_uuid_parse(text, &value))
        return false;
    *ret = (ct_value){ .type = CT_VALUE_UUID, .uuid = kept(arena, &value, sizeof(value)) };
    return ret->uuid != NULL;
}

/* What stands in JSON as text. */
static bool read_text(ct_arena *arena, ct_value item, ct_kind element, ct_value *ret)
{
    if (item.type != CT_VALUE_TEXT)
        return false;
    ct_str text = ct_str_of(item.text);
    switch (element) {
    case CT_KIND_datetime:
        ret->type = CT_VALUE_DATETIME;
        return ct_datetime_parse(text, &ret->time);
    case CT_KIND_date:
        ret->type = CT_VALUE_DATE;
        return ct_date_parse(text, &ret->date);
    case CT_KIND_time:
        ret->type = CT_VALUE_DAYTIME;
        return ct_daytime_parse(text, &ret->daytime);
    case CT_KIND_duration:
        ret->type = CT_VALUE_DURATION;
        return ct_duration_parse(text, &ret->time);
    case CT_KIND_uuid:
        return read_uuid(arena, text, ret);
    default:
        *ret = item;
        return true;
    }
}

static bool read_item(ct_arena *arena, ct_value item, ct_kind element, ct_value *ret)
{
    *ret = item;
    if (item.type == CT_VALUE_NULL)
        return true;
    switch (ct_kind_of_key(element)) {
    case CT_KIND_integer:
        return item.type == CT_VALUE_INT;
    case CT_KIND_boolean:
        return item.type == CT_VALUE_BOOL;
    case CT_KIND_real:
        if (item.type == CT_VALUE_INT)
            *ret = ct_value_of_real((double)item.integer);
        return item.type == CT_VALUE_INT || item.type == CT_VALUE_REAL;
    case CT_KIND_decimal:
        return read_decimal(arena, item, ret);
    case CT_KIND_json:
    case CT_KIND_value:
        return true;
    default:
        return read_text(arena, item, ct_kind_of_key(element), ret);
    }
}

const ct_array *ct_sqlite_array(ct_arena *arena, const ct_array *from, ct_kind element)
{
    ct_array *array = ct_array_in(arena, from->count ? from->count : 1);
    for (size_t i = 0; array && i < from->count; i++) {
        ct_value item;
        if (!read_item(arena, from->items[i], element, &item) || !ct_array_put(array, item))
            return NULL;
    }
    return array;
}
