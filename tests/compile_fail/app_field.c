/* expect: 'middlewares' */
/* expect: did you mean 'middleware'? */
/* A misspelt field of an app. */
#include <canteen.h>

static ct_response *timing(ct *c, ct_next *next)
{
    return ct_next_call(c, next);
}

#ifndef RIGHT
const ct_app app = { .name = "app", .middlewares = MIDDLEWARE(timing) };
#else
const ct_app app = { .name = "app", .middleware = MIDDLEWARE(timing) };
#endif
