#ifndef APP_H
#define APP_H

#include <canteen.h>

extern const ct_app app;

/* tests/test_app.c */
extern const ct_test root_tells_the_version, hello_greets, errors_are_json;

#endif
