/* Answers to errors. The plain page says the status and, below 500, the message; in the form that the client asks for:
 * HTML for browsers, JSON (RFC 9457) for programs that ask for it or have sent it, else text. Details of a 5xx are only
 * in the log, under the request's id, which the page shows.
 *
 * With the setting `debug` the page of development takes the place of the plain one (debug.c). Handlers of apps go
 * before it, but for 500, as in Flask: there a handler for 500 is not called while debugging, since it would hide what
 * went wrong. Other 5xx go to a handler for exactly that status, which expects them, not to one for every error. */
#include "web/error.h"

#include "base/log.h"
#include "canteen/request.h"
#include "canteen/response.h"
#include "canteen/status.h"
#include "canteen/work.h"
#include "proto/accept.h"
#include "proto/status.h"
#include "shape/json_write.h"
#include "template/escape.h"
#include "web/debug.h"
#include "web/errors.h"
#include "web/response.h"

#include <stdio.h>

int ct_error_status(ct *c)
{
    return c->error_status;
}

const char *ct_error_message(ct *c)
{
    if (!c->error_status)
        return "";
    if (ct_error_is_ours(c->error_status) || !c->error_message)
        return ct_status_text(c->error_status);
    return c->error_message;
}

const ct_errors *ct_error_fields(ct *c)
{
    return c->error_status ? c->error_fields : NULL;
}

/* ---- forms ---- */

/* The values of all fields of that name, joined with commas. What does not fit is left out, from a comma on. */
static void join_header(const ct_http1_head *head, ct_str name, char *ret, size_t size)
{
    size_t used = 0;
    for (uint32_t i = 0; i < head->header_count; i++) {
        const ct_http1_header *header = &head->headers[i];
        if (!ct_str_eq_nocase((ct_str){ header->name, header->name_length }, name))
            continue;
        size_t room = size - 1 - used, length = CT_MIN(header->value_length, room);
        memcpy(ret + used, header->value, length);
        if (length == room) {
            while (length && ret[used + length - 1] != ',')
                length--;
            used += length;
            break;
        }
        used += length;
        ret[used++] = ',';
    }
    ret[used] = '\0';
}

static bool is_json(const char *type)
{
    size_t length = strcspn(type, "; \t,");
    return ct_str_eq_nocase((ct_str){ type, length }, CT_STR("application/json")) ||
           (length > 5 && ct_str_eq_nocase((ct_str){ type + length - 5, 5 }, CT_STR("+json")));
}

ct_error_form ct_error_form_of(const ct_http1_head *head)
{
    static const char *const as_text[] = { "text/plain", "text/html", "application/json", "application/problem+json",
                                           NULL };
    static const char *const as_json[] = { "application/json", "application/problem+json", "text/plain", "text/html",
                                           NULL };
    char accept[2048], sent[256];
    join_header(head, CT_STR("Accept"), accept, sizeof accept);
    join_header(head, CT_STR("Content-Type"), sent, sizeof sent);
    bool json = is_json(sent);
    const char *form = ct_accept_best(CT_ACCEPT_MEDIA, *accept ? accept : NULL, json ? as_json : as_text);
    if (!form)
        return json ? CT_ERROR_JSON : CT_ERROR_TEXT;
    return strcmp(form, "text/html") == 0    ? CT_ERROR_HTML
           : strcmp(form, "text/plain") == 0 ? CT_ERROR_TEXT
                                             : CT_ERROR_JSON;
}

ct_str ct_error_type(ct_error_form form)
{
    static const char *const types[] = { [CT_ERROR_TEXT] = "text/plain; charset=utf-8",
                                         [CT_ERROR_HTML] = "text/html; charset=utf-8",
                                         [CT_ERROR_JSON] = "application/problem+json" };
    return ct_str_of(types[form]);
}

static void write_html_errors(ct_buffer *out, const ct_errors *errors)
{
    CT_BUFFER_LITERAL(out, "<ul>\n");
    for (size_t i = 0; i < ct_errors_count(errors); i++) {
        ct_field_error error = ct_errors_at(errors, i);
        CT_BUFFER_LITERAL(out, "<li>");
        ct_escape_write(out, ct_str_of(error.field ? error.field : ""), false);
        ct_buffer_printf(out, "%s", error.field ? ": " : "");
        ct_escape_write(out, ct_str_of(error.message), false);
        CT_BUFFER_LITERAL(out, "</li>\n");
    }
    CT_BUFFER_LITERAL(out, "</ul>\n");
}

/* What the plain page says besides the status. */
typedef struct plain_text {
    const char *message; /* for the client */
    const char *id;
    const ct_errors *fields; /* or NULL */
    ct_value problems;       /* the same for JSON, or null */
} plain_text;

static void write_html(ct_buffer *out, int status, const plain_text *plain)
{
    const char *title = ct_status_text(status);
    ct_buffer_printf(out,
                     "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>%d %s</title>\n"
                     "<h1>%d %s</h1>\n",
                     status, title, status, title);
    if (plain->fields) {
        write_html_errors(out, plain->fields);
    } else {
        CT_BUFFER_LITERAL(out, "<p>");
        ct_escape_write(out, ct_str_of(plain->message), false);
        CT_BUFFER_LITERAL(out, "</p>\n");
    }
    ct_buffer_printf(out, "<p><small>Request %s</small></p>\n", plain->id);
}

static void write_json(ct_buffer *out, int status, const plain_text *plain)
{
    const ct_kv pairs[] = { KV("title", ct_status_text(status)), KV("status", status), KV("instance", plain->id),
                            KV("detail", plain->message), KV("errors", plain->problems) };
    size_t count = ct_error_is_ours(status) ? 3 : plain->fields ? 5 : 4;
    if (!ct_json_write_pairs(out, pairs, count, 0))
        ct_die("an error is too deep for JSON");
}

static void write_plain(ct_buffer *out, ct_error_form form, int status, const plain_text *plain)
{
    if (form == CT_ERROR_HTML)
        write_html(out, status, plain);
    else if (form == CT_ERROR_JSON)
        write_json(out, status, plain);
    else if (ct_error_is_ours(status))
        ct_buffer_printf(out, "%d %s\nRequest %s\n", status, ct_status_text(status), plain->id);
    else
        ct_buffer_printf(out, "%d %s: %s\n", status, ct_status_text(status), plain->message);
}

static ct_response *plain_page(ct *c, ct_error_form form)
{
    ct_response *r = ct_response_new(c);
    ct_buffer body = ct_buffer_in(c->arena);
    const ct_errors *fields = c->error_fields;
    const plain_text plain = { .message = ct_error_message(c),
                               .id = ct_request_id(c),
                               .fields = fields,
                               .problems = fields ? ct_errors_problems(c, fields) : ct_value_null() };
    write_plain(&body, form, c->error_status, &plain);
    if (body.failed)
        ct_out_of_memory(c);
    r->body = (ct_str){ body.data, body.length };
    r->content_type = ct_error_type(form);
    return r;
}

/* ---- handlers ---- */

/* With debug, an error of ours is not hidden behind a handler for errors of every kind, and a 500 behind none. */
static ct_handler *find_handler(const ct *c)
{
    bool shown = c->site->config.debug && ct_error_is_ours(c->error_status);
    if (shown && c->error_status == 500)
        return NULL;
    for (const ct_mount *mount = c->match.mount; mount; mount = mount->parent) {
        ct_handler *any = NULL;
        for (const ct_error_handler *row = mount->app->errors; row && row->handler; row++) {
            if (row->status == c->error_status)
                return row->handler;
            if (!row->status && !shown)
                any = row->handler;
        }
        if (any)
            return any;
    }
    return NULL;
}

/* The handler's response, or NULL when it fails itself. */
static ct_response *call_guarded(ct *c, ct_handler *handler)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        if (c->unwinding == CT_UNWIND_GONE)
            ct_unwind_to(c, CT_UNWIND_GONE);
        if (c->unwinding == CT_UNWIND_RESPONSE)
            return c->early;
        ct_log_line(CT_LOG_ERROR, ct_request_id(c), "an error handler aborted itself: %d %s", c->error_status,
                    c->error_message ? c->error_message : "");
        return NULL;
    }
    ct_response *r = handler(c);
    ct_catch_end(c, &catch);
    if (!r)
        ct_log_line(CT_LOG_ERROR, ct_request_id(c), "the error handler for %d returned no response", c->error_status);
    return r;
}

/* The response of the app's handler, or NULL when there is none or it fails itself. */
static ct_response *handled(ct *c)
{
    ct_handler *handler = find_handler(c);
    if (!handler)
        return NULL;
    int status = c->error_status;
    const char *message = c->error_message;
    const ct_errors *fields = c->error_fields;
    struct ct_origin *origin = c->error_origin;
    ct_response *r = call_guarded(c, handler);
    c->error_status = status; /* a failing handler has set others */
    c->error_message = message;
    c->error_fields = fields;
    c->error_origin = origin;
    return r;
}

bool ct_error_has_details(const ct *c)
{
    return c->site->config.debug && !c->host_refused && c->exchange.head.method != CT_METHOD_HEAD;
}

ct_response *ct_error_response(ct *c)
{
    ct_response *r = handled(c);
    if (!r) {
        ct_error_form form = ct_error_form_of(&c->exchange.head);
        r = CT_UNLIKELY(ct_error_has_details(c)) ? ct_debug_response(c, form) : plain_page(c, form);
        ct_vary(r, "Accept");
    }
    if (!r->status)
        r->status = c->error_status;
    if (c->error_status == 405 && c->error_allow && !ct_response_header(r, "Allow"))
        ct_set_header(r, "Allow", c->error_allow);
    if (c->error_status == 503 && c->error_retry_after && !ct_response_header(r, "Retry-After"))
        ct_set_header(r, "Retry-After", ct_printf(c, "%d", c->error_retry_after));
    if (c->error_status == 503 && !ct_response_header(r, "Retry-After"))
        ct_set_header(r, "Retry-After", "1");
    return r;
}

/* ---- whole answers ---- */

void ct_error_whole(ct_buffer *out, ct_str date, int status, const char *headers, ct_error_form form, ct_str body,
                    bool head_only)
{
    ct_buffer_str(out, ct_status_line(status));
    CT_BUFFER_LITERAL(out, "Server: canteen\r\n");
    ct_buffer_str(out, date);
    ct_buffer_printf(out, "%s%sContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                     status == 503 ? "Retry-After: 1\r\n" : "", headers, ct_error_type(form).data, body.length);
    if (!head_only)
        ct_buffer_str(out, body);
}

void ct_error_refusal(ct_buffer *out, ct_str date, int status, const char *reason, bool head_only)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%d %s: %s\n", status, ct_status_text(status), reason);
    ct_error_whole(out, date, status, "", CT_ERROR_TEXT, (ct_str){ text, (size_t)length }, head_only);
}

void ct_error_plain(ct *c, ct_buffer *out)
{
    ct_buffer body = { 0 };
    ct_error_form form = ct_error_form_of(&c->exchange.head);
    write_plain(&body, form, 500, &(plain_text){ .message = ct_status_text(500), .id = ct_request_id(c) });
    ct_error_whole(out, ct_exchange_date(&c->exchange), 500, "", form, (ct_str){ body.data, body.length },
                   c->exchange.head.method == CT_METHOD_HEAD);
    ct_buffer_finish(&body);
}
