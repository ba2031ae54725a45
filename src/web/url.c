/* URLs for handlers, commands and templates: the router's, with the prefix at which a trusted proxy says the site is
 * mounted. Those of the route "static" are ct_static_url()'s, unless the app has a route of that name. */
#include "canteen/url.h"
#include "canteen/request.h"
#include "canteen/static.h"
#include "canteen/work.h"
#include "web/client_info.h"
#include "web/ct.h"
#include "web/router.h"
#include "web/static.h"
#include "web/url.h"

static bool fail_of_memory(ct_error *error)
{
    return ct_fail(error, "ct_url: the URL does not fit into the request's memory (setting request_memory)");
}

/* ---- static files ---- */

/* Another server may have the files, or none: then there is no such route, but a URL. */
static bool means_static(const ct *c, const char *name)
{
    if (!name || strcmp(name, "static") != 0 || !c->site->statics)
        return false;
    const ct_endpoint *endpoint = ct_router_named(c->site, c->is_request ? &c->match : NULL, name, NULL);
    return !endpoint || ct_statics_is_route(c->site, endpoint->route);
}

static const char *find_filename(const ct_kv *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ct_value value = values[i].value;
        if (strcmp(values[i].key, "filename") == 0)
            return value.type == CT_VALUE_TEXT || value.type == CT_VALUE_SAFE ? value.text : NULL;
    }
    return NULL;
}

/* The URL of the value `filename`, with the other values as its query. */
static bool try_static(ct *c, const ct_kv *values, size_t count, const char **ret_url, ct_error *error)
{
    const char *file = find_filename(values, count);
    ct_buffer query = ct_buffer_in(c->arena);
    if (!file)
        return ct_fail(error, "the URL of \"static\" needs the parameter \"filename\", the name of a file as text");
    if (c->site->strict_static && !ct_statics_check(c->site, file, error))
        return false;
    if (!ct_router_url_query("static", "filename", values, count, &query, error))
        return false;
    if (query.failed)
        return fail_of_memory(error);
    const char *url = ct_static_url(c, file);
    *ret_url = query.length ? ct_printf(c, "%s%s", url, ct_buffer_text(&query)) : url;
    return true;
}

/* ---- routes ---- */

bool ct_url_try(ct *c, const char *name, ct_handler *handler, const ct_kv *values, size_t count, const char **ret_url,
                ct_error *error)
{
    if (means_static(c, name))
        return try_static(c, values, count, ret_url, error);
    ct_buffer url = ct_buffer_in(c->arena);
    const ct_match *current = c->is_request ? &c->match : NULL;
    if (!ct_router_url(c->site, current, name, handler, values, count, &url, error))
        return false;
    ct_buffer_char(&url, '\0');
    if (url.failed)
        return fail_of_memory(error);
    const char *prefix = c->is_request ? ct_request_prefix(c) : "";
    bool elsewhere = url.data[0] == '/' && url.data[1] == '/'; /* another host: the prefix is this one's */
    *ret_url = *prefix && !elsewhere ? ct_printf(c, "%s%s", prefix, url.data) : url.data;
    return true;
}

static const char *build(ct *c, const char *name, ct_handler *handler, const ct_kv *values, size_t count)
{
    ct_error error;
    const char *url = NULL;
    if (!ct_url_try(c, name, handler, values, count, &url, &error))
        ct_mistake(c, "%s", error.message);
    return url;
}

const char *ct_url_by_name(ct *c, const char *name, const ct_kv *values, size_t count)
{
    return build(c, name, NULL, values, count);
}

const char *ct_url_by_handler(ct *c, ct_handler *handler, const ct_kv *values, size_t count)
{
    return build(c, NULL, handler, values, count);
}

const char *ct_url_with_host(ct *c, const char *path)
{
    ct_need_request(c, "ct_url_absolute"); /* the macro, which is what one writes */
    if (path[0] != '/')                    /* a static file of another server */
        return path;
    if (path[0] == '/' && path[1] == '/')
        return ct_printf(c, "%s:%s", ct_scheme(c), path);
    return ct_printf(c, "%s://%s%s", ct_scheme(c), ct_host(c), path);
}

const ct_app *ct_current_app(ct *c)
{
    return c->is_request ? c->match.mount->app : c->site->app;
}
