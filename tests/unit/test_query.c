/* Reading rows: lists, single rows, counts, orders, pages, limits; on both databases. */
#include "database.h"

CT_MODEL_DECLARE(Author);
CT_MODEL_DECLARE(Post);
CT_MODEL_DECLARE(Tag);

CT_MODEL(Author, (text, name, .max_length = 50), (boolean, staff), (integer, born, .null = true),
         (has_many, posts, Post, author));
CT_MODEL(Tag, (text, word), (has_many, posts, Post, tags));
CT_MODEL(Post, (ref, author, Author, .null = true, .on_delete = CT_CASCADE), (text, title), (integer, views),
         (text, note, .null = true), (many_to_many, tags, Tag));

static const ct_app app = { .name = "blog", .models = MODELS(Author, Tag, Post) };

/* Posts 1 to 5: by Ann, Ann, Bob, nobody, Bob; views 10, 20, 20, 5, NULL notes but of 2 and 3. */
static void fill(ct *c)
{
    make_tables(c);
    run_sql(c, "insert into blog_author (id, name, staff, born) values (1, 'Ann', true, 1980), (2, 'Bob', false, null)",
            "insert into blog_tag (id, word) values (1, 'c'), (2, 'web'), (3, 'none')",
            "insert into blog_post (id, author_id, title, views, note) values (1, 1, 'one', 10, null), "
            "(2, 1, 'two', 20, 'n2'), (3, 2, 'three', 20, 'n3'), (4, null, 'four', 5, null), (5, 2, 'five', 7, null)",
            "insert into blog_post_tags (id, post_id, tag_id) values (1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 5, 2)");
}

/* The ids of posts, in their order: "1 2 3". */
static const char *ids(ct *c, ct_list(Post) *posts)
{
    const char *text = "";
    for (size_t i = 0; i < ct_list_count(posts); i++)
        text = ct_printf(c, "%s%s%" PRId64, text, i ? " " : "", ct_list_at(posts, i)->id);
    return text;
}

#define assert_ids(expected, ...)                                                                                      \
    assert_string_equal(ids(c, ct_select(c, Post, __VA_ARGS__ __VA_OPT__(, ).order_by = "id")), expected)

static void rows_are_read(ct *c)
{
    fill(c);
    size_t before = ct_query_count(c);
    ct_list(Post) *posts = ct_select(c, Post, .order_by = "id");
    assert_int_equal(ct_list_count(posts), 5);
    const Post *first = ct_list_at(posts, 0), *second = ct_list_at(posts, 1);
    assert_int_equal(first->id, 1);
    assert_int_equal(first->author_id, 1);
    assert_string_equal(first->title, "one");
    assert_int_equal(first->views, 10);
    assert_null(first->note);
    assert_string_equal(second->note, "n2");
    assert_true(ct_is_null(ct_list_at(posts, 3), author_id));
    assert_false(ct_is_null(first, author_id));
    assert_int_equal(ct_list_count(ct_select(c, Post)), 5);
    assert_int_equal(ct_query_count(c), before + 2);
}

static void conditions_choose_rows(ct *c)
{
    fill(c);
    assert_ids("2 3", .views = EQ(20));
    assert_ids("1 4 5", .views = NE(20));
    assert_ids("2 3", .views = GT(10));
    assert_ids("4 5", .views = LT(10));
    assert_ids("1 5", .views = BETWEEN(7, 10));
    assert_ids("1 4", .views = IN(10, 5));
    assert_ids("2 3 5", .views = NOT_IN(10, 5));
    assert_ids("1 4 5", .note = IS_NULL);
    assert_ids("1 3 4 5", .note = NE("n2"));
    assert_ids("1 2", .author = WHERE(Author, .name = EQ("Ann")));
    assert_ids("4", .author_id = IS_NULL);
    assert_ids("1 2 3 5", .author = WHERE(Author));
    assert_ids("1 2", .tags = WHERE(Tag, .word = EQ("c")));
    assert_ids("1 2 5", .tags = WHERE(Tag));
    assert_ids("3 4", .none = NONE_OF(Post, { .tags = WHERE(Tag) }));
    assert_ids("1 2 4", .any = ANY_OF(Post, { .author = WHERE(Author, .name = EQ("Ann")) }, { .views = EQ(5) }));
    assert_ids("3 4 5", .none = NONE_OF(Post, { .author = WHERE(Author, .name = EQ("Ann")) }));
    assert_ids("3", .all = ALL_OF(Post, { .views = GE(20) }, { .title = NE("two") }));
    assert_ids("1 2 4", .union_of = ANY_OF(Post, { .author_id = EQ(1) }, { .views = EQ(5) }));
    assert_ids("2 4", .views = EQ(5), .union_all = ANY_OF(Post, { .title = EQ("two") }));
    assert_ids("2 4 4", .views = EQ(5), .union_all = ANY_OF(Post, { .title = EQ("two") }, { .id = EQ(4) }));
    assert_ids("2 2 3",
               .union_all = ANY_OF(Post, { .views = EQ(20) },
                                   { .author = WHERE(Author, .name = EQ("Ann")), .tags = WHERE(Tag), .id = EQ(2) }));
    assert_ids("1 2 2 4", .union_of = ANY_OF(Post, { .author_id = EQ(1) }, { .views = EQ(5) }),
               .union_all = ANY_OF(Post, { .id = EQ(2) }));
    assert_ids("2 3", .distinct = true, .union_all = ANY_OF(Post, { .views = EQ(20) }, { .id = EQ(2) }));
    assert_ids("2 3", .union_all = ANY_OF(Post, { .views = EQ(20) }, { .id = EQ(2) }),
               .except = ANY_OF(Post, { .id = EQ(4) }));
    assert_ids("", .union_all = ANY_OF(Post, { .id = EQ(99) }));
    assert_int_equal(ct_count(c, Post, .id = EQ(2), .union_all = ANY_OF(Post, { .views = EQ(20) })), 3);
    assert_int_equal(
        ct_array_count(ct_values(c, Post, "title", .id = EQ(2), .union_all = ANY_OF(Post, { .views = EQ(20) }))), 3);
    const Post *second = ct_first(c, Post, .id = EQ(2), .union_all = ANY_OF(Post, { .views = EQ(20) }), .offset = 1);
    assert_int_equal(second->id, 2);
    assert_aborts_with(c, 500, ".after and .before of .union_all",
                       (void)ct_select(c, Post, .after = second, .union_all = ANY_OF(Post, { .id = EQ(2) })));
    assert_ids("2", .author_id = EQ(1), .intersect = ANY_OF(Post, { .views = EQ(20) }));
    assert_ids("1", .author_id = EQ(1), .except = ANY_OF(Post, { .views = EQ(20) }));
}

static void single_rows_and_numbers(ct *c)
{
    fill(c);
    assert_int_equal(ct_first(c, Post)->id, 1);
    assert_int_equal(ct_last(c, Post)->id, 5);
    assert_int_equal(ct_first(c, Post, .order_by = "-views, id")->id, 2);
    assert_int_equal(ct_last(c, Post, .order_by = "-views, id")->id, 4);
    assert_null(ct_first(c, Post, .views = EQ(99)));
    assert_int_equal(ct_only(c, Post, .views = EQ(5))->id, 4);
    assert_int_equal(ct_count(c, Post), 5);
    assert_int_equal(ct_count(c, Post, .views = EQ(20)), 2);
    assert_int_equal(ct_count(c, Post, .limit = 3), 3);
    assert_int_equal(ct_count(c, Post, .offset = 4), 1);
    assert_true(ct_exists(c, Post, .views = EQ(20)));
    assert_false(ct_exists(c, Post, .views = EQ(21)));
    assert_aborts_with(c, 404, "no such Post", (void)ct_first_or_404(c, Post, .views = EQ(99)));
    assert_aborts_with(c, 404, "no such Post", (void)ct_only(c, Post, .views = EQ(99)));
    assert_aborts_with(c, 500, "there is more than one Post", (void)ct_only(c, Post, .views = EQ(20)));
    const int64_t keys[] = { 3, 99, 1, 3 };
    assert_string_equal(ids(c, ct_in_bulk(c, Post, keys, 4)), "3 1");
    assert_string_equal(ids(c, ct_in_bulk(c, Post, keys, 0)), "");
}

static void rows_come_in_order(ct *c)
{
    fill(c);
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "-views, title")), "3 2 1 5 4");
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "author.name nulls first, -id")), "4 2 1 5 3");
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "author.name nulls last, id")), "1 2 3 5 4");
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "length(title), id")), "1 2 4 5 3");
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "-upper(title)")), "2 3 1 4 5");
    assert_int_equal(ct_list_count(ct_select(c, Post, .order_by = "random()")), 5);
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "id", .limit = 2)), "1 2");
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "id", .limit = 2, .offset = 3)), "4 5");
    assert_string_equal(ids(c, ct_select(c, Post, .order_by = "id", .offset = 3)), "4 5");
}

static void relations_are_loaded_for_the_whole_list(ct *c)
{
    fill(c);
    ct_list(Post) *posts = ct_select(c, Post, .order_by = "id");
    size_t before = ct_query_count(c);
    assert_string_equal(ct_related(c, ct_list_at(posts, 0), author)->name, "Ann");
    assert_string_equal(ct_list_at(posts, 2)->author->name, "Bob");
    assert_null(ct_related(c, ct_list_at(posts, 3), author));
    assert_ptr_equal(ct_list_at(posts, 0)->author, ct_list_at(posts, 1)->author);
    assert_int_equal(ct_query_count(c), before + 1);
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(posts, 0), tags)), 2);
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(posts, 2), tags)), 0);
    assert_int_equal(ct_list_count(ct_list_at(posts, 4)->tags), 1);
    assert_int_equal(ct_query_count(c), before + 2);
    ct_list(Author) *authors = ct_select(c, Author, .order_by = "id");
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(authors, 1), posts)), 2);
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(authors, 0), posts)), 2);
    assert_ptr_equal(ct_list_at(ct_list_at(authors, 0)->posts, 0)->author, ct_list_at(authors, 0));
    assert_int_equal(ct_query_count(c), before + 4);
    ct_list(Tag) *tags = ct_select(c, Tag, .order_by = "id");
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(tags, 0), posts)), 2);
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(tags, 2), posts)), 0);
    assert_int_equal(ct_query_count(c), before + 6);
}

static void with_loads_at_once(ct *c)
{
    fill(c);
    size_t before = ct_query_count(c);
    ct_list(Post) *posts = ct_select(c, Post, .order_by = "id", .with = "author, tags, author.posts");
    assert_int_equal(ct_query_count(c), before + 3);
    assert_string_equal(ct_list_at(posts, 0)->author->name, "Ann");
    assert_null(ct_list_at(posts, 3)->author);
    assert_int_equal(ct_list_count(ct_list_at(posts, 0)->tags), 2);
    assert_int_equal(ct_list_count(ct_list_at(posts, 0)->author->posts), 2);
    assert_null(ct_related(c, ct_list_at(posts, 3), author));
    assert_int_equal(ct_query_count(c), before + 3);
    ct_strict_loading(c, true);
    assert_aborts_with(c, 500, "blog.Author.posts is not loaded", (void)ct_related(c, ct_first(c, Author), posts));
    ct_strict_loading(c, false);
}

static void columns_may_be_left_out(ct *c)
{
    fill(c);
    size_t before = ct_query_count(c);
    ct_list(Post) *posts = ct_select(c, Post, .order_by = "id", .only = "title");
    assert_string_equal(ct_list_at(posts, 1)->title, "two");
    assert_int_equal(ct_list_at(posts, 1)->views, 0);
    ct_load(c, ct_list_at(posts, 1));
    assert_int_equal(ct_list_at(posts, 1)->views, 20);
    assert_string_equal(ct_list_at(posts, 2)->note, "n3");
    assert_int_equal(ct_query_count(c), before + 2);
    posts = ct_select(c, Post, .order_by = "id", .defer = "title, note");
    assert_null(ct_list_at(posts, 1)->title);
    assert_int_equal(ct_list_at(posts, 1)->views, 20);
    assert_string_equal(ct_related(c, ct_list_at(posts, 0), author)->name, "Ann");
    ct_load(c, ct_list_at(posts, 0));
    assert_string_equal(ct_list_at(posts, 4)->title, "five");
    before = ct_query_count(c);
    posts = ct_select(c, Post, .order_by = "id", .only = "title", .with = "author, tags");
    assert_string_equal(ct_related(c, ct_list_at(posts, 0), author)->name, "Ann");
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(posts, 0), tags)), 2);
    assert_int_equal(ct_query_count(c), before + 2);
    Post *post = ct_first(c, Post);
    run_sql(c, "update blog_post set views = 77 where id = 1");
    assert_true(ct_refresh(c, post));
    assert_int_equal(post->views, 77);
    run_sql(c, "delete from blog_post_tags", "delete from blog_post where id = 1");
    assert_false(ct_refresh(c, post));
}

static void pages_begin_behind_a_row(ct *c)
{
    static const char *const orders[] = { "id",
                                          "-views",
                                          "views, -title",
                                          "note",
                                          "-note, id",
                                          "note nulls first",
                                          "-note nulls last",
                                          "author.name",
                                          "author.born, -views",
                                          "lower(title)" };
    fill(c);
    for (size_t i = 0; i < CT_COUNT(orders); i++) {
        ct_list(Post) *all = ct_select(c, Post, .order_by = ct_printf(c, "%s, id", orders[i]));
        const char *expected = ids(c, all), *found = "", *back = "";
        Post *last = NULL;
        for (;;) {
            ct_list(Post) *page = ct_select(c, Post, .order_by = orders[i], .after = last, .limit = 2);
            if (!last)
                page = ct_select(c, Post, .order_by = ct_printf(c, "%s, id", orders[i]), .limit = 2);
            if (!ct_list_count(page))
                break;
            found = ct_printf(c, "%s%s%s", found, *found ? " " : "", ids(c, page));
            last = ct_list_at(page, ct_list_count(page) - 1);
        }
        assert_string_equal(found, expected);
        while (last) {
            ct_list(Post) *page = ct_select(c, Post, .order_by = orders[i], .before = last, .limit = 2);
            back = ct_printf(c, "%s%s%s", ids(c, page), ct_list_count(page) ? " " : "", back);
            last = ct_list_count(page) ? ct_list_at(page, 0) : NULL;
        }
        assert_string_equal(ct_printf(c, "%s%" PRId64, back, ct_list_at(all, 4)->id), expected);
    }
}

CT_SHAPE(AuthorStats, (text, name, .group = true, .of = "author.name"), (integer, posts, .count = "*"),
         (integer, views, .sum = "views"), (integer, least, .min = "views"), (real, mean, .avg = "views"),
         (integer, tags, .count_distinct = "tags"));
CT_SHAPE(PostTotals, (integer, posts, .count = "*"), (integer, notes, .count = "note"), (integer, most, .max = "views"),
         (integer, twice, .sql = "2 * count(*)"));

CT_SHAPE(NoteStats, (text, note, .group = true), (integer, posts, .count = "*"));
CT_SHAPE(BigSum, (integer, views, .sum = "views"));

/* What else a query says goes with rows that come several times. */
static void doubles_go_with_the_rest(ct *c)
{
#define TWICE                                                                                                          \
    .views = EQ(20), .union_all = ANY_OF(Post, { .author_id = EQ(1) }, { .author = WHERE(Author, .staff = EQ(true)) })
    fill(c);
    ct_list(Post) *posts = ct_select(c, Post, TWICE, .order_by = "author.name, -id", .with = "author, tags");
    assert_string_equal(ids(c, posts), "2 2 2 1 1 3");
    assert_string_equal(ct_list_at(posts, 2)->author->name, "Ann");
    assert_int_equal(ct_list_count(ct_list_at(posts, 2)->tags), 1);
    assert_int_equal(ct_list_count(ct_list_at(posts, 4)->tags), 2);
    assert_string_equal(ids(c, ct_select(c, Post, TWICE, .order_by = "id", .limit = 2, .offset = 2)), "2 2");
    assert_int_equal(ct_count(c, Post, TWICE, .limit = 5), 5);
    assert_true(ct_exists(c, Post, TWICE));
    const PostTotals *totals = ct_aggregate_one(c, PostTotals, Post, TWICE);
    assert_int_equal(totals->posts, 6);
    assert_int_equal(totals->notes, 4);
    int seen = 0;
    ct_each(c, Post, post, TWICE, .order_by = "id")
        seen += (int)post->id;
    assert_int_equal(seen, 11);
    ct_atomic(c)
        assert_int_equal(ct_list_count(ct_select(c, Post, TWICE, .lock = CT_FOR_UPDATE)), 6);
#undef TWICE
}

static void aggregates_take_options(ct *c)
{
    fill(c);
    ct_list(NoteStats) *notes = ct_aggregate(c, NoteStats, Post, .order_by = "note nulls last");
    assert_string_equal(ct_list_at(notes, 0)->note, "n2");
    assert_null(ct_list_at(notes, 2)->note);
    notes = ct_aggregate(c, NoteStats, Post, .order_by = "-note nulls first");
    assert_null(ct_list_at(notes, 0)->note);
    assert_string_equal(ct_list_at(notes, 1)->note, "n3");
    assert_aborts_with(c, 500, "has no field \"note last\"",
                       (void)ct_aggregate(c, NoteStats, Post, .order_by = "note last"));
    assert_int_equal(ct_aggregate_one(c, NoteStats, Post, .order_by = "-posts", .limit = 1)->posts, 3);
    assert_aborts_with(c, 500, "ct_aggregate_one() gives one row",
                       (void)ct_aggregate_one(c, PostTotals, Post, .limit = 2));
    run_sql(c, "update blog_post set views = 9223372036854775807 where id > 3");
    assert_aborts_with(c, 500, "test_query.c:", (void)ct_aggregate_one(c, BigSum, Post));
    assert_aborts_with(c, 500, "test_query.c:", (void)ct_aggregate(c, BigSum, Post));
}

static void rows_are_aggregated(ct *c)
{
    fill(c);
    ct_list(AuthorStats) *stats = ct_aggregate(c, AuthorStats, Post, .author_id = NOT_NULL, .order_by = "-name");
    assert_int_equal(ct_list_count(stats), 2);
    assert_string_equal(ct_list_at(stats, 0)->name, "Bob");
    assert_int_equal(ct_list_at(stats, 0)->posts, 2);
    assert_int_equal(ct_list_at(stats, 0)->views, 27);
    assert_int_equal(ct_list_at(stats, 0)->least, 7);
    assert_int_equal(ct_list_at(stats, 0)->tags, 1);
    stats = ct_aggregate(c, AuthorStats, Post, .having = "views > 27", .order_by = "-views");
    assert_int_equal(ct_list_count(stats), 1);
    assert_string_equal(ct_list_at(stats, 0)->name, "Ann");
    PostTotals *totals = ct_aggregate_one(c, PostTotals, Post);
    assert_int_equal(totals->posts, 5);
    assert_int_equal(totals->notes, 2);
    assert_int_equal(totals->most, 20);
    assert_int_equal(totals->twice, 10);
    totals = ct_aggregate_one(c, PostTotals, Post, .views = EQ(99));
    assert_true(ct_is_null(totals, most));
    const ct_array *values = ct_values(c, Post, "title, author.name", .views = GE(10), .order_by = "id");
    assert_string_equal(ct_to_json(c, ct_value_of_array(values)),
                        "[{\"title\":\"one\",\"author.name\":\"Ann\"},{\"title\":\"two\",\"author.name\":\"Ann\"},"
                        "{\"title\":\"three\",\"author.name\":\"Bob\"}]");
    values = ct_values(c, Post, "views", .distinct = true, .order_by = "views");
    assert_string_equal(ct_to_json(c, ct_value_of_array(values)),
                        "[{\"views\":5},{\"views\":7},{\"views\":10},{\"views\":20}]");
}

#define ON_DATABASES(test)                                                                                             \
    static void test##_on_databases(void **state)                                                                      \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, test);                                                                                      \
    }
ON_DATABASES(rows_are_read)
ON_DATABASES(conditions_choose_rows)
ON_DATABASES(single_rows_and_numbers)
ON_DATABASES(doubles_go_with_the_rest)
ON_DATABASES(rows_come_in_order)
ON_DATABASES(relations_are_loaded_for_the_whole_list)
ON_DATABASES(with_loads_at_once)
ON_DATABASES(columns_may_be_left_out)
ON_DATABASES(pages_begin_behind_a_row)
ON_DATABASES(aggregates_take_options)
ON_DATABASES(rows_are_aggregated)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_on_databases),
        cmocka_unit_test(conditions_choose_rows_on_databases),
        cmocka_unit_test(single_rows_and_numbers_on_databases),
        cmocka_unit_test(doubles_go_with_the_rest_on_databases),
        cmocka_unit_test(rows_come_in_order_on_databases),
        cmocka_unit_test(relations_are_loaded_for_the_whole_list_on_databases),
        cmocka_unit_test(with_loads_at_once_on_databases),
        cmocka_unit_test(columns_may_be_left_out_on_databases),
        cmocka_unit_test(pages_begin_behind_a_row_on_databases),
        cmocka_unit_test(aggregates_take_options_on_databases),
        cmocka_unit_test(rows_are_aggregated_on_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
