/* expect: incompatible pointer type */
/* A row of another model in a relation. */
#include <canteen.h>

CT_MODEL(Tag, (text, name));
CT_MODEL(Post, (text, title), (integer, views), (datetime, published), (many_to_many, tags, Tag));

void work(ct *c, Post *post, Tag *tag);

void work(ct *c, Post *post, Tag *tag)
{
    (void)post;
    (void)tag;
#ifndef RIGHT
    ct_link(c, post, tags, post);
#else
    ct_link(c, post, tags, tag);
#endif
}
