/* Decimals, dates, times, durations, UUIDs and zones: what is read, what is written, what is refused. */
#include "made_request.h"

#include "python_cases.h"

#include "canteen/types.h"
#include "canteen/value.h"
#include "shape/types.h"
#include "shape/zone.h"

#include <stdio.h>

static made_request made;
static ct *c;

static int set_up(void **state)
{
    (void)state;
    c = make_work(&made);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    drop_request(&made);
    return 0;
}

/* ---- decimals ---- */

static const char *decimal(const char *text)
{
    ct_decimal value;
    return ct_decimal_read(text, &value) ? ct_decimal_text(c, value) : NULL;
}

static void decimals_are_read_exactly(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "12.50", "12.50" },
        { "-12.50", "-12.50" },
        { "+3", "3" },
        { ".5", "0.5" },
        { "-.5", "-0.5" },
        { "5.", "5" },
        { "1e-3", "0.001" },
        { "1.5E2", "150" },
        { "1.5e1", "15" },
        { "1.50e1", "15.0" },
        { "-0", "0" },
        { "0e1000", "0" },
        { "000000000000000000000000000000000000000000012", "12" },
        { "0.0000000000000000000000000000000000001", "0.0000000000000000000000000000000000001" },
        { "99999999999999999999999999999999999999", "99999999999999999999999999999999999999" },
        { "-9.9999999999999999999999999999999999999", "-9.9999999999999999999999999999999999999" },
        { "1e37", "10000000000000000000000000000000000000" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(decimal(cases[i][0]), cases[i][1]);
}

static void what_is_no_decimal_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "-",
        ".",
        "+.",
        "e5",
        "1e",
        "1e+",
        "1 ",
        " 1",
        "1_0",
        "0x10",
        "nan",
        "Infinity",
        "1.2.3",
        "--1",
        "1,5",
        "1e38",
        "100000000000000000000000000000000000000",
        "0.00000000000000000000000000000000000001",
        "1e-38",
        "1e99999999999999",
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        if (decimal(cases[i]))
            fail_msg("\"%s\" is read as %s", cases[i], decimal(cases[i]));
}

static const char *sum(const char *a, const char *b)
{
    return ct_decimal_text(c, ct_decimal_add(c, ct_decimal_of(c, a), ct_decimal_of(c, b)));
}

static const char *product(const char *a, const char *b)
{
    return ct_decimal_text(c, ct_decimal_multiply(c, ct_decimal_of(c, a), ct_decimal_of(c, b)));
}

static const char *quotient(const char *a, const char *b, int scale)
{
    return ct_decimal_text(c, ct_decimal_divide(c, ct_decimal_of(c, a), ct_decimal_of(c, b), scale));
}

static void decimals_are_computed_exactly(void **state)
{
    (void)state;
    assert_string_equal(sum("0.1", "0.2"), "0.3");
    assert_string_equal(sum("1.5", "-1.25"), "0.25");
    assert_string_equal(sum("-1", "0.999"), "-0.001");
    assert_string_equal(sum("15", "-9.0000000000000000000000000000000000000"),
                        "6.0000000000000000000000000000000000000");
    assert_string_equal(ct_decimal_text(c, ct_decimal_subtract(c, ct_decimal_make(100, 2), ct_decimal_make(1, 0))),
                        "0.00");
    assert_string_equal(product("1.10", "-1.1"), "-1.210");
    assert_string_equal(product("0.0000000000000000001", "0.0000000000000000005"),
                        "0.0000000000000000000000000000000000000"); /* half, to even */
    assert_string_equal(product("9999999999999999999.9", "10"), "99999999999999999999.0");
    assert_string_equal(quotient("1", "3", 5), "0.33333");
    assert_string_equal(quotient("2", "-3", 5), "-0.66667");
    assert_string_equal(quotient("1", "8", 2), "0.12");
    assert_string_equal(quotient("3", "8", 2), "0.38");
    assert_string_equal(quotient("1", "3", 37), "0.3333333333333333333333333333333333333");
    assert_string_equal(quotient("99999999999999999999999999999999999999", "10", 0),
                        "10000000000000000000000000000000000000");
    assert_string_equal(
        quotient("0.0000000000000000000000000000000000001", "0.0000000000000000000000000000000000001", 37),
        "1.0000000000000000000000000000000000000");
    assert_string_equal(ct_decimal_text(c, ct_decimal_round(c, ct_decimal_of(c, "2.5"), 0)), "2");
    assert_string_equal(ct_decimal_text(c, ct_decimal_round(c, ct_decimal_of(c, "-3.5"), 0)), "-4");
    assert_string_equal(ct_decimal_text(c, ct_decimal_round(c, ct_decimal_of(c, "2.51"), 4)), "2.5100");
}

static void decimals_compare_by_value(void **state)
{
    (void)state;
    static const char *const rising[] = { "-99999999999999999999999999999999999999",
                                          "-1.01",
                                          "-1",
                                          "-0.0000000000000000000000000000000000001",
                                          "0",
                                          "0.5",
                                          "0.51",
                                          "3",
                                          "9.9999999999999999999999999999999999999",
                                          "10",
                                          "99999999999999999999999999999999999999" };
    for (size_t i = 0; i < CT_COUNT(rising); i++)
        for (size_t j = 0; j < CT_COUNT(rising); j++) {
            int order = ct_decimal_compare(ct_decimal_of(c, rising[i]), ct_decimal_of(c, rising[j]));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_int_equal(ct_decimal_compare(ct_decimal_make(10, 1), ct_decimal_make(100, 2)), 0);
    assert_true(ct_decimal_real(ct_decimal_make(-1250, 2)) == -12.5);
    assert_true(ct_decimal_real(ct_decimal_of(c, "0.1")) == 0.1);
}

static void decimals_that_do_not_fit_abort(void **state)
{
    (void)state;
    assert_aborts(c, 500, "ct_decimal_add: 99999999999999999999999999999999999999 + 1 has more than 38 digits",
                  sum("99999999999999999999999999999999999999", "1"));
    assert_aborts(c, 500,
                  "ct_decimal_add: 99999999999999999999999999999999999999 + 0.0000000000000000000000000000000000001"
                  " has more than 38 digits",
                  sum("99999999999999999999999999999999999999", "0.0000000000000000000000000000000000001"));
    assert_aborts(c, 500, "ct_decimal_multiply: 10000000000000000000 * 10000000000000000000 has more than 38 digits",
                  product("10000000000000000000", "10000000000000000000"));
    assert_aborts(c, 500, "ct_decimal_divide: 1 / 0.0000000000000000000000000000000000001 has more than 38 digits",
                  quotient("1", "0.0000000000000000000000000000000000001", 37));
    assert_aborts(c, 500, "ct_decimal_divide: division by 0", quotient("1", "0", 2));
    assert_aborts(c, 500, "ct_decimal_divide: the scale is 38, but goes from 0 to 37", quotient("1", "3", 38));
    assert_aborts(c, 500, "ct_decimal_of: \"1,5\" is no decimal of up to 38 digits", sum("1,5", "1"));
}

static bool compute(char sign, int scale, ct_decimal a, ct_decimal b, ct_decimal *ret)
{
    switch (sign) {
    case '+':
        return ct_decimal_sum(a, b, ret);
    case '-':
        return ct_decimal_sum(a, ct_decimal_negated(b), ret);
    case '*':
        return ct_decimal_product(a, b, ret);
    case '/':
        return ct_decimal_quotient(a, b, scale, ret);
    default:
        return ct_decimal_scaled(a, scale, ret);
    }
}

static void decimals_are_those_of_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT(python_decimals); i++) {
        const char *a = python_decimals[i].a, *b = python_decimals[i].b, *wanted = python_decimals[i].result;
        ct_decimal result;
        bool done = compute(python_decimals[i].sign, python_decimals[i].scale, ct_decimal_of(c, a), ct_decimal_of(c, b),
                            &result);
        const char *got = done ? ct_decimal_text(c, result) : NULL;
        if (!got || !wanted ? got != wanted : strcmp(got, wanted) != 0)
            fail_msg("%s %c %s is %s, not %s", a, python_decimals[i].sign, b, got, wanted);
    }
}

/* ---- dates and times ---- */

static const char *date(const char *text)
{
    ct_date value;
    return ct_date_read(text, &value) ? ct_date_text(c, value) : NULL;
}

static const char *daytime(const char *text)
{
    ct_daytime value;
    return ct_daytime_read(text, &value) ? ct_daytime_text(c, value) : NULL;
}

static const char *datetime(const char *text)
{
    ct_time value;
    return ct_datetime_read(text, &value) ? ct_datetime_text(c, value) : NULL;
}

static const char *duration(const char *text)
{
    ct_time value;
    return ct_duration_read(text, &value) ? ct_duration_text(c, value) : NULL;
}

typedef struct {
    const char *text, *wanted; /* NULL: refused */
} text_case;

static void check_cases(const char *(*convert)(const char *text), const text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = convert(cases[i].text);
        if (!got || !cases[i].wanted ? got != cases[i].wanted : strcmp(got, cases[i].wanted) != 0)
            fail_msg("\"%s\" is %s, not %s", cases[i].text, got, cases[i].wanted);
    }
}

static void dates_are_read_and_written(void **state)
{
    (void)state;
    static const text_case cases[] = {
        { "2026-11-21", "2026-11-21" }, { "0001-01-01", "0001-01-01" }, { "9999-12-31", "9999-12-31" },
        { "2024-02-29", "2024-02-29" }, { "2026-02-29", NULL },         { "1900-02-29", NULL },
        { "2000-02-29", "2000-02-29" }, { "0000-01-01", NULL },         { "2026-13-01", NULL },
        { "2026-00-01", NULL },         { "2026-01-00", NULL },         { "2026-1-1", NULL },
        { "20260101", NULL },           { "2026-01-01 ", NULL },        { "", NULL },
        { "-026-01-01", NULL },
    };
    check_cases(date, cases, CT_COUNT(cases));
    ct_date first = ct_date_make(c, 1, 1, 1), last = ct_date_make(c, 9999, 12, 31);
    assert_int_equal(first.days, CT_DATE_FIRST);
    assert_int_equal(last.days, CT_DATE_LAST);
    assert_int_equal(ct_date_make(c, 1970, 1, 1).days, 0);
    assert_int_equal(ct_date_at(-1).days, -1);
    assert_int_equal(ct_date_at(CT_DAY).days, 1);
    assert_int_equal(ct_date_start(ct_date_make(c, 1969, 12, 31)), -CT_DAY);
    int year, month, day;
    ct_date_parts(ct_date_make(c, 2026, 11, 21), &year, &month, &day);
    assert_int_equal(year * 10000 + month * 100 + day, 20261121);
    assert_aborts(c, 500, "ct_date_make: there is no day 2026-2-30 (year, month, day)", ct_date_make(c, 2026, 2, 30));
}

static void times_are_read_and_written(void **state)
{
    (void)state;
    static const text_case cases[] = {
        { "09:30", "09:30:00" },
        { "09:30:15", "09:30:15" },
        { "09:30:15.123456", "09:30:15.123456" },
        { "09:30:15.5", "09:30:15.500000" },
        { "09:30:15,5", "09:30:15.500000" },
        { "09:30:15.123456789", "09:30:15.123456" },
        { "23:59:59.999999", "23:59:59.999999" },
        { "24:00:00", NULL },
        { "09:60", NULL },
        { "09:30:60", NULL },
        { "9:30", NULL },
        { "09:30:15.", NULL },
        { "09:30:15.1234567890123", NULL },
        { "09", NULL },
        { "", NULL },
    };
    check_cases(daytime, cases, CT_COUNT(cases));
    assert_int_equal(ct_daytime_make(1, 2, 3).microseconds, 3723 * CT_SECOND);
}

static void moments_are_read_and_written(void **state)
{
    (void)state;
    static const text_case cases[] = {
        { "2026-11-21T09:30:00Z", "2026-11-21T09:30:00Z" },
        { "2026-11-21T09:30:00.5+01:00", "2026-11-21T08:30:00.500000Z" },
        { "2026-11-21 09:30", "2026-11-21T09:30:00Z" },
        { "2026-11-21t09:30:00z", "2026-11-21T09:30:00Z" },
        { "2026-11-21T09:30:00-0530", "2026-11-21T15:00:00Z" },
        { "2026-11-21 09:30:00+00", "2026-11-21T09:30:00Z" },
        { "2026-11-21", "2026-11-21T00:00:00Z" },
        { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
        { "0001-01-01T00:00:00+01:00", NULL },
        { "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
        { "9999-12-31T23:59:59-01:00", NULL },
        { "2026-11-21T", NULL },
        { "2026-11-21T09:30:00+24:00", NULL },
        { "2026-11-21T09:30:00+01:", NULL },
        { "2026-11-21T09:30:00+01:60", NULL },
        { "2026-11-21T09:30:00 Z", NULL },
        { "2026-11-21T09:30:00Zulu", NULL },
        { "2026-11-21X09:30:00Z", NULL },
        { "21.11.2026", NULL },
    };
    check_cases(datetime, cases, CT_COUNT(cases));
}

static void durations_are_read_as_django_does(void **state)
{
    (void)state;
    static const text_case cases[] = {
        { "1 12:30:00.5", "1 12:30:00.500000" },
        { "12:30:00", "12:30:00" },
        { "90", "00:01:30" },
        { "15:30", "00:15:30" },
        { "1.5", "00:00:01.500000" },
        { "1,5", "00:00:01.500000" },
        { "-1.5", "-1 23:59:58.500000" },
        { "-1 23:59:58.5", "-1 23:59:58.500000" },
        { "-4 days, 15:30", "-4 00:15:30" },
        { "1 day, 0:00:30", "1 00:00:30" },
        { "2 days", "2 00:00:00" },
        { "-2 days", "-2 00:00:00" },
        { "3 days -00:00:01", "2 23:59:59" },
        { "1 day +01:00:00", "1 01:00:00" },
        { "172801", "2 00:00:01" },
        { "P1DT12H30M", "1 12:30:00" },
        { "P4D", "4 00:00:00" },
        { "-P1DT1H", "-2 23:00:00" },
        { "+PT5M", "00:05:00" },
        { "PT0.000005S", "00:00:00.000005" },
        { "P0.5D", "12:00:00" },
        { "PT1,5H", "01:30:00" },
        { "-106751991 19:59:05.224192", "-106751991 19:59:05.224192" },
        { "106751991 04:00:54.775807", "106751991 04:00:54.775807" },
        { "106751991 04:00:54.775808", NULL },
        { "99999999999999999999", NULL },
        { "PT1M1H", NULL },
        { "P", NULL },
        { "PT", NULL },
        { "P1H", NULL },
        { "P1Y", NULL },
        { "1:", NULL },
        { "1:2:3:4", NULL },
        { "1 ", NULL },
        { "1 dayx", NULL },
        { "1.", NULL },
        { "--1", NULL },
        { "", NULL },
        { "-", NULL },
        { "one", NULL },
    };
    check_cases(duration, cases, CT_COUNT(cases));
    assert_string_equal(duration(ct_duration_text(c, INT64_MAX)), ct_duration_text(c, INT64_MAX));
    assert_string_equal(duration(ct_duration_text(c, INT64_MIN)), ct_duration_text(c, INT64_MIN));
    char iso[CT_DURATION_SIZE];
    ct_duration_format_iso(CT_DAY + 12 * CT_HOUR + CT_SECOND / 2, iso);
    assert_string_equal(iso, "P1DT12H00M00.500000S");
    ct_duration_format_iso(-CT_MINUTE, iso);
    assert_string_equal(iso, "-P0DT00H01M00S");
    ct_duration_format_iso(INT64_MIN, iso);
    assert_string_equal(iso, "-P106751991DT04H00M54.775808S");
}

/* ---- time zones ---- */

static void assert_local(const char *zone, const char *utc, const char *local)
{
    ct_time moment;
    assert_true(ct_datetime_read(utc, &moment));
    const char *got = ct_datetime_text(c, ct_zone_local(c, zone, moment));
    if (strncmp(got, local, strlen(local)) != 0)
        fail_msg("%s in %s is %s, not %s", utc, zone, got, local);
}

static void assert_utc(const char *zone, const char *local, const char *utc)
{
    ct_time moment;
    assert_true(ct_datetime_read(local, &moment));
    const char *got = ct_datetime_text(c, ct_zone_utc(c, zone, moment));
    if (strncmp(got, utc, strlen(utc)) != 0)
        fail_msg("%s of %s is %s, not %s", local, zone, got, utc);
}

static void zones_show_local_time(void **state)
{
    (void)state;
    assert_local("UTC", "2026-11-21T09:30:00Z", "2026-11-21T09:30:00");
    assert_local("Europe/Berlin", "2026-11-21T09:30:00Z", "2026-11-21T10:30:00");
    assert_local("Europe/Berlin", "2026-07-01T09:30:00Z", "2026-07-01T11:30:00");
    assert_local("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59");
    assert_local("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00");
    assert_local("Europe/Berlin", "2999-07-01T09:30:00Z", "2999-07-01T11:30:00"); /* by the rule */
    assert_local("Europe/Berlin", "1800-01-01T00:00:00Z", "1800-01-01T00:53:28"); /* local mean time */
    assert_local("Australia/Sydney", "2050-01-01T00:00:00Z", "2050-01-01T11:00:00");
    assert_local("Australia/Sydney", "2050-07-01T00:00:00Z", "2050-07-01T10:00:00");
    assert_local("America/New_York", "2026-11-01T05:59:59.5Z", "2026-11-01T01:59:59.500000");
    assert_local("America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00");
    assert_local("Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T05:45:00");
    assert_local("Etc/GMT+5", "2026-01-01T00:00:00Z", "2025-12-31T19:00:00");
}

static void local_times_become_moments(void **state)
{
    (void)state;
    assert_utc("UTC", "2026-11-21T09:30:00Z", "2026-11-21T09:30:00");
    assert_utc("Europe/Berlin", "2026-07-01T11:30:00Z", "2026-07-01T09:30:00");
    assert_utc("Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00"); /* twice: the earlier */
    assert_utc("Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00"); /* never: shown as 03:30 */
    assert_utc("America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00");
    assert_utc("Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00"); /* a day that was skipped */
    assert_utc("Australia/Lord_Howe", "2060-07-01T00:00:00Z", "2060-06-30T13:30:00");
}

static void zones_are_those_of_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT(python_zones); i++) {
        const char *zone = python_zones[i].zone;
        ct_time from = python_zones[i].from, to = python_zones[i].to;
        ct_time got = python_zones[i].to_local ? ct_zone_local(c, zone, from) : ct_zone_utc(c, zone, from);
        if (got != to)
            fail_msg("%s %s %s is %s, not %s", zone, python_zones[i].to_local ? "at" : "of", ct_datetime_text(c, from),
                     ct_datetime_text(c, got), ct_datetime_text(c, to));
    }
}

static void zones_that_do_not_exist_abort(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Europe/Belrin",
        "",
        ".",
        "..",
        "../../../etc/passwd",
        "/etc/localtime",
        "Europe/../UTC",
        "Europe",
        "zone.tab",
        "Europe/",
        "Europe//Berlin",
        "a b",
        "Europe/Ber\nlin",
        "right/UTC/x",
    };
    for (size_t i = 0; i < CT_COUNT(names); i++) {
        ct_error error;
        if (ct_zone_find(names[i], &error))
            fail_msg("there is a zone \"%s\"", names[i]);
    }
    assert_aborts(c, 500,
                  "ct_zone_local: there is no time zone \"Europe/Belrin\": it is the name of a file below "
                  "/usr/share/zoneinfo/, as \"Europe/Berlin\"",
                  ct_zone_local(c, "Europe/Belrin", 0));
}

/* A file with no transitions but a rule; `put` is changed by the cases below. */
static size_t zone_file(char *out, const char *rule)
{
    static const char header[20] = "TZif2";
    size_t at = 0;
    for (int part = 0; part < 2; part++) {
        memcpy(out + at, header, 20);
        memset(out + at + 20, 0, 24);
        out[at + 20 + 19] = 1;                            /* a type */
        out[at + 20 + 23] = 4;                            /* bytes of names */
        memcpy(out + at + 44, "\0\0\16\20\0\0CET\0", 10); /* 3600 seconds east */
        at += 54;
    }
    int written = snprintf(out + at, 100, "\n%s\n", rule);
    return at + (size_t)written;
}

static void rules_of_zones_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *utc;
        int offset; /* seconds; -1: the rule is none */
    } cases[] = {
        { "", "2026-07-01T00:00:00Z", 3600 },
        { "EST5EDT,M3.2.0,M11.1.0", "2026-07-01T00:00:00Z", -4 * 3600 },
        { "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -5 * 3600 },
        { "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -4 * 3600 },
        { "EST5EDT,0/0,J365/25", "2026-01-01T05:00:00Z", -4 * 3600 }, /* summer all year */
        { "EST5EDT,0/0,J365/25", "2026-01-01T04:59:59Z", -4 * 3600 },
        { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -2 * 3600 },
        { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -1 * 3600 },
        { "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-26T23:59:59Z", 2 * 3600 },
        { "IST-2IDT,M3.4.4/26,M10.5.0", "2026-03-27T00:00:00Z", 3 * 3600 },
        { "AAA0BBB,J60/0,J61/0", "2024-03-01T00:00:00Z", 3600 },
        { "AAA0BBB,59/0,60/0", "2024-02-29T00:00:00Z", 3600 },
        { "AAA3:30:15", "2024-02-29T00:00:00Z", -(3 * 3600 + 30 * 60 + 15) },
        { "AA0", "2024-02-29T00:00:00Z", -1 },
        { "AAA", "2024-02-29T00:00:00Z", -1 },
        { "AAA25", "2024-02-29T00:00:00Z", -1 },
        { "AAA0BBB", "2024-02-29T00:00:00Z", -1 },
        { "AAA0BBB,M13.1.0,M1.1.0", "2024-02-29T00:00:00Z", -1 },
        { "AAA0BBB,M1.6.0,M1.1.0", "2024-02-29T00:00:00Z", -1 },
        { "AAA0BBB,M1.1.0/168,M2.1.0", "2024-02-29T00:00:00Z", -1 },
        { "AAA0BBB,J0,J5", "2024-02-29T00:00:00Z", -1 },
        { "AAA0BBB,1,366", "2024-02-29T00:00:00Z", -1 },
        { "<+05", "2024-02-29T00:00:00Z", -1 },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char file[300];
        ct_time moment;
        ct_zone *zone = ct_zone_parse((ct_str){ file, zone_file(file, cases[i].rule) });
        assert_true(ct_datetime_read(cases[i].utc, &moment));
        int offset = zone ? ct_zone_offset(zone, moment) : -1;
        if (offset != cases[i].offset)
            fail_msg("%s at %s: %d, not %d", cases[i].rule, cases[i].utc, offset, cases[i].offset);
        ct_zone_free(zone);
    }
}

static void damaged_zone_files_are_refused(void **state)
{
    (void)state;
    char file[300], cut[300];
    size_t length = zone_file(file, "CET-1");
    for (size_t size = 0; size < length; size++) { /* each cut short, in memory of its own */
        char *exact = ct_xmalloc(size + 1);
        memcpy(exact, file, size);
        assert_null(ct_zone_parse((ct_str){ exact, size }));
        free(exact);
    }
    memcpy(cut, file, length);
    cut[54 + 39] = 0; /* no types */
    assert_null(ct_zone_parse((ct_str){ cut, length }));
    memcpy(cut, file, length);
    cut[54 + 35] = 1; /* a transition that is not there */
    assert_null(ct_zone_parse((ct_str){ cut, length }));
    memcpy(cut, file, length);
    cut[54 + 32] = 0x7F; /* very many */
    assert_null(ct_zone_parse((ct_str){ cut, length }));
    memcpy(cut, file, length);
    cut[54 + 44] = 0x7F; /* years from UTC */
    assert_null(ct_zone_parse((ct_str){ cut, length }));
}

/* ---- UUIDs ---- */

static const char *uuid(const char *text)
{
    ct_uuid value;
    return ct_uuid_read(text, &value) ? ct_uuid_text(c, value) : NULL;
}

static void uuids_are_read_and_written(void **state)
{
    (void)state;
    static const char plain[] = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    static const text_case cases[] = {
        { plain, plain },
        { "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", plain },
        { "f81d4fae7dec11d0a76500a0c91e6bf6", plain },
        { "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}", plain },
        { "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", plain },
        { "URN:UUID:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", plain },
        { "f81d4fae-7dec-11d0-a765-00a0c91e6bf", NULL },
        { "f81d4fae-7dec-11d0-a765-00a0c91e6bf6a", NULL },
        { "f81d4fae-7dec-11d0-a765x00a0c91e6bf6", NULL },
        { "g81d4fae-7dec-11d0-a765-00a0c91e6bf6", NULL },
        { "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6", NULL },
        { "f-81d4fae7dec11d0a76500a0c91e6bf6", NULL },
        { "", NULL },
        { "{}", NULL },
    };
    check_cases(uuid, cases, CT_COUNT(cases));
}

static void uuids_of_version_4_are_random(void **state)
{
    (void)state;
    ct_uuid a = ct_uuid_v4(), b = ct_uuid_v4();
    assert_false(ct_uuid_equal(a, b));
    assert_true(ct_uuid_equal(a, a));
    assert_int_equal(a.bytes[6] >> 4, 4);
    assert_int_equal(a.bytes[8] >> 6, 2);
}

static void uuids_of_version_7_grow(void **state)
{
    (void)state;
    ct_uuid last = ct_uuid_v7();
    uint64_t milliseconds = 0;
    for (int i = 0; i < 6; i++)
        milliseconds = milliseconds << 8 | last.bytes[i];
    assert_in_range(milliseconds, (uint64_t)(ct_now() / CT_MILLISECOND) - 5000,
                    (uint64_t)(ct_now() / CT_MILLISECOND) + 5000);
    for (int i = 0; i < 20000; i++) { /* more than a millisecond's */
        ct_uuid next = ct_uuid_v7();
        assert_true(memcmp(last.bytes, next.bytes, sizeof(last.bytes)) < 0);
        assert_int_equal(next.bytes[6] >> 4, 7);
        assert_int_equal(next.bytes[8] >> 6, 2);
        last = next;
    }
}

/* ---- values ---- */

static void values_keep_what_does_not_fit(void **state)
{
    (void)state;
    ct_value price = ct_value_of_decimal(c, ct_decimal_make(1250, 2));
    assert_int_equal(price.type, CT_VALUE_DECIMAL);
    assert_string_equal(ct_decimal_text(c, *price.decimal), "12.50");
    ct_uuid key = ct_uuid_v4();
    ct_value value = ct_value_of_uuid(c, key);
    assert_true(value.type == CT_VALUE_UUID && ct_uuid_equal(*value.uuid, key));
    value = ct_value_of_bytes(c, (ct_bytes){ "ab", 2 });
    assert_true(value.type == CT_VALUE_BYTES && value.bytes->len == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decimals_are_read_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_decimal_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decimals_are_computed_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decimals_compare_by_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decimals_that_do_not_fit_abort, set_up, tear_down),
        cmocka_unit_test_setup_teardown(decimals_are_those_of_python, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dates_are_read_and_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times_are_read_and_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moments_are_read_and_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(durations_are_read_as_django_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zones_show_local_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(local_times_become_moments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zones_are_those_of_python, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zones_that_do_not_exist_abort, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_of_zones_are_understood, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_zone_files_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(uuids_are_read_and_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(uuids_of_version_4_are_random, set_up, tear_down),
        cmocka_unit_test_setup_teardown(uuids_of_version_7_grow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_keep_what_does_not_fit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
