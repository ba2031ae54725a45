/* The app: what it answers, and at which addresses. */
#include "app.h"

static ct_response *root(ct *c)
{
    return ct_json(c, KV("name", app.name), KV("version", app.version));
}

static ct_response *hello(ct *c)
{
    return ct_json(c, KV("hello", ct_path(c, "name")));
}

/* Every error. Details of a 5xx are in the log, under the request's id. */
static ct_response *error(ct *c)
{
    ct_response *r = ct_json(c, KV("status", ct_error_status(c)), KV("detail", ct_error_message(c)),
                             KV("request", ct_request_id(c)));
    ct_set_header(r, "Content-Type", "application/problem+json");
    return r;
}

/* `canteen makemigrations` writes them, from the models that .models of the app names. */
CT_MIGRATIONS(my_project);

/* clang-format off */
const ct_app app = {
    .name       = "myproject",
    .version    = "0.1.0",
    .routes     = ROUTES(
        GET("/",             root),
        GET("/hello/<name>", hello)),
    .migrations = my_project_migrations,
    .errors     = ERRORS({ 0, error }),
#ifndef RELEASE
    .tests      = TESTS(&root_tells_the_version, &hello_greets, &errors_are_json),
#endif
};
/* clang-format on */
