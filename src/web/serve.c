/* From a parsed head to a sent answer: the way of every request.
 *
 *   serve ─> begin (host, limits) ─> route ─> middleware, outermost first ─> handler ─> response ─> send ─> clean up,
 * log
 *                                       └─ an abort unwinds to the nearest ct_next_call, or to serve: error response
 *
 * This is the hot path: without middleware, log or abort a request costs one catch point, one match and one send. */
#include "web/serve.h"

#include "base/log.h"
#include "base/time.h"
#include "canteen/request.h"
#include "canteen/work.h"
#include "db/session.h"
#include "net/worker.h"
#include "web/after.h"
#include "web/client_info.h"
#include "web/database.h"
#include "web/debug.h"
#include "web/dev_reload.h"
#include "web/error.h"
#include "web/frontend.h"
#include "web/response.h"
#include "web/router.h"
#include "web/session.h"
#include "web/standalone.h"

#include <setjmp.h>

struct ct_next {
    const ct_mount *mount;
    size_t index; /* of the middleware to call next */
    ct_match_result found;
};

static void begin(ct *c, const ct_site *site)
{
    c->arena = &c->exchange.arena;
    c->site = site;
    c->is_request = true;
    c->match.endpoint = NULL;
    c->match.mount = site->mounts[0];
    memset(&c->zeroed, 0, sizeof *c - offsetof(struct ct, zeroed));
    ct_time timeout = site->config.request_timeout;
    c->deadline = timeout ? c->exchange.started + timeout : INT64_MAX;
}

/* ---- routing ---- */

static ct_response *redirect_to_route(ct *c)
{
    ct_str query = c->exchange.head.query;
    const char *prefix = ct_request_prefix(c);
    const char *target = c->match.location;
    if (*prefix || query.data)
        target = ct_printf(c, "%s%s%s%.*s", prefix, target, query.data ? "?" : "", CT_STR_ARG(query));
    return ct_status(ct_redirect(c, target), 308);
}

static ct_response *answer_options(ct *c)
{
    ct_response *r = ct_no_content(c);
    ct_set_header(r, "Allow", c->match.allow);
    return r;
}

static ct_response *call_handler(ct *c)
{
    ct_response *r = c->match.endpoint->route->handler(c);
    if (CT_UNLIKELY(!r))
        ct_mistake(c, "the handler %s returned no response", c->match.endpoint->route->handler_name);
    return r;
}

/* What the middleware wraps. */
static ct_response *innermost(ct *c, ct_match_result found)
{
    switch (found) {
    case CT_MATCH_FOUND:
        return call_handler(c);
    case CT_MATCH_REDIRECT:
        return redirect_to_route(c);
    case CT_MATCH_OPTIONS:
        return answer_options(c);
    case CT_MATCH_METHOD:
        if (c->exchange.head.method == CT_METHOD_OTHER &&
            !ct_router_knows_method(c->site, c->exchange.head.method_name))
            ct_abort(c, 501, "the method %s is not known here", ct_method(c));
        c->error_allow = c->match.allow;
        ct_abort(c, 405, "the method %s is not allowed here, only %s", ct_method(c), c->match.allow);
    case CT_MATCH_BAD:
        ct_abort(c, 400, "%s", c->match.reason);
    case CT_MATCH_NO_MEMORY:
        ct_mistake(c, "the path does not fit into the request's memory (setting request_memory)");
    case CT_MATCH_NOT_FOUND:
        ct_abort(c, 404, "there is nothing at this address");
    }
    __builtin_unreachable();
}

/* After an abort has unwound to a catch point. */
static ct_response *recover(ct *c)
{
    if (c->unwinding == CT_UNWIND_RESPONSE)
        return c->early;
    return ct_error_response(c);
}

static ct_response *call_middleware(ct *c, const ct_mount *mount, size_t index, ct_match_result found)
{
    if (index == mount->middleware_count)
        return innermost(c, found);
    ct_next next = { .mount = mount, .index = index + 1, .found = found };
    ct_response *r = mount->middleware[index](c, &next);
    if (!r)
        ct_mistake(c, "a middleware of the app %s returned no response", mount->app->name);
    return r;
}

ct_response *ct_next_call(ct *c, ct_next *next)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        if (c->unwinding == CT_UNWIND_GONE)
            ct_unwind_to(c, CT_UNWIND_GONE);
        return recover(c);
    }
    ct_response *r = call_middleware(c, next->mount, next->index, next->found);
    ct_catch_end(c, &catch);
    return r;
}

static ct_response *respond(ct *c)
{
    const ct_http1_head *head = &c->exchange.head;
    ct_match_result found =
        ct_router_match(c->site, c->arena, ct_client_host(c), head->method, head->method_name, head->path, &c->match);
    if (CT_UNLIKELY(!ct_client_host_allowed(c)))
        ct_client_refuse_host(c);
    if (CT_UNLIKELY(found == CT_MATCH_NOT_FOUND) && c->site->frontends)
        found = ct_frontend_match(c);
    ct_response *instead = CT_UNLIKELY(c->site->dev_state != NULL) ? ct_dev_reload_answer(c) : NULL;
    if (instead)
        return instead;
    const ct_mount *mount = c->match.mount;
    if (found == CT_MATCH_FOUND)
        return CT_LIKELY(!mount->middleware_count) ? call_handler(c) : call_middleware(c, mount, 0, found);
    return call_middleware(c, c->site->mounts[0], 0, found);
}

/* ---- serving ---- */

static void log_access(ct *c, int status)
{
    const ct_exchange *x = &c->exchange;
    const ct_db_counts counts = ct_databases_counts(c);
    ct_log_request(&(ct_log_access){ .method = x->head.method_name,
                                     .path = x->head.path,
                                     .status = status,
                                     .bytes = x->sent,
                                     .duration = ct_monotonic() - x->started,
                                     .request_id = ct_request_id(c),
                                     .remote = ct_client_remote(c),
                                     .queries = counts.queries,
                                     .query_time = counts.time });
}

/* An answer of last resort, for when making or sending the proper one failed; if that has begun, it ends there. */
static int send_bare_error(ct *c)
{
    ct_exchange *x = &c->exchange;
    x->close = true;
    if (x->answered)
        return c->error_status;
    x->answered = true;
    ct_error_plain(c, ct_exchange_out(x));
    ct_exchange_commit(x);
    return 500;
}

static bool send_response(ct *c, ct_response *r)
{
    if (CT_UNLIKELY(c->session != NULL))
        ct_session_finish(c, r);
    return ct_response_send(c, r);
}

/* Sends the response to an error. Returns the status for the log; 499: the client left. */
static int send_error(ct *c)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch))
        return c->unwinding == CT_UNWIND_GONE ? 499 : send_bare_error(c);
    ct_response *r = recover(c);
    bool sent = send_response(c, r);
    ct_catch_end(c, &catch);
    return sent ? ct_response_status(r) : 499;
}

static int send_answer(ct *c, ct_response *r)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        if (c->unwinding == CT_UNWIND_GONE)
            return 499;
        return c->exchange.answered ? send_bare_error(c) : send_error(c);
    }
    bool sent = send_response(c, r);
    ct_catch_end(c, &catch);
    return sent ? ct_response_status(r) : 499;
}

/* The handler's response, or NULL when an abort has unwound to here. */
static ct_response *respond_or_unwind(ct *c)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch))
        return NULL;
    ct_response *r = respond(c);
    ct_catch_end(c, &catch);
    return r;
}

static void serve(ct_exchange *x, void *data)
{
    ct *c = CT_CONTAINER(x, ct, exchange);
    begin(c, data);
    ct_response *r = respond_or_unwind(c);
    int status = r ? send_answer(c, r) : c->unwinding == CT_UNWIND_GONE ? 499 : send_error(c);
    ct_run_deferred(c, NULL);
    if (c->site->config.access_log && !c->unlogged)
        log_access(c, status);
    ct_after_hand_over(c);
}

static void crashed(ct_exchange *x, const ct_crash *crash, ct_buffer *out, void *data)
{
    (void)data;
    ct *c = CT_CONTAINER(x, ct, exchange);
    ct_db_session_crashed(c);
    size_t before = out->length;
    bool details = ct_error_has_details(c);
    if (!details || !ct_debug_crashed(c, crash, ct_error_form_of(&x->head), out))
        ct_error_plain(c, out);
    if (!c->site->config.access_log)
        return;
    x->sent = out->length - before;
    log_access(c, 500);
}

static void refused(ct_worker *worker, ct_buffer *out, int status, const char *reason, const char *remote, void *data)
{
    const ct_site *site = data;
    size_t before = out->length;
    ct_error_refusal(out, ct_worker_date(worker), status, reason, false);
    if (site->config.access_log)
        ct_log_request(&(ct_log_access){ .method = CT_STR("-"),
                                         .path = CT_STR("-"),
                                         .status = status,
                                         .bytes = out->length - before,
                                         .request_id = "-",
                                         .remote = remote,
                                         .reason = reason });
}

static bool startup(void *data)
{
    return ct_run_startup(data);
}

static void shutdown(void *data)
{
    ct_run_shutdown(data);
}

const ct_server_ops ct_web_ops = { .exchange_size = sizeof(struct ct),
                                   .startup = startup,
                                   .shutdown = shutdown,
                                   .serve = serve,
                                   .crashed = crashed,
                                   .refused = refused };
