/* One request and its answer on a connection: what the web layer sees of the network.
 *
 * The worker parses a head into an exchange and calls ops->serve on a fiber; serve reads the body with
 * ct_exchange_read(), writes the whole answer through the output functions and returns. Everything that waits parks
 * the fiber. After serve the worker reads or drops what is left of the body and goes on with the next request.
 *
 * The exchange is the first member of the web layer's `struct ct`; the worker recycles these blocks
 * (ops->exchange_size bytes each, zeroed only when new: serve sets what it uses). */
#ifndef CANTEEN_NET_EXCHANGE_H
#define CANTEEN_NET_EXCHANGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "net/config.h"
#include "net/fiber.h"
#include "proto/http1.h"
#include "proto/http1_body.h"

#include <sys/uio.h>

typedef struct ct_connection ct_connection;
typedef struct ct_worker ct_worker;

typedef enum ct_body_state {
    CT_BODY_NONE,    /* there is none */
    CT_BODY_LENGTH,  /* body_left more bytes */
    CT_BODY_CHUNKED, /* chunked, not at its end */
    CT_BODY_DONE,    /* read to its end */
    CT_BODY_FAILED   /* malformed, too slow or cut: the connection closes after the answer */
} ct_body_state;

typedef struct ct_exchange {
    ct_worker *worker;
    ct_connection *connection;
    ct_arena arena; /* the request's memory; the worker resets it after serve */
    ct_http1_head head;
    uint64_t id;     /* random-looking, not repeated by this worker */
    ct_time started; /* ct_monotonic() of the turn of the loop in which the head was complete: cheap, coarse */
    ct_body_state body;
    bool close;            /* no further request on this connection; serve may set it before it writes the head */
    bool answered;         /* set by serve when the answer begins to go into the output */
    bool sent_early;       /* some of the answer has left already */
    bool committed;        /* the answer is complete in the output */
    bool continue_pending; /* the client waits for 100 Continue */
    uint64_t body_left;    /* of BODY_LENGTH */
    uint64_t body_received;
    ct_time body_waited;
    ct_http1_chunked chunked;
    int failed_status; /* of BODY_FAILED: what ct_exchange_read answers again */
    const char *failed_reason;
    size_t out_mark; /* where this answer begins in the output */
    uint64_t sent;   /* bytes of the answer so far, for the log */
    /* Set by serve: what is to follow once the answer has been sent, on a fiber of its own, while the connection goes
     * on with another exchange. The arena is as serve left it; connection and body are gone, and of the head all
     * but the method's name and the path, which serve has copied. */
    void (*follow)(struct ct_exchange *x);
    void (*follow_crashed)(struct ct_exchange *x); /* in the loop, once it has: what was still to follow does not run */
} ct_exchange;

struct ct_crash; /* net/worker.h */

typedef struct ct_server_ops {
    size_t exchange_size;
    /* On a fiber, before the worker accepts connections; false, logged, if it is not to start. And after its last
     * request. Either may be NULL. */
    bool (*startup)(void *data);
    void (*shutdown)(void *data);
    /* Answers the request; on a fiber. Everything it makes on the exchange's arena is gone afterwards. */
    void (*serve)(ct_exchange *x, void *data);
    /* The handler crashed, as `crash` says: the fiber is gone and nothing of its stack may be used. Called in the loop,
     * to log; fills the whole answer to send when none has begun (the worker then closes the connection). */
    void (*crashed)(ct_exchange *x, const struct ct_crash *crash, ct_buffer *out, void *data);
    /* A head that cannot be parsed, or a limit or timeout before there is one: the whole answer, always with
     * Connection: close. `remote` is the peer's address, as text. */
    void (*refused)(ct_worker *worker, ct_buffer *out, int status, const char *reason, const char *remote, void *data);
} ct_server_ops;

/* Reads up to `size` bytes of the body (at least one) into `data`. OK; END: none are left; else the exchange's body is
 * FAILED and *ret_status, *ret_reason say what to answer: 400 malformed, 408 too slow, 413 over max_body; GONE: the
 * client left; TIMEOUT: the deadline `until` passed. Sends 100 Continue first when the client waits for it. */
typedef enum ct_read_result { CT_READ_OK, CT_READ_END, CT_READ_ERROR, CT_READ_GONE, CT_READ_TIMEOUT } ct_read_result;
ct_read_result ct_exchange_read(ct_exchange *x, void *data, size_t size, size_t *ret_size, int *ret_status,
                                const char **ret_reason, ct_time until);

/* The output. `out` gathers what is to be sent: append heads and small bodies to it directly, call commit when the
 * answer is complete (it is sent with the answers of pipelined requests behind it, or at once when it has grown).
 * The functions that send return false when the client is gone or has taken nothing for send_timeout: stop then. */
ct_buffer *ct_exchange_out(ct_exchange *x);
bool ct_exchange_commit(ct_exchange *x);
bool ct_exchange_flush(ct_exchange *x);                                 /* all of `out`, now */
bool ct_exchange_send(ct_exchange *x, const void *data, size_t length); /* out, then data, uncopied */
/* `out`, then the file. *ret_unreadable: it ended early for the file's sake, which has become shorter or cannot be
 * read; the connection is cut then. */
bool ct_exchange_sendfile(ct_exchange *x, int fd, uint64_t offset, uint64_t length, bool *ret_unreadable);
/* A spare buffer of the worker's, empty, to gather output in; give it back (NULL is fine). */
ct_buffer *ct_exchange_borrow(ct_exchange *x);
void ct_exchange_return(ct_exchange *x, ct_buffer *buffer);
/* Cut the connection without a proper end (RST), so that the client knows the answer is not whole. */
void ct_exchange_cut(ct_exchange *x);

/* The peer, as text: "127.0.0.1", "::1", "unix". Stored in `ret` (at least 64 bytes). */
void ct_exchange_peer(const ct_exchange *x, char *ret, size_t size);
/* Whether it came over a Unix socket. */
bool ct_exchange_is_unix(const ct_exchange *x);
/* Whether nobody could listen in: the scheme is https. */
bool ct_exchange_secure(const ct_exchange *x);
/* "Date: ...\r\n" of this second. */
ct_str ct_exchange_date(const ct_exchange *x);
/* May another request follow this one? False when the client or serve wants the end, the server is stopping and
 * nothing more has come, or more of the body is unread than is worth reading. Asked when the head of the answer is
 * written: then Connection: close. */
bool ct_exchange_keeps(const ct_exchange *x);
/* Has the client left? */
bool ct_exchange_gone(const ct_exchange *x);
/* For handlers' waits of every other kind: parks until `until`. */
ct_wake ct_exchange_wait(ct_exchange *x, ct_time until);

#endif
