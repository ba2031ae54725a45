/* Jinja's tests: what stands behind `is`.
 *
 * An undefined value is what Python finds it to be: it can be iterated over (there is nothing in it), it is a sequence
 * of length 0, and it looks callable. */
#include "template/engine.h"
#include "template/jinja_filters.h"
#include "template/kinds.h"
#include "template/printf.h"
#include "template/render.h"
#include "template/text.h"

#include <math.h>

/* ---- what kind of value ---- */

static ct_tval is_defined(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type != CT_T_UNDEFINED);
}

static ct_tval is_undefined(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_UNDEFINED);
}

static ct_tval is_none(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_NONE);
}

static ct_tval is_boolean(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_BOOL);
}

static ct_tval is_true(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_BOOL && args[0].integer);
}

static ct_tval is_false(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_BOOL && !args[0].integer);
}

static ct_tval is_integer(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_INT);
}

static ct_tval is_float(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_REAL);
}

static ct_tval is_number(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(ct_t_is_numeric(args[0]));
}

static ct_tval is_string(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(ct_t_is_text(args[0]));
}

static ct_tval is_mapping(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_DICT || args[0].type == CT_T_MAP);
}

static ct_tval is_iterable(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (args[0].type == CT_T_UNDEFINED && r->strict)
        ct_tval_fail_undefined(r, args[0]);
    return ct_t_bool(args[0].type == CT_T_UNDEFINED || ct_tval_iterable(args[0]));
}

/* What has a length and items: not objects that are only walked. */
static ct_tval is_sequence(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = args[0];
    if (v.type == CT_T_UNDEFINED)
        return ct_t_bool(!r->strict);
    if (v.type == CT_T_OBJECT)
        return ct_t_bool(v.object->class->item && v.object->class->seq);
    return ct_t_bool(ct_tval_iterable(v));
}

static ct_tval is_callable(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(args[0].type == CT_T_UNDEFINED || ct_tval_callable(args[0]));
}

static ct_tval is_escaped(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(ct_t_is_safe(args[0]));
}

/* ---- names of filters and tests ---- */

static ct_tval is_filter(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(ct_t_is_text(args[0]) && ct_engine_has_filter(r->engine, ct_t_get_str(args[0])));
}

static ct_tval is_test(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(ct_t_is_text(args[0]) && ct_engine_has_test(r->engine, ct_t_get_str(args[0])));
}

/* ---- numbers ---- */

static double as_real(ct_tval v)
{
    return v.type == CT_T_REAL ? v.real : (double)v.integer;
}

/* v % by == rest, where the rest has the sign of `by`. */
static bool leaves(ct_renderer *r, ct_tval v, ct_tval by, int64_t rest)
{
    if (ct_t_is_text(v)) {
        ct_python_format(r, v, by); /* which is what % means there, and gives no number */
        return false;
    }
    if (v.type == CT_T_UNDEFINED || by.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v.type == CT_T_UNDEFINED ? v : by);
    if (!ct_t_is_number(v) || !ct_t_is_number(by))
        ct_render_fail(r, "only numbers are even, odd or divisible, not '%s'",
                       ct_tval_type_name(ct_t_is_number(v) ? by : v));
    if (as_real(by) == 0)
        ct_render_fail(r, "division by zero");
    if (v.type == CT_T_REAL || by.type == CT_T_REAL) {
        double real = fmod(as_real(v), as_real(by));
        if (real != 0 && (real < 0) != (as_real(by) < 0))
            real += as_real(by);
        return real == (double)rest;
    }
    if (by.integer == -1)
        return rest == 0;
    int64_t whole = v.integer % by.integer;
    if (whole && (whole < 0) != (by.integer < 0))
        whole += by.integer;
    return whole == rest;
}

static ct_tval is_odd(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(leaves(r, args[0], ct_t_int(2), 1));
}

static ct_tval is_even(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(leaves(r, args[0], ct_t_int(2), 0));
}

static ct_tval is_divisible(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(leaves(r, args[0], args[1], 0));
}

/* ---- text ---- */

/* str.islower() and str.isupper(): some letters are so, and none is not. */
static bool all_cased(ct_renderer *r, ct_tval v, bool upper)
{
    ct_str text = ct_t_get_str(ct_tval_text(r, v));
    const char *at = text.data, *end = at + text.length;
    bool any = false;
    while (at < end) {
        uint32_t code = ct_utf8_next(&at, end);
        if (ct_uc_is_title(code) || (upper ? ct_uc_is_lower(code) : ct_uc_is_upper(code)))
            return false;
        any |= upper ? ct_uc_is_upper(code) : ct_uc_is_lower(code);
    }
    return any;
}

static ct_tval is_lower(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(all_cased(r, args[0], false));
}

static ct_tval is_upper(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(all_cased(r, args[0], true));
}

/* ---- comparisons ---- */

/* The very same: the same object, or the same value where values are no objects. */
static bool same(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (a.type != b.type || a.type == CT_T_UNDEFINED)
        return false;
    if (a.type == CT_T_TEXT)
        return a.flags == b.flags && ct_tval_equal(r, a, b);
    if (a.type <= CT_T_BYTES)
        return ct_tval_equal(r, a, b);
    return a.object == b.object;
}

/* Not a number is neither less nor more. */
static ct_tval is_same(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(same(r, args[0], args[1]));
}

static ct_tval is_in(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(ct_tval_contains(r, args[1], args[0]));
}

static ct_tval is_equal(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(ct_tval_equal(r, args[0], args[1]));
}

static ct_tval is_unequal(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(!ct_tval_equal(r, args[0], args[1]));
}

static ct_tval is_less(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(!ct_t_unordered(args[0], args[1]) && ct_tval_compare(r, args[0], args[1]) < 0);
}

static ct_tval is_less_or_equal(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(!ct_t_unordered(args[0], args[1]) && ct_tval_compare(r, args[0], args[1]) <= 0);
}

static ct_tval is_greater(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(!ct_t_unordered(args[0], args[1]) && ct_tval_compare(r, args[0], args[1]) > 0);
}

static ct_tval is_greater_or_equal(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_bool(!ct_t_unordered(args[0], args[1]) && ct_tval_compare(r, args[0], args[1]) >= 0);
}

#define QUICK CT_FN_QUICK /* they look at the kind of a value; what compares charges for itself */

const ct_fn ct_jinja_tests[] = {
    { "!=", is_unequal, "a, b", QUICK },
    { "<", is_less, "a, b", QUICK },
    { "<=", is_less_or_equal, "a, b", QUICK },
    { "==", is_equal, "a, b", QUICK },
    { ">", is_greater, "a, b", QUICK },
    { ">=", is_greater_or_equal, "a, b", QUICK },
    { "boolean", is_boolean, "value", QUICK },
    { "callable", is_callable, "value", QUICK },
    { "defined", is_defined, "value", QUICK },
    { "divisibleby", is_divisible, "value, num", QUICK },
    { "eq", is_equal, "a, b", QUICK },
    { "equalto", is_equal, "a, b", QUICK },
    { "escaped", is_escaped, "value", QUICK },
    { "even", is_even, "value", QUICK },
    { "false", is_false, "value", QUICK },
    { "filter", is_filter, "value", QUICK },
    { "float", is_float, "value", QUICK },
    { "ge", is_greater_or_equal, "a, b", QUICK },
    { "greaterthan", is_greater, "a, b", QUICK },
    { "gt", is_greater, "a, b", QUICK },
    { "in", is_in, "value, seq", QUICK },
    { "integer", is_integer, "value", QUICK },
    { "iterable", is_iterable, "value", QUICK },
    { "le", is_less_or_equal, "a, b", QUICK },
    { "lessthan", is_less, "a, b", QUICK },
    { "lower", is_lower, "value", 0 },
    { "lt", is_less, "a, b", QUICK },
    { "mapping", is_mapping, "value", QUICK },
    { "ne", is_unequal, "a, b", QUICK },
    { "none", is_none, "value", QUICK },
    { "number", is_number, "value", QUICK },
    { "odd", is_odd, "value", QUICK },
    { "sameas", is_same, "value, other", QUICK },
    { "sequence", is_sequence, "value", QUICK },
    { "string", is_string, "value", QUICK },
    { "test", is_test, "value", QUICK },
    { "true", is_true, "value", QUICK },
    { "undefined", is_undefined, "value", QUICK },
    { "upper", is_upper, "value", 0 },
    { 0 },
};
