/* expect: shape Wide: more than 64 fields */
/* A field more than a shape can have. */
#include <canteen.h>

#define EIGHT(n)                                                                                                       \
    (integer, a##n), (integer, b##n), (integer, c##n), (integer, d##n), (integer, e##n), (integer, f##n),              \
        (integer, g##n), (integer, h##n)
#define SHAPE(...) CT_SHAPE(__VA_ARGS__)

#ifndef RIGHT
SHAPE(Wide, EIGHT(1), EIGHT(2), EIGHT(3), EIGHT(4), EIGHT(5), EIGHT(6), EIGHT(7), EIGHT(8), (text, last));
#else
SHAPE(Wide, EIGHT(1), EIGHT(2), EIGHT(3), EIGHT(4), EIGHT(5), EIGHT(6), EIGHT(7), EIGHT(8));
#endif
