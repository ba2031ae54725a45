/* `help` and `version`: all from the tables of commands, options and settings. */
#include "cli/cli.h"

#include "canteen/version.h"
#include "cli/columns.h"

/* ---- commands ---- */

static void add_commands(const ct_cli *cli, const ct_app *app, ct_columns *table)
{
    for (size_t i = 0; i < cli->command_count; i++) {
        const ct_cli_command *command = &cli->commands[i];
        if (command->app != app || command->hidden)
            continue;
        const char *cells[] = { command->command->name, command->command->help ? command->command->help : "" };
        ct_columns_add(table, cells);
    }
}

void ct_help_overview(ct_cli *cli, ct_buffer *out)
{
    ct_buffer_printf(out, "usage: %s COMMAND [OPTION]...\n\n", cli->program);
    ct_columns table = ct_columns_in(&cli->arena, 2);
    add_commands(cli, NULL, &table);
    ct_apps apps = { 0 };
    ct_apps_collect(&cli->arena, cli->app, &apps);
    for (size_t i = 0; i < apps.count; i++)
        add_commands(cli, apps.items[i], &table);
    ct_columns_write(&table, "  ", out);
    ct_buffer_printf(out, "\n`%s help COMMAND` explains a command and its options", cli->program);
    ct_buffer_printf(out, ", `%s help settings` lists the settings.\n", cli->program);
}

/* "NAME", "[NAME]" */
static const char *argument_label(ct_arena *arena, const ct_option *option)
{
    char *name = ct_arena_copy(arena, option->name, strlen(option->name));
    for (char *at = name; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at & ~0x20);
    const char *more = option->repeat ? "..." : "";
    return option->optional || option->value ? ct_arena_printf(arena, "[%s]%s", name, more)
                                             : ct_arena_printf(arena, "%s%s", name, more);
}

/* "-n, --times N" */
static const char *option_label(ct_arena *arena, const ct_option *option)
{
    const char *metavar = ct_option_metavar(arena, option);
    const char *letter = option->letter ? ct_arena_printf(arena, "-%c, ", option->letter) : "";
    const char *off = option->type == CT_FLAG ? "[no-]" : "";
    return ct_arena_printf(arena, "%s--%s%s%s%s", letter, off, option->name, *metavar ? " " : "", metavar);
}

void ct_help_usage(ct_cli *cli, const ct_cli_command *command, ct_buffer *out)
{
    bool has_options = false;
    for (const ct_option *option = command->options; option && option->name; option++)
        has_options |= !option->argument;
    ct_buffer_printf(out, "usage: %s %s%s", cli->program, command->command->name, has_options ? " [OPTION]..." : "");
    for (const ct_option *option = command->options; option && option->name; option++)
        if (option->argument)
            ct_buffer_printf(out, " %s", argument_label(&cli->arena, option));
    ct_buffer_char(out, '\n');
}

static void join(ct_arena *arena, const char **text, const char *part)
{
    if (*part)
        *text = **text ? ct_arena_printf(arena, "%s, %s", *text, part) : part;
}

/* "1 to 10, default 1" */
static const char *option_details(ct_arena *arena, const ct_option *option)
{
    char bounds[CT_BOUNDS_TEXT];
    ct_typed_format_bounds(option->type, option->min, option->max, bounds);
    const char *details = "";
    if (option->argument && option->type == CT_CHOICE)
        join(arena, &details, option->choices);
    join(arena, &details, ct_arena_copy(arena, bounds, strlen(bounds)));
    if (option->required)
        join(arena, &details, "required");
    if (option->repeat && !option->argument)
        join(arena, &details, "may be repeated");
    if (option->value)
        join(arena, &details, ct_arena_printf(arena, "default %s", *option->value ? option->value : "empty"));
    return details;
}

static void add_options(ct_arena *arena, const ct_option *options, bool arguments, ct_columns *table)
{
    for (const ct_option *option = options; option && option->name; option++) {
        if (option->argument != arguments)
            continue;
        const char *help = option->help ? option->help : "", *details = option_details(arena, option);
        const char *label = arguments ? argument_label(arena, option) : option_label(arena, option);
        const char *cells[] = { label, help };
        if (*details)
            cells[1] = *help ? ct_arena_printf(arena, "%s (%s)", help, details) : details;
        ct_columns_add(table, cells);
    }
}

void ct_help_command(ct_cli *cli, const ct_cli_command *command, ct_buffer *out)
{
    ct_help_usage(cli, command, out);
    if (command->command->help)
        ct_buffer_printf(out, "\n%s\n", command->command->help);
    ct_columns table = ct_columns_in(&cli->arena, 2);
    add_options(&cli->arena, command->options, true, &table);
    add_options(&cli->arena, command->options, false, &table);
    if (table.rows)
        ct_buffer_char(out, '\n');
    ct_columns_write(&table, "  ", out);
    if (command->builtin && command->builtin->takes_settings)
        ct_buffer_printf(out, "\nThese are the settings; `%s help settings` shows their defaults.\n", cli->program);
}

/* ---- settings ---- */

static void help_settings(ct_cli *cli, ct_buffer *out)
{
    ct_columns table = ct_columns_in(&cli->arena, 5);
    static const char *const titles[] = { "NAME", "TYPE", "DEFAULT", "BOUNDS", "MEANING" };
    ct_columns_add(&table, titles);
    for (size_t i = 0; i < ct_settings_count(cli->settings); i++) {
        const ct_setting_value *value = ct_settings_at(cli->settings, i);
        const ct_setting *setting = value->setting;
        char bounds[CT_BOUNDS_TEXT];
        ct_typed_format_bounds(setting->type, setting->min, setting->max, bounds);
        const char *text = value->value.text;
        if (!text)
            text = setting->required ? "(required)" : "(none)";
        else if (setting->secret)
            text = "(secret)";
        else if (!*text)
            text = "(empty)";
        const char *cells[] = { setting->name, ct_type_name(setting->type), text,
                                setting->choices ? setting->choices
                                                 : ct_arena_copy(&cli->arena, bounds, strlen(bounds)),
                                setting->help ? setting->help : "" };
        ct_columns_add(&table, cells);
    }
    ct_columns_write(&table, "", out);
    ct_buffer_printf(out,
                     "\nChange a setting in .env or in the environment (CANTEEN_MAX_BODY=10M), or on the command line "
                     "(%s run --max-body 10M).\nSizes are in bytes or K, M, G, T (powers of 1024); times in us, ms, "
                     "s, m, h, d, bare numbers are seconds.\n",
                     cli->program);
}

/* ---- the commands ---- */

int ct_help_builtin(ct_cli *cli, const ct_option_values *values)
{
    const char *topic = values->values[0].text;
    const ct_cli_command *command = topic ? ct_commands_find(cli, topic) : NULL;
    if (!topic) {
        ct_help_overview(cli, &cli->out);
    } else if (command) {
        ct_help_command(cli, command, &cli->out);
    } else if (strcmp(topic, "settings") == 0) {
        help_settings(cli, &cli->out);
    } else {
        return ct_cli_unknown(cli, topic);
    }
    return 0;
}

int ct_version_builtin(ct_cli *cli, const ct_option_values *values)
{
    (void)values;
    const char *name = cli->app->name ? cli->app->name : cli->program, *version = cli->app->version;
    ct_buffer_printf(&cli->out, "%s%s%s (Canteen %s)\n", name, version ? " " : "", version ? version : "", CT_VERSION);
    return 0;
}
