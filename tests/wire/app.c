/* The app that the wire cases talk to: a route for each thing that can be asked of a server. */
#include "wire.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ct_response *plain(ct *c)
{
    return ct_text(c, "ok");
}

/* ---- bodies ---- */

static ct_response *echo(ct *c)
{
    return ct_data(c, "application/octet-stream", ct_body(c));
}

static ct_response *count(ct *c)
{
    char piece[1000];
    int64_t size = 0;
    for (size_t n; (n = ct_body_read(c, piece, sizeof piece)) > 0;)
        size += (int64_t)n;
    return ct_textf(c, "%" PRId64, size);
}

static ct_response *spool(ct *c)
{
    char start[9] = "";
    int fd = ct_body_file(c);
    ssize_t n = read(fd, start, 8);
    return ct_textf(c, "%" PRId64 " %s", (int64_t)lseek(fd, 0, SEEK_END), n < 0 ? "unreadable" : start);
}

static ct_response *twice(ct *c)
{
    ct_bytes first = ct_body(c), second = ct_body(c);
    return ct_textf(c, "%s", first.data == second.data && first.len == second.len ? "same" : "different");
}

static ct_response *ignore(ct *c)
{
    return ct_textf(c, "%" PRId64 " announced", ct_body_length(c));
}

static ct_response *form(ct *c)
{
    const char *const *all = ct_form_all(c, "a");
    size_t count_of_a = 0;
    while (all[count_of_a])
        count_of_a++;
    const char *a = ct_form(c, "a");
    return ct_textf(c, "%zu a=%s n=%" PRId64 " or=%" PRId64, count_of_a, a ? a : "-", ct_form_int(c, "n"),
                    ct_form_int_or(c, "or", -1));
}

/* ---- forms with files ---- */

/* Every field "a", then every file, large or small, with its first bytes. */
static ct_response *upload(ct *c)
{
    const char *text = "";
    const char *const *fields = ct_form_all(c, "a");
    for (size_t i = 0; fields[i]; i++)
        text = ct_printf(c, "%sa=%s\n", text, fields[i]);
    const ct_upload *const *files = ct_file_all(c, NULL);
    for (size_t i = 0; files[i]; i++) {
        const ct_upload *file = files[i];
        char start[21] = "";
        ct_bytes content = ct_file_bytes(c, file);
        ssize_t n = read(ct_file_fd(c, file), start, sizeof start - 1);
        text = ct_printf(c, "%s%s: %s (%s) %s %" PRId64 " %.*s|%s\n", text, file->field, file->filename,
                         file->sent_filename, file->content_type, file->size, (int)content.len,
                         (const char *)content.data, n < 0 ? "unreadable" : start);
    }
    const ct_upload *first = ct_file(c, "f");
    return ct_textf(c, "%sf=%s", text, first ? first->filename : "-");
}

static ct_response *upload_after_body(ct *c)
{
    ct_body(c);
    return upload(c);
}

static ct_response *upload_after_read(ct *c)
{
    char byte;
    ct_body_read(c, &byte, 1);
    return upload(c);
}

static ct_response *body_after_upload(ct *c)
{
    ct_form(c, "a");
    return ct_data(c, "text/plain", ct_body(c));
}

/* ---- what came in ---- */

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static ct_response *query(ct *c)
{
    const char *const *all = ct_query_all(c, "a");
    size_t count_of_a = 0;
    while (all[count_of_a])
        count_of_a++;
    return ct_textf(c, "%zu a=%s n=%" PRId64 " or=%" PRId64 " raw=%s", count_of_a, or_dash(ct_query(c, "a")),
                    ct_query_int(c, "n"), ct_query_int_or(c, "or", -1), ct_query_string(c));
}

static ct_response *header(ct *c)
{
    const char *const *all = ct_header_all(c, "X-Test");
    size_t lines = 0;
    while (all[lines])
        lines++;
    return ct_textf(c, "%zu [%s]", lines, or_dash(ct_header(c, "x-TEST")));
}

static ct_response *cookies(ct *c)
{
    return ct_textf(c, "a=%s b=%s", or_dash(ct_cookie(c, "a")), or_dash(ct_cookie(c, "b")));
}

static ct_response *line(ct *c)
{
    return ct_textf(c, "%s %s path=%s query=%s scheme=%s host=%s remote=%s type=%s", ct_method(c), ct_request_target(c),
                    ct_request_path(c), ct_query_string(c), ct_scheme(c), ct_host(c), ct_remote_addr(c),
                    ct_content_type(c));
}

static ct_response *accepts(ct *c)
{
    const char *type = ct_accept(c, "text/html", "application/json");
    return ct_textf(c, "%s %s", or_dash(type), or_dash(ct_accept_language(c, "en", "de")));
}

static ct_response *user(ct *c)
{
    return ct_textf(c, "user %" PRId64, ct_path_int(c, "id"));
}

static ct_response *path(ct *c)
{
    return ct_textf(c, "[%s]", ct_path(c, "rest"));
}

static ct_response *word(ct *c)
{
    return ct_textf(c, "[%s]", ct_path(c, "word"));
}

/* ---- what goes out ---- */

static ct_response *json(ct *c)
{
    ct_array *list = ct_array_new(c);
    ct_array_add(list, 1);
    ct_array_add(list, 2.5);
    ct_array_add(list, "</script>");
    return ct_json(c, KV("ok", true), KV("none", (const char *)NULL), KV("list", list),
                   KV("object", ct_object(c, KV("text", "a\"b\n\xC3\xA9"))));
}

static ct_response *set_cookies(ct *c)
{
    ct_response *r = ct_text(c, "set");
    ct_set_cookie(r, "theme", "dark", .max_age = 30 * CT_DAY);
    ct_set_cookie(r, "__Host-id", "7", .secure = true, .same_site = CT_SAMESITE_STRICT);
    ct_delete_cookie(r, "old", .path = "/x");
    return r;
}

static ct_response *bad_cookie(ct *c)
{
    ct_response *r = ct_text(c, "set");
    ct_set_cookie(r, "__Host-id", "7", .secure = true, .domain = "example.com");
    return r;
}

static ct_response *bad_header(ct *c)
{
    ct_response *r = ct_text(c, "forged");
    ct_set_header(r, "X-Name", ct_query(c, "name"));
    return r;
}

static ct_response *redirect(ct *c)
{
    return ct_status(ct_redirect(c, ct_url(c, word, KV("word", "a b/c"), KV("q", "x&y"))), 303);
}

static ct_response *created(ct *c)
{
    ct_response *r = ct_status(ct_text(c, "made"), 201);
    ct_set_header(r, "Location", "/made/1");
    ct_add_header(r, "X-Many", "1");
    ct_add_header(r, "X-Many", "2");
    return r;
}

static ct_response *nothing(ct *c)
{
    return ct_no_content(c);
}

static ct_response *last(ct *c)
{
    ct_response *r = ct_text(c, "bye");
    ct_set_header(r, "Connection", "close");
    return r;
}

static ct_response *big(ct *c)
{
    size_t size = (size_t)ct_query_int_or(c, "size", 100000);
    char *data = ct_alloc(c, size + 1);
    memset(data, 'x', size);
    return ct_data(c, "text/plain", (ct_bytes){ data, size });
}

static void write_parts(ct *c, ct_writer *out, void *arg)
{
    (void)arg;
    ct_write_text(out, "one,");
    ct_flush(out);
    ct_sleep(c, CT_MILLISECOND);
    ct_writef(out, "%s,", "two");
    ct_flush(out);
    ct_flush(out);
    ct_write(out, "three", 5);
}

static ct_response *stream(ct *c)
{
    return ct_stream(c, "text/plain", write_parts, NULL);
}

static void write_and_fail(ct *c, ct_writer *out, void *arg)
{
    (void)arg;
    ct_write_text(out, "part");
    ct_flush(out);
    ct_abort(c, 500, "half way");
}

static void fail_at_once(ct *c, ct_writer *out, void *arg)
{
    (void)arg;
    ct_write_text(out, "never sent");
    ct_abort(c, 409, "nothing has left yet");
}

static ct_response *stillborn_stream(ct *c)
{
    return ct_stream(c, "text/plain", fail_at_once, NULL);
}

static ct_response *broken_stream(ct *c)
{
    return ct_stream(c, "text/plain", write_and_fail, NULL);
}

/* ---- conditions, ranges, files ---- */

static const ct_time modified = (ct_time)784111777 * CT_SECOND; /* Sun, 06 Nov 1994 08:49:37 GMT */

static ct_response *tagged(ct *c)
{
    ct_response *r = ct_text(c, "0123456789");
    ct_set_etag(r, "v1", false);
    ct_set_last_modified(r, modified);
    ct_allow_ranges(r);
    return r;
}

static ct_response *guarded(ct *c)
{
    ct_check_conditions(c, "\"v1\"", modified);
    return ct_text(c, "written");
}

static ct_response *file(ct *c)
{
    return ct_send_file(c, ct_path(c, "name"), .root = "tests/wire/files");
}

static ct_response *attachment(ct *c)
{
    return ct_send_file(c, "tests/wire/files/digits.txt", .download_name = "Zahlen \xC3\xBC.txt", .max_age = CT_HOUR);
}

/* ---- errors, middleware, mounts ---- */

static ct_response *teapot(ct *c)
{
    ct_abort(c, 418, "I am <small> & \"stout\"");
}

static ct_response *fail(ct *c)
{
    ct_abort(c, 500, "a secret of the database");
}

static ct_response *no_text(ct *c)
{
    return ct_text(c, ct_query(c, "missing"));
}

static ct_response *no_cookie(ct *c)
{
    ct_response *r = ct_text(c, "set");
    ct_set_cookie(r, "a", ct_query(c, "missing"));
    return r;
}

static ct_response *no_file(ct *c)
{
    return ct_send_file(c, ct_query(c, "missing"));
}

static ct_response *no_copy(ct *c)
{
    return ct_text(c, ct_strdup(c, ct_query(c, "missing")));
}

static ct_response *no_stream(ct *c)
{
    return ct_stream(c, "text/plain", NULL, NULL);
}

static void abort_late(void *arg)
{
    ct_abort(arg, 418, "too late");
}

static ct_response *clean_up_aborts(ct *c)
{
    ct_defer(c, abort_late, c);
    return ct_text(c, "answered");
}

static ct_response *no_response(ct *c)
{
    (void)c;
    return NULL;
}

static ct_response *greedy(ct *c)
{
    while (ct_alloc(c, (size_t)1 << 20))
        ;
    return ct_text(c, "not reached");
}

static ct_response *late(ct *c)
{
    ct_set_deadline(c, 5 * CT_MILLISECOND);
    ct_sleep(c, CT_MINUTE);
    return ct_text(c, "not reached");
}

#define TRAIL_SIZE 32

static void add_mark(char *trail, const char *mark)
{
    size_t used = strlen(trail);
    if (used + strlen(mark) < TRAIL_SIZE)
        memcpy(trail + used, mark, strlen(mark) + 1);
}

static void note(void *arg)
{
    add_mark(arg, "d");
}

static ct_response *inner(ct *c)
{
    char *trail = ct_get(c, "trail");
    ct_defer(c, note, trail);
    add_mark(trail, "h");
    if (ct_query(c, "fail"))
        ct_abort(c, 409, "inner failure");
    return ct_textf(c, "inner");
}

static ct_response *outer_layer(ct *c, ct_next *next)
{
    char *trail = ct_alloc(c, TRAIL_SIZE);
    ct_set(c, "trail", trail);
    add_mark(trail, "o");
    ct_response *r = ct_next_call(c, next);
    add_mark(trail, "O");
    ct_set_header(r, "X-Trail", trail);
    return r;
}

static ct_response *inner_layer(ct *c, ct_next *next)
{
    char *trail = ct_get(c, "trail");
    if (ct_query(c, "stop"))
        return ct_text(c, "stopped");
    if (ct_query(c, "deny"))
        ct_abort(c, 403, "not for you");
    add_mark(trail, "i");
    ct_response *r = ct_next_call(c, next);
    add_mark(trail, "I");
    return r;
}

static ct_response *conflict(ct *c)
{
    return ct_textf(c, "handled %d: %s", ct_error_status(c), ct_error_message(c));
}

static ct_response *missing(ct *c)
{
    ct_response *r = ct_text(c, "no such thing");
    return ct_query(c, "ok") ? ct_status(r, 200) : r;
}

static ct_response *failing_handler(ct *c)
{
    ct_abort(c, 400, "the handler of errors failed as well");
}

static ct_response *where(ct *c)
{
    return ct_textf(c, "%s %s", ct_current_app(c)->name, ct_url(c, "where"));
}

static const ct_app deepest = {
    .name = "deepest",
    .routes = ROUTES(GET("/where", where), GET("/gone", teapot)),
    .errors = ERRORS({ 404, missing }, { 418, failing_handler }),
};

static const ct_app layered = {
    .name = "layered",
    .routes = ROUTES(GET("/", inner), MOUNT("/<lang>/deep", &deepest), GET("/guarded", guarded, .name = "guarded")),
    .middleware = MIDDLEWARE(outer_layer, inner_layer),
    .errors = ERRORS({ 409, conflict }),
};

static ct_response *tenant(ct *c)
{
    return ct_textf(c, "tenant %s", ct_path(c, "tenant"));
}

static const ct_app tenants = { .name = "tenants", .routes = ROUTES(GET("/", tenant)) };

/* ---- further answers ---- */

static ct_response *picked_fixed(ct *c)
{
    return ct_text(c, "fixed");
}

static ct_response *picked_int(ct *c)
{
    return ct_textf(c, "int %" PRId64, ct_path_int(c, "n"));
}

static ct_response *picked_string(ct *c)
{
    return ct_textf(c, "string %s", ct_path(c, "text"));
}

static ct_response *picked_path(ct *c)
{
    return ct_textf(c, "path %s", ct_path(c, "rest"));
}

static ct_response *go(ct *c)
{
    return ct_redirect(c, ct_query(c, "to"));
}

static ct_response *html(ct *c)
{
    return ct_html(c, ct_printf(c, "<p title='%s'>", ct_escape(c, ct_query(c, "text"))));
}

static ct_response *vary(ct *c)
{
    ct_response *r = ct_text(c, ct_url_absolute(c, word, KV("word", "x")));
    ct_vary(r, "Accept");
    ct_vary(r, "accept");
    ct_vary(r, "Cookie");
    return r;
}

static ct_response *every_cookie(ct *c)
{
    ct_response *r = ct_text(c, "set");
    ct_set_cookie(r, "all", "v", .max_age = 1500 * CT_MILLISECOND, .expires = modified, .path = "/p",
                  .domain = "example.com", .secure = true, .script_access = true, .partitioned = true,
                  .same_site = CT_SAMESITE_NONE);
    ct_set_cookie(r, "long", "v", .max_age = 500 * CT_DAY, .same_site = CT_SAMESITE_UNSET);
    ct_set_cookie(r, "session", "v");
    return r;
}

static ct_response *ask_cookie(ct *c)
{
    ct_response *r = ct_text(c, "set");
    ct_set_cookie(r, ct_query(c, "name"), ct_query(c, "value"));
    return r;
}

static ct_response *status(ct *c)
{
    return ct_status(ct_text(c, "body"), (int)ct_path_int(c, "code"));
}

static ct_response *weak(ct *c)
{
    ct_response *r = ct_text(c, "0123456789");
    ct_set_etag(r, "v1", true);
    ct_allow_ranges(r);
    return r;
}

static ct_response *dated(ct *c)
{
    ct_response *r = ct_text(c, "0123456789");
    ct_set_last_modified(r, modified);
    return r;
}

static bool is_year(const char *text)
{
    return strlen(text) == 4 && strspn(text, "0123456789") == 4;
}

const ct_app wire_app = {
    .name = "wire",
    .routes = ROUTES(
        GET("/", plain), GET("/alive", plain, .name = "alive"), POST("/echo", echo), ANY("/any", plain, .name = "any"),
        POST("/count", count), POST("/spool", spool), POST("/twice", twice), POST("/ignore", ignore),
        POST("/form", form), ANY("/upload", upload), POST("/upload/after-body", upload_after_body),
        POST("/upload/after-read", upload_after_read), POST("/upload/then-body", body_after_upload),
        GET("/query", query), GET("/header", header), GET("/cookies", cookies), ANY("/line", line),
        GET("/line/<path:rest>", line, .name = "line_below"), GET("/accepts", accepts), GET("/users/<int:id>", user),
        GET("/paths/<path:rest>", path), GET("/words/<word>", word), GET("/slugs/<slug:word>", word, .name = "slug"),
        GET("/uuids/<uuid:word>", word, .name = "uuid"), GET("/years/<year:word>", word, .name = "year"),
        GET("/slash/", plain, .name = "slash"), GET("/json", json), GET("/set-cookies", set_cookies),
        GET("/bad-cookie", bad_cookie), GET("/bad-header", bad_header), GET("/redirect", redirect),
        POST("/created", created), GET("/nothing", nothing), GET("/last", last), GET("/big", big),
        GET("/stream", stream), GET("/broken-stream", broken_stream), GET("/stillborn-stream", stillborn_stream),
        GET("/tagged", tagged), ANY("/guarded", guarded, .methods = "GET, PUT"), GET("/files/<path:name>", file),
        GET("/attachment", attachment), GET("/teapot", teapot), GET("/fail", fail), GET("/no-response", no_response),
        GET("/no-text", no_text), GET("/no-cookie", no_cookie), GET("/no-file", no_file), GET("/no-copy", no_copy),
        GET("/no-stream", no_stream), GET("/clean-up-aborts", clean_up_aborts), GET("/greedy", greedy),
        GET("/late", late), MOUNT("/layered", &layered), HOST("<tenant>.example.org", &tenants),
        GET("/pick/<path:rest>", picked_path), GET("/pick/<text>", picked_string), GET("/pick/<int:n>", picked_int),
        GET("/pick/new", picked_fixed), GET("/pick/v<int:n>.json", picked_int, .name = "pick_version"), GET("/go", go),
        GET("/html", html), GET("/vary", vary), GET("/every-cookie", every_cookie), GET("/ask-cookie", ask_cookie),
        GET("/status/<int:code>", status), GET("/weak", weak), GET("/dated", dated), MOUNT("", &static_app),
        MOUNT("", &embedded_app)),
    .converters = CONVERTERS({ "year", is_year }),
};
