/* expect: incompatible pointer type */
/* expect: Tag_query */
/* Conditions of another model. */
#include <canteen.h>

CT_MODEL(Tag, (text, name));
CT_MODEL(Post, (text, title), (integer, views), (datetime, published), (many_to_many, tags, Tag));

void work(ct *c, Post *post, Tag *tag);

void work(ct *c, Post *post, Tag *tag)
{
    (void)post;
    (void)tag;
#ifndef RIGHT
    ct_update_where(c, Post, WHERE(Tag), .views = SET(0));
#else
    ct_update_where(c, Post, WHERE(Post), .views = SET(0));
#endif
}
