/* Handlers that do not yield: what the log says, once, and what `hang_timeout` makes of them. The program serves
 * itself, with a supervisor and one worker; the handlers are at it for about a second. */
#include <canteen.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE (20 * CT_SECOND)

static ct_time clock_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (ct_time)time.tv_sec * CT_SECOND + time.tv_nsec / 1000;
}

/* ---- the app ---- */

static ct_response *spin(ct *c)
{
    for (ct_time end = clock_now() + CT_SECOND; clock_now() < end;)
        ;
    return ct_text(c, "spun");
}

static ct_response *block(ct *c)
{
    struct timespec second = { .tv_sec = 1 };
    return ct_text(c, nanosleep(&second, NULL) == 0 ? "blocked" : "woken");
}

/* Neither sleeps nor computes all the time. */
static ct_response *block_often(ct *c)
{
    int broken = 0;
    for (ct_time end = clock_now() + CT_SECOND; clock_now() < end;)
        broken += poll(NULL, 0, 30) != 0;
    return ct_text(c, broken ? "woken" : "blocked");
}

static ct_response *spin_for_ever(ct *c)
{
    for (volatile int i = 0; i < 2; i = 1)
        ;
    return ct_text(c, "not reached");
}

static ct_response *block_later(ct *c)
{
    ct_sleep(c, 300 * CT_MILLISECOND);
    return block(c);
}

static void spin_behind(ct *c, void *arg)
{
    (void)arg;
    spin(c);
}

static ct_response *after(ct *c)
{
    ct_after_response(c, spin_behind, NULL);
    return ct_text(c, "answered");
}

static ct_response *wait_long(ct *c)
{
    ct_sleep(c, CT_SECOND);
    return ct_text(c, "waited");
}

/* As long as the others, but it yields. */
static ct_response *work(ct *c)
{
    for (ct_time end = clock_now() + CT_SECOND; clock_now() < end; ct_sleep(c, 0))
        usleep(20000);
    return ct_text(c, "worked");
}

static const ct_app app = {
    .name = "hangs",
    .routes = ROUTES(GET("/spin", spin), GET("/block", block), GET("/often", block_often), GET("/ever", spin_for_ever),
                     GET("/after", after), GET("/wait", wait_long), GET("/later", block_later), GET("/work", work)),
};

/* ---- the server ---- */

static char folder[64], path[96], log_path[96];
static pid_t server;

static const char *read_log(void)
{
    static char text[1 << 16];
    int fd = open(log_path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static int count(const char *word)
{
    int found = 0;
    for (const char *at = read_log(); (at = strstr(at, word)) != NULL; at++)
        found++;
    return found;
}

static void await(const char *word)
{
    for (ct_time end = clock_now() + PATIENCE; !count(word); usleep(5000))
        if (clock_now() > end)
            fail_msg("not in the log: %s\n%s", word, read_log());
}

static void start_with(const char *warning, const char *timeout, const char *debug)
{
    char bind[128];
    snprintf(bind, sizeof bind, "unix:%s", path);
    server = fork();
    if (server == 0) {
        int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        dup2(fd, STDERR_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl("/proc/self/exe", "hangs", "run", "--bind", bind, "--workers", "1", "--log-format", "text",
              "--no-access-log", "--hang-warning", warning, "--hang-timeout", timeout, debug, (char *)NULL);
        _exit(127);
    }
    await("hangs serves on");
}

static void start(const char *warning, const char *timeout)
{
    start_with(warning, timeout, "--no-debug");
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/canteen-hangs-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int status = 0;
    kill(server, SIGTERM);
    waitpid(server, &status, 0);
    unlink(log_path);
    unlink(path);
    return rmdir(folder) < 0 || status != 0;
}

static int dial(void)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void send_get(int fd, const char *target, const char *connection)
{
    char request[128];
    int length =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: %s\r\n\r\n", target, connection);
    assert_int_equal(send(fd, request, (size_t)length, MSG_NOSIGNAL), length);
}

/* All that comes until the end of the connection; static, until the next call. */
static const char *receive(int fd)
{
    static char answer[4096];
    size_t used = 0;
    for (ssize_t n; used < sizeof answer - 1 && (n = recv(fd, answer + used, sizeof answer - 1 - used, 0)) > 0;)
        used += (size_t)n;
    answer[used] = '\0';
    close(fd);
    return answer;
}

/* The answer to a GET, whole. */
static const char *ask(const char *target)
{
    int fd = dial();
    send_get(fd, target, "close");
    return receive(fd);
}

/* A connection that the worker has accepted and keeps. */
static int dial_kept(void)
{
    char answer[1024];
    int fd = dial();
    send_get(fd, "/", "keep-alive");
    assert_true(recv(fd, answer, sizeof answer, 0) > 0);
    return fd;
}

/* ---- tests ---- */

static void test_a_loop_is_told_of_once(void **state)
{
    (void)state;
    start("200ms", "0");
    assert_non_null(strstr(ask("/spin?a=1"), "\r\n\r\nspun"));
    await(" gets on again after ");
    assert_int_equal(count("the handler of GET /spin has not yielded for 0."), 1);
    assert_int_equal(count(" warning "), 1);
    assert_int_equal(count("spin at tests/process/test_hangs.c:"), 1);
    assert_non_null(strstr(ask("/spin"), "\r\n\r\nspun"));
    for (ct_time end = clock_now() + PATIENCE; count(" gets on again after ") < 2 && clock_now() < end;)
        usleep(5000);
    assert_int_equal(count("the handler of GET /spin has not yielded for 0."), 2);
}

static void test_a_call_that_blocks_is_told_of(void **state)
{
    (void)state;
    start("200ms", "0");
    assert_non_null(strstr(ask("/block?a=1"), "\r\n\r\nblocked"));
    await("the handler of GET /block has not yielded for 0.");
    assert_int_equal(count(", in a call that blocks (clock_nanosleep): worker "), 1);
    await(" gets on again after 1.");
    assert_non_null(strstr(ask("/often"), "\r\n\r\nblocked"));
    await("the handler of GET /often has not yielded for 0.");
    assert_int_equal(count(" warning "), 2);
}

/* Each for itself, though they take turns. */
static void test_the_request_is_the_one_that_runs(void **state)
{
    (void)state;
    start("200ms", "0");
    int waiting = dial();
    send_get(waiting, "/later", "close");
    usleep(20000);
    assert_non_null(strstr(ask("/quick"), "404"));
    assert_non_null(strstr(receive(waiting), "\r\n\r\nblocked"));
    await("the handler of GET /later has not yielded for 0.");
}

static pid_t find_worker(void)
{
    char name[64], text[32] = "";
    snprintf(name, sizeof name, "/proc/%d/task/%d/children", (int)server, (int)server);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
    close(fd);
    return (pid_t)strtol(text, NULL, 10);
}

/* By a debugger, or by hand: that is not its fault. */
static void test_a_stopped_worker_is_not(void **state)
{
    (void)state;
    start("500ms", "900ms");
    pid_t worker = find_worker();
    int fd = dial();
    send_get(fd, "/spin", "close");
    usleep(50000);
    kill(worker, SIGSTOP);
    usleep(1500000);
    kill(worker, SIGCONT);
    assert_non_null(strstr(receive(fd), "\r\n\r\nspun"));
    assert_int_equal(count(" warning "), 0);
    assert_int_equal(count("(hang_timeout)"), 0);
}

static void test_what_follows_an_answer_is_told_of(void **state)
{
    (void)state;
    start("200ms", "0");
    assert_non_null(strstr(ask("/after"), "\r\n\r\nanswered"));
    await("what follows the response to GET /after has not yielded for 0.");
}

static void test_what_yields_is_not(void **state)
{
    (void)state;
    start("400ms", "0");
    assert_non_null(strstr(ask("/wait"), "\r\n\r\nwaited"));
    assert_non_null(strstr(ask("/work"), "\r\n\r\nworked"));
    assert_int_equal(count(" warning "), 0);
}

static void test_nothing_is_told_without_the_setting(void **state)
{
    (void)state;
    start("0", "0");
    assert_non_null(strstr(ask("/spin"), "\r\n\r\nspun"));
    assert_int_equal(count(" warning "), 0);
}

/* One answer, as of a crash; others go on. */
static void test_the_setting_ends_it(void **state)
{
    (void)state;
    start("100ms", "300ms");
    assert_memory_equal(ask("/ever"), "HTTP/1.1 500 ", 13);
    await("(hang_timeout): what it does is ended");
    await("crashed in GET /ever: SIGABRT");
    assert_int_equal(count("the handler of GET /ever has not yielded for "), 1);
    assert_non_null(strstr(ask("/wait"), "\r\n\r\nwaited"));
}

/* Those that one worker has already: each has its time, and its answer. What waits beside them is not cut. */
static void test_the_setting_ends_each(void **state)
{
    (void)state;
    setenv("CANTEEN_CRASH_TIMEOUT", "1200ms", 1);
    start("100ms", "1400ms");
    unsetenv("CANTEEN_CRASH_TIMEOUT");
    int waiting = dial_kept(), loops[3];
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        loops[i] = dial_kept();
    send_get(waiting, "/wait", "close");
    usleep(20000);
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        send_get(loops[i], "/ever", "close");
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        assert_memory_equal(receive(loops[i]), "HTTP/1.1 500 ", 13);
    assert_non_null(strstr(receive(waiting), "\r\n\r\nwaited"));
    assert_int_equal(count("the handler of GET /ever has not yielded for "), 3);
    assert_int_equal(count("(hang_timeout): what it does is ended"), 3);
    assert_int_equal(count("killed "), 0);
    assert_int_equal(count("gets on again"), 0);
}

/* In development: Ctrl-C does not wait, and who waits for the answer sees where it hung. */
static void test_the_end_does_not_wait(void **state)
{
    (void)state;
    start_with("100ms", "0", "--debug");
    pid_t client = fork();
    if (client == 0)
        _exit(strstr(ask("/ever"), "spin_for_ever at tests/process/test_hangs.c:") == NULL);
    await("the handler of GET /ever has not yielded for ");
    ct_time before = clock_now();
    kill(server, SIGTERM);
    int status;
    assert_int_equal(waitpid(client, &status, 0), client);
    assert_int_equal(status, 0);
    await("stopped");
    assert_true(clock_now() - before < 15 * CT_SECOND);
    assert_int_equal(count("(the server stops): what it does is ended"), 1);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return ct_main(argc, argv, &app);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_loop_is_told_of_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_call_that_blocks_is_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_request_is_the_one_that_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stopped_worker_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_follows_an_answer_is_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_yields_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_told_without_the_setting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_setting_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_setting_ends_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_end_does_not_wait, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("hangs", tests, NULL, NULL);
}
