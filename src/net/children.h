/* The supervisor's workers: forked, heard, replaced, ended.
 *
 *     fork ──> STARTING ──READY──> SERVING ──crash, told to end──> LEAVING ──exit──> (gone)
 *                  └───────────── exit: unexpected ──────────────────────────> replaced, with back-off if it was early
 *
 * LEAVING workers finish requests and count no more: their successors are forked at once. Past its deadline a LEAVING
 * worker is killed. After a reload the workers of the program before are in the same list, marked `previous`: they
 * serve until ct_children_retire() and are never replaced. */
#ifndef CANTEEN_NET_CHILDREN_H
#define CANTEEN_NET_CHILDREN_H

#include "net/listeners.h"
#include "net/privileges.h"
#include "net/pulse.h"
#include "net/supervisor.h"

#include <sys/types.h>

typedef enum ct_child_state { CT_CHILD_STARTING, CT_CHILD_SERVING, CT_CHILD_LEAVING } ct_child_state;

#define CT_CHILD_UNSEEN (-2)

typedef struct ct_child {
    pid_t pid;
    int control; /* our end of its socketpair; -1 once it closed the other */
    ct_child_state state;
    bool previous;
    ct_time started, ready; /* ct_monotonic(); ready 0 until then */
    ct_time deadline;       /* of LEAVING: killed then; 0 none (any more) */
    ct_time latest;         /* of one told to end: no deadline is later; 0 none */
    ct_pulse *pulse;        /* NULL: it is not watched (net/hang.h) */
    uint64_t beats;         /* of it, at the last look */
    ct_time still;          /* how long they have been that */
    ct_time began;          /* about when that began */
    int64_t switches;       /* of its main thread (net/thread_state.h), at the last look; CT_CHILD_UNSEEN */
    bool asked, told;       /* where it is; the log */
    bool ended;             /* what does not get on has been told to end */
} ct_child;

typedef struct ct_children {
    const ct_supervisor_start *start;
    const ct_privileges *privileges;
    const ct_listeners *listeners; /* the wanted ones are what workers serve */
    int signal_fd;                 /* closed in workers */
    size_t wanted;                 /* workers of this program that should serve; 0 when stopping */
    ct_child *items;
    size_t count, capacity;
    unsigned failures; /* in a row: forks whose workers died before or soon after READY */
    ct_time last_failure, spawn_at;
    bool served;       /* some worker of this program has been READY */
    ct_time looked_at; /* whether they get on */
} ct_children;

void ct_children_finish(ct_children *children);
void ct_children_add(ct_children *children, ct_child child);
/* Forks what is missing, unless it is too early after failures. */
void ct_children_spawn(ct_children *children);
/* Hears what workers said: readiness, crashes (reported to the log), that they stopped accepting. */
void ct_children_listen(ct_children *children);
/* A process has ended. False: it is none of ours. */
bool ct_children_exited(ct_children *children, pid_t pid, int status);

/* Whether as many workers of this program serve as should. */
bool ct_children_all_ready(const ct_children *children);
/* Ends the workers of the program before, without haste (SIGQUIT). */
void ct_children_retire(ct_children *children);
/* Ends all (SIGTERM) by the deadline; none is forked any more. */
void ct_children_stop(ct_children *children, ct_time deadline);
void ct_children_kill(ct_children *children);
/* A worker ends as of a crash: it has crash_timeout for its other requests, and is replaced. `anew`: from now, however
 * long it has been leaving, unless it was told to end. */
void ct_children_leave(ct_children *children, ct_child *child, bool anew);
/* Kills LEAVING workers past their deadline; returns how many. */
size_t ct_children_expire(ct_children *children);
/* When spawn or expire has something to do next; INT64_MAX: nothing. */
ct_time ct_children_next(const ct_children *children);

#endif
