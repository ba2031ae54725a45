/* Creating and saving rows on both databases: defaults, what the database makes, errors of fields, hooks. */
#include "database.h"

static const char *even(ct *c, ct_value value)
{
    (void)c;
    return value.type == CT_VALUE_INT && value.integer % 2 ? "must be even" : NULL;
}

static ct_value next_number(ct *c)
{
    (void)c;
    static int64_t last;
    return ct_value_of_int(last += 2);
}

CT_MODEL(Author, (text, name, .max_length = 20, .unique = true), (text, bio, .blank = true));

CT_MODEL(Post, (ref, author, Author, .on_delete = CT_CASCADE), (text, title, .max_length = 30),
         (integer, views, .default_value = "0"), (integer, rank, .null = true),
         (integer, number, .default_function = next_number, .validators = VALIDATORS(even)),
         (text, status, .default_value = "draft", .choices = CHOICES({ "draft", "Draft" }, { "out", "Out" })),
         (integer, priority, .db_default = "7"), (datetime, made, .auto_now_add = true),
         (datetime, saved, .auto_now = true), (text, slug, .null = true),
         (options, .indexes = INDEXES(UNIQUE("author, title", .name = "post_title")),
          .checks = CHECKS(CHECK("post_views", "views >= 0", .field = "views",
                                 .message = "Views are counted from 0."))));

CT_TABLE(Token, (uuid, id, .primary_key = true, .uuid_v7 = true), (text, label, .default_value = "x"));

CT_TABLE(Old, (integer, id, .primary_key = true), (text, name));

CT_TABLE(Kind, (text, code, .max_length = 10, .primary_key = true));

CT_MODEL_DECLARE(Member);
CT_MODEL(Member, (text, name, .unique = true), (ref, boss, Member, .null = true, .on_delete = CT_SET_NULL),
         (ref, guest, Member, .null = true, .default_value = "7", .on_delete = CT_DO_NOTHING, .no_constraint = true),
         (ref_text, kind, Kind, .null = true, .on_delete = CT_CASCADE));

CT_MODEL(Word, (text, word),
         (options, .indexes = INDEXES(UNIQUE("(lower(word))", .name = "word_lower", .message = "Taken."))));

/* Writes a row of another model besides, and a field that the database has a default for. */
static void before_entry(ct *c, ct_row *row, bool created);
CT_MODEL(Entry, (text, name, .unique = true), (integer, weight, .db_default = "1"),
         (options, .before_save = before_entry));

static void before_entry(ct *c, ct_row *row, bool created)
{
    Entry *entry = (Entry *)row;
    ct_create(c, Old, .name = entry->name);
    if (created && strcmp(entry->name, "heavy") == 0)
        entry->weight = 100;
}

/* Fills in what is required, of what may not be there. */
static void before_page(ct *c, ct_row *row, bool created);
CT_MODEL(Page, (text, title), (text, slug, .max_length = 5), (options, .before_save = before_page));

static void before_page(ct *c, ct_row *row, bool created)
{
    Page *page = (Page *)row;
    if (created && page->title)
        page->slug = ct_printf(c, "%s-", page->title);
}

/* Names of constraints are cut: 63 bytes are what PostgreSQL has for one. */
CT_MODEL(ModelWhoseNameIsLongerThanMostNames,
         (text, field_whose_name_is_longer_than_most_names_of_fields, .unique = true),
         (integer, another_field_whose_name_is_longer_than_most, .null = true),
         (ref, author_of_the_thing_whose_name_is_longer, Author, .on_delete = CT_CASCADE),
         (options, .indexes = INDEXES(UNIQUE("another_field_whose_name_is_longer_than_most, "
                                             "author_of_the_thing_whose_name_is_longer",
                                             .message = "Twice the same."))));

static const ct_app app = { .name = "blog",
                            .models = MODELS(Author, Post, Token, Old, Kind, Member, Word, Entry, Page,
                                             ModelWhoseNameIsLongerThanMostNames) };

#define assert_error(errors, at, f, k, m)                                                                              \
    do {                                                                                                               \
        ct_field_error error_ = ct_errors_at((errors), (at));                                                          \
        assert_string_equal(error_.field ? error_.field : "", (f));                                                    \
        assert_string_equal(error_.code, (k));                                                                         \
        assert_string_equal(error_.message, (m));                                                                      \
    } while (0)

static void defaults(ct *c)
{
    make_tables(c);
    Author *ann = ct_create(c, Author, .name = "Ann");
    assert_int_equal(ann->id, 1);
    assert_string_equal(ann->bio, "");
    ct_time before = ct_now();
    Post *post = ct_create(c, Post, .author_id = ann->id, .title = "One");
    assert_int_equal(post->id, 1);
    assert_int_equal(post->views, 0);
    assert_false(ct_is_null(post, views));
    assert_true(ct_is_null(post, rank));
    assert_true(post->number % 2 == 0 && post->number);
    assert_string_equal(post->status, "draft");
    assert_int_equal(post->priority, 7);
    assert_true(post->made >= before && post->saved >= before);
    assert_null(post->slug);
    Post *other = ct_create(c, Post, .author = ann, .title = "Two", .rank = 0, .priority = 0, .made = 5);
    assert_int_equal(other->author_id, ann->id);
    assert_false(ct_is_null(other, rank));
    assert_int_equal(other->priority, 0);
    assert_int_equal(other->made, 5);
    assert_int_equal(number_of(c, "select count(*) from blog_post where rank = 0 and priority = 0"), 1);
    Token *token = ct_create(c, Token), *named = ct_create(c, Token, .label = "y");
    assert_false(ct_uuid_equal(token->id, named->id));
    assert_int_equal(number_of(c, "select count(*) from blog_token where label in ('x', 'y')"), 2);
}

static void test_fields_that_are_not_named_get_their_defaults(void **state)
{
    (void)state;
    on_databases(&app, defaults);
}

/* A row that is there or not, and named in any case. */
static void rows_that_are_null(ct *c)
{
    make_tables(c);
    Member *none = NULL, *ann = ct_create(c, Member, .name = "Ann", .boss = none, .guest = none, .kind = NULL);
    assert_true(ct_is_null(ann, boss_id) && ct_is_null(ann, guest_id) && !ann->kind_id);
    assert_int_equal(number_of(c, "select count(*) from blog_member where boss_id is null and guest_id is null"), 1);
    Member *made = ct_row_new(c, Member, .name = "Bob", .boss = none, .guest_id = 0);
    assert_true(ct_is_null(made, boss_id));
    assert_false(ct_is_null(made, guest_id)); /* a key that is named is what it is */
    ct_save(c, made);
    assert_int_equal(ct_create(c, Member, .name = "Cid", .guest_id = ann->id, .guest = none)->guest_id, ann->id);
    bool created;
    Member *dan = ct_get_or_create(c, Member, "name", &created, .name = "Dan", .boss = ann);
    assert_int_equal(dan->guest_id, 7); /* not named */
    dan = ct_update_or_create(c, Member, "name", &created, .name = "Dan", .boss = none);
    assert_true(!created && ct_is_null(dan, boss_id));
    assert_int_equal(number_of(c, "select count(*) from blog_member where name = 'Dan' and boss_id is null"), 1);
    Author *nobody = NULL;
    ct_errors *errors;
    assert_null(ct_try_create(c, &errors, Post, .author = nobody, .title = "One"));
    assert_error(errors, 0, "author", "null", "This field cannot be null.");
}

static void test_a_row_named_that_is_null_is_null(void **state)
{
    (void)state;
    on_databases(&app, rows_that_are_null);
}

static void errors_of_fields(ct *c)
{
    make_tables(c);
    Author *ann = ct_create(c, Author, .name = "Ann");
    ct_errors *errors;
    assert_null(ct_try_create(c, &errors, Author, .name = "Ann"));
    assert_int_equal(ct_errors_count(errors), 1);
    assert_error(errors, 0, "name", "unique", "Author with this Name already exists.");
    ct_create(c, Post, .author_id = ann->id, .title = "One");
    assert_null(ct_try_create(c, &errors, Post, .author_id = ann->id, .title = "One"));
    assert_error(errors, 0, "", "unique", "Post with this Author and Title already exists.");
    assert_null(ct_try_create(c, &errors, Post, .author_id = 77, .title = "Two"));
    assert_error(errors, 0, "author", "does_not_exist", "This author does not exist.");
    assert_null(ct_try_create(c, &errors, Post, .author_id = ann->id, .title = "Two", .views = -1));
    assert_error(errors, 0, "views", "check", "Views are counted from 0.");
    assert_null(ct_try_create(c, &errors, Post, .author_id = ann->id));
    assert_error(errors, 0, "title", "null", "This field cannot be null.");
    assert_non_null(ct_try_create(c, &errors, Post, .author_id = ann->id, .title = "Three"));
    assert_null(errors);
    ct_atomic(c) {
        assert_null(ct_try_create(c, &errors, Author, .name = "Ann"));
        ct_create(c, Author, .name = "Bob");
    }
    assert_int_equal(number_of(c, "select count(*) from blog_author"), 2);
    assert_aborts_with(c, 422, "name: Author with this Name already exists.",
                       (void)ct_create(c, Author, .name = "Ann"));
    assert_int_equal(ct_errors_count(ct_error_fields(c)), 1);
}

static void long_names(ct *c)
{
    make_tables(c);
    Author *ann = ct_create(c, Author, .name = "Ann");
    ct_errors *errors;
    ct_create(c, ModelWhoseNameIsLongerThanMostNames, .field_whose_name_is_longer_than_most_names_of_fields = "x",
              .author_of_the_thing_whose_name_is_longer = ann, .another_field_whose_name_is_longer_than_most = 1);
    assert_null(ct_try_create(c, &errors, ModelWhoseNameIsLongerThanMostNames,
                              .field_whose_name_is_longer_than_most_names_of_fields = "x",
                              .author_of_the_thing_whose_name_is_longer = ann));
    assert_string_equal(ct_errors_at(errors, 0).field, "field_whose_name_is_longer_than_most_names_of_fields");
    assert_null(ct_try_create(c, &errors, ModelWhoseNameIsLongerThanMostNames,
                              .field_whose_name_is_longer_than_most_names_of_fields = "y",
                              .author_of_the_thing_whose_name_is_longer_id = 9));
    assert_string_equal(ct_errors_at(errors, 0).field, "author_of_the_thing_whose_name_is_longer");
    assert_null(ct_try_create(
        c, &errors, ModelWhoseNameIsLongerThanMostNames, .field_whose_name_is_longer_than_most_names_of_fields = "z",
        .another_field_whose_name_is_longer_than_most = 1, .author_of_the_thing_whose_name_is_longer_id = ann->id));
    assert_error(errors, 0, "", "unique", "Twice the same.");
}

static void test_errors_name_fields_of_long_names(void **state)
{
    (void)state;
    on_databases(&app, long_names);
}

static void test_errors_name_fields(void **state)
{
    (void)state;
    on_databases(&app, errors_of_fields);
}

static void saving(ct *c)
{
    make_tables(c);
    Author *ann = ct_row_new(c, Author, .name = "Ann");
    ct_save(c, ann);
    assert_int_equal(ann->id, 1);
    Post *post = ct_create(c, Post, .author_id = 1, .title = "One", .rank = 3);
    size_t count = ct_query_count(c);
    ct_save(c, post);
    assert_int_equal(ct_query_count(c), count);
    ct_time saved = post->saved;
    post->title = "Two";
    run_sql(c, "update blog_post set views = 9");
    ct_save(c, post);
    assert_int_equal(number_of(c, "select count(*) from blog_post where title = 'Two' and views = 9"), 1);
    assert_true(post->saved > saved);
    ct_set_null(post, rank);
    post->slug = "s";
    ct_save(c, post);
    assert_int_equal(number_of(c, "select count(*) from blog_post where rank is null and slug = 's'"), 1);
    post->title = NULL;
    ct_errors *errors;
    assert_false(ct_try_save(c, &errors, post));
    assert_error(errors, 0, "title", "null", "This field cannot be null.");
    post->title = "Three";
    post->id = 5;
    assert_aborts_with(c, 500, "keeps the key", ct_save(c, post));
    post->id = 1;
    run_sql(c, "delete from blog_post");
    assert_aborts_with(c, 404, "the post is no longer there", ct_save(c, post));
}

static void from_sql(ct *c)
{
    make_tables(c);
    ct_create(c, Old, .name = "one");
    ct_list(Old) *rows = ct_sql(c, Old, "select id, name from blog_old where name = ?", ARGS("one"));
    Old *old = ct_list_at(rows, 0);
    old->name = "two";
    ct_save(c, old);
    assert_int_equal(number_of(c, "select count(*) from blog_old where name = 'two'"), 1);
    assert_int_equal(ct_delete(c, old), 1);
}

static void test_rows_of_sql_can_be_saved(void **state)
{
    (void)state;
    on_databases(&app, from_sql);
}

static void test_saving_writes_what_has_changed(void **state)
{
    (void)state;
    on_databases(&app, saving);
}

static void around(ct *c)
{
    make_tables(c);
    ct_errors *errors;
    Old *old = ct_create(c, Old, .name = "x"), *given = ct_create(c, Old, .id = 7, .name = "y");
    assert_true(old->id == 1 && given->id == 7);
    assert_int_equal(ct_create(c, Entry, .name = "heavy")->weight, 100);
    assert_int_equal(ct_create(c, Entry, .name = "light")->weight, 1);
    int64_t before = number_of(c, "select count(*) from blog_old");
    ct_atomic(c) {
        assert_null(ct_try_create(c, &errors, Entry, .name = "light"));
        assert_string_equal(ct_errors_at(errors, 0).field, "name");
        ct_create(c, Entry, .name = "third");
    }
    assert_int_equal(number_of(c, "select count(*) from blog_old"), before + 1);
    ct_create(c, Word, .word = "light");
    assert_null(ct_try_create(c, &errors, Word, .word = "Light"));
    assert_error(errors, 0, "", "unique", "Taken.");
    Post *post = ct_row_new(c, Post, .title = "t");
    post->author = ct_create(c, Author, .name = "Ann");
    ct_save(c, post);
    assert_int_equal(post->author_id, post->author->id);
}

static void test_what_hooks_write_goes_with_their_row(void **state)
{
    (void)state;
    on_databases(&app, around);
}

static void filled_in(ct *c)
{
    make_tables(c);
    ct_errors *errors;
    assert_string_equal(ct_create(c, Page, .title = "one")->slug, "one-");
    assert_null(ct_try_create(c, &errors, Page, .title = "twelve"));
    assert_int_equal(ct_errors_count(errors), 1);
    assert_string_equal(ct_errors_at(errors, 0).field, "slug");
    assert_null(ct_try_create(c, &errors, Page, .slug = "x"));
    assert_int_equal(ct_errors_count(errors), 1);
    assert_error(errors, 0, "title", "null", "This field cannot be null.");
}

static void test_a_hook_comes_before_the_checks(void **state)
{
    (void)state;
    on_databases(&app, filled_in);
}

static void validating(ct *c)
{
    make_tables(c);
    Author *ann = ct_create(c, Author, .name = "Ann");
    assert_null(ct_validate(c, ann));
    Author *same = ct_row_new(c, Author, .name = "Ann");
    assert_error(ct_validate(c, same), 0, "name", "unique", "Author with this Name already exists.");
    ct_create(c, Post, .author = ann, .title = "One");
    Post *post = ct_row_new(c, Post, .author = ann, .title = "One", .status = "lost", .number = 3);
    ct_errors *errors = ct_validate(c, post);
    assert_int_equal(ct_errors_count(errors), 3);
    assert_error(errors, 0, "number", "invalid", "must be even");
    assert_error(errors, 1, "status", "invalid_choice", "Value 'lost' is not a valid choice.");
    assert_error(errors, 2, "", "unique", "Post with this Author and Title already exists.");
    post = ct_row_new(c, Post, .author_id = 8, .title = "Two");
    assert_error(ct_validate(c, post), 0, "author", "does_not_exist", "This author does not exist.");
    post->author_id = ann->id;
    assert_null(ct_validate(c, post));
    ct_save(c, post);
    post->title = "One";
    assert_error(ct_validate(c, post), 0, "", "unique", "Post with this Author and Title already exists.");
}

static void test_a_row_can_be_checked_without_writing_it(void **state)
{
    (void)state;
    on_databases(&app, validating);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_that_are_not_named_get_their_defaults),
        cmocka_unit_test(test_a_row_named_that_is_null_is_null),
        cmocka_unit_test(test_errors_name_fields),
        cmocka_unit_test(test_errors_name_fields_of_long_names),
        cmocka_unit_test(test_rows_of_sql_can_be_saved),
        cmocka_unit_test(test_saving_writes_what_has_changed),
        cmocka_unit_test(test_what_hooks_write_goes_with_their_row),
        cmocka_unit_test(test_a_hook_comes_before_the_checks),
        cmocka_unit_test(test_a_row_can_be_checked_without_writing_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
