/* Static files of a site: the setting static_url, the places in their order, the route, URLs with a hash.
 *
 *   GET /static/polls/style.3f2a9c01d4b7.css
 *       the very name is a file's?   ─> that file, to be asked for again
 *       without the hash it is one?  ─> that file: for a year if the hash is its own, else to be asked for again
 *
 * A hash of another version gets the file as it is now: while a site is being deployed, a page of the old version asks
 * for old names, and old servers are asked for new ones; no answer to such a name may be kept. */
#include "web/static.h"

#include "base/str.h"
#include "canteen/log.h"
#include "canteen/request.h"
#include "canteen/static.h"
#include "canteen/work.h"
#include "proto/url.h"
#include "web/apps.h"
#include "web/client_info.h"
#include "web/ct.h"
#include "web/settings.h"
#include "web/static_serve.h"
#include "web/static_store.h"

#include <string.h>

#define MOST_WARNINGS 1000 /* names that were warned of: pages may make up names without end */
#define MOST_NAME 1024     /* bytes of them that count */

struct ct_statics {
    ct_static_store store;
    const char *url; /* ends in '/': "/static/", "https://cdn.example.com/s/" */
    bool elsewhere;  /* the URL is another server's */
    ct_route routes[2];
    ct_strmap warned; /* names, once each */
};

/* ---- the setting static_url ---- */

static bool is_path_char(char ch)
{
    char lower = ct_ascii_lower(ch);
    return (lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || strchr("-._~/", ch);
}

/* "/static/", as a pattern and as a URL: what would have to be encoded is refused. */
static bool is_path(const char *url)
{
    for (const char *at = url; *at; at++)
        if (!is_path_char(*at))
            return false;
    return url[0] == '/' && !strstr(url, "//") && !strstr(url, "/./") && !strstr(url, "/../");
}

static bool is_elsewhere(ct_arena *arena, const char *url)
{
    ct_url_parts parts;
    ct_error ignored;
    const char *whole = url[0] == '/' && url[1] == '/' ? ct_arena_printf(arena, "https:%s", url) : url;
    return ct_url_parse(ct_str_of(whole), &parts, &ignored) && !parts.query.data && !parts.fragment.data;
}

static const char *with_slash(ct_arena *arena, const char *url)
{
    size_t length = strlen(url);
    return length && url[length - 1] == '/' ? url : ct_arena_printf(arena, "%s/", url);
}

/* ---- places ---- */

static void add_folders(struct ct_statics *s, const char *folders)
{
    ct_str rest = ct_str_of(folders ? folders : "");
    while (rest.data) {
        ct_str folder = ct_str_next(&rest, ',');
        if (folder.length)
            ct_static_store_add(&s->store, ct_arena_copy(s->store.arena, folder.data, folder.length), NULL);
    }
}

static ct_response *serve(ct *c);

void ct_statics_begin(ct_site *site)
{
    struct ct_statics *s = site->statics = ct_site_zalloc(&site->arena, sizeof(*s));
    const char *url = site->config.static_url ? site->config.static_url : "";
    ct_static_store_init(&s->store, &site->arena, site->config.debug);
    ct_strmap_init(&s->warned, &site->arena);
    s->url = with_slash(&site->arena, url);
    s->elsewhere = !is_path(s->url);
    add_folders(s, site->config.static_folders);
    ct_apps apps = { 0 };
    ct_apps_collect(&site->arena, site->app, &apps);
    for (size_t i = 0; i < apps.count; i++)
        ct_static_store_add(&s->store, apps.items[i]->static_folder, apps.items[i]->static_embedded);
    s->routes[0] = (ct_route){ .methods = "GET",
                               .path = ct_arena_printf(&site->arena, "%s<path:filename>", s->url),
                               .handler = serve,
                               .name = "static",
                               .file = "the setting static_url" };
}

const ct_route *ct_statics_routes(const ct_site *site)
{
    const struct ct_statics *s = site->statics;
    return s && s->store.count && !s->elsewhere ? s->routes : NULL;
}

bool ct_statics_is_route(const ct_site *site, const ct_route *route)
{
    return site->statics && route == site->statics->routes;
}

void ct_statics_prepare(ct_site *site, ct_problems *problems)
{
    struct ct_statics *s = site->statics;
    const char *url = site->config.static_url ? site->config.static_url : "";
    if (s->elsewhere && !is_elsewhere(&site->arena, url))
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "%s: static_url: \"%s\" is neither a path of letters, digits, '-', '_', '.' and '~', as "
                        "/static/, nor the URL of another server, as https://cdn.example.com/",
                        ct_settings_find(site->settings, "static_url")->source, url);
    ct_apps apps = { 0 };
    ct_apps_collect(&site->arena, site->app, &apps);
    for (size_t i = 0; i < apps.count; i++) {
        const ct_app *app = apps.items[i];
        ct_static_store unused;
        ct_static_store_init(&unused, &site->arena, site->config.debug);
        if (app->static_folder && !ct_static_store_add(&unused, app->static_folder, app->static_embedded))
            ct_problems_add(problems, CT_PROBLEM_ERROR,
                            "the app %s has its static files in \"%s\", which is no folder here: start the program "
                            "where it is one, or embed them",
                            app->name ? app->name : "", app->static_folder);
    }
    ct_static_store_index(&s->store, problems);
}

/* ---- serving ---- */

static ct_response *serve(ct *c)
{
    const ct_static_store *store = &c->site->statics->store;
    ct_static_file file;
    char hash[CT_STATIC_HASH + 1];
    char *name = ct_strdup(c, ct_path(c, "filename"));
    if (ct_static_store_find(store, name, &file))
        return ct_static_response(c, &file, CT_CACHE_REVALIDATE);
    if (!ct_static_cut_hash(name, hash) || !ct_static_store_find(store, name, &file))
        ct_abort(c, 404, "there is no such file");
    bool same = strcmp(hash, file.hash) == 0;
    return ct_static_response(c, &file, same ? CT_CACHE_FOREVER : CT_CACHE_REVALIDATE);
}

/* ---- URLs ---- */

bool ct_statics_check(const ct_site *site, const char *name, ct_error *error)
{
    const struct ct_statics *s = site->statics;
    ct_static_file file;
    if (!*name || name[strlen(name) - 1] == '/' || ct_static_store_find(&s->store, name, &file))
        return true;
    if (!s->store.count && s->elsewhere)
        return true; /* another server knows */
    if (!s->store.count)
        return ct_fail(error, "there is no static file \"%s\": this program has no folder of them", name);
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    const char *nearest = ct_static_store_nearest(&s->store, name, &arena);
    ct_fail(error, nearest ? "there is no static file \"%s\"; did you mean \"%s\"?" : "there is no static file \"%s\"",
            name, nearest);
    ct_arena_finish(&arena);
    return false;
}

/* Whether it is time to tell of a name that does not exist: once, for looking what may have been meant takes long. */
static bool is_news(struct ct_statics *s, const char *name)
{
    ct_str key = { name, strnlen(name, MOST_NAME) };
    if (s->warned.count == MOST_WARNINGS || ct_strmap_get(&s->warned, key))
        return false;
    key.data = ct_arena_copy(s->store.arena, name, key.length);
    ct_strmap_set(&s->warned, key, s);
    return true;
}

/* The name to ask for: with the hash where there is one. */
static const char *asked_name(ct *c, const char *name)
{
    ct_static_file file;
    ct_error error;
    if (ct_static_store_find(&c->site->statics->store, name, &file)) {
        const char *hashed = file.hash[0] ? ct_static_hashed_name(c->arena, name, file.hash) : name;
        if (!hashed)
            ct_out_of_memory(c);
        return hashed;
    }
    bool strict = c->site->strict_static;
    if ((!strict && !is_news(c->site->statics, name)) || ct_statics_check(c->site, name, &error))
        return name;
    if (strict)
        ct_mistake(c, "%s", error.message);
    ct_log(c, CT_LOG_WARNING, "%s", error.message);
    return name;
}

const char *ct_static_url(ct *c, const char *name)
{
    ct_needed(c, __func__, name);
    const struct ct_statics *s = c->site->statics;
    if (!s)
        ct_mistake(c, "this site was made without static files");
    name += strspn(name, "/");
    ct_buffer url = ct_buffer_in(c->arena);
    if (!s->elsewhere && c->is_request)
        ct_buffer_str(&url, ct_str_of(ct_request_prefix(c)));
    ct_buffer_str(&url, ct_str_of(s->url));
    ct_url_encode(&url, ct_str_of(asked_name(c, name)), CT_URL_PATH);
    ct_buffer_char(&url, '\0');
    if (url.failed)
        ct_out_of_memory(c);
    return url.data;
}
