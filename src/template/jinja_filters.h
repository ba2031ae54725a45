/* The filters of Jinja: what its files share. Each function is a row of jinja_filters.c, where its parameters stand. */
#ifndef CANTEEN_TEMPLATE_JINJA_FILTERS_H
#define CANTEEN_TEMPLATE_JINJA_FILTERS_H

#include "template/function.h"
#include "template/tval.h"

/* jinja_text.c and jinja_wrap.c */
ct_tfunction ct_jinja_capitalize, ct_jinja_center, ct_jinja_format, ct_jinja_indent, ct_jinja_lower, ct_jinja_replace,
    ct_jinja_string, ct_jinja_title, ct_jinja_trim, ct_jinja_truncate, ct_jinja_upper, ct_jinja_wordcount,
    ct_jinja_wordwrap, ct_jinja_pprint;

/* jinja_html.c */
ct_tfunction ct_jinja_escape, ct_jinja_forceescape, ct_jinja_safe, ct_jinja_striptags, ct_jinja_tojson,
    ct_jinja_urlencode, ct_jinja_urlize, ct_jinja_xmlattr;

/* jinja_numbers.c */
ct_tfunction ct_jinja_abs, ct_jinja_filesizeformat, ct_jinja_float, ct_jinja_int, ct_jinja_round;

/* jinja_lists.c */
ct_tfunction ct_jinja_attr, ct_jinja_batch, ct_jinja_default, ct_jinja_first, ct_jinja_items, ct_jinja_join,
    ct_jinja_last, ct_jinja_length, ct_jinja_list, ct_jinja_random, ct_jinja_reverse, ct_jinja_slice, ct_jinja_sum;

/* jinja_select.c */
ct_tfunction ct_jinja_map, ct_jinja_reject, ct_jinja_rejectattr, ct_jinja_select, ct_jinja_selectattr;

/* jinja_sort.c */
ct_tfunction ct_jinja_dictsort, ct_jinja_groupby, ct_jinja_max, ct_jinja_min, ct_jinja_sort, ct_jinja_unique;

/* An argument that is neither left out nor none nor undefined. */
static inline bool ct_arg_given(ct_tval arg)
{
    return arg.type > CT_T_NONE;
}

/* The text; fails where the value is none, as Python does where it asks a value for what only a str has. */
ct_str ct_need_text(ct_renderer *r, ct_tval v, const char *filter);

/* Cuts the first line off; false where nothing is left. Lines end where str.splitlines() ends them. */
bool ct_next_line(ct_str *rest, ct_str *ret_line);

/* The pairs of a DICT or MAP as a list of tuples, in their order; fails for everything else. */
ct_tlist *ct_pairs_of(ct_renderer *r, ct_tval v);
/* Sorts such a list by its keys. */
void ct_sort_pairs(ct_renderer *r, ct_tlist *pairs);
/* The same, where keys that have no order among them stay as they come instead of failing: pprint. */
void ct_sort_pairs_quietly(ct_renderer *r, ct_tlist *pairs);

/* int(text) in base 10, float(text): false where it is no number, or does not fit. */
bool ct_read_whole(ct_renderer *r, ct_str text, int64_t *ret_value);
bool ct_read_real(ct_renderer *r, ct_str text, double *ret_value);

/* 0 to below - 1; below > 0. Not for secrets. */
uint32_t ct_random_below(ct_renderer *r, uint32_t below);

#endif
