/* The event loop of loop.h. One a thread. It knows nothing of connections; those are watches.
 *
 * What ends a wait in time is a timerfd and not the timeout of epoll_wait(): that is a timer of the kernel for each
 * wait, set and taken back, which under a hypervisor costs more than the rest of a small turn. The alarm is only set
 * for what comes earlier than it, and never taken back: most timers are put off before they are due, so it goes off
 * once in a while, sometimes for nothing. */
#include "net/loop.h"

#include "base/time.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_A_TURN 256
#define KEEP_STACKS 128

static __thread ct_loop *running;

/* Nobody reads it: it is watched by edges, and setting it again takes back that it went off. */
static void alarm_went_off(ct_watch *watch, uint32_t events)
{
    (void)events;
    CT_CONTAINER(watch, ct_loop, alarm)->alarm_at = INT64_MAX;
}

bool ct_loop_init(ct_loop *loop, size_t stack_size, size_t max_fibers)
{
    *loop = (ct_loop){ .epoll_fd = epoll_create1(EPOLL_CLOEXEC), .alarm_at = INT64_MAX, .now = ct_monotonic() };
    loop->alarm =
        (ct_watch){ .fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), .ready = alarm_went_off };
    if (loop->epoll_fd < 0 || loop->alarm.fd < 0 || !ct_loop_add(loop, &loop->alarm, EPOLLIN | EPOLLET)) {
        int error = errno;
        if (loop->epoll_fd >= 0)
            close(loop->epoll_fd);
        if (loop->alarm.fd >= 0)
            close(loop->alarm.fd);
        errno = error;
        return false;
    }
    ct_timers_init(&loop->timers, loop->now);
    ct_list_init(&loop->turns);
    loop->scheduler = ct_scheduler_create(stack_size, KEEP_STACKS, max_fibers, &loop->timers);
    return true;
}

static void release_graves(ct_loop *loop)
{
    while (loop->graves) {
        ct_grave *grave = loop->graves;
        loop->graves = grave->next;
        grave->release(grave);
    }
}

void ct_loop_finish(ct_loop *loop)
{
    release_graves(loop);
    ct_scheduler_destroy(loop->scheduler);
    close(loop->alarm.fd);
    close(loop->epoll_fd);
}

bool ct_loop_add(ct_loop *loop, ct_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0;
}

void ct_loop_remove(ct_loop *loop, ct_watch *watch)
{
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
}

void ct_loop_bury(ct_loop *loop, ct_grave *grave, void (*release)(ct_grave *grave))
{
    grave->release = release;
    grave->next = loop->graves;
    loop->graves = grave;
}

/* The timeout of the wait: 0 where the next turn is due, else none, for the alarm ends it. */
static int set_alarm(ct_loop *loop, ct_time next)
{
    next = CT_MIN(next, ct_timers_next(&loop->timers));
    if (next <= loop->now)
        return 0;
    if (next < loop->alarm_at) {
        const struct itimerspec at = { .it_value = { .tv_sec = (time_t)(next / CT_SECOND),
                                                     .tv_nsec = (long)(next % CT_SECOND) * 1000 } };
        if (timerfd_settime(loop->alarm.fd, TFD_TIMER_ABSTIME, &at, NULL) < 0)
            ct_die("timerfd_settime: %m");
        loop->alarm_at = next;
    }
    return -1;
}

static ct_time end_turn(ct_loop *loop)
{
    ct_time next = INT64_MAX;
    for (ct_list *node = loop->turns.next; node != &loop->turns; node = node->next) {
        ct_turn *turn = CT_CONTAINER(node, ct_turn, link);
        ct_time wanted = turn->run(turn);
        next = CT_MIN(next, wanted);
    }
    return next;
}

/* Runs what is ready, then the ends of the turn, which the fibers that have just run may have asked for. Returns when
 * the next turn must come: at once where there is more to run, which may be what an end has woken. */
static ct_time run_ready(ct_loop *loop)
{
    ct_scheduler_run(loop->scheduler);
    ct_time next = end_turn(loop);
    return ct_scheduler_busy(loop->scheduler) ? loop->now : next;
}

void ct_loop_count_on(ct_loop *loop, ct_pulse *pulse)
{
    loop->pulse = pulse;
    ct_scheduler_count_on(loop->scheduler, pulse);
}

static int wait_events(ct_loop *loop, struct epoll_event *events, ct_time next)
{
    int patience = set_alarm(loop, next);
    if (!loop->pulse)
        return epoll_wait(loop->epoll_fd, events, EVENTS_A_TURN, patience);
    ct_pulse_wait(loop->pulse, true);
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_A_TURN, patience);
    ct_pulse_beat(loop->pulse);
    ct_pulse_wait(loop->pulse, false);
    return count;
}

void ct_loop_run(ct_loop *loop)
{
    ct_loop *outer = running;
    running = loop;
    struct epoll_event events[EVENTS_A_TURN];
    ct_time next = run_ready(loop);
    while (!loop->stop) {
        int count = wait_events(loop, events, next);
        if (count < 0 && errno != EINTR)
            ct_die("epoll_wait: %m");
        loop->now = ct_monotonic();
        if (loop->pulse)
            atomic_store_explicit(&loop->pulse->turned, loop->now, memory_order_relaxed);
        for (int i = 0; i < count; i++) {
            ct_watch *watch = events[i].data.ptr;
            if (watch->fd >= 0)
                watch->ready(watch, events[i].events);
        }
        ct_timers_advance(&loop->timers, loop->now);
        next = run_ready(loop);
        release_graves(loop);
    }
    running = outer;
}

ct_loop *ct_loop_current(void)
{
    return running;
}

typedef struct fd_wait {
    ct_watch watch;
    ct_fiber *fiber;
} fd_wait;

static void fd_ready(ct_watch *watch, uint32_t events)
{
    (void)events;
    watch->fd = -1; /* one wake is enough */
    ct_fiber_wake(CT_CONTAINER(watch, fd_wait, watch)->fiber);
}

ct_wake ct_loop_wait_fd(ct_loop *loop, int fd, uint32_t events, ct_time until)
{
    fd_wait wait = { .watch = { .fd = fd, .ready = fd_ready }, .fiber = ct_fiber_current() };
    if (!ct_loop_add(loop, &wait.watch, events | EPOLLONESHOT))
        return errno == EPERM ? CT_WAKE_READY : CT_WAKE_CANCELLED; /* EPERM: a regular file is always ready */
    ct_wake wake = ct_fiber_park(until);
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    return wake;
}
