/* url_for() and static() of templates: Flask's function and Django's, and what {% url %} and {% static %} call.
 *
 *     url_for('polls.show', id=7)    {% url 'polls:show' id=7 %}    {% url 'polls:show' 7 %}
 *
 * A ':' in a name is a '.', and a '.' in front stands for the app that answers, in which names are looked up first
 * anyway. Values without a name are the parameters in the order of the pattern: all of them, or those behind the prefix
 * of the mount where the request lends the others. Values are written as the language writes them ("True", "1.5"); None
 * leaves a value out.
 *
 * Not here: what a URL looks like (url.c, reverse.c, static.c). */
#include "web/template_functions.h"

#include "canteen/request.h"
#include "canteen/static.h"
#include "canteen/url.h"
#include "canteen/work.h"
#include "proto/url.h"
#include "shape/value.h"
#include "web/ct.h"
#include "web/router.h"
#include "web/static.h"
#include "web/template_values.h"
#include "web/url.h"

typedef struct url_values {
    ct_kv *items;
    size_t count;
    bool external;
    const char *scheme; /* NULL: the request's */
} url_values;

/* ---- values ---- */

static ct_value url_value(ct_renderer *r, ct *c, ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_NONE:
    case CT_T_UNSET:
        return ct_value_null();
    case CT_T_UNDEFINED:
        ct_tval_fail_undefined(r, v);
    case CT_T_LIST:
    case CT_T_TUPLE:
    case CT_T_RANGE:
    case CT_T_DICT:
    case CT_T_MAP:
    case CT_T_ARRAY:
    case CT_T_ROW:
    case CT_T_ROWS:
        return ct_template_value(r, c, v);
    default:
        return ct_value_of_text(ct_template_text(r, ct_t_get_str(ct_tval_text(r, v))));
    }
}

/* The endpoint whose parameters so many positional values fill, and which of them is the first. */
static const ct_endpoint *find_positional(ct *c, const char *name, uint32_t count, uint32_t *ret_first)
{
    const ct_match *current = c->is_request ? &c->match : NULL;
    const ct_endpoint *at = NULL;
    while ((at = ct_router_named(c->site, current, name, at)) != NULL) {
        *ret_first = at->parameter_count == count ? 0 : at->outer_count;
        if (at->parameter_count - *ret_first == count)
            return at;
    }
    return NULL;
}

static void add_positional(ct_renderer *r, ct *c, const char *name, const ct_tval *args, uint32_t count,
                           url_values *values)
{
    uint32_t first = 0;
    const ct_endpoint *endpoint = count ? find_positional(c, name, count, &first) : NULL;
    if (count && !endpoint && ct_router_named(c->site, c->is_request ? &c->match : NULL, name, NULL))
        ct_render_fail(r, "no route \"%s\" has %" PRIu32 " parameter%s", name, count, count == 1 ? "" : "s");
    for (uint32_t i = 0; endpoint && i < count; i++) {
        if (args[i].type == CT_T_UNDEFINED || args[i].type == CT_T_NONE)
            ct_render_fail(r, "the URL of \"%s\" needs a value for its parameter \"%s\", which is %s here", name,
                           endpoint->parameters[first + i], args[i].type == CT_T_NONE ? "None" : "undefined");
        values->items[values->count++] =
            (ct_kv){ .key = endpoint->parameters[first + i], .value = url_value(r, c, args[i]) };
    }
}

static void add_named(ct_renderer *r, ct *c, const ct_tdict *dict, url_values *values)
{
    uint32_t at = 0;
    for (const ct_tentry *entry; (entry = ct_tdict_next(dict, &at));) {
        ct_str key = ct_t_get_str(entry->key);
        if (ct_str_eq(key, CT_STR("_external")))
            values->external = ct_tval_truth(r, entry->value);
        else if (ct_str_eq(key, CT_STR("_scheme")))
            values->scheme = entry->value.type == CT_T_TEXT ? ct_template_text(r, ct_t_get_str(entry->value)) : NULL;
        else if (!ct_str_eq(key, CT_STR("_method"))) /* Flask's, to choose among routes: names decide here */
            values->items[values->count++] =
                (ct_kv){ .key = ct_template_text(r, key), .value = url_value(r, c, entry->value) };
    }
}

/* ---- the URL ---- */

/* "polls:show" and ".show" as the router has names. */
static const char *route_name(ct_renderer *r, ct_tval arg)
{
    if (!ct_t_is_text(arg))
        ct_render_fail(r, "url_for() takes the name of a route first, not '%s'", ct_tval_type_name(arg));
    const char *given = ct_template_text(r, ct_t_get_str(arg));
    size_t skip = given[0] == '.' || given[0] == ':' ? 1 : 0, length = strlen(given + skip);
    char *name = ct_render_take(r, length + 1);
    for (size_t i = 0; i <= length; i++)
        name[i] = given[skip + i] == ':' ? '.' : given[skip + i];
    return name;
}

static const char *make_absolute(ct_renderer *r, ct *c, const char *url, const char *scheme)
{
    if (url[0] != '/') /* static files of another server */
        return url;
    if (!c->is_request)
        ct_render_fail(r, "url_for(_external=True) needs a request, which says what this site is called");
    if (!scheme)
        return ct_url_with_host(c, url);
    if (url[0] == '/' && url[1] == '/')
        return ct_printf(c, "%s:%s", scheme, url);
    return ct_printf(c, "%s://%s%s", scheme, ct_host(c), url);
}

/* ---- static files ---- */

static const char *static_url(ct_renderer *r, ct *c, const char *file)
{
    ct_error error;
    if (!c->site->statics)
        ct_render_fail(r, "this site was made without static files");
    if (c->site->strict_static && !ct_statics_check(c->site, file, &error)) /* here it has a place in the template */
        ct_render_fail(r, "%s", error.message);
    return ct_static_url(c, file);
}

static ct_tval static_file(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (args[0].type == CT_T_UNDEFINED && r->strict)
        ct_tval_fail_undefined(r, args[0]);
    const char *name = ct_template_text(r, ct_t_get_str(ct_tval_text(r, args[0])));
    return ct_t_str(ct_str_of(static_url(r, r->input->user, name)));
}

const ct_fn ct_template_static = { .name = "static", .function = static_file, .params = "path" };

/* ---- routes ---- */

static ct_tval url_for(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct *c = r->input->user;
    ct_error error;
    const char *url, *name = route_name(r, args[0]);
    const ct_tdict *named = args[1].type == CT_T_DICT ? args[1].dict : NULL;
    url_values values = { .count = 0 };
    values.items = ct_render_take(r, (count + (named ? named->count : 0)) * sizeof(*values.items));
    add_positional(r, c, name, args + 2, count - 2, &values);
    if (named)
        add_named(r, c, named, &values);
    if (!ct_url_try(c, name, NULL, values.items, values.count, &url, &error))
        ct_render_fail(r, "%s", error.message);
    if (values.external || values.scheme)
        url = make_absolute(r, c, url, values.scheme);
    return ct_t_str(ct_str_of(url));
}

const ct_fn ct_template_url_for = { .name = "url_for", .function = url_for, .params = "endpoint, *, **" };
