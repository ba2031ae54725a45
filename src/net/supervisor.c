/* The supervisor's loop. Signals arrive through a signalfd (they stay blocked, so none is lost while a reload
 * executes the new program), workers speak through their control sockets; everything else is a deadline.
 *
 *     start ──all workers READY──> serving ──SIGHUP──> trial ──failed──> serving
 *       ^                             │                  └─ok──> exec: start, with the workers before as `previous`
 *       └─────────────────────────────┘                                     │
 *                              stopping <── SIGTERM, SIGINT, at any time    └─all READY: previous ones retire─> serving
 *
 * Not here: serving anything in this process (the worker can run alone for that). */
#include "net/supervisor.h"

#include "base/log.h"
#include "base/time.h"
#include "net/hang.h"
#include "net/notify.h"
#include "net/reload.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Failed attempts in a row, before any worker was ready, after which a start is given up. */
#define HOPELESS 5
/* Beyond drain_timeout, which workers keep by themselves, before they are killed. */
#define STOP_MARGIN (1 * CT_SECOND)

typedef struct supervisor {
    const ct_supervisor_start *start;
    ct_privileges privileges;
    ct_listeners listeners;
    ct_children children;
    ct_reload reload;
    int signal_fd;
    bool taken_over;    /* this program was executed by a reload */
    bool starting;      /* not all the workers have been ready once since the program began */
    bool told_trouble;  /* it was logged that a reload's workers do not start */
    bool reload_wanted; /* by a SIGHUP not yet acted upon */
    bool stopping, had_terminal;
    int exit_code;
    ct_time began, watchdog, watchdog_at;
    struct pollfd *polled;
} supervisor;

/* --- Before the loop
 * ------------------------------------------------------------------------------------------------ */

size_t ct_usable_cores(void)
{
    static cpu_set_t sets[8]; /* 8192 cores */
    if (sched_getaffinity(0, sizeof(sets), sets) < 0)
        return 1;
    return (size_t)CT_MAX(CPU_COUNT_S(sizeof(sets), sets), 1);
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool open_signals(supervisor *all, ct_error *error)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGCHLD, SIG_DFL); /* if it was ignored, the system would reap in our place */
    signal(SIGPIPE, SIG_IGN);
    all->signal_fd = sigprocmask(SIG_SETMASK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
    all->children.signal_fd = all->signal_fd;
    return all->signal_fd >= 0 || ct_fail(error, "cannot receive signals: %m");
}

/* The sockets of a first start: the service manager's, or those of the setting. */
static bool open_listeners(supervisor *all, const ct_address *addresses, size_t count, ct_error *error)
{
    int *passed;
    size_t passed_count;
    if (!ct_notify_take_sockets(&passed, &passed_count, error))
        return false;
    for (size_t i = 0; i < passed_count; i++)
        ct_listeners_add(&all->listeners, passed[i], CT_LISTENER_ACTIVATED);
    free(passed);
    for (size_t i = 0; i < count && !passed_count; i++)
        if (!ct_listeners_open(&all->listeners, &addresses[i], error))
            return false;
    return true;
}

/* The sockets after a reload. The trial opened them all, so what fails here is odd: it is logged, and what there is
 * serves on. */
static void adopt_listeners(supervisor *all, const ct_address *addresses, size_t count)
{
    ct_error error;
    ct_listeners_want(&all->listeners, false);
    bool activated = ct_listeners_wanted(&all->listeners) > 0;
    for (size_t i = 0; i < count && !activated; i++)
        if (!ct_listeners_open(&all->listeners, &addresses[i], &error))
            ct_log_line(CT_LOG_ERROR, NULL, "reload: %s", error.message);
    if (!ct_listeners_wanted(&all->listeners))
        ct_listeners_want(&all->listeners, true);
}

/* What the trial of a reload does: opens the addresses that are not open yet, and closes them. */
static bool check_listeners(const char *state, const ct_address *addresses, size_t count, ct_error *error)
{
    ct_listeners opened = { 0 };
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = ct_handover_lists(state, addresses[i].text) || ct_listeners_open(&opened, &addresses[i], error);
    ct_listeners_finish(&opened);
    return ok;
}

static bool prepare(supervisor *all, const ct_address *addresses, size_t count, ct_error *error)
{
    const ct_config *config = all->start->config;
    all->children = (ct_children){
        .start = all->start, .privileges = &all->privileges, .listeners = &all->listeners, .signal_fd = -1
    };
    all->taken_over = ct_handover_take(&all->listeners, &all->children);
    all->children.wanted = config->workers > 0 ? (size_t)config->workers : ct_usable_cores();
    if (!open_signals(all, error))
        return false;
    if (all->taken_over)
        adopt_listeners(all, addresses, count);
    else if (!open_listeners(all, addresses, count, error))
        return false;
    raise_file_limit();
    ct_reload_init(&all->reload, all->start->argv);
    all->had_terminal = has_terminal();
    all->began = ct_monotonic();
    all->watchdog = ct_notify_watchdog();
    all->starting = true;
    if (config->user && *config->user && !all->privileges.change)
        ct_log_line(CT_LOG_WARNING, NULL, "the setting user (%s) has no effect: the server was not started as root",
                    config->user);
    return true;
}

/* --- Events
 * --------------------------------------------------------------------------------------------------------- */

static void stop(supervisor *all)
{
    ct_time drain = all->start->config->drain_timeout;
    if (all->stopping) {
        ct_log_line(CT_LOG_WARNING, NULL, "stopping at once: running requests are cut");
        ct_children_kill(&all->children);
        all->exit_code = 1;
        return;
    }
    all->stopping = true;
    ct_notify("STOPPING=1\nSTATUS=finishing requests");
    ct_log_line(CT_LOG_INFO, NULL, "stopping: running requests have %.3g s to finish", (double)drain / CT_SECOND);
    ct_log_flush();
    ct_reload_cancel(&all->reload);
    if (all->start->config->debug)
        ct_hang_end(&all->children, "the server stops");
    ct_children_stop(&all->children, ct_monotonic() + drain + STOP_MARGIN);
    ct_listeners_finish(&all->listeners);
}

static void announce_reloading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    ct_notify("RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=checking the new program",
              (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* A reload that came to nothing. */
static void keep_serving(const char *why)
{
    ct_log_line(CT_LOG_ERROR, NULL, "reload: %s: the running program serves on", why);
    ct_notify("READY=1\nSTATUS=the last reload failed: %s", why);
}

/* Begins the reload that was asked for, unless one is under way that may yet succeed. */
static void begin_reload(supervisor *all)
{
    bool busy = all->reload.trial || (all->starting && !all->children.failures);
    if (!all->reload_wanted || all->stopping || busy)
        return;
    all->reload_wanted = false;
    announce_reloading();
    ct_log_line(CT_LOG_INFO, NULL, "reload: checking %s", all->reload.program ? all->reload.program : "the program");
    if (!ct_reload_try(&all->reload, &all->listeners, &all->children)) {
        ct_log_line(CT_LOG_ERROR, NULL, "reload: cannot start the check: %m");
        keep_serving("the check did not start");
    }
}

static void end_trial(supervisor *all, int status)
{
    bool passed = ct_reload_passed(&all->reload);
    if (all->stopping)
        return;
    if (status != 0 || !passed) {
        char why[80];
        if (status == 0)
            snprintf(why, sizeof(why), "the new program ended without serving");
        else if (WIFEXITED(status))
            snprintf(why, sizeof(why), "the new program failed its check (exit code %d)", WEXITSTATUS(status));
        else
            snprintf(why, sizeof(why), "the new program failed its check (signal %d)", WTERMSIG(status));
        keep_serving(why);
        return;
    }
    if (all->reload_wanted)
        kill(getpid(), SIGHUP); /* blocked: it waits for the new program */
    if (all->start->config->debug)
        ct_hang_end(&all->children, "a new program takes its place");
    ct_reload_execute(&all->reload, &all->listeners, &all->children);
    ct_log_line(CT_LOG_ERROR, NULL, "reload: cannot execute %s: %m", all->reload.program);
    keep_serving("the new program could not be executed");
}

static void take_signals(supervisor *all)
{
    struct signalfd_siginfo info;
    while (read(all->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            stop(all);
        else if (info.ssi_signo == SIGHUP && all->had_terminal && !has_terminal())
            stop(all);
        else if (info.ssi_signo == SIGHUP)
            all->reload_wanted = true;
    }
}

static void reap(supervisor *all)
{
    int status;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG))
        if (!ct_children_exited(&all->children, pid, status) && pid == all->reload.trial)
            end_trial(all, status);
}

/* --- Progress
 * ------------------------------------------------------------------------------------------------------- */

static void log_addresses(const supervisor *all)
{
    size_t workers = all->children.wanted;
    for (size_t i = 0; i < all->listeners.count; i++) {
        char url[CT_ADDRESS_URL_SIZE];
        ct_address_url(all->listeners.items[i].fd, url);
        ct_log_line(CT_LOG_INFO, NULL, "%s serves on %s with %zu worker%s (pid %d)", all->start->name, url, workers,
                    workers == 1 ? "" : "s", (int)getpid());
    }
}

/* Every worker is ready for the first time. */
static void started(supervisor *all)
{
    size_t workers = all->children.wanted;
    all->starting = false;
    ct_listeners_close_unwanted(&all->listeners);
    if (all->taken_over)
        ct_log_line(CT_LOG_INFO, NULL, "reload: the new workers are ready after %.0f ms; the ones before finish",
                    (double)(ct_monotonic() - all->began) / CT_MILLISECOND);
    ct_children_retire(&all->children);
    log_addresses(all);
    ct_notify("READY=1\nMAINPID=%d\nSTATUS=%zu worker%s serve%s", (int)getpid(), workers, workers == 1 ? "" : "s",
              workers == 1 ? "s" : "");
}

/* Workers die before they are ever ready: a first start is given up, a reload goes on trying beside the old workers. */
static void judge_start(supervisor *all)
{
    if (all->children.served || all->children.failures < HOPELESS || all->told_trouble)
        return;
    all->told_trouble = true;
    if (all->taken_over) {
        keep_serving("the new program's workers do not start (trying on)");
        return;
    }
    ct_log_line(CT_LOG_ERROR, NULL, "giving up: no worker became ready in %d attempts", HOPELESS);
    all->stopping = true;
    all->exit_code = 1;
    ct_children_kill(&all->children);
}

static void progress(supervisor *all)
{
    size_t killed = ct_children_expire(&all->children);
    if (killed)
        ct_log_line(CT_LOG_WARNING, NULL, "killed %zu worker%s whose requests did not finish in time", killed,
                    killed == 1 ? "" : "s");
    ct_reload_expire(&all->reload);
    ct_hang_look(&all->children);
    if (all->stopping)
        return;
    ct_children_spawn(&all->children);
    judge_start(all);
    if (all->starting && !all->stopping && ct_children_all_ready(&all->children))
        started(all);
    begin_reload(all);
}

static void feed_watchdog(supervisor *all)
{
    ct_time now = ct_monotonic();
    if (!all->watchdog || now < all->watchdog_at)
        return;
    ct_notify("WATCHDOG=1");
    all->watchdog_at = now + all->watchdog;
}

/* --- The loop
 * ------------------------------------------------------------------------------------------------------- */

static int wait_time(const supervisor *all)
{
    ct_time next = CT_MIN(ct_children_next(&all->children), ct_hang_next(&all->children)), now = ct_monotonic();
    if (all->watchdog)
        next = CT_MIN(next, all->watchdog_at);
    if (all->reload.trial)
        next = CT_MIN(next, all->reload.deadline);
    if (next == INT64_MAX)
        return -1;
    return next <= now ? 0 : (int)CT_MIN((next - now) / CT_MILLISECOND + 1, 3600 * 1000);
}

static void wait_events(supervisor *all)
{
    const ct_children *children = &all->children;
    all->polled = ct_xrealloc(all->polled, (children->count + 1) * sizeof *all->polled);
    all->polled[0] = (struct pollfd){ .fd = all->signal_fd, .events = POLLIN };
    for (size_t i = 0; i < children->count; i++)
        all->polled[i + 1] = (struct pollfd){ .fd = children->items[i].control, .events = POLLIN };
    poll(all->polled, children->count + 1, wait_time(all));
}

static int run(supervisor *all)
{
    reap(all); /* those that ended while a reload executed this program */
    progress(all);
    while (!all->stopping || all->children.count) {
        feed_watchdog(all);
        ct_log_flush();
        wait_events(all);
        take_signals(all);
        ct_children_listen(&all->children);
        reap(all);
        progress(all);
    }
    ct_log_line(CT_LOG_INFO, NULL, "stopped");
    ct_log_flush();
    return all->exit_code;
}

static int fail(const supervisor *all, const ct_error *error)
{
    ct_log_flush();
    fprintf(stderr, "%s: %s\n", all->start->name, error->message);
    return 1;
}

static int pass(void)
{
    ct_reload_pass();
    return 0;
}

int ct_supervise(const ct_supervisor_start *start)
{
    const ct_config *config = start->config;
    supervisor all = { .start = start, .signal_fd = -1 };
    ct_error error;
    ct_address *addresses = NULL;
    size_t count = 0;
    int code = 0;
    const char *check = getenv(CT_HANDOVER_CHECK);
    if (!ct_address_parse_list(config->bind, &addresses, &count, &error) ||
        !ct_privileges_find(config->user, config->group, &all.privileges, &error))
        code = fail(&all, &error);
    else if (check)
        code = check_listeners(check, addresses, count, &error) ? pass() : fail(&all, &error);
    else if (!prepare(&all, addresses, count, &error))
        code = fail(&all, &error);
    else
        code = run(&all);
    free(addresses);
    free(all.polled);
    ct_children_finish(&all.children);
    ct_listeners_finish(&all.listeners);
    ct_reload_finish(&all.reload);
    if (all.signal_fd >= 0)
        close(all.signal_fd);
    return code;
}
