/* Which values may be shown to a developer in a browser: those that look like secrets may not. */
#ifndef CANTEEN_WEB_SCRUB_H
#define CANTEEN_WEB_SCRUB_H

#include "base/arena.h"
#include "base/str.h"

/* What stands in place of what is hidden. */
#define CT_HIDDEN "********"

/* Is a value of this name hidden? When "api", "auth", "token", "key", "secret", "pass", "pwd", "signature", "cookie",
 * "credential", "session", "csrf", "private" or "bearer" is a part of it, or "pw", "otp", "totp", "pin", "salt", "jwt"
 * or "cert" a word of it ("user_pin", "userPin"), in either case. (The list of Django's debug page and some more.) */
bool ct_scrub_hides(ct_str name);
/* `value` of a name that is not hidden, without what is secret in it: all from "://" to the last '@' behind it, and the
 * queries of URLs where `queries` is set; the values of pairs ("password=x", "token: 'x y'") whose names are hidden,
 * up to the next blank, '&' or ';'; what follows "Bearer", "Basic", "--password". Percent-encoded marks count too.
 * Scrubbing it again changes nothing. */
const char *ct_scrub_value(ct_arena *arena, const char *value, bool queries);

#endif
