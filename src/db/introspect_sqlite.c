/* What a SQLite database has: its pragmas as tables, each asked for one table at a time. What they leave out (checks,
 * expressions, collations) the text of the CREATE statement says. */
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/introspect.h"

#include <string.h>

static const char *text_of(const ct_map *row, const char *name)
{
    const char *text = ct_live_text(row, name);
    return text ? text : "";
}

static const ct_map *row_at(const ct_array *rows, size_t at)
{
    return ct_array_at(rows, at).map;
}

static ct_array *ask(ct *c, const char *alias, const char *sql, const char *name)
{
    return ct_sql_all(c, alias, sql, CT_ARGS(name));
}

/* "VARCHAR (200)" as "varchar(200)", as PostgreSQL writes it. */
static const char *plain_type(ct *c, const char *type)
{
    char *plain = ct_strdup(c, type), *to = plain;
    for (const char *at = type; *at; at++) {
        bool blank = *at == ' ' || *at == '\t' || *at == '\n' || *at == '\r';
        if (blank && (to == plain || to[-1] == ' ' || strchr(",(", to[-1]) || strchr(",()", at[1])))
            continue;
        *to++ = blank ? ' ' : (char)(*at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at);
    }
    *to = '\0';
    return plain;
}

static void read_columns(ct *c, const char *alias, ct_live_table *table, bool has_rowid)
{
    const ct_array *rows =
        ask(c, alias, "select * from pragma_table_xinfo(?) where hidden <> 1 order by cid", table->name);
    table->columns = ct_alloc(c, (ct_array_count(rows) + 1) * sizeof(*table->columns));
    ct_live_column *integer = NULL;
    for (size_t i = 0; i < ct_array_count(rows); i++) {
        const ct_map *row = row_at(rows, i);
        ct_live_column *column = &table->columns[table->column_count++];
        *column = (ct_live_column){
            .name = text_of(row, "name"),
            .type = plain_type(c, text_of(row, "type")),
            .null = !ct_live_number(row, "notnull"),
            .db_default = ct_live_text(row, "dflt_value"),
            .virtual_column = ct_live_number(row, "hidden") == 2,
            .key = (size_t)ct_live_number(row, "pk"),
        };
        column->base = column->type;
        if (column->key && strcmp(column->type, "integer") == 0)
            integer = column;
    }
    if (integer && has_rowid && ct_live_key_count(table) == 1) {
        integer->given = true;
        integer->null = false; /* whatever it says: there is always a number */
    }
    for (size_t i = 0; i < table->column_count && !has_rowid; i++)
        table->columns[i].null &= !table->columns[i].key;
}

/* Rows come as (id, seq): those of one id are one reference. */
static void read_references(ct *c, const char *alias, ct_live_table *table)
{
    const ct_array *rows = ask(c, alias, "select * from pragma_foreign_key_list(?) order by id, seq", table->name);
    size_t count = ct_array_count(rows);
    table->references = ct_alloc(c, (count + 1) * sizeof(*table->references));
    const char **columns = ct_alloc(c, (count + 1) * sizeof(*columns)), **to = ct_alloc(c, (count + 1) * sizeof(*to));
    for (size_t i = 0; i < count; i++) {
        const ct_map *row = row_at(rows, i);
        if (!ct_live_number(row, "seq"))
            table->references[table->reference_count++] = (ct_live_reference){ .table = text_of(row, "table"),
                                                                               .on_delete = text_of(row, "on_delete"),
                                                                               .on_update = text_of(row, "on_update"),
                                                                               .columns = columns + i,
                                                                               .to = to + i };
        columns[i] = text_of(row, "from");
        to[i] = text_of(row, "to");
        table->references[table->reference_count - 1].count++;
    }
}

static void read_parts(ct *c, const char *alias, ct_live_index *index)
{
    const ct_array *rows =
        ask(c, alias, "select * from pragma_index_xinfo(?) where key = 1 order by seqno", index->name);
    index->parts = ct_alloc(c, (ct_array_count(rows) + 1) * sizeof(*index->parts));
    for (size_t i = 0; i < ct_array_count(rows); i++) {
        const ct_map *row = row_at(rows, i);
        index->parts[index->count++] = (ct_live_part){ .column = ct_live_text(row, "name"),
                                                       .sql = "",
                                                       .descending = ct_live_number(row, "desc") != 0 };
    }
}

static void read_indexes(ct *c, const char *alias, ct_live_table *table)
{
    static const char *const none[] = { NULL };
    const ct_array *rows = ask(c, alias,
                               "select l.*, s.sql from pragma_index_list(?) l left join sqlite_schema s "
                               "on s.type = 'index' and s.name = l.name where l.origin <> 'pk'",
                               table->name);
    table->indexes = ct_alloc(c, (ct_array_count(rows) + 1) * sizeof(*table->indexes));
    for (size_t i = 0; i < ct_array_count(rows); i++) {
        const ct_map *row = row_at(rows, i);
        ct_live_index *index = &table->indexes[table->index_count++];
        *index = (ct_live_index){ .name = text_of(row, "name"),
                                  .unique = ct_live_number(row, "unique") != 0,
                                  .constraint = strcmp(text_of(row, "origin"), "u") == 0,
                                  .method = "btree",
                                  .included = none };
        read_parts(c, alias, index);
        if (ct_live_text(row, "sql"))
            ct_live_read_index(c, index, ct_live_text(row, "sql"));
    }
}

/* A reference that names no columns means the key of the table. */
static void complete_references(ct *c, const ct_live_schema *schema, ct_live_table *table)
{
    for (size_t i = 0; i < table->reference_count; i++) {
        ct_live_reference *reference = &table->references[i];
        const ct_live_table *other = ct_live_table_named(schema, reference->table);
        if (*reference->to[0] || !other)
            continue;
        const char **to = ct_alloc(c, (reference->count + 1) * sizeof(*to));
        for (size_t k = 0; k < reference->count; k++)
            to[k] = "";
        for (size_t k = 0; k < other->column_count; k++)
            if (other->columns[k].key && other->columns[k].key <= reference->count)
                to[other->columns[k].key - 1] = other->columns[k].name;
        reference->to = to;
    }
}

ct_live_schema *ct_introspect_sqlite(ct *c, const char *alias)
{
    const ct_array *rows =
        ct_sql_all(c, alias,
                   "select l.name, l.type, l.wr, s.sql from pragma_table_list l join sqlite_schema s "
                   "on s.name = l.name and s.type in ('table', 'view') where l.schema = 'main' and "
                   "l.type in ('table', 'view', 'virtual') and l.name not like 'sqlite~_%' escape '~'",
                   CT_ARGS());
    ct_live_schema *schema = ct_alloc(c, sizeof(*schema));
    schema->tables = ct_alloc(c, (ct_array_count(rows) + 1) * sizeof(*schema->tables));
    for (size_t i = 0; i < ct_array_count(rows); i++) {
        const ct_map *row = row_at(rows, i);
        ct_live_table *table = &schema->tables[schema->count++];
        const char *type = text_of(row, "type");
        *table = (ct_live_table){ .name = text_of(row, "name"), .view = strcmp(type, "view") == 0 };
        read_columns(c, alias, table, strcmp(type, "table") == 0 && !ct_live_number(row, "wr"));
        if (strcmp(type, "table") != 0)
            continue;
        read_references(c, alias, table);
        read_indexes(c, alias, table);
        ct_live_read_table(c, table, text_of(row, "sql"));
    }
    for (size_t i = 0; i < schema->count; i++)
        complete_references(c, schema, &schema->tables[i]);
    return schema;
}
