/* ORDER BY: what `.order_by` and a model's `ordering` say.
 *
 *   term = ["-"] (path | function "(" path ")" | "random()") ["nulls" ("first" | "last")]
 *
 * A path leads through relations to one row. Where nulls come is the database's matter unless it is said: first on
 * SQLite, last on PostgreSQL, going up. */
#include "db/compile.h"
#include "db/kinds.h"
#include "db/order_text.h"
#include "db/write.h"
#include "net/work.h"

#define WHAT ".order_by"

static const char *const functions[] = { "", "lower", "upper", "length", "abs", "random" };

static CT_NORETURN void cannot_read(ct_query_walk *walk, ct_str text)
{
    ct_mistake(walk->sql->c,
               "%s: " WHAT ": cannot read \"%.*s\": it is a field, \"-field\" for descending, "
               "\"field nulls last\", \"lower(field)\" or \"random()\"",
               ct_walk_place(walk), (int)CT_MIN(text.length, 100), text.data ? text.data : "");
}

static void read_function(ct_query_walk *walk, ct_order_term *term, ct_str whole)
{
    const char *open = memchr(term->path.data, '(', term->path.length);
    if (!open)
        return;
    ct_str name = ct_str_trim((ct_str){ term->path.data, (size_t)(open - term->path.data) });
    if (term->path.data[term->path.length - 1] != ')')
        cannot_read(walk, whole);
    term->path = ct_str_trim((ct_str){ open + 1, term->path.length - (size_t)(open - term->path.data) - 2 });
    for (size_t i = 1; i < CT_COUNT(functions); i++)
        if (ct_str_eq_nocase(name, ct_str_of(functions[i])))
            term->function = (ct_order_function)i;
    if (!term->function)
        ct_mistake(walk->sql->c,
                   "%s: " WHAT ": there is no function %.*s(): there are lower, upper, length, abs and "
                   "random",
                   ct_walk_place(walk), (int)CT_MIN(name.length, 100), name.data);
    if ((term->function == CT_ORDER_RANDOM) != !term->path.length)
        cannot_read(walk, whole);
}

static void check_kind(ct_query_walk *walk, const ct_order_term *term, const char *what)
{
    ct_kind kind = term->column->kind;
    bool text = term->function >= CT_ORDER_LOWER && term->function <= CT_ORDER_LENGTH;
    bool number =
        kind == CT_KIND_integer || kind == CT_KIND_real || kind == CT_KIND_decimal || kind == CT_KIND_duration;
    if ((text && !ct_kind_is_text(kind)) || (term->function == CT_ORDER_ABS && !number))
        ct_mistake(walk->sql->c, "%s: %s: %s() does not fit %s, which is of kind %s", ct_walk_place(walk), what,
                   functions[term->function], term->column->name, ct_kind_name(kind));
    if (kind == CT_KIND_json || kind == CT_KIND_array)
        ct_mistake(walk->sql->c, "%s: %s: %s is of kind %s, which has no order", ct_walk_place(walk), what,
                   term->column->name, ct_kind_name(kind));
}

static void write_term(ct_query_walk *walk, ct_order_term *term, size_t alias)
{
    const char *column = ct_walk_column(walk, alias, term->column);
    ct_buffer text = ct_buffer_in(ct_work_arena(walk->sql->c));
    if (term->function)
        ct_buffer_printf(&text, "%s(%s)", functions[term->function], column);
    term->sql = term->function ? ct_buffer_text(&text) : column;
}

static void add_term(ct_query_walk *walk, ct_scope *scope, ct_order *order, ct_order_term term, const char *what)
{
    size_t alias = 0;
    if (order->count == CT_QUERY_TERMS)
        ct_mistake(walk->sql->c, "%s: %s: more than %d fields", ct_walk_place(walk), what, CT_QUERY_TERMS);
    if (term.function != CT_ORDER_RANDOM) {
        term.column = ct_scope_path(walk, scope, term.path, what, false, walk->writing ? &alias : NULL);
        check_kind(walk, &term, what);
    }
    if (walk->writing && term.column) {
        write_term(walk, &term, alias);
    } else if (walk->writing) {
        ct_buffer text = ct_buffer_in(ct_work_arena(walk->sql->c));
        walk->sql->dialect->random(&text);
        term.sql = ct_buffer_text(&text);
    }
    order->terms[order->count++] = term;
}

static void read_terms(ct_query_walk *walk, ct_scope *scope, ct_order *order, const char *text)
{
    ct_str rest = ct_str_of(text), whole;
    while (rest.data && (whole = ct_order_part(&rest)).data) {
        ct_order_term term = { .path = whole };
        if (!ct_order_nulls(&term.path, &term.nulls))
            cannot_read(walk, whole);
        if (term.path.length && *term.path.data == '-') {
            term.descending = true;
            term.path = ct_str_trim((ct_str){ term.path.data + 1, term.path.length - 1 });
        }
        if (!term.path.length || memchr(term.path.data, ' ', term.path.length))
            cannot_read(walk, whole);
        read_function(walk, &term, whole);
        add_term(walk, scope, order, term, WHAT);
    }
}

static bool has_term(const ct_order *order, const ct_column *column)
{
    for (size_t i = 0; i < order->count; i++)
        if (order->terms[i].column == column && !order->terms[i].function &&
            !memchr(order->terms[i].path.data, '.', order->terms[i].path.length))
            return true;
    return false;
}

static bool is_total(const ct_table *table, const ct_order *order)
{
    for (size_t i = 0; i < order->count; i++) {
        const ct_column *column = order->terms[i].column;
        if (column && !column->null && has_term(order, column) && ct_columns_are_unique(table, &column, 1))
            return true;
    }
    return false;
}

/* Rows that are the same in the order come in any, another for each statement: where a part of them is read, the next
 * part would have some twice and others not at all. */
static bool needs_key(const ct_reading *reading, const ct_order *order)
{
    bool part = (reading->head.limit || reading->head.offset) && order->count && order->count < CT_QUERY_TERMS &&
                (reading->form == CT_READ_ROWS || (reading->form == CT_READ_VALUES && !reading->head.distinct));
    for (size_t i = 0; part && i < order->count; i++)
        part = order->terms[i].function != CT_ORDER_RANDOM;
    return (reading->keyed || part) && !is_total(reading->table, order);
}

/* The fields of .distinct_on come first, as PostgreSQL wants it. */
static void read_distinct(ct_query_walk *walk, ct_scope *scope, ct_order *order, const ct_order *asked)
{
    ct_str rest = ct_str_of(walk->reading->head.distinct_on), name;
    while (rest.data && (name = ct_order_part(&rest)).data) {
        ct_order_term term = { .path = name };
        for (size_t i = 0; i < asked->count; i++)
            if (ct_str_eq(asked->terms[i].path, name) && !asked->terms[i].function)
                term = asked->terms[i];
        add_term(walk, scope, order, term, ".distinct_on");
    }
}

void ct_order_read(ct_query_walk *walk, ct_scope *scope, ct_order *order)
{
    const ct_reading *reading = walk->reading;
    const char *text = reading->head.order_by;
    if (!text && scope->table->model)
        text = scope->table->model->ordering;
    order->count = 0;
    if (reading->head.distinct_on) {
        ct_order asked = { .count = 0 };
        if (text)
            read_terms(walk, scope, &asked, text);
        read_distinct(walk, scope, order, &asked);
    }
    if (text)
        read_terms(walk, scope, order, text);
    for (size_t i = 0; needs_key(reading, order) && i < scope->table->key_count; i++) {
        const ct_column *key = scope->table->keys[i];
        if (!has_term(order, key))
            add_term(walk, scope, order, (ct_order_term){ .path = ct_str_of(key->field->name) }, WHAT);
    }
}

void ct_order_write(ct_query_walk *walk, const ct_order *order, bool reversed)
{
    for (size_t i = 0; i < order->count; i++) {
        const ct_order_term *term = &order->terms[i];
        ct_walk_add(walk, i ? ", " : " ORDER BY ");
        ct_walk_add(walk, term->sql);
        if (term->descending != reversed)
            ct_walk_add(walk, " DESC");
        if (term->nulls)
            ct_walk_add(walk, (term->nulls < 0) != reversed ? " NULLS FIRST" : " NULLS LAST");
    }
}
