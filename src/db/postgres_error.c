/* What PostgreSQL says when something fails, as what somebody can act on. The code (SQLSTATE) decides; the text, which
 * may be in any language, only gives names that have no field of their own. */
#include "db/postgres.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct state {
    const char *code; /* a whole one, or its class */
    ct_db_trouble trouble;
} state;

static const state states[] = {
    { "23505", CT_DB_UNIQUE },
    { "23503", CT_DB_FOREIGN_KEY },
    { "23001", CT_DB_FOREIGN_KEY },
    { "23502", CT_DB_NOT_NULL },
    { "23514", CT_DB_CHECK },
    { "23P01", CT_DB_EXCLUSION },
    { "22001", CT_DB_TOO_LONG },
    { "22003", CT_DB_RANGE },
    { "22008", CT_DB_RANGE },
    { "22015", CT_DB_RANGE },
    { "22P02", CT_DB_BAD_VALUE },
    { "22P03", CT_DB_BAD_VALUE },
    { "22P05", CT_DB_BAD_VALUE },
    { "22007", CT_DB_BAD_VALUE },
    { "22021", CT_DB_BAD_VALUE },
    { "22032", CT_DB_BAD_VALUE },
    { "42P01", CT_DB_NO_TABLE },
    { "42703", CT_DB_NO_COLUMN },
    { "55P03", CT_DB_LOCKED },
    { "40001", CT_DB_SERIALIZATION },
    { "40P01", CT_DB_SERIALIZATION },
    { "25006", CT_DB_READ_ONLY },
    { "28", CT_DB_REFUSED },
    { "3D000", CT_DB_REFUSED },
    { "42501", CT_DB_OTHER },
    { "53300", CT_DB_UNAVAILABLE },
    { "57P03", CT_DB_UNAVAILABLE },
    { "57014", CT_DB_TIMEOUT },
    { "53100", CT_DB_FULL },
    { "XX001", CT_DB_CORRUPT },
    { "XX002", CT_DB_CORRUPT },
    { "57P", CT_DB_LOST },
    { "08", CT_DB_LOST },
    { "25P03", CT_DB_LOST },
};

ct_db_trouble ct_pg_trouble(const char *sqlstate)
{
    for (size_t i = 0; sqlstate && i < CT_COUNT(states); i++)
        if (strncmp(sqlstate, states[i].code, strlen(states[i].code)) == 0)
            return states[i].trouble;
    return CT_DB_OTHER;
}

/* The first line: what follows are hints and places in the server's source. */
static void copy_line(char *to, size_t size, const char *from, size_t length)
{
    size_t line = from ? strnlen(from, length) : 0;
    const char *end = line ? memchr(from, '\n', line) : NULL;
    if (end)
        line = (size_t)(end - from);
    ct_say(to, size, "%.*s", (int)CT_MIN(line, size), from ? from : "");
}

static void copy_field(char *to, size_t size, const PGresult *result, int field)
{
    copy_line(to, size, ct_pq.result_error_field(result, field), SIZE_MAX);
}

/* "Key (a, b)=(1, 2) already exists.": what is between the first brackets. */
static void columns_of_detail(ct_db_error *error, const char *detail)
{
    const char *from = detail ? strchr(detail, '(') : NULL;
    const char *end = from ? strstr(from, ")=(") : NULL;
    if (end)
        copy_line(error->columns, sizeof error->columns, from + 1, (size_t)(end - from - 1));
}

/* 'relation "blog_post" does not exist': what is between the first quotes. */
static void table_of_message(ct_db_error *error)
{
    const char *from = strchr(error->message, '"');
    const char *end = from ? strchr(from + 1, '"') : NULL;
    if (end)
        copy_line(error->table, sizeof error->table, from + 1, (size_t)(end - from - 1));
}

static int position_of(const PGresult *result)
{
    const char *text = ct_pq.result_error_field(result, PG_DIAG_STATEMENT_POSITION);
    int64_t position = 0;
    if (!text || !ct_str_to_int64(ct_str_of(text), &position) || position > INT32_MAX)
        return 0;
    return (int)position;
}

void ct_pg_error(ct_db_error *ret_error, const PGresult *result)
{
    *ret_error = (ct_db_error){ .trouble = ct_pg_trouble(ct_pq.result_error_field(result, PG_DIAG_SQLSTATE)) };
    copy_field(ret_error->message, sizeof ret_error->message, result, PG_DIAG_MESSAGE_PRIMARY);
    if (!ret_error->message[0])
        copy_line(ret_error->message, sizeof ret_error->message, ct_pq.result_error_message(result), SIZE_MAX);
    copy_field(ret_error->table, sizeof ret_error->table, result, PG_DIAG_TABLE_NAME);
    copy_field(ret_error->constraint, sizeof ret_error->constraint, result, PG_DIAG_CONSTRAINT_NAME);
    copy_field(ret_error->columns, sizeof ret_error->columns, result, PG_DIAG_COLUMN_NAME);
    copy_field(ret_error->detail, sizeof ret_error->detail, result, PG_DIAG_MESSAGE_DETAIL);
    ret_error->position = position_of(result);
    ret_error->sent = ret_error->trouble == CT_DB_LOST;
    if (!ret_error->columns[0] && (ret_error->trouble == CT_DB_UNIQUE || ret_error->trouble == CT_DB_FOREIGN_KEY))
        columns_of_detail(ret_error, ct_pq.result_error_field(result, PG_DIAG_MESSAGE_DETAIL));
    if (!ret_error->table[0] && ret_error->trouble == CT_DB_NO_TABLE)
        table_of_message(ret_error);
}

bool ct_pg_fail(ct_db_error *ret_error, ct_db_trouble trouble, const char *format, ...)
{
    *ret_error = (ct_db_error){ .trouble = trouble, .sent = trouble == CT_DB_LOST };
    va_list args;
    va_start(args, format);
    ct_vsay(ret_error->message, sizeof ret_error->message, format, args);
    va_end(args);
    return false;
}
