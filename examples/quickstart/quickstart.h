#ifndef QUICKSTART_H
#define QUICKSTART_H

#include <canteen.h>

extern const ct_app quickstart;
extern const ct_files quickstart_templates, quickstart_static; /* written by `canteen embed`, see meson.build */

/* Handlers that others redirect to. */
ct_response *index_page(ct *c);
ct_response *login_form(ct *c);
ct_response *login(ct *c);

extern const ct_test pages_say_hello, urls_are_built, login_is_remembered, uploads_are_kept, errors_are_answered,
    json_is_json;

#endif
