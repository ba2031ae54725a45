/* A connection and the inside of a worker. Only src/net includes this.
 *
 *   NEW ──> HEAD <──────────────┐            NEW     nothing has come yet            (head_timeout)
 *             │ head complete   │ more input HEAD    part of a head has come         (head_timeout)
 *             v                 │            BUSY    a fiber answers                 (its own waits)
 *           BUSY ──> IDLE ──────┘            IDLE    between requests, no buffers    (idle_timeout)
 *             └────> LINGER ──> closed       LINGER  our side is shut, input is read and dropped (LINGER_TIME)
 *
 * A connection borrows an input buffer while it has bytes, an output buffer while it has answers, and an exchange and
 * a fiber while it is BUSY; all go back to the worker's pools. Idle, it is this struct alone. */
#ifndef CANTEEN_NET_CONNECTION_H
#define CANTEEN_NET_CONNECTION_H

#include "base/buffer.h"
#include "base/list.h"
#include "net/background.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/offload.h"
#include "net/worker.h"

#include <netinet/in.h>

#define CT_DRAIN_BYTES (64 * 1024) /* an unread body up to this is read to keep the connection */
#define CT_FLUSH_BYTES (64 * 1024) /* answers gathered beyond this are sent at once */

typedef enum conn_state { CONN_NEW, CONN_HEAD, CONN_BUSY, CONN_IDLE, CONN_LINGER, CONN_CLOSED } conn_state;
typedef enum conn_wait { CONN_WAIT_NONE, CONN_WAIT_READ, CONN_WAIT_WRITE } conn_wait;

struct ct_connection {
    ct_watch watch;
    ct_grave grave;
    ct_worker *worker;
    ct_list link;  /* in the worker's list of its state */
    ct_time since; /* when it entered that list */
    ct_fiber *fiber;
    ct_exchange *exchange;
    char *in; /* input_size bytes of the worker's, or NULL */
    uint32_t in_start, in_end;
    uint32_t in_base;  /* while BUSY: what lies before is the head and stays */
    uint32_t lingered; /* bytes dropped */
    ct_buffer *out;    /* or NULL */
    uint8_t state, waits;
    bool readable; /* there may be input: an edge not used up */
    bool fin;      /* the client has shut its side */
    bool gone;     /* nothing can be sent any more */
    bool cut;      /* close with RST */
    bool linger;   /* close by way of LINGER */
    bool again;    /* in the worker's list `again` */
    bool secure;   /* as good as TLS: the scheme is https */
    union {
        sa_family_t family;
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } peer;
};

struct ct_worker {
    ct_loop *loop;
    ct_turn turn;
    const ct_worker_start *start;
    const ct_config *config;
    const ct_server_ops *ops;
    ct_watch control, signals;
    struct listener *listeners;
    size_t listener_count;
    bool accepting; /* the listeners are watched */
    bool draining, crashed, short_of_files;
    bool stopped;         /* nothing is left to do: the loop's end is the caller's */
    bool inside;          /* of ct_worker_open_inside(): neither the loop nor the process is its own */
    ct_fiber *closer;     /* waits for its end */
    bool started, failed; /* the startup hooks have run, and have the last word at the end; or something failed */
    ct_background hook;
    ct_time quiet_limit;             /* while draining: idle connections close after this */
    ct_time drain_until, stop_until; /* the latter: what has told it to end allows no later one */
    ct_timer accept_again;           /* after running out of descriptors */
    size_t connections, requests;
    size_t background; /* pieces of work that are no request: net/background.h */
    ct_list background_waiting, background_running;
    uint64_t next_id;
    ct_list waiting_heads; /* NEW and HEAD, oldest first */
    ct_list idle, lingering, busy, again;
    /* pools */
    ct_arena_pool chunks;
    uint32_t input_size;
    void *free_inputs, *free_exchanges, *free_connections; /* singly linked through their first word */
    ct_buffer **free_outputs;
    size_t free_output_count, free_input_count;
    size_t exchange_bytes;
    /* the Date header of this second */
    char date[40];
    ct_time date_until;
};

/* connection.c: the life of a connection */
/* Takes the socket over. NULL with errno, and the socket closed, when the kernel refuses to watch it. */
ct_connection *ct_connection_open(ct_worker *worker, int fd, const struct sockaddr *peer, socklen_t peer_length);
void ct_connection_close(ct_connection *conn);
/* Reads and serves what there is; in the loop. */
void ct_connection_input(ct_connection *conn);
/* A fiber crashed while it answered on this connection. */
void ct_connection_crashed(ct_connection *conn, const ct_crash *crash);
/* One recv into the rest of the input buffer. False: nothing came (would block, end, or error: see readable, fin,
 * gone). */
bool ct_connection_receive(ct_connection *conn);
/* Parks the connection's fiber until there may be input, or until `until`. READY also at its end. */
ct_wake ct_connection_wait_readable(ct_connection *conn, ct_time until);
/* Makes the whole answer to what is no request in `out`. */
void ct_connection_refuse(ct_connection *conn, ct_buffer *out, int status, const char *reason);
/* As ct_exchange_peer(). */
void ct_connection_peer(const ct_connection *conn, char *ret, size_t size);
/* The idle connection's end, unless a request has come in the meantime: that is served. */
void ct_connection_end_idle(ct_connection *conn);
/* Sends all of iov, parking; false when the client is gone or takes nothing for send_timeout. On the fiber. */
bool ct_connection_send_all(ct_connection *conn, struct iovec *iov, int count, int flags);
bool ct_connection_wait_writable(ct_connection *conn);
bool ct_connection_flush(ct_connection *conn);

/* worker.c: pools and lists */
char *ct_worker_take_input(ct_worker *worker);
void ct_worker_give_input(ct_worker *worker, char *input);
ct_buffer *ct_worker_take_output(ct_worker *worker);
void ct_worker_give_output(ct_worker *worker, ct_buffer *output);
ct_exchange *ct_worker_take_exchange(ct_worker *worker);
void ct_worker_give_exchange(ct_worker *worker, ct_exchange *x);
ct_connection *ct_worker_take_connection(ct_worker *worker);
void ct_worker_give_connection(ct_worker *worker, ct_connection *conn);
/* Stops accepting; the worker ends when its connections have. `quiet_limit`, `grace`: µs. */
void ct_worker_drain(ct_worker *worker, ct_time quiet_limit, ct_time grace);
/* It drains: what it still has to do has that long from now, unless it was told to end sooner. */
void ct_worker_drain_anew(ct_worker *worker, ct_time grace);
/* A place for a connection has become free. */
void ct_worker_room(ct_worker *worker);
void ct_worker_tell(ct_worker *worker, ct_worker_message_kind kind);

/* crash.c */
void ct_crash_install(ct_worker *worker);

#endif
