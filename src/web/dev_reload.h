/* Pages in development, under `canteen run`: the page of a build that failed, and pages that load themselves again.
 *
 * `canteen run` writes a file and names it in the environment (CT_DEV_STATE); nothing else is said between the two:
 *
 *     1795276800123456        the version: another one whenever pages in browsers are out of date
 *     <!doctype html>...      nothing, or the page that says what is wrong
 *
 * It is replaced as a whole, by rename(), and gone when `canteen run` has ended. While it has a page, every request
 * that prefers HTML is answered with that, 500, and no code of the app runs. A page that is sent gets a script of ours
 * (/_canteen/reload.js?v=VERSION, so that a Content-Security-Policy of 'self' lets it run), which asks
 * /_canteen/reload, a stream of events, whether the version is still that one, and loads the page again when it is
 * not.
 *
 * Only where the setting debug is on and the variable is set: otherwise site->dev_state is NULL, and nothing here is
 * called. */
#ifndef CANTEEN_WEB_DEV_RELOAD_H
#define CANTEEN_WEB_DEV_RELOAD_H

#include "web/ct.h"

#define CT_DEV_STATE "_CANTEEN_BUILD"

/* Sets site->dev_state, for a site that is to be served. */
void ct_dev_reload_prepare(ct_site *site);
/* The answer to a request that the app is not to see; NULL: the app answers. */
ct_response *ct_dev_reload_answer(ct *c);
/* Adds the script to a whole HTML page: one that is in memory or in a file and has "</body" or a doctype. What is a
 * stream, a part of a page or compressed stays as it is. Browsers do not keep a page with the script. */
void ct_dev_reload_page(ct *c, ct_response *r);
/* Appends the script's element with the version of now, for a page that is sent otherwise. It never
 * aborts: it is for the process that tells of a crash. */
void ct_dev_reload_script(ct *c, ct_buffer *out);

#endif
