/* The inside of applying a migration.
 *
 *   migrate.c         what is applied, locks, one migration in a transaction
 *   migrate_loose.c   one without: step by step, each noted when it is done */
#ifndef CANTEEN_DB_MIGRATE_RUN_H
#define CANTEEN_DB_MIGRATE_RUN_H

#include "db/migrate.h"
#include "db/session.h"

/* The first column of all rows, as text. */
typedef struct ct_text_sink {
    ct_db_sink sink;
    ct_arena *arena;
    const char **rows;
    size_t count;
} ct_text_sink;

typedef struct ct_migrate_runner {
    ct_migrator *m;
    const ct_node *node;
    bool backwards;
    ct_script script;
    const char **triggers;
    size_t trigger_count;
    ct_error *error;
} ct_migrate_runner;

bool ct_migrate_is_postgres(const ct_migrator *m);
ct_text_sink ct_migrate_texts(const ct_migrator *m);
/* 'text' */
const char *ct_migrate_literal(ct_arena *arena, const char *text);
/* The condition that a row of the table of migrations is this one's. */
const char *ct_migrate_condition(const ct_migrator *m, const char *label);

/* One statement on a connection; `sink` NULL: rows are not wanted. */
bool ct_migrate_on(const ct_migrator *m, ct_db_connection *connection, const char *sql, ct_db_sink *sink,
                   ct_db_error *error);
/* The same, whose failure becomes the runner's error. */
bool ct_migrate_sql(ct_migrate_runner *r, ct_db_connection *connection, const char *sql);
/* Fills the runner's error. Always false. */
bool ct_migrate_tell(ct_migrate_runner *r, const ct_db_error *failed, const char *sql);

bool ct_migrate_run_step(ct_migrate_runner *r, ct_db_connection *connection, const ct_step *step);
/* `connection` NULL: the function takes its own. */
bool ct_migrate_run_function(ct_migrate_runner *r, ct_db_connection *connection, const ct_step *step);
/* Makes the table of migrations, where there is none. */
bool ct_migrate_is_done(ct_migrate_runner *r, ct_db_connection *connection, bool *ret_done);
bool ct_migrate_note(ct_migrate_runner *r, ct_db_connection *connection);
/* On SQLite, for the connection that comes next. */
bool ct_migrate_foreign_keys(ct_migrate_runner *r, bool on);

ct_migrated ct_migrate_loose(ct_migrate_runner *r, bool fake);

#endif
