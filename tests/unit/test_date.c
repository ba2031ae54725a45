/* HTTP dates: the form that is sent, the three that are read, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "proto/date.h"

/* Sun, 06 Nov 1994 08:49:37 GMT: the date of the RFC. */
#define RFC_TIME (784111777 * CT_SECOND)

static ct_time at(int year, int month, int day, int hour, int minute, int second)
{
    return ct_civil_time((ct_civil){ year, month, day, hour, minute, second, 0, 0 });
}

static void assert_format(ct_time time, const char *expected)
{
    char text[30];
    ct_http_date_format(time, text);
    assert_string_equal(text, expected);
}

static void format_is_imf_fixdate(void **state)
{
    (void)state;
    assert_format(RFC_TIME, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_format(RFC_TIME + CT_SECOND - 1, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_format(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_format(-1, "Wed, 31 Dec 1969 23:59:59 GMT");
    assert_format(at(2024, 2, 29, 23, 59, 59), "Thu, 29 Feb 2024 23:59:59 GMT");
    assert_format(INT64_MIN, "Sat, 01 Jan 0000 00:00:00 GMT");
    assert_format(INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void assert_parse(const char *text, ct_time now, ct_time expected)
{
    ct_time time;
    if (!ct_http_date_parse(ct_str_of(text), now, &time))
        fail_msg("refused: %s", text);
    if (time != expected)
        fail_msg("%s: %" PRId64 " instead of %" PRId64, text, time, expected);
}

static void three_forms_are_one_time(void **state)
{
    (void)state;
    assert_parse("Sun, 06 Nov 1994 08:49:37 GMT", RFC_TIME, RFC_TIME);
    assert_parse("Sunday, 06-Nov-94 08:49:37 GMT", RFC_TIME, RFC_TIME);
    assert_parse("Sun Nov  6 08:49:37 1994", RFC_TIME, RFC_TIME);
    assert_parse("Sun Nov 06 08:49:37 1994", RFC_TIME, RFC_TIME);
    assert_parse("Wed Nov 16 08:49:37 1994", RFC_TIME, RFC_TIME + 10 * CT_DAY);
}

static void every_name_is_known(void **state)
{
    (void)state;
    static const char *const full[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
    for (int day = 0; day < 366; day++) {
        ct_time time = at(2024, 1, 1, 12, 34, 56) + day * CT_DAY;
        char text[30], rfc850[64];
        ct_http_date_format(time, text);
        assert_parse(text, 0, time);
        size_t length = strlen(full[ct_civil_of(time).weekday]);
        memcpy(rfc850, full[ct_civil_of(time).weekday], length);
        memcpy(rfc850 + length, text + 3, 27); /* ", 06 Nov 1994 08:49:37 GMT" */
        rfc850[length + 4] = rfc850[length + 8] = '-';
        memmove(rfc850 + length + 9, rfc850 + length + 11, 16);
        assert_parse(rfc850, time, time);
    }
}

static void short_years_lie_within_fifty(void **state)
{
    (void)state;
    ct_time now = at(2026, 11, 21, 9, 30, 0);
    assert_parse("Saturday, 21-Nov-76 09:30:00 GMT", now, at(2076, 11, 21, 9, 30, 0));
    assert_parse("Sunday, 21-Nov-76 09:30:01 GMT", now, at(1976, 11, 21, 9, 30, 1));
    assert_parse("Sunday, 01-Jan-77 00:00:00 GMT", now, at(1977, 1, 1, 0, 0, 0));
    assert_parse("Sunday, 01-Jan-00 00:00:00 GMT", now, at(2000, 1, 1, 0, 0, 0));
    assert_parse("Sunday, 31-Dec-99 23:59:59 GMT", now, at(1999, 12, 31, 23, 59, 59));
    now = at(1999, 12, 31, 0, 0, 0);
    assert_parse("Saturday, 01-Jan-00 00:00:00 GMT", now, at(2000, 1, 1, 0, 0, 0));
    assert_parse("Saturday, 01-Jan-49 00:00:00 GMT", now, at(2049, 1, 1, 0, 0, 0));
    assert_parse("Saturday, 01-Jan-50 00:00:00 GMT", now, at(1950, 1, 1, 0, 0, 0));
    now = at(2050, 1, 1, 0, 0, 0);
    assert_parse("Saturday, 01-Jan-00 00:00:00 GMT", now, at(2100, 1, 1, 0, 0, 0));
    assert_parse("Saturday, 02-Jan-00 00:00:00 GMT", now, at(2000, 1, 2, 0, 0, 0));
}

static void leap_days_and_seconds(void **state)
{
    (void)state;
    ct_time time;
    assert_parse("Thu, 29 Feb 2024 00:00:00 GMT", 0, at(2024, 2, 29, 0, 0, 0));
    assert_false(ct_http_date_parse(CT_STR("Wed, 29 Feb 2023 00:00:00 GMT"), 0, &time));
    assert_parse("Sat, 31 Dec 2016 23:59:60 GMT", 0, at(2017, 1, 1, 0, 0, 0));
    assert_false(ct_http_date_parse(CT_STR("Sat, 31 Dec 2016 23:59:61 GMT"), 0, &time));
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 NOV 1994 08:49:37 GMT",
        "Son, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 19941 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov   6 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  0 08:49:37 1994",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    };
    ct_time time = 7;
    for (size_t i = 0; i < CT_COUNT(bad); i++) {
        if (ct_http_date_parse(ct_str_of(bad[i]), RFC_TIME, &time))
            fail_msg("accepted: %s", bad[i]);
    }
    assert_int_equal(time, 7);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_is_imf_fixdate), cmocka_unit_test(three_forms_are_one_time),
        cmocka_unit_test(every_name_is_known),   cmocka_unit_test(short_years_lie_within_fifty),
        cmocka_unit_test(leap_days_and_seconds), cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
