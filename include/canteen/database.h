/* Databases: where they are, transactions, SQL.
 *
 * The setting `database_url` says where the database is (the environment's DATABASE_URL does too):
 *
 *     sqlite:app.db                                  a file, from the working directory. The default: sqlite:NAME.db
 *     postgresql://user:password@host:5432/name      what libpq takes, also postgresql:///name?host=/run/postgresql
 *
 * Nothing is opened before the first query, and nothing at all by an app without models.
 *
 * A transaction:
 *
 *     ct_atomic(c) {
 *         ct_update(c, from, .balance = SUB(amount));
 *         ct_update(c, to, .balance = ADD(amount));
 *     }
 *
 * commits however the block is left in the ordinary way (its end, `break`, `return`) and rolls back on ct_abort, a
 * deadline, a client that leaves, and ct_rollback(). `continue` ends it too. Within another one it is a savepoint. */
#ifndef CANTEEN_DATABASE_H
#define CANTEEN_DATABASE_H

#include "canteen/common.h"
#include "canteen/shape.h"
#include "canteen/value.h"

/* Further databases of a site: .databases = DATABASES(DATABASE("stats", .setting = "stats_url")), beside the one called
 * "default". */
typedef struct ct_database {
    const char *alias;
    const char *setting;    /* the setting that has its URL, one of the app's own */
    const char *replica_of; /* reads outside of transactions go here instead of there, until the request has written
                               there; writes never. NULL: no replica */
} ct_database;
#define CT_DATABASE(alias_, ...)                                                                                       \
    {                                                                                                                  \
        .alias = (alias_), __VA_ARGS__                                                                                 \
    }
#define CT_DATABASES(...) ((const ct_database[]){ __VA_ARGS__, { .alias = NULL } })

/* Chooses the database for each query where neither the query nor the model does: an alias, or NULL for the usual
 * one. */
typedef const char *ct_route_database(ct *c, const struct ct_model *model, bool write);

/* ---- transactions ---- */

typedef enum ct_isolation {
    CT_ISOLATION_DEFAULT, /* the database's: read committed on PostgreSQL, serializable on SQLite */
    CT_READ_COMMITTED,
    CT_REPEATABLE_READ,
    CT_SERIALIZABLE
} ct_isolation;

typedef struct ct_atomic_options {
    ct_isolation isolation; /* of the outermost; on SQLite all are serializable */
    bool read_only;
    bool durable;      /* a mistake within another one: it must be the outermost */
    const char *using; /* the alias of the database */
} ct_atomic_options;

/* ct_atomic(c) { ... } or ct_atomic(c, .isolation = CT_SERIALIZABLE) { ... }. A commit that the database refuses
 * aborts, behind the block: 503 where trying again helps (a serialization failure, a lost connection), 422 with the
 * errors of fields for deferred constraints. */
#define ct_atomic(c, ...) CT_ATOMIC(c, CT_UNIQUE(ct_atomic_), __VA_ARGS__)
#define CT_ATOMIC(c, block, ...)                                                                                       \
    for (ct_transaction * block __attribute__((cleanup(ct_atomic_end))) =                                              \
             ct_atomic_begin((c), &(const ct_atomic_options){ __VA_ARGS__ });                                          \
         block; ct_atomic_end(&block))
typedef struct ct_transaction ct_transaction;
CT_API ct_transaction *ct_atomic_begin(ct *c, const ct_atomic_options *options);
/* Commits, and sets the pointer to NULL; nothing where it is NULL. */
CT_API void ct_atomic_end(ct_transaction **transaction);

/* Marks the innermost block: its end rolls it back instead of committing.
 *
 * However a block is rolled back, rows that were written in it are then as before for ct_save(): their members keep
 * what they have, and what differs from the database is written again. One that was created in it is new once more,
 * without the key that the database had made for it; one that was deleted in it is there. */
CT_API void ct_rollback(ct *c);
/* Whether a transaction is open. */
CT_API bool ct_in_transaction(ct *c);
/* Calls fn(c, arg) when the outermost transaction has been committed, at once where there is none; never when it was
 * rolled back, or the savepoint around the call was. They are called in the order in which they were asked for. One
 * that aborts ends the request as any abort does, 500 for one, and those behind it are not called; what was committed
 * stays so. */
CT_API void ct_on_commit(ct *c, void (*fn)(ct *c, void *arg), void *arg);
/* Runs fn(c, arg) in a transaction, and again, up to `tries` times in all (3 where it is 0), where the database says
 * that trying again helps: serialization failures and deadlocks. It must be the outermost. What fn has done to members
 * of rows and other memory is not undone, but ct_save() knows that nothing was written. */
CT_API void ct_atomic_retry(ct *c, void (*fn)(ct *c, void *arg), void *arg, int tries,
                            const ct_atomic_options *options);

/* ---- SQL ---- */

/* SQL into rows of a shape or model, columns by their names: ct_sql(c, AuthorStats, "select author_id, count(*) as
 * posts from blog_post where views > ? group by 1", ARGS(100)). A `?` outside of quotes and comments is a parameter
 * (`??` is a question mark), whatever the database; the arguments are anything that KV() takes. Columns that the shape
 * does not have, and fields without a column, abort. What begins with SELECT is read from a replica where there is
 * one, and asked for again where the answer was lost, unless it calls functions that may do anything. What begins or
 * ends a transaction, or would stay set on a connection that others get (SET without LOCAL, PRAGMA x = y), aborts. */
#define ct_sql(c, T, sql, ...) ((ct_list(T) *)ct_sql_rows((c), NULL, &T##_shape, (sql), __VA_ARGS__))
/* A statement without rows; returns how many it changed. */
#define ct_sql_run(c, sql, ...) ct_sql_change((c), NULL, (sql), __VA_ARGS__)
/* The first column of the first row; null when there is no row. */
#define ct_sql_value(c, sql, ...) ct_sql_one((c), NULL, (sql), __VA_ARGS__)
/* Rows as maps, for columns known only when it runs. */
#define ct_sql_maps(c, sql, ...) ct_sql_all((c), NULL, (sql), __VA_ARGS__)

typedef struct ct_sql_args {
    const ct_value *items;
    size_t count;
} ct_sql_args;
#define CT_ARGS(...)                                                                                                   \
    ((ct_sql_args){ (const ct_value[]){ CT_FOR_EACH(CT_ARG, , __VA_ARGS__){ .type = CT_VALUE_NULL } },                 \
                    sizeof((char[]){ CT_FOR_EACH(CT_ARG_COUNT, , __VA_ARGS__) 0 }) - 1 })
#define CT_ARG(unused, x) CT_VALUE(x),
#define CT_ARG_COUNT(unused, x) 0,

/* `using`: the alias of a database, NULL for the default. */
CT_API ct_rows *ct_sql_rows(ct *c, const char *using, const ct_shape *shape, const char *sql, ct_sql_args args);
CT_API int64_t ct_sql_change(ct *c, const char *using, const char *sql, ct_sql_args args);
CT_API ct_value ct_sql_one(ct *c, const char *using, const char *sql, ct_sql_args args);
CT_API ct_array *ct_sql_all(ct *c, const char *using, const char *sql, ct_sql_args args);

/* ---- what has been asked ---- */

/* Statements that this unit of work has sent, transactions' own not counted. Tests have CT_CHECK_QUERIES(n) { ... }. */
CT_API size_t ct_query_count(ct *c);

#ifndef CT_NO_SHORT_NAMES
#define DATABASE(...) CT_DATABASE(__VA_ARGS__)
#define DATABASES(...) CT_DATABASES(__VA_ARGS__)
#define ARGS(...) CT_ARGS(__VA_ARGS__)
#endif

#endif
