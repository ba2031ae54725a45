/* The tags that translate: Jinja's {% trans %}, Django's {% translate %} and {% blocktranslate %}.
 *
 * A message is read from the tokens of the tag's body when the template is compiled; trans.c looks it up and writes it.
 *
 * Both languages have a tag {% trans %}. It is Jinja's where an {% endtrans %} comes before the next {% trans %}, for
 * Django's has no end; {% translate %} is Django's alone. */
#include "template/engine.h"
#include "template/eval.h"
#include "template/lexer_tokens.h"
#include "template/render.h"
#include "template/tag_args.h"
#include "template/trans.h"

#define MAX_VARIABLES 250 /* of a message: each is compared with those before it */

/* ---- Django: texts ---- */

/* The text with its percent signs doubled: catalogues have them so. */
static const char *doubled_percents(ct_renderer *r, ct_str text)
{
    ct_buffer doubled = ct_text_begin(r);
    for (size_t i = 0; i < text.length; i++) {
        ct_buffer_char(&doubled, text.data[i]);
        if (text.data[i] == '%')
            ct_buffer_char(&doubled, '%');
    }
    ct_buffer_char(&doubled, '\0');
    return ct_text_end(r, &doubled).text;
}

/* Text as Django's variables translate themselves: a percent sign comes out doubled, unless the tag takes that back. */
static ct_tval eval_translated(ct_renderer *r, const ct_node *n)
{
    ct_tval v = ct_eval_node(r, n->binary.left);
    if (v.type == CT_T_UNDEFINED)
        return v;
    ct_tval context = n->binary.right ? ct_eval_argument(r, n->binary.right) : ct_t_none();
    r->at = n->place;
    ct_tval text = ct_tval_text(r, v);
    ct_message message = { .singular = doubled_percents(r, ct_t_get_str(text)) };
    if (ct_tval_truth(r, context))
        message.context = ct_trans_text(r, context);
    ct_tval result = ct_t_str(ct_translated(r, &message));
    result.flags = text.flags;
    return result;
}

static ct_tval eval_untranslated(ct_renderer *r, const ct_node *n)
{
    return ct_eval_node(r, n->binary.left);
}

static ct_node *translated_node(ct_parser *p, const ct_node *of)
{
    ct_node *n = ct_node_new(p, eval_translated, of->place);
    n->kind = CT_NODE_TRANSLATED;
    n->django = of->django;
    n->binary.left = of;
    return n;
}

const ct_node *ct_translated_node(ct_parser *p, const char *place, ct_str text)
{
    return translated_node(p, ct_constant(p, place, ct_t_safe_str(text)));
}

/* ---- Django: {% translate %} ---- */

typedef struct {
    const ct_node *value;
    ct_result result;
} translate;

/* Makes one of each two percent signs that follow one another in what was written since `start`. */
static void halve_percents(ct_buffer *text, size_t start)
{
    size_t out = start;
    for (size_t at = start; at < text->length; at++) {
        text->data[out++] = text->data[at];
        if (text->data[at] == '%' && at + 1 < text->length && text->data[at + 1] == '%')
            at++;
    }
    text->length = out;
}

static ct_flow exec_translate(ct_renderer *r, const ct_stmt *s)
{
    const translate *data = s->other.data;
    size_t start = r->out->length;
    ct_tval v = ct_eval_node(r, data->value);
    r->at = data->value->place;
    ct_output(r, ct_django_present(r, data->value, v), s->django);
    halve_percents(r->out, start);
    ct_result_written(r, &data->result, start);
    return CT_FLOW_NEXT;
}

/* The operand without its filters, which come after the translation: its tokens up to the first '|' as a tag of their
 * own. */
static const ct_node *parse_base(ct_parser *p)
{
    const ct_token *end = p->at;
    if (ct_at_type(p, CT_TOKEN_TAG_END) || ct_at_type(p, CT_TOKEN_ERROR))
        ct_unexpected(p, "a text or a variable, or an {% endtrans %} further down");
    while (end->type > CT_TOKEN_TAG_END && end->type < CT_TOKEN_ERROR && (end == p->at || !end->space_before) &&
           !(end->type == CT_TOKEN_OPERATOR && end->op == '|'))
        end++;
    size_t count = (size_t)(end - p->at);
    ct_token *tokens = ct_engine_take(p->engine, (count + 1) * sizeof(*tokens));
    memcpy(tokens, p->at, count * sizeof(*tokens));
    tokens[count] = *end;
    tokens[count].type = CT_TOKEN_TAG_END;
    p->at = tokens;
    const ct_node *value = ct_parse_django_operand(p, CT_MISSING_EMPTY);
    if (p->at != tokens + count)
        ct_unexpected(p, "a text or a variable");
    p->at = end;
    return value;
}

typedef struct {
    bool noop;
    const ct_node *context;
    ct_str variable; /* as variable; data NULL: none */
} options;

/* Steps over the word, which may come once. */
static bool take_option(ct_parser *p, const char *word, bool seen)
{
    const ct_token *token = p->at;
    if (!ct_take_name(p, word))
        return false;
    if (seen)
        ct_parse_fail(p, token->text.data, "'%s' comes twice", word);
    return true;
}

static const ct_node *parse_context(ct_parser *p)
{
    if (ct_at_type(p, CT_TOKEN_TAG_END) || ct_at_name(p, "as") || ct_at_name(p, "noop"))
        ct_unexpected(p, "the context");
    return ct_parse_argument(p, CT_MISSING_EMPTY);
}

static options parse_options(ct_parser *p)
{
    options found = { 0 };
    while (!ct_at_type(p, CT_TOKEN_TAG_END)) {
        if (take_option(p, "noop", found.noop))
            found.noop = true;
        else if (take_option(p, "context", found.context != NULL))
            found.context = parse_context(p);
        else if (take_option(p, "as", found.variable.data != NULL))
            found.variable = ct_take_word(p, "the name of a variable");
        else
            ct_unexpected(p, "noop, context \"...\" or as name");
    }
    p->at++;
    return found;
}

static ct_result result_in(ct_parser *p, ct_str variable)
{
    if (!variable.data)
        return (ct_result){ 0 };
    return (ct_result){ .named = true, .target = ct_name_target(p, variable, variable.data) };
}

/* {% translate "text"|filter noop context "x" as name %} */
static void parse_translate(ct_parser *p, const ct_token *tag)
{
    translate *data = ct_engine_take(p->engine, sizeof(*data));
    ct_node *value = translated_node(p, parse_base(p));
    data->value = ct_take_op(p, '|') ? ct_parse_filters(p, value) : value;
    options found = parse_options(p);
    value->binary.right = found.context;
    if (found.noop)
        value->eval = eval_untranslated;
    data->result = result_in(p, found.variable);
    ct_stmt_new(p, exec_translate, tag->text.data)->other.data = data;
}

/* ---- messages in the body of a tag ---- */

/* The variables of a message, or those that are set for it. */
typedef struct {
    ct_str *names;
    const ct_node **nodes;
    uint32_t count;
} variables;

static int32_t find_variable(const variables *all, ct_str name)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (ct_str_eq(all->names[i], name))
            return (int32_t)i;
    return -1;
}

static void add_variable(ct_parser *p, variables *all, ct_str name, const ct_node *node)
{
    if (all->count == MAX_VARIABLES)
        ct_parse_fail(p, name.data, "more than %d variables in one message", MAX_VARIABLES);
    all->names = ct_engine_grown(p->engine, all->names, all->count, sizeof(*all->names), 4);
    all->nodes = ct_engine_grown(p->engine, all->nodes, all->count, sizeof(*all->nodes), 4);
    all->names[all->count] = name;
    all->nodes[all->count++] = node;
}

static const ct_tval *eval_variables(ct_renderer *r, const variables *all, bool django)
{
    ct_tval *values = ct_render_take(r, all->count * sizeof(*values));
    for (uint32_t i = 0; i < all->count; i++) {
        values[i] = ct_eval_node(r, all->nodes[i]);
        if (django)
            values[i] = ct_django_present(r, all->nodes[i], values[i]);
    }
    return values;
}

static const ct_node *name_node(ct_parser *p, ct_str name)
{
    return ct_name_node(p, ct_engine_symbol(p->engine, name), name.data);
}

static void write_doubled(ct_buffer *out, ct_str text)
{
    for (const char *percent; (percent = memchr(text.data, '%', text.length));) {
        size_t length = (size_t)(percent + 1 - text.data);
        ct_buffer_append(out, text.data, length);
        ct_buffer_char(out, '%');
        text = (ct_str){ text.data + length, text.length - length };
    }
    ct_buffer_str(out, text);
}

/* {{ name }} in Jinja's messages. */
static ct_str take_plain_name(ct_parser *p)
{
    ct_str name = ct_expect_name(p, "a name, for {% trans %} has nothing else: {% trans name=expression %}");
    if (!ct_at_type(p, CT_TOKEN_OUTPUT_END))
        ct_unexpected(p, "'}}', for {% trans %} has nothing but names: {% trans name=expression %}");
    return name;
}

/* {{ anything }} in Django's messages. */
static ct_str take_content(ct_parser *p)
{
    const ct_token *first = p->at;
    while (!ct_at_type(p, CT_TOKEN_OUTPUT_END)) {
        if (ct_at_type(p, CT_TOKEN_ERROR) || ct_at_type(p, CT_TOKEN_END))
            ct_unexpected(p, NULL);
        p->at++;
    }
    if (p->at == first)
        ct_unexpected(p, "the name of a variable");
    ct_str last = p->at[-1].text;
    return (ct_str){ first->text.data, (size_t)(last.data + last.length - first->text.data) };
}

/* One output of a message, and its variable, if it is a new one. In Django all of it is one name: {{ a.b }} has no
 * value, but what {% with x as a-b %} sets is {{ a-b }}. */
static void parse_output(ct_parser *p, ct_buffer *text, variables *all, bool django)
{
    p->at++;
    ct_str name = django ? take_content(p) : take_plain_name(p);
    p->at++;
    CT_BUFFER_LITERAL(text, "%(");
    ct_buffer_str(text, name);
    CT_BUFFER_LITERAL(text, ")s");
    if (find_variable(all, name) < 0)
        add_variable(p, all, name, name_node(p, name));
}

/* The text up to the next tag, whose name is next. */
static ct_str parse_message(ct_parser *p, const ct_token *tag, variables *all, bool django)
{
    ct_buffer text = ct_buffer_in(&p->engine->arena);
    while (!ct_at_type(p, CT_TOKEN_TAG_BEGIN)) {
        if (ct_at_type(p, CT_TOKEN_TEXT))
            write_doubled(&text, (p->at++)->text);
        else if (ct_at_type(p, CT_TOKEN_OUTPUT_BEGIN))
            parse_output(p, &text, all, django);
        else if (ct_at_type(p, CT_TOKEN_END))
            ct_parse_fail(p, tag->text.data, "'%.*s' is never closed: 'end%.*s' is missing", CT_STR_ARG(tag->text),
                          CT_STR_ARG(tag->text));
        else
            ct_unexpected(p, NULL);
    }
    p->at++;
    if (!ct_at_type(p, CT_TOKEN_NAME))
        ct_unexpected(p, "the name of a tag");
    return (ct_str){ text.length ? text.data : "", text.length };
}

/* The message as it is looked up; `trimmed`: without whitespace around it, its lines joined by spaces. */
static const char *keep_message(ct_parser *p, ct_str text, bool trimmed)
{
    char *kept = ct_engine_take(p->engine, text.length + 1), *out = kept;
    const char *at = text.data, *end = at + text.length;
    if (trimmed && text.length) {
        at = ct_skip_space(at, end);
        end = ct_skip_space_back(at, end);
    }
    while (at < end) {
        const char *after = trimmed ? ct_skip_space(at, end) : end;
        size_t length = after > at ? (size_t)(after - at) : 1;
        bool joined = trimmed && after > at && memchr(at, '\n', length);
        if (joined)
            *out++ = ' ';
        else
            memcpy(out, at, length);
        out += joined ? 0 : length;
        at += length;
    }
    return kept; /* the engine's memory is zeroed: a NUL follows */
}

/* ---- Jinja: {% trans %} ---- */

typedef struct {
    ct_message message;
    variables variables;
    int32_t counted; /* the variable that decides between the forms; -1 */
} trans;

static ct_flow exec_trans(ct_renderer *r, const ct_stmt *s)
{
    const trans *data = s->other.data;
    const variables *all = &data->variables;
    ct_message message = data->message;
    ct_trans_values values = { .names = all->names, .values = eval_variables(r, all, false), .count = all->count };
    r->at = s->place;
    if (message.plural) {
        values.num = values.values[data->counted];
        message.count = ct_trans_count(values.num);
    }
    if (message.context)
        values.context = ct_t_str(ct_str_of(message.context));
    ct_trans_write(r, &message, &values, false);
    return CT_FLOW_NEXT;
}

/* "context" trimmed a, b=expression: up to the end of the tag. Returns whether the message is trimmed. */
static bool parse_trans_head(ct_parser *p, trans *data)
{
    int trimmed = -1;
    if (ct_at_type(p, CT_TOKEN_STRING)) {
        data->message.context = keep_message(p, ct_unquote(p, p->at++), false);
        ct_take_op(p, ',');
    }
    while (!ct_at_type(p, CT_TOKEN_TAG_END)) {
        if (data->variables.count)
            ct_expect_op(p, ',');
        if (ct_take_op(p, ':'))
            break;
        ct_str name = ct_expect_name(p, "the name of a variable");
        if (find_variable(&data->variables, name) >= 0)
            ct_parse_fail(p, name.data, "the variable '%.*s' comes twice", CT_STR_ARG(name));
        if (ct_take_op(p, '='))
            add_variable(p, &data->variables, name, ct_parse_expression(p));
        else if (trimmed < 0 && (ct_str_eq(name, CT_STR("trimmed")) || ct_str_eq(name, CT_STR("notrimmed"))))
            trimmed = name.data[0] == 't';
        else
            add_variable(p, &data->variables, name, name_node(p, name));
    }
    ct_expect_tag_end(p);
    return trimmed > 0;
}

/* {% pluralize %} or {% pluralize name %}, whose name is taken, and the message after it. `declared` variables came
 * with the tag. */
static ct_str parse_plural(ct_parser *p, const ct_token *tag, trans *data, uint32_t declared)
{
    const char *place = p->at[-1].text.data;
    if (ct_at_type(p, CT_TOKEN_NAME)) {
        ct_str name = (p->at++)->text;
        data->counted = find_variable(&data->variables, name);
        if (data->counted < 0 || (uint32_t)data->counted >= declared)
            ct_parse_fail(p, name.data, "'%.*s' is none of the variables of {%% trans %%}", CT_STR_ARG(name));
    } else if (data->variables.count) {
        data->counted = 0;
    } else {
        ct_parse_fail(p, place, "pluralize without a variable to count by: {%% trans count=... %%}");
    }
    ct_expect_tag_end(p);
    ct_str text = parse_message(p, tag, &data->variables, false);
    if (ct_at_name(p, "pluralize"))
        ct_parse_fail(p, p->at->text.data, "{%% trans %%} has one pluralize at most");
    return text;
}

static void parse_trans(ct_parser *p, const ct_token *tag)
{
    trans *data = ct_engine_take(p->engine, sizeof(*data));
    bool trimmed = parse_trans_head(p, data);
    uint32_t declared = data->variables.count;
    data->counted = -1;
    data->message.singular = keep_message(p, parse_message(p, tag, &data->variables, false), trimmed);
    if (ct_take_name(p, "pluralize"))
        data->message.plural = keep_message(p, parse_plural(p, tag, data, declared), trimmed);
    if (!ct_take_name(p, "endtrans"))
        ct_unexpected(p, "'endtrans', for {% trans %} can have no other tags inside");
    ct_expect_tag_end(p);
    ct_stmt_new(p, exec_trans, tag->text.data)->other.data = data;
}

/* Whether the {% trans %} at p->at is one with an end. */
static bool has_end(const ct_parser *p)
{
    for (const ct_token *token = p->at; token->type != CT_TOKEN_END; token++) {
        if (token->type != CT_TOKEN_TAG_BEGIN || token[1].type != CT_TOKEN_NAME)
            continue;
        if (ct_str_eq(token[1].text, CT_STR("endtrans")))
            return true;
        if (ct_str_eq(token[1].text, CT_STR("trans")))
            return false;
    }
    return false;
}

void ct_tag_trans(ct_parser *p, const ct_token *tag)
{
    if (ct_str_eq(tag->text, CT_STR("trans")) && has_end(p))
        parse_trans(p, tag);
    else
        parse_translate(p, tag);
}

/* ---- Django: {% blocktranslate %} ---- */

typedef struct {
    ct_message message;
    variables variables;
    const ct_node *context;     /* NULL: none */
    const ct_binding *bindings; /* with a=b */
    uint32_t binding_count;
    ct_binding count; /* value NULL: there is one form */
    ct_str count_name, tag;
    ct_result result;
} blocktrans;

static void set_bindings(ct_renderer *r, const blocktrans *data)
{
    ct_tval *values = ct_render_take(r, data->binding_count * sizeof(*values));
    for (uint32_t i = 0; i < data->binding_count; i++)
        values[i] = ct_eval_argument(r, data->bindings[i].value);
    for (uint32_t i = 0; i < data->binding_count; i++)
        ct_assign(r, &data->bindings[i].target, values[i]);
}

static ct_flow exec_blocktrans(ct_renderer *r, const ct_stmt *s)
{
    const blocktrans *data = s->other.data;
    const variables *all = &data->variables;
    ct_message message = data->message;
    size_t start = r->out->length;
    ct_tval context = data->context ? ct_eval_argument(r, data->context) : ct_t_none();
    if (ct_tval_truth(r, context))
        message.context = ct_trans_text(r, context);
    set_bindings(r, data);
    if (data->count.value) {
        ct_tval count = ct_eval_argument(r, data->count.value);
        r->at = s->place;
        if (!ct_t_is_number(count))
            ct_render_fail(r, "'%.*s' of '%.*s' must be a number, not %s", CT_STR_ARG(data->count_name),
                           CT_STR_ARG(data->tag), ct_tval_type_name(count));
        ct_assign(r, &data->count.target, count);
        message.count = ct_trans_count(count);
    }
    ct_trans_values values = { .names = all->names, .values = eval_variables(r, all, true), .count = all->count };
    r->at = s->place;
    ct_trans_write(r, &message, &values, true);
    if (data->result.named) {
        ct_tval text = ct_capture_end(r, start);
        text.flags = 0; /* Django's is plain text there */
        ct_assign(r, &data->result.target, text);
    }
    return CT_FLOW_NEXT;
}

/* name=value, or in the old way: value as name. */
static ct_str parse_binding(ct_parser *p, const ct_node **ret_value)
{
    if (ct_at_keyword(p))
        return ct_parse_keyword(p, CT_MISSING_EMPTY, ret_value);
    *ret_value = ct_parse_argument(p, CT_MISSING_EMPTY);
    if (!ct_take_name(p, "as"))
        ct_unexpected(p, "'as', or name=value");
    return ct_take_word(p, "the name of a variable");
}

/* A variable of the tag's own scope. */
static ct_target own_target(ct_parser *p, ct_str name)
{
    return (ct_target){ .slot = ct_declare(p, ct_engine_symbol(p->engine, name)), .place = name.data };
}

/* with a=b c=d, with b as a and d as c: the values are those outside of the tag's scope. */
static void parse_with(ct_parser *p, blocktrans *data)
{
    variables all = { 0 };
    ct_scope *scope = p->scope;
    bool keywords = ct_at_keyword(p);
    p->scope = (ct_scope *)scope->outer;
    do {
        const ct_node *value;
        ct_str name = parse_binding(p, &value);
        add_variable(p, &all, name, value);
    } while (keywords ? ct_at_keyword(p) : ct_take_name(p, "and"));
    p->scope = scope;
    ct_binding *bindings = ct_engine_take(p->engine, all.count * sizeof(*bindings));
    for (uint32_t i = 0; i < all.count; i++)
        bindings[i] = (ct_binding){ .target = own_target(p, all.names[i]), .value = all.nodes[i] };
    data->bindings = bindings;
    data->binding_count = all.count;
}

static void parse_count(ct_parser *p, blocktrans *data)
{
    const ct_node *value;
    data->count_name = parse_binding(p, &value);
    data->count = (ct_binding){ .target = own_target(p, data->count_name), .value = value };
}

/* Returns the variable of `asvar`; data NULL: none. */
static ct_str parse_block_options(ct_parser *p, blocktrans *data, bool *ret_trimmed)
{
    ct_str variable = { 0 };
    while (!ct_at_type(p, CT_TOKEN_TAG_END)) {
        if (take_option(p, "with", data->bindings != NULL))
            parse_with(p, data);
        else if (take_option(p, "count", data->count.value != NULL))
            parse_count(p, data);
        else if (take_option(p, "context", data->context != NULL))
            data->context = parse_context(p);
        else if (take_option(p, "trimmed", *ret_trimmed))
            *ret_trimmed = true;
        else if (take_option(p, "asvar", variable.data != NULL))
            variable = ct_take_word(p, "the name of a variable");
        else
            ct_unexpected(p, "with, count, context, trimmed or asvar");
    }
    p->at++;
    return variable;
}

/* {% blocktranslate with a=b count n=c context "x" trimmed asvar name %}...{% plural %}...{% endblocktranslate %} */
void ct_tag_blocktrans(ct_parser *p, const ct_token *tag)
{
    blocktrans *data = ct_engine_take(p->engine, sizeof(*data));
    bool trimmed = false;
    ct_scope *scope = ct_scope_open(p);
    data->tag = tag->text;
    ct_str variable = parse_block_options(p, data, &trimmed);
    data->message.singular = keep_message(p, parse_message(p, tag, &data->variables, true), trimmed);
    if (data->count.value) {
        if (!ct_take_name(p, "plural"))
            ct_unexpected(p, "'plural', for 'count' needs two forms");
        ct_expect_tag_end(p);
        data->message.plural = keep_message(p, parse_message(p, tag, &data->variables, true), trimmed);
    } else if (ct_at_name(p, "plural")) {
        ct_parse_fail(p, p->at->text.data, "'plural' without a number to count by: {%% %.*s count name=... %%}",
                      CT_STR_ARG(tag->text));
    }
    const char *end = ct_engine_printf(p->engine, "end%.*s", CT_STR_ARG(tag->text));
    if (!ct_take_name(p, end))
        ct_unexpected(p, ct_engine_printf(p->engine, "'%s', for '%.*s' can have no other tags inside", end,
                                          CT_STR_ARG(tag->text)));
    ct_expect_tag_end(p);
    ct_scope_close(p, scope);
    data->result = result_in(p, variable);
    ct_stmt_new(p, exec_blocktrans, tag->text.data)->other.data = data;
}
