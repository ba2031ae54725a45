/* Maps and arrays: order, overwriting, growth past the hash index, and mistakes that must end in a message. */
#include "made_request.h"

#include "canteen/value.h"
#include "canteen/work.h"
#include "shape/value.h"

static void a_map_keeps_the_order_of_insertion(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_work(&made);
    ct_map *map = ct_object(c, KV("b", 1), KV("a", true), KV("c", "text"));
    ct_map_set(map, "a", 2.5);
    assert_int_equal(ct_map_count(map), 3);
    assert_string_equal(ct_map_at(map, 0).key, "b");
    assert_string_equal(ct_map_at(map, 1).key, "a");
    assert_string_equal(ct_map_at(map, 2).key, "c");
    assert_int_equal(ct_map_get(map, "a").type, CT_VALUE_REAL);
    assert_true(ct_map_get(map, "a").real == 2.5);
    assert_string_equal(ct_map_get(map, "c").text, "text");
    assert_int_equal(ct_map_get(map, "d").type, CT_VALUE_NULL);
    drop_request(&made);
}

static void an_object_takes_the_last_of_equal_names(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_work(&made);
    ct_map *map = ct_object(c, KV("a", 1), KV("b", 2), KV("a", 3));
    assert_int_equal(ct_map_count(map), 2);
    assert_int_equal(ct_map_get(map, "a").integer, 3);
    assert_int_equal(ct_map_count(ct_object(c)), 0);
    drop_request(&made);
}

/* At each size around those where the index appears and the memory grows, every key is found and no other. */
static void a_map_finds_every_key_at_every_size(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_work(&made);
    ct_map *map = ct_map_new(c);
    for (int count = 0; count < 600; count++) {
        assert_int_equal(ct_map_get(map, ct_printf(c, "key %d", count)).type, CT_VALUE_NULL);
        ct_map_set(map, ct_printf(c, "key %d", count), count);
        ct_map_set(map, ct_printf(c, "key %d", count / 2), count / 2 + 0);
        assert_int_equal(ct_map_count(map), count + 1);
        for (int i = 0; i <= count && (count < 40 || count == 599); i++) {
            assert_int_equal(ct_map_get(map, ct_printf(c, "key %d", i)).integer, i);
            assert_int_equal(ct_map_at(map, (size_t)i).value.integer, i);
        }
    }
    drop_request(&made);
}

/* Names asked for come out of templates: neither a part of a key nor a key and more is that key, nor what has a NUL
 * where the key ends. */
static void only_the_whole_key_is_found(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_work(&made);
    for (int others = 0; others <= 20; others += 20) {
        ct_map *map = ct_object(c, KV("name", 1));
        for (int i = 0; i < others; i++)
            ct_map_set(map, ct_printf(c, "other %d", i), i);
        static const char asked[] = "name\0more";
        assert_non_null(ct_map_find(map, (ct_str){ asked, 4 }));
        assert_null(ct_map_find(map, (ct_str){ asked, 3 }));
        assert_null(ct_map_find(map, (ct_str){ asked, 5 }));
        assert_null(ct_map_find(map, (ct_str){ asked, 9 }));
        assert_null(ct_map_find(map, (ct_str){ asked, 0 }));
        ct_map_set(map, "", 2);
        assert_int_equal(ct_map_find(map, (ct_str){ NULL, 0 })->value.integer, 2);
    }
    drop_request(&made);
}

static void maps_and_arrays_need_no_work(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 4096);
    ct_array *array = ct_array_in(&arena, 0);
    assert_null(ct_array_in(&arena, SIZE_MAX / 2));
    int items = 0;
    while (ct_array_put(array, ct_value_of_int(items)))
        items++;
    assert_in_range(items, 64, 256);
    assert_int_equal(array->count, items);
    assert_int_equal(array->items[items - 1].integer, items - 1);
    static const char keys[][4] = { "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9",
                                    "l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9",
                                    "m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9" };
    size_t put = 0;
    ct_arena_finish(&arena);
    ct_arena_init(&arena, NULL, 1024);
    ct_map *map = ct_map_in(&arena, 2);
    while (put < CT_COUNT(keys) && ct_map_put(map, keys[put], ct_value_of_int((int64_t)put)))
        put++;
    assert_in_range(put, 8, CT_COUNT(keys) - 1);
    assert_int_equal(map->count, put);
    assert_null(ct_map_find(map, CT_STR("m9")));
    for (size_t i = 0; i < put; i++)
        assert_int_equal(ct_map_find(map, ct_str_of(keys[i]))->value.integer, i);
    ct_arena_finish(&arena);
}

static void safe_text_and_times_have_types_of_their_own(void **state)
{
    (void)state;
    ct_value safe = CT_VALUE(ct_safe("<b>"));
    assert_int_equal(safe.type, CT_VALUE_SAFE);
    assert_string_equal(safe.text, "<b>");
    assert_int_equal(ct_safe(NULL).type, CT_VALUE_NULL);
    ct_value time = CT_VALUE(ct_datetime(-5));
    assert_int_equal(time.type, CT_VALUE_DATETIME);
    assert_int_equal(time.time, -5);
}

static void an_array_keeps_what_is_added(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_work(&made);
    ct_array *array = ct_array_new(c);
    assert_int_equal(ct_array_count(array), 0);
    for (int i = 0; i < 1000; i++)
        ct_array_add(array, i);
    assert_int_equal(ct_array_count(array), 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ct_array_at(array, (size_t)i).integer, i);
    drop_request(&made);
}

static void null_pointers_are_null(void **state)
{
    (void)state;
    assert_int_equal(CT_VALUE((const char *)NULL).type, CT_VALUE_NULL);
    assert_int_equal(CT_VALUE((ct_map *)NULL).type, CT_VALUE_NULL);
    assert_int_equal(CT_VALUE((ct_array *)NULL).type, CT_VALUE_NULL);
}

static void unsigned_values_are_whole(void **state)
{
    (void)state;
    assert_int_equal(CT_VALUE((uint64_t)INT64_MAX).type, CT_VALUE_INT);
    assert_int_equal(CT_VALUE((uint64_t)INT64_MAX + 1).type, CT_VALUE_UINT);
    assert_true(CT_VALUE(UINT64_MAX).uinteger == UINT64_MAX);
}

static void mistakes_have_a_message(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_work(&made);
    ct_map *map = ct_object(c, KV("a", 1));
    ct_array *array = ct_array_new(c);
    assert_aborts(c, 500, "ct_map_at: there is no pair 1 in a map of 1", ct_map_at(map, 1));
    assert_aborts(c, 500, "ct_array_at: there is no item 0 in an array of 0", ct_array_at(array, 0));
    assert_aborts(c, 500, "ct_map_set: the key is NULL", ct_map_set(map, NULL, 1));
    drop_request(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_keeps_the_order_of_insertion),
        cmocka_unit_test(an_object_takes_the_last_of_equal_names),
        cmocka_unit_test(a_map_finds_every_key_at_every_size),
        cmocka_unit_test(only_the_whole_key_is_found),
        cmocka_unit_test(maps_and_arrays_need_no_work),
        cmocka_unit_test(safe_text_and_times_have_types_of_their_own),
        cmocka_unit_test(an_array_keeps_what_is_added),
        cmocka_unit_test(null_pointers_are_null),
        cmocka_unit_test(unsigned_values_are_whole),
        cmocka_unit_test(mistakes_have_a_message),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
