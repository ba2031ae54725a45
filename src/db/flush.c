/* Emptying tables (db/flush.h).
 *
 * PostgreSQL truncates all at once, which is quick however many rows there are, and refuses where a table that is not
 * among them refers to one that is. SQLite deletes, those that refer first. */
#include "db/flush.h"

#include "canteen/database.h"
#include "canteen/work.h"
#include "db/dependency.h"
#include "db/session.h"
#include "db/sql.h"
#include "net/work.h"

static void run(ct *c, const ct_db_entry *entry, const ct_table *table, ct_sql *sql)
{
    ct_db_request request = {
        .table = table, .using = entry->alias, .statement = ct_sql_statement(sql, false), .fatal = true
    };
    request.statement.once = true;
    ct_db_run(c, &request, NULL);
}

static void truncate_all(ct *c, const ct_db_entry *entry, const ct_table *const *tables, size_t count)
{
    ct_sql sql;
    ct_sql_begin(&sql, c, entry->driver->dialect);
    ct_sql_add(&sql, "TRUNCATE ");
    for (size_t i = 0; i < count; i++) {
        if (i)
            ct_sql_add(&sql, ", ");
        ct_sql_name(&sql, tables[i]->name);
    }
    ct_sql_add(&sql, " RESTART IDENTITY");
    run(c, entry, NULL, &sql);
}

static void delete_all(ct *c, const ct_db_entry *entry, const ct_table *const *tables, size_t count)
{
    bool counted =
        ct_sql_one(c, entry->alias, "select count(*) from sqlite_schema where name = 'sqlite_sequence'", CT_ARGS())
            .integer > 0;
    for (size_t i = count; i-- > 0;) {
        ct_sql sql;
        ct_sql_begin(&sql, c, entry->driver->dialect);
        ct_sql_add(&sql, "DELETE FROM ");
        ct_sql_name(&sql, tables[i]->name);
        run(c, entry, tables[i], &sql);
        if (counted)
            ct_sql_change(c, entry->alias, "delete from sqlite_sequence where name = ?", CT_ARGS(tables[i]->name));
    }
}

static bool is_ours(const ct_table *table, const ct_db_entry *entry)
{
    bool mine = !table->model || (!table->model->unmanaged && !table->model->read_only);
    return mine && strcmp(table->database, entry->alias) == 0;
}

size_t ct_empty_tables(ct *c, const ct_db_entry *entry)
{
    const ct_graph *graph = &ct_work_databases(c)->graph;
    const ct_table **ours = ct_alloc(c, (graph->table_count + 1) * sizeof(*ours));
    size_t count = 0;
    for (size_t i = 0; i < graph->table_count; i++)
        if (is_ours(graph->tables[i], entry))
            ours[count++] = graph->tables[i];
    if (!count)
        return 0;
    const ct_table **ordered = ct_tables_by_dependency(c, ours, count);
    ct_atomic(c, .using = entry->alias) {
        if (strcmp(entry->driver->name, "sqlite") == 0) {
            ct_sql_change(c, entry->alias, entry->driver->dialect->defer, CT_ARGS());
            delete_all(c, entry, ordered, count);
        } else {
            truncate_all(c, entry, ordered, count);
        }
    }
    return count;
}

void ct_reset_key(ct *c, const ct_db_entry *entry, const ct_table *table)
{
    if (strcmp(entry->driver->name, "sqlite") == 0 || !table->generated_key)
        return;
    ct_sql sql;
    ct_sql_begin(&sql, c, entry->driver->dialect);
    ct_sql_add(&sql, "SELECT setval(pg_get_serial_sequence(quote_ident(");
    ct_sql_parameter(&sql, ct_value_of_text(table->name), CT_KIND_text);
    ct_sql_add(&sql, "), ");
    ct_sql_parameter(&sql, ct_value_of_text(table->keys[0]->name), CT_KIND_text);
    ct_sql_add(&sql, "), coalesce(max(");
    ct_sql_name(&sql, table->keys[0]->name);
    ct_sql_add(&sql, "), 1), count(*) > 0) FROM ");
    ct_sql_name(&sql, table->name);
    run(c, entry, table, &sql);
}
