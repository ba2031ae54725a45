/* Migrations without a transaction around them (.not_atomic): what is done stays done, and a run that comes after one
 * that stopped half way goes on behind it.
 *
 *   canteen_migrations_steps    app     name         backwards   step   sql                         done
 *                               polls   0006_index   0           1      ALTER TABLE ...             1
 *                               polls   0006_index   0           2      CREATE INDEX CONCURRENTLY   0 <- it died here
 *
 * What the framework itself writes runs in a transaction of its own with the note that it is done: on PostgreSQL one
 * statement, on SQLite all that follow each other, for a table that is made anew must not stop half way. What cannot be
 * in one (CREATE INDEX CONCURRENTLY, RUN_SQL, which runs as it stands, and functions) is noted before it begins, as not
 * done, and again when it has ended; the note goes where it failed. So a note that says "not done" is that of a process
 * which died: whether an index was finished the database tells; RUN_SQL and functions run again.
 *
 * The table goes with the last of its rows. */
#include "db/migrate_run.h"

#include "base/common.h"
#include "base/time.h"
#include "net/work.h"

#define CONDITION_OF(r)                                                                                                \
    ct_arena_printf((r)->m->arena, "%s AND backwards = %d", ct_migrate_condition((r)->m, (r)->node->label),            \
                    (r)->backwards)

/* ---- steps ---- */

static bool begins(const char *sql, const char *words)
{
    return strncmp(sql, words, strlen(words)) == 0;
}

static bool is_concurrent(const ct_step *step)
{
    return step->kind == CT_STEP_DROP_INVALID ||
           (step->kind == CT_STEP_SQL &&
            (begins(step->sql, "CREATE INDEX CONCURRENTLY ") ||
             begins(step->sql, "CREATE UNIQUE INDEX CONCURRENTLY ") || begins(step->sql, "DROP INDEX CONCURRENTLY ")));
}

static bool takes_transaction(const ct_step *step)
{
    return step->kind != CT_STEP_SCRIPT && step->kind != CT_STEP_RUN && !is_concurrent(step);
}

/* How many steps from here on belong together. */
static size_t unit_length(const ct_migrate_runner *r, size_t from)
{
    const ct_script *script = &r->script;
    size_t count = 1;
    if (script->steps[from].kind == CT_STEP_DROP_INVALID && from + 1 < script->count)
        return 2; /* and CREATE INDEX */
    while (!ct_migrate_is_postgres(r->m) && takes_transaction(&script->steps[from]) && from + count < script->count &&
           takes_transaction(&script->steps[from + count]))
        count++;
    return count;
}

/* As it is kept: enough to tell whether it is the same. */
static const char *text_of(const ct_migrate_runner *r, const ct_step *step)
{
    static const char *const others[] = { [CT_STEP_RUN] = "RUN",
                                          [CT_STEP_KEEP_TRIGGERS] = "keep triggers",
                                          [CT_STEP_MAKE_TRIGGERS] = "make triggers",
                                          [CT_STEP_DROP_INVALID] = "drop an invalid index" };
    return step->sql ? step->sql
                     : ct_arena_printf(r->m->arena, "%s%s%s", others[step->kind], step->table ? " " : "",
                                       step->table ? step->table : "");
}

/* ---- notes ---- */

static bool make_table(ct_migrate_runner *r, ct_db_connection *connection)
{
    return ct_migrate_sql(r, connection,
                          "CREATE TABLE IF NOT EXISTS " CT_STEPS_TABLE
                          " (app text NOT NULL, name text NOT NULL, backwards integer NOT NULL, step integer NOT NULL, "
                          "sql text NOT NULL, done integer NOT NULL, PRIMARY KEY (app, name, backwards, step))");
}

static bool note_unit(ct_migrate_runner *r, ct_db_connection *connection, size_t from, size_t count, bool done)
{
    ct_arena *arena = r->m->arena;
    const char *dot = strchr(r->node->label, '.');
    const char *app = ct_migrate_literal(arena, ct_arena_copy(arena, r->node->label, (size_t)(dot - r->node->label)));
    for (size_t i = from; i < from + count; i++)
        if (!ct_migrate_sql(r, connection,
                            ct_arena_printf(arena, "INSERT INTO " CT_STEPS_TABLE " VALUES (%s, %s, %d, %zu, %s, %d)",
                                            app, ct_migrate_literal(arena, dot + 1), r->backwards, i + 1,
                                            ct_migrate_literal(arena, text_of(r, &r->script.steps[i])), done)))
            return false;
    return true;
}

static bool settle_unit(ct_migrate_runner *r, ct_db_connection *connection, const char *change)
{
    return ct_migrate_sql(r, connection,
                          ct_arena_printf(r->m->arena, "%s WHERE %s AND done = 0", change, CONDITION_OF(r)));
}

/* What an earlier run has left, in the order of the steps: their texts. */
static bool read_notes(ct_migrate_runner *r, ct_db_connection *connection, const char *column, ct_text_sink *ret)
{
    ct_db_error failed;
    *ret = ct_migrate_texts(r->m);
    const char *sql = ct_arena_printf(r->m->arena, "SELECT %s FROM " CT_STEPS_TABLE " WHERE %s ORDER BY step", column,
                                      CONDITION_OF(r));
    return ct_migrate_on(r->m, connection, sql, &ret->sink, &failed) || ct_migrate_tell(r, &failed, sql);
}

static bool refuse_changed(ct_migrate_runner *r, size_t at, const char *was)
{
    return ct_fail(
        r->error,
        "it has stopped half way before, and has been changed since: step %zu was \"%.120s\". Put the file back "
        "as it was; or undo by hand what it did, and let it begin anew by: query --write \"delete from " CT_STEPS_TABLE
        " where name = '%s'\"",
        at + 1, was, r->node->migration->name);
}

/* Where to go on; `*ret_died`: the steps from there on were under way. */
static bool find_place(ct_migrate_runner *r, ct_db_connection *connection, size_t *ret_place, bool *ret_died)
{
    ct_text_sink texts, done;
    if (!make_table(r, connection) || !read_notes(r, connection, "sql", &texts) ||
        !read_notes(r, connection, "done", &done))
        return false;
    *ret_place = 0;
    for (size_t i = 0; i < texts.count; i++) {
        if (i >= r->script.count || strcmp(texts.rows[i], text_of(r, &r->script.steps[i])) != 0)
            return refuse_changed(r, i, texts.rows[i]);
        *ret_place += strcmp(done.rows[i], "1") == 0;
    }
    *ret_died = *ret_place < texts.count;
    if (texts.count)
        r->m->say(r->m->arg, ct_arena_printf(r->m->arena, "  Going on with step %zu of %zu, where it stopped before%s",
                                             *ret_place + 1, r->script.count, *ret_died ? " and was killed" : ""));
    return true;
}

/* ---- units ---- */

static bool reset_timeouts(ct_migrate_runner *r, ct_db_connection *connection)
{
    return ct_migrate_sql(r, connection, "RESET lock_timeout") &&
           ct_migrate_sql(r, connection, "RESET statement_timeout");
}

static bool set_timeouts(ct_migrate_runner *r, ct_db_connection *connection, bool patient)
{
    ct_time timeout = patient ? 0 : r->m->lock_timeout;
    return ct_migrate_sql(r, connection,
                          ct_arena_printf(r->m->arena, "SET lock_timeout = %" PRId64, timeout / CT_MILLISECOND)) &&
           ct_migrate_sql(r, connection, "SET statement_timeout = 0");
}

static bool run_steps(ct_migrate_runner *r, ct_db_connection *connection, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        if (!ct_migrate_run_step(r, connection, &r->script.steps[i]))
            return false;
    return true;
}

/* The steps and the note that they are done: both or neither. */
static bool run_together(ct_migrate_runner *r, ct_db_connection *connection, size_t from, size_t count)
{
    const ct_db_driver *driver = r->m->entry->driver;
    ct_db_error failed;
    if (!driver->begin(r->m->c, connection, &(ct_atomic_options){ 0 }, &failed))
        return ct_migrate_tell(r, &failed, "BEGIN");
    if (run_steps(r, connection, from, count) && note_unit(r, connection, from, count, true) &&
        ct_migrate_sql(r, connection, "COMMIT"))
        return true;
    if (!connection->broken && !connection->ended && !ct_migrate_on(r->m, connection, "ROLLBACK", NULL, &failed))
        connection->broken = true;
    return false;
}

/* Was it done nevertheless, by a process that died before it said so? */
static bool is_there(ct_migrate_runner *r, ct_db_connection *connection, const ct_step *step, bool *ret_done)
{
    ct_text_sink found = ct_migrate_texts(r->m);
    ct_db_error failed;
    bool made = step->kind == CT_STEP_DROP_INVALID; /* and CREATE INDEX behind it */
    const char *name = made ? ct_ddl_quoted(r->m->arena, step->table) : step->sql + strlen("DROP INDEX CONCURRENTLY ");
    const char *sql = ct_arena_printf(r->m->arena, "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s)%s",
                                      ct_migrate_literal(r->m->arena, name), made ? " AND indisvalid" : "");
    if (!ct_migrate_on(r->m, connection, sql, &found.sink, &failed))
        return ct_migrate_tell(r, &failed, sql);
    *ret_done = (found.count > 0) == made;
    return true;
}

/* The note comes before, and goes again where it fails. */
static bool run_noted(ct_migrate_runner *r, ct_db_connection *connection, size_t from, size_t count, bool died)
{
    const ct_step *step = &r->script.steps[from];
    bool done = false;
    if (died && is_concurrent(step) && !is_there(r, connection, step, &done))
        return false;
    if (!died && !note_unit(r, connection, from, count, false))
        return false;
    if (done || run_steps(r, connection, from, count))
        return settle_unit(r, connection, "UPDATE " CT_STEPS_TABLE " SET done = 1");
    ct_error ignored, *error = r->error;
    r->error = &ignored;
    settle_unit(r, connection, "DELETE FROM " CT_STEPS_TABLE);
    r->error = error;
    return false;
}

/* On a connection of its own, which an abort abandons. */
static bool with_connection(ct_migrate_runner *r, size_t from, size_t count, bool died)
{
    const ct_step *step = &r->script.steps[from];
    ct_db_lease *lease = ct_db_lease_take(r->m->c, r->m->entry);
    ct_db_connection *connection = ct_db_lease_connection(lease);
    bool postgres = ct_migrate_is_postgres(r->m), good = !postgres || set_timeouts(r, connection, is_concurrent(step));
    if (good)
        good = takes_transaction(step) ? run_together(r, connection, from, count)
                                       : run_noted(r, connection, from, count, died);
    ct_error ignored, *error = r->error;
    r->error = good ? error : &ignored;
    if (postgres && !connection->broken)
        good = reset_timeouts(r, connection) && good;
    r->error = error;
    ct_db_lease_end(lease);
    return good;
}

/* On a connection that nothing else is done on. */
static bool change_notes(ct_migrate_runner *r, size_t from, const char *change)
{
    ct_db_lease *lease = ct_db_lease_take(r->m->c, r->m->entry);
    ct_db_connection *connection = ct_db_lease_connection(lease);
    bool good = change ? settle_unit(r, connection, change) : note_unit(r, connection, from, 1, false);
    ct_db_lease_end(lease);
    return good;
}

typedef struct call {
    ct_migrate_runner *r;
    const ct_step *step;
} call;

static void call_function(ct *c, void *arg)
{
    call *one = arg;
    (void)c;
    ct_migrate_run_function(one->r, NULL, one->step);
}

/* The functions of the program take their own connections. One that aborts has failed, and the note goes. */
static bool run_function(ct_migrate_runner *r, size_t from, bool died)
{
    call one = { .r = r, .step = &r->script.steps[from] };
    if (!died && !change_notes(r, from, NULL))
        return false;
    if (ct_try(r->m->c, call_function, &one))
        return change_notes(r, from, "UPDATE " CT_STEPS_TABLE " SET done = 1");
    ct_error ignored, *error = r->error;
    r->error = &ignored;
    change_notes(r, from, "DELETE FROM " CT_STEPS_TABLE);
    r->error = error;
    ct_abort_again(r->m->c);
}

/* ---- the whole ---- */

/* Applied, or not any more; and there are no steps to be remembered. */
static bool finish(ct_migrate_runner *r, ct_db_connection *connection)
{
    ct_text_sink others = ct_migrate_texts(r->m);
    ct_db_error failed;
    if (!ct_migrate_note(r, connection) || !make_table(r, connection) ||
        !ct_migrate_sql(r, connection,
                        ct_arena_printf(r->m->arena, "DELETE FROM " CT_STEPS_TABLE " WHERE %s",
                                        ct_migrate_condition(r->m, r->node->label))))
        return false;
    if (!ct_migrate_on(r->m, connection, "SELECT 1 FROM " CT_STEPS_TABLE " LIMIT 1", &others.sink, &failed))
        return ct_migrate_tell(r, &failed, CT_STEPS_TABLE);
    return others.count || ct_migrate_sql(r, connection, "DROP TABLE " CT_STEPS_TABLE);
}

static bool finish_at_once(ct_migrate_runner *r)
{
    bool good = false;
    ct_atomic(r->m->c, .using = r->m->entry->alias) {
        good = finish(r, ct_db_transaction_connection(r->m->c, r->m->entry));
        if (!good)
            ct_rollback(r->m->c);
    }
    return good;
}

static bool begin(ct_migrate_runner *r, bool fake, bool *ret_done, size_t *ret_place, bool *ret_died)
{
    ct_db_lease *lease = ct_db_lease_take(r->m->c, r->m->entry);
    ct_db_connection *connection = ct_db_lease_connection(lease);
    bool good = ct_migrate_is_done(r, connection, ret_done);
    good = good && (*ret_done || fake || find_place(r, connection, ret_place, ret_died));
    ct_db_lease_end(lease);
    return good;
}

static bool run_all(ct_migrate_runner *r, size_t place, bool died)
{
    for (size_t count; place < r->script.count; place += count, died = false) {
        count = unit_length(r, place);
        r->m->steps_done = place;
        bool good = r->script.steps[place].kind == CT_STEP_RUN ? run_function(r, place, died)
                                                               : with_connection(r, place, count, died);
        if (!good)
            return false;
    }
    r->m->steps_done = place;
    return true;
}

ct_migrated ct_migrate_loose(ct_migrate_runner *r, bool fake)
{
    bool done = false, died = false;
    size_t place = 0;
    r->m->steps_done = 0;
    r->m->step_count = r->script.count;
    if (!begin(r, fake, &done, &place, &died))
        return CT_MIGRATED_FAILED;
    r->m->steps_done = place;
    bool good = ct_migrate_foreign_keys(r, false);
    if (good && !done)
        good = (fake || run_all(r, place, died)) && finish_at_once(r);
    ct_error ignored, *error = r->error;
    r->error = good ? error : &ignored;
    good = ct_migrate_foreign_keys(r, true) && good;
    r->error = error;
    return !good ? CT_MIGRATED_FAILED : done ? CT_MIGRATED_BEFORE : fake ? CT_MIGRATED_FAKED : CT_MIGRATED_DONE;
}
