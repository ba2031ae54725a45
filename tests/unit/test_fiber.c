/* Fibers: what handlers rely on when they wait. */
#include "base/time.h"
#include "net/fiber.h"
#include "net/loop.h"
#include "net/offload.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define STACK ((size_t)64 * 1024)

static int set_up(void **state)
{
    ct_loop *loop = malloc(sizeof *loop);
    if (!ct_loop_init(loop, STACK, 0))
        return -1;
    loop->offload = ct_offload_create(loop, 2);
    *state = loop;
    return 0;
}

static int tear_down(void **state)
{
    ct_loop *loop = *state;
    ct_offload_destroy(loop->offload);
    ct_loop_finish(loop);
    free(loop);
    return 0;
}

typedef struct trace {
    ct_loop *loop;
    char text[64];
    int running;
    ct_fiber *fiber;
    ct_wake wake;
    ct_time elapsed;
} trace;

static void say(trace *t, const char *word)
{
    strncat(t->text, word, sizeof t->text - strlen(t->text) - 1);
}

static void done(trace *t)
{
    if (--t->running == 0)
        t->loop->stop = true;
}

/* ---- order ---- */

static void first(void *arg)
{
    trace *t = arg;
    say(t, "a");
    ct_fiber_park(0);
    say(t, "c");
    done(t);
}

static void second(void *arg)
{
    trace *t = arg;
    say(t, "b");
    ct_fiber_park(0);
    say(t, "d");
    done(t);
}

static void test_fibers_take_turns(void **state)
{
    trace t = { .loop = *state, .running = 2 };
    assert_true(ct_fiber_start(t.loop->scheduler, first, &t));
    assert_true(ct_fiber_start(t.loop->scheduler, second, &t));
    assert_string_equal(t.text, "ab");
    ct_loop_run(t.loop);
    assert_string_equal(t.text, "abcd");
    assert_int_equal(ct_scheduler_count(t.loop->scheduler), 0);
    assert_null(ct_fiber_current());
}

/* ---- waiting ---- */

static void park_20ms(void *arg)
{
    trace *t = arg;
    t->fiber = ct_fiber_current();
    ct_time before = ct_monotonic();
    t->wake = ct_fiber_park(before + 20 * CT_MILLISECOND);
    t->elapsed = ct_monotonic() - before;
    done(t);
}

static void test_a_wait_ends_at_its_time_and_not_before(void **state)
{
    trace t = { .loop = *state, .running = 1 };
    ct_fiber_start(t.loop->scheduler, park_20ms, &t);
    ct_loop_run(t.loop);
    assert_int_equal(t.wake, CT_WAKE_TIMEOUT);
    assert_true(t.elapsed >= 20 * CT_MILLISECOND);
}

static void park_long(void *arg)
{
    trace *t = arg;
    t->fiber = ct_fiber_current();
    t->wake = ct_fiber_park(INT64_MAX);
    done(t);
}

static void wake_other(void *arg)
{
    trace *t = arg;
    ct_fiber_wake(t->fiber);
    ct_fiber_wake(t->fiber); /* a second time changes nothing */
    done(t);
}

/* Those that are put off leave an alarm behind that goes off for nothing; those that come first are not late. */
static void wait_again_and_again(void *arg)
{
    trace *t = arg;
    t->fiber = ct_fiber_current();
    for (int i = 0; i < 3; i++)
        t->wake = ct_fiber_park(ct_monotonic() + 20 * CT_MILLISECOND);
    ct_time begun = ct_monotonic();
    t->wake = ct_fiber_park(begun + 250 * CT_MILLISECOND);
    t->elapsed = ct_monotonic() - begun;
    done(t);
}

static void wake_early(void *arg)
{
    trace *t = arg;
    for (int i = 0; i < 3; i++) {
        ct_fiber_park(ct_monotonic() + 5 * CT_MILLISECOND);
        ct_fiber_wake(t->fiber);
    }
    ct_time begun = ct_monotonic();
    ct_fiber_park(begun + 10 * CT_MILLISECOND);
    ct_time elapsed = ct_monotonic() - begun;
    assert_true(elapsed >= 10 * CT_MILLISECOND && elapsed < 200 * CT_MILLISECOND);
    done(t);
}

static void test_waits_that_were_put_off_disturb_no_others(void **state)
{
    trace t = { .loop = *state, .running = 2 };
    assert_true(ct_fiber_start(t.loop->scheduler, wait_again_and_again, &t));
    assert_true(ct_fiber_start(t.loop->scheduler, wake_early, &t));
    ct_loop_run(t.loop);
    assert_int_equal(t.wake, CT_WAKE_TIMEOUT);
    assert_true(t.elapsed >= 250 * CT_MILLISECOND && t.elapsed < 1000 * CT_MILLISECOND);
}

static void test_a_parked_fiber_is_woken_once(void **state)
{
    trace t = { .loop = *state, .running = 2 };
    ct_fiber_start(t.loop->scheduler, park_long, &t);
    ct_fiber_start(t.loop->scheduler, wake_other, &t);
    ct_loop_run(t.loop);
    assert_int_equal(t.wake, CT_WAKE_READY);
}

static void cancel_other(void *arg)
{
    trace *t = arg;
    ct_fiber_cancel(t->fiber);
    done(t);
}

static void test_cancelling_ends_a_wait(void **state)
{
    trace t = { .loop = *state, .running = 2 };
    ct_fiber_start(t.loop->scheduler, park_long, &t);
    ct_fiber_start(t.loop->scheduler, cancel_other, &t);
    ct_loop_run(t.loop);
    assert_int_equal(t.wake, CT_WAKE_CANCELLED);
}

static void cancelled_before(void *arg)
{
    trace *t = arg;
    ct_fiber_cancel(ct_fiber_current());
    t->wake = ct_fiber_park(INT64_MAX);
    if (t->wake == CT_WAKE_CANCELLED)
        say(t, "cancelled ");
    ct_fiber_uncancel(ct_fiber_current());
    t->wake = ct_fiber_park(0);
    done(t);
}

static void test_a_cancellation_waits_for_the_next_park_and_can_be_forgotten(void **state)
{
    trace t = { .loop = *state, .running = 1 };
    ct_fiber_start(t.loop->scheduler, cancelled_before, &t);
    ct_loop_run(t.loop);
    assert_string_equal(t.text, "cancelled ");
    assert_int_equal(t.wake, CT_WAKE_TIMEOUT);
}

/* ---- descriptors and threads ---- */

typedef struct piped {
    trace t;
    int ends[2];
    char got;
} piped;

static void read_pipe(void *arg)
{
    piped *p = arg;
    p->t.wake = ct_loop_wait_fd(p->t.loop, p->ends[0], EPOLLIN, INT64_MAX);
    assert_int_equal(read(p->ends[0], &p->got, 1), 1);
    done(&p->t);
}

static void write_pipe(void *arg)
{
    piped *p = arg;
    ct_fiber_park(ct_monotonic() + 5 * CT_MILLISECOND);
    assert_int_equal(write(p->ends[1], "x", 1), 1);
    done(&p->t);
}

static void test_a_descriptor_is_waited_for(void **state)
{
    piped p = { .t = { .loop = *state, .running = 2 } };
    assert_int_equal(pipe(p.ends), 0);
    ct_fiber_start(p.t.loop->scheduler, read_pipe, &p);
    ct_fiber_start(p.t.loop->scheduler, write_pipe, &p);
    ct_loop_run(p.t.loop);
    assert_int_equal(p.t.wake, CT_WAKE_READY);
    assert_int_equal(p.got, 'x');
    close(p.ends[0]);
    close(p.ends[1]);
}

typedef struct offloaded {
    trace *t;
    pthread_t thread;
    int value;
} offloaded;

static void on_thread(void *arg)
{
    offloaded *o = arg;
    usleep(20000);
    o->thread = pthread_self();
    o->value++;
}

static void offload_twice(void *arg)
{
    trace *t = arg;
    offloaded o = { .t = t };
    ct_offload_run(t->loop->offload, on_thread, &o);
    ct_offload_run(t->loop->offload, on_thread, &o);
    if (o.value == 2 && !pthread_equal(o.thread, pthread_self()))
        say(t, "o");
    done(t);
}

static void test_blocking_calls_run_on_threads_beside_each_other(void **state)
{
    trace t = { .loop = *state, .running = 6 };
    for (int i = 0; i < 6; i++) /* more than threads */
        ct_fiber_start(t.loop->scheduler, offload_twice, &t);
    ct_loop_run(t.loop);
    assert_string_equal(t.text, "oooooo");
}

/* ---- stacks ---- */

static void shallow(void *arg)
{
    *(size_t *)arg = ct_fiber_stack_used(ct_fiber_current());
}

static __attribute__((noinline)) size_t use_stack(size_t bytes)
{
    volatile char frame[1024];
    memset((char *)frame, 1, sizeof frame);
    return bytes > sizeof frame ? use_stack(bytes - sizeof frame) + (size_t)frame[0] : (size_t)frame[1];
}

static void deep(void *arg)
{
    use_stack(32 * 1024);
    *(size_t *)arg = ct_fiber_stack_used(ct_fiber_current());
}

static void test_the_stack_tells_how_much_of_it_was_used(void **state)
{
    ct_loop *loop = *state;
    size_t little, much;
    ct_fiber_start(loop->scheduler, shallow, &little);
    ct_fiber_start(loop->scheduler, deep, &much);
    assert_true(little < 8 * 1024);
    assert_true(much >= 32 * 1024 && much <= STACK);
}

static void test_no_more_fibers_than_allowed(void **state)
{
    (void)state;
    ct_timers timers;
    ct_timers_init(&timers, ct_monotonic());
    ct_scheduler *two = ct_scheduler_create(STACK, 2, 2, &timers);
    trace t[3] = { 0 };
    assert_true(ct_fiber_start(two, park_long, &t[0]));
    assert_true(ct_fiber_start(two, park_long, &t[1]));
    assert_false(ct_fiber_start(two, park_long, &t[2]));
    ct_scheduler_destroy(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fibers_take_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_wait_ends_at_its_time_and_not_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waits_that_were_put_off_disturb_no_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_parked_fiber_is_woken_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancelling_ends_a_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_cancellation_waits_for_the_next_park_and_can_be_forgotten, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_descriptor_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_blocking_calls_run_on_threads_beside_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_stack_tells_how_much_of_it_was_used, set_up, tear_down),
        cmocka_unit_test(test_no_more_fibers_than_allowed),
    };
    return cmocka_run_group_tests_name("fiber", tests, NULL, NULL);
}
