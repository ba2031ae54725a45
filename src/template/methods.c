/* Methods of lists, tuples, dictionaries and numbers, as Python's have them.
 *
 * What comes from C has the methods of its counterpart, but those that change it fail: a program's lists and maps
 * belong to the program. keys(), values() and items() give lists. Every method leaves its list or dictionary whole
 * when it fails in the middle, for what it calls (a key function, a comparison) may end the render. */
#include "template/function.h"
#include "template/render.h"
#include "template/tval.h"

#include <math.h>

/* ---- what can be changed ---- */

static ct_tlist *changeable_list(ct_renderer *r, ct_tval self)
{
    if (self.type != CT_T_LIST)
        ct_render_fail(r, "a list of the program cannot be changed; copy it with x|list");
    return self.list;
}

static ct_tdict *changeable_dict(ct_renderer *r, ct_tval self)
{
    if (self.type != CT_T_DICT)
        ct_render_fail(r, "a map of the program cannot be changed; copy it with dict(x)");
    return self.dict;
}

/* ---- lists ---- */

static ct_tval list_append(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist_add(r, changeable_list(r, args[0]), args[1]);
    return ct_t_none();
}

static ct_tval list_extend(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_seq seq;
    ct_tlist *list = changeable_list(r, args[0]);
    ct_seq_init(r, &seq, args[1]);
    ct_render_step(r, seq.count / 8);
    for (uint32_t i = 0; i < seq.count; i++)
        ct_tlist_add(r, list, ct_seq_at(r, &seq, i));
    return ct_t_none();
}

/* An index that may count from the end, cut to 0 ... count. */
static uint32_t clamped(int64_t index, uint32_t count)
{
    if (index < 0)
        index = CT_MAX(index + (int64_t)count, 0);
    return (uint32_t)CT_MIN(index, (int64_t)count);
}

static ct_tval list_insert(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *list = changeable_list(r, args[0]);
    uint32_t at = clamped(ct_arg_int(r, args[1], 0, "index"), list->count), moved = list->count - at;
    ct_render_step(r, moved / 64);
    ct_tlist_add(r, list, args[2]);
    memmove(list->items + at + 1, list->items + at, moved * sizeof(*list->items));
    list->items[at] = args[2];
    return ct_t_none();
}

static void remove_at(ct_renderer *r, ct_tlist *list, uint32_t at)
{
    uint32_t moved = list->count - at - 1;
    ct_render_step(r, moved / 64);
    memmove(list->items + at, list->items + at + 1, moved * sizeof(*list->items));
    list->count--;
}

static ct_tval list_pop(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *list = changeable_list(r, args[0]);
    int64_t at = ct_arg_int(r, args[1], -1, "index");
    if (!list->count)
        ct_render_fail(r, "pop from empty list");
    if (at < 0)
        at += list->count;
    if (at < 0 || at >= list->count)
        ct_render_fail(r, "pop index out of range");
    ct_tval item = list->items[at];
    remove_at(r, list, (uint32_t)at);
    return item;
}

/* The index of an equal item of any sequence, or -1. */
static int64_t find_equal(ct_renderer *r, ct_tval self, ct_tval item, int64_t start, int64_t stop)
{
    ct_seq seq;
    ct_seq_init(r, &seq, self);
    uint32_t from = clamped(start, seq.count), to = clamped(stop, seq.count);
    ct_render_step(r, seq.count / 8);
    for (uint32_t i = from; i < to; i++)
        if (ct_tval_equal(r, ct_seq_at(r, &seq, i), item))
            return i;
    return -1;
}

static ct_tval list_remove(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *list = changeable_list(r, args[0]);
    int64_t at = find_equal(r, args[0], args[1], 0, INT64_MAX);
    if (at < 0)
        ct_render_fail(r, "list.remove(x): x not in list");
    remove_at(r, list, (uint32_t)at);
    return ct_t_none();
}

static ct_tval sequence_index(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    int64_t at =
        find_equal(r, args[0], args[1], ct_arg_int(r, args[2], 0, "start"), ct_arg_int(r, args[3], INT64_MAX, "stop"));
    if (at >= 0)
        return ct_t_int(at);
    ct_buffer text = ct_text_begin(r);
    ct_tval_write_repr(r, &text, args[1]);
    ct_render_fail(r, "%s is not in %s", ct_buffer_text(&text), ct_tval_type_name(args[0]));
}

static ct_tval sequence_count(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_seq seq;
    int64_t times = 0;
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count / 8);
    for (uint32_t i = 0; i < seq.count; i++)
        times += ct_tval_equal(r, ct_seq_at(r, &seq, i), args[1]);
    return ct_t_int(times);
}

static void reverse(ct_tval *items, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        ct_tval item = items[i];
        items[i] = items[count - 1 - i];
        items[count - 1 - i] = item;
    }
}

static ct_tval list_reverse(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *list = changeable_list(r, args[0]);
    ct_render_step(r, list->count / 64);
    reverse(list->items, list->count);
    return ct_t_none();
}

static ct_tval list_copy(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(ct_tlist_of(r, args[0]));
}

static ct_tval list_clear(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    changeable_list(r, args[0])->count = 0;
    return ct_t_none();
}

/* ---- sorting ---- */

typedef struct {
    ct_tval key, item;
} keyed;

/* Merges the sorted halves from[0 ... middle) and from[middle ... count) into `to`; equal keys keep their order. */
static void merge(ct_renderer *r, const keyed *from, uint32_t middle, uint32_t count, keyed *to)
{
    uint32_t left = 0, right = middle;
    ct_render_step(r, count);
    for (uint32_t i = 0; i < count; i++) {
        bool take_right = left == middle || (right < count && ct_tval_compare(r, from[right].key, from[left].key) < 0);
        to[i] = from[take_right ? right++ : left++];
    }
}

/* Sorts from the bottom up, between two rooms; returns the one that has the result. */
static keyed *sort_keyed(ct_renderer *r, keyed *items, keyed *room, uint32_t count)
{
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t at = 0; at < count; at += 2 * width) {
            uint32_t most = (uint32_t)CT_MIN(2 * width, count - at);
            merge(r, items + at, (uint32_t)CT_MIN(width, most), most, room + at);
        }
        keyed *sorted = room;
        room = items;
        items = sorted;
    }
    return items;
}

static ct_tval key_of(ct_renderer *r, ct_tval function, ct_tval item)
{
    const ct_call call = { .args = &item, .count = 1 };
    if (function.type == CT_T_UNSET || function.type == CT_T_NONE)
        return item;
    return ct_tval_call(r, function, &call);
}

/* Sorting backwards keeps the order of equal items too: the list is reversed before and after. */
static ct_tval list_sort(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *list = changeable_list(r, args[0]);
    uint32_t length = list->count;
    bool backwards = ct_arg_flag(r, args[2], false);
    keyed *items = ct_render_take(r, 2 * (size_t)length * sizeof(*items));
    for (uint32_t i = 0; i < length; i++) {
        if (list->count != length)
            ct_render_fail(r, "the list was changed while it was sorted");
        ct_tval item = list->items[backwards ? length - 1 - i : i];
        items[i] = (keyed){ .item = item, .key = key_of(r, args[1], item) };
    }
    const keyed *sorted = sort_keyed(r, items, items + length, length);
    if (list->count != length)
        ct_render_fail(r, "the list was changed while it was sorted");
    for (uint32_t i = 0; i < length; i++)
        list->items[i] = sorted[backwards ? length - 1 - i : i].item;
    return ct_t_none();
}

/* ---- dictionaries ---- */

static ct_tval dict_get(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval value;
    if (ct_tval_find(r, args[0], args[1], &value))
        return value;
    return args[2].type != CT_T_UNSET ? args[2] : ct_t_none();
}

static ct_tlist *list_for(ct_renderer *r, ct_tval mapping)
{
    int64_t length = ct_tval_length(r, mapping);
    ct_render_step(r, (uint64_t)length / 8);
    return ct_tlist_new(r, (uint32_t)length);
}

static ct_tval dict_keys(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_list(ct_tlist_of(r, args[0]));
}

static ct_tval dict_values(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *list = list_for(r, args[0]);
    ct_tval key, value;
    for (uint32_t at = 0; ct_tval_next_pair(args[0], &at, &key, &value);)
        ct_tlist_add(r, list, value);
    return ct_t_list(list);
}

static ct_tval dict_items(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *list = list_for(r, args[0]);
    ct_tval key, value;
    for (uint32_t at = 0; ct_tval_next_pair(args[0], &at, &key, &value);)
        ct_tlist_add(r, list, ct_t_pair(r, key, value));
    return ct_t_list(list);
}

static ct_tval dict_pop(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tdict *dict = changeable_dict(r, args[0]);
    const ct_tval *found = ct_tdict_find(r, dict, args[1]);
    if (found) {
        ct_tval value = *found;
        ct_tdict_remove(r, dict, args[1]);
        return value;
    }
    if (args[2].type != CT_T_UNSET)
        return args[2];
    ct_buffer text = ct_text_begin(r);
    ct_tval_write_repr(r, &text, args[1]);
    ct_render_fail(r, "pop(): the dictionary has no key %s", ct_buffer_text(&text));
}

static ct_tval dict_popitem(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tdict *dict = changeable_dict(r, args[0]);
    if (!dict->count)
        ct_render_fail(r, "popitem(): dictionary is empty");
    ct_tentry entry = dict->entries[dict->used - 1];
    ct_tdict_remove(r, dict, entry.key);
    return ct_t_pair(r, entry.key, entry.value);
}

static ct_tval dict_setdefault(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tdict *dict = changeable_dict(r, args[0]);
    const ct_tval *found = ct_tdict_find(r, dict, args[1]);
    if (found)
        return *found;
    ct_tval value = args[2].type != CT_T_UNSET ? args[2] : ct_t_none();
    ct_tdict_set(r, dict, args[1], value);
    return value;
}

static ct_tval dict_update(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tdict *dict = changeable_dict(r, args[0]);
    if (count > 3)
        ct_render_fail(r, "update() takes at most 1 positional argument, %" PRIu32 " given", count - 2);
    if (count == 3)
        ct_tdict_update(r, dict, args[2]);
    if (args[1].type != CT_T_UNSET)
        ct_tdict_update(r, dict, args[1]);
    return ct_t_none();
}

static ct_tval dict_copy(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_dict(ct_tdict_of(r, args[0]));
}

static ct_tval dict_clear(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    *changeable_dict(r, args[0]) = (ct_tdict){ 0 };
    return ct_t_none();
}

/* ---- numbers ---- */

static ct_tval int_bit_length(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    uint64_t size = args[0].integer < 0 ? 0 - (uint64_t)args[0].integer : (uint64_t)args[0].integer;
    return ct_t_int(size ? 64 - __builtin_clzll(size) : 0);
}

static ct_tval real_is_integer(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(isfinite(args[0].real) && args[0].real == floor(args[0].real));
}

/* ---- the tables ---- */

const ct_fn ct_list_methods[] = {
    { "append", list_append, "self, object", 0 },
    { "extend", list_extend, "self, iterable", 0 },
    { "insert", list_insert, "self, index, object", 0 },
    { "pop", list_pop, "self, index=", 0 },
    { "remove", list_remove, "self, value", 0 },
    { "index", sequence_index, "self, value, start=, stop=", 0 },
    { "count", sequence_count, "self, value", 0 },
    { "reverse", list_reverse, "self", 0 },
    { "sort", list_sort, "self, key=, reverse=", 0 },
    { "copy", list_copy, "self", 0 },
    { "clear", list_clear, "self", 0 },
    { .name = NULL },
};

const ct_fn ct_tuple_methods[] = {
    { "index", sequence_index, "self, value, start=, stop=", 0 },
    { "count", sequence_count, "self, value", 0 },
    { .name = NULL },
};

const ct_fn ct_dict_methods[] = {
    { "get", dict_get, "self, key, default=", 0 },
    { "items", dict_items, "self", 0 },
    { "keys", dict_keys, "self", 0 },
    { "values", dict_values, "self", 0 },
    { "pop", dict_pop, "self, key, default=", 0 },
    { "popitem", dict_popitem, "self", 0 },
    { "setdefault", dict_setdefault, "self, key, default=", 0 },
    { "update", dict_update, "self, *, **", 0 },
    { "copy", dict_copy, "self", 0 },
    { "clear", dict_clear, "self", 0 },
    { .name = NULL },
};

const ct_fn ct_int_methods[] = {
    { "bit_length", int_bit_length, "self", 0 },
    { .name = NULL },
};

const ct_fn ct_real_methods[] = {
    { "is_integer", real_is_integer, "self", 0 },
    { .name = NULL },
};
