/* The chunked decoder: what a body is, where it ends, what is refused and how early.
 *
 * Every case is decoded whole, byte by byte, and cut in two at every place, from blocks of exactly the size given (so
 * that AddressSanitizer sees a read behind them), and with the next request behind it. A refused case ends with the
 * first byte that shows the fault: every shorter prefix must be incomplete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/http1_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct outcome {
    ct_http1_result result;
    size_t consumed;
    char text[256]; /* the payload, or status and reason */
} outcome;

/* Hands the decoder a copy of exactly `length` bytes until it asks for more or is done. */
static void feed(ct_http1_chunked *decoder, const char *data, size_t length, outcome *out)
{
    char *copy = malloc(length + !length);
    assert_non_null(copy);
    memcpy(copy, data, length);
    size_t at = 0, consumed;
    do {
        ct_str payload;
        out->result = ct_http1_chunked_next(decoder, copy + at, length - at, &consumed, &payload);
        assert_true(consumed <= length - at);
        if (payload.length > 0) {
            assert_int_equal(out->result, CT_HTTP1_INCOMPLETE);
            assert_true(payload.data >= copy + at && payload.data + payload.length == copy + at + consumed);
            assert_true(strlen(out->text) + payload.length < sizeof out->text);
            strncat(out->text, payload.data, payload.length);
        } else if (out->result == CT_HTTP1_INCOMPLETE) {
            assert_int_equal(consumed, length - at);
        }
        at += consumed;
    } while (out->result == CT_HTTP1_INCOMPLETE && consumed > 0);
    out->consumed += at;
    free(copy);
    if (out->result == CT_HTTP1_ERROR)
        snprintf(out->text, sizeof out->text, "%d %s", decoder->error_status, decoder->error);
    else
        assert_true(decoder->error_status == 0 && decoder->error == NULL);
}

/* The input in pieces: up to `first` bytes, then pieces of `rest` bytes. */
static outcome decode(const char *input, size_t length, size_t first, size_t rest,
                      const ct_http1_chunked_limits *limits)
{
    outcome out = { .text = "" };
    ct_http1_chunked decoder;
    memset(&decoder, 0xA5, sizeof decoder);
    ct_http1_chunked_init(&decoder, limits);
    for (size_t at = 0, piece = first; at < length && out.result == CT_HTTP1_INCOMPLETE; at += piece, piece = rest)
        feed(&decoder, input + at, CT_MIN(piece, length - at), &out);
    return out;
}

static void assert_decoded(const char *input, size_t size, size_t whole, size_t first, size_t rest,
                           const ct_http1_chunked_limits *limits, ct_http1_result result, const char *text)
{
    outcome out = decode(input, size, first, rest, limits);
    if (out.result != result || out.consumed != whole || strcmp(out.text, text) != 0)
        fail_msg("input:\n%s\nin pieces of %zu, then %zu bytes gives %d, %zu bytes: %s\nnot %d, %zu bytes: %s", input,
                 first, rest, out.result, out.consumed, out.text, result, whole, text);
}

static void assert_splits(const char *input, size_t length, const ct_http1_chunked_limits *limits,
                          ct_http1_result result, const char *text)
{
    for (size_t n = 1; n < length; n++) {
        assert_decoded(input, length, length, n, length, limits, result, text);
        outcome out = decode(input, n, n, 1, limits);
        if (out.result != CT_HTTP1_INCOMPLETE || out.consumed != n)
            fail_msg("input:\n%s\nonly the first %zu bytes give %d: %s", input, n, out.result, out.text);
    }
    assert_decoded(input, length, length, 1, 1, limits, result, text);

    static const char *const followers[] = { "", "x", "\r\n", "\n", "GET / HTTP/1.1\r\n" };
    char *longer = malloc(length + 64);
    assert_non_null(longer);
    memcpy(longer, input, length);
    for (size_t i = 0; i < CT_COUNT(followers); i++) {
        size_t more = length + strlen(followers[i]);
        memcpy(longer + length, followers[i], strlen(followers[i]));
        assert_decoded(longer, more, length, more, 1, limits, result, text);
    }
    free(longer);
}

typedef struct body_case {
    const char *input;
    size_t length;
    const char *text;
} body_case;

#define CASE(input, text)                                                                                              \
    {                                                                                                                  \
        input, sizeof(input) - 1, text                                                                                 \
    }
#define END "0\r\n\r\n"

static void run_cases(const body_case *cases, size_t count, const ct_http1_chunked_limits *limits,
                      ct_http1_result result)
{
    for (size_t i = 0; i < count; i++)
        assert_splits(cases[i].input, cases[i].length, limits, result, cases[i].text);
}

#define ACCEPT(cases) run_cases((cases), CT_COUNT(cases), NULL, CT_HTTP1_DONE)
#define REFUSE(cases) run_cases((cases), CT_COUNT(cases), NULL, CT_HTTP1_ERROR)

static void payload_is_what_the_chunks_hold(void **state)
{
    (void)state;
    static const body_case cases[] = {
        CASE(END, ""),
        CASE("000\r\n\r\n", ""),
        CASE("5\r\nhello\r\n" END, "hello"),
        CASE("5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n" END, "hello, world"),
        CASE("a\r\n0123456789\r\n" END, "0123456789"),
        CASE("A\r\n0123456789\r\n" END, "0123456789"),
        CASE("1a\r\nabcdefghijklmnopqrstuvwxyz\r\n" END, "abcdefghijklmnopqrstuvwxyz"),
        CASE("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello"),
        CASE("7\r\n0\r\n\r\n\r\n\r\n" END, "0\r\n\r\n\r\n"),
        CASE("1\r\n\n\r\n1\r\n\r\r\n" END, "\n\r"),
    };
    ACCEPT(cases);
}

static void sizes_are_hexadecimal_digits(void **state)
{
    (void)state;
    static const char malformed[] = "400 malformed chunk size", large[] = "400 chunk size too large",
                      lf[] = "400 CR without LF in a chunk size";
    static const body_case cases[] = {
        CASE("\r", malformed),
        CASE("\n", malformed),
        CASE(" ", malformed),
        CASE(";", malformed),
        CASE("-", malformed),
        CASE("+", malformed),
        CASE("g", malformed),
        CASE("G", malformed),
        CASE("\0", malformed),
        CASE("0x", malformed),
        CASE("5h", malformed),
        CASE("5,", malformed),
        CASE("5.", malformed),
        CASE("5=", malformed),
        CASE("5\"", malformed),
        CASE("5\n", malformed),
        CASE("5\0", malformed),
        CASE("5\xB2", malformed),
        CASE("5\r5", lf),
        CASE("5\r\r", lf),
        CASE("0\r0", lf),
        CASE("8000000000000000", large),
        CASE("ffffffffffffffff", large),
        CASE("00000000000000000", large),
        CASE("5\r\nhello\r\n\r", malformed),
        CASE("5\r\nhello\r\n ", malformed),
    };
    REFUSE(cases);
}

static void the_largest_size_is_taken(void **state)
{
    (void)state;
    ct_http1_chunked decoder;
    size_t consumed;
    ct_str payload;
    static const char input[] = "7fffFFFFffffFFFF\r\nhello";
    ct_http1_chunked_init(&decoder, NULL);
    assert_int_equal(ct_http1_chunked_next(&decoder, input, sizeof input - 1, &consumed, &payload),
                     CT_HTTP1_INCOMPLETE);
    assert_int_equal(consumed, sizeof input - 1);
    assert_true(ct_str_eq(payload, CT_STR("hello")));
}

static void chunks_end_where_their_size_says(void **state)
{
    (void)state;
    static const char longer[] = "400 chunk longer than its size", lf[] = "400 CR without LF behind a chunk";
    static const body_case cases[] = {
        CASE("5\r\nhello!", longer), CASE("5\r\nhello\n", longer), CASE("5\r\nhello0", longer),
        CASE("5\r\nhello\r0", lf),   CASE("5\r\nhello\r\r", lf),
    };
    REFUSE(cases);
}

static void extensions_are_checked_and_dropped(void **state)
{
    (void)state;
    static const body_case accepted[] = {
        CASE("5;a\r\nhello\r\n" END, "hello"),
        CASE("5;a=b\r\nhello\r\n" END, "hello"),
        CASE("5 ;a=b\r\nhello\r\n" END, "hello"),
        CASE("5\t; a = b ; c;d=\"e\" ;f\r\nhello\r\n0;last\r\n\r\n", "hello"),
        CASE("5;a=\"\"\r\nhello\r\n" END, "hello"),
        CASE("5;a=\"\t !#;=,[]~\x80\xFF\\\"\\\\\\a\\ \"\r\nhello\r\n" END, "hello"),
        CASE("5;a;b;c\r\nhello\r\n" END, "hello"),
        CASE("5;!#$%&'*+-.^_`|~09azAZ=!#$%&'*+-.^_`|~09azAZ\r\nhello\r\n" END, "hello"),
    };
    static const char malformed[] = "400 malformed chunk extension";
    static const body_case refused[] = {
        CASE("5 \r", malformed),
        CASE("5 5", malformed),
        CASE("5\t\n", malformed),
        CASE("5;\r", malformed),
        CASE("5; \r", malformed),
        CASE("5;;", malformed),
        CASE("5;=", malformed),
        CASE("5;\"", malformed),
        CASE("5;a\n", malformed),
        CASE("5;a\0", malformed),
        CASE("5;a \r", malformed),
        CASE("5;a b", malformed),
        CASE("5;a,", malformed),
        CASE("5;a\"", malformed),
        CASE("5;a\x80", malformed),
        CASE("5;a=\r", malformed),
        CASE("5;a= \r", malformed),
        CASE("5;a=;", malformed),
        CASE("5;a==", malformed),
        CASE("5;a=b\n", malformed),
        CASE("5;a=b=", malformed),
        CASE("5;a=b \r", malformed),
        CASE("5;a=b c", malformed),
        CASE("5;a=b\"", malformed),
        CASE("5;a=\"b\r", malformed),
        CASE("5;a=\"b\n", malformed),
        CASE("5;a=\"b\0", malformed),
        CASE("5;a=\"b\x7F", malformed),
        CASE("5;a=\"b\\\r", malformed),
        CASE("5;a=\"b\\\x01", malformed),
        CASE("5;a=\"b\"c", malformed),
        CASE("5;a=\"b\"\n", malformed),
        CASE("5;a=\"b\"=", malformed),
        CASE("5;a=\"b\" \r", malformed),
        CASE("5;a\r5", "400 CR without LF in a chunk size"),
        CASE("5;a=\"b\"\r\r", "400 CR without LF in a chunk size"),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

static void trailers_are_checked_and_dropped(void **state)
{
    (void)state;
    static const body_case accepted[] = {
        CASE("5\r\nhello\r\n0\r\nA: b\r\n\r\n", "hello"),
        CASE("0\r\nA:\r\nB: \tc d\xC3\xA9 \r\nContent-Length: 5\r\n\r\n", ""),
    };
    static const char name[] = "400 malformed trailer name",
                      value[] = "400 trailer value with a character it may not have",
                      inner[] = "400 CR without LF in a trailer", last[] = "400 CR without LF behind the last chunk";
    static const body_case refused[] = {
        CASE("0\r\n\n", name),        CASE("0\r\n:", name),         CASE("0\r\n ", name),
        CASE("0\r\n\t", name),        CASE("0\r\n\0", name),        CASE("0\r\nA ", name),
        CASE("0\r\nA\r", name),       CASE("0\r\nA\n", name),       CASE("0\r\nA/", name),
        CASE("0\r\nA\x80", name),     CASE("0\r\nA: b\r\n ", name), CASE("0\r\nA: b\r\n\t", name),
        CASE("0\r\nA: b\n", value),   CASE("0\r\nA: b\0", value),   CASE("0\r\nA: b\x1F", value),
        CASE("0\r\nA: b\x7F", value), CASE("0\r\nA: b\rc", inner),  CASE("0\r\nA: b\r\r", inner),
        CASE("0\r\n\rx", last),       CASE("0\r\n\r\r", last),      CASE("0\r\nA: b\r\n\rx", last),
    };
    ACCEPT(accepted);
    REFUSE(refused);
}

static void size_lines_may_be_as_long_as_the_limit(void **state)
{
    (void)state;
    const ct_http1_chunked_limits limits = { .line = 6, .trailer_size = 0, .trailers = 0 };
    static const body_case accepted[] = {
        CASE("5;ab\r\nhello\r\n0005\r\nhello\r\n" END, "hellohello"),
        CASE("0;ab\r\n\r\n", ""),
    };
    static const body_case refused[] = {
        CASE("5;abc\r\n", "400 chunk size line too long"),
        CASE("5;abcdx", "400 chunk size line too long"),
        CASE("00005\r\n", "400 chunk size line too long"),
        CASE("5;ab\r\nhello\r\n0;abc\r\n", "400 chunk size line too long"),
    };
    run_cases(accepted, CT_COUNT(accepted), &limits, CT_HTTP1_DONE);
    run_cases(refused, CT_COUNT(refused), &limits, CT_HTTP1_ERROR);
}

static void trailers_may_be_as_large_as_the_limits(void **state)
{
    (void)state;
    const ct_http1_chunked_limits limits = { .line = 100, .trailer_size = 12, .trailers = 2 };
    static const body_case accepted[] = {
        CASE("0\r\nA:bc\r\nD:ef\r\n\r\n", ""),
        CASE("0\r\nA: 4567890\r\n\r\n", ""),
    };
    static const body_case refused[] = {
        CASE("0\r\nA: 45678901\r\n", "431 trailers too large"),
        CASE("0\r\nA: 456789012x", "431 trailers too large"),
        CASE("0\r\nA:bc\r\nD: ef\r\n", "431 trailers too large"),
        CASE("0\r\nA:\r\nB:\r\nC", "431 too many trailer fields"),
    };
    run_cases(accepted, CT_COUNT(accepted), &limits, CT_HTTP1_DONE);
    run_cases(refused, CT_COUNT(refused), &limits, CT_HTTP1_ERROR);
}

/* The defaults of the limits are part of what a client can rely on. */
static void default_limits_hold(void **state)
{
    (void)state;
    static char input[9000];
    memset(input, 'a', sizeof input);
    memcpy(input, "5;", 2);
    memcpy(input + 4094, "\r\n", 2);
    assert_int_equal(decode(input, 4096, 4096, 1, NULL).result, CT_HTTP1_INCOMPLETE);
    input[4094] = 'a';
    memcpy(input + 4095, "\r\n", 2);
    assert_int_equal(decode(input, 4096, 4096, 1, NULL).result, CT_HTTP1_INCOMPLETE);
    assert_string_equal(decode(input, 4097, 4097, 1, NULL).text, "400 chunk size line too long");

    memset(input, 'a', sizeof input);
    memcpy(input, "0\r\nA:", 5);
    assert_int_equal(decode(input, 3 + 8192, sizeof input, 1, NULL).result, CT_HTTP1_INCOMPLETE);
    assert_string_equal(decode(input, 3 + 8193, sizeof input, 1, NULL).text, "431 trailers too large");

    for (size_t i = 0; i <= 100; i++)
        memcpy(input + 3 + 4 * i, "A:\r\n", 4);
    assert_int_equal(decode(input, 3 + 400, sizeof input, 1, NULL).result, CT_HTTP1_INCOMPLETE);
    assert_string_equal(decode(input, 3 + 401, sizeof input, 1, NULL).text, "431 too many trailer fields");
}

static void the_end_is_final(void **state)
{
    (void)state;
    ct_http1_chunked decoder;
    outcome out = { .text = "" };
    ct_http1_chunked_init(&decoder, NULL);
    feed(&decoder, END "5\r\nhello", 12, &out);
    assert_int_equal(out.consumed, 5);
    feed(&decoder, "5\r\nhello", 8, &out);
    assert_int_equal(out.result, CT_HTTP1_DONE);
    assert_int_equal(out.consumed, 5);

    out = (outcome){ .text = "" };
    ct_http1_chunked_init(&decoder, NULL);
    feed(&decoder, "x", 1, &out);
    feed(&decoder, "5\r\nhello", 8, &out);
    assert_int_equal(out.result, CT_HTTP1_ERROR);
    assert_int_equal(out.consumed, 1);
    assert_string_equal(out.text, "400 malformed chunk size");
}

static void nothing_is_taken_from_nothing(void **state)
{
    (void)state;
    ct_http1_chunked decoder;
    size_t consumed = 1;
    ct_str payload = CT_STR("x");
    ct_http1_chunked_init(&decoder, NULL);
    assert_int_equal(ct_http1_chunked_next(&decoder, NULL, 0, &consumed, &payload), CT_HTTP1_INCOMPLETE);
    assert_int_equal(consumed, 0);
    assert_int_equal(payload.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_is_what_the_chunks_hold),
        cmocka_unit_test(sizes_are_hexadecimal_digits),
        cmocka_unit_test(the_largest_size_is_taken),
        cmocka_unit_test(chunks_end_where_their_size_says),
        cmocka_unit_test(extensions_are_checked_and_dropped),
        cmocka_unit_test(trailers_are_checked_and_dropped),
        cmocka_unit_test(size_lines_may_be_as_long_as_the_limit),
        cmocka_unit_test(trailers_may_be_as_large_as_the_limits),
        cmocka_unit_test(default_limits_hold),
        cmocka_unit_test(the_end_is_final),
        cmocka_unit_test(nothing_is_taken_from_nothing),
    };
    return cmocka_run_group_tests_name("http1_body", tests, NULL, NULL);
}
