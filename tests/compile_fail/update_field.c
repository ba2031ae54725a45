/* expect: 'veiws' */
/* expect gcc: did you mean 'views'? */
/* A misspelt field of a change. */
#include <canteen.h>

CT_MODEL(Tag, (text, name));
CT_MODEL(Post, (text, title), (integer, views), (datetime, published), (many_to_many, tags, Tag));

void work(ct *c, Post *post, Tag *tag);

void work(ct *c, Post *post, Tag *tag)
{
    (void)post;
    (void)tag;
#ifndef RIGHT
    ct_update(c, post, .veiws = ADD(1));
#else
    ct_update(c, post, .views = ADD(1));
#endif
}
