/* The request line, path parameters, headers, cookies and negotiation.
 *
 * The head is parsed in place (proto/http1.h), and it stays where it is while the request is served. So text that is
 * followed by a byte nobody needs any more (the space behind method and target, the CR or OWS behind a field's value)
 * gets its NUL right there; everything else is copied into the arena when it is first asked for.
 *
 * Not here: who the client is (client_info.c), fields of queries and forms (params.c), the body (body.c). */
#include "web/request.h"

#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/accept.h"
#include "proto/cookie.h"
#include "proto/url.h"

/* Puts a NUL behind a slice of the head, in the connection's buffer. */
static const char *terminate(ct_str text)
{
    char *end = (char *)(uintptr_t)(text.data + text.length);
    if (*end)
        *end = '\0';
    return text.data;
}

/* ---- the request line ---- */

const char *ct_method(ct *c)
{
    static const char *const names[] = {
        [CT_METHOD_GET] = "GET",         [CT_METHOD_HEAD] = "HEAD",   [CT_METHOD_POST] = "POST",
        [CT_METHOD_PUT] = "PUT",         [CT_METHOD_PATCH] = "PATCH", [CT_METHOD_DELETE] = "DELETE",
        [CT_METHOD_OPTIONS] = "OPTIONS", [CT_METHOD_TRACE] = "TRACE", [CT_METHOD_CONNECT] = "CONNECT",
    };
    ct_need_request(c, __func__);
    const ct_http1_head *head = &c->exchange.head;
    return head->method == CT_METHOD_OTHER ? terminate(head->method_name) : names[head->method];
}

const char *ct_request_path(ct *c)
{
    ct_need_request(c, __func__);
    if (c->path)
        return c->path;
    ct_error error;
    ct_str raw = c->exchange.head.path, decoded;
    if (!ct_url_decode(c->arena, raw, false, &decoded, &error))
        ct_abort(c, error.status, "the path of the URL: %s", error.message);
    c->path = decoded.data == raw.data ? ct_strndup(c, raw.data, raw.length) : decoded.data;
    return c->path;
}

const char *ct_request_target(ct *c)
{
    ct_need_request(c, __func__);
    const ct_http1_head *head = &c->exchange.head;
    if (!head->scheme.length)
        return terminate(head->target);
    return ct_printf(c, "%.*s%s%.*s", CT_STR_ARG(head->path), head->query.data ? "?" : "", CT_STR_ARG(head->query));
}

const char *ct_query_string(ct *c)
{
    ct_need_request(c, __func__);
    ct_str query = c->exchange.head.query; /* the end of the target in each of its forms */
    return query.data ? terminate(query) : "";
}

const char *ct_request_id(ct *c)
{
    static const char digits[] = "0123456789abcdef";
    ct_need_request(c, __func__);
    if (!c->request_id[0])
        for (int i = 0; i < 16; i++)
            c->request_id[i] = digits[c->exchange.id >> (60 - 4 * i) & 15];
    return c->request_id;
}

/* ---- path parameters ---- */

/* The parameter's place in the endpoint's lists; no such parameter is a mistake. */
static uint32_t find_parameter(ct *c, const char *function, const char *name)
{
    ct_need_request(c, function);
    const ct_endpoint *endpoint = c->match.endpoint;
    if (!endpoint)
        ct_mistake(c, "%s: no route answers this request, so there is no parameter \"%s\"", function, name);
    for (uint32_t i = 0; i < endpoint->parameter_count; i++)
        if (strcmp(endpoint->parameters[i], name) == 0)
            return i;
    ct_mistake(c, "%s: the pattern \"%s\" has no parameter \"%s\"", function, endpoint->pattern, name);
}

const char *ct_path(ct *c, const char *name)
{
    ct_str value = c->match.values[find_parameter(c, __func__, name)];
    return ct_strndup(c, value.data, value.length);
}

int64_t ct_path_int(ct *c, const char *name)
{
    uint32_t index = find_parameter(c, __func__, name);
    int64_t value;
    if (!c->match.endpoint->parameter_is_int[index] || !ct_str_to_int64(c->match.values[index], &value))
        ct_mistake(c, "ct_path_int: the pattern \"%s\" does not say <int:%s>", c->match.endpoint->pattern, name);
    return value;
}

/* ---- headers ---- */

static bool has_name(const ct_http1_header *header, ct_str name)
{
    return header->name_length == name.length && ct_str_eq_nocase((ct_str){ header->name, header->name_length }, name);
}

/* The first field of that name from `start` on, or NULL. */
static const ct_http1_header *find_from(const ct *c, ct_str name, const ct_http1_header *start)
{
    const ct_http1_head *head = &c->exchange.head;
    for (const ct_http1_header *at = start; at < head->headers + head->header_count; at++)
        if (has_name(at, name))
            return at;
    return NULL;
}

static ct_str value_of(const ct_http1_header *header)
{
    return (ct_str){ header->value, header->value_length };
}

bool ct_request_field_values(ct *c, ct_str name, ct_field_values *ret)
{
    size_t count = 0;
    const ct_http1_header *first = find_from(c, name, c->exchange.head.headers);
    for (const ct_http1_header *at = first; at; at = find_from(c, name, at + 1))
        count++;
    ct_str *values = ct_arena_alloc(c->arena, count * sizeof *values);
    if (!values)
        return false;
    size_t i = 0;
    for (const ct_http1_header *at = first; at; at = find_from(c, name, at + 1))
        values[i++] = value_of(at);
    *ret = (ct_field_values){ .values = values, .count = count };
    return true;
}

const char *ct_request_joined_header(ct *c, ct_str name)
{
    const ct_http1_header *first = find_from(c, name, c->exchange.head.headers);
    const ct_http1_header *next = first ? find_from(c, name, first + 1) : NULL;
    if (!next)
        return first ? terminate(value_of(first)) : NULL;
    ct_buffer all = ct_buffer_in(c->arena);
    ct_buffer_str(&all, value_of(first));
    for (; next; next = find_from(c, name, next + 1)) {
        CT_BUFFER_LITERAL(&all, ", ");
        ct_buffer_str(&all, value_of(next));
    }
    if (all.failed)
        ct_mistake(c, "the fields %.*s do not fit into the request's memory", CT_STR_ARG(name));
    return ct_buffer_text(&all);
}

/* The value as text for the program. */
static const char *text_of(ct *c, const ct_http1_header *header)
{
    if (!ct_utf8_valid(header->value, header->value_length))
        ct_abort(c, 400, "the header %.*s is not UTF-8", (int)header->name_length, header->name);
    return terminate(value_of(header));
}

const char *ct_header(ct *c, const char *name)
{
    ct_need_request(c, __func__);
    const ct_http1_header *header = find_from(c, ct_str_of(name), c->exchange.head.headers);
    return header ? text_of(c, header) : NULL;
}

const char *const *ct_header_all(ct *c, const char *name)
{
    ct_need_request(c, __func__);
    ct_str field = ct_str_of(name);
    const ct_http1_header *first = find_from(c, field, c->exchange.head.headers);
    size_t count = 0;
    for (const ct_http1_header *at = first; at; at = find_from(c, field, at + 1))
        count++;
    const char **values = ct_take(c, (count + 1) * sizeof *values);
    size_t i = 0;
    for (const ct_http1_header *at = first; at; at = find_from(c, field, at + 1))
        values[i++] = text_of(c, at);
    values[i] = NULL;
    return values;
}

const char *ct_content_type(ct *c)
{
    const char *value = ct_header(c, "Content-Type");
    if (!value)
        return "";
    ct_str rest = ct_str_of(value), type = ct_str_next(&rest, ';');
    char *lower = ct_strndup(c, type.data, type.length);
    for (char *at = lower; *at; at++)
        *at = ct_ascii_lower(*at);
    return lower;
}

/* ---- cookies ---- */

static const ct_params *parse_cookies(ct *c)
{
    ct_error error;
    ct_field_values fields;
    ct_params *cookies = ct_take(c, sizeof *cookies);
    if (!ct_request_field_values(c, CT_STR("Cookie"), &fields))
        ct_mistake(c, "the cookies do not fit into the request's memory");
    if (!ct_cookies_parse(c->arena, fields.values, fields.count, 0, cookies, &error))
        ct_abort(c, error.status, "the cookies: %s", error.message);
    return cookies;
}

const char *ct_cookie(ct *c, const char *name)
{
    ct_need_request(c, __func__);
    if (!c->cookies)
        c->cookies = parse_cookies(c);
    return ct_params_get(c->cookies, name);
}

/* ---- negotiation ---- */

const char *ct_accept_of(ct *c, const char *header, const char *const *offers)
{
    static const struct {
        ct_str name;
        ct_accept_kind kind;
    } kinds[] = {
        { { "Accept", 6 }, CT_ACCEPT_MEDIA },
        { { "Accept-Language", 15 }, CT_ACCEPT_LANGUAGE },
        { { "Accept-Encoding", 15 }, CT_ACCEPT_ENCODING },
        { { "Accept-Charset", 14 }, CT_ACCEPT_CHARSET },
    };
    ct_need_request(c, __func__);
    for (size_t i = 0; i < CT_COUNT(kinds); i++)
        if (ct_str_eq_nocase(ct_str_of(header), kinds[i].name))
            return ct_accept_best(kinds[i].kind, ct_request_joined_header(c, kinds[i].name), offers);
    ct_mistake(c, "ct_accept_of: %s is not Accept, Accept-Language, Accept-Encoding or Accept-Charset", header);
}
