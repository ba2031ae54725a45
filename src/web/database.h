/* The databases of a site. */
#ifndef CANTEEN_WEB_DATABASE_H
#define CANTEEN_WEB_DATABASE_H

#include "db/session.h"
#include "web/site.h"

/* Sets site->databases; opens nothing. */
void ct_databases_prepare(ct_site *site, ct_problems *problems);
/* The databases of `to` are where those of the same alias of `from` are: for the clients of a test. */
void ct_databases_share(const ct_site *from, ct_site *to);
/* Closes the connections of this process that idle. */
void ct_databases_close(const ct_site *site);
/* The same, and frees. */
void ct_databases_finish(ct_site *site);

/* What a request has asked, for the access log: all zero but with `debug`. A statement that came again and again is
 * told by a warning. */
ct_db_counts ct_databases_counts(ct *c);

#endif
