/* expect gcc: '_Generic' selector of type 'int' is not compatible with any association */
/* expect clang: controlling expression type 'int' not compatible with any generic association type */
/* A URL of something that is neither a handler nor a name. */
#include <canteen.h>

ct_response *away(ct *c);

ct_response *away(ct *c)
{
#ifndef RIGHT
    return ct_redirect(c, ct_url(c, 7));
#else
    return ct_redirect(c, ct_url(c, "polls.show", KV("id", 7)));
#endif
}
