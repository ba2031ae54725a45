/* SQLite's connections.
 *
 * A file is opened with: WAL, so that readers and the one writer do not stand in each other's way; foreign keys
 * checked; names in double quotes never taken for text. synchronous is FULL: what has been committed, and so answered
 * to somebody, is on the disk. NORMAL would keep it too when the process is killed, but not when the power fails;
 * `sqlite:app.db?synchronous=normal` chooses that.
 *
 * A file that is removed while it is open lives on without a name, and so does what is written to it, till it is
 * closed. So each write looks first whether the file still has its name (sqlite_place.c).
 *
 * A transaction begins with the lock for writing (BEGIN IMMEDIATE), unless it only reads: two that read first and write
 * then could otherwise only fail. sqlite::memory: is a database that is one connection's own. */
#include "db/sqlite.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/dialect.h"
#include "db/placeholders.h"
#include "db/sqlite_functions.h"
#include "db/sqlite_turn.h"
#include "net/work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SLICE (2 * CT_MILLISECOND) /* a statement runs so long before others have their turn */
#define SLICE_STEPS 1000           /* of SQLite's machine, between two looks at the clock */

/* ---- URLs ---- */

typedef struct location {
    char path[4096];
    bool read_only, memory;
    const char *synchronous;
} location;

/* An option of the URL's query; false: there is no such one. */
static bool read_option(location *at, ct_str option)
{
    static const char *const levels[] = { "off", "normal", "full", "extra" };
    if (ct_str_eq(option, CT_STR("mode=ro")))
        at->read_only = true;
    else if (ct_str_starts(option, CT_STR("synchronous=")))
        for (size_t i = 0; i < CT_COUNT(levels); i++) {
            if (ct_str_eq((ct_str){ option.data + 12, option.length - 12 }, ct_str_of(levels[i])))
                at->synchronous = levels[i];
        }
    else
        return option.length == 0 || ct_str_eq(option, CT_STR("mode=rw"));
    return at->read_only || at->synchronous;
}

/* sqlite:PATH, sqlite://PATH, with ?mode=ro and &synchronous=normal. NULL, or what is wrong. */
static const char *locate(const ct_db_target *target, location *ret)
{
    *ret = (location){ .read_only = target->read_only };
    ct_str path = ct_str_of(strchr(target->url, ':') + 1), options = { 0 };
    /* As in other frameworks: sqlite:///app.db is relative, sqlite:////srv/app.db is /srv/app.db. */
    size_t slashes = ct_str_starts(path, CT_STR("///")) ? 3 : ct_str_starts(path, CT_STR("//")) ? 2 : 0;
    path = (ct_str){ path.data + slashes, path.length - slashes };
    const char *mark = memchr(path.data, '?', path.length);
    if (mark) {
        options = ct_str_of(mark + 1);
        path.length = (size_t)(mark - path.data);
    }
    if (!path.length || path.length >= sizeof(ret->path))
        return "its URL names no file: write sqlite:PATH";
    memcpy(ret->path, path.data, path.length);
    ret->path[path.length] = '\0';
    ret->memory = strcmp(ret->path, ":memory:") == 0;
    for (ct_str option = ct_str_next(&options, '&'); option.data; option = ct_str_next(&options, '&'))
        if (!read_option(ret, option))
            return "its URL takes the options mode=ro and synchronous=off, normal, full or extra";
    return NULL;
}

static const char *check(const ct_db_target *target, ct_arena *arena)
{
    (void)arena;
    location at;
    return locate(target, &at);
}

static bool absent(const ct_db_target *target)
{
    location at;
    return !locate(target, &at) && !at.memory && access(at.path, F_OK) != 0 && errno == ENOENT;
}

static size_t most(const ct_db_target *target)
{
    location at;
    return !locate(target, &at) && at.memory ? 1 : SIZE_MAX;
}

bool ct_sqlite_only_read(const ct_db_target *target)
{
    location at;
    return !locate(target, &at) && at.read_only;
}

const char *ct_sqlite_path(const ct_db_target *target, ct_arena *arena)
{
    location at;
    return locate(target, &at) || at.memory ? NULL : ct_arena_copy(arena, at.path, strlen(at.path));
}

/* ---- waits ---- */

void ct_sqlite_enter(ct_sqlite *sqlite, ct *c)
{
    sqlite->c = c;
    sqlite->stopped = sqlite->timed_out = false;
    sqlite->begun = sqlite->slice = 0;
}

void ct_sqlite_leave(ct_sqlite *sqlite)
{
    ct *c = sqlite->c;
    sqlite->c = NULL;
    if (CT_UNLIKELY(sqlite->stopped))
        ct_wait(c, INT64_MAX); /* which does not return */
}

/* Parks within a callback of SQLite's; false: the request has ended. */
static bool pause_in(ct_sqlite *sqlite, ct_time until)
{
    ct_wake wake = ct_pause(sqlite->c, until);
    sqlite->stopped = wake == CT_WAKE_CANCELLED || ct_time_left(sqlite->c) == 0;
    return !sqlite->stopped;
}

/* Others go on; what ends the statement early is 1. */
static int on_progress(void *arg)
{
    ct_sqlite *sqlite = arg;
    if (!sqlite->c)
        return 0;
    ct_time now = ct_monotonic(), limit = sqlite->base.target->statement_timeout;
    if (!sqlite->begun)
        sqlite->begun = sqlite->slice = now;
    if (limit && now - sqlite->begun > limit) {
        sqlite->timed_out = true;
        return 1;
    }
    if (now - sqlite->slice < SLICE)
        return 0;
    bool good = pause_in(sqlite, 0);
    sqlite->slice = ct_monotonic();
    return !good;
}

/* Another connection has the lock: looks again after a while, 0 gives up. */
static int on_busy(void *arg, int count)
{
    static const int waits[] = { 1, 2, 3, 5, 8, 12, 18, 25 }; /* ms */
    ct_sqlite *sqlite = arg;
    if (!sqlite->c)
        return 0;
    ct_time now = ct_monotonic(), limit = sqlite->base.target->lock_timeout;
    if (count == 0)
        sqlite->blocked = now;
    if (limit && now - sqlite->blocked >= limit)
        return 0;
    size_t index = CT_MIN((size_t)count, CT_COUNT(waits) - 1);
    ct_time wait = waits[index] * CT_MILLISECOND;
    wait += now % (wait / 2 + 1); /* not all who wait at the same moments */
    return pause_in(sqlite, now + (limit ? CT_MIN(wait, sqlite->blocked + limit - now) : wait));
}

/* ---- opening and closing ---- */

static bool execute(ct_sqlite *sqlite, const char *sql, ct_db_error *error)
{
    return sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK || ct_sqlite_fail(sqlite, error);
}

/* What `PRAGMA query_only` lets pass, where only reading is allowed: other files, which ATTACH makes where there are
 * none, and pragmas that set something, query_only itself among them. */
static int authorize(void *arg, int action, const char *first, const char *second, const char *schema,
                     const char *trigger)
{
    static const char *const reading[] = { "foreign_key_check", "foreign_key_list", "index_info",  "index_list",
                                           "index_xinfo",       "integrity_check",  "quick_check", "table_info",
                                           "table_list",        "table_xinfo" };
    static const char *const doing[] = { "incremental_vacuum", "optimize", "wal_checkpoint" };
    ct_sqlite *sqlite = arg;
    (void)schema, (void)trigger;
    sqlite->transacts |= action == SQLITE_TRANSACTION;
    if (!sqlite->query_only)
        return SQLITE_OK;
    if (action == SQLITE_ATTACH || action == SQLITE_DETACH)
        return SQLITE_DENY;
    if (action != SQLITE_PRAGMA)
        return SQLITE_OK;
    for (size_t i = 0; i < CT_COUNT(reading) && second; i++)
        if (strcasecmp(first, reading[i]) == 0)
            return SQLITE_OK;
    for (size_t i = 0; i < CT_COUNT(doing); i++)
        if (strcasecmp(first, doing[i]) == 0)
            return SQLITE_DENY;
    return second ? SQLITE_DENY : SQLITE_OK;
}

static bool configure(ct_sqlite *sqlite, const location *at, ct_db_error *error)
{
    char sql[256];
    sqlite3_extended_result_codes(sqlite->db, 1);
    sqlite3_busy_handler(sqlite->db, on_busy, sqlite);
    sqlite3_progress_handler(sqlite->db, SLICE_STEPS, on_progress, sqlite);
    sqlite3_set_authorizer(sqlite->db, authorize, sqlite);
    sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    if (!ct_sqlite_functions(sqlite->db))
        return ct_sqlite_refuse(error, CT_DB_OTHER, "no memory for SQLite's functions");
    snprintf(sql, sizeof(sql), "%s PRAGMA synchronous = %s; PRAGMA temp_store = memory;",
             at->memory || at->read_only ? "" : "PRAGMA journal_mode = wal;",
             at->synchronous ? at->synchronous : "full");
    if (!execute(sqlite, sql, error))
        return false;
    /* The first look at the file itself. */
    return execute(sqlite, "SELECT 1 FROM sqlite_schema LIMIT 1", error);
}

static void close_connection(ct_db_connection *connection)
{
    ct_sqlite *sqlite = ct_sqlite_of(connection);
    ct_sqlite_forget(sqlite);
    ct_sqlite_turn_leave(sqlite);
    sqlite3_close_v2(sqlite->db);
    free(sqlite);
}

static bool is_relative_url(const char *url)
{
    const char *path = strchr(url, ':') + 1;
    return strncmp(path, "///", 3) == 0 && path[3] != '/';
}

static void tell_opening(const ct_sqlite *sqlite, const location *at, ct_db_error *error)
{
    char words[sizeof(error->message)];
    memcpy(words, error->message, sizeof(words));
    errno = sqlite->db ? sqlite3_system_errno(sqlite->db) : 0;
    if (error->trouble == CT_DB_READ_ONLY) { /* nobody has written anything yet */
        error->trouble = CT_DB_UNAVAILABLE;
        snprintf(error->message, sizeof(error->message),
                 "the user of this process may not write in the folder of \"%.200s\", and SQLite makes its log there "
                 "(-wal, -shm), for reading too",
                 at->path);
        return;
    }
    if (error->trouble == CT_DB_UNAVAILABLE && errno)
        snprintf(error->message, sizeof(error->message), "the file \"%.200s\" cannot be opened: %m%s", at->path,
                 errno == ENOENT && is_relative_url(sqlite->base.target->url)
                     ? " (behind sqlite:/// it is looked for from the working directory; an absolute path is behind "
                       "sqlite:////)"
                     : "");
    else
        snprintf(error->message, sizeof(error->message), "the file \"%.200s\": %.200s", at->path, words);
}

/* Without counts of SQLite's memory, which nobody asks for: each allocation would pay for a lock. Refused, and no harm
 * done, where the program has used SQLite itself before. */
static void set_up_once(void)
{
    static bool done;
    if (!done)
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    done = true;
}

static ct_db_connection *open_connection(ct *c, const ct_db_target *target, ct_db_error *error)
{
    location at;
    const char *wrong = locate(target, &at);
    if (wrong) {
        ct_sqlite_refuse(error, CT_DB_REFUSED, "%s", wrong);
        return NULL;
    }
    set_up_once();
    ct_sqlite *sqlite = ct_xcalloc(1, sizeof(*sqlite));
    sqlite->base = (ct_db_connection){ .driver = &ct_sqlite_driver, .target = target };
    ct_sqlite_turn_join(sqlite);
    if (!ct_sqlite_may_open(sqlite, at.path, error)) {
        close_connection(&sqlite->base);
        return NULL;
    }
    /* Where others have it open it is there, or was removed: a new one beside theirs would be empty. */
    bool create = !at.read_only && (at.memory || ct_sqlite_turn_alone(sqlite));
    int flags = (at.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | (create ? SQLITE_OPEN_CREATE : 0);
    ct_sqlite_enter(sqlite, c);
    bool good = sqlite3_open_v2(at.path, &sqlite->db, flags | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
                    ? configure(sqlite, &at, error)
                    : ct_sqlite_fail(sqlite, error);
    if (good && !sqlite->stopped) {
        sqlite->c = NULL;
        ct_sqlite_note_place(sqlite);
        return &sqlite->base;
    }
    if (!good)
        tell_opening(sqlite, &at, error);
    bool stopped = sqlite->stopped;
    close_connection(&sqlite->base);
    if (stopped)
        ct_wait(c, INT64_MAX);
    return NULL;
}

/* ---- transactions ---- */

static bool set_query_only(ct_sqlite *sqlite, bool on, ct_db_error *error)
{
    if (CT_LIKELY(sqlite->query_only == on))
        return true;
    sqlite->query_only = false; /* so that the pragma is allowed */
    bool good = execute(sqlite, on ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0", error);
    sqlite->query_only = on == good;
    return good;
}

void ct_sqlite_ended(ct_sqlite *sqlite)
{
    ct_db_error error;
    if (!set_query_only(sqlite, false, &error))
        sqlite->base.broken = true;
    ct_sqlite_turn_give(sqlite);
}

static bool begin(ct *c, ct_db_connection *connection, const ct_atomic_options *options, ct_db_error *error)
{
    ct_sqlite *sqlite = ct_sqlite_of(connection);
    bool reads = options->read_only || connection->target->read_only;
    const ct_db_statement statement = { .sql = reads ? "BEGIN" : "BEGIN IMMEDIATE" };
    return set_query_only(sqlite, options->read_only, error) && ct_sqlite_run(c, connection, &statement, NULL, error);
}

bool ct_sqlite_undo_begun(ct_sqlite *sqlite, bool good, ct_db_error *error)
{
    ct_db_error ignored;
    sqlite->base.broken |= !execute(sqlite, "ROLLBACK", &ignored);
    return good && ct_sqlite_refuse(error, CT_DB_OTHER, "%s", ct_left_open);
}

static bool script(ct *c, ct_db_connection *connection, const char *sql, ct_db_error *error)
{
    ct_sqlite *sqlite = ct_sqlite_of(connection);
    bool within = !sqlite3_get_autocommit(sqlite->db);
    sqlite->transacts = false;
    ct_sqlite_enter(sqlite, c);
    bool good = (within || ct_sqlite_in_place(sqlite, error)) && ct_sqlite_turn_take(sqlite, error) &&
                execute(sqlite, sql, error);
    connection->ended |= !good && within && sqlite3_get_autocommit(sqlite->db);
    connection->strayed |= connection->ended && sqlite->transacts;
    if (!within && !sqlite3_get_autocommit(sqlite->db))
        good = ct_sqlite_undo_begun(sqlite, good, error);
    if (sqlite3_get_autocommit(sqlite->db))
        ct_sqlite_ended(sqlite);
    ct_sqlite_leave(sqlite);
    return good;
}

/* What ran has ended by the time this is called: an abort never leaves SQLite in the middle of a statement. But for
 * cursors, which are reset with everything else. */
static void abandon(ct_db_connection *connection)
{
    ct_sqlite *sqlite = ct_sqlite_of(connection);
    ct_db_error error;
    sqlite->c = NULL;
    for (sqlite3_stmt *at = NULL; (at = sqlite3_next_stmt(sqlite->db, at)) != NULL;)
        sqlite3_reset(at);
    if (!sqlite3_get_autocommit(sqlite->db) && !execute(sqlite, "ROLLBACK", &error))
        connection->broken = true;
    ct_sqlite_ended(sqlite);
}

const ct_db_driver ct_sqlite_driver = { .name = "sqlite",
                                        .schemes = "sqlite",
                                        .dialect = &ct_sqlite_dialect,
                                        .check = check,
                                        .absent = absent,
                                        .most = most,
                                        .open = open_connection,
                                        .close = close_connection,
                                        .run = ct_sqlite_run,
                                        .begin = begin,
                                        .script = script,
                                        .abandon = abandon,
                                        .alive = ct_sqlite_alive,
                                        .cursor = ct_sqlite_cursor,
                                        .fetch = ct_sqlite_fetch,
                                        .end_cursor = ct_sqlite_end_cursor };
