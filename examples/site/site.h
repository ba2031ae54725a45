/* The parts of the site: each an app of its own, mounted by main.c. */
#ifndef SITE_H
#define SITE_H

#include <canteen.h>

extern const ct_app polls_app; /* polls.c: a mounted app with URLs, a form and a cookie */
extern const ct_app lab_app;   /* lab.c: what a server must survive: slow, endless, huge and crashing requests */

/* A whole page around `body`, which is HTML already. */
ct_response *page(ct *c, const char *title, const char *body);

#endif
