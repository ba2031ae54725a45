/* The databases of a site. */
#ifndef CANTEEN_WEB_DATABASE_H
#define CANTEEN_WEB_DATABASE_H

#include "db/site.h"
#include "web/site.h"

/* Sets site->databases; opens nothing. */
void ct_databases_prepare(ct_site *site, ct_problems *problems);
/* Closes the connections of this process that idle. */
void ct_databases_close(const ct_site *site);
/* The same, and frees. */
void ct_databases_finish(ct_site *site);

#endif
