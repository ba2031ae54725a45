/* Signed text: what the site hands out and wants back unchanged (a link in a mail, a hidden field), without keeping it.
 *
 *     const char *token = ct_sign(c, "activate", user_email);
 *     ...
 *     const char *email = ct_unsign(c, "activate", ct_query(c, "token"), 2 * CT_DAY);
 *     if (!email)
 *         ct_abort(c, 400, "this link has expired: ask for a new one");
 *
 * A token is the text (anyone can read it), the time of signing and an HMAC-SHA256 of both (RFC 2104) under a key that
 * is derived (HKDF, RFC 5869) from the setting `secret_key` and the purpose, so a token for one purpose is worth
 * nothing for another. It has letters, digits, '-', '_' and '.' alone, so it can stand in URLs and cookies as it is.
 * Keys of `secret_key_fallbacks` are good for checking, not for signing: that is how a key is changed without breaking
 * what is out. Works in requests, commands and tests. Without a key both functions abort with 500 and the log says how
 * to make one. */
#ifndef CANTEEN_SIGN_H
#define CANTEEN_SIGN_H

#include "canteen/common.h"

/* `purpose` is a short name of the program's own (1 to 255 bytes), `text` what is to come back. */
CT_API const char *ct_sign(ct *c, const char *purpose, const char *text);

/* The text of a token, or NULL when it is not one of this site for this purpose, or older than `max_age` (µs; 0: of any
 * age). A NULL token is NULL; one from the future (another server's clock) is good. Compared in constant time. */
CT_API const char *ct_unsign(ct *c, const char *purpose, const char *token, ct_time max_age);

/* `length` characters of base64url made from the system's random source, as a name or token that nobody guesses: 22
 * have 132 bits. At most 1024. */
CT_API const char *ct_random_token(ct *c, size_t length);

#endif
