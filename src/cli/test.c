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
#define SHOWN_LINES 100 /* of what a test wrote: so many from the begin, and so many from the end */

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

static void write_indented(ct_str text, const char *indent)
{
    for (size_t at = 0; at < text.length;) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.length - at);
        size_t length = end ? (size_t)(end - line) : text.length - at;
        fputs(indent, stdout);
        fwrite(line, 1, length, stdout);
        putchar('\n');
        at += length + 1;
    }
}

/* The length of the first lines of a text. */
static size_t first_lines(ct_str text, size_t most)
{
    size_t at = 0;
    for (size_t lines = 0; lines < most && at < text.length; at++)
        lines += text.data[at] == '\n';
    return at;
}

/* Where the last lines of a text begin. */
static size_t last_lines(ct_str text, size_t most)
{
    size_t at = text.length;
    for (size_t lines = 0; at; at--)
        if (text.data[at - 1] == '\n' && at != text.length && ++lines == most)
            break;
    return at;
}

static void tell_output(const ct_test_case *one)
{
    const ct_buffer *out = &one->output;
    size_t head = first_lines((ct_str){ out->data, one->lost_bytes ? one->cut : out->length }, SHOWN_LINES);
    size_t rest = one->lost_bytes ? one->cut : head;
    size_t tail = rest + last_lines((ct_str){ out->data + rest, out->length - rest }, SHOWN_LINES);
    size_t bytes = one->lost_bytes + tail - head, lines = one->lost_lines;
    for (size_t i = head; i < tail; i++)
        lines += out->data[i] == '\n';
    puts("  log and output:");
    write_indented((ct_str){ out->data, head }, "    ");
    if (bytes)
        printf("    " CT_TEST_LEFT_OUT, lines, bytes);
    write_indented((ct_str){ out->data + tail, out->length - tail }, "    ");
}

static void tell(const ct_test_case *one)
{
    bool passed = one->outcome == CT_CASE_PASSED;
    printf("%s%s (%" PRId64 " ms)\n", passed ? "ok    " : "FAIL  ", one->name, one->duration / CT_MILLISECOND);
    if (!passed) {
        write_indented((ct_str){ one->report.data, one->report.length }, "  ");
        if (one->output.length)
            tell_output(one);
    }
    fflush(stdout);
}

static void refuse_path(const ct_cli *cli, const char *path)
{
    fprintf(stderr, "%s: the report cannot be written to %s: %m\n", cli->program, path);
}

/* Before the tests run, which may take long. The file is then empty: what was there is not their report. */
static bool may_write(const ct_cli *cli, const char *path)
{
    FILE *file = fopen(path, "we");
    if (file && fclose(file) == 0)
        return true;
    refuse_path(cli, path);
    return false;
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
        refuse_path(cli, path);
    return good;
}

/* ---- the command ---- */

static int run_all(const ct_cli *cli, const ct_test_plan *plan, const char *junit)
{
    ct_time start = ct_monotonic();
    size_t failed = 0;
    if (!ct_test_plan_run(plan))
        return 1;
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
    const char *junit = ct_options_get(values, "junit")->text;
    if (!ct_options_get(values, "list")->integer)
        return junit && !may_write(cli, junit) ? 2 : load_and_run(cli, plan, junit);
    for (size_t i = 0; i < plan.count; i++)
        ct_buffer_printf(&cli->out, "%s\n", plan.cases[i].name);
    return 0;
}
