/* Django's filters of lists, and those that treat text as a list of characters.
 *
 * Sorting gives "" where the keys have no order among them, or one of the items has no such key, for so Django answers
 * what Python raises; the comparison says so instead of failing. Items keep their order where keys are equal, in
 * reverse too. */
#include "template/django_filters.h"
#include "template/escape.h"
#include "template/jinja_filters.h"
#include "template/kinds.h"
#include "template/render.h"
#include "template/text.h"

/* ---- sorting ---- */

typedef struct sorted_item {
    ct_tval key, item;
} sorted_item;

typedef struct sorting {
    ct_renderer *r;
    bool reverse;
    bool unordered; /* two keys were compared that have no order */
} sorting;

static int compare(sorting *s, ct_tval a, ct_tval b);

static int compare_lists(sorting *s, ct_tval a, ct_tval b)
{
    ct_seq left, right;
    ct_render_check_stack(s->r);
    ct_seq_init(s->r, &left, a);
    ct_seq_init(s->r, &right, b);
    for (uint32_t i = 0; i < left.count && i < right.count; i++) {
        ct_tval x = ct_seq_at(s->r, &left, i), y = ct_seq_at(s->r, &right, i);
        ct_render_step(s->r, 1);
        if (!ct_tval_equal(s->r, x, y))
            return compare(s, x, y);
    }
    return (left.count > right.count) - (left.count < right.count);
}

static int compare(sorting *s, ct_tval a, ct_tval b)
{
    if ((ct_t_is_number(a) && ct_t_is_number(b)) || (ct_t_is_text(a) && ct_t_is_text(b)))
        return ct_tval_compare(s->r, a, b);
    if (a.type == CT_T_DATETIME && b.type == CT_T_DATETIME && (a.flags & CT_T_DAY) == (b.flags & CT_T_DAY))
        return ct_tval_compare(s->r, a, b);
    if ((ct_t_is_numeric(a) && ct_t_is_numeric(b)) || (ct_t_is_kind(a) && a.type == b.type))
        return ct_tval_compare(s->r, a, b);
    if ((ct_t_is_list(a) && ct_t_is_list(b)) || (a.type == CT_T_TUPLE && b.type == CT_T_TUPLE))
        return compare_lists(s, a, b);
    s->unordered = true;
    return 0;
}

static bool comes_first(sorting *s, const sorted_item *a, const sorted_item *b)
{
    int order = compare(s, a->key, b->key);
    return s->reverse ? order > 0 : order < 0;
}

/* Merges two sorted runs that lie side by side. */
static void merge(sorting *s, const sorted_item *left, const sorted_item *right, const sorted_item *end,
                  sorted_item *to)
{
    const sorted_item *middle = right;
    while (left < middle && right < end)
        *to++ = comes_first(s, right, left) ? *right++ : *left++;
    while (left < middle)
        *to++ = *left++;
    while (right < end)
        *to++ = *right++;
}

/* Returns the sorted array: `items` or another one. */
static const sorted_item *sort(sorting *s, sorted_item *items, uint32_t count)
{
    sorted_item *from = items, *to = ct_render_take(s->r, count * sizeof(*to));
    for (uint64_t width = 1; width < count && !s->unordered; width *= 2) {
        ct_render_step(s->r, count);
        for (uint64_t at = 0; at < count; at += 2 * width) {
            uint64_t middle = CT_MIN(at + width, count), end = CT_MIN(at + 2 * width, count);
            merge(s, from + at, from + middle, from + end, to + at);
        }
        sorted_item *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

/* How the items are asked for their keys. */
typedef struct key_path {
    ct_tval single; /* an index, or the text of a number: an item of each; UNSET: a path */
    ct_str path;
} key_path;

/* False for what Django never looks at: names with an underscore in front, and what is neither text nor number. */
static bool read_path(ct_renderer *r, ct_tval arg, key_path *ret)
{
    double number;
    *ret = (key_path){ .single = arg };
    if (ct_t_is_number(arg))
        return true;
    if (!ct_t_is_text(arg))
        return false;
    if (!arg.length)
        ct_render_fail(r, "dictsort needs the name of a key, not ''");
    if (ct_read_real(r, ct_t_get_str(arg), &number))
        return true;
    *ret = (key_path){ .path = ct_t_get_str(arg) };
    return ret->path.data[0] != '_' && ct_text_find(ret->path, CT_STR("._"), 0) == CT_NOT_FOUND;
}

/* item[index]; fails where Python's exception is not silent: an index or a key that does not exist. */
static bool single_key(ct_renderer *r, ct_tval item, ct_tval key, ct_tval *ret)
{
    bool mapping = item.type == CT_T_DICT || item.type == CT_T_MAP;
    bool indexed = ct_t_is_list(item) || item.type == CT_T_TUPLE || item.type == CT_T_RANGE || ct_t_is_text(item);
    if (!mapping && (!indexed || (key.type != CT_T_INT && key.type != CT_T_BOOL)))
        return false;
    *ret = ct_tval_item(r, item, key);
    if (ret->type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, *ret);
    return true;
}

static bool find_key(ct_renderer *r, ct_tval item, const key_path *path, ct_tval *ret)
{
    if (path->single.type != CT_T_UNSET)
        return single_key(r, item, path->single, ret);
    ct_str rest = path->path;
    *ret = item;
    for (;;) {
        const char *dot = rest.length ? memchr(rest.data, '.', rest.length) : NULL;
        ct_str part = { rest.data, dot ? (size_t)(dot - rest.data) : rest.length };
        if (ret->type == CT_T_UNDEFINED || ret->type == CT_T_NONE)
            return false;
        *ret = ct_tval_item(r, *ret, ct_t_str(part));
        if (ret->type == CT_T_UNDEFINED)
            return false;
        if (!dot)
            return true;
        rest = (ct_str){ dot + 1, rest.length - part.length - 1 };
    }
}

static ct_tval sorted_by(ct_renderer *r, const ct_tval *args, bool reverse)
{
    key_path path;
    ct_seq seq;
    if (!read_path(r, args[1], &path) || !ct_tval_iterable(args[0]))
        return CT_T_LITERAL("");
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    sorted_item *items = ct_render_take(r, seq.count * sizeof(*items));
    for (uint32_t i = 0; i < seq.count; i++) {
        items[i].item = ct_seq_at(r, &seq, i);
        if (!find_key(r, items[i].item, &path, &items[i].key))
            return CT_T_LITERAL("");
    }
    sorting s = { .r = r, .reverse = reverse };
    const sorted_item *sorted = sort(&s, items, seq.count);
    if (s.unordered)
        return CT_T_LITERAL("");
    ct_tlist *list = ct_tlist_new(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++)
        ct_tlist_add(r, list, sorted[i].item);
    return ct_t_list(list);
}

ct_tval ct_django_dictsort(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return sorted_by(r, args, false);
}

ct_tval ct_django_dictsortreversed(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return sorted_by(r, args, true);
}

/* ---- single items ---- */

/* The item of a list, the character of a text; "" where there is none. */
static ct_tval item_at(ct_renderer *r, ct_tval v, int64_t index, const char *filter)
{
    bool mapping = v.type == CT_T_DICT || v.type == CT_T_MAP;
    if (!mapping && !ct_t_is_list(v) && v.type != CT_T_TUPLE && v.type != CT_T_RANGE && !ct_t_is_text(v))
        ct_render_fail(r, "%s needs a list or text, not '%s'", filter, ct_tval_type_name(v));
    ct_tval item = ct_tval_item(r, v, ct_t_int(index));
    if (item.type == CT_T_UNDEFINED && mapping)
        ct_render_fail(r, "%s: a dictionary has no order that counts, and this one no key %" PRId64, filter, index);
    if (item.type == CT_T_UNDEFINED)
        return CT_T_LITERAL("");
    if (ct_t_is_text(v)) /* a part of safe text is not safe by itself */
        item.flags = 0;
    return item;
}

ct_tval ct_django_first(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return item_at(r, args[0], 0, "first");
}

ct_tval ct_django_last(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return item_at(r, args[0], -1, "last");
}

ct_tval ct_django_random(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t length = ct_tval_length(r, args[0]);
    (void)count;
    if (length == 0)
        return CT_T_LITERAL("");
    return item_at(r, args[0], length > 0 ? (int64_t)ct_random_below(r, (uint32_t)CT_MIN(length, UINT32_MAX)) : 0,
                   "random");
}

/* ---- lengths and parts ---- */

ct_tval ct_django_length(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t length = ct_tval_length(r, args[0]);
    (void)count;
    return ct_t_int(CT_MAX(length, 0));
}

ct_tval ct_django_length_is(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t length = ct_tval_length(r, args[0]), wanted;
    (void)count;
    if (length < 0)
        return CT_T_LITERAL("");
    ct_int_outcome outcome = ct_django_int(r, args[1], &wanted);
    if (outcome == CT_INT_INFINITE)
        ct_django_fail_int(r, args[1], "the argument of length_is", outcome);
    return outcome > CT_INT_LARGE ? CT_T_LITERAL("") : ct_t_bool(outcome == CT_INT_READ && length == wanted);
}

ct_tval ct_django_make_list(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(ct_tlist_of(r, args[0]));
}

/* Reads "start:stop:step", in which each may be missing; a number alone is where to stop. */
static bool read_slice(ct_renderer *r, ct_str text, ct_tval ret_bits[3])
{
    ct_tval bits[3];
    uint32_t count = 0;
    for (;;) {
        const char *colon = text.length ? memchr(text.data, ':', text.length) : NULL;
        ct_str bit = { text.data, colon ? (size_t)(colon - text.data) : text.length };
        int64_t number;
        if (count == CT_COUNT(bits) || (bit.length && ct_django_int(r, ct_t_str(bit), &number) > CT_INT_LARGE))
            return false;
        bits[count++] = bit.length ? ct_t_int(number) : ct_t_none();
        if (!colon)
            break;
        text = (ct_str){ colon + 1, text.length - bit.length - 1 };
    }
    for (uint32_t i = 0; i < 3; i++)
        ret_bits[i] = i < count ? bits[i] : ct_t_none();
    if (count == 1) {
        ret_bits[1] = bits[0];
        ret_bits[0] = ct_t_none();
    }
    return ret_bits[2].type == CT_T_NONE || ret_bits[2].integer != 0;
}

ct_tval ct_django_slice(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tval v = args[0], bits[3];
    (void)count;
    bool divides = ct_t_is_list(v) || v.type == CT_T_TUPLE || v.type == CT_T_RANGE || ct_t_is_text(v);
    if (!divides || !read_slice(r, ct_t_get_str(ct_tval_text(r, args[1])), bits))
        return v;
    return ct_tval_slice(r, v, bits[0], bits[1], bits[2]);
}

/* ---- join ---- */

/* Whether str.join() takes it: all items are text. */
static bool all_text(ct_renderer *r, const ct_seq *seq)
{
    for (uint32_t i = 0; i < seq->count; i++)
        if (!ct_t_is_text(ct_seq_at(r, seq, i)))
            return false;
    return true;
}

static void write_item(ct_renderer *r, ct_buffer *out, ct_tval item, bool escape)
{
    if (escape && !ct_t_is_safe(item) && item.type != CT_T_INT)
        ct_escape_write(out, ct_t_get_str(ct_tval_text(r, item)), true);
    else
        ct_tval_write(r, out, item);
}

ct_tval ct_django_join(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_seq seq;
    (void)count;
    if (!ct_tval_iterable(args[0]))
        return args[0];
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    if (!r->autoescape && !all_text(r, &seq))
        return args[0];
    ct_str separator = ct_t_get_str(ct_escape_text(r, args[1], true));
    ct_buffer out = ct_text_begin(r);
    for (uint32_t i = 0; i < seq.count && !out.failed; i++) {
        if (i)
            ct_buffer_str(&out, separator);
        write_item(r, &out, ct_seq_at(r, &seq, i), r->autoescape);
    }
    ct_tval v = ct_text_end(r, &out);
    v.flags = CT_T_SAFE;
    return v;
}

/* ---- unordered_list ---- */

static void write_tabs(ct_buffer *out, unsigned count)
{
    for (; count > 0; count--)
        ct_buffer_char(out, '\t');
}

/* The items as <li>, each with the list that follows it as a list of its own inside of it. */
static void write_items(ct_renderer *r, ct_buffer *out, ct_tval items, unsigned depth)
{
    ct_seq seq;
    ct_render_check_stack(r);
    ct_seq_init(r, &seq, items);
    for (uint32_t i = 0; i < seq.count && !out->failed; i++) {
        ct_render_step(r, 1);
        if (i)
            ct_buffer_char(out, '\n');
        write_tabs(out, depth);
        CT_BUFFER_LITERAL(out, "<li>");
        write_item(r, out, ct_seq_at(r, &seq, i), r->autoescape);
        ct_tval next = i + 1 < seq.count ? ct_seq_at(r, &seq, i + 1) : ct_t_none();
        bool nested = ct_t_is_list(next) || next.type == CT_T_TUPLE;
        if (nested && ct_tval_truth(r, next)) {
            ct_buffer_char(out, '\n');
            write_tabs(out, depth);
            CT_BUFFER_LITERAL(out, "<ul>\n");
            write_items(r, out, next, depth + 1);
            ct_buffer_char(out, '\n');
            write_tabs(out, depth);
            CT_BUFFER_LITERAL(out, "</ul>\n");
            write_tabs(out, depth);
        }
        CT_BUFFER_LITERAL(out, "</li>");
        i += nested;
    }
}

ct_tval ct_django_unordered_list(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_buffer out = ct_text_begin(r);
    (void)count;
    write_items(r, &out, args[0], 1);
    ct_tval v = ct_text_end(r, &out);
    v.flags = CT_T_SAFE;
    return v;
}
