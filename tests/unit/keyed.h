/* Units of work whose site has secret keys. */
#ifndef KEYED_H
#define KEYED_H

#include "canteen.h"
#include "made_request.h"

#include "web/keys.h"

#define KEY_1 "oW3tUr8cLx5aQe0hZk7dVy2mJb9sPf4n"
#define KEY_2 "Hq6vGz1xTj8bRw3nKc5yMd0pFa7uSe2i"
#define KEY_3 "canteen-canteen-canteen-0123456789"

/* Gives the site other keys. */
static inline void use_keys(ct_site *site, const char *key, const char *fallbacks)
{
    ct_problems problems = { 0 };
    ct_keys_destroy(site->keys);
    site->keys = NULL;
    site->config.secret_key = key;
    site->config.secret_key_fallbacks = fallbacks;
    ct_keys_prepare(site, &problems);
    if (problems.count)
        fail_msg("%s", problems.items[0].text);
}

static inline void drop_keyed(made_request *made)
{
    ct_keys_destroy(made->site.keys);
    drop_request(made);
}

#endif
