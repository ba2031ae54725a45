#ifndef APP_H
#define APP_H

#include <canteen.h>

extern const ct_app app;

/* tests/test_app.c */
extern const ct_test home_shows_a_page, home_escapes_names, other_addresses_are_not_found;

#endif
