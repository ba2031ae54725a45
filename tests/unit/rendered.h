/* For tests of what templates show, in two ways. An engine over files that the test has, and what it gives:
 *
 *     templates_init(&t, (const file[]){ { "page.html", "{{ a }}" }, { NULL, NULL } });
 *     assert_string_equal(render(&t, "page.html", KV("a", 1)), "1");
 *
 * Or single texts, with values written as JSON; what a page fails with comes as "! line:column: message", and
 * everything lives until rendered_finish():
 *
 *     assert_string_equal(shown("{{ a }}", "{\"a\": 1}"), "1"); */
#ifndef RENDERED_H
#define RENDERED_H

#include "shape/json_read.h"
#include "shape/value.h"
#include "template/render.h"
#include "template/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- an engine over files ---- */

typedef struct file {
    const char *name, *text;
} file;

/* An engine over files, and what its last render gave. */
typedef struct templates {
    const file *files; /* ends with a NULL name; NULL: none */
    ct_engine_options options;
    ct_engine *engine;
    ct_arena arena;
    ct_buffer out;
    ct_template_error error;
    ct_render_input input; /* limits and hooks, to be set before rendering */
} templates;

static inline bool load_file(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error)
{
    (void)arena, (void)error;
    for (const file *f = ((templates *)user)->files; f && f->name; f++)
        if (ct_str_eq(name, ct_str_of(f->name))) {
            *ret_source = (ct_source){ .text = ct_str_of(f->text), .file = f->name };
            return true;
        }
    return false;
}

static inline void list_files(void *user, void (*each)(void *arg, const char *name), void *arg)
{
    for (const file *f = ((templates *)user)->files; f && f->name; f++)
        each(arg, f->name);
}

static inline void templates_init(templates *t, const file *files)
{
    *t = (templates){ .files = files };
    t->options.loader = (ct_loader){ .user = t, .load = load_file, .list = list_files };
    ct_arena_init(&t->arena, NULL, 16 << 20);
    t->input.arena = &t->arena;
    t->input.max_iterations = 100000;
}

static inline void templates_finish(templates *t)
{
    ct_engine_destroy(t->engine);
    ct_arena_finish(&t->arena);
    ct_buffer_finish(&t->out);
}

static inline ct_engine *engine_of(templates *t)
{
    if (!t->engine)
        t->engine = ct_engine_create(&t->options);
    return t->engine;
}

/* The page; NULL with t->error filled, also where there is no template, since it did not compile. */
static inline const char *render_template(templates *t, const ct_template *template, const ct_kv *pairs, size_t count)
{
    t->input.pairs = pairs;
    t->input.pair_count = count;
    t->out.length = 0;
    t->out.failed = false;
    bool ok = template && ct_template_render(t->engine, template, &t->input, &t->out, &t->error);
    t->input.pairs = NULL; /* they are the caller's */
    t->input.pair_count = 0;
    return ok ? ct_buffer_text(&t->out) : NULL;
}

static inline const char *render_with(templates *t, const char *name, const ct_kv *pairs, size_t count)
{
    return render_template(t, ct_engine_get(engine_of(t), ct_str_of(name), &t->error), pairs, count);
}
#define render(t, name, ...) render_with((t), (name), CT_KVS(__VA_ARGS__))

/* The same of a text, which has that name. */
static inline const char *render_text(templates *t, const char *name, const char *text, const ct_kv *pairs,
                                      size_t count)
{
    const ct_template *template = ct_engine_compile(engine_of(t), ct_str_of(name), ct_str_of(text), &t->error);
    return render_template(t, template, pairs, count);
}

/* What a message would look like on a terminal. */
static inline const char *error_text(templates *t)
{
    t->out.length = 0;
    t->out.failed = false;
    ct_template_error_write(&t->out, &t->error);
    return ct_buffer_text(&t->out);
}

/* ---- single texts ---- */

/* How a page is rendered; zeroed: a Django template, escaped, without anything around. */
typedef struct {
    ct_language language; /* 0: Django's */
    const char *name;     /* NULL: "page.html" */
    const char *json;     /* the values, an object; NULL: `v` alone */
    ct_value v;           /* what JSON cannot say */
    const file *others;
    const char *(*translate)(void *user, const ct_message *message);
    void *user;
    const ct_extra *functions;
    size_t function_count;
    uint64_t max_iterations;
    const char *if_invalid;
    bool strict, debug;
} page_options;

static ct_arena rendered_arena; /* zeroed is not yet begun */

static inline ct_arena *memory(void)
{
    if (!rendered_arena.pool && !rendered_arena.current)
        ct_arena_init(&rendered_arena, NULL, 0);
    return &rendered_arena;
}

static inline int rendered_finish(void **state)
{
    (void)state;
    ct_arena_finish(memory());
    return 0;
}

/* The values of a page. */
static inline const ct_map *values_of(const page_options *options)
{
    ct_value value = ct_value_null();
    ct_error error;
    if (!options->json) {
        ct_map *map = ct_map_in(memory(), 1);
        assert_true(options->v.type == CT_VALUE_NULL || ct_map_put(map, "v", options->v));
        return map;
    }
    if (!ct_json_read(ct_str_of(options->json), memory(), &value, &error))
        fail_msg("%s: %s", options->json, error.message);
    assert_int_equal(value.type, CT_VALUE_MAP);
    return value.map;
}

static inline const char *hook(void *user, const ct_message *message)
{
    const page_options *options = user;
    return options->translate(options->user, message);
}

static inline const char *failure(const ct_template_error *error)
{
    return ct_arena_printf(memory(), "! %u:%u: %s", error->line, error->column, error->message);
}

/* The page as it comes out. */
static inline const char *rendered(page_options options, const char *text)
{
    templates t;
    templates_init(&t, options.others);
    t.options.language = options.language ? options.language : CT_LANGUAGE_DJANGO;
    t.options.functions = options.functions;
    t.options.function_count = options.function_count;
    t.options.if_invalid = options.if_invalid;
    t.options.strict = options.strict;
    t.options.debug = options.debug;
    t.input.translate = options.translate ? hook : NULL;
    t.input.user = &options;
    t.input.max_iterations = options.max_iterations;
    const ct_map *values = values_of(&options);
    const char *page = render_text(&t, options.name ? options.name : "page.html", text, values->pairs, values->count);
    const char *result = page ? ct_arena_copy(memory(), page, strlen(page)) : failure(&t.error);
    templates_finish(&t);
    return result;
}

static inline const char *shown(const char *text, const char *json)
{
    return rendered((page_options){ .json = json }, text);
}

#endif
