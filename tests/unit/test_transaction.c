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
    ct_atomic(c)
    {
        add(c, 3);
        return 7;
    }
    return 0;
}

static void ends_in_the_ordinary_way(ct *c)
{
    make_notes(c);
    assert_false(ct_in_transaction(c));
    ct_atomic(c)
    {
        assert_true(ct_in_transaction(c));
        add(c, 1);
        assert_int_equal(count(c), 1);
    }
    assert_false(ct_in_transaction(c));
    ct_atomic(c)
    {
        add(c, 2);
        if (count(c) == 2)
            break;
        add(c, 20);
    }
    assert_int_equal(returns(c), 7);
    for (int i = 0; i < 2; i++) {
        ct_atomic(c)
        {
            add(c, 4 + i);
            continue;
        }
    }
    assert_false(ct_in_transaction(c));
    assert_int_equal(count(c), 5);
    for (int i = 0; i < 500; i++)
        ct_atomic(c) add(c, 100 + i);
    assert_int_equal(count(c), 505);
}

/* ---- aborts ---- */

static void add_and_abort(ct *c, void *arg)
{
    (void)arg;
    ct_atomic(c)
    {
        add(c, 1);
        ct_atomic(c)
        {
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
    ct_atomic(c)
    {
        add(c, 10);
        assert_false(ct_try(c, add_and_abort, NULL));
        assert_true(ct_in_transaction(c));
        add(c, 11);
        assert_int_equal(count(c), 2);
    }
    assert_int_equal(count(c), 2);
    /* With nothing behind it but the end. */
    ct_atomic(c)
    {
        add(c, 12);
        assert_false(ct_try(c, add_and_abort, NULL));
    }
    assert_int_equal(count(c), 3);
    ct_atomic(c) assert_false(ct_try(c, add_and_abort, NULL));
    assert_int_equal(count(c), 3);
}

static void breaks_a_rule(ct *c, void *arg)
{
    (void)arg;
    ct_atomic(c)
    {
        add(c, 5);
        add(c, 5);
    }
}

static void goes_on_after_an_error(ct *c)
{
    make_notes(c);
    assert_false(ct_try(c, breaks_a_rule, NULL));
    assert_int_equal(count(c), 0);
    ct_atomic(c)
    {
        add(c, 1);
        assert_false(ct_try(c, breaks_a_rule, NULL));
        ct_atomic(c) add(c, 2);
        assert_int_equal(count(c), 2);
    }
    assert_int_equal(count(c), 2);
}

/* ---- ct_rollback ---- */

static void is_rolled_back(ct *c)
{
    make_notes(c);
    ct_atomic(c)
    {
        add(c, 1);
        ct_rollback(c);
        add(c, 2);
    }
    assert_int_equal(count(c), 0);
    ct_atomic(c)
    {
        add(c, 1);
        ct_atomic(c)
        {
            add(c, 2);
            ct_atomic(c) add(c, 3);
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
    ct_atomic(c)
    {
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
    ct_atomic(c)
    {
        ct_on_commit(c, note_call, letter(c, "b"));
        ct_atomic(c) ct_on_commit(c, note_call, letter(c, "c"));
        ct_atomic(c)
        {
            ct_on_commit(c, note_call, letter(c, "X"));
            ct_atomic(c) ct_on_commit(c, note_call, letter(c, "Y"));
            ct_rollback(c);
        }
        assert_false(ct_try(c, asks_and_aborts, letter(c, "Z")));
        ct_on_commit(c, note_call, letter(c, "d"));
        assert_string_equal(calls, "a");
    }
    assert_string_equal(calls, "abcd");
    ct_atomic(c)
    {
        ct_on_commit(c, note_call, letter(c, "V"));
        ct_rollback(c);
    }
    assert_false(ct_try(c, asks_and_aborts, letter(c, "W")));
    assert_string_equal(calls, "abcd");
}

/* ---- options ---- */

static void write_in_read_only(ct *c)
{
    ct_atomic(c, .read_only = true) add(c, 1);
}

static void durable_within(ct *c)
{
    ct_atomic(c) ct_atomic(c, .durable = true) add(c, 1);
}

static void isolation_within(ct *c)
{
    ct_atomic(c) ct_atomic(c, .isolation = CT_SERIALIZABLE) add(c, 1);
}

static void options_are_kept(ct *c)
{
    make_notes(c);
    ct_atomic(c, .durable = true, .isolation = CT_SERIALIZABLE) add(c, 9);
    ct_atomic(c, .read_only = true) assert_int_equal(count(c), 1);
    assert_aborts_with(c, 500, ".read_only was to change something", write_in_read_only(c));
    assert_aborts_with(c, 500, "must be the outermost", durable_within(c));
    assert_aborts_with(c, 500, "that of its outermost", isolation_within(c));
    assert_false(ct_in_transaction(c));
    add(c, 10); /* also on the connection that only read */
    assert_int_equal(count(c), 2);
    assert_aborts_with(c, 500, "there is no database \"defualt\"; did you mean \"default\"?",
                       ct_atomic_begin(c, &(ct_atomic_options){ .using = "defualt" }));
}

/* ---- deadlines ---- */

static void sleeps_in_it(ct *c, void *arg)
{
    (void)arg;
    ct_set_deadline(c, 30 * CT_MILLISECOND);
    ct_atomic(c)
    {
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
    (void)arg;
    ct_atomic(c)
    {
        add(c, 1);
        ct_sleep(c, CT_HOUR);
    }
}

static void a_client_that_leaves_rolls_back(ct *c)
{
    make_notes(c);
    other_work *other = start_other(c, waits_in_it, NULL);
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
    other_work *other = start_other(c, waits_in_it, NULL);
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
    ct_atomic(c) add(c, 1);
    assert_false(ct_try(c, add_and_abort, NULL));
    ct_run_deferred(c, NULL);
    assert_int_equal(count(c), 1);
}

#define BOTH(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, name);                                                                                      \
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
