/* expect: 'titel' */
/* expect gcc: did you mean 'title'? */
/* A misspelt field of a new row. */
#include <canteen.h>

CT_MODEL(Tag, (text, name));
CT_MODEL(Post, (text, title), (integer, views), (datetime, published), (many_to_many, tags, Tag));

void work(ct *c, Post *post, Tag *tag);

void work(ct *c, Post *post, Tag *tag)
{
    (void)post;
    (void)tag;
#ifndef RIGHT
    ct_create(c, Post, .titel = "x");
#else
    ct_create(c, Post, .title = "x");
#endif
}
