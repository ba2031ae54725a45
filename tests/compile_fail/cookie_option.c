/* expect: 'maxage' */
/* expect: did you mean 'max_age'? */
/* A misspelt option of a cookie. */
#include <canteen.h>

ct_response *remember(ct *c);

ct_response *remember(ct *c)
{
    ct_response *r = ct_no_content(c);
#ifndef RIGHT
    ct_set_cookie(r, "theme", "dark", .maxage = 30 * CT_DAY);
#else
    ct_set_cookie(r, "theme", "dark", .max_age = 30 * CT_DAY);
#endif
    return r;
}
