/* The log: lines that cannot be forged, and a reader that has stopped stops nobody. */
#include "base/log.h"
#include "base/time.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static char text[1 << 20];

static const char *read_all(int fd)
{
    size_t used = 0;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (ssize_t n; used < sizeof text - 1 && (n = read(fd, text + used, sizeof text - 1 - used)) > 0;)
        used += (size_t)n;
    text[used] = '\0';
    return text;
}

static void test_text_lines(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    ct_log_open(ends[1], CT_LOG_TEXT, CT_LOG_INFO);
    ct_log_line(CT_LOG_DEBUG, NULL, "not shown");
    ct_log_line(CT_LOG_INFO, "0123456789abcdef", "two\nlines \x1B[31m \xC3\xA9 \xFF \"q\"");
    ct_log_flush();
    const char *got = read_all(ends[0]);
    assert_string_equal(got + 24, "info    two\\x0alines \\x1b[31m \xC3\xA9 \\xff \"q\" [0123456789abcdef]\n");
    close(ends[0]);
    close(ends[1]);
}

static void test_json_lines(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    ct_log_open(ends[1], CT_LOG_AUTO, CT_LOG_INFO);
    ct_log_request(&(ct_log_access){ .method = CT_STR("GET"),
                                     .path = CT_STR("/a\"b\\c\x01"),
                                     .status = 200,
                                     .bytes = 12,
                                     .duration = 34,
                                     .request_id = "0123456789abcdef",
                                     .remote = "::1" });
    ct_log_flush();
    const char *got = strstr(read_all(ends[0]), "\"request_id\"");
    assert_non_null(got);
    assert_string_equal(got, "\"request_id\":\"0123456789abcdef\",\"remote\":\"::1\",\"method\":\"GET\",\"status\":200,"
                             "\"bytes\":12,\"us\":34,\"path\":\"/a\\\"b\\\\c\\u0001\"}\n");
    close(ends[0]);
    close(ends[1]);
}

/* A long message is cut and ends in dots, its line stays whole. */
static void test_long_lines(void **state)
{
    (void)state;
    static char long_text[20000];
    int ends[2];
    memset(long_text, '\x01', sizeof long_text - 1);
    assert_int_equal(pipe(ends), 0);
    ct_log_open(ends[1], CT_LOG_JSON, CT_LOG_INFO);
    ct_log_line(CT_LOG_ERROR, NULL, "%s", long_text);
    const char *got = read_all(ends[0]);
    size_t length = strlen(got);
    assert_in_range(length, 8000, 8192);
    assert_string_equal(got + length - 12, "\\u0001...\"}\n");
    ct_log_open(ends[1], CT_LOG_TEXT, CT_LOG_INFO);
    memset(long_text, 'x', sizeof long_text - 1);
    ct_log_line(CT_LOG_ERROR, "0123456789abcdef", "%s", long_text);
    got = read_all(ends[0]);
    length = strlen(got);
    assert_in_range(length, 8000, 8192);
    assert_string_equal(got + length - 24, "x... [0123456789abcdef]\n");
    long_text[100] = '\0';
    ct_log_line(CT_LOG_ERROR, NULL, "%s", long_text);
    assert_string_equal(read_all(ends[0]) + 32 + 98, "xx\n");
    close(ends[0]);
    close(ends[1]);
}

static void fill(int lines)
{
    for (int i = 0; i < lines; i++)
        ct_log_line(CT_LOG_INFO, NULL, "line %d of many, as long as a line of a log usually is or even a bit longer",
                    i);
    ct_log_flush();
}

static void check_stopped_reader(int reader, int writer)
{
    ct_log_open(writer, CT_LOG_TEXT, CT_LOG_INFO);
    ct_time before = ct_monotonic();
    fill(20000);
    assert_true(ct_monotonic() - before < 2 * CT_SECOND); /* one short wait, not one for each flush */
    read_all(reader);
    fill(1);
    fill(1);
    const char *got = read_all(reader);
    assert_non_null(strstr(got, " log lines were dropped: their reader was too slow\n"));
    const char *last = strstr(got, "line 0 of many");
    assert_non_null(last);
    assert_true(strchr(last, '\n')[1] == '\0' || strstr(last + 1, "line 0 of many")); /* whole lines only */
    assert_int_equal(fcntl(writer, F_GETFL) & O_NONBLOCK, 0); /* what others share is left as it was */
}

static void test_a_stopped_reader_of_a_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    check_stopped_reader(ends[0], ends[1]);
    close(ends[0]);
    close(ends[1]);
}

static void test_a_stopped_reader_of_a_socket(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    check_stopped_reader(ends[0], ends[1]);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_lines),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_a_stopped_reader_of_a_pipe),
        cmocka_unit_test(test_a_stopped_reader_of_a_socket),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
