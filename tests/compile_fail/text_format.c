/* expect gcc: expects argument of type 'char *' */
/* expect clang: has type 'int64_t' */
/* A number where the format says text. */
#include <canteen.h>

ct_response *show(ct *c);

ct_response *show(ct *c)
{
#ifndef RIGHT
    return ct_textf(c, "User %s", ct_path_int(c, "user_id"));
#else
    return ct_textf(c, "User %" PRId64, ct_path_int(c, "user_id"));
#endif
}
