/* `run`: reads all, refuses a program with mistakes, then serves until the end. */
#include "cli/cli.h"

#include "base/log.h"
#include "cli/migrations.h"
#include "net/supervisor.h"
#include "web/dev_reload.h"
#include "web/serve.h"

#include <unistd.h>

int ct_run_builtin(ct_cli *cli, const ct_option_values *values)
{
    ct_site site;
    ct_cli_load(cli, ct_commands_overrides(cli, values), &site);
    int code;
    ct_dev_reload_prepare(&site);
    if (!cli->problems.errors)
        ct_check_templates(cli, &site, site.config.reload_templates);
    if (cli->problems.errors) {
        code = ct_cli_refuse(cli);
    } else {
        if (site.dev_state)
            ct_cli_migrations_warn(cli, &site);
        ct_cli_warn(cli, &site);
        const ct_supervisor_start start = {
            .config = &site.config,
            .ops = &ct_web_ops,
            .data = &site,
            .argv = cli->argv,
            .name = cli->app->name ? cli->app->name : cli->program,
        };
        code = ct_supervise(&start);
        ct_log_flush();
    }
    ct_site_finish(&site);
    return code;
}
