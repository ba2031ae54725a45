/* Answers to errors: in production nothing of what went wrong leaves the server, in development all of it but secrets.
 * Real bytes from a worker of its own; what it logs goes into a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cpu_time.h"
#include "support/server.h"

#include "base/common.h"
#include "base/log.h"
#include "web/ct.h"
#include "web/error.h"
#include "web/excerpt.h"
#include "web/scrub.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HTML "Accept: text/html\r\n"
#define JSON_ "Accept: application/json\r\n"
#define BROWSER "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"

/* ---- the app ---- */

static CT_NORETURN void deep(ct *c)
{
    ct_abort(c, 500, "the database <said> no to %s", "everybody");
}
enum { DEEP_LINE = __LINE__ - 2 };

static ct_response *failing(ct *c)
{
    ct_form(c, "pin");
    deep(c);
}

static ct_response *mistake(ct *c)
{
    ct_setting_int(c, "greetnig");
    return ct_text(c, "not reached");
}

static ct_response *no_answer(ct *c)
{
    (void)c;
    return NULL;
}

static ct_response *unavailable(ct *c)
{
    ct_abort(c, 503, "closed for the night");
}

static ct_response *full(ct *c)
{
    ct_abort(c, 507, "the disk is full");
}

static ct_response *greedy(ct *c)
{
    for (size_t i = 0; i < 1000; i++)
        memset(ct_alloc(c, 100000), 'x', 100000);
    return ct_text(c, "not reached");
}

static ct_response *teapot(ct *c)
{
    ct_abort(c, 418, "short & \"stout\"");
}

static ct_response *gone(ct *c)
{
    ct_abort(c, 410, "it has gone");
}

/* Its file loses its end before it is sent. The line of access is logged too. */
static ct_response *shortened(ct *c)
{
    ct_log_open(STDERR_FILENO, CT_LOG_TEXT, CT_LOG_INFO);
    char path[] = "/tmp/canteen-shortened-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, 1 << 20) < 0)
        ct_abort(c, 500, "%s: %m", path);
    ct_response *r = ct_send_file(c, ct_strdup(c, path));
    if (ftruncate(fd, 1000) < 0)
        ct_abort(c, 500, "%s: %m", path);
    close(fd);
    unlink(path);
    return r;
}

static ct_response *page(ct *c)
{
    return ct_render(c, "page.html", KV("a", 1));
}

static ct_value broken(ct *c, const ct_value *args)
{
    (void)args;
    ct_abort(c, 500, "the shelf is gone");
}

static ct_response *calls(ct *c)
{
    return ct_render(c, "calls.html");
}

static ct_response *from_text(ct *c)
{
    return ct_render_string(c, "{{ 'x'|nothing }}") ? ct_text(c, "not reached") : NULL;
}

static ct_response *crash(ct *c)
{
    volatile int *volatile nowhere = (volatile int *)(uintptr_t)16; /* NOLINT(performance-no-int-to-ptr) */
    *nowhere = 1;
    return ct_text(c, "not reached");
}

/* Leaves a process in which the page of development cannot be made. */
static ct_response *crash_badly(ct *c)
{
    ct_site *site = (ct_site *)(uintptr_t)c->site;
    site->settings = (ct_settings *)(uintptr_t)16; /* NOLINT(performance-no-int-to-ptr) */
    return crash(c);
}

static ct_response *not_unavailable(ct *c)
{
    return ct_text(c, "come back tomorrow");
}

static ct_response *any_error(ct *c)
{
    return ct_textf(c, "any: %d", ct_error_status(c));
}

static ct_response *failing_handler(ct *c)
{
    ct_abort(c, 500, "the handler of errors failed");
}

#define PAGE(path, text)                                                                                               \
    {                                                                                                                  \
        (path), (text), sizeof(text) - 1, "0"                                                                          \
    }
static const ct_embedded pages[] = {
    PAGE("base.html", "<h1>{% block main %}{% endblock %}</h1>"),
    PAGE("calls.html", "one\ntwo {{ broken() }}\nthree"),
    PAGE("page.html",
         "{% extends \"base.html\" %}\n{% block main %}\nbefore\n{% include \"part.html\" %}\n{% endblock %}"),
    PAGE("part.html", "one\n  <b>{{ a|upper|uper }}</b>\nthree"),
};
static const ct_files files = { pages, CT_COUNT(pages) };

static const ct_app inner = { .name = "inner",
                              .routes = ROUTES(GET("/", failing), GET("/<int:id>/votes", failing, .name = "votes")) };

#define SITE_ROUTES                                                                                                    \
    ROUTES(ANY("/fail", failing), GET("/mistake", mistake), GET("/none", no_answer), GET("/unavailable", unavailable), \
           GET("/full", full), GET("/greedy", greedy), GET("/teapot", teapot), GET("/gone", gone), GET("/page", page), \
           GET("/text", from_text), GET("/calls", calls), GET("/crash", crash), GET("/crash-badly", crash_badly),      \
           GET("/shortened", shortened), GET("/reset/<token>/<int:id>", teapot), POST("/invite/<token>", failing),     \
           GET("/any/<path:page>", failing, .name = "any"), POST("/at/<path:api_path>", failing, .name = "at"),        \
           MOUNT("/polls", &inner))

static const ct_app app = {
    .name = "debugged",
    .version = "7.1",
    .routes = SITE_ROUTES,
    .settings = SETTINGS(SETTING("stripe_key", "sk_live_1"), SETTING("dsn", "pg://ada:lovelace@db/x?sslkey=k"),
                         SETTING("hidden", "not-for-you", .secret = true), SETTING("greeting", "Hello <you>"),
                         SETTING("database", "ada:love:lace@tcp(db:3306)/x")),
    .templates = "embedded",
    .embedded = &files,
    .functions = FUNCTIONS(FUNCTION("broken", broken, "")),
};

static const ct_app handled_app = {
    .name = "handled",
    .routes = SITE_ROUTES,
    .errors = ERRORS({ 500, any_error }, { 503, not_unavailable }, { 410, failing_handler }, { 0, any_error }),
    .embedded = &files,
    .functions = FUNCTIONS(FUNCTION("broken", broken, "")),
};

/* ---- asking ---- */

static char answer[1 << 20], logged[1 << 18];
static const char *host = "localhost", *one_setting; /* NULL: unset */

/* Asks a fresh worker one thing; fills `answer` and `logged`. */
static void ask(const ct_app *of, const char *debug, const char *method, const char *target, const char *headers)
{
    static char request[100000];
    size_t used = 0;
    int log;
    const char *const settings[] = { debug, "request_memory=1M", one_setting, NULL };
    test_server server = test_server_start_logging(of, settings, &log);
    int fd = test_server_dial(&server);
    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", method, target, host,
             headers);
    const char *has_body = strstr(headers, "\r\n\r\n");
    size_t length = strlen(request) - (has_body ? 2 : 0);
    assert_int_equal(send(fd, request, length, MSG_NOSIGNAL), length);
    for (ssize_t n; used < sizeof answer - 1 && (n = recv(fd, answer + used, sizeof answer - 1 - used, 0)) > 0;)
        used += (size_t)n;
    answer[used] = '\0';
    close(fd);
    int status = test_server_stop(&server);
    ssize_t n = pread(log, logged, sizeof logged - 1, 0);
    logged[CT_MAX(n, 0)] = '\0';
    close(log);
    if (status != (strstr(target, "/crash") ? 1 << 8 : 0)) /* it ended in order, and says whether it had crashed */
        fail_msg("status %d:\n%s", status, logged);
}

static void ask_debug(const char *target, const char *headers)
{
    ask(&app, "debug=true", "GET", target, headers);
}

static const char *body(void)
{
    const char *at = strstr(answer, "\r\n\r\n");
    assert_non_null(at);
    return at + 4;
}

/* What cmocka prints by itself is cut after 1024 bytes. */
static void cannot_be(const char *what, const char *text)
{
    print_error("%s \"%s\" in:\n", what, text);
    fputs(answer, stderr);
    fail();
}

static void has(const char *text)
{
    if (!strstr(answer, text))
        cannot_be("there is no", text);
}

static void has_not(const char *text)
{
    if (strstr(answer, text))
        cannot_be("there is", text);
}

static void begin_with(const char *where, const char *text)
{
    if (strncmp(where, text, strlen(text)) != 0)
        fail_msg("\"%s\" does not begin:\n%s", text, where);
}

static void begins(const char *text)
{
    begin_with(answer, text);
}

/* ---- production ---- */

static void nothing_leaks_in_production(void **state)
{
    (void)state;
    static const char *const targets[] = { "/fail",   "/mistake", "/none", "/unavailable", "/full",
                                           "/greedy", "/page",    "/text", "/crash" };
    static const char *const forms[] = { "", HTML, BROWSER, JSON_,
                                         "Accept: */*\r\nContent-Type: application/json\r\n" };
    static const char *const secrets[] = { "database", "night",    "disk",       "memory",    "uper",
                                           "nothing",  "SIG",      "test_debug", "part.html", "sk_live",
                                           "lovelace", "not-for",  "bind",       "deep",      "canteen/",
                                           "tests/",   "greetnig", "0x",         "no_answer" };
    for (size_t i = 0; i < CT_COUNT(targets); i++) {
        ask(&app, "debug=false", "GET", targets[i], forms[i % CT_COUNT(forms)]);
        begins("HTTP/1.1 50");
        for (size_t k = 0; k < CT_COUNT(secrets); k++)
            has_not(secrets[k]);
    }
    for (size_t i = 0; i < CT_COUNT(forms); i++) {
        ask(&app, "debug=false", "GET", "/fail", forms[i]);
        begins("HTTP/1.1 500 Internal Server Error\r\n");
        for (size_t k = 0; k < CT_COUNT(secrets); k++)
            has_not(secrets[k]);
    }
}

/* The id on the page is the one in the log. */
static void the_id_leads_to_the_log(const char *target, const char *form, const char *before, const char *line)
{
    ask(&app, "debug=false", "GET", target, form);
    const char *at = strstr(body(), before);
    assert_non_null(at);
    char id[17], wanted[256];
    snprintf(id, sizeof id, "%.16s", at + strlen(before));
    assert_int_equal(strspn(id, "0123456789abcdef"), 16);
    snprintf(wanted, sizeof wanted, "%s [%s]", line, id);
    if (!strstr(logged, wanted))
        fail_msg("there is no \"%s\" in:\n%s", wanted, logged);
}

static void the_page_and_the_log_have_the_same_id(void **state)
{
    (void)state;
    static const char line[] = "GET /fail: 500 the database <said> no to everybody";
    the_id_leads_to_the_log("/fail", "", "\nRequest ", line);
    the_id_leads_to_the_log("/fail", HTML, "<small>Request ", line);
    the_id_leads_to_the_log("/fail", JSON_, "\"instance\":\"", line);
}

static void who_sends_json_gets_json(void **state)
{
    (void)state;
    static const struct {
        const char *headers, *type;
    } cases[] = {
        { "Content-Type: application/json\r\n", "application/problem+json" },
        { "Content-Type: APPLICATION/JSON; charset=utf-8\r\nAccept: */*\r\n", "application/problem+json" },
        { "Content-Type: application/vnd.api+json\r\n", "application/problem+json" },
        { "Content-Type: application/json\r\nAccept: image/png\r\n", "application/problem+json" },
        { "Content-Type: application/json\r\n" HTML, "text/html; charset=utf-8" },
        { "Content-Type: application/json\r\nAccept: text/plain\r\n", "text/plain; charset=utf-8" },
        { "Content-Type: application/jsonx\r\n", "text/plain; charset=utf-8" },
        { "Content-Type: text/json-not\r\n", "text/plain; charset=utf-8" },
        { "Accept: image/png\r\n", "text/plain; charset=utf-8" },
        { "Accept: image/png\r\nAccept: text/html\r\n", "text/html; charset=utf-8" },
        { "Accept: \xff\xfe, application/json\r\n", "application/problem+json" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char expected[128];
        snprintf(expected, sizeof expected, "\r\nContent-Type: %s\r\n", cases[i].type);
        ask(&app, "debug=false", "GET", "/teapot", cases[i].headers);
        has(expected);
        has("\r\nVary: Accept\r\n");
        has("stout"); /* the message of a 4xx is the client's */
        ask(&app, "debug=true", "GET", "/teapot", cases[i].headers);
        has(expected);
    }
}

/* An Accept header of the greatest length there is, whose first elements count. */
static void long_accept_headers_are_cut(void **state)
{
    (void)state;
    char headers[4096] = "Accept: application/json;q=0.5, text/html;q=0.4";
    for (size_t i = 0; i < 180; i++)
        snprintf(headers + strlen(headers), 32, ", image/x-%03zu", i);
    snprintf(headers + strlen(headers), 64, "\r\n");
    assert_true(strlen(headers) > 2048);
    struct ct_http1_header row = { "Accept", headers + 8, 6, (uint32_t)strlen(headers) - 10 };
    ct_http1_head head = { .headers = &row, .header_count = 1 };
    assert_int_equal(ct_error_form_of(&head), CT_ERROR_JSON);
    for (uint32_t cut = 2040; cut < 2056; cut++) {
        row.value_length = cut;
        assert_int_equal(ct_error_form_of(&head), CT_ERROR_JSON);
    }
    struct ct_http1_header rows[] = { row, row, { "accept", "text/html", 6, 9 } };
    head = (ct_http1_head){ .headers = rows, .header_count = 3 };
    assert_int_equal(ct_error_form_of(&head), CT_ERROR_JSON);
}

static void head_gets_nothing(void **state)
{
    (void)state;
    static const char *const modes[] = { "debug=false", "debug=true" };
    for (size_t i = 0; i < CT_COUNT(modes); i++) {
        ask(&app, modes[i], "HEAD", "/fail", HTML);
        begins("HTTP/1.1 500 ");
        assert_string_equal(body(), "");
        has_not("database");
        ask(&app, modes[i], "HEAD", "/crash", HTML);
        begins("HTTP/1.1 500 ");
        assert_string_equal(body(), "");
    }
}

/* ---- development ---- */

static void the_page_shows_the_place(void **state)
{
    (void)state;
    char marked[160], title[160];
    ask_debug("/fail", BROWSER);
    begins("HTTP/1.1 500 Internal Server Error\r\n");
    has("\r\nContent-Type: text/html; charset=utf-8\r\n");
    has("\r\nCache-Control: no-store\r\n");
    has("<h1>500 Internal Server Error</h1>\n<p>the database &lt;said&gt; no to everybody</p>");
    snprintf(title, sizeof title, "<code>deep</code> <span class=m>tests/unit/test_debug.c:%d</span></summary>",
             DEEP_LINE);
    snprintf(marked, sizeof marked, "<mark>%5d       ct_abort(c, 500, &#34;the database &lt;said&gt;", DEEP_LINE);
    has(title);
    has(marked);
    has("<details open><summary><code>failing</code> ");
    has(" frames of the library and the system</summary>");
    has("<code>ct_abort</code> <span class=m>src/web/work.c:");
    has("failing() for /fail, the route failing at tests/unit/test_debug.c:");
    has_not("<code>deep</code> <span class=m>tests/unit/test_debug.c:0");
    assert_true(strstr(answer, "<code>ct_abort") < strstr(answer, "<code>deep"));
    assert_true(strstr(answer, "<code>deep") < strstr(answer, "<code>failing"));
}

static void the_policy_allows_its_style_alone(void **state)
{
    (void)state;
    static const char *const targets[] = { "/fail", "/crash", "/nowhere" };
    for (size_t i = 0; i < CT_COUNT(targets); i++) {
        ask_debug(targets[i], BROWSER);
        const char *style = strstr(answer, "<style>") + 7, *end = strstr(style, "</style>");
        unsigned char hash[32], text[48];
        char policy[160];
        assert_true(EVP_Digest(style, (size_t)(end - style), hash, NULL, EVP_sha256(), NULL));
        EVP_EncodeBlock(text, hash, sizeof hash);
        snprintf(policy, sizeof policy, "\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-%s'; ",
                 (const char *)text);
        has(policy);
        has_not("<script");
        has_not("style=");
    }
}

static void secrets_are_hidden(void **state)
{
    (void)state;
    static const char request[] = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n"
                                  "Authorization: Basic aGlkZGVu\r\nX-Api-Key: hide-me\r\nX-Plain: <shown>\r\n"
                                  "X-Dsn: postgres://u:hide-me/z@h\r\nX-Pairs: host=h password=hide-me\r\n"
                                  "Referer: http://u:hide-me@b/x?token=hide-me\r\n"
                                  "Cookie: theme=dark; sessionid=hide-me; csrftoken=hide-me\r\n" BROWSER
                                  "\r\nage=12%3C4&new_password=hide-me&x=&y=%41";
    ask(&app, "debug=true", "POST", "/fail?page=2&reset_token=hide-me&to=pg://u:hide-me@h/", request);
    begins("HTTP/1.1 500 ");
    has_not("hide-me");
    has_not("aGlkZGVu");
    has_not("sk_live_1");
    has_not("not-for-you");
    has_not("lovelace");
    has_not("sslkey=k");
    has("<tr><td>stripe_key<td>********<td>tests/unit/test_debug.c:");
    has("<tr><td>hidden<td>********<td>");
    has("<tr><td>dsn<td>pg://********@db/x?********<td>");
    has("<tr><td>database<td>********@tcp(db:3306)/x<td>");
    has("<tr><td>greeting<td>Hello &lt;you&gt;<td>");
    has("<tr><td>debug<td>true<td>command line\n");
    has("<tr><td>secret_key<td><td>default\n");
    has("<tr><td>page<td>2\n<tr><td>reset_token<td>********\n<tr><td>to<td>pg://********@h/\n");
    has("<tr><td>age<td>12&lt;4\n<tr><td>new_password<td>********\n<tr><td>x<td>\n<tr><td>y<td>A\n");
    has("<tr><td>theme<td>dark\n<tr><td>sessionid<td>********\n<tr><td>csrftoken<td>********\n");
    has("<tr><td>Authorization<td>********\n");
    has("<tr><td>X-Api-Key<td>********\n");
    has("<tr><td>X-Plain<td>&lt;shown&gt;\n");
    has("<tr><td>Referer<td>http://********@b/x?********\n");
    has("<tr><td>Cookie<td>********\n");
    has("<tr><td>X-Dsn<td>postgres://********@h\n");
    has("<tr><td>X-Pairs<td>host=h password=********\n");
    has("<tr><td>debugged<td>7.1\n");
    has("<tr><td>Canteen<td>");
}

/* Its end, which tells that it is one, is not shown. */
static void a_secret_in_a_long_value_is_hidden(void **state)
{
    (void)state;
    char headers[5000];
    int used = snprintf(headers, sizeof headers, BROWSER "X-Dsn: pg://u:hide-me");
    memset(headers + used, 'x', 4200);
    snprintf(headers + used + 4200, sizeof headers - (size_t)used - 4200, "@h\r\n");
    ask_debug("/fail", headers);
    has("<tr><td>X-Dsn<td>pg://********@h\n");
    has_not("hide-me");
}

#define HIDE_ME "hide-me"

static ct_response *fail_with_session(ct *c)
{
    ct_session_set(c, "username", "Ada <3");
    ct_session_set(c, "visits", 3);
    ct_session_set(c, "api_token", HIDE_ME); /* the page has these lines */
    ct_file(c, "none");
    ct_abort(c, 500, "after all that");
}

static const ct_app remembering = { .name = "remembering",
                                    .routes = ROUTES(POST("/", fail_with_session)),
                                    .sessions = &ct_cookie_sessions };

static void the_session_and_files_are_shown(void **state)
{
    (void)state;
    static const char request[] = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 166\r\n"
                                  "Cookie: session=hide-me\r\n" BROWSER "\r\n"
                                  "--b\r\nContent-Disposition: form-data; name=title\r\n\r\na<b\r\n"
                                  "--b\r\nContent-Disposition: form-data; name=file; filename=\"x.txt\"\r\n"
                                  "Content-Type: text/plain\r\n\r\nhide-me\r\n--b--\r\n";
    const char *content = strstr(request, "\r\n\r\n") + 4;
    assert_int_equal(strlen(content), 166);
    ask(&remembering, "debug=true", "POST", "/", request);
    begins("HTTP/1.1 500 ");
    has("<summary>Session</summary>");
    has("<tr><td>username<td>Ada &lt;3\n<tr><td>visits<td>3\n<tr><td>api_token<td>********\n");
    has("<tr><td>title<td>a&lt;b\n<tr><td>file<td>x.txt (text/plain, 7 bytes)\n");
    has_not("hide-me");
}

#define BAD "\xEF\xBF\xBD" /* U+FFFD */

static void bytes_that_are_no_text_are_replaced(void **state)
{
    (void)state;
    char headers[5000] = BROWSER "X-A: \xFF<\xC3\xA4\xC3 \xED\xA0\x80\xF0\x9F\x98\r\nX-Long: ";
    size_t used = strlen(headers);
    for (size_t i = 0; i < 4200; i += 3) /* is cut within a character: 4096 is no multiple of 3 */
        memcpy(headers + used + i, "\xE2\x82\xAC", 4);
    snprintf(headers + used + 4200, 3, "\r\n");
    ask_debug("/fail", headers);
    assert_true(ct_utf8_valid(body(), strlen(body())));
    has("<tr><td>X-A<td>" BAD "&lt;\xC3\xA4" BAD " " BAD BAD BAD BAD BAD BAD "\n");
    has("\xE2\x82\xAC" BAD "... (4200 bytes)\n");
}

static void what_is_malformed_is_not_shown(void **state)
{
    (void)state;
    ask_debug("/fail?token%00=x&a=hide-me", BROWSER);
    has("<tr><td>(malformed)<td>");
    has_not("hide-me");
}

static void path_parameters_are_shown(void **state)
{
    (void)state;
    ask_debug("/polls/7/votes", BROWSER);
    has("<summary>Path parameters</summary>\n<table><tr><td>id<td>7\n");
    has("failing() for /polls/&lt;int:id&gt;/votes, the route inner.votes at tests/unit/test_debug.c:");
    has("<tr><td>App<td>inner\n");
}

/* By its parameter's name, or by what stands in it. */
static void secrets_in_the_path_are_hidden(void **state)
{
    (void)state;
    static const char *const forms[] = { BROWSER, "", JSON_ };
    for (size_t i = 0; i < CT_COUNT(forms); i++) {
        ask_debug("/reset/hide-me/7", forms[i]);
        begins("HTTP/1.1 418 ");
        has_not("hide-me");
        ask_debug("/nowhere/token=hide-me;a=b/u:hide-me@h", forms[i]);
        begins("HTTP/1.1 404 ");
        has_not("hide-me");
    }
    ask_debug("/reset/hide-me/7", BROWSER);
    has("<tr><td>Path<td>/reset/&lt;token&gt;/&lt;int:id&gt;\n");
    has("<small>GET /reset/&lt;token&gt;/&lt;int:id&gt;, request ");
    has("<tr><td>token<td>********\n<tr><td>id<td>7\n");
    ask_debug("/nowhere/token=hide-me;a=b", BROWSER);
    has("<tr><td>Path<td>/nowhere/token=********;a=b\n");
}

/* The path of another method, or of a slip, is no less a secret; nor is it where another header has it. */
static void secrets_in_paths_without_a_route_are_hidden(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *status, *path;
    } cases[] = {
        { "GET", "/invite/hide-me", "405", "/invite/********" },
        { "GET", "/invite/hide-me/", "404", "/invite/********/" },
        { "GET", "/invite/hide-me/more", "404", "/invite/********/more" },
        { "POST", "/Invit%65/hide-me", "404", "/Invit%65/********" },
        { "POST", "/invit/hide-me", "404", "/invit/********" },
        { "GET", "/reset/hide-me/x", "404", "/reset/********/x" },
        { "GET", "/any/thing", "500", "/any/thing" },
        { "GET", "/at/hide-me/b/hide-me", "405", "/at/********/********/********" },
        { "GET", "/entirely/else", "404", "/entirely/else" },
        { "GET", "/invite", "404", "/invite" },
        { "GET", "/fail/", "404", "/fail/" },
    };
    static const char *const forms[] = { BROWSER, "", JSON_ };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        char row[128], begin[32];
        snprintf(begin, sizeof begin, "HTTP/1.1 %s ", cases[i].status);
        for (size_t k = 0; k < CT_COUNT(forms); k++) {
            ask(&app, "debug=true", cases[i].method, cases[i].target, forms[k]);
            begins(begin);
            has_not("hide-me");
        }
        snprintf(row, sizeof row, "<tr><td>Path<td>%s\n", cases[i].path);
        ask(&app, "debug=true", cases[i].method, cases[i].target, BROWSER);
        has(row);
    }
    ask(&app, "debug=true", "POST", "/fail?next=/invite/hide-me%3Fa=b&to=/any",
        BROWSER "Referer: http://localhost:8000/invite/hide-me?token=hide-me\r\nX-Original-Uri: /reset/hide-me/7#a\r\n"
                "Origin: http://localhost:8000\r\nX-Other: https://u:hide-me/invite/p@h/invite/hide-me\r\n");
    begins("HTTP/1.1 500 ");
    has_not("hide-me");
    has("<tr><td>Referer<td>http://localhost:8000/invite/********?********\n");
    has("<tr><td>X-Original-Uri<td>/reset/********/7#a\n");
    has("<tr><td>Origin<td>http://localhost:8000\n");
    has("<tr><td>X-Other<td>https://********@h/invite/********\n");
    has("<tr><td>next<td>/invite/********?a=b\n<tr><td>to<td>/any\n");
    ask_debug("/any/invite/hide-me", BROWSER);
    has("<tr><td>page<td>invite/hide-me\n"); /* its place is another: that is no secret's */
}

/* A route for all that no other fits gets the secrets of slips too; so does a site below a path of a proxy's. */
static const ct_app catching = { .name = "catching",
                                 .routes =
                                     ROUTES(POST("/invite/<token>", failing), POST("/<otp>", failing, .name = "o"),
                                            GET("/<path:page>", failing, .name = "page")) };

static void secrets_in_paths_with_another_route_are_hidden(void **state)
{
    (void)state;
    ask(&catching, "debug=true", "GET", "/invite/hide-me/", BROWSER);
    begins("HTTP/1.1 500 ");
    has_not("hide-me");
    has("<tr><td>page<td>********\n");
    ask(&catching, "debug=true", "GET", "/shown/page", BROWSER);
    has("<tr><td>Path<td>/shown/page\n");
    has("<tr><td>page<td>shown/page\n");
    ask(&catching, "debug=true", "PUT", "/hide-me", BROWSER);
    begins("HTTP/1.1 405 ");
    has_not("hide-me");
    one_setting = "trusted_proxies=unix";
    ask(&catching, "debug=true", "POST", "/invite/hide-me",
        BROWSER "X-Forwarded-Prefix: /app\r\nReferer: http://localhost/app/invite/hide-me/\r\n");
    begins("HTTP/1.1 500 ");
    has("<tr><td>Referer<td>http://localhost/app/invite/********/\n");
    one_setting = NULL;
}

static void a_terminal_gets_text(void **state)
{
    (void)state;
    char place[160];
    ask_debug("/fail", "Accept: */*\r\n");
    has("\r\nContent-Type: text/plain; charset=utf-8\r\n");
    snprintf(place, sizeof place, "\nin deep at tests/unit/test_debug.c:%d\n", DEEP_LINE);
    begin_with(body(), "500 Internal Server Error: the database <said> no to everybody\nGET /fail, ");
    has(place);
    snprintf(place, sizeof place, "> %4d      ct_abort(c, 500, \"the database <said> no to %%s\", \"everybody\");\n",
             DEEP_LINE);
    has(place);
    has("\nbacktrace:\n");
    has(" failing at tests/unit/test_debug.c:");
    has_not(" ct_abort at ");
    has_not("greeting"); /* that much is for the page */
}

static void a_program_gets_json(void **state)
{
    (void)state;
    char place[160];
    ask_debug("/fail", JSON_);
    has("\r\nContent-Type: application/problem+json\r\n");
    snprintf(place, sizeof place,
             "\"own\":true,\"file\":\"tests/unit/test_debug.c\",\"line\":%d,\"source\":{\"first\":%d,", DEEP_LINE,
             DEEP_LINE - 5);
    begin_with(body(), "{\"title\":\"Internal Server Error\",\"status\":500,"
                       "\"detail\":\"the database \\u003csaid\\u003e no to everybody\",\"instance\":\"");
    has(",\"backtrace\":[{\"function\":\"");
    has(place);
    has("\"lines\":[");
    assert_string_equal(answer + strlen(answer) - 2, "]}");
    has_not("\"template\"");
    has_not("\"routes\"");
    ask_debug("/nowhere", JSON_);
    has(",\"routes\":[{\"pattern\":\"");
    has_not("\"backtrace\"");
    ask(&app, "debug=true", "PUT", "/teapot", JSON_);
    has(",\"allow\":\"GET, HEAD, OPTIONS\"}");
    ask_debug("/page", JSON_);
    has("\"detail\":\"unknown filter 'uper'; did you mean 'upper'?\"");
    has(",\"template\":{\"file\":\"embedded/part.html\",\"line\":2,\"column\":17,\"chain\":\"  included by "
        "embedded/page.html:4");
    has("\"source\":{\"first\":1,\"lines\":[\"one\",\"  \\u003cb\\u003e{{ a|upper|uper "
        "}}\\u003c/b\\u003e\",\"three\"]}");
}

static void mistakes_of_the_program_say_what_they_are(void **state)
{
    (void)state;
    ask_debug("/mistake", BROWSER);
    has("there is no such setting; did you mean &#34;greeting&#34;?</p>");
    has("<details open><summary><code>mistake</code> ");
    ask_debug("/none", BROWSER);
    has("<p>the handler no_answer returned no response</p>");
    has("No function of the app is among them");
    ask_debug("/greedy", BROWSER);
    has("<p>the request took more than its memory (setting request_memory)</p>");
    has("<details open><summary><code>greedy</code> ");
}

static void a_template_is_shown_with_its_line(void **state)
{
    (void)state;
    ask_debug("/page", BROWSER);
    has("<p>unknown filter &#39;uper&#39;; did you mean &#39;upper&#39;?</p>");
    has("<h2>Template</h2>\n<p><code>embedded/part.html:2:17</code></p>\n");
    has("<pre><span>    1   one</span><mark>    2     &lt;b&gt;{{ a|upper|uper }}&lt;/b&gt;</mark>"
        "<mark>                        ^</mark><span>    3   three</span></pre>");
    has("<p class=m>included by embedded/page.html:4");
    has("<details open><summary><code>page</code> ");
    assert_true(strstr(answer, "<h2>Template") < strstr(answer, "<h2>Backtrace"));
    ask_debug("/calls", BROWSER); /* what a function that a template calls says has a place there too */
    has("<p>the shelf is gone</p>");
    has("<h2>Template</h2>\n<p><code>embedded/calls.html:2:");
    has("<mark>    2   two {{ broken() }}</mark>");
    has("<code>broken</code> ");
    ask_debug("/text", BROWSER);
    has("<code>&lt;string&gt;.html:1:8</code>");
    has("<pre><mark>{{ &#39;x&#39;|nothing }}</mark></pre>");
    ask_debug("/page", "");
    has("\ntemplate embedded/part.html:2:17\n");
    has("\n>    2    <b>{{ a|upper|uper }}</b>\n");
}

static void a_missing_page_shows_the_routes(void **state)
{
    (void)state;
    ask_debug("/pols/7/votes", BROWSER);
    begins("HTTP/1.1 404 Not Found\r\n");
    has("None of these fits; did you mean <code>/polls/&lt;int:id&gt;/votes</code>?");
    has("<tbody><tr class=n><td>/polls/&lt;int:id&gt;/votes<td>GET, HEAD, OPTIONS<td>inner.votes<td>inner\n");
    has("<td>/fail<td>every<td>failing<td>debugged\n");
    has_not("<h2>Backtrace");
    ask_debug("/pols/7/votes", "");
    has("\ndid you mean /polls/<int:id>/votes?\n\nroutes, the nearest first:\n"
        "  GET, HEAD, OPTIONS /polls/<int:id>/votes (inner.votes)\n");
    has("\n  and 10 more\n");
    ask_debug("/polls/seven/votes", BROWSER);
    has("did you mean <code>/polls/&lt;int:id&gt;/votes</code>?");
    ask_debug("/something/else/entirely", BROWSER);
    has("None of these fits.</p>");
    has_not("class=n>");
}

static void a_wrong_method_shows_the_right_ones(void **state)
{
    (void)state;
    ask(&app, "debug=true", "PUT", "/teapot", BROWSER);
    begins("HTTP/1.1 405 Method Not Allowed\r\n");
    has("\r\nAllow: GET, HEAD, OPTIONS\r\n");
    has("This address answers <code>GET, HEAD, OPTIONS</code>.");
    has_not("<h2>Routes");
}

static void a_refusal_of_the_app_shows_its_place(void **state)
{
    (void)state;
    ask_debug("/teapot", BROWSER);
    begins("HTTP/1.1 418 ");
    has("<p>short &amp; &#34;stout&#34;</p>");
    has("<details open><summary><code>teapot</code> ");
}

static void handlers_of_errors_run_but_for_500(void **state)
{
    (void)state;
    static const struct {
        const char *target, *production, *development;
    } cases[] = {
        { "/nowhere", "any: 404", "any: 404" },
        { "/teapot", "any: 418", "any: 418" },
        { "/fail", "any: 500", "the database <said> no" },
        { "/none", "any: 500", "returned no response" },
        { "/unavailable", "come back tomorrow", "come back tomorrow" },
        { "/full", "any: 507", "the disk is full" },
        { "/gone", "410 Gone: it has gone\n", "410 Gone: it has gone\n" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ask(&handled_app, "debug=false", "GET", cases[i].target, "");
        has(cases[i].production);
        ask(&handled_app, "debug=true", "GET", cases[i].target, "");
        has(cases[i].development);
    }
    has("\nin gone at "); /* the place of the error, not of the handler that failed */
}

/* A page of evil.example, whose address its owner has turned to this machine, could read it (DNS rebinding). */
static void other_hosts_are_told_nothing(void **state)
{
    (void)state;
    static const char *const forms[] = { BROWSER, "", JSON_ };
    host = "evil.example:8000";
    ask_debug("/fail", ""); /* the socket is a Unix socket, to which no name leads */
    begins("HTTP/1.1 500 ");
    one_setting = "allowed_hosts=.localhost";
    for (size_t i = 0; i < CT_COUNT(forms); i++) {
        ask_debug("/fail", forms[i]);
        begins("HTTP/1.1 400 Bad Request\r\n");
        has("CANTEEN_ALLOWED_HOSTS=.localhost,evil.example in .env does");
        has_not("debugged");
        has_not("greeting");
        has_not("backtrace");
    }
    ask(&handled_app, "debug=true", "GET", "/", "");
    has("any: 400");
    host = "localhost";
    one_setting = NULL;
}

static void a_crash_shows_its_place(void **state)
{
    (void)state;
    ask_debug("/crash?token=hide-me&a=1", BROWSER);
    begins("HTTP/1.1 500 Internal Server Error\r\n");
    has("\r\nConnection: close\r\n");
    has("<p>the handler crashed: SIGSEGV (Segmentation fault) at address 0x10: a NULL pointer was used</p>");
    has("<details open><summary><code>crash</code> <span class=m>tests/unit/test_debug.c:");
    has("      *nowhere = 1;</mark>");
    has("<tr><td>token<td>********\n<tr><td>a<td>1\n");
    has("</html>\n");
    ask_debug("/crash", "");
    has("\nin crash at tests/unit/test_debug.c:");
    ask_debug("/crash", JSON_);
    has("\"detail\":\"the handler crashed: SIGSEGV");
}

static void a_crash_that_cannot_be_shown_has_a_plain_answer(void **state)
{
    (void)state;
    ask_debug("/crash-badly", "");
    begins("HTTP/1.1 500 Internal Server Error\r\n");
    begin_with(body(), "500 Internal Server Error\nRequest ");
    ask_debug("/crash-badly", JSON_);
    begin_with(body(), "{\"title\":\"Internal Server Error\",\"status\":500,\"instance\":\"");
}

static void a_file_that_becomes_shorter_is_told(void **state)
{
    (void)state;
    for (int debug = 0; debug < 2; debug++) {
        ask(&app, debug ? "debug=true" : "debug=false", "GET", "/shortened", BROWSER);
        begins("HTTP/1.1 200 OK\r\n");
        has("\r\nContent-Length: 1048576\r\n");
        assert_null(strstr(answer, "500"));
        assert_non_null(strstr(logged, "GET /shortened: 500 a file has become shorter while it was sent, or cannot be "
                                       "read: /tmp/canteen-shortened-"));
        assert_non_null(strstr(logged, " /shortened 500 "));
        assert_null(strstr(logged, "499"));
    }
}

/* ---- parts ---- */

static void names_of_secrets(void **state)
{
    (void)state;
    static const char *const hidden[] = { "api",        "X-API-Version", "Authorization",
                                          "token",      "key",           "mySecret",
                                          "passwd",     "pwd",           "signature",
                                          "Set-Cookie", "CREDENTIALS",   "PHPSESSION",
                                          "XSRF-csrf",  "private_x",     "pw",
                                          "user_pin",   "userPin",       "otp",
                                          "loginOTP",   "OTPCode",       "pin2",
                                          "Salt",       "jwt",           "X-Forwarded-Client-Cert",
                                          "bearer" };
    static const char *const shown[] = { "",           "host",     "Accept",  "pas",    "ke",     "toke",
                                         "user-agent", "shipping", "pinned",  "upward", "basalt", "option",
                                         "hotplug",    "certain",  "Opinion", "SPIN" };
    for (size_t i = 0; i < CT_COUNT(hidden); i++)
        assert_true(ct_scrub_hides(ct_str_of(hidden[i])));
    for (size_t i = 0; i < CT_COUNT(shown); i++)
        assert_false(ct_scrub_hides(ct_str_of(shown[i])));
}

static void secrets_in_values(void **state)
{
    (void)state;
    static const struct {
        const char *value, *expected;
        bool queries;
    } cases[] = {
        { "", "", true },
        { "plain ? text @ all", "plain ? text @ all", true },
        { "http://a/b?c=d", "http://a/b?c=d", false },
        { "http://a/b?c=d", "http://a/b?********", true },
        { "http://a?c", "http://a?********", true },
        { "x://u:p@h:1/db, y://v@w?k=1 z", "x://********@w?******** z", true },
        { "x://u:p@q@h", "x://********@h", false },
        { "x://u:p@y://v:q@h/a?b", "x://********@h/a?********", true },
        { "x://h/p@q", "x://********@q", true },
        { "postgres://u:pwA#1@h/db", "postgres://********@h/db", true },
        { "u:x://u:pwB/1@h", "u:x://********@h", true },
        { "x://u:pwD,x@h", "x://********@h", true },
        { "redis://:pw E@h", "redis://********@h", true },
        { "x://u:pwQ?#@x?a=b", "x://********@x?********", true },
        { "x://u:p%40h", "x://********%40h", true },
        { "x%3A%2f%2Fu:p@h", "x%3A%2f%2F********@h", true },
        { "x%253A%252F%252Fu:p%2540h", "x%253A%252F%252F********%2540h", true },
        { "x%3B%2F%2Fu:p%41h", "x%3B%2F%2Fu:p%41h", true },
        { "http://a/it's,?c='d,e f", "http://a/it's,?******** f", true },
        { "host=h user=u password=pwC", "host=h user=u password=********", false },
        { "PWD = pwC host=h", "PWD = ******** host=h", false },
        { "password='it\\'s a' b=c", "password=******** b=c", false },
        { "password=a\" b c", "password=********", false },
        { "Pwd={a;b}&c;api_token=d;e", "Pwd=********&c;api_token=********;e", false },
        { "{\"user\":1,\"password\":\"a b\",\"c\":2}", "{\"user\":1,\"password\":********", false },
        { "a%26password%3Dx y", "a%26password%3D******** y", false },
        { "http://h#access_token=a&b=c", "http://h#access_token=********&b=c", true },
        { "Bearer abc.d-e", "Bearer ********", true },
        { "a bearer  abc, d", "a bearer  ******** d", true },
        { "Bearer%20abc d", "Bearer%20******** d", true },
        { "Authorization: Bearer abc d", "Authorization: ******** d", true },
        { "-H 'Authorization: Basic YTpi' http://h", "-H 'Authorization: ********", true },
        { "the bearer", "the bearer", true },
        { "bearer ", "bearer ", true },
        { "run --password abc -v", "run --password ******** -v", true },
        { "run --password 'a b' -v", "run --password ******** -v", true },
        { "run --password --api-token abc", "run --password --api-token ********", true },
        { "run --password --x abc", "run --password ******** abc", true },
        { "run --verbose abc", "run --verbose abc", true },
        { "run --password", "run --password", true },
        { "password abc", "password abc", true },
        { "keys://h", "keys://h", true },
        { "password=", "password=", true },
        { "the password is", "the password is", true },
        { "x://key=\"a b\"&?c", "x://key=********&?********", true },
        { "http://", "http://", true },
        { "http://h#a?b", "http://h#a?b", true },
        { "u:pw@h", "********@h", true },
        { "u:p/w #@x@h:80", "********@h:80", true },
        { "proxy=u:pw@h, other", "proxy=********@h, other", true },
        { "a b,u%3Apw%40h", "a b,********%40h", true },
        { ":pw@h", "********@h", true },
        { "x=:pw@h", "x=********@h", true },
        { "u:pw@h x://h", "********@h x://h", true },
        { "u:pw@h x://v:q@g", "********@h x://********@g", true },
        { "password:p@w", "password:********", true },
        { "u:secret;key=x@h", "********", true },
        { "u:x password:p@w", "********", true },
        { "password:p@w u:q@h", "password:******** ********@h", true },
        { "12:30: me@h", "********@h", true },
        { "git@h:u/r", "git@h:u/r", true },
        { "From: me@h, you@h", "From: me@h, you@h", true },
        { "{\"name\":\"me@h\"}", "{\"name\":\"me@h\"}", true },
    };
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(ct_scrub_value(&arena, cases[i].value, cases[i].queries), cases[i].expected);
    ct_arena_finish(&arena);
}

/* Of the length of a large form (a shorter one where sanitizers are slow): what takes time with its square takes
 * minutes. */
static void scrubbing_takes_time_as_values_are_long(void **state)
{
    (void)state;
    static const struct {
        const char *begin, *piece, *end;
    } cases[] = {
        { "", "a", ":x@h" },    { "", "token:", "@h" },   { "", "a%25", "3A@h" }, { "", "://", "@h" },
        { "", "://", "" },      { "", "a://b@", "" },     { "", "://a?b ", "" },  { "", "token", "" },
        { "", "token=a ", "" }, { "token='", "\\'", "" }, { "", "%2525", "" },    { "", "@", "" },
        { "", ":", "@h" },      { "", "a ", ":x@h" },     { "", "a=:", " @" },    { "", "[key]:", "@h" },
        { "", "Bearer ", "" },  { "", "--key ", "" },     { "", "--", "" },       { "key=", "%20", "" },
    };
    const size_t bytes = CT_ASAN ? 1 << 17 : 1 << 20;
    char *value = malloc(bytes + 32);
    assert_non_null(value);
    ct_time start = cpu_time();
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_arena arena;
        ct_arena_init(&arena, NULL, 0);
        size_t length = (size_t)snprintf(value, 32, "%s", cases[i].begin), piece = strlen(cases[i].piece);
        for (; length + piece <= bytes; length += piece)
            memcpy(value + length, cases[i].piece, piece);
        snprintf(value + length, 32, "%s", cases[i].end);
        ct_scrub_value(&arena, value, false);
        ct_scrub_value(&arena, value, true);
        ct_arena_finish(&arena);
        if (cpu_time() - start > 40 * CT_SECOND)
            fail_msg("\"%s%s%s\" takes too long", cases[i].begin, cases[i].piece, cases[i].end);
    }
    free(value);
}

/* The finding of it: one field of a form, to a handler that reads it and fails. */
static void a_long_form_has_its_page_soon(void **state)
{
    (void)state;
    static char request[90000];
    int used = snprintf(request, sizeof request,
                        BROWSER "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 80006\r\n\r\na=");
    memset(request + used, 'a', 80000);
    snprintf(request + used + 80000, sizeof request - (size_t)used - 80000, ":x@h");
    ct_time start = cpu_time();
    ask(&app, "debug=true", "POST", "/fail", request);
    assert_true(cpu_time() - start < 5 * CT_SECOND);
    has("<tr><td>a<td>********@h\n");
}

static void lines_around_a_line(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_str text = CT_STR("1\n2\r\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13");
    const ct_excerpt *e = ct_excerpt_of(&arena, text, 7);
    assert_int_equal(e->first, 2);
    assert_int_equal(e->count, CT_EXCERPT_LINES);
    assert_true(ct_str_eq(e->lines[0], CT_STR("2")));
    assert_true(ct_str_eq(e->lines[10], CT_STR("12")));
    e = ct_excerpt_of(&arena, text, 1);
    assert_int_equal(e->first, 1);
    assert_int_equal(e->count, 6);
    e = ct_excerpt_of(&arena, text, 13);
    assert_int_equal(e->first, 8);
    assert_int_equal(e->count, 6);
    assert_true(ct_str_eq(e->lines[5], CT_STR("13")));
    assert_null(ct_excerpt_of(&arena, text, 14));
    assert_null(ct_excerpt_of(&arena, text, 0));
    assert_null(ct_excerpt_of(&arena, text, -1));
    assert_null(ct_excerpt_of(&arena, text, INT32_MAX));
    assert_null(ct_excerpt_of(&arena, CT_STR(""), 1));
    char wide[1000];
    memset(wide, 'x', sizeof wide);
    assert_int_equal(ct_excerpt_of(&arena, (ct_str){ wide, sizeof wide }, 1)->lines[0].length, 400);
    ct_arena_finish(&arena);
}

static void lines_of_a_file(void **state)
{
    (void)state;
    ct_arena arena;
    char path[] = "/tmp/canteen-test-excerpt-XXXXXX", pipe_path[64];
    int fd = mkstemp(path);
    ct_arena_init(&arena, NULL, 0);
    assert_int_equal(write(fd, "a\nb\n", 4), 4);
    const ct_excerpt *e = ct_excerpt_read(&arena, path, 2);
    assert_int_equal(e->count, 2);
    assert_true(e->newer); /* than this program */
    assert_null(ct_excerpt_read(&arena, path, 3));
    assert_int_equal(ftruncate(fd, 16 << 20), 0);
    assert_non_null(ct_excerpt_read(&arena, path, 2));
    assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
    assert_null(ct_excerpt_read(&arena, path, 2));
    close(fd);
    unlink(path);
    assert_null(ct_excerpt_read(&arena, path, 1));
    assert_null(ct_excerpt_read(&arena, "/tmp", 1));
    assert_null(ct_excerpt_read(&arena, "/dev/zero", 1));
    snprintf(pipe_path, sizeof pipe_path, "%s.pipe", path);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_null(ct_excerpt_read(&arena, pipe_path, 1));
    unlink(pipe_path);
    ct_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaks_in_production),
        cmocka_unit_test(the_page_and_the_log_have_the_same_id),
        cmocka_unit_test(who_sends_json_gets_json),
        cmocka_unit_test(long_accept_headers_are_cut),
        cmocka_unit_test(head_gets_nothing),
        cmocka_unit_test(the_page_shows_the_place),
        cmocka_unit_test(the_policy_allows_its_style_alone),
        cmocka_unit_test(secrets_are_hidden),
        cmocka_unit_test(a_secret_in_a_long_value_is_hidden),
        cmocka_unit_test(the_session_and_files_are_shown),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(what_is_malformed_is_not_shown),
        cmocka_unit_test(path_parameters_are_shown),
        cmocka_unit_test(secrets_in_the_path_are_hidden),
        cmocka_unit_test(secrets_in_paths_without_a_route_are_hidden),
        cmocka_unit_test(secrets_in_paths_with_another_route_are_hidden),
        cmocka_unit_test(a_terminal_gets_text),
        cmocka_unit_test(a_program_gets_json),
        cmocka_unit_test(mistakes_of_the_program_say_what_they_are),
        cmocka_unit_test(a_template_is_shown_with_its_line),
        cmocka_unit_test(a_missing_page_shows_the_routes),
        cmocka_unit_test(a_wrong_method_shows_the_right_ones),
        cmocka_unit_test(a_refusal_of_the_app_shows_its_place),
        cmocka_unit_test(handlers_of_errors_run_but_for_500),
        cmocka_unit_test(other_hosts_are_told_nothing),
        cmocka_unit_test(a_crash_shows_its_place),
        cmocka_unit_test(a_file_that_becomes_shorter_is_told),
        cmocka_unit_test(a_crash_that_cannot_be_shown_has_a_plain_answer),
        cmocka_unit_test(names_of_secrets),
        cmocka_unit_test(secrets_in_values),
        cmocka_unit_test(scrubbing_takes_time_as_values_are_long),
        cmocka_unit_test(a_long_form_has_its_page_soon),
        cmocka_unit_test(lines_around_a_line),
        cmocka_unit_test(lines_of_a_file),
    };
    return cmocka_run_group_tests_name("debug", tests, NULL, NULL);
}
