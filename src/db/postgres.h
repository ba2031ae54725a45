/* The inside of the PostgreSQL driver.
 *
 *   fiber ── ct_pg_ask() ──> queued ──(end of the turn: ct_turn)──> libpq, all at once ──> sent ── results ──> fiber
 *
 * Every connection is in libpq's pipeline mode for all its life, one that a transaction has for itself too: there is
 * one way to send, to wait and to fail. A ct_pg_request is a statement under way. It is the connection's, on the heap,
 * so that the fiber that waits for it may leave at any time: it detaches, a statement that has not been sent is
 * dropped, and the results of one that has been are thrown away when they come.
 *
 *   syncs     Between two syncs an error aborts all that follows. Reads of one turn share a sync, and those that a
 *             neighbour's error has aborted are sent again, each with a sync of its own. Everything else always has one
 *             of its own: it is a transaction of its own, and is done when its sync has come back, not before.
 *   prepared  Statements with an id are prepared at their first use on a connection, in the same pipeline, under the
 *             digest of their text and of the types of their parameters; the one used longest ago makes room.
 *   types     Parameters whose type is certain are sent in binary. Text, and what is kept as text, is sent as untyped
 *             text, so that the server takes it for what it meets: varchar, citext, inet, an enumeration. */
#ifndef CANTEEN_DB_POSTGRES_H
#define CANTEEN_DB_POSTGRES_H

#include "base/buffer.h"
#include "base/list.h"
#include "canteen/backend/database.h"
#include "db/postgres_library.h"
#include "net/loop.h"
#include "net/work.h"

/* ---- parameters and results: postgres_write.c, postgres_read.c ---- */

/* The parameters of a statement as libpq takes them, in the memory of the request. */
typedef struct ct_pg_params {
    Oid *types;
    const char **values;
    int *lengths, *formats;
    int count;
} ct_pg_params;

/* NULL, or what does not fit: a value that PostgreSQL cannot have, or that is no decimal at all, which is the program's
 * mistake and not that of who sent a form. Takes memory of `c`, and aborts when there is none. */
extern const char ct_pg_no_decimal[];
const char *ct_pg_write(ct *c, const ct_db_statement *statement, ct_pg_params *ret_params);

/* A column of a result. */
typedef struct ct_pg_datum {
    Oid type;
    bool text; /* not its binary form */
    const char *data;
    size_t length;
} ct_pg_datum;

/* Into a member of the C type of `kind`: NULL when done, else what does not fit. */
const char *ct_pg_read(ct_pg_datum datum, ct_kind kind, ct_arena *arena, void *member);
/* How a column of a type goes straight into members of a kind, where it is one of the usual pairs and binary. */
typedef enum ct_pg_reader {
    CT_PG_UNDECIDED,
    CT_PG_ANY, /* by ct_pg_read() */
    CT_PG_INT8,
    CT_PG_INT4,
    CT_PG_BOOL,
    CT_PG_FLOAT8,
    CT_PG_TIMESTAMP,
    CT_PG_TEXT
} ct_pg_reader;
ct_pg_reader ct_pg_reader_of(Oid type, ct_kind kind);
/* Into a member, of text and times; false where the value is none that fits: ct_pg_read() then tells why. */
bool ct_pg_read_quick_text(ct_str data, ct_arena *arena, char **member);
bool ct_pg_read_quick_time(ct_str data, ct_time *member);
/* As what it is; the same. */
const char *ct_pg_value(ct_pg_datum datum, ct_arena *arena, ct_value *ret_value);
/* Types that only have a meaning in text for us: a result with one of them is asked for in text instead. */
bool ct_pg_is_foreign(Oid type);

/* ---- errors: postgres_error.c ---- */

/* From a result with an error, or without one from what the connection says. */
void ct_pg_error(ct_db_error *ret_error, const PGresult *result);
/* Always false. */
bool ct_pg_fail(ct_db_error *ret_error, ct_db_trouble trouble, const char *format, ...) CT_PRINTF(3, 4);
/* The trouble of an SQLSTATE. */
ct_db_trouble ct_pg_trouble(const char *sqlstate);

/* ---- a connection: postgres_connect.c opens it, postgres_pipeline.c drives it ---- */

typedef struct ct_pg_request ct_pg_request;

/* A statement that is prepared on a connection. */
typedef struct ct_pg_prepared {
    ct_list link;                /* in pg->recent, the one used last at the end */
    struct ct_pg_prepared *next; /* of those with the same slot */
    uint64_t digest;
    char *sql;
    unsigned number;
    char name[12];  /* "s" and the number */
    bool ready;     /* the server has said so */
    bool described; /* `text` has been found out */
    bool text;      /* its results are asked for in text */
} ct_pg_prepared;

#define CT_PG_PREPARED 256 /* statements prepared on a connection at once */

typedef struct ct_pg {
    ct_db_connection connection; /* first */
    PGconn *conn;
    ct_loop *loop;
    ct_watch watch;
    ct_turn turn;
    ct_grave grave;
    ct_list queued; /* of ct_pg_request: not sent yet */
    ct_list sent;   /* in the order in which their results come, syncs among them */
    ct_list spare;
    size_t queued_count, sent_count, spare_count;
    size_t settled;            /* since the last look of `impatience` */
    size_t asking;             /* fibers that are in ct_pg_ask() */
    size_t unknown;            /* sent statements whose time is not known */
    size_t heavy;              /* statements under way that nothing is to wait behind */
    size_t answers;            /* statements that have ended */
    ct_time answered;          /* when the last of them did */
    size_t seen;               /* `answers` when postgres_share.c last looked, */
    unsigned looks;            /* ... and how often it has found the same statement running for long */
    struct ct_pg_times *times; /* of statements, or NULL */
    bool shared;               /* by requests: reads may share a sync */
    bool group;                /* reads have been sent since the last sync */
    bool writing;              /* what libpq has to send did not all go out: the watch waits for room */
    bool transaction;          /* one has been begun */
    bool rolled_back;          /* the last statement that ended did that */
    ct_time cancelled;         /* when the server was last asked to stop a statement; 0: never */
    ct_timer impatience;       /* for a statement that nobody waits for any more */
    bool lost;                 /* the server is gone; every request has been told */
    bool closed;               /* by its owner; it lives on until nobody waits */
    bool in_script;            /* out of pipeline mode, for a script */
    ct_db_error why;           /* of a lost one, in the server's words */
    ct_list recent;
    ct_pg_prepared *prepared[CT_PG_PREPARED];
    size_t prepared_count;
    unsigned next_number;
} ct_pg;

/* Connects and waits for it: NULL with `error` filled, or with *ret_gone set where the request's deadline has passed or
 * its client has left: ct_wait() then ends it. */
ct_pg *ct_pg_open(ct *c, const ct_db_target *target, ct_db_error *error, bool *ret_gone);
/* What is wrong with the URL, or NULL. */
const char *ct_pg_check(const ct_db_target *target, ct_arena *arena);
/* Frees it; requests that wait are told that it is lost. Never waits. NULL is fine. */
void ct_pg_close(ct_pg *pg);
/* Begins to drive a connection that is up. False with `error`. */
bool ct_pg_begin(ct_pg *pg, ct_db_error *error);

/* Runs a statement, waits for its end and gives its rows to the sink (NULL: nobody wants them). False with `error`
 * filled. Does not return when the request's deadline passes or its client has left; the statement is then detached. */
bool ct_pg_ask(ct *c, ct_pg *pg, const ct_db_statement *statement, ct_db_sink *sink, ct_db_error *error);
/* The same, on a connection that others share. */
typedef struct ct_pg_manner {
    uint64_t key;   /* under which its time is noted */
    bool heavy;     /* counts in pg->heavy */
    bool unknown;   /* it has not been seen: writes are not sent behind it */
    bool movable;   /* ct_pg_move_others() may take it from the connection although it has been sent; what has not is */
    bool ret_moved; /* ... and has: its answer is not waited for, it is to be asked elsewhere */
} ct_pg_manner;
bool ct_pg_ask_shared(ct *c, ct_pg *pg, const ct_db_statement *statement, ct_db_sink *sink, ct_pg_manner *manner,
                      ct_db_error *error);
/* Those that wait behind the statement that runs now: reads, and what has not been sent. */
void ct_pg_move_others(ct_pg *pg);
/* Sends a command for which nobody waits: "ROLLBACK". */
void ct_pg_tell(ct_pg *pg, const char *sql);
/* Statements that have not ended. */
static inline size_t ct_pg_load(const ct_pg *pg)
{
    return pg->queued_count + pg->sent_count;
}
/* When the oldest statement under way was sent; INT64_MAX: there is none. */
ct_time ct_pg_oldest(const ct_pg *pg);
/* For how long the server has had the one that runs now, as far as one can see; 0: there is none. */
ct_time ct_pg_running(const ct_pg *pg, ct_time now);
/* What is said of COPY. */
extern const char ct_pg_no_copy[];
/* Out of pipeline mode, for a script, with nothing under way; and back. */
bool ct_pg_pause(ct_pg *pg);
void ct_pg_resume(ct_pg *pg);

/* Asks the server to stop what this connection runs. Does not wait. */
void ct_pg_cancel(ct_pg *pg);
/* The loop may end: what has not begun to ask the server of the target is dropped. */
void ct_pg_forget_cancels(const ct_db_target *target);

/* Gives the rows of a result to the sink (NULL: nobody wants them) and sets what has changed, if it `writes`. False
 * where a value does not fit. */
bool ct_pg_rows(PGresult *result, bool writes, ct_db_sink *sink, ct_db_error *error);
/* Whether a column of the result, or of a description, is of a type that must be asked for in text. */
bool ct_pg_has_foreign(const PGresult *result);

/* ---- connections that requests share: postgres_share.c ---- */

bool ct_pg_share(ct *c, void **place, const ct_db_target *target, const ct_db_statement *statement, ct_db_sink *sink,
                 ct_db_error *error);
void ct_pg_close_shared(void *place);
/* A statement has taken so long. */
void ct_pg_note_time(struct ct_pg_times *times, uint64_t key, ct_time time);

extern const ct_db_driver ct_postgres_driver;

#endif
