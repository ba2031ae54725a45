/* A hash map from text to pointer, open addressing, for tables built at start and looked up often, and for small
 * tables of a request. Keys are borrowed: they must live as long as the map. Memory comes from the arena, or from the
 * heap where arena is NULL. Keys compare byte for byte. Entries keep their order of insertion for iteration; there is
 * no removal. */
#ifndef CANTEEN_BASE_MAP_H
#define CANTEEN_BASE_MAP_H

#include "base/arena.h"
#include "base/common.h"
#include "base/str.h"

typedef struct ct_strmap_entry {
    ct_str key;
    uint64_t hash;
    void *value;
} ct_strmap_entry;

typedef struct ct_strmap {
    ct_strmap_entry *entries; /* in order of insertion, `count` of them */
    uint32_t *slots;          /* index + 1 into entries, 0 empty; `mask` + 1 of them, a power of two */
    size_t count, capacity, mask;
    ct_arena *arena;
    bool failed; /* an entry was dropped because the arena's limit was reached */
} ct_strmap;

/* An empty map takes no memory. */
void ct_strmap_init(ct_strmap *map, ct_arena *arena);
void ct_strmap_finish(ct_strmap *map);
/* Sets or replaces; returns the former value or NULL. `value` must not be NULL. An entry that is replaced keeps its
 * place and its first key. Past the arena's limit a new entry is dropped and `failed` is set. */
void *ct_strmap_set(ct_strmap *map, ct_str key, void *value);
/* The value, or NULL when there is none. */
void *ct_strmap_get(const ct_strmap *map, ct_str key);

#endif
