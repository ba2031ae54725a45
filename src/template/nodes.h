/* The compiled form of templates: a tree whose nodes carry the function that runs them.
 *
 * Expressions are ct_node, statements ct_stmt. The parser makes them once, with every name resolved to a slot, every
 * filter to its row and its arguments to their places; running is a call through a pointer a node, with nothing to look
 * up but what comes from outside. Nodes never change after compiling, but for ct_field_cache.
 *
 * A unit is what has variables of its own: a template's top, a block, a macro, the body of a call, a partial. Its
 * frame is an array of values: slots 0, 1, ... are its variables, -1, -2, ... the names that it looks up outside,
 * each looked up once and kept for as long as the frame lives. A scope is the part of a unit in which some variables
 * are visible (the body of a loop, of `with`). */
#ifndef CANTEEN_TEMPLATE_NODES_H
#define CANTEEN_TEMPLATE_NODES_H

#include "base/places.h"
#include "template/escape.h"
#include "template/function.h"
#include "template/render.h"
#include "template/template.h"

typedef struct ct_node ct_node;
typedef struct ct_stmt ct_stmt;
typedef struct ct_unit ct_unit;

/* A name, once an engine: equal names are equal pointers. */
typedef struct ct_symbol {
    ct_str name;
    bool assigned; /* some template has a variable of this name */
} ct_symbol;

/* ---- expressions ---- */

typedef ct_tval ct_eval(ct_renderer *r, const ct_node *n);

/* Where a name was last found in a row, so that the next row of the shape needs no search. */
typedef struct ct_field_cache {
    const ct_shape *shape;
    const ct_field *field;
    size_t offset; /* the field's, where it is text that lies in the row; else 0: no member lies there */
    uint8_t loop;  /* ct_loop_attribute() of the name */
    bool plain;    /* the name is no method of dictionaries: maps and rows can be asked first */
} ct_field_cache;

/* The arguments of a call. */
typedef struct ct_args {
    const ct_node *const *positional;
    const ct_str *names;
    const ct_node *const *named;
    const ct_node *rest, *named_rest; /* *args, **kwargs; NULL: none */
    uint16_t count, named_count;
} ct_args;

typedef enum ct_node_kind {
    CT_NODE_OTHER,
    CT_NODE_CONSTANT,
    CT_NODE_NAME,
    CT_NODE_ATTRIBUTE,
    CT_NODE_CALL,
    CT_NODE_FILTER,
    CT_NODE_TUPLE,
    CT_NODE_TRANSLATED /* binary.left, translated */
} ct_node_kind;

/* What a missing value is for Django's tags and filters. */
typedef enum ct_missing {
    CT_MISSING_EMPTY, /* "", or string_if_invalid */
    CT_MISSING_NONE,  /* None */
    CT_MISSING_ASKED, /* None, and no mistake even where undefined values are errors: in {% if %} */
    CT_MISSING_ALONE  /* the same for all of a condition: a missing argument of a filter makes it UNSET */
} ct_missing;

struct ct_node {
    ct_eval *eval;
    const char *place; /* in the template's source */
    uint8_t kind;      /* ct_node_kind: what the parser has to know of a node it has made */
    bool django;       /* written in Django's way: missing values are silent */
    uint8_t depth;     /* of the nodes below it, the longest way */
    uint8_t missing;   /* ct_missing: what a missing value is for Django's filters */
    bool fails;        /* a filter or a lookup, which may call something: what an operator of {% if %} has to expect */
    union {
        ct_tval value; /* CONSTANT */
        struct {
            const ct_symbol *symbol;
            int32_t slot;
            const ct_node *fallback; /* where the slot may be unset: what the name means then */
        } name;
        struct {
            const ct_node *of;
            ct_str name;
            ct_field_cache *cache;
            const ct_scope *scope; /* of Django's block.super: what is visible there */
        } attribute;
        struct {
            const ct_node *left, *right;
        } binary;
        struct {
            const ct_node *condition, *then, *otherwise; /* otherwise may be NULL */
        } choice;
        struct {
            const ct_node *operation, *left, *right; /* its operands; NULL: none, or, of both, more than two */
        } quiet;
        struct {
            const ct_node *of, *start, *stop, *step; /* NULL where omitted */
        } slice;
        struct {
            const ct_node *const *items; /* of a dictionary: key, value, key, value */
            uint32_t count;
        } list;
        struct {
            const ct_node *first; /* a < b < c */
            const struct ct_comparison *rest;
            uint32_t count;
        } chain;
        struct {
            const ct_callable *callable;
            const ct_node *const *bound; /* one for each parameter, NULL: not given; then those of "*" */
            uint16_t bound_count;
            const ct_args *args; /* instead, where * or ** leave it to the render. The value is positional[0] */
            ct_str name;
        } filter; /* and tests, with `negated` */
        struct {
            const ct_node *callee;
            const ct_args *args;
        } call;
    };
};

typedef struct ct_comparison {
    bool (*holds)(ct_renderer *r, ct_tval a, ct_tval b);
    const ct_node *operand;
} ct_comparison;

static inline ct_tval ct_eval_node(ct_renderer *r, const ct_node *n)
{
    return n->eval(r, n);
}

/* ---- statements ---- */

typedef enum ct_flow { CT_FLOW_NEXT, CT_FLOW_BREAK, CT_FLOW_CONTINUE } ct_flow;
typedef ct_flow ct_exec(ct_renderer *r, const ct_stmt *s);

typedef struct ct_body {
    const ct_stmt *const *items;
    uint32_t count;
} ct_body;

/* What is assigned to: a variable, an attribute of a namespace, or several at once. */
typedef struct ct_target {
    int32_t slot;              /* the variable, or that of the namespace; -1: `items` are unpacked */
    const ct_symbol *exported; /* its name, where blocks, imports and parents see it too; else NULL */
    const ct_node *namespace_; /* set ns.attr: the namespace ... */
    ct_str attribute;          /* ... and the attribute */
    const struct ct_target *items;
    uint32_t count;
    const char *place;
} ct_target;

/* {% with %} and the arguments of Django's include: names and what they are set to. */
typedef struct ct_binding {
    ct_target target;
    const ct_node *value;
} ct_binding;

typedef struct ct_branch {
    const ct_node *condition; /* NULL: else */
    ct_body body;
} ct_branch;

/* Text of the template. Most is short: where there is room, all of `head` is copied, which needs no call. */
typedef struct ct_literal {
    ct_str text;
    char head[32]; /* the text where it is no longer, with zeros behind */
} ct_literal;

struct ct_stmt {
    ct_exec *exec;
    const char *place;
    bool django;
    union {
        ct_literal text;
        const ct_node *value; /* do */
        struct {
            const ct_node *value;
            ct_literal before; /* the text in front of it */
        } output;
        struct {
            const ct_branch *branches;
            uint32_t count;
        } choice;
        struct {
            const struct ct_for *loop;
        } loop;
        struct {
            ct_target target;
            const ct_node *value; /* set a = value; of a block set the filter chain or NULL, its input is `input` */
            ct_body body;         /* block set */
            const struct ct_piped *piped;
        } set;
        struct {
            const ct_scope *scope;
            const ct_binding *bindings;
            uint32_t count;
            ct_body body;
            const ct_node *autoescape;    /* {% autoescape x %} */
            const struct ct_piped *piped; /* {% filter x %} */
        } scoped;
        struct {
            const struct ct_block *block;
            const ct_scope *scope; /* of scoped blocks and Django's: what is visible; NULL */
        } block;
        struct {
            const ct_node *name;
            const ct_scope *scope; /* what an include with context sees; NULL: without */
            bool ignore_missing, isolated;
            const ct_binding *bindings; /* Django: with a=b */
            uint32_t count;
            ct_target target; /* import ... as target */
            const struct ct_import_name *imports;
            uint32_t import_count;
        } include;
        struct {
            const struct ct_macro_code *code;
            ct_target target;
            const ct_node *call; /* {% call %} */
        } macro;
        struct {
            const void *data; /* of statements that have more to say: theirs to know */
        } other;
    };
};

/* A chain of filters on a text that is not there yet: input holds it while `chain` runs. */
typedef struct ct_piped {
    int32_t slot; /* of the text */
    const ct_node *chain;
} ct_piped;

typedef struct ct_for {
    ct_target target;
    const ct_node *iterable, *condition; /* condition: {% for x in y if condition %}, or NULL */
    ct_body body, otherwise;
    const ct_scope *scope;                    /* of the body */
    int32_t loop_slot;                        /* of `loop` and `forloop`; -1: the body does not ask for it */
    const ct_node *outer;                     /* the loop around, where parentloop may be asked for; else NULL */
    uint32_t fixed;                           /* variables of the scope that each iteration sets: the rest it clears */
    int32_t first_slot, end_slot;             /* all variables of the body: what a recursive call saves */
    bool recursive, reversed, django, simple; /* simple: one variable, no condition, no loop object */
} ct_for;

static inline ct_flow ct_exec_body(ct_renderer *r, const ct_body *body)
{
    ct_render_check_stack(r);
    for (uint32_t i = 0; i < body->count; i++) {
        const ct_stmt *s = body->items[i];
        ct_flow flow = s->exec(r, s);
        if (CT_UNLIKELY(flow != CT_FLOW_NEXT))
            return flow;
    }
    return CT_FLOW_NEXT;
}

/* ---- units, scopes, templates ---- */

struct ct_scope {
    const ct_scope *outer; /* in the same unit; NULL at its top */
    ct_places symbols;
    int32_t *slots; /* of each symbol */
};

struct ct_unit {
    const ct_template *template;
    const char *what; /* "block", "macro" ... */
    ct_str name;
    ct_body body;
    ct_scope *scope;     /* the outermost */
    uint32_t slot_count; /* variables */
    uint32_t free_count; /* names looked up outside */
    bool captured;       /* macros or calls made in it keep its frame: it stays until the end of the render */
    int8_t autoescape;   /* 1 on, 0 off, -1: as it is where it runs */
    bool django;
};

typedef struct ct_block {
    const ct_symbol *name;
    const ct_unit *unit;
    bool scoped, required;
    const char *place;
} ct_block;

typedef struct ct_parameter {
    int32_t slot;
    ct_str name;
    const ct_node *fallback; /* the default, or NULL */
} ct_parameter;

typedef struct ct_macro_code {
    const ct_unit *unit;
    const ct_parameter *parameters;
    uint32_t count;
    int32_t varargs_slot, kwargs_slot, caller_slot; /* -1: the body does not use it */
    const ct_scope *scope;                          /* where it is defined */
    bool anonymous;                                 /* the body of {% call %} */
} ct_macro_code;

typedef struct ct_import_name {
    ct_str name;
    ct_target target;
    const char *place;
} ct_import_name;

struct ct_template {
    ct_engine *engine;
    ct_str name;
    const char *file;
    ct_source origin;
    ct_str source; /* what places point into */
    ct_language language;
    bool neutral;               /* nothing in it is of one language alone: this is its reading as Jinja's ... */
    struct ct_template *django; /* ... and that as Django's, made when first needed */
    struct ct_template *page;   /* the one of both that it is when it is asked for by name; NULL: not known yet */
    uint32_t search;            /* the last search for a language that came by */
    bool autoescape, extends, may_extend; /* extends: a parent is named without condition; may: or with one */
    ct_unit *top;
    ct_places block_names; /* symbols, as the others */
    const ct_block **blocks;
    ct_places partial_names;
    const ct_unit **partials;
    ct_reference *references;
    size_t reference_count;
    const ct_symbol **exports; /* what its top sets, a name perhaps more than once */
    size_t export_count;
};

/* ---- running ---- */

/* Slots for a unit, all unset; ct_frame_leave() gives them back. */
typedef struct ct_frame {
    ct_tval *slots;
    const ct_env *env;
    const ct_template *template;
    ct_slots_block *block;
    ct_tval *next;
    ct_page *page;
    const char *at;
    uint64_t number;
    bool autoescape, django;
    ct_visit visit;
} ct_frame;

/* Enters a unit of `page`, seeing `env`; `how` is for messages ("included by"). */
void ct_frame_enter(ct_renderer *r, ct_frame *frame, const ct_unit *unit, ct_page *page, const ct_env *env,
                    const char *how);
void ct_frame_leave(ct_renderer *r, const ct_frame *frame);
/* An environment of the running unit at a scope that outlives the statement. */
const ct_env *ct_env_keep(ct_renderer *r, const ct_scope *scope);
/* Looks a name up outside the unit; UNDEFINED when there is none. */
ct_tval ct_lookup_free(ct_renderer *r, const ct_symbol *symbol, bool django);

void ct_assign_otherwise(ct_renderer *r, const ct_target *target, ct_tval value);
static inline void ct_assign(ct_renderer *r, const ct_target *target, ct_tval value)
{
    if (CT_LIKELY(target->slot >= 0 && !target->exported))
        r->slots[target->slot] = value;
    else
        ct_assign_otherwise(r, target, value);
}
/* Unsets the variables of a scope but for the first `fixed`. */
static inline void ct_scope_clear(ct_renderer *r, const ct_scope *scope, uint32_t fixed)
{
    for (uint32_t i = fixed; i < scope->symbols.count; i++)
        r->slots[scope->slots[i]] = ct_t_unset();
}

/* What was written to the output since `start` as text, taken back from it. Safe text while autoescaping. */
ct_tval ct_capture_end(ct_renderer *r, size_t start);
/* Appends a value to the output, escaped as the place wants it. Most are text to escape. */
void ct_output_slow(ct_renderer *r, ct_tval v, bool django);
static inline void ct_output(ct_renderer *r, ct_tval v, bool django)
{
    if (CT_LIKELY(v.type == CT_T_TEXT && r->autoescape && !(v.flags & CT_T_SAFE))) {
        ct_escape_write(r->out, ct_t_get_str(v), django);
        ct_output_check(r);
    } else {
        ct_output_slow(r, v, django);
    }
}

#endif
