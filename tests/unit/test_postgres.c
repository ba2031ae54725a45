/* The PostgreSQL driver on a real server: statements that share connections, errors among them, requests that go away,
 * connections of one user, and what is said when there is none. */
#include "database.h"

#include "base/time.h"
#include "db/postgres.h"

#include <netinet/in.h>
#include <sys/socket.h>

static const ct_app app = { .name = "blog" };

/* ---- many units of work at once ---- */

typedef struct job {
    ct_timer timer;
    struct ct c;
    ct_arena arena;
    ct *parent_c;
    ct_fiber *parent, *fiber;
    const char *sql;
    bool read, once, raw;
    int number;
    ct_time deadline; /* from its start; 0: none */
    void (*run)(struct job *job);
    bool done, good, aborted;
    ct_db_error error;
    int64_t rows, value, changed;
    ct_time ended;
    ct_db_sink sink;
} job;

static bool take_row(ct_db_sink *sink, const ct_db_row *row)
{
    job *own = CT_CONTAINER(sink, job, sink);
    own->rows++;
    if (!row->ops->null(row, 0))
        row->ops->read(row, 0, CT_KIND_integer, CT_KIND_text, &own->arena, &own->value);
    return true;
}

static ct_db_entry *entry_of(ct *c)
{
    return &ct_work_databases(c)->entries[0];
}

static void share(job *own)
{
    ct_db_entry *entry = entry_of(own->parent_c);
    const ct_value value = ct_value_of_int(own->number);
    const ct_kind kind = CT_KIND_integer;
    ct_db_statement statement = { .sql = own->sql,
                                  .read = own->read,
                                  .once = own->once,
                                  .raw = own->raw,
                                  .values = &value,
                                  .kinds = &kind,
                                  .count = strstr(own->sql, "$1") != NULL };
    own->good = entry->driver->share(&own->c, ct_pool_shared(&entry->pool), &entry->target, &statement, &own->sink,
                                     &own->error);
    own->changed = own->sink.changed;
}

static void run_job(void *arg)
{
    job *own = arg;
    ct_catch catch;
    own->fiber = ct_fiber_current();
    if (ct_catch_begin(&own->c, &catch)) {
        own->aborted = true;
    } else {
        own->run(own);
        ct_catch_end(&own->c, &catch);
    }
    ct_run_deferred(&own->c, NULL);
    ct_arena_finish(&own->arena);
    own->ended = ct_monotonic();
    own->done = true;
    ct_fiber_wake(own->parent);
}

static void start_job(ct_timer *timer)
{
    job *own = CT_CONTAINER(timer, job, timer);
    assert_true(ct_fiber_start(ct_loop_current()->scheduler, run_job, own));
}

static void begin(ct *c, job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        job *own = &jobs[i];
        ct_arena_init(&own->arena, NULL, 0);
        own->c.arena = &own->arena;
        own->c.site = c->site;
        own->c.deadline = own->deadline ? ct_monotonic() + own->deadline : INT64_MAX;
        own->parent_c = c;
        own->parent = ct_fiber_current();
        own->run = own->run ? own->run : share;
        own->sink.row = take_row;
        ct_timer_init(&own->timer, start_job);
        ct_timer_set(&ct_loop_current()->timers, &own->timer, 0);
    }
}

static void finish(ct *c, const job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        while (!jobs[i].done)
            ct_wait(c, INT64_MAX);
}

static void perform(ct *c, job *jobs, size_t count)
{
    begin(c, jobs, count);
    finish(c, jobs, count);
}

/* One statement, shared. */
static bool run_one(ct *c, const char *sql, bool read, ct_db_error *error)
{
    static job one;
    one = (job){ .sql = sql, .read = read, .raw = !read };
    perform(c, &one, 1);
    *error = one.error;
    return one.good;
}

/* ---- sharing ---- */

static void many_share_few(ct *c)
{
    static job jobs[300];
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 300; i++)
        jobs[i] = (job){ .sql = "select $1::int8 * 2", .read = true, .number = i };
    perform(c, jobs, 300);
    for (int i = 0; i < 300; i++) {
        assert_true(jobs[i].good);
        assert_int_equal(jobs[i].value, 2 * i);
    }
    assert_in_range(number_of(c, "select count(*) from pg_stat_activity where datname = current_database()"), 1, 4);
    assert_int_equal(number_of(c, "select count(*) from pg_prepared_statements where statement like '%$1::int8 * 2'"),
                     1);
}

/* Reads of one turn are one transaction, as now() tells, whatever is between them; a write is one of its own. */
static void reads_share_a_sync(ct *c)
{
    static job jobs[30];
    const char *sql = "select (extract(epoch from now()) * 1000000)::int8";
    for (int round = 0; round < 2; round++) {
        memset(jobs, 0, sizeof(jobs));
        for (int i = 0; i < 30; i++)
            jobs[i] = (job){ .sql = sql, .read = i % 6 < 5 };
        perform(c, jobs, 30);
    }
    for (int i = 1; i < 30; i++)
        for (int j = 0; j < i; j++)
            assert_true((jobs[i].value == jobs[j].value) == (jobs[i].read && jobs[j].read));
}

/* Errors in the middle are theirs alone; writes before and behind them are done, once. */
static void errors_are_ones_own(ct *c)
{
    static job jobs[100];
    run_sql(c, "create table t (n bigint primary key)");
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 100; i++) {
        jobs[i] = (job){ .number = i, .read = true, .sql = "select $1::int8 + 1" };
        if (i % 7 == 3)
            jobs[i].sql = "select 1 / ($1::int8 - $1::int8)";
        if (i % 7 == 4)
            jobs[i].sql = "select * from there_is_no_such_table";
        if (i % 7 == 5)
            jobs[i] = (job){ .number = i, .sql = "insert into t values ($1)" };
        if (i % 7 == 6)
            jobs[i] = (job){ .number = i - 1, .sql = "insert into t values ($1)" };
    }
    perform(c, jobs, 100);
    for (int i = 0; i < 100; i++)
        switch (i % 7) {
        case 3:
            assert_false(jobs[i].good);
            assert_int_equal(jobs[i].error.trouble, CT_DB_OTHER);
            break;
        case 4:
            assert_false(jobs[i].good);
            assert_int_equal(jobs[i].error.trouble, CT_DB_NO_TABLE);
            break;
        case 5:
            assert_true(jobs[i].good);
            assert_int_equal(jobs[i].changed, 1);
            break;
        case 6:
            assert_false(jobs[i].good);
            assert_int_equal(jobs[i].error.trouble, CT_DB_UNIQUE);
            break;
        default:
            assert_true(jobs[i].good);
            assert_int_equal(jobs[i].value, i + 1);
        }
    assert_int_equal(number_of(c, "select count(*) from t"), 14);
}

/* What fails when it is committed has failed, though it had been run. */
static void commits_that_fail_are_errors(ct *c)
{
    ct_db_error error;
    run_sql(c, "create table d (n bigint, constraint d_once unique (n) deferrable initially deferred)",
            "insert into d values (1)");
    assert_false(run_one(c, "insert into d values (1)", false, &error));
    assert_int_equal(error.trouble, CT_DB_UNIQUE);
    assert_string_equal(error.constraint, "d_once");
    assert_int_equal(number_of(c, "select count(*) from d"), 1);
}

/* It would be everybody's transaction. */
static void transactions_are_not_shared(ct *c)
{
    static const char *const texts[] = { "begin",           " START TRANSACTION",
                                         "commit;",         "Set timezone = 'Europe/Berlin'",
                                         "/* job */ begin", "-- x\nset search_path to nowhere",
                                         "; begin" };
    for (size_t i = 0; i < CT_COUNT(texts); i++) {
        ct_db_error error;
        assert_false(run_one(c, texts[i], false, &error));
        assert_int_equal(error.trouble, CT_DB_OTHER);
        assert_non_null(strstr(error.message, "ct_atomic()"));
    }
}

static void slow_ones_do_not_stop_the_others(ct *c)
{
    static job jobs[12];
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 2; i++)
        jobs[i] = (job){ .sql = "select 1 from pg_sleep(2.5)", .read = true, .once = true };
    begin(c, jobs, 2);
    ct_sleep(c, 100 * CT_MILLISECOND);
    for (int i = 2; i < 12; i++)
        jobs[i] = (job){ .sql = "select 1", .read = true };
    perform(c, jobs + 2, 10);
    assert_false(jobs[0].done || jobs[1].done);
    finish(c, jobs, 2);
}

static size_t lent(ct *c)
{
    return entry_of(c)->pool.open_count;
}

/* More of them than there are connections to share: the pool's are borrowed, and go back. */
static void connections_are_borrowed(ct *c)
{
    static job jobs[14];
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 4; i++)
        jobs[i] = (job){ .sql = "select 1 from pg_sleep(2.5)", .raw = true };
    begin(c, jobs, 4);
    ct_sleep(c, 200 * CT_MILLISECOND);
    for (int i = 4; i < 14; i++)
        jobs[i] = (job){ .sql = "select 1", .read = true };
    perform(c, jobs + 4, 10);
    assert_false(jobs[0].done || jobs[3].done);
    assert_in_range(lent(c), 1, 6);
    finish(c, jobs, 4);
    for (int i = 0; i < 14; i++)
        assert_true(jobs[i].good);
    for (int i = 0; i < 100 && lent(c); i++)
        ct_sleep(c, 50 * CT_MILLISECOND);
    assert_int_equal(lent(c), 0);
    assert_int_equal(entry_of(c)->target.shared, 3);
    assert_in_range(number_of(c, "select count(*) from pg_stat_activity where datname = current_database()"), 1, 3);
}

/* One place is left for a transaction, whatever the others do; a second one gets it when one has idled. */
static void transactions_have_room(ct *c)
{
    static job jobs[20];
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 20; i++)
        jobs[i] = (job){ .sql = "select 1 from pg_sleep(0.8)", .raw = true };
    begin(c, jobs, 20);
    ct_sleep(c, 200 * CT_MILLISECOND);
    ct_atomic(c)
        assert_int_equal(number_of(c, "select 1"), 1);
    assert_false(jobs[0].done);
    finish(c, jobs, 20);
    for (int i = 0; i < 20; i++)
        assert_true(jobs[i].good);
    assert_in_range(lent(c), 2, 7);
}

/* What is asked in the same turn as a slow one, that nobody knew to be one, is asked again elsewhere. */
static void reads_are_moved(ct *c)
{
    static job jobs[33];
    memset(jobs, 0, sizeof(jobs));
    for (int i = 0; i < 33; i++)
        jobs[i] = (job){ .sql = i ? "select $1::int8 * 3" : "select 7 from pg_sleep(1)", .read = true, .number = i };
    ct_time start = ct_monotonic();
    perform(c, jobs, 33);
    assert_int_equal(jobs[0].value, 7);
    for (int i = 1; i < 33; i++) {
        assert_true(jobs[i].good);
        assert_int_equal(jobs[i].value, 3 * i);
        assert_int_equal(jobs[i].rows, 1);
        assert_in_range(jobs[i].ended - start, 0, 500 * CT_MILLISECOND);
    }
}

/* Neither the program's own SQL, as long as it has not been seen, nor what has been slow has anything behind it; what
 * turns out to be slow at its first time has no write behind it for long. */
static void writes_are_not_behind_slow_ones(ct *c)
{
    static job jobs[10];
    run_sql(c, "create table t (n bigint)");
    for (int round = 0; round < 3; round++) {
        memset(jobs, 0, sizeof(jobs));
        for (int i = 0; i < 10; i++)
            jobs[i] = (job){ .sql = "insert into t values ($1)", .number = i };
        jobs[0] = (job){ .sql = "select 1 from pg_sleep(0.6)", .raw = true };
        if (round)
            jobs[1] = (job){ .sql = "select 2 from pg_sleep(0.6)" };
        ct_time start = ct_monotonic();
        perform(c, jobs, 10);
        for (int i = 2; i < 10; i++) {
            assert_true(jobs[i].good);
            assert_in_range(jobs[i].ended - start, 0, 400 * CT_MILLISECOND);
        }
    }
    assert_int_equal(number_of(c, "select count(*) from t"), 25);
}

/* ---- going away ---- */

static void nobody_waits_for_the_dead(ct *c)
{
    static job jobs[3];
    memset(jobs, 0, sizeof(jobs));
    run_sql(c, "create table t (n bigint)");
    jobs[0] = (job){ .sql = "select 1 from pg_sleep(60)", .read = true, .deadline = 50 * CT_MILLISECOND };
    jobs[1] = (job){ .sql = "insert into t values ($1)", .number = 1 };
    jobs[2] = (job){ .sql = "select $1::int8", .number = 7, .read = true };
    ct_time start = ct_monotonic();
    perform(c, jobs, 3);
    /* The two behind it waited until the server was asked to stop it, and then were run, once. */
    assert_in_range(ct_monotonic() - start, 0, 3 * CT_SECOND);
    assert_true(jobs[0].aborted);
    assert_int_equal(jobs[0].c.error_status, 503);
    assert_true(jobs[1].good && jobs[2].good);
    assert_int_equal(jobs[2].value, 7);
    assert_int_equal(number_of(c, "select count(*) from t"), 1);
}

static void leave(job *own)
{
    own->c.deadline = ct_monotonic(); /* before the statement can be sent */
    share(own);
}

static void what_is_not_sent_is_not_run(ct *c)
{
    static job jobs[1];
    run_sql(c, "create table t (n bigint)");
    jobs[0] = (job){ .sql = "insert into t values ($1)", .number = 1, .run = leave };
    perform(c, jobs, 1);
    assert_true(jobs[0].aborted);
    ct_sleep(c, 50 * CT_MILLISECOND);
    assert_int_equal(number_of(c, "select count(*) from t"), 0);
}

/* ---- prepared statements ---- */

static void few_are_kept(ct *c)
{
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < CT_PG_PREPARED + 20; i++)
            assert_int_equal(number_of(c, ct_printf(c, "select %d", i)), i);
    assert_in_range(number_of(c, "select count(*) from pg_prepared_statements"), CT_PG_PREPARED - 4, CT_PG_PREPARED);
}

static void changed_tables_are_asked_again(ct *c)
{
    ct_db_error error;
    run_sql(c, "create table t (a bigint)", "insert into t values (1)");
    assert_true(run_one(c, "select * from t", true, &error));
    run_sql(c, "alter table t add b text");
    assert_true(run_one(c, "select * from t", true, &error));
    run_sql(c, "deallocate all");
    assert_true(run_one(c, "select * from t", true, &error));
    run_sql(c, "alter table t alter a type text");
    ct_db_entry *entry = entry_of(c);
    ct_db_connection *own = entry->driver->open(c, &entry->target, &error);
    assert_non_null(own);
    assert_true(entry->driver->run(c, own, &(ct_db_statement){ .sql = "select * from t", .read = true }, NULL, &error));
    run_sql(c, "alter table t drop b");
    assert_true(entry->driver->run(c, own, &(ct_db_statement){ .sql = "select * from t", .read = true }, NULL, &error));
    entry->driver->close(own);
}

/* ---- errors ---- */

static void errors_have_their_places(ct *c)
{
    static const struct {
        const char *sql;
        ct_db_trouble trouble;
        const char *table, *constraint, *columns;
    } cases[] = {
        { "insert into a (id, b, n) values (1, 1, 1)", CT_DB_UNIQUE, "a", "a_pkey", "id" },
        { "insert into a (id, b, n) values (2, 1, 1)", CT_DB_UNIQUE, "a", "a_b_n", "b, n" },
        { "insert into a (id, b) values (3, null)", CT_DB_NOT_NULL, "a", "", "b" },
        { "insert into a (id, b) values (3, -1)", CT_DB_CHECK, "a", "b_positive", "" },
        { "insert into r (a) values (99)", CT_DB_FOREIGN_KEY, "r", "r_a_fkey", "a" },
        { "delete from a where id = 1", CT_DB_FOREIGN_KEY, "r", "r_a_fkey", "id" },
        { "insert into a (id, b, t) values (3, 5, 'abcdef')", CT_DB_TOO_LONG, "", "", "" },
        { "insert into a (id, b, n) values (3, 5, 99999999999)", CT_DB_RANGE, "", "", "" },
        { "insert into a (id, b, n) values (3, 5, 'x'::text::int)", CT_DB_BAD_VALUE, "", "", "" },
        { "select * from \"No such\"", CT_DB_NO_TABLE, "No such", "", "" },
        { "select x from a", CT_DB_NO_COLUMN, "", "", "" },
        { "selec 1", CT_DB_OTHER, "", "", "" },
        { "copy a to stdout", CT_DB_OTHER, "", "", "" },
    };
    run_sql(c,
            "create table a (id int primary key, b int not null constraint b_positive check (b > 0), n int, "
            "t varchar(5), constraint a_b_n unique (b, n))",
            "create table r (a int references a)", "insert into a values (1, 1, 1)", "insert into r values (1)");
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_db_error error;
        assert_false(run_one(c, cases[i].sql, false, &error));
        if (error.trouble != cases[i].trouble || strcmp(error.table, cases[i].table) != 0 ||
            strcmp(error.constraint, cases[i].constraint) != 0 || strcmp(error.columns, cases[i].columns) != 0)
            fail_msg("%s: %d %s: %s, %s, %s", cases[i].sql, error.trouble, error.message, error.table, error.constraint,
                     error.columns);
    }
    ct_db_error error;
    assert_false(run_one(c, "select 'ä', x from a", false, &error));
    assert_int_equal(error.position, 13);
    assert_string_equal(error.message, "column \"x\" does not exist");
}

/* ---- connections of one user ---- */

static ct_db_connection *connect_own(ct *c)
{
    ct_db_error error;
    ct_db_entry *entry = entry_of(c);
    ct_db_connection *own = entry->driver->open(c, &entry->target, &error);
    if (!own)
        fail_msg("%s", error.message);
    return own;
}

static bool run_own(ct *c, ct_db_connection *own, const char *sql, ct_db_error *error)
{
    return own->driver->run(c, own, &(ct_db_statement){ .sql = sql }, NULL, error);
}

static void copies_in_a_block(ct *c)
{
    ct_atomic(c)
        ct_sql_run(c, "copy a from stdin", ARGS());
}

static void copy_is_refused(ct *c)
{
    static const char *const texts[] = { "copy a from stdin", " -- all\n /* of */ COPY a TO STDOUT (FORMAT csv)",
                                         "Copy (select 'x') to Stdout" };
    const char *words = "COPY from STDIN and to STDOUT are not for programs: ct_bulk_create()";
    run_sql(c, "create table a (stdin int)");
    int64_t pid = number_of(c, "select pg_backend_pid()");
    for (size_t i = 0; i < CT_COUNT(texts); i++)
        assert_aborts_with(c, 500, words, ct_sql_run(c, texts[i], ARGS()));
    assert_aborts_with(c, 500, words, ct_sql_maps(c, texts[1], ARGS()));
    assert_int_equal(number_of(c, "select pg_backend_pid()"), pid);
    ct_atomic(c) {
        assert_aborts_with(c, 500, words, copies_in_a_block(c));
        run_sql(c, "insert into a values (1)");
    }
    run_sql(c, "copy a (\"stdin\") to program 'cat >/dev/null' /* stdin */");
    assert_int_equal(number_of(c, "select stdin from a"), 1);
    ct_db_error error;
    ct_db_connection *own = connect_own(c);
    assert_false(own->driver->script(c, own, "select 1; copy a to stdout; select 2", &error));
    assert_int_equal(error.trouble, CT_DB_OTHER);
    assert_non_null(strstr(error.message, words));
    assert_true(own->broken);
    own->driver->close(own);
}

static void commits_of_failures_are_errors(ct *c)
{
    ct_db_error error;
    ct_db_connection *own = connect_own(c);
    assert_true(own->driver->begin(c, own, &(ct_atomic_options){ 0 }, &error));
    assert_false(run_own(c, own, "select 1 / 0", &error));
    assert_false(run_own(c, own, "select 1", &error));
    assert_false(run_own(c, own, "COMMIT", &error));
    assert_non_null(strstr(error.message, "rolled back"));
    assert_true(
        own->driver->begin(c, own, &(ct_atomic_options){ .isolation = CT_SERIALIZABLE, .read_only = true }, &error));
    assert_false(run_own(c, own, "create table t (n int)", &error));
    assert_int_equal(error.trouble, CT_DB_READ_ONLY);
    assert_true(run_own(c, own, "ROLLBACK", &error));
    own->driver->close(own);
}

static void the_abandoned_are_rolled_back(ct *c)
{
    ct_db_error error;
    run_sql(c, "create table t (n bigint)");
    ct_db_connection *own = connect_own(c);
    assert_true(own->driver->begin(c, own, &(ct_atomic_options){ 0 }, &error));
    assert_true(run_own(c, own, "insert into t values (1)", &error));
    own->driver->abandon(own);
    assert_false(own->broken);
    assert_true(run_own(c, own, "insert into t values (2)", &error));
    assert_int_equal(number_of(c, "select sum(n)::int from t"), 2);
    own->driver->close(own);
}

static void run_slowly(job *own)
{
    ct_db_connection *connection = connect_own(&own->c);
    own->rows = (int64_t)(intptr_t)connection;
    own->c.deadline = ct_monotonic() + 100 * CT_MILLISECOND;
    own->good = run_own(&own->c, connection, own->sql, &own->error);
}

/* The server is asked to stop what was running. */
static void the_abandoned_are_stopped(ct *c)
{
    static job one;
    one = (job){ .sql = "select pg_sleep(60)", .run = run_slowly };
    perform(c, &one, 1);
    assert_true(one.aborted);
    ct_db_connection *own = (ct_db_connection *)(intptr_t)one.rows;
    own->driver->abandon(own);
    assert_true(own->broken);
    own->driver->close(own);
    for (int i = 0; i < 100; i++) {
        if (number_of(c, "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' "
                         "and pid <> pg_backend_pid() and datname = current_database()") == 0)
            return;
        ct_sleep(c, 20 * CT_MILLISECOND);
    }
    fail_msg("it runs still");
}

/* The loop ends before they are sent: nothing of them is left, and the next loop may ask again. */
static void ask_to_stop_and_end(ct *c)
{
    number_of(c, "select 1");
    for (int i = 0; i < 2; i++) {
        ct_db_connection *own = connect_own(c);
        ct_pg_cancel(CT_CONTAINER(own, ct_pg, connection));
        own->driver->close(own);
    }
}

static void test_loops_end_with_their_cancels(void **state)
{
    (void)state;
    on_postgres(&app, ask_to_stop_and_end);
    on_postgres(&app, the_abandoned_are_stopped);
}

static void scripts_run(ct *c)
{
    ct_db_error error;
    ct_db_connection *own = connect_own(c);
    assert_true(own->driver->script(c, own, "create table t (n int); insert into t values (1), (2);\n-- end", &error));
    assert_false(own->driver->script(c, own, "insert into t values (3); selec; insert into t values (4)", &error));
    assert_int_equal(error.trouble, CT_DB_OTHER);
    assert_int_equal(number_of(c, "select count(*) from t"), 2);
    assert_true(run_own(c, own, "insert into t values (5)", &error));
    assert_true(own->driver->begin(c, own, &(ct_atomic_options){ 0 }, &error));
    assert_true(own->driver->script(c, own, "insert into t values (6); insert into t values (7)", &error));
    assert_true(run_own(c, own, "ROLLBACK", &error));
    assert_int_equal(number_of(c, "select count(*) from t"), 3);
    own->driver->close(own);
}

typedef struct counted {
    ct_db_sink sink;
    ct *c;
    int64_t sum, rows;
} counted;

static bool add_row(ct_db_sink *sink, const ct_db_row *row)
{
    counted *own = CT_CONTAINER(sink, counted, sink);
    int64_t value;
    assert_null(row->ops->read(row, 0, CT_KIND_integer, CT_KIND_text, ct_work_arena(own->c), &value));
    own->sum += value;
    own->rows++;
    return true;
}

typedef struct named {
    ct_db_sink sink;
    ct *c;
    const char *name;
} named;

static bool take_name(ct_db_sink *sink, const ct_db_row *row)
{
    named *own = CT_CONTAINER(sink, named, sink);
    assert_null(row->ops->read(row, 0, CT_KIND_ip, CT_KIND_text, ct_work_arena(own->c), &own->name));
    return true;
}

static void cursors_give_portions(ct *c)
{
    ct_db_error error;
    counted all = { .sink.row = add_row, .c = c };
    ct_db_connection *own = connect_own(c);
    const ct_value limit = ct_value_of_int(2500);
    const ct_kind kind = CT_KIND_integer;
    bool more = true;
    assert_true(own->driver->begin(c, own, &(ct_atomic_options){ 0 }, &error));
    ct_db_cursor *cursor = own->driver->cursor(c, own,
                                               &(ct_db_statement){ .sql = "select n from generate_series(1, $1) n",
                                                                   .values = &limit,
                                                                   .kinds = &kind,
                                                                   .count = 1,
                                                                   .read = true },
                                               &error);
    assert_non_null(cursor);
    for (int i = 0; more; i++) {
        assert_in_range(i, 0, 2);
        assert_true(own->driver->fetch(c, cursor, 1000, &all.sink, &more, &error));
    }
    assert_int_equal(all.rows, 2500);
    assert_int_equal(all.sum, 2500 * 2501 / 2);
    own->driver->end_cursor(cursor);
    cursor = own->driver->cursor(c, own, &(ct_db_statement){ .sql = "select inet '10.0.0.1'", .read = true }, &error);
    named text = { .sink.row = take_name, .c = c };
    assert_true(own->driver->fetch(c, cursor, 10, &text.sink, &more, &error));
    assert_false(more);
    assert_string_equal(text.name, "10.0.0.1");
    own->driver->end_cursor(cursor);
    assert_true(run_own(c, own, "COMMIT", &error));
    own->driver->close(own);
}

static void sessions_are_set(ct *c)
{
    assert_string_equal(ct_sql_value(c, "show timezone", ARGS()).text, "UTC");
    assert_string_equal(ct_sql_value(c, "show lock_timeout", ARGS()).text, "10s");
    assert_string_equal(ct_sql_value(c, "show client_encoding", ARGS()).text, "UTF8");
    assert_string_equal(ct_sql_value(c, "show application_name", ARGS()).text, "canteen");
    assert_string_equal(ct_sql_value(c, "show standard_conforming_strings", ARGS()).text, "on");
}

static void locks_are_not_waited_for(ct *c)
{
    ct_db_error error;
    run_sql(c, "create table t (n bigint)", "insert into t values (1)");
    ct_db_connection *own = connect_own(c);
    assert_true(own->driver->begin(c, own, &(ct_atomic_options){ 0 }, &error));
    assert_true(run_own(c, own, "update t set n = 2", &error));
    assert_false(run_one(c, "select * from t for update nowait", false, &error));
    assert_int_equal(error.trouble, CT_DB_LOCKED);
    own->driver->close(own);
}

/* ---- no connection ---- */

static void expect_open(ct *c, const char *url, ct_db_trouble trouble, const char *message)
{
    ct_db_target target = entry_of(c)->target;
    ct_db_error error = { 0 };
    target.url = url;
    ct_db_connection *own = entry_of(c)->driver->open(c, &target, &error);
    if (own)
        own->driver->close(own);
    assert_int_equal(own != NULL, trouble == CT_DB_FINE);
    if (error.trouble != trouble || (message && strcmp(error.message, message) != 0))
        fail_msg("%s: %d %s", url, error.trouble, error.message);
    assert_null(strstr(error.message, "s3cret"));
}

static void failures_are_told(ct *c)
{
    const char *url = entry_of(c)->target.url, *at = strchr(url, '@') + 1, *slash = strchr(at, '/');
    const char *host = ct_printf(c, "%.*s", (int)(slash - at), at);
    expect_open(c, ct_printf(c, "postgresql://canteen:s3cret@%s/postgres", host), CT_DB_REFUSED,
                "password authentication failed for user \"canteen\"");
    expect_open(c, ct_printf(c, "postgresql://canteen@%s/postgres", host), CT_DB_REFUSED, NULL);
    expect_open(c, ct_printf(c, "postgresql://canteen:canteen@%s/none", host), CT_DB_REFUSED,
                "database \"none\" does not exist");
    expect_open(c, "postgresql://canteen:s3cret@127.0.0.1:1/postgres", CT_DB_UNAVAILABLE,
                "connection to server at \"127.0.0.1\", port 1 failed: Connection refused");
    expect_open(c, "postgresql://canteen:p@127.0.0.1:1/postgres", CT_DB_UNAVAILABLE,
                "connection to server at \"127.0.0.1\", port 1 failed: Connection refused");
    expect_open(c, "postgresql://canteen:port@127.0.0.1:1/postgres", CT_DB_UNAVAILABLE,
                "connection to server at \"127.0.0.1\", **** 1 failed: Connection refused");
    expect_open(c, "postgresql://canteen:s3cret@no-such-host.invalid/postgres", CT_DB_UNAVAILABLE, NULL);
    expect_open(c, "postgresql://canteen:p@s3cret@127.0.0.1:x/postgres", CT_DB_REFUSED, NULL);
    expect_open(c, "postgresql:///postgres?host=/nowhere", CT_DB_UNAVAILABLE, NULL);
    /* The second of several. */
    expect_open(c, ct_printf(c, "postgresql://canteen:canteen@127.0.0.1:1,%s/postgres", host), CT_DB_FINE, NULL);
    expect_open(
        c, ct_printf(c, "postgres://canteen:canteen@localhost:1,%s/postgres?target_session_attrs=prefer-standby", host),
        CT_DB_FINE, NULL);
    expect_open(
        c, ct_printf(c, "postgresql://canteen:canteen@%s/postgres?options=-c%%20geqo%%3Doff&sslmode=disable", host),
        CT_DB_FINE, NULL);
}

/* A server that takes the connection and says nothing. */
static void silence_has_an_end(ct *c)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(at);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    ct_time start = ct_monotonic();
    expect_open(c,
                ct_printf(c, "postgresql://canteen:s3cret@127.0.0.1:%d/postgres?connect_timeout=1", ntohs(at.sin_port)),
                CT_DB_UNAVAILABLE, "the server has not answered within 1 s");
    assert_in_range(ct_monotonic() - start, 900 * CT_MILLISECOND, 3 * CT_SECOND);
    close(fd);
}

/* ---- a connection that breaks ---- */

static void kill_all(ct *c)
{
    ct_db_error error;
    ct_db_connection *own = connect_own(c);
    assert_true(run_own(c, own,
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                        "and pid <> pg_backend_pid()",
                        &error));
    own->driver->close(own);
}

static void reads_are_sent_again(ct *c)
{
    static job jobs[4];
    memset(jobs, 0, sizeof(jobs));
    run_sql(c, "create table t (n bigint)", "create sequence s");
    jobs[0] = (job){ .sql = "select 5 from pg_sleep(0.4)", .read = true };
    jobs[1] = (job){ .sql = "select 6", .read = true };
    jobs[2] = (job){ .sql = "insert into t select $1::int8 from pg_sleep(0.4)", .number = 1 };
    jobs[3] = (job){ .sql = "select nextval('s') from pg_sleep(0.4)", .raw = true }; /* it writes */
    begin(c, jobs, 4);
    ct_sleep(c, 100 * CT_MILLISECOND);
    kill_all(c);
    finish(c, jobs, 4);
    assert_true(jobs[0].good && jobs[1].good);
    assert_int_equal(jobs[0].value, 5);
    assert_int_equal(jobs[1].value, 6);
    assert_false(jobs[2].good);
    assert_int_equal(jobs[2].error.trouble, CT_DB_LOST);
    assert_true(jobs[2].error.sent);
    assert_int_equal(number_of(c, "select count(*) from t"), 0);
    assert_int_equal(number_of(c, "select last_value from s"), 1);
}

static void the_dead_are_noticed(ct *c)
{
    ct_db_error error;
    ct_db_connection *own = connect_own(c);
    assert_true(own->driver->alive(own));
    assert_int_equal(number_of(c, "select 1"), 1);
    kill_all(c);
    ct_sleep(c, 50 * CT_MILLISECOND);
    assert_false(own->driver->alive(own));
    assert_false(run_own(c, own, "select 1", &error));
    assert_int_equal(error.trouble, CT_DB_UNAVAILABLE);
    own->driver->close(own);
    assert_int_equal(number_of(c, "select 1"), 1);
}

#define TEST(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_postgres(&app, name);                                                                                       \
    }
TEST(many_share_few)
TEST(reads_share_a_sync)
TEST(errors_are_ones_own)
TEST(commits_that_fail_are_errors)
TEST(transactions_are_not_shared)
TEST(slow_ones_do_not_stop_the_others)
TEST(connections_are_borrowed)
TEST(transactions_have_room)
TEST(reads_are_moved)
TEST(writes_are_not_behind_slow_ones)
TEST(nobody_waits_for_the_dead)
TEST(what_is_not_sent_is_not_run)
TEST(few_are_kept)
TEST(changed_tables_are_asked_again)
TEST(errors_have_their_places)
TEST(copy_is_refused)
TEST(commits_of_failures_are_errors)
TEST(the_abandoned_are_rolled_back)
TEST(the_abandoned_are_stopped)
TEST(scripts_run)
TEST(cursors_give_portions)
TEST(sessions_are_set)
TEST(locks_are_not_waited_for)
TEST(failures_are_told)
TEST(silence_has_an_end)
TEST(reads_are_sent_again)
TEST(the_dead_are_noticed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_share_few),
        cmocka_unit_test(test_reads_share_a_sync),
        cmocka_unit_test(test_errors_are_ones_own),
        cmocka_unit_test(test_commits_that_fail_are_errors),
        cmocka_unit_test(test_transactions_are_not_shared),
        cmocka_unit_test(test_slow_ones_do_not_stop_the_others),
        cmocka_unit_test(test_connections_are_borrowed),
        cmocka_unit_test(test_transactions_have_room),
        cmocka_unit_test(test_reads_are_moved),
        cmocka_unit_test(test_writes_are_not_behind_slow_ones),
        cmocka_unit_test(test_nobody_waits_for_the_dead),
        cmocka_unit_test(test_what_is_not_sent_is_not_run),
        cmocka_unit_test(test_few_are_kept),
        cmocka_unit_test(test_changed_tables_are_asked_again),
        cmocka_unit_test(test_errors_have_their_places),
        cmocka_unit_test(test_copy_is_refused),
        cmocka_unit_test(test_commits_of_failures_are_errors),
        cmocka_unit_test(test_the_abandoned_are_rolled_back),
        cmocka_unit_test(test_the_abandoned_are_stopped),
        cmocka_unit_test(test_loops_end_with_their_cancels),
        cmocka_unit_test(test_scripts_run),
        cmocka_unit_test(test_cursors_give_portions),
        cmocka_unit_test(test_sessions_are_set),
        cmocka_unit_test(test_locks_are_not_waited_for),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_silence_has_an_end),
        cmocka_unit_test(test_reads_are_sent_again),
        cmocka_unit_test(test_the_dead_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
