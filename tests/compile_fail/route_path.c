/* expect: int-conversion */
/* A number where the path stands. */
#include <canteen.h>

static ct_response *home(ct *c)
{
    return ct_text(c, "");
}

#ifndef RIGHT
const ct_app app = { .name = "app", .routes = ROUTES(GET(7, home)) };
#else
const ct_app app = { .name = "app", .routes = ROUTES(GET("/7", home)) };
#endif
