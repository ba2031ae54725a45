/* The inside of a test: its state, how it fails, how it runs.
 *
 *     run.c      one test on a fiber, between the hooks, with its clients closed afterwards
 *     checks.c   CT_CHECK_...: compares, and says what was found
 *     client.c   an app to itself: site, worker, cookies, redirects
 *       client_wire.c      one request and its answer as bytes
 *       client_body.c      forms, JSON, uploads
 *       client_cookies.c   what a browser keeps
 *       client_session.c   what is in its session
 *     process.c  other programs: ct_test_run()
 *
 * The command `test` (cli/test.c) gives each test a process; nothing here knows of that. */
#ifndef CANTEEN_TEST_TEST_H
#define CANTEEN_TEST_TEST_H

#include "base/buffer.h"
#include "canteen/test.h"
#include "canteen/work.h"
#include "web/ct.h"

typedef struct ct_test_state {
    const ct_test *test;
    bool started; /* the startup hooks let it */
    bool failed;
    ct_buffer report;     /* on the heap: what failed, without a newline at its end */
    ct_client *clients;   /* newest first */
    const char *asked;    /* "GET /polls/": the request of the last reply */
    const ct_reply *last; /* NULL: nothing was asked yet */
} ct_test_state;

/* Runs it on a loop of its own. True: it passed. False: *ret_report says why; it is the caller's to finish. A name of a
 * static file that does not exist is an error from then on, here and on the sites of clients. */
bool ct_test_perform(ct_site *site, const ct_test *test, ct_buffer *ret_report);

/* Ends it because of something that has no line of its own: the place is the test's. Outside of a test it aborts. */
CT_NORETURN void ct_test_fail(ct *c, const char *format, ...) CT_PRINTF(2, 3);

#endif
