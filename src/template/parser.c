/* From tokens to the compiled form: bodies, units and scopes. Expressions are in expression.c, each tag in the file of
 * what it makes (tags.c lists them).
 *
 *     template ─ unit (top) ─ scope ─ scope of a loop ─ ...
 *                  └ unit (a block, a macro) ─ scope ─ ...
 *
 * A variable belongs to the scope in which it is first set; each has a slot of its own in the frame of its unit. A name
 * that no scope of the unit has is looked up at run time, once for each frame: units inside units see the variables
 * around them through ct_env, as includes do. */
#include "template/parser.h"

#include "template/eval.h"
#include "template/exec.h"
#include "template/language.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_DEPTH 200     /* tags and expressions within each other */
#define STACK (96 * 1024) /* that compiling may take: it may run on a fiber */

struct ct_unit_state {
    ct_unit *unit;
    ct_places frees; /* names looked up outside; the slot of the first is -1 */
    int32_t varargs, kwargs, caller;
    int32_t parameters_end; /* the slots of parameters are the first ones */
    bool implicit;          /* the three may be used: a macro */
};

struct ct_stmts {
    const ct_stmt **items;
    uint32_t count;
};

typedef struct ct_open_tag {
    const struct ct_open_tag *outer;
    const ct_token *tag;
    const char *const *ends;
} ct_open_tag;

typedef struct ct_unknown_tag {
    const struct ct_unknown_tag *older;
    ct_str name;
} ct_unknown_tag;

/* ---- messages ---- */

static void refuse(ct_parser *p, const char *place, const char *format, va_list args)
{
    char message[sizeof(p->error->message)];
    vsnprintf(message, sizeof(message), format, args);
    const char *kept = ct_engine_printf(p->engine, "%s", message);
    ct_add_reference(p, (ct_reference){ .kind = CT_REFERS_REFUSED, .name = ct_str_of(kept) }, place);
    if (p->refused)
        return;
    uint32_t line, column;
    ct_str text;
    ct_source_place(p->template->source, place, &line, &column, &text);
    memcpy(p->error->message, message, sizeof(message));
    ct_template_error_at(p->error, p->template, line, column);
    p->refused = true;
}

void ct_parse_refuse(ct_parser *p, const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refuse(p, place, format, args);
    va_end(args);
}

void ct_parse_fail(ct_parser *p, const char *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    refuse(p, place, format, args);
    va_end(args);
    longjmp(p->failed, 1);
}

const char *ct_token_name(ct_parser *p, const ct_token *token)
{
    switch ((ct_token_type)token->type) {
    case CT_TOKEN_END:
        return "the end of the template";
    case CT_TOKEN_TEXT:
        return "text";
    case CT_TOKEN_TAG_END:
        return "the end of the tag";
    case CT_TOKEN_OUTPUT_END:
        return "'}}'";
    default:
        return ct_engine_printf(p->engine, "'%.*s'", (int)CT_MIN(token->text.length, (size_t)60), token->text.data);
    }
}

void ct_unexpected(ct_parser *p, const char *expected)
{
    if (p->at->type == CT_TOKEN_ERROR)
        ct_parse_fail(p, p->at->text.data, "%s", p->at->reason);
    if (expected)
        ct_parse_fail(p, p->at->text.data, "expected %s, got %s", expected, ct_token_name(p, p->at));
    ct_parse_fail(p, p->at->text.data, "unexpected %s", ct_token_name(p, p->at));
}

/* ---- tokens ---- */

bool ct_take_op(ct_parser *p, uint16_t op)
{
    if (!ct_at_op(p, op))
        return false;
    p->at++;
    return true;
}

bool ct_take_name(ct_parser *p, const char *name)
{
    if (!ct_at_name(p, name))
        return false;
    p->at++;
    return true;
}

void ct_expect_op(ct_parser *p, uint16_t op)
{
    char expected[] = { '\'', (char)(op > 0xFF ? op >> 8 : op), op > 0xFF ? (char)(op & 0xFF) : '\'',
                        op > 0xFF ? '\'' : '\0', '\0' };
    if (!ct_take_op(p, op))
        ct_unexpected(p, expected);
}

ct_str ct_expect_name(ct_parser *p, const char *what)
{
    if (!ct_at_type(p, CT_TOKEN_NAME))
        ct_unexpected(p, what);
    return (p->at++)->text;
}

void ct_expect_tag_end(ct_parser *p)
{
    if (!p->django && ct_at_op(p, ':') && p->at[1].type == CT_TOKEN_TAG_END)
        p->at++; /* {% if x: %}, as Python has it */
    if (!ct_at_type(p, CT_TOKEN_TAG_END))
        ct_unexpected(p, "the end of the tag");
    p->at++;
}

void ct_expect_closed(ct_parser *p)
{
    while (p->django && p->at->type > CT_TOKEN_TAG_END && p->at->type < CT_TOKEN_ERROR)
        p->at++;
    ct_expect_tag_end(p);
}

/* ---- statements ---- */

static void add_stmt(ct_parser *p, const ct_stmt *s)
{
    ct_stmts *stmts = p->stmts;
    stmts->items = ct_engine_grown(p->engine, stmts->items, stmts->count, sizeof(*stmts->items), 4);
    stmts->items[stmts->count++] = s;
}

static ct_stmt *make_stmt(ct_parser *p, ct_exec *exec, const char *place)
{
    ct_stmt *s = ct_engine_take(p->engine, sizeof(*s));
    s->exec = exec;
    s->place = place;
    s->django = p->django;
    return s;
}

ct_stmt *ct_stmt_new(ct_parser *p, ct_exec *exec, const char *place)
{
    ct_stmt *s = make_stmt(p, exec, place);
    if (!(p->django && p->extended && p->top_level)) /* of a child of Django's only the blocks count */
        add_stmt(p, s);
    return s;
}

ct_literal ct_literal_of(ct_str text)
{
    ct_literal literal = { .text = text };
    if (text.length && text.length <= sizeof(literal.head))
        memcpy(literal.head, text.data, text.length);
    return literal;
}

/* An output takes the place of the text that was added last and writes it in front of itself, which saves a step. */
static void add_output(ct_parser *p, ct_stmt *s)
{
    ct_stmts *stmts = p->stmts;
    const ct_stmt **last = stmts->count ? &stmts->items[stmts->count - 1] : NULL;
    if (!last || (*last)->exec != ct_exec_text) {
        add_stmt(p, s);
        return;
    }
    s->output.before = (*last)->text;
    *last = s;
}

static void parse_output(ct_parser *p)
{
    const char *place = p->at->text.data;
    p->at++;
    p->tag_count++;
    const ct_node *value = p->django ? ct_parse_operand(p, CT_MISSING_EMPTY) : ct_parse_tuple(p);
    if (!ct_at_type(p, CT_TOKEN_OUTPUT_END))
        ct_unexpected(p, "'}}'");
    p->at++;
    if (p->extended && p->top_level)
        return;
    ct_stmt *s = make_stmt(p, ct_exec_output_for(value, p->django), place);
    s->output.value = value;
    add_output(p, s);
}

/* The end that `name` is among `ends`; -1. */
static int find_end(const char *const *ends, ct_str name)
{
    for (int i = 0; ends && ends[i]; i++)
        if (ct_str_eq(name, ct_str_of(ends[i])))
            return i;
    return -1;
}

/* Whether the tag belongs to one that nobody knows: its end, or, as far as this can tell, a word within it. */
static bool belongs_to_unknown(const ct_parser *p, ct_str name)
{
    const ct_tag *tag = ct_tag_find(name);
    for (const ct_unknown_tag *unknown = p->unknown; unknown; unknown = unknown->older)
        if (tag || (ct_str_starts(name, CT_STR("end")) &&
                    ct_str_eq((ct_str){ name.data + 3, name.length - 3 }, unknown->name)))
            return true;
    return false;
}

/* A tag that nobody knows: what it says is passed over. */
static void refuse_unknown_tag(ct_parser *p, ct_str name)
{
    if (!belongs_to_unknown(p, name)) {
        ct_unknown_tag *unknown = ct_engine_take(p->engine, sizeof(*unknown));
        *unknown = (ct_unknown_tag){ .older = p->unknown, .name = name };
        p->unknown = unknown;
        ct_parse_refuse(p, name.data, "unknown tag '%.*s'%s", CT_STR_ARG(name), ct_suggest_tag(p, name));
    }
    while (!ct_at_type(p, CT_TOKEN_TAG_END)) {
        if (ct_at_type(p, CT_TOKEN_END) || ct_at_type(p, CT_TOKEN_ERROR))
            longjmp(p->failed, 1);
        p->at++;
    }
    p->at++;
}

/* A tag that nobody knows, or that stands where it cannot. */
static void refuse_tag(ct_parser *p, const ct_token *name)
{
    const char *place = name->text.data;
    for (const ct_open_tag *open = p->open; open; open = open->outer)
        if (find_end(open->ends, name->text) >= 0)
            ct_parse_fail(p, place,
                          "'%.*s' closes '%.*s' of line %" PRIu32 ", but '%.*s' of line %" PRIu32 " is still open",
                          CT_STR_ARG(name->text), CT_STR_ARG(open->tag->text), open->tag->line,
                          CT_STR_ARG(p->open->tag->text), p->open->tag->line);
    if (ct_tag_find(name->text) && !p->unknown)
        ct_parse_fail(p, place, "'%.*s' has nothing that it belongs to", CT_STR_ARG(name->text));
    refuse_unknown_tag(p, name->text);
}

static void parse_tag(ct_parser *p, const ct_token *name)
{
    const ct_tag *tag = ct_tag_find(name->text);
    if (tag && tag->parse) {
        tag->parse(p, name);
        return;
    }
    if (!tag && ct_parse_function_tag(p, name))
        return;
    refuse_tag(p, name);
}

/* One text, output or tag. False at a tag that ends the body: its name is taken, *ret_end says which it was. */
static bool parse_part(ct_parser *p, const char *const *ends, uint32_t *ret_end)
{
    switch ((ct_token_type)p->at->type) {
    case CT_TOKEN_TEXT:
        if (!(p->extended && p->top_level))
            ct_stmt_new(p, ct_exec_text, p->at->text.data)->text = ct_literal_of(p->at->text);
        p->at++;
        return true;
    case CT_TOKEN_OUTPUT_BEGIN:
        parse_output(p);
        return true;
    case CT_TOKEN_TAG_BEGIN: {
        p->at++;
        if (!ct_at_type(p, CT_TOKEN_NAME))
            ct_unexpected(p, "the name of a tag");
        const ct_token *name = p->at++;
        p->tag_count++;
        int end = find_end(ends, name->text);
        if (end >= 0) {
            *ret_end = (uint32_t)end;
            return false;
        }
        parse_tag(p, name);
        return true;
    }
    default:
        ct_unexpected(p, NULL);
    }
}

void ct_parse_enter(ct_parser *p)
{
    if (++p->depth > MAX_DEPTH || (const char *)__builtin_frame_address(0) < p->stack_end)
        ct_parse_fail(p, p->at->text.data, "tags and expressions nest too deeply here");
}

ct_body ct_parse_body(ct_parser *p, const ct_token *tag, const char *const *ends, uint32_t *ret_end)
{
    ct_parse_enter(p);
    ct_stmts stmts = { 0 }, *outer = p->stmts;
    ct_open_tag open = { .outer = p->open, .tag = tag, .ends = ends };
    p->stmts = &stmts;
    p->open = &open;
    for (;;) {
        if (ct_at_type(p, CT_TOKEN_END))
            ct_parse_fail(p, tag->text.data, "'%.*s' is never closed: '%s' is missing", CT_STR_ARG(tag->text), ends[0]);
        if (!parse_part(p, ends, ret_end))
            break;
    }
    p->stmts = outer;
    p->open = open.outer;
    p->depth--;
    return (ct_body){ .items = stmts.items, .count = stmts.count };
}

ct_body ct_parse_body_to(ct_parser *p, const ct_token *tag, const char *end)
{
    uint32_t which;
    ct_body body = ct_parse_body(p, tag, (const char *const[]){ end, NULL }, &which);
    ct_expect_closed(p);
    return body;
}

/* ---- scopes ---- */

ct_scope *ct_scope_open(ct_parser *p)
{
    ct_scope *scope = ct_engine_take(p->engine, sizeof(*scope));
    scope->outer = p->scope;
    p->scope = scope;
    return scope;
}

void ct_scope_close(ct_parser *p, ct_scope *scope)
{
    p->scope = (ct_scope *)scope->outer;
}

int32_t ct_declare_hidden(ct_parser *p)
{
    return (int32_t)p->unit->unit->slot_count++;
}

static int32_t find_in_scope(const ct_scope *scope, const ct_symbol *symbol)
{
    int32_t place = ct_places_find(&scope->symbols, symbol);
    return place >= 0 ? scope->slots[place] : -1;
}

void ct_declare_slot(ct_parser *p, const ct_symbol *symbol, int32_t slot)
{
    ct_scope *scope = p->scope;
    uint32_t place = scope->symbols.count;
    scope->slots = ct_engine_grown(p->engine, scope->slots, place, sizeof(*scope->slots), 4);
    ct_engine_place(p->engine, &scope->symbols, symbol);
    scope->slots[place] = slot;
    ((ct_symbol *)symbol)->assigned = true;
}

int32_t ct_declare(ct_parser *p, const ct_symbol *symbol)
{
    int32_t slot = find_in_scope(p->scope, symbol);
    if (slot < 0) {
        slot = ct_declare_hidden(p);
        ct_declare_slot(p, symbol, slot);
    }
    return slot;
}

void ct_declare_parameter(ct_parser *p, const ct_symbol *symbol)
{
    p->unit->parameters_end = ct_declare(p, symbol) + 1;
}

int32_t ct_find_variable(const ct_parser *p, const ct_symbol *symbol)
{
    for (const ct_scope *scope = p->scope; scope; scope = scope->outer) {
        int32_t slot = find_in_scope(scope, symbol);
        if (slot >= 0)
            return slot;
    }
    return -1;
}

/* ---- names ---- */

/* The slot, below 0, of a name that is looked up outside the unit. */
static int32_t free_slot(ct_parser *p, const ct_symbol *symbol)
{
    ct_unit_state *unit = p->unit;
    int32_t place = ct_places_find(&unit->frees, symbol);
    if (place < 0) {
        place = (int32_t)unit->unit->free_count++;
        ct_engine_place(p->engine, &unit->frees, symbol);
    }
    return -1 - place;
}

/* varargs, kwargs and caller are variables of a macro that uses them. */
static int32_t implicit_slot(ct_parser *p, const ct_symbol *symbol)
{
    ct_unit_state *unit = p->unit;
    int32_t *slot = ct_str_eq(symbol->name, CT_STR("varargs"))  ? &unit->varargs
                    : ct_str_eq(symbol->name, CT_STR("kwargs")) ? &unit->kwargs
                    : ct_str_eq(symbol->name, CT_STR("caller")) ? &unit->caller
                                                                : NULL;
    if (!unit->implicit || !slot)
        return -1;
    if (*slot < 0)
        *slot = ct_declare_hidden(p);
    return *slot;
}

static ct_node *name_node(ct_parser *p, const ct_symbol *symbol, int32_t slot, const char *place)
{
    ct_node *n = ct_node_new(p, ct_eval_name, place);
    n->kind = CT_NODE_NAME;
    n->name.symbol = symbol;
    n->name.slot = slot;
    return n;
}

static const ct_node *name_in(ct_parser *p, const ct_scope *scope, const ct_symbol *symbol, const char *place)
{
    for (; scope; scope = scope->outer) {
        int32_t slot = find_in_scope(scope, symbol);
        if (slot < 0)
            continue;
        if (slot == p->loop_slot)
            p->loop_used = true;
        ct_node *n = name_node(p, symbol, slot, place);
        if (slot >= p->unit->parameters_end)
            n->name.fallback = name_in(p, scope->outer, symbol, place);
        return n;
    }
    p->loop_used |= ct_str_eq(symbol->name, CT_STR("loop")); /* of a loop around this unit, if there is one */
    int32_t slot = implicit_slot(p, symbol);
    return name_node(p, symbol, slot >= 0 ? slot : free_slot(p, symbol), place);
}

const ct_node *ct_name_node(ct_parser *p, const ct_symbol *symbol, const char *place)
{
    return name_in(p, p->scope, symbol, place);
}

void ct_note_loop(ct_parser *p)
{
    p->loop_used |= p->loop_slot >= 0;
    p->parent_used = true;
}

/* ---- targets ---- */

ct_target ct_name_target(ct_parser *p, ct_str name, const char *place)
{
    ct_template *t = p->template;
    const ct_symbol *symbol = ct_engine_symbol(p->engine, name);
    if (p->top_level) {
        t->exports = ct_engine_grown(p->engine, t->exports, t->export_count, sizeof(const ct_symbol *), 4);
        t->exports[t->export_count++] = symbol;
    }
    return (ct_target){ .slot = ct_declare(p, symbol), .exported = p->top_level ? symbol : NULL, .place = place };
}

static ct_target parse_one_target(ct_parser *p, bool namespaces, const char *const *stop);

ct_target ct_parse_one_target(ct_parser *p, bool namespaces)
{
    return parse_one_target(p, namespaces, NULL);
}

/* The name of a variable; Django's may have hyphens and the like in it. */
static ct_str expect_variable(ct_parser *p)
{
    ct_str name = ct_expect_name(p, "a name");
    while (p->django && !p->at->space_before &&
           (ct_at_op(p, '-') || ct_at_op(p, '.') || ct_at_type(p, CT_TOKEN_NAME) || ct_at_type(p, CT_TOKEN_INTEGER))) {
        name.length = (size_t)(p->at->text.data + p->at->text.length - name.data);
        p->at++;
    }
    return name;
}

static ct_target parse_one_target(ct_parser *p, bool namespaces, const char *const *stop)
{
    const ct_token *token = p->at;
    if (ct_take_op(p, '(')) {
        ct_parse_enter(p);
        ct_target target = ct_parse_target(p, false, stop);
        p->depth--;
        ct_expect_op(p, ')');
        return target;
    }
    if (ct_at_type(p, CT_TOKEN_INTEGER) || ct_at_type(p, CT_TOKEN_STRING) || ct_at_type(p, CT_TOKEN_REAL))
        ct_parse_fail(p, token->text.data, "cannot assign to %s", ct_token_name(p, token));
    ct_str name = expect_variable(p);
    static const char *const reserved[] = { "true", "false", "none", "True", "False", "None" };
    for (size_t i = 0; i < CT_COUNT(reserved); i++)
        if (ct_str_eq(name, ct_str_of(reserved[i])))
            ct_parse_fail(p, token->text.data, "cannot assign to '%s'", reserved[i]);
    if (!namespaces || !ct_take_op(p, '.'))
        return ct_name_target(p, name, token->text.data);
    ct_target target = { .slot = -1, .place = token->text.data };
    target.namespace_ = ct_name_node(p, ct_engine_symbol(p->engine, name), token->text.data);
    target.attribute = ct_expect_name(p, "the name of an attribute");
    return target;
}

static bool at_word(const ct_parser *p, const char *const *words)
{
    return ct_at_type(p, CT_TOKEN_NAME) && find_end(words, p->at->text) >= 0;
}

ct_target ct_parse_target(ct_parser *p, bool namespaces, const char *const *stop)
{
    ct_target items[32];
    uint32_t count = 0;
    const char *place = p->at->text.data;
    bool several = false;
    do {
        if (count && (at_word(p, stop) || ct_at_op(p, ')') || ct_at_op(p, '=')))
            break;
        if (count == CT_COUNT(items))
            ct_parse_fail(p, p->at->text.data, "more than %zu names to unpack into", CT_COUNT(items));
        items[count++] = parse_one_target(p, namespaces, stop);
        several |= ct_at_op(p, ',');
    } while (ct_take_op(p, ','));
    if (!several)
        return items[0];
    ct_target *kept = ct_engine_take(p->engine, count * sizeof(*kept));
    memcpy(kept, items, count * sizeof(*kept));
    return (ct_target){ .slot = -1, .items = kept, .count = count, .place = place };
}

/* ---- units ---- */

ct_unit *ct_unit_open(ct_parser *p, ct_unit_saved *saved, const char *what, ct_str name)
{
    *saved = (ct_unit_saved){ .unit = p->unit,
                              .scope = p->scope,
                              .stmts = p->stmts,
                              .branches = p->branches,
                              .loops = p->loops,
                              .loop_slot = p->loop_slot,
                              .top_level = p->top_level,
                              .extended = p->extended,
                              .block = p->block };
    ct_unit *unit = ct_engine_take(p->engine, sizeof(*unit));
    *unit = (ct_unit){ .template = p->template,
                       .what = what,
                       .name = name,
                       .django = p->django,
                       .autoescape = p->django ? -1 : p->template->autoescape };
    ct_unit_state *state = ct_engine_take(p->engine, sizeof(*state));
    *state = (ct_unit_state){ .unit = unit, .varargs = -1, .kwargs = -1, .caller = -1 };
    p->unit = state;
    p->scope = NULL;
    unit->scope = ct_scope_open(p);
    p->loops = 0;
    p->loop_slot = -1;
    p->top_level = false;
    return unit;
}

void ct_unit_close(ct_parser *p, const ct_unit_saved *saved)
{
    p->unit = saved->unit;
    p->scope = saved->scope;
    p->stmts = saved->stmts;
    p->branches = saved->branches;
    p->loops = saved->loops;
    p->loop_slot = saved->loop_slot;
    p->top_level = saved->top_level;
    p->extended = saved->extended;
    p->block = saved->block;
    p->parent_used = true;
    if (p->django)
        ct_note_loop(p);
}

void ct_unit_implicit(const ct_parser *p, int32_t *ret_varargs, int32_t *ret_kwargs, int32_t *ret_caller)
{
    *ret_varargs = p->unit->varargs;
    *ret_kwargs = p->unit->kwargs;
    *ret_caller = p->unit->caller;
}

void ct_unit_allow_implicit(ct_parser *p)
{
    p->unit->implicit = true;
}

void ct_unit_capture(ct_parser *p)
{
    p->unit->unit->captured = true;
}

int32_t ct_unit_slots(const ct_parser *p)
{
    return (int32_t)p->unit->unit->slot_count;
}

/* ---- references, blocks ---- */

void ct_add_reference(ct_parser *p, ct_reference reference, const char *place)
{
    ct_template *t = p->template;
    size_t count = t->reference_count++;
    t->references = ct_engine_grown(p->engine, t->references, count, sizeof(*t->references), 4);
    t->references[count] = reference;
    p->reference_places = ct_engine_grown(p->engine, p->reference_places, count, sizeof(*p->reference_places), 4);
    p->reference_places[count] = (ct_place){ .at = place, .number = count };
}

static int by_place(const void *a, const void *b)
{
    const char *left = ((const ct_place *)a)->at, *right = ((const ct_place *)b)->at;
    return (left > right) - (left < right);
}

/* Lines and columns of all references in one walk through the source, when it has been parsed. */
static void place_references(ct_parser *p)
{
    const char *at = p->template->source.data;
    uint32_t line = 1, column = 1;
    if (p->template->reference_count)
        qsort(p->reference_places, p->template->reference_count, sizeof(*p->reference_places), by_place);
    for (size_t i = 0; i < p->template->reference_count; i++) {
        const ct_place *place = &p->reference_places[i];
        for (; at < place->at; at++) {
            column = *at == '\n' ? 1 : column + (((unsigned char)*at & 0xC0) != 0x80);
            line += *at == '\n';
        }
        p->template->references[place->number].line = line;
        p->template->references[place->number].column = column;
    }
}

ct_block *ct_add_block(ct_parser *p, ct_block block)
{
    ct_template *t = p->template;
    uint32_t place = t->block_names.count;
    if (ct_places_find(&t->block_names, block.name) >= 0)
        ct_parse_fail(p, block.place, "the block '%.*s' is defined twice", CT_STR_ARG(block.name->name));
    ct_block *kept = ct_engine_take(p->engine, sizeof(*kept));
    *kept = block;
    t->blocks = ct_engine_grown(p->engine, t->blocks, place, sizeof(*t->blocks), 4);
    t->blocks[place] = kept;
    ct_engine_place(p->engine, &t->block_names, block.name);
    return kept;
}

void ct_add_partial(ct_parser *p, const ct_symbol *name, const ct_unit *unit, const char *place)
{
    ct_template *t = p->template;
    uint32_t count = t->partial_names.count;
    if (ct_places_find(&t->partial_names, name) >= 0)
        ct_parse_fail(p, place, "the partial '%.*s' is defined twice", CT_STR_ARG(name->name));
    t->partials = ct_engine_grown(p->engine, t->partials, count, sizeof(*t->partials), 4);
    t->partials[count] = unit;
    ct_engine_place(p->engine, &t->partial_names, name);
}

/* ---- templates ---- */

bool ct_escapes_by_name(ct_str name)
{
    static const char *const endings[] = { ".html", ".htm", ".xml", ".svg" };
    for (size_t i = 0; i < CT_COUNT(endings); i++) {
        ct_str ending = ct_str_of(endings[i]);
        if (name.length >= ending.length &&
            ct_str_eq_nocase((ct_str){ name.data + name.length - ending.length, ending.length }, ending))
            return true;
    }
    return false;
}

static void parse_template(ct_parser *p)
{
    ct_unit_saved saved;
    ct_stmts stmts = { 0 };
    ct_unit *unit = ct_unit_open(p, &saved, "template", p->template->name);
    p->template->top = unit;
    p->stmts = &stmts;
    p->top_level = true;
    unit->captured = true; /* macros, imports and blocks refer to it */
    unit->autoescape = p->template->autoescape;
    uint32_t end;
    while (!ct_at_type(p, CT_TOKEN_END))
        parse_part(p, NULL, &end);
    unit->body = (ct_body){ .items = stmts.items, .count = stmts.count };
}

/* The first byte that cannot be in a template: no UTF-8, or a NUL. NULL: there is none. */
static const char *find_foreign_byte(ct_str text)
{
    const char *nul = text.length ? memchr(text.data, '\0', text.length) : NULL;
    size_t length = nul ? (size_t)(nul - text.data) : text.length, at = 0;
    if (ct_utf8_valid(text.data, length))
        return nul;
    for (size_t size = 1; at < length; at += size, size = 1) {
        while (size <= 4 && at + size <= length && !ct_utf8_valid(text.data + at, size))
            size++;
        if (size > 4 || at + size > length)
            break;
    }
    return text.data + at;
}

ct_template *ct_compile(ct_engine *engine, ct_str name, const ct_source *source, ct_language language,
                        ct_template_error *error)
{
    ct_template *template = ct_engine_take(engine, sizeof(*template));
    *template = (ct_template){ .engine = engine,
                               .name = name,
                               .file = source->file,
                               .origin = *source,
                               .source = source->text,
                               .language = language,
                               .autoescape = ct_escapes_by_name(name) };
    ct_tokens tokens = { 0 };
    if (template->language != CT_LANGUAGE_DJANGO)
        tokens = ct_lex(source->text, CT_LANGUAGE_JINJA, &engine->options, &engine->arena);
    if (template->language == CT_LANGUAGE_AUTO)
        template->language = ct_language_of(engine, &tokens);
    template->neutral = template->language == CT_LANGUAGE_AUTO;
    if (template->neutral)
        template->language = CT_LANGUAGE_JINJA;
    if (template->language == CT_LANGUAGE_DJANGO)
        tokens = ct_lex(source->text, CT_LANGUAGE_DJANGO, &engine->options, &engine->arena);
    template->source = tokens.source;
    const char *foreign = find_foreign_byte(tokens.source);
    ct_parser *p = ct_engine_take(engine, sizeof(*p));
    *p = (ct_parser){ .engine = engine,
                      .template = template,
                      .at = tokens.items,
                      .loop_slot = -1,
                      .error = error,
                      .stack_end = (const char *)__builtin_frame_address(0) - STACK,
                      .django = template->language == CT_LANGUAGE_DJANGO };
    if (engine->stack_end && engine->stack_end > p->stack_end)
        p->stack_end = engine->stack_end;
    if (_setjmp(p->failed) == 0) {
        if (foreign)
            ct_parse_fail(p, foreign, "%s",
                          *foreign ? "a template is UTF-8, which this byte is not" : "a template has no NUL in it");
        parse_template(p);
    }
    place_references(p);
    engine->broken = p->refused ? p->template : NULL;
    return p->refused ? NULL : p->template;
}
