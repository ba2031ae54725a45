/* Arenas: alignment, limits, growth, and that a steady state takes nothing from malloc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

#if CT_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void blocks_are_aligned_and_apart(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    unsigned char *blocks[200];
    for (size_t i = 0; i < CT_COUNT(blocks); i++) {
        blocks[i] = ct_arena_alloc(&arena, i);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)i, i);
    }
    for (size_t i = 0; i < CT_COUNT(blocks); i++) {
        for (size_t at = 0; at < i; at++)
            assert_int_equal(blocks[i][at], i);
    }
    ct_arena_finish(&arena);
}

static void size_zero_is_never_null(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 16);
    assert_non_null(ct_arena_alloc(&arena, 0));
    assert_int_equal(ct_arena_used(&arena), 0);
    assert_non_null(ct_arena_alloc(&arena, 16));
    assert_non_null(ct_arena_alloc(&arena, 0));
    assert_int_equal(ct_arena_used(&arena), 16);
    ct_arena_finish(&arena);
}

static void limit_holds_to_the_byte(void **state)
{
    (void)state;
    static const size_t limits[] = { 16, 112, CT_ARENA_CHUNK, 3 * CT_ARENA_CHUNK };
    for (size_t i = 0; i < CT_COUNT(limits); i++) {
        ct_arena arena;
        ct_arena_init(&arena, NULL, limits[i]);
        assert_null(ct_arena_alloc(&arena, limits[i] + 1));
        assert_null(ct_arena_alloc(&arena, SIZE_MAX));
        assert_int_equal(ct_arena_used(&arena), 0);
        /* All at once */
        assert_non_null(ct_arena_alloc(&arena, limits[i]));
        assert_int_equal(ct_arena_used(&arena), limits[i]);
        assert_null(ct_arena_alloc(&arena, 1));
        /* and again after a reset, in small pieces. */
        ct_arena_reset(&arena);
        assert_int_equal(ct_arena_used(&arena), 0);
        for (size_t used = 0; used < limits[i]; used += 16)
            assert_non_null(ct_arena_alloc(&arena, 16));
        assert_null(ct_arena_alloc(&arena, 1));
        assert_int_equal(ct_arena_used(&arena), limits[i]);
        ct_arena_finish(&arena);
    }
}

static void limit_counts_big_and_small_together(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 100032);
    assert_non_null(ct_arena_alloc(&arena, 16));
    assert_non_null(ct_arena_alloc(&arena, 100000));
    assert_null(ct_arena_alloc(&arena, 17));
    assert_non_null(ct_arena_alloc(&arena, 16));
    assert_null(ct_arena_alloc(&arena, 1));
    ct_arena_finish(&arena);
}

static void big_block_leaves_the_chunk_in_use(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    char *first = ct_arena_alloc(&arena, 16), *next = arena.next;
    char *big = ct_arena_alloc(&arena, 10 * CT_ARENA_CHUNK);
    memset(big, 'x', 10 * CT_ARENA_CHUNK);
    char *second = ct_arena_alloc(&arena, 16);
    assert_ptr_equal(second, next);
    assert_true(first < second);
    assert_int_equal(ct_arena_used(&arena), 32 + 10 * CT_ARENA_CHUNK);
    ct_arena_finish(&arena);
}

static void chunk_with_more_room_stays_current(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    assert_non_null(ct_arena_alloc(&arena, 3008));
    char *next = arena.next;
    assert_non_null(ct_arena_alloc(&arena, 7008)); /* leaves less of a new chunk than there is here */
    assert_ptr_equal(ct_arena_alloc(&arena, 16), next);
    assert_non_null(ct_arena_alloc(&arena, 5500)); /* leaves less here than a new chunk has after it */
    assert_int_equal(ct_arena_used(&arena), 3008 + 7008 + 16 + 5504);
    ct_arena_finish(&arena);
}

static void one_request(ct_arena *arena)
{
    for (size_t i = 0; i < 40; i++)
        assert_non_null(ct_arena_alloc(arena, 1000));
}

static void pool_gives_back_what_was_released(void **state)
{
    (void)state;
    ct_arena_pool pool;
    ct_arena_pool_init(&pool, 3);
    ct_arena arena;
    ct_arena_init(&arena, &pool, 0);
    one_request(&arena);
    assert_non_null(ct_arena_alloc(&arena, CT_ARENA_CHUNK)); /* not a standard chunk: never in the pool */
    ct_arena_reset(&arena);
    assert_int_equal(pool.free_count, 3);
    one_request(&arena); /* more than four chunks: the one that was kept, the pool's, and malloc's */
    assert_int_equal(pool.free_count, 0);
    ct_arena_finish(&arena);
    assert_int_equal(pool.free_count, 3);
    ct_arena_pool_finish(&pool);
    assert_int_equal(pool.free_count, 0);
}

static void small_requests_need_no_malloc(void **state)
{
    (void)state;
    ct_arena_pool pool;
    ct_arena_pool_init(&pool, 1);
    void *first = NULL;
    for (int i = 0; i < 5; i++) {
        ct_arena arena;
        ct_arena_init(&arena, &pool, 0);
        void *block = ct_arena_alloc(&arena, 1000);
        assert_true(!first || block == first); /* the pool's only chunk each time */
        first = block;
        assert_int_equal(pool.free_count, 0);
        ct_arena_finish(&arena);
        assert_int_equal(pool.free_count, 1);
    }
    ct_arena_pool_finish(&pool);
}

static void reset_starts_over_in_the_same_memory(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_arena_reset(&arena); /* of an arena without chunks */
    void *first = ct_arena_alloc(&arena, 100);
    for (int i = 0; i < 3; i++) {
        ct_arena_reset(&arena);
        assert_int_equal(ct_arena_used(&arena), 0);
        assert_ptr_equal(ct_arena_alloc(&arena, 100), first);
    }
    ct_arena_finish(&arena);
    assert_non_null(ct_arena_alloc(&arena, 100));
    ct_arena_finish(&arena);
    ct_arena_finish(&arena);
}

static void zalloc_is_zeroed_in_used_memory(void **state)
{
    (void)state;
    static const char zeros[500];
    ct_arena arena;
    ct_arena_init(&arena, NULL, 512);
    void *dirty = ct_arena_alloc(&arena, 500);
    memset(dirty, 0xff, 500);
    ct_arena_reset(&arena);
    assert_memory_equal(ct_arena_zalloc(&arena, 500), zeros, 500);
    assert_null(ct_arena_zalloc(&arena, 1));
    ct_arena_finish(&arena);
}

static void copies_and_formats_end_in_nul(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    assert_string_equal(ct_arena_copy(&arena, "hello", 4), "hell");
    assert_string_equal(ct_arena_copy(&arena, NULL, 0), "");
    assert_string_equal(ct_arena_printf(&arena, "%s-%d", "a", 7), "a-7");
    /* On both sides of the stack buffer's 256 bytes, and far beyond. */
    for (int width = 254; width <= 258; width++) {
        char *text = ct_arena_printf(&arena, "%*s|", width, "x");
        assert_int_equal(strlen(text), width + 1);
        assert_string_equal(text + width - 1, "x|");
    }
    assert_int_equal(strlen(ct_arena_printf(&arena, "%100000d", 1)), 100000);
    ct_arena_finish(&arena);
    ct_arena_init(&arena, NULL, 16);
    assert_null(ct_arena_copy(&arena, "0123456789abcdef", 16));
    assert_null(ct_arena_printf(&arena, "%16d", 1));
    assert_null(ct_arena_printf(&arena, "%1600d", 1));
    assert_string_equal(ct_arena_printf(&arena, "%15d", 1), "              1");
    ct_arena_finish(&arena);
}

static void newest_block_grows_in_place(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    char *block = ct_arena_grow(&arena, NULL, 0, 10);
    memcpy(block, "012345678", 10);
    assert_ptr_equal(ct_arena_grow(&arena, block, 10, 1000), block);
    assert_int_equal(ct_arena_used(&arena), 1008);
    assert_string_equal(block, "012345678");
    assert_ptr_equal(ct_arena_grow(&arena, block, 1000, 10), block);
    assert_int_equal(ct_arena_used(&arena), 16);
    char *other = ct_arena_alloc(&arena, 16);
    char *moved = ct_arena_grow(&arena, block, 10, 20);
    assert_ptr_not_equal(moved, block);
    assert_string_equal(moved, "012345678");
    assert_ptr_equal(ct_arena_grow(&arena, other, 16, 8), other);
    ct_arena_finish(&arena);
}

static void growing_to_megabytes_wastes_nothing(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, (4 << 20) + CT_ARENA_CHUNK);
    size_t size = 5000;
    char *block = ct_arena_alloc(&arena, size);
    memset(block, 'a', size);
    while (size < 4 << 20) {
        size_t bigger = CT_MIN(2 * size, (size_t)4 << 20);
        block = ct_arena_grow(&arena, block, size, bigger);
        assert_non_null(block);
        memset(block + size, 'a', bigger - size);
        size = bigger;
    }
    for (size_t i = 0; i < size; i += 997)
        assert_int_equal(block[i], 'a');
    assert_int_equal(ct_arena_used(&arena), (4 << 20) + 5008);
    assert_non_null(ct_arena_alloc(&arena, CT_ARENA_CHUNK - 5008));
    assert_null(ct_arena_alloc(&arena, 1));
    ct_arena_finish(&arena);
}

static void growth_stops_at_the_limit(void **state)
{
    (void)state;
    static const size_t sizes[] = { 160, 2 * CT_ARENA_CHUNK };
    for (size_t i = 0; i < CT_COUNT(sizes); i++) {
        ct_arena arena;
        ct_arena_init(&arena, NULL, sizes[i] + 32);
        char *block = ct_arena_alloc(&arena, sizes[i]);
        memset(block, 'b', sizes[i]);
        assert_null(ct_arena_grow(&arena, block, sizes[i], sizes[i] + 33));
        assert_int_equal(block[sizes[i] - 1], 'b');
        block = ct_arena_grow(&arena, block, sizes[i], sizes[i] + 32);
        assert_non_null(block);
        assert_int_equal(block[sizes[i] - 1], 'b');
        assert_null(ct_arena_alloc(&arena, 1));
        ct_arena_finish(&arena);
    }
}

#if CT_ASAN
static void free_memory_is_poisoned(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    char *block = ct_arena_alloc(&arena, 32);
    assert_ptr_equal(__asan_region_is_poisoned(block, 32), NULL);
    assert_true(__asan_address_is_poisoned(block + 32));
    block = ct_arena_grow(&arena, block, 32, 5);
    assert_false(__asan_address_is_poisoned(block + 4));
    assert_true(__asan_address_is_poisoned(block + 5));
    char *big = ct_arena_alloc(&arena, 50000);
    assert_true(__asan_address_is_poisoned(big + 50000));
    ct_arena_reset(&arena);
    assert_true(__asan_address_is_poisoned(block));
    ct_arena_finish(&arena);
}
#endif

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart),
        cmocka_unit_test(size_zero_is_never_null),
        cmocka_unit_test(limit_holds_to_the_byte),
        cmocka_unit_test(limit_counts_big_and_small_together),
        cmocka_unit_test(big_block_leaves_the_chunk_in_use),
        cmocka_unit_test(chunk_with_more_room_stays_current),
        cmocka_unit_test(pool_gives_back_what_was_released),
        cmocka_unit_test(small_requests_need_no_malloc),
        cmocka_unit_test(reset_starts_over_in_the_same_memory),
        cmocka_unit_test(zalloc_is_zeroed_in_used_memory),
        cmocka_unit_test(copies_and_formats_end_in_nul),
        cmocka_unit_test(newest_block_grows_in_place),
        cmocka_unit_test(growing_to_megabytes_wastes_nothing),
        cmocka_unit_test(growth_stops_at_the_limit),
#if CT_ASAN
        cmocka_unit_test(free_memory_is_poisoned),
#endif
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
