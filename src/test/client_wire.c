/* One request and its answer, as bytes on a connection of their own.
 *
 * Sending and receiving go on together, for a server may answer before it has read all of a body. After the answer our
 * side is shut and the server's end awaited, so that nothing of this request runs any more when the next begins; bytes
 * behind the answer are a mistake of the server, and fail the test. */
#include "test/client.h"

#include "base/time.h"
#include "net/loop.h"
#include "proto/http1_body.h"
#include "proto/http1_response.h"

#include <errno.h>
#include <unistd.h>

#define HEAD_MOST (256 * 1024)
#define FIELDS_MOST 256
#define READ_BYTES ((size_t)16 * 1024)
#define SETTLE_TIME (30 * CT_SECOND)

typedef struct wire {
    ct *c;
    int fd;
    ct_buffer out; /* what is to be sent; `sent` of it has been */
    size_t sent;
    ct_buffer in; /* all that has come */
} wire;

typedef struct answer {
    ct_reply *reply;
    ct_http1_framing framing;
    bool headed;             /* the head is complete: `at` is behind it */
    size_t at;               /* bytes of `in` that are done with */
    uint64_t left;           /* of LENGTH */
    ct_http1_chunked chunks; /* of CHUNKED */
    ct_buffer body;
    bool done;
    const char *error;
} answer;

/* ---- the request ---- */

static bool has_field(const ct_client *client, const char *name)
{
    for (const ct_client_field *field = client->fields; field; field = field->next)
        if (ct_str_eq_nocase(ct_str_of(field->name), ct_str_of(name)))
            return true;
    return false;
}

/* A field that the client makes itself, unless the test has set one. */
static void put_own(const ct_client *client, ct_buffer *out, const char *name, const char *value)
{
    if (value && !has_field(client, name))
        ct_buffer_printf(out, "%s: %s\r\n", name, value);
}

static bool wants_length(const ct_client_request *request)
{
    return request->content_type || strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0 ||
           strcmp(request->method, "PATCH") == 0;
}

static void write_request(ct_client *client, const ct_client_request *request, ct_buffer *out)
{
    ct_buffer_printf(out, "%s %s HTTP/1.1\r\n", request->method, request->target);
    put_own(client, out, "Host", client->host);
    put_own(client, out, "Cookie", ct_client_cookie_header(client, request));
    put_own(client, out, "Content-Type", request->content_type);
    if (wants_length(request))
        put_own(client, out, "Content-Length", ct_printf(client->c, "%zu", request->body.len));
    for (const ct_client_field *field = client->fields; field; field = field->next)
        ct_buffer_printf(out, "%s: %s\r\n", field->name, field->value);
    ct_buffer_str(out, CT_STR("\r\n"));
    ct_buffer_append(out, request->body.data, request->body.len);
}

/* ---- the answer ---- */

static struct ct_reply_headers *copy_headers(ct *c, const ct_http1_response *head)
{
    struct ct_reply_headers *copy = ct_alloc(c, sizeof(*copy) + head->header_count * sizeof(copy->items[0]));
    copy->count = head->header_count;
    for (size_t i = 0; i < copy->count; i++) {
        copy->items[i] = head->headers[i];
        copy->items[i].name = ct_strndup(c, head->headers[i].name, head->headers[i].name_length);
        copy->items[i].value = ct_strndup(c, head->headers[i].value, head->headers[i].value_length);
    }
    return copy;
}

/* Reads the head, past those of 1xx; false: more bytes must come, or there is an error. */
static bool read_head(const wire *w, answer *a, const char *method)
{
    ct_http1_header headers[FIELDS_MOST];
    ct_http1_response head = { .headers = headers, .header_capacity = FIELDS_MOST };
    do {
        const char *data = w->in.data ? w->in.data + a->at : "";
        ct_http1_result result = ct_http1_parse_response(&head, data, w->in.length - a->at, HEAD_MOST);
        if (result != CT_HTTP1_DONE) {
            a->error = result == CT_HTTP1_ERROR ? head.error : NULL;
            return false;
        }
        a->at += head.size;
    } while (head.status < 200 && head.status != 101);
    a->headed = true;
    a->reply->status = head.status;
    a->reply->headers = copy_headers(w->c, &head);
    a->framing = ct_http1_response_framing(&head, strcmp(method, "HEAD") == 0 ? CT_METHOD_HEAD : CT_METHOD_OTHER);
    a->left = a->framing == CT_HTTP1_LENGTH ? head.content_length : 0;
    a->done = a->framing == CT_HTTP1_NO_BODY || (a->framing == CT_HTTP1_LENGTH && !a->left);
    ct_http1_chunked_init(&a->chunks, NULL);
    return true;
}

static void read_chunks(const wire *w, answer *a)
{
    ct_http1_result result = CT_HTTP1_INCOMPLETE;
    ct_str run = { "", 1 };
    while (result == CT_HTTP1_INCOMPLETE && run.length && a->at < w->in.length) {
        size_t taken;
        result = ct_http1_chunked_next(&a->chunks, w->in.data + a->at, w->in.length - a->at, &taken, &run);
        a->at += taken;
        ct_buffer_str(&a->body, run);
    }
    a->done = result == CT_HTTP1_DONE;
    a->error = result == CT_HTTP1_ERROR ? a->chunks.error : NULL;
}

/* Takes what has come. */
static void read_answer(const wire *w, answer *a, const char *method)
{
    if (!a->headed && !read_head(w, a, method))
        return;
    if (a->done)
        return;
    if (a->framing == CT_HTTP1_CHUNKED) {
        read_chunks(w, a);
        return;
    }
    size_t size = w->in.length - a->at;
    if (a->framing == CT_HTTP1_LENGTH) {
        size = (size_t)CT_MIN((uint64_t)size, a->left);
        a->left -= size;
        a->done = !a->left;
    }
    ct_buffer_append(&a->body, w->in.data + a->at, size);
    a->at += size;
}

/* ---- the connection ---- */

static bool send_some(wire *w)
{
    if (w->sent == w->out.length)
        return false;
    ssize_t n = send(w->fd, w->out.data + w->sent, w->out.length - w->sent, MSG_NOSIGNAL);
    if (n > 0)
        w->sent += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        w->sent = w->out.length; /* nobody takes the rest: the answer says why */
    return n > 0;
}

/* Waits for more bytes, and sends meanwhile. False: there are none any more. */
static bool receive(wire *w)
{
    for (;;) {
        bool moved = send_some(w);
        char *room = ct_buffer_reserve(&w->in, READ_BYTES);
        if (!room)
            ct_out_of_memory(w->c);
        ssize_t n = recv(w->fd, room, READ_BYTES, 0);
        if (n > 0)
            w->in.length += (size_t)n;
        if (n >= 0)
            return n > 0;
        if (errno != EAGAIN && errno != EINTR)
            return false;
        uint32_t events = EPOLLIN | (w->sent < w->out.length ? (uint32_t)EPOLLOUT : 0);
        if (!moved)
            ct_loop_wait_fd(ct_loop_current(), w->fd, events, INT64_MAX);
    }
}

/* Until the answer is complete, or what is wrong with it is known. */
static void exchange(wire *w, answer *a, const char *method)
{
    while (!a->done && !a->error) {
        if (receive(w)) {
            read_answer(w, a, method);
        } else if (a->headed && a->framing == CT_HTTP1_TO_END) {
            a->done = true;
        } else {
            a->error = w->in.length ? "it ended before it was complete" : "the connection was closed without one";
        }
    }
    shutdown(w->fd, SHUT_WR);
    w->sent = w->out.length;
    while (!a->error && receive(w))
        ;
    if (!a->error && a->at < w->in.length)
        a->error = "bytes follow it";
}

ct_reply *ct_client_ask(ct_client *client, const ct_client_request *request)
{
    ct *c = client->c;
    wire w = { .c = c, .out = ct_buffer_in(c->arena), .in = ct_buffer_in(c->arena) };
    answer a = { .reply = ct_alloc(c, sizeof(*a.reply)), .body = ct_buffer_in(c->arena) };
    write_request(client, request, &w.out);
    ct_worker *worker = request->worker ? request->worker : client->worker;
    w.fd = ct_worker_connect(worker, (const struct sockaddr *)&client->peer, client->peer_size, request->secure);
    if (w.fd < 0)
        ct_test_fail(c, "%s %s: there are no descriptors for a connection: %m", request->method, request->target);
    exchange(&w, &a, request->method);
    close(w.fd);
    if (a.error)
        ct_test_fail(c, "the answer to %s %s is none: %s", request->method, request->target, a.error);
    ct_worker_settle(worker, ct_monotonic() + SETTLE_TIME);
    a.reply->body = ct_buffer_text(&a.body);
    a.reply->length = a.body.length;
    a.reply->url = request->target;
    return a.reply;
}
