/* Workers that do not get on: a handler that loops without an end, or calls what blocks, keeps its worker from
 * answering anybody. A fiber is not preempted, so all that can be done is to say so, and, where a setting wants it, to
 * end the handler as if it had crashed.
 *
 *     supervisor: looks at each worker's ct_pulse five times in `hang_warning` ── still the same ──>
 *                   it waits in the system: the log names the request, which the pulse tells, and the call
 *                   it computes: SIGURG
 *     worker:     the signal's handler says which request it is, and where (crash.c) ─ CT_WORKER_HANGS ─> the log
 *     supervisor: still the same after `hang_timeout` ──> SIGABRT: that answer is 500, and the worker is replaced
 *
 * A worker that leaves is looked at as well: of the requests that it has, another may hang.
 * In development the next program and the end of the server do not wait for what hangs: it ends at once.
 *
 * What waits gets no signal, for that would end some waits early (sleep, poll), whatever the flags: a handler must not
 * do something else because it is looked at. What computes at two looks and did not give up the processor in between is
 * taken to go on with that.
 *
 * Time that this process did not see is not counted: both may have been stopped. Nor is that in which a debugger, or
 * SIGSTOP, has stopped the worker. Not here: workers of the program before a reload, which leave anyway. */
#ifndef CANTEEN_NET_HANG_H
#define CANTEEN_NET_HANG_H

#include "net/children.h"

/* NULL: there is no memory for it, and the worker is not watched. */
ct_pulse *ct_pulse_open(void);
void ct_pulse_close(ct_pulse *pulse);

/* Looks at the workers when it is time to. */
void ct_hang_look(ct_children *children);
/* When it is; INT64_MAX: never. */
ct_time ct_hang_next(const ct_children *children);
/* Ends what has been told of and does not get on still, as after `hang_timeout`. */
void ct_hang_end(ct_children *children, const char *why);
/* A worker has said where it is. */
void ct_hang_heard(ct_child *child, const ct_crash *where);

#endif
