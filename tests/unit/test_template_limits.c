/* No template takes the server down: every way to nest, repeat or grow ends at its limit with a message. */
#include "rendered.h"

#include "base/common.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Renders one text with limits that a test sets in `t->input` and `t->options` before. */
static const char *page(templates *t, const char *text)
{
    static file files[2];
    files[0] = (file){ "page.html", text };
    ct_engine_destroy(t->engine);
    t->engine = NULL;
    t->files = files;
    return render(t, "page.html");
}

static void output_at_the_limit_and_past_it(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, NULL);
    t.input.max_output = 10;
    assert_string_equal(page(&t, "0123456789"), "0123456789");
    assert_null(page(&t, "01234567890"));
    assert_string_equal(t.error.message, "the page is longer than 10 bytes (setting template_max_output)");
    assert_string_equal(page(&t, "{{ '0' * 10 }}"), "0000000000");
    assert_null(page(&t, "{% for i in range(11) %}0{% endfor %}"));
    /* a buffer that has grown before limits as well */
    t.input.max_output = 0;
    assert_non_null(page(&t, "{{ 'x' * 5000 }}"));
    t.input.max_output = 10;
    assert_null(page(&t, "01234567890"));
    assert_non_null(page(&t, "0123456789"));
    templates_finish(&t);
}

static void iterations_at_the_limit_and_past_it(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, NULL);
    t.input.max_iterations = 100;
    assert_non_null(page(&t, "{% for i in range(100) %}{% endfor %}"));
    assert_null(page(&t, "{% for i in range(101) %}{% endfor %}"));
    assert_string_equal(t.error.message, "more than 100 iterations (setting template_max_iterations)");
    assert_null(page(&t, "{% for i in range(11) %}{% for j in range(11) %}{% endfor %}{% endfor %}"));
    assert_null(page(&t, "{% for i in range(1000000000000) %}{% endfor %}"));
    assert_null(page(&t, "{{ range(1000000000)|list|length }}"));
    assert_null(page(&t, "{{ range(1000000000)|sum }}"));
    assert_null(page(&t, "{{ [0] * 1000000000 }}"));
    templates_finish(&t);
}

static void includes_at_the_limit_and_past_it(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, (const file[]){ { "page.html", "{% include 'one.html' %}" },
                                       { "one.html", "{% include 'two.html' %}" },
                                       { "two.html", "two" },
                                       { "loop.html", "{% include 'loop.html' %}" },
                                       { "parent.html", "{% extends 'parent.html' %}" },
                                       { NULL, NULL } });
    t.input.max_depth = 3;
    assert_string_equal(render(&t, "page.html"), "two");
    t.input.max_depth = 2;
    assert_null(render(&t, "page.html"));
    assert_string_equal(t.error.message,
                        "includes, macros and parents nest deeper than 2 (setting template_max_depth)");
    t.input.max_depth = 100;
    assert_null(render(&t, "loop.html"));
    assert_null(render(&t, "parent.html"));
    templates_finish(&t);
}

static void recursion_ends_before_the_stack_does(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, NULL);
    t.input.max_depth = 1000000;
    assert_null(page(&t, "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"));
    assert_null(page(&t, "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}"));
    assert_null(page(&t, "{% block a %}{{ self.a() }}{% endblock %}"));
    assert_null(page(&t, "{% set a = [] %}{% set b = [] %}{% do a.append(b) %}{% do b.append(a) %}{{ a == b }}"));
    assert_null(page(&t, "{% macro a() %}{{ [1]|map('string')|map('upper')|list }}{{ a() }}{% endmacro %}{{ a() }}"));
    templates_finish(&t);
}

/* `count` times `open`, then `count` times `close`. */
static const char *nested(templates *t, const char *open, const char *close, int count)
{
    ct_buffer text = ct_buffer_in(&t->arena);
    for (int i = 0; i < count; i++)
        ct_buffer_str(&text, ct_str_of(open));
    for (int i = 0; i < count; i++)
        ct_buffer_str(&text, ct_str_of(close));
    return page(t, ct_buffer_text(&text));
}

static void nesting_in_the_source(void **state)
{
    (void)state;
    static const char too_deep[] = "tags and expressions nest too deeply here";
    templates t;
    templates_init(&t, NULL);
    assert_non_null(nested(&t, "{% if 1 %}", "{% endif %}", 50));
    assert_null(nested(&t, "{% if 1 %}", "{% endif %}", 201));
    assert_string_equal(t.error.message, too_deep);
    static const char *const prefixes[] = { "{{ ",  "{% set x = ", "{% if ",  "{{ 1 if ",
                                            "{{ f", "{{ not ",     "{% for ", "{{ 1 if 1 else " };
    static const char *const opens[] = { "(", "[", "{1:", "- ", "not ", "f(", "x[", "1 if 1 else " };
    for (size_t i = 0; i < CT_COUNT(prefixes); i++)
        for (size_t k = 0; k < CT_COUNT(opens); k++) {
            ct_buffer text = ct_buffer_in(&t.arena);
            ct_buffer_str(&text, ct_str_of(prefixes[i]));
            for (int depth = 0; depth < 20000; depth++)
                ct_buffer_str(&text, ct_str_of(opens[k]));
            assert_null(page(&t, ct_buffer_text(&text))); /* and the stack has held */
        }
    templates_finish(&t);
}

/* Chains are as deep as they are long when they are evaluated. */
static void chains_at_the_limit_and_past_it(void **state)
{
    (void)state;
    static const struct {
        const char *start, *link, *end;
        int most;
    } chains[] = { { "{{ 1", "+1", " }}", 100 },     { "{{ x", "|default(1)", " }}", 100 },
                   { "{{ x", "|upper", " }}", 100 }, { "{{ 1", " and 1", " }}", 100 },
                   { "{{ 1", " or 1", " }}", 100 },  { "{{ 2", "*1", " }}", 100 },
                   { "{{ 1", "**1", " }}", 100 },    { "{{ ''", ".upper()", " }}", 50 },
                   { "{{ ''", "[:]", " }}", 100 },   { "{% filter upper", "|upper", " %}x{% endfilter %}", 99 } };
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < CT_COUNT(chains); i++) {
        const int links[] = { chains[i].most, chains[i].most + 1, 20000 };
        for (size_t k = 0; k < CT_COUNT(links); k++) {
            ct_buffer text = ct_buffer_in(&t.arena);
            ct_buffer_str(&text, ct_str_of(chains[i].start));
            for (int link = 0; link < links[k]; link++)
                ct_buffer_str(&text, ct_str_of(chains[i].link));
            ct_buffer_str(&text, ct_str_of(chains[i].end));
            const char *shown = page(&t, ct_buffer_text(&text));
            assert_string_equal(shown ? "" : t.error.message,
                                k ? "more than 100 operations one upon the other: set a variable to a part of them"
                                  : "");
        }
    }
    templates_finish(&t);
}

/* `each` so many times, '#' in it being the number of the time. */
static const char *repeated(templates *t, const char *start, const char *each, const char *end, int count)
{
    ct_buffer text = ct_buffer_in(&t->arena);
    ct_buffer_str(&text, ct_str_of(start));
    for (int number = 0; number < count; number++)
        for (const char *at = each; *at; at++)
            if (*at == '#')
                ct_buffer_printf(&text, "%d", number);
            else
                ct_buffer_char(&text, *at);
    ct_buffer_str(&text, ct_str_of(end));
    return ct_buffer_text(&text);
}

/* Tables of names are hashed when they are long: each name still means its own. */
static void thousands_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *start, *each, *end; /* '#' is the number of the name */
        const char *shown;              /* of 3000 */
    } many[] = {
        { "", "{% set a# = # %}", "{{ a0 }} {{ a1500 }} {{ a2999 }} {{ a3000 }}", "0 1500 2999 " },
        { "", "{% set a# = # %}", "{% block b %}{{ a0 }} {{ a2999 }}{% endblock %}", "0 2999" },
        { "", "{% set a# = # %}", "{% macro m() %}{{ a7 }} {{ a2998 }}{% endmacro %}{{ m() }}", "7 2998" },
        { "", "{% macro a#() %}#{% endmacro %}", "{{ a0() }} {{ a2999() }}", "0 2999" },
        { "", "{% block a# %}{{ '#' if # % 1000 == 999 }}{% endblock %}", "{{ self.a999() }}", "99919992999999" },
        { "{% set a2999 = 5 %}{% macro m() %}", "{{ a# }}", "{% endmacro %}{{ m() }}", "5" },
        { "{% with a = 1", ", a# = #", " %}{{ a }} {{ a2999 }}{% endwith %}", "1 2999" },
        { "", "{% partialdef p# %}#{% endpartialdef %}", "{% partial p0 %} {% partial p2999 %}", "0 2999" },
        { "{% load static %}", "{% cycle # 'b' as c# silent %}",
          "{% cycle c0 %}{{ c0 }}{% cycle c5 %}{{ c5 }}{% resetcycle c5 %}{% cycle c5 %}{{ c5 }}{{ c2999 }}",
          "bb52999" },
        { "{% load static %}{% for i in 'xyy' %}", "{% ifchanged i %}{% endifchanged %}",
          "{% ifchanged i %}{{ i }}{% endifchanged %}{% endfor %}", "xy" },
    };
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < CT_COUNT(many); i++) {
        const char *text = repeated(&t, many[i].start, many[i].each, many[i].end, 3000);
        const char *shown = page(&t, text);
        assert_string_equal(shown ? shown : t.error.message, many[i].shown);
    }
    templates_finish(&t);
}

/* References are placed when all of them are known, whatever the order in which they were met. */
static void places_of_references(void **state)
{
    (void)state;
    static const file files[] = { { "page.html", "{% extends 'base.html' %}\n"
                                                 "{% block a %}\xC3\xA9{% include 'x' %}{% endblock %}\n"
                                                 "{{ url_for('p', q=url_for('r')) if 0 }}" },
                                  { NULL, NULL } };
    templates t;
    size_t count;
    templates_init(&t, files);
    assert_null(render(&t, "page.html"));
    const ct_template *template = ct_engine_get(t.engine, CT_STR("page.html"), &t.error);
    const ct_reference *references = ct_template_references(template, &count);
    ct_buffer text = ct_buffer_in(&t.arena);
    for (size_t i = 0; i < count; i++)
        ct_buffer_printf(&text, "%.*s %" PRIu32 ":%" PRIu32 "\n", CT_STR_ARG(references[i].name), references[i].line,
                         references[i].column);
    assert_string_equal(ct_buffer_text(&text),
                        "base.html 1:12\nx 2:26\na 2:4\nurl_for 3:19\nr 3:27\nurl_for 3:4\np 3:12\n");
    templates_finish(&t);
}

static void too_much_in_one_tag(void **state)
{
    (void)state;
    static const struct {
        const char *start, *each, *end, *message;
    } tags[] = {
        { "{% load static %}{% querystring", " a#=1", " %}", "more than 250 arguments" },
        { "{% trans %}", "{{ a# }}", "{% endtrans %}", "more than 250 variables in one message" },
    };
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < CT_COUNT(tags); i++) {
        const char *text = repeated(&t, tags[i].start, tags[i].each, tags[i].end, 251);
        assert_null(page(&t, text));
        assert_string_equal(t.error.message, tags[i].message);
    }
    templates_finish(&t);
}

static void calls_and_long_texts_are_iterations_too(void **state)
{
    (void)state;
    static const char *const endless[] = {
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% set h = 'a' * 5000000 %}{% for i in range(90000) %}{% if h|length == 1 %}{% endif %}{% endfor %}",
        "{% set h = 'a' * 5000000 %}{% for i in range(90000) %}{% if 'b' in h %}{% endif %}{% endfor %}",
        "{% set h = 'a' * 5000000 %}{% for i in range(90000) %}{% if h == h ~ 'b' %}{% endif %}{% endfor %}",
        "{% set h = 'a' * 5000000 %}{% for i in range(90000) %}{% if h.count('ab') %}{% endif %}{% endfor %}",
        "{% set h = 'a ' * 2000 %}{% for i in range(5000) %}{% if h|wordcount == 1 %}{% endif %}{% endfor %}",
        "{% set h = 'a ' * 500 %}{% for i in range(5000) %}{% if h|slugify == 1 %}{% endif %}{% endfor %}",
        "{% set h = 'a' * 9000 %}{% for i in range(1000) %}{% if h.find('ab') == 1 %}{% endif %}{% endfor %}",
        "{% set h = 'a' * 9000 %}{% for i in range(1000) %}{% if 'ab' in h %}{% endif %}{% endfor %}",
        "{% set h = 'a' * 9000 %}{% for i in range(1000) %}{% if 'ab' is in h %}{% endif %}{% endfor %}",
        ("{% set h = 'a' * 9000 %}{% set l = [h ~ 'a'] * 9 %}{% for i in range(900) %}{% if h ~ 'b' in l %}{% endif %}"
         "{% if l|max(case_sensitive=true) == 1 %}{% endif %}{% endfor %}"),
        "{% set h = 'a' * 900000 %}{% set d = {h: 1} %}{% for i in range(900) %}{% if h in d %}{% endif %}{% endfor %}",
        ("{% load static %}{% for i in '0'|ljust:900 %}{% spaceless %}{{ ' '|ljust:9000 }}{% endspaceless %}"
         "{% endfor %}"),
    };
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < CT_COUNT(endless); i++) {
        ct_arena_reset(&t.arena);
        assert_null(page(&t, endless[i]));
        if (i != 3) /* which runs out of memory before */
            assert_string_equal(t.error.message, "more than 100000 iterations (setting template_max_iterations)");
    }
    /* what is only asked for, and long pages, are not much work */
    ct_arena_reset(&t.arena);
    assert_non_null(page(&t, "{% set h = 'a' * 2000000 %}{{ h|e|upper }}"));
    assert_non_null(page(&t, "{% set h = 'a' * 10000 %}{% for i in range(2000) %}"
                             "{% if h is string and h|default('x') and h.startswith('b') %}{% endif %}{% endfor %}"));
    templates_finish(&t);
}

/* Macros, loops and blocks are values: one that is used where its makers are gone refers to nothing that is gone. */
static void values_that_outlive_their_makers(void **state)
{
    (void)state;
    templates t;
    templates_init(
        &t, (const file[]){ { "macro", "{% set ns = namespace() %}{% include 'm' %}{% include 'fill' %}{{ ns.m() }}" },
                            { "m", "{% macro m() %}[{{ foo }}{{ ns.x }}]{% endmacro %}{% set ns.m = m %}" },
                            { "fill", "{% for i in range(50) %}{% set foo = i %}{% endfor %}" },
                            { "block", "{% set ns = namespace() %}{% include 's' %}{{ ns.s.b() }}" },
                            { "s", "{% set ns.s = self %}{% block b %}(b){% endblock %}" },
                            { "scoped", "{% set ns = namespace() %}{% block x scoped %}{% macro b() %}<{{ foo }}>"
                                        "{% endmacro %}{% set ns.b = b %}{% endblock %}{% for i in range(3) %}"
                                        "{% set foo = i %}{{ ns.b() }}{% endfor %}" },
                            { "loop", "{% set ns = namespace() %}{% for x in [1] recursive %}{% set ns.l = loop %}"
                                      "{% include 'call' %}{% endfor %}" },
                            { "call", "{{ ns.l([1]) }}" },
                            { NULL, NULL } });
    assert_string_equal(render(&t, "macro"), "[]");
    assert_string_equal(render(&t, "block"), "(b)(b)");
    assert_string_equal(render(&t, "scoped"), "<><><>");
    assert_null(render(&t, "loop"));
    assert_string_equal(t.error.message,
                        "a loop can be called in its own body only, not in a macro, a block or another template");
    templates_finish(&t);
}

static void memory_of_a_page(void **state)
{
    (void)state;
    static const char *const hungry[] = {
        "{{ 'x' * 4000000000 }}",
        "{{ 'x'|center(4000000000) }}",
        "{{ 'a\\nb'|indent(4000000000) }}",
        "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{{ '%4000000000d'|format(1) }}",
        "{{ 'x'.ljust(4000000000) }}",
        "{{ 'x'|ljust:4000000000 }}",
        "{% set l = [1] %}{% for i in range(60) %}{% do l.extend(l) %}{% endfor %}",
        "{{ lipsum(n=100000000) }}",
    };
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < CT_COUNT(hungry); i++) {
        ct_arena_reset(&t.arena);
        assert_null(page(&t, hungry[i]));
    }
    templates_finish(&t);
}

static void nothing_of_the_program_can_be_reached(void **state)
{
    (void)state;
    static const char *const nosy[] = {
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ range.__globals__ }}",
        "{{ [].__init__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ {}['__class__'] }}",
        "{{ cycler.__init__ }}",
    };
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < CT_COUNT(nosy); i++) {
        const char *text = page(&t, nosy[i]);
        assert_true(!text || *text == '\0');
    }
    templates_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_at_the_limit_and_past_it),
        cmocka_unit_test(iterations_at_the_limit_and_past_it),
        cmocka_unit_test(includes_at_the_limit_and_past_it),
        cmocka_unit_test(recursion_ends_before_the_stack_does),
        cmocka_unit_test(nesting_in_the_source),
        cmocka_unit_test(chains_at_the_limit_and_past_it),
        cmocka_unit_test(thousands_of_names),
        cmocka_unit_test(places_of_references),
        cmocka_unit_test(too_much_in_one_tag),
        cmocka_unit_test(calls_and_long_texts_are_iterations_too),
        cmocka_unit_test(values_that_outlive_their_makers),
        cmocka_unit_test(memory_of_a_page),
        cmocka_unit_test(nothing_of_the_program_can_be_reached),
    };
    return cmocka_run_group_tests_name("template_limits", tests, NULL, NULL);
}
