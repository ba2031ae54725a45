/* A small pool of threads for calls that block. A fiber gives fn(arg) and waits; the loop goes on meanwhile.
 *
 * Threads start when first needed, up to `max`, and wait for more; jobs run in the order they came. Signals are blocked
 * in them. The end of a job reaches the loop through an eventfd. */
#ifndef CANTEEN_NET_OFFLOAD_H
#define CANTEEN_NET_OFFLOAD_H

#include "net/loop.h"

typedef struct ct_offload_pool ct_offload_pool;

/* NULL with errno when the kernel refuses a descriptor. */
ct_offload_pool *ct_offload_create(ct_loop *loop, size_t max);
/* Waits for the jobs that run; drops those that do not yet (their fibers never go on). NULL is fine. */
void ct_offload_destroy(ct_offload_pool *pool);
/* On a fiber: runs fn(arg) on a thread and returns when it has ended. Neither cancelled nor timed out. When no thread
 * can be started at all it runs here, blocking. */
void ct_offload_run(ct_offload_pool *pool, void (*fn)(void *arg), void *arg);

#endif
