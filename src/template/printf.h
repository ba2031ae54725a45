/* Python's formatting with %, and how numbers are written. */
#ifndef CANTEEN_TEMPLATE_PRINTF_H
#define CANTEEN_TEMPLATE_PRINTF_H

#include "base/buffer.h"
#include "template/tval.h"

/* format % args: "%s has %d" % (name, n), "%(name)s" % dictionary. `args` is a tuple, or a single value. A format that
 * is safe text escapes what it takes in, and stays safe. */
ct_tval ct_python_format(ct_renderer *r, ct_tval format, ct_tval args);

/* "%.*f": the value with that many digits behind the point, rounded as Python rounds, "inf" and "nan" as Python writes
 * them. At most 1100 digits. */
void ct_write_fixed(ct_buffer *out, double value, unsigned digits);

/* value * 10^digits, rounded from the exact product, halves to the even one. False where the result would not be exact
 * or is 2^52 or more; digits <= 15; value >= 0. */
bool ct_scale_exactly(double value, unsigned digits, uint64_t *ret_scaled);

/* 10^exponent as a double, exact; exponent <= 22. */
double ct_power_of_ten(unsigned exponent);

#endif
