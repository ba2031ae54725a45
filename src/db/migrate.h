/* Applying migrations to a database, and undoing them.
 *
 *   ct_migrate_open()     reads what is applied (table canteen_migrations), loads the history, checks it
 *   ct_migrate_lock()     nobody else migrates this database from here on, until the process ends
 *   ct_migrate_step()     one migration, in a transaction of its own: done wholly or not at all
 *
 * Two who migrate at once do so one after the other: PostgreSQL by an advisory lock on a connection of its own, SQLite
 * by a lock on the file. What the first has done the second passes over. */
#ifndef CANTEEN_DB_MIGRATE_H
#define CANTEEN_DB_MIGRATE_H

#include "db/history.h"
#include "db/site.h"

typedef struct ct_migrator {
    ct *c;
    ct_db_entry *entry;
    ct_arena *arena;
    ct_history history;
    ct_strmap applied;    /* by label */
    ct_time lock_timeout; /* of each statement that changes tables; 0: none */
    /* Called with a line for people, without its end: warnings, waits. */
    void (*say)(void *arg, const char *line);
    void *arg;
    /* Of the last migration that is not atomic: how many of its steps are done. Where it has failed the next run goes
     * on behind them. */
    size_t steps_done, step_count;
    bool strayed; /* the last one has failed, and SQL of its own had ended its transaction before: parts may stay */
} ct_migrator;

typedef enum ct_migrated { CT_MIGRATED_DONE, CT_MIGRATED_FAKED, CT_MIGRATED_BEFORE, CT_MIGRATED_FAILED } ct_migrated;

typedef struct ct_migrate_options {
    bool fake;         /* only noted as applied, or as not */
    bool fake_initial; /* an initial one whose tables are there is only noted */
} ct_migrate_options;

/* `alias` NULL: the default one. False with problems added. The memory is the arena's, which has no limit. */
bool ct_migrate_open(ct_migrator *ret, ct *c, const char *alias, ct_arena *arena, ct_problems *problems);
/* Reads again what is applied. */
bool ct_migrate_reload(ct_migrator *m, ct_problems *problems);
/* Then notes squashed migrations as applied that are so by those which they replace. */
bool ct_migrate_lock(ct_migrator *m, ct_error *error);
/* Has it a row of its own? A squashed one may be applied without, until somebody migrates. */
bool ct_migrate_is_noted(const ct_migrator *m, const ct_node *node);
/* BEFORE: somebody else has done it meanwhile. FAILED: `error` says why; the database is as it was, unless `strayed`
 * (after a migration that is not atomic: as far as it came, and the next call goes on from there). An abort of a
 * function of the program passes through. */
ct_migrated ct_migrate_step(ct_migrator *m, ct_plan_step step, const ct_migrate_options *options, ct_error *error);

/* Brings an empty database to what the models of today want: by the migrations, and by what these lack (which sets
 * `*ret_changed`): for tests. */
bool ct_migrate_fresh(ct *c, const char *alias, bool *ret_changed, ct_error *error);

/* What to do where a table is missing: "the migration polls.0002_choice makes it: run `migrate`". NULL: nothing is
 * known. For messages, in the request's memory; asks no database. */
const char *ct_migration_hint(ct *c, const char *alias, const char *table);

/* The table of what is applied. */
#define CT_MIGRATIONS_TABLE "canteen_migrations"
/* Steps of a migration that is not atomic; there only as long as one is under way, or has stopped on the way. */
#define CT_STEPS_TABLE "canteen_migrations_steps"

#endif
