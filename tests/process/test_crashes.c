/* What a crash costs, on the wire: one answer, and never half of another. One worker without supervisor; its report
 * goes to standard error. */
#include "support/server.h"

#include "base/common.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define BLOCK 100000

static void crash_now(void *arg)
{
    (void)arg;
    volatile int *volatile nowhere = (volatile int *)(uintptr_t)16; /* NOLINT(performance-no-int-to-ptr) */
    *nowhere = 1;
}

static ct_response *crash(ct *c)
{
    crash_now(NULL);
    return ct_text(c, "not reached");
}

static ct_response *crash_later(ct *c)
{
    ct_defer(c, crash_now, NULL);
    return ct_text(c, "answered");
}

static void crash_behind(ct *c, void *arg)
{
    ct_sleep(c, 10 * CT_MILLISECOND);
    crash_now(arg);
}

static ct_response *crash_after(ct *c)
{
    ct_after_response(c, crash_behind, NULL);
    return ct_text(c, "answered");
}

static void write_and_crash(ct *c, ct_writer *out, void *arg)
{
    (void)c;
    ct_write_text(out, "a part");
    ct_flush(out);
    crash_now(arg);
}

static ct_response *crash_in_stream(ct *c)
{
    return ct_stream(c, "text/plain", write_and_crash, NULL);
}

static ct_response *block(ct *c)
{
    char *data = ct_alloc(c, BLOCK);
    memset(data, 'x', BLOCK);
    return ct_data(c, "text/plain", (ct_bytes){ data, BLOCK });
}

static const ct_app app = {
    .name = "crashes",
    .routes = ROUTES(GET("/crash", crash), GET("/later", crash_later), GET("/after", crash_after),
                     GET("/stream", crash_in_stream), GET("/block", block)),
};

static char answer[64 * BLOCK];

/* Sends the request to a fresh server, waits `pause` µs, and reads all until the connection ends. */
static size_t ask(const char *request, unsigned pause)
{
    size_t used = 0;
    test_server server = test_server_start(&app, (const char *const[]){ "access_log=false", NULL });
    int fd = test_server_dial(&server);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    usleep(pause);
    for (ssize_t n; used < sizeof answer - 1 && (n = recv(fd, answer + used, sizeof answer - 1 - used, 0)) > 0;)
        used += (size_t)n;
    answer[used] = '\0';
    close(fd);
    assert_int_equal(test_server_stop(&server), 1 << 8); /* it ended in order, and says that it had crashed */
    return used;
}

static int count(const char *word)
{
    int found = 0;
    for (const char *at = answer; (at = strstr(at, word)) != NULL; at++)
        found++;
    return found;
}

static void test_the_answer_is_500(void **state)
{
    (void)state;
    ask("GET /crash HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_memory_equal(answer, "HTTP/1.1 500 Internal Server Error\r\n", 36);
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    const char *body = strstr(answer, "\r\n\r\n") + 4;
    assert_memory_equal(body, "500 Internal Server Error\nRequest ", 34);
    assert_int_equal(strspn(body + 34, "0123456789abcdef"), 16);
    assert_string_equal(body + 50, "\n");
}

static void test_head_gets_no_body(void **state)
{
    (void)state;
    ask("HEAD /crash HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_memory_equal(answer, "HTTP/1.1 500 Internal Server Error\r\n", 36);
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

/* More than the sockets hold, to a client that reads late: every whole answer arrives, and the 500 behind them. */
static void test_answers_before_it_arrive(void **state)
{
    (void)state;
    char request[40 * 64] = "";
    size_t used = 0;
    for (int i = 0; i < 30; i++)
        used += (size_t)snprintf(request + used, sizeof request - used, "GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
    snprintf(request + used, sizeof request - used, "GET /crash HTTP/1.1\r\nHost: a\r\n\r\n");
    size_t got = ask(request, 200000);
    assert_int_equal(count("HTTP/1.1 200 OK\r\n"), 30);
    assert_int_equal(count("HTTP/1.1 500 Internal Server Error\r\n"), 1);
    assert_true(got > 30 * BLOCK);
    assert_memory_equal(answer + got - 51, "500 Internal Server Error\nRequest ", 34);
}

static void test_a_clean_up_that_crashes_adds_no_second_answer(void **state)
{
    (void)state;
    ask("GET /later HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_int_equal(count("HTTP/1.1 "), 1);
    assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, "answered");
}

static void test_what_follows_an_answer_takes_nothing_with_it(void **state)
{
    (void)state;
    ask("GET /after HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 0);
    assert_int_equal(count("HTTP/1.1 200 OK\r\n"), 2);
    assert_int_equal(count("answered"), 2);
}

static void test_a_stream_ends_without_its_last_chunk(void **state)
{
    (void)state;
    ask("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_int_equal(count("HTTP/1.1 "), 1);
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, "6\r\na part\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_answer_is_500),
        cmocka_unit_test(test_head_gets_no_body),
        cmocka_unit_test(test_answers_before_it_arrive),
        cmocka_unit_test(test_a_clean_up_that_crashes_adds_no_second_answer),
        cmocka_unit_test(test_what_follows_an_answer_takes_nothing_with_it),
        cmocka_unit_test(test_a_stream_ends_without_its_last_chunk),
    };
    return cmocka_run_group_tests_name("crashes", tests, NULL, NULL);
}
