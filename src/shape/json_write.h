/* Writing values as JSON (RFC 8259), in the form that ct_to_json() promises (canteen/value.h). */
#ifndef CANTEEN_SHAPE_JSON_WRITE_H
#define CANTEEN_SHAPE_JSON_WRITE_H

#include "base/buffer.h"
#include "canteen/value.h"
#include "shape/json_read.h" /* CT_JSON_DEPTH */

/* Appends the value; `depth` objects and arrays are around it already. False when it nests deeper than CT_JSON_DEPTH:
 * what was appended is then no JSON. Bytes of text that are no UTF-8 become U+FFFD, one each, so that the output is
 * always valid. Want of room is out->failed, as with every append. */
bool ct_json_write(ct_buffer *out, ct_value value, unsigned depth) CT_WARN_UNUSED;
/* The same for an object of the pairs. */
bool ct_json_write_pairs(ct_buffer *out, const ct_kv *pairs, size_t count, unsigned depth) CT_WARN_UNUSED;

#endif
