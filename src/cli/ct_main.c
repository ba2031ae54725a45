/* The command line of every program: `PROGRAM COMMAND [OPTION]... [ARGUMENT]...`
 *
 * Exit codes: 0 done, 1 failed (mistakes in tables or settings, or what the command says), 2 a mistake in the command
 * line, the value of a setting there included, told with a hint how to go on. Standard output holds what was asked for
 * and nothing else; if it cannot be written the exit code is 1. */
#include "cli/cli.h"

#include "base/log.h"
#include "web/keys.h"
#include "web/serve.h"
#include "web/standalone.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* In one piece, so that lines of several processes do not mix. */
static void write_stderr(ct_buffer *text)
{
    const char *at = ct_buffer_text(text);
    fwrite(at, 1, strlen(at), stderr);
    ct_buffer_finish(text);
}

/* Where to read on after a mistake in a command's line. */
static void write_hint(ct_cli *cli, const ct_cli_command *command, ct_buffer *out)
{
    ct_help_usage(cli, command, out);
    ct_buffer_printf(out, "`%s help %s` says more\n", cli->program, command->command->name);
}

static bool is_of_command_line(const ct_problem *problem)
{
    return problem->severity == CT_PROBLEM_ERROR && ct_str_starts(ct_str_of(problem->text), CT_STR("command line: "));
}

int ct_cli_refuse(ct_cli *cli)
{
    ct_buffer text = { 0 };
    bool is_usage = false;
    ct_cli_write_problems(cli, &text);
    for (size_t i = 0; i < cli->problems.count; i++)
        is_usage = is_usage || is_of_command_line(&cli->problems.items[i]);
    if (is_usage) /* `run` is what takes settings */
        write_hint(cli, ct_commands_find(cli, "run"), &text);
    write_stderr(&text);
    return is_usage ? 2 : 1;
}

void ct_cli_warn(const ct_cli *cli, const ct_site *site)
{
    ct_log_open(STDERR_FILENO, (ct_log_format)site->config.log_format, (ct_log_level)site->config.log_level);
    for (size_t i = 0; i < cli->problems.count; i++)
        ct_log_line(CT_LOG_WARNING, NULL, "%s", cli->problems.items[i].text);
    if (site->keys && site->keys->made)
        ct_log_line(CT_LOG_INFO, NULL,
                    "secret_key is not set: sessions and signed text are good for this run alone; " CT_KEY_ADVICE);
    ct_log_flush();
}

int ct_cli_unknown(const ct_cli *cli, const char *name)
{
    char shown[CT_SHOWN_TEXT];
    const char *nearest = ct_commands_nearest(cli, name);
    if (nearest)
        fprintf(stderr, "%s: there is no command \"%s\"; did you mean \"%s\"?\n", cli->program, ct_shown(name, shown),
                nearest);
    else
        fprintf(stderr, "%s: there is no command \"%s\"; `%s help` lists them\n", cli->program, ct_shown(name, shown),
                cli->program);
    return 2;
}

/* ---- one command ---- */

/* On a fiber, with all that a handler has but a request. */
static int run_app_command(ct_cli *cli, const ct_cli_command *command, const ct_option_values *values)
{
    ct_site site;
    ct_cli_load(cli, NULL, &site);
    int code;
    if (cli->problems.errors) {
        code = ct_cli_refuse(cli);
    } else {
        ct_cli_warn(cli, &site);
        code = command->builtin ? ct_run_bare_work(&site, command->command->run, values)
                                : ct_run_work(&site, command->command->run, values);
        ct_log_flush();
    }
    ct_site_finish(&site);
    return code;
}

static int run_command(ct_cli *cli, const ct_cli_command *command, char *const *words, size_t count)
{
    ct_option_values values;
    ct_error error;
    if (command->builtin && command->builtin->takes_words)
        return command->builtin->run(cli, NULL);
    if (!ct_options_parse(&cli->arena, command->options, words, count, &values, &error)) {
        ct_buffer text = { 0 };
        ct_buffer_printf(&text, "%s %s: %s\n", cli->program, command->command->name, error.message);
        write_hint(cli, command, &text);
        write_stderr(&text);
        return 2;
    }
    if (values.help) {
        ct_help_command(cli, command, &cli->out);
        return 0;
    }
    bool inner = command->builtin && command->builtin->run;
    return inner ? command->builtin->run(cli, &values) : run_app_command(cli, command, &values);
}

/* "-h" and so on, in place of a command. */
static const char *command_of_option(const char *word)
{
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

static int dispatch(ct_cli *cli, int argc, char **argv)
{
    if (argc < 2) {
        ct_buffer text = { 0 };
        ct_help_overview(cli, &text);
        write_stderr(&text);
        return 2;
    }
    const char *name = command_of_option(argv[1]);
    const ct_cli_command *command = ct_commands_find(cli, name);
    if (!command && name[0] == '-') {
        char shown[CT_SHOWN_TEXT];
        fprintf(stderr, "%s: the command comes first, before %s; `%s help` lists them\n", cli->program,
                ct_shown(name, shown), cli->program);
        return 2;
    }
    if (!command && cli->other)
        return cli->other(cli, argv + 1);
    if (!command)
        return ct_cli_unknown(cli, name);
    return run_command(cli, command, argv + 2, (size_t)argc - 2);
}

/* ---- the program ---- */

/* Writes what the built-in commands left, after what the app's have printed. */
static int finish_output(ct_cli *cli, int code)
{
    errno = 0;
    if (cli->out.length)
        fwrite(cli->out.data, 1, cli->out.length, stdout);
    bool failed = ferror(stdout);
    failed |= fflush(stdout) != 0;
    if (!failed)
        return code;
    if (errno)
        fprintf(stderr, "%s: standard output cannot be written: %m\n", cli->program);
    else
        fprintf(stderr, "%s: standard output could not be written\n", cli->program);
    return code ? code : 1;
}

static const char *program_name(int argc, char **argv, const ct_app *app)
{
    if (argc < 1 || !argv[0] || !*argv[0])
        return app->name ? app->name : "app";
    const char *slash = strrchr(argv[0], '/');
    return slash ? slash + 1 : argv[0];
}

int ct_cli_main(int argc, char **argv, const ct_app *app, const ct_builtin *builtins, size_t count, ct_cli_other *other)
{
    ct_cli cli = { .program = program_name(argc, argv, app), .argv = argv, .app = app, .other = other };
    signal(SIGPIPE, SIG_IGN); /* a reader that is gone is an error of write(), told in words */
    ct_arena_init(&cli.arena, NULL, 0);
    cli.settings = ct_settings_declare(&cli.arena, app, &cli.problems);
    ct_commands_collect(&cli, builtins, count);
    int code = finish_output(&cli, dispatch(&cli, argc, argv));
    ct_buffer_finish(&cli.out);
    ct_problems_finish(&cli.problems);
    ct_arena_finish(&cli.arena);
    return code;
}

int ct_main(int argc, char **argv, const ct_app *app)
{
    return ct_cli_main(argc, argv, app, ct_builtins, ct_builtins_count, NULL);
}
