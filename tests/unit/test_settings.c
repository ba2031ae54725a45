/* Settings: which of the four sources decides, that each mistake is told with its place, and that the server's struct
 * and the accessors get what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "base/log.h"
#include "canteen.h"
#include "proto/forwarded.h"
#include "template/template.h"
#include "web/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct fixture {
    char folder[40];
    ct_arena arena;
    ct_problems problems;
    ct_settings *settings;
} fixture;

static int set_up(void **state)
{
    fixture *f = ct_xcalloc(1, sizeof *f);
    snprintf(f->folder, sizeof(f->folder), "/tmp/canteen-settings.XXXXXX");
    if (!mkdtemp(f->folder) || chdir(f->folder) < 0)
        return 1;
    ct_arena_init(&f->arena, NULL, 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ct_problems_finish(&f->problems);
    ct_arena_finish(&f->arena);
    unlink(".env");
    int failed = chdir("/") < 0 || rmdir(f->folder) < 0;
    free(f);
    return failed;
}

static void write_dotenv(const char *text)
{
    FILE *file = fopen(".env", "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void load(fixture *f, const ct_app *app, char **environment, const char *const *overrides)
{
    ct_problems_finish(&f->problems);
    f->settings = ct_settings_load(&f->arena, app, ".env", environment, overrides, &f->problems);
}

#define ENVIRONMENT(...) ((char *[]){ __VA_ARGS__, NULL })
#define OVERRIDES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* All problems, "error: ...\n" each. */
static void has_problems(fixture *f, const char *expected)
{
    const char *text = "";
    for (size_t i = 0; i < f->problems.count; i++)
        text = ct_arena_printf(&f->arena, "%s%s: %s\n", text,
                               f->problems.items[i].severity == CT_PROBLEM_ERROR ? "error" : "warning",
                               f->problems.items[i].text);
    assert_string_equal(text, expected);
}

static void has_value(fixture *f, const char *name, const char *text, const char *source)
{
    const ct_setting_value *value = ct_settings_find(f->settings, name);
    assert_non_null(value);
    if (text)
        assert_string_equal(value->value.text, text);
    else
        assert_null(value->value.text);
    assert_string_equal(value->source, source);
}

static const ct_app plain = { .name = "plain" };

static void test_defaults(void **state)
{
    fixture *f = *state;
    load(f, &plain, NULL, NULL);
    has_problems(f, "");
    ct_config config;
    memset(&config, 0xa5, sizeof(config));
    ct_settings_config(f->settings, &config);
    assert_string_equal(config.bind, "127.0.0.1:8000");
    assert_int_equal(config.workers, 0);
    assert_null(config.user);
    assert_null(config.group);
    assert_string_equal(config.temp_dir, "/tmp");
    assert_true(config.access_log);
    assert_int_equal(config.log_format, CT_LOG_AUTO);
    assert_int_equal(config.log_level, CT_LOG_INFO);
    assert_int_equal(config.max_head, 16384);
    assert_int_equal(config.max_target, 8192);
    assert_int_equal(config.max_headers, 100);
    assert_int_equal(config.max_body_memory, 2621440);
    assert_int_equal(config.max_body, 1 << 30);
    assert_int_equal(config.max_fields, 1000);
    assert_int_equal(config.max_connections, 16384);
    assert_int_equal(config.max_requests, 10000);
    assert_int_equal(config.head_timeout, 10 * CT_SECOND);
    assert_int_equal(config.idle_timeout, 75 * CT_SECOND);
    assert_int_equal(config.body_timeout, 30 * CT_SECOND);
    assert_int_equal(config.body_rate, 1024);
    assert_int_equal(config.send_timeout, 30 * CT_SECOND);
    assert_int_equal(config.request_timeout, 30 * CT_SECOND);
    assert_int_equal(config.drain_timeout, 30 * CT_SECOND);
    assert_int_equal(config.crash_timeout, 10 * CT_SECOND);
    assert_int_equal(config.hang_warning, 5 * CT_SECOND);
    assert_int_equal(config.hang_timeout, 0);
    assert_int_equal(config.request_memory, 64 << 20);
    assert_int_equal(config.stack_size, 256 << 10);
    assert_int_equal(config.offload_threads, 4);
    assert_null(config.allowed_hosts);
    assert_string_equal(config.trusted_proxies, "");
    assert_int_equal(config.proxy_headers, CT_PROXY_X_FORWARDED);
    assert_string_equal(config.template_folders, "templates");
    assert_false(config.reload_templates);
    assert_int_equal(config.template_max_output, 16 << 20);
    assert_int_equal(config.template_max_iterations, 1000000);
    assert_int_equal(config.template_max_depth, 100);
    assert_int_equal(config.template_undefined, 0);
    assert_int_equal(config.template_language, CT_LANGUAGE_AUTO);
    assert_false(config.template_trim_blocks || config.template_lstrip_blocks || config.template_keep_trailing_newline);
    assert_string_equal(config.template_line_statement_prefix, "");
    assert_string_equal(config.template_line_comment_prefix, "");
    assert_string_equal(config.template_string_if_invalid, "");
}

/* A field of the struct without a row would be served uninitialised. */
static void test_every_field_has_a_row(void **state)
{
    fixture *f = *state;
    load(f, &plain, NULL, NULL);
    assert_int_equal(ct_settings_count(f->settings) * 8, sizeof(ct_config)); /* each takes a word, the flag padded */
}

/* The choices of the table and the enums of the code are the same, in the same order. */
static void test_choices_are_the_enums(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *override;
        size_t offset;
        int64_t value;
    } rows[] = {
        { "log_format=auto", offsetof(ct_config, log_format), CT_LOG_AUTO },
        { "log_format=text", offsetof(ct_config, log_format), CT_LOG_TEXT },
        { "log_format=json", offsetof(ct_config, log_format), CT_LOG_JSON },
        { "log_level=debug", offsetof(ct_config, log_level), CT_LOG_DEBUG },
        { "log_level=info", offsetof(ct_config, log_level), CT_LOG_INFO },
        { "log_level=warning", offsetof(ct_config, log_level), CT_LOG_WARNING },
        { "log_level=error", offsetof(ct_config, log_level), CT_LOG_ERROR },
        { "proxy_headers=x-forwarded", offsetof(ct_config, proxy_headers), CT_PROXY_X_FORWARDED },
        { "proxy_headers=forwarded", offsetof(ct_config, proxy_headers), CT_PROXY_FORWARDED },
        { "template_language=auto", offsetof(ct_config, template_language), CT_LANGUAGE_AUTO },
        { "template_language=jinja", offsetof(ct_config, template_language), CT_LANGUAGE_JINJA },
        { "template_language=django", offsetof(ct_config, template_language), CT_LANGUAGE_DJANGO },
        { "template_undefined=empty", offsetof(ct_config, template_undefined), 0 },
        { "template_undefined=error", offsetof(ct_config, template_undefined), 1 },
    };
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        load(f, &plain, NULL, OVERRIDES(rows[i].override));
        has_problems(f, "");
        ct_config config;
        int64_t value;
        ct_settings_config(f->settings, &config);
        memcpy(&value, (const char *)&config + rows[i].offset, sizeof(value));
        assert_int_equal(value, rows[i].value);
    }
}

static void test_bounds(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *good[2], *bad[2], *messages[2];
    } rows[] = {
        { { "max_head=1K", "max_head=1M" },
          { "max_head=1023", "max_head=1048577" },
          { "max_head: \"1023\" is too small: the least is 1K",
            "max_head: \"1048577\" is too great: the most is 1M" } },
        { { "max_headers=1", "max_headers=1000" },
          { "max_headers=0", "max_headers=1001" },
          { "max_headers: \"0\" is too small: the least is 1",
            "max_headers: \"1001\" is too great: the most is 1000" } },
        { { "stack_size=64K", "stack_size=64M" },
          { "stack_size=65535", "stack_size=67108865" },
          { "stack_size: \"65535\" is too small: the least is 64K",
            "stack_size: \"67108865\" is too great: the most is 64M" } },
        { { "offload_threads=1", "offload_threads=256" },
          { "offload_threads=0", "offload_threads=257" },
          { "offload_threads: \"0\" is too small: the least is 1",
            "offload_threads: \"257\" is too great: the most is 256" } },
        { { "head_timeout=1ms", "head_timeout=1d" },
          { "head_timeout=999us", "head_timeout=25h" },
          { "head_timeout: \"999us\" is too small: the least is 1ms",
            "head_timeout: \"25h\" is too great: the most is 1d" } },
        { { "workers=0", "workers=1024" },
          { "workers=-1", "workers=1025" },
          { "workers: \"-1\" is too small: the least is 0", "workers: \"1025\" is too great: the most is 1024" } },
    };
    for (size_t i = 0; i < CT_COUNT(rows); i++)
        for (size_t j = 0; j < 2; j++) {
            load(f, &plain, NULL, OVERRIDES(rows[i].good[j]));
            has_problems(f, "");
            load(f, &plain, NULL, OVERRIDES(rows[i].bad[j]));
            has_problems(f, ct_arena_printf(&f->arena, "error: command line: %s\n", rows[i].messages[j]));
        }
}

/* ---- where values come from ---- */

static const ct_app set_app = { .name = "set",
                                .settings = (const ct_setting[]){
                                    { .name = "max_body", .value = "1M", .file = "main.c", .line = 7 },
                                    { .name = NULL } } };

static void test_precedence(void **state)
{
    fixture *f = *state;
    char *environment[] = { (char *)"CANTEEN_MAX_BODY=3M", NULL };
    load(f, &plain, NULL, NULL);
    has_value(f, "max_body", "1G", "default");
    load(f, &set_app, NULL, NULL);
    has_value(f, "max_body", "1M", "main.c:7");
    write_dotenv("# limits\nCANTEEN_MAX_BODY=2M\n");
    load(f, &set_app, NULL, NULL);
    has_value(f, "max_body", "2M", ".env:2");
    load(f, &set_app, environment, NULL);
    has_value(f, "max_body", "3M", "environment CANTEEN_MAX_BODY");
    load(f, &set_app, environment, OVERRIDES("max_body=4M"));
    has_value(f, "max_body", "4M", "command line");
    has_problems(f, "");
    ct_config config;
    ct_settings_config(f->settings, &config);
    assert_int_equal(config.max_body, 4 << 20);
}

#define ROWS(...) ((const ct_setting[]){ __VA_ARGS__, { .name = NULL } })
#define DECLARE(name_, value_, file_, line_, ...)                                                                      \
    {                                                                                                                  \
        .name = (name_), .value = (value_), .declares = true, .file = (file_), .line = (line_), __VA_ARGS__            \
    }
#define CHANGE(name_, value_, file_, line_)                                                                            \
    {                                                                                                                  \
        .name = (name_), .value = (value_), .file = (file_), .line = (line_)                                           \
    }

/* The root decides over what it mounts, the first of several over those behind it; an app that is mounted twice counts
 * once. */
static void test_mounted_tables(void **state)
{
    fixture *f = *state;
    const ct_app inner = { .name = "inner",
                           .settings =
                               ROWS(CHANGE("max_head", "3K", "inner.c", 1), CHANGE("max_target", "300", "inner.c", 2),
                                    DECLARE("depth", "3", "inner.c", 3, .type = CT_INTEGER)) };
    const ct_app first = { .name = "first",
                           .routes = ROUTES(MOUNT("/inner", &inner)),
                           .settings = ROWS(CHANGE("max_head", "2K", "first.c", 1), CHANGE("bind", ":1", "first.c", 2),
                                            DECLARE("colour", "red", "first.c", 3)) };
    const ct_app second = { .name = "second",
                            .settings = ROWS(CHANGE("max_target", "200", "second.c", 1),
                                             CHANGE("colour", "blue", "second.c", 2)) };
    const ct_app root = { .name = "root",
                          .routes = ROUTES(MOUNT("/a", &first), MOUNT("/b", &second), MOUNT("/c", &inner)),
                          .settings = ROWS(CHANGE("bind", ":9", "root.c", 1), CHANGE("depth", "1", "root.c", 2)) };
    load(f, &root, NULL, NULL);
    has_problems(f, "");
    has_value(f, "bind", ":9", "root.c:1");
    has_value(f, "max_head", "2K", "first.c:1");
    has_value(f, "max_target", "300", "inner.c:2");
    has_value(f, "colour", "red", "first.c:3");
    has_value(f, "depth", "1", "root.c:2");
    size_t count = ct_settings_count(f->settings);
    assert_string_equal(ct_settings_at(f->settings, 0)->setting->name, "bind");
    assert_string_equal(ct_settings_at(f->settings, count - 2)->setting->name, "colour");
    assert_string_equal(ct_settings_at(f->settings, count - 1)->setting->name, "depth");
    assert_null(ct_settings_at(f->settings, count - 3)->app);
    assert_ptr_equal(ct_settings_at(f->settings, count - 1)->app, &inner);
}

static void test_temporary_folder(void **state)
{
    fixture *f = *state;
    load(f, &plain, ENVIRONMENT((char *)"TMPDIR=/var/tmp"), NULL);
    has_value(f, "temp_dir", "/var/tmp", "environment TMPDIR");
    load(f, &plain, ENVIRONMENT((char *)"TMPDIR="), NULL);
    has_value(f, "temp_dir", "/tmp", "default");
    load(f, &plain, ENVIRONMENT((char *)"CANTEEN_TEMP_DIR=/a", (char *)"TMPDIR=/b"), NULL);
    has_value(f, "temp_dir", "/a", "environment CANTEEN_TEMP_DIR");
    load(f, &plain, ENVIRONMENT((char *)"TMPDIR=/b", (char *)"CANTEEN_TEMP_DIR=/a"), NULL);
    has_value(f, "temp_dir", "/a", "environment CANTEEN_TEMP_DIR");
    const ct_app app = { .name = "app", .settings = ROWS(CHANGE("temp_dir", "/c", "main.c", 1)) };
    load(f, &app, ENVIRONMENT((char *)"TMPDIR=/b"), NULL);
    has_value(f, "temp_dir", "/c", "main.c:1");
}

/* ---- mistakes ---- */

static void test_bad_values(void **state)
{
    fixture *f = *state;
    const ct_app app = { .name = "app", .settings = ROWS(CHANGE("max_head", "big", "main.c", 5)) };
    write_dotenv("CANTEEN_WORKERS=many\nCANTEEN_BIND=:1\n");
    load(f, &app, ENVIRONMENT((char *)"CANTEEN_LOG_LEVEL=inof", (char *)"CANTEEN_ACCESS_LOG="),
         OVERRIDES("head_timeout=1x", "colour=red", "bind"));
    has_problems(f, "error: main.c:5: max_head: \"big\" is not a size (as 4096, 16K, 2.5M)\n"
                    "error: .env:1: workers: \"many\" is not a whole number (as 0, 42)\n"
                    "error: environment CANTEEN_LOG_LEVEL: log_level: \"inof\" is none of debug, info, warning, error; "
                    "did you mean \"info\"?\n"
                    "error: environment CANTEEN_ACCESS_LOG: access_log: the value is empty; write a flag (true, false, "
                    "yes, no, on, off, 1 or 0)\n"
                    "error: command line: head_timeout: \"1x\" is not a time (as 500ms, 10s, 5m, 1h)\n"
                    "error: command line: there is no setting \"colour\"\n");
    has_value(f, "max_head", "16K", "default");
    has_value(f, "bind", "", "command line");
}

static void test_unknown_names(void **state)
{
    fixture *f = *state;
    write_dotenv("CANTEEN_BNID=:1\nCANTEEN_=1\n_CANTEEN_STATE=1\nCANTEEN_bind=1\n");
    load(f, &plain,
         ENVIRONMENT((char *)"CANTEEN_WORKRS=4", (char *)"CANTEEN_SOMETHING_ELSE_ALTOGETHER=1", (char *)"CANTEEN",
                     (char *)"OTHER=1"),
         NULL);
    has_problems(f,
                 "error: .env:1: there is no setting CANTEEN_BNID; did you mean CANTEEN_BIND?\n"
                 "error: .env:2: there is no setting CANTEEN_; `help settings` lists them\n"
                 "error: .env:3: names that begin with _CANTEEN_ are used by Canteen itself\n"
                 "error: .env:4: there is no setting CANTEEN_bind; `help settings` lists them\n"
                 "warning: environment: there is no setting CANTEEN_WORKRS; did you mean CANTEEN_WORKERS?\n"
                 "warning: environment: there is no setting CANTEEN_SOMETHING_ELSE_ALTOGETHER; `help settings` lists "
                 "them\n");
    assert_int_equal(f->problems.errors, 4);
}

static void test_bad_tables(void **state)
{
    fixture *f = *state;
    const ct_app mounted = { .name = "mounted", .settings = ROWS(DECLARE("colour", "blue", "mounted.c", 1)) };
    const ct_app app = {
        .name = "app",
        .routes = ROUTES(MOUNT("/m", &mounted)),
        .settings = ROWS(DECLARE("bind", ":1", "main.c", 1), DECLARE("colour", "red", "main.c", 2),
                         DECLARE("Size", "1", "main.c", 3), DECLARE("", "1", "main.c", 4),
                         DECLARE("count", "ten", "main.c", 5, .type = CT_INTEGER),
                         DECLARE("mode", "a", "main.c", 6, .type = CT_CHOICE),
                         DECLARE("key", "x", "main.c", 7, .required = true), CHANGE("max_bdoy", "1M", "main.c", 8),
                         CHANGE("something", "1", "main.c", 9), CHANGE("workers", "1", "main.c", 10),
                         CHANGE("workers", "2", "main.c", 11), CHANGE("max_body", NULL, "main.c", 12),
                         CHANGE("colour", "green", "main.c", 13), CHANGE("temp_dir", NULL, NULL, 0)),
    };
    load(f, &app, NULL, NULL);
    has_problems(
        f, "error: main.c:1: bind is one of Canteen's own settings: write SET(\"bind\", ...) to change its default\n"
           "error: main.c:3: \"Size\" is no name of a setting: write 1 to 40 lower case letters, digits and '_', a "
           "letter first\n"
           "error: main.c:4: \"\" is no name of a setting: write 1 to 40 lower case letters, digits and '_', a letter "
           "first\n"
           "error: main.c:5: count: \"ten\" is not a whole number (as 0, 42)\n"
           "error: main.c:6: mode: a choice needs .choices = \"one, another\"\n"
           "error: main.c:7: key: a required setting has no default: write NULL\n"
           "error: mounted.c:1: the setting colour is declared before, at main.c:2\n"
           "error: main.c:8: there is no setting \"max_bdoy\"; did you mean \"max_body\"?\n"
           "error: main.c:9: there is no setting \"something\": declare one with SETTING(\"something\", ...)\n"
           "error: main.c:11: this app gives the setting workers a default already, at main.c:10\n"
           "error: main.c:12: max_body: SET needs a value\n"
           "error: main.c:13: this app gives the setting colour a default already, at main.c:2\n"
           "error: settings of app \"app\": temp_dir: SET needs a value\n");
}

static void test_name_length(void **state)
{
    fixture *f = *state;
    static const char longest[] = "a123456789b123456789c123456789d123456789";
    const ct_app good = { .name = "app", .settings = ROWS(DECLARE(longest, "x", "main.c", 1)) };
    load(f, &good, ENVIRONMENT((char *)"CANTEEN_A123456789B123456789C123456789D123456789=y"), NULL);
    has_problems(f, "");
    has_value(f, longest, "y", "environment CANTEEN_A123456789B123456789C123456789D123456789");
    const ct_app bad = { .name = "app",
                         .settings = ROWS(DECLARE("a123456789b123456789c123456789d1234567890", "x", "main.c", 1)) };
    load(f, &bad, NULL, NULL);
    has_problems(f,
                 "error: main.c:1: \"a123456789b123456789c123456789d1234567890\" is no name of a setting: write 1 to "
                 "40 lower case letters, digits and '_', a letter first\n");
}

static void test_required_and_secret(void **state)
{
    fixture *f = *state;
    const ct_app app = {
        .name = "app",
        .settings =
            ROWS(DECLARE("api_key", NULL, "main.c", 1, .required = true, .secret = true),
                 DECLARE("pin", NULL, "main.c", 2, .type = CT_INTEGER, .min = 1000, .max = 9999, .secret = true)),
    };
    load(f, &app, NULL, NULL);
    has_problems(f, "error: main.c:1: the setting api_key has no value: set CANTEEN_API_KEY in the environment or in "
                    ".env\n");
    load(f, &app, ENVIRONMENT((char *)"CANTEEN_API_KEY=hunter2", (char *)"CANTEEN_PIN=12345"), NULL);
    has_problems(f, "error: environment CANTEEN_PIN: pin: the value (a secret, so not shown) is not a whole number (as "
                    "0, 42), 1000 to 9999\n");
    has_value(f, "api_key", "hunter2", "environment CANTEEN_API_KEY");
    has_value(f, "pin", NULL, "default");
}

/* ---- what .env holds for others ---- */

static void test_other_names_are_exported(void **state)
{
    fixture *f = *state;
    assert_int_equal(setenv("DOTENV_TEST_SET", "before", 1), 0);
    write_dotenv("DOTENV_TEST_NEW=1\nDOTENV_TEST_SET=2\nCANTEEN_WORKERS=3\n");
    load(f, &plain, NULL, NULL);
    has_problems(f, "");
    assert_string_equal(getenv("DOTENV_TEST_NEW"), "1");
    assert_string_equal(getenv("DOTENV_TEST_SET"), "before");
    assert_null(getenv("CANTEEN_WORKERS"));
    /* The program is executed again, with this environment, after the file has changed. */
    write_dotenv("DOTENV_TEST_NEW=4\nDOTENV_TEST_SET=5\n");
    load(f, &plain, NULL, NULL);
    assert_string_equal(getenv("DOTENV_TEST_NEW"), "4");
    assert_string_equal(getenv("DOTENV_TEST_SET"), "before");
    write_dotenv("");
    load(f, &plain, NULL, NULL);
    assert_null(getenv("DOTENV_TEST_NEW"));
    assert_string_equal(getenv("DOTENV_TEST_SET"), "before");
    assert_null(getenv(CT_SETTINGS_EXPORTED));
    unsetenv("DOTENV_TEST_SET");
}

/* `canteen run` asks what the program will read: the program tells what is wrong, and its environment is its own. */
static void test_peek_changes_nothing(void **state)
{
    fixture *f = *state;
    write_dotenv("CANTEEN_BIND=:1\nDOTENV_TEST_NEW=1\nDATABASE_URL=sqlite:x.db\nCANTEEN_WORKERZ=1\nCANTEEN_BIND=:2\n");
    f->settings = ct_settings_declare(&f->arena, &plain, &f->problems);
    ct_settings_peek(f->settings, ".env", (char *[]){ "CANTEEN_ALLOWED_HOSTS=a.example", NULL });
    ct_config config;
    ct_settings_config(f->settings, &config);
    assert_string_equal(config.bind, ":2");
    assert_string_equal(config.allowed_hosts, "a.example");
    assert_string_equal(config.database_url, "sqlite:x.db");
    assert_null(getenv("DOTENV_TEST_NEW"));
    assert_null(getenv(CT_SETTINGS_EXPORTED));
    ct_settings_peek(f->settings, ".env", (char *[]){ "CANTEEN_BIND=:3", NULL });
    ct_settings_config(f->settings, &config);
    assert_string_equal(config.bind, ":3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_field_has_a_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_choices_are_the_enums, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_precedence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mounted_tables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_temporary_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_tables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_name_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_required_and_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_names_are_exported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_peek_changes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
