/* The app's side of `canteen run`. The file is read anew for every page: that is some microseconds, and there is no
 * state to be wrong about.
 *
 * Versions meet in three places: in the page's script element, in the request of its script, in the file. A page whose
 * worker is about to end (it belongs to the program before) gets version 0, which no file has, so that it loads again
 * as soon as it is shown.
 *
 * Not here: what to build, when, and what the page says (cli/devloop.c, cli/diagnostics.c). */
#include "web/dev_reload.h"

#include "canteen/request.h"
#include "canteen/work.h"
#include "net/connection.h"
#include "template/escape.h"
#include "web/client_info.h"
#include "web/response.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT_PATH "/_canteen/reload.js"
#define EVENTS_PATH "/_canteen/reload"
#define LOOK_EVERY (50 * CT_MILLISECOND)
#define VERSION_BYTES 24
#define MOST_STATE ((off_t)4 << 20)   /* bytes of the file */
#define MOST_PAGE ((uint64_t)8 << 20) /* larger ones get no script */

typedef struct state {
    char version[VERSION_BYTES]; /* "" when there is no file */
    ct_str page;                 /* data NULL: none */
} state;

static const char script[] =
    "(function () {\n"
    "  'use strict';\n"
    "  var address = document.currentScript.src.replace('reload.js', 'reload'), source = null;\n"
    "  function listen() {\n"
    "    if (document.hidden) {\n" /* a browser has few connections for all of its tabs */
    "      if (source) source.close();\n"
    "      source = null;\n"
    "    } else if (!source || source.readyState === 2) {\n"
    "      source = new EventSource(address);\n"
    "      source.addEventListener('reload', function () { source.close(); location.reload(); });\n"
    "      source.onerror = function () { if (source && source.readyState === 2) setTimeout(listen, 500); };\n"
    "    }\n"
    "  }\n"
    "  document.addEventListener('visibilitychange', listen);\n"
    "  listen();\n"
    "})();\n";

void ct_dev_reload_prepare(ct_site *site)
{
    const char *path = site->config.debug ? getenv(CT_DEV_STATE) : NULL;
    site->dev_state = path && *path ? ct_arena_copy(&site->arena, path, strlen(path)) : NULL;
}

/* ---- the file ---- */

static size_t read_whole(int fd, char *data, size_t size, off_t offset)
{
    size_t length = 0;
    while (length < size) {
        ssize_t n = pread(fd, data + length, size - length, offset + (off_t)length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    return length;
}

/* Cuts the first line off. */
static void take_version(ct_str *text, char ret_version[VERSION_BYTES])
{
    const char *end = text->length ? memchr(text->data, '\n', text->length) : NULL;
    size_t length = end ? (size_t)(end - text->data) : text->length;
    size_t kept = CT_MIN(length, VERSION_BYTES - 1);
    if (kept)
        memcpy(ret_version, text->data, kept);
    ret_version[kept] = '\0';
    text->data = end ? end + 1 : NULL;
    text->length = end ? text->length - length - 1 : 0;
}

static void read_version(const ct *c, char ret_version[VERSION_BYTES])
{
    char line[VERSION_BYTES];
    int fd = open(c->site->dev_state, O_RDONLY | O_CLOEXEC);
    ct_str text = { line, fd >= 0 ? read_whole(fd, line, sizeof line, 0) : 0 };
    take_version(&text, ret_version);
    if (fd >= 0)
        close(fd);
}

static state read_state(ct *c)
{
    state found = { .version = "" };
    struct stat info;
    int fd = open(c->site->dev_state, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return found;
    char *data =
        fstat(fd, &info) == 0 && info.st_size <= MOST_STATE ? ct_arena_alloc(c->arena, (size_t)info.st_size + 1) : NULL;
    ct_str text = { data, data ? read_whole(fd, data, (size_t)info.st_size, 0) : 0 };
    close(fd);
    take_version(&text, found.version);
    if (text.length)
        found.page = text;
    return found;
}

/* ---- answers of our own ---- */

static bool is_draining(const ct *c)
{
    return c->exchange.worker->draining;
}

static void send_events(ct *c, ct_writer *out, void *arg)
{
    const char *shown = arg;
    char version[VERSION_BYTES];
    ct_write_text(out, "retry: 200\n\n");
    ct_flush(out);
    for (;;) {
        read_version(c, version);
        if (!*version || is_draining(c)) /* the browser asks again, and finds the next program or nobody */
            return;
        if (strcmp(version, shown) != 0)
            break;
        ct_sleep(c, LOOK_EVERY);
    }
    ct_write_text(out, "event: reload\ndata: now\n\n");
}

static ct_response *own_answer(ct *c)
{
    ct_response *r = NULL;
    ct_str path = c->exchange.head.path;
    if (ct_str_eq(path, CT_STR(SCRIPT_PATH))) {
        r = ct_data(c, "text/javascript; charset=utf-8", (ct_bytes){ script, sizeof script - 1 });
    } else if (ct_str_eq(path, CT_STR(EVENTS_PATH))) {
        const char *shown = ct_query(c, "v");
        r = ct_stream(c, "text/event-stream", send_events, ct_strdup(c, shown ? shown : ""));
        r->close = true;
    }
    if (r) {
        ct_set_header(r, "Cache-Control", "no-store");
        c->unlogged = true;
    }
    return r;
}

static bool prefers_html(ct *c)
{
    const char *form = ct_accept(c, "text/plain", "application/json", "text/html");
    return form && strcmp(form, "text/html") == 0;
}

ct_response *ct_dev_reload_answer(ct *c)
{
    ct_response *r = own_answer(c);
    if (r || !prefers_html(c))
        return r;
    state now = read_state(c);
    if (!now.page.data)
        return NULL;
    r = ct_data(c, "text/html; charset=utf-8", (ct_bytes){ now.page.data, now.page.length });
    return ct_status(r, 500);
}

/* ---- the script in pages ---- */

static bool is_html(const ct_response *r)
{
    ct_str type = r->content_type;
    return ct_str_eq_nocase((ct_str){ type.data, CT_MIN(type.length, 9) }, CT_STR("text/html")) &&
           !ct_response_header(r, "Content-Encoding");
}

/* The file's bytes in memory instead; a part of it, or a large one, stays a file. */
static void load_file(ct *c, ct_response *r)
{
    if (ct_response_status(r) != 200 || r->length > MOST_PAGE || r->offset)
        return;
    char *data = ct_take(c, (size_t)r->length + 1);
    if (read_whole(r->fd, data, (size_t)r->length, 0) != r->length)
        return;
    r->kind = CT_RESPONSE_BYTES;
    r->body = (ct_str){ data, (size_t)r->length };
    r->ranges = false;
}

/* Where the script goes: before the last "</body"; behind a page that leaves it out; SIZE_MAX: this is a part. */
static size_t place_for_script(ct_str body)
{
    static const char tag[] = "</body", doctype[] = "<!doctype";
    for (size_t at = body.length; at-- > 0;)
        if (body.data[at] == '<' && body.length - at >= sizeof tag - 1 &&
            strncasecmp(body.data + at, tag, sizeof tag - 1) == 0)
            return at;
    size_t start = 0;
    while (start < body.length && strchr(" \t\r\n", body.data[start]) && body.data[start])
        start++;
    bool whole =
        body.length - start >= sizeof doctype - 1 && strncasecmp(body.data + start, doctype, sizeof doctype - 1) == 0;
    return whole ? body.length : SIZE_MAX;
}

static void insert(ct *c, ct_response *r, size_t at, ct_str text)
{
    char *body = ct_take(c, r->body.length + text.length);
    memcpy(body, r->body.data, at);
    memcpy(body + at, text.data, text.length);
    memcpy(body + at + text.length, r->body.data + at, r->body.length - at);
    r->body = (ct_str){ body, r->body.length + text.length };
}

/* A page that is kept would be shown again with the version of its time, and load itself again without end. */
static void never_keep(ct_response *r)
{
    ct_set_header(r, "Cache-Control", "no-store");
    ct_set_header(r, "ETag", NULL);
    ct_set_header(r, "Last-Modified", NULL);
    r->has_validator = false;
    r->etag = NULL;
    r->last_modified = 0;
    r->close = true; /* the next request is to find the next program */
}

static void write_script(ct *c, ct_buffer *out, const char *version)
{
    ct_client_remote(c); /* finds out the prefix, or fails without an abort */
    CT_BUFFER_LITERAL(out, "<script src=\"");
    ct_escape_write(out, ct_str_of(c->prefix ? c->prefix : ""), false);
    ct_buffer_printf(out, SCRIPT_PATH "?v=%s\"></script>\n", version);
}

void ct_dev_reload_script(ct *c, ct_buffer *out)
{
    char version[VERSION_BYTES];
    read_version(c, version);
    write_script(c, out, version);
}

void ct_dev_reload_page(ct *c, ct_response *r)
{
    if (r->kind == CT_RESPONSE_STREAM || !is_html(r))
        return;
    if (r->kind == CT_RESPONSE_FILE)
        load_file(c, r);
    if (r->kind != CT_RESPONSE_BYTES || !r->body.length || r->body.length > MOST_PAGE)
        return;
    size_t at = place_for_script(r->body);
    if (at == SIZE_MAX)
        return;
    char version[VERSION_BYTES] = "0";
    if (!is_draining(c))
        read_version(c, version);
    ct_buffer element = ct_buffer_in(c->arena);
    write_script(c, &element, version);
    if (element.failed)
        ct_out_of_memory(c);
    insert(c, r, at, (ct_str){ element.data, element.length });
    never_keep(r);
}
