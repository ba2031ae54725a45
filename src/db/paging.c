/* Keyset paging: the rows behind a row, or in front of it, in an order that ends with the key.
 *
 *   (a > $1) OR (a = $1 AND b < $2) OR (a = $1 AND b = $2 AND id > $3)        of "a, -b"
 *
 * Each column has its own direction, so that it is no comparison of rows. NULLs are where the order has them: what is
 * behind a NULL that comes first is what is not NULL, behind one that comes last is nothing. */
#include "db/compile.h"
#include "db/kinds.h"
#include "net/work.h"
#include "shape/value.h"

/* The value that a row has for a term; the rows on the way are loaded where they are not yet. */
static ct_value term_value(ct_query_walk *walk, const ct_order_term *term, const ct_row *row)
{
    ct *c = walk->sql->c;
    ct_str path = term->path;
    const ct_db_site *site = ct_work_databases(c);
    for (const char *dot; (dot = memchr(path.data, '.', path.length)) != NULL;) {
        ct_str name = { path.data, (size_t)(dot - path.data) };
        const ct_table *table = ct_graph_table(&site->graph, row->shape->model);
        const ct_link *link = ct_scope_link(walk, table, ct_str_trim(name), ".order_by");
        row = ct_related_of(c, row, link->field->link);
        if (!row)
            return ct_value_null();
        path = (ct_str){ dot + 1, path.length - name.length - 1 };
    }
    const ct_origin_row *origin = (const ct_origin_row *)row->origin;
    if (origin && (origin->missing & term->column->mask))
        ct_load_row(c, (ct_row *)row);
    return ct_column_value(c, term->column, row);
}

/* Whether NULL comes before all others in the direction in which is read. */
static bool nulls_come_first(ct_query_walk *walk, const ct_order_term *term, bool before)
{
    bool descending = term->descending != before;
    if (term->nulls)
        return (term->nulls < 0) != before;
    return walk->sql->dialect->nulls_first != descending;
}

static void write_operand(ct_query_walk *walk, const ct_order_term *term, ct_value value)
{
    static const char *const wrapped[] = { "", "lower(", "upper(", "length(", "abs(", "" };
    ct_walk_add(walk, wrapped[term->function]);
    ct_walk_parameter(walk, value, term->column->kind);
    ct_walk_add(walk, term->function ? ")" : "");
}

static void write_equal(ct_query_walk *walk, const ct_order_term *term, ct_value value)
{
    ct_walk_add(walk, term->sql);
    if (value.type == CT_VALUE_NULL) {
        ct_walk_add(walk, " IS NULL");
        return;
    }
    ct_walk_add(walk, " = ");
    write_operand(walk, term, value);
}

static void write_behind(ct_query_walk *walk, const ct_order_term *term, ct_value value, bool before)
{
    bool first = nulls_come_first(walk, term, before);
    if (value.type == CT_VALUE_NULL) {
        ct_walk_add(walk, first ? term->sql : "FALSE");
        ct_walk_add(walk, first ? " IS NOT NULL" : "");
        return;
    }
    ct_walk_add(walk, "(");
    ct_walk_add(walk, term->sql);
    ct_walk_add(walk, term->descending != before ? " < " : " > ");
    write_operand(walk, term, value);
    bool null = term->column->null || memchr(term->path.data, '.', term->path.length);
    if (!first && null) {
        ct_walk_add(walk, " OR ");
        ct_walk_add(walk, term->sql);
        ct_walk_add(walk, " IS NULL");
    }
    ct_walk_add(walk, ")");
}

void ct_walk_page(ct_query_walk *walk, const ct_order *order, const ct_row *row, bool before)
{
    ct_value values[CT_QUERY_TERMS];
    for (size_t i = 0; i < order->count; i++) {
        if (order->terms[i].function == CT_ORDER_RANDOM)
            ct_mistake(walk->sql->c,
                       "%s: nothing is behind a row in a random order: .after and .before need another "
                       ".order_by",
                       ct_walk_place(walk));
        values[i] = term_value(walk, &order->terms[i], row);
        ct_walk_mark(walk, values[i].type != CT_VALUE_NULL);
    }
    ct_walk_add(walk, "(");
    for (size_t i = 0; i < order->count; i++) {
        ct_walk_add(walk, i ? " OR (" : "(");
        for (size_t j = 0; j < i; j++) {
            write_equal(walk, &order->terms[j], values[j]);
            ct_walk_add(walk, " AND ");
        }
        write_behind(walk, &order->terms[i], values[i], before);
        ct_walk_add(walk, ")");
    }
    ct_walk_add(walk, ")");
}
