/* Tables of models on both databases: what is made, and that the database takes it. */
#include "database.h"

#include "canteen/work.h"
#include "db/introspect.h"
#include "net/work.h"

CT_MODEL_DECLARE(Author);
CT_MODEL_DECLARE(Membership);
CT_MODEL_DECLARE(Tag);

CT_MODEL(Author, (text, name, .max_length = 50, .comment = "it's \"quoted\""), (boolean, staff),
         (decimal, rate, .null = true, .max_digits = 8, .decimal_places = 2),
         (many_to_many, circles, Author, .through = &Membership_shape));
CT_MODEL(Profile, (one_to_one, author, Author, .on_delete = CT_DB_CASCADE), (text, bio, .null = true));
CT_MODEL(Membership, (ref, owner, Author, .on_delete = CT_CASCADE), (ref, member, Author, .on_delete = CT_CASCADE),
         (integer, since, .db_default = "7"));
CT_TABLE(Tag, (text, word, .primary_key = true, .max_length = 30));
CT_MODEL(Post, (ref, author, Author, .on_delete = CT_CASCADE), (text, title), (integer, views, .null = true),
         (many_to_many, tags, Tag), (many_to_many, related, Post), (array, words, text, .null = true),
         (ref, parent, Post, .null = true, .on_delete = CT_SET_NULL), (text, body, .column = "contents"),
         (options, .table = "posts", .comment = "x", .checks = CHECKS(CHECK("views_positive", "views > 0")),
          .indexes = INDEXES(INDEX("author, -title"), INDEX("-views nulls last, title", .name = "by_views"),
                             UNIQUE("author, title nulls first"), UNIQUE("(lower(title))", .where = "views > 3"))));
CT_TABLE(Pair, (integer, a, .primary_key = true), (uuid, b, .primary_key = true),
         (text, both, .generated = "'x' || a", .null = true));
CT_MODEL(Kinds, (text, a), (email, b), (url, c_), (slug, d), (ip, e), (file, f), (image, g), (integer, h), (real, i),
         (decimal, j), (boolean, k), (datetime, l), (date, m), (time, n), (duration, o), (uuid, p), (json, q),
         (binary, r));

static const ct_app blog = { .name = "blog", .models = MODELS(Author, Profile, Membership, Tag, Post, Pair, Kinds) };

static void tables_hold_what_they_say(ct *c)
{
    make_tables(c);
    run_sql(c, "insert into blog_author (name, staff, rate) values ('a', 1 = 1, '12.50')",
            "insert into blog_profile (author_id) values (1)",
            "insert into blog_membership (owner_id, member_id) values (1, 1)",
            "insert into blog_tag (word) values ('c')",
            "insert into posts (author_id, title, contents, views) values (1, 'One', '', 5)",
            "insert into posts_tags (post_id, tag_id) values (1, 'c')",
            "insert into posts_related (from_post_id, to_post_id) values (1, 1)");
    assert_int_equal(number_of(c, "select since from blog_membership"), 7);
}

static void test_tables_hold_what_they_say(void **state)
{
    (void)state;
    on_databases(&blog, tables_hold_what_they_say);
}

/* NULLs stand in an index where the order of a query wants them; SQLite takes them from there in any order. */
static void nulls_stand_where_they_are_wanted(ct *c)
{
    make_tables(c);
    const ct_db_entry *entry = ct_db_site_entry(ct_work_databases(c), "default");
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    ct_live_write(&out, ct_live_table_named(ct_introspect(c, entry), "posts"));
    bool postgres = strcmp(entry->driver->name, "sqlite") != 0;
    assert_non_null(strstr(ct_buffer_text(&out),
                           postgres ? "by_views views desc nulls last, title\n" : "by_views views desc, title\n"));
    /* and a unique one is known by its fields all the same */
    Author *author = ct_create(c, Author, .name = "a", .staff = true);
    ct_create(c, Post, .author = author, .title = "One", .body = "b");
    ct_errors *errors = NULL;
    ct_try_create(c, &errors, Post, .author = author, .title = "One", .body = "b");
    assert_string_equal(ct_errors_at(errors, 0).message, "Post with this Author and Title already exists.");
}

static void test_nulls_stand_where_they_are_wanted(void **state)
{
    (void)state;
    on_databases(&blog, nulls_stand_where_they_are_wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_hold_what_they_say),
        cmocka_unit_test(test_nulls_stand_where_they_are_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
