/* The inside of a response. Made in the request's arena; sent by web/send.c. */
#ifndef CANTEEN_WEB_RESPONSE_H
#define CANTEEN_WEB_RESPONSE_H

#include "base/str.h"
#include "canteen/response.h"

typedef enum ct_response_kind { CT_RESPONSE_BYTES, CT_RESPONSE_FILE, CT_RESPONSE_STREAM } ct_response_kind;

typedef struct ct_header_line {
    ct_str name, value;
} ct_header_line;

struct ct_response {
    ct *c;
    int status; /* 0: not set (200, or the error's) */
    ct_response_kind kind;
    bool close, ranges, has_validator /* an ETag or Last-Modified header is set */;
    ct_str content_type; /* empty: no such header */
    ct_str body;         /* of BYTES */
    /* FILE: */
    int fd; /* closed by a deferred call */
    uint64_t offset, length;
    /* STREAM: */
    ct_stream_fn *write;
    void *arg;
    /* Validators, for conditions and If-Range */
    const char *etag; /* with quotes */
    ct_time last_modified;
    /* every other header, in order */
    ct_header_line *headers;
    uint32_t header_count, header_capacity;
};

/* An empty response of kind BYTES. */
ct_response *ct_response_new(ct *c);
/* A cookie with these options and no others: ct_set_cookie() adds .secure on https. */
void ct_response_add_cookie(ct_response *r, const char *name, const char *value, const ct_cookie_options *options);
/* Sends the response on c's exchange: conditions, ranges, HEAD, framing. On the request's fiber. False: the client
 * left. */
bool ct_response_send(ct *c, ct_response *r);
/* Conditional requests and ranges: turns `r` into 304, 412, 206 or 416 where the request asks for it. */
void ct_response_apply_conditions(ct *c, ct_response *r);
void ct_response_apply_range(ct *c, ct_response *r);

#endif
