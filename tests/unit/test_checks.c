/* The checks of tests: what holds, and what is said of what does not. */
#include "performed.h"

#include <canteen.h>
#include <math.h>

CT_SHAPE(Choice, (text, choice), (integer, votes));

static const ct_app app = { .name = "app" };

static void checks_that_hold(ct *c)
{
    const char *text = "polls", *none = NULL;
    Choice row = { .row = { .shape = &Choice_shape }, .choice = "tea", .votes = 3 };
    ct_list(Choice) *rows = ct_list_new(c, Choice);
    ct_list_add(rows, ct_row_new(c, Choice, .choice = "tea", .votes = 3));
    ct_array *array = ct_array_new(c);
    ct_array_add(array, ct_object(c, KV("votes", 3.0), KV("choice", "tea")));
    CT_CHECK(text);
    CT_CHECK_EQ(1, (uint8_t)1);
    CT_CHECK_EQ(1, 1.0);
    CT_CHECK_EQ(true, 1);
    CT_CHECK_EQ(UINT64_MAX, UINT64_MAX);
    CT_CHECK_NE(UINT64_MAX, -1);
    CT_CHECK_NE(INT64_MAX, 9223372036854775807.0); /* which is one more */
    CT_CHECK_NE(NAN, NAN);
    CT_CHECK_NE(1, "1");
    CT_CHECK_EQ(text, "polls");
    CT_CHECK_EQ(ct_safe("polls"), text);
    CT_CHECK_NE(text, "poll");
    CT_CHECK_EQ(none, none);
    CT_CHECK_NE(none, "");
    CT_CHECK_NE(none, 0);
    CT_CHECK_EQ(&row, ct_object(c, KV("votes", 3), KV("choice", "tea")));
    CT_CHECK_NE(&row, ct_object(c, KV("votes", 3), KV("choice", "tea"), KV("more", 1)));
    CT_CHECK_NE(ct_object(c, KV("a", 1), KV("b", 2)), ct_object(c, KV("a", 1)));
    CT_CHECK_EQ(rows, array);
    CT_CHECK_EQ(ct_datetime(7), 7);
    CT_CHECK_LT(1, 1.5);
    CT_CHECK_LT(-1, UINT64_MAX);
    CT_CHECK_LE("a", "a");
    CT_CHECK_GT("b", "abc");
    CT_CHECK_GE(2u, 2);
    CT_CHECK_CONTAINS("a vote", "vote");
    CT_CHECK_LACKS("a vote", "votes");
}

static int evaluated;

static int count(void)
{
    return ++evaluated;
}

static void evaluates_once(ct *c)
{
    CT_CHECK(count());
    CT_CHECK_EQ(count(), 2);
    CT_CHECK_LT(count(), 10);
}

static void what_holds_passes(void **state)
{
    (void)state;
    assert_passes(&app, checks_that_hold);
    evaluated = 0;
    assert_passes(&app, evaluates_once);
    assert_int_equal(evaluated, 3);
}

/* ---- messages ---- */

/* A test of its own for each check. */
#define FAILING(name, ...)                                                                                             \
    static void name(ct *c)                                                                                            \
    {                                                                                                                  \
        __VA_ARGS__;                                                                                                   \
    }

static const int status = 200;
FAILING(numbers, CT_CHECK_EQ(status, 302))
FAILING(both_sides, CT_CHECK_EQ(status, status + 1))
FAILING(texts, const char *name = "Ada\n"; CT_CHECK_EQ(name, "Bob"))
FAILING(null, const char *name = NULL; CT_CHECK_NE(name, ct_value_null()))
FAILING(deep, CT_CHECK_EQ(ct_object(c, KV("a", true), KV("b", ct_array_new(c))), ct_value_null()))
FAILING(unordered, CT_CHECK_LT("1", 2))
FAILING(not_a_number, CT_CHECK_LE(NAN, 1))
FAILING(condition, CT_CHECK(status == 7))
FAILING(fails, CT_FAIL("%d is no %s", 7, "luck"))
FAILING(missing, CT_CHECK_CONTAINS("0 votes", "1 vote"))
FAILING(present, CT_CHECK_LACKS("<b>1 vote</b>", "vote"))
FAILING(no_text, const char *body = NULL; CT_CHECK_CONTAINS(body, "x"))

static void assert_says(ct_test_fn *run, const char *message)
{
    assert_false(perform(&app, run));
    const char *behind_place = strstr(performed_report, ": ");
    assert_non_null(behind_place);
    assert_string_equal(behind_place + 2, message);
}

static int place;

static void at_a_place(ct *c)
{
    place = __LINE__ + 1;
    CT_CHECK(!c);
}

static void failures_show_the_place(void **state)
{
    (void)state;
    assert_false(perform(&app, at_a_place));
    char expected[64];
    snprintf(expected, sizeof(expected), "tests/unit/test_checks.c:%d: CT_CHECK(!c)", place);
    assert_string_equal(performed_report, expected);
}

static void failures_show_what_was_found(void **state)
{
    (void)state;
    assert_says(numbers, "CT_CHECK_EQ(status, 302)\n  status is 200");
    assert_says(both_sides, "CT_CHECK_EQ(status, status + 1)\n  status is 200\n  status + 1 is 201");
    assert_says(texts, "CT_CHECK_EQ(name, \"Bob\")\n  name is \"Ada\\n\"");
    assert_says(null, "CT_CHECK_NE(name, ct_value_null())\n  name is NULL\n  ct_value_null() is NULL");
    assert_says(unordered, "CT_CHECK_LT(\"1\", 2)\n  only two numbers or two texts are one before the other");
    assert_false(perform(&app, not_a_number));
    assert_non_null(strstr(performed_report, ": CT_CHECK_LE("));
    assert_says(condition, "CT_CHECK(status == 7)");
    assert_says(fails, "7 is no luck");
    assert_says(missing, "CT_CHECK_CONTAINS(\"0 votes\", \"1 vote\")\n  \"0 votes\" is \"0 votes\"");
    assert_says(present, "CT_CHECK_LACKS(\"<b>1 vote</b>\", \"vote\")\n  it is at byte 5 (line 1):\n    "
                         "\"<b>1 vote</b>\"");
    assert_says(no_text, "CT_CHECK_CONTAINS(body, \"x\")\n  body is NULL");
    assert_false(perform(&app, deep));
    assert_non_null(strstr(performed_report, " is {\"a\": true, \"b\": []}\n  ct_value_null() is NULL"));
}

/* ---- long texts ---- */

static const char *lines(ct *c)
{
    ct_buffer out = ct_buffer_in(c->arena);
    for (int i = 0; i < 100; i++)
        ct_buffer_printf(&out, "line %d\n", i);
    return ct_buffer_text(&out);
}

static void long_missing(ct *c)
{
    CT_CHECK_CONTAINS(lines(c), "line 42\nline 44");
}

static void nothing_like_it(ct *c)
{
    CT_CHECK_CONTAINS(lines(c), "vote");
}

static void long_difference(ct *c)
{
    char *other = ct_strdup(c, lines(c));
    strstr(other, "50")[1] = '1';
    CT_CHECK_EQ(lines(c), other);
}

static void in_long_texts_the_place_is_shown(void **state)
{
    (void)state;
    assert_false(perform(&app, long_missing));
    assert_non_null(strstr(performed_report, "nearest is \"line 42\\nline 4\" at byte 326 (line 43):\n    ...\""));
    assert_non_null(strstr(performed_report, "line 43\\nline 44\\n"));
    assert_null(strstr(performed_report, "line 99"));
    assert_false(perform(&app, nothing_like_it));
    assert_non_null(strstr(performed_report, "nothing like it is in the 790 bytes, which begin \"line 0"));
    assert_false(perform(&app, long_difference));
    assert_non_null(strstr(performed_report, "they differ from byte 396 on (line 51):\n    ...\""));
}

/* ---- ends ---- */

static char notes[64];

static void note(void *arg)
{
    strncat(notes, arg, sizeof(notes) - strlen(notes) - 1);
}

static void cleans_up(ct *c)
{
    ct_defer(c, note, (char[]){ "a" });
    static char second[] = "b";
    ct_defer(c, note, second);
    CT_CHECK(false);
    note(second);
}

static void aborts(ct *c)
{
    ct_abort(c, 404, "no such poll");
}

static void a_failed_check_ends_the_test_and_cleans_up(void **state)
{
    (void)state;
    assert_false(perform(&app, cleans_up));
    assert_int_equal(notes[0], 'b');
    assert_int_equal(strlen(notes), 2);
    assert_fails(&app, aborts, "tests.c:7: the test was ended by ct_abort(c, 404, \"no such poll\")");
}

static void abort_with(ct *c, void *arg)
{
    if (*(int *)arg)
        ct_abort(c, *(int *)arg, "because");
}

static void check_inside(ct *c, void *arg)
{
    CT_CHECK_EQ(*(int *)arg, 7);
}

static int status_403 = 403, status_0;

static void expects_aborts(ct *c)
{
    CT_CHECK_ABORTS(403, abort_with, &status_403);
    ct_sleep(c, 1); /* the test goes on as if nothing had been */
    CT_CHECK_ABORTS(403, abort_with, &status_403);
}

static void other_status(ct *c)
{
    CT_CHECK_ABORTS(404, abort_with, &status_403);
}

static void no_abort(ct *c)
{
    CT_CHECK_ABORTS(404, abort_with, &status_0);
}

static void a_check_within(ct *c)
{
    CT_CHECK_ABORTS(500, check_inside, &status_0);
}

static void aborts_can_be_expected(void **state)
{
    (void)state;
    assert_passes(&app, expects_aborts);
    assert_false(perform(&app, other_status));
    assert_non_null(strstr(performed_report, ": abort_with() aborted with 403 (because), where 404 was expected"));
    assert_false(perform(&app, no_abort));
    assert_non_null(strstr(performed_report, ": abort_with() returned, where ct_abort(c, 404) was expected"));
    assert_false(perform(&app, a_check_within));
    assert_non_null(strstr(performed_report, "CT_CHECK_EQ(*(int *)arg, 7)\n  *(int *)arg is 0"));
}

/* ---- hooks ---- */

static void hook_that_fails(ct *c)
{
    ct_abort(c, 500, "no database");
}

static const ct_app hooked = { .name = "hooked", .startup = HOOKS(hook_that_fails) };

static void a_hook_that_fails_fails_the_test(void **state)
{
    (void)state;
    assert_fails(&hooked, checks_that_hold,
                 "tests.c:7: the test did not start: a startup hook failed, as the log says");
    assert_non_null(strstr(performed_log, "no database"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_passes),
        cmocka_unit_test(failures_show_the_place),
        cmocka_unit_test(failures_show_what_was_found),
        cmocka_unit_test(in_long_texts_the_place_is_shown),
        cmocka_unit_test(a_failed_check_ends_the_test_and_cleans_up),
        cmocka_unit_test(aborts_can_be_expected),
        cmocka_unit_test(a_hook_that_fails_fails_the_test),
    };
    return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
