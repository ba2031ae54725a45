/* Who asks, by which name, and from where: through the proxies that the settings trust, and no others. */
#ifndef CANTEEN_WEB_CLIENT_INFO_H
#define CANTEEN_WEB_CLIENT_INFO_H

#include "base/str.h"
#include "proto/forwarded.h"
#include "web/ct.h"

/* The settings trusted_proxies, proxy_headers and allowed_hosts, read once. */
typedef struct ct_client_policy {
    ct_networks trusted;
    ct_proxy_headers family;
    bool any_host;       /* "*" is among them */
    bool any_address;    /* every address is, for with one in the place of a name nobody can be misled: in development,
                            without a list */
    const ct_str *hosts; /* in lower case; ".example.com" is that name and every one below it */
    size_t host_count;
} ct_client_policy;

/* Fills site->client_policy from site->config, in the site's arena. Bad entries become problems (errors) that name the
 * setting; false when there was one. Without allowed_hosts every host is answered, or with debug
 * those that lead to this machine; without a policy every host is, and no proxy is trusted. */
bool ct_client_info_prepare(ct_site *site, ct_problems *problems);

/* Whether the site answers for `host` ("name" or "name:port"; case and a dot at the end do not count). No host at
 * all, as HTTP/1.0 may have it, is allowed. */
bool ct_host_allowed(const ct_site *site, ct_str host);
/* The same for the request's own host, as ct_client_host() gives it. In development without allowed_hosts and trusted
 * proxies, whatever comes over a Unix socket is allowed. */
bool ct_client_host_allowed(ct *c);
/* Aborts with 400, and in development says what to set; the answer shows nothing else of the site. */
CT_NORETURN void ct_client_refuse_host(ct *c);

/* What ct_host() gives, as a slice: without trusted proxies nothing is copied. For routing. */
ct_str ct_client_host(ct *c);
/* What ct_remote_addr() gives, but never aborts, so that the access log can ask at any time. */
const char *ct_client_remote(ct *c);
/* The path that the site is mounted at, as a trusted proxy says: "" or "/app", still encoded. */
const char *ct_request_prefix(ct *c);

#endif
