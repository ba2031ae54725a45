/* expect gcc: expects argument of type 'int' */
/* expect clang: format specifies type 'int' */
/* Text for a %d. */
#include <canteen.h>

ct_response *show(ct *c);

ct_response *show(ct *c)
{
#ifndef RIGHT
    ct_abort(c, 404, "there is no user %d", ct_path(c, "name"));
#else
    ct_abort(c, 404, "there is no user %s", ct_path(c, "name"));
#endif
}
