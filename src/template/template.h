/* The template engine as others see it: an engine has templates, found by name through a loader, compiled when first
 * asked for and kept. Nothing in it knows of requests; what a page may refer to arrives in ct_render_input.
 *
 * An engine is made, filled by use and destroyed as a whole; where files have changed the owner makes a new one.
 * Compiled templates are never changed, but for caches of a word or two that are right whenever they are read, so an
 * engine made before a fork is shared by the workers. Not for sharing between threads. */
#ifndef CANTEEN_TEMPLATE_TEMPLATE_H
#define CANTEEN_TEMPLATE_TEMPLATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/common.h"
#include "base/error.h"
#include "base/str.h"
#include "canteen/template.h" /* ct_message */
#include "canteen/value.h"

typedef struct ct_engine ct_engine;
typedef struct ct_template ct_template;
typedef struct ct_renderer ct_renderer;
struct ct_tval;
struct ct_fn;

typedef enum ct_language {
    CT_LANGUAGE_AUTO, /* by the syntax a file uses: language.h has the rule */
    CT_LANGUAGE_JINJA,
    CT_LANGUAGE_DJANGO
} ct_language;

/* What went wrong, for people. Lines and columns count from 1; column counts code points. */
typedef struct ct_template_error {
    char message[504];
    char file[256]; /* "" when there is no place, as for a template that does not exist */
    uint32_t line, column;
    char source[256]; /* the line itself, cut to fit */
    char chain[1024]; /* "  included by a.html:3\n  ..." or "" */
    bool missing;     /* the template asked for does not exist */
} ct_template_error;

/* Everything in one text: "file:line:column: message\n  source line\n     ^\n  included by ...\n". */
void ct_template_error_write(ct_buffer *out, const ct_template_error *error);

/* ---- where templates come from ---- */

typedef struct ct_source {
    ct_str text;      /* lives as long as the engine: take it from the arena or have it embedded */
    const char *file; /* for messages: "templates/base.html"; lives as long too */
} ct_source;

/* What a file has for templates: its bytes without a byte order mark in front, and with "\n" for "\r\n" and "\r", as
 * Python reads text. The bytes themselves where that is all the same, else a copy in the arena, which has no limit.
 * The engine does it with what a loader gives. */
ct_str ct_file_text(ct_str bytes, ct_arena *arena);

typedef struct ct_loader {
    void *user;
    /* The source of a name as templates write it ("polls/index.html"). False: there is none, or `error` says why it
     * cannot be read. The name is checked before: relative, no "..", no NUL. */
    bool (*load)(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error);
    /* Calls `each` with every name there is; for `check` and did-you-mean. NULL: cannot tell. */
    void (*list)(void *user, void (*each)(void *arg, const char *name), void *arg);
} ct_loader;

/* ---- engines ---- */

/* A function, filter or test that apps add; rows of tables as those of function.h. */
typedef struct ct_extra {
    const struct ct_fn *fn; /* lives as long as the engine */
    void *user;             /* r->callee->user while it runs */
} ct_extra;

typedef struct ct_engine_options {
    ct_loader loader;
    ct_language language;
    bool trim_blocks, lstrip_blocks, keep_trailing_newline;  /* as Jinja has them */
    const char *line_statement_prefix, *line_comment_prefix; /* NULL: none */
    bool strict;                                             /* undefined values are errors when they are used */
    bool debug;                                              /* {% debug %} shows values: while developing */
    const char *if_invalid;                                  /* Django's string_if_invalid; NULL: "" */
    const ct_extra *filters, *functions, *tests;             /* those that apps add; they go before the built-in ones */
    size_t filter_count, function_count, test_count;
} ct_engine_options;

/* `options` is copied, what it points to is borrowed for the life of the engine. */
ct_engine *ct_engine_create(const ct_engine_options *options);
void ct_engine_destroy(ct_engine *engine); /* NULL is fine */

/* The template of a name, compiled; NULL with `error` filled. "page.html#part" is a partial of Django.
 * A neutral one, with nothing in it of one language alone, is of the language that the first template has which it
 * extends, includes or imports by a constant name, through neutral ones too; Jinja's if none has. */
const ct_template *ct_engine_get(ct_engine *engine, ct_str name, ct_template_error *error);
/* A template of a text; `name` is for messages and for escaping by its ending. Not kept in the engine's table, but its
 * memory goes with the engine. */
const ct_template *ct_engine_compile(ct_engine *engine, ct_str name, ct_str text, ct_template_error *error);

/* What the last ct_engine_get() could not compile, as far as it was read: for its references, of which those of kind
 * REFUSED say all that is wrong with it. NULL: it did not fail, or there was nothing to read. */
const ct_template *ct_engine_broken(const ct_engine *engine);

/* What `check` asks about a template: constants that name other things. */
typedef enum ct_reference_kind {
    CT_REFERS_TEMPLATE, /* extends, include, import: `name` */
    CT_REFERS_URL,      /* url_for('name') and {% url 'name' %} */
    CT_REFERS_STATIC,   /* {% static 'name' %}, static('name') and url_for('static', filename='name') */
    CT_REFERS_FILTER,   /* unknown, but only in a branch that may never run */
    CT_REFERS_TEST,
    CT_REFERS_BLOCK,    /* a block of a template that extends another: a parent must have it to show it */
    CT_REFERS_SELF,     /* self.name: a block */
    CT_REFERS_EXPORT,   /* {% from "of" import name %} */
    CT_REFERS_FUNCTION, /* name(): neither a variable of this place nor a function */
    CT_REFERS_REFUSED   /* a mistake that keeps the template from compiling: `name` is the message */
} ct_reference_kind;

typedef struct ct_reference {
    ct_reference_kind kind;
    ct_str name, of;
    bool optional;  /* include ... ignore missing, {% url ... as x %}, what stands in a branch */
    uint32_t group; /* TEMPLATE: those with the same number, which follow one another, are a list of which one must be
                       there; 0: it is none of a list */
    uint32_t line, column;
} ct_reference;

/* The references of a template, `*ret_count` of them. */
const ct_reference *ct_template_references(const ct_template *template, size_t *ret_count);
/* Whether there may be what a reference of kind BLOCK, SELF, EXPORT or FUNCTION names: true where only rendering can
 * tell. To be asked when all templates have been compiled. */
bool ct_engine_may_have(ct_engine *engine, const ct_template *template, const ct_reference *reference);
/* Whether a reference of kind TEMPLATE leads back to its template whatever the values are: a parent that extends its
 * child, a file that includes itself outside of all branches, loops and blocks. */
bool ct_engine_is_endless(ct_engine *engine, const ct_template *template, const ct_reference *reference);
const char *ct_template_file(const ct_template *template); /* for messages: "templates/base.html" */
/* Fills the place and the line of an error for something at line, column of the template. */
void ct_template_error_at(ct_template_error *error, const ct_template *template, uint32_t line, uint32_t column);

/* ---- rendering ---- */

typedef struct ct_render_input {
    const ct_kv *pairs; /* the page's values; the last of a name counts */
    size_t pair_count;
    /* Names that are not among the pairs (request, config, what context processors add): true and the value, or false.
     * Asked once a name and page. NULL: there are none. */
    bool (*provide)(void *user, ct_renderer *r, ct_str name, struct ct_tval *ret_value);
    /* The translation, or NULL to take the text as it is. NULL: no translation. */
    const char *(*translate)(void *user, const ct_message *message);
    void *user;              /* of both; a `ct` in an app. Rows' methods get it as their `c` */
    ct_arena *arena;         /* for values of the render; its limit limits them */
    size_t max_output;       /* bytes; 0: no limit */
    uint64_t max_iterations; /* of all loops together; 0: no limit */
    uint32_t max_depth;      /* of includes, macros and parents; 0: 100 */
    const char *stack_end;   /* lowest address that the C stack may reach; NULL: 128 KiB below here */
    ct_renderer **running;   /* where the render is noted while it lasts, for ct_render_where(); NULL: nobody asks */
} ct_render_input;

/* Appends the page to `out`. False with `error` filled: `out` then has what was written before. */
bool ct_template_render(ct_engine *engine, const ct_template *template, const ct_render_input *input, ct_buffer *out,
                        ct_template_error *error);

/* The place, line and chain of what a render does now: for what ends it from outside. The message is left alone. */
void ct_render_where(const ct_renderer *r, ct_template_error *error);

#endif
