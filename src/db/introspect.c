/* What a live database has (db/introspect.h): the way in, and the comparison. */
#include "db/introspect.h"

#include "base/common.h"
#include "db/dialect.h"
#include "shape/value.h"

#include <stdlib.h>

const char *ct_live_text(const ct_map *row, const char *name)
{
    ct_value value = ct_map_get(row, name);
    return value.type == CT_VALUE_TEXT ? value.text : NULL;
}

int64_t ct_live_number(const ct_map *row, const char *name)
{
    ct_value value = ct_map_get(row, name);
    return value.type == CT_VALUE_INT ? value.integer : value.type == CT_VALUE_BOOL ? value.boolean : 0;
}

static int by_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int compare_tables(const void *a, const void *b)
{
    return by_name(((const ct_live_table *)a)->name, ((const ct_live_table *)b)->name);
}

static int compare_indexes(const void *a, const void *b)
{
    return by_name(((const ct_live_index *)a)->name, ((const ct_live_index *)b)->name);
}

/* SQLite's have no names: then by their first columns. */
static int compare_references(const void *a, const void *b)
{
    const ct_live_reference *one = a, *other = b;
    int order = by_name(one->name, other->name);
    return order ? order : strcmp(one->columns[0], other->columns[0]);
}

static int compare_checks(const void *a, const void *b)
{
    const ct_live_check *one = a, *other = b;
    int order = by_name(one->name, other->name);
    return order ? order : strcmp(one->sql, other->sql);
}

static void sort(void *items, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
    if (count > 1)
        qsort(items, count, size, compare);
}

const ct_live_schema *ct_introspect(ct *c, const ct_db_entry *entry)
{
    bool sqlite = strcmp(entry->driver->dialect->name, "sqlite") == 0;
    ct_live_schema *schema = sqlite ? ct_introspect_sqlite(c, entry->alias) : ct_introspect_postgres(c, entry->alias);
    sort(schema->tables, schema->count, sizeof(*schema->tables), compare_tables);
    for (size_t i = 0; i < schema->count; i++) {
        ct_live_table *table = &schema->tables[i];
        sort(table->references, table->reference_count, sizeof(*table->references), compare_references);
        sort(table->indexes, table->index_count, sizeof(*table->indexes), compare_indexes);
        sort(table->checks, table->check_count, sizeof(*table->checks), compare_checks);
    }
    return schema;
}

const ct_live_table *ct_live_table_named(const ct_live_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(schema->tables[i].name, name) == 0)
            return &schema->tables[i];
    return NULL;
}

const ct_live_column *ct_live_column_named(const ct_live_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

size_t ct_live_key_count(const ct_live_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        count += table->columns[i].key != 0;
    return count;
}

/* ---- as lines ---- */

static void write_option(ct_buffer *out, const char *name, const char *text)
{
    if (text)
        ct_buffer_printf(out, " %s {%s}", name, text);
}

static void write_column(ct_buffer *out, const ct_live_column *column)
{
    ct_buffer_printf(out, "  column %s %s%s", column->name, column->type, column->null ? " null" : "");
    if (column->key)
        ct_buffer_printf(out, " key %zu", column->key);
    if (column->given)
        CT_BUFFER_LITERAL(out, " given");
    write_option(out, "default", column->db_default);
    write_option(out, column->virtual_column ? "virtual" : "generated", column->generated);
    write_option(out, "collate", column->collation);
    write_option(out, "comment", column->comment);
    ct_buffer_char(out, '\n');
}

static void write_names(ct_buffer *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ct_buffer_printf(out, "%s%s", i ? ", " : "(", names[i]);
    ct_buffer_char(out, ')');
}

static void write_reference(ct_buffer *out, const ct_live_reference *reference)
{
    ct_buffer_printf(out, "  reference %s ", reference->name ? reference->name : "");
    write_names(out, reference->columns, reference->count);
    ct_buffer_printf(out, " to %s ", reference->table);
    write_names(out, reference->to, reference->count);
    ct_buffer_printf(out, " on delete %s on update %s%s\n", reference->on_delete, reference->on_update,
                     reference->deferred ? " deferred" : "");
}

static void write_index(ct_buffer *out, const ct_live_index *index)
{
    ct_buffer_printf(out, "  %s %s", index->unique ? "unique" : "index", index->name);
    for (size_t i = 0; i < index->count; i++) {
        const ct_live_part *part = &index->parts[i];
        ct_buffer_printf(out, part->column ? "%s%s%s" : "%s(%s)%s", i ? ", " : " ",
                         part->column ? part->column : part->sql, part->descending ? " desc" : "");
        if (part->nulls)
            ct_buffer_printf(out, " nulls %s", part->nulls < 0 ? "first" : "last");
    }
    if (strcmp(index->method, "btree") != 0)
        write_option(out, "using", index->method);
    write_option(out, "where", index->where);
    for (const char *const *name = index->included; *name; name++)
        write_option(out, "with", *name);
    ct_buffer_printf(out, "%s%s%s\n",
                     index->exclusion    ? " exclusion"
                     : index->constraint ? " constraint"
                                         : "",
                     index->deferrable ? " deferrable" : "", index->nulls_not_distinct ? " nulls-not-distinct" : "");
}

void ct_live_write(ct_buffer *out, const ct_live_table *table)
{
    ct_buffer_printf(out, "%s %s", table->view ? "view" : "table", table->name);
    write_option(out, "comment", table->comment);
    ct_buffer_char(out, '\n');
    for (size_t i = 0; i < table->column_count; i++)
        write_column(out, &table->columns[i]);
    for (size_t i = 0; i < table->reference_count; i++)
        write_reference(out, &table->references[i]);
    for (size_t i = 0; i < table->index_count; i++)
        write_index(out, &table->indexes[i]);
    for (size_t i = 0; i < table->check_count; i++)
        ct_buffer_printf(out, "  check %s {%s}\n", table->checks[i].name ? table->checks[i].name : "",
                         table->checks[i].sql);
}
