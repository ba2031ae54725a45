/* Migrations: how the tables of an app came to be, step by step, as tables of operations in C.
 *
 *     CT_MIGRATION(polls, 0002_choice_votes,
 *         .after = AFTER("polls.0001_initial"),
 *         .operations = OPERATIONS(
 *             ADD_FIELD("Choice", (integer, votes, .default_value = "0"))));
 *
 * `makemigrations` writes such files into the folder `migrations` beside the app's source, and the list of them in
 * migrations/migrations.c; they are made to be read, reviewed and edited. The app names the list:
 *
 *     CT_MIGRATIONS(polls);                     -- outside of functions
 *     const ct_app polls = { .name = "polls", .models = MODELS(...), .migrations = polls_migrations };
 *
 * which builds before there is any migration as well. docs/migrations.md is the manual. */
#ifndef CANTEEN_MIGRATION_H
#define CANTEEN_MIGRATION_H

#include "canteen/common.h"
#include "canteen/model.h"

typedef struct ct_migration ct_migration;

/* The list of an app's migrations, ending in NULL; none at all where no file defines it. */
#define CT_MIGRATIONS(app) extern const ct_migration *const app##_migrations[] __attribute__((weak))

#endif
