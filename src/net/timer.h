/* Timers: a hierarchical wheel with a resolution of one millisecond. Adding and removing cost the same however many
 * there are; a timer never fires early and at most one millisecond plus one turn of the loop late.
 *
 *   level 0: 64 slots of 1 ms     level 1: 64 of 64 ms     level 2: 64 of 4 s     level 3: 64 of 4.4 min (to 4.6 h)
 *
 * A timer of a higher level moves down when its slot's time comes; one beyond the last level waits in its last slot
 * and is placed anew from there. The struct is the caller's; it must stay in place while armed. */
#ifndef CANTEEN_NET_TIMER_H
#define CANTEEN_NET_TIMER_H

#include "base/common.h"
#include "base/list.h"

#define CT_TIMER_LEVELS 4
#define CT_TIMER_SLOTS 64

typedef struct ct_timer {
    ct_list link; /* unlinked (see base/list.h) when not armed */
    ct_time at;   /* ct_monotonic() µs */
    void (*fire)(struct ct_timer *timer);
} ct_timer;

typedef struct ct_timers {
    int64_t tick; /* milliseconds: every timer of this tick and before has fired */
    size_t count;
    uint64_t used[CT_TIMER_LEVELS]; /* a bit for each slot that is not empty */
    ct_list slots[CT_TIMER_LEVELS][CT_TIMER_SLOTS];
} ct_timers;

void ct_timers_init(ct_timers *timers, ct_time now);
void ct_timer_init(ct_timer *timer, void (*fire)(ct_timer *timer));
/* Arms it for `at`; an armed timer is moved. */
void ct_timer_set(ct_timers *timers, ct_timer *timer, ct_time at);
/* Disarms it; nothing happens if it is not armed. */
void ct_timer_clear(ct_timers *timers, ct_timer *timer);
bool ct_timer_armed(const ct_timer *timer);
/* Fires what is due. `fire` may set and clear any timer. */
void ct_timers_advance(ct_timers *timers, ct_time now);
/* The time at which advance must be called next (it may then have nothing to fire yet); INT64_MAX without timers. */
ct_time ct_timers_next(const ct_timers *timers);

#endif
