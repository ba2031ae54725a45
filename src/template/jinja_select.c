/* Jinja's filters that call another filter or a test for each item, by its name: map, select, reject and their kin. */
#include "template/engine.h"
#include "template/jinja_filters.h"
#include "template/render.h"

/* The arguments that a filter got after its own, with room for the item before them. */
typedef struct passed {
    ct_call call;
    ct_tval *args; /* call.args, where the item goes to args[0] */
} passed;

static passed pass_on(ct_renderer *r, const ct_tval *rest, uint32_t count, ct_tval named)
{
    passed p = { .args = ct_render_take(r, ((size_t)count + 1) * sizeof(ct_tval)) };
    p.args[0] = ct_t_none();
    for (uint32_t i = 0; i < count; i++)
        p.args[i + 1] = rest[i];
    p.call.args = p.args;
    p.call.count = count + 1;
    if (named.type != CT_T_DICT)
        return p;
    ct_str *names = ct_render_take(r, named.dict->count * sizeof(*names) + 1);
    ct_tval *values = ct_render_take(r, named.dict->count * sizeof(*values) + 1);
    const ct_tentry *entry;
    for (uint32_t at = 0; (entry = ct_tdict_next(named.dict, &at)); p.call.named_count++) {
        names[p.call.named_count] = ct_t_get_str(entry->key);
        values[p.call.named_count] = entry->value;
    }
    p.call.names = names;
    p.call.named = values;
    return p;
}

/* ---- map ---- */

static ct_tval map_attribute(ct_renderer *r, const ct_seq *seq, ct_tdict *named)
{
    const ct_tval *attribute = ct_tdict_find_str(r, named, CT_STR("attribute"));
    const ct_tval *fallback = ct_tdict_find_str(r, named, CT_STR("default"));
    if (!attribute)
        ct_render_fail(r, "map needs the name of a filter or attribute=");
    const ct_tentry *entry;
    for (uint32_t at = 0; (entry = ct_tdict_next(named, &at));)
        if (&entry->value != attribute && &entry->value != fallback)
            ct_render_fail(r, "map(attribute=...) takes no argument '%.*s'", CT_STR_ARG(ct_t_get_str(entry->key)));
    ct_tval otherwise = fallback && ct_arg_given(*fallback) ? *fallback : ct_t_unset();
    ct_tlist *list = ct_tlist_new(r, seq->count);
    for (uint32_t i = 0; i < seq->count; i++) {
        ct_tval item = ct_seq_at(r, seq, i);
        ct_tlist_add(r, list, ct_arg_given(*attribute) ? ct_tval_path(r, item, *attribute, otherwise) : item);
    }
    return ct_t_list(list);
}

ct_tval ct_jinja_map(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_seq seq;
    if (!ct_tval_truth(r, args[0]))
        return ct_t_list(ct_tlist_new(r, 0));
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    if (count == 2) {
        if (args[1].type != CT_T_DICT)
            ct_render_fail(r, "map needs the name of a filter or attribute=");
        return map_attribute(r, &seq, args[1].dict);
    }
    ct_str name = ct_need_text(r, args[2], "map");
    passed p = pass_on(r, args + 3, count - 3, args[1]);
    ct_tlist *list = ct_tlist_new(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++) {
        p.args[0] = ct_seq_at(r, &seq, i);
        ct_tlist_add(r, list, ct_engine_call_filter(r, name, &p.call));
    }
    return ct_t_list(list);
}

/* ---- select and reject ---- */

typedef struct selection {
    bool by_attribute; /* the first argument is the attribute that is tested */
    bool rejects;
} selection;

static ct_tval select_items(ct_renderer *r, const ct_tval *args, uint32_t count, selection how)
{
    ct_seq seq;
    uint32_t next = 2; /* after the value and the keyword arguments */
    ct_tval attribute = ct_t_unset();
    ct_tlist *list = ct_tlist_new(r, 0);
    if (!ct_tval_truth(r, args[0]))
        return ct_t_list(list);
    if (how.by_attribute) {
        if (count == 2)
            ct_render_fail(r, "%s needs the name of an attribute", how.rejects ? "rejectattr" : "selectattr");
        attribute = args[next++];
    }
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    bool tests = next < count;
    ct_str name = tests ? ct_need_text(r, args[next++], how.rejects ? "reject" : "select") : (ct_str){ 0 };
    passed p = pass_on(r, args + next, count - next, args[1]);
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_tval item = ct_seq_at(r, &seq, i);
        p.args[0] = ct_arg_given(attribute) ? ct_tval_path(r, item, attribute, ct_t_unset()) : item;
        bool holds = tests ? ct_engine_call_test(r, name, &p.call) : ct_tval_truth(r, p.args[0]);
        if (holds != how.rejects)
            ct_tlist_add(r, list, item);
    }
    return ct_t_list(list);
}

ct_tval ct_jinja_select(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    return select_items(r, args, count, (selection){ .rejects = false });
}

ct_tval ct_jinja_reject(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    return select_items(r, args, count, (selection){ .rejects = true });
}

ct_tval ct_jinja_selectattr(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    return select_items(r, args, count, (selection){ .by_attribute = true });
}

ct_tval ct_jinja_rejectattr(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    return select_items(r, args, count, (selection){ .by_attribute = true, .rejects = true });
}
