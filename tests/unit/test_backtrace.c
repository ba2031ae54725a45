/* Backtraces: the line that someone looks for after a crash names the function, the file and the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/backtrace.h"

#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAMES 32

static uint64_t frames[FRAMES];
static size_t frame_count;
static char text[16384];

static void add_line(void *arg, const char *line)
{
    assert_ptr_equal(arg, text);
    size_t used = strlen(text);
    snprintf(text + used, sizeof(text) - used, "%s\n", line);
}

static __attribute__((noinline)) void collect(void)
{
    void *addresses[FRAMES];
    int count = backtrace(addresses, FRAMES);
    for (int i = 0; i < count; i++)
        frames[i] = (uint64_t)(uintptr_t)addresses[i];
    frame_count = (size_t)count;
}

static volatile int sink;

static inline __attribute__((always_inline)) void inlined_part(void)
{
    collect();
    sink++;
}

static __attribute__((noinline)) int inlined_line(void)
{
    int line = __LINE__ + 1;
    inlined_part();
    sink++;
    return line;
}

static void describe(void)
{
    text[0] = '\0';
    ct_backtrace_describe(frames, frame_count, add_line, text);
}

static void test_functions_files_and_lines(void **state)
{
    (void)state;
    int line = inlined_line();
    describe();
    static const char inlined[] = " inlined_part at tests/unit/test_backtrace.c:";
    char expected[128];
    assert_non_null(strstr(text, " collect at tests/unit/test_backtrace.c:"));
    const char *inner = strstr(text, inlined);
    snprintf(expected, sizeof(expected), " inlined_line at tests/unit/test_backtrace.c:%d (", line);
    const char *outer = inner ? strstr(inner, expected) : NULL;
    if (!inner || !outer) {
        fail_msg("expected%s and%s in:\n%s", inlined, expected, text);
        return;
    }
    assert_memory_equal(strchr(inner, '\n') - 10, " (inlined)\n#", 12);
    assert_ptr_equal(strchr(outer - 2, '#'), strchr(inner, '\n') + 1); /* the line after, with the same number */
    assert_non_null(strstr(text, " test_functions_files_and_lines at tests/unit/test_backtrace.c:"));
    assert_non_null(strstr(text, " main at tests/unit/test_backtrace.c:"));
}

/* The module and offset fit addr2line. */
static void test_place(void **state)
{
    (void)state;
    inlined_line();
    describe();
    char link[512];
    ssize_t length = readlink("/proc/self/exe", link, sizeof(link) - 1);
    assert_true(length > 0);
    link[length] = '\0';
    char expected[600];
    snprintf(expected, sizeof(expected), " (%s+0x", strrchr(link, '/') + 1);
    assert_non_null(strstr(text, expected));
}

static __attribute__((noinline)) void interrupted(void)
{
    raise(SIGUSR1);
    sink++;
}

static void on_signal(int number)
{
    (void)number;
    collect();
    sink++; /* no tail call: this frame stays */
}

/* Through a signal frame the interrupted function is still found. */
static void test_through_a_signal(void **state)
{
    (void)state;
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    interrupted();
    describe();
    assert_non_null(strstr(text, " on_signal at tests/unit/test_backtrace.c:"));
    assert_non_null(strstr(text, " interrupted at tests/unit/test_backtrace.c:"));
}

static void test_library_and_unmapped_addresses(void **state)
{
    (void)state;
    frames[0] = (uint64_t)(uintptr_t)&abs + 1;
    frames[1] = 17;
    frame_count = 2;
    describe();
    assert_non_null(strstr(text, "#0 "));
    assert_non_null(strstr(text, "\n#1 0x11 (unknown memory)\n"));
    frames[0] = 16;
    describe();
    assert_string_equal(text, "#0 0x10\n#1 0x11\n"); /* nothing known at all */
    frame_count = 0;
    describe();
    assert_string_equal(text, "");
}

/* Frames of another process: found while it lives, refused once it is gone. */
static void test_other_process(void **state)
{
    (void)state;
    inlined_line();
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(pipe_ends[1]);
        _exit(read(pipe_ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(pipe_ends[0]);
    text[0] = '\0';
    assert_true(ct_backtrace_describe_of(pid, frames, frame_count, add_line, text));
    assert_non_null(strstr(text, " inlined_line at tests/unit/test_backtrace.c:"));
    close(pipe_ends[1]);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    text[0] = '\0';
    assert_false(ct_backtrace_describe_of(pid, frames, frame_count, add_line, text)); /* a zombie */
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_false(ct_backtrace_describe_of(pid, frames, frame_count, add_line, text)); /* reaped */
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_files_and_lines),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_through_a_signal),
        cmocka_unit_test(test_library_and_unmapped_addresses),
        cmocka_unit_test(test_other_process),
    };
    return cmocka_run_group_tests_name("backtrace", tests, NULL, NULL);
}
