/* Single-page applications: the FRONTEND rows of a site. */
#ifndef CANTEEN_WEB_FRONTEND_H
#define CANTEEN_WEB_FRONTEND_H

#include "base/problems.h"
#include "web/router.h"
#include "web/site.h"

/* Whether a row of a table is a FRONTEND. */
static inline bool ct_is_frontend(const ct_route *row)
{
    return !row->handler && !row->app && (row->frontend || row->embedded);
}

/* The rows that a FRONTEND row stands for, one for its files and one for its prefix, as a table; the same ones for the
 * same row. Adds it to site->frontends. */
const ct_route *ct_frontend_rows(ct_site *site, const ct_route *row);
/* Reads the folders. One that is not there, or has no index.html, is a problem: in development a warning. */
void ct_frontends_prepare(ct_site *site, ct_problems *problems);

/* For a request that no route fits: FOUND or REDIRECT with c->match set when a frontend answers it; METHOD or OPTIONS
 * when it has a file there, but not for this method; else NOT_FOUND with c->match as it was. */
ct_match_result ct_frontend_match(ct *c);

#endif
