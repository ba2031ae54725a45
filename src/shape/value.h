/* The inside of maps and arrays, for those who walk them and for layers without a `ct` that make them; rows by name.
 *
 * Memory is the arena's. Only value.c changes maps and arrays, only shape.c lists of rows. */
#ifndef CANTEEN_SHAPE_VALUE_H
#define CANTEEN_SHAPE_VALUE_H

#include "base/arena.h"
#include "base/str.h"
#include "canteen/shape.h"
#include "canteen/value.h"

struct ct_map {
    ct *c; /* whose it is, for the messages of mistakes; NULL where there is none */
    ct_arena *arena;
    ct_kv *pairs; /* in order of insertion */
    uint32_t count, capacity;
    uint32_t *slots; /* index + 1 into pairs, 0 empty; NULL while the map is short */
    uint32_t mask;   /* one less than the number of slots, a power of two */
};

struct ct_array {
    ct *c;
    ct_arena *arena;
    ct_value *items;
    size_t count, capacity;
};

/* Empty ones, with room for so many (at least 1) before they grow. NULL when the arena's limit is passed. */
ct_map *ct_map_in(ct_arena *arena, size_t room);
ct_array *ct_array_in(ct_arena *arena, size_t room);

/* Sets or replaces; false when the arena's limit is passed, or the map has as many pairs as one can have. */
bool ct_map_put(ct_map *map, const char *key, ct_value value);
bool ct_array_put(ct_array *array, ct_value value);

/* The pair of a name, or NULL. The name may hold any bytes. */
const ct_kv *ct_map_find(const ct_map *map, ct_str key);

/* A copy of the row, or an empty list; NULL when the arena's limit is passed. */
ct_row *ct_row_in(ct_arena *arena, const ct_row *from);
ct_rows *ct_rows_in(ct_arena *arena, const ct_shape *shape);
/* Adds a row at the end; false when the limit of the arena, that of the list, is passed. */
bool ct_rows_put(ct_rows *rows, ct_row *row, ct_arena *arena);

/* What the row has there; null for a method, which has no member, and for links without a key of their own. */
ct_value ct_row_value(const ct_row *row, const ct_field *field);
/* The bit of the field in a row's nulls, and wherever fields are told by bits; 0: it has none (the id of CT_MODEL). The
 * nulls of what shows by itself that it is null (text, arrays, rows) stay unset. */
uint64_t ct_field_mask(const ct_shape *shape, const ct_field *field);
bool ct_field_is_null(const ct_row *row, const ct_field *field);
void ct_field_set_null(ct_row *row, const ct_field *field, bool null);

/* Prepares the sort of the list (canteen/shape.h); false when the arena's limit is passed. */
bool ct_sort_init(ct_sort *sort, ct_rows *rows, ct_arena *arena);

#endif
