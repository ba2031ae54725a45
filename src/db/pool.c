/* The pool of connections. Its state is changed by fibers of one thread only, and never while one of them waits: each
 * wait is for a place in line, and the place is left by a clean-up when the wait does not return. */
#include "db/pool.h"

#include "base/time.h"
#include "canteen/work.h"
#include "net/work.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned forks;

static void count_fork(void)
{
    forks++;
}

void ct_pool_init(ct_pool *pool, const ct_db_driver *driver, const ct_db_target *target, size_t max,
                  ct_time wait_timeout)
{
    *pool = (ct_pool){ .driver = driver, .target = target, .max = max, .wait_timeout = wait_timeout };
    ct_list_init(&pool->waiting);
    ct_list_init(&pool->waiting_loops);
}

/* What a parent process has open is the parent's: closing it here would end its conversations. */
static void notice_fork(ct_pool *pool)
{
    static bool watched;
    if (!watched && pthread_atfork(NULL, NULL, count_fork) != 0)
        ct_die("out of memory");
    watched = true;
    if (pool->forks != forks) {
        pool->idle_count = pool->open_count = pool->loops = 0;
        pool->shared = NULL;
        ct_list_init(&pool->waiting);
        ct_list_init(&pool->waiting_loops);
    }
    pool->forks = forks;
    if (!pool->idle)
        pool->idle = ct_xcalloc(pool->max, sizeof(*pool->idle));
}

/* ---- the line ---- */

typedef struct place {
    ct_list link; /* unlinked: it is this one's turn */
    ct_pool *pool;
    ct_fiber *fiber;
    ct_db_connection *connection; /* handed over; NULL: there is room to open one */
    bool loop;                    /* in the other line: for a loop's turn */
    bool done;                    /* what was handed over has been taken */
} place;

/* Room for one more, or a connection: to the first in line. False when nobody waits. */
static bool hand_over(ct_pool *pool, ct_db_connection *connection)
{
    ct_list *first = ct_list_take(&pool->waiting);
    if (!first)
        return false;
    place *to = CT_CONTAINER(first, place, link);
    to->connection = connection;
    ct_fiber_wake(to->fiber);
    return true;
}

static void leave_room(ct_pool *pool)
{
    if (pool->open_count > pool->max || !hand_over(pool, NULL))
        pool->open_count--;
}

/* The wait did not return: the place goes to the others, with what it has been given. */
static void leave_line(void *arg)
{
    place *left = arg;
    if (left->done)
        return;
    if (ct_list_linked(&left->link))
        ct_list_remove(&left->link);
    else if (left->loop)
        ct_pool_leave_loop(left->pool);
    else if (left->connection)
        ct_pool_give(left->pool, left->connection);
    else
        leave_room(left->pool);
    left->done = true;
}

/* True when it is the caller's turn: with a connection, or with room for one (NULL). */
static bool wait_in_line(ct *c, ct_pool *pool, bool loop, ct_db_connection **ret_connection)
{
    place *own = ct_take(c, sizeof(*own)); /* not on the stack: the clean-up comes after its end */
    *own = (place){ .pool = pool, .fiber = ct_fiber_current(), .loop = loop };
    ct_list_append(loop ? &pool->waiting_loops : &pool->waiting, &own->link);
    ct_defer(c, leave_line, own);
    ct_time until = ct_monotonic() + pool->wait_timeout;
    while (ct_list_linked(&own->link))
        if (ct_wait(c, until) == CT_WAKE_TIMEOUT)
            break;
    bool turn = !ct_list_linked(&own->link);
    if (!turn)
        ct_list_remove(&own->link);
    own->done = true;
    *ret_connection = own->connection;
    return turn;
}

/* ---- taking ---- */

typedef struct opening {
    ct_pool *pool;
    bool done;
} opening;

static void end_opening(void *arg)
{
    opening *left = arg;
    if (!left->done)
        leave_room(left->pool);
}

/* There is room for it, counted already. */
static ct_db_connection *open_one(ct *c, ct_pool *pool, ct_db_error *error)
{
    opening *now = ct_take(c, sizeof(*now));
    *now = (opening){ .pool = pool };
    ct_defer(c, end_opening, now);
    ct_db_connection *connection = pool->driver->open(c, pool->target, error);
    now->done = true;
    if (!connection)
        leave_room(pool);
    return connection;
}

static ct_db_connection *take_idle(ct_pool *pool)
{
    while (pool->idle_count) {
        ct_db_connection *connection = pool->idle[--pool->idle_count];
        if (!pool->driver->alive || pool->driver->alive(connection))
            return connection;
        pool->driver->close(connection);
        pool->open_count--;
    }
    return NULL;
}

static void tell_busy(const ct_pool *pool, ct_db_error *error)
{
    char of[96] = "";
    size_t shared = pool->target->shared;
    if (shared)
        snprintf(of, sizeof(of), " of %zu, for single statements share the others", pool->max + shared);
    *error = (ct_db_error){ .trouble = CT_DB_BUSY };
    snprintf(
        error->message, sizeof(error->message),
        "all of them (%zu%s; setting database_connections) were in use for %.3g s (setting database_wait): is there "
        "a ct_atomic() or a ct_each() that waits for something else meanwhile?",
        pool->max, of, (double)pool->wait_timeout / (double)CT_SECOND);
}

ct_db_connection *ct_pool_take(ct *c, ct_pool *pool, ct_db_error *error)
{
    notice_fork(pool);
    ct_db_connection *connection = take_idle(pool);
    if (CT_LIKELY(connection != NULL))
        return connection;
    if (pool->open_count < pool->max) {
        pool->open_count++;
        return open_one(c, pool, error);
    }
    if (wait_in_line(c, pool, false, &connection))
        return connection ? connection : open_one(c, pool, error);
    tell_busy(pool, error);
    return NULL;
}

/* One connection is left to those who give it back without asking for another. */
bool ct_pool_enter_loop(ct *c, ct_pool *pool, ct_db_error *error)
{
    ct_db_connection *none;
    notice_fork(pool);
    if (pool->loops < CT_MAX(pool->max - 1, 1)) {
        pool->loops++;
        return true;
    }
    if (wait_in_line(c, pool, true, &none))
        return true;
    *error = (ct_db_error){ .trouble = CT_DB_BUSY };
    snprintf(error->message, sizeof(error->message),
             "other loops of ct_each() lasted longer than %.3g s (setting database_wait), and no more than %zu run at "
             "once, so that transactions within them have a connection (setting database_connections)",
             (double)pool->wait_timeout / (double)CT_SECOND, pool->loops);
    return false;
}

void ct_pool_leave_loop(ct_pool *pool)
{
    ct_list *first = ct_list_take(&pool->waiting_loops);
    if (first)
        ct_fiber_wake(CT_CONTAINER(first, place, link)->fiber);
    else
        pool->loops--;
}

ct_db_connection *ct_pool_take_beside(ct *c, ct_pool *pool, ct_db_error *error)
{
    notice_fork(pool);
    ct_db_connection *connection = take_idle(pool);
    if (connection)
        return connection;
    pool->open_count++;
    return open_one(c, pool, error);
}

void ct_pool_give(ct_pool *pool, ct_db_connection *connection)
{
    if (connection->broken || pool->open_count > pool->max) {
        pool->driver->close(connection);
        leave_room(pool);
    } else if (!hand_over(pool, connection)) {
        pool->idle[pool->idle_count++] = connection;
    }
}

void ct_pool_lose(ct_pool *pool)
{
    leave_room(pool);
}

void **ct_pool_shared(ct_pool *pool)
{
    notice_fork(pool);
    return &pool->shared;
}

/* ---- lending ---- */

bool ct_pool_can_lend(const ct_pool *pool)
{
    return ct_list_empty(&pool->waiting) && pool->open_count - pool->idle_count + 1 < pool->max;
}

bool ct_pool_lend(ct_pool *pool)
{
    if (!ct_pool_can_lend(pool))
        return false;
    if (pool->open_count == pool->max)
        pool->driver->close(pool->idle[--pool->idle_count]);
    else
        pool->open_count++;
    return true;
}

void ct_pool_take_back(ct_pool *pool)
{
    leave_room(pool);
}

/* ---- the end ---- */

void ct_pool_close(ct_pool *pool)
{
    if (pool->forks != forks)
        return;
    while (pool->idle_count) {
        pool->driver->close(pool->idle[--pool->idle_count]);
        pool->open_count--;
    }
    if (pool->shared)
        pool->driver->close_shared(pool->shared);
    pool->shared = NULL;
}

void ct_pool_finish(ct_pool *pool)
{
    ct_pool_close(pool);
    free(pool->idle);
    pool->idle = NULL;
}
