/* Emptying tables (db/flush.h).
 *
 * Rows of tables that are not among them stay as they are: one that refers to a row that would go is a mistake, found
 * before anything is done, since the database would take it along (ON DELETE CASCADE) or change it.
 *
 * PostgreSQL truncates all at once, which is quick however many rows there are, but refuses where another table has a
 * foreign key to one of them, whatever is in it: rows are then deleted there too, as always on SQLite, those that refer
 * first. */
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

/* ---- rows of other tables that refer to ours ---- */

typedef struct emptying {
    ct *c;
    const ct_db_entry *entry;
    const ct_table **tables; /* those that are referred to first */
    size_t count;
} emptying;

/* The foreign keys to the table: the table that has one as SQL says it, its bare name where it is one that a query
 * means by that name, the columns for people, and the condition for rows that refer. */
static const char sqlite_references[] =
    "select '\"' || replace(m.name, '\"', '\"\"') || '\"' as holder, m.name as name, "
    "group_concat(f.\"from\", ', ') as columns, "
    "group_concat('\"' || replace(f.\"from\", '\"', '\"\"') || '\" IS NOT NULL', ' AND ') as rows "
    "from sqlite_schema m join pragma_foreign_key_list(m.name) f "
    "where m.type = 'table' and lower(f.\"table\") = lower(?) group by m.name, f.id order by m.name, f.id";
static const char postgres_references[] =
    "select c.conrelid::regclass::text as holder, "
    "case when pg_table_is_visible(c.conrelid) then r.relname else '' end as name, "
    "string_agg(a.attname, ', ') as columns, string_agg(quote_ident(a.attname) || ' IS NOT NULL', ' AND ') as rows "
    "from pg_constraint c join pg_class r on r.oid = c.conrelid "
    "join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey) "
    "where c.contype = 'f' and c.conparentid = 0 and c.confrelid = to_regclass(quote_ident(?)) "
    "group by c.oid, c.conrelid, r.relname order by 1, c.oid";

static bool is_sqlite(const ct_db_entry *entry)
{
    return strcmp(entry->driver->name, "sqlite") == 0;
}

static bool is_emptied(const emptying *e, const char *name)
{
    for (size_t i = 0; i < e->count; i++)
        if (is_sqlite(e->entry) ? ct_str_eq_nocase(ct_str_of(e->tables[i]->name), ct_str_of(name))
                                : strcmp(e->tables[i]->name, name) == 0)
            return true;
    return false;
}

/* Whether there are such foreign keys. */
static bool check_references(const emptying *e, const ct_table *table)
{
    ct *c = e->c;
    const char *alias = e->entry->alias;
    bool any = false;
    const ct_array *found =
        ct_sql_all(c, alias, is_sqlite(e->entry) ? sqlite_references : postgres_references, CT_ARGS(table->name));
    for (size_t i = 0; i < ct_array_count(found); i++) {
        const ct_map *row = ct_array_at(found, i).map;
        const char *holder = ct_map_get(row, "holder").text, *columns = ct_map_get(row, "columns").text;
        if (is_emptied(e, ct_map_get(row, "name").text))
            continue;
        any = true;
        const char *count = ct_printf(c, "select count(*) from (select 1 from %s where %s limit 1) q", holder,
                                      ct_map_get(row, "rows").text);
        if (ct_sql_one(c, alias, count, CT_ARGS()).integer)
            ct_abort(c, 409,
                     "rows of %s refer to rows of %s (%s), and that table is none that is emptied here: nothing has "
                     "been deleted. Empty it yourself first, or set %s to NULL in it",
                     holder, table->name, columns, columns);
    }
    return any;
}

/* ---- emptying ---- */

static void on_all(const emptying *e, const char *before, const char *behind)
{
    ct_sql sql;
    ct_sql_begin(&sql, e->c, e->entry->driver->dialect);
    ct_sql_add(&sql, before);
    for (size_t i = 0; i < e->count; i++) {
        if (i)
            ct_sql_add(&sql, ", ");
        ct_sql_name(&sql, e->tables[i]->name);
    }
    ct_sql_add(&sql, behind);
    run(e->c, e->entry, NULL, &sql);
}

static void delete_all(const emptying *e)
{
    for (size_t i = e->count; i-- > 0;) {
        ct_sql sql;
        ct_sql_begin(&sql, e->c, e->entry->driver->dialect);
        ct_sql_add(&sql, "DELETE FROM ");
        ct_sql_name(&sql, e->tables[i]->name);
        run(e->c, e->entry, e->tables[i], &sql);
    }
}

static void empty_sqlite(const emptying *e)
{
    ct *c = e->c;
    const char *alias = e->entry->alias;
    ct_sql_change(c, alias, e->entry->driver->dialect->defer, CT_ARGS());
    for (size_t i = 0; i < e->count; i++)
        check_references(e, e->tables[i]);
    delete_all(e);
    if (ct_sql_one(c, alias, "select count(*) from sqlite_schema where name = 'sqlite_sequence'", CT_ARGS()).integer)
        for (size_t i = 0; i < e->count; i++)
            ct_sql_change(c, alias, "delete from sqlite_sequence where name = ?", CT_ARGS(e->tables[i]->name));
}

/* The lock keeps others from referring to rows between the look and the end. */
static void empty_postgres(const emptying *e)
{
    bool referred = false;
    on_all(e, "LOCK TABLE ", " IN ACCESS EXCLUSIVE MODE");
    for (size_t i = 0; i < e->count; i++)
        referred |= check_references(e, e->tables[i]);
    if (!referred) {
        on_all(e, "TRUNCATE ", " RESTART IDENTITY");
        return;
    }
    ct_sql_change(e->c, e->entry->alias, "SET CONSTRAINTS ALL DEFERRED", CT_ARGS());
    delete_all(e);
    for (size_t i = 0; i < e->count; i++)
        ct_reset_key(e->c, e->entry, e->tables[i]);
}

/* ---- which tables ---- */

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
    const emptying e = { .c = c, .entry = entry, .tables = ct_tables_by_dependency(c, ours, count), .count = count };
    ct_atomic(c, .using = entry->alias) {
        if (is_sqlite(entry))
            empty_sqlite(&e);
        else
            empty_postgres(&e);
    }
    return count;
}

void ct_reset_key(ct *c, const ct_db_entry *entry, const ct_table *table)
{
    if (is_sqlite(entry) || !table->generated_key)
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
