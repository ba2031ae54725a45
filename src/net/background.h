/* Work of a worker that is no request: what follows an answer, the hooks at its start and its end. Each piece runs on a
 * fiber of its own, begun by the loop. A worker that stops waits for them as for requests. */
#ifndef CANTEEN_NET_BACKGROUND_H
#define CANTEEN_NET_BACKGROUND_H

#include "base/list.h"
#include "net/worker.h"

typedef struct ct_background {
    ct_list link; /* in the worker's list of waiting or of running ones */
    ct_worker *worker;
    void (*run)(struct ct_background *work);  /* on the fiber */
    void (*done)(struct ct_background *work); /* after it: the memory is the caller's again. NULL: nothing to do */
    struct ct_exchange *exchange;             /* whose answer it follows; NULL: none's */
    const struct ct_fiber *fiber;             /* set once it runs */
} ct_background;

/* Begins it at the end of this turn of the loop, or later, when there are fibers enough. `run` and `done` are set. From
 * a fiber or the loop. */
void ct_background_add(ct_worker *worker, ct_background *work);
/* In the loop: begins what waits. True: there is more that can begin in the next turn. */
bool ct_background_begin(ct_worker *worker);
/* The exchange whose answer the running fiber follows, or NULL. Safe in a signal handler. */
struct ct_exchange *ct_background_exchange(const ct_worker *worker, const struct ct_fiber *fiber);
/* A fiber with this argument was abandoned: true if it was one of these; its memory is then never used again. What it
 * leaves undone is the exchange's to tell. */
bool ct_background_crashed(ct_worker *worker, const void *arg);

#endif
