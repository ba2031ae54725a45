/* ct_url() for callers who go on when there is no such URL. */
#ifndef CANTEEN_WEB_URL_H
#define CANTEEN_WEB_URL_H

#include "base/error.h"
#include "canteen/app.h"
#include "canteen/value.h"

/* The URL of the route with this name or handler, as ct_url() gives it, in the memory of `c`. False with a message when
 * there is none; *ret_url is then left alone. */
bool ct_url_try(ct *c, const char *name, ct_handler *handler, const ct_kv *values, size_t count, const char **ret_url,
                ct_error *error);

#endif
