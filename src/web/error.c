/* Answers to errors. The plain page says the status and, below 500, the message; in the form that the client asks for:
 * HTML for browsers, JSON (RFC 9457) for those who prefer it, else text. Details of a 5xx are only in the log, under
 * the request's id. */
#include "web/error.h"

#include "base/log.h"
#include "canteen/request.h"
#include "canteen/status.h"
#include "canteen/work.h"
#include "proto/status.h"
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

static ct_response *plain_html(ct *c)
{
    const char *title = ct_status_text(c->error_status), *message = ct_error_message(c);
    const char *page =
        ct_printf(c,
                  "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>%d %s</title>\n"
                  "<h1>%d %s</h1>\n<p>%s</p>\n<p><small>Request %s</small></p>\n",
                  c->error_status, title, c->error_status, title, ct_escape(c, message), ct_request_id(c));
    return ct_html(c, page);
}

static ct_response *plain_json(ct *c)
{
    ct_response *r = ct_json(c, KV("title", ct_status_text(c->error_status)), KV("status", c->error_status),
                             KV("detail", ct_error_message(c)), KV("instance", ct_request_id(c)));
    ct_set_header(r, "Content-Type", "application/problem+json");
    return r;
}

static ct_response *plain_page(ct *c)
{
    const char *form = ct_accept(c, "text/plain", "text/html", "application/json", "application/problem+json");
    ct_response *r;
    if (form && !strcmp(form, "text/html"))
        r = plain_html(c);
    else if (form && strstr(form, "json"))
        r = plain_json(c);
    else
        r = ct_textf(c, "%d %s: %s\n", c->error_status, ct_status_text(c->error_status), ct_error_message(c));
    ct_vary(r, "Accept");
    return r;
}

static ct_handler *find_handler(const ct *c)
{
    for (const ct_mount *mount = c->match.mount; mount; mount = mount->parent) {
        ct_handler *any = NULL;
        for (const ct_error_handler *row = mount->app->errors; row && row->handler; row++) {
            if (row->status == c->error_status)
                return row->handler;
            if (!row->status)
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
    ct_response *r = call_guarded(c, handler);
    c->error_status = status; /* a failing handler has set others */
    c->error_message = message;
    return r;
}

ct_response *ct_error_response(ct *c)
{
    ct_response *r = handled(c);
    if (!r)
        r = plain_page(c);
    if (!r->status)
        r->status = c->error_status;
    if (c->error_status == 405 && c->error_allow && !ct_response_header(r, "Allow"))
        ct_set_header(r, "Allow", c->error_allow);
    if (c->error_status == 503 && !ct_response_header(r, "Retry-After"))
        ct_set_header(r, "Retry-After", "1");
    return r;
}

void ct_error_refusal(ct_buffer *out, ct_str date, int status, const char *reason, bool head_only)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%d %s: %s\n", status, ct_status_text(status), reason);
    ct_buffer_str(out, ct_status_line(status));
    CT_BUFFER_LITERAL(out, "Server: canteen\r\n");
    ct_buffer_str(out, date);
    ct_buffer_printf(out,
                     "%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
                     status == 503 ? "Retry-After: 1\r\n" : "", length);
    if (!head_only)
        ct_buffer_append(out, text, (size_t)length);
}
