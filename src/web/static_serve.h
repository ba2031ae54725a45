/* A static file as a response. */
#ifndef CANTEEN_WEB_STATIC_SERVE_H
#define CANTEEN_WEB_STATIC_SERVE_H

#include "canteen/response.h"
#include "web/static_store.h"

#define CT_CACHE_REVALIDATE "no-cache"
#define CT_CACHE_LONG "public, max-age=2592000"
#define CT_CACHE_FOREVER "public, max-age=31536000, immutable"

/* The response of a file that the store has found: its type by its ending, validators, ranges; in the coding that the
 * client likes best of those there are. `cache` is its Cache-Control, unless the file is another by now than when the
 * store hashed it: then clients ask again. Aborts with 404 when the file is gone. */
ct_response *ct_static_response(ct *c, const ct_static_file *file, const char *cache);

#endif
