/* The inside of a request's session, for what is kept in it besides the program's own values. */
#ifndef CANTEEN_WEB_SESSION_H
#define CANTEEN_WEB_SESSION_H

#include "base/buffer.h"
#include "base/problems.h"
#include "canteen/backend/session.h"
#include "canteen/response.h"
#include "web/keys.h"
#include "web/site.h"

#define CT_FLASHES_KEY "_flashes"
#define CT_FLASHES_MOST 20         /* messages that wait; the oldest make room */
#define CT_FLASHES_MOST_BYTES 1500 /* of them, as JSON; half of what fits into a cookie */

/* Of the site: what its session cookie is called and how it is set. */
typedef struct ct_session_policy {
    const char *name;      /* of the cookie on http */
    const char *host_name; /* the same on https */
    ct_cookie_options options;
    bool follows_scheme; /* Secure is for https alone */
} ct_session_policy;

/* Of a request, once it has asked for its session. */
typedef struct ct_session_state {
    ct_map *values, *before;   /* the latter: before the changes, where there are any */
    const char *token;         /* under which the store has it; NULL: it does not */
    const ct_flashed *flashed; /* taken by this request; NULL: none yet */
    const ct_response *told;   /* the response that has the cookie */
    enum { CT_SESSION_AS_IT_IS, CT_SESSION_SET, CT_SESSION_GONE } outcome; /* for the browser's cookie */
    bool has_cookie;                                                       /* the browser has sent one, good or not */
    bool permanent, was_permanent, changed;                                /* was_permanent: before the changes */
    bool renewed;                                                          /* is to have a new identity */
    bool kept;   /* has been refreshed, or was tried to be saved */
    bool failed; /* the store has failed: it is not asked again */
} ct_session_state;

/* Checks the settings and that `.sessions` is of the root app; fills site->session_policy where it has them. */
void ct_session_prepare(ct_site *site, ct_problems *problems);

/* Whether the request has a session at all: the site has sessions, and this is no command. */
bool ct_session_possible(const ct *c);

/* Values by names, Canteen's own ("_flashes") among them. They load the session; what loads or changes it ends in a
 * mistake where the answer's head has left. The map is never NULL and not to be changed. */
const ct_map *ct_session_values(ct *c, const char *function);
void ct_session_put(ct *c, const char *function, const char *name, ct_value value);
void ct_session_drop(ct *c, const char *function, const char *name);

/* Says in the response what became of the session, and has the store keep it, before the head is written. The session
 * has been loaded (c->session). A store that fails aborts once; then the session is left as it was. */
void ct_session_finish(ct *c, ct_response *r);

/* Whether a session of this age is over. */
static inline bool ct_session_is_over(const ct_stored_session *session, ct_time lifetime, ct_time now)
{
    return now - session->saved > lifetime;
}

/* How many flashed messages wait; they stay. */
size_t ct_flashes_waiting(ct *c);

/* ---- the cookie store ---- */

#define CT_SESSION_COOKIE_MOST 4096 /* name and value together */

/* Appends the token: AES-256-GCM under the first of the keys. False where OpenSSL fails or the buffer is full. */
bool ct_session_seal(const ct_keys *keys, ct_str cookie, const ct_stored_session *session, ct_buffer *out);
/* What is in a token that one of the keys made for a cookie of this name; false: it is none. Memory is the arena's;
 * false where that has no room. */
bool ct_session_open(const ct_keys *keys, ct_str cookie, ct_str token, ct_arena *arena, ct_stored_session *ret_session);
/* The most bytes of JSON that fit into a cookie of this name. */
size_t ct_session_room(ct_str cookie);
/* What the cookie of this request is called. */
const char *ct_session_cookie_name(ct *c);

#endif
