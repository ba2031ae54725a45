/* A lexer for as much of SQL as tells where a question mark is text:
 *
 *     'it''s'   "name"   -- to the end of the line   / * comments, nested on PostgreSQL * /
 *     PostgreSQL: E'back\'slash'   $$text$$   $tag$text$tag$        SQLite: `name`   [name]
 *
 * What is not closed ends with the text: the database says what is wrong with it. Nothing else is looked at. */
#include "db/placeholders.h"

typedef struct lexer {
    const char *at;
    bool postgresql;
} lexer;

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
           (unsigned char)ch >= 0x80;
}

/* Behind the next `close`; a doubled one counts as text by itself, for it closes and opens again. */
static const char *skip_to(const char *at, char close)
{
    const char *end = strchr(at, close);
    return end ? end + 1 : at + strlen(at);
}

static const char *skip_escaped(const char *at)
{
    for (; *at; at++)
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '\'')
            return at + 1;
    return at;
}

static const char *skip_comment(const char *at, bool nested)
{
    for (size_t depth = 1; *at; at++)
        if (at[0] == '*' && at[1] == '/') {
            at++;
            if (--depth == 0)
                return at + 1;
        } else if (nested && at[0] == '/' && at[1] == '*') {
            at++;
            depth++;
        }
    return at;
}

/* `at` is at the first '$'. Behind the closing one of $tag$; NULL: it is no such quote. */
static const char *skip_dollars(const char *at)
{
    const char *tag = at + 1, *end = tag;
    if (*tag >= '0' && *tag <= '9')
        return NULL; /* $1 */
    while (is_word(*end))
        end++;
    if (*end != '$')
        return NULL;
    size_t length = (size_t)(end + 1 - at);
    for (const char *close = end + 1; (close = strchr(close, '$')) != NULL; close++)
        if (strncmp(close, at, length) == 0)
            return close + length;
    return at + strlen(at);
}

/* Behind the quote or comment that begins at l->at, or NULL where none does. `before` is the character in front, 0 at
 * the start. */
static const char *skip_text(const lexer *l, char before, char before_that)
{
    const char *at = l->at;
    switch (*at) {
    case '\'':
        if (l->postgresql && (before == 'E' || before == 'e') && !is_word(before_that) && before_that != '$')
            return skip_escaped(at + 1);
        return skip_to(at + 1, '\'');
    case '"':
        return skip_to(at + 1, '"');
    case '`':
        return l->postgresql ? NULL : skip_to(at + 1, '`');
    case '[':
        return l->postgresql ? NULL : skip_to(at + 1, ']');
    case '-':
        return at[1] == '-' ? skip_to(at + 2, '\n') : NULL;
    case '/':
        return at[1] == '*' ? skip_comment(at + 2, l->postgresql) : NULL;
    case '$':
        return l->postgresql && !is_word(before) && before != '$' ? skip_dollars(at) : NULL;
    default:
        return NULL;
    }
}

const char *ct_placeholders(ct_buffer *out, const char *sql, const struct ct_db_dialect *dialect, size_t *ret_count)
{
    lexer l = { .at = sql, .postgresql = strcmp(dialect->name, "postgresql") == 0 };
    size_t count = 0;
    while (*l.at) {
        const char *from = l.at;
        const char *end = skip_text(&l, from > sql ? from[-1] : '\0', from > sql + 1 ? from[-2] : '\0');
        if (end) {
            ct_buffer_append(out, from, (size_t)(end - from));
            l.at = end;
        } else if (*from != '?') {
            ct_buffer_char(out, *from);
            l.at++;
        } else if (from[1] == '?') {
            ct_buffer_char(out, '?');
            l.at += 2;
        } else if (from[1] >= '0' && from[1] <= '9') {
            return "parameters have no numbers: write each as ? alone";
        } else {
            dialect->parameter(out, ++count, CT_KIND_value);
            l.at++;
        }
    }
    *ret_count = count;
    return NULL;
}
