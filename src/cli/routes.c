/* `routes`: what the program answers, as the router has it. */
#include "cli/cli.h"

#include "cli/columns.h"
#include "web/router.h"

#include <unistd.h>

/* "main.c:12"; of Canteen's own routes, what makes them. */
static const char *place_of(ct_cli *cli, const ct_route *route)
{
    const char *file = route->file ? route->file : "";
    return route->file && route->line ? ct_arena_printf(&cli->arena, "%s:%d", file, route->line) : file;
}

static void add_route(ct_cli *cli, const ct_endpoint *endpoint, ct_columns *table)
{
    const ct_route *route = endpoint->route;
    const ct_app *app = endpoint->mount->app;
    const char *host = route->host ? route->host : endpoint->mount->host;
    const char *cells[] = {
        *endpoint->methods ? endpoint->methods : "any",
        ct_arena_printf(&cli->arena, "%s%s", host ? host : "", endpoint->pattern),
        endpoint->name,
        app->name ? app->name : "",
        place_of(cli, route),
    };
    ct_columns_add(table, cells);
}

int ct_routes_builtin(ct_cli *cli, const ct_option_values *values)
{
    (void)values;
    ct_site site;
    ct_settings_read(cli->settings, ".env", environ, NULL, &cli->problems); /* they say where static files are */
    ct_problems_finish(&cli->problems); /* those of settings and commands do not matter here */
    ct_site_load(&site, cli->app, cli->settings, &cli->problems);
    int code = 0;
    if (cli->problems.errors) {
        code = ct_cli_refuse(cli);
    } else {
        static const char *const titles[] = { "METHODS", "PATTERN", "NAME", "APP", "PLACE" };
        ct_columns table = ct_columns_in(&cli->arena, CT_COUNT(titles));
        ct_columns_add(&table, titles);
        for (size_t i = 0; i < ct_router_count(&site); i++)
            add_route(cli, ct_router_endpoint(&site, i), &table);
        ct_columns_write(&table, "", &cli->out);
    }
    ct_site_finish(&site);
    return code;
}
