/* Migrations that are not atomic and stop half way: the next run goes on behind what is done. */
#include "canteen/operations.h"
#include "database.h"

#include "db/migrate.h"
#include "net/work.h"

static int calls;
static bool aborts;

static void call(ct *c)
{
    calls++;
    if (aborts)
        ct_abort(c, 500, "not today");
}

CT_MIGRATION(polls, 0001_initial, .operations = OPERATIONS(CREATE_MODEL("Choice", (text, words), (integer, votes))));
CT_MIGRATION(polls, 0002_steps, .not_atomic = true, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(ADD_FIELD("Choice", (integer, a, .null = true)), RUN(call, call),
                                      ADD_INDEX_CONCURRENTLY("Choice", INDEX("votes", .name = "by_votes")),
                                      RUN_SQL("INSERT INTO wanted VALUES (1)", "INSERT INTO wanted VALUES (2)"),
                                      ALTER_FIELD("Choice", (text, votes)),
                                      REMOVE_INDEX_CONCURRENTLY("Choice", INDEX("votes", .name = "by_votes"))));
static const ct_migration *const list[] = { &polls_0001_initial, &polls_0002_steps, NULL };
static const ct_app polls = { .name = "polls", .migrations = list };

/* ---- helpers ---- */

static char said[4096];

static void keep_line(void *arg, const char *line)
{
    (void)arg;
    snprintf(said, sizeof(said), "%s", line);
}

static void finish_arena(void *arg)
{
    ct_arena_finish(arg);
}

/* To a migration, or "zero"; `*ret_done`: of the last one's steps. */
static ct_migrated go(ct *c, const char *name, bool fake, ct_error *error, size_t *ret_done)
{
    ct_arena *arena = ct_alloc(c, sizeof(*arena));
    ct_migrator m;
    ct_problems problems = { 0 };
    ct_arena_init(arena, NULL, 0);
    ct_defer(c, finish_arena, arena); /* a function may abort */
    assert_true(ct_migrate_open(&m, c, NULL, arena, &problems));
    m.say = keep_line;
    m.lock_timeout = CT_SECOND;
    said[0] = '\0';
    bool zero = strcmp(name, "zero") == 0;
    const ct_node *target = zero ? NULL : ct_history_find(&m.history, "polls", name, error);
    ct_plan plan = ct_history_plan(&m.history, "polls", target, zero);
    ct_migrated done = CT_MIGRATED_DONE;
    for (size_t i = 0; i < plan.count && done != CT_MIGRATED_FAILED; i++)
        done = ct_migrate_step(&m, plan.steps[i], &(ct_migrate_options){ .fake = fake }, error);
    *ret_done = m.steps_done;
    return done;
}

static void succeeds(ct *c, const char *name)
{
    ct_error error;
    size_t done;
    if (go(c, name, false, &error, &done) != CT_MIGRATED_DONE)
        fail_msg("to %s: %s", name, error.message);
    assert_aborts_with(c, 500, "canteen_migrations_steps",
                       number_of(c, "select count(*) from canteen_migrations_steps"));
}

/* Returns how many steps were done. */
static size_t fails(ct *c, const char *name, const char *words)
{
    ct_error error;
    size_t done;
    assert_int_equal(go(c, name, false, &error, &done), CT_MIGRATED_FAILED);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" is not in \"%s\"", words, error.message);
    return done;
}

static bool is_postgres(ct *c)
{
    return strcmp(ct_db_site_entry(ct_work_databases(c), "default")->driver->name, "sqlite") != 0;
}

/* ---- tests ---- */

static void going_on(ct *c)
{
    succeeds(c, "0001");
    run_sql(c, "insert into polls_choice (words, votes) values ('a', 7)");
    calls = 0;
    size_t done = fails(c, "0002", "wanted");
    assert_int_equal(calls, 1);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations"), 1);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations_steps"), (int)done);
    assert_int_equal(fails(c, "0002", "wanted"), done);
    assert_non_null(strstr(said, "Going on with step"));
    run_sql(c, "create table wanted (a integer)");
    succeeds(c, "0002");
    assert_int_equal(calls, 1);
    assert_int_equal(number_of(c, "select count(*) from wanted"), 1);
    assert_int_equal(number_of(c, "select count(*) from polls_choice where votes = '7' and a is null"), 1);
    /* and back */
    run_sql(c, "update polls_choice set votes = 'x'");
    fails(c, "0001", is_postgres(c) ? "invalid input" : "INTEGER");
    run_sql(c, "update polls_choice set votes = '8'");
    succeeds(c, "0001");
    assert_int_equal(calls, 2);
    assert_int_equal(number_of(c, "select votes from polls_choice"), 8);
    assert_int_equal(number_of(c, "select count(*) from wanted where a = 2"), 1);
}

static void test_going_on(void **state)
{
    (void)state;
    on_databases(&polls, going_on);
}

static void try_0002(ct *c, void *arg)
{
    (void)arg;
    ct_error error;
    size_t done;
    go(c, "0002", false, &error, &done);
}

/* A function that aborts has failed and is called again; so is one whose process died. */
static void functions(ct *c)
{
    succeeds(c, "0001");
    run_sql(c, "create table wanted (a integer)");
    calls = 0;
    aborts = true;
    assert_false(ct_try(c, try_0002, NULL));
    c->unwinding = CT_UNWIND_NONE;
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations_steps where done = 0"), 0);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations_steps"), 1);
    run_sql(c, "insert into canteen_migrations_steps values ('polls', '0002_steps', 0, 2, 'RUN', 0)");
    aborts = false;
    succeeds(c, "0002");
    assert_int_equal(calls, 2);
}

static void test_functions(void **state)
{
    (void)state;
    on_databases(&polls, functions);
}

static void changed_since(ct *c)
{
    ct_error error;
    size_t done;
    succeeds(c, "0001");
    fails(c, "0002", "wanted");
    run_sql(c, "update canteen_migrations_steps set sql = 'SELECT 1' where step = 1");
    fails(c, "0002", "has been changed since: step 1 was \"SELECT 1\"");
    assert_int_equal(go(c, "0002", true, &error, &done), CT_MIGRATED_FAKED);
    assert_aborts_with(c, 500, "canteen_migrations_steps",
                       number_of(c, "select count(*) from canteen_migrations_steps"));
}

static void test_changed_since(void **state)
{
    (void)state;
    on_databases(&polls, changed_since);
}

/* A process that died while it made an index, or behind that, before it noted it; then it goes on. */
static void goes_on_behind_the_index(ct *c)
{
    run_sql(
        c, "create table wanted (a integer)", "alter table polls_choice add column a bigint",
        "create table canteen_migrations_steps (app text, name text, backwards integer, step integer, sql text, done "
        "integer)",
        "insert into canteen_migrations_steps values ('polls', '0002_steps', 0, 1, 'ALTER TABLE \"polls_choice\" ADD "
        "COLUMN \"a\" bigint', 1)",
        "insert into canteen_migrations_steps values ('polls', '0002_steps', 0, 2, 'RUN', 1)",
        "insert into canteen_migrations_steps values ('polls', '0002_steps', 0, 3, 'drop an invalid index by_votes', "
        "0)",
        "insert into canteen_migrations_steps values ('polls', '0002_steps', 0, 4, 'CREATE INDEX CONCURRENTLY "
        "\"by_votes\" ON \"polls_choice\" (\"votes\")', 0)");
    succeeds(c, "0002");
    assert_int_equal(number_of(c, "select count(*) from wanted"), 1);
}

static void an_index_that_died(ct *c)
{
    succeeds(c, "0001");
    run_sql(c, "create index by_votes on polls_choice (votes)");
    goes_on_behind_the_index(c);
}

static void an_index_half_made(ct *c)
{
    succeeds(c, "0001");
    run_sql(c, "create index by_votes on polls_choice (words)",
            "update pg_index set indisvalid = false where indexrelid = 'by_votes'::regclass");
    goes_on_behind_the_index(c);
}

static void test_indexes(void **state)
{
    (void)state;
    on_postgres(&polls, an_index_that_died);
    on_postgres(&polls, an_index_half_made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_going_on),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_changed_since),
        cmocka_unit_test(test_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
