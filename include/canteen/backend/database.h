/* For those who implement a database driver.
 *
 * query.h ─> db/query ─ statement, parameters ─> driver->run(connection, ...) ─ rows ─> sink->row()
 *                                └─ outside of transactions, where the driver has it: driver->share(pool, ...)
 *
 * A driver runs statements and hands out their rows; pooling, transactions, retries and what rows become are db's. Its
 * functions run on the fiber of `c` and wait by ct_wait_fd() and ct_sleep(), which do not return when the request's
 * deadline passes or its client leaves: what is then half done on a connection is the matter of driver->abandon(),
 * which is called in that case and must not wait.
 *
 * Values go in as ct_value with the kind of the column, and come out straight into the members of a row. */
#ifndef CANTEEN_BACKEND_DATABASE_H
#define CANTEEN_BACKEND_DATABASE_H

#include "canteen/common.h"
#include "canteen/database.h"
#include "canteen/shape.h"
#include "canteen/value.h"

/* What can go wrong, as far as somebody acts on it. */
typedef enum ct_db_trouble {
    CT_DB_FINE,
    CT_DB_UNIQUE, /* a unique constraint; `constraint` or `columns` say which */
    CT_DB_FOREIGN_KEY,
    CT_DB_NOT_NULL,
    CT_DB_CHECK,
    CT_DB_EXCLUSION,
    CT_DB_TOO_LONG,  /* text too long for its column */
    CT_DB_RANGE,     /* a number out of range */
    CT_DB_BAD_VALUE, /* text that is no value of the type, invalid UTF-8 */
    CT_DB_NO_TABLE,  /* `table` */
    CT_DB_NO_COLUMN,
    CT_DB_LOCKED,        /* NOWAIT, or the lock timeout */
    CT_DB_SERIALIZATION, /* also deadlocks: the transaction may be tried again */
    CT_DB_READ_ONLY,
    CT_DB_REFUSED,     /* wrong password, no such database: one clear line */
    CT_DB_UNAVAILABLE, /* no connection; the statement has not been run */
    CT_DB_BUSY,        /* the pool's: none of its connections came free; the statement has not been run */
    CT_DB_LOST,        /* the connection broke: whether the statement was run is not known */
    CT_DB_TIMEOUT,     /* statement timeout of the database */
    CT_DB_FULL,        /* no space left */
    CT_DB_CORRUPT,
    CT_DB_OTHER /* syntax and the rest: a mistake of the program */
} ct_db_trouble;

typedef struct ct_db_error {
    ct_db_trouble trouble;
    char message[512];                              /* one line of the database's own words */
    char detail[256];                               /* values of rows, for who migrates; never for a log */
    char table[128], constraint[128], columns[256]; /* as far as the database says; columns with ", " between */
    int position;                                   /* of the mistake in the SQL, in characters from 1; 0: not known */
    bool sent;                                      /* the statement may have had an effect */
} ct_db_error;

typedef struct ct_db_statement {
    const char *sql;        /* in the driver's own dialect: $1 or ?1 for parameters */
    const ct_value *values; /* the parameters */
    /* What the columns they meet are; CT_KIND_value: by the value itself. For IN_ARRAY and the like on databases that
     * take arrays: CT_KIND_array, with the element's kind in `elements`. */
    const ct_kind *kinds;
    const ct_kind *elements;
    size_t count;
    bool read;   /* changes nothing: may be sent again, may go to a replica, may share a pipeline */
    bool raw;    /* the program's own text: its columns may be of any type */
    bool once;   /* not worth preparing */
    uint64_t id; /* a digest of the text, under which a prepared statement is kept; 0: make one */
} ct_db_statement;

/* Where text and bytes of a result go: NULL when the request's memory is used up. */
typedef struct ct_arena ct_arena;
CT_API void *ct_driver_alloc(ct_arena *arena, size_t size);

/* What read() of a row returns for a column that is null. */
CT_API extern const char ct_db_null[];

/* Where a column goes that is a member of a row of a model. */
typedef struct ct_db_place {
    ct_kind kind, element; /* kind: of a ref that of its key */
    size_t offset;         /* of the member */
    uint64_t null;         /* the bit in the row's nulls; 0: none, the member shows it */
} ct_db_place;

/* A row as the driver has it; valid within sink->row() alone. */
typedef struct ct_db_row ct_db_row;
typedef struct ct_db_row_ops {
    size_t (*count)(const ct_db_row *row); /* columns */
    const char *(*name)(const ct_db_row *row, size_t column);
    bool (*null)(const ct_db_row *row, size_t column);
    /* Reads a column into a member of the C type of `kind` (of a ref that of its key); text, json and bytes are copied
     * into the arena. NULL when done, ct_db_null where the column is null, and the member is as before; else what does
     * not fit: "text where an integer is expected". */
    const char *(*read)(const ct_db_row *row, size_t column, ct_kind kind, ct_kind element, ct_arena *arena,
                        void *member);
    /* As what it is: integer, real, text, bytes, and on PostgreSQL also the other types. */
    ct_value (*value)(const ct_db_row *row, size_t column, ct_arena *arena);
    /* Reads the `count` columns from `first` on, each as read() does, into the members of `into`; those that are null
     * get their bits in its nulls. NULL when done, else what does not fit and, in `ret_at`, at which place. It is for
     * lists, where each call counts. May be NULL: by read(). */
    const char *(*read_all)(const ct_db_row *row, size_t first, const ct_db_place *places, size_t count,
                            ct_arena *arena, ct_row *into, size_t *ret_at);
} ct_db_row_ops;
struct ct_db_row {
    const ct_db_row_ops *ops;
};

/* Who takes the rows. It must not wait or abort; false ends the statement early (its error is the sink's matter). */
typedef struct ct_db_sink {
    bool (*row)(struct ct_db_sink *sink, const ct_db_row *row);
    int64_t changed; /* set by the driver: rows that an INSERT, UPDATE or DELETE met */
} ct_db_sink;

/* ---- the driver ---- */

typedef struct ct_db_connection ct_db_connection; /* begins a struct of the driver's own */
typedef struct ct_db_dialect ct_db_dialect;       /* src/db/dialect.h */

/* Where a database is, made of its URL and the settings. */
typedef struct ct_db_target {
    const char *alias;                                        /* "default" */
    const char *url;                                          /* as in the setting; may hold a password: never log it */
    const char *shown;                                        /* the same without the password */
    ct_time connect_timeout, lock_timeout, statement_timeout; /* µs; 0: none */
    bool pooled; /* a transaction-mode pooler is in front: nothing may be kept on a connection */
    bool read_only;
    size_t shared; /* connections that driver->share() may have of its own, at most CT_DB_SHARED */
} ct_db_target;
#define CT_DB_SHARED 4

struct ct_db_connection {
    const struct ct_db_driver *driver;
    const ct_db_target *target;
    bool broken; /* set by the driver: it is of no use any more and will be closed */
    bool ended;  /* set by the driver: an error has ended the transaction that was open; nothing of it is left */
    /* Set by the driver, with `ended`: SQL of the program did it (`raw`, a script), and what was done may stay. */
    bool strayed;
};

typedef struct ct_db_cursor ct_db_cursor;

typedef struct ct_db_driver {
    const char *name;
    const char *schemes; /* of URLs: "postgresql, postgres" */
    const ct_db_dialect *dialect;
    /* What is wrong with the URL, as far as can be said without asking anybody: one line in the arena; else NULL. May
     * be NULL. */
    const char *(*check)(const ct_db_target *target, ct_arena *arena);
    /* Is there no such database yet, so that open() would make it? For those who only read. May be NULL: open() makes
     * none. */
    bool (*absent)(const ct_db_target *target);
    /* The most connections that make sense, NULL: any number. One where a connection is the whole database. */
    size_t (*most)(const ct_db_target *target);
    /* NULL with `error` filled: REFUSED, UNAVAILABLE, CORRUPT, ... */
    ct_db_connection *(*open)(ct *c, const ct_db_target *target, ct_db_error *error);
    void (*close)(ct_db_connection *connection); /* does not wait */
    /* False with `error` filled. Rows have been given to the sink till then; it may be NULL. */
    bool (*run)(ct *c, ct_db_connection *connection, const ct_db_statement *statement, ct_db_sink *sink,
                ct_db_error *error);
    /* Begins a transaction. What follows comes as statements without parameters: SAVEPOINT name, RELEASE SAVEPOINT
     * name, ROLLBACK TO SAVEPOINT name, ROLLBACK, COMMIT. A COMMIT that the database answers by rolling back is an
     * error. */
    bool (*begin)(ct *c, ct_db_connection *connection, const struct ct_atomic_options *options, ct_db_error *error);
    /* A statement that fails spoils the transaction: what may fail needs a savepoint around it. */
    bool spoils;
    /* Several statements in one text, without parameters or rows, one after the other till one fails. */
    bool (*script)(ct *c, ct_db_connection *connection, const char *sql, ct_db_error *error);
    /* The request is gone in the middle of a statement or a transaction: makes the connection fit for the next one
     * (rolling back, in its own time) or sets `broken`. */
    void (*abandon)(ct_db_connection *connection);
    /* Is an idle connection still alive? Does not wait. NULL: always. */
    bool (*alive)(ct_db_connection *connection);
    /* A statement outside of transactions over connections shared by all requests of the worker. NULL: each takes a
     * connection for itself. `shared` is the pool's place for the driver's own data, NULL at first. */
    bool (*share)(ct *c, void **shared, const ct_db_target *target, const ct_db_statement *statement, ct_db_sink *sink,
                  ct_db_error *error);
    void (*close_shared)(void *shared);
    /* Rows in portions: within a transaction on the connection. fetch gives up to `count` rows to the sink and says
     * through `ret_more` whether there are more. */
    ct_db_cursor *(*cursor)(ct *c, ct_db_connection *connection, const ct_db_statement *statement, ct_db_error *error);
    bool (*fetch)(ct *c, ct_db_cursor *cursor, size_t count, ct_db_sink *sink, bool *ret_more, ct_db_error *error);
    void (*end_cursor)(ct_db_cursor *cursor);
} ct_db_driver;

/* Parks the fiber until the descriptor can be read (or written), or until `until` (µs of the monotonic clock that
 * ct_time_left() counts by; INT64_MAX: no matter). False when that came first. Does not return when the request's
 * deadline passes or its client has left. */
CT_API bool ct_wait_fd(ct *c, int fd, bool write, ct_time until);

#endif
