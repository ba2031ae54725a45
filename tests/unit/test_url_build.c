/* The URLs of routes: which endpoint is meant, values of every kind, what is refused, and that each URL leads back. */
#include "routed.h"

#include "made_request.h"

static ct_response *home(ct *c)
{
    (void)c;
    return NULL;
}

static ct_response *show(ct *c)
{
    (void)c;
    return NULL;
}

static ct_response *listing(ct *c)
{
    (void)c;
    return NULL;
}

static ct_response *nowhere(ct *c)
{
    (void)c;
    return NULL;
}

static bool is_even(const char *text)
{
    return strlen(text) % 2 == 0;
}

static const ct_app deep = { .name = "deep",
                             .routes = ROUTES(GET("/", home, .name = "index"), GET("/d/<int:n>", show)) };
static const ct_app polls = {
    .name = "polls", .routes = ROUTES(GET("/", home, .name = "index"), GET("/<int:id>/", show), MOUNT("/deep", &deep))
};
static const ct_app shop = { .name = "shop",
                             .routes = ROUTES(GET("/", home, .name = "index"), GET("/cart/<int:n>", show)) };
static const ct_app plain_site = {
    .name = "site",
    .routes = ROUTES(GET("/", home), GET("/files/<path:name>", listing, .name = "file"),
                     GET("/files/<path:name>/edit", listing, .name = "edit"), GET("/list", listing),
                     GET("/list/<int:page>", listing), GET("/s/<slug:x>", home, .name = "slug"),
                     GET("/u/<uuid:x>", home, .name = "uuid"), GET("/e/<even:x>", home, .name = "even"),
                     GET("/t/<x>", home, .name = "text"), MOUNT("/<lang>/polls", &polls),
                     MOUNT("/fixed", &polls, .name = "fixed"), MOUNT("/<lang>/other", &deep, .name = "other"),
                     GET("/.<x>", home, .name = "dot"), GET("/a b/<x>.html", home, .name = "around"),
                     HOST("<tenant>.shop.net", &shop), GET("/", home, .name = "api", .host = "api.net")),
    .converters = CONVERTERS({ "even", is_even }),
};

typedef struct fixture {
    ct_site site;
    ct_match current;
    bool has_current;
    made_request made;
} fixture;

static int setup(void **state)
{
    fixture *f = ct_xcalloc(1, sizeof *f);
    make_work(&f->made);
    open_site(&f->site, &plain_site);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    ct_site_finish(&f->site);
    drop_request(&f->made);
    free(f);
    return 0;
}

/* The URL, or "! " and the message. */
static const char *build(fixture *f, const char *name, ct_handler *handler, const ct_kv *values, size_t count)
{
    static char text[1024];
    ct_error error = { 0 };
    ct_buffer out = { 0 };
    bool good =
        ct_router_url(&f->site, f->has_current ? &f->current : NULL, name, handler, values, count, &out, &error);
    snprintf(text, sizeof(text), "%s%s", good ? "" : "! ", good ? ct_buffer_text(&out) : error.message);
    ct_buffer_finish(&out);
    return text;
}
#define NAMED(f, name, ...) build((f), (name), NULL, CT_KVS(__VA_ARGS__))
#define HANDLED(f, handler, ...) build((f), NULL, (handler), CT_KVS(__VA_ARGS__))

static void visit(fixture *f, const char *host, const char *path)
{
    assert_int_equal(match_path(&f->site, host, "GET", path, &f->current), CT_MATCH_FOUND);
    f->has_current = true;
}

static void a_name_or_a_handler_gives_the_path(void **state)
{
    fixture *f = *state;
    assert_string_equal(NAMED(f, "home"), "/");
    assert_string_equal(NAMED(f, "file", KV("name", "a b/ü.txt")), "/files/a%20b/%C3%BC.txt");
    assert_string_equal(NAMED(f, "edit", KV("name", "a/b")), "/files/a/b/edit");
    assert_string_equal(NAMED(f, "polls.show", KV("id", 3), KV("lang", "de")), "/de/polls/3/");
    assert_string_equal(NAMED(f, "fixed.show", KV("id", 3)), "/fixed/3/");
    assert_string_equal(NAMED(f, "fixed.deep.show", KV("n", 0)), "/fixed/deep/d/0");
    assert_string_equal(NAMED(f, "around", KV("x", "1")), "/a%20b/1.html");
    assert_string_equal(HANDLED(f, listing), "/list");
}

static void values_of_every_kind_are_written(void **state)
{
    fixture *f = *state;
    assert_string_equal(NAMED(f, "text", KV("x", "a/b?c#d%e&f")), "/t/a%2Fb%3Fc%23d%25e&f");
    assert_string_equal(NAMED(f, "text", KV("x", true)), "/t/true");
    assert_string_equal(NAMED(f, "text", KV("x", -7)), "/t/-7");
    assert_string_equal(NAMED(f, "text", KV("x", UINT64_MAX)), "/t/18446744073709551615");
    assert_string_equal(NAMED(f, "text", KV("x", 1.5)), "/t/1.5");
    assert_string_equal(NAMED(f, "even", KV("x", "ab")), "/e/ab");
    assert_string_equal(NAMED(f, "uuid", KV("x", "01234567-89ab-CDEF-0123-456789abcdef")),
                        "/u/01234567-89ab-CDEF-0123-456789abcdef");
    assert_string_equal(NAMED(f, "fixed.show", KV("id", INT64_MAX)), "/fixed/9223372036854775807/");
    assert_string_equal(NAMED(f, "fixed.show", KV("id", "42")), "/fixed/42/");
    assert_string_equal(NAMED(f, "file", KV("name", "folder/")), "/files/folder/");
}

static void what_is_no_parameter_is_the_query(void **state)
{
    fixture *f = *state;
    ct_array *tags = ct_array_new(&f->made.c);
    ct_array_add(tags, "x&y");
    ct_array_add(tags, 2);
    assert_string_equal(NAMED(f, "home", KV("q", "x y"), KV("page", 2)), "/?q=x%20y&page=2");
    assert_string_equal(NAMED(f, "home", KV("b", "2"), KV("t", tags), KV("a", "é=+/")),
                        "/?b=2&t=x%26y&t=2&a=%C3%A9%3D%2B%2F");
    assert_string_equal(NAMED(f, "home", KV("empty", ""), KV("null", (const char *)NULL), KV("on", true)),
                        "/?empty=&on=true");
    assert_string_equal(NAMED(f, "text", KV("k e", 1), KV("x", "y")), "/t/y?k%20e=1");
    assert_string_equal(NAMED(f, "home", KV("_anchor", "a b#c"), KV("q", 1)), "/?q=1#a%20b%23c");
    assert_string_equal(NAMED(f, "home", KV("_anchor", (const char *)NULL)), "/");
}

static void the_pattern_that_uses_most_values_is_taken(void **state)
{
    fixture *f = *state;
    assert_string_equal(NAMED(f, "listing"), "/list");
    assert_string_equal(NAMED(f, "listing", KV("page", 2)), "/list/2");
    assert_string_equal(NAMED(f, "listing", KV("page", (const char *)NULL)), "/list");
    assert_string_equal(NAMED(f, "listing", KV("page", 2), KV("q", 1)), "/list/2?q=1");
    assert_string_equal(HANDLED(f, listing, KV("name", "a"), KV("q", 1)), "/files/a?q=1");
}

static void names_are_looked_up_from_the_inside_out(void **state)
{
    fixture *f = *state;
    visit(f, "", "/de/polls/deep/d/1");
    assert_string_equal(NAMED(f, "index"), "/de/polls/deep/");
    assert_string_equal(NAMED(f, "show", KV("n", 5)), "/de/polls/deep/d/5");
    assert_string_equal(NAMED(f, "deep.index"), "/de/polls/deep/");
    assert_string_equal(NAMED(f, "listing"), "/list");
    assert_string_equal(NAMED(f, "polls.index", KV("lang", "en")), "/en/polls/");
    visit(f, "", "/fixed/");
    assert_string_equal(NAMED(f, "index"), "/fixed/");
    assert_string_equal(NAMED(f, "show", KV("id", 1)), "/fixed/1/");
}

static void handlers_of_the_same_app_prefer_the_mount_at_hand(void **state)
{
    fixture *f = *state;
    visit(f, "", "/fixed/1/");
    assert_string_equal(HANDLED(f, show, KV("id", 2)), "/fixed/2/");
    assert_string_equal(HANDLED(f, show, KV("n", 2)), "/fixed/deep/d/2");
    visit(f, "", "/de/polls/1/");
    assert_string_equal(HANDLED(f, show, KV("id", 2)), "/de/polls/2/");
    visit(f, "", "/de/other/");
    assert_string_equal(HANDLED(f, show, KV("n", 2)), "/de/other/d/2");
}

static void mounts_lend_their_parameters(void **state)
{
    fixture *f = *state;
    visit(f, "", "/d%20e/polls/1/");
    assert_string_equal(NAMED(f, "show", KV("id", 2)), "/d%20e/polls/2/");
    assert_string_equal(NAMED(f, "other.index"), "/d%20e/other/");
    assert_string_equal(NAMED(f, "show"), "! the URL of \"polls.show\" (/<lang>/polls/<int:id>/) needs the parameter "
                                          "\"id\": KV(\"id\", ...)");
    visit(f, "", "/t/de");
    assert_string_equal(NAMED(f, "other.index"), "! the URL of \"other.index\" (/<lang>/other/) needs the parameter "
                                                 "\"lang\": KV(\"lang\", ...)");
}

static void another_host_is_named(void **state)
{
    fixture *f = *state;
    assert_string_equal(NAMED(f, "api"), "//api.net/");
    assert_string_equal(NAMED(f, "shop.show", KV("tenant", "Acme"), KV("n", 1)), "//acme.shop.net/cart/1");
    assert_string_equal(NAMED(f, "shop.index", KV("tenant", "a/b")),
                        "! the URL of \"shop.index\" (/): the value of \"tenant\" cannot stand in a host's name");
    visit(f, "acme.shop.net:8000", "/");
    assert_string_equal(NAMED(f, "show", KV("n", 2)), "/cart/2");
    assert_string_equal(NAMED(f, "show", KV("n", 2), KV("tenant", "ACME")), "/cart/2");
    assert_string_equal(NAMED(f, "show", KV("n", 2), KV("tenant", "emca")), "//emca.shop.net/cart/2");
    assert_string_equal(NAMED(f, "home"), "/");
}

static void values_that_do_not_fit_are_refused(void **state)
{
    fixture *f = *state;
#define REFUSED(name, pattern, parameter, why)                                                                         \
    "! the URL of \"" name "\" (" pattern "): the value of \"" parameter "\" " why
    assert_string_equal(NAMED(f, "fixed.show", KV("id", -1)),
                        REFUSED("fixed.show", "/fixed/<int:id>/", "id", "is \"-1\", which is no int"));
    assert_string_equal(
        NAMED(f, "fixed.show", KV("id", UINT64_MAX)),
        REFUSED("fixed.show", "/fixed/<int:id>/", "id", "is \"18446744073709551615\", which is no int"));
    assert_string_equal(NAMED(f, "fixed.show", KV("id", true)),
                        REFUSED("fixed.show", "/fixed/<int:id>/", "id", "is \"true\", which is no int"));
    assert_string_equal(
        NAMED(f, "fixed.show", KV("id", 3.0)),
        REFUSED("fixed.show", "/fixed/<int:id>/", "id", "is a real number, where a whole one is needed"));
    assert_string_equal(NAMED(f, "slug", KV("x", "a b")),
                        REFUSED("slug", "/s/<slug:x>", "x", "is \"a b\", which is no slug"));
    assert_string_equal(NAMED(f, "even", KV("x", "abc")),
                        REFUSED("even", "/e/<even:x>", "x", "is \"abc\", which is no even"));
    assert_string_equal(NAMED(f, "text", KV("x", "")), REFUSED("text", "/t/<x>", "x", "is empty"));
    assert_string_equal(NAMED(f, "text", KV("x", "..")),
                        REFUSED("text", "/t/<x>", "x", "is \".\" or \"..\", which browsers resolve"));
    assert_string_equal(NAMED(f, "text", KV("x", "...")), "/t/...");
    assert_string_equal(NAMED(f, "dot", KV("x", ".")),
                        REFUSED("dot", "/.<x>", "x", "is \".\" or \"..\", which browsers resolve"));
    assert_string_equal(NAMED(f, "dot", KV("x", "a")), "/.a");
    assert_string_equal(NAMED(f, "text", KV("x", "\xFF")), REFUSED("text", "/t/<x>", "x", "is not valid UTF-8"));
    assert_string_equal(
        NAMED(f, "file", KV("name", "/etc")),
        REFUSED("file", "/files/<path:name>", "name", "has an empty segment (\"/\" at an end, or \"//\")"));
    assert_string_equal(
        NAMED(f, "file", KV("name", "a//b")),
        REFUSED("file", "/files/<path:name>", "name", "has an empty segment (\"/\" at an end, or \"//\")"));
    assert_string_equal(
        NAMED(f, "edit", KV("name", "a/")),
        REFUSED("edit", "/files/<path:name>/edit", "name", "has an empty segment (\"/\" at an end, or \"//\")"));
    assert_string_equal(
        NAMED(f, "file", KV("name", "a/../b")),
        REFUSED("file", "/files/<path:name>", "name", "has a segment \".\" or \"..\", which browsers resolve"));
    assert_string_equal(NAMED(f, "text", KV("x", 1.0 / 0.0)), REFUSED("text", "/t/<x>", "x", "is no finite number"));
    assert_string_equal(NAMED(f, "text", KV("x", ct_array_new(&f->made.c))),
                        REFUSED("text", "/t/<x>", "x", "is an array, where one value is needed"));
    assert_string_equal(NAMED(f, "home", KV("q", ct_map_new(&f->made.c))),
                        REFUSED("home", "/", "q", "is a map, which cannot stand in a URL"));
    assert_string_equal(NAMED(f, "text"), "! the URL of \"text\" (/t/<x>) needs the parameter \"x\": KV(\"x\", ...)");
}

static void unknown_routes_teach(void **state)
{
    fixture *f = *state;
    assert_string_equal(NAMED(f, "hoem"), "! there is no route \"hoem\"; did you mean \"home\"?");
    assert_string_equal(NAMED(f, "polls.shwo"), "! there is no route \"polls.shwo\"; did you mean \"polls.show\"?");
    assert_string_equal(NAMED(f, "index"), "! there is no route \"index\"; did you mean \"polls.index\"?");
    assert_string_equal(
        NAMED(f, "completely_else"),
        "! there is no route \"completely_else\"; there are: home, file, edit, listing, slug, uuid, even, "
        "text, polls.index, polls.show, polls.deep.index, polls.deep.show, fixed.index, fixed.show, "
        "fixed.deep.index, fixed.deep.show, other.index, other.show, dot, around, shop.index, shop.show, api");
    assert_string_equal(HANDLED(f, nowhere),
                        "! no route has this handler: a URL needs a row in a mounted app's .routes");
}

/* Whatever text goes into a URL comes out of it again. */
static void a_url_leads_back(void **state)
{
    fixture *f = *state;
    for (int ch = 1; ch < 0x80; ch++) {
        char value[] = { 'a', (char)ch, 'b', '\0' };
        ct_match match;
        const char *url = NAMED(f, "text", KV("x", value));
        assert_int_equal(match_path(&f->site, "", "GET", url, &match), CT_MATCH_FOUND);
        assert_string_equal(match.endpoint->name, "text");
        assert_true(ct_str_eq(match.values[0], ct_str_of(value)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_or_a_handler_gives_the_path, setup, teardown),
        cmocka_unit_test_setup_teardown(values_of_every_kind_are_written, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_parameter_is_the_query, setup, teardown),
        cmocka_unit_test_setup_teardown(the_pattern_that_uses_most_values_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(names_are_looked_up_from_the_inside_out, setup, teardown),
        cmocka_unit_test_setup_teardown(handlers_of_the_same_app_prefer_the_mount_at_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(mounts_lend_their_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(another_host_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(values_that_do_not_fit_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_routes_teach, setup, teardown),
        cmocka_unit_test_setup_teardown(a_url_leads_back, setup, teardown),
    };
    int failed = cmocka_run_group_tests_name("url_build", tests, NULL, NULL);
    ct_arena_finish(&answers);
    return failed;
}
