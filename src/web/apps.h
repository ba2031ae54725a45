/* Every app of a program once: the root, then what it mounts, depth-first in the order of the tables. An app that is
 * mounted twice is there once; one that mounts itself (which the site refuses) does no harm here. */
#ifndef CANTEEN_WEB_APPS_H
#define CANTEEN_WEB_APPS_H

#include "base/arena.h"
#include "canteen/app.h"

/* Zeroed memory is an empty list. */
typedef struct ct_apps {
    const ct_app **items;
    size_t count, capacity;
} ct_apps;

/* Adds `app` and all that it mounts. Memory is the arena's, which has no limit. */
void ct_apps_collect(ct_arena *arena, const ct_app *app, ct_apps *apps);

#endif
