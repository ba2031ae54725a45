/* The inside of the SQLite driver.
 *
 *   sqlite.c          connections: URLs, settings, transactions, waits
 *   sqlite_run.c      statements: the cache of prepared ones, parameters, rows
 *   sqlite_value.c    values in and out, by the table of sqlite_functions.h
 *   sqlite_error.c    what its errors are
 *   sqlite_turn.c     who writes next
 *   sqlite_place.c    whether the file is still the one of its name
 *
 * SQLite runs on the worker's own thread. What would block it parks the fiber within SQLite's callbacks: the busy
 * handler waits for locks, the progress handler lets others run in the course of a long statement. Nothing may unwind
 * through SQLite's frames: where the request ends meanwhile, the callback makes SQLite give up, and what called it ends
 * the request afterwards. */
#ifndef CANTEEN_DB_SQLITE_H
#define CANTEEN_DB_SQLITE_H

#include "canteen/backend/database.h"

#include "base/common.h"

#include <sqlite3.h>

#define CT_SQLITE_WAYS 4
#define CT_SQLITE_SETS 32

/* A prepared statement that is kept, found by the digest of its text. */
typedef struct ct_sqlite_kept {
    uint64_t id;
    sqlite3_stmt *statement; /* NULL: none */
    uint64_t used;           /* when: a count of statements */
    bool busy;               /* a cursor has it */
} ct_sqlite_kept;

/* A file and its write-ahead log, by their inodes; 0: there is none. */
typedef struct ct_sqlite_files {
    uint64_t file, log;
} ct_sqlite_files;

typedef struct ct_sqlite {
    ct_db_connection base;
    sqlite3 *db;
    ct *c;                       /* whose statement runs; NULL: nobody's, so that nothing may wait */
    ct_time begun;               /* of that statement */
    ct_time slice;               /* when it last let others run */
    ct_time blocked;             /* since when it waits for a lock */
    bool stopped;                /* the request has ended while SQLite ran */
    bool timed_out;              /* database_statement_timeout */
    ct_sqlite_files files;       /* those that it has open */
    ct_time looked;              /* when, at their names */
    unsigned replacements;       /* noticed till then */
    bool query_only;             /* as the pragma is set */
    bool transacts;              /* BEGIN, COMMIT or ROLLBACK has been prepared, since this was last cleared */
    uint64_t statements;         /* that have run */
    struct ct_sqlite_turn *turn; /* sqlite_turn.h */
    ct_sqlite_kept kept[CT_SQLITE_SETS][CT_SQLITE_WAYS];
} ct_sqlite;

extern const ct_db_driver ct_sqlite_driver;

static inline ct_sqlite *ct_sqlite_of(ct_db_connection *connection)
{
    return CT_CONTAINER(connection, ct_sqlite, base);
}

/* Around everything that may wait. The second ends the request where it has ended meanwhile. */
void ct_sqlite_enter(ct_sqlite *sqlite, ct *c);
void ct_sqlite_leave(ct_sqlite *sqlite);

/* The file of the URL; NULL: there is none, the database is in memory. The arena has no limit. */
bool ct_sqlite_only_read(const ct_db_target *target); /* ?mode=ro, a replica */
const char *ct_sqlite_path(const ct_db_target *target, ct_arena *arena);

/* SQL of the program's own has begun a transaction and has not ended it: rolls it back. Always false, with `error`
 * filled where it was `good` so far. */
bool ct_sqlite_undo_begun(ct_sqlite *sqlite, bool good, ct_db_error *error);

/* The transaction on it is over: others may write, and so may it. */
void ct_sqlite_ended(ct_sqlite *sqlite);

/* ---- sqlite_run.c ---- */

bool ct_sqlite_run(ct *c, ct_db_connection *connection, const ct_db_statement *statement, ct_db_sink *sink,
                   ct_db_error *error);
/* Ends all statements that are kept. */
void ct_sqlite_forget(ct_sqlite *sqlite);
ct_db_cursor *ct_sqlite_cursor(ct *c, ct_db_connection *connection, const ct_db_statement *statement,
                               ct_db_error *error);
bool ct_sqlite_fetch(ct *c, ct_db_cursor *cursor, size_t count, ct_db_sink *sink, bool *ret_more, ct_db_error *error);
void ct_sqlite_end_cursor(ct_db_cursor *cursor);

/* ---- sqlite_place.c ---- */

/* Before a transaction that writes, and before its end: is the file still the one of that name? False with `error`
 * filled: nothing has been done. */
bool ct_sqlite_in_place(ct_sqlite *sqlite, ct_db_error *error);
/* It has been opened. */
void ct_sqlite_note_place(ct_sqlite *sqlite);
/* May the file of that name be opened, beside those that others of the worker have? */
bool ct_sqlite_may_open(const ct_sqlite *sqlite, const char *path, ct_db_error *error);
/* For the pool: false where another file is to be opened instead. */
bool ct_sqlite_alive(ct_db_connection *connection);

/* ---- sqlite_value.c ---- */

typedef struct ct_sqlite_row {
    ct_db_row base;
    sqlite3_stmt *statement;
} ct_sqlite_row;
extern const ct_db_row_ops ct_sqlite_row_ops;

/* Binds a parameter; the value's memory must last while the statement runs. False with `error` filled. */
bool ct_sqlite_bind(sqlite3_stmt *statement, int index, ct_value value, ct_kind kind, ct_db_error *error);
/* JSON of the array as an array of such elements: text becomes dates, UUIDs and so on. NULL: it is none. */
const ct_array *ct_sqlite_array(ct_arena *arena, const ct_array *from, ct_kind element);

/* ---- sqlite_error.c ---- */

/* Fills `error` by the connection's last one. Always false. */
bool ct_sqlite_fail(ct_sqlite *sqlite, ct_db_error *error);
/* The same for an error of the caller's own. */
bool ct_sqlite_refuse(ct_db_error *error, ct_db_trouble trouble, const char *format, ...) CT_PRINTF(3, 4);

#endif
