/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible pointer types */
/* A row of one shape in a list of another. */
#include <canteen.h>

CT_SHAPE(Fortune, (integer, id), (text, message));
CT_SHAPE(World, (integer, id), (integer, number));

ct_response *show(ct *c);

ct_response *show(ct *c)
{
    ct_list(Fortune) *all = ct_list_new(c, Fortune);
#ifndef RIGHT
    ct_list_add(all, ct_row_new(c, World, .id = 1));
#else
    ct_list_add(all, ct_row_new(c, Fortune, .id = 1));
#endif
    return ct_json(c, V(all));
}
