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

static size_t join(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_link *link, bool inner, bool between)
{
    size_t parent = join_of(scope, alias);
    for (size_t i = 0; i < scope->join_count; i++) {
        ct_join *known = &scope->joins[i];
        if (known->link != link || known->parent != parent || known->between != between)
            continue;
        known->inner = known->inner || inner;
        return known->alias;
    }
    if (scope->join_count == CT_QUERY_JOINS)
        ct_mistake(walk->sql->c, "%s: more than %d relations are joined in one query", ct_walk_place(walk),
                   CT_QUERY_JOINS);
    ct_join *made = &scope->joins[scope->join_count++];
    *made = (ct_join){ .link = link, .parent = parent, .alias = ++walk->aliases, .inner = inner, .between = between };
    return made->alias;
}

size_t ct_scope_join(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_link *link, bool inner)
{
    if (!walk->writing)
        return 0;
    if (link->kind == CT_LINK_MANY_TO_MANY)
        alias = join(walk, scope, alias, link, inner, true);
    return join(walk, scope, alias, link, inner, false);
}

size_t ct_scope_join_behind(ct_query_walk *walk, ct_scope *scope, const ct_link *link)
{
    return join(walk, scope, scope->alias, link, true, false);
}

void ct_scope_between(ct_query_walk *walk, ct_scope *scope, const ct_link *link)
{
    ct_link *between = ct_take(walk->sql->c, sizeof(*between));
    *between = (ct_link){
        .kind = CT_LINK_HAS_MANY, .table = link->other, .other = link->through, .from = link->to, .to = link->through_to
    };
    ct_scope_join(walk, scope, scope->alias, between, true);
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
    for (size_t i = 0; i < scope->copies; i++) {
        write(out, i ? " UNION ALL SELECT " : " CROSS JOIN (SELECT ");
        ct_buffer_uint(out, i + 1);
        write(out, i ? "" : " AS n");
        write(out, i + 1 == scope->copies ? ") AS u" : "");
    }
    for (size_t i = 0; i < scope->join_count; i++) {
        const ct_join *made = &scope->joins[i];
        const ct_link *link = made->link;
        bool many = link->kind == CT_LINK_MANY_TO_MANY;
        size_t parent = made->parent ? scope->joins[made->parent - 1].alias : scope->alias;
        write(out, is_inner(scope, made) ? " JOIN " : " LEFT JOIN ");
        ct_sql_quote(out, made->between ? link->through->name : link->other->name);
        write(out, " ");
        write(out, ct_walk_alias(walk, made->alias));
        write(out, " ON ");
        write(out, ct_walk_column(walk, made->alias, made->between ? link->through_from : link->to));
        write(out, " = ");
        write(out, ct_walk_column(walk, parent, many && !made->between ? link->through_to : link->from));
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

/* "author.profile.city". What leads to many rows is for those alone who count with as many lines. */
const ct_column *ct_scope_path(ct_query_walk *walk, ct_scope *scope, ct_str path, const char *what, bool many,
                               size_t *ret_alias)
{
    const ct_table *table = scope->table;
    size_t alias = scope->alias;
    for (;;) {
        const char *dot = memchr(path.data, '.', path.length);
        ct_str name = { path.data, dot ? (size_t)(dot - path.data) : path.length };
        name = ct_str_trim(name);
        const ct_column *column = dot ? NULL : ct_table_column(table, name);
        if (column) {
            if (ret_alias)
                *ret_alias = alias;
            return column;
        }
        const ct_link *link = ct_table_link(table, name);
        if (!link && !dot)
            ct_scope_unknown(walk, table, name, what);
        if (!link)
            link = ct_scope_link(walk, table, name, what);
        if (!many && link->kind != CT_LINK_TO_ONE && link->kind != CT_LINK_HAS_ONE)
            ct_mistake(walk->sql->c, "%s: %s: %s of %s leads to many rows, so that there is no one value",
                       ct_walk_place(walk), what, link->field->name, table->label);
        if (ret_alias)
            alias = ct_scope_join(walk, scope, alias, link, false);
        table = link->other;
        if (!dot && ret_alias)
            *ret_alias = alias;
        if (!dot)
            return table->keys[0];
        path = (ct_str){ dot + 1, path.length - (size_t)(dot - path.data) - 1 };
    }
}
