/* Sessions in an encrypted cookie.
 *
 *   token, in base64url:   version  nonce     AES-256-GCM( time     flags  JSON )  tag
 *                          1 byte   12 bytes               8 bytes  1 byte         16 bytes
 *
 * The version and the name of the cookie are authenticated too, so a token cannot be moved to another cookie of the
 * site. The nonce is random: 96 bits repeat with a chance of 2^-32 after 2^32 cookies, which is when a key should be
 * changed. Nothing is kept on the server, so there is nothing to drop, and no identity to renew.
 *
 * Not here: when a session is too old, and what is in it (session.c). */
#include "base/base64.h"
#include "base/random.h"
#include "canteen/work.h"
#include "shape/json_read.h"
#include "shape/value.h"
#include "web/ct.h"
#include "web/session.h"

#include <endian.h>

#define VERSION 1
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define HEAD_BYTES 9 /* of the plain text: time and flags */
#define BYTES_AROUND (1 + NONCE_BYTES + HEAD_BYTES + TAG_BYTES)
#define FLAG_PERMANENT 1
#define NAMED_VALUES 3 /* in the message of a session that is too large */

/* ---- the cipher ---- */

/* Sets key, nonce and what is authenticated beside the text. */
static bool begin(const ct_keys *keys, const ct_key key, const unsigned char *token, ct_str cookie, int encrypt)
{
    EVP_CIPHER_CTX *state = keys->cipher_state;
    int length;
    return EVP_CipherInit_ex2(state, keys->cipher, key, token + 1, encrypt, NULL) &&
           EVP_CipherUpdate(state, NULL, &length, token, 1) &&
           EVP_CipherUpdate(state, NULL, &length, (const unsigned char *)cookie.data, (int)cookie.length);
}

bool ct_session_seal(const ct_keys *keys, ct_str cookie, const ct_stored_session *session, ct_buffer *out)
{
    EVP_CIPHER_CTX *state = keys->cipher_state;
    size_t size = strlen(session->json), whole = BYTES_AROUND + size;
    char *room = ct_buffer_reserve(out, whole + CT_BASE64_LENGTH(whole)); /* the bytes behind their own text */
    if (!room)
        return false;
    unsigned char *token = (unsigned char *)room + CT_BASE64_LENGTH(whole), *text = token + 1 + NONCE_BYTES;
    uint64_t saved = htobe64((uint64_t)session->saved);
    int length, more;
    token[0] = VERSION;
    ct_random_bytes(token + 1, NONCE_BYTES);
    memcpy(text, &saved, sizeof(saved));
    text[sizeof(saved)] = session->permanent ? FLAG_PERMANENT : 0;
    memcpy(text + HEAD_BYTES, session->json, size);
    if (!begin(keys, keys->sessions[0], token, cookie, 1) ||
        !EVP_CipherUpdate(state, text, &length, text, (int)(HEAD_BYTES + size)) ||
        !EVP_CipherFinal_ex(state, text + length, &more) ||
        !EVP_CIPHER_CTX_ctrl(state, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, text + HEAD_BYTES + size))
        return false;
    ct_base64_encode(room, token, whole);
    out->length += CT_BASE64_LENGTH(whole);
    return true;
}

/* Decrypts into `text`, which has a byte for each of the cipher's. */
static bool decrypt(const ct_keys *keys, size_t index, ct_str cookie, const unsigned char *token, size_t size,
                    unsigned char *text)
{
    EVP_CIPHER_CTX *state = keys->cipher_state;
    const unsigned char *sealed = token + 1 + NONCE_BYTES;
    unsigned char tag[TAG_BYTES];
    int length, more;
    memcpy(tag, sealed + size, TAG_BYTES);
    return begin(keys, keys->sessions[index], token, cookie, 0) &&
           EVP_CipherUpdate(state, text, &length, sealed, (int)size) &&
           EVP_CIPHER_CTX_ctrl(state, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) &&
           EVP_CipherFinal_ex(state, text + length, &more) > 0;
}

bool ct_session_open(const ct_keys *keys, ct_str cookie, ct_str token, ct_arena *arena, ct_stored_session *ret_session)
{
    size_t whole = CT_BASE64_SIZE(token.length), size = whole - (1 + NONCE_BYTES + TAG_BYTES);
    if (token.length > CT_SESSION_COOKIE_MOST || whole < BYTES_AROUND)
        return false;
    unsigned char *bytes = ct_arena_alloc(arena, whole), *text = ct_arena_alloc(arena, size + 1);
    if (!bytes || !text || !ct_base64_decode(token, bytes) || bytes[0] != VERSION)
        return false;
    size_t index = 0;
    while (index < keys->count && !decrypt(keys, index, cookie, bytes, size, text))
        index++;
    if (index == keys->count)
        return false;
    uint64_t saved;
    memcpy(&saved, text, sizeof(saved));
    text[size] = '\0';
    *ret_session = (ct_stored_session){ .json = (const char *)text + HEAD_BYTES,
                                        .saved = (ct_time)be64toh(saved),
                                        .permanent = text[sizeof(saved)] & FLAG_PERMANENT };
    return true;
}

size_t ct_session_room(ct_str cookie)
{
    size_t most = CT_SESSION_COOKIE_MOST - cookie.length;
    size_t bytes = CT_BASE64_SIZE(most - (most % 4 == 1));
    return bytes - BYTES_AROUND;
}

/* ---- too large ---- */

typedef struct weighed {
    const char *name;
    size_t size;
} weighed;

/* Keeps the largest, the first of them in front. */
static void weigh(weighed *largest, const char *name, size_t size)
{
    weighed one = { name, size };
    for (size_t i = 0; i < NAMED_VALUES; i++)
        if (!largest[i].name || one.size > largest[i].size) {
            weighed other = largest[i];
            largest[i] = one;
            one = other;
            if (!one.name)
                return;
        }
}

static CT_NORETURN void refuse_size(ct *c, const char *json, size_t room)
{
    weighed largest[NAMED_VALUES] = { { .name = NULL } };
    ct_value all;
    ct_error error;
    ct_buffer names = ct_buffer_in(c->arena);
    if (ct_json_read(ct_str_of(json), c->arena, &all, &error) && all.type == CT_VALUE_MAP)
        for (uint32_t i = 0; i < all.map->count; i++)
            weigh(largest, all.map->pairs[i].key, strlen(ct_to_json(c, all.map->pairs[i].value)));
    for (size_t i = 0; i < NAMED_VALUES && largest[i].name; i++)
        ct_buffer_printf(&names, "%s%s (%zu)", i ? ", " : "", largest[i].name, largest[i].size);
    ct_mistake(c,
               "the session is %zu bytes as JSON, and %zu fit into a cookie; its largest values: %s. Keep them "
               "elsewhere and only their keys in the session, or choose a store that has room",
               strlen(json), room, ct_buffer_text(&names));
}

/* ---- the store ---- */

static bool load(ct *c, const char *token, ct_stored_session *ret_session)
{
    const ct_keys *keys = ct_keys_needed(c, "ct_session");
    return ct_session_open(keys, ct_str_of(ct_session_cookie_name(c)), ct_str_of(token), c->arena, ret_session);
}

static const char *save(ct *c, const char *token, const ct_stored_session *session, ct_time lifetime)
{
    const ct_keys *keys = ct_keys_needed(c, "ct_session");
    ct_str cookie = ct_str_of(ct_session_cookie_name(c));
    size_t room = ct_session_room(cookie);
    ct_buffer out = ct_buffer_in(c->arena);
    (void)token, (void)lifetime;
    if (strlen(session->json) > room)
        refuse_size(c, session->json, room);
    if (!ct_session_seal(keys, cookie, session, &out))
        ct_mistake(c, out.failed ? "the session does not fit into the request's memory"
                                 : "OpenSSL cannot encrypt the session (AES-256-GCM)");
    return ct_buffer_text(&out);
}

const ct_session_store ct_cookie_sessions = { .name = "cookie", .needs_key = true, .load = load, .save = save };
