/* Hiding what looks like a secret, and rather too much than too little: by names, for secrets have no shape of their
 * own; in values by the marks around them.
 *
 *   postgres://u:p/w#1@h/db?sslkey=k   all from "://" to the last '@' there is, for a password may have any
 *                                        character; the query
 *   u:p/w#1@h                            from the first "u:" to the last '@', where no URL begins before that
 *   host=h user=u password='p w'         the value of a name that looks like a secret's
 *
 *   Bearer k    --password k             the word behind a scheme of authorization, or behind such an option
 *
 * The characters that matter count also percent-encoded, once or several times over.
 *
 * Values are of any length, and come from whoever asks: every pass takes time in proportion to it. */
#include "web/scrub.h"

#include "base/buffer.h"

#define BLANKS " \t\r\n"

/* Wherever they stand in a name; and those that are a part of too many other words ("shipping", "upward"). */
static const char *const parts[] = { "api",       "auth",   "token",      "key",     "secret", "pass",    "pwd",
                                     "signature", "cookie", "credential", "session", "csrf",   "private", "bearer" };
static const char *const words[] = { "pw", "otp", "totp", "pin", "salt", "jwt", "cert" };
static const char *const schemes[] = { "bearer", "basic" };

/* ---- names ---- */

static bool is_upper(char ch)
{
    return ch >= 'A' && ch <= 'Z';
}

static bool is_letter(char ch)
{
    char lower = ct_ascii_lower(ch);
    return lower >= 'a' && lower <= 'z';
}

/* Whether a word may begin or end before the character at `at`: "user-pin", "userPin", "PINCode", "pin2". */
static bool is_border(ct_str text, size_t at)
{
    if (at == 0 || at == text.length || !is_letter(text.data[at - 1]) || !is_letter(text.data[at]))
        return true;
    bool before = is_upper(text.data[at - 1]), next_is_small = at + 1 < text.length && !is_upper(text.data[at + 1]);
    return is_upper(text.data[at]) && (!before || (next_is_small && is_letter(text.data[at + 1])));
}

static bool contains(ct_str text, ct_str word, bool whole)
{
    for (size_t at = 0; at + word.length <= text.length; at++)
        if (ct_str_eq_nocase((ct_str){ text.data + at, word.length }, word) &&
            (!whole || (is_border(text, at) && is_border(text, at + word.length))))
            return true;
    return false;
}

bool ct_scrub_hides(ct_str name)
{
    for (size_t i = 0; i < CT_COUNT(parts); i++)
        if (contains(name, ct_str_of(parts[i]), false))
            return true;
    for (size_t i = 0; i < CT_COUNT(words); i++)
        if (contains(name, ct_str_of(words[i]), true))
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
    return ch && (is_letter(ch) || (ch >= '0' && ch <= '9') || strchr("_-.[]", ch));
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

static const char *skip_blanks(const char *at)
{
    for (size_t bytes; (bytes = *at && strchr(BLANKS, *at) ? 1 : width(at, ' ')) > 0;)
        at += bytes;
    return at;
}

static bool is_scheme(ct_str name)
{
    for (size_t i = 0; i < CT_COUNT(schemes); i++)
        if (ct_str_eq_nocase(name, ct_str_of(schemes[i])))
            return true;
    return false;
}

/* What follows a name without a mark: "Bearer k", "--password k"; NULL: nothing that is a secret. One option behind
 * another has its own turn. */
static const char *find_word(const char *at, size_t name)
{
    const char *value = skip_blanks(at + name);
    bool option = strncmp(at, "--", 2) == 0;
    if (value == at + name || !*value || !(option || is_scheme((ct_str){ at, name })))
        return NULL;
    if (option && strncmp(value, "--", 2) == 0 && ct_scrub_hides((ct_str){ value, name_length(value) }))
        return NULL;
    return !option || ct_scrub_hides((ct_str){ at, name }) ? value : NULL;
}

/* Behind a value: it ends at a blank, '&' or ';' that is not within quotes or braces. A scheme of authorization is a
 * part of it. */
static const char *skip_value(const char *at)
{
    char closing = '\0';
    size_t name = name_length(at);
    const char *word = is_scheme((ct_str){ at, name }) ? find_word(at, name) : NULL;
    at = word ? word : at;
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
        const char *value = name ? find_value(at + name) : NULL, *word = name ? find_word(at, name) : NULL;
        if (value && *value && ct_scrub_hides((ct_str){ at, name }))
            return value;
        if (word)
            return word;
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
