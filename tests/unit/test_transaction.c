/* Transactions: how they end, in whichever way their block is left; on both databases. */
#include "database.h"

static const ct_app app = { .name = "bank" };

static void make_notes(ct *c)
{
    run_sql(c, "create table note (id integer primary key, body text)");
}

static void add(ct *c, int id)
{
    ct_sql_run(c, "insert into note values (?, 'x')", ARGS(id));
}

static int64_t count(ct *c)
{
    return number_of(c, "select count(*) from note");
}

/* ---- the end of a block ---- */

static int returns(ct *c)
{
    ct_atomic(c) {
        add(c, 3);
        return 7;
    }
    return 0;
}

static void ends_in_the_ordinary_way(ct *c)
{
    make_notes(c);
    assert_false(ct_in_transaction(c));
    ct_atomic(c) {
        assert_true(ct_in_transaction(c));
        add(c, 1);
        assert_int_equal(count(c), 1);
    }
    assert_false(ct_in_transaction(c));
    ct_atomic(c) {
        add(c, 2);
        if (count(c) == 2)
            break;
        add(c, 20);
    }
    assert_int_equal(returns(c), 7);
    for (int i = 0; i < 2; i++) {
        ct_atomic(c) {
            add(c, 4 + i);
            continue; /* NOLINT(readability-redundant-control-flow): what it does is what is tested */
        }
    }
    assert_false(ct_in_transaction(c));
    assert_int_equal(count(c), 5);
    for (int i = 0; i < 500; i++)
        ct_atomic(c)
            add(c, 100 + i);
    assert_int_equal(count(c), 505);
}

/* ---- aborts ---- */

static void add_and_abort(ct *c, void *arg)
{
    (void)arg;
    ct_atomic(c) {
        add(c, 1);
        ct_atomic(c) {
            add(c, 2);
            ct_abort(c, 418, "enough");
        }
    }
}

static void aborts_roll_back(ct *c)
{
    make_notes(c);
    assert_false(ct_try(c, add_and_abort, NULL));
    assert_int_equal(c->error_status, 418);
    assert_false(ct_in_transaction(c));
    assert_int_equal(count(c), 0);
    /* Caught within a transaction: the inner ones alone are gone. */
    ct_atomic(c) {
        add(c, 10);
        assert_false(ct_try(c, add_and_abort, NULL));
        assert_true(ct_in_transaction(c));
        add(c, 11);
        assert_int_equal(count(c), 2);
    }
    assert_int_equal(count(c), 2);
    /* With nothing behind it but the end. */
    ct_atomic(c) {
        add(c, 12);
        assert_false(ct_try(c, add_and_abort, NULL));
    }
    assert_int_equal(count(c), 3);
    ct_atomic(c)
        assert_false(ct_try(c, add_and_abort, NULL));
    assert_int_equal(count(c), 3);
}

static void breaks_a_rule(ct *c, void *arg)
{
    (void)arg;
    ct_atomic(c) {
        add(c, 5);
        add(c, 5);
    }
}

static void goes_on_after_an_error(ct *c)
{
    make_notes(c);
    assert_false(ct_try(c, breaks_a_rule, NULL));
    assert_int_equal(count(c), 0);
    ct_atomic(c) {
        add(c, 1);
        assert_false(ct_try(c, breaks_a_rule, NULL));
        ct_atomic(c)
            add(c, 2);
        assert_int_equal(count(c), 2);
    }
    assert_int_equal(count(c), 2);
}

/* ---- ct_rollback ---- */

static void is_rolled_back(ct *c)
{
    make_notes(c);
    ct_atomic(c) {
        add(c, 1);
        ct_rollback(c);
        add(c, 2);
    }
    assert_int_equal(count(c), 0);
    ct_atomic(c) {
        add(c, 1);
        ct_atomic(c) {
            add(c, 2);
            ct_atomic(c)
                add(c, 3);
            ct_rollback(c);
        }
        add(c, 4);
        assert_int_equal(count(c), 2);
    }
    assert_int_equal(count(c), 2);
    assert_aborts_with(c, 500, "outside of ct_atomic()", ct_rollback(c));
}

/* ---- ct_on_commit ---- */

static char calls[64];

static void note_call(ct *c, void *arg)
{
    assert_false(ct_in_transaction(c));
    strncat(calls, arg, sizeof(calls) - strlen(calls) - 1);
}

static char *letter(ct *c, const char *text)
{
    return ct_strdup(c, text);
}

static void asks_and_aborts(ct *c, void *arg)
{
    ct_atomic(c) {
        ct_on_commit(c, note_call, arg);
        ct_abort(c, 400, "no");
    }
}

static void calls_follow_the_commit(ct *c)
{
    *calls = '\0';
    make_notes(c);
    ct_on_commit(c, note_call, letter(c, "a"));
    assert_string_equal(calls, "a");
    ct_atomic(c) {
        ct_on_commit(c, note_call, letter(c, "b"));
        ct_atomic(c)
            ct_on_commit(c, note_call, letter(c, "c"));
        ct_atomic(c) {
            ct_on_commit(c, note_call, letter(c, "X"));
            ct_atomic(c)
                ct_on_commit(c, note_call, letter(c, "Y"));
            ct_rollback(c);
        }
        assert_false(ct_try(c, asks_and_aborts, letter(c, "Z")));
        ct_on_commit(c, note_call, letter(c, "d"));
        assert_string_equal(calls, "a");
    }
    assert_string_equal(calls, "abcd");
    ct_atomic(c) {
        ct_on_commit(c, note_call, letter(c, "V"));
        ct_rollback(c);
    }
    assert_false(ct_try(c, asks_and_aborts, letter(c, "W")));
    assert_string_equal(calls, "abcd");
}

/* ---- options ---- */

static void write_in_read_only(ct *c)
{
    ct_atomic(c, .read_only = true)
        add(c, 1);
}

static void durable_within(ct *c)
{
    ct_atomic(c)
        ct_atomic(c, .durable = true)
            add(c, 1);
}

static void isolation_within(ct *c)
{
    ct_atomic(c)
        ct_atomic(c, .isolation = CT_SERIALIZABLE)
            add(c, 1);
}

static void options_are_kept(ct *c)
{
    make_notes(c);
    ct_atomic(c, .durable = true, .isolation = CT_SERIALIZABLE)
        add(c, 9);
    ct_atomic(c, .read_only = true)
        assert_int_equal(count(c), 1);
    add(c, 11); /* also on the connection that only read */
    assert_aborts_with(c, 500, ".read_only was to change something", write_in_read_only(c));
    add(c, 12);
    assert_aborts_with(c, 500, "must be the outermost", durable_within(c));
    assert_aborts_with(c, 500, "that of its outermost", isolation_within(c));
    assert_false(ct_in_transaction(c));
    assert_int_equal(count(c), 3);
    assert_aborts_with(c, 500, "there is no database \"defualt\"; did you mean \"default\"?",
                       ct_atomic_begin(c, &(ct_atomic_options){ .using = "defualt" }));
}

/* ---- deadlines ---- */

static void sleeps_in_it(ct *c, void *arg)
{
    (void)arg;
    ct_set_deadline(c, 30 * CT_MILLISECOND);
    ct_atomic(c) {
        add(c, 1);
        ct_sleep(c, CT_SECOND);
    }
}

static void a_deadline_rolls_back(ct *c)
{
    make_notes(c);
    other_work *other = start_other(c, sleeps_in_it, NULL);
    assert_false(end_other(c, other));
    assert_int_equal(other->status, 503);
    drop_other(other);
    assert_int_equal(count(c), 0);
    add(c, 1); /* no lock is left */
}

static void waits_in_it(ct *c, void *arg)
{
    ct_atomic(c) {
        add(c, 1);
        *(bool *)arg = true;
        ct_sleep(c, CT_HOUR);
    }
}

/* It stands in its transaction when this returns. */
static other_work *start_waiting(ct *c)
{
    bool waits = false;
    other_work *other = start_other(c, waits_in_it, &waits);
    while (!waits)
        ct_sleep(c, CT_MILLISECOND);
    return other;
}

static void a_client_that_leaves_rolls_back(ct *c)
{
    make_notes(c);
    other_work *other = start_waiting(c);
    ct_fiber_cancel(other->fiber);
    ct_sleep(c, 5 * CT_MILLISECOND);
    assert_int_equal(count(c), 0);
    add(c, 1);
    assert_false(end_other(c, other));
    assert_int_equal(other->status, 499);
    drop_other(other);
}

/* ---- after a crash ---- */

static void a_crash_lets_go_of_locks(ct *c)
{
    make_notes(c);
    other_work *other = start_waiting(c);
    ct_db_session_crashed(&other->c); /* as the worker says of a fiber that never goes on */
    assert_int_equal(count(c), 0);
    add(c, 1);
    assert_int_equal(count(c), 1);
    other->fiber = NULL; /* which never goes on */
    drop_other(other);
}

/* ---- trying again ---- */

static int attempts;

static void fails_twice(ct *c, void *arg)
{
    (void)arg;
    attempts++;
    add(c, attempts);
    if (attempts < 3)
        ct_db_fail(c, &(ct_db_request){ .using = NULL },
                   &(ct_db_error){ .trouble = CT_DB_SERIALIZATION, .message = "somebody was faster" });
}

static void always_fails(ct *c, void *arg)
{
    (void)arg;
    attempts++;
    ct_db_fail(c, &(ct_db_request){ .using = NULL },
               &(ct_db_error){ .trouble = CT_DB_SERIALIZATION, .message = "somebody was faster" });
}

static void refuses(ct *c, void *arg)
{
    (void)arg;
    attempts++;
    ct_abort(c, 409, "no");
}

static void tries_again(ct *c)
{
    make_notes(c);
    attempts = 0;
    ct_atomic_retry(c, fails_twice, NULL, 0, NULL);
    assert_int_equal(attempts, 3);
    assert_int_equal(count(c), 1);
    attempts = 0;
    assert_aborts_with(c, 503, "somebody was faster", ct_atomic_retry(c, always_fails, NULL, 2, NULL));
    assert_int_equal(attempts, 2);
    assert_int_equal(c->error_retry_after, 1);
    attempts = 0;
    assert_aborts_with(c, 409, "no", ct_atomic_retry(c, refuses, NULL, 5, NULL));
    assert_int_equal(attempts, 1);
    assert_false(ct_in_transaction(c));
}

/* ---- after the answer ---- */

static void what_follows_has_transactions_too(ct *c)
{
    make_notes(c);
    ct_run_deferred(c, NULL); /* the request's end: what follows goes on with the same ct */
    ct_atomic(c)
        add(c, 1);
    assert_false(ct_try(c, add_and_abort, NULL));
    ct_run_deferred(c, NULL);
    assert_int_equal(count(c), 1);
}

/* ---- what one database alone does ---- */

/* A failed statement spoils a transaction of PostgreSQL, where nothing is around it. */
static void catches_without_a_block(ct *c)
{
    ct_atomic(c) {
        add(c, 1);
        assert_aborts_with(c, 500, "duplicate key", add(c, 1));
        assert_aborts_with(c, 500, "has failed before, and the database takes no more in it", add(c, 2));
    }
}

static void catches_and_means_it(ct *c)
{
    ct_atomic(c) {
        add(c, 1);
        assert_aborts_with(c, 500, "duplicate key", add(c, 1));
        ct_rollback(c);
    }
}

static void catches_in_an_inner_one(ct *c)
{
    ct_atomic(c) {
        add(c, 3);
        ct_atomic(c)
            assert_aborts_with(c, 500, "duplicate key", add(c, 3));
    }
}

static void a_spoiled_transaction_is_told(ct *c)
{
    make_notes(c);
    assert_aborts_with(c, 500, "has failed, and all of it was rolled back", catches_without_a_block(c));
    assert_false(ct_in_transaction(c));
    assert_int_equal(count(c), 0);
    catches_and_means_it(c);
    assert_int_equal(count(c), 0);
    assert_aborts_with(c, 500, "has failed, and all of it was rolled back", catches_in_an_inner_one(c));
    assert_int_equal(count(c), 0);
}

static bool try_add(ct *c, int id, bool fatal)
{
    ct_db_error error;
    const ct_value value = ct_value_of_int(id);
    const ct_db_request request = { .statement = { .sql = "insert into note values ($1, 'x')",
                                                   .values = &value,
                                                   .kinds = &(ct_kind){ CT_KIND_integer },
                                                   .count = 1 },
                                    .fatal = fatal };
    bool good = ct_db_try(c, &request, NULL, &error);
    assert_int_equal(good ? CT_DB_UNIQUE : error.trouble, CT_DB_UNIQUE);
    return good;
}

/* What is tried has a savepoint of its own. */
static void a_failed_try_leaves_the_transaction(ct *c)
{
    make_notes(c);
    ct_atomic(c) {
        assert_true(try_add(c, 1, false));
        assert_false(try_add(c, 1, false));
        assert_true(try_add(c, 2, false));
        ct_atomic(c)
            assert_false(try_add(c, 2, false));
        assert_true(try_add(c, 3, false));
    }
    assert_false(try_add(c, 3, false));
    assert_int_equal(count(c), 3);
}

/* Two transactions that read what the other one writes, both before one of them writes. */
static int64_t tries_in_all, reads_in_all;

static void reads_and_writes(ct *c, void *arg)
{
    int own = *(int *)arg;
    tries_in_all++;
    int64_t seen = number_of(c, ct_printf(c, "select count(*) from note where body = '%d'", 1 - own));
    for (reads_in_all++; reads_in_all < 2;)
        ct_sleep(c, CT_MILLISECOND);
    ct_sql_run(c, "insert into note values (?, ?)", ARGS(100 * (own + 1) + seen, own ? "1" : "0"));
}

static void is_serialized(ct *c, void *arg)
{
    ct_atomic_retry(c, reads_and_writes, arg, 0, &(ct_atomic_options){ .isolation = CT_SERIALIZABLE });
}

static void conflicts_are_tried_again(ct *c)
{
    static int numbers[] = { 0, 1 };
    other_work *others[2];
    make_notes(c);
    tries_in_all = reads_in_all = 0;
    for (size_t i = 0; i < 2; i++)
        others[i] = start_other(c, is_serialized, &numbers[i]);
    for (size_t i = 0; i < 2; i++) {
        if (!end_other(c, others[i]))
            fail_msg("%s", others[i]->message);
        drop_other(others[i]);
    }
    /* The second has seen the first, as one after the other would. */
    assert_int_equal(number_of(c, "select sum(id % 100) from note"), 1);
    assert_int_equal(tries_in_all, 3);
}

/* The server ends the connection in the middle. */
static void loses_its_connection(ct *c)
{
    ct_atomic(c) {
        add(c, 1);
        ct_sql_run(c, "set local idle_in_transaction_session_timeout = 30", ARGS());
        ct_sleep(c, 200 * CT_MILLISECOND);
        add(c, 2);
    }
}

static void a_lost_connection_is_told(ct *c)
{
    make_notes(c);
    assert_aborts_with(c, 503, "the database \"default\"", loses_its_connection(c));
    assert_false(ct_in_transaction(c));
    assert_int_equal(count(c), 0);
    add(c, 1);
}

static void loses_it_while_it_idles(ct *c)
{
    make_notes(c);
    ct_atomic(c)
        ct_sql_value(c, "select set_config('idle_session_timeout', '30', false)", ARGS());
    ct_sleep(c, 200 * CT_MILLISECOND);
    ct_atomic(c)
        add(c, 1);
    assert_int_equal(count(c), 1);
}

/* ---- what ct_sql() may not do to a connection ---- */

/* Neither outside of a transaction nor within one, which it leaves as it was. */
static void refuse_in_and_out(ct *c, const char *sql, const char *words)
{
    int64_t before = count(c);
    assert_aborts_with(c, 500, words, ct_sql_run(c, sql, ARGS()));
    ct_atomic(c) {
        add(c, 1000);
        assert_aborts_with(c, 500, words, ct_sql_run(c, sql, ARGS()));
        assert_int_equal(count(c), before + 1);
        ct_rollback(c);
    }
    assert_int_equal(count(c), before);
}

static void only_ct_atomic_begins_and_ends(ct *c)
{
    static const char *const texts[] = {
        "begin", "begin transaction", "/* job */ begin", "-- job\nBEGIN", "; begin",   "commit",
        "end",   "rollback",          "savepoint",       "savepoint a",   "release a", "rollback to a",
    };
    make_notes(c);
    for (size_t i = 0; i < CT_COUNT(texts); i++)
        refuse_in_and_out(c, texts[i], "ct_rollback(c) undoes");
    assert_aborts_with(c, 500, "ct_atomic(c)", ct_sql_value(c, "begin", ARGS()));
    assert_aborts_with(c, 500, "ct_atomic(c)", ct_sql_maps(c, "begin", ARGS()));
}

static void commits_in_the_middle(ct *c)
{
    ct_atomic(c) {
        add(c, 1);
        ct_sql_run(c, "commit", ARGS());
        add(c, 2);
    }
}

static void a_commit_in_the_middle_keeps_nothing(ct *c)
{
    make_notes(c);
    assert_aborts_with(c, 500, "ct_atomic(c)", commits_in_the_middle(c));
    assert_int_equal(count(c), 0);
    add(c, 1);
    assert_int_equal(count(c), 1);
}

/* As if nobody had seen what it is. */
static void run_unseen(ct *c, const char *sql, bool raw)
{
    ct_db_run(c, &(ct_db_request){ .statement = { .sql = sql, .raw = raw } }, NULL);
}

static void goes_on_after_its_end(ct *c)
{
    ct_atomic(c) {
        add(c, 2);
        assert_aborts_with(c, 500, "may stay", run_unseen(c, "commit", true));
        assert_aborts_with(c, 500, "is gone: it ended the transaction", add(c, 3));
    }
}

static void an_end_that_was_not_seen_is_found(ct *c)
{
    make_notes(c);
    ct_atomic(c) {
        add(c, 1);
        run_unseen(c, "update note set body = 'y'", true);
    }
    assert_aborts_with(c, 500, "is gone: it ended the transaction", goes_on_after_its_end(c));
    assert_int_equal(count(c), 2); /* as was said */
    assert_false(ct_in_transaction(c));
    ct_atomic(c) {
        add(c, 4);
        ct_rollback(c);
    }
    assert_int_equal(count(c), 2);
}

static void a_beginning_that_was_not_seen_is_undone(ct *c)
{
    make_notes(c);
    assert_aborts_with(c, 500, "it began a transaction", run_unseen(c, "begin", true));
    assert_aborts_with(c, 500, "it began a transaction", run_unseen(c, "savepoint a", true));
    add(c, 1);
    ct_atomic(c) {
        add(c, 2);
        ct_rollback(c);
    }
    assert_int_equal(count(c), 1);
}

static void add_some(ct *c, void *arg)
{
    add(c, *(int *)arg);
}

static void a_beginning_on_a_shared_connection_ends_it(ct *c)
{
    make_notes(c);
    assert_aborts_with(c, 503, "has begun a transaction", run_unseen(c, "/* */ begin", false));
    int numbers[] = { 1, 2 };
    other_work *others[2];
    for (size_t i = 0; i < 2; i++)
        others[i] = start_other(c, add_some, &numbers[i]);
    for (size_t i = 0; i < 2; i++) {
        assert_true(end_other(c, others[i]));
        drop_other(others[i]);
    }
    ct_atomic(c) /* on another connection */
        assert_int_equal(count(c), 2);
}

static void pragmas_are_not_left_on_connections(ct *c)
{
    make_notes(c);
    refuse_in_and_out(c, "pragma query_only = 1", "would stay on a connection");
    refuse_in_and_out(c, "pragma main.foreign_keys(off)", "would stay on a connection");
    refuse_in_and_out(c, "attach ':memory:' as other", "further files");
    assert_aborts_with(c, 500, "for one transaction", ct_sql_run(c, "pragma defer_foreign_keys = on", ARGS()));
    ct_atomic(c)
        ct_sql_run(c, "pragma defer_foreign_keys = on", ARGS());
    ct_sql_run(c, "pragma user_version = 7", ARGS());
    assert_int_equal(number_of(c, "pragma user_version"), 7);
    assert_int_equal(number_of(c, "pragma foreign_keys"), 1);
}

static void settings_are_not_left_on_connections(ct *c)
{
    make_notes(c);
    refuse_in_and_out(c, "set search_path to nowhere", "\"set local ...\"");
    refuse_in_and_out(c, "-- x\nset session characteristics as transaction read only", "alter role");
    refuse_in_and_out(c, "reset all", "would stay on a connection");
    refuse_in_and_out(c, "discard all", "would stay on a connection");
    refuse_in_and_out(c, "listen news", "would stay on a connection");
    refuse_in_and_out(c, "prepare transaction 'x'", "ct_atomic(c)");
    assert_aborts_with(c, 500, "for one transaction", ct_sql_run(c, "set local work_mem = '1MB'", ARGS()));
    assert_aborts_with(c, 500, "for one transaction", ct_sql_run(c, "/* */ lock note", ARGS()));
    ct_atomic(c) {
        ct_sql_run(c, "set transaction isolation level serializable", ARGS());
        ct_sql_run(c, "set local search_path to nowhere", ARGS());
        ct_sql_run(c, "set constraints all immediate", ARGS());
        ct_sql_run(c, "lock public.note in share mode", ARGS());
    }
    ct_atomic(c)
        add(c, 1);
    assert_int_equal(count(c), 1);
}

#define BOTH(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, name);                                                                                      \
    }
#define ON_POSTGRES(name)                                                                                              \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_postgres(&app, name);                                                                                       \
    }
#define ON_SQLITE(name)                                                                                                \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_sqlite(&app, name);                                                                                         \
    }
BOTH(ends_in_the_ordinary_way)
BOTH(aborts_roll_back)
BOTH(goes_on_after_an_error)
BOTH(is_rolled_back)
BOTH(calls_follow_the_commit)
BOTH(options_are_kept)
BOTH(a_deadline_rolls_back)
BOTH(a_client_that_leaves_rolls_back)
BOTH(a_crash_lets_go_of_locks)
BOTH(tries_again)
BOTH(what_follows_has_transactions_too)
BOTH(only_ct_atomic_begins_and_ends)
BOTH(a_commit_in_the_middle_keeps_nothing)
BOTH(an_end_that_was_not_seen_is_found)
ON_POSTGRES(a_spoiled_transaction_is_told)
ON_POSTGRES(a_failed_try_leaves_the_transaction)
ON_POSTGRES(conflicts_are_tried_again)
ON_POSTGRES(a_lost_connection_is_told)
ON_POSTGRES(loses_it_while_it_idles)
ON_POSTGRES(settings_are_not_left_on_connections)
ON_POSTGRES(a_beginning_on_a_shared_connection_ends_it)
ON_SQLITE(a_beginning_that_was_not_seen_is_undone)
ON_SQLITE(pragmas_are_not_left_on_connections)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_in_the_ordinary_way),
        cmocka_unit_test(test_aborts_roll_back),
        cmocka_unit_test(test_goes_on_after_an_error),
        cmocka_unit_test(test_is_rolled_back),
        cmocka_unit_test(test_calls_follow_the_commit),
        cmocka_unit_test(test_options_are_kept),
        cmocka_unit_test(test_a_deadline_rolls_back),
        cmocka_unit_test(test_a_client_that_leaves_rolls_back),
        cmocka_unit_test(test_a_crash_lets_go_of_locks),
        cmocka_unit_test(test_tries_again),
        cmocka_unit_test(test_what_follows_has_transactions_too),
        cmocka_unit_test(test_a_spoiled_transaction_is_told),
        cmocka_unit_test(test_a_failed_try_leaves_the_transaction),
        cmocka_unit_test(test_conflicts_are_tried_again),
        cmocka_unit_test(test_a_lost_connection_is_told),
        cmocka_unit_test(test_loses_it_while_it_idles),
        cmocka_unit_test(test_only_ct_atomic_begins_and_ends),
        cmocka_unit_test(test_a_commit_in_the_middle_keeps_nothing),
        cmocka_unit_test(test_settings_are_not_left_on_connections),
        cmocka_unit_test(test_an_end_that_was_not_seen_is_found),
        cmocka_unit_test(test_a_beginning_on_a_shared_connection_ends_it),
        cmocka_unit_test(test_a_beginning_that_was_not_seen_is_undone),
        cmocka_unit_test(test_pragmas_are_not_left_on_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
