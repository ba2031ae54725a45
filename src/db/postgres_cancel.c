/* Stopping a statement that nobody waits for any more.
 *
 * The protocol wants a second connection for that, and the key to it is libpq's secret until version 17; its
 * PQcancel() blocks. So it runs on a thread of the worker's, and only a few at once, for a server that cannot be
 * reached would hold threads that files need: what is not stopped by us ends by itself, or by the statement timeout.
 *
 * A loop may end before a job of its does: ct_pg_forget_cancels() drops those that have not begun. One that a thread
 * has is out of our hands, so it stays in `jobs` until its fiber goes on, which it may never do. */
#include "base/time.h"
#include "db/postgres.h"
#include "net/offload.h"

#include <stdlib.h>

#define AT_ONCE 2

typedef struct cancel {
    ct_list link;
    ct_timer timer; /* fires in the loop, where a fiber can be started */
    PGcancel *handle;
    const ct_db_target *target;
    bool counted; /* in `under_way` */
} cancel;

static ct_list jobs = { .next = &jobs, .previous = &jobs };
static unsigned under_way;

static void send_cancel(void *arg)
{
    char message[256];
    ct_pq.cancel(arg, message, sizeof message);
}

static void finish(cancel *job)
{
    ct_list_remove(&job->link);
    ct_pq.free_cancel(job->handle);
    under_way -= job->counted;
    free(job);
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
    *job = (cancel){ .handle = handle, .target = pg->connection.target, .counted = true };
    ct_list_append(&jobs, &job->link);
    under_way++;
    pg->cancelled = pg->loop->now;
    ct_timer_init(&job->timer, start_cancel);
    ct_timer_set(&pg->loop->timers, &job->timer, pg->loop->now);
}

void ct_pg_forget_cancels(const ct_db_target *target)
{
    ct_loop *loop = ct_loop_current();
    for (ct_list *node = jobs.next, *next; node != &jobs; node = next) {
        cancel *job = CT_CONTAINER(node, cancel, link);
        next = node->next;
        if (job->target != target)
            continue;
        if (ct_timer_armed(&job->timer)) {
            if (loop)
                ct_timer_clear(&loop->timers, &job->timer);
            finish(job);
        } else if (job->counted) {
            job->counted = false;
            under_way--;
        }
    }
}
