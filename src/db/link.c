/* Changes of many_to_many relations, from either side: ct_link() and its like.
 *
 *   plain          rows of a table that only the relation uses: INSERT ... ON CONFLICT DO NOTHING, DELETE
 *   through model  rows of a model: made with its defaults, hooks and checks, deleted as ct_delete() does
 *
 * Statements stay small however large the set is: what is to stay is one parameter, and pairs go in portions. (SQLite
 * looks for a numbered parameter among all of the statement: twice as many take four times as long.)
 *
 * A pair that is there already is left alone. What was loaded of the relation is forgotten on both rows, so that it is
 * loaded again when it is next asked for. */
#include "base/common.h"
#include "base/map.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/collect.h"
#include "db/kinds.h"
#include "net/work.h"

#define MOST_PAIRS 1000 /* in a statement: beyond, nothing is gained */

typedef struct linking {
    ct_writing write; /* of the table in between */
    const ct_link *link;
    const ct_row *row;
} linking;

static void refuse_new(ct *c, const ct_row *row, const char *field)
{
    if (!row)
        ct_mistake(c, "a relation \"%s\" was to be changed by a row that is NULL", field);
    ct_refuse_unsaved(c, row, "ct_link");
}

static linking begin(ct *c, const ct_row *row, size_t offset)
{
    if (!row)
        ct_mistake(c, "ct_link: the row is NULL");
    const ct_table *table = ct_write_table(c, row->shape, "ct_link");
    const ct_link *link = ct_table_link_at(table, offset);
    if (!link || link->kind != CT_LINK_MANY_TO_MANY)
        ct_mistake(c, "ct_link: %s%s%s is no many_to_many: set the ref of the other row", table->label, link ? "." : "",
                   link ? link->field->name : "");
    refuse_new(c, row, link->field->name);
    linking made = { .write = ct_write_begin(c, table, row, NULL, false), .link = link, .row = row };
    ct_write_together(&made.write, link->other);
    made.write.table = link->through;
    return made;
}

/* Rows are the program's, and const to the macro; the pointer to what is loaded is a cache. */
static void forget(const ct_table *table, const ct_link *link, const ct_row *row)
{
    ct_row *own = (ct_row *)(uintptr_t)row;
    if (!link)
        return;
    memset((char *)own + link->field->link, 0, sizeof(void *));
    if (own->origin)
        own->origin->links &= ~(UINT64_C(1) << (size_t)(link - table->links));
}

static void forget_both(const linking *l, const ct_row *other)
{
    forget(l->link->table, l->link, l->row);
    if (other)
        forget(l->link->other, l->link->reverse, other);
}

/* ---- tables in between ---- */

static void begin_sql(const linking *l, ct_sql *sql, const char *what)
{
    ct_sql_begin(sql, l->write.c, l->write.entry->driver->dialect);
    ct_sql_add(sql, what);
    ct_sql_name(sql, l->link->through->name);
}

static void write_from(const linking *l, ct_sql *sql)
{
    ct_sql_add(sql, " WHERE ");
    ct_sql_name(sql, l->link->through_from->name);
    ct_sql_add(sql, " = ");
    ct_sql_column_value(sql, l->link->from, l->row);
}

static void run(const linking *l, ct_sql *sql)
{
    ct_errors *errors = ct_write_run(&l->write, sql, NULL, 0, NULL, NULL);
    if (errors)
        ct_abort_errors(l->write.c, errors);
}

static void insert_pairs(const linking *l, ct_row *const *others, size_t count)
{
    if (!count)
        return;
    ct_sql sql;
    begin_sql(l, &sql, "INSERT INTO ");
    const ct_column *const columns[] = { l->link->through_from, l->link->through_to };
    ct_sql_add(&sql, " (");
    ct_write_names(&sql, columns, CT_COUNT(columns));
    ct_sql_add(&sql, ") VALUES ");
    for (size_t i = 0; i < count; i++) {
        ct_sql_add(&sql, i ? ", (" : "(");
        ct_sql_column_value(&sql, l->link->from, l->row);
        ct_sql_add(&sql, ", ");
        ct_sql_column_value(&sql, l->link->to, others[i]);
        ct_sql_add(&sql, ")");
    }
    ct_sql_add(&sql, " ON CONFLICT DO NOTHING");
    run(l, &sql);
}

static void delete_pair(const linking *l, const ct_row *other)
{
    ct_sql sql;
    begin_sql(l, &sql, "DELETE FROM ");
    write_from(l, &sql);
    ct_sql_add(&sql, " AND ");
    ct_sql_name(&sql, l->link->through_to->name);
    ct_sql_add(&sql, " = ");
    ct_sql_column_value(&sql, l->link->to, other);
    run(l, &sql);
}

/* The keys in one parameter, however many they are. */
static void write_not_in(const linking *l, ct_sql *sql, ct_row *const *kept, size_t count)
{
    const ct_column *to = l->link->to;
    ct_value *keys = ct_take(l->write.c, count * sizeof(*keys));
    for (size_t i = 0; i < count; i++)
        keys[i] = ct_column_value(l->write.c, to, kept[i]);
    ct_kind kind, element, key_kind = ct_kind_of_key(to->kind);
    ct_value list = sql->dialect->list(sql, keys, count, key_kind, &kind, &element);
    ct_buffer name = ct_buffer_in(sql->arena);
    ct_sql_quote(&name, l->link->through_to->name);
    const char *column = ct_buffer_text(&name);
    if (name.failed)
        ct_out_of_memory(l->write.c);
    sql->dialect->in_list(&sql->text, column, ct_sql_bind(sql, list, kind, element), key_kind, true);
}

/* All pairs but those with these. */
static void delete_others(const linking *l, ct_row *const *kept, size_t count)
{
    ct_sql sql;
    begin_sql(l, &sql, "DELETE FROM ");
    write_from(l, &sql);
    if (count) {
        ct_sql_add(&sql, " AND ");
        write_not_in(l, &sql, kept, count);
    }
    run(l, &sql);
}

/* ---- models in between ---- */

/* The rows of the model for this one. */
static ct_rows *read_between(const linking *l)
{
    ct *c = l->write.c;
    const ct_table *table = l->link->through;
    const ct_column **columns = ct_take(c, table->column_count * sizeof(*columns));
    for (size_t i = 0; i < table->column_count; i++)
        columns[i] = &table->columns[i];
    ct_sql sql;
    ct_sql_begin(&sql, c, l->write.entry->driver->dialect);
    ct_sql_add(&sql, "SELECT ");
    ct_write_names(&sql, columns, table->column_count);
    ct_sql_add(&sql, " FROM ");
    ct_sql_name(&sql, table->name);
    write_from(l, &sql);
    ct_rows *rows = ct_rows_of(c, table->model->shape);
    ct_load load;
    ct_load_begin(&load, c, table, columns, table->column_count, rows, l->write.entry);
    ct_db_request request = ct_write_request(&l->write, &sql);
    ct_db_run(c, &request, &load.sink);
    ct_load_end(&load);
    return rows;
}

static void copy_key(const ct_column *to, ct_row *row, const ct_column *from, const ct_row *other)
{
    memcpy((char *)row + to->field->offset, (const char *)other + from->field->offset, ct_kind_size(to->kind));
}

static void insert_between(const linking *l, const ct_row *other)
{
    ct *c = l->write.c;
    const ct_table *table = l->link->through;
    const ct_column *unique[] = { l->link->through_from, l->link->through_to };
    ct_row *row = ct_alloc(c, table->model->shape->size);
    row->shape = table->model->shape;
    copy_key(l->link->through_from, row, l->link->from, l->row);
    copy_key(l->link->through_to, row, l->link->to, other);
    ct_row_defaults(c, row, NULL);
    ct_insert insert = ct_insert_of(table, row, NULL);
    if (ct_columns_are_unique(table, unique, CT_COUNT(unique))) {
        insert.unique = unique;
        insert.unique_count = CT_COUNT(unique);
    }
    ct_errors *errors = ct_row_insert(&l->write, &insert);
    if (errors)
        ct_abort_errors(c, errors);
}

/* Deletes the rows in between for which `others` (NULL: none) has a row, or has none, and adds those that are missing.
 */
static void change_between(const linking *l, ct_row *const *others, size_t count, bool linked, bool only)
{
    ct *c = l->write.c;
    const ct_rows *between = read_between(l);
    bool *there = ct_alloc(c, count + 1);
    ct_strmap named;
    ct_strmap_init(&named, ct_work_arena(c));
    for (size_t j = 0; j < count; j++)
        ct_strmap_set(&named, ct_write_bytes(c, &l->link->to, 1, others[j]), &there[j]);
    if (named.failed)
        ct_out_of_memory(c);
    ct_deletion deletion;
    ct_deletion_begin(&deletion, &l->write);
    for (size_t i = 0; i < between->count; i++) {
        bool *known = ct_strmap_get(&named, ct_write_bytes(c, &l->link->through_to, 1, between->items[i]));
        if (known)
            *known = true;
        if (known ? !linked : only)
            ct_deletion_add(&deletion, l->link->through, between->items[i]);
    }
    if (deletion.doomed[0]->count)
        ct_deletion_run(&deletion);
    for (size_t j = 0; j < count && linked; j++) {
        bool *known = ct_strmap_get(&named, ct_write_bytes(c, &l->link->to, 1, others[j]));
        if (*known)
            continue;
        *known = true;
        insert_between(l, others[j]);
    }
}

/* ---- what the program calls ---- */

void ct_link_row(ct *c, const ct_row *row, size_t offset, const ct_row *other, bool linked)
{
    linking l = begin(c, row, offset);
    refuse_new(c, other, l.link->field->name);
    ct_row *const others[] = { (ct_row *)(uintptr_t)other };
    if (l.link->through->model)
        change_between(&l, others, 1, linked, false);
    else if (linked)
        insert_pairs(&l, others, 1);
    else
        delete_pair(&l, other);
    forget_both(&l, other);
}

void ct_link_rows(ct *c, const ct_row *row, size_t offset, const ct_rows *others)
{
    linking l = begin(c, row, offset);
    ct_row *const *items = others ? others->items : NULL;
    size_t count = others ? others->count : 0;
    for (size_t i = 0; i < count; i++)
        refuse_new(c, items[i], l.link->field->name);
    ct_transaction *transaction = ct_atomic_begin(c, &(ct_atomic_options){ .using = l.write.entry->alias });
    if (l.link->through->model) {
        change_between(&l, items, count, true, true);
    } else {
        delete_others(&l, items, count);
        for (size_t from = 0; from < count; from += MOST_PAIRS) {
            l.write.once = count > 1 && count - from < MOST_PAIRS;
            insert_pairs(&l, items + from, CT_MIN((size_t)MOST_PAIRS, count - from));
        }
    }
    ct_atomic_end(&transaction);
    forget_both(&l, NULL);
    for (size_t i = 0; i < count; i++)
        forget_both(&l, items[i]);
}
