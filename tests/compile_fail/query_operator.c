/* expect gcc: has no member named 'pattern' */
/* expect clang: 'pattern' */
/* An operator of text for a number. */
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
    ct_select(c, Post, .views = CONTAINS("x"));
#else
    ct_select(c, Post, .title = CONTAINS("x"));
#endif
}
