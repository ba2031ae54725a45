/* Fibers and their scheduler.
 *
 *   one mapping:  [ guard, no access | stack, grows down ............. | struct ct_fiber ]
 *                 ^ map              ^ low                               ^ the fiber: stack pointer's start
 *
 * The struct lies at the top of its own stack, so a fiber is one mapping and its hottest bytes share pages. Free
 * fibers are a stack (last in, first out): the next request gets the warmest memory. A fiber that ended keeps running
 * in `life` with a new entry, so starting one is a single switch.
 *
 * States: FREE -> RUNNING <-> PARKED -> READY -> RUNNING ... -> FREE; ABANDONED is final. Memory of free fibers is not
 * trimmed: what a deep call touched stays with the pool (bounded by `keep`). */
#include "net/fiber.h"

#include "base/list.h"
#include "base/time.h"
#include "net/switch.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if CT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

#define SOON 1000      /* ms: a wait that long must not be mistaken for one that is over */
#define GUARD_PAGES 16 /* a large frame must not step over the guard */

typedef enum fiber_state { FIBER_FREE, FIBER_RUNNING, FIBER_PARKED, FIBER_READY, FIBER_ABANDONED } fiber_state;

struct ct_fiber {
    void *context; /* its stack pointer while it does not run */
    ct_scheduler *scheduler;
    void (*entry)(void *arg);
    void *arg;
    fiber_state state;
    ct_wake wake;
    bool cancelled, cancellable;
    ct_list link; /* in free, ready, parked or abandoned */
    ct_timer timer;
    ct_pulse_subject subject;
    char *map, *low;
    size_t map_size;
    unsigned valgrind_id;
    void *fake_stack; /* AddressSanitizer's */
};

struct ct_scheduler {
    void *loop_context;
    ct_fiber *running;
    ct_timers *timers;
    size_t stack_size, keep, max, count, free_count;
    ct_list free, ready, parked, abandoned;
    void (*on_abandon)(void *arg);
    ct_pulse *pulse;  /* or NULL */
    void *fake_stack; /* AddressSanitizer's, of the loop */
    const void *loop_low;
    size_t loop_size;
};

/* The scheduler whose fiber runs on this thread. */
static __thread ct_scheduler *current __attribute__((tls_model("initial-exec")));

static size_t page_size(void)
{
    static size_t size;
    if (!size)
        size = (size_t)sysconf(_SC_PAGESIZE);
    return size;
}

/* ---- switching ---- */

static void enter_fiber(ct_scheduler *scheduler, ct_fiber *fiber)
{
    scheduler->running = fiber;
    current = scheduler;
    fiber->state = FIBER_RUNNING;
    if (scheduler->pulse)
        ct_pulse_enter(scheduler->pulse, &fiber->subject);
#if CT_ASAN
    __sanitizer_start_switch_fiber(&scheduler->fake_stack, fiber->low, (size_t)((char *)fiber - fiber->low));
#endif
    ct_switch(&scheduler->loop_context, fiber->context);
#if CT_ASAN
    __sanitizer_finish_switch_fiber(scheduler->fake_stack, NULL, NULL);
#endif
    current = NULL;
    scheduler->running = NULL;
    if (scheduler->pulse)
        ct_pulse_leave(scheduler->pulse);
}

static void leave_fiber(ct_fiber *fiber)
{
    ct_scheduler *scheduler = fiber->scheduler;
#if CT_ASAN
    __sanitizer_start_switch_fiber(&fiber->fake_stack, scheduler->loop_low, scheduler->loop_size);
#endif
    ct_switch(&fiber->context, scheduler->loop_context);
#if CT_ASAN
    __sanitizer_finish_switch_fiber(fiber->fake_stack, &scheduler->loop_low, &scheduler->loop_size);
#endif
}

/* What every fiber runs: one entry after the other. */
static void life(void)
{
    ct_fiber *fiber = current->running;
#if CT_ASAN
    __sanitizer_finish_switch_fiber(NULL, &fiber->scheduler->loop_low, &fiber->scheduler->loop_size);
#endif
    for (;;) {
        fiber->entry(fiber->arg);
        fiber->state = FIBER_FREE;
        leave_fiber(fiber);
    }
}

/* ---- making and keeping ---- */

static void timed_out(ct_timer *timer)
{
    ct_fiber *fiber = CT_CONTAINER(timer, ct_fiber, timer);
    if (fiber->state != FIBER_PARKED)
        return;
    fiber->wake = CT_WAKE_TIMEOUT;
    ct_list_remove(&fiber->link);
    fiber->state = FIBER_READY;
    ct_list_append(&fiber->scheduler->ready, &fiber->link);
}

static ct_fiber *fiber_create(ct_scheduler *scheduler)
{
    size_t guard = GUARD_PAGES * page_size();
    size_t size = guard + scheduler->stack_size;
    char *map =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    if (mprotect(map, guard, PROT_NONE)) {
        munmap(map, size);
        return NULL;
    }
    ct_fiber *fiber = (ct_fiber *)(void *)(map + size - (sizeof *fiber + 63) / 64 * 64);
    *fiber = (ct_fiber){ .scheduler = scheduler, .map = map, .map_size = size, .low = map + guard };
    ct_timer_init(&fiber->timer, timed_out);
    fiber->valgrind_id = VALGRIND_STACK_REGISTER(fiber->low, (char *)fiber);
    fiber->context = ct_switch_prepare(fiber, (size_t)((char *)fiber - fiber->low), life);
    return fiber;
}

static void fiber_destroy(ct_fiber *fiber)
{
#if CT_ASAN
    __asan_unpoison_memory_region(fiber->low, (size_t)((char *)fiber - fiber->low)); /* the next mapping may be here */
#endif
    VALGRIND_STACK_DEREGISTER(fiber->valgrind_id);
    munmap(fiber->map, fiber->map_size);
}

/* After a switch back: the fiber has parked, ended, or was abandoned. */
static void settle(ct_scheduler *scheduler, ct_fiber *fiber)
{
    if (fiber->state == FIBER_FREE || fiber->state == FIBER_ABANDONED)
        ct_timer_clear(scheduler->timers, &fiber->timer);
    if (fiber->state == FIBER_FREE) {
        scheduler->count--;
        if (scheduler->free_count < scheduler->keep) {
            scheduler->free_count++;
            fiber->link.next = scheduler->free.next;
            scheduler->free.next = &fiber->link;
        } else {
            fiber_destroy(fiber);
        }
    } else if (fiber->state == FIBER_ABANDONED) {
        ct_list_append(&scheduler->abandoned, &fiber->link);
        if (scheduler->on_abandon)
            scheduler->on_abandon(fiber->arg);
    }
}

ct_scheduler *ct_scheduler_create(size_t stack_size, size_t keep, size_t max, ct_timers *timers)
{
    ct_scheduler *scheduler = ct_xcalloc(1, sizeof *scheduler);
    size_t page = page_size();
    scheduler->stack_size = (stack_size + page - 1) / page * page;
    scheduler->keep = keep;
    scheduler->max = max ? max : SIZE_MAX;
    scheduler->timers = timers;
    ct_list_init(&scheduler->ready);
    ct_list_init(&scheduler->parked);
    ct_list_init(&scheduler->abandoned);
    return scheduler;
}

static void destroy_all(ct_scheduler *scheduler, ct_list *list)
{
    for (ct_list *node; (node = ct_list_take(list)) != NULL;) {
        ct_fiber *fiber = CT_CONTAINER(node, ct_fiber, link);
        ct_timer_clear(scheduler->timers, &fiber->timer);
        fiber_destroy(fiber);
    }
}

void ct_scheduler_destroy(ct_scheduler *scheduler)
{
    if (!scheduler)
        return;
    while (scheduler->free.next) {
        ct_fiber *fiber = CT_CONTAINER(scheduler->free.next, ct_fiber, link);
        scheduler->free.next = fiber->link.next;
        fiber_destroy(fiber);
    }
    destroy_all(scheduler, &scheduler->ready);
    destroy_all(scheduler, &scheduler->parked);
    destroy_all(scheduler, &scheduler->abandoned);
    free(scheduler);
}

void ct_scheduler_on_abandon(ct_scheduler *scheduler, void (*fn)(void *arg))
{
    scheduler->on_abandon = fn;
}

void ct_scheduler_count_on(ct_scheduler *scheduler, ct_pulse *pulse)
{
    scheduler->pulse = pulse;
}

size_t ct_scheduler_count(const ct_scheduler *scheduler)
{
    return scheduler->count;
}

static ct_fiber *take_free(ct_scheduler *scheduler)
{
    if (!scheduler->free.next)
        return fiber_create(scheduler);
    ct_fiber *fiber = CT_CONTAINER(scheduler->free.next, ct_fiber, link);
    scheduler->free.next = fiber->link.next;
    scheduler->free_count--;
    fiber->link.next = NULL;
    return fiber;
}

bool ct_fiber_start(ct_scheduler *scheduler, void (*entry)(void *arg), void *arg)
{
    if (scheduler->count >= scheduler->max)
        return false;
    ct_fiber *fiber = take_free(scheduler);
    if (!fiber)
        return false;
    scheduler->count++;
    fiber->entry = entry;
    fiber->arg = arg;
    fiber->cancelled = false;
    fiber->subject = (ct_pulse_subject){ 0 };
    enter_fiber(scheduler, fiber);
    settle(scheduler, fiber);
    return true;
}

void ct_scheduler_run(ct_scheduler *scheduler)
{
    ct_list now;
    ct_list_init(&now);
    ct_list_splice(&now, &scheduler->ready);
    for (ct_list *node; (node = ct_list_take(&now)) != NULL;) {
        ct_fiber *fiber = CT_CONTAINER(node, ct_fiber, link);
        enter_fiber(scheduler, fiber);
        settle(scheduler, fiber);
    }
}

bool ct_scheduler_busy(const ct_scheduler *scheduler)
{
    return !ct_list_empty(&scheduler->ready);
}

/* ---- waiting ---- */

ct_fiber *ct_fiber_current(void)
{
    return current ? current->running : NULL;
}

void ct_fiber_work_on(const ct_pulse_subject *subject)
{
    ct_fiber *fiber = current->running;
    fiber->subject = subject ? *subject : (ct_pulse_subject){ 0 };
    if (fiber->scheduler->pulse)
        ct_pulse_works_on(fiber->scheduler->pulse, &fiber->subject);
}

static void make_ready(ct_fiber *fiber, ct_wake why)
{
    if (fiber->state != FIBER_PARKED)
        return;
    fiber->wake = why;
    fiber->state = FIBER_READY;
    ct_list_remove(&fiber->link);
    ct_list_append(&fiber->scheduler->ready, &fiber->link);
}

/* Asks the clock only where that may matter: reading it costs more than the rest of a wait. */
static bool has_passed(const ct_timers *timers, ct_time until)
{
    return until / CT_MILLISECOND - timers->tick < SOON && until <= ct_monotonic();
}

/* The timer of a wait stays armed when the wait ends, for the next one is mostly until the same deadline. */
static void set_timer(ct_scheduler *scheduler, ct_fiber *fiber, ct_time until)
{
    if (ct_timer_armed(&fiber->timer) && fiber->timer.at == until)
        return;
    if (until == INT64_MAX)
        ct_timer_clear(scheduler->timers, &fiber->timer);
    else
        ct_timer_set(scheduler->timers, &fiber->timer, until);
}

ct_wake ct_fiber_park(ct_time until)
{
    ct_fiber *fiber = current->running;
    if (fiber->cancelled)
        return CT_WAKE_CANCELLED;
    ct_scheduler *scheduler = fiber->scheduler;
    fiber->cancellable = true;
    if (CT_UNLIKELY(has_passed(scheduler->timers, until))) {
        fiber->wake = CT_WAKE_TIMEOUT;
        fiber->state = FIBER_READY;
        ct_list_append(&scheduler->ready, &fiber->link);
    } else {
        set_timer(scheduler, fiber, until);
        fiber->state = FIBER_PARKED;
        ct_list_append(&scheduler->parked, &fiber->link);
    }
    leave_fiber(fiber);
    return fiber->cancelled ? CT_WAKE_CANCELLED : fiber->wake;
}

void ct_fiber_park_uncancellable(void)
{
    ct_fiber *fiber = current->running;
    fiber->cancellable = false;
    set_timer(fiber->scheduler, fiber, INT64_MAX);
    fiber->state = FIBER_PARKED;
    ct_list_append(&fiber->scheduler->parked, &fiber->link);
    leave_fiber(fiber);
}

void ct_fiber_wake(ct_fiber *fiber)
{
    make_ready(fiber, CT_WAKE_READY);
}

void ct_fiber_cancel(ct_fiber *fiber)
{
    fiber->cancelled = true;
    if (fiber->cancellable)
        make_ready(fiber, CT_WAKE_CANCELLED);
}

bool ct_fiber_cancelled(const ct_fiber *fiber)
{
    return fiber->cancelled;
}

void ct_fiber_uncancel(ct_fiber *fiber)
{
    fiber->cancelled = false;
}

/* ---- crashes and measures ---- */

void ct_fiber_abandon(void)
{
    ct_scheduler *scheduler = current;
    ct_fiber *fiber = scheduler->running;
    fiber->state = FIBER_ABANDONED;
#if CT_ASAN
    __sanitizer_start_switch_fiber(NULL, scheduler->loop_low, scheduler->loop_size);
#endif
    ct_switch(&fiber->context, scheduler->loop_context);
    __builtin_unreachable();
}

bool ct_fiber_overflowed(const void *address)
{
    const ct_fiber *fiber = ct_fiber_current();
    return fiber && (const char *)address >= fiber->map && (const char *)address < fiber->low;
}

const char *ct_fiber_stack(const ct_fiber *fiber, size_t *ret_size)
{
    *ret_size = (size_t)((const char *)fiber - fiber->low);
    return fiber->low;
}

/* Fresh pages read as zero and the stack grows down, so the first byte that is not zero, from below, is the mark. */
__attribute__((no_sanitize("address"))) size_t ct_fiber_stack_used(const ct_fiber *fiber)
{
    const uint64_t *word = (const uint64_t *)(const void *)fiber->low;
    const uint64_t *end = (const uint64_t *)(const void *)fiber;
    while (word < end && !*word)
        word++;
    return (size_t)((const char *)end - (const char *)word);
}
