/* expect gcc: 'struct user' has no member named 'row' */
/* expect clang: no member named 'row' in 'struct user' */
/* A row where its number was meant. */
#include <canteen.h>

struct user {
    int64_t id;
};

ct_response *show(ct *c);

ct_response *show(ct *c)
{
    struct user ada = { 7 }, *user = &ada;
#ifndef RIGHT
    return ct_redirect(c, ct_url(c, show, KV("id", user)));
#else
    return ct_redirect(c, ct_url(c, show, KV("id", user->id)));
#endif
}
