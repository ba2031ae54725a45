/* Reloading: the program as it is on disk now is tried as a child, then executed in this process.
 *
 * The trial runs the same command line with CT_HANDOVER_CHECK set: the new program reads its settings, checks itself,
 * opens (and closes) the addresses it would add, says on a pipe that it got that far, and ends with 0 if all is well: a
 * program that ends with 0 without serving is none. Only then is it executed for real,
 * by the path this program was started by: a symbolic link that was switched to a new release leads to that. */
#ifndef CANTEEN_NET_RELOAD_H
#define CANTEEN_NET_RELOAD_H

#include "net/handover.h"

typedef struct ct_reload {
    char *program; /* absolute path */
    char **argv;
    pid_t trial;      /* the running trial, or 0 */
    ct_time deadline; /* of the trial: it is killed then */
    int passed;       /* a pipe: something is in it once the trial found all well; while there is a trial */
} ct_reload;

/* Notes where the program lies; call at start, before anything could replace it. `argv` is borrowed. */
void ct_reload_init(ct_reload *reload, char **argv);
void ct_reload_finish(ct_reload *reload);
/* Starts the trial. False with errno. */
bool ct_reload_try(ct_reload *reload, const ct_listeners *listeners, const ct_children *children);
/* In the trial: all is well. */
void ct_reload_pass(void);
/* When the trial has ended: forgets it; whether it has passed, whatever its exit code. */
bool ct_reload_passed(ct_reload *reload);
/* Kills a trial past its deadline, or whatever its age. */
void ct_reload_expire(ct_reload *reload);
void ct_reload_cancel(ct_reload *reload);
/* Executes the program; returns only if that failed, with errno, and all as it was. */
void ct_reload_execute(const ct_reload *reload, const ct_listeners *listeners, const ct_children *children);

#endif
