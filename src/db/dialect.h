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

typedef struct ct_db_dialect ct_db_dialect;
struct ct_db_dialect {
    const char *name; /* "sqlite", "postgresql" */
    size_t max_parameters;
    bool arrays;    /* IN_ARRAY is one parameter */
    bool returning; /* both have it; a database without must read again */
    bool row_locks; /* FOR UPDATE; else the option is dropped, for the transaction locks the whole */
    bool distinct_on;
    bool default_in_values; /* VALUES (DEFAULT, ...) */
    const char *round;      /* "f(": a function of a decimal and places; NULL: columns round what they are given */
    const char *defer; /* a statement: foreign keys are looked at when the transaction commits; NULL: there is none */
    bool pads;         /* char(n) is filled up with spaces, which comparisons do not see */
    bool nulls_first;  /* NULL comes before everything else, going up */
    /* $1 or ?1. */
    void (*parameter)(ct_buffer *out, size_t number, ct_kind kind);
    /* A condition that `column` (SQL) is one of the values of a parameter that `list` has made; NOT IN where `not`. */
    void (*in_list)(ct_buffer *out, const char *column, size_t parameter, ct_kind kind, bool not );
    /* Many values as one parameter: its kind, and for arrays that of the elements. */
    ct_value (*list)(struct ct_sql *sql, const ct_value *values, size_t count, ct_kind kind, ct_kind *ret_kind,
                     ct_kind *ret_element);
    /* A pattern, a regular expression, a comparison of text without regard to case: a condition that takes the
     * parameter of that number, and what that parameter is for the text asked for. */
    void (*pattern)(ct_buffer *out, ct_op op, const char *column, size_t parameter);
    const char *(*pattern_text)(ct *c, ct_op op, const char *text);
    /* The part of a date, as a whole number: YEAR .. SECOND; or ON_DATE: the date. `kind` is that of the column. */
    void (*part)(ct_buffer *out, ct_op op, const char *column, ct_kind kind);
    /* JSON_HAS, JSON_EQ, JSON_CONTAINS; no path: 0; JSON's null for a value: 0. `json_path` makes the parameter of
     * "a.b[0]", false where it is no path. */
    void (*json)(ct_buffer *out, ct_op op, const char *column, size_t path_parameter, size_t value_parameter);
    bool (*json_path)(ct *c, const char *path, ct_value *ret_value, ct_kind *ret_kind, ct_kind *ret_element);
    /* An array has an element. */
    void (*has)(ct_buffer *out, const char *column, size_t parameter, ct_kind element);
    /* ADD, SUB and MUL of a change: `column` and the parameter; of a datetime that is a duration. */
    void (*add)(ct_buffer *out, ct_change_op op, ct_kind kind, const char *column, size_t parameter);
    void (*random)(ct_buffer *out);
    /* sum, avg, min, max, join_text (with ", "): of a column of a kind, for a field of another. */
    void (*aggregate)(ct_buffer *out, const char *name, const char *column, ct_kind kind, ct_kind field);
    /* What comes before a statement to see its plan. */
    const char *explain, *explain_analyze;
    const struct ct_ddl *ddl;
};

extern const struct ct_db_dialect ct_sqlite_dialect, ct_postgres_dialect;

/* The keys and indexes of "a.b[0]" one by one: text, or `*ret_index` where it is a number in brackets. False at the
 * end, and with `*at` NULL where it is no path. */
bool ct_json_path_next(const char **at, ct_str *ret_key, size_t *ret_index, bool *ret_is_index);

/* "name" with quotes doubled, for both. */
void ct_sql_quote(ct_buffer *out, const char *name);

#endif
