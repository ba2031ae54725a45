/* Whose turn it is to write: SQLite has one writer at a time. Within a worker those who want to be it stand in line,
 * first come first served, and are woken when it is their turn; only between processes is the lock asked for again and
 * again (sqlite.c, on_busy). */
#ifndef CANTEEN_DB_SQLITE_TURN_H
#define CANTEEN_DB_SQLITE_TURN_H

#include "db/sqlite.h"

/* Joins those who write to the same database; the last to leave frees what they share. */
void ct_sqlite_turn_join(ct_sqlite *sqlite);
void ct_sqlite_turn_leave(ct_sqlite *sqlite);
/* The files that the one who has joined last has opened. */
ct_sqlite_files *ct_sqlite_turn_files(const ct_sqlite *sqlite);
/* No other one has joined. */
bool ct_sqlite_turn_alone(const ct_sqlite *sqlite);

/* Waits until it is this connection's turn; at once where it is already. False: it took longer than
 * database_lock_timeout, with `error` filled, or the request has ended (sqlite->stopped). Within
 * ct_sqlite_enter(). */
bool ct_sqlite_turn_take(ct_sqlite *sqlite, ct_db_error *error);
/* The next one's turn; nothing where it is not this connection's. */
void ct_sqlite_turn_give(ct_sqlite *sqlite);

#endif
