/* Making the answers of development.
 *
 *   abort  ─> addresses of the frames (microseconds)   ─> unwinds ─> fiber waits; a thread gathers and writes the page
 *   crash  ─> the fiber is abandoned, the worker drains ─> a copy of the process gathers and writes the page
 *
 * What a crash has left of the process is not to be trusted: locks may be held, lists half changed. So the page is made
 * by a child that shares nothing with the worker but its memory as it was: where that crashes again or hangs, the child
 * ends (or is ended after CHILD_TIME) and the client gets the plain answer. The worker's loop waits meanwhile; it is
 * about to end anyway. fork() itself would take the locks of malloc, which may be what is broken: so _Fork().
 *
 * Nothing that a browser sends is ever evaluated. Not here: which errors are answered so (error.c). */
#include "web/debug.h"

#include "base/time.h"
#include "net/loop.h"
#include "net/offload.h"
#include "web/debug_facts.h"
#include "web/dev_reload.h"
#include "web/response.h"
#include "web/session.h"
#include "web/templates.h"

#include "canteen/response.h"
#include "canteen/work.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#define CHILD_TIME (5 * CT_SECOND)
#define MOST_BYTES ((size_t)16 << 20) /* of a page */

/* ---- where an abort came from ---- */

static _Unwind_Reason_Code one_frame(struct _Unwind_Context *context, void *arg)
{
    struct ct_origin *origin = arg;
    uint64_t ip = _Unwind_GetIP(context);
    if (ip)
        origin->frames[origin->count++] = ip;
    return origin->count == CT_CRASH_FRAMES ? _URC_END_OF_STACK : _URC_NO_REASON;
}

void ct_debug_capture(ct *c, const ct_template_error *failed)
{
    struct ct_origin *origin = ct_arena_zalloc(c->arena, sizeof *origin);
    c->error_origin = origin;
    if (!origin)
        return;
    ct_template_error place = { .line = 0 };
    if (!failed && ct_templates_where(c, &place)) { /* a function that the template has called */
        snprintf(place.message, sizeof place.message, "%s", c->error_message ? c->error_message : "");
        failed = &place;
    }
    if (failed) {
        ct_template_error *copy = ct_arena_alloc(c->arena, sizeof *copy);
        if (copy)
            *copy = *failed;
        origin->template = copy;
    }
    _Unwind_Backtrace(one_frame, origin);
}

/* ---- pages ---- */

typedef struct page_job {
    ct *c;
    const ct_crash *crash;
    ct_error_form form;
    ct_buffer *out;
} page_job;

static void write_page(const page_job *job)
{
    ct_facts facts;
    ct_facts_gather(&facts, job->c, job->crash);
    switch (job->form) {
    case CT_ERROR_HTML:
        ct_debug_write_html(job->out, &facts);
        if (job->crash && job->c->site->dev_state) /* the answer to an abort gets it as every page does */
            ct_dev_reload_script(job->c, job->out);
        break;
    case CT_ERROR_JSON:
        ct_debug_write_json(job->out, &facts);
        break;
    case CT_ERROR_TEXT:
        ct_debug_write_text(job->out, &facts);
    }
    ct_facts_finish(&facts);
}

/* On a thread of the pool; one at a time, since elfutils promises nothing to several threads. */
static void run(void *arg)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    write_page(arg);
    pthread_mutex_unlock(&mutex);
}

/* The page's style sheet and nothing else, from nowhere, framed by nobody; under `canteen run` also the script that
 * loads it again, and what that asks. */
#define POLICY_BYTES 320
static void write_policy(const ct *c, char ret[POLICY_BYTES])
{
    unsigned char hash[32], text[48];
    ct_str style = ct_debug_style();
    unsigned length = 0;
    if (!EVP_Digest(style.data, style.length, hash, &length, EVP_sha256(), NULL))
        length = 0;
    EVP_EncodeBlock(text, hash, (int)length);
    snprintf(ret, POLICY_BYTES,
             "default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'%s",
             (const char *)text, c->site->dev_state ? "; script-src 'self'; connect-src 'self'" : "");
}

static void finish_buffer(void *buffer)
{
    ct_buffer_finish(buffer);
}

static void try_session(ct *c)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch))
        return;
    ct_session_values(c, "ct_session");
    ct_catch_end(c, &catch);
}

/* The session, for the page; the error that is told of stays. One that cannot be loaded is not shown. */
static void load_session(ct *c)
{
    int status = c->error_status;
    const char *message = c->error_message;
    ct_unwind unwinding = c->unwinding;
    struct ct_origin *origin = c->error_origin;
    try_session(c);
    c->error_status = status;
    c->error_message = message;
    c->unwinding = unwinding;
    c->error_origin = origin;
}

ct_response *ct_debug_response(ct *c, ct_error_form form)
{
    if (!c->session && ct_session_possible(c))
        load_session(c);
    ct_response *r = ct_response_new(c);
    ct_buffer *out = ct_alloc(c, sizeof *out);
    out->limit = MOST_BYTES;
    ct_defer(c, finish_buffer, out);
    page_job job = { .c = c, .form = form, .out = out };
    ct_loop *loop = ct_loop_current();
    if (loop && loop->offload)
        ct_offload_run(loop->offload, run, &job);
    else
        run(&job);
    r->body = (ct_str){ out->length ? out->data : "", out->length };
    r->content_type = ct_error_type(form);
    ct_set_header(r, "Cache-Control", "no-store");
    ct_set_header(r, "X-Content-Type-Options", "nosniff");
    ct_set_header(r, "Referrer-Policy", "no-referrer");
    char policy[POLICY_BYTES];
    write_policy(c, policy);
    ct_set_header(r, "Content-Security-Policy", ct_strdup(c, policy));
    return r;
}

/* ---- crashes ---- */

static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGALRM, SIGPIPE };

static bool write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        length -= (size_t)n;
    }
    return true;
}

/* In the child: the page with a NUL behind it, which says that it is whole. */
static CT_NORETURN void be_child(page_job *job, int fd)
{
    sigset_t all;
    ct_buffer page = { .limit = MOST_BYTES };
    const struct rlimit no_core = { 0, 0 };
    for (size_t i = 0; i < CT_COUNT(fatal); i++)
        signal(fatal[i], SIG_DFL);
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setrlimit(RLIMIT_CORE, &no_core);
    alarm((unsigned)(CHILD_TIME / CT_SECOND));
    job->out = &page;
    write_page(job);
    ct_buffer_char(&page, '\0');
    _exit(!page.failed && write_all(fd, page.data, page.length) ? 0 : 1);
}

/* All that the child writes until it ends or the time is over. */
static void read_page(int fd, ct_buffer *page)
{
    ct_time end = ct_monotonic() + CHILD_TIME;
    for (ct_time left; (left = end - ct_monotonic()) > 0;) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        int ready = poll(&wait, 1, (int)(left / CT_MILLISECOND) + 1);
        if (ready < 0 && errno != EINTR)
            return;
        if (ready <= 0)
            continue;
        char *room = ct_buffer_reserve(page, 64 * 1024);
        ssize_t n = room ? read(fd, room, 64 * 1024) : 0;
        if (n > 0)
            page->length += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return;
    }
}

static bool make_in_child(page_job *job, ct_buffer *page)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return false;
    pid_t pid = _Fork();
    if (pid == 0)
        be_child(job, ends[1]);
    close(ends[1]);
    if (pid > 0) {
        read_page(ends[0], page);
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    return page->length > 1 && page->data[page->length - 1] == '\0';
}

bool ct_debug_crashed(ct *c, const ct_crash *crash, ct_error_form form, ct_buffer *out)
{
    page_job job = { .c = c, .crash = crash, .form = form };
    ct_buffer page = { .limit = MOST_BYTES + 1 };
    bool made = make_in_child(&job, &page);
    char policy[POLICY_BYTES], headers[POLICY_BYTES + 128];
    write_policy(c, policy);
    snprintf(headers, sizeof headers,
             "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
             "Content-Security-Policy: %s\r\n",
             policy);
    if (made)
        ct_error_whole(out, ct_exchange_date(&c->exchange), 500, headers, form, (ct_str){ page.data, page.length - 1 },
                       false);
    ct_buffer_finish(&page);
    return made;
}
