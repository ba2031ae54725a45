/* What the log says of a crash in a worker. */
#ifndef CANTEEN_NET_CRASH_REPORT_H
#define CANTEEN_NET_CRASH_REPORT_H

#include "net/worker.h"

/* What happened, without where: "SIGSEGV (Segmentation fault) at address 0x0: a NULL pointer was used". */
#define CT_CRASH_TEXT 192 /* enough for it */
void ct_crash_describe(const ct_crash *crash, char *ret, size_t size);

/* For a process that is no worker: sends a ct_worker_message to `fd` when it crashes, and lets it die of the signal. */
void ct_crash_report_to(int fd);

/* What such a process waits for: a crash outside of a fiber (it was told to end) reports that, and the one address, as
 * its request and its frames. It is copied. */
void ct_crash_waits(const char *method, const char *path, uint64_t address);
void ct_crash_waits_no_more(void);

/* Logs at level error: one line of what happened where, then a line for each frame of the backtrace, innermost first,
 * all with the id of the request. `pid` is the worker's, alive or not. Takes milliseconds (it reads debug
 * information). */
void ct_crash_report(pid_t pid, const ct_crash *crash);

#endif
