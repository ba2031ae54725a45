/* The timer wheel: never early, at most one tick late, whatever the distance. */
#include "net/timer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS CT_MILLISECOND
#define START (1234567 * MS)

typedef struct probe {
    ct_timer timer;
    int fired;
    ct_time fired_at;
} probe;

static ct_time now;

static void fire(ct_timer *timer)
{
    probe *p = CT_CONTAINER(timer, probe, timer);
    p->fired++;
    p->fired_at = now;
}

static void go_to(ct_timers *timers, ct_time time)
{
    now = time;
    ct_timers_advance(timers, now);
}

static void test_fires_on_its_tick_at_every_distance(void **state)
{
    (void)state;
    static const ct_time distances[] = {
        1,    2,      63,     64,     65,      127,      128,      4095,     4096,
        4097, 262143, 262144, 262145, 5000000, 16777215, 16777216, 16777217, 40000000
    };
    for (size_t i = 0; i < CT_COUNT(distances); i++) {
        ct_timers timers;
        ct_timers_init(&timers, now = START);
        probe p = { .fired = 0 };
        ct_timer_init(&p.timer, fire);
        ct_timer_set(&timers, &p.timer, START + distances[i] * MS);
        while (!p.fired) { /* as the loop does: sleep until `next`, then advance */
            ct_time next = ct_timers_next(&timers);
            assert_true(next != INT64_MAX && next > now - MS);
            go_to(&timers, next);
        }
        assert_int_equal(p.fired_at, START + distances[i] * MS);
        assert_int_equal(ct_timers_next(&timers), INT64_MAX);
    }
}

static void test_a_part_of_a_tick_is_rounded_up(void **state)
{
    (void)state;
    ct_timers timers;
    ct_timers_init(&timers, START);
    probe p = { .fired = 0 };
    ct_timer_init(&p.timer, fire);
    ct_timer_set(&timers, &p.timer, START + 1 * MS + 1);
    go_to(&timers, START + 1 * MS + 999);
    assert_int_equal(p.fired, 0);
    go_to(&timers, START + 2 * MS);
    assert_int_equal(p.fired, 1);
}

static void test_a_time_that_has_passed_fires_at_the_next_tick(void **state)
{
    (void)state;
    ct_timers timers;
    ct_timers_init(&timers, START);
    probe p = { .fired = 0 };
    ct_timer_init(&p.timer, fire);
    ct_timer_set(&timers, &p.timer, START - 5 * CT_SECOND);
    go_to(&timers, START + MS);
    assert_int_equal(p.fired, 1);
}

static void test_clearing_and_moving(void **state)
{
    (void)state;
    ct_timers timers;
    ct_timers_init(&timers, START);
    probe cleared = { .fired = 0 }, moved = { .fired = 0 };
    ct_timer_init(&cleared.timer, fire);
    ct_timer_init(&moved.timer, fire);
    ct_timer_set(&timers, &cleared.timer, START + 10 * MS);
    ct_timer_set(&timers, &moved.timer, START + 10 * MS);
    ct_timer_clear(&timers, &cleared.timer);
    ct_timer_clear(&timers, &cleared.timer);
    ct_timer_set(&timers, &moved.timer, START + 70 * MS);
    go_to(&timers, START + 69 * MS);
    assert_int_equal(cleared.fired + moved.fired, 0);
    assert_false(ct_timer_armed(&cleared.timer));
    go_to(&timers, START + 70 * MS);
    assert_int_equal(moved.fired, 1);
}

static ct_timers *rearm_in;

static void fire_again(ct_timer *timer)
{
    fire(timer);
    if (CT_CONTAINER(timer, probe, timer)->fired < 3)
        ct_timer_set(rearm_in, timer, now);
}

static void test_a_timer_may_arm_itself_again(void **state)
{
    (void)state;
    ct_timers timers;
    ct_timers_init(&timers, START);
    rearm_in = &timers;
    probe p = { .fired = 0 };
    ct_timer_init(&p.timer, fire_again);
    ct_timer_set(&timers, &p.timer, START + MS);
    for (int i = 1; i <= 5; i++)
        go_to(&timers, START + i * MS);
    assert_int_equal(p.fired, 3);
}

#define MANY 3000

static void test_thousands_at_random_fire_once_each_and_in_time(void **state)
{
    (void)state;
    static probe probes[MANY];
    ct_timers timers;
    ct_timers_init(&timers, START);
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < MANY; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        probes[i] = (probe){ .fired = 0 };
        ct_timer_init(&probes[i].timer, fire);
        ct_timer_set(&timers, &probes[i].timer, START + (ct_time)(random % (400 * CT_SECOND)));
    }
    ct_time step = 37 * MS + 123;
    for (ct_time at = START; at <= START + 401 * CT_SECOND; at += step)
        go_to(&timers, at);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(probes[i].fired, 1);
        assert_true(probes[i].fired_at >= probes[i].timer.at);
        assert_true(probes[i].fired_at < probes[i].timer.at + step + 2 * MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires_on_its_tick_at_every_distance),
        cmocka_unit_test(test_a_part_of_a_tick_is_rounded_up),
        cmocka_unit_test(test_a_time_that_has_passed_fires_at_the_next_tick),
        cmocka_unit_test(test_clearing_and_moving),
        cmocka_unit_test(test_a_timer_may_arm_itself_again),
        cmocka_unit_test(test_thousands_at_random_fire_once_each_and_in_time),
    };
    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
