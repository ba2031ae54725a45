/* Other programs that a test runs, while its clients are served: a browser that looks at ct_client_live(). The
 * program's end is known by a descriptor of the process, so nobody blocks and no signal is needed. */
#include "test/test.h"

#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_BYTES ((size_t)16 * 1024)

/* Its input is empty, its standard output `out`; signals are as a shell would have them. */
static int start(const char *const *argv, int out, pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    /* The strings are not written to: that argv is not const is older than const. */
    union {
        const char *const *in;
        char *const *out;
    } words = { .in = argv };
    int error = posix_spawnp(ret_pid, argv[0], &files, &attributes, words.out, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* Reads what is there; false at the end. */
static bool drain(ct *c, int fd, ct_buffer *out)
{
    for (;;) {
        char *room = ct_buffer_reserve(out, READ_BYTES);
        if (!room)
            ct_out_of_memory(c);
        ssize_t n = read(fd, room, READ_BYTES);
        if (n > 0)
            out->length += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return false;
        else if (errno == EAGAIN)
            return true;
    }
}

static bool add(int set, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Until the program has ended; what children of it may still write is not waited for. `both` is ready when the process
 * has ended or there is output. */
static void wait_for(ct *c, int both, int process, int output, ct_buffer *out)
{
    siginfo_t info = { 0 };
    bool open = true;
    for (;;) {
        waitid(P_PIDFD, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT);
        if (open && !drain(c, output, out)) {
            epoll_ctl(both, EPOLL_CTL_DEL, output, NULL); /* or it would be ready all the time */
            open = false;
        }
        if (info.si_pid)
            return;
        ct_loop_wait_fd(ct_loop_current(), both, EPOLLIN, INT64_MAX);
    }
}

static int run(ct *c, const char *const *argv, const int pipe_fds[2], ct_buffer *out)
{
    pid_t pid;
    int error = start(argv, pipe_fds[1], &pid);
    close(pipe_fds[1]);
    if (error) {
        close(pipe_fds[0]);
        ct_test_fail(c, "ct_test_run: %s cannot be run: %s", argv[0], strerrordesc_np(error));
    }
    int process = pidfd_open(pid, 0), both = epoll_create1(EPOLL_CLOEXEC);
    if (process < 0 || both < 0 || !add(both, process) || !add(both, pipe_fds[0]))
        ct_die("no descriptors to wait for %s: %m", argv[0]);
    wait_for(c, both, process, pipe_fds[0], out);
    close(both);
    close(process);
    close(pipe_fds[0]);
    siginfo_t info = { 0 };
    waitid(P_PID, (id_t)pid, &info, WEXITED);
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int ct_test_run(ct *c, const char *const *argv, const char **ret_output)
{
    int fds[2];
    ct_buffer out = ct_buffer_in(c->arena);
    if (!c->test)
        ct_mistake(c, "ct_test_run() is for tests (CT_TEST) alone");
    if (pipe2(fds, O_CLOEXEC))
        ct_test_fail(c, "ct_test_run: no descriptors for a pipe: %m");
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    int code = run(c, argv, fds, &out);
    if (ret_output)
        *ret_output = ct_buffer_text(&out);
    return code;
}
