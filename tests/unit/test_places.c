/* The places of pointers: few and many are found alike, and many in a few steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/places.h"

#define MANY 50000

static void finds_each_at_its_place(void **state)
{
    (void)state;
    static const char pointers[200];
    ct_arena arena;
    ct_places places = { 0 };
    ct_arena_init(&arena, NULL, 0);
    for (int32_t i = 0; i < 200; i++) {
        assert_int_equal(ct_places_find(&places, &pointers[i]), -1);
        assert_true(ct_places_add(&places, &arena, &pointers[i]));
        for (int32_t j = 0; j <= i; j++)
            assert_int_equal(ct_places_find(&places, &pointers[j]), j);
    }
    assert_int_equal(places.count, 200);
    assert_ptr_equal(places.items[150], &pointers[150]);
    ct_arena_finish(&arena);
}

static void the_first_place_counts(void **state)
{
    (void)state;
    static const char pointers[40];
    ct_arena arena;
    ct_places places = { 0 };
    ct_arena_init(&arena, NULL, 0);
    for (int32_t i = 0; i < 40; i++)
        assert_true(ct_places_add(&places, &arena, &pointers[i]) && ct_places_add(&places, &arena, &pointers[i]));
    for (int32_t i = 0; i < 40; i++)
        assert_int_equal(ct_places_find(&places, &pointers[i]), 2 * i);
    ct_arena_finish(&arena);
}

static void few_take_no_hash(void **state)
{
    (void)state;
    static const char pointers[CT_PLACES_WALKED + 1];
    ct_arena arena;
    ct_places places = { 0 };
    ct_arena_init(&arena, NULL, 0);
    for (int32_t i = 0; i < CT_PLACES_WALKED; i++)
        assert_true(ct_places_add(&places, &arena, &pointers[i]));
    assert_null(places.hash);
    assert_true(ct_places_add(&places, &arena, &pointers[CT_PLACES_WALKED]));
    assert_non_null(places.hash);
    ct_arena_finish(&arena);
}

/* The longest row of taken slots is the most that any search compares. */
static uint32_t longest_search(const ct_places *places)
{
    uint32_t row = 0, longest = 0, size = UINT32_C(1) << places->bits;
    for (uint32_t i = 0; i < 2 * size; i++) {
        row = places->hash[i % size] ? row + 1 : 0;
        longest = CT_MAX(longest, row);
    }
    return longest;
}

static void many_are_found_in_a_few_steps(void **state)
{
    (void)state;
    static const char pointers[MANY * 96];
    static const size_t distances[] = { 1, 8, 16, 32, 48, 64, 80, 96 };
    for (size_t d = 0; d < CT_COUNT(distances); d++) {
        ct_arena arena;
        ct_places places = { 0 };
        ct_arena_init(&arena, NULL, 0);
        for (size_t i = 0; i < MANY; i++)
            assert_true(ct_places_add(&places, &arena, pointers + i * distances[d]));
        assert_in_range(longest_search(&places), 1, 100);
        ct_arena_finish(&arena);
    }
}

static void past_the_limit_nothing_is_added(void **state)
{
    (void)state;
    static const char pointers[10000];
    ct_arena arena;
    ct_places places = { 0 };
    ct_arena_init(&arena, NULL, 20000);
    uint32_t count = 0;
    while (count < 10000 && ct_places_add(&places, &arena, &pointers[count]))
        count++;
    assert_in_range(count, 1, 9999);
    assert_int_equal(places.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(ct_places_find(&places, &pointers[i]), i);
    ct_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_at_its_place),
        cmocka_unit_test(the_first_place_counts),
        cmocka_unit_test(few_take_no_hash),
        cmocka_unit_test(many_are_found_in_a_few_steps),
        cmocka_unit_test(past_the_limit_nothing_is_added),
    };
    return cmocka_run_group_tests_name("places", tests, NULL, NULL);
}
