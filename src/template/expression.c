/* Expressions: Jinja's grammar (3.1, "Expressions"), with what Django's adds and where it differs.
 *
 * Binding, loosest first: a if b else c; or; and; not; comparisons and `in`; + -; ~; * / // %; **; signs; and tightest
 * .name [item] (call) |filter `is` test. As in Jinja a sign binds tighter than ** and filters tighter than signs do
 * not: -1|abs is (-1)|abs.
 *
 * Django's arguments have no operators: ct_parse_operand() reads literals and variables with their filters; the
 * operators of its {% if %} are those of ct_parse_condition(). */
#include "template/parser.h"

#include "template/eval.h"
#include "template/loop.h"
#include "template/trans.h"

#include <locale.h>
#include <stdlib.h>
#include <uniname.h>
#include <unistr.h>

/* Any number of nodes, gathered while parsing; past `room` they move to the engine's memory. */
typedef struct {
    const ct_node *room[8];
    const ct_node **items;
    uint32_t count;
} gathered;

static void gather(ct_parser *p, gathered *g, const ct_node *n)
{
    if (g->count < CT_COUNT(g->room))
        g->items = g->room;
    else
        g->items = ct_engine_grown(p->engine, g->items, g->count, sizeof(*g->items), CT_COUNT(g->room));
    g->items[g->count++] = n;
}

static const ct_node *const *kept(ct_parser *p, const gathered *g)
{
    if (!g->count)
        return NULL;
    const ct_node **items = ct_engine_take(p->engine, g->count * sizeof(*items));
    memcpy(items, g->items, g->count * sizeof(*items));
    return items;
}

ct_node *ct_node_new(ct_parser *p, ct_eval *eval, const char *place)
{
    ct_node *n = ct_engine_take(p->engine, sizeof(*n));
    n->eval = eval;
    n->place = place;
    n->django = p->django;
    return n;
}

#define MAX_NODE_DEPTH 100

/* Notes that `child` is below `n`. Evaluating goes down the tree on the C stack: a chain of operations is as deep as it
 * is long, so its length has a limit. */
static void below(ct_parser *p, ct_node *n, const ct_node *child)
{
    if (!child || child->depth < n->depth)
        return;
    if (child->depth >= MAX_NODE_DEPTH)
        ct_parse_fail(p, n->place, "more than %d operations one upon the other: set a variable to a part of them",
                      MAX_NODE_DEPTH);
    n->depth = (uint8_t)(child->depth + 1);
}

static void below_args(ct_parser *p, ct_node *n, const ct_args *args)
{
    for (uint32_t i = 0; i < args->count; i++)
        below(p, n, args->positional[i]);
    for (uint32_t i = 0; i < args->named_count; i++)
        below(p, n, args->named[i]);
    below(p, n, args->rest);
    below(p, n, args->named_rest);
}

const ct_node *ct_constant(ct_parser *p, const char *place, ct_tval value)
{
    ct_node *n = ct_node_new(p, ct_eval_constant, place);
    n->kind = CT_NODE_CONSTANT;
    n->value = value;
    return n;
}

bool ct_is_constant_text(const ct_node *n, ct_str *ret_text)
{
    if (n->kind != CT_NODE_CONSTANT || !ct_t_is_text(n->value))
        return false;
    *ret_text = ct_t_get_str(n->value);
    return true;
}

static ct_node *binary(ct_parser *p, ct_eval *eval, const char *place, const ct_node *left, const ct_node *right)
{
    ct_node *n = ct_node_new(p, eval, place);
    n->binary.left = left;
    n->binary.right = right;
    below(p, n, left);
    below(p, n, right);
    return n;
}

/* ---- literals ---- */

/* `negative`: a sign stands before it, with which the number may be one more. */
static const ct_node *integer(ct_parser *p, const ct_token *token, bool negative)
{
    char digits[64];
    size_t length = 0;
    ct_str text = token->text;
    for (size_t i = 0; i < text.length && length < sizeof(digits) - 1; i++)
        if (text.data[i] != '_')
            digits[length++] = text.data[i];
    digits[length] = '\0';
    int base = 10;
    const char *start = digits;
    if (digits[0] == '0' && length > 1) {
        char kind = ct_ascii_lower(digits[1]);
        base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
        start += base == 10 ? 0 : 2;
    }
    uint64_t value = 0, most = (uint64_t)INT64_MAX + negative;
    for (; *start; start++) {
        int digit = *start <= '9' ? *start - '0' : ct_ascii_lower(*start) - 'a' + 10;
        if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value) || value > most)
            ct_parse_fail(p, text.data, "the number %.*s is too large: whole numbers have 64 bits",
                          (int)CT_MIN(text.length, (size_t)80), text.data);
    }
    return ct_constant(p, text.data, ct_t_int((int64_t)(negative ? 0 - value : value)));
}

/* A number with a point or an exponent, whatever the locale's decimal point is. */
static double read_real(const char *text)
{
    static locale_t c_locale;
    if (!c_locale)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

static const ct_node *real(ct_parser *p, const ct_token *token)
{
    char digits[512];
    size_t length = 0;
    ct_str text = token->text;
    if (text.length >= sizeof(digits))
        ct_parse_fail(p, text.data, "a number of more than %zu characters", sizeof(digits) - 1);
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] != '_')
            digits[length++] = text.data[i];
    digits[length] = '\0';
    return ct_constant(p, text.data, ct_t_real(read_real(digits)));
}

static int hex_value(char ch)
{
    return ch >= '0' && ch <= '9'   ? ch - '0'
           : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
           : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10
                                    : -1;
}

/* \xHH, \uHHHH or \UHHHHHHHH of `count` digits at `at`. */
static size_t unescape_code(ct_parser *p, const char *at, const char *end, int count, char *out)
{
    uint32_t code = 0;
    for (int i = 0; i < count; i++) {
        int digit = at + i < end ? hex_value(at[i]) : -1;
        if (digit < 0)
            ct_parse_fail(p, at, "an escape of %d hexadecimal digits is cut short", count);
        code = code << 4 | (uint32_t)digit;
    }
    int length = code ? u8_uctomb((uint8_t *)out, code, 6) : -1;
    if (length < 0)
        ct_parse_fail(p, at, "the escape stands for no character that text can have");
    return (size_t)length;
}

/* \N{SNOWMAN} */
static size_t unescape_name(ct_parser *p, const char **at, const char *end, char *out)
{
    char name[128];
    const char *start = *at + 2, *close = memchr(start, '}', (size_t)(end - start));
    ucs4_t code = UNINAME_INVALID;
    if (close && (size_t)(close - start) < sizeof(name)) {
        memcpy(name, start, (size_t)(close - start));
        name[close - start] = '\0';
        code = unicode_name_character(name);
    }
    if (code == UNINAME_INVALID)
        ct_parse_fail(p, *at, "there is no character of this name");
    *at = close + 1;
    return (size_t)u8_uctomb((uint8_t *)out, code, 6);
}

/* One escape after the backslash, as in a Python string. Steps *at over it; returns how many bytes it gave. */
static size_t unescape(ct_parser *p, const char **at, const char *end, char *out)
{
    static const char names[] = "abfnrtv\\'\"", values[] = "\a\b\f\n\r\t\v\\'\"";
    char ch = **at;
    const char *simple = ch ? strchr(names, ch) : NULL;
    if (simple) {
        *out = values[simple - names];
        (*at)++;
        return 1;
    }
    if (ch == 'N' && *at + 1 < end && (*at)[1] == '{')
        return unescape_name(p, at, end, out);
    int digits = ch == 'x' ? 2 : ch == 'u' ? 4 : ch == 'U' ? 8 : 0;
    if (digits) {
        size_t length = unescape_code(p, *at + 1, end, digits, out);
        *at += 1 + digits;
        return length;
    }
    if (ch >= '0' && ch <= '7') {
        uint32_t code = 0;
        const char *start = *at;
        for (int i = 0; i < 3 && *at < end && **at >= '0' && **at <= '7'; i++)
            code = code * 8 + (uint32_t)(*(*at)++ - '0');
        if (!code)
            ct_parse_fail(p, start, "text cannot have a NUL");
        return (size_t)u8_uctomb((uint8_t *)out, code, 6);
    }
    if (ch == '\n') { /* a line that goes on */
        (*at)++;
        return 0;
    }
    out[0] = '\\'; /* no escape: it stays as it is */
    out[1] = ch;
    (*at)++;
    return 2;
}

ct_str ct_unquote(ct_parser *p, const ct_token *token)
{
    ct_str body = { token->text.data + 1, token->text.length - 2 };
    if (!memchr(body.data, '\\', body.length))
        return body;
    char *out = ct_engine_take(p->engine, body.length + 8);
    size_t length = 0;
    const char *at = body.data, *end = body.data + body.length;
    while (at < end) {
        if (*at != '\\' || at + 1 == end) {
            out[length++] = *at++;
        } else if (p->django) {
            if (at[1] == '\\' || at[1] == token->text.data[0])
                at++;
            out[length++] = *at++;
        } else {
            at++;
            length += unescape(p, &at, end, out + length);
        }
    }
    return (ct_str){ out, length };
}

/* Strings that follow one another are one. Django's are safe: their author wrote them as HTML. */
static const ct_node *string(ct_parser *p)
{
    const char *place = p->at->text.data;
    ct_str text = ct_unquote(p, p->at++);
    while (!p->django && ct_at_type(p, CT_TOKEN_STRING)) {
        ct_str more = ct_unquote(p, p->at++);
        char *joined = ct_engine_take(p->engine, text.length + more.length + 1);
        memcpy(joined, text.data, text.length);
        memcpy(joined + text.length, more.data, more.length);
        text = (ct_str){ joined, text.length + more.length };
    }
    return ct_constant(p, place, p->django ? ct_t_safe_str(text) : ct_t_str(text));
}

/* ---- primaries ---- */

static const ct_node *list_node(ct_parser *p, ct_eval *eval, const char *place, const gathered *items)
{
    ct_node *n = ct_node_new(p, eval, place);
    n->list.items = kept(p, items);
    n->list.count = items->count;
    for (uint32_t i = 0; i < items->count; i++)
        below(p, n, n->list.items[i]);
    if (eval == ct_eval_tuple)
        n->kind = CT_NODE_TUPLE;
    return n;
}

static const ct_node *parse_list(ct_parser *p)
{
    const char *place = (p->at++)->text.data;
    gathered items = { 0 };
    while (!ct_at_op(p, ']')) {
        if (items.count)
            ct_expect_op(p, ',');
        if (ct_at_op(p, ']'))
            break;
        gather(p, &items, ct_parse_expression(p));
    }
    ct_expect_op(p, ']');
    return list_node(p, ct_eval_list, place, &items);
}

static const ct_node *parse_dict(ct_parser *p)
{
    const char *place = (p->at++)->text.data;
    gathered items = { 0 };
    while (!ct_at_op(p, '}')) {
        if (items.count)
            ct_expect_op(p, ',');
        if (ct_at_op(p, '}'))
            break;
        gather(p, &items, ct_parse_expression(p));
        ct_expect_op(p, ':');
        gather(p, &items, ct_parse_expression(p));
    }
    ct_expect_op(p, '}');
    return list_node(p, ct_eval_dict, place, &items);
}

/* Where a tuple without parentheses ends. */
static bool at_tuple_end(const ct_parser *p)
{
    return ct_at_type(p, CT_TOKEN_TAG_END) || ct_at_type(p, CT_TOKEN_OUTPUT_END) || ct_at_op(p, ')') ||
           ct_at_name(p, "recursive");
}

static const ct_node *parse_tuple(ct_parser *p, const ct_node *(*parse)(ct_parser *p), bool empty)
{
    const char *place = p->at->text.data;
    gathered items = { 0 };
    bool several = false;
    for (;;) {
        if (items.count)
            ct_expect_op(p, ',');
        if (at_tuple_end(p))
            break;
        gather(p, &items, parse(p));
        if (!ct_at_op(p, ','))
            break;
        several = true;
    }
    if (!several && items.count)
        return items.items[0];
    if (!several && !empty)
        ct_unexpected(p, "an expression");
    return list_node(p, ct_eval_tuple, place, &items);
}

static bool constant_name(const ct_parser *p, ct_tval *ret_value)
{
    static const struct {
        const char *name;
        bool jinja_only;
        int8_t value; /* -1: None */
    } names[] = { { "True", false, 1 }, { "False", false, 0 }, { "None", false, -1 },
                  { "true", true, 1 },  { "false", true, 0 },  { "none", true, -1 } };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        if (ct_at_name(p, names[i].name) && !(p->django && names[i].jinja_only)) {
            *ret_value = names[i].value < 0 ? ct_t_none() : ct_t_bool(names[i].value);
            return true;
        }
    return false;
}

static const ct_node *parse_name(ct_parser *p)
{
    const ct_token *token = p->at;
    ct_tval value;
    if (constant_name(p, &value)) {
        p->at++;
        return ct_constant(p, token->text.data, value);
    }
    p->at++;
    if (ct_str_eq(token->text, CT_STR("_")) && p->django && ct_at_op(p, '(')) {
        p->at++;
        if (!ct_at_type(p, CT_TOKEN_STRING))
            ct_unexpected(p, "a text to translate");
        ct_str text = ct_unquote(p, p->at++);
        ct_expect_op(p, ')');
        return ct_translated_node(p, token->text.data, text);
    }
    if (p->django && token->text.data[0] == '_')
        ct_parse_fail(p, token->text.data, "variables cannot begin with '_': '%.*s'", CT_STR_ARG(token->text));
    const ct_node *n = ct_name_node(p, ct_engine_symbol(p->engine, token->text), token->text.data);
    p->parent_used |= n->name.slot == p->loop_slot && !ct_at_op(p, '.'); /* the loop is shown or handed on */
    return n;
}

static const ct_node *parse_primary(ct_parser *p)
{
    switch ((ct_token_type)p->at->type) {
    case CT_TOKEN_NAME:
        return parse_name(p);
    case CT_TOKEN_STRING:
        return string(p);
    case CT_TOKEN_INTEGER:
        return integer(p, p->at++, false);
    case CT_TOKEN_REAL:
        return real(p, p->at++);
    default:
        break;
    }
    if (p->django)
        ct_unexpected(p, "a variable or a literal");
    if (ct_take_op(p, '(')) {
        const ct_node *n = parse_tuple(p, ct_parse_expression, true);
        ct_expect_op(p, ')');
        return n;
    }
    if (ct_at_op(p, '['))
        return parse_list(p);
    if (ct_at_op(p, '{'))
        return parse_dict(p);
    ct_unexpected(p, "an expression");
}

/* ---- what follows a primary ---- */

static const ct_node *item_node(ct_parser *p, const char *place, const ct_node *of, const ct_node *key)
{
    return binary(p, ct_eval_item, place, of, key);
}

/* A block of the parent, with the variables of this place. */
static void note_super(ct_parser *p, ct_node *n)
{
    n->eval = ct_eval_super;
    n->attribute.scope = p->scope;
    ct_unit_capture(p);
    ct_note_loop(p);
}

static const ct_node *attribute_node(ct_parser *p, const char *place, const ct_node *of, ct_str name)
{
    ct_node *n = ct_node_new(p, p->django ? ct_eval_lookup : ct_eval_attribute, place);
    n->kind = CT_NODE_ATTRIBUTE;
    n->attribute.of = of;
    below(p, n, of);
    n->attribute.name = ct_engine_symbol(p->engine, name)->name;
    n->attribute.cache = ct_engine_take(p->engine, sizeof(*n->attribute.cache));
    n->attribute.cache->loop = ct_loop_attribute(name);
    n->attribute.cache->plain = !ct_engine_method(p->engine, CT_T_DICT, name);
    n->fails = !(n->attribute.cache->loop && of->kind == CT_NODE_NAME && of->name.slot == p->loop_slot);
    p->parent_used |= ct_str_eq(name, CT_STR("parentloop"));
    if (p->template->language == CT_LANGUAGE_DJANGO && ct_str_eq(name, CT_STR("super")))
        note_super(p, n);
    return n;
}

/* self.name() shows a block, which must be there; without the call it may be asked whether it is. */
static void note_self(ct_parser *p, const ct_node *of, ct_str name)
{
    if (of->kind == CT_NODE_NAME && of->name.slot < 0 && ct_str_eq(of->name.symbol->name, CT_STR("self")) &&
        ct_at_op(p, '('))
        ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_SELF, .name = name, .optional = p->branches > 0 },
                         name.data);
}

static const ct_node *parse_dot(ct_parser *p, const ct_node *of)
{
    p->at++;
    const ct_token *token = p->at;
    if (ct_at_type(p, CT_TOKEN_NAME)) {
        p->at++;
        if (p->django && token->text.data[0] == '_')
            ct_parse_fail(p, token->text.data, "names that begin with '_' cannot be looked up: '%.*s'",
                          CT_STR_ARG(token->text));
        if (!p->django)
            note_self(p, of, token->text);
        return attribute_node(p, token->text.data, of, token->text);
    }
    if (!ct_at_type(p, CT_TOKEN_INTEGER))
        ct_unexpected(p, "a name or a number");
    if (p->django) {
        p->at++;
        return attribute_node(p, token->text.data, of, token->text);
    }
    const ct_node *index = integer(p, p->at++, false);
    return item_node(p, token->text.data, of, index);
}

/* One of the comma-separated things in brackets: an expression or a slice. */
static const ct_node *parse_subscribed(ct_parser *p, const ct_node *of, bool *ret_slice)
{
    const char *place = p->at->text.data;
    const ct_node *parts[3] = { NULL, NULL, NULL };
    *ret_slice = false;
    if (!ct_at_op(p, ':')) {
        parts[0] = ct_parse_expression(p);
        if (!ct_at_op(p, ':'))
            return parts[0];
    }
    *ret_slice = true;
    for (int i = 1; i < 3 && ct_take_op(p, ':'); i++)
        if (!ct_at_op(p, ':') && !ct_at_op(p, ']') && !ct_at_op(p, ','))
            parts[i] = ct_parse_expression(p);
    ct_node *n = ct_node_new(p, ct_eval_slice, place);
    n->slice.of = of;
    below(p, n, of);
    for (int i = 0; i < 3; i++)
        below(p, n, parts[i]);
    n->slice.start = parts[0];
    n->slice.stop = parts[1];
    n->slice.step = parts[2];
    return n;
}

static const ct_node *parse_brackets(ct_parser *p, const ct_node *of)
{
    const char *place = (p->at++)->text.data;
    gathered items = { 0 };
    bool slice = false;
    while (!ct_at_op(p, ']')) {
        if (items.count)
            ct_expect_op(p, ',');
        if (slice)
            ct_parse_fail(p, place, "a slice stands alone in its brackets");
        gather(p, &items, parse_subscribed(p, of, &slice));
    }
    ct_expect_op(p, ']');
    if (slice && items.count == 1)
        return items.items[0];
    if (slice)
        ct_parse_fail(p, place, "a slice stands alone in its brackets");
    return item_node(p, place, of, items.count == 1 ? items.items[0] : list_node(p, ct_eval_tuple, place, &items));
}

static bool is_keyword_argument(const ct_parser *p)
{
    return ct_at_type(p, CT_TOKEN_NAME) && p->at[1].type == CT_TOKEN_OPERATOR && p->at[1].op == '=';
}

const ct_args *ct_parse_args(ct_parser *p, const ct_node *first)
{
    ct_args *args = ct_engine_take(p->engine, sizeof(*args));
    gathered positional = { 0 }, named = { 0 };
    ct_str names[32];
    bool comma = false;
    if (first)
        gather(p, &positional, first);
    while (!ct_at_op(p, ')')) {
        const char *place = p->at->text.data;
        if (comma)
            ct_expect_op(p, ',');
        comma = true;
        if (ct_at_op(p, ')'))
            break;
        if (args->named_rest || (args->rest && !is_keyword_argument(p) && !ct_at_op(p, CT_OP2('*', '*'))))
            ct_parse_fail(p, place, "nothing but keyword arguments can follow *, and nothing **");
        if (ct_take_op(p, '*')) {
            args->rest = ct_parse_expression(p);
        } else if (ct_take_op(p, CT_OP2('*', '*'))) {
            args->named_rest = ct_parse_expression(p);
        } else if (is_keyword_argument(p)) {
            if (named.count == CT_COUNT(names))
                ct_parse_fail(p, place, "more than %zu keyword arguments", CT_COUNT(names));
            for (uint32_t i = 0; i < named.count; i++)
                if (ct_str_eq(names[i], p->at->text))
                    ct_parse_fail(p, place, "the keyword argument '%.*s' comes twice", CT_STR_ARG(p->at->text));
            names[named.count] = p->at->text;
            p->at += 2;
            gather(p, &named, ct_parse_expression(p));
        } else {
            if (named.count)
                ct_parse_fail(p, place, "a positional argument follows a keyword argument");
            gather(p, &positional, ct_parse_expression(p));
        }
    }
    ct_expect_op(p, ')');
    if (positional.count > UINT16_MAX)
        ct_parse_fail(p, p->at[-1].text.data, "more than %d arguments", UINT16_MAX);
    args->positional = kept(p, &positional);
    args->count = (uint16_t)positional.count;
    args->named = kept(p, &named);
    args->named_count = (uint16_t)named.count;
    if (named.count) {
        ct_str *copy = ct_engine_take(p->engine, named.count * sizeof(*copy));
        memcpy(copy, names, named.count * sizeof(*copy));
        args->names = copy;
    }
    return args;
}

/* A text that stands in the template is HTML of its author, and so is its translation; any other is not. */
static void trust_messages(const ct_node *callee, const ct_args *args)
{
    static const struct {
        const char *name;
        uint32_t first; /* of the messages: what is before is their context */
    } functions[] = { { "_", 0 }, { "gettext", 0 }, { "ngettext", 0 }, { "pgettext", 1 }, { "npgettext", 1 } };
    for (size_t i = 0; callee->kind == CT_NODE_NAME && i < CT_COUNT(functions); i++)
        if (ct_str_eq(callee->name.symbol->name, ct_str_of(functions[i].name)))
            for (uint32_t at = functions[i].first; at < args->count; at++)
                if (args->positional[at]->kind == CT_NODE_CONSTANT && ct_t_is_text(args->positional[at]->value))
                    ((ct_node *)args->positional[at])->value.flags |= CT_T_SAFE;
}

/* A name that is called and that neither this template nor the language knows. Some names mean something where they
 * stand: only rendering can tell. */
static void note_unknown_function(ct_parser *p, const ct_node *callee)
{
    static const char *const others[] = { "super", "self", "loop", "caller", "block", "varargs", "kwargs" };
    ct_str name = callee->name.symbol->name;
    for (size_t i = 0; i < CT_COUNT(others); i++)
        if (ct_str_eq(name, ct_str_of(others[i])))
            return;
    if (callee->name.slot < 0 && !ct_engine_global(p->engine, name))
        ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_FUNCTION, .name = name }, callee->place);
}

void ct_note_filename(ct_parser *p, ct_str route, const ct_str *names, const ct_node *const *values, uint32_t count)
{
    ct_str text;
    for (uint32_t i = 0; i < count && ct_str_eq(route, CT_STR("static")); i++)
        if (ct_str_eq(names[i], CT_STR("filename")) && ct_is_constant_text(values[i], &text))
            ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_STATIC, .name = text }, values[i]->place);
}

/* Calls of functions, and among them url_for('name') and static('name'), are checked against what there is. */
static void note_call(ct_parser *p, const ct_node *callee, const ct_args *args)
{
    ct_reference reference = { .kind = CT_REFERS_STATIC };
    trust_messages(callee, args);
    if (callee->kind != CT_NODE_NAME)
        return;
    note_unknown_function(p, callee);
    if (!args->count || !ct_is_constant_text(args->positional[0], &reference.name))
        return;
    if (ct_str_eq(callee->name.symbol->name, CT_STR("url_for"))) {
        reference.kind = CT_REFERS_URL;
        ct_note_filename(p, reference.name, args->names, args->named, args->named_count);
    } else if (!ct_str_eq(callee->name.symbol->name, CT_STR("static"))) {
        return;
    }
    ct_add_reference(p, reference, args->positional[0]->place);
}

static const ct_node *parse_call(ct_parser *p, const ct_node *callee)
{
    const char *place = (p->at++)->text.data;
    const ct_args *args = ct_parse_args(p, NULL);
    note_call(p, callee, args);
    ct_node *n = ct_node_new(p, callee->kind == CT_NODE_ATTRIBUTE ? ct_eval_method_call : ct_eval_call, place);
    n->kind = CT_NODE_CALL;
    n->call.callee = callee;
    n->call.args = args;
    below(p, n, callee);
    below_args(p, n, args);
    return n;
}

static const ct_node *parse_postfix(ct_parser *p, const ct_node *n)
{
    for (;;) {
        if (ct_at_op(p, '.'))
            n = parse_dot(p, n);
        else if (!p->django && ct_at_op(p, '['))
            n = parse_brackets(p, n);
        else if (!p->django && ct_at_op(p, '('))
            n = parse_call(p, n);
        else
            return n;
    }
}

/* ---- filters and tests ---- */

static ct_str parse_dotted_name(ct_parser *p, const char *what)
{
    ct_str name = ct_expect_name(p, what);
    while (ct_take_op(p, '.')) {
        ct_str part = ct_expect_name(p, what);
        name.length = (size_t)(part.data + part.length - name.data);
    }
    return name;
}

/* The nodes of the arguments in the order of the parameters. */
static void bind(ct_parser *p, ct_node *n, const ct_callable *callable, const ct_args *args)
{
    uint32_t extra = args->count > callable->param_count - (callable->takes_named ? 1u : 0u)
                         ? args->count - (callable->param_count - (callable->takes_named ? 1u : 0u))
                         : 0;
    uint32_t count = callable->param_count + extra, positional = 0;
    const ct_node **bound = ct_engine_take(p->engine, CT_MAX(count, 1u) * sizeof(*bound));
    for (uint32_t i = 0; i < callable->param_count && positional < args->count; i++)
        if (!callable->takes_named || i != callable->named_index)
            bound[i] = args->positional[positional++];
    for (uint32_t i = 0; i < extra; i++)
        bound[callable->param_count + i] = args->positional[positional + i];
    for (uint32_t i = 0; i < args->named_count; i++)
        for (uint32_t at = 0; at < callable->param_count; at++)
            if (ct_str_eq(callable->params[at], args->names[i]))
                bound[at] = args->named[i];
    n->filter.bound = bound;
    n->filter.bound_count = (uint16_t)count;
}

/* A filter's or test's node; `callable` NULL where the name is unknown and may never be asked for. */
static ct_node *filter_node(ct_parser *p, const ct_token *token, ct_str name, const ct_callable *callable,
                            const ct_args *args, const char *what)
{
    ct_node *n = ct_node_new(p, NULL, token->text.data);
    n->kind = CT_NODE_FILTER;
    n->filter.name = name;
    n->filter.callable = callable;
    below_args(p, n, args);
    if (!callable)
        return n;
    if (args->rest || args->named_rest || (callable->takes_named && args->named_count)) {
        n->filter.args = args;
        return n;
    }
    const char *refusal = ct_callable_refuses(p->engine, callable, args->count, args->names, args->named_count);
    if (refusal)
        ct_parse_refuse(p, token->text.data, "%s '%.*s' %s", what, CT_STR_ARG(name), refusal);
    else
        bind(p, n, callable, args);
    return n;
}

/* The arguments `value` alone, or with one that stands after a colon. */
static const ct_args *colon_args(ct_parser *p, const ct_node *value, const ct_node *argument)
{
    gathered items = { 0 };
    gather(p, &items, value);
    if (argument)
        gather(p, &items, argument);
    ct_args *args = ct_engine_take(p->engine, sizeof(*args));
    args->positional = kept(p, &items);
    args->count = (uint16_t)items.count;
    return args;
}

static const ct_node *parse_sign_or_primary(ct_parser *p);

/* map('filter'), select('test'), selectattr('attribute', 'test'): an unknown name fails only when it runs, and `check`
 * tells it before. */
static void note_inner_name(ct_parser *p, ct_str filter, const ct_args *args)
{
    static const struct {
        const char *filter;
        uint16_t at; /* which argument names the filter or test, the value counted */
        bool test;
    } takers[] = { { "map", 1, false },
                   { "select", 1, true },
                   { "reject", 1, true },
                   { "selectattr", 2, true },
                   { "rejectattr", 2, true } };
    ct_str name;
    for (size_t i = 0; i < CT_COUNT(takers); i++)
        if (ct_str_eq(filter, ct_str_of(takers[i].filter)) && args->count > takers[i].at &&
            ct_is_constant_text(args->positional[takers[i].at], &name) &&
            !(takers[i].test ? ct_engine_has_test(p->engine, name) : ct_engine_has_filter(p->engine, name)))
            ct_add_reference(p,
                             (ct_reference){ .kind = takers[i].test ? CT_REFERS_TEST : CT_REFERS_FILTER, .name = name },
                             args->positional[takers[i].at]->place);
}

static const ct_node *parse_filter(ct_parser *p, const ct_node *value)
{
    const ct_token *token = p->at;
    ct_str name = parse_dotted_name(p, "the name of a filter");
    const ct_args *args;
    char form = 0;
    if (!p->django && ct_take_op(p, '(')) {
        form = '(';
        args = ct_parse_args(p, value);
    } else if (ct_at_op(p, ':') && !p->at->space_before) {
        p->at++;
        if (p->django && p->at->space_before)
            ct_parse_fail(p, p->at->text.data, "no space can stand between ':' and the argument of a filter");
        form = ':';
        args = colon_args(p, value, parse_sign_or_primary(p));
    } else {
        args = colon_args(p, value, NULL);
    }
    const ct_callable *callable = ct_engine_filter(p->engine, name, p->template->language, form);
    if (!callable && p->branches)
        ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_FILTER, .name = name }, token->text.data);
    else if (!callable)
        ct_parse_refuse(p, token->text.data, "unknown filter '%.*s'%s", CT_STR_ARG(name),
                        ct_engine_suggest_filter(p->engine, name));
    ct_node *n = filter_node(p, token, name, callable, args, "the filter");
    note_inner_name(p, name, args);
    ct_check_zone_filter(p, callable, args);
    bool django = callable && callable->django;
    n->django = django;
    n->missing = value->missing;
    n->fails = true;
    n->eval = !callable                    ? ct_eval_unknown_filter
              : n->filter.args             ? ct_eval_filter_dynamic
              : django                     ? ct_eval_django_filter
              : n->filter.bound_count == 1 ? ct_eval_filter_plain
                                           : ct_eval_filter;
    return n;
}

const ct_node *ct_parse_filters(ct_parser *p, const ct_node *value)
{
    for (;;) {
        value = parse_filter(p, value);
        if (!ct_take_op(p, '|'))
            return value;
    }
}

/* Whether what follows `is name` is the test's argument. */
static bool at_test_argument(const ct_parser *p)
{
    if (ct_at_type(p, CT_TOKEN_NAME))
        return !ct_at_name(p, "else") && !ct_at_name(p, "or") && !ct_at_name(p, "and") && !ct_at_name(p, "in") &&
               !ct_at_name(p, "if") && !ct_at_name(p, "not") && !ct_at_name(p, "recursive");
    return ct_at_type(p, CT_TOKEN_STRING) || ct_at_type(p, CT_TOKEN_INTEGER) || ct_at_type(p, CT_TOKEN_REAL) ||
           ct_at_op(p, '[') || ct_at_op(p, '{');
}

static const ct_node *parse_test(ct_parser *p, const ct_node *value)
{
    p->at++;
    bool negated = ct_take_name(p, "not");
    const ct_token *token = p->at;
    ct_str name = parse_dotted_name(p, "the name of a test");
    const ct_args *args;
    if (ct_take_op(p, '(')) {
        args = ct_parse_args(p, value);
    } else if (at_test_argument(p)) {
        if (ct_at_name(p, "is"))
            ct_parse_fail(p, p->at->text.data, "tests cannot be chained with `is`");
        args = colon_args(p, value, parse_postfix(p, parse_primary(p)));
    } else {
        args = colon_args(p, value, NULL);
    }
    if (ct_str_eq(name, CT_STR("None")) || ct_str_eq(name, CT_STR("True")) || ct_str_eq(name, CT_STR("False")))
        name = ct_str_eq(name, CT_STR("None"))   ? CT_STR("none")
               : ct_str_eq(name, CT_STR("True")) ? CT_STR("true")
                                                 : CT_STR("false"); /* Django's words */
    const ct_callable *callable = ct_engine_test(p->engine, name);
    if (!callable && p->branches)
        ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_TEST, .name = name }, token->text.data);
    else if (!callable)
        ct_parse_refuse(p, token->text.data, "unknown test '%.*s'%s", CT_STR_ARG(name),
                        ct_engine_suggest_test(p->engine, name));
    ct_node *n = filter_node(p, token, name, callable, args, "the test");
    n->eval = !callable        ? ct_eval_unknown_test
              : n->filter.args ? (negated ? ct_eval_test_dynamic_not : ct_eval_test_dynamic)
              : negated        ? ct_eval_test_not
                               : ct_eval_test;
    return n;
}

static const ct_node *parse_filter_expression(ct_parser *p, const ct_node *n)
{
    for (;;) {
        if (ct_take_op(p, '|'))
            n = parse_filter(p, n);
        else if (!p->django && ct_at_name(p, "is"))
            n = parse_test(p, n);
        else if (!p->django && ct_at_op(p, '('))
            n = parse_call(p, n);
        else
            return n;
    }
}

/* ---- operators ---- */

/* The least whole number has no positive one. What follows a number directly belongs to it without its sign. */
static bool at_negative_number(const ct_parser *p)
{
    if (!ct_at_op(p, '-') || p->at[1].type != CT_TOKEN_INTEGER)
        return false;
    const ct_token *next = &p->at[2];
    return next->type != CT_TOKEN_OPERATOR || (next->op != '.' && next->op != '[' && next->op != '(');
}

static const ct_node *parse_unary(ct_parser *p, bool with_filter)
{
    const ct_node *n;
    const char *place = p->at->text.data;
    ct_parse_enter(p);
    if (at_negative_number(p)) {
        n = integer(p, ++p->at, true);
        p->at++;
    } else if (ct_at_op(p, '-') || ct_at_op(p, '+')) {
        ct_eval *eval = ct_at_op(p, '-') ? ct_eval_negate : ct_eval_positive;
        p->at++;
        n = binary(p, eval, place, parse_unary(p, false), NULL);
    } else {
        n = parse_primary(p);
    }
    n = parse_postfix(p, n);
    if (with_filter)
        n = parse_filter_expression(p, n);
    p->depth--;
    return n;
}

/* Django: a number may have a sign, nothing else. */
static const ct_node *parse_sign_or_primary(ct_parser *p)
{
    bool negative = ct_at_op(p, '-'), positive = ct_at_op(p, '+');
    const char *place = p->at->text.data;
    if (!negative && !positive) {
        bool name = ct_at_type(p, CT_TOKEN_NAME);
        const ct_node *n = parse_primary(p);
        return name || !p->django ? parse_postfix(p, n) : n;
    }
    p->at++;
    if (!ct_at_type(p, CT_TOKEN_INTEGER) && !ct_at_type(p, CT_TOKEN_REAL))
        ct_unexpected(p, "a number");
    if (ct_at_type(p, CT_TOKEN_INTEGER))
        return ct_constant(p, place, integer(p, p->at++, negative)->value);
    double value = parse_primary(p)->value.real;
    return ct_constant(p, place, ct_t_real(negative ? -value : value));
}

const ct_node *ct_parse_operand(ct_parser *p, ct_missing missing)
{
    ct_parse_enter(p);
    const ct_node *n = parse_sign_or_primary(p);
    ((ct_node *)n)->missing = missing;
    while (ct_take_op(p, '|'))
        n = parse_filter(p, n);
    p->depth--;
    return n;
}

typedef struct operator
{
    uint16_t op;
    ct_eval *eval;
}
operator;

static ct_eval *take_operator(ct_parser *p, const operator* operators)
{
    for (; operators->op; operators++)
        if (ct_take_op(p, operators->op))
            return operators->eval;
    return NULL;
}

static const ct_node *parse_power(ct_parser *p)
{
    static const operator operators[] = { { CT_OP2('*', '*'), ct_eval_power }, { 0, NULL } };
    const ct_node *left = parse_unary(p, true);
    for (;;) {
        const char *place = p->at->text.data;
        ct_eval *eval = take_operator(p, operators);
        if (!eval)
            return left;
        left = binary(p, eval, place, left, parse_unary(p, true));
    }
}

static const ct_node *parse_product(ct_parser *p)
{
    static const operator operators[] = { { '*', ct_eval_multiply },
                                          { '/', ct_eval_divide },
                                          { CT_OP2('/', '/'), ct_eval_floor_divide },
                                          { '%', ct_eval_modulo },
                                          { 0, NULL } };
    const ct_node *left = parse_power(p);
    for (;;) {
        const char *place = p->at->text.data;
        ct_eval *eval = take_operator(p, operators);
        if (!eval)
            return left;
        left = binary(p, eval, place, left, parse_power(p));
    }
}

static const ct_node *parse_concat(ct_parser *p)
{
    const char *place = p->at->text.data;
    const ct_node *first = parse_product(p);
    if (!ct_at_op(p, '~'))
        return first;
    gathered items = { 0 };
    gather(p, &items, first);
    while (ct_take_op(p, '~'))
        gather(p, &items, parse_product(p));
    return list_node(p, ct_eval_concat, place, &items);
}

static const ct_node *parse_sum(ct_parser *p)
{
    static const operator operators[] = { { '+', ct_eval_add }, { '-', ct_eval_subtract }, { 0, NULL } };
    const ct_node *left = parse_concat(p);
    for (;;) {
        const char *place = p->at->text.data;
        ct_eval *eval = take_operator(p, operators);
        if (!eval)
            return left;
        left = binary(p, eval, place, left, parse_concat(p));
    }
}

typedef bool holds(ct_renderer *r, ct_tval a, ct_tval b);

/* The next operator's function; `in` and `not in` if `membership`, the others if not, in Django's conditions, where
 * they bind differently. */
static holds *take_comparison(ct_parser *p, bool membership)
{
    static const struct {
        uint16_t op;
        holds *jinja, *django;
    } comparisons[] = {
        { CT_OP2('=', '='), ct_holds_eq, ct_holds_eq },
        { CT_OP2('!', '='), ct_holds_ne, ct_holds_ne },
        { CT_OP2('<', '='), ct_holds_le, ct_holds_django_le },
        { CT_OP2('>', '='), ct_holds_ge, ct_holds_django_ge },
        { '<', ct_holds_lt, ct_holds_django_lt },
        { '>', ct_holds_gt, ct_holds_django_gt },
    };
    for (size_t i = 0; i < CT_COUNT(comparisons) && !(p->django && membership); i++)
        if (ct_take_op(p, comparisons[i].op))
            return p->django ? comparisons[i].django : comparisons[i].jinja;
    if (p->django && !membership && ct_take_name(p, "is"))
        return ct_take_name(p, "not") ? ct_holds_is_not : ct_holds_is;
    if (p->django && !membership)
        return NULL;
    if (ct_take_name(p, "in"))
        return p->django ? ct_holds_django_in : ct_holds_in;
    if (ct_at_name(p, "not") && p->at[1].type == CT_TOKEN_NAME && ct_str_eq(p->at[1].text, CT_STR("in"))) {
        p->at += 2;
        return p->django ? ct_holds_django_not_in : ct_holds_not_in;
    }
    return NULL;
}

/* An operator of Django's conditions, which is false where one of its operands fails. */
static const ct_node *quietly(ct_parser *p, const ct_node *n, const ct_node *left, const ct_node *right)
{
    if (!p->django || (left && !left->fails && !(right && right->fails)))
        return n;
    ct_node *quiet = ct_node_new(p, ct_eval_quietly, n->place);
    quiet->quiet.operation = n;
    quiet->quiet.left = left;
    quiet->quiet.right = right;
    below(p, quiet, n);
    return quiet;
}

static const ct_node *parse_comparisons(ct_parser *p, bool membership);
static const ct_node *parse_not(ct_parser *p);

/* What a comparison compares. In Django's conditions `not` may stand before any operand. */
static const ct_node *parse_compared(ct_parser *p, bool membership)
{
    if (!p->django)
        return parse_sum(p);
    if (ct_at_name(p, "not"))
        return parse_not(p);
    return membership ? parse_comparisons(p, false) : ct_parse_operand(p, CT_MISSING_ASKED);
}

static const ct_node *parse_comparisons(ct_parser *p, bool membership)
{
    const ct_node *first = parse_compared(p, membership);
    ct_comparison room[16];
    uint32_t count = 0;
    const char *place = p->at->text.data;
    for (holds *compare; (compare = take_comparison(p, membership));) {
        if (count == CT_COUNT(room))
            ct_parse_fail(p, place, "more than %zu comparisons in a row", CT_COUNT(room));
        room[count++] = (ct_comparison){ .holds = compare, .operand = parse_compared(p, membership) };
    }
    if (!count)
        return first;
    ct_node *n = ct_node_new(p, ct_eval_chain, place);
    ct_comparison *rest = ct_engine_take(p->engine, count * sizeof(*rest));
    memcpy(rest, room, count * sizeof(*rest));
    n->chain.first = first;
    n->chain.rest = rest;
    n->chain.count = count;
    below(p, n, first);
    for (uint32_t i = 0; i < count; i++)
        below(p, n, rest[i].operand);
    return count == 1 ? quietly(p, n, first, rest[0].operand) : quietly(p, n, NULL, NULL);
}

static const ct_node *parse_not(ct_parser *p)
{
    const char *place = p->at->text.data;
    if (!ct_take_name(p, "not"))
        return parse_comparisons(p, true);
    ct_parse_enter(p);
    const ct_node *n = parse_not(p);
    p->depth--;
    return quietly(p, binary(p, ct_eval_not, place, n, NULL), n, NULL);
}

static const ct_node *parse_and(ct_parser *p)
{
    const ct_node *left = parse_not(p);
    const char *place = p->at->text.data;
    while (ct_take_name(p, "and")) {
        const ct_node *right = parse_not(p);
        left = quietly(p, binary(p, ct_eval_and, place, left, right), left, right);
    }
    return left;
}

static const ct_node *parse_or(ct_parser *p)
{
    const ct_node *left = parse_and(p);
    const char *place = p->at->text.data;
    while (ct_take_name(p, "or")) {
        const ct_node *right = parse_and(p);
        left = quietly(p, binary(p, ct_eval_or, place, left, right), left, right);
    }
    return left;
}

const ct_node *ct_parse_expression_no_condition(ct_parser *p)
{
    return p->django ? ct_parse_operand(p, CT_MISSING_EMPTY) : parse_or(p);
}

/* A condition of Django's without operators is false where an argument of its filters is missing. */
static const ct_node *alone(const ct_node *n)
{
    const ct_node *at = n;
    for (; at->kind == CT_NODE_FILTER && at->missing == CT_MISSING_ASKED; at = at->filter.bound[0]) {
        ((ct_node *)at)->missing = CT_MISSING_ALONE;
        if (!at->filter.bound)
            break;
    }
    return n;
}

const ct_node *ct_parse_condition(ct_parser *p)
{
    return p->django ? alone(parse_or(p)) : parse_tuple(p, parse_or, false);
}

const ct_node *ct_parse_expression(ct_parser *p)
{
    if (p->django)
        return ct_parse_operand(p, CT_MISSING_EMPTY);
    ct_parse_enter(p);
    const ct_node *value = parse_or(p);
    const char *place = p->at->text.data;
    while (ct_take_name(p, "if")) {
        ct_node *n = ct_node_new(p, ct_eval_choice, place);
        n->choice.then = value;
        n->choice.condition = parse_or(p);
        n->choice.otherwise = ct_take_name(p, "else") ? ct_parse_expression(p) : NULL;
        below(p, n, n->choice.then);
        below(p, n, n->choice.condition);
        below(p, n, n->choice.otherwise);
        value = n;
    }
    p->depth--;
    return value;
}

const ct_node *ct_parse_tuple(ct_parser *p)
{
    return parse_tuple(p, ct_parse_expression, false);
}

const ct_node *ct_parse_iterable(ct_parser *p)
{
    return parse_tuple(p, ct_parse_expression_no_condition, false);
}
