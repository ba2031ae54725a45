/* Asking the database for `query`. Without --write SQL runs in a transaction that only reads, so that it is the
 * database that refuses what would change something; what such a transaction lets pass on PostgreSQL is the matter of
 * query_reads.c. What is wrong is said, and the prompt goes on. */
#include "cli/query.h"

#include "base/time.h"
#include "canteen/query.h"
#include "canteen/work.h"
#include "cli/database.h"
#include "db/ask.h"
#include "db/session.h"
#include "db/sql.h"
#include "net/work.h"
#include "web/ct.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- what is said ---- */

/* The line with a mark below the place. */
static void say_place(const char *line, size_t at, const char *message)
{
    fprintf(stderr, "%s\n", message);
    if (strchr(line, '\n') || !at || strlen(line) > 200)
        return;
    fprintf(stderr, "  %s\n  ", line);
    for (size_t i = 0; i < at && line[i]; i++)
        if (((unsigned char)line[i] & 0xC0) != 0x80)
            fputc(' ', stderr);
    fprintf(stderr, "^\n");
}

/* The message of an abort, without the place that would be in a program. Always false. */
static bool say_abort(ct *c)
{
    const char *message = c->error_message ? c->error_message : "it failed";
    size_t skip = strncmp(message, "query:1: ", 9) == 0 ? 9 : 0;
    fprintf(stderr, "%s\n", message + skip);
    c->unwinding = CT_UNWIND_NONE;
    return false;
}

static void show(const ct_query_prompt *prompt, const ct_result *result, ct_time begun)
{
    ct_buffer out = { 0 };
    ct_result_write(result, prompt->expanded, prompt->width, &out);
    fwrite(ct_buffer_text(&out), 1, out.length, stdout);
    ct_buffer_finish(&out);
    printf("(%zu row%s%s, %.1f ms)\n", result->rows, result->rows == 1 ? "" : "s",
           result->cut ? ", and there are more: say limit" : "",
           (double)(ct_monotonic() - begun) / (double)CT_MILLISECOND);
}

/* ---- conditions ---- */

typedef struct asking {
    const ct_query_prompt *prompt;
    const ct_ask *ask;
    ct_time begun;
} asking;

static void show_maps(const asking *a, const ct_array *maps, bool cut)
{
    ct *c = a->prompt->c;
    ct_result result;
    ct_str rest = ct_str_of(a->ask->fields), name;
    const char **names = NULL;
    size_t columns = 0;
    while ((name = ct_str_next(&rest, ',')).data) {
        names = ct_arena_grown(ct_work_arena(c), names, columns, sizeof(*names), 8);
        names[columns++] = ct_strndup(c, name.data, name.length);
    }
    ct_result_begin(&result, ct_work_arena(c), names, columns);
    ct_value *values = ct_alloc(c, columns * sizeof(*values));
    size_t count = ct_array_count(maps) - cut;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < columns; k++)
            values[k] = ct_map_get(ct_array_at(maps, i).map, names[k]);
        ct_result_add(&result, values);
    }
    result.cut = cut;
    show(a->prompt, &result, a->begun);
}

static void run_ask(ct *c, void *arg)
{
    asking *a = arg;
    const ct_model *model = a->ask->table->model;
    ct_given *given = ct_alloc(c, sizeof(*given));
    *given = (ct_given){ .text = "", .shape = model->shape, .file = "query", .line = 1 };
    ct_query_head head = ct_query_head_of(a->ask->query);
    bool bounded = head.limit != 0;
    const ct_db_entry *entry = a->prompt->entry;
    if (ct_option_given(c, "database"))
        head.using = entry->alias;
    else
        entry = ct_db_site_entry(ct_work_databases(c), a->ask->table->database);
    ct_command_present(c, entry);
    if (a->ask->count) {
        head.order_by = NULL;
        memcpy(a->ask->query, &head, sizeof(head));
        int64_t count = ct_count_rows(c, model, a->ask->query, given);
        ct_result result;
        ct_result_begin(&result, ct_work_arena(c), (const char *const[]){ "count" }, 1);
        ct_result_add(&result, (const ct_value[]){ ct_value_of_int(count) });
        show(a->prompt, &result, a->begun);
        return;
    }
    if (!bounded)
        head.limit = CT_QUERY_ROWS / 10 + 1;
    memcpy(a->ask->query, &head, sizeof(head));
    const ct_array *maps = ct_select_values(c, a->ask->fields, model, a->ask->query, given);
    show_maps(a, maps, !bounded && (int64_t)ct_array_count(maps) == head.limit);
}

bool ct_query_ask(const ct_query_prompt *prompt, const char *line)
{
    ct *c = prompt->c;
    ct_ask ask;
    ct_error error;
    if (!ct_ask_read(&ct_work_databases(c)->graph, ct_work_arena(c), line, &ask, &error)) {
        say_place(line, ask.at, error.message);
        return false;
    }
    asking a = { .prompt = prompt, .ask = &ask, .begun = ct_monotonic() };
    if (ct_try(c, run_ask, &a))
        return true;
    return say_abort(c);
}

/* ---- SQL ---- */

static bool begins_with(const char *sql, const char *const *words)
{
    sql += strspn(sql, " \t\r\n(");
    size_t length = strspn(sql, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    for (; *words; words++)
        if (ct_str_eq_nocase((ct_str){ sql, length }, ct_str_of(*words)))
            return true;
    return false;
}

bool ct_query_is_sql(const char *line)
{
    static const char *const words[] = { "select", "with",      "values", "insert",  "update", "delete",   "explain",
                                         "create", "alter",     "drop",   "pragma",  "show",   "truncate", "analyze",
                                         "vacuum", "reindex",   "set",    "begin",   "commit", "rollback", "grant",
                                         "revoke", "refresh",   "copy",   "comment", "table",  "replace",  "merge",
                                         "call",   "savepoint", "lock",   "attach",  "detach", "do",       NULL };
    return begins_with(line, words);
}

bool ct_query_only_reads(const char *sql)
{
    static const char *const words[] = { "select", "values", "explain", "show", "table", NULL };
    return begins_with(sql, words);
}

typedef struct sql_sink {
    ct_db_sink sink;
    ct_arena *arena;
    ct_result result;
    ct_value *values;
} sql_sink;

static void begin_result(sql_sink *s, const ct_db_row *row)
{
    size_t columns = row->ops->count(row);
    const char **names = ct_arena_zalloc(s->arena, (columns + 1) * sizeof(*names));
    for (size_t i = 0; i < columns; i++) {
        const char *name = row->ops->name(row, i);
        names[i] = ct_arena_copy(s->arena, name, strlen(name));
    }
    ct_result_begin(&s->result, s->arena, names, columns);
    s->values = ct_arena_zalloc(s->arena, (columns + 1) * sizeof(*s->values));
}

static bool take_row(ct_db_sink *sink, const ct_db_row *row)
{
    sql_sink *s = CT_CONTAINER(sink, sql_sink, sink);
    if (!s->values)
        begin_result(s, row);
    if (s->result.rows == CT_QUERY_ROWS) {
        s->result.cut = true;
        return false;
    }
    for (size_t i = 0; i < s->result.columns; i++)
        s->values[i] = row->ops->null(row, i) ? ct_value_null() : row->ops->value(row, i, s->arena);
    ct_result_add(&s->result, s->values);
    return true;
}

typedef struct running {
    const ct_query_prompt *prompt;
    const char *sql;
    sql_sink sink;
    ct_db_error error;
    bool good;
} running;

/* On a connection of its own, in a transaction that only reads unless --write. */
static void run_sql(ct *c, void *arg)
{
    running *r = arg;
    ct_db_entry *entry = r->prompt->entry;
    r->good = false;
    ct_command_present(c, entry);
    if (!r->prompt->write && !ct_query_may_run(c, entry, r->sql, &r->error))
        return;
    const ct_atomic_options options = { .read_only = true };
    ct_db_lease *lease = ct_db_lease_take(c, entry);
    ct_db_connection *connection = ct_db_lease_connection(lease);
    ct_db_statement statement = { .sql = r->sql, .once = true };
    ct_db_error ignored;
    r->good = r->prompt->write || entry->driver->begin(c, connection, &options, &r->error);
    if (r->good)
        r->good = entry->driver->run(c, connection, &statement, &r->sink.sink, &r->error);
    if (!r->prompt->write && !connection->ended && !connection->broken) {
        statement.sql = "ROLLBACK";
        if (!entry->driver->run(c, connection, &statement, NULL, &ignored))
            connection->broken = true;
    }
    ct_db_lease_end(lease);
}

static bool is_allowed(const ct_query_prompt *prompt, const char *sql)
{
    if (!prompt->write || ct_query_only_reads(sql) || !prompt->terminal)
        return true;
    return ct_command_confirmed(prompt->c, "This may change the database.", "");
}

static void say_error(const running *r)
{
    const char *advice = r->error.trouble == CT_DB_READ_ONLY && !r->prompt->write ? CT_QUERY_ADVICE : "";
    char message[sizeof(r->error.message) + 128];
    snprintf(message, sizeof(message), "%s%s", r->error.message, advice);
    say_place(r->sql, r->error.position > 1 ? (size_t)r->error.position - 1 : 0, message);
}

bool ct_query_sql(const ct_query_prompt *prompt, const char *sql)
{
    ct *c = prompt->c;
    if (!is_allowed(prompt, sql)) {
        printf("It has not been run.\n");
        return true;
    }
    running r = { .prompt = prompt, .sql = sql, .sink = { .sink.row = take_row, .arena = ct_work_arena(c) } };
    ct_time begun = ct_monotonic();
    if (!ct_try(c, run_sql, &r))
        return say_abort(c);
    if (!r.good && !r.sink.result.cut) {
        say_error(&r);
        return false;
    }
    if (r.sink.values || ct_query_only_reads(sql))
        show(prompt, &r.sink.result, begun);
    else
        printf("(%" PRId64 " row%s changed, %.1f ms)\n", r.sink.sink.changed, r.sink.sink.changed == 1 ? "" : "s",
               (double)(ct_monotonic() - begun) / (double)CT_MILLISECOND);
    return true;
}
