/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible pointer types */
/* What is in a list taken for a row of another shape. */
#include <canteen.h>

CT_SHAPE(Fortune, (integer, id), (text, message));
CT_SHAPE(World, (integer, id), (integer, number));

int64_t first(const ct_list(Fortune) *all);

int64_t first(const ct_list(Fortune) *all)
{
#ifndef RIGHT
    const World *row = ct_list_at(all, 0);
#else
    const Fortune *row = ct_list_at(all, 0);
#endif
    return row->id;
}
