/* What the main thread of another process does, as the system tells it: nothing is asked of the process, and nothing it
 * does is disturbed. */
#ifndef CANTEEN_NET_THREAD_STATE_H
#define CANTEEN_NET_THREAD_STATE_H

#include "base/common.h"

#include <sys/types.h>

typedef struct ct_thread_state {
    char state;       /* as in /proc: R runs, S and D wait, T and t are stopped; 0 not known */
    int64_t switches; /* how often it has given up the processor by itself; -1 not known */
} ct_thread_state;

ct_thread_state ct_thread_look(pid_t pid);
bool ct_thread_is_stopped(const ct_thread_state *state);
/* The call of the system that it is in; NULL: none, an unusual one, or we may not know. */
const char *ct_thread_call(pid_t pid);

#endif
