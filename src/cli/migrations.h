/* What the commands of migrations share: migrate, makemigrations, showmigrations, sqlmigrate, squashmigrations. */
#ifndef CANTEEN_CLI_MIGRATIONS_H
#define CANTEEN_CLI_MIGRATIONS_H

#include "cli/cli.h"
#include "db/autodetect.h"
#include "db/history.h"

/* An arena without a limit that goes with the unit of work. */
ct_arena *ct_cli_arena(ct *c);
/* Writes them to standard error, and forgets them; returns 1. */
int ct_cli_tell(ct_problems *problems);
/* The apps with models or migrations; NULL with a message on standard error that names the nearest. */
const ct_graph_app *ct_cli_find_app(ct *c, const char *name);
/* Tells of apps with several last migrations, on standard error: false. */
bool ct_cli_check_leaves(const ct_history *history);

/* What today's models lack in the migrations, with nobody asked. */
ct_new_migrations ct_cli_detect(ct *c, const ct_history *history, ct_asker *asker, const char *const *only,
                                const char *name, ct_problems *problems);
/* Adds a warning where models have changed since the last migration, or where some are not applied. For `check` and for
 * the start of a program in development; a database that cannot be reached is none of its business. */
void ct_cli_migrations_warn(ct_cli *cli, const ct_site *site);

/* ---- files ---- */

/* "polls/migrations": beside the file of the app's MODELS(...). NULL with `error`. */
const char *ct_migrations_folder(ct_arena *arena, const ct_graph_app *app, ct_error *error);
/* The names of the migrations in a folder, in order; none where there is no folder. */
const char **ct_migrations_listed(ct_arena *arena, const char *folder, size_t *ret_count);
/* Writes a file as a whole, or not at all. `fresh`: it must not be there. */
bool ct_migrations_put(ct_arena *arena, const char *path, const char *text, bool fresh, ct_error *error);
/* Writes the migration and the list of all in its folder. `ret_path` is the file's. */
bool ct_migrations_save(ct_arena *arena, const ct_graph_app *app, const ct_new_migration *migration,
                        const char **ret_path, ct_error *error);

/* ---- questions ---- */

typedef struct ct_terminal_asker {
    ct_asker asker;
    ct *c;
    bool asks;                  /* a terminal is there, and may be asked */
    bool refuses;               /* --no-input: nothing was renamed */
    const char *const *renames; /* "polls.Choice.votes=points", "polls.Choice=Answer" */
    const char *const *fills;   /* "polls.Choice.votes=0" */
    bool *used_renames, *used_fills;
} ct_terminal_asker;
ct_terminal_asker ct_terminal_asker_of(ct *c);
/* The answers of the command line. */
void ct_terminal_asker_give(ct_terminal_asker *asker, const char *const *renames, const char *const *fills);
/* Adds a problem for each of them that answered nothing: somebody meant something by it. */
void ct_terminal_asker_check(const ct_terminal_asker *asker, ct_problems *problems);

int ct_migrate_command(ct *c), ct_makemigrations_command(ct *c), ct_showmigrations_command(ct *c);
int ct_sqlmigrate_command(ct *c), ct_squashmigrations_command(ct *c);
extern const ct_option ct_migrate_command_options[], ct_makemigrations_options[], ct_showmigrations_options[],
    ct_sqlmigrate_options[], ct_squashmigrations_options[];

#endif
