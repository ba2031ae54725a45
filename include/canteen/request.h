/* What came in. All text is valid UTF-8 without NUL, percent-decoded where that applies; what is not is refused with
 * 400 before a handler sees it. Names of headers compare without case, everything else exactly.
 *
 * Outside a request (in a command) these functions abort: there is none. */
#ifndef CANTEEN_REQUEST_H
#define CANTEEN_REQUEST_H

#include "canteen/common.h"

/* The request line and where it came from. */
CT_API const char *ct_method(ct *c);       /* "GET", as sent */
CT_API const char *ct_request_path(ct *c); /* "/a b": decoded, without the query */
CT_API const char *ct_request_target(
    ct *c); /* "/a%20b?c=d": as sent; of an absolute-form target only its path and query */
CT_API const char *ct_query_string(ct *c); /* "c=d": as sent; "" without one */
CT_API const char *ct_scheme(ct *c);       /* "http" or "https" (the latter as a trusted proxy says) */
CT_API bool ct_is_secure(ct *c);           /* scheme is https */
CT_API const char *ct_host(ct *c);         /* "example.com:8000": as the client (or a trusted proxy) named it; "" if an
                                                HTTP/1.0 client named none */
CT_API const char *ct_remote_addr(ct *c);  /* the client's address, through trusted proxies; "unix" on a Unix socket */
CT_API const char *ct_request_id(ct *c);   /* 16 hexadecimal digits, also in the log lines of this request */

/* Path parameters, by their name in the pattern. A name that the pattern (with its mounts) does not have is a mistake
 * of the program: 500, and the log names it. ct_path_int: only for parameters of the converter int. */
CT_API const char *ct_path(ct *c, const char *name);
CT_API int64_t ct_path_int(ct *c, const char *name);

/* Query parameters: the first value, or NULL. _int: 0 when missing or empty, 400 when not a whole number. _int_or:
 * `fallback` when missing, empty or not a whole number. _all: every value in order, ending in NULL (never NULL
 * itself). More than `max_fields` (1,000) parameters are refused with 400. */
CT_API const char *ct_query(ct *c, const char *name);
CT_API int64_t ct_query_int(ct *c, const char *name);
CT_API int64_t ct_query_int_or(ct *c, const char *name, int64_t fallback);
CT_API const char *const *ct_query_all(ct *c, const char *name);

/* Fields of a form; the same rules. They read the whole body first: one of application/x-www-form-urlencoded as
 * ct_body() does, one of multipart/form-data in parts, whose files are canteen/upload.h's. Another content type has no
 * fields. */
CT_API const char *ct_form(ct *c, const char *name);
CT_API int64_t ct_form_int(ct *c, const char *name);
CT_API int64_t ct_form_int_or(ct *c, const char *name, int64_t fallback);
CT_API const char *const *ct_form_all(ct *c, const char *name);

/* Header fields: the first of that name, or NULL; every one, ending in NULL. Bytes above 0x7F that are not UTF-8 are
 * refused with 400 when asked for. */
CT_API const char *ct_header(ct *c, const char *name);
CT_API const char *const *ct_header_all(ct *c, const char *name);

/* A cookie's value, or NULL. */
CT_API const char *ct_cookie(ct *c, const char *name);

/* The body, whole, in memory: valid until the request ends, the same bytes at every call; empty if there is none.
 * Over the setting `max_body_memory` (2.5 MiB) it aborts with 413. The data has a NUL after it (not counted). */
CT_API ct_bytes ct_body(ct *c);

/* The body in pieces, for any size up to the setting `max_body` (1 GiB): up to `size` bytes into `buffer`; returns
 * how many, 0 at its end. A body once begun this way cannot be had whole any more. */
CT_API size_t ct_body_read(ct *c, void *buffer, size_t size);

/* The body in a temporary file without a name (in the setting `temp_dir`), at offset 0; closed and gone when the
 * request ends. For any size up to `max_body`. A full disk aborts with 507. */
CT_API int ct_body_file(ct *c);

/* The length that the client announced, or -1 (chunked: known at its end). */
CT_API int64_t ct_body_length(ct *c);
/* The media type of the body in lower case, without parameters: "application/json"; "" without one. */
CT_API const char *ct_content_type(ct *c);

/* Content negotiation (RFC 9110, 12.5): the offer that the client likes best, the earlier one of equals, or NULL when
 * it accepts none of them.
 *     ct_accept(c, "text/html", "application/json")      by Accept
 *     ct_accept_language(c, "en", "de")                  by Accept-Language */
#define ct_accept(c, ...) ct_accept_of((c), "Accept", (const char *const[]){ __VA_ARGS__, NULL })
#define ct_accept_language(c, ...) ct_accept_of((c), "Accept-Language", (const char *const[]){ __VA_ARGS__, NULL })
#define ct_accept_encoding(c, ...) ct_accept_of((c), "Accept-Encoding", (const char *const[]){ __VA_ARGS__, NULL })
CT_API const char *ct_accept_of(ct *c, const char *header, const char *const *offers);

/* Conditional requests (RFC 9110, 13) before the work is done: aborts with 412, or ends the request with 304, where
 * the client's conditions say so; returns otherwise. `etag` is the entity tag with its quotes ("\"v7\"", "W/\"v7\"")
 * or NULL; `last_modified` 0 for unknown. Responses that carry ct_set_etag() or ct_set_last_modified() are compared by
 * themselves at the end; this saves making them, and guards writes: PUT with If-Match. */
CT_API void ct_check_conditions(ct *c, const char *etag, ct_time last_modified);

/* In an error handler: what is being answered. 0 and "" elsewhere. The message is meant for people; for 5xx it is the
 * status text alone, details are in the log. */
CT_API int ct_error_status(ct *c);
CT_API const char *ct_error_message(ct *c);

#endif
