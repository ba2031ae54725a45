/* humanize's filters, on pages: what is expected is what Django 3.2 shows, but that numbers below zero have no ordinal,
 * which newer releases document. */
#include "rendered.h"

#include "base/time.h"
#include "template/django_filters.h"

#include <math.h>

/* The numbers that newspapers spell out, and no others. */
static void test_apnumber(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ 1|apnumber }} {{ \"9\"|apnumber }} {{ 0|apnumber }} {{ 10|apnumber }} {{ v|apnumber "
                              "}} {{ 3.7|apnumber }} {{ \"x\"|apnumber }} {{ w|apnumber }}",
                              "{\"v\": -1, \"w\": null}"),
                        "one nine 0 10 -1 three x None");
}

/* Groups of three digits, of numbers of any size and of those that a text begins with. */
static void test_intcomma(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ 0|intcomma }} {{ 100|intcomma }} {{ 1000|intcomma }} {{ v|intcomma }} {{ "
                              "1234567.25|intcomma }} {{ 12345678901234567890.0|intcomma }}",
                              "{\"v\": -1234567}"),
                        "0 100 1,000 -1,234,567 1,234,567.25 12,345,678,901,234,567,000");
    assert_string_equal(
        shown(
            "{{ \"1234567\"|intcomma }} {{ \"1234.5 km\"|intcomma }} {{ \" 12_345 \"|intcomma }} {{ \"x1234\"|intcomma "
            "}} {{ \"123456789012345678901234567890\"|intcomma }} {{ v|intcomma }} {{ True|intcomma }}",
            "{\"v\": null}"),
        "1,234,567 1,234.5 km 12,345 x1234 123,456,789,012,345,678,901,234,567,890 None 1");
    assert_string_equal(shown("{{ v|intcomma }} {{ 0.000001|intcomma }} {{ \"-1234567x\"|intcomma }} {{ "
                              "1234|intcomma:False }} {{ 12345.0|intcomma:False }} {{ 1234|intcomma:True }}",
                              "{\"v\": 1e-07}"),
                        "0.0000001 0.000001 -1,234,567x 1,234 12,345.0 1,234");
    assert_string_equal(shown("{{ v|intcomma }}", "{\"v\": \"1234<\"}"), "1,234&lt;");
    assert_string_equal(shown("{{ v|intcomma }} {{ w|intcomma }}", "{\"v\": 1e+300, \"w\": -9223372036854775808}"),
                        "1e+300 -9,223,372,036,854,775,808");
}

/* Large numbers by their names, with one digit behind the point, rounded as floatformat rounds. */
static void test_intword(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ 999999|intword }}|{{ 1000000|intword }}|{{ 1200000|intword }}|{{ v|intword }}|{{ "
                              "\"1200000000\"|intword }}|{{ 999999999|intword }}",
                              "{\"v\": -1200000000}"),
                        "999999|1.0 million|1.2 million|-1.2 billion|1.2 billion|1000.0 million");
    assert_string_equal(shown("{{ 1000000000|intword }}|{{ 1250000000000|intword }}|{{ 8000000000000000|intword }}|{{ "
                              "9223372036854775807|intword }}|{{ 2.5e21|intword }}",
                              NULL),
                        "1.0 billion|1.3 trillion|8.0 quadrillion|9.2 quintillion|2.5 sextillion");
    assert_string_equal(
        shown("{{ \"x\"|intword }} [{{ missing|intword }}] {{ v|intword }} {{ 1000000.9|intword }}", "{\"v\": null}"),
        "x [] None 1.0 million");
    assert_string_equal(shown("{{ v|intword }} {{ w|intword }} {{ x|intword }}",
                              "{\"v\": \"100000000000000000000000000000000000\", \"w\": "
                              "\"1000000000000000000000000000000000000\", \"x\": "
                              "\"15000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                              "00000000000000000\"}"),
                        "100.0 decillion 0.0 googol 150.0 googol");
    assert_string_equal(
        shown("{{ v|intword }}", "{\"v\": "
                                 "\"10000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                                 "000000000000000000000\"}"),
        "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000");
}

/* Numbers below zero have no ordinal; all others have the right one of four endings. */
static void test_ordinal(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ 0|ordinal }} {{ 1|ordinal }} {{ 2|ordinal }} {{ 3|ordinal }} {{ 4|ordinal }} {{ "
                              "10|ordinal }} {{ 11|ordinal }} {{ 12|ordinal }} {{ 13|ordinal }} {{ 21|ordinal }} {{ "
                              "102|ordinal }} {{ 111|ordinal }} {{ 1013|ordinal }} {{ \"23\"|ordinal }}",
                              NULL),
                        "0th 1st 2nd 3rd 4th 10th 11th 12th 13th 21st 102nd 111th 1013th 23rd");
    assert_string_equal(shown("{{ \"x\"|ordinal }} {{ v|ordinal }} {{ 1.9|ordinal }}", "{\"v\": null}"), "x None 1st");
    assert_string_equal(shown("{{ v|ordinal }}", "{\"v\": -1}"), "-1");
}

/* Infinity is no whole number, and what is shown as it came is escaped as ever. */
static void test_no_numbers(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|apnumber }}{{ v|ordinal }}{{ v|intword }}{{ v|intcomma:False }}", "{\"v\": \"<\"}"),
                        "&lt;&lt;&lt;&lt;");
}

/* What is no moment is shown as it came. */
static void test_no_moments(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ \"x\"|naturalday }} {{ 5|naturaltime }} {{ v|naturalday }} [{{ missing|naturaltime }}]",
              "{\"v\": null}"),
        "x 5 None []");
}

static const char *filtered(ct_tfunction *filter, ct_tval v, ct_tval arg)
{
    static ct_template_error error;
    ct_render_input input = { .arena = memory() };
    ct_renderer r = { .arena = memory(), .steps_left = UINT64_MAX, .error = &error, .input = &input };
    const ct_tval args[] = { v, arg };
    if (setjmp(r.failed))
        return ct_arena_printf(memory(), "! %s", error.message);
    ct_tval result = ct_tval_text(&r, filter(&r, args, 2));
    return ct_arena_copy(memory(), result.text, result.length);
}

static void test_infinity(void **state)
{
    (void)state;
    const double infinity = (double)INFINITY;
    assert_string_equal(filtered(ct_humanize_ordinal, ct_t_real(infinity), ct_t_unset()),
                        "! the value of ordinal must be a whole number, not inf");
    assert_string_equal(filtered(ct_humanize_intcomma, ct_t_real(infinity), ct_t_unset()), "inf");
    assert_string_equal(filtered(ct_humanize_intcomma, ct_t_real(-0.0), ct_t_unset()), "-0.0");
    assert_string_equal(filtered(ct_humanize_apnumber, ct_t_real((double)NAN), ct_t_unset()), "nan");
}

/* Noon of a day, counted from today: far enough from where days change. */
static ct_tval noon_in(int days)
{
    ct_time now = ct_now();
    return ct_t_datetime(now - now % CT_DAY + days * CT_DAY + 12 * CT_HOUR);
}

static void test_naturalday(void **state)
{
    (void)state;
    assert_string_equal(filtered(ct_humanize_naturalday, noon_in(0), ct_t_unset()), "today");
    assert_string_equal(filtered(ct_humanize_naturalday, noon_in(1), ct_t_unset()), "tomorrow");
    assert_string_equal(filtered(ct_humanize_naturalday, noon_in(-1), ct_t_unset()), "yesterday");
    ct_tval moment = ct_t_datetime(1199286245 * CT_SECOND);
    assert_string_equal(filtered(ct_humanize_naturalday, moment, ct_t_unset()), "Jan. 2, 2008");
    assert_string_equal(filtered(ct_humanize_naturalday, moment, CT_T_LITERAL("Y-m-d")), "2008-01-02");
    assert_string_equal(filtered(ct_humanize_naturalday, moment, CT_T_LITERAL("H")),
                        "! date: a day has no time, which the format asks for ('H')");
    assert_string_not_equal(filtered(ct_humanize_naturalday, noon_in(2), ct_t_unset()), "tomorrow");
}

static void test_naturaltime(void **state)
{
    (void)state;
    ct_tval day = noon_in(0);
    day.flags = CT_T_DAY;
    assert_string_equal(filtered(ct_humanize_naturaltime, ct_t_datetime(ct_now() - 5 * CT_MINUTE), ct_t_unset()),
                        "5\u00a0minutes ago");
    assert_string_equal(filtered(ct_humanize_naturaltime, ct_t_datetime(ct_now() + CT_HOUR + CT_MINUTE), ct_t_unset()),
                        "an hour from now");
    assert_string_equal(filtered(ct_humanize_naturaltime, day, ct_t_unset()),
                        "! naturaltime needs a moment, not a day without its time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apnumber), cmocka_unit_test(test_intcomma),   cmocka_unit_test(test_intword),
        cmocka_unit_test(test_ordinal),  cmocka_unit_test(test_no_numbers), cmocka_unit_test(test_no_moments),
        cmocka_unit_test(test_infinity), cmocka_unit_test(test_naturalday), cmocka_unit_test(test_naturaltime),
    };
    return cmocka_run_group_tests_name("humanize", tests, NULL, rendered_finish);
}
