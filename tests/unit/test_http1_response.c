/* The response head parser: what it reads, what it refuses, and that it does not matter where the bytes were split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/http1_response.h"

#include <string.h>

static ct_http1_header headers[4];
static ct_http1_response response;

/* Of the whole text, after each of its beginnings has been INCOMPLETE or the same error. */
static ct_http1_result parse(const char *text)
{
    ct_http1_response part = { .headers = headers, .header_capacity = 4 };
    size_t length = strlen(text);
    response = part;
    ct_http1_result result = ct_http1_parse_response(&response, text, length, 200);
    for (size_t i = 0; i < length; i++) {
        ct_http1_result of_part = ct_http1_parse_response(&part, text, i, 200);
        if (of_part == CT_HTTP1_ERROR) {
            assert_int_equal(result, CT_HTTP1_ERROR);
            assert_string_equal(part.error, response.error);
        } else if (of_part == CT_HTTP1_DONE) {
            assert_int_equal(result, CT_HTTP1_DONE);
            assert_int_equal(part.size, response.size);
        }
    }
    return ct_http1_parse_response(&response, text, length, 200); /* the headers again */
}

static void a_head_is_read(void **state)
{
    (void)state;
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Y: \t a b \r\n\r\nhello";
    assert_int_equal(parse(text), CT_HTTP1_DONE);
    assert_int_equal(response.status, 200);
    assert_true(ct_str_eq(response.reason, CT_STR("OK")));
    assert_int_equal(response.size, sizeof(text) - 1 - 5);
    assert_true(response.has_length && response.keep_alive && !response.chunked);
    assert_int_equal(response.content_length, 5);
    assert_int_equal(response.header_count, 2);
    const ct_http1_header *found = ct_http1_find_header(response.headers, response.header_count, CT_STR("x-y"));
    assert_ptr_equal(found, &headers[1]);
    assert_true(ct_str_eq((ct_str){ found->value, found->value_length }, CT_STR("a b")));
    assert_null(ct_http1_find_header(response.headers, response.header_count, CT_STR("x")));
}

static void the_reason_may_be_missing(void **state)
{
    (void)state;
    assert_int_equal(parse("HTTP/1.1 404 \r\n\r\n"), CT_HTTP1_DONE);
    assert_int_equal(response.status, 404);
    assert_int_equal(response.reason.length, 0);
    assert_int_equal(parse("HTTP/1.1 404\r\n\r\n"), CT_HTTP1_DONE);
}

static void version_and_connection_say_whether_it_goes_on(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool keeps;
    } rows[] = { { "HTTP/1.1 200 OK\r\n\r\n", true },
                 { "HTTP/1.1 200 OK\r\nConnection: x, Close\r\n\r\n", false },
                 { "HTTP/1.0 200 OK\r\n\r\n", false },
                 { "HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\n\r\n", true } };
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        assert_int_equal(parse(rows[i].text), CT_HTTP1_DONE);
        assert_int_equal(response.keep_alive, rows[i].keeps);
    }
}

static void the_framing_follows_from_status_method_and_fields(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ct_http_method method;
        ct_http1_framing framing;
    } rows[] = {
        { "HTTP/1.1 200 OK\r\n\r\n", CT_METHOD_GET, CT_HTTP1_TO_END },
        { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CT_METHOD_GET, CT_HTTP1_LENGTH },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", CT_METHOD_GET, CT_HTTP1_CHUNKED },
        { "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", CT_METHOD_HEAD, CT_HTTP1_NO_BODY },
        { "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", CT_METHOD_GET, CT_HTTP1_NO_BODY },
        { "HTTP/1.1 204 No Content\r\n\r\n", CT_METHOD_POST, CT_HTTP1_NO_BODY },
        { "HTTP/1.1 103 Early Hints\r\n\r\n", CT_METHOD_GET, CT_HTTP1_NO_BODY },
    };
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        assert_int_equal(parse(rows[i].text), CT_HTTP1_DONE);
        assert_int_equal(ct_http1_response_framing(&response, rows[i].method), rows[i].framing);
    }
}

static void what_is_malformed_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "HTTP/2.0 200 OK\r\n\r\n", "malformed status line" },
        { "HTTP/1.1  200 OK\r\n\r\n", "malformed status line" },
        { "HTTP/1.1 099 OK\r\n\r\n", "malformed status line" },
        { "HTTP/1.1 20 OK\r\n\r\n", "malformed status line" },
        { "HTTP/1.1 2000 OK\r\n\r\n", "malformed status line" },
        { "HTTP/1.1 200 OK\n\r\n", "malformed status line" },
        { "HTTP/1.1 200 O\x01K\r\n\r\n", "malformed status line" },
        { "HTTP/1.1 200 OK\r\r\n", "CR without LF" },
        { "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "malformed header name" },
        { "HTTP/1.1 200 OK\r\nA : x\r\n\r\n", "malformed header name" },
        { "HTTP/1.1 200 OK\r\nA: x\r\n b\r\n\r\n", "malformed header name" },
        { "HTTP/1.1 200 OK\r\nA: x\ny\r\n\r\n", "header value with a character it may not have" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", "more than one Content-Length" },
        { "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "invalid Content-Length" },
        { "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "invalid Content-Length" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n", "invalid Content-Length" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", "invalid Content-Length" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
          "both Content-Length and Transfer-Encoding" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
          "both Content-Length and Transfer-Encoding" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "transfer coding not supported" },
        { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding in HTTP/1.0" },
        { "HTTP/1.1 200 OK\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\n\r\n", "too many header fields" },
    };
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        assert_int_equal(parse(rows[i].text), CT_HTTP1_ERROR);
        assert_string_equal(response.error, rows[i].why);
    }
}

static void the_limits_are_exact(void **state)
{
    (void)state;
    static const char text[] = "HTTP/1.1 200 OK\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n";
    response = (ct_http1_response){ .headers = headers, .header_capacity = 4 };
    assert_int_equal(ct_http1_parse_response(&response, text, sizeof(text) - 1, sizeof(text) - 1), CT_HTTP1_DONE);
    assert_int_equal(ct_http1_parse_response(&response, text, sizeof(text) - 1, sizeof(text) - 2), CT_HTTP1_ERROR);
    assert_string_equal(response.error, "response head too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_read),
        cmocka_unit_test(the_reason_may_be_missing),
        cmocka_unit_test(version_and_connection_say_whether_it_goes_on),
        cmocka_unit_test(the_framing_follows_from_status_method_and_fields),
        cmocka_unit_test(what_is_malformed_is_refused),
        cmocka_unit_test(the_limits_are_exact),
    };
    return cmocka_run_group_tests_name("http1_response", tests, NULL, NULL);
}
