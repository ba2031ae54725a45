/* ct_explain(): the plan of a query in the database's own words, a line for each step. */
#include "db/compile.h"
#include "net/work.h"

typedef struct plan_sink {
    ct_db_sink sink;
    ct *c;
    ct_buffer text;
} plan_sink;

/* The last column is the step: PostgreSQL has no other, SQLite has numbers before it. */
static bool take_line(ct_db_sink *sink, const ct_db_row *row)
{
    plan_sink *plan = CT_CONTAINER(sink, plan_sink, sink);
    ct_value value = row->ops->value(row, row->ops->count(row) - 1, ct_work_arena(plan->c));
    if (value.type == CT_VALUE_TEXT) {
        ct_buffer_str(&plan->text, ct_str_of(value.text));
        ct_buffer_char(&plan->text, '\n');
    }
    return true;
}

const char *ct_explain_query(ct *c, bool analyze, const ct_model *model, const void *query, ct_given *given)
{
    ct_query_memory memory;
    plan_sink plan = { .sink = { .row = take_line }, .c = c, .text = ct_buffer_in(ct_work_arena(c)) };
    const ct_reading reading = ct_reading_of(c, model, query, given);
    ct_db_entry *entry = ct_db_entry_for(c, reading.table, reading.head.using, reading.head.lock != 0);
    const ct_compiled *compiled = ct_query_compile(c, ct_query_begin(&memory, c), &reading, entry);
    ct_db_request request = ct_query_request(&memory, compiled, &reading, entry);
    const ct_db_dialect *dialect = entry->driver->dialect;
    const char *sql =
        ct_arena_printf(ct_work_arena(c), "%s%s", analyze ? dialect->explain_analyze : dialect->explain, compiled->sql);
    if (!sql)
        ct_out_of_memory(c);
    request.statement.sql = sql;
    request.statement.id = 0;
    request.statement.once = true;
    ct_db_run(c, &request, &plan.sink);
    const char *text = ct_buffer_text(&plan.text);
    if (plan.text.failed)
        ct_out_of_memory(c);
    return text;
}
