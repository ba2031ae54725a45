/* The chunked body of an HTTP/1.1 request: bytes in, runs of payload out (RFC 9112, 7.1).
 *
 * The decoder keeps a few words of state and no bytes: payload is handed out as slices of what it is given, so a body
 * of any size passes through a buffer of any size, split anywhere. Extensions and trailers are checked and dropped.
 *
 * It is as strict as the head parser: sizes are 1 to 16 hexadecimal digits up to 2^63 - 1 and nothing else; lines end
 * in CR LF; extensions and trailers keep to their grammar, without folded lines or space before a colon. */
#ifndef CANTEEN_PROTO_HTTP1_BODY_H
#define CANTEEN_PROTO_HTTP1_BODY_H

#include "base/common.h"
#include "base/str.h"
#include "proto/http1.h"

/* What is allowed at most; one more is an error. */
typedef struct ct_http1_chunked_limits {
    uint32_t line;         /* bytes of a size line, with extensions and CR LF: else 400 */
    uint32_t trailer_size; /* bytes of all trailer lines, each with its CR LF: else 431 */
    uint32_t trailers;     /* trailer fields: else 431 */
} ct_http1_chunked_limits;

#define CT_HTTP1_CHUNKED_LIMITS ((ct_http1_chunked_limits){ .line = 4096, .trailer_size = 8192, .trailers = 100 })

typedef struct ct_http1_chunked {
    int error_status;  /* on ERROR: 400 or 431, else 0 */
    const char *error; /* on ERROR: a short reason, constant text; else NULL */
    /* The rest is the decoder's own. */
    ct_http1_chunked_limits limits;
    uint64_t left;          /* of the chunk: bytes still to come, or its size so far while that is being read */
    uint32_t line;          /* bytes of the size line so far */
    uint32_t trailer_size;  /* bytes of trailer lines so far */
    uint32_t trailer_count; /* trailer fields so far */
    uint8_t digits;         /* of the size so far */
    uint8_t state;
} ct_http1_chunked;

/* Before the first byte of a body. Without limits (NULL): CT_HTTP1_CHUNKED_LIMITS. */
void ct_http1_chunked_init(ct_http1_chunked *decoder, const ct_http1_chunked_limits *limits);

/* Takes bytes from the front of `data`. *ret_consumed is how many are done with; *ret_payload a run of the body's bytes
 * among them, or empty.
 *
 * INCOMPLETE: call again with what follows the bytes consumed. Either there is payload, and more may lie behind it, or
 * all bytes were consumed and more must come. DONE: the body is complete, the bytes behind those consumed are the next
 * request's; never with payload. ERROR: see the decoder; never with payload; a wrong byte and a passed limit show at
 * once. DONE and ERROR are final: further calls consume nothing and return the same. */
ct_http1_result ct_http1_chunked_next(ct_http1_chunked *decoder, const char *data, size_t length, size_t *ret_consumed,
                                      ct_str *ret_payload);

#endif
