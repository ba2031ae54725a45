/* Tells Django's templates from Jinja's by what they use.
 *
 * The tokens are gone through once, tag by tag, for signs of either language; the first sign of Jinja settles it. What
 * both languages have, and what neither has, says nothing. So does what is inside of strings, behind a dot (`x.load`)
 * or in a tag that the lexer refused something of: of such a tag the name alone counts. */
#include "template/language.h"

#include "template/engine.h"
#include "template/function.h"
#include "template/parser.h"

typedef struct signs {
    ct_engine *engine; /* whose tests count, those of apps too */
    bool jinja, django;
} signs;

/* A tag or an output: its tokens without delimiters. */
typedef struct span {
    const ct_token *begin, *from, *to; /* from <= to; `to` is the token that ends it */
    ct_str name;                       /* of a tag */
    bool output, condition;            /* {{ }}; {% if %} and {% elif %} */
} span;

/* Tags of both whose arguments are expressions. The arguments of other tags are not looked at. */
static const char *const shared_tags[] = { "if", "elif", "for", "with", "include", "extends", "filter", NULL };

static const char *const operator_words[] = { "and", "or", "not", "in", "is", "if", "else", NULL };
static const char *const constants[] = { "None", "True", "False", "none", "true", "false", NULL };

/* ---- words and tokens ---- */

static bool is_one_of(ct_str word, const char *const *words)
{
    for (; *words; words++) {
        if (ct_str_eq(word, ct_str_of(*words)))
            return true;
    }
    return false;
}

static bool has_fn(const ct_fn *table, ct_str name)
{
    for (; table->name; table++) {
        if (ct_str_eq(name, ct_str_of(table->name)))
            return true;
    }
    return false;
}

static bool is_op(const ct_token *t, uint16_t op)
{
    return t->type == CT_TOKEN_OPERATOR && t->op == op;
}

static bool is_name(const ct_token *t, const char *name)
{
    return t->type == CT_TOKEN_NAME && ct_str_eq(t->text, ct_str_of(name));
}

/* Whether a value can end with this token, so that an operator may follow. The tokens before are the same tag's. */
static bool ends_value(const ct_token *t)
{
    if (t->type == CT_TOKEN_NAME)
        return is_op(t - 1, '.') || !is_one_of(t->text, operator_words);
    return t->type == CT_TOKEN_INTEGER || t->type == CT_TOKEN_REAL || t->type == CT_TOKEN_STRING || is_op(t, ')') ||
           is_op(t, ']') || is_op(t, '}');
}

/* ---- expressions ---- */

/* A name behind a pipe, or the first one of {% filter %}. */
static void judge_filter(signs *seen, const span *in, const ct_token *t)
{
    bool jinja = has_fn(ct_jinja_filters, t->text), django = has_fn(ct_django_filters, t->text);
    seen->jinja |= jinja && !django;
    seen->django |= django && !jinja;
    /* A colon at the very end is what Jinja allows after {% if x|length: %}. */
    seen->django |= is_op(t + 1, ':') && t + 2 < in->to;
}

/* `is defined` is Jinja's, `is None` both languages' and `is other` Django's way to compare, where `other` is no
 * test with a letter wrong. */
static void judge_test(signs *seen, const ct_token *is)
{
    const ct_token *test = is + 1 + is_name(is + 1, "not");
    if (test->type != CT_TOKEN_NAME)
        seen->django |= ends_value(test);
    else if (ct_engine_test(seen->engine, test->text))
        seen->jinja = true;
    else if (!is_one_of(test->text, constants))
        seen->django |= !ct_engine_suggest_test(seen->engine, test->text)[0];
}

static void judge_name(signs *seen, const span *in, const ct_token *t)
{
    if (is_op(t - 1, '.'))
        return;
    if (is_op(t - 1, '|')) {
        judge_filter(seen, in, t);
    } else if (is_name(t, "is")) {
        judge_test(seen, t);
        seen->jinja |= in->output && t > in->from;
    } else if (is_name(t, "if")) {
        seen->jinja |= t > in->from && ends_value(t - 1); /* a if b; for a in b if c */
    } else if (is_name(t, "loop")) {
        seen->jinja |= is_op(t + 1, '.');
    } else if (is_name(t, "forloop")) {
        seen->django = true;
    } else if (is_name(t, "block")) {
        seen->django |= is_op(t + 1, '.') && is_name(t + 2, "super");
    } else {
        seen->jinja |= in->output && is_one_of(t->text, operator_words);
    }
}

static void judge_operator(signs *seen, const span *in, const ct_token *t)
{
    switch (t->op) {
    case '(':
        seen->jinja |= !(is_name(t - 1, "_") && t[1].type == CT_TOKEN_STRING && is_op(t + 2, ')'));
        break;
    case '[':
    case '{':
    case '~':
    case '*':
    case '/':
    case '%':
    case CT_OP2('*', '*'):
    case CT_OP2('/', '/'):
        seen->jinja = true;
        break;
    case '+':
    case '-':
        seen->jinja |= t > in->from && ends_value(t - 1);
        break;
    case '<':
    case '>':
    case CT_OP2('=', '='):
    case CT_OP2('!', '='):
    case CT_OP2('<', '='):
    case CT_OP2('>', '='):
        seen->jinja |= !in->condition;
        break;
    case ',':
        seen->jinja |= in->output && t > in->from;
        break;
    default:
        break;
    }
}

static void judge_expression(signs *seen, const span *in)
{
    for (const ct_token *t = in->from; t < in->to && !seen->jinja; t++) {
        if (t->type == CT_TOKEN_NAME)
            judge_name(seen, in, t);
        else if (t->type == CT_TOKEN_OPERATOR)
            judge_operator(seen, in, t);
    }
}

/* ---- tags of both that are written differently ---- */

static void judge_block(signs *seen, const span *in)
{
    const ct_token *word = in->from + 1;
    seen->django |= word < in->to && is_op(word, '-') && !word->space_before; /* {% block side-bar %} */
    seen->jinja |= word < in->to && (is_name(word, "scoped") || is_name(word, "required"));
}

static void judge_for(signs *seen, const span *in)
{
    const ct_token *last = in->to - 1;
    if (in->to - in->from < 4)
        return;
    seen->django |= is_name(last, "reversed") && ends_value(last - 1);
    seen->jinja |= is_name(last, "recursive") && ends_value(last - 1);
    /* {% for key, value in map.items %}: in Jinja that is a method which is not called. */
    seen->django |= is_op(in->from + 1, ',') && is_op(last - 1, '.') && is_name(last, "items");
}

/* {% with a as b %} and {% with a=1 b=2 %} against {% with a=1, b=2 %}. */
static void judge_with(signs *seen, const span *in)
{
    for (const ct_token *t = in->from + 1; t < in->to; t++) {
        bool second = t->type == CT_TOKEN_NAME && ends_value(t - 1);
        seen->django |= second && (is_name(t, "as") || is_op(t + 1, '='));
        seen->jinja |= is_op(t, ',');
    }
}

static void judge_include(signs *seen, const span *in)
{
    for (const ct_token *t = in->from + 1; t < in->to; t++) {
        seen->jinja |= is_name(t, "ignore") && is_name(t + 1, "missing");
        seen->jinja |= (is_name(t, "with") || is_name(t, "without")) && is_name(t + 1, "context") && t + 2 == in->to;
        seen->django |= is_name(t, "with") && t[1].type == CT_TOKEN_NAME && is_op(t + 2, '=');
        seen->django |= is_name(t, "only") && t + 1 == in->to && ends_value(t - 1);
    }
}

/* Django translates the text that follows, Jinja what stands up to {% endtrans %}. */
static void judge_trans(signs *seen, const span *in)
{
    bool text = in->from < in->to && in->from->type == CT_TOKEN_STRING;
    seen->django |= text;
    seen->jinja |= in->from == in->to || is_op(in->from + 1, '=') || is_op(in->from + 1, ',');
}

static void judge_autoescape(signs *seen, const span *in)
{
    bool on_off = is_name(in->from, "on") || is_name(in->from, "off");
    seen->django |= on_off;
    seen->jinja |= !on_off;
}

static const struct {
    const char *tag;
    void (*judge)(signs *seen, const span *in);
} written_differently[] = {
    { "block", judge_block },
    { "endblock", judge_block },
    { "for", judge_for },
    { "with", judge_with },
    { "include", judge_include },
    { "trans", judge_trans },
    { "autoescape", judge_autoescape },
};

static void judge_arguments(signs *seen, const span *in)
{
    for (size_t i = 0; i < CT_COUNT(written_differently); i++) {
        if (ct_str_eq(in->name, ct_str_of(written_differently[i].tag)))
            written_differently[i].judge(seen, in);
    }
    if (ct_str_eq(in->name, CT_STR("filter")) && in->from->type == CT_TOKEN_NAME)
        judge_filter(seen, in, in->from);
    if (is_one_of(in->name, shared_tags))
        judge_expression(seen, in);
}

/* ---- tags ---- */

static bool is_begin(const ct_token *t)
{
    return t->type == CT_TOKEN_OUTPUT_BEGIN || t->type == CT_TOKEN_TAG_BEGIN;
}

static bool is_inside(const ct_token *t)
{
    return t->type >= CT_TOKEN_NAME && t->type <= CT_TOKEN_OPERATOR;
}

/* What only Jinja can have around a tag: signs that strip whitespace, lines, a tag over several lines. */
static bool is_jinja_tag(const span *in)
{
    bool line_statement = in->begin->text.data[0] != '{' || in->to->text.length < 2;
    return line_statement || in->begin->text.length > 2 || in->to->text.length > 2 || in->to->line != in->begin->line;
}

/* Judges the tag that begins at `begin`; returns where to go on. */
static const ct_token *judge_tag(signs *seen, const ct_token *begin)
{
    span in = { .begin = begin, .from = begin + 1, .to = begin + 1, .output = begin->type == CT_TOKEN_OUTPUT_BEGIN };
    if (!in.output && in.from->type == CT_TOKEN_NAME) {
        in.name = in.from->text;
        in.from = ++in.to;
        in.condition = ct_str_eq(in.name, CT_STR("if")) || ct_str_eq(in.name, CT_STR("elif"));
        const ct_tag *tag = ct_tag_find(in.name);
        seen->jinja |= tag && tag->language == 'j';
        seen->django |= tag && tag->language == 'd';
    }
    while (is_inside(in.to))
        in.to++;
    if (in.to->type != CT_TOKEN_OUTPUT_END && in.to->type != CT_TOKEN_TAG_END)
        return in.to;
    seen->jinja |= is_jinja_tag(&in);
    if (in.output)
        judge_expression(seen, &in);
    else if (in.name.length)
        judge_arguments(seen, &in);
    return in.to;
}

ct_language ct_language_of(ct_engine *engine, const ct_tokens *tokens)
{
    signs seen = { .engine = engine, .jinja = tokens->hidden_jinja, .django = tokens->hidden_django };
    for (const ct_token *t = tokens->items; t->type != CT_TOKEN_END && !seen.jinja;)
        t = is_begin(t) ? judge_tag(&seen, t) : t + 1;
    if (seen.jinja)
        return CT_LANGUAGE_JINJA;
    return seen.django ? CT_LANGUAGE_DJANGO : CT_LANGUAGE_AUTO;
}
