/* The life of a connection: input, requests one after the other, output, end. States are drawn in connection.h.
 *
 * A head that is complete starts a fiber; the fiber answers every complete request in the buffer, sends the answers
 * together and ends. Only then does the loop read again: a client that sends on without reading is held back by its own
 * unsent answers. The read edge is used up by a short read: what comes later is another edge. */
#include "net/connection.h"

#include "base/time.h"
#include "proto/http1.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_BYTES (1024 * 1024)
#define HALF_CLOSE_GRACE (100 * CT_MILLISECOND) /* a FIN this close behind its request is no farewell */

static void connection_ready(ct_watch *watch, uint32_t events);

static void enter(ct_connection *conn, conn_state state, ct_list *list)
{
    if (ct_list_linked(&conn->link))
        ct_list_remove(&conn->link);
    conn->state = (uint8_t)state;
    conn->since = conn->worker->loop->now;
    ct_list_append(list, &conn->link);
}

ct_connection *ct_connection_open(ct_worker *worker, int fd, const struct sockaddr *peer, socklen_t peer_length)
{
    ct_connection *conn = ct_worker_take_connection(worker);
    *conn = (ct_connection){ .watch = { .fd = fd, .ready = connection_ready }, .worker = worker };
    memcpy(&conn->peer, peer, CT_MIN((size_t)peer_length, sizeof conn->peer));
    if (!ct_loop_add(worker->loop, &conn->watch, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)) {
        int saved = errno;
        close(fd);
        ct_worker_give_connection(worker, conn);
        errno = saved;
        return NULL;
    }
    worker->connections++;
    enter(conn, CONN_NEW, &worker->waiting_heads);
    return conn;
}

static void release(ct_grave *grave)
{
    ct_connection *conn = CT_CONTAINER(grave, ct_connection, grave);
    ct_worker_give_connection(conn->worker, conn);
}

static void give_buffers(ct_connection *conn)
{
    if (conn->in)
        ct_worker_give_input(conn->worker, conn->in);
    if (conn->out)
        ct_worker_give_output(conn->worker, conn->out);
    conn->in = NULL;
    conn->out = NULL;
    conn->in_start = conn->in_end = 0;
}

void ct_connection_close(ct_connection *conn)
{
    if (conn->state == CONN_CLOSED)
        return;
    ct_worker *worker = conn->worker;
    if (conn->cut)
        setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
    close(conn->watch.fd);
    conn->watch.fd = -1;
    conn->state = CONN_CLOSED;
    give_buffers(conn);
    ct_list_remove(&conn->link);
    worker->connections--;
    ct_loop_bury(worker->loop, &conn->grave, release);
    ct_worker_room(worker);
}

/* ---- sending ---- */

/* Bytes that the client has not taken yet. */
static int unsent(const ct_connection *conn)
{
    int bytes;
    return ioctl(conn->watch.fd, SIOCOUTQ, &bytes) ? INT_MAX : bytes;
}

/* "Writable" comes only when a good part of the socket's buffer is free; a client that takes less than that within
 * send_timeout, but takes something, is slow and not gone. */
bool ct_connection_wait_writable(ct_connection *conn)
{
    ct_time timeout = conn->worker->config->send_timeout;
    int before, left = unsent(conn);
    ct_wake wake;
    conn->waits = CONN_WAIT_WRITE;
    do {
        before = left;
        wake = ct_fiber_park(ct_monotonic() + timeout);
        left = wake == CT_WAKE_TIMEOUT ? unsent(conn) : before;
    } while (wake == CT_WAKE_TIMEOUT && left < before);
    conn->waits = CONN_WAIT_NONE;
    if (wake != CT_WAKE_READY) {
        conn->gone = true; /* left, or takes nothing: either way there is nobody to send to */
        conn->cut = true;
    }
    return !conn->gone;
}

/* Drops `sent` bytes from the front of iov; returns the index of the first part that is left. */
static int skip_sent(struct iovec *iov, int from, int count, size_t sent)
{
    while (from < count && sent >= iov[from].iov_len)
        sent -= iov[from++].iov_len;
    if (from < count) {
        iov[from].iov_base = (char *)iov[from].iov_base + sent;
        iov[from].iov_len -= sent;
    }
    return from;
}

bool ct_connection_send_all(ct_connection *conn, struct iovec *iov, int count, int flags)
{
    int at = skip_sent(iov, 0, count, 0);
    while (at < count && !conn->gone) {
        ssize_t n;
        if (at == count - 1)
            n = send(conn->watch.fd, iov[at].iov_base, iov[at].iov_len, MSG_NOSIGNAL | flags);
        else
            n = sendmsg(conn->watch.fd, &(struct msghdr){ .msg_iov = iov + at, .msg_iovlen = (size_t)(count - at) },
                        MSG_NOSIGNAL | flags);
        if (n >= 0)
            at = skip_sent(iov, at, count, (size_t)n);
        else if (errno == EAGAIN)
            ct_connection_wait_writable(conn);
        else if (errno != EINTR)
            conn->gone = true;
    }
    return !conn->gone;
}

bool ct_connection_flush(ct_connection *conn)
{
    ct_buffer *out = conn->out;
    if (!out || !out->length)
        return !conn->gone;
    ct_exchange *exchange = conn->exchange;
    if (exchange) {
        exchange->sent += out->length - exchange->out_mark;
        exchange->sent_early = exchange->answered;
        exchange->out_mark = 0;
    }
    struct iovec iov = { .iov_base = out->data, .iov_len = out->length };
    bool sent = ct_connection_send_all(conn, &iov, 1, 0);
    out->length = 0;
    return sent;
}

/* ---- receiving ---- */

bool ct_connection_receive(ct_connection *conn)
{
    ct_worker *worker = conn->worker;
    size_t room = worker->input_size - conn->in_end;
    ssize_t n;
    do
        n = recv(conn->watch.fd, conn->in + conn->in_end, room, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        conn->in_end += (uint32_t)n;
        conn->readable = (size_t)n == room;
        return true;
    }
    conn->readable = false;
    if (n == 0)
        conn->fin = true;
    else if (errno != EAGAIN)
        conn->gone = true;
    return false;
}

ct_wake ct_connection_wait_readable(ct_connection *conn, ct_time until)
{
    if (conn->readable || conn->fin || conn->gone)
        return CT_WAKE_READY;
    conn->waits = CONN_WAIT_READ;
    ct_wake wake = ct_fiber_park(until);
    conn->waits = CONN_WAIT_NONE;
    return wake;
}

/* ---- requests ---- */

static void begin_exchange(ct_connection *conn, ct_exchange *x)
{
    ct_worker *worker = conn->worker;
    const ct_http1_head *head = &x->head;
    x->connection = conn;
    x->id = worker->next_id;
    worker->next_id += 0x9E3779B97F4A7C15u;
    x->started = worker->config->access_log ? ct_monotonic() : worker->loop->now; /* the log shows it: exact */
    x->close = !head->keep_alive;
    x->answered = x->sent_early = x->committed = false;
    x->follow = NULL;
    x->continue_pending = head->expect_continue;
    x->body_left = head->content_length;
    x->body_received = 0;
    x->body_waited = 0;
    x->sent = 0;
    x->out_mark = conn->out ? conn->out->length : 0;
    x->body = CT_BODY_NONE;
    if (head->chunked) {
        x->body = CT_BODY_CHUNKED;
        ct_http1_chunked_init(&x->chunked, NULL);
    } else if (head->has_length && head->content_length) {
        x->body = CT_BODY_LENGTH;
    } else {
        x->continue_pending = false;
    }
    conn->in_start += (uint32_t)head->size;
    conn->in_base = conn->in_start;
    conn->exchange = x;
}

static ct_http1_result parse(ct_connection *conn, ct_exchange *x)
{
    const ct_config *config = conn->worker->config;
    const ct_http1_limits limits = { .head = (uint32_t)config->max_head,
                                     .target = (uint32_t)config->max_target,
                                     .headers = (uint32_t)config->max_headers };
    return ct_http1_parse_head(&x->head, &limits, conn->in + conn->in_start, conn->in_end - conn->in_start);
}

/* Moves what is left to the front, so that a head always has room for its limit. */
static void compact(ct_connection *conn)
{
    if (!conn->in_start)
        return;
    memmove(conn->in, conn->in + conn->in_start, conn->in_end - conn->in_start);
    conn->in_end -= conn->in_start;
    conn->in_start = 0;
}

void ct_connection_peer(const ct_connection *conn, char *ret, size_t size)
{
    const void *address = conn->peer.family == AF_INET    ? (const void *)&conn->peer.v4.sin_addr
                          : conn->peer.family == AF_INET6 ? (const void *)&conn->peer.v6.sin6_addr
                                                          : NULL;
    const char *text = address ? inet_ntop(conn->peer.family, address, ret, (socklen_t)size) : NULL;
    if (!text)
        snprintf(ret, size, "unix");
    else if (conn->peer.family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&conn->peer.v6.sin6_addr))
        memmove(ret, ret + sizeof "::ffff:" - 1, strlen(ret) - (sizeof "::ffff:" - 1) + 1);
}

void ct_connection_refuse(ct_connection *conn, ct_buffer *out, int status, const char *reason)
{
    char remote[64];
    ct_connection_peer(conn, remote, sizeof remote);
    conn->worker->ops->refused(conn->worker, out, status, reason, remote, conn->worker->start->data);
}

/* The answer to something that is no request, and the end of the connection. */
static void refuse(ct_connection *conn, int status, const char *reason)
{
    if (!conn->out)
        conn->out = ct_worker_take_output(conn->worker);
    ct_connection_refuse(conn, conn->out, status, reason);
    conn->linger = true;
}

/* Reads or gives up what serve left of the body. False: the connection cannot be kept. */
static bool finish_body(ct_connection *conn, ct_exchange *x)
{
    if (x->body == CT_BODY_NONE || x->body == CT_BODY_DONE)
        return true;
    conn->linger = true;
    if (x->close || x->body == CT_BODY_FAILED || !ct_exchange_keeps(x) || !ct_connection_flush(conn))
        return false;
    char scratch[4096];
    uint64_t before = x->body_received;
    for (;;) {
        size_t size;
        int status;
        const char *reason;
        ct_read_result result = ct_exchange_read(x, scratch, sizeof scratch, &size, &status, &reason, INT64_MAX);
        if (result == CT_READ_END) {
            conn->linger = false;
            return true;
        }
        if (result != CT_READ_OK || x->body_received - before > CT_DRAIN_BYTES)
            return false;
    }
}

static void run_following(ct_background *work)
{
    work->exchange->follow(work->exchange);
}

static void end_following(ct_background *work)
{
    ct_arena_reset(&work->exchange->arena);
    ct_worker_give_exchange(work->worker, work->exchange);
    free(work);
}

/* Lets something follow the answer, and gives the connection another exchange. */
static ct_exchange *follow(ct_connection *conn, ct_exchange *x)
{
    ct_background *work = ct_xmalloc(sizeof(*work));
    *work = (ct_background){ .run = run_following, .done = end_following, .exchange = x };
    ct_connection_flush(conn);
    x->connection = NULL;
    ct_background_add(conn->worker, work);
    return ct_worker_take_exchange(conn->worker);
}

/* Answers the request in conn->exchange; false: the last one on this connection. */
static bool answer(ct_connection *conn)
{
    ct_worker *worker = conn->worker;
    ct_exchange *x = conn->exchange;
    worker->requests++;
    ct_fiber_work_on(&(ct_pulse_subject){ &x->head.method_name, &x->head.path, x->id, false });
    worker->ops->serve(x, worker->start->data);
    ct_fiber_work_on(NULL);
    bool keep = !conn->gone && finish_body(conn, x) && !x->close;
    /* A client that did not ask for the end, or sends on all the same, must not lose the answer to a reset. */
    if (!keep && (x->head.keep_alive || conn->readable || conn->in_start < conn->in_end))
        conn->linger = true;
    worker->requests--;
    conn->exchange = NULL;
    if (CT_UNLIKELY(x->follow))
        x = follow(conn, x);
    else
        ct_arena_reset(&x->arena);
    if (conn->out && conn->out->length > CT_FLUSH_BYTES)
        ct_connection_flush(conn);
    if (!keep || conn->gone)
        ct_worker_give_exchange(worker, x);
    else
        conn->exchange = x; /* for the next one */
    return keep && !conn->gone;
}

/* The next request that is complete in the buffer; else gives the exchange back and says what to do about it. */
static bool next_request(ct_connection *conn)
{
    ct_exchange *x = conn->exchange;
    conn->exchange = NULL;
    if (conn->in_start < conn->in_end) {
        ct_http1_result result = parse(conn, x);
        if (result == CT_HTTP1_DONE) {
            if (x->head.chunked && conn->in_start) { /* its body is decoded behind the head: there must be room */
                compact(conn);
                parse(conn, x);
            }
            begin_exchange(conn, x);
            return true;
        }
        if (result == CT_HTTP1_ERROR)
            refuse(conn, x->head.error_status, x->head.error);
    }
    ct_worker_give_exchange(conn->worker, x);
    return false;
}

static void look_again(ct_connection *conn)
{
    conn->again = true;
    ct_list_remove(&conn->link);
    ct_list_append(&conn->worker->again, &conn->link);
}

/* Between requests: what state fits the bytes that are there. */
static void settle(ct_connection *conn)
{
    ct_worker *worker = conn->worker;
    if (conn->in_start == conn->in_end) {
        give_buffers(conn);
        if (conn->fin) {
            ct_connection_close(conn);
            return;
        }
        enter(conn, CONN_IDLE, &worker->idle);
        ct_worker_room(worker); /* at the limit, an idle one makes room */
    } else {
        compact(conn);
        if (conn->fin && !conn->readable) {
            ct_connection_close(conn); /* the rest of this head will never come */
            return;
        }
        if (conn->state != CONN_HEAD)
            enter(conn, CONN_HEAD, &worker->waiting_heads);
    }
}

static void begin_linger(ct_connection *conn)
{
    give_buffers(conn);
    if (conn->fin || shutdown(conn->watch.fd, SHUT_WR)) {
        ct_connection_close(conn);
        return;
    }
    enter(conn, CONN_LINGER, &conn->worker->lingering);
    conn->readable = true;
    look_again(conn);
}

static void finish_requests(ct_connection *conn, bool keep)
{
    if (conn->gone)
        ct_connection_close(conn);
    else if (conn->linger)
        begin_linger(conn);
    else if (!keep)
        ct_connection_close(conn);
    else {
        settle(conn);
        if (conn->readable && conn->state != CONN_CLOSED)
            look_again(conn);
    }
}

/* On the fiber. */
static void serve_requests(void *arg)
{
    ct_connection *conn = arg;
    conn->fiber = ct_fiber_current();
    bool keep;
    do
        keep = answer(conn);
    while (keep && next_request(conn));
    ct_connection_flush(conn);
    conn->fiber = NULL;
    finish_requests(conn, keep && !conn->linger);
}

/* ---- the loop's side ---- */

/* Sends what `refuse` made, from the loop: one try, for it is short and nothing else waits to be sent. */
static void send_refusal(ct_connection *conn)
{
    ssize_t n = send(conn->watch.fd, conn->out->data, conn->out->length, MSG_NOSIGNAL);
    conn->gone = n < 0;
    conn->out->length = 0;
    finish_requests(conn, false);
}

static void start_requests(ct_connection *conn)
{
    enter(conn, CONN_BUSY, &conn->worker->busy);
    if (ct_fiber_start(conn->worker->loop->scheduler, serve_requests, conn))
        return;
    ct_worker_give_exchange(conn->worker, conn->exchange);
    conn->exchange = NULL;
    refuse(conn, 503, "the server is busy");
    send_refusal(conn);
}

/* NEW, HEAD or IDLE, with bytes in the buffer. */
static void read_head(ct_connection *conn)
{
    ct_exchange *x = ct_worker_take_exchange(conn->worker);
    switch (parse(conn, x)) {
    case CT_HTTP1_DONE:
        begin_exchange(conn, x);
        start_requests(conn);
        return;
    case CT_HTTP1_ERROR:
        ct_worker_give_exchange(conn->worker, x);
        refuse(conn, x->head.error_status, x->head.error);
        send_refusal(conn);
        return;
    case CT_HTTP1_INCOMPLETE:
        ct_worker_give_exchange(conn->worker, x);
        settle(conn);
        if (conn->readable && conn->state != CONN_CLOSED)
            look_again(conn);
    }
}

static void drop_input(ct_connection *conn)
{
    char scratch[16384];
    ssize_t n;
    while ((n = recv(conn->watch.fd, scratch, sizeof scratch, 0)) > 0) {
        conn->lingered += (uint32_t)n;
        if (conn->lingered > LINGER_BYTES)
            break;
    }
    conn->readable = false;
    if (n >= 0 || (errno != EAGAIN && errno != EINTR))
        ct_connection_close(conn);
}

void ct_connection_input(ct_connection *conn)
{
    if (conn->again) {
        conn->again = false;
        ct_list_remove(&conn->link);
        ct_list *lists[] = { [CONN_NEW] = &conn->worker->waiting_heads,
                             [CONN_HEAD] = &conn->worker->waiting_heads,
                             [CONN_IDLE] = &conn->worker->idle,
                             [CONN_LINGER] = &conn->worker->lingering };
        ct_list_append(lists[conn->state], &conn->link);
    }
    if (conn->state == CONN_LINGER) {
        drop_input(conn);
        return;
    }
    if (!conn->in)
        conn->in = ct_worker_take_input(conn->worker);
    if (ct_connection_receive(conn)) {
        read_head(conn);
    } else if (conn->gone || conn->fin) {
        ct_connection_close(conn);
    } else if (conn->in_start == conn->in_end) {
        give_buffers(conn);
    }
}

static void connection_ready(ct_watch *watch, uint32_t events)
{
    ct_connection *conn = CT_CONTAINER(watch, ct_connection, watch);
    if (events & (EPOLLHUP | EPOLLERR))
        conn->gone = conn->state != CONN_LINGER;
    if (events & EPOLLRDHUP)
        conn->fin = true;
    if (events & EPOLLIN)
        conn->readable = true;
    if (conn->state != CONN_BUSY) {
        if (conn->readable || conn->gone || conn->fin)
            ct_connection_input(conn);
        return;
    }
    if (!conn->fiber)
        return;
    if (conn->waits == CONN_WAIT_READ) {
        if (conn->readable || conn->fin || conn->gone)
            ct_fiber_wake(conn->fiber);
    } else if (conn->waits == CONN_WAIT_WRITE) {
        if (conn->gone || events & EPOLLOUT)
            ct_fiber_wake(conn->fiber);
    } else if (conn->gone ||
               (conn->fin && conn->exchange && conn->worker->loop->now - conn->exchange->started > HALF_CLOSE_GRACE)) {
        conn->gone = true;
        ct_fiber_cancel(conn->fiber);
    }
}

void ct_connection_end_idle(ct_connection *conn)
{
    char byte;
    if (recv(conn->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
        ct_connection_input(conn);
    else
        ct_connection_close(conn);
}

/* On a fiber of its own: what must still be sent may be more than the socket takes now. */
static void send_rest(void *arg)
{
    ct_connection *conn = arg;
    conn->fiber = ct_fiber_current();
    ct_connection_flush(conn);
    conn->fiber = NULL;
    finish_requests(conn, false);
}

/* What the client gets: the answers before this one, and a 500 in place of an answer of which nothing has left. One
 * that has begun is cut where it is; where only its end tells that it is whole (HTTP/1.0), by a reset. */
void ct_connection_crashed(ct_connection *conn, const ct_crash *crash)
{
    ct_exchange *x = conn->exchange;
    conn->exchange = NULL; /* its memory is not to be trusted: it is never used again */
    conn->fiber = NULL;
    conn->linger = true;
    if (!conn->out)
        conn->out = ct_worker_take_output(conn->worker);
    if (x && !x->committed) {
        conn->out->length = CT_MIN(conn->out->length, x->out_mark);
        if (!x->sent_early)
            conn->worker->ops->crashed(x, crash, conn->out, conn->worker->start->data);
        else if (x->head.minor == 0)
            conn->cut = conn->gone = true;
    }
    conn->worker->requests -= x != NULL;
    if (conn->gone || !ct_fiber_start(conn->worker->loop->scheduler, send_rest, conn))
        finish_requests(conn, false);
}
