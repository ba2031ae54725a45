/* The head of an HTTP/1.0 or HTTP/1.1 request: bytes in, one struct out (RFC 9110, RFC 9112).
 *
 * Nothing is copied, allocated or changed: every slice points into the caller's bytes and lives as long as they stay
 * where they are. There is no state between calls: with more bytes the caller parses again from the start of the head.
 * The outcome never depends on how the bytes were split.
 *
 * The parser is strict, because two readers that guess differently are how requests are smuggled. It refuses:
 *   - bare CR or LF, NUL and other controls, folded lines, whitespace before the colon or twice in the request line;
 *   - a missing (1.1), repeated, malformed or empty Host (empty is right only for "OPTIONS *");
 *   - Content-Length that is repeated, even with equal values, is a list, or is above 2^63 - 1;
 *   - Content-Length with Transfer-Encoding; Transfer-Encoding in HTTP/1.0, repeated, or other than "chunked";
 *   - user names in targets, malformed percent escapes, and characters that RFC 3986 does not allow in a target, except
 *     those that browsers send raw: "[]^{|}" in paths, these and "`\" in queries.
 * One empty line before the request line is skipped (RFC 9112, 2.2). */
#ifndef CANTEEN_PROTO_HTTP1_H
#define CANTEEN_PROTO_HTTP1_H

#include "base/common.h"
#include "base/str.h"

typedef struct ct_http1_header {
    const char *name;  /* as sent, not empty */
    const char *value; /* without the spaces and tabs at both ends; may be empty */
    uint32_t name_length, value_length;
} ct_http1_header;

typedef enum { CT_HTTP1_INCOMPLETE, CT_HTTP1_DONE, CT_HTTP1_ERROR } ct_http1_result;

/* OTHER: a well-formed method that is none of these; method_name says which. */
typedef enum {
    CT_METHOD_OTHER,
    CT_METHOD_GET,
    CT_METHOD_HEAD,
    CT_METHOD_POST,
    CT_METHOD_PUT,
    CT_METHOD_PATCH,
    CT_METHOD_DELETE,
    CT_METHOD_OPTIONS,
    CT_METHOD_TRACE,
    CT_METHOD_CONNECT
} ct_http_method;

/* What is allowed at most; one more is an error. */
typedef struct ct_http1_limits {
    uint32_t head;    /* bytes of the head, with both empty lines: else 431 */
    uint32_t target;  /* bytes of the target: else 414 */
    uint32_t headers; /* header fields: else 431 */
} ct_http1_limits;

typedef struct ct_http1_head {
    ct_http_method method;
    ct_str method_name;
    ct_str target; /* as sent */
    ct_str scheme; /* of an absolute-form target, as sent ("http", "HTTPS"), else empty */
    ct_str
        path; /* as sent, still percent-encoded; begins with '/', or is "*" for OPTIONS of the whole server. A constant
                    * outside the bytes given when an absolute-form target has no path */
    ct_str query; /* as sent, without '?'; data NULL: there is no '?' */
    ct_str host;  /* "name" or "name:port": the authority of an absolute-form target, else the value of Host; empty when
                    * HTTP/1.0 or "OPTIONS *" had none */
    uint8_t minor;   /* the version is HTTP/1.<minor>: 0 or 1 (1.2 and later are spoken to as 1.1) */
    bool keep_alive; /* what version and Connection say */
    bool chunked;    /* the body is chunked */
    bool has_length; /* there is a Content-Length; never together with chunked */
    uint64_t content_length;
    bool expect_continue; /* HTTP/1.1 with "Expect: 100-continue" */
    bool upgrade;         /* Connection names "upgrade" */
    size_t size;          /* bytes of the head: what follows is its body or the next request */
    uint32_t header_count;
    uint32_t header_capacity;
    ct_http1_header *headers; /* the caller's array of header_capacity, in the order sent */
    int error_status;         /* on ERROR: 400, 414, 417, 431, 501 or 505, else 0 */
    const char *error;        /* on ERROR: a short reason, constant text; else NULL */
} ct_http1_head;

/* Parses the request head at the start of `data` (not NULL, even without bytes). The caller has set headers and
 * header_capacity; everything else is set here. A capacity below limits->headers is the limit.
 *
 * DONE: all of `head` is set. ERROR: only error_status and error mean something. INCOMPLETE: nothing does; the bytes so
 * far are the beginning of a head within the limits. Errors show as early as this: a wrong byte and a passed limit at
 * once, a field's wrong value at the end of its line, a missing Host at the end of the head. A wrong version shows when
 * all of "HTTP/d.d" is there: 505 if well-formed.
 *
 * Not plain 400: a target too long 414, an expectation other than 100-continue 417, a head too large or with too many
 * fields 431, a method over 32 bytes or CONNECT 501, transfer codings before a final "chunked" 501 (RFC 9112, 6.1),
 * another major version 505. */
ct_http1_result ct_http1_parse_head(ct_http1_head *head, const ct_http1_limits *limits, const char *data,
                                    size_t length);

/* Whether `host` can be the value of a Host field of an http URL: a name (RFC 3986 reg-name without ','), an IPv4
 * address or an IPv6 address in brackets, and optionally ':' with a port of 0 to 65535 or none at all. Not empty. */
bool ct_http1_host_valid(ct_str host);

/* What the bytes of a head may be: bits of ct_http1_chars[byte]. The other bits are the parser's own. */
enum {
    CT_CHAR_TOKEN = 1 << 0, /* tchar of RFC 9110, 5.6.2: methods, field names */
    CT_CHAR_FIELD = 1 << 1, /* field-vchar, SP and HTAB of RFC 9110, 5.5: field values */
    CT_CHAR_HEX = 1 << 2    /* a hexadecimal digit */
};
extern const uint8_t ct_http1_chars[256];

static inline bool ct_http1_char_is(char ch, uint8_t class)
{
    return (ct_http1_chars[(uint8_t)ch] & class) != 0;
}

#endif
