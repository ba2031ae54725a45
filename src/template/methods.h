/* Methods of built-in types that stand in a file of their own, and what the tables of methods share. */
#ifndef CANTEEN_TEMPLATE_METHODS_H
#define CANTEEN_TEMPLATE_METHODS_H

#include "template/tval.h"

/* str.format() and str.format_map(): args are self, the keyword arguments (a DICT, a MAP or UNSET), the rest. */
ct_tval ct_method_format(ct_renderer *r, const ct_tval *args, uint32_t count);
ct_tval ct_method_format_map(ct_renderer *r, const ct_tval *args, uint32_t count);

/* Appends format(v, spec): what stands behind the colon of "{:>8.2f}". */
void ct_write_formatted(ct_renderer *r, ct_buffer *out, ct_tval v, ct_str given);

/* Appends what strftime() writes of a moment, in the C locale and UTC. */
void ct_write_strftime(ct_buffer *out, ct_time time, ct_str format);

#endif
