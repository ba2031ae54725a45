/* The hash map: an array of entries in order of insertion, and an open-addressed table of indices into it.
 *
 *   slots:   [ 0 | 2 | 0 | 1 | 3 | 0 | 0 | 0 ]      index + 1, linear probing, at most half full
 *   entries: [ "a" ][ "b" ][ "c" ]
 *
 * No removal, hence no tombstones. The entries keep their hashes, so that growing reads no key. */
#include "base/map.h"

#include <stdlib.h>

#define FIRST_CAPACITY 8

void ct_strmap_init(ct_strmap *map, ct_arena *arena)
{
    *map = (ct_strmap){ .arena = arena };
}

void ct_strmap_finish(ct_strmap *map)
{
    if (!map->arena) {
        free(map->entries);
        free(map->slots);
    }
    ct_strmap_init(map, map->arena);
}

/* The slot that holds `key`, or the empty one where it belongs. There are slots, and empty ones among them. */
static size_t find_slot(const ct_strmap *map, ct_str key, uint64_t hash)
{
    for (size_t at = hash & map->mask;; at = (at + 1) & map->mask) {
        if (!map->slots[at])
            return at;
        const ct_strmap_entry *entry = &map->entries[map->slots[at] - 1];
        if (entry->hash == hash && ct_str_eq(entry->key, key))
            return at;
    }
}

static bool grow(ct_strmap *map)
{
    size_t capacity = map->capacity ? 2 * map->capacity : FIRST_CAPACITY, slot_count = 2 * capacity;
    ct_strmap_entry *entries;
    uint32_t *slots;
    if (map->capacity > UINT32_MAX / 4)
        return false;
    if (map->arena) {
        slots = ct_arena_zalloc(map->arena, slot_count * sizeof *slots);
        entries = ct_arena_grow(map->arena, map->entries, map->capacity * sizeof *entries, capacity * sizeof *entries);
        if (!slots || !entries)
            return false;
    } else {
        entries = ct_xrealloc(map->entries, capacity * sizeof *entries);
        slots = ct_xcalloc(slot_count, sizeof *slots);
        free(map->slots);
    }
    map->entries = entries;
    map->slots = slots;
    map->capacity = capacity;
    map->mask = slot_count - 1;
    for (size_t i = 0; i < map->count; i++) {
        size_t at = entries[i].hash & map->mask;
        while (slots[at])
            at = (at + 1) & map->mask;
        slots[at] = (uint32_t)i + 1;
    }
    return true;
}

void *ct_strmap_set(ct_strmap *map, ct_str key, void *value)
{
    uint64_t hash = ct_hash(key.data, key.length);
    size_t at = 0;
    if (map->slots) {
        at = find_slot(map, key, hash);
        if (map->slots[at]) {
            ct_strmap_entry *entry = &map->entries[map->slots[at] - 1];
            void *former = entry->value;
            entry->value = value;
            return former;
        }
    }
    if (!map->slots || map->count == map->capacity) {
        if (!grow(map)) {
            map->failed = true;
            return NULL;
        }
        at = find_slot(map, key, hash);
    }
    map->entries[map->count++] = (ct_strmap_entry){ .key = key, .hash = hash, .value = value };
    map->slots[at] = (uint32_t)map->count;
    return NULL;
}

void *ct_strmap_get(const ct_strmap *map, ct_str key)
{
    if (!map->count)
        return NULL;
    size_t at = find_slot(map, key, ct_hash(key.data, key.length));
    return map->slots[at] ? map->entries[map->slots[at] - 1].value : NULL;
}
