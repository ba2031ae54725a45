/* expect: 'titel' */
/* A field to compare with that the model does not have. */
#include <canteen.h>

CT_MODEL(User, (text, username, .max_length = 150, .unique = true));
CT_MODEL(Post, (text, title), (datetime, published, .null = true), (integer, views), (json, data),
         (ref, author, User, .on_delete = CT_CASCADE));

void work(ct *c, Post *post, User *user);

void work(ct *c, Post *post, User *user)
{
    (void)post;
    (void)user;
#ifndef RIGHT
    ct_select(c, Post, .title = EQ_FIELD(Post, titel));
#else
    ct_select(c, Post, .title = EQ_FIELD(Post, title));
#endif
}
