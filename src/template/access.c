/* Parts of values: attributes, items, slices, paths, and walking what can be iterated over.
 *
 *                 attribute (Jinja's a.b)   item (Jinja's a['b'])   lookup (Django's a.b)
 *   looked at     own, methods, item        item, own, methods      item, own, methods, index; then called
 *
 * "Own" is what the value has by name: fields of rows, what the class of an object says, the year of a moment. What
 * does not exist is UNDEFINED and remembers what lacks it. Nothing of Python's inside has a name here: there are the
 * methods of the tables and no others, and no name with two underscores in front. */
#include "template/tval.h"

#include "base/time.h"
#include "shape/value.h"
#include "template/engine.h"
#include "template/fields.h"
#include "template/kinds.h"
#include "template/render.h"
#include "template/text.h"

/* ---- what does not exist ---- */

/* A row or an object is remembered itself, for its name stands in the message; where missing values are errors a
 * dictionary too, for one of its keys may have been meant. */
static ct_tval missing(ct_renderer *r, ct_tval v, ct_str name)
{
    ct_tval undefined = ct_t_undefined(name, (ct_ttype)v.type);
    bool keys = r->strict && (v.type == CT_T_DICT || v.type == CT_T_MAP);
    if (v.type != CT_T_ROW && v.type != CT_T_OBJECT && !keys)
        return undefined;
    char *kept = ct_render_take(r, sizeof(v) + name.length);
    memcpy(kept, &v, sizeof(v));
    if (name.length)
        memcpy(kept + sizeof(v), name.data, name.length);
    undefined.text = kept + sizeof(v);
    undefined.flags = CT_T_OWNED;
    return undefined;
}

static ct_tval missing_item(ct_renderer *r, ct_tval v, ct_tval key)
{
    if (ct_t_is_text(key))
        return missing(r, v, ct_t_get_str(key));
    ct_buffer text = ct_text_begin(r);
    ct_tval_write_repr(r, &text, key);
    ct_tval undefined = missing(r, v, ct_t_get_str(ct_text_end(r, &text)));
    undefined.flags |= CT_T_ELEMENT;
    return undefined;
}

/* ---- what a value has by name ---- */

static ct_tval datetime_part(ct_tval v, ct_str name)
{
    static const char *const names[] = { "year", "month", "day", "hour", "minute", "second", "microsecond" };
    ct_civil civil = ct_civil_of(v.integer);
    int parts[] = { civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second, civil.microsecond };
    size_t count = v.flags & CT_T_DAY ? 3 : CT_COUNT(names);
    for (size_t i = 0; i < count; i++)
        if (ct_str_eq(name, ct_str_of(names[i])))
            return ct_t_int(parts[i]);
    return ct_t_unset();
}

/* The type whose methods the value has. */
static ct_ttype method_type(ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return CT_T_LIST;
    case CT_T_MAP:
        return CT_T_DICT;
    case CT_T_BOOL:
        return CT_T_INT;
    default:
        return (ct_ttype)v.type;
    }
}

static const ct_callable *find_method(ct_renderer *r, ct_tval v, ct_str name)
{
    switch ((ct_ttype)v.type) {
    case CT_T_OBJECT:
        return v.object->class->methods ? ct_engine_class_method(r->engine, v.object->class, name) : NULL;
    case CT_T_UNSET:
    case CT_T_UNDEFINED:
    case CT_T_NONE:
    case CT_T_ROW:
    case CT_T_RANGE:
    case CT_T_FUNCTION:
    case CT_T_METHOD:
        return NULL;
    default:
        return ct_engine_method(r->engine, method_type(v), name);
    }
}

/* What getattr() gives; UNSET where there is none. */
static ct_tval own_or_method(ct_renderer *r, ct_tval v, ct_str name)
{
    ct_tval own = ct_t_unset();
    if (v.type == CT_T_ROW)
        return ct_row_field(r, v.row, name);
    if (v.type == CT_T_DATETIME)
        own = datetime_part(v, name);
    else if (ct_t_is_kind(v))
        own = ct_kind_part(r, v, name);
    else if (v.type == CT_T_OBJECT && v.object->class->get)
        own = v.object->class->get(r, v.object, name);
    if (own.type != CT_T_UNSET)
        return own;
    const ct_callable *callable = find_method(r, v, name);
    if (!callable)
        return ct_t_unset();
    ct_tmethod *method = ct_render_take(r, sizeof(*method));
    *method = (ct_tmethod){ .callable = callable, .self = v };
    return (ct_tval){ .type = CT_T_METHOD, .method = method };
}

/* ---- items ---- */

static ct_tval text_at(ct_tval v, int64_t index)
{
    ct_str text = ct_t_get_str(v);
    if (index < 0) {
        index += (int64_t)ct_utf8_count(text);
        if (index < 0)
            return ct_t_unset();
    }
    text = ct_utf8_slice(text, (size_t)index, 1);
    if (!text.length)
        return ct_t_unset();
    ct_tval one = ct_t_str(text);
    one.flags = v.flags;
    return one;
}

static ct_tval range_at(const ct_trange *range, int64_t index)
{
    return ct_t_int((int64_t)((uint64_t)range->start + (uint64_t)index * (uint64_t)range->step));
}

static ct_tval row_at(const ct_rows *rows, size_t index)
{
    const ct_row *row = rows->items[index];
    return row ? (ct_tval){ .type = CT_T_ROW, .row = row } : ct_t_none();
}

static ct_tval index_item(ct_tval v, int64_t index)
{
    int64_t count = v.type == CT_T_ARRAY   ? (int64_t)v.array->count
                    : v.type == CT_T_ROWS  ? (int64_t)v.rows->count
                    : v.type == CT_T_RANGE ? v.range->count
                                           : (int64_t)v.list->count;
    if (index < 0)
        index += count;
    if (index < 0 || index >= count)
        return ct_t_unset();
    switch ((ct_ttype)v.type) {
    case CT_T_ARRAY:
        return ct_tval_of(v.array->items[index]);
    case CT_T_ROWS:
        return row_at(v.rows, (size_t)index);
    case CT_T_RANGE:
        return range_at(v.range, index);
    default:
        return v.list->items[index];
    }
}

/* What v[key] gives; UNSET where there is none, or the key cannot be one. */
static ct_tval find_item(ct_renderer *r, ct_tval v, ct_tval key)
{
    ct_tval value;
    bool whole = key.type == CT_T_INT || key.type == CT_T_BOOL;
    switch ((ct_ttype)v.type) {
    case CT_T_DICT:
    case CT_T_MAP:
        if (!ct_tval_hashable(r, key) || !ct_tval_find(r, v, key, &value))
            return ct_t_unset();
        return value;
    case CT_T_LIST:
    case CT_T_TUPLE:
    case CT_T_RANGE:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return whole ? index_item(v, key.integer) : ct_t_unset();
    case CT_T_TEXT:
        return whole ? text_at(v, key.integer) : ct_t_unset();
    case CT_T_ROW:
        return ct_t_is_text(key) ? ct_row_field(r, v.row, ct_t_get_str(key)) : ct_t_unset();
    case CT_T_OBJECT:
        return v.object->class->item ? v.object->class->item(r, v.object, key) : ct_t_unset();
    default:
        return ct_t_unset();
    }
}

/* ---- attributes as Jinja reads them ---- */

/* Names that mean the method of a dictionary though a key may be called so. */
static bool names_dict_method(ct_str name)
{
    for (const ct_fn *fn = ct_dict_methods; fn->name; fn++)
        if (fn->name[0] == name.data[0] && ct_str_eq(name, ct_str_of(fn->name)))
            return true;
    return false;
}

ct_tval ct_tval_attribute(ct_renderer *r, ct_tval v, ct_str name)
{
    if (v.type == CT_T_DICT || v.type == CT_T_MAP) {
        const ct_tval *found = NULL;
        const ct_kv *pair = NULL;
        if (v.type == CT_T_DICT)
            found = ct_tdict_find_str(r, v.dict, name);
        else
            pair = ct_map_find(v.map, name);
        if ((found || pair) && name.length && !names_dict_method(name))
            return found ? *found : ct_tval_of(pair->value);
    } else if (v.type == CT_T_UNDEFINED) {
        ct_tval_fail_undefined(r, v);
    }
    ct_tval own = own_or_method(r, v, name);
    if (own.type != CT_T_UNSET)
        return own;
    if (v.type == CT_T_OBJECT || v.type == CT_T_DICT || v.type == CT_T_MAP)
        own = find_item(r, v, ct_t_str(name));
    return own.type != CT_T_UNSET ? own : missing(r, v, name);
}

ct_tval ct_tval_item(ct_renderer *r, ct_tval v, ct_tval key)
{
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    ct_tval item = find_item(r, v, key);
    if (item.type == CT_T_UNSET && ct_t_is_text(key))
        item = own_or_method(r, v, ct_t_get_str(key));
    return item.type != CT_T_UNSET ? item : missing_item(r, v, key);
}

/* ---- attributes as Django reads them ---- */

/* The value that a variable is when it can be called; methods that want arguments are none. */
static ct_tval called(ct_renderer *r, ct_tval v, ct_tval of, ct_str name)
{
    const ct_call call = { .count = 0 };
    uint32_t wanted = 0;
    if (v.type == CT_T_METHOD)
        wanted = v.method->callable->required - 1u;
    else if (v.type == CT_T_FUNCTION)
        wanted = v.function->required;
    else if (!ct_tval_callable(v))
        return v;
    return wanted ? missing(r, of, name) : ct_tval_call(r, v, &call);
}

static ct_tval find_for_django(ct_renderer *r, ct_tval v, ct_str name)
{
    int64_t index;
    ct_tval found;
    if (v.type == CT_T_DICT) {
        const ct_tval *value = ct_tdict_find_str(r, v.dict, name);
        found = value ? *value : ct_t_unset();
    } else if (v.type == CT_T_MAP) {
        const ct_kv *pair = ct_map_find(v.map, name);
        found = pair ? ct_tval_of(pair->value) : ct_t_unset();
    } else {
        found = find_item(r, v, ct_t_str(name));
    }
    if (found.type == CT_T_UNSET)
        found = own_or_method(r, v, name);
    if (found.type == CT_T_UNSET && name.length && name.data[0] >= '0' && name.data[0] <= '9' &&
        ct_str_to_int64(name, &index))
        found = find_item(r, v, ct_t_int(index));
    return found;
}

ct_tval ct_tval_lookup(ct_renderer *r, ct_tval v, ct_str name)
{
    if (v.type == CT_T_UNDEFINED)
        return v;
    if (name.length && name.data[0] == '_')
        return missing(r, v, name);
    ct_tval found = find_for_django(r, v, name);
    if (CT_LIKELY(found.type < CT_T_FUNCTION && found.type != CT_T_UNSET))
        return found;
    return found.type == CT_T_UNSET ? missing(r, v, name) : called(r, found, v, name);
}

/* ---- slices ---- */

typedef struct {
    int64_t start, step, count; /* the items start, start + step, ... */
    int64_t stop;
} slice;

static int64_t slice_number(ct_renderer *r, ct_tval v, int64_t fallback)
{
    if (v.type == CT_T_UNSET || v.type == CT_T_NONE)
        return fallback;
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    if (v.type != CT_T_INT && v.type != CT_T_BOOL)
        ct_render_fail(r, "slice indices must be integers or None, not '%s'", ct_tval_type_name(v));
    return v.integer;
}

/* An end of a slice as an index of the `length` items. */
static int64_t slice_end(int64_t index, int64_t length, bool down)
{
    if (index < 0) {
        index += length;
        return index >= 0 ? index : down ? -1 : 0;
    }
    return index < length ? index : down ? length - 1 : length;
}

static slice slice_of(ct_renderer *r, ct_tval start, ct_tval stop, ct_tval step, int64_t length)
{
    slice s = { .step = slice_number(r, step, 1) };
    if (s.step == 0)
        ct_render_fail(r, "slice step cannot be zero");
    s.step = CT_MAX(s.step, -INT64_MAX);
    bool down = s.step < 0;
    s.start = slice_end(slice_number(r, start, down ? INT64_MAX : 0), length, down);
    s.stop = slice_end(slice_number(r, stop, down ? INT64_MIN : INT64_MAX), length, down);
    if (down && s.stop < s.start)
        s.count = (s.start - s.stop - 1) / -s.step + 1;
    else if (!down && s.start < s.stop)
        s.count = (s.stop - s.start - 1) / s.step + 1;
    return s;
}

/* Characters at a distance from each other, one by one. */
static ct_tval stepped_text(ct_renderer *r, ct_str text, slice s)
{
    const char *start = text.data, *end = start + text.length;
    ct_buffer out = ct_text_begin(r);
    const char *at = s.count ? start + ct_utf8_offset(text, (size_t)s.start) : end;
    for (int64_t i = 0; i < s.count; i++) {
        ct_buffer_append(&out, at, (size_t)(ct_utf8_skip(at, end) - at));
        for (int64_t moved = 0; i + 1 < s.count && moved < s.step; moved++)
            at = ct_utf8_skip(at, end);
        for (int64_t moved = 0; i + 1 < s.count && moved > s.step; moved--)
            at = ct_utf8_back(at, start);
    }
    return ct_text_end(r, &out);
}

static ct_tval slice_text(ct_renderer *r, ct_tval v, ct_tval start, ct_tval stop, ct_tval step)
{
    ct_str text = ct_t_get_str(v);
    slice s = slice_of(r, start, stop, step, (int64_t)ct_utf8_count(text));
    ct_tval part;
    if (s.step == 1)
        part = ct_t_str(ct_utf8_slice(text, (size_t)s.start, (size_t)s.count));
    else
        part = stepped_text(r, text, s);
    part.flags = v.flags;
    return part;
}

static ct_tval slice_range(ct_renderer *r, const ct_trange *range, ct_tval start, ct_tval stop, ct_tval step)
{
    slice s = slice_of(r, start, stop, step, range->count);
    ct_trange *part = ct_render_take(r, sizeof(*part));
    int64_t to_start, to_stop;
    bool large = __builtin_mul_overflow(range->step, s.step, &part->step);
    large |= __builtin_mul_overflow(s.start, range->step, &to_start);
    large |= __builtin_mul_overflow(s.stop, range->step, &to_stop);
    large |= __builtin_add_overflow(range->start, to_start, &part->start);
    large |= __builtin_add_overflow(range->start, to_stop, &part->stop);
    if (large)
        ct_render_fail(r, "the slice of the range has numbers that are too large");
    part->count = s.count;
    return (ct_tval){ .type = CT_T_RANGE, .range = part };
}

static ct_tval slice_list(ct_renderer *r, ct_tval v, ct_tval start, ct_tval stop, ct_tval step)
{
    ct_seq seq;
    ct_seq_init(r, &seq, v);
    slice s = slice_of(r, start, stop, step, seq.count);
    ct_render_step(r, (uint64_t)s.count / 8);
    ct_tlist *list = ct_tlist_new(r, (uint32_t)s.count);
    for (int64_t i = 0; i < s.count; i++)
        ct_tlist_add(r, list, ct_seq_at(r, &seq, (uint32_t)(s.start + i * s.step)));
    return v.type == CT_T_TUPLE ? ct_t_tuple(list) : ct_t_list(list);
}

ct_tval ct_tval_slice(ct_renderer *r, ct_tval v, ct_tval start, ct_tval stop, ct_tval step)
{
    switch ((ct_ttype)v.type) {
    case CT_T_TEXT:
        return slice_text(r, v, start, stop, step);
    case CT_T_RANGE:
        return slice_range(r, v.range, start, stop, step);
    case CT_T_LIST:
    case CT_T_TUPLE:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return slice_list(r, v, start, stop, step);
    case CT_T_UNDEFINED:
        ct_tval_fail_undefined(r, v);
    case CT_T_DICT:
    case CT_T_MAP:
        ct_render_fail(r, "unhashable type: 'slice'");
    default:
        ct_render_fail(r, "'%s' object is not subscriptable", ct_tval_type_name(v));
    }
}

/* ---- paths ---- */

static bool is_number(ct_str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.length > 0;
}

static ct_tval path_key(ct_str part)
{
    int64_t index;
    if (is_number(part) && ct_str_to_int64(part, &index))
        return ct_t_int(index);
    return ct_t_str(part);
}

static ct_tval follow(ct_renderer *r, ct_tval v, ct_tval key, ct_tval fallback)
{
    v = ct_tval_item(r, v, key);
    return v.type == CT_T_UNDEFINED && fallback.type != CT_T_UNSET ? fallback : v;
}

ct_tval ct_tval_path(ct_renderer *r, ct_tval v, ct_tval path, ct_tval fallback)
{
    if (path.type == CT_T_UNSET || path.type == CT_T_NONE)
        return v;
    if (!ct_t_is_text(path))
        return follow(r, v, path, fallback);
    ct_str rest = ct_t_get_str(path);
    for (;;) {
        const char *dot = rest.length ? memchr(rest.data, '.', rest.length) : NULL;
        ct_str part = { rest.data, dot ? (size_t)(dot - rest.data) : rest.length };
        v = follow(r, v, path_key(part), fallback);
        if (!dot)
            return v;
        rest.length -= part.length + 1;
        rest.data = dot + 1;
    }
}

/* ---- walking ---- */

/* The characters of a text, which are plain text even where the whole is safe, as in Python. */
static ct_tval characters(ct_renderer *r, ct_str text)
{
    size_t count = ct_utf8_count(text);
    if (count > UINT32_MAX)
        ct_render_fail(r, "the text is too long");
    ct_tlist *list = ct_tlist_new(r, (uint32_t)count);
    const char *at = text.data, *end = at + text.length;
    while (at < end) {
        const char *next = ct_utf8_skip(at, end);
        list->items[list->count++] = ct_t_text(at, (size_t)(next - at));
        at = next;
    }
    return ct_t_list(list);
}

/* A dictionary is walked as it stands while nothing was removed from it, else through a list of its keys. */
static ct_tval dict_keys(ct_renderer *r, ct_tval v)
{
    if (v.dict->count == v.dict->used)
        return v;
    ct_tlist *list = ct_tlist_new(r, v.dict->count);
    uint32_t at = 0;
    for (const ct_tentry *entry; (entry = ct_tdict_next(v.dict, &at));)
        list->items[list->count++] = entry->key;
    return ct_t_list(list);
}

static uint32_t counted(ct_renderer *r, uint64_t count, const char *what)
{
    if (count > UINT32_MAX)
        ct_render_fail(r, "the %s has more than %" PRIu32 " items", what, UINT32_MAX);
    return (uint32_t)count;
}

void ct_seq_init(ct_renderer *r, ct_seq *seq, ct_tval v)
{
    if (v.type == CT_T_METHOD) /* {% for x in d.items %}: as Django has it, and never meant otherwise */
        v = ct_tval_call(r, v, &(ct_call){ .count = 0 });
    *seq = (ct_seq){ .of = v };
    switch ((ct_ttype)v.type) {
    case CT_T_LIST:
    case CT_T_TUPLE:
        seq->count = v.list->count;
        return;
    case CT_T_ROWS:
        seq->count = counted(r, v.rows->count, "list");
        return;
    case CT_T_ARRAY:
        seq->count = counted(r, v.array->count, "list");
        return;
    case CT_T_MAP:
        seq->count = v.map->count;
        return;
    case CT_T_DICT:
        seq->of = dict_keys(r, v);
        seq->count = v.dict->count;
        return;
    case CT_T_RANGE:
        seq->count = counted(r, (uint64_t)v.range->count, "range");
        return;
    case CT_T_TEXT:
        seq->of = characters(r, ct_t_get_str(v));
        seq->count = seq->of.list->count;
        return;
    case CT_T_UNDEFINED:
        if (r->strict && !(v.flags & CT_T_LENIENT))
            ct_tval_fail_undefined(r, v);
        return;
    case CT_T_OBJECT:
        if (v.object->class->seq) {
            v.object->class->seq(r, v.object, seq);
            return;
        }
        break;
    default:
        break;
    }
    ct_render_fail(r, "'%s' object is not iterable", ct_tval_type_name(v));
}

/* The key where nothing was removed when the walk began. */
static ct_tval dict_key_at(ct_renderer *r, const ct_tdict *dict, uint32_t count, uint32_t index)
{
    if (dict->count != count)
        ct_render_fail(r, "the dictionary changed its size while it was walked");
    if (CT_LIKELY(dict->used == count))
        return dict->entries[index].key;
    uint32_t at = 0;
    const ct_tentry *entry = NULL;
    for (uint32_t i = 0; i <= index; i++)
        entry = ct_tdict_next(dict, &at);
    return entry->key;
}

ct_tval ct_seq_at(ct_renderer *r, const ct_seq *seq, uint32_t index)
{
    ct_tval v = seq->of;
    switch ((ct_ttype)v.type) {
    case CT_T_LIST:
    case CT_T_TUPLE:
        if (CT_UNLIKELY(index >= v.list->count)) /* the list became shorter */
            return ct_t_undefined(CT_STR("an item that was removed from its list"), CT_T_UNSET);
        return v.list->items[index];
    case CT_T_ROWS:
        return row_at(v.rows, index);
    case CT_T_ARRAY:
        return ct_tval_of(v.array->items[index]);
    case CT_T_MAP:
        return ct_t_str(ct_str_of(v.map->pairs[index].key));
    case CT_T_DICT:
        return dict_key_at(r, v.dict, seq->count, index);
    case CT_T_RANGE:
        return range_at(v.range, index);
    default:
        return ct_t_undefined(CT_STR("an item of nothing"), CT_T_UNSET);
    }
}
