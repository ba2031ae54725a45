/* expect: 'chioces' */
/* expect: did you mean 'choices'? */
/* A misspelt field of a setting. */
#include <canteen.h>

const ct_app app = {
    .name = "app",
#ifndef RIGHT
    .settings = SETTINGS(SETTING("colour", "red", .type = CT_CHOICE, .chioces = "red, green")),
#else
    .settings = SETTINGS(SETTING("colour", "red", .type = CT_CHOICE, .choices = "red, green")),
#endif
};
