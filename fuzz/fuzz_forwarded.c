/* Proxies: the client is never made up. Whatever a client sends, with a well-formed element appended by a trusted proxy
 * the answer is what the proxy said, or "unknown"; and every answer stands somewhere in the input.
 * Input: lines of 'f' Forwarded, 'a' X-Forwarded-For, 'p' -Proto, 'h' -Host, 'o' -Port, 'x' -Prefix, 'n' a network. */
#include "check.h"

#include "base/buffer.h"
#include "proto/forwarded.h"
#include "proto/url.h"

#include <stdlib.h>

#define MAX_VALUES 8
#define CLIENT "203.0.113.9"

typedef struct lines {
    ct_str values[MAX_VALUES];
    size_t count;
} lines;

static void add(lines *list, ct_str value)
{
    if (list->count < MAX_VALUES)
        list->values[list->count++] = value;
}

/* Whether `address` is written anywhere in the values, in whatever form. */
static bool occurs(const lines *list, const char *address)
{
    static const char breaks[] = " \t,;=\"[]";
    for (size_t i = 0; i < list->count; i++) {
        ct_str value = list->values[i];
        for (size_t start = 0; start < value.length; start++) {
            if (start && !strchr(breaks, value.data[start - 1]))
                continue;
            for (size_t length = 1; length <= value.length - start && length <= CT_FORWARDED_NAME; length++) {
                ct_ip ip;
                char text[CT_IP_TEXT];
                ct_str part = { value.data + start, length };
                if (ct_str_eq(part, ct_str_of(address)))
                    return true;
                if (!ct_ip_parse(part, &ip))
                    continue;
                ct_ip_format(&ip, text);
                if (strcmp(text, address) == 0)
                    return true;
            }
        }
    }
    return false;
}

static void check_result(const ct_forwarded_input *in, const lines *told, const ct_forwarded *got)
{
    ct_url_host host;
    FUZZ_CHECK(strcmp(got->scheme, "http") == 0 || strcmp(got->scheme, "https") == 0);
    FUZZ_CHECK(ct_url_host_parse(ct_str_of(got->host), &host));
    FUZZ_CHECK(!got->prefix[0] || (ct_url_is_local(ct_str_of(got->prefix)) && got->prefix[0] == '/'));
    FUZZ_CHECK(ct_str_eq(ct_str_of(got->client), in->peer) || strcmp(got->client, "unknown") == 0 ||
               occurs(told, got->client));
}

/* The proxy appends to the last field, or adds one of its own. */
static void check_spoofing(ct_arena *arena, ct_forwarded_input in, const lines *made_up, bool own_field)
{
    lines values = *made_up;
    ct_forwarded got;
    bool standard = in.family == CT_PROXY_FORWARDED;
    ct_str appended = standard ? CT_STR("for=" CLIENT ";proto=https;host=h") : CT_STR(CLIENT);

    if (own_field && values.count == MAX_VALUES)
        return;
    if (own_field || !values.count) {
        values.values[values.count++] = appended;
    } else {
        ct_str *last = &values.values[values.count - 1];
        ct_buffer out = ct_buffer_in(arena);
        ct_buffer_str(&out, *last);
        CT_BUFFER_LITERAL(&out, ", ");
        ct_buffer_str(&out, appended);
        *last = (ct_str){ out.data, out.length };
    }
    *(standard ? &in.forwarded : &in.x_for) = (ct_field_values){ values.values, values.count };
    FUZZ_CHECK(ct_forwarded_resolve(arena, &in, &got, NULL));
    if (strcmp(got.client, CLIENT) == 0)
        FUZZ_CHECK(!standard || (strcmp(got.scheme, "https") == 0 && strcmp(got.host, "h") == 0));
    else
        FUZZ_CHECK(standard && !own_field && strcmp(got.client, "unknown") == 0 && strcmp(got.host, in.host.data) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_arena arena;
    lines all[128] = { 0 }, *forwarded = &all['f'], *x_for = &all['a'];
    ct_network networks[1 + MAX_VALUES];
    size_t network_count = 1;
    ct_str rest = { (const char *)data, size };
    ct_forwarded got;

    ct_arena_init(&arena, NULL, 0);
    while (rest.data) {
        ct_str line = ct_str_next(&rest, '\n');
        if (line.length && (uint8_t)line.data[0] < CT_COUNT(all))
            add(&all[(uint8_t)line.data[0]], (ct_str){ line.data + 1, line.length - 1 });
    }
    FUZZ_CHECK(ct_network_parse(CT_STR("10.0.0.0/8"), &networks[0]));
    for (size_t i = 0; i < all['n'].count; i++)
        network_count += ct_network_parse(all['n'].values[i], &networks[network_count]);

    ct_forwarded_input in = {
        .peer = CT_STR("10.0.0.1"),
        .scheme = "http",
        .host = CT_STR("site.example"),
        .trusted = { networks, network_count },
        .forwarded = { forwarded->values, forwarded->count },
        .x_for = { x_for->values, x_for->count },
        .x_proto = { all['p'].values, all['p'].count },
        .x_host = { all['h'].values, all['h'].count },
        .x_port = { all['o'].values, all['o'].count },
        .x_prefix = { all['x'].values, all['x'].count },
    };
    for (int family = CT_PROXY_X_FORWARDED; family <= CT_PROXY_FORWARDED; family++) {
        const lines *told = family == CT_PROXY_FORWARDED ? forwarded : x_for;
        in.family = (ct_proxy_headers)family;
        in.trusted.count = network_count;
        FUZZ_CHECK(ct_forwarded_resolve(&arena, &in, &got, NULL));
        check_result(&in, told, &got);
        in.trusted.count = 1;
        check_spoofing(&arena, in, told, false);
        check_spoofing(&arena, in, told, true);
    }
    ct_arena_finish(&arena);
    return 0;
}
