/* Crashes: a bad access, an impossible operation, an abort or a stack overflow in a handler costs that one answer.
 *
 *   signal ── alternate stack ──> on_crash: addresses of the frames, one message to the supervisor (it symbolises and
 * logs)
 *          ── on a fiber ──> ct_fiber_abandon: the loop goes on, ct_connection_crashed answers 500
 *                            the worker accepts no more, ends when its other requests have, and is replaced meanwhile
 *          ── elsewhere ───> the default action: the process ends
 *
 * What the handler had locked stays locked and what it had half changed stays so: that is why the worker does not go on
 * for long. If even finishing hangs, the supervisor kills it after crash_timeout. Deferred clean-ups of the crashed
 * request do not run. The signal handler calls only what is safe there; the unwinder is called once at the start, so
 * that it has loaded what it needs. What hangs is looked at in the same way, and goes on (net/hang.h). */
#include "base/log.h"
#include "net/connection.h"
#include "net/crash_report.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ucontext.h>
#include <unistd.h>
#include <unwind.h>

#define ALTERNATE_STACK (64 * 1024)
#define QUIET_AFTER_CRASH (5 * CT_SECOND)

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
static ct_worker *crash_worker; /* NULL: the process is no worker, and any crash is its end */
static int crash_fd = -1;       /* where the report goes */
static pid_t crash_thread;
static ct_worker_message report;
static volatile sig_atomic_t unwinding, was_ended; /* the latter: by the supervisor, for it did not get on */
static ct_crash waited;                            /* its request and its frame */
static volatile sig_atomic_t is_waiting;

static uint64_t crash_pc(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uint64_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return context->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

/* Where a call through a bad pointer would have returned to. */
static uint64_t crash_caller(const ucontext_t *context)
{
#if defined(__x86_64__)
    return *(const uint64_t *)(uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
    return context->uc_mcontext.regs[30];
#else
    (void)context;
    return 0;
#endif
}

typedef struct walk {
    ct_crash *crash;
    uint64_t pc;
    bool found;
} walk;

static _Unwind_Reason_Code one_frame(struct _Unwind_Context *context, void *arg)
{
    walk *w = arg;
    ct_crash *crash = w->crash;
    uint64_t ip = _Unwind_GetIP(context);
    w->found |= ip == w->pc; /* what comes before is this handler and the kernel's frame */
    if (w->found && ip && crash->frame_count < CT_CRASH_FRAMES)
        crash->frames[crash->frame_count++] = ip;
    return crash->frame_count == CT_CRASH_FRAMES ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void collect_frames(ct_crash *crash, const ucontext_t *context)
{
    walk w = { .crash = crash, .pc = crash_pc(context) };
    _Unwind_Backtrace(one_frame, &w);
    if (crash->frame_count)
        return;
    crash->frames[crash->frame_count++] = w.pc; /* a jump to nowhere: no frame to unwind from but its caller's */
    if (!crash->stack_overflow)
        crash->frames[crash->frame_count++] = crash_caller(context);
}

static void copy_text(char *to, size_t size, ct_str from)
{
    size_t length = CT_MIN(from.length, size - 1);
    memcpy(to, from.data, length);
    to[length] = '\0';
}

static ct_exchange *exchange_of(ct_crash *crash)
{
    for (ct_list *node = crash_worker->busy.next; node != &crash_worker->busy; node = node->next) {
        ct_connection *conn = CT_CONTAINER(node, ct_connection, link);
        if (conn->exchange && (conn->fiber == ct_fiber_current()))
            return conn->exchange;
    }
    ct_exchange *followed = ct_background_exchange(crash_worker, ct_fiber_current());
    crash->after_response = followed != NULL;
    return followed;
}

static void describe_request(ct_crash *crash)
{
    const ct_exchange *x = exchange_of(crash);
    if (!x)
        return;
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++)
        crash->request_id[i] = hex[x->id >> (60 - 4 * i) & 15];
    copy_text(crash->method, sizeof crash->method, x->head.method_name);
    copy_text(crash->path, sizeof crash->path, x->head.path);
}

void ct_crash_waits(const char *method, const char *path, uint64_t address)
{
    is_waiting = 0;
    copy_text(waited.method, sizeof waited.method, ct_str_of(method));
    copy_text(waited.path, sizeof waited.path, ct_str_of(path));
    waited.frames[0] = address;
    is_waiting = 1;
}

void ct_crash_waits_no_more(void)
{
    is_waiting = 0;
}

static void describe_wait(void)
{
    ct_crash *crash = &report.crash;
    memcpy(crash->method, waited.method, sizeof crash->method);
    memcpy(crash->path, waited.path, sizeof crash->path);
    crash->frames[0] = waited.frames[0];
    crash->frame_count = 1;
}

/* Without a supervisor there is nobody to symbolise: the addresses, and names where the executable exports them. */
static void print_report(void)
{
    void *frames[CT_CRASH_FRAMES];
    for (uint32_t i = 0; i < report.crash.frame_count; i++)
        frames[i] = (void *)(uintptr_t)report.crash.frames[i];
    backtrace_symbols_fd(frames, (int)report.crash.frame_count, STDERR_FILENO);
}

static CT_NORETURN void die_of(int number)
{
    signal(number, SIG_DFL);
    raise(number);
    _exit(128 + number);
}

/* The supervisor ends what does not get on. */
static bool is_end(int number, const siginfo_t *info)
{
    return number == SIGABRT && info->si_code == SI_USER && crash_worker && crash_worker->start->pulse &&
           info->si_pid == getppid();
}

/* And it has got on before the signal came. */
static bool comes_late(void)
{
    const ct_pulse *pulse = crash_worker->start->pulse;
    return atomic_load_explicit(&pulse->waits, memory_order_relaxed) ||
           atomic_load_explicit(&pulse->beats, memory_order_relaxed) !=
               atomic_load_explicit(&pulse->ended, memory_order_relaxed);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    bool nested = unwinding;
    was_ended = is_end(number, info);
    if (was_ended && comes_late()) {
        kill(getpid(), SIGQUIT); /* it is being replaced all the same */
        return;
    }
    unwinding = 0;
    ct_crash *crash = &report.crash;
    bool here = gettid() == crash_thread;
    if (!nested) {
        *crash = (ct_crash){ .signal = number, .code = info->si_code };
        crash->in_handler = here && ct_fiber_current();
        if ((number == SIGSEGV || number == SIGBUS) && info->si_code > 0) /* else sent by kill(): no address */
            crash->address = (uint64_t)(uintptr_t)info->si_addr;
        crash->stack_overflow = here && number == SIGSEGV && ct_fiber_overflowed(info->si_addr);
        if (crash->in_handler && crash_worker)
            describe_request(crash);
        if (here && !crash->in_handler && is_waiting && number == SIGABRT) {
            describe_wait();
        } else {
            unwinding = 1;
            collect_frames(crash, context);
            unwinding = 0;
        }
    }
    report.kind = CT_WORKER_CRASHED;
    if (crash_fd < 0 || write(crash_fd, &report, sizeof report) < 0)
        print_report();
    if (!crash->in_handler || !crash_worker)
        die_of(number);
    ct_fiber_abandon();
}

/* The supervisor has seen that the worker does not get on: where it is, if it is still there. */
static void on_question(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    static ct_worker_message answer;
    const ct_pulse *pulse = crash_worker->start->pulse;
    int saved = errno;
    if (gettid() != crash_thread || !pulse || atomic_load_explicit(&pulse->waits, memory_order_relaxed) ||
        atomic_load_explicit(&pulse->beats, memory_order_relaxed) !=
            atomic_load_explicit(&pulse->asked, memory_order_relaxed))
        return;
    answer = (ct_worker_message){ .kind = CT_WORKER_HANGS };
    answer.crash.in_handler = ct_fiber_current() != NULL;
    if (answer.crash.in_handler)
        describe_request(&answer.crash);
    collect_frames(&answer.crash, context);
    ssize_t written = write(crash_fd, &answer, sizeof answer);
    (void)written; /* without it the supervisor tells less */
    errno = saved;
}

/* In the loop, after the fiber is gone. */
static void after_crash(void *arg)
{
    ct_worker *worker = crash_worker;
    sigset_t question; /* on_crash did not return, so it is blocked still */
    sigemptyset(&question);
    sigaddset(&question, SIGURG);
    sigprocmask(SIG_UNBLOCK, &question, NULL);
    worker->crashed = true;
    ct_worker_drain(worker, QUIET_AFTER_CRASH, worker->config->crash_timeout);
    if (was_ended) /* its other requests had no part in that time */
        ct_worker_drain_anew(worker, worker->config->crash_timeout);
    if (!ct_background_crashed(worker, arg))
        ct_connection_crashed(arg, &report.crash);
}

void ct_crash_install(ct_worker *worker)
{
    ct_crash_report_to(worker->start->control);
    crash_worker = worker;
    ct_scheduler_on_abandon(worker->loop->scheduler, after_crash);
    struct sigaction action = { .sa_sigaction = on_question, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    sigaction(SIGURG, &action, NULL);
}

void ct_crash_report_to(int fd)
{
    crash_fd = fd;
    crash_thread = gettid();
    void *prime[4];
    backtrace(prime, 4);
    static char alternate_stack[ALTERNATE_STACK];
    stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof alternate_stack };
    sigaltstack(&stack, NULL);
    struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    sigaddset(&action.sa_mask, SIGURG);
    for (size_t i = 0; i < CT_COUNT(crash_signals); i++)
        sigaction(crash_signals[i], &action, NULL);
}
