/* Sessions from request to request: values, cookies, ends, stores, flashed messages. */
#include "keyed.h"

#include "canteen/backend/session.h"
#include "shape/value.h"
#include "web/router.h"
#include "web/session.h"
#include "web/settings.h"

#include <math.h>

#define GIVEN(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define PLAIN NULL, false

static const ct_app app = { .name = "app", .sessions = &ct_cookie_sessions };

/* One request, and the browser that makes it. */
typedef struct visit {
    made_request made;
    ct_site site;
    ct_problems problems;
    ct *c;
    ct_response *r;
} visit;

static char jar[8192]; /* what the browser sends: "name=value" */

static void open_visit(visit *v, const ct_app *of, const char *const *overrides, bool https)
{
    static char head[16384];
    memset(v, 0, sizeof(*v));
    snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: a\r\n%s%s%s%s\r\n",
             https ? "X-Forwarded-Proto: https\r\n" : "", *jar ? "Cookie: " : "", jar, *jar ? "\r\n" : "");
    v->c = make_request(&v->made, head);
    ct_site_init(&v->site, of, &v->problems);
    v->site.settings = ct_settings_load(&v->site.arena, of, "/nonexistent/.env", NULL, overrides, &v->problems);
    ct_settings_config(v->site.settings, &v->site.config);
    v->site.config.secret_key = KEY_1;
    v->site.config.trusted_proxies = "unix";
    ct_client_info_prepare(&v->site, &v->problems);
    ct_keys_prepare(&v->site, &v->problems);
    ct_session_prepare(&v->site, &v->problems);
    v->c->site = &v->site;
    v->c->match.mount = v->site.mounts[0];
    v->r = ct_text(v->c, "ok");
}

static ct *begin(visit *v, const char *const *overrides, bool https)
{
    open_visit(v, &app, overrides, https);
    if (v->problems.count)
        fail_msg("%s", v->problems.items[0].text);
    return v->c;
}

static void drop(visit *v)
{
    drop_request(&v->made);
    ct_site_finish(&v->site);
    ct_problems_finish(&v->problems);
}

/* What the answer sets, or "". The browser keeps it. */
static const char *end(visit *v)
{
    static char set[8192];
    if (v->c->session)
        ct_session_finish(v->c, v->r);
    const char *cookie = ct_response_header(v->r, "Set-Cookie");
    snprintf(set, sizeof(set), "%s", cookie ? cookie : "");
    if (strstr(set, "Max-Age=0"))
        *jar = '\0';
    else if (cookie)
        snprintf(jar, sizeof(jar), "%.*s", (int)strcspn(set, ";"), set);
    drop(v);
    return set;
}

/* The same without the value of the cookie. */
static const char *end_attributes(visit *v)
{
    static char shown[8192];
    const char *set = end(v);
    int name = (int)strcspn(set, "=");
    snprintf(shown, sizeof(shown), "%.*s%s", name, set, set + name + strcspn(set + name, ";"));
    return shown;
}

static int empty_jar(void **state)
{
    (void)state;
    *jar = '\0';
    return 0;
}

/* ---- values ---- */

static void values_come_back(void **state)
{
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    ct_array *list = ct_array_new(c);
    ct_array_add(list, 1);
    ct_array_add(list, "x");
    char name[] = "text";
    ct_session_set(c, name, "\xC3\xA9 \"\\\n<b>");
    name[0] = '!'; /* names and values are copied */
    ct_session_set(c, "int", INT64_MIN);
    ct_session_set(c, "large", UINT64_MAX);
    ct_session_set(c, "real", 1.5);
    ct_session_set(c, "yes", true);
    ct_session_set(c, "none", (const char *)NULL);
    ct_session_set(c, "list", list);
    ct_session_set(c, "map", ct_object(c, KV("a", ct_object(c, KV("b", 1)))));
    ct_array_add(list, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(ct_session(c, "text"), "\xC3\xA9 \"\\\n<b>");
        assert_true(ct_session_int(c, "int") == INT64_MIN);
        assert_int_equal(ct_session_value(c, "large").type, CT_VALUE_UINT);
        assert_true(ct_session_value(c, "real").real == 1.5);
        assert_true(ct_session_value(c, "yes").boolean);
        assert_int_equal(ct_session_value(c, "none").type, CT_VALUE_NULL);
        assert_string_equal(ct_to_json(c, ct_session_value(c, "list")), "[1,\"x\"]");
        assert_string_equal(ct_to_json(c, ct_session_value(c, "map")), "{\"a\":{\"b\":1}}");
        assert_null(ct_session(c, "int"));
        assert_null(ct_session(c, "missing"));
        assert_int_equal(ct_session_int(c, "text"), 0);
        assert_int_equal(ct_session_int(c, "missing"), 0);
        assert_int_equal(ct_session_value(c, "missing").type, CT_VALUE_NULL);
        end(&v);
        c = begin(&v, PLAIN);
    }
    end(&v);
}

static void values_are_replaced_and_removed(void **state)
{
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    ct_session_set(c, "a", 1);
    ct_session_set(c, "a", 2);
    ct_session_set(c, "b", 3);
    end(&v);
    c = begin(&v, PLAIN);
    assert_int_equal(ct_session_int(c, "a"), 2);
    ct_session_remove(c, "a");
    assert_int_equal(ct_session_value(c, "a").type, CT_VALUE_NULL);
    assert_string_not_equal(end(&v), "");
    c = begin(&v, PLAIN);
    ct_session_remove(c, "a"); /* is not there: nothing changes */
    assert_int_equal(ct_session_int(c, "b"), 3);
    assert_string_equal(end(&v), "");
}

static void many_values(void **state)
{
    visit v;
    char name[16];
    (void)state;
    ct *c = begin(&v, PLAIN);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        ct_session_set(c, name, i);
    }
    ct_session_remove(c, "n50");
    end(&v);
    c = begin(&v, PLAIN);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(ct_session_int(c, name), i == 50 ? 0 : i);
    }
    end(&v);
}

/* ---- cookies ---- */

static void nothing_is_said_of_what_nobody_asks_for(void **state)
{
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    assert_null(c->session);
    assert_string_equal(end(&v), "");
    c = begin(&v, PLAIN);
    ct_set_header(v.r, "Vary", "Accept");
    assert_null(ct_session(c, "a"));
    ct_session_finish(c, v.r);
    ct_session_finish(c, v.r);
    assert_string_equal(ct_response_header(v.r, "Vary"), "Accept, Cookie");
    assert_null(ct_response_header(v.r, "Set-Cookie"));
    drop(&v);
}

static void attributes(void **state)
{
    static const struct {
        const char *settings[4];
        bool https;
        const char *wanted;
    } cases[] = {
        { { NULL }, false, "session; Path=/; HttpOnly; SameSite=Lax" },
        { { NULL }, true, "__Host-session; Path=/; Secure; HttpOnly; SameSite=Lax" },
        { { "session_cookie_secure=always" }, false, "__Host-session; Path=/; Secure; HttpOnly; SameSite=Lax" },
        { { "session_cookie_secure=never" }, true, "session; Path=/; HttpOnly; SameSite=Lax" },
        { { "session_cookie_name=s" }, true, "__Host-s; Path=/; Secure; HttpOnly; SameSite=Lax" },
        { { "session_cookie_path=/a" }, true, "session; Path=/a; Secure; HttpOnly; SameSite=Lax" },
        { { "session_cookie_domain=example.com" },
          true,
          "session; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax" },
        { { "session_cookie_samesite=strict" }, false, "session; Path=/; HttpOnly; SameSite=Strict" },
        { { "session_cookie_samesite=none" }, false, "__Host-session; Path=/; Secure; HttpOnly; SameSite=None" },
        { { "session_cookie_samesite=none", "session_cookie_partitioned=true" },
          true,
          "__Host-session; Path=/; Secure; HttpOnly; SameSite=None; Partitioned" },
        { { "session_cookie_name=__Secure-s" }, false, "__Secure-s; Path=/; Secure; HttpOnly; SameSite=Lax" },
    };
    visit v;
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        *jar = '\0';
        ct *c = begin(&v, cases[i].settings, cases[i].https);
        ct_session_set(c, "a", 1);
        assert_string_equal(end_attributes(&v), cases[i].wanted);
        c = begin(&v, cases[i].settings, cases[i].https);
        assert_int_equal(ct_session_int(c, "a"), 1);
        end(&v);
    }
}

/* What RFC 6265bis has browsers refuse. */
static void assert_browsers_take(const char *set)
{
    bool secure = strstr(set, "; Secure"), host = strncmp(set, "__Host-", 7) == 0;
    assert_true(secure || (!strstr(set, "SameSite=None") && !strstr(set, "Partitioned") && strncmp(set, "__", 2) != 0));
    assert_true(!host || (strstr(set, "; Path=/;") && !strstr(set, "Domain")));
    assert_non_null(strstr(set, "; HttpOnly"));
}

static void every_combination_is_taken_or_refused(void **state)
{
    static const char *const secure[] = { "auto", "always", "never" }, *const same_site[] = { "lax", "strict", "none" };
    static const char *const names[] = { "s", "__Secure-s", "__HOST-s" };
    visit v;
    char text[6][64];
    (void)state;
    for (unsigned n = 0; n < 3 * 3 * 3 * 2 * 2 * 2 * 2; n++) {
        const char *safe = secure[n % 3], *site = same_site[n / 3 % 3], *name = names[n / 9 % 3];
        bool partitioned = n / 27 & 1, domain = n / 54 & 1, path = n / 108 & 1, https = n / 216 & 1;
        snprintf(text[0], sizeof(text[0]), "session_cookie_secure=%s", safe);
        snprintf(text[1], sizeof(text[1]), "session_cookie_samesite=%s", site);
        snprintf(text[2], sizeof(text[2]), "session_cookie_name=%s", name);
        snprintf(text[3], sizeof(text[3]), "session_cookie_partitioned=%d", partitioned);
        snprintf(text[4], sizeof(text[4]), "session_cookie_domain=%s", domain ? "example.com" : "");
        snprintf(text[5], sizeof(text[5]), "session_cookie_path=%s", path ? "/p" : "/");
        open_visit(&v, &app, GIVEN(text[0], text[1], text[2], text[3], text[4], text[5]), https);
        bool never = safe[0] == 'n', demands = site[0] == 'n' || partitioned || name[0] == '_';
        bool refused = (never && demands) || (strcmp(name, "__HOST-s") == 0 && (domain || path));
        assert_int_equal(v.problems.errors, refused);
        if (refused) {
            drop(&v);
            continue;
        }
        ct_session_set(v.c, "a", 1);
        ct_session_permanent(v.c, n & 1);
        ct_session_finish(v.c, v.r);
        const char *set = ct_response_header(v.r, "Set-Cookie");
        assert_browsers_take(set);
        assert_int_equal(strstr(set, "; Secure") != NULL, !never && (safe[1] == 'l' || https || demands));
        assert_int_equal(strstr(set, "; Max-Age=2678400") != NULL, n & 1);
        drop(&v);
    }
}

static void other_cookies_stay(void **state)
{
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    ct_set_cookie(v.r, "theme", "dark");
    ct_session_set(c, "a", 1);
    ct_session_finish(c, v.r);
    assert_int_equal(v.r->header_count, 3);
    assert_string_equal(v.r->headers[0].value.data, "theme=dark; Path=/; HttpOnly; SameSite=Lax");
    assert_string_equal(v.r->headers[1].name.data, "Vary");
    assert_memory_equal(v.r->headers[2].value.data, "session=", 8);
    drop(&v);
}

/* ---- what is not accepted ---- */

static void assert_empty(const char *cookie)
{
    visit v;
    snprintf(jar, sizeof(jar), "%s", cookie);
    ct *c = begin(&v, PLAIN);
    assert_null(ct_session(c, "user"));
    assert_int_equal(ct_session_values(c, "test")->count, 0);
    assert_string_equal(end(&v), "");
}

/* "session=" with a session of that JSON, saved so long ago. */
static const char *made_cookie(const char *json, ct_time age, const char *key)
{
    static char cookie[8192];
    visit v;
    ct *c = begin(&v, PLAIN);
    ct_buffer out = ct_buffer_in(c->arena);
    const ct_stored_session session = { .json = json, .saved = ct_now() - age };
    use_keys(&v.site, key, NULL);
    assert_true(ct_session_seal(v.site.keys, CT_STR("session"), &session, &out));
    snprintf(cookie, sizeof(cookie), "session=%s", ct_buffer_text(&out));
    end(&v);
    return cookie;
}

static void what_is_forged_or_old_is_empty(void **state)
{
    visit v;
    (void)state;
    assert_empty("session=");
    assert_empty("session=x");
    assert_empty("session=eyJ1c2VyIjoiYWRhIn0");
    assert_empty(made_cookie("{\"user\":\"ada\"}", 0, KEY_2));
    assert_empty(made_cookie("{\"user\":\"ada\"}", 31 * CT_DAY + 1, KEY_1));
    assert_empty(made_cookie("[]", 0, KEY_1));
    assert_empty(made_cookie("{\"user\":", 0, KEY_1));
    snprintf(jar, sizeof(jar), "%s", made_cookie("{\"user\":\"ada\"}", 31 * CT_DAY - CT_MINUTE, KEY_1));
    ct *c = begin(&v, PLAIN);
    assert_string_equal(ct_session(c, "user"), "ada");
    end(&v);
    c = begin(&v, GIVEN("session_lifetime=30d"), false);
    assert_null(ct_session(c, "user"));
    end(&v);
}

static void the_end_of_a_lifetime(void **state)
{
    const ct_stored_session session = { .saved = 1000 };
    (void)state;
    assert_false(ct_session_is_over(&session, 50, 1050));
    assert_true(ct_session_is_over(&session, 50, 1051));
    assert_false(ct_session_is_over(&session, 50, 900)); /* another server's clock */
}

static void planted_cookies_do_not_lock_out(void **state)
{
    visit v;
    (void)state;
    const char *good = made_cookie("{\"user\":\"ada\"}", 0, KEY_1);
    snprintf(jar, sizeof(jar), "session=1; session=2; a=b; session=3; %s", good);
    ct *c = begin(&v, PLAIN);
    assert_string_equal(ct_session(c, "user"), "ada");
    end(&v);
    snprintf(jar, sizeof(jar), "session=1; session=2; session=3; session=4; %s", good);
    c = begin(&v, PLAIN);
    assert_null(ct_session(c, "user"));
    end(&v);
}

/* ---- sizes ---- */

static void what_fits_and_what_does_not(void **state)
{
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    char *text = ct_alloc(c, 4000);
    memset(text, 'x', 3000);
    ct_session_set(c, "text", text);
    ct_session_set(c, "a", 1);
    size_t json = strlen(ct_to_json(c, ct_value_of_map(ct_session_values(c, "test"))));
    memset(text, 'x', 3000 + 3028 - json);
    ct_session_set(c, "text", text);
    ct_session_finish(c, v.r);
    assert_non_null(ct_response_header(v.r, "Set-Cookie"));
    drop(&v);
    c = begin(&v, PLAIN);
    text = ct_alloc(c, 4000);
    memset(text, 'x', 3000 + 3028 - json + 1);
    ct_session_set(c, "small", "1");
    ct_session_set(c, "text", text);
    ct_session_remove(c, "small");
    ct_session_set(c, "a", 1);
    assert_aborts(c, 500,
                  "the session is 3029 bytes as JSON, and 3028 fit into a cookie; its largest values: text (3014), a "
                  "(1). Keep them elsewhere and only their keys in the session, or choose a store that has room",
                  ct_session_finish(c, v.r));
    assert_null(ct_session(c, "text")); /* for the error's handler it is as it was */
    assert_int_equal(ct_session_values(c, "test")->count, 0);
    ct_response *error = ct_text(c, "error"); /* its answer says nothing of the session */
    ct_flash(c, NULL, "more");
    ct_session_finish(c, error);
    assert_null(ct_response_header(error, "Set-Cookie"));
    drop(&v);
}

/* ---- ends ---- */

#define GONE "session; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax"

static void an_empty_session_is_deleted(void **state)
{
    visit v;
    (void)state;
    for (int way = 0; way < 2; way++) {
        ct *c = begin(&v, PLAIN);
        ct_session_set(c, "a", 1);
        end(&v);
        c = begin(&v, PLAIN);
        if (way)
            ct_session_clear(c);
        else
            ct_session_remove(c, "a");
        assert_null(ct_session(c, "a"));
        assert_string_equal(end_attributes(&v), GONE);
    }
    ct *c = begin(&v, PLAIN); /* nothing to delete */
    ct_session_set(c, "a", 1);
    ct_session_clear(c);
    assert_string_equal(end(&v), "");
    snprintf(jar, sizeof(jar), "session=forged");
    c = begin(&v, PLAIN);
    ct_session_clear(c);
    assert_string_equal(end_attributes(&v), GONE);
}

static void permanent_sessions(void **state)
{
    static const char permanent[] = "session; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax";
    const char *const *day = GIVEN("session_lifetime=1d");
    const char *const *fixed = GIVEN("session_lifetime=1d", "session_refresh=false");
    visit v;
    (void)state;
    ct *c = begin(&v, day, false);
    ct_session_permanent(c, true);
    ct_session_set(c, "a", 1);
    assert_string_equal(end_attributes(&v), permanent);
    begin(&v, day, false);
    assert_string_equal(end(&v), ""); /* nobody asked for it */
    c = begin(&v, day, false);
    assert_int_equal(ct_session_int(c, "a"), 1);
    assert_string_equal(end_attributes(&v), permanent);
    c = begin(&v, fixed, false);
    assert_int_equal(ct_session_int(c, "a"), 1);
    assert_string_equal(end(&v), "");
    c = begin(&v, fixed, false);
    ct_session_set(c, "a", 2);
    assert_string_equal(end_attributes(&v), permanent);
    c = begin(&v, fixed, false);
    ct_session_permanent(c, true); /* as it was */
    assert_string_equal(end(&v), "");
    c = begin(&v, fixed, false);
    ct_session_permanent(c, false);
    assert_string_equal(end_attributes(&v), "session; Path=/; HttpOnly; SameSite=Lax");
    c = begin(&v, day, false);
    assert_int_equal(ct_session_int(c, "a"), 2);
    assert_string_equal(end(&v), "");
}

/* ---- mistakes ---- */

static void first_read_is_too_late(ct *c)
{
    assert_aborts(c, 500,
                  "ct_session() comes too late: the head of the answer has left without saying that the answer "
                  "depends on the session (Vary: Cookie). Read the session before the stream's function runs; then "
                  "it can be read there too",
                  ct_session(c, "a"));
}

static void mistakes(void **state)
{
    static const ct_app without = { .name = "without" };
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    assert_aborts(c, 500, "ct_session_set: \"_x\" begins with '_', and such names are Canteen's own",
                  ct_session_set(c, "_x", 1));
    assert_aborts(c, 500, "ct_session_remove: \"_x\" begins with '_', and such names are Canteen's own",
                  ct_session_remove(c, "_x"));
    assert_aborts(c, 500, "ct_session_set() was given NULL instead of text", ct_session_set(c, NULL, 1));
    assert_aborts(c, 500, "ct_session() was given NULL instead of text", ct_session(c, NULL));
    assert_aborts(c, 500, "ct_session_set: \"x\" is a number that JSON does not have (infinite, or none)",
                  ct_session_set(c, "x", HUGE_VAL));
    assert_int_equal(ct_session_values(c, "test")->count, 0);
    assert_null(ct_session(c, "a"));
    c->exchange.answered = true;
    assert_null(ct_session(c, "a"));
    assert_aborts(c, 500,
                  "ct_session_set() comes too late: the head of the answer has left, and with it what the browser is "
                  "told of the session. Change it before the stream's function runs",
                  ct_session_set(c, "a", 1));
    drop(&v);
    c = begin(&v, PLAIN);
    c->exchange.answered = true;
    first_read_is_too_late(c);
    first_read_is_too_late(c); /* no less the second time */
    assert_aborts(c, 500,
                  "ct_flash() comes too late: the head of the answer has left without saying that the answer depends "
                  "on the session (Vary: Cookie). Read the session before the stream's function runs; then it can be "
                  "read there too",
                  ct_flash(c, NULL, "x"));
    assert_aborts(c, 500,
                  "ct_session_set() comes too late: the head of the answer has left, and with it what the browser is "
                  "told of the session. Change it before the stream's function runs",
                  ct_session_set(c, "a", 1));
    c->exchange.answered = false;
    drop(&v);
    open_visit(&v, &without, NULL, false);
    assert_aborts(v.c, 500,
                  "ct_session() needs sessions, and the app without keeps none: give it .sessions = "
                  "&ct_cookie_sessions",
                  ct_session(v.c, "a"));
    v.c->is_request = false;
    assert_aborts(v.c, 500, "ct_flash() was called outside a request", ct_flash(v.c, NULL, "x"));
    drop(&v);
}

static bool never_loads(ct *c, const char *token, ct_stored_session *ret_session)
{
    (void)c, (void)token, (void)ret_session;
    return false;
}

static void assert_problem(const ct_app *of, const char *const *overrides, const char *wanted)
{
    visit v;
    open_visit(&v, of, overrides, false);
    assert_int_equal(v.problems.count, 1);
    assert_string_equal(v.problems.items[0].text, wanted);
    drop(&v);
}

static const ct_app mounts = { .name = "root", .routes = ROUTES({ .path = "/a", .app = &app, .file = "a.c" }) };
static const ct_app both = { .name = "root", .routes = ROUTES(MOUNT("/a", &app)), .sessions = &ct_cookie_sessions };

static void problems(void **state)
{
    static const ct_session_store half = { .name = "half", .load = never_loads };
    static const ct_app halved = { .name = "halved", .sessions = &half };
    visit v;
    char name[300] = "session_cookie_name=";
    (void)state;
    assert_problem(&mounts, NULL,
                   "a.c:0: the app app has .sessions, which belongs to the root app, for all of the site");
    open_visit(&v, &both, NULL, false);
    assert_int_equal(v.problems.count, 0);
    drop(&v);
    assert_problem(&halved, NULL, "the session store half has no save function");
    assert_problem(&app, GIVEN("session_cookie_secure=never", "session_cookie_samesite=none"),
                   "browsers refuse session_cookie_samesite = none without Secure: session_cookie_secure must be auto "
                   "or always");
    assert_problem(&app, GIVEN("session_cookie_domain=http://a"),
                   "the settings session_cookie_*: cookie session: .domain is a host name as \"example.com\", without "
                   "scheme, port and path; leave it out for this host alone");
    memset(name + 20, 'n', 257);
    assert_problem(&app, GIVEN(name, "session_cookie_path=/a"),
                   "command line: session_cookie_name has 257 bytes, the most is 256");
    assert_problem(&app, GIVEN("session_cookie_name="),
                   "command line: session_cookie_name: the cookie's name is empty or begins with a character that may "
                   "not stand in it");
    assert_problem(&app, GIVEN("session_cookie_name=", "session_cookie_secure=always"),
                   "command line: session_cookie_name: the cookie's name is empty or begins with a character that may "
                   "not stand in it");
    assert_problem(&app, GIVEN("session_cookie_name=a b", "session_cookie_secure=never"),
                   "command line: session_cookie_name: cookie name \"a...\": byte 0x20 behind this may not stand in a "
                   "name: use ASCII letters, digits and any of !#$%&'*+-.^_`|~");
    name[276] = '\0';
    open_visit(&v, &app, GIVEN(name, "session_cookie_path=/a"), false);
    assert_int_equal(v.problems.count, 0);
    drop(&v);
}

/* ---- other stores ---- */

static struct {
    char json[200], token[20], dropped[100];
    int saves;
    bool fails;
    ct_time lifetime;
} kept;

static bool kept_load(ct *c, const char *token, ct_stored_session *ret_session)
{
    (void)c;
    if (strcmp(token, kept.token) != 0)
        return false;
    *ret_session = (ct_stored_session){ .json = kept.json, .saved = ct_now() };
    return true;
}

static const char *kept_save(ct *c, const char *token, const ct_stored_session *session, ct_time lifetime)
{
    if (kept.fails)
        ct_abort(c, 503, "the store is away");
    kept.saves++;
    kept.lifetime = lifetime;
    snprintf(kept.json, sizeof(kept.json), "%s", session->json);
    if (!token)
        snprintf(kept.token, sizeof(kept.token), "t%d", kept.saves);
    return ct_strdup(c, kept.token);
}

static void kept_drop(ct *c, const char *token)
{
    (void)c;
    size_t used = strlen(kept.dropped);
    snprintf(kept.dropped + used, sizeof(kept.dropped) - used, "%s ", token);
}

static const ct_session_store keeper = { .name = "keeper", .load = kept_load, .save = kept_save, .drop = kept_drop };
static const ct_app keeping = { .name = "keeping", .sessions = &keeper };

static ct *begin_kept(visit *v)
{
    open_visit(v, &keeping, NULL, false);
    return v->c;
}

static void a_store_of_ones_own(void **state)
{
    visit v;
    (void)state;
    ct *c = begin_kept(&v);
    ct_session_set(c, "a", 1);
    assert_memory_equal(end(&v), "session=t1;", 11);
    assert_string_equal(kept.json, "{\"a\":1}");
    assert_true(kept.lifetime == 31 * CT_DAY);
    c = begin_kept(&v);
    ct_session_set(c, "b", 2);
    assert_memory_equal(end(&v), "session=t1;", 11);
    c = begin_kept(&v);
    ct_session_renew(c);
    assert_memory_equal(end(&v), "session=t3;", 11);
    assert_string_equal(kept.json, "{\"a\":1,\"b\":2}");
    assert_string_equal(kept.dropped, "t1 ");
    c = begin_kept(&v); /* who logs out and in again is somebody else */
    ct_session_clear(c);
    ct_session_set(c, "c", 3);
    assert_memory_equal(end(&v), "session=t4;", 11);
    assert_string_equal(kept.json, "{\"c\":3}");
    assert_string_equal(kept.dropped, "t1 t3 ");
    c = begin_kept(&v);
    ct_session_clear(c);
    assert_string_equal(end_attributes(&v), GONE);
    assert_string_equal(kept.dropped, "t1 t3 t4 ");
    assert_int_equal(kept.saves, 4);
}

static void a_store_that_fails(void **state)
{
    visit v;
    (void)state;
    ct *c = begin_kept(&v);
    ct_session_set(c, "a", 1);
    end(&v);
    kept.fails = true;
    c = begin_kept(&v);
    ct_session_set(c, "a", 2);
    ct_session_set(c, "b", 3);
    ct_session_permanent(c, true);
    assert_aborts(c, 503, "the store is away", ct_session_finish(c, v.r));
    assert_string_equal(ct_to_json(c, ct_value_of_map(ct_session_values(c, "test"))), "{\"a\":1}");
    assert_false(c->session->permanent);
    ct_response *error = ct_text(c, "error");
    ct_session_finish(c, error);
    assert_null(ct_response_header(error, "Set-Cookie"));
    drop(&v);
    kept.fails = false;
}

/* An answer that was taken back (a stream that failed at its start) has told nobody. */
static void another_response_says_it_again(void **state)
{
    visit v;
    (void)state;
    ct *c = begin_kept(&v);
    int saves = kept.saves;
    ct_session_set(c, "a", 1);
    ct_session_finish(c, v.r);
    const char *first = ct_response_header(v.r, "Set-Cookie");
    v.r = ct_text(c, "error");
    ct_session_finish(c, v.r);
    assert_string_equal(ct_response_header(v.r, "Set-Cookie"), first);
    assert_int_equal(kept.saves, saves + 1);
    drop(&v);
}

/* ---- flashed messages ---- */

static void assert_flashes(ct *c, const char *wanted)
{
    ct_buffer text = ct_buffer_in(c->arena);
    for (const ct_flashed *at = ct_flashes(c); at->message; at++)
        ct_buffer_printf(&text, "%s:%s;", at->category, at->message);
    assert_string_equal(ct_buffer_text(&text), wanted);
}

static void flashed_messages(void **state)
{
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    assert_flashes(c, "");
    assert_string_equal(end(&v), "");
    c = begin(&v, PLAIN);
    ct_flash(c, NULL, "plain");
    ct_flash(c, "error", "%s is %d", "a", 1);
    end(&v);
    c = begin(&v, PLAIN);
    ct_flash(c, "info", "\xC3\xA9 <b>");
    assert_int_equal(ct_flashes_waiting(c), 3);
    assert_string_not_equal(end(&v), "");
    c = begin(&v, PLAIN);
    assert_int_equal(ct_flashes_waiting(c), 3);
    assert_flashes(c, "message:plain;error:a is 1;info:\xC3\xA9 <b>;");
    assert_int_equal(ct_flashes_waiting(c), 3);
    ct_flash(c, "late", "for the next page");
    assert_flashes(c, "message:plain;error:a is 1;info:\xC3\xA9 <b>;");
    end(&v);
    c = begin(&v, PLAIN);
    assert_flashes(c, "late:for the next page;");
    assert_string_equal(end_attributes(&v), GONE);
    c = begin(&v, PLAIN); /* of this very request */
    ct_flash(c, NULL, "now");
    assert_flashes(c, "message:now;");
    assert_string_equal(end(&v), "");
}

static void as_many_as_can_wait(void **state)
{
    visit v;
    (void)state;
    ct *c = begin(&v, PLAIN);
    for (int i = 1; i <= CT_FLASHES_MOST; i++)
        ct_flash(c, NULL, "%d", i);
    assert_int_equal(ct_flashes_waiting(c), CT_FLASHES_MOST);
    ct_flash(c, NULL, "one more");
    const ct_flashed *all = ct_flashes(c);
    assert_string_equal(all[0].message, "2");
    assert_string_equal(all[CT_FLASHES_MOST - 1].message, "one more");
    assert_null(all[CT_FLASHES_MOST].message);
    end(&v);
}

/* The last one that waits, of requests that each flash `text` and never look. */
static void assert_last_flash(const char *text, size_t count, const char *wanted)
{
    visit v;
    ct *c = NULL;
    *jar = '\0';
    for (size_t i = 0; i < 30; i++) {
        c = begin(&v, PLAIN);
        ct_flash(c, "info", "%s", text);
        assert_true(strlen(ct_to_json(c, ct_session_value(c, "_flashes"))) <= 1500);
        end(&v); /* fits */
    }
    c = begin(&v, PLAIN);
    const ct_flashed *all = ct_flashes(c);
    assert_int_equal(ct_flashes_waiting(c), count);
    assert_string_equal(all[count - 1].message, wanted);
    end(&v);
}

static void as_many_bytes_as_can_wait(void **state)
{
    char text[4001] = "", wanted[4001];
    (void)state;
    memset(text, 'x', 160);
    assert_last_flash(text, 8, text); /* of ["info","x..."] and a comma: 172 bytes */
    memset(text, 'x', 1500 - strlen("[[\"info\",\"\"]]"));
    assert_last_flash(text, 1, text);
    memcpy(wanted, text, sizeof(text));
    memset(text, 'x', 4000);
    memcpy(wanted + strlen(wanted) - 3, "...", 3);
    assert_last_flash(text, 1, wanted);
}

static void messages_are_cut_between_characters(void **state)
{
    visit v;
    char text[3001] = "", category[101] = "";
    (void)state;
    ct *c = begin(&v, PLAIN);
    for (size_t i = 0; i < 3000; i += 3)
        memcpy(text + i, "\xE2\x82\xAC", 3);
    memset(category, 'c', 100);
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift * 3);
        ct_flash(c, category, "%s", text + shift * 2);
        const ct_array *pair = ct_session_value(c, "_flashes").array->items[0].array;
        const char *message = pair->items[1].text;
        size_t length = strlen(message);
        assert_int_equal(strlen(pair->items[0].text), 64);
        assert_in_range(length, 1400, 1500);
        assert_string_equal(message + length - 6, "\xE2\x82\xAC...");
    }
    for (size_t i = 0; i < 3000; i++)
        text[i] = '\x01'; /* six bytes each */
    ct_flash(c, category, "%s", text);
    end(&v);
}

static void flashes_of_another_form(void **state)
{
    visit v;
    (void)state;
    snprintf(jar, sizeof(jar), "%s", made_cookie("{\"_flashes\":[1,[\"a\"],[\"a\",\"b\"],[1,2]]}", 0, KEY_1));
    ct *c = begin(&v, PLAIN);
    assert_flashes(c, "message:;message:;a:b;message:;");
    end(&v);
    snprintf(jar, sizeof(jar), "%s", made_cookie("{\"_flashes\":7}", 0, KEY_1));
    c = begin(&v, PLAIN);
    assert_flashes(c, "");
    end(&v);
}

#define JARRED(function) cmocka_unit_test_setup(function, empty_jar)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JARRED(values_come_back),
        JARRED(values_are_replaced_and_removed),
        JARRED(many_values),
        JARRED(nothing_is_said_of_what_nobody_asks_for),
        JARRED(attributes),
        JARRED(every_combination_is_taken_or_refused),
        JARRED(other_cookies_stay),
        JARRED(what_is_forged_or_old_is_empty),
        JARRED(the_end_of_a_lifetime),
        JARRED(planted_cookies_do_not_lock_out),
        JARRED(what_fits_and_what_does_not),
        JARRED(an_empty_session_is_deleted),
        JARRED(permanent_sessions),
        JARRED(mistakes),
        JARRED(problems),
        JARRED(a_store_of_ones_own),
        JARRED(a_store_that_fails),
        JARRED(another_response_says_it_again),
        JARRED(flashed_messages),
        JARRED(as_many_as_can_wait),
        JARRED(as_many_bytes_as_can_wait),
        JARRED(messages_are_cut_between_characters),
        JARRED(flashes_of_another_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
