/* What the writing of rows shares: which table and database a write goes to, keys, what comes back, errors.
 *
 *   create, save, update, bulk, upsert, link ──> write: a statement with RETURNING ──> session: ct_db_try()
 *                                                  └─ errors of constraints ──> constraint: errors of fields
 *
 * Errors of fields travel as a return value, NULL where all is well, up to the function that the program called: that
 * one gives them to the program or aborts with 422. Everything else that goes wrong aborts where it happens. */
#ifndef CANTEEN_DB_WRITE_H
#define CANTEEN_DB_WRITE_H

#include "db/session.h"
#include "db/sql.h"

typedef struct ct_writing {
    ct *c;
    const ct_table *table;
    ct_db_entry *entry; /* never a replica */
    const ct_given *place;
    bool once;  /* statements that will hardly come again */
    bool tried; /* errors of fields go to the program, which goes on: a failed statement must leave nothing broken */
} ct_writing;

/* `function` is the one that the program called, for messages. Aborts where the shape is no model of the site, or where
 * it is read-only. */
const ct_table *ct_write_table(ct *c, const ct_shape *shape, const char *function);
/* A row goes back to the database that it came from; `row` NULL or new: to that of its model. */
ct_writing ct_write_begin(ct *c, const ct_table *table, const ct_row *row, const ct_given *place, bool tried);
/* Aborts where what is being done belongs to two databases. */
void ct_write_together(const ct_writing *write, const ct_table *other);

/* The database of `write` as ct_db_request knows it, with the statement that has been made. */
ct_db_request ct_write_request(const ct_writing *write, ct_sql *sql);
/* Runs the statement; the columns of RETURNING go into the row (NULL: there are none). The number of rows changed
 * through `ret_changed` (may be NULL). Errors of fields, or NULL. */
ct_errors *ct_write_run(const ct_writing *write, ct_sql *sql, const ct_column *const *columns, size_t count,
                        ct_row *row, int64_t *ret_changed);
/* The same for several rows: those of RETURNING in the order of `rows`. */
ct_errors *ct_write_run_rows(const ct_writing *write, ct_sql *sql, const ct_column *const *columns, size_t count,
                             ct_row *const *rows, size_t row_count, int64_t *ret_changed);
/* Whether a statement that reads gives any row. */
bool ct_write_exists(ct *c, const ct_db_request *request);
void ct_write_returning(ct_sql *sql, const ct_column *const *columns, size_t count);

/* `"a" = $1 AND "b" = $2`: the row with this key; of a row that was read, the key that it had then. */
void ct_write_key(ct_sql *sql, const ct_table *table, const ct_row *row);
/* `("a", "b")`, and a list of names without parentheses. */
void ct_write_names(ct_sql *sql, const ct_column *const *columns, size_t count);
/* The values of these columns as bytes that are equal where the values are. */
ct_str ct_write_bytes(ct *c, const ct_column *const *columns, size_t count, const ct_row *row);
/* Whether two rows have the same in a column. */
bool ct_write_same(ct *c, const ct_column *column, const ct_row *a, const ct_row *b);

/* Errors of the fields whose bits are set (those of a row's nulls), and of the whole row; NULL when there are none. */
ct_errors *ct_write_check(const ct_writing *write, const ct_row *row, uint64_t fields);
/* Of the fields alone. */
ct_errors *ct_write_check_fields(const ct_writing *write, const ct_row *row, uint64_t fields);
/* Abort where the row has been deleted, or has never been written. */
void ct_refuse_deleted(ct *c, const ct_row *row, const char *function);
void ct_refuse_unsaved(ct *c, const ct_row *row, const char *function);
/* "blog post": how people call a row of the model, or a field. */
const char *ct_model_words(ct *c, const ct_model *model);
const char *ct_field_words(ct *c, const ct_field *field);

/* ---- parts of the writers ---- */

/* db/defaults.c. Fields that are not named get their defaults, or null; a ref whose row is named gets its key.
 * `given` NULL: what is zero is not given. */
void ct_row_defaults(ct *c, ct_row *row, ct_given *given);
/* The default of one field: false where it has none in C. */
bool ct_field_default(ct *c, const ct_field *field, ct_row *row);
/* The moment as what the field is: datetime, date or time. */
void ct_field_set_now(const ct_field *field, ct_row *row, ct_time now);
/* auto_now and, of new rows, auto_now_add: sets those fields of the row that are not in `set`; returns their bits. */
uint64_t ct_row_auto(const ct_table *table, ct_row *row, bool created, uint64_t set);
/* The bit of a column by its field; 0: the id of CT_MODEL. */
static inline uint64_t ct_column_bit(const ct_column *column)
{
    return column->mask;
}

/* db/create.c */
typedef struct ct_insert {
    ct_row *row;
    const ct_given *given; /* or NULL */
    uint64_t left;         /* bits of columns that the database makes: it knows them better, and they are read back */
    bool key;              /* the id is given */
    const ct_column *const *unique; /* where another row has the same in these, nothing is inserted ... */
    size_t unique_count;
    bool passed_over; /* ... and this is set */
} ct_insert;
/* The fields to validate: all that the database does not make. */
uint64_t ct_insert_checked(const ct_table *table, const ct_insert *insert);
ct_insert ct_insert_of(const ct_table *table, ct_row *row, const ct_given *given);
/* With hooks, and then in a transaction. */
ct_errors *ct_row_insert(const ct_writing *write, ct_insert *insert);
/* " (a, b) VALUES ($1, $2), ($3, $4)" */
void ct_sql_values(ct_sql *sql, const ct_column *const *columns, size_t count, ct_row *const *rows, size_t row_count);
/* auto_now and auto_now_add of a new row; what the program has set stays. */
void ct_row_auto_created(const ct_table *table, ct_row *row);
/* Bits of columns that are left to the database in a row of which nothing more is known. */
uint64_t ct_row_left(const ct_table *table, const ct_row *row, const ct_given *given);
/* The columns that an INSERT names, and those that RETURNING does; both arrays have room for every column. */
void ct_insert_columns(const ct_table *table, uint64_t left, bool key, const ct_column **named, size_t *ret_named,
                       const ct_column **made, size_t *ret_made);
bool ct_row_has_key(const ct_table *table, const ct_row *row);

/* db/write.c: the columns of "name, author" in order, into room for every column; aborts for names of no column. */
size_t ct_write_columns(ct *c, const ct_table *table, const char *names, const char *function,
                        const ct_column **ret_columns);
/* The columns of an index without expressions, in its order. */
size_t ct_index_columns(const ct_table *table, const ct_index *index, const ct_column **ret_columns);
/* Whether the database refuses a second row with the same values in exactly these columns. */
bool ct_columns_are_unique(const ct_table *table, const ct_column *const *columns, size_t count);

/* db/undo.c: the row is about to be taken as written (of a new one: all of it), or as deleted (no columns). Should the
 * transaction around be rolled back, it is as before. `key_made`: by the database. */
void ct_row_note_write(const ct_writing *write, ct_row *row, uint64_t columns, bool key_made);
/* db/update.c: these columns are now as in the database. */
void ct_row_saved_columns(const ct_writing *write, ct_row *row, uint64_t columns);
uint64_t ct_generated_columns(const ct_table *table);
/* db/save.c. Writes what has changed of a row that is in the database; `*ret_gone`: it no longer is. */
ct_errors *ct_row_save(const ct_writing *write, ct_row *row, bool *ret_gone);
/* Links whose column has changed show another row: they are loaded again when they are next asked for, unless the
 * program has set them to that very row. */
void ct_row_unlink_changed(ct *c, const ct_table *table, ct_row *row, uint64_t changed);
/* db/shown.c: refs of these columns whose pointer the program has set to another row get its key. */
void ct_row_take_shown(ct *c, const ct_table *table, ct_row *row, uint64_t columns);
/* Whether the key in the row is that of the other one. */
bool ct_link_shows(ct *c, const ct_link *link, const ct_row *row, const ct_row *other);

/* db/change.c. One change as the program gave it. */
typedef struct ct_change {
    const ct_column *column;
    ct_change_op op;
    const void *operand; /* in the program's struct; of FIELD an offset in the row's struct */
} ct_change;
/* The changes of a change struct, in the order of the columns; `changes` has room for every column. */
size_t ct_changes_of(ct *c, const ct_table *table, const void *change, const ct_given *place, ct_change *changes);
/* Sets the member as the change says, where that needs no database: SET, TO_NULL, TO_DEFAULT and NOW. Else false. */
bool ct_change_apply(ct *c, const ct_change *change, ct_row *row, ct_time now);
/* `"views" = "views" + $1`. `row`: where ct_change_apply() has put the value; NULL where it could not. */
void ct_sql_assign(ct_sql *sql, const ct_table *table, const ct_change *change, const ct_row *row);

/* db/constraint.c. PostgreSQL does not say which value was too large or too long for the type of its column. Errors
 * that name it, else `errors` themselves. */
ct_errors *ct_name_refused(const ct_writing *write, const ct_row *row, ct_errors *errors);
/* The same, and SQLite says of a ref that leads nowhere only that there is one. */
ct_errors *ct_name_references(const ct_writing *write, const ct_row *row, ct_errors *errors);
/* Adds an error for each ref of the row that leads nowhere. */
void ct_add_missing_references(const ct_writing *write, const ct_row *row, ct_errors *errors);
/* Adds that another row has the same in these columns. */
void ct_add_unique(ct *c, ct_errors *errors, const ct_table *table, const ct_column *const *columns, size_t count);

#endif
