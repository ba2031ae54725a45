/* The graph of models: tables, columns and both sides of relations, and a clear line for each mistake in them. */
#include "base/buffer.h"
#include "canteen/query.h"
#include "db/graph.h"
#include "db/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

CT_MODEL_DECLARE(Author);
CT_MODEL_DECLARE(Post);
CT_MODEL_DECLARE(Tag);
CT_MODEL_DECLARE(Membership);
CT_MODEL_DECLARE(Profile);

CT_MODEL(Author, (text, name, .max_length = 50), (boolean, staff), (decimal, rate, .null = true),
         (has_many, posts, Post, author), (has_one, profile, Profile, author),
         (many_to_many, circles, Author, .through = &Membership_shape), (has_many, in_circles, Author, circles));
CT_MODEL(Profile, (one_to_one, author, Author, .on_delete = CT_CASCADE), (text, bio, .null = true));
CT_MODEL(Membership, (ref, owner, Author, .on_delete = CT_CASCADE), (ref, member, Author, .on_delete = CT_CASCADE),
         (integer, since));
CT_TABLE(Tag, (text, word, .primary_key = true), (has_many, posts, Post, tags));
CT_MODEL(Post, (ref, author, Author, .on_delete = CT_CASCADE), (text, title), (integer, views, .null = true),
         (many_to_many, tags, Tag), (many_to_many, related, Post),
         (ref, parent, Post, .null = true, .on_delete = CT_SET_NULL), (text, body, .column = "contents"),
         (options, .table = "posts", .indexes = INDEXES(INDEX("author, -title"))));
CT_TABLE(Pair, (integer, a, .primary_key = true), (uuid, b, .primary_key = true));

static ct_arena arena;
static ct_problems problems;
static ct_graph graph;

static int set_up(void **state)
{
    (void)state;
    ct_arena_init(&arena, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ct_problems_finish(&problems);
    problems = (ct_problems){ 0 };
    ct_arena_finish(&arena);
    return 0;
}

static void build(void)
{
    const ct_graph_app app = { .name = "blog", .models = MODELS(Author, Profile, Membership, Tag, Post, Pair) };
    bool built = ct_graph_build(&graph, &app, 1, &arena, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_error("%s\n", problems.items[i].text);
    assert_true(built);
}

static void tables_have_names_and_columns(void **state)
{
    (void)state;
    build();
    assert_int_equal(graph.table_count, 8);
    const ct_table *author = ct_graph_table(&graph, &Author_model), *post = ct_graph_labelled(&graph, "blog.Post");
    assert_ptr_equal(post, ct_graph_table(&graph, &Post_model));
    assert_string_equal(author->name, "blog_author");
    assert_string_equal(post->name, "posts");
    assert_string_equal(author->label, "blog.Author");
    assert_int_equal(author->column_count, 4);
    assert_int_equal(post->column_count, 6);
    assert_string_equal(post->columns[1].name, "author_id");
    assert_string_equal(post->columns[5].name, "contents");
    assert_true(author->generated_key);
    assert_int_equal(post->columns[0].mask, 0);
    assert_int_equal(post->columns[1].mask, 1);
    assert_int_equal(post->columns[3].mask, 4);
    assert_true(post->columns[3].null);
    assert_ptr_equal(ct_table_column(post, CT_STR("author")), &post->columns[1]);
    assert_ptr_equal(ct_table_column(post, CT_STR("author_id")), &post->columns[1]);
    assert_ptr_equal(ct_table_column(post, CT_STR("body")), &post->columns[5]);
    assert_null(ct_table_column(post, CT_STR("tags")));
    assert_ptr_equal(ct_table_column_at(post, offsetof(Post, views)), &post->columns[3]);
    assert_string_equal(ct_table_nearest(post, CT_STR("veiws")), "views");
    assert_null(ct_table_nearest(post, CT_STR("zzzzzz")));
}

static void keys_may_be_of_any_kind_and_several(void **state)
{
    (void)state;
    build();
    const ct_table *tag = ct_graph_table(&graph, &Tag_model), *pair = ct_graph_table(&graph, &Pair_model);
    assert_int_equal(tag->key_count, 1);
    assert_false(tag->generated_key);
    assert_int_equal(tag->columns[0].mask, 1);
    assert_int_equal(pair->key_count, 2);
    assert_false(pair->generated_key);
    assert_string_equal(pair->keys[1]->name, "b");
}

static void a_ref_and_its_other_side_know_each_other(void **state)
{
    (void)state;
    build();
    const ct_table *author = ct_graph_table(&graph, &Author_model), *post = ct_graph_table(&graph, &Post_model);
    const ct_link *to_author = ct_table_link(post, CT_STR("author")), *posts = ct_table_link(author, CT_STR("posts"));
    assert_int_equal(to_author->kind, CT_LINK_TO_ONE);
    assert_ptr_equal(to_author->other, author);
    assert_ptr_equal(to_author->from, &post->columns[1]);
    assert_ptr_equal(to_author->to, author->keys[0]);
    assert_ptr_equal(to_author->from->link, to_author);
    assert_ptr_equal(to_author->reverse, posts);
    assert_ptr_equal(posts->reverse, to_author);
    assert_int_equal(posts->kind, CT_LINK_HAS_MANY);
    assert_ptr_equal(posts->to, to_author->from);
    assert_ptr_equal(ct_table_link_at(author, offsetof(Author, posts)), posts);
    assert_int_equal(ct_table_link(author, CT_STR("profile"))->kind, CT_LINK_HAS_ONE);
    assert_ptr_equal(ct_table_link(post, CT_STR("parent"))->other, post);
}

static void many_to_many_goes_through_a_table(void **state)
{
    (void)state;
    build();
    const ct_table *post = ct_graph_table(&graph, &Post_model), *tag = ct_graph_table(&graph, &Tag_model);
    const ct_link *tags = ct_table_link(post, CT_STR("tags")), *posts = ct_table_link(tag, CT_STR("posts"));
    assert_string_equal(tags->through->name, "posts_tags");
    assert_string_equal(tags->through_from->name, "post_id");
    assert_string_equal(tags->through_to->name, "tag_id");
    assert_int_equal(tags->through_to->kind, CT_KIND_text);
    assert_ptr_equal(tags->through->owner, tags->field);
    assert_ptr_equal(posts->through, tags->through);
    assert_ptr_equal(posts->through_from, tags->through_to);
    assert_ptr_equal(posts->through_to, tags->through_from);
    assert_int_equal(posts->kind, CT_LINK_MANY_TO_MANY);
    const ct_link *related = ct_table_link(post, CT_STR("related"));
    assert_string_equal(related->through_from->name, "from_post_id");
    assert_string_equal(related->through_to->name, "to_post_id");
    assert_ptr_equal(ct_graph_labelled(&graph, "blog.Post.related"), related->through);
}

static void many_to_many_goes_through_a_model(void **state)
{
    (void)state;
    build();
    const ct_table *author = ct_graph_table(&graph, &Author_model);
    const ct_link *circles = ct_table_link(author, CT_STR("circles")),
                  *in = ct_table_link(author, CT_STR("in_circles"));
    assert_string_equal(circles->through->name, "blog_membership");
    assert_string_equal(circles->through_from->name, "owner_id");
    assert_string_equal(circles->through_to->name, "member_id");
    assert_string_equal(in->through_from->name, "member_id");
    assert_string_equal(in->through_to->name, "owner_id");
}

static void a_table_knows_who_refers_to_it(void **state)
{
    (void)state;
    build();
    const ct_table *author = ct_graph_table(&graph, &Author_model), *tag = ct_graph_table(&graph, &Tag_model);
    assert_int_equal(author->referrer_count, 4);
    assert_string_equal(author->referrers[0]->name, "author_id");
    assert_string_equal(author->referrer_tables[0]->name, "blog_profile");
    assert_int_equal(tag->referrer_count, 1);
    assert_string_equal(tag->referrer_tables[0]->name, "posts_tags");
}

static void columns_tell_null_from_zero(void **state)
{
    (void)state;
    build();
    const ct_table *post = ct_graph_table(&graph, &Post_model), *author = ct_graph_table(&graph, &Author_model);
    Post row = { .row = { .shape = &Post_shape }, .views = 0 };
    const ct_column *views = ct_table_column(post, CT_STR("views")), *title = ct_table_column(post, CT_STR("title"));
    assert_false(ct_column_is_null(views, &row.row));
    row.views = 3;
    ct_column_set_null(views, &row.row, true);
    assert_int_equal(row.views, 0);
    assert_true(ct_column_is_null(views, &row.row));
    assert_int_equal(ct_column_value(NULL, views, &row.row).type, CT_VALUE_NULL);
    row.views = 4;
    assert_false(ct_column_is_null(views, &row.row));
    assert_int_equal(ct_column_value(NULL, views, &row.row).integer, 4);
    row.views = 0;
    ct_column_set_null(views, &row.row, false);
    assert_false(ct_column_is_null(views, &row.row));
    assert_true(ct_column_is_null(title, &row.row));
    row.title = "";
    assert_false(ct_column_is_null(title, &row.row));
    Author person = { .row = { .shape = &Author_shape } };
    const ct_column *rate = ct_table_column(author, CT_STR("rate"));
    ct_column_set_null(rate, &person.row, true);
    person.rate.scale = 2;
    assert_true(ct_column_is_null(rate, &person.row));
}

/* ---- mistakes ---- */

CT_MODEL_DECLARE(Elsewhere);
CT_MODEL_DECLARE(Keyed);
CT_MODEL(Elsewhere, (text, name));
CT_TABLE(Keyed, (uuid, id, .primary_key = true));
CT_TABLE(Keyless, (text, name));
CT_MODEL(Wrong, (ref, author, Author), (ref, elsewhere, Elsewhere, .on_delete = CT_CASCADE),
         (ref, keyed, Keyed, .on_delete = CT_CASCADE), (ref_uuid, named, Author, .on_delete = CT_CASCADE),
         (ref, nulled, Author, .on_delete = CT_SET_NULL), (ref, defaulted, Author, .on_delete = CT_SET_DEFAULT),
         (ref, pair, Pair, .on_delete = CT_CASCADE), (integer, number, .default_value = "three"),
         (text, first, .column = "One"), (text, second, .column = "one"), (integer, now, .auto_now = true),
         (text, empty, .column = ""), (many_to_many, circles, Author, .through = &Profile_shape),
         (options, .indexes = INDEXES(INDEX("frist"), INDEX("circles")), .natural_key = "secnod",
          .ordering = "-numbr, author.nmae nulls last, lower(first), random(), -second"));
CT_MODEL(Behind, (has_many, a, Post, auhtor), (has_many, b, Post, title), (has_many, c, Post, author),
         (has_one, d, Profile, author), (has_many, e, Keyed, nothing), (options, .table = "sqlite_behind"));
CT_MODEL(Sides, (ref, side, Sides, .on_delete = CT_CASCADE), (one_to_one, one, Sides, .on_delete = CT_CASCADE),
         (has_one, a, Sides, side), (has_many, b, Sides, one), (options, .table = "posts"));

CT_MODEL(Doubled, (integer, number, .primary_key = true),
         (text, code, .max_length = 3,
          .default_value = "ab\xC3\xA9"
                           "d"),
         (text, short_code, .max_length = 3, .default_value = "ab\xC3\xA9"),
         (text, level, .choices = CHOICES({ "a", "A" }), .default_value = "b"),
         (decimal, rate, .choices = CHOICES({ "1.50", "A" }), .max_digits = 4, .decimal_places = 2,
          .default_value = "1.5"),
         (options, .indexes = INDEXES(INDEX("number", .name = "same"), INDEX("code", .name = "other")),
          .checks = CT_CHECKS(CT_CHECK_THAT("positive", "number > 0"), CT_CHECK_THAT("positive", "number > 1"))));
CT_MODEL(DoubledToo, (integer, number),
         (options, .indexes = INDEXES(INDEX("number", .name = "Same")),
          .checks = CT_CHECKS(CT_CHECK_THAT("positive", "number > 0"))));

static void assert_problem(const char *text)
{
    for (size_t i = 0; i < problems.count; i++) {
        const char *at = strstr(problems.items[i].text, ": model ");
        if (at && strcmp(at + 2, text) == 0 && strstr(problems.items[i].text, "test_graph.c:"))
            return;
    }
    for (size_t i = 0; i < problems.count; i++)
        print_error("%s\n", problems.items[i].text);
    fail_msg("missing: %s", text);
}

static void mistakes_are_told_with_their_place_and_fix(void **state)
{
    (void)state;
    const ct_graph_app apps[] = {
        { .name = "blog",
          .models = MODELS(Author, Profile, Membership, Tag, Post, Pair, Keyed, Keyless, Wrong, Behind, Sides, Doubled,
                           DoubledToo, Tag) },
        { .name = "again", .models = MODELS(Author) },
    };
    assert_false(ct_graph_build(&graph, apps, 2, &arena, &problems));
    assert_problem("model Wrong, field author: it says not what happens when its Author is deleted: add .on_delete = "
                   "CT_CASCADE (this row goes too), CT_PROTECT (that one stays), CT_SET_NULL, ...");
    assert_problem("model Wrong, field elsewhere: Elsewhere is in no app: add it to .models = MODELS(...) of its app");
    assert_problem("model Wrong, field keyed: the key of Keyed is of kind uuid: declare it as (ref_uuid, keyed, Keyed, "
                   "...)");
    assert_problem("model Wrong, field named: the key of Author is an integer: declare it as (ref, named, Author, "
                   "...)");
    assert_problem("model Wrong, field nulled: .on_delete sets it to NULL: add .null = true");
    assert_problem("model Wrong, field defaulted: .on_delete sets it to its default: add .default_value");
    assert_problem("model Wrong, field pair: Pair has a key of 2 columns, which one column cannot refer to");
    assert_problem("model Wrong, field number: .default_value = \"three\" is no integer");
    assert_problem("model Wrong: .ordering: there is no field numbr; did you mean number?");
    assert_problem("model Wrong: .ordering: there is no field nmae of Author; did you mean name?");
    assert_problem("model Wrong, field second: its column \"one\" is that of the field first too: give one of them "
                   "another by .column");
    assert_problem("model Wrong, field now: .auto_now is for fields of kind datetime, date and time, and this one is "
                   "of kind integer");
    assert_problem("model Wrong, field empty: the name \"\" of its column is empty: give it another by .column");
    assert_problem("model Wrong, field circles: Profile, through which it goes, has no ref to Wrong");
    assert_problem("model Wrong: .indexes: there is no field frist; did you mean first?");
    assert_problem("model Wrong: .natural_key: there is no field secnod; did you mean second?");
    assert_problem("model Behind, field a: Post has no field auhtor; did you mean author?");
    assert_problem("model Behind, field b: title of Post is of kind text and refers to nothing");
    assert_problem("model Behind, field c: author of Post refers to Author and not to Behind");
    assert_problem("model Behind, field d: author of Profile refers to Author and not to Behind");
    assert_problem("model Behind, field e: Keyed has no field nothing, and none that refers here");
    assert_problem("model Behind: the name \"sqlite_behind\" of its table begins with sqlite_, as SQLite's own tables "
                   "do: give it another by .table");
    assert_problem("model Sides, field a: side of Sides is of kind ref, so that there may be many: make it a "
                   "one_to_one, or this one a has_many");
    assert_problem("model Sides, field b: one of Sides is a one_to_one: this one is a has_one then");
    assert_problem("model Sides: its table \"posts\" is that of blog.Post too: give one of them another by .table");
    assert_problem("model Author: it stands in .models of the app blog and of the app again: one of them has it");
    assert_problem("model Tag: it stands in .models of the app blog twice");
    assert_problem("model Doubled, field number: CT_MODEL has a primary key, its id: take .primary_key away, or "
                   "declare the model with CT_TABLE");
    assert_problem("model Doubled, field code: .default_value = \"ab\xC3\xA9"
                   "d\" is longer than .max_length = 3");
    assert_problem("model Doubled, field level: .default_value = \"b\" is none of its .choices");
    assert_problem("model Doubled: .checks: the name \"positive\" is that of a check of blog.Doubled too: give one of "
                   "them another");
    assert_problem("model DoubledToo: .checks: the name \"positive\" is that of a check of blog.Doubled too: give one "
                   "of them another");
    assert_problem("model DoubledToo: .indexes: the name \"Same\" is that of an index of blog.Doubled too: give one of "
                   "them another");
    for (size_t i = 0; i < problems.count; i++)
        assert_null(strstr(problems.items[i].text, "short_code"));
    for (size_t i = 0; i < problems.count; i++)
        assert_null(strstr(problems.items[i].text, "field rate"));
    assert_problem("model Keyless: it has no primary key: give the field that is one .primary_key = true, or declare "
                   "it with CT_MODEL, which adds an id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_have_names_and_columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_may_be_of_any_kind_and_several, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ref_and_its_other_side_know_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_to_many_goes_through_a_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_to_many_goes_through_a_model, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_knows_who_refers_to_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_tell_null_from_zero, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mistakes_are_told_with_their_place_and_fix, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
