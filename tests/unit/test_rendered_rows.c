/* A list in a template: a thousand rows with two relations take three statements, whether the template asks for the
 * relations of the first row, of the last one, or of all; on both databases. */
#include "database.h"

CT_MODEL_DECLARE(Author);
CT_MODEL_DECLARE(Tag);
CT_MODEL(Author, (text, name));
CT_MODEL(Tag, (text, word), (options, .ordering = "word"));
CT_MODEL(Post, (text, title), (ref, author, Author, .on_delete = CT_CASCADE), (many_to_many, tags, Tag));

static const ct_app app = { .name = "blog", .models = MODELS(Author, Tag, Post) };

#define POSTS 1000

static const char page[] = "<ul>\n{% for post in posts %}\n"
                           "<li>{{ post.title }} by {{ post.author.name }}:{% for tag in post.tags %} {{ tag.word }}"
                           "{% endfor %}</li>\n{% endfor %}\n</ul>\n";

static void fill(ct *c)
{
    bool sqlite = strncmp(database_run.url, "sqlite:", 7) == 0;
    const char *numbers = sqlite ? "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) "
                                   "select i from n"
                                 : "select i from generate_series(1, %d) i";
    const char *hundred = ct_printf(c, numbers, 100), *all = ct_printf(c, numbers, POSTS);
    make_tables(c);
    run_sql(c, ct_printf(c, "insert into blog_author (id, name) select i, 'author ' || i from (%s) t", hundred),
            "insert into blog_tag (id, word) values (1, 'one'), (2, 'two'), (3, 'three')",
            ct_printf(c,
                      "insert into blog_post (id, title, author_id) select i, 'post ' || i, 1 + i %% 100 from (%s) t",
                      all),
            ct_printf(c, "insert into blog_post_tags (post_id, tag_id) select i, 1 + i %% 3 from (%s) t", all),
            ct_printf(c, "insert into blog_post_tags (post_id, tag_id) select i, 3 from (%s) t where i %% 3 = 0", all));
}

static void check_page(const char *html)
{
    assert_non_null(strstr(html, "<li>post 1 by author 2: two</li>"));
    assert_non_null(strstr(html, "<li>post 999 by author 100: one three</li>"));
    assert_non_null(strstr(html, "<li>post 1000 by author 1: two</li>"));
    size_t count = 0;
    for (const char *at = html; (at = strstr(at, "<li>")) != NULL; at++)
        count++;
    assert_int_equal(count, POSTS);
}

static void three_statements(ct *c)
{
    fill(c);
    size_t before = ct_query_count(c);
    ct_list(Post) *posts = ct_select(c, Post, .order_by = "id");
    check_page(ct_render_text(c, "posts.html", V(posts)));
    assert_int_equal(ct_query_count(c) - before, 3);
    check_page(ct_render_text(c, "posts.html", V(posts))); /* nothing is asked again */
    assert_int_equal(ct_query_count(c) - before, 3);
    before = ct_query_count(c);
    posts = ct_select(c, Post, .order_by = "id", .with = "author, tags");
    assert_int_equal(ct_query_count(c) - before, 2); /* the authors are joined */
    ct_strict_loading(c, true);
    check_page(ct_render_text(c, "posts.html", V(posts)));
    assert_int_equal(ct_query_count(c) - before, 2);
}

static void test_a_thousand_rows_take_three_statements(void **state)
{
    (void)state;
    char folder[] = "/tmp/canteen-test-pages-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof(path), "%s/posts.html", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(page, file) >= 0);
    assert_int_equal(fclose(file), 0);
    const ct_setting settings[] = { { .name = "template_folders", .value = folder }, { .name = NULL } };
    on_sqlite_with(&app, settings, three_statements);
    on_postgres_with(&app, settings, three_statements);
    drop_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_thousand_rows_take_three_statements) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
