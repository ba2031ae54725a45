/* The program `canteen`: what needs no app. What serves an app is the app's own program (ct_main). */
#include "cli/cli.h"

#include "canteen/version.h"
#include "cli/project.h"

#include <stdio.h>

static int version(ct_cli *cli, const ct_option_values *values)
{
    (void)values;
    ct_buffer_printf(&cli->out, "canteen %s\n", ct_version());
    return 0;
}

/* A command of the project, unless there is none, or the word was meant for one of ours. */
static int other(ct_cli *cli, char *const *words)
{
    char shown[CT_SHOWN_TEXT];
    if (ct_project_is_near(words))
        return ct_project_command(cli, words);
    if (ct_commands_nearest(cli, words[0]))
        return ct_cli_unknown(cli, words[0]);
    fprintf(stderr,
            "%s: there is no command \"%s\" of its own, and no project here whose command it could be (no Makefile); "
            "`%s help` lists the commands\n",
            cli->program, ct_shown(words[0], shown), cli->program);
    return 2;
}

static const ct_builtin builtins[] = {
    { .command = { .name = "new", .help = "Make a project", .options = ct_new_options }, .run = ct_new_builtin },
    { .command = { .name = "run",
                   .help = "Build, serve and watch the project here (canteen check, routes, ... build it first too)",
                   .options = ct_devloop_options },
      .run = ct_devloop_builtin,
      .takes_words = true },
    { .command = { .name = "render",
                   .help = "Render a template with values from JSON or the command line",
                   .options = ct_render_options },
      .run = ct_render_builtin },
    { .command = { .name = "embed",
                   .help = "Write the files of folders as C, to be part of a program",
                   .options = ct_embed_options },
      .run = ct_embed_builtin },
    { .command = { .name = "key", .help = "Make a key for the setting secret_key" }, .run = ct_key_builtin },
    { .command = { .name = "help",
                   .help = "Explain a command, or list the settings of every app",
                   .options = ct_help_options },
      .run = ct_help_builtin },
    { .command = { .name = "version", .help = "Print the version" }, .run = version },
};

extern const ct_files project_files; /* made by the build */

static const ct_app app = { .name = "canteen", .embedded = &project_files };

int main(int argc, char **argv)
{
    return ct_cli_main(argc, argv, &app, builtins, CT_COUNT(builtins), other);
}
