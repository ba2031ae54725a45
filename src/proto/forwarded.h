/* Who really asks, behind proxies: Forwarded (RFC 7239) or the X-Forwarded- fields, believed only where a trusted proxy
 * wrote them.
 *
 * Each proxy appends what it saw at the right end of a list; everything further left is what it was sent, and the
 * leftmost part is whatever the client made up. So the lists are walked from the right, beginning with the peer of the
 * connection: while an address is one of the trusted networks, the next element to the left is believed; the first
 * address that is not trusted is the client, and nothing to its left is looked at. An element that cannot be read ends
 * the walk: the client is then "unknown", never the proxy (a client could otherwise pass for it by sending nonsense),
 * never a guess. */
#ifndef CANTEEN_PROTO_FORWARDED_H
#define CANTEEN_PROTO_FORWARDED_H

#include "base/arena.h"
#include "base/common.h"
#include "base/error.h"
#include "base/str.h"

typedef enum ct_ip_kind { CT_IP_V4, CT_IP_V6, CT_IP_UNIX } ct_ip_kind;

/* An address; bytes beyond those of its kind are zero. IPv4 addresses mapped into IPv6 (::ffff:192.0.2.1, as sockets
 * that take both give them) are IPv4 here. */
typedef struct ct_ip {
    ct_ip_kind kind;
    uint8_t bytes[16]; /* network order */
} ct_ip;

/* "192.0.2.1" or "2001:db8::1", without port, brackets and zone. */
bool ct_ip_parse(ct_str text, ct_ip *ret);
/* The same in its shortest form; "unix". `ret` has room for CT_IP_TEXT bytes. */
#define CT_IP_TEXT 46
void ct_ip_format(const ct_ip *ip, char *ret);

typedef struct ct_network {
    ct_ip address;
    unsigned bits; /* how many of the address count: 0 to 32 or 128 */
} ct_network;

/* "10.0.0.0/8", "2001:db8::/32", a single address, or "unix": every peer on a Unix socket. False also for a network
 * with bits behind its prefix (10.0.0.1/8): the author meant either 10.0.0.0/8 or the one address. */
bool ct_network_parse(ct_str text, ct_network *ret);
bool ct_network_contains(const ct_network *network, const ct_ip *ip);

/* A comma-separated list of networks, as the setting `trusted_proxies` has it; "" is none. In the arena. False with a
 * message that names the bad one (status 0), or 500 when the arena's limit is passed. */
typedef struct ct_networks {
    const ct_network *items;
    size_t count;
} ct_networks;
bool ct_networks_parse(ct_arena *arena, ct_str text, ct_networks *ret, ct_error *error);
bool ct_networks_contain(const ct_networks *networks, const ct_ip *ip);

/* Which fields the trusted proxies set; they must remove or overwrite what clients send in those fields, or append to
 * it. The other family is ignored, as clients can write it freely. */
typedef enum ct_proxy_headers { CT_PROXY_X_FORWARDED, CT_PROXY_FORWARDED } ct_proxy_headers;

/* The values of all fields of one name, in order. */
typedef struct ct_field_values {
    const ct_str *values;
    size_t count;
} ct_field_values;

typedef struct ct_forwarded_input {
    ct_str peer;         /* as the connection has it: an address or "unix" */
    const char *scheme;  /* of the connection: "http" or "https" */
    ct_str host;         /* the Host field, checked by the caller; "" without one */
    ct_networks trusted; /* none: everything comes from the connection itself */
    ct_proxy_headers family;
    ct_field_values forwarded; /* Forwarded: read with CT_PROXY_FORWARDED alone, the others with X_FORWARDED alone */
    ct_field_values x_for, x_proto, x_host, x_port, x_prefix; /* X-Forwarded-For and so on */
} ct_forwarded_input;

typedef struct ct_forwarded {
    const char
        *client; /* address in its shortest form without port, "unix", an obfuscated name ("_abc"), or "unknown" */
    const char *scheme; /* "http" or "https" */
    const char *host;   /* "example.com:8000"; "" if nobody named one */
    const char *prefix; /* the path the site is mounted at, as sent: "" or "/app", without a slash at its end */
} ct_forwarded;

/* How many elements are believed at most; a client behind more trusted proxies is "unknown". */
#define CT_FORWARDED_HOPS 16
/* How long an obfuscated name may be at most; a longer one is malformed. */
#define CT_FORWARDED_NAME 64

/* Works out client, scheme, host and prefix; all text is the arena's.
 *
 * A peer that is not trusted: client, scheme and host are the connection's own, prefix "".
 * CT_PROXY_FORWARDED: `for` as above; `proto` and `host` from the leftmost believed element that has them (the proxy
 *     nearest to the client). Several fields are one list, but each must be well-formed by itself: a field with a
 *     syntax error tells nothing at all, as its quotes may hide what a proxy appended.
 * CT_PROXY_X_FORWARDED: X-Forwarded-For as above (elements are addresses, with or without port; IPv6 with a port in
 *     brackets). X-Forwarded-Proto, -Host, -Port and -Prefix do not say which proxy wrote what, so only the last
 *     element counts: the nearest proxy that sets the field wrote it. A field that no trusted proxy sets is the
 *     client's own: leave it out of the input. A port completes a host that has none, if it is not the scheme's own.
 * What is malformed counts as not there: a proto but http and https, a host that ct_url_host_parse() refuses, a port
 * out of range, a prefix that is no absolute path, has an empty, "." or ".." segment or a character that must be
 * encoded. False only when the arena's limit is passed (500). */
bool ct_forwarded_resolve(ct_arena *arena, const ct_forwarded_input *in, ct_forwarded *ret, ct_error *error);

#endif
