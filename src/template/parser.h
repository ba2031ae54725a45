/* The parser at work: what the files that parse expressions and tags share.
 *
 * One pass over the tokens makes the finished nodes: names are resolved as they are met, for a variable is visible from
 * where it is set. Whatever is wrong ends the compilation with a message (ct_parse_fail), at once where what follows
 * could not be understood, else when the rest is read (ct_parse_refuse); memory is the engine's. */
#ifndef CANTEEN_TEMPLATE_PARSER_H
#define CANTEEN_TEMPLATE_PARSER_H

#include "template/engine.h"
#include "template/lexer.h"
#include "template/nodes.h"

typedef struct ct_unit_state ct_unit_state;
typedef struct ct_stmts ct_stmts;

/* Where something numbered stands in the source. */
typedef struct ct_place {
    const char *at;
    size_t number;
} ct_place;

typedef struct ct_parser {
    ct_engine *engine;
    ct_template *template;
    const ct_token *at; /* the next token */
    ct_unit_state *unit;
    ct_scope *scope;
    bool django;                          /* the template's language */
    uint32_t tag_count;                   /* tags and outputs so far */
    uint32_t depth;                       /* of nested tags and expressions */
    const char *stack_end;                /* the C stack must not grow below */
    uint32_t branches;                    /* conditional tags around: what stands there may never run */
    uint32_t loops;                       /* loops of the unit around, for break and continue */
    int32_t loop_slot;                    /* of the innermost loop of the unit, -1 */
    bool loop_used;                       /* something in its body may ask for `loop` */
    bool parent_used;                     /* ... and for its `parentloop` */
    bool top_level;                       /* not within a loop, with, block...: what is set here is exported */
    bool extended;                        /* an unconditional {% extends %} came: nothing more is shown at the top */
    const ct_symbol *block;               /* the block around, NULL */
    const struct ct_open_tag *open;       /* tags that wait for their end, for messages */
    ct_stmts *stmts;                      /* where statements go */
    ct_places cycle_names;                /* of {% cycle %} tags so far ... */
    const struct ct_cycle **cycles;       /* ... the last one of each */
    const struct ct_cycle *cycle;         /* the last one of all */
    ct_place *reference_places;           /* of the template's references */
    const struct ct_unknown_tag *unknown; /* tags that nobody knows, so far */
    uint32_t groups;                      /* lists of templates so far: ct_reference.group */
    bool refused;                         /* `error` is filled: with the first mistake */
    ct_template_error *error;
    jmp_buf failed;
} ct_parser;

/* ---- tokens ---- */

CT_NORETURN void ct_parse_fail(ct_parser *p, const char *place, const char *format, ...) CT_PRINTF(3, 4);

/* The same, but goes on: `check` tells all of them. */
void ct_parse_refuse(ct_parser *p, const char *place, const char *format, ...) CT_PRINTF(3, 4);

static inline bool ct_at_type(const ct_parser *p, ct_token_type type)
{
    return p->at->type == type;
}

static inline bool ct_at_op(const ct_parser *p, uint16_t op)
{
    return p->at->type == CT_TOKEN_OPERATOR && p->at->op == op;
}

static inline bool ct_at_name(const ct_parser *p, const char *name)
{
    return p->at->type == CT_TOKEN_NAME && ct_str_eq(p->at->text, ct_str_of(name));
}

/* Steps over the token if it is the one named. */
bool ct_take_op(ct_parser *p, uint16_t op);
bool ct_take_name(ct_parser *p, const char *name);
/* Steps over the token or fails: "expected ')', got 'x'". */
void ct_expect_op(ct_parser *p, uint16_t op);
ct_str ct_expect_name(ct_parser *p, const char *what);
void ct_expect_tag_end(ct_parser *p);
/* The same behind the name of an end tag, where Django reads no further: {% endfor item %}. */
void ct_expect_closed(ct_parser *p);
/* How a token is called in messages: "'x'", "end of template". */
const char *ct_token_name(ct_parser *p, const ct_token *token);
/* Fails unless the token is none that the lexer refused. */
CT_NORETURN void ct_unexpected(ct_parser *p, const char *expected);

/* ---- expressions ---- (expression.c) */

ct_node *ct_node_new(ct_parser *p, ct_eval *eval, const char *place);
/* A whole expression; with or without `a if b else c` and a tuple without parentheses. */
const ct_node *ct_parse_expression(ct_parser *p);
const ct_node *ct_parse_expression_no_condition(ct_parser *p);
const ct_node *ct_parse_tuple(ct_parser *p);
/* What {% for %} walks: a tuple without `if`, which would be the loop's. */
const ct_node *ct_parse_iterable(ct_parser *p);
/* One argument of a Django tag: a literal or variable with filters, without operators. `missing`: what a missing
 * variable is for its filters. */
const ct_node *ct_parse_operand(ct_parser *p, ct_missing missing);
/* The arguments of a call after '(' up to and with ')'. `first`: goes in front (the value of a filter), or NULL. */
const ct_args *ct_parse_args(ct_parser *p, const ct_node *first);
/* A chain of filters `a|b(1)|c` without its value, for {% filter %}: `value` is what it starts with. */
const ct_node *ct_parse_filters(ct_parser *p, const ct_node *value);
/* Fails where a filter is Django's `timezone` with the name of a zone that there is not. (django_local.c) */
void ct_check_zone_filter(ct_parser *p, const ct_callable *filter, const ct_args *args);
/* A literal or constant, whose value is known. */
const ct_node *ct_constant(ct_parser *p, const char *place, ct_tval value);
bool ct_is_constant_text(const ct_node *n, ct_str *ret_text);
/* Of url_for('static', filename='x.css'), whose named arguments these are: notes that it refers to the file. */
void ct_note_filename(ct_parser *p, ct_str route, const ct_str *names, const ct_node *const *values, uint32_t count);
/* The value of a string token. */
ct_str ct_unquote(ct_parser *p, const ct_token *token);
/* A name as it is read at this place. */
const ct_node *ct_name_node(ct_parser *p, const ct_symbol *symbol, const char *place);
/* {% if %} of Django templates: operators between operands. (It is ct_parse_expression, with missing values None.) */
const ct_node *ct_parse_condition(ct_parser *p);

/* Something else than this unit may see `forloop` from here: another template, block or partial. */
void ct_note_loop(ct_parser *p);

/* Steps into something nested; fails past the limit. The caller takes one off p->depth again. */
void ct_parse_enter(ct_parser *p);

/* ---- statements and scopes ---- (parser.c) */

/* A statement to be filled in, added to the body being parsed. */
ct_stmt *ct_stmt_new(ct_parser *p, ct_exec *exec, const char *place);
ct_literal ct_literal_of(ct_str text);
/* Parses up to the tag of one of the names, which ends with NULL, and takes that tag's name (its arguments are next);
 * returns which it was. `tag` is the one that is being closed, for messages. */
ct_body ct_parse_body(ct_parser *p, const ct_token *tag, const char *const *ends, uint32_t *ret_end);
/* The same for a body that ends with one tag, whose end is taken too. */
ct_body ct_parse_body_to(ct_parser *p, const ct_token *tag, const char *end);

/* A scope inside the current one: from open to close. */
ct_scope *ct_scope_open(ct_parser *p);
void ct_scope_close(ct_parser *p, ct_scope *scope);
/* A variable of the innermost scope: its slot. The same name again gives the same slot. */
int32_t ct_declare(ct_parser *p, const ct_symbol *symbol);
/* A parameter of the macro that the unit is: it hides what is outside even while it has no value. */
void ct_declare_parameter(ct_parser *p, const ct_symbol *symbol);
/* Another name for a slot. */
void ct_declare_slot(ct_parser *p, const ct_symbol *symbol, int32_t slot);
/* The number of slots that the unit has so far. */
int32_t ct_unit_slots(const ct_parser *p);
/* A slot without a name. */
int32_t ct_declare_hidden(ct_parser *p);
/* The slot of a variable that is visible here, in this unit; -1. */
int32_t ct_find_variable(const ct_parser *p, const ct_symbol *symbol);

/* What is assigned to: name, `a, b`, `(a, (b, c))`; `namespaces`: ns.attr as well. The variables are declared. */
ct_target ct_parse_target(ct_parser *p, bool namespaces, const char *const *stop);
/* One of those between the commas. */
ct_target ct_parse_one_target(ct_parser *p, bool namespaces);
ct_target ct_name_target(ct_parser *p, ct_str name, const char *place);

/* A unit inside the current one: from open to close. What it needs of the surroundings it looks up at run time. */
typedef struct ct_unit_saved {
    ct_unit_state *unit;
    ct_scope *scope;
    ct_stmts *stmts;
    uint32_t branches, loops;
    int32_t loop_slot;
    bool top_level, extended;
    const ct_symbol *block;
} ct_unit_saved;
ct_unit *ct_unit_open(ct_parser *p, ct_unit_saved *saved, const char *what, ct_str name);
void ct_unit_close(ct_parser *p, const ct_unit_saved *saved);
/* The slots of `varargs`, `kwargs` and `caller` of the unit being parsed, -1 where its body does not use them. */
void ct_unit_implicit(const ct_parser *p, int32_t *ret_varargs, int32_t *ret_kwargs, int32_t *ret_caller);
void ct_unit_allow_implicit(ct_parser *p);
/* The unit's frame must stay: something made in it refers to it. */
void ct_unit_capture(ct_parser *p);

/* Adds to the template; a second block or partial of a name fails. */
ct_block *ct_add_block(ct_parser *p, ct_block block);
void ct_add_partial(ct_parser *p, const ct_symbol *name, const ct_unit *unit, const char *place);
void ct_add_reference(ct_parser *p, ct_reference reference, const char *place);
/* References to the templates that an expression can name, as far as they are constants (include.c). */
void ct_note_templates(ct_parser *p, const ct_node *n, bool optional);

/* name=value name=value ... of Django's include: what the page included exports from the start. */
const ct_binding *ct_parse_django_exports(ct_parser *p, uint32_t *ret_count);

/* ---- tags ---- (tags.c) */

/* Parses what follows the tag's name, its end included. */
typedef void ct_parse_tag(ct_parser *p, const ct_token *tag);
typedef struct ct_tag {
    const char *name;
    ct_parse_tag *parse; /* NULL: a word that only stands inside another tag: `else`, `endfor` */
    char language;       /* 'j' or 'd': only that language has it; 'b': both; for language.c and for messages */
} ct_tag;
extern const ct_tag ct_tags[]; /* ends with a NULL name */
const ct_tag *ct_tag_find(ct_str name);
const char *ct_suggest_tag(ct_parser *p, ct_str name); /* "; did you mean 'x'?" or "" */
/* {% name a b k=v as x %} where `name` is a function that an app adds: false when it is none. */
bool ct_parse_function_tag(ct_parser *p, const ct_token *tag);

/* The parsers of tags: tags_*.c and the files of what they make. */
ct_parse_tag ct_tag_for, ct_tag_if, ct_tag_set, ct_tag_with, ct_tag_do, ct_tag_break, ct_tag_continue, ct_tag_debug,
    ct_tag_filter, ct_tag_autoescape, ct_tag_macro, ct_tag_call, ct_tag_block, ct_tag_extends, ct_tag_include,
    ct_tag_import, ct_tag_from, ct_tag_trans;
ct_parse_tag ct_tag_load, ct_tag_cycle, ct_tag_resetcycle, ct_tag_firstof, ct_tag_ifchanged, ct_tag_regroup,
    ct_tag_spaceless, ct_tag_now, ct_tag_widthratio, ct_tag_templatetag, ct_tag_url, ct_tag_csrf_token, ct_tag_static,
    ct_tag_get_static_prefix, ct_tag_querystring, ct_tag_partialdef, ct_tag_partial, ct_tag_lorem, ct_tag_blocktrans,
    ct_tag_localize, ct_tag_localtime, ct_tag_timezone, ct_tag_get_current_timezone, ct_tag_get_available_languages,
    ct_tag_get_current_language, ct_tag_get_current_language_bidi, ct_tag_get_language_info, ct_tag_language;

#endif
