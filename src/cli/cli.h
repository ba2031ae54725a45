/* The inside of a program's command line: what ct_main() sets up and the built-in commands work on.
 *
 *     ct_main.c   finds the command, reads its options, calls it
 *     commands.c  which commands there are: the built-in ones and those of the apps
 *     run.c check.c routes.c help.c   the built-in ones
 *     database.h   those of databases
 *     test.c test_process.c junit.c   and `test`
 *     new.c devloop.c render.c embed.c key.c   those of the program `canteen`; project.c: those of the app it runs
 *     options.c   option tables */
#ifndef CANTEEN_CLI_CLI_H
#define CANTEEN_CLI_CLI_H

#include "base/buffer.h"
#include "base/problems.h"
#include "cli/options.h"
#include "web/apps.h"
#include "web/settings.h"
#include "web/site.h"

typedef struct ct_cli ct_cli;
/* Returns the exit code. What goes to standard output is appended to cli->out. */
typedef int ct_builtin_run(ct_cli *cli, const ct_option_values *values);

typedef int ct_cli_other(ct_cli *cli, char *const *words);

typedef struct ct_builtin {
    ct_command command;  /* .run is NULL, unless .run below is */
    ct_builtin_run *run; /* NULL: a command of databases: command.run works as an app's does, but without the hooks of
                            the apps' start and end. `help` shows it where an app has models */
    bool takes_settings; /* besides .options every setting is an option */
    bool takes_words;    /* .run is called without values: what follows the command in cli->argv is its own to read */
} ct_builtin;

/* run, routes, check, test, help, version */
extern const ct_builtin ct_builtins[];
extern const size_t ct_builtins_count;
extern const ct_option ct_help_options[];

typedef struct ct_cli_command {
    const ct_command *command;
    const ct_builtin *builtin; /* NULL: an app's */
    const ct_app *app;         /* whose it is; NULL: built-in */
    const ct_option *options;  /* the whole table; NULL: empty */
    bool hidden;               /* not in the list of commands */
} ct_cli_command;

struct ct_cli {
    const char *program; /* the name to show, argv[0] without folders */
    char **argv;
    const ct_app *app;
    ct_arena arena; /* without a limit: what is taken from it is never NULL */
    ct_settings *settings;
    ct_cli_command *commands;
    size_t command_count;
    /* Runs a command that is not in the table, given with its words; NULL: there is no such command. */
    ct_cli_other *other;
    ct_problems problems; /* of the tables of settings and commands, from the start; the commands add to it */
    ct_buffer out;        /* for standard output */
};

/* Fills cli->commands from the built-in ones and the apps' tables; what is wrong with these becomes problems. Wants
 * cli->settings declared. */
void ct_commands_collect(ct_cli *cli, const ct_builtin *builtins, size_t count);
/* NULL when there is none of that name. */
const ct_cli_command *ct_commands_find(const ct_cli *cli, const char *name);
/* The name of the command nearest to what was typed, or NULL. */
const char *ct_commands_nearest(const ct_cli *cli, const char *name);
/* "name=value" of each option that was given on the command line of a command that takes settings, NULL-terminated. */
const char *const *ct_commands_overrides(ct_cli *cli, const ct_option_values *values);

/* Reads the settings and builds the site (which is the caller's to finish); all that is wrong is in cli->problems. */
void ct_cli_load(ct_cli *cli, const char *const *overrides, ct_site *ret_site);
/* What settings mean beyond their type: addresses, networks, host names, users, folders. */
void ct_check_values(ct_cli *cli);
/* Compiles the templates of a loaded site and checks what they refer to; what is wrong is added to cli->problems, as
 * warnings where `lenient`. Returns how many there are. Not for a site with errors. */
size_t ct_check_templates(ct_cli *cli, const ct_site *site, bool lenient);
/* Opens the log as the settings say, and writes the warnings to it, and whether a key was made for this run. */
void ct_cli_warn(const ct_cli *cli, const ct_site *site);
/* Writes the problems to standard error; returns the exit code: 2 where one of them is the command line's, else 1. */
int ct_cli_refuse(ct_cli *cli);
/* Appends a line "error: ..." or "warning: ..." for each problem. */
void ct_cli_write_problems(const ct_cli *cli, ct_buffer *out);

/* Tells on standard error that there is no such command; returns 2. */
int ct_cli_unknown(const ct_cli *cli, const char *name);

/* The text of `help` without a topic, and of `help COMMAND`. */
void ct_help_overview(ct_cli *cli, ct_buffer *out);
void ct_help_command(ct_cli *cli, const ct_cli_command *command, ct_buffer *out);
/* "usage: site greet [OPTION]... NAME" */
void ct_help_usage(ct_cli *cli, const ct_cli_command *command, ct_buffer *out);

ct_builtin_run ct_run_builtin, ct_routes_builtin, ct_check_builtin, ct_test_builtin, ct_help_builtin;
ct_builtin_run ct_version_builtin;
ct_builtin_run ct_new_builtin, ct_devloop_builtin, ct_render_builtin, ct_embed_builtin, ct_key_builtin;
extern const ct_option ct_test_options[], ct_new_options[], ct_devloop_options[], ct_render_options[],
    ct_embed_options[];
/* A command of the project here: builds it, then becomes its program. Returns the exit code if that fails. */
int ct_project_command(ct_cli *cli, char *const *words);

/* ct_main() with some of the built-in commands; `other` as in ct_cli. */
int ct_cli_main(int argc, char **argv, const ct_app *app, const ct_builtin *builtins, size_t count,
                ct_cli_other *other);

#endif
