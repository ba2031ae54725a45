/* Cookies in, cookies out.
 *
 * Reading is lenient where leniency is harmless (a bad cookie is left out, the rest stays) and never clever: no
 * decoding, no comments, no $Version, no quoted ';'. Writing is strict: what a browser would drop in silence is an
 * error here.
 *
 * Not here: signing, and the browser's side (matching of domains and paths). */
#include "proto/cookie.h"

#include "proto/date.h"

#define MAX_PAIR 4096
#define MAX_ATTRIBUTE 1024
#define MAX_AGE (400 * CT_DAY)
#define YEAR_10000 (INT64_C(253402300800) * CT_SECOND)

static bool has_control(ct_str text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F)
            return true;
    return false;
}

/* Reads "name=value" into *ret. False: it is to be left out. */
static bool parse_cookie(ct_str pair, ct_param *ret)
{
    const char *equals = pair.length ? memchr(pair.data, '=', pair.length) : NULL;
    if (!equals)
        return false;
    size_t length = (size_t)(equals - pair.data);
    ct_str name = ct_str_trim((ct_str){ pair.data, length });
    ct_str value = ct_str_trim((ct_str){ equals + 1, pair.length - length - 1 });

    if (value.length >= 2 && value.data[0] == '"' && value.data[value.length - 1] == '"')
        value = (ct_str){ value.data + 1, value.length - 2 };
    if (!name.length || has_control(name) || has_control(value) || !ct_utf8_valid(name.data, name.length) ||
        !ct_utf8_valid(value.data, value.length))
        return false;
    *ret = (ct_param){ .name = name, .value = value };
    return true;
}

/* How many pairs the fields can hold, but at most `enough`. */
static uint32_t count_pairs(const ct_str *fields, size_t field_count, uint32_t enough)
{
    uint32_t count = 0;
    for (size_t i = 0; i < field_count; i++) {
        ct_str rest = fields[i];
        while (rest.data && count < enough)
            count += ct_str_next(&rest, ';').length > 0;
    }
    return count;
}

/* Copies the field and appends its cookies as slices of the copy, each with a NUL after it. */
static bool parse_field(ct_arena *arena, ct_str field, uint32_t limit, ct_params *params, ct_error *error)
{
    char *copy = ct_arena_copy(arena, field.data, field.length);
    if (!copy)
        return ct_fail_status(error, 500, "the request's memory is used up");
    ct_str rest = { copy, field.length };
    while (rest.data) {
        ct_param cookie;
        if (!parse_cookie(ct_str_next(&rest, ';'), &cookie))
            continue;
        if (params->count == limit)
            return ct_fail_status(error, 431, "more than %" PRIu32 " cookies", limit);
        copy[(size_t)(cookie.name.data - copy) + cookie.name.length] = '\0';
        copy[(size_t)(cookie.value.data - copy) + cookie.value.length] = '\0';
        params->items[params->count++] = cookie;
    }
    return true;
}

bool ct_cookies_parse(ct_arena *arena, const ct_str *fields, size_t field_count, uint32_t limit, ct_params *ret,
                      ct_error *error)
{
    ct_params params = { 0 };

    if (!limit)
        limit = CT_COOKIES_COUNT;
    uint32_t pairs = count_pairs(fields, field_count, limit);
    if (!pairs) {
        *ret = params;
        return true;
    }
    params.items = ct_arena_alloc(arena, pairs * sizeof *params.items);
    if (!params.items)
        return ct_fail_status(error, 500, "the request's memory is used up");
    for (size_t i = 0; i < field_count; i++)
        if (fields[i].length && !parse_field(arena, fields[i], limit, &params, error))
            return false;
    if (!ct_params_index(arena, &params))
        return ct_fail_status(error, 500, "the request's memory is used up");
    *ret = params;
    return true;
}

/* How much of the name is a token (RFC 9110, 5.6.2). */
static size_t token_length(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");
}

/* The first character that no cookie-octet is, or NULL. */
static const char *bad_octet(const char *value)
{
    for (; *value; value++)
        if (*value <= 0x20 || *value >= 0x7F || strchr("\",;\\", *value))
            return value;
    return NULL;
}

static bool check_pair(const char *name, const char *value, ct_error *error)
{
    size_t token = token_length(name);
    if (!token)
        return ct_fail(error, "the cookie's name is empty or begins with a character that may not stand in it");
    if (name[token])
        return ct_fail(error,
                       "cookie name \"%.*s...\": byte 0x%02X behind this may not stand in a name: use ASCII letters, "
                       "digits and any of !#$%%&'*+-.^_`|~",
                       (int)CT_MIN(token, 100), name, (unsigned)(unsigned char)name[token]);
    const char *bad = bad_octet(value);
    if (bad)
        return ct_fail(error,
                       "cookie %.100s: byte 0x%02X of its value (at %zu) may not stand in a cookie: encode the value, "
                       "for instance as base64url or percent-encoded",
                       name, (unsigned)(unsigned char)*bad, (size_t)(bad - value) + 1);
    size_t length = strlen(name) + strlen(value);
    if (length > MAX_PAIR)
        return ct_fail(error,
                       "cookie %.100s: name and value are %zu bytes, browsers keep at most %d: store the data on "
                       "the server and a key to it in the cookie",
                       name, length, MAX_PAIR);
    return true;
}

static bool check_path(const char *name, const char *path, ct_error *error)
{
    if (path[0] != '/')
        return ct_fail(error, "cookie %.100s: .path must begin with '/'", name);
    for (const char *at = path; *at; at++)
        if (*at < 0x20 || *at >= 0x7F || *at == ';')
            return ct_fail(error,
                           "cookie %.100s: .path has a ';', a control character or one beyond ASCII: "
                           "percent-encode it",
                           name);
    if (strlen(path) > MAX_ATTRIBUTE)
        return ct_fail(error, "cookie %.100s: .path is over %d bytes, browsers would ignore it", name, MAX_ATTRIBUTE);
    return true;
}

static bool check_domain(const char *name, const char *domain, ct_error *error)
{
    size_t length = strspn(domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
    if (!length || domain[length])
        return ct_fail(error,
                       "cookie %.100s: .domain is a host name as \"example.com\", without scheme, port and path; "
                       "leave it out for this host alone",
                       name);
    if (length > MAX_ATTRIBUTE)
        return ct_fail(error, "cookie %.100s: .domain is over %d bytes, browsers would ignore it", name, MAX_ATTRIBUTE);
    return true;
}

static bool check_times(const char *name, const ct_cookie_options *options, ct_error *error)
{
    if (options->expired)
        return true;
    if (options->max_age < 0)
        return ct_fail(error, "cookie %.100s: .max_age is negative: set .expired to delete a cookie", name);
    if (options->expires < 0 || options->expires >= YEAR_10000)
        return ct_fail(error, "cookie %.100s: .expires is not between the years 1970 and 9999 (it is in microseconds)",
                       name);
    return true;
}

static bool has_prefix(const char *name, const char *prefix)
{
    ct_str wanted = ct_str_of(prefix);
    return strlen(name) >= wanted.length && ct_str_eq_nocase((ct_str){ name, wanted.length }, wanted);
}

/* What ties a cookie to https, to this host and to HTTP. Browsers compare the prefixes without case. */
static bool check_security(const char *name, const ct_cookie_options *options, ct_error *error)
{
    bool host = has_prefix(name, "__Host-");
    bool http = has_prefix(name, "__Http-") || has_prefix(name, "__Host-Http-");

    if (!options->secure && (host || http || has_prefix(name, "__Secure-")))
        return ct_fail(error, "cookie %.100s: a name with this prefix needs .secure = true", name);
    if (!options->secure && options->same_site == CT_SAMESITE_NONE)
        return ct_fail(error, "cookie %.100s: CT_SAMESITE_NONE needs .secure = true", name);
    if (!options->secure && options->partitioned)
        return ct_fail(error, "cookie %.100s: .partitioned needs .secure = true", name);
    if (host && options->domain)
        return ct_fail(error, "cookie %.100s: a __Host- cookie belongs to one host: leave .domain out", name);
    if (host && options->path && strcmp(options->path, "/") != 0)
        return ct_fail(error, "cookie %.100s: a __Host- cookie has the path \"/\": leave .path out", name);
    if (http && options->script_access)
        return ct_fail(error, "cookie %.100s: a name with this prefix is hidden from scripts: leave .script_access out",
                       name);
    if ((unsigned)options->same_site > CT_SAMESITE_UNSET)
        return ct_fail(error, "cookie %.100s: .same_site is none of the CT_SAMESITE_ values", name);
    return true;
}

static void append_times(ct_buffer *out, const ct_cookie_options *options)
{
    char date[30];

    if (options->expired) {
        CT_BUFFER_LITERAL(out, "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        return;
    }
    if (options->max_age) {
        ct_time age = CT_MIN(options->max_age, MAX_AGE);
        CT_BUFFER_LITERAL(out, "; Max-Age=");
        ct_buffer_uint(out, (uint64_t)((age + CT_SECOND - 1) / CT_SECOND));
    }
    if (options->expires) {
        ct_http_date_format(options->expires, date);
        CT_BUFFER_LITERAL(out, "; Expires=");
        ct_buffer_append(out, date, strlen(date));
    }
}

bool ct_cookie_format(ct_buffer *out, const char *name, const char *value, const ct_cookie_options *options,
                      ct_error *error)
{
    static const char *const same_site[] = { "; SameSite=Lax", "; SameSite=Strict", "; SameSite=None", "" };
    const char *path = options->path ? options->path : "/";
    const char *domain = options->domain;

    if (!check_pair(name, value, error) || !check_path(name, path, error) ||
        (domain && !check_domain(name, domain, error)) || !check_times(name, options, error) ||
        !check_security(name, options, error))
        return false;
    ct_buffer_str(out, ct_str_of(name));
    ct_buffer_char(out, '=');
    ct_buffer_str(out, ct_str_of(value));
    CT_BUFFER_LITERAL(out, "; Path=");
    ct_buffer_str(out, ct_str_of(path));
    if (domain) {
        CT_BUFFER_LITERAL(out, "; Domain=");
        ct_buffer_str(out, ct_str_of(domain));
    }
    append_times(out, options);
    if (options->secure)
        CT_BUFFER_LITERAL(out, "; Secure");
    if (!options->script_access)
        CT_BUFFER_LITERAL(out, "; HttpOnly");
    ct_buffer_str(out, ct_str_of(same_site[options->same_site]));
    if (options->partitioned)
        CT_BUFFER_LITERAL(out, "; Partitioned");
    return true;
}
