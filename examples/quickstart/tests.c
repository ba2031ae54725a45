/* The quickstart's own tests: `quickstart test`. */
#include "quickstart.h"

#include <string.h>

static const char *get(ct_client *web, const char *path)
{
    return ct_client_get(web, "%s", path)->body;
}

CT_TEST(pages_say_hello)
{
    ct_client *web = ct_client_new(c, &quickstart);
    CT_CHECK_EQ(get(web, "/hello/%3Cscript%3E"), "<p>Hello, &lt;script&gt;!</p>");
    CT_CHECK_EQ(get(web, "/user/ada"), "User ada");
    CT_CHECK_EQ(get(web, "/post/7"), "Post 7");
    CT_CHECK_EQ(get(web, "/path/a/b"), "Subpath a/b");
    CT_CHECK_CONTAINS(get(web, "/welcome/Ada"), "Hello Ada!");
    CT_CHECK_CONTAINS(get(web, "/welcome/"), "Hello, World!");
    CT_CHECK_EQ(ct_client_get(web, "/projects")->status, 308);
    CT_CHECK_EQ(ct_client_get(web, "/about/")->status, 404);
}

CT_TEST(urls_are_built)
{
    ct_client *web = ct_client_new(c, &quickstart);
    const char *body = get(web, "/urls");
    CT_CHECK_CONTAINS(body, "/projects/\n/user/John%20Doe\n/post/7?next=%2F\n/static/style.");
}

CT_TEST(login_is_remembered)
{
    ct_client *web = ct_client_new(c, &quickstart, .follow = true);
    CT_CHECK_CONTAINS(get(web, "/"), "You are not logged in");
    ct_reply *r = ct_client_post(web, "/login", FORM(KV("username", "")));
    CT_CHECK_EQ(r->status, 422);
    CT_CHECK_CONTAINS(r->body, "Say who you are.");
    r = ct_client_post(web, "/login", FORM(KV("username", ct_printf(c, "%0101d", 7))));
    CT_CHECK_EQ(r->status, 422);
    CT_CHECK_CONTAINS(r->body, "This name is too long.");
    r = ct_client_post(web, "/login", FORM(KV("username", ct_printf(c, "%0100d", 7))));
    CT_CHECK_CONTAINS(r->body, "007</h1>");
    r = ct_client_post(web, "/login", FORM(KV("username", "Ada <3")));
    CT_CHECK_EQ(r->url, "/");
    CT_CHECK_CONTAINS(r->body, "Logged in as Ada &lt;3");
    CT_CHECK_CONTAINS(r->body, "You were successfully logged in");
    CT_CHECK_LACKS(get(web, "/"), "You were successfully logged in");
    CT_CHECK_EQ(ct_client_session(web, "username"), "Ada <3");
    ct_client_set_session(web, "username", "Grace");
    CT_CHECK_CONTAINS(get(web, "/"), "Logged in as Grace");
    r = ct_client_post(web, "/logout", FORM());
    CT_CHECK_CONTAINS(r->body, "You are not logged in");
}

CT_TEST(uploads_are_kept)
{
    const ct_bytes data = { "a,b\n1,2\n", 8 };
    ct_client *web = ct_client_new(c, &quickstart, .follow = true);
    CT_CHECK_EQ(ct_client_post(web, "/upload", FORM())->status, 400);
    ct_reply *r = ct_client_post(web, "/upload", UPLOAD(FILES({ "the_file", "../table.csv", "text/csv", data })));
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_CONTAINS(r->body, "is saved");
}

CT_TEST(errors_are_answered)
{
    ct_client *web = ct_client_new(c, &quickstart);
    ct_reply *r = ct_client_get(web, "/nowhere");
    CT_CHECK_EQ(r->status, 404);
    CT_CHECK_EQ(ct_reply_header(r, "X-Something"), "A value");
    CT_CHECK_CONTAINS(r->body, "Nothing here");
    CT_CHECK_EQ(ct_client_get(web, "/forbidden")->status, 401);
    CT_CHECK_EQ(ct_client_get(web, "/login")->status, 200);
    CT_CHECK_EQ(ct_client_delete(web, "/login")->status, 405);
    CT_CHECK_EQ(ct_reply_header(ct_client_get(web, "/home"), "Location"), "/login");
}

CT_TEST(json_is_json)
{
    ct_client *web = ct_client_new(c, &quickstart);
    ct_client_set_cookie(web, "theme", "dark");
    ct_value value = ct_reply_json(c, ct_client_get(web, "/me"));
    CT_CHECK_EQ(ct_map_get(value.map, "theme"), "dark");
    CT_CHECK_EQ(ct_map_get(value.map, "username"), (const char *)NULL);
    const char *image = ct_map_get(value.map, "image").text;
    CT_CHECK_CONTAINS(image, "/static/avatar.");
    CT_CHECK_EQ(ct_reply_header(ct_client_get(web, "%s", image), "Content-Type"), "image/svg+xml");
    value = ct_reply_json(c, ct_client_get(web, "/users"));
    CT_CHECK_EQ(ct_array_count(value.array), 2);
    CT_CHECK_EQ(ct_map_get(ct_array_at(value.array, 1).map, "username"), "grace");
    CT_CHECK_EQ(ct_client_get(web, "/theme")->status, 200);
    CT_CHECK_EQ(ct_client_cookie(web, "theme"), "dark");
}
