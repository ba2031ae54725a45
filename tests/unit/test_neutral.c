/* Templates that have nothing of one language alone: they are read as the one that uses them, or as what they use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rendered.h"

#define DJANGO "{% load static %}"
#define JINJA "{% set j = 1 %}"

/* What tells the readings apart: in Jinja's the apostrophe is &#39; and a last newline is dropped. */
#define SHOWN "[{{ a }}]\n"
#define AS_JINJA "[&#39;]"
#define AS_DJANGO "[&#x27;]\n"

static const file files[] = {
    { "neutral.html", SHOWN },
    { "django.html", DJANGO "{% include 'neutral.html' %}" },
    { "jinja.html", JINJA "{% include 'neutral.html' %}" },
    { "through.html", "{% include 'neutral.html' %}" },
    { "django_through.html", DJANGO "{% include 'through.html' %}" },

    { "base.html", "{% for i in list %}{% block row %}{% endblock %}{% endfor %}" },
    { "child.html", "{% extends 'base.html' %}" DJANGO "{% block row %}{{ i }}{{ forloop.last }} {% endblock %}" },
    { "missing.html", "{% extends 'base_missing.html' %}" DJANGO },
    { "base_missing.html", "<{{ a.b.c }}>" },
    { "alone_missing.html", "<{{ a.b.c }}>" },

    { "of_django.html", "{% extends 'django_base.html' %}{% block x %}" SHOWN "{% endblock %}" },
    { "django_base.html", DJANGO "{% block x %}{% endblock %}" },
    { "of_jinja.html", "{% extends 'jinja_base.html' %}{% block x %}" SHOWN "{% endblock %}" },
    { "jinja_base.html", JINJA "{% block x %}{% endblock %}{{ a.b }}" },
    { "far.html", "{% extends 'of_django.html' %}{% block x %}" SHOWN "{% endblock %}" },

    { "ring.html", SHOWN "{% if no %}{% include 'ring2.html' %}{% endif %}" },
    { "ring2.html", "{% include 'ring.html' %}{% include 'django.html' %}" },
    { "lonely.html", SHOWN "{% if no %}{% include 'lonely.html' %}{% include 'nowhere.html' %}{% endif %}" },
    { "broken_ring.html", SHOWN "{% if no %}{% include 'broken.html' %}{% include 'django.html' %}{% endif %}" },
    { "broken.html", "{% if %}" },

    { "late.html", "{{ a }}{% extends 'django_base.html' %}" },
    { "late_tag.html", "{% if a %}{% endif %}{% extends 'django_base.html' %}" },
    { NULL, NULL },
};

static const struct {
    const char *name, *page;
} pages[] = {
    { "neutral.html", AS_JINJA },   { "django.html", AS_DJANGO },         { "jinja.html", AS_JINJA },
    { "neutral.html", AS_JINJA }, /* whoever used it before */
    { "through.html", AS_JINJA },   { "django_through.html", AS_DJANGO }, { "child.html", "1False 2True " },
    { "missing.html", "<>" },       { "of_django.html", AS_DJANGO },      { "of_jinja.html", "[&#39;]\n" },
    { "far.html", AS_DJANGO },      { "ring.html", AS_DJANGO },           { "ring2.html", AS_DJANGO AS_DJANGO },
    { "lonely.html", "[&#39;]\n" }, { "broken_ring.html", AS_DJANGO },
};

static const char *page_of(templates *t, const char *name)
{
    return render(t, name, CT_KV("a", "'"), CT_KV("list", "12"));
}

static void neutral_files_are_read_as_what_they_belong_to(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, files);
    for (size_t i = 0; i < CT_COUNT(pages); i++) {
        const char *page = page_of(&t, pages[i].name);
        if (!page || strcmp(page, pages[i].page) != 0)
            fail_msg("%s gave: %s", pages[i].name, page ? page : error_text(&t));
    }
    templates_finish(&t);
}

/* Each page by itself, asked for first: what was asked for before makes no difference. */
static void the_order_of_requests_says_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT(pages); i++) {
        templates t;
        templates_init(&t, files);
        const char *page = page_of(&t, pages[i].name);
        if (!page || strcmp(page, pages[i].page) != 0)
            fail_msg("%s gave: %s", pages[i].name, page ? page : error_text(&t));
        templates_finish(&t);
    }
}

static void what_fails_because_of_the_guess_says_so(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, files);
    assert_null(page_of(&t, "alone_missing.html"));
    assert_non_null(strstr(t.error.message, "read as Jinja's: setting template_language"));
    assert_null(page_of(&t, "late_tag.html"));
    assert_string_equal(t.error.message, "{% extends %} must be the first tag of a template");
    assert_null(page_of(&t, "late_tag.html")); /* no less when it is asked for again */
    templates_finish(&t);
}

static void with_a_language_set_nothing_is_neutral(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, files);
    t.options.language = CT_LANGUAGE_JINJA;
    assert_string_equal(page_of(&t, "of_django.html"), AS_JINJA "\n");
    assert_null(page_of(&t, "alone_missing.html"));
    assert_null(strstr(t.error.message, "template_language"));
    templates_finish(&t);
}

/* Files that refer to each other by the thousand are not followed for ever, nor is the stack used up. */
static void a_long_way_is_given_up(void **state)
{
    (void)state;
    enum { COUNT = 60, LAST = COUNT };
    static char names[COUNT + 1][16], texts[COUNT + 1][64];
    file many[COUNT + 2] = { 0 };
    for (size_t i = 0; i <= LAST; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu.html", i);
        snprintf(texts[i], sizeof(texts[i]), "{{ a }}{%% if no %%}{%% include '%zu.html' %%}{%% endif %%}", i + 1);
        many[i] = (file){ names[i], i < LAST ? texts[i] : DJANGO };
    }
    templates t;
    templates_init(&t, many);
    assert_string_equal(page_of(&t, names[LAST - 51]), "&#x27;");
    assert_string_equal(page_of(&t, names[LAST - 52]), "&#39;");
    templates_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neutral_files_are_read_as_what_they_belong_to),
        cmocka_unit_test(the_order_of_requests_says_nothing),
        cmocka_unit_test(what_fails_because_of_the_guess_says_so),
        cmocka_unit_test(with_a_language_set_nothing_is_neutral),
        cmocka_unit_test(a_long_way_is_given_up),
    };
    return cmocka_run_group_tests_name("neutral", tests, NULL, NULL);
}
