/* What a unit of work does with databases: the transactions that are open, what has been asked, how statements are run.
 *
 * Everything of the layer that runs a statement goes through ct_db_run(): it picks the database (query, model, route,
 * replica), the open transaction's connection or a shared one, counts and logs, and turns errors into aborts. */
#ifndef CANTEEN_DB_SESSION_H
#define CANTEEN_DB_SESSION_H

#include "base/buffer.h"
#include "canteen/query.h"
#include "db/site.h"

typedef struct ct_db_session ct_db_session; /* of one ct */

/* What to run and where. `table` may be NULL (raw SQL). */
typedef struct ct_db_request {
    const ct_table *table;
    const char *using; /* alias or NULL */
    ct_db_statement statement;
    const ct_given *place; /* the call in the program, for messages and the log; or NULL */
    bool fatal; /* ct_db_try() sets no savepoint: the caller ends the unit of work, or the transaction, on an error */
} ct_db_request;

/* The entry that a request goes to, by .using, the model, the site's route, and replicas for reads outside of
 * transactions. */
ct_db_entry *ct_db_entry_for(ct *c, const ct_table *table, const char *using, bool write);

/* Runs it and gives the rows to the sink (or to nobody: NULL); aborts on errors. Returns the number of rows changed. */
int64_t ct_db_run(ct *c, const ct_db_request *request, ct_db_sink *sink);
/* The same, but false with `error` filled for what the caller can act on: everything but an unreachable database and
 * mistakes of the program, which abort. In a transaction the connection is as before the statement (a savepoint is set
 * around it where the database needs one). */
bool ct_db_try(ct *c, const ct_db_request *request, ct_db_sink *sink, ct_db_error *error);

/* Aborts as fits the error: 503 with Retry-After, 409, 422 with the field, 500 with the SQL and the place in the log. A
 * missing table says which migration is not applied. */
CT_NORETURN void ct_db_fail(ct *c, const ct_db_request *request, const ct_db_error *error);
/* The error of a constraint as errors of fields: NULL when it is none. `table` names constraints and columns. */
ct_errors *ct_db_field_errors(ct *c, const ct_table *table, const ct_db_error *error);

/* The connection of the open transaction, for cursors and migrations. NULL: none is open on this database. */
ct_db_connection *ct_db_transaction_connection(ct *c, const ct_db_entry *entry);
/* A connection for the caller alone, beside the transactions; aborts where there is none. It goes back by
 * ct_db_release(), or at an abort that ends the caller: what is then half done on it is abandoned. */
typedef struct ct_db_lease ct_db_lease;
ct_db_lease *ct_db_lease_take(ct *c, ct_db_entry *entry);
/* The same for a loop over rows, within which the unit of work goes on asking. *ret_begun: it is that of a loop around
 * this one, where a transaction is open. */
ct_db_lease *ct_db_lease_take_for_loop(ct *c, ct_db_entry *entry, bool *ret_begun);
/* A loop has ended, maybe by an abort; true: no other one has the lease, which is then to be ended. */
bool ct_db_lease_leave_loop(ct_db_lease *lease);
ct_db_connection *ct_db_lease_connection(const ct_db_lease *lease);
void ct_db_lease_end(ct_db_lease *lease);

/* Rows in this arena go: no rollback reaches them any more. */
void ct_rows_forget(ct *c, const ct_arena *arena);

bool ct_db_strict(ct *c); /* ct_strict_loading() or the setting */

/* For the web layer. */

/* What this unit of work has asked so far, and the time it took; with the site's `count`, the statement that ran most
 * often and how often. */
typedef struct ct_db_counts {
    size_t queries;
    ct_time time;
    const char *most_sql;
    size_t most_count;
} ct_db_counts;
ct_db_counts ct_db_session_counts(ct *c);
/* Every statement of the process, for a test that counts them; NULL: they are not kept. */
typedef struct ct_db_record {
    size_t count;
    ct_buffer text; /* the first of them, a line each; on the heap */
} ct_db_record;
extern ct_db_record *ct_db_recording;

/* The fiber of the unit of work has crashed, its clean-ups do not run: rolls back what it has open, as far as that can
 * be done. */
void ct_db_session_crashed(ct *c);

#endif
