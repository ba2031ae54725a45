/* Single-page applications: files, and index.html for what the application's own router shows.
 *
 *   no route fits ─> a frontend's prefix does ─> a file?                         ─> the file
 *                                               a page that a browser opens?    ─> index.html
 *                                               else 404, of the app that would have answered without the frontend
 *
 * A file answers methods other than GET and HEAD as static files do, 405 or OPTIONS; a page is not there for them.
 *
 * Frontends have tries of their own, asked after all others have failed, so that every ordinary route goes before them,
 * also of other hosts and with a pattern that fits anything. Which mount an error belongs to is not changed by a
 * frontend that does not answer.
 *
 * Bundlers put a hash into the names of what they build, each in its way. A name with a part that looks like one is
 * kept for 30 days; not for ever, since a guess may be wrong. All else is asked for again. */
#include "web/frontend.h"

#include "base/str.h"
#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/accept.h"
#include "proto/mime.h"
#include "web/client_info.h"
#include "web/ct.h"
#include "web/request.h"
#include "web/static_serve.h"
#include "web/static_store.h"

#define INDEX_PAGE "index.html"
#define HASH_LETTERS 8 /* the least that a hash has */

typedef struct ct_frontend {
    struct ct_frontend *next;
    const ct_route *row;
    ct_route rows[3]; /* files, the prefix, the end */
    ct_static_store store;
} ct_frontend;

/* ---- tables ---- */

static ct_response *serve(ct *c);

const ct_route *ct_frontend_rows(ct_site *site, const ct_route *row)
{
    struct ct_frontend **link = &site->frontends;
    for (; *link; link = &(*link)->next)
        if ((*link)->row == row)
            return (*link)->rows;
    ct_frontend *frontend = *link = ct_site_zalloc(&site->arena, sizeof(*frontend));
    frontend->row = row;
    ct_str prefix = ct_str_of(row->path);
    if (ct_str_ends(prefix, CT_STR("/")))
        prefix.length--;
    ct_route made = *row;
    made.methods = "GET";
    made.handler = serve;
    made.handler_name = "frontend";
    frontend->rows[0] = frontend->rows[1] = made;
    frontend->rows[0].path = ct_arena_printf(&site->arena, "%.*s/<path:filename>", CT_STR_ARG(prefix));
    frontend->rows[1].path = ct_arena_printf(&site->arena, "%.*s/", CT_STR_ARG(prefix));
    return frontend->rows;
}

static void prepare(ct_site *site, ct_frontend *frontend, ct_problems *problems)
{
    const ct_route *row = frontend->row;
    ct_severity severity = site->config.debug ? CT_PROBLEM_WARNING : CT_PROBLEM_ERROR;
    ct_static_file file;
    const char *folder = row->frontend ? row->frontend : "", *place = row->file ? row->file : "?";
    ct_static_store_init(&frontend->store, &site->arena, site->config.debug);
    if (!ct_static_store_add(&frontend->store, row->frontend, row->embedded)) {
        ct_problems_add(problems, severity,
                        "%s:%d: the frontend \"%s\" is in \"%s\", which is no folder here: build it, start the program "
                        "where it is, or embed it",
                        place, row->line, row->path, folder);
        return;
    }
    ct_static_store_index(&frontend->store, problems);
    if (!ct_static_store_find(&frontend->store, INDEX_PAGE, &file))
        ct_problems_add(problems, severity,
                        "%s:%d: the frontend \"%s\" has no index.html in \"%s\": name the folder that has the built "
                        "files",
                        place, row->line, row->path, folder);
}

void ct_frontends_prepare(ct_site *site, ct_problems *problems)
{
    for (struct ct_frontend *frontend = site->frontends; frontend; frontend = frontend->next)
        prepare(site, frontend, problems);
}

/* ---- which file ---- */

static const ct_frontend *find_frontend(const ct_site *site, const ct_route *route)
{
    const struct ct_frontend *frontend = site->frontends;
    while (frontend && route != &frontend->rows[0] && route != &frontend->rows[1])
        frontend = frontend->next;
    return frontend;
}

/* Whether Accept names HTML itself, and not only anything. */
static bool names_html(const char *accept)
{
    ct_str rest = ct_str_of(accept);
    while (rest.data) {
        ct_str element = ct_str_next(&rest, ','), type = ct_str_next(&element, ';');
        if (ct_str_eq_nocase(type, CT_STR("text/html")))
            return ct_accept_best(CT_ACCEPT_MEDIA, accept, (const char *const[]){ "text/html", NULL }) != NULL;
    }
    return false;
}

/* Whether a page is opened, and not a style sheet or data loaded. Browsers say so themselves (Fetch Metadata); of
 * others it counts that they ask for HTML. */
static bool is_navigation(ct *c)
{
    const char *mode = ct_header(c, "Sec-Fetch-Mode"), *destination = ct_header(c, "Sec-Fetch-Dest");
    if (mode)
        return strcmp(mode, "navigate") == 0;
    if (destination)
        return strcmp(destination, "document") == 0;
    const char *accept = ct_request_joined_header(c, CT_STR("Accept"));
    return accept && names_html(accept);
}

/* "/users/jane.doe" is a page, "/logo.png" a file that is not there. */
static bool has_known_ending(const char *name)
{
    return strcmp(ct_mime_of(name), "application/octet-stream") != 0 || ct_str_ends(ct_str_of(name), CT_STR(".bin"));
}

typedef struct answer {
    ct_static_file file;
    bool fallback; /* index.html for the path of another page */
} answer;

/* What the frontend that `match` found answers; false: nothing. */
static bool find_answer(ct *c, const ct_match *match, answer *ret)
{
    const ct_route *route = match->endpoint->route;
    const ct_frontend *frontend = find_frontend(c->site, route);
    *ret = (answer){ .fallback = false };
    if (route == &frontend->rows[1])
        return ct_static_store_find(&frontend->store, INDEX_PAGE, &ret->file);
    ct_str value = match->values[match->endpoint->parameter_count - 1];
    const char *name = ct_strndup(c, value.data, value.length);
    if (ct_static_store_find(&frontend->store, name, &ret->file))
        return true;
    ret->fallback = true;
    return !has_known_ending(name) && is_navigation(c) &&
           ct_static_store_find(&frontend->store, INDEX_PAGE, &ret->file);
}

/* Another method than GET and HEAD: a file says which it has; where none is, there is nothing to be told. */
static ct_match_result refuse(ct *c, ct_match *match, const answer *found)
{
    if (found->fallback)
        return CT_MATCH_NOT_FOUND;
    match->allow = match->endpoint->methods;
    match->endpoint = NULL;
    c->match = *match;
    return c->exchange.head.method == CT_METHOD_OPTIONS ? CT_MATCH_OPTIONS : CT_MATCH_METHOD;
}

ct_match_result ct_frontend_match(ct *c)
{
    const ct_http1_head *head = &c->exchange.head;
    bool reads = head->method == CT_METHOD_GET || head->method == CT_METHOD_HEAD;
    ct_match match;
    answer found;
    ct_match_result result = ct_router_match_frontend(c->site, c->arena, ct_client_host(c), CT_METHOD_GET,
                                                      CT_STR("GET"), head->path, &match);
    bool answers = result == CT_MATCH_FOUND && find_answer(c, &match, &found);
    if (answers && !reads)
        return refuse(c, &match, &found);
    if (!answers && (result != CT_MATCH_REDIRECT || !reads))
        return CT_MATCH_NOT_FOUND;
    c->match = match;
    return result;
}

/* ---- serving ---- */

/* A part of a name that a bundler has put there: 8 or more hexadecimal digits, or letters of both cases or capitals
 * alone, in each case with digits among them. Dates, sizes and words are none. */
static bool is_hash(ct_str part)
{
    bool digit = false, upper = false, lower = false, hex = true;
    for (size_t i = 0; i < part.length; i++) {
        char ch = part.data[i];
        bool is_digit = ch >= '0' && ch <= '9', is_upper = ch >= 'A' && ch <= 'Z', is_lower = ch >= 'a' && ch <= 'z';
        if (!is_digit && !is_upper && !is_lower && ch != '_')
            return false;
        digit |= is_digit;
        upper |= is_upper;
        lower |= is_lower;
        hex &= is_digit || (ch >= 'a' && ch <= 'f');
    }
    return part.length >= HASH_LETTERS && digit && ((lower && hex) || upper);
}

/* "assets/index-3f2a9c01.js", "main.8a7b9c01.chunk.js" */
static bool has_hash(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *at = slash ? slash + 1 : name;
    bool first = true;
    for (;; first = false) {
        size_t length = strcspn(at, "-.");
        if (!first && is_hash((ct_str){ at, length }) && strchr(at, '.'))
            return true;
        if (!at[length])
            return false;
        at += length + 1;
    }
}

static ct_response *serve(ct *c)
{
    answer found;
    if (!find_answer(c, &c->match, &found))
        ct_abort(c, 404, "there is no such file");
    ct_response *r =
        ct_static_response(c, &found.file, has_hash(found.file.name) ? CT_CACHE_LONG : CT_CACHE_REVALIDATE);
    if (found.fallback) {
        ct_vary(r, "Accept");
        ct_vary(r, "Sec-Fetch-Dest");
        ct_vary(r, "Sec-Fetch-Mode");
    }
    return r;
}
