/* New rows: ct_create(), and ct_save() of rows that ct_row_new() made.
 *
 *   defaults ─> before_save ─> validation ─> INSERT ... RETURNING what the database makes ─> after_save
 *
 * One statement without a transaction of its own where the model has no hooks. Unique fields are not asked for before:
 * the database's answer is the only one without a race. A row that could not be inserted is as it was before, but for
 * what a hook did to it. */
#include "db/write.h"

#include "base/common.h"
#include "canteen/database.h"
#include "db/written.h"
#include "net/work.h"

bool ct_row_has_key(const ct_table *table, const ct_row *row)
{
    for (size_t i = 0; i < table->key_count; i++)
        if (ct_column_is_null(table->keys[i], row))
            return false;
    if (!table->generated_key || table->keys[0]->mask)
        return true;
    int64_t id; /* of CT_MODEL, which is never null: 0 is none */
    memcpy(&id, (const char *)row + table->keys[0]->field->offset, sizeof id);
    return id != 0;
}

uint64_t ct_row_left(const ct_table *table, const ct_row *row, const ct_given *given)
{
    uint64_t left = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        uint64_t bit = ct_column_bit(column);
        bool named = given && (given->mask & bit);
        if (column->field->generated || (column->field->db_default && !named && ct_column_is_null(column, row)))
            left |= bit;
    }
    return left;
}

void ct_insert_columns(const ct_table *table, uint64_t left, bool key, const ct_column **named, size_t *ret_named,
                       const ct_column **made, size_t *ret_made)
{
    *ret_named = *ret_made = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        bool by_database = column->key && table->generated_key ? !key : (ct_column_bit(column) & left) != 0;
        if (by_database)
            made[(*ret_made)++] = column;
        else
            named[(*ret_named)++] = column;
    }
}

void ct_sql_values(ct_sql *sql, const ct_column *const *columns, size_t count, ct_row *const *rows, size_t row_count)
{
    ct_sql_add(sql, " (");
    ct_write_names(sql, columns, count);
    ct_sql_add(sql, ") VALUES ");
    for (size_t r = 0; r < row_count; r++) {
        ct_sql_add(sql, r ? ", (" : "(");
        for (size_t i = 0; i < count; i++) {
            if (i)
                ct_sql_add(sql, ", ");
            ct_sql_column_value(sql, columns[i], rows[r]);
        }
        ct_sql_add(sql, ")");
    }
}

static ct_errors *run_insert(const ct_writing *write, ct_insert *insert)
{
    const ct_table *table = write->table;
    const ct_column **named = ct_take(write->c, 2 * table->column_count * sizeof(*named));
    const ct_column **made = named + table->column_count;
    size_t named_count, made_count;
    ct_insert_columns(table, insert->left, insert->key, named, &named_count, made, &made_count);
    ct_sql sql;
    const ct_write_signature signature = { .table = table,
                                           .dialect = write->entry->driver->dialect,
                                           .what = CT_WRITTEN_INSERT + ((uint64_t)insert->key << 8),
                                           .a = insert->left };
    ct_str kept = { (const char *)&signature, insert->unique_count ? 0 : sizeof(signature) };
    ct_written_begin(&sql, write->c, signature.dialect, kept);
    ct_sql_add(&sql, "INSERT INTO ");
    ct_sql_name(&sql, table->name);
    if (named_count)
        ct_sql_values(&sql, named, named_count, &insert->row, 1);
    else
        ct_sql_add(&sql, " DEFAULT VALUES");
    if (insert->unique_count) {
        ct_sql_add(&sql, " ON CONFLICT (");
        ct_write_names(&sql, insert->unique, insert->unique_count);
        ct_sql_add(&sql, ") DO NOTHING");
    }
    ct_write_returning(&sql, made, made_count);
    int64_t count = 0;
    ct_errors *errors = ct_write_run(write, &sql, made, made_count, insert->row, &count);
    insert->passed_over = !errors && insert->unique_count && !count;
    return errors;
}

void ct_row_auto_created(const ct_table *table, ct_row *row)
{
    uint64_t set = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!ct_column_is_null(&table->columns[i], row))
            set |= ct_column_bit(&table->columns[i]);
    ct_row_auto(table, row, true, set);
}

uint64_t ct_insert_checked(const ct_table *table, const ct_insert *insert)
{
    uint64_t made = insert->left;
    if (table->generated_key && !insert->key)
        made |= ct_column_bit(table->keys[0]);
    return ~made;
}

static ct_errors *insert_row(const ct_writing *write, ct_insert *insert)
{
    const ct_model *model = write->table->model;
    ct_row_take_shown(write->c, write->table, insert->row, UINT64_MAX);
    ct_row_auto_created(write->table, insert->row);
    if (model->before_save) {
        model->before_save(write->c, insert->row, true);
        insert->left = ct_row_left(write->table, insert->row, insert->given);
    }
    ct_errors *errors = ct_write_check(write, insert->row, ct_insert_checked(write->table, insert));
    if (!errors)
        errors = run_insert(write, insert);
    if (errors)
        return ct_name_references(write, insert->row, errors);
    if (insert->passed_over)
        return NULL;
    ct_row_note_write(write, insert->row, UINT64_MAX, write->table->generated_key && !insert->key);
    ct_row_stored(write->table, insert->row, UINT64_MAX);
    ct_row_saved(write->c, write->table, insert->row, write->entry);
    if (model->after_save)
        model->after_save(write->c, insert->row, true);
    return NULL;
}

ct_errors *ct_row_insert(const ct_writing *write, ct_insert *insert)
{
    const ct_model *model = write->table->model;
    if (!model->before_save && !model->after_save)
        return insert_row(write, insert);
    ct_writing inner = *write;
    inner.tried = false; /* the transaction around it goes as a whole */
    ct_transaction *transaction = ct_atomic_begin(write->c, &(ct_atomic_options){ .using = write->entry->alias });
    ct_errors *errors = insert_row(&inner, insert);
    if (errors || insert->passed_over)
        ct_rollback(write->c);
    ct_atomic_end(&transaction);
    return errors;
}

ct_insert ct_insert_of(const ct_table *table, ct_row *row, const ct_given *given)
{
    return (ct_insert){ .row = row,
                        .given = given,
                        .left = ct_row_left(table, row, given),
                        .key = (given && given->key) || ct_row_has_key(table, row) };
}

ct_row *ct_create_row(ct *c, const ct_row *from, size_t check, ct_given *given, ct_errors **ret_errors)
{
    const ct_table *table = ct_write_table(c, from->shape, "ct_create");
    ct_row *row = ct_row_of(c, from, check, given);
    ct_writing write = ct_write_begin(c, table, NULL, given, ret_errors != NULL);
    ct_insert insert = ct_insert_of(table, row, given);
    ct_errors *errors = ct_row_insert(&write, &insert);
    if (ret_errors)
        *ret_errors = errors;
    else if (errors)
        ct_abort_errors(c, errors);
    return errors ? NULL : row;
}
