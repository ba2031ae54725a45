/* {% regroup items by attribute as groups %}: a list of groups of neighbours that have the attribute in common.
 *
 * As in Django the attribute is read as if the item stood in the variable `groups`: a path with filters, in which even
 * `groups` itself may be named. So its tokens are parsed again with the name and a dot in front, in a scope of its own.
 * A group is an object with `grouper` and `list` that unpacks like the pair of them. */
#include "template/tag_args.h"

#include "template/engine.h"

/* ---- groups ---- */

typedef struct {
    ct_tobject object;
    ct_tval grouper;
    ct_tlist *list;
} group;

static ct_tval group_get(ct_renderer *r, ct_tobject *object, ct_str name)
{
    const group *g = (group *)object;
    (void)r;
    if (ct_str_eq(name, CT_STR("grouper")))
        return g->grouper;
    if (ct_str_eq(name, CT_STR("list")))
        return ct_t_list(g->list);
    return ct_t_unset();
}

static ct_tval group_item(ct_renderer *r, ct_tobject *object, ct_tval key)
{
    const group *g = (group *)object;
    (void)r;
    if (key.type != CT_T_INT)
        return ct_t_unset();
    if (key.integer == 0 || key.integer == -2)
        return g->grouper;
    return key.integer == 1 || key.integer == -1 ? ct_t_list(g->list) : ct_t_unset();
}

static void group_seq(ct_renderer *r, ct_tobject *object, ct_seq *ret_seq)
{
    const group *g = (group *)object;
    ct_seq_init(r, ret_seq, ct_t_pair(r, g->grouper, ct_t_list(g->list)));
}

static ct_tval group_text(ct_renderer *r, ct_tobject *object)
{
    const group *g = (group *)object;
    ct_buffer text = ct_text_begin(r);
    CT_BUFFER_LITERAL(&text, "GroupedResult(grouper=");
    ct_tval_write_repr(r, &text, g->grouper);
    CT_BUFFER_LITERAL(&text, ", list=");
    ct_tval_write_repr(r, &text, ct_t_list(g->list));
    ct_buffer_char(&text, ')');
    return ct_text_end(r, &text);
}

static const ct_tclass group_class = {
    .name = "GroupedResult", .get = group_get, .item = group_item, .text = group_text, .seq = group_seq
};

/* ---- the tag ---- */

typedef struct {
    const ct_node *items;
    int32_t slot;       /* of an item while ... */
    const ct_node *key; /* ... its attribute is read */
    ct_target target;
} regroup;

static group *new_group(ct_renderer *r, ct_tlist *groups, ct_tval grouper)
{
    group *g = ct_render_take(r, sizeof(*g));
    *g = (group){ .object.class = &group_class, .grouper = grouper, .list = ct_tlist_new(r, 4) };
    ct_tlist_add(r, groups, ct_t_object(&g->object));
    return g;
}

static ct_tlist *make_groups(ct_renderer *r, const regroup *data, ct_tval items)
{
    ct_seq seq;
    ct_seq_init(r, &seq, items);
    ct_tlist *groups = ct_tlist_new(r, 4);
    group *last = NULL;
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_render_step(r, 1);
        ct_tval item = ct_seq_at(r, &seq, i);
        r->slots[data->slot] = item;
        ct_tval key = ct_eval_argument(r, data->key);
        if (!last || !ct_tval_equal(r, last->grouper, key))
            last = new_group(r, groups, key);
        ct_tlist_add(r, last->list, item);
    }
    r->slots[data->slot] = ct_t_unset();
    return groups;
}

static ct_flow exec_regroup(ct_renderer *r, const ct_stmt *s)
{
    const regroup *data = s->other.data;
    ct_tval items = ct_eval_argument(r, data->items);
    r->at = s->place;
    ct_tlist *groups = items.type == CT_T_NONE ? ct_tlist_new(r, 0) : make_groups(r, data, items);
    ct_assign(r, &data->target, ct_t_list(groups));
    return CT_FLOW_NEXT;
}

/* A token that is the part of another one that begins at `at`. */
static ct_token part(const ct_token *token, ct_token_type type, const char *at, size_t length)
{
    return (ct_token){
        .type = (uint8_t)type, .op = type == CT_TOKEN_OPERATOR ? '.' : 0, .line = token->line, .text = { at, length }
    };
}

/* The tokens up to `end` with the name and a dot in front, and the end of the tag behind. An index of an index, "0.1",
 * came as a real number. */
static const ct_token *with_name(ct_parser *p, const ct_token *name, const ct_token *end)
{
    const ct_token *first = p->at;
    size_t count = 0, rest = (size_t)(end - first) - 1;
    ct_token *tokens = ct_engine_take(p->engine, (rest + 6) * sizeof(*tokens));
    const char *dot = first->type == CT_TOKEN_REAL ? memchr(first->text.data, '.', first->text.length) : NULL;
    tokens[count++] = *name;
    tokens[count++] = part(first, CT_TOKEN_OPERATOR, first->text.data, first->text.length);
    if (dot) {
        size_t whole = (size_t)(dot - first->text.data);
        tokens[count++] = part(first, CT_TOKEN_INTEGER, first->text.data, whole);
        tokens[count++] = part(first, CT_TOKEN_OPERATOR, dot, 1);
        tokens[count++] = part(first, CT_TOKEN_INTEGER, dot + 1, first->text.length - whole - 1);
    } else {
        tokens[count] = *first;
        tokens[count++].space_before = false;
    }
    memcpy(tokens + count, first + 1, rest * sizeof(*tokens));
    tokens[count + rest] = *end;
    tokens[count + rest].type = CT_TOKEN_TAG_END;
    return tokens;
}

/* Reads the attribute at p->at, and steps over it. */
static void parse_key(ct_parser *p, regroup *data)
{
    const ct_token *end = p->at;
    do
        end++;
    while (!end->space_before && end->type > CT_TOKEN_TAG_END && end->type < CT_TOKEN_ERROR);
    if (end->type != CT_TOKEN_NAME || !ct_str_eq(end->text, CT_STR("as"))) {
        p->at = end;
        ct_unexpected(p, "'as'");
    }
    if (end[1].type != CT_TOKEN_NAME) {
        p->at = end + 1;
        ct_unexpected(p, "the name of a variable");
    }
    ct_scope *scope = ct_scope_open(p);
    data->slot = ct_declare(p, ct_engine_symbol(p->engine, end[1].text));
    p->at = with_name(p, &end[1], end);
    data->key = ct_parse_django_operand(p, CT_MISSING_NONE);
    if (!ct_at_type(p, CT_TOKEN_TAG_END))
        ct_unexpected(p, "'as'");
    ct_scope_close(p, scope);
    p->at = end;
}

void ct_tag_regroup(ct_parser *p, const ct_token *tag)
{
    regroup *data = ct_engine_take(p->engine, sizeof(*data));
    data->items = ct_parse_argument(p, CT_MISSING_NONE);
    if (!ct_take_name(p, "by"))
        ct_unexpected(p, "'by'");
    if (ct_at_type(p, CT_TOKEN_TAG_END))
        ct_unexpected(p, "an attribute");
    parse_key(p, data);
    ct_expect_name(p, "'as'");
    const ct_token *name = p->at++;
    ct_expect_tag_end(p);
    data->target = ct_name_target(p, name->text, name->text.data);
    ct_stmt_new(p, exec_regroup, tag->text.data)->other.data = data;
}
