/* Whether a worker gets on: memory that the worker writes and its supervisor reads (net/hang.h).
 *
 * The worker counts the turns of its loop and its switches to fibers, and says when it waits for events. One that
 * neither waits nor counts on is in one stretch of code, and answers nobody else. Counting costs a store: there is one
 * writer. */
#ifndef CANTEEN_NET_PULSE_H
#define CANTEEN_NET_PULSE_H

#include "base/common.h"

#include <stdatomic.h>

typedef struct ct_pulse {
    _Atomic uint64_t beats;
    _Atomic bool waits;
    /* By the supervisor: the count at which it asks where the worker is, and the one at which it ends that. */
    _Atomic uint64_t asked, ended;
} ct_pulse;

static inline void ct_pulse_beat(ct_pulse *pulse)
{
    uint64_t beats = atomic_load_explicit(&pulse->beats, memory_order_relaxed);
    atomic_store_explicit(&pulse->beats, beats + 1, memory_order_relaxed);
}

static inline void ct_pulse_wait(ct_pulse *pulse, bool waits)
{
    atomic_store_explicit(&pulse->waits, waits, memory_order_relaxed);
}

#endif
