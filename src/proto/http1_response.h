/* The head of an HTTP/1.0 or HTTP/1.1 response, as a client reads it: bytes in, one struct out (RFC 9112).
 *
 * As with request heads (http1.h) nothing is copied or changed, slices point into the caller's bytes, and with more
 * bytes the caller parses again from the start. It is as strict, and for the same reason: two readers that see
 * different ends of an answer take a part of one for the next. It refuses bare CR or LF, controls, folded lines, space
 * before a colon, Content-Length that is repeated or no number, Content-Length with Transfer-Encoding, and transfer
 * codings other than "chunked". */
#ifndef CANTEEN_PROTO_HTTP1_RESPONSE_H
#define CANTEEN_PROTO_HTTP1_RESPONSE_H

#include "proto/http1.h"

/* How the end of the body is known (RFC 9112, 6.3). */
typedef enum ct_http1_framing {
    CT_HTTP1_NO_BODY,
    CT_HTTP1_LENGTH,  /* content_length bytes */
    CT_HTTP1_CHUNKED, /* http1_body.h */
    CT_HTTP1_TO_END   /* all until the connection ends */
} ct_http1_framing;

typedef struct ct_http1_response {
    int status;      /* 100 to 999 */
    ct_str reason;   /* may be empty */
    uint8_t minor;   /* HTTP/1.<minor> */
    bool keep_alive; /* what version and Connection say */
    bool chunked;
    bool has_length; /* never together with chunked */
    uint64_t content_length;
    size_t size; /* bytes of the head */
    uint32_t header_count, header_capacity;
    ct_http1_header *headers; /* the caller's array of header_capacity, in the order sent */
    const char *error;        /* on ERROR: a short reason, constant text; else NULL */
} ct_http1_response;

/* Parses the response head at the start of `data` (not NULL). The caller has set headers and header_capacity; more
 * fields than that, or a head of more than `limit` bytes, are an error. Of ERROR only `error` means something, of
 * INCOMPLETE nothing. Errors show at the first wrong byte, or at the end of the field that is wrong. */
ct_http1_result ct_http1_parse_response(ct_http1_response *response, const char *data, size_t length, size_t limit);

/* What follows the head of the answer to a request of that method. */
ct_http1_framing ct_http1_response_framing(const ct_http1_response *response, ct_http_method method);

/* The first field of a name, compared without case; NULL when there is none. */
const ct_http1_header *ct_http1_find_header(const ct_http1_header *headers, size_t count, ct_str name);

#endif
