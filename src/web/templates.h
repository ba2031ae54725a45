/* The templates of a site: its engine, made before the workers are forked so that they share what is compiled, and what
 * each process adds: buffers for pages, and new engines where files have changed. */
#ifndef CANTEEN_WEB_TEMPLATES_H
#define CANTEEN_WEB_TEMPLATES_H

#include "base/problems.h"
#include "template/template.h"
#include "web/site.h"

typedef struct ct_templates ct_templates;

/* Makes site->templates from the tables of the apps and site->config, which must be set. Folders that are not there and
 * rows with mistakes become problems. Nothing is compiled yet. */
void ct_templates_prepare(ct_site *site, ct_problems *problems);
void ct_templates_destroy(ct_templates *templates); /* NULL is fine */

/* The engine that pages are made with now; another one may take its place when a page is made. */
ct_engine *ct_templates_engine(ct_templates *templates);
/* Says that all there is has been compiled: what the engine takes from here on is growth, which is bounded. */
void ct_templates_compiled(ct_templates *templates);

/* An error as one line: "polls/index.html:3:6: 'x' is undefined | {{ x.y }} | included by base.html:7". */
void ct_template_error_line(ct_buffer *out, const ct_template_error *error);

/* A message with the places of the templates that run now, innermost first in the line, as they would be in an error of
 * their own. `message` itself when none runs, or when there is no memory left to say more. */
const char *ct_templates_placed(ct *c, const char *message);
/* Where the innermost template runs that calls what asks; false: none does. The message is not set. */
bool ct_templates_where(const ct *c, ct_template_error *ret_place);
/* The text of a template that is in the executable, by the name that messages have for it; data NULL: there is none. */
ct_str ct_templates_embedded(const ct_templates *templates, const char *file);

/* For tests: how many buffers wait for the next page, how many engines there are, and how many there have been. */
typedef struct ct_templates_counts {
    size_t spare_buffers, engines, engines_made;
} ct_templates_counts;
ct_templates_counts ct_templates_count(const ct_templates *templates);

#endif
