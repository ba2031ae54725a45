/* Translation: which messages are asked for, byte for byte as catalogues have them, and how their translations are
 * written. What is expected without a hook is what Jinja 3.1 with newstyle gettext and Django 3.2 show. */
#include "rendered.h"

/* A catalogue: what was asked, and the translations of it. */
typedef struct {
    ct_buffer asked;
    const char *const *pairs; /* text, translation, ..., NULL */
} catalogue;

static const char *look_up(void *user, const ct_message *message)
{
    catalogue *book = user;
    if (book->asked.length)
        CT_BUFFER_LITERAL(&book->asked, "\n");
    if (message->language)
        ct_buffer_printf(&book->asked, "[%s] ", message->language);
    if (message->context)
        ct_buffer_printf(&book->asked, "(%s) ", message->context);
    ct_buffer_printf(&book->asked, "%s", message->singular);
    if (message->plural)
        ct_buffer_printf(&book->asked, " / %s / %d", message->plural, (int)message->count);
    for (const char *const *pair = book->pairs; pair && *pair; pair += 2)
        if (strcmp(pair[0], message->singular) == 0)
            return pair[1];
    return NULL;
}

/* What `text` asks for in a language, one message a line. */
static const char *asked_in(ct_language language, const char *text, const char *json)
{
    catalogue book = { .asked = ct_buffer_in(memory()) };
    const char *page =
        rendered((page_options){ .language = language, .json = json, .translate = look_up, .user = &book }, text);
    assert_int_not_equal(page[0], '!');
    return ct_buffer_text(&book.asked);
}

static const char *translated_in(ct_language language, const char *const *pairs, const char *text, const char *json)
{
    catalogue book = { .asked = ct_buffer_in(memory()), .pairs = pairs };
    return rendered((page_options){ .language = language, .json = json, .translate = look_up, .user = &book }, text);
}

static const char *jinja(const char *text, const char *json)
{
    return rendered((page_options){ .language = CT_LANGUAGE_JINJA, .json = json }, text);
}

/* ---- Jinja ---- */

/* {% language %} is for the translator to follow, in what is included and in both languages' tags. */
static void test_language(void **state)
{
    (void)state;
    const char *json = "{\"fr\": \"fr\", \"none\": null}";
    const char *text = "{% trans 'a' %}{% language 'de' %}{% trans 'b' %}{% blocktrans count n=2 %}c{% plural %}d"
                       "{% endblocktrans %}{% language fr %}{{ _('e') }}{% endlanguage %}{% trans 'f' %}"
                       "{% language none %}{% trans 'g' %}{% endlanguage %}{% endlanguage %}{% trans 'h' %}"
                       "{% language 'de' %}{% get_language_info for 'it' as l %}{% endlanguage %}";
    assert_string_equal(asked_in(CT_LANGUAGE_DJANGO, text, json),
                        "a\n[de] b\n[de] c / d / 2\n[fr] e\n[de] f\nh\n[de] Italian");
    assert_string_equal(asked_in(CT_LANGUAGE_JINJA,
                                 "{% for x in [1] %}{% language 'de' %}{{ gettext('a') }}{% break %}{% endlanguage %}"
                                 "{% endfor %}{{ gettext('b') }}",
                                 json),
                        "[de] a\nb");
    static const char *const pairs[] = { "German", "Deutsch", "a", "A", NULL };
    assert_string_equal(translated_in(CT_LANGUAGE_DJANGO, pairs,
                                      "{% get_language_info for 'de-at' as l %}{{ l.name_translated }} {{ l.name }} "
                                      "{{ 'de'|language_name_translated }} {% language None %}{% trans 'a' %}"
                                      "{% endlanguage %}",
                                      NULL),
                        "Deutsch German Deutsch a");
    assert_string_equal(shown("{% language 1 %}{% endlanguage %}", NULL),
                        "! 1:4: the code of a language is text, not int");
}

static void test_trans(void **state)
{
    (void)state;
    assert_string_equal(jinja("{% trans %}Hello {{ user }}, 100%!{% endtrans %}", "{\"user\": \"<b>\"}"),
                        "Hello &lt;b&gt;, 100%!");
    assert_string_equal(jinja("{% trans user=u.name|upper, n=1 + 2 %}<i>{{ user }} {{ n }}{% endtrans %}",
                              "{\"u\": {\"name\": \"ada\"}}"),
                        "<i>ADA 3");
    assert_string_equal(
        jinja("{% trans %}[{{ nope }}]{% endtrans %}{% trans a='<i>'|safe %}{{ a }}{% endtrans %}", NULL), "[]<i>");
    assert_string_equal(jinja("{% trans %}%(x)s %% {% endtrans %}", NULL), "%(x)s %% ");
    assert_string_equal(
        rendered((page_options){ .language = CT_LANGUAGE_JINJA, .name = "page.txt", .json = "{\"a\": \"<\"}" },
                 "{% trans %}{{ a }}{% endtrans %}"),
        "<");
}

static void test_pluralize(void **state)
{
    (void)state;
    const char *json = "{\"l\": [1], \"m\": [1, 2], \"n\": 2, \"x\": 1.5, \"y\": 1.0}";
    assert_string_equal(jinja("{% trans n=l|length %}{{ n }} item{% pluralize %}{{ n }} items{% endtrans %}", json),
                        "1 item");
    assert_string_equal(
        jinja("{% trans a=1, n=m|length %}item{% pluralize n %}{{ n }} items {{ a }}{% endtrans %}", json),
        "2 items 1");
    assert_string_equal(jinja("{% trans %}{{ n }} item{% pluralize %}{{ n }} items{% endtrans %}", json), "2 items");
    assert_string_equal(
        jinja("{% trans x %}a{% pluralize %}b{% endtrans %}{% trans y %}a{% pluralize %}b{% endtrans %}", json), "ba");
    assert_string_equal(jinja("{% trans num=3 %}{{ num }}{% pluralize %}{{ num }}s{% endtrans %}", NULL), "3s");
}

static void test_trimmed(void **state)
{
    (void)state;
    const char *json = "{\"n\": 2}";
    assert_string_equal(jinja("{% trans trimmed n %}\n  one\n  two  {{ n }} \n{% endtrans %}|", json), "one two  2|");
    assert_string_equal(jinja("{% trans n, trimmed %}\n  one\n\n  two {{ n }} \n{% endtrans %}|", json), "one two 2|");
    assert_string_equal(jinja("{% trans notrimmed %} a\n b{% endtrans %}|", json), " a\n b|");
    assert_string_equal(jinja("{% trans trimmed=n %}{{ trimmed }}{% endtrans %}", json), "2");
}

static void test_trans_messages(void **state)
{
    (void)state;
    assert_string_equal(
        asked_in(CT_LANGUAGE_JINJA,
                 "{% trans %}Hi {{ user }}, 100%{% endtrans %}{% trans 'ctx' %}May{% endtrans %}"
                 "{% trans 'ctx' n=2 %}{{ n }} May{% pluralize %}%{% endtrans %}{% trans %}{% endtrans %}"
                 "{{ _('a%%') }}{{ ngettext('b', 'c', 3) }}{{ pgettext('k', 'd') }}"
                 "{{ npgettext('k', 'e', 'f', 1) }}",
                 NULL),
        "Hi %(user)s, 100%%\n(ctx) May\n(ctx) %(n)s May / %% / 2\na%%\nb / c / 3\n(k) d\n(k) e / f / 1");
}

static void test_translations(void **state)
{
    (void)state;
    static const char *const pairs[] = { "Hi %(user)s, 100%%",
                                         "100%% <b>%(user)s</b>, hallo %(user)s",
                                         "%(n)s day",
                                         "%(num)s Tage",
                                         "d",
                                         "D %(context)s",
                                         NULL };
    assert_string_equal(translated_in(CT_LANGUAGE_JINJA, pairs,
                                      "{% trans %}Hi {{ user }}, 100%{% endtrans %}|"
                                      "{% trans n=2 %}{{ n }} day{% pluralize %}{{ n }} days{% endtrans %}|"
                                      "{{ _('Hi %(user)s, 100%%', user='>') }}|{{ pgettext('<', 'd') }}",
                                      "{\"user\": \"<\"}"),
                        "100% <b>&lt;</b>, hallo &lt;|2 Tage|100% <b>&gt;</b>, hallo &gt;|D &lt;");
}

/* A translation that cannot be used is not: the page shows the text of the template. */
static void test_broken_translations(void **state)
{
    (void)state;
    static const char *const bad[] = { "%(other)s", "100 %", "%(user", "%(user)", "%(user)x", "%s", "%" };
    for (size_t i = 0; i < CT_COUNT(bad); i++) {
        const char *const pairs[] = { "Hi %(user)s", bad[i], NULL };
        assert_string_equal(
            translated_in(CT_LANGUAGE_JINJA, pairs, "{% trans %}Hi {{ user }}{% endtrans %}", "{\"user\": 1}"), "Hi 1");
        assert_string_equal(translated_in(CT_LANGUAGE_DJANGO, pairs, "{% blocktrans %}Hi {{ user }}{% endblocktrans %}",
                                          "{\"user\": 1}"),
                            "Hi 1");
    }
}

static void test_functions(void **state)
{
    (void)state;
    assert_string_equal(jinja("{{ _('Hello %(name)s!', name=n) }} {{ gettext('<100%%>') }}|"
                              "{{ ngettext('%(num)s a', '%(num)s b', 2) }}|{{ pgettext('c', 'm %(context)s') }}|"
                              "{{ npgettext('c', '%(num)d a', '%(num)s b', 1) }}|{{ gettext(1) }}",
                              "{\"n\": \"<\"}"),
                        "Hello &lt;! <100%>|2 b|m c|1 a|1");
    /* formatted by a filter, and the percent sign of somebody who did not expect a format */
    assert_string_equal(jinja("{{ _('Hi %(name)s')|format(name='<') }} {{ _('100%') }}", NULL), "Hi &lt; 100%");
    assert_string_equal(jinja("{{ _('a %(b)s', c=1) }}", NULL),
                        "! 1:5: the text 'a %(b)s' is no format, or names a variable that is not given; a percent sign "
                        "is %%");
}

static void test_trans_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{% trans %}item{% pluralize %}items{% endtrans %}",
          "! 1:19: pluralize without a variable to count by: {% trans count=... %}" },
        { "{% trans n %}a{% pluralize x %}b{% endtrans %}", "! 1:28: 'x' is none of the variables of {% trans %}" },
        { "{% trans n, n %}a{% endtrans %}", "! 1:13: the variable 'n' comes twice" },
        { "{% trans n m %}a{% endtrans %}", "! 1:12: expected ',', got 'm'" },
        { "{% trans %}a {{ b|upper }}{% endtrans %}",
          "! 1:18: expected '}}', for {% trans %} has nothing but names: {% trans name=expression %}, got '|'" },
        { "{% trans %}a {{ 1 }}{% endtrans %}",
          "! 1:17: expected a name, for {% trans %} has nothing else: {% trans name=expression %}, got '1'" },
        { "{% trans %}a {% if b %}{% endtrans %}",
          "! 1:17: expected 'endtrans', for {% trans %} can have no other tags inside, got 'if'" },
        { "{% trans n %}a{% pluralize %}b{% pluralize %}c{% endtrans %}",
          "! 1:34: {% trans %} has one pluralize at most" },
        { "{% trans %}a",
          "! 1:10: expected a text or a variable, or an {% endtrans %} further down, got the end of the "
          "tag" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(jinja(cases[i].text, NULL), cases[i].message);
}

/* ---- Django ---- */

static void test_translate(void **state)
{
    (void)state;
    const char *json = "{\"v\": \"<i>\", \"n\": 5}";
    assert_string_equal(shown("{% trans '100%' %}|{% translate 'a<b' %}|{% trans v %}|{% trans '100%%' %}|"
                              "{% trans 'a%%b' noop %}|{% trans n %}|{% trans nope %}",
                              json),
                        "100%|a<b|&lt;i&gt;|100%%|a%b|5|");
    assert_string_equal(shown("{% trans 'x<' as y %}[{{ y }}]{% trans v|upper as y %}[{{ y }}]", json),
                        "[x<][&lt;I&gt;]");
    assert_string_equal(shown("{{ _('100%') }} {{ _('a<b')|upper }} {% if _('x') == 'x' %}same{% endif %}", json),
                        "100%% A&lt;B same"); /* upper takes the safety away */
}

static void test_translate_messages(void **state)
{
    (void)state;
    assert_string_equal(asked_in(CT_LANGUAGE_DJANGO,
                                 "{% trans 'a%' %}{% trans 'b' noop %}{% trans 'c' context 'k' as x %}{% trans v %}"
                                 "{% trans '' %}{% trans 'd' context nope %}{{ _('e') }}",
                                 "{\"v\": \"V\"}"),
                        "a%%\n(k) c\nV\nd\ne");
    static const char *const pairs[] = { "a<", "A< 100%%", NULL };
    /* translated before it is filtered; text of the template is trusted, and so is its translation */
    assert_string_equal(translated_in(CT_LANGUAGE_DJANGO, pairs,
                                      "{% trans 'a<'|lower %} {% trans v|lower %} {{ _('a<') }}", "{\"v\": \"a<\"}"),
                        "a< 100% a&lt; 100% A< 100%%");
}

/* Both languages have {% trans %}: which it is depends on whether it has an end. */
static void test_trans_of_both_languages(void **state)
{
    (void)state;
    assert_string_equal(jinja("{% trans 'a' %}{% trans 'ctx' %}b{% endtrans %}{% trans v as x %}{{ x }}{% trans %}c"
                              "{% endtrans %}",
                              "{\"v\": \"V\"}"),
                        "abVc");
}

static void test_blocktrans(void **state)
{
    (void)state;
    const char *json = "{\"v\": \"<i>\", \"u\": {\"name\": \"ada\"}}";
    assert_string_equal(shown("{% blocktrans with a=v n=u.name|upper %}<b> {{ a }} 100% {{ n }}{{ nope }}{{ u.name }}"
                              "{% endblocktrans %}[{{ a }}]",
                              json),
                        "<b> &lt;i&gt; 100% ADA[]");
    assert_string_equal(
        shown("{% blocktranslate with v as a and v|upper as b %}{{ a }}{{ b }}{% endblocktranslate %}", json),
        "&lt;i&gt;&lt;I&gt;");
    /* As in Django the text in a variable is no safe text. */
    assert_string_equal(shown("{% blocktrans with a=v asvar x %}<b>{{ a }}{% endblocktrans %}{{ x }}", json),
                        "&lt;b&gt;&amp;lt;i&amp;gt;");
    assert_string_equal(shown("{% blocktrans trimmed %}\n a\n b {% endblocktrans %}|", json), "a b|");
    assert_string_equal(
        rendered((page_options){ .if_invalid = "?%s?" }, "{% blocktrans %}{{ a.b }}{% endblocktrans %}"), "?a.b?");
}

static void test_blocktrans_count(void **state)
{
    (void)state;
    const char *page =
        "{% blocktrans with l|length as c count n=c trimmed %} one {{ n }} {% plural %}\n many \n\n {{ n }} "
        "{% endblocktrans %}";
    assert_string_equal(shown(page, "{\"l\": [1]}"), "one 1");
    assert_string_equal(shown(page, "{\"l\": []}"), "many 0");
    assert_string_equal(shown("{% blocktrans count n=v %}a{% plural %}b{% endblocktrans %}", "{\"v\": 1.5}"), "b");
    assert_string_equal(shown("{% blocktrans count v as n %}a{% plural %}b{% endblocktrans %}", "{\"v\": true}"), "a");
    assert_string_equal(shown("{% blocktrans count n=v %}a{% plural %}b{% endblocktrans %}", "{\"v\": \"1\"}"),
                        "! 1:4: 'n' of 'blocktrans' must be a number, not str");
}

static void test_blocktrans_messages(void **state)
{
    (void)state;
    assert_string_equal(asked_in(CT_LANGUAGE_DJANGO,
                                 "{% blocktrans context 'k' %}a {{ b }} % {{ c.d }}{% endblocktrans %}"
                                 "{% blocktrans count n=5 context nope %}x{% plural %}{{ n }}{% endblocktrans %}",
                                 NULL),
                        "(k) a %(b)s %% %(c.d)s\nx / %(n)s / 5");
}

static void test_django_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{% trans 'x' foo %}", "! 1:14: expected noop, context \"...\" or as name, got 'foo'" },
        { "{% trans 'x' context %}", "! 1:22: expected the context, got the end of the tag" },
        { "{% trans 'x' noop noop %}", "! 1:19: 'noop' comes twice" },
        { "{% trans 'x' as %}", "! 1:17: expected the name of a variable, got the end of the tag" },
        { "{% blocktrans foo %}{% endblocktrans %}",
          "! 1:15: expected with, count, context, trimmed or asvar, got 'foo'" },
        { "{% blocktrans with %}{% endblocktrans %}",
          "! 1:20: expected a variable or a literal, got the end of the tag" },
        { "{% blocktrans %}a{% plural %}b{% endblocktrans %}",
          "! 1:21: 'plural' without a number to count by: {% blocktrans count name=... %}" },
        { "{% blocktrans count n=1 %}a{% endblocktrans %}",
          "! 1:31: expected 'plural', for 'count' needs two forms, got 'endblocktrans'" },
        { "{% blocktrans %}{% if a %}{% endblocktrans %}",
          "! 1:20: expected 'endblocktrans', for 'blocktrans' can have no other tags inside, got 'if'" },
        { "{% blocktranslate %}a{% endblocktrans %}",
          "! 1:25: expected 'endblocktranslate', for 'blocktranslate' can have no other tags inside, got "
          "'endblocktrans'" },
        { "{% blocktrans %}a", "! 1:4: 'blocktrans' is never closed: 'endblocktrans' is missing" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(shown(cases[i].text, NULL), cases[i].message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_language),
        cmocka_unit_test(test_trans),
        cmocka_unit_test(test_pluralize),
        cmocka_unit_test(test_trimmed),
        cmocka_unit_test(test_trans_messages),
        cmocka_unit_test(test_translations),
        cmocka_unit_test(test_broken_translations),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_trans_mistakes),
        cmocka_unit_test(test_translate),
        cmocka_unit_test(test_translate_messages),
        cmocka_unit_test(test_trans_of_both_languages),
        cmocka_unit_test(test_blocktrans),
        cmocka_unit_test(test_blocktrans_count),
        cmocka_unit_test(test_blocktrans_messages),
        cmocka_unit_test(test_django_mistakes),
    };
    return cmocka_run_group_tests_name("trans", tests, NULL, rendered_finish);
}
