/* A worker: start, accepting, the lists of waiting connections, pools, draining, end. Mostly it is all there is in a
 * process; ct_worker_open_inside() makes one that shares a loop with others.
 *
 * Timeouts of connections need no timers: each list is in the order in which its members entered and has one limit, so
 * only its front is ever looked at. Pools are last in, first out, and never shrink below what a busy moment needed of
 * small blocks; large ones (buffers) are bounded. */
#include "net/worker.h"

#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "net/connection.h"
#include "proto/date.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 8
#define INPUT_EXTRA (16 * 1024) /* behind a head of the largest size: room to decode a chunked body */
#define KEEP_BUFFERS 64
#define KEEP_CHUNKS 256
#define LINGER_TIME (2 * CT_SECOND)
#define ACCEPT_PAUSE (100 * CT_MILLISECOND)
#define QUIET_STOP (250 * CT_MILLISECOND)
#define QUIET_RELOAD (5 * CT_SECOND)
#define SETTLE_STEP CT_MILLISECOND

typedef struct listener {
    ct_watch watch;
    ct_worker *worker;
} listener;

/* ---- pools ---- */

/* Free blocks are linked through their first word. */
static void *pool_take(void **pool)
{
    void *block = *pool;
    if (block)
        *pool = *(void **)block;
    return block;
}

static void pool_give(void **pool, void *block)
{
    *(void **)block = *pool;
    *pool = block;
}

char *ct_worker_take_input(ct_worker *worker)
{
    char *input = pool_take(&worker->free_inputs);
    if (!input)
        return ct_xmalloc(worker->input_size);
    worker->free_input_count--;
    return input;
}

void ct_worker_give_input(ct_worker *worker, char *input)
{
    if (worker->free_input_count == KEEP_BUFFERS) {
        free(input);
        return;
    }
    worker->free_input_count++;
    pool_give(&worker->free_inputs, input);
}

ct_buffer *ct_worker_take_output(ct_worker *worker)
{
    if (worker->free_output_count)
        return worker->free_outputs[--worker->free_output_count];
    return ct_xcalloc(1, sizeof(ct_buffer));
}

void ct_worker_give_output(ct_worker *worker, ct_buffer *output)
{
    if (worker->free_output_count == KEEP_BUFFERS) {
        ct_buffer_finish(output);
        free(output);
        return;
    }
    output->length = 0;
    worker->free_outputs[worker->free_output_count++] = output;
}

ct_exchange *ct_worker_take_exchange(ct_worker *worker)
{
    ct_exchange *x = pool_take(&worker->free_exchanges);
    if (x) {
        x->worker = worker; /* the first word was the link */
        return x;
    }
    x = ct_xcalloc(1, worker->exchange_bytes);
    x->worker = worker;
    ct_arena_init(&x->arena, &worker->chunks, (size_t)worker->config->request_memory);
    x->head.headers = (ct_http1_header *)(void *)((char *)x + worker->ops->exchange_size);
    x->head.header_capacity = (uint32_t)worker->config->max_headers;
    return x;
}

void ct_worker_give_exchange(ct_worker *worker, ct_exchange *x)
{
    pool_give(&worker->free_exchanges, x);
}

ct_connection *ct_worker_take_connection(ct_worker *worker)
{
    ct_connection *conn = pool_take(&worker->free_connections);
    return conn ? conn : ct_xmalloc(sizeof *conn);
}

void ct_worker_give_connection(ct_worker *worker, ct_connection *conn)
{
    pool_give(&worker->free_connections, conn);
}

static void free_pools(ct_worker *worker)
{
    void *block;
    while ((block = pool_take(&worker->free_inputs)) != NULL)
        free(block);
    while ((block = pool_take(&worker->free_connections)) != NULL)
        free(block);
    while ((block = pool_take(&worker->free_exchanges)) != NULL) {
        ct_arena_finish(&((ct_exchange *)block)->arena);
        free(block);
    }
    while (worker->free_output_count) {
        ct_buffer *output = worker->free_outputs[--worker->free_output_count];
        ct_buffer_finish(output);
        free(output);
    }
    free(worker->free_outputs);
    ct_arena_pool_finish(&worker->chunks);
}

/* ---- what others ask ---- */

ct_str ct_worker_date(ct_worker *worker)
{
    if (worker->loop->now >= worker->date_until) {
        ct_time now = ct_now();
        memcpy(worker->date, "Date: ", 6);
        ct_http_date_format(now, worker->date + 6);
        memcpy(worker->date + 35, "\r\n", 2);
        worker->date_until = worker->loop->now + CT_SECOND - now % CT_SECOND;
    }
    return (ct_str){ worker->date, 37 };
}

void ct_worker_tell(ct_worker *worker, ct_worker_message_kind kind)
{
    ct_worker_message message = { .kind = (uint32_t)kind };
    if (worker->control.fd >= 0 && write(worker->control.fd, &message, sizeof message) < 0)
        ct_log_line(CT_LOG_WARNING, NULL, "cannot reach the supervisor: %m");
}

/* ---- accepting ---- */

static void stop_accepting(ct_worker *worker)
{
    if (!worker->accepting)
        return;
    worker->accepting = false;
    for (size_t i = 0; i < worker->listener_count; i++)
        ct_loop_remove(worker->loop, &worker->listeners[i].watch);
}

static bool start_accepting(ct_worker *worker)
{
    for (size_t i = 0; i < worker->listener_count; i++)
        if (!ct_loop_add(worker->loop, &worker->listeners[i].watch, EPOLLIN | EPOLLEXCLUSIVE))
            return false;
    worker->accepting = true;
    return true;
}

void ct_worker_room(ct_worker *worker)
{
    if (!worker->accepting && !worker->draining && !ct_timer_armed(&worker->accept_again))
        start_accepting(worker);
}

static void accept_again(ct_timer *timer)
{
    ct_worker *worker = CT_CONTAINER(timer, ct_worker, accept_again);
    if (!worker->draining && !worker->accepting)
        start_accepting(worker);
}

/* At the limit the connection that has been idle longest makes room; while none is idle, new ones wait in the kernel's
 * queue. */
static bool may_accept(ct_worker *worker)
{
    if (worker->connections < (size_t)worker->config->max_connections || !ct_list_empty(&worker->idle))
        return true;
    stop_accepting(worker);
    return false;
}

static void make_room(ct_worker *worker)
{
    if (worker->connections >= (size_t)worker->config->max_connections && !ct_list_empty(&worker->idle))
        ct_connection_end_idle(CT_CONTAINER(worker->idle.next, ct_connection, link));
}

static void accept_failed(ct_worker *worker)
{
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
        return;                  /* that connection is gone already, or nothing is there */
    if (!worker->short_of_files) /* once, until a connection is accepted again */
        ct_log_line(CT_LOG_ERROR, NULL, "cannot accept a connection: %m (raise the limit of open files: ulimit -n)");
    worker->short_of_files = true;
    if (!ct_list_empty(&worker->idle))
        ct_connection_end_idle(CT_CONTAINER(worker->idle.next, ct_connection, link));
    stop_accepting(worker);
    ct_timer_set(&worker->loop->timers, &worker->accept_again, worker->loop->now + ACCEPT_PAUSE);
}

/* Accepts up to `most` connections; false when the queue is empty or there is no room. */
static bool accept_some(listener *from, int most)
{
    for (int i = 0; i < most; i++) {
        if (!may_accept(from->worker))
            return false;
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        int fd = accept4(from->watch.fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            from->worker->short_of_files = false;
            make_room(from->worker);
            ct_connection_open(from->worker, fd, (struct sockaddr *)&peer, length);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            if (errno != EAGAIN)
                accept_failed(from->worker);
            return false;
        }
    }
    return true;
}

static void listener_ready(ct_watch *watch, uint32_t events)
{
    (void)events;
    accept_some(CT_CONTAINER(watch, listener, watch), ACCEPTS_A_TURN);
}

/* ---- stopping ---- */

void ct_worker_drain(ct_worker *worker, ct_time quiet_limit, ct_time grace)
{
    ct_time until = ct_monotonic() + grace; /* what crashed may have taken long: the loop's clock is old */
    if (worker->draining) {
        worker->quiet_limit = CT_MIN(worker->quiet_limit, quiet_limit);
        worker->drain_until = CT_MIN(worker->drain_until, until);
        return;
    }
    worker->draining = true;
    worker->quiet_limit = quiet_limit;
    worker->drain_until = until;
    stop_accepting(worker);
    for (size_t i = 0; i < worker->listener_count; i++) /* so that nobody connects to what will not answer */
        close(worker->listeners[i].watch.fd);
}

void ct_worker_drain_anew(ct_worker *worker, ct_time grace)
{
    worker->drain_until = CT_MIN(ct_monotonic() + grace, worker->stop_until);
}

static void drain_on_signal(ct_worker *worker, bool haste)
{
    if (haste && !worker->draining && worker->accepting) /* what waits in the queue was promised an answer */
        for (size_t i = 0; i < worker->listener_count; i++)
            while (accept_some(&worker->listeners[i], 1))
                ;
    worker->stop_until = CT_MIN(worker->stop_until, ct_monotonic() + worker->config->drain_timeout);
    ct_worker_drain(worker, haste ? QUIET_STOP : QUIET_RELOAD, worker->config->drain_timeout);
    ct_worker_tell(worker, CT_WORKER_DRAINING);
}

/* Bits that the signal handler leaves. */
enum { SIGNALLED_STOP = 1, SIGNALLED_RELOAD = 2 };
static atomic_int signalled;
static int signal_fd = -1;

static void on_signal(int number)
{
    int saved = errno;
    atomic_fetch_or(&signalled, number == SIGQUIT ? SIGNALLED_RELOAD : SIGNALLED_STOP);
    eventfd_write(signal_fd, 1);
    errno = saved;
}

static void signals_ready(ct_watch *watch, uint32_t events)
{
    (void)events;
    ct_worker *worker = CT_CONTAINER(watch, ct_worker, signals);
    eventfd_t count;
    eventfd_read(watch->fd, &count);
    int what = atomic_exchange(&signalled, 0);
    if (what)
        drain_on_signal(worker, what & SIGNALLED_STOP);
}

static void supervisor_gone(ct_watch *watch, uint32_t events)
{
    (void)events;
    ct_worker *worker = CT_CONTAINER(watch, ct_worker, control);
    ct_loop_remove(worker->loop, watch);
    watch->fd = -1;
    ct_log_line(CT_LOG_ERROR, NULL, "the supervisor has ended: this worker stops");
    drain_on_signal(worker, true);
}

static bool watch_signals(ct_worker *worker)
{
    signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->signals = (ct_watch){ .fd = signal_fd, .ready = signals_ready };
    if (signal_fd < 0 || !ct_loop_add(worker->loop, &worker->signals, EPOLLIN))
        return false;
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    signal(SIGHUP, SIG_IGN); /* the supervisor's to answer, though a terminal sends it to all */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit of file sizes fails, and that request says so */
    return true;
}

/* ---- turns ---- */

/* It has come to its end: nothing of it is called any more. */
static void stop(ct_worker *worker)
{
    worker->stopped = true;
    if (!worker->inside)
        worker->loop->stop = true;
    else if (worker->closer)
        ct_fiber_wake(worker->closer);
}

/* Ends the members of a list that have been there for `limit`; returns when its front must be looked at again. */
static ct_time expire(ct_worker *worker, ct_list *list, ct_time limit, void (*end)(ct_connection *conn))
{
    while (!ct_list_empty(list)) {
        ct_connection *conn = CT_CONTAINER(list->next, ct_connection, link);
        if (worker->loop->now - conn->since < limit)
            return conn->since + limit;
        end(conn);
    }
    return INT64_MAX;
}

/* A head that did not come in time: an answer only to those who have begun one. */
static void head_late(ct_connection *conn)
{
    if (conn->state == CONN_HEAD) {
        ct_buffer *out = ct_worker_take_output(conn->worker);
        ct_connection_refuse(conn, out, 408, "the request head came too slowly");
        if (send(conn->watch.fd, out->data, out->length, MSG_NOSIGNAL) > 0)
            shutdown(conn->watch.fd, SHUT_WR);
        ct_worker_give_output(conn->worker, out);
    }
    ct_connection_close(conn);
}

static void cut_requests(ct_worker *worker)
{
    if (worker->requests)
        ct_log_line(CT_LOG_WARNING, NULL, "%zu requests did not end in time and were cut", worker->requests);
    if (worker->background)
        ct_log_line(CT_LOG_WARNING, NULL,
                    "%zu pieces of work behind answers or of hooks did not end in time and were cut",
                    worker->background);
    stop(worker);
}

/* ---- start and end ---- */

static void accept_first(ct_worker *worker)
{
    if (worker->draining) /* told to stop before it began */
        return;
    if (start_accepting(worker)) {
        ct_worker_tell(worker, CT_WORKER_READY);
        return;
    }
    ct_log_line(CT_LOG_ERROR, NULL, "a worker cannot start: %m");
    worker->failed = true;
    stop(worker);
}

static void run_startup(ct_background *work)
{
    ct_worker *worker = work->worker;
    if (worker->ops->startup(worker->start->data)) {
        worker->started = true;
        accept_first(worker);
    } else {
        worker->failed = true;
        stop(worker);
    }
}

static void run_shutdown(ct_background *work)
{
    work->worker->ops->shutdown(work->worker->start->data);
}

static void begin(ct_worker *worker)
{
    worker->hook = (ct_background){ .run = run_startup };
    if (worker->ops->startup)
        ct_background_add(worker, &worker->hook);
    else
        accept_first(worker);
}

/* Nothing is left to do but what the ops want at the end. */
static void end(ct_worker *worker)
{
    if (worker->started && worker->ops->shutdown) {
        worker->started = false;
        worker->hook = (ct_background){ .run = run_shutdown };
        ct_background_add(worker, &worker->hook);
    } else {
        stop(worker);
    }
}

static bool nothing_left(const ct_worker *worker)
{
    return worker->draining && !worker->connections && !worker->background;
}

static ct_time turn_of_draining(ct_worker *worker)
{
    if (nothing_left(worker))
        end(worker);
    if (!worker->stopped && worker->loop->now >= worker->drain_until)
        cut_requests(worker);
    return worker->drain_until;
}

static ct_time end_of_turn(ct_turn *turn)
{
    ct_worker *worker = CT_CONTAINER(turn, ct_worker, turn);
    if (worker->stopped)
        return INT64_MAX;
    ct_list again;
    ct_list_init(&again);
    ct_list_splice(&again, &worker->again);
    while (!ct_list_empty(&again))
        ct_connection_input(CT_CONTAINER(again.next, ct_connection, link));
    const ct_config *config = worker->config;
    ct_time quiet = worker->draining ? worker->quiet_limit : INT64_MAX;
    ct_time next = expire(worker, &worker->idle, CT_MIN(config->idle_timeout, quiet), ct_connection_end_idle);
    next = CT_MIN(next, expire(worker, &worker->waiting_heads, CT_MIN(config->head_timeout, quiet), head_late));
    next = CT_MIN(next, expire(worker, &worker->lingering, LINGER_TIME, ct_connection_close));
    if (worker->draining)
        next = CT_MIN(next, turn_of_draining(worker));
    bool more = !ct_list_empty(&worker->background_waiting) && ct_background_begin(worker);
    ct_log_flush();
    return !more && !nothing_left(worker) && ct_list_empty(&worker->again) ? next : worker->loop->now;
}

static bool loop_init(ct_loop *loop, const ct_config *config)
{
    if (!ct_loop_init(loop, (size_t)config->stack_size, (size_t)config->max_requests))
        return false;
    loop->offload = ct_offload_create(loop, (size_t)config->offload_threads);
    return loop->offload;
}

static void worker_init(ct_worker *worker, ct_loop *loop, const ct_worker_start *start)
{
    const ct_config *config = start->config;
    *worker = (ct_worker){ .loop = loop,
                           .turn = { .run = end_of_turn },
                           .start = start,
                           .config = config,
                           .ops = start->ops,
                           .stop_until = INT64_MAX,
                           .control = { .fd = -1 },
                           .signals = { .fd = -1 } };
    ct_list_append(&loop->turns, &worker->turn.link);
    ct_list *lists[] = { &worker->waiting_heads,
                         &worker->idle,
                         &worker->lingering,
                         &worker->busy,
                         &worker->again,
                         &worker->background_waiting,
                         &worker->background_running };
    for (size_t i = 0; i < CT_COUNT(lists); i++)
        ct_list_init(lists[i]);
    ct_timer_init(&worker->accept_again, accept_again);
    ct_arena_pool_init(&worker->chunks, KEEP_CHUNKS);
    worker->input_size = (uint32_t)config->max_head + INPUT_EXTRA;
    worker->free_outputs = ct_xcalloc(KEEP_BUFFERS, sizeof *worker->free_outputs);
    worker->exchange_bytes = start->ops->exchange_size + (size_t)config->max_headers * sizeof(ct_http1_header);
    ct_random_bytes(&worker->next_id, sizeof worker->next_id);
}

static void take_listeners(ct_worker *worker, const int *fds, size_t count)
{
    worker->listener_count = count;
    worker->listeners = ct_xcalloc(count, sizeof *worker->listeners);
    for (size_t i = 0; i < count; i++)
        worker->listeners[i] = (listener){ .watch = { .fd = fds[i], .ready = listener_ready }, .worker = worker };
}

static bool worker_listen(ct_worker *worker)
{
    const ct_worker_start *start = worker->start;
    take_listeners(worker, start->listeners, start->listener_count);
    if (!watch_signals(worker))
        return false;
    worker->control = (ct_watch){ .fd = start->control, .ready = supervisor_gone };
    return start->control < 0 || ct_loop_add(worker->loop, &worker->control, EPOLLIN | EPOLLRDHUP);
}

static void close_all(ct_list *list)
{
    while (!ct_list_empty(list))
        ct_connection_close(CT_CONTAINER(list->next, ct_connection, link));
}

static void worker_finish(ct_worker *worker)
{
    worker->draining = true;
    close_all(&worker->waiting_heads);
    close_all(&worker->idle);
    close_all(&worker->lingering);
    close_all(&worker->again);
    close_all(&worker->busy);
    ct_loop_finish(worker->loop);
    free_pools(worker);
    free(worker->listeners);
    close(signal_fd);
}

int ct_worker_run(const ct_worker_start *start)
{
    ct_loop loop;
    ct_worker worker;
    bool good = loop_init(&loop, start->config);
    if (good)
        worker_init(&worker, &loop, start);
    if (good)
        ct_loop_count_on(&loop, start->pulse);
    if (!good || !worker_listen(&worker)) {
        ct_log_line(CT_LOG_ERROR, NULL, "a worker cannot start: %m");
        return 1;
    }
    ct_crash_install(&worker);
    begin(&worker);
    ct_loop_run(&loop);
    if (worker.requests || worker.background || worker.crashed) {
        ct_log_flush(); /* fibers still hold what they took: the process's end frees it */
        return worker.crashed || worker.failed ? 1 : 0;
    }
    ct_offload_destroy(loop.offload);
    worker_finish(&worker);
    ct_log_flush();
    return worker.failed ? 1 : 0;
}

/* ---- inside ---- */

typedef struct inside {
    ct_worker worker; /* first */
    ct_worker_start start;
} inside;

ct_worker *ct_worker_open_inside(ct_loop *loop, const ct_config *config, const ct_server_ops *ops, void *data)
{
    inside *in = ct_xcalloc(1, sizeof(*in));
    in->start = (ct_worker_start){ .config = config, .ops = ops, .data = data, .control = -1 };
    worker_init(&in->worker, loop, &in->start);
    in->worker.inside = true;
    return &in->worker;
}

int ct_worker_connect(ct_worker *worker, const struct sockaddr *peer, size_t peer_size, bool secure)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends))
        return -1;
    ct_connection *conn = ct_connection_open(worker, ends[1], peer, (socklen_t)peer_size);
    if (conn) {
        conn->secure = secure;
        return ends[0];
    }
    int saved = errno;
    close(ends[0]);
    errno = saved;
    return -1;
}

bool ct_worker_accept(ct_worker *worker, int fd)
{
    free(worker->listeners);
    take_listeners(worker, &fd, 1);
    if (start_accepting(worker))
        return true;
    worker->listener_count = 0;
    return false;
}

void ct_worker_settle(ct_worker *worker, ct_time until)
{
    while (worker->background && ct_fiber_park(CT_MIN(until, ct_monotonic() + SETTLE_STEP)) == CT_WAKE_TIMEOUT)
        if (ct_monotonic() >= until)
            return;
}

bool ct_worker_close_inside(ct_worker *worker)
{
    worker->closer = ct_fiber_current();
    ct_worker_drain(worker, 0, worker->config->drain_timeout);
    while (!worker->stopped)
        ct_fiber_park_uncancellable();
    ct_list_remove(&worker->turn.link);
    ct_timer_clear(&worker->loop->timers, &worker->accept_again);
    if (worker->connections || worker->background)
        return false; /* fibers still hold what they took */
    free_pools(worker);
    free(worker->listeners);
    free(CT_CONTAINER(worker, inside, worker));
    return true;
}
