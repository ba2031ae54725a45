/* Model declarations for tables that are there: what `inspectdb` writes.
 *
 *   live schema (db/introspect.h) ──> inspect_names.c: how models and fields are called
 *                                 ──> inspect_kinds.c: what kind a column is
 *                                 ──> inspect.c: the declarations
 */
#ifndef CANTEEN_DB_INSPECT_H
#define CANTEEN_DB_INSPECT_H

#include "base/map.h"
#include "db/introspect.h"

typedef struct ct_inspect_column {
    const ct_live_column *live;
    const char *name; /* of the field */
    const char *note; /* what is to be said of the name, or NULL */
    ct_kind kind, element;
    int max_length, max_digits, decimal_places;
    const char *sql_type;  /* NULL: the kind's own */
    const char *guess;     /* why the kind is a guess, or NULL */
    struct ct_inspect *to; /* of a ref, else NULL */
    const char *on_delete; /* "CT_DB_CASCADE" */
    bool index, unique, key;
} ct_inspect_column;

typedef struct ct_inspect {
    const ct_live_table *live;
    const char *name; /* of the model */
    ct_inspect_column *columns;
    size_t column_count;
    bool model;     /* CT_MODEL; else CT_TABLE */
    bool no_key;    /* it has none: a column stands in */
    int state;      /* of the walk */
    bool announced; /* by CT_MODEL_DECLARE */
} ct_inspect;

typedef struct ct_inspection {
    ct *c;
    const ct_db_entry *entry;
    bool sqlite;
    ct_inspect *tables;
    size_t count;
    ct_buffer *out;
} ct_inspection;

/* Appends the declarations of these tables, targets before what refers to them. */
void ct_inspect_write(ct *c, const ct_db_entry *entry, const ct_live_table *const *tables, size_t count,
                      ct_buffer *out);

/* ---- inspect_names.c ---- */

/* "blog_post" as "BlogPost", told apart from those in `taken`. */
const char *ct_inspect_model_name(ct *c, const char *table, ct_strmap *taken);
/* The name of a column as that of a field, of a ref (`reference`) without "_id"; `*ret_note` is why it is another one,
 * or NULL. */
const char *ct_inspect_field_name(ct *c, const char *column, bool reference, bool model, ct_strmap *taken,
                                  const char **ret_note);

/* ---- inspect_kinds.c ---- */

/* Fills kind, bounds, sql_type and guess of the column. */
void ct_inspect_kind(const ct_inspection *inspection, ct_inspect_column *column);

#endif
