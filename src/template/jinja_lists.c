/* Jinja's filters of lists and of single values, but for those that sort (jinja_sort.c) and those that call others for
 * each item (jinja_select.c). What is a generator in Jinja is a list here. */
#include "base/random.h"
#include "template/engine.h"
#include "template/escape.h"
#include "template/jinja_filters.h"
#include "template/kinds.h"
#include "template/render.h"
#include "template/text.h"

/* ---- parts ---- */

ct_tval ct_jinja_first(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (ct_t_is_text(args[0]) && args[0].length) {
        const char *text = args[0].text;
        return ct_t_text(text, (size_t)(ct_utf8_skip(text, text + args[0].length) - text));
    }
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    return seq.count ? ct_seq_at(r, &seq, 0) : ct_t_undefined(CT_STR("the first item of what is empty"), CT_T_UNSET);
}

ct_tval ct_jinja_last(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (ct_t_is_text(args[0]) && args[0].length) {
        ct_tval last = args[0];
        const char *end = last.text + last.length;
        last.text = ct_utf8_back(end, last.text);
        last.length = (uint32_t)(end - last.text);
        return last;
    }
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    if (!seq.count)
        return ct_t_undefined(CT_STR("the last item of what is empty"), CT_T_UNSET);
    return ct_seq_at(r, &seq, seq.count - 1);
}

ct_tval ct_jinja_length(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    int64_t length = ct_tval_length(r, args[0]);
    if (length < 0)
        ct_render_fail(r, "a value of type '%s' has no length", ct_tval_type_name(args[0]));
    return ct_t_int(length);
}

ct_tval ct_jinja_list(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(ct_tlist_of(r, args[0]));
}

static ct_tval reverse_text(ct_renderer *r, ct_tval v)
{
    char *reversed = ct_render_take(r, (size_t)v.length + 1), *to = reversed + v.length;
    const char *at = v.text, *end = at + v.length;
    while (at < end) {
        const char *next = ct_utf8_skip(at, end);
        to -= next - at;
        memcpy(to, at, (size_t)(next - at));
        at = next;
    }
    v.text = reversed;
    return v;
}

ct_tval ct_jinja_reverse(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (ct_t_is_text(args[0]))
        return reverse_text(r, args[0]);
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    ct_tlist *list = ct_tlist_new(r, seq.count);
    for (uint32_t i = seq.count; i > 0; i--)
        ct_tlist_add(r, list, ct_seq_at(r, &seq, i - 1));
    return ct_t_list(list);
}

/* ---- chance ---- */

static uint32_t next_random(ct_renderer *r)
{
    uint32_t x = r->random;
    if (!x) {
        ct_random_bytes(&x, sizeof(x));
        x |= !x;
    }
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return r->random = x;
}

uint32_t ct_random_below(ct_renderer *r, uint32_t below)
{
    return (uint32_t)((uint64_t)next_random(r) * below >> 32);
}

ct_tval ct_jinja_random(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_seq seq;
    if (args[0].type == CT_T_DICT || args[0].type == CT_T_MAP)
        ct_render_fail(r, "random needs a list or text, not '%s' (use |list before it)", ct_tval_type_name(args[0]));
    ct_seq_init(r, &seq, args[0]);
    if (!seq.count)
        return ct_t_undefined(CT_STR("a random item of what is empty"), CT_T_UNSET);
    return ct_seq_at(r, &seq, ct_random_below(r, seq.count));
}

/* ---- default, attr, items ---- */

ct_tval ct_jinja_default(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (args[0].type != CT_T_UNDEFINED && (!ct_arg_flag(r, args[2], false) || ct_tval_truth(r, args[0])))
        return args[0];
    return args[1].type == CT_T_UNSET ? CT_T_LITERAL("") : args[1];
}

/* Attributes only: what a dictionary has under the name is no attribute of it. */
ct_tval ct_jinja_attr(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (args[0].type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, args[0]);
    ct_str name = ct_need_text(r, args[1], "attr");
    ct_ttype type = (ct_ttype)args[0].type;
    if ((type == CT_T_DICT || type == CT_T_MAP) && !ct_engine_method(r->engine, type, name))
        return ct_t_undefined(name, type);
    return ct_tval_attribute(r, args[0], name);
}

ct_tlist *ct_pairs_of(ct_renderer *r, ct_tval v)
{
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    if (v.type != CT_T_DICT && v.type != CT_T_MAP)
        ct_render_fail(r, "a dictionary is needed, not '%s'", ct_tval_type_name(v));
    const ct_tdict *dict = v.type == CT_T_DICT ? v.dict : ct_tdict_of(r, v);
    ct_tlist *pairs = ct_tlist_new(r, dict->count);
    const ct_tentry *entry;
    ct_render_step(r, dict->count);
    for (uint32_t at = 0; (entry = ct_tdict_next(dict, &at));)
        ct_tlist_add(r, pairs, ct_t_pair(r, entry->key, entry->value));
    return pairs;
}

ct_tval ct_jinja_items(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(args[0].type == CT_T_UNDEFINED ? ct_tlist_new(r, 0) : ct_pairs_of(r, args[0]));
}

/* ---- join ---- */

/* The items, or an attribute of each; whether one of them is safe text. */
static ct_tval joined_items(ct_renderer *r, ct_tval value, ct_tval attribute, bool *ret_safe)
{
    ct_seq seq;
    ct_seq_init(r, &seq, value);
    ct_render_step(r, seq.count);
    ct_tlist *list = ct_arg_given(attribute) ? ct_tlist_new(r, seq.count) : NULL;
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_tval item = ct_seq_at(r, &seq, i);
        if (list) {
            item = ct_tval_path(r, item, attribute, ct_t_unset());
            ct_tlist_add(r, list, item);
        }
        *ret_safe |= ct_t_is_safe(item);
    }
    return list ? ct_t_list(list) : value;
}

static void write_item(ct_renderer *r, ct_buffer *out, ct_tval item, bool escapes)
{
    if (!ct_t_is_text(item)) {
        if (!escapes) {
            ct_tval_write(r, out, item);
            return;
        }
        item = ct_tval_text(r, item);
    }
    if (escapes && !ct_t_is_safe(item))
        ct_escape_write(out, ct_t_get_str(item), false);
    else
        ct_buffer_str(out, ct_t_get_str(item));
}

ct_tval ct_jinja_join(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    bool safe = false;
    ct_tval separator = args[1].type == CT_T_UNSET ? CT_T_LITERAL("") : ct_tval_text(r, args[1]);
    ct_tval items = joined_items(r, args[0], args[2], &safe);
    safe = r->autoescape && (safe || ct_t_is_safe(separator));
    if (safe)
        separator = ct_escape_text(r, separator, false);
    ct_seq seq;
    ct_seq_init(r, &seq, items);
    ct_buffer out = ct_text_begin(r);
    for (uint32_t i = 0; i < seq.count; i++) {
        if (i)
            ct_buffer_str(&out, ct_t_get_str(separator));
        write_item(r, &out, ct_seq_at(r, &seq, i), safe);
    }
    ct_tval v = ct_text_end(r, &out);
    v.flags = safe ? CT_T_SAFE : 0;
    return v;
}

/* ---- batch, slice ---- */

ct_tval ct_jinja_batch(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    int64_t size = ct_arg_int(r, args[1], 0, "the size of a batch");
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    ct_tlist *batches = ct_tlist_new(r, 8), *batch = ct_tlist_new(r, 8);
    for (uint32_t i = 0; i < seq.count; i++) {
        if (batch->count == size) {
            ct_tlist_add(r, batches, ct_t_list(batch));
            batch = ct_tlist_new(r, 8);
        }
        ct_tlist_add(r, batch, ct_seq_at(r, &seq, i));
    }
    if (!batch->count)
        return ct_t_list(batches);
    if (ct_arg_given(args[2]) && batch->count < size) {
        ct_render_step(r, (uint64_t)size - batch->count);
        while (batch->count < size)
            ct_tlist_add(r, batch, args[2]);
    }
    ct_tlist_add(r, batches, ct_t_list(batch));
    return ct_t_list(batches);
}

ct_tval ct_jinja_slice(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    int64_t slices = ct_arg_int(r, args[1], 0, "the number of slices");
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    if (slices == 0)
        ct_render_fail(r, "slice: into no slices at all");
    if (slices < 0)
        return ct_t_list(ct_tlist_new(r, 0));
    ct_render_step(r, (uint64_t)slices + seq.count);
    int64_t each = seq.count / slices, longer = seq.count % slices;
    ct_tlist *list = ct_tlist_new(r, (uint32_t)CT_MIN(slices, 1024));
    uint32_t at = 0;
    for (int64_t i = 0; i < slices; i++) {
        int64_t length = each + (i < longer);
        ct_tlist *slice = ct_tlist_new(r, (uint32_t)length + 1);
        for (; length > 0; length--)
            ct_tlist_add(r, slice, ct_seq_at(r, &seq, at++));
        if (ct_arg_given(args[2]) && i >= longer)
            ct_tlist_add(r, slice, args[2]);
        ct_tlist_add(r, list, ct_t_list(slice));
    }
    return ct_t_list(list);
}

/* ---- sum ---- */

static ct_tval add_numbers(ct_renderer *r, ct_tval a, ct_tval b)
{
    int64_t sum;
    if (a.type == CT_T_REAL || b.type == CT_T_REAL)
        return ct_t_real((a.type == CT_T_REAL ? a.real : (double)a.integer) +
                         (b.type == CT_T_REAL ? b.real : (double)b.integer));
    if (__builtin_add_overflow(a.integer, b.integer, &sum))
        ct_render_fail(r, "sum: the result does not fit into 64 bits");
    return ct_t_int(sum);
}

/* sum([[1], [2]], start=[]): `sum` is what it began as, or a list of its own. */
static void add_list(ct_renderer *r, ct_tval *sum, bool *own, ct_tval item)
{
    if (!*own) {
        ct_ttype type = sum->type == CT_T_TUPLE ? CT_T_TUPLE : CT_T_LIST;
        sum->list = ct_tlist_of(r, *sum);
        sum->type = (uint8_t)type;
        *own = true;
    }
    ct_seq seq;
    ct_seq_init(r, &seq, item);
    ct_render_step(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++)
        ct_tlist_add(r, sum->list, ct_seq_at(r, &seq, i));
}

/* Of decimals, and of spans of time, which begin with 0. */
static bool is_kind_sum(ct_renderer *r, ct_tval sum, ct_tval item, ct_tval *ret_sum)
{
    if (item.type == CT_T_SPAN && sum.type == CT_T_INT && sum.integer == 0)
        *ret_sum = item;
    else
        *ret_sum = ct_kind_arithmetic(r, "+", sum, item);
    return ret_sum->type != CT_T_UNSET;
}

ct_tval ct_jinja_sum(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval sum = args[2].type == CT_T_UNSET ? ct_t_int(0) : args[2];
    ct_tval kinds;
    bool own = false;
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    if (ct_t_is_text(sum))
        ct_render_fail(r, "sum: text cannot be added up (use |join)");
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_tval item = ct_seq_at(r, &seq, i);
        if (ct_arg_given(args[1]))
            item = ct_tval_path(r, item, args[1], ct_t_unset());
        if (ct_t_is_number(sum) && ct_t_is_number(item))
            sum = add_numbers(r, sum, item);
        else if (is_kind_sum(r, sum, item, &kinds))
            sum = kinds;
        else if ((ct_t_is_list(sum) && ct_t_is_list(item)) || (sum.type == CT_T_TUPLE && item.type == CT_T_TUPLE))
            add_list(r, &sum, &own, item);
        else if (item.type == CT_T_UNDEFINED)
            ct_tval_fail_undefined(r, item);
        else
            ct_render_fail(r, "sum: '%s' and '%s' cannot be added", ct_tval_type_name(sum), ct_tval_type_name(item));
    }
    return sum;
}
