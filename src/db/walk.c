/* What both walks over a query share: the signature, names of tables in the statement, limits. */
#include "db/compile.h"
#include "net/work.h"

#include <stdio.h>

const char *ct_walk_place(const ct_query_walk *walk)
{
    if (!walk->place)
        return "a query";
    const char *place = ct_arena_printf(ct_work_arena(walk->sql->c), "%s:%d", walk->place->file, walk->place->line);
    return place ? place : walk->place->file;
}

const char *ct_walk_alias(ct_query_walk *walk, size_t alias)
{
    if (!alias)
        return walk->root ? walk->root : "t0";
    const char *text = ct_arena_printf(ct_work_arena(walk->sql->c), "t%zu", alias);
    if (!text)
        ct_out_of_memory(walk->sql->c);
    return text;
}

const char *ct_walk_column(ct_query_walk *walk, size_t alias, const ct_column *column)
{
    ct_buffer text = ct_buffer_in(ct_work_arena(walk->sql->c));
    const char *table = ct_walk_alias(walk, alias);
    ct_buffer_append(&text, table, strlen(table));
    ct_buffer_char(&text, '.');
    ct_sql_quote(&text, column->name);
    const char *sql = ct_buffer_text(&text);
    if (text.failed)
        ct_out_of_memory(walk->sql->c);
    return sql;
}

size_t ct_walk_bind(ct_query_walk *walk, ct_value value, ct_kind kind, ct_kind element)
{
    if (walk->sql->count >= walk->sql->dialect->max_parameters)
        ct_mistake(walk->sql->c, "%s: more than %zu values in one query, which is all that the database takes",
                   ct_walk_place(walk), walk->sql->dialect->max_parameters);
    return ct_sql_bind(walk->sql, value, kind, element);
}

void ct_walk_parameter(ct_query_walk *walk, ct_value value, ct_kind kind)
{
    size_t number = ct_walk_bind(walk, value, kind, CT_KIND_text);
    if (walk->writing)
        walk->sql->dialect->parameter(&walk->sql->text, number, walk->sql->kinds[number - 1]);
}

void ct_walk_add(ct_query_walk *walk, const char *literal)
{
    if (walk->writing)
        ct_sql_add(walk->sql, literal);
}

void ct_walk_deeper(ct_query_walk *walk)
{
    if (walk->depth++ >= CT_QUERY_DEPTH)
        ct_mistake(walk->sql->c, "%s: conditions more than %d levels deep", ct_walk_place(walk), CT_QUERY_DEPTH);
}
