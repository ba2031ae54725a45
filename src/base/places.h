/* Pointers and the place of each: 0, 1, ... in the order in which they were added. What belongs to them lies in arrays
 * beside, by place. Up to CT_PLACES_WALKED of them are compared one by one, which is quickest for so few; more get a
 * hash, so that a table of any length is searched in a few steps. There is no removal. Memory is the arena's. */
#ifndef CANTEEN_BASE_PLACES_H
#define CANTEEN_BASE_PLACES_H

#include "base/arena.h"
#include "base/common.h"

#define CT_PLACES_WALKED 16

typedef struct ct_places {
    const void **items; /* `count` of them */
    uint32_t *hash;     /* place + 1, 0 empty; 1 << bits of them; NULL: there are few */
    uint32_t count, bits;
} ct_places;

/* False, with nothing changed, past the arena's limit. A pointer that is there already keeps its first place. */
bool ct_places_add(ct_places *places, ct_arena *arena, const void *item);

int32_t ct_places_find_hashed(const ct_places *places, const void *item);
/* The place, or -1. */
static inline int32_t ct_places_find(const ct_places *places, const void *item)
{
    if (CT_UNLIKELY(places->hash != NULL))
        return ct_places_find_hashed(places, item);
    for (uint32_t i = 0; i < places->count; i++)
        if (places->items[i] == item)
            return (int32_t)i;
    return -1;
}

#endif
