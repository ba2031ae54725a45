/* For those who implement a store of sessions: in a database, in Redis, in files.
 *
 *     static const ct_session_store redis_sessions = { .name = "redis", .load = load, .save = save, .drop = drop };
 *     const ct_app site = { .sessions = &redis_sessions, ... };
 *
 * The store keeps a session's values as one JSON text; the cookie, its options, dates and flashed messages are not its
 * matter. A token is what the cookie says: it comes from the browser, so it may be anything of up to 4096 bytes of the
 * characters that a cookie can have. The functions run on the request's fiber and may wait and abort as handlers do;
 * what they return lives in the arena of `c`. */
#ifndef CANTEEN_BACKEND_SESSION_H
#define CANTEEN_BACKEND_SESSION_H

#include "canteen/session.h"

/* What is kept of a session. */
typedef struct ct_stored_session {
    const char *json; /* an object */
    ct_time saved;    /* when it was, so that old ones can be refused; the caller compares it with the lifetime */
    bool permanent;
} ct_stored_session;

struct ct_session_store {
    const char *name;
    bool needs_key; /* the setting secret_key must be there */
    /* What is kept under a token: true, or false where it is unknown, forged, or past its time. Two requests of one
     * browser may run at once. */
    bool (*load)(ct *c, const char *token, ct_stored_session *ret_session);
    /* Keeps a session for `lifetime` (µs) and returns its token, of characters that may stand in a cookie. `token`: the
     * one it was loaded by, to be used again or not; NULL: a new session, or one that is to have a new identity. A NULL
     * result is a mistake of the store. */
    const char *(*save)(ct *c, const char *token, const ct_stored_session *session, ct_time lifetime);
    /* Forgets what is kept under a token; unknown ones are fine. NULL: nothing is kept. */
    void (*drop)(ct *c, const char *token);
};

#endif
