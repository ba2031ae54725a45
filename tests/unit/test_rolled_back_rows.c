/* Rows that were written in a transaction which is rolled back: the next write writes again; on both databases. */
#include "database.h"

CT_MODEL(Post, (text, title), (integer, likes, .default_value = "0"), (integer, views, .default_value = "0"));

static void after_note(ct *c, ct_row *row, bool created);

CT_MODEL(Note, (text, title), (options, .after_save = after_note));

CT_TABLE(Word, (text, word, .primary_key = true), (integer, uses, .default_value = "0"));

static bool refuse;

static void after_note(ct *c, ct_row *row, bool created)
{
    (void)row;
    (void)created;
    if (refuse)
        ct_abort(c, 418, "no");
}

static const ct_app app = { .name = "blog", .models = MODELS(Post, Note, Word) };

#define COUNT(what) number_of(c, "select count(*) from blog_post where " what)

static void saves_write_again(ct *c)
{
    make_tables(c);
    Post *post = ct_create(c, Post, .title = "A", .likes = 1, .views = 1);
    ct_atomic(c) {
        post->title = "A-new";
        ct_save(c, post);
        ct_update(c, post, .likes = SET(7));
        post->title = "A-newer";
        ct_save(c, post);
        ct_rollback(c);
    }
    assert_int_equal(COUNT("title = 'A' and likes = 1"), 1);
    ct_save(c, post);
    assert_int_equal(COUNT("title = 'A-newer' and likes = 7"), 1);
    ct_save(c, post);
    /* Of two savepoints one stays; the outer block goes as a whole. */
    ct_atomic(c) {
        ct_atomic(c) {
            post->title = "B";
            ct_save(c, post);
        }
        ct_atomic(c) {
            post->likes = 8;
            ct_save(c, post);
            ct_rollback(c);
        }
        ct_save(c, post);
        assert_int_equal(COUNT("title = 'B' and likes = 8"), 1);
        ct_rollback(c);
    }
    assert_int_equal(COUNT("title = 'A-newer' and likes = 7"), 1);
    ct_save(c, post);
    assert_int_equal(COUNT("title = 'B' and likes = 8"), 1);
    /* What was committed is not written again. */
    ct_atomic(c) {
        post->title = "C";
        ct_save(c, post);
    }
    run_sql(c, "update blog_post set title = 'D'");
    ct_save(c, post);
    assert_int_equal(COUNT("title = 'D'"), 1);
}

static void save_and_abort(ct *c, void *arg)
{
    Post *post = arg;
    ct_atomic(c) {
        post->likes = 77;
        ct_save(c, post);
        ct_abort(c, 418, "enough");
    }
}

static void aborts_write_again(ct *c)
{
    make_tables(c);
    Post *post = ct_create(c, Post, .title = "A");
    assert_false(ct_try(c, save_and_abort, post));
    ct_save(c, post);
    assert_int_equal(COUNT("likes = 77"), 1);
    post = ct_create(c, Post, .title = "B");
    ct_atomic(c) {
        assert_false(ct_try(c, save_and_abort, post));
        ct_save(c, post);
    }
    assert_int_equal(COUNT("likes = 77"), 2);
    ct_list(Post) *all = ct_select(c, Post);
    ct_atomic(c) {
        for (size_t i = 0; i < ct_list_count(all); i++)
            ct_list_at(all, i)->views = 5;
        assert_int_equal(ct_bulk_update(c, all, "views"), 2);
        ct_rollback(c);
    }
    ct_save(c, ct_list_at(all, 1));
    assert_int_equal(COUNT("views = 5"), 1);
}

static void created_rows_are_new_again(ct *c)
{
    make_tables(c);
    Post *post = NULL;
    Word *word = NULL;
    ct_list(Post) *list = ct_list_new(c, Post);
    ct_list_add(list, ct_row_new(c, Post, .title = "bulk"));
    ct_list_add(list, ct_row_new(c, Post, .id = 90, .title = "bulk"));
    bool created;
    Post *got = NULL;
    ct_atomic(c) {
        post = ct_create(c, Post, .title = "A");
        ct_update(c, post, .views = SET(3));
        word = ct_create(c, Word, .word = "so");
        ct_bulk_create(c, list);
        got = ct_get_or_create(c, Post, "title", &created, .title = "got");
        ct_rollback(c);
    }
    assert_int_equal(COUNT("1 = 1"), 0);
    if (!post) {
        fail();
        return;
    }
    assert_int_equal(post->id, 0);
    Post *other = ct_create(c, Post, .title = "other");
    ct_save(c, post);
    assert_true(post->id != 0 && post->id != other->id);
    assert_int_equal(COUNT("title = 'A' and views = 3"), 1);
    ct_save(c, got);
    ct_save(c, word);
    word->uses = 2;
    ct_save(c, word);
    assert_int_equal(number_of(c, "select count(*) from blog_word where word = 'so' and uses = 2"), 1);
    assert_int_equal(ct_bulk_create(c, list), 2);
    assert_int_equal(ct_list_at(list, 1)->id, 90);
    assert_int_equal(COUNT("1 = 1"), 5);
    /* By a hook of the model. */
    Note *note = ct_row_new(c, Note, .title = "n");
    refuse = true;
    assert_aborts_with(c, 418, "no", ct_save(c, note));
    refuse = false;
    assert_int_equal(note->id, 0);
    ct_save(c, note);
    assert_int_equal(number_of(c, "select count(*) from blog_note"), 1);
    note->title = "m";
    refuse = true;
    assert_aborts_with(c, 418, "no", ct_save(c, note));
    refuse = false;
    ct_save(c, note);
    assert_int_equal(number_of(c, "select count(*) from blog_note where title = 'm'"), 1);
}

static void deleted_rows_are_there_again(ct *c)
{
    make_tables(c);
    Post *post = ct_create(c, Post, .title = "A");
    ct_atomic(c) {
        post->title = "B";
        ct_save(c, post);
        ct_delete(c, post);
        ct_rollback(c);
    }
    ct_save(c, post);
    assert_int_equal(COUNT("title = 'B'"), 1);
    assert_int_equal(ct_delete(c, post), 1);
    assert_int_equal(COUNT("1 = 1"), 0);
    assert_aborts_with(c, 500, "has been deleted", ct_save(c, post));
}

typedef struct retried {
    Post *post;
    int tries;
} retried;

static void set_likes(ct *c, void *arg)
{
    retried *job = arg;
    job->post->likes = 77;
    ct_save(c, job->post);
    if (++job->tries == 1)
        ct_db_fail(c, &(ct_db_request){ .using = NULL },
                   &(ct_db_error){ .trouble = CT_DB_SERIALIZATION, .message = "somebody was faster" });
}

static void a_retry_writes_again(ct *c)
{
    make_tables(c);
    retried job = { .post = ct_create(c, Post, .title = "A") };
    ct_atomic_retry(c, set_likes, &job, 3, NULL);
    assert_int_equal(job.tries, 2);
    assert_int_equal(COUNT("likes = 77"), 1);
}

/* Rows of ct_each() go before the transaction ends. */
static void rows_of_portions_may_go(ct *c)
{
    make_tables(c);
    ct_list(Post) *list = ct_list_new(c, Post);
    for (int i = 0; i < 1600; i++)
        ct_list_add(list, ct_row_new(c, Post, .title = "x", .views = i));
    ct_bulk_create(c, list);
    ct_atomic(c) {
        ct_each(c, Post, post, .order_by = "id") {
            post->likes = 1;
            ct_save(c, post);
        }
        ct_rollback(c);
    }
    assert_int_equal(COUNT("likes = 1"), 0);
    ct_each(c, Post, post, .views = LT(3)) {
        ct_atomic(c) {
            post->title = "y";
            ct_save(c, post);
            ct_rollback(c);
        }
        if (post->views == 1)
            ct_save(c, post);
    }
    assert_int_equal(COUNT("title = 'y'"), 1);
}

#define BOTH(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, name);                                                                                      \
    }
BOTH(saves_write_again)
BOTH(aborts_write_again)
BOTH(created_rows_are_new_again)
BOTH(deleted_rows_are_there_again)
BOTH(a_retry_writes_again)
BOTH(rows_of_portions_may_go)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saves_write_again),          cmocka_unit_test(test_aborts_write_again),
        cmocka_unit_test(test_created_rows_are_new_again), cmocka_unit_test(test_deleted_rows_are_there_again),
        cmocka_unit_test(test_a_retry_writes_again),       cmocka_unit_test(test_rows_of_portions_may_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
