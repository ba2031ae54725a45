/* Set-up and tear-down for tests whose state is an arena. */
#ifndef TEST_ARENA_STATE_H
#define TEST_ARENA_STATE_H

#include "base/arena.h"

static inline int setup_arena(void **state)
{
    static ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    *state = &arena;
    return 0;
}

static inline int teardown_arena(void **state)
{
    ct_arena_finish(*state);
    return 0;
}

#endif
