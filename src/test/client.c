/* A client: an app to itself, prepared as for serving, in a worker that lives in the test's loop; and the way of a
 * request through cookies and redirects.
 *
 *     the test's fiber                          the worker's fibers
 *     ct_client_get ─> bytes ─> socketpair ─> connection ─> parser ─> router ─> handler
 *                  <─ ct_reply <─ bytes <─────────────────────────────────────────┘
 *
 * Each request has a connection of its own, and ends when the server has done all that belongs to it, what follows the
 * answer included: what a test looks at next does not depend on who was faster. */
#include "test/client.h"

#include "base/log.h"
#include "base/time.h"
#include "net/crash_report.h"
#include "net/loop.h"
#include "proto/http1_response.h"
#include "proto/url.h"
#include "shape/json_read.h"
#include "web/database.h"
#include "web/prepare.h"
#include "web/serve.h"
#include "web/standalone.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_REDIRECTS 10

/* ---- opening and closing ---- */

/* Ends the test where the app's tables or settings have errors; warnings go to the log. */
static void tell_problems(ct *c, const ct_problems *problems)
{
    ct_buffer text = ct_buffer_in(c->arena);
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].severity == CT_PROBLEM_ERROR)
            ct_buffer_printf(&text, "\n  %s", problems->items[i].text);
        else
            ct_log_line(CT_LOG_WARNING, NULL, "%s", problems->items[i].text);
    if (problems->errors)
        ct_test_fail(c, "ct_client_new: the app cannot be served:%s", ct_buffer_text(&text));
}

static void set_peer(ct_client *client, const char *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        memcpy(&client->peer, &v4, sizeof(v4));
        client->peer_size = sizeof(v4);
    } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
        memcpy(&client->peer, &v6, sizeof(v6));
        client->peer_size = sizeof(v6);
    } else if (strcmp(address, "unix") == 0) {
        client->peer.ss_family = AF_UNIX;
        client->peer_size = sizeof(sa_family_t);
    } else {
        ct_test_fail(client->c, "ct_client_new: remote_addr \"%s\" is no address (as 192.0.2.1, 2001:db8::1, unix)",
                     address);
    }
}

static void close_client(ct_client *client)
{
    ct_client_probe_close(client);
    bool all_ended = !client->worker || ct_worker_close_inside(client->worker);
    if (client->worker)
        ct_run_shutdown(&client->site);
    if (!all_ended)
        return; /* what still runs works on it: the end of the process frees it */
    if (client->site.app)
        ct_site_finish(&client->site);
    ct_arena_finish(&client->arena);
    free(client);
}

void ct_clients_close(ct_test_state *state)
{
    while (state->clients) {
        ct_client *client = state->clients;
        state->clients = client->next;
        close_client(client);
    }
}

static void prepare(ct_client *client, const ct_app *app, const ct_setting *rows)
{
    ct_problems problems = { 0 };
    ct_settings *settings = ct_settings_declare(&client->arena, app, &problems);
    ct_settings_read_for_test(settings, ".env", environ, client->c->site->config.upload_folder, rows, &problems);
    ct_site_prepare(&client->site, app, settings, &problems);
    ct_databases_share(client->c->site, &client->site);
    client->site.strict_static = true;
    ct_problems copy = problems; /* their memory goes, however this ends */
    ct_catch catch;
    if (ct_catch_begin(client->c, &catch)) {
        ct_problems_finish(&copy);
        ct_unwind_to(client->c, client->c->unwinding);
    }
    tell_problems(client->c, &problems);
    ct_catch_end(client->c, &catch);
    ct_problems_finish(&problems);
}

ct_client *ct_client_of(ct *c, const ct_app *app, const ct_client_options *options)
{
    if (!c->test)
        ct_mistake(c, "ct_client_new() is for tests (CT_TEST) alone");
    ct_client *client = ct_xcalloc(1, sizeof(*client));
    client->c = c;
    client->next = c->test->clients;
    c->test->clients = client;
    ct_arena_init(&client->arena, NULL, 0);
    client->follow = options->follow;
    client->https = options->https;
    client->host = options->host ? ct_strdup(c, options->host) : "localhost";
    set_peer(client, options->remote_addr ? options->remote_addr : "127.0.0.1");
    prepare(client, app, options->settings);
    if (!ct_run_startup(&client->site))
        ct_test_fail(c, "ct_client_new: a startup hook of the app failed, as the log says");
    client->worker = ct_worker_open_inside(ct_loop_current(), &client->site.config, &ct_web_ops, &client->site);
    return client;
}

const char *ct_client_live(ct_client *client)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    if (client->live)
        return client->live;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, SOMAXCONN) ||
        getsockname(fd, (struct sockaddr *)&address, &size) || !ct_worker_accept(client->worker, fd)) {
        if (fd >= 0)
            close(fd);
        ct_test_fail(client->c, "ct_client_live: cannot listen on 127.0.0.1: %m");
    }
    client->live = ct_printf(client->c, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return client->live;
}

/* ---- requests ---- */

/* The target as it goes over the wire: stray characters encoded, without a fragment. */
static const char *target_of(ct_client *client, const char *path)
{
    ct *c = client->c;
    if (*path != '/')
        ct_test_fail(c, "the path \"%s\" does not begin with '/'", path);
    ct_buffer out = ct_buffer_in(c->arena);
    ct_url_encode(&out, (ct_str){ path, strcspn(path, "#") }, CT_URL_WHOLE);
    return ct_buffer_text(&out);
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* As browsers do: 303 asks again with GET, so do 301 and 302 for POST; 307 and 308 repeat the request. */
static void change_method(ct_client_request *request, int status)
{
    bool post = strcmp(request->method, "POST") == 0;
    if (strcmp(request->method, "HEAD") == 0 || status == 307 || status == 308 || (status != 303 && !post))
        return;
    request->method = "GET";
    request->content_type = NULL;
    request->body = (ct_bytes){ NULL, 0 };
}

/* The request that a redirect asks for; false: it is not one to follow. */
static bool redirected(ct_client *client, ct_client_request *request, const ct_reply *reply)
{
    const char *location = is_redirect(reply->status) ? ct_reply_header(reply, "Location") : NULL, *why;
    if (!location)
        return false;
    if (!ct_client_resolve(client, request, location, request, &why)) {
        if (why)
            ct_test_fail(client->c, "%s %s redirects to \"%s\", which %s", request->method, request->target, location,
                         why);
        return false;
    }
    change_method(request, reply->status);
    return true;
}

static ct_reply *ask(ct_client *client, ct_client_request request)
{
    ct *c = client->c;
    for (int redirects = 0;; redirects++) {
        ct_crash_waits(request.method, request.target, client->asked_at);
        ct_reply *reply = ct_client_ask(client, &request);
        ct_crash_waits_no_more();
        reply->redirects = redirects;
        c->test->asked = ct_printf(c, "%s %s", request.method, request.target);
        c->test->last = reply;
        ct_client_take_cookies(client, &request, reply);
        if (!client->follow || !redirected(client, &request, reply))
            return reply;
        if (redirects == MOST_REDIRECTS)
            ct_test_fail(c, "more than %d redirects, the last to %s", MOST_REDIRECTS, request.target);
    }
}

/* In what the test calls: where from. */
#define ASKED_HERE(client) ((client)->asked_at = (uint64_t)(uintptr_t)__builtin_return_address(0) - 1)
#define CALLED __attribute__((noinline)) /* so that this is the test */

static ct_reply *send_request(ct_client *client, const char *method, const char *path, const ct_client_body *body)
{
    for (const char *at = method; *at || at == method; at++)
        if (!ct_http1_char_is(*at, CT_CHAR_TOKEN))
            ct_test_fail(client->c, "\"%s\" is no method of a request", method);
    ct_client_request request = { .method = method, .target = target_of(client, path), .secure = client->https };
    if (body)
        ct_client_encode(client, body, &request);
    return ask(client, request);
}

CALLED ct_reply *ct_client_send(ct_client *client, const char *method, const char *path, const ct_client_body *body)
{
    ASKED_HERE(client);
    return send_request(client, method, path, body);
}

static const char *format_path(ct_client *client, const char *format, va_list args)
{
    const char *path = ct_arena_vprintf(client->c->arena, format, args);
    if (!path)
        ct_test_fail(client->c, "the format of a path is wrong: \"%s\"", format);
    return path;
}

CALLED ct_reply *ct_client_get(ct_client *client, const char *path, ...)
{
    va_list args;
    ASKED_HERE(client);
    va_start(args, path);
    const char *formatted = format_path(client, path, args);
    va_end(args);
    return send_request(client, "GET", formatted, NULL);
}

CALLED ct_reply *ct_client_delete(ct_client *client, const char *path, ...)
{
    va_list args;
    ASKED_HERE(client);
    va_start(args, path);
    const char *formatted = format_path(client, path, args);
    va_end(args);
    return send_request(client, "DELETE", formatted, NULL);
}

CALLED ct_reply *ct_client_post(ct_client *client, const char *path, ct_client_body body)
{
    ASKED_HERE(client);
    return send_request(client, "POST", path, &body);
}

CALLED ct_reply *ct_client_put(ct_client *client, const char *path, ct_client_body body)
{
    ASKED_HERE(client);
    return send_request(client, "PUT", path, &body);
}

CALLED ct_reply *ct_client_patch(ct_client *client, const char *path, ct_client_body body)
{
    ASKED_HERE(client);
    return send_request(client, "PATCH", path, &body);
}

/* ---- headers ---- */

static bool is_field_value(const char *value)
{
    for (; *value; value++)
        if (!ct_http1_char_is(*value, CT_CHAR_FIELD))
            return false;
    return true;
}

void ct_client_header(ct_client *client, const char *name, const char *value)
{
    ct *c = client->c;
    ct_client_field **at = &client->fields;
    while (*at && !ct_str_eq_nocase(ct_str_of((*at)->name), ct_str_of(name)))
        at = &(*at)->next;
    if (*at)
        *at = (*at)->next;
    if (!value)
        return;
    for (const char *letter = name; *letter || letter == name; letter++)
        if (!ct_http1_char_is(*letter, CT_CHAR_TOKEN))
            ct_test_fail(c, "\"%s\" is no name of a header", name);
    if (!is_field_value(value))
        ct_test_fail(c, "the value of the header %s has a character that it cannot have", name);
    ct_client_field *field = ct_alloc(c, sizeof(*field));
    *field = (ct_client_field){ .name = ct_strdup(c, name), .value = ct_strdup(c, value) };
    while (*at)
        at = &(*at)->next;
    *at = field;
}

const char *ct_reply_header(const ct_reply *reply, const char *name)
{
    const ct_http1_header *header = ct_http1_find_header(reply->headers->items, reply->headers->count, ct_str_of(name));
    return header ? header->value : NULL;
}

ct_value ct_reply_json(ct *c, const ct_reply *reply)
{
    ct_value value;
    ct_error error;
    if (ct_json_read((ct_str){ reply->body, reply->length }, c->arena, &value, &error))
        return value;
    ct_test_fail(c, "the answer of %s (%d) is no JSON: %s\n  it begins: %.200s", reply->url, reply->status,
                 error.message, reply->body);
}
