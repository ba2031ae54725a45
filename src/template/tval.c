/* Values: what they are, whether they are true, equal, in order, in one another.
 *
 * The kinds that come from C behave as their counterparts of templates: a map as a dictionary, an array and a list of
 * rows as a list. Whole numbers and reals compare exactly, not by rounding one to the other. Nested values are walked
 * by recursion that the C stack limits; every item that is compared counts as an iteration, for a list that holds
 * another twice, and so on, has more items than memory.
 *
 * Not here: text of values (tval_text.c), their parts (access.c), what makes them (objects.c). */
#include "template/tval.h"

#include "shape/value.h"
#include "template/fields.h"
#include "template/kinds.h"
#include "template/render.h"
#include "template/text.h"

#include <math.h>

/* ---- values of C ---- */

ct_tval ct_tval_of(ct_value value)
{
    switch (value.type) {
    case CT_VALUE_NULL:
        break;
    case CT_VALUE_BOOL:
        return ct_t_bool(value.boolean);
    case CT_VALUE_INT:
        return ct_t_int(value.integer);
    case CT_VALUE_UINT:
        return ct_t_real((double)value.uinteger);
    case CT_VALUE_REAL:
        return ct_t_real(value.real);
    case CT_VALUE_TEXT:
        return ct_t_text(value.text, strlen(value.text));
    case CT_VALUE_SAFE:
        return ct_t_safe_str(ct_str_of(value.text));
    case CT_VALUE_MAP:
        return (ct_tval){ .type = CT_T_MAP, .map = value.map };
    case CT_VALUE_ARRAY:
        return (ct_tval){ .type = CT_T_ARRAY, .array = value.array };
    case CT_VALUE_DATETIME:
        return ct_t_datetime(value.time);
    case CT_VALUE_DATE:
        return (ct_tval){ .type = CT_T_DATETIME, .integer = value.date.days * CT_DAY, .flags = CT_T_DAY };
    case CT_VALUE_DAYTIME:
        return (ct_tval){ .type = CT_T_CLOCK, .integer = value.daytime.microseconds };
    case CT_VALUE_DURATION:
        return (ct_tval){ .type = CT_T_SPAN, .integer = value.time };
    case CT_VALUE_DECIMAL:
        return (ct_tval){ .type = CT_T_DECIMAL, .decimal = value.decimal };
    case CT_VALUE_UUID:
        return (ct_tval){ .type = CT_T_UUID, .uuid = value.uuid };
    case CT_VALUE_BYTES:
        return (ct_tval){ .type = CT_T_BYTES, .bytes = value.bytes };
    case CT_VALUE_ROW:
        return (ct_tval){ .type = CT_T_ROW, .row = value.row };
    case CT_VALUE_ROWS:
        return (ct_tval){ .type = CT_T_ROWS, .rows = value.rows };
    }
    return ct_t_none();
}

/* ---- types ---- */

const char *ct_tval_type_name(ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_UNSET:
    case CT_T_UNDEFINED:
        return "Undefined";
    case CT_T_NONE:
        return "NoneType";
    case CT_T_BOOL:
        return "bool";
    case CT_T_INT:
        return "int";
    case CT_T_REAL:
        return "float";
    case CT_T_TEXT:
        return "str";
    case CT_T_DATETIME:
        return v.flags & CT_T_DAY ? "datetime.date" : "datetime.datetime";
    case CT_T_CLOCK:
        return "datetime.time";
    case CT_T_SPAN:
        return "datetime.timedelta";
    case CT_T_DECIMAL:
        return "decimal.Decimal";
    case CT_T_UUID:
        return "UUID";
    case CT_T_BYTES:
        return "bytes";
    case CT_T_LIST:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return "list";
    case CT_T_TUPLE:
        return "tuple";
    case CT_T_DICT:
    case CT_T_MAP:
        return "dict";
    case CT_T_RANGE:
        return "range";
    case CT_T_ROW:
        return v.row->shape->name;
    case CT_T_FUNCTION:
        return "function";
    case CT_T_METHOD:
        return "method";
    case CT_T_OBJECT:
        return v.object->class->name;
    }
    return "object";
}

/* The type as whose sort the value compares. */
static ct_ttype sort_of(ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return CT_T_LIST;
    case CT_T_MAP:
        return CT_T_DICT;
    case CT_T_BOOL:
    case CT_T_REAL:
        return CT_T_INT;
    default:
        return (ct_ttype)v.type;
    }
}

/* ---- truth and length ---- */

bool ct_tval_truth_slow(ct_renderer *r, ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_UNDEFINED:
        if (r->strict)
            ct_tval_fail_undefined(r, v);
        return false;
    case CT_T_UNSET:
    case CT_T_NONE:
        return false;
    case CT_T_BOOL:
    case CT_T_INT:
        return v.integer != 0;
    case CT_T_REAL:
        return v.real != 0;
    case CT_T_TEXT:
        return v.length != 0;
    case CT_T_LIST:
    case CT_T_TUPLE:
        return v.list->count != 0;
    case CT_T_DICT:
        return v.dict->count != 0;
    case CT_T_RANGE:
        return v.range->count != 0;
    case CT_T_MAP:
        return v.map->count != 0;
    case CT_T_ARRAY:
        return v.array->count != 0;
    case CT_T_ROWS:
        return v.rows->count != 0;
    case CT_T_OBJECT:
        return !v.object->class->truth || v.object->class->truth(r, v.object);
    case CT_T_CLOCK:
    case CT_T_SPAN:
    case CT_T_DECIMAL:
    case CT_T_UUID:
    case CT_T_BYTES:
        return ct_kind_truth(v);
    case CT_T_DATETIME:
    case CT_T_ROW:
    case CT_T_FUNCTION:
    case CT_T_METHOD:
        return true;
    }
    return true;
}

bool ct_tval_iterable(ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_UNDEFINED:
    case CT_T_TEXT:
    case CT_T_LIST:
    case CT_T_TUPLE:
    case CT_T_DICT:
    case CT_T_RANGE:
    case CT_T_MAP:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return true;
    case CT_T_OBJECT:
        return v.object->class->seq != NULL;
    default:
        return false;
    }
}

int64_t ct_tval_length(ct_renderer *r, ct_tval v)
{
    ct_seq seq;
    if (v.type == CT_T_METHOD)
        v = ct_tval_call(r, v, &(ct_call){ .count = 0 });
    switch ((ct_ttype)v.type) {
    case CT_T_TEXT:
        return (int64_t)ct_utf8_count(ct_t_get_str(v));
    case CT_T_LIST:
    case CT_T_TUPLE:
        return v.list->count;
    case CT_T_RANGE:
        return v.range->count;
    case CT_T_BYTES:
        return (int64_t)v.bytes->len;
    default:
        if (!ct_tval_iterable(v))
            return -1;
        ct_seq_init(r, &seq, v);
        return seq.count;
    }
}

/* ---- equality ---- */

/* Less than 0, 0, more than 0; a NaN is neither and gives 2. */
static int compare_reals(double a, double b)
{
    return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_integer_real(int64_t a, double b)
{
    if (isnan(b))
        return 2;
    if (b >= 0x1p63)
        return -1;
    if (b < -0x1p63)
        return 1;
    int64_t whole = (int64_t)b;
    if (a != whole)
        return a < whole ? -1 : 1;
    return compare_reals(0, b - (double)whole);
}

static int compare_numbers(ct_tval a, ct_tval b)
{
    if (a.type == CT_T_REAL && b.type == CT_T_REAL)
        return compare_reals(a.real, b.real);
    if (a.type == CT_T_REAL) {
        int order = compare_integer_real(b.integer, a.real);
        return order == 2 ? 2 : -order;
    }
    return b.type == CT_T_REAL ? compare_integer_real(a.integer, b.real) : compare_integers(a.integer, b.integer);
}

static bool equal_sequences(ct_renderer *r, ct_tval a, ct_tval b)
{
    ct_seq left, right;
    if (a.type == b.type && a.list == b.list)
        return true;
    ct_seq_init(r, &left, a);
    ct_seq_init(r, &right, b);
    if (left.count != right.count)
        return false;
    for (uint32_t i = 0; i < left.count; i++) {
        ct_render_step(r, 1);
        if (!ct_tval_equal(r, ct_seq_at(r, &left, i), ct_seq_at(r, &right, i)))
            return false;
    }
    return true;
}

static bool equal_mappings(ct_renderer *r, ct_tval a, ct_tval b)
{
    ct_tval key, value, other;
    if (a.type == b.type && a.map == b.map)
        return true;
    if (ct_tval_length(r, a) != ct_tval_length(r, b))
        return false;
    for (uint32_t at = 0; ct_tval_next_pair(a, &at, &key, &value);) {
        ct_render_step(r, 1);
        if (!ct_tval_find(r, b, key, &other) || !ct_tval_equal(r, value, other))
            return false;
    }
    return true;
}

static bool equal_ranges(const ct_trange *a, const ct_trange *b)
{
    if (a->count != b->count)
        return false;
    return a->count == 0 || (a->start == b->start && (a->count == 1 || a->step == b->step));
}

/* Both of the same sort, and neither a number nor text. */
static bool equal_others(ct_renderer *r, ct_tval a, ct_tval b)
{
    switch (sort_of(a)) {
    case CT_T_LIST:
    case CT_T_TUPLE:
        ct_render_check_stack(r);
        return equal_sequences(r, a, b);
    case CT_T_DICT:
        ct_render_check_stack(r);
        return equal_mappings(r, a, b);
    case CT_T_RANGE:
        return equal_ranges(a.range, b.range);
    case CT_T_DATETIME:
        return a.integer == b.integer && (a.flags & CT_T_DAY) == (b.flags & CT_T_DAY);
    case CT_T_CLOCK:
    case CT_T_SPAN:
    case CT_T_UUID:
    case CT_T_BYTES:
        return ct_kind_compare(a, b) == 0;
    case CT_T_METHOD:
        return a.method->callable == b.method->callable && a.method->self.type == b.method->self.type &&
               a.method->self.integer == b.method->self.integer;
    case CT_T_ROW:
        return a.row == b.row || ct_rows_same(a.row, b.row);
    case CT_T_FUNCTION:
    case CT_T_OBJECT:
        return a.object == b.object;
    default: /* None, and what does not exist */
        return true;
    }
}

bool ct_tval_equal(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (a.type == CT_T_TEXT && b.type == CT_T_TEXT) {
        if (a.length != b.length)
            return false;
        ct_render_step_text(r, a);
        return ct_str_eq(ct_t_get_str(a), ct_t_get_str(b));
    }
    if (ct_t_is_number(a) && ct_t_is_number(b))
        return compare_numbers(a, b) == 0;
    if (CT_UNLIKELY((a.type == CT_T_DECIMAL && ct_t_is_numeric(b)) || (b.type == CT_T_DECIMAL && ct_t_is_numeric(a))))
        return ct_kind_compare(a, b) == 0;
    if (CT_UNLIKELY(r->strict)) {
        if (a.type == CT_T_UNDEFINED && !(a.flags & CT_T_LENIENT))
            ct_tval_fail_undefined(r, a);
        if (b.type == CT_T_UNDEFINED && !(b.flags & CT_T_LENIENT))
            ct_tval_fail_undefined(r, b);
    }
    return sort_of(a) == sort_of(b) && equal_others(r, a, b);
}

/* ---- order ---- */

static int compare_texts(ct_str a, ct_str b)
{
    size_t common = CT_MIN(a.length, b.length);
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : compare_integers((int64_t)a.length, (int64_t)b.length);
}

static int compare_sequences(ct_renderer *r, ct_tval a, ct_tval b)
{
    ct_seq left, right;
    ct_render_check_stack(r);
    if (a.type == b.type && a.list == b.list)
        return 0;
    ct_seq_init(r, &left, a);
    ct_seq_init(r, &right, b);
    for (uint32_t i = 0; i < left.count && i < right.count; i++) {
        ct_tval x = ct_seq_at(r, &left, i), y = ct_seq_at(r, &right, i);
        ct_render_step(r, 1);
        if (!ct_tval_equal(r, x, y))
            return ct_tval_compare(r, x, y);
    }
    return compare_integers(left.count, right.count);
}

int ct_tval_compare(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (a.type == CT_T_TEXT && b.type == CT_T_TEXT) {
        ct_render_step_text(r, a.length < b.length ? a : b);
        return compare_texts(ct_t_get_str(a), ct_t_get_str(b));
    }
    if (ct_t_is_number(a) && ct_t_is_number(b)) {
        int order = compare_numbers(a, b);
        return order == 2 ? 0 : order;
    }
    if (ct_t_is_numeric(a) && ct_t_is_numeric(b)) {
        int order = ct_kind_compare(a, b);
        return order == 2 ? 0 : order;
    }
    if (a.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, a);
    if (b.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, b);
    ct_ttype sort = sort_of(a);
    if (sort == sort_of(b)) {
        if (sort == CT_T_DATETIME)
            return compare_integers(a.integer, b.integer);
        if (sort == CT_T_LIST || sort == CT_T_TUPLE)
            return compare_sequences(r, a, b);
        if (ct_t_is_kind(a))
            return ct_kind_compare(a, b);
    }
    ct_render_fail(r, "'<' not supported between instances of '%s' and '%s'", ct_tval_type_name(a),
                   ct_tval_type_name(b));
}

/* ---- being in ---- */

static bool range_contains(const ct_trange *range, ct_tval item)
{
    int64_t number = item.integer;
    if (!ct_t_is_number(item) || range->count == 0)
        return false;
    if (item.type == CT_T_REAL) {
        if (!(item.real >= -0x1p63 && item.real < 0x1p63) || item.real != floor(item.real))
            return false;
        number = (int64_t)item.real;
    }
    bool up = range->step > 0;
    if (up ? number < range->start || number >= range->stop : number > range->start || number <= range->stop)
        return false;
    uint64_t distance = up ? (uint64_t)number - (uint64_t)range->start : (uint64_t)range->start - (uint64_t)number;
    uint64_t step = up ? (uint64_t)range->step : 0 - (uint64_t)range->step;
    return distance % step == 0;
}

static bool sequence_contains(ct_renderer *r, ct_tval container, ct_tval item)
{
    ct_seq seq;
    ct_seq_init(r, &seq, container);
    ct_render_step(r, seq.count / 8); /* looking at an item is less work than a round of a loop */
    for (uint32_t i = 0; i < seq.count; i++)
        if (ct_tval_equal(r, ct_seq_at(r, &seq, i), item))
            return true;
    return false;
}

bool ct_tval_contains(ct_renderer *r, ct_tval container, ct_tval item)
{
    ct_tval value;
    switch ((ct_ttype)container.type) {
    case CT_T_TEXT:
        if (item.type == CT_T_UNDEFINED)
            ct_tval_fail_undefined(r, item);
        if (!ct_t_is_text(item))
            ct_render_fail(r, "'in <string>' requires string as left operand, not %s", ct_tval_type_name(item));
        ct_render_step_walk(r, container.length);
        return ct_text_find(ct_t_get_str(container), ct_t_get_str(item), 0) != CT_NOT_FOUND;
    case CT_T_DICT:
    case CT_T_MAP:
        return ct_tval_find(r, container, item, &value);
    case CT_T_RANGE:
        return range_contains(container.range, item);
    default:
        if (!ct_tval_iterable(container))
            ct_render_fail(r, "argument of type '%s' is not iterable", ct_tval_type_name(container));
        return sequence_contains(r, container, item);
    }
}
