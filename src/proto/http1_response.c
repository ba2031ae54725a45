/* The response head parser, in one pass: status line, fields, empty line.
 *
 * Not on the way of any request that the server answers, so it is written plainly where http1.c is written for speed.
 * The functions begin at in->at and return as those there: DONE behind what they parsed, INCOMPLETE at the end of the
 * bytes, ERROR with the reason set. */
#include "proto/http1_response.h"

typedef struct reader {
    const char *at, *end;
    ct_http1_response *response;
    bool asked_close, asked_keep_alive;
} reader;

static ct_http1_result refuse(reader *in, const char *reason)
{
    in->response->error = reason;
    return CT_HTTP1_ERROR;
}

/* Past bytes of `class`. */
static void skip(reader *in, uint8_t class)
{
    while (in->at < in->end && ct_http1_char_is(*in->at, class))
        in->at++;
}

static ct_http1_result parse_line_end(reader *in, const char *otherwise)
{
    for (const char *wanted = "\r\n"; *wanted; in->at++, wanted++) {
        if (in->at == in->end)
            return CT_HTTP1_INCOMPLETE;
        if (*in->at != *wanted)
            return refuse(in, *wanted == '\r' ? otherwise : "CR without LF");
    }
    return CT_HTTP1_DONE;
}

/* ---- the status line ---- */

/* "HTTP/1.d ddd"; the reason may be missing, with its space or without. */
static ct_http1_result parse_status_line(reader *in)
{
    ct_http1_response *response = in->response;
    response->status = 0;
    for (const char *wanted = "HTTP/1.m sss"; *wanted; in->at++, wanted++) {
        if (in->at == in->end)
            return CT_HTTP1_INCOMPLETE;
        bool digit = *in->at >= '0' && *in->at <= '9';
        if (*wanted == 'm' ? !digit : *wanted == 's' ? !digit : *in->at != *wanted)
            return refuse(in, "malformed status line");
        if (*wanted == 'm')
            response->minor = *in->at != '0';
        else if (*wanted == 's')
            response->status = response->status * 10 + (*in->at - '0');
        if (response->status == 0 && *wanted == 's')
            return refuse(in, "malformed status line");
    }
    if (in->at < in->end && *in->at == ' ') {
        const char *reason = ++in->at;
        skip(in, CT_CHAR_FIELD);
        response->reason = (ct_str){ reason, (size_t)(in->at - reason) };
    }
    return parse_line_end(in, "malformed status line");
}

/* ---- fields ---- */

static ct_http1_result notice_length(reader *in, ct_str value)
{
    ct_http1_response *response = in->response;
    if (response->has_length)
        return refuse(in, "more than one Content-Length");
    if (response->chunked)
        return refuse(in, "both Content-Length and Transfer-Encoding");
    if (!value.length || value.data[0] == '-' || !ct_str_to_uint64(value, &response->content_length) ||
        response->content_length > INT64_MAX)
        return refuse(in, "invalid Content-Length");
    response->has_length = true;
    return CT_HTTP1_DONE;
}

static ct_http1_result notice_coding(reader *in, ct_str value)
{
    ct_http1_response *response = in->response;
    if (response->has_length)
        return refuse(in, "both Content-Length and Transfer-Encoding");
    if (response->chunked || !ct_str_eq_nocase(value, CT_STR("chunked")))
        return refuse(in, "transfer coding not supported");
    if (response->minor == 0)
        return refuse(in, "Transfer-Encoding in HTTP/1.0");
    response->chunked = true;
    return CT_HTTP1_DONE;
}

static void notice_connection(reader *in, ct_str value)
{
    while (value.data) {
        ct_str option = ct_str_next(&value, ',');
        in->asked_close |= ct_str_eq_nocase(option, CT_STR("close"));
        in->asked_keep_alive |= ct_str_eq_nocase(option, CT_STR("keep-alive"));
    }
}

static ct_http1_result notice_field(reader *in, ct_str name, ct_str value)
{
    if (ct_str_eq_nocase(name, CT_STR("Content-Length")))
        return notice_length(in, value);
    if (ct_str_eq_nocase(name, CT_STR("Transfer-Encoding")))
        return notice_coding(in, value);
    if (ct_str_eq_nocase(name, CT_STR("Connection")))
        notice_connection(in, value);
    return CT_HTTP1_DONE;
}

static ct_http1_result parse_field(reader *in)
{
    ct_http1_response *response = in->response;
    if (response->header_count == response->header_capacity)
        return refuse(in, "too many header fields");
    ct_str name = { in->at, 0 };
    skip(in, CT_CHAR_TOKEN);
    name.length = (size_t)(in->at - name.data);
    if (in->at == in->end)
        return CT_HTTP1_INCOMPLETE;
    if (*in->at != ':' || !name.length)
        return refuse(in, "malformed header name");
    const char *start = ++in->at;
    skip(in, CT_CHAR_FIELD);
    ct_str value = ct_str_trim((ct_str){ start, (size_t)(in->at - start) });
    ct_http1_result result = parse_line_end(in, "header value with a character it may not have");
    if (result != CT_HTTP1_DONE)
        return result;
    response->headers[response->header_count++] =
        (ct_http1_header){ name.data, value.data, (uint32_t)name.length, (uint32_t)value.length };
    return notice_field(in, name, value);
}

/* ---- the whole head ---- */

static ct_http1_result parse(reader *in)
{
    ct_http1_result result = parse_status_line(in);
    while (result == CT_HTTP1_DONE) {
        if (in->at == in->end)
            return CT_HTTP1_INCOMPLETE;
        if (*in->at == '\r')
            return parse_line_end(in, NULL);
        result = parse_field(in);
    }
    return result;
}

ct_http1_result ct_http1_parse_response(ct_http1_response *response, const char *data, size_t length, size_t limit)
{
    *response = (ct_http1_response){ .headers = response->headers, .header_capacity = response->header_capacity };
    reader in = { .at = data, .end = data + CT_MIN(length, limit), .response = response };
    ct_http1_result result = parse(&in);
    if (result == CT_HTTP1_INCOMPLETE && length >= limit)
        return refuse(&in, "response head too large");
    response->size = (size_t)(in.at - data);
    response->keep_alive = !in.asked_close && (response->minor > 0 || in.asked_keep_alive);
    return result;
}

ct_http1_framing ct_http1_response_framing(const ct_http1_response *response, ct_http_method method)
{
    if (method == CT_METHOD_HEAD || response->status < 200 || response->status == 204 || response->status == 304)
        return CT_HTTP1_NO_BODY;
    if (response->chunked)
        return CT_HTTP1_CHUNKED;
    return response->has_length ? CT_HTTP1_LENGTH : CT_HTTP1_TO_END;
}

const ct_http1_header *ct_http1_find_header(const ct_http1_header *headers, size_t count, ct_str name)
{
    for (size_t i = 0; i < count; i++)
        if (ct_str_eq_nocase((ct_str){ headers[i].name, headers[i].name_length }, name))
            return &headers[i];
    return NULL;
}
