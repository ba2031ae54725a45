/* Writing what fixtures hold (fixture_load.c reads them).
 *
 * On PostgreSQL each statement is a way there and back: rows of one table with the same columns wait for each other and
 * go in one. Whoever asks the database for rows of a table that some wait for writes them first. Where such a statement
 * fails, its rows are written again one by one, and the one that is wrong is named. SQLite gets one row at a time: it
 * would gain nothing. */
#ifndef CANTEEN_DB_FIXTURE_WRITE_H
#define CANTEEN_DB_FIXTURE_WRITE_H

#include "db/fixture.h"
#include "db/write.h"

/* The whole of a many_to_many of a row. */
typedef struct ct_fixture_many {
    const ct_link *link;
    ct_value *keys;
    size_t count;
} ct_fixture_many;

typedef struct ct_fixture_row {
    const char *file;
    size_t line;
    const char *note; /* "library.book 7: " */
    const ct_table *table;
    ct_value *values; /* of the columns */
    bool *given;      /* which of them have one */
    bool has_key;
    ct_fixture_many *lists;
    size_t list_count;
} ct_fixture_row;

#define CT_FIXTURE_BATCH 100
typedef struct ct_fixture_batch {
    ct *c;
    const ct_db_entry *entry;
    ct_arena *arena;
    ct_fixture_row rows[CT_FIXTURE_BATCH]; /* of one table, with the same columns and different keys */
    size_t count;
} ct_fixture_batch;

/* The row's memory must last till it is written, which is now or at the latest at the next flush. Abort, with the row's
 * place, on what the database refuses. */
void ct_fixture_put(ct_fixture_batch *batch, const ct_fixture_row *row);
void ct_fixture_flush(ct_fixture_batch *batch);
/* Does a row of the table wait? */
bool ct_fixture_waits(const ct_fixture_batch *batch, const ct_table *table);

/* Aborts: "file:line: note field: words". `field` may be NULL. */
CT_NORETURN void ct_fixture_refuse(ct *c, const ct_fixture_row *row, const char *field, const char *words);

/* ` WHERE "name" = $1`, or AND. */
void ct_fixture_equal(ct_sql *sql, const ct_column *column, ct_value value, bool first);

/* The first column of the first row, as a key. */
typedef struct ct_fixture_key_sink {
    ct_db_sink sink;
    ct_arena *arena;
    const ct_column *column;
    ct_value value;
    size_t rows;
    const char *error;
} ct_fixture_key_sink;
ct_fixture_key_sink ct_fixture_key(ct_arena *arena, const ct_column *column);

#endif
