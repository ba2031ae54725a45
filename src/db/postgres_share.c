/* Statements outside of transactions: all requests of a worker share a few connections.
 *
 * One connection answers in the order of asking, so a slow statement delays those behind it: a statement goes to the
 * connection with the fewest under way of those whose oldest one is young; where all are slow a further connection is
 * opened, up to target->shared. What is asked in the same turn goes to the same one, up to a bound.
 *
 * One fiber opens a connection at a time, for all who wait. After a failure none is tried for a while, longer each
 * time, and everybody is told the same error at once: a server that is gone is not stormed when it comes back.
 *
 * A statement that surely was not run goes to another connection. One that maybe was is sent again, once, if it only
 * reads, and is an error else. */
#include "base/time.h"
#include "db/postgres.h"

#include <stdlib.h>
#include <string.h>

#define SLOW (10 * CT_MILLISECOND)
#define GLANCE (20 * CT_MILLISECOND) /* how often slow connections are looked at while a further one is opened */
#define GLANCES 50
#define PAUSE_FIRST (50 * CT_MILLISECOND) /* after a failure to connect */
#define PAUSE_MOST CT_SECOND
#define TRIES 3
#define TOGETHER 32

typedef struct shared {
    const ct_db_target *target;
    ct_pg *open[CT_DB_SHARED];
    size_t count;
    ct_pg *last;     /* the one that was asked last, or NULL */
    bool opening;    /* by a fiber, for all */
    ct_list waiting; /* of waiter: until that one has ended */
    ct_time pause, retry_at;
    ct_db_error why; /* of the last failure */
} shared;

typedef struct waiter {
    ct_list link;
    ct_fiber *fiber;
} waiter;

static shared *shared_new(const ct_db_target *target)
{
    shared *s = ct_xcalloc(1, sizeof *s);
    s->target = target;
    ct_list_init(&s->waiting);
    return s;
}

void ct_pg_close_shared(void *place)
{
    shared *s = place;
    for (size_t i = 0; i < s->count; i++)
        ct_pg_close(s->open[i]);
    ct_pg_forget_cancels(s->target);
    free(s);
}

static void drop_lost(shared *s)
{
    if (s->last && s->last->lost)
        s->last = NULL;
    for (size_t i = 0; i < s->count;)
        if (s->open[i]->lost) {
            ct_pg_close(s->open[i]);
            s->open[i] = s->open[--s->count];
        } else {
            i++;
        }
}

/* Statements of one turn travel together: each connection that is asked costs both sides a system call, and more. */
static bool is_gathering(const ct_pg *pg, ct_time now)
{
    return pg->queued_count && pg->queued_count < TOGETHER && !pg->lost && ct_pg_oldest(pg) >= now - SLOW;
}

/* The one with the fewest statements; `quick`: only those that are not slow now. */
static ct_pg *least_busy(const shared *s, bool quick, ct_time now)
{
    ct_pg *best = NULL;
    for (size_t i = 0; i < s->count; i++) {
        ct_pg *pg = s->open[i];
        ct_time oldest = ct_pg_oldest(pg);
        if (quick && oldest < now - SLOW)
            continue;
        if (!best || ct_pg_load(pg) < ct_pg_load(best))
            best = pg;
    }
    return best;
}

static void wake_all(shared *s)
{
    for (ct_list *node; (node = ct_list_take(&s->waiting));)
        ct_fiber_wake(CT_CONTAINER(node, waiter, link)->fiber);
}

static void note_failure(shared *s, const ct_db_error *error)
{
    s->why = *error;
    s->pause = CT_MIN(PAUSE_MOST, s->pause ? 2 * s->pause : PAUSE_FIRST);
    s->retry_at = ct_monotonic() + s->pause;
}

/* One more. NULL with `error` filled. */
static ct_pg *open_one(ct *c, shared *s, ct_db_error *error)
{
    bool gone;
    s->opening = true;
    ct_pg *pg = ct_pg_open(c, s->target, error, &gone);
    s->opening = false;
    wake_all(s);
    if (gone)
        ct_wait(c, INT64_MAX); /* does not return */
    if (!pg) {
        note_failure(s, error);
        return NULL;
    }
    pg->shared = true;
    s->pause = s->retry_at = 0;
    s->open[s->count++] = pg;
    return pg;
}

/* Until it has ended; or for a moment, where there are slow ones, which may be quick again by then. */
static void wait_for_opening(ct *c, shared *s)
{
    waiter own = { .fiber = ct_fiber_current() };
    ct_time until = s->count ? ct_monotonic() + GLANCE : INT64_MAX;
    ct_list_append(&s->waiting, &own.link);
    ct_wake wake = ct_pause(c, until);
    if (ct_list_linked(&own.link))
        ct_list_remove(&own.link);
    if (wake == CT_WAKE_CANCELLED || ct_monotonic() >= ct_work_deadline(c))
        ct_wait(c, INT64_MAX); /* does not return */
}

static ct_pg *connection_for(ct *c, shared *s, ct_db_error *error)
{
    for (int glances = 0;; glances++) {
        ct_time now = ct_loop_current()->now;
        if (s->last && is_gathering(s->last, now))
            return s->last;
        drop_lost(s);
        ct_pg *pg = least_busy(s, true, now);
        if (CT_LIKELY(pg != NULL))
            return s->last = pg;
        bool may_open = !s->opening && s->count < s->target->shared && ct_monotonic() >= s->retry_at;
        if (may_open && (pg = open_one(c, s, error)))
            return pg;
        if (s->count && (!s->opening || glances >= GLANCES))
            return least_busy(s, false, now);
        if (!s->opening) {
            *error = s->why;
            return NULL;
        }
        wait_for_opening(c, s);
    }
}

/* What would change the connection for all who share it. What a function or a SET in a longer text does is not seen. */
static bool is_for_one(const char *sql)
{
    static const char *const words[] = { "BEGIN",     "START",   "COMMIT", "END",      "ROLLBACK", "ABORT",
                                         "SAVEPOINT", "RELEASE", "SET",    "RESET",    "DECLARE",  "FETCH",
                                         "CLOSE",     "LOCK",    "LISTEN", "UNLISTEN", "DISCARD",  "PREPARE" };
    sql += strspn(sql, " \t\r\n");
    size_t length = strspn(sql, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < CT_COUNT(words); i++)
        if (strlen(words[i]) == length && strncasecmp(words[i], sql, length) == 0)
            return true;
    return false;
}

/* After an error: is another try allowed? */
static bool may_try_again(const ct_db_statement *statement, const ct_db_error *error, int tries)
{
    if (tries >= TRIES)
        return false;
    if (error->trouble == CT_DB_UNAVAILABLE)
        return true;
    return error->trouble == CT_DB_LOST && statement->read && tries < 2;
}

bool ct_pg_share(ct *c, void **place, const ct_db_target *target, const ct_db_statement *statement, ct_db_sink *sink,
                 ct_db_error *error)
{
    if (!statement->read && is_for_one(statement->sql))
        return ct_pg_fail(error, CT_DB_OTHER,
                          "\"%.*s\" is for a connection of one's own: outside of ct_atomic() requests share theirs",
                          (int)strcspn(statement->sql, ";\n"), statement->sql);
    if (CT_UNLIKELY(!*place))
        *place = shared_new(target);
    shared *s = *place;
    for (int tries = 1;; tries++) {
        ct_pg *pg = connection_for(c, s, error);
        if (!pg)
            return false;
        if (ct_pg_ask(c, pg, statement, sink, error))
            return true;
        if (!may_try_again(statement, error, tries))
            return false;
    }
}
