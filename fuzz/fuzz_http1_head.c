/* The request head parser: the outcome does not depend on where the input stops or was cut, nothing points outside of
 * it, no limit is passed, and a head written out again means the same. The first byte of the input picks the limits. */
#include "proto/http1.h"

#include <stdlib.h>

#define FIELDS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct parsed {
    ct_http1_result result;
    ct_http1_head head;
    ct_http1_header headers[FIELDS_MAX];
    char *data; /* a copy of exactly the bytes parsed */
    size_t length;
} parsed;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void parse(parsed *out, const ct_http1_limits *limits, const char *data, size_t length)
{
    out->head.headers = out->headers;
    out->head.header_capacity = FIELDS_MAX;
    out->length = length;
    out->data = malloc(length + !length);
    require(out->data != NULL);
    if (length > 0)
        memcpy(out->data, data, length);
    out->result = ct_http1_parse_head(&out->head, limits, out->data, length);
}

static void require_inside(const parsed *in, const char *text, size_t length)
{
    require(text >= in->data && text + length <= in->data + in->head.size);
}

static void require_sane(const parsed *in, const ct_http1_limits *limits)
{
    const ct_http1_head *head = &in->head;
    require(head->size > 0 && head->size <= in->length && head->size <= limits->head);
    require(memcmp(in->data + head->size - 4, "\r\n\r\n", 4) == 0);
    require(head->target.length > 0 && head->target.length <= limits->target);
    require(head->header_count <= limits->headers);
    require(!(head->chunked && head->has_length) && !(head->chunked && head->minor == 0));
    require(head->content_length <= INT64_MAX && head->minor <= 1);
    require(head->host.length > 0 ? ct_http1_host_valid(head->host) : head->minor == 0 || head->path.data[0] == '*');
    require(head->path.data[0] == '/' || (head->path.length == 1 && head->method == CT_METHOD_OPTIONS));
    require_inside(in, head->method_name.data, head->method_name.length);
    require_inside(in, head->target.data, head->target.length);
    if (head->scheme.length == 0)
        require_inside(in, head->path.data, head->path.length);
    if (head->query.data)
        require_inside(in, head->query.data, head->query.length);
    for (uint32_t i = 0; i < head->header_count; i++) {
        const ct_http1_header *header = &head->headers[i];
        require(header->name_length > 0);
        require_inside(in, header->name, header->name_length);
        require_inside(in, header->value, header->value_length);
    }
}

/* All but size: it counts spaces and an empty line that mean nothing. */
static void require_same(const ct_http1_head *a, const ct_http1_head *b)
{
    require(a->method == b->method && ct_str_eq(a->method_name, b->method_name));
    require(ct_str_eq(a->target, b->target) && ct_str_eq(a->scheme, b->scheme) && ct_str_eq(a->path, b->path));
    require(!a->query.data == !b->query.data && ct_str_eq(a->query, b->query) && ct_str_eq(a->host, b->host));
    require(a->minor == b->minor && a->keep_alive == b->keep_alive && a->upgrade == b->upgrade);
    require(a->chunked == b->chunked && a->has_length == b->has_length && a->content_length == b->content_length);
    require(a->expect_continue == b->expect_continue && a->header_count == b->header_count);
    for (uint32_t i = 0; i < a->header_count; i++) {
        const ct_http1_header *x = &a->headers[i], *y = &b->headers[i];
        require(ct_str_eq((ct_str){ x->name, x->name_length }, (ct_str){ y->name, y->name_length }));
        require(ct_str_eq((ct_str){ x->value, x->value_length }, (ct_str){ y->value, y->value_length }));
    }
}

static char *put(char *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

/* Written out without a space too much, it is no longer than it was. */
static void require_same_again(const parsed *first, const ct_http1_limits *limits)
{
    const ct_http1_head *head = &first->head;
    char *text = malloc(first->length), *at = text;
    require(text != NULL);
    at = put(at, head->method_name.data, head->method_name.length);
    at = put(at, " ", 1);
    at = put(at, head->target.data, head->target.length);
    at = put(at, head->minor ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n", 11);
    for (uint32_t i = 0; i < head->header_count; i++) {
        at = put(at, head->headers[i].name, head->headers[i].name_length);
        at = put(at, ":", 1);
        at = put(at, head->headers[i].value, head->headers[i].value_length);
        at = put(at, "\r\n", 2);
    }
    at = put(at, "\r\n", 2);

    parsed again;
    parse(&again, limits, text, (size_t)(at - text));
    require(again.result == CT_HTTP1_DONE && again.head.size == again.length);
    require_same(head, &again.head);
    free(again.data);
    free(text);
}

/* A prefix is incomplete until it shows what the whole showed, and from then on always shows that. */
static void require_prefixes_agree(const parsed *whole, const ct_http1_limits *limits)
{
    bool decided = false;
    for (size_t length = 0; length <= whole->length; length++) {
        parsed prefix;
        parse(&prefix, limits, whole->data, length);
        require(!decided || prefix.result == whole->result);
        if (prefix.result != CT_HTTP1_INCOMPLETE) {
            decided = true;
            require(prefix.result == whole->result);
            require(prefix.head.error_status == whole->head.error_status && prefix.head.error == whole->head.error);
        }
        if (prefix.result == CT_HTTP1_DONE) {
            require(prefix.head.size == whole->head.size && length >= whole->head.size);
            require_same(&prefix.head, &whole->head);
        }
        free(prefix.data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ct_http1_limits choices[] = {
        { .head = 16384, .target = 8192, .headers = FIELDS_MAX },
        { .head = 64, .target = 16, .headers = 2 },
        { .head = 200, .target = 40, .headers = 4 },
        { .head = 16384, .target = 1, .headers = 0 },
    };
    if (size == 0 || size > 2048)
        return 0;
    const ct_http1_limits *limits = &choices[data[0] % CT_COUNT(choices)];
    parsed whole;
    parse(&whole, limits, (const char *)data + 1, size - 1);
    require((whole.head.error != NULL) == (whole.result == CT_HTTP1_ERROR) || whole.result == CT_HTTP1_INCOMPLETE);
    if (whole.result == CT_HTTP1_INCOMPLETE)
        require(size - 1 < limits->head);
    if (whole.result == CT_HTTP1_DONE) {
        require_sane(&whole, limits);
        require_same_again(&whole, limits);
    }
    require_prefixes_agree(&whole, limits);
    free(whole.data);
    return 0;
}
