/* Values of templates and of C: arguments of the functions that apps add, what context processors say, `request`,
 * url_for(), `config`, translations. */
#include "templated.h"

#include "base/log.h"

#include <sys/mman.h>
#include <unistd.h>

/* ---- functions of apps ---- */

/* What it was given, as JSON; markup as {"safe": ...}. */
static ct_value given(ct *c, const ct_value *args, size_t count)
{
    ct_array *all = ct_array_new(c);
    for (size_t i = 0; i < count; i++) {
        if (args[i].type == CT_VALUE_SAFE)
            ct_array_add(all, ct_object(c, KV("safe", args[i].text)));
        else
            ct_array_add(all, args[i]);
    }
    return ct_safe(ct_to_json(c, CT_VALUE(all)));
}

static ct_value given_1(ct *c, const ct_value *args)
{
    return given(c, args, 1);
}

static ct_value given_3(ct *c, const ct_value *args)
{
    return given(c, args, 3);
}

static ct_value is_even(ct *c, const ct_value *args)
{
    (void)c;
    return CT_VALUE(args[0].integer % 2 == 0);
}

static const ct_app typed_app = {
    .name = "typed",
    .filters = FILTERS(FILTER("texts", given_3, "text a, text b?, text c="), FILTER("anything", given_1, "any a")),
    .functions = FUNCTIONS(FUNCTION("text", given_1, "text x"), FUNCTION("int", given_1, "int x"),
                           FUNCTION("real", given_1, "real x"), FUNCTION("flag", given_1, "flag x"),
                           FUNCTION("datetime", given_1, "datetime x"), FUNCTION("list", given_1, "list x"),
                           FUNCTION("map", given_1, "map x"), FUNCTION("any", given_1, "any x"),
                           FUNCTION("maybe", given_1, "int x=")),
    .template_tests = TEMPLATE_TESTS(TEMPLATE_TEST("evenly", is_even, "int n")),
};

static const char *show(ct *c, const char *source)
{
    return shown(c, source, KV("moment", ct_datetime(0)), KV("markup", ct_safe("<b>")), KV("none", ct_value_null()),
                 KV("row", ct_object(c, KV("k", 1))));
}

static void arguments_are_converted(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{{ text('a<') }}", "[\"a\\u003c\"]" },
        { "{{ text(markup) }}", "[{\"safe\":\"\\u003cb\\u003e\"}]" },
        { "{{ text(5) }}{{ text(1.5) }}{{ text(true) }}", "[\"5\"][\"1.5\"][\"True\"]" },
        { "{{ text(moment) }}", "[\"1970-01-01 00:00:00+00:00\"]" },
        { "{{ int(5) }}{{ int(true) }}{{ int(x=-1) }}", "[5][1][-1]" },
        { "{{ real(5) }}{{ real(0.5) }}", "[5.0][0.5]" },
        { "{{ flag(5) }}{{ flag('') }}{{ flag(none) }}{{ flag([0]) }}", "[true][false][false][true]" },
        { "{{ list([1, 'a', [2.5, none]]) }}", "[[1,\"a\",[2.5,null]]]" },
        { "{{ list((1, 2)) }}{{ list(range(3)) }}", "[[1,2]][[0,1,2]]" },
        { "{{ map({'a': 1, 2: {'b': [3]}}) }}", "[{\"a\":1,\"2\":{\"b\":[3]}}]" },
        { "{{ map(row) }}", "[{\"k\":1}]" },
        { "{{ any(1) }}{{ any('x') }}{{ any([1]) }}{{ any(none) }}{{ any(nothing) }}{{ any(range) }}",
          "[1][\"x\"][[1]][null][null][null]" },
        { "{{ maybe() }}{{ maybe(none) }}{{ maybe(nothing) }}{{ maybe(3) }}", "[null][null][null][3]" },
        { "{{ 'a'|texts(none) }}", "[\"a\",null,null]" },
        { "{{ 'a'|texts(b='b', c='c') }}", "[\"a\",\"b\",\"c\"]" },
        { "{% load l10n %}{{ none|anything }}{{ row.k|texts:row.k }}", "[null][\"1\",\"1\",null]" },
        { "{% load l10n %}{{ 'a'|texts:'b' }}", "[{\"safe\":\"a\"},{\"safe\":\"b\"},null]" }, /* as Django has it */
        { "{% if 4 is evenly %}even{% endif %}{% if 5 is not evenly %}odd{% endif %}", "evenodd" },
    };
    made_site m;
    ct *c = open_good(&m, &typed_app, NULL, NULL);
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(show(c, cases[i][0]), cases[i][1]);
    close_made(&m);
}

static void wrong_arguments_are_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{{ text([1]) }}", "function 'text': 'x' must be text, not 'list'" },
        { "{{ text(none) }}", "function 'text': 'x' must be text, not 'NoneType'" },
        { "{{ text(nothing) }}", "function 'text': 'x' must be text, not undefined" },
        { "{{ int('5') }}", "function 'int': 'x' must be a whole number, not 'str'" },
        { "{{ int(5.0) }}", "function 'int': 'x' must be a whole number, not 'float'" },
        { "{{ maybe('5') }}", "function 'maybe': 'x' must be a whole number, not 'str'" },
        { "{{ real('5') }}", "function 'real': 'x' must be a number, not 'str'" },
        { "{{ datetime(5) }}", "function 'datetime': 'x' must be a time, not 'int'" },
        { "{{ list('ab') }}", "function 'list': 'x' must be a list, not 'str'" },
        { "{{ map([1]) }}", "function 'map': 'x' must be a mapping, not 'list'" },
        { "{{ none|texts('b') }}", "filter 'texts': 'a' must be text, not 'NoneType'" },
        { "{% if 'a' is evenly %}{% endif %}", "test 'evenly': 'n' must be a whole number, not 'str'" },
        { "{{ text() }}", "text() needs the argument 'x'" },
        { "{{ text(1, 2) }}", "text() takes at most 1 argument, 2 given" },
        { "{{ text(y=1) }}", "text() takes no argument named 'y'" },
        { "{{ text('%c'|format(0)) }}", "text with the character U+0000 in it cannot be given to C" },
    };
    made_site m;
    ct *c = open_good(&m, &typed_app, NULL, NULL);
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        const char *page = show(c, cases[i][0]), *message = strstr(page, cases[i][1]);
        if (page[0] != '!' || !message || strncmp(message + strlen(cases[i][1]), " | ", 3) != 0)
            fail_msg("%s shows %s", cases[i][0], page);
    }
    close_made(&m);
}

/* ---- functions that abort ---- */

static ct_value aborts_with(ct *c, const ct_value *args)
{
    ct_abort(c, (int)args[0].integer, "because");
}

static ct_value page_of(ct *c, const ct_value *args)
{
    return CT_VALUE(ct_safe(ct_render_string(c, args[0].text)));
}

static ct_value unchanged(ct *c, const ct_value *args)
{
    (void)args;
    ct_check_conditions(c, "\"a\"", 0);
    return CT_VALUE("changed");
}

static void no_context(ct *c, ct_map *context)
{
    (void)context;
    if (ct_get(c, "no context"))
        ct_abort(c, 503, "no context");
}

static const ct_embedded aborting_items[] = {
    { "base.html", "\n{% block a %}{% endblock %}", 28, "" },
    { "page.html", "{% extends 'base.html' %}{% block a %}\n{{ 500|fails }}{% endblock %}", 68, "" },
};
static const ct_files aborting_files = { aborting_items, 2 };
static const ct_app aborting_app = {
    .name = "aborting",
    .embedded = &aborting_files,
    .filters = FILTERS(FILTER("fails", aborts_with, "int status")),
    .functions = FUNCTIONS(FUNCTION("page", page_of, "text source"), FUNCTION("unchanged", unchanged, "")),
    .template_tests = TEMPLATE_TESTS(TEMPLATE_TEST("failing", aborts_with, "int status")),
    .context = CONTEXT(no_context),
};

static void an_abort_in_a_command_has_the_place_in_the_template(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &aborting_app, NULL, NULL);
    assert_aborts(c, 418, "<string>.html:1:8: because | {{ 418|fails }}", ct_render_string(c, "{{ 418|fails }}"));
    assert_aborts(c, 500, "<string>.html:2:12: because | {% if 5 is failing %}{% endif %}",
                  ct_render_string(c, "\n{% if 5 is failing %}{% endif %}"));
    assert_aborts(c, 500,
                  "page.html:2:8: because | {{ 500|fails }}{% endblock %} | in a block of base.html:2 | "
                  "extended by page.html:1",
                  ct_render_text(c, "page.html"));
    assert_aborts(c, 500,
                  "<string>.html:1:8: <string>.html:1:8: because | {{ 500|fails }} | "
                  "{{ page('{{ 500|fails }}') }}",
                  ct_render_string(c, "{{ page('{{ 500|fails }}') }}"));
    assert_aborts(c, 500,
                  "<string>.html:1:8: <string>.html:1:6: unknown filter 'no' | {{ a|no }} | "
                  "{{ page('{{ a|no }}') }}",
                  ct_render_string(c, "{{ page('{{ a|no }}') }}"));
    ct_set(c, "no context", &m);
    assert_aborts(c, 503, "<string>.html:1:4: no context | {{ a }}", ct_render_string(c, "{{ a }}"));
    ct_set(c, "no context", NULL);
    assert_aborts(c, 404, "afterwards", ct_abort(c, 404, "afterwards"));
    assert_string_equal(shown(c, "{{ page('x') }}"), "x");
    assert_aborts(c, 404, "afterwards", ct_abort(c, 404, "afterwards"));
    close_made(&m);
}

/* What the log got since the last time. */
static const char *logged(int fd)
{
    static char text[2048];
    ct_log_flush();
    ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return text;
}

static void assert_logged(int fd, const char *level, const char *message)
{
    const char *line = logged(fd);
    if (!strstr(line, level) || !strstr(line, message))
        fail_msg("the log has %s", line);
}

static void an_abort_in_a_request_is_logged_with_its_place(void **state)
{
    (void)state;
    made_site m;
    int fd = memfd_create("log", MFD_CLOEXEC);
    ct *c = open_good(&m, &aborting_app, "GET /a HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\n\r\n", NULL);
    ct_log_open(fd, CT_LOG_TEXT, CT_LOG_INFO);
    assert_aborts(c, 502, "<string>.html:1:8: because | {{ 502|fails }}", ct_render_string(c, "{{ 502|fails }}"));
    assert_logged(fd, "error", "GET /a: 502 <string>.html:1:8: because | {{ 502|fails }}");
    assert_aborts(c, 404, "because", ct_render_string(c, "{{ 404|fails }}")); /* the client sees this message */
    assert_logged(fd, "info", "GET /a: 404 <string>.html:1:8: because | {{ 404|fails }}");
    ct_catch catch;
    if (!ct_catch_begin(c, &catch)) {
        ct_render_string(c, "{{ unchanged() }}");
        fail_msg("it did not end the request");
    }
    assert_int_equal(c->unwinding, CT_UNWIND_RESPONSE);
    assert_logged(fd, "info", "304 <string>.html:1:13: ct_check_conditions() ended the request | {{ unchanged() }}");
    assert_aborts(c, 404, "afterwards", ct_abort(c, 404, "afterwards"));
    assert_string_equal(logged(fd), "");
    ct_log_open(STDERR_FILENO, CT_LOG_AUTO, CT_LOG_INFO);
    close(fd);
    close_made(&m);
}

static void with_reload(ct_config *config)
{
    config->reload_templates = true;
}

static void values_that_are_no_utf_8_are_told_in_development(void **state)
{
    (void)state;
    made_site m;
    int fd = memfd_create("log", MFD_CLOEXEC);
    ct *c = open_good(&m, &aborting_app, NULL, NULL);
    ct_log_open(fd, CT_LOG_TEXT, CT_LOG_INFO);
    assert_string_equal(shown(c, "{{ a }}", KV("a", "caf\xE9<")), "caf\xE9&lt;");
    assert_string_equal(logged(fd), "");
    close_made(&m);
    c = open_good(&m, &aborting_app, NULL, with_reload);
    assert_string_equal(shown(c, "\n{{ a }}\n.", KV("a", "caf\xC3\xA9")), "\ncaf\xC3\xA9\n.");
    assert_string_equal(logged(fd), "");
    assert_string_equal(shown(c, "\n{{ a }}\n.", KV("a", "caf\xE9")), "\ncaf\xE9\n.");
    assert_logged(fd, "warning", "the page made of <string>.html has bytes that are no UTF-8 in its line 2");
    ct_log_open(STDERR_FILENO, CT_LOG_AUTO, CT_LOG_INFO);
    close(fd);
    close_made(&m);
}

static void deep_arguments_end_the_page(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &typed_app, NULL, NULL);
    assert_non_null(strstr(shown(c, "{% set a = [] %}{% do a.append(a) %}{{ any(a) }}"), ": nested too deeply | "));
    close_made(&m);
}

static ct_value root_says(ct *c, const ct_value *args)
{
    return CT_VALUE(ct_printf(c, "root %s", args[0].text));
}

static ct_value inner_says(ct *c, const ct_value *args)
{
    return CT_VALUE(ct_printf(c, "inner %s", args[0].text));
}

static void filters_of_mounted_apps_are_everywhere(void **state)
{
    (void)state;
    static const ct_template_row inner_rows[] = {
        { .name = "says", .call = inner_says, .parameters = "text x", .file = "inner.c", .line = 3 },
        { .name = "inner", .call = inner_says, .parameters = "text x", .file = "inner.c", .line = 4 },
        { .name = "upper", .call = inner_says, .parameters = "text x", .file = "inner.c", .line = 5 },
        { .name = NULL },
    };
    static const ct_template_row root_rows[] = {
        { .name = "says", .call = root_says, .parameters = "text x", .file = "root.c", .line = 1 },
        { .name = NULL },
    };
    const ct_app inner = { .name = "inner", .filters = inner_rows };
    const ct_app app = { .name = "root", .filters = root_rows, .routes = ROUTES(MOUNT("/a", &inner)) };
    made_site m;
    ct *c = open_made(&m, &app, NULL, NULL);
    assert_string_equal(shown(c, "{{ 1|says }}, {{ 2|inner }}, {{ 'x'|upper }}, {% load l10n %}{{ 3|inner }}"),
                        "root 1, inner 2, inner x, inner 3");
    close_made(&m);
    assert_problems(&app, "warning: inner.c:3: the filter says gives way to that of root.c:1\n");
}

#define ROW(name_, call_, parameters_, line_)                                                                          \
    {                                                                                                                  \
        .name = (name_), .call = (call_), .parameters = (parameters_), .file = "a.c", .line = (line_)                  \
    }

static void names_that_mean_something_else_are_told(void **state)
{
    (void)state;
    static const ct_template_row filters[] = { ROW("upper", given_1, "any x", 1),
                                               ROW("if", given_1, "any x", 2),
                                               { .name = NULL } };
    static const ct_template_row functions[] = {
        ROW("true", given_1, "any x", 11),    ROW("if", given_1, "any x", 12),
        ROW("request", given_1, "any x", 13), ROW("super", given_1, "any x", 14),
        ROW("loop", given_1, "any x", 15),    ROW("caller", given_1, "any x", 16),
        ROW("now", given_1, "any x", 17),     ROW("static", given_1, "text x", 18),
        ROW("range", given_1, "any x", 19),   { .name = NULL },
    };
    static const ct_template_row tests[] = { ROW("not", given_1, "any x", 21),
                                             ROW("None", given_1, "any x", 22),
                                             ROW("odd", given_1, "any x", 23),
                                             { .name = NULL } };
    const ct_app app = { .name = "a", .filters = filters, .functions = functions, .template_tests = tests };
    assert_problems(
        &app,
        "warning: a.c:11: the function true can never be called: templates have a constant of this name\n"
        "warning: a.c:12: the function if can never be called: templates have an operator of this name\n"
        "warning: a.c:13: the function request can never be called: templates have a value of this name\n"
        "warning: a.c:14: the function super cannot be called in blocks, where templates have a value of this name\n"
        "warning: a.c:15: the function loop cannot be called in loops, where templates have a value of this name\n"
        "warning: a.c:16: the function caller cannot be called in macros, where templates have a value of this "
        "name\n"
        "warning: a.c:17: the function now cannot be called as a tag, for the language has a tag of this name: "
        "only in {{ }}\n"
        "warning: a.c:21: the test not can never be asked: `is not` asks the opposite of another\n"
        "warning: a.c:22: the test None can never be asked: templates ask the test in small letters\n");
    made_site m;
    ct *c = open_made(&m, &app, NULL, NULL);
    assert_string_equal(shown(c, "{{ 1|if }}{{ 'a'|upper }}{{ range(1) }}{{ now(2) }}"), "[1][\"a\"][1][2]");
    assert_string_equal(shown(c, "{% load static %}{% static x %}", KV("x", "x")), "[\"x\"]");
    assert_string_equal(shown(c, "{{ loop(1) }}{% for i in [2] %}{{ i }}{{ loop.index }}{% endfor %}{{ super(3) }}"),
                        "[1]21[3]");
    close_made(&m);
}

static void declarations_are_checked(void **state)
{
    (void)state;
    static const ct_template_row filters[] = {
        ROW("a b", given_1, "text x", 1), ROW("b", given_1, "", 2),          ROW("c", given_1, "text x=", 3),
        ROW("d", NULL, "text x", 4),      ROW("twice", given_1, "any x", 5), ROW("twice", given_1, "any x", 6),
        ROW("1st", given_1, "any x", 7),  ROW("", given_1, "any x", 8),      { .name = NULL },
    };
    static const ct_template_row functions[] = {
        ROW("url_for", given_1, "text x", 11),
        ROW("a", given_1, "test x", 12),
        ROW("b", given_1, "text", 13),
        ROW("c", given_1, "text x=, text y", 14),
        ROW("d", given_1, "text x, int x", 15),
        ROW("e", given_1, "text x,", 16),
        ROW("f", given_1, "text x,, int y", 17),
        ROW("g", given_1, "text x-y", 18),
        ROW("h", given_1,
            "any a, any b, any c, any d, any e, any f, any g, any h, any i, any j, any k, any l, any m, "
            "any n, any o, any p",
            19),
        ROW("i", given_1,
            "any a, any b, any c, any d, any e, any f, any g, any h, any i, any j, any k, any l, any m, "
            "any n, any o, any p, any q",
            20),
        ROW("j", given_1, NULL, 21),
        ROW("k", given_1, "  text   x  =  ", 22),
        { .name = NULL },
    };
    const ct_app app = { .name = "app", .filters = filters, .functions = functions };
    assert_problems(
        &app,
        "error: a.c:1: \"a b\" is no name of a filter: write letters, digits and '_', no digit first\n"
        "error: a.c:2: the filter b: the first parameter of a filter is its value, which is always there: write \"text "
        "value\"\n"
        "error: a.c:3: the filter c: the first parameter of a filter is its value, which is always there: write \"text "
        "value\"\n"
        "error: a.c:4: the filter d has no C function\n"
        "error: a.c:6: the filter twice is there already, at a.c:5\n"
        "error: a.c:7: \"1st\" is no name of a filter: write letters, digits and '_', no digit first\n"
        "error: a.c:8: \"\" is no name of a filter: write letters, digits and '_', no digit first\n"
        "error: a.c:11: the function url_for is Canteen's own: choose another name\n"
        "error: a.c:12: the function a: \"test x\": there is no type \"test\", only text, int, real, flag, datetime, "
        "list, map, any\n"
        "error: a.c:13: the function b: \"text\": write a type and a name, as \"text name\"\n"
        "error: a.c:14: the function c: \"y\" must be given but stands behind \"x\", which may be left out\n"
        "error: a.c:15: the function d: the parameter \"x\" is there twice\n"
        "error: a.c:16: the function e: \"text x,\" has a comma too many\n"
        "error: a.c:17: the function f: \"text x,, int y\" has a comma too many\n"
        "error: a.c:18: the function g: \"text x-y\": a name has letters, digits and '_', and at its end '=' or '?' or "
        "neither\n"
        "error: a.c:20: the function i: there are more than 16 parameters\n");
}

/* ---- names from outside ---- */

static int context_runs;

static void root_context(ct *c, ct_map *context)
{
    (void)c;
    context_runs++;
    ct_map_set(context, "one", "root");
    ct_map_set(context, "two", "root");
    ct_map_set(context, "nothing", ct_value_null());
}

static void inner_context(ct *c, ct_map *context)
{
    (void)c;
    ct_map_set(context, "two", "inner");
    ct_map_set(context, "three", "inner");
}

static ct_response *answer(ct *c)
{
    return ct_text(c, "");
}

static void processors_add_names_inner_ones_last(void **state)
{
    (void)state;
    const ct_app inner = { .name = "inner", .routes = ROUTES(GET("/", answer)), .context = CONTEXT(inner_context) };
    const ct_app app = { .name = "root",
                         .routes = ROUTES(GET("/", answer), MOUNT("/inner", &inner)),
                         .context = CONTEXT(root_context) };
    static const char source[] = "{{ one }} {{ two }} {{ three }} {{ nothing is none }} {{ one }}";
    made_site m;
    context_runs = 0;
    ct *c = open_good(&m, &app, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", NULL);
    assert_string_equal(shown(c, "no names"), "no names");
    assert_int_equal(context_runs, 0);
    assert_string_equal(shown(c, source), "root root  True root");
    assert_int_equal(context_runs, 1);
    assert_string_equal(shown(c, source, KV("one", "given")), "given root  True given");
    close_made(&m);
    c = open_good(&m, &app, "GET /inner/ HTTP/1.1\r\nHost: localhost\r\n\r\n", NULL);
    assert_string_equal(shown(c, source), "root inner inner True root");
    close_made(&m);
    c = open_good(&m, &app, NULL, NULL); /* a command */
    assert_string_equal(shown(c, source), "root root  True root");
    close_made(&m);
}

static void rendering_context(ct *c, ct_map *context)
{
    ct_map_set(context, "menu", ct_render_string(c, "menu of {{ unknown }}{{ given }}", KV("given", 1)));
}

static bool context_fails;

static void failing_context(ct *c, ct_map *context)
{
    if (context_fails)
        ct_abort(c, 503, "not now");
    ct_map_set(context, "name", "value");
}

static void processors_may_render_and_abort(void **state)
{
    (void)state;
    const ct_app rendering = { .name = "root", .context = CONTEXT(rendering_context) };
    const ct_app failing = { .name = "root", .context = CONTEXT(failing_context) };
    made_site m;
    ct *c = open_good(&m, &rendering, NULL, NULL);
    assert_string_equal(shown(c, "{{ menu }}"), "menu of 1");
    close_made(&m);
    c = open_good(&m, &failing, NULL, NULL);
    context_fails = true;
    assert_aborts(c, 503, "<string>.html:1:4: not now | {{ name }}", ct_render_string(c, "{{ name }}"));
    context_fails = false; /* the page that tells of it has the names again */
    assert_string_equal(shown(c, "{{ name }}"), "value");
    close_made(&m);
}

#define HEAD_OF_A_REQUEST                                                                                              \
    "GET /show/7/a%20b?q=x%20y&q=z&empty=&%C3%BC=1 HTTP/1.1\r\nHost: example.com:8000\r\nUser-Agent: test\r\n"         \
    "Referer: http://a/\r\nCookie: name=Ada; theme=dark\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n"

static const ct_app show_app = { .name = "show", .routes = ROUTES(GET("/<int:id>/<name>", answer, .name = "page")) };
static const ct_app request_app = { .name = "root", .version = "1.2", .routes = ROUTES(MOUNT("/show", &show_app)) };

static void pages_see_the_request(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{{ request.method }} {{ request.path }} {{ request.full_path }}",
          "GET /show/7/a b /show/7/a b?q=x%20y&amp;q=z&amp;empty=&amp;%C3%BC=1" },
        { "{{ request.base_url }} {{ request.host }} {{ request.scheme }} {{ request.is_secure }}",
          "http://example.com:8000/show/7/a%20b example.com:8000 http False" },
        { "{{ request.url == request.base_url ~ '?' ~ request.query_string }} {{ request.host_url }}",
          "True http://example.com:8000/" },
        { "{{ request.args.q }} {{ request.args['q'] }} {{ request.args.getlist('q') }}",
          "x y x y [&#39;x y&#39;, &#39;z&#39;]" },
        { "{{ request.args.get('none') }} {{ request.args.get('none', 5) }} {{ 'q' in request.args }} "
          "{{ request.args|length }}",
          "None 5 True 3" },
        { "{% for key in request.args %}{{ key }},{% endfor %} {{ request.args.items()|list|length }}",
          "q,empty,ü, 3" },
        { "{{ request.GET.q }} {{ request.GET.urlencode() }}", "z q=x+y&amp;q=z&amp;empty=&amp;%C3%BC=1" },
        { "{% if request.args %}yes{% endif %}{% if request.form %}yes{% else %}no{% endif %}", "yesno" },
        { "{{ request.POST.x is defined }} {{ request.form.get('x', '-') }}", "False -" },
        { "{{ request.headers['user-agent'] }} {{ request.headers.get('X-TWO') }} {{ request.user_agent }} "
          "{{ request.referrer }}",
          "test 1 test http://a/" },
        { "{{ request.META.HTTP_USER_AGENT }} {{ request.META.REQUEST_METHOD }} {{ request.META.REMOTE_ADDR }}",
          "test GET unix" },
        { "{{ request.cookies.name }} {{ request.COOKIES.theme }} {{ request.cookies.nothing is defined }}",
          "Ada dark False" },
        { "{{ request.endpoint }} {{ request.blueprint }} {{ request.view_args.id + 1 }} {{ request.view_args.name }}",
          "show.page show 8 a b" },
        { "{{ request.resolver_match.view_name }} {{ request.resolver_match.url_name }} "
          "{{ request.resolver_match.app_name }} {{ request.resolver_match.kwargs.id }}",
          "show:page page show 7" },
        { "{{ request.get_full_path()|length }} {{ request.get_host() }} {{ request.build_absolute_uri('/x') }} "
          "{{ request.build_absolute_uri('x') }} {{ request.build_absolute_uri('http://b/') }}",
          "41 example.com:8000 http://example.com:8000/x http://example.com:8000/show/7/x http://b/" },
        { "{% load l10n %}{{ request.get_host }} {{ request.GET.q }} {{ request.method|lower }}",
          "example.com:8000 z get" },
        { "{{ request.nothing is defined }} {{ request.content_type is none }} {{ request.content_length }}",
          "False True 0" },
        { "{{ current_app.name }} {{ current_app.version }}", "root 1.2" },
        { "{{ request }}", "&lt;Request &#39;/show/7/a%20b?q=x%20y&amp;q=z&amp;empty=&amp;%C3%BC=1&#39; [GET]&gt;" },
    };
    made_site m;
    ct *c = open_good(&m, &request_app, HEAD_OF_A_REQUEST, NULL);
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(shown(c, cases[i][0]), cases[i][1]);
    close_made(&m);
}

#define PART(parameters, data) "--b\r\nContent-Disposition: form-data; " parameters "\r\n\r\n" data "\r\n"
#define A_FORM                                                                                                         \
    PART("name=a", "1")                                                                                                \
    PART("name=f; filename=\"<1>.png\"", "123")                                                                        \
    PART("name=f; filename=2\r\nContent-Type: image/png; q=1", "") PART("name=g; filename=3", "") "--b--"

static void allow_files(ct_config *config)
{
    config->max_parts = config->max_files = config->max_file_memory = config->max_file_size = 10;
    config->max_part_head = 256;
}

static void pages_see_the_files_of_a_form(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{{ request.form.a }} {{ request.files.f.filename }} {{ request.files['f'].size }}", "1 _1_.png 3" },
        { "{{ request.files.f.name }} {{ request.files.f.content_type }} {{ request.files.f.nothing is defined }}",
          "f application/octet-stream False" },
        { "{{ request.FILES.f.name }} {{ request.FILES.f.content_type }} {{ request.FILES.f }}", "2 image/png 2" },
        { "{% for name, file in request.files.items() %}{{ name }}={{ file }},{% endfor %}", "f=_1_.png,g=3," },
        { "{{ request.files.getlist('f')|length }} {{ request.files.get('none') }} {{ 'g' in request.files }}",
          "2 None True" },
        { "{% if request.FILES %}{% for name in request.FILES %}{{ name }}{% endfor %}{% endif %}", "fg" },
    };
    made_site m;
    ct *c = open_good(&m, &request_app,
                      "POST /show/7/x HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n",
                      allow_files);
    c->body = (ct_bytes){ A_FORM, sizeof(A_FORM) - 1 };
    c->body_read = true;
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(shown(c, cases[i][0]), cases[i][1]);
    close_made(&m);
    c = open_good(&m, &request_app, HEAD_OF_A_REQUEST, NULL);
    assert_string_equal(shown(c, "{% if request.files %}yes{% else %}no{% endif %}"), "no");
    close_made(&m);
}

static void without_a_request_there_is_none(void **state)
{
    (void)state;
    made_site m;
    ct *c = open_good(&m, &request_app, NULL, NULL);
    assert_string_equal(shown(c, "{{ request is defined }} {{ current_app }}"), "False root");
    assert_string_equal(shown(c, "{{ url_for('show.page', id=1, name='x') }}"), "/show/1/x");
    close_made(&m);
}

static void routes_become_urls(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{{ url_for('show.page', id=1, name='a/b', q='x y', r=none) }}", "/show/1/a%2Fb?q=x%20y" },
        { "{{ url_for('.page', id=1, name=2.5) }} {{ url_for('page', id=1, name=true) }}", "/show/1/2.5 /show/1/True" },
        { "{{ url_for('show:page', 1, 'x') }}", "/show/1/x" },
        { "{% url 'show:page' 1 'x' %} {% url 'show:page' id=2 name='y' %}", "/show/1/x /show/2/y" },
        { "{% url 'show:none' 1 as u %}[{{ u }}]", "[]" },
        { "{{ url_for('show.page', id=1, name='x', q=['a', 'b'], _anchor='top') }}", "/show/1/x?q=a&amp;q=b#top" },
        { "{{ url_for('show.page', id=1, name='x', _external=true) }}", "http://example.com:8000/show/1/x" },
        { "{{ url_for('show.page', id=1, name='x', _external=true, _scheme='https') }}",
          "https://example.com:8000/show/1/x" },
    };
    made_site m;
    ct *c = open_good(&m, &request_app, HEAD_OF_A_REQUEST, NULL);
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(shown(c, cases[i][0]), cases[i][1]);
    assert_aborts(c, 500,
                  "<string>.html:1:11: there is no route \"show.pages\"; did you mean \"show.page\"? | "
                  "{{ url_for('show.pages') }}",
                  ct_render_string(c, "{{ url_for('show.pages') }}"));
    assert_aborts(c, 500,
                  "<string>.html:1:11: no route \"show.page\" has 3 parameters | {{ url_for('show.page', 1, 2, 3) }}",
                  ct_render_string(c, "{{ url_for('show.page', 1, 2, 3) }}"));
    assert_aborts(c, 500,
                  "<string>.html:1:11: the URL of \"show.page\" needs a value for its parameter \"name\", which is "
                  "undefined here | {{ url_for('show.page', 1, x) }}",
                  ct_render_string(c, "{{ url_for('show.page', 1, x) }}"));
    close_made(&m);
}

static void config_has_the_settings_but_no_secrets(void **state)
{
    (void)state;
    const ct_app app = { .name = "app",
                         .settings =
                             SETTINGS(SETTING("greeting", "Hello"), SETTING("count", "3", .type = CT_INTEGER),
                                      SETTING("ratio", "0.5", .type = CT_REAL), SETTING("on", "true", .type = CT_FLAG),
                                      SETTING("password", "sesame", .secret = true), SETTING("unset", NULL)) };
    made_site m;
    ct *c = open_good(&m, &app, NULL, NULL);
    assert_string_equal(shown(c, "{{ config.greeting }} {{ config.GREETING }} {{ config['count'] + 1 }} "
                                 "{{ config.ratio }} {{ config.on }} {{ config.unset }} {{ config.max_head }}"),
                        "Hello Hello 4 0.5 True None 16384");
    assert_string_equal(shown(c, "{{ config.password is defined }} {{ config['PASSWORD'] is defined }} "
                                 "{{ config.get('password', '-') }} {{ 'password' in config }} "
                                 "{{ 'greeting' in config }} {{ current_app.config.password is defined }}"),
                        "False False - False True False");
    close_made(&m);
}

static const char *to_german(ct *c, const ct_message *message)
{
    if (message->context)
        return ct_printf(c, "%s (%s)", message->singular, message->context);
    if (message->plural)
        return message->count == 1 ? "ein Apfel" : "%(num)s Äpfel";
    return strcmp(message->singular, "yes") == 0 ? "ja" : NULL;
}

static void messages_are_translated(void **state)
{
    (void)state;
    const ct_app inner = { .name = "inner", .translate = to_german };
    const ct_app app = { .name = "app", .routes = ROUTES(MOUNT("/inner", &inner)) };
    made_site m;
    ct *c = open_good(&m, &app, NULL, NULL);
    assert_string_equal(shown(c, "{{ _('yes') }} {{ gettext('no') }} {{ ngettext('an apple', '%(num)s apples', "
                                 "3) }} {{ pgettext('month', 'may') }} {% trans %}yes{% endtrans %}"),
                        "ja no 3 Äpfel may (month) ja");
    close_made(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_converted),
        cmocka_unit_test(wrong_arguments_are_named),
        cmocka_unit_test(values_that_are_no_utf_8_are_told_in_development),
        cmocka_unit_test(deep_arguments_end_the_page),
        cmocka_unit_test(an_abort_in_a_command_has_the_place_in_the_template),
        cmocka_unit_test(an_abort_in_a_request_is_logged_with_its_place),
        cmocka_unit_test(filters_of_mounted_apps_are_everywhere),
        cmocka_unit_test(declarations_are_checked),
        cmocka_unit_test(names_that_mean_something_else_are_told),
        cmocka_unit_test(processors_add_names_inner_ones_last),
        cmocka_unit_test(processors_may_render_and_abort),
        cmocka_unit_test(pages_see_the_request),
        cmocka_unit_test(pages_see_the_files_of_a_form),
        cmocka_unit_test(without_a_request_there_is_none),
        cmocka_unit_test(routes_become_urls),
        cmocka_unit_test(config_has_the_settings_but_no_secrets),
        cmocka_unit_test(messages_are_translated),
    };
    return cmocka_run_group_tests_name("template_values", tests, NULL, NULL);
}
