/* An app is a constant value: its routes, middleware, error handlers, settings and commands are tables in one ct_app.
 *
 * There is no registration and no global state; several apps can live in one process. What Flask calls a blueprint
 * and Django an app is the same thing here: a ct_app that another one mounts under a prefix, to any depth.
 *
 *     static const ct_app polls = { .name = "polls", .routes = ROUTES(GET("/", index), GET("/<int:id>", show)) };
 *     static const ct_app site = {
 *         .name       = "site",
 *         .routes     = ROUTES(GET("/", home), MOUNT("/polls", &polls)),
 *         .middleware = MIDDLEWARE(timing),
 *         .errors     = ERRORS({ 404, not_found }),
 *     };
 *
 * A table is read once, when the program starts. `check` (and the start itself) refuses a table with mistakes: a
 * malformed pattern, an unknown converter, two routes that answer the same request. */
#ifndef CANTEEN_APP_H
#define CANTEEN_APP_H

#include "canteen/command.h"
#include "canteen/common.h"
#include "canteen/database.h"
#include "canteen/migration.h"
#include "canteen/model.h"
#include "canteen/session.h"
#include "canteen/settings.h"
#include "canteen/storage.h"
#include "canteen/template.h"

/* A handler answers a request. Runs on a fiber of its own: it may wait (ct_sleep, ct_body, ...) like any ordinary code,
 * and never blocks other requests by that. It must return a response made with the same `c`, or not return (ct_abort);
 * NULL is a mistake and answers 500. A handler named `index` cannot stand in a file that includes <string.h>, which
 * declares another index(). */
typedef ct_response *ct_handler(ct *c);

/* A middleware wraps everything inside it: it calls ct_next_call() once to get the inner answer, or answers itself. */
typedef struct ct_next ct_next;
typedef ct_response *ct_middleware(ct *c, ct_next *next);

/* The answer of what lies inside: the next middleware, at last the handler. Always returns a response: an abort or a
 * missing route inside arrives here as the error's response, so what the middleware does afterwards (a header, a
 * timing) holds for errors too. Only a client that has left unwinds through it. Calling it twice runs the inner part
 * twice; that is allowed. */
CT_API ct_response *ct_next_call(ct *c, ct_next *next);

/* One row of the route table; made by GET, POST, ..., ANY, MOUNT and HOST.
 *
 * Patterns. A path begins with '/'. `<name>` takes one non-empty segment, `<converter:name>` what the converter
 * accepts; a segment may have text around one parameter ("/v<int:major>/", "/<name>.json"). Converters:
 *     string   one segment, any text (the default)
 *     int      digits only, 0 to 9223372036854775807
 *     slug     letters, digits, '-' and '_'
 *     uuid     8-4-4-4-12 hexadecimal digits, either case
 *     path     anything, slashes included; not empty; only last in its segment
 * and those of the app's `.converters`. Where several routes fit, the most specific wins whatever the order of the
 * table, segment by segment: fixed text before parameters, a parameter with more text around it before one with less,
 * then uuid, int, converters of the app, slug, string, path. A pattern that ends in '/' is also asked for without it:
 * the answer is a redirect (308) to the slash, at that pattern's place in the order. "//" in a request redirects to the
 * path with single slashes where that has a route.
 *
 * Parameters are percent-decoded; "%2F" is no separator and stays in its segment. */
typedef struct ct_route {
    const char *methods;  /* "GET", "GET, POST"; NULL: every method. GET answers HEAD too; OPTIONS comes by itself */
    const char *path;     /* the pattern, or the prefix of a mount ("" or "/" mounts at the root) */
    ct_handler *handler;  /* NULL for a mount */
    const char *name;     /* for ct_url() by name and `routes`; the handler's name unless given */
    const ct_app *app;    /* what is mounted; NULL for a handler */
    const char *host;     /* only for requests to this host: "api.example.com", "<tenant>.example.com"; NULL: any */
    const char *frontend; /* the folder of a single-page application; else NULL */
    const ct_files *embedded; /* the same in the executable */
    const char *handler_name; /* set by the macros */
    const char *file;         /* set by the macros: where the row stands */
    int line;
} ct_route;

#define CT_ROUTE(path_, handler_, ...)                                                                                 \
    {                                                                                                                  \
        .path = (path_), .handler = (handler_), .handler_name = #handler_, .file = __FILE__, .line = __LINE__,         \
        __VA_ARGS__                                                                                                    \
    }
#define CT_GET(path, handler, ...) CT_ROUTE(path, handler, .methods = "GET", __VA_ARGS__)
#define CT_POST(path, handler, ...) CT_ROUTE(path, handler, .methods = "POST", __VA_ARGS__)
#define CT_PUT(path, handler, ...) CT_ROUTE(path, handler, .methods = "PUT", __VA_ARGS__)
#define CT_PATCH(path, handler, ...) CT_ROUTE(path, handler, .methods = "PATCH", __VA_ARGS__)
#define CT_DELETE(path, handler, ...) CT_ROUTE(path, handler, .methods = "DELETE", __VA_ARGS__)
/* Every method, or those of `.methods = "GET, POST"`. */
#define CT_ANY(path, handler, ...) CT_ROUTE(path, handler, __VA_ARGS__)
/* Everything of `app` below `prefix`. The prefix may hold parameters; handlers inside read them with ct_path(). */
#define CT_MOUNT(prefix, mounted, ...)                                                                                 \
    {                                                                                                                  \
        .path = (prefix), .app = (mounted), .file = __FILE__, .line = __LINE__, __VA_ARGS__                            \
    }
/* Everything of `app` for requests to one host. Host names compare without case and without the port. */
#define CT_HOST(pattern, mounted, ...)                                                                                 \
    {                                                                                                                  \
        .path = "", .host = (pattern), .app = (mounted), .file = __FILE__, .line = __LINE__, __VA_ARGS__               \
    }
/* A built single-page application: the files of `folder` (or of `.embedded`) below `prefix`, and its index.html for
 * every other path there that a browser navigates to, so that the pages of the application's own router can be reloaded
 * and bookmarked. A missing style sheet, script or call of an API is a 404 still. Every ordinary route comes before it,
 * whatever its place and pattern. docs/static.md says what is a navigation, and how long browsers keep the files.
 *     FRONTEND("/", "dist")     FRONTEND("/app", "dist", .embedded = &dist_files) */
#define CT_FRONTEND(prefix, folder_, ...)                                                                              \
    {                                                                                                                  \
        .path = (prefix), .frontend = (folder_), .file = __FILE__, .line = __LINE__, __VA_ARGS__                       \
    }
#define CT_ROUTES(...) ((const ct_route[]){ __VA_ARGS__, { .path = NULL } })

/* A kind of path parameter that the app adds: `accepts` says whether the decoded text of one segment fits. It is called
 * while the route is looked for, maybe several times: it must only look at the text. */
typedef struct ct_converter {
    const char *name;
    bool (*accepts)(const char *text);
} ct_converter;
#define CT_CONVERTERS(...) ((const ct_converter[]){ __VA_ARGS__, { .name = NULL } })

#define CT_MIDDLEWARE(...) ((ct_middleware *const[]){ __VA_ARGS__, NULL })

/* Answers in place of the plain error page. The innermost app that has a handler for the status (or for 0: every
 * error) answers. Its response gets the error's status unless it sets one. ct_error_status() and ct_error_message()
 * (request.h) tell what happened. An error inside an error handler gives the plain page.
 *
 * With the setting `debug` the plain page says all that is known (docs/errors.md), and, as in Flask, no handler hides
 * it: a 500 is never answered by one, other errors of the server (502, 503, ...) only by one for exactly that status.
 * Turn debug off to look at your own page for 500. */
typedef struct ct_error_handler {
    int status;
    ct_handler *handler;
} ct_error_handler;
#define CT_ERRORS(...) ((const ct_error_handler[]){ __VA_ARGS__, { .handler = NULL } })

/* Run by each worker at its start or end, on a fiber, outside of any request: opening a connection to something else,
 * filling a table. Those of the root app come first, then those of mounted apps in the order of mounting; at the end
 * the other way round. An abort at the start ends the worker, and the server where none could start, with the message
 * in the log; at the end it is logged. `startup_timeout` and `drain_timeout` limit them. Commands and tests run them
 * too. */
typedef void ct_hook(ct *c);
#define CT_HOOKS(...) ((ct_hook *const[]){ __VA_ARGS__, NULL })

struct ct_app {
    const char *name;                 /* letters, digits, '_' and '-'; the namespace of its routes: "polls.show" */
    const char *version;              /* shown by `version`; NULL: none */
    const ct_route *routes;           /* ROUTES(...) */
    ct_middleware *const *middleware; /* MIDDLEWARE(...), outermost first; the root's run for every request */
    const ct_error_handler *errors;   /* ERRORS(...) */
    const ct_converter *converters;   /* CONVERTERS(...), for the patterns of this app and of what it mounts */
    const ct_setting *settings;       /* SETTINGS(...) */
    const ct_command *commands;       /* COMMANDS(...) */
    /* canteen/template.h is the manual of these. */
    const char *templates;                 /* the folder of its templates, from the working directory */
    const ct_files *embedded;              /* the same in the executable, as `canteen embed` writes it */
    const ct_template_row *filters;        /* FILTERS(...) */
    const ct_template_row *functions;      /* FUNCTIONS(...) */
    const ct_template_row *template_tests; /* TEMPLATE_TESTS(...) */
    ct_context_processor *const *context;  /* CONTEXT(...) */
    ct_translator *translate;              /* for gettext() and {% trans %} */
    /* canteen/static.h, session.h, storage.h and test.h are the manuals of these. */
    const char *static_folder;        /* the folder of its static files, from the working directory */
    const ct_files *static_embedded;  /* the same in the executable */
    const ct_session_store *sessions; /* of the root app: where sessions are kept; NULL: there are none */
    const ct_storage *storage;        /* of the root app: where uploads are kept; NULL: &ct_folder_storage */
    const ct_test *const *tests;      /* TESTS(...) */
    ct_hook *const *startup;          /* HOOKS(...), run by each worker before it accepts a connection */
    ct_hook *const *shutdown;         /* HOOKS(...), run by each worker after its last request */
    /* canteen/model.h, migration.h and database.h are the manuals of these. */
    const ct_model_row *models;            /* MODELS(...) */
    const ct_migration *const *migrations; /* NAME_migrations, announced by CT_MIGRATIONS(NAME) */
    const ct_database *databases;          /* of the root app: DATABASES(...) besides the default one */
    ct_route_database *route_database;     /* of the root app: chooses among them; NULL: by model and query alone */
};

/* What main() returns: reads the settings, runs the command of the command line (`run`, `routes`, `check`, `test`,
 * `help`, `version`, or one of the app's) and returns its exit code: 0 done, 1 failed, 2 a mistake in the command
 * line. */
CT_API int ct_main(int argc, char **argv, const ct_app *app);

/* The app whose route (or mount) answers this request; the root app outside a request. */
CT_API const ct_app *ct_current_app(ct *c);

#ifndef CT_NO_SHORT_NAMES
#define GET(...) CT_GET(__VA_ARGS__)
#define POST(...) CT_POST(__VA_ARGS__)
#define PUT(...) CT_PUT(__VA_ARGS__)
#define PATCH(...) CT_PATCH(__VA_ARGS__)
#define DELETE(...) CT_DELETE(__VA_ARGS__)
#define ANY(...) CT_ANY(__VA_ARGS__)
#define MOUNT(...) CT_MOUNT(__VA_ARGS__)
#define HOST(...) CT_HOST(__VA_ARGS__)
#define ROUTES(...) CT_ROUTES(__VA_ARGS__)
#define CONVERTERS(...) CT_CONVERTERS(__VA_ARGS__)
#define MIDDLEWARE(...) CT_MIDDLEWARE(__VA_ARGS__)
#define ERRORS(...) CT_ERRORS(__VA_ARGS__)
#define HOOKS(...) CT_HOOKS(__VA_ARGS__)
#define FRONTEND(...) CT_FRONTEND(__VA_ARGS__)
#endif

#endif
