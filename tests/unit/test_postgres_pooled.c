/* PostgreSQL behind a pooler that shares connections by transactions (PgBouncer): nothing may be kept on a connection,
 * for the next statement may find itself on another. */
#include "database.h"
#include "postgres_server.h"

#include "db/postgres.h"

static const ct_app app = { .name = "blog" };

#define USERS 20

typedef struct user {
    ct_timer timer;
    struct ct c;
    ct_arena arena;
    ct_fiber *parent;
    int number, *left;
    bool good;
} user;

/* Two connections for twenty users: each transaction sees its own limits and its own rows. */
static void use(ct *c, int number)
{
    for (int i = 0; i < 5; i++) {
        ct_atomic(c) {
            assert_string_equal(ct_sql_value(c, "select current_setting('lock_timeout')", ARGS()).text, "10s");
            ct_sql_run(c, "insert into t values (?, ?)", ARGS(number, i));
            ct_sleep(c, CT_MILLISECOND);
            assert_int_equal(ct_sql_value(c, "select count(*) from t where a = ?", ARGS(number)).integer, i + 1);
        }
        assert_int_equal(ct_sql_value(c, "select max(b) from t where a = ?", ARGS(number)).integer, i);
    }
}

static void run_user(void *arg)
{
    user *own = arg;
    ct_catch catch;
    if (!ct_catch_begin(&own->c, &catch)) {
        use(&own->c, own->number);
        own->good = true;
        ct_catch_end(&own->c, &catch);
    }
    ct_run_deferred(&own->c, NULL);
    ct_arena_finish(&own->arena);
    if (--*own->left == 0)
        ct_fiber_wake(own->parent);
}

static void start_user(ct_timer *timer)
{
    assert_true(ct_fiber_start(ct_loop_current()->scheduler, run_user, CT_CONTAINER(timer, user, timer)));
}

/* Without the setting the pooler refuses what is set for a session. */
static void setting_is_named(ct *c)
{
    ct_db_entry *entry = &ct_work_databases(c)->entries[0];
    ct_db_target target = entry->target;
    ct_db_error error = { 0 };
    target.pooled = false;
    assert_null(entry->driver->open(c, &target, &error));
    assert_int_equal(error.trouble, CT_DB_REFUSED);
    if (!strstr(error.message, "unsupported startup parameter") ||
        !strstr(error.message, "set database_pooled to true"))
        fail_msg("%s", error.message);
}

static void is_shared(ct *c)
{
    static user users[USERS];
    static int left = USERS;
    run_sql(c, "create table t (a int, b int)");
    for (int i = 0; i < USERS; i++) {
        user *own = &users[i];
        *own = (user){ .number = i, .parent = ct_fiber_current(), .left = &left };
        ct_arena_init(&own->arena, NULL, 0);
        own->c.arena = &own->arena;
        own->c.site = c->site;
        own->c.deadline = INT64_MAX;
        ct_timer_init(&own->timer, start_user);
        ct_timer_set(&ct_loop_current()->timers, &own->timer, 0);
    }
    while (left)
        ct_wait(c, INT64_MAX);
    for (int i = 0; i < USERS; i++)
        assert_true(users[i].good);
    assert_int_equal(number_of(c, "select count(*) from t"), 5 * USERS);
    assert_int_equal(number_of(c, "select count(*) from pg_prepared_statements"), 0);
    ct_atomic(c) {
        run_sql(c, "insert into t values (-1, -1)");
        ct_rollback(c);
    }
    assert_int_equal(number_of(c, "select count(*) from t where a < 0"), 0);
    setting_is_named(c);
}

static void test_is_shared(void **state)
{
    (void)state;
    /* _CANTEEN_TEST_POSTGRES is the server of all: this one has a pooler. */
    postgres_server server;
    postgres_server_start(&server);
    postgres_server_tell(&server, "postgres_pool");
    const char *port = strrchr(server.url, ':') + 1;
    char url[512];
    snprintf(url, sizeof(url), "%.*s%d/postgres", (int)(port - server.url), server.url,
             (int)strtol(port, NULL, 10) - 10000);
    const ct_setting settings[] = { { .name = "database_pooled", .value = "true" }, { .name = NULL } };
    bool good = run_on(&app, url, settings, is_shared);
    postgres_server_stop(&server);
    if (!good)
        fail_msg("%s", database_run.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_is_shared) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
