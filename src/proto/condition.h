/* Conditional requests (RFC 9110, 13): entity tags, and what the client's conditions come to.
 *
 * Header values are NUL-terminated; where a request has several fields of one name they come joined with ", ". */
#ifndef CANTEEN_PROTO_CONDITION_H
#define CANTEEN_PROTO_CONDITION_H

#include "base/common.h"

/* An entity tag as it stands in a header, "v7" or W/"v7", with its quotes (8.8.3). */
bool ct_etag_valid(const char *etag);
/* Strong comparison (8.8.3.2): the same, and neither weak. */
bool ct_etag_equal_strong(const char *a, const char *b);
/* Weak comparison: the same but for W/. */
bool ct_etag_equal_weak(const char *a, const char *b);

typedef struct ct_condition_input {
    bool method_is_get_or_head;
    /* The fields of the request; NULL: absent. */
    const char *if_match, *if_none_match, *if_modified_since, *if_unmodified_since;
    /* The current representation. */
    bool exists;           /* there is one: what "*" asks */
    const char *etag;      /* valid, or NULL: unknown */
    ct_time last_modified; /* 0: unknown; fractions of a second do not count */
} ct_condition_input;

typedef enum ct_condition_result {
    CT_CONDITION_PROCEED,      /* as if there were no conditions */
    CT_CONDITION_NOT_MODIFIED, /* 304 */
    CT_CONDITION_FAILED        /* 412 */
} ct_condition_result;

/* The conditions in the order of 13.2.2: If-Match, else If-Unmodified-Since; then If-None-Match, else
 * If-Modified-Since. A date that is no date, or that there is nothing to compare with, is ignored, as is
 * If-Modified-Since with another method than GET and HEAD. A malformed tag matches nothing: If-Match then fails,
 * If-None-Match holds. `now` gives dates of RFC 850 their century. */
ct_condition_result ct_condition_check(const ct_condition_input *input, ct_time now);

/* If-Range (13.1.5): true when the range that goes with it may be served; false: serve everything. An entity tag
 * compares strongly, a date must be that of last_modified (0: unknown) exactly. `etag` may be NULL. */
bool ct_condition_if_range(const char *if_range, const char *etag, ct_time last_modified);

#endif
