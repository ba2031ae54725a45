/* The public functions that read rows: each makes a reading of its query and runs it.
 *
 * What a query costs when it is asked again: one walk over its struct, one look-up by the signature, the statement, and
 * one block for each row. */
#include "canteen/work.h"
#include "db/compile.h"
#include "db/kinds.h"
#include "net/work.h"

ct_query_walk *ct_query_begin(ct_query_memory *memory, ct *c)
{
    memory->sql = (ct_sql){ .c = c,
                            .arena = ct_work_arena(c),
                            .values = memory->values,
                            .kinds = memory->kinds,
                            .elements = memory->kinds + CT_COUNT(memory->values),
                            .capacity = CT_COUNT(memory->values) };
    memory->walk = (ct_query_walk){
        .sql = &memory->sql,
        .signature = { .data = memory->signature, .capacity = sizeof(memory->signature) - 1, .arena = ct_work_arena(c) }
    };
    return &memory->walk;
}

ct_db_request ct_query_request(const ct_query_memory *memory, const ct_compiled *compiled, const ct_reading *reading,
                               const ct_db_entry *entry)
{
    return (ct_db_request){ .table = reading->table,
                            .using = entry->alias,
                            .place = reading->place,
                            .statement = { .sql = compiled->sql,
                                           .values = memory->sql.values,
                                           .kinds = memory->sql.kinds,
                                           .elements = memory->sql.elements,
                                           .count = memory->sql.count,
                                           .read = !reading->head.lock,
                                           .once = compiled->once,
                                           .id = compiled->id } };
}

static void reverse(ct_rows *rows)
{
    for (size_t i = 0; i < rows->count / 2; i++) {
        ct_row *row = rows->items[i];
        rows->items[i] = rows->items[rows->count - 1 - i];
        rows->items[rows->count - 1 - i] = row;
    }
}

ct_rows *ct_read_rows(ct *c, const ct_reading *reading, const ct_value **ret_keys)
{
    ct_query_memory memory;
    ct_loader loader;
    ct_db_entry *entry = ct_db_entry_for(c, reading->table, reading->head.using, reading->head.lock != 0);
    ct_query_walk *walk = ct_query_begin(&memory, c);
    if (reading->arena)
        memory.sql.arena = reading->arena;
    const ct_compiled *compiled = ct_query_compile(c, walk, reading, entry);
    ct_loader_begin(&loader, c, compiled, entry, reading);
    const ct_db_request request = ct_query_request(&memory, compiled, reading, entry);
    ct_db_run(c, &request, &loader.sink);
    ct_loader_end(&loader);
    ct_rows *rows = loader.lists[0];
    if (reading->reversed)
        reverse(rows);
    if (ret_keys)
        *ret_keys = loader.keys;
    for (size_t i = 0; i < compiled->later_count; i++)
        ct_load_path(c, rows, reading->table, compiled->later[i], reading->place);
    return rows;
}

/* ---- lists ---- */

ct_rows *ct_select_rows(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    const ct_reading reading = ct_reading_of(c, model, query, given);
    return ct_read_rows(c, &reading, NULL);
}

/* ---- one row ---- */

static ct_row *read_one(ct *c, ct_reading *reading)
{
    bool ordered = reading->head.order_by || reading->table->model->ordering;
    reading->head.limit = 1;
    reading->keyed = reading->keyed || !ordered;
    ct_rows *rows = ct_read_rows(c, reading, NULL);
    return rows->count ? rows->items[0] : NULL;
}

ct_row *ct_first_row(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    ct_reading reading = ct_reading_of(c, model, query, given);
    return read_one(c, &reading);
}

static CT_NORETURN void not_found(ct *c, const ct_model *model)
{
    ct_abort(c, 404, "there is no such %s", model->verbose_name ? model->verbose_name : model->shape->name);
}

ct_row *ct_first_row_or_404(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    ct_row *row = ct_first_row(c, model, query, given);
    if (!row)
        not_found(c, model);
    return row;
}

ct_row *ct_last_row(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    ct_reading reading = ct_reading_of(c, model, query, given);
    if (reading.head.limit || reading.head.offset)
        ct_mistake(c, "%s:%d: ct_last() of a part of the rows: take .limit and .offset away", given->file, given->line);
    reading.reversed = !reading.reversed || reading.head.before;
    return read_one(c, &reading);
}

ct_row *ct_only_row(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    ct_reading reading = ct_reading_of(c, model, query, given);
    reading.head.limit = 2;
    ct_rows *rows = ct_read_rows(c, &reading, NULL);
    if (!rows->count)
        not_found(c, model);
    if (rows->count > 1)
        ct_mistake(c, "%s:%d: ct_only(): there is more than one %s", given->file, given->line, model->shape->name);
    return rows->items[0];
}

/* ---- numbers ---- */

typedef struct number_sink {
    ct_db_sink sink;
    int64_t number;
    const char *error;
} number_sink;

static bool take_number(ct_db_sink *sink, const ct_db_row *row)
{
    number_sink *n = CT_CONTAINER(sink, number_sink, sink);
    n->error = row->ops->read(row, 0, CT_KIND_integer, CT_KIND_text, NULL, &n->number);
    return true;
}

static int64_t read_number(ct *c, const ct_reading *reading)
{
    ct_query_memory memory;
    number_sink n = { .sink = { .row = take_number } };
    ct_db_entry *entry = ct_db_entry_for(c, reading->table, reading->head.using, false);
    const ct_compiled *compiled = ct_query_compile(c, ct_query_begin(&memory, c), reading, entry);
    const ct_db_request request = ct_query_request(&memory, compiled, reading, entry);
    ct_db_run(c, &request, &n.sink);
    if (n.error)
        ct_mistake(c, "a count that is no number: %s", n.error);
    return n.number;
}

int64_t ct_count_rows(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    ct_reading reading = ct_reading_of(c, model, query, given);
    reading.form = CT_READ_COUNT;
    reading.head.lock = 0;
    return read_number(c, &reading);
}

bool ct_exists_row(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    ct_reading reading = ct_reading_of(c, model, query, given);
    reading.form = CT_READ_EXISTS;
    reading.head.lock = 0;
    reading.head.limit = 1;
    return read_number(c, &reading) != 0;
}

/* ---- rows by their keys ---- */

ct_rows *ct_select_keys(ct *c, const ct_model *model, const int64_t *ids, size_t count)
{
    const ct_table *table = ct_table_of(c, model, NULL);
    if (table->key_count != 1 || ct_kind_of_key(table->keys[0]->kind) != CT_KIND_integer)
        ct_mistake(c, "ct_in_bulk(): the key of %s is no integer", table->label);
    if (!count)
        return ct_rows_of(c, model->shape);
    ct_value *keys = ct_take(c, count * sizeof(*keys));
    for (size_t i = 0; i < count; i++)
        keys[i] = ct_value_of_int(ids[i]);
    const ct_reading reading = { .table = table, .in = table->keys[0], .keys = keys, .key_count = count };
    ct_rows *rows = ct_read_rows(c, &reading, NULL);
    ct_strmap by_key;
    ct_strmap_init(&by_key, ct_work_arena(c));
    size_t offset = table->keys[0]->field->offset;
    for (size_t i = 0; i < rows->count; i++)
        ct_strmap_set(&by_key, (ct_str){ (const char *)rows->items[i] + offset, sizeof(int64_t) }, rows->items[i]);
    ct_row given[1]; /* in place of a row that has its place already */
    size_t found = 0;
    for (size_t i = 0; i < count && !by_key.failed; i++) {
        ct_str key = { (const char *)&ids[i], sizeof(int64_t) };
        ct_row *row = ct_strmap_get(&by_key, key);
        if (!row || row == given)
            continue;
        rows->items[found++] = row;
        ct_strmap_set(&by_key, key, given);
    }
    if (by_key.failed)
        ct_out_of_memory(c);
    rows->count = found;
    return rows;
}
