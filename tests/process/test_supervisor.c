/* The supervisor with real processes: the built examples/site/site on free loopback ports, watched from outside.
 *
 * Each test runs in a process of its own with a time limit. It prints "ok - name" or "not ok - name" with a line that
 * says what was expected. Servers are started with a parent-death signal, so none outlives its test; only processes
 * that were started here, or are children of those, are ever signalled. BUILD_TREE is the build folder (default
 * "build"). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_SECONDS 60
#define MOST_WORKERS 32

static char site[PATH_MAX]; /* the program */
static char folder[64];     /* of this test, removed afterwards */

#define expect(condition) expect_that((condition), #condition, __LINE__)

static void expect_that(bool condition, const char *text, int line)
{
    if (condition)
        return;
    printf("# line %d: expected: %s (%m)\n", line, text);
    fflush(stdout);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_ms(long milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

/* --- Servers
 * -------------------------------------------------------------------------------------------------------- */

typedef struct server {
    pid_t pid;
    char log[128]; /* the file with its standard error */
    int family, port;
    char path[108]; /* of its Unix socket */
} server;

typedef struct launch {
    const char *program, *bind, *workers;
    int listen_fd;        /* passed as descriptor 3 by LISTEN_FDS; 0: none */
    const char *drain;    /* drain_timeout, NULL: the default */
    const char *notify;   /* NOTIFY_SOCKET, or NULL */
    const char *watchdog; /* WATCHDOG_USEC, or NULL */
    bool bind_by_file;    /* no --bind: the file .env says */
} launch;

static void become_server(const server *to, const launch *how)
{
    int log = open(to->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    dup2(log, STDERR_FILENO);
    dup2(log, STDOUT_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (how->listen_fd) {
        char pid[16];
        snprintf(pid, sizeof(pid), "%d", (int)getpid());
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_FDS", "1", 1);
        if (how->listen_fd != 3)
            dup2(how->listen_fd, 3);
        else
            fcntl(3, F_SETFD, 0);
    }
    if (how->notify)
        setenv("NOTIFY_SOCKET", how->notify, 1);
    if (how->watchdog)
        setenv("WATCHDOG_USEC", how->watchdog, 1);
    if (how->drain)
        setenv("CANTEEN_DRAIN_TIMEOUT", how->drain, 1);
    const char *program = how->program ? how->program : site;
    const char *workers = how->workers ? how->workers : "2", *bind_to = how->bind ? how->bind : "127.0.0.1:0";
    if (how->bind_by_file)
        execl(program, program, "run", "--workers", workers, "--no-access-log", (char *)NULL);
    else
        execl(program, program, "run", "--bind", bind_to, "--workers", workers, "--no-access-log", (char *)NULL);
    _exit(127);
}

/* The log's text; static, until the next call. */
static const char *read_log(const server *of)
{
    static char text[1 << 18];
    int fd = open(of->log, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    text[size > 0 ? size : 0] = '\0';
    close(fd);
    return text;
}

static int count_in_log(const server *of, const char *text)
{
    int count = 0;
    for (const char *at = strstr(read_log(of), text); at; at = strstr(at + 1, text))
        count++;
    return count;
}

/* Waits until the log holds the text so many times. */
static void await_log(const server *of, const char *text, int times)
{
    for (double end = now() + 20; count_in_log(of, text) < times; pause_ms(5))
        if (now() > end) {
            printf("# not in the log %d times: %s\n%s\n", times, text, read_log(of));
            exit(1);
        }
}

static server start_unready(launch how)
{
    static int number;
    server started = { .family = AF_INET };
    snprintf(started.log, sizeof(started.log), "%s/log%d", folder, number++);
    started.pid = fork();
    if (started.pid == 0)
        become_server(&started, &how);
    expect(started.pid > 0);
    return started;
}

static server start(launch how)
{
    server started = start_unready(how);
    await_log(&started, " serves on ", 1);
    const char *url = strstr(read_log(&started), " serves on ") + strlen(" serves on ");
    int length = (int)strcspn(url, " ");
    if (strncmp(url, "unix:", 5) == 0) {
        started.family = AF_UNIX;
        snprintf(started.path, sizeof(started.path), "%.*s", length - 5, url + 5);
    } else {
        started.family = strncmp(url, "http://[", 8) == 0 ? AF_INET6 : AF_INET;
        started.port = (int)strtol((const char *)memrchr(url, ':', (size_t)length) + 1, NULL, 10);
    }
    return started;
}

/* The exit code of the server, which must end within the time; -signal when it was killed. */
static int await_exit(const server *of, double seconds)
{
    int status;
    for (double end = now() + seconds; waitpid(of->pid, &status, WNOHANG) == 0; pause_ms(5))
        if (now() > end) {
            printf("# still running after %.1f s:\n%s\n", seconds, read_log(of));
            exit(1);
        }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void stop(const server *of)
{
    kill(of->pid, SIGTERM);
    expect(await_exit(of, 20) == 0);
}

/* Whether /proc/PID/stat names the parent, and the process is no zombie. */
static bool is_child(pid_t pid, pid_t parent)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    const char *rest = strrchr(text, ')'); /* ") S 123": the state and the parent */
    return rest && strlen(rest) > 4 && rest[2] != 'Z' && strtol(rest + 4, NULL, 10) == (long)parent;
}

/* The processes it started and that live. */
static size_t workers_of(const server *of, pid_t ret[MOST_WORKERS])
{
    size_t count = 0;
    char path[64], text[512] = "";
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)of->pid, (int)of->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    char *rest = text;
    for (pid_t pid = (pid_t)strtol(rest, &rest, 10); pid > 0 && count < MOST_WORKERS;
         pid = (pid_t)strtol(rest, &rest, 10))
        if (is_child(pid, of->pid))
            ret[count++] = pid;
    return count;
}

static bool contains(const pid_t *pids, size_t count, pid_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

static void await_workers(const server *of, size_t wanted)
{
    pid_t pids[MOST_WORKERS];
    for (double end = now() + 20; workers_of(of, pids) != wanted; pause_ms(5))
        expect(now() < end);
}

/* --- Clients
 * -------------------------------------------------------------------------------------------------------- */

static int connect_to(const server *to)
{
    union {
        struct sockaddr base;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un unix_;
    } at = { 0 };
    socklen_t size = sizeof(at.v4);
    if (to->family == AF_UNIX) {
        at.unix_.sun_family = AF_UNIX;
        memcpy(at.unix_.sun_path, to->path, sizeof(to->path));
        size = sizeof(at.unix_);
    } else if (to->family == AF_INET6) {
        at.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
                                       .sin6_port = htons((uint16_t)to->port),
                                       .sin6_addr = IN6ADDR_LOOPBACK_INIT };
        size = sizeof(at.v6);
    } else {
        at.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)to->port) };
        at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    int fd = socket(to->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = { .tv_sec = 30 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (fd >= 0 && connect(fd, &at.base, size) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Reads one whole answer. Returns its status, 0 when it is not whole; *ret_close: the connection ends with it. */
static int read_answer(int fd, bool *ret_close)
{
    char text[65536];
    size_t used = 0, wanted = SIZE_MAX;
    int status = 0;
    bool chunked = false;
    while (used < wanted) {
        ssize_t size = recv(fd, text + used, sizeof(text) - 1 - used, 0);
        if (size <= 0)
            return 0;
        used += (size_t)size;
        text[used] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        if (end && !status) {
            const char *length = strcasestr(text, "\r\nContent-Length:"),
                       *close = strcasestr(text, "\r\nConnection: close");
            status = (int)strtol(text + strcspn(text, " "), NULL, 10);
            *ret_close = close && close < end;
            chunked = !length || length > end;
            if (!chunked)
                wanted = (size_t)(end + 4 - text) + strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
        }
        if (chunked && used >= 5 && memcmp(text + used - 5, "0\r\n\r\n", 5) == 0)
            wanted = used;
    }
    return status;
}

static bool ask(int fd, const char *target)
{
    char text[256];
    int size = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
    return send(fd, text, (size_t)size, MSG_NOSIGNAL) == size;
}

/* One request on a connection of its own: the status, 0 when there is no whole answer, -1 when there is no
 * connection. */
static int get(const server *from, const char *target)
{
    bool close_it;
    int fd = connect_to(from);
    if (fd < 0)
        return -1;
    int status = ask(fd, target) ? read_answer(fd, &close_it) : 0;
    close(fd);
    return status;
}

typedef struct request {
    const server *from;
    const char *target;
    int fd, status;
    pthread_t thread;
} request;

static void *run_request(void *arg)
{
    bool close_it;
    request *of = arg;
    of->status = read_answer(of->fd, &close_it);
    close(of->fd);
    return NULL;
}

/* Sends it to a worker that has the connection and has been asked before: so it has begun, or the worker finds it there
 * before it ends. */
static void begin(request *of)
{
    bool close_it;
    of->fd = connect_to(of->from);
    expect(of->fd >= 0 && ask(of->fd, "/") && read_answer(of->fd, &close_it) == 200 && ask(of->fd, of->target));
    expect(pthread_create(&of->thread, NULL, run_request, of) == 0);
}

static int end(const request *of)
{
    pthread_join(of->thread, NULL);
    return of->status;
}

/* Load: threads that ask as fast as they are answered. */
typedef struct load {
    const server *on;
    bool keep_alive;
    atomic_bool ended;
    long answered, failed;
    pthread_t thread;
} load;

static void *run_load(void *arg)
{
    load *of = arg;
    int fd = -1;
    while (!of->ended) {
        bool close_it = !of->keep_alive;
        if (fd < 0)
            fd = connect_to(of->on);
        bool closes = false;
        int status = fd >= 0 && ask(fd, "/") ? read_answer(fd, &closes) : 0;
        if (status == 200)
            of->answered++;
        else
            of->failed++;
        if ((close_it || closes || status != 200) && fd >= 0) {
            close(fd);
            fd = -1;
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

#define LOADS 4

static void begin_load(load loads[LOADS], const server *on)
{
    for (int i = 0; i < LOADS; i++) {
        loads[i] = (load){ .on = on, .keep_alive = i % 2 == 0 };
        expect(pthread_create(&loads[i].thread, NULL, run_load, &loads[i]) == 0);
    }
}

/* Ends the load; each thread must have been answered, and always. */
static void end_load(load loads[LOADS])
{
    for (int i = 0; i < LOADS; i++)
        loads[i].ended = true;
    for (int i = 0; i < LOADS; i++)
        pthread_join(loads[i].thread, NULL);
    for (int i = 0; i < LOADS; i++) {
        if (loads[i].failed)
            printf("# load %d (%s): %ld answered, %ld failed\n", i, loads[i].keep_alive ? "kept alive" : "fresh",
                   loads[i].answered, loads[i].failed);
        expect(loads[i].failed == 0 && loads[i].answered > 0);
    }
}

/* --- The tests
 * ------------------------------------------------------------------------------------------------------ */

static void killed_worker_is_replaced(void)
{
    server on = start((launch){ 0 });
    pid_t before[MOST_WORKERS], after[MOST_WORKERS];
    expect(workers_of(&on, before) == 2);
    pause_ms(1100); /* a worker that served for a second is replaced at once */
    kill(before[0], SIGKILL);
    await_log(&on, "was ended by SIGKILL", 1);
    await_workers(&on, 2);
    expect(workers_of(&on, after) == 2 && !contains(after, 2, before[0]) && contains(after, 2, before[1]));
    for (int i = 0; i < 20; i++)
        expect(get(&on, "/") == 200);
    stop(&on);
}

/* Both workers at once: for a moment none serves, yet connections wait and are answered. */
static void all_workers_killed(void)
{
    server on = start((launch){ 0 });
    pid_t before[MOST_WORKERS];
    expect(workers_of(&on, before) == 2);
    kill(before[0], SIGKILL);
    kill(before[1], SIGKILL);
    for (int i = 0; i < 20; i++)
        expect(get(&on, "/") == 200);
    stop(&on);
}

static void sigterm_drains(void)
{
    server on = start((launch){ 0 });
    request slow = { .from = &on, .target = "/slow?ms=1500" };
    begin(&slow);
    double begun = now();
    kill(on.pid, SIGTERM);
    while (get(&on, "/") != -1) /* soon nobody new is let in */
        expect(now() - begun < 5);
    expect(end(&slow) == 200);
    expect(await_exit(&on, 5) == 0);
    expect(now() - begun < 5);
}

static void idle_connections_do_not_hold_the_end_up(void)
{
    server on = start((launch){ 0 });
    bool close_it;
    int kept = connect_to(&on), silent = connect_to(&on);
    expect(kept >= 0 && silent >= 0 && ask(kept, "/") && read_answer(kept, &close_it) == 200);
    double begun = now();
    stop(&on);
    expect(now() - begun < 3);
    close(kept);
    close(silent);
}

static void second_sigterm_ends_at_once(void)
{
    server on = start((launch){ 0 });
    request slow = { .from = &on, .target = "/slow?ms=20000" };
    begin(&slow);
    kill(on.pid, SIGTERM);
    await_log(&on, "stopping: ", 1);
    double begun = now();
    kill(on.pid, SIGTERM);
    expect(await_exit(&on, 3) == 1);
    expect(now() - begun < 2);
    expect(end(&slow) != 200);
}

static void stuck_worker_is_killed(void)
{
    server on = start((launch){ .drain = "1s" });
    pid_t workers[MOST_WORKERS];
    expect(workers_of(&on, workers) == 2);
    kill(workers[0], SIGSTOP);
    kill(on.pid, SIGTERM);
    expect(await_exit(&on, 10) == 0);
    expect(count_in_log(&on, "killed 1 worker ") == 1);
}

static void reload_under_load(void)
{
    server on = start((launch){ 0 });
    pid_t before[MOST_WORKERS], after[MOST_WORKERS];
    expect(workers_of(&on, before) == 2);
    load loads[LOADS];
    begin_load(loads, &on);
    request slow = { .from = &on, .target = "/slow?ms=2000" };
    begin(&slow);
    for (int i = 1; i <= 3; i++) {
        pause_ms(300);
        kill(on.pid, SIGHUP);
        await_log(&on, "the new workers are ready", i);
    }
    expect(end(&slow) == 200);
    pause_ms(300);
    end_load(loads);
    await_workers(&on, 2);
    expect(workers_of(&on, after) == 2 && !contains(before, 2, after[0]) && !contains(before, 2, after[1]));
    expect(count_in_log(&on, "killed ") == 0);
    stop(&on);
}

/* One more SIGHUP while a reload is under way is not forgotten. */
static void second_sighup_is_kept(void)
{
    server on = start((launch){ 0 });
    kill(on.pid, SIGHUP);
    await_log(&on, "reload: checking", 1);
    kill(on.pid, SIGHUP);
    await_log(&on, "the new workers are ready", 2);
    expect(get(&on, "/") == 200);
    stop(&on);
}

static void copy_file(const char *from, const char *to)
{
    char block[65536], fresh[PATH_MAX];
    snprintf(fresh, sizeof(fresh), "%s.new", to);
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    expect(in >= 0 && out >= 0);
    for (ssize_t size = read(in, block, sizeof(block)); size > 0; size = read(in, block, sizeof(block)))
        expect(write(out, block, (size_t)size) == size);
    close(in);
    close(out);
    expect(rename(fresh, to) == 0);
}

static void reload_of_a_bad_program_is_refused(void)
{
    char program[128], script[160];
    snprintf(program, sizeof(program), "%s/site", folder);
    snprintf(script, sizeof(script), "%s/script", folder);
    copy_file(site, program);
    server on = start((launch){ .program = program });
    pid_t before[MOST_WORKERS], after[MOST_WORKERS];
    expect(workers_of(&on, before) == 2);

    int fd = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    expect(fd >= 0 && write(fd, "#!/bin/sh\nexit 3\n", 17) == 17);
    close(fd);
    copy_file(script, program);
    kill(on.pid, SIGHUP);
    await_log(&on, "the new program failed its check (exit code 3): the running program serves on", 1);
    expect(get(&on, "/") == 200);

    copy_file("/bin/true", program); /* it ends well, but is no server */
    kill(on.pid, SIGHUP);
    await_log(&on, "the new program ended without serving: the running program serves on", 1);
    expect(get(&on, "/") == 200);

    expect(unlink(program) == 0);
    kill(on.pid, SIGHUP);
    await_log(&on, "the new program failed its check (exit code 1): the running program serves on", 1);
    expect(workers_of(&on, after) == 2 && contains(before, 2, after[0]) && contains(before, 2, after[1]));

    copy_file(site, program); /* repaired */
    kill(on.pid, SIGHUP);
    await_log(&on, "the new workers are ready", 1);
    await_workers(&on, 2);
    expect(workers_of(&on, after) == 2 && !contains(before, 2, after[0]) && !contains(before, 2, after[1]));
    expect(get(&on, "/") == 200);
    stop(&on);
}

/* The path is followed anew: a symbolic link that was switched to another release leads there. */
static void reload_follows_the_link(void)
{
    char first[128], second[128], link[128], target[PATH_MAX], exe[64];
    snprintf(first, sizeof(first), "%s/first", folder);
    snprintf(second, sizeof(second), "%s/second", folder);
    snprintf(link, sizeof(link), "%s/current", folder);
    copy_file(site, first);
    copy_file(site, second);
    expect(symlink("first", link) == 0);
    server on = start((launch){ .program = link });
    expect(unlink(link) == 0 && symlink("second", link) == 0);
    kill(on.pid, SIGHUP);
    await_log(&on, "the new workers are ready", 1);
    snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)on.pid);
    ssize_t size = readlink(exe, target, sizeof(target) - 1);
    expect(size > 0);
    target[size] = '\0';
    expect(strcmp(target, second) == 0);
    stop(&on);
}

static void write_dotenv(const char *text)
{
    int fd = open(".env", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    expect(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

/* New addresses are opened and old ones closed by a reload; one that cannot be had keeps all as it is. */
static void reload_changes_addresses(void)
{
    expect(chdir(folder) == 0);
    write_dotenv("CANTEEN_BIND=unix:first\n");
    server on = start((launch){ .bind_by_file = true });
    expect(get(&on, "/") == 200);
    write_dotenv("CANTEEN_BIND=unix:second,unix:third\n");
    kill(on.pid, SIGHUP);
    await_log(&on, "the new workers are ready", 1);
    server second = { .family = AF_UNIX, .path = "second" }, third = { .family = AF_UNIX, .path = "third" };
    expect(get(&second, "/") == 200 && get(&third, "/") == 200);
    expect(access("first", F_OK) < 0);
    write_dotenv("CANTEEN_BIND=unix:third,unix:none/fourth\n");
    kill(on.pid, SIGHUP);
    await_log(&on, "cannot listen on unix:none/fourth: the folder of the socket does not exist; make it first", 1);
    await_log(&on, "the new program failed its check (exit code 1): the running program serves on", 1);
    expect(get(&second, "/") == 200 && get(&third, "/") == 200);
    stop(&on);
    expect(access("second", F_OK) < 0 && access("third", F_OK) < 0);
}

static void crash_costs_one_answer(void)
{
    server on = start((launch){ .workers = "1" });
    pid_t before[MOST_WORKERS], after[MOST_WORKERS];
    expect(workers_of(&on, before) == 1);
    request slow = { .from = &on, .target = "/slow?ms=1500" };
    begin(&slow);
    expect(get(&on, "/crash") == 500);
    for (int i = 0; i < 20; i++)
        expect(get(&on, "/") == 200); /* by the successor */
    expect(end(&slow) == 200);
    await_workers(&on, 1);
    expect(workers_of(&on, after) == 1 && after[0] != before[0]);
    await_log(&on, "crashed in GET /crash: SIGSEGV", 1);
    await_log(&on, " crash at examples/site/lab.c:", 1);
    stop(&on);
}

static void crash_behind_an_answer_names_its_request(void)
{
    server on = start((launch){ .workers = "1" });
    expect(get(&on, "/behind") == 200);
    await_log(&on, "crashed after the response to GET /behind: SIGABRT (Aborted)", 1);
    await_log(&on, "\",\"message\":\"  #0 ", 1); /* behind the request's id */
    await_log(&on, "\",\"message\":\"after the response: it crashed, and the 2 behind it do not run\"", 1);
    await_workers(&on, 1);
    expect(get(&on, "/") == 200);
    stop(&on);
}

static void many_crashes_under_load(void)
{
    server on = start((launch){ 0 });
    for (int i = 0; i < 10; i++) {
        expect(get(&on, "/crash") == 500);
        expect(get(&on, "/") == 200);
    }
    await_log(&on, "crashed in GET /crash", 10);
    stop(&on);
}

static void workers_end_with_the_supervisor(void)
{
    server on = start((launch){ 0 });
    pid_t workers[MOST_WORKERS];
    size_t count = workers_of(&on, workers);
    expect(count == 2);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* so that the orphans end up here */
    kill(on.pid, SIGKILL);
    expect(await_exit(&on, 5) == -SIGKILL);
    double begun = now();
    for (size_t left = count; left; pause_ms(5)) {
        int status;
        expect(now() - begun < 5);
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid > 0 && contains(workers, count, pid)) {
            expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            left--;
        }
    }
}

static int listen_free(server *ret)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    expect(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, 64) == 0);
    expect(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
    ret->port = ntohs(at.sin_port);
    ret->family = AF_INET;
    return fd;
}

static void socket_activation(void)
{
    server given;
    int fd = listen_free(&given);
    /* The address on the command line does not count, not even a bad one for this machine. */
    server on = start((launch){ .listen_fd = fd, .bind = "192.0.2.1:1" });
    expect(on.port == given.port);
    expect(count_in_log(&on, " serves on ") == 1);
    expect(get(&given, "/") == 200);
    kill(on.pid, SIGHUP);
    await_log(&on, "the new workers are ready", 1);
    expect(get(&given, "/") == 200);
    stop(&on);
    close(fd);
}

/* What the service manager hears next, but for WATCHDOG=1. */
static void hears(int manager, const char *expected)
{
    char text[1024];
    do {
        struct pollfd polled = { .fd = manager, .events = POLLIN };
        expect(poll(&polled, 1, 20000) == 1);
        ssize_t size = recv(manager, text, sizeof(text) - 1, 0);
        expect(size > 0);
        text[size] = '\0';
    } while (strcmp(text, "WATCHDOG=1") == 0);
    if (strncmp(text, expected, strlen(expected)) != 0) {
        printf("# expected %s, heard %s\n", expected, text);
        exit(1);
    }
}

static void notifications(void)
{
    char path[108];
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    snprintf(path, sizeof(path), "%s/notify", folder);
    memcpy(at.sun_path, path, sizeof(path));
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    expect(manager >= 0 && bind(manager, (struct sockaddr *)&at, sizeof(at)) == 0);
    server on = start((launch){ .notify = path, .watchdog = "200000" });
    hears(manager, "READY=1\n");
    for (int i = 0; i < 3; i++) {
        char text[64] = "";
        expect(recv(manager, text, sizeof(text) - 1, 0) > 0 && strcmp(text, "WATCHDOG=1") == 0);
    }
    kill(on.pid, SIGHUP);
    hears(manager, "RELOADING=1\nMONOTONIC_USEC=");
    hears(manager, "READY=1\n");
    kill(on.pid, SIGTERM);
    hears(manager, "STOPPING=1");
    expect(await_exit(&on, 10) == 0);
    close(manager);
}

static void unix_socket(void)
{
    char bind_to[128];
    snprintf(bind_to, sizeof(bind_to), "unix:%s/socket", folder);
    server on = start((launch){ .bind = bind_to });
    expect(get(&on, "/") == 200);
    server second = start_unready((launch){ .bind = bind_to });
    expect(await_exit(&second, 5) == 1);
    expect(count_in_log(&second, "address already in use") == 1);
    expect(get(&on, "/") == 200); /* it was left alone */
    kill(on.pid, SIGHUP);
    await_log(&on, "the new workers are ready", 1);
    expect(get(&on, "/") == 200);
    stop(&on);
    expect(access(on.path, F_OK) < 0);
}

static void ipv6(void)
{
    server probe = { .family = AF_INET6, .port = 9 };
    int fd = connect_to(&probe);
    if (fd < 0 && errno != ECONNREFUSED)
        return; /* this machine has no IPv6 */
    close(fd);
    server on = start((launch){ .bind = "[::1]:0" });
    expect(on.family == AF_INET6 && get(&on, "/") == 200);
    stop(&on);
}

static void several_addresses(void)
{
    char bind_to[160];
    snprintf(bind_to, sizeof(bind_to), "127.0.0.1:0,unix:%s/also", folder);
    server on = start((launch){ .bind = bind_to });
    await_log(&on, " serves on ", 2);
    expect(get(&on, "/") == 200);
    server also = { .family = AF_UNIX };
    snprintf(also.path, sizeof(also.path), "%s/also", folder);
    expect(get(&also, "/") == 200);
    stop(&on);
}

/* A server that closes while the client still sends must not reset the connection: that would destroy the answer. All
 * goes by one send: a server that has answered before the rest was sent may have closed, as the client asked. */
static void unread_bytes_do_not_cost_the_answer(void)
{
    static char sent[300000];
    static const char *const requests[] = {
        "GET /users/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
        "not HTTP at all\r\n\r\n",
    };
    static const int statuses[] = { 200, 413, 400 };
    server on = start((launch){ .bind = "127.0.0.1:0" });
    for (int i = 0; i < 30; i++) {
        int fd = connect_to(&on);
        bool close_follows = false;
        const char *text = requests[i % 3];
        memset(sent, 'x', sizeof(sent));
        memcpy(sent, text, strlen(text));
        expect(send(fd, sent, sizeof(sent), MSG_NOSIGNAL | MSG_DONTWAIT) > (ssize_t)strlen(text));
        pause_ms(5);
        expect(read_answer(fd, &close_follows) == statuses[i % 3] && close_follows);
        char rest;
        expect(recv(fd, &rest, 1, 0) == 0); /* an end, not a reset */
        close(fd);
    }
    stop(&on);
}

static void start_fails(const char *bind_to, int code, const char *message)
{
    server on = start_unready((launch){ .bind = bind_to });
    expect(await_exit(&on, 10) == code);
    const char *text = read_log(&on);
    if (!strstr(text, message) || strchr(text, '\n') != text + strlen(text) - 1) {
        printf("# expected one line with: %s\n# got: %s\n", message, text);
        exit(1);
    }
}

static void bad_addresses_are_one_line(void)
{
    server taken;
    int fd = listen_free(&taken);
    char bind_to[64], message[256];
    snprintf(bind_to, sizeof(bind_to), "127.0.0.1:%d", taken.port);
    snprintf(message, sizeof(message),
             "cannot listen on %s: address already in use: another program (maybe an earlier run) has the port; choose "
             "another with --bind HOST:PORT",
             bind_to);
    start_fails(bind_to, 1, message);
    start_fails("192.0.2.1:8000", 1, "no interface of this machine has that address");
    close(fd);
}

/* --- Running them
 * --------------------------------------------------------------------------------------------------- */

typedef struct test {
    const char *name;
    void (*run)(void);
} test;

static const test tests[] = {
    { "a killed worker is replaced", killed_worker_is_replaced },
    { "service goes on when all workers were killed", all_workers_killed },
    { "SIGTERM lets requests finish", sigterm_drains },
    { "idle connections do not hold the end up", idle_connections_do_not_hold_the_end_up },
    { "a second SIGTERM ends at once", second_sigterm_ends_at_once },
    { "a stuck worker is killed after the drain time", stuck_worker_is_killed },
    { "SIGHUP under load fails no request", reload_under_load },
    { "a second SIGHUP is kept", second_sighup_is_kept },
    { "SIGHUP with a bad program serves on", reload_of_a_bad_program_is_refused },
    { "SIGHUP follows a switched link", reload_follows_the_link },
    { "SIGHUP changes addresses", reload_changes_addresses },
    { "a crash costs one answer", crash_costs_one_answer },
    { "a crash behind an answer names its request", crash_behind_an_answer_names_its_request },
    { "many crashes, and service goes on", many_crashes_under_load },
    { "workers end with the supervisor", workers_end_with_the_supervisor },
    { "socket activation", socket_activation },
    { "notifications in order", notifications },
    { "Unix socket", unix_socket },
    { "IPv6", ipv6 },
    { "several addresses", several_addresses },
    { "unread bytes do not cost the answer", unread_bytes_do_not_cost_the_answer },
    { "bad addresses are told in one line", bad_addresses_are_one_line },
};

static void remove_folder(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

static int number; /* of the test, for the report in TAP */

static bool run_test(const test *one)
{
    snprintf(folder, sizeof(folder), "/tmp/test_supervisor_XXXXXX");
    if (!mkdtemp(folder))
        return false;
    double begun = now();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(TEST_SECONDS);
        one->run();
        fflush(stdout);
        _exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        printf("# ended by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
    printf("%s %d - %s (%.1f s)\n", status == 0 ? "ok" : "not ok", ++number, one->name, now() - begun);
    remove_folder();
    return status == 0;
}

/* With arguments, only the tests whose names contain one of them. */
int main(int argc, char **argv)
{
    const char *build = getenv("BUILD_TREE");
    char path[PATH_MAX - 64];
    signal(SIGPIPE, SIG_IGN);
    if (!realpath(build ? build : "build", path)) {
        printf("not ok - no build folder: set BUILD_TREE\n");
        return 1;
    }
    snprintf(site, sizeof(site), "%s/examples/site/site", path);
    if (access(site, X_OK) < 0) {
        printf("not ok - %s is not there: build the examples\n", site);
        return 1;
    }
    bool ok = true;
    for (size_t i = 0; i < sizeof(tests) / sizeof *tests; i++) {
        bool chosen = argc < 2;
        for (int j = 1; j < argc; j++)
            chosen |= strstr(tests[i].name, argv[j]) != NULL;
        if (chosen)
            ok &= run_test(&tests[i]);
    }
    printf("1..%d\n", number);
    return ok ? 0 : 1;
}
