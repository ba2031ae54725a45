/* expect: ct_change_op */
/* expect: ct_op */
/* A change where a condition belongs. */
#include <canteen.h>

CT_MODEL(Post, (text, title), (integer, views, .null = true));

void work(ct *c, Post *post);

void work(ct *c, Post *post)
{
    (void)post;
#ifndef RIGHT
    ct_delete_where(c, Post, .views = TO_NULL);
#else
    ct_delete_where(c, Post, .views = IS_NULL);
#endif
}
