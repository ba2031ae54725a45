/* Signed text: no token but those that ct_sign() has made is good, and those come back as they were.
 * Input: a token. Its text, up to a NUL, is signed and read again too. */
#include "check.h"

#include "web/ct.h"
#include "web/keys.h"
#include "web/sign.h"

#include <string.h>

#define SIGNED_AT ((ct_time)1700000000 * CT_SECOND)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ct_site site = { .config.secret_key = "oW3tUr8cLx5aQe0hZk7dVy2mJb9sPf4n" };
    static struct ct c = { .site = &site };
    /* The only one that this key signs and the corpus has. */
    static const char vector[] = "YWRhQGV4YW1wbGUuY29t.AAYKJBgeQAA.rrI43WLdeQtFiFHWgy6qz3XvkwD6g5tMxpL_zNq_bMs";
    ct_problems problems = { 0 };

    if (!site.keys) {
        ct_arena_init(&site.arena, NULL, 0);
        ct_keys_prepare(&site, &problems);
        FUZZ_CHECK(site.keys && !problems.count);
    }
    ct_arena_init(&c.exchange.arena, NULL, 0);
    c.arena = &c.exchange.arena;
    const char *text = ct_arena_copy(c.arena, data, size);
    const char *back = ct_unsign_at(&c, "activate", text, CT_DAY, SIGNED_AT);
    FUZZ_CHECK(!back == (strcmp(text, vector) != 0));
    const char *token = ct_sign_at(&c, "activate", text, SIGNED_AT);
    FUZZ_CHECK(strcmp(ct_unsign_at(&c, "activate", token, CT_DAY, SIGNED_AT + CT_DAY), text) == 0);
    FUZZ_CHECK(!ct_unsign_at(&c, "activate", token, CT_DAY, SIGNED_AT + CT_DAY + 1) &&
               !ct_unsign_at(&c, "other", token, 0, SIGNED_AT));
    ct_arena_finish(c.arena);
    return 0;
}
