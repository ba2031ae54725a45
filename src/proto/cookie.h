/* Cookies: reading the Cookie field, writing Set-Cookie (RFC 6265bis, the server's side). */
#ifndef CANTEEN_PROTO_COOKIE_H
#define CANTEEN_PROTO_COOKIE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/common.h"
#include "base/error.h"
#include "base/str.h"
#include "canteen/cookie.h"
#include "proto/form.h"

#define CT_COOKIES_COUNT 100 /* the default limit */

/* Reads the values of all Cookie fields of a request, in order, into a list; ct_params_get() then gives the first
 * cookie of a name (browsers send the one with the longest path first). Names compare exactly.
 *
 * Cookies are parted by ';' alone, also inside quotes: a quote must not swallow the cookies behind it. Spaces and tabs
 * around names and values go, and so does one pair of quotes around a value; nothing is percent-decoded. What has no
 * '=', no name, a control character or invalid UTF-8 is left out, as other parties on the domain can set such cookies
 * and must not lock the user out. More than `limit` (0: CT_COOKIES_COUNT) that remain: false with 431; 500 when the
 * arena's limit is passed; *ret is then left alone. The fields are not needed afterwards. */
bool ct_cookies_parse(ct_arena *arena, const ct_str *fields, size_t field_count, uint32_t limit, ct_params *ret,
                      ct_error *error);

/* Appends the value of a Set-Cookie field: "theme=dark; Path=/; HttpOnly; SameSite=Lax". The rules and the defaults are
 * those of canteen/cookie.h. False with a message (status 0: a mistake of the program) and nothing appended. */
bool ct_cookie_format(ct_buffer *out, const char *name, const char *value, const ct_cookie_options *options,
                      ct_error *error);

#endif
