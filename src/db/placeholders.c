/* A lexer for as much of SQL as tells where a question mark is text:
 *
 *     'it''s'   "name"   -- to the end of the line   / * comments, nested on PostgreSQL * /
 *     PostgreSQL: E'back\'slash'   $$text$$   $tag$text$tag$        SQLite: `name`   [name]
 *
 * What is not closed ends with the text: the database says what is wrong with it. Of the rest only words in front of
 * parentheses are looked at. */
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

/* ---- calls ---- */

/* What may stand before a parenthesis and changes nothing: words of the language, and functions that both databases, or
 * one of them, have. */
static const char *const harmless[] = {
    "abs",        "all",       "and",        "any",       "array",        "array_agg",    "as",          "avg",
    "between",    "bool_and",  "bool_or",    "by",        "case",         "cast",         "ceil",        "char_length",
    "coalesce",   "concat",    "count",      "cume_dist", "date",         "date_part",    "date_trunc",  "datetime",
    "dense_rank", "distinct",  "else",       "except",    "exists",       "extract",      "filter",      "first_value",
    "floor",      "format",    "from",       "greatest",  "group_concat", "having",       "ifnull",      "iif",
    "in",         "intersect", "join",       "json_agg",  "json_array",   "json_extract", "json_object", "jsonb_agg",
    "julianday",  "lag",       "last_value", "lateral",   "lead",         "least",        "left",        "length",
    "lower",      "ltrim",     "max",        "min",       "mod",          "not",          "now",         "ntile",
    "nullif",     "on",        "or",         "over",      "partition",    "percent_rank", "position",    "power",
    "printf",     "rank",      "replace",    "right",     "round",        "row",          "row_number",  "rtrim",
    "select",     "set",       "split_part", "sqrt",      "strftime",     "string_agg",   "substr",      "substring",
    "sum",        "then",      "time",       "to_char",   "total",        "trim",         "trunc",       "typeof",
    "union",      "unixepoch", "unnest",     "upper",     "using",        "values",       "when",        "where",
    "within",
};

static bool is_harmless(const char *word, size_t length)
{
    for (size_t i = 0; i < CT_COUNT(harmless); i++)
        if (strlen(harmless[i]) == length && strncasecmp(harmless[i], word, length) == 0)
            return true;
    return false;
}

/* What comes behind blanks and comments. */
static const char *next_mark(const lexer *l, const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n\f\v");
        const lexer here = { .at = at, .postgresql = l->postgresql };
        bool comment = (at[0] == '-' && at[1] == '-') || (at[0] == '/' && at[1] == '*');
        if (!comment)
            return at;
        at = skip_text(&here, ' ', ' ');
    }
}

/* Behind the name that begins here; NULL: none does. */
static const char *name_end(const lexer *l)
{
    const char *at = l->at;
    bool quoted = *at == '"' || (!l->postgresql && (*at == '`' || *at == '['));
    if (!quoted) {
        while (is_word(*at) || (at > l->at && *at == '$' && l->postgresql))
            at++;
        return at > l->at ? at : NULL;
    }
    for (char close = *at == '[' ? ']' : *at;;) { /* a doubled quote goes on */
        const char *end = skip_to(at + 1, close);
        if (*end != close || close == ']')
            return end;
        at = end;
    }
}

bool ct_call_next(const char **sql, const struct ct_db_dialect *dialect, ct_call *ret)
{
    lexer l = { .at = *sql, .postgresql = strcmp(dialect->name, "postgresql") == 0 };
    char before = '\0', before_that = '\0', mark = '\0'; /* the last that is no blank */
    while (*l.at) {
        const char *from = l.at, *end = name_end(&l);
        if (end && *next_mark(&l, end) == '(') {
            *ret = (ct_call){ { from, (size_t)(end - from) }, .quoted = !is_word(*from), .qualified = mark == '.' };
            *sql = end;
            return true;
        }
        end = end ? end : skip_text(&l, before, before_that);
        l.at = end ? end : from + 1;
        before_that = l.at - from > 1 ? l.at[-2] : before;
        before = l.at[-1];
        mark = strchr(" \t\r\n", before) ? mark : before;
    }
    *sql = l.at;
    return false;
}

bool ct_calls_unknown(const char *sql, const struct ct_db_dialect *dialect)
{
    ct_call call;
    while (ct_call_next(&sql, dialect, &call))
        if (call.quoted || call.qualified || !is_harmless(call.name.data, call.name.length))
            return true;
    return false;
}

/* ---- words ---- */

/* The next word outside of quotes and comments; its end is l->at. Empty: there is none. */
static ct_str next_word(lexer *l, const char *sql)
{
    while (*l->at) {
        const char *from = l->at;
        const char *end = skip_text(l, from > sql ? from[-1] : '\0', from > sql + 1 ? from[-2] : '\0');
        if (!end && is_word(*from)) {
            while (is_word(*l->at))
                l->at++;
            return (ct_str){ from, (size_t)(l->at - from) };
        }
        l->at = end ? end : from + 1;
    }
    return (ct_str){ l->at, 0 };
}

/* ---- what would stay on a connection ---- */

static bool is_one_of(ct_str word, const char *const *words)
{
    for (; *words; words++)
        if (ct_str_eq_nocase(word, ct_str_of(*words)))
            return true;
    return false;
}

/* Blanks, comments, `;` and on SQLite a byte order mark in front of it are nothing. */
static ct_str first_word(lexer *l)
{
    for (;;) {
        l->at = next_mark(l, l->at);
        if (*l->at == ';')
            l->at++;
        else if (!l->postgresql && strncmp(l->at, "\xEF\xBB\xBF", 3) == 0)
            l->at += 3;
        else
            break;
    }
    const char *from = l->at;
    while (is_word(*l->at))
        l->at++;
    return (ct_str){ from, (size_t)(l->at - from) };
}

static ct_str word_after(lexer *l)
{
    l->at = next_mark(l, l->at);
    const char *from = l->at;
    const char *end = name_end(l);
    l->at = end ? end : from;
    return (ct_str){ from, (size_t)(l->at - from) };
}

/* PRAGMA [schema.]name, then `= value` or `(value)` where it sets something. Those that only read with a value, and
 * those that change the file and nothing of the connection, are anybody's. */
static ct_hold hold_of_pragma(lexer *l)
{
    static const char *const plain[] = {
        "application_id", "auto_vacuum", "foreign_key_check", "foreign_key_list", "incremental_vacuum",
        "index_info",     "index_list",  "index_xinfo",       "integrity_check",  "optimize",
        "quick_check",    "table_info",  "table_list",        "table_xinfo",      "user_version",
        "wal_checkpoint", NULL
    };
    ct_str name = word_after(l);
    if (*(l->at = next_mark(l, l->at)) == '.') {
        l->at++;
        name = word_after(l);
    }
    char mark = *next_mark(l, l->at);
    if ((mark != '=' && mark != '(') || is_one_of(name, plain))
        return CT_HOLD_NOTHING;
    return ct_str_eq_nocase(name, CT_STR("defer_foreign_keys")) ? CT_HOLD_TILL_COMMIT : CT_HOLD_SETTING;
}

ct_hold ct_hold_of(const char *sql, const struct ct_db_dialect *dialect)
{
    static const char *const transactions[] = { "abort",    "begin",     "commit", "end", "release",
                                                "rollback", "savepoint", "start",  NULL };
    static const char *const settings[] = { "discard", "listen", "reset", "unlisten", NULL };
    static const char *const within[] = { "close", "declare", "fetch", "lock", "move", NULL };
    static const char *const local[] = { "constraints", "local", "transaction", NULL };
    lexer l = { .at = sql, .postgresql = strcmp(dialect->name, "postgresql") == 0 };
    ct_str word = first_word(&l);
    if (is_one_of(word, transactions))
        return CT_HOLD_TRANSACTION;
    if (!l.postgresql)
        return ct_str_eq_nocase(word, CT_STR("pragma")) ? hold_of_pragma(&l)
               : ct_str_eq_nocase(word, CT_STR("attach")) || ct_str_eq_nocase(word, CT_STR("detach")) ? CT_HOLD_SETTING
                                                                                                      : CT_HOLD_NOTHING;
    if (ct_str_eq_nocase(word, CT_STR("set")))
        return is_one_of(word_after(&l), local) ? CT_HOLD_TILL_COMMIT : CT_HOLD_SETTING;
    if (ct_str_eq_nocase(word, CT_STR("prepare")))
        return ct_str_eq_nocase(word_after(&l), CT_STR("transaction")) ? CT_HOLD_TRANSACTION : CT_HOLD_SETTING;
    return is_one_of(word, settings) ? CT_HOLD_SETTING
           : is_one_of(word, within) ? CT_HOLD_TILL_COMMIT
                                     : CT_HOLD_NOTHING;
}

const char ct_left_open[] = "it began a transaction and did not end it: what it did in it was rolled back";
const char ct_ended_early[] = "it ended the transaction of ct_atomic(): what was done in it before may stay";

/* ---- scripts ---- */

/* Of ROLLBACK [WORK | TRANSACTION] TO a savepoint the transaction goes on. */
static bool ends_or_begins(ct_str word, lexer l)
{
    static const char *const words[] = { "abort", "begin", "commit", "end", "start", NULL };
    if (is_one_of(word, words))
        return true;
    if (ct_str_eq_nocase(word, CT_STR("prepare")))
        return ct_str_eq_nocase(word_after(&l), CT_STR("transaction"));
    if (!ct_str_eq_nocase(word, CT_STR("rollback")))
        return false;
    ct_str next = word_after(&l);
    if (ct_str_eq_nocase(next, CT_STR("work")) || ct_str_eq_nocase(next, CT_STR("transaction")))
        next = word_after(&l);
    return !ct_str_eq_nocase(next, CT_STR("to"));
}

/* By how much deeper the word leads into the body of what is created: of a trigger, or of a function in SQL. */
static int depth_of(ct_str word, lexer l)
{
    if (ct_str_eq_nocase(word, CT_STR("begin")))
        return !l.postgresql || ct_str_eq_nocase(word_after(&l), CT_STR("atomic"));
    return ct_str_eq_nocase(word, CT_STR("case")) - ct_str_eq_nocase(word, CT_STR("end"));
}

bool ct_script_transacts(const char *sql, const struct ct_db_dialect *dialect)
{
    lexer l = { .at = sql, .postgresql = strcmp(dialect->name, "postgresql") == 0 };
    bool creates = false;
    while (*l.at) {
        ct_str word = first_word(&l);
        if (ends_or_begins(word, l))
            return true;
        creates = ct_str_eq_nocase(word, CT_STR("create"));
        for (int depth = 0; *l.at && (*l.at != ';' || depth > 0);) {
            const char *from = l.at;
            const char *end = skip_text(&l, from > sql ? from[-1] : '\0', from > sql + 1 ? from[-2] : '\0');
            while (!end && is_word(*l.at))
                l.at++;
            if (creates && !end && l.at > from)
                depth += depth_of((ct_str){ from, (size_t)(l.at - from) }, l);
            l.at = end ? end : l.at > from ? l.at : from + 1;
        }
    }
    return false;
}

/* ---- COPY ---- */

bool ct_copies_with_client(const char *sql)
{
    lexer l = { .at = sql, .postgresql = true };
    ct_str word = next_word(&l, sql);
    if (CT_LIKELY(!ct_str_eq_nocase(word, CT_STR("copy"))))
        return false;
    while ((word = next_word(&l, sql)).length)
        if (ct_str_eq_nocase(word, CT_STR("stdin")) || ct_str_eq_nocase(word, CT_STR("stdout")))
            return true;
    return false;
}
