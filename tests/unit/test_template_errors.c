/* What people are told when a template is wrong: the place, the line, how it was reached, the likely fix. */
#include "rendered.h"

#include "base/common.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Compiles and renders "page.html" and compares the whole message. */
static void expect(const file *files, const char *wanted)
{
    templates t;
    templates_init(&t, files);
    assert_null(render(&t, "page.html", CT_KV("name", "Ada"), CT_KV("n", 3)));
    assert_string_equal(error_text(&t), wanted);
    templates_finish(&t);
}

#define EXPECT(text, wanted) expect((const file[]){ { "page.html", text }, { NULL, NULL } }, wanted)

static void place_and_line_of_an_unknown_filter(void **state)
{
    (void)state;
    EXPECT("<p>\n  {{ name|uper }}\n", "page.html:2:11: unknown filter 'uper'; did you mean 'upper'?\n"
                                       "    {{ name|uper }}\n"
                                       "            ^\n");
}

static void columns_count_characters(void **state)
{
    (void)state;
    EXPECT("\xC3\xA9\xC3\xA9 {{ name|uper }}", "page.html:1:12: unknown filter 'uper'; did you mean 'upper'?\n"
                                               "  \xC3\xA9\xC3\xA9 {{ name|uper }}\n"
                                               "             ^\n");
}

static void a_tab_before_the_place_stays_a_tab(void **state)
{
    (void)state;
    EXPECT("\t{{ name|uper }}", "page.html:1:10: unknown filter 'uper'; did you mean 'upper'?\n"
                                "  \t{{ name|uper }}\n"
                                "  \t        ^\n");
}

static void unknown_tag(void **state)
{
    (void)state;
    EXPECT("{% fro x in y %}{% endfor %}", "page.html:1:4: unknown tag 'fro'; did you mean 'for'?\n"
                                           "  {% fro x in y %}{% endfor %}\n"
                                           "     ^\n");
}

static void a_tag_that_is_never_closed_is_where_it_was_opened(void **state)
{
    (void)state;
    EXPECT("a\n{% if n %}\nb\n", "page.html:2:4: 'if' is never closed: 'endif' is missing\n"
                                 "  {% if n %}\n"
                                 "     ^\n");
}

static void tags_that_cross(void **state)
{
    (void)state;
    EXPECT("{% if n %}\n{% for x in y %}\n{% endif %}{% endfor %}",
           "page.html:3:4: 'endif' closes 'if' of line 1, but 'for' of line 2 is still open\n"
           "  {% endif %}{% endfor %}\n"
           "     ^\n");
}

static void an_end_without_a_beginning(void **state)
{
    (void)state;
    EXPECT("{% endif %}", "page.html:1:4: 'endif' has nothing that it belongs to\n"
                          "  {% endif %}\n"
                          "     ^\n");
}

static void wrong_arguments_of_a_filter(void **state)
{
    (void)state;
    EXPECT("{{ name|replace('a') }}", "page.html:1:9: the filter 'replace' needs the argument 'new'\n"
                                      "  {{ name|replace('a') }}\n"
                                      "          ^\n");
}

static void a_number_too_large(void **state)
{
    (void)state;
    EXPECT("{{ -9223372036854775809 }}",
           "page.html:1:5: the number 9223372036854775809 is too large: whole numbers have 64 bits\n"
           "  {{ -9223372036854775809 }}\n"
           "      ^\n");
}

static void two_parameters_of_one_name(void **state)
{
    (void)state;
    EXPECT("{% macro m(a, b=(1, a),\n a=2) %}{% endmacro %}", "page.html:2:2: the parameter 'a' comes twice\n"
                                                              "   a=2) %}{% endmacro %}\n"
                                                              "   ^\n");
}

static void undefined_attribute(void **state)
{
    (void)state;
    EXPECT("{{ user.name }}", "page.html:1:9: 'user' is undefined (read as Jinja's: setting template_language)\n"
                              "  {{ user.name }}\n"
                              "          ^\n");
}

static void the_chain_of_includes(void **state)
{
    (void)state;
    static const file files[] = { { "page.html", "\n{% include 'middle.html' %}" },
                                  { "middle.html", "{% if true %}{% include 'inner.html' %}{% endif %}" },
                                  { "inner.html", "{{ 1 / 0 }}" },
                                  { NULL, NULL } };
    expect(files, "inner.html:1:6: division by zero\n"
                  "  {{ 1 / 0 }}\n"
                  "       ^\n"
                  "  included by middle.html:1\n"
                  "  included by page.html:2\n");
}

static void the_chain_of_parents_and_macros(void **state)
{
    (void)state;
    static const file files[] = { { "page.html", "{% extends 'base.html' %}\n{% block b %}{{ m.f() }}{% endblock %}" },
                                  { "base.html", "{% import 'macros.html' as m %}\n{% block b %}{% endblock %}" },
                                  { "macros.html", "{% macro f() %}\n{{ 'x' + 1 }}{% endmacro %}" },
                                  { NULL, NULL } };
    expect(files, "macros.html:2:8: unsupported operand types for +: 'str' and 'int'\n"
                  "  {{ 'x' + 1 }}{% endmacro %}\n"
                  "         ^\n"
                  "  called by page.html:2\n"
                  "  in a block of base.html:2\n"
                  "  extended by page.html:1\n");
}

static void a_recursion_is_told_once(void **state)
{
    (void)state;
    expect((const file[]){ { "page.html", "\n{% include 'a.html' %}" },
                           { "a.html", "{% include 'a.html' %}" },
                           { NULL, NULL } },
           "a.html:1:4: includes, macros and parents nest deeper than 100 (setting template_max_depth)\n"
           "  {% include 'a.html' %}\n"
           "     ^\n"
           "  included by a.html:1 (98 times)\n"
           "  included by page.html:2\n");
    EXPECT("{% macro f(n) %}\n{{ f(n + 1) }}{% endmacro %}{{ f(1) }}",
           "page.html:2:5: includes, macros and parents nest deeper than 100 (setting template_max_depth)\n"
           "  {{ f(n + 1) }}{% endmacro %}{{ f(1) }}\n"
           "      ^\n"
           "  called by page.html:2 (99 times)\n");
}

static void recursions_in_turn_are_told_once(void **state)
{
    (void)state;
    expect((const file[]){ { "page.html", "{% include 'a.html' %}" },
                           { "a.html", "{% include 'b.html' %}" },
                           { "b.html", "\n{% include 'a.html' %}" },
                           { NULL, NULL } },
           "a.html:1:4: includes, macros and parents nest deeper than 100 (setting template_max_depth)\n"
           "  {% include 'b.html' %}\n"
           "     ^\n"
           "  included by b.html:2\n"
           "  included by a.html:1\n"
           "  (these 2 lines 49 times)\n"
           "  included by page.html:1\n");
    expect((const file[]){ { "page.html", "{% extends 'a.html' %}" },
                           { "a.html", "{% extends 'b.html' %}" },
                           { "b.html", "{% include 'c.html' %}" },
                           { "c.html", "{% extends 'a.html' %}" },
                           { NULL, NULL } },
           "c.html:1:4: includes, macros and parents nest deeper than 100 (setting template_max_depth)\n"
           "  {% extends 'a.html' %}\n"
           "     ^\n"
           "  included by b.html:1\n"
           "  extended by a.html:1\n"
           "  extended by c.html:1\n"
           "  (these 3 lines 32 times)\n"
           "  included by b.html:1\n"
           "  extended by a.html:1\n"
           "  extended by page.html:1\n");
}

static void a_mistake_in_an_included_file_names_both(void **state)
{
    (void)state;
    static const file files[] = { { "page.html", "{% include 'part.html' %}" },
                                  { "part.html", "{% if %}" },
                                  { NULL, NULL } };
    expect(files, "part.html:1:7: expected an expression, got the end of the tag\n"
                  "  {% if %}\n"
                  "        ^\n"
                  "  included by page.html:1\n");
}

static void a_template_that_is_missing(void **state)
{
    (void)state;
    static const file files[] = { { "page.html", "{% extends 'bse.html' %}" }, { "base.html", "" }, { NULL, NULL } };
    expect(files, "page.html:1:4: there is no template 'bse.html'; did you mean 'base.html'?\n"
                  "  {% extends 'bse.html' %}\n"
                  "     ^\n");
}

/* The message of "page.html"; `strict`: missing values are errors. */
static void expect_message(const file *files, bool strict, const char *wanted)
{
    templates t;
    templates_init(&t, files);
    t.options.strict = strict;
    assert_null(render(&t, "page.html"));
    assert_string_equal(t.error.message, wanted);
    templates_finish(&t);
}

#define EXPECT_MESSAGE(text, strict, wanted)                                                                           \
    expect_message((const file[]){ { "page.html", text }, { NULL, NULL } }, strict, wanted)

static void missing_translations(void **state)
{
    (void)state;
    EXPECT_MESSAGE("{% load i18n %}{% trans missing %}", true, "'missing' is undefined");
    EXPECT_MESSAGE("{% load i18n %}{% trans missing|upper as x %}", true, "'missing' is undefined");
    EXPECT_MESSAGE("{% load i18n %}{% translate missing noop %}", true, "'missing' is undefined");
}

static void near_words(void **state)
{
    (void)state;
    EXPECT_MESSAGE("{{ 1|bad }}", false, "unknown filter 'bad'");
    EXPECT_MESSAGE("{{ 1|ab }}", false, "unknown filter 'ab'");
    EXPECT_MESSAGE("{{ 1|usp }}", false, "unknown filter 'usp'");
    EXPECT_MESSAGE("{{ 1|tirm }}", false, "unknown filter 'tirm'; did you mean 'trim'?");
    EXPECT_MESSAGE("{{ 1|tmri }}", false, "unknown filter 'tmri'");
    EXPECT_MESSAGE("{{ 1|captalise }}", false, "unknown filter 'captalise'; did you mean 'capitalize'?");
    EXPECT_MESSAGE("{% if x %}{% elseif y %}{% endif %}", false, "unknown tag 'elseif'; did you mean 'elif'?");
    EXPECT_MESSAGE("{% if x %}{% elsif y %}{% endif %}", false, "unknown tag 'elsif'; did you mean 'elif'?");
    EXPECT_MESSAGE("{% for x of y %}{% endfor %}", false, "expected 'in', got 'of'");
    EXPECT_MESSAGE("{% for (a, b), c y %}{% endfor %}", false, "expected 'in', got 'y'");
    EXPECT_MESSAGE("{% for x %}{% endfor %}", false, "expected 'in', got the end of the tag");
    expect_message((const file[]){ { "page.html", "{% include 'zz.html' %}" }, { "m1.html", "" }, { NULL, NULL } },
                   false, "there is no template 'zz.html'");
    expect_message(
        (const file[]){ { "page.html", "{% include 'layuot.html' %}" }, { "layout.html", "" }, { NULL, NULL } }, false,
        "there is no template 'layuot.html'; did you mean 'layout.html'?");
    expect_message(
        (const file[]){ { "page.html", "{% include 'layout.htm' %}" }, { "layout.html", "" }, { NULL, NULL } }, false,
        "there is no template 'layout.htm'; did you mean 'layout.html'?");
}

static void near_attributes(void **state)
{
    (void)state;
    EXPECT_MESSAGE("{% set a = {'name': 1} %}{{ a.nmae.x }}", false,
                   "'dict object' has no attribute 'nmae'; did you mean 'name'?");
    EXPECT_MESSAGE("{% set a = {'b': {'name': 1}} %}{{ a.b.nmae['x'] }}", false,
                   "'dict object' has no attribute 'nmae'; did you mean 'name'?");
    EXPECT_MESSAGE("{% set a = {'name': 1} %}{{ a.nmae.upper() }}", false,
                   "'dict object' has no attribute 'nmae'; did you mean 'name'?");
    EXPECT_MESSAGE("{% set a = {'name': 1} %}{{ a.colour.x }}", false, "'dict object' has no attribute 'colour'");
    EXPECT_MESSAGE("{% set a = {1: 2, 'name': 1} %}{{ a.nmae }}", true,
                   "'dict object' has no attribute 'nmae'; did you mean 'name'?");
    EXPECT_MESSAGE("{% set a = {'name': 1} %}{{ a['nmae'] }}", true,
                   "'dict object' has no attribute 'nmae'; did you mean 'name'?");
}

static void near_partials_and_libraries(void **state)
{
    (void)state;
    EXPECT_MESSAGE("{% partialdef card %}{% endpartialdef %}{% partial crad %}", false,
                   "the template has no partial 'crad'; did you mean 'card'?");
    EXPECT_MESSAGE("{% partialdef card %}{% endpartialdef %}{% partial other %}", false,
                   "the template has no partial 'other'");
    EXPECT_MESSAGE("{% load humanise %}", false, "unknown library 'humanise'; did you mean 'humanize'?");
    expect_message((const file[]){ { "page.html", "{% include 'parts.html#crad' %}" },
                                   { "parts.html", "{% partialdef card %}{% endpartialdef %}" },
                                   { NULL, NULL } },
                   false, "the template parts.html has no partial 'crad'; did you mean 'card'?");
}

static int listed;

static void list_and_count(void *user, void (*each)(void *arg, const char *name), void *arg)
{
    listed++;
    list_files(user, each, arg);
}

static void near_templates(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, (const file[]){ { "page.html", "{% include 'PARTS/HEAD.HTML' %}" },
                                       { "quiet.html", "{% include 'nosuch' ignore missing %}"
                                                       "{% include ['nosuch', 'Parts/head.html'] %}" },
                                       { "Parts/head.html", "head" },
                                       { NULL, NULL } });
    t.options.loader.list = list_and_count;
    listed = 0;
    assert_null(render(&t, "page.html"));
    assert_string_equal(t.error.message, "there is no template 'PARTS/HEAD.HTML'; did you mean 'Parts/head.html'?");
    assert_int_equal(listed, 1);
    assert_string_equal(render(&t, "quiet.html"), "head"); /* what is no mistake needs no list */
    assert_int_equal(listed, 1);
    templates_finish(&t);
}

static void a_name_that_leaves_the_folder(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, (const file[]){ { "../secret", "secret" }, { "/etc/x", "secret" }, { NULL, NULL } });
    assert_null(render(&t, "../secret"));
    assert_true(t.error.missing);
    assert_null(render(&t, "/etc/x"));
    assert_true(t.error.missing);
    templates_finish(&t);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    EXPECT("abc\n\xFF", "page.html:2:1: a template is UTF-8, which this byte is not\n"
                        "  \xFF\n"
                        "  ^\n");
}

static void an_unknown_filter_in_a_branch_fails_only_when_it_runs(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, (const file[]){ { "page.html", "{% if n %}{{ 1|nosuch }}{% endif %}ok" }, { NULL, NULL } });
    assert_string_equal(render(&t, "page.html", CT_KV("n", 0)), "ok");
    assert_null(render(&t, "page.html", CT_KV("n", 1)));
    assert_string_equal(t.error.message, "unknown filter 'nosuch'");
    size_t count;
    const ct_reference *references =
        ct_template_references(ct_engine_get(t.engine, CT_STR("page.html"), &t.error), &count);
    assert_int_equal(count, 1);
    assert_int_equal(references[0].kind, CT_REFERS_FILTER);
    assert_int_equal(references[0].column, 16);
    templates_finish(&t);
}

static void blocks_that_no_parent_has_are_found(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, (const file[]){ { "page.html", "{% extends 'mid.html' %}{% block a %}{% endblock %}\n"
                                                      "{% block titel %}{% endblock %}{% block b %}{% endblock %}" },
                                       { "mid.html", "{% extends 'base.html' %}{% block a %}{% endblock %}" },
                                       { "base.html", "{% block a %}{% endblock %}{% block b %}{% endblock %}" },
                                       { NULL, NULL } });
    assert_string_equal(render(&t, "page.html"), "");
    size_t count, unknown = 0;
    const ct_template *template = ct_engine_get(t.engine, CT_STR("page.html"), &t.error);
    const ct_reference *references = ct_template_references(template, &count);
    for (size_t i = 0; i < count; i++) {
        if (ct_engine_may_have(t.engine, template, &references[i]))
            continue;
        assert_true(ct_str_eq(references[i].name, CT_STR("titel")));
        assert_int_equal(references[i].line, 2);
        unknown++;
    }
    assert_int_equal(unknown, 1);
    templates_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(place_and_line_of_an_unknown_filter),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(a_tab_before_the_place_stays_a_tab),
        cmocka_unit_test(unknown_tag),
        cmocka_unit_test(a_tag_that_is_never_closed_is_where_it_was_opened),
        cmocka_unit_test(tags_that_cross),
        cmocka_unit_test(an_end_without_a_beginning),
        cmocka_unit_test(wrong_arguments_of_a_filter),
        cmocka_unit_test(a_number_too_large),
        cmocka_unit_test(two_parameters_of_one_name),
        cmocka_unit_test(undefined_attribute),
        cmocka_unit_test(the_chain_of_includes),
        cmocka_unit_test(the_chain_of_parents_and_macros),
        cmocka_unit_test(a_recursion_is_told_once),
        cmocka_unit_test(recursions_in_turn_are_told_once),
        cmocka_unit_test(a_mistake_in_an_included_file_names_both),
        cmocka_unit_test(a_template_that_is_missing),
        cmocka_unit_test(missing_translations),
        cmocka_unit_test(near_words),
        cmocka_unit_test(near_attributes),
        cmocka_unit_test(near_partials_and_libraries),
        cmocka_unit_test(near_templates),
        cmocka_unit_test(a_name_that_leaves_the_folder),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(an_unknown_filter_in_a_branch_fails_only_when_it_runs),
        cmocka_unit_test(blocks_that_no_parent_has_are_found),
    };
    return cmocka_run_group_tests_name("template_errors", tests, NULL, NULL);
}
