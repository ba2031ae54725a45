/* What a fiber costs: a switch, and making and retiring one from the pool. Prints the median of several rounds. */
#include "net/fiber.h"
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 15
#define TURNS 1000000

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void park_again_and_again(void *arg)
{
    ct_fiber **self = arg;
    *self = ct_fiber_current();
    for (;;)
        ct_fiber_park(INT64_MAX);
}

static void nothing(void *arg)
{
    (void)arg;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

int main(void)
{
    ct_timers timers;
    ct_timers_init(&timers, ct_monotonic());
    ct_scheduler *scheduler = ct_scheduler_create((size_t)256 * 1024, 8, 0, &timers);
    ct_fiber *parked;
    double switches[ROUNDS], lives[ROUNDS];
    ct_fiber_start(scheduler, park_again_and_again, &parked);
    for (int round = 0; round < ROUNDS; round++) {
        double start = seconds();
        for (int i = 0; i < TURNS; i++) {
            ct_fiber_wake(parked);
            ct_scheduler_run(scheduler);
        }
        switches[round] = (seconds() - start) / TURNS / 2 * 1e9;
        start = seconds();
        for (int i = 0; i < TURNS; i++)
            ct_fiber_start(scheduler, nothing, NULL);
        lives[round] = (seconds() - start) / TURNS * 1e9;
    }
    printf("fiber switch (with queue and park)   %6.1f ns   (to reach: 15)\n", median(switches));
    printf("pooled fiber made, run and retired   %6.1f ns   (to reach: 100)\n", median(lives));
    ct_scheduler_destroy(scheduler);
    return 0;
}
