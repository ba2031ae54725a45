/* The event loop: epoll, the timers, the fibers, one turn after the other.
 *
 *   turn: wait for events (until the next timer) -> call each watch -> fire timers -> run ready fibers -> each ct_turn
 *
 * A watch is registered once, edge-triggered for what reads and writes (try the call before waiting for its edge), or
 * level-triggered for listeners and the like. `ready` runs in the loop, never on a fiber. A watch must not go away in
 * the turn in which its events may still be pending: hand it to ct_loop_bury() instead, which frees it after the
 * turn. */
#ifndef CANTEEN_NET_LOOP_H
#define CANTEEN_NET_LOOP_H

#include "base/common.h"
#include "base/list.h"
#include "net/fiber.h"
#include "net/pulse.h"
#include "net/timer.h"

#include <sys/epoll.h>

typedef struct ct_watch {
    int fd; /* -1: closed; pending events of it are passed over */
    void (*ready)(struct ct_watch *watch, uint32_t events);
} ct_watch;

typedef struct ct_grave {
    struct ct_grave *next;
    void (*release)(struct ct_grave *grave);
} ct_grave;

/* What is called at the end of each turn; `run` returns the time by which the next turn must come (INT64_MAX: no
 * matter). It must not take itself or another off the list. */
typedef struct ct_turn {
    ct_list link; /* in loop->turns */
    ct_time (*run)(struct ct_turn *turn);
} ct_turn;

typedef struct ct_loop {
    int epoll_fd;
    ct_watch alarm;   /* a timerfd: ends the wait for events when a timer is due */
    ct_time alarm_at; /* for when it is set; INT64_MAX: it is not */
    bool stop;        /* set it to end ct_loop_run after this turn */
    ct_time now;      /* ct_monotonic() at the start of this turn */
    ct_timers timers;
    ct_scheduler *scheduler;
    struct ct_offload_pool *offload; /* of whoever runs the loop, for the fibers on it; or NULL */
    ct_grave *graves;
    ct_list turns;   /* of ct_turn */
    ct_pulse *pulse; /* or NULL */
} ct_loop;

/* False (errno says why) when the kernel refuses a descriptor. */
bool ct_loop_init(ct_loop *loop, size_t stack_size, size_t max_fibers);
void ct_loop_finish(ct_loop *loop);
/* Registers; `events` of epoll(7) with EPOLLET where wanted. False with errno. */
bool ct_loop_add(ct_loop *loop, ct_watch *watch, uint32_t events);
void ct_loop_remove(ct_loop *loop, ct_watch *watch);
/* Calls grave->release after this turn. */
void ct_loop_bury(ct_loop *loop, ct_grave *grave, void (*release)(ct_grave *grave));
/* Shows by it that it gets on; NULL: it does not. */
void ct_loop_count_on(ct_loop *loop, ct_pulse *pulse);
/* Turns until `stop`. */
void ct_loop_run(ct_loop *loop);

/* The loop that runs on this thread, or NULL. */
ct_loop *ct_loop_current(void);

/* For code on a fiber: parks until `fd` is ready for `events` (EPOLLIN, EPOLLOUT) or `until`. The descriptor is watched
 * for this one wait only. */
ct_wake ct_loop_wait_fd(ct_loop *loop, int fd, uint32_t events, ct_time until);

#endif
