/* What has changed between the history and today's models, as the operations of new migrations.
 *
 *   history ──> state ─┐
 *                      ├─> ct_autodetect() ─> migrations: app, name, dependencies, operations
 *   graph ────> state ─┘        └─ asks: was this renamed? what do rows that are there get?
 *
 * Everything lives in the arena of the states. */
#ifndef CANTEEN_DB_AUTODETECT_H
#define CANTEEN_DB_AUTODETECT_H

#include "base/problems.h"
#include "db/state.h"

typedef enum ct_answer { CT_ANSWER_NO, CT_ANSWER_YES, CT_ANSWER_NOBODY } ct_answer;

/* Who is asked. NOBODY: there is nobody to ask, which becomes a problem that says what to do. */
typedef struct ct_asker {
    ct_answer (*renamed_model)(struct ct_asker *asker, const char *from, const char *to);
    ct_answer (*renamed_field)(struct ct_asker *asker, const char *model, const char *from, const char *to);
    /* A value, as text, for a field of rows that are there; `is_new`: else for its NULLs. False: nobody to ask. */
    bool (*fill)(struct ct_asker *asker, const char *model, const ct_field *field, bool is_new, const char **ret_text);
    /* Has somebody said so without being asked? Then it is, whatever else has changed. NULL: nobody has. */
    bool (*told_model)(struct ct_asker *asker, const char *from, const char *to);
    bool (*told_field)(struct ct_asker *asker, const char *model, const char *from, const char *to);
} ct_asker;

typedef struct ct_new_migration {
    const char *app, *name; /* "0002_choice_votes" */
    const char **after;     /* labels */
    size_t after_count;
    const char **replaces;
    size_t replaces_count;
    ct_operation *operations;
    size_t count;
    bool initial;
} ct_new_migration;

typedef struct ct_new_migrations {
    ct_new_migration *items;
    size_t count;
} ct_new_migrations;

/* What the history has of an app. */
typedef struct ct_leaf {
    const char *app;
    const char *last; /* its last migration: "0001_initial"; NULL: it has none */
} ct_leaf;

typedef struct ct_detection {
    const ct_state *from, *to;
    const ct_leaf *leaves;
    size_t leaf_count;
    const char *const *only; /* apps, ending in NULL, and those they depend on; NULL: all */
    const char *name;        /* of all new migrations; NULL: made of what they do */
    ct_asker *asker;
    ct_problems *problems; /* questions that nobody answered */
    ct_time now;
} ct_detection;

ct_new_migrations ct_autodetect(const ct_detection *how);

/* "choice_votes", for the operations of a migration: at most 52 letters. db/migration_name.c */
const char *ct_migration_name(ct_arena *arena, const ct_operation *operations, size_t count, bool initial, ct_time now);
/* "0003_" and the name, behind the last migration (NULL: none). */
const char *ct_migration_numbered(ct_arena *arena, const char *last, const char *name);

/* The operations that lead from one state to another, of one app, without questions: for squashing. */
ct_operation *ct_autodetect_app(const ct_state *from, const ct_state *to, const char *app, size_t *ret_count);

/* ---- db/migration_write.c ---- */

/* The C file of a migration, and the list of all of an app. `labels` of the list are names, in order. */
const char *ct_migration_write(ct_arena *arena, const ct_new_migration *migration, const char *made);
const char *ct_migration_write_list(ct_arena *arena, const char *app, const char *const *names, size_t count);
/* An app's name as part of a name in C: "my-app" is my_app, "2fa" app_2fa. */
const char *ct_migration_identifier(ct_arena *arena, const char *app);
/* "Add field votes to Choice", for people. */
const char *ct_operation_describe(ct_arena *arena, const ct_operation *operation);

#endif
