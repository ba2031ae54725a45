/* The service manager's protocols: which sockets are taken over, what is sent where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/notify.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_number(const char *name, long value)
{
    char text[32];
    snprintf(text, sizeof(text), "%ld", value);
    setenv(name, text, 1);
}

/* In a child, since the sockets must be the descriptors 3 and up: exits with what `check` returns. */
static int in_child(int (*check)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(check());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A stream socket as descriptor `fd`, listening or not. */
static void make_socket(int fd, bool listening)
{
    int made = socket(AF_INET, SOCK_STREAM, 0);
    if (listening)
        listen(made, 1);
    if (made != fd) {
        dup2(made, fd);
        close(made);
    }
}

static int takes_two(void)
{
    make_socket(3, true);
    make_socket(4, true);
    set_number("LISTEN_PID", getpid());
    set_number("LISTEN_FDS", 2);
    setenv("LISTEN_FDNAMES", "a:b", 1);
    int *fds;
    size_t count;
    ct_error error;
    bool ok = ct_notify_take_sockets(&fds, &count, &error) && count == 2 && fds[0] == 3 && fds[1] == 4;
    free(fds);
    ok = ok && (fcntl(3, F_GETFL) & O_NONBLOCK) && (fcntl(4, F_GETFD) & FD_CLOEXEC);
    return ok && !getenv("LISTEN_PID") && !getenv("LISTEN_FDS") && !getenv("LISTEN_FDNAMES") ? 0 : 1;
}

/* The variables were meant for another process: they are dropped, and so are its sockets. */
static int leaves_those_of_others(void)
{
    set_number("LISTEN_PID", getppid());
    set_number("LISTEN_FDS", 1);
    int *fds;
    size_t count = 9;
    ct_error error;
    bool ok = ct_notify_take_sockets(&fds, &count, &error);
    return ok && count == 0 && !fds && !getenv("LISTEN_FDS") ? 0 : 1;
}

static int refuses_unfit(void)
{
    make_socket(3, false);
    set_number("LISTEN_PID", getpid());
    set_number("LISTEN_FDS", 1);
    int *fds;
    size_t count;
    ct_error error;
    if (ct_notify_take_sockets(&fds, &count, &error))
        return 1;
    return strcmp(error.message, "descriptor 3, passed by LISTEN_FDS, is no listening stream socket: the .socket unit "
                                 "needs ListenStream= and Accept=no");
}

static void test_take_sockets(void **state)
{
    (void)state;
    assert_int_equal(in_child(takes_two), 0);
    assert_int_equal(in_child(leaves_those_of_others), 0);
    assert_int_equal(in_child(refuses_unfit), 0);
}

static void test_nothing_without_service_manager(void **state)
{
    (void)state;
    int *fds;
    size_t count;
    ct_error error;
    unsetenv("NOTIFY_SOCKET");
    assert_true(ct_notify_take_sockets(&fds, &count, &error));
    assert_null(fds);
    assert_int_equal(count, 0);
    assert_false(ct_notify("READY=1"));
}

/* A datagram socket at the address, "@" for abstract, named in NOTIFY_SOCKET. */
static int manager(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    size_t length = strlen(path);
    memcpy(at.sun_path, path, length);
    if (path[0] == '@')
        at.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/'));
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, size), 0);
    setenv("NOTIFY_SOCKET", path, 1);
    return fd;
}

static void receives(int fd, const char *expected)
{
    char text[1024];
    ssize_t size = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    assert_true(size >= 0);
    text[size] = '\0';
    assert_string_equal(text, expected);
}

static void test_notify(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "/tmp/test_notify_%d", (int)getpid());
    int fd = manager(path);
    assert_true(ct_notify("READY=1\nSTATUS=%d workers serve", 2));
    receives(fd, "READY=1\nSTATUS=2 workers serve");
    close(fd);
    assert_false(ct_notify("STOPPING=1")); /* nobody there */
    unlink(path);

    snprintf(path, sizeof(path), "@test_notify_%d", (int)getpid());
    fd = manager(path);
    assert_true(ct_notify("STOPPING=1"));
    receives(fd, "STOPPING=1");
    close(fd);
    setenv("NOTIFY_SOCKET", "relative", 1);
    assert_false(ct_notify("STOPPING=1"));
    unsetenv("NOTIFY_SOCKET");
}

static void test_watchdog(void **state)
{
    (void)state;
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(ct_notify_watchdog(), 0);
    setenv("WATCHDOG_USEC", "3000000", 1);
    assert_int_equal(ct_notify_watchdog(), 1500000);
    set_number("WATCHDOG_PID", getpid());
    assert_int_equal(ct_notify_watchdog(), 1500000);
    set_number("WATCHDOG_PID", getppid());
    assert_int_equal(ct_notify_watchdog(), 0);
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", "soon", 1);
    assert_int_equal(ct_notify_watchdog(), 0);
    unsetenv("WATCHDOG_USEC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_sockets),
        cmocka_unit_test(test_nothing_without_service_manager),
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_watchdog),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
