/* Sending a response: the head, then bytes, a file or a stream. The head is put together by copying ready pieces into
 * the connection's output; a small body follows it there, so that pipelined answers leave together in one system
 * call. */
#include "base/log.h"
#include "base/time.h"
#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/status.h"
#include "web/ct.h"
#include "web/dev_reload.h"
#include "web/error.h"
#include "web/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define STREAM_BYTES (16 * 1024)
#define CHUNK_HEAD 10 /* "ffffffff\r\n": room in front of the gathered bytes */

typedef enum framing { FRAME_NONE, FRAME_LENGTH, FRAME_CHUNKED, FRAME_CLOSE } framing;

struct ct_writer {
    ct *c;
    bool chunked;
    ct_buffer *gathered; /* CHUNK_HEAD bytes for the chunk's size, then up to STREAM_BYTES */
};

/* ---- the head ---- */

static char *put(char *at, ct_str text)
{
    memcpy(at, text.data, text.length);
    return at + text.length;
}

static char *put_uint(char *at, uint64_t value)
{
    char digits[20];
    size_t start = sizeof digits;
    do
        digits[--start] = (char)('0' + value % 10);
    while (value /= 10);
    return put(at, (ct_str){ digits + start, sizeof digits - start });
}

static char *put_field(char *at, ct_str name, ct_str value)
{
    at = put(at, name);
    at = put(at, CT_STR(": "));
    at = put(at, value);
    return put(at, CT_STR("\r\n"));
}

static size_t head_size(const ct_response *r)
{
    size_t size = 320 + r->content_type.length; /* status line, Server, Date, framing, Connection */
    for (uint32_t i = 0; i < r->header_count; i++)
        size += r->headers[i].name.length + r->headers[i].value.length + 4;
    return size;
}

static void put_head(ct *c, const ct_response *r, int status, framing frame, uint64_t length)
{
    ct_exchange *x = &c->exchange;
    ct_buffer *out = ct_exchange_out(x);
    char *start = ct_buffer_reserve(out, head_size(r));
    char *at = put(start, ct_status_line(status));
    at = put(at, CT_STR("Server: canteen\r\n"));
    at = put(at, ct_exchange_date(x));
    if (r->content_type.length)
        at = put_field(at, CT_STR("Content-Type"), r->content_type);
    for (uint32_t i = 0; i < r->header_count; i++)
        at = put_field(at, r->headers[i].name, r->headers[i].value);
    if (frame == FRAME_LENGTH) {
        at = put(at, CT_STR("Content-Length: "));
        at = put_uint(at, length);
        at = put(at, CT_STR("\r\n"));
    } else if (frame == FRAME_CHUNKED) {
        at = put(at, CT_STR("Transfer-Encoding: chunked\r\n"));
    }
    if (x->close)
        at = put(at, CT_STR("Connection: close\r\n"));
    else if (x->head.minor == 0)
        at = put(at, CT_STR("Connection: keep-alive\r\n"));
    at = put(at, CT_STR("\r\n"));
    out->length += (size_t)(at - start);
}

/* ---- streams ---- */

/* Sends what has gathered as one chunk. The client being gone unwinds. */
static void send_gathered(ct_writer *out)
{
    ct_exchange *x = &out->c->exchange;
    ct_buffer *gathered = out->gathered;
    size_t used = gathered->length - CHUNK_HEAD, skip = CHUNK_HEAD;
    if (used && out->chunked) {
        char head[CHUNK_HEAD + 1];
        int size = snprintf(head, sizeof head, "%zx\r\n", used);
        skip -= (size_t)size;
        memcpy(gathered->data + skip, head, (size_t)size);
        CT_BUFFER_LITERAL(gathered, "\r\n");
    }
    bool sent = !used || ct_exchange_send(x, gathered->data + skip, gathered->length - skip);
    gathered->length = CHUNK_HEAD;
    if (!sent || !ct_exchange_flush(x))
        ct_unwind_to(out->c, CT_UNWIND_GONE);
}

void ct_write(ct_writer *out, const void *data, size_t length)
{
    const char *from = data;
    while (length) {
        size_t part = CT_MIN(length, STREAM_BYTES + CHUNK_HEAD - out->gathered->length);
        ct_buffer_append(out->gathered, from, part);
        from += part;
        length -= part;
        if (out->gathered->length == STREAM_BYTES + CHUNK_HEAD)
            send_gathered(out);
    }
}

void ct_write_text(ct_writer *out, const char *text)
{
    ct_write(out, text, strlen(ct_needed(out->c, __func__, text)));
}

void ct_writef(ct_writer *out, const char *format, ...)
{
    char small[512];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof small) {
        ct_write(out, small, (size_t)length);
    } else if (length >= 0) {
        char *text = ct_take(out->c, (size_t)length + 1);
        vsnprintf(text, (size_t)length + 1, format, again);
        ct_write(out, text, (size_t)length);
    }
    va_end(again);
    if (length < 0)
        ct_mistake(out->c, "ct_writef: the format \"%s\" cannot be printed", format);
}

void ct_flush(ct_writer *out)
{
    send_gathered(out);
}

/* Whatever ends the function early: if nothing of the answer has left, the error is answered instead; else it ends
 * where it is, without the last chunk (or, where only the connection's end tells, with a reset), so that the client
 * can tell. */
static CT_NORETURN void stream_failed(ct_writer *out)
{
    ct *c = out->c;
    ct_exchange *x = &c->exchange;
    if (c->unwinding == CT_UNWIND_ERROR && x->sent_early && !ct_error_is_ours(c->error_status)) /* else it is logged */
        ct_log_line(CT_LOG_ERROR, ct_request_id(c), "a stream aborted within its answer: %d %s", c->error_status,
                    c->error_message ? c->error_message : "");
    if (c->unwinding != CT_UNWIND_GONE && !x->sent_early) {
        ct_exchange_out(x)->length = x->out_mark;
        x->answered = false;
    } else if (!out->chunked) {
        ct_exchange_cut(x);
    } else {
        x->close = true;
    }
    ct_unwind_to(c, c->unwinding);
}

static void write_stream(ct_writer *out, const ct_response *r)
{
    ct *c = out->c;
    ct_catch catch;
    if (ct_catch_begin(c, &catch))
        stream_failed(out);
    r->write(c, out, r->arg);
    send_gathered(out);
    ct_catch_end(c, &catch);
}

static void return_gathered(void *arg)
{
    ct_writer *out = arg;
    ct_exchange_return(&out->c->exchange, out->gathered);
}

static bool send_stream(ct *c, const ct_response *r, bool chunked)
{
    ct_exchange *x = &c->exchange;
    ct_writer *out = ct_take(c, sizeof *out);
    *out = (ct_writer){ .c = c, .chunked = chunked, .gathered = ct_exchange_borrow(x) };
    ct_defer(c, return_gathered, out);
    ct_buffer_reserve(out->gathered, CHUNK_HEAD + STREAM_BYTES + 2);
    out->gathered->length = CHUNK_HEAD;
    c->deadline = INT64_MAX;
    write_stream(out, r);
    if (chunked)
        CT_BUFFER_LITERAL(ct_exchange_out(x), "0\r\n\r\n");
    return ct_exchange_commit(x);
}

/* ---- files ---- */

/* What the file is called: for the log alone, and not of every file. */
static const char *name_of(ct *c, int fd)
{
    char link[32], name[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name);
    return length > 0 ? ct_strndup(c, name, (size_t)length) : "its name is not known";
}

static bool send_file(ct *c, const ct_response *r)
{
    bool unreadable;
    bool sent = ct_exchange_sendfile(&c->exchange, r->fd, r->offset, r->length, &unreadable);
    if (unreadable)
        ct_abort(c, 500, "a file has become shorter while it was sent, or cannot be read: %s", name_of(c, r->fd));
    return sent && ct_exchange_commit(&c->exchange);
}

/* ---- the whole ---- */

static bool may_have_body(int status)
{
    return status != 204 && status != 304;
}

static void empty(ct_response *r)
{
    r->kind = CT_RESPONSE_BYTES;
    r->body = r->content_type = (ct_str){ "", 0 };
}

static framing choose_framing(const ct *c, const ct_response *r, int status)
{
    if (!may_have_body(status))
        return FRAME_NONE;
    if (r->kind != CT_RESPONSE_STREAM)
        return FRAME_LENGTH;
    return c->exchange.head.minor ? FRAME_CHUNKED : FRAME_CLOSE;
}

bool ct_response_send(ct *c, ct_response *r)
{
    ct_exchange *x = &c->exchange;
    if (CT_UNLIKELY(c->site->dev_state != NULL))
        ct_dev_reload_page(c, r);
    if (r->has_validator)
        ct_response_apply_conditions(c, r);
    if (r->ranges)
        ct_response_apply_range(c, r);
    int status = ct_response_status(r);
    if (CT_UNLIKELY(status == 205)) /* has no content, and says so by its length (RFC 9110, 15.3.6) */
        empty(r);
    framing frame = choose_framing(c, r, status);
    uint64_t length = r->kind == CT_RESPONSE_BYTES ? r->body.length : r->length;
    if (r->close || frame == FRAME_CLOSE || !ct_exchange_keeps(x))
        x->close = true;
    x->answered = true;
    put_head(c, r, status, frame, length);
    if (frame == FRAME_NONE || x->head.method == CT_METHOD_HEAD)
        return ct_exchange_commit(x);
    switch (r->kind) {
    case CT_RESPONSE_BYTES:
        return ct_exchange_send(x, r->body.data, r->body.length) && ct_exchange_commit(x);
    case CT_RESPONSE_FILE:
        return send_file(c, r);
    case CT_RESPONSE_STREAM:
        return send_stream(c, r, frame == FRAME_CHUNKED);
    }
    return false;
}
