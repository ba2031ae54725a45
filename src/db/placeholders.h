/* The `?` of ct_sql() as the parameters of a database. */
#ifndef CANTEEN_DB_PLACEHOLDERS_H
#define CANTEEN_DB_PLACEHOLDERS_H

#include "base/buffer.h"
#include "db/dialect.h"

/* Appends the SQL with each `?` that stands outside of quotes and comments as the parameter of its number, and `??` as
 * a question mark. What quotes and comments are is the dialect's. NULL, or what is wrong. */
const char *ct_placeholders(ct_buffer *out, const char *sql, const struct ct_db_dialect *dialect, size_t *ret_count);

#endif
