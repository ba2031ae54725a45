/* Reads /proc/PID/status and /proc/PID/syscall. The latter is for those who may trace the process only, and names are
 * known here only of calls that tend to block. */
#include "net/thread_state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SWITCHES "\nvoluntary_ctxt_switches:"

static bool read_proc(pid_t pid, const char *name, char *ret, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, ret, size - 1);
    close(fd);
    ret[CT_MAX(n, 0)] = '\0';
    return n > 0;
}

ct_thread_state ct_thread_look(pid_t pid)
{
    ct_thread_state seen = { .switches = -1 };
    char text[4096];
    if (!read_proc(pid, "status", text, sizeof text))
        return seen;
    const char *state = strstr(text, "\nState:"), *switches = strstr(text, SWITCHES);
    if (state)
        seen.state = state[strlen("\nState:") + strspn(state + strlen("\nState:"), " \t")];
    if (switches)
        seen.switches = strtoll(switches + strlen(SWITCHES), NULL, 10);
    return seen;
}

bool ct_thread_is_stopped(const ct_thread_state *state)
{
    return state->state == 'T' || state->state == 't';
}

static const struct {
    long number;
    const char *name;
} calls[] = {
    { SYS_read, "read" },
    { SYS_pread64, "pread" },
    { SYS_readv, "readv" },
    { SYS_write, "write" },
    { SYS_pwrite64, "pwrite" },
    { SYS_writev, "writev" },
    { SYS_fsync, "fsync" },
    { SYS_fdatasync, "fdatasync" },
    { SYS_flock, "flock" },
    { SYS_fcntl, "fcntl" },
    { SYS_openat, "open" },
    { SYS_nanosleep, "nanosleep" },
    { SYS_clock_nanosleep, "clock_nanosleep" },
    { SYS_futex, "futex" },
    { SYS_wait4, "wait" },
    { SYS_waitid, "waitid" },
    { SYS_connect, "connect" },
    { SYS_accept, "accept" },
    { SYS_accept4, "accept" },
    { SYS_recvfrom, "recv" },
    { SYS_recvmsg, "recvmsg" },
    { SYS_sendto, "send" },
    { SYS_sendmsg, "sendmsg" },
    { SYS_ppoll, "poll" },
    { SYS_pselect6, "select" },
    { SYS_epoll_pwait, "epoll_wait" },
    { SYS_rt_sigtimedwait, "sigwait" },
    { SYS_rt_sigsuspend, "sigsuspend" },
    { SYS_semop, "semop" },
    { SYS_msgrcv, "msgrcv" },
#ifdef SYS_poll /* newer machines have fewer calls */
    { SYS_poll, "poll" },
#endif
#ifdef SYS_select
    { SYS_select, "select" },
#endif
#ifdef SYS_epoll_wait
    { SYS_epoll_wait, "epoll_wait" },
#endif
#ifdef SYS_pause
    { SYS_pause, "pause" },
#endif
#ifdef SYS_open
    { SYS_open, "open" },
#endif
};

const char *ct_thread_call(pid_t pid)
{
    char text[256], *end;
    if (!read_proc(pid, "syscall", text, sizeof text))
        return NULL;
    long number = strtol(text, &end, 10);
    for (size_t i = 0; end > text && i < CT_COUNT(calls); i++)
        if (calls[i].number == number)
            return calls[i].name;
    return NULL;
}
