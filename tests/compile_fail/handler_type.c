/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible function pointer types */
/* A handler that returns something else than a response. */
#include <canteen.h>

#ifndef RIGHT
static const char *index(ct *c)
{
    return ct_method(c);
}
#else
static ct_response *index(ct *c)
{
    return ct_text(c, ct_method(c));
}
#endif

const ct_app app = { .name = "app", .routes = ROUTES(GET("/", index)) };
