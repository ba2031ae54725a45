/* Building the router: rows of all tables into plans, plans into the tries, and every check that `check` promises.
 *
 *   collect   each row: pattern, host, methods, name           (problems of one row)
 *   number    the methods of the site, in alphabetical order
 *   insert    into the trie of its host                        (duplicates)
 *   compare   pairs that only converters of apps tell apart    (ambiguity)
 *
 * A row with a problem is left out and the rest goes on, so that all problems come at once.
 * Not here: matching (match.c) and building URLs (reverse.c). */
#include "web/router.h"

#include "web/frontend.h"
#include "web/static.h"
#include "web/trie.h"

#define MAX_NAME 255 /* of an endpoint, with its namespaces */

typedef struct builder {
    ct_site *site;
    ct_arena *arena;
    ct_router *router;
    ct_problems *problems;
    size_t next_mount;
    ct_pattern *prefixes, *hosts; /* of each mount */
    bool *broken;                 /* each mount: its own row or one around it has a problem */
    size_t capacity;              /* of router->plans */
    bool has_custom, has_any;
} builder;

static const char *label_of(builder *b, const ct_route *row)
{
    if (row->file && !row->line) /* one of Canteen's own */
        return row->file;
    return ct_arena_printf(b->arena, "%s:%d", row->file ? row->file : "?", row->line);
}

/* ---- one row ---- */

static bool check_names_differ(const ct_pattern *host, const ct_pattern *path, ct_error *error)
{
    if (host->parameter_count + path->parameter_count > CT_MAX_PARAMETERS)
        return ct_fail(error, "it has more than %d parameters with those of the host", CT_MAX_PARAMETERS);
    for (uint32_t i = 0; i < host->count; i++) {
        for (uint32_t j = 0; host->segments[i].parameter && j < path->count; j++) {
            const char *name = path->segments[j].parameter;
            if (name && strcmp(name, host->segments[i].parameter) == 0)
                return ct_fail(error, "it has the parameter \"%s\" twice (one is the host's)", name);
        }
    }
    return true;
}

/* The row's own host, else that of the mount. */
static bool parse_host(builder *b, const ct_route *row, const ct_mount *mount, const ct_pattern *outer, ct_pattern *ret,
                       ct_error *error)
{
    *ret = *outer;
    if (!row->host)
        return true;
    if (!ct_pattern_parse_host(b->arena, row->host, mount, ret, error))
        return false;
    if (outer->count && !ct_pattern_same(outer, ret))
        return ct_fail(error, "it is inside of a mount for the host \"%s\"", mount->host);
    return true;
}

static const ct_method known_methods[] = {
    { { "DELETE", 6 }, CT_METHOD_DELETE },   { { "GET", 3 }, CT_METHOD_GET },     { { "HEAD", 4 }, CT_METHOD_HEAD },
    { { "OPTIONS", 7 }, CT_METHOD_OPTIONS }, { { "PATCH", 5 }, CT_METHOD_PATCH }, { { "POST", 4 }, CT_METHOD_POST },
    { { "PUT", 3 }, CT_METHOD_PUT },         { { "TRACE", 5 }, CT_METHOD_TRACE },
};

static bool check_method(ct_str name, ct_error *error)
{
    if (!name.length || name.length > 32)
        return ct_fail(error, "its .methods has an empty name, or one over 32 letters");
    for (size_t i = 0; i < name.length; i++) {
        if (!ct_http1_char_is(name.data[i], CT_CHAR_TOKEN))
            return ct_fail(error, "its .methods has \"%.*s\", which is no method (write \"GET, POST\")",
                           CT_STR_ARG(name));
    }
    if (ct_str_eq(name, CT_STR("CONNECT")))
        return ct_fail(error, "CONNECT is for proxies; the server refuses it");
    for (size_t i = 0; i < CT_COUNT(known_methods); i++) {
        if (ct_str_eq_nocase(name, known_methods[i].name) && !ct_str_eq(name, known_methods[i].name))
            return ct_fail(error, "its .methods has \"%.*s\"; methods are in capitals: \"%s\"", CT_STR_ARG(name),
                           known_methods[i].name.data);
    }
    return true;
}

/* Puts the name into the site's table, which is in alphabetical order. */
static bool name_method(builder *b, ct_str name, ct_error *error)
{
    ct_router *router = b->router;
    uint32_t at = 0;
    ct_http_method method = CT_METHOD_OTHER;
    for (; at < router->method_count; at++) {
        int order = strcmp(router->methods[at].name.data, name.data);
        if (order == 0)
            return true;
        if (order > 0)
            break;
    }
    if (router->method_count == CT_MAX_METHODS)
        return ct_fail(error, "the site has more than %d methods", CT_MAX_METHODS);
    for (size_t i = 0; i < CT_COUNT(known_methods); i++) {
        if (ct_str_eq(name, known_methods[i].name))
            method = known_methods[i].method;
    }
    memmove(&router->methods[at + 1], &router->methods[at], (router->method_count - at) * sizeof(ct_method));
    router->methods[at] = (ct_method){ name, method };
    router->method_count++;
    return true;
}

static bool name_methods(builder *b, const char *methods, ct_error *error)
{
    if (!methods) {
        b->has_any = true;
        return true;
    }
    ct_str rest = ct_str_of(methods);
    while (rest.data) {
        ct_str name = ct_str_next(&rest, ',');
        if (!check_method(name, error))
            return false;
        name = ct_str_of(ct_arena_copy(b->arena, name.data, name.length));
        if (!name_method(b, name, error))
            return false;
        if (ct_str_eq(name, CT_STR("GET")) && !name_method(b, CT_STR("HEAD"), error))
            return false;
    }
    return true;
}

static bool name_plan(builder *b, ct_plan *plan, ct_error *error)
{
    const ct_route *row = plan->endpoint.route;
    const ct_mount *mount = plan->endpoint.mount;
    const char *own = row->name ? row->name : row->handler_name ? row->handler_name : "";
    if (!row->name && *own == '&')
        own++;
    if (!ct_site_name_valid(own))
        return ct_fail(error, "its name \"%s\" must be of letters, digits, '_' and '-': give it a .name", own);
    const char *dot = *mount->namespace_ ? "." : "";
    plan->endpoint.name = ct_arena_printf(b->arena, "%s%s%s", mount->namespace_, dot, own);
    if (strlen(plan->endpoint.name) > MAX_NAME)
        return ct_fail(error, "its name with those of the mounts is over %d letters", MAX_NAME);
    return true;
}

static void add_parameters(ct_endpoint *endpoint, const ct_pattern *pattern)
{
    for (uint32_t i = 0; i < pattern->count; i++) {
        const ct_segment *segment = &pattern->segments[i];
        if (!segment->parameter)
            continue;
        endpoint->parameters[endpoint->parameter_count] = segment->parameter;
        endpoint->parameter_is_int[endpoint->parameter_count++] = segment->kind == CT_SEGMENT_INT;
    }
}

static bool read_row(builder *b, size_t mount_index, const ct_route *row, ct_plan *plan, ct_error *error)
{
    const ct_mount *mount = b->site->mounts[mount_index];
    const ct_pattern *prefix = &b->prefixes[mount_index];
    ct_endpoint *endpoint = &plan->endpoint;
    if (row->handler && row->app)
        return ct_fail(error, "it has both a handler and an app to mount");
    if (!row->handler)
        return ct_fail(error, "it has neither a handler nor an app to mount");
    if (!*row->path && !*mount->prefix)
        return ct_fail(error, "an empty path needs a mount with a prefix; write \"/\"");
    endpoint->route = row;
    endpoint->mount = mount;
    endpoint->pattern = ct_arena_printf(b->arena, "%s%s", mount->prefix, row->path);
    if (!ct_pattern_parse_path(b->arena, prefix, row->path, mount, &plan->path, error) ||
        !parse_host(b, row, mount, &b->hosts[mount_index], &plan->host, error) ||
        !check_names_differ(&plan->host, &plan->path, error) || !name_methods(b, row->methods, error) ||
        !name_plan(b, plan, error))
        return false;
    plan->any = !row->methods;
    endpoint->outer_count = plan->host.parameter_count + prefix->parameter_count;
    add_parameters(endpoint, &plan->host);
    add_parameters(endpoint, &plan->path);
    for (uint32_t i = 0; i < plan->path.count; i++)
        b->has_custom |= plan->path.segments[i].kind == CT_SEGMENT_CUSTOM;
    return true;
}

static void add_row(builder *b, size_t mount_index, const ct_route *row, bool frontend)
{
    ct_router *router = b->router;
    ct_plan *plan = ct_site_zalloc(b->arena, sizeof *plan);
    ct_error error;
    plan->label = label_of(b, row);
    plan->frontend = frontend;
    if (!read_row(b, mount_index, row, plan, &error)) {
        ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s: the route \"%s\": %s", plan->label, row->path,
                        error.message);
        return;
    }
    if (router->plan_count == b->capacity) {
        size_t old = b->capacity;
        b->capacity = old ? 2 * old : 32;
        router->plans =
            ct_arena_grow(b->arena, router->plans, old * sizeof *router->plans, b->capacity * sizeof *router->plans);
    }
    router->plans[router->plan_count++] = plan;
}

/* ---- mounts ---- */

static bool read_mount(builder *b, size_t index, size_t parent_index, ct_error *error)
{
    const ct_mount *mount = b->site->mounts[index];
    const ct_pattern *outer = &b->prefixes[parent_index];
    return ct_pattern_parse_path(b->arena, outer, mount->row->path, mount->parent, &b->prefixes[index], error) &&
           parse_host(b, mount->row, mount->parent, &b->hosts[parent_index], &b->hosts[index], error) &&
           check_names_differ(&b->hosts[index], &b->prefixes[index], error);
}

/* A row of a mount's app that mounts nothing. */
static void add_handler(builder *b, size_t mount_index, const ct_route *row)
{
    if (!ct_is_frontend(row)) {
        add_row(b, mount_index, row, false);
        return;
    }
    for (const ct_route *made = ct_frontend_rows(b->site, row); made->path; made++)
        add_row(b, mount_index, made, true);
}

/* The rows of a mount's app, and those of what it mounts: the mounts come in the order in which the site made them. */
static void add_rows(builder *b, size_t mount_index)
{
    const ct_mount *mount = b->site->mounts[mount_index];
    for (const ct_route *row = mount->app->routes; row && row->path; row++) {
        if (!row->app || row->handler) {
            if (!b->broken[mount_index])
                add_handler(b, mount_index, row);
            continue;
        }
        size_t index = b->next_mount;
        if (index == b->site->mount_count || b->site->mounts[index]->row != row ||
            b->site->mounts[index]->parent != mount)
            continue; /* it mounts itself; the site has said so */
        b->next_mount++;
        ct_error error;
        b->broken[index] = b->broken[mount_index];
        if (!b->broken[index] && !read_mount(b, index, mount_index, &error)) {
            b->broken[index] = true;
            ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s: the mount \"%s\"%s%s: %s", label_of(b, row), row->path,
                            row->host ? " of host " : "", row->host ? row->host : "", error.message);
        }
        add_rows(b, index);
    }
}

/* ---- methods ---- */

/* The bit of a method that is in the table; 0 for others. */
static uint64_t method_bit(const ct_router *router, ct_str name)
{
    for (uint32_t i = 0; i < router->method_count; i++) {
        if (ct_str_eq(router->methods[i].name, name))
            return (uint64_t)1 << i;
    }
    return 0;
}

/* "GET, HEAD, OPTIONS" */
static const char *methods_text(builder *b, uint64_t methods)
{
    ct_buffer text = ct_buffer_in(b->arena);
    ct_methods_write(b->router, methods, &text);
    return ct_buffer_text(&text);
}

static void set_methods(builder *b, ct_plan *plan)
{
    ct_router *router = b->router;
    ct_str rest = plan->any ? (ct_str){ NULL, 0 } : ct_str_of(plan->endpoint.route->methods);
    if (plan->any)
        plan->own = UINT64_MAX >> (64 - router->method_count);
    while (rest.data)
        plan->own |= method_bit(router, ct_str_next(&rest, ','));
    plan->methods = plan->own | method_bit(router, CT_STR("OPTIONS"));
    if (plan->own & method_bit(router, CT_STR("GET")))
        plan->methods |= method_bit(router, CT_STR("HEAD"));
    plan->endpoint.methods = plan->any ? "" : methods_text(b, plan->methods);
}

static void number_methods(builder *b)
{
    ct_router *router = b->router;
    ct_error error;
    for (size_t i = 0; b->has_any && i < CT_COUNT(known_methods); i++) {
        if (known_methods[i].method != CT_METHOD_TRACE && !name_method(b, known_methods[i].name, &error))
            ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s", error.message);
    }
    memset(router->method_index, -1, sizeof(router->method_index));
    for (uint32_t i = 0; i < router->method_count; i++) {
        if (router->methods[i].method != CT_METHOD_OTHER)
            router->method_index[router->methods[i].method] = (int8_t)i;
    }
    for (size_t i = 0; i < router->plan_count; i++)
        set_methods(b, router->plans[i]);
}

/* ---- hosts ---- */

static ct_host_set *new_set(builder *b, const ct_pattern *host)
{
    ct_host_set *set = ct_site_zalloc(b->arena, sizeof *set);
    set->host = *host;
    ct_strmap_init(&set->paths, b->arena);
    return set;
}

/* "api.example.com" of a pattern without parameters. */
static ct_str exact_name(builder *b, const ct_pattern *host)
{
    ct_buffer name = ct_buffer_in(b->arena);
    for (uint32_t i = 0; i < host->count; i++) {
        if (i)
            ct_buffer_char(&name, '.');
        ct_buffer_str(&name, host->segments[i].before);
    }
    return (ct_str){ ct_buffer_text(&name), name.length };
}

static ct_host_set *exact_set(builder *b, ct_router *router, const ct_pattern *host)
{
    ct_str name = exact_name(b, host);
    ct_host_set *set = ct_strmap_get(&router->exact_hosts, name);
    if (!set) {
        set = new_set(b, host);
        ct_strmap_set(&router->exact_hosts, name, set);
    }
    return set;
}

static ct_host_set *set_of(builder *b, ct_router *router, const ct_pattern *host)
{
    if (!host->count)
        return router->any_host;
    if (!host->parameter_count)
        return exact_set(b, router, host);
    size_t at = router->set_count;
    for (size_t i = 0; i < router->set_count; i++) {
        if (ct_pattern_same(&router->sets[i]->host, host))
            return router->sets[i];
    }
    while (at > 0 && ct_pattern_order(host, &router->sets[at - 1]->host) < 0)
        at--;
    size_t size = sizeof *router->sets;
    router->sets = ct_arena_grow(b->arena, router->sets, router->set_count * size, (router->set_count + 1) * size);
    memmove(&router->sets[at + 1], &router->sets[at], (router->set_count - at) * size);
    router->set_count++;
    return router->sets[at] = new_set(b, host);
}

/* The router that is asked after this one, of which it has the methods. */
static ct_router *frontend_router(builder *b)
{
    ct_router *router = b->router, *made = router->frontends;
    if (made)
        return made;
    made = router->frontends = ct_site_zalloc(b->arena, sizeof *made);
    memcpy(made->methods, router->methods, sizeof(made->methods));
    memcpy(made->method_index, router->method_index, sizeof(made->method_index));
    made->method_count = router->method_count;
    ct_strmap_init(&made->exact_hosts, b->arena);
    made->any_host = new_set(b, &(ct_pattern){ .count = 0 });
    return made;
}

static void insert(builder *b)
{
    ct_router *router = b->router;
    ct_error error;
    for (size_t i = 0; i < router->plan_count; i++) {
        ct_plan *plan = router->plans[i];
        ct_router *into = plan->frontend ? frontend_router(b) : router;
        if (!ct_trie_add(b->arena, into, set_of(b, into, &plan->host), plan, &error))
            ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s", error.message);
    }
    for (size_t i = 1; i < b->site->mount_count; i++) {
        const ct_mount *mount = b->site->mounts[i];
        bool adds = strcmp(mount->prefix, mount->parent->prefix) != 0 || mount->host != mount->parent->host;
        if (!b->broken[i] && adds)
            ct_trie_add_mount(b->arena, set_of(b, router, &b->hosts[i]), &b->prefixes[i], mount);
    }
}

/* ---- names and ambiguity ---- */

/* Both chains keep the order of the tables. */
static void chain_name(ct_router *router, ct_plan *plan)
{
    ct_plan *last = ct_strmap_get(&router->by_name, ct_str_of(plan->endpoint.name));
    if (!last) {
        ct_strmap_set(&router->by_name, ct_str_of(plan->endpoint.name), plan);
        return;
    }
    while (last->next_of_name)
        last = last->next_of_name;
    last->next_of_name = plan;
}

static void chain_handler(ct_router *router, ct_plan *plan)
{
    ct_str key = ct_handler_key(&plan->endpoint.route->handler);
    ct_plan *last = ct_strmap_get(&router->by_handler, key);
    if (!last) {
        ct_strmap_set(&router->by_handler, key, plan);
        return;
    }
    while (last->next_of_handler)
        last = last->next_of_handler;
    last->next_of_handler = plan;
}

static void index_names(builder *b)
{
    ct_router *router = b->router;
    for (size_t i = 0; i < router->plan_count; i++) {
        ct_plan *plan = router->plans[i];
        if (plan->frontend && !plan->endpoint.route->name)
            continue; /* nobody has to think of names for them */
        const ct_plan *other = ct_strmap_get(&router->by_name, ct_str_of(plan->endpoint.name));
        if (other && other->endpoint.route->handler != plan->endpoint.route->handler)
            ct_problems_add(
                b->problems, CT_PROBLEM_ERROR,
                "%s: the name \"%s\" of \"%s\" belongs to another handler, of \"%s\" at %s: give one a .name",
                plan->label, plan->endpoint.name, plan->endpoint.pattern, other->endpoint.pattern, other->label);
        chain_name(router, plan);
        chain_handler(router, plan);
    }
}

static bool is_ambiguous(const ct_pattern *a, const ct_pattern *b)
{
    return !ct_pattern_same(a, b) && ct_pattern_order(a, b) == 0 && ct_patterns_overlap(a, b);
}

static void compare_paths(builder *b)
{
    ct_router *router = b->router;
    for (size_t i = 0; i < router->plan_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const ct_plan *one = router->plans[j], *two = router->plans[i];
            if (one->frontend == two->frontend && (one->own & two->own) && ct_pattern_same(&one->host, &two->host) &&
                is_ambiguous(&one->path, &two->path))
                ct_problems_add(b->problems, CT_PROBLEM_ERROR,
                                "%s: \"%s\" and \"%s\" at %s fit the same requests, and neither is the more specific",
                                two->label, two->endpoint.pattern, one->endpoint.pattern, one->label);
        }
    }
}

static const ct_plan *first_of_host(const ct_router *router, const ct_pattern *host)
{
    for (size_t i = 0; i < router->plan_count; i++) {
        if (ct_pattern_same(&router->plans[i]->host, host))
            return router->plans[i];
    }
    return NULL;
}

static void compare_hosts(builder *b, const ct_router *router)
{
    for (size_t i = 1; i < router->set_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!is_ambiguous(&router->sets[i]->host, &router->sets[j]->host))
                continue;
            const ct_plan *one = first_of_host(b->router, &router->sets[j]->host);
            const ct_plan *two = first_of_host(b->router, &router->sets[i]->host);
            ct_problems_add(b->problems, CT_PROBLEM_ERROR,
                            "%s: its host and that of %s fit the same requests, and neither is the more specific",
                            two ? two->label : "a mount without routes", one ? one->label : "a mount without routes");
        }
    }
}

void ct_router_build(ct_site *site, ct_problems *problems)
{
    ct_arena *arena = &site->arena;
    builder b = { .site = site, .arena = arena, .problems = problems, .next_mount = 1 };
    b.router = site->router = ct_site_zalloc(arena, sizeof *b.router);
    b.prefixes = ct_site_zalloc(arena, site->mount_count * sizeof *b.prefixes);
    b.hosts = ct_site_zalloc(arena, site->mount_count * sizeof *b.hosts);
    b.broken = ct_site_zalloc(arena, site->mount_count * sizeof *b.broken);
    ct_strmap_init(&b.router->exact_hosts, arena);
    ct_strmap_init(&b.router->by_name, arena);
    ct_strmap_init(&b.router->by_handler, arena);
    b.router->any_host = new_set(&b, &(ct_pattern){ .count = 0 });
    name_method(&b, CT_STR("OPTIONS"), NULL);
    add_rows(&b, 0);
    for (const ct_route *row = ct_statics_routes(site); row && row->path; row++)
        add_row(&b, 0, row, false);
    number_methods(&b);
    insert(&b);
    index_names(&b);
    if (b.has_custom)
        compare_paths(&b);
    compare_hosts(&b, b.router);
    if (b.router->frontends)
        compare_hosts(&b, b.router->frontends);
}

bool ct_router_knows_method(const ct_site *site, ct_str method)
{
    for (size_t i = 0; i < site->router->method_count; i++)
        if (ct_str_eq(site->router->methods[i].name, method))
            return true;
    return false;
}

size_t ct_router_count(const ct_site *site)
{
    return site->router->plan_count;
}

const ct_endpoint *ct_router_endpoint(const ct_site *site, size_t index)
{
    return &site->router->plans[index]->endpoint;
}
