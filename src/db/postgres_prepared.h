/* The statements that are prepared on a connection, for postgres_pipeline.c. */
#ifndef CANTEEN_DB_POSTGRES_PREPARED_H
#define CANTEEN_DB_POSTGRES_PREPARED_H

#include "db/postgres.h"

/* The one of a digest and a text, which is then the one used last; or NULL. */
ct_pg_prepared *ct_pg_prepared_find(ct_pg *pg, uint64_t digest, const char *sql);
/* A new one, with a number of its own. */
ct_pg_prepared *ct_pg_prepared_add(ct_pg *pg, uint64_t digest, const char *sql);
/* Forgets the one used longest ago, of which there must be one, and returns its number. */
unsigned ct_pg_prepared_oldest(ct_pg *pg);
ct_pg_prepared *ct_pg_prepared_numbered(ct_pg *pg, unsigned number);
/* Nothing where it is gone already. */
void ct_pg_prepared_forget(ct_pg *pg, unsigned number);
void ct_pg_prepared_finish(ct_pg *pg);

#endif
