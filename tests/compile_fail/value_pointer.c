/* expect gcc: 'const struct point' has no member named 'row' */
/* expect clang: no member named 'row' in 'struct point' */
/* A pointer to a struct that is no row of a shape. */
#include <canteen.h>

struct point {
    int x, y;
};

CT_SHAPE(Point, (integer, x), (integer, y));

ct_response *show(ct *c, const struct point *plain, const Point *point);

ct_response *show(ct *c, const struct point *plain, const Point *point)
{
#ifndef RIGHT
    return ct_json(c, V(plain), V(point));
#else
    return ct_json(c, KV("x", plain->x), V(point));
#endif
}
