/* For tests of what templates show: pages from texts, with values written as JSON.
 *
 *     assert_string_equal(shown("{{ a }}", "{\"a\": 1}"), "1");
 *
 * What a page fails with comes as "! line:column: message". Everything lives until rendered_finish(). */
#ifndef RENDERED_H
#define RENDERED_H

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
    const char *json;     /* the values, an object; NULL: none */
    const other_template *others;
    const char *(*translate)(void *user, const ct_message *message);
    void *user;
    const ct_extra *functions;
    size_t function_count;
    uint64_t max_iterations;
    const char *if_invalid;
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

/* ---- JSON, as far as tests need it ---- */

static const char *json_space(const char *at)
{
    return at + strspn(at, " \n\t:,");
}

static ct_tval json_value(ct_renderer *r, const char **at);

static ct_tval json_text(ct_renderer *r, const char **at)
{
    const char *start = ++*at;
    ct_buffer text = ct_text_begin(r);
    for (; **at != '"'; ++*at) {
        if (**at == '\\')
            ++*at;
        ct_buffer_char(&text, **at == 'n' && (*at)[-1] == '\\' ? '\n' : **at);
    }
    assert_non_null(start);
    ++*at;
    return ct_text_end(r, &text);
}

static ct_tval json_items(ct_renderer *r, const char **at)
{
    ct_tlist *list = ct_tlist_new(r, 4);
    for (*at = json_space(*at + 1); **at != ']'; *at = json_space(*at))
        ct_tlist_add(r, list, json_value(r, at));
    ++*at;
    return ct_t_list(list);
}

static ct_tval json_object(ct_renderer *r, const char **at)
{
    ct_tdict *dict = ct_tdict_new(r);
    for (*at = json_space(*at + 1); **at != '}'; *at = json_space(*at)) {
        ct_tval key = json_text(r, at);
        ct_tdict_set(r, dict, key, json_value(r, at));
    }
    ++*at;
    return ct_t_dict(dict);
}

static ct_tval json_value(ct_renderer *r, const char **at)
{
    char *end;
    *at = json_space(*at);
    if (**at == '"')
        return json_text(r, at);
    if (**at == '[')
        return json_items(r, at);
    if (**at == '{')
        return json_object(r, at);
    if (**at == 't' || **at == 'f' || **at == 'n') {
        ct_tval v = **at == 'n' ? ct_t_none() : ct_t_bool(**at == 't');
        *at += **at == 'f' ? 5 : 4;
        return v;
    }
    size_t length = strspn(*at, "+-.0123456789eE");
    bool whole = strcspn(*at, ".eE") >= length;
    ct_tval v = whole ? ct_t_int(strtoll(*at, &end, 10)) : ct_t_real(strtod(*at, &end));
    assert_ptr_equal(end, *at + length);
    *at = end;
    return v;
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

static bool give(void *user, ct_renderer *r, ct_str name, ct_tval *ret_value)
{
    const page_options *options = user;
    if (!options->json)
        return false;
    const char *at = options->json;
    ct_tval values = json_value(r, &at), *found = ct_tdict_find_str(r, values.dict, name);
    if (found)
        *ret_value = *found;
    return found != NULL;
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
                                         .if_invalid = options.if_invalid };
    ct_engine *engine = ct_engine_create(&engine_options);
    ct_template_error error;
    const char *name = options.name ? options.name : "page.html", *result;
    const ct_template *template = ct_engine_compile(engine, ct_str_of(name), ct_str_of(text), &error);
    if (!template) {
        result = failure(&error);
    } else {
        ct_buffer out = ct_buffer_in(memory());
        ct_render_input input = { .provide = give,
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
