/* The hash map: finds what was set, by content, in order of insertion, through growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"

#include <stdio.h>

static int values[4];

static void finds_by_content(void **state)
{
    (void)state;
    ct_strmap map;
    ct_strmap_init(&map, NULL);
    char key[] = "name", same[] = "name";
    assert_null(ct_strmap_get(&map, CT_STR("name")));
    assert_null(ct_strmap_set(&map, ct_str_of(key), &values[0]));
    assert_ptr_equal(ct_strmap_get(&map, ct_str_of(same)), &values[0]);
    assert_null(ct_strmap_get(&map, CT_STR("Name")));
    assert_null(ct_strmap_get(&map, CT_STR("nam")));
    assert_null(ct_strmap_get(&map, CT_STR("name\0")));
    ct_strmap_finish(&map);
    assert_null(ct_strmap_get(&map, CT_STR("name")));
}

static void empty_key_is_a_key(void **state)
{
    (void)state;
    ct_strmap map;
    ct_strmap_init(&map, NULL);
    assert_null(ct_strmap_set(&map, (ct_str){ NULL, 0 }, &values[0]));
    assert_ptr_equal(ct_strmap_get(&map, CT_STR("")), &values[0]);
    ct_strmap_finish(&map);
}

static void replacing_keeps_the_place(void **state)
{
    (void)state;
    ct_strmap map;
    ct_strmap_init(&map, NULL);
    ct_strmap_set(&map, CT_STR("a"), &values[0]);
    ct_strmap_set(&map, CT_STR("b"), &values[1]);
    assert_ptr_equal(ct_strmap_set(&map, CT_STR("a"), &values[2]), &values[0]);
    assert_int_equal(map.count, 2);
    assert_ptr_equal(map.entries[0].value, &values[2]);
    assert_ptr_equal(map.entries[1].value, &values[1]);
    ct_strmap_finish(&map);
}

static void many_entries(ct_arena *arena)
{
    static char keys[5000][8];
    ct_strmap map;
    ct_strmap_init(&map, arena);
    for (size_t i = 0; i < CT_COUNT(keys); i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        assert_null(ct_strmap_set(&map, ct_str_of(keys[i]), keys[i]));
    }
    assert_int_equal(map.count, CT_COUNT(keys));
    for (size_t i = 0; i < CT_COUNT(keys); i++) {
        assert_ptr_equal(ct_strmap_get(&map, ct_str_of(keys[i])), keys[i]);
        assert_ptr_equal(map.entries[i].value, keys[i]);
    }
    assert_null(ct_strmap_get(&map, CT_STR("k5000")));
    assert_false(map.failed);
    ct_strmap_finish(&map);
}

static void thousands_on_the_heap_and_in_an_arena(void **state)
{
    (void)state;
    many_entries(NULL);
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    many_entries(&arena);
    ct_arena_finish(&arena);
}

static void arena_limit_drops_the_entry_and_says_so(void **state)
{
    (void)state;
    static char keys[1000][8];
    ct_arena arena;
    ct_arena_init(&arena, NULL, 2000);
    ct_strmap map;
    ct_strmap_init(&map, &arena);
    size_t stored = 0;
    for (size_t i = 0; i < CT_COUNT(keys) && !map.failed; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        ct_strmap_set(&map, ct_str_of(keys[i]), keys[i]);
        stored += !map.failed;
    }
    assert_true(map.failed);
    assert_int_equal(map.count, stored);
    assert_true(stored >= 8);
    for (size_t i = 0; i < stored; i++)
        assert_ptr_equal(ct_strmap_get(&map, ct_str_of(keys[i])), keys[i]);
    assert_null(ct_strmap_get(&map, ct_str_of(keys[stored])));
    ct_arena_finish(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_content),
        cmocka_unit_test(empty_key_is_a_key),
        cmocka_unit_test(replacing_keeps_the_place),
        cmocka_unit_test(thousands_on_the_heap_and_in_an_arena),
        cmocka_unit_test(arena_limit_drops_the_entry_and_says_so),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
