/* What a call has named, read from its text: whatever the arguments hold, a name counts where an argument begins. And a
 * condition without an operator is refused. */
#include "made_request.h"

#include "canteen/query.h"
#include "db/given.h"
#include "db/sql.h"

CT_MODEL_DECLARE(Post);
CT_MODEL(Post, (text, title), (integer, views), (boolean, pinned),
         (ref, parent, Post, .null = true, .on_delete = CT_CASCADE), (json, data), (has_many, children, Post, parent));

static made_request made;

static int set_up(void **state)
{
    *state = make_work(&made);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    drop_request(&made);
    return 0;
}

#define TITLE 1u
#define VIEWS 2u
#define PINNED 4u
#define PARENT 8u
#define DATA 16u

static void assert_given(const char *text, uint64_t mask, bool key)
{
    ct_given given = { .text = text };
    ct_given_resolve(&made.c, &given, &Post_shape);
    assert_int_equal(given.mask, mask);
    assert_int_equal(given.key, key);
    assert_ptr_equal(given.shape, &Post_shape);
}

static void assert_rows(const char *text, uint64_t rows)
{
    ct_given given = { .text = text };
    ct_given_resolve(&made.c, &given, &Post_shape);
    assert_int_equal(given.rows, rows);
}

static void names_are_found_where_arguments_begin(void **state)
{
    (void)state;
    assert_given("", 0, false);
    assert_given(".title = \"a\"", TITLE, false);
    assert_given(".title = \"a\", .views = 0", TITLE | VIEWS, false);
    assert_given(".views=3,.id=7", VIEWS, true);
    assert_given(" . pinned = true , ", PINNED, false);
    assert_given(".parent_id = x, .parent = y", PARENT, false);
    assert_rows(".parent = y, .title = z", PARENT);
    assert_rows(".parent_id = y, .title = z", 0);
    assert_rows(".parent_id = x, .parent = y", 0);
    assert_rows(".parent = y, .parent_id = x", 0);
    assert_given(".data.type = CT_VALUE_INT, .data.integer = 1", DATA, false);
}

static void what_stands_in_values_is_no_name(void **state)
{
    (void)state;
    assert_given(".title = \", .views = 3\"", TITLE, false);
    assert_given(".title = \"\\\", .views = 3, \"", TITLE, false);
    assert_given(".title = f(a, .views = 3)", TITLE, false);
    assert_given(".data = { .type = 1, .views = 3 }", DATA, false);
    assert_given(".title = t[a, .views]", TITLE, false);
    assert_given(".views = ',', .title = \"x\"", TITLE | VIEWS, false);
    assert_given(".views = '\\'', .title = \"(\", .pinned = true", TITLE | VIEWS | PINNED, false);
    assert_given(".titles = \"x\", .viewsx = 1", 0, false);
    assert_given("title", 0, false);
    assert_given(".title = \"open", TITLE, false);
    assert_given(".title = \"end\\", TITLE, false);
    assert_given(".title = )), .views = 1", TITLE | VIEWS, false);
}

static void the_compiler_gives_the_text(void **state)
{
    (void)state;
    ct_given *given = CT_GIVEN(.title = "a, .views = 1" /* , .pinned = true */, .parent_id = (3, 4));
    ct_given_resolve(&made.c, given, &Post_shape);
    assert_int_equal(given->mask, TITLE | PARENT);
    assert_string_equal(given->file, __FILE__);
}

static ct_given given_of(const char *text)
{
    return (ct_given){ .text = text, .file = "blog.c", .line = 12 };
}

static void assert_refused(const char *text, bool change, const char *message)
{
    ct_given given = given_of(text);
    assert_aborts(&made.c, 500, message, ct_given_check(&made.c, &given, &Post_shape, change));
}

static void a_condition_needs_an_operator(void **state)
{
    (void)state;
    assert_refused(".views = 0", false, "blog.c:12: .views = 0 is no condition: write .views = EQ(0)");
    assert_refused(".limit = 3, .views = (0)", false, "blog.c:12: .views = 0 is no condition: write .views = EQ(0)");
    assert_refused(".views = (int64_t)-0x0L", false, "blog.c:12: .views = 0 is no condition: write .views = EQ(0)");
    assert_refused(".title = NULL", false, "blog.c:12: .title = NULL is no condition: write .title = IS_NULL");
    assert_refused(".pinned = false", false, "blog.c:12: .pinned = false is no condition: write .pinned = EQ(false)");
    assert_refused(".parent_id = { }", false, "blog.c:12: .parent_id = 0 is no condition: write .parent_id = EQ(0)");
    assert_refused(".id = 0", false, "blog.c:12: .id = 0 is no condition: write .id = EQ(0)");
    assert_refused(".views = 0", true, "blog.c:12: .views = 0 changes nothing: write .views = SET(0)");
    assert_refused(".title = ((void *)0)", true, "blog.c:12: .title = NULL changes nothing: write .title = TO_NULL");
}

/* C makes true of it, whatever it says. */
static void a_text_is_no_boolean(void **state)
{
    (void)state;
    assert_refused(".pinned = { .op = CT_OP_EQ, .value = (\"false\") }", false,
                   "blog.c:12: .pinned is a boolean, and any text is true: write EQ(true) or EQ(false)");
    assert_refused(".pinned = { .op = CT_CHANGE_SET, .value = \"a \\\" b\" }", true,
                   "blog.c:12: .pinned is a boolean, and any text is true: write SET(true) or SET(false)");
    ct_given given = given_of(".pinned = { .op = CT_OP_EQ, .value = (\"a\"[0] == 'a') }, .title = { .op = CT_OP_EQ, "
                              ".value = (\"x\") }, .parent = (strcmp(\"a\", b) == 0)");
    ct_given_check(&made.c, &given, &Post_shape, false);
}

/* What the program writes reaches the text when macros have been expanded. */
#define given_in_call(c, T, ...) CT_QUERY(T, __VA_ARGS__)

static void check_call(const ct_model *model, const void *query, ct_given *given)
{
    (void)query;
    ct_given_check(&made.c, given, model->shape, false);
}

/* gcc refuses it by -Wmissing-braces, clang does not. */
#pragma GCC diagnostic ignored "-Wmissing-braces"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static void what_macros_make_of_it_counts(void **state)
{
    (void)state;
    made.c.error_message = NULL;
    check_call(given_in_call(c, Post, .views = EQ(0), .pinned = EQ(false), .title = IN("a", "b", ", .views = 0")));
    ct_catch caught;
    if (!ct_catch_begin(&made.c, &caught)) {
        check_call(given_in_call(c, Post, .title = EQ("x"), .views = 0));
        fail();
    }
    assert_non_null(strstr(made.c.error_message, ".views = 0 is no condition: write .views = EQ(0)"));
    made.c.unwinding = CT_UNWIND_NONE;
    if (!ct_catch_begin(&made.c, &caught)) {
        check_call(given_in_call(c, Post, .pinned = EQ("false")));
        fail();
    }
    assert_non_null(strstr(made.c.error_message, ".pinned is a boolean"));
}

static void options_and_relations_may_be_nothing(void **state)
{
    (void)state;
    ct_given given = given_of(".limit = 0, .order_by = NULL, .distinct = false, .parent = NULL, .children = NULL, "
                              ".views = EQ(0), .title = IS_NULL, .any = NULL");
    ct_given_check(&made.c, &given, &Post_shape, false);
    assert_ptr_equal(given.shape, &Post_shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_found_where_arguments_begin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_stands_in_values_is_no_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_compiler_gives_the_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_condition_needs_an_operator, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_is_no_boolean, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_macros_make_of_it_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(options_and_relations_may_be_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
