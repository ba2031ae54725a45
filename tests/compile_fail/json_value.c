/* expect gcc: '_Generic' selector of type 'struct point' is not compatible with any association */
/* expect clang: controlling expression type 'struct point' not compatible with any generic association type */
/* A struct that JSON knows nothing of. */
#include <canteen.h>

ct_response *show(ct *c);

struct point {
    int x, y;
};

ct_response *show(ct *c)
{
    struct point p = { 1, 2 };
#ifndef RIGHT
    return ct_json(c, V(p));
#else
    return ct_json(c, KV("x", p.x), KV("y", p.y));
#endif
}
