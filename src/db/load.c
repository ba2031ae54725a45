/* Rows of a result become rows of models.
 *
 *   [ row | origin | the row as it was read ]        one block for each row
 *
 * Values are read straight into the members. The origin knows the list with which the row came, so that what is loaded
 * later is loaded for all of it, and the copy is what ct_save() compares with. Maps and arrays of json, which can be
 * changed in place, are copied whole for that.
 *
 * A sink must not abort: what does not fit is kept and told when the statement is done. */
#include "db/compile.h"
#include "db/kinds.h"
#include "net/work.h"
#include "shape/value.h"

#include <stdio.h>

static const char no_memory[] = "no memory";

static size_t aligned(size_t size)
{
    return (size + CT_ARENA_ALIGN - 1) & ~(CT_ARENA_ALIGN - 1);
}

/* ---- links ---- */

void *ct_link_pointer(const ct_link *link, const ct_row *row)
{
    void *pointer;
    memcpy(&pointer, (const char *)row + link->field->link, sizeof(pointer));
    return pointer;
}

static uint64_t link_bit(const ct_link *link)
{
    return UINT64_C(1) << (link - link->table->links);
}

void ct_link_set(const ct_link *link, ct_row *row, void *pointer)
{
    ct_origin_row *origin = row->origin;
    memcpy((char *)row + link->field->link, &pointer, sizeof(pointer));
    if (origin)
        origin->links |= link_bit(link);
}

bool ct_link_loaded(const ct_link *link, const ct_row *row)
{
    const ct_origin_row *origin = row->origin;
    return origin && (origin->links & link_bit(link));
}

/* ---- what a row was ---- */

/* Of the whole tree; two that differ have the same one by chance alone. */
static uint64_t digest(ct_value value)
{
    uint64_t hash = (uint64_t)value.type * UINT64_C(0x9e3779b97f4a7c15);
    switch (value.type) {
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE:
        return ct_hash(value.text, strlen(value.text)) ^ hash;
    case CT_VALUE_MAP:
        for (size_t i = 0; i < ct_map_count(value.map); i++) {
            ct_kv pair = ct_map_at(value.map, i);
            hash = (hash ^ ct_hash(pair.key, strlen(pair.key))) * UINT64_C(0x100000001b3);
            hash = (hash ^ digest(pair.value)) * UINT64_C(0x100000001b3);
        }
        return hash;
    case CT_VALUE_ARRAY:
        for (size_t i = 0; i < ct_array_count(value.array); i++)
            hash = (hash ^ digest(ct_array_at(value.array, i))) * UINT64_C(0x100000001b3);
        return hash;
    case CT_VALUE_NULL:
        return hash;
    case CT_VALUE_BOOL:
        return hash ^ value.boolean;
    default:
        return hash ^ ct_hash(&value.uinteger, sizeof(value.uinteger));
    }
}

/* NULL where the arena's limit is passed; never for what is no map or array. */
static bool copy_tree(ct_arena *arena, ct_value value, ct_value *ret_copy)
{
    *ret_copy = value;
    if (value.type == CT_VALUE_MAP) {
        ct_map *map = ct_map_in(arena, CT_MAX(ct_map_count(value.map), 1));
        for (size_t i = 0; map && i < ct_map_count(value.map); i++) {
            ct_kv pair = ct_map_at(value.map, i);
            if (!copy_tree(arena, pair.value, &pair.value) || !ct_map_put(map, pair.key, pair.value))
                return false;
        }
        ret_copy->map = map;
    } else if (value.type == CT_VALUE_ARRAY) {
        ct_array *array = ct_array_in(arena, CT_MAX(ct_array_count(value.array), 1));
        for (size_t i = 0; array && i < ct_array_count(value.array); i++) {
            ct_value item;
            if (!copy_tree(arena, ct_array_at(value.array, i), &item) || !ct_array_put(array, item))
                return false;
        }
        ret_copy->array = array;
    } else {
        return true;
    }
    return ret_copy->map != NULL;
}

ct_value ct_json_kept(ct *c, ct_value value)
{
    ct_value copy;
    if (!copy_tree(ct_work_arena(c), value, &copy))
        ct_out_of_memory(c);
    return copy;
}

static bool keep(ct_arena *arena, const ct_table *table, const ct_row *row, ct_row *saved)
{
    memcpy(saved, row, row->shape->size);
    if (CT_LIKELY(!table->has_json))
        return true;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].kind == CT_KIND_json) {
            ct_value *member = (ct_value *)(void *)((char *)saved + table->columns[i].field->offset);
            if (!copy_tree(arena, *member, member))
                return false;
        }
    return true;
}

static bool is_same_array(const ct_array *a, const ct_array *b)
{
    if (a == b || !a || !b)
        return a == b;
    return digest(ct_value_of_array(a)) == digest(ct_value_of_array(b));
}

static bool is_same(const ct_column *column, const ct_row *row, const ct_row *saved)
{
    const void *a = (const char *)row + column->field->offset, *b = (const char *)saved + column->field->offset;
    const char *x, *y;
    const ct_bytes *m = a, *n = b;
    if (ct_column_is_null(column, row) || ct_column_is_null(column, saved))
        return ct_column_is_null(column, row) == ct_column_is_null(column, saved);
    switch (column->kind) {
    case CT_KIND_binary:
        return m->len == n->len && (m->len == 0 || memcmp(m->data, n->data, m->len) == 0);
    case CT_KIND_json:
        return digest(*(const ct_value *)a) == digest(*(const ct_value *)b);
    case CT_KIND_array:
        return is_same_array(*(const ct_array *const *)a, *(const ct_array *const *)b);
    case CT_KIND_decimal:
        return ct_decimal_compare(*(const ct_decimal *)a, *(const ct_decimal *)b) == 0;
    default:
        if (!ct_kind_is_text(column->kind))
            return memcmp(a, b, ct_kind_size(column->kind)) == 0;
        x = *(const char *const *)a;
        y = *(const char *const *)b;
        return x == y || strcmp(x, y) == 0;
    }
}

uint64_t ct_row_changes(const ct_table *table, const ct_row *row)
{
    const ct_origin_row *origin = row->origin;
    uint64_t changes = origin ? origin->given : 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!origin || !origin->saved || !is_same(&table->columns[i], row, origin->saved))
            changes |= table->columns[i].mask;
    return changes;
}

uint64_t ct_row_unknown(const ct_table *table, const ct_row *row)
{
    uint64_t missing = row->origin ? row->origin->missing : 0;
    return missing ? missing & ~ct_row_changes(table, row) : 0;
}

void ct_row_saved(ct *c, const ct_table *table, ct_row *row, ct_db_entry *entry)
{
    ct_origin_row *origin = row->origin;
    if (!origin) {
        size_t head = aligned(sizeof(*origin));
        origin = ct_take(c, head + row->shape->size);
        *origin = (ct_origin_row){ .saved = (ct_row *)(void *)((char *)origin + head) };
        row->origin = origin;
    } else if (!origin->saved) {
        origin->saved = ct_take(c, row->shape->size);
    }
    origin->entry = entry;
    origin->given = 0;
    if (!keep(ct_work_arena(c), table, row, (ct_row *)origin->saved))
        ct_out_of_memory(c);
}

/* ---- reading ---- */

const ct_db_place *ct_places_of(ct *c, const ct_column *const *columns, size_t count)
{
    ct_db_place *places = ct_take(c, count * sizeof(*places));
    for (size_t i = 0; i < count; i++) {
        const ct_column *column = columns[i];
        bool shows = ct_kind_is_text(column->kind) || column->kind == CT_KIND_array;
        places[i] = (ct_db_place){ .kind = column->kind,
                                   .element = column->field->element,
                                   .offset = column->field->offset,
                                   .null = shows ? 0 : column->mask };
    }
    return places;
}

/* As the driver's read_all(), for those that have none. */
static const char *read_singly(const ct_db_row *from, size_t first, const ct_db_place *places, size_t count,
                               ct_arena *arena, ct_row *into, size_t *ret_at)
{
    for (size_t i = 0; i < count; i++) {
        const ct_db_place *place = &places[i];
        const char *error =
            from->ops->read(from, first + i, place->kind, place->element, arena, (char *)into + place->offset);
        if (CT_LIKELY(!error))
            continue;
        *ret_at = i;
        if (error != ct_db_null)
            return error;
        into->nulls |= place->null;
    }
    return NULL;
}

static const char *read_members(const ct_load_target *t, const ct_db_row *from, size_t first, ct_row *row,
                                size_t *ret_at)
{
    if (from->ops->read_all)
        return from->ops->read_all(from, first, t->places, t->column_count, t->arena, row, ret_at);
    return read_singly(from, first, t->places, t->column_count, t->arena, row, ret_at);
}

/* The row whose columns begin at `first`; NULL with `ret_error` set where something does not fit. */
static ct_row *read_row(const ct_load_target *t, const ct_db_row *from, size_t first, const char **ret_error,
                        const ct_column **ret_column)
{
    const ct_shape *shape = t->table->model->shape;
    ct_arena *arena = t->arena;
    size_t size = aligned(shape->size), head = aligned(sizeof(ct_origin_row));
    char *block = ct_arena_alloc(arena, size + head + shape->size);
    *ret_error = no_memory;
    if (!block)
        return NULL;
    ct_row *row = memset(block, 0, shape->size);
    ct_origin_row *origin = (ct_origin_row *)(void *)(block + size);
    row->shape = shape;
    size_t at = 0;
    const char *error = read_members(t, from, first, row, &at);
    if (CT_UNLIKELY(error)) {
        *ret_error = error;
        *ret_column = t->columns[at];
        return NULL;
    }
    *origin = (ct_origin_row){ .list = t->rows,
                               .entry = t->entry,
                               .saved = (ct_row *)(void *)(block + size + head),
                               .missing = t->missing,
                               .arena = t->own ? arena : NULL };
    row->origin = origin;
    return keep(arena, t->table, row, (ct_row *)origin->saved) && ct_rows_put(t->rows, row, arena) ? row : NULL;
}

static CT_NORETURN void does_not_fit(ct *c, const ct_table *table, const ct_column *column, const char *error)
{
    if (error == no_memory || !column)
        ct_out_of_memory(c);
    ct_mistake(c, "the column \"%s\" of the table \"%s\" does not fit the field %s of %s: %s", column->name,
               table->name, column->field->name, table->label, error);
}

/* ---- one model ---- */

static bool load_row(ct_db_sink *sink, const ct_db_row *from)
{
    ct_load *load = CT_CONTAINER(sink, ct_load, sink);
    const ct_column *column = NULL;
    const char *error;
    if (read_row(&load->target, from, 0, &error, &column))
        return true;
    load->error = error;
    load->error_column = column;
    return false;
}

void ct_load_begin(ct_load *load, ct *c, const ct_table *table, const ct_column *const *columns, size_t count,
                   ct_rows *rows, ct_db_entry *entry)
{
    *load = (ct_load){ .sink = { .row = load_row },
                       .c = c,
                       .target = { .table = table,
                                   .columns = columns,
                                   .places = ct_places_of(c, columns, count),
                                   .column_count = count,
                                   .rows = rows,
                                   .entry = entry,
                                   .arena = ct_work_arena(c) } };
}

void ct_load_end(ct_load *load)
{
    if (load->error)
        does_not_fit(load->c, load->target.table, load->error_column, load->error);
}

/* ---- a compiled reading ---- */

/* The place of the first column of the key among those of the node. */
static size_t key_column(const ct_node *node)
{
    for (size_t i = 0; i < node->column_count; i++)
        if (node->columns[i]->key)
            return i;
    return 0;
}

/* Both sides of a link to one row, where both are declared. */
static void connect(const ct_link *link, ct_row *row, ct_row *other)
{
    ct_link_set(link, row, other);
    const ct_link *reverse = link->reverse;
    if (other && reverse && reverse->kind != CT_LINK_HAS_MANY && reverse->kind != CT_LINK_MANY_TO_MANY)
        ct_link_set(reverse, other, row);
}

static bool keep_key(ct_loader *loader, const ct_db_row *from)
{
    ct_arena *arena = loader->arena;
    size_t index = loader->lists[0]->count;
    if (index == loader->key_capacity) {
        size_t size = loader->key_capacity * sizeof(ct_value);
        ct_value *keys = ct_arena_grow(arena, loader->keys, size, size ? 2 * size : 32 * sizeof(ct_value));
        if (!keys)
            return false;
        loader->keys = keys;
        loader->key_capacity = size ? 2 * loader->key_capacity : 32;
    }
    const ct_column *column = loader->through->through_from;
    ct_uuid *member = ct_arena_alloc(arena, sizeof(*member)); /* the largest of the kinds of keys */
    if (!member)
        return false;
    loader->error = from->ops->read(from, 0, column->kind, CT_KIND_text, arena, member);
    loader->keys[index] = ct_kind_value(column->kind, member);
    return !loader->error;
}

static bool load_nodes(ct_db_sink *sink, const ct_db_row *from)
{
    ct_loader *loader = CT_CONTAINER(sink, ct_loader, sink);
    const ct_compiled *compiled = loader->compiled;
    ct_row *rows[CT_QUERY_NODES];
    size_t first = loader->through ? 1 : 0;
    loader->error = no_memory;
    if (first && !keep_key(loader, from))
        return false;
    loader->error = no_memory;
    for (size_t n = 0; n < compiled->node_count; n++) {
        const ct_node *node = &compiled->nodes[n];
        rows[n] = NULL;
        bool there = n == 0 || (rows[node->parent] && !from->ops->null(from, first + key_column(node)));
        if (there && !(rows[n] = read_row(&loader->targets[n], from, first, &loader->error, &loader->error_column)))
            return false;
        if (n && rows[node->parent])
            connect(node->link, rows[node->parent], rows[n]);
        first += node->column_count;
    }
    loader->error = NULL;
    return true;
}

ct_rows *ct_rows_for(ct *c, ct_arena *arena, const ct_table *table)
{
    ct_rows *rows = ct_rows_in(arena, table->model->shape);
    if (!rows)
        ct_out_of_memory(c);
    rows->c = c;
    return rows;
}

void ct_loader_begin(ct_loader *loader, ct *c, const ct_compiled *compiled, ct_db_entry *entry,
                     const ct_reading *reading)
{
    *loader = (ct_loader){ .sink = { .row = load_nodes },
                           .c = c,
                           .arena = reading->arena ? reading->arena : ct_work_arena(c),
                           .compiled = compiled,
                           .through = reading->through };
    loader->targets = ct_arena_alloc(loader->arena, compiled->node_count * sizeof(*loader->targets));
    if (!loader->targets)
        ct_out_of_memory(c);
    for (size_t n = 0; n < compiled->node_count; n++) {
        const ct_node *node = &compiled->nodes[n];
        loader->lists[n] = ct_rows_for(c, loader->arena, node->table);
        loader->targets[n] = (ct_load_target){ .table = node->table,
                                               .columns = node->columns,
                                               .places = node->places,
                                               .column_count = node->column_count,
                                               .missing = node->missing,
                                               .rows = loader->lists[n],
                                               .entry = entry,
                                               .arena = loader->arena,
                                               .own = reading->arena != NULL };
    }
}

void ct_loader_end(ct_loader *loader)
{
    const ct_column *column = loader->error_column;
    if (!loader->error)
        return;
    for (size_t n = 0; column && n < loader->compiled->node_count; n++) {
        const ct_table *table = loader->compiled->nodes[n].table;
        if (column >= table->columns && column < table->columns + table->column_count)
            does_not_fit(loader->c, table, column, loader->error);
    }
    ct_out_of_memory(loader->c);
}
