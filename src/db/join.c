/* The tables of one SELECT: each path of links is joined once, whoever needs it.
 *
 * A join is inner where a condition of the query cannot be met without the other row; else it keeps rows that have
 * none. */
#include "base/nearest.h"
#include "db/compile.h"
#include "db/kinds.h"
#include "net/work.h"

/* The join that gave the alias, + 1; 0: the scope's own table. */
static size_t join_of(const ct_scope *scope, size_t alias)
{
    for (size_t i = 0; i < scope->join_count; i++)
        if (scope->joins[i].alias == alias)
            return i + 1;
    return 0;
}

size_t ct_scope_join(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_link *link, bool inner)
{
    if (!walk->writing)
        return 0;
    size_t parent = join_of(scope, alias);
    for (size_t i = 0; i < scope->join_count; i++) {
        ct_join *join = &scope->joins[i];
        if (join->link != link || join->parent != parent)
            continue;
        join->inner = join->inner || inner;
        return join->alias;
    }
    if (scope->join_count == CT_QUERY_JOINS)
        ct_mistake(walk->sql->c, "%s: more than %d relations are joined in one query", ct_walk_place(walk),
                   CT_QUERY_JOINS);
    ct_join *join = &scope->joins[scope->join_count++];
    *join = (ct_join){ .link = link, .parent = parent, .alias = ++walk->aliases, .inner = inner };
    return join->alias;
}

/* An inner join behind one that may have no row would drop the rows that the first has kept. */
static bool is_inner(const ct_scope *scope, const ct_join *join)
{
    while (join->inner && join->parent)
        join = &scope->joins[join->parent - 1];
    return join->inner;
}

static void write(ct_buffer *out, const char *text)
{
    ct_buffer_append(out, text, strlen(text));
}

void ct_scope_from(ct_query_walk *walk, const ct_scope *scope, ct_buffer *out)
{
    write(out, " FROM ");
    ct_sql_quote(out, scope->table->name);
    write(out, " ");
    write(out, ct_walk_alias(walk, scope->alias));
    for (size_t i = 0; i < scope->join_count; i++) {
        const ct_join *join = &scope->joins[i];
        const ct_link *link = join->link;
        /* Of a many_to_many the table in between is the scope's own. */
        const ct_column *from = link->kind == CT_LINK_MANY_TO_MANY ? link->through_to : link->from;
        size_t parent = join->parent ? scope->joins[join->parent - 1].alias : scope->alias;
        write(out, is_inner(scope, join) ? " JOIN " : " LEFT JOIN ");
        ct_sql_quote(out, link->other->name);
        write(out, " ");
        write(out, ct_walk_alias(walk, join->alias));
        write(out, " ON ");
        write(out, ct_walk_column(walk, join->alias, link->to));
        write(out, " = ");
        write(out, ct_walk_column(walk, parent, from));
    }
}

void ct_scope_unknown(ct_query_walk *walk, const ct_table *table, ct_str name, const char *what)
{
    const char *nearest = ct_table_nearest(table, name);
    ct_mistake(walk->sql->c, "%s: %s: %s has no field \"%.*s\"%s%s%s", ct_walk_place(walk), what, table->label,
               (int)CT_MIN(name.length, 100), name.data ? name.data : "", nearest ? "; did you mean \"" : "",
               nearest ? nearest : "", nearest ? "\"?" : "");
}

const ct_link *ct_scope_link(ct_query_walk *walk, const ct_table *table, ct_str name, const char *what)
{
    const ct_link *link = ct_table_link(table, name);
    const ct_column *column = link ? NULL : ct_table_column(table, name);
    if (column)
        ct_mistake(walk->sql->c, "%s: %s: %s of %s is of kind %s and no relation", ct_walk_place(walk), what,
                   column->field->name, table->label, ct_kind_name(column->field->kind));
    if (!link)
        ct_scope_unknown(walk, table, name, what);
    return link;
}

/* "author.profile.city": up to the last name relations to one row. */
const ct_column *ct_scope_path(ct_query_walk *walk, ct_scope *scope, ct_str path, const char *what, size_t *ret_alias)
{
    const ct_table *table = scope->table;
    size_t alias = scope->alias;
    for (const char *dot; (dot = memchr(path.data, '.', path.length)) != NULL;) {
        ct_str name = { path.data, (size_t)(dot - path.data) };
        const ct_link *link = ct_scope_link(walk, table, ct_str_trim(name), what);
        if (link->kind != CT_LINK_TO_ONE && link->kind != CT_LINK_HAS_ONE)
            ct_mistake(walk->sql->c, "%s: %s: %s of %s leads to many rows, so that there is no one value",
                       ct_walk_place(walk), what, link->field->name, table->label);
        if (ret_alias)
            alias = ct_scope_join(walk, scope, alias, link, false);
        table = link->other;
        path = (ct_str){ dot + 1, path.length - name.length - 1 };
    }
    const ct_column *column = ct_table_column(table, ct_str_trim(path));
    if (!column) {
        const ct_link *link = ct_table_link(table, ct_str_trim(path));
        if (link)
            ct_mistake(walk->sql->c, "%s: %s: %s of %s has no column", ct_walk_place(walk), what, link->field->name,
                       table->label);
        ct_scope_unknown(walk, table, ct_str_trim(path), what);
    }
    if (ret_alias)
        *ret_alias = alias;
    return column;
}
