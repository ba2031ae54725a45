/* Maps and arrays: order, overwriting, growth past the hash index, and mistakes that must end in a message. */
#include "made_request.h"

#include "canteen/value.h"
#include "canteen/work.h"

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
        cmocka_unit_test(an_array_keeps_what_is_added),
        cmocka_unit_test(null_pointers_are_null),
        cmocka_unit_test(unsigned_values_are_whole),
        cmocka_unit_test(mistakes_have_a_message),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
