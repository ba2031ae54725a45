/* The tags that only Django has: what they show, in which variable, and what their mistakes are told like. What is
 * expected is what Django 3.2 shows; querystring and the partials are those of Django 6.0's documentation. */
#include "rendered.h"

static const char *in_jinja(const char *text)
{
    return rendered((page_options){ .language = CT_LANGUAGE_JINJA }, text);
}

static void test_load(void **state)
{
    (void)state;
    assert_string_equal(shown("{% load i18n static humanize %}x{% load l10n tz cache %}", NULL), "x");
    assert_string_equal(shown("{% load %}x", NULL), "x");
    assert_string_equal(shown("{% load trans blocktrans from i18n %}{% load intcomma from humanize %}x", NULL), "x");
    assert_string_equal(shown("x\n {% load polls_extras %}", NULL),
                        "! 2:10: unknown library 'polls_extras': there are cache, humanize, i18n, l10n, static and "
                        "tz; the filters and functions of an app need no {% load %}");
    assert_string_equal(shown("{% load trans nosuch from i18n %}", NULL),
                        "! 1:15: the library 'i18n' has no tag or filter 'nosuch'");
    assert_string_equal(shown("{% load trans from nosuch %}", NULL),
                        "! 1:20: unknown library 'nosuch': there are cache, humanize, i18n, l10n, static and tz; the "
                        "filters and functions of an app need no {% load %}");
}

static void test_firstof(void **state)
{
    (void)state;
    const char *json = "{\"v\": \"<>\", \"zero\": 0, \"n\": 7}";
    assert_string_equal(shown("{% firstof a zero '<' %}|{% firstof a v %}|{% firstof a zero %}", json), "<|&lt;&gt;|");
    assert_string_equal(shown("{% firstof a v as x %}[{{ x }}]{% firstof a as y %}[{{ y }}]", json), "[&lt;&gt;][]");
    assert_string_equal(shown("{% autoescape off %}{% firstof v %}{% endautoescape %}", json), "<>");
    assert_string_equal(shown("{% firstof a|default:n as %}", json), "7"); /* `as` alone is a variable */
    assert_string_equal(shown("{% firstof %}", NULL),
                        "! 1:12: expected a variable or a literal, got the end of the tag");
    assert_string_equal(shown("{% firstof 'a''b' %}", NULL), "! 1:15: expected a space, got ''b''");
}

/* Django's tags in a file of Jinja's take the same words for names. */
static void test_names(void **state)
{
    (void)state;
    const char *json = "{\"v\": \"x\"}";
    page_options jinja = { .language = CT_LANGUAGE_JINJA, .json = json };
    assert_string_equal(rendered(jinja, "{% cycle 'a' 'b' as row-class -%} {% cycle row-class %}{{ [1][0] }}"), "ab1");
    assert_string_equal(
        rendered(jinja, "{% with v as a-b %}{% blocktrans %}[{{ a-b }}]{% endblocktrans %}{% endwith %}"), "[x]");
    assert_string_equal(shown("{% cycle 'a' 'b' as a-b loud %}", NULL),
                        "! 1:25: only 'silent' can follow the name of a cycle, not 'loud'");
    assert_string_equal(shown("{% cycle 'a' as %}{% cycle 'a' 'b' as c-%}", NULL), "aa");
    assert_string_equal(shown("{% with v as %}{% endwith %}", json), "! 1:14: expected a name, got the end of the tag");
}

static const char *strictly(const char *text)
{
    return rendered((page_options){ .strict = true, .json = "{\"l\": [{\"a\": 1}], \"none\": null}" }, text);
}

/* What a page was given is nothing for visitors. */
static void test_debug(void **state)
{
    (void)state;
    const char *text = "[{% with a='<' %}{% debug %}{% endwith %}]";
    assert_string_equal(shown(text, NULL), "[]");
    assert_string_equal(rendered((page_options){ .debug = true }, text), "[{&#x27;context&#x27;: {}}]");
    assert_string_equal(rendered((page_options){ .language = CT_LANGUAGE_JINJA }, "[{% debug %}]"), "[]");
    assert_string_equal(
        rendered((page_options){ .language = CT_LANGUAGE_JINJA, .debug = true }, "{% set a = 1 %}[{% debug %}]"),
        "[{&#39;context&#39;: {&#39;a&#39;: 1}}]");
}

/* Where undefined values are errors, tags that use one say its name; what asks for one does not. */
static void test_strict(void **state)
{
    (void)state;
    assert_string_equal(strictly("{% for x in missing %}{% endfor %}"), "! 1:13: 'missing' is undefined");
    assert_string_equal(strictly("{% for x in l.0.b %}{% endfor %}"), "! 1:17: 'dict object' has no attribute 'b'");
    assert_string_equal(strictly("{% for x in missing|slice:':2' %}{% endfor %}"), "! 1:21: 'missing' is undefined");
    assert_string_equal(strictly("{% for x in none %}{% empty %}none{% endfor %}"), "none");
    assert_string_equal(strictly("{% for x in missing|default:'ab' %}{{ x }}{% endfor %}"), "ab");
    assert_string_equal(strictly("{% firstof none missing l %}"), "! 1:17: 'missing' is undefined");
    assert_string_equal(strictly("{% firstof none|default:'x' missing %}"), "x");
    assert_string_equal(strictly("{% firstof missing|default:'' 'x' %}"), "x");
    assert_string_equal(strictly("{% ifchanged missing %}{% endifchanged %}"), "! 1:14: 'missing' is undefined");
    assert_string_equal(strictly("{% regroup missing by a as g %}"), "! 1:12: 'missing' is undefined");
    assert_string_equal(strictly("{% regroup l by b as g %}"), "! 1:17: 'dict object' has no attribute 'b'");
    assert_string_equal(strictly("{% if missing %}a{% elif not missing and missing|length == 0 %}b{% endif %}"), "b");
}

static void test_spaceless(void **state)
{
    (void)state;
    assert_string_equal(shown("[{% spaceless %} <a> <b>\u00a0\n</b> x </a>\t{% endspaceless %}]", NULL),
                        "[<a><b></b> x </a>]");
    assert_string_equal(shown("{% spaceless %}{{ a }} > <{% endspaceless %}", "{\"a\": \"> <\"}"), "&gt; &lt; ><");
    assert_string_equal(shown("a {% spaceless %} {% endspaceless %} b", NULL), "a  b");
    assert_string_equal(shown("{% spaceless %}x", NULL),
                        "! 1:4: 'spaceless' is never closed: 'endspaceless' is missing");
}

static void test_localize(void **state)
{
    (void)state;
    assert_string_equal(shown("{% load l10n %}{% localize on %}{{ n }}{% endlocalize %}"
                              "{% localize %}{{ n }}{% endlocalize %}{% localize off %}{{ n }}{% endlocalize %}",
                              "{\"n\": 1234}"),
                        "123412341234");
    assert_string_equal(shown("{% localize maybe %}{% endlocalize %}", NULL),
                        "! 1:13: expected 'on' or 'off', got 'maybe'");
}

/* Without settings for languages the variables of Django's context processor say which there are. */
static void test_languages(void **state)
{
    (void)state;
    const char *json = "{\"LANGUAGE_CODE\": \"ar-eg\", \"LANGUAGES\": [[\"de\", \"German\"], \"fa\"]}";
    const char *text =
        "{% get_current_language as c %}{{ c }} {% get_current_language_bidi as b %}{{ b }} "
        "{% get_available_languages as all %}{% for code, name in all %}{{ code }}={{ name }};{% endfor %}";
    assert_string_equal(shown(text, json), "ar-eg True de=German;fa=Persian;");
    assert_string_equal(shown(text, NULL), "en-us False en=English;");
    assert_string_equal(rendered((page_options){ .strict = true }, text), "en-us False en=English;");
    assert_string_equal(rendered((page_options){ .language = CT_LANGUAGE_JINJA, .json = json }, text),
                        "ar-eg True de=German;fa=Persian;");
    assert_string_equal(shown("{% get_available_languages as x %}", "{\"LANGUAGES\": [\"xx\"]}"),
                        "! 1:4: there is no language 'xx'");
    assert_string_equal(shown("{% get_current_language %}", NULL),
                        "! 1:25: expected 'as' and the name of a variable, got the end of the tag");
}

/* Another zone than UTC is a mistake that is told when the template is compiled, where it is known then. */
static void test_zones(void **state)
{
    (void)state;
    const char *json = "{\"zone\": \"Asia/Tokyo\", \"utc\": \"etc/utc\"}";
    assert_string_equal(shown("{% timezone 'UTC' %}a{% endtimezone %}{% timezone utc %}b{% endtimezone %}", json),
                        "ab");
    assert_string_equal(shown("{% if 0 %}{% timezone 'Europe/Paris' %}{% endtimezone %}{% endif %}", json),
                        "! 1:23: there is no time zone 'Europe/Paris' here, only UTC: convert the moment in C and give "
                        "the page text");
    assert_string_equal(shown("{% timezone zone %}{% endtimezone %}", json),
                        "! 1:4: there is no time zone 'Asia/Tokyo' here, only UTC: convert the moment in C and give "
                        "the page text");
    assert_string_equal(shown("{{ none|timezone:'Asia/Tokyo' }}", json),
                        "! 1:18: there is no time zone 'Asia/Tokyo' here, only UTC: convert the moment in C and give "
                        "the page text");
    assert_string_equal(rendered((page_options){ .language = CT_LANGUAGE_JINJA }, "{{ x|timezone('Asia/Tokyo') }}"),
                        "! 1:15: there is no time zone 'Asia/Tokyo' here, only UTC: convert the moment in C and give "
                        "the page text");
}

static void test_now(void **state)
{
    (void)state;
    const char *year = shown("{% now 'Y' %}", NULL);
    assert_int_equal(strlen(year), 4);
    assert_true(strcmp(year, "2024") > 0);
    assert_string_equal(shown("{% now 'Y' as y %}[{{ y }}]{% now 'Y' %}", NULL),
                        ct_arena_printf(memory(), "[%s]%s", year, year));
    /* Escapes are the format's, and what it writes is not escaped, but for a variable. */
    assert_string_equal(shown("{% now '\\Y<\\b>' %}|{% now '<' as x %}{{ x }}", NULL), "Y<b>|&lt;");
    assert_string_equal(shown("{% now '' %}", NULL), shown("{% now 'N j, Y' %}", NULL));
    assert_string_equal(shown("{% now Y %}", NULL), "! 1:8: expected a format in quotes, got 'Y'");
    assert_string_equal(shown("{% now 'Y' as %}", NULL), "! 1:12: expected the end of the tag, got 'as'");
}

static void test_widthratio(void **state)
{
    (void)state;
    const char *json =
        "{\"a\": 175, \"b\": 200, \"half\": 1.5, \"text\": \" 1_0.5 \", \"ten\": \" +1_0 \", \"none\": null,"
        " \"huge\": \"1e300\", \"tiny\": \"1e-200\", \"hex\": \"0x10\"}";
    assert_string_equal(shown("{% widthratio a b 100 %}", json), "88"); /* 87.5, halves to even */
    assert_string_equal(shown("{% widthratio 1 2 1 %},{% widthratio 3 2 1 %},{% widthratio 5 2 1 %}", json), "0,2,2");
    assert_string_equal(shown("{% widthratio a b half %}", json), "1"); /* a width of 1 */
    assert_string_equal(shown("{% widthratio a nope 100 %}|{% widthratio none b 1 %}|{% widthratio hex 1 1 %}", json),
                        "||");
    assert_string_equal(shown("{% widthratio a 0 100 %}|{% widthratio -1 300 100 %}", json), "0|0");
    assert_string_equal(shown("{% widthratio text '1' ten %}", json), "105");
    assert_string_equal(
        shown("{% widthratio huge tiny 100 %}|{% widthratio 1e20 1 10 %}|{% widthratio -7 1 3 %}", json),
        "|1000000000000000000000|-21");
    assert_string_equal(shown("{% widthratio a b 100 as w %}[{{ w }}]", json), "[88]");
    assert_string_equal(shown("{% widthratio a b nope %}", json),
                        "! 1:4: the last argument of widthratio must be a number, not str");
    assert_string_equal(shown("{% widthratio a b '1.5' %}", json),
                        "! 1:4: the last argument of widthratio must be a number, not str");
    assert_string_equal(shown("{% widthratio a b %}", json),
                        "! 1:19: expected a variable or a literal, got the end of the tag");
}

static void test_templatetag(void **state)
{
    (void)state;
    assert_string_equal(shown("{% templatetag openblock %}{% templatetag closeblock %}{% templatetag openvariable %}"
                              "{% templatetag closevariable %}{% templatetag openbrace %}{% templatetag closebrace %}"
                              "{% templatetag opencomment %}{% templatetag closecomment %}",
                              NULL),
                        "{%%}{{}}{}{##}");
    assert_string_equal(shown("{% templatetag x %}", NULL),
                        "! 1:16: expected openblock, closeblock, openvariable, closevariable, openbrace, closebrace, "
                        "opencomment or closecomment, got 'x'");
}

static void test_csrf_token(void **state)
{
    (void)state;
    assert_string_equal(shown("{% autoescape off %}{% csrf_token %}{% endautoescape %}", "{\"csrf_token\": \"a<b\"}"),
                        "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"a&lt;b\">");
    assert_string_equal(shown("[{% csrf_token %}]", NULL), "[]");
    assert_string_equal(shown("[{% csrf_token %}]", "{\"csrf_token\": \"NOTPROVIDED\"}"), "[]");
    assert_string_equal(shown("{% with csrf_token='x' %}{% csrf_token %}{% endwith %}", NULL),
                        "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"x\">");
}

/* ---- cycle ---- */

static void test_cycle(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{% for i in l %}{% cycle '<a>' v nope %},{% endfor %}", "{\"l\": [1, 2, 3, 4], \"v\": \"<b>\"}"),
        "<a>,&lt;b&gt;,,<a>,");
    assert_string_equal(shown("{% cycle 'a' v|upper as x %}{% cycle x %}{% cycle x %}[{{ x }}]", "{\"v\": \"b\"}"),
                        "aBa[a]");
    assert_string_equal(
        shown("{% for i in l %}{% cycle 'a' 'b' as x silent %}<{{ x }}>{% endfor %}[{{ x }}]", "{\"l\": [1, 2, 3]}"),
        "<a><b><a>[]");
    assert_string_equal(shown("{% cycle 'a' 'b' as x silent %}{% cycle x %}{{ x }}", NULL), "b");
    assert_string_equal(
        shown("{% cycle 'a' 'b' as x %}{% for i in l %}{% cycle x %}{% endfor %}[{{ x }}]", "{\"l\": [1, 2]}"),
        "aba[a]");
}

/* Each cycle has a place of its own, each render and each include begins anew. */
static void test_cycle_state(void **state)
{
    (void)state;
    static const file others[] = { { "row.html", "{% cycle 1 2 %}" }, { NULL, NULL } };
    assert_string_equal(
        rendered((page_options){ .others = others, .json = "{\"l\": [1, 2]}" },
                 "{% for i in l %}{% cycle 'a' 'b' %}{% cycle 'x' 'y' %}{% include 'row.html' %}{% endfor %}"),
        "ax1by1");
}

static void test_cycle_mistakes(void **state)
{
    (void)state;
    assert_string_equal(shown("{% cycle 'a' 'b' %}{% cycle x %}", NULL),
                        "! 1:29: there is no cycle 'x' above: name one with {% cycle ... as x %}");
    assert_string_equal(shown("{% cycle 'a' 'b' as x loud %}", NULL),
                        "! 1:23: only 'silent' can follow the name of a cycle, not 'loud'");
    assert_string_equal(shown("{% cycle %}", NULL), "! 1:10: expected a variable or a literal, got the end of the tag");
    assert_string_equal(shown("{% cycle 'a','b' %}", NULL),
                        "! 1:10: there is no cycle ''a','b'' above: name one with {% cycle ... as 'a','b' %}");
}

static void test_resetcycle(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{% for i in l %}{% cycle 'a' 'b' 'c' %}{% if i == 2 %}{% resetcycle %}{% endif %}{% endfor %}",
              "{\"l\": [1, 2, 3]}"),
        "aba");
    assert_string_equal(
        shown("{% cycle 1 2 as x %}{% cycle 3 4 as y %}{% resetcycle x %}{% cycle x %}{% cycle y %}", NULL), "1314");
    assert_string_equal(shown("{% resetcycle %}", NULL), "! 1:4: there is no cycle above to reset");
    assert_string_equal(shown("{% resetcycle x %}", NULL),
                        "! 1:15: there is no cycle 'x' above: name one with {% cycle ... as x %}");
}

/* ---- ifchanged ---- */

static void test_ifchanged(void **state)
{
    (void)state;
    const char *json = "{\"l\": [1, 1, 2, \"\", \"\"], \"m\": [0, 0]}";
    assert_string_equal(shown("{% for i in l %}{% ifchanged %}{{ i }}{% else %}-{% endifchanged %}{% endfor %}", json),
                        "1-2-");
    assert_string_equal(
        shown("{% for j in m %}{% for i in l %}{% ifchanged i j %}[{{ i }}]{% else %}-{% endifchanged %}"
              "{% endfor %}|{% endfor %}",
              json),
        "[1]-[2][]-|[1]-[2][]-|");
    assert_string_equal(shown("{% for i in m %}{% ifchanged nope %}x{% else %}y{% endifchanged %}{% endfor %}", json),
                        "xy");
    assert_string_equal(shown("{% ifchanged %}x{% endifchanged %}{% ifchanged l %}x{% endifchanged %}", json), "xx");
}

/* The loop may be outside of the template that asks. */
static void test_ifchanged_in_include(void **state)
{
    (void)state;
    static const file others[] = { { "row.html", "{% ifchanged i %}{{ i }}{% endifchanged %}" }, { NULL, NULL } };
    assert_string_equal(rendered((page_options){ .others = others, .json = "{\"l\": [1, 1, 2]}" },
                                 "{% for i in l %}{% include 'row.html' %},{% endfor %}"),
                        "1,,2,");
}

/* {% break %} and {% continue %} pass through what catches its output. */
static void test_jumps_out_of_bodies(void **state)
{
    (void)state;
    assert_string_equal(in_jinja("{% for i in [1, 2, 3] %}{% ifchanged %}{% if i == 2 %}{% break %}{% endif %}{{ i }}"
                                 "{% endifchanged %}{% endfor %}"),
                        "1");
    assert_string_equal(
        in_jinja("{% for i in [1, 2, 3] %}{% spaceless %} <b> <i> {% if i == 2 %}{% continue %}{% endif %}"
                 "{{ i }}{% endspaceless %}{% endfor %}"),
        "<b><i> 1<b><i><b><i> 3");
}

/* What only Django has works in Jinja's templates too. */
static void test_tags_in_jinja(void **state)
{
    (void)state;
    assert_string_equal(in_jinja("{% for i in [1, 1, 2] %}{% ifchanged i %}{{ i }}{% else %}-{% endifchanged %}"
                                 "{% cycle 'a' 'b' as c silent %}{{ c }}{% endfor %}"),
                        "1a-b2a");
    assert_string_equal(
        in_jinja("{% set l = [{'n': 1, 'k': '<'}, {'n': 2, 'k': '<'}] %}{% regroup l by k as g %}"
                 "{% for k, l in g %}{{ k }}{{ l|length }}{% endfor %}{{ g[0].grouper }}{{ g[0][1][0].n }}"),
        "&lt;2&lt;1");
    assert_string_equal(in_jinja("{% partialdef a %}{{ loop.index }}{% endpartialdef %}"
                                 "{% for i in [1, 2] %}{% partial a %}{% endfor %}"),
                        "12");
    assert_string_equal(in_jinja("{% for i in 'ab' %}{% for j in 'pq' %}{{ loop.parentloop.counter }}{% set l = loop %}"
                                 "{{ l['parentloop'].first }}{{ l.parentloop.parentloop }} {% endfor %}{% endfor %}"),
                        "1True{} 1True{} 2False{} 2False{} ");
}

/* ---- regroup ---- */

static const char people[] = "{\"l\": [{\"n\": \"a\", \"c\": {\"x\": 1}}, {\"n\": \"b\", \"c\": {\"x\": 1}},"
                             " {\"n\": \"c\", \"c\": {\"x\": 2}}, {\"n\": \"d\"}], \"words\": [\"ab\", \"Ac\", \"b\"],"
                             " \"deep\": [[[1, 2]], [[3, 2]], [[3, 4]]]}";

static void test_regroup(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{% regroup l by c.x as g %}{% for x in g %}{{ x.grouper }}:{% for p in x.list %}{{ p.n }}"
              "{% endfor %};{% endfor %}",
              people),
        "1:ab;2:c;None:d;");
    assert_string_equal(
        shown("{% regroup words by 0|upper as g %}{% for key, items in g %}{{ key }}={{ items|join:'+' }} "
              "{% endfor %}{{ g.0.0 }}{{ g.1.1|length }}{{ g.0|length }}",
              people),
        "A=ab+Ac B=b A12");
    assert_string_equal(
        shown("{% autoescape off %}{% regroup words by 0|lower as g %}{{ g }}{% endautoescape %}", people),
        "[GroupedResult(grouper='a', list=['ab', 'Ac']), GroupedResult(grouper='b', list=['b'])]");
    assert_string_equal(shown("{% regroup deep by 0.1 as g %}{% for x in g %}{{ x.grouper }}{% endfor %}", people),
                        "24");
    assert_string_equal(shown("{% regroup nope by x as g %}{{ g }}", people), "[]");
}

static void test_regroup_mistakes(void **state)
{
    (void)state;
    assert_string_equal(shown("{% regroup l with x as g %}", NULL), "! 1:14: expected 'by', got 'with'");
    assert_string_equal(shown("{% regroup l by %}", NULL), "! 1:17: expected an attribute, got the end of the tag");
    assert_string_equal(shown("{% regroup l by x %}", NULL), "! 1:19: expected 'as', got the end of the tag");
    assert_string_equal(shown("{% regroup l by x as %}", NULL),
                        "! 1:22: expected the name of a variable, got the end of the tag");
    assert_string_equal(shown("{% regroup l by x as g h %}", NULL), "! 1:24: expected the end of the tag, got 'h'");
    assert_string_equal(
        rendered((page_options){ .json = "{\"l\": [1, 2, 3]}", .max_iterations = 2 }, "{% regroup l by x as g %}"),
        "! 1:17: more than 2 iterations (setting template_max_iterations)");
}

/* ---- partials ---- */

static void test_partials(void **state)
{
    (void)state;
    assert_string_equal(shown("{% partialdef card-1 %}<{{ x }}>{% endpartialdef %}a{% partial card-1 %}"
                              "{% with x='&' %}{% partial card-1 %}{% endwith %}",
                              "{\"x\": 1}"),
                        "a<1><&>");
    assert_string_equal(shown("{% for i in l %}{% partial row %}{% endfor %}{% partialdef row inline %}"
                              "{{ forloop.counter }}{{ i }};{% endpartialdef row %}",
                              "{\"l\": [\"a\", \"b\"]}"),
                        "1a;2b;;");
    assert_string_equal(
        shown("{% partialdef a %}[{% partial b %}]{% endpartialdef %}{% partialdef b %}x{% endpartialdef %}"
              "{% partial a %}",
              NULL),
        "[x]");
    /* escaped as the place of use is */
    assert_string_equal(shown("{% partialdef a %}{{ x }}{% endpartialdef %}{% autoescape off %}{% partial a %}"
                              "{% endautoescape %}{% partial a %}",
                              "{\"x\": \"<\"}"),
                        "<&lt;");
    /* forloop is what is around the place of use */
    assert_string_equal(shown("{% partialdef p %}{% for b in 'pq' %}{{ forloop.parentloop.counter }}"
                              "{{ forloop.counter }}{{ forloop.parentloop.parentloop.counter }} {% endfor %}"
                              "{% endpartialdef %}{% partial p %}{% for a in 'xy' %}{% partial p %}{% endfor %}"
                              "{% for c in 'z' %}{% for a in 'xy' %}{% partial p %}{% endfor %}{% endfor %}",
                              NULL),
                        "1 2 11 12 21 22 111 121 211 221 ");
}

/* A macro goes on seeing what was around it, when the partials through which it came to be are long done. */
static void test_partials_around_macros(void **state)
{
    (void)state;
    static const file others[] = { { "parts.html",
                                     "{% partialdef a %}{% with z=5 %}{% partial b %}{% endwith %}{% endpartialdef %}"
                                     "{% partialdef b %}{% include 'macro.html' %}{% endpartialdef %}{% partial a %}" },
                                   { "macro.html", "{% macro m() %}[{{ z }}]{% endmacro %}{% set ns.m = m %}" },
                                   { NULL, NULL } };
    assert_string_equal(rendered((page_options){ .language = CT_LANGUAGE_JINJA, .others = others },
                                 "{% set ns = namespace() %}{% include 'parts.html' %}{% for i in [1, 2] %}"
                                 "{{ ns.m() }}{% endfor %}"),
                        "[5][5]");
}

static void test_partials_of_other_templates(void **state)
{
    (void)state;
    static const file others[] = { { "parts.html",
                                     "never {% partialdef hello %}Hello {{ x }}{% endpartialdef %} shown" },
                                   { "base.html", "<{% block b %}{% endblock %}>" },
                                   { NULL, NULL } };
    assert_string_equal(
        rendered((page_options){ .others = others, .json = "{\"x\": 1}" }, "{% include 'parts.html#hello' %}!"),
        "Hello 1!");
    assert_string_equal(rendered((page_options){ .others = others },
                                 "{% extends 'base.html' %}{% partialdef p inline %}x{% endpartialdef %}"
                                 "{% block b %}{% partial p %}{% endblock %}"),
                        "<x>");
}

static void test_partial_mistakes(void **state)
{
    (void)state;
    assert_string_equal(shown("a{% partial x %}", NULL), "! 1:5: the template has no partial 'x'");
    assert_string_equal(shown("{% partialdef x %}{% endpartialdef y %}", NULL),
                        "! 1:36: 'endpartialdef y' closes the partial 'x'");
    assert_string_equal(shown("{% partialdef x %}{% endpartialdef %}{% partialdef x %}{% endpartialdef %}", NULL),
                        "! 1:52: the partial 'x' is defined twice");
    assert_string_equal(shown("{% partialdef x outline %}{% endpartialdef %}", NULL),
                        "! 1:17: expected 'inline' or the end of the tag, got 'outline'");
    assert_string_equal(shown("{% partialdef %}{% endpartialdef %}", NULL),
                        "! 1:15: expected the name of the partial, got the end of the tag");
    assert_string_equal(shown("{% partialdef x inline %}{% partial x %}{% endpartialdef %}", NULL),
                        "! 1:29: includes, macros and parents nest deeper than 100 (setting template_max_depth)");
}

/* ---- url ---- */

/* Stands in for the app's: /name/arguments, but for the route that does not exist. */
static ct_tval url_for(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_buffer text = ct_text_begin(r);
    if (ct_str_eq(ct_t_get_str(args[0]), CT_STR("nosuch")))
        ct_render_fail(r, "there is no route 'nosuch'");
    ct_buffer_char(&text, '/');
    ct_tval_write(r, &text, args[0]);
    for (uint32_t i = 2; i < count; i++) {
        ct_buffer_char(&text, '/');
        ct_tval_write(r, &text, args[i]);
    }
    uint32_t at = 0;
    if (args[1].type == CT_T_DICT)
        for (const ct_tentry *entry; (entry = ct_tdict_next(args[1].dict, &at));) {
            ct_buffer_char(&text, '&');
            ct_tval_write(r, &text, entry->key);
            ct_buffer_char(&text, '=');
            ct_tval_write(r, &text, entry->value);
        }
    return ct_text_end(r, &text);
}

static ct_tval static_url(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_buffer text = ct_text_begin(r);
    (void)count;
    CT_BUFFER_LITERAL(&text, "/s&/");
    ct_tval_write(r, &text, args[0]);
    return ct_text_end(r, &text);
}

/* A mapping that an app makes itself, as request.GET may be: "a" has two values, "b" is empty. */
static void walk_keys(ct_renderer *r, ct_tobject *object, ct_seq *ret_seq)
{
    (void)object;
    ct_seq_init(r, ret_seq, ct_t_pair(r, CT_T_LITERAL("a"), CT_T_LITERAL("b")));
}

static ct_tval value_of_key(ct_renderer *r, ct_tobject *object, ct_tval key)
{
    (void)object;
    return key.text[0] == 'a' ? ct_t_pair(r, ct_t_int(1), ct_t_int(2)) : CT_T_LITERAL("");
}

static ct_tval parameters(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    static const ct_tclass class = { .name = "parameters", .seq = walk_keys, .item = value_of_key };
    static ct_tobject object = { .class = &class };
    (void)r;
    (void)args;
    (void)count;
    return ct_t_object(&object);
}

static const char *with_app(const char *text, const char *json)
{
    static const ct_fn rows[] = { { .name = "url_for", .function = url_for, .params = "name, **, *" },
                                  { .name = "static", .function = static_url, .params = "path" },
                                  { .name = "parameters", .function = parameters, .params = "" } };
    static const ct_extra functions[] = { { .fn = &rows[0] }, { .fn = &rows[1] }, { .fn = &rows[2] } };
    return rendered((page_options){ .json = json, .functions = functions, .function_count = 3 }, text);
}

static void test_url(void **state)
{
    (void)state;
    assert_string_equal(
        with_app("{% url 'user' id nope %}|{% url name a=1 b='x'|upper %}", "{\"id\": 7, \"name\": \"n\"}"),
        "/user/7/|/n&amp;a=1&amp;b=X");
    assert_string_equal(with_app("{% url 'user' a=1 as u %}[{{ u }}|{{ u|safe }}]", NULL), "[/user&amp;a=1|/user&a=1]");
    assert_string_equal(with_app("{% autoescape off %}{% url 'user' a=1 %}{% endautoescape %}", NULL), "/user&a=1");
}

/* What does not exist is an error, but with `as` it is "", and the page goes on as if nothing was. */
static void test_url_unknown(void **state)
{
    (void)state;
    assert_string_equal(with_app("{% url 'nosuch' %}", NULL), "! 1:4: there is no route 'nosuch'");
    assert_string_equal(with_app("a{% for i in l %}{% with v=i %}{% url 'nosuch' v as u %}[{{ u }}{{ v }}]{% endwith %}"
                                 "{% endfor %}{% url 'ok' as u %}{{ u }}",
                                 "{\"l\": [1, 2]}"),
                        "a[1][2]/ok");
    assert_string_equal(with_app("{% url 'nosuch' as u %}{% include 'nosuch.html' %}", NULL),
                        "! 1:35: there is no template 'nosuch.html'");
}

static void test_url_mistakes(void **state)
{
    (void)state;
    assert_string_equal(shown("{% if no %}{% url 'x' %}{% endif %}{% url 'x' %}", NULL),
                        "! 1:39: {% url %} needs url_for(), which is there only inside an app");
    assert_string_equal(with_app("{% url %}", NULL), "! 1:8: expected a variable or a literal, got the end of the tag");
    assert_string_equal(with_app("{% url 'x' a=1 b %}", NULL),
                        "! 1:16: a positional argument follows a keyword argument");
    assert_string_equal(with_app("{% url 'x' a=1 a=2 %}", NULL), "! 1:16: the keyword argument 'a' comes twice");
}

/* ---- static ---- */

static void test_static(void **state)
{
    (void)state;
    const char *json = "{\"STATIC_URL\": \"/static/\", \"MEDIA_URL\": \"/media/\", \"v\": \"<>&\"}";
    assert_string_equal(with_app("{% static 'a.css' %}|{% static 'b' as x %}{{ x }}|{% get_static_prefix %}", json),
                        "/s&amp;/a.css|/s&amp;/b|/s&/");
    assert_string_equal(shown("{% static 'a b.css' %} {% static v as x %}{{ x }} {% static '/x' %}", json),
                        "/static/a%20b.css /static/%3C%3E%26 /x");
    assert_string_equal(shown("{% get_static_prefix %} {% get_media_prefix as m %}{{ m }}", json), "/static/ /media/");
    assert_string_equal(shown("{% static 'x' %}", NULL),
                        "! 1:4: nothing says where static files are: give the page a variable STATIC_URL, or serve it "
                        "by an app that has static files");
}

/* ---- querystring ---- */

static void test_querystring(void **state)
{
    (void)state;
    const char *json = "{\"request\": {\"GET\": {\"a\": \"1\", \"b\": [\"x y\", \"\u00e4&\"]}}, \"l\": [1, 2],"
                       " \"m\": {\"q\": \"r\", \"a\": null, \"n\": 5}}";
    assert_string_equal(
        shown("{% autoescape off %}{% querystring %} {% querystring a=None %} {% querystring c=l a=2 %} "
              "{% querystring m %} {% querystring m q=None n=None %}{% endautoescape %}",
              json),
        "?a=1&b=x+y&b=%C3%A4%26 ?b=x+y&b=%C3%A4%26 ?a=2&b=x+y&b=%C3%A4%26&c=1&c=2 ?q=r&n=5 ?");
    assert_string_equal(shown("{% querystring b=None c='d' %}|{% querystring b=None c=1 as q %}{{ q|safe }}", json),
                        "?a=1&amp;c=d|?a=1&c=1");
    assert_string_equal(shown("{% querystring m request.GET n=nope %}", json),
                        "?q=r&amp;n=&amp;a=1&amp;b=x+y&amp;b=%C3%A4%26");
    assert_string_equal(with_app("{% parameters as p %}{% querystring p b=None c=3 as q %}{{ q|safe }}", NULL),
                        "?a=1&a=2&c=3");
    assert_string_equal(shown("{% querystring a=1 %}", NULL),
                        "! 1:4: querystring begins with request.GET, which is not there: give it a mapping");
    assert_string_equal(shown("{% querystring l %}", json),
                        "! 1:4: querystring takes mappings and name=value, not list");
}

/* ---- lorem ---- */

static const char known[] =
    "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco "
    "laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in reprehenderit in "
    "voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint occaecat "
    "cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est laborum.";

static size_t words_in(const char *text)
{
    size_t count = *text != '\0';
    for (; *text; text++)
        count += *text == ' ';
    return count;
}

static void test_lorem(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{% lorem 3 w %}|{% lorem w %}|{% lorem -17 w %}|{% lorem 0 w %}|{% lorem 'x' w %}", NULL),
        "lorem ipsum dolor|lorem|lorem ipsum||lorem");
    assert_string_equal(shown("{% lorem %}", NULL), known);
    assert_string_equal(shown("{% lorem 1 p %}", NULL), ct_arena_printf(memory(), "<p>%s</p>", known));
    assert_string_equal(shown("{% lorem n b %}|{% lorem -1 w random %}", "{\"n\": 0}"), "|");
    assert_int_equal(words_in(shown("{% lorem 300 w %}", NULL)), 300);
    assert_int_equal(words_in(shown("{% lorem 183 w random %}", NULL)), 183);
    const char *two = shown("{% lorem 2 b %}", NULL);
    assert_memory_equal(two, known, strlen(known));
    assert_memory_equal(two + strlen(known), "\n\n", 2);
    const char *last = two + strlen(two) - 1;
    assert_true(*last == '.' || *last == '?');
    assert_true(two[strlen(known) + 2] >= 'A' && two[strlen(known) + 2] <= 'Z');
}

static void test_lorem_limits(void **state)
{
    (void)state;
    /* 19 known words cost nothing */
    assert_int_equal(words_in(rendered((page_options){ .max_iterations = 200 }, "{% lorem 219 w %}")), 219);
    assert_string_equal(rendered((page_options){ .max_iterations = 200 }, "{% lorem 220 w %}"),
                        "! 1:4: more than 200 iterations (setting template_max_iterations)");
    assert_string_equal(rendered((page_options){ .max_iterations = 200 }, "{% lorem 201 %}"),
                        "! 1:4: more than 200 iterations (setting template_max_iterations)");
    assert_string_equal(shown("{% lorem 1 q %}", NULL),
                        "! 1:12: expected a count, then w, p or b, then random, got 'q'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_firstof),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_debug),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_spaceless),
        cmocka_unit_test(test_localize),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_widthratio),
        cmocka_unit_test(test_templatetag),
        cmocka_unit_test(test_csrf_token),
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_cycle_state),
        cmocka_unit_test(test_cycle_mistakes),
        cmocka_unit_test(test_resetcycle),
        cmocka_unit_test(test_ifchanged),
        cmocka_unit_test(test_ifchanged_in_include),
        cmocka_unit_test(test_jumps_out_of_bodies),
        cmocka_unit_test(test_tags_in_jinja),
        cmocka_unit_test(test_regroup),
        cmocka_unit_test(test_regroup_mistakes),
        cmocka_unit_test(test_partials),
        cmocka_unit_test(test_partials_around_macros),
        cmocka_unit_test(test_partials_of_other_templates),
        cmocka_unit_test(test_partial_mistakes),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_url_unknown),
        cmocka_unit_test(test_url_mistakes),
        cmocka_unit_test(test_static),
        cmocka_unit_test(test_querystring),
        cmocka_unit_test(test_lorem),
        cmocka_unit_test(test_lorem_limits),
    };
    return cmocka_run_group_tests_name("django_tags", tests, NULL, rendered_finish);
}
