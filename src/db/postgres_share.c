/* Statements outside of transactions: all requests of a worker share a few connections.
 *
 * One connection answers in the order of asking, so a slow statement delays those behind it. What is done about that:
 *
 *   - A statement goes to the connection with the fewest under way of those whose oldest one is young. What is asked in
 *     the same turn goes to the same one, up to a bound.
 *   - How long each statement takes is remembered. Those that are slow, and SQL of the program's own that has not been
 *     seen yet, go to a connection that nothing else is on, and nothing else goes there until they have ended.
 *   - Where all are slow a further connection is opened, up to target->shared; where each has a statement that runs for
 *     long, more, of the room that the pool has for transactions. One place is always left to those. What is borrowed
 *     goes back when it has idled for a while, or at once where a transaction waits.
 *   - Reads behind a statement that turns out to run for long are asked again on another connection, once; the late
 *     answer is dropped. Writes that have been sent cannot be taken back: they wait. So none is sent behind a statement
 *     whose time is not known yet, before that has ended or the write has gone elsewhere. Behind a query of a model's
 *     that has been quick so far it may happen.
 *
 * One fiber opens a connection at a time, for all who wait. After a failure none is tried for a while, longer each
 * time, and everybody is told the same error at once: a server that is gone is not stormed when it comes back.
 *
 * A statement that surely was not run goes to another connection. One that maybe was is sent again, once, if it only
 * reads, and is an error else. */
#include "base/time.h"
#include "db/placeholders.h"
#include "db/pool.h"
#include "db/postgres.h"

#include <stdlib.h>
#include <string.h>

#define SLOW (10 * CT_MILLISECOND)
#define GLANCE (20 * CT_MILLISECOND) /* how often slow connections are looked at while a further one is opened */
#define GLANCES 50
#define REST (100 * CT_MILLISECOND) /* between looks at connections that have nothing to do */
#define IDLE CT_SECOND              /* after that a borrowed one goes back */
#define LOOKS 2
#define TIMES 1024
#define WAYS 4             /* places for a statement, of TIMES */
#define LONGEST (3 * SLOW) /* longer is not told apart, so that one delay of the server's makes nothing slow */
#define PAUSE_FIRST (50 * CT_MILLISECOND) /* after a failure to connect */
#define PAUSE_MOST CT_SECOND
#define TRIES 3
#define TOGETHER 32

/* The moving average of the time of a statement; another one for the same places takes that of the last. */
typedef struct ct_pg_times {
    uint64_t key; /* 0: none */
    ct_time average;
} ct_pg_times;

typedef struct shared {
    const ct_db_target *target;
    ct_pool *pool;
    ct_pg **open; /* room for all that there can be */
    size_t count;
    size_t lent;    /* places of the pool's, for those above target->shared */
    ct_timer timer; /* while there is something to look at */
    ct_pg_times times[TIMES];
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

/* ---- the time of statements ---- */

/* One that is noted moves up, so that the last place has a rare one. */
void ct_pg_note_time(ct_pg_times *times, uint64_t key, ct_time time)
{
    ct_pg_times *set = &times[key % (TIMES / WAYS) * WAYS];
    size_t at = 0;
    time = CT_MIN(time, LONGEST);
    while (at < WAYS - 1 && set[at].key != key)
        at++;
    if (set[at].key == key)
        time = set[at].average + (time - set[at].average) / 4;
    if (at) {
        set[at] = set[at - 1];
        at--;
    }
    set[at] = (ct_pg_times){ .key = key, .average = time };
}

/* NULL: it has not been seen. */
static const ct_pg_times *times_of(const shared *s, uint64_t key)
{
    const ct_pg_times *set = &s->times[key % (TIMES / WAYS) * WAYS];
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

static uint64_t key_of(const ct_db_statement *statement)
{
    return statement->id ? statement->id : ct_hash(statement->sql, strlen(statement->sql)) | 1;
}

static void look_up(const shared *s, const ct_db_statement *statement, ct_pg_manner *manner)
{
    const ct_pg_times *own = times_of(s, manner->key);
    manner->unknown = !own;
    manner->heavy = own ? own->average > SLOW : statement->raw;
}

/* ---- the connections ---- */

static void look(ct_timer *timer);

static shared *shared_new(ct_pool *pool, const ct_db_target *target)
{
    shared *s = ct_xcalloc(1, sizeof *s);
    s->target = target;
    s->pool = pool;
    s->open = ct_xcalloc(target->shared + pool->max, sizeof *s->open);
    ct_timer_init(&s->timer, look);
    ct_list_init(&s->waiting);
    return s;
}

void ct_pg_close_shared(void *place)
{
    shared *s = place;
    ct_loop *loop = ct_loop_current();
    if (loop)
        ct_timer_clear(&loop->timers, &s->timer);
    for (; s->lent; s->lent--)
        ct_pool_take_back(s->pool);
    for (size_t i = 0; i < s->count; i++)
        ct_pg_close(s->open[i]);
    ct_pg_forget_cancels(s->target);
    free(s->open);
    free(s);
}

/* What is borrowed and not needed goes back. */
static void pay_back(shared *s)
{
    size_t count = s->count + s->opening;
    for (; s->lent && s->target->shared + s->lent > count; s->lent--)
        ct_pool_take_back(s->pool);
}

static void drop(shared *s, size_t index)
{
    ct_pg *pg = s->open[index];
    if (s->last == pg)
        s->last = NULL;
    s->open[index] = s->open[--s->count];
    ct_pg_close(pg);
}

static void drop_lost(shared *s)
{
    for (size_t i = s->count; i-- > 0;)
        if (CT_UNLIKELY(s->open[i]->lost))
            drop(s, i);
    pay_back(s);
}

/* ---- looking after them ---- */

/* Nothing is to go there: what runs takes long, or may. */
static bool is_stuck(const ct_pg *pg, ct_time now)
{
    return pg->heavy || ct_pg_running(pg, now) > SLOW;
}

static bool are_stuck(const shared *s, ct_time now)
{
    for (size_t i = 0; i < s->count; i++)
        if (!is_stuck(s->open[i], now))
            return false;
    return true;
}

/* Seen at more than one look, between which what the server has sent was read: the loop itself may have been late. */
static bool runs_long(ct_pg *pg, ct_time now)
{
    bool same = ct_pg_running(pg, now) > SLOW && pg->seen == pg->answers;
    pg->seen = pg->answers;
    pg->looks = same ? pg->looks + 1 : 0;
    return pg->looks >= LOOKS;
}

static void give_back_idle(shared *s, ct_time now)
{
    bool wanted = !ct_list_empty(&s->pool->waiting);
    for (size_t i = s->count; s->lent && i-- > 0;) {
        const ct_pg *pg = s->open[i];
        if (!ct_pg_load(pg) && !pg->asking && (wanted || now - pg->answered > IDLE)) {
            drop(s, i);
            pay_back(s);
        }
    }
}

static void look(ct_timer *timer)
{
    shared *s = CT_CONTAINER(timer, shared, timer);
    ct_loop *loop = ct_loop_current();
    size_t load = 0;
    bool room = s->count < s->target->shared || ct_pool_can_lend(s->pool);
    drop_lost(s);
    for (size_t i = 0; i < s->count; i++) {
        ct_pg *pg = s->open[i];
        load += ct_pg_load(pg);
        if (runs_long(pg, loop->now) && ct_pg_load(pg) > 1 && (room || !are_stuck(s, loop->now)))
            ct_pg_move_others(pg);
    }
    give_back_idle(s, loop->now);
    if (load || s->lent)
        ct_timer_set(&loop->timers, timer, loop->now + (load ? SLOW : REST));
}

/* ---- choosing one ---- */

/* Statements of one turn travel together: each connection that is asked costs both sides a system call, and more. */
static bool is_gathering(const ct_pg *pg, ct_time now)
{
    return pg->queued_count && pg->queued_count < TOGETHER && !pg->lost && !pg->heavy && ct_pg_oldest(pg) >= now - SLOW;
}

/* One that has nothing to do. The first, so that the others may go. */
static ct_pg *idle_one(const shared *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (!ct_pg_load(s->open[i]))
            return s->open[i];
    return NULL;
}

/* Is that the better one? */
static bool is_less_busy(const ct_pg *pg, const ct_pg *than, ct_time now)
{
    bool stuck = is_stuck(pg, now);
    return stuck == is_stuck(than, now) ? ct_pg_load(pg) < ct_pg_load(than) : !stuck;
}

/* The one with the fewest statements; `quick`: only those that are not slow now. */
static ct_pg *least_busy(const shared *s, bool quick, ct_time now)
{
    ct_pg *best = NULL;
    for (size_t i = 0; i < s->count; i++) {
        ct_pg *pg = s->open[i];
        ct_time oldest = ct_pg_oldest(pg);
        if (quick && (pg->heavy || oldest < now - SLOW))
            continue;
        if (!best || is_less_busy(pg, best, now))
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

/* Is there to be one more? Then its place is taken, if it has to be. */
static bool take_room(shared *s, bool heavy, ct_time now)
{
    if (s->opening || ct_monotonic() < s->retry_at)
        return false;
    if (s->count < s->target->shared)
        return true;
    if (!(heavy || are_stuck(s, now)) || !ct_pool_lend(s->pool))
        return false;
    s->lent++;
    return true;
}

/* One more. NULL with `error` filled. */
static ct_pg *open_one(ct *c, shared *s, ct_db_error *error)
{
    bool gone;
    s->opening = true;
    ct_pg *pg = ct_pg_open(c, s->target, error, &gone);
    s->opening = false;
    wake_all(s);
    if (!pg)
        pay_back(s);
    if (gone)
        ct_wait(c, INT64_MAX); /* does not return */
    if (!pg) {
        note_failure(s, error);
        return NULL;
    }
    pg->shared = true;
    pg->times = s->times;
    pg->answered = ct_monotonic();
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

static ct_pg *connection_for(ct *c, shared *s, const ct_db_statement *statement, ct_pg_manner *manner,
                             ct_db_error *error)
{
    for (int glances = 0;; glances++) {
        ct_time now = ct_loop_current()->now;
        look_up(s, statement, manner); /* it may be known by now */
        if (!manner->heavy && s->last && is_gathering(s->last, now))
            return s->last;
        drop_lost(s);
        ct_pg *pg = manner->heavy ? idle_one(s) : least_busy(s, true, now);
        if (CT_LIKELY(pg != NULL))
            return s->last = pg;
        if (take_room(s, manner->heavy, now) && (pg = open_one(c, s, error)))
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
    /* It would change the connection for all who share it. */
    if (statement->raw && !statement->read && ct_hold_of(statement->sql, &ct_postgres_dialect) != CT_HOLD_NOTHING)
        return ct_pg_fail(error, CT_DB_OTHER,
                          "\"%.*s\" is for a connection of one's own: outside of ct_atomic() requests share theirs",
                          (int)strcspn(statement->sql, ";\n"), statement->sql);
    if (CT_UNLIKELY(!*place))
        *place = shared_new(ct_pool_of_shared(place), target);
    shared *s = *place;
    ct_pg_manner manner = { .key = key_of(statement), .movable = statement->read };
    for (int tries = 1;; tries++) {
        ct_pg *pg = connection_for(c, s, statement, &manner, error);
        if (!pg)
            return false;
        if (!ct_timer_armed(&s->timer))
            ct_timer_set(&ct_loop_current()->timers, &s->timer, ct_loop_current()->now + SLOW);
        if (ct_pg_ask_shared(c, pg, statement, sink, &manner, error))
            return true;
        if (manner.ret_moved) { /* it has done nothing */
            manner.movable = manner.ret_moved = false;
            tries--;
            continue;
        }
        if (!may_try_again(statement, error, tries))
            return false;
        if (error->trouble == CT_DB_LOST)
            ct_wait(c, ct_monotonic() + GLANCE); /* the others may be lost too, and are about to say so */
    }
}
