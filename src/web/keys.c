/* Reading the secret keys: which are refused, and what is derived from the others.
 *
 * A key that stands in documentation, or is so short or plain that it can be guessed, protects nothing: everybody could
 * write sessions. So it is an error like any other of the settings. No message has a key in it, or part of one.
 *
 * Not here: what the keys are used for (sign.c, session_cookie.c). */
#include "web/keys.h"

#include "base/random.h"
#include "canteen/backend/session.h"
#include "web/ct.h"
#include "web/settings.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>

#define LEAST_BYTES 32
#define LEAST_RUN 4   /* characters, each the next of the last (or the one before, or the same), that make a sequence */
#define LEAST_KINDS 8 /* different characters: 32 random ones of base 16 have fewer once in 10 million keys */

/* ---- OpenSSL ---- */

static OSSL_PARAM octets(const char *name, const void *data, size_t size)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)data, size);
}

/* One step of HKDF: `extra` is the salt of EXTRACT and the info of EXPAND. */
static bool hkdf(const ct_keys *keys, int mode, ct_str key, ct_str extra, ct_key ret_key)
{
    char digest[] = "SHA256";
    bool extract = mode == EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        octets(OSSL_KDF_PARAM_KEY, key.data, key.length),
        octets(extract ? OSSL_KDF_PARAM_SALT : OSSL_KDF_PARAM_INFO, extra.data, extra.length),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF_CTX_reset(keys->kdf);
    return EVP_KDF_derive(keys->kdf, ret_key, CT_KEY_BYTES, params) > 0;
}

bool ct_keys_derive(const ct_keys *keys, size_t index, ct_str use, ct_key ret_key)
{
    ct_str root = { (const char *)keys->roots[index], CT_KEY_BYTES };
    return hkdf(keys, EVP_KDF_HKDF_MODE_EXPAND_ONLY, root, use, ret_key);
}

bool ct_keys_hmac(const ct_keys *keys, const ct_key key, ct_str data, ct_key ret_mac)
{
    size_t size;
    return EVP_MAC_init(keys->hmac, key, CT_KEY_BYTES, NULL) &&
           EVP_MAC_update(keys->hmac, (const unsigned char *)data.data, data.length) &&
           EVP_MAC_final(keys->hmac, ret_mac, &size, CT_KEY_BYTES) && size == CT_KEY_BYTES;
}

/* False where OpenSSL lacks an algorithm. */
static bool prepare_openssl(ct_keys *keys)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                  OSSL_PARAM_construct_end() };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    keys->kdf = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    keys->hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
    keys->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    keys->cipher_state = EVP_CIPHER_CTX_new();
    EVP_KDF_free(kdf);
    EVP_MAC_free(mac);
    return keys->kdf && keys->hmac && keys->cipher && keys->cipher_state && EVP_MAC_CTX_set_params(keys->hmac, params);
}

void ct_keys_destroy(ct_keys *keys)
{
    if (!keys)
        return;
    EVP_KDF_CTX_free(keys->kdf);
    EVP_MAC_CTX_free(keys->hmac);
    EVP_CIPHER_free(keys->cipher);
    EVP_CIPHER_CTX_free(keys->cipher_state);
    OPENSSL_cleanse(keys, sizeof(*keys));
    free(keys);
}

/* ---- which keys are good ---- */

static bool is_known(const char *key)
{
    /* Those of the documentation of Flask and others; shorter ones come here for the better message. */
    static const char *const whole[] = {
        "dev",
        "test",
        "key",
        "secret",
        "password",
        "_5#y2L\"F4Q8z\\n\\xec]/",
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    };
    /* What random keys have in them once in an age. */
    static const char *const parts[] = {
        "django-insecure-", "changeme",       "change-me",    "change_me",    "change this", "change-this",
        "your-secret",      "your_secret",    "your secret",  "secret_key",   "secret-key",  "secret key",
        "secretkey",        "supersecret",    "super-secret", "replace-me",   "replace_me",  "replaceme",
        "replace me",       "replace-this",   "replace_this", "replace-with", "my-secret",   "my_secret",
        "mysecret",         "256-bit-secret", "example-key",  "example_key",  "examplekey",  "placeholder",
    };
    for (size_t i = 0; i < CT_COUNT(whole); i++)
        if (strcmp(key, whole[i]) == 0)
            return true;
    for (size_t i = 0; i < CT_COUNT(parts); i++)
        if (strcasestr(key, parts[i]))
            return true;
    return false;
}

static size_t count_kinds(const char *key)
{
    bool seen[256] = { false };
    size_t count = 0;
    for (; *key; key++) {
        count += !seen[(unsigned char)*key];
        seen[(unsigned char)*key] = true;
    }
    return count;
}

/* Whether it is a shorter text at least twice, the last time perhaps not to its end. */
static bool is_repetition(const char *key, size_t length)
{
    for (size_t period = 1; period <= length / 2; period++)
        if (memcmp(key, key + period, length - period) == 0)
            return true;
    return false;
}

/* Whether most of it is sequences such as "abcdef" and "987654". */
static bool is_sequence(const char *key, size_t length)
{
    size_t covered = 0;
    for (size_t start = 0, end; start + 1 < length; start = end) {
        int step = key[start + 1] - key[start];
        for (end = start + 2; end < length && key[end] - key[end - 1] == step;)
            end++;
        if (step >= -1 && step <= 1 && end - start >= LEAST_RUN)
            covered += end - start;
        else
            end = start + 1;
    }
    return covered > length / 2;
}

/* Whether it is words with something between them: without digits, and in letters of one case. Of 43 characters of
 * base64url that have come by chance, this is so for one in 10^15. */
static bool is_words(const char *key, size_t length)
{
    static const char between[] = "-_ .";
    size_t separators = 0, small = 0, capital = 0;
    for (; *key; key++) {
        separators += strchr(between, *key) != NULL;
        small += *key >= 'a' && *key <= 'z';
        capital += *key >= 'A' && *key <= 'Z';
    }
    return separators && (separators + small == length || separators + capital == length);
}

const char *ct_keys_weakness(ct_arena *arena, const char *key)
{
    size_t length = strlen(key), kinds = count_kinds(key);
    if (is_known(key))
        return "is one that everybody knows";
    if (length < LEAST_BYTES)
        return ct_arena_printf(arena, "has %zu character%s, and %d are the least", length, length == 1 ? "" : "s",
                               LEAST_BYTES);
    if (kinds < LEAST_KINDS)
        return ct_arena_printf(arena, "has only %zu different character%s", kinds, kinds == 1 ? "" : "s");
    if (is_repetition(key, length))
        return "is a shorter text, repeated";
    if (is_sequence(key, length))
        return "is mostly characters that follow each other";
    if (is_words(key, length))
        return "is plain words";
    return NULL;
}

/* ---- the site's ---- */

/* Where the setting has its value from, for the front of a message: ".env:3: ". */
static const char *place_of(ct_site *site, const char *setting)
{
    if (!site->settings)
        return "";
    return ct_arena_printf(&site->arena, "%s: ", ct_settings_find(site->settings, setting)->source);
}

static void add_key(ct_site *site, ct_str key, ct_problems *problems)
{
    ct_keys *keys = site->keys;
    static const ct_str salt = { "canteen", 7 };
    if (hkdf(keys, EVP_KDF_HKDF_MODE_EXTRACT_ONLY, key, salt, keys->roots[keys->count]) &&
        ct_keys_derive(keys, keys->count, CT_STR("session"), keys->sessions[keys->count]))
        keys->count++;
    else
        ct_problems_add(problems, CT_PROBLEM_ERROR, "secret_key: OpenSSL cannot derive keys (HKDF with SHA-256)");
}

/* A key of a setting: said to be wrong, or added. */
static void read_key(ct_site *site, const char *setting, const char *key, ct_problems *problems)
{
    const char *why = ct_keys_weakness(&site->arena, key);
    if (why)
        ct_problems_add(problems, site->config.debug ? CT_PROBLEM_WARNING : CT_PROBLEM_ERROR,
                        "%s%s%s %s, so that it protects nothing: " CT_KEY_ADVICE, place_of(site, setting),
                        strcmp(setting, "secret_key") == 0 ? "" : "a key of ", setting, why);
    add_key(site, ct_str_of(key), problems);
}

/* The text without the blanks around it, since fallbacks have none either; NULL where nothing is left. */
static const char *trimmed(ct_site *site, ct_str text)
{
    ct_str bare = ct_str_trim(text);
    return bare.length ? ct_arena_copy(&site->arena, bare.data, bare.length) : NULL;
}

static void read_fallbacks(ct_site *site, ct_problems *problems)
{
    static const char setting[] = "secret_key_fallbacks";
    ct_str rest = ct_str_of(site->config.secret_key_fallbacks);
    for (size_t count = 0; rest.data;) {
        const char *key = trimmed(site, ct_str_next(&rest, ','));
        if (!key)
            continue;
        if (count++ < CT_KEY_FALLBACKS) {
            read_key(site, setting, key, problems);
        } else {
            ct_problems_add(problems, CT_PROBLEM_ERROR, "%s%s has more than %d keys: drop the oldest",
                            place_of(site, setting), setting, CT_KEY_FALLBACKS);
            return;
        }
    }
}

static void make_key(ct_site *site, ct_problems *problems)
{
    ct_key key;
    ct_random_bytes(key, sizeof(key));
    add_key(site, (ct_str){ (const char *)key, sizeof(key) }, problems);
    OPENSSL_cleanse(key, sizeof(key));
    site->keys->made = true;
}

static bool is_needed(const ct_site *site)
{
    const ct_session_store *store = site->app->sessions;
    return store && store->needs_key;
}

static void report_missing(ct_site *site, ct_problems *problems)
{
    if (is_needed(site))
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "secret_key is not set, and the sessions of the app %s need it: put CANTEEN_SECRET_KEY=... "
                        "into .env; " CT_KEY_ADVICE,
                        site->app->name ? site->app->name : "");
    else if (trimmed(site, ct_str_of(site->config.secret_key_fallbacks ? site->config.secret_key_fallbacks : "")))
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "%ssecret_key_fallbacks is set, but secret_key is not: what is the present key?",
                        place_of(site, "secret_key_fallbacks"));
}

void ct_keys_prepare(ct_site *site, ct_problems *problems)
{
    const ct_config *config = &site->config;
    const char *key = config->secret_key ? trimmed(site, ct_str_of(config->secret_key)) : NULL;
    if (!key && !config->debug) {
        report_missing(site, problems);
        return;
    }
    site->keys = ct_xcalloc(1, sizeof(*site->keys));
    if (!prepare_openssl(site->keys)) {
        ct_problems_add(problems, CT_PROBLEM_ERROR, "OpenSSL lacks HKDF, HMAC or AES-256-GCM, which secret_key needs");
        return;
    }
    if (key && strchr(key, ','))
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "%ssecret_key has a comma, so it could not be told apart in secret_key_fallbacks later",
                        place_of(site, "secret_key"));
    if (key)
        read_key(site, "secret_key", key, problems);
    else
        make_key(site, problems);
    if (config->secret_key_fallbacks)
        read_fallbacks(site, problems);
}

const ct_keys *ct_keys_needed(ct *c, const char *function)
{
    const ct_keys *keys = c->site->keys;
    if (!keys)
        ct_mistake(c, "%s() needs the setting secret_key: put CANTEEN_SECRET_KEY=... into .env; " CT_KEY_ADVICE,
                   function);
    return keys;
}
