/* Reading JSON: what is accepted becomes the right value, everything else is refused with a message that says where and
 * why. */
#include "base/buffer.h"
#include "base/common.h"
#include "canteen/value.h"
#include "shape/json_read.h"
#include "shape/json_write.h"
#include "shape/value.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ct_arena arena;

static int set_up(void **state)
{
    (void)state;
    ct_arena_init(&arena, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ct_arena_finish(&arena);
    return 0;
}

/* From memory of exactly that size: reading beyond its end is an error that the sanitizers see. */
static bool read_bytes(const char *bytes, size_t length, ct_value *ret_value, ct_error *error)
{
    char *text = ct_xmalloc(length + !length);
    memcpy(text, bytes, length);
    bool read = ct_json_read((ct_str){ text, length }, &arena, ret_value, error);
    free(text);
    return read;
}

static ct_value value_of(const char *text)
{
    ct_value value;
    ct_error error;
    if (!read_bytes(text, strlen(text), &value, &error))
        fail_msg("%s: %s", text, error.message);
    return value;
}

static void assert_refused_bytes(const char *bytes, size_t length, const char *message)
{
    ct_value value = ct_value_of_int(42);
    ct_error error = { 0 };
    assert_false(read_bytes(bytes, length, &value, &error));
    assert_string_equal(error.message, message);
    assert_int_equal(error.status, 400);
    assert_int_equal(value.integer, 42); /* untouched */
}

static void assert_refused(const char *text, const char *message)
{
    assert_refused_bytes(text, strlen(text), message);
}

static void assert_text(const char *json, const char *expected)
{
    ct_value value = value_of(json);
    assert_int_equal(value.type, CT_VALUE_TEXT);
    assert_string_equal(value.text, expected);
}

static void assert_real(const char *json, double expected)
{
    ct_value value = value_of(json);
    assert_int_equal(value.type, CT_VALUE_REAL);
    if (value.real != expected || signbit(value.real) != signbit(expected))
        fail_msg("%s is %a, not %a", json, value.real, expected);
}

static void assert_int(const char *json, int64_t expected)
{
    ct_value value = value_of(json);
    assert_int_equal(value.type, CT_VALUE_INT);
    assert_true(value.integer == expected);
}

/* ---- values ---- */

static void every_kind_of_value(void **state)
{
    (void)state;
    ct_value value =
        value_of(" {\"yes\" : true,\r\n\t\"no\":false, \"none\":null, \"list\":[ 1 , \"two\",{ },[ ], 2.5 ]} ");
    assert_int_equal(value.type, CT_VALUE_MAP);
    assert_int_equal(value.map->count, 4);
    const ct_kv *pairs = value.map->pairs;
    assert_string_equal(pairs[0].key, "yes");
    assert_true(pairs[0].value.type == CT_VALUE_BOOL && pairs[0].value.boolean);
    assert_string_equal(pairs[1].key, "no");
    assert_true(pairs[1].value.type == CT_VALUE_BOOL && !pairs[1].value.boolean);
    assert_string_equal(pairs[2].key, "none");
    assert_int_equal(pairs[2].value.type, CT_VALUE_NULL);
    assert_string_equal(pairs[3].key, "list");
    assert_int_equal(pairs[3].value.type, CT_VALUE_ARRAY);
    const ct_array *list = pairs[3].value.array;
    assert_int_equal(list->count, 5);
    assert_int_equal(list->items[0].integer, 1);
    assert_string_equal(list->items[1].text, "two");
    assert_int_equal(list->items[2].map->count, 0);
    assert_int_equal(list->items[3].array->count, 0);
    assert_true(list->items[4].real == 2.5);
}

static void any_value_may_stand_alone(void **state)
{
    (void)state;
    assert_int_equal(value_of("null").type, CT_VALUE_NULL);
    assert_true(value_of("true").boolean);
    assert_text("\"\"", "");
    assert_int("7", 7);
}

static void the_last_of_equal_names_counts(void **state)
{
    (void)state;
    ct_value value = value_of("{\"a\":1,\"b\":2,\"\\u0061\":3,\"\":4}");
    assert_int_equal(value.map->count, 3);
    assert_int_equal(ct_map_find(value.map, CT_STR("a"))->value.integer, 3);
    assert_int_equal(ct_map_find(value.map, CT_STR(""))->value.integer, 4);
    assert_string_equal(value.map->pairs[0].key, "a");
}

static void many_items_and_names(void **state)
{
    (void)state;
    ct_buffer text = { 0 };
    ct_buffer_char(&text, '{');
    for (int i = 0; i < 1000; i++)
        ct_buffer_printf(&text, "%s\"name %d\":[%d,%d]", i ? "," : "", i, i, -i);
    ct_buffer_char(&text, '}');
    ct_value value = value_of(ct_buffer_text(&text));
    ct_buffer_finish(&text);
    assert_int_equal(value.map->count, 1000);
    for (int i = 0; i < 1000; i++) {
        char name[24];
        snprintf(name, sizeof(name), "name %d", i);
        const ct_array *pair = ct_map_find(value.map, ct_str_of(name))->value.array;
        assert_int_equal(pair->count, 2);
        assert_int_equal(pair->items[0].integer, i);
        assert_int_equal(pair->items[1].integer, -i);
    }
}

/* ---- numbers ---- */

static void whole_numbers_to_the_last_digit(void **state)
{
    (void)state;
    assert_int("0", 0);
    assert_int("-0", 0);
    assert_int("9223372036854775807", INT64_MAX);
    assert_int("-9223372036854775808", INT64_MIN);
    ct_value value = value_of("9223372036854775808");
    assert_true(value.type == CT_VALUE_UINT && value.uinteger == UINT64_C(1) << 63);
    value = value_of("18446744073709551615");
    assert_true(value.type == CT_VALUE_UINT && value.uinteger == UINT64_MAX);
}

static void beyond_64_bits_numbers_are_reals(void **state)
{
    (void)state;
    assert_real("18446744073709551616", 0x1p64);
    assert_real("-9223372036854775809", -0x1p63);
    assert_real("100000000000000000000000000000000000000000000000000000000000000000000000", 1e71);
}

static void reals_are_rounded_properly(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0.0",
        "-0.0",
        "1.0",
        "0.1",
        "-2.5",
        "1e0",
        "1E5",
        "1e+5",
        "1e-5",
        "0e0",
        "0E-999999999999",
        "1.5e3",
        "3.141592653589793",
        "123456789.987654321",
        "9007199254740992.0",
        "9007199254740993.0",
        "9007199254740993e0",
        "0.30000000000000004",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "5e-324",
        "2e-324",
        "1e-400",
        "1.7976931348623157e308",
        "1e22",
        "1e23",
        "8.5e-23",
        "1e-22",
        "1e-23",
        "0.000000000000000000000000000001",
        "18446744073709551615.0",
        "18446744073709551616.5",
        "179769313486231570000000000000000000000.5e270",
    };
    for (size_t i = 0; i < CT_COUNT(numbers); i++)
        assert_real(numbers[i], strtod(numbers[i], NULL));
}

/* Zeros that cancel an exponent: the number is small, its text is not. */
static void long_fractions_and_exponents(void **state)
{
    (void)state;
    char text[20100];
    for (int zeros = 9990; zeros < 10010; zeros++) {
        int length = snprintf(text, sizeof(text), "0.%0*d", zeros, 0);
        snprintf(text + length, sizeof(text) - (size_t)length, "1e%d", zeros);
        assert_real(text, 0.1);
    }
    int length = snprintf(text, sizeof(text), "1%0*d", 20000, 0);
    snprintf(text + length, sizeof(text) - (size_t)length, "e-20000");
    assert_real(text, 1);
}

static void numbers_that_are_none(void **state)
{
    (void)state;
    assert_refused("01", "line 1, column 1: a number has no zero in front");
    assert_refused("-01", "line 1, column 2: a number has no zero in front");
    assert_refused("-", "line 1, column 2: a digit must follow the '-' of a number");
    assert_refused("-Infinity", "line 1, column 2: a digit must follow the '-' of a number");
    assert_refused("1.", "line 1, column 3: a digit must follow the point of a number");
    assert_refused("[1.]", "line 1, column 4: a digit must follow the point of a number");
    assert_refused("1.e5", "line 1, column 3: a digit must follow the point of a number");
    assert_refused("1e", "line 1, column 3: a digit must follow the 'e' of a number");
    assert_refused("1e+", "line 1, column 4: a digit must follow the 'e' of a number");
    assert_refused("+1", "line 1, column 1: a number begins with a digit or '-', not with '+'");
    assert_refused(".5", "line 1, column 1: a number begins with a digit or '-', not with '.'");
    assert_refused("0x10", "line 1, column 2: expected nothing after the value, found 'x10'");
    assert_refused("1_000", "line 1, column 2: expected nothing after the value, found '_000'");
    assert_refused("[1e309]", "line 1, column 2: the number is too large");
    assert_refused("-1e999999999999999999999", "line 1, column 1: the number is too large");
}

/* ---- text ---- */

static void escapes_mean_characters(void **state)
{
    (void)state;
    assert_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    assert_text("\"a\\u0041\\u00e9\\u20AC\\uffff\\u007f\\u0080\\u07ff\\u0800z\"",
                "aA\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80z");
    assert_text("\"\\ud83c\\udf88\"", "\xF0\x9F\x8E\x88");
    assert_text("\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    assert_text("\"\\u0001\x7F\"", "\x01\x7F");
    assert_text("\"Gr\xC3\xBC\xC3\x9F"
                "e \xF0\x9F\x8E\x88\"",
                "Gr\xC3\xBC\xC3\x9F"
                "e \xF0\x9F\x8E\x88");
}

/* A special character at every place of texts of every length around the eight bytes that are looked at at once. */
static void escapes_at_every_place(void **state)
{
    (void)state;
    for (size_t length = 1; length < 40; length++)
        for (size_t place = 0; place < length; place++) {
            char json[64] = "\"", expected[64] = "";
            memset(json + 1, 'x', length + 1);
            memcpy(json + 1 + place, "\\n", 2);
            json[length + 2] = '"';
            memset(expected, 'x', length);
            expected[place] = '\n';
            assert_text(json, expected);
        }
}

static void text_that_is_none(void **state)
{
    (void)state;
    assert_refused("\"abc", "line 1, column 1: the text that begins here has no closing '\"'");
    assert_refused("[\"", "line 1, column 2: the text that begins here has no closing '\"'");
    assert_refused("\"\\\"", "line 1, column 1: the text that begins here has no closing '\"'");
    assert_refused("\"\\", "line 1, column 1: the text that begins here has no closing '\"'");
    assert_refused("\"a\nb\"", "line 1, column 3: a line break in text is written \\n");
    assert_refused("\"a\rb\"", "line 1, column 3: a line break in text is written \\r");
    assert_refused("\"a\tb\"", "line 1, column 3: a control character in text is written \\u0009");
    assert_refused("\"\\n\x1F\"", "line 1, column 4: a control character in text is written \\u001f");
    assert_refused("\"\\x41\"",
                   "line 1, column 2: a backslash before 'x41' means nothing in JSON (itself it is written \\\\)");
    assert_refused("\"\\\xC3\xA4\"",
                   "line 1, column 2: a backslash before U+00E4 means nothing in JSON (itself it is written \\\\)");
    assert_refused("'a'", "line 1, column 1: text stands in double quotes, not in single ones");
}

static void unicode_escapes_that_are_none(void **state)
{
    (void)state;
    assert_refused("\"\\u\"", "line 1, column 2: \\u takes four hexadecimal digits");
    assert_refused("\"a\\u123\"", "line 1, column 3: \\u takes four hexadecimal digits");
    assert_refused("\"\\u12g4\"", "line 1, column 2: \\u takes four hexadecimal digits");
    assert_refused("\"\\u+123\"", "line 1, column 2: \\u takes four hexadecimal digits");
    assert_refused("\"\\ud800\"", "line 1, column 2: \\ud800 is half of a surrogate pair and no character of its own");
    assert_refused("\"\\udc00\\ud800\"",
                   "line 1, column 2: \\udc00 is half of a surrogate pair and no character of its own");
    assert_refused("\"\\ud800\\u0041\"",
                   "line 1, column 2: \\ud800 is half of a surrogate pair and no character of its own");
    assert_refused("\"\\udbff\\n\"",
                   "line 1, column 2: \\udbff is half of a surrogate pair and no character of its own");
}

static void nul_is_refused_in_any_form(void **state)
{
    (void)state;
    assert_refused("[\"a\\u0000b\"]", "line 1, column 4: \\u0000: text cannot hold a NUL");
    assert_refused("{\"\\u0000\":1}", "line 1, column 3: \\u0000: text cannot hold a NUL");
    assert_refused_bytes("\"a\0b\"", 5, "line 1, column 3: a control character in text is written \\u0000");
    assert_refused_bytes("1\0", 2, "line 1, column 2: expected nothing after the value, found U+0000");
    assert_refused_bytes("\0", 1, "line 1, column 1: expected a value, found U+0000");
}

static void what_is_no_utf8_is_refused(void **state)
{
    (void)state;
    assert_refused("[\"\xC3\xA4\xFF\"]", "line 1, column 4: this is no UTF-8");
    assert_refused("\"\xC0\xAF\"", "line 1, column 2: this is no UTF-8");
    assert_refused("\n\"\xED\xA0\x80\"", "line 2, column 2: this is no UTF-8");
    assert_refused("\"\xF4\x90\x80\x80\"", "line 1, column 2: this is no UTF-8");
    assert_refused("\"\xC3\xA4\x80\"", "line 1, column 3: this is no UTF-8");
    assert_refused("1 \xE2\x82", "line 1, column 3: this is no UTF-8");
    assert_refused("\xEF\xBB\xBF{}",
                   "line 1, column 1: a byte order mark (U+FEFF) stands before the value: save the text without it");
}

/* ---- structure ---- */

static void values_that_are_none(void **state)
{
    (void)state;
    assert_refused("", "line 1, column 1: expected a value, found the end of the text");
    assert_refused(" \n ", "line 2, column 2: expected a value, found the end of the text");
    assert_refused("True", "line 1, column 1: 'True' is no value of JSON: did you mean true?");
    assert_refused("[None]", "line 1, column 2: 'None' is no value of JSON: did you mean null?");
    assert_refused("NaN", "line 1, column 1: 'NaN' is no value of JSON: did you mean null?");
    assert_refused("nulls", "line 1, column 1: expected a value, found 'nulls'");
    assert_refused("tru", "line 1, column 1: expected a value, found 'tru'");
    assert_refused("abcdefghijklmnopqrstuvwxyzabc",
                   "line 1, column 1: expected a value, found 'abcdefghijklmnopqrstuvwx'");
    assert_refused("// note\n1", "line 1, column 1: expected a value, found '/': JSON has no comments");
    assert_refused("# note\n1", "line 1, column 1: expected a value, found '#': JSON has no comments");
    assert_refused("\xC2\xA0"
                   "1",
                   "line 1, column 1: expected a value, found U+00A0");
    assert_refused("[\v1]", "line 1, column 2: expected a value, found U+000B");
    assert_refused("\xF0\x9F\x8E\x88", "line 1, column 1: expected a value, found U+1F388");
    assert_refused("[,1]", "line 1, column 2: expected a value, found ','");
    assert_refused("]", "line 1, column 1: expected a value, found ']'");
}

static void arrays_that_are_none(void **state)
{
    (void)state;
    assert_refused("[1,\n 2,\n]", "line 2, column 3: nothing follows this comma: remove it");
    assert_refused("[1,,2]", "line 1, column 4: expected a value, found ','");
    assert_refused("[1 2]", "line 1, column 4: expected ',' or ']' for the '[' of line 1, column 1, found '2'");
    assert_refused("[1}", "line 1, column 3: expected ',' or ']' for the '[' of line 1, column 1, found '}'");
    assert_refused("[\n [1",
                   "line 2, column 4: expected ',' or ']' for the '[' of line 2, column 2, found the end of the text");
    assert_refused("[", "line 1, column 2: expected a value, found the end of the text");
    assert_refused("[1,", "line 1, column 4: expected a value, found the end of the text");
    assert_refused("[1] ]", "line 1, column 5: expected nothing after the value, found ']'");
}

static void objects_that_are_none(void **state)
{
    (void)state;
    assert_refused("{\"a\":1,}", "line 1, column 7: nothing follows this comma: remove it");
    assert_refused("{a:1}", "line 1, column 2: expected a name in double quotes, found 'a'");
    assert_refused("{1:1}", "line 1, column 2: expected a name in double quotes, found '1'");
    assert_refused("{'a':1}", "line 1, column 2: expected a name in double quotes, found '''");
    assert_refused("{,}", "line 1, column 2: expected a name in double quotes, found ','");
    assert_refused("{\"a\" 1}", "line 1, column 6: expected ':' after the name, found '1'");
    assert_refused("{\"a\"", "line 1, column 5: expected ':' after the name, found the end of the text");
    assert_refused("{\"a\":}", "line 1, column 6: expected a value, found '}'");
    assert_refused("{\"a\":1 \"b\":2}",
                   "line 1, column 8: expected ',' or '}' for the '{' of line 1, column 1, found '\"'");
    assert_refused("{\"a\":1]", "line 1, column 7: expected ',' or '}' for the '{' of line 1, column 1, found ']'");
    assert_refused("{", "line 1, column 2: expected a name in double quotes, found the end of the text");
    assert_refused("{\"a\n\":1}", "line 1, column 4: a line break in text is written \\n");
}

static void places_count_characters(void **state)
{
    (void)state;
    assert_refused("[\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\x88\", x]", "line 1, column 9: expected a value, found 'x'");
    assert_refused("{\r\n  \"a\": 1,\r\n  \"b\": x\r\n}", "line 3, column 8: expected a value, found 'x'");
}

/* ---- limits ---- */

static void a_hundred_levels_and_no_more(void **state)
{
    (void)state;
    ct_buffer deep = ct_buffer_in(&arena);
    for (int i = 0; i < CT_JSON_DEPTH; i++)
        ct_buffer_str(&deep, i % 2 ? CT_STR("[") : CT_STR("{\"\":"));
    ct_buffer_char(&deep, '1');
    for (int i = CT_JSON_DEPTH - 1; i >= 0; i--)
        ct_buffer_char(&deep, i % 2 ? ']' : '}');
    ct_value value = value_of(ct_buffer_text(&deep));
    for (int i = 0; i < CT_JSON_DEPTH; i++)
        value = i % 2 ? value.array->items[0] : value.map->pairs[0].value;
    assert_int_equal(value.integer, 1);

    char text[CT_JSON_DEPTH + 2] = "";
    memset(text, '[', CT_JSON_DEPTH + 1);
    assert_refused(text, "line 1, column 101: objects and arrays nest deeper than 100");
    text[CT_JSON_DEPTH] = '{';
    assert_refused(text, "line 1, column 101: objects and arrays nest deeper than 100");
}

/* Whatever does not fit is refused, wherever the limit is passed; what fits is read. */
static void memory_is_limited(void **state)
{
    (void)state;
    const char *text = "{\"a\":[1,2,3,4,5,6,7,8,9],\"b\\n\":\"text\",\"c\":[],\"d\":{},\"e\":1.00000000000000000001}";
    ct_value value;
    ct_error error;
    size_t limit = 16;
    for (;; limit += 16) {
        ct_arena_finish(&arena);
        ct_arena_init(&arena, NULL, limit);
        error = (ct_error){ 0 };
        if (read_bytes(text, strlen(text), &value, &error))
            break;
        assert_int_equal(error.status, 413);
        assert_non_null(strstr(error.message, ": what was read up to here takes too much memory"));
    }
    assert_in_range(limit, 300, 2000);
    assert_int_equal(value.map->count, 5);
}

static void an_error_need_not_be_asked_for(void **state)
{
    (void)state;
    ct_value value;
    assert_false(ct_json_read((ct_str){ NULL, 0 }, &arena, &value, NULL));
}

/* Numbers that would come back as others stay as they are written. */
static void numbers_stay_exact_where_that_is_asked_for(void **state)
{
    (void)state;
    static const char *const kept[] = {
        "12345678901234567890123",
        "-9223372036854775809",
        "0.1234567890123456789",
        "1e400",
        "-1.5E-320",
        "0.30000000000000004",
        "1e-400",
    };
    static const char *const others[] = { "18446744073709551615", "-9223372036854775808", "0.1", "1.5e200", "-2.5" };
    ct_value value;
    for (size_t i = 0; i < CT_COUNT(kept); i++) {
        ct_buffer out = ct_buffer_in(&arena);
        assert_true(ct_json_read_exactly(ct_str_of(kept[i]), &arena, &value, NULL));
        assert_int_equal(value.type, CT_VALUE_NUMERAL);
        assert_true(ct_json_write(&out, value, 0));
        assert_string_equal(ct_buffer_text(&out), kept[i]);
    }
    for (size_t i = 0; i < CT_COUNT(others); i++) {
        assert_true(ct_json_read_exactly(ct_str_of(others[i]), &arena, &value, NULL));
        assert_int_not_equal(value.type, CT_VALUE_NUMERAL);
    }
    assert_false(ct_json_read_exactly(CT_STR("01"), &arena, &value, NULL));
    assert_true(ct_json_read_stored(CT_STR("0.1234567890123456789"), &arena, &value, NULL));
    assert_int_equal(value.type, CT_VALUE_REAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_value_may_stand_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_of_equal_names_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_items_and_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whole_numbers_to_the_last_digit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(beyond_64_bits_numbers_are_reals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reals_are_rounded_properly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_fractions_and_exponents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_stay_exact_where_that_is_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(escapes_mean_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(escapes_at_every_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_that_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unicode_escapes_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nul_is_refused_in_any_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_utf8_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(arrays_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(objects_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_count_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hundred_levels_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_is_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_error_need_not_be_asked_for, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
