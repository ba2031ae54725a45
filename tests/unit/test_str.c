/* Text: comparing, cutting, numbers at their ends, UTF-8, hashing, and the distance of words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "base/str.h"

static void assert_str(ct_str actual, const char *expected)
{
    assert_non_null(actual.data);
    assert_int_equal(actual.length, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.length);
}

static void comparing(void **state)
{
    (void)state;
    const ct_str none = { NULL, 0 };
    assert_true(ct_str_eq(none, CT_STR("")));
    assert_true(ct_str_eq(CT_STR("ab"), ct_str_of("ab")));
    assert_false(ct_str_eq(CT_STR("ab"), CT_STR("aB")));
    assert_true(ct_str_eq_nocase(CT_STR("Content-TYPE"), CT_STR("content-type")));
    assert_false(ct_str_eq_nocase(CT_STR("a"), CT_STR("ab")));
    assert_false(ct_str_eq_nocase(CT_STR("@["), CT_STR("`{"))); /* 0x20 apart, but no letters */
    assert_false(ct_str_eq_nocase(CT_STR("\xc4"), CT_STR("\xe4")));
    assert_true(ct_str_starts(CT_STR("abc"), CT_STR("ab")));
    assert_true(ct_str_starts(CT_STR("abc"), none));
    assert_true(ct_str_starts(none, none));
    assert_false(ct_str_starts(CT_STR("ab"), CT_STR("abc")));
    assert_true(ct_str_ends(CT_STR("abc"), CT_STR("bc")));
    assert_true(ct_str_ends(none, CT_STR("")));
    assert_false(ct_str_ends(CT_STR("abc"), CT_STR("ab")));
    assert_false(ct_str_ends(CT_STR("bc"), CT_STR("abc")));
}

static void trimming(void **state)
{
    (void)state;
    assert_str(ct_str_trim(CT_STR(" \t a b\t ")), "a b");
    assert_str(ct_str_trim(CT_STR("\ra\n")), "\ra\n");
    assert_str(ct_str_trim(CT_STR("  ")), "");
    assert_int_equal(ct_str_trim((ct_str){ NULL, 0 }).length, 0);
}

static void cutting_at_a_separator(void **state)
{
    (void)state;
    ct_str rest = CT_STR("a, b ,,c");
    assert_str(ct_str_next(&rest, ','), "a");
    assert_str(ct_str_next(&rest, ','), "b");
    assert_str(ct_str_next(&rest, ','), "");
    assert_str(ct_str_next(&rest, ','), "c");
    assert_null(rest.data);
    assert_null(ct_str_next(&rest, ',').data);
    rest = CT_STR("x,");
    assert_str(ct_str_next(&rest, ','), "x");
    assert_str(ct_str_next(&rest, ','), "");
    assert_null(rest.data);
}

static void unsigned_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "-",
                                       "-1",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1x",
                                       "0x1",
                                       "18446744073709551616",
                                       "99999999999999999999",
                                       "184467440737095516150" };
    uint64_t value = 7;
    for (size_t i = 0; i < CT_COUNT(bad); i++)
        assert_false(ct_str_to_uint64(ct_str_of(bad[i]), &value));
    assert_false(ct_str_to_uint64(CT_STR("1\0"), &value));
    assert_int_equal(value, 7);
    assert_true(ct_str_to_uint64(CT_STR("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_true(ct_str_to_uint64(CT_STR("00000000000000000000000012"), &value));
    assert_int_equal(value, 12);
}

static void signed_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "-", "--1", "+1", "- 1", "1-", "9223372036854775808", "-9223372036854775809"
    };
    int64_t value = 7;
    for (size_t i = 0; i < CT_COUNT(bad); i++)
        assert_false(ct_str_to_int64(ct_str_of(bad[i]), &value));
    assert_int_equal(value, 7);
    assert_true(ct_str_to_int64(CT_STR("9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
    assert_true(ct_str_to_int64(CT_STR("-9223372036854775808"), &value));
    assert_true(value == INT64_MIN);
    assert_true(ct_str_to_int64(CT_STR("-0"), &value));
    assert_int_equal(value, 0);
    assert_true(ct_str_to_int64(CT_STR("-12"), &value));
    assert_int_equal(value, -12);
}

typedef struct utf8_case {
    const char *bytes;
    bool valid;
} utf8_case;

/* Each also after 0 to 20 letters of ASCII and with some behind, so that it crosses the words of the fast path. */
static void utf8_by_rfc_3629(void **state)
{
    (void)state;
    static const utf8_case cases[] = {
        { "a", true },
        { "\x7f", true },
        { "\xc2\x80", true },
        { "\xdf\xbf", true },
        { "\xe0\xa0\x80", true },
        { "\xed\x9f\xbf", true },
        { "\xee\x80\x80", true },
        { "\xef\xbf\xbf", true },
        { "\xf0\x90\x80\x80", true },
        { "\xf4\x8f\xbf\xbf", true },
        { "\x80", false },
        { "\xbf", false },
        { "\xc0\x80", false },
        { "\xc1\xbf", false },
        { "\xc2", false },
        { "\xc2\xc0", false },
        { "\xe0\x9f\xbf", false },
        { "\xed\xa0\x80", false },
        { "\xed\xbf\xbf", false },
        { "\xe1\x80", false },
        { "\xe1\x80\xc0", false },
        { "\xf0\x8f\xbf\xbf", false },
        { "\xf4\x90\x80\x80", false },
        { "\xf1\x80\x80", false },
        { "\xf1\x80\x80\x7f", false },
        { "\xf5\x80\x80\x80", false },
        { "\xff", false },
        { "\xfe", false },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        for (size_t before = 0; before <= 20; before++) {
            char text[64];
            memset(text, 'x', sizeof(text));
            size_t length = strlen(cases[i].bytes);
            memcpy(text + before, cases[i].bytes, length);
            assert_int_equal(ct_utf8_valid(text, before + length), cases[i].valid);
            assert_int_equal(ct_utf8_valid(text, before + length + 20), cases[i].valid);
        }
    }
    assert_true(ct_utf8_valid("", 0));
    assert_true(ct_utf8_valid("a\0b", 3));
    assert_true(ct_utf8_valid(NULL, 0));
}

/* Chains of a table degrade when keys of one shape fall together: none of these may. */
static void hash_tells_keys_apart(void **state)
{
    (void)state;
    static uint64_t hashes[2000];
    char text[64] = { 0 };
    size_t count = 0;
    for (size_t length = 0; length <= sizeof(text); length++)
        hashes[count++] = ct_hash(text, length);
    for (size_t at = 0; at < sizeof(text); at++) {
        for (int bit = 0; bit < 8; bit++) {
            text[at] = (char)(1 << bit);
            hashes[count++] = ct_hash(text, sizeof(text));
            if (at < 16)
                hashes[count++] = ct_hash(text, 16);
            if (at < 3)
                hashes[count++] = ct_hash(text, 3);
        }
        text[at] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            assert_true(hashes[i] != hashes[j]);
    }
    char unaligned[80] = "x0123456789012345678901234567890123456789";
    assert_true(ct_hash(unaligned + 1, 40) == ct_hash("0123456789012345678901234567890123456789", 40));
    assert_true(ct_hash(NULL, 0) == ct_hash("", 0));
}

static void distances(void **state)
{
    (void)state;
    char word63[64], word64[65];
    memset(word63, 'a', 63);
    memset(word64, 'a', 64);
    word63[63] = word64[64] = '\0';
    assert_int_equal(ct_str_distance("", ""), 0);
    assert_int_equal(ct_str_distance("", "abc"), 3);
    assert_int_equal(ct_str_distance("abc", ""), 3);
    assert_int_equal(ct_str_distance("port", "port"), 0);
    assert_int_equal(ct_str_distance("port", "prot"), 1);
    assert_int_equal(ct_str_distance("kitten", "sitting"), 3);
    assert_int_equal(ct_str_distance("routes", "route"), 1);
    assert_int_equal(ct_str_distance(word63, ""), 63);
    assert_int_equal(ct_str_distance(word63, word63), 0);
    assert_int_equal(ct_str_distance(word63, word64), 64);
    assert_int_equal(ct_str_distance(word64, word64), 64);
}

static void what_does_not_fit_ends_in_dots(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected; /* in 8 bytes */
    } cases[] = { { "", "" },
                  { "sevens!", "sevens!" },
                  { "eight by", "eigh..." },
                  { "much longer", "much..." },
                  { "ab\u00e4\u00e4\u00e4\u00e4", "ab\u00e4..." },
                  { "abc\u00e4\u00e4\u00e4", "abc..." },
                  { "\U0001f600\U0001f600\U0001f600", "\U0001f600..." } };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char room[8];
        ct_say(room, sizeof(room), "%s", cases[i].text);
        assert_string_equal(room, cases[i].expected);
    }
    char small[3];
    ct_say(small, sizeof(small), "%s", "long");
    assert_string_equal(small, "lo");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparing),
        cmocka_unit_test(trimming),
        cmocka_unit_test(cutting_at_a_separator),
        cmocka_unit_test(unsigned_numbers),
        cmocka_unit_test(signed_numbers),
        cmocka_unit_test(utf8_by_rfc_3629),
        cmocka_unit_test(hash_tells_keys_apart),
        cmocka_unit_test(distances),
        cmocka_unit_test(what_does_not_fit_ends_in_dots),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
