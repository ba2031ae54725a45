/* Tests of apps, run in the process of a unit test: whether they pass, and what they say if not. */
#ifndef PERFORMED_H
#define PERFORMED_H

#include "base/log.h"
#include "test/test.h"
#include "web/prepare.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char performed_report[16384], performed_log[16384];

/* Runs it as a test of the app, in "tests.c" at line 7; the report and the log are kept. */
static inline bool perform(const ct_app *app, ct_test_fn *run)
{
    ct_site site = { 0 };
    ct_arena arena;
    ct_problems problems = { 0 };
    ct_arena_init(&arena, NULL, 0);
    ct_settings *settings = ct_settings_declare(&arena, app, &problems);
    ct_settings_read_for_test(settings, "/nonexistent/.env", (char *[]){ NULL }, NULL, NULL, &problems);
    ct_site_prepare(&site, app, settings, &problems);
    assert_int_equal(problems.errors, 0);
    char path[] = "/tmp/canteen-performed-XXXXXX";
    int log = mkstemp(path);
    assert_true(log >= 0);
    unlink(path);
    ct_log_open(log, CT_LOG_TEXT, CT_LOG_INFO);
    ct_buffer report = { 0 };
    const ct_test test = { .name = "test", .run = run, .file = "tests.c", .line = 7 };
    bool passed = ct_test_perform(&site, &test, &report);
    snprintf(performed_report, sizeof(performed_report), "%s", ct_buffer_text(&report));
    ct_log_flush();
    ssize_t size = pread(log, performed_log, sizeof(performed_log) - 1, 0);
    performed_log[size > 0 ? size : 0] = '\0';
    ct_log_open(STDERR_FILENO, CT_LOG_TEXT, CT_LOG_INFO);
    close(log);
    ct_buffer_finish(&report);
    ct_site_finish(&site);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
    return passed;
}

static inline void assert_passes(const ct_app *app, ct_test_fn *run)
{
    bool passed = perform(app, run);
    if (!passed)
        print_error("%s\n%s", performed_report, performed_log);
    assert_true(passed);
}

static inline void assert_fails(const ct_app *app, ct_test_fn *run, const char *report)
{
    assert_false(perform(app, run));
    assert_string_equal(performed_report, report);
}

#endif
