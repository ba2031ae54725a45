/* The session of a client, as the app's handlers would see it.
 *
 * Asked of a second app that has nothing but a handler for this, and the settings and the session store of the first:
 * so the cookie is read and made by the very code that the app's own requests go through, whatever the store is. */
#include "test/client.h"

#include "canteen/request.h"
#include "canteen/response.h"
#include "net/loop.h"
#include "shape/json_read.h"
#include "web/prepare.h"
#include "web/serve.h"

#include <stdlib.h>

struct ct_client_probe {
    ct_app app;
    ct_site site;
    ct_worker *worker;
    const char *name;
    const ct_value *value; /* to be set; NULL: the session is to be read */
};

static ct_response *answer(ct *c)
{
    const struct ct_client_probe *probe = CT_CONTAINER(c->site->app, struct ct_client_probe, app);
    if (probe->value)
        ct_session_set_value(c, probe->name, *probe->value);
    return ct_text(c, ct_to_json(c, ct_session_value(c, probe->name)));
}

/* Reaches the cookie whatever its path is. */
static const ct_route routes[] = { CT_GET("/", answer),
                                   CT_GET("/<path:rest>", answer, .name = "any"),
                                   { .path = NULL } };

void ct_client_probe_close(ct_client *client)
{
    struct ct_client_probe *probe = client->probe;
    if (!probe || (probe->worker && !ct_worker_close_inside(probe->worker)))
        return;
    ct_site_finish(&probe->site);
    free(probe);
}

static struct ct_client_probe *probe_of(ct_client *client)
{
    if (client->probe)
        return client->probe;
    const ct_app *app = client->site.app;
    if (!app->sessions)
        ct_test_fail(client->c, "the app %s has no sessions: give it .sessions = &ct_cookie_sessions", app->name);
    struct ct_client_probe *probe = client->probe = ct_xcalloc(1, sizeof(*probe));
    ct_problems problems = { 0 }; /* none but those that the app's own site would have had */
    probe->app = (ct_app){ .name = app->name, .routes = routes, .sessions = app->sessions };
    ct_site_prepare(&probe->site, &probe->app, client->site.settings, &problems);
    ct_problems_finish(&problems);
    probe->worker = ct_worker_open_inside(ct_loop_current(), &probe->site.config, &ct_web_ops, &probe->site);
    return probe;
}

static ct_reply *ask(ct_client *client, const char *name, const ct_value *value)
{
    struct ct_client_probe *probe = probe_of(client);
    const char *path = probe->site.config.session_cookie_path;
    ct_client_request request = { .method = "GET", .target = path, .secure = client->https, .worker = probe->worker };
    probe->name = name;
    probe->value = value;
    ct_reply *reply = ct_client_ask(client, &request);
    if (reply->status != 200)
        ct_test_fail(client->c, "the session's \"%s\" cannot be %s, as the log says", name, value ? "set" : "read");
    ct_client_take_cookies(client, &request, reply);
    return reply;
}

ct_value ct_client_session(ct_client *client, const char *name)
{
    return ct_reply_json(client->c, ask(client, name, NULL));
}

void ct_client_set_session_value(ct_client *client, const char *name, ct_value value)
{
    ask(client, name, &value);
}
