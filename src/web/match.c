/* Matching a request: the hot half of the router.
 *
 *   "/users/7/edit"  ── whole path in the set's hash? ─ yes ─> leaf ─> endpoint of the method
 *                    └─ no: split, decode, walk the trie depth-first in order of specificity
 *
 * The walk goes back to the next alternative wherever nothing fits, so it is complete. It is bounded because the trie
 * is a tree: a node is reached at one depth only, and those below `path` edges, which can be reached at several, are
 * marked per segment (`been`): what failed there once fails again, for nothing below depends on how the walk came.
 *
 * All segments lie one behind another in memory, with '/' between them, whether decoded or not: the value of a path
 * parameter is a slice like every other. */
#include "proto/url.h"
#include "web/trie.h"

#define MAX_HOST 253

typedef struct matcher {
    const ct_router *router;
    const ct_host_set *set;
    ct_arena *arena;
    ct_match *match;
    ct_str path;
    ct_str segments[CT_MAX_SEGMENTS];
    uint32_t count;
    bool is_split, slash; /* the path ends in '/' */
    int method;           /* index into router->methods; -1: one that no route names */
    uint32_t value_count;
    const ct_plan *found;
    const ct_mount *mount;       /* the innermost so far whose prefix fits */
    uint64_t allow;              /* methods of routes that fit but for the method */
    const ct_mount *allow_mount; /* of the most specific of them */
    bool slash_missing;          /* a route that fits with a '/' more, but for the method */
    uint64_t *been;              /* by node number: bit i, it was visited at segment i + 1 */
    bool failed;                 /* the arena's limit was passed */
} matcher;

typedef enum outcome {
    OUTCOME_NONE,
    OUTCOME_FOUND,
    OUTCOME_SLASH /* the most specific route wants a '/' at the end */
} outcome;

/* ---- the walk ---- */

static const ct_plan *plan_of(const matcher *m, const ct_leaf *leaf)
{
    return CT_LIKELY(m->method >= 0) ? leaf->by_method[m->method] : leaf->any;
}

static outcome take(matcher *m, const ct_leaf *leaf)
{
    m->found = plan_of(m, leaf);
    if (CT_LIKELY(m->found != NULL))
        return OUTCOME_FOUND;
    if (!m->allow)
        m->allow_mount = leaf->mount;
    m->allow |= leaf->methods;
    return OUTCOME_NONE;
}

static outcome at_end(matcher *m, const ct_node *node)
{
    outcome result = OUTCOME_NONE;
    if (m->slash) {
        if (node->slash)
            result = take(m, node->slash);
        if (result == OUTCOME_NONE && node->is_path && node->plain) {
            ct_str *value = &m->match->values[m->value_count - 1];
            value->length++;
            result = take(m, node->plain);
            value->length -= result == OUTCOME_NONE;
        }
        return result;
    }
    if (node->plain)
        result = take(m, node->plain);
    if (result == OUTCOME_NONE && node->slash) {
        if (plan_of(m, node->slash))
            return OUTCOME_SLASH;
        m->slash_missing = true;
    }
    return result;
}

static outcome visit(matcher *m, const ct_node *node, uint32_t at);

static outcome follow(matcher *m, const ct_edge *edge, ct_str value, uint32_t at)
{
    m->match->values[m->value_count++] = value;
    outcome result = visit(m, edge->child, at);
    if (result == OUTCOME_NONE)
        m->value_count--;
    return result;
}

/* A path parameter takes the segment `at` and those behind it, as few as it can. */
static outcome follow_path(matcher *m, const ct_edge *edge, uint32_t at)
{
    const ct_node *child = edge->child;
    bool is_last = !child->fixed.count && !child->edge_count;
    ct_str value;
    if (!ct_segment_cut(edge->segment, m->segments[at], &value))
        return OUTCOME_NONE;
    if (!is_last && !m->been) {
        m->been = ct_arena_zalloc(m->arena, m->set->numbers * sizeof *m->been);
        if (!m->been) {
            m->failed = true;
            return OUTCOME_NONE;
        }
    }
    for (uint32_t end = is_last ? m->count : at + 1; end <= m->count; end++) {
        const ct_str *last = &m->segments[end - 1];
        value.length = (size_t)(last->data + last->length - value.data);
        outcome result = follow(m, edge, value, end);
        if (result != OUTCOME_NONE)
            return result;
    }
    return OUTCOME_NONE;
}

static bool was_here(matcher *m, const ct_node *node, uint32_t at)
{
    if (!node->number || !m->been)
        return false;
    uint64_t *been = &m->been[node->number - 1], bit = (uint64_t)1 << (at - 1);
    bool was = *been & bit;
    *been |= bit;
    return was;
}

/* Everything that fits from the segment `at` on, below `node`. */
static outcome visit(matcher *m, const ct_node *node, uint32_t at)
{
    outcome result = OUTCOME_NONE;
    if (was_here(m, node, at))
        return OUTCOME_NONE;
    m->match->steps++;
    if (node->mount && node->mount->depth > m->mount->depth)
        m->mount = node->mount;
    if (at == m->count)
        return at_end(m, node);
    const ct_node *child = ct_strmap_get(&node->fixed, m->segments[at]);
    if (child)
        result = visit(m, child, at + 1);
    for (uint32_t i = 0; i < node->edge_count && result == OUTCOME_NONE; i++) {
        const ct_edge *edge = &node->edges[i];
        ct_str value;
        if (edge->segment->kind == CT_SEGMENT_PATH)
            result = follow_path(m, edge, at);
        else if (ct_segment_cut(edge->segment, m->segments[at], &value) &&
                 ct_segment_accepts(edge->segment, value, m->arena, &m->failed))
            result = follow(m, edge, value, at + 1);
    }
    return result;
}

/* ---- the path ---- */

/* Splits text without empty segments at '/'; false when there are too many. */
static bool split(matcher *m, ct_str path)
{
    const char *at = path.data + 1, *end = path.data + path.length;
    m->slash = end[-1] == '/';
    while (at < end) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        const char *stop = slash ? slash : end;
        if (m->count == CT_MAX_SEGMENTS)
            return false;
        m->segments[m->count++] = (ct_str){ at, (size_t)(stop - at) };
        at = stop + 1;
    }
    return true;
}

/* Decodes each segment; they lie behind one another in a copy. False: malformed, or no memory (m->failed). */
static bool decode_segments(matcher *m)
{
    char *out = ct_arena_alloc(m->arena, m->path.length + 1);
    m->failed |= !out;
    for (uint32_t i = 0; out && i < m->count; i++) {
        size_t length;
        if (!ct_url_decode_into(out, m->segments[i], false, &length, NULL))
            return false;
        m->segments[i] = (ct_str){ out, length };
        out += length;
        *out++ = '/';
    }
    return !m->failed;
}

typedef enum split_result { SPLIT_DONE, SPLIT_DOUBLE /* has "//" */, SPLIT_TOO_MANY, SPLIT_BAD } split_result;

static split_result split_path(matcher *m)
{
    ct_error error;
    ct_str decoded;
    m->is_split = true;
    if (ct_url_has_double_slash(m->path))
        return SPLIT_DOUBLE;
    bool few = split(m, m->path), has_escapes = memchr(m->path.data, '%', m->path.length);
    if (few && has_escapes && decode_segments(m))
        return SPLIT_DONE;
    /* The whole at once: to check a path without escapes, which costs no copy, and for a message that counts bytes from
     * the start. A character cut by a '/' is malformed in its segment alone and shows here too: "/" is never a part. */
    if (m->failed)
        return SPLIT_BAD;
    if (ct_url_decode(m->arena, m->path, false, &decoded, &error))
        return few ? SPLIT_DONE : SPLIT_TOO_MANY;
    m->failed |= error.status == 500;
    m->match->reason = ct_arena_printf(m->arena, "the path is malformed: %s", error.message);
    m->failed |= !m->match->reason;
    return SPLIT_BAD;
}

/* ---- hosts ---- */

/* The name in lower case without port and the dot at the end; empty when there is none or it is too long. */
static ct_str host_name(ct_str host, char buffer[MAX_HOST])
{
    const char *bracket = host.length && host.data[0] == '[' ? memchr(host.data, ']', host.length) : NULL;
    const char *from = bracket ? bracket : host.data;
    const char *colon = host.length ? memchr(from, ':', host.length - (size_t)(from - host.data)) : NULL;
    if (colon)
        host.length = (size_t)(colon - host.data);
    if (ct_str_ends(host, CT_STR(".")))
        host.length--;
    if (host.length > MAX_HOST)
        return CT_STR("");
    for (size_t i = 0; i < host.length; i++)
        buffer[i] = ct_ascii_lower(host.data[i]);
    return (ct_str){ buffer, host.length };
}

/* Whether the name fits the pattern; its parameters become the first values. */
static bool host_fits(matcher *m, const ct_pattern *pattern, ct_str name)
{
    m->value_count = 0;
    for (uint32_t i = 0; i < pattern->count; i++) {
        const ct_segment *segment = &pattern->segments[i];
        if (!name.data)
            return false;
        const char *dot = memchr(name.data, '.', name.length);
        ct_str label = { name.data, dot ? (size_t)(dot - name.data) : name.length }, value;
        name = dot ? (ct_str){ dot + 1, name.length - label.length - 1 } : (ct_str){ NULL, 0 };
        if (segment->kind == CT_SEGMENT_FIXED) {
            if (!ct_str_eq(label, segment->before))
                return false;
            continue;
        }
        if (!ct_segment_cut(segment, label, &value) || !ct_segment_accepts(segment, value, m->arena, &m->failed))
            return false;
        m->match->values[m->value_count++] = value;
    }
    return !name.data;
}

/* ---- all of it ---- */

static outcome try_set(matcher *m, const ct_host_set *set, split_result *split_state)
{
    const ct_leaf *leaf = ct_strmap_get(&set->paths, m->path);
    if (leaf && take(m, leaf) == OUTCOME_FOUND)
        return OUTCOME_FOUND;
    if (!m->is_split)
        *split_state = split_path(m);
    if (*split_state != SPLIT_DONE || !set->root)
        return OUTCOME_NONE;
    m->set = set;
    m->been = NULL;
    return visit(m, set->root, 0);
}

static outcome try_hosts(matcher *m, ct_str host, split_result *split_state)
{
    const ct_router *router = m->router;
    char buffer[MAX_HOST];
    ct_str name = host_name(host, buffer);
    outcome result = OUTCOME_NONE;
    if (!name.length)
        return OUTCOME_NONE;
    const ct_host_set *exact = ct_strmap_get(&router->exact_hosts, name);
    if (exact)
        result = try_set(m, exact, split_state);
    if (result != OUTCOME_NONE || !router->set_count)
        return result;
    name.data = ct_arena_copy(m->arena, name.data, name.length); /* for the values */
    m->failed |= !name.data;
    for (size_t i = 0; i < router->set_count && name.data && result == OUTCOME_NONE; i++) {
        if (host_fits(m, &router->sets[i]->host, name))
            result = try_set(m, router->sets[i], split_state);
    }
    return result;
}

static const char *allow_text(matcher *m, uint64_t methods)
{
    ct_buffer text = ct_buffer_in(m->arena);
    ct_methods_write(m->router, methods, &text);
    return ct_buffer_text(&text);
}

/* Browsers take "/\" for "//", so a location is encoded where its characters could mean something else. */
static ct_match_result redirect(matcher *m, ct_str path, const char *more)
{
    ct_buffer location = ct_buffer_in(m->arena);
    ct_url_encode(&location, path, CT_URL_WHOLE);
    ct_buffer_str(&location, ct_str_of(more));
    m->match->location = ct_buffer_text(&location);
    return location.failed ? CT_MATCH_NO_MEMORY : CT_MATCH_REDIRECT;
}

static int method_index(const ct_router *router, ct_http_method method, ct_str name)
{
    if (CT_LIKELY(method != CT_METHOD_OTHER))
        return router->method_index[method];
    for (uint32_t i = 0; i < router->method_count; i++) {
        if (router->methods[i].method == CT_METHOD_OTHER && ct_str_eq(router->methods[i].name, name))
            return (int)i;
    }
    return -1;
}

/* "*", which is OPTIONS of the whole server (RFC 9110, 9.3.7). */
static ct_match_result match_server(matcher *m, ct_http_method method)
{
    if (!ct_str_eq(m->path, CT_STR("*")) || method != CT_METHOD_OPTIONS)
        return CT_MATCH_NOT_FOUND;
    m->match->allow = allow_text(m, UINT64_MAX >> (64 - m->router->method_count));
    return CT_MATCH_OPTIONS;
}

/* No route answers: what then? */
static ct_match_result miss(matcher *m, ct_http_method method)
{
    ct_match *match = m->match;
    if (m->allow) {
        match->mount = m->allow_mount;
        match->allow = allow_text(m, m->allow);
        return method == CT_METHOD_OPTIONS ? CT_MATCH_OPTIONS : CT_MATCH_METHOD;
    }
    match->mount = m->mount;
    return m->slash_missing ? redirect(m, m->path, "/") : CT_MATCH_NOT_FOUND;
}

static ct_match_result match_in(const ct_router *router, const ct_mount *root, ct_arena *arena, ct_str host,
                                ct_http_method method, ct_str method_name, ct_str path, ct_match *ret);

/* The path has "//", which no route fits: the path with single slashes, if that has one. */
static ct_match_result match_merged(matcher *m, const ct_mount *root, ct_str host, ct_http_method method, ct_str name)
{
    ct_str merged = ct_url_merge_slashes(m->arena, m->path);
    if (!merged.data)
        return CT_MATCH_NO_MEMORY;
    ct_match_result result = match_in(m->router, root, m->arena, host, method, name, merged, m->match);
    m->match->endpoint = NULL;
    if (result == CT_MATCH_FOUND || result == CT_MATCH_METHOD || result == CT_MATCH_OPTIONS)
        return redirect(m, merged, "");
    return result;
}

static void begin(matcher *m, const ct_router *router, const ct_mount *root, ct_arena *arena, ct_str path,
                  ct_match *ret)
{
    /* Not zeroed: `segments` is large, and a static path needs none of it. */
    m->router = router;
    m->arena = arena;
    m->match = ret;
    m->path = path;
    m->count = m->value_count = 0;
    m->is_split = m->slash = m->slash_missing = m->failed = false;
    m->mount = root;
    m->allow = 0;
    ret->endpoint = NULL;
    ret->mount = m->mount;
    ret->steps = 0;
}

static ct_match_result match_in(const ct_router *router, const ct_mount *root, ct_arena *arena, ct_str host,
                                ct_http_method method, ct_str method_name, ct_str path, ct_match *ret)
{
    split_result split_state = SPLIT_DONE;
    outcome result = OUTCOME_NONE;
    matcher m;
    begin(&m, router, root, arena, path, ret);
    if (CT_UNLIKELY(path.length == 0 || path.data[0] != '/'))
        return match_server(&m, method);
    m.method = method_index(router, method, method_name);
    if (router->exact_hosts.count || router->set_count)
        result = try_hosts(&m, host, &split_state);
    if (result == OUTCOME_NONE) {
        m.value_count = 0;
        result = try_set(&m, router->any_host, &split_state);
    }
    if (CT_UNLIKELY(m.failed))
        return CT_MATCH_NO_MEMORY;
    if (CT_LIKELY(result == OUTCOME_FOUND)) {
        ret->endpoint = &m.found->endpoint;
        ret->mount = ret->endpoint->mount;
        return CT_MATCH_FOUND;
    }
    if (split_state == SPLIT_BAD)
        return CT_MATCH_BAD;
    if (split_state == SPLIT_DOUBLE)
        return match_merged(&m, root, host, method, method_name);
    if (result == OUTCOME_SLASH) {
        ret->mount = m.mount;
        return redirect(&m, path, "/");
    }
    return miss(&m, method);
}

ct_match_result ct_router_match(const ct_site *site, ct_arena *arena, ct_str host, ct_http_method method,
                                ct_str method_name, ct_str path, ct_match *ret)
{
    return match_in(site->router, site->mounts[0], arena, host, method, method_name, path, ret);
}

ct_match_result ct_router_match_frontend(const ct_site *site, ct_arena *arena, ct_str host, ct_http_method method,
                                         ct_str method_name, ct_str path, ct_match *ret)
{
    if (!site->router->frontends)
        return CT_MATCH_NOT_FOUND;
    return match_in(site->router->frontends, site->mounts[0], arena, host, method, method_name, path, ret);
}
