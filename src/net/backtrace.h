/* Addresses as lines for people, by the debug information of the program and its libraries (elfutils' libdw).
 *
 *     #0 crash at examples/site/main.c:42 (site+0x1234)
 *     #1 check at src/check.c:12 (inlined)                 inlined into the next line's function
 *     #1 handler at src/check.c:30 (site+0x1300)
 *     #2 malloc+0x21 (libc.so.6+0x9a871)                   no debug information
 *     #3 0x7f30c8a0 (libx.so+0x18a0)                       no symbol either
 *
 * Reads files and takes milliseconds: for a process that may wait, never in a signal handler. Nothing is fetched from
 * the network (debuginfod), whatever the environment says. */
#ifndef CANTEEN_NET_BACKTRACE_H
#define CANTEEN_NET_BACKTRACE_H

#include "base/common.h"

#include <sys/types.h>

/* One function of the backtrace. Texts are good during the call. */
typedef struct ct_backtrace_frame {
    size_t number; /* of the address: functions that were inlined share it with the one that they are in */
    uint64_t address;
    const char *function; /* "handler", "malloc+0x21", "0x7f30c8a0" */
    const char *file;     /* as the compiler was given it, "src/check.c"; NULL: not known */
    const char *path;     /* to open it; NULL when file is */
    int line;
    bool inlined;
    const char *module; /* path of the program or library; NULL: none is there */
    const char *place;  /* "site+0x1234" */
} ct_backtrace_frame;

/* Called once a function, innermost first. */
typedef void ct_backtrace_each(void *arg, const ct_backtrace_frame *frame);
/* Called once a line, innermost first; `text` is good during the call. */
typedef void ct_backtrace_line(void *arg, const char *text);

/* `frames` are of this process. frames[0] is the very address where it stopped, the others are return addresses. */
void ct_backtrace_describe(const uint64_t *frames, size_t count, ct_backtrace_line *line, void *arg);
/* The same for frames of another process that is alive. False, and no line, when nothing is found: it is gone or
 * belongs to another user. */
bool ct_backtrace_describe_of(pid_t pid, const uint64_t *frames, size_t count, ct_backtrace_line *line, void *arg);
/* The same, for those who write lines of their own. */
bool ct_backtrace_walk(pid_t pid, const uint64_t *frames, size_t count, ct_backtrace_each *each, void *arg);

#endif
