/* Flask's tutorial with models: authors write posts, which have tags. Start it from the project's root:
 *     blog migrate
 *     CANTEEN_DEBUG=true blog run
 * and open http://127.0.0.1:8000/. The models are in blog.h, the tests in tests.c, and migrations/ is as makemigrations
 * has written it. Who logs in says only who they are: this is about data. */
#include "blog.h"

#include <string.h>

#define PAGE 10 /* posts */

/* ---- who is it? ---- */

/* The author who is logged in; NULL: nobody. */
static Author *visitor(ct *c)
{
    const char *username = ct_session(c, "username");
    return username ? ct_first(c, Author, .username = EQ(username)) : NULL;
}

static Author *author_or_401(ct *c)
{
    Author *author = visitor(c);
    if (!author)
        ct_abort(c, 401, "log in to write");
    return author;
}

/* All templates see who is logged in. */
static void add_visitor(ct *c, ct_map *context)
{
    ct_map_set(context, "visitor", visitor(c));
}

static ct_response *index_page(ct *c);

static ct_response *login_form(ct *c)
{
    return ct_render(c, "blog/login.html");
}

/* A name that nobody has yet is a new author. */
static ct_response *login(ct *c)
{
    const char *username = ct_form(c, "username");
    Author *author = username ? ct_first(c, Author, .username = EQ(username)) : NULL;
    ct_errors *errors = NULL;
    if (!author)
        author = ct_try_create(c, &errors, Author, .username = username);
    if (!author)
        return ct_status(
            ct_render(c, "blog/login.html", KV("username", username), KV("errors", ct_errors_map(c, errors))), 422);
    ct_session_renew(c);
    ct_session_set(c, "username", author->username);
    return ct_redirect(c, ct_url(c, index_page));
}

static ct_response *logout(ct *c)
{
    ct_session_remove(c, "username");
    return ct_redirect(c, ct_url(c, index_page));
}

/* ---- reading ---- */

/* The newest posts, or those behind the post ?after=ID. */
static ct_response *index_page(ct *c)
{
    int64_t after = ct_query_int_or(c, "after", 0);
    Post *last = after ? ct_first_or_404(c, Post, .id = EQ(after)) : NULL;
    ct_list(Post) *posts = ct_select(c, Post, .with = "author, tags", .after = last, .limit = PAGE);
    bool more = ct_list_count(posts) == PAGE;
    return ct_render(c, "blog/index.html", V(posts), V(more));
}

static ct_response *tagged(ct *c)
{
    Tag *tag = ct_first_or_404(c, Tag, .name = EQ(ct_path(c, "name")));
    ct_list(Post) *posts = ct_select(c, Post, .tags = WHERE(Tag, .id = EQ(tag->id)), .with = "author, tags");
    return ct_render(c, "blog/index.html", V(posts), V(tag));
}

static ct_response *show(ct *c)
{
    Post *post = ct_first_or_404(c, Post, .id = EQ(ct_path_int(c, "id")), .with = "author, tags");
    return ct_render(c, "blog/show.html", V(post));
}

/* ---- writing ---- */

static Tag *tag_named(ct *c, const char *name, ct_errors **errors)
{
    Tag *tag = ct_first(c, Tag, .name = EQ(name));
    return tag ? tag : ct_try_create(c, errors, Tag, .name = name);
}

/* Makes "c, web" the post's tags. */
static bool set_tags(ct *c, Post *post, const char *text, ct_errors **errors)
{
    ct_list(Tag) *tags = ct_list_new(c, Tag);
    for (text += strspn(text, ", "); *text; text += strspn(text, ", ")) {
        size_t length = strcspn(text, ",");
        const char *name = ct_printf(c, "%.*s", (int)length, text);
        ct_errors *wrong;
        Tag *tag = tag_named(c, name, &wrong);
        if (!tag) {
            *errors = ct_errors_new(c);
            ct_errors_add(*errors, "tags", ct_errors_at(wrong, 0).code, "%s: %s", name, ct_errors_at(wrong, 0).message);
            return false;
        }
        ct_list_add(tags, tag);
        text += length;
    }
    ct_link_only(c, post, tags, tags);
    return true;
}

/* Saves what the form has, and goes to the post; or shows the form again, with what is wrong. */
static ct_response *save(ct *c, Post *post)
{
    const char *tags = ct_form(c, "tags");
    ct_errors *errors = NULL;
    bool saved = false;
    post->title = ct_form(c, "title");
    post->body = ct_form(c, "body");
    ct_atomic(c) {
        saved = ct_try_save(c, &errors, post) && set_tags(c, post, tags ? tags : "", &errors);
        if (!saved)
            ct_rollback(c);
    }
    if (!saved)
        return ct_status(ct_render(c, "blog/form.html", V(post), V(tags), KV("errors", ct_errors_map(c, errors))), 422);
    ct_flash(c, "success", "\"%s\" is saved.", post->title);
    return ct_redirect(c, ct_url(c, show, KV("id", post->id)));
}

/* The post of the address, if the visitor has written it. */
static Post *own_post(ct *c)
{
    Author *author = author_or_401(c);
    Post *post = ct_first_or_404(c, Post, .id = EQ(ct_path_int(c, "id")), .with = "tags");
    if (post->author_id != author->id)
        ct_abort(c, 403, "only its author changes a post");
    return post;
}

static ct_response *create_form(ct *c)
{
    Post *post = ct_row_new(c, Post, .author = author_or_401(c));
    return ct_render(c, "blog/form.html", V(post));
}

static ct_response *create(ct *c)
{
    return save(c, ct_row_new(c, Post, .author = author_or_401(c)));
}

static ct_response *edit_form(ct *c)
{
    Post *post = own_post(c);
    const char *tags = ct_render_string(c, "{{ post.tags|join(', ', attribute='name') }}", V(post));
    return ct_render(c, "blog/form.html", V(post), V(tags));
}

static ct_response *edit(ct *c)
{
    return save(c, own_post(c));
}

static ct_response *delete_post(ct *c)
{
    Post *post = own_post(c);
    ct_delete(c, post);
    ct_flash(c, "success", "\"%s\" is gone.", post->title);
    return ct_redirect(c, ct_url(c, index_page));
}

static ct_response *error_page(ct *c)
{
    return ct_render(c, "blog/error.html", KV("status", ct_error_status(c)), KV("message", ct_error_message(c)));
}

/* ---- the app ---- */

CT_MIGRATIONS(blog);

/* clang-format off */
const ct_app blog = {
    .name               = "blog",
    .routes             = ROUTES(
        GET ("/",                 index_page),
        GET ("/tags/<name>",      tagged),
        GET ("/<int:id>",         show),
        GET ("/create",           create_form),
        POST("/create",           create),
        GET ("/<int:id>/edit",    edit_form),
        POST("/<int:id>/edit",    edit),
        POST("/<int:id>/delete",  delete_post),
        GET ("/login",            login_form),
        POST("/login",            login),
        POST("/logout",           logout)),
    .models             = MODELS(Author, Tag, Post),
    .migrations         = blog_migrations,
    .errors             = ERRORS({ 401, error_page }, { 403, error_page }, { 404, error_page }),
    .context            = CONTEXT(add_visitor),
    .templates          = "templates",
    .embedded           = &blog_templates,
    .static_folder      = "static",
    .static_embedded    = &blog_static,
    .sessions           = &ct_cookie_sessions,
    .tests              = TESTS(&posts_are_written, &mistakes_are_shown, &only_authors_change_posts, &tags_are_shared,
                                &pages_ask_few_questions),
};
/* clang-format on */

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &blog);
}
