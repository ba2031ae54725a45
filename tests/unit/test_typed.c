/* Typed values: what each type takes and what it is then worth, that nothing is rounded or wraps around, and that each
 * refusal says what is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/typed.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void worth(ct_type type, const char *text, int64_t value)
{
    ct_typed typed = { 0 };
    ct_error error = { 0 };
    if (!ct_typed_parse("x", type, 0, 0, NULL, text, &typed, &error))
        fail_msg("%s", error.message);
    assert_ptr_equal(typed.text, text);
    if (typed.integer != value)
        fail_msg("%s is %" PRId64 ", not %" PRId64, text, typed.integer, value);
}

static void refused_with(ct_type type, int64_t min, int64_t max, const char *choices, const char *text,
                         const char *message)
{
    ct_typed typed = { .text = "untouched", .integer = 7 };
    ct_error error = { 0 };
    assert_false(ct_typed_parse("x", type, min, max, choices, text, &typed, &error));
    assert_string_equal(error.message, message);
    assert_string_equal(typed.text, "untouched");
    assert_int_equal(typed.integer, 7);
}

static void test_sizes(void **state)
{
    (void)state;
    worth(CT_SIZE, "0", 0);
    worth(CT_SIZE, "4096", 4096);
    worth(CT_SIZE, "16K", 16384);
    worth(CT_SIZE, "16k", 16384);
    worth(CT_SIZE, "2.5M", 2621440);
    worth(CT_SIZE, "2.50M", 2621440);
    worth(CT_SIZE, "1.0", 1);
    worth(CT_SIZE, "1G", INT64_C(1) << 30);
    worth(CT_SIZE, "1T", INT64_C(1) << 40);
    worth(CT_SIZE, "0.0009765625K", 1);
    worth(CT_SIZE, "9223372036854775807", INT64_MAX);
    worth(CT_SIZE, "8388607T", INT64_C(8388607) << 40);
}

static void test_durations(void **state)
{
    (void)state;
    worth(CT_DURATION, "0", 0);
    worth(CT_DURATION, "10", 10 * CT_SECOND);
    worth(CT_DURATION, "1us", 1);
    worth(CT_DURATION, "500ms", 500 * CT_MILLISECOND);
    worth(CT_DURATION, "10s", 10 * CT_SECOND);
    worth(CT_DURATION, "0.5", 500 * CT_MILLISECOND);
    worth(CT_DURATION, "0.000001s", 1);
    worth(CT_DURATION, "5m", 5 * CT_MINUTE);
    worth(CT_DURATION, "1.5h", 90 * CT_MINUTE);
    worth(CT_DURATION, "2d", 2 * CT_DAY);
    worth(CT_DURATION, "9223372036854775807us", INT64_MAX);
}

static void test_integers_and_flags(void **state)
{
    (void)state;
    worth(CT_INTEGER, "0", 0);
    worth(CT_INTEGER, "-5", -5);
    worth(CT_INTEGER, "007", 7);
    worth(CT_INTEGER, "9223372036854775807", INT64_MAX);
    worth(CT_INTEGER, "-9223372036854775808", INT64_MIN);
    static const char *const on[] = { "true", "yes", "on", "1", "TRUE", "Yes" };
    static const char *const off[] = { "false", "no", "off", "0", "OFF", "No" };
    for (size_t i = 0; i < COUNT(on); i++) {
        worth(CT_FLAG, on[i], 1);
        worth(CT_FLAG, off[i], 0);
    }
}

static void test_reals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } rows[] = { { "2", 2 },      { "-0.5", -0.5 }, { "1e-3", 0.001 },
                 { "1E+2", 100 }, { "0.1", 0.1 },   { "1.7976931348623157e308", 1.7976931348623157e308 } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ct_typed typed;
        assert_true(ct_typed_parse("x", CT_REAL, 0, 0, NULL, rows[i].text, &typed, NULL));
        assert_true(typed.real == rows[i].value);
    }
    static const char *const bad[] = { "1.", ".5", "+1", "1e", "1e+", "inf", "nan", "0x10", "1,5", " 1", "1 ", "-" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        char message[128];
        snprintf(message, sizeof(message), "x: \"%s\" is not a number (as 2, 0.5, 1e-3)", bad[i]);
        refused_with(CT_REAL, 0, 0, NULL, bad[i], message);
    }
    refused_with(CT_REAL, 0, 0, NULL, "1e309", "x: \"1e309\" is too great for a number");
    refused_with(CT_REAL, 0, 0, NULL, "-1e309", "x: \"-1e309\" is too small for a number");
}

static void test_choices(void **state)
{
    (void)state;
    ct_typed typed;
    assert_true(ct_typed_parse("x", CT_CHOICE, 0, 0, "auto, text,json", "json", &typed, NULL));
    assert_int_equal(typed.integer, 2);
    assert_string_equal(typed.text, "json");
    refused_with(CT_CHOICE, 0, 0, "auto, text, json", "jsno",
                 "x: \"jsno\" is none of auto, text, json; did you mean \"json\"?");
    refused_with(CT_CHOICE, 0, 0, "auto, text, json", "yaml-like", "x: \"yaml-like\" is none of auto, text, json");
    refused_with(CT_CHOICE, 0, 0, "auto, text, json", "", "x: \"\" is none of auto, text, json");
    refused_with(CT_CHOICE, 0, 0, "auto, text, json", "JSON", "x: \"JSON\" is none of auto, text, json");
}

static void test_malformed(void **state)
{
    (void)state;
    static const struct {
        ct_type type;
        const char *text, *message;
    } rows[] = {
        { CT_INTEGER, "ten", "x: \"ten\" is not a whole number (as 0, 42)" },
        { CT_INTEGER, "-", "x: \"-\" is not a whole number (as 0, 42)" },
        { CT_INTEGER, "1.0", "x: \"1.0\" is not a whole number (as 0, 42)" },
        { CT_INTEGER, " 1", "x: \" 1\" is not a whole number (as 0, 42)" },
        { CT_INTEGER, "", "x: the value is empty; write a whole number (as 0, 42)" },
        { CT_INTEGER, "9223372036854775808",
          "x: \"9223372036854775808\" is too great: the most is 9223372036854775807" },
        { CT_INTEGER, "-9223372036854775809",
          "x: \"-9223372036854775809\" is too small: the least is -9223372036854775808" },
        { CT_FLAG, "maybe", "x: \"maybe\" is not a flag (true, false, yes, no, on, off, 1 or 0)" },
        { CT_FLAG, "", "x: the value is empty; write a flag (true, false, yes, no, on, off, 1 or 0)" },
        { CT_SIZE, "10Q", "x: \"10Q\" is not a size (as 4096, 16K, 2.5M)" },
        { CT_SIZE, "-1", "x: \"-1\" is not a size (as 4096, 16K, 2.5M)" },
        { CT_SIZE, "1.K", "x: \"1.K\" is not a size (as 4096, 16K, 2.5M)" },
        { CT_SIZE, "10 K", "x: \"10 K\" is not a size (as 4096, 16K, 2.5M)" },
        { CT_SIZE, "10KB", "x: \"10KB\" is not a size (as 4096, 16K, 2.5M)" },
        { CT_SIZE, "0.1K", "x: \"0.1K\" is not a whole number of bytes" },
        { CT_SIZE, "0.5", "x: \"0.5\" is not a whole number of bytes" },
        { CT_SIZE, "8388608T", "x: \"8388608T\" is too great: the most is 9223372036854775807" },
        { CT_SIZE, "9223372036854775808", "x: \"9223372036854775808\" is too great: the most is 9223372036854775807" },
        { CT_DURATION, "10S", "x: \"10S\" is not a time (as 500ms, 10s, 5m, 1h)" },
        { CT_DURATION, "1h30m", "x: \"1h30m\" is not a time (as 500ms, 10s, 5m, 1h)" },
        { CT_DURATION, "0.0000001s", "x: \"0.0000001s\" is not a whole number of microseconds" },
        { CT_DURATION, "106751992d", "x: \"106751992d\" is too great: the most is 9223372036854775807us" },
        { CT_DURATION, "9223372036854.775808s",
          "x: \"9223372036854.775808s\" is too great: the most is 9223372036854775807us" },
        { CT_TEXT, "a\xff", "x: the value is not valid UTF-8" },
        { CT_INTEGER, "1\n2", "x: \"1?2\" is not a whole number (as 0, 42)" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        refused_with(rows[i].type, 0, 0, NULL, rows[i].text, rows[i].message);
}

static void test_bounds(void **state)
{
    (void)state;
    ct_typed typed;
    assert_true(ct_typed_parse("x", CT_SIZE, 1024, 1 << 20, NULL, "1K", &typed, NULL));
    assert_true(ct_typed_parse("x", CT_SIZE, 1024, 1 << 20, NULL, "1M", &typed, NULL));
    refused_with(CT_SIZE, 1024, 1 << 20, NULL, "1023", "x: \"1023\" is too small: the least is 1K");
    refused_with(CT_SIZE, 1024, 1 << 20, NULL, "1048577", "x: \"1048577\" is too great: the most is 1M");
    assert_true(ct_typed_parse("x", CT_INTEGER, -3, 0, NULL, "-3", &typed, NULL));
    assert_true(ct_typed_parse("x", CT_INTEGER, -3, 0, NULL, "0", &typed, NULL));
    refused_with(CT_INTEGER, -3, 0, NULL, "-4", "x: \"-4\" is too small: the least is -3");
    refused_with(CT_INTEGER, -3, 0, NULL, "1", "x: \"1\" is too great: the most is 0");
    refused_with(CT_INTEGER, 0, 10, NULL, "99999999999999999999",
                 "x: \"99999999999999999999\" is too great: the most is 10");
    refused_with(CT_DURATION, CT_SECOND, CT_DAY, NULL, "999999us", "x: \"999999us\" is too small: the least is 1s");
    refused_with(CT_DURATION, CT_SECOND, CT_DAY, NULL, "1441m", "x: \"1441m\" is too great: the most is 1d");
    assert_true(ct_typed_parse("x", CT_REAL, 0, 1, NULL, "1", &typed, NULL));
    refused_with(CT_REAL, 0, 1, NULL, "1.001", "x: \"1.001\" is too great: the most is 1");
    refused_with(CT_REAL, 0, 1, NULL, "-0.001", "x: \"-0.001\" is too small: the least is 0");
}

static void test_shown(void **state)
{
    (void)state;
    char ret[CT_SHOWN_TEXT], text[100];
    assert_string_equal(ct_shown("a\x1b[31m\x7f", ret), "a?[31m?");
    assert_string_equal(ct_shown("caf\xc3\xa9", ret), "caf\xc3\xa9");
    assert_string_equal(ct_shown("\xff", ret), "?");
    memset(text, 'a', sizeof(text));
    text[60] = '\0';
    assert_string_equal(ct_shown(text, ret), text);
    text[60] = 'a';
    text[61] = '\0';
    assert_string_equal(ct_shown(text, ret), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...");
    /* A character is not cut in two. */
    memcpy(text + 56, "\xc3\xa9xxxx", 7);
    assert_string_equal(ct_shown(text, ret), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...");
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        ct_type type;
        int64_t value;
        const char *text;
    } rows[] = {
        { CT_SIZE, 0, "0" },
        { CT_SIZE, 1, "1" },
        { CT_SIZE, 1024, "1K" },
        { CT_SIZE, 2621440, "2560K" },
        { CT_SIZE, INT64_C(1) << 50, "1024T" },
        { CT_SIZE, INT64_MAX, "9223372036854775807" },
        { CT_DURATION, 0, "0s" },
        { CT_DURATION, 1, "1us" },
        { CT_DURATION, 1500, "1500us" },
        { CT_DURATION, 90 * CT_SECOND, "90s" },
        { CT_DURATION, 75 * CT_MINUTE, "75m" },
        { CT_DURATION, CT_DAY, "1d" },
        { CT_INTEGER, 1024, "1024" },
        { CT_INTEGER, INT64_MIN, "-9223372036854775808" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[CT_TYPED_TEXT];
        ct_typed_format(rows[i].type, rows[i].value, text);
        assert_string_equal(text, rows[i].text);
    }
    char bounds[CT_BOUNDS_TEXT];
    ct_typed_format_bounds(CT_SIZE, 1024, 1 << 20, bounds);
    assert_string_equal(bounds, "1K to 1M");
    ct_typed_format_bounds(CT_INTEGER, 1, INT64_MAX, bounds);
    assert_string_equal(bounds, "at least 1");
    ct_typed_format_bounds(CT_DURATION, INT64_MIN, CT_MINUTE, bounds);
    assert_string_equal(bounds, "at most 1m");
    ct_typed_format_bounds(CT_INTEGER, 0, 0, bounds);
    assert_string_equal(bounds, "");
}

static void test_declarations(void **state)
{
    (void)state;
    ct_error error;
    assert_true(ct_typed_declared("x", CT_TEXT, 0, 0, NULL, &error));
    assert_true(ct_typed_declared("x", CT_REAL, -1, 1, NULL, &error));
    assert_true(ct_typed_declared("x", CT_CHOICE, 0, 0, "a, b", &error));
    static const struct {
        ct_type type;
        int64_t min, max;
        const char *choices, *message;
    } rows[] = {
        { (ct_type)99, 0, 0, NULL, "x: there is no type 99" },
        { CT_TEXT, 0, 5, NULL, "x: a text has no .min and .max" },
        { CT_FLAG, 1, 1, NULL, "x: a flag has no .min and .max" },
        { CT_INTEGER, 1, 0, NULL, "x: .min is above .max (for no end write INT64_MIN or INT64_MAX)" },
        { CT_CHOICE, 0, 0, NULL, "x: a choice needs .choices = \"one, another\"" },
        { CT_CHOICE, 0, 0, "", "x: a choice needs .choices = \"one, another\"" },
        { CT_CHOICE, 0, 0, "a,,b", "x: a choice needs .choices = \"one, another\"" },
        { CT_TEXT, 0, 0, "a", "x: .choices are for .type = CT_CHOICE" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(ct_typed_declared("x", rows[i].type, rows[i].min, rows[i].max, rows[i].choices, &error));
        assert_string_equal(error.message, rows[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_integers_and_flags),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_declarations),
    };
    return cmocka_run_group_tests_name("typed", tests, NULL, NULL);
}
