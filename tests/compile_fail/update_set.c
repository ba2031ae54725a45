/* expect gcc: int-conversion */
/* expect clang: incompatible pointer to integer conversion */
/* Text for a number. */
#include <canteen.h>

CT_MODEL(Tag, (text, name));
CT_MODEL(Post, (text, title), (integer, views), (datetime, published), (many_to_many, tags, Tag));

void work(ct *c, Post *post, Tag *tag);

void work(ct *c, Post *post, Tag *tag)
{
    (void)post;
    (void)tag;
#ifndef RIGHT
    ct_update(c, post, .views = SET("many"));
#else
    ct_update(c, post, .views = SET(100));
#endif
}
