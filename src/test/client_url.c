/* Where a redirect leads (RFC 3986, 5.2): a URL of the same host, a path, or what is relative to the path before. */
#include "test/client.h"

#include "proto/url.h"

/* Takes "." and ".." out of a path that begins with '/'; in place. */
static void remove_dots(char *path)
{
    char *out = path;
    for (const char *at = path; *at;) {
        size_t length = 1 + strcspn(at + 1, "/");
        bool last = !at[length];
        if (length == 3 && at[1] == '.' && at[2] == '.') {
            while (out > path && *--out != '/')
                ;
            if (last)
                *out++ = '/';
        } else if (length == 2 && at[1] == '.') {
            if (last)
                *out++ = '/';
        } else {
            memmove(out, at, length);
            out += length;
        }
        at += length;
    }
    *out = '\0';
}

static const char *join(ct *c, ct_str before, ct_str path, ct_str rest)
{
    char *whole = ct_printf(c, "%.*s%.*s", CT_STR_ARG(before), CT_STR_ARG(path));
    remove_dots(whole);
    return ct_printf(c, "%s%.*s", whole, CT_STR_ARG(rest));
}

/* A reference without a scheme and a host. */
static const char *resolve_local(ct *c, const char *target, ct_str reference)
{
    size_t path_length = strcspn(target, "?"), folder = path_length;
    ct_str path = { reference.data, strcspn(reference.data, "?#") };
    path.length = CT_MIN(path.length, reference.length);
    ct_str rest = { path.data + path.length, reference.length - path.length };
    if (!reference.length)
        return target;
    if (!path.length)
        return ct_printf(c, "%.*s%.*s", (int)path_length, target, CT_STR_ARG(rest));
    while (target[folder - 1] != '/')
        folder--;
    return join(c, (ct_str){ target, *path.data == '/' ? 0 : folder }, path, rest);
}

static bool same_host(const ct_client *client, const ct_url_parts *url)
{
    ct_url_host own;
    if (!ct_url_host_parse(ct_str_of(client->host), &own))
        return false;
    uint16_t usual = url->https ? 443 : 80;
    return ct_str_eq_nocase(own.name, url->host.name) && (own.port ? own.port : usual) == url->host.port;
}

static bool has_scheme(const char *location)
{
    size_t length = strcspn(location, ":/?#");
    return length && location[length] == ':';
}

bool ct_client_resolve(ct_client *client, const ct_client_request *from, const char *location, ct_client_request *ret,
                       const char **ret_why)
{
    ct *c = client->c;
    ct_url_parts url;
    ct_str reference = { location, strcspn(location, "#") };
    *ret_why = NULL;
    *ret = *from;
    if (strncmp(location, "//", 2) == 0)
        location = ct_printf(c, "%s:%s", from->secure ? "https" : "http", location);
    if (has_scheme(location)) {
        if (!ct_url_parse(ct_str_of(location), &url, NULL)) {
            *ret_why = "is no URL of http or https";
            return false;
        }
        if (!same_host(client, &url))
            return false;
        ret->secure = url.https;
        ct_str path = url.path.length ? url.path : CT_STR("/");
        reference = ct_str_of(url.query.data ? ct_printf(c, "%.*s?%.*s", CT_STR_ARG(path), CT_STR_ARG(url.query))
                                             : ct_printf(c, "%.*s", CT_STR_ARG(path)));
    }
    ret->target = resolve_local(c, from->target, reference);
    return true;
}
