/* Databases behind a real server: clients that leave, handlers that crash, deadlines, a server that is killed. One
 * worker without supervisor; SQLite, whose file the test looks into meanwhile. */
#include "support/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the app ---- */

static void add(ct *c, const char *body)
{
    ct_sql_run(c, "insert into note (body) values (?)", ARGS(body));
}

static ct_response *create(ct *c)
{
    add(c, "created");
    return ct_text(c, ct_printf(c, "%lld", (long long)ct_sql_value(c, "select count(*) from note", ARGS()).integer));
}

static ct_response *crash(ct *c)
{
    ct_atomic(c) {
        add(c, "crashed");
        ct_sleep(c, CT_MILLISECOND);
        raise(SIGSEGV);
    }
    return ct_no_content(c);
}

static ct_response *hang(ct *c)
{
    ct_atomic(c) {
        add(c, "hung");
        ct_sleep(c, CT_HOUR);
    }
    return ct_no_content(c);
}

static ct_response *wait_long(ct *c)
{
    ct_sleep(c, 4 * CT_SECOND);
    return ct_no_content(c);
}

static ct_response *burn(ct *c)
{
    ct_atomic(c) {
        add(c, "burnt");
        ct_sql_value(c, "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
                     ARGS());
    }
    return ct_no_content(c);
}

static ct_response *refuse(ct *c)
{
    ct_atomic(c) {
        add(c, "refused");
        ct_abort(c, 409, "no");
    }
    return ct_no_content(c);
}

static void add_behind(ct *c, void *arg)
{
    ct_atomic(c)
        add(c, arg);
}

static ct_response *later(ct *c)
{
    add(c, "before");
    ct_after_response(c, add_behind, "behind");
    return ct_no_content(c);
}

/* The whole request in a transaction, where it asks for one. */
static ct_response *around(ct *c, ct_next *next)
{
    if (!ct_query(c, "around"))
        return ct_next_call(c, next);
    ct_response *r = NULL;
    ct_atomic(c) {
        add(c, "around");
        r = ct_next_call(c, next);
        if (strcmp(ct_query(c, "around"), "strict") == 0 && ct_response_status(r) >= 400)
            ct_rollback(c);
    }
    return r;
}

static const ct_app app = { .name = "notes",
                            .middleware = MIDDLEWARE(around),
                            .routes = ROUTES(GET("/create", create), GET("/crash", crash), GET("/hang", hang),
                                             GET("/wait", wait_long), GET("/burn", burn), GET("/refuse", refuse),
                                             GET("/later", later)) };

/* ---- the file ---- */

static char folder[64], path[96], setting[128];
static sqlite3 *file;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/canteen-test-db-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test.db", folder);
    snprintf(setting, sizeof(setting), "database_url=sqlite:%s", path);
    assert_int_equal(sqlite3_open(path, &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file,
                                  "pragma journal_mode = wal; create table note (id integer primary key, body text)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = { "", "-wal", "-shm" };
    (void)state;
    sqlite3_close(file);
    for (size_t i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s%s", path, names[i]);
        unlink(name);
    }
    return rmdir(folder);
}

static int count_of(const char *body)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(file, "select count(*) from note where body = ?", -1, &statement, NULL), 0);
    sqlite3_bind_text(statement, 1, body, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

/* Nobody has the lock for writing. */
static void expect_unlocked(void)
{
    for (int i = 0; i < 200; i++) {
        if (sqlite3_exec(file, "begin immediate; rollback", NULL, NULL, NULL) == SQLITE_OK)
            return;
        usleep(10000);
    }
    fail_msg("the database is locked still");
}

/* ---- the client ---- */

static test_server start(const char *timeout)
{
    return test_server_start(&app, (const char *const[]){ setting, timeout, "access_log=false", NULL });
}

static int send_to(const test_server *server, const char *target)
{
    char request[256];
    int fd = test_server_dial(server);
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", target);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

/* The status, 0 where there was no answer. */
static int status_from(int fd)
{
    char answer[8192];
    size_t used = 0;
    for (ssize_t n; (n = recv(fd, answer + used, sizeof(answer) - 1 - used, 0)) > 0;)
        used += (size_t)n;
    answer[used] = '\0';
    close(fd);
    return used > 12 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static int ask(const test_server *server, const char *target)
{
    return status_from(send_to(server, target));
}

/* ---- the tests ---- */

static void test_a_crash_rolls_back(void **state)
{
    (void)state;
    test_server server = start("request_timeout=30s");
    assert_int_equal(ask(&server, "/create"), 200);
    int waiting = send_to(&server, "/wait"); /* the worker goes on till that has its answer */
    usleep(50000);
    assert_int_equal(ask(&server, "/crash"), 500);
    expect_unlocked();
    assert_int_equal(kill(server.pid, 0), 0);
    assert_int_equal(count_of("crashed"), 0);
    assert_int_equal(status_from(waiting), 204);
    assert_int_equal(test_server_stop(&server), 1 << 8);
}

static void test_a_client_that_leaves_rolls_back(void **state)
{
    (void)state;
    test_server server = start("request_timeout=30s");
    int fd = send_to(&server, "/hang");
    usleep(100000);
    assert_int_not_equal(sqlite3_exec(file, "begin immediate; rollback", NULL, NULL, NULL), SQLITE_OK);
    close(fd);
    expect_unlocked();
    fd = send_to(&server, "/burn");
    usleep(100000);
    assert_int_not_equal(sqlite3_exec(file, "begin immediate; rollback", NULL, NULL, NULL), SQLITE_OK);
    close(fd);
    expect_unlocked();
    assert_int_equal(ask(&server, "/create"), 200);
    assert_int_equal(count_of("hung") + count_of("burnt"), 0);
    assert_int_equal(test_server_stop(&server), 0);
}

static void test_a_deadline_rolls_back(void **state)
{
    (void)state;
    test_server server = start("request_timeout=200ms");
    int burning = send_to(&server, "/burn");
    assert_int_equal(ask(&server, "/hang"), 503); /* in line for the lock, behind what burns */
    assert_int_equal(status_from(burning), 503);
    expect_unlocked();
    assert_int_equal(ask(&server, "/create"), 200);
    assert_int_equal(count_of("hung") + count_of("burnt"), 0);
    assert_int_equal(test_server_stop(&server), 0);
}

static void test_aborts_pass_middleware(void **state)
{
    (void)state;
    test_server server = start("request_timeout=30s");
    assert_int_equal(ask(&server, "/create?around=yes"), 200);
    assert_int_equal(count_of("around"), 1);
    assert_int_equal(count_of("created"), 1);
    assert_int_equal(ask(&server, "/refuse?around=yes"), 409);
    assert_int_equal(count_of("around"), 2);
    assert_int_equal(ask(&server, "/refuse?around=strict"), 409);
    assert_int_equal(ask(&server, "/refuse"), 409);
    assert_int_equal(count_of("around"), 2);
    assert_int_equal(count_of("refused"), 0);
    assert_int_equal(ask(&server, "/later?around=yes"), 204);
    expect_unlocked();
    assert_int_equal(test_server_stop(&server), 0);
    assert_int_equal(count_of("before"), 1);
    assert_int_equal(count_of("behind"), 1);
}

/* What has been answered with 200 is there, however the server ends. */
static void test_a_killed_server_keeps_what_it_said(void **state)
{
    (void)state;
    int said = 0;
    for (int round = 0; round < 4; round++) {
        test_server server = start("request_timeout=30s");
        int pending[4];
        for (int i = 0; i < 10; i++)
            said += ask(&server, "/create") == 200;
        for (size_t i = 0; i < 4; i++)
            pending[i] = send_to(&server, "/create");
        kill(server.pid, SIGKILL);
        for (size_t i = 0; i < 4; i++)
            said += status_from(pending[i]) == 200;
        assert_int_equal(waitpid(server.pid, NULL, 0), server.pid);
        int kept = count_of("created");
        assert_in_range(kept, said, said + 4);
        said = kept;
        expect_unlocked();
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_crash_rolls_back),
        TEST(test_a_client_that_leaves_rolls_back),
        TEST(test_a_deadline_rolls_back),
        TEST(test_aborts_pass_middleware),
        TEST(test_a_killed_server_keeps_what_it_said),
    };
    return cmocka_run_group_tests_name("database", tests, NULL, NULL);
}
