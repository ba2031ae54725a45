/* Looking at workers, and what the log says of one that does not get on: one line, with the innermost places in the
 * app's own code. */
#include "net/hang.h"

#include "base/log.h"
#include "base/time.h"
#include "net/own_code.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOOKS 5 /* in the time after which a worker is told of */
#define LEAST_STEP (20 * CT_MILLISECOND)
#define MOST_STEP CT_SECOND
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

void ct_hang_heard(ct_child *child, const ct_crash *where)
{
    char what[sizeof where->method + sizeof where->path + 40], id[sizeof where->request_id];
    places at;
    if (!child->asked || child->told)
        return; /* it has got on meanwhile */
    child->told = true;
    describe(where, what, sizeof what);
    snprintf(id, sizeof id, "%.*s", (int)sizeof id - 1, where->request_id);
    find_places(child->pid, where, &at);
    ct_log_line(CT_LOG_WARNING, id[0] ? id : NULL,
                "%s has not yielded for %.1f s%s: worker %d answers nobody else meanwhile (it loops, or calls what "
                "blocks: that is for ct_offload())",
                what, (double)child->still / CT_SECOND, at.text, (int)child->pid);
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
                    (double)child->still / CT_SECOND);
    child->beats = beats;
    child->still = 0;
    child->asked = child->told = child->ended = false;
}

/* It does not say where it is: it has blocked the signal, or is inside of the kernel. */
static void tell_without(ct_child *child)
{
    child->told = true;
    ct_log_line(CT_LOG_WARNING, NULL, "worker %d has not yielded for %.1f s and answers nobody meanwhile",
                (int)child->pid, (double)child->still / CT_SECOND);
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

static void look(ct_children *children, ct_child *child, ct_time passed)
{
    const ct_config *config = children->start->config;
    uint64_t beats = atomic_load_explicit(&child->pulse->beats, memory_order_relaxed);
    if (beats != child->beats || atomic_load_explicit(&child->pulse->waits, memory_order_relaxed)) {
        gets_on(child, beats);
        return;
    }
    child->still += passed;
    if (config->hang_warning && child->still >= config->hang_warning && !child->asked) {
        child->asked = true;
        atomic_store_explicit(&child->pulse->asked, beats, memory_order_relaxed);
        kill(child->pid, SIGURG);
    } else if (child->asked && !child->told) {
        tell_without(child);
    }
    if (config->hang_timeout && child->still >= config->hang_timeout && !child->ended)
        end(children, child, "hang_timeout");
}

void ct_hang_end(ct_children *children, const char *why)
{
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].told && !children->items[i].ended)
            end(children, &children->items[i], why);
}

void ct_hang_look(ct_children *children)
{
    ct_time now = ct_monotonic(), step = step_of(children->start->config);
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
    const ct_config *config = children->start->config;
    return first_limit(config) ? children->looked_at + step_of(config) : INT64_MAX;
}
