/* What an error of a database means for the request: who is to blame, and what is said to whom.
 *
 *   the values            422, or the errors of fields that the caller asked for
 *   somebody else's lock  409 where the query said not to wait, else 503
 *   the database          503 with Retry-After and one line in the log that names it
 *   the program           500; the log has the statement and the place of the call */
#include "db/transaction.h"

#include "base/buffer.h"
#include "canteen/work.h"
#include "db/migrate.h"
#include "net/work.h"

#define RETRY_SOON 1 /* seconds: somebody else was faster */
#define RETRY_LATER 5
#define SQL_SHOWN 400 /* bytes of a statement in a message */

/* "polls.c:12: "; nothing where it is a command that asks. */
static const char *place_of(ct *c, const ct_db_request *request)
{
    if (!request->place || !request->place->file || !request->place->line)
        return "";
    return ct_printf(c, "%s:%d: ", request->place->file, request->place->line);
}

static const char *sql_of(ct *c, const ct_db_request *request)
{
    const char *sql = request->statement.sql ? request->statement.sql : "";
    size_t length = strlen(sql);
    return length <= SQL_SHOWN ? sql : ct_printf(c, "%.*s...", SQL_SHOWN, sql);
}

static const ct_db_entry *entry_of(ct *c, const ct_db_request *request)
{
    return ct_db_entry_for(c, request->table, request->using, true);
}

static CT_NORETURN void fail_service(ct *c, const ct_db_request *request, const ct_db_error *error, const char *what)
{
    const ct_db_entry *entry = entry_of(c, request);
    ct_unavailable(c, RETRY_LATER, "the database \"%s\" (%s) %s: %s", entry->alias, entry->target.shown, what,
                   error->message);
}

static CT_NORETURN void fail_program(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    if (error->position)
        ct_mistake(c, "%sthe database says \"%s\" at character %d of: %s", place_of(c, request), error->message,
                   error->position, sql_of(c, request));
    ct_mistake(c, "%sthe database says \"%s\" of: %s", place_of(c, request), error->message, sql_of(c, request));
}

static bool is_of_alias(char x)
{
    return x == 't' || (x >= '0' && x <= '9');
}

/* The table behind an alias in a statement of ours: that before " t1". */
static ct_str behind_alias(const char *sql, ct_str alias)
{
    for (const char *at = sql; (at = memmem(at, strlen(at), alias.data, alias.length)) != NULL; at += alias.length) {
        if (at - sql < 3 || at[-1] != ' ' || at[-2] != '"' || is_of_alias(at[alias.length]))
            continue;
        const char *end = at - 2, *begin = memrchr(sql, '"', (size_t)(end - sql));
        return begin ? (ct_str){ begin + 1, (size_t)(end - begin - 1) } : (ct_str){ 0 };
    }
    return (ct_str){ 0 };
}

/* "no such column: t1.b_id", "column t1.b_id does not exist": what stands before the dot. */
static ct_str alias_of(const char *message)
{
    const char *dot = strchr(message, '.'), *begin = dot;
    while (begin && begin > message && is_of_alias(begin[-1]))
        begin--;
    return begin ? (ct_str){ begin, (size_t)(dot - begin) } : (ct_str){ 0 };
}

/* Whose table is it that is not as it should be? A query of one model joins others, and tables of links. */
static const ct_table *table_meant(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    const ct_graph *graph = &ct_work_databases(c)->graph;
    ct_str name = ct_str_of(error->table), alias = alias_of(error->message);
    if (!name.length && alias.length && request->statement.sql)
        name = behind_alias(request->statement.sql, alias);
    for (size_t i = 0; i < graph->table_count && name.length; i++)
        if (ct_str_eq(ct_str_of(graph->tables[i]->name), name))
            return graph->tables[i];
    return request->table;
}

static CT_NORETURN void fail_schema(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    if (!request->table)
        fail_program(c, request, error);
    const ct_table *table = table_meant(c, request, error);
    const char *of = table->owner ? "links" : "model";
    const char *alias = entry_of(c, request)->alias;
    const char *hint = error->trouble == CT_DB_NO_TABLE ? ct_migration_hint(c, alias, table->name) : NULL;
    if (hint)
        ct_mistake(c, "%sthe table %s of the %s %s is not in the database \"%s\": %s", place_of(c, request),
                   table->name, of, table->label, alias, hint);
    ct_mistake(c,
               "%sthe table of the %s %s in the database \"%s\" is not as the program expects it (%s): `migrate` "
               "applies the migrations that are missing, `makemigrations` writes those of changes",
               place_of(c, request), of, table->label, alias, error->message);
}

/* Who is faster makes the others try again. */
static CT_NORETURN void fail_retry(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    ct_db_session *session = ct_db_session_of(c);
    session->again = session->retrying;
    if (session->again)
        ct_abort_quietly(c, 503, ct_strdup(c, error->message));
    ct_unavailable(c, RETRY_SOON, "%sanother transaction on the database \"%s\" was in the way: %s",
                   place_of(c, request), entry_of(c, request)->alias, error->message);
}

static CT_NORETURN void fail_lock(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    const char *sql = request->statement.sql ? request->statement.sql : "";
    if (strstr(sql, " NOWAIT"))
        ct_abort(c, 409, "somebody else is working on this just now: try again");
    ct_unavailable(c, RETRY_SOON, "%sa lock of the database \"%s\" did not come within database_lock_timeout: %s",
                   place_of(c, request), entry_of(c, request)->alias, error->message);
}

static CT_NORETURN void fail_values(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    /* Of what is only read nobody has sent the number: a sum, say, that an integer cannot hold. */
    bool computed = request->statement.read && error->trouble == CT_DB_RANGE;
    ct_errors *errors = request->table && !computed ? ct_db_field_errors(c, request->table, error) : NULL;
    if (errors)
        ct_abort_errors(c, errors);
    fail_program(c, request, error);
}

static CT_NORETURN void fail_writing(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    const ct_transaction *root = ct_db_root(ct_db_session_of(c), entry_of(c, request));
    if (root && root->read_only)
        ct_mistake(c, "%sa ct_atomic() with .read_only was to change something, by: %s", place_of(c, request),
                   sql_of(c, request));
    fail_service(c, request, error, "cannot be written to");
}

void ct_db_fail(ct *c, const ct_db_request *request, const ct_db_error *error)
{
    switch (error->trouble) {
    case CT_DB_UNIQUE:
    case CT_DB_FOREIGN_KEY:
    case CT_DB_NOT_NULL:
    case CT_DB_CHECK:
    case CT_DB_EXCLUSION:
    case CT_DB_TOO_LONG:
    case CT_DB_RANGE:
    case CT_DB_BAD_VALUE:
        fail_values(c, request, error);
    case CT_DB_NO_TABLE:
    case CT_DB_NO_COLUMN:
        fail_schema(c, request, error);
    case CT_DB_LOCKED:
        fail_lock(c, request, error);
    case CT_DB_SERIALIZATION:
        fail_retry(c, request, error);
    case CT_DB_READ_ONLY:
        fail_writing(c, request, error);
    case CT_DB_REFUSED:
        fail_service(c, request, error, "does not let us in");
    case CT_DB_UNAVAILABLE:
        fail_service(c, request, error, "cannot be reached");
    case CT_DB_BUSY:
        fail_service(c, request, error, "has no connection free");
    case CT_DB_LOST:
        fail_service(c, request, error, "broke off the connection");
    case CT_DB_TIMEOUT:
        fail_service(c, request, error, "took too long (database_statement_timeout)");
    case CT_DB_FULL:
        fail_service(c, request, error, "has no space left");
    case CT_DB_CORRUPT:
        fail_service(c, request, error, "is damaged");
    case CT_DB_FINE:
    case CT_DB_OTHER:
        break;
    }
    fail_program(c, request, error);
}
