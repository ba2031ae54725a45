/* What the server calls for each request, and how a command's work is run. */
#ifndef CANTEEN_WEB_SERVE_H
#define CANTEEN_WEB_SERVE_H

#include "net/exchange.h"
#include "web/site.h"

struct ct_option_values; /* cli/options.h: the options of the command that runs */

/* For ct_supervise(); the data is the ct_site. */
extern const ct_server_ops ct_web_ops;

/* Runs a command on a fiber of a loop of its own; returns its exit code, or 1 after an abort, whose message is then on
 * standard error. */
int ct_run_work(const ct_site *site, int (*run)(ct *c), const struct ct_option_values *options);

#endif
