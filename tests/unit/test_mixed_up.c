/* A change where a condition belongs, and the reverse, from a program that was compiled without the flag that refuses
 * them: nothing happens to the rows; on both databases. */
#include "database.h"

CT_MODEL(User, (text, name), (integer, age));

CT_MODEL(Post, (text, title, .null = true), (integer, views, .null = true),
         (ref, author, User, .on_delete = CT_CASCADE, .null = true));

static const ct_app app = { .name = "blog", .models = MODELS(User, Post) };

static void are_told(ct *c)
{
    make_tables(c);
    Post *post = ct_create(c, Post, .title = "t", .views = 1);
    assert_aborts_with(c, 500, "GT_FIELD(User, ...) names a field of another model",
                       (void)ct_select(c, Post, .views = GT_FIELD(User, age)));
    const char *words = "FIELD(User, ...) names a field of another model: the row is a Post";
    assert_aborts_with(c, 500, words, ct_update(c, post, .views = FIELD(User, age)));
    assert_aborts_with(c, 500, words, ct_update_where(c, Post, WHERE(Post), .views = FIELD(User, age)));
    const ct_op null = (ct_op)CT_CHANGE_NULL, set = (ct_op)CT_CHANGE_SET;
    assert_aborts_with(c, 500, ".views: a change stands where", ct_delete_where(c, Post, .views = { .op = null }));
    assert_aborts_with(c, 500, ".title: a change stands where",
                       (void)ct_select(c, Post, .title = { .op = set, .value = "x" }));
    assert_aborts_with(c, 500, "test_mixed_up.c:", (void)ct_select(c, Post, .title = { .op = set, .value = "x" }));
    const ct_change_op is_null = (ct_change_op)CT_OP_IS_NULL, equal = (ct_change_op)CT_OP_EQ;
    assert_aborts_with(c, 500, "blog.Post.views: a condition stands where",
                       ct_update(c, post, .views = { .op = is_null }));
    assert_aborts_with(c, 500, "test_mixed_up.c:", ct_update(c, post, .views = { .op = equal, .value = 5 }));
    assert_aborts_with(c, 500, "blog.Post.title: a condition stands where",
                       ct_update_where(c, Post, WHERE(Post), .title = { .op = equal, .value = "x" }));
    assert_int_equal(number_of(c, "select count(*) from blog_post where title = 't' and views = 1"), 1);
}

/* What the compiler warns of alone, without the flags of canteen.pc, or not at all behind a cast. */
static void conditions_of_others_are_told(ct *c)
{
    make_tables(c);
    ct_create(c, Post, .title = "t", .views = 1);
    const void *users = WHERE(User, .age = EQ(3)), *posts = WHERE(Post, .views = EQ(1));
    const void *group = ANY_OF(User, { .age = EQ(3) }), *own = ANY_OF(Post, { .views = EQ(1) }, { .views = EQ(2) });
    assert_aborts_with(c, 500, "test_mixed_up.c:", ct_count(c, Post, .any = group));
    assert_aborts_with(c, 500, "a group of User, as in ANY_OF(User, ...), among the conditions of Post",
                       ct_count(c, Post, .none = group));
    assert_aborts_with(c, 500, "a group of User", ct_count(c, Post, .union_all = group));
    assert_aborts_with(c, 500, "a group of User", ct_count(c, Post, .all = group));
    assert_aborts_with(c, 500, "a WHERE(Post, ...) stands where a group belongs: write ANY_OF(Post, { ... }, ...)",
                       ct_count(c, Post, .any = posts));
    assert_aborts_with(c, 500, "WHERE(User, ...) where the row is a Post",
                       ct_update_where(c, Post, users, .views = SET(9)));
    assert_aborts_with(c, 500, "stands where WHERE(Post, .any = ANY_OF(...)) belongs",
                       ct_update_where(c, Post, own, .views = SET(9)));
    assert_aborts_with(c, 500, "WHERE(Post, ...) where the row is a User", ct_count(c, Post, .author = posts));
    assert_aborts_with(c, 500, "stands where WHERE(User, .any = ANY_OF(...)) belongs",
                       ct_count(c, Post, .author = group));
    assert_int_equal(ct_count(c, Post, .any = own), 1);
    assert_int_equal(ct_count(c, Post, .author = users), 0);
    const Post_query by_hand[] = { { .views = EQ(1) }, { .end = true } };
    assert_int_equal(ct_count(c, Post, .any = by_hand), 1);
    assert_int_equal(ct_update_where(c, Post, posts, .views = SET(1)), 1);
}

static void test_conditions_of_others_are_told(void **state)
{
    (void)state;
    on_databases(&app, conditions_of_others_are_told);
}

/* As a file would write that has another model of this name. */
static void other_models_are_told(ct *c)
{
    make_tables(c);
    Post *post = ct_create(c, Post, .title = "t", .views = 1);
    const char *words = "two models are named Post";
    static ct_given other = { .text = "", .file = "b.c", .line = 3, .check = Post_shape_check + 1 };
    const Post_query query = { .views = EQ(1) };
    const Post_change change = { .views = SET(2) };
    assert_aborts_with(c, 500, words, ct_select_rows(c, &Post_model, &query, &other));
    assert_aborts_with(c, 500, "b.c:3", ct_count_rows(c, &Post_model, &query, &other));
    assert_aborts_with(c, 500, words, ct_delete_rows(c, &Post_model, &query, &other));
    assert_aborts_with(c, 500, words, ct_update_row(c, &post->row, &change, &other, NULL));
    assert_aborts_with(c, 500, words, ct_update_rows(c, &Post_model, &query, &change, &other));
    assert_int_equal(CT_ROW_CHECK(post), Post_shape.check);
    assert_int_equal(CT_GIVEN_OF(CT_ROW_CHECK(post), .views = 1)->check, Post_shape.check);
    assert_int_equal(number_of(c, "select count(*) from blog_post where views = 1"), 1);
    ct_update(c, post, .views = SET(3));
    assert_int_equal(ct_update_where(c, Post, WHERE(Post, .views = EQ(3)), .views = SET(4)), 1);
    assert_int_equal(ct_delete_where(c, Post, .views = EQ(4)), 1);
}

static void test_other_models_are_told(void **state)
{
    (void)state;
    on_databases(&app, other_models_are_told);
}

static void test_are_told(void **state)
{
    (void)state;
    on_databases(&app, are_told);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_are_told),
                                        cmocka_unit_test(test_conditions_of_others_are_told),
                                        cmocka_unit_test(test_other_models_are_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
