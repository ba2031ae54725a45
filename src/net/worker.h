/* A worker: one process, one thread, one loop, the connections it accepted and the fibers that answer them.
 *
 * Forked by the supervisor (or run alone in the process, without one). It tells the supervisor about itself through
 * `control`, a socketpair's end, in fixed-size messages (ct_worker_message), and stops by itself when that end reads
 * EOF (the supervisor died). Signals to a worker: SIGTERM stops it gracefully and soon (idle connections close at
 * once), SIGQUIT the same without haste (a reload: idle connections close after their next answer or a quiet time),
 * SIGINT as SIGTERM, SIGURG asks where it is when it does not get on. */
#ifndef CANTEEN_NET_WORKER_H
#define CANTEEN_NET_WORKER_H

#include "net/config.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/pulse.h"

#include <sys/types.h>

typedef struct ct_worker_start {
    const ct_config *config;
    const ct_server_ops *ops;
    void *data;           /* for the ops */
    const int *listeners; /* listening sockets, non-blocking, inherited; shared by all workers */
    size_t listener_count;
    int control;     /* to the supervisor, or -1 */
    ct_pulse *pulse; /* for the supervisor, or NULL */
} ct_worker_start;

typedef enum ct_worker_message_kind {
    CT_WORKER_READY = 1, /* accepts connections */
    CT_WORKER_CRASHED,  /* a handler crashed: this worker accepts no more and ends when its requests have: replace it */
    CT_WORKER_DRAINING, /* accepts no more, because it was told to */
    CT_WORKER_HANGS     /* does not get on; where it is, as of a crash (net/hang.h) */
} ct_worker_message_kind;

#define CT_CRASH_FRAMES 64

/* What a crash in a handler leaves, for the report: raw addresses, valid in the supervisor too since workers are forked
 * without exec. */
typedef struct ct_crash {
    int signal, code;
    uint64_t address;    /* the faulting address, of SIGSEGV and SIGBUS */
    bool stack_overflow; /* the address lies in the guard page of the fiber's stack */
    bool in_handler;     /* on a fiber: the worker goes on to finish its other requests; else it ends at once */
    bool after_response; /* in what follows the request's answer */
    uint32_t frame_count;
    uint64_t frames[CT_CRASH_FRAMES];
    char request_id[17], method[16], path[256]; /* of the request, "" when there was none */
} ct_crash;

typedef struct ct_worker_message {
    uint32_t kind; /* ct_worker_message_kind */
    ct_crash crash;
} ct_worker_message;

/* Serves until told to stop. Returns the exit code: 0 drained, 1 something failed (logged). Changes signal handlers and
 * the alternate stack of the thread. */
int ct_worker_run(const ct_worker_start *start);

/* A worker in a loop that somebody else runs, with neither listeners nor signals nor supervisor: for tests, which have
 * several in one process. It does not call the ops' startup and shutdown: the caller does. A crash is the process's. */
ct_worker *ct_worker_open_inside(ct_loop *loop, const ct_config *config, const ct_server_ops *ops, void *data);
/* A new connection to it: the other end, which does not block; -1 with errno. `peer` is who it seems to come from, and
 * `secure` makes its scheme https. */
struct sockaddr;
int ct_worker_connect(ct_worker *worker, const struct sockaddr *peer, size_t peer_size, bool secure);
/* Accepts from the listening socket, one a worker, which is then the worker's. False with errno. */
bool ct_worker_accept(ct_worker *worker, int fd);
/* On a fiber: waits until nothing runs that follows an answer, but no longer than `until`. */
void ct_worker_settle(ct_worker *worker, ct_time until);
/* On a fiber: waits for its requests, up to drain_timeout, and frees it. False when some did not end: then it and what
 * it works on must stay as they are. */
bool ct_worker_close_inside(ct_worker *worker);

/* For the ops: "Date: Sat, 21 Nov 2026 09:30:00 GMT\r\n", of this second. */
ct_str ct_worker_date(ct_worker *worker);

#endif
