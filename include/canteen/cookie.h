/* The options of a cookie, for ct_set_cookie() and ct_delete_cookie(). Zero is the safe choice everywhere: gone when
 * the browser closes, the whole site, this host alone, hidden from scripts, SameSite=Lax.
 *
 *     ct_set_cookie(r, "theme", "dark", .max_age = 30 * CT_DAY)
 *     ct_set_cookie(r, "__Host-id", id, .secure = true, .same_site = CT_SAMESITE_STRICT)
 *     ct_delete_cookie(r, "theme")
 *
 * What browsers would refuse or ignore (RFC 6265bis) is an error that names the fix: a name that is no token, a value
 * with spaces, quotes, commas, semicolons, backslashes or anything beyond ASCII (encode it, for instance as base64url),
 * name and value over 4096 bytes together, a path or a domain over 1024; __Secure- and __Host- names without .secure,
 * __Host- with a domain or another path than "/", __Http- and __Host-Http- with .script_access, SameSite=None or
 * .partitioned without .secure. */
#ifndef CANTEEN_COOKIE_H
#define CANTEEN_COOKIE_H

#include "canteen/common.h"

/* When browsers send the cookie with requests that another site causes. */
typedef enum ct_same_site {
    CT_SAMESITE_LAX,    /* only when the user follows a link */
    CT_SAMESITE_STRICT, /* never */
    CT_SAMESITE_NONE,   /* always; needs .secure */
    CT_SAMESITE_UNSET   /* the attribute is left out: as the browser chooses */
} ct_same_site;

typedef struct ct_cookie_options {
    ct_time max_age; /* a span, rounded up to whole seconds; 0: until the browser closes. More than 400 days count as
                           400, which is what browsers make of it. Negative is an error: use .expired */
    ct_time expires; /* a point in time, before the year 10000; 0: none. Browsers prefer max_age where both are given */
    const char *path;   /* begins with '/', ASCII without ';'; NULL: "/" */
    const char *domain; /* "example.com": its subdomains get the cookie too; NULL: this host alone */
    bool secure;        /* sent over https alone */
    bool script_access; /* JavaScript may read it: no HttpOnly */
    bool partitioned;   /* kept apart for each site that embeds this one (CHIPS); needs .secure */
    bool expired;       /* delete it: max_age and expires do not matter then */
    ct_same_site same_site;
} ct_cookie_options;

#endif
