/* Who is here? A name in a session, messages for the next page, a signed link as an invitation.
 *
 *     echo "CANTEEN_SECRET_KEY=$(canteen key)" >.env     # or, for a look: sessions run --debug
 *     sessions run */
#include <canteen.h>
#include <string.h>

#define MOST_NAME 100 /* bytes */

static const char page[] =
    "<!doctype html>\n"
    "<title>Sessions</title>\n"
    "{% for category, message in get_flashed_messages(with_categories=true) %}"
    "<p class=\"{{ category }}\">{{ message }}</p>\n"
    "{% endfor %}"
    "{% if session.name %}"
    "<p>You are {{ session.name }}, visit {{ session.visits }}. <a href=\"{{ invitation }}\">"
    "An invitation</a></p>\n"
    "<form method=\"post\" action=\"/logout\"><button>Leave</button></form>\n"
    "{% else %}"
    "<form method=\"post\" action=\"/login\"><input name=\"name\"> <button>Enter</button></form>\n"
    "{% endif %}";

static ct_response *home(ct *c)
{
    const char *name = ct_session(c, "name"), *invitation = NULL;
    if (name) {
        ct_session_set(c, "visits", ct_session_int(c, "visits") + 1);
        invitation = ct_url(c, "join", KV("token", ct_sign(c, "invitation", name)));
    }
    return ct_html(c, ct_render_string(c, page, V(invitation)));
}

static ct_response *login(ct *c)
{
    const char *name = ct_form(c, "name");
    if (!name || !*name) {
        ct_flash(c, "error", "Who are you?");
        return ct_status(ct_redirect(c, "/"), 303);
    }
    if (strlen(name) > MOST_NAME) /* it goes into a cookie, and that has a limit */
        ct_abort(c, 422, "this name is too long");
    ct_session_renew(c);
    ct_session_set(c, "name", name);
    ct_session_permanent(c, true);
    ct_flash(c, "info", "Welcome, %s!", name);
    return ct_status(ct_redirect(c, "/"), 303);
}

static ct_response *logout(ct *c)
{
    ct_session_clear(c);
    ct_flash(c, NULL, "Good-bye.");
    return ct_status(ct_redirect(c, "/"), 303);
}

static ct_response *join(ct *c)
{
    const char *host = ct_unsign(c, "invitation", ct_query(c, "token"), 2 * CT_DAY);
    if (!host)
        ct_abort(c, 400, "this invitation is not valid: ask for a new one");
    ct_flash(c, "info", "%s has invited you.", host);
    return ct_redirect(c, "/");
}

static const ct_app app = {
    .name = "sessions",
    .routes = ROUTES(GET("/", home), POST("/login", login), POST("/logout", logout), GET("/join", join)),
    .sessions = &ct_cookie_sessions,
};

int main(int argc, char **argv)
{
    return ct_main(argc, argv, &app);
}
