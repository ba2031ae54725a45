/* Fibers: straight-line code that waits without blocking the thread.
 *
 *   the loop's own stack                   a fiber's stack (mapped, guard pages at the low end)
 *   ct_fiber_start(entry, arg) ─ switch ─> entry(arg) ... ct_fiber_park() ─ switch ─> back in the loop
 *   an event: ct_fiber_wake() puts it in the ready queue; ct_scheduler_run() ─ switch ─> goes on after park
 *
 * One scheduler a thread (a worker has one thread). A fiber runs until it parks or its entry returns; nothing preempts
 * it. Its stack then goes back to the pool, as it is, hot in the cache. A parked fiber has exactly one wait: park says
 * why it woke (READY, TIMEOUT, CANCELLED). Cancelling a fiber that runs, or waits uncancellably, takes effect at its
 * next cancellable park.
 *
 * Switches are made by a few instructions of assembly on x86-64 and aarch64 (callee-saved registers only), by
 * ucontext elsewhere, and are announced to AddressSanitizer; stacks to valgrind. Floating-point control words are not
 * saved: nobody changes them. Fibers never move between threads. */
#ifndef CANTEEN_NET_FIBER_H
#define CANTEEN_NET_FIBER_H

#include "base/common.h"
#include "net/pulse.h"
#include "net/timer.h"

typedef struct ct_fiber ct_fiber;
typedef struct ct_scheduler ct_scheduler;

typedef enum ct_wake { CT_WAKE_READY, CT_WAKE_TIMEOUT, CT_WAKE_CANCELLED } ct_wake;

/* `stack_size` is rounded up to pages and does not count the guard. At most `keep` stacks stay mapped unused. At most
 * `max` fibers at once (0: no bound). `timers` is borrowed, for waits with an end; whoever turns the loop advances
 * it. */
ct_scheduler *ct_scheduler_create(size_t stack_size, size_t keep, size_t max, ct_timers *timers);
/* NULL is fine. Parked fibers are dropped as they are: nothing of theirs runs. */
void ct_scheduler_destroy(ct_scheduler *scheduler);
/* Called in the loop when a fiber was abandoned, with its arg; see ct_fiber_abandon(). */
void ct_scheduler_on_abandon(ct_scheduler *scheduler, void (*fn)(void *arg));

/* Counts each switch to a fiber, and writes down what it works on; NULL: does not. */
void ct_scheduler_count_on(ct_scheduler *scheduler, ct_pulse *pulse);

/* Runs entry(arg) on a fiber now, until it first parks or ends. False when `max` fibers exist or memory for a stack is
 * refused. Called in the loop, not from a fiber. */
bool ct_fiber_start(ct_scheduler *scheduler, void (*entry)(void *arg), void *arg);
/* Lets every fiber that is in the ready queue now go on, once. */
void ct_scheduler_run(ct_scheduler *scheduler);
/* Whether any fiber is ready. */
bool ct_scheduler_busy(const ct_scheduler *scheduler);
/* Fibers that exist: running and parked. */
size_t ct_scheduler_count(const ct_scheduler *scheduler);

/* The fiber that runs now, or NULL in the loop. */
ct_fiber *ct_fiber_current(void);

/* What the running fiber works on from now on, to the end of its entry; what that leads to is borrowed. NULL:
 * nothing. */
void ct_fiber_work_on(const ct_pulse_subject *subject);

/* Parks the running fiber until woken, or until `until` (ct_monotonic() time; INT64_MAX: for ever; past: after the
 * other ready fibers had their turn). */
ct_wake ct_fiber_park(ct_time until);
/* The same, but neither cancelled nor timed out: for waits whose memory is on this stack and used by others. */
void ct_fiber_park_uncancellable(void);
/* Puts a parked fiber in the ready queue; nothing happens when it is there already. Only for parked fibers. */
void ct_fiber_wake(ct_fiber *fiber);
/* Marks it cancelled: wakes it from a cancellable park, or makes its next one return CANCELLED at once. */
void ct_fiber_cancel(ct_fiber *fiber);
bool ct_fiber_cancelled(const ct_fiber *fiber);
/* Forgets a cancellation: the same fiber goes on with other work. */
void ct_fiber_uncancel(ct_fiber *fiber);

/* Leaves the running fiber for ever, from a signal handler on the alternate stack: the loop goes on where it switched
 * to it and calls the scheduler's on_abandon. Its stack is never used again. */
CT_NORETURN void ct_fiber_abandon(void);
/* Is `address` in the guard of the running fiber's stack? That is an overflow. */
bool ct_fiber_overflowed(const void *address);
/* The lowest address of its stack, and how large that is. */
const char *ct_fiber_stack(const ct_fiber *fiber, size_t *ret_size);
/* The most bytes of its stack that any fiber on this stack has used so far (a multiple of 8). */
size_t ct_fiber_stack_used(const ct_fiber *fiber);

#endif
