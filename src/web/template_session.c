/* `session` in templates, and flashed messages under Flask's name and under Django's.
 *
 *   session                  the values by name, read only; Canteen's own are not there
 *   get_flashed_messages()   texts, or pairs of category and text
 *   messages                 objects with message, tags, level_tag; asking whether there are any takes nothing, a loop
 *                            takes all
 *
 * Nothing is loaded before something is asked of them. A page without sessions (in a command, on a site that keeps
 * none) has neither object, and no messages. */
#include "web/template_session.h"

#include "shape/value.h"
#include "web/ct.h"
#include "web/session.h"
#include "web/template_object.h"

static ct_tval text(const char *value)
{
    return ct_t_str(ct_str_of(value));
}

/* ---- session ---- */

static bool is_own(const char *name)
{
    return name[0] == '_';
}

static ct_tval session_item(ct_renderer *r, ct_tobject *head, ct_tval key)
{
    (void)r;
    if (!ct_t_is_text(key))
        return ct_t_unset();
    const ct_kv *pair = ct_map_find(ct_session_values(ct_work_object_of(head), "session"), ct_t_get_str(key));
    return pair && !is_own(pair->key) ? ct_tval_of(pair->value) : ct_t_unset();
}

typedef enum part { KEYS, VALUES, ITEMS } part;

static ct_tval list_part(ct_renderer *r, ct_tobject *head, part wanted)
{
    const ct_map *values = ct_session_values(ct_work_object_of(head), "session");
    ct_tlist *list = ct_tlist_new(r, values->count);
    for (uint32_t i = 0; i < values->count; i++) {
        ct_tval key = text(values->pairs[i].key), value = ct_tval_of(values->pairs[i].value);
        if (!is_own(values->pairs[i].key))
            ct_tlist_add(r, list, wanted == KEYS ? key : wanted == VALUES ? value : ct_t_pair(r, key, value));
    }
    return ct_t_list(list);
}

static bool session_truth(ct_renderer *r, ct_tobject *head)
{
    return list_part(r, head, KEYS).list->count != 0;
}

static void session_seq(ct_renderer *r, ct_tobject *head, ct_seq *ret_seq)
{
    ct_seq_init(r, ret_seq, list_part(r, head, KEYS));
}

static ct_tval session_get(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_found_or_default(session_item(r, args[0].object, args[1]), args);
}

static ct_tval session_keys(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return list_part(r, args[0].object, KEYS);
}

static ct_tval session_values(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return list_part(r, args[0].object, VALUES);
}

static ct_tval session_items(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return list_part(r, args[0].object, ITEMS);
}

static const ct_fn session_methods[] = {
    { .name = "get", .function = session_get, .params = "self, key, default=" },
    { .name = "keys", .function = session_keys, .params = "self" },
    { .name = "values", .function = session_values, .params = "self" },
    { .name = "items", .function = session_items, .params = "self" },
    { .name = NULL },
};

static const ct_tclass session_class = {
    .name = "Session",
    .item = session_item,
    .truth = session_truth,
    .seq = session_seq,
    .methods = session_methods,
};

ct_tval ct_template_session(ct_renderer *r, ct *c)
{
    return ct_work_object_new(r, c, &session_class);
}

/* ---- messages, as Django has them ---- */

typedef struct message {
    ct_tobject head;
    const ct_flashed *flashed;
} message;

static const ct_flashed *flashed_of(ct_tobject *head)
{
    return CT_CONTAINER(head, message, head)->flashed;
}

static ct_tval message_get(ct_renderer *r, ct_tobject *head, ct_str name)
{
    (void)r;
    if (ct_str_eq(name, CT_STR("message")))
        return text(flashed_of(head)->message);
    if (ct_str_eq(name, CT_STR("tags")) || ct_str_eq(name, CT_STR("level_tag")))
        return text(flashed_of(head)->category);
    return ct_t_unset();
}

static ct_tval message_text(ct_renderer *r, ct_tobject *head)
{
    (void)r;
    return text(flashed_of(head)->message);
}

static const ct_tclass message_class = { .name = "Message", .get = message_get, .text = message_text };

static bool messages_truth(ct_renderer *r, ct_tobject *head)
{
    (void)r;
    return ct_flashes_waiting(ct_work_object_of(head)) != 0;
}

static void messages_seq(ct_renderer *r, ct_tobject *head, ct_seq *ret_seq)
{
    const ct_flashed *flashed = ct_flashes(ct_work_object_of(head));
    ct_tlist *list = ct_tlist_new(r, 0);
    for (; flashed->message; flashed++) {
        message *m = ct_render_take(r, sizeof(*m));
        *m = (message){ .head = { .class = &message_class }, .flashed = flashed };
        ct_tlist_add(r, list, ct_t_object(&m->head));
    }
    ct_seq_init(r, ret_seq, ct_t_list(list));
}

static const ct_tclass messages_class = { .name = "Messages", .truth = messages_truth, .seq = messages_seq };

ct_tval ct_template_messages(ct_renderer *r, ct *c)
{
    return ct_work_object_new(r, c, &messages_class);
}

/* ---- get_flashed_messages(), as Flask has it ---- */

/* Whether the filter, a list of categories, lets it pass; an empty one lets all. */
static bool passes(ct_renderer *r, ct_tval filter, const char *category)
{
    return filter.type == CT_T_UNSET || !ct_tval_truth(r, filter) || ct_tval_contains(r, filter, text(category));
}

static ct_tval get_flashed_messages(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct *c = r->input->user;
    bool pairs = ct_arg_flag(r, args[0], false);
    ct_tlist *list = ct_tlist_new(r, 0);
    (void)count;
    if (!ct_session_possible(c))
        return ct_t_list(list);
    for (const ct_flashed *at = ct_flashes(c); at->message; at++)
        if (passes(r, args[1], at->category))
            ct_tlist_add(r, list, pairs ? ct_t_pair(r, text(at->category), text(at->message)) : text(at->message));
    return ct_t_list(list);
}

const ct_fn ct_template_get_flashed_messages = {
    .name = "get_flashed_messages",
    .function = get_flashed_messages,
    .params = "with_categories=, category_filter=",
};
