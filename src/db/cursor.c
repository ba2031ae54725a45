/* ct_each(): millions of rows in constant memory.
 *
 *   database cursor ── 500 rows ──> arena A ── the next 500 ──> arena B ── the next 500 ──> arena A, emptied ...
 *
 * So a row lives at least until the portion behind the next one begins. What relations of a row load goes into its
 * arena as well, for all rows of the portion at once.
 *
 * Where a transaction is open on the database, the cursor is one of its connection and sees what the transaction has
 * written; else it has a connection for itself, with a transaction that only reads, which loops within it use as well
 * where connections are few. The end, an abort and a `break` give back what it holds. */
#include "db/compile.h"
#include "net/work.h"
#include "shape/value.h"

#include "canteen/work.h"

#define PORTION 500

struct ct_cursor {
    ct *c;
    ct_query_memory memory;
    ct_reading reading;
    const ct_compiled *compiled;
    ct_db_request request;
    ct_db_entry *entry;
    ct_db_lease *lease; /* NULL: the connection is a transaction's */
    ct_db_connection *connection;
    ct_db_cursor *cursor;
    ct_arena arenas[2];
    size_t turn;
    ct_rows *rows; /* the portion */
    size_t at;
    bool more, ended, alone; /* alone: no other one has its lease any more */
};

static void free_portions(ct_cursor *cursor)
{
    ct_rows_forget(cursor->c, &cursor->arenas[0]);
    ct_rows_forget(cursor->c, &cursor->arenas[1]);
    ct_arena_finish(&cursor->arenas[0]);
    ct_arena_finish(&cursor->arenas[1]);
}

/* What must not stay behind, however it ends. */
static void drop(void *arg)
{
    ct_cursor *cursor = arg;
    if (cursor->ended)
        return;
    cursor->ended = true;
    if (cursor->cursor)
        cursor->entry->driver->end_cursor(cursor->cursor);
    cursor->alone = cursor->lease && ct_db_lease_leave_loop(cursor->lease);
    free_portions(cursor);
}

static void begin_transaction(ct_cursor *cursor)
{
    ct_db_error error;
    /* Each cursor of it sees the moment at which it was begun, also where the server has another default. */
    const ct_atomic_options options = { .read_only = true, .isolation = CT_READ_COMMITTED };
    bool begun;
    cursor->lease = ct_db_lease_take_for_loop(cursor->c, cursor->entry, &begun);
    cursor->connection = ct_db_lease_connection(cursor->lease);
    if (!begun && !cursor->entry->driver->begin(cursor->c, cursor->connection, &options, &error))
        ct_db_fail(cursor->c, &cursor->request, &error);
}

ct_cursor *ct_cursor_begin(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    ct_db_error error;
    ct_cursor *cursor = ct_take(c, sizeof(*cursor));
    *cursor = (ct_cursor){ .c = c, .more = true };
    cursor->reading = ct_reading_of(c, model, query, given);
    const ct_query_head *head = &cursor->reading.head;
    if (head->lock || (head->before && !head->after))
        ct_mistake(c, "%s:%d: ct_each() takes neither .lock nor .before", given->file, given->line);
    cursor->entry = ct_db_entry_for(c, cursor->reading.table, head->using, false);
    cursor->compiled = ct_query_compile(c, ct_query_begin(&cursor->memory, c), &cursor->reading, cursor->entry);
    cursor->request = ct_query_request(&cursor->memory, cursor->compiled, &cursor->reading, cursor->entry);
    cursor->connection = ct_db_transaction_connection(c, cursor->entry);
    if (!cursor->connection)
        begin_transaction(cursor);
    ct_defer(c, drop, cursor);
    cursor->cursor = cursor->entry->driver->cursor(c, cursor->connection, &cursor->request.statement, &error);
    if (!cursor->cursor)
        ct_db_fail(c, &cursor->request, &error);
    return cursor;
}

static void read_portion(ct_cursor *cursor)
{
    ct_db_error error;
    ct_loader loader;
    ct_arena *arena = &cursor->arenas[cursor->turn++ % 2];
    ct_rows_forget(cursor->c, arena);
    ct_arena_reset(arena);
    cursor->reading.arena = arena;
    cursor->at = 0;
    ct_loader_begin(&loader, cursor->c, cursor->compiled, cursor->entry, &cursor->reading);
    bool good = cursor->entry->driver->fetch(cursor->c, cursor->cursor, PORTION, &loader.sink, &cursor->more, &error);
    ct_loader_end(&loader);
    if (!good)
        ct_db_fail(cursor->c, &cursor->request, &error);
    cursor->rows = loader.lists[0];
    for (size_t i = 0; i < cursor->compiled->later_count; i++)
        ct_load_path(cursor->c, cursor->rows, cursor->reading.table, cursor->compiled->later[i], cursor->reading.place);
}

ct_row *ct_cursor_next(ct_cursor *cursor)
{
    while (!cursor->rows || cursor->at == cursor->rows->count) {
        if (!cursor->more)
            return NULL;
        read_portion(cursor);
    }
    return cursor->rows->items[cursor->at++];
}

void ct_cursor_end(ct_cursor **place)
{
    ct_cursor *cursor = *place;
    ct_db_error error;
    *place = NULL;
    if (!cursor || cursor->ended)
        return;
    drop(cursor);
    if (!cursor->alone)
        return;
    const ct_db_statement rollback = { .sql = "ROLLBACK" };
    if (!cursor->entry->driver->run(cursor->c, cursor->connection, &rollback, NULL, &error))
        cursor->connection->broken = true;
    ct_db_lease_end(cursor->lease);
}
