/* Signed text: the form of tokens, what is refused, ages, changes of the key. */
#include "keyed.h"

#include "web/sign.h"

#define START ((ct_time)1700000000 * CT_SECOND)
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* Computed with Python's hmac, base64 and struct, from nothing but the keys. */
static const char vector[] = "YWRhQGV4YW1wbGUuY29t.AAYKJBgeQAA.rrI43WLdeQtFiFHWgy6qz3XvkwD6g5tMxpL_zNq_bMs";
static const char vector_of_2[] = "YWRhQGV4YW1wbGUuY29t.AAYKJBgeQAA.azRA2Ojj79cwV9ROEYRE-VfwmdP5rda0polySINuMJc";
static const char empty_vector[] = ".AAAAAAAAAAA.kKgCX9F3I-Rwf98J9mNv0nDDrv35JKxND8oMJ1NOAgM";

static made_request made;

static ct *open_work(const char *key, const char *fallbacks)
{
    ct *c = make_work(&made);
    use_keys(&made.site, key, fallbacks);
    return c;
}

static void known_tokens(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    assert_string_equal(ct_sign_at(c, "activate", "ada@example.com", START), vector);
    assert_string_equal(ct_sign_at(c, "activate", "", 0), empty_vector);
    assert_string_equal(ct_unsign_at(c, "activate", vector, 0, START), "ada@example.com");
    assert_string_equal(ct_unsign_at(c, "activate", empty_vector, 0, START), "");
    use_keys(&made.site, KEY_2, NULL);
    assert_string_equal(ct_sign_at(c, "activate", "ada@example.com", START), vector_of_2);
    drop_keyed(&made);
}

static void there_and_back(void **state)
{
    static const char *const texts[] = { "", "a", "ab", "abc", "a.b.c", "\xC3\xA9\n\"\\", ".." };
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    for (size_t i = 0; i < CT_COUNT(texts); i++) {
        const char *token = ct_sign(c, "link", texts[i]);
        assert_int_equal(strspn(token, LETTERS "."), strlen(token));
        assert_string_equal(ct_unsign(c, "link", token, CT_MINUTE), texts[i]);
        assert_null(ct_unsign(c, "other", token, 0));
        assert_null(ct_unsign(c, "lin", token, 0));
    }
    char *huge = ct_alloc(c, 100001);
    memset(huge, 'x', 100000);
    assert_string_equal(ct_unsign(c, "link", ct_sign(c, "link", huge), 0), huge);
    drop_keyed(&made);
}

static void ages(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    const char *token = ct_sign_at(c, "link", "text", START);
    assert_string_equal(ct_unsign_at(c, "link", token, CT_DAY, START + CT_DAY), "text");
    assert_null(ct_unsign_at(c, "link", token, CT_DAY, START + CT_DAY + 1));
    assert_string_equal(ct_unsign_at(c, "link", token, 1, START + 1), "text");
    assert_null(ct_unsign_at(c, "link", token, 1, START + 2));
    assert_string_equal(ct_unsign_at(c, "link", token, 0, START + 1000 * CT_DAY), "text");
    assert_string_equal(ct_unsign_at(c, "link", token, 1, START - CT_MINUTE), "text");
    assert_null(ct_unsign(c, "link", token, CT_DAY));
    drop_keyed(&made);
}

static void each_changed_byte_tells(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, KEY_2);
    const char *token = ct_sign(c, "link", "user 7");
    size_t length = strlen(token);
    for (size_t i = 0; i < length; i++) {
        char *changed = ct_strdup(c, token);
        for (const char *other = LETTERS ".=+/ "; *other; other++) {
            changed[i] = *other;
            if (*other != token[i] && ct_unsign(c, "link", changed, 0))
                fail_msg("%s is as good as %s", changed, token);
        }
        assert_null(ct_unsign(c, "link", ct_strndup(c, token, i), 0));
        assert_null(ct_unsign(c, "link", token + i + 1, 0));
        assert_null(ct_unsign(c, "link", ct_printf(c, "%.*s%s", (int)i, token, token + i + 1), 0));
    }
    assert_null(ct_unsign(c, "link", ct_printf(c, "%sA", token), 0));
    assert_null(ct_unsign(c, "link", ct_printf(c, "A%s", token), 0));
    assert_null(ct_unsign(c, "link", NULL, 0));
    assert_string_equal(ct_unsign(c, "link", token, 0), "user 7");
    drop_keyed(&made);
}

static void keys_are_changed(void **state)
{
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    const char *old = ct_sign(c, "link", "text");
    use_keys(&made.site, KEY_2, NULL);
    assert_null(ct_unsign(c, "link", old, 0));
    use_keys(&made.site, KEY_3, KEY_2 "," KEY_1);
    assert_string_equal(ct_unsign(c, "link", old, 0), "text");
    const char *new = ct_sign(c, "link", "text");
    use_keys(&made.site, KEY_1, NULL); /* what is signed now is signed by the present key alone */
    assert_null(ct_unsign(c, "link", new, 0));
    use_keys(&made.site, KEY_3, NULL);
    assert_string_equal(ct_unsign(c, "link", new, 0), "text");
    drop_keyed(&made);
}

static void mistakes(void **state)
{
    char purpose[257];
    (void)state;
    ct *c = open_work(KEY_1, NULL);
    memset(purpose, 'p', 256);
    purpose[256] = '\0';
    assert_aborts(c, 500, "ct_sign: the purpose is 256 bytes long, not 1 to 255: give it a short name of your own",
                  ct_sign(c, purpose, "x"));
    assert_aborts(c, 500, "ct_unsign: the purpose is 0 bytes long, not 1 to 255: give it a short name of your own",
                  ct_unsign(c, "", "x", 0));
    assert_aborts(c, 500, "ct_sign() was given NULL instead of text", ct_sign(c, NULL, "x"));
    assert_aborts(c, 500, "ct_sign() was given NULL instead of text", ct_sign(c, "x", NULL));
    purpose[255] = '\0';
    assert_string_equal(ct_unsign(c, purpose, ct_sign(c, purpose, "x"), 0), "x");
    ct_keys_destroy(made.site.keys);
    made.site.keys = NULL;
    assert_aborts(c, 500,
                  "ct_unsign() needs the setting secret_key: put CANTEEN_SECRET_KEY=... into .env; " CT_KEY_ADVICE,
                  ct_unsign(c, "x", "x", 0));
    drop_keyed(&made);
}

static void random_tokens(void **state)
{
    bool seen[256] = { false };
    size_t kinds = 0;
    (void)state;
    ct *c = make_work(&made);
    for (size_t length = 0; length <= 40; length++) {
        const char *token = ct_random_token(c, length);
        assert_int_equal(strlen(token), length);
        assert_int_equal(strspn(token, LETTERS), length);
    }
    assert_string_not_equal(ct_random_token(c, 22), ct_random_token(c, 22));
    for (int i = 0; i < 10; i++)
        for (const char *at = ct_random_token(c, 1024); *at; at++)
            seen[(unsigned char)*at] = true;
    for (size_t i = 0; i < CT_COUNT(seen); i++)
        kinds += seen[i];
    assert_int_equal(kinds, 64);
    assert_aborts(c, 500, "ct_random_token: 1025 characters are asked for, the most is 1024", ct_random_token(c, 1025));
    drop_request(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_tokens),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(ages),
        cmocka_unit_test(each_changed_byte_tells),
        cmocka_unit_test(keys_are_changed),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(random_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
