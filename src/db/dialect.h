/* In what SQL differs from database to database, for queries; src/db/ddl.h has it for tables.
 *
 * A dialect is a table of small writers that append to a statement in the making (db/sql.h). The query compiler never
 * asks which database it is. */
#ifndef CANTEEN_DB_DIALECT_H
#define CANTEEN_DB_DIALECT_H

#include "base/buffer.h"
#include "canteen/condition.h"
#include "canteen/shape.h"

struct ct_sql;
struct ct_ddl; /* db/ddl.h */

struct ct_db_dialect {
    const char *name; /* "sqlite", "postgresql" */
    size_t max_parameters;
    bool arrays;    /* IN_ARRAY is one parameter */
    bool returning; /* both have it; a database without must read again */
    bool row_locks; /* FOR UPDATE; else the option is dropped, for the transaction locks the whole */
    bool distinct_on;
    bool default_in_values; /* VALUES (DEFAULT, ...) */
    const char *defer; /* a statement: foreign keys are looked at when the transaction commits; NULL: they are anyway */
    /* $1 or ?1. */
    void (*parameter)(ct_buffer *out, size_t number, ct_kind kind);
    /* A comparison of text without regard to case, a pattern, a regular expression; `column` is SQL. Each appends a
     * condition that takes the parameter of that number. */
    void (*pattern)(ct_buffer *out, ct_op op, const char *column, size_t parameter);
    /* The part of a date, as a whole number: YEAR .. SECOND; or ON_DATE: the date. `kind` is that of the column. */
    void (*part)(ct_buffer *out, ct_op op, const char *column, ct_kind kind);
    /* `path` is already parsed into keys and indexes by the compiler: see db/json_path.h. */
    void (*json)(ct_buffer *out, ct_op op, const char *column, size_t path_parameter, size_t value_parameter);
    /* `column = NOW`, `column + interval` and the like for changes. */
    void (*now)(ct_buffer *out, ct_kind kind);
    void (*add)(ct_buffer *out, ct_change_op op, ct_kind kind, const char *column, size_t parameter);
    void (*random)(ct_buffer *out);
    const struct ct_ddl *ddl;
};

/* "name" with quotes doubled, for both. */
void ct_sql_quote(ct_buffer *out, const char *name);

#endif
