/* The command `test`, as its users meet it. This program is its own sample: with arguments it is an app with tests of
 * every end that a test can come to; without, it runs itself and looks at what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <canteen.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the app ---- */

static ct_response *home(ct *c)
{
    ct_log_warning(c, "home was asked");
    return ct_text(c, "hello");
}

extern const ct_app app;

CT_TEST(works)
{
    ct_client *web = ct_client_new(c, &app);
    CT_CHECK_EQ(ct_client_get(web, "/")->body, "hello");
    puts("nobody sees this");
}

CT_TEST(settings)
{
    CT_CHECK(!ct_setting_flag(c, "debug"));
    CT_CHECK(!ct_setting_flag(c, "access_log"));
    CT_CHECK_EQ(strlen(ct_setting_text(c, "secret_key")), 64);
    CT_CHECK_EQ(ct_setting_text(c, "from_environment"), "yes");
    CT_CHECK_EQ(ct_setting_text(c, "from_dotenv"), "yes");
}

CT_TEST(fails)
{
    ct_client *web = ct_client_new(c, &app);
    ct_reply *r = ct_client_get(web, "/");
    printf("out");
    fflush(stdout);
    fprintf(stderr, "put <&\x01\xff\n");
    CT_CHECK_EQ(r->status, 302);
}

static volatile int *volatile nothing;
static volatile bool on = true;

static __attribute__((noinline)) void use_nothing(void)
{
    nothing = (volatile int *)(uintptr_t)16; /* a member of what is NULL: nothing that a sanitizer tells first */
    *nothing = 1;
}

CT_TEST(crashes)
{
    (void)c;
    puts("before");
    use_nothing();
}

static ct_response *crash(ct *c)
{
    use_nothing();
    return ct_text(c, "");
}

CT_TEST(handler_crashes)
{
    ct_client_get(ct_client_new(c, &app), "/crash");
}

static __attribute__((noinline)) int recurse(volatile char *from)
{
    volatile char space[4096];
    space[0] = from ? from[0] : 0;
    return on ? recurse(space) + space[0] : 0;
}

CT_TEST(overflows)
{
    (void)c;
    recurse(NULL);
}

CT_TEST(loops)
{
    (void)c;
    while (on)
        ;
}

CT_TEST(waits)
{
    ct_sleep(c, CT_HOUR);
}

static ct_response *slow(ct *c)
{
    ct_sleep(c, CT_HOUR);
    return ct_text(c, "at last");
}

CT_TEST(hangs_on_an_answer)
{
    ct_client *web = ct_client_new(c, &app);
    ct_client_get(web, "/slow?n=%d", 1);
}

static void write_pid(pid_t pid)
{
    FILE *file = fopen("pid", "w");
    fprintf(file, "%d", (int)pid);
    fclose(file);
}

CT_TEST(stubborn)
{
    (void)c;
    write_pid(getpid());
    signal(SIGABRT, SIG_IGN);
    for (;;)
        pause();
}

CT_TEST(exits)
{
    (void)c;
    _exit(3);
}

CT_TEST(killed)
{
    (void)c;
    raise(SIGKILL);
}

static void exit_badly(void)
{
    _exit(5);
}

CT_TEST(ends_badly)
{
    (void)c;
    atexit(exit_badly);
}

CT_TEST(leaves_a_process)
{
    (void)c;
    pid_t pid = fork();
    if (pid == 0) {
        sleep(100); /* with the test's output open */
        _exit(0);
    }
    write_pid(pid);
}

CT_TEST(writes_much)
{
    (void)c;
    for (int i = 0; i < 100000; i++)
        printf("line %d of many that are too much for anybody\n", i);
    CT_FAIL("enough");
}

/* A few lines more than are shown, and fewer bytes than are kept. */
CT_TEST(writes_lines)
{
    (void)c;
    for (int i = 1; i <= 203; i++)
        printf("line %d\n", i);
    CT_FAIL("enough");
}

CT_TEST(writes_enough)
{
    (void)c;
    for (int i = 1; i <= 200; i++)
        printf("line %d\n", i);
    CT_FAIL("enough");
}

CT_TEST(writes_one_line)
{
    (void)c;
    for (int i = 0; i < 1000000; i++)
        putchar('x');
    CT_FAIL("enough");
}

static void close_everything(void)
{
    close_range(0, ~0u, 0);
}

CT_TEST(closes_descriptors)
{
    (void)c;
    close_everything();
}

CT_TEST(closes_descriptors_with_a_client)
{
    ct_client_get(ct_client_new(c, &app), "/");
    close_everything();
}

CT_TEST(closes_a_socket)
{
    (void)c;
    for (int fd = 3; fd < 100; fd++)
        shutdown(fd, SHUT_RDWR);
}

CT_TEST(leaves_early)
{
    (void)c;
    _exit(0); /* as exit(), which a sanitizer makes fail for what the runner has not freed yet */
}

CT_TEST(naps)
{
    (void)c;
    nanosleep(&(struct timespec){ .tv_nsec = 400000000 }, NULL); /* a blocking one: each has a process */
}

CT_TEST(naps_too)
{
    naps.run(c);
}

/* While others run: nothing of theirs, or of the runner's, is open here. */
CT_TEST(naps_not)
{
    char byte;
    DIR *folder = opendir("/proc/self/fd");
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char link[256] = "";
        if (readlinkat(dirfd(folder), entry->d_name, link, sizeof(link) - 1) > 0)
            CT_CHECK_LACKS(link, "anon_inode:[pidfd]");
        CT_CHECK_LACKS(link, "signalfd");
    }
    closedir(folder);
    CT_CHECK_EQ(read(STDIN_FILENO, &byte, 1), 0);
}

static const ct_app inner = { .name = "inner", .tests = TESTS(&fails, &works) };
const ct_app app = {
    .name = "outer",
    .routes =
        ROUTES(GET("/", home), GET("/crash", crash), GET("/slow", slow), MOUNT("/a", &inner), MOUNT("/b", &inner)),
    .settings = SETTINGS(SET("debug", "true"), SETTING("from_environment", ""), SETTING("from_dotenv", "")),
    .tests = TESTS(&works, &settings, &crashes, &handler_crashes, &overflows, &loops, &waits, &hangs_on_an_answer,
                   &stubborn, &exits, &killed, &ends_badly, &leaves_a_process, &writes_much, &writes_lines,
                   &writes_enough, &writes_one_line, &closes_descriptors, &closes_descriptors_with_a_client,
                   &closes_a_socket, &leaves_early, &naps, &naps_not, &naps_too),
};
static const ct_app without = { .name = "without" };

/* ---- running it ---- */

static char work[] = "/tmp/canteen-tests-XXXXXX";
static char out[131072], err[65536];

static void slurp(const char *name, char *ret, size_t size)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", work, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    ret[fread(ret, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void redirect(const char *name, int fd)
{
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, fd) < 0)
        _exit(99);
}

static pid_t begin(const char *const *words)
{
    static char copies[8][128] = { "app" };
    char *argv[9] = { copies[0] };
    for (int i = 0; words[i]; i++) {
        snprintf(copies[i + 1], sizeof(copies[0]), "%s", words[i]);
        argv[i + 1] = copies[i + 1];
    }
    pid_t pid = fork();
    if (pid == 0) {
        static char from_environment[] = "CANTEEN_FROM_ENVIRONMENT=yes", debug[] = "CANTEEN_DEBUG=on";
        char *environment[] = { from_environment, debug, NULL };
        if (chdir(work))
            _exit(99);
        redirect("out", STDOUT_FILENO);
        redirect("err", STDERR_FILENO);
        execve("/proc/self/exe", argv, environment);
        _exit(99);
    }
    return pid;
}

/* Writes over the durations, "(12 ms)" and time="0.012". */
static void hide_times(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        size_t opening = strncmp(at, " (", 2) == 0 ? 2 : strncmp(at, " time=\"", 7) == 0 ? 7 : 0;
        size_t digits = opening ? strspn(at + opening, "0123456789.") : 0;
        if (digits && (opening == 7 || strncmp(at + opening + digits, " ms)", 4) == 0))
            at += opening + digits + (opening == 7 ? 1 : 4);
        else
            *to++ = *at++;
    }
    *to = '\0';
}

/* The exit code; what was printed is then in `out` and `err`. */
static int run_words(const char *const *words)
{
    int status;
    pid_t pid = begin(words);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    slurp("out", out, sizeof(out));
    slurp("err", err, sizeof(err));
    hide_times(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define RUN(...) run_words((const char *const[]){ "test", __VA_ARGS__, NULL })

/* Whether the text, which may have '*' for anything, is the whole of `in`. */
static bool matches(const char *in, const char *text)
{
    for (; *text && *text != '*'; in++, text++)
        if (*in != *text)
            return false;
    if (!*text)
        return !*in;
    for (;; in++)
        if (matches(in, text + 1))
            return true;
        else if (!*in)
            return false;
}

static void assert_matches(const char *in, const char *text)
{
    if (!matches(in, text))
        print_error("--- got\n%s\n--- expected\n%s\n", in, text);
    assert_true(matches(in, text));
}

static int make_folder(void **state)
{
    (void)state;
    char path[128];
    if (!mkdtemp(work))
        return 1;
    snprintf(path, sizeof(path), "%s/.env", work);
    FILE *file = fopen(path, "w");
    fputs("CANTEEN_FROM_DOTENV=yes\n", file);
    return fclose(file);
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = { ".env", "out", "err", "pid", "junit.xml", "" };
    char path[128];
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "%s/%s", work, names[i]);
        remove(path);
    }
    return 0;
}

/* The process whose number is in the file "pid" has ended, or does within two seconds; the file is removed. */
static void assert_gone(void)
{
    char pid[32], path[128], state = 'Z';
    slurp("pid", pid, sizeof(pid));
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof(path), "/proc/%s/stat", pid);
        FILE *file = fopen(path, "r");
        state = 'Z'; /* nobody may have waited for it */
        if (file) {
            if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
                state = 'Z';
            fclose(file);
        }
        if (state == 'Z')
            break;
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
    }
    assert_int_equal(state, 'Z');
    snprintf(path, sizeof(path), "%s/pid", work);
    remove(path);
}

/* ---- tests ---- */

static void tests_that_pass(void **state)
{
    (void)state;
    assert_int_equal(RUN("--jobs=1", "--filter", "outer.works"), 0);
    assert_string_equal(out, "ok    outer.works\n1 passed, 0 failed\n");
    assert_string_equal(err, "");
    assert_int_equal(RUN("--filter", "settings"), 0);
}

static void tests_that_fail(void **state)
{
    (void)state;
    assert_int_equal(RUN("--jobs=1", "--filter", "inner."), 1);
    assert_matches(out, "FAIL  inner.fails\n"
                        "  tests/unit/test_tests.c:*: CT_CHECK_EQ(r->status, 302)\n"
                        "    r->status is 200\n"
                        "    the answer to GET / was:\n"
                        "      hello\n"
                        "  log and output:\n"
                        "    * warning home was asked [*]\n"
                        "    output <&\x01\xff\n"
                        "ok    inner.works\n"
                        "1 passed, 1 failed\n");
    assert_string_equal(err, "");
}

static void a_crash_is_one_failure(void **state)
{
    (void)state;
    assert_int_equal(RUN("--jobs=1", "--filter=outer.crashes"), 1);
    assert_matches(out,
                   "FAIL  outer.crashes\n"
                   "  tests/unit/test_tests.c:*: the test crashed: SIGSEGV (Segmentation fault) at address 0x10: a "
                   "NULL pointer was used\n"
                   "    #0 use_nothing at tests/unit/test_tests.c:* (*)\n"
                   "    #1 crashes_run at tests/unit/test_tests.c:* (*)\n"
                   "  log and output:\n"
                   "    before\n"
                   "0 passed, 1 failed\n");
    assert_int_equal(RUN("--filter=handler_crashes"), 1);
    assert_matches(out, "FAIL  outer.handler_crashes\n*the test crashed: SIGSEGV*#1 crash at *");
    assert_int_equal(RUN("--filter=overflows"), 1);
    assert_matches(out, "*the test crashed: the stack overflowed (SIGSEGV)*#0 recurse at *");
}

static void a_test_that_does_not_end_is_ended(void **state)
{
    (void)state;
    assert_int_equal(RUN("--timeout=200ms", "--filter=loops"), 1);
    assert_matches(out, "FAIL  outer.loops\n"
                        "  tests/unit/test_tests.c:*: the test did not end within 0.2 s; it was at\n"
                        "    #0 loops_run at tests/unit/test_tests.c:* (*)\n"
                        "0 passed, 1 failed\n");
    assert_int_equal(RUN("--timeout=100ms", "--filter=waits"), 1);
    assert_matches(out, "FAIL  outer.waits\n"
                        "  tests/unit/test_tests.c:*: the test did not end within 0.1 s\n"
                        "0 passed, 1 failed\n");
    assert_int_equal(RUN("--timeout=300ms", "--filter=hangs_on"), 1);
    assert_matches(out,
                   "FAIL  outer.hangs_on_an_answer\n"
                   "  tests/unit/test_tests.c:*: the test did not end within 0.3 s; it waited for the answer to GET "
                   "/slow?n=1, asked at\n"
                   "    #0 hangs_on_an_answer_run at tests/unit/test_tests.c:* (*)\n"
                   "0 passed, 1 failed\n");
    assert_int_equal(RUN("--timeout=100ms", "--filter=stubborn"), 1);
    assert_matches(out, "FAIL  outer.stubborn\n*: the test did not end within 0.1 s\n0 passed, 1 failed\n");
    assert_gone();
}

static void a_process_that_ends_early_or_badly_fails(void **state)
{
    (void)state;
    assert_int_equal(RUN("--filter=exits"), 1);
    assert_matches(out, "FAIL  outer.exits\n*: before the test did, its process ended with exit code 3\n0 passed*");
    assert_int_equal(RUN("--filter=killed"), 1);
    assert_matches(out, "FAIL  outer.killed\n*: its process was ended by SIGKILL (Killed)\n0 passed*");
    assert_int_equal(RUN("--filter=ends_badly"), 1);
    assert_matches(out, "FAIL  outer.ends_badly\n*: after the test its process ended with exit code 5\n0 passed*");
    assert_int_equal(RUN("--filter=leaves_a_process"), 0);
    assert_gone();
}

static void a_process_without_a_result_fails(void **state)
{
    (void)state;
    assert_int_equal(RUN("--jobs=1", "--timeout=10s", "--filter=closes_"), 1);
    assert_matches(out, "FAIL  outer.closes_descriptors\n"
                        "  tests/unit/test_tests.c:*: the test's process ended without a result*: it called exit(), or "
                        "closed descriptors that were not its own\n"
                        "FAIL  outer.closes_descriptors_with_a_client\n"
                        "  tests/unit/test_tests.c:*: the test's process ended without a result*: it called exit(), or "
                        "closed descriptors that were not its own\n"
                        "  log and output:\n    * warning home was asked [*]\n"
                        "FAIL  outer.closes_a_socket\n"
                        "  tests/unit/test_tests.c:*: the test's process ended without a result*: it called exit(), or "
                        "closed descriptors that were not its own\n"
                        "0 passed, 3 failed\n");
    assert_int_equal(RUN("--filter=leaves_early"), 1);
    assert_matches(out, "FAIL  outer.leaves_early\n*: the test's process ended without a result: it called exit()*");
}

static size_t lines_of(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void output_has_a_limit(void **state)
{
    (void)state;
    assert_int_equal(RUN("--filter=writes_much", "--junit=junit.xml"), 1);
    assert_matches(out, "FAIL  outer.writes_much\n  tests/unit/test_tests.c:*: enough\n  log and output:\n"
                        "    line 0 of many*\n    line 99 of many that are too much for anybody\n"
                        "    ... 99800 lines (* bytes) are left out ...\n    line 99900 of many*\n"
                        "    line 99999 of many that are too much for anybody\n0 passed, 1 failed\n");
    assert_int_equal(lines_of(out), 3 + 100 + 1 + 100 + 1);
    slurp("junit.xml", out, sizeof(out));
    assert_matches(out, "*<system-out>line 0 of many*anybody&#10;... 9* lines (* bytes) are left out ...\nline 9*");
    char path[128];
    snprintf(path, sizeof(path), "%s/junit.xml", work);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_in_range(info.st_size, 60 * 1024, 80 * 1024); /* 64 KiB, escaped */
    assert_int_equal(RUN("--filter=writes_one_line"), 1);
    assert_matches(out, "*\n    xxx*x\n    ... 0 lines (934464 bytes) are left out ...\n    xxx*x\n0 passed*");
}

static void few_lines_are_shown_whole(void **state)
{
    (void)state;
    assert_int_equal(RUN("--filter=writes_lines"), 1);
    assert_matches(out,
                   "*    line 100\n    ... 3 lines (27 bytes) are left out ...\n    line 104\n*    line 203\n0 p*");
    assert_int_equal(RUN("--filter=writes_enough"), 1);
    assert_matches(out, "*    line 1\n*    line 100\n    line 101\n*    line 200\n0 passed, 1 failed\n");
    assert_null(strstr(out, "left out"));
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void several_run_at_once(void **state)
{
    (void)state;
    double start = seconds();
    assert_int_equal(RUN("--jobs=2", "--filter=naps"), 0);
    double together = seconds() - start;
    start = seconds();
    assert_int_equal(RUN("--jobs=1", "--filter=naps"), 0);
    double apart = seconds() - start;
    assert_true(apart > 0.8);
    assert_true(together < apart - 0.1);
}

static void what_is_asked_for_can_be_wrong(void **state)
{
    (void)state;
    assert_int_equal(RUN("--filter=nothing"), 2);
    assert_string_equal(out, "");
    assert_string_equal(err, "app: no test has \"nothing\" in its name; `app test --list` lists them\n");
    assert_int_equal(RUN("--jobs=0"), 2);
    assert_int_equal(RUN("--timeout=soon"), 2);
    assert_int_equal(RUN("outer"), 2);
    assert_int_equal(run_words((const char *const[]){ "none", "test", NULL }), 2);
    assert_string_equal(err, "none: no app has tests: write CT_TEST(name) { ... } and .tests = TESTS(&name)\n");
    assert_int_equal(RUN("--list", "--filter=naps"), 0);
    assert_string_equal(out, "outer.naps\nouter.naps_not\nouter.naps_too\n");
}

static void junit_reports_are_xml(void **state)
{
    (void)state;
    assert_int_equal(RUN("--jobs=1", "--filter=inner", "--junit=junit.xml"), 1);
    slurp("junit.xml", out, sizeof(out));
    hide_times(out);
    assert_matches(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
        "  <testsuite name=\"inner\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
        "    <testcase classname=\"inner\" name=\"fails\" file=\"tests/unit/test_tests.c\" line=\"*\">\n"
        "      <failure message=\"tests/unit/test_tests.c:*: CT_CHECK_EQ(r-&#62;status, 302)\">"
        "tests/unit/test_tests.c:*: CT_CHECK_EQ(r-&#62;status, 302)&#10;  r-&#62;status is 200&#10;  the answer to "
        "GET / was:&#10;    hello</failure>\n"
        "      <system-out>* warning home was asked [*]&#10;output &#60;&#38;\xEF\xBF\xBD\xEF\xBF\xBD&#10;"
        "</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"inner\" name=\"works\" file=\"tests/unit/test_tests.c\" line=\"*\"/>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    assert_int_equal(RUN("--filter=outer.works", "--junit=/nonexistent/junit.xml"), 2);
    assert_string_equal(out, ""); /* told before any test runs */
    assert_string_equal(err,
                        "app: the report cannot be written to /nonexistent/junit.xml: No such file or directory\n");
}

static void errors_are_no_failures_in_junit(void **state)
{
    (void)state;
    assert_int_equal(RUN("--timeout=100ms", "--filter=waits", "--junit=junit.xml"), 1);
    slurp("junit.xml", out, sizeof(out));
    assert_matches(out,
                   "*tests=\"1\" failures=\"0\" errors=\"1\"*<error message=\"*did not end within 0.1 s\">*</error>*");
}

/* The processes of its tests end with it. */
static void an_interrupt_ends_all(void **state)
{
    (void)state;
    int status;
    pid_t pid = begin((const char *const[]){ "test", "--filter=stubborn", NULL });
    char path[128];
    snprintf(path, sizeof(path), "%s/pid", work);
    for (int i = 0; i < 1000 && access(path, F_OK); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL); /* it is written */
    kill(pid, SIGINT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    assert_gone();
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "none") == 0)
        return ct_main(2, (char *[]){ argv[1], argv[2], NULL }, &without);
    if (argc > 1)
        return ct_main(argc, argv, &app);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tests_that_pass),
        cmocka_unit_test(tests_that_fail),
        cmocka_unit_test(a_crash_is_one_failure),
        cmocka_unit_test(a_test_that_does_not_end_is_ended),
        cmocka_unit_test(a_process_that_ends_early_or_badly_fails),
        cmocka_unit_test(a_process_without_a_result_fails),
        cmocka_unit_test(output_has_a_limit),
        cmocka_unit_test(few_lines_are_shown_whole),
        cmocka_unit_test(several_run_at_once),
        cmocka_unit_test(what_is_asked_for_can_be_wrong),
        cmocka_unit_test(junit_reports_are_xml),
        cmocka_unit_test(errors_are_no_failures_in_junit),
        cmocka_unit_test(an_interrupt_ends_all),
    };
    return cmocka_run_group_tests_name("tests", tests, make_folder, remove_folder);
}
