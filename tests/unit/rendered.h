/* For tests of what templates show: pages from texts, with values written as JSON.
 *
 *     assert_string_equal(shown("{{ a }}", "{\"a\": 1}"), "1");
 *
 * What a page fails with comes as "! line:column: message". Everything lives until rendered_finish(). */
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
#include <stdlib.h>
#include <cmocka.h>

typedef struct {
    const char *name, *text;
} other_template;

/* How a page is rendered; zeroed: a Django template, escaped, without anything around. */
typedef struct {
    ct_language language; /* 0: Django's */
    const char *name;     /* NULL: "page.html" */
    const char *json;     /* the values, an object; NULL: `v` alone */
    ct_value v;           /* what JSON cannot say */
    const other_template *others;
    const char *(*translate)(void *user, const ct_message *message);
    void *user;
    const ct_extra *functions;
    size_t function_count;
    uint64_t max_iterations;
    const char *if_invalid;
    bool strict, debug;
} page_options;

static ct_arena rendered_arena; /* zeroed is not yet begun */

static ct_arena *memory(void)
{
    if (!rendered_arena.pool && !rendered_arena.current)
        ct_arena_init(&rendered_arena, NULL, 0);
    return &rendered_arena;
}

static int rendered_finish(void **state)
{
    (void)state;
    ct_arena_finish(memory());
    return 0;
}

/* ---- rendering ---- */

static bool find_source(void *user, ct_str name, ct_arena *arena, ct_source *ret_source, ct_error *error)
{
    const page_options *options = user;
    (void)arena;
    (void)error;
    for (const other_template *other = options->others; other && other->name; other++)
        if (ct_str_eq(name, ct_str_of(other->name))) {
            *ret_source = (ct_source){ ct_str_of(other->text), other->name };
            return true;
        }
    return false;
}

/* The values of a page. */
static const ct_map *values_of(const page_options *options)
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

static const char *hook(void *user, const ct_message *message)
{
    const page_options *options = user;
    return options->translate(options->user, message);
}

static const char *failure(const ct_template_error *error)
{
    return ct_arena_printf(memory(), "! %u:%u: %s", error->line, error->column, error->message);
}

/* The page as it comes out. */
static const char *rendered(page_options options, const char *text)
{
    ct_engine_options engine_options = { .loader = { .user = &options, .load = find_source },
                                         .language = options.language ? options.language : CT_LANGUAGE_DJANGO,
                                         .functions = options.functions,
                                         .function_count = options.function_count,
                                         .if_invalid = options.if_invalid,
                                         .strict = options.strict,
                                         .debug = options.debug };
    ct_engine *engine = ct_engine_create(&engine_options);
    ct_template_error error;
    const char *name = options.name ? options.name : "page.html", *result;
    const ct_template *template = ct_engine_compile(engine, ct_str_of(name), ct_str_of(text), &error);
    if (!template) {
        result = failure(&error);
    } else {
        ct_buffer out = ct_buffer_in(memory());
        const ct_map *values = values_of(&options);
        ct_render_input input = { .pairs = values->pairs,
                                  .pair_count = values->count,
                                  .translate = options.translate ? hook : NULL,
                                  .user = &options,
                                  .arena = memory(),
                                  .max_iterations = options.max_iterations };
        bool ok = ct_template_render(engine, template, &input, &out, &error);
        result = ok ? ct_buffer_text(&out) : failure(&error);
    }
    ct_engine_destroy(engine);
    return result;
}

static const char *shown(const char *text, const char *json)
{
    return rendered((page_options){ .json = json }, text);
}

#endif
