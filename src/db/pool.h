/* A bounded pool of connections of one database in one worker. Waiting is fair: first come, first served; it ends with
 * 503 after database_wait or at the request's deadline. A connection that idles long, or is found dead, is replaced. */
#ifndef CANTEEN_DB_POOL_H
#define CANTEEN_DB_POOL_H

#include "base/list.h"
#include "canteen/backend/database.h"

typedef struct ct_pool {
    const ct_db_driver *driver;
    const ct_db_target *target;
    ct_db_connection **idle; /* the one used last is the last: it is taken first */
    size_t idle_count, open_count, max;
    ct_list waiting; /* of fibers */
    ct_time wait_timeout;
    void *shared; /* of driver->share() */
} ct_pool;

/* A connection for the caller alone; aborts with 503 (and one clear line in the log) when there is none. Give it back,
 * also on an abort: see db/session.h, which does. */
ct_db_connection *ct_pool_take(ct *c, ct_pool *pool);
void ct_pool_give(ct_pool *pool, ct_db_connection *connection);
void ct_pool_close(ct_pool *pool);

#endif
