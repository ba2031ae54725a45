/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible function pointer types */
/* A middleware where the handler stands. */
#include <canteen.h>

static ct_response *timing(ct *c, ct_next *next)
{
    return ct_next_call(c, next);
}

static ct_response *home(ct *c)
{
    return ct_text(c, "");
}

const ct_app app = {
    .name = "app",
#ifndef RIGHT
    .routes = ROUTES(GET("/", home), GET("/timing", timing)),
#else
    .routes = ROUTES(GET("/", home)),
#endif
    .middleware = MIDDLEWARE(timing),
};
