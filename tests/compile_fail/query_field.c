/* expect: 'veiws' */
/* expect gcc: did you mean 'views'? */
/* GT of a field that there is not. */
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
    ct_select(c, Post, .veiws = GT(100));
#else
    ct_select(c, Post, .views = GT(100));
#endif
}
