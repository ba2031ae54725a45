/* Cookies: which of them a handler sees, and that browsers keep what is set. */
#include "proto/cookie.h"

#include "support/arena_state.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The cookies as one text: "[name=value]...". */
static const char *show(ct_arena *arena, const ct_params *cookies)
{
    char *text = ct_arena_copy(arena, "", 0);
    for (uint32_t i = 0; i < cookies->count; i++) {
        const ct_param *item = &cookies->items[i];
        assert_int_equal(strlen(item->name.data), item->name.length);
        assert_int_equal(strlen(item->value.data), item->value.length);
        text = ct_arena_printf(arena, "%s[%s=%s]", text, item->name.data, item->value.data);
    }
    return text;
}

static void parses_cookies(void **state)
{
    static const struct {
        ct_str in;
        const char *out;
    } cases[] = {
        { CT_STR(""), "" },
        { CT_STR("a=1"), "[a=1]" },
        { CT_STR("a=1; b=2"), "[a=1][b=2]" },
        { CT_STR("a=1;b=2;"), "[a=1][b=2]" },
        { CT_STR(" \ta = 1 ;\t b=2\t"), "[a=1][b=2]" },
        { CT_STR("a="), "[a=]" },
        { CT_STR("a=b=c=="), "[a=b=c==]" },
        { CT_STR("a=%41+b"), "[a=%41+b]" },
        { CT_STR("a=x y, z"), "[a=x y, z]" },
        { CT_STR("a=\"quoted\"; b=\"\"; c=\""), "[a=quoted][b=][c=\"]" },
        { CT_STR("a=\"\"x\"\""), "[a=\"x\"]" },
        { CT_STR("é=ü"), "[é=ü]" },
        /* a quote does not swallow what is behind it */
        { CT_STR("a=\"x; session=secret; b=y\""), "[a=\"x][session=secret][b=y\"]" },
        { CT_STR("$Version=1; a=\"b\\\"c\""), "[$Version=1][a=b\\\"c]" },
        /* left out: no '=', no name, controls, broken text; the neighbours stay */
        { CT_STR("a=1; nothing; =2;; ; b=3"), "[a=1][b=3]" },
        { CT_STR("a=1; b=x\x01y; c\x7F=2; d=3"), "[a=1][d=3]" },
        { CT_STR("a=1; b=x\0y; c=\xFF; \xC3=2; t=a\tb; d=3"), "[a=1][d=3]" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_params cookies;
        assert_true(ct_cookies_parse(*state, &cases[i].in, 1, 0, &cookies, NULL));
        assert_string_equal(show(*state, &cookies), cases[i].out);
    }
}

static void the_first_of_a_name_counts(void **state)
{
    const ct_str fields[] = { CT_STR("id=first; ID=capitals; id=second"), CT_STR(""), CT_STR("id=third; x=1") };
    ct_params cookies;
    assert_true(ct_cookies_parse(*state, fields, CT_COUNT(fields), 0, &cookies, NULL));
    assert_string_equal(show(*state, &cookies), "[id=first][ID=capitals][id=second][id=third][x=1]");
    assert_string_equal(ct_params_get(&cookies, "id"), "first");
    assert_string_equal(ct_params_get(&cookies, "ID"), "capitals");
    assert_string_equal(ct_params_get(&cookies, "x"), "1");
    assert_null(ct_params_get(&cookies, "Id"));
    assert_true(ct_cookies_parse(*state, NULL, 0, 0, &cookies, NULL));
    assert_null(ct_params_get(&cookies, "id"));
}

static ct_str numbered(ct_arena *arena, size_t count)
{
    ct_buffer out = ct_buffer_in(arena);
    for (size_t i = 0; i < count; i++)
        ct_buffer_printf(&out, "; c%zu=v%zu; =; left out", i, i);
    return (ct_str){ out.data, out.length };
}

static void counts_cookies(void **state)
{
    ct_params cookies = { .count = 7 };
    ct_error error;
    ct_str most = numbered(*state, CT_COOKIES_COUNT), more = numbered(*state, CT_COOKIES_COUNT + 1),
           two = numbered(*state, 2);

    assert_false(ct_cookies_parse(*state, &more, 1, 0, &cookies, &error));
    assert_int_equal(error.status, 431);
    assert_string_equal(error.message, "more than 100 cookies");
    assert_int_equal(cookies.count, 7);
    assert_true(ct_cookies_parse(*state, &most, 1, 0, &cookies, &error));
    assert_int_equal(cookies.count, 100);
    assert_string_equal(ct_params_get(&cookies, "c99"), "v99");
    assert_null(ct_params_get(&cookies, "c100"));
    assert_true(ct_cookies_parse(*state, &two, 1, 2, &cookies, &error));
    assert_false(ct_cookies_parse(*state, &two, 1, 1, &cookies, &error));
}

static void a_field_of_separators_takes_little_memory(void **state)
{
    static char text[16384];
    const ct_str field = { text, sizeof(text) };
    ct_params cookies;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "x;"[i % 2];
    assert_true(ct_cookies_parse(*state, &field, 1, 0, &cookies, NULL));
    assert_int_equal(cookies.count, 0);
    assert_true(ct_arena_used(*state) < 2 * sizeof(text));
}

static void parsing_stays_within_the_arena(void **state)
{
    ct_str field = numbered(*state, 50);
    for (size_t limit = 16;; limit += 16) {
        ct_arena arena;
        ct_params cookies;
        ct_error error = { 0 };
        ct_arena_init(&arena, NULL, limit);
        bool parsed = ct_cookies_parse(&arena, &field, 1, 0, &cookies, &error);
        ct_arena_finish(&arena);
        if (parsed)
            break;
        assert_int_equal(error.status, 500);
        assert_true(limit < 100000);
    }
}

static void formats_cookies(void **state)
{
    static const struct {
        const char *name, *value;
        ct_cookie_options options;
        const char *out;
    } cases[] = {
        { "a", "1", { 0 }, "a=1; Path=/; HttpOnly; SameSite=Lax" },
        { "a", "", { 0 }, "a=; Path=/; HttpOnly; SameSite=Lax" },
        { "!#$%&'*+-.^_`|~",
          "!#$%&'()*+-./:<=>?@[]^_`{|}~",
          { 0 },
          "!#$%&'*+-.^_`|~=!#$%&'()*+-./:<=>?@[]^_`{|}~; Path=/; HttpOnly; SameSite=Lax" },
        { "a",
          "1",
          { .path = "/app", .domain = "Example.com", .secure = true },
          "a=1; Path=/app; Domain=Example.com; Secure; HttpOnly; SameSite=Lax" },
        { "a", "1", { .script_access = true, .same_site = CT_SAMESITE_STRICT }, "a=1; Path=/; SameSite=Strict" },
        { "a", "1", { .same_site = CT_SAMESITE_UNSET }, "a=1; Path=/; HttpOnly" },
        { "a",
          "1",
          { .same_site = CT_SAMESITE_NONE, .secure = true, .partitioned = true },
          "a=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned" },
        { "a", "1", { .max_age = CT_HOUR }, "a=1; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax" },
        { "a", "1", { .max_age = 1 }, "a=1; Path=/; Max-Age=1; HttpOnly; SameSite=Lax" },
        { "a", "1", { .max_age = CT_SECOND + 1 }, "a=1; Path=/; Max-Age=2; HttpOnly; SameSite=Lax" },
        { "a", "1", { .max_age = 400 * CT_DAY }, "a=1; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax" },
        { "a", "1", { .max_age = 400 * CT_DAY + 1 }, "a=1; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax" },
        { "a", "1", { .max_age = INT64_MAX }, "a=1; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax" },
        { "a",
          "1",
          { .expires = 784111777 * CT_SECOND },
          "a=1; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; SameSite=Lax" },
        { "a",
          "1",
          { .expires = INT64_C(253402300799) * CT_SECOND, .max_age = CT_SECOND },
          "a=1; Path=/; Max-Age=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT; HttpOnly; SameSite=Lax" },
        { "a",
          "",
          { .expired = true, .max_age = -1, .expires = -1, .path = "/x" },
          "a=; Path=/x; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax" },
        { "__Secure-a",
          "1",
          { .secure = true, .domain = "a", .path = "/x" },
          "__Secure-a=1; Path=/x; Domain=a; Secure; HttpOnly; SameSite=Lax" },
        { "__Host-a", "1", { .secure = true, .path = "/" }, "__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax" },
        { "__Host-a", "1", { .secure = true, .script_access = true }, "__Host-a=1; Path=/; Secure; SameSite=Lax" },
        { "__Http-a", "1", { .secure = true }, "__Http-a=1; Path=/; Secure; HttpOnly; SameSite=Lax" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_buffer out = ct_buffer_in(*state);
        ct_error error = { .message = "" };
        ct_cookie_format(&out, cases[i].name, cases[i].value, &cases[i].options, &error);
        assert_string_equal(error.message, "");
        assert_string_equal(ct_buffer_text(&out), cases[i].out);
    }
}

static void refuses_what_browsers_drop(void **state)
{
#define ENCODE " may not stand in a cookie: encode the value, for instance as base64url or percent-encoded"
#define TOKEN " behind this may not stand in a name: use ASCII letters, digits and any of !#$%&'*+-.^_`|~"
#define PREFIX ": a name with this prefix needs .secure = true"
#define DOMAIN                                                                                                         \
    "cookie a: .domain is a host name as \"example.com\", without scheme, port and path; leave it out for this host "  \
    "alone"
#define PATH "cookie a: .path has a ';', a control character or one beyond ASCII: percent-encode it"
#define EXPIRES "cookie a: .expires is not between the years 1970 and 9999 (it is in microseconds)"
    static const struct {
        const char *name, *value;
        ct_cookie_options options;
        const char *message;
    } cases[] = {
        { "", "1", { 0 }, "the cookie's name is empty or begins with a character that may not stand in it" },
        { "=a", "1", { 0 }, "the cookie's name is empty or begins with a character that may not stand in it" },
        { "my cookie", "1", { 0 }, "cookie name \"my...\": byte 0x20" TOKEN },
        { "a\r\nSet-Cookie:x", "1", { 0 }, "cookie name \"a...\": byte 0x0D" TOKEN },
        { "n\xC3\xA9", "1", { 0 }, "cookie name \"n...\": byte 0xC3" TOKEN },
        { "a", "x y", { 0 }, "cookie a: byte 0x20 of its value (at 2)" ENCODE },
        { "a", "x;y", { 0 }, "cookie a: byte 0x3B of its value (at 2)" ENCODE },
        { "a", "x,y", { 0 }, "cookie a: byte 0x2C of its value (at 2)" ENCODE },
        { "a", "\"x\"", { 0 }, "cookie a: byte 0x22 of its value (at 1)" ENCODE },
        { "a", "x\\", { 0 }, "cookie a: byte 0x5C of its value (at 2)" ENCODE },
        { "a", "\r\nX: y", { 0 }, "cookie a: byte 0x0D of its value (at 1)" ENCODE },
        { "a", "\x7F", { 0 }, "cookie a: byte 0x7F of its value (at 1)" ENCODE },
        { "a", "\xC3\xA9", { 0 }, "cookie a: byte 0xC3 of its value (at 1)" ENCODE },
        { "a", "1", { .path = "" }, "cookie a: .path must begin with '/'" },
        { "a", "1", { .path = "app" }, "cookie a: .path must begin with '/'" },
        { "a", "1", { .path = "/;x" }, PATH },
        { "a", "1", { .path = "/\n" }, PATH },
        { "a", "1", { .path = "/\xC3\xA9" }, PATH },
        { "a", "1", { .domain = "" }, DOMAIN },
        { "a", "1", { .domain = "a;b" }, DOMAIN },
        { "a", "1", { .domain = "a:80" }, DOMAIN },
        { "a", "1", { .domain = "https://a" }, DOMAIN },
        { "a", "1", { .max_age = -1 }, "cookie a: .max_age is negative: set .expired to delete a cookie" },
        { "a", "1", { .expires = -1 }, EXPIRES },
        { "a", "1", { .expires = INT64_C(253402300800) * CT_SECOND }, EXPIRES },
        { "__Secure-a", "1", { 0 }, "cookie __Secure-a" PREFIX },
        { "__Host-a", "1", { 0 }, "cookie __Host-a" PREFIX },
        { "__hOST-a", "1", { 0 }, "cookie __hOST-a" PREFIX },
        { "__Http-a", "1", { 0 }, "cookie __Http-a" PREFIX },
        { "__Host-a",
          "1",
          { .secure = true, .domain = "a" },
          "cookie __Host-a: a __Host- cookie belongs to one host: leave .domain out" },
        { "__Host-a",
          "1",
          { .secure = true, .path = "/x" },
          "cookie __Host-a: a __Host- cookie has the path \"/\": leave .path out" },
        { "__Host-Http-a",
          "1",
          { .secure = true, .script_access = true },
          "cookie __Host-Http-a: a name with this prefix is hidden from scripts: leave .script_access out" },
        { "a", "1", { .same_site = CT_SAMESITE_NONE }, "cookie a: CT_SAMESITE_NONE needs .secure = true" },
        { "a", "1", { .partitioned = true }, "cookie a: .partitioned needs .secure = true" },
        { "a", "1", { .same_site = (ct_same_site)4 }, "cookie a: .same_site is none of the CT_SAMESITE_ values" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_buffer out = ct_buffer_in(*state);
        ct_error error = { .status = -1 };
        assert_false(ct_cookie_format(&out, cases[i].name, cases[i].value, &cases[i].options, &error));
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.status, 0);
        assert_int_equal(out.length, 0);
    }
}

static void browsers_limits_on_lengths(void **state)
{
    char text[4200];
    ct_buffer out = ct_buffer_in(*state);
    ct_error error;

    memset(text, 'x', sizeof(text));
    text[4094] = '\0';
    assert_true(ct_cookie_format(&out, "ab", text, &(ct_cookie_options){ 0 }, &error));
    assert_false(ct_cookie_format(&out, "abc", text, &(ct_cookie_options){ 0 }, &error));
    assert_string_equal(error.message,
                        "cookie abc: name and value are 4097 bytes, browsers keep at most 4096: store the "
                        "data on the server and a key to it in the cookie");
    text[0] = '/';
    text[1024] = '\0';
    assert_true(ct_cookie_format(&out, "a", "1", &(ct_cookie_options){ .path = text }, &error));
    assert_true(ct_cookie_format(&out, "a", "1", &(ct_cookie_options){ .domain = text + 1 }, &error));
    text[1024] = 'x';
    text[1025] = '\0';
    assert_false(ct_cookie_format(&out, "a", "1", &(ct_cookie_options){ .path = text }, &error));
    assert_string_equal(error.message, "cookie a: .path is over 1024 bytes, browsers would ignore it");
    assert_true(ct_cookie_format(&out, "a", "1", &(ct_cookie_options){ .domain = text + 1 }, &error));
    text[0] = 'x';
    assert_false(ct_cookie_format(&out, "a", "1", &(ct_cookie_options){ .domain = text }, &error));
    assert_string_equal(error.message, "cookie a: .domain is over 1024 bytes, browsers would ignore it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parses_cookies, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(the_first_of_a_name_counts, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(counts_cookies, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(a_field_of_separators_takes_little_memory, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(parsing_stays_within_the_arena, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(formats_cookies, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(refuses_what_browsers_drop, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(browsers_limits_on_lengths, setup_arena, teardown_arena),
    };
    return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
