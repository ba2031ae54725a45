/* Looking at workers, and what the log says of one that does not get on: one line, with the innermost places in the
 * app's own code. */
#include "net/hang.h"

#include "base/log.h"
#include "base/time.h"
#include "net/own_code.h"
#include "net/thread_state.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOOKS 5 /* in the time after which a worker is told of */
#define LEAST_STEP (20 * CT_MILLISECOND)
#define MOST_STEP CT_SECOND
#define TOLD_STEP (100 * CT_MILLISECOND) /* so that the log says when it gets on */
#define MOST_PLACES 3
#define PLACE_BYTES 200

ct_pulse *ct_pulse_open(void)
{
    void *memory = mmap(NULL, sizeof(ct_pulse), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void ct_pulse_close(ct_pulse *pulse)
{
    if (pulse)
        munmap(pulse, sizeof *pulse);
}

/* ---- where it is ---- */

typedef struct places {
    ct_own_code code;
    size_t count;
    char text[MOST_PLACES * PLACE_BYTES];
} places;

static void take_places(void *arg, const ct_backtrace_frame *frame)
{
    places *p = arg;
    size_t used = strlen(p->text);
    if (p->count == MOST_PLACES || !frame->file || !ct_own_code_is_app(&p->code, frame))
        return;
    snprintf(p->text + used, CT_MIN(sizeof p->text - used, (size_t)PLACE_BYTES), ", %s %s at %s:%d",
             p->count ? "called by" : "in", frame->function, frame->file, frame->line);
    p->count++;
}

/* As of a crash, the worker's own memory map counts, and ours if that cannot be read. */
static void find_places(pid_t pid, const ct_crash *where, places *ret)
{
    size_t count = CT_MIN(where->frame_count, (uint32_t)CT_CRASH_FRAMES);
    ret->text[0] = '\0';
    ret->count = 0;
    ct_own_code_find(&ret->code);
    if (!ct_backtrace_walk(pid, where->frames, count, take_places, ret))
        ct_backtrace_walk(getpid(), where->frames, count, take_places, ret);
}

static void describe(const ct_crash *where, char *ret, size_t size)
{
    if (!where->in_handler)
        snprintf(ret, size, "the server itself");
    else if (!where->method[0])
        snprintf(ret, size, "a hook");
    else
        snprintf(ret, size, "%s %.*s %.*s", where->after_response ? "what follows the response to" : "the handler of",
                 (int)sizeof where->method - 1, where->method, (int)sizeof where->path - 1, where->path);
}

static void tell(ct_child *child, const ct_crash *where, const char *place, const char *why)
{
    char what[sizeof where->method + sizeof where->path + 40], id[sizeof where->request_id];
    child->told = true;
    describe(where, what, sizeof what);
    snprintf(id, sizeof id, "%.*s", (int)sizeof id - 1, where->request_id);
    ct_log_line(CT_LOG_WARNING, id[0] ? id : NULL,
                "%s has not yielded for %.1f s%s: worker %d answers nobody else meanwhile (%s)", what,
                (double)child->still / CT_SECOND, place, (int)child->pid, why);
}

void ct_hang_heard(ct_child *child, const ct_crash *where)
{
    places at;
    if (!child->asked || child->told)
        return; /* it has got on meanwhile */
    find_places(child->pid, where, &at);
    tell(child, where, at.text, "it loops, or does much at once: that is for ct_offload()");
}

/* What it works on, as it has written down. False: it has just got on. */
static bool read_pulse(const ct_child *child, ct_crash *ret)
{
    const ct_pulse *pulse = child->pulse;
    *ret = (ct_crash){ .in_handler = atomic_load_explicit(&pulse->in_fiber, memory_order_relaxed),
                       .after_response = pulse->after_response };
    memcpy(ret->method, pulse->method, sizeof ret->method);
    memcpy(ret->path, pulse->path, sizeof ret->path);
    if (pulse->id)
        snprintf(ret->request_id, sizeof ret->request_id, "%016" PRIx64, pulse->id);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&pulse->beats, memory_order_relaxed) == child->beats;
}

/* It waits in the system. It is not asked where: a signal would end some of the waits early (sleep, poll). */
static void tell_of_wait(ct_child *child)
{
    ct_crash where;
    char place[80] = ", in calls that block";
    const char *call = ct_thread_call(child->pid);
    if (call)
        snprintf(place, sizeof place, ", in a call that blocks (%s)", call);
    if (read_pulse(child, &where))
        tell(child, &where, place, "what blocks is for ct_offload()");
}

/* It does not say where it is, for it has blocked the signal, or the system does not say what it does. */
static void tell_without(ct_child *child)
{
    ct_crash where;
    if (read_pulse(child, &where))
        tell(child, &where, "", "it loops, or calls what blocks: that is for ct_offload()");
}

/* ---- looking ---- */

/* After how long there is something to do; 0: never. */
static ct_time first_limit(const ct_config *config)
{
    ct_time warning = config->hang_warning, timeout = config->hang_timeout;
    return warning && timeout ? CT_MIN(warning, timeout) : CT_MAX(warning, timeout);
}

static ct_time step_of(const ct_config *config)
{
    return CT_MIN(CT_MAX(first_limit(config) / LOOKS, LEAST_STEP), MOST_STEP);
}

static void gets_on(ct_child *child, uint64_t beats)
{
    if (child->told && !child->ended)
        ct_log_line(CT_LOG_INFO, NULL, "worker %d gets on again after %.1f s", (int)child->pid,
                    (double)(ct_monotonic() - child->began) / CT_SECOND);
    child->beats = beats;
    child->still = 0;
    child->switches = CT_CHILD_UNSEEN;
    child->asked = child->told = child->ended = false;
}

static void end(ct_children *children, ct_child *child, const char *why)
{
    ct_log_line(CT_LOG_ERROR, NULL, "worker %d has not yielded for %.1f s (%s): what it does is ended", (int)child->pid,
                (double)child->still / CT_SECOND, why);
    child->ended = true;
    ct_children_leave(children, child, true);
    atomic_store_explicit(&child->pulse->ended, child->beats, memory_order_relaxed);
    kill(child->pid, SIGABRT);
}

/* It does not get on: what is said of it. One that computes is asked where. One that has waited now and then, and runs
 * just now, is looked at some more times for a stretch of it that only computes. */
static void wonder(const ct_config *config, ct_child *child, const ct_thread_state *seen)
{
    bool compared = child->switches != CT_CHILD_UNSEEN, runs = seen->state == 'R';
    if (child->told || !config->hang_warning || child->still < config->hang_warning)
        return;
    if (child->asked || !seen->state) {
        tell_without(child);
    } else if (runs && compared && seen->switches == child->switches) {
        child->asked = true;
        atomic_store_explicit(&child->pulse->asked, child->beats, memory_order_relaxed);
        kill(child->pid, SIGURG);
    } else if (!runs || child->still >= 2 * config->hang_warning) {
        tell_of_wait(child);
    }
}

static void look(ct_children *children, ct_child *child, ct_time passed)
{
    const ct_config *config = children->start->config;
    uint64_t beats = atomic_load_explicit(&child->pulse->beats, memory_order_relaxed);
    if (beats != child->beats || atomic_load_explicit(&child->pulse->waits, memory_order_relaxed)) {
        gets_on(child, beats);
        return;
    }
    ct_thread_state seen = ct_thread_look(child->pid);
    if (ct_thread_is_stopped(&seen)) { /* by a debugger, or by hand */
        child->switches = CT_CHILD_UNSEEN;
        return;
    }
    if (!child->still) /* after the look before the last, or that would have seen it */
        child->began = CT_MAX(atomic_load_explicit(&child->pulse->turned, memory_order_relaxed),
                              children->looked_at - passed - step_of(config));
    child->still += passed;
    wonder(config, child, &seen);
    child->switches = seen.switches;
    if (config->hang_timeout && child->still >= config->hang_timeout && !child->ended)
        end(children, child, "hang_timeout");
}

void ct_hang_end(ct_children *children, const char *why)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].told && !children->items[i].ended)
            end(children, &children->items[i], why);
}

/* How long to wait for the next look; 0: there is none. */
static ct_time pause_of(const ct_children *children)
{
    const ct_config *config = children->start->config;
    if (!first_limit(config))
        return 0;
    ct_time step = step_of(config);
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].told && !children->items[i].ended)
            step = CT_MIN(step, TOLD_STEP);
    return step;
}

void ct_hang_look(ct_children *children)
{
    ct_time now = ct_monotonic(), step = pause_of(children);
    if (now < ct_hang_next(children))
        return;
    ct_time passed = children->looked_at ? CT_MIN(now - children->looked_at, 2 * step) : 0;
    children->looked_at = now;
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].pulse)
            look(children, &children->items[i], passed);
}

ct_time ct_hang_next(const ct_children *children)
{
    ct_time step = pause_of(children);
    return step ? children->looked_at + step : INT64_MAX;
}
