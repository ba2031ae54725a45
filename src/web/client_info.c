/* The client's address, the scheme, the host and the prefix, and which hosts the site answers for.
 *
 * Who is believed is decided in proto/forwarded.h; here the settings are read and the request's fields are brought
 * together. That happens once a request, when first asked for, and not at all for the host of a site without
 * proxies. */
#include "web/client_info.h"

#include "canteen/request.h"
#include "canteen/work.h"
#include "proto/url.h"
#include "web/request.h"

#include <arpa/inet.h>

/* What a site in development answers for unless it is told, besides every address: a name of somebody else's could be
 * made to lead here, and pages of that name would read what is for the developer alone (DNS rebinding). */
#define LOCAL_HOSTS ".localhost,127.0.0.1,[::1]"

/* ---- settings ---- */

static void bad_host(ct_problems *problems, ct_str entry, const char *why)
{
    ct_problems_add(problems, CT_PROBLEM_ERROR, "allowed_hosts: \"%.*s\" %s", CT_STR_ARG(entry), why);
}

/* One entry in lower case; false when there is something wrong with it. */
static bool read_host(ct_site *site, ct_str entry, ct_str *ret_host, ct_problems *problems)
{
    bool below = entry.data[0] == '.';
    ct_url_host host;
    if (!ct_url_host_parse(below ? (ct_str){ entry.data + 1, entry.length - 1 } : entry, &host)) {
        bad_host(problems, entry, "is not a host (as example.com, .example.com, 192.0.2.1, [2001:db8::1] or *)");
        return false;
    }
    if (host.port) {
        bad_host(problems, entry, "has a port: leave it out, hosts are compared without it");
        return false;
    }
    ct_str name = below ? entry : host.name;
    char *lower = ct_arena_copy(&site->arena, name.data, name.length);
    if (!lower)
        ct_die("out of memory for the setting allowed_hosts");
    for (char *at = lower; *at; at++)
        *at = ct_ascii_lower(*at);
    *ret_host = (ct_str){ lower, name.length };
    return true;
}

static bool read_hosts(ct_site *site, ct_client_policy *policy, ct_problems *problems)
{
    const char *hosts_set = site->config.allowed_hosts, *unset = site->config.debug ? LOCAL_HOSTS : "*";
    policy->any_address = !hosts_set && site->config.debug;
    ct_str text = ct_str_of(hosts_set ? hosts_set : unset), rest = text;
    size_t most = 0;
    bool good = true;
    while (rest.data)
        most += ct_str_next(&rest, ',').length > 0;
    ct_str *hosts = ct_arena_alloc(&site->arena, most * sizeof *hosts);
    if (!hosts)
        ct_die("out of memory for the setting allowed_hosts");
    policy->hosts = hosts;
    for (rest = text; rest.data;) {
        ct_str entry = ct_str_next(&rest, ',');
        if (ct_str_eq(entry, CT_STR("*")))
            policy->any_host = true;
        else if (entry.length && read_host(site, entry, &hosts[policy->host_count], problems))
            policy->host_count++;
        else if (entry.length)
            good = false;
    }
    if (!most)
        ct_problems_add(
            problems, CT_PROBLEM_ERROR,
            "allowed_hosts is empty, so no request would be answered: name the hosts of the site, or * for any");
    return good && most;
}

bool ct_client_info_prepare(ct_site *site, ct_problems *problems)
{
    ct_error error;
    ct_client_policy *policy = ct_arena_zalloc(&site->arena, sizeof *policy);
    if (!policy)
        ct_die("out of memory for the setting trusted_proxies");
    const char *proxies = site->config.trusted_proxies ? site->config.trusted_proxies : "";
    policy->family = (ct_proxy_headers)site->config.proxy_headers;
    bool good = ct_networks_parse(&site->arena, ct_str_of(proxies), &policy->trusted, &error);
    if (!good)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "trusted_proxies: %s", error.message);
    good &= read_hosts(site, policy, problems);
    site->client_policy = policy;
    return good;
}

/* ---- hosts ---- */

static bool host_fits(ct_str pattern, ct_str name)
{
    if (pattern.data[0] != '.')
        return ct_str_eq_nocase(pattern, name);
    if (name.length + 1 < pattern.length)
        return false;
    ct_str end = { name.data + name.length + 1 - pattern.length, pattern.length - 1 };
    bool at_dot = end.data == name.data || end.data[-1] == '.';
    return at_dot && ct_str_eq_nocase((ct_str){ pattern.data + 1, pattern.length - 1 }, end);
}

static bool is_address(ct_url_host host)
{
    char text[INET_ADDRSTRLEN] = "";
    struct in_addr address;
    if (host.name.length < sizeof text)
        memcpy(text, host.name.data, host.name.length);
    return host.ipv6 || inet_pton(AF_INET, text, &address) == 1;
}

bool ct_host_allowed(const ct_site *site, ct_str text)
{
    const ct_client_policy *policy = site->client_policy;
    ct_url_host host;
    if (!policy || policy->any_host || !text.length)
        return true;
    if (!ct_url_host_parse(text, &host))
        return false;
    if (policy->any_address && is_address(host))
        return true;
    if (host.name.data[host.name.length - 1] == '.')
        host.name.length--;
    for (size_t i = 0; i < policy->host_count; i++)
        if (host_fits(policy->hosts[i], host.name))
            return true;
    return false;
}

/* No browser can be misled to a Unix socket; but a proxy, which passes on what browsers ask for, may be behind one. */
static bool is_own_socket(const ct *c, const ct_client_policy *policy)
{
    return policy->any_address && !policy->trusted.count && ct_exchange_is_unix(&c->exchange);
}

bool ct_client_host_allowed(ct *c)
{
    const ct_client_policy *policy = c->site->client_policy;
    return !policy || policy->any_host || ct_host_allowed(c->site, ct_client_host(c)) || is_own_socket(c, policy);
}

void ct_client_refuse_host(ct *c)
{
    const char *host = ct_host(c);
    ct_url_host parts;
    c->host_refused = true;
    if (!c->site->config.debug || !ct_url_host_parse(ct_str_of(host), &parts))
        ct_abort(c, 400, "this server does not answer for the host \"%s\"", host);
    const char *hosts = c->site->config.allowed_hosts;
    ct_abort(c, 400,
             "this server does not answer for the host \"%s\": add it to the setting allowed_hosts, as "
             "CANTEEN_ALLOWED_HOSTS=%s,%s%.*s%s in .env does",
             host, hosts ? hosts : LOCAL_HOSTS, parts.ipv6 ? "[" : "", CT_STR_ARG(parts.name), parts.ipv6 ? "]" : "");
}

/* ---- the request ---- */

static const ct_networks *trusted_by(const ct *c)
{
    static const ct_networks none;
    return c->site->client_policy ? &c->site->client_policy->trusted : &none;
}

/* The fields of the family in use; the others stay empty. */
static bool gather(ct *c, ct_forwarded_input *in)
{
    const struct {
        ct_str name;
        ct_field_values *values;
        ct_proxy_headers family;
    } fields[] = {
        { CT_STR("Forwarded"), &in->forwarded, CT_PROXY_FORWARDED },
        { CT_STR("X-Forwarded-For"), &in->x_for, CT_PROXY_X_FORWARDED },
        { CT_STR("X-Forwarded-Proto"), &in->x_proto, CT_PROXY_X_FORWARDED },
        { CT_STR("X-Forwarded-Host"), &in->x_host, CT_PROXY_X_FORWARDED },
        { CT_STR("X-Forwarded-Port"), &in->x_port, CT_PROXY_X_FORWARDED },
        { CT_STR("X-Forwarded-Prefix"), &in->x_prefix, CT_PROXY_X_FORWARDED },
    };
    for (size_t i = 0; i < CT_COUNT(fields); i++)
        if (fields[i].family == in->family && !ct_request_field_values(c, fields[i].name, fields[i].values))
            return false;
    return true;
}

/* What the connection itself says. */
static bool resolve_direct(ct *c, const char *peer)
{
    ct_str host = c->exchange.head.host;
    const char *remote = ct_arena_copy(c->arena, peer, strlen(peer));
    const char *name = host.length ? ct_arena_copy(c->arena, host.data, host.length) : "";
    if (!remote || !name)
        return false;
    c->scheme = ct_exchange_secure(&c->exchange) ? "https" : "http";
    c->host = name;
    c->prefix = "";
    c->remote = remote;
    return true;
}

/* Sets remote, scheme, host and prefix. False: the request's memory is used up. */
static bool resolve(ct *c)
{
    char peer[64];
    ct_forwarded found = { 0 };
    ct_error error;
    if (c->remote)
        return true;
    ct_exchange_peer(&c->exchange, peer, sizeof(peer));
    const ct_networks *trusted = trusted_by(c);
    if (!trusted->count)
        return resolve_direct(c, peer);
    ct_forwarded_input in = { .peer = ct_str_of(peer),
                              .scheme = ct_exchange_secure(&c->exchange) ? "https" : "http",
                              .host = c->exchange.head.host,
                              .trusted = *trusted,
                              .family = c->site->client_policy->family };
    if (!gather(c, &in) || !ct_forwarded_resolve(c->arena, &in, &found, &error))
        return false;
    c->scheme = found.scheme;
    c->host = found.host;
    c->prefix = found.prefix;
    c->remote = found.client;
    return true;
}

static void need_resolved(ct *c, const char *function)
{
    ct_need_request(c, function);
    if (!resolve(c))
        ct_mistake(c, "%s: the request's memory is used up (setting request_memory)", function);
}

ct_str ct_client_host(ct *c)
{
    if (!trusted_by(c)->count)
        return c->exchange.head.host;
    need_resolved(c, "ct_host");
    return ct_str_of(c->host);
}

const char *ct_client_remote(ct *c)
{
    return resolve(c) ? c->remote : "unknown";
}

const char *ct_request_prefix(ct *c)
{
    if (!trusted_by(c)->count)
        return "";
    need_resolved(c, __func__);
    return c->prefix;
}

const char *ct_scheme(ct *c)
{
    need_resolved(c, __func__);
    return c->scheme;
}

bool ct_is_secure(ct *c)
{
    return strcmp(ct_scheme(c), "https") == 0;
}

const char *ct_host(ct *c)
{
    need_resolved(c, __func__);
    return c->host;
}

const char *ct_remote_addr(ct *c)
{
    need_resolved(c, __func__);
    return c->remote;
}
