/* expect: Usr_shape */
/* A relation to a model that there is not. */
#include <canteen.h>

CT_MODEL(User, (text, username));
#ifndef RIGHT
CT_MODEL(Post, (ref, author, Usr, .on_delete = CT_CASCADE));
#else
CT_MODEL(Post, (ref, author, User, .on_delete = CT_CASCADE));
#endif
