/* What a reload hands to the program it executes, as text in an environment variable:
 *
 *     pid 123                                  of the supervisor: text meant for another process is not believed
 *     listener FD ADDRESS
 *     worker PID FD STATE STARTED DEADLINE     FD of its control socket or -1; times of ct_monotonic()
 *
 * The descriptors are inherited. The check of a program gets the same text for the addresses alone (they are taken, by
 * us), with no descriptors behind it. */
#ifndef CANTEEN_NET_HANDOVER_H
#define CANTEEN_NET_HANDOVER_H

#include "base/buffer.h"
#include "net/children.h"

#define CT_HANDOVER_STATE "_CANTEEN_STATE"   /* set: a reload goes on in this process */
#define CT_HANDOVER_CHECK "_CANTEEN_CHECK"   /* set: say by the exit code whether the program could serve, and end */
#define CT_HANDOVER_PASSED "_CANTEEN_PASSED" /* the descriptor to write to, besides, if it could */

/* Appends the text; NUL-terminated by ct_buffer_text(). */
void ct_handover_write(ct_buffer *text, const ct_listeners *listeners, const ct_children *children);
/* Takes over what the variable says, as not wanted and `previous`, with close-on-exec set again, and unsets it.
 * False: there is none for this process. */
bool ct_handover_take(ct_listeners *listeners, ct_children *children);
/* Whether the check was told that the address is open already. */
bool ct_handover_lists(const char *text, const char *address);

#endif
