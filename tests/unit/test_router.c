/* Which route answers: patterns, specificity, slashes, methods, hosts, mounts, mistakes in tables, and the cost. */
#include "routed.h"

static ct_response *handler(ct *c)
{
    (void)c;
    return NULL;
}

static ct_response *other_handler(ct *c)
{
    (void)c;
    return NULL;
}

#define ROW(path, name_) GET(path, handler, .name = (name_))
#define TABLE(...)                                                                                                     \
    (const ct_route[])                                                                                                 \
    {                                                                                                                  \
        __VA_ARGS__,                                                                                                   \
        {                                                                                                              \
            .path = NULL                                                                                               \
        }                                                                                                              \
    }

typedef struct asked {
    const char *request; /* "[host ]METHOD path" or "path" */
    const char *answer;
} asked;

/* Takes the words of a request apart. */
static const char *ask(const ct_site *site, const char *request)
{
    char words[3][700] = { "", "", "" };
    int count = sscanf(request, "%699s %699s %699s", words[0], words[1], words[2]);
    if (count == 3)
        return answer_at(site, words[0], words[1], words[2]);
    return count == 2 ? answer_at(site, "", words[0], words[1]) : answer_at(site, "", "GET", words[0]);
}

static bool is_even(const char *text)
{
    return strlen(text) % 2 == 0;
}

static bool is_short(const char *text)
{
    return strlen(text) < 4;
}

static const ct_converter *const converters = CONVERTERS({ "even", is_even }, { "short", is_short });

/* Checks the answers with the rows in their order, then in the reverse: it must not matter. */
static void check(const ct_route *rows, const asked *cases, size_t count)
{
    size_t row_count = 0;
    while (rows[row_count].path)
        row_count++;
    ct_route *reversed = ct_xcalloc(row_count + 1, sizeof *reversed);
    for (size_t i = 0; i < row_count; i++)
        reversed[i] = rows[row_count - 1 - i];
    for (int turn = 0; turn < 2; turn++) {
        const ct_app app = { .name = "app", .routes = turn ? reversed : rows, .converters = converters };
        ct_site site;
        open_site(&site, &app);
        for (size_t i = 0; i < count; i++) {
            const char *answer = ask(&site, cases[i].request);
            if (strcmp(answer, cases[i].answer) != 0)
                fail_msg("%s: %s, not %s", cases[i].request, answer, cases[i].answer);
        }
        ct_site_finish(&site);
    }
    free(reversed);
}
#define ANSWERS(rows, ...) check(rows, (const asked[]){ __VA_ARGS__ }, CT_COUNT(((const asked[]){ __VA_ARGS__ })))

/* The problems of a table, one a line, without the folders and lines of places. */
static const char *problems_of_app(const ct_app *app)
{
    ct_site site;
    ct_problems problems = { 0 };
    ct_arena_reset(&answers);
    ct_buffer text = ct_buffer_in(&answers);
    ct_site_init(&site, app, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        assert_int_equal(problems.items[i].severity, CT_PROBLEM_ERROR);
        ct_buffer_printf(&text, "%s%s", i ? "\n" : "", problems.items[i].text);
    }
    ct_problems_finish(&problems);
    ct_site_finish(&site);
    return ct_buffer_text(&text);
}

static const char *problems_of(const ct_route *rows)
{
    const ct_app app = { .name = "app", .routes = rows, .converters = converters };
    return problems_of_app(&app);
}

/* A row as a table of another file would have it. */
#define AT(path_, line_, ...)                                                                                          \
    {                                                                                                                  \
        .path = (path_), .handler = handler, .name = "r" #line_, .file = "a.c", .line = (line_), __VA_ARGS__           \
    }

/* ---- static paths, text ---- */

static void static_paths_are_found_whole(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/", "home"), ROW("/about", "about"), ROW("/polls/list/", "list"), ROW("/a b/é", "text")),
            { "/", "home" }, { "/about", "about" }, { "/polls/list/", "list" }, { "/abou", "404 app" },
            { "/aboutx", "404 app" }, { "/polls", "404 app" }, { "/polls/", "404 app" }, { "/polls/list/x", "404 app" },
            { "/About", "404 app" });
}

static void escapes_are_decoded_segment_by_segment(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/a b/é", "text"), ROW("/x/<name>", "one"), ROW("/x/a/b", "two")), { "/a%20b/%C3%A9", "text" },
            { "/a%20b/%c3%a9", "text" }, { "/a%20b/é", "text" }, { "/%78/a", "one name=a" },
            { "/x/a%2Fb", "one name=a/b" }, { "/x%2Fa", "404 app" }, { "/x/a/%62", "two" },
            { "/x/a+b", "one name=a+b" }, { "/x/%25", "one name=%" }, { "/x/%2E%2e", "one name=.." });
}

static void malformed_paths_are_bad_requests(void **state)
{
    (void)state;
    ANSWERS(
        TABLE(ROW("/<path:all>", "all")),
        { "/a/%zz",
          "400 the path is malformed: byte 4 is a '%' without two hexadecimal digits (\"%25\" is '%' itself)" },
        { "/a%00", "400 the path is malformed: byte 3 begins \"%00\", which text cannot hold" },
        { "/%FF", "400 the path is malformed: the text is not valid UTF-8" },
        { "/a/\xFF", "400 the path is malformed: the text is not valid UTF-8" },
        { "/%C3/%A9", "400 the path is malformed: the text is not valid UTF-8" },
        { "/%", "400 the path is malformed: byte 2 is a '%' without two hexadecimal digits (\"%25\" is '%' itself)" });
}

/* ---- parameters ---- */

static void converters_take_what_they_say(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/int/<int:x>", "int"), ROW("/slug/<slug:x>", "slug"), ROW("/uuid/<uuid:x>", "uuid"),
                  ROW("/string/<x>", "string"), ROW("/even/<even:x>", "even"), ROW("/path/<path:x>", "path")),
            { "/int/0", "int x=0" }, { "/int/007", "int x=007" },
            { "/int/9223372036854775807", "int x=9223372036854775807" }, { "/int/9223372036854775808", "404 app" },
            { "/int/-5", "404 app" }, { "/int/+5", "404 app" }, { "/int/5x", "404 app" }, { "/int/", "404 app" },
            { "/int/%35", "int x=5" }, { "/slug/a-B_9", "slug x=a-B_9" }, { "/slug/a.b", "404 app" },
            { "/slug/%C3%A9", "404 app" },
            { "/uuid/01234567-89ab-CDEF-0123-456789abcdef", "uuid x=01234567-89ab-CDEF-0123-456789abcdef" },
            { "/uuid/01234567-89ab-CDEF-0123-456789abcde", "404 app" },
            { "/uuid/01234567-89ab-CDEF-0123-456789abcdeff", "404 app" },
            { "/uuid/01234567-89ab-CDEF-0123-456789abcdeg", "404 app" },
            { "/uuid/01234567089ab-CDEF-0123-456789abcdef", "404 app" }, { "/string/a.b~!", "string x=a.b~!" },
            { "/string/a/b", "404 app" }, { "/even/ab", "even x=ab" }, { "/even/abc", "404 app" },
            { "/even/%61b", "even x=ab" });
}

static void paths_take_several_segments(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/f/<path:x>", "file"), ROW("/f/<path:x>/edit", "edit"), ROW("/d/<path:x>/", "folder"),
                  ROW("/v<path:x>", "partial"), ROW("/p/<path:x>/to/<path:y>", "both")),
            { "/f/a", "file x=a" }, { "/f/a/b/c", "file x=a/b/c" }, { "/f/a/", "file x=a/" }, { "/f/", "404 app" },
            { "/f", "404 app" }, { "/f/a/edit", "edit x=a" }, { "/f/a/b/edit", "edit x=a/b" },
            { "/f/edit", "file x=edit" }, { "/f/edit/edit/edit", "edit x=edit/edit" },
            { "/f/a/edit/", "file x=a/edit/" }, { "/f/%2Fetc/%61", "file x=/etc/a" }, { "/f/%61/b/", "file x=a/b/" },
            { "/d/a/b/", "folder x=a/b" }, { "/d/a/b", "308 /d/a/b/" }, { "/v1/2", "partial x=1/2" },
            { "/v", "404 app" }, { "/v/1", "404 app" }, { "/p/a/to/b", "both x=a y=b" },
            { "/p/a/to/b/to/c", "both x=a y=b/to/c" }, { "/p/to/to/to", "both x=to y=to" }, { "/p/to/to", "404 app" });
}

static void text_may_stand_around_a_parameter(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/v<int:major>/", "version"), ROW("/<name>.json", "json"), ROW("/<name>", "plain"),
                  ROW("/a<x>z", "a_to_z"), ROW("/a<x>", "a"), ROW("/<x>z", "z")),
            { "/v2/", "version major=2" }, { "/v2", "308 /v2/" }, { "/v/", "404 app" }, { "/vx", "plain name=vx" },
            { "/a.json", "json name=a" }, { "/.json", "plain name=.json" }, { "/.json.json", "json name=.json" },
            { "/abz", "a_to_z x=b" }, { "/az", "a x=z" }, { "/bz", "z x=b" }, { "/a", "plain name=a" },
            { "/a%20z", "a_to_z x= " });
}

static void the_most_specific_route_answers(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/x/7", "fixed"), ROW("/x/<uuid:p>", "uuid"), ROW("/x/<int:p>", "int"),
                  ROW("/x/<even:p>", "even"), ROW("/x/<slug:p>", "slug"), ROW("/x/<string:p>", "string"),
                  ROW("/x/<path:p>", "path"), ROW("/x/n<p>", "text")),
            { "/x/7", "fixed" }, { "/x/8", "int p=8" }, { "/x/88", "int p=88" },
            { "/x/01234567-89ab-CDEF-0123-456789abcdef", "uuid p=01234567-89ab-CDEF-0123-456789abcdef" },
            { "/x/ab", "even p=ab" }, { "/x/abc", "slug p=abc" }, { "/x/a.b", "string p=a.b" }, { "/x/n8", "text p=8" },
            { "/x/a/b", "path p=a/b" }, { "/x/7/", "path p=7/" });
}

static void the_search_goes_back_to_every_alternative(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/a/b/c", "abc"), ROW("/a/<x>/d", "axd"), ROW("/<x>/b/e", "xbe"), ROW("/<x>/<y>/<z>", "xyz"),
                  ROW("/<int:x>/<y>/1", "int"), ROW("/<path:p>/end", "end")),
            { "/a/b/c", "abc" }, { "/a/b/d", "axd x=b" }, { "/a/b/e", "xbe x=a" }, { "/a/b/f", "xyz x=a y=b z=f" },
            { "/1/b/e", "xbe x=1" }, { "/1/b/1", "int x=1 y=b" }, { "/1/b/2", "xyz x=1 y=b z=2" },
            { "/a/b/c/d/end", "end p=a/b/c/d" }, { "/a/b/c/d", "404 app" });
}

/* ---- slashes ---- */

static void a_missing_slash_redirects(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/a/", "a"), ROW("/b", "b"), ROW("/u/<x>/", "user"), ROW("/c", "c"), ROW("/c/", "c_slash"),
                  ROW("/<other>", "other"), POST("/w/", handler, .name = "write")),
            { "/a", "308 /a/" }, { "POST /u/x", "308 /u/x/" }, { "OPTIONS /u/x", "308 /u/x/" }, { "/a/", "a" },
            { "POST /a", "405 GET, HEAD, OPTIONS (app)" } /* another route fits as it is */, { "/b/", "404 app" },
            { "/u/%20", "308 /u/%20/" }, { "/c", "c" }, { "/c/", "c_slash" }, { "/w", "other other=w" },
            { "POST /w", "308 /w/" }, { "HEAD /a", "308 /a/" });
}

static void doubled_slashes_redirect_to_a_route(void **state)
{
    (void)state;
    ANSWERS(
        TABLE(ROW("/a/b", "ab"), ROW("/d/", "d"), ROW("/f/<path:x>", "file"), POST("/p/q", handler, .name = "pq")),
        { "/a//b", "308 /a/b" }, { "//a/b", "308 /a/b" }, { "/a/b//", "404 app" }, { "//d", "308 /d/" },
        { "/d//", "308 /d/" }, { "/f/a//b", "308 /f/a/b" }, { "/f//", "404 app" }, { "//p/q", "308 /p/q" },
        { "//nowhere", "404 app" }, { "//", "404 app" },
        { "//%", "400 the path is malformed: byte 2 is a '%' without two hexadecimal digits (\"%25\" is '%' itself)" });
}

static void a_redirect_never_leaves_the_site(void **state)
{
    (void)state;
    ANSWERS(TABLE(ROW("/<x>/", "one"), ROW("/<x>/<y>/", "two")), { "//evil.com", "308 /evil.com/" },
            { "///evil.com/", "308 /evil.com/" }, { "/\\evil.com", "308 /%5Cevil.com/" },
            { "//\\evil.com/", "308 /%5Cevil.com/" }, { "/%5Cevil.com", "308 /%5Cevil.com/" },
            { "/%2F/evil.com", "308 /%2F/evil.com/" }, { "/\\/evil.com", "308 /%5C/evil.com/" },
            { "/a\"<b>", "308 /a%22%3Cb%3E/" });
}

/* ---- methods ---- */

static void methods_are_told_apart(void **state)
{
    (void)state;
    ANSWERS(TABLE(GET("/x", handler, .name = "get"), POST("/x", handler, .name = "post"),
                  ANY("/y", handler, .name = "two", .methods = "PUT, PURGE"), ANY("/z", handler, .name = "any"),
                  ANY("/o", handler, .name = "own", .methods = "OPTIONS, HEAD"), GET("/o", handler, .name = "o")),
            { "GET /x", "get" }, { "HEAD /x", "get" }, { "POST /x", "post" },
            { "PUT /x", "405 GET, HEAD, OPTIONS, POST (app)" }, { "OPTIONS /x", "204 GET, HEAD, OPTIONS, POST" },
            { "PURGE /x", "405 GET, HEAD, OPTIONS, POST (app)" }, { "PURGE /y", "two" },
            { "purge /y", "405 OPTIONS, PURGE, PUT (app)" }, { "HEAD /y", "405 OPTIONS, PURGE, PUT (app)" },
            { "GET /z", "any" }, { "OPTIONS /z", "any" }, { "BREW /z", "any" }, { "TRACE /z", "any" },
            { "OPTIONS /o", "own" }, { "HEAD /o", "own" }, { "GET /o", "o" },
            { "OPTIONS *", "204 DELETE, GET, HEAD, OPTIONS, PATCH, POST, PURGE, PUT" }, { "GET *", "404 app" });
}

static void a_wrong_method_comes_after_every_other_route(void **state)
{
    (void)state;
    ANSWERS(TABLE(GET("/a/b", handler, .name = "fixed"), POST("/a/<x>", handler, .name = "post"),
                  PUT("/<path:p>", handler, .name = "put")),
            { "GET /a/b", "fixed" }, { "POST /a/b", "post x=b" }, { "PUT /a/b", "put p=a/b" },
            { "DELETE /a/b", "405 GET, HEAD, OPTIONS, POST, PUT (app)" },
            { "GET /a/c", "405 OPTIONS, POST, PUT (app)" }, { "OPTIONS /a/b", "204 GET, HEAD, OPTIONS, POST, PUT" });
}

/* ---- hosts ---- */

static void hosts_choose_routes(void **state)
{
    (void)state;
    const ct_app api = { .name = "api", .routes = ROUTES(ROW("/", "home"), ROW("/v1", "v1")) };
    const ct_app tenants = { .name = "shop", .routes = ROUTES(ROW("/", "home"), ROW("/cart/<int:n>", "cart")) };
    ANSWERS(
        TABLE(ROW("/", "any"), ROW("/about", "about"), HOST("api.Example.com", &api),
              HOST("<tenant>.example.com", &tenants), GET("/v1", handler, .name = "www", .host = "www.example.com"),
              GET("/s", handler, .name = "shard", .host = "s<int:n>.<zone>.net")),
        { "api.example.com GET /", "api.home" }, { "API.EXAMPLE.COM:8000 GET /", "api.home" },
        { "api.example.com. GET /v1", "api.v1" }, { "api.example.com GET /about", "about" },
        { "api.example.com GET /nothing", "404 api" }, { "api.example.com GET /cart/1", "shop.cart tenant=api n=1" },
        { "Acme.example.com GET /cart/5", "shop.cart tenant=acme n=5" }, { "a.b.example.com GET /", "any" },
        { "example.com GET /", "any" }, { ".example.com GET /", "any" }, { "acme.example.org GET /cart/5", "404 app" },
        { "/", "any" }, { "www.example.com GET /v1", "www" },
        { "www.example.com POST /v1", "405 GET, HEAD, OPTIONS (app)" }, { "s12.eu.net GET /s", "shard n=12 zone=eu" },
        { "sx.eu.net GET /s", "404 app" }, { "[::1]:8000 GET /", "any" }, { "[::1 GET /", "any" });
}

static void an_endless_host_has_no_routes_of_its_own(void **state)
{
    (void)state;
    char request[700];
    snprintf(request, sizeof(request), "%0253d GET /", 0);
    const asked at_limit = { request, "host h=" };
    const ct_route *rows = TABLE(GET("/", handler, .name = "host", .host = "<h>"), ROW("/", "any"));
    const ct_app app = { .name = "app", .routes = rows };
    ct_site site;
    open_site(&site, &app);
    assert_int_equal(strncmp(ask(&site, at_limit.request), at_limit.answer, 7), 0);
    snprintf(request, sizeof(request), "%0254d GET /", 0);
    assert_string_equal(ask(&site, request), "any");
    ct_site_finish(&site);
}

/* ---- mounts ---- */

static ct_response *outer_middleware(ct *c, ct_next *next)
{
    return ct_next_call(c, next);
}

static ct_response *inner_middleware(ct *c, ct_next *next)
{
    return ct_next_call(c, next);
}

/* Referred to by the middleware above, which nobody runs here. */
static const ct_app leaf_app = { .name = "leaf",
                                 .routes = ROUTES(ROW("", "bare"), ROW("/", "home"), ROW("/x/<int:n>", "x")),
                                 .middleware = MIDDLEWARE(inner_middleware, outer_middleware) };
static const ct_app middle_app = { .name = "middle",
                                   .routes = ROUTES(ROW("/", "home"), MOUNT("/l/", &leaf_app),
                                                    MOUNT("/<kind>", &leaf_app, .name = "second")) };
static const ct_app root_app = { .name = "root",
                                 .routes = ROUTES(ROW("/", "home"), MOUNT("/m/<id>", &middle_app)),
                                 .middleware = MIDDLEWARE(outer_middleware) };

static void mounts_nest_and_repeat(void **state)
{
    (void)state;
    static const asked cases[] = {
        { "/", "home" },
        { "/m/1/", "middle.home id=1" },
        { "/m/1", "308 /m/1/" },
        { "/m/1/l", "middle.leaf.bare id=1" },
        { "/m/1/l/", "middle.leaf.home id=1" },
        { "/m/1/l/x/2", "middle.leaf.x id=1 n=2" },
        { "/m/1/z/x/2", "middle.second.x id=1 kind=z n=2" },
        { "/m/1/z/x/y", "404 leaf" },
        { "/m/1/l/x/y", "404 leaf" },
        { "POST /m/1/l/x/2", "405 GET, HEAD, OPTIONS (leaf)" },
        { "/m/", "404 root" },
        { "/nothing", "404 root" },
    };
    ct_site site;
    open_site(&site, &root_app);
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(ask(&site, cases[i].request), cases[i].answer);

    assert_int_equal(site.mount_count, 4);
    const ct_mount *leaf = site.mounts[3];
    assert_ptr_equal(leaf->app, &leaf_app);
    assert_string_equal(leaf->prefix, "/m/<id>/<kind>");
    assert_string_equal(leaf->namespace_, "middle.second");
    assert_ptr_equal(leaf->parent, site.mounts[1]);
    assert_int_equal(leaf->middleware_count, 3);
    assert_ptr_equal(leaf->middleware[0], outer_middleware);
    assert_ptr_equal(leaf->middleware[1], inner_middleware);
    assert_ptr_equal(leaf->middleware[2], outer_middleware);
    assert_null(leaf->middleware[3]);
    assert_int_equal(site.mounts[1]->middleware_count, 1);
    ct_site_finish(&site);
}

static void endpoints_come_in_the_order_of_the_tables(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "home / 0 GET, HEAD, OPTIONS",
        "middle.home /m/<id>/ 1 GET, HEAD, OPTIONS",
        "middle.leaf.bare /m/<id>/l 1 GET, HEAD, OPTIONS",
        "middle.leaf.home /m/<id>/l/ 1 GET, HEAD, OPTIONS",
        "middle.leaf.x /m/<id>/l/x/<int:n> 2 GET, HEAD, OPTIONS",
        "middle.second.bare /m/<id>/<kind> 2 GET, HEAD, OPTIONS",
        "middle.second.home /m/<id>/<kind>/ 2 GET, HEAD, OPTIONS",
        "middle.second.x /m/<id>/<kind>/x/<int:n> 3 GET, HEAD, OPTIONS",
    };
    ct_site site;
    open_site(&site, &root_app);
    assert_int_equal(ct_router_count(&site), CT_COUNT(expected));
    for (size_t i = 0; i < CT_COUNT(expected); i++) {
        const ct_endpoint *endpoint = ct_router_endpoint(&site, i);
        char text[200];
        snprintf(text, sizeof(text), "%s %s %u %s", endpoint->name, endpoint->pattern, endpoint->parameter_count,
                 endpoint->methods);
        assert_string_equal(text, expected[i]);
    }
    const ct_endpoint *last = ct_router_endpoint(&site, 7);
    assert_string_equal(last->parameters[1], "kind");
    assert_false(last->parameter_is_int[1]);
    assert_true(last->parameter_is_int[2]);
    assert_int_equal(last->outer_count, 2);
    ct_site_finish(&site);
}

static void mounts_that_share_a_prefix_leave_misses_to_the_one_around(void **state)
{
    (void)state;
    const ct_app one = { .name = "one", .routes = ROUTES(ROW("/1", "a")) };
    const ct_app two = { .name = "two", .routes = ROUTES(ROW("/2", "b")) };
    const ct_app plain = { .name = "plain", .routes = ROUTES(ROW("/3", "c")) };
    ANSWERS(TABLE(MOUNT("/p", &one), MOUNT("/p/", &two), MOUNT("", &plain)), { "/p/1", "one.a" }, { "/p/2", "two.b" },
            { "/p/3", "404 app" }, { "/3", "plain.c" }, { "/4", "404 app" },
            { "POST /3", "405 GET, HEAD, OPTIONS (plain)" }, { "POST /p/1", "405 GET, HEAD, OPTIONS (one)" });
}

/* ---- mistakes in tables ---- */

static void check_problem(const ct_route *rows, const char *expected)
{
    assert_string_equal(problems_of(rows), expected);
}

static void malformed_patterns_are_refused(void **state)
{
    (void)state;
    static const asked cases[] = {
        { "a", "it must begin with '/'" },
        { "", "an empty path needs a mount with a prefix; write \"/\"" },
        { "/a//b", "it has an empty segment (\"//\")" },
        { "//", "it has an empty segment (\"//\")" },
        { "/a/../b", "browsers never send the segment \"..\"" },
        { "/<a", "a '<' has no '>'" },
        { "/a>", "a '>' has no '<'" },
        { "/<>", "\"<>\" has no name of letters, digits and '_'" },
        { "/<int:>", "\"<int:>\" has no name of letters, digits and '_'" },
        { "/<1a>", "\"<1a>\" has no name of letters, digits and '_'" },
        { "/<a><b>", "\"<a><b>\" has two parameters; a segment can have one" },
        { "/<path:a>.html", "\"<path:a>.html\": a path parameter must be last in its segment" },
        { "/<itn:a>", "there is no converter \"itn\"; did you mean \"int\"?" },
        { "/<shrt:a>", "there is no converter \"shrt\"; did you mean \"short\"?" },
        { "/<colour:a>", "there is no converter \"colour\"; there are string, int, slug, uuid, path and those of the "
                         "app's .converters" },
        { "/<a>/<int:a>", "it has the parameter \"a\" twice" },
        { "/a?b=c", "a pattern ends before the '?': queries are read with ct_query()" },
        { "/a%20b", "a pattern is written decoded: \"a b\", not \"a%20b\"" },
        { "/a\nb", "it has a control character" },
        { "/\xFF", "it is not valid UTF-8" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char expected[400];
        snprintf(expected, sizeof(expected), "a.c:7: the route \"%s\": %s", cases[i].request, cases[i].answer);
        check_problem(TABLE(AT(cases[i].request, 7)), expected);
    }
}

static void limits_of_patterns_hold(void **state)
{
    (void)state;
    static const char sixteen[] =
        "/<p1>/<p2>/<p3>/<p4>/<p5>/<p6>/<p7>/<p8>/<p9>/<p10>/<p11>/<p12>/<p13>/<p14>/<p15>/<p16>";
    static const char seventeen[] =
        "/<p1>/<p2>/<p3>/<p4>/<p5>/<p6>/<p7>/<p8>/<p9>/<p10>/<p11>/<p12>/<p13>/<p14>/<p15>/<p16>/<p17>";
    char path[2 * CT_MAX_SEGMENTS + 3] = "";
    check_problem(TABLE(AT(sixteen, 1)), "");
    check_problem(
        TABLE(AT(sixteen, 1, .host = "a.<h>")),
        "a.c:1: the route \"/<p1>/<p2>/<p3>/<p4>/<p5>/<p6>/<p7>/<p8>/<p9>/<p10>/<p11>/<p12>/<p13>/<p14>/<p15>/"
        "<p16>\": it has more than 16 parameters with those of the host");
    const char *problem = problems_of(TABLE(AT(seventeen, 1)));
    assert_non_null(strstr(problem, "it has more than 16 parameters"));
    for (int i = 0; i < CT_MAX_SEGMENTS; i++)
        snprintf(path + 2 * i, 3, "/s");
    check_problem(TABLE(AT(path, 1)), "");
    const ct_route *rows = TABLE(ROW("/<path:all>", "all"));
    char expected[400];
    snprintf(expected, sizeof(expected), "all all=%s", path + 1);
    ANSWERS(rows, { path, expected });
    snprintf(path + 2 * CT_MAX_SEGMENTS, 3, "/s");
    ANSWERS(rows, { path, "404 app" });
    assert_non_null(strstr(problems_of(TABLE(AT(path, 1))), "it has more than 64 segments"));
}

static void mistakes_of_rows_are_refused(void **state)
{
    (void)state;
    check_problem(TABLE({ .path = "/", .name = "a", .file = "a.c", .line = 1 }),
                  "a.c:1: the route \"/\": it has neither a handler nor an app to mount");
    check_problem(TABLE(AT("/", 1, .app = &leaf_app)),
                  "a.c:1: the route \"/\": it has both a handler and an app to mount");
    check_problem(TABLE(AT("/", 1, .methods = "get")),
                  "a.c:1: the route \"/\": its .methods has \"get\"; methods are in capitals: \"GET\"");
    check_problem(TABLE(AT("/", 1, .methods = "GET POST")),
                  "a.c:1: the route \"/\": its .methods has \"GET POST\", which is no method (write \"GET, POST\")");
    check_problem(TABLE(AT("/", 1, .methods = "GET,")),
                  "a.c:1: the route \"/\": its .methods has an empty name, or one over 32 letters");
    check_problem(TABLE(AT("/", 1, .methods = "")),
                  "a.c:1: the route \"/\": its .methods has an empty name, or one over 32 letters");
    check_problem(TABLE(AT("/", 1, .methods = "CONNECT")),
                  "a.c:1: the route \"/\": CONNECT is for proxies; the server refuses it");
    check_problem(TABLE({ .path = "/", .handler = handler, .file = "a.c", .line = 1 }),
                  "a.c:1: the route \"/\": its name \"\" must be of letters, digits, '_' and '-': give it a .name");
    check_problem(TABLE({ .path = "/", .handler = handler, .handler_name = "f(1)", .file = "a.c", .line = 1 }),
                  "a.c:1: the route \"/\": its name \"f(1)\" must be of letters, digits, '_' and '-': give it a .name");
    check_problem(TABLE(AT("/", 1, .host = "a.b:80")),
                  "a.c:1: the route \"/\": ':' cannot stand in a host's name (which is without scheme and port)");
    check_problem(TABLE(AT("/", 1, .host = "a..b")), "a.c:1: the route \"/\": it has an empty label");
    check_problem(TABLE(AT("/", 1, .host = "<path:a>.b")),
                  "a.c:1: the route \"/\": a host's parameter takes one label, so it cannot be a path");
    check_problem(TABLE(AT("/<a>", 1, .host = "<a>.b")),
                  "a.c:1: the route \"/<a>\": it has the parameter \"a\" twice (one is the host's)");
    check_problem(TABLE({ .path = "x", .app = &leaf_app, .file = "a.c", .line = 1 }),
                  "a.c:1: the mount \"x\": it must begin with '/'");
    const ct_app nameless = { .routes = TABLE(AT("/", 1)) }, spaced = { .name = "a b", .routes = TABLE(AT("/", 1)) };
    assert_string_equal(problems_of_app(&nameless), "the root app: the app has no .name");
    assert_string_equal(problems_of_app(&spaced),
                        "the root app: the app's name \"a b\" must be of letters, digits, '_' and '-'");
}

static void hosts_inside_of_hosts_must_agree(void **state)
{
    (void)state;
    const ct_app inner = { .name = "inner", .routes = TABLE(AT("/a", 2, .host = "b.c")) };
    check_problem(TABLE({ .path = "", .host = "a.c", .app = &inner, .file = "a.c", .line = 1 }),
                  "a.c:2: the route \"/a\": it is inside of a mount for the host \"a.c\"");
    check_problem(TABLE({ .path = "", .host = "B.c", .app = &inner, .file = "a.c", .line = 1 }), "");
}

static void duplicates_name_both_places(void **state)
{
    (void)state;
    check_problem(TABLE(AT("/<a>", 1, .methods = "GET, POST"), AT("/<string:b>", 2, .methods = "PUT, POST")),
                  "a.c:2: \"/<string:b>\" (r2) answers POST where \"/<a>\" (r1, at a.c:1) does");
    check_problem(TABLE(AT("/a", 1), AT("/a", 2, .methods = "GET")),
                  "a.c:2: \"/a\" (r2) answers GET where \"/a\" (r1, at a.c:1) does");
    check_problem(TABLE(AT("/a", 1), AT("/a", 2)),
                  "a.c:2: \"/a\" (r2) answers every method where \"/a\" (r1, at a.c:1) does");
    check_problem(TABLE(AT("/a", 1, .host = "a.b"), AT("/a", 2, .host = "A.B")),
                  "a.c:2: \"/a\" (r2) answers every method where \"/a\" (r1, at a.c:1) does");
    check_problem(TABLE(AT("/a", 1), AT("/a/", 2), AT("/<a>", 3), AT("/<int:a>", 4), AT("/a", 5, .host = "a.b"),
                        AT("/x", 6, .methods = "GET"), AT("/x", 7, .methods = "HEAD, OPTIONS")),
                  "");
}

static void ambiguous_routes_name_both_places(void **state)
{
    (void)state;
    check_problem(
        TABLE(AT("/<even:a>", 1), AT("/<short:b>", 2)),
        "a.c:2: \"/<short:b>\" and \"/<even:a>\" at a.c:1 fit the same requests, and neither is the more specific");
    check_problem(TABLE(AT("/<even:a>/<path:p>", 1), AT("/<short:b>/x/<c>", 2)),
                  "a.c:2: \"/<short:b>/x/<c>\" and \"/<even:a>/<path:p>\" at a.c:1 fit the same requests, and neither "
                  "is the more "
                  "specific");
    check_problem(TABLE(AT("/", 1, .host = "<even:a>.x"), AT("/", 2, .host = "<short:a>.x")),
                  "a.c:2: its host and that of a.c:1 fit the same requests, and neither is the more specific");
    /* Told apart by what follows, by methods, by hosts, by text. */
    check_problem(TABLE(AT("/<even:a>/x", 1), AT("/<short:b>/y", 2), AT("/<even:a>", 3, .methods = "GET"),
                        AT("/<short:a>", 4, .methods = "POST"), AT("/q/<even:a>", 5, .host = "x.y"),
                        AT("/q/<short:a>", 6), AT("/a<even:a>", 7), AT("/<short:a>a", 8), AT("/b<short:a>", 9),
                        AT("/<even:a>/<int:i>", 10), AT("/<short:b>/z", 11), AT("/<short:b>/x/", 12)),
                  "");
}

static void an_app_that_mounts_itself_is_refused(void **state)
{
    (void)state;
    static ct_route self_rows[2], a_rows[2], b_rows[2];
    static const ct_app self = { .name = "self", .routes = self_rows };
    static const ct_app a = { .name = "a", .routes = a_rows }, b = { .name = "b", .routes = b_rows };
    self_rows[0] = (ct_route){ .path = "/x", .app = &self, .file = "a.c", .line = 1 };
    a_rows[0] = (ct_route){ .path = "/b", .app = &b, .file = "a.c", .line = 2 };
    b_rows[0] = (ct_route){ .path = "/a", .app = &a, .file = "b.c", .line = 3 };
    assert_string_equal(problems_of_app(&self), "a.c:1: the app self mounts itself");
    assert_string_equal(problems_of_app(&a), "b.c:3: the app a mounts itself by way of others");
}

static void a_name_belongs_to_one_handler(void **state)
{
    (void)state;
    check_problem(TABLE({ .path = "/a", .handler = handler, .name = "n", .file = "a.c", .line = 1 },
                        { .path = "/b", .handler = handler, .name = "n", .file = "a.c", .line = 2 }),
                  "");
    check_problem(TABLE({ .path = "/a", .handler = handler, .name = "n", .file = "a.c", .line = 1 },
                        { .path = "/b", .handler = other_handler, .name = "n", .file = "a.c", .line = 2 }),
                  "a.c:2: the name \"n\" of \"/b\" belongs to another handler, of \"/a\" at a.c:1: give one a .name");
}

/* ---- the cost ---- */

/* A site of `count` groups of routes of every kind. */
static void open_large(ct_site *site, ct_app *app, size_t count)
{
    ct_route *rows = ct_xcalloc(4 * count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        static const char *const forms[] = { "/s%zu/list", "/s%zu/<int:id>", "/s%zu/<int:id>/part/<slug:part>",
                                             "/s%zu/files/<path:name>" };
        for (size_t j = 0; j < CT_COUNT(forms); j++) {
            char path[80], name[80];
            snprintf(path, sizeof(path), forms[j], i);
            snprintf(name, sizeof(name), "n%zu-%zu", i, j);
            rows[4 * i + j] =
                (ct_route){ .path = ct_xstrdup(path), .handler = handler, .name = ct_xstrdup(name), .methods = "GET" };
        }
    }
    *app = (ct_app){ .name = "large", .routes = rows };
    open_site(site, app);
}

static void close_large(ct_site *site, ct_app *app)
{
    ct_site_finish(site);
    for (const ct_route *row = app->routes; row->path; row++) {
        free((void *)(uintptr_t)row->path);
        free((void *)(uintptr_t)row->name);
    }
    free((void *)(uintptr_t)app->routes);
}

static void the_cost_does_not_grow_with_the_site(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t steps;
    } cases[] = {
        { "/s3/list", 0 }, /* one look-up of the whole path */
        { "/s3/42", 3 },   { "/s3/42/part/x", 5 }, { "/s3/files/a/b/c", 4 }, { "/s3/42/nothing", 3 }, { "/nothing", 1 },
    };
    for (size_t count = 10; count <= 1000; count *= 10) {
        ct_site site;
        ct_app app;
        open_large(&site, &app, count);
        for (size_t i = 0; i < CT_COUNT(cases); i++) {
            ct_match match;
            match_path(&site, "", "GET", cases[i].path, &match);
            assert_int_equal(match.steps, cases[i].steps);
        }
        close_large(&site, &app);
    }
}

static void a_plain_path_allocates_nothing(void **state)
{
    (void)state;
    ct_site site;
    ct_app app;
    ct_match match;
    open_large(&site, &app, 10);
    assert_int_equal(match_path(&site, "", "GET", "/s3/list", &match), CT_MATCH_FOUND);
    assert_int_equal(ct_arena_used(&answers), 0);
    assert_int_equal(match_path(&site, "", "GET", "/s3/7/part/x", &match), CT_MATCH_FOUND);
    assert_int_equal(ct_arena_used(&answers), 0);
    close_large(&site, &app);
}

/* Every combination of two kinds of parameters ten deep: 1,024 routes that all begin alike. The worst request visits no
 * node of the trie (2,047) twice. */
static void a_hostile_table_costs_no_more_than_its_size(void **state)
{
    (void)state;
    enum { DEPTH = 10, COUNT = 1 << DEPTH };
    ct_route *rows = ct_xcalloc(COUNT + 1, sizeof *rows);
    for (int i = 0; i < COUNT; i++) {
        ct_buffer path = { 0 };
        for (int j = 0; j < DEPTH; j++)
            ct_buffer_printf(&path, i >> j & 1 ? "/<int:p%d>" : "/<p%d>", j);
        ct_buffer_printf(&path, "/end");
        rows[i] =
            (ct_route){ .path = ct_xstrdup(ct_buffer_text(&path)), .handler = handler, .name = "n", .methods = "GET" };
        ct_buffer_finish(&path);
    }
    const ct_app app = { .name = "hostile", .routes = rows };
    ct_site site;
    ct_match match;
    open_site(&site, &app);
    assert_int_equal(match_path(&site, "", "GET", "/1/1/1/1/1/1/1/1/1/1/x", &match), CT_MATCH_NOT_FOUND);
    assert_int_equal(match.steps, 2047);
    ct_site_finish(&site);
    for (int i = 0; i < COUNT; i++)
        free((void *)(uintptr_t)rows[i].path);
    free(rows);
}

/* Paths in paths: without a memory of where it was, the search would try each way to cut 62 segments in seven. */
static void nested_paths_are_searched_once_a_segment(void **state)
{
    (void)state;
    const ct_app app = { .name = "paths",
                         .routes =
                             TABLE(ROW("/<path:a>/x/<path:b>/x/<path:c>/x/<path:d>/x/<path:e>/x/<path:f>/end", "n"),
                                   ROW("/<path:a>/<int:i>/<path:b>/<int:j>/<path:c>/<int:k>/<path:d>/stop", "m")) };
    ct_site site;
    ct_match match;
    char path[2 * CT_MAX_SEGMENTS + 1] = "";
    for (int i = 0; i < CT_MAX_SEGMENTS - 1; i++)
        snprintf(path + 2 * i, 3, "/x");
    open_site(&site, &app);
    assert_int_equal(match_path(&site, "", "GET", path, &match), CT_MATCH_NOT_FOUND);
    assert_in_range(match.steps, CT_MAX_SEGMENTS, 20 * CT_MAX_SEGMENTS);
    for (int i = 0; i < CT_MAX_SEGMENTS - 1; i++)
        snprintf(path + 2 * i, 3, "/1");
    assert_int_equal(match_path(&site, "", "GET", path, &match), CT_MATCH_NOT_FOUND);
    assert_in_range(match.steps, CT_MAX_SEGMENTS, 20 * CT_MAX_SEGMENTS);
    ct_site_finish(&site);
}

static void a_request_without_memory_is_refused(void **state)
{
    (void)state;
    const ct_app app = { .name = "app", .routes = TABLE(ROW("/<x>/", "x"), ROW("/<path:p>/<y>/z", "p")) };
    ct_site site;
    ct_match match;
    ct_arena small;
    open_site(&site, &app);
    static const char *const paths[] = { "/%20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                         "//aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    for (size_t i = 0; i < CT_COUNT(paths); i++) {
        ct_arena_init(&small, NULL, 16);
        assert_int_equal(
            ct_router_match(&site, &small, CT_STR(""), CT_METHOD_GET, CT_STR("GET"), ct_str_of(paths[i]), &match),
            CT_MATCH_NO_MEMORY);
        ct_arena_finish(&small);
    }
    ct_site_finish(&site);
}

static bool never(const char *text)
{
    (void)text;
    return false;
}

static void tables_with_mistakes_are_told(void **state)
{
    (void)state;
    const ct_app app = {
        .name = "app",
        .routes = TABLE(ROW("/", "home")),
        .errors = CT_ERRORS({ 404, handler }, { 0, handler }, { 200, handler }, { 404, handler }, { 600, handler }),
        .converters =
            CT_CONVERTERS({ "even", never }, { "int", never }, { "even", never }, { "b d", never }, { .name = "f" }),
    };
    static const char *const expected[] = {
        "the app's converter \"int\" has the name of one of Canteen's own",
        "the app's converter \"even\" stands twice in its table",
        "the app's converter \"b d\" must have a name of letters, digits, '_' and '-'",
        "the app's converter \"f\" has no function",
        "an error handler of the app app is for 200: errors are 400 to 599, or 0 for any",
        "the app app has two error handlers for 404",
        "an error handler of the app app is for 600: errors are 400 to 599, or 0 for any",
    };
    ct_site site;
    ct_problems problems = { 0 };
    ct_site_init(&site, &app, &problems);
    assert_int_equal(problems.count, CT_COUNT(expected));
    for (size_t i = 0; i < CT_COUNT(expected); i++)
        assert_non_null(strstr(problems.items[i].text, expected[i]));
    ct_problems_finish(&problems);
    ct_site_finish(&site);
}

static void an_app_mounted_twice_at_one_place_names_both_mounts(void **state)
{
    (void)state;
    const ct_app inner = { .name = "inner", .routes = TABLE(ROW("/a", "a")) };
    const ct_app app = { .name = "app",
                         .routes = TABLE({ .path = "/s", .app = &inner, .file = "main.c", .line = 11 },
                                         { .path = "/s/", .app = &inner, .file = "main.c", .line = 22 }) };
    ct_site site;
    ct_problems problems = { 0 };
    ct_site_init(&site, &app, &problems);
    assert_int_equal(problems.count, 1);
    const char *expected = "main.c:22: the app inner is mounted where main.c:11 mounts it already: both would answer "
                           "\"/s/a\" (";
    assert_memory_equal(problems.items[0].text, expected, strlen(expected));
    ct_problems_finish(&problems);
    ct_site_finish(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(static_paths_are_found_whole),
        cmocka_unit_test(escapes_are_decoded_segment_by_segment),
        cmocka_unit_test(malformed_paths_are_bad_requests),
        cmocka_unit_test(converters_take_what_they_say),
        cmocka_unit_test(paths_take_several_segments),
        cmocka_unit_test(text_may_stand_around_a_parameter),
        cmocka_unit_test(the_most_specific_route_answers),
        cmocka_unit_test(the_search_goes_back_to_every_alternative),
        cmocka_unit_test(a_missing_slash_redirects),
        cmocka_unit_test(doubled_slashes_redirect_to_a_route),
        cmocka_unit_test(a_redirect_never_leaves_the_site),
        cmocka_unit_test(methods_are_told_apart),
        cmocka_unit_test(a_wrong_method_comes_after_every_other_route),
        cmocka_unit_test(hosts_choose_routes),
        cmocka_unit_test(an_endless_host_has_no_routes_of_its_own),
        cmocka_unit_test(mounts_nest_and_repeat),
        cmocka_unit_test(endpoints_come_in_the_order_of_the_tables),
        cmocka_unit_test(mounts_that_share_a_prefix_leave_misses_to_the_one_around),
        cmocka_unit_test(malformed_patterns_are_refused),
        cmocka_unit_test(limits_of_patterns_hold),
        cmocka_unit_test(mistakes_of_rows_are_refused),
        cmocka_unit_test(hosts_inside_of_hosts_must_agree),
        cmocka_unit_test(duplicates_name_both_places),
        cmocka_unit_test(ambiguous_routes_name_both_places),
        cmocka_unit_test(an_app_that_mounts_itself_is_refused),
        cmocka_unit_test(a_name_belongs_to_one_handler),
        cmocka_unit_test(the_cost_does_not_grow_with_the_site),
        cmocka_unit_test(a_plain_path_allocates_nothing),
        cmocka_unit_test(a_hostile_table_costs_no_more_than_its_size),
        cmocka_unit_test(nested_paths_are_searched_once_a_segment),
        cmocka_unit_test(a_request_without_memory_is_refused),
        cmocka_unit_test(tables_with_mistakes_are_told),
        cmocka_unit_test(an_app_mounted_twice_at_one_place_names_both_mounts),
    };
    int failed = cmocka_run_group_tests_name("router", tests, NULL, NULL);
    ct_arena_finish(&answers);
    return failed;
}
