/* Sessions: what a site remembers of a browser from request to request. Flashed messages: what it wants to say on the
 * next page.
 *
 *     ct_session_set(c, "username", ct_form(c, "username"));      -- any value that V() takes
 *     const char *username = ct_session(c, "username");           -- NULL: nobody has logged in
 *     ct_session_remove(c, "username");
 *
 * The root app says where sessions are kept: `.sessions = &ct_cookie_sessions`. That is a cookie which only this site
 * can read or make: AES-256-GCM under the setting `secret_key`, so neither the browser nor its user can see or change
 * what is in it. It holds at most what fits into a cookie (4096 bytes with its name, about 2.9 KiB of JSON); more
 * aborts with 500, with the size and the largest values in the log. A copy of an older cookie stays valid until its
 * time is over: a store in a database (backend/session.h) is for those to whom that matters.
 *
 * A session ends when the browser is closed, or, after ct_session_permanent(c, true), `session_lifetime` (31 days)
 * after the last request that used it; a cookie older than that is not accepted in either case. The cookie is
 * HttpOnly, SameSite=Lax, and on https Secure with the name "__Host-session"; settings session_cookie_* change that
 * (RFC 6265bis; what browsers would refuse is an error of `check`). It is sent only where the session changed, or was
 * used, is permanent, and session_refresh is on; where nothing is left in the session it is deleted. Responses whose
 * request used the session say Vary: Cookie. A request that does not use it does no work for it.
 *
 * A cookie that is forged, damaged or too old is an empty session, without an error. Changes are kept when the handler
 * returns, by whatever response, an abort's too; what a stream's function changes is too late and aborts. Such a
 * function reads the session only where it has been read before: the first use is too late there too (the head has left
 * without Vary: Cookie) and aborts. Where the session cannot be kept (it is too large, the store fails) the request
 * ends in an error, and the session stays as it was, for the error's handler too.
 *
 * The cookie store needs the setting secret_key: 32 random characters or more, as `canteen key` makes them; without, or
 * with one that others know or can guess, the program does not start. In development (setting debug) a key is made for
 * each run. To change the key, move the old one to secret_key_fallbacks (8 at most) until what it protects is over.
 *
 * Templates see `session`: {{ session.username }}, session['a b'], session.get(name, default), items, keys, values.
 *
 * Without `.sessions` these functions abort with 500 and the log says what to add. */
#ifndef CANTEEN_SESSION_H
#define CANTEEN_SESSION_H

#include "canteen/common.h"
#include "canteen/value.h"

typedef struct ct_session_store ct_session_store; /* backend/session.h */

/* Sessions in an encrypted cookie. */
CT_API extern const ct_session_store ct_cookie_sessions;

/* The value of a name: text, or NULL when it is not there or is no text. _int: 0 when it is not there or is no whole
 * number. _value: of any kind (null when it is not there); maps and arrays are as ct_json_value() would write them. */
CT_API const char *ct_session(ct *c, const char *name);
CT_API int64_t ct_session_int(ct *c, const char *name);
CT_API ct_value ct_session_value(ct *c, const char *name);

/* Sets a value: ct_session_set(c, "user_id", user->id). Name and value are copied, as JSON, at once; what JSON cannot
 * say (an infinite number) aborts with 500. Names that begin with '_' are Canteen's own. */
#define ct_session_set(c, name, x) ct_session_set_value((c), (name), CT_VALUE(x))
CT_API void ct_session_set_value(ct *c, const char *name, ct_value value);
CT_API void ct_session_remove(ct *c, const char *name);
/* Forgets everything, flashed messages too, and has the browser drop the cookie: logging out. What is set afterwards is
 * a new session, of a new identity. */
CT_API void ct_session_clear(ct *c);

/* A new identity for the same values, where the store has one: call it when somebody logs in, so that an identity which
 * somebody else planted before is worth nothing. */
CT_API void ct_session_renew(ct *c);
/* Whether the session outlives the browser's end. Kept in the session. */
CT_API void ct_session_permanent(ct *c, bool permanent);

/* ---- flashed messages ---- */

/* A message for the next page that shows messages, which may be that of this request. `category` is a word for its
 * looks ("info", "error"; NULL: "message"), of which 64 bytes count. At most 20 wait, and at most 1500 bytes of them
 * (as JSON, with their categories): the oldest make room, and a message that is longer by itself is cut and ends in
 * "...". So messages that nobody looks at never fill a session. */
CT_API void ct_flash(ct *c, const char *category, const char *format, ...) CT_PRINTF(3, 4);

typedef struct ct_flashed {
    const char *category, *message;
} ct_flashed;

/* The messages, oldest first, ending in one whose message is NULL (never NULL itself). They are taken out of the
 * session; the same request gets the same list again, and what it flashes afterwards waits for the next one. Templates:
 * get_flashed_messages(with_categories, category_filter) as in Flask, and `messages` (each with .message, .tags,
 * .level_tag) as in Django. */
CT_API const ct_flashed *ct_flashes(ct *c);

#endif
