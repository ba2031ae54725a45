/* The inside of the unit of work. A request's `ct` is the block that the worker recycles (its exchange is the first
 * member); a command's is made by the command line and has no exchange. Only src/web and src/cli include this. */
#ifndef CANTEEN_WEB_CT_H
#define CANTEEN_WEB_CT_H

#include "base/arena.h"
#include "base/error.h"
#include "net/exchange.h"
#include "net/work.h"
#include "proto/form.h"
#include "web/router.h"
#include "web/site.h"

#include <setjmp.h>

typedef struct ct_deferred {
    struct ct_deferred *older;
    void (*fn)(void *arg);
    void *arg;
} ct_deferred;

/* A place that aborts unwind to: the fiber's base, and each ct_next_call(). */
typedef struct ct_catch {
    struct ct_catch *outer;
    ct_deferred *deferred; /* what was there when the catch was set: unwinding runs the newer ones */
    jmp_buf place;
} ct_catch;

typedef enum ct_unwind {
    CT_UNWIND_NONE,
    CT_UNWIND_ERROR,    /* ct_abort: error_status and error_message say what */
    CT_UNWIND_RESPONSE, /* end with the response `early` (304 of ct_check_conditions) */
    CT_UNWIND_GONE      /* nobody is there to answer: unwinds to the base */
} ct_unwind;

typedef struct ct_local {
    struct ct_local *next;
    const char *name;
    void *value;
} ct_local;

struct ct {
    ct_exchange exchange; /* first: a request's ct is its exchange. Unused (no connection) in a command */
    ct_arena *arena;      /* &exchange.arena, or the command's */
    const ct_site *site;
    bool is_request;

    ct_match match; /* endpoint (NULL: no route) and mount are set for each request; the rest as the router leaves it */

    /* From `zeroed` on: cleared for each request. */
    struct {
    } zeroed;
    const char *path; /* decoded; made when first asked for */
    ct_catch *catch_point;
    ct_deferred *deferred;
    ct_time deadline; /* ct_monotonic(); INT64_MAX: none */
    ct_unwind unwinding;
    int error_status;
    const char *error_message, *error_allow; /* the latter of 405: the Allow header */
    int error_retry_after;                   /* of 503: the Retry-After header, in seconds; 0: none */
    const struct ct_errors *error_fields;    /* of ct_abort_errors() */
    struct ct_origin *error_origin;          /* where it came from, with `debug`: web/debug_facts.h */
    ct_response *early;
    ct_local *locals;
    const ct_params *query, *form, *cookies; /* parsed when first asked for */
    ct_bytes body;                           /* whole, when body_read */
    bool body_read, body_streamed;
    bool unlogged;                               /* no line in the access log */
    bool host_refused;                           /* by allowed_hosts: the answer tells nothing, with debug neither */
    struct ct_session_state *session;            /* loaded when first asked for: web/session.h */
    struct ct_uploads *uploads;                  /* of a multipart form that has been read: web/upload.h */
    struct ct_after *after;                      /* ct_after_response() */
    int body_fd;                                 /* temporary file + 1, 0 for none */
    const char *remote, *scheme, *host, *prefix; /* as a trusted proxy says, or NULL: resolved when first asked for */
    char request_id[17];                         /* made when first asked for */
    const struct ct_option_values *options;      /* of the command that runs */
    struct ct_template_page *page;               /* being made by a template; the innermost of them, NULL: none */
    struct ct_db_session *database;              /* what it does with databases: db/session.h */
    struct ct_test_state *test;                  /* of the test that runs: test/test.h */
};

/* Sets a catch point of the caller's stack frame: 0 the first time, else an abort has unwound to here (c->unwinding
 * says why, clean-ups have run, the catch point is off again). ct_catch_end() takes it off when nothing happened. */
#define ct_catch_begin(c, catch) (ct_catch_push((c), (catch)), _setjmp((catch)->place))
void ct_catch_push(ct *c, ct_catch *catch);
void ct_catch_end(ct *c, ct_catch *catch);
/* Runs the deferred calls that are newer than `until`, newest first. */
void ct_run_deferred(ct *c, ct_deferred *until);

/* A ct_mistake() because of an error in a template, which is copied. */
struct ct_template_error;
CT_NORETURN void ct_template_mistake(ct *c, const struct ct_template_error *error, const char *message);
/* Unwinds to the nearest catch point (GONE: to the base). */
CT_NORETURN void ct_unwind_to(ct *c, ct_unwind why);
/* Aborts with 503: the deadline has passed. What answers it gets some seconds more. */
CT_NORETURN void ct_deadline_passed(ct *c);
/* `text`; NULL is an easy slip (a query parameter that is not there) and a ct_mistake, not a crash. */
const char *ct_needed(ct *c, const char *function, const char *text);
/* ct_mistake unless c is a request. `function` names the caller for the message. */
void ct_need_request(ct *c, const char *function);

#endif
