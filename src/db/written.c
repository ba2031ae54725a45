/* Texts of statements that write (db/written.h). A program has few of them; should it have more than MOST_KEPT, those
 * that come later are written each time. */
#include "db/written.h"

#include "base/common.h"
#include "net/work.h"

#define MOST_KEPT 2000

static const ct_written *find(ct *c, ct_str signature)
{
    return ct_strmap_get(&ct_work_databases(c)->writes, signature);
}

void ct_written_begin(ct_sql *sql, ct *c, const ct_db_dialect *dialect, ct_str signature)
{
    ct_sql_begin(sql, c, dialect);
    sql->signature = signature;
    sql->written = find(c, signature);
    sql->text.failed = sql->written != NULL; /* it takes nothing */
}

bool ct_written_found(ct_sql *sql, ct_str signature)
{
    const ct_written *written = find(sql->c, signature);
    if (written)
        sql->written = written;
    else
        ct_written_begin(sql, sql->c, sql->dialect, signature);
    return written != NULL;
}

static uint64_t keep(ct_sql *sql, const char *text)
{
    ct_strmap *writes = &ct_work_databases(sql->c)->writes;
    if (writes->count >= MOST_KEPT)
        return 0;
    size_t length = strlen(text) + 1;
    ct_written *written = ct_xmalloc(sizeof(*written) + length + sql->signature.length);
    *written = (ct_written){ .id = ct_hash(text, length - 1) | 1, .signature_length = sql->signature.length };
    memcpy(written->text, text, length);
    memcpy(written->text + length, sql->signature.data, sql->signature.length);
    ct_strmap_set(writes, (ct_str){ written->text + length, sql->signature.length }, written);
    return written->id;
}

ct_db_statement ct_written_statement(ct_sql *sql)
{
    if (!sql->written) {
        ct_db_statement statement = ct_sql_statement(sql, false);
        if (sql->signature.length)
            statement.id = keep(sql, statement.sql);
        return statement;
    }
    return (ct_db_statement){ .sql = sql->written->text,
                              .values = sql->values,
                              .kinds = sql->kinds,
                              .elements = sql->elements,
                              .count = sql->count,
                              .id = sql->written->id };
}
