/* URLs built from the route table, so that a path is written once.
 *
 *     ct_url(c, show_user, KV("user_id", 7))         "/users/7": by handler, so that a renamed route cannot dangle
 *     ct_url(c, "file", KV("name", "a b.txt"))       "/files/a%20b.txt": by the route's name
 *     ct_url(c, "polls.show", KV("id", 3))           a route of the app "polls", wherever it is mounted
 *     ct_url(c, search, KV("q", "x y"), KV("page", 2))  "/search?q=x%20y&page=2": what is no parameter is the query
 *
 * A name without a dot is looked up in the app that answers the request first, then in the root. Parameters of a
 * mount's prefix that are not given are taken from the current request. Values are percent-encoded. No such route, a
 * missing parameter or a value that its converter refuses is a mistake of the program: it aborts with 500 and says
 * which routes there are. Behind a proxy that sends a trusted prefix, the URL begins with it.
 *
 *     ct_url(c, "static", KV("filename", "a.css"))   what ct_static_url() gives (static.h) */
#ifndef CANTEEN_URL_H
#define CANTEEN_URL_H

#include "canteen/app.h"
#include "canteen/value.h"

#define ct_url(c, route, ...)                                                                                          \
    _Generic((route), char *: ct_url_by_name, const char *: ct_url_by_name, ct_handler *: ct_url_by_handler)(          \
        (c), (route), CT_KVS(__VA_ARGS__))
CT_API const char *ct_url_by_name(ct *c, const char *name, const ct_kv *values, size_t count);
CT_API const char *ct_url_by_handler(ct *c, ct_handler *handler, const ct_kv *values, size_t count);

/* The same with scheme and host of the current request in front: for mails and Location headers of others. The URL of a
 * static file that another server has stays as it is. */
#define ct_url_absolute(c, route, ...) ct_url_with_host((c), ct_url((c), (route), ##__VA_ARGS__))
CT_API const char *ct_url_with_host(ct *c, const char *path);

#endif
