/* Behind proxies: a wrong answer here is a client that passes for somebody else. */
#include "proto/forwarded.h"

#include "base/buffer.h"

#include "support/arena_state.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void reads_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        ct_ip_kind kind;
    } cases[] = {
        { "127.0.0.1", "127.0.0.1", CT_IP_V4 },
        { "255.255.255.255", "255.255.255.255", CT_IP_V4 },
        { "::", "::", CT_IP_V6 },
        { "2001:DB8:0:0::1", "2001:db8::1", CT_IP_V6 },
        { "::ffff:192.0.2.1", "192.0.2.1", CT_IP_V4 },
        { "::FFFF:c000:201", "192.0.2.1", CT_IP_V4 },
        { "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", CT_IP_V6 },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_ip ip;
        char text[CT_IP_TEXT];
        assert_true(ct_ip_parse(ct_str_of(cases[i].in), &ip));
        ct_ip_format(&ip, text);
        assert_string_equal(text, cases[i].out);
        assert_int_equal(ip.kind, cases[i].kind);
    }
}

static void refuses_addresses(void **state)
{
    (void)state;
    static const ct_str cases[] = {
        CT_STR(""),
        CT_STR("1.2.3"),
        CT_STR("1.2.3.4.5"),
        CT_STR("256.1.1.1"),
        CT_STR("01.2.3.4"),
        CT_STR("1.2.3.4 "),
        CT_STR(" 1.2.3.4"),
        CT_STR("1.2.3.4:80"),
        CT_STR("[::1]"),
        CT_STR("::1%lo"),
        CT_STR(":::"),
        CT_STR("unix"),
        CT_STR("1.2.3.4\0"),
        CT_STR("0x7f.0.0.1"),
        CT_STR("localhost"),
        CT_STR("12345::"),
        CT_STR("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"),
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_ip ip;
        assert_false(ct_ip_parse(cases[i], &ip));
    }
}

static bool in_network(const char *network, const char *address)
{
    ct_network parsed;
    ct_ip ip = { .kind = CT_IP_UNIX };
    assert_true(ct_network_parse(ct_str_of(network), &parsed));
    if (strcmp(address, "unix") != 0)
        assert_true(ct_ip_parse(ct_str_of(address), &ip));
    return ct_network_contains(&parsed, &ip);
}

static void networks_contain_their_addresses_alone(void **state)
{
    (void)state;
    static const struct {
        const char *network, *in, *out; /* NULL: none */
    } cases[] = {
        { "10.0.0.0/8", "10.255.255.255", "11.0.0.0" },
        { "10.0.0.0/8", "10.0.0.0", "9.255.255.255" },
        { "192.0.2.128/25", "192.0.2.128", "192.0.2.127" },
        { "192.0.2.4/30", "192.0.2.7", "192.0.2.8" },
        { "192.0.2.1", "192.0.2.1", "192.0.2.0" },
        { "192.0.2.1/32", "::ffff:192.0.2.1", "192.0.2.2" },
        { "0.0.0.0/0", "255.0.0.1", "::1" },
        { "::/0", "2001:db8::1", "127.0.0.1" },
        { "2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1" },
        { "::1", "::1", "::2" },
        { "::1/128", "::1", "::" },
        { "::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0" },
        { "::ffff:0:0/96", "203.0.113.9", "::1" },
        { "unix", "unix", "127.0.0.1" },
        { "127.0.0.1", "127.0.0.1", "unix" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        if (!in_network(cases[i].network, cases[i].in))
            fail_msg("%s should be in %s", cases[i].in, cases[i].network);
        if (in_network(cases[i].network, cases[i].out))
            fail_msg("%s should not be in %s", cases[i].out, cases[i].network);
    }
}

static void refuses_networks(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/8/8",
        "10.0.0.1/8",
        "::/129",
        "::1/127",
        "2001:db8::1/32",
        "::ffff:0:0/95",
        "unix/0",
        "Unix",
        "10.0.0.0/255.0.0.0",
        "10/8",
        "*",
        "10.0.0.0 /8",
        "10.0.0.0/1000",
        "10.0.0.0/4294967304",
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_network network;
        if (ct_network_parse(ct_str_of(cases[i]), &network))
            fail_msg("\"%s\" should be refused", cases[i]);
    }
}

static void lists_of_networks(void **state)
{
    ct_networks networks;
    ct_error error;
    ct_ip ip;

    assert_true(ct_networks_parse(*state, CT_STR(" "), &networks, &error));
    assert_int_equal(networks.count, 0);
    assert_true(ct_networks_parse(*state, CT_STR("10.0.0.0/8, unix ,::1"), &networks, &error));
    assert_int_equal(networks.count, 3);
    assert_true(ct_ip_parse(CT_STR("::1"), &ip) && ct_networks_contain(&networks, &ip));
    assert_true(ct_ip_parse(CT_STR("::2"), &ip) && !ct_networks_contain(&networks, &ip));
#define WRONG                                                                                                          \
    " is no address or network (as 10.0.0.7, 10.0.0.0/8, 2001:db8::/32 or unix, with no bits behind the prefix)"
    assert_false(ct_networks_parse(*state, CT_STR("10.0.0.0/8, 10.0.0.1/8"), &networks, &error));
    assert_string_equal(error.message, "\"10.0.0.1/8\"" WRONG);
    assert_false(ct_networks_parse(*state, CT_STR("10.0.0.0/8,"), &networks, &error));
    assert_string_equal(error.message, "\"\"" WRONG);
    assert_int_equal(networks.count, 0);
}

/* A request: up to three fields of each name; NULL: none (further). */
typedef struct request {
    const char *peer;
    const char *forwarded[3], *x_for[3], *x_proto[3], *x_host[3], *x_port[3], *x_prefix[3];
} request;

static ct_field_values values_of(ct_arena *arena, const char *const texts[3])
{
    ct_str *values = ct_arena_alloc(arena, 3 * sizeof *values);
    size_t count = 0;
    while (count < 3 && texts[count]) {
        values[count] = ct_str_of(texts[count]);
        count++;
    }
    return (ct_field_values){ values, count };
}

/* "client scheme host prefix", of a connection by http with Host: site.example, and 10.0.0.0/8, ::1 and unix
 * trusted. */
static const char *resolve(ct_arena *arena, ct_proxy_headers family, const request *r)
{
    ct_forwarded_input in = {
        .peer = ct_str_of(r->peer ? r->peer : "10.0.0.1"),
        .scheme = "http",
        .host = CT_STR("site.example"),
        .family = family,
        .forwarded = values_of(arena, r->forwarded),
        .x_for = values_of(arena, r->x_for),
        .x_proto = values_of(arena, r->x_proto),
        .x_host = values_of(arena, r->x_host),
        .x_port = values_of(arena, r->x_port),
        .x_prefix = values_of(arena, r->x_prefix),
    };
    ct_forwarded ret;
    assert_true(ct_networks_parse(arena, CT_STR("10.0.0.0/8, ::1, unix"), &in.trusted, NULL));
    assert_true(ct_forwarded_resolve(arena, &in, &ret, NULL));
    return ct_arena_printf(arena, "%s %s %s %s", ret.client, ret.scheme, ret.host, ret.prefix);
}

typedef struct expectation {
    request request;
    const char *result;
} expectation;

static void expect(ct_arena *arena, ct_proxy_headers family, const expectation *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(resolve(arena, family, &cases[i].request), cases[i].result);
}

static void x_forwarded_from_trusted_peers(void **state)
{
    static const expectation cases[] = {
        { { 0 }, "10.0.0.1 http site.example " },
        { { .x_for = { "203.0.113.9" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "203.0.113.9" }, .peer = "unix" }, "203.0.113.9 http site.example " },
        { { .x_for = { "203.0.113.9" }, .peer = "::1" }, "203.0.113.9 http site.example " },
        { { .x_for = { "203.0.113.9" }, .peer = "::ffff:10.0.0.1" }, "203.0.113.9 http site.example " },
        { { .x_for = { "203.0.113.9:4711" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "2001:DB8::1" } }, "2001:db8::1 http site.example " },
        { { .x_for = { "[2001:db8::1]" } }, "2001:db8::1 http site.example " },
        { { .x_for = { "[2001:db8::1]:4711" } }, "2001:db8::1 http site.example " },
        { { .x_for = { "::ffff:203.0.113.9" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "203.0.113.9, 10.0.0.2,10.0.0.3" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "203.0.113.9", "10.0.0.2", "10.0.0.3" } }, "203.0.113.9 http site.example " },
        { { .x_for = { ",203.0.113.9, ,", ",, 10.0.0.3," } }, "203.0.113.9 http site.example " },
        { { .x_for = { "10.0.0.9, 10.0.0.3" } }, "10.0.0.9 http site.example " },
        { { .x_for = { "unknown" } }, "unknown http site.example " },
        { { .x_for = { "_hidden" } }, "_hidden http site.example " },
        { { .x_proto = { "https" } }, "10.0.0.1 https site.example " },
        { { .x_proto = { "HTTPS" }, .x_host = { "Example.com:8443" } }, "10.0.0.1 https Example.com:8443 " },
        { { .x_host = { "a.example", "b.example, c.example," } }, "10.0.0.1 http c.example " },
        { { .x_host = { "[2001:db8::1]" }, .x_port = { "81" } }, "10.0.0.1 http [2001:db8::1]:81 " },
        { { .x_port = { "8080" } }, "10.0.0.1 http site.example:8080 " },
        { { .x_port = { "80" } }, "10.0.0.1 http site.example " },
        { { .x_port = { "80" }, .x_proto = { "https" } }, "10.0.0.1 https site.example:80 " },
        { { .x_port = { "443" }, .x_proto = { "https" } }, "10.0.0.1 https site.example " },
        { { .x_port = { "1" }, .x_host = { "a:2" } }, "10.0.0.1 http a:2 " },
        { { .x_prefix = { "/app" } }, "10.0.0.1 http site.example /app" },
        { { .x_prefix = { "/a/b%20c/" } }, "10.0.0.1 http site.example /a/b%20c" },
        { { .x_prefix = { "/" } }, "10.0.0.1 http site.example " },
    };
    expect(*state, CT_PROXY_X_FORWARDED, cases, CT_COUNT(cases));
}

static void x_forwarded_is_not_believed_from_others(void **state)
{
    static const expectation cases[] = {
        /* no trusted peer: nothing counts */
        { { .peer = "203.0.113.9",
            .x_for = { "127.0.0.1" },
            .x_proto = { "https" },
            .x_host = { "evil" },
            .x_port = { "1" },
            .x_prefix = { "/evil" } },
          "203.0.113.9 http site.example " },
        /* what the client sent stands left of what the proxy appended */
        { { .x_for = { "127.0.0.1, 203.0.113.9" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "10.0.0.5, ::1, 203.0.113.9, 10.0.0.2" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "127.0.0.1", "203.0.113.9" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "10.0.0.5, nonsense, 10.0.0.2" } }, "unknown http site.example " },
        { { .x_for = { "\"10.0.0.5, 203.0.113.9" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "unix, 10.0.0.2" } }, "unknown http site.example " },
        { { .x_for = { "127.0.0.1, _hidden" } }, "_hidden http site.example " },
        { { .x_for = { "127.0.0.1, 203.0.113.9:" } }, "unknown http site.example " },
        { { .x_for = { "127.0.0.1, 203.0.113.9:123456" } }, "unknown http site.example " },
        { { .x_for = { "[203.0.113.9]" } }, "unknown http site.example " },
        { { .x_for = { "[::1" } }, "unknown http site.example " },
        { { .x_for = { "[::1]x" } }, "unknown http site.example " },
        { { .x_for = { "_" } }, "unknown http site.example " },
        { { .x_for = { "_<script>" } }, "unknown http site.example " },
        { { .x_for = { "1.2.3.4 5.6.7.8" } }, "unknown http site.example " },
        { { .x_proto = { "https, http" } }, "10.0.0.1 http site.example " },
        { { .x_proto = { "http, https" } }, "10.0.0.1 https site.example " },
        { { .x_proto = { "https", "gopher" } }, "10.0.0.1 http site.example " },
        { { .x_proto = { "https http" } }, "10.0.0.1 http site.example " },
        { { .x_host = { "evil, good.example" } }, "10.0.0.1 http good.example " },
        { { .x_host = { "good.example, a/b" } }, "10.0.0.1 http site.example " },
        { { .x_host = { "user@evil" } }, "10.0.0.1 http site.example " },
        { { .x_port = { "0" } }, "10.0.0.1 http site.example " },
        { { .x_port = { "65536" } }, "10.0.0.1 http site.example " },
        { { .x_port = { "65535" } }, "10.0.0.1 http site.example:65535 " },
        { { .x_port = { "8080@evil" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "evil" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "//evil" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "/\\evil" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "/a//b" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "/a/../b" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "/." } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "/.a/..." } }, "10.0.0.1 http site.example /.a/..." },
        { { .x_prefix = { "/a?b" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "/a b" } }, "10.0.0.1 http site.example " },
        { { .x_prefix = { "/%zz" } }, "10.0.0.1 http site.example " },
        /* the other family */
        { { .forwarded = { "for=203.0.113.9;proto=https;host=evil" } }, "10.0.0.1 http site.example " },
    };
    expect(*state, CT_PROXY_X_FORWARDED, cases, CT_COUNT(cases));
}

static void forwarded_from_trusted_peers(void **state)
{
    static const expectation cases[] = {
        { { .forwarded = { "for=203.0.113.9" } }, "203.0.113.9 http site.example " },
        { { .forwarded = { "For=203.0.113.9;PROTO=https;host=example.com;by=10.0.0.1" } },
          "203.0.113.9 https example.com " },
        { { .forwarded = { "for=\"203.0.113.9:80\" ; proto=\"https\" ;; host=\"example.com:81\";" } },
          "203.0.113.9 https example.com:81 " },
        { { .forwarded = { "for=\"[2001:DB8:cafe::17]:4711\"" } }, "2001:db8:cafe::17 http site.example " },
        { { .forwarded = { "for=\"[2001:db8::1]\"" } }, "2001:db8::1 http site.example " },
        { { .forwarded = { "for=\"[2001:db8::1]:_obf\"" } }, "2001:db8::1 http site.example " },
        { { .forwarded = { "for=_SEVKISEK" } }, "_SEVKISEK http site.example " },
        { { .forwarded = { "for=\"_gazonk:80\"" } }, "_gazonk http site.example " },
        { { .forwarded = { "for=unknown;proto=https" } }, "unknown https site.example " },
        { { .forwarded = { "proto=https" } }, "unknown https site.example " },
        { { .forwarded = { "" } }, "10.0.0.1 http site.example " },
        { { .forwarded = { " , ,", "," } }, "10.0.0.1 http site.example " },
        { { .forwarded = { "for=203.0.113.9;proto=https;host=a, for=10.0.0.2;proto=http;host=b" } },
          "203.0.113.9 https a " },
        { { .forwarded = { "for=203.0.113.9", "for=10.0.0.2;proto=https;host=b", "for=10.0.0.3;proto=http" } },
          "203.0.113.9 https b " },
        { { .forwarded = { "for=203.0.113.9;ext=\"a,b;for=10.0.0.2\\\"\"" } }, "203.0.113.9 http site.example " },
    };
    expect(*state, CT_PROXY_FORWARDED, cases, CT_COUNT(cases));
}

static void forwarded_is_not_believed_from_others(void **state)
{
    static const expectation cases[] = {
        { { .peer = "203.0.113.9", .forwarded = { "for=127.0.0.1;proto=https;host=evil" } },
          "203.0.113.9 http site.example " },
        { { .forwarded = { "for=127.0.0.1;host=evil, for=203.0.113.9;host=good.example" } },
          "203.0.113.9 http good.example " },
        { { .forwarded = { "for=127.0.0.1;proto=https;host=evil", "for=203.0.113.9" } },
          "203.0.113.9 http site.example " },
        { { .forwarded = { "for=10.0.0.9;proto=https;host=evil, for=203.0.113.9, for=10.0.0.2" } },
          "203.0.113.9 http site.example " },
        /* quotes that the client leaves open: nobody is believed, and the client does not pass for the proxy */
        { { .forwarded = { "for=127.0.0.1;x=\", for=203.0.113.9" } }, "unknown http site.example " },
        { { .forwarded = { "for=127.0.0.1;proto=https;x=\", for=\"[2001:db8::1]\"" } }, "unknown http site.example " },
        { { .forwarded = { "for=127.0.0.1;x=\"\\, for=\"[2001:db8::1]\"" } }, "unknown http site.example " },
        /* ... but in a field of its own it does not hurt */
        { { .forwarded = { "for=127.0.0.1;x=\"", "for=203.0.113.9" } }, "203.0.113.9 http site.example " },
        { { .forwarded = { "for=127.0.0.1;x=\"", "for=10.0.0.2" } }, "unknown http site.example " },
        { { .forwarded = { "for=unix, for=10.0.0.2" } }, "unknown http site.example " },
        { { .forwarded = { "for=127.0.0.1, for=_x" } }, "_x http site.example " },
        { { .forwarded = { "for=127.0.0.1, proto=https" } }, "unknown https site.example " },
        { { .forwarded = { "for=203.0.113.9;for=127.0.0.1" } }, "unknown http site.example " },
        { { .forwarded = { "for=203.0.113.9;host=a;Host=b" } }, "unknown http site.example " },
        { { .forwarded = { "for=[::1]" } }, "unknown http site.example " },
        { { .forwarded = { "for=2001:db8::1" } }, "unknown http site.example " },
        { { .forwarded = { "for=\"2001:db8::1\"" } }, "unknown http site.example " },
        { { .forwarded = { "for=203.0.113.9:80" } }, "unknown http site.example " },
        { { .forwarded = { "for = 203.0.113.9" } }, "unknown http site.example " },
        { { .forwarded = { "for=" } }, "unknown http site.example " },
        { { .forwarded = { "=203.0.113.9" } }, "unknown http site.example " },
        { { .forwarded = { "for" } }, "unknown http site.example " },
        { { .forwarded = { "for=203.0.113.9 for=127.0.0.1" } }, "unknown http site.example " },
        { { .forwarded = { "for=\"\"" } }, "unknown http site.example " },
        { { .forwarded = { "for=\"127.0.\\0.1\"" } }, "unknown http site.example " },
        { { .forwarded = { "for=\"127.0.0.1\x01\"" } }, "unknown http site.example " },
        { { .forwarded = { "for=\"127.0.0.1\\" } }, "unknown http site.example " },
        { { .forwarded = { "for=203.0.113.9;proto=ftp;host=\"a/b\"" } }, "203.0.113.9 http site.example " },
        { { .x_for = { "127.0.0.1" }, .x_proto = { "https" }, .x_host = { "evil" }, .x_prefix = { "/evil" } },
          "10.0.0.1 http site.example " },
    };
    expect(*state, CT_PROXY_FORWARDED, cases, CT_COUNT(cases));
}

static void hops_have_a_limit(void **state)
{
    for (size_t hops = CT_FORWARDED_HOPS; hops <= CT_FORWARDED_HOPS + 1; hops++) {
        const char *client =
            hops == CT_FORWARDED_HOPS ? "203.0.113.9 http site.example " : "unknown http site.example ";
        ct_buffer x_for = ct_buffer_in(*state), forwarded = ct_buffer_in(*state);
        for (size_t i = 0; i < 3; i++) {
            ct_buffer_printf(&x_for, "198.51.100.%zu, ", i);
            ct_buffer_printf(&forwarded, "for=198.51.100.%zu, ", i);
        }
        ct_buffer_printf(&x_for, "203.0.113.9");
        ct_buffer_printf(&forwarded, "for=203.0.113.9");
        for (size_t i = 1; i < hops; i++) {
            ct_buffer_printf(&x_for, ", 10.0.0.%zu", i);
            ct_buffer_printf(&forwarded, ", for=10.0.0.%zu", i);
        }
        const request r = { .x_for = { ct_buffer_text(&x_for) }, .forwarded = { ct_buffer_text(&forwarded) } };
        assert_string_equal(resolve(*state, CT_PROXY_X_FORWARDED, &r), client);
        assert_string_equal(resolve(*state, CT_PROXY_FORWARDED, &r), client);
    }
}

static void a_prefix_has_a_limit(void **state)
{
    char prefix[1026];
    memset(prefix, 'a', sizeof(prefix));
    prefix[0] = '/';
    prefix[1024] = '\0';
    request r = { .x_prefix = { prefix } };
    assert_string_equal(resolve(*state, CT_PROXY_X_FORWARDED, &r),
                        ct_arena_printf(*state, "10.0.0.1 http site.example %s", prefix));
    prefix[1024] = 'a';
    prefix[1025] = '\0';
    assert_string_equal(resolve(*state, CT_PROXY_X_FORWARDED, &r), "10.0.0.1 http site.example ");
}

static void an_obfuscated_name_has_a_limit(void **state)
{
    char name[CT_FORWARDED_NAME + 2];
    memset(name, 'a', sizeof(name));
    name[0] = '_';
    name[CT_FORWARDED_NAME] = '\0';
    request r = { .x_for = { name } };
    assert_string_equal(resolve(*state, CT_PROXY_X_FORWARDED, &r),
                        ct_arena_printf(*state, "%s http site.example ", name));
    name[CT_FORWARDED_NAME] = 'a';
    name[CT_FORWARDED_NAME + 1] = '\0';
    assert_string_equal(resolve(*state, CT_PROXY_X_FORWARDED, &r), "unknown http site.example ");
}

static void a_broken_peer_is_nobody(void **state)
{
    const request r = { .peer = "", .x_for = { "10.0.0.2" }, .x_proto = { "https" } };
    assert_string_equal(resolve(*state, CT_PROXY_X_FORWARDED, &r), "unknown http site.example ");
}

static void a_request_without_host(void **state)
{
    const ct_str port = CT_STR("8080"), host = CT_STR("a.example");
    ct_forwarded_input in = { .peer = CT_STR("unix"), .scheme = "http", .x_port = { &port, 1 } };
    ct_forwarded ret;
    assert_true(ct_networks_parse(*state, CT_STR("unix"), &in.trusted, NULL));
    assert_true(ct_forwarded_resolve(*state, &in, &ret, NULL));
    assert_string_equal(ret.client, "unix");
    assert_string_equal(ret.host, "");
    in.x_host = (ct_field_values){ &host, 1 };
    assert_true(ct_forwarded_resolve(*state, &in, &ret, NULL));
    assert_string_equal(ret.host, "a.example:8080");
}

static void stays_within_the_arena(void **state)
{
    (void)state;
    ct_arena arena;
    ct_error error;
    ct_forwarded ret;
    const ct_forwarded_input in = { .peer = CT_STR("203.0.113.9"), .scheme = "http", .host = CT_STR("site.example") };
    ct_arena_init(&arena, NULL, 16);
    assert_false(ct_forwarded_resolve(&arena, &in, &ret, &error));
    assert_int_equal(error.status, 500);
    ct_networks networks;
    assert_false(ct_networks_parse(&arena, CT_STR("10.0.0.0/8"), &networks, &error));
    assert_int_equal(error.status, 500);
    ct_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_addresses),
        cmocka_unit_test(refuses_addresses),
        cmocka_unit_test(networks_contain_their_addresses_alone),
        cmocka_unit_test(refuses_networks),
        cmocka_unit_test_setup_teardown(lists_of_networks, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(x_forwarded_from_trusted_peers, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(x_forwarded_is_not_believed_from_others, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(forwarded_from_trusted_peers, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(forwarded_is_not_believed_from_others, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(hops_have_a_limit, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(a_prefix_has_a_limit, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(an_obfuscated_name_has_a_limit, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(a_broken_peer_is_nobody, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(a_request_without_host, setup_arena, teardown_arena),
        cmocka_unit_test(stays_within_the_arena),
    };
    return cmocka_run_group_tests_name("forwarded", tests, NULL, NULL);
}
