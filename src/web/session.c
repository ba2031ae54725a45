/* Sessions: values by name, loaded when first asked for, kept when they have changed.
 *
 *   request ─> Cookie ─> store: load ─> JSON ─> values ─> ... ─> JSON ─> store: save ─> Set-Cookie, Vary
 *              only when a function below is called              when the response is about to be sent
 *
 * What is set is made JSON and read back at once, so that a request sees what the next one will. A request that does
 * not ask for its session costs nothing: c->session stays NULL.
 *
 * The store's failures are the request's. A session that could not be saved stays as it was, and the error's own answer
 * says nothing of it.
 *
 * Not here: where sessions are kept (session_cookie.c is one store), flashed messages (flash.c), what templates see
 * (template_session.c). */
#include "web/session.h"

#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/cookie.h"
#include "shape/json_read.h"
#include "shape/value.h"
#include "web/ct.h"
#include "web/response.h"
#include "web/settings.h"

#include <math.h>
#include <strings.h>

#define MOST_NAME 256 /* of the cookie */
#define TRIES 4       /* cookies of the name that are looked at: other parties on the domain can set some */

/* ---- settings ---- */

static void check_placement(const ct_site *site, ct_problems *problems)
{
    for (size_t i = 1; i < site->mount_count && !site->app->sessions; i++) {
        const ct_mount *mount = site->mounts[i];
        if (mount->app->sessions)
            ct_problems_add(problems, CT_PROBLEM_ERROR,
                            "%s:%d: the app %s has .sessions, which belongs to the root app, for all of the site",
                            mount->row->file ? mount->row->file : "?", mount->row->line,
                            mount->app->name ? mount->app->name : "");
    }
}

/* Whether browsers tie a cookie of that name to https by themselves. They compare without case. */
static bool has_prefix(const char *name)
{
    static const ct_str prefixes[] = { { "__Host-", 7 }, { "__Secure-", 9 }, { "__Http-", 7 } };
    for (size_t i = 0; i < CT_COUNT(prefixes); i++)
        if (strncasecmp(name, prefixes[i].data, prefixes[i].length) == 0)
            return true;
    return false;
}

/* What cannot be without Secure, or NULL. */
static const char *demands_secure(const ct_config *config)
{
    if (has_prefix(config->session_cookie_name))
        return "a name that begins so (session_cookie_name)";
    if (config->session_cookie_samesite == CT_SAMESITE_NONE)
        return "session_cookie_samesite = none";
    return config->session_cookie_partitioned ? "session_cookie_partitioned" : NULL;
}

static bool can_be_set(const char *name, const ct_cookie_options *options, ct_error *error)
{
    ct_buffer out = { 0 };
    bool good = ct_cookie_format(&out, name, "x", options, error);
    ct_buffer_finish(&out);
    return good;
}

/* The name as the setting has it: with "__Host-" before it, an empty one would pass. */
static bool check_name_setting(const ct_site *site, const char *name, ct_problems *problems)
{
    static const char setting[] = "session_cookie_name";
    const char *source = site->settings ? ct_settings_find(site->settings, setting)->source : "settings";
    ct_error error;
    if (strlen(name) > MOST_NAME)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s has %zu bytes, the most is %d", source, setting,
                        strlen(name), MOST_NAME);
    else if (!can_be_set(name, &(ct_cookie_options){ .secure = true }, &error))
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s: %s", source, setting, error.message);
    else
        return true;
    return false;
}

/* On https and on http. */
static void check_cookies(const ct_session_policy *policy, ct_problems *problems)
{
    ct_cookie_options secured = policy->options;
    ct_error error;
    secured.secure |= policy->follows_scheme;
    if (!can_be_set(policy->host_name, &secured, &error) || !can_be_set(policy->name, &policy->options, &error))
        ct_problems_add(problems, CT_PROBLEM_ERROR, "the settings session_cookie_*: %s", error.message);
}

void ct_session_prepare(ct_site *site, ct_problems *problems)
{
    enum { AUTO, ALWAYS, NEVER };
    const ct_config *config = &site->config;
    const ct_session_store *store = site->app->sessions;
    check_placement(site, problems);
    if (!store)
        return;
    if (!store->load || !store->save)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "the session store %s has no %s function",
                        store->name ? store->name : "", store->load ? "save" : "load");
    const char *name = config->session_cookie_name, *domain = config->session_cookie_domain;
    const char *path = config->session_cookie_path, *demand = demands_secure(config);
    bool never = config->session_cookie_secure == NEVER;
    bool host = !never && !has_prefix(name) && !*domain && strcmp(path, "/") == 0;
    if (demand && never)
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "browsers refuse %s without Secure: session_cookie_secure must be auto or always", demand);
    ct_session_policy *policy = ct_site_zalloc(&site->arena, sizeof(*policy));
    policy->host_name = host ? ct_arena_printf(&site->arena, "__Host-%s", name) : name;
    policy->options = (ct_cookie_options){ .path = path,
                                           .domain = *domain ? domain : NULL,
                                           .secure = config->session_cookie_secure == ALWAYS || (demand && !never),
                                           .partitioned = config->session_cookie_partitioned,
                                           .same_site = (ct_same_site)config->session_cookie_samesite };
    policy->follows_scheme = !policy->options.secure && !never;
    policy->name = policy->options.secure ? policy->host_name : name;
    site->session_policy = policy;
    if (check_name_setting(site, name, problems) && !(demand && never))
        check_cookies(policy, problems);
}

/* ---- loading ---- */

bool ct_session_possible(const ct *c)
{
    return c->is_request && c->site->session_policy;
}

const char *ct_session_cookie_name(ct *c)
{
    const ct_session_policy *policy = c->site->session_policy;
    return ct_is_secure(c) ? policy->host_name : policy->name;
}

/* The map without a pair; `name` NULL: all of it. */
static ct_map *copy_map(ct *c, const ct_map *from, const char *name)
{
    ct_map *map = ct_map_in(c->arena, from->count);
    if (!map)
        ct_out_of_memory(c);
    map->c = c;
    for (uint32_t i = 0; i < from->count; i++)
        if ((!name || strcmp(from->pairs[i].key, name) != 0) &&
            !ct_map_put(map, from->pairs[i].key, from->pairs[i].value))
            ct_out_of_memory(c);
    return map;
}

/* JSON that the session's own functions have written, or a store has kept; false: it is none, or no object. */
static bool read_json(ct *c, const char *json, ct_value *ret_value)
{
    ct_error error;
    if (ct_json_read(ct_str_of(json), c->arena, ret_value, &error))
        return true;
    if (error.status == 413)
        ct_out_of_memory(c);
    return false;
}

static bool load_token(ct *c, ct_session_state *s, const char *token)
{
    ct_stored_session stored;
    ct_value value;
    if (!c->site->app->sessions->load(c, token, &stored) ||
        ct_session_is_over(&stored, c->site->config.session_lifetime, ct_now()) || !read_json(c, stored.json, &value) ||
        value.type != CT_VALUE_MAP)
        return false;
    s->values = copy_map(c, value.map, NULL);
    s->permanent = stored.permanent;
    s->token = token;
    return true;
}

static ct_session_state *load(ct *c, const char *function)
{
    ct_need_request(c, function);
    if (!c->site->session_policy)
        ct_mistake(c, "%s() needs sessions, and the app %s keeps none: give it .sessions = &ct_cookie_sessions",
                   function, c->site->app->name);
    if (c->exchange.answered)
        ct_mistake(c,
                   "%s() comes too late: the head of the answer has left without saying that the answer depends on the "
                   "session (Vary: Cookie). Read the session before the stream's function runs; then it can be read "
                   "there too",
                   function);
    ct_session_state *s = ct_alloc(c, sizeof(*s));
    const char *name = ct_session_cookie_name(c);
    if (ct_cookie(c, name)) {
        int tries = 0;
        s->has_cookie = true;
        for (uint32_t i = 0; i < c->cookies->count && !s->values && tries < TRIES; i++) {
            const ct_param *cookie = &c->cookies->items[i];
            if (ct_str_eq(cookie->name, ct_str_of(name)) && ++tries)
                load_token(c, s, cookie->value.data);
        }
    }
    if (!s->values)
        s->values = ct_map_new(c);
    return c->session = s;
}

static ct_session_state *session_of(ct *c, const char *function)
{
    return c->session ? c->session : load(c, function);
}

/* For a change; `function` makes it. */
static ct_session_state *changed(ct *c, const char *function)
{
    if (c->exchange.answered && ct_session_possible(c))
        ct_mistake(c,
                   "%s() comes too late: the head of the answer has left, and with it what the browser is told of the "
                   "session. Change it before the stream's function runs",
                   function);
    ct_session_state *s = session_of(c, function);
    if (s->changed)
        return s;
    s->before = s->values;
    s->was_permanent = s->permanent;
    s->values = copy_map(c, s->before, NULL);
    s->changed = true;
    return s;
}

const ct_map *ct_session_values(ct *c, const char *function)
{
    return session_of(c, function)->values;
}

void ct_session_put(ct *c, const char *function, const char *name, ct_value value)
{
    ct_session_state *s = changed(c, function);
    ct_value copy;
    if (value.type == CT_VALUE_REAL && !isfinite(value.real))
        ct_mistake(c, "%s: \"%s\" is a number that JSON does not have (infinite, or none)", function, name);
    if (!read_json(c, ct_to_json(c, value), &copy) || !ct_map_put(s->values, ct_strdup(c, name), copy))
        ct_out_of_memory(c);
}

void ct_session_drop(ct *c, const char *function, const char *name)
{
    ct_session_state *s = session_of(c, function);
    if (ct_map_find(s->values, ct_str_of(name)))
        s->values = copy_map(c, changed(c, function)->values, name);
}

/* ---- the public functions ---- */

static ct_value value_of(ct *c, const char *function, const char *name)
{
    const ct_kv *pair = ct_map_find(ct_session_values(c, function), ct_str_of(ct_needed(c, function, name)));
    return pair ? pair->value : ct_value_null();
}

const char *ct_session(ct *c, const char *name)
{
    ct_value value = value_of(c, __func__, name);
    return value.type == CT_VALUE_TEXT ? value.text : NULL;
}

int64_t ct_session_int(ct *c, const char *name)
{
    ct_value value = value_of(c, __func__, name);
    return value.type == CT_VALUE_INT ? value.integer : 0;
}

ct_value ct_session_value(ct *c, const char *name)
{
    return value_of(c, __func__, name);
}

static void check_name(ct *c, const char *function, const char *name)
{
    if (*ct_needed(c, function, name) == '_')
        ct_mistake(c, "%s: \"%s\" begins with '_', and such names are Canteen's own", function, name);
}

void ct_session_set_value(ct *c, const char *name, ct_value value)
{
    check_name(c, "ct_session_set", name);
    ct_session_put(c, "ct_session_set", name, value);
}

void ct_session_remove(ct *c, const char *name)
{
    check_name(c, __func__, name);
    ct_session_drop(c, __func__, name);
}

void ct_session_clear(ct *c)
{
    ct_session_state *s = changed(c, __func__);
    s->values = ct_map_new(c);
    s->permanent = false;
    s->renewed = true;
}

void ct_session_renew(ct *c)
{
    changed(c, __func__)->renewed = true;
}

void ct_session_permanent(ct *c, bool permanent)
{
    if (session_of(c, __func__)->permanent != permanent)
        changed(c, __func__)->permanent = permanent;
}

/* ---- keeping ---- */

static void forget(ct *c, ct_session_state *s)
{
    const ct_session_store *store = c->site->app->sessions;
    if (s->token && store->drop)
        store->drop(c, s->token);
    s->token = NULL;
    s->outcome = s->has_cookie ? CT_SESSION_GONE : CT_SESSION_AS_IT_IS;
}

static void save(ct *c, ct_session_state *s, ct_map *values, bool permanent)
{
    const ct_session_store *store = c->site->app->sessions;
    const ct_stored_session stored = { .json = ct_to_json(c, ct_value_of_map(values)),
                                       .saved = ct_now(),
                                       .permanent = permanent };
    const char *old = s->token;
    const char *token = store->save(c, s->renewed ? NULL : old, &stored, c->site->config.session_lifetime);
    if (!token)
        ct_mistake(c, "the session store %s returned no token", store->name ? store->name : "");
    if (s->renewed && old && store->drop)
        store->drop(c, old);
    s->token = token;
    s->renewed = false;
    s->outcome = CT_SESSION_SET;
}

/* While the store is asked the session is as it was: should it abort, the error's handler finds it so. */
static void keep(ct *c, ct_session_state *s)
{
    ct_map *values = s->values;
    bool permanent = s->permanent;
    bool refresh = permanent && s->token && !s->kept && c->site->config.session_refresh;
    if (s->failed || (!s->changed && !refresh))
        return;
    if (s->changed) {
        s->values = s->before;
        s->permanent = s->was_permanent;
    }
    s->changed = false;
    s->kept = s->failed = true;
    if (values->count)
        save(c, s, values, permanent);
    else
        forget(c, s);
    s->values = values;
    s->permanent = permanent;
    s->failed = false;
}

void ct_session_finish(ct *c, ct_response *r)
{
    ct_session_state *s = c->session;
    if (s->told == r)
        return;
    ct_vary(r, "Cookie");
    keep(c, s);
    ct_cookie_options options = c->site->session_policy->options;
    options.secure |= c->site->session_policy->follows_scheme && ct_is_secure(c);
    options.expired = s->outcome == CT_SESSION_GONE;
    if (s->permanent)
        options.max_age = c->site->config.session_lifetime;
    if (s->outcome != CT_SESSION_AS_IT_IS)
        ct_response_add_cookie(r, ct_session_cookie_name(c), options.expired ? "" : s->token, &options);
    s->told = r;
}
