/* The inside of the command `test`. */
#ifndef CANTEEN_CLI_TEST_H
#define CANTEEN_CLI_TEST_H

#include "base/buffer.h"
#include "canteen/test.h"
#include "web/site.h"

typedef enum ct_case_outcome { CT_CASE_PASSED, CT_CASE_FAILED, CT_CASE_CRASHED, CT_CASE_TIMED_OUT } ct_case_outcome;

typedef struct ct_test_case {
    const ct_app *app;
    const ct_test *test;
    const char *name; /* "polls.a_vote_counts" */
    /* Set when it has run: */
    ct_case_outcome outcome;
    ct_time duration;
    ct_buffer report; /* why it did not pass; its first line begins with a place. On the heap */
    ct_buffer output; /* what it wrote, its log among it; empty where it passed. On the heap */
    /* What was left out of `output`, for it was too much: at `cut`; no bytes: nothing was. */
    size_t cut, lost_bytes, lost_lines;
} ct_test_case;

#define CT_TEST_LEFT_OUT "... %zu lines (%zu bytes) are left out ...\n"

typedef struct ct_test_plan {
    ct_site *site; /* each test has its own, with an upload_folder of its own */
    ct_test_case *cases;
    size_t count, jobs;                    /* so many at once, at least 1 */
    ct_time timeout;                       /* of each */
    void (*done)(const ct_test_case *one); /* as they end */
} ct_test_plan;

/* test_process.c: runs them all, each in a process of its own. The process must have one thread. False where there is
 * no database for them, after a message on standard error. */
bool ct_test_plan_run(const ct_test_plan *plan);

/* junit.c: appends the report that CI systems read. */
void ct_junit_write(ct_buffer *out, const ct_test_case *cases, size_t count, ct_time duration);

#endif
