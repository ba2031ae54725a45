/* The program `canteen`: help and version. What serves an app is the app's own program (ct_main). */
#include "cli/cli.h"

#include "canteen/version.h"

static int version(ct_cli *cli, const ct_option_values *values)
{
    (void)values;
    ct_buffer_printf(&cli->out, "canteen %s\n", ct_version());
    return 0;
}

static const ct_builtin builtins[] = {
    { .command = { .name = "help",
                   .help = "Explain a command, or list the settings of every app",
                   .options = ct_help_options },
      .run = ct_help_builtin },
    { .command = { .name = "version", .help = "Print the version" }, .run = version },
};

static const ct_app app = { .name = "canteen" };

int main(int argc, char **argv)
{
    return ct_cli_main(argc, argv, &app, builtins, CT_COUNT(builtins));
}
