/* ct_validate(): whether a row could be written, without writing it.
 *
 * Beside what ct_create() and ct_save() look at before they ask the database, it asks for what the database would
 * refuse: refs that lead nowhere, and rows with the same values in unique fields. Between this and the write the
 * answer may change: it is for forms, not instead of the constraint. Of columns that are not loaded nothing is said.
 * Conditional and functional unique indexes are left to the database, as are checks in SQL. */
#include "base/common.h"
#include "canteen/work.h"
#include "db/write.h"
#include "net/work.h"

/* Whether another row has the same there; NULLs are never the same. */
static bool is_taken(const ct_writing *write, const ct_row *row, const ct_column *const *columns, size_t count)
{
    ct_sql sql;
    ct_sql_begin(&sql, write->c, write->entry->driver->dialect);
    ct_sql_add(&sql, "SELECT 1 FROM ");
    ct_sql_name(&sql, write->table->name);
    for (size_t i = 0; i < count; i++) {
        if (ct_column_is_null(columns[i], row))
            return false;
        ct_sql_add(&sql, i ? " AND " : " WHERE ");
        ct_sql_column(&sql, NULL, columns[i]);
        ct_sql_add(&sql, " = ");
        ct_sql_column_value(&sql, columns[i], row);
    }
    if (row->origin) {
        ct_sql_add(&sql, " AND NOT (");
        ct_write_key(&sql, write->table, row);
        ct_sql_add(&sql, ")");
    }
    ct_sql_add(&sql, " LIMIT 1");
    ct_db_request request = ct_write_request(write, &sql);
    return ct_write_exists(write->c, &request);
}

static void look(const ct_writing *write, const ct_row *row, const ct_column *const *columns, size_t count,
                 ct_errors *errors)
{
    uint64_t unknown = ct_row_unknown(write->table, row);
    for (size_t i = 0; i < count; i++)
        if (columns[i]->mask & unknown)
            return;
    if (count && is_taken(write, row, columns, count))
        ct_add_unique(write->c, errors, write->table, columns, count);
}

static void look_for_equals(const ct_writing *write, const ct_row *row, ct_errors *errors)
{
    const ct_table *table = write->table;
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        bool made = column->key && table->generated_key;
        if (!made && ct_columns_are_unique(table, &column, 1))
            look(write, row, &column, 1, errors);
    }
    if (table->key_count > 1)
        look(write, row, table->keys, table->key_count, errors);
    const ct_column **columns = ct_take(write->c, table->column_count * sizeof(*columns));
    for (const ct_index *index = table->model->indexes; index && index->fields; index++) {
        if (!index->unique || index->where || strchr(index->fields, '('))
            continue;
        size_t count = ct_index_columns(table, index, columns);
        if (count > 1)
            look(write, row, columns, count, errors);
    }
}

static uint64_t checked_of_new(const ct_table *table, const ct_row *row)
{
    const ct_insert insert = { .left = ct_row_left(table, row, NULL), .key = ct_row_has_key(table, row) };
    return ct_insert_checked(table, &insert);
}

/* What the write itself would fill in need not be there. */
static uint64_t fields_to_check(const ct_table *table, const ct_row *row)
{
    uint64_t fields = row->origin ? ~ct_row_unknown(table, row) : checked_of_new(table, row);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field->auto_now || table->columns[i].field->auto_now_add)
            fields &= ~ct_column_bit(&table->columns[i]);
    return fields;
}

ct_errors *ct_validate_row(ct *c, const ct_row *row)
{
    const ct_table *table = ct_write_table(c, row->shape, "ct_validate");
    ct_writing write = ct_write_begin(c, table, row, NULL, false);
    if (table->model->validate && row->origin && row->origin->missing)
        ct_load_row(c, (ct_row *)(uintptr_t)row); /* as ct_save() does */
    ct_errors *errors = ct_write_check(&write, row, fields_to_check(table, row));
    if (!errors)
        errors = ct_errors_new(c);
    look_for_equals(&write, row, errors);
    ct_add_missing_references(&write, row, errors);
    return ct_errors_count(errors) ? errors : NULL;
}
