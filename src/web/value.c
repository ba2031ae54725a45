/* Maps, arrays, rows and lists of rows as apps make them: those of src/shape, with mistakes and want of memory as
 * aborts. */
#include "shape/value.h"

#include "db/write.h"
#include "web/ct.h"

#define FIRST_ROOM 8

/* ---- maps and arrays ---- */

static ct_map *new_map(ct *c, size_t room)
{
    ct_map *map = ct_map_in(c->arena, room);
    if (!map)
        ct_out_of_memory(c);
    map->c = c;
    return map;
}

ct_map *ct_map_new(ct *c)
{
    return new_map(c, FIRST_ROOM);
}

void ct_map_set_value(ct_map *map, const char *key, ct_value value)
{
    if (!key)
        ct_mistake(map->c, "ct_map_set: the key is NULL");
    if (!ct_map_put(map, key, value))
        ct_out_of_memory(map->c);
}

ct_value ct_map_get(const ct_map *map, const char *key)
{
    const ct_kv *pair = ct_map_find(map, ct_str_of(key));
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
    ct_map *map = new_map(c, count);
    for (size_t i = 0; i < count; i++)
        ct_map_set_value(map, pairs[i].key, pairs[i].value);
    return map;
}

ct_array *ct_array_new(ct *c)
{
    ct_array *array = ct_array_in(c->arena, FIRST_ROOM);
    if (!array)
        ct_out_of_memory(c);
    array->c = c;
    return array;
}

void ct_array_add_value(ct_array *array, ct_value value)
{
    if (!ct_array_put(array, value))
        ct_out_of_memory(array->c);
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

/* ---- rows of shapes ---- */

ct_row *ct_row_of(ct *c, const ct_row *from, size_t check, ct_given *given)
{
    if (check != from->shape->check)
        ct_mistake(c, "ct_row_new: two shapes are named %s: rename one, or declare it once, in a header",
                   from->shape->name);
    ct_row *row = ct_row_in(c->arena, from);
    if (!row)
        ct_out_of_memory(c);
    if (row->shape->model)
        ct_row_defaults(c, row, given);
    return row;
}

ct_rows *ct_rows_of(ct *c, const ct_shape *shape)
{
    ct_rows *rows = ct_rows_in(c->arena, shape);
    if (!rows)
        ct_out_of_memory(c);
    rows->c = c;
    return rows;
}

void ct_rows_add(ct_rows *rows, ct_row *row)
{
    if (!row)
        ct_mistake(rows->c, "ct_list_add: the row is NULL");
    if (!ct_rows_put(rows, row, rows->c->arena))
        ct_out_of_memory(rows->c);
}

ct_row *ct_rows_at(const ct_rows *rows, size_t index)
{
    if (index >= rows->count)
        ct_mistake(rows->c, "ct_list_at: there is no row %zu in a list of %zu", index, rows->count);
    return rows->items[index];
}

ct_sort ct_sort_begin(ct_rows *rows)
{
    ct_sort sort;
    if (!ct_sort_init(&sort, rows, rows->c->arena))
        ct_out_of_memory(rows->c);
    return sort;
}
