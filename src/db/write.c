/* What the writing of rows shares (db/write.h).
 *
 * What RETURNING gives is read straight into the members of rows that exist already, in their order: both databases
 * return rows in the order of VALUES. Reads never go to a replica here: what was just written must be seen. */
#include "db/write.h"

#include "base/common.h"
#include "canteen/work.h"
#include "db/kinds.h"
#include "db/order_text.h"
#include "db/written.h"
#include "net/work.h"
#include "shape/validate.h"

#include <math.h>

const ct_table *ct_write_table(ct *c, const ct_shape *shape, const char *function)
{
    const ct_model *model = shape->model;
    if (!model)
        ct_mistake(c, "%s: %s is a shape and has no table; declare it with CT_MODEL", function, shape->name);
    ct_db_site *site = ct_work_databases(c);
    const ct_table *table = site ? ct_graph_table(&site->graph, model) : NULL;
    if (!table)
        ct_mistake(c, "%s: model %s (%s:%d) belongs to no app of the site; add it to MODELS(...) of one", function,
                   shape->name, model->file, model->line);
    if (model->read_only)
        ct_mistake(c, "%s: model %s (%s:%d) is read_only", function, shape->name, model->file, model->line);
    return table;
}

/* The usual one is asked for first, so that this unit of work reads no replica of it any more. */
ct_writing ct_write_begin(ct *c, const ct_table *table, const ct_row *row, const ct_given *place, bool tried)
{
    ct_db_entry *entry = ct_db_entry_for(c, table, NULL, true);
    if (row && row->origin && row->origin->entry && row->origin->entry != entry) {
        const ct_db_entry *from = row->origin->entry;
        entry = ct_db_entry_for(c, table, from->replica_of ? from->replica_of : from->alias, true);
    }
    return (ct_writing){ .c = c, .table = table, .entry = entry, .place = place, .tried = tried };
}

void ct_write_together(const ct_writing *write, const ct_table *other)
{
    const ct_db_entry *entry = ct_db_entry_for(write->c, other, NULL, true);
    if (entry != write->entry)
        ct_mistake(write->c, "%s is in the database \"%s\" and %s in \"%s\": one statement cannot reach both",
                   write->table->label, write->entry->alias, other->label, entry->alias);
}

/* ---- what comes back ---- */

typedef struct ct_returning {
    ct_db_sink sink;
    ct *c;
    const ct_column *const *columns;
    size_t count;
    ct_row *const *rows;
    size_t row_count, at;
    const char *error;
    const ct_column *bad;
} ct_returning;

static bool take_row(struct ct_db_sink *sink, const ct_db_row *from)
{
    ct_returning *returning = CT_CONTAINER(sink, ct_returning, sink);
    if (returning->at == returning->row_count)
        return true;
    ct_row *row = returning->rows[returning->at++];
    for (size_t i = 0; i < returning->count; i++) {
        const ct_column *column = returning->columns[i];
        bool null = from->ops->null(from, i);
        ct_column_set_null(column, row, null);
        if (null)
            continue;
        void *member = (char *)row + column->field->offset;
        returning->error =
            from->ops->read(from, i, column->kind, column->field->element, ct_work_arena(returning->c), member);
        if (returning->error) {
            returning->bad = column;
            return false;
        }
    }
    return true;
}

ct_db_request ct_write_request(const ct_writing *write, ct_sql *sql)
{
    return (ct_db_request){ .table = write->table,
                            .using = write->entry->alias,
                            .statement = ct_written_statement(sql),
                            .place = write->place,
                            .fatal = !write->tried };
}

ct_errors *ct_write_run_rows(const ct_writing *write, ct_sql *sql, const ct_column *const *columns, size_t count,
                             ct_row *const *rows, size_t row_count, int64_t *ret_changed)
{
    ct *c = write->c;
    ct_returning returning = {
        .sink = { .row = take_row }, .c = c, .columns = columns, .count = count, .rows = rows, .row_count = row_count
    };
    ct_db_request request = ct_write_request(write, sql);
    request.statement.once = write->once;
    ct_db_error error; /* large, and filled by what goes wrong */
    if (!ct_db_try(c, &request, &returning.sink, &error)) {
        ct_errors *errors = ct_db_field_errors(c, write->table, &error);
        if (!errors)
            ct_db_fail(c, &request, &error);
        return errors;
    }
    if (returning.error)
        ct_mistake(c, "%s.%s: the database has %s", write->table->label, returning.bad->field->name, returning.error);
    if (ret_changed)
        *ret_changed = returning.sink.changed;
    return NULL;
}

ct_errors *ct_write_run(const ct_writing *write, ct_sql *sql, const ct_column *const *columns, size_t count,
                        ct_row *row, int64_t *ret_changed)
{
    return ct_write_run_rows(write, sql, columns, count, &row, count ? 1 : 0, ret_changed);
}

typedef struct ct_existence {
    ct_db_sink sink;
    bool found;
} ct_existence;

static bool note_row(struct ct_db_sink *sink, const ct_db_row *row)
{
    (void)row;
    CT_CONTAINER(sink, ct_existence, sink)->found = true;
    return true;
}

bool ct_write_exists(ct *c, const ct_db_request *request)
{
    ct_existence existence = { .sink = { .row = note_row } };
    ct_db_run(c, request, &existence.sink);
    return existence.found;
}

/* ---- pieces of statements ---- */

void ct_write_names(ct_sql *sql, const ct_column *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            ct_sql_add(sql, ", ");
        ct_sql_name(sql, columns[i]->name);
    }
}

void ct_write_returning(ct_sql *sql, const ct_column *const *columns, size_t count)
{
    if (!count)
        return;
    ct_sql_add(sql, " RETURNING ");
    ct_write_names(sql, columns, count);
}

void ct_write_key(ct_sql *sql, const ct_table *table, const ct_row *row)
{
    const ct_row *known = row->origin && row->origin->saved ? row->origin->saved : row;
    for (size_t i = 0; i < table->key_count; i++) {
        if (i)
            ct_sql_add(sql, " AND ");
        ct_sql_column(sql, NULL, table->keys[i]);
        ct_sql_add(sql, " = ");
        ct_sql_column_value(sql, table->keys[i], known);
    }
}

/* 1.0 and 1.00 are one value, and so are 0.0 and -0.0. */
static void write_number(ct_buffer *bytes, ct_value value)
{
    ct_decimal decimal;
    double real;
    if (value.type == CT_VALUE_DECIMAL) {
        decimal = *value.decimal;
        for (; decimal.scale > 0 && decimal.units % 10 == 0; decimal.scale--)
            decimal.units /= 10;
        ct_buffer_append(bytes, &decimal.units, sizeof(decimal.units));
        ct_buffer_append(bytes, &decimal.scale, sizeof(decimal.scale));
        return;
    }
    real = isnan(value.real) ? (double)NAN : value.real + 0.0;
    ct_buffer_append(bytes, &real, sizeof(real));
}

static void write_binary(ct_buffer *bytes, const ct_bytes *binary)
{
    ct_buffer_append(bytes, &binary->len, sizeof(binary->len));
    ct_buffer_append(bytes, binary->data, binary->len);
}

ct_str ct_write_bytes(ct *c, const ct_column *const *columns, size_t count, const ct_row *row)
{
    ct_buffer bytes = ct_buffer_in(ct_work_arena(c));
    for (size_t i = 0; i < count; i++) {
        ct_value value = ct_column_value(c, columns[i], row);
        ct_buffer_char(&bytes, (char)value.type);
        if (value.type == CT_VALUE_TEXT)
            ct_buffer_append(&bytes, value.text, strlen(value.text) + 1);
        else if (value.type == CT_VALUE_DECIMAL || value.type == CT_VALUE_REAL)
            write_number(&bytes, value);
        else if (value.type == CT_VALUE_BYTES)
            write_binary(&bytes, value.bytes);
        else if (value.type != CT_VALUE_NULL)
            ct_buffer_append(&bytes, (const char *)row + columns[i]->field->offset, ct_kind_size(columns[i]->kind));
    }
    if (bytes.failed)
        ct_out_of_memory(c);
    return (ct_str){ bytes.data, bytes.length };
}

bool ct_write_same(ct *c, const ct_column *column, const ct_row *a, const ct_row *b)
{
    return ct_str_eq(ct_write_bytes(c, &column, 1, a), ct_write_bytes(c, &column, 1, b));
}

size_t ct_write_columns(ct *c, const ct_table *table, const char *names, const char *function,
                        const ct_column **ret_columns)
{
    size_t count = 0;
    ct_str rest = ct_str_of(names ? names : "");
    for (ct_str name; rest.length && (name = ct_str_next(&rest, ',')).data;) {
        const ct_column *column = ct_table_column(table, name);
        if (!column) {
            const char *nearest = ct_table_nearest(table, name);
            ct_mistake(c, "%s: %s has no column \"%.*s\"%s%s%s", function, table->label, CT_STR_ARG(name),
                       nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
        }
        bool twice = false;
        for (size_t i = 0; i < count; i++)
            twice |= ret_columns[i] == column;
        if (!twice)
            ret_columns[count++] = column;
    }
    return count;
}

size_t ct_index_columns(const ct_table *table, const ct_index *index, const ct_column **ret_columns)
{
    size_t count = 0;
    ct_str rest = ct_str_of(index->fields);
    for (ct_str name; (name = ct_str_next(&rest, ',')).data;) {
        int nulls;
        if (name.length && name.data[0] == '-')
            name = (ct_str){ name.data + 1, name.length - 1 };
        ct_order_nulls(&name, &nulls);
        const ct_column *column = ct_table_column(table, name);
        if (column && count < table->column_count)
            ret_columns[count++] = column;
    }
    return count;
}

#define MOST_COLUMNS 66

/* Whether the index is over exactly these columns, in any order. */
static bool is_over(const ct_table *table, const ct_index *index, const ct_column *const *columns, size_t count)
{
    const ct_column *indexed[MOST_COLUMNS];
    if (strchr(index->fields, '(') || ct_index_columns(table, index, indexed) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool named = false;
        for (size_t j = 0; j < count; j++)
            named |= columns[j] == indexed[i];
        if (!named)
            return false;
    }
    return true;
}

static bool is_unique(const ct_table *table, const ct_column *column)
{
    ct_kind kind = column->field ? column->field->kind : CT_KIND_integer;
    return (column->key && table->key_count == 1) || (column->field && column->field->unique) ||
           kind == CT_KIND_one_to_one || kind == CT_KIND_one_to_one_uuid || kind == CT_KIND_one_to_one_text;
}

bool ct_columns_are_unique(const ct_table *table, const ct_column *const *columns, size_t count)
{
    if (count == 1 && is_unique(table, columns[0]))
        return true;
    size_t keys = 0;
    for (size_t i = 0; i < count; i++)
        keys += columns[i]->key;
    if (count && keys == count && count == table->key_count)
        return true;
    const ct_index *indexes = table->model ? table->model->indexes : NULL;
    for (const ct_index *index = indexes; index && index->fields; index++)
        if (index->unique && !index->where && !index->deferrable && is_over(table, index, columns, count))
            return true;
    return false;
}

/* ---- checks ---- */

ct_errors *ct_write_check_fields(const ct_writing *write, const ct_row *row, uint64_t fields)
{
    ct_errors *errors = ct_errors_new(write->c);
    ct_shape_validate(write->c, row, fields, errors);
    return ct_errors_count(errors) ? errors : NULL;
}

ct_errors *ct_write_check(const ct_writing *write, const ct_row *row, uint64_t fields)
{
    ct_errors *errors = ct_errors_new(write->c);
    ct_shape_validate(write->c, row, fields, errors);
    const ct_model *model = write->table->model;
    if (model->validate)
        model->validate(write->c, row, errors);
    return ct_errors_count(errors) ? errors : NULL;
}

void ct_refuse_deleted(ct *c, const ct_row *row, const char *function)
{
    if (row->origin && row->origin->deleted)
        ct_mistake(c, "%s: this %s has been deleted; make a new one by ct_create()", function, row->shape->name);
}

void ct_refuse_unsaved(ct *c, const ct_row *row, const char *function)
{
    ct_refuse_deleted(c, row, function);
    if (!row->origin)
        ct_mistake(c, "%s: this %s is not in the database yet; ct_save() puts it there", function, row->shape->name);
}

/* ---- words ---- */

const char *ct_field_words(ct *c, const ct_field *field)
{
    if (field->verbose_name)
        return field->verbose_name;
    char *words = ct_strdup(c, field->name);
    for (char *at = words; (at = strchr(at, '_'));)
        *at = ' ';
    return words;
}

const char *ct_model_words(ct *c, const ct_model *model)
{
    if (model->verbose_name)
        return model->verbose_name;
    const char *name = model->shape->name;
    char *words = ct_take(c, 2 * strlen(name) + 1), *at = words;
    for (const char *letter = name; *letter; letter++) {
        bool upper = *letter >= 'A' && *letter <= 'Z';
        bool begins = letter > name && upper &&
                      (ct_ascii_lower(letter[-1]) == letter[-1] || ct_ascii_lower(letter[1]) == letter[1]);
        if (*letter == '_' || (begins && letter[-1] != '_'))
            *at++ = ' ';
        if (*letter != '_')
            *at++ = ct_ascii_lower(*letter);
    }
    *at = '\0';
    return words;
}
