/* Making the tables of today's models without migrations, as tests want them. */
#include "db/ddl.h"
#include "db/dialect.h"
#include "db/session.h"
#include "net/work.h"

static bool run_steps(ct *c, ct_db_entry *entry, const ct_script *script, ct_error *error)
{
    ct_db_connection *connection = ct_db_transaction_connection(c, entry);
    for (size_t i = 0; i < script->count; i++) {
        const ct_db_statement statement = { .sql = script->steps[i].sql, .once = true };
        ct_db_error failed;
        if (!entry->driver->run(c, connection, &statement, NULL, &failed))
            return ct_fail(error, "%s: in %.300s", failed.message, script->steps[i].sql);
    }
    return true;
}

bool ct_ddl_create_all(ct *c, const char *alias, ct_error *error)
{
    ct_db_site *site = ct_work_databases(c);
    ct_db_entry *entry = ct_db_site_entry(site, alias ? alias : "default");
    if (!entry)
        return ct_fail(error, "there is no database \"%s\"", alias ? alias : "default");
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_script script = ct_script_begin(&arena, entry->driver->dialect->ddl, entry->alias);
    ct_state none = ct_state_empty(&arena), today = ct_state_of_graph(&site->graph, &arena);
    ct_ddl_change(&script, &none, &today, NULL, NULL, false);
    bool good = true;
    ct_atomic(c, .using = entry->alias) {
        good = run_steps(c, entry, &script, error);
        if (!good)
            ct_rollback(c);
    }
    ct_arena_finish(&arena);
    return good;
}
