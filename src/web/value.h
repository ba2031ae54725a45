/* The inside of maps and arrays, for those who walk them. Only value.c changes them. */
#ifndef CANTEEN_WEB_VALUE_H
#define CANTEEN_WEB_VALUE_H

#include "canteen/value.h"

struct ct_map {
    ct *c;
    ct_kv *pairs; /* in order of insertion */
    uint32_t count, capacity;
    uint32_t *slots; /* index + 1 into pairs, 0 empty; NULL while the map is short */
    uint32_t mask;   /* one less than the number of slots, a power of two */
};

struct ct_array {
    ct *c;
    ct_value *items;
    size_t count, capacity;
};

#endif
