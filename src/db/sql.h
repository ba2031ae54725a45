/* A statement in the making: its text and its parameters, in the memory of the request.
 *
 * There are two ways to add to the text: literals of the program (ct_sql_add) and quoted names of the graph
 * (ct_sql_name). Values of users have no way into it: they become parameters (ct_sql_parameter). */
#ifndef CANTEEN_DB_SQL_H
#define CANTEEN_DB_SQL_H

#include "canteen/query.h"
#include "db/dialect.h"
#include "db/session.h"
#include "shape/origin.h" /* ct_origin_row */

typedef struct ct_sql {
    ct *c;
    ct_arena *arena; /* what is made for it; that of `c`, but for rows of a cursor */
    const ct_db_dialect *dialect;
    ct_buffer text;
    ct_value *values;
    ct_kind *kinds, *elements;
    size_t count, capacity;
    ct_str signature;                 /* of writes: the text is kept under it; empty: it is not (db/written.h) */
    const struct ct_written *written; /* the text was kept: parameters alone are collected */
} ct_sql;

void ct_sql_begin(ct_sql *sql, ct *c, const ct_db_dialect *dialect);
void ct_sql_add(ct_sql *sql, const char *literal);
void ct_sql_name(ct_sql *sql, const char *name);                             /* "name" */
void ct_sql_column(ct_sql *sql, const char *alias, const ct_column *column); /* t0."name"; alias NULL: "name" */
void ct_sql_parameter(ct_sql *sql, ct_value value, ct_kind kind);            /* a parameter: $3 or ?3 */
/* A parameter that the caller writes into the text, by its number. `element`: of arrays. */
size_t ct_sql_bind(ct_sql *sql, ct_value value, ct_kind kind, ct_kind element);
/* The value of a column of a row as a parameter. */
void ct_sql_column_value(ct_sql *sql, const ct_column *column, const ct_row *row);
/* The statement, ready to run. */
ct_db_statement ct_sql_statement(ct_sql *sql, bool read);

/* " WHERE ..." for the conditions of a query (nothing where there are none) over the table under that alias, as
 * conditions of the statement alone: what leads through relations is in EXISTS (...) and IN (SELECT ...), so that it
 * fits an UPDATE and a DELETE too. db/where.c. */
void ct_sql_where(ct_sql *sql, const ct_table *table, const char *alias, const void *query);
/* True where the struct of a query has no condition at all. */
bool ct_query_is_empty(const ct_table *table, const void *query);

/* Options of a query, whatever the model: CT_QUERY_OPTIONS of canteen/query.h with void pointers. */
typedef struct ct_query_head {
    CT_QUERY_OPTIONS_OF(ct_query_head, ct_row)
} ct_query_head;
/* A copy: the struct of a model is read by its bytes, for its type is the program's. */
static inline ct_query_head ct_query_head_of(const void *query)
{
    ct_query_head head;
    memcpy(&head, query, sizeof(head));
    return head;
}

/* What ends a group. */
static inline bool ct_query_is_end(const void *query)
{
    return ct_query_head_of(query).end;
}
/* No condition beside the sets. */
bool ct_query_is_bare(const ct_table *table, const void *query, const ct_query_head *head);

/* What an UPDATE sets: "views" = "views" + $1, ...; the number of columns. db/change.c */
size_t ct_sql_changes(ct_sql *sql, const ct_table *table, const void *change);

/* ---- rows of a result ---- */

/* What rows are made of, and where they go. */
typedef struct ct_load_target {
    const ct_table *table;
    const ct_column *const *columns; /* those of the result, in this order */
    const ct_db_place *places;       /* of them */
    size_t column_count;
    uint64_t missing; /* columns that are not in it */
    ct_rows *rows;    /* each row knows this list, for what is loaded for all at once */
    ct_db_entry *entry;
    ct_arena *arena;
    bool own; /* the arena is not the request's */
} ct_load_target;

/* A sink that makes rows of a model. db/load.c */
typedef struct ct_load {
    ct_db_sink sink;
    ct *c;
    ct_load_target target;
    const char *error; /* what did not fit, or NULL */
    const ct_column *error_column;
} ct_load;
void ct_load_begin(ct_load *load, ct *c, const ct_table *table, const ct_column *const *columns, size_t count,
                   ct_rows *rows, ct_db_entry *entry);
/* Aborts where a row did not fit. */
void ct_load_end(ct_load *load);
/* Where the columns go in a row. */
const ct_db_place *ct_places_of(ct *c, const ct_column *const *columns, size_t count);

/* The row is now as in the database. Makes the origin where there is none. */
void ct_row_saved(ct *c, const ct_table *table, ct_row *row, ct_db_entry *entry);
/* What a saved copy has of a json value: maps and arrays are copied, for the row's own can be changed in place. */
ct_value ct_json_kept(ct *c, ct_value value);
/* The columns that differ from what is saved, as the bits of nulls (the id of CT_MODEL has none and is not compared);
 * all where nothing is. Columns that are not loaded do not differ, unless the program has set them. */
uint64_t ct_row_changes(const ct_table *table, const ct_row *row);
/* Columns of which nothing is known: neither loaded nor set by the program. */
uint64_t ct_row_unknown(const ct_table *table, const ct_row *row);

/* The fields that a call has named, from its text: fills given->mask and key for the shape. db/given.c */
void ct_given_resolve(ct *c, ct_given *given, const ct_shape *shape);

#endif
