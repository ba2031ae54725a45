/* The inside of sessions and transactions: session.c, transaction.c, lease.c. */
#ifndef CANTEEN_DB_TRANSACTION_H
#define CANTEEN_DB_TRANSACTION_H

#include "db/session.h"
#include "db/tally.h"

typedef struct ct_commit_call {
    struct ct_commit_call *next;
    void (*fn)(ct *c, void *arg);
    void *arg;
    const ct_transaction *block; /* within which it was asked for */
} ct_commit_call;

/* What a row was before a write, for a rollback: undo.c. */
typedef struct ct_row_note ct_row_note;

/* An open ct_atomic block. Of those on one database the outermost is the root and has the connection; each inner one is
 * a savepoint.
 *
 *   session->innermost ─> block ─ outer ─> block ─ outer ─> NULL      (any databases)
 *                           └─ root ────────┘                          (the same database)
 */
struct ct_transaction {
    ct *c;
    ct_db_entry *entry;
    ct_transaction *outer, *root;
    unsigned number; /* of the savepoint's name; 0: the root */
    bool rollback;   /* ct_rollback() */
    bool spoiled;    /* a statement failed, and the database takes no more before it is rolled back */
    bool done;
    ct_row_note *notes, *fleeting; /* of rows written in it, the newest first; of rows of ct_each() */

    /* Of a root. */
    ct_db_connection *connection;
    bool read_only;
    bool busy;        /* a statement runs, or was left by an abort while it ran */
    unsigned last;    /* number of a savepoint */
    unsigned undo;    /* this savepoint must be rolled back before anything else: its block was aborted; 0: none */
    const char *lost; /* why there is no transaction any more; NULL: there is one */
    bool strayed;     /* the program itself has ended it */
    ct_commit_call *calls, **calls_end;
};

/* A connection that a unit of work holds outside of transactions. */
struct ct_db_lease {
    ct_db_lease *next; /* in session->leases; of session->own: unused */
    ct_db_session *session;
    ct_db_entry *entry;
    ct_db_connection *connection; /* NULL: given back */
    size_t loops;                 /* of ct_each(), within each other, that have it; 0: it is not a loop's */
    bool entered;                 /* counted in the pool's loops */
};
/* What is half done on it is abandoned, and it goes back. Nothing when there is none. */
void ct_db_lease_drop(ct_db_lease *lease);

struct ct_db_session {
    ct *c;
    ct_db_site *site;
    bool registered; /* its clean-up is deferred */
    ct_transaction *innermost;
    ct_db_lease *leases;
    ct_db_lease own; /* of the statement that runs, or was left by an abort */
    size_t queries;
    ct_time time;
    bool strict, strict_set;
    bool retrying;  /* in ct_atomic_retry(): an error that trying again helps is not logged */
    bool again;     /* such an error came */
    uint64_t wrote; /* bits of entries: reads go there and not to replicas */
    ct_db_tally tally;
    ct_arena *arena; /* of the whole unit of work, whatever is used at the moment */
};

/* Never NULL. */
ct_db_session *ct_db_session_of(ct *c);
/* The open transaction on the database, or NULL. */
ct_transaction *ct_db_root(const ct_db_session *session, const ct_db_entry *entry);
/* Runs a statement on the connection of a root, after what has to come before; false with `error` filled. Aborts when
 * the transaction is lost or spoiled. */
bool ct_db_root_run(ct *c, ct_transaction *root, const ct_db_request *request, ct_db_sink *sink, ct_db_error *error);
/* SAVEPOINT and its like. */
bool ct_db_root_control(ct *c, ct_transaction *root, const char *sql, ct_db_error *error);
/* A connection of the pool; NULL with `error`. Aborts where the unit of work itself holds them all. */
ct_db_connection *ct_db_take(ct *c, ct_db_entry *entry, ct_db_error *error);
/* undo.c. The block is rolled back: the rows that were written in it are as before. */
void ct_rows_take_back(ct_transaction *block);
/* The block has ended well within the outer one, whose business its rows now are. */
void ct_rows_hand_out(ct_transaction *block, ct_transaction *outer);
/* The innermost block on the root's database. */
ct_transaction *ct_db_block(const ct_db_session *session, const ct_transaction *root);

#endif
