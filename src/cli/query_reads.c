/* Which SQL `query` runs without --write, on PostgreSQL: a transaction that only reads keeps tables from being changed
 * there, and nothing else. COPY ... TO writes files and starts programs, DO and CALL run whatever they like, and so do
 * functions in the midst of a SELECT, lo_export() and pg_terminate_backend() among them.
 *
 * So the statement must begin as one that reads does, and what it calls must be what the database itself calls STABLE
 * or IMMUTABLE, or be known here to do no harm. It is a guard against accidents and careless pasting: operators and
 * views that call functions of their own are not looked into.
 *
 * SQLite needs none of this: its connection refuses everything but reading (db/sqlite.c). */
#include "cli/query.h"

#include "canteen/database.h"
#include "canteen/work.h"
#include "db/placeholders.h"

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

bool ct_query_may_run(ct *c, const ct_db_entry *entry, const char *sql, ct_db_error *error)
{
    const ct_db_dialect *dialect = entry->driver->dialect;
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
    return true;
}
