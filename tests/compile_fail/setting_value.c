/* expect: int-conversion */
/* Values of settings are text, which the start checks against the type. */
#include <canteen.h>

#ifndef RIGHT
const ct_app app = { .name = "app", .settings = SETTINGS(SET("workers", 2)) };
#else
const ct_app app = { .name = "app", .settings = SETTINGS(SET("workers", "2")) };
#endif
