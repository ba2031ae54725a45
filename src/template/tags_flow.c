/* The tags that decide and repeat: if, for, break, continue. */
#include "template/exec.h"
#include "template/parser.h"

/* ---- if ---- */

static void add_branch(ct_parser *p, ct_stmt *s, const ct_branch *branch)
{
    ct_branch *branches = ct_engine_grown(p->engine, s->choice.branches, s->choice.count, sizeof(*branches), 1);
    branches[s->choice.count++] = *branch;
    s->choice.branches = branches;
}

void ct_tag_if(ct_parser *p, const ct_token *tag)
{
    static const char *const ends[] = { "endif", "elif", "else", NULL };
    uint32_t end = 1;
    ct_stmt *s = ct_stmt_new(p, ct_exec_if, tag->text.data);
    p->branches++;
    while (end) {
        bool is_else = end == 2;
        ct_branch branch = { .condition = is_else ? NULL : ct_parse_condition(p) };
        ct_expect_tag_end(p);
        branch.body = ct_parse_body(p, tag, ends, &end);
        if (is_else && end)
            ct_parse_fail(p, p->at[-1].text.data, "nothing but 'endif' can follow 'else'");
        add_branch(p, s, &branch);
    }
    ct_expect_tag_end(p);
    p->branches--;
}

/* ---- for ---- */

/* The names of the loop's own variables. */
static void declare_loop(ct_parser *p, ct_for *loop)
{
    loop->loop_slot = ct_declare(p, ct_engine_symbol(p->engine, p->django ? CT_STR("forloop") : CT_STR("loop")));
    ct_declare_slot(p, ct_engine_symbol(p->engine, p->django ? CT_STR("loop") : CT_STR("forloop")), loop->loop_slot);
}

/* After `in`: what is walked, and how. */
static void parse_iterable(ct_parser *p, ct_for *loop)
{
    loop->iterable = p->django ? ct_parse_operand(p, CT_MISSING_NONE) : ct_parse_iterable(p);
    loop->reversed = ct_take_name(p, "reversed");
}

/* The name of the variable of {% for x in x.children %} means the one outside while the iterable is read. */
static const ct_token *after_target(ct_parser *p)
{
    const ct_token *token = p->at;
    while (token->type != CT_TOKEN_TAG_END && token->type != CT_TOKEN_END &&
           !(token->type == CT_TOKEN_NAME && ct_str_eq(token->text, CT_STR("in"))))
        token++;
    return token;
}

/* Where `in` should stand. */
static const ct_token *behind_names(const ct_token *token)
{
    for (bool wanted = true;; token++) {
        bool op = token->type == CT_TOKEN_OPERATOR;
        if (wanted && token->type == CT_TOKEN_NAME)
            wanted = false;
        else if (!wanted && op && token->op == ',')
            wanted = true;
        else if (!op || token->op != (wanted ? '(' : ')'))
            return token;
    }
}

static void parse_head(ct_parser *p, ct_for *loop)
{
    static const char *const in[] = { "in", NULL };
    const ct_token *target = p->at, *after = after_target(p);
    p->at = after;
    if (!ct_take_name(p, "in")) {
        p->at = behind_names(target);
        ct_unexpected(p, "'in'");
    }
    parse_iterable(p, loop);
    const ct_token *rest = p->at;
    loop->scope = ct_scope_open(p);
    loop->first_slot = ct_unit_slots(p);
    p->at = target;
    loop->target = ct_parse_target(p, false, in);
    if (p->at != after)
        ct_unexpected(p, "'in'");
    p->at = rest;
    if (!p->django && ct_places_find(&loop->scope->symbols, ct_engine_symbol(p->engine, CT_STR("loop"))) >= 0)
        ct_parse_fail(p, target->text.data, "'loop' is the loop itself: the variable needs another name");
    declare_loop(p, loop);
    loop->fixed = loop->scope->symbols.count;
}

static void parse_condition(ct_parser *p, ct_for *loop)
{
    int32_t outer = p->loop_slot;
    p->loop_slot = -1;
    if (!p->django && ct_take_name(p, "if"))
        loop->condition = ct_parse_expression(p);
    p->loop_slot = outer;
    if (!p->django && ct_take_name(p, "recursive"))
        loop->recursive = true;
    ct_expect_tag_end(p);
}

static uint32_t parse_loop_body(ct_parser *p, const ct_token *tag, ct_for *loop)
{
    static const char *const ends[] = { "endfor", "else", "empty", NULL };
    bool outer_used = p->loop_used;
    int32_t outer_slot = p->loop_slot;
    uint32_t end;
    p->loop_slot = loop->loop_slot;
    p->loop_used = false;
    p->parent_used = false;
    p->loops++;
    loop->body = ct_parse_body(p, tag, ends, &end);
    p->loops--;
    loop->simple = !p->loop_used && !loop->recursive && !loop->condition && loop->target.slot >= 0;
    p->loop_slot = outer_slot;
    p->loop_used = outer_used;
    return end;
}

/* What `parentloop` is: the loop around it, which in Django may be one of another template or block. */
static void find_outer_loop(ct_parser *p, ct_for *loop)
{
    if (!loop->simple && p->parent_used && (p->django || p->loop_slot >= 0))
        loop->outer = ct_name_node(p, ct_engine_symbol(p->engine, CT_STR("forloop")), loop->iterable->place);
}

void ct_tag_for(ct_parser *p, const ct_token *tag)
{
    static const char *const last[] = { "endfor", NULL };
    ct_for *loop = ct_engine_take(p->engine, sizeof(*loop));
    ct_stmt *s = ct_stmt_new(p, ct_exec_for, tag->text.data);
    bool top_level = p->top_level;
    s->loop.loop = loop;
    loop->django = p->django;
    p->top_level = false;
    p->branches++;
    parse_head(p, loop);
    parse_condition(p, loop);
    bool outer_parent_used = p->parent_used;
    uint32_t end = parse_loop_body(p, tag, loop);
    loop->end_slot = ct_unit_slots(p);
    ct_scope_close(p, (ct_scope *)loop->scope);
    find_outer_loop(p, loop);
    p->parent_used |= outer_parent_used;
    if (end) {
        ct_expect_tag_end(p);
        ct_scope *scope = ct_scope_open(p);
        loop->otherwise = ct_parse_body(p, tag, last, &end);
        ct_scope_close(p, scope);
    }
    ct_expect_closed(p);
    p->branches--;
    p->top_level = top_level;
}

static void jump(ct_parser *p, const ct_token *tag, ct_exec *exec)
{
    if (!p->loops)
        ct_parse_fail(p, tag->text.data, "'%.*s' outside of a loop", CT_STR_ARG(tag->text));
    ct_stmt_new(p, exec, tag->text.data);
    ct_expect_tag_end(p);
}

void ct_tag_break(ct_parser *p, const ct_token *tag)
{
    jump(p, tag, ct_exec_break);
}

void ct_tag_continue(ct_parser *p, const ct_token *tag)
{
    jump(p, tag, ct_exec_continue);
}
