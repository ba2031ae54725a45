/* `check`, and the checks that a start makes too: all that is wrong is gathered before anything is said.
 *
 * Not checked here: whether the addresses are free and permitted. Only binding them tells, and a program that runs has
 * its own. */
#include "cli/cli.h"

#include "cli/migrations.h"
#include "net/address.h"
#include "net/privileges.h"
#include "web/prepare.h"
#include "web/router.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- values ---- */

static void refuse(ct_cli *cli, const char *name, const char *why)
{
    const char *source = ct_settings_find(cli->settings, name)->source;
    ct_problems_add(&cli->problems, CT_PROBLEM_ERROR, "%s: %s: %s", source, name, why);
}

/* Can other machines reach it? */
static bool is_public(const ct_address *address)
{
    ct_str name = ct_str_of(address->name);
    if (address->kind != CT_ADDRESS_HOST)
        return address->kind == CT_ADDRESS_ANY;
    return !ct_str_starts(name, CT_STR("127.")) && !ct_str_eq(name, CT_STR("::1")) &&
           !ct_str_eq_nocase(name, CT_STR("localhost"));
}

static void check_bind(ct_cli *cli, const ct_config *config)
{
    ct_address *addresses;
    size_t count;
    ct_error error;
    if (!ct_address_parse_list(config->bind, &addresses, &count, &error)) {
        refuse(cli, "bind", error.message);
        return;
    }
    for (size_t i = 0; i < count && config->debug; i++)
        if (is_public(&addresses[i]))
            ct_problems_add(&cli->problems, CT_PROBLEM_WARNING,
                            "%s: debug is on and the server listens on %s: everyone who reaches it can read settings, "
                            "requests and source lines in its error pages",
                            ct_settings_find(cli->settings, "debug")->source, addresses[i].text);
    free(addresses);
}

static void check_privileges(ct_cli *cli, const ct_config *config)
{
    ct_privileges privileges;
    ct_error error; /* its message names the setting itself */
    if (!ct_privileges_find(config->user, NULL, &privileges, &error))
        ct_problems_add(&cli->problems, CT_PROBLEM_ERROR, "%s: %s", ct_settings_find(cli->settings, "user")->source,
                        error.message);
    if (!ct_privileges_find(NULL, config->group, &privileges, &error))
        ct_problems_add(&cli->problems, CT_PROBLEM_ERROR, "%s: %s", ct_settings_find(cli->settings, "group")->source,
                        error.message);
}

static void check_temp_dir(ct_cli *cli, const ct_config *config)
{
    struct stat info;
    const char *why = NULL;
    if (stat(config->temp_dir, &info) < 0)
        why = ct_arena_printf(&cli->arena, "the folder \"%s\" cannot be used: %m", config->temp_dir);
    else if (!S_ISDIR(info.st_mode))
        why = ct_arena_printf(&cli->arena, "\"%s\" is no folder", config->temp_dir);
    else if (access(config->temp_dir, W_OK | X_OK) < 0)
        why = ct_arena_printf(&cli->arena, "the folder \"%s\" cannot be written to: %m", config->temp_dir);
    if (why)
        refuse(cli, "temp_dir", why);
}

void ct_check_values(ct_cli *cli)
{
    static void (*const checks[])(ct_cli * cli, const ct_config *config) = {
        check_bind,
        check_privileges,
        check_temp_dir,
    };
    ct_config config;
    ct_settings_config(cli->settings, &config);
    for (size_t i = 0; i < CT_COUNT(checks); i++)
        checks[i](cli, &config);
}

/* ---- all of it ---- */

void ct_cli_load(ct_cli *cli, const char *const *overrides, ct_site *ret_site)
{
    ct_settings_read(cli->settings, ".env", environ, overrides, &cli->problems);
    ct_check_values(cli);
    ct_site_prepare(ret_site, cli->app, cli->settings, &cli->problems);
}

void ct_cli_write_problems(const ct_cli *cli, ct_buffer *out)
{
    for (size_t i = 0; i < cli->problems.count; i++) {
        const ct_problem *problem = &cli->problems.items[i];
        ct_buffer_printf(out, "%s: %s\n", problem->severity == CT_PROBLEM_ERROR ? "error" : "warning", problem->text);
    }
}

static void count_of(ct_buffer *out, size_t count, const char *noun)
{
    ct_buffer_printf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

int ct_check_builtin(ct_cli *cli, const ct_option_values *values)
{
    (void)values;
    ct_site site;
    ct_cli_load(cli, NULL, &site);
    size_t templates = cli->problems.errors ? 0 : ct_check_templates(cli, &site, false);
    if (!cli->problems.errors)
        ct_cli_migrations_warn(cli, &site);
    size_t errors = cli->problems.errors, warnings = cli->problems.count - errors;
    ct_cli_write_problems(cli, &cli->out);
    if (errors + warnings) {
        count_of(&cli->out, errors, "error");
        ct_buffer_str(&cli->out, CT_STR(", "));
        count_of(&cli->out, warnings, "warning");
        ct_buffer_char(&cli->out, '\n');
    } else {
        ct_buffer_str(&cli->out, CT_STR("no problems found ("));
        count_of(&cli->out, ct_router_count(&site), "route");
        ct_buffer_str(&cli->out, CT_STR(", "));
        count_of(&cli->out, ct_settings_count(cli->settings), "setting");
        ct_buffer_str(&cli->out, CT_STR(", "));
        count_of(&cli->out, templates, "template");
        ct_buffer_str(&cli->out, CT_STR(")\n"));
    }
    ct_site_finish(&site);
    return errors ? 1 : 0;
}
