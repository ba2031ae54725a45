/* What follows an answer, asked for with ct_after_response().
 *
 * The exchange goes with it, for its arena holds what the functions work on; the connection gets another one. What came
 * in is gone by then, so the `ct` is no request's any more: its functions say so.
 *
 * One deadline is for all that follow an answer, and the worker's other work runs between two of them: one that asks
 * for itself again and again neither stops the worker nor goes on for ever. */
#include "web/after.h"

#include "base/log.h"
#include "base/time.h"
#include "canteen/request.h"
#include "canteen/work.h"

struct ct_after {
    struct ct_after *next;
    ct_after_fn *fn;
    void *arg;
};

void ct_after_response(ct *c, ct_after_fn *fn, void *arg)
{
    if (!fn)
        ct_mistake(c, "%s() was given NULL instead of a function", __func__);
    struct ct_after *after = ct_take(c, sizeof(*after)), **end = &c->after;
    *after = (struct ct_after){ .fn = fn, .arg = arg };
    while (*end)
        end = &(*end)->next;
    *end = after;
}

static void say(ct *c, int status, const char *message)
{
    ct_log_line(CT_LOG_ERROR, c->request_id[0] ? c->request_id : NULL, "after the response: %d %s", status, message);
}

/* A deadline that it sets is for those behind it too, unless it fails: the time to answer an error is no more time. */
static void run_one(ct *c, const struct ct_after *after)
{
    ct_catch catch;
    const ct_time deadline = c->deadline;
    if (ct_catch_begin(c, &catch)) {
        say(c, c->error_status, c->error_message ? c->error_message : "stopped");
        c->deadline = deadline;
        return;
    }
    after->fn(c, after->arg);
    ct_catch_end(c, &catch);
}

/* Lets the worker's other work run. False, which the log says: the rest has to be left out. (What a server that stops
 * leaves out, the worker's log says.) */
static bool may_go_on(ct *c)
{
    ct_fiber_park(ct_monotonic());
    if (ct_time_left(c))
        return true;
    say(c, 503, "the deadline of all that follow has passed, and what was still to follow does not run");
    return false;
}

void ct_after_run(ct *c)
{
    ct_set_deadline(c, c->site->config.request_timeout);
    while (c->after) { /* one may ask for another */
        const struct ct_after *after = c->after;
        c->after = after->next;
        run_one(c, after);
        ct_run_deferred(c, NULL);
        if (c->after && !may_go_on(c))
            c->after = NULL;
    }
}

static void follow(ct_exchange *x)
{
    ct_after_run(CT_CONTAINER(x, ct, exchange));
}

static void follow_crashed(ct_exchange *x)
{
    ct *c = CT_CONTAINER(x, ct, exchange);
    size_t left = 0;
    for (const struct ct_after *after = c->after; after; after = after->next)
        left++;
    if (left)
        ct_log_line(CT_LOG_ERROR, c->request_id, "after the response: it crashed, and the %zu behind it do%s not run",
                    left, left == 1 ? "es" : "");
}

/* The connection's next request takes the place of what came in. */
static ct_str kept(ct *c, ct_str text)
{
    const char *copy = ct_arena_copy(c->arena, text.data, text.length);
    return copy ? (ct_str){ copy, text.length } : CT_STR("?");
}

void ct_after_hand_over(ct *c)
{
    if (CT_LIKELY(!c->after))
        return;
    ct_request_id(c); /* for the log: made of what is the connection's */
    c->exchange.head.method_name = kept(c, c->exchange.head.method_name);
    c->exchange.head.path = kept(c, c->exchange.head.path);
    c->is_request = false;
    c->exchange.follow = follow;
    c->exchange.follow_crashed = follow_crashed;
}
