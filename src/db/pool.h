/* A bounded pool of connections of one database in one worker.
 *
 *   ct_pool_take ─ one idles? ─> that; room for one more? ─> opens it; else the fiber waits in line
 *   ct_pool_give ─ somebody waits? ─> to the first in line, by hand; else it idles
 *
 * Waiting is fair: a connection that comes back goes to who waits longest, and nobody who asks later passes. A wait
 * ends with 503 after database_wait or at the request's deadline. Who holds a connection already, as ct_each() does,
 * and asks for another would wait for those who wait for it: where the database is a file, it gets one beyond the
 * bound; of others loops never have all, for which they wait in a line of their own, so that a transaction within one
 * finds a connection that comes back. A connection that is found dead is replaced. After a fork the child forgets the
 * connections of its parent without closing them. */
#ifndef CANTEEN_DB_POOL_H
#define CANTEEN_DB_POOL_H

#include "base/list.h"
#include "canteen/backend/database.h"

typedef struct ct_pool {
    const ct_db_driver *driver;
    const ct_db_target *target;
    ct_db_connection **idle;       /* the one used last is the last: it is taken first. On the heap */
    size_t idle_count, open_count; /* open: also those in use and those being opened */
    size_t max;
    ct_list waiting;       /* of fibers, first come first */
    size_t loops;          /* that hold a connection, or are about to */
    ct_list waiting_loops; /* as `waiting` */
    ct_time wait_timeout;
    void *shared;   /* of driver->share() */
    unsigned forks; /* of the process, when it was last used */
} ct_pool;

void ct_pool_init(ct_pool *pool, const ct_db_driver *driver, const ct_db_target *target, size_t max,
                  ct_time wait_timeout);
/* A connection for the caller alone, or NULL with `error` filled (UNAVAILABLE, or what the driver says). Does not
 * return when the request ends while it waits; nothing is taken then. Give it back, also on an abort: see
 * db/session.h, which does. */
ct_db_connection *ct_pool_take(ct *c, ct_pool *pool, ct_db_error *error);
/* The same without a wait, beyond the bound where nothing idles. */
ct_db_connection *ct_pool_take_beside(ct *c, ct_pool *pool, ct_db_error *error);
/* One that is `broken`, or beyond the bound, is closed instead of kept. */
void ct_pool_give(ct_pool *pool, ct_db_connection *connection);
/* Before a connection is taken for a loop that may ask for another within; false with `error` as for ct_pool_take().
 * ct_pool_leave_loop() when the loop has given it back. */
bool ct_pool_enter_loop(ct *c, ct_pool *pool, ct_db_error *error);
void ct_pool_leave_loop(ct_pool *pool);
/* It never comes back, and cannot be closed either: its fiber crashed within the driver. */
void ct_pool_lose(ct_pool *pool);
/* Where the driver keeps what it shares; NULL in it at first, and after a fork. */
void **ct_pool_shared(ct_pool *pool);
/* Room for one more connection of those that all share: false where a transaction waits for it, or none would be left
 * for the next one. What idles makes place. */
bool ct_pool_lend(ct_pool *pool);
bool ct_pool_can_lend(const ct_pool *pool);
/* That room comes back. */
void ct_pool_take_back(ct_pool *pool);
/* The pool of a place that ct_pool_shared() has given. */
static inline ct_pool *ct_pool_of_shared(void **place)
{
    return CT_CONTAINER(place, ct_pool, shared);
}
/* Closes what idles. */
void ct_pool_close(ct_pool *pool);
/* The same, and frees. */
void ct_pool_finish(ct_pool *pool);

#endif
