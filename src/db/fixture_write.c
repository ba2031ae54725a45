/* Rows of fixtures on their way into the database (fixture_write.h).
 *
 *   INSERT ... ON CONFLICT (key) DO UPDATE     what comes with a key takes the place of the row that has it
 *   DELETE and INSERT of rows in between       a list is the whole of a many_to_many */
#include "db/fixture_write.h"

#include "base/common.h"
#include "canteen/work.h"
#include "db/dialect.h"
#include "net/work.h"
#include "shape/kinds.h"
#include "shape/validate.h"

#define MOST_PARAMETERS 8000 /* of a statement */

void ct_fixture_refuse(ct *c, const ct_fixture_row *row, const char *field, const char *words)
{
    ct_abort(c, 400, "%s:%zu: %s%s%s%s", row->file, row->line, row->note, field ? field : "", field ? ": " : "",
             words ? words : "it is wrong");
}

/* ---- statements ---- */

void ct_fixture_equal(ct_sql *sql, const ct_column *column, ct_value value, bool first)
{
    ct_sql_add(sql, first ? " WHERE " : " AND ");
    ct_sql_name(sql, column->name);
    if (value.type == CT_VALUE_NULL) {
        ct_sql_add(sql, " IS NULL");
        return;
    }
    ct_sql_add(sql, " = ");
    ct_sql_parameter(sql, value, column->kind);
}

/* Members of every kind that a key can be of. */
typedef union key_member {
    int64_t integer;
    ct_uuid uuid;
    const char *text;
} key_member;

static bool take_key(ct_db_sink *sink, const ct_db_row *row)
{
    ct_fixture_key_sink *s = CT_CONTAINER(sink, ct_fixture_key_sink, sink);
    key_member *member = ct_arena_zalloc(s->arena, sizeof(*member));
    if (s->rows++ || row->ops->null(row, 0))
        return true;
    ct_kind kind = s->column->kind;
    s->error = row->ops->read(row, 0, kind, 0, s->arena, member);
    if (kind == CT_KIND_integer)
        s->value = ct_value_of_int(member->integer);
    else if (kind == CT_KIND_uuid)
        s->value = (ct_value){ .type = CT_VALUE_UUID, .uuid = &member->uuid };
    else
        s->value = ct_value_of_text(member->text);
    return !s->error;
}

ct_fixture_key_sink ct_fixture_key(ct_arena *arena, const ct_column *column)
{
    return (ct_fixture_key_sink){ .sink.row = take_key, .arena = arena, .column = column };
}

/* `fatal`: an error ends it all; else what is written so far stays, and it can be tried otherwise. */
static ct_db_request request_of(const ct_fixture_batch *batch, const ct_table *table, ct_sql *sql, bool fatal)
{
    return (ct_db_request){
        .table = table, .using = batch->entry->alias, .statement = ct_sql_statement(sql, false), .fatal = fatal
    };
}

static void begin(const ct_fixture_batch *batch, ct_sql *sql)
{
    ct_sql_begin(sql, batch->c, batch->entry->driver->dialect);
}

static void write_names(const ct_fixture_row *row, ct_sql *sql)
{
    const char *before = " (";
    for (size_t i = 0; i < row->table->column_count; i++) {
        if (!row->given[i])
            continue;
        ct_sql_add(sql, before);
        ct_sql_name(sql, row->table->columns[i].name);
        before = ", ";
    }
    ct_sql_add(sql, ") VALUES ");
}

static void write_values(const ct_fixture_row *row, ct_sql *sql)
{
    const char *before = "(";
    for (size_t i = 0; i < row->table->column_count; i++) {
        if (!row->given[i])
            continue;
        const ct_column *column = &row->table->columns[i];
        ct_sql_add(sql, before);
        if (column->kind == CT_KIND_array)
            sql->dialect->parameter(&sql->text, ct_sql_bind(sql, row->values[i], CT_KIND_array, column->field->element),
                                    CT_KIND_array);
        else
            ct_sql_parameter(sql, ct_column_stored(sql->c, column, row->values[i]), column->kind);
        before = ", ";
    }
    ct_sql_add(sql, ")");
}

static void write_conflict(const ct_fixture_row *row, ct_sql *sql)
{
    const ct_table *table = row->table;
    for (size_t i = 0; i < table->key_count; i++) {
        ct_sql_add(sql, i ? ", " : " ON CONFLICT (");
        ct_sql_name(sql, table->keys[i]->name);
    }
    ct_sql_add(sql, ") DO UPDATE SET ");
    bool any = false;
    for (int keys = 0; keys < 2 && !any; keys++) /* a table of keys alone sets one of them to what it is */
        for (size_t i = 0; i < table->column_count; i++) {
            const ct_column *column = &table->columns[i];
            if (!row->given[i] || column->key != (keys == 1))
                continue;
            ct_sql_add(sql, any ? ", " : "");
            ct_sql_name(sql, column->name);
            ct_sql_add(sql, " = excluded.");
            ct_sql_name(sql, column->name);
            any = true;
        }
}

static size_t count_given(const ct_fixture_row *row)
{
    size_t count = 0;
    for (size_t i = 0; i < row->table->column_count; i++)
        count += row->given[i];
    return count;
}

static void write_insert(const ct_fixture_row *rows, size_t count, ct_sql *sql)
{
    ct_sql_add(sql, "INSERT INTO ");
    ct_sql_name(sql, rows->table->name);
    if (count_given(rows))
        write_names(rows, sql);
    else
        ct_sql_add(sql, " DEFAULT VALUES");
    for (size_t i = 0; i < count && count_given(rows); i++) {
        ct_sql_add(sql, i ? ", " : "");
        write_values(&rows[i], sql);
    }
    if (rows->has_key)
        write_conflict(rows, sql);
}

/* ---- one row ---- */

/* The errors of fields in one line; the abort itself has the rest. */
static CT_NORETURN void refuse_row(ct *c, const ct_fixture_row *row, const ct_db_request *request,
                                   const ct_db_error *error)
{
    ct_errors *errors = ct_db_field_errors(c, row->table, error);
    if (!errors || !ct_errors_count(errors))
        ct_db_fail(c, request, error);
    ct_field_error first = ct_errors_at(errors, 0);
    bool vague = !first.field && (error->trouble == CT_DB_RANGE || error->trouble == CT_DB_BAD_VALUE ||
                                  error->trouble == CT_DB_TOO_LONG);
    if (vague) /* a column that the database computes, say */
        ct_fixture_refuse(c, row, NULL, ct_printf(c, "%s (the database says \"%s\")", first.message, error->message));
    ct_fixture_refuse(c, row, first.field, first.message);
}

static void write_row(const ct_fixture_batch *batch, const ct_fixture_row *row)
{
    ct_sql sql;
    ct_db_error error;
    bool single = row->table->key_count == 1;
    ct_fixture_key_sink sink = ct_fixture_key(batch->arena, row->table->keys[0]);
    begin(batch, &sql);
    write_insert(row, 1, &sql);
    if (single) {
        ct_sql_add(&sql, " RETURNING ");
        ct_sql_name(&sql, row->table->keys[0]->name);
    }
    ct_db_request request = request_of(batch, row->table, &sql, true);
    if (!ct_db_try(batch->c, &request, single ? &sink.sink : NULL, &error))
        refuse_row(batch->c, row, &request, &error);
    if (sink.error)
        ct_fixture_refuse(batch->c, row, "pk", ct_printf(batch->c, "the database has %s", sink.error));
    if (single)
        row->values[row->table->keys[0]->index] = sink.value;
}

static ct_value key_of(const ct_fixture_row *row)
{
    return row->values[row->table->keys[0]->index];
}

/* ---- rows in between ---- */

static void begin_between(const ct_fixture_batch *batch, const ct_link *link, ct_sql *sql)
{
    begin(batch, sql);
    ct_sql_add(sql, "INSERT INTO ");
    ct_sql_name(sql, link->through->name);
    ct_sql_add(sql, " (");
    ct_sql_name(sql, link->through_from->name);
    ct_sql_add(sql, ", ");
    ct_sql_name(sql, link->through_to->name);
    ct_sql_add(sql, ") VALUES ");
}

static void add_between(const ct_link *link, ct_sql *sql, ct_value from, ct_value to)
{
    ct_sql_add(sql, sql->count ? ", (" : "(");
    ct_sql_parameter(sql, from, link->through_from->kind);
    ct_sql_add(sql, ", ");
    ct_sql_parameter(sql, to, link->through_to->kind);
    ct_sql_add(sql, ")");
}

static void run_between(const ct_fixture_batch *batch, const ct_fixture_row *row, const ct_link *link, ct_sql *sql)
{
    ct_db_request request = request_of(batch, link->through, sql, true);
    ct_db_error error;
    if (ct_db_try(batch->c, &request, NULL, &error))
        return;
    if (error.trouble == CT_DB_UNIQUE)
        ct_fixture_refuse(batch->c, row, link->field->name, "a key comes twice");
    ct_db_fail(batch->c, &request, &error);
}

/* The list becomes the whole of the relation. */
static void write_many(const ct_fixture_batch *batch, const ct_fixture_row *row, const ct_fixture_many *many)
{
    const ct_link *link = many->link;
    ct_sql sql;
    begin(batch, &sql);
    ct_sql_add(&sql, "DELETE FROM ");
    ct_sql_name(&sql, link->through->name);
    ct_fixture_equal(&sql, link->through_from, key_of(row), true);
    run_between(batch, row, link, &sql);
    for (size_t i = 0; i < many->count; i++) {
        begin_between(batch, link, &sql);
        add_between(link, &sql, key_of(row), many->keys[i]);
        run_between(batch, row, link, &sql);
    }
}

static void write_one(const ct_fixture_batch *batch, const ct_fixture_row *row)
{
    write_row(batch, row);
    for (size_t i = 0; i < row->list_count; i++)
        write_many(batch, row, &row->lists[i]);
}

/* ---- several at once ---- */

static bool try_statement(const ct_fixture_batch *batch, const ct_table *table, ct_sql *sql)
{
    ct_db_request request = request_of(batch, table, sql, false);
    ct_db_error error;
    return ct_db_try(batch->c, &request, NULL, &error);
}

static const ct_fixture_many *list_of(const ct_fixture_row *row, const ct_link *link)
{
    for (size_t i = 0; i < row->list_count; i++)
        if (row->lists[i].link == link)
            return &row->lists[i];
    return NULL;
}

/* The links of all rows that name any. */
static bool clear_links(const ct_fixture_batch *batch, const ct_link *link)
{
    ct_sql sql;
    begin(batch, &sql);
    ct_sql_add(&sql, "DELETE FROM ");
    ct_sql_name(&sql, link->through->name);
    ct_sql_add(&sql, " WHERE ");
    ct_sql_name(&sql, link->through_from->name);
    for (size_t i = 0; i < batch->count; i++) {
        if (!list_of(&batch->rows[i], link))
            continue;
        ct_sql_add(&sql, sql.count ? ", " : " IN (");
        ct_sql_parameter(&sql, key_of(&batch->rows[i]), link->through_from->kind);
    }
    ct_sql_add(&sql, ")");
    return try_statement(batch, link->through, &sql);
}

static bool write_links(const ct_fixture_batch *batch, const ct_link *link)
{
    ct_sql sql = { .count = 0 };
    bool good = true;
    for (size_t i = 0; i < batch->count && good; i++) {
        const ct_fixture_many *many = list_of(&batch->rows[i], link);
        for (size_t k = 0; many && k < many->count && good; k++) {
            if (!sql.count)
                begin_between(batch, link, &sql);
            add_between(link, &sql, key_of(&batch->rows[i]), many->keys[k]);
            if (sql.count < MOST_PARAMETERS)
                continue;
            good = try_statement(batch, link->through, &sql);
            sql.count = 0;
        }
    }
    return good && (!sql.count || try_statement(batch, link->through, &sql));
}

/* Each link once, with the first row that has it. */
static bool is_first(const ct_fixture_batch *batch, size_t at, const ct_link *link)
{
    for (size_t i = 0; i < at; i++)
        if (list_of(&batch->rows[i], link))
            return false;
    return true;
}

static bool write_together(const ct_fixture_batch *batch)
{
    ct_sql sql;
    begin(batch, &sql);
    write_insert(batch->rows, batch->count, &sql);
    if (!try_statement(batch, batch->rows[0].table, &sql))
        return false;
    for (size_t i = 0; i < batch->count; i++)
        for (size_t k = 0; k < batch->rows[i].list_count; k++) {
            const ct_link *link = batch->rows[i].lists[k].link;
            if (is_first(batch, i, link) && (!clear_links(batch, link) || !write_links(batch, link)))
                return false;
        }
    return true;
}

/* One by one where it fails: that tells which row it is. Rows with keys can be written again. */
void ct_fixture_flush(ct_fixture_batch *batch)
{
    bool together = batch->count > 1 && write_together(batch);
    for (size_t i = 0; i < batch->count && !together; i++)
        write_one(batch, &batch->rows[i]);
    batch->count = 0;
}

bool ct_fixture_waits(const ct_fixture_batch *batch, const ct_table *table)
{
    return batch->count && batch->rows[0].table == table;
}

/* The same to the database, or maybe: two of them cannot be in one statement. */
static bool same_key(const ct_fixture_row *a, const ct_fixture_row *b)
{
    for (size_t i = 0; i < a->table->key_count; i++) {
        size_t at = a->table->keys[i]->index;
        ct_value one = a->values[at], other = b->values[at];
        bool text = one.type == CT_VALUE_TEXT && other.type == CT_VALUE_TEXT;
        if (text ? !ct_str_eq_nocase(ct_str_of(one.text), ct_str_of(other.text)) : ct_value_compare(one, other) != 0)
            return false;
    }
    return true;
}

static bool goes_with(const ct_fixture_batch *batch, const ct_fixture_row *row)
{
    const ct_fixture_row *first = &batch->rows[0];
    size_t columns = row->table->column_count;
    if (!batch->count)
        return true;
    if (first->table != row->table || first->has_key != row->has_key ||
        memcmp(first->given, row->given, columns) != 0 || batch->count == CT_FIXTURE_BATCH ||
        (batch->count + 1) * count_given(row) > MOST_PARAMETERS)
        return false;
    for (size_t i = 0; i < batch->count && row->has_key; i++)
        if (same_key(&batch->rows[i], row))
            return false;
    return true;
}

void ct_fixture_put(ct_fixture_batch *batch, const ct_fixture_row *row)
{
    bool alone = !batch->entry->driver->share || !count_given(row) || (row->list_count && !row->has_key);
    if (alone || !goes_with(batch, row))
        ct_fixture_flush(batch);
    if (alone)
        write_one(batch, row);
    else
        batch->rows[batch->count++] = *row;
}
