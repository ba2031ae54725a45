/* Canteen: a web framework that begins like Flask and grows into Django, in C.
 *
 *     #include <canteen.h>
 *
 *     static ct_response *hello(ct *c)
 *     {
 *         return ct_text(c, "Hello, World!");
 *     }
 *
 *     static const ct_app app = { .name = "hello", .routes = ROUTES(GET("/", hello)) };
 *
 *     int main(int argc, char **argv) { return ct_main(argc, argv, &app); }
 *
 * This one include gives an app's author everything. The parts, each its own manual:
 *
 *     canteen/app.h        apps, routes, middleware, error handlers: the tables a program is made of
 *     canteen/request.h    what came in: path, query, form, headers, cookies, body
 *     canteen/response.h   what goes out: text, JSON, redirects, files, streams, headers
 *     canteen/template.h   pages made of templates; filters, functions and context of apps
 *     canteen/files.h      files that are part of the executable
 *     canteen/session.h    sessions and flashed messages
 *     canteen/sign.h       signed text that comes back, with an expiry
 *     canteen/upload.h     files that a form sends
 *     canteen/storage.h    files that a site keeps
 *     canteen/static.h     style sheets, scripts, pictures
 *     canteen/test.h       tests of an app and a client for them
 *     canteen/value.h      values for JSON, URLs and templates: KV, V, maps and arrays
 *     canteen/shape.h      shapes: structs whose fields are known by name, and lists of their rows
 *     canteen/model.h      models: shapes that are tables of a database
 *     canteen/query.h      reading and writing their rows
 *     canteen/condition.h  conditions of queries and changes of updates
 *     canteen/errors.h     errors of fields
 *     canteen/database.h   databases, transactions, SQL
 *     canteen/migration.h  how tables came to be, step by step
 *     canteen/types.h      decimals, dates, times of day, UUIDs
 *     canteen/url.h        building URLs from routes
 *     canteen/work.h       memory, abort, defer, sleep, deadlines, blocking work, values of a request
 *     canteen/settings.h   settings: declaring and reading them
 *     canteen/command.h    commands of a program and their options
 *     canteen/log.h        log lines
 *     canteen/cookie.h     the options of a cookie
 *     canteen/status.h     status codes and their names
 *     canteen/common.h     text, bytes and time
 *
 * Every public name begins with ct_ or CT_. The short words of the tables (GET, MOUNT, KV, ...) come besides; define
 * CT_NO_SHORT_NAMES before the include to be without them and write CT_GET, CT_MOUNT, CT_KV. */
#ifndef CANTEEN_H
#define CANTEEN_H

#include "canteen/app.h"
#include "canteen/command.h"
#include "canteen/common.h"
#include "canteen/condition.h"
#include "canteen/cookie.h"
#include "canteen/database.h"
#include "canteen/errors.h"
#include "canteen/files.h"
#include "canteen/log.h"
#include "canteen/migration.h"
#include "canteen/model.h"
#include "canteen/query.h"
#include "canteen/request.h"
#include "canteen/response.h"
#include "canteen/session.h"
#include "canteen/settings.h"
#include "canteen/shape.h"
#include "canteen/sign.h"
#include "canteen/static.h"
#include "canteen/status.h"
#include "canteen/storage.h"
#include "canteen/template.h"
#include "canteen/test.h"
#include "canteen/types.h"
#include "canteen/upload.h"
#include "canteen/url.h"
#include "canteen/value.h"
#include "canteen/version.h"
#include "canteen/work.h"

#endif
