/* The static files of a site: where they are, their route, their URLs. */
#ifndef CANTEEN_WEB_STATIC_H
#define CANTEEN_WEB_STATIC_H

#include "base/error.h"
#include "base/problems.h"
#include "web/site.h"

/* Makes site->statics from site->config and the apps' tables, without looking into folders. Before the router. */
void ct_statics_begin(ct_site *site);
/* The route that the router adds to the root mount: a table of at most one row. NULL: there is none, for there is no
 * folder or another server has the files. */
const ct_route *ct_statics_routes(const ct_site *site);
/* Makes the index; a bad static_url, folders that are not there and files that cannot be read become problems. */
void ct_statics_prepare(ct_site *site, ct_problems *problems);

/* False with a message that there is no such file, and what may have been meant. True besides for what is no file's
 * name, but the start of some: "" and "polls/". */
bool ct_statics_check(const ct_site *site, const char *name, ct_error *error);
/* Whether `route` is the one of ct_statics_routes(). */
bool ct_statics_is_route(const ct_site *site, const ct_route *route);

#endif
