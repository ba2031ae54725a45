/* Reading the text of SQLite's CREATE TABLE and CREATE INDEX, as far as the pragmas leave things out.
 *
 * SQLite has read the text before and found it good, and quotes and parentheses are balanced; so this is a walk over
 * its tokens and no grammar. Text that is not as expected (a virtual table's) tells nothing, and harms nothing. */
#include "canteen/work.h"
#include "db/introspect.h"
#include "net/work.h"

#include <strings.h>

/* What is in parentheses or quotes is one token. */
static ct_str next_token(const char **at)
{
    const char *p = *at;
    for (;;) {
        p += strspn(p, " \t\r\n\f");
        if (p[0] == '-' && p[1] == '-') {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            const char *end = strstr(p + 2, "*/");
            p = end ? end + 2 : p + strlen(p);
        } else {
            break;
        }
    }
    const char *begin = p;
    if (*p == '(') {
        p++;
        for (;;) {
            *at = p;
            ct_str inner = next_token(at);
            p = *at;
            if (!inner.length || (inner.length == 1 && *inner.data == ')'))
                break;
        }
    } else if (*p == '"' || *p == '\'' || *p == '`' || *p == '[') {
        char end = *p == '[' ? ']' : *p;
        for (p++; *p && (*p != end || (end != ']' && p[1] == end)); p++)
            p += *p == end;
        p += *p != '\0';
    } else if (*p && strchr(",);", *p)) {
        p++;
    } else {
        while (*p && !strchr(" \t\r\n\f(),;\"'`[", *p))
            p++;
        p += p == begin && *p;
    }
    *at = p;
    return (ct_str){ begin, (size_t)(p - begin) };
}

static bool is_word(ct_str token, const char *word)
{
    return ct_str_eq_nocase(token, ct_str_of(word));
}

/* A name without its quotes. */
static const char *name_of(ct *c, ct_str token)
{
    if (token.length < 2 || !strchr("\"'`[", *token.data))
        return ct_strndup(c, token.data, token.length);
    char quote = *token.data, *name = ct_strndup(c, token.data + 1, token.length - 2), *to = name;
    for (const char *at = name; *at; at++) {
        *to++ = *at;
        at += *at == quote && quote != '[' && at[1] == quote;
    }
    *to = '\0';
    return name;
}

/* What is within the parentheses. */
static const char *inside(ct *c, ct_str token)
{
    if (token.length < 2 || *token.data != '(')
        return ct_strndup(c, token.data, token.length);
    ct_str text = { token.data + 1, token.length - 2 };
    while (text.length && strchr(" \t\r\n", *text.data))
        text = (ct_str){ text.data + 1, text.length - 1 };
    while (text.length && strchr(" \t\r\n", text.data[text.length - 1]))
        text.length--;
    return ct_strndup(c, text.data, text.length);
}

static ct_live_column *find_column(const ct_live_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcasecmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

static void add_check(ct *c, ct_live_table *table, const char *name, const char *sql)
{
    ct_live_check *checks =
        ct_arena_grown(ct_work_arena(c), table->checks, table->check_count, sizeof(*table->checks), 4);
    if (!checks)
        ct_out_of_memory(c);
    checks[table->check_count++] = (ct_live_check){ .name = name, .sql = sql };
    table->checks = checks;
}

/* One part between the commas of the table. Returns whether there is another one. */
static bool read_definition(ct *c, ct_live_table *table, const char **at)
{
    ct_str token = next_token(at);
    ct_live_column *column = NULL;
    const char *constraint = NULL;
    if (!is_word(token, "constraint") && !is_word(token, "check") && !is_word(token, "primary") &&
        !is_word(token, "unique") && !is_word(token, "foreign")) {
        column = find_column(table, name_of(c, token));
        token = next_token(at);
    }
    for (; token.length && *token.data != ',' && *token.data != ')'; token = next_token(at)) {
        if (is_word(token, "constraint")) {
            constraint = name_of(c, next_token(at));
        } else if (is_word(token, "check")) {
            add_check(c, table, constraint, inside(c, next_token(at)));
            constraint = NULL;
        } else if (column && is_word(token, "collate")) {
            column->collation = name_of(c, next_token(at));
        } else if (column && is_word(token, "as")) {
            column->generated = inside(c, next_token(at));
        }
    }
    return token.length && *token.data == ',';
}

void ct_live_read_table(ct *c, ct_live_table *table, const char *sql)
{
    ct_str token;
    do
        token = next_token(&sql);
    while (token.length && *token.data != '(');
    if (token.length < 2)
        return;
    const char *at = ct_strndup(c, token.data + 1, token.length - 1);
    while (read_definition(c, table, &at))
        ;
}

/* An expression as it stands, without an ASC or DESC behind. */
static const char *read_expression(ct *c, const char **at, bool *ret_more)
{
    *at += strspn(*at, " \t\r\n");
    const char *begin = *at, *end = begin;
    ct_str token = next_token(at);
    for (; token.length && *token.data != ',' && *token.data != ')'; token = next_token(at))
        if (!is_word(token, "asc") && !is_word(token, "desc"))
            end = token.data + token.length;
    *ret_more = token.length && *token.data == ',';
    ct_str text = { begin, (size_t)(end - begin) };
    const char *whole = begin;
    if (text.length && *text.data == '(' && next_token(&whole).length == text.length)
        return inside(c, text);
    return ct_strndup(c, text.data, text.length);
}

void ct_live_read_index(ct *c, ct_live_index *index, const char *sql)
{
    ct_str token;
    do
        token = next_token(&sql);
    while (token.length && *token.data != '(');
    if (token.length < 2)
        return;
    const char *at = ct_strndup(c, token.data + 1, token.length - 1);
    bool more = true;
    for (size_t i = 0; i < index->count && more; i++)
        index->parts[i].sql = read_expression(c, &at, &more);
    token = next_token(&sql);
    if (is_word(token, "where"))
        index->where = ct_strdup(c, sql + strspn(sql, " \t\r\n"));
}
