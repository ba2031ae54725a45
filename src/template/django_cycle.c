/* {% cycle %} and {% resetcycle %}: values taken in turn, each time the tag runs.
 *
 * Where a cycle stands is state of the page, so that each render and each include begins anew. A cycle with a name can
 * be taken further by {% cycle name %} anywhere below it in the template; both are then one cycle, as in Django. Its
 * name is a variable too: the one that is visible where the tag stands, else a new one of the innermost scope. */
#include "template/page.h"
#include "template/tag_args.h"

#include "template/engine.h"

typedef struct ct_cycle {
    ct_str name; /* data NULL: none */
    ct_arguments values;
    bool silent;
} ct_cycle;

typedef struct {
    const ct_cycle *cycle;
    ct_target target; /* where the cycle has a name */
} step;

static ct_flow exec_cycle(ct_renderer *r, const ct_stmt *s)
{
    const step *data = s->other.data;
    const ct_cycle *cycle = data->cycle;
    uint32_t *turn = ct_state(r, &r->page->states, cycle, sizeof(*turn));
    const ct_node *value = cycle->values.items[*turn].value;
    *turn = (*turn + 1) % cycle->values.count;
    ct_tval v = ct_eval_argument(r, value);
    r->at = s->place;
    if (cycle->name.data)
        ct_assign(r, &data->target, v);
    if (!cycle->silent)
        ct_output(r, v, s->django);
    return CT_FLOW_NEXT;
}

/* NULL, with the mistake noted: there is none. */
static const ct_cycle *find_cycle(ct_parser *p, ct_str name)
{
    int32_t place = ct_engine_find(p->engine, &p->cycle_names, name);
    if (place >= 0)
        return p->cycles[place];
    ct_parse_refuse(p, name.data, "there is no cycle '%.*s' above: name one with {%% cycle ... as %.*s %%}",
                    CT_STR_ARG(name), CT_STR_ARG(name));
    return NULL;
}

/* The cycle's name means this one from here on. */
static void name_cycle(ct_parser *p, const ct_cycle *cycle)
{
    const ct_symbol *name = ct_engine_symbol(p->engine, cycle->name);
    int32_t place = ct_places_find(&p->cycle_names, name);
    if (place < 0) {
        place = (int32_t)p->cycle_names.count;
        p->cycles = ct_engine_grown(p->engine, p->cycles, (size_t)place, sizeof(const ct_cycle *), 4);
        ct_engine_place(p->engine, &p->cycle_names, name);
    }
    p->cycles[place] = cycle;
}

static void add_step(ct_parser *p, const ct_token *tag, const ct_cycle *cycle)
{
    step *data = ct_engine_take(p->engine, sizeof(*data));
    data->cycle = cycle;
    if (cycle->name.data) {
        int32_t slot = ct_find_variable(p, ct_engine_symbol(p->engine, cycle->name));
        data->target = p->top_level || slot < 0 ? ct_name_target(p, cycle->name, tag->text.data)
                                                : (ct_target){ .slot = slot, .place = tag->text.data };
    }
    ct_stmt_new(p, exec_cycle, tag->text.data)->other.data = data;
}

/* `as name` or `as name silent`, with the end of the tag; false where it is neither. */
static bool take_name(ct_parser *p, ct_cycle *cycle)
{
    const ct_token *as = p->at;
    if (!ct_at_name(p, "as") || !as[1].space_before || as[1].type == CT_TOKEN_TAG_END)
        return false;
    p->at++;
    ct_str name = ct_take_word(p, "the name of a cycle");
    const ct_token *flag = p->at;
    bool flagged = ct_at_last_word(p) && flag->type == CT_TOKEN_NAME;
    if (!flagged && !ct_at_type(p, CT_TOKEN_TAG_END)) {
        p->at = as;
        return false;
    }
    if (flagged && !ct_take_name(p, "silent"))
        ct_parse_fail(p, flag->text.data, "only 'silent' can follow the name of a cycle, not '%.*s'",
                      CT_STR_ARG(flag->text));
    cycle->silent = flagged;
    cycle->name = name;
    return true;
}

/* {% cycle a b|filter "c" as name silent %}, {% cycle name %} */
void ct_tag_cycle(ct_parser *p, const ct_token *tag)
{
    if (ct_at_last_word(p)) {
        ct_str name = ct_take_word(p, "the name of a cycle");
        const ct_cycle *found = find_cycle(p, name);
        ct_expect_tag_end(p);
        if (found)
            add_step(p, tag, found);
        return;
    }
    ct_cycle *cycle = ct_engine_take(p->engine, sizeof(*cycle));
    do
        ct_arguments_add(p, &cycle->values, (ct_str){ 0 }, ct_parse_argument(p, CT_MISSING_EMPTY));
    while (!ct_at_type(p, CT_TOKEN_TAG_END) && !take_name(p, cycle));
    ct_expect_tag_end(p);
    p->cycle = cycle;
    if (cycle->name.data)
        name_cycle(p, cycle);
    add_step(p, tag, cycle);
}

static ct_flow exec_resetcycle(ct_renderer *r, const ct_stmt *s)
{
    uint32_t *turn = ct_state(r, &r->page->states, s->other.data, sizeof(*turn));
    *turn = 0;
    return CT_FLOW_NEXT;
}

/* {% resetcycle %} of the cycle above, {% resetcycle name %} */
void ct_tag_resetcycle(ct_parser *p, const ct_token *tag)
{
    const ct_cycle *cycle = p->cycle;
    if (!ct_at_type(p, CT_TOKEN_TAG_END))
        cycle = find_cycle(p, ct_take_word(p, "the name of a cycle"));
    else if (!cycle)
        ct_parse_refuse(p, tag->text.data, "there is no cycle above to reset");
    ct_expect_tag_end(p);
    ct_stmt_new(p, exec_resetcycle, tag->text.data)->other.data = cycle;
}
