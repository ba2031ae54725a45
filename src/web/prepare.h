/* A site made ready: from an app's tables and settings that have been read to what serves. */
#ifndef CANTEEN_WEB_PREPARE_H
#define CANTEEN_WEB_PREPARE_H

#include "base/problems.h"
#include "web/settings.h"
#include "web/site.h"

/* Builds the site, which borrows the settings and is the caller's to finish. All that is wrong is added to the
 * problems; the site is usable only if there were no errors. */
void ct_site_prepare(ct_site *site, const ct_app *app, ct_settings *settings, ct_problems *problems);

#endif
