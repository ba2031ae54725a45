/* The request head parser: what is accepted and what it means, what is refused, with which status, and how early.
 *
 * Every case runs at every split: each prefix is parsed from a block of exactly its size (so that AddressSanitizer sees
 * a read behind it), and the whole once more with other bytes behind it, which must change nothing. A refused case ends
 * with the first byte that shows the fault: every shorter prefix must be incomplete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/http1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 100
#define H "Host: h\r\n"
#define END "\r\n"
#define GET "GET / HTTP/1.1\r\n"

static const ct_http1_limits defaults = { .head = 16384, .target = 8192, .headers = FIELDS_MAX };

/* ---- A head as text, so that cases compare it whole ---- */

typedef struct outcome {
    ct_http1_result result;
    size_t size;
    char text[4096];
} outcome;

static void add(outcome *out, const char *format, ...) CT_PRINTF(2, 3);
static void add(outcome *out, const char *format, ...)
{
    size_t used = strlen(out->text);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out->text + used, sizeof out->text - used, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < sizeof out->text - used);
}

static void describe(outcome *out, const ct_http1_head *head)
{
    static const char *const methods[] = {
        [CT_METHOD_OTHER] = "other",   [CT_METHOD_GET] = "GET",         [CT_METHOD_HEAD] = "HEAD",
        [CT_METHOD_POST] = "POST",     [CT_METHOD_PUT] = "PUT",         [CT_METHOD_PATCH] = "PATCH",
        [CT_METHOD_DELETE] = "DELETE", [CT_METHOD_OPTIONS] = "OPTIONS", [CT_METHOD_TRACE] = "TRACE",
    };
    add(out, "%s", methods[head->method]);
    if (head->method == CT_METHOD_OTHER)
        add(out, ":%.*s", CT_STR_ARG(head->method_name));
    else
        assert_true(ct_str_eq(head->method_name, ct_str_of(methods[head->method])));
    if (head->scheme.length > 0)
        add(out, " %.*s:", CT_STR_ARG(head->scheme));
    add(out, " %.*s", CT_STR_ARG(head->path));
    if (head->query.data)
        add(out, " ?%.*s", CT_STR_ARG(head->query));
    add(out, " @%.*s 1.%u", CT_STR_ARG(head->host), head->minor);
    add(out, "%s%s%s%s", head->keep_alive ? " keep" : "", head->chunked ? " chunked" : "",
        head->expect_continue ? " expect" : "", head->upgrade ? " upgrade" : "");
    if (head->has_length)
        add(out, " length=%" PRIu64, head->content_length);
    else
        assert_int_equal(head->content_length, 0);
    for (uint32_t i = 0; i < head->header_count; i++) {
        const ct_http1_header *header = &head->headers[i];
        if (header->name_length != 4 || memcmp(header->name, "Host", 4) != 0)
            add(out, " [%.*s=%.*s]", (int)header->name_length, header->name, (int)header->value_length, header->value);
    }
    assert_int_equal(head->error_status, 0);
    assert_null(head->error);
}

/* Parses a copy of exactly `length` bytes. What is left from an earlier head must not show. */
static outcome parse_exact(const char *data, size_t length, const ct_http1_limits *limits)
{
    outcome out = { .text = "" };
    ct_http1_header headers[FIELDS_MAX];
    ct_http1_head head;
    memset(&head, 0xA5, sizeof head);
    head.headers = headers;
    head.header_capacity = FIELDS_MAX;
    char *copy = malloc(length + !length);
    assert_non_null(copy);
    memcpy(copy, data, length);

    out.result = ct_http1_parse_head(&head, limits, copy, length);
    if (out.result == CT_HTTP1_DONE) {
        out.size = head.size;
        describe(&out, &head);
    } else if (out.result == CT_HTTP1_ERROR) {
        add(&out, "%d %s", head.error_status, head.error);
    }
    free(copy);
    return out;
}

static void assert_outcome(const outcome *out, ct_http1_result result, const char *text, const char *input)
{
    if (out->result != result || strcmp(out->text, text) != 0)
        fail_msg("input:\n%s\ngives %d: %s\nnot   %d: %s", input, out->result, out->text, result, text);
}

static void assert_splits(const char *input, size_t length, const ct_http1_limits *limits, ct_http1_result result,
                          const char *text)
{
    static const char *const followers[] = {
        "", "x", "\r", "\n", " ", "\r\n\r\n", "GET /next HTTP/1.1\r\nHost: i\r\n\r\n"
    };
    outcome out;
    for (size_t n = 0; n < length; n++) {
        out = parse_exact(input, n, limits);
        if (out.result != CT_HTTP1_INCOMPLETE)
            fail_msg("input:\n%s\nonly the first %zu bytes give %d: %s", input, n, out.result, out.text);
    }
    char *longer = malloc(length + 64);
    assert_non_null(longer);
    memcpy(longer, input, length);
    for (size_t i = 0; i < CT_COUNT(followers); i++) {
        memcpy(longer + length, followers[i], strlen(followers[i]));
        out = parse_exact(longer, length + strlen(followers[i]), limits);
        assert_outcome(&out, result, text, input);
        assert_int_equal(out.size, result == CT_HTTP1_DONE ? length : 0);
    }
    free(longer);
}

typedef struct http_case {
    const char *input;
    size_t length;
    const char *text; /* of the head, or status and reason */
} http_case;

/* Not a string's length: some cases hold a NUL. */
#define CASE(input, text)                                                                                              \
    {                                                                                                                  \
        input, sizeof(input) - 1, text                                                                                 \
    }

static void run_cases(const http_case *cases, size_t count, ct_http1_result result)
{
    for (size_t i = 0; i < count; i++)
        assert_splits(cases[i].input, cases[i].length, &defaults, result, cases[i].text);
}

#define ACCEPT(cases) run_cases((cases), CT_COUNT(cases), CT_HTTP1_DONE)
#define REFUSE(cases) run_cases((cases), CT_COUNT(cases), CT_HTTP1_ERROR)

/* ---- The request line ---- */

static void every_method_is_told(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET / HTTP/1.1\r\n" H END, "GET / @h 1.1 keep"),
        CASE("HEAD / HTTP/1.1\r\n" H END, "HEAD / @h 1.1 keep"),
        CASE("POST / HTTP/1.1\r\n" H END, "POST / @h 1.1 keep"),
        CASE("PUT / HTTP/1.1\r\n" H END, "PUT / @h 1.1 keep"),
        CASE("PATCH / HTTP/1.1\r\n" H END, "PATCH / @h 1.1 keep"),
        CASE("DELETE / HTTP/1.1\r\n" H END, "DELETE / @h 1.1 keep"),
        CASE("OPTIONS / HTTP/1.1\r\n" H END, "OPTIONS / @h 1.1 keep"),
        CASE("TRACE / HTTP/1.1\r\n" H END, "TRACE / @h 1.1 keep"),
        CASE("PROPFIND / HTTP/1.1\r\n" H END, "other:PROPFIND / @h 1.1 keep"),
        CASE("get / HTTP/1.1\r\n" H END, "other:get / @h 1.1 keep"),
        CASE("GETS / HTTP/1.1\r\n" H END, "other:GETS / @h 1.1 keep"),
        CASE("X / HTTP/1.1\r\n" H END, "other:X / @h 1.1 keep"),
        CASE("DELETF / HTTP/1.1\r\n" H END, "other:DELETF / @h 1.1 keep"),
        CASE("CONNECX / HTTP/1.1\r\n" H END, "other:CONNECX / @h 1.1 keep"),
        CASE("PRI / HTTP/1.1\r\n" H END, "other:PRI / @h 1.1 keep"),
        CASE("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n" H END, "other:!#$%&'*+-.^_`|~09azAZ / @h 1.1 keep"),
        CASE("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345 / HTTP/1.1\r\n" H END,
             "other:ABCDEFGHIJKLMNOPQRSTUVWXYZ012345 / @h 1.1 keep"),
    };
    ACCEPT(cases);
}

static void a_malformed_method_is_refused(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE(" ", "400 malformed method"),
        CASE("\t", "400 malformed method"),
        CASE("\n", "400 malformed method"),
        CASE("\0", "400 malformed method"),
        CASE("GET\t", "400 malformed method"),
        CASE("GET\r", "400 malformed method"),
        CASE("GET\n", "400 malformed method"),
        CASE("GET\0", "400 malformed method"),
        CASE("GE\"", "400 malformed method"),
        CASE("G(", "400 malformed method"),
        CASE("G:", "400 malformed method"),
        CASE("/", "400 malformed method"),
        CASE("\x16", "400 malformed method"),
        CASE("G\xC3", "400 malformed method"),
        CASE("\x7F", "400 malformed method"),
        CASE("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456", "501 method too long"),
        CASE("CONNECT ", "501 CONNECT is not supported"),
    };
    REFUSE(cases);
}

static void one_empty_line_before_the_request_is_skipped(void **state)
{
    (void)state;
    static const http_case accepted[] = { CASE("\r\n" GET H END, "GET / @h 1.1 keep") };
    static const http_case refused[] = {
        CASE("\r\n\r", "400 malformed method"), CASE("\rG", "400 CR without LF"),
        CASE("\r\r", "400 CR without LF"),      CASE("\r\n\n", "400 malformed method"),
        CASE("\r\n ", "400 malformed method"),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

static void versions_of_http_1_are_spoken(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET / HTTP/1.0\r\n\r\n", "GET / @ 1.0"),
        CASE("GET / HTTP/1.0\r\n" H END, "GET / @h 1.0"),
        CASE("GET / HTTP/1.2\r\n" H END, "GET / @h 1.1 keep"),
        CASE("GET / HTTP/1.9\r\n" H END, "GET / @h 1.1 keep"),
    };
    ACCEPT(cases);
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET / HTTP/2.0", "505 HTTP version not supported"),
        CASE("GET / HTTP/3.1", "505 HTTP version not supported"),
        CASE("GET / HTTP/0.9", "505 HTTP version not supported"),
        CASE("PRI * HTTP/2.0", "505 HTTP version not supported"),
        CASE("GET / h", "400 malformed HTTP version"),
        CASE("GET / HTTp", "400 malformed HTTP version"),
        CASE("GET / HTTP1", "400 malformed HTTP version"),
        CASE("GET / HTTP/x", "400 malformed HTTP version"),
        CASE("GET / HTTP/1,", "400 malformed HTTP version"),
        CASE("GET / HTTP/11", "400 malformed HTTP version"),
        CASE("GET / HTTP/1.x", "400 malformed HTTP version"),
        CASE("GET / HTTP/1.\r", "400 malformed HTTP version"),
        CASE("GET / HTTP/2\r", "400 malformed HTTP version"),
        CASE("GET / HTTP/-", "400 malformed HTTP version"),
        CASE("GET / \r", "400 malformed HTTP version"),
        CASE("GET / HTTP/1.10", "400 malformed request line"),
    };
    REFUSE(cases);
}

static void a_malformed_request_line_is_refused(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET / HTTP/1.1\n", "400 malformed request line"),
        CASE("GET / HTTP/1.1 ", "400 malformed request line"),
        CASE("GET / HTTP/1.1\t", "400 malformed request line"),
        CASE("GET / HTTP/1.1\0", "400 malformed request line"),
        CASE("GET / HTTP/1.1\rX", "400 CR without LF"),
        CASE("GET / HTTP/1.1\r\r", "400 CR without LF"),
        CASE("GET /  ", "400 malformed HTTP version"),
        CASE("GET / \t", "400 malformed HTTP version"),
        CASE("GET / /", "400 malformed HTTP version"),
        CASE("GET  ", "400 request target is neither a path nor an http URL"),
        CASE("GET \t", "400 request target is neither a path nor an http URL"),
        CASE("GET \r", "400 request target is neither a path nor an http URL"),
        CASE("GET /\r", "400 request target with a character it may not have"),
        CASE("GET /\n", "400 request target with a character it may not have"),
        CASE("GET /\t", "400 request target with a character it may not have"),
    };
    REFUSE(cases);
}

/* ---- Targets ---- */

static void paths_and_queries_are_told_apart(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET /plaintext HTTP/1.1\r\n" H END, "GET /plaintext @h 1.1 keep"),
        CASE("GET /a/b%20c/%E2%82%ac?x=1&y=%3d HTTP/1.1\r\n" H END, "GET /a/b%20c/%E2%82%ac ?x=1&y=%3d @h 1.1 keep"),
        CASE("GET /? HTTP/1.1\r\n" H END, "GET / ? @h 1.1 keep"),
        CASE("GET /?? HTTP/1.1\r\n" H END, "GET / ?? @h 1.1 keep"),
        CASE("GET /a?b?c/d HTTP/1.1\r\n" H END, "GET /a ?b?c/d @h 1.1 keep"),
        CASE("GET //evil/../x HTTP/1.1\r\n" H END, "GET //evil/../x @h 1.1 keep"),
        CASE("GET /%00%ff HTTP/1.1\r\n" H END, "GET /%00%ff @h 1.1 keep"),
        CASE("GET /-._~!$&'()*+,;=:@[]^{|} HTTP/1.1\r\n" H END, "GET /-._~!$&'()*+,;=:@[]^{|} @h 1.1 keep"),
        CASE("GET /?-._~!$&'()*+,;=:@[]^{|}`\\/? HTTP/1.1\r\n" H END,
             "GET / ?-._~!$&'()*+,;=:@[]^{|}`\\/? @h 1.1 keep"),
        CASE("GET /a-long-path/of-more/than-sixteen~bytes/and%20more%20than-thirty-two HTTP/1.1\r\n" H END,
             "GET /a-long-path/of-more/than-sixteen~bytes/and%20more%20than-thirty-two @h 1.1 keep"),
        CASE("GET /http://x/ HTTP/1.1\r\n" H END, "GET /http://x/ @h 1.1 keep"),
        CASE("GET /* HTTP/1.1\r\n" H END, "GET /* @h 1.1 keep"),
    };
    ACCEPT(cases);
}

static void characters_no_target_may_have_are_refused(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET /a#", "400 request target with a character it may not have"),
        CASE("GET /a\"", "400 request target with a character it may not have"),
        CASE("GET /a<", "400 request target with a character it may not have"),
        CASE("GET /a>", "400 request target with a character it may not have"),
        CASE("GET /a\\", "400 request target with a character it may not have"),
        CASE("GET /a`", "400 request target with a character it may not have"),
        CASE("GET /a\x01", "400 request target with a character it may not have"),
        CASE("GET /a\x7F", "400 request target with a character it may not have"),
        CASE("GET /a\xC3", "400 request target with a character it may not have"),
        CASE("GET /a\0", "400 request target with a character it may not have"),
        CASE("GET /a?#", "400 request target with a character it may not have"),
        CASE("GET /a?\"", "400 request target with a character it may not have"),
        CASE("GET /a?\x80", "400 request target with a character it may not have"),
        CASE("GET /a?b\r", "400 request target with a character it may not have"),
        CASE("GET /%g", "400 malformed percent escape in the request target"),
        CASE("GET /%0g", "400 malformed percent escape in the request target"),
        CASE("GET /% ", "400 malformed percent escape in the request target"),
        CASE("GET /%a ", "400 malformed percent escape in the request target"),
        CASE("GET /%%", "400 malformed percent escape in the request target"),
        CASE("GET /?a=%z", "400 malformed percent escape in the request target"),
        CASE("GET /?a=%\r", "400 malformed percent escape in the request target"),
        CASE("GET /seventeen-bytes-and-more/#", "400 request target with a character it may not have"),
    };
    REFUSE(cases);
}

static void absolute_targets_name_the_host(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET http://a.example/b?c HTTP/1.1\r\n" H END, "GET http: /b ?c @a.example 1.1 keep"),
        CASE("GET https://a.example:8443/ HTTP/1.1\r\n" H END, "GET https: / @a.example:8443 1.1 keep"),
        CASE("GET HtTpS://A/ HTTP/1.1\r\n" H END, "GET HtTpS: / @A 1.1 keep"),
        CASE("GET http://a HTTP/1.1\r\n" H END, "GET http: / @a 1.1 keep"),
        CASE("GET http://a? HTTP/1.1\r\n" H END, "GET http: / ? @a 1.1 keep"),
        CASE("GET http://a?b HTTP/1.1\r\n" H END, "GET http: / ?b @a 1.1 keep"),
        CASE("POST http://[::1]:80/x HTTP/1.1\r\n" H END, "POST http: /x @[::1]:80 1.1 keep"),
        CASE("GET http://a/ HTTP/1.0\r\n\r\n", "GET http: / @a 1.0"),
        CASE("GET http://a%41/ HTTP/1.0\r\n\r\n", "GET http: / @a%41 1.0"),
        CASE("OPTIONS http://a HTTP/1.1\r\n" H END, "OPTIONS http: * @a 1.1 keep"),
        CASE("OPTIONS http://a/ HTTP/1.1\r\n" H END, "OPTIONS http: / @a 1.1 keep"),
        CASE("OPTIONS http://a?q HTTP/1.1\r\n" H END, "OPTIONS http: / ?q @a 1.1 keep"),
    };
    ACCEPT(cases);
}

static void malformed_absolute_targets_are_refused(void **state)
{
    (void)state;
    static const char form[] = "400 request target is neither a path nor an http URL";
    static const char host[] = "400 invalid host in the request target";
    static const http_case cases[] = {
        CASE("GET f", form),
        CASE("GET ?", form),
        CASE("GET a", form),
        CASE("GET ha", form),
        CASE("GET http ", form),
        CASE("GET httpss", form),
        CASE("GET http:a", form),
        CASE("GET http:/a", form),
        CASE("GET http:\x0F", form),
        CASE("GET e", form),
        CASE("GET http:// ", host),
        CASE("GET http:///", host),
        CASE("GET http://?", host),
        CASE("GET http://:80/", host),
        CASE("GET http://u@", host),
        CASE("GET http://u:p@", host),
        CASE("GET http://a:b/", host),
        CASE("GET http://a:65536/", host),
        CASE("GET http://a,", host),
        CASE("GET http://a#", host),
        CASE("GET http://a\\", host),
        CASE("GET http://a\r", host),
        CASE("GET http://[::1/", host),
        CASE("GET http://[]/", host),
        CASE("GET http://a%4z", "400 malformed percent escape in the request target"),
        CASE("GET http://a/#", "400 request target with a character it may not have"),
        CASE("GET http://a HTTP/1.1\r\n\r\n", "400 missing Host"),
        CASE("GET http://a HTTP/1.1\r\nHost:\r\n", "400 invalid Host"),
        CASE("GET http://a HTTP/1.1\r\nHost: b/\r\n", "400 invalid Host"),
    };
    REFUSE(cases);
}

static void the_asterisk_is_for_options(void **state)
{
    (void)state;
    static const http_case accepted[] = {
        CASE("OPTIONS * HTTP/1.1\r\n" H END, "OPTIONS * @h 1.1 keep"),
        CASE("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "OPTIONS * @ 1.1 keep"),
        CASE("OPTIONS * HTTP/1.0\r\n\r\n", "OPTIONS * @ 1.0"),
    };
    static const http_case refused[] = {
        CASE("GET *", "400 only OPTIONS may have the target *"),
        CASE("PRX *", "400 only OPTIONS may have the target *"),
        CASE("OPTIONS */", "400 request target is neither a path nor an http URL"),
        CASE("OPTIONS **", "400 request target is neither a path nor an http URL"),
        CASE("OPTIONS *?", "400 request target is neither a path nor an http URL"),
        CASE("OPTIONS * HTTP/1.1\r\n\r\n", "400 missing Host"),
        CASE("PRI * HTTP/1.1", "400 only OPTIONS may have the target *"),
        CASE("PRI * HTTP/1.0", "400 only OPTIONS may have the target *"),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

/* ---- Header fields ---- */

static void fields_are_handed_out_as_sent(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE(GET H "A: b\r\n\r\n", "GET / @h 1.1 keep [A=b]"),
        CASE(GET H "A:b\r\n\r\n", "GET / @h 1.1 keep [A=b]"),
        CASE(GET H "A:\r\n\r\n", "GET / @h 1.1 keep [A=]"),
        CASE(GET H "A: \t \r\n\r\n", "GET / @h 1.1 keep [A=]"),
        CASE(GET H "A: \t b\tc d \t\r\n\r\n", "GET / @h 1.1 keep [A=b\tc d]"),
        CASE(GET H "A: b:c: d\r\n\r\n", "GET / @h 1.1 keep [A=b:c: d]"),
        CASE(GET H "A: 1\r\na: 2\r\nA: 3\r\n\r\n", "GET / @h 1.1 keep [A=1] [a=2] [A=3]"),
        CASE(GET H "X-Caf\x65: caf\xC3\xA9 \xFF\x80\r\n\r\n", "GET / @h 1.1 keep [X-Cafe=caf\xC3\xA9 \xFF\x80]"),
        CASE(GET H "!#$%&'*+-.^_`|~0aZ: !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\r\n\r\n",
             "GET / @h 1.1 keep [!#$%&'*+-.^_`|~0aZ=!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~]"),
        CASE(GET "Accept: a value that is longer than sixteen bytes,\tand than thirty-two\r\n" H END,
             "GET / @h 1.1 keep [Accept=a value that is longer than sixteen bytes,\tand than thirty-two]"),
        CASE(GET H "A-Name-Longer-Than-16-Bytes_And.Odd: 1\r\n\r\n",
             "GET / @h 1.1 keep [A-Name-Longer-Than-16-Bytes_And.Odd=1]"),
        CASE(GET H "Hos: 1\r\nHostx: 2\r\nExpecs: 3\r\nConnectiox: close\r\nContent-Lengtx: x\r\n"
                   "Transfer-Encodinx: y\r\n\r\n",
             "GET / @h 1.1 keep [Hos=1] [Hostx=2] [Expecs=3] [Connectiox=close] [Content-Lengtx=x] "
             "[Transfer-Encodinx=y]"),
        CASE(GET H "Xontent-Length: 1\r\nContentXLength: 1\r\nTransfer_Encoding: 1\r\n\r\n",
             "GET / @h 1.1 keep [Xontent-Length=1] [ContentXLength=1] [Transfer_Encoding=1]"),
    };
    ACCEPT(cases);
}

static void malformed_fields_are_refused(void **state)
{
    (void)state;
    static const char value[] = "400 header value with a character it may not have";
    static const http_case cases[] = {
        CASE(GET ":", "400 malformed header name"),
        CASE(GET H ":", "400 malformed header name"),
        CASE(GET H "A\r", "400 malformed header name"),
        CASE(GET H "A\n", "400 malformed header name"),
        CASE(GET H "A\0", "400 malformed header name"),
        CASE(GET H "A/", "400 malformed header name"),
        CASE(GET H "A(", "400 malformed header name"),
        CASE(GET H "A\"", "400 malformed header name"),
        CASE(GET H "A\xC3", "400 malformed header name"),
        CASE(GET H "A\x7F", "400 malformed header name"),
        CASE(GET H "\n", "400 malformed header name"),
        CASE(GET H "A ", "400 space before the colon of a header"),
        CASE(GET H "A\t", "400 space before the colon of a header"),
        CASE(GET H "Transfer-Encoding ", "400 space before the colon of a header"),
        CASE(GET " ", "400 folded header line"),
        CASE(GET "\t", "400 folded header line"),
        CASE(GET H "A: b\r\n ", "400 folded header line"),
        CASE(GET H "A: b\r\n\t", "400 folded header line"),
        CASE(GET H "A: b\n", value),
        CASE(GET H "A:\n", value),
        CASE(GET H "A: \0", value),
        CASE(GET H "A: b\0", value),
        CASE(GET H "A: b\x01", value),
        CASE(GET H "A: b\x1F", value),
        CASE(GET H "A: b\x7F", value),
        CASE(GET H "A: b\x0B", value),
        CASE(GET H "A: more than sixteen bytes before the \x1B", value),
        CASE(GET H "A: b\rc", "400 CR without LF"),
        CASE(GET H "A: b\r\r", "400 CR without LF"),
        CASE(GET H "A:\r:", "400 CR without LF"),
        CASE(GET H "\rX", "400 CR without LF"),
        CASE(GET H "\r\r", "400 CR without LF"),
    };
    REFUSE(cases);
}

static void one_valid_host_is_needed(void **state)
{
    (void)state;
    static const http_case accepted[] = {
        CASE(GET "host: h\r\n\r\n", "GET / @h 1.1 keep [host=h]"),
        CASE(GET "hOsT:\t example.org:8080 \r\n\r\n", "GET / @example.org:8080 1.1 keep [hOsT=example.org:8080]"),
        CASE(GET "Host: 127.0.0.1:\r\n\r\n", "GET / @127.0.0.1: 1.1 keep"),
        CASE("GET / HTTP/1.0\r\nHost: [2001:db8::1]:443\r\n\r\n", "GET / @[2001:db8::1]:443 1.0"),
    };
    static const http_case refused[] = {
        CASE(GET END, "400 missing Host"),
        CASE(GET "A: b\r\n\r\n", "400 missing Host"),
        CASE("GET / HTTP/1.2\r\n\r\n", "400 missing Host"),
        CASE(GET H "Host: h\r\n", "400 more than one Host"),
        CASE(GET H "A: b\r\nhost: i\r\n", "400 more than one Host"),
        CASE("GET / HTTP/1.0\r\n" H "HOST: h\r\n", "400 more than one Host"),
        CASE("GET http://a/ HTTP/1.1\r\n" H "Host: h\r\n", "400 more than one Host"),
        CASE("OPTIONS * HTTP/1.1\r\nHost:\r\nHost:\r\n", "400 more than one Host"),
        CASE(GET "Host:\r\n", "400 invalid Host"),
        CASE("GET / HTTP/1.0\r\nHost: \t\r\n", "400 invalid Host"),
        CASE(GET "Host: a b\r\n", "400 invalid Host"),
        CASE(GET "Host: a,b\r\n", "400 invalid Host"),
        CASE(GET "Host: a/b\r\n", "400 invalid Host"),
        CASE(GET "Host: u@h\r\n", "400 invalid Host"),
        CASE(GET "Host: h:x\r\n", "400 invalid Host"),
        CASE("OPTIONS * HTTP/1.1\r\nHost: a b\r\n", "400 invalid Host"),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

static void content_length_is_a_plain_number(void **state)
{
    (void)state;
    static const http_case accepted[] = {
        CASE(GET H "Content-Length: 0\r\n\r\n", "GET / @h 1.1 keep length=0 [Content-Length=0]"),
        CASE(GET H "content-length: 5\r\n\r\n", "GET / @h 1.1 keep length=5 [content-length=5]"),
        CASE(GET H "CONTENT-LENGTH:007 \r\n\r\n", "GET / @h 1.1 keep length=7 [CONTENT-LENGTH=007]"),
        CASE("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n", "POST / @ 1.0 length=5 [Content-Length=5]"),
        CASE(GET H "Content-Length: 9223372036854775807\r\n\r\n",
             "GET / @h 1.1 keep length=9223372036854775807 [Content-Length=9223372036854775807]"),
        CASE(GET H "Content-Length: 000000000000000000000000000001\r\n\r\n",
             "GET / @h 1.1 keep length=1 [Content-Length=000000000000000000000000000001]"),
    };
    static const char invalid[] = "400 invalid Content-Length", repeated[] = "400 more than one Content-Length";
    static const http_case refused[] = {
        CASE(GET H "Content-Length:\r\n", invalid),
        CASE(GET H "Content-Length: 9223372036854775808\r\n", invalid),
        CASE(GET H "Content-Length: 18446744073709551616\r\n", invalid),
        CASE(GET H "Content-Length: 92233720368547758070\r\n", invalid),
        CASE(GET H "Content-Length: +5\r\n", invalid),
        CASE(GET H "Content-Length: -5\r\n", invalid),
        CASE(GET H "Content-Length: 5 5\r\n", invalid),
        CASE(GET H "Content-Length: 0x5\r\n", invalid),
        CASE(GET H "Content-Length: a\r\n", invalid),
        CASE(GET H "Content-Length: 5.0\r\n", invalid),
        CASE(GET H "Content-Length: 5, 5\r\n", invalid),
        CASE(GET H "Content-Length: 5,6\r\n", invalid),
        CASE(GET H "Content-Length: 5;\r\n", invalid),
        CASE(GET H "Content-Length: \xB2\r\n", invalid),
        CASE(GET H "Content-Length: 5\r\nContent-Length: 5\r\n", repeated),
        CASE(GET H "Content-Length: 5\r\nA: b\r\ncontent-length: 6\r\n", repeated),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

static void chunked_is_the_only_transfer_coding(void **state)
{
    (void)state;
    static const http_case accepted[] = {
        CASE(GET H "Transfer-Encoding: chunked\r\n\r\n", "GET / @h 1.1 keep chunked [Transfer-Encoding=chunked]"),
        CASE(GET H "transfer-encoding:\tCHUNKED \r\n\r\n", "GET / @h 1.1 keep chunked [transfer-encoding=CHUNKED]"),
    };
    static const char invalid[] = "400 invalid Transfer-Encoding",
                      last[] = "400 Transfer-Encoding does not end in chunked",
                      both[] = "400 both Content-Length and Transfer-Encoding",
                      repeated[] = "400 more than one Transfer-Encoding", other[] = "501 transfer coding not supported";
    static const http_case refused[] = {
        CASE(GET H "Transfer-Encoding: gzip, chunked\r\n", other),
        CASE(GET H "Transfer-Encoding: identity,chunked\r\n", other),
        CASE(GET H "Transfer-Encoding: gzip , deflate\t,Chunked\r\n", other),
        CASE(GET H "Transfer-Encoding: gzip\r\n", last),
        CASE(GET H "Transfer-Encoding: identity\r\n", last),
        CASE(GET H "Transfer-Encoding: xchunked\r\n", last),
        CASE(GET H "Transfer-Encoding: chunkedx\r\n", last),
        CASE(GET H "Transfer-Encoding: chunke\r\n", last),
        CASE(GET H "Transfer-Encoding: chunked, chunked\r\n", invalid),
        CASE(GET H "Transfer-Encoding: chunked, gzip\r\n", invalid),
        CASE(GET H "Transfer-Encoding: chunked,\r\n", invalid),
        CASE(GET H "Transfer-Encoding: ,chunked\r\n", invalid),
        CASE(GET H "Transfer-Encoding:\r\n", invalid),
        CASE(GET H "Transfer-Encoding: ,\r\n", invalid),
        CASE(GET H "Transfer-Encoding: chunked;a=b\r\n", invalid),
        CASE(GET H "Transfer-Encoding: \"chunked\"\r\n", invalid),
        CASE(GET H "Transfer-Encoding: gzip chunked\r\n", invalid),
        CASE(GET H "Transfer-Encoding: \x0B", "400 header value with a character it may not have"),
        CASE(GET H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", repeated),
        CASE(GET H "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", repeated),
        CASE(GET H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", both),
        CASE(GET H "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", both),
        CASE("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", "400 Transfer-Encoding in HTTP/1.0"),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

static void connection_options_are_heeded(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE(GET H "Connection: close\r\n\r\n", "GET / @h 1.1 [Connection=close]"),
        CASE(GET H "connection: CLOSE\r\n\r\n", "GET / @h 1.1 [connection=CLOSE]"),
        CASE(GET H "Connection: keep-alive\r\n\r\n", "GET / @h 1.1 keep [Connection=keep-alive]"),
        CASE(GET H "Connection: keep-alive, close\r\n\r\n", "GET / @h 1.1 [Connection=keep-alive, close]"),
        CASE(GET H "Connection: close\r\nConnection: keep-alive\r\n\r\n",
             "GET / @h 1.1 [Connection=close] [Connection=keep-alive]"),
        CASE(GET H "Connection: Upgrade\r\n\r\n", "GET / @h 1.1 keep upgrade [Connection=Upgrade]"),
        CASE(GET H "Connection: ,keep-alive\t, upgrade ,\r\n\r\n",
             "GET / @h 1.1 keep upgrade [Connection=,keep-alive\t, upgrade ,]"),
        CASE(GET H "Connection: closed, xclose, clos\r\n\r\n", "GET / @h 1.1 keep [Connection=closed, xclose, clos]"),
        CASE(GET H "Connection:\r\n\r\n", "GET / @h 1.1 keep [Connection=]"),
        CASE("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / @ 1.0 keep [Connection=Keep-Alive]"),
        CASE("GET / HTTP/1.0\r\nConnection: a,close\r\nConnection: keep-alive\r\n\r\n",
             "GET / @ 1.0 [Connection=a,close] [Connection=keep-alive]"),
    };
    ACCEPT(cases);
}

static void only_100_continue_can_be_expected(void **state)
{
    (void)state;
    static const http_case accepted[] = {
        CASE(GET H "Expect: 100-continue\r\n\r\n", "GET / @h 1.1 keep expect [Expect=100-continue]"),
        CASE(GET H "expect:100-CONTINUE\r\n\r\n", "GET / @h 1.1 keep expect [expect=100-CONTINUE]"),
        CASE("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "GET / @ 1.0 [Expect=100-continue]"),
    };
    static const http_case refused[] = {
        CASE(GET H "Expect: 200-ok\r\n", "417 expectation not supported"),
        CASE(GET H "Expect:\r\n", "417 expectation not supported"),
        CASE(GET H "Expect: 100-continue, x\r\n", "417 expectation not supported"),
        CASE(GET H "Expect: 100-continues\r\n", "417 expectation not supported"),
        CASE("GET / HTTP/1.0\r\nExpect: x\r\n", "417 expectation not supported"),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

static void what_a_browser_sends_is_understood(void **state)
{
    (void)state;
    static const http_case cases[] = {
        CASE("GET /static/main.css?v=3f2a91c7&theme=dark HTTP/1.1\r\n"
             "Host: www.example.org:8443\r\n"
             "Connection: keep-alive\r\n"
             "sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\n"
             "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0\r\n"
             "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
             "Accept-Encoding: gzip, deflate, br, zstd\r\n"
             "Cookie: session=eyJ1c2VyIjo0Mn0.ZkPq3w.h1a2b3c4d5e6f7g8h9i0; theme=dark\r\n"
             "\r\n",
             "GET /static/main.css ?v=3f2a91c7&theme=dark @www.example.org:8443 1.1 keep "
             "[Connection=keep-alive] "
             "[sec-ch-ua=\"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"] "
             "[User-Agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0] "
             "[Accept=text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8] "
             "[Accept-Encoding=gzip, deflate, br, zstd] "
             "[Cookie=session=eyJ1c2VyIjo0Mn0.ZkPq3w.h1a2b3c4d5e6f7g8h9i0; theme=dark]"),
    };
    ACCEPT(cases);
}

static void slices_lie_in_the_bytes_given(void **state)
{
    (void)state;
    static const char input[] = "GET http://a/b?c HTTP/1.1\r\nHost:  h \r\nX:\r\n\r\n";
    ct_http1_header headers[2];
    ct_http1_head head = { .headers = headers, .header_capacity = 2 };
    assert_int_equal(ct_http1_parse_head(&head, &defaults, input, sizeof input - 1), CT_HTTP1_DONE);
    assert_ptr_equal(head.method_name.data, input);
    assert_ptr_equal(head.target.data, input + 4);
    assert_true(ct_str_eq(head.target, CT_STR("http://a/b?c")));
    assert_ptr_equal(head.scheme.data, input + 4);
    assert_ptr_equal(head.host.data, input + 11);
    assert_ptr_equal(head.path.data, input + 12);
    assert_ptr_equal(head.query.data, input + 15);
    assert_int_equal(head.header_count, 2);
    assert_ptr_equal(headers[0].name, input + 27);
    assert_ptr_equal(headers[0].value, input + 34);
    assert_int_equal(headers[0].value_length, 1);
    assert_ptr_equal(headers[1].value, strstr(input, "X:") + 2);
    assert_int_equal(head.size, sizeof input - 1);
}

/* ---- Every byte in every place ---- */

static bool in_set(int byte, const char *others)
{
    bool alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    return alphanumeric || (byte != 0 && strchr(others, byte));
}

/* The outcome with one byte put in the middle of a run, first in bytes that are read one by one, then in a vector. */
static void assert_byte(const char *before, int byte, const char *after, bool accepted)
{
    static const char padding[] = "x: 0123456789abcdef0123456789abcdef\r\n";
    char input[256];
    for (int vector = 0; vector < 2; vector++) {
        int length = snprintf(input, sizeof input, "%s_%s%s%s", before, after, vector ? padding : "", "\r\n");
        char *hole = strchr(input, '_');
        *hole = (char)byte;
        outcome out = parse_exact(input, (size_t)length, &defaults);
        if (out.result != (accepted ? CT_HTTP1_DONE : CT_HTTP1_ERROR))
            fail_msg("byte %d behind \"%s\" gives %d: %s", byte, before, out.result, out.text);
    }
}

static void every_byte_is_judged_by_its_place(void **state)
{
    (void)state;
    static const char token[] = "!#$%&'*+-.^_`|~", path[] = "-._~!$&'()*+,;=:@/[]^{|}", host[] = "-._~!$&'()*+;=";
    for (int byte = 0; byte < 256; byte++) {
        if (byte == '\r' || byte == '%')
            continue;
        bool obs_text = byte >= 0x80, visible = byte >= 0x20 && byte != 0x7F;
        assert_byte("A", byte, "B / HTTP/1.1\r\n" H, in_set(byte, token));
        assert_byte("GET /a", byte, "b HTTP/1.1\r\n" H, in_set(byte, path) || byte == '?');
        assert_byte("GET /a?", byte, "b HTTP/1.1\r\n" H, in_set(byte, path) || (byte != 0 && strchr("?`\\", byte)));
        assert_byte("GET http://a", byte, "1 HTTP/1.1\r\n" H, in_set(byte, host) || (byte != 0 && strchr("/?:", byte)));
        assert_byte("GET / HTTP/1.1\r\n" H "A", byte, "B: c\r\n", in_set(byte, token) || byte == ':');
        assert_byte("GET / HTTP/1.1\r\n" H "A: b", byte, "c\r\n", visible || obs_text || byte == '\t');
        assert_byte("GET / HTTP/1.1\r\nHost: a", byte, "1\r\n", in_set(byte, host) || byte == ':');
    }
}

/* ---- Limits ---- */

static void heads_may_be_as_large_as_the_limit(void **state)
{
    (void)state;
    static const char input[] = GET H "A: b\r\n\r\n";
    const size_t length = sizeof input - 1;
    ct_http1_limits limits = { .head = (uint32_t)length, .target = 1, .headers = 2 };
    assert_splits(input, length, &limits, CT_HTTP1_DONE, "GET / @h 1.1 keep [A=b]");
    for (size_t less = 1; less <= length; less++) {
        limits.head = (uint32_t)(length - less);
        assert_splits(input, length - less, &limits, CT_HTTP1_ERROR, "431 request head too large");
    }
}

static void targets_may_be_as_long_as_the_limit(void **state)
{
    (void)state;
    const ct_http1_limits limits = { .head = 1000, .target = 20, .headers = 1 };
    static const http_case accepted[] = {
        CASE("GET /34567890123456789_0 HTTP/1.1\r\n" H END, "GET /34567890123456789_0 @h 1.1 keep"),
        CASE("GET /34567?9012345678%20 HTTP/1.1\r\n" H END, "GET /34567 ?9012345678%20 @h 1.1 keep"),
        CASE("GET http://a.example/01 HTTP/1.1\r\n" H END, "GET http: /01 @a.example 1.1 keep"),
    };
    static const http_case refused[] = {
        CASE("GET /34567890123456789_01", "414 request target too long"),
        CASE("GET /3456789012345678%201", "414 request target too long"),
        CASE("GET /34567890123456789%20", "414 request target too long"),
        CASE("GET /3456789012345678901?", "414 request target too long"),
        CASE("GET /3?5678901234567890?0", "414 request target too long"),
        CASE("GET http://a.example.org/", "414 request target too long"),
        CASE("GET /345678901234567890#", "400 request target with a character it may not have"),
        CASE("GET /3456789012345678901#", "400 request target with a character it may not have"),
        CASE("GET /345678901234567890%z", "400 malformed percent escape in the request target"),
    };
    for (size_t i = 0; i < CT_COUNT(accepted); i++)
        assert_splits(accepted[i].input, accepted[i].length, &limits, CT_HTTP1_DONE, accepted[i].text);
    for (size_t i = 0; i < CT_COUNT(refused); i++)
        assert_splits(refused[i].input, refused[i].length, &limits, CT_HTTP1_ERROR, refused[i].text);
}

static void fields_may_be_as_many_as_the_limit(void **state)
{
    (void)state;
    const ct_http1_limits two = { .head = 1000, .target = 100, .headers = 2 };
    const ct_http1_limits none = { .head = 1000, .target = 100, .headers = 0 };
    static const char fits[] = GET H "A: b\r\n\r\n", more[] = GET H "A: b\r\nC";
    static const char bare[] = "GET / HTTP/1.0\r\n\r\n", one[] = "GET / HTTP/1.0\r\nA";
    assert_splits(fits, sizeof fits - 1, &two, CT_HTTP1_DONE, "GET / @h 1.1 keep [A=b]");
    assert_splits(more, sizeof more - 1, &two, CT_HTTP1_ERROR, "431 too many header fields");
    assert_splits(bare, sizeof bare - 1, &none, CT_HTTP1_DONE, "GET / @ 1.0");
    assert_splits(one, sizeof one - 1, &none, CT_HTTP1_ERROR, "431 too many header fields");
}

static void fields_never_outgrow_the_callers_array(void **state)
{
    (void)state;
    static const char input[] = GET H "A: b\r\n\r\n";
    ct_http1_header *headers = malloc(sizeof *headers);
    assert_non_null(headers);
    ct_http1_head head = { .headers = headers, .header_capacity = 1 };
    assert_int_equal(ct_http1_parse_head(&head, &defaults, input, sizeof input - 1), CT_HTTP1_ERROR);
    assert_int_equal(head.error_status, 431);
    free(headers);
}

/* ---- Hosts ---- */

static void hosts_keep_to_their_grammar(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const valid[] = {
        "a", "example.org", "EXAMPLE.org.", "a_b", "xn--bcher-kva.example", "127.0.0.1", "999.0.0.1", "a%20b",
        "!$&'()*+;=~", "a:", "a:0", "a:80", "a:00080", "a:65535", "[::]", "[::1]:8080", "[::ffff:127.0.0.1]",
        "[2001:DB8::a]:", "[1:2:3:4:5:6:7:8]:65535",
    };
    static const char *const invalid[] = {
        "", ":", ":80", "a:65536", "a:99999999999999999999", "a:-1", "a:+1", "a: 1", "a:8o", "a:80:80", "::1", "a,b",
        "a/b", "a b", " a", "u@a", "u:p@a", "a?", "a#", "a%", "a%2", "a%2g", "a%g2", "a\\b", "a\"", "<a>", "a^b", "a|b",
        "{a}", "b\xC3\xBC", "a\x7F", "a\t", "a\n", "[", "[]", "[::1", "::1]", "[::1]8", "[::1]:x", "[::1]:65536",
        "[::1]]", "[[::1]]", "[:::]", "[g::]", "[fe80::1%25eth0]", "[127.0.0.1]", "[v1.a]", "a[::1]", "[ ::1]",
        "[1:2:3:4:5:6:7:8:9]", "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
    };
    /* clang-format on */
    for (size_t i = 0; i < CT_COUNT(valid); i++)
        if (!ct_http1_host_valid(ct_str_of(valid[i])))
            fail_msg("%s is not valid", valid[i]);
    for (size_t i = 0; i < CT_COUNT(invalid); i++)
        if (ct_http1_host_valid(ct_str_of(invalid[i])))
            fail_msg("%s is valid", invalid[i]);
    assert_false(ct_http1_host_valid((ct_str){ NULL, 0 }));
    assert_false(ct_http1_host_valid((ct_str){ "a%41", 3 }));
    assert_false(ct_http1_host_valid(CT_STR("a\0b")));
    assert_false(ct_http1_host_valid(CT_STR("[::1\0]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_is_told),
        cmocka_unit_test(a_malformed_method_is_refused),
        cmocka_unit_test(one_empty_line_before_the_request_is_skipped),
        cmocka_unit_test(versions_of_http_1_are_spoken),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(a_malformed_request_line_is_refused),
        cmocka_unit_test(paths_and_queries_are_told_apart),
        cmocka_unit_test(characters_no_target_may_have_are_refused),
        cmocka_unit_test(absolute_targets_name_the_host),
        cmocka_unit_test(malformed_absolute_targets_are_refused),
        cmocka_unit_test(the_asterisk_is_for_options),
        cmocka_unit_test(fields_are_handed_out_as_sent),
        cmocka_unit_test(malformed_fields_are_refused),
        cmocka_unit_test(one_valid_host_is_needed),
        cmocka_unit_test(content_length_is_a_plain_number),
        cmocka_unit_test(chunked_is_the_only_transfer_coding),
        cmocka_unit_test(connection_options_are_heeded),
        cmocka_unit_test(only_100_continue_can_be_expected),
        cmocka_unit_test(what_a_browser_sends_is_understood),
        cmocka_unit_test(slices_lie_in_the_bytes_given),
        cmocka_unit_test(every_byte_is_judged_by_its_place),
        cmocka_unit_test(heads_may_be_as_large_as_the_limit),
        cmocka_unit_test(targets_may_be_as_long_as_the_limit),
        cmocka_unit_test(fields_may_be_as_many_as_the_limit),
        cmocka_unit_test(fields_never_outgrow_the_callers_array),
        cmocka_unit_test(hosts_keep_to_their_grammar),
    };
    return cmocka_run_group_tests_name("http1", tests, NULL, NULL);
}
