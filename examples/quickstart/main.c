/* Flask's quickstart, section by section: docs/quickstart.md explains it. Start it from the project's root with
 *     CANTEEN_DEBUG=true quickstart run
 * and open http://127.0.0.1:8000/. The tests are in tests.c: `quickstart test`. */
#include "quickstart.h"

#include <string.h>

#define MOST_NAME 100 /* bytes */

/* ---- HTML escaping ---- */

static ct_response *hello(ct *c)
{
    return ct_html(c, ct_printf(c, "<p>Hello, %s!</p>", ct_escape(c, ct_path(c, "name"))));
}

/* ---- routing ---- */

static ct_response *show_user_profile(ct *c)
{
    return ct_textf(c, "User %s", ct_path(c, "username"));
}

static ct_response *show_post(ct *c)
{
    return ct_textf(c, "Post %" PRId64, ct_path_int(c, "post_id"));
}

static ct_response *show_subpath(ct *c)
{
    return ct_textf(c, "Subpath %s", ct_path(c, "subpath"));
}

static ct_response *projects(ct *c)
{
    return ct_text(c, "The project page");
}

static ct_response *about(ct *c)
{
    return ct_text(c, "The about page");
}

/* URL building: by the handler, so that a route whose pattern changes needs no change elsewhere. */
static ct_response *urls(ct *c)
{
    return ct_textf(c, "%s\n%s\n%s\n%s\n", ct_url(c, projects),
                    ct_url(c, show_user_profile, KV("username", "John Doe")),
                    ct_url(c, show_post, KV("post_id", 7), KV("next", "/")), ct_static_url(c, "style.css"));
}

/* ---- templates ---- */

static ct_response *welcome(ct *c)
{
    const char *person = ct_path(c, "name");
    return ct_render(c, "hello.html", V(person));
}

static ct_response *welcome_all(ct *c)
{
    return ct_render(c, "hello.html");
}

/* ---- the request ---- */

static ct_response *search(ct *c)
{
    const char *key = ct_query(c, "key");
    return ct_textf(c, "searched for %s by %s", key ? key : "nothing", ct_method(c));
}

static ct_response *upload_form(ct *c)
{
    return ct_render(c, "upload.html");
}

static ct_response *upload_file(ct *c)
{
    const ct_upload *file = ct_file(c, "the_file");
    if (!file)
        ct_abort(c, 400, "choose a file first");
    const char *name = ct_file_save(c, file, file->filename);
    ct_flash(c, "success", "%s is saved", name);
    return ct_redirect(c, ct_url(c, index_page));
}

static ct_response *theme(ct *c)
{
    const char *before = ct_cookie(c, "theme");
    ct_response *r = ct_textf(c, "it was %s", before ? before : "not set");
    ct_set_cookie(r, "theme", "dark", .max_age = 30 * CT_DAY);
    return r;
}

/* ---- redirects and errors ---- */

static ct_response *old_home(ct *c)
{
    return ct_redirect(c, ct_url(c, login_form));
}

static ct_response *forbidden(ct *c)
{
    ct_abort(c, 401, "this is never shown to anybody");
}

static ct_response *page_not_found(ct *c)
{
    ct_response *r = ct_render(c, "page_not_found.html", KV("message", ct_error_message(c)));
    ct_set_header(r, "X-Something", "A value");
    return r;
}

/* ---- JSON ---- */

static ct_response *me(ct *c)
{
    const char *username = ct_session(c, "username");
    return ct_json(c, V(username), KV("theme", ct_cookie(c, "theme")), KV("image", ct_static_url(c, "avatar.svg")));
}

static ct_response *users(ct *c)
{
    ct_array *list = ct_array_new(c);
    ct_array_add(list, ct_object(c, KV("username", "ada"), KV("id", 1)));
    ct_array_add(list, ct_object(c, KV("username", "grace"), KV("id", 2)));
    return ct_json_value(c, CT_VALUE(list));
}

/* ---- sessions and flashed messages ---- */

ct_response *index_page(ct *c)
{
    return ct_render(c, "index.html", KV("username", ct_session(c, "username")));
}

ct_response *login_form(ct *c)
{
    return ct_render(c, "login.html");
}

/* A session is a cookie, which has a limit: so has what somebody sends for it. */
ct_response *login(ct *c)
{
    const char *username = ct_form(c, "username"), *error = NULL;
    if (!username || !*username)
        error = "Say who you are.";
    else if (strlen(username) > MOST_NAME)
        error = "This name is too long.";
    if (error) {
        ct_log(c, CT_LOG_WARNING, "a login without a good name");
        return ct_status(ct_render(c, "login.html", V(error)), 422);
    }
    ct_session_renew(c);
    ct_session_set(c, "username", username);
    ct_flash(c, "success", "You were successfully logged in");
    return ct_redirect(c, ct_url(c, index_page));
}

static ct_response *logout(ct *c)
{
    ct_session_remove(c, "username");
    return ct_redirect(c, ct_url(c, index_page));
}

/* ---- middleware ---- */

static ct_response *timing(ct *c, ct_next *next)
{
    ct_time start = ct_now();
    ct_response *r = ct_next_call(c, next);
    ct_set_headerf(r, "Server-Timing", "app;dur=%.3f", (double)(ct_now() - start) / 1e3);
    return r;
}

/* ---- the app ---- */

/* clang-format off */
const ct_app quickstart = {
    .name            = "quickstart",
    .routes          = ROUTES(
        GET("/",                     index_page),
        GET("/hello/<name>",         hello),
        GET("/user/<username>",      show_user_profile),
        GET("/post/<int:post_id>",   show_post),
        GET("/path/<path:subpath>",  show_subpath),
        GET("/projects/",            projects),
        GET("/about",                about),
        GET("/urls",                 urls),
        GET("/welcome/",             welcome_all),
        GET("/welcome/<name>",       welcome),
        ANY("/search",               search, .methods = "GET, POST"),
        GET("/upload",               upload_form),
        POST("/upload",              upload_file),
        GET("/theme",                theme),
        GET("/home",                 old_home),
        GET("/forbidden",            forbidden),
        GET("/me",                   me),
        GET("/users",                users),
        GET("/login",                login_form),
        POST("/login",               login),
        POST("/logout",              logout)),
    .middleware      = MIDDLEWARE(timing),
    .errors          = ERRORS({ 404, page_not_found }),
    .templates       = "examples/quickstart/templates",
    .embedded        = &quickstart_templates,
    .static_folder   = "examples/quickstart/static",
    .static_embedded = &quickstart_static,
    .sessions        = &ct_cookie_sessions,
    .tests           = TESTS(&pages_say_hello, &urls_are_built, &login_is_remembered, &uploads_are_kept,
                             &errors_are_answered, &json_is_json),
};
/* clang-format on */

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &quickstart);
}
