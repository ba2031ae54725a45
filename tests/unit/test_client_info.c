/* Who asks and by which name: believed through trusted proxies alone, and which hosts a site answers for. What the
 * fields of proxies may look like is tested with proto/forwarded.h. */
#include "made_request.h"

#include "canteen/request.h"

#include <arpa/inet.h>

#define HEAD "GET / HTTP/1.1\r\nHost: inside:8000\r\n"
#define FIELDS                                                                                                         \
    "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n"                    \
    "X-Forwarded-Host: shop.example\r\nX-Forwarded-Prefix: /app\r\nForwarded: for=192.0.2.77;host=evil.example\r\n"

static void prepare(made_request *made, const char *hosts, const char *proxies)
{
    ct_problems problems = { 0 };
    made->site.config.allowed_hosts = hosts;
    made->site.config.trusted_proxies = proxies;
    assert_true(ct_client_info_prepare(&made->site, &problems));
    assert_int_equal(problems.count, 0);
}

static void without_a_proxy_it_is_the_connection(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, HEAD FIELDS "\r\n");
    prepare(&made, "*", "");
    assert_string_equal(ct_remote_addr(c), "unix");
    assert_string_equal(ct_host(c), "inside:8000");
    assert_string_equal(ct_scheme(c), "http");
    assert_false(ct_is_secure(c));
    assert_string_equal(ct_request_prefix(c), "");
    assert_true(ct_str_eq(ct_client_host(c), CT_STR("inside:8000")));
    drop_request(&made);
}

static void a_trusted_proxy_says_who_asks(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, HEAD FIELDS "\r\n");
    prepare(&made, "shop.example", "unix, 10.0.0.0/8");
    assert_true(ct_client_host_allowed(c));
    assert_true(ct_str_eq(ct_client_host(c), CT_STR("shop.example")));
    assert_string_equal(ct_remote_addr(c), "198.51.100.7");
    assert_string_equal(ct_host(c), "shop.example");
    assert_string_equal(ct_scheme(c), "https");
    assert_true(ct_is_secure(c));
    assert_string_equal(ct_request_prefix(c), "/app");
    assert_string_equal(ct_client_remote(c), "198.51.100.7");
    drop_request(&made);
}

static void the_other_family_is_ignored(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, HEAD FIELDS "\r\n");
    made.site.config.proxy_headers = CT_PROXY_FORWARDED;
    prepare(&made, "*", "unix");
    assert_string_equal(ct_remote_addr(c), "192.0.2.77");
    assert_string_equal(ct_host(c), "evil.example");
    assert_string_equal(ct_scheme(c), "http");
    assert_string_equal(ct_request_prefix(c), "");
    drop_request(&made);
}

static void a_stranger_is_not_believed(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, HEAD FIELDS "\r\n");
    made.connection.peer.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xC0000201) };
    prepare(&made, "shop.example", "10.0.0.0/8");
    assert_false(ct_client_host_allowed(c));
    assert_string_equal(ct_remote_addr(c), "192.0.2.1");
    assert_string_equal(ct_host(c), "inside:8000");
    assert_false(ct_is_secure(c));
    assert_string_equal(ct_request_prefix(c), "");
    drop_request(&made);
}

static void an_old_client_names_no_host(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.0\r\n\r\n");
    prepare(&made, "example.com", "");
    assert_string_equal(ct_host(c), "");
    assert_true(ct_client_host_allowed(c));
    drop_request(&made);
}

/* The access log asks when nothing may abort any more. */
static void the_log_gets_an_address_without_memory(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, HEAD "\r\n");
    prepare(&made, "*", "");
    ct_arena_finish(c->arena);
    ct_arena_init(c->arena, NULL, 16);
    assert_non_null(ct_arena_alloc(c->arena, 16));
    assert_string_equal(ct_client_remote(c), "unknown");
    drop_request(&made);
}

static void hosts_that_are_answered(void **state)
{
    (void)state;
    made_request made;
    static const struct {
        const char *host;
        bool allowed;
    } cases[] = {
        { "example.com", true },
        { "EXAMPLE.com:8000", true },
        { "example.com.", true },
        { "www.example.com", false },
        { "example.org", true },
        { "a.b.example.org", true },
        { "badexample.org", false },
        { "example.org.evil", false },
        { "org", false },
        { "[::1]:8000", true },
        { "[::2]", false },
        { "127.0.0.1", true },
        { "127.0.0.1:80", true },
        { "127.0.0.2", false },
        { "example.com:x", false },
        { "example.com:80:80", false },
        { "", true },
    };
    make_work(&made);
    prepare(&made, "Example.com, .example.ORG,[::1],127.0.0.1", "");
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        if (ct_host_allowed(&made.site, ct_str_of(cases[i].host)) != cases[i].allowed)
            fail_msg("%s", cases[i].host);
    drop_request(&made);
}

static void a_star_is_any_host(void **state)
{
    (void)state;
    made_request made;
    make_work(&made);
    prepare(&made, "example.com, *", "");
    assert_true(ct_host_allowed(&made.site, CT_STR("whatever:1")));
    drop_request(&made);
}

/* In development a name of somebody else's that leads here is no name of the site. */
static void without_a_setting_it_is_any_host_or_this_machine(void **state)
{
    (void)state;
    static const char *const local[] = { "localhost", "LOCALHOST.:8000", "a.b.localhost:1", "127.0.0.1:8000",
                                         "[::1]:1",   "192.0.2.1:8000",  "[2001:db8::1]",   "" };
    static const char *const others[] = { "evil.example",  "localhost.evil.example",
                                          "evillocalhost", "192.0.2.1.example",
                                          "1.2.3",         "1.2.3.4.5" };
    for (int debug = 0; debug < 2; debug++) {
        made_request made;
        make_work(&made);
        made.site.config.debug = debug;
        prepare(&made, NULL, "");
        for (size_t i = 0; i < CT_COUNT(local); i++)
            assert_true(ct_host_allowed(&made.site, ct_str_of(local[i])));
        for (size_t i = 0; i < CT_COUNT(others); i++)
            assert_int_equal(ct_host_allowed(&made.site, ct_str_of(others[i])), !debug);
        prepare(&made, "*", "");
        assert_true(ct_host_allowed(&made.site, CT_STR("evil.example")));
        drop_request(&made);
    }
}

static void a_refusal_says_in_development_what_to_set(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, HEAD "\r\n");
    prepare(&made, "a.example", "");
    assert_aborts(c, 400, "this server does not answer for the host \"inside:8000\"", ct_client_refuse_host(c));
    made.site.config.debug = true;
    assert_aborts(c, 400,
                  "this server does not answer for the host \"inside:8000\": add it to the setting allowed_hosts, as "
                  "CANTEEN_ALLOWED_HOSTS=a.example,inside in .env does",
                  ct_client_refuse_host(c));
    drop_request(&made);
}

/* What is named so is what the setting takes. */
static void a_refused_address_can_be_set(void **state)
{
    (void)state;
    made_request made;
    ct *c = make_request(&made, "GET / HTTP/1.1\r\nHost: [2001:db8::7]:8000\r\n\r\n");
    made.site.config.debug = true;
    prepare(&made, "a.example", "");
    assert_false(ct_client_host_allowed(c));
    assert_aborts(c, 400,
                  "this server does not answer for the host \"[2001:db8::7]:8000\": add it to the setting "
                  "allowed_hosts, as CANTEEN_ALLOWED_HOSTS=a.example,[2001:db8::7] in .env does",
                  ct_client_refuse_host(c));
    prepare(&made, NULL, "");
    c->host_refused = false;
    assert_aborts(c, 400,
                  "this server does not answer for the host \"[2001:db8::7]:8000\": add it to the setting "
                  "allowed_hosts, as CANTEEN_ALLOWED_HOSTS=.localhost,127.0.0.1,[::1],[2001:db8::7] in .env does",
                  ct_client_refuse_host(c));
    prepare(&made, "a.example,[2001:db8::7]", "");
    assert_true(ct_client_host_allowed(c));
    drop_request(&made);
}

/* `curl --unix-socket app.sock http://anything/`: no browser can be misled to it. */
static void in_development_a_unix_socket_has_any_host(void **state)
{
    (void)state;
    static const struct {
        const char *hosts, *proxies;
        int family;
        bool debug, allowed;
    } cases[] = {
        { NULL, "", AF_UNIX, true, true },          { NULL, "", AF_INET, true, false },
        { NULL, "", AF_INET6, true, false },        { "a.example", "", AF_UNIX, true, false },
        { "a.example", "", AF_UNIX, false, false }, { NULL, "unix", AF_UNIX, true, false },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        made_request made;
        ct *c = make_request(&made, HEAD "\r\n");
        made.connection.peer.family = (sa_family_t)cases[i].family;
        made.site.config.debug = cases[i].debug;
        prepare(&made, cases[i].hosts, cases[i].proxies);
        assert_int_equal(ct_client_host_allowed(c), cases[i].allowed);
        drop_request(&made);
    }
}

static void check_problem(const char *hosts, const char *proxies, const char *expected)
{
    made_request made;
    ct_problems problems = { 0 };
    make_work(&made);
    made.site.config.allowed_hosts = hosts;
    made.site.config.trusted_proxies = proxies;
    assert_false(ct_client_info_prepare(&made.site, &problems));
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.errors, 1);
    if (!strstr(problems.items[0].text, expected))
        fail_msg("%s", problems.items[0].text);
    ct_problems_finish(&problems);
    drop_request(&made);
}

static void bad_settings_are_named(void **state)
{
    (void)state;
    check_problem("example.com:8000", "", "allowed_hosts: \"example.com:8000\" has a port");
    check_problem("a.example, exa mple", "", "allowed_hosts: \"exa mple\" is not a host");
    check_problem("*.example.com", "", "allowed_hosts: \"*.example.com\" is not a host");
    check_problem(".", "", "allowed_hosts: \".\" is not a host");
    check_problem(" , ", "", "allowed_hosts is empty");
    check_problem("*", "10.0.0.0/33", "trusted_proxies: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_proxy_it_is_the_connection),
        cmocka_unit_test(a_trusted_proxy_says_who_asks),
        cmocka_unit_test(the_other_family_is_ignored),
        cmocka_unit_test(a_stranger_is_not_believed),
        cmocka_unit_test(an_old_client_names_no_host),
        cmocka_unit_test(the_log_gets_an_address_without_memory),
        cmocka_unit_test(hosts_that_are_answered),
        cmocka_unit_test(a_star_is_any_host),
        cmocka_unit_test(without_a_setting_it_is_any_host_or_this_machine),
        cmocka_unit_test(a_refusal_says_in_development_what_to_set),
        cmocka_unit_test(a_refused_address_can_be_set),
        cmocka_unit_test(in_development_a_unix_socket_has_any_host),
        cmocka_unit_test(bad_settings_are_named),
    };
    return cmocka_run_group_tests_name("client_info", tests, NULL, NULL);
}
