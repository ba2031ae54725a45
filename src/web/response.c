/* Making responses: the public functions of response.h that need neither files nor the network. A response only borrows
 * text; nothing is written before it is sent (send.c). */
#include "web/response.h"

#include "base/buffer.h"
#include "base/error.h"
#include "proto/cookie.h"
#include "proto/date.h"
#include "proto/url.h"
#include "web/ct.h"

#include "canteen/request.h"
#include "canteen/work.h"

#include <stdarg.h>
#include <stdio.h>

ct_response *ct_response_new(ct *c)
{
    ct_response *r = ct_take(c, sizeof *r);
    *r = (ct_response){ .c = c, .fd = -1 };
    return r;
}

static ct_response *with_body(ct *c, ct_str content_type, ct_str body)
{
    ct_response *r = ct_response_new(c);
    r->content_type = content_type;
    r->body = body;
    return r;
}

ct_response *ct_text(ct *c, const char *text)
{
    return with_body(c, CT_STR("text/plain; charset=utf-8"), ct_str_of(ct_needed(c, __func__, text)));
}

ct_response *ct_textf(ct *c, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        ct_mistake(c, "ct_textf: the format \"%s\" cannot be printed", format);
    char *text = ct_take(c, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return with_body(c, CT_STR("text/plain; charset=utf-8"), (ct_str){ text, (size_t)length });
}

ct_response *ct_html(ct *c, const char *html)
{
    return with_body(c, CT_STR("text/html; charset=utf-8"), ct_str_of(ct_needed(c, __func__, html)));
}

ct_response *ct_data(ct *c, const char *content_type, ct_bytes data)
{
    ct_response *r = with_body(c, CT_STR(""), (ct_str){ data.data, data.len });
    ct_set_header(r, "Content-Type", content_type);
    return r;
}

ct_response *ct_no_content(ct *c)
{
    return ct_status(ct_response_new(c), 204);
}

const char *ct_escape(ct *c, const char *text)
{
    static const ct_str entities[256] = { ['&'] = CT_STR("&amp;"),
                                          ['<'] = CT_STR("&lt;"),
                                          ['>'] = CT_STR("&gt;"),
                                          ['"'] = CT_STR("&quot;"),
                                          ['\''] = CT_STR("&#39;") };
    const char *rest = strpbrk(ct_needed(c, __func__, text), "&<>\"'");
    if (!rest)
        return text;
    ct_buffer out = ct_buffer_in(c->arena);
    while (rest) {
        ct_buffer_append(&out, text, (size_t)(rest - text));
        ct_buffer_str(&out, entities[(unsigned char)*rest]);
        text = rest + 1;
        rest = strpbrk(text, "&<>\"'");
    }
    ct_buffer_append(&out, text, strlen(text) + 1);
    if (out.failed)
        ct_mistake(c, "ct_escape: the text does not fit into the request's memory");
    return out.data;
}

ct_response *ct_redirect(ct *c, const char *url)
{
    ct_buffer location = ct_buffer_in(c->arena);
    ct_url_encode(&location, ct_str_of(ct_needed(c, __func__, url)), CT_URL_WHOLE);
    ct_buffer_char(&location, '\0');
    if (location.failed)
        ct_mistake(c, "ct_redirect: the URL does not fit into the request's memory");
    ct_response *r = ct_response_new(c);
    r->status = 302;
    ct_set_header(r, "Location", location.data);
    return r;
}

ct_response *ct_status(ct_response *r, int status)
{
    if (status < 200 || status > 599)
        ct_mistake(r->c, "ct_status: %d is not a status of a response (200 to 599)", status);
    r->status = status;
    return r;
}

int ct_response_status(const ct_response *r)
{
    return r->status ? r->status : 200;
}

/* ---- headers ---- */

static bool is_token(ct_str name)
{
    for (size_t i = 0; i < name.length; i++) {
        unsigned char ch = (unsigned char)name.data[i];
        bool letter = (ch | 0x20) >= 'a' && (ch | 0x20) <= 'z';
        if (!letter && !(ch >= '0' && ch <= '9') && !(ch && strchr("!#$%&'*+-.^_`|~", ch)))
            return false;
    }
    return name.length > 0;
}

static bool is_field_value(ct_str value)
{
    for (size_t i = 0; i < value.length; i++) {
        unsigned char ch = (unsigned char)value.data[i];
        if ((ch < 0x20 && ch != '\t') || ch == 0x7F)
            return false;
    }
    return true;
}

static void check_header(ct_response *r, ct_str name, ct_str value)
{
    if (!is_token(name))
        ct_mistake(r->c, "the header name \"%.*s\" is not a token", CT_STR_ARG(name));
    if (!is_field_value(value))
        ct_mistake(r->c, "the value of the header %.*s has control characters", CT_STR_ARG(name));
    if (ct_str_eq_nocase(name, CT_STR("Content-Length")) || ct_str_eq_nocase(name, CT_STR("Transfer-Encoding")) ||
        ct_str_eq_nocase(name, CT_STR("Date")) || ct_str_eq_nocase(name, CT_STR("Server")))
        ct_mistake(r->c, "the header %.*s is set by the server itself", CT_STR_ARG(name));
}

static void append_header(ct_response *r, ct_str name, ct_str value)
{
    if (r->header_count == r->header_capacity) {
        uint32_t capacity = r->header_capacity ? 2 * r->header_capacity : 4;
        ct_header_line *headers = ct_take(r->c, capacity * sizeof *headers);
        if (r->header_count)
            memcpy(headers, r->headers, r->header_count * sizeof *headers);
        r->headers = headers;
        r->header_capacity = capacity;
    }
    r->headers[r->header_count++] = (ct_header_line){ name, value };
}

static void remove_header(ct_response *r, ct_str name)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->header_count; i++)
        if (!ct_str_eq_nocase(r->headers[i].name, name))
            r->headers[kept++] = r->headers[i];
    r->header_count = kept;
}

/* Headers that the response keeps in a member of its own; false: an ordinary one. */
static bool set_special(ct_response *r, ct_str name, const char *value)
{
    if (ct_str_eq_nocase(name, CT_STR("Content-Type"))) {
        r->content_type = value ? ct_str_of(value) : CT_STR("");
        return true;
    }
    if (!ct_str_eq_nocase(name, CT_STR("Connection")))
        return false;
    if (value && !ct_str_eq_nocase(ct_str_of(value), CT_STR("close")))
        ct_mistake(r->c, "the header Connection is the server's: only \"close\" can be set");
    r->close = value != NULL;
    return true;
}

void ct_add_header(ct_response *r, const char *name, const char *value)
{
    ct_str field = ct_str_of(ct_needed(r->c, __func__, name));
    check_header(r, field, ct_str_of(value ? value : ""));
    if (set_special(r, field, value) || !value)
        return;
    append_header(r, field, ct_str_of(value));
    r->has_validator |= ct_str_eq_nocase(field, CT_STR("ETag")) || ct_str_eq_nocase(field, CT_STR("Last-Modified"));
}

void ct_set_header(ct_response *r, const char *name, const char *value)
{
    remove_header(r, ct_str_of(ct_needed(r->c, __func__, name)));
    ct_add_header(r, name, value);
}

void ct_set_headerf(ct_response *r, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *value = ct_arena_vprintf(r->c->arena, format, args);
    va_end(args);
    if (!value)
        ct_mistake(r->c, "ct_set_headerf: the value of %s does not fit into the request's memory", name);
    ct_set_header(r, name, value);
}

const char *ct_response_header(const ct_response *r, const char *name)
{
    ct_str field = ct_str_of(name);
    if (ct_str_eq_nocase(field, CT_STR("Content-Type")))
        return r->content_type.length ? r->content_type.data : NULL;
    for (uint32_t i = 0; i < r->header_count; i++)
        if (ct_str_eq_nocase(r->headers[i].name, field))
            return r->headers[i].value.data;
    return NULL;
}

void ct_vary(ct_response *r, const char *name)
{
    const char *value = ct_response_header(r, "Vary");
    if (!value) {
        ct_set_header(r, "Vary", name);
        return;
    }
    ct_str rest = ct_str_of(value);
    for (ct_str item = ct_str_next(&rest, ','); item.data; item = ct_str_next(&rest, ','))
        if (ct_str_eq(item, CT_STR("*")) || ct_str_eq_nocase(item, ct_str_of(name)))
            return;
    ct_set_headerf(r, "Vary", "%s, %s", value, name);
}

/* ---- cookies and validators ---- */

void ct_set_cookie_with(ct_response *r, const char *name, const char *value, const ct_cookie_options *options)
{
    ct_cookie_options chosen = *options;
    chosen.secure |= ct_is_secure(r->c);
    ct_needed(r->c, "ct_set_cookie", name);
    ct_needed(r->c, "ct_set_cookie", value);
    ct_response_add_cookie(r, name, value, &chosen);
}

void ct_response_add_cookie(ct_response *r, const char *name, const char *value, const ct_cookie_options *options)
{
    ct_buffer out = ct_buffer_in(r->c->arena);
    ct_error error;
    if (!ct_cookie_format(&out, name, value, options, &error))
        ct_mistake(r->c, "%s", error.message);
    ct_buffer_char(&out, '\0');
    if (out.failed)
        ct_mistake(r->c, "ct_set_cookie: the cookie %s does not fit into the request's memory", name);
    append_header(r, CT_STR("Set-Cookie"), (ct_str){ out.data, out.length - 1 });
}

void ct_set_etag(ct_response *r, const char *etag, bool weak)
{
    for (const unsigned char *at = (const unsigned char *)ct_needed(r->c, __func__, etag); *at; at++)
        if (*at < 0x21 || *at == '"' || *at == 0x7F)
            ct_mistake(r->c, "ct_set_etag: \"%s\" has characters that an entity tag cannot have", etag);
    ct_set_headerf(r, "ETag", "%s\"%s\"", weak ? "W/" : "", etag);
    r->etag = ct_response_header(r, "ETag");
}

void ct_set_last_modified(ct_response *r, ct_time time)
{
    char *date = ct_take(r->c, 30);
    ct_http_date_format(time, date);
    ct_set_header(r, "Last-Modified", date);
    r->last_modified = time;
}

void ct_allow_ranges(ct_response *r)
{
    r->ranges = true;
}

ct_response *ct_stream(ct *c, const char *content_type, ct_stream_fn *write, void *arg)
{
    if (!write)
        ct_mistake(c, "ct_stream() was given no function");
    ct_response *r = ct_response_new(c);
    ct_set_header(r, "Content-Type", content_type);
    r->kind = CT_RESPONSE_STREAM;
    r->write = write;
    r->arg = arg;
    return r;
}
