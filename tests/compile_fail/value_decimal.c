/* expect gcc: invalid type argument of '->' (have 'ct_decimal') */
/* expect clang: is not a pointer */
/* A decimal does not fit into a value: it is kept in the memory of the request. */
#include <canteen.h>

ct_response *show(ct *c, ct_decimal price);

ct_response *show(ct *c, ct_decimal price)
{
#ifndef RIGHT
    return ct_json(c, V(price));
#else
    return ct_json(c, KV("price", ct_value_of_decimal(c, price)));
#endif
}
