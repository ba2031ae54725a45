/* Raw SQL, rows into shapes, errors: on both databases. */
#include "database.h"

static const ct_app app = { .name = "shop" };

CT_SHAPE(Item, (integer, id), (text, name), (real, weight), (boolean, sold), (datetime, made));

static void make_items(ct *c)
{
    run_sql(c, "create table item (id integer primary key, name text not null unique, weight double precision)");
}

static void rows_come_back(ct *c)
{
    make_items(c);
    assert_int_equal(ct_sql_run(c, "insert into item values (?, ?, ?), (?, ?, ?)",
                                ARGS(1, "a 'quoted' name", 1.5, 2, "b", (const char *)NULL)),
                     2);
    CT_CHECK_EQ(ct_sql_value(c, "select count(*) from item", ARGS()), 2);
    CT_CHECK_EQ(ct_sql_value(c, "select name from item where id = ?", ARGS(1)), "a 'quoted' name");
    CT_CHECK_EQ(ct_sql_value(c, "select name from item where id = ?", ARGS(3)), ct_value_null());
    ct_array *maps = ct_sql_maps(c, "select id, weight from item order by id", ARGS());
    CT_CHECK_EQ(ct_array_count(maps), 2);
    CT_CHECK_EQ(ct_query_count(c), 6);
}

static void test_rows_come_back(void **state)
{
    (void)state;
    on_databases(&app, rows_come_back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
