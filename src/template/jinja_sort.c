/* Jinja's filters that compare items: sort, dictsort, groupby, unique, min, max.
 *
 * Sorting is a merge sort from the bottom up, so it is stable and takes one array of the same size more. Keys are read
 * once for each item. As in Python, `sort` compares lists of keys (so that two values without an order may stand beside
 * each other where they are equal), the others compare the keys themselves. */
#include "template/jinja_filters.h"
#include "template/kinds.h"
#include "template/render.h"
#include "template/text.h"

#include <math.h>

/* ---- keys ---- */

/* Text in lower case, where case does not count; everything else as it is. */
static ct_tval fold(ct_renderer *r, ct_tval v, bool case_sensitive)
{
    if (case_sensitive || !ct_t_is_text(v))
        return v;
    v = ct_text_case(r, v, CT_CASE_LOWER);
    v.flags = 0;
    return v;
}

static ct_tval key_of(ct_renderer *r, ct_tval item, ct_tval attribute, ct_tval fallback, bool case_sensitive)
{
    if (ct_arg_given(attribute))
        item = ct_tval_path(r, item, attribute, fallback);
    return fold(r, item, case_sensitive);
}

/* ---- sorting ---- */

typedef struct entry {
    const ct_tval *keys;
    ct_tval item;
} entry;

typedef int compare_keys(ct_renderer *r, ct_tval a, ct_tval b);

typedef struct sorting {
    ct_renderer *r;
    compare_keys *compare;
    uint32_t key_count;
    bool reverse;
} sorting;

/* a < b, as Python asks when it sorts; the order of what is not less is not looked at. */
static int compare_values(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (a.type == CT_T_INT && b.type == CT_T_INT)
        return (a.integer > b.integer) - (a.integer < b.integer);
    return ct_tval_compare(r, a, b);
}

/* The same for keys in a list: those that are equal need no order. */
static int compare_listed(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (a.type != b.type || (a.type != CT_T_INT && a.type != CT_T_TEXT)) {
        if (ct_tval_equal(r, a, b))
            return 0;
    }
    return compare_values(r, a, b);
}

static bool orderable(ct_tval a, ct_tval b)
{
    if ((ct_t_is_numeric(a) && ct_t_is_numeric(b)) || (ct_t_is_kind(a) && a.type == b.type))
        return true;
    if (a.type != b.type || (a.type != CT_T_TEXT && a.type != CT_T_DATETIME && a.type != CT_T_TUPLE))
        return false;
    if (a.type != CT_T_TUPLE)
        return true;
    for (uint32_t i = 0; i < CT_MIN(a.list->count, b.list->count); i++)
        if (!orderable(a.list->items[i], b.list->items[i]))
            return false;
    return true;
}

/* What has no order goes by the names of its types. */
static int compare_quietly(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (orderable(a, b))
        return compare_values(r, a, b);
    return strcmp(ct_tval_type_name(a), ct_tval_type_name(b));
}

static bool comes_first(const sorting *s, const entry *a, const entry *b)
{
    for (uint32_t i = 0; i < s->key_count; i++) {
        int order = s->compare(s->r, a->keys[i], b->keys[i]);
        if (order)
            return s->reverse ? order > 0 : order < 0;
    }
    return false;
}

static void merge(const sorting *s, const entry *left, const entry *right, const entry *end, entry *to)
{
    const entry *middle = right;
    while (left < middle && right < end)
        *to++ = comes_first(s, right, left) ? *right++ : *left++;
    while (left < middle)
        *to++ = *left++;
    while (right < end)
        *to++ = *right++;
}

/* Runs of this many are sorted by insertion first. */
#define RUN 8

static void insert_run(const sorting *s, entry *entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        entry moved = entries[i];
        uint32_t at = i;
        for (; at > 0 && comes_first(s, &moved, &entries[at - 1]); at--)
            entries[at] = entries[at - 1];
        entries[at] = moved;
    }
}

/* Returns the sorted array: `entries` or another one. */
static entry *sort_entries(const sorting *s, entry *entries, uint32_t count)
{
    for (uint32_t at = 0; at < count; at += CT_MIN(RUN, count - at))
        insert_run(s, entries + at, CT_MIN(RUN, count - at));
    if (count <= RUN)
        return entries;
    entry *from = entries, *to = ct_render_take(s->r, count * sizeof(*to));
    for (uint64_t width = RUN; width < count; width *= 2) {
        ct_render_step(s->r, count);
        for (uint64_t at = 0; at < count; at += 2 * width) {
            uint64_t middle = CT_MIN(at + width, count), end = CT_MIN(at + 2 * width, count);
            merge(s, from + at, from + middle, from + end, to + at);
        }
        entry *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

static entry *make_entries(ct_renderer *r, const ct_seq *seq, uint32_t key_count, ct_tval **ret_keys)
{
    ct_render_step(r, seq->count);
    entry *entries = ct_render_take(r, (seq->count + (size_t)1) * sizeof(*entries));
    ct_tval *keys = ct_render_take(r, ((size_t)seq->count * key_count + 1) * sizeof(*keys));
    for (uint32_t i = 0; i < seq->count; i++)
        entries[i] = (entry){ .keys = keys + (size_t)i * key_count, .item = ct_seq_at(r, seq, i) };
    *ret_keys = keys;
    return entries;
}

static ct_tlist *items_of(ct_renderer *r, const entry *entries, uint32_t count)
{
    ct_tlist *list = ct_tlist_new(r, count);
    for (uint32_t i = 0; i < count; i++)
        ct_tlist_add(r, list, entries[i].item);
    return list;
}

/* ---- sort, dictsort ---- */

/* "age,name": the paths of a list of attributes, cut at the commas. */
static ct_tval *split_attributes(ct_renderer *r, ct_tval attribute, uint32_t *ret_count)
{
    ct_str text = ct_t_is_text(attribute) ? ct_t_get_str(attribute) : (ct_str){ 0 };
    uint32_t count = 1;
    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == ',';
    ct_tval *paths = ct_render_take(r, count * sizeof(*paths));
    paths[0] = attribute;
    size_t start = 0;
    for (uint32_t i = 0; ct_t_is_text(attribute) && i < count; i++) {
        size_t end = start;
        while (end < text.length && text.data[end] != ',')
            end++;
        paths[i] = ct_t_text(text.data + start, end - start);
        start = end + 1;
    }
    *ret_count = count;
    return paths;
}

ct_tval ct_jinja_sort(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    bool case_sensitive = ct_arg_flag(r, args[2], false);
    sorting s = { .r = r, .compare = compare_listed, .reverse = ct_arg_flag(r, args[1], false) };
    ct_tval *paths = split_attributes(r, args[3], &s.key_count), *keys;
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    entry *entries = make_entries(r, &seq, s.key_count, &keys);
    for (uint32_t i = 0; i < seq.count; i++)
        for (uint32_t k = 0; k < s.key_count; k++)
            *keys++ = key_of(r, entries[i].item, paths[k], ct_t_unset(), case_sensitive);
    return ct_t_list(items_of(r, sort_entries(&s, entries, seq.count), seq.count));
}

/* Pairs by their first or second part. */
static void sort_pairs(ct_renderer *r, ct_tlist *pairs, uint32_t part, bool case_sensitive, bool reverse,
                       compare_keys *compare)
{
    sorting s = { .r = r, .compare = compare, .key_count = 1, .reverse = reverse };
    ct_seq seq = { .of = ct_t_list(pairs), .count = pairs->count };
    ct_tval *keys;
    entry *entries = make_entries(r, &seq, 1, &keys);
    for (uint32_t i = 0; i < seq.count; i++)
        keys[i] = fold(r, entries[i].item.list->items[part], case_sensitive);
    entries = sort_entries(&s, entries, seq.count);
    for (uint32_t i = 0; i < seq.count; i++)
        pairs->items[i] = entries[i].item;
}

void ct_sort_pairs(ct_renderer *r, ct_tlist *pairs)
{
    sort_pairs(r, pairs, 0, true, false, compare_values);
}

void ct_sort_pairs_quietly(ct_renderer *r, ct_tlist *pairs)
{
    sort_pairs(r, pairs, 0, true, false, compare_quietly);
}

ct_tval ct_jinja_dictsort(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str by = ct_arg_str(r, args[2], "key");
    bool by_value = ct_str_eq(by, CT_STR("value"));
    if (!by_value && !ct_str_eq(by, CT_STR("key")))
        ct_render_fail(r, "dictsort: a dictionary is sorted by \"key\" or by \"value\", not by \"%.*s\"",
                       (int)CT_MIN(by.length, (size_t)100), by.data);
    ct_tlist *pairs = ct_pairs_of(r, args[0]);
    sort_pairs(r, pairs, by_value, ct_arg_flag(r, args[1], false), ct_arg_flag(r, args[3], false), compare_values);
    return ct_t_list(pairs);
}

/* ---- groupby ---- */

/* What groupby gives for each group: a tuple of two whose parts have names. */
typedef struct group {
    ct_tobject object;
    ct_tval grouper, list;
} group;

static const group *group_of(ct_tobject *object)
{
    return CT_CONTAINER(object, group, object);
}

static ct_tval group_get(ct_renderer *r, ct_tobject *object, ct_str name)
{
    (void)r;
    if (ct_str_eq(name, CT_STR("grouper")))
        return group_of(object)->grouper;
    return ct_str_eq(name, CT_STR("list")) ? group_of(object)->list : ct_t_unset();
}

static ct_tval group_item(ct_renderer *r, ct_tobject *object, ct_tval key)
{
    (void)r;
    if (key.type != CT_T_INT && key.type != CT_T_BOOL)
        return ct_t_unset();
    if (key.integer == 0 || key.integer == -2)
        return group_of(object)->grouper;
    return key.integer == 1 || key.integer == -1 ? group_of(object)->list : ct_t_unset();
}

static ct_tval group_pair(ct_renderer *r, ct_tobject *object)
{
    return ct_t_pair(r, group_of(object)->grouper, group_of(object)->list);
}

static ct_tval group_text(ct_renderer *r, ct_tobject *object)
{
    return ct_tval_text(r, group_pair(r, object));
}

static void group_seq(ct_renderer *r, ct_tobject *object, ct_seq *ret_seq)
{
    ct_seq_init(r, ret_seq, group_pair(r, object));
}

static const ct_tclass group_class = {
    .name = "tuple", .get = group_get, .item = group_item, .text = group_text, .seq = group_seq
};

static void add_group(ct_renderer *r, ct_tlist *groups, ct_tval grouper, ct_tlist *items)
{
    group *g = ct_render_take(r, sizeof(*g));
    *g = (group){ .object = { &group_class }, .grouper = grouper, .list = ct_t_list(items) };
    ct_tlist_add(r, groups, ct_t_object(&g->object));
}

ct_tval ct_jinja_groupby(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval attribute = args[1], fallback = ct_arg_given(args[2]) ? args[2] : ct_t_unset(), *keys;
    bool case_sensitive = ct_arg_flag(r, args[3], false);
    sorting s = { .r = r, .compare = compare_values, .key_count = 1 };
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    entry *entries = make_entries(r, &seq, 1, &keys);
    for (uint32_t i = 0; i < seq.count; i++)
        keys[i] = key_of(r, entries[i].item, attribute, fallback, case_sensitive);
    entries = sort_entries(&s, entries, seq.count);
    ct_tlist *groups = ct_tlist_new(r, 8);
    for (uint32_t i = 0, next; i < seq.count; i = next) {
        for (next = i + 1; next < seq.count && ct_tval_equal(r, entries[i].keys[0], entries[next].keys[0]);)
            next++;
        /* The name of the group is as the first of its items has it. */
        ct_tval grouper = key_of(r, entries[i].item, attribute, fallback, true);
        add_group(r, groups, grouper, items_of(r, entries + i, next - i));
    }
    return ct_t_list(groups);
}

/* ---- unique, min, max ---- */

/* Whether the key is new. What is only ever equal to itself is known by where it is. */
static bool note_key(ct_renderer *r, ct_tdict *seen, ct_tdict *seen_places, ct_tval key)
{
    ct_tdict *in = seen;
    if (key.type == CT_T_UNDEFINED) {
        key = ct_t_int(0);
        in = seen_places;
    } else if (key.type == CT_T_ROW || key.type == CT_T_OBJECT || key.type == CT_T_FUNCTION) {
        key = ct_t_int((int64_t)(intptr_t)key.object);
        in = seen_places;
    }
    uint32_t before = in->count;
    ct_tdict_set(r, in, key, ct_t_none());
    return in->count > before;
}

ct_tval ct_jinja_unique(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    bool case_sensitive = ct_arg_flag(r, args[1], false);
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    ct_render_step(r, seq.count);
    ct_tdict *seen = ct_tdict_new(r), *seen_places = ct_tdict_new(r);
    ct_tlist *list = ct_tlist_new(r, 0);
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_tval item = ct_seq_at(r, &seq, i);
        if (note_key(r, seen, seen_places, key_of(r, item, args[2], ct_t_unset(), case_sensitive)))
            ct_tlist_add(r, list, item);
    }
    return ct_t_list(list);
}

static ct_tval extreme(ct_renderer *r, const ct_tval *args, bool most)
{
    bool case_sensitive = ct_arg_flag(r, args[1], false);
    ct_seq seq;
    ct_seq_init(r, &seq, args[0]);
    if (!seq.count)
        return ct_t_undefined(CT_STR("the smallest or largest item of what is empty"), CT_T_UNSET);
    ct_render_step(r, seq.count);
    ct_tval best = ct_seq_at(r, &seq, 0), best_key = key_of(r, best, args[2], ct_t_unset(), case_sensitive);
    for (uint32_t i = 1; i < seq.count; i++) {
        ct_tval item = ct_seq_at(r, &seq, i), key = key_of(r, item, args[2], ct_t_unset(), case_sensitive);
        if (isnan(key.type == CT_T_REAL ? key.real : 0) || isnan(best_key.type == CT_T_REAL ? best_key.real : 0))
            continue; /* neither less nor more */
        int order = compare_values(r, key, best_key);
        if (most ? order > 0 : order < 0) {
            best = item;
            best_key = key;
        }
    }
    return best;
}

ct_tval ct_jinja_min(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return extreme(r, args, false);
}

ct_tval ct_jinja_max(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return extreme(r, args, true);
}
