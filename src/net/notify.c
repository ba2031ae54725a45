/* Socket activation and notifications of systemd, spoken directly: an environment variable each, a datagram for news.
 *
 * NOTIFY_SOCKET stays in the environment, since the program that a reload executes needs it again.
 * Not here: vsock notification (virtual machines), LISTEN_FDNAMES' names (all sockets are served alike), FDSTORE. */
#include "net/notify.h"

#include "base/str.h"
#include "net/address.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3

/* A variable that is a whole number, or `otherwise`. */
static int64_t number_variable(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t value;
    return text && ct_str_to_int64(ct_str_of(text), &value) ? value : otherwise;
}

bool ct_notify_take_sockets(int **ret, size_t *ret_count, ct_error *error)
{
    int64_t pid = number_variable("LISTEN_PID", 0), count = number_variable("LISTEN_FDS", 0);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    *ret = NULL;
    *ret_count = 0;
    if (pid != getpid() || count <= 0)
        return true;
    if (count > 1024)
        return ct_fail(error, "LISTEN_FDS is %" PRId64 ": more than 1024 sockets are not taken", count);
    int *fds = ct_xcalloc((size_t)count, sizeof *fds);
    for (int i = 0; i < count; i++) {
        fds[i] = FIRST_FD + i;
        if (!ct_address_prepare(fds[i])) {
            ct_fail(error,
                    "descriptor %d, passed by LISTEN_FDS, is no listening stream socket: the .socket unit needs "
                    "ListenStream= and Accept=no",
                    fds[i]);
            free(fds);
            return false;
        }
    }
    *ret = fds;
    *ret_count = (size_t)count;
    return true;
}

static bool send_state(const char *path, const char *state, size_t length)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t path_length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || path_length >= sizeof(to.sun_path))
        return false;
    memcpy(to.sun_path, path, path_length);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    struct timeval patience = { .tv_sec = 1 };
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    ssize_t sent;
    do
        sent = sendto(fd, state, length, MSG_NOSIGNAL, (const struct sockaddr *)&to,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_length + (path[0] == '/')));
    while (sent < 0 && errno == EINTR);
    close(fd);
    return sent >= 0;
}

bool ct_notify(const char *format, ...)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path)
        return false;
    char state[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(state, sizeof(state), format, args);
    va_end(args);
    return length >= 0 && send_state(path, state, CT_MIN((size_t)length, sizeof(state) - 1));
}

ct_time ct_notify_watchdog(void)
{
    int64_t whole = number_variable("WATCHDOG_USEC", 0);
    if (whole <= 0 || number_variable("WATCHDOG_PID", getpid()) != getpid())
        return 0;
    return CT_MAX(whole / 2, 1);
}
