/* Limits of time and number, each on both sides of its edge, against a real worker: slow clients, absent clients, too
 * many. */
#include "support/server.h"

#include "base/common.h"
#include "base/time.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* What handlers of the server's process tell this one. */
static struct {
    atomic_int begun;  /* handlers that wait, or have waited */
    atomic_int ended;  /* deferred calls that ran */
    atomic_int passed; /* handlers that came past their wait */
    atomic_size_t written;
} * shared;

static void count_end(void *arg)
{
    (void)arg;
    atomic_fetch_add(&shared->ended, 1);
}

static ct_response *slow(ct *c)
{
    ct_defer(c, count_end, NULL);
    atomic_fetch_add(&shared->begun, 1);
    ct_sleep(c, ct_query_int_or(c, "ms", 0) * CT_MILLISECOND);
    atomic_fetch_add(&shared->passed, 1);
    return ct_text(c, "slept");
}

static void snooze(void *arg)
{
    usleep((unsigned)(*(int64_t *)arg * 1000));
}

static ct_response *blocking(ct *c)
{
    int64_t ms = ct_query_int_or(c, "ms", 0);
    ct_defer(c, count_end, NULL);
    atomic_fetch_add(&shared->begun, 1);
    ct_offload(c, snooze, &ms);
    atomic_fetch_add(&shared->passed, 1);
    return ct_text(c, "blocked");
}

static ct_response *plain(ct *c)
{
    return ct_text(c, "plain");
}

static ct_response *count(ct *c)
{
    char piece[4096];
    int64_t size = 0;
    for (size_t n; (n = ct_body_read(c, piece, sizeof piece)) > 0;)
        size += (int64_t)n;
    return ct_textf(c, "%" PRId64 " bytes", size);
}

static void write_for_ever(ct *c, ct_writer *out, void *arg)
{
    static char block[16384];
    (void)c, (void)arg;
    for (;;) {
        ct_write(out, block, sizeof block);
        atomic_fetch_add(&shared->written, sizeof block);
    }
}

static ct_response *endless(ct *c)
{
    ct_defer(c, count_end, NULL);
    return ct_stream(c, "text/plain", write_for_ever, NULL);
}

static const ct_app app = {
    .name = "limits",
    .routes = ROUTES(GET("/", plain), GET("/slow", slow), GET("/blocking", blocking), POST("/count", count),
                     GET("/endless", endless)),
};

/* ---- helpers ---- */

static test_server server;

static void begin(const char *const *settings)
{
    atomic_store(&shared->begun, 0);
    atomic_store(&shared->ended, 0);
    atomic_store(&shared->passed, 0);
    atomic_store(&shared->written, 0);
    server = test_server_start(&app, settings);
}

#define BEGIN(...) begin((const char *const[]){ __VA_ARGS__, "log_level=error", NULL })

static void end(void)
{
    assert_int_equal(test_server_stop(&server), 0);
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What comes until the server closes or `patience` ms pass without a byte; the static text goes with the next call. */
static const char *hear(int fd, int patience, bool *ret_closed)
{
    static char text[65536];
    size_t used = 0;
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    *ret_closed = false;
    while (used < sizeof text - 1 && poll(&wait, 1, patience) == 1) {
        ssize_t n = recv(fd, text + used, sizeof text - 1 - used, 0);
        if (n <= 0) {
            *ret_closed = true;
            break;
        }
        used += (size_t)n;
    }
    text[used] = '\0';
    return text;
}

static void assert_answer(int fd, const char *status, const char *body)
{
    char text[4096];
    size_t used = 0;
    text[0] = '\0';
    while (!strstr(text, body)) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        assert_int_equal(poll(&wait, 1, 10000), 1);
        ssize_t n = recv(fd, text + used, sizeof text - 1 - used, 0);
        if (n <= 0)
            fail_msg("expected %s %s, got: %s", status, body, text);
        used += (size_t)n;
        text[used] = '\0';
    }
    assert_memory_equal(text, status, strlen(status));
}

static void wait_for(atomic_int *number, int wanted)
{
    ct_time until = ct_monotonic() + 10 * CT_SECOND;
    while (atomic_load(number) != wanted && ct_monotonic() < until)
        usleep(1000);
    assert_int_equal(atomic_load(number), wanted);
}

static ct_time time_to_close(int fd)
{
    bool closed;
    ct_time before = ct_monotonic();
    hear(fd, 10000, &closed);
    assert_true(closed);
    return ct_monotonic() - before;
}

/* ---- slow clients ---- */

static void test_a_slow_head_gets_408(void **state)
{
    (void)state;
    BEGIN("head_timeout=1s");
    int in_time = test_server_dial(&server), late = test_server_dial(&server);
    say(late, "GET / HTTP/1.1\r\n");
    say(in_time, "GET / HTTP/1.1\r\n");
    usleep(300000);
    say(in_time, "Host: a\r\n\r\n");
    assert_answer(in_time, "HTTP/1.1 200", "plain");
    say(late, "X: y\r\n"); /* a drop now and then is no progress */
    bool closed;
    const char *answer = hear(late, 5000, &closed);
    assert_true(closed);
    assert_memory_equal(answer, "HTTP/1.1 408 Request Timeout\r\n", 30);
    close(in_time);
    close(late);
    end();
}

static void test_a_silent_connection_is_closed_without_an_answer(void **state)
{
    (void)state;
    BEGIN("head_timeout=200ms");
    int fd = test_server_dial(&server);
    bool closed;
    assert_string_equal(hear(fd, 5000, &closed), "");
    assert_true(closed);
    close(fd);
    end();
}

static void test_an_idle_connection_is_closed_after_its_time(void **state)
{
    (void)state;
    BEGIN("idle_timeout=1s");
    int fd = test_server_dial(&server);
    for (int i = 0; i < 3; i++) { /* each request begins the time anew */
        say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_answer(fd, "HTTP/1.1 200", "plain");
        usleep(400000);
    }
    ct_time left = time_to_close(fd);
    assert_true(left >= 100 * CT_MILLISECOND && left < 3 * CT_SECOND);
    close(fd);
    end();
}

static void test_a_body_that_stops_gets_408(void **state)
{
    (void)state;
    BEGIN("body_timeout=200ms");
    int fd = test_server_dial(&server);
    say(fd, "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    bool closed;
    const char *answer = hear(fd, 5000, &closed);
    assert_true(closed);
    assert_memory_equal(answer, "HTTP/1.1 408 Request Timeout\r\n", 30);
    close(fd);
    end();
}

/* 20 bytes every 20 ms, `times` times: 1,000 bytes a second at most. */
static void drip(int fd, int times)
{
    for (int i = 0; i < times; i++) {
        if (send(fd, "12345678901234567890", 20, MSG_NOSIGNAL) != 20)
            return;
        usleep(20000);
    }
}

static void test_a_body_below_the_rate_gets_408(void **state)
{
    (void)state;
    BEGIN("body_timeout=200ms", "body_rate=20K");
    int fd = test_server_dial(&server);
    say(fd, "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n");
    drip(fd, 50);
    bool closed;
    const char *answer = hear(fd, 5000, &closed);
    assert_memory_equal(answer, "HTTP/1.1 408 Request Timeout\r\n", 30);
    close(fd);
    end();
}

static void test_a_body_above_the_rate_may_take_its_time(void **state)
{
    (void)state;
    BEGIN("body_timeout=500ms", "body_rate=100");
    int fd = test_server_dial(&server);
    say(fd, "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    drip(fd, 50);
    assert_answer(fd, "HTTP/1.1 200", "1000 bytes");
    close(fd);
    end();
}

static void test_a_client_that_does_not_read_is_given_up(void **state)
{
    (void)state;
    BEGIN("send_timeout=300ms");
    int fd = test_server_dial(&server);
    say(fd, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&shared->ended, 1);
    assert_true(atomic_load(&shared->written) < (size_t)64 << 20); /* back-pressure: what fits the sockets, not more */
    close(fd);
    end();
}

/* A chunked body of `size` bytes, in chunks of 100. */
static void send_chunked(int fd, int size)
{
    char chunk[128];
    say(fd, "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (; size > 0; size -= 100) {
        int part = CT_MIN(size, 100);
        snprintf(
            chunk, sizeof chunk, "%x\r\n%.*s\r\n", (unsigned)part, part,
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789");
        if (send(fd, chunk, strlen(chunk), MSG_NOSIGNAL) < 0)
            return; /* refused already */
    }
    send(fd, "0\r\n\r\n", 5, MSG_NOSIGNAL);
}

static void test_a_streamed_body_may_be_as_long_as_allowed(void **state)
{
    (void)state;
    BEGIN("max_body=1000");
    int fd = test_server_dial(&server);
    send_chunked(fd, 1000);
    assert_answer(fd, "HTTP/1.1 200", "1000 bytes");
    send_chunked(fd, 1001);
    assert_answer(fd, "HTTP/1.1 413", "too large");
    close(fd);
    fd = test_server_dial(&server);
    say(fd, "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    assert_answer(fd, "HTTP/1.1 413", "too large");
    close(fd);
    end();
}

static void test_a_client_that_reads_slowly_is_not_given_up(void **state)
{
    (void)state;
    char piece[8192];
    BEGIN("send_timeout=1s");
    int fd = test_server_dial(&server);
    say(fd, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 40; i++) { /* two seconds: much less than the socket's buffer */
        usleep(50000);
        assert_true(recv(fd, piece, sizeof piece, 0) > 0);
    }
    assert_int_equal(atomic_load(&shared->ended), 0);
    close(fd);
    wait_for(&shared->ended, 1);
    end();
}

/* ---- absent clients, deadlines ---- */

static void test_a_client_that_leaves_cancels_its_request(void **state)
{
    (void)state;
    BEGIN("request_timeout=30s");
    int fd = test_server_dial(&server);
    say(fd, "GET /slow?ms=20000 HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&shared->begun, 1);
    close(fd);
    wait_for(&shared->ended, 1);
    assert_int_equal(atomic_load(&shared->passed), 0);
    end();
}

static void test_a_client_that_leaves_lets_a_blocking_call_end(void **state)
{
    (void)state;
    BEGIN("request_timeout=30s");
    int fd = test_server_dial(&server);
    say(fd, "GET /blocking?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&shared->begun, 1);
    close(fd);
    usleep(100000);
    assert_int_equal(atomic_load(&shared->ended), 0);
    wait_for(&shared->ended, 1);
    assert_int_equal(atomic_load(&shared->passed), 0);
    end();
}

static void test_half_closing_behind_the_request_is_no_farewell(void **state)
{
    (void)state;
    BEGIN("request_timeout=30s");
    int fd = test_server_dial(&server);
    say(fd, "GET /slow?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n");
    shutdown(fd, SHUT_WR);
    assert_answer(fd, "HTTP/1.1 200", "slept");
    close(fd);
    end();
}

static void test_a_deadline_ends_a_wait_with_503(void **state)
{
    (void)state;
    BEGIN("request_timeout=500ms", "log_format=text");
    int fd = test_server_dial(&server);
    say(fd, "GET /slow?ms=50 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_answer(fd, "HTTP/1.1 200", "slept");
    say(fd, "GET /slow?ms=20000 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_answer(fd, "HTTP/1.1 503", "Service Unavailable\n");
    assert_int_equal(atomic_load(&shared->ended), 2);
    close(fd);
    end();
}

static void test_a_stopping_server_answers_what_has_come(void **state)
{
    (void)state;
    BEGIN("request_timeout=30s");
    int fd = test_server_dial(&server);
    say(fd, "GET /slow?ms=300 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&shared->begun, 1);
    kill(server.pid, SIGTERM);
    bool closed;
    const char *answers = hear(fd, 5000, &closed);
    assert_true(closed);
    assert_non_null(strstr(answers, "slept"));
    assert_non_null(strstr(answers, "plain"));
    assert_non_null(strstr(strstr(answers, "slept"), "\r\nConnection: close\r\n"));
    close(fd);
    end();
}

/* ---- numbers ---- */

static void test_connections_beyond_the_limit_take_the_place_of_idle_ones(void **state)
{
    (void)state;
    BEGIN("max_connections=3");
    int fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = test_server_dial(&server);
        say(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_answer(fds[i], "HTTP/1.1 200", "plain");
    }
    assert_true(time_to_close(fds[0]) < CT_SECOND); /* idle longest */
    for (int i = 1; i < 4; i++) {
        say(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_answer(fds[i], "HTTP/1.1 200", "plain");
    }
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    end();
}

static void test_connections_beyond_the_limit_wait_while_all_are_busy(void **state)
{
    (void)state;
    BEGIN("max_connections=2");
    int busy[2], third;
    for (int i = 0; i < 2; i++) {
        busy[i] = test_server_dial(&server);
        say(busy[i], "GET /slow?ms=1000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
    wait_for(&shared->begun, 2);
    third = test_server_dial(&server);
    say(third, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    bool closed;
    assert_string_equal(hear(third, 200, &closed), "");
    assert_false(closed);
    assert_answer(third, "HTTP/1.1 200", "plain");
    for (int i = 0; i < 2; i++)
        close(busy[i]);
    close(third);
    end();
}

static void test_a_connection_that_becomes_idle_makes_room(void **state)
{
    (void)state;
    BEGIN("max_connections=2");
    int kept[2], third;
    for (int i = 0; i < 2; i++) {
        kept[i] = test_server_dial(&server);
        say(kept[i], "GET /slow?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_for(&shared->begun, 2);
    third = test_server_dial(&server);
    say(third, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ct_time before = ct_monotonic();
    assert_answer(third, "HTTP/1.1 200", "plain");
    assert_true(ct_monotonic() - before < 3 * CT_SECOND); /* and not after idle_timeout */
    for (int i = 0; i < 2; i++)
        close(kept[i]);
    close(third);
    end();
}

static void test_requests_beyond_the_limit_get_503(void **state)
{
    (void)state;
    BEGIN("max_requests=2");
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = test_server_dial(&server);
        say(fds[i], "GET /slow?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n");
        wait_for(&shared->begun, CT_MIN(i + 1, 2));
    }
    assert_answer(fds[2], "HTTP/1.1 503", "busy");
    assert_answer(fds[0], "HTTP/1.1 200", "slept");
    assert_answer(fds[1], "HTTP/1.1 200", "slept");
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    end();
}

int main(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slow_head_gets_408),
        cmocka_unit_test(test_a_silent_connection_is_closed_without_an_answer),
        cmocka_unit_test(test_an_idle_connection_is_closed_after_its_time),
        cmocka_unit_test(test_a_body_that_stops_gets_408),
        cmocka_unit_test(test_a_body_below_the_rate_gets_408),
        cmocka_unit_test(test_a_body_above_the_rate_may_take_its_time),
        cmocka_unit_test(test_a_streamed_body_may_be_as_long_as_allowed),
        cmocka_unit_test(test_a_client_that_does_not_read_is_given_up),
        cmocka_unit_test(test_a_client_that_reads_slowly_is_not_given_up),
        cmocka_unit_test(test_a_client_that_leaves_cancels_its_request),
        cmocka_unit_test(test_a_client_that_leaves_lets_a_blocking_call_end),
        cmocka_unit_test(test_half_closing_behind_the_request_is_no_farewell),
        cmocka_unit_test(test_a_deadline_ends_a_wait_with_503),
        cmocka_unit_test(test_a_stopping_server_answers_what_has_come),
        cmocka_unit_test(test_connections_beyond_the_limit_take_the_place_of_idle_ones),
        cmocka_unit_test(test_connections_beyond_the_limit_wait_while_all_are_busy),
        cmocka_unit_test(test_a_connection_that_becomes_idle_makes_room),
        cmocka_unit_test(test_requests_beyond_the_limit_get_503),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
