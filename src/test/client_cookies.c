/* The cookies of a client, by the rules that browsers keep (RFC 6265bis) as far as they matter to one host: paths,
 * expiry and deletion, Secure, domains that are not the host's, and the prefixes __Host- and __Secure-.
 *
 * A cookie that a browser would refuse is refused, with a line in the log: that is what a test is to find out.
 * HttpOnly, SameSite and Partitioned change nothing here, for there are no scripts and no other sites. Dates are those
 * of HTTP. */
#include "test/client.h"

#include "base/log.h"
#include "proto/date.h"

#include <strings.h>

typedef struct attributes {
    ct_str domain, path; /* data NULL: none */
    ct_time expires;
    bool secure, has_max_age;
} attributes;

/* ---- reading Set-Cookie ---- */

static void read_max_age(attributes *ret, ct_str value, ct_time now)
{
    int64_t seconds;
    if (!ct_str_to_int64(value, &seconds))
        return;
    ret->has_max_age = true;
    ret->expires = seconds <= 0                              ? INT64_MIN
                   : seconds > (INT64_MAX - now) / CT_SECOND ? INT64_MAX
                                                             : now + seconds * CT_SECOND;
}

static void read_attribute(attributes *ret, ct_str attribute, ct_time now)
{
    ct_str value = attribute, name = ct_str_next(&value, '=');
    ct_time date;
    value = value.data ? ct_str_trim(value) : CT_STR("");
    if (ct_str_eq_nocase(name, CT_STR("Secure")))
        ret->secure = true;
    else if (ct_str_eq_nocase(name, CT_STR("Path")))
        ret->path = value;
    else if (ct_str_eq_nocase(name, CT_STR("Domain")))
        ret->domain = value;
    else if (ct_str_eq_nocase(name, CT_STR("Max-Age")))
        read_max_age(ret, value, now);
    else if (ct_str_eq_nocase(name, CT_STR("Expires")) && !ret->has_max_age && ct_http_date_parse(value, now, &date))
        ret->expires = date;
}

/* The path of a cookie that names none: that of the request up to its last slash. */
static ct_str default_path(const char *target)
{
    size_t length = strcspn(target, "?");
    while (length > 1 && target[length - 1] != '/')
        length--;
    return (ct_str){ target, length > 1 ? length - 1 : 1 };
}

static ct_str host_name(const ct_client *client)
{
    size_t length = *client->host == '[' ? strcspn(client->host, "]") + 1 : strcspn(client->host, ":");
    return (ct_str){ client->host, length };
}

static bool domain_fits(const ct_client *client, ct_str domain)
{
    ct_str host = host_name(client);
    if (domain.length && domain.data[0] == '.')
        domain = (ct_str){ domain.data + 1, domain.length - 1 };
    if (!domain.length || ct_str_eq_nocase(host, domain))
        return true;
    if (host.length <= domain.length)
        return false;
    ct_str end = { host.data + host.length - domain.length, domain.length };
    bool numbers = strspn(host.data, "0123456789.") >= host.length;
    return end.data[-1] == '.' && !numbers && ct_str_eq_nocase(end, domain);
}

/* Why a browser would not take the cookie, or NULL. */
static const char *refusal(const ct_client *client, const ct_client_request *request, const char *name,
                           const attributes *given)
{
    bool host = strncasecmp(name, "__Host-", 7) == 0, secure = strncasecmp(name, "__Secure-", 9) == 0;
    if (!domain_fits(client, given->domain))
        return "its Domain is not that of the site";
    if (given->secure && !request->secure)
        return "it is Secure, and the request was not https";
    if ((host || secure) && !given->secure)
        return "a name that begins with __Host- or __Secure- needs Secure";
    if (host && (given->domain.length || !ct_str_eq(given->path, CT_STR("/"))))
        return "a name that begins with __Host- needs Path=/ and no Domain";
    for (const ct_kept_cookie *other = client->cookies; other; other = other->next)
        if (other->secure && !request->secure && strcmp(other->name, name) == 0)
            return "it would replace one that is Secure";
    return NULL;
}

/* ---- keeping ---- */

static void forget(ct_client *client, const char *name, const char *path)
{
    for (ct_kept_cookie **at = &client->cookies; *at;) {
        if (strcmp((*at)->name, name) == 0 && (!path || strcmp((*at)->path, path) == 0))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
}

static void keep(ct_client *client, ct_kept_cookie cookie)
{
    forget(client, cookie.name, cookie.path);
    if (cookie.expires <= ct_now())
        return;
    ct_kept_cookie *kept = ct_alloc(client->c, sizeof(*kept));
    *kept = cookie;
    kept->next = client->cookies;
    client->cookies = kept;
}

static void take(ct_client *client, const ct_client_request *request, const char *field)
{
    ct *c = client->c;
    ct_str rest = ct_str_of(field), value = ct_str_next(&rest, ';'), name = ct_str_next(&value, '=');
    attributes given = { .expires = INT64_MAX };
    if (!value.data || !name.length)
        return; /* RFC 6265bis allows cookies without a name; nobody wants them */
    while (rest.data)
        read_attribute(&given, ct_str_next(&rest, ';'), ct_now());
    ct_str path = given.path.length && given.path.data[0] == '/' ? given.path : default_path(request->target);
    value = ct_str_trim(value);
    ct_kept_cookie cookie = { .name = ct_strndup(c, name.data, name.length),
                              .value = ct_strndup(c, value.data, value.length),
                              .path = ct_strndup(c, path.data, path.length),
                              .expires = given.expires,
                              .secure = given.secure };
    const char *why = refusal(client, request, cookie.name, &given);
    if (why)
        ct_log_line(CT_LOG_WARNING, NULL, "a browser would not take the cookie %s of %s %s: %s", cookie.name,
                    request->method, request->target, why);
    else
        keep(client, cookie);
}

void ct_client_take_cookies(ct_client *client, const ct_client_request *request, const ct_reply *reply)
{
    for (size_t i = 0; i < reply->headers->count; i++)
        if (strcasecmp(reply->headers->items[i].name, "Set-Cookie") == 0)
            take(client, request, reply->headers->items[i].value);
}

/* ---- sending ---- */

static bool path_fits(const char *path, const char *target)
{
    size_t length = strlen(path);
    if (strncmp(target, path, length) != 0)
        return false;
    return path[length - 1] == '/' || target[length] == '/' || target[length] == '?' || !target[length];
}

/* Whether `a` goes before `b`: the longer path, then the older one; the list is newest first. */
static bool goes_before(const ct_kept_cookie *a, const ct_kept_cookie *b)
{
    return strlen(a->path) >= strlen(b->path);
}

/* The cookies that go with a request, in their order; ends in NULL. */
static const ct_kept_cookie **sorted(ct_client *client, const ct_client_request *request)
{
    size_t count = 0;
    for (const ct_kept_cookie *cookie = client->cookies; cookie; cookie = cookie->next)
        count++;
    const ct_kept_cookie **list = ct_alloc(client->c, (count + 1) * sizeof(*list));
    size_t used = 0;
    for (const ct_kept_cookie *cookie = client->cookies; cookie; cookie = cookie->next) {
        if (cookie->expires <= ct_now() || (cookie->secure && !request->secure) ||
            !path_fits(cookie->path, request->target))
            continue;
        size_t at = used++;
        for (; at > 0 && goes_before(cookie, list[at - 1]); at--)
            list[at] = list[at - 1];
        list[at] = cookie;
    }
    return list;
}

const char *ct_client_cookie_header(ct_client *client, const ct_client_request *request)
{
    ct_buffer out = ct_buffer_in(client->c->arena);
    for (const ct_kept_cookie **at = sorted(client, request); *at; at++)
        ct_buffer_printf(&out, "%s%s=%s", out.length ? "; " : "", (*at)->name, (*at)->value);
    return out.length ? ct_buffer_text(&out) : NULL;
}

/* ---- for tests ---- */

const char *ct_client_cookie(ct_client *client, const char *name)
{
    const ct_kept_cookie *best = NULL;
    for (const ct_kept_cookie *cookie = client->cookies; cookie; cookie = cookie->next)
        if (strcmp(cookie->name, name) == 0 && cookie->expires > ct_now() && (!best || goes_before(cookie, best)))
            best = cookie;
    return best ? best->value : NULL;
}

void ct_client_set_cookie(ct_client *client, const char *name, const char *value)
{
    ct *c = client->c;
    forget(client, name, value ? "/" : NULL);
    if (!value)
        return;
    for (const char *at = name; *at || at == name; at++)
        if (!ct_http1_char_is(*at, CT_CHAR_TOKEN))
            ct_test_fail(c, "\"%s\" is no name of a cookie", name);
    for (const char *at = value; *at; at++)
        if (*at == ';' || !ct_http1_char_is(*at, CT_CHAR_FIELD))
            ct_test_fail(c, "the cookie %s has a character that it cannot have", name);
    keep(client, (ct_kept_cookie){
                     .name = ct_strdup(c, name), .value = ct_strdup(c, value), .path = "/", .expires = INT64_MAX });
}
