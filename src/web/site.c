/* Reading an app's tables into mounts: one for the root, one for each row that mounts an app, in the order of the
 * tables. What is in the rows besides (patterns, methods, handlers) is the router's to check. */
#include "web/site.h"

#include "base/str.h"
#include "web/database.h"
#include "web/keys.h"
#include "web/pattern.h"
#include "web/router.h"
#include "web/settings.h"
#include "web/static.h"
#include "web/templates.h"

typedef struct builder {
    ct_site *site;
    ct_problems *problems;
    size_t capacity;
} builder;

bool ct_site_name_valid(const char *text)
{
    if (!text || !*text)
        return false;
    for (; *text; text++) {
        char lower = ct_ascii_lower(*text);
        if ((lower < 'a' || lower > 'z') && (*text < '0' || *text > '9') && *text != '_' && *text != '-')
            return false;
    }
    return true;
}

static void keep_mount(builder *b, ct_mount *mount)
{
    ct_site *site = b->site;
    if (site->mount_count == b->capacity) {
        size_t old = b->capacity;
        b->capacity = old ? 2 * old : 8;
        site->mounts =
            ct_arena_grow(&site->arena, site->mounts, old * sizeof *site->mounts, b->capacity * sizeof *site->mounts);
    }
    site->mounts[site->mount_count++] = mount;
}

static void add_middleware(builder *b, ct_mount *mount)
{
    size_t outer = mount->parent ? mount->parent->middleware_count : 0, own = 0;
    while (mount->app->middleware && mount->app->middleware[own])
        own++;
    ct_middleware **all = ct_arena_alloc(&b->site->arena, (outer + own + 1) * sizeof *all);
    for (size_t i = 0; i < outer; i++)
        all[i] = mount->parent->middleware[i];
    for (size_t i = 0; i < own; i++)
        all[outer + i] = mount->app->middleware[i];
    all[outer + own] = NULL;
    mount->middleware = all;
    mount->middleware_count = outer + own;
}

static const char *prefix_of(builder *b, const ct_mount *parent, const ct_route *row)
{
    ct_str own = ct_str_of(row->path);
    if (ct_str_ends(own, CT_STR("/")))
        own.length--;
    return ct_arena_printf(&b->site->arena, "%s%.*s", parent->prefix, CT_STR_ARG(own));
}

static const char *namespace_of(builder *b, const ct_mount *parent, const ct_app *app, const ct_route *row)
{
    const char *own = row->name ? row->name : app->name;
    if (!own)
        return parent->namespace_; /* refused by check_app() */
    if (!*parent->namespace_)
        return own;
    return ct_arena_printf(&b->site->arena, "%s.%s", parent->namespace_, own);
}

static void check_converters(builder *b, const ct_app *app, const char *place)
{
    ct_segment_kind kind;
    for (const ct_converter *own = app->converters; own && own->name; own++) {
        const char *why = !own->accepts                    ? "has no function"
                          : !ct_site_name_valid(own->name) ? "must have a name of letters, digits, '_' and '-'"
                          : ct_pattern_builtin(ct_str_of(own->name), &kind) ? "has the name of one of Canteen's own"
                                                                            : NULL;
        for (const ct_converter *other = app->converters; other != own && !why; other++)
            if (strcmp(other->name, own->name) == 0)
                why = "stands twice in its table";
        if (why)
            ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s: the app's converter \"%s\" %s", place, own->name, why);
    }
}

static void check_errors(builder *b, const ct_app *app, const char *place)
{
    for (const ct_error_handler *row = app->errors; row && row->handler; row++) {
        if (row->status && (row->status < 400 || row->status > 599))
            ct_problems_add(b->problems, CT_PROBLEM_ERROR,
                            "%s: an error handler of the app %s is for %d: errors are 400 to 599, or 0 for any", place,
                            app->name, row->status);
        for (const ct_error_handler *other = app->errors; other != row; other++)
            if (other->status == row->status)
                ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s: the app %s has two error handlers for %d", place,
                                app->name, row->status);
    }
}

static void check_app(builder *b, const ct_mount *mount)
{
    const ct_app *app = mount->app;
    const ct_route *row = mount->row;
    const char *place = "the root app";
    if (row)
        place = ct_arena_printf(&b->site->arena, "%s:%d", row->file ? row->file : "?", row->line);
    if (!app->name)
        ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s: the app has no .name", place);
    else if (!ct_site_name_valid(app->name))
        ct_problems_add(b->problems, CT_PROBLEM_ERROR,
                        "%s: the app's name \"%s\" must be of letters, digits, '_' and '-'", place, app->name);
    if (row && row->name && !ct_site_name_valid(row->name))
        ct_problems_add(b->problems, CT_PROBLEM_ERROR,
                        "%s: the mount's name \"%s\" must be of letters, digits, '_' and '-'", place, row->name);
    check_converters(b, app, place);
    check_errors(b, app, place);
}

static bool is_inside(const ct_mount *mount, const ct_app *app)
{
    for (; mount; mount = mount->parent) {
        if (mount->app == app)
            return true;
    }
    return false;
}

static void add_mount(builder *b, const ct_mount *parent, const ct_app *app, const ct_route *row)
{
    ct_mount *mount = ct_site_zalloc(&b->site->arena, sizeof *mount);
    mount->app = app;
    mount->parent = parent;
    mount->row = row;
    mount->prefix = mount->namespace_ = "";
    if (parent) {
        mount->depth = parent->depth + 1;
        mount->prefix = prefix_of(b, parent, row);
        mount->host = row->host ? row->host : parent->host;
        mount->namespace_ = namespace_of(b, parent, app, row);
    }
    check_app(b, mount);
    add_middleware(b, mount);
    keep_mount(b, mount);
    for (const ct_route *inner = app->routes; inner && inner->path; inner++) {
        if (!inner->app || inner->handler)
            continue;
        if (is_inside(mount, inner->app))
            ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s:%d: the app %s mounts itself%s",
                            inner->file ? inner->file : "?", inner->line, inner->app->name ? inner->app->name : "",
                            inner->app == app ? "" : " by way of others");
        else
            add_mount(b, mount, inner->app, inner);
    }
}

static void build(ct_site *site, ct_problems *problems)
{
    builder b = { .site = site, .problems = problems };
    add_mount(&b, NULL, site->app, NULL);
    ct_router_build(site, problems);
}

void ct_site_init(ct_site *site, const ct_app *app, ct_problems *problems)
{
    *site = (ct_site){ .app = app };
    ct_arena_init(&site->arena, NULL, 0);
    build(site, problems);
}

void ct_site_load(ct_site *site, const ct_app *app, ct_settings *settings, ct_problems *problems)
{
    *site = (ct_site){ .app = app, .settings = settings };
    ct_arena_init(&site->arena, NULL, 0);
    ct_settings_config(settings, &site->config);
    ct_statics_begin(site);
    build(site, problems);
}

void ct_site_finish(ct_site *site)
{
    ct_templates_destroy(site->templates);
    ct_keys_destroy(site->keys);
    ct_databases_finish(site);
    ct_arena_finish(&site->arena);
}
