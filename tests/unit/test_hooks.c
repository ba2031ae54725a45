/* What runs besides requests: the hooks of a worker's start and end, and what follows an answer. What they did is noted
 * in memory that the worker, a process of its own, shares with the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/server.h"

#include "base/log.h"
#include "web/settings.h"
#include "web/standalone.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *notes;
static volatile uint64_t *rounds; /* behind the notes */
static volatile bool *held;       /* whether what follows answers waits */

static void note(const char *what)
{
    size_t used = strlen(notes);
    snprintf(notes + used, 4096 - used, "%s ", what);
}

static int clear_notes(void **state)
{
    (void)state;
    if (!notes)
        notes = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    notes[0] = '\0';
    rounds = (volatile uint64_t *)(void *)(notes + 4096);
    *rounds = 0;
    held = (volatile bool *)(void *)(rounds + 1);
    *held = false;
    return notes == MAP_FAILED;
}

/* ---- apps ---- */

static void start_inner(ct *c)
{
    ct_sleep(c, CT_MILLISECOND); /* it may wait */
    note("start-inner");
}

static void start_first(ct *c)
{
    (void)c;
    note("start-1");
}

static void start_second(ct *c)
{
    (void)c;
    note("start-2");
}

static void end_inner(ct *c)
{
    (void)c;
    note("end-inner");
}

static void end_outer(ct *c)
{
    ct_sleep(c, CT_MILLISECOND);
    note("end");
}

static void fails(ct *c)
{
    ct_abort(c, 500, "no luck");
}

static void after(ct *c, void *arg)
{
    do
        ct_sleep(c, 20 * CT_MILLISECOND);
    while (*held);
    note(arg);
    if (ct_get(c, "value"))
        note(ct_get(c, "value"));
}

static void note_deferred(void *arg)
{
    (void)arg;
    note("deferred");
}

static void after_abort(ct *c, void *arg)
{
    ct_defer(c, note_deferred, NULL);
    ct_abort(c, 500, "%s", (const char *)arg);
}

static void after_asks(ct *c, void *arg)
{
    (void)arg;
    ct_query(c, "q"); /* there is no request any more */
}

static void after_again(ct *c, void *arg)
{
    note("first");
    ct_after_response(c, after, arg);
}

static void after_forever(ct *c, void *arg)
{
    ++*rounds;
    ct_after_response(c, after_forever, arg);
}

static void after_too_long(ct *c, void *arg)
{
    (void)arg;
    ct_sleep(c, CT_MINUTE);
}

static void after_with_more_time(ct *c, void *arg)
{
    ct_set_deadline(c, CT_MINUTE);
    ct_sleep(c, 600 * CT_MILLISECOND);
    note(arg);
}

static ct_response *index_page(ct *c)
{
    const char *what = ct_query(c, "what");
    ct_set(c, "value", ct_strdup(c, "kept"));
    if (!what)
        return ct_text(c, "hello");
    ct_after_response(c,
                      strcmp(what, "abort") == 0     ? after_abort
                      : strcmp(what, "asks") == 0    ? after_asks
                      : strcmp(what, "again") == 0   ? after_again
                      : strcmp(what, "forever") == 0 ? after_forever
                      : strcmp(what, "long") == 0    ? after_too_long
                      : strcmp(what, "more") == 0    ? after_with_more_time
                      : strcmp(what, "null") == 0    ? NULL
                                                     : after,
                      ct_strdup(c, what));
    ct_after_response(c, after, (void *)(uintptr_t) "last");
    if (strcmp(what, "error") == 0)
        ct_abort(c, 404, "not here");
    return ct_text(c, "hello");
}

static int command(ct *c)
{
    note("command");
    ct_after_response(c, after, (void *)(uintptr_t) "after-command");
    return 0;
}

static void on_thread(void *arg)
{
    *(int *)arg = 7;
}

static int offloads(ct *c)
{
    int result = 0;
    ct_offload(c, on_thread, &result);
    return result;
}

static const ct_app inner = { .name = "inner", .startup = CT_HOOKS(start_inner), .shutdown = CT_HOOKS(end_inner) };
static const ct_app app = { .name = "hooked",
                            .routes = ROUTES(GET("/", index_page), MOUNT("/a", &inner), MOUNT("/b", &inner)),
                            .startup = HOOKS(start_first, start_second),
                            .shutdown = HOOKS(end_outer) };
static void wait_long(ct *c)
{
    note("waits");
    ct_sleep(c, 300 * CT_MILLISECOND);
    note("ready");
}

static ct_response *crash(ct *c)
{
    volatile int *volatile nowhere = (volatile int *)(uintptr_t)16; /* NOLINT(performance-no-int-to-ptr) */
    *nowhere = 1;
    return ct_text(c, "not reached");
}

/* Logs warnings too, from now on. */
static ct_response *stuck(ct *c)
{
    ct_log_open(STDERR_FILENO, CT_LOG_TEXT, CT_LOG_WARNING);
    ct_after_response(c, after_too_long, NULL);
    ct_after_response(c, after, (void *)(uintptr_t) "last");
    return ct_text(c, "hello");
}

static ct_response *tell_notes(ct *c)
{
    return ct_text(c, strstr(notes, "ready") ? "ready" : "too early");
}

static const ct_app clinging = { .name = "clinging", .routes = ROUTES(GET("/", stuck), GET("/crash", crash)) };
static const ct_app slow = { .name = "slow", .routes = ROUTES(GET("/", tell_notes)), .startup = HOOKS(wait_long) };
static const ct_app ending = { .name = "ending", .shutdown = HOOKS(fails, end_outer) };
static const ct_app failing = { .name = "failing", .startup = HOOKS(start_first, fails), .shutdown = HOOKS(end_outer) };

/* ---- asking ---- */

static bool try(int fd, const char *what, const char *expected)
{
    char request[128], answer[1024];
    snprintf(request, sizeof(request), "GET /%s%s HTTP/1.1\r\nHost: x\r\n\r\n", *what ? "?what=" : "", what);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    ssize_t size = read(fd, answer, sizeof(answer) - 1);
    assert_true(size > 0);
    answer[size] = '\0';
    return strstr(answer, expected) != NULL;
}

static void ask(int fd, const char *what, const char *expected)
{
    assert_true(try(fd, what, expected));
}

static void wait_for(const char *text)
{
    for (int i = 0; i < 2000 && !strstr(notes, text); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    assert_non_null(strstr(notes, text));
}

/* A connection to a worker that has started, with nothing noted. */
static int dial_started(const test_server *server)
{
    int fd = test_server_dial(server);
    ask(fd, "", "hello");
    notes[0] = '\0';
    return fd;
}

/* ---- what is logged ---- */

/* Of a server that has ended. */
static void assert_logged(int log, const char *text)
{
    static char logged[1 << 16];
    ssize_t n = pread(log, logged, sizeof(logged) - 1, 0);
    logged[n > 0 ? n : 0] = '\0';
    close(log);
    if (!strstr(logged, text))
        fail_msg("there is no \"%s\" in:\n%s", text, logged);
}

/* ---- tests ---- */

static void hooks_run_once_an_app_and_the_other_way_round_at_the_end(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, NULL);
    int fd = test_server_dial(&server);
    ask(fd, "", "hello");
    assert_string_equal(notes, "start-1 start-2 start-inner ");
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
    assert_string_equal(notes, "start-1 start-2 start-inner end-inner end ");
}

static void what_follows_an_answer_keeps_neither_it_nor_the_next(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, NULL);
    int fd = dial_started(&server);
    *held = true;
    ask(fd, "mail", "hello");
    ask(fd, "", "hello"); /* on the same connection, while it waits */
    assert_string_equal(notes, "");
    *held = false;
    wait_for("last kept");
    assert_string_equal(notes, "mail kept last kept ");
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
}

static void an_error_is_followed_too(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, NULL);
    int fd = dial_started(&server);
    ask(fd, "error", "404");
    wait_for("error kept last kept");
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
}

static void one_that_aborts_does_not_keep_the_next_from_running(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, NULL);
    int fd = dial_started(&server);
    ask(fd, "abort", "hello");
    wait_for("deferred last kept");
    notes[0] = '\0';
    ask(fd, "asks", "hello");
    wait_for("last kept");
    notes[0] = '\0';
    ask(fd, "again", "hello");
    wait_for("first last kept again kept");
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
}

static void pause_for(long milliseconds)
{
    nanosleep(&(struct timespec){ .tv_nsec = milliseconds * 1000000 }, NULL);
}

static void one_that_asks_for_itself_ends_with_the_deadline(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, (const char *const[]){ "request_timeout=1s", NULL });
    int fd = dial_started(&server);
    ask(fd, "forever", "hello");
    ask(fd, "", "hello"); /* others are not kept waiting */
    uint64_t before = *rounds;
    pause_for(100);
    assert_true(*rounds > before);
    assert_string_equal(notes, "last kept ");
    for (int i = 0; i < 2; i++)
        pause_for(999);
    before = *rounds;
    pause_for(100);
    assert_true(*rounds == before);
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
}

static void all_that_follow_have_one_deadline(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, (const char *const[]){ "request_timeout=300ms", NULL });
    int fd = dial_started(&server);
    ask(fd, "more", "hello");
    wait_for("more last kept");
    notes[0] = '\0';
    ask(fd, "long", "hello");
    pause_for(700);
    assert_string_equal(notes, "");
    ask(fd, "null", "500");
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
    assert_string_equal(notes, "end-inner end ");
}

static void a_server_that_stops_waits_for_it(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, NULL);
    int fd = dial_started(&server);
    ask(fd, "mail", "hello");
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
    assert_string_equal(notes, "mail kept last kept end-inner end ");
}

static const char cut[] = "2 pieces of work behind answers or of hooks did not end in time and were cut";

static void a_server_that_stops_tells_what_it_cuts(void **state)
{
    (void)state;
    int log;
    test_server server =
        test_server_start_logging(&clinging, (const char *const[]){ "drain_timeout=100ms", NULL }, &log);
    int fd = test_server_dial(&server);
    ask(fd, "", "hello");
    ask(fd, "", "hello");
    close(fd);
    int status = test_server_stop(&server);
    assert_true(status == 0 || CT_ASAN); /* what has been cut is never freed, which sanitizers tell */
    assert_string_equal(notes, "");
    assert_logged(log, cut);
}

static void a_worker_that_has_crashed_tells_what_it_cuts(void **state)
{
    (void)state;
    static const char request[] = "GET /crash HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[512] = "";
    int log, status;
    test_server server =
        test_server_start_logging(&clinging, (const char *const[]){ "crash_timeout=100ms", NULL }, &log);
    int fd = test_server_dial(&server);
    ask(fd, "", "hello");
    ask(fd, "", "hello");
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    assert_true(read(fd, answer, sizeof(answer) - 1) > 0);
    assert_non_null(strstr(answer, " 500 "));
    close(fd);
    assert_int_equal(waitpid(server.pid, &status, 0), server.pid);
    assert_int_equal(status, 1 << 8);
    assert_string_equal(notes, "");
    assert_logged(log, cut);
}

static void what_a_deadline_leaves_out_is_told(void **state)
{
    (void)state;
    int log;
    test_server server = test_server_start_logging(&app, (const char *const[]){ "request_timeout=100ms", NULL }, &log);
    int fd = dial_started(&server);
    ask(fd, "long", "hello");
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
    assert_logged(log, "after the response: 503 the deadline of all that follow has passed, and what was still to "
                       "follow does not run");
}

static size_t count_of(const char *word)
{
    size_t count = 0;
    for (const char *at = notes; (at = strstr(at, word)); at++)
        count++;
    return count;
}

/* It takes the place of a request; when all are taken others are told so, and none of it is lost. */
static void more_than_there_are_fibers(void **state)
{
    (void)state;
    test_server server = test_server_start(&app, (const char *const[]){ "max_requests=4", NULL });
    size_t answered = 0;
    close(dial_started(&server));
    for (int i = 0; i < 20; i++) {
        int fd = test_server_dial(&server);
        answered += try(fd, "x", "200 OK");
        close(fd);
    }
    assert_true(answered >= 4 && answered < 20);
    assert_int_equal(test_server_stop(&server), 0);
    assert_int_equal(count_of("last"), answered);
}

/* It is told to stop before its hook has ended: nobody is answered by what has not begun. */
static void nothing_is_answered_before_the_hooks_have_run(void **state)
{
    (void)state;
    test_server server = test_server_start(&slow, NULL);
    int fd = test_server_dial(&server);
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[512] = "";
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    wait_for("waits");
    assert_int_equal(kill(server.pid, SIGTERM), 0);
    assert_true(read(fd, answer, sizeof(answer) - 1) <= 0 || strstr(answer, "\r\n\r\nready"));
    close(fd);
    assert_int_equal(test_server_stop(&server), 0);
}

/* ---- commands ---- */

static int run_as_command(const ct_app *of, int (*run)(ct *c))
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_problems problems = { 0 };
    ct_site site = { 0 };
    ct_site_init(&site, of, &problems);
    site.settings =
        ct_settings_load(&arena, of, "/nonexistent/.env", (char *[]){ NULL }, (const char *const[]){ NULL }, &problems);
    ct_settings_config(site.settings, &site.config);
    int code = ct_run_work(&site, run, NULL);
    ct_site_finish(&site);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
    return code;
}

static void commands_run_between_the_hooks(void **state)
{
    (void)state;
    assert_int_equal(run_as_command(&app, command), 0);
    assert_string_equal(notes, "start-1 start-2 start-inner command after-command end-inner end ");
}

static void a_startup_that_fails_ends_it(void **state)
{
    (void)state;
    assert_int_equal(run_as_command(&failing, command), 1);
    assert_string_equal(notes, "start-1 ");
}

static void a_shutdown_that_fails_leaves_the_others(void **state)
{
    (void)state;
    assert_int_equal(run_as_command(&ending, command), 0);
    assert_string_equal(notes, "command after-command end ");
}

static void commands_can_offload_at_once(void **state)
{
    (void)state;
    assert_int_equal(run_as_command(&inner, offloads), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(hooks_run_once_an_app_and_the_other_way_round_at_the_end, clear_notes),
        cmocka_unit_test_setup(what_follows_an_answer_keeps_neither_it_nor_the_next, clear_notes),
        cmocka_unit_test_setup(an_error_is_followed_too, clear_notes),
        cmocka_unit_test_setup(one_that_aborts_does_not_keep_the_next_from_running, clear_notes),
        cmocka_unit_test_setup(one_that_asks_for_itself_ends_with_the_deadline, clear_notes),
        cmocka_unit_test_setup(all_that_follow_have_one_deadline, clear_notes),
        cmocka_unit_test_setup(a_server_that_stops_waits_for_it, clear_notes),
        cmocka_unit_test_setup(a_server_that_stops_tells_what_it_cuts, clear_notes),
        cmocka_unit_test_setup(a_worker_that_has_crashed_tells_what_it_cuts, clear_notes),
        cmocka_unit_test_setup(what_a_deadline_leaves_out_is_told, clear_notes),
        cmocka_unit_test_setup(more_than_there_are_fibers, clear_notes),
        cmocka_unit_test_setup(commands_run_between_the_hooks, clear_notes),
        cmocka_unit_test_setup(a_startup_that_fails_ends_it, clear_notes),
        cmocka_unit_test_setup(nothing_is_answered_before_the_hooks_have_run, clear_notes),
        cmocka_unit_test_setup(a_shutdown_that_fails_leaves_the_others, clear_notes),
        cmocka_unit_test_setup(commands_can_offload_at_once, clear_notes),
    };
    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
