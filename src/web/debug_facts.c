/* Gathering what an error page tells. Everything is read from the request's head and from what has been parsed or read
 * already; nothing is asked of the client, the app or a store. Secrets are hidden here, so no writer ever sees them.
 *
 * What is text of the client may be any bytes without NUL: the writers escape. */
#include "web/debug_facts.h"

#include "base/nearest.h"
#include "canteen/request.h"
#include "canteen/status.h"
#include "canteen/version.h"
#include "net/crash_report.h"
#include "proto/cookie.h"
#include "proto/form.h"
#include "shape/json_write.h"
#include "web/error.h"
#include "web/scrub.h"
#include "web/session.h"
#include "web/settings.h"
#include "web/templates.h"
#include "web/upload.h"

#include <gnu/libc-version.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#define VALUE_BYTES 4096 /* longer values are cut */
#define MOST_COOKIES 1000

static const char *copy(ct_facts *facts, ct_str text)
{
    return ct_arena_copy(&facts->arena, text.data ? text.data : "", text.length);
}

/* ---- tables ---- */

static void add(ct_facts *facts, int table_index, ct_fact fact)
{
    ct_fact_table *table = &facts->tables[table_index];
    if (table->count == table->capacity) {
        size_t old = table->capacity;
        table->capacity = old ? 2 * old : 16;
        table->items = ct_arena_grow(&facts->arena, table->items, old * sizeof *table->items,
                                     table->capacity * sizeof *table->items);
    }
    table->items[table->count++] = fact;
}

static const char *cut(ct_facts *facts, ct_str value)
{
    if (value.length <= VALUE_BYTES)
        return copy(facts, value);
    return ct_arena_printf(&facts->arena, "%.*s... (%zu bytes)", VALUE_BYTES, value.data, value.length);
}

/* Scrubbed before it is cut: what tells a secret may stand behind it. */
static const char *shown(ct_facts *facts, ct_str value)
{
    return cut(facts, ct_str_of(ct_scrub_value(&facts->arena, copy(facts, value), true)));
}

/* What may be an address of the site too: the one before (Referer), the next one. */
static const char *shown_url(ct_facts *facts, ct_str value)
{
    const char *scrubbed = ct_scrub_value(&facts->arena, copy(facts, value), true);
    return cut(facts, ct_str_of(ct_facts_mask(facts, scrubbed)));
}

void ct_facts_add(ct_facts *facts, int table, ct_str name, ct_str value, bool hide)
{
    hide = hide || ct_scrub_hides(name);
    add(facts, table, (ct_fact){ .name = cut(facts, name), .value = hide ? CT_HIDDEN : shown_url(facts, value) });
}

static void add_params(ct_facts *facts, int table, const ct_params *params, const char *hidden)
{
    for (uint32_t i = 0; i < params->count; i++)
        ct_facts_add(facts, table, params->items[i].name, params->items[i].value,
                     hidden && ct_str_ends(params->items[i].name, ct_str_of(hidden))); /* "__Host-session" */
}

/* A query or a form; what is malformed is not shown, for it may hide a secret. */
static void add_encoded(ct_facts *facts, int table, ct_str text)
{
    ct_params params = { 0 };
    ct_error error;
    if (!text.length)
        return;
    if (ct_params_parse(&facts->arena, text, NULL, &params, &error))
        add_params(facts, table, &params, NULL);
    else
        add(facts, table, (ct_fact){ .name = "(malformed)", .value = copy(facts, ct_str_of(error.message)) });
}

/* ---- the request ---- */

/* The pattern instead, where a part of the path is a secret by its parameter's name. A path that has another route, or
 * none, may have been meant for that one. */
static const char *shown_path(ct_facts *facts, const ct *c)
{
    const ct_endpoint *endpoint = c->match.endpoint;
    for (uint32_t i = 0; endpoint && i < endpoint->parameter_count; i++)
        if (ct_scrub_hides(ct_str_of(endpoint->parameters[i])))
            return endpoint->pattern;
    bool fixed = endpoint && !endpoint->parameter_count;
    return fixed ? shown(facts, c->exchange.head.path) : shown_url(facts, c->exchange.head.path);
}

static void describe_handler(ct_facts *facts, const ct *c)
{
    const ct_endpoint *endpoint = c->match.endpoint;
    const ct_mount *mount = c->match.mount;
    if (endpoint)
        add(facts, CT_TABLE_REQUEST,
            (ct_fact){ .name = "Handler",
                       .value = ct_arena_printf(&facts->arena, "%s() for %s, the route %s at %s:%d",
                                                endpoint->route->handler_name ? endpoint->route->handler_name : "?",
                                                endpoint->pattern, endpoint->name,
                                                endpoint->route->file ? endpoint->route->file : "?",
                                                endpoint->route->line) });
    add(facts, CT_TABLE_REQUEST, (ct_fact){ .name = "App", .value = mount->app->name ? mount->app->name : "?" });
    for (uint32_t i = 0; endpoint && i < endpoint->parameter_count; i++) {
        ct_str value = c->match.values[i];
        bool hide = strstr(facts->path, CT_HIDDEN) && memchr(value.data, '/', value.length); /* it may have the same */
        ct_facts_add(facts, CT_TABLE_PATH, ct_str_of(endpoint->parameters[i]), value, hide);
    }
}

static void describe_request(ct_facts *facts, const ct *c)
{
    const ct_http1_head *head = &c->exchange.head;
    char peer[64];
    ct_exchange_peer(&c->exchange, peer, sizeof peer);
    add(facts, CT_TABLE_REQUEST, (ct_fact){ .name = "Request id", .value = facts->request_id });
    add(facts, CT_TABLE_REQUEST, (ct_fact){ .name = "Method", .value = facts->method });
    add(facts, CT_TABLE_REQUEST, (ct_fact){ .name = "Path", .value = facts->path });
    add(facts, CT_TABLE_REQUEST, (ct_fact){ .name = "Host", .value = copy(facts, head->host) });
    add(facts, CT_TABLE_REQUEST, (ct_fact){ .name = "Peer", .value = copy(facts, ct_str_of(peer)) });
    if (head->chunked || head->has_length)
        add(facts, CT_TABLE_REQUEST,
            (ct_fact){ .name = "Body",
                       .value = ct_arena_printf(&facts->arena, "%" PRIu64 " bytes read%s", c->exchange.body_received,
                                                c->body_read ? ", all of it" : "") });
    describe_handler(facts, c);
}

static bool is_urlencoded(ct_str type)
{
    static const char name[] = "application/x-www-form-urlencoded";
    type.length = CT_MIN(type.length, sizeof name - 1);
    return ct_str_eq_nocase(type, CT_STR(name));
}

static void describe_headers(ct_facts *facts, const ct *c)
{
    const ct_http1_head *head = &c->exchange.head;
    ct_str *cookies = ct_arena_alloc(&facts->arena, (head->header_count + 1) * sizeof *cookies);
    size_t cookie_count = 0;
    for (uint32_t i = 0; i < head->header_count; i++) {
        ct_str name = { head->headers[i].name, head->headers[i].name_length };
        ct_str value = { head->headers[i].value, head->headers[i].value_length };
        ct_facts_add(facts, CT_TABLE_HEADERS, name, value, false);
        if (ct_str_eq_nocase(name, CT_STR("Cookie")))
            cookies[cookie_count++] = value;
        if (ct_str_eq_nocase(name, CT_STR("Content-Type")) && is_urlencoded(value) && c->body_read)
            add_encoded(facts, CT_TABLE_FORM, (ct_str){ c->body.data, c->body.len });
    }
    ct_params params = { 0 };
    ct_error error;
    if (ct_cookies_parse(&facts->arena, cookies, cookie_count, MOST_COOKIES, &params, &error))
        add_params(facts, CT_TABLE_COOKIES, &params, c->site->config.session_cookie_name);
}

/* Of a request that has loaded its session. */
static void describe_session(ct_facts *facts, const ct *c)
{
    const ct_map *values = c->session ? c->session->values : NULL;
    for (size_t i = 0; values && i < ct_map_count(values); i++) {
        ct_kv pair = ct_map_at(values, i);
        ct_buffer text = ct_buffer_in(&facts->arena);
        if (pair.value.type == CT_VALUE_TEXT)
            ct_buffer_str(&text, ct_str_of(pair.value.text));
        else
            (void)!ct_json_write(&text, pair.value, 0); /* what nests too deeply is shown in part */
        ct_facts_add(facts, CT_TABLE_SESSION, ct_str_of(pair.key), ct_str_of(ct_buffer_text(&text)), false);
    }
}

static void add_file(void *arg, const ct_upload *file)
{
    ct_facts *facts = arg;
    const char *text = ct_arena_printf(&facts->arena, "%s (%s, %" PRId64 " bytes)", file->sent_filename,
                                       file->content_type, file->size);
    ct_facts_add(facts, CT_TABLE_FORM, ct_str_of(file->field), ct_str_of(text), false);
}

/* A form with files, when it has been read. */
static void describe_uploads(ct_facts *facts, const ct *c)
{
    if (!c->uploads)
        return;
    if (c->form)
        add_params(facts, CT_TABLE_FORM, c->form, NULL);
    ct_uploads_each(c->uploads, add_file, facts);
}

/* ---- the program ---- */

static void describe_settings(ct_facts *facts, const ct_settings *settings)
{
    for (size_t i = 0; settings && i < ct_settings_count(settings); i++) {
        const ct_setting_value *value = ct_settings_at(settings, i);
        const ct_setting *setting = value->setting;
        const char *text = value->value.text ? value->value.text : "";
        bool hide = setting->secret || (value->app && ct_scrub_hides(ct_str_of(setting->name)));
        add(facts, CT_TABLE_SETTINGS,
            (ct_fact){ .name = setting->name,
                       .value = !*text ? ""
                                : hide ? CT_HIDDEN
                                       : shown(facts, ct_str_of(text)),
                       .note = value->source });
    }
}

static void describe_versions(ct_facts *facts, const ct *c)
{
    const ct_app *app = c->site->app;
    struct utsname machine;
    if (app->name && app->version)
        add(facts, CT_TABLE_VERSIONS, (ct_fact){ .name = app->name, .value = app->version });
    add(facts, CT_TABLE_VERSIONS, (ct_fact){ .name = "Canteen", .value = ct_version() });
    add(facts, CT_TABLE_VERSIONS, (ct_fact){ .name = "Compiler", .value = __VERSION__ });
    add(facts, CT_TABLE_VERSIONS, (ct_fact){ .name = "C library", .value = gnu_get_libc_version() });
    if (uname(&machine) == 0)
        add(facts, CT_TABLE_VERSIONS,
            (ct_fact){ .name = "System",
                       .value = ct_arena_printf(&facts->arena, "%s %s %s", machine.sysname, machine.release,
                                                machine.machine) });
}

/* ---- routes ---- */

static int by_distance(const void *a, const void *b)
{
    const ct_debug_route *left = a, *right = b;
    if (left->distance != right->distance)
        return left->distance < right->distance ? -1 : 1;
    return 0;
}

/* All routes, the nearest to the path first: what a pattern's parameters stand for is no mistake of typing, so a
 * pattern is compared with each "<...>" in the place of the segment that stands there. */
static const char *comparable(ct_facts *facts, const char *pattern, const char *path)
{
    ct_buffer out = ct_buffer_in(&facts->arena);
    while (*pattern) {
        size_t length = strcspn(pattern + 1, "/") + 1;
        bool parameter = memchr(pattern, '<', length) != NULL;
        size_t segment = *path ? strcspn(path + 1, "/") + 1 : 0;
        ct_buffer_append(&out, parameter ? path : pattern, parameter ? segment : length);
        pattern += length;
        path += segment;
    }
    return ct_buffer_text(&out);
}

static void describe_routes(ct_facts *facts, const ct *c)
{
    const char *path = copy(facts, c->exchange.head.path);
    size_t count = ct_router_count(c->site);
    facts->routes = ct_arena_alloc(&facts->arena, count * sizeof *facts->routes);
    ct_nearest nearest = ct_nearest_to(path);
    for (size_t i = 0; i < count; i++) {
        const ct_endpoint *endpoint = ct_router_endpoint(c->site, i);
        const char *shown = comparable(facts, endpoint->pattern, path);
        size_t distance = ct_str_distance(path, shown);
        if (distance < nearest.distance) {
            nearest.distance = distance;
            facts->nearest = endpoint->pattern;
        }
        facts->routes[facts->route_count++] = (ct_debug_route){ .endpoint = endpoint, .distance = distance };
    }
    qsort(facts->routes, facts->route_count, sizeof *facts->routes, by_distance);
}

/* ---- the error ---- */

static void describe_template(ct_facts *facts, const ct *c, const ct_template_error *error)
{
    facts->template = error;
    facts->message = error->message;
    if (!error->file[0])
        return;
    ct_str text = c->site->templates ? ct_templates_embedded(c->site->templates, error->file) : (ct_str){ 0 };
    facts->template_excerpt = text.data ? ct_excerpt_of(&facts->arena, text, (int)error->line)
                                        : ct_excerpt_read(&facts->arena, error->file, (int)error->line);
}

/* Then the place is always the same, and what of the app is around it is middleware. */
static bool refused_by_router(const ct *c)
{
    int status = c->error_status;
    return !c->match.endpoint && (status == 400 || status == 404 || status == 405 || status == 501);
}

static void describe_error(ct_facts *facts, const ct *c)
{
    const struct ct_origin *origin = c->error_origin;
    facts->status = c->error_status;
    facts->errors = c->error_fields;
    facts->message = c->error_message ? c->error_message : ct_status_text(facts->status);
    if (facts->status == 405)
        facts->allow = c->error_allow;
    if (facts->status == 404 && !c->match.endpoint)
        describe_routes(facts, c);
    if (!origin)
        return;
    if (origin->template)
        describe_template(facts, c, origin->template);
    if (refused_by_router(c))
        return;
    ct_facts_frames(facts, origin->frames, origin->count);
    if (!ct_error_is_ours(facts->status) && !ct_facts_place(facts))
        facts->frame_count = 0; /* where the library refuses a request says nothing about the app */
}

static void describe_crash(ct_facts *facts, const ct_crash *crash)
{
    char text[CT_CRASH_TEXT];
    facts->status = 500;
    ct_crash_describe(crash, text, sizeof(text));
    facts->message = ct_arena_printf(&facts->arena, "the handler crashed: %s", text);
    ct_facts_frames(facts, crash->frames, CT_MIN(crash->frame_count, (uint32_t)CT_CRASH_FRAMES));
}

void ct_facts_gather(ct_facts *facts, ct *c, const ct_crash *crash)
{
    static const char *const titles[CT_TABLE_COUNT] = {
        [CT_TABLE_REQUEST] = "Request", [CT_TABLE_PATH] = "Path parameters", [CT_TABLE_QUERY] = "Query",
        [CT_TABLE_FORM] = "Form",       [CT_TABLE_HEADERS] = "Headers",      [CT_TABLE_COOKIES] = "Cookies",
        [CT_TABLE_SESSION] = "Session", [CT_TABLE_SETTINGS] = "Settings",    [CT_TABLE_VERSIONS] = "Versions",
    };
    const ct_http1_head *head = &c->exchange.head;
    *facts = (ct_facts){ .request_id = ct_request_id(c), .site = c->site, .prefix = c->prefix ? c->prefix : "" };
    ct_arena_init(&facts->arena, NULL, 0);
    for (int i = 0; i < CT_TABLE_COUNT; i++)
        facts->tables[i].title = titles[i];
    facts->method = copy(facts, head->method_name);
    facts->path = shown_path(facts, c);
    if (crash)
        describe_crash(facts, crash);
    else
        describe_error(facts, c);
    facts->title = ct_status_text(facts->status);
    describe_request(facts, c);
    add_encoded(facts, CT_TABLE_QUERY, head->query);
    describe_headers(facts, c);
    describe_uploads(facts, c);
    describe_session(facts, c);
    describe_settings(facts, c->site->settings);
    describe_versions(facts, c);
}

void ct_facts_finish(ct_facts *facts)
{
    ct_arena_finish(&facts->arena);
}
