/* The body of a request: whole in memory, in pieces, or in a temporary file. It comes from the connection once, so one
 * way rules out the others, but for one: what is whole in memory can still be put into a file. */
#include "web/body.h"

#include "canteen/request.h"
#include "canteen/work.h"
#include "web/temp_file.h"

#include <errno.h>
#include <unistd.h>

#define PIECE ((size_t)64 * 1024) /* read at once on the way to a file */
#define CHUNKED_ROOM 1024         /* at least, for each piece of a chunked body */

static CT_NORETURN void too_large(ct *c)
{
    c->exchange.close = true; /* the rest of it is not wanted */
    ct_abort(c, 413, "the body is larger than %" PRId64 " bytes", c->site->config.max_body_memory);
}

bool ct_body_piece(ct *c, void *data, size_t size, size_t *ret_size)
{
    int status;
    const char *reason;
    switch (ct_exchange_read(&c->exchange, data, size, ret_size, &status, &reason, c->deadline)) {
    case CT_READ_OK:
        return true;
    case CT_READ_END:
        return false;
    case CT_READ_ERROR:
        ct_abort(c, status, "%s", reason);
    case CT_READ_GONE:
        ct_unwind_to(c, CT_UNWIND_GONE);
    case CT_READ_TIMEOUT:
        ct_deadline_passed(c);
    }
    __builtin_unreachable();
}

/* From here on the body is not to be had another way. */
static void begin_streaming(ct *c, const char *function)
{
    ct_need_request(c, function);
    if (c->uploads)
        ct_mistake(c, "%s: the body has been read already, as a form with files", function);
    if (c->body_read)
        ct_mistake(c, "%s: the body has been read whole already, by ct_body() or ct_form()", function);
    if (c->body_fd)
        ct_mistake(c, "%s: the body is in a file already, by ct_body_file()", function);
    c->body_streamed = true;
}

/* ---- in memory ---- */

static ct_bytes read_known(ct *c)
{
    uint64_t length = c->exchange.body_left;
    if (length > (uint64_t)c->site->config.max_body_memory)
        too_large(c);
    char *data = ct_take(c, (size_t)length + 1);
    size_t got = 0;
    for (size_t piece; got < length && ct_body_piece(c, data + got, (size_t)length - got, &piece);)
        got += piece;
    data[got] = '\0';
    return (ct_bytes){ .data = data, .len = got };
}

static ct_bytes read_chunked(ct *c)
{
    ct_buffer all = ct_buffer_in(c->arena);
    for (size_t piece;; all.length += piece) {
        if (all.length > (uint64_t)c->site->config.max_body_memory)
            too_large(c);
        char *room = ct_buffer_reserve(&all, CHUNKED_ROOM);
        if (!room)
            ct_mistake(c, "ct_body: the body does not fit into the request's memory (setting request_memory)");
        if (!ct_body_piece(c, room, all.capacity - all.length, &piece))
            break;
    }
    return (ct_bytes){ .data = ct_buffer_text(&all), .len = all.length };
}

ct_bytes ct_body(ct *c)
{
    ct_need_request(c, __func__);
    if (c->body_read)
        return c->body;
    if (c->uploads)
        ct_mistake(c, "ct_body: the body has been read already, as a form with files: call ct_body() before ct_form()");
    if (c->body_streamed)
        ct_mistake(c, "ct_body: the body has been read already, by ct_body_read() or ct_body_file()");
    c->body_streamed = true; /* until it is whole: an error handler must not take a part for all */
    if (c->exchange.body == CT_BODY_LENGTH)
        c->body = read_known(c);
    else if (c->exchange.body == CT_BODY_NONE)
        c->body = (ct_bytes){ .data = "" };
    else
        c->body = read_chunked(c);
    c->body_streamed = false;
    c->body_read = true;
    return c->body;
}

size_t ct_body_read(ct *c, void *buffer, size_t size)
{
    size_t got = 0;
    begin_streaming(c, __func__);
    if (size)
        ct_body_piece(c, buffer, size, &got);
    return got;
}

int64_t ct_body_length(ct *c)
{
    ct_need_request(c, __func__);
    const ct_http1_head *head = &c->exchange.head;
    return head->chunked ? -1 : head->has_length ? (int64_t)head->content_length : 0;
}

/* ---- in a file ---- */

static void close_file(void *arg)
{
    ct *c = arg;
    close(c->body_fd - 1);
    c->body_fd = 0;
}

static void fill_file(ct *c, int fd)
{
    if (c->body_read) {
        ct_temp_write(c, "ct_body_file", fd, c->body);
        return;
    }
    char *piece = ct_take(c, PIECE);
    for (size_t got; ct_body_piece(c, piece, PIECE, &got);)
        ct_temp_write(c, "ct_body_file", fd, (ct_bytes){ piece, got });
}

int ct_body_file(ct *c)
{
    ct_need_request(c, __func__);
    if (!c->body_fd) {
        if (c->uploads && !c->body_read)
            ct_mistake(c, "ct_body_file: the body has been read already, as a form with files");
        if (c->body_streamed)
            ct_mistake(c, "ct_body_file: a part of the body has been read already, by ct_body_read()");
        c->body_streamed = !c->body_read;
        ct_deferred *closing = ct_take(c, sizeof *closing); /* before there is anything to close */
        c->body_fd = ct_temp_open(c, "ct_body_file") + 1;
        *closing = (ct_deferred){ .older = c->deferred, .fn = close_file, .arg = c };
        c->deferred = closing;
        fill_file(c, c->body_fd - 1);
    }
    if (lseek(c->body_fd - 1, 0, SEEK_SET) < 0)
        ct_temp_failed(c, "ct_body_file", errno);
    return c->body_fd - 1;
}
