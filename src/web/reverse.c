/* Building the URL of an endpoint: which one is meant, then its pattern with the values put in.
 *
 * A URL that is built leads back: a value is refused when its converter would not take it, when it is empty, and when
 * browsers would change it on the way ("." and ".." as a whole segment, doubled slashes).
 * Not here: the prefix of a proxy, scheme and host of the request (those are the caller's). */
#include "base/nearest.h"
#include "proto/url.h"
#include "shape/json_write.h"
#include "web/trie.h"

#include <math.h>
#include <stdio.h>

typedef struct reverse {
    const ct_router *router;
    const ct_match *current; /* or NULL */
    const ct_kv *values;
    size_t count;
    ct_buffer *out;
    ct_error *error;
    const ct_plan *plan;
    ct_str text;       /* of the value at hand: its own, or in `written` */
    ct_buffer written; /* in the memory of `out` */
    bool failed;       /* of memory for the app's converters */
    ct_arena arena;    /* for them */
} reverse;

/* ---- which endpoint ---- */

static const ct_value *given(const reverse *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->values[i].key, name) == 0)
            return &r->values[i].value;
    }
    return NULL;
}

/* The value of an outer parameter in the current request. */
static const ct_str *lent(const reverse *r, const ct_plan *plan, uint32_t index)
{
    const ct_endpoint *current = r->current ? r->current->endpoint : NULL;
    if (!current || index >= plan->endpoint.outer_count)
        return NULL;
    for (uint32_t i = 0; i < current->outer_count; i++) {
        if (strcmp(current->parameters[i], plan->endpoint.parameters[index]) == 0)
            return &r->current->values[i];
    }
    return NULL;
}

/* The first parameter without a value; parameter_count: none. *ret_used counts the values given. */
static uint32_t first_missing(const reverse *r, const ct_plan *plan, uint32_t *ret_used)
{
    const ct_endpoint *endpoint = &plan->endpoint;
    uint32_t missing = endpoint->parameter_count;
    *ret_used = 0;
    for (uint32_t i = endpoint->parameter_count; i-- > 0;) {
        const ct_value *value = given(r, endpoint->parameters[i]);
        if (value && value->type != CT_VALUE_NULL)
            ++*ret_used;
        else if (!lent(r, plan, i))
            missing = i;
    }
    return missing;
}

static uint32_t shared_mounts(const reverse *r, const ct_plan *plan)
{
    const ct_mount *here = r->current ? r->current->mount : NULL;
    return here ? ct_mount_common(here, plan->endpoint.mount)->depth : 0;
}

typedef struct candidate {
    const ct_plan *plan;
    uint32_t used, shared;
} candidate;

static void consider(const reverse *r, const ct_plan *plan, candidate *best)
{
    candidate this = { .plan = plan, .shared = shared_mounts(r, plan) };
    if (first_missing(r, plan, &this.used) < plan->endpoint.parameter_count)
        return;
    if (!best->plan || this.used > best->used || (this.used == best->used && this.shared > best->shared))
        *best = this;
}

static void refuse_missing(const reverse *r, const ct_plan *plan)
{
    uint32_t used, missing = first_missing(r, plan, &used);
    const char *name = plan->endpoint.parameters[missing];
    ct_fail(r->error, "the URL of \"%s\" (%s) needs the parameter \"%s\": KV(\"%s\", ...)", plan->endpoint.name,
            plan->endpoint.pattern, name, name);
}

/* "page" looks up "polls.inner.page", "polls.page", "page" for a request inside of polls.inner. */
static const ct_plan *find_name(const reverse *r, const char *name)
{
    for (const ct_mount *mount = r->current ? r->current->mount : NULL; mount; mount = mount->parent) {
        char whole[256];
        if (!*mount->namespace_)
            break;
        int length = snprintf(whole, sizeof(whole), "%s.%s", mount->namespace_, name);
        if (length < 0 || (size_t)length >= sizeof(whole))
            continue;
        const ct_plan *plan = ct_strmap_get(&r->router->by_name, (ct_str){ whole, (size_t)length });
        if (plan)
            return plan;
    }
    return ct_strmap_get(&r->router->by_name, ct_str_of(name));
}

/* The name nearest to a wrong one: the whole, or its last part where the wrong one has no namespace. */
static const char *nearest_name(const ct_router *router, const char *name)
{
    ct_nearest nearest = ct_nearest_to(name);
    const char *best = NULL;
    for (size_t i = 0; i < router->plan_count; i++) {
        const char *whole = router->plans[i]->endpoint.name, *dot = strrchr(whole, '.');
        size_t before = nearest.distance;
        ct_nearest_try(&nearest, whole);
        if (dot && !strchr(name, '.'))
            ct_nearest_try(&nearest, dot + 1);
        if (nearest.distance < before)
            best = whole;
    }
    return best;
}

/* As many names as the message holds. */
static void refuse_name(const reverse *r, const char *name)
{
    const char *nearest = nearest_name(r->router, name);
    char list[300] = "";
    size_t length = 0;
    if (nearest) {
        ct_fail(r->error, "there is no route \"%.80s\"; did you mean \"%s\"?", name, nearest);
        return;
    }
    for (size_t i = 0; i < r->router->plan_count; i++) {
        const ct_plan *plan = r->router->plans[i];
        if (ct_strmap_get(&r->router->by_name, ct_str_of(plan->endpoint.name)) != plan)
            continue; /* another pattern of a name that was listed */
        int more = snprintf(list + length, sizeof(list) - length, "%s%s", length ? ", " : "", plan->endpoint.name);
        if (more < 0 || length + (size_t)more + sizeof(", ...") > sizeof(list)) {
            snprintf(list + length, sizeof(list) - length, ", ...");
            break;
        }
        length += (size_t)more;
    }
    ct_fail(r->error, "there is no route \"%.80s\"; there %s%s", name, length ? "are: " : "are none", list);
}

/* NULL with a message when there is none. */
static const ct_plan *choose(const reverse *r, const char *name, ct_handler *handler)
{
    candidate best = { 0 };
    const ct_plan *first = name ? find_name(r, name) : ct_strmap_get(&r->router->by_handler, ct_handler_key(&handler));
    for (const ct_plan *plan = first; plan; plan = name ? plan->next_of_name : plan->next_of_handler)
        consider(r, plan, &best);
    if (!first && name)
        refuse_name(r, name);
    else if (!first)
        ct_fail(r->error, "no route has this handler: a URL needs a row in a mounted app's .routes");
    else if (!best.plan)
        refuse_missing(r, first);
    return best.plan;
}

/* ---- values ---- */

static bool refuse_value(const reverse *r, const char *name, const char *why)
{
    return ct_fail(r->error, "the URL of \"%s\" (%s): the value of \"%s\" %s", r->plan->endpoint.name,
                   r->plan->endpoint.pattern, name, why);
}

static bool set_text(reverse *r, ct_str text)
{
    r->text = text;
    return true;
}

/* The value as text, in r->text. */
static bool write_text(reverse *r, const char *name, ct_value value)
{
    r->written.length = 0;
    if (value.type == CT_VALUE_MAP || value.type == CT_VALUE_ARRAY)
        return refuse_value(r, name,
                            value.type == CT_VALUE_MAP ? "is a map, which cannot stand in a URL"
                                                       : "is an array, where one value is needed");
    if (value.type == CT_VALUE_ROW || value.type == CT_VALUE_ROWS)
        return refuse_value(r, name, "is a row or a list of rows, which cannot stand in a URL: take one of its fields");
    if (value.type == CT_VALUE_REAL && !isfinite(value.real))
        return refuse_value(r, name, "is no finite number");
    if (value.type == CT_VALUE_TEXT || value.type == CT_VALUE_SAFE)
        return set_text(r, ct_str_of(value.text));
    if (!ct_json_write(&r->written, value, 0))
        return refuse_value(r, name, "cannot be written");
    return set_text(r, (ct_str){ r->written.data, r->written.length });
}

/* Whether the segment would be "." or "..", with the text around the parameter. */
static bool is_dots(ct_str before, ct_str text, ct_str after)
{
    size_t length = before.length + text.length + after.length;
    return length <= 2 && ct_str_starts(CT_STR(".."), before) && ct_str_starts(CT_STR(".."), text) &&
           ct_str_starts(CT_STR(".."), after);
}

/* What browsers would change: a segment of dots, and slashes at the wrong place. `last`: nothing follows the path. */
static bool check_path(const reverse *r, const ct_segment *segment, ct_str text, bool last)
{
    ct_str rest = text, before = segment->before;
    if (last && ct_str_ends(rest, CT_STR("/")))
        rest.length--;
    while (rest.data) {
        const char *slash = memchr(rest.data, '/', rest.length);
        ct_str part = { rest.data, slash ? (size_t)(slash - rest.data) : rest.length };
        if (!part.length)
            return refuse_value(r, segment->parameter, "has an empty segment (\"/\" at an end, or \"//\")");
        if (is_dots(before, part, segment->after))
            return refuse_value(r, segment->parameter, "has a segment \".\" or \"..\", which browsers resolve");
        before.length = 0;
        rest = slash ? (ct_str){ slash + 1, rest.length - part.length - 1 } : (ct_str){ NULL, 0 };
    }
    return true;
}

static bool check_value(reverse *r, const ct_segment *segment, ct_str text, bool last)
{
    char why[160];
    if (!text.length)
        return refuse_value(r, segment->parameter, "is empty");
    if (!ct_utf8_valid(text.data, text.length))
        return refuse_value(r, segment->parameter, "is not valid UTF-8");
    if (!ct_segment_accepts(segment, text, &r->arena, &r->failed)) {
        snprintf(why, sizeof(why), "is \"%.*s\", which is no %s", (int)CT_MIN(text.length, 40), text.data,
                 segment->converter);
        return refuse_value(r, segment->parameter, why);
    }
    if (segment->kind == CT_SEGMENT_PATH)
        return check_path(r, segment, text, last);
    if (is_dots(segment->before, text, segment->after))
        return refuse_value(r, segment->parameter, "is \".\" or \"..\", which browsers resolve");
    return true;
}

/* Puts the value of the parameter, which first_missing() has found, into r->text. */
static bool parameter_text(reverse *r, const ct_segment *segment, uint32_t index, bool last)
{
    const ct_value *value = given(r, segment->parameter);
    if (value && value->type != CT_VALUE_NULL) {
        if (segment->kind == CT_SEGMENT_INT && value->type == CT_VALUE_REAL)
            return refuse_value(r, segment->parameter, "is a real number, where a whole one is needed");
        if (!write_text(r, segment->parameter, *value))
            return false;
    } else {
        set_text(r, *lent(r, r->plan, index));
    }
    return check_value(r, segment, r->text, last);
}

/* ---- the URL ---- */

/* Whether the request came to the host that the URL leads to. */
static bool is_current_host(reverse *r)
{
    const ct_plan *here = r->current && r->current->endpoint ? ct_plan_of(r->current->endpoint) : NULL;
    const ct_pattern *host = &r->plan->host;
    uint32_t index = 0;
    if (!here || !ct_pattern_same(&here->host, host))
        return false;
    for (uint32_t i = 0; i < host->count; i++) {
        const char *name = host->segments[i].parameter;
        const ct_value *value = name ? given(r, name) : NULL;
        const ct_str *now = name ? &r->current->values[index++] : NULL;
        if (!value || value->type == CT_VALUE_NULL)
            continue;
        if (!write_text(r, name, *value) || !ct_str_eq_nocase(r->text, *now))
            return false;
    }
    return true;
}

static bool write_host(reverse *r)
{
    const ct_pattern *host = &r->plan->host;
    uint32_t index = 0;
    if (!host->count || is_current_host(r))
        return true;
    ct_buffer_str(r->out, CT_STR("//"));
    for (uint32_t i = 0; i < host->count; i++) {
        const ct_segment *segment = &host->segments[i];
        if (i)
            ct_buffer_char(r->out, '.');
        ct_buffer_str(r->out, segment->before);
        if (!segment->parameter)
            continue;
        if (!parameter_text(r, segment, index++, false))
            return false;
        for (size_t j = 0; j < r->text.length; j++) {
            char lower = ct_ascii_lower(r->text.data[j]);
            if ((lower < 'a' || lower > 'z') && (lower < '0' || lower > '9') && lower != '-' && lower != '_')
                return refuse_value(r, segment->parameter, "cannot stand in a host's name");
            ct_buffer_char(r->out, lower);
        }
        ct_buffer_str(r->out, segment->after);
    }
    return true;
}

static bool write_path(reverse *r)
{
    const ct_pattern *path = &r->plan->path;
    uint32_t index = r->plan->host.parameter_count;
    for (uint32_t i = 0; i < path->count; i++) {
        const ct_segment *segment = &path->segments[i];
        ct_buffer_char(r->out, '/');
        ct_url_encode(r->out, segment->before, CT_URL_SEGMENT);
        if (!segment->parameter)
            continue;
        if (!parameter_text(r, segment, index++, i + 1 == path->count && !path->slash))
            return false;
        ct_url_encode(r->out, r->text, segment->kind == CT_SEGMENT_PATH ? CT_URL_PATH : CT_URL_SEGMENT);
        ct_url_encode(r->out, segment->after, CT_URL_SEGMENT);
    }
    if (path->slash)
        ct_buffer_char(r->out, '/');
    return true;
}

static bool is_parameter(const reverse *r, const char *name)
{
    const ct_endpoint *endpoint = &r->plan->endpoint;
    for (uint32_t i = 0; i < endpoint->parameter_count; i++) {
        if (strcmp(endpoint->parameters[i], name) == 0)
            return true;
    }
    return false;
}

static bool write_pair(reverse *r, const char *name, ct_value value, char *separator)
{
    if (value.type == CT_VALUE_NULL)
        return true;
    if (!write_text(r, name, value))
        return false;
    ct_buffer_char(r->out, *separator);
    *separator = '&';
    ct_url_encode(r->out, ct_str_of(name), CT_URL_QUERY);
    ct_buffer_char(r->out, '=');
    ct_url_encode(r->out, r->text, CT_URL_QUERY);
    return true;
}

static bool write_query(reverse *r)
{
    char separator = '?';
    for (size_t i = 0; i < r->count; i++) {
        const ct_kv *pair = &r->values[i];
        if (strcmp(pair->key, "_anchor") == 0 || is_parameter(r, pair->key))
            continue;
        size_t items = pair->value.type == CT_VALUE_ARRAY ? ct_array_count(pair->value.array) : 0;
        for (size_t j = 0; j < items; j++) {
            if (!write_pair(r, pair->key, ct_array_at(pair->value.array, j), &separator))
                return false;
        }
        if (pair->value.type != CT_VALUE_ARRAY && !write_pair(r, pair->key, pair->value, &separator))
            return false;
    }
    return true;
}

static bool write_anchor(reverse *r)
{
    const ct_value *anchor = given(r, "_anchor");
    if (!anchor || anchor->type == CT_VALUE_NULL || is_parameter(r, "_anchor"))
        return true;
    if (!write_text(r, "_anchor", *anchor))
        return false;
    ct_buffer_char(r->out, '#');
    ct_url_encode(r->out, r->text, CT_URL_PATH);
    return true;
}

bool ct_router_url(const ct_site *site, const ct_match *current, const char *name, ct_handler *handler,
                   const ct_kv *values, size_t count, ct_buffer *out, ct_error *error)
{
    reverse r = {
        .router = site->router, .current = current, .values = values, .count = count, .out = out, .error = error
    };
    if (out->arena)
        r.written = ct_buffer_in(out->arena);
    ct_arena_init(&r.arena, NULL, 0);
    r.plan = choose(&r, name, handler);
    bool good = r.plan && write_host(&r) && write_path(&r) && write_query(&r) && write_anchor(&r);
    ct_buffer_finish(&r.written);
    ct_arena_finish(&r.arena);
    return good;
}

bool ct_router_url_query(const char *name, const char *parameter, const ct_kv *values, size_t count, ct_buffer *out,
                         ct_error *error)
{
    const ct_plan plan = { .endpoint = {
                               .name = name, .pattern = name, .parameters = { parameter }, .parameter_count = 1 } };
    reverse r = { .plan = &plan, .values = values, .count = count, .out = out, .error = error };
    if (out->arena)
        r.written = ct_buffer_in(out->arena);
    bool good = write_query(&r) && write_anchor(&r);
    ct_buffer_finish(&r.written);
    return good;
}

/* ---- names ---- */

const ct_endpoint *ct_router_named(const ct_site *site, const ct_match *current, const char *name,
                                   const ct_endpoint *after)
{
    const reverse r = { .router = site->router, .current = current };
    const ct_plan *plan = after ? ct_plan_of(after)->next_of_name : find_name(&r, name);
    return plan ? &plan->endpoint : NULL;
}

const char *ct_router_nearest_name(const ct_site *site, const char *name)
{
    return nearest_name(site->router, name);
}
