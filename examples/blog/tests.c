/* The blog's own tests: `blog test`. Each has a fresh database. */
#include "blog.h"

#include <string.h>

static ct_client *logged_in(ct *c, const char *username)
{
    ct_client *web = ct_client_new(c, &blog, .follow = true);
    ct_client_post(web, "/login", FORM(KV("username", username)));
    return web;
}

CT_TEST(posts_are_written)
{
    ct_client *web = logged_in(c, "ada");
    CT_CHECK_CONTAINS(ct_client_get(web, "/")->body, "There is nothing here yet.");
    CT_CHECK_CONTAINS(ct_client_get(web, "/create")->body, "New post");
    ct_reply *r =
        ct_client_post(web, "/create", FORM(KV("title", "Hello <b>"), KV("body", "World"), KV("tags", "web, c")));
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_CONTAINS(r->body, "Hello &lt;b&gt;");
    CT_CHECK_CONTAINS(r->body, "by ada on");
    Post *post = ct_only(c, Post);
    r = ct_client_get(web, "/%" PRId64 "/edit", post->id);
    CT_CHECK_CONTAINS(r->body, "value=\"c, web\"");
    r = ct_client_post(web, ct_printf(c, "/%" PRId64 "/edit", post->id),
                       FORM(KV("title", "Bye"), KV("body", "World"), KV("tags", "c")));
    CT_CHECK_CONTAINS(r->body, "Bye");
    CT_CHECK_LACKS(r->body, "/tags/web");
    r = ct_client_post(web, ct_printf(c, "/%" PRId64 "/delete", post->id), FORM());
    CT_CHECK_CONTAINS(r->body, "&#34;Bye&#34; is gone.");
    CT_CHECK_EQ(ct_count(c, Post), 0);
}

CT_TEST(mistakes_are_shown)
{
    ct_client *web = logged_in(c, "Ada!");
    CT_CHECK_EQ(ct_client_get(web, "/login")->status, 200);
    CT_CHECK_EQ(ct_count(c, Author), 0);
    CT_CHECK_EQ(ct_client_post(web, "/login", FORM())->status, 422);
    CT_CHECK_EQ(ct_client_post(web, "/create", FORM())->status, 401);
    web = logged_in(c, "ada");
    ct_reply *r = ct_client_post(web, "/create", FORM(KV("title", ""), KV("body", "kept"), KV("tags", "c")));
    CT_CHECK_EQ(r->status, 422);
    CT_CHECK_CONTAINS(r->body, "<em class=\"error\">This field cannot be blank.</em>");
    CT_CHECK_CONTAINS(r->body, ">kept</textarea>");
    r = ct_client_post(web, "/create",
                       FORM(KV("title", "T"), KV("body", "B"), KV("tags", "fine, far too long for the name of a tag")));
    CT_CHECK_EQ(r->status, 422);
    CT_CHECK_CONTAINS(r->body, "far too long for the name of a tag: ");
    CT_CHECK_EQ(ct_count(c, Post), 0);
    CT_CHECK_EQ(ct_count(c, Tag), 0);
}

CT_TEST(only_authors_change_posts)
{
    Post *post = ct_create(c, Post, .author = ct_create(c, Author, .username = "ada"), .title = "T", .body = "B");
    ct_client *web = logged_in(c, "bob");
    CT_CHECK_LACKS(ct_client_get(web, "/%" PRId64, post->id)->body, "Delete");
    CT_CHECK_EQ(ct_client_get(web, "/%" PRId64 "/edit", post->id)->status, 403);
    CT_CHECK_EQ(ct_client_post(web, ct_printf(c, "/%" PRId64 "/delete", post->id), FORM())->status, 403);
    CT_CHECK_EQ(ct_client_get(web, "/99")->status, 404);
}

CT_TEST(tags_are_shared)
{
    ct_client *web = logged_in(c, "ada");
    ct_client_post(web, "/create", FORM(KV("title", "First"), KV("body", "B"), KV("tags", "c, c, web")));
    ct_client_post(web, "/create", FORM(KV("title", "Second"), KV("body", "B"), KV("tags", "c")));
    CT_CHECK_EQ(ct_count(c, Tag), 2);
    ct_reply *r = ct_client_get(web, "/tags/c");
    CT_CHECK_CONTAINS(r->body, "First");
    CT_CHECK_CONTAINS(r->body, "Second");
    CT_CHECK_LACKS(ct_client_get(web, "/tags/web")->body, "Second");
    CT_CHECK_EQ(ct_client_get(web, "/tags/none")->status, 404);
}

CT_TEST(pages_ask_few_questions)
{
    Author *author = ct_create(c, Author, .username = "ada");
    Tag *tag = ct_create(c, Tag, .name = "c");
    for (int i = 0; i < 25; i++)
        ct_link(c, ct_create(c, Post, .author = author, .title = ct_printf(c, "No. %d", i), .body = "B"), tags, tag);
    ct_client *web = ct_client_new(c, &blog);
    ct_reply *r = NULL;
    CT_CHECK_QUERIES(2) /* posts with their authors; tags */
    {
        r = ct_client_get(web, "/");
    }
    CT_CHECK_CONTAINS(r->body, "No. 24<");
    CT_CHECK_LACKS(r->body, "No. 14<");
    Post *last = ct_only(c, Post, .title = EQ("No. 15"));
    CT_CHECK_CONTAINS(r->body, ct_printf(c, "/?after=%" PRId64, last->id));
    r = ct_client_get(web, "/?after=%" PRId64, last->id);
    CT_CHECK_CONTAINS(r->body, "No. 14<");
    CT_CHECK_CONTAINS(r->body, "No. 5<");
    CT_CHECK_LACKS(r->body, "No. 15<");
}
