/* The arguments of Django's tags: see tag_args.h.
 *
 * Django cuts a tag at its spaces and looks at the pieces; here the tokens are read in order, and the space before a
 * token tells where a piece begins. `as` is a keyword only where one piece and the end of the tag follow it: elsewhere
 * it is a variable like any other, as in Django. That piece is a name whatever is in it, such as row-class. */
#include "template/tag_args.h"

#include "template/engine.h"
#include "template/eval.h"

#define MAX_ARGUMENTS 250 /* where some have names, for each is compared with those before it */

void ct_arguments_add(ct_parser *p, ct_arguments *arguments, ct_str name, const ct_node *value)
{
    arguments->items = ct_engine_grown(p->engine, arguments->items, arguments->count, sizeof(*arguments->items), 4);
    arguments->items[arguments->count++] = (ct_argument){ .name = name, .value = value };
}

const ct_node *ct_parse_django_operand(ct_parser *p, ct_missing missing)
{
    bool django = p->django;
    p->django = true;
    const ct_node *n = ct_parse_operand(p, missing);
    p->django = django;
    return n;
}

const ct_node *ct_parse_argument(ct_parser *p, ct_missing missing)
{
    if (!p->at->space_before && !ct_at_type(p, CT_TOKEN_TAG_END) && !ct_at_type(p, CT_TOKEN_ERROR))
        ct_unexpected(p, "a space");
    return ct_parse_django_operand(p, missing);
}

static bool is_op(const ct_token *token, uint16_t op)
{
    return token->type == CT_TOKEN_OPERATOR && token->op == op;
}

bool ct_at_keyword(const ct_parser *p)
{
    return ct_at_type(p, CT_TOKEN_NAME) && is_op(&p->at[1], '=') && !p->at[1].space_before && !p->at[2].space_before;
}

ct_str ct_parse_keyword(ct_parser *p, ct_missing missing, const ct_node **ret_value)
{
    ct_str name = p->at->text;
    p->at += 2;
    *ret_value = ct_parse_django_operand(p, missing);
    return name;
}

static void parse_keyword(ct_parser *p, ct_arguments *arguments, ct_missing missing)
{
    const ct_node *value;
    ct_str name = ct_parse_keyword(p, missing, &value);
    if (arguments->count >= MAX_ARGUMENTS)
        ct_parse_fail(p, name.data, "more than %d arguments", MAX_ARGUMENTS);
    for (uint32_t i = 0; i < arguments->count; i++)
        if (ct_str_eq(arguments->items[i].name, name))
            ct_parse_fail(p, name.data, "the keyword argument '%.*s' comes twice", CT_STR_ARG(name));
    ct_arguments_add(p, arguments, name, value);
}

void ct_parse_arguments(ct_parser *p, ct_arguments *arguments, ct_missing missing)
{
    bool keywords = false;
    while (!ct_at_type(p, CT_TOKEN_TAG_END) && !ct_at_as(p)) {
        if (ct_at_keyword(p)) {
            keywords = true;
            parse_keyword(p, arguments, missing);
            continue;
        }
        if (keywords)
            ct_parse_fail(p, p->at->text.data, "a positional argument follows a keyword argument");
        ct_arguments_add(p, arguments, (ct_str){ 0 }, ct_parse_argument(p, missing));
    }
}

ct_str ct_take_word(ct_parser *p, const char *what)
{
    if (ct_at_type(p, CT_TOKEN_TAG_END) || ct_at_type(p, CT_TOKEN_ERROR) || ct_at_type(p, CT_TOKEN_END))
        ct_unexpected(p, what);
    ct_str word = (p->at++)->text;
    while (!p->at->space_before && !ct_at_type(p, CT_TOKEN_TAG_END)) {
        if (ct_at_type(p, CT_TOKEN_ERROR) || ct_at_type(p, CT_TOKEN_END))
            ct_unexpected(p, what);
        word.length = (size_t)(p->at->text.data + p->at->text.length - word.data);
        p->at++;
    }
    return word;
}

/* Whether the word that begins at the token is the last one of its tag. */
static bool is_last_word(const ct_token *token)
{
    if (token->type == CT_TOKEN_TAG_END)
        return false;
    do
        token++;
    while (token->type > CT_TOKEN_TAG_END && token->type < CT_TOKEN_ERROR && !token->space_before);
    return token->type == CT_TOKEN_TAG_END;
}

bool ct_at_last_word(const ct_parser *p)
{
    return is_last_word(p->at);
}

bool ct_at_as(const ct_parser *p)
{
    return ct_at_name(p, "as") && p->at[1].space_before && is_last_word(&p->at[1]);
}

ct_result ct_parse_result(ct_parser *p)
{
    ct_result result = { 0 };
    if (ct_at_as(p)) {
        p->at++;
        ct_str name = ct_take_word(p, "the name of a variable");
        result = (ct_result){ .named = true, .target = ct_name_target(p, name, name.data) };
    }
    ct_expect_tag_end(p);
    return result;
}

ct_result ct_parse_variable(ct_parser *p)
{
    if (!ct_at_as(p))
        ct_unexpected(p, "'as' and the name of a variable");
    return ct_parse_result(p);
}

ct_tval ct_eval_argument(ct_renderer *r, const ct_node *n)
{
    return ct_django_present(r, n, ct_eval_node(r, n));
}

void ct_result_give(ct_renderer *r, const ct_result *result, ct_tval v, bool django)
{
    if (result->named)
        ct_assign(r, &result->target, v);
    else
        ct_output(r, v, django);
}

void ct_result_written(ct_renderer *r, const ct_result *result, size_t start)
{
    if (result->named)
        ct_assign(r, &result->target, ct_capture_end(r, start));
}
