/* expect: V() and KV() take no struct: give its fields, or a pointer to a row of a CT_SHAPE */
/* expect gcc: json_value.c:17:23: error: static assertion failed: "V() */
/* expect clang: json_value.c:17:23: error: static_assert failed */
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
