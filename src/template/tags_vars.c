/* The tags that set variables and change how a part is written: set, with, do, filter, autoescape, debug. */
#include "template/engine.h"
#include "template/escape.h"
#include "template/eval.h"
#include "template/exec.h"
#include "template/page.h"
#include "template/parser.h"
#include "template/render.h"
#include "template/tag_args.h"

/* ---- set ---- */

/* `text` through the filters that follow, as {% filter a|b %} and {% set x | a %} have them. */
static const ct_piped *parse_piped(ct_parser *p)
{
    ct_piped *piped = ct_engine_take(p->engine, sizeof(*piped));
    ct_node *input = ct_node_new(p, ct_eval_name, p->at->text.data);
    piped->slot = ct_declare_hidden(p);
    input->kind = CT_NODE_NAME;
    input->name.symbol = ct_engine_symbol(p->engine, CT_STR("text"));
    input->name.slot = piped->slot;
    piped->chain = ct_parse_filters(p, input);
    return piped;
}

static void parse_set_block(ct_parser *p, const ct_token *tag, ct_stmt *s)
{
    bool top_level = p->top_level;
    s->exec = ct_exec_set_block;
    if (ct_take_op(p, '|'))
        s->set.piped = parse_piped(p);
    ct_expect_tag_end(p);
    p->top_level = false;
    ct_scope *scope = ct_scope_open(p);
    s->set.body = ct_parse_body_to(p, tag, "endset");
    ct_scope_close(p, scope);
    p->top_level = top_level;
}

void ct_tag_set(ct_parser *p, const ct_token *tag)
{
    ct_stmt *s = ct_stmt_new(p, ct_exec_set, tag->text.data);
    const ct_token *start = p->at;
    int depth = 0;
    bool assigns = false;
    for (const ct_token *token = start; token->type != CT_TOKEN_TAG_END && token->type != CT_TOKEN_END; token++) {
        depth += token->type == CT_TOKEN_OPERATOR && token->op == '(';
        depth -= token->type == CT_TOKEN_OPERATOR && token->op == ')';
        if (token->type == CT_TOKEN_OPERATOR && token->op == '=' && depth == 0) {
            assigns = true;
            p->at = token + 1;
            break;
        }
    }
    if (assigns) { /* the value is read first: {% set x = x %} means the x that was there */
        s->set.value = ct_parse_tuple(p);
        const ct_token *after = p->at;
        p->at = start;
        s->set.target = ct_parse_target(p, true, NULL);
        ct_expect_op(p, '=');
        p->at = after;
        ct_expect_tag_end(p);
        return;
    }
    s->set.target = ct_parse_target(p, true, NULL);
    parse_set_block(p, tag, s);
}

/* ---- with ---- */

/* Bindings whose names are not declared yet: all values are read before any of the names is set. */
typedef struct {
    ct_binding *items;
    const ct_token **targets; /* where the names stand */
    uint32_t count;
    bool words; /* the names are any words */
} bindings;

static const ct_binding *keep(ct_parser *p, const bindings *b)
{
    const ct_token *at = p->at;
    for (uint32_t i = 0; i < b->count; i++) {
        p->at = b->targets[i];
        if (b->words)
            b->items[i].target = ct_name_target(p, ct_take_word(p, "a name"), b->targets[i]->text.data);
        else
            b->items[i].target = ct_parse_one_target(p, false);
    }
    p->at = at;
    return b->items;
}

static void add_binding(ct_parser *p, bindings *b, const ct_token *name, const ct_node *value)
{
    b->items = ct_engine_grown(p->engine, b->items, b->count, sizeof(*b->items), 1);
    b->targets = ct_engine_grown(p->engine, b->targets, b->count, sizeof(*b->targets), 1);
    b->targets[b->count] = name;
    b->items[b->count++] = (ct_binding){ .value = value };
}

/* name=value name=value ..., as Django has it. */
static void parse_django_bindings(ct_parser *p, bindings *b)
{
    while (ct_at_type(p, CT_TOKEN_NAME) && p->at[1].type == CT_TOKEN_OPERATOR && p->at[1].op == '=') {
        const ct_token *name = p->at;
        p->at += 2;
        add_binding(p, b, name, ct_parse_operand(p, CT_MISSING_EMPTY));
    }
}

const ct_binding *ct_parse_django_exports(ct_parser *p, uint32_t *ret_count)
{
    bindings b = { 0 };
    parse_django_bindings(p, &b);
    for (uint32_t i = 0; i < b.count; i++) {
        const ct_symbol *symbol = ct_engine_symbol(p->engine, b.targets[i]->text);
        ((ct_symbol *)symbol)->assigned = true;
        b.items[i].target = (ct_target){ .slot = -1, .exported = symbol };
    }
    *ret_count = b.count;
    return b.items;
}

/* Whether it reads {% with value as name %}. */
static bool is_with_as(const ct_parser *p)
{
    if (p->at->type == CT_TOKEN_NAME && p->at[1].type == CT_TOKEN_OPERATOR && p->at[1].op == '=')
        return false;
    for (const ct_token *token = p->at; token->type != CT_TOKEN_TAG_END && token->type != CT_TOKEN_END; token++)
        if (token->type == CT_TOKEN_NAME && ct_str_eq(token->text, CT_STR("as")))
            return true;
    return false;
}

/* value as name and value as name ... */
static void parse_with_as(ct_parser *p, bindings *b)
{
    b->words = true;
    do {
        const ct_node *value = ct_parse_operand(p, CT_MISSING_EMPTY);
        if (!ct_take_name(p, "as"))
            ct_unexpected(p, "'as'");
        const ct_token *name = p->at;
        ct_take_word(p, "a name");
        add_binding(p, b, name, value);
    } while (ct_take_name(p, "and"));
}

/* Steps over a name or over names in parentheses, to be read when the values are. */
static void skip_target(ct_parser *p)
{
    int depth = 0;
    do {
        depth += ct_at_op(p, '(');
        depth -= ct_at_op(p, ')');
        if (!ct_at_type(p, CT_TOKEN_NAME) && !ct_at_op(p, '(') && !ct_at_op(p, ')') && !(depth && ct_at_op(p, ',')))
            ct_unexpected(p, "name=value");
        p->at++;
    } while (depth > 0);
}

/* Jinja: targets with values, the values read before any of the names is set. */
static void parse_jinja_with(ct_parser *p, bindings *b)
{
    do {
        const ct_token *name = p->at;
        if (ct_at_type(p, CT_TOKEN_TAG_END))
            break;
        skip_target(p);
        ct_expect_op(p, '=');
        add_binding(p, b, name, ct_parse_expression(p));
    } while (ct_take_op(p, ',') ||
             (ct_at_type(p, CT_TOKEN_NAME) && p->at[1].type == CT_TOKEN_OPERATOR && p->at[1].op == '='));
}

void ct_tag_with(ct_parser *p, const ct_token *tag)
{
    bindings b = { 0 };
    bool top_level = p->top_level;
    ct_stmt *s = ct_stmt_new(p, ct_exec_with, tag->text.data);
    if (is_with_as(p))
        parse_with_as(p, &b);
    else if (p->django)
        parse_django_bindings(p, &b);
    else
        parse_jinja_with(p, &b);
    if (p->django && !b.count)
        ct_unexpected(p, "name=value");
    ct_expect_tag_end(p);
    p->top_level = false;
    ct_scope *scope = ct_scope_open(p);
    s->scoped.scope = scope;
    s->scoped.bindings = keep(p, &b);
    s->scoped.count = b.count;
    s->scoped.body = ct_parse_body_to(p, tag, "endwith");
    ct_scope_close(p, scope);
    p->top_level = top_level;
}

/* ---- do ---- */

void ct_tag_do(ct_parser *p, const ct_token *tag)
{
    ct_stmt *s = ct_stmt_new(p, ct_exec_do, tag->text.data);
    s->value = ct_parse_tuple(p);
    ct_expect_tag_end(p);
}

/* ---- filter, autoescape ---- */

/* The body of a tag with a scope of its own. */
static void parse_scoped_body(ct_parser *p, const ct_token *tag, ct_stmt *s, const char *end)
{
    if (p->django) { /* in Django what is set here stays set */
        s->scoped.body = ct_parse_body_to(p, tag, end);
        return;
    }
    bool top_level = p->top_level;
    p->top_level = false;
    ct_scope *scope = ct_scope_open(p);
    s->scoped.scope = scope;
    s->scoped.body = ct_parse_body_to(p, tag, end);
    ct_scope_close(p, scope);
    p->top_level = top_level;
}

void ct_tag_filter(ct_parser *p, const ct_token *tag)
{
    ct_stmt *s = ct_stmt_new(p, ct_exec_filter, tag->text.data);
    if (p->django && (ct_at_name(p, "escape") || ct_at_name(p, "safe")))
        ct_parse_fail(p, p->at->text.data, "\"filter %.*s\" is not permitted: use the \"autoescape\" tag instead",
                      CT_STR_ARG(p->at->text));
    s->scoped.piped = parse_piped(p);
    ct_expect_tag_end(p);
    parse_scoped_body(p, tag, s, "endfilter");
}

void ct_tag_autoescape(ct_parser *p, const ct_token *tag)
{
    ct_stmt *s = ct_stmt_new(p, ct_exec_autoescape, tag->text.data);
    if (ct_at_name(p, "on") || ct_at_name(p, "off")) {
        s->scoped.autoescape = ct_constant(p, p->at->text.data, ct_t_bool(ct_at_name(p, "on")));
        p->at++;
    } else {
        if (p->django)
            ct_unexpected(p, "'on' or 'off'");
        s->scoped.autoescape = ct_parse_expression(p);
    }
    ct_expect_tag_end(p);
    parse_scoped_body(p, tag, s, "endautoescape");
}

/* ---- debug ---- */

/* What the page was given and what it has set, by name. Nothing where visitors would see it. */
ct_flow ct_exec_debug(ct_renderer *r, const ct_stmt *s)
{
    if (!r->engine->options.debug)
        return CT_FLOW_NEXT;
    ct_tdict *context = ct_tdict_new(r);
    r->at = s->place;
    for (size_t i = 0; i < r->input->pair_count; i++)
        ct_tdict_set(r, context, ct_t_str(ct_str_of(r->input->pairs[i].key)), ct_tval_of(r->input->pairs[i].value));
    for (uint32_t i = 0; i < r->page->exported.count; i++) {
        const ct_symbol *symbol = r->page->exported.items[i];
        ct_tdict_set(r, context, ct_t_str(symbol->name), r->page->exports[i]);
    }
    ct_buffer text = ct_text_begin(r);
    ct_buffer_str(&text, CT_STR("{'context': "));
    ct_tval_write_repr(r, &text, ct_t_dict(context));
    ct_buffer_char(&text, '}');
    ct_output(r, ct_text_end(r, &text), s->django);
    return CT_FLOW_NEXT;
}

void ct_tag_debug(ct_parser *p, const ct_token *tag)
{
    ct_stmt_new(p, ct_exec_debug, tag->text.data);
    ct_expect_tag_end(p);
}
