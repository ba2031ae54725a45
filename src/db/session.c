/* Running statements for a unit of work: where they go, on which connection, what is counted and logged.
 *
 * Not here: what a transaction is (transaction.c), what an error means for the request (fail.c). */
#include "db/session.h"

#include "base/nearest.h"
#include "base/time.h"
#include "canteen/log.h"
#include "canteen/work.h"
#include "db/tally.h"
#include "db/transaction.h"
#include "net/work.h"

#define RECORD_BYTES (16 << 10)
#define MOST_HELD 16 /* connections to one file, where loops of ct_each() are in each other */

/* ---- sessions ---- */

/* Runs when the request ends, or the part of it that ran the first statement: the next one registers it again. */
static void end_session(void *arg)
{
    ct_db_session *session = arg;
    session->registered = session->retrying = session->again = false;
    ct_db_lease_drop(&session->own);
}

ct_db_session *ct_db_session_of(ct *c)
{
    ct_db_session **place = ct_work_database(c), *session = *place;
    if (CT_UNLIKELY(!session)) {
        session = ct_take(c, sizeof(*session));
        *session = (ct_db_session){ .c = c, .site = ct_work_databases(c), .arena = ct_work_arena(c) };
        if (!session->site)
            ct_mistake(c, "there is no database here: the site was not prepared");
        *place = session;
    }
    if (CT_UNLIKELY(!session->registered)) {
        ct_defer(c, end_session, session);
        session->registered = true;
    }
    return session;
}

size_t ct_query_count(ct *c)
{
    const ct_db_session *session = *ct_work_database(c);
    return session ? session->queries : 0;
}

ct_db_counts ct_db_session_counts(ct *c)
{
    const ct_db_session *session = *ct_work_database(c);
    if (!session)
        return (ct_db_counts){ 0 };
    ct_db_counts counts = { .queries = session->queries, .time = session->time };
    ct_db_tally_most(&session->tally, &counts.most_sql, &counts.most_count);
    return counts;
}

void ct_strict_loading(ct *c, bool strict)
{
    ct_db_session *session = ct_db_session_of(c);
    session->strict = strict;
    session->strict_set = true;
}

bool ct_db_strict(ct *c)
{
    const ct_db_session *session = ct_db_session_of(c);
    return session->strict_set ? session->strict : session->site->config.lazy_load == CT_LAZY_REFUSE;
}

/* ---- which database ---- */

static ct_db_entry *entry_named(ct *c, ct_db_site *site, const char *alias)
{
    ct_db_entry *entry = ct_db_site_entry(site, alias);
    if (CT_LIKELY(entry != NULL))
        return entry;
    ct_nearest nearest = ct_nearest_to(alias);
    for (size_t i = 0; i < site->entry_count; i++)
        ct_nearest_try(&nearest, site->entries[i].alias);
    if (nearest.best)
        ct_mistake(c, "there is no database \"%s\"; did you mean \"%s\"?", alias, nearest.best);
    ct_mistake(c, "there is no database \"%s\": .databases of the root app lists them, beside \"default\"", alias);
}

/* The next replica in turn, or the database itself. */
static ct_db_entry *reader_of(ct_db_site *site, ct_db_entry *primary)
{
    for (size_t i = 0; i < site->entry_count; i++) {
        ct_db_entry *entry = &site->entries[(site->turn + i) % site->entry_count];
        if (!entry->replica_of || strcmp(entry->replica_of, primary->alias) != 0)
            continue;
        site->turn = (size_t)(entry - site->entries) + 1;
        return entry;
    }
    return primary;
}

static uint64_t bit_of(const ct_db_site *site, const ct_db_entry *entry)
{
    return UINT64_C(1) << ((size_t)(entry - site->entries) & 63);
}

ct_db_entry *ct_db_entry_for(ct *c, const ct_table *table, const char *using, bool write)
{
    ct_db_session *session = ct_db_session_of(c);
    ct_db_site *site = session->site;
    if (using)
        return entry_named(c, site, using);
    if (CT_LIKELY(site->entry_count == 1 && !site->route))
        return &site->entries[0];
    const char *alias = site->route ? site->route(c, table ? table->model : NULL, write) : NULL;
    if (alias)
        return entry_named(c, site, alias);
    ct_db_entry *entry = table ? entry_named(c, site, table->database) : &site->entries[0];
    if (write)
        session->wrote |= bit_of(site, entry);
    else if (!(session->wrote & bit_of(site, entry)) && !ct_db_root(session, entry))
        entry = reader_of(site, entry);
    return entry;
}

/* ---- connections of its own ---- */

/* What this unit of work holds of a pool: waiting for more than there is would be for ever. */
static size_t count_held(const ct_db_session *session, const ct_db_entry *entry)
{
    size_t count = 0;
    for (const ct_transaction *block = session->innermost; block; block = block->outer)
        count += block->entry == entry && block->connection;
    for (const ct_db_lease *lease = session->leases; lease; lease = lease->next)
        count += lease->entry == entry && lease->connection;
    return count;
}

/* Connections to a file are cheap, and each statement outside of transactions takes one. */
static bool has_more(const ct_db_entry *entry, size_t held)
{
    const ct_db_driver *driver = entry->driver;
    return !driver->share && held < CT_MAX(entry->pool.max, MOST_HELD) && driver->most &&
           driver->most(&entry->target) > entry->pool.max;
}

ct_db_connection *ct_db_take(ct *c, ct_db_entry *entry, ct_db_error *error)
{
    const ct_db_session *session = ct_db_session_of(c);
    if (session->innermost || session->leases) {
        size_t held = count_held(session, entry);
        if (held && has_more(entry, held))
            return ct_pool_take_beside(c, &entry->pool, error);
        if (held && held >= entry->pool.max)
            ct_mistake(c,
                       "this request holds %s of the database \"%s\" already and asks for one more, which can never "
                       "come%s",
                       held == 1 ? "the only connection" : "all connections", entry->alias,
                       entry->pool.driver->most && held == 1 ? "" : " (raise the setting database_connections)");
    }
    return ct_pool_take(c, &entry->pool, error);
}

static void give_back(ct_db_lease *lease)
{
    if (lease->connection)
        ct_pool_give(&lease->entry->pool, lease->connection);
    if (lease->entered)
        ct_pool_leave_loop(&lease->entry->pool);
    lease->connection = NULL;
    lease->entered = false;
}

void ct_db_lease_drop(ct_db_lease *lease)
{
    if (lease->connection)
        lease->entry->driver->abandon(lease->connection);
    give_back(lease);
}

static void unlink_lease(ct_db_lease *lease)
{
    ct_db_lease **at = &lease->session->leases;
    while (*at && *at != lease)
        at = &(*at)->next;
    if (*at)
        *at = lease->next;
}

static void cut_lease(void *arg)
{
    ct_db_lease *lease = arg;
    unlink_lease(lease);
    ct_db_lease_drop(lease);
}

static ct_db_lease *take_lease(ct *c, ct_db_entry *entry, bool loop)
{
    ct_db_session *session = ct_db_session_of(c);
    ct_db_lease *lease = ct_take(c, sizeof(*lease));
    *lease = (ct_db_lease){ .session = session, .entry = entry, .loops = loop };
    ct_defer(c, cut_lease, lease);
    ct_db_error error;
    lease->entered = loop && entry->driver->share && ct_pool_enter_loop(c, &entry->pool, &error);
    bool may = lease->entered || !loop || !entry->driver->share;
    lease->connection = may ? ct_db_take(c, entry, &error) : NULL;
    if (!lease->connection)
        ct_db_fail(c, &(ct_db_request){ .using = entry->alias }, &error);
    lease->next = session->leases;
    session->leases = lease;
    return lease;
}

ct_db_lease *ct_db_lease_take(ct *c, ct_db_entry *entry)
{
    return take_lease(c, entry, false);
}

/* Where connections are few, loops within each other have one. (One of a file has its own: it sees what has been
 * written since the other one began.) */
ct_db_lease *ct_db_lease_take_for_loop(ct *c, ct_db_entry *entry, bool *ret_begun)
{
    const ct_db_session *session = ct_db_session_of(c);
    *ret_begun = false;
    for (ct_db_lease *lease = session->leases; lease; lease = lease->next)
        if (lease->entry == entry && lease->loops && !has_more(entry, count_held(session, entry))) {
            lease->loops++;
            *ret_begun = true;
            return lease;
        }
    return take_lease(c, entry, true);
}

bool ct_db_lease_leave_loop(ct_db_lease *lease)
{
    return --lease->loops == 0;
}

ct_db_connection *ct_db_lease_connection(const ct_db_lease *lease)
{
    return lease->connection;
}

void ct_db_lease_end(ct_db_lease *lease)
{
    if (!lease->connection)
        return;
    unlink_lease(lease);
    give_back(lease);
}

/* ---- running ---- */

static bool ignore_row(ct_db_sink *sink, const ct_db_row *row)
{
    (void)sink, (void)row;
    return true;
}

/* On a connection of the pool, for this statement alone. */
static bool run_on_own(ct *c, ct_db_session *session, ct_db_entry *entry, const ct_db_request *request,
                       ct_db_sink *sink, ct_db_error *error)
{
    ct_db_lease *own = &session->own;
    ct_db_lease_drop(own); /* left by an abort */
    ct_db_connection *connection = ct_db_take(c, entry, error);
    if (!connection)
        return false;
    own->entry = entry;
    own->connection = connection;
    bool good = entry->driver->run(c, connection, &request->statement, sink, error);
    own->connection = NULL;
    ct_pool_give(&entry->pool, connection);
    return good;
}

/* Outside of transactions. A connection that broke while it idled has done nothing: another one is asked, once. */
static bool run_alone(ct *c, ct_db_session *session, ct_db_entry *entry, const ct_db_request *request, ct_db_sink *sink,
                      ct_db_error *error)
{
    for (int attempt = 0;; attempt++) {
        bool good = entry->driver->share ? entry->driver->share(c, ct_pool_shared(&entry->pool), &entry->target,
                                                                &request->statement, sink, error)
                                         : run_on_own(c, session, entry, request, sink, error);
        if (CT_LIKELY(good) || attempt || error->trouble != CT_DB_LOST || error->sent)
            return good;
    }
}

static void log_statement(ct *c, const ct_db_entry *entry, const ct_db_request *request, ct_time time, bool good)
{
    ct_log_info(c, "database %s: %s (%.3f ms)%s", entry->alias, request->statement.sql,
                (double)time / (double)CT_MILLISECOND, good ? "" : " failed");
}

ct_db_record *ct_db_recording;
const char ct_db_null[] = "null";

static void record(const char *sql)
{
    ct_db_recording->count++;
    if (ct_db_recording->text.length < RECORD_BYTES)
        ct_buffer_printf(&ct_db_recording->text, "\n    %s", sql);
}

static bool run_timed(ct *c, ct_db_session *session, ct_db_entry *entry, ct_transaction *root,
                      const ct_db_request *request, ct_db_sink *sink, ct_db_error *error)
{
    const ct_db_config *config = &session->site->config;
    session->queries++;
    if (CT_UNLIKELY(ct_db_recording != NULL))
        record(request->statement.sql);
    if (CT_LIKELY(!config->count && !config->log))
        return root ? ct_db_root_run(c, root, request, sink, error)
                    : run_alone(c, session, entry, request, sink, error);
    ct_time begun = ct_monotonic();
    bool good =
        root ? ct_db_root_run(c, root, request, sink, error) : run_alone(c, session, entry, request, sink, error);
    ct_time time = ct_monotonic() - begun;
    session->time += time;
    ct_db_tally_add(&session->tally, session->arena, request->statement.sql);
    if (config->log)
        log_statement(c, entry, request, time, good);
    return good;
}

static bool run(ct *c, const ct_db_request *request, ct_db_sink *sink, bool keep, ct_db_error *error)
{
    ct_db_session *session = ct_db_session_of(c);
    ct_db_entry *entry = ct_db_entry_for(c, request->table, request->using, !request->statement.read);
    ct_transaction *root = session->innermost ? ct_db_root(session, entry) : NULL;
    ct_db_error ignored;
    error->trouble = CT_DB_FINE; /* the rest is filled with it */
    bool guarded = keep && root && entry->driver->spoils && ct_db_root_control(c, root, "SAVEPOINT ct_try", error);
    if (error->trouble)
        return false;
    bool good = run_timed(c, session, entry, root, request, sink, error);
    if (!guarded || root->lost)
        return good;
    if (!good)
        ct_db_block(session, root)->spoiled = false;
    if (!good && !ct_db_root_control(c, root, "ROLLBACK TO SAVEPOINT ct_try", &ignored))
        return false;
    ct_db_error *tell = good ? error : &ignored;
    return ct_db_root_control(c, root, "RELEASE SAVEPOINT ct_try", tell) && good;
}

int64_t ct_db_run(ct *c, const ct_db_request *request, ct_db_sink *sink)
{
    ct_db_sink none = { .row = ignore_row };
    ct_db_error error;
    sink = sink ? sink : &none;
    sink->changed = 0;
    if (CT_UNLIKELY(!run(c, request, sink, false, &error)))
        ct_db_fail(c, request, &error);
    return sink->changed;
}

static bool can_be_acted_on(ct_db_trouble trouble)
{
    return trouble >= CT_DB_UNIQUE && trouble <= CT_DB_SERIALIZATION;
}

bool ct_db_try(ct *c, const ct_db_request *request, ct_db_sink *sink, ct_db_error *error)
{
    ct_db_sink none = { .row = ignore_row };
    sink = sink ? sink : &none;
    sink->changed = 0;
    bool good = run(c, request, sink, !request->fatal, error);
    if (!good && !can_be_acted_on(error->trouble))
        ct_db_fail(c, request, error);
    return good;
}
