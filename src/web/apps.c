/* Lists the apps of a program. Not here: where they are mounted (site.c). */
#include "web/apps.h"

void ct_apps_collect(ct_arena *arena, const ct_app *app, ct_apps *apps)
{
    for (size_t i = 0; i < apps->count; i++)
        if (apps->items[i] == app)
            return;
    if (apps->count == apps->capacity) {
        size_t old = apps->capacity;
        apps->capacity = old ? 2 * old : 8;
        apps->items =
            ct_arena_grow(arena, apps->items, old * sizeof *apps->items, apps->capacity * sizeof *apps->items);
    }
    apps->items[apps->count++] = app;
    for (const ct_route *route = app->routes; route && route->path; route++)
        if (route->app)
            ct_apps_collect(arena, route->app, apps);
}
