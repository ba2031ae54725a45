/* What templates see of the session: `session`, `messages`, get_flashed_messages(). */
#ifndef CANTEEN_WEB_TEMPLATE_SESSION_H
#define CANTEEN_WEB_TEMPLATE_SESSION_H

#include "template/render.h"

/* Both for requests of sites with sessions alone (ct_session_possible()). */
ct_tval ct_template_session(ct_renderer *r, ct *c);
ct_tval ct_template_messages(ct_renderer *r, ct *c);

extern const ct_fn ct_template_get_flashed_messages;

#endif
