/* Apps with static files and frontends, from folders and embedded. */
#include "wire.h"

static ct_response *ordinary(ct *c)
{
    return ct_textf(c, "ordinary %s", ct_path(c, "rest"));
}

static ct_response *urls(ct *c)
{
    return ct_textf(c, "%s %s %s", ct_static_url(c, "css/a.css"), ct_static_url(c, "emb/app.js"),
                    ct_static_url(c, "no such.css"));
}

static ct_response *json_404(ct *c)
{
    return ct_json(c, KV("error", ct_error_message(c)));
}

/* As `canteen embed --compress` writes it; the bytes of the compressed ones are made up, to be seen. */
static const ct_embedded embedded_items[] = {
    { "css/a.css", "hidden by the folder", 20, "0000000000000000" },
    { "emb/.secret", "no", 2, "0000000000000000" },
    { "emb/app.js", "let a = 1\n", 10, "3f2a9c01d4b75555" },
    { "emb/app.js.br", "BROTLI", 6, "aaaaaaaaaaaaaaaa" },
    { "emb/app.js.gz", "GZIPPED", 7, "bbbbbbbbbbbbbbbb" },
    { "emb/logo.svg", "<svg/>", 6, "cccccccccccccccc" },
    { "emb/logo.svg.gz", "GZ", 2, "dddddddddddddddd" },
};
static const ct_files embedded = { embedded_items, sizeof embedded_items / sizeof *embedded_items };

static const ct_app api = {
    .name = "api",
    .routes = ROUTES(GET("/<int:rest>", ordinary), POST("/only-post", ordinary)),
    .errors = ERRORS({ 404, json_404 }),
};

static const ct_embedded dist_items[] = {
    { "about.html", "about", 5, "1111111111111111" },
    { "index.html", "embedded spa", 12, "2222222222222222" },
};
static const ct_files dist = { dist_items, sizeof dist_items / sizeof *dist_items };

/* A frontend at the root of a host, ordinary routes beside it. */
static const ct_app spa_host = {
    .name = "spa_host",
    .routes = ROUTES(FRONTEND("/", NULL, .embedded = &dist), MOUNT("/api", &api)),
};

const ct_app static_app = {
    .name = "static",
    .routes = ROUTES(GET("/urls", urls), FRONTEND("/spa", "tests/wire/dist"),
                     GET("/spa/ordinary/<path:rest>", ordinary, .name = "below"), HOST("spa.example.net", &spa_host)),
    .static_folder = "tests/wire/static",
};

const ct_app embedded_app = { .name = "embedded", .static_folder = "nowhere", .static_embedded = &embedded };
