/* Text for SQLite: regular expressions, and letters in the other case beyond ASCII.
 *
 * An expression is compiled once for a statement, and kept by SQLite as long as its text stays the same. What a hostile
 * one may take is limited: it then is an error of the statement, not of the worker. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "db/sqlite_teach.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicase.h>

#define MATCH_STEPS 1000000 /* of PCRE2's; some tens of milliseconds */
#define MATCH_DEPTH 10000
#define MATCH_MEMORY (10 * 1024) /* KiB */

typedef struct expression {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
} expression;

static void drop_expression(void *arg)
{
    expression *e = arg;
    pcre2_match_context_free(e->limits);
    pcre2_match_data_free(e->data);
    pcre2_code_free(e->code);
    free(e);
}

static void tell(sqlite3_context *context, const char *what, int code)
{
    char words[256], line[400];
    pcre2_get_error_message(code, (PCRE2_UCHAR *)words, sizeof(words));
    snprintf(line, sizeof(line), "the regular expression %s: %s", what, words);
    sqlite3_result_error(context, line, -1);
}

/* NULL: an error has been given. */
static expression *compile(sqlite3_context *context, ct_str pattern, bool nocase)
{
    int code;
    PCRE2_SIZE at;
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | (nocase ? PCRE2_CASELESS : 0);
    expression *e = ct_xcalloc(1, sizeof(*e));
    e->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length, options, &code, &at, NULL);
    if (!e->code) {
        tell(context, "is wrong", code);
        drop_expression(e);
        return NULL;
    }
    e->data = pcre2_match_data_create_from_pattern(e->code, NULL);
    e->limits = pcre2_match_context_create(NULL);
    if (!e->data || !e->limits) {
        sqlite3_result_error_nomem(context);
        drop_expression(e);
        return NULL;
    }
    pcre2_set_match_limit(e->limits, MATCH_STEPS);
    pcre2_set_depth_limit(e->limits, MATCH_DEPTH);
    pcre2_set_heap_limit(e->limits, MATCH_MEMORY);
    return e;
}

static void match(sqlite3_context *context, int count, sqlite3_value **values)
{
    if (ct_sqlite_any_null(count, values))
        return;
    expression *kept = sqlite3_get_auxdata(context, 0), *e = kept;
    if (!e)
        e = compile(context, ct_sqlite_text(values[0]), sqlite3_value_int(values[2]) != 0);
    if (!e)
        return;
    ct_str text = ct_sqlite_text(values[1]);
    int found = pcre2_match(e->code, (PCRE2_SPTR)text.data, text.length, 0, 0, e->data, e->limits);
    if (found >= 0 || found == PCRE2_ERROR_NOMATCH)
        sqlite3_result_int(context, found >= 0);
    else
        tell(context, "could not be looked for", found);
    if (!kept)
        sqlite3_set_auxdata(context, 0, e, drop_expression); /* may free it at once: nothing behind */
}

typedef uint8_t *change_case(const uint8_t *text, size_t length, const char *language, uninorm_t form, uint8_t *room,
                             size_t *length_);

static void give_case(sqlite3_context *context, sqlite3_value **values, change_case *change)
{
    if (ct_sqlite_any_null(1, values))
        return;
    ct_str text = ct_sqlite_text(values[0]);
    size_t length = 0;
    uint8_t *changed = change((const uint8_t *)text.data, text.length, NULL, NULL, NULL, &length);
    if (changed)
        sqlite3_result_text64(context, (const char *)changed, length, free, SQLITE_UTF8);
    else
        sqlite3_result_value(context, values[0]); /* no UTF-8: as it is */
}

static void lower(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    give_case(context, values, u8_tolower);
}

static void upper(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    give_case(context, values, u8_toupper);
}

bool ct_sqlite_text_functions(struct sqlite3 *db)
{
    static const ct_sqlite_lesson lessons[] = {
        { .name = "ct_regexp", .arguments = 3, .call = match },
        { .name = "ct_lower", .arguments = 1, .call = lower },
        { .name = "ct_upper", .arguments = 1, .call = upper },
    };
    return ct_sqlite_teach(db, lessons, CT_COUNT(lessons));
}
