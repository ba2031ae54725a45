/* Finds out what a deletion takes with it, as Django's Collector does.
 *
 *   rows ──> what refers to them ── CASCADE ──> more rows ──> ...      a list that is worked off, no recursion: chains
 *                                │                                     of rows may be long
 *                                ├─ CASCADE of a plain table           one DELETE by the column, rows are not seen
 *                                ├─ SET_NULL, SET_DEFAULT              one UPDATE by the column
 *                                ├─ PROTECT                            409, whatever else goes
 *                                ├─ RESTRICT                           409, unless the row goes for another reason
 *                                └─ DO_NOTHING, DB_*                   not looked at: the database's matter
 *
 * A table is plain where nothing refers to it that would have to be looked at, no hook wants to see its rows, and no
 * RESTRICT asks which of them go. Rows of tables without hooks are read by their keys alone.
 *
 * It sees the database as its transaction does and locks nothing: a row that comes in between makes the database refuse
 * the DELETE (409). */
#include "db/collect.h"

#include "base/common.h"
#include "canteen/work.h"
#include "net/work.h"

struct ct_restricted {
    struct ct_restricted *next;
    const ct_table *table;
    const ct_column *column;
    ct_str key;
};

static ct_on_delete on_delete_of(const ct_column *column)
{
    return column->field ? column->field->on_delete : CT_CASCADE;
}

static bool is_looked_at(ct_on_delete on_delete)
{
    return on_delete == CT_CASCADE || on_delete == CT_PROTECT || on_delete == CT_RESTRICT || on_delete == CT_SET_NULL ||
           on_delete == CT_SET_DEFAULT;
}

bool ct_delete_is_plain(const ct_table *table)
{
    if (table->model && (table->model->before_delete || table->model->after_delete))
        return false;
    for (size_t i = 0; i < table->referrer_count; i++)
        if (is_looked_at(on_delete_of(table->referrers[i])))
            return false;
    return true;
}

/* Plain, and nobody asks which of its rows go. */
static bool goes_unseen(const ct_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].link && on_delete_of(&table->columns[i]) == CT_RESTRICT)
            return false;
    return ct_delete_is_plain(table);
}

const ct_column *ct_referred_column(const ct_column *column, const ct_table *to)
{
    return column->link ? column->link->to : to->keys[0];
}

/* ---- the rows ---- */

static ct_str key_of(ct *c, const ct_table *table, const ct_row *row)
{
    return ct_write_bytes(c, table->keys, table->key_count, row);
}

static ct_doomed *doomed_of(const ct_deletion *deletion, const ct_table *table)
{
    for (size_t i = 0; i < deletion->doomed_count; i++)
        if (deletion->doomed[i]->table == table)
            return deletion->doomed[i];
    return NULL;
}

static ct_doomed *add_table(ct_deletion *deletion, const ct_table *table)
{
    ct *c = deletion->write.c;
    ct_doomed *doomed = ct_alloc(c, sizeof(*doomed));
    doomed->table = table;
    ct_strmap_init(&doomed->known, ct_work_arena(c));
    ct_doomed **list = ct_arena_grown(ct_work_arena(c), deletion->doomed, deletion->doomed_count, sizeof(*list), 4);
    if (!list)
        ct_out_of_memory(c);
    deletion->doomed = list;
    list[deletion->doomed_count++] = doomed;
    return doomed;
}

void ct_deletion_add(ct_deletion *deletion, const ct_table *table, ct_row *row)
{
    ct *c = deletion->write.c;
    ct_doomed *doomed = doomed_of(deletion, table);
    if (!doomed)
        doomed = add_table(deletion, table);
    ct_str key = key_of(c, table, row);
    if (ct_strmap_get(&doomed->known, key))
        return;
    ct_strmap_set(&doomed->known, key, row);
    ct_row **rows = ct_arena_grown(ct_work_arena(c), doomed->rows, doomed->count, sizeof(*rows), 8);
    if (!rows || doomed->known.failed)
        ct_out_of_memory(c);
    doomed->rows = rows;
    rows[doomed->count++] = row;
}

/* ---- what refers to them ---- */

void ct_sql_in_rows(ct_sql *sql, const ct_column *column, const ct_column *of, ct_row *const *rows, size_t count)
{
    ct_sql_column(sql, NULL, column);
    ct_sql_add(sql, count == 1 ? " = " : " IN (");
    size_t power = 1;
    while (power < count)
        power *= 2;
    for (size_t i = 0; i < power; i++) {
        if (i)
            ct_sql_add(sql, ", ");
        ct_sql_column_value(sql, of, rows[CT_MIN(i, count - 1)]);
    }
    if (count > 1)
        ct_sql_add(sql, ")");
}

/* What must be known of a row that goes: all for hooks, else the key and what others refer to. */
static size_t columns_to_see(ct *c, const ct_table *table, const ct_column ***ret_columns)
{
    bool all = table->model->before_delete || table->model->after_delete;
    const ct_column **columns = ct_take(c, table->column_count * sizeof(*columns));
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        bool seen = all || column->key;
        for (size_t j = 0; j < table->referrer_count && !seen; j++)
            seen = ct_referred_column(table->referrers[j], table) == column;
        if (seen)
            columns[count++] = column;
    }
    *ret_columns = columns;
    return count;
}

const char *ct_deletion_columns(ct *c, const ct_table *table)
{
    const ct_column **columns;
    size_t count = columns_to_see(c, table, &columns);
    const char *names = columns[0]->field->name;
    for (size_t i = 1; i < count; i++)
        names = ct_printf(c, "%s, %s", names, columns[i]->field->name);
    return count < table->column_count ? names : NULL;
}

static ct_rows *read_referring(const ct_deletion *deletion, const ct_table *table, const ct_column *column,
                               const ct_column *to, ct_row *const *rows, size_t count)
{
    ct *c = deletion->write.c;
    const ct_column **columns;
    size_t column_count = columns_to_see(c, table, &columns);
    ct_sql sql;
    ct_sql_begin(&sql, c, deletion->write.entry->driver->dialect);
    ct_sql_add(&sql, "SELECT ");
    ct_write_names(&sql, columns, column_count);
    ct_sql_add(&sql, " FROM ");
    ct_sql_name(&sql, table->name);
    ct_sql_add(&sql, " WHERE ");
    ct_sql_in_rows(&sql, column, to, rows, count);
    ct_rows *found = ct_rows_of(c, table->model->shape);
    ct_load load;
    ct_load_begin(&load, c, table, columns, column_count, found, deletion->write.entry);
    ct_db_request request = ct_write_request(&deletion->write, &sql);
    request.table = table;
    ct_db_run(c, &request, &load.sink);
    ct_load_end(&load);
    return found;
}

static bool is_referred(const ct_deletion *deletion, const ct_table *table, const ct_column *column,
                        const ct_column *to, ct_row *const *rows, size_t count)
{
    ct *c = deletion->write.c;
    ct_sql sql;
    ct_sql_begin(&sql, c, deletion->write.entry->driver->dialect);
    ct_sql_add(&sql, "SELECT 1 FROM ");
    ct_sql_name(&sql, table->name);
    ct_sql_add(&sql, " WHERE ");
    ct_sql_in_rows(&sql, column, to, rows, count);
    ct_sql_add(&sql, " LIMIT 1");
    ct_db_request request = ct_write_request(&deletion->write, &sql);
    request.table = table;
    return ct_write_exists(c, &request);
}

static void note_protected(ct_deletion *deletion, const ct_table *table, const ct_column *column)
{
    ct_buffer *list = &deletion->protected;
    const char *name = ct_printf(deletion->write.c, "%s.%s", table->model->shape->name, column->field->name);
    if (list->length && strstr(ct_buffer_text(list), name))
        return;
    ct_buffer_printf(list, "%s%s", list->length ? ", " : "", name);
}

static void note_restricted(ct_deletion *deletion, const ct_table *table, const ct_column *column, const ct_rows *found)
{
    ct *c = deletion->write.c;
    for (size_t i = 0; i < found->count; i++) {
        struct ct_restricted *restricted = ct_take(c, sizeof(*restricted));
        *restricted = (struct ct_restricted){
            .next = deletion->restricted, .table = table, .column = column, .key = key_of(c, table, found->items[i])
        };
        deletion->restricted = restricted;
    }
}

static void note_referring(ct *c, ct_referring **list, size_t *count, const ct_referring *referring)
{
    for (size_t i = 0; i < *count; i++)
        if ((*list)[i].column == referring->column)
            return;
    ct_referring *grown = ct_arena_grown(ct_work_arena(c), *list, *count, sizeof(*grown), 4);
    if (!grown)
        ct_out_of_memory(c);
    *list = grown;
    grown[(*count)++] = *referring;
}

/* One column of one table, for some rows that go. */
static void look_at(ct_deletion *deletion, const ct_referring *referring, ct_row *const *rows, size_t count)
{
    ct *c = deletion->write.c;
    const ct_table *table = referring->table;
    const ct_column *column = referring->column, *to = ct_referred_column(column, referring->to->table);
    ct_on_delete on_delete = on_delete_of(column);
    if (on_delete == CT_SET_NULL || on_delete == CT_SET_DEFAULT) {
        note_referring(c, &deletion->changed, &deletion->changed_count, referring);
    } else if (on_delete == CT_PROTECT) {
        if (is_referred(deletion, table, column, to, rows, count))
            note_protected(deletion, table, column);
    } else if (on_delete == CT_CASCADE && goes_unseen(table)) {
        note_referring(c, &deletion->fast, &deletion->fast_count, referring);
    } else {
        ct_rows *found = read_referring(deletion, table, column, to, rows, count);
        if (on_delete == CT_RESTRICT)
            note_restricted(deletion, table, column, found);
        for (size_t i = 0; i < found->count && on_delete == CT_CASCADE; i++)
            ct_deletion_add(deletion, table, found->items[i]);
    }
}

/* False when all rows of the table have been asked for. */
static bool look_on(ct_deletion *deletion, ct_doomed *doomed)
{
    size_t from = doomed->looked, count = CT_MIN(doomed->count - from, (size_t)CT_DELETE_BATCH);
    if (!count)
        return false;
    doomed->looked += count;
    const ct_table *table = doomed->table;
    for (size_t i = 0; i < table->referrer_count; i++) {
        if (!is_looked_at(on_delete_of(table->referrers[i])))
            continue;
        ct_write_together(&deletion->write, table->referrer_tables[i]);
        const ct_referring referring = { table->referrer_tables[i], table->referrers[i], doomed };
        look_at(deletion, &referring, doomed->rows + from, count);
    }
    return true;
}

static void refuse_restricted(ct_deletion *deletion)
{
    for (const struct ct_restricted *one = deletion->restricted; one; one = one->next) {
        const ct_doomed *doomed = doomed_of(deletion, one->table);
        if (!doomed || !ct_strmap_get(&doomed->known, one->key))
            note_protected(deletion, one->table, one->column);
    }
}

/* ---- the order ---- */

/* Whether rows of a table that has no place yet refer to it. */
static bool is_waiting(const ct_deletion *deletion, const ct_doomed *doomed)
{
    for (size_t i = 0; i < doomed->table->referrer_count; i++) {
        const ct_doomed *other = doomed_of(deletion, doomed->table->referrer_tables[i]);
        if (other && other != doomed && !other->ordered)
            return true;
    }
    return false;
}

/* The last that nothing is to go before, else the last of a cycle; NULL: all are ordered. */
static ct_doomed *next_to_go(ct_deletion *deletion)
{
    ct_doomed *last = NULL;
    for (size_t i = deletion->doomed_count; i--;) {
        ct_doomed *doomed = deletion->doomed[i];
        if (doomed->ordered)
            continue;
        if (!is_waiting(deletion, doomed))
            return doomed;
        last = last ? last : doomed;
    }
    deletion->cycle |= last != NULL;
    return last;
}

static void find_order(ct_deletion *deletion)
{
    deletion->order = ct_take(deletion->write.c, deletion->doomed_count * sizeof(ct_doomed *));
    size_t count = 0;
    for (ct_doomed *next; (next = next_to_go(deletion)) != NULL;) {
        next->ordered = true;
        deletion->order[count++] = next;
    }
    for (size_t i = 0; i < deletion->doomed_count; i++)
        deletion->cycle |= deletion->doomed[i]->count > CT_DELETE_BATCH;
}

void ct_deletion_begin(ct_deletion *deletion, const ct_writing *write)
{
    *deletion = (ct_deletion){ .write = *write, .protected = ct_buffer_in(ct_work_arena(write->c)) };
    add_table(deletion, write->table);
}

void ct_deletion_collect(ct_deletion *deletion)
{
    ct *c = deletion->write.c;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < deletion->doomed_count; i++)
            more |= look_on(deletion, deletion->doomed[i]);
    }
    refuse_restricted(deletion);
    if (deletion->protected.length)
        ct_abort(c, 409, "the %s cannot be deleted: rows refer to it through %s",
                 ct_model_words(c, deletion->write.table->model), ct_buffer_text(&deletion->protected));
    find_order(deletion);
}
