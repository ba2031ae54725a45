/* What can be told of the SQL of ct_sql() without knowing SQL: its `?`, which become the parameters of a database,
 * what it calls, and what it would leave behind on its connection. */
#ifndef CANTEEN_DB_PLACEHOLDERS_H
#define CANTEEN_DB_PLACEHOLDERS_H

#include "base/buffer.h"
#include "db/dialect.h"

/* Appends the SQL with each `?` that stands outside of quotes and comments as the parameter of its number, and `??` as
 * a question mark. What quotes and comments are is the dialect's. NULL, or what is wrong. */
const char *ct_placeholders(ct_buffer *out, const char *sql, const struct ct_db_dialect *dialect, size_t *ret_count);

/* A name in front of a parenthesis, outside of text and comments: a function's, or a word such as IN. */
typedef struct ct_call {
    ct_str name;    /* as it is written, with its quotes */
    bool quoted;    /* "name" */
    bool qualified; /* schema.name */
} ct_call;

/* The next one, from `*sql` on, which then stands behind it; false at the end. */
bool ct_call_next(const char **sql, const struct ct_db_dialect *dialect, ct_call *ret);

/* Does it call a function that is not known to change nothing? Of the program's own nothing is known. */
bool ct_calls_unknown(const char *sql, const struct ct_db_dialect *dialect);

/* What a statement does to its connection, which others get after it or have beside it. By its first words: what a
 * function or a DO block does is not seen. */
typedef enum ct_hold {
    CT_HOLD_NOTHING,
    CT_HOLD_TRANSACTION, /* begins or ends one, or has to do with a savepoint */
    CT_HOLD_SETTING,     /* SET, PRAGMA x = y, ATTACH, LISTEN: stays when the transaction is over */
    CT_HOLD_TILL_COMMIT  /* SET LOCAL, LOCK, cursors: nothing, or everybody's, outside of a transaction */
} ct_hold;
ct_hold ct_hold_of(const char *sql, const struct ct_db_dialect *dialect);

/* Does one of the statements of a script begin or end a transaction? (Savepoints are its own matter.) */
bool ct_script_transacts(const char *sql, const struct ct_db_dialect *dialect);

/* What is said where that was found out afterwards: it had begun one, it had ended that of ct_atomic(). */
extern const char ct_left_open[], ct_ended_early[];

/* COPY ... FROM STDIN, COPY ... TO STDOUT of PostgreSQL: data that travels beside statements and rows. */
bool ct_copies_with_client(const char *sql);

#endif
