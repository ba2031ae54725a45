/* URLs for handlers and commands: the router's, with the prefix at which a trusted proxy says the site is mounted. */
#include "canteen/url.h"
#include "canteen/request.h"
#include "canteen/work.h"
#include "web/client_info.h"
#include "web/ct.h"
#include "web/router.h"
#include "web/url.h"

bool ct_url_try(ct *c, const char *name, ct_handler *handler, const ct_kv *values, size_t count, const char **ret_url,
                ct_error *error)
{
    ct_buffer url = ct_buffer_in(c->arena);
    const ct_match *current = c->is_request ? &c->match : NULL;
    if (!ct_router_url(c->site, current, name, handler, values, count, &url, error))
        return false;
    ct_buffer_char(&url, '\0');
    if (url.failed)
        return ct_fail(error, "ct_url: the URL does not fit into the request's memory (setting request_memory)");
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
    ct_need_request(c, "ct_url_with_host");
    if (path[0] == '/' && path[1] == '/')
        return ct_printf(c, "%s:%s", ct_scheme(c), path);
    return ct_printf(c, "%s://%s%s", ct_scheme(c), ct_host(c), path);
}

const ct_app *ct_current_app(ct *c)
{
    return c->is_request ? c->match.mount->app : c->site->app;
}
