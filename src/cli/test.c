/* `test`: which tests there are, and what is said of them while they run. */
#include "cli/test.h"

#include "base/log.h"
#include "base/time.h"
#include "cli/cli.h"
#include "net/supervisor.h"
#include "web/prepare.h"

#include <stdio.h>
#include <unistd.h>

#define MOST_JOBS 256

const ct_option ct_test_options[] = {
    { .name = "filter", .help = "only tests whose \"app.name\" has this text in it" },
    { .name = "jobs", .type = CT_INTEGER, .min = 1, .max = MOST_JOBS, .help = "so many at once; one a core" },
    { .name = "timeout",
      .type = CT_DURATION,
      .value = "60s",
      .min = CT_MILLISECOND,
      .max = CT_DAY,
      .help = "for each test" },
    { .name = "junit", .help = "write a report as JUnit's XML to this file" },
    { .name = "list", .type = CT_FLAG, .help = "only print their names" },
    { .name = NULL },
};

/* ---- which ---- */

static size_t count_tests(const ct_apps *apps)
{
    size_t count = 0;
    for (size_t i = 0; i < apps->count; i++)
        for (const ct_test *const *test = apps->items[i]->tests; test && *test; test++)
            count++;
    return count;
}

static void collect(ct_cli *cli, const char *filter, ct_test_plan *plan)
{
    ct_apps apps = { 0 };
    ct_apps_collect(&cli->arena, cli->app, &apps);
    plan->cases = ct_arena_zalloc(&cli->arena, count_tests(&apps) * sizeof(*plan->cases));
    for (size_t i = 0; i < apps.count; i++)
        for (const ct_test *const *test = apps.items[i]->tests; test && *test; test++) {
            const char *app = apps.items[i]->name ? apps.items[i]->name : "app";
            const char *name = ct_arena_printf(&cli->arena, "%s.%s", app, (*test)->name);
            if (!filter || strstr(name, filter))
                plan->cases[plan->count++] = (ct_test_case){ .app = apps.items[i], .test = *test, .name = name };
        }
}

static int refuse_none(const ct_cli *cli, const char *filter)
{
    char shown[CT_SHOWN_TEXT];
    if (filter)
        fprintf(stderr, "%s: no test has \"%s\" in its name; `%s test --list` lists them\n", cli->program,
                ct_shown(filter, shown), cli->program);
    else
        fprintf(stderr, "%s: no app has tests: write CT_TEST(name) { ... } and .tests = TESTS(&name)\n", cli->program);
    return 2;
}

/* ---- what is said ---- */

static void write_indented(const ct_buffer *text, const char *indent)
{
    for (size_t at = 0; at < text->length;) {
        const char *line = text->data + at, *end = memchr(line, '\n', text->length - at);
        size_t length = end ? (size_t)(end - line) : text->length - at;
        fputs(indent, stdout);
        fwrite(line, 1, length, stdout);
        putchar('\n');
        at += length + 1;
    }
}

static void tell(const ct_test_case *one)
{
    bool passed = one->outcome == CT_CASE_PASSED;
    printf("%s%s (%" PRId64 " ms)\n", passed ? "ok    " : "FAIL  ", one->name, one->duration / CT_MILLISECOND);
    if (!passed) {
        write_indented(&one->report, "  ");
        if (one->output.length)
            puts("  log and output:");
        write_indented(&one->output, "    ");
    }
    fflush(stdout);
}

static bool write_junit(const ct_cli *cli, const ct_test_plan *plan, const char *path, ct_time duration)
{
    ct_buffer out = { 0 };
    ct_junit_write(&out, plan->cases, plan->count, duration);
    FILE *file = fopen(path, "we");
    bool good = file && fwrite(out.data, 1, out.length, file) == out.length;
    good = file && fclose(file) == 0 && good;
    ct_buffer_finish(&out);
    if (!good)
        fprintf(stderr, "%s: the report cannot be written to %s: %m\n", cli->program, path);
    return good;
}

/* ---- the command ---- */

static int run_all(const ct_cli *cli, const ct_test_plan *plan, const char *junit)
{
    ct_time start = ct_monotonic();
    size_t failed = 0;
    ct_test_plan_run(plan);
    bool written = !junit || write_junit(cli, plan, junit, ct_monotonic() - start);
    for (size_t i = 0; i < plan->count; i++) {
        failed += plan->cases[i].outcome != CT_CASE_PASSED;
        ct_buffer_finish(&plan->cases[i].report);
        ct_buffer_finish(&plan->cases[i].output);
    }
    printf("%zu passed, %zu failed\n", plan->count - failed, failed);
    return failed || !written ? 1 : 0;
}

static int load_and_run(ct_cli *cli, ct_test_plan plan, const char *junit)
{
    ct_site site;
    int code = 1;
    ct_settings_read_for_test(cli->settings, ".env", environ, NULL, NULL, &cli->problems);
    ct_site_prepare(&site, cli->app, cli->settings, &cli->problems);
    if (cli->problems.count)
        ct_cli_refuse(cli); /* warnings are shown too */
    plan.site = &site;
    if (!cli->problems.errors)
        code = run_all(cli, &plan, junit);
    ct_site_finish(&site);
    return code;
}

int ct_test_builtin(ct_cli *cli, const ct_option_values *values)
{
    const char *filter = ct_options_get(values, "filter")->text;
    const ct_typed *jobs = ct_options_get(values, "jobs");
    ct_test_plan plan = { .jobs = jobs->text ? (size_t)jobs->integer : CT_MIN(ct_usable_cores(), (size_t)MOST_JOBS),
                          .timeout = ct_options_get(values, "timeout")->integer,
                          .done = tell };
    collect(cli, filter, &plan);
    if (!plan.count)
        return refuse_none(cli, filter);
    if (!ct_options_get(values, "list")->integer)
        return load_and_run(cli, plan, ct_options_get(values, "junit")->text);
    for (size_t i = 0; i < plan.count; i++)
        ct_buffer_printf(&cli->out, "%s\n", plan.cases[i].name);
    return 0;
}
