/* The settings secret_key and secret_key_fallbacks: what is refused, and what is derived. */
#include "canteen.h"
#include "canteen/backend/session.h"
#include "made_request.h"

#include "base/base64.h"
#include "base/random.h"
#include "web/keys.h"
#include "web/settings.h"

#define GOOD "oW3tUr8cLx5aQe0hZk7dVy2mJb9sPf4n"
#define OTHER "Hq6vGz1xTj8bRw3nKc5yMd0pFa7uSe2i"
#define ADVICE CT_KEY_ADVICE "\n"

static const ct_session_store store_with_key = { .name = "test", .needs_key = true };
static const ct_session_store store_without = { .name = "test" };
static const ct_app plain = { .name = "plain" };
static const ct_app keyed = { .name = "keyed", .sessions = &store_with_key };
static const ct_app unkeyed = { .name = "unkeyed", .sessions = &store_without };

typedef struct keyed_site {
    ct_site site;
    ct_problems problems;
} keyed_site;

static void open_keyed(keyed_site *k, const ct_app *app, const char *const *overrides)
{
    memset(k, 0, sizeof(*k));
    ct_site_init(&k->site, app, &k->problems);
    k->site.settings = ct_settings_load(&k->site.arena, app, "/nonexistent/.env", NULL, overrides, &k->problems);
    ct_settings_config(k->site.settings, &k->site.config);
    ct_keys_prepare(&k->site, &k->problems);
}

static void close_keyed(keyed_site *k)
{
    ct_site_finish(&k->site);
    ct_problems_finish(&k->problems);
}

/* The problems of an app with such settings, one a line. */
static void assert_said(const ct_app *app, const char *const *overrides, const char *wanted)
{
    keyed_site k;
    ct_buffer text = { 0 };
    open_keyed(&k, app, overrides);
    for (size_t i = 0; i < k.problems.count; i++)
        ct_buffer_printf(&text, "%s: %s\n", k.problems.items[i].severity == CT_PROBLEM_ERROR ? "error" : "warning",
                         k.problems.items[i].text);
    assert_string_equal(ct_buffer_text(&text), wanted);
    ct_buffer_finish(&text);
    close_keyed(&k);
}

#define GIVEN(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void a_missing_key(void **state)
{
    (void)state;
    assert_said(&keyed, NULL,
                "error: secret_key is not set, and the sessions of the app keyed need it: put CANTEEN_SECRET_KEY=... "
                "into .env; " ADVICE);
    assert_said(&unkeyed, NULL, "");
    assert_said(&plain, NULL, "");
    assert_said(&plain, GIVEN("secret_key_fallbacks=" GOOD),
                "error: command line: secret_key_fallbacks is set, but secret_key is not: what is the present key?\n");
    assert_said(&keyed, GIVEN("secret_key=  "),
                "error: secret_key is not set, and the sessions of the app keyed need it: put CANTEEN_SECRET_KEY=... "
                "into .env; " ADVICE);
}

static void keys_that_anybody_could_have(void **state)
{
    static const char known[] = "is one that everybody knows";
    static const struct {
        const char *key, *why;
    } cases[] = {
        { "dev", known },
        { "secret", known },
        { "changeme", known },
        { "ChangeMe-0123456789abcdefghijklmnopqrst", known },
        { "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", known },
        { "django-insecure-5g!x9b@0c2#h7$k1%m3^p6&r8*t", known },
        { "x", "has 1 character, and 32 are the least" },
        { "0123456789abcdefghijklmnopqrstu", "has 31 characters, and 32 are the least" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "has only 1 different character" },
        { "abcdefgabcdefgabcdefgabcdefgabcdefg", "has only 7 different characters" },
        { "replace-me-with-a-random-secret-please", known },
        { "your-256-bit-secretyour-256-bit-secret", known },
        { "W7pQx2LmZ9aW7pQx2LmZ9aW7pQx2LmZ9aW7p", "is a shorter text, repeated" },
        { "W7pQx2LmZ9aR3tYkW7pQx2LmZ9aR3tYk", "is a shorter text, repeated" },
        { "12345678901234567890123456789012", "is a shorter text, repeated" },
        { "abcdefghijklmnopqrstuvwxyz0123456789", "is mostly characters that follow each other" },
        { "zyxwvutsrqponm-9876543210-abcdefg", "is mostly characters that follow each other" },
        { "the-keys-of-our-new-shop-are-these", "is plain words" },
        { "THE KEYS OF OUR NEW SHOP ARE THESE", "is plain words" },
    };
    char setting[200], wanted[512];
    (void)state;
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        snprintf(setting, sizeof(setting), "secret_key=%s", cases[i].key);
        snprintf(wanted, sizeof(wanted), "error: command line: secret_key %s, so that it protects nothing: " ADVICE,
                 cases[i].why);
        assert_said(&plain, GIVEN(setting), wanted);
        snprintf(wanted, sizeof(wanted), "warning: command line: secret_key %s, so that it protects nothing: " ADVICE,
                 cases[i].why);
        assert_said(&plain, GIVEN(setting, "debug=true"), wanted);
        snprintf(setting, sizeof(setting), "secret_key_fallbacks=" OTHER ",%s", cases[i].key);
        snprintf(wanted, sizeof(wanted),
                 "error: command line: a key of secret_key_fallbacks %s, so that it protects nothing: " ADVICE,
                 cases[i].why);
        assert_said(&plain, GIVEN("secret_key=" GOOD, setting), wanted);
    }
    assert_said(&keyed, GIVEN("secret_key=" GOOD), "");
    assert_said(&keyed, GIVEN("secret_key=W7pQx2LmZ9aR3tYkW7pQx2LmZ9aR3tYx"), ""); /* the last one differs */
    assert_said(&keyed, GIVEN("secret_key=abcdefghijklmnop-kT8vQ2xZ7wLm4Rp9"), "");
    assert_said(&keyed, GIVEN("secret_key=the-keys-of-our-new-shop-are-7these"), "");
    assert_said(&keyed, GIVEN("secret_key=" GOOD ",x"),
                "error: command line: secret_key has a comma, so it could not be told apart in secret_key_fallbacks "
                "later\n");
}

/* What `canteen key`, `openssl rand -hex 32`, `-hex 16` and `-base64 32` make. */
static void random_keys_are_good(void **state)
{
    ct_arena arena;
    (void)state;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < 40000; i++) {
        unsigned char bytes[32];
        char key[65] = "";
        ct_random_bytes(bytes, sizeof(bytes));
        if (i % 4 < 2)
            for (size_t n = 0; n < (i % 4 ? 16 : 32); n++)
                snprintf(key + 2 * n, 3, "%02x", bytes[n]);
        else if (i % 4 == 2)
            ct_base64_encode(key, bytes, sizeof(bytes));
        else
            EVP_EncodeBlock((unsigned char *)key, bytes, sizeof(bytes));
        const char *why = ct_keys_weakness(&arena, key);
        if (why && !(i % 4 == 1 && strstr(why, "different"))) /* 16 bytes in base 16: once in 10 million */
            fail_msg("%s %s", key, why);
    }
    ct_arena_finish(&arena);
}

static void as_many_fallbacks_as_allowed(void **state)
{
    keyed_site k;
    (void)state;
    open_keyed(&k, &plain,
               GIVEN("secret_key=" GOOD, "secret_key_fallbacks=" OTHER ", " OTHER "," OTHER "," OTHER ",," OTHER
                                         "," OTHER "," OTHER "," OTHER ","));
    assert_int_equal(k.problems.count, 0);
    assert_int_equal(k.site.keys->count, 9);
    close_keyed(&k);
    assert_said(&plain,
                GIVEN("secret_key=" GOOD, "secret_key_fallbacks=" OTHER "," OTHER "," OTHER "," OTHER "," OTHER
                                          "," OTHER "," OTHER "," OTHER "," OTHER),
                "error: command line: secret_key_fallbacks has more than 8 keys: drop the oldest\n");
}

static void assert_hex(const ct_key key, const char *wanted)
{
    char text[2 * CT_KEY_BYTES + 1];
    for (size_t i = 0; i < CT_KEY_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", key[i]);
    assert_string_equal(text, wanted);
}

/* Computed with Python: prk = hmac.digest(b"canteen", secret, "sha256"), hmac.digest(prk, info + b"\1", "sha256"). */
static void derived_keys(void **state)
{
    keyed_site k;
    (void)state;
    open_keyed(&k, &plain, GIVEN("secret_key= " GOOD, "secret_key_fallbacks=" OTHER));
    assert_int_equal(k.problems.count, 0);
    assert_int_equal(k.site.keys->count, 2);
    assert_false(k.site.keys->made);
    assert_hex(k.site.keys->roots[0], "fefb650c917a5b0568ebc40b590c7fcfb70da5e508e01ee0a451d07eea18f899");
    assert_hex(k.site.keys->sessions[0], "3d0f35f3e635a1e288bb708c29662a1faa2cbee229b55441fb7cfa147e9679a2");
    assert_hex(k.site.keys->sessions[1], "f8a081793c3ae68eabd08dbd3aa372e8cd4d133f2c7515d1d8c2ac83d52e8d09");
    close_keyed(&k);
}

static void development_makes_a_key(void **state)
{
    keyed_site first, second;
    (void)state;
    open_keyed(&first, &keyed, GIVEN("debug=true"));
    open_keyed(&second, &keyed, GIVEN("debug=true"));
    assert_int_equal(first.problems.count + second.problems.count, 0);
    assert_int_equal(first.site.keys->count, 1);
    assert_true(first.site.keys->made);
    assert_memory_not_equal(first.site.keys->sessions[0], second.site.keys->sessions[0], CT_KEY_BYTES);
    close_keyed(&first);
    close_keyed(&second);
}

static void asking_without_a_key(void **state)
{
    made_request made;
    (void)state;
    ct *c = make_work(&made);
    assert_aborts(c, 500, "ct_x() needs the setting secret_key: put CANTEEN_SECRET_KEY=... into .env; " CT_KEY_ADVICE,
                  ct_keys_needed(c, "ct_x"));
    drop_request(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_key),        cmocka_unit_test(keys_that_anybody_could_have),
        cmocka_unit_test(random_keys_are_good), cmocka_unit_test(as_many_fallbacks_as_allowed),
        cmocka_unit_test(derived_keys),         cmocka_unit_test(development_makes_a_key),
        cmocka_unit_test(asking_without_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
