/* expect gcc: [-Werror=incompatible-pointer-types] */
/* expect clang: error: incompatible pointer types */
/* A list sorted by the rows of another shape. */
#include <canteen.h>

CT_SHAPE(Fortune, (integer, id), (text, message));
CT_SHAPE(World, (integer, id), (integer, number));

int by_id(const Fortune *a, const Fortune *b);
int by_number(const World *a, const World *b);
void sort(ct_list(Fortune) *all);

void sort(ct_list(Fortune) *all)
{
#ifndef RIGHT
    ct_list_sort(all, by_number);
#else
    ct_list_sort(all, by_id);
#endif
}
