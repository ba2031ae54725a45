/* Clocks, the calendar over all its days, and the log's form of a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"

#define FIRST (-62167219200 * CT_SECOND)
#define LAST (253402300800 * CT_SECOND - 1)

static void clocks_go_forwards(void **state)
{
    (void)state;
    ct_time before = ct_monotonic();
    for (int i = 0; i < 1000; i++) {
        ct_time now = ct_monotonic();
        assert_true(now >= before && now - before < CT_MINUTE);
        before = now;
    }
    assert_true(ct_civil_of(ct_now()).year >= 2024);
}

/* Counts every day of ten thousand years by hand and compares. */
static void every_day_both_ways(void **state)
{
    (void)state;
    ct_time time = FIRST;
    int weekday = 6; /* 0000-01-01 was a Saturday */
    for (int year = 0; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= ct_days_in_month(year, month); day++) {
                ct_civil civil = ct_civil_of(time);
                if (civil.year != year || civil.month != month || civil.day != day || civil.weekday != weekday)
                    fail_msg("%d-%d-%d came out as %d-%d-%d", year, month, day, civil.year, civil.month, civil.day);
                if (ct_civil_time(civil) != time)
                    fail_msg("%d-%d-%d does not go back", year, month, day);
                time += CT_DAY;
                weekday = (weekday + 1) % 7;
            }
        }
    }
    assert_true(time == LAST + 1);
}

static void months_and_leap_years(void **state)
{
    (void)state;
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    for (int month = 1; month <= 12; month++)
        assert_int_equal(ct_days_in_month(2025, month), lengths[month - 1]);
    assert_int_equal(ct_days_in_month(2024, 2), 29);
    assert_int_equal(ct_days_in_month(1900, 2), 28);
    assert_int_equal(ct_days_in_month(2000, 2), 29);
}

static void assert_iso(ct_time time, const char *expected)
{
    char text[28];
    ct_iso_format(time, text);
    assert_string_equal(text, expected);
}

static void iso_form(void **state)
{
    (void)state;
    assert_iso(0, "1970-01-01T00:00:00.000000Z");
    assert_iso(-1, "1969-12-31T23:59:59.999999Z");
    assert_iso(1795253400123456, "2026-11-21T09:30:00.123456Z");
    assert_iso(FIRST, "0000-01-01T00:00:00.000000Z");
    assert_iso(FIRST - 1, "0000-01-01T00:00:00.000000Z");
    assert_iso(INT64_MIN, "0000-01-01T00:00:00.000000Z");
    assert_iso(LAST, "9999-12-31T23:59:59.999999Z");
    assert_iso(LAST + 1, "9999-12-31T23:59:59.999999Z");
    assert_iso(INT64_MAX, "9999-12-31T23:59:59.999999Z");
}

static void fields_past_their_range_count_on(void **state)
{
    (void)state;
    ct_civil civil = { .year = 2026, .month = 4, .day = 31, .hour = 23, .minute = 59, .second = 60 };
    assert_iso(ct_civil_time(civil), "2026-05-02T00:00:00.000000Z");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_go_forwards),
        cmocka_unit_test(every_day_both_ways),
        cmocka_unit_test(months_and_leap_years),
        cmocka_unit_test(iso_form),
        cmocka_unit_test(fields_past_their_range_count_on),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
