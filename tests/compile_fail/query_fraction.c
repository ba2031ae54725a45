/* expect a warning */
/* expect: float-conversion */
/* expect gcc: changes value */
/* A fraction for an integer. */
#include <canteen.h>

CT_MODEL(Post, (text, title), (integer, views), (real, score));

void work(ct *c, double least);

void work(ct *c, double least)
{
#ifndef RIGHT
    (void)ct_select(c, Post, .views = GT(3.5));
    (void)ct_select(c, Post, .views = GT(least));
#else
    (void)ct_select(c, Post, .score = GT(3.5));
    (void)ct_select(c, Post, .score = GT(least), .views = GT((int64_t)least));
#endif
}
