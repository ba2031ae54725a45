/* Texts of statements that write, kept under a signature: what decides the text, without the values.
 *
 *   begin with a signature ──> kept: the same code collects parameters, the text takes nothing
 *                          └─> new: it writes the text too, which is kept when the statement is made
 *
 * So there is one code for both, and the driver finds its prepared statement by the number alone. */
#ifndef CANTEEN_DB_WRITTEN_H
#define CANTEEN_DB_WRITTEN_H

#include "db/sql.h"

typedef struct ct_written {
    uint64_t id;
    size_t signature_length;
    char text[]; /* a C string, behind it the signature */
} ct_written;

/* What most signatures begin with, and many are. */
typedef struct ct_write_signature {
    const ct_table *table;
    const ct_db_dialect *dialect;
    uint64_t what, a, b; /* bits of columns */
} ct_write_signature;
enum { CT_WRITTEN_INSERT = 1, CT_WRITTEN_SAVE, CT_WRITTEN_UPDATE, CT_WRITTEN_UPDATE_WHERE, CT_WRITTEN_BULK_UPDATE };

/* A statement in the making; the signature is borrowed till it is made. */
void ct_written_begin(ct_sql *sql, ct *c, const ct_db_dialect *dialect, ct_str signature);
/* The same of a statement whose parameters have been collected to learn the signature: true where its text is known,
 * else it begins anew. */
bool ct_written_found(ct_sql *sql, ct_str signature);
ct_db_statement ct_written_statement(ct_sql *sql);

#endif
