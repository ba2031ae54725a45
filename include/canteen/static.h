/* Static files: style sheets, scripts, pictures that every visitor gets as they are.
 *
 * An app has a folder of them, `.static_folder = "polls/static"`, and the same in the executable, `.static_embedded =
 * &polls_static` (canteen/files.h). They are served below the setting `static_url` ("/static/"), those of all apps
 * under one roof, so an app keeps its own in a folder of its name: polls/static/polls/style.css is
 * /static/polls/style.css. The folders of the setting `static_folders` ("static") go before those of the apps, the root
 * app's before those of the mounted ones. Nothing outside of the folders can be reached, by no name and no link. With
 * no such folder there is no such route.
 *
 *     {{ url_for('static', filename='polls/style.css') }}     {% static 'polls/style.css' %}
 *
 * give the URL. In development (setting `debug`) that is the plain name, read anew at every request. Otherwise it is
 * the name with a hash of the content in it ("polls/style.3f2a9c01d4b7.css"), which browsers keep for a year without
 * asking (Cache-Control: immutable): a changed file has another name. The plain name is served as well, with an
 * ETag, and the name with the hash of another version, for pages of before; both are to be asked for again
 * (no-cache). A file that also is there as "style.css.br" or "style.css.gz", not older than it and in the same folder,
 * is sent so to those who accept it; `canteen embed --compress` makes such of what gains by it. Names with a segment
 * that begins with '.' or ends in '~' are not served.
 *
 * The route is one of the root app, so that app's middleware runs for static files too. With a `static_url` on another
 * server ("https://cdn.example.com/s/") URLs lead there, and there is no route.
 *
 * A name in a template or in ct_static_url() that no folder has is an error of `check` and of tests, and a warning in
 * the log of a server that runs: the page is shown with the plain name. */
#ifndef CANTEEN_STATIC_H
#define CANTEEN_STATIC_H

#include "canteen/common.h"

/* The URL of a static file: "/static/polls/style.3f2a9c01d4b7.css". `name` is as it is below the folder, not encoded.
 * "" and names that end in '/' give the start of URLs. */
CT_API const char *ct_static_url(ct *c, const char *name);

#endif
