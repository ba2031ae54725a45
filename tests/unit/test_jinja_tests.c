/* Jinja's tests: which values they hold for, and what they are not for. */
#include "template_rows.h"

static void numbers(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 3 is odd }}{{ 4 is odd }}{{ -3 is odd }}{{ 3.0 is odd }}{{ 3.5 is odd }}{{ true is odd }} {{ 4 is even "
          "}}{{ 3 is even }}{{ 0 is even }}{{ -2.0 is even }}",
          "TrueFalseTrueTrueFalseTrue TrueFalseTrueTrue" },
        { "{{ 9 is divisibleby(3) }}{{ 9 is divisibleby 2 }}{{ -9 is divisibleby(-3) }}{{ 1.5 is divisibleby(0.5) }}{{ "
          "5 is divisibleby(-1) }}{{ 0 is divisibleby(7) }}",
          "TrueFalseTrueTrueTrueTrue" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

static void letters(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'abc1' is lower }}{{ 'aBc' is lower }}{{ '1' is lower }}{{ '' is lower }}{{ 'éß' is lower }}{{ 'ǆ' is "
          "lower }}{{ 'ǅ' is lower }}{{ 5 is lower }}{{ none is lower }}",
          "TrueFalseFalseFalseTrueTrueFalseFalseFalse" },
        { "{{ 'ABC1' is upper }}{{ 'aBC' is upper }}{{ '1' is upper }}{{ 'ÉÀ' is upper }}{{ 'ǅ' is upper }}",
          "TrueFalseFalseTrueFalse" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

/* By every name they have. */
static void comparisons(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 1 is eq(1) }}{{ 1 is equalto 1.0 }}{{ 'a' is eq 'b' }}{{ 1 is ne 2 }}{{ [1] is eq([1]) }}",
          "TrueTrueFalseTrueTrue" },
        { "{{ 1 is lt 2 }}{{ 2 is lessthan 2 }}{{ 2 is le 2 }}{{ 3 is gt 2 }}{{ 2 is greaterthan 2 }}{{ 2 is ge 2 }}{{ "
          "'a' is lt 'b' }}",
          "TrueFalseTrueTrueFalseTrueTrue" },
        { "{{ [1, 2, 3]|select('==', 2)|list }}{{ [1, 2]|select('!=', 2)|list }}{{ [1, 2]|select('<', 2)|list }}{{ [1, "
          "2]|select('<=', 2)|list }}{{ [1, 2]|select('>', 1)|list }}{{ [1, 2]|select('>=', 2)|list }}",
          "[2][1][1][1, 2][2][2]" },
        { "{{ 1 is in [1, 2] }}{{ 3 is in([1, 2]) }}{{ 'a' is in 'abc' }}{{ 'k' is in {'k': 1} }}{{ 3 is not in [1] }}",
          "TrueFalseTrueTrueTrue" },
        { "{{ none is sameas none }}{{ true is sameas true }}{{ 1 is sameas true }}{{ 1.0 is sameas 1 }}{{ [] is "
          "sameas [] }}{% set l = [] %}{% set m = l %}{{ l is sameas m }}",
          "TrueTrueFalseFalseFalseTrue" },
        { "{{ (1e400 - 1e400) is lt 1 }}{{ (1e400 - 1e400) is ge 1 }}{{ 1 is gt(1e400 - 1e400) }}", "FalseFalseFalse" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

static void names_of_filters_and_tests(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'upper' is filter }}{{ 'nosuch' is filter }}{{ 5 is filter }}{{ 'odd' is test }}{{ '==' is test }}{{ "
          "'nosuch' is test }}",
          "TrueFalseFalseTrueTrueFalse" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

static void mistakes(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'a' is odd }}", "not all arguments were used by the format" },
        { "{{ none is even }}", "only numbers are even, odd or divisible, not 'NoneType'" },
        { "{{ missing is odd }}", "'missing' is undefined" },
        { "{{ 1 is divisibleby(0) }}", "division by zero" },
        { "{{ 1 is divisibleby('a') }}", "only numbers are even, odd or divisible, not 'str'" },
        { "{{ 1 is divisibleby }}", "the test 'divisibleby' needs the argument 'num'" },
        { "{{ 1 is odd(2) }}", "the test 'odd' takes at most 1 argument, 2 given" },
        { "{{ 1 is lt('a') }}", "'<' not supported between instances of 'int' and 'str'" },
        { "{{ none is ge none }}", "'<' not supported between instances of 'NoneType' and 'NoneType'" },
        { "{{ 1 is in 5 }}", "argument of type 'int' is not iterable" },
        { "{{ 1 is nosuch }}", "unknown test 'nosuch'" },
    };
    assert_failures("page.txt", rows, CT_COUNT(rows));
}

/* Every value with every test of its kind: a letter for each that holds. */
static void kinds_of_values(void **state)
{
    (void)state;
    static const char tests[] = "{% if v is defined %}D{% endif %}"
                                "{% if v is undefined %}U{% endif %}"
                                "{% if v is none %}N{% endif %}"
                                "{% if v is boolean %}B{% endif %}"
                                "{% if v is true %}T{% endif %}"
                                "{% if v is false %}F{% endif %}"
                                "{% if v is integer %}I{% endif %}"
                                "{% if v is float %}R{% endif %}"
                                "{% if v is number %}#{% endif %}"
                                "{% if v is string %}S{% endif %}"
                                "{% if v is mapping %}M{% endif %}"
                                "{% if v is iterable %}i{% endif %}"
                                "{% if v is sequence %}s{% endif %}"
                                "{% if v is callable %}c{% endif %}"
                                "{% if v is escaped %}e{% endif %}";
    static const row rows[] = {
        { "{% set v = none %}", "DN" },       { "{% set v = true %}", "DBT#" },
        { "{% set v = false %}", "DBF#" },    { "{% set v = 0 %}", "DI#" },
        { "{% set v = 1 %}", "DI#" },         { "{% set v = 1.0 %}", "DR#" },
        { "{% set v = 2.5 %}", "DR#" },       { "{% set v = '' %}", "DSis" },
        { "{% set v = 'a' %}", "DSis" },      { "{% set v = 'A' %}", "DSis" },
        { "{% set v = 'Ab1' %}", "DSis" },    { "{% set v = '<'|safe %}", "DSise" },
        { "{% set v = [] %}", "Dis" },        { "{% set v = [1] %}", "Dis" },
        { "{% set v = (1,) %}", "Dis" },      { "{% set v = {} %}", "DMis" },
        { "{% set v = {'a': 1} %}", "DMis" }, { "{% set v = range(3) %}", "Dis" },
        { "{% set v = missing %}", "Uisc" },  { "{% set v = [].append %}", "Dc" },
        { "{% set v = 'ß' %}", "DSis" },      { "{% set v = 'É' %}", "DSis" },
        { "{% set v = namespace() %}", "D" }, { "{% set v = cycler(1) %}", "D" },
        { "{% set v = joiner() %}", "Dc" },
    };
    templates t;
    templates_init(&t, NULL);
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        char source[2048];
        snprintf(source, sizeof(source), "%s%s", rows[i].source, tests);
        const char *shows = show_with(&t, "page.txt", source, NULL, 0);
        assert_non_null(shows);
        assert_string_equal(shows, rows[i].expected);
    }
    templates_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),     cmocka_unit_test(letters),
        cmocka_unit_test(comparisons), cmocka_unit_test(names_of_filters_and_tests),
        cmocka_unit_test(mistakes),    cmocka_unit_test(kinds_of_values),
    };
    return cmocka_run_group_tests_name("jinja_tests", tests, NULL, NULL);
}
