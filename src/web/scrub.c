/* Hiding what looks like a secret: by names, for secrets have no shape of their own, and rather too much than too
 * little. */
#include "web/scrub.h"

#include "base/buffer.h"

static const char *const words[] = { "api",       "auth",   "token",      "key",     "secret", "pass",   "pwd",
                                     "signature", "cookie", "credential", "session", "csrf",   "private" };

static bool contains(ct_str text, ct_str word)
{
    for (size_t at = 0; at + word.length <= text.length; at++)
        if (ct_str_eq_nocase((ct_str){ text.data + at, word.length }, word))
            return true;
    return false;
}

bool ct_scrub_hides(ct_str name)
{
    for (size_t i = 0; i < CT_COUNT(words); i++)
        if (contains(name, ct_str_of(words[i])))
            return true;
    return false;
}

const char *ct_scrub_urls(ct_arena *arena, const char *value, bool queries)
{
    ct_buffer out = ct_buffer_in(arena);
    const char *rest = value;
    for (const char *at; (at = strstr(rest, "://")) != NULL;) {
        at += 3;
        ct_buffer_append(&out, rest, (size_t)(at - rest));
        size_t authority = strcspn(at, "/?# ,\"'");
        const char *user_end = memrchr(at, '@', authority);
        if (user_end)
            CT_BUFFER_LITERAL(&out, CT_HIDDEN);
        rest = user_end ? user_end : at;
        size_t to_query = strcspn(rest, "?# ,\"'");
        const char *next = strstr(rest, "://");
        if (!queries || rest[to_query] != '?' || (next && next < rest + to_query))
            continue;
        ct_buffer_append(&out, rest, to_query + 1);
        CT_BUFFER_LITERAL(&out, CT_HIDDEN);
        rest += to_query + strcspn(rest + to_query, " ,\"'");
    }
    if (!out.length)
        return value;
    ct_buffer_append(&out, rest, strlen(rest));
    return ct_buffer_text(&out);
}
