/* `canteen test` runs these. Each is a row of TESTS() in app.c too. */
#include "../app.h"

CT_TEST(root_tells_the_version)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/");
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_EQ(r->body, "{\"name\":\"myproject\",\"version\":\"0.1.0\"}");
}

CT_TEST(hello_greets)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/hello/%s", "Ada");
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_EQ(r->body, "{\"hello\":\"Ada\"}");
}

CT_TEST(errors_are_json)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/nothing");
    CT_CHECK_EQ(r->status, 404);
    CT_CHECK_EQ(ct_reply_header(r, "Content-Type"), "application/problem+json");
}
