/* Lists from PostgreSQL, a row by one call of the driver: with NULL in the first, the last and all columns, and with
 * more columns than have a plan. */
#include "database.h"

CT_MODEL(Sort, (text, label));
CT_MODEL(Thing, (text, name, .null = true), (integer, number, .null = true), (real, share, .null = true),
         (boolean, good, .null = true), (datetime, at, .null = true), (date, day, .null = true),
         (ref, sort, Sort, .null = true, .on_delete = CT_CASCADE));
CT_MODEL(Wide, (integer, a0, .null = true), (integer, a1, .null = true), (integer, a2, .null = true),
         (integer, a3, .null = true), (integer, a4, .null = true), (integer, a5, .null = true),
         (integer, a6, .null = true), (integer, a7, .null = true), (integer, a8, .null = true),
         (integer, a9, .null = true), (integer, b0, .null = true), (integer, b1, .null = true),
         (integer, b2, .null = true), (integer, b3, .null = true), (integer, b4, .null = true),
         (integer, b5, .null = true), (integer, b6, .null = true), (integer, b7, .null = true),
         (integer, b8, .null = true), (integer, b9, .null = true), (integer, c0, .null = true),
         (integer, c1, .null = true), (integer, c2, .null = true), (integer, c3, .null = true),
         (integer, c4, .null = true), (integer, c5, .null = true), (integer, c6, .null = true),
         (integer, c7, .null = true), (integer, c8, .null = true), (integer, c9, .null = true), (text, d0),
         (integer, d1, .null = true), (text, d2, .null = true));

static const ct_app app = { .name = "lists", .models = MODELS(Sort, Thing, Wide) };

static void rows_are_read(ct *c)
{
    make_tables(c);
    Sort *sort = ct_create(c, Sort, .label = "a sort");
    ct_create(c, Thing, .name = "a plain name", .number = INT64_MIN, .share = -0.5, .good = true, .at = 1234567,
              .day = { 20000 }, .sort_id = sort->id);
    run_sql(c, "insert into lists_thing default values");
    ct_create(c, Thing, .name = "", .number = 0, .share = 0, .good = false, .at = 0, .day = { 0 });
    ct_create(c, Thing, .name = "d\xc3\xa9j\xc3\xa0 vu, d\xc3\xa9j\xc3\xa0 lu", .number = -1);
    ct_list(Thing) *things = ct_select(c, Thing, .order_by = "id", .with = "sort");
    assert_int_equal(ct_list_count(things), 4);
    const Thing *first = ct_list_at(things, 0), *empty = ct_list_at(things, 1), *zero = ct_list_at(things, 2);
    assert_string_equal(first->name, "a plain name");
    assert_true(first->number == INT64_MIN && first->share == -0.5 && first->good && first->at == 1234567);
    assert_true(first->day.days == 20000 && !first->row.nulls);
    assert_string_equal(first->sort->label, "a sort");
    assert_null(empty->name);
    assert_true(ct_is_null(empty, number) && ct_is_null(empty, share) && ct_is_null(empty, good));
    assert_true(ct_is_null(empty, at) && ct_is_null(empty, day) && ct_is_null(empty, sort_id) && !empty->sort);
    assert_string_equal(zero->name, "");
    assert_false(ct_is_null(zero, number) || ct_is_null(zero, share) || ct_is_null(zero, good));
    assert_false(ct_is_null(zero, at) || ct_is_null(zero, day));
    assert_string_equal(ct_list_at(things, 3)->name, "d\xc3\xa9j\xc3\xa0 vu, d\xc3\xa9j\xc3\xa0 lu");
    assert_true(ct_list_at(things, 3)->number == -1);
}

static void test_rows_are_read(void **state)
{
    (void)state;
    on_postgres(&app, rows_are_read);
}

static void many_columns_are_read(ct *c)
{
    make_tables(c);
    ct_create(c, Wide, .a0 = 1, .c9 = 2, .d0 = "text", .d1 = 3, .d2 = "end");
    ct_create(c, Wide, .a0 = 4, .c9 = 5, .d0 = "more");
    ct_list(Wide) *rows = ct_select(c, Wide, .order_by = "id");
    const Wide *a = ct_list_at(rows, 0), *b = ct_list_at(rows, 1);
    assert_true(a->a0 == 1 && a->c9 == 2 && a->d1 == 3 && ct_is_null(a, a1) && !ct_is_null(a, d1));
    assert_string_equal(a->d0, "text");
    assert_string_equal(a->d2, "end");
    assert_true(b->a0 == 4 && b->c9 == 5 && ct_is_null(b, d1) && !b->d2);
    assert_string_equal(b->d0, "more");
}

static void test_many_columns_are_read(void **state)
{
    (void)state;
    on_postgres(&app, many_columns_are_read);
}

static void other_types_are_read(ct *c)
{
    make_tables(c);
    run_sql(c, "insert into lists_thing (name, number, share) values ('x', 12, 1.5)",
            "alter table lists_thing alter number type integer, alter share type numeric");
    const Thing *thing = ct_first(c, Thing);
    assert_true(thing->number == 12 && thing->share == 1.5);
}

static void test_other_types_are_read(void **state)
{
    (void)state;
    on_postgres(&app, other_types_are_read);
}

static void what_does_not_fit_is_told(ct *c)
{
    make_tables(c);
    run_sql(c, "insert into lists_thing (name, number) values ('x', 12)",
            "alter table lists_thing alter number type text");
    assert_aborts_with(c, 500, "the field number of lists.Thing", (void)ct_first(c, Thing));
}

static void test_what_does_not_fit_is_told(void **state)
{
    (void)state;
    on_postgres(&app, what_does_not_fit_is_told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_read),
        cmocka_unit_test(test_many_columns_are_read),
        cmocka_unit_test(test_other_types_are_read),
        cmocka_unit_test(test_what_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
