/* The tests of the drop: `drop test`. Each test drops into a folder of its own, which its browsers share. */
#include "drop.h"

#include <string.h>

static ct_client *browser(ct *c)
{
    return ct_client_new(c, &drop, .follow = true);
}

static ct_reply *paste(ct_client *web, const char *text)
{
    return ct_client_post(web, "/", FORM(KV("text", text)));
}

CT_TEST(text_is_pasted)
{
    ct_client *web = browser(c);
    ct_reply *r = paste(web, "<b>1 & 2</b>");
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_EQ(r->redirects, 1);
    CT_CHECK_CONTAINS(r->body, "It is there");
    CT_CHECK_CONTAINS(r->body, "&lt;b&gt;1 &amp; 2&lt;/b&gt;");
    CT_CHECK_CONTAINS(ct_client_get(web, "/")->body, r->url);
    ct_reply *file = ct_client_get(web, "%s/file", r->url);
    CT_CHECK_EQ(file->body, "<b>1 & 2</b>");
    CT_CHECK_CONTAINS(ct_reply_header(file, "Content-Disposition"), "attachment");
    CT_CHECK_LACKS(ct_client_get(browser(c), "/")->body, r->url);
}

CT_TEST(files_are_dropped)
{
    const ct_bytes image = { "\x89PNG\r\n\x1a\n\0\1", 10 };
    ct_client *web = browser(c);
    ct_reply *r = ct_client_post(web, "/", UPLOAD(FILES({ "file", "..\\up/../cat<1>.png", "image/png", image })));
    CT_CHECK_EQ(r->status, 200);
    CT_CHECK_CONTAINS(r->body, "10 bytes");
    r = ct_client_get(web, "%s/file", r->url);
    CT_CHECK_EQ(r->length, 10);
    CT_CHECK(memcmp(r->body, image.data, 10) == 0);
    CT_CHECK_EQ(ct_reply_header(r, "Content-Type"), "image/png");
}

CT_TEST(only_the_owner_deletes)
{
    ct_client *owner = browser(c), *other = browser(c);
    const char *url = paste(owner, "mine")->url;
    CT_CHECK_EQ(ct_client_get(other, "%s", url)->status, 200);
    CT_CHECK_LACKS(ct_client_get(other, "%s", url)->body, "Take it away");
    CT_CHECK_EQ(ct_client_post(other, ct_printf(c, "%s/delete", url), FORM())->status, 403);
    ct_reply *r = ct_client_post(owner, ct_printf(c, "%s/delete", url), FORM());
    CT_CHECK_EQ(r->url, "/");
    CT_CHECK_CONTAINS(r->body, "paste.txt is gone.");
    CT_CHECK_EQ(ct_client_get(owner, "%s", url)->status, 404);
}

CT_TEST(links_expire)
{
    ct_client *web = browser(c);
    const char *page = paste(web, "shared")->body, *link = strstr(page, "href=\"/s/");
    CT_CHECK(link != NULL);
    link = ct_strndup(c, link + 6, strcspn(link + 6, "\""));
    CT_CHECK_EQ(ct_client_get(browser(c), "%s", link)->body, "shared");
    char *forged = ct_strdup(c, link);
    forged[strlen(forged) - 1] ^= 1;
    CT_CHECK_EQ(ct_client_get(web, "%s", forged)->status, 404);
}

CT_TEST(bad_input_is_refused)
{
    ct_client *web = browser(c);
    ct_reply *r = paste(web, "");
    CT_CHECK_EQ(r->status, 422);
    CT_CHECK_CONTAINS(r->body, "Type something, or choose a file.");
    CT_CHECK_EQ(ct_client_get(web, "/AAAAAAAAAAAAAAAA")->status, 404);
    CT_CHECK_EQ(ct_client_get(web, "/..%%2F..%%2Fetc%%2Fpasswd")->status, 404);
}
