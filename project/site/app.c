/* The app: what it answers, and at which addresses. */
#include "app.h"

static ct_response *home(ct *c)
{
    const char *name = ct_query(c, "name"); /* /?name=Ada; NULL without it */
    return ct_render(c, "home.html", V(name));
}

static ct_response *not_found(ct *c)
{
    return ct_render(c, "404.html", KV("message", ct_error_message(c)));
}

/* `canteen makemigrations` writes them, from the models that .models of the app names. */
CT_MIGRATIONS(my_project);

#ifdef RELEASE
extern const ct_files templates_files, static_files; /* made by `make release` */
#endif

/* clang-format off */
const ct_app app = {
    .name            = "myproject",
    .version         = "0.1.0",
    .routes          = ROUTES(
        GET("/", home)),
    .migrations      = my_project_migrations,
    .errors          = ERRORS({ 404, not_found }),
    .templates       = "templates",
    .static_folder   = "static",
#ifdef RELEASE
    .embedded        = &templates_files,
    .static_embedded = &static_files,
#else
    .tests           = TESTS(&home_shows_a_page, &home_escapes_names, &other_addresses_are_not_found),
#endif
};
/* clang-format on */
