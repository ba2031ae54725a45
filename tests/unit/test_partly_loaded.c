/* Writing and checking rows of which `.only` or `.defer` has left out columns; on both databases. */
#include "database.h"

CT_MODEL(User, (text, name));

CT_MODEL(Post, (text, title), (text, slug, .unique = true), (text, body, .null = true), (integer, views, .null = true),
         (boolean, pinned, .default_value = "true"), (real, weight, .null = true),
         (ref, author, User, .on_delete = CT_CASCADE));

static void bounds(ct *c, const ct_row *row, ct_errors *errors);

CT_MODEL(Span, (integer, low), (integer, high), (options, .validate = bounds));

static void bounds(ct *c, const ct_row *row, ct_errors *errors)
{
    const Span *span = (const Span *)row;
    (void)c;
    if (span->low > span->high)
        ct_errors_add(errors, NULL, "order", "The wrong way round.");
}

static const ct_app app = { .name = "blog", .models = MODELS(User, Post, Span) };

#define COUNT(what) number_of(c, "select count(*) from blog_post where " what)

static void make_posts(ct *c)
{
    make_tables(c);
    const User *user = ct_create(c, User, .name = "u");
    for (int i = 0; i < 3; i++)
        ct_create(c, Post, .title = "t", .slug = ct_printf(c, "s%d", i), .body = "b", .views = 5, .weight = 2,
                  .author_id = user->id);
}

static void many_are_not_overwritten(ct *c)
{
    make_posts(c);
    ct_list(Post) *list = ct_select(c, Post, .only = "title");
    assert_aborts_with(c, 500, "blog.Post.views is not loaded", ct_bulk_update(c, list, "title, views"));
    assert_aborts_with(c, 500, "row 1: blog.Post.body is not loaded", ct_bulk_update(c, list, "body"));
    assert_int_equal(COUNT("views = 5 and body = 'b'"), 3);
    for (size_t i = 0; i < 3; i++)
        ct_list_at(list, i)->views = 9;
    ct_set_not_null(ct_list_at(list, 1), views);
    ct_list_at(list, 1)->views = 0;
    ct_set_null(ct_list_at(list, 2), views);
    assert_int_equal(ct_bulk_update(c, list, "views"), 3);
    assert_int_equal(COUNT("views = 9 or views = 0 or views is null"), 3);
    assert_int_equal(COUNT("views = 9 and body = 'b'"), 1);
    ct_list(Span) *spans = ct_list_new(c, Span);
    ct_list_add(spans, ct_create(c, Span, .low = 5, .high = 9));
    spans = ct_select(c, Span, .only = "low");
    ct_list_at(spans, 0)->low = 6;
    assert_int_equal(ct_bulk_update(c, spans, "low"), 1);
}

static void what_is_given_is_written(ct *c)
{
    make_posts(c);
    Post *post = ct_first(c, Post, .only = "title");
    post->views = 0;
    ct_set_not_null(post, views);
    ct_set_not_null(post, pinned);
    ct_set_null(post, weight);
    ct_set_null(post, body);
    ct_save(c, post);
    assert_int_equal(COUNT("views = 0 and pinned = false and weight is null and body is null"), 1);
    run_sql(c, "update blog_post set views = 7");
    ct_save(c, post);
    assert_int_equal(COUNT("views = 7"), 3);
    /* Told, then set; what has been given is not loaded over. */
    post = ct_first(c, Post, .only = "title");
    ct_set_not_null(post, views);
    post->views = 3;
    ct_load(c, post);
    assert_int_equal(post->views, 3);
    ct_save(c, post);
    assert_int_equal(COUNT("views = 3"), 1);
    /* A rollback does not forget it. */
    post = ct_first(c, Post, .only = "title");
    ct_set_null(post, views);
    ct_atomic(c) {
        ct_save(c, post);
        ct_rollback(c);
    }
    assert_int_equal(COUNT("views = 3"), 1);
    ct_save(c, post);
    assert_int_equal(COUNT("views is null"), 1);
    /* ct_update() writes what it names alone. */
    post = ct_first(c, Post, .slug = EQ("s1"), .only = "title");
    ct_set_null(post, views);
    ct_update(c, post, .title = SET("T"));
    assert_int_equal(COUNT("title = 'T' and views = 7"), 1);
    ct_save(c, post);
    assert_int_equal(COUNT("title = 'T' and views is null"), 1);
}

static void what_is_not_loaded_is_not_checked(ct *c)
{
    make_posts(c);
    Post *post = ct_first(c, Post, .only = "title");
    assert_null(ct_validate(c, post));
    post->author_id = 99;
    const ct_errors *errors = ct_validate(c, post);
    assert_non_null(errors);
    assert_int_equal(ct_errors_count(errors), 1);
    assert_string_equal(ct_errors_at(errors, 0).field, "author");
    post = ct_first(c, Post, .defer = "title", .order_by = "slug");
    post->slug = "s1";
    errors = ct_validate(c, post);
    assert_non_null(errors);
    assert_string_equal(ct_errors_at(errors, 0).field, "slug");
    ct_create(c, Span, .low = 5, .high = 9);
    assert_null(ct_validate(c, ct_first(c, Span, .only = "low")));
}

#define BOTH(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, name);                                                                                      \
    }
BOTH(many_are_not_overwritten)
BOTH(what_is_given_is_written)
BOTH(what_is_not_loaded_is_not_checked)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_are_not_overwritten),
        cmocka_unit_test(test_what_is_given_is_written),
        cmocka_unit_test(test_what_is_not_loaded_is_not_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
