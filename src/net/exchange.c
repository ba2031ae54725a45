/* One request and its answer: reading the body, sending the answer. Everything here runs on the request's fiber.
 *
 * A body of known length is received straight into the caller's memory, never past its end; a chunked one goes
 * through the connection's input buffer, behind the head, and is decoded there. Time spent waiting for the body
 * counts against it, time the handler takes between reads does not. */
#include "net/exchange.h"

#include "base/time.h"
#include "net/connection.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define COPY_BYTES 4096 /* a smaller body is copied behind its head instead of being sent from where it is */

ct_str ct_exchange_date(const ct_exchange *x)
{
    return ct_worker_date(x->worker);
}

bool ct_exchange_keeps(const ct_exchange *x)
{
    const ct_connection *conn = x->connection;
    if (x->close || x->body == CT_BODY_FAILED)
        return false;
    if (x->worker->draining && conn->in_start == conn->in_end) /* what has come already is still answered */
        return false;
    bool unread = x->body == CT_BODY_LENGTH || x->body == CT_BODY_CHUNKED;
    return !unread || (!x->continue_pending && (x->body == CT_BODY_CHUNKED || x->body_left <= CT_DRAIN_BYTES));
}

bool ct_exchange_gone(const ct_exchange *x)
{
    return x->connection->gone;
}

ct_wake ct_exchange_wait(ct_exchange *x, ct_time until)
{
    if (x->connection->gone)
        return CT_WAKE_CANCELLED;
    return ct_fiber_park(until);
}

void ct_exchange_peer(const ct_exchange *x, char *ret, size_t size)
{
    ct_connection_peer(x->connection, ret, size);
}

bool ct_exchange_is_unix(const ct_exchange *x)
{
    return x->connection->peer.family == AF_UNIX;
}

bool ct_exchange_secure(const ct_exchange *x)
{
    return x->connection->secure;
}

/* ---- the body ---- */

static ct_read_result fail(ct_exchange *x, int status, const char *reason)
{
    x->body = CT_BODY_FAILED;
    x->failed_status = status;
    x->failed_reason = reason;
    return CT_READ_ERROR;
}

/* How long the next piece may be waited for: the pause between bytes and the average rate are limited. */
static ct_time patience(const ct_exchange *x)
{
    const ct_config *config = x->worker->config;
    ct_time pause = config->body_timeout;
    if (config->body_rate <= 0)
        return pause;
    double earned = (double)x->body_received / (double)config->body_rate * (double)CT_SECOND;
    ct_time average = CT_MAX(config->body_timeout, (ct_time)CT_MIN(earned, 1e15)) - x->body_waited;
    return CT_MIN(pause, average);
}

/* Waits until there may be input. OK, or what ended the wait. */
static ct_read_result await_input(ct_exchange *x, ct_time until)
{
    ct_connection *conn = x->connection;
    if (x->continue_pending) {
        x->continue_pending = false;
        ct_buffer *out = ct_exchange_out(x);
        size_t before = out->length;
        CT_BUFFER_LITERAL(out, "HTTP/1.1 100 Continue\r\n\r\n");
        x->out_mark += out->length - before;
    }
    if (!ct_connection_flush(conn)) /* answers before this one, too: the client may wait for them */
        return CT_READ_GONE;
    ct_time before = ct_monotonic();
    ct_time limit = before + patience(x);
    ct_wake wake = ct_connection_wait_readable(conn, CT_MIN(limit, until));
    x->body_waited += ct_monotonic() - before;
    if (wake == CT_WAKE_CANCELLED || conn->gone)
        return CT_READ_GONE;
    if (wake == CT_WAKE_TIMEOUT)
        return until < limit ? CT_READ_TIMEOUT : fail(x, 408, "the body came too slowly");
    return CT_READ_OK;
}

/* More bytes into the input buffer, behind the head. */
static ct_read_result fill_input(ct_exchange *x, ct_time until)
{
    ct_connection *conn = x->connection;
    conn->in_start = conn->in_end = conn->in_base;
    for (;;) {
        ct_read_result result = await_input(x, until);
        if (result != CT_READ_OK)
            return result;
        if (ct_connection_receive(conn))
            return CT_READ_OK;
        if (conn->fin) {
            fail(x, 400, "the connection ended within the body");
            return CT_READ_GONE;
        }
    }
}

static ct_read_result receive_into(ct_exchange *x, void *data, size_t size, size_t *ret_size, ct_time until)
{
    ct_connection *conn = x->connection;
    for (;;) {
        ct_read_result result = await_input(x, until);
        if (result != CT_READ_OK)
            return result;
        ssize_t n = recv(conn->watch.fd, data, size, 0);
        if (n > 0) {
            *ret_size = (size_t)n; /* a full read may have left more; so may one that stopped at the body's end */
            conn->readable = (size_t)n == size;
            return CT_READ_OK;
        }
        if (n < 0 && errno == EINTR)
            continue;
        conn->readable = false;
        if (n == 0) {
            conn->fin = true;
            fail(x, 400, "the connection ended within the body");
            return CT_READ_GONE;
        }
        if (errno != EAGAIN) {
            conn->gone = true;
            return CT_READ_GONE;
        }
    }
}

static ct_read_result read_length(ct_exchange *x, void *data, size_t size, size_t *ret_size, ct_time until)
{
    ct_connection *conn = x->connection;
    if ((uint64_t)x->worker->config->max_body < x->head.content_length)
        return fail(x, 413, "the body is too large");
    size_t want = (size_t)CT_MIN((uint64_t)size, x->body_left);
    size_t buffered = conn->in_end - conn->in_start;
    if (buffered) {
        *ret_size = CT_MIN(want, buffered);
        memcpy(data, conn->in + conn->in_start, *ret_size);
        conn->in_start += (uint32_t)*ret_size;
    } else {
        ct_read_result result = receive_into(x, data, want, ret_size, until);
        if (result != CT_READ_OK)
            return result;
    }
    x->body_left -= *ret_size;
    if (!x->body_left)
        x->body = CT_BODY_DONE;
    return CT_READ_OK;
}

static ct_read_result read_chunked(ct_exchange *x, void *data, size_t size, size_t *ret_size, ct_time until)
{
    ct_connection *conn = x->connection;
    for (;;) {
        size_t available = CT_MIN(conn->in_end - conn->in_start, size); /* so that its payload fits */
        if (!available) {
            ct_read_result result = fill_input(x, until);
            if (result != CT_READ_OK)
                return result;
            continue;
        }
        size_t consumed;
        ct_str payload;
        ct_http1_result result =
            ct_http1_chunked_next(&x->chunked, conn->in + conn->in_start, available, &consumed, &payload);
        conn->in_start += (uint32_t)consumed;
        if (result == CT_HTTP1_ERROR)
            return fail(x, x->chunked.error_status, x->chunked.error);
        if (result == CT_HTTP1_DONE)
            x->body = CT_BODY_DONE;
        if (payload.length) {
            if (x->body_received + payload.length > (uint64_t)x->worker->config->max_body)
                return fail(x, 413, "the body is too large");
            memcpy(data, payload.data, payload.length);
            *ret_size = payload.length;
            return CT_READ_OK;
        }
        if (result == CT_HTTP1_DONE)
            return CT_READ_END;
    }
}

ct_read_result ct_exchange_read(ct_exchange *x, void *data, size_t size, size_t *ret_size, int *ret_status,
                                const char **ret_reason, ct_time until)
{
    const ct_connection *conn = x->connection;
    ct_read_result result = CT_READ_END;
    *ret_size = 0;
    if (conn->in_start < conn->in_end)
        x->continue_pending = false; /* the client has begun without it */
    switch (x->body) {
    case CT_BODY_NONE:
    case CT_BODY_DONE:
        break;
    case CT_BODY_FAILED:
        result = CT_READ_ERROR;
        break;
    case CT_BODY_LENGTH:
        result = read_length(x, data, size, ret_size, until);
        break;
    case CT_BODY_CHUNKED:
        result = read_chunked(x, data, size, ret_size, until);
        break;
    }
    x->body_received += *ret_size;
    if (result == CT_READ_ERROR) {
        *ret_status = x->failed_status;
        *ret_reason = x->failed_reason;
    }
    return result;
}

/* ---- the answer ---- */

ct_buffer *ct_exchange_out(ct_exchange *x)
{
    ct_connection *conn = x->connection;
    if (!conn->out)
        conn->out = ct_worker_take_output(conn->worker);
    return conn->out;
}

bool ct_exchange_flush(ct_exchange *x)
{
    return ct_connection_flush(x->connection);
}

bool ct_exchange_commit(ct_exchange *x)
{
    ct_connection *conn = x->connection;
    x->committed = true;
    if (conn->out && conn->out->length > CT_FLUSH_BYTES)
        return ct_connection_flush(conn);
    x->sent += conn->out ? conn->out->length - x->out_mark : 0;
    x->out_mark = conn->out ? conn->out->length : 0;
    return !conn->gone;
}

bool ct_exchange_send(ct_exchange *x, const void *data, size_t length)
{
    ct_connection *conn = x->connection;
    ct_buffer *out = ct_exchange_out(x);
    if (length <= COPY_BYTES) {
        ct_buffer_append(out, data, length);
        return !conn->gone;
    }
    struct iovec iov[] = { { .iov_base = out->data, .iov_len = out->length },
                           { .iov_base = (void *)(uintptr_t)data, .iov_len = length } };
    x->sent += out->length - x->out_mark + length;
    x->sent_early = true;
    x->out_mark = 0;
    bool sent = ct_connection_send_all(conn, iov, 2, 0);
    out->length = 0;
    return sent;
}

/* Whether an error of sendfile() is the file's and not the socket's. */
static bool is_of_file(int error)
{
    return error == EIO || error == ESTALE || error == EINVAL || error == EOVERFLOW || error == ENOMEM;
}

bool ct_exchange_sendfile(ct_exchange *x, int fd, uint64_t offset, uint64_t length, bool *ret_unreadable)
{
    ct_connection *conn = x->connection;
    ct_buffer *out = ct_exchange_out(x);
    struct iovec iov = { .iov_base = out->data, .iov_len = out->length };
    x->sent += out->length - x->out_mark;
    x->sent_early = true;
    x->out_mark = 0;
    bool sent = ct_connection_send_all(conn, &iov, 1, length ? MSG_MORE : 0);
    out->length = 0;
    off_t at = (off_t)offset;
    *ret_unreadable = false;
    while (sent && length) {
        ssize_t n = sendfile(conn->watch.fd, fd, &at, (size_t)CT_MIN(length, (uint64_t)1 << 20));
        if (n > 0) {
            length -= (uint64_t)n;
            x->sent += (uint64_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            sent = ct_connection_wait_writable(conn);
        } else if (n == 0 || errno != EINTR) { /* 0: the file has become shorter than promised */
            *ret_unreadable = n == 0 || is_of_file(errno);
            ct_exchange_cut(x);
            sent = false;
        }
    }
    return sent;
}

ct_buffer *ct_exchange_borrow(ct_exchange *x)
{
    return ct_worker_take_output(x->worker);
}

void ct_exchange_return(ct_exchange *x, ct_buffer *buffer)
{
    if (buffer)
        ct_worker_give_output(x->worker, buffer);
}

void ct_exchange_cut(ct_exchange *x)
{
    x->connection->cut = true;
    x->connection->gone = true;
    x->close = true;
}
