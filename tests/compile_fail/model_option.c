/* expect: 'uniqe' */
/* expect: did you mean 'unique'? */
/* An option of a field that there is not. */
#include <canteen.h>

CT_MODEL(User, (text, username));
#ifndef RIGHT
CT_MODEL(Post, (text, title, .uniqe = true));
#else
CT_MODEL(Post, (text, title, .unique = true));
#endif
