/* The inside of `canteen run`: from a change of a file to the new program, and to the browsers.
 *
 *     devloop.c   what happens when: changes, builds, the programs' news, signals
 *     devbuild.c  make: its start, its output, its end
 *     devserver.c the processes on the socket: the app's program, and what stands in for it
 *     devoutput.c what the program says, on its way to the terminal
 *     watch.c     which files change
 *     diagnostics.c the page of a build that failed, or of a program that did not start
 *
 *     files ──watch──> make ──good──> ./polls run (SIGHUP: it executes itself anew under the same socket)
 *                        └──bad──> the state file: its page is what browsers get   (web/dev_reload.h)
 *
 * The socket is opened here and passed to the program as by systemd (LISTEN_FDS), so it stays open whatever becomes of
 * the program; while there is none, a process of our own answers on it. The program's news (it serves; its reload
 * failed) come by systemd's protocol as well (NOTIFY_SOCKET, net/notify.h). */
#ifndef CANTEEN_CLI_DEVLOOP_H
#define CANTEEN_CLI_DEVLOOP_H

#include "cli/cli.h"
#include "cli/diagnostics.h"
#include "cli/project.h"
#include "cli/watch.h"
#include "net/listeners.h"

#include <sys/stat.h>
#include <sys/types.h>

typedef enum ct_app_state {
    CT_APP_NONE,     /* no process */
    CT_APP_STARTING, /* it has not said yet that it serves */
    CT_APP_SERVING,
    CT_APP_RELOADING /* SIGHUP was sent, the outcome is not known yet */
} ct_app_state;

#define CT_DEVLOOP_END_TIME CT_SECOND /* that a program or a build has from SIGTERM to SIGKILL */

typedef struct ct_build {
    pid_t pid; /* of make, which leads its process group; 0: none runs */
    int pipe;  /* its output */
    ct_buffer output;
    ct_buffer line; /* what has come of its last line */
    ct_diagnostics_fold fold;
    ct_time began;
    unsigned changes; /* that it answers */
    int lock;         /* of the project, while it runs */
    bool told_slow;
    bool abandoned;  /* it was told to end, for what changed meanwhile */
    ct_time kill_at; /* if it has not ended by then */
} ct_build;

/* What the program says. One pipe for all programs, one after the other. */
typedef struct ct_output {
    int read_fd, write_fd; /* -1: there is none, and it goes to the terminal directly */
    bool terminal;         /* it is one to the program, as ours is to us */
    ct_buffer kept;        /* the last of it, since the program was started or began to serve */
} ct_output;

typedef struct ct_devloop {
    ct_cli *cli;
    char *const *args; /* for the program, behind `run` */
    ct_project project;
    ct_listeners listeners;
    ct_watcher watcher;
    pid_t pid;
    int signal_fd, notify_fd;
    char folder[64]; /* of our own files, "" until there is one: state, notify */
    char state_path[96], notify_path[96];
    int64_t version;
    bool failing; /* the state file has a page */
    ct_build build;
    ct_output output;
    ct_app_state app;
    pid_t app_pid, stand_in_pid;
    bool stand_in_leaves;        /* it was told to end */
    bool swap_wanted;            /* when the app's state is known */
    bool replacing;              /* it was told to end, for a newer build */
    bool told_slow;              /* that it does not serve yet */
    bool reload_failed;          /* the program of the last SIGHUP does not serve, as far as is known */
    struct stat running;         /* the program's file when it was started last */
    ct_time swap_began, kill_at; /* when it ends at the latest, while `replacing` */
    ct_time locked_until;        /* somebody else builds here: the next attempt */
    bool told_locked;
    unsigned changes;           /* since the last build began */
    ct_time changed, unsettled; /* when the last and the first of them came */
    ct_time look_at;            /* whether the project's folder is still there */
    bool has_served;            /* the program, or one before it */
    bool program_given;         /* by --program */
    bool stopping;
    int exit_code;
} ct_devloop;

/* A line on the terminal, in one piece, so that those of several processes do not mix. */
void ct_devloop_say(const ct_devloop *loop, const char *format, ...) CT_PRINTF(2, 3);

/* Starts make for the changes so far, unless somebody else builds here: then loop->locked_until says when to try again.
 */
void ct_devbuild_begin(ct_devloop *loop);
/* Shows on the terminal what make has said. */
void ct_devbuild_read(ct_devloop *loop);
/* For when make has ended. */
void ct_devbuild_end(ct_devloop *loop);
/* A build that takes long is told of, and given up when there is something newer to build. `now` is of ct_monotonic().
 */
void ct_devbuild_watch(ct_devloop *loop, ct_time now);
/* When that is to be called next; INT64_MAX: it need not. */
ct_time ct_devbuild_watch_at(const ct_devloop *loop);

/* What .env and the environment say of the program's settings. Its own tables and its command line, which go before
 * and after these, are not known here. Texts are the arena's. */
void ct_devserver_config(ct_arena *arena, ct_config *ret);
/* Starts the program on the sockets. False (errno says why): no process. */
bool ct_devserver_start(ct_devloop *loop);
/* Starts what answers while there is no program, unless it runs. */
void ct_devserver_stand_in(ct_devloop *loop);
/* In a child: a process group of its own, so that the terminal's Ctrl-C comes to us alone, and its end with ours. */
void ct_devserver_prepare_child(const ct_devloop *loop);

/* Without a pipe, and without a page's part, nothing is lost but that. */
void ct_devoutput_open(ct_output *output);
void ct_devoutput_finish(ct_output *output);
/* In a child: what it says goes to the pipe. */
void ct_devoutput_enter(const ct_output *output);
/* Passes on what has come, and keeps the last of it. */
void ct_devoutput_read(ct_output *output);
/* The last lines, at most 16 KiB; borrowed. */
ct_str ct_devoutput_last(const ct_output *output);

#endif
