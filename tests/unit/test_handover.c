/* What a reload hands over: the same sockets under the same addresses, the same workers, and nothing to a stranger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/handover.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_listener(ct_listeners *listeners, const char *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(listen(fd, 1), 0);
    ct_listeners_add(listeners, fd, address);
    return fd;
}

static void test_round_trip(void **state)
{
    (void)state;
    ct_listeners before = { 0 }, after = { 0 };
    ct_children workers = { 0 }, taken = { 0 };
    int first = open_listener(&before, "unix:/run/with space"), second = open_listener(&before, "127.0.0.1:0");
    int control = dup(first);
    ct_children_add(&workers, (ct_child){ .pid = 4711, .control = control, .state = CT_CHILD_SERVING, .started = 5 });
    ct_children_add(&workers,
                    (ct_child){ .pid = 4712, .control = -1, .state = CT_CHILD_LEAVING, .started = 6, .deadline = 7 });
    ct_buffer text = { 0 };
    ct_handover_write(&text, &before, &workers);
    char expected[256];
    snprintf(expected, sizeof(expected),
             "pid %d\nlistener %d unix:/run/with space\nlistener %d 127.0.0.1:0\nworker 4711 %d 1 5 0\n"
             "worker 4712 -1 2 6 7\n",
             (int)getpid(), first, second, control);
    assert_string_equal(ct_buffer_text(&text), expected);

    setenv(CT_HANDOVER_STATE, expected, 1);
    assert_true(ct_handover_take(&after, &taken));
    assert_null(getenv(CT_HANDOVER_STATE));
    assert_int_equal(after.count, 2);
    assert_int_equal(after.items[0].fd, first);
    assert_string_equal(after.items[0].address, "unix:/run/with space");
    assert_false(after.items[0].wanted); /* until the new settings name it */
    assert_true(ct_listeners_claim(&after, "127.0.0.1:0"));
    assert_false(ct_listeners_claim(&after, "127.0.0.1:1"));
    assert_int_equal(ct_listeners_wanted(&after), 1);
    assert_true(fcntl(second, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(control, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(taken.count, 2);
    ct_child serving = taken.items[0], leaving = taken.items[1];
    assert_true(serving.previous && serving.pid == 4711 && serving.state == CT_CHILD_SERVING && serving.deadline == 0);
    assert_true(leaving.previous && leaving.control == -1 && leaving.state == CT_CHILD_LEAVING &&
                leaving.deadline == 7);
    ct_buffer_finish(&text);
    ct_children_finish(&taken);
    free(workers.items);
    free(before.items);

    ct_listeners_close_unwanted(&after);
    assert_int_equal(fcntl(first, F_GETFD), -1);
    assert_true(fcntl(second, F_GETFD) >= 0);
    ct_listeners_finish(&after);
}

/* A process that inherits the variable by accident (a tool started by a handler) takes nothing. */
static void test_not_for_others(void **state)
{
    (void)state;
    ct_listeners listeners = { 0 };
    ct_children children = { 0 };
    char text[64];
    assert_false(ct_handover_take(&listeners, &children));
    snprintf(text, sizeof(text), "pid %d\nworker 1 -1 1 0 0\n", (int)getppid());
    setenv(CT_HANDOVER_STATE, text, 1);
    assert_false(ct_handover_take(&listeners, &children));
    assert_null(getenv(CT_HANDOVER_STATE));
    assert_int_equal(children.count, 0);
}

/* A descriptor that is not there, or is no listening socket, is not served. */
static void test_unfit_descriptors(void **state)
{
    (void)state;
    ct_listeners listeners = { 0 };
    ct_children children = { 0 };
    int plain = socket(AF_INET, SOCK_STREAM, 0);
    char text[128];
    snprintf(text, sizeof(text),
             "pid %d\nlistener %d :1\nlistener 999999 :2\nworker 0 -1 1 0 0\nworker 9 999999 1 0 0\n", (int)getpid(),
             plain);
    setenv(CT_HANDOVER_STATE, text, 1);
    assert_true(ct_handover_take(&listeners, &children));
    assert_int_equal(listeners.count, 0);
    assert_int_equal(children.count, 1);
    assert_int_equal(children.items[0].control, -1);
    close(plain);
    ct_children_finish(&children);
}

static void test_lists(void **state)
{
    (void)state;
    static const char text[] = "pid 1\nlistener 5 127.0.0.1:80\nworker 7 8 1 0 0\n";
    assert_true(ct_handover_lists(text, "127.0.0.1:80"));
    assert_false(ct_handover_lists(text, "127.0.0.1:8"));
    assert_false(ct_handover_lists(text, "127.0.0.1:800"));
    assert_false(ct_handover_lists("1", "127.0.0.1:80"));
    assert_true(ct_handover_lists("pid 1\nlistener 3 systemd\n", "127.0.0.1:80")); /* then nothing else is bound */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_not_for_others),
        cmocka_unit_test(test_unfit_descriptors),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests_name("handover", tests, NULL, NULL);
}
