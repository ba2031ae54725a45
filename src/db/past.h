/* The models of a data migration: which state, on which database. Set around each function that a migration runs. */
#ifndef CANTEEN_DB_PAST_H
#define CANTEEN_DB_PAST_H

#include "db/ddl.h"

/* NULL: there are none any more. */
void ct_past_set(const ct_state *state, const ct_ddl *ddl, const char *database);

#endif
