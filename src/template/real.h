/* How reals are written, besides ct_write_real(). */
#ifndef CANTEEN_TEMPLATE_REAL_H
#define CANTEEN_TEMPLATE_REAL_H

#include "base/buffer.h"

/* Appends what Python's '%.{precision}{form}' % value gives; form is one of e E f F g G. Finite values only; the
 * decimal point is '.' whatever the locale. `alternate`: with '#', which keeps the point and trailing zeros. */
void ct_write_real_as(ct_buffer *out, double value, char form, int precision, bool alternate);

#endif
