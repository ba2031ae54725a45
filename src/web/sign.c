/* Signed text, and tokens made of nothing but chance.
 *
 *   token:  TEXT . TIME . MAC      each in base64url
 *                                  TIME: 8 bytes, µs, big endian     MAC: HMAC-SHA256 of "TEXT.TIME"
 *
 * The key is that of the purpose, so a MAC says of what kind the token is. Times of the future are taken as they are:
 * the clocks of several servers differ. Not here: where keys come from (keys.c). */
#include "web/sign.h"

#include "base/base64.h"
#include "base/random.h"
#include "canteen/work.h"
#include "web/ct.h"
#include "web/keys.h"

#include <endian.h>
#include <openssl/crypto.h>

#define MOST_PURPOSE 255
#define MOST_TOKEN 1024
#define TIME_LENGTH CT_BASE64_LENGTH(8)
#define MAC_LENGTH CT_BASE64_LENGTH(CT_KEY_BYTES)

/* The info of the keys for a purpose. */
static ct_str use_of(ct *c, const char *function, const char *purpose)
{
    size_t length = strlen(ct_needed(c, function, purpose));
    if (!length || length > MOST_PURPOSE)
        ct_mistake(c, "%s: the purpose is %zu bytes long, not 1 to %d: give it a short name of your own", function,
                   length, MOST_PURPOSE);
    return ct_str_of(ct_printf(c, "sign %s", purpose));
}

static void make_mac(ct *c, const ct_keys *keys, size_t index, ct_str use, ct_str text, ct_key ret_mac)
{
    ct_key key;
    bool good = ct_keys_derive(keys, index, use, key) && ct_keys_hmac(keys, key, text, ret_mac);
    OPENSSL_cleanse(key, sizeof(key));
    if (!good)
        ct_mistake(c, "OpenSSL cannot sign (HKDF and HMAC with SHA-256)");
}

const char *ct_sign_at(ct *c, const char *purpose, const char *text, ct_time now)
{
    const ct_keys *keys = ct_keys_needed(c, "ct_sign");
    ct_str use = use_of(c, "ct_sign", purpose);
    size_t size = strlen(ct_needed(c, "ct_sign", text)), text_length = CT_BASE64_LENGTH(size);
    char *token = ct_take(c, text_length + 1 + TIME_LENGTH + 1 + MAC_LENGTH + 1), *at = token + text_length;
    uint64_t time = htobe64((uint64_t)now);
    ct_key mac;
    ct_base64_encode(token, text, size);
    *at++ = '.';
    ct_base64_encode(at, &time, sizeof(time));
    at += TIME_LENGTH;
    make_mac(c, keys, 0, use, (ct_str){ token, (size_t)(at - token) }, mac);
    *at++ = '.';
    ct_base64_encode(at, mac, sizeof(mac));
    at[MAC_LENGTH] = '\0';
    return token;
}

/* Whether the MAC is that of one of the keys. */
static bool is_ours(ct *c, const ct_keys *keys, ct_str use, ct_str text, const ct_key mac)
{
    for (size_t i = 0; i < keys->count; i++) {
        ct_key wanted;
        make_mac(c, keys, i, use, text, wanted);
        if (CRYPTO_memcmp(wanted, mac, CT_KEY_BYTES) == 0)
            return true;
    }
    return false;
}

const char *ct_unsign_at(ct *c, const char *purpose, const char *token, ct_time max_age, ct_time now)
{
    const ct_keys *keys = ct_keys_needed(c, "ct_unsign");
    ct_str use = use_of(c, "ct_unsign", purpose);
    size_t length = token ? strlen(token) : 0;
    const size_t rest = 1 + TIME_LENGTH + 1 + MAC_LENGTH;
    if (length < rest || token[length - rest] != '.' || token[length - MAC_LENGTH - 1] != '.')
        return NULL;
    ct_str text = { token, length - rest }, time_text = { token + text.length + 1, TIME_LENGTH };
    uint64_t time;
    ct_key mac;
    if (!ct_base64_decode((ct_str){ token + length - MAC_LENGTH, MAC_LENGTH }, mac) ||
        !is_ours(c, keys, use, (ct_str){ token, length - MAC_LENGTH - 1 }, mac) || !ct_base64_decode(time_text, &time))
        return NULL;
    if (max_age && now - (ct_time)be64toh(time) > max_age)
        return NULL;
    char *back = ct_take(c, CT_BASE64_SIZE(text.length) + 1);
    if (!ct_base64_decode(text, back))
        return NULL;
    back[CT_BASE64_SIZE(text.length)] = '\0';
    return back;
}

const char *ct_sign(ct *c, const char *purpose, const char *text)
{
    return ct_sign_at(c, purpose, text, ct_now());
}

const char *ct_unsign(ct *c, const char *purpose, const char *token, ct_time max_age)
{
    return ct_unsign_at(c, purpose, token, max_age, ct_now());
}

const char *ct_random_token(ct *c, size_t length)
{
    if (length > MOST_TOKEN)
        ct_mistake(c, "ct_random_token: %zu characters are asked for, the most is %d", length, MOST_TOKEN);
    size_t size = CT_BASE64_SIZE(length + 3); /* enough for `length` characters, whatever it is a multiple of */
    unsigned char *bytes = ct_take(c, size);
    char *text = ct_take(c, CT_BASE64_LENGTH(size) + 1);
    ct_random_bytes(bytes, size);
    ct_base64_encode(text, bytes, size);
    text[length] = '\0';
    return text;
}
