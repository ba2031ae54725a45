/* Tables of models on both databases: what is made, and that the database takes it. */
#include "database.h"

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
          .indexes = INDEXES(INDEX("author, -title"), UNIQUE("(lower(title))", .where = "views > 3"))));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_hold_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
