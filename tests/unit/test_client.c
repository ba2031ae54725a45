/* The client of tests: the whole server is asked, without a network, and what comes back is what a browser would make
 * of it. */
#include "performed.h"

#include <canteen.h>
#include <dirent.h>

/* ---- the app ---- */

static char notes[256];

static void note(const char *what)
{
    strncat(notes, what, sizeof(notes) - strlen(notes) - 1);
}

static void on_start(ct *c)
{
    ct_sleep(c, CT_MILLISECOND);
    note("start ");
}

static void on_end(ct *c)
{
    ct_sleep(c, CT_MILLISECOND);
    note("end ");
}

static ct_response *home(ct *c)
{
    return ct_text(c, ct_printf(c, "hello from %s at %s://%s%s", ct_remote_addr(c), ct_scheme(c), ct_host(c),
                                ct_setting_text(c, "greeting")));
}

static ct_response *echo(ct *c)
{
    const char *type = ct_header(c, "Content-Type");
    ct_bytes body = ct_body(c);
    return ct_text(c, ct_printf(c, "%s %s %s [%.*s]", ct_method(c), ct_path(c, "name"), type ? type : "no type",
                                (int)body.len, (const char *)body.data));
}

static ct_response *form(ct *c)
{
    const char *empty = ct_form(c, "empty");
    return ct_text(c, ct_printf(c, "%s|%s|%s|%s", ct_form(c, "name"), ct_form(c, "count"), ct_form(c, "yes"),
                                empty ? empty : "none"));
}

static ct_response *json(ct *c)
{
    ct_bytes body = ct_body(c);
    bool good = body.len == 14 && memcmp(body.data, "{\"name\":\"Ada\"}", 14) == 0;
    return ct_json(c, KV("name", good ? "Ada" : "?"), KV("list", ct_array_new(c)));
}

static void write_parts(ct *c, ct_writer *out, void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        ct_writef(out, "part %d\n", i);
        ct_sleep(c, CT_MILLISECOND);
    }
}

static ct_response *streamed(ct *c)
{
    return ct_stream(c, "text/plain", write_parts, NULL);
}

static ct_response *large(ct *c)
{
    char *text = ct_alloc(c, 3000001);
    memset(text, 'x', 3000000);
    return ct_text(c, text);
}

static ct_response *redirect(ct *c)
{
    return ct_status(ct_redirect(c, ct_query(c, "to")), (int)ct_query_int_or(c, "status", 302));
}

static ct_response *set_cookie(ct *c)
{
    ct_response *r = ct_no_content(c);
    ct_add_header(r, "Set-Cookie", ct_query(c, "cookie"));
    return r;
}

static ct_response *cookies(ct *c)
{
    const char *header = ct_header(c, "Cookie");
    return ct_text(c, header ? header : "none");
}

static void after(ct *c, void *arg)
{
    ct_sleep(c, 10 * CT_MILLISECOND);
    note(arg);
}

static ct_response *follows(ct *c)
{
    static char what[] = "after ";
    ct_after_response(c, after, what);
    return ct_text(c, "soon");
}

static ct_response *headers(ct *c)
{
    const char *agent = ct_header(c, "User-Agent"), *host = ct_host(c);
    return ct_text(c, ct_printf(c, "%s at %s", agent ? agent : "nobody", host));
}

static ct_response *broken(ct *c)
{
    ct_abort(c, 500, "out of tea");
}

static const ct_app app = {
    .name = "app",
    .routes = ROUTES(GET("/", home), ANY("/echo/<name>", echo), POST("/form", form), POST("/json", json),
                     GET("/streamed", streamed), GET("/large", large), ANY("/redirect", redirect),
                     ANY("/a/b/redirect", redirect, .name = "deep"), GET("/a/set", set_cookie, .name = "set_below"),
                     GET("/set", set_cookie), GET("/a/cookies", cookies, .name = "cookies_below"),
                     GET("/cookies", cookies), GET("/ab", cookies, .name = "cookies_beside"), GET("/follows", follows),
                     GET("/headers", headers), GET("/broken", broken)),
    .settings = SETTINGS(SETTING("greeting", "!", .help = "")),
    .startup = HOOKS(on_start),
    .shutdown = HOOKS(on_end),
};

/* ---- asking ---- */

static void asks(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/");
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_EQ(r->body, "hello from 127.0.0.1 at http://localhost!");
    CT_CHECK_EQ(r->length, strlen(r->body));
    CT_CHECK_EQ(r->url, "/");
    CT_CHECK_EQ(ct_reply_header(r, "content-type"), "text/plain; charset=utf-8");
    CT_CHECK(!ct_reply_header(r, "Location"));
    r = ct_client_get(web, "/echo/%s?x=%d", "a b", 7);
    CT_CHECK_EQ(r->body, "GET a b no type []");
    CT_CHECK_EQ(r->url, "/echo/a%20b?x=7");
    CT_CHECK_EQ(ct_client_delete(web, "/echo/%d", 1)->body, "DELETE 1 no type []");
    r = ct_client_send(web, "HEAD", "/", NULL);
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_EQ(r->length, 0);
    CT_CHECK_EQ(ct_client_get(web, "/nowhere")->status, 404);
    CT_CHECK_EQ(ct_client_send(web, "BREW", "/", NULL)->status, 501);
    CT_CHECK_EQ(ct_client_get(web, "/streamed")->body, "part 0\npart 1\npart 2\n");
    CT_CHECK_EQ(ct_client_get(web, "/large")->length, 3000000);
}

static void sends_bodies(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_array *names = ct_array_new(c);
    ct_array_add(names, "Ada");
    ct_array_add(names, "Bob");
    ct_reply *r = ct_client_post(
        web, "/form", FORM(KV("name", names), KV("count", 2.5), KV("yes", true), KV("empty", ct_value_null())));
    CT_CHECK_EQ(r->body, "Ada|2.5|true|none");
    r = ct_client_post(web, "/echo/x", FORM(KV("a", "ü & +"), KV("list", names)));
    CT_CHECK_EQ(r->body, "POST x application/x-www-form-urlencoded [a=%C3%BC%20%26%20%2B&list=Ada&list=Bob]");
    r = ct_client_post(web, "/json", JSON(KV("name", "Ada")));
    CT_CHECK_EQ(ct_reply_json(c, r), ct_object(c, KV("list", ct_array_new(c)), KV("name", "Ada")));
    CT_CHECK_EQ(ct_client_put(web, "/echo/x", BODY("text/plain", "raw"))->body, "PUT x text/plain [raw]");
    CT_CHECK_EQ(ct_client_patch(web, "/echo/x", BODY("text/plain", ""))->body, "PATCH x text/plain []");
    CT_CHECK_EQ(ct_client_send(web, "POST", "/echo/x", NULL)->body, "POST x no type []");
}

static void sends_uploads(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_client_body body = UPLOAD(FILES({ "photo", "c\"at.png", "image/png", { "\x89PNG", 4 } }), KV("title", "Cat"));
    ct_reply *r = ct_client_post(web, "/echo/x", body);
    CT_CHECK_CONTAINS(r->body, "POST x multipart/form-data; boundary=canteen-");
    CT_CHECK_CONTAINS(r->body, "Content-Disposition: form-data; name=\"title\"\r\n\r\nCat\r\n--canteen-");
    CT_CHECK_CONTAINS(r->body, "Content-Disposition: form-data; name=\"photo\"; filename=\"c%22at.png\"\r\n"
                               "Content-Type: image/png\r\n\r\n\x89PNG\r\n--canteen-");
    CT_CHECK_CONTAINS(r->body, "--\r\n]");
}

static void large_bodies(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .settings = SETTINGS(SET("max_body", "1M"), SET("max_body_memory", "1M")));
    char *text = ct_alloc(c, 4000001);
    memset(text, 'x', 1 << 20);
    CT_CHECK_EQ(ct_client_post(web, "/echo/x", BODY("text/plain", text))->status, 200);
    memset(text, 'x', (1 << 20) + 1);
    CT_CHECK_EQ(ct_client_post(web, "/echo/x", BODY("text/plain", text))->status, 413);
    memset(text, 'x', 4000000);
    CT_CHECK_EQ(ct_client_post(web, "/echo/x", BODY("text/plain", text))->status, 413);
}

static void the_server_answers(void **state)
{
    (void)state;
    assert_passes(&app, asks);
    assert_passes(&app, sends_bodies);
    assert_passes(&app, sends_uploads);
    assert_passes(&app, large_bodies);
}

/* ---- options ---- */

static void options(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .https = true, .host = "example.com:8443", .remote_addr = "2001:db8::7",
                                   .settings = SETTINGS(SET("greeting", "?")));
    CT_CHECK_EQ(ct_client_get(web, "/")->body, "hello from 2001:db8::7 at https://example.com:8443?");
    ct_client *other = ct_client_new(c, &app, .remote_addr = "unix");
    CT_CHECK_EQ(ct_client_get(other, "/")->body, "hello from unix at http://localhost!");
    CT_CHECK_EQ(ct_client_get(web, "/")->body, "hello from 2001:db8::7 at https://example.com:8443?");
}

static void settings_of_tests(ct *c)
{
    const char *key = ct_setting_text(c, "secret_key");
    CT_CHECK_EQ(strlen(key), 64);
    CT_CHECK(!ct_setting_flag(c, "debug"));
    CT_CHECK(!ct_setting_flag(c, "access_log"));
}

static void own_headers(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    CT_CHECK_EQ(ct_client_get(web, "/headers")->body, "nobody at localhost");
    ct_client_header(web, "User-Agent", "first");
    ct_client_header(web, "user-agent", "second");
    ct_client_header(web, "Host", "example.com");
    CT_CHECK_EQ(ct_client_get(web, "/headers")->body, "second at example.com");
    ct_client_header(web, "User-Agent", NULL);
    CT_CHECK_EQ(ct_client_get(web, "/headers")->body, "nobody at example.com");
}

static void a_client_is_an_app_of_its_own(void **state)
{
    (void)state;
    assert_passes(&app, options);
    assert_passes(&app, settings_of_tests);
    assert_passes(&app, own_headers);
}

/* ---- life ---- */

static void runs_hooks(ct *c)
{
    CT_CHECK_EQ(notes, "start ");
    ct_client *web = ct_client_new(c, &app);
    CT_CHECK_EQ(notes, "start start ");
    ct_client_get(web, "/follows");
    CT_CHECK_EQ(notes, "start start after ");
}

static size_t descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void hooks_run_for_the_client_too(void **state)
{
    (void)state;
    notes[0] = '\0';
    assert_passes(&app, runs_hooks);
    assert_string_equal(notes, "start start after end end ");
}

static void many(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    size_t before = descriptors();
    for (int i = 0; i < 300; i++)
        ct_client_get(web, "/streamed");
    CT_CHECK_EQ(descriptors(), before);
}

static void fails_midway(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    CT_CHECK_EQ(ct_client_get(web, "/broken")->status, 200);
}

static void nothing_stays_open(void **state)
{
    (void)state;
    size_t before = descriptors();
    assert_passes(&app, many);
    assert_false(perform(&app, fails_midway));
    assert_int_equal(descriptors(), before);
}

/* ---- redirects ---- */

static void follows_redirects(ct *c)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        { "/redirect?to=/echo/x?a=1%23top", "/echo/x?a=1" },
        { "/redirect?to=http://localhost/echo/x", "/echo/x" },
        { "/redirect?to=//LOCALHOST:80/echo/x", "/echo/x" },
        { "/a/b/redirect?to=../../echo/x", "/echo/x" },
        { "/a/b/redirect?to=../cookies", "/a/cookies" },
        { "/a/b/redirect?to=./../.././x/../echo/./x", "/echo/x" },
        { "/redirect?to=echo/x", "/echo/x" },
        { "/redirect?to=/redirect?to=/echo/x", "/echo/x" },
    };
    ct_client *web = ct_client_new(c, &app, .follow = true);
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        ct_reply *r = ct_client_get(web, "%s", rows[i].from);
        CT_CHECK_EQ(r->url, rows[i].to);
        CT_CHECK_EQ(r->status, 200);
        CT_CHECK_EQ(r->redirects, i == CT_COUNT(rows) - 1 ? 2 : 1);
    }
    ct_reply *r = ct_client_get(web, "/redirect?to=https://example.com/");
    CT_CHECK_EQ(r->status, 302); /* another host: that is not this client's to ask */
    CT_CHECK_EQ(ct_reply_header(r, "Location"), "https://example.com/");
}

static void methods_of_redirects(ct *c)
{
    static const struct {
        const char *method;
        int status;
        const char *body;
    } rows[] = {
        { "POST", 301, "GET x no type []" }, { "POST", 302, "GET x no type []" },   { "POST", 303, "GET x no type []" },
        { "POST", 307, "POST x t/p [b]" },   { "POST", 308, "POST x t/p [b]" },     { "PUT", 302, "PUT x t/p [b]" },
        { "PUT", 303, "GET x no type []" },  { "DELETE", 301, "DELETE x t/p [b]" },
    };
    ct_client *web = ct_client_new(c, &app, .follow = true);
    ct_client_body body = BODY("t/p", "b");
    for (size_t i = 0; i < CT_COUNT(rows); i++) {
        const char *path = ct_printf(c, "/redirect?to=/echo/x&status=%d", rows[i].status);
        CT_CHECK_EQ(ct_client_send(web, rows[i].method, path, &body)->body, rows[i].body);
    }
}

static void to_https(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .follow = true);
    ct_reply *r = ct_client_get(web, "/redirect?to=https://localhost/");
    CT_CHECK_EQ(r->body, "hello from 127.0.0.1 at https://localhost!");
}

static void does_not_follow(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/redirect?to=/echo/x");
    CT_CHECK_EQ(r->status, 302);
    CT_CHECK_EQ(r->redirects, 0);
}

static void endless(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .follow = true);
    ct_client_get(web, "/redirect?to=");
}

static void redirects_are_followed_as_browsers_do(void **state)
{
    (void)state;
    assert_passes(&app, follows_redirects);
    assert_passes(&app, methods_of_redirects);
    assert_passes(&app, to_https);
    assert_passes(&app, does_not_follow);
    assert_fails(&app, endless, "tests.c:7: more than 10 redirects, the last to /redirect?to=");
}

/* ---- cookies ---- */

static void set(ct_client *web, const char *folder, const char *cookie)
{
    ct_client_get(web, "%s/set?cookie=%s", folder, cookie);
}

#define KEPT(web, path) (ct_client_get((web), path)->body)

static void keeps_cookies(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    CT_CHECK_EQ(KEPT(web, "/cookies"), "none");
    set(web, "", "a=1; Path=/; HttpOnly; SameSite=Lax");
    set(web, "", "b=2=3;Path=/");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "a=1; b=2=3");
    CT_CHECK_EQ(ct_client_cookie(web, "b"), "2=3");
    set(web, "", "a=7; Path=/");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "b=2=3; a=7");
    set(web, "", "a=; Path=/; Max-Age=0");
    set(web, "", "b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "none");
    CT_CHECK(!ct_client_cookie(web, "a"));
    set(web, "", "=nameless");
    set(web, "", "no pair");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "none");
}

static void expires_cookies(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    set(web, "", "a=1; Max-Age=1; Path=/");
    set(web, "", "b=2; Max-Age=1000; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    set(web, "", "c=3; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
    set(web, "", "d=4; Max-Age=99999999999999999");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "a=1; b=2; c=3; d=4");
    ct_sleep(c, CT_SECOND + 5 * CT_MILLISECOND);
    CT_CHECK_EQ(KEPT(web, "/cookies"), "b=2; c=3; d=4");
    CT_CHECK(!ct_client_cookie(web, "a"));
}

static void cookies_have_paths(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    set(web, "", "a=1; Path=/");
    set(web, "/a", "b=2"); /* of /a */
    set(web, "/a", "a=3; Path=/a");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "a=1");
    CT_CHECK_EQ(KEPT(web, "/a/cookies"), "b=2; a=3; a=1");
    CT_CHECK_EQ(KEPT(web, "/ab"), "a=1");
    CT_CHECK_EQ(ct_client_cookie(web, "a"), "3");
    set(web, "", "a=; Path=/a; Max-Age=0");
    CT_CHECK_EQ(KEPT(web, "/a/cookies"), "b=2; a=1");
}

static void refuses_cookies(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .host = "www.example.com");
    set(web, "", "a=1; Secure");
    set(web, "", "b=1; Domain=example.org");
    set(web, "", "c=1; Domain=ample.com");
    set(web, "", "__Secure-d=1; Path=/");
    set(web, "", "e=1; Domain=.example.com");
    set(web, "", "f=1; Domain=www.example.com");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "e=1; f=1");
    ct_client *secure = ct_client_new(c, &app, .https = true, .host = "192.0.2.1:8000");
    set(secure, "", "a=1; Secure");
    set(secure, "", "__Host-b=1; Secure; Path=/");
    set(secure, "", "__Host-c=1; Secure; Path=/a");
    set(secure, "", "__Host-d=1; Secure; Path=/; Domain=192.0.2.1");
    set(secure, "", "e=1; Domain=2.1");
    CT_CHECK_EQ(KEPT(secure, "/cookies"), "a=1; __Host-b=1");
}

static void secure_cookies(ct *c)
{
    ct_client *web = ct_client_new(c, &app, .follow = true);
    ct_client_get(web, "/redirect?to=https://localhost/set?cookie=a%%3D1%%3BSecure");
    CT_CHECK_EQ(ct_client_cookie(web, "a"), "1");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "none"); /* this is http */
    set(web, "", "a=2");
    CT_CHECK_EQ(ct_client_cookie(web, "a"), "1");
    CT_CHECK_EQ(ct_client_get(web, "/redirect?to=https://localhost/cookies")->body, "a=1");
}

static void sets_cookies(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_client_set_cookie(web, "a", "1");
    ct_client_set_cookie(web, "b", "2");
    set(web, "/a", "a=3");
    CT_CHECK_EQ(KEPT(web, "/cookies"), "a=1; b=2");
    ct_client_set_cookie(web, "a", NULL);
    CT_CHECK_EQ(KEPT(web, "/a/cookies"), "b=2");
}

static void cookies_are_kept_as_browsers_do(void **state)
{
    (void)state;
    assert_passes(&app, keeps_cookies);
    assert_passes(&app, expires_cookies);
    assert_passes(&app, cookies_have_paths);
    assert_passes(&app, refuses_cookies);
    assert_non_null(strstr(performed_log,
                           "a browser would not take the cookie a of GET /set?cookie=a=1;%20Secure: it is "
                           "Secure, and the request was not https"));
    assert_passes(&app, secure_cookies);
    assert_passes(&app, sets_cookies);
}

/* ---- sessions ---- */

static ct_response *login(ct *c)
{
    ct_session_set(c, "user", ct_query(c, "user"));
    return ct_no_content(c);
}

static ct_response *who(ct *c)
{
    const char *user = ct_session(c, "user");
    return ct_text(c, user ? user : "nobody");
}

static const ct_app members = { .name = "members",
                                .routes = ROUTES(GET("/login", login), GET("/who", who)),
                                .sessions = &ct_cookie_sessions };

static void sees_sessions(ct *c)
{
    ct_client *web = ct_client_new(c, &members);
    CT_CHECK_EQ(ct_client_session(web, "user"), ct_value_null());
    CT_CHECK(!ct_client_cookie(web, "session"));
    ct_client_get(web, "/login?user=Ada");
    CT_CHECK_EQ(ct_client_session(web, "user"), "Ada");
    ct_client_set_session(web, "user", "Bob");
    CT_CHECK_EQ(ct_client_get(web, "/who")->body, "Bob");
    ct_client_set_session(web, "cart", ct_object(c, KV("tea", 2)));
    CT_CHECK_EQ(ct_client_session(web, "cart"), ct_object(c, KV("tea", 2)));
    CT_CHECK_EQ(ct_client_session(web, "user"), "Bob");
    CT_CHECK_EQ(ct_client_get(ct_client_new(c, &members), "/who")->body, "nobody");
}

static void sees_sessions_of_https(ct *c)
{
    ct_client *web = ct_client_new(c, &members, .https = true, .host = "example.com",
                                   .settings = SETTINGS(SET("allowed_hosts", "example.com")));
    ct_client_set_session(web, "user", "Ada");
    CT_CHECK(ct_client_cookie(web, "__Host-session"));
    CT_CHECK_EQ(ct_client_get(web, "/who")->body, "Ada");
}

static void sees_sessions_below_a_path(ct *c)
{
    ct_client *web = ct_client_new(c, &members, .settings = SETTINGS(SET("session_cookie_path", "/who")));
    ct_client_set_session(web, "user", "Ada");
    CT_CHECK_EQ(ct_client_get(web, "/who")->body, "Ada");
}

static void without_sessions(ct *c)
{
    ct_client_session(ct_client_new(c, &app), "user");
}

static void own_name(ct *c)
{
    ct_client_set_session(ct_client_new(c, &members), "_flashes", 1);
}

static void sessions_are_those_of_the_app(void **state)
{
    (void)state;
    size_t before = descriptors();
    assert_passes(&members, sees_sessions);
    assert_passes(&members, sees_sessions_of_https);
    assert_passes(&members, sees_sessions_below_a_path);
    assert_fails(&app, without_sessions,
                 "tests.c:7: the app app has no sessions: give it .sessions = &ct_cookie_sessions");
    assert_fails(&members, own_name, "tests.c:7: the session's \"_flashes\" cannot be set, as the log says");
    assert_non_null(strstr(performed_log, "such names are Canteen's own"));
    assert_int_equal(descriptors(), before);
}

/* ---- mistakes ---- */

static void relative(ct *c)
{
    ct_client_get(ct_client_new(c, &app), "polls");
}

static void bad_setting(ct *c)
{
    ct_client_new(c, &app, .settings = SETTINGS(SET("max_body", "much"), SET("no_setting", "1")));
}

static void bad_address(ct *c)
{
    ct_client_new(c, &app, .remote_addr = "localhost");
}

static void bad_header(ct *c)
{
    ct_client_header(ct_client_new(c, &app), "X", "a\nb");
}

static void no_json(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply_json(c, ct_client_get(web, "/"));
}

static void wrong_status(ct *c)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/streamed?x=%d", 1);
    CT_CHECK_EQ(r->status, 302);
}

static const ct_app broken_app = { .name = "broken", .routes = ROUTES(GET("/<", home)) };

static void bad_app(ct *c)
{
    ct_client_new(c, &broken_app);
}

static void mistakes_of_tests_are_told(void **state)
{
    (void)state;
    assert_fails(&app, relative, "tests.c:7: the path \"polls\" does not begin with '/'");
    assert_false(perform(&app, bad_setting));
    assert_non_null(strstr(performed_report, "ct_client_new: the app cannot be served:\n  tests/unit/test_client.c:"));
    assert_non_null(strstr(performed_report, "max_body: \"much\" is not a size"));
    assert_non_null(strstr(performed_report, "there is no setting \"no_setting\""));
    assert_fails(&app, bad_address,
                 "tests.c:7: ct_client_new: remote_addr \"localhost\" is no address (as 192.0.2.1, 2001:db8::1, unix)");
    assert_fails(&app, bad_header, "tests.c:7: the value of the header X has a character that it cannot have");
    assert_fails(&app, no_json,
                 "tests.c:7: the answer of / (200) is no JSON: line 1, column 1: expected a value, found 'hello'\n  it "
                 "begins: hello from 127.0.0.1 at http://localhost!");
    assert_false(perform(&app, wrong_status));
    assert_non_null(strstr(performed_report, "CT_CHECK_EQ(r->status, 302)\n  r->status is 200\n  the answer to GET "
                                             "/streamed?x=1 was:\n    part 0\n    part 1\n    part 2"));
    assert_false(perform(&app, bad_app));
    assert_non_null(strstr(performed_report, "ct_client_new: the app cannot be served:\n"));
}

/* ---- other programs ---- */

static void runs_programs(ct *c)
{
    const char *output;
    CT_CHECK_EQ(ct_test_run(c, (const char *[]){ "sh", "-c", "echo hello; exit 3", NULL }, &output), 3);
    CT_CHECK_EQ(output, "hello\n");
    CT_CHECK_EQ(ct_test_run(c, (const char *[]){ "sh", "-c", "kill -9 $$", NULL }, NULL), 128 + 9);
    CT_CHECK_EQ(ct_test_run(c, (const char *[]){ "sh", "-c", "exec >&-; sleep 0.05; exit 4", NULL }, &output), 4);
    CT_CHECK_EQ(output, "");
    ct_test_run(c, (const char *[]){ "head", "-c", "300000", "/dev/zero", NULL }, &output);
}

static void runs_nothing(ct *c)
{
    ct_test_run(c, (const char *[]){ "/nonexistent/program", NULL }, NULL);
}

static void is_live(ct *c)
{
    const char *output;
    ct_client *web = ct_client_new(c, &app);
    const char *address = ct_client_live(web);
    CT_CHECK_EQ(ct_client_live(web), address);
    const char *script = ct_printf(c,
                                   "exec 3<>/dev/tcp/127.0.0.1/%s; printf 'GET /streamed HTTP/1.0\\r\\n\\r\\n' >&3; "
                                   "cat <&3",
                                   strrchr(address, ':') + 1);
    CT_CHECK_EQ(ct_test_run(c, (const char *[]){ "bash", "-c", script, NULL }, &output), 0);
    CT_CHECK_CONTAINS(output, "200 OK");
    CT_CHECK_CONTAINS(output, "part 0\npart 1\npart 2\n");
    CT_CHECK_EQ(ct_client_get(web, "/nowhere")->status, 404);
}

static void programs_run_while_the_client_is_served(void **state)
{
    (void)state;
    size_t before = descriptors();
    assert_passes(&app, runs_programs);
    assert_fails(&app, runs_nothing,
                 "tests.c:7: ct_test_run: /nonexistent/program cannot be run: No such file or directory");
    assert_passes(&app, is_live);
    assert_int_equal(descriptors(), before);
}

/* ---- static files ---- */

static ct_response *has_picture(ct *c)
{
    return ct_text(c, ct_static_url(c, ct_query(c, "name")));
}

static ct_response *has_picture_in_page(ct *c)
{
    return ct_html(c, ct_render_string(c, "<img src=\"{{ url_for('static', filename=name) }}\">",
                                       KV("name", ct_query(c, "name"))));
}

static const ct_embedded pictures[] = { { "cat.svg", "<svg/>", 6, "0123456789abcdef" } };
static const ct_files picture_files = { pictures, 1 };
static const ct_app pictured = { .name = "pictured",
                                 .routes = ROUTES(GET("/", has_picture), GET("/page", has_picture_in_page)),
                                 .static_embedded = &picture_files };

static void names_static_files(ct *c)
{
    ct_client *web = ct_client_new(c, &pictured);
    CT_CHECK_EQ(ct_client_get(web, "/?name=cat.svg")->body, "/static/cat.0123456789ab.svg");
    CT_CHECK_EQ(ct_client_get(web, "/?name=cta.svg")->status, 500);
    CT_CHECK_EQ(ct_client_get(web, "/page?name=cat.svg")->status, 200);
    CT_CHECK_EQ(ct_client_get(web, "/page?name=cta.svg")->status, 500);
    CT_CHECK_EQ(ct_static_url(c, "cat.svg"), "/static/cat.0123456789ab.svg");
}

static void names_a_static_file_live(ct *c)
{
    const char *output, *port = strrchr(ct_client_live(ct_client_new(c, &pictured)), ':') + 1;
    const char *script = ct_printf(c,
                                   "exec 3<>/dev/tcp/127.0.0.1/%s; printf 'GET /?name=cta.svg HTTP/1.0\\r\\n\\r\\n' "
                                   ">&3; cat <&3",
                                   port);
    CT_CHECK_EQ(ct_test_run(c, (const char *[]){ "bash", "-c", script, NULL }, &output), 0);
    CT_CHECK_CONTAINS(output, "HTTP/1.1 500 ");
}

static void names_no_static_file(ct *c)
{
    ct_static_url(c, "cta.svg");
}

static void a_static_file_that_is_missing_is_an_error(void **state)
{
    (void)state;
    assert_passes(&pictured, names_static_files);
    assert_non_null(strstr(performed_log, "there is no static file \"cta.svg\"; did you mean \"cat.svg\"?"));
    assert_passes(&pictured, names_a_static_file_live);
    assert_fails(&pictured, names_no_static_file,
                 "tests.c:7: the test was ended by ct_abort(c, 500, \"there is no static file \"cta.svg\"; did you "
                 "mean \"cat.svg\"?\")");
}

/* ---- tests that end in the first turn of the loop ---- */

/* Without hooks: they would let the loop turn before the test. */
static const ct_app still = { .name = "still", .routes = ROUTES(GET("/", headers)) };

static void asks_nothing(ct *c)
{
    ct_client *web = ct_client_new(c, &still);
    CT_CHECK(web);
}

static void opens_several(ct *c)
{
    CT_CHECK(ct_client_new(c, &still) != ct_client_new(c, &app));
    ct_client_new(c, &still);
}

static void fails_before_asking(ct *c)
{
    ct_client_new(c, &still);
    CT_FAIL("no request");
}

static void asks_badly(ct *c)
{
    ct_client_get(ct_client_new(c, &still), "nolead");
}

static void aborts_before_asking(ct *c)
{
    ct_client_new(c, &still);
    ct_abort(c, 400, "no tea");
}

static void sets_a_header(ct *c)
{
    ct_client *web = ct_client_new(c, &still);
    ct_client_header(web, "X", "y");
    ct_client_set_cookie(web, "a", "b");
}

static void is_live_for_nobody(ct *c)
{
    CT_CHECK_CONTAINS(ct_client_live(ct_client_new(c, &still)), "http://127.0.0.1:");
}

static void the_first_turn_is_enough(void **state)
{
    (void)state;
    size_t before = descriptors();
    alarm(10); /* what waits for another turn waits without end */
    assert_passes(&still, asks_nothing);
    assert_passes(&still, opens_several);
    assert_false(perform(&still, fails_before_asking));
    assert_non_null(strstr(performed_report, "no request"));
    assert_fails(&still, asks_badly, "tests.c:7: the path \"nolead\" does not begin with '/'");
    assert_fails(&still, aborts_before_asking, "tests.c:7: the test was ended by ct_abort(c, 400, \"no tea\")");
    assert_passes(&still, sets_a_header);
    assert_passes(&still, is_live_for_nobody);
    alarm(0);
    assert_int_equal(descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_answers),
        cmocka_unit_test(a_client_is_an_app_of_its_own),
        cmocka_unit_test(hooks_run_for_the_client_too),
        cmocka_unit_test(nothing_stays_open),
        cmocka_unit_test(redirects_are_followed_as_browsers_do),
        cmocka_unit_test(cookies_are_kept_as_browsers_do),
        cmocka_unit_test(sessions_are_those_of_the_app),
        cmocka_unit_test(mistakes_of_tests_are_told),
        cmocka_unit_test(programs_run_while_the_client_is_served),
        cmocka_unit_test(a_static_file_that_is_missing_is_an_error),
        cmocka_unit_test(the_first_turn_is_enough),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
