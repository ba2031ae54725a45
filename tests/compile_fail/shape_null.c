/* expect gcc: 'Post' has no member named 'veiws'; did you mean 'views'? */
/* expect clang: no member named 'veiws' in 'Post' */
/* A misspelt field of a row that is asked whether it is null. */
#include <canteen.h>

CT_SHAPE(Post, (text, title), (integer, views));

bool is_read(const Post *post);

bool is_read(const Post *post)
{
#ifndef RIGHT
    return !ct_is_null(post, veiws);
#else
    return !ct_is_null(post, views);
#endif
}
