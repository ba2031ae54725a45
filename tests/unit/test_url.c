/* URLs: what a wrong answer would mean is a page not found, a filter got round, or a redirect to somebody else's
 * site. */
#include "proto/url.h"

#include "support/arena_state.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_str(ct_str got, const char *wanted)
{
    char text[1024];
    assert_true(got.length < sizeof(text));
    if (got.data)
        memcpy(text, got.data, got.length);
    text[got.length] = '\0';
    assert_string_equal(text, wanted);
}

static void decodes_escapes(void **state)
{
    static const struct {
        const char *in, *path, *form; /* form: with plus_is_space */
    } cases[] = {
        { "", "", "" },
        { "plain", "plain", "plain" },
        { "a%20b", "a b", "a b" },
        { "a+b", "a+b", "a b" },
        { "%2B+%2b", "+++", "+ +" },
        { "%41%4a%4A", "AJJ", "AJJ" },
        { "%25zz", "%zz", "%zz" },
        { "%C3%A9t%c3%a9", "été", "été" },
        { "é%C3%A9", "éé", "éé" },
        { "12345678%20", "12345678 ", "12345678 " },
        { "1234567%2012345678", "1234567 12345678", "1234567 12345678" },
        { "12345678+12345678%2F1", "12345678+12345678/1", "12345678 12345678/1" },
        { "%0A%7F%01", "\n\x7F\x01", "\n\x7F\x01" },
        { "%F0%9F%98%80", "😀", "😀" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_str ret;
        assert_true(ct_url_decode(*state, ct_str_of(cases[i].in), false, &ret, NULL));
        assert_str(ret, cases[i].path);
        assert_true(ct_url_decode(*state, ct_str_of(cases[i].in), true, &ret, NULL));
        assert_str(ret, cases[i].form);
    }
}

static void decoding_copies_only_what_changes(void **state)
{
    ct_str plain = CT_STR("a+b"), ret;
    assert_true(ct_url_decode(*state, plain, false, &ret, NULL));
    assert_ptr_equal(ret.data, plain.data);
    assert_int_equal(ct_arena_used(*state), 0);
    assert_true(ct_url_decode(*state, plain, true, &ret, NULL));
    assert_ptr_not_equal(ret.data, plain.data);
    assert_string_equal(ret.data, "a b");
}

static void decoding_refuses(void **state)
{
    static const struct {
        ct_str in;
        const char *message;
    } cases[] = {
#define NO_DIGITS " is a '%' without two hexadecimal digits (\"%25\" is '%' itself)"
        { CT_STR("%"), "byte 1" NO_DIGITS },
        { CT_STR("ab%4"), "byte 3" NO_DIGITS },
        { CT_STR("12345678%4"), "byte 9" NO_DIGITS },
        { CT_STR("%G0"), "byte 1" NO_DIGITS },
        { CT_STR("%0g"), "byte 1" NO_DIGITS },
        { CT_STR("%%41"), "byte 1" NO_DIGITS },
        { CT_STR("%+1"), "byte 1" NO_DIGITS },
        { CT_STR("%u0041"), "byte 1" NO_DIGITS },
        { CT_STR("a%00b"), "byte 2 begins \"%00\", which text cannot hold" },
        { CT_STR("a\0b"), "byte 2 is NUL, which text cannot hold" },
        { CT_STR("%41\0"), "byte 4 is NUL, which text cannot hold" },
        { CT_STR("12345678\0+"), "byte 9 is NUL, which text cannot hold" },
        { CT_STR("123\0"
                 "5678%41"),
          "byte 4 is NUL, which text cannot hold" },
        { CT_STR("\xFF"), "the text is not valid UTF-8" },
        { CT_STR("12345678\xC3(%41"), "the text is not valid UTF-8" },
        { CT_STR("123\xC3(678%41"), "the text is not valid UTF-8" },
        { CT_STR("%FF"), "the text is not valid UTF-8" },
        { CT_STR("%C3"), "the text is not valid UTF-8" },
        { CT_STR("%C0%AF"), "the text is not valid UTF-8" },
        { CT_STR("%ED%A0%80"), "the text is not valid UTF-8" },
        { CT_STR("%F4%90%80%80"), "the text is not valid UTF-8" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_str ret = CT_STR("untouched");
        ct_error error;
        assert_false(ct_url_decode(*state, cases[i].in, true, &ret, &error));
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.status, 400);
        assert_str(ret, "untouched");
    }
}

static void decoding_stays_within_the_arena(void **state)
{
    (void)state;
    ct_arena arena;
    ct_error error;
    ct_str ret;
    ct_arena_init(&arena, NULL, 16);
    assert_true(ct_url_decode(&arena, CT_STR("%20345678901234"), false, &ret, &error));
    assert_false(ct_url_decode(&arena, CT_STR("%203456789012345"), false, &ret, &error));
    assert_int_equal(error.status, 500);
    assert_null(ct_url_merge_slashes(&arena, CT_STR("/a//b")).data);
    ct_arena_finish(&arena);
}

static void encodes_by_part(void **state)
{
    static const char all[] = " !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x7Fé\n";
#define START "%20!%22%23$%25&'()*+,-."
#define END "09:;%3C=%3E%3F@AZ%5B%5C%5D%5E_%60az%7B%7C%7D~%7F%C3%A9%0A"
    static const char *const wanted[] = {
        [CT_URL_SEGMENT] = (START "%2F" END),
        [CT_URL_PATH] = (START "/" END),
        [CT_URL_QUERY] = ("%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F09%3A%3B%3C%3D%3E%3F%40AZ"
                          "%5B%5C%5D%5E_%60az%7B%7C%7D~%7F%C3%A9%0A"),
        [CT_URL_WHOLE] = "%20!%22#$%&'()*+,-./09:;%3C=%3E?@AZ[%5C]%5E_%60az%7B%7C%7D~%7F%C3%A9%0A",
    };
    for (size_t part = 0; part < CT_COUNT(wanted); part++) {
        ct_buffer out = ct_buffer_in(*state);
        ct_url_encode(&out, CT_STR(all), (ct_url_part)part);
        assert_string_equal(ct_buffer_text(&out), wanted[part]);
    }
}

static void encoding_keeps_nul_and_broken_text_apart(void **state)
{
    ct_buffer out = ct_buffer_in(*state);
    ct_url_encode(&out, CT_STR("a\0\xFF"), CT_URL_SEGMENT);
    ct_url_encode(&out, (ct_str){ NULL, 0 }, CT_URL_SEGMENT);
    assert_string_equal(ct_buffer_text(&out), "a%00%FF");
}

static void every_byte_comes_back(void **state)
{
    for (int byte = 1; byte < 128; byte++) {
        for (int part = CT_URL_SEGMENT; part <= CT_URL_QUERY; part++) {
            char text[] = { 'x', (char)byte, 'y', '\0' };
            ct_buffer out = ct_buffer_in(*state);
            ct_str back;
            ct_url_encode(&out, ct_str_of(text), (ct_url_part)part);
            assert_true(ct_url_decode(*state, (ct_str){ out.data, out.length }, part == CT_URL_QUERY, &back, NULL));
            assert_str(back, text);
        }
    }
}

static void merges_slashes(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "", "" },
        { "/", "/" },
        { "/a/b/", "/a/b/" },
        { "//", "/" },
        { "//a///b//", "/a/b/" },
        { "/a%2F/b", "/a%2F/b" },
        { "a//b", "a/b" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_str merged = ct_url_merge_slashes(*state, ct_str_of(cases[i].in));
        assert_string_equal(merged.data, cases[i].out);
        assert_int_equal(merged.length, strlen(cases[i].out));
        assert_int_equal(ct_url_has_double_slash(ct_str_of(cases[i].in)), strcmp(cases[i].in, cases[i].out) != 0);
    }
}

static void reads_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *in, *name;
        uint16_t port;
        bool ipv6;
    } cases[] = {
        { "example.com", "example.com", 0, false },
        { "example.com.", "example.com.", 0, false },
        { "localhost:8000", "localhost", 8000, false },
        { "a:1", "a", 1, false },
        { "a:65535", "a", 65535, false },
        { "a_b-c.d9", "a_b-c.d9", 0, false },
        { "127.0.0.1:80", "127.0.0.1", 80, false },
        { "[::1]", "::1", 0, true },
        { "[2001:db8::1]:443", "2001:db8::1", 443, true },
        { "[::ffff:192.0.2.1]", "::ffff:192.0.2.1", 0, true },
        { "1.example", "1.example", 0, false },
        { "0xyz", "0xyz", 0, false },
        { "a.b1", "a.b1", 0, false },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_url_host host;
        assert_true(ct_url_host_parse(ct_str_of(cases[i].in), &host));
        assert_str(host.name, cases[i].name);
        assert_int_equal(host.port, cases[i].port);
        assert_int_equal(host.ipv6, cases[i].ipv6);
    }
}

static void refuses_hosts(void **state)
{
    (void)state;
    static const ct_str cases[] = {
        CT_STR(""),           CT_STR("."),           CT_STR(".a"),
        CT_STR("a..b"),       CT_STR("a.b.."),       CT_STR(":80"),
        CT_STR("a:"),         CT_STR("a:0"),         CT_STR("a:65536"),
        CT_STR("a:000080"),   CT_STR("a:8 0"),       CT_STR("a:+80"),
        CT_STR("a:80:80"),    CT_STR("a b"),         CT_STR("a/b"),
        CT_STR("a@b"),        CT_STR("a\\b"),        CT_STR("a%41"),
        CT_STR("é"),          CT_STR("a\0b"),        CT_STR("a,b"),
        CT_STR("a\n"),        CT_STR("127.1"),       CT_STR("1.2.3.4.5"),
        CT_STR("256.0.0.1"),  CT_STR("0x7f000001"),  CT_STR("a.0x"),
        CT_STR("2130706433"), CT_STR("a.1"),         CT_STR("01.2.3.4"),
        CT_STR("127.1."),     CT_STR("::1"),         CT_STR("[::1"),
        CT_STR("[]"),         CT_STR("[::1]80"),     CT_STR("[1111:1111:1111:1111:1111:1111:1111:1111:1111:1]"),
        CT_STR("[::1]:"),     CT_STR("[127.0.0.1]"), CT_STR("[::1%eth0]"),
        CT_STR("[:::1]"),     CT_STR("[::1]]"),
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_url_host host = { .port = 7 };
        assert_false(ct_url_host_parse(cases[i], &host));
        assert_int_equal(host.port, 7);
    }
}

static void hosts_have_limits(void **state)
{
    (void)state;
    char text[300];
    ct_url_host host;

    memset(text, 'a', sizeof(text));
    assert_true(ct_url_host_parse((ct_str){ text, 63 }, &host));
    assert_false(ct_url_host_parse((ct_str){ text, 64 }, &host));
    for (size_t i = 50; i < sizeof(text); i += 51)
        text[i] = '.';
    assert_true(ct_url_host_parse((ct_str){ text, 253 }, &host));
    assert_false(ct_url_host_parse((ct_str){ text, 254 }, &host));
    text[253] = '.';
    assert_true(ct_url_host_parse((ct_str){ text, 254 }, &host));
}

static void parses_absolute_urls(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool https;
        const char *host;
        uint16_t port;
        const char *path, *query, *fragment; /* NULL: none */
    } cases[] = {
        { "http://a", false, "a", 80, "", NULL, NULL },
        { "HTTPS://A.example/", true, "A.example", 443, "/", NULL, NULL },
        { "http://a:8080/x/%41;y=1?q=/?&r#f/?", false, "a", 8080, "/x/%41;y=1", "q=/?&r", "f/?" },
        { "https://[::1]:1/", true, "::1", 1, "/", NULL, NULL },
        { "http://a?", false, "a", 80, "", "", NULL },
        { "http://a#", false, "a", 80, "", NULL, "" },
        { "http://a/#x?y", false, "a", 80, "/", NULL, "x?y" },
        { "http://a//b", false, "a", 80, "//b", NULL, NULL },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_url_parts parts;
        assert_true(ct_url_parse(ct_str_of(cases[i].in), &parts, NULL));
        assert_int_equal(parts.https, cases[i].https);
        assert_str(parts.host.name, cases[i].host);
        assert_int_equal(parts.host.port, cases[i].port);
        assert_str(parts.path, cases[i].path);
        assert_int_equal(parts.query.data != NULL, cases[i].query != NULL);
        assert_str(parts.query, cases[i].query ? cases[i].query : "");
        assert_int_equal(parts.fragment.data != NULL, cases[i].fragment != NULL);
        assert_str(parts.fragment, cases[i].fragment ? cases[i].fragment : "");
    }
}

static void refuses_urls(void **state)
{
    (void)state;
#define SCHEME "the URL does not begin with http:// or https://"
#define HOST "the URL's host or port is malformed"
#define ENCODE(part) "the URL's " part " has a character that must be percent-encoded"
    static const struct {
        ct_str in;
        const char *message;
    } cases[] = {
        { CT_STR(""), SCHEME },
        { CT_STR("/a"), SCHEME },
        { CT_STR("//a"), SCHEME },
        { CT_STR("http:/a"), SCHEME },
        { CT_STR("ftp://a"), SCHEME },
        { CT_STR("javascript:alert(1)"), SCHEME },
        { CT_STR(" http://a"), SCHEME },
        { CT_STR("http://"), HOST },
        { CT_STR("http:///a"), HOST },
        { CT_STR("http://a:"), HOST },
        { CT_STR("http://a\\b/"), HOST },
        { CT_STR("http://good.example\\@evil"), "the URL has a user name or a password in it" },
        { CT_STR("http://user:pw@a/"), "the URL has a user name or a password in it" },
        { CT_STR("http://a/ b"), ENCODE("path") },
        { CT_STR("http://a/%4"), ENCODE("path") },
        { CT_STR("http://a/\\"), ENCODE("path") },
        { CT_STR("http://a/\xC3\xA9"), ENCODE("path") },
        { CT_STR("http://a/\0"), ENCODE("path") },
        { CT_STR("http://a/?%zz"), ENCODE("query") },
        { CT_STR("http://a/?a\r\nb"), ENCODE("query") },
        { CT_STR("http://a/#a#b"), ENCODE("fragment") },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_url_parts parts;
        ct_error error;
        assert_false(ct_url_parse(cases[i].in, &parts, &error));
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.status, 0);
    }
}

static void local_targets_stay_here(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "/",   "/a",   "/a//b", "/a:b", "/?next=http://a", "a",         "a/b:c",  "?q=a:b", "?q=\\", "#top:1",
        "./a", "../a", "/é",    "/ a",  "/a?b=//c",        "/%2F/evil", "/@evil",
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        if (!ct_url_is_local(ct_str_of(cases[i])))
            fail_msg("\"%s\" should be local", cases[i]);
}

static void other_targets_are_not_local(void **state)
{
    (void)state;
    static const ct_str cases[] = {
        CT_STR(""),
        CT_STR("//evil"),
        CT_STR("///evil"),
        CT_STR("/\\evil"),
        CT_STR("\\/evil"),
        CT_STR("\\\\evil"),
        CT_STR("\\evil"),
        CT_STR("/a\\b"),
        CT_STR("http://evil"),
        CT_STR("HTTP:evil"),
        CT_STR("http:/evil"),
        CT_STR("http:///evil"),
        CT_STR("javascript:alert(1)"),
        CT_STR("data:text/html,x"),
        CT_STR("a:b"),
        CT_STR(":"),
        CT_STR(" //evil"),
        CT_STR(" /a"),
        CT_STR("\t//evil"),
        CT_STR("/\t/evil"),
        CT_STR("/\n/evil"),
        CT_STR("\r/a"),
        CT_STR("\x08//evil"),
        CT_STR("/a\x7F"),
        CT_STR("/a\0"),
        CT_STR("\0//evil"),
        CT_STR("/a\xC2\x85"),
        CT_STR("/a\xFF"),
        CT_STR("/a\xC2"),
        CT_STR("java\nscript:x"),
        CT_STR("/a?b\nc"),
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        if (ct_url_is_local(cases[i]))
            fail_msg("\"%s\" should not be local", cases[i].data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(decodes_escapes, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(decoding_copies_only_what_changes, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(decoding_refuses, setup_arena, teardown_arena),
        cmocka_unit_test(decoding_stays_within_the_arena),
        cmocka_unit_test_setup_teardown(encodes_by_part, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(encoding_keeps_nul_and_broken_text_apart, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(every_byte_comes_back, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(merges_slashes, setup_arena, teardown_arena),
        cmocka_unit_test(reads_hosts),
        cmocka_unit_test(refuses_hosts),
        cmocka_unit_test(hosts_have_limits),
        cmocka_unit_test(parses_absolute_urls),
        cmocka_unit_test(refuses_urls),
        cmocka_unit_test(local_targets_stay_here),
        cmocka_unit_test(other_targets_are_not_local),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
