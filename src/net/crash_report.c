/* The report of a crash, in the log: several lines, since it is read by people, tied together by the request's id.
 *
 * Frames are looked up in the worker's own memory map while it lives: it may be of the program before a reload, or have
 * loaded libraries of its own. A worker that is gone was most likely a copy of this process, so its frames are ours. */
#include "net/crash_report.h"

#include "base/log.h"
#include "net/backtrace.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void log_frame(void *request_id, const char *text)
{
    ct_log_line(CT_LOG_ERROR, request_id, "  %s", text);
}

void ct_crash_describe(const ct_crash *crash, char *ret, size_t size)
{
    const char *name = sigabbrev_np(crash->signal), *text = sigdescr_np(crash->signal);
    if (crash->stack_overflow)
        snprintf(ret, size, "the stack overflowed (SIG%s): recursion without end, or large local arrays", name);
    else if (crash->signal == SIGSEGV || crash->signal == SIGBUS)
        snprintf(ret, size, "SIG%s (%s) at address 0x%" PRIx64 "%s", name, text, crash->address,
                 crash->address < 4096 ? ": a NULL pointer was used" : "");
    else
        snprintf(ret, size, "SIG%s (%s)", name ? name : "?", text ? text : "unknown signal");
}

void ct_crash_report(pid_t pid, const ct_crash *crash)
{
    char what[CT_CRASH_TEXT], id[sizeof(crash->request_id)],
        request[sizeof(crash->method) + sizeof(crash->path) + 32] = "";
    ct_crash_describe(crash, what, sizeof(what));
    snprintf(id, sizeof(id), "%.*s", (int)sizeof(crash->request_id) - 1, crash->request_id);
    if (crash->method[0])
        snprintf(request, sizeof(request), " %s %.*s %.*s", crash->after_response ? "after the response to" : "in",
                 (int)sizeof(crash->method) - 1, crash->method, (int)sizeof(crash->path) - 1, crash->path);
    char *request_id = id[0] ? id : NULL;
    ct_log_line(CT_LOG_ERROR, request_id, "worker %d crashed%s: %s", (int)pid, request, what);
    size_t count = CT_MIN(crash->frame_count, (uint32_t)CT_CRASH_FRAMES);
    if (!ct_backtrace_describe_of(pid, crash->frames, count, log_frame, request_id))
        ct_backtrace_describe(crash->frames, count, log_frame, request_id);
}
