/* expect: CT_KIND_intgr */
/* expect: CT_KIND_integer */
/* A kind that there is not. */
#include <canteen.h>

CT_MODEL(User, (text, username));
#ifndef RIGHT
CT_MODEL(Post, (intgr, views));
#else
CT_MODEL(Post, (integer, views));
#endif
