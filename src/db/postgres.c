/* The PostgreSQL driver: connections for one user at a time (transactions, cursors, scripts). What requests share is in
 * postgres_share.c, how statements travel in postgres_pipeline.c.
 *
 * A connection that is given up in the middle of a transaction is rolled back by a statement that nobody waits for; the
 * next user's statements queue behind it. One on which a statement is still running is closed, and the server is asked
 * to stop it: that request may come late, and must not meet what the next user runs. */
#include "db/postgres.h"

#include "base/arena.h"
#include "canteen/database.h"
#include "db/dialect.h"
#include "db/placeholders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ct_pg *pg_of(ct_db_connection *connection)
{
    return CT_CONTAINER(connection, ct_pg, connection);
}

static ct_db_connection *open_connection(ct *c, const ct_db_target *target, ct_db_error *error)
{
    bool gone;
    ct_pg *pg = ct_pg_open(c, target, error, &gone);
    if (gone)
        ct_wait(c, INT64_MAX); /* does not return */
    return pg ? &pg->connection : NULL;
}

static void close_connection(ct_db_connection *connection)
{
    ct_pg_close(pg_of(connection));
}

/* ---- transactions ---- */

/* Has SQL of the program's own begun a transaction that it has not ended? Then it is rolled back. */
static bool undo_begun(ct_pg *pg)
{
    PGTransactionStatusType status = ct_pq.transaction_status(pg->conn);
    if (pg->transaction || pg->lost || (status != PQTRANS_INTRANS && status != PQTRANS_INERROR))
        return false;
    ct_pg_tell(pg, "ROLLBACK");
    return true;
}

/* After a statement of the program's own: is there the transaction that is to be there, and no other? */
static bool check_raw(ct_pg *pg, bool good, ct_db_error *error)
{
    if (undo_begun(pg))
        return good && ct_pg_fail(error, CT_DB_OTHER, "%s", ct_left_open);
    if (!good || !pg->transaction || ct_pq.transaction_status(pg->conn) != PQTRANS_IDLE)
        return good;
    pg->transaction = false;
    pg->connection.ended = pg->connection.strayed = true;
    return ct_pg_fail(error, CT_DB_OTHER, "%s", ct_ended_early);
}

static bool starts_with(const char *sql, const char *word)
{
    return strncasecmp(sql, word, strlen(word)) == 0;
}

/* COMMIT of a transaction that has failed is answered by ROLLBACK: no error to the server, but one to us. */
static bool run(ct *c, ct_db_connection *connection, const ct_db_statement *statement, ct_db_sink *sink,
                ct_db_error *error)
{
    ct_pg *pg = pg_of(connection);
    bool good = ct_pg_ask(c, pg, statement, sink, error);
    if (CT_UNLIKELY(statement->raw))
        return check_raw(pg, good, error);
    if (!pg->transaction)
        return good;
    bool commit = starts_with(statement->sql, "COMMIT");
    if (commit || (starts_with(statement->sql, "ROLLBACK") && !strstr(statement->sql, " TO ")))
        pg->transaction = false;
    if (good && commit && pg->rolled_back)
        return ct_pg_fail(error, CT_DB_OTHER, "the transaction was rolled back, because a statement of it had failed");
    return good;
}

static const char *isolation_of(ct_isolation isolation)
{
    switch (isolation) {
    case CT_READ_COMMITTED:
        return " ISOLATION LEVEL READ COMMITTED";
    case CT_REPEATABLE_READ:
        return " ISOLATION LEVEL REPEATABLE READ";
    case CT_SERIALIZABLE:
        return " ISOLATION LEVEL SERIALIZABLE";
    case CT_ISOLATION_DEFAULT:
        break;
    }
    return "";
}

/* Behind a pooler nothing that is set outlives the transaction, so it is set in each. */
static bool set_limits(ct *c, ct_pg *pg, ct_db_error *error)
{
    const ct_db_target *target = pg->connection.target;
    char lock[32], statement[32];
    snprintf(lock, sizeof lock, "%" PRId64, target->lock_timeout / CT_MILLISECOND);
    snprintf(statement, sizeof statement, "%" PRId64, target->statement_timeout / CT_MILLISECOND);
    const ct_value values[] = { ct_value_of_text(lock), ct_value_of_text(statement) };
    return ct_pg_ask(c, pg,
                     &(ct_db_statement){ .sql = "SELECT set_config('lock_timeout', $1, true), "
                                                "set_config('statement_timeout', $2, true), "
                                                "set_config('timezone', 'UTC', true)",
                                         .values = values,
                                         .count = 2 },
                     NULL, error);
}

static bool begin(ct *c, ct_db_connection *connection, const ct_atomic_options *options, ct_db_error *error)
{
    ct_pg *pg = pg_of(connection);
    char sql[96];
    bool read_only = options->read_only || connection->target->read_only;
    snprintf(sql, sizeof sql, "BEGIN%s%s", isolation_of(options->isolation), read_only ? " READ ONLY" : "");
    if (!ct_pg_ask(c, pg, &(ct_db_statement){ .sql = sql }, NULL, error)) {
        error->sent = false; /* whatever became of it: nothing was done in it */
        return false;
    }
    pg->transaction = true;
    return !connection->target->pooled || set_limits(c, pg, error);
}

static void abandon(ct_db_connection *connection)
{
    ct_pg *pg = pg_of(connection);
    if (pg->lost || pg->in_script) {
        connection->broken = true;
    } else if (ct_pg_load(pg)) {
        ct_pg_cancel(pg);
        connection->broken = true;
    } else if (pg->transaction) {
        ct_pg_tell(pg, "ROLLBACK");
    }
    pg->transaction = false;
}

/* The loop watches it: what the server has done to it is known. */
static bool alive(ct_db_connection *connection)
{
    return !pg_of(connection)->lost;
}

/* ---- scripts ---- */

/* The results of a script, one a statement: the first error is the one that counts. */
static bool read_script(ct *c, PGconn *conn, ct_db_error *error)
{
    bool good = true;
    for (;;) {
        while (ct_pq.is_busy(conn)) {
            int left = ct_pq.flush(conn);
            ct_wait_fd(c, ct_pq.socket(conn), left > 0, INT64_MAX);
            if (left < 0 || !ct_pq.consume_input(conn))
                return ct_pg_fail(error, CT_DB_LOST, "the connection to the database broke during a script");
        }
        PGresult *result = ct_pq.get_result(conn);
        if (!result)
            return good;
        ExecStatusType status = ct_pq.result_status(result);
        if (good && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
            ct_pg_error(error, result);
            good = false;
        }
        ct_pq.clear(result);
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
            return ct_pg_fail(error, CT_DB_OTHER, "%s", ct_pg_no_copy); /* the connection is given up */
    }
}

/* Several statements at once are the older protocol's, which a pipeline does not speak. While the script runs, the
 * fiber itself waits at the socket. An abort in between leaves in_script set: the connection is then given up. */
static bool script(ct *c, ct_db_connection *connection, const char *sql, ct_db_error *error)
{
    ct_pg *pg = pg_of(connection);
    if (ct_pg_load(pg) && !ct_pg_ask(c, pg, &(ct_db_statement){ .sql = "SELECT 1" }, NULL, error))
        return false;
    if (pg->lost)
        return ct_pg_fail(error, CT_DB_UNAVAILABLE, "%s", pg->why.message);
    if (!ct_pg_pause(pg))
        return ct_pg_fail(error, CT_DB_OTHER, "the connection cannot run a script now");
    bool good = ct_pq.send_query(pg->conn, sql) ? read_script(c, pg->conn, error)
                                                : ct_pg_fail(error, CT_DB_LOST, "the connection to the database broke");
    ct_pg_resume(pg);
    if (undo_begun(pg) && good)
        return ct_pg_fail(error, CT_DB_OTHER, "%s", ct_left_open);
    return good;
}

/* ---- cursors ---- */

struct ct_db_cursor {
    ct_pg *pg;
    unsigned number;
    bool ended;
};

static ct_db_cursor *open_cursor(ct *c, ct_db_connection *connection, const ct_db_statement *statement,
                                 ct_db_error *error)
{
    ct_db_cursor *cursor = ct_take(c, sizeof *cursor);
    ct_pg *pg = pg_of(connection);
    *cursor = (ct_db_cursor){ .pg = pg, .number = ++pg->next_number };
    char *sql =
        ct_arena_printf(ct_work_arena(c), "DECLARE c%u NO SCROLL CURSOR FOR %s", cursor->number, statement->sql);
    if (!sql)
        ct_out_of_memory(c);
    ct_db_statement declare = *statement;
    declare.sql = sql;
    declare.once = true;
    declare.read = false; /* has no rows to be asked for again */
    return ct_pg_ask(c, pg, &declare, NULL, error) ? cursor : NULL;
}

typedef struct counting_sink {
    ct_db_sink sink;
    ct_db_sink *to;
    size_t count;
} counting_sink;

static bool count_row(ct_db_sink *sink, const ct_db_row *row)
{
    counting_sink *own = CT_CONTAINER(sink, counting_sink, sink);
    own->count++;
    return own->to->row(own->to, row);
}

/* What was fetched is gone from the cursor and cannot be asked for again, so its types are asked for first: raw. */
static bool fetch(ct *c, ct_db_cursor *cursor, size_t count, ct_db_sink *sink, bool *ret_more, ct_db_error *error)
{
    char sql[64];
    counting_sink counted = { .sink.row = count_row, .to = sink };
    snprintf(sql, sizeof sql, "FETCH FORWARD %zu FROM c%u", count, cursor->number);
    if (!ct_pg_ask(c, cursor->pg, &(ct_db_statement){ .sql = sql, .raw = true }, &counted.sink, error))
        return false;
    *ret_more = counted.count == count;
    return true;
}

/* The end of its transaction would do, but that may be far. */
static void end_cursor(ct_db_cursor *cursor)
{
    char sql[32];
    snprintf(sql, sizeof sql, "CLOSE c%u", cursor->number);
    if (!cursor->ended && cursor->pg->transaction)
        ct_pg_tell(cursor->pg, sql);
    cursor->ended = true;
}

/* ---- the driver ---- */

const ct_db_driver ct_postgres_driver = {
    .name = "postgresql",
    .schemes = "postgresql, postgres",
    .dialect = &ct_postgres_dialect,
    .check = ct_pg_check,
    .open = open_connection,
    .close = close_connection,
    .run = run,
    .begin = begin,
    .spoils = true,
    .script = script,
    .abandon = abandon,
    .alive = alive,
    .share = ct_pg_share,
    .close_shared = ct_pg_close_shared,
    .cursor = open_cursor,
    .fetch = fetch,
    .end_cursor = end_cursor,
};
