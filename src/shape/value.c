/* Maps and arrays of values.
 *
 *   slots:  [ 0 | 2 | 0 | 1 | 3 | 0 | 0 | 0 ]    index + 1, linear probing, at most half full
 *   pairs:  [ "a" ][ "b" ][ "c" ]                in order of insertion
 *
 * A map of up to SHORT pairs has no slots: comparing a few keys beats hashing them. There is no removal, hence no
 * tombstones. All memory is the arena's; what is outgrown and cannot grow in place stays there. */
#include "shape/value.h"

#include "base/common.h"

#define SHORT 8

/* ---- maps ---- */

/* By bytes: keys are short, and nearly every other one differs in the first. */
static bool is_key(const char *key, ct_str wanted)
{
    size_t at = 0;
    while (at < wanted.length && key[at] && key[at] == wanted.data[at])
        at++;
    return at == wanted.length && !key[at];
}

/* The slot of the key, or the empty one where it belongs. There are slots, and empty ones among them. */
static uint32_t *find_slot(const ct_map *map, ct_str key)
{
    for (uint32_t at = (uint32_t)ct_hash(key.data, key.length);; at++) {
        uint32_t *slot = &map->slots[at & map->mask];
        if (!*slot || is_key(map->pairs[*slot - 1].key, key))
            return slot;
    }
}

static ct_kv *find(const ct_map *map, ct_str key)
{
    if (map->slots) {
        uint32_t index = *find_slot(map, key);
        return index ? &map->pairs[index - 1] : NULL;
    }
    for (uint32_t i = 0; i < map->count; i++)
        if (is_key(map->pairs[i].key, key))
            return &map->pairs[i];
    return NULL;
}

const ct_kv *ct_map_find(const ct_map *map, ct_str key)
{
    return find(map, key);
}

/* Slots for all that fits into pairs. */
static bool make_slots(ct_map *map)
{
    size_t count = 1;
    while (count < 2 * (size_t)map->capacity)
        count *= 2;
    uint32_t *slots = ct_arena_zalloc(map->arena, count * sizeof(*slots));
    if (!slots)
        return false;
    map->slots = slots;
    map->mask = (uint32_t)count - 1;
    for (uint32_t i = 0; i < map->count; i++)
        *find_slot(map, ct_str_of(map->pairs[i].key)) = i + 1;
    return true;
}

/* Room for one more pair, and the slots of a map that is no longer short. */
static bool make_room(ct_map *map)
{
    if (map->pairs && map->count < map->capacity)
        return true;
    if (map->capacity > UINT32_MAX / 8)
        return false;
    uint32_t capacity = CT_MAX(2 * map->capacity, (uint32_t)SHORT);
    ct_kv *pairs = ct_arena_grow(map->arena, map->pairs, map->capacity * sizeof(*pairs), capacity * sizeof(*pairs));
    if (!pairs)
        return false;
    map->pairs = pairs;
    map->capacity = capacity;
    return capacity <= SHORT || make_slots(map);
}

ct_map *ct_map_in(ct_arena *arena, size_t room)
{
    ct_map *map = ct_arena_zalloc(arena, sizeof(*map));
    if (!map)
        return NULL;
    map->arena = arena;
    map->capacity = (uint32_t)CT_MAX(CT_MIN(room, (size_t)SHORT), (size_t)1);
    map->pairs = ct_arena_alloc(arena, map->capacity * sizeof(*map->pairs));
    return map->pairs ? map : NULL;
}

bool ct_map_put(ct_map *map, const char *key, ct_value value)
{
    ct_str name = ct_str_of(key);
    ct_kv *pair = find(map, name);
    if (pair) {
        pair->value = value;
        return true;
    }
    if (!make_room(map))
        return false;
    map->pairs[map->count++] = (ct_kv){ .key = key, .value = value };
    if (map->slots)
        *find_slot(map, name) = map->count;
    return true;
}

/* ---- arrays ---- */

ct_array *ct_array_in(ct_arena *arena, size_t room)
{
    ct_array *array = ct_arena_zalloc(arena, sizeof(*array));
    if (!array)
        return NULL;
    array->arena = arena;
    array->capacity = CT_MAX(room, (size_t)1);
    size_t size;
    if (__builtin_mul_overflow(array->capacity, sizeof(*array->items), &size))
        return NULL;
    array->items = ct_arena_alloc(arena, size);
    return array->items ? array : NULL;
}

bool ct_array_put(ct_array *array, ct_value value)
{
    if (array->count == array->capacity) {
        size_t size = array->capacity * sizeof(ct_value);
        ct_value *items = ct_arena_grow(array->arena, array->items, size, 2 * size);
        if (!items)
            return false;
        array->items = items;
        array->capacity *= 2;
    }
    array->items[array->count++] = value;
    return true;
}
