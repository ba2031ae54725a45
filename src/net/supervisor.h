/* The supervisor: binds the sockets, forks the workers, replaces the dead, reloads, stops.
 *
 *     supervisor (one process, waits in poll)
 *        ├─ worker 0 ── control socketpair
 *        ├─ worker 1
 *        └─ …            listening sockets are opened once here, shared by all, and stay open until the end
 *
 * Signals
 *     SIGTERM, SIGINT workers finish their requests within drain_timeout and end; the exit code is 0. A second one
 * ends
 *                      them at once; the exit code is 1.
 *     SIGHUP reload. The program on disk is tried first (the same command line, as a child, which ends before it
 *
 *                      serves); then it is executed in this same process, with the sockets and the list of workers
 *                      handed over. The old workers stop when the new ones are ready: no request is lost. A program
 *                      that fails its trial, or whose workers do not start, leaves the old workers serving, with a log
 *                      line. One more SIGHUP in the meantime is kept for afterwards. A terminal that hangs up stops
 *                      the server instead.
 *
 * systemd: sockets passed by LISTEN_FDS are served instead of the setting `bind`; NOTIFY_SOCKET is told READY (when
 * every worker is), RELOADING, STOPPING, STATUS and WATCHDOG, so Type=notify and Type=notify-reload work.
 *
 * Environment variables used between a supervisor and the programs it executes for a reload: _CANTEEN_STATE,
 * _CANTEEN_CHECK (net/handover.h). When _CANTEEN_CHECK is set, ct_supervise() returns before it serves. */
#ifndef CANTEEN_NET_SUPERVISOR_H
#define CANTEEN_NET_SUPERVISOR_H

#include "base/error.h"
#include "net/worker.h"

typedef struct ct_supervisor_start {
    const ct_config *config;
    const ct_server_ops *ops;
    void *data;
    char **argv;      /* of the process, for the reload */
    const char *name; /* of the app, for the log and the notification */
} ct_supervisor_start;

/* The cores that this process may use, at least 1. */
size_t ct_usable_cores(void);

/* Runs until stopped; returns the exit code (0 stopped in order, 1 could not start or a worker could not be kept up).
 * What stops the start (a taken port, a bad address, no permission) is one line on standard error. The process must
 * have one thread. Blocks signals, raises the soft limit of open files to the hard one, ignores SIGPIPE. */
int ct_supervise(const ct_supervisor_start *start);

#endif
