/* Many rows in few statements: ct_bulk_create() and ct_bulk_update(). No hooks; validation and auto_now as ever.
 *
 *   rows ──> runs of rows whose INSERT names the same columns ──> batches that fit into one statement
 *
 * More than one statement is a transaction: all rows or none. RETURNING gives rows in the order of VALUES, so that each
 * row gets its own key; with `.ignore` it would not be known whose keys they are, and none are read. PostgreSQL refuses
 * to update a row twice in one statement: with `.conflict`, rows with the same values there go into different batches.
 *
 * An UPDATE joins a list of values, "a" = v.column2 ... WHERE "id" = v.column1:
 *
 *   FROM unnest($1, $2) AS v(column1, column2)    an array for each column, on PostgreSQL: the text does not depend on
 *                                                 the number of rows, so it is kept, and prepared once
 *   FROM (VALUES ($1, $2), ($3, $4), ...) AS v    on SQLite, and where a column is an array itself */
#include "base/common.h"
#include "base/map.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/kinds.h"
#include "db/own_type.h"
#include "db/write.h"
#include "db/written.h"
#include "net/work.h"
#include "shape/value.h"

#define MOST_ROWS 1000 /* in a statement: beyond, nothing is gained */

typedef struct bulk {
    ct_writing write;
    const ct_bulk *options;
    const ct_column **conflict, **update;
    size_t conflict_count, update_count;
    const ct_column **named, **made; /* of the run */
    size_t named_count, made_count;
} bulk;

/* "row 3: " before what is wrong with it, where there are several. */
static CT_NORETURN void refuse(ct *c, const ct_errors *errors, const ct_rows *rows, size_t at)
{
    if (rows->count == 1)
        ct_abort_errors(c, errors);
    ct_errors *placed = ct_errors_new(c);
    for (size_t i = 0; i < ct_errors_count(errors); i++) {
        ct_field_error error = ct_errors_at(errors, i);
        ct_errors_add(placed, error.field, error.code, "row %zu: %s", at + 1, error.message);
    }
    ct_abort_errors(c, placed);
}

/* What the database said of a statement: of one of its rows, where that can be told. */
static CT_NORETURN void refuse_batch(const bulk *b, ct_errors *errors, const ct_rows *rows, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const ct_errors *named = ct_name_refused(&b->write, rows->items[from + i], errors);
        if (named != errors)
            refuse(b->write.c, named, rows, from + i);
    }
    ct_abort_errors(b->write.c, errors);
}

/* ---- create ---- */

static void choose_columns(bulk *b)
{
    ct *c = b->write.c;
    const ct_table *table = b->write.table;
    size_t room = table->column_count * sizeof(const ct_column *);
    b->conflict = ct_take(c, room);
    b->update = ct_take(c, room);
    b->named = ct_take(c, room);
    b->made = ct_take(c, room);
    if (b->options->ignore && b->options->conflict)
        ct_mistake(c, "ct_bulk_create: .ignore passes rows over and .conflict updates them: one of the two");
    if (b->options->update && !b->options->conflict)
        ct_mistake(c, "ct_bulk_create: .update needs .conflict, the fields that tell which row is meant");
    b->conflict_count = ct_write_columns(c, table, b->options->conflict, "ct_bulk_create", b->conflict);
    b->update_count = ct_write_columns(c, table, b->options->update, "ct_bulk_create", b->update);
    if (b->conflict_count && !ct_columns_are_unique(table, b->conflict, b->conflict_count))
        ct_mistake(c, "ct_bulk_create: %s: no unique constraint is over \"%s\"", table->label, b->options->conflict);
}

static bool is_among(const ct_column *const *columns, size_t count, const ct_column *column)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

/* Whether a row that is there gets this column of the new one. */
static bool is_updated(const bulk *b, const ct_column *column)
{
    if (column->field->generated || is_among(b->conflict, b->conflict_count, column))
        return false;
    if (column->field->auto_now)
        return true;
    if (b->update_count)
        return is_among(b->update, b->update_count, column);
    return !column->key && !column->field->auto_now_add && is_among(b->named, b->named_count, column);
}

/* The first of the conflict's own where nothing else is updated, for a row that is not touched is not returned. */
static void write_conflict(const bulk *b, ct_sql *sql)
{
    if (b->options->ignore)
        ct_sql_add(sql, " ON CONFLICT DO NOTHING");
    if (!b->conflict_count)
        return;
    ct_sql_add(sql, " ON CONFLICT (");
    ct_write_names(sql, b->conflict, b->conflict_count);
    ct_sql_add(sql, ") DO UPDATE SET ");
    size_t count = 0;
    for (size_t i = 0; i <= b->named_count; i++) {
        const ct_column *column = i < b->named_count ? b->named[i] : b->conflict[0];
        if (i < b->named_count ? !is_updated(b, column) : count > 0)
            continue;
        if (count++)
            ct_sql_add(sql, ", ");
        ct_sql_name(sql, column->name);
        ct_sql_add(sql, " = excluded.");
        ct_sql_name(sql, column->name);
    }
}

/* What comes back: all that the row may not have. */
static size_t columns_back(const bulk *b, const ct_column **ret_columns)
{
    const ct_table *table = b->write.table;
    if (b->options->ignore)
        return 0;
    if (!b->conflict_count) {
        memcpy(ret_columns, b->made, b->made_count * sizeof(*ret_columns));
        return b->made_count;
    }
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!is_among(b->named, b->named_count, &table->columns[i]) || !is_updated(b, &table->columns[i]))
            ret_columns[count++] = &table->columns[i];
    return count;
}

static int64_t insert_batch(const bulk *b, const ct_rows *rows, size_t from, size_t count)
{
    ct *c = b->write.c;
    const ct_table *table = b->write.table;
    const ct_column **back = ct_take(c, table->column_count * sizeof(*back));
    size_t back_count = columns_back(b, back);
    ct_sql sql;
    ct_sql_begin(&sql, c, b->write.entry->driver->dialect);
    ct_sql_add(&sql, "INSERT INTO ");
    ct_sql_name(&sql, table->name);
    if (b->named_count)
        ct_sql_values(&sql, b->named, b->named_count, rows->items + from, count);
    else
        ct_sql_add(&sql, " DEFAULT VALUES");
    write_conflict(b, &sql);
    ct_write_returning(&sql, back, back_count);
    int64_t changed = 0;
    ct_errors *errors =
        ct_write_run_rows(&b->write, &sql, back, back_count, rows->items + from, back_count ? count : 0, &changed);
    if (errors)
        refuse_batch(b, errors, rows, from, count);
    return changed;
}

/* Which rows are equal in the fields of the conflict is known to the database alone; one that takes equal rows in one
 * statement need not be asked. */
static bool goes_alone(const bulk *b)
{
    bool loose = false;
    for (size_t i = 0; i < b->conflict_count; i++)
        loose |= ct_own_type_is_loose(b->conflict[i]);
    return loose && b->write.entry->driver->dialect->arrays;
}

/* How many rows from here on go into one statement. */
static size_t batch_size(const bulk *b, const ct_rows *rows, const ct_insert *inserts, size_t from)
{
    ct *c = b->write.c;
    size_t most = b->named_count ? b->write.entry->driver->dialect->max_parameters / b->named_count : 1;
    most = CT_MIN(most, b->options->batch ? b->options->batch : (size_t)MOST_ROWS);
    if (goes_alone(b))
        return 1;
    ct_strmap seen;
    ct_strmap_init(&seen, ct_work_arena(c));
    size_t count = 0;
    for (; count < most && from + count < rows->count; count++) {
        const ct_insert *insert = &inserts[from + count];
        if (insert->left != inserts[from].left || insert->key != inserts[from].key)
            break;
        if (!b->conflict_count)
            continue;
        ct_str bytes = ct_write_bytes(c, b->conflict, b->conflict_count, insert->row);
        if (ct_strmap_set(&seen, bytes, insert->row))
            break;
    }
    if (seen.failed)
        ct_out_of_memory(c);
    return CT_MAX(count, (size_t)1);
}

static ct_insert *prepare(const bulk *b, const ct_rows *rows)
{
    ct *c = b->write.c;
    const ct_table *table = b->write.table;
    ct_insert *inserts = ct_take(c, rows->count * sizeof(*inserts));
    for (size_t i = 0; i < rows->count; i++) {
        ct_row *row = rows->items[i];
        if (row->origin)
            ct_mistake(c, "ct_bulk_create: row %zu of %s is in the database already", i + 1, row->shape->name);
        ct_row_take_shown(c, table, row, UINT64_MAX);
        ct_row_auto_created(table, row);
        inserts[i] = ct_insert_of(table, row, NULL);
        ct_errors *errors = ct_write_check(&b->write, row, ct_insert_checked(table, &inserts[i]));
        if (errors)
            refuse(c, errors, rows, i);
    }
    return inserts;
}

int64_t ct_bulk_create_rows(ct *c, ct_rows *rows, const ct_bulk *options)
{
    const ct_table *table = ct_write_table(c, rows->shape, "ct_bulk_create");
    bulk b = { .write = ct_write_begin(c, table, NULL, NULL, false), .options = options };
    choose_columns(&b);
    if (!rows->count)
        return 0;
    const ct_insert *inserts = prepare(&b, rows);
    ct_transaction *transaction = NULL;
    int64_t changed = 0;
    for (size_t from = 0, count; from < rows->count; from += count) {
        ct_insert_columns(table, inserts[from].left, inserts[from].key, b.named, &b.named_count, b.made, &b.made_count);
        count = batch_size(&b, rows, inserts, from);
        if (!transaction && count < rows->count)
            transaction = ct_atomic_begin(c, &(ct_atomic_options){ .using = b.write.entry->alias });
        b.write.once = count < rows->count && from + count == rows->count;
        changed += insert_batch(&b, rows, from, count);
    }
    ct_atomic_end(&transaction);
    for (size_t i = 0; i < rows->count && !options->ignore; i++) {
        ct_row_note_write(&b.write, rows->items[i], UINT64_MAX, table->generated_key && !inserts[i].key);
        ct_row_stored(table, rows->items[i], UINT64_MAX);
        ct_row_saved(c, table, rows->items[i], b.write.entry);
    }
    return changed;
}

/* ---- update ---- */

/* The n-th column of VALUES is column<n> on both databases. */
static void write_listed(ct_sql *sql, size_t number)
{
    ct_sql_add(sql, "column");
    ct_buffer_uint(&sql->text, number);
}

/* PostgreSQL is not told the type of text: in a list of values it is `text`, which is no array and no type of the
 * program's own. NULL: it is what the column takes. */
static const char *cast_of(const ct_sql *sql, const ct_column *column)
{
    if (!sql->dialect->arrays)
        return NULL;
    const char *own = ct_own_type(sql->c, column);
    if (own)
        return own;
    return column->kind == CT_KIND_array && ct_kind_is_text(column->field->element) ? "text[]" : NULL;
}

/* v.column2, as the type of the column. */
static void write_listed_value(ct_sql *sql, size_t number, const char *type)
{
    ct_sql_add(sql, type ? "CAST(v." : "v.");
    write_listed(sql, number);
    if (type) {
        ct_sql_add(sql, " AS ");
        ct_sql_add(sql, type);
        ct_sql_add(sql, ")");
    }
}

static void write_assignment(ct_sql *sql, const ct_column *column, size_t number)
{
    ct_sql_name(sql, column->name);
    ct_sql_add(sql, " = ");
    write_listed_value(sql, number, cast_of(sql, column));
}

/* A key of a type of the program's own equals no text, or equals it as text: 'de' is not the char(5) 'de   '. Numbers
 * and times are compared whatever their size, by the index. */
static void write_key(ct_sql *sql, const ct_table *table)
{
    ct_sql_add(sql, " WHERE ");
    for (size_t i = 0; i < table->key_count; i++) {
        const ct_column *key = table->keys[i];
        if (i)
            ct_sql_add(sql, " AND ");
        ct_sql_column(sql, "t0", key);
        ct_sql_add(sql, " = ");
        write_listed_value(sql, i + 1, ct_kind_is_text(key->kind) ? cast_of(sql, key) : NULL);
    }
}

/* The columns of the list: the keys, then what is set. */
static size_t listed_count(const bulk *b)
{
    return b->write.table->key_count + b->update_count;
}

static const ct_column *listed_column(const bulk *b, size_t index)
{
    const ct_table *table = b->write.table;
    return index < table->key_count ? table->keys[index] : b->update[index - table->key_count];
}

/* A row is found by the key that it had when it was read. */
static const ct_row *listed_row(const bulk *b, size_t index, const ct_row *row)
{
    return index < b->write.table->key_count && row->origin->saved ? row->origin->saved : row;
}

static void write_values(ct_sql *sql, const bulk *b, ct_row *const *rows, size_t count)
{
    ct_sql_add(sql, " FROM (VALUES ");
    for (size_t r = 0; r < count; r++) {
        ct_sql_add(sql, r ? ", (" : "(");
        for (size_t i = 0; i < listed_count(b); i++) {
            if (i)
                ct_sql_add(sql, ", ");
            ct_sql_column_value(sql, listed_column(b, i), listed_row(b, i, rows[r]));
        }
        ct_sql_add(sql, ")");
    }
    ct_sql_add(sql, ") AS v");
}

/* A column of all rows as one parameter. What is sent as text has no type by itself. */
static void write_array(ct_sql *sql, const bulk *b, size_t index, ct_row *const *rows, size_t count)
{
    ct *c = sql->c;
    const ct_column *column = listed_column(b, index);
    ct_array *array = ct_array_in(sql->arena, count);
    for (size_t r = 0; array && r < count; r++) {
        ct_value value = ct_column_value(c, column, listed_row(b, index, rows[r]));
        ct_array_put(array, ct_column_stored(c, column, value)); /* there is room */
    }
    if (!array)
        ct_out_of_memory(c);
    size_t number = ct_sql_bind(sql, ct_value_of_array(array), CT_KIND_array, column->kind);
    sql->dialect->parameter(&sql->text, number, CT_KIND_array);
    if (ct_kind_is_text(column->kind))
        ct_sql_add(sql, "::text[]");
}

static void write_arrays(ct_sql *sql, const bulk *b, ct_row *const *rows, size_t count)
{
    ct_sql_add(sql, " FROM unnest(");
    for (size_t i = 0; i < listed_count(b); i++) {
        if (i)
            ct_sql_add(sql, ", ");
        write_array(sql, b, i, rows, count);
    }
    ct_sql_add(sql, ") AS v(");
    for (size_t i = 0; i < listed_count(b); i++) {
        if (i)
            ct_sql_add(sql, ", ");
        write_listed(sql, i + 1);
    }
    ct_sql_add(sql, ")");
}

static bool takes_arrays(const bulk *b)
{
    for (size_t i = 0; i < listed_count(b); i++)
        if (listed_column(b, i)->kind == CT_KIND_array)
            return false;
    return b->write.entry->driver->dialect->arrays;
}

/* What the database has computed comes back with the key, in any order. */
typedef struct returned {
    const bulk *b;
    ct_row **made; /* rows for what comes back */
    size_t count;
    const ct_column **columns;
    size_t column_count;
} returned;

static returned returned_begin(const bulk *b, ct_sql *sql, size_t count)
{
    ct *c = b->write.c;
    const ct_table *table = b->write.table;
    returned r = { .b = b };
    if (!ct_generated_columns(table))
        return r;
    size_t size = table->model->shape->size;
    r.count = count;
    r.made = ct_take(c, count * sizeof(ct_row *));
    char *rows = ct_alloc(c, count * size);
    for (size_t i = 0; i < count; i++) {
        r.made[i] = (ct_row *)(void *)(rows + i * size);
        r.made[i]->shape = table->model->shape;
    }
    r.columns = ct_take(c, table->column_count * sizeof(const ct_column *));
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (!column->key && !column->field->generated)
            continue;
        ct_sql_add(sql, r.column_count ? ", " : " RETURNING ");
        ct_sql_column(sql, sql->dialect->arrays ? "t0" : NULL, column); /* SQLite does not know the alias there */
        r.columns[r.column_count++] = column;
    }
    return r;
}

static void take_generated(const returned *r, ct_row *row, const ct_row *from)
{
    for (size_t i = 0; i < r->column_count; i++) {
        const ct_column *column = r->columns[i];
        if (!column->field->generated)
            continue;
        size_t offset = column->field->offset;
        memcpy((char *)row + offset, (const char *)from + offset, ct_kind_size(column->kind));
        row->nulls = (row->nulls & ~column->mask) | (from->nulls & column->mask);
    }
}

/* Notes which rows have been written: those that came back; where nothing does, all or, since it is not known which,
 * none. */
static void note_written(const returned *r, ct_row *const *rows, size_t count, int64_t changed, bool *written)
{
    ct *c = r->b->write.c;
    const ct_table *table = r->b->write.table;
    if (!r->column_count) {
        memset(written, (size_t)changed == count, count);
        return;
    }
    ct_strmap by_key;
    ct_strmap_init(&by_key, ct_work_arena(c));
    for (size_t i = 0; i < r->count && i < (size_t)changed; i++)
        ct_strmap_set(&by_key, ct_write_bytes(c, table->keys, table->key_count, r->made[i]), r->made[i]);
    if (by_key.failed)
        ct_out_of_memory(c);
    for (size_t i = 0; i < count; i++) {
        const ct_row *known = rows[i]->origin->saved ? rows[i]->origin->saved : rows[i];
        const ct_row *made = ct_strmap_get(&by_key, ct_write_bytes(c, table->keys, table->key_count, known));
        written[i] = made != NULL;
        if (made)
            take_generated(r, rows[i], made);
    }
}

static int64_t update_batch(const bulk *b, uint64_t bits, const ct_rows *list, size_t from, size_t count, bool *written)
{
    ct_row *const *rows = list->items + from;
    ct *c = b->write.c;
    const ct_table *table = b->write.table;
    const ct_write_signature signature = {
        .table = table, .dialect = b->write.entry->driver->dialect, .what = CT_WRITTEN_BULK_UPDATE, .a = bits
    };
    bool arrays = takes_arrays(b);
    ct_sql sql;
    if (arrays)
        ct_written_begin(&sql, c, signature.dialect, (ct_str){ (const char *)&signature, sizeof(signature) });
    else
        ct_sql_begin(&sql, c, signature.dialect);
    ct_sql_add(&sql, "UPDATE ");
    ct_sql_name(&sql, table->name);
    ct_sql_add(&sql, " AS t0 SET ");
    for (size_t i = 0; i < b->update_count; i++) {
        if (i)
            ct_sql_add(&sql, ", ");
        write_assignment(&sql, b->update[i], table->key_count + i + 1);
    }
    if (arrays)
        write_arrays(&sql, b, rows, count);
    else
        write_values(&sql, b, rows, count);
    write_key(&sql, table);
    returned back = returned_begin(b, &sql, count);
    int64_t changed = 0;
    ct_errors *errors =
        ct_write_run_rows(&b->write, &sql, back.columns, back.column_count, back.made, back.count, &changed);
    if (errors)
        refuse_batch(b, errors, list, from, count);
    note_written(&back, rows, count, changed, written);
    return changed;
}

/* A column that was never read would be overwritten with nothing. */
static void refuse_unknown(const bulk *b, const ct_row *row, size_t number, uint64_t bits)
{
    const ct_table *table = b->write.table;
    uint64_t unknown = ct_row_unknown(table, row) & bits;
    for (size_t i = 0; unknown && i < table->column_count; i++)
        if (ct_column_bit(&table->columns[i]) & unknown)
            ct_mistake(b->write.c,
                       "ct_bulk_update: row %zu: %s.%s is not loaded (.only or .defer left it out) and has not been "
                       "set: load it with the rows, or by ct_load(); where 0 is meant, say ct_set_not_null()",
                       number + 1, table->label, table->columns[i].field->name);
}

/* The fields that are named, and those of auto_now; sets the latter. Their bits. */
static uint64_t prepare_update(bulk *b, const ct_rows *rows, const char *fields)
{
    ct *c = b->write.c;
    const ct_table *table = b->write.table;
    b->update = ct_take(c, table->column_count * sizeof(*b->update));
    size_t named = ct_write_columns(c, table, fields, "ct_bulk_update", b->update);
    uint64_t bits = 0, automatic = 0;
    for (size_t i = 0; i < named; i++) {
        if (b->update[i]->key || b->update[i]->field->generated)
            ct_mistake(c, "ct_bulk_update: %s.%s cannot be set", table->label, b->update[i]->field->name);
        bits |= ct_column_bit(b->update[i]);
    }
    for (size_t r = 0; r < rows->count; r++) {
        ct_row *row = rows->items[r];
        ct_refuse_unsaved(c, row, "ct_bulk_update");
        if (table->model->validate && row->origin->missing)
            ct_load_row(c, row);
        ct_row_take_shown(c, table, row, bits);
        refuse_unknown(b, row, r, bits);
        automatic = ct_row_auto(table, row, false, bits);
        ct_errors *errors = ct_write_check(&b->write, row, bits | automatic);
        if (errors)
            refuse(c, errors, rows, r);
    }
    b->update_count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (ct_column_bit(&table->columns[i]) & (bits | automatic))
            b->update[b->update_count++] = &table->columns[i];
    return bits | automatic;
}

int64_t ct_bulk_update_rows(ct *c, ct_rows *rows, const char *fields)
{
    const ct_table *table = ct_write_table(c, rows->shape, "ct_bulk_update");
    bulk b = { .write = ct_write_begin(c, table, rows->count ? rows->items[0] : NULL, NULL, false) };
    uint64_t bits = prepare_update(&b, rows, fields);
    if (!rows->count || !b.update_count)
        return 0;
    size_t most = b.write.entry->driver->dialect->max_parameters / listed_count(&b);
    most = CT_MIN(most, (size_t)MOST_ROWS);
    ct_transaction *transaction = NULL;
    if (rows->count > most)
        transaction = ct_atomic_begin(c, &(ct_atomic_options){ .using = b.write.entry->alias });
    bool *written = ct_take(c, rows->count);
    int64_t changed = 0;
    for (size_t from = 0; from < rows->count; from += most) {
        size_t count = CT_MIN(most, rows->count - from);
        b.write.once = !takes_arrays(&b) && count < rows->count && count < most;
        changed += update_batch(&b, bits, rows, from, count, written + from);
    }
    ct_atomic_end(&transaction);
    for (size_t i = 0; i < rows->count; i++) {
        ct_row_unlink_changed(c, table, rows->items[i], bits);
        if (written[i])
            ct_row_saved_columns(&b.write, rows->items[i], bits | ct_generated_columns(table));
    }
    return changed;
}
