/* What a request asks of a database is counted: for tests, and in the development log. */
#include <canteen.h>

#include "performed.h"

static ct_response *asks(ct *c)
{
    const char *times = ct_query(c, "times");
    for (int i = 0; i < (times ? (int)strtol(times, NULL, 10) : 1); i++)
        ct_sql_value(c, "select ?", ARGS(i));
    return ct_text(c, ct_printf(c, "%zu", ct_query_count(c)));
}

static ct_response *asks_nothing(ct *c)
{
    return ct_text(c, "nothing");
}

static const ct_app app = { .name = "counted",
                            .routes = ROUTES(GET("/", asks), GET("/none", asks_nothing)),
                            .settings = SETTINGS(SET("database_url", "sqlite::memory:")) };

static void counts_its_own_and_its_clients(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    CT_CHECK_QUERIES(0)
    ct_client_get(web, "/none");
    CT_CHECK_QUERIES(4)
    {
        CT_CHECK_EQ(ct_client_get(web, "/?times=2")->body, "2");
        CT_CHECK_QUERIES(1)
        ct_sql_value(c, "select 1", ARGS());
        CT_CHECK_EQ(ct_client_get(ct_client_new(c, &app), "/")->body, "1");
    }
    CT_CHECK_EQ(ct_query_count(c), 1);
    for (int i = 0; i < 3; i++)
        CT_CHECK_QUERIES(1)
        {
            ct_sql_value(c, "select 1", ARGS());
            break;
        }
}

static void shows_what_there_was(ct *c)
{
    CT_CHECK_QUERIES(1)
    {
        ct_sql_value(c, "select 1", ARGS());
        ct_sql_value(c, "select 'two'", ARGS());
    }
}

static void aborts_in_it(ct *c, void *arg)
{
    (void)arg;
    CT_CHECK_QUERIES(1)
    ct_abort(c, 404, "gone");
}

static void forgets_after_an_abort(ct *c)
{
    CT_CHECK_ABORTS(404, aborts_in_it, NULL);
    CT_CHECK_QUERIES(1)
    ct_sql_value(c, "select 1", ARGS());
}

static void test_statements_are_counted(void **state)
{
    (void)state;
    assert_passes(&app, counts_its_own_and_its_clients);
    assert_passes(&app, forgets_after_an_abort);
    assert_fails(&app, shows_what_there_was,
                 "tests/unit/test_query_count.c:46: CT_CHECK_QUERIES(1): 2 were sent:\n"
                 "    select 1\n    select 'two'");
}

static void asks_with_debug(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .settings = SETTINGS(SET("debug", "true"), SET("access_log", "true")));
    ct_client_get(web, "/none");
    ct_client_get(web, "/?times=9");
    CT_CHECK_EQ(ct_client_get(web, "/?times=12")->status, 200);
}

static void asks_in_production(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .settings = SETTINGS(SET("access_log", "true")));
    ct_client_get(web, "/?times=12");
}

static void asks_with_log(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .settings = SETTINGS(SET("database_log", "true")));
    ct_client_get(web, "/");
}

static size_t count_in_log(const char *words)
{
    size_t count = 0;
    for (const char *at = performed_log; (at = strstr(at, words)) != NULL; at += strlen(words))
        count++;
    return count;
}

static void test_the_development_log_tells(void **state)
{
    (void)state;
    assert_passes(&app, asks_with_debug);
    assert_int_equal(count_in_log(" 9 queries "), 1);
    assert_int_equal(count_in_log(" 12 queries "), 1);
    assert_int_equal(count_in_log("quer"), 3); /* those, and the warning's "query" */
    assert_int_equal(count_in_log("one statement ran 12 times in this request"), 1);
    assert_int_equal(count_in_log(": select ?1"), 1);
    assert_passes(&app, asks_in_production);
    assert_int_equal(count_in_log("quer"), 0);
    assert_passes(&app, asks_with_log);
    assert_int_equal(count_in_log("database default: select ?1 ("), 1);
}

/* ---- a database that is not there ---- */

static const ct_app lost = { .name = "lost",
                             .routes = ROUTES(GET("/", asks), GET("/none", asks_nothing)),
                             .settings = SETTINGS(SET("database_url", "sqlite:/nonexistent/folder/app.db")) };

static void asks_for_what_is_not_there(ct *c)
{
    ct_client *web = ct_client_new(c, &lost);
    CT_CHECK_EQ(ct_client_get(web, "/none")->status, 200);
    const ct_reply *r = ct_client_get(web, "/");
    CT_CHECK_EQ(r->status, 503);
    CT_CHECK_EQ(ct_reply_header(r, "Retry-After"), "5");
    CT_CHECK_LACKS(r->body, "nonexistent");
}

static void test_a_database_that_is_not_there_is_503(void **state)
{
    (void)state;
    assert_passes(&lost, asks_for_what_is_not_there);
    assert_int_equal(count_in_log("GET /: 503 the database \"default\" (sqlite:/nonexistent/folder/app.db) cannot be "
                                  "reached: the file \"/nonexistent/folder/app.db\" cannot be opened: No such file or "
                                  "directory"),
                     1);
    assert_int_equal(count_in_log("\n"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements_are_counted),
        cmocka_unit_test(test_the_development_log_tells),
        cmocka_unit_test(test_a_database_that_is_not_there_is_503),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
