/* `canteen test` runs these. Each is a row of TESTS() in app.c too. */
#include "../app.h"

CT_TEST(home_shows_a_page)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/");
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_CONTAINS(r->body, "Hello, World!");
}

CT_TEST(home_escapes_names)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/?name=<b>");
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_CONTAINS(r->body, "Hello, &lt;b&gt;!");
}

CT_TEST(other_addresses_are_not_found)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/nothing");
    CT_CHECK_EQ(r->status, 404);
    CT_CHECK_CONTAINS(r->body, "there is nothing at this address");
}
