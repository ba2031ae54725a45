/* Results as tables for people. */
#include "cli/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static ct_arena arena;

static int begin(void **state)
{
    (void)state;
    ct_arena_init(&arena, NULL, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ct_arena_finish(&arena);
    return 0;
}

static const char *shown(const char *a, const char *b, bool expanded, size_t width)
{
    ct_result result;
    ct_result_begin(&result, &arena, (const char *const[]){ "id", "text", "other" }, 3);
    ct_result_add(&result, (const ct_value[]){ ct_value_of_int(7), ct_value_of_text(a), ct_value_of_text(b) });
    ct_result_add(&result, (const ct_value[]){ ct_value_of_int(12345), ct_value_null(), ct_value_of_text("") });
    ct_buffer out = ct_buffer_in(&arena);
    ct_result_write(&result, expanded, width, &out);
    return ct_buffer_text(&out);
}

static void test_tables(void **state)
{
    (void)state;
    assert_string_equal(shown("a", "NULL", false, 0), "   id  text  other\n"
                                                      "-----  ----  ------\n"
                                                      "    7  a     \"NULL\"\n"
                                                      "12345  NULL  \"\"\n");
    assert_string_equal(shown("漢字", "é", false, 0), "   id  text  other\n"
                                                      "-----  ----  -----\n"
                                                      "    7  漢字  é\n"
                                                      "12345  NULL  \"\"\n");
    assert_string_equal(shown("a", "b", true, 0), "-- 1\nid     7\ntext   a\nother  b\n"
                                                  "-- 2\nid     12345\ntext   NULL\nother  \"\"\n");
}

static void test_what_is_too_wide_is_cut(void **state)
{
    (void)state;
    assert_string_equal(shown("abcdefghijklmnopqrstuvwxyz", "short", false, 30), "   id  text              other\n"
                                                                                 "-----  ----------------  -----\n"
                                                                                 "    7  abcdefghijklmno…  short\n"
                                                                                 "12345  NULL              \"\"\n");
    /* A letter of two columns is not cut in half. */
    assert_string_equal(shown("漢字漢字漢字漢字漢字", "short", false, 24), "   id  text        other\n"
                                                                           "-----  ----------  -----\n"
                                                                           "    7  漢字漢字…   short\n"
                                                                           "12345  NULL        \"\"\n");
    assert_string_equal(shown("abcdefghijklmnopqrstuvwxyz", "short", true, 20),
                        "-- 1\nid     7\ntext   abcdefghijkl…\nother  short\n"
                        "-- 2\nid     12345\ntext   NULL\nother  \"\"\n");
}

static void test_nothing_moves_the_cursor(void **state)
{
    (void)state;
    assert_non_null(strstr(shown("\x1b[2J\r\n\t\x7f", "\xff\xe2\x80\xae", false, 0),
                           "\\u001B[2J\\u000D\\n\\t\\u007F  \\xFF\\u202E\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tables, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_too_wide_is_cut, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing_moves_the_cursor, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
