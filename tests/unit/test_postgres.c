/* The PostgreSQL driver, on a real server: kinds of values, errors, statements that share connections. */
#include "database.h"

#include "db/postgres.h"

static const ct_app app = { .name = "blog" };

/* ---- values ---- */

static void one_of_each(ct *c)
{
    assert_int_equal(number_of(c, "select 41 + 1"), 42);
    assert_int_equal(number_of(c, "select count(*) from pg_class where oid = 1259"), 1);
    ct_value value = ct_sql_value(c, "select ?::text || '!'", ARGS("hällo"));
    assert_string_equal(value.text, "hällo!");
}

static void test_one_of_each(void **state)
{
    (void)state;
    on_postgres(&app, one_of_each);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
