/* ct_get_or_create() and ct_update_or_create().
 *
 *   look ── there ──> (set the other fields) ──> the row
 *    ↑ └── not there ──> INSERT ... ON CONFLICT DO NOTHING ── done ──> the new row
 *    └────────────── another one was first ──┘
 *
 * Where the database has a unique constraint over the fields, one of two requests at once inserts and the other one
 * finds what it has inserted. Without one nothing can keep both from inserting; where another constraint is in the way,
 * the insert is undone and looked again. Looks go to the database that is written to, never to a replica. */
#include "base/common.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/kinds.h"
#include "db/write.h"
#include "net/work.h"

#define MOST_TRIES 5 /* somebody inserts and deletes the row all the time */

typedef struct upsert {
    ct_writing write;
    const ct_column **unique;
    size_t unique_count;
    ct_row *row; /* as the program gave it */
    const ct_given *given;
} upsert;

static void write_conditions(ct_sql *sql, const upsert *u)
{
    for (size_t i = 0; i < u->unique_count; i++) {
        ct_sql_add(sql, i ? " AND " : " WHERE ");
        ct_sql_column(sql, NULL, u->unique[i]);
        if (ct_column_is_null(u->unique[i], u->row)) {
            ct_sql_add(sql, " IS NULL");
            continue;
        }
        ct_sql_add(sql, " = ");
        ct_sql_column_value(sql, u->unique[i], u->row);
    }
}

/* NULL when there is none; several are a mistake. */
static ct_row *look(const upsert *u)
{
    ct *c = u->write.c;
    const ct_table *table = u->write.table;
    const ct_column **columns = ct_take(c, table->column_count * sizeof(*columns));
    for (size_t i = 0; i < table->column_count; i++)
        columns[i] = &table->columns[i];
    ct_sql sql;
    ct_sql_begin(&sql, c, u->write.entry->driver->dialect);
    ct_sql_add(&sql, "SELECT ");
    ct_write_names(&sql, columns, table->column_count);
    ct_sql_add(&sql, " FROM ");
    ct_sql_name(&sql, table->name);
    write_conditions(&sql, u);
    ct_sql_add(&sql, " LIMIT 2");
    ct_rows *rows = ct_rows_of(c, table->model->shape);
    ct_load load;
    ct_load_begin(&load, c, table, columns, table->column_count, rows, u->write.entry);
    ct_db_request request = ct_write_request(&u->write, &sql);
    ct_db_run(c, &request, &load.sink);
    ct_load_end(&load);
    if (rows->count > 1)
        ct_mistake(c, "ct_get_or_create: several rows of %s have these values; name fields that are unique",
                   table->label);
    return rows->count ? rows->items[0] : NULL;
}

/* Sets what the program has named besides the unique fields. False: the row went in between. */
static bool set_others(const upsert *u, ct_row *found)
{
    const ct_table *table = u->write.table;
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (!(u->given->mask & ct_column_bit(column)) || column->field->generated)
            continue;
        size_t offset = column->field->offset;
        bool null = ct_column_is_null(column, u->row);
        memcpy((char *)found + offset, (const char *)u->row + offset, ct_kind_size(column->field->kind));
        ct_column_set_null(column, found, null);
    }
    bool gone;
    ct_errors *errors = ct_row_save(&u->write, found, &gone);
    if (errors)
        ct_abort_errors(u->write.c, errors);
    return !gone;
}

static bool is_taken(const ct_errors *errors)
{
    for (size_t i = 0; i < ct_errors_count(errors); i++)
        if (strcmp(ct_errors_at(errors, i).code, "unique") == 0)
            return true;
    return false;
}

/* False when a row is in the way. */
static bool create(const upsert *u)
{
    ct *c = u->write.c;
    ct_row *row = ct_take(c, u->row->shape->size);
    memcpy(row, u->row, u->row->shape->size);
    ct_insert insert = ct_insert_of(u->write.table, row, u->given);
    ct_writing write = u->write;
    write.tried = !ct_columns_are_unique(u->write.table, u->unique, u->unique_count);
    if (!write.tried) {
        insert.unique = u->unique;
        insert.unique_count = u->unique_count;
    }
    ct_errors *errors = ct_row_insert(&write, &insert);
    if (errors && (!write.tried || !is_taken(errors) || !look(u)))
        ct_abort_errors(c, errors); /* where unique fields are: another constraint, another row */
    if (errors || insert.passed_over)
        return false;
    ct_row_note_write(&write, u->row, UINT64_MAX, u->write.table->generated_key && !insert.key);
    memcpy(u->row, row, row->shape->size);
    return true;
}

ct_row *ct_get_or_create_row(ct *c, const char *unique_fields, bool *ret_created, bool update, const ct_row *from,
                             size_t check, ct_given *given)
{
    const ct_table *table = ct_write_table(c, from->shape, update ? "ct_update_or_create" : "ct_get_or_create");
    upsert u = { .write = ct_write_begin(c, table, NULL, given, false),
                 .row = ct_row_of(c, from, check, given),
                 .given = given };
    u.unique = ct_take(c, table->column_count * sizeof(*u.unique));
    u.unique_count = ct_write_columns(c, table, unique_fields, "ct_get_or_create", u.unique);
    if (!u.unique_count)
        ct_mistake(c, "ct_get_or_create: name the fields that tell which row is meant");
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        ct_row *found = look(&u);
        bool created = !found && create(&u);
        if (!found && !created)
            continue;
        if (found && update && !set_others(&u, found))
            continue;
        if (ret_created)
            *ret_created = created;
        return found ? found : u.row;
    }
    ct_abort(c, 409, "the %s comes and goes too fast to be had", ct_model_words(c, table->model));
}
