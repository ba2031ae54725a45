/* Conditions of lines as conditions of queries: values are read as forms read them, and put where C's macros would have
 * put them (canteen/condition.h). */
#include "base/common.h"
#include "db/ask.h"
#include "shape/json_read.h"
#include "shape/kinds.h"
#include "shape/validate.h"

typedef struct filling {
    const ct_ask_condition *condition;
    ct_arena *arena;
    ct_error *error;
    ct_kind kind; /* of what is compared: of a part a whole number */
    void *at;     /* the ct_cond_... */
} filling;

static const char *words(const ct_ask_condition *condition)
{
    return condition->column->field->name;
}

static bool read_value(filling *f, ct_str text, ct_value *ret_value)
{
    const ct_field field = { .name = words(f->condition),
                             .kind = f->kind,
                             .element = f->condition->column->field->element };
    const char *problem = NULL;
    if (ct_value_parse(f->arena, &field, text, ret_value, &problem))
        return true;
    return ct_fail(f->error, "%s: \"%.*s\" is no value of the kind %s: %s", words(f->condition),
                   (int)CT_MIN(text.length, (size_t)80), text.data, ct_kind_name(f->kind), problem ? problem : "");
}

/* The value as a member of the C type of its kind. */
static void store(ct_kind kind, ct_value value, void *member)
{
    if (ct_kind_is_text(kind))
        *(const char **)member = value.text;
    else if (kind == CT_KIND_integer)
        *(int64_t *)member = value.integer;
    else if (kind == CT_KIND_datetime || kind == CT_KIND_duration)
        *(ct_time *)member = value.time;
    else if (kind == CT_KIND_real)
        *(double *)member = value.type == CT_VALUE_INT ? (double)value.integer : value.real;
    else if (kind == CT_KIND_decimal)
        *(ct_decimal *)member = *value.decimal;
    else if (kind == CT_KIND_boolean)
        *(bool *)member = value.boolean;
    else if (kind == CT_KIND_date)
        *(ct_date *)member = value.date;
    else if (kind == CT_KIND_time)
        *(ct_daytime *)member = value.daytime;
    else if (kind == CT_KIND_uuid)
        *(ct_uuid *)member = *value.uuid;
    else
        *(ct_bytes *)member = *value.bytes;
}

/* ---- conditions of one kind ---- */

typedef struct places {
    size_t value, to, items, count;
} places;

#define PLACES(type)                                                                                                   \
    {                                                                                                                  \
        offsetof(type, value), offsetof(type, to), offsetof(type, items), offsetof(type, count)                        \
    }

static places places_of(ct_kind kind)
{
    static const places integer = PLACES(ct_cond_integer), real = PLACES(ct_cond_real),
                        decimal = PLACES(ct_cond_decimal), boolean = PLACES(ct_cond_boolean),
                        text = PLACES(ct_cond_text), date = PLACES(ct_cond_date), time = PLACES(ct_cond_time),
                        datetime = PLACES(ct_cond_datetime), uuid = PLACES(ct_cond_uuid),
                        binary = PLACES(ct_cond_binary);
    switch (kind) {
    case CT_KIND_integer:
    case CT_KIND_duration:
        return integer;
    case CT_KIND_real:
        return real;
    case CT_KIND_decimal:
        return decimal;
    case CT_KIND_boolean:
        return boolean;
    case CT_KIND_date:
        return date;
    case CT_KIND_time:
        return time;
    case CT_KIND_datetime:
        return datetime;
    case CT_KIND_uuid:
        return uuid;
    case CT_KIND_binary:
        return binary;
    default:
        return text;
    }
}

static void *member(const filling *f, size_t offset)
{
    return (char *)f->at + offset;
}

static bool fill_one(filling *f, ct_op op, ct_str text)
{
    ct_value value;
    if (!read_value(f, text, &value))
        return false;
    *(ct_op *)f->at = op;
    store(f->kind, value, member(f, places_of(f->kind).value));
    return true;
}

static bool fill_list(filling *f, ct_op op)
{
    places p = places_of(f->kind);
    size_t size = ct_kind_size(f->kind), count = f->condition->count;
    char *items = ct_arena_zalloc(f->arena, count * size);
    for (size_t i = 0; i < count; i++) {
        ct_value value;
        if (!read_value(f, f->condition->values[i].text, &value))
            return false;
        store(f->kind, value, items + i * size);
    }
    *(ct_op *)f->at = op;
    *(const void **)member(f, p.items) = items;
    *(size_t *)member(f, p.count) = count;
    return true;
}

static bool fill_range(filling *f)
{
    ct_value low, high;
    places p = places_of(f->kind);
    ct_str from = f->condition->values[0].text, to = f->condition->values[1].text;
    if (!from.length && !to.length)
        return ct_fail(f->error, "%s: a range has a value in front of \"..\" or behind it", words(f->condition));
    if (!from.length)
        return fill_one(f, CT_OP_LE, to);
    if (!to.length)
        return fill_one(f, CT_OP_GE, from);
    if (!read_value(f, from, &low) || !read_value(f, to, &high))
        return false;
    *(ct_op *)f->at = CT_OP_BETWEEN;
    store(f->kind, low, member(f, p.value));
    store(f->kind, high, member(f, p.to));
    return true;
}

static bool fill_pattern(filling *f, bool *ret_not)
{
    static const ct_op ops[] = { [CT_ASK_HAS] = CT_OP_ICONTAINS,
                                 [CT_ASK_HAS_NOT] = CT_OP_ICONTAINS,
                                 [CT_ASK_STARTS] = CT_OP_ISTARTS,
                                 [CT_ASK_ENDS] = CT_OP_IENDS,
                                 [CT_ASK_REGEX] = CT_OP_REGEX };
    const ct_ask_condition *condition = f->condition;
    if (!ct_kind_is_text(f->kind))
        return ct_fail(f->error, "%s is of kind %s: only text can be asked that", words(condition),
                       ct_kind_name(f->kind));
    if (condition->count != 1)
        return ct_fail(f->error, "%s: one value is expected here; with a ',' in it, write it in quotes",
                       words(condition));
    *ret_not = condition->op == CT_ASK_HAS_NOT;
    return fill_one(f, ops[condition->op], condition->values[0].text);
}

static bool fill_plain(filling *f, bool *ret_not)
{
    static const ct_op ops[] = { [CT_ASK_EQ] = CT_OP_EQ, [CT_ASK_NE] = CT_OP_NE, [CT_ASK_LT] = CT_OP_LT,
                                 [CT_ASK_LE] = CT_OP_LE, [CT_ASK_GT] = CT_OP_GT, [CT_ASK_GE] = CT_OP_GE };
    const ct_ask_condition *condition = f->condition;
    ct_ask_operator op = condition->op;
    if (op >= CT_ASK_HAS)
        return fill_pattern(f, ret_not);
    bool several = condition->range || condition->count > 1;
    if (several && op != CT_ASK_EQ && op != CT_ASK_NE)
        return ct_fail(f->error, "%s: several values go with = and != alone", words(condition));
    if (condition->range) {
        *ret_not = op == CT_ASK_NE;
        return fill_range(f);
    }
    if (several)
        return fill_list(f, op == CT_ASK_EQ ? CT_OP_IN : CT_OP_NOT_IN);
    return fill_one(f, ops[op], condition->values[0].text);
}

/* ---- what is not plain ---- */

static bool fill_json(filling *f, bool *ret_not)
{
    const ct_ask_condition *condition = f->condition;
    ct_cond_json *json = f->at;
    if (condition->count != 1 || condition->range || condition->op > CT_ASK_NE)
        return ct_fail(f->error, "%s: json is asked with = and != and one value", words(condition));
    const ct_ask_value *value = &condition->values[0];
    *ret_not = condition->op == CT_ASK_NE;
    *json = (ct_cond_json){ .op = CT_OP_JSON_EQ, .path = condition->path };
    if (value->quoted || !ct_json_read(value->text, f->arena, &json->json, NULL))
        json->json = ct_value_of_text(ct_arena_copy(f->arena, value->text.data, value->text.length));
    return true;
}

static bool fill_array(filling *f, bool *ret_not)
{
    const ct_ask_condition *condition = f->condition;
    ct_cond_array *array = f->at;
    if (condition->count != 1 || condition->range || condition->op > CT_ASK_NE)
        return ct_fail(f->error, "%s: arrays are asked with = and != and one value", words(condition));
    *ret_not = condition->op == CT_ASK_NE;
    *array = (ct_cond_array){ .op = CT_OP_HAS };
    f->kind = condition->column->field->element;
    return read_value(f, condition->values[0].text, &array->element);
}

/* A part of a moment is a condition within that of the moment. */
static bool fill_part(filling *f, bool *ret_not)
{
    ct_kind kind = f->kind;
    ct_op part = f->condition->part;
    bool clock = part >= CT_OP_HOUR && part <= CT_OP_SECOND;
    if (kind == CT_KIND_datetime)
        f->at = clock ? &((ct_cond_datetime *)f->at)->clock_part : &((ct_cond_datetime *)f->at)->part;
    else if (kind == CT_KIND_date && !clock)
        f->at = &((ct_cond_date *)f->at)->part;
    else if (kind == CT_KIND_time && clock)
        f->at = &((ct_cond_time *)f->at)->clock_part;
    else
        return ct_fail(f->error, "%s is of kind %s, which has no such part", words(f->condition), ct_kind_name(kind));
    f->kind = CT_KIND_integer;
    return fill_plain(f, ret_not);
}

bool ct_ask_fill(const ct_ask_condition *condition, void *query, bool *ret_not, ct_arena *arena, ct_error *error)
{
    const ct_column *column = condition->column;
    void *at = (char *)query + column->field->condition;
    filling f = { .condition = condition, .arena = arena, .error = error, .kind = column->kind, .at = at };
    const ct_ask_value *first = &condition->values[0];
    bool null = condition->count == 1 && !condition->range && !first->quoted && ct_str_eq(first->text, CT_STR("null"));
    *ret_not = false;
    if (null && condition->op <= CT_ASK_NE && !(condition->path && *condition->path)) {
        *(ct_op *)at = condition->op == CT_ASK_EQ ? CT_OP_IS_NULL : CT_OP_NOT_NULL;
        return true;
    }
    if (column->kind == CT_KIND_json)
        return fill_json(&f, ret_not);
    if (column->kind == CT_KIND_array)
        return fill_array(&f, ret_not);
    if (!condition->part)
        return fill_plain(&f, ret_not);
    if (!fill_part(&f, ret_not))
        return false;
    *(ct_op *)at = condition->part;
    return true;
}
