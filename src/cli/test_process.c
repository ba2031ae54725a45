/* The processes of tests: each is a fork of this one, which has one thread, no loop and nothing open but what it needs.
 *
 *     parent                                child, in a process group of its own
 *       output  <──── pipe ──────────────── standard output, standard error, log
 *       result  <──── socket ────────────── one message: passed, failed and why, or how it crashed
 *       process (pidfd) ─ end, time-out ──> SIGABRT, a second later SIGKILL
 *
 * SIGABRT comes first because the child tells then where it was, which is what one wants to know of an endless loop.
 * What a child has started ends with it: the whole group is killed. A child dies with its parent. */
#include "cli/test.h"

#include "base/log.h"
#include "base/time.h"
#include "cli/test_database.h"
#include "net/backtrace.h"
#include "net/crash_report.h"
#include "test/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_OUTPUT ((size_t)64 * 1024) /* kept of one test: the half of it from the begin, the half from the end */
#define FOLDER "canteen-test-run."
#define MOST_REPORT ((size_t)64 * 1024)
#define MOST_FRAMES 20       /* that are shown: a recursion has many */
#define LAST_WORDS CT_SECOND /* from SIGABRT to SIGKILL */

/* What a child says of itself. Of a crash there is a ct_worker_message instead, which begins with its kind too. */
enum { SAID_PASSED = 101, SAID_FAILED };
typedef struct said {
    uint32_t kind;
    char report[MOST_REPORT];
} said;

typedef struct running {
    ct_test_case *of;
    pid_t pid;
    int process, output, result;
    ct_time started, deadline;
    bool timed_out; /* SIGABRT has been sent */
} running;

typedef struct runner {
    const ct_test_plan *plan;
    running *running;
    size_t count;
    struct pollfd *polled;
    int signals;
    sigset_t mask;     /* as it was */
    char folder[4096]; /* what tests upload goes below it, and goes with it */
    int lock;          /* on the folder */
    ct_test_databases databases;
} runner;

static CT_NORETURN void cannot_start(void)
{
    ct_die("a test cannot be started: %m");
}

/* ---- the folder ---- */

static int forget_file(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    remove(path); /* what cannot be removed stays: the tests have passed or not all the same */
    return 0;
}

static void forget_folder(const char *path)
{
    nftw(path, forget_file, 16, FTW_DEPTH | FTW_PHYS);
}

/* Whoever runs tests holds a lock on the folder as long as it lives: one without was left by a kill -9. */
static bool is_left_over(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool left = fd >= 0 && fstat(fd, &info) == 0 && info.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0)
        close(fd);
    return left;
}

static void sweep_folders(const char *above)
{
    DIR *dir = opendir(above);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        char path[4096];
        int length = snprintf(path, sizeof(path), "%s/%s", above, entry->d_name);
        if (strncmp(entry->d_name, FOLDER, strlen(FOLDER)) == 0 && length > 0 && (size_t)length < sizeof(path) &&
            is_left_over(path))
            forget_folder(path);
    }
    if (dir)
        closedir(dir);
}

static void make_folder(runner *r)
{
    const char *above = r->plan->site->config.temp_dir;
    char made[sizeof(r->folder)];
    sweep_folders(above);
    int length = snprintf(made, sizeof(made), "%s/.new-" FOLDER "XXXXXX", above);
    if (length < 0 || (size_t)length >= sizeof(made) || !mkdtemp(made))
        ct_die("a folder for the tests' uploads cannot be made in %s: %m", above);
    /* It has its name when it is locked: else it would be taken for one that was left. */
    snprintf(r->folder, sizeof(r->folder), "%s/%s", above, strrchr(made, '/') + strlen("/.new-"));
    r->lock = open(made, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->lock < 0 || flock(r->lock, LOCK_EX | LOCK_NB) < 0 || rename(made, r->folder) < 0)
        ct_die("the folder for the tests' uploads %s cannot be locked: %m", made);
}

/* ---- the child ---- */

static void say(int fd, bool passed, const ct_buffer *report)
{
    static said message;
    size_t length = CT_MIN(report->length, MOST_REPORT);
    message.kind = passed ? SAID_PASSED : SAID_FAILED;
    if (length)
        memcpy(message.report, report->data, length);
    /* A test may have closed the descriptor: then the parent hears nothing, and says so. */
    ssize_t ignored = send(fd, &message, offsetof(said, report) + length, MSG_NOSIGNAL);
    (void)ignored;
}

static CT_NORETURN void be_test(runner *r, const ct_test_case *one, int output, int result)
{
    const ct_config *config = &r->plan->site->config;
    ct_buffer report = { 0 };
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < r->count; i++) { /* the neighbours' */
        close(r->running[i].process);
        if (r->running[i].output >= 0)
            close(r->running[i].output);
        close(r->running[i].result);
    }
    close(r->signals);
    free(r->running); /* what is left would be a leak to those who look for some */
    free(r->polled);
    sigprocmask(SIG_SETMASK, &r->mask, NULL);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    close(nothing);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close(output);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    ct_log_open(STDERR_FILENO, CT_LOG_TEXT, (ct_log_level)config->log_level);
    ct_crash_report_to(result);
    char uploads[sizeof(r->folder) + 24];
    snprintf(uploads, sizeof(uploads), "%s/%td", r->folder, one - r->plan->cases);
    r->plan->site->config.upload_folder = uploads;
    bool passed = ct_test_databases_take(&r->databases, (size_t)(one - r->plan->cases));
    if (passed)
        passed = ct_test_perform(r->plan->site, one->test, &report);
    else
        ct_buffer_printf(&report, "%s:%d: a database for the test could not be made", one->test->file, one->test->line);
    say(result, passed, &report);
    ct_buffer_finish(&report);
    ct_log_flush();
    exit(0);
}

/* ---- starting ---- */

static void start(runner *r, ct_test_case *one)
{
    int output[2], result[2];
    if (pipe2(output, O_CLOEXEC) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, result))
        cannot_start();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        cannot_start();
    if (pid == 0) {
        close(output[0]);
        close(result[0]);
        be_test(r, one, output[1], result[1]);
    }
    setpgid(pid, pid); /* whoever of the two is first */
    close(output[1]);
    close(result[1]);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    running *child = &r->running[r->count++];
    *child = (running){ .of = one, .pid = pid, .output = output[0], .result = result[0], .started = ct_monotonic() };
    child->deadline = child->started + r->plan->timeout;
    child->process = pidfd_open(pid, 0);
    if (child->process < 0)
        cannot_start();
}

/* ---- ends ---- */

/* Takes what is too much out of the middle, whole lines where there are any. */
static void cut_output(ct_test_case *one)
{
    ct_buffer *output = &one->output;
    const size_t half = MOST_OUTPUT / 2;
    if (output->length <= MOST_OUTPUT)
        return;
    if (!one->lost_bytes) {
        const char *end = memrchr(output->data, '\n', half);
        one->cut = end ? (size_t)(end - output->data) + 1 : half;
    }
    size_t from = output->length - half;
    const char *end = memchr(output->data + from - 1, '\n', half);
    if (end)
        from = (size_t)(end - output->data) + 1;
    one->lost_bytes += from - one->cut;
    for (size_t i = one->cut; i < from; i++)
        one->lost_lines += output->data[i] == '\n';
    memmove(output->data + one->cut, output->data + from, output->length - from);
    output->length -= from - one->cut;
}

/* Takes what has been written. */
static void take_output(running *child)
{
    char bytes[16384];
    ssize_t n;
    while ((n = read(child->output, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0)
            ct_buffer_append(&child->of->output, bytes, (size_t)n);
        if (child->of->output.length > 4 * MOST_OUTPUT) /* not for every line that comes */
            cut_output(child->of);
    }
    if (n == 0) { /* closed, or the child has ended: nothing to wait for */
        close(child->output);
        child->output = -1;
    }
}

typedef struct frames {
    ct_buffer *out;
    const char *last; /* the function of the test: what called it is ours */
    size_t told;
    bool ended;
} frames;

static void tell_frame(void *arg, const char *text)
{
    frames *f = arg;
    if (f->ended)
        return;
    f->ended = ++f->told > MOST_FRAMES;
    ct_buffer_printf(f->out, "\n  %s", f->ended ? "..." : text);
    if (f->ended)
        return;
    const char *function = strchr(text, ' ');
    size_t length = strlen(f->last);
    f->ended = function && strncmp(function + 1, f->last, length) == 0 && strchr(" +", function[1 + length]);
}

static void tell_crash(ct_test_case *one, const ct_crash *crash, bool timed_out)
{
    char what[192], function[128];
    frames f = { .out = &one->report, .last = function };
    snprintf(function, sizeof(function), "%s_run", one->test->name);
    ct_crash_describe(crash, what, sizeof(what));
    if (!timed_out)
        ct_buffer_printf(&one->report, "%s:%d: the test crashed: %s", one->test->file, one->test->line, what);
    else if (crash->in_handler)
        ct_buffer_str(&one->report, CT_STR("; it was at"));
    else if (crash->path[0])
        ct_buffer_printf(&one->report, "; it waited for the answer to %s %s, asked at", crash->method, crash->path);
    if (!timed_out || crash->in_handler || crash->path[0])
        ct_backtrace_describe(crash->frames, CT_MIN(crash->frame_count, (uint32_t)CT_CRASH_FRAMES), tell_frame, &f);
}

/* Takes what the child said. The last word counts: it may crash when the test has ended already. */
static bool hear(running *child)
{
    static union {
        uint32_t kind;
        said said;
        ct_worker_message crash;
    } message;
    ct_test_case *one = child->of;
    ssize_t size;
    bool heard = false;
    while ((size = recv(child->result, &message, sizeof(message), MSG_DONTWAIT)) > 0) {
        heard = true;
        if (message.kind == CT_WORKER_CRASHED) {
            one->outcome = CT_CASE_CRASHED;
            if (!child->timed_out)
                one->report.length = 0;
            tell_crash(one, &message.crash.crash, child->timed_out);
        } else if (!child->timed_out) {
            one->outcome = message.kind == SAID_PASSED ? CT_CASE_PASSED : CT_CASE_FAILED;
            ct_buffer_append(&one->report, message.said.report, (size_t)size - offsetof(said, report));
        }
    }
    return heard;
}

/* A process that ended otherwise than by the end of its test. */
static void tell_end(ct_test_case *one, const siginfo_t *info, bool heard)
{
    const char *place = one->test->file;
    int line = one->test->line;
    if (one->outcome == CT_CASE_CRASHED || (heard && info->si_code == CLD_EXITED && info->si_status == 0))
        return;
    if (one->report.length)
        ct_buffer_char(&one->report, '\n');
    if (!heard && (info->si_code == CLD_EXITED ? info->si_status == 0 : info->si_status == SIGABRT))
        ct_buffer_printf(&one->report,
                         "%s:%d: the test's process ended without a result%s: it called exit(), or closed descriptors "
                         "that were not its own",
                         place, line, info->si_code == CLD_EXITED ? "" : " (by SIGABRT)");
    else if (info->si_code == CLD_EXITED)
        ct_buffer_printf(&one->report, "%s:%d: %s its process ended with exit code %d", place, line,
                         heard ? "after the test" : "before the test did,", info->si_status);
    else
        ct_buffer_printf(&one->report, "%s:%d: its process was ended by SIG%s (%s)", place, line,
                         sigabbrev_np(info->si_status), sigdescr_np(info->si_status));
    if (one->outcome == CT_CASE_PASSED)
        one->outcome = CT_CASE_FAILED;
}

static void conclude(runner *r, size_t index)
{
    running *child = &r->running[index];
    ct_test_case *one = child->of;
    siginfo_t info = { 0 };
    one->duration = ct_monotonic() - child->started;
    kill(-child->pid, SIGKILL); /* before its number can be another's */
    waitid(P_PID, (id_t)child->pid, &info, WEXITED);
    if (child->output >= 0)
        take_output(child);
    cut_output(one);
    if (child->timed_out)
        ct_buffer_printf(&one->report, "%s:%d: the test did not end within %g s", one->test->file, one->test->line,
                         (double)r->plan->timeout / (double)CT_SECOND);
    bool heard = hear(child);
    if (child->timed_out)
        one->outcome = CT_CASE_TIMED_OUT;
    else
        tell_end(one, &info, heard);
    close(child->process);
    close(child->result);
    if (child->output >= 0)
        close(child->output);
    ct_test_databases_drop(&r->databases, (size_t)(one - r->plan->cases));
    *child = r->running[--r->count];
    r->plan->done(one);
    if (one->outcome == CT_CASE_PASSED)
        ct_buffer_finish(&one->output);
}

/* ---- the loop ---- */

static void expire(running *child, ct_time now)
{
    if (now < child->deadline)
        return;
    kill(child->timed_out ? -child->pid : child->pid, child->timed_out ? SIGKILL : SIGABRT);
    child->deadline = child->timed_out ? INT64_MAX : now + LAST_WORDS;
    child->timed_out = true;
}

/* This process was told to end: so do the tests. */
static CT_NORETURN void give_up(runner *r)
{
    struct signalfd_siginfo info = { .ssi_signo = SIGTERM };
    if (read(r->signals, &info, sizeof(info)) < 0)
        info.ssi_signo = SIGTERM;
    for (size_t i = 0; i < r->count; i++)
        kill(-r->running[i].pid, SIGKILL);
    for (size_t i = 0; i < r->count; i++)
        ct_test_databases_drop(&r->databases, (size_t)(r->running[i].of - r->plan->cases));
    ct_test_databases_finish(&r->databases);
    forget_folder(r->folder);
    signal((int)info.ssi_signo, SIG_DFL);
    raise((int)info.ssi_signo);
    sigprocmask(SIG_SETMASK, &r->mask, NULL);
    _exit(128 + (int)info.ssi_signo);
}

static int time_left(const runner *r)
{
    ct_time next = INT64_MAX, now = ct_monotonic();
    for (size_t i = 0; i < r->count; i++)
        next = CT_MIN(next, r->running[i].deadline);
    if (next == INT64_MAX)
        return -1;
    return (int)CT_MIN(CT_MAX(next - now, 0) / CT_MILLISECOND + 1, 60 * 1000);
}

static void wait_for_some(runner *r)
{
    struct pollfd *polled = r->polled;
    size_t count = r->count;
    for (size_t i = 0; i < count; i++) {
        polled[2 * i] = (struct pollfd){ .fd = r->running[i].output, .events = POLLIN };
        polled[2 * i + 1] = (struct pollfd){ .fd = r->running[i].process, .events = POLLIN };
    }
    polled[2 * count] = (struct pollfd){ .fd = r->signals, .events = POLLIN };
    if (poll(polled, 2 * count + 1, time_left(r)) < 0 && errno != EINTR)
        ct_die("poll: %m");
    if (polled[2 * count].revents)
        give_up(r);
    ct_time now = ct_monotonic();
    for (size_t i = count; i-- > 0;) { /* from the last, for the last takes the place of one that ends */
        if (polled[2 * i].revents)
            take_output(&r->running[i]);
        if (polled[2 * i + 1].revents)
            conclude(r, i);
        else
            expire(&r->running[i], now);
    }
}

bool ct_test_plan_run(const ct_test_plan *plan)
{
    runner r = { .plan = plan, .running = ct_xcalloc(plan->jobs, sizeof(*r.running)) };
    r.polled = ct_xcalloc(2 * plan->jobs + 1, sizeof(*r.polled));
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &r.mask);
    r.signals = signalfd(-1, &ends, SFD_CLOEXEC);
    if (r.signals < 0)
        cannot_start();
    make_folder(&r);
    bool made = ct_test_databases_make(&r.databases, plan->site, r.folder);
    size_t next = 0;
    while (made && (next < plan->count || r.count)) {
        while (next < plan->count && r.count < plan->jobs)
            start(&r, &plan->cases[next++]);
        wait_for_some(&r);
    }
    ct_test_databases_finish(&r.databases);
    forget_folder(r.folder);
    close(r.lock);
    close(r.signals);
    sigprocmask(SIG_SETMASK, &r.mask, NULL);
    free(r.polled);
    free(r.running);
    return made;
}
