/* The cookie store: what a token is, what is refused, changes of the key, and how much fits. */
#include "keyed.h"

#include "web/session.h"

#define NAME CT_STR("session")
#define START ((ct_time)1700000000 * CT_SECOND)

static made_request made;

static const char *seal(ct *c, ct_str name, const char *json)
{
    ct_buffer out = ct_buffer_in(c->arena);
    const ct_stored_session session = { .json = json, .saved = START, .permanent = true };
    assert_true(ct_session_seal(made.site.keys, name, &session, &out));
    return ct_buffer_text(&out);
}

/* The JSON in a token, or NULL. */
static const char *open_token(ct *c, ct_str name, const char *token)
{
    ct_stored_session session;
    return ct_session_open(made.site.keys, name, ct_str_of(token), c->arena, &session) ? session.json : NULL;
}

static ct *open_work(const char *key, const char *fallbacks)
{
    ct *c = make_work(&made);
    use_keys(&made.site, key, fallbacks);
    return c;
}

static void there_and_back(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    for (int permanent = 0; permanent <= 1; permanent++) {
        ct_buffer out = ct_buffer_in(c->arena);
        const ct_stored_session given = { .json = "{\"a\":1}", .saved = START + permanent, .permanent = permanent };
        ct_stored_session back;
        assert_true(ct_session_seal(made.site.keys, NAME, &given, &out));
        assert_true(ct_session_open(made.site.keys, NAME, (ct_str){ out.data, out.length }, c->arena, &back));
        assert_string_equal(back.json, given.json);
        assert_true(back.saved == given.saved && back.permanent == given.permanent);
        assert_null(memmem(out.data, out.length, "eyJhIjoxfQ", 10)); /* the JSON in base64 */
    }
    assert_string_not_equal(seal(c, NAME, "{}"), seal(c, NAME, "{}"));
    assert_null(open_token(c, CT_STR("__Host-session"), seal(c, NAME, "{}")));
    drop_keyed(&made);
}

/* Made with Python's `cryptography`: AESGCM(key).encrypt(nonce, text, b"\1session") with the nonce 0, 1, ... 11. */
static void a_known_token(void **state)
{
    static const char vector[] = "AQABAgMEBQYHCAkKC9vLcHAr7NtHw4pfn3f3Y5wiw3SVUC5Y_mCi9MmvBE2Ep-rW";
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    assert_string_equal(open_token(c, NAME, vector), "{\"user\":7}");
    drop_keyed(&made);
}

static void each_changed_byte_tells(void **state)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
    (void)state;
    ct *c = open_work(KEY_1, KEY_2);
    const char *token = seal(c, NAME, "{\"user\":7}");
    size_t length = strlen(token);
    for (size_t i = 0; i < length; i++) {
        char *changed = ct_strdup(c, token);
        for (const char *other = letters; *other; other++) {
            changed[i] = *other;
            if (*other != token[i] && open_token(c, NAME, changed))
                fail_msg("%s is as good as %s", changed, token);
        }
        assert_null(open_token(c, NAME, ct_strndup(c, token, i)));
        assert_null(open_token(c, NAME, token + i + 1));
        assert_null(open_token(c, NAME, ct_printf(c, "%.*s%s", (int)i, token, token + i + 1)));
    }
    for (size_t more = 1; more <= 4; more++)
        assert_null(open_token(c, NAME, ct_printf(c, "%s%.*s", token, (int)more, "AAAA")));
    assert_string_equal(open_token(c, NAME, token), "{\"user\":7}");
    drop_keyed(&made);
}

static void keys_are_changed(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    const char *old = seal(c, NAME, "{\"user\":7}");
    use_keys(&made.site, KEY_2, NULL);
    assert_null(open_token(c, NAME, old));
    use_keys(&made.site, KEY_3, KEY_2 "," KEY_1);
    assert_string_equal(open_token(c, NAME, old), "{\"user\":7}");
    const char *new = seal(c, NAME, "{\"user\":8}");
    use_keys(&made.site, KEY_3, NULL);
    assert_null(open_token(c, NAME, old));
    assert_string_equal(open_token(c, NAME, new), "{\"user\":8}");
    drop_keyed(&made);
}

static void all_that_fits(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    for (size_t length = 1; length <= 64; length++) {
        char name[65];
        memset(name, 'n', length);
        name[length] = '\0';
        size_t room = ct_session_room(ct_str_of(name));
        char *json = ct_alloc(c, room + 2);
        memset(json, ' ', room);
        size_t most = strlen(seal(c, ct_str_of(name), json)) + length;
        assert_true(most <= CT_SESSION_COOKIE_MOST);
        assert_string_equal(open_token(c, ct_str_of(name), seal(c, ct_str_of(name), json)), json);
        json[room] = ' ';
        assert_true(strlen(seal(c, ct_str_of(name), json)) + length > CT_SESSION_COOKIE_MOST);
    }
    assert_int_equal(ct_session_room(NAME), 3028);
    drop_keyed(&made);
}

static void a_token_that_is_too_long(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    char *json = ct_alloc(c, 4000);
    memset(json, ' ', 3034); /* 4096 characters with all that is around */
    assert_int_equal(strlen(seal(c, NAME, json)), 4096);
    assert_string_equal(open_token(c, NAME, seal(c, NAME, json)), json);
    json[3034] = ' ';
    assert_int_equal(strlen(seal(c, NAME, json)), 4098);
    assert_null(open_token(c, NAME, seal(c, NAME, json)));
    drop_keyed(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),   cmocka_unit_test(a_known_token), cmocka_unit_test(each_changed_byte_tells),
        cmocka_unit_test(keys_are_changed), cmocka_unit_test(all_that_fits), cmocka_unit_test(a_token_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
