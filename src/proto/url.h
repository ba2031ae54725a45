/* URLs as text: percent coding, doubled slashes, the parts of an absolute URL, and what is safe to redirect to.
 *
 * Everything follows RFC 3986, strictly: what it does not allow is refused, not guessed. In particular a '%' without
 * two hexadecimal digits is an error here, where browsers and Werkzeug keep it as it is: such input comes from a broken
 * client, and two readers that guess differently are how filters are got round. Nothing here keeps state. */
#ifndef CANTEEN_PROTO_URL_H
#define CANTEEN_PROTO_URL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/common.h"
#include "base/error.h"
#include "base/str.h"

/* Decodes percent escapes, and '+' as a space where `plus_is_space` (queries and forms; never paths).
 * The result is valid UTF-8 without NUL. Without anything to decode *ret is `text` itself: no copy, and no NUL after
 * it; else it is a copy in the arena with a NUL after it (ret->data != text.data tells them apart). False leaves *ret
 * alone: 400 with a message that says which byte of `text` (from 1) is wrong, or 500 when the arena's limit is
 * passed. */
bool ct_url_decode(ct_arena *arena, ct_str text, bool plus_is_space, ct_str *ret, ct_error *error);

/* The same into memory of the caller, which has room for text.length + 1 bytes and does not overlap `text`. The result
 * is always a copy, with a NUL after it. */
bool ct_url_decode_into(char *out, ct_str text, bool plus_is_space, size_t *ret_length, ct_error *error);

/* Which characters stay as they are; all others are written %XX in capitals, a space as %20. Text of any bytes. */
typedef enum ct_url_part {
    CT_URL_SEGMENT, /* one segment of a path: unreserved, sub-delims, ':' and '@' */
    CT_URL_PATH,    /* a whole path: those of a segment and '/' */
    CT_URL_QUERY,   /* a name or a value of a query: unreserved only, so that '&', '=', '+' and '#' are data */
    CT_URL_WHOLE    /* what is a URL already but for stray characters: every character of RFC 3986, '%' included */
} ct_url_part;

/* Appends `text` encoded. The segments "." and ".." cannot be encoded (browsers take %2E for a dot): whoever builds a
 * path from values refuses them. */
void ct_url_encode(ct_buffer *out, ct_str text, ct_url_part part);

/* Paths as sent, without the query: is there a "//", and the path with every run of slashes made one. The latter is in
 * the arena with a NUL after it; its data is NULL when the arena's limit is passed. */
bool ct_url_has_double_slash(ct_str path);
ct_str ct_url_merge_slashes(ct_arena *arena, ct_str path);

/* "host" or "host:port", as in a Host field: `name` is without the port and without the brackets of an IPv6 literal. */
typedef struct ct_url_host {
    ct_str name;
    uint16_t port; /* 0: none was given */
    bool ipv6;
} ct_url_host;

/* Slices into the text that was parsed. */
typedef struct ct_url_parts {
    bool https;
    ct_url_host host; /* port: the scheme's own (80, 443) when none was given */
    ct_str path;      /* "" or begins with '/'; still encoded, as are the next two */
    ct_str query;     /* without '?'; data NULL: there is none */
    ct_str fragment;  /* without '#'; data NULL: there is none */
} ct_url_parts;

/* Hosts: letters, digits, '-', '_' in labels of 1 to 63, at most 253 characters (a dot at the end is allowed);
 * IPv4 as four decimal numbers (a name that ends in a number and is no such address is refused, as browsers would read
 * it as one); IPv6 in brackets, without zone. Ports: 1 to 65535. False leaves *ret alone. */
bool ct_url_host_parse(ct_str text, ct_url_host *ret);

/* An absolute http or https URL. Refused: other schemes, user names and passwords, characters outside RFC 3986
 * (encode them first) and malformed escapes. False with a message and status 0; *ret is left alone. */
bool ct_url_parse(ct_str text, ct_url_parts *ret, ct_error *error);

/* Whether a browser that is redirected to `target` stays on the same scheme and host: for "next" parameters, as
 * Django's url_has_allowed_host_and_scheme. True for "/a", "a/b", "?q", "#top"; false for anything with a scheme or a
 * host ("//evil", "https:evil"), what browsers take for one ("/\evil", "\t//evil"), control characters or invalid UTF-8
 * anywhere, a space in front, and the empty text. A ':' may stand only behind the first '/', '?' or '#', a backslash
 * only behind the first '?' or '#'. */
bool ct_url_is_local(ct_str target);

#endif
