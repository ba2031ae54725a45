/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible function pointer types */
/* A handler in the place of a middleware. */
#include <canteen.h>

#ifndef RIGHT
static ct_response *timing(ct *c)
{
    return ct_text(c, "");
}
#else
static ct_response *timing(ct *c, ct_next *next)
{
    return ct_next_call(c, next);
}
#endif

const ct_app app = { .name = "app", .middleware = MIDDLEWARE(timing) };
