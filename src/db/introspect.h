/* The tables that a live database has, as plain values: for `inspectdb`, and for tests that compare schemas.
 *
 *   introspect.c            asks, and hands the tables out
 *   introspect_sqlite.c     pragmas, and what only the text of CREATE says (introspect_text.c)
 *   introspect_postgres.c   the system catalogs
 *
 * Everything is as the database says it, in its own words; what of it is a model is the matter of those who ask. Lists
 * are in the order of the database: columns as they stand in the table, the rest by name. Memory is the unit of
 * work's. */
#ifndef CANTEEN_DB_INTROSPECT_H
#define CANTEEN_DB_INTROSPECT_H

#include "base/buffer.h"
#include "canteen/shape.h"
#include "db/site.h"

typedef struct ct_live_column {
    const char *name;
    const char
        *type; /* "varchar(200)", "numeric(8,2)", "timestamp with time zone", "text[]"; "" where SQLite has none */
    const char *base;          /* of a domain the type below it; else as `type` */
    const char *const *labels; /* of an enumerated type its values, ending in NULL; else NULL */
    bool null;
    bool given;             /* the database gives the value: an identity, a sequence, SQLite's rowid */
    const char *db_default; /* an expression of SQL, NULL: none, or `given` */
    const char *generated;  /* an expression of SQL, NULL: an ordinary column */
    bool virtual_column;
    const char *collation; /* NULL: that of the type or the database */
    const char *comment;
    size_t key; /* its place in the primary key, from 1; 0: not in it */
} ct_live_column;

typedef struct ct_live_reference {
    const char *name; /* NULL: SQLite does not tell it */
    const char *const *columns, *const *to;
    size_t count;
    const char *table;
    const char *on_delete, *on_update; /* "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION" */
    bool deferred;
} ct_live_reference;

typedef struct ct_live_part {
    const char *column; /* NULL: an expression */
    const char *sql;    /* the expression, without parentheses around */
    bool descending;
    int nulls; /* they come first (-1) or last (1) though that is not PostgreSQL's usual place for them; else 0 */
} ct_live_part;

typedef struct ct_live_index {
    const char *name;
    ct_live_part *parts;
    size_t count;
    bool unique;
    bool constraint; /* made by UNIQUE in the table */
    bool exclusion;  /* made by EXCLUDE in the table: it refuses more than an index says */
    bool deferrable, nulls_not_distinct;
    const char *where;           /* NULL: of all rows */
    const char *method;          /* "btree", "gin" */
    const char *const *included; /* columns that are in it besides, ending in NULL; never NULL itself */
} ct_live_index;

typedef struct ct_live_check {
    const char *name; /* NULL: it has none */
    const char *sql;
} ct_live_check;

typedef struct ct_live_table {
    const char *name, *comment;
    bool view; /* of any sort: nothing but columns is known of it */
    ct_live_column *columns;
    ct_live_reference *references;
    ct_live_index *indexes; /* but for that of the primary key */
    ct_live_check *checks;
    size_t column_count, reference_count, index_count, check_count;
} ct_live_table;

typedef struct ct_live_schema {
    ct_live_table *tables; /* by name */
    size_t count;
} ct_live_schema;

/* All tables and views of a database that a statement reaches without the name of a schema. */
const ct_live_schema *ct_introspect(ct *c, const ct_db_entry *entry);
/* NULL when there is none. */
const ct_live_table *ct_live_table_named(const ct_live_schema *schema, const char *name);
const ct_live_column *ct_live_column_named(const ct_live_table *table, const char *name);
size_t ct_live_key_count(const ct_live_table *table);

/* Appends the table as lines, the same for the same tables however they were made: one for each column, reference,
 * index and check. For tests that compare. */
void ct_live_write(ct_buffer *out, const ct_live_table *table);

/* ---- for the two ---- */

ct_live_schema *ct_introspect_sqlite(ct *c, const char *alias);
ct_live_schema *ct_introspect_postgres(ct *c, const char *alias);

/* Text and whole numbers of a row of ct_sql_all(): NULL and 0 where it is null. */
const char *ct_live_text(const ct_map *row, const char *name);
int64_t ct_live_number(const ct_map *row, const char *name);

/* ---- introspect_text.c: the text of SQLite's CREATE statements ---- */

/* Adds what CREATE TABLE says of checks, collations and generated columns; the columns are there already. */
void ct_live_read_table(ct *c, ct_live_table *table, const char *sql);
/* The same of CREATE INDEX: its expressions, and what is behind WHERE. */
void ct_live_read_index(ct *c, ct_live_index *index, const char *sql);

#endif
