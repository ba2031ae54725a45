/* Range requests (RFC 9110, 14): which bytes a client asks for. */
#ifndef CANTEEN_PROTO_RANGE_H
#define CANTEEN_PROTO_RANGE_H

#include "base/common.h"

typedef struct ct_range {
    uint64_t first, length; /* length > 0; first + length <= size */
} ct_range;

typedef enum ct_range_result {
    CT_RANGE_IGNORE,       /* as if there were no Range: 200 with everything */
    CT_RANGE_SATISFIABLE,  /* 206 with the ranges */
    CT_RANGE_UNSATISFIABLE /* 416, the size in Content-Range (15.5.17) */
} ct_range_result;

/* Reads the field value `header` of Range for a representation of `size` bytes. `ret_ranges` has room for `max`.
 *
 * Ignored: another unit than bytes, whatever is malformed (a range that ends before it begins makes the whole field
 * invalid, 14.1.1), more than `max` ranges (14.2), and ranges of an empty representation that 416 would be wrong for
 * but that Content-Range has no form for (a suffix). Ranges beyond the end are left out and those over it are cut; when
 * none is left, the field is unsatisfiable. Ranges that overlap or touch become one (15.3.7.2), in the place of the
 * earliest; else they keep the order of the request. *ret_count is set when the result is SATISFIABLE, then 1 to
 * max. */
ct_range_result ct_range_parse(const char *header, uint64_t size, ct_range *ret_ranges, unsigned max,
                               unsigned *ret_count);

#endif
