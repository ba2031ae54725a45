/* A change where a condition belongs, and the reverse, from a program that was compiled without the flag that refuses
 * them: nothing happens to the rows; on both databases. */
#include "database.h"

CT_MODEL(Post, (text, title, .null = true), (integer, views, .null = true));

static const ct_app app = { .name = "blog", .models = MODELS(Post) };

static void are_told(ct *c)
{
    make_tables(c);
    Post *post = ct_create(c, Post, .title = "t", .views = 1);
    const ct_op null = (ct_op)CT_CHANGE_NULL, set = (ct_op)CT_CHANGE_SET;
    assert_aborts_with(c, 500, ".views: a change stands where", ct_delete_where(c, Post, .views = { .op = null }));
    assert_aborts_with(c, 500, ".title: a change stands where",
                       ct_select(c, Post, .title = { .op = set, .value = "x" }));
    assert_aborts_with(c, 500, "test_mixed_up.c:", ct_select(c, Post, .title = { .op = set, .value = "x" }));
    const ct_change_op is_null = (ct_change_op)CT_OP_IS_NULL, equal = (ct_change_op)CT_OP_EQ;
    assert_aborts_with(c, 500, "blog.Post.views: a condition stands where",
                       ct_update(c, post, .views = { .op = is_null }));
    assert_aborts_with(c, 500, "test_mixed_up.c:", ct_update(c, post, .views = { .op = equal, .value = 5 }));
    assert_aborts_with(c, 500, "blog.Post.title: a condition stands where",
                       ct_update_where(c, Post, WHERE(Post), .title = { .op = equal, .value = "x" }));
    assert_int_equal(number_of(c, "select count(*) from blog_post where title = 't' and views = 1"), 1);
}

static void test_are_told(void **state)
{
    (void)state;
    on_databases(&app, are_told);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_are_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
