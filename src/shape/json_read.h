/* Reading JSON (RFC 8259): text in, values out. The writer is json_write.c.
 *
 * Strict: no comments, no trailing commas, no NaN, one value and nothing behind it but white space. Objects become maps
 * (of names that come twice the last counts), arrays become arrays, text is copied, so that nothing refers to the
 * source. Whole numbers within 64 bits stay whole, all others are reals. Text that C cannot hold ("\u0000") is refused,
 * as are numbers beyond the range of a double.
 *
 * Needs no `ct`; memory comes from the arena, whose limit ends what a hostile text would take. */
#ifndef CANTEEN_SHAPE_JSON_READ_H
#define CANTEEN_SHAPE_JSON_READ_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "canteen/value.h"

/* Objects and arrays within each other, the outermost counted, for reader and writer. */
#define CT_JSON_DEPTH 100

/* False with `error` filled: "line 3, column 5: ...", both from 1, columns in code points; status 400, or 413 where the
 * arena's limit was passed. What was read till then stays in the arena. */
bool ct_json_read(ct_str text, ct_arena *arena, ct_value *ret_value, ct_error *error);

/* A number that a value might change, as its digits (.text): more than 64 bits or DBL_DIG digits have room for. The
 * writer writes it as it is; nobody else knows it. For what only passes rows on (fixtures). */
#define CT_VALUE_NUMERAL ((ct_value_type)(CT_VALUE_BYTES + 1))
bool ct_json_read_exactly(ct_str text, ct_arena *arena, ct_value *ret_value, ct_error *error);
/* What a database has in a column: exactly while that is asked for, by a command that is the whole of its process. */
bool ct_json_read_stored(ct_str text, ct_arena *arena, ct_value *ret_value, ct_error *error);
void ct_json_store_exactly(bool exactly);

#endif
