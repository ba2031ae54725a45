/* Range: which bytes are served, when 416 is right, and when the field is as good as absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "proto/range.h"

#include <string.h>

#define MAX 4

/* The ranges as pairs of first byte and length. */
static void assert_ranges(const char *header, uint64_t size, unsigned count, const ct_range *expected)
{
    ct_range ranges[MAX];
    unsigned found = 0;
    if (ct_range_parse(header, size, ranges, MAX, &found) != CT_RANGE_SATISFIABLE)
        fail_msg("not satisfiable: %s", header);
    assert_int_equal(found, count);
    for (unsigned i = 0; i < count; i++) {
        assert_true(ranges[i].first == expected[i].first);
        assert_true(ranges[i].length == expected[i].length);
    }
}

#define RANGES(header, size, ...)                                                                                      \
    assert_ranges(header, size, CT_COUNT(((const ct_range[]){ __VA_ARGS__ })), (const ct_range[]){ __VA_ARGS__ })

static void assert_result(const char *header, uint64_t size, ct_range_result expected)
{
    ct_range ranges[MAX];
    unsigned count = 77;
    ct_range_result result = ct_range_parse(header, size, ranges, MAX, &count);
    if (result != expected)
        fail_msg("%s: %d instead of %d", header, result, expected);
    assert_int_equal(count, 77);
}

static void single_ranges(void **state)
{
    (void)state;
    RANGES("bytes=0-499", 10000, { 0, 500 });
    RANGES("bytes=500-999", 10000, { 500, 500 });
    RANGES("bytes=-500", 10000, { 9500, 500 });
    RANGES("bytes=9500-", 10000, { 9500, 500 });
    RANGES("bytes=0-0", 1, { 0, 1 });
    RANGES("Bytes=0-0", 1, { 0, 1 });
    RANGES(" bytes= 0-0 ", 1, { 0, 1 });
    RANGES("bytes=0-", 1, { 0, 1 });
    RANGES("bytes=-1", 10, { 9, 1 });
}

static void ends_are_cut_to_the_size(void **state)
{
    (void)state;
    RANGES("bytes=9-10", 10, { 9, 1 });
    RANGES("bytes=0-99999999999999999999999", 10, { 0, 10 });
    RANGES("bytes=-11", 10, { 0, 10 });
    RANGES("bytes=-99999999999999999999999", 10, { 0, 10 });
    RANGES("bytes=18446744073709551614-", UINT64_MAX, { UINT64_MAX - 1, 1 });
    RANGES("bytes=0-", UINT64_MAX, { 0, UINT64_MAX });
}

static void beyond_the_end_is_416(void **state)
{
    (void)state;
    assert_result("bytes=10-", 10, CT_RANGE_UNSATISFIABLE);
    assert_result("bytes=10-20", 10, CT_RANGE_UNSATISFIABLE);
    assert_result("bytes=-0", 10, CT_RANGE_UNSATISFIABLE);
    assert_result("bytes=0-0", 0, CT_RANGE_UNSATISFIABLE);
    assert_result("bytes=0-,5-6,-0", 0, CT_RANGE_UNSATISFIABLE);
    assert_result("bytes=99999999999999999999-99999999999999999999", 10, CT_RANGE_UNSATISFIABLE);
    assert_result("bytes=18446744073709551615-", UINT64_MAX, CT_RANGE_UNSATISFIABLE);
    RANGES("bytes=10-20, 9-9, -0", 10, { 9, 1 }); /* one that can be served is enough */
}

static void suffix_of_nothing_is_ignored(void **state)
{
    (void)state;
    assert_result("bytes=-5", 0, CT_RANGE_IGNORE);
    assert_result("bytes=0-0,-5", 0, CT_RANGE_IGNORE);
}

static void malformed_is_ignored(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "bytes",       "bytes=",      "bytes=,",    "bytes=-",    "bytes=5-4",     "bytes=0-0,5-4",
        "bytes=a-b", "bytes=0",     "bytes=0-1-2", "bytes=--1",  "bytes=0 -1", "bytes=0- 1",    "bytes =0-1",
        "bytes:0-1", "items=0-1",   "byte=0-1",    "bytess=0-1", "bytes=+0-1", "bytes=0-1;2-3", "bytes=0x0-1",
        "0-1",       "bytes=0-1, x"
    };
    for (size_t i = 0; i < CT_COUNT(bad); i++)
        assert_result(bad[i], 10, CT_RANGE_IGNORE);
}

static void several_keep_their_order(void **state)
{
    (void)state;
    RANGES("bytes=0-0,-1", 10000, { 0, 1 }, { 9999, 1 });
    RANGES("bytes=50-59, 10-19 ,, 30-39,", 100, { 50, 10 }, { 10, 10 }, { 30, 10 });
}

static void overlapping_or_touching_become_one(void **state)
{
    (void)state;
    RANGES("bytes=500-600,601-999", 10000, { 500, 500 });
    RANGES("bytes=500-700,601-999", 10000, { 500, 500 });
    RANGES("bytes=601-999,500-600", 10000, { 500, 500 });
    RANGES("bytes=0-0,2-2", 10, { 0, 1 }, { 2, 1 });
    RANGES("bytes=0-0,2-2,1-1", 10, { 0, 3 });
    RANGES("bytes=8-8,0-0,4-4,1-7", 10, { 0, 9 });
    RANGES("bytes=9-9,0-0,4-4,1-6", 10, { 9, 1 }, { 0, 7 });
    RANGES("bytes=0-,0-,0-,0-", 10, { 0, 10 });
}

static void more_than_the_limit_is_ignored(void **state)
{
    (void)state;
    RANGES("bytes=0-0,2-2,4-4,6-6", 10, { 0, 1 }, { 2, 1 }, { 4, 1 }, { 6, 1 });
    assert_result("bytes=0-0,2-2,4-4,6-6,8-8", 10, CT_RANGE_IGNORE);
    assert_result("bytes=0-0,0-0,0-0,0-0,0-0", 10, CT_RANGE_IGNORE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_ranges),
        cmocka_unit_test(ends_are_cut_to_the_size),
        cmocka_unit_test(beyond_the_end_is_416),
        cmocka_unit_test(suffix_of_nothing_is_ignored),
        cmocka_unit_test(malformed_is_ignored),
        cmocka_unit_test(several_keep_their_order),
        cmocka_unit_test(overlapping_or_touching_become_one),
        cmocka_unit_test(more_than_the_limit_is_ignored),
    };
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
