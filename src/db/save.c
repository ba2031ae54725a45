/* ct_save(): writes what has changed of a row.
 *
 *   auto_now ─> before_save ─> validation of what changed ─> UPDATE of it ... RETURNING what the database computes
 *     ─> after_save
 *
 * As in Django hooks run even where nothing has changed; what a hook changes is written too. auto_now counts where
 * something else has changed: a row that is as it was is not touched, and costs no statement. The row is found by the
 * key that it was read with. Two who change different columns of one row at once do not undo each other.
 *
 * A ref whose key the program has changed no longer shows the row it led to before. */
#include "db/write.h"

#include "canteen/database.h"
#include "canteen/work.h"
#include "db/compile.h"
#include "db/written.h"
#include "net/work.h"

void ct_row_unlink_changed(ct *c, const ct_table *table, ct_row *row, uint64_t changed)
{
    for (size_t i = 0; i < table->link_count; i++) {
        const ct_link *link = &table->links[i];
        if (link->kind != CT_LINK_TO_ONE || !(ct_column_bit(link->from) & changed))
            continue;
        ct_row *other = ct_link_pointer(link, row);
        if (other && ct_link_shows(c, link, row, other)) {
            ct_link_set(link, row, other);
            continue;
        }
        memset((char *)row + link->field->link, 0, sizeof(void *));
        if (row->origin)
            row->origin->links &= ~(UINT64_C(1) << i);
    }
}

/* The id that the database gave is who the row is. */
static void refuse_other_id(ct *c, const ct_table *table, const ct_row *row)
{
    if (!table->generated_key || !row->origin->saved)
        return;
    const ct_column *key = table->keys[0];
    if (!ct_write_same(c, key, row, row->origin->saved))
        ct_mistake(c, "ct_save: the %s of a %s has been changed; a row keeps the key that the database gave it",
                   key->field->name, row->shape->name);
}

static ct_errors *run_update(const ct_writing *write, ct_row *row, uint64_t changed, bool *ret_gone)
{
    const ct_table *table = write->table;
    const ct_column **made = ct_take(write->c, table->column_count * sizeof(*made));
    size_t made_count = 0;
    ct_sql sql;
    const ct_write_signature signature = {
        .table = table, .dialect = write->entry->driver->dialect, .what = CT_WRITTEN_SAVE, .a = changed
    };
    ct_written_begin(&sql, write->c, signature.dialect, (ct_str){ (const char *)&signature, sizeof(signature) });
    ct_sql_add(&sql, "UPDATE ");
    ct_sql_name(&sql, table->name);
    const char *before = " SET ";
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (column->field->generated)
            made[made_count++] = column;
        if (column->field->generated || !(ct_column_bit(column) & changed))
            continue;
        ct_sql_add(&sql, before);
        ct_sql_name(&sql, column->name);
        ct_sql_add(&sql, " = ");
        ct_sql_column_value(&sql, column, row);
        before = ", ";
    }
    ct_sql_add(&sql, " WHERE ");
    ct_write_key(&sql, table, row);
    ct_write_returning(&sql, made, made_count);
    int64_t count = 0;
    ct_errors *errors = ct_write_run(write, &sql, made, made_count, row, &count);
    *ret_gone = !errors && !count;
    return errors;
}

static ct_errors *save(const ct_writing *write, ct_row *row, bool *ret_gone)
{
    const ct_table *table = write->table;
    const ct_model *model = table->model;
    if (model->validate && row->origin->missing)
        ct_load_row(write->c, row);
    ct_row_take_shown(write->c, table, row, UINT64_MAX);
    if (model->before_save) {
        model->before_save(write->c, row, false);
        ct_row_take_shown(write->c, table, row, UINT64_MAX);
    }
    uint64_t changed = ct_row_changes(table, row);
    if (changed) {
        changed |= ct_row_auto(table, row, false, changed);
        ct_errors *errors = ct_write_check(write, row, changed);
        if (!errors)
            errors = run_update(write, row, changed, ret_gone);
        if (errors)
            return ct_name_references(write, row, errors);
        if (*ret_gone)
            return NULL;
        ct_row_unlink_changed(write->c, table, row, changed);
        ct_row_saved_columns(write, row, changed | ct_generated_columns(table));
    }
    if (model->after_save)
        model->after_save(write->c, row, false);
    return NULL;
}

static ct_errors *save_with_hooks(const ct_writing *write, ct_row *row, bool *ret_gone)
{
    ct_writing inner = *write;
    inner.tried = false; /* the transaction around it goes as a whole */
    ct_transaction *transaction = ct_atomic_begin(write->c, &(ct_atomic_options){ .using = write->entry->alias });
    ct_errors *errors = save(&inner, row, ret_gone);
    if (errors || *ret_gone)
        ct_rollback(write->c);
    ct_atomic_end(&transaction);
    return errors;
}

ct_errors *ct_row_save(const ct_writing *write, ct_row *row, bool *ret_gone)
{
    const ct_model *model = write->table->model;
    *ret_gone = false;
    ct_refuse_deleted(write->c, row, "ct_save");
    refuse_other_id(write->c, write->table, row);
    bool hooks = model->before_save || model->after_save;
    return hooks ? save_with_hooks(write, row, ret_gone) : save(write, row, ret_gone);
}

bool ct_save_row(ct *c, ct_row *row, ct_errors **ret_errors)
{
    const ct_table *table = ct_write_table(c, row->shape, "ct_save");
    ct_writing write = ct_write_begin(c, table, row, NULL, ret_errors != NULL);
    ct_errors *errors;
    bool gone = false;
    if (row->origin) {
        errors = ct_row_save(&write, row, &gone);
    } else {
        ct_insert insert = ct_insert_of(table, row, NULL);
        errors = ct_row_insert(&write, &insert);
    }
    if (gone)
        ct_abort(c, 404, "the %s is no longer there", ct_model_words(c, table->model));
    if (ret_errors)
        *ret_errors = errors;
    else if (errors)
        ct_abort_errors(c, errors);
    return !errors;
}
