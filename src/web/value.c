/* Maps and arrays of values.
 *
 *   slots:  [ 0 | 2 | 0 | 1 | 3 | 0 | 0 | 0 ]    index + 1, linear probing, at most half full
 *   pairs:  [ "a" ][ "b" ][ "c" ]                in order of insertion
 *
 * A map of up to SHORT pairs has no slots: comparing a few keys beats hashing them. There is no removal, hence no
 * tombstones. All memory is that of the request (or command); what is outgrown stays there until its end. */
#include "web/value.h"

#include "base/str.h"
#include "web/ct.h"

#define SHORT 8
#define FIRST_CAPACITY 8
_Static_assert(FIRST_CAPACITY <= SHORT, "the slots are made when a map grows");

/* A block of twice `*capacity` items of `size` bytes with the items of `block` in front. */
static void *grow(ct *c, const void *block, size_t capacity, size_t size)
{
    char *grown = ct_take(c, 2 * capacity * size);
    memcpy(grown, block, capacity * size);
    return grown;
}

/* The slot of the key, or the empty one where it belongs. There are slots, and empty ones among them. */
static uint32_t *find_slot(const ct_map *map, const char *key)
{
    for (uint32_t at = (uint32_t)ct_hash(key, strlen(key));; at++) {
        uint32_t *slot = &map->slots[at & map->mask];
        if (!*slot || strcmp(map->pairs[*slot - 1].key, key) == 0)
            return slot;
    }
}

static ct_kv *find(const ct_map *map, const char *key)
{
    if (map->slots) {
        uint32_t index = *find_slot(map, key);
        return index ? &map->pairs[index - 1] : NULL;
    }
    for (uint32_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0)
            return &map->pairs[i];
    return NULL;
}

/* Room for one more pair, and the slots of a map that is no longer short. */
static void make_room(ct_map *map)
{
    if (map->count < map->capacity)
        return;
    if (map->capacity > UINT32_MAX / 8)
        ct_mistake(map->c, "ct_map_set: more than %" PRIu32 " pairs", map->count);
    map->pairs = grow(map->c, map->pairs, map->capacity, sizeof *map->pairs);
    map->capacity *= 2;
    size_t slot_count = 2 * (size_t)map->capacity;
    map->slots = ct_take(map->c, slot_count * sizeof *map->slots);
    memset(map->slots, 0, slot_count * sizeof *map->slots);
    map->mask = (uint32_t)slot_count - 1;
    for (uint32_t i = 0; i < map->count; i++)
        *find_slot(map, map->pairs[i].key) = i + 1;
}

static ct_map *map_with_room(ct *c, size_t capacity)
{
    ct_map *map = ct_take(c, sizeof *map);
    *map = (ct_map){ .c = c, .capacity = (uint32_t)capacity };
    map->pairs = ct_take(c, capacity * sizeof *map->pairs);
    return map;
}

ct_map *ct_map_new(ct *c)
{
    return map_with_room(c, FIRST_CAPACITY);
}

void ct_map_set_value(ct_map *map, const char *key, ct_value value)
{
    if (!key)
        ct_mistake(map->c, "ct_map_set: the key is NULL");
    ct_kv *pair = find(map, key);
    if (pair) {
        pair->value = value;
        return;
    }
    make_room(map);
    map->pairs[map->count++] = (ct_kv){ .key = key, .value = value };
    if (map->slots)
        *find_slot(map, key) = map->count;
}

ct_value ct_map_get(const ct_map *map, const char *key)
{
    const ct_kv *pair = find(map, key);
    return pair ? pair->value : ct_value_null();
}

size_t ct_map_count(const ct_map *map)
{
    return map->count;
}

ct_kv ct_map_at(const ct_map *map, size_t index)
{
    if (index >= map->count)
        ct_mistake(map->c, "ct_map_at: there is no pair %zu in a map of %" PRIu32, index, map->count);
    return map->pairs[index];
}

ct_map *ct_object_of(ct *c, const ct_kv *pairs, size_t count)
{
    ct_map *map = map_with_room(c, CT_MAX(1, CT_MIN(count, (size_t)SHORT)));
    for (size_t i = 0; i < count; i++)
        ct_map_set_value(map, pairs[i].key, pairs[i].value);
    return map;
}

ct_array *ct_array_new(ct *c)
{
    ct_array *array = ct_take(c, sizeof *array);
    *array = (ct_array){ .c = c, .capacity = FIRST_CAPACITY };
    array->items = ct_take(c, FIRST_CAPACITY * sizeof *array->items);
    return array;
}

void ct_array_add_value(ct_array *array, ct_value value)
{
    if (array->count == array->capacity) {
        array->items = grow(array->c, array->items, array->capacity, sizeof *array->items);
        array->capacity *= 2;
    }
    array->items[array->count++] = value;
}

size_t ct_array_count(const ct_array *array)
{
    return array->count;
}

ct_value ct_array_at(const ct_array *array, size_t index)
{
    if (index >= array->count)
        ct_mistake(array->c, "ct_array_at: there is no item %zu in an array of %zu", index, array->count);
    return array->items[index];
}
