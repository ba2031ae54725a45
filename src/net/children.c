/* Forking workers, reading their messages, judging their deaths.
 *
 * A worker that dies within a second of READY, or before it, makes the next fork wait: 100 ms, doubled each time in a
 * row, at most 5 s. A crash in a handler is no such death (the worker tells and goes on draining), so its successor
 * comes at once; what bounds those is that when very many processes are still leaving, the oldest of them are
 * killed.
 *
 * A worker inherits nothing but its listening sockets and its own end of the control pair. It holds no end of the
 * others', or they would not see EOF when the supervisor dies.
 *
 * Not here: whether a worker gets on (net/hang.c). */
#include "net/children.h"

#include "base/log.h"
#include "base/time.h"
#include "net/crash_report.h"
#include "net/hang.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define EARLY CT_SECOND /* a worker that dies sooner after READY has failed */
#define BACK_OFF_FIRST (100 * CT_MILLISECOND)
#define BACK_OFF_MOST (5 * CT_SECOND)
#define FAILURES_APART (10 * CT_SECOND) /* failures further apart are not in a row */
#define CRASH_MARGIN (2 * CT_SECOND)    /* beyond the grace that a worker keeps by itself */
#define DRAIN_MARGIN (1 * CT_SECOND)
#define RETIRE_MARGIN (5 * CT_SECOND)

void ct_children_finish(ct_children *children)
{
    for (size_t i = 0; i < children->count; i++) {
        if (children->items[i].control >= 0)
            close(children->items[i].control);
        ct_pulse_close(children->items[i].pulse);
    }
    free(children->items);
    children->items = NULL;
    children->count = children->capacity = 0;
}

void ct_children_add(ct_children *children, ct_child child)
{
    if (children->count == children->capacity) {
        children->capacity = children->capacity ? 2 * children->capacity : 8;
        children->items = ct_xrealloc(children->items, children->capacity * sizeof *children->items);
    }
    children->items[children->count++] = child;
}

/* The back-off after a worker that could not be kept up. Several that die together are one failure. */
static void note_failure(ct_children *children, ct_time now)
{
    if (now < children->spawn_at)
        return;
    children->failures = now - children->last_failure > FAILURES_APART ? 1 : children->failures + 1;
    children->last_failure = now;
    ct_time wait = BACK_OFF_FIRST << CT_MIN(children->failures - 1, 10u);
    children->spawn_at = now + CT_MIN(wait, BACK_OFF_MOST);
}

static void reset_signals(void)
{
    static const int defaults[] = { SIGTERM, SIGINT, SIGQUIT, SIGCHLD };
    for (size_t i = 0; i < CT_COUNT(defaults); i++)
        signal(defaults[i], SIG_DFL);
    signal(SIGHUP, SIG_IGN); /* sent to the whole group or service it is meant for the supervisor */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What a forked worker does, to its end. */
static CT_NORETURN void run_worker(const ct_children *children, int control, ct_pulse *pulse, pid_t supervisor)
{
    close(children->signal_fd);
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].control >= 0)
            close(children->items[i].control);
    const ct_listeners *listeners = children->listeners;
    int *fds = ct_xcalloc(listeners->count + 1, sizeof *fds);
    size_t count = 0;
    for (size_t i = 0; i < listeners->count; i++)
        if (listeners->items[i].wanted)
            fds[count++] = listeners->items[i].fd;
        else
            close(listeners->items[i].fd);
    reset_signals();

    int code = 1;
    ct_error error;
    if (!ct_privileges_drop(children->privileges, &error))
        ct_log_line(CT_LOG_ERROR, NULL, "%s", error.message);
    else if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == supervisor)
        code = ct_worker_run(&(ct_worker_start){ .config = children->start->config,
                                                 .ops = children->start->ops,
                                                 .data = children->start->data,
                                                 .listeners = fds,
                                                 .listener_count = count,
                                                 .control = control,
                                                 .pulse = pulse });
    ct_log_flush();
    _exit(code);
}

static bool fork_one(ct_children *children)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    ct_log_flush();
    fflush(NULL);
    pid_t supervisor = getpid();
    ct_pulse *pulse = ct_pulse_open();
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        run_worker(children, pair[1], pulse, supervisor);
    }
    int saved = errno;
    close(pair[1]);
    if (pid > 0) {
        ct_children_add(children,
                        (ct_child){ .pid = pid, .control = pair[0], .started = ct_monotonic(), .pulse = pulse });
    } else {
        close(pair[0]);
        ct_pulse_close(pulse);
    }
    errno = saved;
    return pid > 0;
}

#define MOST_LEAVING(children) (3 * (children)->wanted + 16)

/* Workers that are to be forked now or later. */
static size_t missing(const ct_children *children)
{
    size_t have = 0, leaving = 0;
    for (size_t i = 0; i < children->count; i++) {
        const ct_child *child = &children->items[i];
        have += !child->previous && child->state != CT_CHILD_LEAVING;
        leaving += !child->previous && child->state == CT_CHILD_LEAVING;
    }
    return have >= children->wanted || leaving >= MOST_LEAVING(children) ? 0 : children->wanted - have;
}

/* With so many leaving that none may be forked, those who were told first go now: service comes before their
 * requests. */
static void end_oldest(ct_children *children)
{
    size_t have = 0, leaving = 0;
    ct_child *oldest = NULL;
    for (size_t i = 0; i < children->count; i++) {
        ct_child *child = &children->items[i];
        have += !child->previous && child->state != CT_CHILD_LEAVING;
        if (child->previous || child->state != CT_CHILD_LEAVING)
            continue;
        leaving++;
        if (!oldest || child->deadline < oldest->deadline)
            oldest = child;
    }
    if (oldest && have < children->wanted && leaving >= MOST_LEAVING(children))
        kill(oldest->pid, SIGKILL);
}

void ct_children_spawn(ct_children *children)
{
    if (ct_monotonic() < children->spawn_at)
        return;
    end_oldest(children);
    for (size_t left = missing(children); left; left--)
        if (!fork_one(children)) {
            ct_log_line(CT_LOG_ERROR, NULL, "cannot start a worker: %m; trying again");
            note_failure(children, ct_monotonic());
            return;
        }
}

static ct_time sooner(ct_time deadline, ct_time other)
{
    return other ? CT_MIN(deadline, other) : deadline;
}

static void leave(ct_child *child, ct_time deadline)
{
    child->state = CT_CHILD_LEAVING;
    child->latest = sooner(deadline, child->latest);
    child->deadline = sooner(deadline, child->deadline);
}

/* One of its other requests may hang too, and has its time for that. */
void ct_children_leave(ct_children *children, ct_child *child, bool anew)
{
    const ct_config *config = children->start->config;
    ct_time deadline = ct_monotonic() + config->crash_timeout + config->hang_timeout + CRASH_MARGIN;
    child->state = CT_CHILD_LEAVING;
    child->deadline = sooner(sooner(deadline, child->latest), anew ? 0 : child->deadline);
}

static void heard(ct_children *children, size_t index, const ct_worker_message *message)
{
    ct_child *child = &children->items[index];
    ct_time now = ct_monotonic();
    pid_t pid = child->pid;
    switch (message->kind) {
    case CT_WORKER_READY:
        if (child->state == CT_CHILD_STARTING)
            child->state = CT_CHILD_SERVING;
        child->ready = now;
        children->served |= !child->previous;
        break;
    case CT_WORKER_DRAINING:
        if (child->state != CT_CHILD_LEAVING)
            leave(child, now + children->start->config->drain_timeout + DRAIN_MARGIN);
        break;
    case CT_WORKER_CRASHED:
        if (message->crash.in_handler) {
            ct_children_leave(children, child, false);
            ct_children_spawn(children); /* may move the children: `child` is not used below */
        }
        ct_crash_report(pid, &message->crash);
        break;
    case CT_WORKER_HANGS:
        ct_hang_heard(child, &message->crash);
        break;
    default:
        break; /* of a program before that knew more kinds */
    }
}

static void listen_to(ct_children *children, size_t index)
{
    while (children->items[index].control >= 0) {
        ct_worker_message message = { 0 };
        int control = children->items[index].control;
        ssize_t size = recv(control, &message, sizeof(message), MSG_DONTWAIT);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return;
        if (size <= 0) {
            close(control);
            children->items[index].control = -1;
        } else if (size >= (ssize_t)sizeof(message.kind)) {
            heard(children, index, &message);
        }
    }
}

void ct_children_listen(ct_children *children)
{
    for (size_t i = 0; i < children->count; i++)
        listen_to(children, i);
}

static void describe_status(int status, char *ret, size_t size)
{
    if (!WIFSIGNALED(status)) {
        snprintf(ret, size, "ended with exit code %d", WEXITSTATUS(status));
        return;
    }
    const char *name = sigabbrev_np(WTERMSIG(status));
    const char *hint = WTERMSIG(status) == SIGKILL ? " (by hand, or by the system for want of memory)" : "";
    snprintf(ret, size, "was ended by SIG%s%s", name ? name : "?", hint);
}

static void unexpected(ct_children *children, const ct_child *child, int status)
{
    ct_time now = ct_monotonic();
    char how[128];
    describe_status(status, how, sizeof(how));
    const char *next = child->previous ? "it is of the program before the reload and is not replaced" : "replacing it";
    if (!child->previous && (!child->ready || now - child->ready < EARLY)) {
        note_failure(children, now);
        next = child->ready ? "replacing it after a pause" : "it was not ready yet; trying again after a pause";
    }
    ct_log_line(CT_LOG_ERROR, NULL, "worker %d %s after %.1f s: %s", (int)child->pid, how,
                (double)(now - child->started) / CT_SECOND, next);
}

bool ct_children_exited(ct_children *children, pid_t pid, int status)
{
    size_t index = 0;
    while (index < children->count && children->items[index].pid != pid)
        index++;
    if (index == children->count)
        return false;
    listen_to(children, index);
    ct_child child = children->items[index];
    children->items[index] = children->items[--children->count];
    if (child.control >= 0)
        close(child.control);
    ct_pulse_close(child.pulse);
    if (child.state == CT_CHILD_LEAVING)
        ct_log_line(CT_LOG_DEBUG, NULL, "worker %d ended", (int)pid);
    else
        unexpected(children, &child, status);
    return true;
}

bool ct_children_all_ready(const ct_children *children)
{
    size_t serving = 0;
    for (size_t i = 0; i < children->count; i++)
        serving += !children->items[i].previous && children->items[i].state == CT_CHILD_SERVING;
    return serving >= children->wanted;
}

void ct_children_retire(ct_children *children)
{
    ct_time deadline = ct_monotonic() + children->start->config->drain_timeout + RETIRE_MARGIN;
    for (size_t i = 0; i < children->count; i++) {
        ct_child *child = &children->items[i];
        if (!child->previous || child->state == CT_CHILD_LEAVING)
            continue;
        leave(child, deadline);
        kill(child->pid, SIGQUIT);
    }
}

void ct_children_stop(ct_children *children, ct_time deadline)
{
    children->wanted = 0;
    for (size_t i = 0; i < children->count; i++) {
        leave(&children->items[i], deadline);
        kill(children->items[i].pid, SIGTERM);
    }
}

void ct_children_kill(ct_children *children)
{
    children->wanted = 0;
    for (size_t i = 0; i < children->count; i++) {
        leave(&children->items[i], INT64_MAX);
        kill(children->items[i].pid, SIGKILL);
    }
}

size_t ct_children_expire(ct_children *children)
{
    ct_time now = ct_monotonic();
    size_t killed = 0;
    for (size_t i = 0; i < children->count; i++) {
        ct_child *child = &children->items[i];
        if (child->state != CT_CHILD_LEAVING || !child->deadline || now < child->deadline)
            continue;
        child->deadline = INT64_MAX;
        kill(child->pid, SIGKILL);
        killed++;
    }
    return killed;
}

ct_time ct_children_next(const ct_children *children)
{
    ct_time next = missing(children) ? children->spawn_at : INT64_MAX;
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].state == CT_CHILD_LEAVING && children->items[i].deadline)
            next = CT_MIN(next, children->items[i].deadline);
    return next;
}
