/* ct_delete() and ct_delete_where().
 *
 *   plain ──> one DELETE
 *   else  ──> transaction: collect (db/collect.c) ─> before_delete of every row ─> unseen rows ─> SET_NULL, SET_DEFAULT
 *               ─> rows, those that refer before those that are referred to ─> after_delete
 *
 * Keys go in batches. Where rows refer to each other in a circle the database is asked to look at foreign keys only
 * when the transaction commits. What was deleted by the program's own pointer knows it: it cannot be saved again. */
#include "base/common.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/collect.h"
#include "db/compile.h"
#include "db/given.h"
#include "net/work.h"

static bool pass_over(struct ct_db_sink *sink, const ct_db_row *row)
{
    (void)sink;
    (void)row;
    return true;
}

/* Runs a DELETE or UPDATE; what the database refuses because of other rows is a conflict. */
static int64_t run(const ct_deletion *deletion, const ct_table *table, ct_sql *sql)
{
    ct *c = deletion->write.c;
    ct_db_request request = ct_write_request(&deletion->write, sql);
    request.table = table;
    request.fatal = true;
    ct_db_sink sink = { .row = pass_over };
    ct_db_error error = { .trouble = CT_DB_FINE };
    if (ct_db_try(c, &request, &sink, &error))
        return sink.changed;
    if (error.trouble == CT_DB_FOREIGN_KEY)
        ct_abort(c, 409, "the %s cannot be deleted: other rows refer to it",
                 ct_model_words(c, deletion->write.table->model));
    ct_db_fail(c, &request, &error);
}

static void begin_delete(const ct_deletion *deletion, ct_sql *sql, const ct_table *table)
{
    ct_sql_begin(sql, deletion->write.c, deletion->write.entry->driver->dialect);
    ct_sql_add(sql, "DELETE FROM ");
    ct_sql_name(sql, table->name);
}

/* ---- rows that are not seen ---- */

static int64_t delete_referring(const ct_deletion *deletion, const ct_referring *referring)
{
    const ct_doomed *to = referring->to;
    int64_t count = 0;
    for (size_t from = 0; from < to->count; from += CT_DELETE_BATCH) {
        ct_sql sql;
        begin_delete(deletion, &sql, referring->table);
        ct_sql_add(&sql, " WHERE ");
        ct_sql_in_rows(&sql, referring->column, ct_referred_column(referring->column, to->table), to->rows + from,
                       CT_MIN(to->count - from, (size_t)CT_DELETE_BATCH));
        count += run(deletion, referring->table, &sql);
    }
    return count;
}

/* What the column becomes: NULL, or the default of its field. */
static void write_successor(ct_sql *sql, const ct_referring *referring)
{
    ct *c = sql->c;
    const ct_field *field = referring->column->field;
    const ct_model *model = referring->table->model;
    ct_row *row = ct_alloc(c, model->shape->size);
    row->shape = model->shape;
    if (field->on_delete == CT_SET_DEFAULT && ct_field_default(c, field, row))
        ct_sql_column_value(sql, referring->column, row);
    else if (field->on_delete == CT_SET_DEFAULT && field->db_default)
        ct_sql_add(sql, field->db_default);
    else
        ct_sql_add(sql, "NULL");
}

static void change_referring(const ct_deletion *deletion, const ct_referring *referring)
{
    const ct_doomed *to = referring->to;
    for (size_t from = 0; from < to->count; from += CT_DELETE_BATCH) {
        ct_sql sql;
        ct_sql_begin(&sql, deletion->write.c, deletion->write.entry->driver->dialect);
        ct_sql_add(&sql, "UPDATE ");
        ct_sql_name(&sql, referring->table->name);
        ct_sql_add(&sql, " SET ");
        ct_sql_name(&sql, referring->column->name);
        ct_sql_add(&sql, " = ");
        write_successor(&sql, referring);
        ct_sql_add(&sql, " WHERE ");
        ct_sql_in_rows(&sql, referring->column, ct_referred_column(referring->column, to->table), to->rows + from,
                       CT_MIN(to->count - from, (size_t)CT_DELETE_BATCH));
        run(deletion, referring->table, &sql);
    }
}

/* ---- rows ---- */

static void write_keys(ct_sql *sql, const ct_table *table, ct_row *const *rows, size_t count)
{
    if (table->key_count == 1) {
        ct_sql_in_rows(sql, table->keys[0], table->keys[0], rows, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        ct_sql_add(sql, i ? " OR (" : "(");
        ct_write_key(sql, table, rows[i]);
        ct_sql_add(sql, ")");
    }
}

static int64_t delete_rows(const ct_deletion *deletion, const ct_doomed *doomed)
{
    const ct_table *table = doomed->table;
    int64_t count = 0;
    for (size_t left = doomed->count; left;) { /* the last ones were found through the first ones: they go before */
        size_t batch = CT_MIN(left, (size_t)CT_DELETE_BATCH);
        left -= batch;
        ct_sql sql;
        begin_delete(deletion, &sql, table);
        ct_sql_add(&sql, " WHERE ");
        write_keys(&sql, table, doomed->rows + left, batch);
        count += run(deletion, table, &sql);
    }
    return count;
}

static void call_hooks(const ct_doomed *doomed, ct *c, ct_delete_hook *hook)
{
    for (size_t i = 0; hook && i < doomed->count; i++)
        hook(c, doomed->rows[i]);
}

static void defer_checks(const ct_deletion *deletion)
{
    const char *text = deletion->write.entry->driver->dialect->defer;
    if (!text)
        return;
    ct_sql sql;
    ct_sql_begin(&sql, deletion->write.c, deletion->write.entry->driver->dialect);
    ct_sql_add(&sql, text);
    run(deletion, deletion->write.table, &sql);
}

static int64_t carry_out(ct_deletion *deletion)
{
    ct *c = deletion->write.c;
    ct_deletion_collect(deletion);
    int64_t count = 0;
    for (size_t i = 0; i < deletion->doomed_count; i++)
        call_hooks(deletion->order[i], c, deletion->order[i]->table->model->before_delete);
    if (deletion->cycle)
        defer_checks(deletion);
    for (size_t i = 0; i < deletion->fast_count; i++)
        count += delete_referring(deletion, &deletion->fast[i]);
    for (size_t i = 0; i < deletion->changed_count; i++)
        change_referring(deletion, &deletion->changed[i]);
    for (size_t i = 0; i < deletion->doomed_count; i++) {
        count += delete_rows(deletion, deletion->order[i]);
        call_hooks(deletion->order[i], c, deletion->order[i]->table->model->after_delete);
    }
    return count;
}

int64_t ct_deletion_run(ct_deletion *deletion)
{
    ct_transaction *transaction =
        ct_atomic_begin(deletion->write.c, &(ct_atomic_options){ .using = deletion->write.entry->alias });
    int64_t count = carry_out(deletion);
    ct_atomic_end(&transaction);
    return count;
}

/* ---- what the program calls ---- */

/* Which row is meant, the one that was read or the one whose key it has now? */
static void refuse_other_key(ct *c, const ct_table *table, const ct_row *row)
{
    const ct_row *saved = row->origin->saved;
    for (size_t i = 0; saved && i < table->key_count; i++)
        if (!ct_write_same(c, table->keys[i], row, saved))
            ct_mistake(c, "ct_delete: the %s of this %s has been changed and not saved", table->keys[i]->field->name,
                       row->shape->name);
}

int64_t ct_delete_row(ct *c, ct_row *row)
{
    const ct_table *table = ct_write_table(c, row->shape, "ct_delete");
    ct_refuse_unsaved(c, row, "ct_delete");
    refuse_other_key(c, table, row);
    ct_writing write = ct_write_begin(c, table, row, NULL, false);
    ct_deletion deletion;
    ct_deletion_begin(&deletion, &write);
    ct_deletion_add(&deletion, table, row);
    int64_t count = ct_delete_is_plain(table) ? delete_rows(&deletion, deletion.doomed[0]) : ct_deletion_run(&deletion);
    ct_row_note_write(&write, row, 0, false);
    row->origin->deleted = true;
    return count;
}

/* More than conditions: the rows must be looked for first. */
static bool has_options(const ct_query_head *head)
{
    return head->order_by || head->limit || head->offset || head->after || head->before || head->distinct ||
           head->distinct_on || head->union_of || head->union_all || head->intersect || head->except || head->lock;
}

static int64_t delete_found(const ct_writing *write, const void *query, ct_given *given)
{
    ct *c = write->c;
    const ct_table *table = write->table;
    ct_deletion deletion;
    ct_deletion_begin(&deletion, write);
    ct_transaction *transaction = ct_atomic_begin(c, &(ct_atomic_options){ .using = write->entry->alias });
    ct_reading reading = ct_reading_of(c, table->model, query, given);
    reading.head.only = ct_deletion_columns(c, table);
    const ct_rows *rows = ct_read_rows(c, &reading, NULL);
    for (size_t i = 0; i < rows->count; i++)
        ct_deletion_add(&deletion, table, rows->items[i]);
    int64_t count = rows->count ? carry_out(&deletion) : 0;
    ct_atomic_end(&transaction);
    return count;
}

int64_t ct_delete_rows(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    const ct_table *table = ct_write_table(c, model->shape, "ct_delete_where");
    if (given)
        ct_given_check(c, given, model->shape, false);
    ct_query_head head = ct_query_head_of(query);
    ct_writing write = { .c = c, .table = table, .entry = ct_db_entry_for(c, table, head.using, true), .place = given };
    if (!ct_delete_is_plain(table) || has_options(&head))
        return delete_found(&write, query, given);
    ct_deletion deletion = { .write = write };
    ct_sql sql;
    begin_delete(&deletion, &sql, table);
    ct_sql_add(&sql, " AS t0");
    ct_sql_where(&sql, table, "t0", query);
    return run(&deletion, table, &sql);
}
