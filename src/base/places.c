/* Places of pointers: an array, and beside a long one an open-addressed table of places.
 *
 *   hash:  [ 0 | 2 | 0 | 1 | 3 | 0 | 0 | 0 ]      place + 1, linear probing, at most half full
 *   items: [ p ][ q ][ r ]
 *
 * Addresses of one arena have regular distances: multiplying spreads them. It does not defend against addresses chosen
 * to collide, for nobody outside chooses addresses. */
#include "base/places.h"

#include <string.h>

#define FIRST_CAPACITY 4
#define MOST (UINT32_C(1) << 30)

static uint32_t home_of(const ct_places *places, const void *item)
{
    return (uint32_t)(((uint64_t)(uintptr_t)item * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - places->bits));
}

static void enter(ct_places *places, uint32_t place)
{
    uint32_t mask = (UINT32_C(1) << places->bits) - 1, at = home_of(places, places->items[place]);
    while (places->hash[at])
        at = (at + 1) & mask;
    places->hash[at] = place + 1;
}

int32_t ct_places_find_hashed(const ct_places *places, const void *item)
{
    uint32_t mask = (UINT32_C(1) << places->bits) - 1;
    for (uint32_t at = home_of(places, item); places->hash[at]; at = (at + 1) & mask)
        if (places->items[places->hash[at] - 1] == item)
            return (int32_t)(places->hash[at] - 1);
    return -1;
}

/* Room for `capacity` items, a power of two, and a hash with two slots for each where they are many. */
static bool grow(ct_places *places, ct_arena *arena, uint32_t capacity)
{
    uint32_t *hash = NULL;
    if (capacity > CT_PLACES_WALKED && !(hash = ct_arena_zalloc(arena, 2 * (size_t)capacity * sizeof(*hash))))
        return false;
    const void **items = ct_arena_grow(arena, places->items, places->count * sizeof(*items), capacity * sizeof(*items));
    if (!items)
        return false;
    places->items = items;
    if (!hash)
        return true;
    places->hash = hash;
    places->bits = (uint32_t)__builtin_ctz(capacity) + 1;
    for (uint32_t i = 0; i < places->count; i++)
        enter(places, i);
    return true;
}

bool ct_places_add(ct_places *places, ct_arena *arena, const void *item)
{
    uint32_t count = places->count;
    bool full = count < FIRST_CAPACITY ? !count : !(count & (count - 1));
    if (full && (count >= MOST || !grow(places, arena, CT_MAX(2 * count, FIRST_CAPACITY))))
        return false;
    places->items[count] = item;
    places->count++;
    if (places->hash)
        enter(places, count);
    return true;
}
