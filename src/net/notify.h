/* The service manager's side: sockets it opened for us and news we send it. What sd_listen_fds(3), sd_notify(3) and
 * sd_watchdog_enabled(3) document, without libsystemd; without systemd every function does nothing. */
#ifndef CANTEEN_NET_NOTIFY_H
#define CANTEEN_NET_NOTIFY_H

#include "base/error.h"

/* The sockets of LISTEN_FDS, when LISTEN_PID is this process: descriptors 3 and up, checked and prepared
 * (ct_address_prepare). *ret is the caller's to free(), *ret_count 0 when there are none. The variables are removed
 * from the environment in any case, so that no child takes them for its own. False with an error when one does not
 * fit. */
bool ct_notify_take_sockets(int **ret, size_t *ret_count, ct_error *error);

/* Sends a state such as "READY=1\nSTATUS=2 workers serve" to $NOTIFY_SOCKET (a path, or @name). Whether it was sent. */
bool ct_notify(const char *format, ...) CT_PRINTF(1, 2);

/* How often "WATCHDOG=1" is to be sent, µs: half of WATCHDOG_USEC. 0: not asked for. */
ct_time ct_notify_watchdog(void);

#endif
