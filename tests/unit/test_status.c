/* Status lines and reason phrases, over the whole range of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "proto/status.h"

#include <limits.h>
#include <stdio.h>

static void every_number_has_its_line(void **state)
{
    (void)state;
    for (int status = 100; status <= 599; status++) {
        char expected[128];
        snprintf(expected, sizeof(expected), "HTTP/1.1 %d %s\r\n", status, ct_status_text(status));
        ct_str line = ct_status_line(status);
        assert_int_equal(line.length, strlen(expected));
        assert_memory_equal(line.data, expected, line.length);
    }
}

static void known_and_unknown_numbers(void **state)
{
    (void)state;
    assert_string_equal(ct_status_text(200), "OK");
    assert_string_equal(ct_status_text(CT_STATUS_NOT_FOUND), "Not Found");
    assert_string_equal(ct_status_text(100), "Continue");
    assert_string_equal(ct_status_text(511), "Network Authentication Required");
    static const int unknown[] = { INT_MIN, -1, 0, 99, 209, 299, 306, 499, 599, 600, INT_MAX };
    for (size_t i = 0; i < CT_COUNT(unknown); i++)
        assert_string_equal(ct_status_text(unknown[i]), "Unknown");
}

static void out_of_range_is_an_error_of_the_server(void **state)
{
    (void)state;
    static const int bad[] = { INT_MIN, -1, 0, 99, 600, INT_MAX };
    ct_str expected = CT_STR("HTTP/1.1 500 Internal Server Error\r\n");
    for (size_t i = 0; i < CT_COUNT(bad); i++)
        assert_true(ct_str_eq(ct_status_line(bad[i]), expected));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_its_line),
        cmocka_unit_test(known_and_unknown_numbers),
        cmocka_unit_test(out_of_range_is_an_error_of_the_server),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
