/* What templates see of the request and of the program: the objects `request`, `config` and `current_app`. */
#ifndef CANTEEN_WEB_TEMPLATE_REQUEST_H
#define CANTEEN_WEB_TEMPLATE_REQUEST_H

#include "template/render.h"

ct_tval ct_template_request(ct_renderer *r, ct *c);     /* c is a request */
ct_tval ct_template_config(ct_renderer *r, ct *c);      /* settings but for secret ones */
ct_tval ct_template_current_app(ct_renderer *r, ct *c); /* the root app: name, version, config */

#endif
