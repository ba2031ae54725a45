/* Which commands a program has. Built-in ones come first and cannot be replaced; then those of the apps, root first. */
#include "cli/cli.h"

#include "base/nearest.h"
#include "cli/database.h"
#include "cli/migrations.h"

const ct_option ct_help_options[] = {
    { .name = "topic", .argument = true, .optional = true, .help = "a command, or \"settings\"" },
    { .name = NULL },
};

const ct_builtin ct_builtins[] = {
    { .command = { .name = "run", .help = "Serve the app" }, .run = ct_run_builtin, .takes_settings = true },
    { .command = { .name = "routes", .help = "List the routes" }, .run = ct_routes_builtin },
    { .command = { .name = "check", .help = "Look for mistakes in routes, settings, commands and templates" },
      .run = ct_check_builtin },
    { .command = { .name = "test", .help = "Run the tests of the apps", .options = ct_test_options },
      .run = ct_test_builtin },
    { .command = { .name = "makemigrations",
                   .run = ct_makemigrations_command,
                   .help = "Write migrations for what has changed in the models",
                   .options = ct_makemigrations_options } },
    { .command = { .name = "migrate",
                   .run = ct_migrate_command,
                   .help = "Apply migrations to a database, or undo them",
                   .options = ct_migrate_command_options } },
    { .command = { .name = "showmigrations",
                   .run = ct_showmigrations_command,
                   .help = "List the migrations and which are applied",
                   .options = ct_showmigrations_options } },
    { .command = { .name = "sqlmigrate",
                   .run = ct_sqlmigrate_command,
                   .help = "Print the SQL of a migration",
                   .options = ct_sqlmigrate_options } },
    { .command = { .name = "squashmigrations",
                   .run = ct_squashmigrations_command,
                   .help = "Write one migration in place of several",
                   .options = ct_squashmigrations_options } },
    { .command = { .name = "query",
                   .run = ct_query_command,
                   .help = "Ask the database, by conditions on models or in SQL",
                   .options = ct_query_options } },
    { .command = { .name = "dbshell",
                   .run = ct_dbshell_command,
                   .help = "Open the database's own shell, sqlite3 or psql",
                   .options = ct_dbshell_options } },
    { .command = { .name = "dumpdata",
                   .run = ct_dumpdata_command,
                   .help = "Write rows as JSON",
                   .options = ct_dumpdata_options } },
    { .command = { .name = "loaddata",
                   .run = ct_loaddata_command,
                   .help = "Read rows that dumpdata has written",
                   .options = ct_loaddata_options } },
    { .command = { .name = "flush",
                   .run = ct_flush_command,
                   .help = "Delete all rows of the apps' models",
                   .options = ct_flush_options } },
    { .command = { .name = "inspectdb",
                   .run = ct_inspectdb_command,
                   .help = "Write models for the tables of a database",
                   .options = ct_inspectdb_options } },
    { .command = { .name = "help", .help = "Explain a command, or list the settings", .options = ct_help_options },
      .run = ct_help_builtin },
    { .command = { .name = "version", .help = "Print the versions of the app and of Canteen" },
      .run = ct_version_builtin },
};

const size_t ct_builtins_count = CT_COUNT(ct_builtins);

const ct_cli_command *ct_commands_find(const ct_cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->command_count; i++)
        if (strcmp(cli->commands[i].command->name, name) == 0)
            return &cli->commands[i];
    return NULL;
}

const char *ct_commands_nearest(const ct_cli *cli, const char *name)
{
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < cli->command_count; i++)
        if (!cli->commands[i].hidden)
            ct_nearest_try(&nearest, cli->commands[i].command->name);
    return nearest.best;
}

/* ---- options made of settings ---- */

/* "max_body" as "max-body". */
static const char *option_name(ct_arena *arena, const char *setting)
{
    char *name = ct_arena_copy(arena, setting, strlen(setting));
    for (char *at = name; *at; at++)
        if (*at == '_')
            *at = '-';
    return name;
}

/* One option a setting, in the order of the settings. The value of a secret is text here, so that the refusal of a bad
 * one is left to the settings, which do not show it. Defaults are not the options': these are what was given, no
 * more. */
static const ct_option *options_of_settings(ct_cli *cli)
{
    size_t count = ct_settings_count(cli->settings);
    ct_option *options = ct_arena_zalloc(&cli->arena, (count + 1) * sizeof *options);
    for (size_t i = 0; i < count; i++) {
        const ct_setting *setting = ct_settings_at(cli->settings, i)->setting;
        options[i] = (ct_option){ .name = option_name(&cli->arena, setting->name), .help = setting->help };
        if (setting->secret)
            continue;
        options[i].type = setting->type;
        options[i].min = setting->min;
        options[i].max = setting->max;
        options[i].choices = setting->choices;
    }
    return options;
}

const char *const *ct_commands_overrides(ct_cli *cli, const ct_option_values *values)
{
    const char **overrides = ct_arena_alloc(&cli->arena, (values->count + 1) * sizeof *overrides);
    size_t count = 0;
    for (size_t i = 0; i < values->count; i++)
        if (values->given[i])
            overrides[count++] = ct_arena_printf(&cli->arena, "%s=%s", ct_settings_at(cli->settings, i)->setting->name,
                                                 values->values[i].text);
    overrides[count] = NULL;
    return overrides;
}

/* ---- the list ---- */

static bool is_name(const char *name)
{
    return *name >= 'a' && *name <= 'z' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name) &&
           strlen(name) <= 40;
}

static const char *place_of(ct_arena *arena, const ct_app *app, const ct_command *command)
{
    if (command->file)
        return ct_arena_printf(arena, "%s:%d", command->file, command->line);
    return ct_arena_printf(arena, "commands of app \"%s\"", app->name ? app->name : "");
}

static bool check_command(ct_cli *cli, const ct_app *app, const ct_command *command)
{
    const char *place = place_of(&cli->arena, app, command), *name = command->name;
    const ct_cli_command *other = ct_commands_find(cli, name);
    size_t errors = cli->problems.errors;
    if (!is_name(name))
        ct_problems_add(&cli->problems, CT_PROBLEM_ERROR,
                        "%s: \"%s\" is no name of a command: write lower case letters, digits and '-', a letter first",
                        place, name);
    else if ((other && other->builtin) || strcmp(name, "settings") == 0)
        ct_problems_add(&cli->problems, CT_PROBLEM_ERROR, "%s: the command %s is Canteen's own: choose another name",
                        place, name);
    else if (other)
        ct_problems_add(&cli->problems, CT_PROBLEM_ERROR, "%s: there is a command %s already, at %s", place, name,
                        place_of(&cli->arena, other->app, other->command));
    if (!command->run)
        ct_problems_add(&cli->problems, CT_PROBLEM_ERROR, "%s: the command %s has no function", place, name);
    ct_options_check(command->options, ct_arena_printf(&cli->arena, "%s: command %s", place, name), &cli->problems);
    return cli->problems.errors == errors;
}

static size_t count_commands(const ct_apps *apps)
{
    size_t count = 0;
    for (size_t i = 0; i < apps->count; i++)
        for (const ct_command *command = apps->items[i]->commands; command && command->name; command++)
            count++;
    return count;
}

static bool has_models(const ct_apps *apps)
{
    for (size_t i = 0; i < apps->count; i++)
        if (apps->items[i]->models || apps->items[i]->migrations)
            return true;
    return false;
}

void ct_commands_collect(ct_cli *cli, const ct_builtin *builtins, size_t count)
{
    ct_apps apps = { 0 };
    ct_apps_collect(&cli->arena, cli->app, &apps);
    cli->commands = ct_arena_alloc(&cli->arena, (count + count_commands(&apps)) * sizeof *cli->commands);
    for (size_t i = 0; i < count; i++) {
        const ct_builtin *builtin = &builtins[i];
        const ct_option *options = builtin->takes_settings ? options_of_settings(cli) : builtin->command.options;
        if (builtin->takes_settings)
            ct_options_check(options, "options made of settings", &cli->problems);
        cli->commands[cli->command_count++] = (ct_cli_command){ .command = &builtin->command,
                                                                .builtin = builtin,
                                                                .options = options,
                                                                .hidden = !builtin->run && !has_models(&apps) };
    }
    for (size_t i = 0; i < apps.count; i++)
        for (const ct_command *command = apps.items[i]->commands; command && command->name; command++)
            if (check_command(cli, apps.items[i], command))
                cli->commands[cli->command_count++] =
                    (ct_cli_command){ .command = command, .app = apps.items[i], .options = command->options };
}
