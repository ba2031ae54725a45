/* Lines of conditions: what they ask, and what is said of those that are wrong. On both databases. */
#include "database.h"

#include "db/ask.h"
#include "net/work.h"
#include "web/standalone.h"

CT_MODEL_DECLARE(Tag);
CT_MODEL_DECLARE(Post);
CT_MODEL(Author, (text, username, .max_length = 50), (has_many, posts, Post, author));
CT_MODEL(Post, (ref, author, Author, .on_delete = CT_CASCADE, .null = true), (text, title, .blank = true),
         (integer, views, .null = true), (datetime, published), (decimal, price, .null = true), (boolean, pinned),
         (json, data), (array, words, text), (duration, took, .null = true), (real, score, .null = true),
         (time, at, .null = true), (uuid, key, .null = true), (binary, digest, .null = true),
         (many_to_many, tags, Tag));
CT_TABLE(Tag, (text, word, .primary_key = true, .max_length = 30), (has_many, posts, Post, tags));

static const ct_app blog = { .name = "blog", .models = MODELS(Author, Post, Tag) };

static Post *make(ct *c, const Author *author, const char *title, int64_t views)
{
    ct_array *words = ct_array_new(c);
    ct_array_add(words, title);
    ct_decimal price = ct_decimal_make(views * 100 + 50, 2);
    Post *post = ct_create(c, Post, .author_id = author->id, .title = title, .views = views,
                           .published = ct_date_start(ct_date_make(c, 2026, 1, (int)views)) + 9 * CT_HOUR,
                           .price = price, .pinned = views > 2, .words = words, .took = views * CT_MINUTE,
                           .score = (double)views / 2, .at = ct_daytime_make((int)views, 30, 0),
                           .data = CT_VALUE(ct_object(c, KV("a", views), KV("b", ct_object(c, KV("c", title))))));
    return post;
}

static void make_rows(ct *c)
{
    make_tables(c);
    Author *ada = ct_create(c, Author, .username = "ada"), *bob = ct_create(c, Author, .username = "Bob");
    Post *one = make(c, ada, "One", 1), *two = make(c, ada, "two 2", 2);
    make(c, bob, "it's \"3\"", 3);
    Post *four = make(c, bob, "", 4);
    ct_set_null(four, views);
    ct_save(c, four);
    Tag *red = ct_create(c, Tag, .word = "red"), *blue = ct_create(c, Tag, .word = "blue");
    ct_link(c, one, tags, red);
    ct_link(c, two, tags, red);
    ct_link(c, two, tags, blue);
}

/* The keys of the posts that the line asks for: "1 3". */
static const char *found(ct *c, const char *line)
{
    ct_ask ask;
    ct_error error;
    if (!ct_ask_read(&ct_work_databases(c)->graph, ct_work_arena(c), line, &ask, &error))
        return ct_strdup(c, error.message);
    ct_given given = { .text = "", .shape = ask.table->model->shape, .file = "test", .line = 1 };
    ct_rows *rows = ct_select_rows(c, ask.table->model, ask.query, &given);
    const char *text = "";
    for (size_t i = 0; i < ct_rows_count(rows); i++) {
        int64_t id;
        memcpy(&id, (const char *)ct_rows_at(rows, i) + offsetof(Post, id), sizeof(id));
        text = ct_printf(c, "%s%s%d", text, i ? " " : "", (int)id);
    }
    return text;
}

static const char *const asked[][2] = {
    { "Post order pk", "1 2 3 4" },
    { "post order -id", "4 3 2 1" },
    { "blog.Post id>2 order id", "3 4" },
    { "Post views=1", "1" },
    { "Post views = 1", "1" },
    { "Post views != 1 order id", "2 3 4" }, /* NULL is not 1 */
    { "Post views<>1,2 order id", "3 4" },
    { "Post views<=2 views>=2", "2" },
    { "Post views=null", "4" },
    { "Post views!=null order -id", "3 2 1" },
    { "Post views=2..3 order id", "2 3" },
    { "Post views=..2 order id", "1 2" },
    { "Post views=3..", "3" },
    { "Post views!=2..3 order id", "1 4" },
    { "Post views=1,3,99 order id", "1 3" },
    { "Post title=One", "1" },
    { "Post title=one", "" },
    { "Post title=\"it's \"\"3\"\"\"", "3" },
    { "Post title='it''s \"3\"'", "3" },
    { "Post title=\"\"", "4" },
    { "Post title~TWO", "2" },
    { "Post title!~o order id", "3 4" },
    { "Post title^=tw", "2" },
    { "Post title$=\" 2\"", "2" },
    { "Post title=~^[Ot] order id", "1 2" },
    { "Post title=~'^[Ot]' order id", "1 2" },
    { "Post title~'%'", "" },
    { "Post author.username=ada order id", "1 2" },
    { "Post author=1 order id", "1 2" },
    { "Post author_id!=1 order id", "3 4" },
    { "Post author.posts.views=3 order id", "3 4" },
    { "Post tags.word=blue", "2" },
    { "Post tags=red order id", "1 2" },
    { "Post tags=red,blue not tags=blue", "1" },
    { "Post published.year=2026 published.month=1 published.day>=3 order id", "3 4" },
    { "Post published.hour=9 order -id limit 1", "4" },
    { "Post published=2026-01-02T09:00:00Z", "2" },
    { "Post published>=2026-01-03 order id", "3 4" },
    { "Post at.hour=3", "3" },
    { "Post price=1.50", "1" },
    { "Post price>3 order id", "3 4" },
    { "Post pinned=true order id", "3 4" },
    { "Post pinned=no order id", "1 2" },
    { "Post score<1.5 order id", "1 2" },
    { "Post took=00:02:00", "2" },
    { "Post data.a=3", "3" },
    { "Post data.b.c=One", "1" },
    { "Post data.b.c!=One order id", "2 3 4" },
    { "Post words=One", "1" },
    { "Post words!=One order id", "2 3 4" },
    { "Post views=1 or views=3 order id", "1 3" },
    { "Post (views=1 or views=2) title=One", "1" },
    { "Post views=1 or views=2 and title=One order id", "1" },
    { "Post not (views=1 or views=2) order id", "3 4" },
    { "Post not not views=1", "1" },
    { "Post limit 2 offset 1 order id", "2 3" },
    { "Post order author.username -id", "4 3 2 1" }, /* "Bob" comes before "ada" */
};

static void lines_ask(ct *c)
{
    make_rows(c);
    for (size_t i = 0; i < CT_COUNT(asked); i++)
        if (strcmp(found(c, asked[i][0]), asked[i][1]) != 0)
            fail_msg("%s: \"%s\", expected \"%s\"", asked[i][0], found(c, asked[i][0]), asked[i][1]);
    /* A value is never SQL. */
    assert_string_equal(found(c, "Post title=\"x' OR 1=1 --\""), "");
    assert_string_equal(found(c, "Post data.a'=3"), "an operator is expected here: = != < <= > >= ~ !~ ^= $= =~");
}

static void test_lines_ask(void **state)
{
    (void)state;
    on_databases(&blog, lines_ask);
}

static const struct {
    const char *line, *message;
    size_t at;
} wrong[] = {
    { "", "\"\" is not the name of one model", 0 },
    { "Pots", "\"Pots\" is not the name of one model; did you mean \"Post\"?", 0 },
    { "Post titel=x", "blog.Post has no field \"titel\"; did you mean \"title\"?", 5 },
    { "Post author.nam=x", "blog.Author has no field \"nam\"", 12 },
    { "Post title", "an operator is expected here: = != < <= > >= ~ !~ ^= $= =~", 10 },
    { "Post title=", "a value is expected here; \"\" is empty text", 11 },
    { "Post title='x", "the quote that begins here has no end", 11 },
    { "Post views=x", "views: \"x\" is no value of the kind integer: Enter a whole number.", 5 },
    { "Post views=99999999999999999999", NULL, 5 },
    { "Post views~1", "views is of kind integer: only text can be asked that", 5 },
    { "Post views>1,2", "views: several values go with = and != alone", 5 },
    { "Post views=..", "views: a range has a value in front of \"..\" or behind it", 5 },
    { "Post title.year=3", "title is of kind text, which has no such part", 5 },
    { "Post title.foo=3", "title is of kind text, behind which there is no \".foo\"", 10 },
    { "Post data[x]=3", "no path into json: it is names with dots between them, and [0]", 9 },
    { "Author posts=x", "id: \"x\" is no value of the kind integer: Enter a whole number.", 7 },
    { "Post (views=1", "the \"(\" here has no \")\"", 5 },
    { "Post views=1)", "there is no \"(\" to this \")\"", 12 },
    { "Post ()", "the name of a field is expected here", 6 },
    { "Post limit 0", "a number from 1 on is expected here", 11 },
    { "Post order", "the name of a field is expected here", 10 },
    { "Post show tags.word", "this relation leads to many rows, so that there is no one value", 10 },
    { "Post not", "something is missing here", 8 },
    { "Post ((((((((((((((((((views=1))))))))))))))))))", "this is nested too deep", 21 },
    { "Post a.b.c=1", "blog.Post has no field \"a\"", 5 },
    { "Post title=\xff", "this is no valid UTF-8", 0 },
};

static void lines_are_refused(ct *c)
{
    for (size_t i = 0; i < CT_COUNT(wrong); i++) {
        ct_ask ask;
        ct_error error;
        if (ct_ask_read(&ct_work_databases(c)->graph, ct_work_arena(c), wrong[i].line, &ask, &error))
            fail_msg("\"%s\" is taken", wrong[i].line);
        if ((wrong[i].message && strcmp(error.message, wrong[i].message) != 0) || ask.at != wrong[i].at)
            fail_msg("%s: \"%s\" at %zu, expected \"%s\" at %zu", wrong[i].line, error.message, ask.at,
                     wrong[i].message, wrong[i].at);
    }
}

static void test_lines_are_refused(void **state)
{
    (void)state;
    on_sqlite(&blog, lines_are_refused);
}

static void what_is_shown(ct *c)
{
    ct_ask ask;
    ct_error error;
    const ct_graph *graph = &ct_work_databases(c)->graph;
    assert_true(ct_ask_read(graph, ct_work_arena(c), "Tag", &ask, &error));
    assert_string_equal(ask.fields, "word");
    assert_true(ct_ask_read(graph, ct_work_arena(c), "Post show pk, author.pk author title count", &ask, &error));
    assert_string_equal(ask.fields, "id, author.id, author, title");
    assert_true(ask.count);
}

static void test_what_is_shown(void **state)
{
    (void)state;
    on_sqlite(&blog, what_is_shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_ask),
        cmocka_unit_test(test_lines_are_refused),
        cmocka_unit_test(test_what_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
