/* Which SQL `query` runs without --write, on PostgreSQL: a transaction that only reads keeps tables from being changed
 * there, and nothing else. COPY ... TO writes files and starts programs, DO and CALL run whatever they like, and so do
 * functions in the midst of a SELECT, lo_export() and pg_terminate_backend() among them.
 *
 * So the statement must begin as one that reads does, and what it calls must be what the database itself calls STABLE
 * or IMMUTABLE, or be known here to do no harm. What is not written in it (views, operators, casts, policies of rows)
 * PostgreSQL tells of a view that is made of the statement, and rolled back: the trees of its rules name all functions
 * and relations by their numbers. Making it runs nothing. Views of PostgreSQL itself and of extensions are trusted.
 * Where no view can be made (a standby, no right to temporary tables) what is written is all that is looked at.
 *
 * It is a guard against accidents and careless pasting: what functions that are declared STABLE do is not looked into.
 *
 * SQLite needs none of this: its connection refuses everything but reading (db/sqlite.c). */
#include "cli/query.h"

#include "canteen/database.h"
#include "canteen/work.h"
#include "db/placeholders.h"
#include "db/session.h"
#include "net/work.h"

#include <stdio.h>
#include <strings.h>

/* Those that are VOLATILE and change nothing that is there for anybody else. */
#define HARMLESS                                                                                                       \
    "'clock_timestamp', 'currval', 'gen_random_uuid', 'lastval', 'pg_column_size', 'pg_current_xact_id', "             \
    "'pg_database_size', 'pg_indexes_size', 'pg_relation_size', 'pg_sleep', 'pg_sleep_for', 'pg_sleep_until', "        \
    "'pg_table_size', 'pg_tablespace_size', 'pg_total_relation_size', 'random', 'random_normal', 'timeofday', "        \
    "'txid_current'"

static bool refuse(ct_db_error *error, const char *words)
{
    *error = (ct_db_error){ .trouble = CT_DB_READ_ONLY };
    snprintf(error->message, sizeof(error->message), "%s", words);
    return false;
}

/* The name as the catalog has it. */
static const char *name_of(ct *c, const ct_call *call)
{
    size_t length = 0;
    char *name = ct_strndup(c, call->name.data, call->name.length);
    for (size_t i = 0; i < call->name.length; i++) {
        char ch = call->name.data[i];
        if (!call->quoted)
            name[length++] = ct_ascii_lower(ch);
        else if (i && i + 1 < call->name.length)
            name[length++] = ch;
        if (call->quoted && ch == '"' && i && i + 2 < call->name.length)
            i++; /* the second of two */
    }
    name[length] = '\0';
    return name;
}

/* Words of the language have no row in pg_proc, and nothing that could be called has none. */
static bool may_call(ct *c, const ct_db_entry *entry, const char *name)
{
    ct_value found =
        ct_sql_one(c, entry->alias,
                   "select count(*) from pg_proc where proname = cast(? as name) and provolatile = 'v' and not "
                   "(pronamespace = 'pg_catalog'::regnamespace and proname in (" HARMLESS "))",
                   ARGS(name));
    return found.type == CT_VALUE_INT && found.integer == 0;
}

/* ---- what is not written in it ---- */

#define PROBE "canteen_query"

static const char behind[] =
    "with recursive trees (rel, tree) as ("
    "select ev_class, ev_action::text from pg_rewrite where ev_type = '1' union all "
    "select polrelid, polqual::text from pg_policy join pg_class r on r.oid = polrelid "
    "where relrowsecurity and polcmd in ('r', '*')), "
    "seen (rel) as (select 'pg_temp." PROBE "'::regclass::oid union "
    "select r.oid from seen join trees t on t.rel = seen.rel, regexp_matches(t.tree, ':relid ([0-9]+)', 'g') m, "
    "pg_class r where r.oid = m[1]::oid and r.relnamespace not in ('pg_catalog'::regnamespace, "
    "'information_schema'::regnamespace) and not exists (select from pg_depend d "
    "where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.deptype = 'e')), "
    "named (rel, oid) as (select t.rel, coalesce(o.oprcode::oid, m[2]::oid) from seen join trees t on t.rel = "
    "seen.rel, "
    "regexp_matches(t.tree, ':(funcid|opfuncid|aggfnoid|winfnoid|opno|sortop|eqop) ([0-9]+)', 'g') m "
    "left join pg_operator o on o.oid = m[2]::oid and m[1] in ('opno', 'sortop', 'eqop')), "
    "called (rel, oid) as (select * from named union all select rel, unnest(array[aggtransfn::oid, aggfinalfn::oid]) "
    "from named join pg_aggregate a on a.aggfnoid = named.oid) "
    "select case when c.oid = 'pg_temp." PROBE "'::regclass then '' else c.oid::regclass::text end, p.proname::text "
    "from called join pg_proc p on p.oid = called.oid join pg_class c on c.oid = called.rel "
    "where p.provolatile = 'v' and not (p.pronamespace = 'pg_catalog'::regnamespace and p.proname in (" HARMLESS ")) "
    "order by 1, 2 limit 1";

typedef struct found {
    ct_db_sink sink;
    ct_arena *arena;
    const char *holder, *function; /* NULL: nothing is called that may change something */
} found;

static bool take_found(ct_db_sink *sink, const ct_db_row *row)
{
    found *f = CT_CONTAINER(sink, found, sink);
    f->holder = row->ops->value(row, 0, f->arena).text;
    f->function = row->ops->value(row, 1, f->arena).text;
    return true;
}

static bool takes_word(const char **sql, const char *word)
{
    const char *at = *sql + strspn(*sql, " \t\r\n");
    size_t length = strlen(word);
    if (strncasecmp(at, word, length) != 0)
        return false;
    *sql = at + length;
    return true;
}

/* Behind EXPLAIN and its options; NULL: it runs nothing. */
static const char *explained(const char *sql)
{
    if (!strcasestr(sql, "analy"))
        return NULL;
    (void)takes_word(&sql, "explain");
    while (takes_word(&sql, "analyze") || takes_word(&sql, "analyse") || takes_word(&sql, "verbose"))
        continue;
    sql += strspn(sql, " \t\r\n");
    const char *within = sql + 1 + strspn(sql + (*sql != '\0'), " \t\r\n");
    bool options = *sql == '(' && !ct_query_only_reads(within) && strncasecmp(within, "with", 4) != 0;
    return options ? sql + strcspn(sql, ")") + (sql[strcspn(sql, ")")] != '\0') : sql;
}

/* A view of the statement, and what is found by it. */
static bool make_probe(ct *c, const ct_db_entry *entry, ct_db_connection *connection, const char *sql, found *f,
                       ct_db_error *error)
{
    static const char head[] = "CREATE TEMPORARY VIEW " PROBE " AS SELECT 1 FROM (";
    size_t length = strlen(sql);
    while (length && strchr("; \t\r\n", sql[length - 1]))
        length--;
    ct_db_statement statement = { .sql = "SET TRANSACTION READ WRITE", .once = true };
    if (!entry->driver->run(c, connection, &statement, NULL, error)) {
        error->trouble = CT_DB_READ_ONLY; /* a standby */
        return false;
    }
    statement.sql = ct_printf(c, "%s%.*s\n) AS q", head, (int)length, sql);
    if (!entry->driver->run(c, connection, &statement, NULL, error)) {
        error->position = CT_MAX(error->position - (int)strlen(head), 0);
        return false;
    }
    statement.sql = behind;
    return entry->driver->run(c, connection, &statement, &f->sink, error);
}

/* In a transaction that is rolled back. */
static bool probe(ct *c, ct_db_entry *entry, const char *sql, found *f, ct_db_error *error)
{
    const ct_atomic_options options = { .read_only = false };
    ct_db_lease *lease = ct_db_lease_take(c, entry);
    ct_db_connection *connection = ct_db_lease_connection(lease);
    bool begun = entry->driver->begin(c, connection, &options, error);
    bool good = begun && make_probe(c, entry, connection, sql, f, error);
    const ct_db_statement rollback = { .sql = "ROLLBACK", .once = true };
    ct_db_error ignored;
    if (begun && !connection->broken && !entry->driver->run(c, connection, &rollback, NULL, &ignored))
        connection->broken = true;
    ct_db_lease_end(lease);
    return good;
}

static bool may_run_behind(ct *c, ct_db_entry *entry, const char *sql, ct_db_error *error)
{
    const char *word = sql + strspn(sql, " \t\r\n(");
    found f = { .sink.row = take_found, .arena = ct_work_arena(c) };
    if (strncasecmp(word, "show", 4) == 0)
        return true;
    const char *query = strncasecmp(word, "explain", 7) == 0 ? explained(sql) : sql;
    if (!query)
        return true;
    if (!probe(c, entry, query, &f, error)) {
        if (query != sql)
            error->position = 0;
        return error->trouble == CT_DB_READ_ONLY || strstr(error->message, "permission denied to create temporary");
    }
    if (!f.function)
        return true;
    if (*f.holder)
        return refuse(error,
                      ct_printf(c, "%s calls %s(), which is VOLATILE: it may change something", f.holder, f.function));
    return refuse(error, ct_printf(c, "an operator or a cast calls %s(), which is VOLATILE: it may change something",
                                   f.function));
}

bool ct_query_may_run(ct *c, ct_db_entry *entry, const char *sql, ct_db_error *error)
{
    const ct_db_dialect *dialect = entry->driver->dialect;
    const char *start = sql;
    ct_call call;
    if (strcmp(dialect->name, "postgresql") != 0)
        return true;
    const char *word = sql + strspn(sql, " \t\r\n(");
    if (!ct_query_only_reads(sql) && strncasecmp(word, "with", 4) != 0)
        return refuse(error, "without --write SQL begins with SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN");
    if (strcasestr(sql, "u&\""))
        return refuse(error, "without --write names are written as they are, without U&");
    while (ct_call_next(&sql, dialect, &call)) {
        const char *name = name_of(c, &call);
        if (!may_call(c, entry, name))
            return refuse(error, ct_printf(c, "%s() is VOLATILE: it may change something", name));
    }
    return may_run_behind(c, entry, start, error);
}
