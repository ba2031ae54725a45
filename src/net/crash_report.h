/* What the log says of a crash in a worker. */
#ifndef CANTEEN_NET_CRASH_REPORT_H
#define CANTEEN_NET_CRASH_REPORT_H

#include "net/worker.h"

/* Logs at level error: one line of what happened where, then a line for each frame of the backtrace, innermost first,
 * all with the id of the request. `pid` is the worker's, alive or not. Takes milliseconds (it reads debug
 * information). */
void ct_crash_report(pid_t pid, const ct_crash *crash);
/* What happened, without where: "SIGSEGV (Segmentation fault) at address 0x0: a NULL pointer was used". */
#define CT_CRASH_TEXT 192
void ct_crash_describe(const ct_crash *crash, char ret[CT_CRASH_TEXT]);

#endif
