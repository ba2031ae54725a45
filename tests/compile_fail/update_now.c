/* expect: 'now' */
/* A number that is to be the present moment. */
#include <canteen.h>

CT_MODEL(Tag, (text, name));
CT_MODEL(Post, (text, title), (integer, views), (datetime, published), (many_to_many, tags, Tag));

void work(ct *c, Post *post, Tag *tag);

void work(ct *c, Post *post, Tag *tag)
{
    (void)post;
    (void)tag;
#ifndef RIGHT
    ct_update(c, post, .views = NOW);
#else
    ct_update(c, post, .published = NOW);
#endif
}
