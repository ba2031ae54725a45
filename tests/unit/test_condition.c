/* Conditions: entity tags, each field by itself, and which one counts where several come together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "proto/condition.h"

#define NOW (784111777 * CT_SECOND) /* Sun, 06 Nov 1994 08:49:37 GMT */
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define EARLIER "Sun, 06 Nov 1994 08:49:36 GMT"
#define LATER "Sun, 06 Nov 1994 08:49:38 GMT"

enum { PROCEED = CT_CONDITION_PROCEED, NOT_MODIFIED = CT_CONDITION_NOT_MODIFIED, FAILED = CT_CONDITION_FAILED };

/* GET or PUT of a resource that is there or not yet there; the rest of the input as given. */
#define INPUT(get, there, ...)                                                                                         \
    ct_condition_check(&(const ct_condition_input){ .method_is_get_or_head = get, .exists = there, __VA_ARGS__ }, NOW)
#define GET(...) INPUT(true, true, __VA_ARGS__)
#define PUT(...) INPUT(false, true, __VA_ARGS__)
#define GET_NEW(...) INPUT(true, false, __VA_ARGS__)
#define PUT_NEW(...) INPUT(false, false, __VA_ARGS__)
#define TAGGED .etag = "\"v7\""
#define DATED .last_modified = NOW + CT_SECOND - 1

static void tags_of_the_grammar(void **state)
{
    (void)state;
    static const char *const good[] = { "\"\"", "W/\"\"", "\"v7\"", "W/\"v7\"", "\"a,b\"", "\"!#\xff~\\\"" };
    static const char *const bad[] = { "",        "v7",      "\"",      "\"v7",    "v7\"",     "w/\"v7\"",
                                       "W\"v7\"", "W/",      "W/v7",    "\"a b\"", "\"a\"b\"", "\"a\x7f\"",
                                       "\"a\t\"", "\"v7\" ", " \"v7\"", "*" };
    for (size_t i = 0; i < CT_COUNT(good); i++)
        assert_true(ct_etag_valid(good[i]));
    for (size_t i = 0; i < CT_COUNT(bad); i++)
        assert_false(ct_etag_valid(bad[i]));
}

/* The table of RFC 9110, 8.8.3.2. */
static void strong_and_weak_comparison(void **state)
{
    (void)state;
    assert_false(ct_etag_equal_strong("W/\"1\"", "W/\"1\""));
    assert_true(ct_etag_equal_weak("W/\"1\"", "W/\"1\""));
    assert_false(ct_etag_equal_strong("W/\"1\"", "W/\"2\""));
    assert_false(ct_etag_equal_weak("W/\"1\"", "W/\"2\""));
    assert_false(ct_etag_equal_strong("W/\"1\"", "\"1\""));
    assert_true(ct_etag_equal_weak("W/\"1\"", "\"1\""));
    assert_true(ct_etag_equal_strong("\"1\"", "\"1\""));
    assert_true(ct_etag_equal_weak("\"1\"", "\"1\""));
    assert_false(ct_etag_equal_weak("\"a\"", "\"A\""));
    assert_false(ct_etag_equal_weak("1", "1"));
}

static void no_condition_proceeds(void **state)
{
    (void)state;
    assert_int_equal(GET(TAGGED, DATED), PROCEED);
    assert_int_equal(PUT_NEW(TAGGED), PROCEED);
}

static void if_none_match(void **state)
{
    (void)state;
    assert_int_equal(GET(TAGGED, .if_none_match = "\"v7\""), NOT_MODIFIED);
    assert_int_equal(GET(TAGGED, .if_none_match = "W/\"v7\""), NOT_MODIFIED);
    assert_int_equal(GET(TAGGED, .if_none_match = "\"v6\""), PROCEED);
    assert_int_equal(GET(TAGGED, .if_none_match = "\"v6\" , ,W/\"a,b\",\"v7\""), NOT_MODIFIED);
    assert_int_equal(GET(.etag = "\"a,b\"", .if_none_match = "\"v6\", \"a,b\""), NOT_MODIFIED);
    assert_int_equal(GET(.etag = "\"b\"", .if_none_match = "\"a,\"b\",c\""), PROCEED);
    assert_int_equal(GET(TAGGED, .if_none_match = "\"v7\"x, \"v6\""), PROCEED);
    assert_int_equal(GET(TAGGED, .if_none_match = "v7, nonsense, \"v7\""), NOT_MODIFIED);
    assert_int_equal(GET(TAGGED, .if_none_match = "v7"), PROCEED);
    assert_int_equal(GET(TAGGED, .if_none_match = ""), PROCEED);
    assert_int_equal(GET(.if_none_match = "\"v7\""), PROCEED); /* no tag known */
    assert_int_equal(GET(.if_none_match = " * "), NOT_MODIFIED);
    assert_int_equal(GET_NEW(.if_none_match = "*"), PROCEED);
    assert_int_equal(PUT(.if_none_match = "*"), FAILED);
    assert_int_equal(PUT_NEW(.if_none_match = "*"), PROCEED);
    assert_int_equal(PUT(TAGGED, .if_none_match = "\"v7\""), FAILED);
}

static void if_match(void **state)
{
    (void)state;
    assert_int_equal(PUT(TAGGED, .if_match = "\"v7\""), PROCEED);
    assert_int_equal(PUT(TAGGED, .if_match = "\"v6\",\"v7\""), PROCEED);
    assert_int_equal(PUT(TAGGED, .if_match = "\"v6\""), FAILED);
    assert_int_equal(PUT(TAGGED, .if_match = "W/\"v7\""), FAILED);
    assert_int_equal(PUT(.etag = "W/\"v7\"", .if_match = "W/\"v7\""), FAILED);
    assert_int_equal(PUT(.if_match = "\"v7\""), FAILED);
    assert_int_equal(PUT(TAGGED, .if_match = ""), FAILED);
    assert_int_equal(PUT(TAGGED, .if_match = "v7"), FAILED);
    assert_int_equal(PUT(.if_match = "*"), PROCEED);
    assert_int_equal(PUT_NEW(.if_match = "*"), FAILED);
    assert_int_equal(PUT_NEW(TAGGED, .if_match = "\"v7\""), FAILED);
    assert_int_equal(GET(TAGGED, .if_match = "\"v6\""), FAILED);
}

static void if_modified_since(void **state)
{
    (void)state;
    assert_int_equal(GET(DATED, .if_modified_since = DATE), NOT_MODIFIED);
    assert_int_equal(GET(DATED, .if_modified_since = LATER), NOT_MODIFIED);
    assert_int_equal(GET(DATED, .if_modified_since = EARLIER), PROCEED);
    assert_int_equal(GET(.last_modified = NOW, .if_modified_since = DATE), NOT_MODIFIED);
    assert_int_equal(GET(.last_modified = NOW + CT_SECOND, .if_modified_since = DATE), PROCEED);
    assert_int_equal(GET(DATED, .if_modified_since = "Sunday, 06-Nov-94 08:49:37 GMT"), NOT_MODIFIED);
    assert_int_equal(GET(DATED, .if_modified_since = "yesterday"), PROCEED);
    assert_int_equal(GET(DATED, .if_modified_since = DATE ", " DATE), PROCEED);
    assert_int_equal(GET(.if_modified_since = DATE), PROCEED);
    assert_int_equal(PUT(DATED, .if_modified_since = DATE), PROCEED);
}

static void if_unmodified_since(void **state)
{
    (void)state;
    assert_int_equal(PUT(DATED, .if_unmodified_since = DATE), PROCEED);
    assert_int_equal(PUT(DATED, .if_unmodified_since = LATER), PROCEED);
    assert_int_equal(PUT(DATED, .if_unmodified_since = EARLIER), FAILED);
    assert_int_equal(GET(DATED, .if_unmodified_since = EARLIER), FAILED);
    assert_int_equal(PUT(DATED, .if_unmodified_since = "yesterday"), PROCEED);
    assert_int_equal(PUT(.if_unmodified_since = EARLIER), PROCEED);
}

static void precedence(void **state)
{
    (void)state;
    /* Tags make dates of the same direction count for nothing, */
    assert_int_equal(GET(TAGGED, DATED, .if_match = "\"v7\"", .if_unmodified_since = EARLIER), PROCEED);
    assert_int_equal(GET(TAGGED, DATED, .if_match = "\"v6\"", .if_unmodified_since = DATE), FAILED);
    assert_int_equal(GET(TAGGED, DATED, .if_none_match = "\"v6\"", .if_modified_since = DATE), PROCEED);
    assert_int_equal(GET(TAGGED, DATED, .if_none_match = "\"v7\"", .if_modified_since = EARLIER), NOT_MODIFIED);
    /* also where they are malformed; */
    assert_int_equal(GET(TAGGED, DATED, .if_none_match = "v7", .if_modified_since = DATE), PROCEED);
    /* 412 comes before 304; */
    assert_int_equal(GET(TAGGED, .if_match = "\"v6\"", .if_none_match = "\"v7\""), FAILED);
    assert_int_equal(GET(TAGGED, DATED, .if_unmodified_since = EARLIER, .if_none_match = "\"v7\""), FAILED);
    /* and what holds passes on to the next. */
    assert_int_equal(GET(TAGGED, .if_match = "\"v7\"", .if_none_match = "\"v7\""), NOT_MODIFIED);
    assert_int_equal(GET(TAGGED, DATED, .if_unmodified_since = DATE, .if_modified_since = DATE), NOT_MODIFIED);
}

static void if_range(void **state)
{
    (void)state;
    assert_true(ct_condition_if_range("\"v7\"", "\"v7\"", 0));
    assert_true(ct_condition_if_range(" \"v7\" ", "\"v7\"", 0));
    assert_false(ct_condition_if_range("\"v6\"", "\"v7\"", NOW));
    assert_false(ct_condition_if_range("W/\"v7\"", "\"v7\"", NOW));
    assert_false(ct_condition_if_range("W/\"v7\"", "W/\"v7\"", NOW));
    assert_false(ct_condition_if_range("\"v7\", \"v7\"", "\"v7\"", NOW));
    assert_false(ct_condition_if_range("\"v7\"", NULL, NOW));
    assert_false(ct_condition_if_range("v7", "\"v7\"", NOW));
    assert_false(ct_condition_if_range("", "\"v7\"", NOW));
    assert_true(ct_condition_if_range(DATE, NULL, NOW));
    assert_true(ct_condition_if_range(DATE, NULL, NOW + CT_SECOND - 1));
    assert_true(ct_condition_if_range("Sunday, 06-Nov-94 08:49:37 GMT", NULL, NOW));
    assert_false(ct_condition_if_range(EARLIER, NULL, NOW));
    assert_false(ct_condition_if_range(LATER, NULL, NOW)); /* exactly, not "no newer" */
    assert_false(ct_condition_if_range(DATE, "\"v7\"", 0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_of_the_grammar),
        cmocka_unit_test(strong_and_weak_comparison),
        cmocka_unit_test(no_condition_proceeds),
        cmocka_unit_test(if_none_match),
        cmocka_unit_test(if_match),
        cmocka_unit_test(if_modified_since),
        cmocka_unit_test(if_unmodified_since),
        cmocka_unit_test(precedence),
        cmocka_unit_test(if_range),
    };
    return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
