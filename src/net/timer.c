/* The timer wheel of timer.h.
 *
 * A timer due in `delta` ticks lies at the level whose span holds delta, in the slot of the tick's own bits there:
 *
 *     level = how many times 6 bits delta is wide;  slot = (tick >> 6 * level) & 63
 *
 * so a slot of level n > 0 is reached when the lower bits of the clock become zero; its timers are then placed again,
 * lower down. Nothing here knows of the loop; time is what advance is told. */
#include "net/timer.h"

#include "base/time.h"

#define SLOT_BITS 6
#define SLOT_MASK (CT_TIMER_SLOTS - 1)

static int64_t tick_of(ct_time at)
{
    return (at + CT_MILLISECOND - 1) / CT_MILLISECOND; /* rounded up: never early */
}

void ct_timers_init(ct_timers *timers, ct_time now)
{
    *timers = (ct_timers){ .tick = now / CT_MILLISECOND };
    for (int level = 0; level < CT_TIMER_LEVELS; level++)
        for (int slot = 0; slot < CT_TIMER_SLOTS; slot++)
            ct_list_init(&timers->slots[level][slot]);
}

void ct_timer_init(ct_timer *timer, void (*fire)(ct_timer *timer))
{
    *timer = (ct_timer){ .fire = fire };
}

bool ct_timer_armed(const ct_timer *timer)
{
    return ct_list_linked(&timer->link);
}

static void place(ct_timers *timers, ct_timer *timer, int64_t earliest)
{
    int64_t tick = CT_MAX(tick_of(timer->at), earliest);
    int64_t delta = tick - timers->tick;
    int level = 0;
    while (level < CT_TIMER_LEVELS - 1 && delta >= (int64_t)1 << (SLOT_BITS * (level + 1)))
        level++;
    if (delta >= (int64_t)1 << (SLOT_BITS * CT_TIMER_LEVELS)) /* beyond the wheel: its last slot, then again */
        tick = timers->tick + ((int64_t)1 << (SLOT_BITS * CT_TIMER_LEVELS)) - 1;
    int slot = (int)(tick >> (SLOT_BITS * level)) & SLOT_MASK;
    ct_list_append(&timers->slots[level][slot], &timer->link);
    timers->used[level] |= (uint64_t)1 << slot;
}

void ct_timer_set(ct_timers *timers, ct_timer *timer, ct_time at)
{
    ct_timer_clear(timers, timer);
    timer->at = at;
    timers->count++;
    place(timers, timer, timers->tick + 1); /* the current slot has been fired */
}

void ct_timer_clear(ct_timers *timers, ct_timer *timer)
{
    if (!ct_timer_armed(timer))
        return;
    ct_list_remove(&timer->link); /* the slot's bit may stay: it only costs one empty visit */
    timers->count--;
}

/* Takes the slot's timers out and places them again by what is left of their time; what is due now lands in the slot of
 * level 0 that is fired next. */
static void cascade(ct_timers *timers, int level, int slot)
{
    ct_list due;
    ct_list_init(&due);
    ct_list_splice(&due, &timers->slots[level][slot]);
    timers->used[level] &= ~((uint64_t)1 << slot);
    for (ct_list *node; (node = ct_list_take(&due)) != NULL;)
        place(timers, CT_CONTAINER(node, ct_timer, link), timers->tick);
}

static void fire_slot(ct_timers *timers, int slot)
{
    ct_list due;
    ct_list_init(&due);
    ct_list_splice(&due, &timers->slots[0][slot]);
    timers->used[0] &= ~((uint64_t)1 << slot);
    for (ct_list *node; (node = ct_list_take(&due)) != NULL;) {
        ct_timer *timer = CT_CONTAINER(node, ct_timer, link);
        timers->count--;
        timer->fire(timer);
    }
}

/* The next tick after the current one at which a slot of `level` is to be visited; INT64_MAX when it is empty. */
static int64_t next_visit(const ct_timers *timers, int level)
{
    uint64_t used = timers->used[level];
    if (!used)
        return INT64_MAX;
    int64_t here = timers->tick >> (SLOT_BITS * level);
    unsigned first = (unsigned)(here + 1) & SLOT_MASK;
    uint64_t rotated = first ? used >> first | used << (CT_TIMER_SLOTS - first) : used;
    return (here + 1 + __builtin_ctzll(rotated)) << (SLOT_BITS * level);
}

static int64_t next_tick(const ct_timers *timers)
{
    int64_t next = INT64_MAX;
    for (int level = 0; level < CT_TIMER_LEVELS; level++)
        next = CT_MIN(next, next_visit(timers, level));
    return next;
}

void ct_timers_advance(ct_timers *timers, ct_time now)
{
    int64_t target = now / CT_MILLISECOND;
    while (timers->tick < target) {
        int64_t next = timers->count ? next_tick(timers) : INT64_MAX;
        if (next > target) {
            timers->tick = target;
            return;
        }
        timers->tick = next;
        for (int level = CT_TIMER_LEVELS - 1; level > 0; level--)
            if (next % ((int64_t)1 << (SLOT_BITS * level)) == 0)
                cascade(timers, level, (int)(next >> (SLOT_BITS * level)) & SLOT_MASK);
        fire_slot(timers, (int)next & SLOT_MASK);
    }
}

ct_time ct_timers_next(const ct_timers *timers)
{
    if (!timers->count)
        return INT64_MAX;
    int64_t next = next_tick(timers);
    return next == INT64_MAX ? INT64_MAX : next * CT_MILLISECOND;
}
