/* Whether a worker gets on: memory that the worker writes and its supervisor reads (net/hang.h).
 *
 * The worker counts the turns of its loop and its switches to fibers, and says when it waits for events. One that
 * neither waits nor counts on is in one stretch of code, and answers nobody else. Counting costs a store: there is one
 * writer. So that nobody needs to ask what that code works on, the worker writes it down whenever a fiber begins with
 * something else than the one before: some ten nanoseconds, and one for the same. */
#ifndef CANTEEN_NET_PULSE_H
#define CANTEEN_NET_PULSE_H

#include "base/common.h"
#include "base/str.h"

#include <stdatomic.h>
#include <string.h>

/* What a fiber works on, in the worker's own memory. All zero: on no request. */
typedef struct ct_pulse_subject {
    const ct_str *method, *path;
    uint64_t id;
    bool after_response;
} ct_pulse_subject;

typedef struct ct_pulse {
    _Atomic uint64_t beats;
    _Atomic bool waits;
    /* By the supervisor: the count at which it asks where the worker is, and the one at which it ends that. */
    _Atomic uint64_t asked, ended;
    _Atomic ct_time turned; /* ct_monotonic() at the beginning of this turn of the loop */
    /* What the running fiber works on: whole while the count stands still. */
    _Atomic bool in_fiber;
    bool after_response;
    uint64_t id;
    char method[16], path[256];
} ct_pulse;

static inline void ct_pulse_beat(ct_pulse *pulse)
{
    uint64_t beats = atomic_load_explicit(&pulse->beats, memory_order_relaxed);
    atomic_store_explicit(&pulse->beats, beats + 1, memory_order_relaxed);
}

static inline void ct_pulse_copy(char *to, size_t size, const ct_str *from)
{
    size_t length = from ? CT_MIN(from->length, size - 1) : 0;
    if (length)
        memcpy(to, from->data, length);
    to[length] = '\0';
}

static inline void ct_pulse_works_on(ct_pulse *pulse, const ct_pulse_subject *subject)
{
    if (pulse->id == subject->id && pulse->after_response == subject->after_response)
        return;
    pulse->id = subject->id;
    pulse->after_response = subject->after_response;
    ct_pulse_copy(pulse->method, sizeof pulse->method, subject->method);
    ct_pulse_copy(pulse->path, sizeof pulse->path, subject->path);
}

static inline void ct_pulse_enter(ct_pulse *pulse, const ct_pulse_subject *subject)
{
    ct_pulse_beat(pulse);
    atomic_thread_fence(memory_order_release); /* who sees something of this also sees that it counted on */
    atomic_store_explicit(&pulse->in_fiber, true, memory_order_relaxed);
    ct_pulse_works_on(pulse, subject);
}

static inline void ct_pulse_leave(ct_pulse *pulse)
{
    atomic_store_explicit(&pulse->in_fiber, false, memory_order_relaxed);
}

static inline void ct_pulse_wait(ct_pulse *pulse, bool waits)
{
    atomic_store_explicit(&pulse->waits, waits, memory_order_relaxed);
}

#endif
