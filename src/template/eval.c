/* Running expressions.
 *
 * Python's rules: whole numbers divide to reals, // and % round down, `and` and `or` give one of their operands, text
 * joins with text and safe text escapes what joins it. Whole numbers have 64 bits here: an operation that needs more
 * fails. The order of evaluation is that of the source. */
#include "template/eval.h"

#include "shape/kinds.h"
#include "shape/value.h"
#include "template/engine.h"
#include "template/escape.h"
#include "template/fields.h"
#include "template/kinds.h"
#include "template/loop.h"
#include "template/printf.h"
#include "template/render.h"

#include <math.h>

/* ---- values and names ---- */

ct_tval ct_eval_constant(ct_renderer *r, const ct_node *n)
{
    (void)r;
    return n->value;
}

static __attribute__((noinline)) ct_tval name_elsewhere(ct_renderer *r, const ct_node *n)
{
    if (n->name.fallback)
        return ct_eval_node(r, n->name.fallback);
    if (n->name.slot >= 0)
        return ct_t_undefined(n->name.symbol->name, CT_T_UNSET);
    r->at = n->place;
    ct_tval v = ct_lookup_free(r, n->name.symbol, n->django);
    r->slots[n->name.slot] = v;
    return v;
}

static inline ct_tval eval_name(ct_renderer *r, const ct_node *n)
{
    ct_tval v = r->slots[n->name.slot];
    if (CT_UNLIKELY(v.type == CT_T_UNSET))
        return name_elsewhere(r, n);
    return v;
}

ct_tval ct_eval_name(ct_renderer *r, const ct_node *n)
{
    return eval_name(r, n);
}

/* Names are most of what is asked for: they need no call. */
static inline ct_tval eval_inline(ct_renderer *r, const ct_node *n)
{
    return n->eval == ct_eval_name ? eval_name(r, n) : n->eval(r, n);
}

/* The field of a row by the node's cache; NULL when the row has none. */
static inline const ct_field *cached_field(const ct_row *row, const ct_node *n)
{
    ct_field_cache *cache = n->attribute.cache;
    if (CT_LIKELY(cache->shape == row->shape))
        return cache->field;
    cache->shape = row->shape;
    cache->field = NULL;
    cache->offset = 0;
    for (size_t i = 0; i < row->shape->field_count; i++)
        if (ct_str_eq(n->attribute.name, ct_str_of(row->shape->fields[i].name)))
            cache->field = &row->shape->fields[i];
    if (cache->field && ct_kind_is_text(cache->field->kind))
        cache->offset = cache->field->offset;
    return cache->field;
}

/* What rows, loops and maps have under the name; UNSET where only the general way knows. */
static inline ct_tval attribute_quickly(ct_renderer *r, const ct_node *n, ct_tval of)
{
    if (of.type == CT_T_ROW) {
        const ct_field *field = cached_field(of.row, n);
        r->at = n->place;
        return field ? ct_tval_of_field(r, of.row, field) : ct_t_unset();
    }
    if (of.type == CT_T_OBJECT && n->attribute.cache->loop) {
        const ct_loop *loop = ct_loop_of(of);
        return loop ? ct_loop_get(r, loop, n->attribute.cache->loop) : ct_t_unset();
    }
    if (of.type == CT_T_MAP && n->attribute.cache->plain) {
        const ct_kv *pair = ct_map_find(of.map, n->attribute.name);
        return pair ? ct_tval_of(pair->value) : ct_t_unset();
    }
    return ct_t_unset();
}

/* Text of a row of the shape that came before, in a variable: what most attributes are. NULL: it is something else. */
static inline const char *text_of_row(ct_renderer *r, const ct_node *n)
{
    if (n->attribute.of->eval != ct_eval_name)
        return NULL;
    const ct_tval *of = &r->slots[n->attribute.of->name.slot];
    const ct_field_cache *cache = n->attribute.cache;
    if (of->type != CT_T_ROW || of->row->shape != cache->shape || !cache->offset)
        return NULL;
    return *(const char *const *)(const void *)((const char *)of->row + cache->offset);
}

/* a.b.c fails where b is missing. To say what was meant it has to be known what lacks it: the names are read again,
 * this time as where missing values are errors. */
static ct_tval missing_again(ct_renderer *r, const ct_node *n, ct_tval v)
{
    const ct_node *of = n;
    while (of->eval == ct_eval_attribute)
        of = of->attribute.of;
    if (of->eval != ct_eval_name || r->strict)
        return v;
    r->strict = true;
    v = ct_eval_node(r, n);
    r->strict = false;
    return v;
}

static __attribute__((noinline)) ct_tval attribute_otherwise(ct_renderer *r, const ct_node *n)
{
    ct_tval of = eval_inline(r, n->attribute.of), v = attribute_quickly(r, n, of);
    if (CT_LIKELY(v.type != CT_T_UNSET))
        return v;
    if (of.type == CT_T_UNDEFINED)
        of = missing_again(r, n->attribute.of, of);
    r->at = n->place;
    return ct_tval_attribute(r, of, n->attribute.name);
}

ct_tval ct_eval_attribute(ct_renderer *r, const ct_node *n)
{
    const char *text = text_of_row(r, n);
    return CT_LIKELY(text) ? ct_t_text(text, strlen(text)) : attribute_otherwise(r, n);
}

static __attribute__((noinline)) ct_tval lookup_otherwise(ct_renderer *r, const ct_node *n)
{
    ct_tval of = eval_inline(r, n->attribute.of), v = attribute_quickly(r, n, of);
    if (CT_LIKELY(v.type != CT_T_UNSET))
        return v;
    r->at = n->place;
    return ct_tval_lookup(r, of, n->attribute.name);
}

ct_tval ct_eval_lookup(ct_renderer *r, const ct_node *n)
{
    const char *text = text_of_row(r, n);
    return CT_LIKELY(text) ? ct_t_text(text, strlen(text)) : lookup_otherwise(r, n);
}

ct_tval ct_eval_item(ct_renderer *r, const ct_node *n)
{
    ct_tval of = ct_eval_node(r, n->binary.left);
    ct_tval key = ct_eval_node(r, n->binary.right);
    if (CT_UNLIKELY(of.type == CT_T_UNDEFINED))
        of = missing_again(r, n->binary.left, of);
    r->at = n->place;
    ct_render_step_text(r, of);
    return ct_tval_item(r, of, key);
}

static ct_tval eval_or_unset(ct_renderer *r, const ct_node *n)
{
    return n ? ct_eval_node(r, n) : ct_t_unset();
}

ct_tval ct_eval_slice(ct_renderer *r, const ct_node *n)
{
    ct_tval of = ct_eval_node(r, n->slice.of);
    ct_tval start = eval_or_unset(r, n->slice.start), stop = eval_or_unset(r, n->slice.stop),
            step = eval_or_unset(r, n->slice.step);
    r->at = n->place;
    ct_render_step_text(r, of);
    return ct_tval_slice(r, of, start, stop, step);
}

static ct_tlist *eval_items(ct_renderer *r, const ct_node *n)
{
    ct_tlist *list = ct_tlist_new(r, n->list.count);
    for (uint32_t i = 0; i < n->list.count; i++)
        ct_tlist_add(r, list, ct_eval_node(r, n->list.items[i]));
    return list;
}

ct_tval ct_eval_list(ct_renderer *r, const ct_node *n)
{
    return ct_t_list(eval_items(r, n));
}

ct_tval ct_eval_tuple(ct_renderer *r, const ct_node *n)
{
    return ct_t_tuple(eval_items(r, n));
}

ct_tval ct_eval_dict(ct_renderer *r, const ct_node *n)
{
    ct_tdict *dict = ct_tdict_new(r);
    for (uint32_t i = 0; i < n->list.count; i += 2) {
        ct_tval key = ct_eval_node(r, n->list.items[i]);
        ct_tval value = ct_eval_node(r, n->list.items[i + 1]);
        r->at = n->place;
        ct_tdict_set(r, dict, key, value);
    }
    return ct_t_dict(dict);
}

/* ---- Django's conditions ---- */

static ct_tval eval_node(ct_renderer *r, const void *node)
{
    return ct_eval_node(r, node);
}

/* Whether an operand only reads what lies in a row or a map, as most do: nothing is called that could fail. */
static bool only_reads(ct_renderer *r, const ct_node *n)
{
    if (!n || !n->fails)
        return true;
    if (n->kind != CT_NODE_ATTRIBUTE || n->attribute.of->eval != ct_eval_name)
        return false;
    ct_tval of = eval_name(r, n->attribute.of);
    const ct_field_cache *cache = n->attribute.cache;
    if (of.type == CT_T_MAP)
        return cache->plain;
    return of.type == CT_T_ROW && of.row->shape == cache->shape && cache->field &&
           cache->field->kind < CT_KIND_method && ct_row_is_loaded(of.row);
}

/* In a condition of Django's an operator whose operands fail is false. (What stands without an operator fails, but for
 * missing arguments of its filters: CT_MISSING_ALONE.) */
ct_tval ct_eval_quietly(ct_renderer *r, const ct_node *n)
{
    ct_tval v;
    if (n->quiet.left && only_reads(r, n->quiet.left) && only_reads(r, n->quiet.right))
        return ct_eval_node(r, n->quiet.operation);
    return ct_render_try(r, eval_node, n->quiet.operation, &v) ? v : ct_t_bool(false);
}

/* ---- logic ---- */

/* In a condition of Django's a missing variable is None. */
static inline ct_tval none_if_missing(ct_tval v)
{
    return v.type == CT_T_UNDEFINED ? ct_t_none() : v;
}

static bool truth(ct_renderer *r, const ct_node *n)
{
    ct_tval v = ct_eval_node(r, n);
    r->at = n->place;
    return ct_tval_truth(r, n->django ? none_if_missing(v) : v);
}

ct_tval ct_eval_not(ct_renderer *r, const ct_node *n)
{
    return ct_t_bool(!truth(r, n->binary.left));
}

/* Django's `and` and `or` are true or false. */
static ct_tval decided(ct_renderer *r, const ct_node *n, ct_tval v)
{
    if (n->django)
        return ct_t_bool(ct_tval_truth(r, none_if_missing(v)));
    return v;
}

ct_tval ct_eval_and(ct_renderer *r, const ct_node *n)
{
    ct_tval left = ct_eval_node(r, n->binary.left);
    r->at = n->place;
    if (n->django)
        left = none_if_missing(left);
    return decided(r, n, ct_tval_truth(r, left) ? ct_eval_node(r, n->binary.right) : left);
}

ct_tval ct_eval_or(ct_renderer *r, const ct_node *n)
{
    ct_tval left = ct_eval_node(r, n->binary.left);
    r->at = n->place;
    if (n->django)
        left = none_if_missing(left);
    return decided(r, n, ct_tval_truth(r, left) ? left : ct_eval_node(r, n->binary.right));
}

ct_tval ct_eval_choice(ct_renderer *r, const ct_node *n)
{
    if (truth(r, n->choice.condition))
        return ct_eval_node(r, n->choice.then);
    if (n->choice.otherwise)
        return ct_eval_node(r, n->choice.otherwise);
    ct_tval nothing = ct_t_undefined(CT_STR("the inline if-expression without an else"), CT_T_UNSET);
    nothing.flags = CT_T_LENIENT;
    return nothing;
}

/* ---- comparisons ---- */

bool ct_holds_eq(ct_renderer *r, ct_tval a, ct_tval b)
{
    return ct_tval_equal(r, a, b);
}

bool ct_holds_ne(ct_renderer *r, ct_tval a, ct_tval b)
{
    return !ct_tval_equal(r, a, b);
}

bool ct_holds_lt(ct_renderer *r, ct_tval a, ct_tval b)
{
    return !ct_t_unordered(a, b) && ct_tval_compare(r, a, b) < 0;
}

bool ct_holds_le(ct_renderer *r, ct_tval a, ct_tval b)
{
    return !ct_t_unordered(a, b) && ct_tval_compare(r, a, b) <= 0;
}

bool ct_holds_gt(ct_renderer *r, ct_tval a, ct_tval b)
{
    return !ct_t_unordered(a, b) && ct_tval_compare(r, a, b) > 0;
}

bool ct_holds_ge(ct_renderer *r, ct_tval a, ct_tval b)
{
    return !ct_t_unordered(a, b) && ct_tval_compare(r, a, b) >= 0;
}

bool ct_holds_in(ct_renderer *r, ct_tval a, ct_tval b)
{
    return ct_tval_contains(r, b, a);
}

bool ct_holds_not_in(ct_renderer *r, ct_tval a, ct_tval b)
{
    return !ct_tval_contains(r, b, a);
}

bool ct_holds_is(ct_renderer *r, ct_tval a, ct_tval b)
{
    a = none_if_missing(a);
    b = none_if_missing(b);
    if (a.type != b.type)
        return false;
    if (a.type == CT_T_TEXT || a.type == CT_T_REAL || ct_t_is_number(a) || a.type == CT_T_NONE)
        return ct_tval_equal(r, a, b);
    return a.object == b.object;
}

bool ct_holds_is_not(ct_renderer *r, ct_tval a, ct_tval b)
{
    return !ct_holds_is(r, a, b);
}

/* Values that Python can put in order. */
static bool comparable(ct_tval a, ct_tval b)
{
    if (ct_t_is_number(a) && ct_t_is_number(b))
        return !ct_t_unordered(a, b);
    if (ct_t_is_numeric(a) && ct_t_is_numeric(b))
        return !ct_t_unordered(a, b);
    return a.type == b.type && (a.type == CT_T_TEXT || a.type == CT_T_DATETIME || ct_t_is_kind(a));
}

static ct_tval compare_lists(ct_renderer *r, const void *arg)
{
    const ct_tval *sides = arg;
    return ct_t_int(ct_tval_compare(r, sides[0], sides[1]));
}

/* Lists are comparable if their first different items are. */
static int django_compare(ct_renderer *r, ct_tval a, ct_tval b, bool *ret_comparable)
{
    ct_tval order;
    *ret_comparable = comparable(a, b);
    if (*ret_comparable)
        return ct_tval_compare(r, a, b);
    if (a.type != b.type || (a.type != CT_T_LIST && a.type != CT_T_ARRAY))
        return 0;
    *ret_comparable = ct_render_try(r, compare_lists, (const ct_tval[]){ a, b }, &order);
    return *ret_comparable ? (int)order.integer : 0;
}

bool ct_holds_django_lt(ct_renderer *r, ct_tval a, ct_tval b)
{
    bool known;
    return django_compare(r, a, b, &known) < 0 && known;
}

bool ct_holds_django_le(ct_renderer *r, ct_tval a, ct_tval b)
{
    bool known;
    return django_compare(r, a, b, &known) <= 0 && known;
}

bool ct_holds_django_gt(ct_renderer *r, ct_tval a, ct_tval b)
{
    bool known;
    return django_compare(r, a, b, &known) > 0 && known;
}

bool ct_holds_django_ge(ct_renderer *r, ct_tval a, ct_tval b)
{
    bool known;
    return django_compare(r, a, b, &known) >= 0 && known;
}

/* `in` of what holds nothing is false, and so is `not in`: the comparison as a whole fails silently. */
static bool holds_items(ct_renderer *r, ct_tval container, ct_tval item)
{
    if (container.type == CT_T_TEXT)
        return item.type == CT_T_TEXT;
    if (container.type == CT_T_DICT || container.type == CT_T_MAP)
        return ct_tval_hashable(r, item);
    return container.type != CT_T_UNDEFINED && ct_tval_iterable(container);
}

bool ct_holds_django_in(ct_renderer *r, ct_tval a, ct_tval b)
{
    return holds_items(r, b, none_if_missing(a)) && ct_tval_contains(r, b, none_if_missing(a));
}

bool ct_holds_django_not_in(ct_renderer *r, ct_tval a, ct_tval b)
{
    return holds_items(r, b, none_if_missing(a)) && !ct_tval_contains(r, b, none_if_missing(a));
}

ct_tval ct_eval_chain(ct_renderer *r, const ct_node *n)
{
    ct_tval left = ct_eval_node(r, n->chain.first);
    for (uint32_t i = 0; i < n->chain.count; i++) {
        const ct_comparison *next = &n->chain.rest[i];
        ct_tval right = ct_eval_node(r, next->operand);
        r->at = n->place;
        if (n->django) {
            left = none_if_missing(left);
            right = none_if_missing(right);
        }
        bool holds = next->holds(r, left, right);
        if (n->django) { /* not chained: (a < b) < c */
            left = ct_t_bool(holds);
            continue;
        }
        if (!holds)
            return ct_t_bool(false);
        left = right;
    }
    return n->django ? left : ct_t_bool(true);
}

/* ---- text ---- */

ct_tval ct_eval_concat(ct_renderer *r, const ct_node *n)
{
    ct_tval parts[16];
    bool safe = false;
    uint32_t count = n->list.count;
    ct_tval *values = count <= CT_COUNT(parts) ? parts : ct_render_take(r, count * sizeof(*values));
    size_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = ct_eval_node(r, n->list.items[i]);
        r->at = n->place;
        values[i] = ct_tval_text(r, values[i]);
        safe |= r->autoescape && ct_t_is_safe(values[i]);
        length += values[i].length;
    }
    if (length > UINT32_MAX)
        ct_render_fail(r, "the text is too long");
    char *joined = safe ? NULL : ct_render_take(r, length + 1), *at = joined;
    ct_buffer text = ct_text_begin(r);
    for (uint32_t i = 0; i < count; i++) {
        if (safe && !ct_t_is_safe(values[i])) {
            ct_escape_write(&text, ct_t_get_str(values[i]), false);
        } else if (safe) {
            ct_buffer_str(&text, ct_t_get_str(values[i]));
        } else if (values[i].length) {
            memcpy(at, values[i].text, values[i].length);
            at += values[i].length;
        }
    }
    if (!safe)
        return ct_t_text(joined, length);
    ct_tval v = ct_text_end(r, &text);
    v.flags = CT_T_SAFE;
    return v;
}

ct_tval ct_join_texts(ct_renderer *r, ct_tval a, ct_tval b)
{
    bool safe = ct_t_is_safe(a) || ct_t_is_safe(b);
    if (safe) {
        a = ct_escape_text(r, a, false);
        b = ct_escape_text(r, b, false);
    }
    size_t length = (size_t)a.length + b.length;
    if (length > UINT32_MAX)
        ct_render_fail(r, "the text is too long");
    char *joined = ct_render_take(r, length + 1);
    if (a.length)
        memcpy(joined, a.text, a.length);
    if (b.length)
        memcpy(joined + a.length, b.text, b.length);
    ct_tval v = ct_t_text(joined, length);
    v.flags = safe ? CT_T_SAFE : 0;
    return v;
}

static ct_tval join_lists(ct_renderer *r, ct_tval a, ct_tval b)
{
    ct_seq left, right;
    ct_seq_init(r, &left, a);
    ct_seq_init(r, &right, b);
    ct_render_step(r, (uint64_t)left.count + right.count);
    ct_tlist *list = ct_tlist_new(r, left.count + right.count);
    for (uint32_t i = 0; i < left.count; i++)
        ct_tlist_add(r, list, ct_seq_at(r, &left, i));
    for (uint32_t i = 0; i < right.count; i++)
        ct_tlist_add(r, list, ct_seq_at(r, &right, i));
    return a.type == CT_T_TUPLE ? ct_t_tuple(list) : ct_t_list(list);
}

/* ---- arithmetic ---- */

static void need_defined(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (a.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, a);
    if (b.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, b);
}

CT_NORETURN static void unsupported(ct_renderer *r, const char *operator, ct_tval a, ct_tval b)
{
    need_defined(r, a, b);
    ct_render_fail(r, "unsupported operand types for %s: '%s' and '%s'", operator, ct_tval_type_name(a),
                   ct_tval_type_name(b));
}

/* Of decimals and spans of time, where both are no plain numbers. */
static ct_tval otherwise(ct_renderer *r, const char *operator, ct_tval a, ct_tval b)
{
    ct_tval v = ct_kind_arithmetic(r, operator, a, b);
    if (v.type == CT_T_UNSET)
        unsupported(r, operator, a, b);
    return v;
}

CT_NORETURN static void too_large(ct_renderer *r)
{
    ct_render_fail(r, "the result does not fit into 64 bits");
}

static bool whole(ct_tval a, ct_tval b)
{
    return (a.type == CT_T_INT || a.type == CT_T_BOOL) && (b.type == CT_T_INT || b.type == CT_T_BOOL);
}

static double as_real(ct_tval v)
{
    return v.type == CT_T_REAL ? v.real : (double)v.integer;
}

/* Both operands, evaluated; r->at is the operator. */
static inline void operands(ct_renderer *r, const ct_node *n, ct_tval *ret_a, ct_tval *ret_b)
{
    *ret_a = ct_eval_node(r, n->binary.left);
    *ret_b = ct_eval_node(r, n->binary.right);
    r->at = n->place;
}

ct_tval ct_eval_add(ct_renderer *r, const ct_node *n)
{
    ct_tval a, b;
    int64_t sum;
    operands(r, n, &a, &b);
    if (whole(a, b)) {
        if (__builtin_add_overflow(a.integer, b.integer, &sum))
            too_large(r);
        return ct_t_int(sum);
    }
    if (ct_t_is_number(a) && ct_t_is_number(b))
        return ct_t_real(as_real(a) + as_real(b));
    if (ct_t_is_text(a) && ct_t_is_text(b))
        return ct_join_texts(r, a, b);
    if ((ct_t_is_list(a) && ct_t_is_list(b)) || (a.type == CT_T_TUPLE && b.type == CT_T_TUPLE))
        return join_lists(r, a, b);
    return otherwise(r, "+", a, b);
}

ct_tval ct_eval_subtract(ct_renderer *r, const ct_node *n)
{
    ct_tval a, b;
    int64_t difference;
    operands(r, n, &a, &b);
    if (whole(a, b)) {
        if (__builtin_sub_overflow(a.integer, b.integer, &difference))
            too_large(r);
        return ct_t_int(difference);
    }
    if (ct_t_is_number(a) && ct_t_is_number(b))
        return ct_t_real(as_real(a) - as_real(b));
    return otherwise(r, "-", a, b);
}

static ct_tval repeat(ct_renderer *r, ct_tval of, int64_t count)
{
    if (count < 0)
        count = 0;
    if (!ct_t_is_text(of)) {
        ct_seq seq;
        uint64_t total;
        ct_seq_init(r, &seq, of);
        if (__builtin_mul_overflow((uint64_t)seq.count, (uint64_t)count, &total) || total > UINT32_MAX)
            ct_render_fail(r, "the list is too long");
        ct_render_step(r, total);
        ct_tlist *list = ct_tlist_new(r, (uint32_t)total);
        for (uint64_t i = 0; i < total; i++)
            ct_tlist_add(r, list, ct_seq_at(r, &seq, (uint32_t)(i % seq.count)));
        return of.type == CT_T_TUPLE ? ct_t_tuple(list) : ct_t_list(list);
    }
    uint64_t total;
    if (__builtin_mul_overflow((uint64_t)of.length, (uint64_t)count, &total) || total > UINT32_MAX)
        ct_render_fail(r, "the text is too long");
    if (!total)
        count = 0; /* an empty text any number of times */
    char *text = ct_render_take(r, total + 1);
    for (int64_t i = 0; i < count; i++)
        memcpy(text + (size_t)i * of.length, of.text, of.length);
    ct_tval v = ct_t_text(text, total);
    v.flags = of.flags;
    return v;
}

ct_tval ct_eval_multiply(ct_renderer *r, const ct_node *n)
{
    ct_tval a, b;
    int64_t product;
    operands(r, n, &a, &b);
    if (whole(a, b)) {
        if (__builtin_mul_overflow(a.integer, b.integer, &product))
            too_large(r);
        return ct_t_int(product);
    }
    if (ct_t_is_number(a) && ct_t_is_number(b))
        return ct_t_real(as_real(a) * as_real(b));
    if (a.type == CT_T_INT || a.type == CT_T_BOOL) {
        ct_tval other = a;
        a = b;
        b = other;
    }
    if ((b.type == CT_T_INT || b.type == CT_T_BOOL) && (ct_t_is_text(a) || ct_t_is_list(a) || a.type == CT_T_TUPLE))
        return repeat(r, a, b.integer);
    return otherwise(r, "*", a, b);
}

static void need_divisor(ct_renderer *r, ct_tval b)
{
    if (as_real(b) == 0)
        ct_render_fail(r, "division by zero");
}

ct_tval ct_eval_divide(ct_renderer *r, const ct_node *n)
{
    ct_tval a, b;
    operands(r, n, &a, &b);
    if (!ct_t_is_number(a) || !ct_t_is_number(b))
        return otherwise(r, "/", a, b);
    need_divisor(r, b);
    return ct_t_real(as_real(a) / as_real(b));
}

/* a // b and a % b of whole numbers: rounded down, the rest has the sign of b. */
static int64_t floor_divide(ct_renderer *r, int64_t a, int64_t b, int64_t *ret_rest)
{
    if (b == -1) { /* INT64_MIN / -1 */
        *ret_rest = 0;
        if (a == INT64_MIN)
            too_large(r);
        return -a;
    }
    int64_t quotient = a / b, rest = a % b;
    if (rest && (rest < 0) != (b < 0)) {
        rest += b;
        quotient--;
    }
    *ret_rest = rest;
    return quotient;
}

/* As Python's divmod() of floats. */
static double floor_divide_real(double a, double b, double *ret_rest)
{
    double rest = fmod(a, b), quotient = (a - rest) / b;
    if (rest != 0) {
        if ((b < 0) != (rest < 0)) {
            rest += b;
            quotient -= 1;
        }
    } else {
        rest = copysign(0.0, b);
    }
    double floored = quotient != 0 ? floor(quotient) : copysign(0.0, a / b);
    if (quotient - floored > 0.5)
        floored += 1;
    *ret_rest = rest;
    return floored;
}

ct_tval ct_eval_floor_divide(ct_renderer *r, const ct_node *n)
{
    ct_tval a, b;
    int64_t rest;
    double real_rest;
    operands(r, n, &a, &b);
    if (!ct_t_is_number(a) || !ct_t_is_number(b))
        return otherwise(r, "//", a, b);
    need_divisor(r, b);
    if (whole(a, b))
        return ct_t_int(floor_divide(r, a.integer, b.integer, &rest));
    return ct_t_real(floor_divide_real(as_real(a), as_real(b), &real_rest));
}

ct_tval ct_eval_modulo(ct_renderer *r, const ct_node *n)
{
    ct_tval a, b;
    int64_t rest;
    double real_rest;
    operands(r, n, &a, &b);
    if (ct_t_is_text(a))
        return ct_python_format(r, a, b);
    if (!ct_t_is_number(a) || !ct_t_is_number(b))
        return otherwise(r, "%", a, b);
    need_divisor(r, b);
    if (whole(a, b)) {
        floor_divide(r, a.integer, b.integer, &rest);
        return ct_t_int(rest);
    }
    floor_divide_real(as_real(a), as_real(b), &real_rest);
    return ct_t_real(real_rest);
}

static int64_t power_whole(ct_renderer *r, int64_t base, int64_t exponent)
{
    int64_t result = 1;
    if (base == 0 || base == 1)
        return exponent ? base : 1;
    if (base == -1)
        return exponent & 1 ? -1 : 1;
    for (; exponent; exponent--) /* at most 63 rounds: |base| is 2 or more */
        if (__builtin_mul_overflow(result, base, &result))
            too_large(r);
    return result;
}

ct_tval ct_eval_power(ct_renderer *r, const ct_node *n)
{
    ct_tval a, b;
    operands(r, n, &a, &b);
    if (!ct_t_is_number(a) || !ct_t_is_number(b))
        unsupported(r, "**", a, b);
    if (whole(a, b) && b.integer >= 0)
        return ct_t_int(power_whole(r, a.integer, b.integer));
    double base = as_real(a), exponent = as_real(b), result = pow(base, exponent);
    if (base == 0 && exponent < 0)
        ct_render_fail(r, "0 cannot be raised to a negative power");
    if (base < 0 && exponent != floor(exponent) && isfinite(base))
        ct_render_fail(r, "a negative number to a broken power is a complex number, which there is none of here");
    if (isinf(result) && isfinite(base) && isfinite(exponent))
        ct_render_fail(r, "the result is too large");
    return ct_t_real(result);
}

ct_tval ct_eval_negate(ct_renderer *r, const ct_node *n)
{
    ct_tval v = ct_eval_node(r, n->binary.left);
    r->at = n->place;
    if (v.type == CT_T_REAL)
        return ct_t_real(-v.real);
    if (v.type == CT_T_DECIMAL || v.type == CT_T_SPAN)
        return ct_kind_negated(r, v);
    if (!ct_t_is_number(v)) {
        need_defined(r, v, v);
        ct_render_fail(r, "bad operand type for unary -: '%s'", ct_tval_type_name(v));
    }
    if (v.integer == INT64_MIN)
        too_large(r);
    return ct_t_int(-v.integer);
}

ct_tval ct_eval_positive(ct_renderer *r, const ct_node *n)
{
    ct_tval v = ct_eval_node(r, n->binary.left);
    r->at = n->place;
    if (v.type == CT_T_REAL || v.type == CT_T_DECIMAL || v.type == CT_T_SPAN)
        return v;
    if (!ct_t_is_number(v)) {
        need_defined(r, v, v);
        ct_render_fail(r, "bad operand type for unary +: '%s'", ct_tval_type_name(v));
    }
    return ct_t_int(v.integer);
}

/* ---- filters and tests ---- */

#define MAX_BOUND 16
#define MAX_DJANGO_BOUND 4

/* The arguments of a filter or test in the order of its parameters. */
static inline uint32_t eval_bound(ct_renderer *r, const ct_node *n, ct_tval *values)
{
    uint32_t count = n->filter.bound_count;
    for (uint32_t i = 0; i < count; i++) {
        const ct_node *argument = n->filter.bound[i];
        values[i] = argument ? ct_eval_node(r, argument) : ct_t_unset();
    }
    r->at = n->place;
    r->callee = n->filter.callable;
    return count;
}

/* A filter or test that takes nothing but its value, or at most one thing more. */
static inline ct_tval call_short(ct_renderer *r, const ct_node *n)
{
    ct_tval values[2];
    values[0] = eval_inline(r, n->filter.bound[0]);
    values[1] = n->filter.bound_count > 1 && n->filter.bound[1] ? eval_inline(r, n->filter.bound[1]) : ct_t_unset();
    r->at = n->place;
    r->callee = n->filter.callable;
    ct_render_step_call(r, values[0], n->filter.callable->fn);
    return n->filter.callable->fn->function(r, values, n->filter.bound_count);
}

static ct_tval call_bound(ct_renderer *r, const ct_node *n)
{
    if (n->filter.bound_count == 1 || n->filter.bound_count == 2)
        return call_short(r, n);
    ct_tval room[MAX_BOUND], *values = room;
    if (CT_UNLIKELY(n->filter.bound_count > MAX_BOUND))
        values = ct_render_take(r, n->filter.bound_count * sizeof(*values));
    uint32_t count = eval_bound(r, n, values);
    ct_render_step_call(r, values[0], n->filter.callable->fn);
    return n->filter.callable->fn->function(r, values, count);
}

ct_tval ct_eval_filter(ct_renderer *r, const ct_node *n)
{
    return call_bound(r, n);
}

ct_tval ct_eval_filter_plain(ct_renderer *r, const ct_node *n)
{
    ct_tval value = eval_inline(r, n->filter.bound[0]);
    r->at = n->place;
    r->callee = n->filter.callable;
    ct_render_step_call(r, value, n->filter.callable->fn);
    return n->filter.callable->fn->function(r, &value, 1);
}

/* "a.b.c" of a variable, whatever filters it goes through. */
static void write_path(ct_buffer *out, const ct_node *n)
{
    if (n->kind == CT_NODE_FILTER && n->filter.bound) {
        write_path(out, n->filter.bound[0]);
    } else if (n->kind == CT_NODE_TRANSLATED) {
        write_path(out, n->binary.left);
    } else if (n->kind == CT_NODE_ATTRIBUTE) {
        write_path(out, n->attribute.of);
        ct_buffer_char(out, '.');
        ct_buffer_str(out, n->attribute.name);
    } else if (n->kind == CT_NODE_NAME) {
        ct_buffer_str(out, n->name.symbol->name);
    } else if (n->kind == CT_NODE_CONSTANT && n->value.type == CT_T_UNDEFINED) {
        ct_buffer_append(out, n->value.text, n->value.length);
    }
}

/* string_if_invalid: "%s" in it is the variable. */
static ct_tval invalid_text(ct_renderer *r, const ct_node *n)
{
    const char *text = r->engine->options.if_invalid;
    if (!text || !*text)
        return ct_t_text("", 0);
    const char *place = strstr(text, "%s");
    if (!place)
        return ct_t_text(text, strlen(text));
    ct_buffer out = ct_text_begin(r);
    ct_buffer_append(&out, text, (size_t)(place - text));
    write_path(&out, n);
    ct_buffer_append(&out, place + 2, strlen(place + 2));
    return ct_text_end(r, &out);
}

ct_tval ct_django_missing(ct_renderer *r, const ct_node *n, ct_tval v)
{
    bool asks = n->kind == CT_NODE_FILTER && n->filter.callable && (n->filter.callable->fn->flags & CT_FN_ASKS);
    if (r->strict && !asks && n->missing < CT_MISSING_ASKED)
        ct_tval_fail_undefined(r, v);
    return n->missing == CT_MISSING_EMPTY ? invalid_text(r, n) : ct_t_none();
}

/* Where a missing value is shown as a text of the settings, the filters are not asked. */
static bool shows_invalid(ct_renderer *r, const ct_node *n, ct_tval v)
{
    const char *text = r->engine->options.if_invalid;
    return v.type == CT_T_UNDEFINED && n->missing == CT_MISSING_EMPTY && text && *text;
}

static ct_tval apply_django(ct_renderer *r, const ct_callable *callable, ct_tval *values, uint32_t count)
{
    const ct_fn *fn = callable->fn;
    bool safe = ct_t_is_safe(values[0]);
    ct_render_step_call(r, values[0], fn);
    if ((fn->flags & CT_FN_TEXT) && !ct_t_is_text(values[0]))
        values[0] = ct_tval_text(r, values[0]);
    r->callee = callable;
    ct_tval v = fn->function(r, values, count);
    if (safe && (fn->flags & CT_FN_KEEPS_SAFE)) { /* mark_safe() makes text of whatever it is given */
        v = ct_tval_text(r, v);
        v.flags |= CT_T_SAFE;
    }
    return v;
}

ct_tval ct_eval_django_filter(ct_renderer *r, const ct_node *n)
{
    ct_tval values[MAX_DJANGO_BOUND];
    if (n->filter.bound_count > MAX_DJANGO_BOUND) {
        r->at = n->place;
        ct_render_fail(r, "a filter of Django's takes at most %d arguments", MAX_DJANGO_BOUND);
    }
    uint32_t count = eval_bound(r, n, values);
    if (values[0].type == CT_T_UNSET || shows_invalid(r, n, values[0]))
        return values[0];
    values[0] = ct_django_present(r, n, values[0]);
    if (values[0].type == CT_T_METHOD)
        values[0] = ct_tval_call(r, values[0], &(ct_call){ .count = 0 });
    for (uint32_t i = 1; i < count; i++)
        if (values[i].type == CT_T_UNDEFINED) {
            if (n->missing == CT_MISSING_ALONE)
                return ct_t_unset();
            ct_tval_fail_undefined(r, values[i]);
        }
    return apply_django(r, n->filter.callable, values, count);
}

ct_tval ct_eval_filter_dynamic(ct_renderer *r, const ct_node *n)
{
    ct_tval room[CT_CALL_ROOM];
    ct_call call;
    ct_eval_args(r, n->filter.args, room, &call);
    r->at = n->place;
    return ct_callable_call(r, n->filter.callable, ct_t_unset(), &call);
}

ct_tval ct_eval_test(ct_renderer *r, const ct_node *n)
{
    return ct_t_bool(ct_tval_truth(r, call_bound(r, n)));
}

ct_tval ct_eval_test_not(ct_renderer *r, const ct_node *n)
{
    return ct_t_bool(!ct_tval_truth(r, call_bound(r, n)));
}

ct_tval ct_eval_test_dynamic(ct_renderer *r, const ct_node *n)
{
    return ct_t_bool(ct_tval_truth(r, ct_eval_filter_dynamic(r, n)));
}

ct_tval ct_eval_test_dynamic_not(ct_renderer *r, const ct_node *n)
{
    return ct_t_bool(!ct_tval_truth(r, ct_eval_filter_dynamic(r, n)));
}

ct_tval ct_eval_unknown_filter(ct_renderer *r, const ct_node *n)
{
    r->at = n->place;
    ct_render_fail(r, "unknown filter '%.*s'%s", CT_STR_ARG(n->filter.name),
                   ct_engine_suggest_filter(r->engine, n->filter.name));
}

ct_tval ct_eval_unknown_test(ct_renderer *r, const ct_node *n)
{
    r->at = n->place;
    ct_render_fail(r, "unknown test '%.*s'%s", CT_STR_ARG(n->filter.name),
                   ct_engine_suggest_test(r->engine, n->filter.name));
}

/* ---- calls ---- */

/* The positional arguments with those of *rest. */
static void add_rest(ct_renderer *r, const ct_args *args, ct_call *call)
{
    ct_seq seq;
    ct_tval rest = ct_eval_node(r, args->rest);
    r->at = args->rest->place;
    ct_seq_init(r, &seq, rest);
    ct_tval *values = ct_render_take(r, ((size_t)args->count + seq.count + 1) * sizeof(*values));
    if (call->count)
        memcpy(values, call->args, call->count * sizeof(*values));
    for (uint32_t i = 0; i < seq.count; i++)
        values[call->count + i] = ct_seq_at(r, &seq, i);
    call->args = values;
    call->count += seq.count;
}

/* The keyword arguments with those of **rest. */
static void add_named_rest(ct_renderer *r, const ct_args *args, ct_call *call)
{
    ct_tval rest = ct_eval_node(r, args->named_rest);
    r->at = args->named_rest->place;
    const ct_tdict *dict = ct_tdict_of(r, rest);
    uint32_t count = call->named_count, at = 0;
    ct_str *names = ct_render_take(r, ((size_t)count + dict->count + 1) * sizeof(*names));
    ct_tval *values = ct_render_take(r, ((size_t)count + dict->count + 1) * sizeof(*values));
    if (count) {
        memcpy(names, call->names, count * sizeof(*names));
        memcpy(values, call->named, count * sizeof(*values));
    }
    for (const ct_tentry *entry; (entry = ct_tdict_next(dict, &at));) {
        if (!ct_t_is_text(entry->key))
            ct_render_fail(r, "keywords must be strings");
        for (uint32_t i = 0; i < call->named_count; i++)
            if (ct_str_eq(names[i], ct_t_get_str(entry->key)))
                ct_render_fail(r, "the keyword argument '%.*s' comes twice", CT_STR_ARG(names[i]));
        names[count] = ct_t_get_str(entry->key);
        values[count++] = entry->value;
    }
    call->names = names;
    call->named = values;
    call->named_count = count;
}

void ct_eval_args(ct_renderer *r, const ct_args *args, ct_tval *room, ct_call *ret_call)
{
    size_t total = (size_t)args->count + args->named_count;
    ct_tval *values = total <= CT_CALL_ROOM ? room : ct_render_take(r, total * sizeof(*values));
    for (uint32_t i = 0; i < args->count; i++)
        values[i] = ct_eval_node(r, args->positional[i]);
    for (uint32_t i = 0; i < args->named_count; i++)
        values[args->count + i] = ct_eval_node(r, args->named[i]);
    *ret_call = (ct_call){ .args = values,
                           .count = args->count,
                           .names = args->names,
                           .named = values + args->count,
                           .named_count = args->named_count };
    if (args->rest)
        add_rest(r, args, ret_call);
    if (args->named_rest)
        add_named_rest(r, args, ret_call);
}

ct_tval ct_eval_call(ct_renderer *r, const ct_node *n)
{
    ct_tval room[CT_CALL_ROOM];
    ct_call call;
    ct_tval callee = ct_eval_node(r, n->call.callee);
    ct_eval_args(r, n->call.args, room, &call);
    r->at = n->place;
    return ct_tval_call(r, callee, &call);
}

/* The method of a value, where it has one and no attribute comes before it. */
static const ct_callable *find_method(ct_renderer *r, ct_tval of, ct_str name)
{
    if (of.type == CT_T_OBJECT)
        return of.object->class->methods ? ct_engine_class_method(r->engine, of.object->class, name) : NULL;
    if (of.type == CT_T_ROW)
        return NULL;
    return ct_engine_method(r->engine, (ct_ttype)of.type, name);
}

/* value.name(...) without making the method a value first. */
ct_tval ct_eval_method_call(ct_renderer *r, const ct_node *n)
{
    const ct_node *attribute = n->call.callee;
    ct_tval room[CT_CALL_ROOM];
    ct_call call;
    ct_tval of = ct_eval_node(r, attribute->attribute.of);
    const ct_callable *method = find_method(r, of, attribute->attribute.name);
    if (method) {
        ct_eval_args(r, n->call.args, room, &call);
        r->at = n->place;
        return ct_callable_call(r, method, of, &call);
    }
    if (of.type == CT_T_UNDEFINED)
        of = missing_again(r, attribute->attribute.of, of);
    r->at = attribute->place;
    ct_tval callee = ct_tval_attribute(r, of, attribute->attribute.name);
    if (of.type == CT_T_ROW && !n->call.args->count && !n->call.args->named_count && !ct_tval_callable(callee) &&
        callee.type != CT_T_UNDEFINED)
        return callee; /* a method of the shape: looking it up has called it */
    ct_eval_args(r, n->call.args, room, &call);
    r->at = n->place;
    return ct_tval_call(r, callee, &call);
}
