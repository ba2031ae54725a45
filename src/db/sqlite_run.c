/* Statements of SQLite: prepared once for a connection, bound, stepped through, reset. A statement that fails is reset
 * too before anybody hears of it, so that none is ever left open but a cursor's. */
#include "db/sqlite.h"
#include "db/sqlite_turn.h"

#include "base/str.h"
#include "db/placeholders.h"
#include "net/work.h"

#include <stdlib.h>

/* ---- the statements that are kept ---- */

void ct_sqlite_forget(ct_sqlite *sqlite)
{
    for (size_t i = 0; i < CT_SQLITE_SETS * CT_SQLITE_WAYS; i++) {
        ct_sqlite_kept *kept = &sqlite->kept[i / CT_SQLITE_WAYS][i % CT_SQLITE_WAYS];
        sqlite3_finalize(kept->statement);
        *kept = (ct_sqlite_kept){ 0 };
    }
}

/* The text alone decides: two of one digest are told apart. */
static ct_sqlite_kept *find_kept(ct_sqlite *sqlite, uint64_t id, const char *sql)
{
    ct_sqlite_kept *set = sqlite->kept[id % CT_SQLITE_SETS];
    for (size_t i = 0; i < CT_SQLITE_WAYS; i++)
        if (set[i].id == id && set[i].statement && !set[i].busy && strcmp(sqlite3_sql(set[i].statement), sql) == 0)
            return &set[i];
    return NULL;
}

/* The place of the one that has not been used for the longest time; NULL: cursors have them all. */
static ct_sqlite_kept *make_place(ct_sqlite *sqlite, uint64_t id)
{
    ct_sqlite_kept *set = sqlite->kept[id % CT_SQLITE_SETS], *oldest = NULL;
    for (size_t i = 0; i < CT_SQLITE_WAYS; i++)
        if (!set[i].busy && (!oldest || set[i].used < oldest->used))
            oldest = &set[i];
    if (oldest) {
        sqlite3_finalize(oldest->statement);
        *oldest = (ct_sqlite_kept){ .id = id };
    }
    return oldest;
}

/* Anything behind the first statement but blanks and comments? */
static bool has_more(ct_sqlite *sqlite, const char *tail)
{
    tail += strspn(tail, " \t\r\n;");
    sqlite3_stmt *second = NULL;
    bool more = *tail && (sqlite3_prepare_v2(sqlite->db, tail, -1, &second, NULL) != SQLITE_OK || second);
    sqlite3_finalize(second);
    return more;
}

static sqlite3_stmt *prepare_new(ct_sqlite *sqlite, const char *sql, bool keep, ct_db_error *error)
{
    sqlite3_stmt *statement = NULL;
    const char *tail = "";
    if (sqlite3_prepare_v3(sqlite->db, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &statement, &tail) != SQLITE_OK) {
        ct_sqlite_fail(sqlite, error);
        return NULL;
    }
    if (!statement)
        ct_sqlite_refuse(error, CT_DB_OTHER, "there is no statement in this");
    else if (!*tail || !has_more(sqlite, tail))
        return statement;
    else
        ct_sqlite_refuse(error, CT_DB_OTHER, "there are two statements in this: send them one by one");
    sqlite3_finalize(statement);
    return NULL;
}

/* *ret_kept is its place, NULL: it is the caller's to end. */
static sqlite3_stmt *prepare(ct_sqlite *sqlite, const ct_db_statement *statement, ct_sqlite_kept **ret_kept,
                             ct_db_error *error)
{
    uint64_t id = statement->id ? statement->id : ct_hash(statement->sql, strlen(statement->sql));
    ct_sqlite_kept *kept = find_kept(sqlite, id, statement->sql);
    sqlite->statements++;
    if (CT_LIKELY(kept != NULL)) {
        kept->used = sqlite->statements;
        *ret_kept = kept;
        return kept->statement;
    }
    *ret_kept = NULL;
    sqlite3_stmt *made = prepare_new(sqlite, statement->sql, !statement->once, error);
    if (!made || statement->once)
        return made;
    kept = make_place(sqlite, id);
    if (kept) {
        kept->statement = made;
        kept->used = sqlite->statements;
    }
    *ret_kept = kept;
    return made;
}

static bool bind(sqlite3_stmt *prepared, const ct_db_statement *statement, ct_db_error *error)
{
    int wanted = sqlite3_bind_parameter_count(prepared);
    if ((size_t)wanted != statement->count)
        return ct_sqlite_refuse(error, CT_DB_OTHER, "the statement has %d parameters and was given %zu values", wanted,
                                statement->count);
    for (size_t i = 0; i < statement->count; i++)
        if (!ct_sqlite_bind(prepared, (int)i + 1, statement->values[i],
                            statement->kinds ? statement->kinds[i] : CT_KIND_value, error))
            return false;
    return true;
}

/* ---- running ---- */

/* The statement is as before its first step. */
static void put_back(sqlite3_stmt *prepared, const ct_sqlite_kept *kept)
{
    if (!kept) {
        sqlite3_finalize(prepared);
        return;
    }
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
}

static bool step_through(ct_sqlite *sqlite, sqlite3_stmt *prepared, ct_db_sink *sink, ct_db_error *error)
{
    ct_sqlite_row row = { .base.ops = &ct_sqlite_row_ops, .statement = prepared };
    bool writes = !sqlite3_stmt_readonly(prepared);
    sqlite3_int64 before = writes ? sqlite3_total_changes64(sqlite->db) : 0;
    int code;
    while ((code = sqlite3_step(prepared)) == SQLITE_ROW)
        if (sink && !sink->row(sink, &row.base))
            break;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return ct_sqlite_fail(sqlite, error);
    if (writes && sink && sqlite3_total_changes64(sqlite->db) != before)
        sink->changed = sqlite3_changes64(sqlite->db);
    return true;
}

/* Waits for its turn, where it writes. BEGIN IMMEDIATE does; BEGIN and the ends of transactions count as reading. */
static bool may_write(ct_sqlite *sqlite, sqlite3_stmt *prepared, ct_db_error *error)
{
    bool reads = sqlite3_stmt_readonly(prepared), within = !sqlite3_get_autocommit(sqlite->db);
    bool commits = within && sqlite3_txn_state(sqlite->db, NULL) == SQLITE_TXN_WRITE &&
                   strcmp(sqlite3_sql(prepared), "COMMIT") == 0;
    if ((commits || (!reads && !within)) && !ct_sqlite_in_place(sqlite, error))
        return false;
    return reads || ct_sqlite_turn_take(sqlite, error);
}

/* After a statement of the program's own: is there the transaction that was there before, and no other? */
static bool check_raw(ct_sqlite *sqlite, bool within, bool good, ct_db_error *error)
{
    bool open = !sqlite3_get_autocommit(sqlite->db);
    if (open && !within)
        return ct_sqlite_undo_begun(sqlite, good, error);
    if (!good || open == within)
        return good;
    sqlite->base.ended = sqlite->base.strayed = true;
    return ct_sqlite_refuse(error, CT_DB_OTHER, "%s", ct_ended_early);
}

bool ct_sqlite_run(ct *c, ct_db_connection *connection, const ct_db_statement *statement, ct_db_sink *sink,
                   ct_db_error *error)
{
    ct_sqlite *sqlite = ct_sqlite_of(connection);
    bool within = !sqlite3_get_autocommit(sqlite->db);
    ct_sqlite_kept *kept;
    ct_sqlite_enter(sqlite, c);
    sqlite3_stmt *prepared = prepare(sqlite, statement, &kept, error);
    bool good = prepared && bind(prepared, statement, error) && may_write(sqlite, prepared, error) &&
                step_through(sqlite, prepared, sink, error);
    if (prepared)
        put_back(prepared, kept);
    if (CT_UNLIKELY(statement->raw))
        good = check_raw(sqlite, within, good, error);
    if (sqlite3_get_autocommit(sqlite->db)) {
        connection->ended |= within && !good;
        ct_sqlite_ended(sqlite);
    }
    ct_sqlite_leave(sqlite);
    return good;
}

/* ---- cursors ---- */

/* A connection sees what it writes itself at once, also a row that an update has moved on in the index which the loop
 * goes along, so that the loop would meet it again. Where the transaction may write, the rows are therefore gathered
 * before the first of them is given: by SQLite, in a table of its own that goes to a file when it gets large. */

struct ct_db_cursor {
    ct_sqlite *sqlite;
    ct_sqlite_kept *kept;
    sqlite3_stmt *prepared;
    bool at_row; /* it stands on a row that has not been given yet */
    bool done;
};

static bool may_write_within(const ct_sqlite *sqlite)
{
    return !sqlite->query_only && !sqlite3_get_autocommit(sqlite->db);
}

static const char *gathering(ct *c, const char *sql)
{
    char *text = ct_arena_printf(ct_work_arena(c), "WITH ct_rows AS MATERIALIZED (%s) SELECT * FROM ct_rows", sql);
    if (!text)
        ct_out_of_memory(c);
    return text;
}

/* To the first row. */
static bool gather(ct_sqlite *sqlite, ct_db_cursor *cursor, ct_db_error *error)
{
    sqlite3_exec(sqlite->db, "PRAGMA temp_store = file", NULL, NULL, NULL);
    int code = sqlite3_step(cursor->prepared);
    bool good = code == SQLITE_ROW || code == SQLITE_DONE || ct_sqlite_fail(sqlite, error);
    sqlite3_exec(sqlite->db, "PRAGMA temp_store = memory", NULL, NULL, NULL);
    cursor->at_row = code == SQLITE_ROW;
    cursor->done = code != SQLITE_ROW;
    return good;
}

ct_db_cursor *ct_sqlite_cursor(ct *c, ct_db_connection *connection, const ct_db_statement *statement,
                               ct_db_error *error)
{
    ct_sqlite *sqlite = ct_sqlite_of(connection);
    ct_db_statement own = *statement;
    bool gathers = may_write_within(sqlite);
    if (gathers) {
        own.sql = gathering(c, statement->sql);
        own.id = 0;
    }
    ct_db_cursor *cursor = ct_xcalloc(1, sizeof(*cursor));
    ct_sqlite_enter(sqlite, c);
    cursor->sqlite = sqlite;
    cursor->prepared = prepare(sqlite, &own, &cursor->kept, error);
    if (cursor->kept)
        cursor->kept->busy = true;
    bool good = cursor->prepared && bind(cursor->prepared, &own, error) && (!gathers || gather(sqlite, cursor, error));
    bool stopped = sqlite->stopped;
    sqlite->c = NULL;
    if (good && !stopped)
        return cursor;
    ct_sqlite_end_cursor(cursor);
    if (stopped)
        ct_wait(c, INT64_MAX); /* which does not return */
    return NULL;
}

bool ct_sqlite_fetch(ct *c, ct_db_cursor *cursor, size_t count, ct_db_sink *sink, bool *ret_more, ct_db_error *error)
{
    ct_sqlite *sqlite = cursor->sqlite;
    ct_sqlite_row row = { .base.ops = &ct_sqlite_row_ops, .statement = cursor->prepared };
    int code = SQLITE_ROW;
    *ret_more = false;
    if (cursor->done)
        return true;
    ct_sqlite_enter(sqlite, c);
    for (size_t i = 0; i < count && code == SQLITE_ROW; i++) {
        if (!cursor->at_row)
            code = sqlite3_step(cursor->prepared);
        cursor->at_row = false;
        if (code == SQLITE_ROW && !sink->row(sink, &row.base))
            break;
    }
    if (code == SQLITE_ROW) { /* is there another one? */
        code = sqlite3_step(cursor->prepared);
        cursor->at_row = code == SQLITE_ROW;
    }
    *ret_more = code == SQLITE_ROW;
    bool good = code == SQLITE_ROW || code == SQLITE_DONE || ct_sqlite_fail(sqlite, error);
    if (code != SQLITE_ROW)
        sqlite3_reset(cursor->prepared);
    ct_sqlite_leave(sqlite);
    return good;
}

void ct_sqlite_end_cursor(ct_db_cursor *cursor)
{
    if (cursor->prepared)
        put_back(cursor->prepared, cursor->kept);
    if (cursor->kept)
        cursor->kept->busy = false;
    free(cursor);
}
