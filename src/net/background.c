/* The lists of a worker's work that is no request. A piece is in one of two lists, so that a crash can be told from one
 * of a request, and the worker knows when it may end. */
#include "net/background.h"

#include "net/connection.h"

void ct_background_add(ct_worker *worker, ct_background *work)
{
    work->worker = worker;
    ct_list_append(&worker->background_waiting, &work->link);
    worker->background++;
}

static void run_on_fiber(void *arg)
{
    ct_background *work = arg;
    ct_worker *worker = work->worker;
    work->fiber = ct_fiber_current();
    ct_exchange *x = work->exchange;
    if (x)
        ct_fiber_work_on(&(ct_pulse_subject){ &x->head.method_name, &x->head.path, x->id, true });
    work->run(work);
    ct_fiber_work_on(NULL);
    ct_list_remove(&work->link);
    if (work->done)
        work->done(work);
    worker->background--;
}

bool ct_background_begin(ct_worker *worker)
{
    ct_list now;
    ct_list_init(&now);
    ct_list_splice(&now, &worker->background_waiting);
    while (!ct_list_empty(&now)) {
        ct_list *node = ct_list_take(&now);
        ct_list_append(&worker->background_running, node);
        if (ct_fiber_start(worker->loop->scheduler, run_on_fiber, CT_CONTAINER(node, ct_background, link)))
            continue;
        ct_list_remove(node);
        ct_list_append(&worker->background_waiting, node);
        ct_list_splice(&worker->background_waiting, &now);
        return false; /* fibers enough: the end of one brings the next turn */
    }
    return !ct_list_empty(&worker->background_waiting);
}

ct_exchange *ct_background_exchange(const ct_worker *worker, const ct_fiber *fiber)
{
    for (ct_list *node = worker->background_running.next; node != &worker->background_running; node = node->next) {
        const ct_background *work = CT_CONTAINER(node, ct_background, link);
        if (work->fiber == fiber)
            return work->exchange;
    }
    return NULL;
}

bool ct_background_crashed(ct_worker *worker, const void *arg)
{
    for (ct_list *node = worker->background_running.next; node != &worker->background_running; node = node->next) {
        const ct_background *work = CT_CONTAINER(node, ct_background, link);
        if (arg != work)
            continue;
        ct_list_remove(node);
        worker->background--;
        if (work->exchange)
            work->exchange->follow_crashed(work->exchange);
        return true;
    }
    return false;
}
