/* Who writes when: fibers of a worker, processes, and processes that are killed. Each ends with totals that must be
 * right. */
#include "database.h"

#include <sys/prctl.h>
#include <sys/wait.h>

static const ct_app app = { .name = "bank" };

#define ACCOUNTS 5
#define TOTAL 1000

static void make_accounts(ct *c)
{
    run_sql(c, "create table account (id integer primary key, money integer not null)",
            "create table done (writer integer, number integer, primary key (writer, number))");
    for (int i = 0; i < ACCOUNTS; i++)
        ct_sql_run(c, "insert into account values (?, ?)", ARGS(i, TOTAL / ACCOUNTS));
}

/* Reads first, writes what it has read: wrong where another one writes in between. */
static void transfer(ct *c, int writer, int number)
{
    int from = (writer + number) % ACCOUNTS, to = (writer + 2 * number + 1) % ACCOUNTS;
    ct_atomic(c) {
        int64_t has = ct_sql_value(c, "select money from account where id = ?", ARGS(from)).integer;
        ct_sql_run(c, "update account set money = ? where id = ?", ARGS(has - 1, from));
        has = ct_sql_value(c, "select money from account where id = ?", ARGS(to)).integer;
        ct_sql_run(c, "update account set money = ? where id = ?", ARGS(has + 1, to));
        ct_sql_run(c, "insert into done values (?, ?)", ARGS(writer, number));
    }
}

static void check_total(ct *c)
{
    assert_int_equal(number_of(c, "select sum(money) from account"), TOTAL);
    CT_CHECK_EQ(ct_sql_value(c, "pragma integrity_check", ARGS()), "ok");
}

/* ---- processes ---- */

static int writer, fd; /* of the process */

static void writes_in_fibers(ct *c, void *arg)
{
    int own = writer * 10 + *(int *)arg;
    for (int i = 0; i < 25; i++)
        transfer(c, own, i);
}

static void writes_in_process(ct *c)
{
    static int numbers[] = { 0, 1, 2 };
    other_work *others[CT_COUNT(numbers)];
    for (size_t i = 0; i < CT_COUNT(others); i++)
        others[i] = start_other(c, writes_in_fibers, &numbers[i]);
    for (size_t i = 0; i < CT_COUNT(others); i++) {
        if (!end_other(c, others[i]))
            ct_abort(c, 500, "%s", others[i]->message);
        drop_other(others[i]);
    }
}

/* A process that runs it and ends with 0 where it did not abort. */
static pid_t start_process(database_test *test, int number)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    writer = number;
    _exit(run_on(&app, database_run.url, NULL, test) ? 0 : 1);
}

static void check_writers(ct *c)
{
    check_total(c);
    assert_int_equal(number_of(c, "select count(*) from done"), 4 * 3 * 25);
}

static void in_folder(void)
{
    make_folder();
    file_url("test.db");
}

static void test_processes_write_together(void **state)
{
    (void)state;
    pid_t pids[4];
    in_folder();
    assert_true(run_on(&app, database_run.url, NULL, make_accounts));
    for (size_t i = 0; i < CT_COUNT(pids); i++)
        pids[i] = start_process(writes_in_process, (int)i);
    for (size_t i = 0; i < CT_COUNT(pids); i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_true(run_on(&app, database_run.url, NULL, check_writers));
    drop_folder(database_run.folder);
}

/* ---- kill -9 ---- */

/* Says each number when it has been committed. */
static void writes_for_ever(ct *c)
{
    for (int i = 0;; i++) {
        transfer(c, writer, i);
        if (write(fd, &i, sizeof(i)) != sizeof(i))
            _exit(2);
    }
}

static int last_said;

static void check_killed(ct *c)
{
    check_total(c);
    int64_t kept = number_of(c, ct_printf(c, "select count(*) from done where writer = %d", writer));
    /* What was said is there; of what was not, at the most the one that was just committed. */
    assert_in_range(kept, last_said + 1, last_said + 2);
}

static void test_nothing_acknowledged_is_lost(void **state)
{
    (void)state;
    in_folder();
    assert_true(run_on(&app, database_run.url, NULL, make_accounts));
    for (int round = 0; round < 8; round++) {
        int ends[2], said;
        assert_int_equal(pipe(ends), 0);
        fd = ends[1];
        pid_t pid = start_process(writes_for_ever, round);
        close(ends[1]);
        last_said = -1;
        for (int i = 0; i < 20 + 7 * round; i++) {
            assert_int_equal(read(ends[0], &said, sizeof(said)), sizeof(said));
            assert_int_equal(said, ++last_said);
        }
        usleep((useconds_t)(731 * round % 2000)); /* any moment will do */
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        while (read(ends[0], &said, sizeof(said)) == sizeof(said))
            last_said = said;
        close(ends[0]);
        writer = round;
        assert_true(run_on(&app, database_run.url, NULL, check_killed));
    }
    drop_folder(database_run.folder);
}

/* ---- a fork ---- */

/* Connections are the parent's: a child opens its own, and leaves the parent's alone. */
static void forks(ct *c)
{
    run_sql(c, "create table t (n integer)", "insert into t values (1)");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        ct_sql_run(c, "insert into t values (2)", ARGS());
        _exit(number_of(c, "select count(*) from t") == 2 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(number_of(c, "select count(*) from t"), 2);
    run_sql(c, "insert into t values (3)");
}

static void test_a_fork_shares_no_connection(void **state)
{
    (void)state;
    on_sqlite(&app, forks);
}

/* ---- in line ---- */

static char order[32];

static void writes_letter(ct *c, void *arg)
{
    ct_atomic(c) {
        strncat(order, arg, 1);
        ct_sql_run(c, "insert into t values (?)", ARGS((const char *)arg));
        ct_sleep(c, 3 * CT_MILLISECOND);
    }
}

static void gives_up(ct *c, void *arg)
{
    ct_set_deadline(c, 2 * CT_MILLISECOND);
    writes_letter(c, arg);
}

static void first_come_first_served(ct *c)
{
    static const char *const letters[] = { "a", "b", "c", "d", "e" };
    other_work *others[CT_COUNT(letters) + 1];
    *order = '\0';
    run_sql(c, "create table t (n text)");
    for (size_t i = 0; i < CT_COUNT(letters); i++) {
        others[i] = start_other(c, writes_letter, ct_strdup(c, letters[i]));
        if (i == 1)
            others[CT_COUNT(letters)] = start_other(c, gives_up, ct_strdup(c, "X"));
    }
    for (size_t i = 0; i < CT_COUNT(others); i++) {
        assert_int_equal(end_other(c, others[i]), i < CT_COUNT(letters));
        drop_other(others[i]);
    }
    assert_string_equal(order, "abcde");
    assert_int_equal(number_of(c, "select count(*) from t"), 5);
}

static void test_first_come_first_served(void **state)
{
    (void)state;
    on_sqlite(&app, first_come_first_served);
}

/* ---- the pool ---- */

static void holds_connection(ct *c, void *arg)
{
    ct_atomic(c, .read_only = true) {
        strncat(order, arg, 1);
        number_of(c, "select 1");
        ct_sleep(c, 20 * CT_MILLISECOND);
    }
}

static void waits_too_long(ct *c, void *arg)
{
    (void)arg;
    ct_set_deadline(c, 10 * CT_MILLISECOND);
    number_of(c, "select 1");
}

static void waits_for_the_pool(ct *c, void *arg)
{
    (void)arg;
    number_of(c, "select 1");
}

/* Two connections, six that want one for 20 ms each. */
static void the_pool_is_fair(ct *c)
{
    static const char *const letters[] = { "a", "b", "c", "d", "e", "f" };
    other_work *others[CT_COUNT(letters)];
    *order = '\0';
    for (size_t i = 0; i < CT_COUNT(letters); i++)
        others[i] = start_other(c, holds_connection, ct_strdup(c, letters[i]));
    other_work *impatient = start_other(c, waits_too_long, NULL), *gone = start_other(c, waits_for_the_pool, NULL);
    ct_fiber_cancel(gone->fiber);
    assert_false(end_other(c, impatient));
    assert_int_equal(impatient->status, 503);
    assert_false(end_other(c, gone));
    assert_int_equal(gone->status, 499);
    number_of(c, "select 1"); /* in line behind them all */
    assert_string_equal(order, "abcdef");
    for (size_t i = 0; i < CT_COUNT(others); i++) {
        assert_true(end_other(c, others[i]));
        drop_other(others[i]);
    }
    drop_other(impatient);
    drop_other(gone);
    assert_int_equal(ct_db_entry_for(c, NULL, NULL, false)->pool.open_count, 2);
}

static void test_the_pool_is_fair(void **state)
{
    (void)state;
    const ct_setting settings[] = { { .name = "database_connections", .value = "2" }, { .name = NULL } };
    on_sqlite_with(&app, settings, the_pool_is_fair);
}

static void holds_long(ct *c, void *arg)
{
    (void)arg;
    ct_atomic(c, .read_only = true)
        ct_sleep(c, 200 * CT_MILLISECOND);
}

static void a_wait_for_the_pool_ends(ct *c)
{
    other_work *other = start_other(c, holds_long, NULL);
    assert_aborts_with(c, 503,
                       "has no connection free: all of them (1; setting database_connections) were in use for 0.05 s "
                       "(setting database_wait): is there",
                       number_of(c, "select 1"));
    assert_int_equal(c->error_retry_after, 5);
    assert_true(end_other(c, other));
    drop_other(other);
    number_of(c, "select 1");
}

static void test_a_wait_for_the_pool_ends(void **state)
{
    (void)state;
    const ct_setting settings[] = { { .name = "database_connections", .value = "1" },
                                    { .name = "database_wait", .value = "50ms" },
                                    { .name = NULL } };
    on_sqlite_with(&app, settings, a_wait_for_the_pool_ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes_write_together),
        cmocka_unit_test(test_nothing_acknowledged_is_lost),
        cmocka_unit_test(test_a_fork_shares_no_connection),
        cmocka_unit_test(test_first_come_first_served),
        cmocka_unit_test(test_the_pool_is_fair),
        cmocka_unit_test(test_a_wait_for_the_pool_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
