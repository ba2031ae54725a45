/* Sessions on the wire: which answers carry the cookie, whatever ends the handler. A real server, and a browser of one
 * cookie. */
#include "support/server.h"

#include "base/common.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static test_server server;
static char cookie[8192], answer[65536];

/* ---- the app ---- */

static ct_response *plain(ct *c)
{
    return ct_text(c, "plain");
}

static ct_response *read_it(ct *c)
{
    return ct_textf(c, "n=%" PRId64, ct_session_int(c, "n"));
}

static void count(ct *c)
{
    ct_session_set(c, "n", ct_session_int(c, "n") + 1);
}

static ct_response *change(ct *c)
{
    ct_response *r = ct_text(c, "changed");
    ct_set_cookie(r, "theme", "dark");
    count(c);
    return r;
}

static ct_response *refuse(ct *c)
{
    count(c);
    ct_abort(c, (int)ct_query_int_or(c, "status", 404), "refused");
}

static ct_response *early(ct *c)
{
    count(c);
    ct_check_conditions(c, "\"v1\"", 0);
    return ct_text(c, "whole");
}

static ct_response *logout(ct *c)
{
    ct_session_clear(c);
    return ct_no_content(c);
}

static ct_response *large(ct *c)
{
    char *text = ct_alloc(c, 5001);
    memset(text, 'x', 5000);
    ct_session_set(c, "text", text);
    return ct_text(c, "never sent");
}

static void write_and_change(ct *c, ct_writer *out, void *arg)
{
    (void)arg;
    ct_write_text(out, "part");
    if (ct_query(c, "flush"))
        ct_flush(out);
    count(c);
    ct_write_text(out, "never sent");
}

static ct_response *late(ct *c)
{
    ct_session_int(c, "n");
    return ct_stream(c, "text/plain", write_and_change, NULL);
}

static void write_it(ct *c, ct_writer *out, void *arg)
{
    (void)arg;
    ct_write_text(out, ct_printf(c, "n=%" PRId64, ct_session_int(c, "n")));
}

static ct_response *read_late(ct *c)
{
    if (ct_query(c, "early"))
        ct_session_int(c, "n");
    return ct_stream(c, "text/plain", write_it, NULL);
}

static void write_and_fail(ct *c, ct_writer *out, void *arg)
{
    (void)arg;
    ct_write_text(out, "never sent");
    ct_abort(c, 409, "no");
}

static ct_response *stillborn(ct *c)
{
    count(c);
    return ct_stream(c, "text/plain", write_and_fail, NULL);
}

static ct_response *save(ct *c)
{
    ct_flash(c, "info", "Saved.");
    return ct_status(ct_redirect(c, "/show"), 303);
}

static ct_response *show(ct *c)
{
    const ct_flashed *flashed = ct_flashes(c);
    return ct_textf(c, "%s %s", flashed->message ? flashed->category : "-", flashed->message ? flashed->message : "-");
}

static ct_response *broken(ct *c)
{
    return ct_textf(c, "n=%" PRId64 " text=%s", ct_session_int(c, "n"), ct_session(c, "text") ? "there" : "none");
}

static ct_response *conflict(ct *c)
{
    count(c); /* an error handler has the session too */
    return ct_textf(c, "handled %" PRId64, ct_session_int(c, "n"));
}

static const ct_app app = {
    .name = "app",
    .routes =
        ROUTES(GET("/", plain), GET("/read", read_it), GET("/change", change), GET("/refuse", refuse),
               GET("/early", early), GET("/logout", logout), GET("/large", large), GET("/late", late),
               GET("/read-late", read_late), GET("/stillborn", stillborn), GET("/save", save), GET("/show", show)),
    .errors = ERRORS({ 409, conflict }, { 500, broken }),
    .sessions = &ct_cookie_sessions,
};

/* ---- the browser ---- */

static size_t lines_of(const char *name)
{
    size_t count = 0;
    for (const char *at = answer; (at = strstr(at, name)) != NULL; at++)
        count++;
    return count;
}

static void keep_cookie(void)
{
    const char *set = strstr(answer, "\r\nSet-Cookie: session=");
    if (!set)
        return;
    set += strlen("\r\nSet-Cookie: ");
    snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(set, ";"), set);
    if (strcmp(cookie, "session=") == 0)
        *cookie = '\0';
}

/* Fetches with the cookie; checks the status, whether the cookie is set, and the body (NULL: any). */
static void get(const char *path, int status, bool sets, const char *body)
{
    char request[10000];
    size_t length = 0;
    int fd = test_server_dial(&server);
    int size = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s%s\r\n%s\r\n",
                        path, *cookie ? "Cookie: " : "X-None: ", *cookie ? cookie : "1",
                        strstr(path, "early") ? "If-None-Match: \"v1\"\r\n" : "");
    assert_int_equal(write(fd, request, (size_t)size), size);
    for (ssize_t n; (n = read(fd, answer + length, sizeof(answer) - 1 - length)) > 0;)
        length += (size_t)n;
    close(fd);
    answer[length] = '\0';
    assert_int_equal(strtol(answer + 9, NULL, 10), status);
    assert_int_equal(lines_of("\r\nSet-Cookie: session="), sets);
    const char *end = strstr(answer, "\r\n\r\n");
    if (body)
        assert_string_equal(end + 4, body);
    keep_cookie();
}

static int start(void **state)
{
    (void)state;
    *cookie = '\0';
    return 0;
}

/* ---- tests ---- */

static void only_those_who_ask_depend_on_it(void **state)
{
    (void)state;
    get("/", 200, false, "plain");
    assert_int_equal(lines_of("Vary"), 0);
    get("/read", 200, false, "n=0");
    assert_int_equal(lines_of("\r\nVary: Cookie\r\n"), 1);
    get("/change", 200, true, "changed");
    assert_int_equal(lines_of("\r\nSet-Cookie: "), 2);
    assert_int_equal(lines_of("\r\nSet-Cookie: theme=dark; Path=/; HttpOnly; SameSite=Lax\r\n"), 1);
    assert_int_equal(lines_of("\r\nVary: Cookie\r\n"), 1);
    get("/", 200, false, "plain");
    assert_int_equal(lines_of("Vary"), 0);
    get("/read", 200, false, "n=1");
}

static void aborts_keep_changes(void **state)
{
    (void)state;
    get("/refuse", 404, true, NULL);
    assert_int_equal(lines_of("\r\nVary: Accept, Cookie\r\n"), 1);
    get("/refuse?status=500", 500, true, NULL);
    get("/read", 200, false, "n=2");
    get("/refuse?status=409", 409, true, "handled 4");
    get("/read", 200, false, "n=4");
    get("/early", 304, true, "");
    get("/read", 200, false, "n=5");
    get("/logout", 204, true, NULL);
    assert_string_equal(cookie, "");
}

static void a_session_that_is_too_large(void **state)
{
    (void)state;
    get("/change", 200, true, NULL);
    get("/large", 500, false, "n=1 text=none");
    assert_null(strstr(answer, "never sent"));
    get("/read", 200, false, "n=1");
}

static void streams(void **state)
{
    (void)state;
    get("/change", 200, true, NULL);
    get("/late", 500, false, NULL);
    assert_null(strstr(answer, "never sent"));
    get("/late?flush=1", 200, false, "4\r\npart\r\n");
    get("/read", 200, false, "n=1");
    get("/read-late", 500, false, NULL);
    get("/read-late?early=1", 200, false, "3\r\nn=1\r\n0\r\n\r\n");
    assert_int_equal(lines_of("\r\nVary: Cookie\r\n"), 1);
    get("/stillborn", 409, true, "handled 3");
    get("/read", 200, false, "n=3");
}

static void messages_of_a_redirect(void **state)
{
    (void)state;
    get("/save", 303, true, NULL);
    get("/", 200, false, NULL);
    get("/show", 200, true, "info Saved.");
    assert_string_equal(cookie, "");
    get("/show", 200, false, "- -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(only_those_who_ask_depend_on_it, start),
        cmocka_unit_test_setup(aborts_keep_changes, start),
        cmocka_unit_test_setup(a_session_that_is_too_large, start),
        cmocka_unit_test_setup(streams, start),
        cmocka_unit_test_setup(messages_of_a_redirect, start),
    };
    const char *const overrides[] = { "secret_key=oW3tUr8cLx5aQe0hZk7dVy2mJb9sPf4n", NULL };
    server = test_server_start(&app, overrides);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed || test_server_stop(&server);
}
