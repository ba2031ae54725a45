/* expect gcc: format '%s' expects argument of type 'char *' */
/* expect clang: format specifies type 'char *' */
/* The message of an error of a field is checked as printf's is. */
#include <canteen.h>

CT_SHAPE(Pair, (integer, count));

void check(const Pair *pair, ct_errors *errors);

void check(const Pair *pair, ct_errors *errors)
{
#ifndef RIGHT
    ct_errors_add(errors, "count", "invalid", "%s is odd", pair->count);
#else
    ct_errors_add(errors, "count", "invalid", "%" PRId64 " is odd", pair->count);
#endif
}
