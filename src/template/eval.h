/* The functions that run expressions: one for each kind of node. */
#ifndef CANTEEN_TEMPLATE_EVAL_H
#define CANTEEN_TEMPLATE_EVAL_H

#include "template/nodes.h"

ct_eval ct_eval_super; /* (inherit.c) */
ct_eval ct_eval_constant, ct_eval_name, ct_eval_attribute, ct_eval_lookup, ct_eval_item, ct_eval_slice, ct_eval_quietly,
    ct_eval_list, ct_eval_tuple, ct_eval_dict, ct_eval_not, ct_eval_and, ct_eval_or, ct_eval_choice, ct_eval_chain,
    ct_eval_concat, ct_eval_add, ct_eval_subtract, ct_eval_multiply, ct_eval_divide, ct_eval_floor_divide,
    ct_eval_modulo, ct_eval_power, ct_eval_negate, ct_eval_positive, ct_eval_filter, ct_eval_filter_plain,
    ct_eval_filter_dynamic, ct_eval_django_filter, ct_eval_test, ct_eval_test_not, ct_eval_test_dynamic,
    ct_eval_test_dynamic_not, ct_eval_call, ct_eval_method_call, ct_eval_unknown_filter, ct_eval_unknown_test;

/* a + b of two texts: where one is safe the other is escaped. */
ct_tval ct_join_texts(ct_renderer *r, ct_tval a, ct_tval b);

/* Comparisons, for chains. */
bool ct_holds_eq(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_ne(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_lt(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_le(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_gt(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_ge(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_in(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_not_in(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_is(ct_renderer *r, ct_tval a, ct_tval b); /* Django's `is`: identity */
bool ct_holds_is_not(ct_renderer *r, ct_tval a, ct_tval b);
/* Django's: what cannot be compared compares false. */
bool ct_holds_django_lt(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_django_le(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_django_gt(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_django_ge(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_django_in(ct_renderer *r, ct_tval a, ct_tval b);
bool ct_holds_django_not_in(ct_renderer *r, ct_tval a, ct_tval b);

/* The arguments of a call, evaluated into `call`; arrays are the render's memory or `room` of CT_CALL_ROOM values. */
#define CT_CALL_ROOM 8
void ct_eval_args(ct_renderer *r, const ct_args *args, ct_tval *room, ct_call *ret_call);
/* Django: what a missing value of a node is: "" or None, or string_if_invalid. */
ct_tval ct_django_missing(ct_renderer *r, const ct_node *n, ct_tval v);
static inline ct_tval ct_django_present(ct_renderer *r, const ct_node *n, ct_tval v)
{
    return CT_LIKELY(v.type != CT_T_UNDEFINED) ? v : ct_django_missing(r, n, v);
}

#endif
