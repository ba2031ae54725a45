/* Hiding what is a secret of a path by its place: what stands where a route has a parameter of a secret's name.
 *
 *   POST /reset/<token>      /reset/abc/    /rest/abc    //reset/abc/more    ─>  ********  in place of abc
 *
 * The path need not fit the route, for it is shown because something was wrong with it: another method, a slash too
 * many, a slip of typing. A route counts when the fixed segments before the secret are near to those of the path; one
 * that begins with the secret, when both have as many segments. So more may be hidden than is a secret. */
#include "web/debug_facts.h"

#include "base/nearest.h"
#include "proto/url.h"
#include "web/scrub.h"

typedef struct parts {
    size_t count;
    ct_str raw[CT_MAX_SEGMENTS], decoded[CT_MAX_SEGMENTS];
    bool hidden[CT_MAX_SEGMENTS];
} parts;

/* Those that are not empty; of a path with more of them than a route can have, the last is all the rest. */
static void split(ct_arena *arena, ct_str path, parts *ret)
{
    ct_error ignored;
    ret->count = 0;
    for (size_t at = 0; at < path.length;) {
        const char *from = path.data + at, *slash = memchr(from, '/', path.length - at);
        size_t length = slash && ret->count < CT_MAX_SEGMENTS - 1 ? (size_t)(slash - from) : path.length - at;
        at += length + 1;
        if (!length)
            continue;
        ct_str *decoded = &ret->decoded[ret->count];
        ret->raw[ret->count] = (ct_str){ from, length };
        ret->hidden[ret->count] = false;
        if (!ct_url_decode(arena, ret->raw[ret->count], false, decoded, &ignored))
            *decoded = ret->raw[ret->count];
        ret->count++;
    }
}

/* The parameter in a pattern's segment, without its converter; *ret_many: it takes segments without end. */
static ct_str parameter_of(ct_str segment, bool *ret_many)
{
    const char *open = memchr(segment.data, '<', segment.length);
    const char *close = open ? memchr(open, '>', (size_t)(segment.data + segment.length - open)) : NULL;
    *ret_many = false;
    if (!close)
        return (ct_str){ 0 };
    ct_str name = { open + 1, (size_t)(close - open) - 1 };
    const char *colon = memrchr(name.data, ':', name.length);
    *ret_many = colon && ct_str_eq((ct_str){ name.data, (size_t)(colon - name.data) }, CT_STR("path"));
    return colon ? (ct_str){ colon + 1, (size_t)(close - colon) - 1 } : name;
}

static bool is_near(ct_arena *arena, ct_str fixed, ct_str given)
{
    if (ct_str_eq_nocase(fixed, given))
        return true;
    const char *word = ct_arena_copy(arena, fixed.data, fixed.length);
    return ct_str_distance(word, ct_arena_copy(arena, given.data, given.length)) < ct_nearest_to(word).distance;
}

static size_t count_segments(const char *pattern)
{
    size_t count = 0;
    for (const char *at = pattern; *at; at++)
        count += at[0] == '/' && at[1] && at[1] != '/';
    return count;
}

/* Marks what the pattern makes a secret. Behind a parameter of many segments the ends are laid side by side. */
static void mark(ct_arena *arena, const char *pattern, parts *path)
{
    size_t count = count_segments(pattern), at = 0;
    bool any_fixed = false, many = false;
    ct_str rest = ct_str_of(pattern + (*pattern == '/'));
    while (rest.data && at < path->count) {
        const char *slash = memchr(rest.data, '/', rest.length);
        ct_str segment = { rest.data, slash ? (size_t)(slash - rest.data) : rest.length };
        rest = slash ? (ct_str){ slash + 1, rest.length - segment.length - 1 } : (ct_str){ 0 };
        if (!segment.length)
            continue;
        ct_str parameter = parameter_of(segment, &many);
        if (!parameter.data && !is_near(arena, segment, path->decoded[at]))
            return;
        any_fixed = any_fixed || !parameter.data;
        size_t next = many && path->count > count ? at + 1 + path->count - count : at + 1;
        bool hidden = parameter.data && ct_scrub_hides(parameter) && (any_fixed || many || path->count == count);
        for (; at < next; at++)
            path->hidden[at] = path->hidden[at] || hidden;
    }
}

static const char *mask(ct_arena *arena, const ct_site *site, ct_str path)
{
    parts all;
    split(arena, path, &all);
    for (size_t i = 0; i < ct_router_count(site); i++) {
        const ct_endpoint *endpoint = ct_router_endpoint(site, i);
        bool secret = false;
        for (uint32_t k = 0; k < endpoint->parameter_count; k++)
            secret = secret || ct_scrub_hides(ct_str_of(endpoint->parameters[k]));
        if (secret)
            mark(arena, endpoint->pattern, &all);
    }
    ct_buffer out = ct_buffer_in(arena);
    const char *done = path.data;
    for (size_t i = 0; i < all.count; i++) {
        if (!all.hidden[i])
            continue;
        ct_buffer_append(&out, done, (size_t)(all.raw[i].data - done));
        CT_BUFFER_LITERAL(&out, CT_HIDDEN);
        done = all.raw[i].data + all.raw[i].length;
    }
    ct_buffer_append(&out, done, (size_t)(path.data + path.length - done));
    return ct_buffer_text(&out);
}

/* Behind the scheme and the host, where they stand before a path; NULL: there is no path. */
static const char *find_path(const char *url)
{
    const char *mark = strstr(url, "://");
    if (mark && strcspn(url, "/?#") > (size_t)(mark - url))
        url = strpbrk(mark + 3, "/?#");
    return url && *url == '/' ? url : NULL;
}

const char *ct_facts_mask(ct_facts *facts, const char *url)
{
    const char *path = find_path(url);
    if (!path)
        return url;
    size_t prefix = strlen(facts->prefix);
    if (strncmp(path, facts->prefix, prefix) == 0 && path[prefix] == '/')
        path += prefix;
    size_t length = strcspn(path, "?#");
    return ct_arena_printf(&facts->arena, "%.*s%s%s", (int)(path - url), url,
                           mask(&facts->arena, facts->site, (ct_str){ path, length }), path + length);
}
