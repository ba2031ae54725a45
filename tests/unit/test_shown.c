/* Refs that are set by the row itself, post->author = user, and then written; on both databases. */
#include "database.h"

CT_MODEL(User, (text, name));

CT_TABLE(Word, (text, word, .primary_key = true));

CT_MODEL(Post, (text, title), (ref, author, User, .on_delete = CT_CASCADE),
         (ref, editor, User, .on_delete = CT_SET_NULL, .null = true),
         (ref_text, word, Word, .on_delete = CT_SET_NULL, .null = true));

static const ct_app app = { .name = "blog", .models = MODELS(User, Word, Post) };

#define COUNT(what) number_of(c, "select count(*) from blog_post where " what)

static void the_row_shown_is_written(ct *c)
{
    make_tables(c);
    User *a = ct_create(c, User, .name = "a"), *b = ct_create(c, User, .name = "b");
    Word *word = ct_create(c, Word, .word = "w");
    Post *made = ct_create(c, Post, .title = "t", .author = a);
    made->author = b;
    made->editor = a;
    ct_save(c, made);
    assert_int_equal(COUNT("author_id = 2 and editor_id = 1"), 1);
    assert_ptr_equal(made->author, b);
    assert_ptr_equal(ct_related(c, made, editor), a);
    /* Read, with the row and without it. */
    const char *const withs[] = { NULL, "author, editor" };
    for (size_t i = 0; i < 2; i++) {
        Post *post = ct_first(c, Post, .with = withs[i]);
        post->author = a;
        post->editor = b;
        post->word = word;
        ct_save(c, post);
        assert_int_equal(COUNT("author_id = 1 and editor_id = 2 and word_id = 'w'"), 1);
        assert_int_equal(post->author_id, 1);
        post->author = b;
        post->editor = a;
        ct_save(c, post);
        assert_int_equal(COUNT("author_id = 2 and editor_id = 1"), 1);
    }
    /* The key alone: the pointer is from before. */
    Post *post = ct_first(c, Post, .with = "author, editor");
    post->author_id = 1;
    post->editor_id = 0;
    ct_set_null(post, editor_id);
    ct_save(c, post);
    assert_int_equal(COUNT("author_id = 1 and editor_id is null"), 1);
    assert_string_equal(ct_related(c, post, author)->name, "a");
    assert_null(ct_related(c, post, editor));
    /* Of a column that is not loaded. */
    post = ct_first(c, Post, .only = "title");
    post->author = b;
    ct_save(c, post);
    assert_int_equal(COUNT("author_id = 2"), 1);
}

static void what_is_unclear_is_refused(ct *c)
{
    make_tables(c);
    User *a = ct_create(c, User, .name = "a"), *b = ct_create(c, User, .name = "b"),
         *d = ct_create(c, User, .name = "d");
    Post *post = ct_create(c, Post, .title = "t", .author_id = a->id);
    post->author_id = b->id;
    post->author = d;
    assert_aborts_with(c, 500, "Post.author shows one row", ct_save(c, post));
    post->author_id = a->id;
    post->author = ct_row_new(c, User, .name = "new");
    assert_aborts_with(c, 500, "not in the database yet", ct_save(c, post));
    Post *other = ct_row_new(c, Post, .title = "o", .author_id = a->id);
    other->author = b;
    assert_aborts_with(c, 500, "Post.author shows one row", ct_save(c, other));
    assert_int_equal(COUNT("author_id = 1"), 1);
}

static void many_rows_take_it_too(ct *c)
{
    make_tables(c);
    User *a = ct_create(c, User, .name = "a"), *b = ct_create(c, User, .name = "b");
    ct_create(c, Post, .title = "t", .author = a);
    ct_list(Post) *list = ct_select(c, Post, .with = "author");
    ct_list_at(list, 0)->author = b;
    ct_list_at(list, 0)->editor = b;
    assert_int_equal(ct_bulk_update(c, list, "author"), 1);
    assert_int_equal(COUNT("author_id = 2 and editor_id is null"), 1);
    assert_ptr_equal(ct_list_at(list, 0)->author, b);
    ct_list(Post) *made = ct_list_new(c, Post);
    ct_list_add(made, ct_row_new(c, Post, .title = "n", .author_id = a->id));
    ct_list_at(made, 0)->author = b;
    assert_aborts_with(c, 500, "Post.author shows one row", ct_bulk_create(c, made));
}

#define BOTH(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, name);                                                                                      \
    }
BOTH(the_row_shown_is_written)
BOTH(what_is_unclear_is_refused)
BOTH(many_rows_take_it_too)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_row_shown_is_written),
        cmocka_unit_test(test_what_is_unclear_is_refused),
        cmocka_unit_test(test_many_rows_take_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
