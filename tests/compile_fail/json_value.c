/* expect gcc: invalid type argument of '->' (have 'struct point') */
/* expect clang: member reference type 'struct point' is not a pointer */
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
