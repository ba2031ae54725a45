/* expect: 'methds' */
/* expect: did you mean 'methods'? */
/* A misspelt option of a route. */
#include <canteen.h>

static ct_response *index(ct *c)
{
    return ct_text(c, "");
}

#ifndef RIGHT
const ct_app app = { .name = "app", .routes = ROUTES(ANY("/", index, .methds = "GET, POST")) };
#else
const ct_app app = { .name = "app", .routes = ROUTES(ANY("/", index, .methods = "GET, POST")) };
#endif
