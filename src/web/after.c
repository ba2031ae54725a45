/* What follows an answer, asked for with ct_after_response().
 *
 * The exchange goes with it, for its arena holds what the functions work on; the connection gets another one. What came
 * in is gone by then, so the `ct` is no request's any more: its functions say so. */
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
    struct ct_after *after = ct_take(c, sizeof(*after)), **end = &c->after;
    *after = (struct ct_after){ .fn = fn, .arg = arg };
    while (*end)
        end = &(*end)->next;
    *end = after;
}

static void run_one(ct *c, const struct ct_after *after)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        ct_log_line(CT_LOG_ERROR, c->request_id[0] ? c->request_id : NULL, "after the response: %d %s", c->error_status,
                    c->error_message ? c->error_message : "stopped");
        return;
    }
    after->fn(c, after->arg);
    ct_catch_end(c, &catch);
}

void ct_after_run(ct *c)
{
    while (c->after) { /* one may ask for another */
        const struct ct_after *after = c->after;
        c->after = after->next;
        ct_time timeout = c->site->config.request_timeout;
        c->deadline = timeout ? ct_monotonic() + timeout : INT64_MAX;
        run_one(c, after);
        ct_run_deferred(c, NULL);
    }
}

static void follow(ct_exchange *x)
{
    ct_after_run(CT_CONTAINER(x, ct, exchange));
}

void ct_after_hand_over(ct *c)
{
    if (CT_LIKELY(!c->after))
        return;
    ct_request_id(c); /* for the log: made of what is the connection's */
    c->is_request = false;
    c->exchange.follow = follow;
}
