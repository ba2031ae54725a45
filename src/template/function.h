/* Functions, filters, tests and methods that templates call: rows of tables.
 *
 *     { "truncate", truncate, "s, length=, killwords=, end=, leeway=" }
 *
 * The parameters are written as in Python. A name alone is required; "name=" may be left out; "*" takes any further
 * positional arguments, "**" any further keyword arguments. The function gets one argument for each parameter, in
 * order, UNSET where none was given ("**": a DICT or UNSET; "*" has no place of its own), then those of "*". What a
 * parameter defaults to is said in the function, so that it stands in one place. Calls with too many, too few or
 * unknown arguments never reach it.
 *
 * The first argument of a filter is what stands before the pipe, of a test what stands before `is`, of a method what
 * stands before the dot. */
#ifndef CANTEEN_TEMPLATE_FUNCTION_H
#define CANTEEN_TEMPLATE_FUNCTION_H

#include "template/tval.h"

typedef ct_tval ct_tfunction(ct_renderer *r, const ct_tval *args, uint32_t count);

enum {
    CT_FN_TEXT = 1,       /* Django's @stringfilter: the first argument is made text before */
    CT_FN_ASKS = 4,       /* of Django's: for missing values, so that one is no mistake even where they are errors */
    CT_FN_KEEPS_SAFE = 2, /* Django's is_safe: the result is safe when the first argument was safe text */
    CT_FN_QUICK = 8,      /* looks at long text not at all or in passing: charged less for its length */
    CT_FN_SLOW = 16       /* takes long for each character: charged more */
};

struct ct_fn {
    const char *name;
    ct_tfunction *function;
    const char *params;
    uint8_t flags;
};

/* A row with its parameters read, as the engine keeps it. */
struct ct_callable {
    const ct_fn *fn;
    const ct_str *params;          /* `param_count` names; "**" stands among them as a name */
    uint8_t param_count, required; /* required ones come first */
    bool takes_rest, takes_named;  /* "*", "**" */
    uint8_t named_index;           /* where "**" stands */
    bool django;                   /* of Django's table: a missing value arrives as "" or None */
    void *user;                    /* of functions that apps add */
};

/* ---- the tables ---- each ends with a NULL name */

extern const ct_fn ct_jinja_filters[]; /* filters_text.c, filters_lists.c, ...: joined in library.c */
extern const ct_fn ct_jinja_tests[];
extern const ct_fn ct_jinja_globals[];
extern const ct_fn ct_django_filters[]; /* humanize's too */
extern const ct_fn ct_text_methods[], ct_list_methods[], ct_tuple_methods[], ct_dict_methods[], ct_int_methods[],
    ct_real_methods[], ct_datetime_methods[], ct_clock_methods[], ct_span_methods[];

/* ---- for the functions ---- */

/* Arguments as C values; `fallback` where the argument is UNSET. They fail with a message that names `what` when the
 * argument is of another type. A real with a whole value is no integer; true is 1. */
int64_t ct_arg_int(ct_renderer *r, ct_tval arg, int64_t fallback, const char *what);
bool ct_arg_flag(ct_renderer *r, ct_tval arg, bool fallback);         /* by truth */
ct_str ct_arg_str(ct_renderer *r, ct_tval arg, const char *fallback); /* str() of it */

#endif
