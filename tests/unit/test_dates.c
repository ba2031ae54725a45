/* Django's date formats, and spans of time in words: what is expected is what Django 3.2 writes. */
#include "rendered.h"

#include "base/time.h"
#include "template/dates.h"
#include "template/django_filters.h"

#define AFTERNOON INT64_C(1199286245000678) /* 2008-01-02 15:04:05.000678+00:00 */
#define MIDNIGHT INT64_C(978220800000000)   /* 2000-12-31 00:00:00+00:00 */
#define NOON INT64_C(1709208000000000)      /* 2024-02-29 12:00:00+00:00 */
#define BEFORE_1970 INT64_C(-1)             /* 1969-12-31 23:59:59.999999+00:00 */

typedef struct {
    const char *format, *written;
} format_case;

static const char *formatted(ct_time time, const char *format)
{
    ct_buffer out = ct_buffer_in(memory());
    ct_date_write(&out, time, ct_str_of(format));
    return ct_buffer_text(&out);
}

static const format_case afternoon_cases[] = {
    { "a A b c d D e E f F g G h H i I",
      "p.m. PM jan 2008-01-02T15:04:05.000678+00:00 02 Wed UTC January 3:04 January 3 15 03 15 04 0" },
    { "j l L m M n N o O P r s S t T u U w W y Y z Z",
      "2 Wednesday True 01 Jan 1 Jan. 2008 +0000 3:04 p.m. Wed, 02 Jan 2008 15:04:05 +0000 05 nd 31 UTC 000678 "
      "1199286245 3 1 08 2008 2 0" },
    { "DATE_FORMAT", "Jan. 2, 2008" },
    { "DATETIME_FORMAT", "Jan. 2, 2008, 3:04 p.m." },
    { "TIME_FORMAT", "3:04 p.m." },
    { "YEAR_MONTH_FORMAT", "January 2008" },
    { "MONTH_DAY_FORMAT", "January 2" },
    { "SHORT_DATE_FORMAT", "01/02/2008" },
    { "SHORT_DATETIME_FORMAT", "01/02/2008 3:04 p.m." },
};
static const format_case midnight_cases[] = {
    { "a A b c d D e E f F g G h H i I",
      "a.m. AM dec 2000-12-31T00:00:00+00:00 31 Sun UTC December 12 December 12 0 12 00 00 0" },
    { "j l L m M n N o O P r s S t T u U w W y Y z Z",
      "31 Sunday True 12 Dec 12 Dec. 2000 +0000 midnight Sun, 31 Dec 2000 00:00:00 +0000 00 st 31 UTC 000000 978220800 "
      "0 52 00 2000 366 0" },
    { "DATE_FORMAT", "Dec. 31, 2000" },
    { "DATETIME_FORMAT", "Dec. 31, 2000, midnight" },
    { "TIME_FORMAT", "midnight" },
    { "YEAR_MONTH_FORMAT", "December 2000" },
    { "MONTH_DAY_FORMAT", "December 31" },
    { "SHORT_DATE_FORMAT", "12/31/2000" },
    { "SHORT_DATETIME_FORMAT", "12/31/2000 midnight" },
};
static const format_case noon_cases[] = {
    { "a A b c d D e E f F g G h H i I",
      "p.m. PM feb 2024-02-29T12:00:00+00:00 29 Thu UTC February 12 February 12 12 12 12 00 0" },
    { "j l L m M n N o O P r s S t T u U w W y Y z Z",
      "29 Thursday True 02 Feb 2 Feb. 2024 +0000 noon Thu, 29 Feb 2024 12:00:00 +0000 00 th 29 UTC 000000 1709208000 4 "
      "9 24 2024 60 0" },
    { "DATE_FORMAT", "Feb. 29, 2024" },
    { "DATETIME_FORMAT", "Feb. 29, 2024, noon" },
    { "TIME_FORMAT", "noon" },
    { "YEAR_MONTH_FORMAT", "February 2024" },
    { "MONTH_DAY_FORMAT", "February 29" },
    { "SHORT_DATE_FORMAT", "02/29/2024" },
    { "SHORT_DATETIME_FORMAT", "02/29/2024 noon" },
};
static const format_case before_1970_cases[] = {
    { "a A b c d D e E f F g G h H i I",
      "p.m. PM dec 1969-12-31T23:59:59.999999+00:00 31 Wed UTC December 11:59 December 11 23 11 23 59 0" },
    { "j l L m M n N o O P r s S t T u U w W y Y z Z",
      "31 Wednesday False 12 Dec 12 Dec. 1970 +0000 11:59 p.m. Wed, 31 Dec 1969 23:59:59 +0000 59 st 31 UTC 999999 -1 "
      "3 1 69 1969 365 0" },
    { "DATE_FORMAT", "Dec. 31, 1969" },
    { "DATETIME_FORMAT", "Dec. 31, 1969, 11:59 p.m." },
    { "TIME_FORMAT", "11:59 p.m." },
    { "YEAR_MONTH_FORMAT", "December 1969" },
    { "MONTH_DAY_FORMAT", "December 31" },
    { "SHORT_DATE_FORMAT", "12/31/1969" },
    { "SHORT_DATETIME_FORMAT", "12/31/1969 11:59 p.m." },
};

static void check_formats(ct_time time, const format_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(formatted(time, cases[i].format), cases[i].written);
}

/* Every letter and every named format, of moments that are written in a way of their own. */
static void test_letters(void **state)
{
    (void)state;
    check_formats(AFTERNOON, afternoon_cases, CT_COUNT(afternoon_cases));
    check_formats(MIDNIGHT, midnight_cases, CT_COUNT(midnight_cases));
    check_formats(NOON, noon_cases, CT_COUNT(noon_cases));
    check_formats(BEFORE_1970, before_1970_cases, CT_COUNT(before_1970_cases));
}

/* A backslash makes a letter stand for itself; so does one that is itself escaped. */
static void test_escapes(void **state)
{
    static const format_case cases[] = {
        { "\\Y Y", "Y 2008" },
        { "\\\\Y", "\\Y" },
        { "jS \\o\\f F", "2nd of January" },
        { "Y\\", "2008\\" },
        { "\\\nY", "\\\n2008" },
        { "é Y ü", "é 2008 ü" },
        { "", "" },
        { "\\\\\\Y", "\\Y" },
        { "qvkxX", "qvkxX" },
    };
    (void)state;
    check_formats(AFTERNOON, cases, CT_COUNT(cases));
}

/* Weeks, and the years that they belong to, turn with their Thursday. */
static void test_calendar(void **state)
{
    static const struct {
        ct_time day;
        const char *written;
    } cases[] = {
        { INT64_C(1104537600000000), "2005-01-01 2004 53 6 1 31 False st" },
        { INT64_C(1199059200000000), "2007-12-31 2008 1 1 365 31 False st" },
        { INT64_C(1230422400000000), "2008-12-28 2008 52 0 363 31 True th" },
        { INT64_C(1262217600000000), "2009-12-31 2009 53 4 365 31 False st" },
        { INT64_C(1262476800000000), "2010-01-03 2009 53 0 3 31 False rd" },
        { INT64_C(1325376000000000), "2012-01-01 2011 52 0 1 31 True st" },
        { INT64_C(1609372800000000), "2020-12-31 2020 53 4 366 31 True st" },
        { INT64_C(1609718400000000), "2021-01-04 2021 1 1 4 31 False th" },
        { INT64_C(-2203891200000000), "1900-03-01 1900 9 4 60 31 False st" },
        { INT64_C(951782400000000), "2000-02-29 2000 9 2 60 29 True th" },
    };
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(formatted(cases[i].day, "Y-m-d o W w z t L S"), cases[i].written);
    assert_string_equal(formatted(ct_civil_time((ct_civil){ .year = 999, .month = 1, .day = 2 }), "Y y"), "0999 99");
}

static void test_ordinal_suffixes(void **state)
{
    (void)state;
    ct_buffer out = ct_buffer_in(memory());
    for (int day = 1; day <= 31; day++)
        ct_date_write(&out, day * CT_DAY - CT_DAY, CT_STR("S"));
    assert_string_equal(ct_buffer_text(&out), "stndrdthththththththththththththththththstndrdthththththththst");
}

/* Only what there is of a moment is written, and nothing at all where the format asks for more. */
static void test_parts(void **state)
{
    (void)state;
    ct_buffer out = ct_buffer_in(memory());
    assert_int_equal(ct_date_write_as(&out, CT_DATE_DAY, AFTERNOON, CT_STR("Y H")), 'H');
    assert_int_equal(ct_date_write_as(&out, CT_DATE_DAY, AFTERNOON, CT_STR("r")), 'r');
    assert_int_equal(ct_date_write_as(&out, CT_DATE_CLOCK, AFTERNOON, CT_STR("H:i d")), 'd');
    assert_int_equal(ct_date_write_as(&out, CT_DATE_NONE, 0, CT_STR("x Y")), 'Y');
    assert_int_equal(out.length, 0);
    assert_int_equal(ct_date_write_as(&out, CT_DATE_DAY, AFTERNOON, CT_STR("N j|c|I|\\H|")), 0);
    assert_int_equal(ct_date_write_as(&out, CT_DATE_CLOCK, AFTERNOON, CT_STR("TIME_FORMAT")), 0);
    assert_int_equal(ct_date_write_as(&out, CT_DATE_NONE, 0, CT_STR("[eIOTZ]q\\Y")), 0);
    assert_string_equal(ct_buffer_text(&out), "Jan. 2|2008-01-02||H|3:04 p.m.[]qY");
}

/* ---- spans ---- */

static const char *since(ct_time then, ct_time now)
{
    ct_buffer out = ct_buffer_in(memory());
    ct_timesince_write(&out, then, now);
    return ct_buffer_text(&out);
}

#define SUMMER INT64_C(1187099160000000) /* 2007-08-14 13:46:00 */

/* The largest unit and the one below it, if there is any of that; seconds do not count, nor does the future. */
static void test_timesince(void **state)
{
    static const struct {
        ct_time span;
        const char *written;
    } cases[] = {
        { INT64_C(0), "0\u00a0minutes" },
        { INT64_C(999999), "0\u00a0minutes" },
        { INT64_C(59000000), "0\u00a0minutes" },
        { INT64_C(60000000), "1\u00a0minute" },
        { INT64_C(119000000), "1\u00a0minute" },
        { INT64_C(3600000000), "1\u00a0hour" },
        { INT64_C(3660000000), "1\u00a0hour, 1\u00a0minute" },
        { INT64_C(86400000000), "1\u00a0day" },
        { INT64_C(86700000000), "1\u00a0day" },
        { INT64_C(601200000000), "6\u00a0days, 23\u00a0hours" },
        { INT64_C(604800000000), "1\u00a0week" },
        { INT64_C(1486800000000), "2\u00a0weeks, 3\u00a0days" },
        { INT64_C(2505600000000), "4\u00a0weeks, 1\u00a0day" },
        { INT64_C(2592000000000), "1\u00a0month" },
        { INT64_C(3196800000000), "1\u00a0month, 1\u00a0week" },
        { INT64_C(31449600000000), "12\u00a0months" },
        { INT64_C(31536000000000), "1\u00a0year" },
        { INT64_C(31622400000000), "1\u00a0year" },
        { INT64_C(34128000000000), "1\u00a0year, 1\u00a0month" },
        { INT64_C(126230400000000), "4\u00a0years" },
        { INT64_C(-86400000000), "0\u00a0minutes" },
        { INT64_C(-1), "0\u00a0minutes" },
        { INT64_C(94608000000000), "2\u00a0years, 12\u00a0months" },
    };
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(since(SUMMER, SUMMER + cases[i].span), cases[i].written);
}

static void test_leap_days(void **state)
{
    static const struct {
        ct_time then, now;
        const char *written;
    } cases[] = {
        { INT64_C(1482624000000000), INT64_C(1545696000000000), "2\u00a0years" },
        { INT64_C(1454284800000000), INT64_C(1456790400000000), "4\u00a0weeks, 1\u00a0day" },
        { INT64_C(1425168000000000), INT64_C(1456790400000000), "1\u00a0year" },
        { INT64_C(1330473600000000), INT64_C(1709164800000000), "12\u00a0years" },
        { INT64_C(-2240524800000000), INT64_C(-2177452800000000), "2\u00a0years" },
        { INT64_C(1717200000000000), INT64_C(1590969600000000), "0\u00a0minutes" },
    };
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(since(cases[i].then, cases[i].now), cases[i].written);
    assert_string_equal(since(INT64_MIN, INT64_MAX), "10000\u00a0years");
}

static void test_naturaltime(void **state)
{
    static const struct {
        ct_time distance;
        const char *written;
    } cases[] = {
        { INT64_C(0), "now" },
        { INT64_C(999999), "now" },
        { INT64_C(-999999), "now" },
        { INT64_C(1000000), "a second from now" },
        { INT64_C(-1000000), "a second ago" },
        { INT64_C(59000000), "59\u00a0seconds from now" },
        { INT64_C(-30000000), "30\u00a0seconds ago" },
        { INT64_C(60000000), "a minute from now" },
        { INT64_C(-119000000), "a minute ago" },
        { INT64_C(3599000000), "59\u00a0minutes from now" },
        { INT64_C(-120000000), "2\u00a0minutes ago" },
        { INT64_C(3600000000), "an hour from now" },
        { INT64_C(-3600000000), "an hour ago" },
        { INT64_C(86340000000), "23\u00a0hours from now" },
        { INT64_C(-82800000000), "23\u00a0hours ago" },
        { INT64_C(86400000000), "1\u00a0day from now" },
        { INT64_C(-86400000001), "1\u00a0day ago" },
        { INT64_C(-86400000000), "1\u00a0day ago" },
        { INT64_C(194400000000), "2\u00a0days, 6\u00a0hours from now" },
        { INT64_C(-43200000000000), "1\u00a0year, 4\u00a0months ago" },
    };
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_buffer out = ct_buffer_in(memory());
        ct_naturaltime_write(&out, SUMMER + cases[i].distance, SUMMER);
        assert_string_equal(ct_buffer_text(&out), cases[i].written);
    }
}

/* ---- the filters ---- */

/* A filter called as the evaluator calls it; "! " and the message where it fails. */
static const char *filtered(ct_tfunction *filter, ct_tval v, ct_tval arg)
{
    static ct_template_error error;
    ct_render_input input = { .arena = memory() };
    ct_renderer r = {
        .arena = memory(), .autoescape = true, .steps_left = UINT64_MAX, .error = &error, .input = &input
    };
    const ct_tval args[] = { v, arg };
    if (setjmp(r.failed))
        return ct_arena_printf(memory(), "! %s", error.message);
    ct_tval result = ct_tval_text(&r, filter(&r, args, 2));
    return ct_arena_copy(memory(), result.text, result.length);
}

static ct_tval day(ct_time time)
{
    ct_tval v = ct_t_datetime(time);
    v.flags = CT_T_DAY;
    return v;
}

static void test_date_and_time(void **state)
{
    (void)state;
    ct_tval moment = ct_t_datetime(AFTERNOON), none = ct_t_unset();
    assert_string_equal(filtered(ct_django_date, moment, none), "Jan. 2, 2008");
    assert_string_equal(filtered(ct_django_date, moment, CT_T_LITERAL("")), "Jan. 2, 2008");
    assert_string_equal(filtered(ct_django_date, moment, ct_t_none()), "Jan. 2, 2008");
    assert_string_equal(filtered(ct_django_date, moment, CT_T_LITERAL("Y-m-d")), "2008-01-02");
    assert_string_equal(filtered(ct_django_date, day(AFTERNOON), CT_T_LITERAL("c")), "2008-01-02");
    assert_string_equal(filtered(ct_django_date, day(AFTERNOON), CT_T_LITERAL("H")),
                        "! date: a day has no time, which the format asks for ('H')");
    assert_string_equal(filtered(ct_django_date, CT_T_LITERAL("2008"), none), "");
    assert_string_equal(filtered(ct_django_date, CT_T_LITERAL("2008"), CT_T_LITERAL("x")), "x");
    assert_string_equal(filtered(ct_django_date, CT_T_LITERAL(""), CT_T_LITERAL("x")), "");
    assert_string_equal(filtered(ct_django_date, ct_t_none(), CT_T_LITERAL("x")), "");
    assert_string_equal(filtered(ct_django_time, moment, none), "3:04 p.m.");
    assert_string_equal(filtered(ct_django_time, moment, CT_T_LITERAL("H:i:s")), "15:04:05");
    assert_string_equal(filtered(ct_django_time, moment, CT_T_LITERAL("Y")), "");
    assert_string_equal(filtered(ct_django_time, day(AFTERNOON), CT_T_LITERAL("H")), "");
    assert_string_equal(filtered(ct_django_time, day(AFTERNOON), CT_T_LITERAL("Y")), "");
    assert_string_equal(filtered(ct_django_time, day(AFTERNOON), CT_T_LITERAL("x")), "x");
    assert_string_equal(filtered(ct_django_time, ct_t_int(5), CT_T_LITERAL("H")), "");
    assert_string_equal(shown("[{{ missing|date }}{{ 'x'|time:'H' }}{{ v|date:'Y' }}]", "{\"v\": null}"), "[]");
}

static void test_since_and_until(void **state)
{
    (void)state;
    ct_tval then = ct_t_datetime(SUMMER), now = ct_t_datetime(SUMMER + CT_HOUR), none = ct_t_unset();
    assert_string_equal(filtered(ct_django_timesince, then, now), "1\u00a0hour");
    assert_string_equal(filtered(ct_django_timeuntil, then, now), "0\u00a0minutes");
    assert_string_equal(filtered(ct_django_timeuntil, now, then), "1\u00a0hour");
    assert_string_equal(filtered(ct_django_timesince, ct_t_datetime(ct_now() - 3 * CT_HOUR), none), "3\u00a0hours");
    assert_string_equal(filtered(ct_django_timesince, ct_t_datetime(ct_now() - 3 * CT_HOUR), CT_T_LITERAL("")),
                        "3\u00a0hours");
    assert_string_equal(filtered(ct_django_timeuntil, ct_t_datetime(ct_now() + CT_DAY + CT_MINUTE), none),
                        "1\u00a0day");
    assert_string_equal(filtered(ct_django_timesince, then, day(SUMMER)), "");
    assert_string_equal(filtered(ct_django_timesince, CT_T_LITERAL(""), none), "");
    assert_string_equal(filtered(ct_django_timesince, CT_T_LITERAL("x"), none), "! timesince needs a date, not 'str'");
    assert_string_equal(filtered(ct_django_timeuntil, then, ct_t_int(1)), "! timeuntil needs a date, not 'int'");
}

/* dictsort by moments, which only the values of C are. */
static void test_dictsort(void **state)
{
    (void)state;
    ct_tval days[] = { day(NOON), day(AFTERNOON) }, mixed[] = { day(NOON), ct_t_datetime(AFTERNOON) };
    ct_tlist rows[] = { { &days[0], 1, 1 }, { &days[1], 1, 1 } },
             others[] = { { &mixed[0], 1, 1 }, { &mixed[1], 1, 1 } };
    ct_tval items[] = { ct_t_list(&rows[0]), ct_t_list(&rows[1]) };
    ct_tval other_items[] = { ct_t_list(&others[0]), ct_t_list(&others[1]) };
    ct_tlist list = { items, 2, 2 }, other = { other_items, 2, 2 };
    assert_string_equal(filtered(ct_django_dictsort, ct_t_list(&list), ct_t_int(0)),
                        "[[datetime.date(2008, 1, 2)], [datetime.date(2024, 2, 29)]]");
    assert_string_equal(filtered(ct_django_dictsort, ct_t_list(&other), ct_t_int(0)), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters),       cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_calendar),      cmocka_unit_test(test_ordinal_suffixes),
        cmocka_unit_test(test_parts),         cmocka_unit_test(test_timesince),
        cmocka_unit_test(test_leap_days),     cmocka_unit_test(test_naturaltime),
        cmocka_unit_test(test_date_and_time), cmocka_unit_test(test_since_and_until),
        cmocka_unit_test(test_dictsort),
    };
    return cmocka_run_group_tests_name("dates", tests, NULL, rendered_finish);
}
