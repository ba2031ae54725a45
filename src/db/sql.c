/* A statement in the making: its text, and its parameters beside it. */
#include "db/sql.h"

#include "db/kinds.h"
#include "net/work.h"

#define FIRST_ROOM 8

void ct_sql_begin(ct_sql *sql, ct *c, const ct_db_dialect *dialect)
{
    ct_arena *arena = ct_work_arena(c);
    *sql = (ct_sql){ .c = c, .arena = arena, .dialect = dialect, .text = ct_buffer_in(arena) };
}

/* A text that is kept already takes nothing (db/written.h): most writes only collect their parameters. */
void ct_sql_add(ct_sql *sql, const char *literal)
{
    if (sql->text.failed)
        return;
    ct_buffer_append(&sql->text, literal, strlen(literal));
}

void ct_sql_quote(ct_buffer *out, const char *name)
{
    ct_buffer_char(out, '"');
    for (const char *quote; (quote = strchr(name, '"')); name = quote + 1) {
        ct_buffer_append(out, name, (size_t)(quote - name) + 1);
        ct_buffer_char(out, '"');
    }
    ct_buffer_append(out, name, strlen(name));
    ct_buffer_char(out, '"');
}

void ct_sql_name(ct_sql *sql, const char *name)
{
    if (sql->text.failed)
        return;
    ct_sql_quote(&sql->text, name);
}

void ct_sql_column(ct_sql *sql, const char *alias, const ct_column *column)
{
    if (alias) {
        ct_sql_add(sql, alias);
        ct_buffer_char(&sql->text, '.');
    }
    ct_sql_name(sql, column->name);
}

/* Room for one more parameter. */
static void grow(ct_sql *sql)
{
    if (sql->count < sql->capacity)
        return;
    size_t capacity = sql->capacity ? 2 * sql->capacity : FIRST_ROOM;
    ct_value *values = ct_arena_alloc(sql->arena, capacity * sizeof(*values));
    ct_kind *kinds = ct_arena_alloc(sql->arena, 2 * capacity * sizeof(*kinds)), *elements = kinds + capacity;
    if (!values || !kinds)
        ct_out_of_memory(sql->c);
    if (sql->count) {
        memcpy(values, sql->values, sql->count * sizeof(*values));
        memcpy(kinds, sql->kinds, sql->count * sizeof(*kinds));
        memcpy(elements, sql->elements, sql->count * sizeof(*elements));
    }
    sql->values = values;
    sql->kinds = kinds;
    sql->elements = elements;
    sql->capacity = capacity;
}

size_t ct_sql_bind(ct_sql *sql, ct_value value, ct_kind kind, ct_kind element)
{
    grow(sql);
    sql->values[sql->count] = value;
    sql->kinds[sql->count] = ct_kind_of_key(kind);
    sql->elements[sql->count] = element;
    return ++sql->count;
}

void ct_sql_parameter(ct_sql *sql, ct_value value, ct_kind kind)
{
    size_t number = ct_sql_bind(sql, value, kind, CT_KIND_text);
    if (!sql->text.failed)
        sql->dialect->parameter(&sql->text, number, sql->kinds[number - 1]);
}

void ct_sql_column_value(ct_sql *sql, const ct_column *column, const ct_row *row)
{
    ct_value value = ct_column_stored(sql->c, column, ct_column_value(sql->c, column, row));
    size_t number = ct_sql_bind(sql, value, column->kind, column->field->element);
    if (!sql->text.failed)
        sql->dialect->parameter(&sql->text, number, column->kind);
}

ct_db_statement ct_sql_statement(ct_sql *sql, bool read)
{
    const char *text = ct_buffer_text(&sql->text);
    if (sql->text.failed)
        ct_out_of_memory(sql->c);
    return (ct_db_statement){ .sql = text,
                              .values = sql->values,
                              .kinds = sql->kinds,
                              .elements = sql->elements,
                              .count = sql->count,
                              .read = read };
}
