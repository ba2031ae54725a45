/* The report of tests as XML of JUnit's kind, which has no standard but many readers: what Jenkins and GitLab read.
 *
 *     testsuites > testsuite (an app) > testcase > failure (a check) or error (a crash, a time-out), system-out
 *
 * XML 1.0 has no way to write most control characters, nor bytes that are no UTF-8: each becomes U+FFFD. */
#include "cli/test.h"

static void put_escaped(ct_buffer *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        unsigned char ch = (unsigned char)text[i];
        size_t size = ch < 0x80 ? 1 : ch < 0xE0 ? 2 : ch < 0xF0 ? 3 : 4;
        bool good = size <= length - i && ct_utf8_valid(text + i, size);
        bool control = (ch < 0x20 && ch != '\n' && ch != '\t') || ch == 0x7F;
        bool none = good && size == 3 && memcmp(text + i, "\xEF\xBF", 2) == 0 && (unsigned char)text[i + 2] >= 0xBE;
        if (!good || control || none)
            ct_buffer_str(out, CT_STR("\xEF\xBF\xBD"));
        else if (ch == '<' || ch == '>' || ch == '&' || ch == '"' || ch == '\n' || ch == '\t')
            ct_buffer_printf(out, "&#%d;", ch);
        else
            ct_buffer_append(out, text + i, size);
        i += good ? size : 1;
    }
}

static void put_attribute(ct_buffer *out, const char *name, const char *value, size_t length)
{
    ct_buffer_printf(out, " %s=\"", name);
    put_escaped(out, value, length);
    ct_buffer_char(out, '"');
}

static void put_time(ct_buffer *out, ct_time duration)
{
    ct_buffer_printf(out, " time=\"%" PRId64 ".%03" PRId64 "\"", duration / CT_SECOND,
                     duration % CT_SECOND / CT_MILLISECOND);
}

static void put_counts(ct_buffer *out, const ct_test_case *cases, size_t count)
{
    size_t failures = 0, errors = 0;
    for (size_t i = 0; i < count; i++) {
        failures += cases[i].outcome == CT_CASE_FAILED;
        errors += cases[i].outcome == CT_CASE_CRASHED || cases[i].outcome == CT_CASE_TIMED_OUT;
    }
    ct_buffer_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\"", count, failures, errors);
}

static void put_output(ct_buffer *out, const ct_test_case *one)
{
    const ct_buffer *output = &one->output;
    put_escaped(out, output->data, one->cut);
    if (one->lost_bytes)
        ct_buffer_printf(out, "%s" CT_TEST_LEFT_OUT, output->data[one->cut - 1] == '\n' ? "" : "\n", one->lost_lines,
                         one->lost_bytes);
    put_escaped(out, output->data + one->cut, output->length - one->cut);
}

static void put_case(ct_buffer *out, const ct_test_case *one)
{
    const char *app = one->app->name ? one->app->name : "app", *name = one->test->name, *file = one->test->file;
    ct_buffer_str(out, CT_STR("    <testcase"));
    put_attribute(out, "classname", app, strlen(app));
    put_attribute(out, "name", name, strlen(name));
    put_attribute(out, "file", file, strlen(file));
    ct_buffer_printf(out, " line=\"%d\"", one->test->line);
    put_time(out, one->duration);
    if (one->outcome == CT_CASE_PASSED) {
        ct_buffer_str(out, CT_STR("/>\n"));
        return;
    }
    const char *element = one->outcome == CT_CASE_FAILED ? "failure" : "error";
    const char *report = one->report.data ? one->report.data : "";
    const char *end = one->report.length ? memchr(report, '\n', one->report.length) : NULL;
    ct_buffer_printf(out, ">\n      <%s", element);
    put_attribute(out, "message", report, end ? (size_t)(end - report) : one->report.length);
    ct_buffer_char(out, '>');
    put_escaped(out, report, one->report.length);
    ct_buffer_printf(out, "</%s>\n", element);
    if (one->output.length) {
        ct_buffer_str(out, CT_STR("      <system-out>"));
        put_output(out, one);
        ct_buffer_str(out, CT_STR("</system-out>\n"));
    }
    ct_buffer_str(out, CT_STR("    </testcase>\n"));
}

static void put_suite(ct_buffer *out, const ct_test_case *cases, size_t count)
{
    const char *name = cases[0].app->name ? cases[0].app->name : "app";
    ct_time duration = 0;
    for (size_t i = 0; i < count; i++)
        duration += cases[i].duration;
    ct_buffer_str(out, CT_STR("  <testsuite"));
    put_attribute(out, "name", name, strlen(name));
    put_counts(out, cases, count);
    put_time(out, duration);
    ct_buffer_str(out, CT_STR(">\n"));
    for (size_t i = 0; i < count; i++)
        put_case(out, &cases[i]);
    ct_buffer_str(out, CT_STR("  </testsuite>\n"));
}

void ct_junit_write(ct_buffer *out, const ct_test_case *cases, size_t count, ct_time duration)
{
    ct_buffer_str(out, CT_STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
    put_counts(out, cases, count);
    put_time(out, duration);
    ct_buffer_str(out, CT_STR(">\n"));
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && cases[to].app == cases[from].app; to++)
            ;
        put_suite(out, cases + from, to - from);
    }
    ct_buffer_str(out, CT_STR("</testsuites>\n"));
}
