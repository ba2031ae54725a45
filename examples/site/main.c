/* A site of several apps: path parameters, a login form with a cookie, files, middleware, an error page, and two
 * mounted apps. Run it with `site run` from the project's root and open http://127.0.0.1:8000/. */
#include "site.h"

#include <stdio.h>
#include <string.h>

ct_response *page(ct *c, const char *title, const char *body)
{
    static const char style[] =
        "body{font:1.05rem/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1.2rem;color:#1f2a30;"
        "background:#fbfaf7}h1{font-size:2.1rem;letter-spacing:-.02em;margin-bottom:.2rem}a{color:#0b6e63}"
        "code{background:#eceae3;padding:.1em .35em;border-radius:.25em}li{margin:.35rem 0}"
        "nav{font-size:.95rem;margin-bottom:2.5rem}form{margin:1.2rem 0}button,input{font:inherit;padding:.3em .7em}"
        "footer{margin-top:3rem;font-size:.85rem;color:#6b7680}";
    const char *html = ct_printf(c,
                                 "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                                 "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n"
                                 "<nav><a href=\"/\">Home</a></nav>\n<main>\n<h1>%s</h1>\n%s</main>\n"
                                 "<footer>Served by Canteen " CT_VERSION ".</footer>\n</body>\n</html>\n",
                                 ct_escape(c, title), style, ct_escape(c, title), body);
    return ct_html(c, html);
}

static ct_response *show_user(ct *c)
{
    return ct_textf(c, "User %" PRId64, ct_path_int(c, "user_id"));
}

static ct_response *download(ct *c)
{
    return ct_send_file(c, ct_path(c, "name"), .root = ct_setting_text(c, "files"));
}

/* GET shows the form, POST remembers the name in a cookie. */
static ct_response *login(ct *c)
{
    if (!strcmp(ct_method(c), "POST")) {
        const char *name = ct_form(c, "name");
        if (!name || !*name || strlen(name) > 50)
            ct_abort(c, 400, "give a name of 1 to 50 characters");
        for (const char *at = name; *at; at++)
            if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *at))
                ct_abort(c, 400, "a name here is made of letters, digits, dots, dashes and underscores");
        ct_response *r = ct_status(ct_redirect(c, "/"), 303);
        ct_set_cookie(r, "name", name, .max_age = 30 * CT_DAY);
        return r;
    }
    return page(c, "Log in",
                "<form method=\"post\"><label>Your name <input name=\"name\" required maxlength=\"50\"></label> "
                "<button>Log in</button></form>\n");
}

static ct_response *logout(ct *c)
{
    ct_response *r = ct_status(ct_redirect(c, "/"), 303);
    ct_delete_cookie(r, "name");
    return r;
}

static const char *greeting(ct *c)
{
    const char *name = ct_cookie(c, "name");
    if (!name)
        return ct_printf(c, "<p><a href=\"%s\">Log in</a> and this page greets you.</p>\n", ct_url(c, login));
    return ct_printf(c, "<p>Hello, %s! <form method=\"post\" action=\"%s\"><button>Log out</button></form></p>\n",
                     ct_escape(c, name), ct_url(c, logout));
}

static ct_response *home(ct *c)
{
    const char *body =
        ct_printf(c,
                  "<p>One executable, a few megabytes, every core.</p>\n%s<ul>\n"
                  "<li><a href=\"%s\">A user</a>: a typed path parameter</li>\n"
                  "<li><a href=\"%s\">A file</a>: sent by the kernel, with ETag and ranges</li>\n"
                  "<li><a href=\"%s\">Polls</a>: a mounted app</li>\n"
                  "<li><a href=\"%s\">A slow answer</a>: parked for a second while others are served</li>\n"
                  "<li><a href=\"%s\">A stream</a>: made while it is sent</li>\n"
                  "<li><a href=\"%s\">A crash</a>: costs this one answer, and the log has its backtrace</li>\n"
                  "<li><a href=\"/nothing/here\">A missing page</a>: the site's own error page</li>\n</ul>\n",
                  greeting(c), ct_url(c, show_user, KV("user_id", 7)), ct_url(c, "file", KV("name", "welcome.txt")),
                  ct_url(c, "polls.index"), ct_url(c, "lab.slow", KV("ms", 1000)), ct_url(c, "lab.stream"),
                  ct_url(c, "lab.crash"));
    return page(c, "Canteen", body);
}

static ct_response *not_found(ct *c)
{
    return page(c, "Not found",
                ct_printf(c, "<p>%s: <code>%s</code></p>\n", ct_error_message(c), ct_escape(c, ct_request_path(c))));
}

/* Middleware: an onion of ordinary calls. */
static ct_response *timing(ct *c, ct_next *next)
{
    ct_time start = ct_now();
    ct_response *r = ct_next_call(c, next);
    ct_set_headerf(r, "Server-Timing", "app;dur=%.3f", (double)(ct_now() - start) / 1e3);
    return r;
}

/* A command of its own: `site greet Ada --times 3`. */
static int greet(ct *c)
{
    for (int64_t i = 0; i < ct_option_int(c, "times"); i++)
        printf("%s, %s!\n", ct_setting_text(c, "greeting"), ct_option_text(c, "name"));
    return 0;
}

/* clang-format off */
static const ct_app app = {
    .name       = "site",
    .version    = CT_VERSION,
    .routes     = ROUTES(
        GET("/",                    home),
        GET("/users/<int:user_id>", show_user),
        ANY("/login",               login, .methods = "GET, POST"),
        POST("/logout",             logout),
        GET("/files/<path:name>",   download, .name = "file"),
        MOUNT("/polls",             &polls_app),
        MOUNT("/",                  &lab_app)),
    .middleware = MIDDLEWARE(timing),
    .errors     = ERRORS({ 404, not_found }),
    .settings   = SETTINGS(
        SETTING("files", "examples/site/files", .help = "the folder that /files/ serves"),
        SETTING("greeting", "Hello", .help = "how `greet` begins")),
    .commands   = COMMANDS(
        COMMAND("greet", greet, .help = "Greet somebody", .options = OPTIONS(
            ARGUMENT("name", .help = "whom"),
            OPTION("times", .type = CT_INTEGER, .value = "1", .min = 1, .max = 10, .help = "how often")))),
};
/* clang-format on */

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &app);
}
