/* A PostgreSQL server that is stopped, crashes and comes back while many requests write and read: what was acknowledged
 * is there, nothing is there twice, what is said not to have been run was not, and all goes on by itself. */
#include "database.h"
#include "postgres_server.h"

#include "base/time.h"
#include "db/postgres.h"
#include "net/offload.h"

#define WRITERS 40
#define MOST 200000

static const ct_app app = { .name = "blog" };
static postgres_server server;

enum { NOT_TRIED, WRITTEN, UNKNOWN, NOT_WRITTEN };

static struct load {
    unsigned char fate[MOST]; /* of each number */
    int64_t next;
    bool stop;
    int running, reads, lost_reads, refused, again; /* again: successes since the last start */
    ct *c;
    ct_fiber *parent;
} load;

typedef struct writer {
    ct_timer timer;
    struct ct c;
    ct_arena arena;
} writer;

static bool ignore(ct_db_sink *sink, const ct_db_row *row)
{
    (void)sink, (void)row;
    return true;
}

static bool run(ct *c, const char *sql, int64_t number, bool read, ct_db_error *error)
{
    ct_db_entry *entry = &ct_work_databases(load.c)->entries[0];
    const ct_value value = ct_value_of_int(number);
    const ct_kind kind = CT_KIND_integer;
    ct_db_sink sink = { .row = ignore };
    return entry->driver->share(
        c, ct_pool_shared(&entry->pool), &entry->target,
        &(ct_db_statement){ .sql = sql, .values = &value, .kinds = &kind, .count = 1, .read = read }, &sink, error);
}

static void write_one(ct *c)
{
    ct_db_error error;
    int64_t number = load.next++;
    if (number >= MOST)
        return;
    if (run(c, "insert into t values ($1)", number, false, &error)) {
        load.fate[number] = WRITTEN;
        load.again++;
        return;
    }
    if (error.trouble != CT_DB_LOST && error.trouble != CT_DB_UNAVAILABLE)
        fail_msg("%d %s", error.trouble, error.message);
    load.fate[number] = error.sent ? UNKNOWN : NOT_WRITTEN;
    load.refused++;
    ct_sleep(c, 5 * CT_MILLISECOND);
}

static void read_one(ct *c)
{
    ct_db_error error;
    load.reads++;
    if (run(c, "select count(*) from t where n = $1", load.next, true, &error))
        return;
    load.lost_reads += error.trouble == CT_DB_LOST;
    ct_sleep(c, 5 * CT_MILLISECOND);
}

static void run_writer(void *arg)
{
    writer *own = arg;
    for (int i = 0; !load.stop; i++) {
        if (i % 2)
            read_one(&own->c);
        else
            write_one(&own->c);
        ct_arena_reset(&own->arena);
    }
    ct_arena_finish(&own->arena);
    if (--load.running == 0)
        ct_fiber_wake(load.parent);
}

static void start_writer(ct_timer *timer)
{
    assert_true(ct_fiber_start(ct_loop_current()->scheduler, run_writer, CT_CONTAINER(timer, writer, timer)));
}

static void order(void *arg)
{
    postgres_server_tell(&server, arg);
}

/* The script is waited for on a thread: the load goes on meanwhile. */
static void tell(char *word)
{
    ct_offload_run(ct_loop_current()->offload, order, word);
}

static void check_fates(ct *c)
{
    ct_array *rows = ct_sql_maps(c, "select n, count(*) as times from t group by n", ARGS());
    static unsigned char times[MOST];
    memset(times, 0, sizeof(times));
    for (size_t i = 0; i < ct_array_count(rows); i++) {
        const ct_map *row = ct_array_at(rows, i).map;
        assert_int_equal(ct_map_get(row, "times").integer, 1); /* nothing was run twice */
        times[ct_map_get(row, "n").integer] = 1;
    }
    int written = 0;
    for (int i = 0; i < MOST; i++) {
        if (load.fate[i] == WRITTEN && !times[i])
            fail_msg("%d was acknowledged and is not there", i);
        if (load.fate[i] == NOT_WRITTEN && times[i])
            fail_msg("%d was said not to have been run, and is there", i);
        written += times[i];
    }
    assert_true(written > 100);
}

static void wait_until_it_goes_on(ct *c)
{
    load.again = 0;
    for (int i = 0; i < 300 && load.again < 20; i++)
        ct_sleep(c, 10 * CT_MILLISECOND);
    assert_true(load.again >= 20);
}

static void goes_on(ct *c)
{
    static writer writers[WRITERS];
    static char down[] = "postgres_down INT", crash[] = "postgres_down QUIT", up[] = "postgres_up";
    char *const ends[] = { down, crash, down };
    load = (struct load){ .c = c, .parent = ct_fiber_current(), .running = WRITERS };
    run_sql(c, "create table t (n bigint)");
    for (int i = 0; i < WRITERS; i++) {
        writer *own = &writers[i];
        ct_arena_init(&own->arena, NULL, 0);
        own->c.arena = &own->arena;
        own->c.site = c->site;
        own->c.deadline = INT64_MAX;
        ct_timer_init(&own->timer, start_writer);
        ct_timer_set(&ct_loop_current()->timers, &own->timer, 0);
    }
    for (size_t i = 0; i < CT_COUNT(ends); i++) {
        wait_until_it_goes_on(c);
        tell(ends[i]);
        int refused = load.refused;
        ct_sleep(c, 200 * CT_MILLISECOND);
        assert_true(load.refused > refused);
        tell(up);
    }
    wait_until_it_goes_on(c);
    load.stop = true;
    while (load.running)
        ct_wait(c, INT64_MAX);
    check_fates(c);
}

static void test_goes_on(void **state)
{
    (void)state;
    /* _CANTEEN_TEST_POSTGRES is the server of all: this one is stopped. */
    postgres_server_start(&server);
    bool good = run_on(&app, server.url, NULL, goes_on);
    postgres_server_stop(&server);
    if (!good)
        fail_msg("%s", database_run.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_goes_on) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
