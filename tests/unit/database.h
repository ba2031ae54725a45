/* Unit tests with databases: a `ct` on a fiber, of a site with an app's models, over a fresh SQLite file or a fresh
 * database of the PostgreSQL server of the run.
 *
 *     static const ct_app app = { .name = "blog", .models = MODELS(Post) };
 *
 *     static void rows_are_counted(ct *c)
 *     {
 *         make_tables(c);
 *         ...
 *     }
 *
 *     static void test_rows_are_counted(void **state)
 *     {
 *         (void)state;
 *         on_databases(&app, rows_are_counted);
 *     }
 *
 * Everything is gone when on_...() returns. A test that leaves early leaves its folder behind. */
#ifndef DATABASE_H
#define DATABASE_H

#include "base/common.h"
#include "base/log.h"
#include "base/time.h"
#include "canteen.h"
#include "db/ddl.h"
#include "db/session.h"
#include "net/loop.h"
#include "web/ct.h"
#include "web/prepare.h"
#include "web/settings.h"
#include "web/standalone.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef void database_test(ct *c);

/* What runs, and where. */
static struct database_run {
    database_test *test;
    bool ended;
    char folder[64]; /* of the SQLite file */
    char url[512];
    char log[65536]; /* what was logged, once the test has ended */
} database_run;

static inline int database_on_fiber(ct *c)
{
    database_run.test(c);
    database_run.ended = true;
    return 0;
}

/* Runs the test on the database of the URL. False: it aborted. `settings` come over those of a test; NULL: none. */
static inline bool run_on(const ct_app *app, const char *url, const ct_setting *settings, database_test *test)
{
    ct_arena arena;
    ct_site site;
    ct_problems problems = { 0 };
    ct_arena_init(&arena, NULL, 0);
    ct_settings *read = ct_settings_declare(&arena, app, &problems);
    const ct_setting at[] = { { .name = "database_url", .value = url }, { .name = NULL } };
    ct_settings_read_for_test(read, "/nonexistent/.env", (char *[]){ NULL }, NULL, at, &problems);
    if (settings)
        ct_settings_read_for_test(read, "/nonexistent/.env", (char *[]){ NULL }, NULL, settings, &problems);
    ct_site_prepare(&site, app, read, &problems);
    for (size_t i = 0; i < problems.count; i++)
        if (problems.items[i].severity == CT_PROBLEM_ERROR)
            fail_msg("%s", problems.items[i].text);
    char path[] = "/tmp/canteen-test-log-XXXXXX";
    int log = mkstemp(path);
    assert_true(log >= 0);
    unlink(path);
    ct_log_open(log, CT_LOG_TEXT, CT_LOG_INFO);
    database_run.test = test;
    database_run.ended = false;
    int code = ct_run_work(&site, database_on_fiber, NULL);
    ct_log_flush();
    ssize_t size = pread(log, database_run.log, sizeof(database_run.log) - 1, 0);
    database_run.log[size > 0 ? size : 0] = '\0';
    ct_log_open(STDERR_FILENO, CT_LOG_TEXT, CT_LOG_INFO);
    close(log);
    ct_site_finish(&site);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
    return code == 0 && database_run.ended;
}

static inline int drop_entry(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(path);
}

/* A folder for files of the test's own, in _CANTEEN_TEST_FOLDER where there is one, and its end. */
static inline void make_folder(void)
{
    const char *above = getenv("_CANTEEN_TEST_FOLDER");
    snprintf(database_run.folder, sizeof(database_run.folder), "%s/canteen-test-db-XXXXXX", above ? above : "/tmp");
    assert_non_null(mkdtemp(database_run.folder));
}

static inline void drop_folder(const char *folder)
{
    assert_int_equal(nftw(folder, drop_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* The URL of a SQLite file in it. */
static inline const char *file_url(const char *name)
{
    snprintf(database_run.url, sizeof(database_run.url), "sqlite:%s/%s", database_run.folder, name);
    return database_run.url;
}

static inline void on_sqlite_with(const ct_app *app, const ct_setting *settings, database_test *test)
{
    make_folder();
    bool good = run_on(app, file_url("test.db"), settings, test);
    drop_folder(database_run.folder);
    if (!good)
        fail_msg("the test aborted on SQLite:\n%s", database_run.log);
}

static inline void on_sqlite(const ct_app *app, database_test *test)
{
    on_sqlite_with(app, NULL, test);
}

static char database_made[64];

static inline void make_postgres(ct *c)
{
    ct_sql_run(c, ct_printf(c, "create database %s", database_made), ARGS());
}

static inline void drop_postgres(ct *c)
{
    ct_sql_run(c, ct_printf(c, "drop database %s with (force)", database_made), ARGS());
}

/* The URL with another database in it. */
static inline void set_postgres_url(const char *base)
{
    const char *host = strstr(base, "://"), *name = host ? strchr(host + 3, '/') : NULL;
    if (!name) {
        fail_msg("no database is named in %s", base);
        return;
    }
    snprintf(database_run.url, sizeof(database_run.url), "%.*s/%s%s", (int)(name - base), base, database_made,
             name + strcspn(name, "?"));
}

static inline void on_postgres_with(const ct_app *app, const ct_setting *settings, database_test *test)
{
    static unsigned count;
    static const ct_app none = { .name = "maker" };
    const char *base = getenv("_CANTEEN_TEST_POSTGRES");
    if (!base) {
        fail_msg("_CANTEEN_TEST_POSTGRES is not set: run this by `./dev test`, or by `sh tests/support/postgres.sh "
                 "build-debug/tests/unit_X` (apt-get install --no-install-recommends postgresql)");
        return;
    }
    snprintf(database_made, sizeof(database_made), "ct_%d_%u", (int)getpid(), count++);
    if (!run_on(&none, base, NULL, make_postgres))
        fail_msg("%s", database_run.log);
    set_postgres_url(base);
    bool good = run_on(app, database_run.url, settings, test);
    static char log[sizeof(database_run.log)];
    memcpy(log, database_run.log, sizeof(log));
    run_on(&none, base, NULL, drop_postgres);
    if (!good)
        fail_msg("the test aborted on PostgreSQL:\n%s", log);
}

static inline void on_postgres(const ct_app *app, database_test *test)
{
    on_postgres_with(app, NULL, test);
}

/* On both. */
static inline void on_databases(const ct_app *app, database_test *test)
{
    on_sqlite(app, test);
    on_postgres(app, test);
}

/* The tables of the app's models. */
static inline void make_tables(ct *c)
{
    ct_error error;
    if (!ct_ddl_create_all(c, NULL, &error))
        fail_msg("%s", error.message);
}

/* Statements without parameters, one after the other. */
#define run_sql(c, ...) run_sql_all((c), (const char *const[]){ __VA_ARGS__, NULL })
static inline void run_sql_all(ct *c, const char *const *statements)
{
    for (; *statements; statements++)
        ct_sql_run(c, *statements, ARGS());
}

/* The first column of the first row, a number. */
static inline int64_t number_of(ct *c, const char *sql)
{
    ct_value value = ct_sql_value(c, sql, ARGS());
    assert_int_equal(value.type, CT_VALUE_INT);
    return value.integer;
}

/* ---- several units of work at once ---- */

typedef struct other_work {
    struct ct c;
    void (*fn)(ct *c, void *arg);
    void *arg;
    ct_fiber *fiber; /* NULL: it has ended */
    bool good;       /* it did not abort */
    int status;      /* of the abort; 499: the client has left */
    char message[512];
} other_work;

static inline void other_on_fiber(void *arg)
{
    other_work *work = arg;
    work->fiber = ct_fiber_current();
    ct_catch catch;
    if (ct_catch_begin(&work->c, &catch)) {
        work->status = work->c.unwinding == CT_UNWIND_GONE ? 499 : work->c.error_status;
    } else {
        work->fn(&work->c, work->arg);
        ct_catch_end(&work->c, &catch);
        work->good = true;
    }
    snprintf(work->message, sizeof(work->message), "%s", work->c.error_message ? work->c.error_message : "");
    ct_run_deferred(&work->c, NULL);
    work->fiber = NULL;
}

typedef struct other_start {
    ct_timer timer;
    other_work *work;
    ct_loop *loop;
    bool done;
} other_start;

static inline void other_starter(ct_timer *timer)
{
    other_start *start = CT_CONTAINER(timer, other_start, timer);
    assert_true(ct_fiber_start(start->loop->scheduler, other_on_fiber, start->work));
    start->done = true;
}

/* Runs fn(c, arg) as a unit of work of its own, until it first waits. */
static inline other_work *start_other(ct *c, void (*fn)(ct *c, void *arg), void *arg)
{
    other_work *work = ct_xcalloc(1, sizeof(*work));
    ct_arena_init(&work->c.exchange.arena, NULL, 0);
    work->c.arena = &work->c.exchange.arena;
    work->c.site = c->site;
    work->c.deadline = INT64_MAX;
    work->fn = fn;
    work->arg = arg;
    /* From the loop, not from this fiber. */
    ct_loop *loop = ct_loop_current();
    other_start *start = ct_take(c, sizeof(*start));
    *start = (other_start){ .work = work, .loop = loop };
    ct_timer_init(&start->timer, other_starter);
    ct_timer_set(&loop->timers, &start->timer, ct_monotonic());
    while (!start->done)
        ct_sleep(c, CT_MILLISECOND);
    return work;
}

/* Waits for its end; whether it did not abort. What it was is still there till drop_other(). */
static inline bool end_other(ct *c, const other_work *work)
{
    while (work->fiber)
        ct_sleep(c, CT_MILLISECOND);
    return work->good;
}

static inline void drop_other(other_work *work)
{
    assert_null(work->fiber);
    ct_arena_finish(work->c.arena);
    free(work);
}

/* What a statement that aborts has made is not looked at afterwards. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/* Runs the statement, which must abort with this status and a message that has the words in it. */
#define assert_aborts_with(c, status, words, statement)                                                                \
    do {                                                                                                               \
        ct_catch catch_;                                                                                               \
        if (!ct_catch_begin((c), &catch_)) {                                                                           \
            statement;                                                                                                 \
            fail_msg("it did not abort");                                                                              \
        }                                                                                                              \
        assert_int_equal((c)->unwinding, CT_UNWIND_ERROR);                                                             \
        if (!strstr((c)->error_message, words))                                                                        \
            fail_msg("\"%s\" is not in \"%s\"", words, (c)->error_message);                                            \
        assert_int_equal((c)->error_status, status);                                                                   \
        (c)->unwinding = CT_UNWIND_NONE;                                                                               \
    } while (0)

#endif
