/* The unit of work: memory, ends, waits, values. Unwinding is a long jump to the nearest catch point of the fiber (its
 * base, or a middleware's ct_next_call), after the clean-ups deferred since that point have run. */
#include "canteen/work.h"
#include "canteen/backend/database.h"
#include "canteen/log.h"
#include "canteen/request.h"
#include "canteen/status.h"

#include "base/log.h"
#include "base/time.h"
#include "net/loop.h"
#include "net/offload.h"
#include "web/ct.h"
#include "web/debug.h"
#include "web/error.h"
#include "web/errors.h"
#include "web/templates.h"

#include <stdarg.h>

#define ERROR_MEMORY (64 * 1024)   /* what an error page may take beyond request_memory */
#define ERROR_TIME (5 * CT_SECOND) /* what it may take beyond the deadline */

/* What follows an answer has the id of its request still. */
static const char *log_id(ct *c)
{
    if (c->is_request)
        return ct_request_id(c);
    return c->request_id[0] ? c->request_id : NULL;
}

/* ---- ends ---- */

void ct_catch_push(ct *c, ct_catch *catch)
{
    catch->outer = c->catch_point;
    catch->deferred = c->deferred;
    c->catch_point = catch;
}

void ct_catch_end(ct *c, ct_catch *catch)
{
    c->catch_point = catch->outer;
}

/* An abort in a clean-up is a mistake that ends only that clean-up: the others run, and the request ends as it would.
 * */
static void run_one_deferred(ct *c, const ct_deferred *one)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        ct_log_line(CT_LOG_ERROR, log_id(c), "a clean-up of ct_defer() aborted, which it must not: %s",
                    c->error_message ? c->error_message : "");
        return;
    }
    one->fn(one->arg);
    ct_catch_end(c, &catch);
}

void ct_run_deferred(ct *c, ct_deferred *until)
{
    ct_catch *outer = c->catch_point;
    ct_unwind unwinding = c->unwinding;
    int status = c->error_status;
    const char *message = c->error_message;
    const ct_errors *fields = c->error_fields;
    struct ct_origin *origin = c->error_origin;
    c->catch_point = NULL; /* nothing in here unwinds further than its own clean-up */
    while (c->deferred != until) {
        const ct_deferred *newest = c->deferred;
        c->deferred = newest->older;
        run_one_deferred(c, newest);
    }
    c->catch_point = outer;
    c->unwinding = unwinding;
    c->error_status = status;
    c->error_message = message;
    c->error_fields = fields;
    c->error_origin = origin;
}

void ct_unwind_to(ct *c, ct_unwind why)
{
    ct_catch *catch = c->catch_point;
    if (!catch)
        ct_die("ct_abort() was called where nothing can be aborted");
    while (why == CT_UNWIND_GONE && catch->outer)
        catch = catch->outer;
    c->unwinding = why;
    ct_run_deferred(c, catch->deferred);
    c->catch_point = catch->outer;
    longjmp(catch->place, 1);
}

/* In the arena if there is room, else what is left to say. */
static const char *message_of(ct *c, const char *format, va_list args)
{
    const char *message = ct_arena_vprintf(c->arena, format, args);
    return message ? message : "an error whose message did not fit into the request's memory";
}

/* What a template called aborts with the template's place: in the log, and in the message where no client sees it. */
static CT_NORETURN void abort_with(ct *c, int status, const char *message, const ct_template_error *failed)
{
    c->error_status = status >= 400 && status <= 599 ? status : 500;
    c->error_message = message;
    if (c->error_status != 503)
        c->error_retry_after = 0;
    if (c->error_status != 422)
        c->error_fields = NULL;
    if (c->is_request && c->site->config.debug)
        ct_debug_capture(c, failed);
    bool ours = ct_error_is_ours(c->error_status), in_template = c->page != NULL;
    if (in_template)
        message = ct_templates_placed(c, message ? message : ct_status_text(c->error_status));
    if (in_template && (ours || !c->is_request))
        c->error_message = message;
    if (c->is_request && (ours || in_template))
        ct_log_line(ours ? CT_LOG_ERROR : CT_LOG_INFO, ct_request_id(c), "%s %.*s: %d %s", ct_method(c),
                    CT_STR_ARG(c->exchange.head.path), c->error_status, message ? message : "");
    ct_unwind_to(c, CT_UNWIND_ERROR);
}

void ct_abort(ct *c, int status, const char *format, ...)
{
    const char *message = NULL;
    c->error_fields = NULL;
    if (format) {
        va_list args;
        va_start(args, format);
        message = message_of(c, format, args);
        va_end(args);
    }
    abort_with(c, status, message, NULL);
}

void ct_abort_errors(ct *c, const ct_errors *errors)
{
    c->error_fields = errors;
    abort_with(c, 422, ct_errors_line(errors), NULL);
}

void ct_mistake(ct *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = message_of(c, format, args);
    va_end(args);
    abort_with(c, 500, message, NULL);
}

void ct_template_mistake(ct *c, const ct_template_error *error, const char *message)
{
    abort_with(c, 500, message, error);
}

void ct_deadline_passed(ct *c)
{
    c->deadline = ct_monotonic() + ERROR_TIME;
    ct_abort(c, 503, "the request did not end within its deadline");
}

bool ct_try(ct *c, void (*fn)(ct *c, void *arg), void *arg)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        if (c->unwinding == CT_UNWIND_GONE)
            ct_unwind_to(c, CT_UNWIND_GONE);
        return false;
    }
    fn(c, arg);
    ct_catch_end(c, &catch);
    return true;
}

void ct_abort_again(ct *c)
{
    ct_unwind_to(c, c->unwinding);
}

void ct_abort_quietly(ct *c, int status, const char *message)
{
    c->error_status = status;
    c->error_message = message;
    ct_unwind_to(c, CT_UNWIND_ERROR);
}

void ct_unavailable(ct *c, int seconds, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = message_of(c, format, args);
    va_end(args);
    c->error_retry_after = seconds;
    abort_with(c, 503, message, NULL);
}

void ct_need_request(ct *c, const char *function)
{
    if (!c->is_request)
        ct_mistake(c, "%s() was called outside a request", function);
}

const char *ct_needed(ct *c, const char *function, const char *text)
{
    if (!text)
        ct_mistake(c, "%s() was given NULL instead of text", function);
    return text;
}

void ct_defer(ct *c, void (*fn)(void *arg), void *arg)
{
    ct_deferred *deferred = ct_take(c, sizeof *deferred);
    *deferred = (ct_deferred){ .older = c->deferred, .fn = fn, .arg = arg };
    c->deferred = deferred;
}

/* ---- memory ---- */

ct_arena *ct_work_arena(ct *c)
{
    return c->arena;
}

ct_arena *ct_work_use_arena(ct *c, ct_arena *arena)
{
    ct_arena *former = c->arena;
    c->arena = arena;
    if (c->error_message)
        c->error_message = ct_arena_copy(arena, c->error_message, strlen(c->error_message));
    return former;
}

void *ct_driver_alloc(ct_arena *arena, size_t size)
{
    return ct_arena_alloc(arena, size);
}

void ct_out_of_memory(ct *c)
{
    c->arena->limit += ERROR_MEMORY;
    ct_abort(c, 500, "the request took more than its memory (setting request_memory)");
}

void *ct_take(ct *c, size_t size)
{
    void *block = ct_arena_alloc(c->arena, size);
    if (CT_UNLIKELY(!block))
        ct_out_of_memory(c);
    return block;
}

void *ct_alloc(ct *c, size_t size)
{
    return memset(ct_take(c, size), 0, size);
}

char *ct_strndup(ct *c, const char *text, size_t length)
{
    char *copy = ct_arena_copy(c->arena, text, strnlen(ct_needed(c, __func__, text), length));
    if (!copy)
        ct_out_of_memory(c);
    return copy;
}

char *ct_strdup(ct *c, const char *text)
{
    return ct_strndup(c, text, strlen(ct_needed(c, __func__, text)));
}

char *ct_printf(ct *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = ct_arena_vprintf(c->arena, format, args);
    va_end(args);
    if (!text)
        ct_out_of_memory(c);
    return text;
}

/* ---- time ---- */

ct_wake ct_pause(ct *c, ct_time until)
{
    ct_time limit = CT_MIN(until, c->deadline);
    return c->is_request ? ct_exchange_wait(&c->exchange, limit) : ct_fiber_park(limit);
}

/* What a wait came to, if it was to end by `until`. */
static ct_wake go_on(ct *c, ct_wake wake, ct_time until)
{
    if (wake == CT_WAKE_CANCELLED)
        ct_unwind_to(c, CT_UNWIND_GONE);
    if (wake == CT_WAKE_TIMEOUT && c->deadline < until)
        ct_deadline_passed(c);
    return wake;
}

ct_wake ct_wait(ct *c, ct_time until)
{
    return go_on(c, ct_pause(c, until), until);
}

bool ct_wait_fd(ct *c, int fd, bool write, ct_time until)
{
    if (c->is_request && ct_exchange_gone(&c->exchange))
        ct_unwind_to(c, CT_UNWIND_GONE);
    ct_wake wake = ct_loop_wait_fd(ct_loop_current(), fd, write ? EPOLLOUT : EPOLLIN, CT_MIN(until, c->deadline));
    return go_on(c, wake, until) == CT_WAKE_READY;
}

ct_time ct_work_deadline(ct *c)
{
    return c->deadline;
}

void ct_sleep(ct *c, ct_time duration)
{
    ct_time now = ct_monotonic();
    ct_wait(c, duration <= 0 ? now : duration > INT64_MAX - now ? INT64_MAX : now + duration);
}

void ct_offload(ct *c, void (*fn)(void *arg), void *arg)
{
    ct_offload_run(ct_loop_current()->offload, fn, arg);
    if (ct_fiber_cancelled(ct_fiber_current()))
        ct_unwind_to(c, CT_UNWIND_GONE);
    if (ct_time_left(c) == 0)
        ct_deadline_passed(c);
}

ct_time ct_time_left(ct *c)
{
    return c->deadline == INT64_MAX ? INT64_MAX : CT_MAX(0, c->deadline - ct_monotonic());
}

void ct_set_deadline(ct *c, ct_time duration)
{
    ct_time now = ct_monotonic();
    c->deadline = duration <= 0 || duration > INT64_MAX - now ? INT64_MAX : now + duration;
}

/* ---- values ---- */

static ct_local *find_local(ct *c, const char *name)
{
    ct_local *local = c->locals;
    while (local && strcmp(local->name, name) != 0)
        local = local->next;
    return local;
}

void ct_set(ct *c, const char *name, void *value)
{
    ct_local *local = find_local(c, name);
    if (!local) {
        local = ct_take(c, sizeof *local);
        *local = (ct_local){ .next = c->locals, .name = name };
        c->locals = local;
    }
    local->value = value;
}

void *ct_get(ct *c, const char *name)
{
    const ct_local *local = find_local(c, name);
    return local ? local->value : NULL;
}

void ct_log(ct *c, ct_log_level level, const char *format, ...)
{
    if (!ct_log_enabled(level))
        return;
    va_list args;
    va_start(args, format);
    ct_log_vline(level, c ? log_id(c) : NULL, format, args);
    va_end(args);
}
