/* expect: return-type */
/* A path through a handler that ends without an answer. */
#include <canteen.h>

ct_response *index(ct *c);

ct_response *index(ct *c)
{
    if (ct_is_secure(c))
        return ct_text(c, "secret");
#ifdef RIGHT
    return ct_status(ct_text(c, "no"), 403);
#endif
}
