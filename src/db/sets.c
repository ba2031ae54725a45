/* Queries over each other: .union_of, .union_all, .intersect and .except as conditions of one SELECT, so that order,
 * limits, counts and relations are as of any other.
 *
 *   union      beside OR (a) OR (b)
 *   union all  FROM t0 CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2 ...) AS u
 *              WHERE (u.n = 1 AND beside) OR (u.n = 2 AND (a)) OR (u.n = 3 AND (b))
 *   intersect  beside AND (a)
 *   except     beside AND (a) IS NOT TRUE */
#include "db/compile.h"
#include "net/work.h"

static void and_then(ct_query_walk *walk, size_t before)
{
    if (before)
        ct_walk_add(walk, " AND ");
}

/* Are the rows of .union_all to come as often as its queries have them? What tells rows apart takes that away. */
static bool keeps_doubles(const ct_query_walk *walk, const ct_query_head *head)
{
    const ct_query_head *whole = walk->reading ? &walk->reading->head : head;
    if (!head->union_all || head->intersect || head->except || whole->distinct)
        return false;
    if (whole->after || whole->before)
        ct_mistake(walk->sql->c,
                   "%s: .after and .before of .union_all: a page may end between two rows that are the "
                   "same: take .union_of, or .limit and .offset",
                   ct_walk_place(walk));
    return true;
}

/* The conditions beside the sets, and the queries of .union_of; with `all` those of .union_all too. */
static void write_union(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query,
                        bool all)
{
    const ct_query_head head = ct_query_head_of(query);
    const void *const more[] = { head.union_of, all ? head.union_all : NULL };
    bool bare = ct_query_is_bare(table, query, &head), alone = !head.union_of && !head.union_all;
    size_t count = 0;
    const char *word = "";
    ct_walk_add(walk, "(");
    if (!bare) {
        ct_walk_beside(walk, scope, alias, table, query, alone, &count);
        word = " OR ";
    }
    for (size_t i = 0; i < CT_COUNT(more); i++)
        if (more[i]) {
            ct_walk_add(walk, word);
            ct_walk_group(walk, scope, alias, table, more[i], false, " OR ");
            word = " OR ";
        }
    ct_walk_add(walk, ")");
}

/* Each row is there once for each of the queries, under the query's number: "u"."n" (ct_scope_from()). */
static void begin_copy(ct_query_walk *walk, size_t number)
{
    ct_walk_add(walk, number > 1 ? " OR (u.n = " : "(u.n = ");
    if (walk->writing)
        ct_buffer_uint(&walk->sql->text, number);
    ct_walk_add(walk, " AND ");
}

static void write_union_all(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table,
                            const void *query)
{
    const ct_query_head head = ct_query_head_of(query);
    size_t count = 0;
    ct_walk_add(walk, "(");
    if (head.union_of || !ct_query_is_bare(table, query, &head)) {
        begin_copy(walk, ++count);
        write_union(walk, scope, alias, table, query, false);
        ct_walk_add(walk, ")");
    }
    for (const char *one = ct_walk_group_first(walk, table, head.union_all); !ct_query_is_end(one);
         one += table->model->query_size) {
        ct_walk_mark(walk, UINT16_MAX - 1);
        begin_copy(walk, ++count);
        ct_walk_inside(walk, scope, alias, table, one, false);
        ct_walk_add(walk, ")");
    }
    ct_walk_mark(walk, UINT16_MAX);
    ct_walk_add(walk, count ? ")" : "FALSE)");
    if (scope)
        scope->copies = count;
}

/* Union first, then what is in the others too, then what is not. */
void ct_walk_sets(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query)
{
    const ct_query_head head = ct_query_head_of(query);
    bool bare = ct_query_is_bare(table, query, &head), more = head.union_of || head.union_all;
    bool doubles = keeps_doubles(walk, &head);
    size_t count = more || !bare;
    ct_walk_mark(walk, 3000 + (size_t)(head.union_of != NULL) + 2 * (size_t)(head.union_all != NULL) +
                           4 * (size_t)(head.intersect != NULL) + 8 * (size_t)(head.except != NULL) +
                           16 * (size_t)bare + 32 * (size_t)doubles);
    if (doubles)
        write_union_all(walk, scope, alias, table, query);
    else if (count)
        write_union(walk, scope, alias, table, query, true);
    if (head.intersect) {
        and_then(walk, count++);
        ct_walk_group(walk, scope, alias, table, head.intersect, false, " AND ");
    }
    if (head.except) {
        and_then(walk, count++);
        ct_walk_group(walk, scope, alias, table, head.except, false, " OR ");
        ct_walk_add(walk, " IS NOT TRUE");
    }
}
