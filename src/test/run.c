/* One test, from its start to its end, in this process. A test that fails unwinds as a request does that aborts: its
 * clean-ups run, then its clients are closed, then the shutdown hooks run. */
#include "test/test.h"

#include "net/crash_report.h"
#include "test/client.h"
#include "web/standalone.h"

#include <stdarg.h>

/* ---- failing ---- */

static CT_NORETURN void end_test(ct *c)
{
    c->error_status = 500;
    c->error_message = "the test failed";
    ct_unwind_to(c, CT_UNWIND_ERROR);
}

static CT_NORETURN void fail(ct *c, const char *file, int line, const char *message)
{
    ct_test_state *state = c->test;
    if (!state)
        ct_abort(c, 500, "%s:%d: %s", file, line, message);
    if (!state->failed)
        ct_buffer_printf(&state->report, "%s:%d: %s", file, line, message);
    state->failed = true;
    end_test(c);
}

void ct_test_fail_at(ct *c, const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = ct_arena_vprintf(c->arena, format, args);
    va_end(args);
    fail(c, file, line, message ? message : "(the message did not fit into the memory)");
}

void ct_test_fail(ct *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = ct_arena_vprintf(c->arena, format, args);
    va_end(args);
    if (!c->test)
        ct_mistake(c, "%s", message);
    fail(c, c->test->test->file, c->test->test->line, message);
}

void ct_test_aborts(ct *c, const char *file, int line, int status, const char *fn_source, void (*fn)(ct *c, void *arg),
                    void *arg)
{
    ct_catch catch;
    if (!ct_catch_begin(c, &catch)) {
        fn(c, arg);
        ct_catch_end(c, &catch);
        ct_test_fail_at(c, file, line, "%s() returned, where ct_abort(c, %d) was expected", fn_source, status);
    }
    if (c->unwinding != CT_UNWIND_ERROR || (c->test && c->test->failed))
        ct_unwind_to(c, c->unwinding);
    c->unwinding = CT_UNWIND_NONE;
    if (c->error_status != status)
        ct_test_fail_at(c, file, line, "%s() aborted with %d (%s), where %d was expected", fn_source, c->error_status,
                        c->error_message ? c->error_message : "no message", status);
}

/* ---- running ---- */

static void note_abort(ct *c)
{
    ct_test_state *state = c->test;
    state->failed = true;
    ct_buffer_printf(&state->report, "%s:%d: the test was ended by ct_abort(c, %d, \"%s\")", state->test->file,
                     state->test->line, c->error_status, c->error_message ? c->error_message : "");
}

static int run_on_fiber(ct *c)
{
    ct_test_state *state = c->test;
    ct_catch catch;
    state->started = true;
    if (ct_catch_begin(c, &catch)) {
        if (!state->failed)
            note_abort(c);
    } else {
        state->test->run(c);
        ct_catch_end(c, &catch);
    }
    ct_crash_waits_no_more(); /* it may have been unwound out of it */
    ct_run_deferred(c, NULL);
    ct_clients_close(state);
    return 0;
}

bool ct_test_perform(ct_site *site, const ct_test *test, ct_buffer *ret_report)
{
    ct_test_state state = { .test = test };
    site->strict_static = true;
    ct_run_test_work(site, run_on_fiber, &state);
    if (!state.started) {
        state.failed = true;
        ct_buffer_printf(&state.report, "%s:%d: the test did not start: a startup hook failed, as the log says",
                         test->file, test->line);
    }
    *ret_report = state.report;
    return !state.failed;
}
