/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible pointer types */
/* A handler mounted as if it were an app. */
#include <canteen.h>

#ifndef RIGHT
static ct_response *polls(ct *c)
{
    return ct_text(c, "");
}
#define POLLS polls
#else
static const ct_app polls = { .name = "polls" };
#define POLLS &polls
#endif

const ct_app app = { .name = "app", .routes = ROUTES(MOUNT("/polls", POLLS)) };
