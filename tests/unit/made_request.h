/* Requests made of the bytes of a head, without a server: for the tests of what src/web makes of them. There is no
 * body to read, nothing to wait for and nobody to send to. */
#ifndef MADE_REQUEST_H
#define MADE_REQUEST_H

#include "base/common.h"
#include "net/connection.h"
#include "web/client_info.h"
#include "web/ct.h"
#include "web/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct made_request {
    ct_site site;
    struct ct_connection connection;
    ct_http1_header headers[32];
    char *bytes;
    struct ct c;
} made_request;

/* A unit of work that is no request. */
static inline ct *make_work(made_request *made)
{
    memset(made, 0, sizeof *made);
    made->site.config = (ct_config){ .max_body_memory = 100, .max_body = 1000, .max_fields = 4, .temp_dir = "/tmp" };
    ct_arena_init(&made->site.arena, NULL, 0);
    ct_arena_init(&made->c.exchange.arena, NULL, 0);
    made->c.arena = &made->c.exchange.arena;
    made->c.site = &made->site;
    made->c.deadline = INT64_MAX;
    return &made->c;
}

/* The request of a whole head, from a peer on a Unix socket. */
static inline ct *make_request(made_request *made, const char *head)
{
    ct *c = make_work(made);
    size_t length = strlen(head);
    made->bytes = ct_xmalloc(length); /* without the NUL: reading beyond the head is an error */
    memcpy(made->bytes, head, length);
    c->is_request = true;
    c->exchange.id = 0x0123456789abcdef;
    c->exchange.connection = &made->connection;
    made->connection.peer.family = AF_UNIX;
    c->exchange.head.headers = made->headers;
    c->exchange.head.header_capacity = CT_COUNT(made->headers);
    const ct_http1_limits limits = { .head = 4096, .target = 1024, .headers = 32 };
    assert_int_equal(ct_http1_parse_head(&c->exchange.head, &limits, made->bytes, length), CT_HTTP1_DONE);
    return c;
}

static inline void drop_request(made_request *made)
{
    ct_run_deferred(&made->c, NULL);
    ct_arena_finish(made->c.arena);
    ct_arena_finish(&made->site.arena);
    free(made->bytes);
}

/* Runs the statement, which must abort with this status and message. */
#define assert_aborts(c, status, message, statement)                                                                   \
    do {                                                                                                               \
        ct_catch catch_;                                                                                               \
        if (!ct_catch_begin((c), &catch_)) {                                                                           \
            statement;                                                                                                 \
            fail_msg("it did not abort");                                                                              \
        }                                                                                                              \
        assert_int_equal((c)->unwinding, CT_UNWIND_ERROR);                                                             \
        assert_string_equal((c)->error_message, message);                                                              \
        assert_int_equal((c)->error_status, status);                                                                   \
    } while (0)

#endif
