/* The inside of an engine: what the parser and the renderer look up by name. */
#ifndef CANTEEN_TEMPLATE_ENGINE_H
#define CANTEEN_TEMPLATE_ENGINE_H

#include "base/map.h"
#include "template/function.h"
#include "template/nodes.h"
#include "template/template.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdlib.h>

struct ct_engine {
    ct_engine_options options;
    ct_arena arena;      /* everything of the engine, templates included; no limit */
    ct_strmap templates; /* by name */
    ct_strmap symbols;
    ct_strmap jinja_filters, django_filters, own_filters, tests, globals, own_globals; /* ct_callable *; own: apps' */
    ct_strmap methods; /* by the address of their rows */
    char suggestion[160];
    uint32_t searches;     /* for the language of a neutral template */
    const char *stack_end; /* while a render compiles: the C stack must not grow below; else NULL */
    const ct_template *broken;
};

/* Memory of the engine, zeroed, never NULL. */
void *ct_engine_take(ct_engine *engine, size_t size);
/* ct_arena_grown() in the engine's memory, never NULL. */
void *ct_engine_grown(ct_engine *engine, const void *items, size_t count, size_t size, size_t first);
/* Adds to a table of pointers. */
void ct_engine_place(ct_engine *engine, ct_places *places, const void *item);
const char *ct_engine_printf(ct_engine *engine, const char *format, ...) CT_PRINTF(2, 3);
const ct_symbol *ct_engine_symbol(ct_engine *engine, ct_str name);
/* The place of a name in a table of symbols; -1. */
int32_t ct_engine_find(const ct_engine *engine, const ct_places *symbols, ct_str name);

/* A filter as a template of the language means it: apps' own first, then those of the language, then the other's.
 * `form` is how its arguments are written: ':' and '(' decide by themselves, 0 (none) leaves it to the language. */
const ct_callable *ct_engine_filter(const ct_engine *engine, ct_str name, ct_language language, char form);
const ct_callable *ct_engine_test(const ct_engine *engine, ct_str name);
const ct_callable *ct_engine_global(const ct_engine *engine, ct_str name);
/* Whether it is one of Jinja's own: Django's templates do not see those. */
bool ct_engine_is_builtin_global(const ct_engine *engine, const ct_callable *global);
/* Methods of built-in types and of classes of objects; NULL when there is none. */
const ct_callable *ct_engine_method(ct_engine *engine, ct_ttype type, ct_str name);
const ct_callable *ct_engine_class_method(ct_engine *engine, const ct_tclass *class, ct_str name);

/* The nearest known word, as "; did you mean 'x'?", or "". Good until the next of them. */
const char *ct_engine_suggest_filter(ct_engine *engine, ct_str name);
const char *ct_engine_suggest_test(ct_engine *engine, ct_str name);
const char *ct_engine_suggest_function(ct_engine *engine, ct_str name);
const char *ct_engine_suggest_template(ct_engine *engine, ct_str name);
const char *ct_engine_suggest_symbol(ct_engine *engine, const ct_places *symbols, ct_str name);

/* For the tests `filter` and `test`, and filters that take the name of a filter or test. The first argument of the call
 * is the value. They fail where the name is unknown or the arguments do not fit. */
bool ct_engine_has_filter(ct_engine *engine, ct_str name);
bool ct_engine_has_test(ct_engine *engine, ct_str name);
ct_tval ct_engine_call_filter(ct_renderer *r, ct_str name, const ct_call *call);
bool ct_engine_call_test(ct_renderer *r, ct_str name, const ct_call *call);

/* The template of a name as a template of `language` refers to it: a neutral one is read in that language. With
 * `suggests` a missing one is told with a name like it, for which the folders are listed. */
const ct_template *ct_engine_get_for(ct_engine *engine, ct_str name, ct_language language, bool suggests,
                                     ct_template_error *error);
/* A name as the template `of` means it: "./x.html" and "../x.html" are relative to its folder, all others absolute. */
ct_str ct_template_absolute(ct_arena *arena, ct_str name, ct_str of);
/* The template of a name while rendering. `how` the running one is connected with it is for messages ("included by");
 * fails where it does not compile, or does not exist, unless `how` is NULL: NULL is then the answer. */
const ct_template *ct_render_template(ct_renderer *r, ct_str name, const char *how);

/* Ends the render with an error that already has its place. */
CT_NORETURN void ct_render_fail_with(ct_renderer *r, const ct_template_error *error, const char *how);
/* A call that is shown at once: true when the callee is a macro whose text needs no escaping, and has been written. */
bool ct_macro_write(ct_renderer *r, ct_tval callee, const ct_call *call);

/* ---- calls ---- (call.c) */

/* Reads "value, length=, *" into the callable. */
void ct_callable_init(ct_engine *engine, ct_callable *callable, const ct_fn *fn, void *user);
/* Calls a row with the arguments of a call, bound to its parameters; `self` goes in front, if not UNSET. */
ct_tval ct_callable_call(ct_renderer *r, const ct_callable *callable, ct_tval self, const ct_call *call);
/* Why so many positional arguments and such names do not fit; NULL: they do. The text is the engine's or constant. */
const char *ct_callable_refuses(ct_engine *engine, const ct_callable *callable, uint32_t count, const ct_str *names,
                                uint32_t named_count);

/* ---- compiling ---- (parser.c) */

/* NULL with `error` filled when the text is no template. */
ct_template *ct_compile(ct_engine *engine, ct_str name, const ct_source *source, ct_language language,
                        ct_template_error *error);
/* Whether pages of this name are escaped: .html .htm .xml .svg. */
bool ct_escapes_by_name(ct_str name);

#endif
