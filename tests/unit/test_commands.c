/* The commands of a program: which there are, which mistakes of the tables are found, and tables as people see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canteen.h"
#include "cli/cli.h"
#include "cli/columns.h"

#include <string.h>

static int nothing(ct *c)
{
    (void)c;
    return 0;
}

static void start(ct_cli *cli, const ct_app *app)
{
    *cli = (ct_cli){ .program = "prog", .app = app };
    ct_arena_init(&cli->arena, NULL, 0);
    cli->settings = ct_settings_declare(&cli->arena, app, &cli->problems);
    ct_commands_collect(cli, ct_builtins, ct_builtins_count);
}

static void finish(ct_cli *cli)
{
    ct_problems_finish(&cli->problems);
    ct_arena_finish(&cli->arena);
}

static void has(ct_cli *cli, const char *names, const char *problems)
{
    const char *text = "";
    for (size_t i = 0; i < cli->command_count; i++)
        if (!cli->commands[i].hidden)
            text = ct_arena_printf(&cli->arena, "%s%s%s", text, i ? " " : "", cli->commands[i].command->name);
    assert_string_equal(text, names);
    ct_buffer lines = { 0 };
    ct_cli_write_problems(cli, &lines);
    assert_string_equal(ct_buffer_text(&lines), problems);
    ct_buffer_finish(&lines);
}

#define ROW(name_, line_, ...)                                                                                         \
    {                                                                                                                  \
        .name = (name_), .run = nothing, .file = "main.c", .line = (line_), __VA_ARGS__                                \
    }
#define ROWS(...) ((const ct_command[]){ __VA_ARGS__, { .name = NULL } })

static void test_root_before_mounted(void **state)
{
    (void)state;
    ct_cli cli;
    const ct_app inner = { .name = "inner", .commands = ROWS(ROW("inner", 1)) };
    const ct_app root = { .name = "root",
                          .routes = ROUTES(MOUNT("/a", &inner), MOUNT("/b", &inner)),
                          .commands = ROWS(ROW("zero", 2), ROW("one-2", 3)) };
    start(&cli, &root);
    has(&cli, "run routes check test help version zero one-2 inner", "");
    assert_ptr_equal(ct_commands_find(&cli, "inner")->app, &inner);
    assert_null(ct_commands_find(&cli, "two"));
    assert_string_equal(ct_commands_nearest(&cli, "innre"), "inner");
    assert_null(ct_commands_nearest(&cli, "something"));
    finish(&cli);
}

static void test_bad_tables(void **state)
{
    (void)state;
    ct_cli cli;
    const ct_app inner = { .name = "inner", .commands = ROWS({ .name = "load", .run = nothing }) };
    const ct_app root = {
        .name = "root",
        .routes = ROUTES(MOUNT("/a", &inner)),
        .settings = SETTINGS({ .name = "help", .value = "x", .declares = true, .file = "main.c", .line = 9 }),
        .commands = ROWS(ROW("run", 1), ROW("settings", 2), ROW("load", 3), ROW("Load", 4), ROW("", 5),
                         { .name = "empty", .file = "main.c", .line = 6 },
                         ROW("dump", 7, .options = OPTIONS(OPTION("x"), OPTION("x")))),
    };
    start(&cli, &root);
    has(&cli, "run routes check test help version load",
        "error: options made of settings: help: --help and -h explain the command: choose another name\n"
        "error: main.c:1: the command run is Canteen's own: choose another name\n"
        "error: main.c:2: the command settings is Canteen's own: choose another name\n"
        "error: main.c:4: \"Load\" is no name of a command: write lower case letters, digits and '-', a letter first\n"
        "error: main.c:5: \"\" is no name of a command: write lower case letters, digits and '-', a letter first\n"
        "error: main.c:6: the command empty has no function\n"
        "error: main.c:7: command dump: x is there twice\n"
        "error: commands of app \"inner\": there is a command load already, at main.c:3\n");
    finish(&cli);
}

/* Every setting can be given to `run`; a flag both ways; what is not given leaves the other sources alone. */
static void test_settings_as_options(void **state)
{
    (void)state;
    ct_cli cli;
    const ct_app app = { .name = "app",
                         .settings =
                             SETTINGS({ .name = "pin_code", .type = CT_INTEGER, .declares = true, .secret = true }) };
    start(&cli, &app);
    has(&cli, "run routes check test help version", "");
    const ct_cli_command *run = ct_commands_find(&cli, "run");
    char *words[] = { (char *)"--max-body", (char *)"10M", (char *)"--no-access-log", (char *)"--pin-code=hunter2" };
    ct_option_values values;
    ct_error error;
    assert_true(ct_options_parse(&cli.arena, run->options, words, CT_COUNT(words), &values, &error));
    assert_int_equal(values.count, ct_settings_count(cli.settings));
    const char *const *overrides = ct_commands_overrides(&cli, &values);
    assert_string_equal(overrides[0], "access_log=false");
    assert_string_equal(overrides[1], "max_body=10M");
    assert_string_equal(overrides[2], "pin_code=hunter2");
    assert_null(overrides[3]);
    /* A secret that is wrong is not shown. */
    ct_settings_read(cli.settings, "/nonexistent", NULL, overrides, &cli.problems);
    has(&cli, "run routes check test help version",
        "error: command line: pin_code: the value (a secret, so not shown) is not a whole number (as 0, 42)\n");
    finish(&cli);
}

static void test_help_of_a_command(void **state)
{
    (void)state;
    ct_cli cli;
    const ct_app app = {
        .name = "app",
        .commands =
            ROWS(ROW("copy", 1, .help = "Copy things",
                     .options = OPTIONS(ARGUMENT("from", .help = "what"), ARGUMENT("to", .value = "", .help = "where"),
                                        ARGUMENT("how", .optional = true, .type = CT_CHOICE, .choices = "fast, well"),
                                        OPTION("force", .type = CT_FLAG, .letter = 'f', .help = "ask nothing"),
                                        OPTION("rate", .type = CT_SIZE, .required = true, .min = 1024, .max = INT64_MAX,
                                               .help = "bytes a second"),
                                        OPTION("order", .type = CT_CHOICE, .choices = "up, down", .value = "up")))),
    };
    start(&cli, &app);
    has(&cli, "run routes check test help version copy", "");
    ct_buffer text = { 0 };
    ct_help_command(&cli, ct_commands_find(&cli, "copy"), &text);
    assert_string_equal(ct_buffer_text(&text), "usage: prog copy [OPTION]... FROM [TO] [HOW]\n"
                                               "\n"
                                               "Copy things\n"
                                               "\n"
                                               "  FROM              what\n"
                                               "  [TO]              where (default empty)\n"
                                               "  [HOW]             fast, well\n"
                                               "  -f, --[no-]force  ask nothing\n"
                                               "  --rate SIZE       bytes a second (at least 1K, required)\n"
                                               "  --order up|down   default up\n");
    ct_buffer_finish(&text);
    finish(&cli);
}

static void test_columns(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_columns table = ct_columns_in(&arena, 3);
    ct_columns_add(&table, (const char *const[]){ "a", "", "caf\xc3\xa9" });
    ct_columns_add(&table, (const char *const[]){ "\xc3\xa9\xc3\xa9\xc3\xa9", "", "x" });
    ct_columns_add(&table, (const char *const[]){ "bb", "", "" });
    ct_buffer text = { 0 };
    ct_columns_write(&table, "> ", &text);
    assert_string_equal(ct_buffer_text(&text), "> a    caf\xc3\xa9\n> \xc3\xa9\xc3\xa9\xc3\xa9  x\n> bb\n");
    ct_buffer_finish(&text);
    ct_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_before_mounted),
        cmocka_unit_test(test_bad_tables),
        cmocka_unit_test(test_settings_as_options),
        cmocka_unit_test(test_help_of_a_command),
        cmocka_unit_test(test_columns),
    };
    return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
