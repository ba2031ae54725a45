/* Placeholders of SQL: the text stays as it is but for them, and SQLite counts as many parameters as were found.
 * Input: the SQL. */
#include "check.h"

#include "db/placeholders.h"

#include <sqlite3.h>
#include <stdlib.h>

static size_t found(const char *sql, const ct_db_dialect *dialect, ct_buffer *out, bool *ret_good)
{
    size_t count = 0;
    *ret_good = !ct_placeholders(out, sql, dialect, &count);
    return *ret_good ? count : 0;
}

/* SQLite knows best what is a quote: where it takes the text, its count of parameters is ours. */
static void check_sqlite(const char *sql, size_t count)
{
    static sqlite3 *db;
    sqlite3_stmt *statement = NULL;
    const char *tail = NULL;
    if (!db)
        FUZZ_CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, &tail) == SQLITE_OK && statement && !*tail)
        FUZZ_CHECK((size_t)sqlite3_bind_parameter_count(statement) == count);
    sqlite3_finalize(statement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *sql = malloc(size + 1);
    FUZZ_CHECK(sql);
    memcpy(sql, data, size);
    sql[size] = '\0';
    ct_buffer sqlite = { 0 }, postgres = { 0 };
    bool good;
    size_t count = found(sql, &ct_sqlite_dialect, &sqlite, &good);
    /* Parameters that the text itself has are SQLite's to count, not ours; a question mark that stays one is such. */
    if (good && !strpbrk(sql, ":@$#") && !strstr(sql, "??"))
        check_sqlite(ct_buffer_text(&sqlite), count);
    if (good && !strchr(sql, '?'))
        FUZZ_CHECK(strcmp(ct_buffer_text(&sqlite), sql) == 0);
    ct_calls_unknown(sql, &ct_sqlite_dialect);
    ct_calls_unknown(sql, &ct_postgres_dialect);
    ct_copies_with_client(sql);
    found(sql, &ct_postgres_dialect, &postgres, &good);
    if (good && !strchr(sql, '?'))
        FUZZ_CHECK(strcmp(ct_buffer_text(&postgres), sql) == 0);
    ct_buffer_finish(&sqlite);
    ct_buffer_finish(&postgres);
    free(sql);
    return 0;
}
