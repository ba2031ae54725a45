/* Kinds of data that neither numbers nor text are: decimals, times of day, durations, UUIDs, bytes. As Python's
 * Decimal, time, timedelta, UUID and bytes. */
#ifndef CANTEEN_TEMPLATE_KINDS_H
#define CANTEEN_TEMPLATE_KINDS_H

#include "base/buffer.h"
#include "template/tval.h"

static inline bool ct_t_is_kind(ct_tval v)
{
    return v.type >= CT_T_CLOCK && v.type <= CT_T_BYTES;
}

/* Numbers, decimals among them. */
static inline bool ct_t_is_numeric(ct_tval v)
{
    return ct_t_is_number(v) || v.type == CT_T_DECIMAL;
}

/* str() and repr() of one of them, appended. */
void ct_kind_write(ct_buffer *out, ct_tval v);
void ct_kind_write_repr(ct_buffer *out, ct_tval v);
bool ct_kind_truth(ct_tval v);
/* A number for tables: equal ones have the same, of whatever type the numbers are. */
uint64_t ct_kind_hash(ct_tval v);

/* Two of one type, or two numbers of which one is a decimal. A real counts as the decimal that is nearest to it. */
int ct_kind_compare(ct_tval a, ct_tval b);
/* An attribute: `hour` of a time, `days` of a duration. UNSET: there is none. */
ct_tval ct_kind_part(ct_renderer *r, ct_tval v, ct_str name);

/* a + b and the like for decimals and spans of time, `sign` as it is written; UNSET where Python has none. */
ct_tval ct_kind_arithmetic(ct_renderer *r, const char *sign, ct_tval a, ct_tval b);
ct_tval ct_kind_negated(ct_renderer *r, ct_tval v);
/* With so many places, rounded half to even. */
ct_tval ct_kind_rounded(ct_renderer *r, ct_tval decimal, int places);
/* As a real, rounded as a decimal before where it has more places. */
double ct_kind_real(ct_tval decimal, uint64_t places);

ct_tval ct_t_decimal(ct_renderer *r, ct_decimal value);

#endif
