/* For tests of template values by their functions: a render that stands still, and what it fails with.
 *
 *     values_begin(); ... assert_string_equal(shown_value(v), "[1, 2]"); ... FAILS(ct_tval_compare(r, a, b), "..."); */
#ifndef VALUES_H
#define VALUES_H

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wclobbered" /* of compound literals in FAILS(), which nobody reads after a failure */
#endif

#include "template/engine.h"
#include "template/render.h"
#include "template/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static ct_renderer values_renderer, *const r = &values_renderer;
static ct_template_error values_error;
static ct_render_input values_input;
static ct_arena values_arena;

/* A setup function of cmocka's: values live until values_end(). */
static int values_begin(void **state)
{
    (void)state;
    const ct_engine_options options = { .language = CT_LANGUAGE_JINJA };
    ct_arena_init(&values_arena, NULL, 0);
    values_input = (ct_render_input){ .arena = &values_arena, .max_iterations = 1000000 };
    *r = (ct_renderer){ .arena = &values_arena,
                        .error = &values_error,
                        .input = &values_input,
                        .engine = ct_engine_create(&options),
                        .steps_left = 1000000,
                        .stack_end = (const char *)__builtin_frame_address(0) - 256 * 1024 };
    return 0;
}

static int values_end(void **state)
{
    (void)state;
    ct_engine_destroy(r->engine);
    ct_arena_finish(&values_arena);
    return 0;
}

#define VALUES_TEST(name) cmocka_unit_test_setup_teardown(name, values_begin, values_end)

/* The call must end the render with the message. */
#define FAILS(call, text)                                                                                              \
    do {                                                                                                               \
        values_error.message[0] = '\0';                                                                                \
        if (_setjmp(r->failed) == 0) {                                                                                 \
            (void)(call);                                                                                              \
            fail_msg("%s does not fail", #call);                                                                       \
        }                                                                                                              \
        assert_string_equal(values_error.message, text);                                                               \
    } while (0)

static inline const char *kept_text(ct_buffer *out)
{
    assert_false(out->failed);
    return ct_buffer_text(out);
}

/* str() and repr() of a value. */
static inline const char *shown_value(ct_tval v)
{
    ct_buffer out = ct_buffer_in(&values_arena);
    ct_tval_write(r, &out, v);
    ct_tval text = ct_tval_text(r, v); /* the two are one */
    assert_int_equal(text.length, out.length);
    if (text.length)
        assert_memory_equal(text.text, out.data, out.length);
    return kept_text(&out);
}

static inline const char *shown_repr(ct_tval v)
{
    ct_buffer out = ct_buffer_in(&values_arena);
    ct_tval_write_repr(r, &out, v);
    return kept_text(&out);
}

static inline ct_tval list_of_items(const ct_tval *items, uint32_t count)
{
    ct_tlist *list = ct_tlist_new(r, 0);
    for (uint32_t i = 0; i < count; i++)
        ct_tlist_add(r, list, items[i]);
    return ct_t_list(list);
}

#define LIST(...)                                                                                                      \
    list_of_items((const ct_tval[]){ __VA_ARGS__ }, sizeof((const ct_tval[]){ __VA_ARGS__ }) / sizeof(ct_tval))
#define TUPLE(...) ct_t_tuple(LIST(__VA_ARGS__).list)

static inline ct_tval text_value(const char *text)
{
    return ct_t_str(ct_str_of(text));
}

#endif
