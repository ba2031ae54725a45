/* expect: int-conversion */
/* The message given in the place of the status. */
#include <canteen.h>

ct_response *show(ct *c);

ct_response *show(ct *c)
{
#ifndef RIGHT
    ct_abort(c, "no such user", NULL);
#else
    ct_abort(c, 404, "no such user");
#endif
}
