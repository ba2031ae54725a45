/* What the server calls for each request. */
#ifndef CANTEEN_WEB_SERVE_H
#define CANTEEN_WEB_SERVE_H

#include "net/exchange.h"
#include "web/site.h"

/* For ct_supervise(); the data is the ct_site. */
extern const ct_server_ops ct_web_ops;

#endif
