/* Hiding what looks like a secret, and rather too much than too little: by names, for secrets have no shape of their
 * own; in values by the marks around them.
 *
 *   postgres://u:p/w#1@h/db?sslkey=k   all from "://" to the last '@' there is, for a password may have any
 *                                        character; the query
 *   u:p/w#1@h                            from the first "u:" to the last '@', where no URL begins before that
 *   host=h user=u password='p w'         the value of a name that looks like a secret's
 *
 * The characters that matter count also percent-encoded, once or several times over.
 *
 * Values are of any length, and come from whoever asks: every pass takes time in proportion to it. */
#include "web/scrub.h"

#include "base/buffer.h"

#define BLANKS " \t\r\n"

static const char *const words[] = { "api",       "auth",   "token",      "key",     "secret", "pass",   "pwd",
                                     "signature", "cookie", "credential", "session", "csrf",   "private" };

/* ---- names ---- */

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

/* ---- URLs ---- */

/* The bytes in which the character stands at `at`: 1, or more where it is "%40" or "%2540"; 0: it does not. */
static size_t width(const char *at, char ch)
{
    static const char digits[] = "0123456789abcdef";
    if (*at == ch)
        return 1;
    if (*at != '%')
        return 0;
    const char *code = at + 1;
    while (code[0] == '2' && code[1] == '5')
        code += 2;
    bool same = code[0] == digits[ch >> 4] && ct_ascii_lower(code[1]) == digits[ch & 15];
    return same ? (size_t)(code + 2 - at) : 0;
}

/* Behind the "://" that stands here; NULL: none does. */
static const char *skip_scheme_mark(const char *at)
{
    for (const char *mark = "://"; *mark; mark++) {
        size_t bytes = width(at, *mark);
        if (!bytes)
            return NULL;
        at += bytes;
    }
    return at;
}

/* Behind the next "://". */
static const char *find_authority(const char *text)
{
    const char *found = NULL;
    for (; *text && !found; text++)
        found = skip_scheme_mark(text);
    return found;
}

static const char *find_last_at_sign(const char *text)
{
    const char *last = NULL;
    for (; *text; text++)
        if (width(text, '@'))
            last = text;
    return last;
}

static void copy_urls(ct_buffer *out, const char *rest, bool queries)
{
    const char *users_end = find_last_at_sign(rest);
    for (const char *at; (at = find_authority(rest)) != NULL;) {
        ct_buffer_append(out, rest, (size_t)(at - rest));
        rest = at;
        if (users_end && users_end >= at) {
            CT_BUFFER_LITERAL(out, CT_HIDDEN);
            rest = users_end;
        }
        const char *next = find_authority(rest);
        size_t to_query = 0;
        while (rest[to_query] && rest + to_query != next && !strchr("?#\"" BLANKS, rest[to_query]))
            to_query++;
        if (!queries || rest[to_query] != '?' || rest + to_query == next)
            continue;
        ct_buffer_append(out, rest, to_query + 1);
        CT_BUFFER_LITERAL(out, CT_HIDDEN);
        rest += to_query + strcspn(rest + to_query, "\"" BLANKS);
    }
    ct_buffer_append(out, rest, strlen(rest));
}

/* ---- pairs ---- */

static bool is_name_char(char ch)
{
    char lower = ct_ascii_lower(ch);
    return ch && ((lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || strchr("_-.[]", ch));
}

static size_t name_length(const char *at)
{
    size_t length = 0;
    while (is_name_char(at[length]))
        length++;
    return length;
}

/* Where the value of the name that ends at `at` begins: "=value", "\": value"; NULL: it has none. */
static const char *find_value(const char *at)
{
    at += *at == '"' || *at == '\'';
    at += strspn(at, BLANKS);
    size_t bytes = width(at, '=');
    if (!bytes && !skip_scheme_mark(at))
        bytes = width(at, ':');
    return bytes ? at + bytes + strspn(at + bytes, BLANKS) : NULL;
}

/* Behind a value: it ends at a blank, '&' or ';' that is not within quotes or braces. */
static const char *skip_value(const char *at)
{
    char closing = '\0';
    for (; *at && (closing || !strchr("&;" BLANKS, *at)); at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (closing)
            closing = *at == closing ? '\0' : closing;
        else if (*at == '"' || *at == '\'' || *at == '{')
            closing = *at == '{' ? '}' : *at;
    }
    return at;
}

/* The next value there is of a name that hides it, or NULL. */
static const char *next_secret(const char *at)
{
    while (*at) {
        size_t name = name_length(at);
        const char *value = name ? find_value(at + name) : NULL;
        if (value && *value && ct_scrub_hides((ct_str){ at, name }))
            return value;
        at += name + !name;
    }
    return NULL;
}

static void copy_pairs(ct_buffer *out, const char *rest)
{
    for (const char *value; (value = next_secret(rest)) != NULL; rest = skip_value(value)) {
        ct_buffer_append(out, rest, (size_t)(value - rest));
        CT_BUFFER_LITERAL(out, CT_HIDDEN);
    }
    ct_buffer_append(out, rest, strlen(rest));
}

/* ---- users without a URL ---- */

/* What stands before a place, as one goes along: where a user may begin, and where the name does that ends there. */
typedef struct preceding {
    const char *text, *user, *name;
} preceding;

static void pass(preceding *b, const char *at)
{
    if (strchr("=,;&?|/<>()[]{}\"'" BLANKS, *at))
        b->user = at + 1;
    if (!is_name_char(*at))
        b->name = at + 1;
}

/* Where the user that ends at a colon begins; NULL: none does. That of a pair which is hidden anyway is none. */
static const char *user_before(const preceding *b, const char *colon)
{
    if (b->user == colon) /* ":p@h", as Redis has it, but not "\"key\":" */
        return colon == b->text || colon[-1] == '=' || colon[-1] == ',' ? colon : NULL;
    return ct_scrub_hides((ct_str){ b->name, (size_t)(colon - b->name) }) ? NULL : b->user;
}

/* Where the first "u:p" begins that an '@' follows, which is at `end`; NULL: there is none. */
static const char *find_credentials(const char *text, const char *end)
{
    preceding b = { text, text, text };
    for (const char *at = text; at < end; pass(&b, at++)) {
        size_t bytes = width(at, ':');
        const char *user = bytes && !strchr(BLANKS, at[bytes]) ? user_before(&b, at) : NULL;
        if (user)
            return user;
    }
    return NULL;
}

/* Where a secret's pair is among what is hidden, nobody knows whether the '@' ends a password or is within it. */
static void copy_users(ct_buffer *out, ct_arena *arena, const char *text)
{
    const char *url = find_authority(text);
    const char *before = url ? ct_arena_copy(arena, text, (size_t)(url - text)) : text;
    const char *end = find_last_at_sign(before), *user = end ? find_credentials(before, end) : NULL;
    if (user) {
        const char *secret = next_secret(user);
        ct_buffer_append(out, before, (size_t)(user - before));
        CT_BUFFER_LITERAL(out, CT_HIDDEN);
        text += secret && secret <= end ? strlen(text) : (size_t)(end - before);
    }
    ct_buffer_append(out, text, strlen(text));
}

/* URLs twice: a pair that is hidden may take along the quote at which a query ended. */
const char *ct_scrub_value(ct_arena *arena, const char *value, bool queries)
{
    ct_buffer once = ct_buffer_in(arena), users = ct_buffer_in(arena);
    ct_buffer pairs = ct_buffer_in(arena), again = ct_buffer_in(arena);
    copy_urls(&once, value, queries);
    copy_users(&users, arena, ct_buffer_text(&once));
    copy_pairs(&pairs, ct_buffer_text(&users));
    copy_urls(&again, ct_buffer_text(&pairs), queries);
    return ct_buffer_text(&again);
}
