/* The program of a database's own that speaks with it. */
#ifndef CANTEEN_DB_SHELL_H
#define CANTEEN_DB_SHELL_H

#include "db/site.h"

typedef struct ct_db_shell {
    const char *program;     /* "psql" */
    const char *package;     /* what to install where it is missing */
    const char *option;      /* stands before it, or NULL */
    const char *argument;    /* says where the database is; never has the password */
    const char *environment; /* "PGPASSWORD"; NULL: nothing to set */
    const char *password;
} ct_db_shell;

/* NULL, or what is in the way. Memory is the arena's, which has no limit. */
const char *ct_db_shell_of(const ct_db_target *target, const ct_db_driver *driver, ct_arena *arena, ct_db_shell *ret);

#endif
