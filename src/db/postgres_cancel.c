/* Stopping a statement that nobody waits for any more.
 *
 * The protocol wants a second connection for that, and the key to it is libpq's secret until version 17; its
 * PQcancel() blocks. So it runs on a thread of the worker's, and only a few at once, for a server that cannot be
 * reached would hold threads that files need: what is not stopped by us ends by itself, or by the statement timeout. */
#include "base/time.h"
#include "db/postgres.h"
#include "net/offload.h"

#include <stdlib.h>

#define AT_ONCE 2

typedef struct cancel {
    ct_timer timer; /* fires in the loop, where a fiber can be started */
    PGcancel *handle;
} cancel;

static unsigned under_way;

static void send_cancel(void *arg)
{
    char message[256];
    ct_pq.cancel(arg, message, sizeof message);
}

static void finish(cancel *job)
{
    ct_pq.free_cancel(job->handle);
    free(job);
    under_way--;
}

static void run_cancel(void *arg)
{
    cancel *job = arg;
    ct_offload_run(ct_loop_current()->offload, send_cancel, job->handle);
    finish(job);
}

static void start_cancel(ct_timer *timer)
{
    cancel *job = CT_CONTAINER(timer, cancel, timer);
    if (!ct_fiber_start(ct_loop_current()->scheduler, run_cancel, job))
        finish(job);
}

void ct_pg_cancel(ct_pg *pg)
{
    if (pg->lost || under_way >= AT_ONCE || !pg->loop->offload)
        return;
    PGcancel *handle = ct_pq.get_cancel(pg->conn);
    if (!handle)
        return;
    cancel *job = ct_xmalloc(sizeof *job);
    *job = (cancel){ .handle = handle };
    under_way++;
    pg->cancelled = pg->loop->now;
    ct_timer_init(&job->timer, start_cancel);
    ct_timer_set(&pg->loop->timers, &job->timer, pg->loop->now);
}
