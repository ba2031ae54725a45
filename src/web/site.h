/* A site: a ct_app read and checked once, at start: its apps flattened, its routes in a router, its settings typed.
 * Immutable afterwards; made before the workers are forked, so they share its memory. */
#ifndef CANTEEN_WEB_SITE_H
#define CANTEEN_WEB_SITE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/problems.h"
#include "canteen/app.h"
#include "net/config.h"

typedef struct ct_site ct_site;
typedef struct ct_router ct_router;
typedef struct ct_settings ct_settings;
struct ct_frontend;
struct ct_statics;

/* One place where an app is mounted (the root included): the same app mounted twice has two. */
typedef struct ct_mount {
    const ct_app *app;
    const struct ct_mount *parent;    /* NULL for the root */
    const ct_route *row;              /* the row that mounts it; NULL for the root */
    uint32_t depth;                   /* 0 for the root */
    const char *prefix;               /* whole pattern from the root: "" or "/polls", "/<lang>/polls" */
    const char *host;                 /* host pattern in force, or NULL */
    const char *namespace_;           /* "" for the root, "polls", "polls.inner": names of its routes are prefixed so.
                                      A mount's own part is its row's .name, else the app's */
    ct_middleware *const *middleware; /* all that apply here, outermost app first; NULL-terminated */
    size_t middleware_count;
} ct_mount;

struct ct_site {
    const ct_app *app;
    ct_arena arena;    /* everything below lives here */
    ct_mount **mounts; /* the root first, then depth-first in the order of the tables */
    size_t mount_count;
    ct_router *router;
    ct_settings *settings;
    ct_config config;
    struct ct_client_policy *client_policy;         /* web/client_info.h; NULL until prepared */
    struct ct_keys *keys;                           /* web/keys.h; NULL: there are none */
    const struct ct_session_policy *session_policy; /* web/session.h; NULL: there are no sessions */
    struct ct_templates *templates; /* web/templates.h; NULL until prepared. Not constant as the rest is */
    struct ct_statics *statics;     /* web/static.h; NULL without settings. Not constant either */
    struct ct_frontend *frontends;  /* web/frontend.h: those of all mounts; NULL: none */
    struct ct_db_site *databases;   /* db/site.h; NULL until prepared. Not constant either */
    bool strict_static;    /* a name of a static file that does not exist aborts, as tests want it: no mere warning */
    const char *dev_state; /* web/dev_reload.h; NULL but under `canteen run` */
};

/* Reads the app's tables: names, mounts (an app that mounts itself is refused), then the routes (ct_router_build).
 * Problems are added, each with both places of a conflict; the site is usable only if there were no errors. Without
 * settings: site->settings and config are the caller's to set. */
void ct_site_init(ct_site *site, const ct_app *app, ct_problems *problems);
/* The same with settings, which have been read: site->settings and config are set, and what has a route because of a
 * setting (static files) has one. */
void ct_site_load(ct_site *site, const ct_app *app, ct_settings *settings, ct_problems *problems);
void ct_site_finish(ct_site *site);

/* Zeroed memory of a site's arena: never NULL, for that has no limit. */
static inline void *ct_site_zalloc(ct_arena *arena, size_t size)
{
    void *block = ct_arena_zalloc(arena, size);
    if (!block)
        ct_die("a site's arena has a limit");
    return block;
}

/* Whether `text` can name an app, a mount or a route: letters, digits, '_' and '-', at least one; NULL cannot. */
bool ct_site_name_valid(const char *text);

#endif
