/* ct_update(): changes of one row, and ct_update_where(): the same changes of many.
 *
 * What is known here (SET, NOW, a default) goes into the members first, so that hooks and validation see it; the rest
 * the database computes, and RETURNING brings it back:
 *
 *   SET ─> members ─┬─> before_save ─> validation ─> UPDATE ... RETURNING ─> validation of what came back ─> after_save
 *   ADD ────────────┘   may change more of the row: is written too
 *
 * A transaction is around it where there are hooks, or bounds that a computed value may break. When it fails, members
 * are as they were before. Members that the program has changed but not saved stay unsaved: only the named columns are
 * written. auto_now counts here too, so that it says the truth however a row is written.
 *
 * ct_update_where() has no row: no hooks, and of what is computed the database's own checks alone. */
#include "db/write.h"

#include "base/common.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/compile.h"
#include "db/given.h"
#include "db/kinds.h"
#include "db/written.h"
#include "net/work.h"

typedef struct update {
    ct_writing write;
    ct_row *row;
    ct_change *changes;
    size_t count;
    uint64_t known;    /* columns whose new value is in the row */
    uint64_t computed; /* by the database */
    uint64_t bounded;  /* of these, those that must be looked at afterwards */
} update;

static bool is_bounded(const ct_field *field)
{
    return field->min_value || field->max_value || field->max_length || field->min_length || field->choices ||
           field->pattern || field->validators || field->max_digits;
}

static void begin(update *u, const void *change)
{
    ct *c = u->write.c;
    const ct_table *table = u->write.table;
    u->changes = ct_take(c, (table->column_count + 1) * sizeof(*u->changes));
    u->count = ct_changes_of(c, table, change, u->write.place, u->changes);
    ct_time now = ct_now();
    for (size_t i = 0; i < u->count; i++) {
        uint64_t bit = ct_column_bit(u->changes[i].column);
        if (ct_change_apply(c, &u->changes[i], u->row, now)) {
            u->known |= bit;
            continue;
        }
        u->computed |= bit;
        if (table->model->validate || is_bounded(u->changes[i].column->field))
            u->bounded |= bit;
    }
}

/* ---- the statement ---- */

static const ct_change *change_of(const update *u, const ct_column *column)
{
    for (size_t i = 0; i < u->count; i++)
        if (u->changes[i].column == column)
            return &u->changes[i];
    return NULL;
}

/* " SET ..." of every column that is known or computed. */
static void write_set(ct_sql *sql, const update *u)
{
    const ct_table *table = u->write.table;
    const char *before = " SET ";
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        uint64_t bit = ct_column_bit(column);
        if (!(bit & (u->known | u->computed)))
            continue;
        ct_sql_add(sql, before);
        before = ", ";
        if (bit & u->computed)
            ct_sql_assign(sql, table, change_of(u, column), NULL);
        else
            ct_sql_assign(sql, table, &(ct_change){ .column = column }, u->row);
    }
}

/* The database did not say which number was too large: one of those that it was given, or else has computed. */
static ct_errors *name_computed(const update *u, ct_errors *errors)
{
    errors = ct_name_refused(&u->write, u->row, errors);
    if (ct_errors_count(errors) != 1 || ct_errors_at(errors, 0).field || !u->computed)
        return errors;
    ct_field_error error = ct_errors_at(errors, 0);
    if (strcmp(error.code, "invalid") != 0 && strcmp(error.code, "max_value") != 0 &&
        strcmp(error.code, "max_length") != 0)
        return errors;
    bool one = (u->computed & (u->computed - 1)) == 0;
    for (size_t i = 0; one && i < u->count; i++) {
        if (ct_column_bit(u->changes[i].column) != u->computed)
            continue;
        ct_errors *named = ct_errors_new(u->write.c);
        ct_errors_add(named, u->changes[i].column->field->name, error.code, "%s", error.message);
        return named;
    }
    return errors;
}

/* What decides the text: which columns, and what is done to those that the database computes. */
static ct_buffer signature_of(const update *u, uint64_t what)
{
    ct_buffer signature = ct_buffer_in(ct_work_arena(u->write.c));
    const ct_write_signature head = { .table = u->write.table,
                                      .dialect = u->write.entry->driver->dialect,
                                      .what = what,
                                      .a = u->known,
                                      .b = u->computed };
    ct_buffer_append(&signature, &head, sizeof(head));
    for (size_t i = 0; i < u->count; i++) {
        const ct_change *change = &u->changes[i];
        if (!(ct_column_bit(change->column) & u->computed))
            continue;
        ct_buffer_append(&signature, &change->op, sizeof(change->op));
        if (change->op == CT_CHANGE_FIELD)
            ct_buffer_append(&signature, change->operand, sizeof(size_t));
    }
    if (signature.failed)
        ct_out_of_memory(u->write.c);
    return signature;
}

static ct_errors *run(const update *u)
{
    ct *c = u->write.c;
    const ct_table *table = u->write.table;
    const ct_column **made = ct_take(c, table->column_count * sizeof(*made));
    size_t made_count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field->generated || (ct_column_bit(&table->columns[i]) & u->computed))
            made[made_count++] = &table->columns[i];
    ct_sql sql;
    ct_buffer signature = signature_of(u, CT_WRITTEN_UPDATE);
    ct_written_begin(&sql, c, u->write.entry->driver->dialect, (ct_str){ signature.data, signature.length });
    ct_sql_add(&sql, "UPDATE ");
    ct_sql_name(&sql, table->name);
    write_set(&sql, u);
    ct_sql_add(&sql, " WHERE ");
    ct_write_key(&sql, table, u->row);
    ct_write_returning(&sql, made, made_count);
    int64_t count = 0;
    ct_errors *errors = ct_write_run(&u->write, &sql, made, made_count, u->row, &count);
    if (errors)
        return name_computed(u, errors);
    if (!count)
        ct_abort(c, 404, "the %s is no longer there", ct_model_words(c, table->model));
    return NULL;
}

/* ---- one row ---- */

/* The columns that the hook has changed. */
static uint64_t call_before(const update *u)
{
    ct *c = u->write.c;
    const ct_table *table = u->write.table;
    ct_row *row = u->row, *as_given = ct_take(c, table->model->shape->size);
    memcpy(as_given, row, table->model->shape->size);
    table->model->before_save(c, row, false);
    ct_origin_row *origin = row->origin, compared = *origin;
    compared.saved = as_given;
    compared.given = 0;
    row->origin = &compared;
    uint64_t changed = ct_row_changes(table, row);
    row->origin = origin;
    return changed;
}

void ct_row_saved_columns(const ct_writing *write, ct_row *row, uint64_t columns)
{
    const ct_table *table = write->table;
    ct_origin_row *origin = row->origin;
    ct_row_stored(table, row, columns);
    if (!origin || !origin->saved)
        return;
    ct_row_note_write(write, row, columns, false);
    ct_row *saved = (ct_row *)(uintptr_t)origin->saved; /* the origin's own copy */
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (!(ct_column_bit(column) & columns))
            continue;
        size_t offset = column->field->offset;
        memcpy((char *)saved + offset, (const char *)row + offset, ct_kind_size(column->field->kind));
        if (column->kind == CT_KIND_json) {
            ct_value *kept = (ct_value *)(void *)((char *)saved + offset);
            *kept = ct_json_kept(write->c, *kept);
        }
        saved->nulls = (saved->nulls & ~ct_column_bit(column)) | (row->nulls & ct_column_bit(column));
    }
    origin->missing &= ~columns;
    origin->given &= ~columns;
}

uint64_t ct_generated_columns(const ct_table *table)
{
    uint64_t columns = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field->generated)
            columns |= ct_column_bit(&table->columns[i]);
    return columns;
}

static ct_errors *update_row(update *u)
{
    ct *c = u->write.c;
    const ct_model *model = u->write.table->model;
    if (model->before_save)
        u->known |= call_before(u) & ~u->computed;
    u->known |= ct_row_auto(u->write.table, u->row, false, u->known | u->computed);
    ct_errors *errors = ct_write_check(&u->write, u->row, u->known);
    if (!errors)
        errors = run(u);
    if (!errors && u->bounded)
        errors = ct_write_check(&u->write, u->row, u->bounded);
    if (errors)
        return ct_name_references(&u->write, u->row, errors);
    ct_row_unlink_changed(c, u->write.table, u->row, u->known | u->computed);
    ct_row_saved_columns(&u->write, u->row, u->known | u->computed | ct_generated_columns(u->write.table));
    if (model->after_save)
        model->after_save(c, u->row, false);
    return NULL;
}

static ct_errors *update_in_transaction(update *u)
{
    ct *c = u->write.c;
    u->write.tried = false; /* the transaction around it goes as a whole */
    ct_transaction *transaction = ct_atomic_begin(c, &(ct_atomic_options){ .using = u->write.entry->alias });
    ct_errors *errors = update_row(u);
    if (errors)
        ct_rollback(c);
    ct_atomic_end(&transaction);
    return errors;
}

bool ct_update_row(ct *c, ct_row *row, const void *change, ct_given *given, ct_errors **ret_errors)
{
    const ct_table *table = ct_write_table(c, row->shape, "ct_update");
    const ct_model *model = table->model;
    ct_given_check(c, given, row->shape, true);
    ct_refuse_unsaved(c, row, "ct_update");
    if (model->validate && row->origin->missing)
        ct_load_row(c, row);
    size_t size = model->shape->size;
    void *before = memcpy(ct_take(c, size), row, size);
    update u = { .write = ct_write_begin(c, table, row, given, ret_errors != NULL), .row = row };
    begin(&u, change);
    if (ret_errors)
        *ret_errors = NULL;
    if (!u.count)
        return true;
    bool hooks = model->before_save || model->after_save;
    ct_errors *errors = hooks || u.bounded ? update_in_transaction(&u) : update_row(&u);
    if (!errors)
        return true;
    memcpy(row, before, size);
    if (!ret_errors)
        ct_abort_errors(c, errors);
    *ret_errors = errors;
    return false;
}

/* ---- many rows ---- */

static void refuse_options(ct *c, const ct_table *table, const ct_query_head *head)
{
    if (head->order_by || head->limit || head->offset || head->after || head->before || head->distinct ||
        head->distinct_on || head->union_of || head->union_all || head->intersect || head->except)
        ct_mistake(c, "ct_update_where: %s: the rows are chosen by conditions alone, without order, limit and the like",
                   table->label);
}

static void write_update_where(const update *u, ct_sql *sql, const void *query)
{
    ct_sql_add(sql, "UPDATE ");
    ct_sql_name(sql, u->write.table->name);
    ct_sql_add(sql, " AS t0");
    write_set(sql, u);
    ct_sql_where(sql, u->write.table, "t0", query);
}

/* A first walk over the conditions finds the signature and the parameters, a second one, where the text is not known,
 * writes it. */
static void make_update_where(const update *u, ct_sql *sql, const void *query)
{
    ct_query_walk walk = { .sql = sql, .plain = true, .root = "t0", .place = u->write.place };
    ct_scope *scope = ct_take(u->write.c, sizeof(*scope));
    *scope = (ct_scope){ .table = u->write.table };
    walk.signature = signature_of(u, CT_WRITTEN_UPDATE_WHERE);
    ct_sql_begin(sql, u->write.c, u->write.entry->driver->dialect);
    sql->text.failed = true; /* parameters alone */
    write_set(sql, u);
    ct_walk_conditions(&walk, scope, 0, u->write.table, query, true);
    if (walk.signature.failed)
        ct_out_of_memory(u->write.c);
    if (!ct_written_found(sql, (ct_str){ walk.signature.data, walk.signature.length }))
        write_update_where(u, sql, query);
}

int64_t ct_update_rows(ct *c, const ct_model *model, const void *query, const void *change, ct_given *given)
{
    const ct_table *table = ct_write_table(c, model->shape, "ct_update_where");
    ct_given_check(c, given, model->shape, true);
    if (!query)
        ct_mistake(c, "%s:%d: ct_update_where: NULL for the condition; WHERE(%s) is every row", given->file,
                   given->line, model->shape->name);
    ct_query_head head = ct_query_head_of(query);
    if (CT_UNLIKELY(head.of_shape != model->shape || head.end))
        ct_walk_check_where(c, given ? ct_printf(c, "%s:%d", given->file, given->line) : "ct_update_where", table,
                            query);
    refuse_options(c, table, &head);
    ct_row *row = ct_alloc(c, model->shape->size);
    row->shape = model->shape;
    update u = {
        .write = { .c = c, .table = table, .place = given, .entry = ct_db_entry_for(c, table, head.using, true) },
        .row = row
    };
    begin(&u, change);
    if (!u.count)
        return 0;
    u.known |= ct_row_auto(table, row, false, u.known | u.computed);
    ct_errors *errors = ct_write_check_fields(&u.write, row, u.known);
    int64_t count = 0;
    if (!errors) {
        ct_sql sql;
        make_update_where(&u, &sql, query);
        errors = ct_write_run(&u.write, &sql, NULL, 0, NULL, &count);
        errors = errors ? name_computed(&u, errors) : NULL;
    }
    if (errors)
        ct_abort_errors(c, errors);
    return count;
}
