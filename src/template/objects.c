/* Lists and dictionaries that templates make.
 *
 *   list:   [header] -> items            the first items stand in the header's own block
 *   dict:   entries: ["a" 1][ ---- ][7 "x"]     in order of insertion; a removed one has a key that is UNSET
 *           slots:   [ 0 | 3 | 0 | 1 ]          index + 1, linear probing, at most half full; none up to SHORT entries
 *
 * A slot is emptied when its entry is removed, and those that follow move up, so that probing needs no tombstones; the
 * slots are made anew when the entries are. The last entry is never a removed one. Keys are equal as Python has it: 1,
 * 1.0 and True are one key. All memory is that of the render; what is outgrown stays there. */
#include "shape/value.h"
#include "template/fields.h"
#include "template/kinds.h"
#include "template/render.h"
#include "template/tval.h"

#define SHORT 8
#define FIRST_CAPACITY 4
_Static_assert(SHORT % FIRST_CAPACITY == 0, "a dictionary grows to exactly SHORT entries");

/* ---- lists ---- */

ct_tlist *ct_tlist_new(ct_renderer *r, uint32_t capacity)
{
    ct_tlist *list = ct_render_take(r, sizeof(*list) + (size_t)capacity * sizeof(ct_tval));
    *list = (ct_tlist){ .items = (ct_tval *)(void *)(list + 1), .capacity = capacity };
    return list;
}
_Static_assert(sizeof(ct_tlist) % _Alignof(ct_tval) == 0, "items may follow the header");

static void grow_list(ct_renderer *r, ct_tlist *list)
{
    if (list->capacity > UINT32_MAX / 2)
        ct_render_fail(r, "the list is too long");
    uint32_t capacity = CT_MAX(2 * list->capacity, FIRST_CAPACITY);
    ct_tval *items = ct_render_take(r, (size_t)capacity * sizeof(*items));
    if (list->count)
        memcpy(items, list->items, list->count * sizeof(*items));
    list->items = items;
    list->capacity = capacity;
}

void ct_tlist_add(ct_renderer *r, ct_tlist *list, ct_tval item)
{
    if (CT_UNLIKELY(list->count == list->capacity))
        grow_list(r, list);
    list->items[list->count++] = item;
}

ct_tlist *ct_tlist_of(ct_renderer *r, ct_tval v)
{
    ct_seq seq;
    ct_seq_init(r, &seq, v);
    ct_render_step(r, seq.count / 8);
    ct_tlist *list = ct_tlist_new(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++)
        ct_tlist_add(r, list, ct_seq_at(r, &seq, i));
    return list;
}

ct_tval ct_t_pair(ct_renderer *r, ct_tval a, ct_tval b)
{
    ct_tlist *list = ct_tlist_new(r, 2);
    list->items[0] = a;
    list->items[1] = b;
    list->count = 2;
    return ct_t_tuple(list);
}

/* ---- keys of dictionaries ---- */

static uint64_t hash_word(uint64_t word)
{
    return ct_hash(&word, sizeof(word));
}

/* Whole reals hash as the integers that they equal. */
static uint64_t hash_real(double value)
{
    uint64_t bits;
    if (value >= -0x1p63 && value < 0x1p63 && value == (double)(int64_t)value)
        return hash_word((uint64_t)(int64_t)value);
    memcpy(&bits, &value, sizeof(bits));
    return hash_word(bits);
}

static uint64_t hash_key(ct_renderer *r, ct_tval key);

static uint64_t hash_tuple(ct_renderer *r, const ct_tlist *tuple)
{
    uint64_t hash = tuple->count;
    ct_render_check_stack(r);
    ct_render_step(r, tuple->count);
    for (uint32_t i = 0; i < tuple->count; i++)
        hash = hash_word(hash ^ hash_key(r, tuple->items[i]));
    return hash;
}

bool ct_tval_hashable(ct_renderer *r, ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_LIST:
    case CT_T_DICT:
    case CT_T_MAP:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return false;
    case CT_T_TUPLE:
        ct_render_check_stack(r);
        ct_render_step(r, v.list->count);
        for (uint32_t i = 0; i < v.list->count; i++)
            if (!ct_tval_hashable(r, v.list->items[i]))
                return false;
        return true;
    default:
        return true;
    }
}

/* Fails for what cannot be a key. */
static uint64_t hash_key(ct_renderer *r, ct_tval key)
{
    switch ((ct_ttype)key.type) {
    case CT_T_TEXT:
        ct_render_step_text(r, key);
        return ct_hash(key.text, key.length);
    case CT_T_BOOL:
    case CT_T_INT:
    case CT_T_DATETIME:
        return hash_word((uint64_t)key.integer);
    case CT_T_CLOCK:
    case CT_T_SPAN:
    case CT_T_DECIMAL:
    case CT_T_UUID:
    case CT_T_BYTES:
        return hash_word(ct_kind_hash(key));
    case CT_T_REAL:
        return hash_real(key.real);
    case CT_T_NONE:
    case CT_T_UNSET:
    case CT_T_UNDEFINED:
    case CT_T_METHOD:
        return key.type;
    case CT_T_TUPLE:
        return hash_tuple(r, key.list);
    case CT_T_RANGE:
        return hash_word((uint64_t)key.range->count);
    case CT_T_ROW:
        return hash_word(ct_row_hash(key.row));
    case CT_T_FUNCTION:
    case CT_T_OBJECT:
        return hash_word((uint64_t)(uintptr_t)key.object);
    case CT_T_LIST:
    case CT_T_DICT:
    case CT_T_MAP:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        break;
    }
    ct_render_fail(r, "unhashable type: '%s'", ct_tval_type_name(key));
}

/* What hash_key() refuses is refused by short dictionaries too. */
static void check_key(ct_renderer *r, ct_tval key)
{
    if (CT_UNLIKELY(key.type > CT_T_DATETIME))
        hash_key(r, key);
}

static inline bool same_text(ct_tval a, ct_str text)
{
    return a.type == CT_T_TEXT && a.length == text.length &&
           (a.text == text.data || !text.length || memcmp(a.text, text.data, text.length) == 0);
}

static bool same_key(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (b.type == CT_T_TEXT)
        return same_text(a, ct_t_get_str(b));
    return a.type != CT_T_UNSET && ct_tval_equal(r, a, b);
}

/* ---- dictionaries ---- */

ct_tdict *ct_tdict_new(ct_renderer *r)
{
    ct_tdict *dict = ct_render_take(r, sizeof(*dict));
    *dict = (ct_tdict){ 0 };
    return dict;
}

static void place_entry(ct_tdict *dict, uint64_t hash, uint32_t index)
{
    for (uint32_t at = (uint32_t)hash;; at++) {
        uint32_t *slot = &dict->slots[at & dict->mask];
        if (!*slot) {
            *slot = index + 1;
            return;
        }
    }
}

static void make_slots(ct_renderer *r, ct_tdict *dict)
{
    size_t slot_count = 2 * (size_t)dict->capacity;
    uint32_t *slots = ct_render_take(r, slot_count * sizeof(*slots));
    memset(slots, 0, slot_count * sizeof(*slots));
    dict->slots = slots;
    dict->mask = (uint32_t)slot_count - 1;
    for (uint32_t i = 0; i < dict->used; i++)
        place_entry(dict, hash_key(r, dict->entries[i].key), i);
}

/* Room for one more entry: a bigger block without the removed entries, or as big a one where many were removed. */
static void make_room(ct_renderer *r, ct_tdict *dict)
{
    if (dict->capacity > UINT32_MAX / 8)
        ct_render_fail(r, "the dictionary is too long");
    uint32_t capacity = dict->count > dict->capacity / 2 ? 2 * dict->capacity : dict->capacity;
    capacity = CT_MAX(capacity, FIRST_CAPACITY);
    ct_tentry *entries = ct_render_take(r, (size_t)capacity * sizeof(*entries));
    uint32_t kept = 0;
    for (uint32_t i = 0; i < dict->used; i++)
        if (dict->entries[i].key.type != CT_T_UNSET)
            entries[kept++] = dict->entries[i];
    dict->entries = entries;
    dict->used = kept;
    dict->capacity = capacity;
    if (capacity > SHORT)
        make_slots(r, dict);
}

/* The slot of the key with that hash, or the empty one where it belongs. There are slots, and empty ones among them. */
static uint32_t find_slot(ct_renderer *r, const ct_tdict *dict, ct_tval key, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & dict->mask;
    while (dict->slots[at] && !same_key(r, dict->entries[dict->slots[at] - 1].key, key))
        at = (at + 1) & dict->mask;
    return at;
}

static ct_tentry *find_hashed(ct_renderer *r, const ct_tdict *dict, ct_tval key, uint64_t hash)
{
    uint32_t slot = dict->slots[find_slot(r, dict, key, hash)];
    return slot ? &dict->entries[slot - 1] : NULL;
}

static ct_tentry *find_entry(ct_renderer *r, const ct_tdict *dict, ct_tval key)
{
    if (dict->slots)
        return find_hashed(r, dict, key, hash_key(r, key));
    check_key(r, key);
    ct_render_step_text(r, key);
    for (uint32_t i = 0; i < dict->used; i++)
        if (same_key(r, dict->entries[i].key, key))
            return &dict->entries[i];
    return NULL;
}

void ct_tdict_set(ct_renderer *r, ct_tdict *dict, ct_tval key, ct_tval value)
{
    ct_tentry *entry = find_entry(r, dict, key);
    if (entry) {
        entry->value = value;
        return;
    }
    if (!dict->entries || dict->used == dict->capacity)
        make_room(r, dict);
    dict->entries[dict->used] = (ct_tentry){ key, value };
    if (dict->slots)
        place_entry(dict, hash_key(r, key), dict->used);
    dict->used++;
    dict->count++;
}

ct_tval *ct_tdict_find(ct_renderer *r, const ct_tdict *dict, ct_tval key)
{
    ct_tentry *entry = find_entry(r, dict, key);
    return entry ? &entry->value : NULL;
}

ct_tval *ct_tdict_find_str(ct_renderer *r, const ct_tdict *dict, ct_str key)
{
    if (CT_UNLIKELY(dict->slots != NULL)) {
        ct_tentry *entry = find_hashed(r, dict, ct_t_str(key), ct_hash(key.data, key.length));
        return entry ? &entry->value : NULL;
    }
    for (uint32_t i = 0; i < dict->used; i++)
        if (same_text(dict->entries[i].key, key))
            return &dict->entries[i].value;
    return NULL;
}

/* Empties the slot, and moves up what could not be found behind an empty one. */
static void empty_slot(ct_renderer *r, const ct_tdict *dict, uint32_t hole)
{
    uint32_t mask = dict->mask;
    for (uint32_t at = (hole + 1) & mask; dict->slots[at]; at = (at + 1) & mask) {
        uint32_t home = (uint32_t)hash_key(r, dict->entries[dict->slots[at] - 1].key) & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            dict->slots[hole] = dict->slots[at];
            hole = at;
        }
    }
    dict->slots[hole] = 0;
}

bool ct_tdict_remove(ct_renderer *r, ct_tdict *dict, ct_tval key)
{
    ct_tentry *entry = find_entry(r, dict, key);
    if (!entry)
        return false;
    if (dict->slots)
        empty_slot(r, dict, find_slot(r, dict, key, hash_key(r, key)));
    *entry = (ct_tentry){ .key = ct_t_unset(), .value = ct_t_unset() };
    dict->count--;
    while (dict->used && dict->entries[dict->used - 1].key.type == CT_T_UNSET)
        dict->used--;
    return true;
}

bool ct_tval_find(ct_renderer *r, ct_tval mapping, ct_tval key, ct_tval *ret_value)
{
    if (mapping.type == CT_T_MAP) {
        check_key(r, key);
        const ct_kv *pair = ct_t_is_text(key) ? ct_map_find(mapping.map, ct_t_get_str(key)) : NULL;
        if (pair)
            *ret_value = ct_tval_of(pair->value);
        return pair != NULL;
    }
    const ct_tval *value = ct_tdict_find(r, mapping.dict, key);
    if (value)
        *ret_value = *value;
    return value != NULL;
}

bool ct_tval_next_pair(ct_tval mapping, uint32_t *at, ct_tval *ret_key, ct_tval *ret_value)
{
    if (mapping.type == CT_T_MAP) {
        if (*at >= mapping.map->count)
            return false;
        const ct_kv *pair = &mapping.map->pairs[(*at)++];
        *ret_key = ct_t_str(ct_str_of(pair->key));
        *ret_value = ct_tval_of(pair->value);
        return true;
    }
    const ct_tentry *entry = ct_tdict_next(mapping.dict, at);
    if (entry) {
        *ret_key = entry->key;
        *ret_value = entry->value;
    }
    return entry != NULL;
}

const ct_tentry *ct_tdict_next(const ct_tdict *dict, uint32_t *at)
{
    while (*at < dict->used) {
        const ct_tentry *entry = &dict->entries[(*at)++];
        if (entry->key.type != CT_T_UNSET)
            return entry;
    }
    return NULL;
}

/* ---- dictionaries of other values ---- */

/* One item of the list of pairs that dict() takes. */
static void set_pair(ct_renderer *r, ct_tdict *dict, ct_tval item, uint32_t index)
{
    ct_seq pair;
    if (!ct_tval_iterable(item))
        ct_render_fail(r, "cannot convert dictionary update sequence element #%" PRIu32 " to a sequence", index);
    ct_seq_init(r, &pair, item);
    if (pair.count != 2)
        ct_render_fail(r, "dictionary update sequence element #%" PRIu32 " has length %" PRIu32 "; 2 is required",
                       index, pair.count);
    ct_tval key = ct_seq_at(r, &pair, 0);
    ct_tdict_set(r, dict, key, ct_seq_at(r, &pair, 1));
}

void ct_tdict_update(ct_renderer *r, ct_tdict *dict, ct_tval v)
{
    ct_seq seq;
    ct_seq_init(r, &seq, v);
    ct_render_step(r, seq.count);
    if (v.type == CT_T_MAP || v.type == CT_T_DICT) {
        uint32_t at = 0;
        for (ct_tval key, value; ct_tval_next_pair(v, &at, &key, &value);)
            ct_tdict_set(r, dict, key, value);
        return;
    }
    for (uint32_t i = 0; i < seq.count; i++)
        set_pair(r, dict, ct_seq_at(r, &seq, i), i);
}

ct_tdict *ct_tdict_of(ct_renderer *r, ct_tval v)
{
    ct_tdict *dict = ct_tdict_new(r);
    ct_tdict_update(r, dict, v);
    return dict;
}
