/* Settings: the table of Canteen's own, and the loading of all from tables, .env, environment and command line.
 *
 *     declare   names, types and defaults from Canteen's table and those of the apps       (settings_declare.c)
 *     read      values from .env, the environment and the command line, each over the last  (settings_read.c)
 *     ask       by name or index, or as the server's struct     (settings.c; handlers: setting_access.c)
 *
 * Of the apps' tables the first that speaks of a name decides, the root's before those of the apps that it mounts,
 * depth- first. An app may declare names of its own and, with SET, change the default of any setting there is.
 *
 * A name that no table declares is
 *     an error    in a table, on the command line, and in .env where it begins with CANTEEN_;
 *     a warning   in the environment where it begins with CANTEEN_, since other programs may use such names too;
 *     the app's   in .env otherwise: it goes into the environment of the process, unless it is there already, for the
 *                 libraries that read it there. (The variable _CANTEEN_DOTENV remembers which these were, so that a
 *                 program that is executed anew for a reload takes their new values.)
 * Names in .env and in the environment have the prefix and are in capitals, CANTEEN_MAX_BODY; on the command line
 * --max-body. The value of a setting that is secret appears in no message. */
#ifndef CANTEEN_WEB_SETTINGS_H
#define CANTEEN_WEB_SETTINGS_H

#include "base/arena.h"
#include "base/problems.h"
#include "canteen/app.h"
#include "net/config.h"
#include "web/site.h"
#include "web/typed.h"

/* Remembers what .env put into the environment; names separated by blanks. */
#define CT_SETTINGS_EXPORTED "_CANTEEN_DOTENV"

typedef struct ct_setting_value {
    const ct_setting *setting; /* the declaration */
    const ct_app *app;         /* whose it is; NULL: Canteen's own */
    ct_typed value;
    const char *source; /* "default", "main.c:12", ".env:3", "environment CANTEEN_BIND", "command line" */
} ct_setting_value;

/* All declarations with their defaults. Mistakes of the tables are errors: bad and repeated names, bad defaults, SET
 * of what nobody declares; each names its place. Memory is the arena's, which has no limit and must outlive the
 * settings. */
ct_settings *ct_settings_declare(ct_arena *arena, const ct_app *app, ct_problems *problems);
/* Values from the file `dotenv` (".env"; missing is fine), `environment` (as environ) and `overrides` ("name=value" of
 * the command line, NULL-terminated, or NULL). Unknown names (with a did-you-mean), bad values and missing required
 * ones become problems that name their source; of a bad value nothing is taken. May change the process's
 * environment. */
void ct_settings_read(ct_settings *settings, const char *dotenv, char **environment, const char *const *overrides,
                      ct_problems *problems);
/* For a process that is not the program but starts it: what the file and `environment` say, passing over what is wrong,
 * which the program tells, and leaving the process's environment as it is. */
void ct_settings_peek(ct_settings *settings, const char *dotenv, char **environment);
/* As ct_settings_read(), for a test: `debug` and `access_log` are off, `upload_folder` is `uploads` (NULL: as it is),
 * `secret_key` is made up where nothing sets it (the same in the whole process), and over all of it come the rows
 * (ending in one without a name; or NULL). */
void ct_settings_read_for_test(ct_settings *settings, const char *dotenv, char **environment, const char *uploads,
                               const ct_setting *rows, ct_problems *problems);
/* Declared and read. */
ct_settings *ct_settings_load(ct_arena *arena, const ct_app *app, const char *dotenv, char **environment,
                              const char *const *overrides, ct_problems *problems);

/* Fills the server's struct. Its texts live as long as the settings. */
void ct_settings_config(const ct_settings *settings, ct_config *ret);
/* NULL when there is none of the name. */
const ct_setting_value *ct_settings_find(const ct_settings *settings, const char *name);
size_t ct_settings_count(const ct_settings *settings);
/* Canteen's own first, in the order of their table, then the apps'. */
const ct_setting_value *ct_settings_at(const ct_settings *settings, size_t index);

#endif
