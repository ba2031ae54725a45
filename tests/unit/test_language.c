/* Which language a template is taken for, from what it uses: what a file of either kind would be read as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "template/language.h"

static const ct_engine_options plain = { 0 };

static ct_language language_of(const char *text, const ct_engine_options *options)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_tokens tokens = ct_lex(ct_str_of(text), CT_LANGUAGE_JINJA, options, &arena);
    ct_engine *engine = ct_engine_create(options);
    ct_language language = ct_language_of(engine, &tokens);
    ct_engine_destroy(engine);
    ct_arena_finish(&arena);
    return language;
}

/* A sign of Django, which a template that has nothing of Jinja is known by. */
#define DJANGO "{% load static %}"

static const char *template_of(ct_arena *arena, const char *first, const char *second)
{
    return ct_arena_printf(arena, "%s%s", first, second);
}

/* Each is Django's alone: by itself it makes a template Django's. */
static const char *const django_signs[] = {
    "{% load static %}",
    "{% for a in b %}{% empty %}{% endfor %}",
    "{% if a is other %}",
    "{% if a is not other.b or c %}",
    "{% if a is 'text' %}",
    "{% comment %}{{ a() }}{% endcomment %}",
    "{% verbatim %}{{ a() }}{% endverbatim %}",
    "{% csrf_token %}",
    "{% url 'a-b' x.y %}",
    "{% now \"Y\" %}",
    "{% cycle 'a' 'b' as c %}",
    "{% partialdef x %}",
    "{% endblocktranslate %}",
    "{% ifchanged %}",
    "{{ a|default:\"x\" }}",
    "{{ a|default:b.c|upper }}",
    "{{ a|default:-1 }}",
    "{{ a|linebreaks }}",
    "{{ n|intcomma }}",
    "{% if a|length:b %}",
    "{% for a in b|date:'Y' %}",
    "{% filter linebreaks %}",
    "{% filter upper|linebreaks %}",
    "{% filter cut:' ' %}",
    "{{ forloop.counter }}",
    "{% if forloop.first %}",
    "{% include 'x' with a=forloop.counter %}",
    "{{ block.super }}",
    "{% block side-bar %}",
    "{% for a in b reversed %}",
    "{% for a, b in c.items reversed %}",
    "{% for a, b in c.items %}",
    "{% with a.b as c %}",
    "{% with a=1 b=2 %}",
    "{% with a=b|upper c='x' %}",
    "{% include 'x' with a=b %}",
    "{% include 'x' only %}",
    "{% include x with a=b c=d only %}",
    "{% autoescape off %}",
    "{% autoescape on %}",
    "{% trans 'x' %}",
    "{% translate a as b %}",
};

/* Each is Jinja's alone: with it a template is Jinja's whatever else it has. */
static const char *const jinja_signs[] = {
    "{% set a = 1 %}",
    "{% macro a() %}",
    "{% endmacro %}",
    "{% import 'a' as b %}",
    "{% from 'a' import b %}",
    "{% do a %}",
    "{% break %}",
    "{% raw %}{{ a }}{% endraw %}",
    "{% trans %}a{% endtrans %}",
    "{% trans a=b %}",
    "{% trans a, b=c %}",
    "{% pluralize %}",
    "{{ a() }}",
    "{{ super() }}",
    "{{ _('a', b) }}",
    "{{ a.b('c') }}",
    "{% if a(b) %}",
    "{% if (a or b) and c %}",
    "{{ a|default(b) }}",
    "{{ a|default(value=b) }}",
    "{{ a|tojson }}",
    "{% filter tojson %}",
    "{{ a[0] }}",
    "{{ a['b'] }}",
    "{{ [] }}",
    "{{ {} }}",
    "{% for a in [1, 2] %}",
    "{{ a, b }}",
    "{{ a ~ b }}",
    "{% extends a ~ '.html' %}",
    "{{ a + b }}",
    "{{ a - 1 }}",
    "{{ a.b-1 }}",
    "{{ a * 2 }}",
    "{{ a / 2 }}",
    "{{ a // 2 }}",
    "{{ a % 2 }}",
    "{{ a ** 2 }}",
    "{% if a % 2 %}",
    "{% if a + 1 > b %}",
    "{{ a == b }}",
    "{{ a and b }}",
    "{{ not a }}",
    "{{ a in b }}",
    "{{ a if b else c }}",
    "{% extends a if b else c %}",
    "{% for a in b if a %}",
    "{% for a in b recursive %}",
    "{{ loop.index }}",
    "{% if loop.first %}",
    "{% if a is defined %}",
    "{% if a is not defined %}",
    "{% if a is none %}",
    "{% if a is divisibleby 3 %}",
    "{% include 'a' ignore missing %}",
    "{% include 'a' with context %}",
    "{% include 'a' without context %}",
    "{% with a=1, b=2 %}",
    "{% block a scoped %}",
    "{% block a required %}",
    "{% autoescape true %}",
    "{%- if a %}",
    "{% if a -%}",
    "{%+ if a %}",
    "{{- a }}",
    "{{ a -}}",
    "{%- verbatim %}{% endverbatim %}",
    "{% comment -%}{% endcomment %}",
    "{# a\nb #}",
    "{{ a\n}}",
    "{% if a\nand b %}",
};

/* What both have, or what neither has: it says nothing. */
static const char *const neutral[] = {
    "",
    "text {",
    "{{ a }}",
    "{{ a.b.0.c }}",
    "{{ a|upper|length }}",
    "{{ a.load }}{{ a.forloop }}{{ a.loop.index }}{{ a.is }}",
    "{{ \"{% load %} forloop.counter|date:'Y' a() + b[0]\" }}",
    "{% if a == b and not c or d in e and f != 1 %}{% elif a < b %}{% else %}{% endif %}",
    "{% if a is None or a is not None or a is True %}",
    "{% if a is definedd %}",
    "{% if a > -1 %}",
    "{% if a|length: %}",
    "{{ true }}{{ false }}{{ none }}{{ True }}",
    "{{ _('a') }}{{ _(\"a\")|upper }}",
    "{{ -1 }}{{ +1.5 }}",
    "{% for a, b in c %}{% else %}{% endfor %}",
    "{% for reversed in b %}{% for a in reversed %}{% for a in b.reversed %}",
    "{% for a in b.items %}{% for a, b in items %}",
    "{% with a=1 %}{% endwith %}",
    "{% block a %}{% endblock a %}",
    "{% extends 'a' %}",
    "{% include 'a' %}{% include a %}{% include only %}",
    "{% filter upper %}{% endfilter %}",
    "{% unknown a[0] + forloop.counter|date:'x' %}",
    "{# a #}{#- b -#}",
    "{% %}{{ }}",
    "{{ unknown|no_such_filter }}",
    /* What cannot be read is no sign; the name of its tag would be. */
    "{{ a[$] }}",
    "{% if a() $ %}",
    "{{ a() {% if b %}",
    "{{ a()",
};

static void what_only_django_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT(django_signs); i++) {
        if (language_of(django_signs[i], &plain) != CT_LANGUAGE_DJANGO)
            fail_msg("not Django's: %s", django_signs[i]);
    }
}

static void one_sign_of_jinja_settles_it(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < CT_COUNT(jinja_signs); i++) {
        if (language_of(template_of(&arena, DJANGO, jinja_signs[i]), &plain) != CT_LANGUAGE_JINJA)
            fail_msg("not Jinja's: %s", jinja_signs[i]);
        const char *other_order = template_of(&arena, jinja_signs[i], DJANGO);
        assert_int_equal(language_of(other_order, &plain), CT_LANGUAGE_JINJA);
    }
    ct_arena_finish(&arena);
}

static void what_says_nothing(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < CT_COUNT(neutral); i++) {
        if (language_of(neutral[i], &plain) != CT_LANGUAGE_AUTO)
            fail_msg("taken for one of both: %s", neutral[i]);
        if (language_of(template_of(&arena, DJANGO, neutral[i]), &plain) != CT_LANGUAGE_DJANGO)
            fail_msg("not Django's beside a sign of it: %s", neutral[i]);
    }
    ct_arena_finish(&arena);
}

static void broken_tags_count_by_their_name(void **state)
{
    (void)state;
    assert_int_equal(language_of("{% load a$b %}", &plain), CT_LANGUAGE_DJANGO);
    assert_int_equal(language_of("{% load a$b %}{% set $ %}", &plain), CT_LANGUAGE_JINJA);
    assert_int_equal(language_of("{% load a {% if b %}{{ c", &plain), CT_LANGUAGE_DJANGO);
    assert_int_equal(language_of("{% comment %}{% load a %}", &plain), CT_LANGUAGE_DJANGO);
}

static void line_statements_are_jinjas(void **state)
{
    (void)state;
    const ct_engine_options options = { .line_statement_prefix = "%" };
    assert_int_equal(language_of("% if a\n" DJANGO, &options), CT_LANGUAGE_JINJA);
    assert_int_equal(language_of(DJANGO, &options), CT_LANGUAGE_DJANGO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_django_has),       cmocka_unit_test(one_sign_of_jinja_settles_it),
        cmocka_unit_test(what_says_nothing),          cmocka_unit_test(broken_tags_count_by_their_name),
        cmocka_unit_test(line_statements_are_jinjas),
    };
    return cmocka_run_group_tests_name("language", tests, NULL, NULL);
}
