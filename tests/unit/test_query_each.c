/* ct_each(): all rows, in constant memory, however it ends. */
#include "database.h"

CT_MODEL_DECLARE(Owner);
CT_MODEL_DECLARE(Item);
CT_MODEL(Owner, (text, name), (has_many, items, Item, owner));
CT_MODEL(Item, (ref, owner, Owner, .on_delete = CT_CASCADE), (text, name), (integer, size));

static const ct_app app = { .name = "store", .models = MODELS(Owner, Item) };

static void fill(ct *c, int64_t count)
{
    bool sqlite = strncmp(database_run.url, "sqlite:", 7) == 0;
    make_tables(c);
    run_sql(c, "insert into store_owner (id, name) values (1, 'Ann'), (2, 'Bob')");
    const char *numbers = sqlite
                              ? "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) select i "
                                "from n"
                              : "select i from generate_series(1, ?) i";
    ct_sql_run(c,
               ct_printf(c,
                         "insert into store_item (id, owner_id, name, size) select i, 1 + i %% 2, 'item ' || i, i from "
                         "(%s) t",
                         numbers),
               ARGS(count));
}

static void every_row_is_seen_in_constant_memory(ct *c)
{
    const int64_t count = strncmp(database_run.url, "sqlite:", 7) == 0 ? 1000000 : 100000;
    fill(c, count);
    int64_t seen = 0, sum = 0;
    size_t most = 0, before = 0;
    ct_each(c, Item, item, .order_by = "id") {
        if (!seen)
            before = ct_arena_used(c->arena);
        assert_int_equal(item->id, ++seen);
        sum += item->size;
        if (ct_arena_used(c->arena) > most)
            most = ct_arena_used(c->arena);
    }
    assert_int_equal(seen, count);
    assert_int_equal(sum, count * (count + 1) / 2);
    assert_true(most - before < 65536);
}

static void relations_take_no_memory_either(ct *c)
{
    fill(c, 50000);
    size_t after_some = 0, seen = 0, queries = ct_query_count(c);
    const char *owners[] = { "Bob", "Ann" };
    ct_each(c, Item, item, .order_by = "id") {
        assert_string_equal(ct_related(c, item, owner)->name, owners[++seen % 2 ? 0 : 1]);
        if (seen == 2000)
            after_some = ct_arena_used(c->arena);
    }
    assert_int_equal(seen, 50000);
    assert_true(ct_query_count(c) - queries <= 102);
    if (ct_arena_used(c->arena) - after_some > 65536)
        fail_msg("%zu bytes more", ct_arena_used(c->arena) - after_some);
    seen = 0;
    ct_each(c, Item, item, .with = "owner", .limit = 700) {
        seen += item->owner != NULL;
    }
    assert_int_equal(seen, 700);
}

static int64_t find(ct *c, int64_t id)
{
    ct_each(c, Item, item, .order_by = "id") {
        if (item->id == id)
            return item->size;
    }
    return -1;
}

static void count_too_far(ct *c)
{
    ct_each(c, Item, item) {
        if (item->id > 2)
            ct_abort(c, 418, "far enough");
    }
}

static void it_may_end_early(ct *c)
{
    fill(c, 2000);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(find(c, 3), 3);
        assert_int_equal(find(c, 1999), 1999);
        ct_each(c, Item, item) {
            if (item->id > 2)
                break;
        }
        assert_aborts_with(c, 418, "far enough", count_too_far(c));
    }
    assert_int_equal(find(c, 5000), -1);
    ct_each(c, Item, item, .size = EQ(0)) {
        fail_msg("there is none: %d", (int)item->id);
    }
}

static void it_sees_what_its_transaction_has_written(ct *c)
{
    fill(c, 10);
    ct_atomic(c) {
        run_sql(c, "update store_item set size = 77 where id = 1");
        assert_int_equal(find(c, 1), 77);
        run_sql(c, "update store_item set size = 78 where id = 1");
        ct_rollback(c);
    }
    assert_int_equal(find(c, 1), 1);
}

static void it_may_write_what_it_sees(ct *c)
{
    fill(c, 1200);
    ct_each(c, Item, item, .size = LE(5)) {
        item->name = "changed";
        ct_save(c, item);
    }
    assert_int_equal(ct_count(c, Item, .name = EQ("changed")), 5);
}

#define ON_DATABASES(test)                                                                                             \
    static void test##_on_databases(void **state)                                                                      \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, test);                                                                                      \
    }
ON_DATABASES(every_row_is_seen_in_constant_memory)
ON_DATABASES(relations_take_no_memory_either)
ON_DATABASES(it_may_end_early)
ON_DATABASES(it_sees_what_its_transaction_has_written)
ON_DATABASES(it_may_write_what_it_sees)

/* ---- as many at once as there are connections ---- */

typedef struct crowd {
    size_t inside; /* of the loop, all of them at once */
    int64_t found;
} crowd;

static void asks_within(ct *c, void *arg)
{
    crowd *all = arg;
    ct_each(c, Item, item, .size = LE(20)) {
        if (item->id == 1)
            all->inside++;
        while (all->inside < 3)
            ct_sleep(c, CT_MILLISECOND);
        all->found += ct_count(c, Owner, .id = EQ(item->owner_id));
        ct_each(c, Item, other, .id = EQ(item->id)) {
            all->found += ct_exists(c, Item, .id = EQ(other->id));
        }
        ct_atomic(c)
            ct_update_where(c, Item, WHERE(Item, .id = EQ(item->id)), .size = ADD(1));
    }
}

static void others_ask_within(ct *c)
{
    fill(c, 40);
    crowd all = { 0 };
    other_work *others[3];
    for (int i = 0; i < 3; i++)
        others[i] = start_other(c, asks_within, &all);
    for (int i = 0; i < 3; i++) {
        if (!end_other(c, others[i]))
            fail_msg("%d: %s", others[i]->status, others[i]->message);
        drop_other(others[i]);
    }
    assert_int_equal(all.found, 3 * 2 * 20);
    assert_int_equal(number_of(c, "select count(*) from store_item"), 40);
    assert_int_equal(ct_db_entry_for(c, NULL, NULL, false)->pool.open_count <= 3, true);
}

static void test_queries_within_do_not_wait_for_each_other(void **state)
{
    (void)state;
    static const ct_setting settings[] = { { .name = "database_connections", .value = "3" },
                                           { .name = "database_wait", .value = "2s" },
                                           { .name = NULL } };
    on_sqlite_with(&app, settings, others_ask_within);
}

/* All connections but one are in loops at once. What is within goes on; on PostgreSQL too, where no connection can be
 * had beyond the bound. */
static void writes_within(ct *c, void *arg)
{
    crowd *all = arg;
    bool first = true;
    ct_each(c, Item, item, .order_by = "id") {
        all->inside += first;
        for (int i = 0; first && all->inside < 2 && i < 100; i++)
            ct_sleep(c, CT_MILLISECOND);
        first = false;
        ct_each(c, Item, other, .id = EQ(item->id), .with = "owner") {
            all->found += other->owner->id == item->owner_id;
            ct_each(c, Item, third, .id = EQ(item->id)) {
                all->found += third->size >= item->size;
            }
        }
        ct_atomic(c)
            ct_update_where(c, Item, WHERE(Item, .id = EQ(item->id)), .size = ADD(1));
    }
    ct_each(c, Item, item) { /* alone again */
        all->found++;
        break;
    }
}

static void others_write_within(ct *c)
{
    fill(c, 20);
    crowd all = { 0 };
    other_work *others[5];
    for (size_t i = 0; i < CT_COUNT(others); i++)
        others[i] = start_other(c, writes_within, &all);
    for (size_t i = 0; i < CT_COUNT(others); i++) {
        if (!end_other(c, others[i]))
            fail_msg("%d: %s", others[i]->status, others[i]->message);
        drop_other(others[i]);
    }
    assert_int_equal(all.found, 5 * (2 * 20 + 1));
    assert_int_equal(number_of(c, "select cast(sum(size) as bigint) from store_item"), 20 * 21 / 2 + 5 * 20);
    const ct_pool *pool = &ct_db_entry_for(c, NULL, NULL, false)->pool;
    assert_int_equal(pool->open_count <= 3, true);
    assert_int_equal(pool->loops, 0);
}

static void test_loops_leave_a_connection_for_what_is_within(void **state)
{
    (void)state;
    static const ct_setting settings[] = { { .name = "database_connections", .value = "3" },
                                           { .name = "database_wait", .value = "5s" },
                                           { .name = NULL } };
    on_sqlite_with(&app, settings, others_write_within);
    on_postgres_with(&app, settings, others_write_within);
}

static void sees_what_was_written_since(ct *c)
{
    fill(c, 3);
    int64_t seen = 0;
    ct_each(c, Item, item, .order_by = "id") {
        ct_each(c, Item, other, .id = EQ(item->id)) {
            seen += other->size;
        }
        ct_update_where(c, Item, WHERE(Item), .size = ADD(100));
    }
    assert_int_equal(seen, 1 + 102 + 203);
}

static void test_a_loop_within_sees_what_was_written_since(void **state)
{
    (void)state;
    on_databases(&app, sees_what_was_written_since);
}

/* In a transaction the loop and what it writes have one connection. */
static void writes_are_not_seen_again(ct *c)
{
    fill(c, 1200);
    run_sql(c, "create index by_size on store_item (size)");
    if (strncmp(database_run.url, "sqlite:", 7) != 0)
        number_of(c, "select setval(pg_get_serial_sequence('store_item', 'id'), 1200)");
    int64_t seen = 0;
    ct_atomic(c) {
        ct_each(c, Item, item, .size = GT(0), .order_by = "size") {
            assert_true(++seen <= 1200);
            ct_update(c, item, .size = ADD(5000));
        }
    }
    assert_int_equal(seen, 1200);
    ct_atomic(c) {
        ct_each(c, Item, item, .size = GT(0)) {
            assert_true(++seen <= 2400);
            ct_create(c, Item, .owner_id = 1, .name = "new", .size = item->size + 1);
        }
    }
    assert_int_equal(seen, 2400);
    ct_atomic(c) {
        ct_each(c, Item, item, .order_by = "id", .limit = 1100) {
            seen++;
            ct_atomic(c) {
                ct_delete(c, item);
                if (item->id % 2)
                    ct_rollback(c);
            }
        }
    }
    assert_int_equal(seen, 3500);
    assert_int_equal(number_of(c, "select count(*) from store_item"), 2400 - 550);
}

static void test_writes_are_not_seen_again(void **state)
{
    (void)state;
    on_databases(&app, writes_are_not_seen_again);
}

static void stays_in_a_loop(ct *c, void *arg)
{
    crowd *all = arg;
    ct_each(c, Item, item) {
        while (all->inside)
            ct_sleep(c, CT_MILLISECOND);
        break;
    }
}

static void breaks_off_within(ct *c)
{
    ct_each(c, Item, item) {
        ct_each(c, Item, other, .id = EQ(item->id)) {
            ct_abort(c, 418, "enough");
        }
    }
}

static void a_loop_waits_for_another(ct *c)
{
    fill(c, 3);
    crowd all = { .inside = 1 };
    other_work *other = start_other(c, stays_in_a_loop, &all), *gone = start_other(c, stays_in_a_loop, &all);
    ct_fiber_cancel(gone->fiber);
    assert_false(end_other(c, gone));
    assert_aborts_with(
        c, 503, "other loops of ct_each() lasted longer than 0.05 s (setting database_wait), and no more than 1 ",
        breaks_off_within(c));
    all.inside = 0;
    assert_true(end_other(c, other));
    for (int i = 0; i < 3; i++)
        assert_aborts_with(c, 418, "enough", breaks_off_within(c));
    assert_int_equal(ct_db_entry_for(c, NULL, NULL, false)->pool.loops, 0);
    drop_other(other);
    drop_other(gone);
}

static void test_a_loop_waits_for_another(void **state)
{
    (void)state;
    static const ct_setting settings[] = { { .name = "database_connections", .value = "3" },
                                           { .name = "database_wait", .value = "50ms" },
                                           { .name = NULL } };
    on_postgres_with(&app, settings, a_loop_waits_for_another);
}

/* As docs/queries.md says: there is none to leave. */
static void none_is_left(ct *c)
{
    fill(c, 2);
    ct_each(c, Item, item) {
        assert_aborts_with(c, 500, "raise the setting database_connections", ct_atomic(c) ct_count(c, Item));
        break;
    }
}

static void some_is_left(ct *c)
{
    fill(c, 2);
    ct_each(c, Item, item) {
        ct_atomic(c)
            ct_count(c, Item);
        ct_update(c, item, .size = ADD(1));
    }
}

static void test_few_connections_leave_none_for_what_is_within(void **state)
{
    (void)state;
    static ct_setting settings[] = { { .name = "database_connections", .value = "1" }, { .name = NULL } };
    on_postgres_with(&app, settings, none_is_left);
    settings[0].value = "2";
    on_postgres_with(&app, settings, none_is_left);
    settings[0].value = "3";
    on_postgres_with(&app, settings, some_is_left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_seen_in_constant_memory_on_databases),
        cmocka_unit_test(relations_take_no_memory_either_on_databases),
        cmocka_unit_test(it_may_end_early_on_databases),
        cmocka_unit_test(it_sees_what_its_transaction_has_written_on_databases),
        cmocka_unit_test(it_may_write_what_it_sees_on_databases),
        cmocka_unit_test(test_queries_within_do_not_wait_for_each_other),
        cmocka_unit_test(test_loops_leave_a_connection_for_what_is_within),
        cmocka_unit_test(test_a_loop_within_sees_what_was_written_since),
        cmocka_unit_test(test_writes_are_not_seen_again),
        cmocka_unit_test(test_a_loop_waits_for_another),
        cmocka_unit_test(test_few_connections_leave_none_for_what_is_within),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
