/* Whether values fit their fields, and values as text and back: for models, forms, fixtures, migrations, the command
 * line.
 *
 *   text ── ct_value_parse() ──> value ── ct_field_validate() ──> errors     messages are Django's
 *             <── ct_value_text() ──
 *
 * What is checked is the options of a field (canteen/shape.h) and what its kind is; whether a row may stay unique, and
 * what it refers to, the database says. */
#ifndef CANTEEN_SHAPE_VALIDATE_H
#define CANTEEN_SHAPE_VALIDATE_H

#include "base/arena.h"
#include "base/problems.h"
#include "base/str.h"
#include "canteen/errors.h"
#include "canteen/shape.h"

/* Adds what is wrong with the value of the field: of a member as ct_row_value() gives it, null where it is null. */
void ct_field_validate(ct *c, const ct_shape *shape, const ct_field *field, ct_value value, ct_errors *errors);
/* The same for those fields of the row whose bits are set, as ct_field_mask() has them. */
void ct_shape_validate(ct *c, const ct_row *row, uint64_t fields, ct_errors *errors);

/* Text as a value of the field's kind, of a relation that of its key. False, with `*ret_problem` for people ("Enter a
 * whole number."; NULL: the arena's limit was passed), where it is none. Spaces around are dropped, but of text. Binary
 * data is base64, arrays and json are JSON. */
bool ct_value_parse(ct_arena *arena, const ct_field *field, ct_str text, ct_value *ret_value, const char **ret_problem);
/* The text that ct_value_parse() makes the value of; NULL where the arena's limit was passed. Null is "", that of json
 * "null". */
const char *ct_value_text(ct_arena *arena, const ct_field *field, ct_value value);
/* Sets the member of a row. Text is read as the field's kind is written, and a whole number may be a real or a decimal;
 * false for any other value of another kind, and where the arena's limit was passed. What is pointed to is borrowed. */
bool ct_field_set(ct_arena *arena, ct_row *row, const ct_field *field, ct_value value);
/* Less than 0, 0, more than 0 for two values of one kind; numbers of all kinds are one. Those without an order are
 * equal or not. */
int ct_value_compare(ct_value a, ct_value b);

/* Adds the mistakes of a declaration, each with the name of its field: a default, a bound or a choice that is no value
 * of the kind, bounds that leave nothing, a bad pattern, options that say nothing at this kind. */
void ct_shape_check(const ct_shape *shape, ct_problems *problems);

/* ---- formats.c: what Django's validators take ---- */

bool ct_is_email(ct_str text);
bool ct_is_url(ct_str text);
bool ct_is_slug(ct_str text);
bool ct_is_ip(ct_str text);

/* ---- pattern.c ---- */

typedef enum ct_found { CT_FOUND, CT_NOT_THERE, CT_TOO_HARD } ct_found;

/* Whether the text, valid UTF-8, has the pattern somewhere. Work and memory are bounded: TOO_HARD where that was not
 * enough. A pattern that is none matches nothing. */
ct_found ct_pattern_match(const char *pattern, ct_str text);
/* NULL where the pattern is one, else what is wrong with it and where, in `room`. */
const char *ct_pattern_problem(const char *pattern, char room[256]);

#endif
