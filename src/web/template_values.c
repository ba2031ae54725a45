/* From values of templates to values of C. Everything is copied into the memory of the render, which is the request's:
 * a function may keep what it was given, though the template's own memory may go before. What came from C (maps,
 * arrays, rows) goes back as it is. */
#include "web/template_values.h"

#include "shape/value.h"

const char *ct_template_text(ct_renderer *r, ct_str text)
{
    if (text.length && memchr(text.data, '\0', text.length))
        ct_render_fail(r, "text with the character U+0000 in it cannot be given to C");
    char *copy = ct_render_take(r, text.length + 1);
    if (text.length)
        memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return copy;
}

static CT_NORETURN void no_room(ct_renderer *r)
{
    ct_render_take_slow(r, 0);
    __builtin_unreachable();
}

static ct_value array_of(ct_renderer *r, ct *c, ct_tval v)
{
    ct_seq seq;
    ct_render_check_stack(r);
    ct_seq_init(r, &seq, v);
    ct_render_step(r, seq.count);
    ct_array *array = ct_array_in(r->arena, seq.count);
    if (!array)
        no_room(r);
    array->c = c;
    for (uint32_t i = 0; i < seq.count; i++)
        if (!ct_array_put(array, ct_template_value(r, c, ct_seq_at(r, &seq, i))))
            no_room(r);
    return ct_value_of_array(array);
}

static const char *key_of(ct_renderer *r, ct_tval key)
{
    if (key.type == CT_T_TUPLE)
        ct_render_fail(r, "a dictionary with a tuple as a key cannot be given to C: its keys are text");
    return ct_template_text(r, ct_t_get_str(ct_tval_text(r, key)));
}

static ct_value map_of(ct_renderer *r, ct *c, const ct_tdict *dict)
{
    ct_render_check_stack(r);
    ct_render_step(r, dict->count);
    ct_map *map = ct_map_in(r->arena, dict->count);
    if (!map)
        no_room(r);
    map->c = c;
    uint32_t at = 0;
    for (const ct_tentry *entry; (entry = ct_tdict_next(dict, &at));) {
        const char *key = key_of(r, entry->key);
        if (!ct_map_put(map, key, ct_template_value(r, c, entry->value)))
            no_room(r);
    }
    return ct_value_of_map(map);
}

static ct_value text_value(ct_renderer *r, ct_tval v)
{
    ct_value value = ct_value_of_text(ct_template_text(r, ct_t_get_str(v)));
    if (ct_t_is_safe(v))
        value.type = CT_VALUE_SAFE;
    return value;
}

ct_value ct_template_value(ct_renderer *r, ct *c, ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_BOOL:
        return ct_value_of_bool(v.integer != 0);
    case CT_T_INT:
        return ct_value_of_int(v.integer);
    case CT_T_REAL:
        return ct_value_of_real(v.real);
    case CT_T_TEXT:
        return text_value(r, v);
    case CT_T_DATETIME:
        return v.flags & CT_T_DAY ? ct_value_of_date(ct_date_at(v.integer)) : ct_datetime(v.integer);
    case CT_T_CLOCK:
        return ct_value_of_daytime((ct_daytime){ v.integer });
    case CT_T_SPAN:
        return ct_duration(v.integer);
    case CT_T_DECIMAL:
        return (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = v.decimal };
    case CT_T_UUID:
        return (ct_value){ .type = CT_VALUE_UUID, .uuid = v.uuid };
    case CT_T_BYTES:
        return (ct_value){ .type = CT_VALUE_BYTES, .bytes = v.bytes };
    case CT_T_LIST:
    case CT_T_TUPLE:
    case CT_T_RANGE:
        return array_of(r, c, v);
    case CT_T_DICT:
        return map_of(r, c, v.dict);
    case CT_T_MAP:
        return ct_value_of_map(v.map);
    case CT_T_ARRAY:
        return ct_value_of_array(v.array);
    case CT_T_ROW:
        return ct_value_of_row(v.row);
    case CT_T_ROWS:
        return ct_value_of_rows(v.rows);
    case CT_T_UNSET:
    case CT_T_UNDEFINED:
    case CT_T_NONE:
    case CT_T_FUNCTION:
    case CT_T_METHOD:
    case CT_T_OBJECT:
        break;
    }
    return ct_value_null();
}
