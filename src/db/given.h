/* The arguments of a call as text (ct_given of canteen/shape.h). */
#ifndef CANTEEN_DB_GIVEN_H
#define CANTEEN_DB_GIVEN_H

#include "base/str.h"
#include "canteen/shape.h"

/* An argument `.name = value`. The value is trimmed; without data where it gives a part of the field: .name.x = 1. */
typedef struct ct_given_field {
    ct_str name, value;
} ct_given_field;

/* The next one of them; arguments of another form are passed over. Takes any text. */
bool ct_given_next(const char **rest, ct_given_field *ret_field);

/* Aborts where the place sees another model of this name, and where a condition of a query (a change of an update) has
 * no operator: `.views = 0`. Once for each place. */
void ct_given_check(ct *c, ct_given *given, const ct_shape *shape, bool change);

#endif
