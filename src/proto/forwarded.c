/* Forwarded and X-Forwarded- fields, walked from the right.
 *
 *   X-Forwarded-For:  made up, 203.0.113.9, 10.0.0.7     peer 10.0.0.8
 *                                   ^           ^ trusted     ^ trusted
 *                                   the client
 *
 * Invariant: what the walk reads was written by an address that is trusted. A Forwarded field can only be read from
 * the left (quotes), so its last CT_FORWARDED_HOPS elements are kept in a ring and then walked; the syntax of the whole
 * field counts, because an open quote that the client sent would swallow the element that the proxy appended.
 *
 * Not here: who is trusted (a setting), and whether the host is one of ours (the web layer checks it afterwards). */
#include "proto/forwarded.h"

#include "proto/url.h"

#include <arpa/inet.h>

bool ct_ip_parse(ct_str text, ct_ip *ret)
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    char copy[INET6_ADDRSTRLEN];
    ct_ip ip = { .kind = CT_IP_V4 };

    if (text.length == 0 || text.length >= sizeof(copy) || memchr(text.data, 0, text.length))
        return false;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    if (inet_pton(AF_INET, copy, ip.bytes) != 1) {
        if (inet_pton(AF_INET6, copy, ip.bytes) != 1)
            return false;
        ip.kind = CT_IP_V6;
    }
    if (ip.kind == CT_IP_V6 && memcmp(ip.bytes, mapped, sizeof(mapped)) == 0) {
        ip.kind = CT_IP_V4;
        memmove(ip.bytes, ip.bytes + 12, 4);
        memset(ip.bytes + 4, 0, 12);
    }
    *ret = ip;
    return true;
}

void ct_ip_format(const ct_ip *ip, char *ret)
{
    _Static_assert(CT_IP_TEXT >= INET6_ADDRSTRLEN, "no room for an address");
    if (ip->kind == CT_IP_UNIX)
        memcpy(ret, "unix", sizeof("unix"));
    else
        inet_ntop(ip->kind == CT_IP_V4 ? AF_INET : AF_INET6, ip->bytes, ret, CT_IP_TEXT);
}

/* Peers and networks may be "unix"; an element of a header never is. */
static bool parse_with_unix(ct_str text, ct_ip *ret)
{
    if (text.length == 4 && memcmp(text.data, "unix", 4) == 0) {
        *ret = (ct_ip){ .kind = CT_IP_UNIX };
        return true;
    }
    return ct_ip_parse(text, ret);
}

/* Whether the first `bits` bits of both are the same. */
static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned rest = bits % 8;
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

/* Whether only the first `bits` bits are set. */
static bool is_network_address(const ct_ip *ip, unsigned bits)
{
    for (unsigned i = bits; i < 128; i++)
        if (ip->bytes[i / 8] & (0x80 >> i % 8))
            return false;
    return true;
}

bool ct_network_parse(ct_str text, ct_network *ret)
{
    ct_network network = { 0 };
    const char *slash = text.length ? memchr(text.data, '/', text.length) : NULL;
    ct_str address = { text.data, slash ? (size_t)(slash - text.data) : text.length };

    if (!parse_with_unix(address, &network.address))
        return false;
    network.bits = network.address.kind == CT_IP_V4 ? 32 : network.address.kind == CT_IP_V6 ? 128 : 0;
    if (slash) {
        uint64_t bits;
        unsigned mapped = network.address.kind == CT_IP_V4 && memchr(address.data, ':', address.length) ? 96 : 0;
        ct_str prefix = { slash + 1, text.length - address.length - 1 };
        if (network.address.kind == CT_IP_UNIX || prefix.length > 3 || !ct_str_to_uint64(prefix, &bits))
            return false;
        if (bits < mapped || bits - mapped > network.bits || (prefix.length > 1 && prefix.data[0] == '0'))
            return false;
        network.bits = (unsigned)bits - mapped;
    }
    if (!is_network_address(&network.address, network.bits))
        return false;
    *ret = network;
    return true;
}

bool ct_network_contains(const ct_network *network, const ct_ip *ip)
{
    return network->address.kind == ip->kind && same_bits(network->address.bytes, ip->bytes, network->bits);
}

bool ct_networks_parse(ct_arena *arena, ct_str text, ct_networks *ret, ct_error *error)
{
    size_t count = 1;

    *ret = (ct_networks){ 0 };
    if (ct_str_trim(text).length == 0)
        return true;
    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == ',';
    ct_network *networks = ct_arena_alloc(arena, count * sizeof *networks);
    if (!networks)
        return ct_fail_status(error, 500, "the memory for networks is used up");
    count = 0;
    while (text.data) {
        ct_str one = ct_str_next(&text, ',');
        if (!ct_network_parse(one, &networks[count++]))
            return ct_fail(error,
                           "\"%.*s\" is no address or network (as 10.0.0.7, 10.0.0.0/8, 2001:db8::/32 or unix, with "
                           "no bits behind the prefix)",
                           (int)CT_MIN(one.length, 100), one.data);
    }
    *ret = (ct_networks){ networks, count };
    return true;
}

bool ct_networks_contain(const ct_networks *networks, const ct_ip *ip)
{
    for (size_t i = 0; i < networks->count; i++)
        if (ct_network_contains(&networks->items[i], ip))
            return true;
    return false;
}

/* What the walk knows so far. */
typedef struct walk {
    const ct_forwarded_input *in;
    ct_ip ip;                         /* the address reached */
    ct_str name;                      /* instead of it: "unknown" or an obfuscated name; data NULL: ip counts */
    unsigned hops;                    /* elements believed */
    ct_str proto, host, port, prefix; /* as told, unchecked; length 0: not told */
} walk;

static void lose_client(walk *w)
{
    w->name = CT_STR("unknown");
}

/* Whether what stands left of the address reached may be believed. */
static bool goes_on(walk *w)
{
    return !w->name.data && ct_networks_contain(&w->in->trusted, &w->ip);
}

static bool is_alnum(char ch)
{
    return (ch >= '0' && ch <= '9') || (ct_ascii_lower(ch) >= 'a' && ct_ascii_lower(ch) <= 'z');
}

/* "_" and at least one more of letters, digits, '.', '_', '-' (RFC 7239, 6.3), but not so many that logs suffer. */
static bool is_obfuscated(ct_str text)
{
    if (text.length < 2 || text.length > CT_FORWARDED_NAME || text.data[0] != '_')
        return false;
    for (size_t i = 1; i < text.length; i++)
        if (!is_alnum(text.data[i]) && text.data[i] != '.' && text.data[i] != '_' && text.data[i] != '-')
            return false;
    return true;
}

static bool is_node_port(ct_str text)
{
    uint64_t port;
    return is_obfuscated(text) || (text.length <= 5 && ct_str_to_uint64(text, &port) && port <= 65535);
}

/* Splits "name", "name:port", "[v6]" and "[v6]:port". */
static bool split_node(ct_str node, ct_str *ret_name, bool *ret_bracketed)
{
    const char *end = node.data + node.length, *close = memchr(node.data, ']', node.length), *after;

    *ret_bracketed = node.data[0] == '[';
    if (*ret_bracketed) {
        if (!close)
            return false;
        *ret_name = (ct_str){ node.data + 1, (size_t)(close - node.data) - 1 };
        after = close + 1;
    } else {
        const char *colon = memchr(node.data, ':', node.length);
        after = colon ? colon : end;
        *ret_name = (ct_str){ node.data, (size_t)(after - node.data) };
    }
    return after == end || (*after == ':' && is_node_port((ct_str){ after + 1, (size_t)(end - after) - 1 }));
}

/* Goes to the node of an element: its address is the one reached, or its name the end of the walk. */
static void go_to(walk *w, ct_str node)
{
    ct_str name;
    bool bracketed;

    if (node.length == 0 || !split_node(node, &name, &bracketed)) {
        lose_client(w);
    } else if (bracketed) {
        if (!memchr(name.data, ':', name.length) || !ct_ip_parse(name, &w->ip))
            lose_client(w);
    } else if (is_obfuscated(name)) {
        w->name = name;
    } else if (!ct_ip_parse(name, &w->ip)) {
        lose_client(w);
    }
}

/* Cuts the part behind the last comma off *rest; data NULL when nothing is left. */
static ct_str last_element(ct_str *rest)
{
    const char *comma = rest->length ? memrchr(rest->data, ',', rest->length) : NULL;
    ct_str element = *rest;
    if (comma) {
        size_t before = (size_t)(comma - rest->data);
        element = (ct_str){ comma + 1, rest->length - before - 1 };
        rest->length = before;
    } else {
        *rest = (ct_str){ NULL, 0 };
    }
    return ct_str_trim(element);
}

static void walk_x_for(walk *w)
{
    const ct_field_values *fields = &w->in->x_for;
    for (size_t i = fields->count; i > 0; i--) {
        ct_str rest = fields->values[i - 1];
        while (rest.data) {
            ct_ip bare;
            ct_str node = last_element(&rest);
            if (node.length == 0)
                continue;
            if (!goes_on(w))
                return;
            if (w->hops++ == CT_FORWARDED_HOPS)
                lose_client(w);
            else if (ct_ip_parse(node, &bare)) /* also IPv6 without brackets */
                w->ip = bare;
            else
                go_to(w, node);
        }
    }
}

/* The last element of the last field that has one. */
static ct_str last_value(const ct_field_values *fields)
{
    for (size_t i = fields->count; i > 0; i--) {
        ct_str rest = fields->values[i - 1];
        while (rest.data) {
            ct_str element = last_element(&rest);
            if (element.length)
                return element;
        }
    }
    return (ct_str){ NULL, 0 };
}

/* One element of Forwarded: the values of the parameters that count. */
typedef struct element {
    ct_str node, proto, host;
    unsigned seen; /* bits: which of them it has */
} element;

/* The elements of a field that was read: the last ones. */
typedef struct ring {
    element elements[CT_FORWARDED_HOPS];
    size_t count; /* of all, also those that were overwritten */
} ring;

static bool is_token_char(char ch)
{
    return is_alnum(ch) || (ch != '\0' && strchr("!#$%&'*+-.^_`|~", ch));
}

static ct_str take_token(ct_str text, size_t *at)
{
    size_t start = *at;
    while (*at < text.length && is_token_char(text.data[*at]))
        ++*at;
    return (ct_str){ text.data + start, *at - start };
}

/* A quoted-string; *at is behind its first quote. *ret is what stands between the quotes, with its backslashes: whoever
 * reads an address, a scheme or a host refuses those, which none of them needs. False: it has no end. */
static bool take_quoted(ct_str text, size_t *at, ct_str *ret)
{
    size_t start = *at;
    for (; *at < text.length; ++*at) {
        char ch = text.data[*at];
        if (ch == '"') {
            *ret = (ct_str){ text.data + start, *at - start };
            ++*at;
            return true;
        }
        if (ch == '\\' && ++*at < text.length)
            ch = text.data[*at];
        if (((unsigned char)ch < 0x20 && ch != '\t') || ch == 0x7F)
            return false;
    }
    return false;
}

static void skip_blanks(ct_str text, size_t *at)
{
    while (*at < text.length && (text.data[*at] == ' ' || text.data[*at] == '\t'))
        ++*at;
}

/* "name=value" at *at. A name that comes twice in an element is an error (RFC 7239, 4). */
static bool take_parameter(ct_str text, size_t *at, element *e)
{
    ct_str name = take_token(text, at), value;
    if (name.length == 0 || *at == text.length || text.data[(*at)++] != '=')
        return false;
    if (*at < text.length && text.data[*at] == '"') {
        ++*at;
        if (!take_quoted(text, at, &value))
            return false;
    } else {
        value = take_token(text, at);
        if (value.length == 0)
            return false;
    }
    const struct {
        ct_str name;
        ct_str *value;
    } known[] = { { CT_STR("for"), &e->node }, { CT_STR("proto"), &e->proto }, { CT_STR("host"), &e->host } };
    for (unsigned i = 0; i < CT_COUNT(known); i++) {
        if (!ct_str_eq_nocase(name, known[i].name))
            continue;
        if (e->seen & 1U << i)
            return false;
        e->seen |= 1U << i;
        *known[i].value = value;
    }
    return true;
}

/* Reads a whole Forwarded field. Blanks are taken around ';' too, which some proxies write. False: a syntax error. */
static bool parse_forwarded(ct_str text, ring *ret)
{
    size_t at = 0;
    element e = { 0 };
    bool empty = true;

    for (;;) {
        skip_blanks(text, &at);
        if (at < text.length && text.data[at] != ';' && text.data[at] != ',') {
            if (!take_parameter(text, &at, &e))
                return false;
            empty = false;
            skip_blanks(text, &at);
        }
        if (at < text.length && text.data[at] == ';') {
            empty = false;
            at++;
            continue;
        }
        if (at < text.length && text.data[at] != ',')
            return false;
        if (!empty)
            ret->elements[ret->count++ % CT_FORWARDED_HOPS] = e;
        if (at++ >= text.length)
            return true;
        e = (element){ 0 };
        empty = true;
    }
}

static void walk_forwarded(walk *w)
{
    const ct_field_values *fields = &w->in->forwarded;
    for (size_t i = fields->count; i > 0; i--) {
        ring elements = { .count = 0 };
        if (!goes_on(w))
            return;
        if (!parse_forwarded(fields->values[i - 1], &elements)) {
            lose_client(w);
            return;
        }
        for (size_t left = elements.count; left > 0 && goes_on(w); left--) {
            const element *e = &elements.elements[(left - 1) % CT_FORWARDED_HOPS];
            if (w->hops++ == CT_FORWARDED_HOPS) {
                lose_client(w);
                return;
            }
            if (e->proto.length)
                w->proto = e->proto;
            if (e->host.length)
                w->host = e->host;
            go_to(w, e->node);
        }
    }
}

/* "" or the path without its last slash; data NULL: it is malformed. */
static ct_str check_prefix(ct_str prefix)
{
    const ct_str malformed = { NULL, 0 };
    ct_url_parts parts = { 0 };
    char copy[1024 + sizeof("http://h")];

    if (prefix.length && prefix.data[prefix.length - 1] == '/')
        prefix.length--;
    if (prefix.length == 0)
        return (ct_str){ "", 0 };
    if (prefix.data[0] != '/' || prefix.length > 1024)
        return malformed;
    memcpy(copy, "http://h", 8);
    memcpy(copy + 8, prefix.data, prefix.length);
    if (!ct_url_parse((ct_str){ copy, 8 + prefix.length }, &parts, NULL) || parts.path.length != prefix.length)
        return malformed;
    for (size_t start = 1, i = 1; i <= prefix.length; i++) {
        if (i < prefix.length && prefix.data[i] != '/')
            continue;
        size_t length = i - start;
        if (length == 0 || (length <= 2 && memcmp(prefix.data + start, "..", length) == 0))
            return malformed;
        start = i + 1;
    }
    return prefix;
}

/* "host" or "host:port" in the arena, completed by a port that was told. NULL: the arena's limit is passed. */
static char *make_host(ct_arena *arena, const walk *w, bool https)
{
    ct_str text = w->in->host, port_text = w->port;
    ct_url_host host = { 0 };
    uint64_t port = 0;

    if (w->host.length && ct_url_host_parse(w->host, &host))
        text = w->host;
    else if (text.length == 0 || !ct_url_host_parse(text, &host))
        return ct_arena_copy(arena, text.data ? text.data : "", text.length);
    if (host.port || port_text.length > 5 || !ct_str_to_uint64(port_text, &port) || port == 0 || port > 65535 ||
        port == (https ? 443 : 80))
        return ct_arena_copy(arena, text.data, text.length);
    return ct_arena_printf(arena, "%.*s:%u", CT_STR_ARG(text), (unsigned)port);
}

/* The results from what the walk was told, each checked. */
static bool finish(ct_arena *arena, const walk *w, ct_forwarded *ret, ct_error *error)
{
    char address[CT_IP_TEXT];
    ct_forwarded out = { .scheme = w->in->scheme };

    if (ct_str_eq_nocase(w->proto, CT_STR("https")))
        out.scheme = "https";
    else if (ct_str_eq_nocase(w->proto, CT_STR("http")))
        out.scheme = "http";
    out.host = make_host(arena, w, strcmp(out.scheme, "https") == 0);
    ct_str prefix = check_prefix(w->prefix);
    out.prefix = prefix.length ? ct_arena_copy(arena, prefix.data, prefix.length) : "";
    if (w->name.data) {
        out.client = ct_arena_copy(arena, w->name.data, w->name.length);
    } else {
        ct_ip_format(&w->ip, address);
        out.client = ct_arena_copy(arena, address, strlen(address));
    }
    if (!out.host || !out.prefix || !out.client)
        return ct_fail_status(error, 500, "the request's memory is used up");
    *ret = out;
    return true;
}

bool ct_forwarded_resolve(ct_arena *arena, const ct_forwarded_input *in, ct_forwarded *ret, ct_error *error)
{
    walk w = { .in = in };

    if (!parse_with_unix(in->peer, &w.ip)) {
        lose_client(&w);
    } else if (!ct_networks_contain(&in->trusted, &w.ip)) {
        /* the connection speaks for itself */
    } else if (in->family == CT_PROXY_FORWARDED) {
        walk_forwarded(&w);
    } else {
        walk_x_for(&w);
        w.proto = last_value(&in->x_proto);
        w.host = last_value(&in->x_host);
        w.port = last_value(&in->x_port);
        w.prefix = last_value(&in->x_prefix);
    }
    return finish(arena, &w, ret, error);
}
