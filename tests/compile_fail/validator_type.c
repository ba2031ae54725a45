/* expect gcc: incompatible pointer type */
/* expect clang: incompatible function pointer types */
/* A validator takes a value and gives a message. */
#include <canteen.h>

#ifndef RIGHT
static bool is_even(ct *c, ct_value value)
{
    (void)c;
    return value.integer % 2 == 0;
}
#else
static const char *is_even(ct *c, ct_value value)
{
    (void)c;
    return value.integer % 2 ? "must be even" : NULL;
}
#endif

CT_SHAPE(Pair, (integer, count, .validators = VALIDATORS(is_even)));
