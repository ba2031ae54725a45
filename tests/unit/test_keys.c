/* The settings secret_key and secret_key_fallbacks: what is refused, and what is derived. */
#include "canteen.h"
#include "canteen/backend/session.h"
#include "made_request.h"

#include "web/keys.h"
#include "web/settings.h"

#define GOOD "0123456789abcdefghijklmnopqrstuv"
#define OTHER "vutsrqponmlkjihgfedcba9876543210"
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
    assert_said(&keyed, GIVEN("secret_key=abcdefghabcdefghabcdefghabcdefgh"), "");
    assert_said(&keyed, GIVEN("secret_key=" GOOD ",x"),
                "error: command line: secret_key has a comma, so it could not be told apart in secret_key_fallbacks "
                "later\n");
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
    assert_hex(k.site.keys->roots[0], "6358d63c0d2ccf1b2a06c9b6c0a2b44b352e40084be7879a498505be3d315b8c");
    assert_hex(k.site.keys->sessions[0], "9d1d1a49e8c636a3b119a95dcaab699bc5a3606d951fdf8b9ac5f76de9313a82");
    assert_hex(k.site.keys->sessions[1], "51e2b976f8049c0390a9b77c6a0144ed232a75343bb661135a4ee5bc304e0699");
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
        cmocka_unit_test(a_missing_key),
        cmocka_unit_test(keys_that_anybody_could_have),
        cmocka_unit_test(as_many_fallbacks_as_allowed),
        cmocka_unit_test(derived_keys),
        cmocka_unit_test(development_makes_a_key),
        cmocka_unit_test(asking_without_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
