/* Work outside of requests: commands, tests, and the hooks of the apps' start and end. */
#ifndef CANTEEN_WEB_STANDALONE_H
#define CANTEEN_WEB_STANDALONE_H

#include "web/site.h"

struct ct_option_values; /* cli/options.h: the options of the command that runs */
struct ct_test_state;    /* test/test.h */

/* Runs a command on a fiber of a loop of its own, between the apps' startup and shutdown hooks; returns its exit code,
 * or 1 after an abort, whose message is then on standard error. */
int ct_run_work(const ct_site *site, int (*run)(ct *c), const struct ct_option_values *options);

/* The same without the hooks: for those who make what these need. */
int ct_run_bare_work(const ct_site *site, int (*run)(ct *c), const struct ct_option_values *options);

/* The same for a test, whose `c` has this state. */
int ct_run_test_work(const ct_site *site, int (*run)(ct *c), struct ct_test_state *test);

/* The hooks of the apps, on a fiber. startup: false when one aborted; its message is in the log. */
bool ct_run_startup(const ct_site *site);
void ct_run_shutdown(const ct_site *site);

#endif
