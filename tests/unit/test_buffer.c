/* Buffers: what is appended comes out whole, on the heap and in an arena, and limits hold to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"

static void assert_content(ct_buffer *buffer, const char *text)
{
    assert_false(buffer->failed);
    assert_int_equal(buffer->length, strlen(text));
    assert_string_equal(ct_buffer_text(buffer), text);
}

static void fill_and_check(ct_buffer *buffer)
{
    ct_buffer_append(buffer, "ab", 2);
    ct_buffer_str(buffer, CT_STR("cd"));
    ct_buffer_char(buffer, 'e');
    CT_BUFFER_LITERAL(buffer, "fg");
    ct_buffer_printf(buffer, "[%d]", 42);
    ct_buffer_uint(buffer, 0);
    ct_buffer_uint(buffer, UINT64_MAX);
    assert_content(buffer, "abcdefg[42]018446744073709551615");
    ct_buffer_consume(buffer, 7);
    assert_content(buffer, "[42]018446744073709551615");
    ct_buffer_consume(buffer, buffer->length);
    assert_content(buffer, "");
    ct_buffer_consume(buffer, 1); /* more than there is takes what there is */
    assert_content(buffer, "");
}

static void all_kinds_of_append(void **state)
{
    (void)state;
    ct_buffer heap = { 0 };
    fill_and_check(&heap);
    ct_buffer_finish(&heap);
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_buffer inside = ct_buffer_in(&arena);
    fill_and_check(&inside);
    ct_buffer_finish(&inside);
    ct_arena_finish(&arena);
}

static void empty_is_an_empty_text(void **state)
{
    (void)state;
    ct_buffer buffer = { 0 };
    assert_string_equal(ct_buffer_text(&buffer), "");
    ct_buffer_append(&buffer, NULL, 0);
    assert_content(&buffer, "");
    ct_buffer_finish(&buffer);
    ct_buffer_finish(&buffer);
}

static void grows_byte_by_byte(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_buffer buffers[] = { { 0 }, ct_buffer_in(&arena) };
    for (size_t i = 0; i < 100000; i++) {
        ct_buffer_char(&buffers[0], (char)(i * 7));
        ct_buffer_char(&buffers[1], (char)(i * 7));
    }
    for (size_t b = 0; b < 2; b++) {
        assert_int_equal(buffers[b].length, 100000);
        for (size_t i = 0; i < 100000; i++)
            assert_int_equal(buffers[b].data[i], (char)(i * 7));
        ct_buffer_finish(&buffers[b]);
    }
    ct_arena_finish(&arena);
}

static void limit_takes_exactly_that_many(void **state)
{
    (void)state;
    static const size_t limits[] = { 1, 10, 127, 128, 129, 1000 };
    for (size_t i = 0; i < CT_COUNT(limits); i++) {
        ct_buffer buffer = { .limit = limits[i] };
        for (size_t n = 0; n < limits[i]; n++)
            ct_buffer_char(&buffer, 'x');
        assert_false(buffer.failed);
        assert_int_equal(buffer.length, limits[i]);
        assert_int_equal(strlen(ct_buffer_text(&buffer)), limits[i]);
        ct_buffer_char(&buffer, 'y');
        assert_true(buffer.failed);
        assert_int_equal(buffer.length, limits[i]);
        assert_string_equal(ct_buffer_text(&buffer), "");
        ct_buffer_finish(&buffer);
        assert_false(buffer.failed);
        assert_int_equal(buffer.limit, limits[i]);
    }
}

static void nothing_gets_in_after_a_failure(void **state)
{
    (void)state;
    ct_buffer buffer = { .limit = 10 };
    CT_BUFFER_LITERAL(&buffer, "12345");
    CT_BUFFER_LITERAL(&buffer, "too long");
    assert_true(buffer.failed);
    ct_buffer_char(&buffer, '6');
    ct_buffer_printf(&buffer, "%d", 7);
    assert_null(ct_buffer_reserve(&buffer, 0));
    assert_int_equal(buffer.length, 5);
    ct_buffer_consume(&buffer, 2);
    ct_buffer_char(&buffer, '6');
    assert_int_equal(buffer.length, 3);
    assert_memory_equal(buffer.data, "345", 3);
    ct_buffer_finish(&buffer);
}

static void arena_limit_fails_the_buffer(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 256);
    ct_buffer buffer = ct_buffer_in(&arena);
    for (int i = 0; i < 255; i++)
        ct_buffer_char(&buffer, 'x');
    assert_false(buffer.failed);
    assert_int_equal(strlen(ct_buffer_text(&buffer)), 255);
    ct_buffer_char(&buffer, 'x');
    assert_true(buffer.failed);
    assert_int_equal(buffer.length, 255);
    ct_arena_finish(&arena);
}

static void reserve_gives_room(void **state)
{
    (void)state;
    ct_buffer buffer = { .limit = 5000 };
    char *room = ct_buffer_reserve(&buffer, 5000);
    assert_ptr_equal(room, buffer.data);
    memset(room, 'r', 5000);
    buffer.length += 5000;
    assert_int_equal(strlen(ct_buffer_text(&buffer)), 5000);
    assert_null(ct_buffer_reserve(&buffer, 1));
    ct_buffer_finish(&buffer);
    ct_buffer unlimited = { 0 };
    ct_buffer_char(&unlimited, 'x');
    assert_null(ct_buffer_reserve(&unlimited, SIZE_MAX));
    assert_true(unlimited.failed);
    ct_buffer_finish(&unlimited);
}

static void printf_around_the_capacity(void **state)
{
    (void)state;
    for (int width = 120; width <= 260; width++) {
        ct_buffer buffer = { 0 };
        ct_buffer_char(&buffer, '<');
        ct_buffer_printf(&buffer, "%*s>", width, "x");
        assert_false(buffer.failed);
        assert_int_equal(buffer.length, width + 2);
        assert_string_equal(ct_buffer_text(&buffer) + width, "x>");
        ct_buffer_finish(&buffer);
    }
    ct_buffer small = { .limit = 4 };
    ct_buffer_printf(&small, "%d", 1234);
    assert_content(&small, "1234");
    ct_buffer_printf(&small, "%d", 5);
    assert_true(small.failed);
    ct_buffer_finish(&small);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_of_append),
        cmocka_unit_test(empty_is_an_empty_text),
        cmocka_unit_test(grows_byte_by_byte),
        cmocka_unit_test(limit_takes_exactly_that_many),
        cmocka_unit_test(nothing_gets_in_after_a_failure),
        cmocka_unit_test(arena_limit_fails_the_buffer),
        cmocka_unit_test(reserve_gives_room),
        cmocka_unit_test(printf_around_the_capacity),
    };
    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
