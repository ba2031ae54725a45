/* expect: ct_op */
/* expect: ct_change_op */
/* A condition where a change belongs. */
#include <canteen.h>

CT_MODEL(Post, (text, title), (integer, views, .null = true));

void work(ct *c, Post *post);

void work(ct *c, Post *post)
{
    (void)post;
#ifndef RIGHT
    ct_update(c, post, .views = IS_NULL);
#else
    ct_update(c, post, .views = TO_NULL);
#endif
}
