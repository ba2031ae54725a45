/* expect gcc: int-conversion */
/* expect clang: incompatible integer to pointer conversion */
/* A number for a text. */
#include <canteen.h>

CT_MODEL(Tag, (text, name));
CT_MODEL(Post, (text, title), (integer, views), (datetime, published), (many_to_many, tags, Tag));

void work(ct *c, Post *post, Tag *tag);

void work(ct *c, Post *post, Tag *tag)
{
    (void)post;
    (void)tag;
#ifndef RIGHT
    ct_create(c, Post, .title = 5);
#else
    ct_create(c, Post, .views = 5);
#endif
}
