/* Random requests to a fixed site, answered by the router and by a slow matcher that tries every route by itself.
 *
 * Input: "METHOD host path" (one space between). The reference knows no trie: for each row it tries every way to lay
 * the pattern over the segments, gives each way a text that sorts by specificity, and takes the smallest. */
#include "check.h"

#include "canteen/app.h"
#include "proto/url.h"
#include "web/router.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
static ct_response *handler(ct *c)
{
    (void)c;
    return NULL;
}

static bool is_even(const char *text)
{
    return strlen(text) % 2 == 0;
}

/* The rows as they are mounted, for the reference: names are the same as those of the site below. */
typedef struct row {
    const char *host, *pattern, *methods; /* methods: letters of G(ET) P(OST) U (PUT) X (PURGE); NULL: every one */
} row;

static const row rows[] = {
    { NULL, "/", "G" },
    { NULL, "/a", "G" },
    { NULL, "/a/", "P" },
    { NULL, "/b/", "G" },
    { NULL, "/<s:x>", "GU" },
    { NULL, "/<i:x>", "P" },
    { NULL, "/a/<s:x>", "G" },
    { NULL, "/a/<i:x>/", "GP" },
    { NULL, "/a/b/c", "X" },
    { NULL, "/<s:x>/b/<l:y>", "G" },
    { NULL, "/<i:x>/b/1", NULL },
    { NULL, "/v<i:x>/", "G" },
    { NULL, "/v<s:x>.j", "G" },
    { NULL, "/<s:x>.j", "G" },
    { NULL, "/f/<p:x>", "G" },
    { NULL, "/f/<p:x>/e", "GP" },
    { NULL, "/f/<p:x>/e/", "U" },
    { NULL, "/f/<p:x>/t/<p:y>", "P" },
    { NULL, "/<p:x>/end/", "G" },
    { NULL, "/e/<c:x>", "G" },
    { NULL, "/e/<l:x>", "G" },
    { NULL, "/u/<u:x>", "G" },
    { NULL, "/m/<s:k>", "G" },
    { NULL, "/m/<s:k>/", "P" },
    { NULL, "/m/<s:k>/<i:n>", "G" },
    { "h.x", "/a", "P" },
    { "h.x", "/<s:x>/b", "G" },
    { "<s:t>.x", "/a", "U" },
    { "<s:t>.x", "/<p:x>/b", "G" },
    { "<s:t>.x", "/b/", "P" },
};

/* ---- the site ---- */

static ct_route site_rows[CT_COUNT(rows) + 2], mounted_rows[4];
static char names[CT_COUNT(rows)][8], texts[CT_COUNT(rows)][2][80];
static const ct_app mounted = { .name = "m", .routes = mounted_rows };
static const ct_app app = { .name = "fuzz", .routes = site_rows, .converters = CONVERTERS({ "c", is_even }) };
static ct_site site;

/* "<i:x>" of the rows above as "<int:x>". */
static void spell(const char *from, char *to, size_t size)
{
    static const char *const converters[] = { "sstring", "iint", "lslug", "ppath", "uuuid", "cc" };
    size_t length = 0;
    for (; *from && length + 16 < size; from++) {
        to[length++] = *from;
        if (*from != '<')
            continue;
        for (size_t i = 0; i < CT_COUNT(converters); i++) {
            if (converters[i][0] == from[1])
                length += (size_t)snprintf(to + length, size - length, "%s", converters[i] + 1);
        }
        from++;
    }
    to[length] = '\0';
}

static const char *methods_of(const char *letters)
{
    static const struct {
        const char *letters, *methods;
    } known[] = { { "G", "GET" },   { "P", "POST" },      { "U", "PUT" },
                  { "X", "PURGE" }, { "GU", "GET, PUT" }, { "GP", "GET, POST" } };
    for (size_t i = 0; letters && i < CT_COUNT(known); i++) {
        if (strcmp(letters, known[i].letters) == 0)
            return known[i].methods;
    }
    return NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    size_t count = 0, inner = 0;
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        bool is_mounted = strncmp(rows[i].pattern, "/m/<s:k>", 8) == 0;
        const char *host = NULL;
        snprintf(names[i], sizeof(names[i]), "r%zu", i);
        spell(is_mounted ? rows[i].pattern + 8 : rows[i].pattern, texts[i][0], sizeof(texts[i][0]));
        if (rows[i].host) {
            spell(rows[i].host, texts[i][1], sizeof(texts[i][1]));
            host = texts[i][1];
        }
        ct_route *to = is_mounted ? &mounted_rows[inner++] : &site_rows[count++];
        *to = (ct_route){ .methods = methods_of(rows[i].methods),
                          .path = texts[i][0],
                          .handler = handler,
                          .name = names[i],
                          .host = host,
                          .file = "fuzz",
                          .line = (int)i };
    }
    site_rows[count] = (ct_route){ .path = "/m/<k>", .app = &mounted };
    ct_problems problems = { 0 };
    ct_site_init(&site, &app, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s\n", problems.items[i].text);
    FUZZ_CHECK(problems.count == 0);
    return 0;
}

/* ---- the reference ---- */

#define MAX_KEY 400

typedef struct laid {
    const char *pattern;
    bool missing_slash; /* look for the path with a '/' more */
    ct_str segments[CT_MAX_SEGMENTS];
    size_t count;
    bool slash;
    char key[MAX_KEY], best[MAX_KEY]; /* best "": none */
} laid;

static bool fits_kind(char kind, ct_str text)
{
    bool digits = text.length > 0, slug = text.length > 0, uuid = text.length == 36;
    size_t zeros = 0;
    for (size_t i = 0; i < text.length; i++) {
        char ch = text.data[i], lower = ct_ascii_lower(ch);
        bool digit = ch >= '0' && ch <= '9', letter = lower >= 'a' && lower <= 'z';
        digits &= digit;
        slug &= digit || letter || ch == '-' || ch == '_';
        uuid =
            uuid && ((i == 8 || i == 13 || i == 18 || i == 23) ? ch == '-' : digit || (lower >= 'a' && lower <= 'f'));
        zeros += zeros == i && ch == '0';
    }
    ct_str number = { text.data + zeros, text.length - zeros };
    if (kind == 'i')
        return digits &&
               (number.length < 19 || (number.length == 19 && memcmp(number.data, "9223372036854775807", 19) <= 0));
    if (kind == 'c')
        return text.length > 0 && text.length % 2 == 0;
    return kind == 'l' ? slug : kind == 'u' ? uuid : text.length > 0;
}

/* One segment of a pattern (up to `end`) against text; the key's part, smaller for the more specific. */
static bool lay_one(const char *pattern, const char *end, ct_str text, char *key, bool *ret_path)
{
    const char *open = memchr(pattern, '<', (size_t)(end - pattern));
    *ret_path = false;
    if (!open) {
        snprintf(key, MAX_KEY, "0");
        return ct_str_eq((ct_str){ pattern, (size_t)(end - pattern) }, text);
    }
    const char *close = memchr(open, '>', (size_t)(end - open));
    ct_str before = { pattern, (size_t)(open - pattern) }, after = { close + 1, (size_t)(end - close) - 1 };
    size_t around = before.length + after.length;
    snprintf(key, MAX_KEY, "1%02zu%02zu%zu", 99 - around, 99 - before.length,
             strcspn("uiclsp", (char[]){ open[1], 0 }));
    *ret_path = open[1] == 'p';
    return text.length > around && ct_str_starts(text, before) && ct_str_ends(text, after) &&
           fits_kind(open[1], (ct_str){ text.data + before.length, text.length - around });
}

static void keep_best(laid *l)
{
    if (!l->best[0] || strcmp(l->key, l->best) < 0)
        snprintf(l->best, sizeof(l->best), "%s", l->key);
}

/* Lays the pattern from `at` over the segments from `index`. */
static void lay(laid *l, const char *at, size_t index, size_t key_length, bool after_path)
{
    if (!*at || strcmp(at, "/") == 0) {
        bool slash = *at == '/';
        bool same = l->missing_slash ? slash && !l->slash : slash == l->slash;
        if (index != l->count || !(same || (!l->missing_slash && after_path && l->slash && !slash)))
            return;
        snprintf(l->key + key_length, sizeof(l->key) - key_length, same && !l->missing_slash ? "0" : "1");
        keep_best(l);
        return;
    }
    if (index == l->count)
        return;
    char part[MAX_KEY];
    const char *end = at + 1 + strcspn(at + 1, "/");
    bool is_path;
    if (!lay_one(at + 1, end, l->segments[index], part, &is_path))
        return;
    for (size_t span = 1; span <= (is_path ? l->count - index : 1); span++) {
        int more = snprintf(l->key + key_length, sizeof(l->key) - key_length, "%s.%02zu ", part, span);
        lay(l, end, index + span, key_length + (size_t)more, is_path);
    }
}

/* Splits and decodes; false: too many segments. */
static bool split(ct_arena *arena, ct_str path, laid *l)
{
    ct_error error;
    l->slash = path.data[path.length - 1] == '/';
    ct_str rest = { path.data + 1, path.length - 1 - (l->slash && path.length > 1) };
    for (l->count = 0; rest.data && rest.length; l->count++) {
        const char *slash = memchr(rest.data, '/', rest.length);
        ct_str one = { rest.data, slash ? (size_t)(slash - rest.data) : rest.length };
        if (l->count == CT_MAX_SEGMENTS)
            return false;
        FUZZ_CHECK(ct_url_decode(arena, one, false, &l->segments[l->count], &error));
        rest = slash ? (ct_str){ slash + 1, rest.length - one.length - 1 } : (ct_str){ NULL, 0 };
    }
    return true;
}

/* "" when the row is for any host, else a key; NULL: another host. */
static const char *host_rank(const char *pattern, ct_str host)
{
    ct_str name = host;
    const char *colon = host.length ? memchr(host.data, ':', host.length) : NULL;
    if (!pattern)
        return "2";
    if (colon)
        name.length = (size_t)(colon - host.data);
    if (name.length && name.data[name.length - 1] == '.')
        name.length--;
    if (pattern[0] != '<')
        return ct_str_eq_nocase(name, ct_str_of(pattern)) ? "0" : NULL;
    const char *dot = name.length ? memchr(name.data, '.', name.length) : NULL;
    if (!dot || dot == name.data)
        return NULL;
    return ct_str_eq_nocase((ct_str){ dot, name.length - (size_t)(dot - name.data) }, CT_STR(".x")) ? "1" : NULL;
}

static bool has_method(const char *letters, ct_str method)
{
    if (!letters)
        return true;
    if (ct_str_eq(method, CT_STR("GET")) || ct_str_eq(method, CT_STR("HEAD")))
        return strchr(letters, 'G');
    if (ct_str_eq(method, CT_STR("POST")))
        return strchr(letters, 'P');
    if (ct_str_eq(method, CT_STR("PUT")))
        return strchr(letters, 'U');
    return ct_str_eq(method, CT_STR("PURGE")) && strchr(letters, 'X');
}

typedef struct expected {
    ct_match_result result;
    size_t row;
} expected;

/* What the rules of router.h say for a path without "//". */
static expected reference(ct_arena *arena, ct_str host, ct_str method, ct_str path)
{
    static laid l;
    expected found = { .result = CT_MATCH_NOT_FOUND };
    char best[MAX_KEY + 8] = "~";
    bool fits = false, slash = false;
    if (!split(arena, path, &l))
        return found;
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        const char *rank = host_rank(rows[i].host, host);
        for (int turn = 0; rank && turn < 2; turn++) {
            l.missing_slash = turn;
            l.best[0] = '\0';
            lay(&l, rows[i].pattern, 0, 0, false);
            if (!l.best[0])
                continue;
            char key[MAX_KEY + 8];
            snprintf(key, sizeof(key), "%s %s", rank, l.best);
            fits |= !turn;
            slash |= turn;
            if (has_method(rows[i].methods, method) && strcmp(key, best) < 0) {
                memcpy(best, key, sizeof(best));
                found = (expected){ turn ? CT_MATCH_REDIRECT : CT_MATCH_FOUND, i };
            }
        }
    }
    if (found.result == CT_MATCH_NOT_FOUND && fits)
        found.result = ct_str_eq(method, CT_STR("OPTIONS")) ? CT_MATCH_OPTIONS : CT_MATCH_METHOD;
    else if (found.result == CT_MATCH_NOT_FOUND && slash)
        found.result = CT_MATCH_REDIRECT;
    return found;
}

/* ---- the comparison ---- */

static ct_http_method method_of(ct_str name)
{
    static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE" };
    for (size_t i = 0; i < CT_COUNT(known); i++) {
        if (ct_str_eq(name, ct_str_of(known[i])))
            return (ct_http_method)(CT_METHOD_GET + i);
    }
    return CT_METHOD_OTHER;
}

static ct_match_result match(ct_arena *arena, ct_str host, ct_str method, ct_str path, ct_match *ret)
{
    return ct_router_match(&site, arena, host, method_of(method), method, path, ret);
}

/* The parameters put into the URL give the endpoint back, with the same values, unless they cannot stand in a URL. */
static void check_url(ct_arena *arena, ct_str host, ct_str method, ct_str path, const ct_match *found)
{
    ct_kv values[CT_MAX_PARAMETERS];
    ct_buffer out = ct_buffer_in(arena);
    ct_error error = { 0 };
    ct_match again;
    const ct_endpoint *endpoint = found->endpoint;
    for (uint32_t i = 0; i < endpoint->parameter_count; i++) {
        const char *text = ct_arena_copy(arena, found->values[i].data, found->values[i].length);
        values[i] = (ct_kv){ endpoint->parameters[i], ct_value_of_text(text) };
    }
    if (!ct_router_url(&site, found, endpoint->name, NULL, values, endpoint->parameter_count, &out, &error)) {
        FUZZ_CHECK(error.message[0]);
        return;
    }
    ct_str url = { ct_buffer_text(&out), out.length };
    /* "%2F" in a path parameter becomes a slash like the others, at which patterns may be laid differently. */
    if (memmem(path.data, path.length, "%2", 2))
        return;
    FUZZ_CHECK(match(arena, host, method, url, &again) == CT_MATCH_FOUND && again.endpoint == endpoint);
    for (uint32_t i = 0; i < endpoint->parameter_count; i++)
        FUZZ_CHECK(ct_str_eq(again.values[i], found->values[i]));
}

static void check_location(ct_str path, const char *location)
{
    FUZZ_CHECK(ct_url_is_local(ct_str_of(location)));
    FUZZ_CHECK(strlen(location) <= 3 * path.length + 1);
}

static void check(ct_arena *arena, ct_str host, ct_str method, ct_str path)
{
    ct_match found;
    ct_str decoded, whole = path;
    ct_error error;
    ct_match_result result = match(arena, host, method, path, &found);
    FUZZ_CHECK(found.mount);
    if (!ct_url_decode(arena, path, false, &decoded, &error)) {
        FUZZ_CHECK(result == CT_MATCH_BAD && found.reason[0]);
        return;
    }
    /* A character of several bytes may be cut by a slash: such segments are no text. */
    if (result == CT_MATCH_BAD) {
        FUZZ_CHECK(memchr(path.data, '%', path.length));
        return;
    }
    bool merged = ct_url_has_double_slash(path);
    if (merged)
        whole = ct_url_merge_slashes(arena, path);
    expected right = reference(arena, host, method, whole);
    if (merged && right.result != CT_MATCH_NOT_FOUND)
        right.result = CT_MATCH_REDIRECT;
    FUZZ_CHECK(result == right.result);
    FUZZ_CHECK((result == CT_MATCH_FOUND) == (found.endpoint != NULL));
    if (result == CT_MATCH_FOUND) {
        FUZZ_CHECK(found.endpoint->route->line == (int)right.row);
        check_url(arena, host, method, path, &found);
    } else if (result == CT_MATCH_REDIRECT) {
        check_location(path, found.location);
    } else if (result != CT_MATCH_NOT_FOUND) {
        FUZZ_CHECK(strstr(found.allow, "OPTIONS"));
    }
}

static ct_str cut(ct_str *rest)
{
    const char *space = rest->length ? memchr(rest->data, ' ', rest->length) : NULL;
    ct_str part = { rest->data, space ? (size_t)(space - rest->data) : rest->length };
    *rest = space ? (ct_str){ space + 1, rest->length - part.length - 1 } : (ct_str){ rest->data + rest->length, 0 };
    return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_str rest = { (const char *)data, size };
    ct_str method = cut(&rest), host = cut(&rest), path = rest;
    ct_arena arena;
    if (path.length == 0 || path.data[0] != '/' || host.length > 100 ||
        (host.length && (host.data[0] == '[' || !ct_http1_host_valid(host))))
        return 0;
    ct_arena_init(&arena, NULL, 0);
    check(&arena, host, method, path);
    ct_arena_finish(&arena);
    return 0;
}
