/* The router: which endpoint answers a request, and the URL of an endpoint.
 *
 * Routes of all mounts are flattened into one trie of segments per host pattern. A static path is found by one hash
 * look-up; otherwise each segment costs a hash look-up among the fixed children plus the few parameter children in
 * order of specificity, so matching costs the same with 10 or 1,000 routes. Immutable after the build.
 *
 * The raw path is split at '/', then each segment is percent-decoded: "%2F" never separates.
 *
 * Which route answers, where several fit:
 *   1. Hosts: exact names, then patterns of hosts, then routes for any host.
 *   2. Segment by segment from the left: fixed text; then parameters, those with more text around them first, of
 *      equals those with more of it in front, then by kind: uuid, int, converters of apps, slug, string, path. A path
 *      parameter takes as few segments as it can. At the end a pattern with the same slash wins.
 *   3. A route that fits but has other methods is passed over as long as another one is left (405 comes last).
 *   4. A pattern that ends in '/' stands for its path without the slash too (a redirect), in the same order where it
 *      has the method; with other methods it redirects when nothing else fits.
 * Nothing depends on the order of the tables: what these rules cannot decide is an error at start. The search goes
 * back to every alternative, so a request is matched if any route fits; no node is visited twice at the same segment,
 * which bounds the cost by the size of the table times CT_MAX_SEGMENTS, whatever a client sends. */
#ifndef CANTEEN_WEB_ROUTER_H
#define CANTEEN_WEB_ROUTER_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/problems.h"
#include "base/str.h"
#include "canteen/app.h"
#include "canteen/value.h"
#include "proto/http1.h"
#include "web/site.h"

#define CT_MAX_PARAMETERS 16 /* of one pattern with its mounts and host */
#define CT_MAX_SEGMENTS 64   /* of a request's path; more have no route (404) */

typedef struct ct_endpoint {
    const ct_route *route;
    const ct_mount *mount;
    const char *pattern; /* whole, from the root: "/polls/<int:id>/" */
    const char *name;    /* whole: "polls.show" */
    const char *methods; /* "GET, HEAD, OPTIONS" as Allow shows it for this endpoint; "" for every method */
    uint32_t parameter_count;
    uint32_t outer_count; /* how many of the parameters, from the first, are the host's and the mounts' */
    const char *parameters[CT_MAX_PARAMETERS]; /* names, host's first, then in order of the path */
    bool parameter_is_int[CT_MAX_PARAMETERS];
} ct_endpoint;

typedef enum ct_match_result {
    CT_MATCH_FOUND,
    CT_MATCH_NOT_FOUND, /* 404 */
    CT_MATCH_METHOD,    /* 405: `allow` says which */
    CT_MATCH_OPTIONS,   /* OPTIONS without a route of its own: 204 with `allow` */
    CT_MATCH_REDIRECT,  /* 308 to `location` (path only, encoded as it came; the caller adds the query) */
    CT_MATCH_BAD,       /* 400: `reason` (percent-encoding, NUL, UTF-8) */
    CT_MATCH_NO_MEMORY  /* 500: the request's memory is used up */
} ct_match_result;

typedef struct ct_match {
    const ct_endpoint *endpoint; /* of FOUND, else NULL */
    /* Of FOUND the endpoint's; of METHOD and OPTIONS that of the routes that fit; else the innermost whose prefix fits:
     * its error handlers answer. A mount that adds nothing to its parent's prefix, or shares its prefix with another,
     * leaves misses to the one around. */
    const ct_mount *mount;
    ct_str values[CT_MAX_PARAMETERS]; /* decoded, not NUL-terminated */
    uint32_t steps;    /* nodes of the trie that were visited, for tests of the cost: 0 for a static path */
    const char *allow; /* of METHOD, OPTIONS (and of OPTIONS * when path is "*") */
    const char *location;
    const char *reason;
} ct_match;

/* Builds site->router from site->mounts' routes. Malformed patterns, unknown converters, duplicate and ambiguous
 * routes, bad methods are problems (errors), each naming "file:line" of both routes. */
void ct_router_build(ct_site *site, ct_problems *problems);

/* `host` may be empty (no host routing then fits) and may have a port; `path` is raw, starting with '/', or "*".
 * Memory of decoded values and locations is the arena's. Sets `mount` and the members that the result uses;
 * `endpoint` and `values` are written besides. Allocates nothing for a path without parameters and percent signs. */
ct_match_result ct_router_match(const ct_site *site, ct_arena *arena, ct_str host, ct_http_method method,
                                ct_str method_name, ct_str path, ct_match *ret);

/* The same among the FRONTEND rows alone, for a path that no other route fits: FOUND and REDIRECT count, all else is
 * no answer. */
ct_match_result ct_router_match_frontend(const ct_site *site, ct_arena *arena, ct_str host, ct_http_method method,
                                         ct_str method_name, ct_str path, ct_match *ret);

/* Does any route of the site name this method? */
bool ct_router_knows_method(const ct_site *site, ct_str method);

size_t ct_router_count(const ct_site *site);
/* In the order of the tables, mounts expanded. */
const ct_endpoint *ct_router_endpoint(const ct_site *site, size_t index);

/* The URL of the endpoint with this name or handler, appended to `out`: its path, with the query of the values that are
 * no parameters in their order (arrays repeat the name, null is left out) and the value "_anchor" as the fragment.
 * A name is looked up in the namespace of current's mount, then in those around it, at last in the root's. Of several
 * endpoints those whose parameters are all there are considered; the one that uses most of the values is taken, then
 * the one that shares most mounts with `current` (may be NULL), then the first of the tables. `current` lends the
 * parameters of hosts and mounts that are not given.
 * An endpoint of a host other than current's gives "//host/path": whoever puts a prefix or a scheme in front must look.
 * False with a message that teaches: no such route (with a did-you-mean), a missing parameter, a value that does not
 * fit; then `out` may have got a part of it. */
bool ct_router_url(const ct_site *site, const ct_match *current, const char *name, ct_handler *handler,
                   const ct_kv *values, size_t count, ct_buffer *out, ct_error *error);

/* Appends what such a URL has behind its path: the query and the fragment of all values but that of `parameter`. `name`
 * is for messages. */
bool ct_router_url_query(const char *name, const char *parameter, const ct_kv *values, size_t count, ct_buffer *out,
                         ct_error *error);

/* The endpoints with a name, which is looked up as ct_router_url() does: the first with `after` NULL, then the one
 * after that. NULL: there is none, or no more. */
const ct_endpoint *ct_router_named(const ct_site *site, const ct_match *current, const char *name,
                                   const ct_endpoint *after);
/* The name of a route that is nearest to a wrong one, or NULL. */
const char *ct_router_nearest_name(const ct_site *site, const char *name);

#endif
