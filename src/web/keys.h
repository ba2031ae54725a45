/* What sessions and signed text are protected by: the settings secret_key and secret_key_fallbacks, read once.
 *
 *     secret_key ── HKDF-SHA256, extract, salt "canteen" ──> root ── expand, info = use ──> a key for each use
 *
 * (RFC 5869.) The first key is the present one, the others are good for reading. Made before the workers are forked, so
 * that all of them have the same keys. */
#ifndef CANTEEN_WEB_KEYS_H
#define CANTEEN_WEB_KEYS_H

#include "base/problems.h"
#include "web/site.h"

#include <openssl/evp.h>

#define CT_KEY_BYTES 32
#define CT_KEY_FALLBACKS 8 /* the most */

typedef unsigned char ct_key[CT_KEY_BYTES];

typedef struct ct_keys {
    size_t count; /* at least 1 */
    bool made;    /* the first one was made for this run, in development */
    ct_key roots[1 + CT_KEY_FALLBACKS], sessions[1 + CT_KEY_FALLBACKS];
    /* OpenSSL's state, so that no request looks for algorithms: what uses it does not wait meanwhile. */
    EVP_KDF_CTX *kdf;
    EVP_MAC_CTX *hmac;
    EVP_CIPHER *cipher; /* AES-256-GCM */
    EVP_CIPHER_CTX *cipher_state;
} ct_keys;

/* How to make a key, for messages. */
#define CT_KEY_ADVICE "`canteen key` makes one, and so does: openssl rand -base64 32 | tr -d '\\n'"

/* Makes site->keys from site->config. Keys that others know or can guess are errors, in development warnings. Without a
 * key site->keys stays NULL: an error where the root app's sessions need one, but in development one is made. */
void ct_keys_prepare(ct_site *site, ct_problems *problems);
void ct_keys_destroy(ct_keys *keys); /* NULL is fine */

/* What is wrong with a key that others know or can guess ("has 9 characters, and 32 are the least"), or NULL. Never
 * says any of it. */
const char *ct_keys_weakness(ct_arena *arena, const char *key);

/* The key for `use` of the root key `index`. False where OpenSSL fails, as it does for an info over 1024 bytes. */
bool ct_keys_derive(const ct_keys *keys, size_t index, ct_str use, ct_key ret_key);
/* HMAC-SHA256 (RFC 2104). False where OpenSSL fails. */
bool ct_keys_hmac(const ct_keys *keys, const ct_key key, ct_str data, ct_key ret_mac);

/* The site's keys; a site that has none is a mistake (500). `function` names who needs them. */
const ct_keys *ct_keys_needed(ct *c, const char *function);

#endif
