/* To which database rows are written: that of their model, that which they came from, never a replica. */
#include "database.h"

CT_MODEL_DECLARE(Tag);
CT_MODEL(Post, (text, title, .unique = true), (many_to_many, tags, Tag));
CT_MODEL(Tag, (text, name));
CT_MODEL(Hit, (text, path), (integer, count, .default_value = "0"), (options, .database = "stats"));

static const ct_app app = { .name = "m",
                            .models = MODELS(Post, Tag, Hit),
                            .settings = SETTINGS(SETTING("stats_url", "", .help = "Statistics"),
                                                 SETTING("copy_url", "", .help = "The replica")),
                            .databases = DATABASES(DATABASE("stats", .setting = "stats_url"),
                                                   DATABASE("copy", .setting = "copy_url", .replica_of = "default")) };

static char stats_url[128], copy_url[128];

/* Of a database of its own, as one that lags behind. */
static void make_copy(ct *c)
{
    run_sql(c, "create table m_post (id integer primary key, title text)", "insert into m_post values (1, 'stale')");
}

static void make(ct *c)
{
    ct_error error;
    make_tables(c);
    if (!ct_ddl_create_all(c, "stats", &error))
        fail_msg("%s", error.message);
    ct_create(c, Post, .title = "first");
}

static void write_all(ct *c)
{
    Post *stale = ct_first(c, Post);
    assert_string_equal(stale->title, "stale");
    stale->title = "saved";
    ct_save(c, stale);
    bool created;
    Post *post = ct_get_or_create(c, Post, "title", &created, .title = "saved");
    assert_false(created);
    ct_update(c, stale, .title = SET("updated"));
    assert_string_equal(ct_first(c, Post)->title, "updated"); /* what this one has written it reads there */
    ct_update_where(c, Post, WHERE(Post, .id = EQ(1)), .title = SET("again"));
    assert_int_equal(ct_sql_one(c, "copy", "select count(*) from m_post where title = 'stale'", ARGS()).integer, 1);
    Tag *tag = ct_create(c, Tag, .name = "t");
    ct_link(c, stale, tags, tag);
    assert_int_equal(ct_delete(c, post), 2);
    assert_int_equal(ct_sql_one(c, "default", "select count(*) from m_post", ARGS()).integer, 0);
    Hit *hit = ct_create(c, Hit, .path = "/");
    ct_update(c, hit, .count = ADD(1));
    assert_int_equal(ct_sql_one(c, "stats", "select count from m_hit", ARGS()).integer, 1);
    assert_int_equal(ct_update_where(c, Hit, WHERE(Hit), .count = ADD(1)), 1);
    assert_int_equal(ct_delete_where(c, Hit, .path = EQ("/")), 1);
    assert_int_equal(ct_delete_where(c, Hit, .using = "stats"), 0);
    assert_aborts_with(c, 500, "did you mean \"stats\"?", ct_delete_where(c, Hit, .using = "stat"));
}

static void test_rows_go_where_they_belong(void **state)
{
    (void)state;
    make_folder();
    snprintf(stats_url, sizeof(stats_url), "sqlite:%s/stats.db", database_run.folder);
    snprintf(copy_url, sizeof(copy_url), "sqlite:%s/copy.db", database_run.folder);
    const ct_setting settings[] = { { .name = "stats_url", .value = stats_url },
                                    { .name = "copy_url", .value = copy_url },
                                    { .name = NULL } };
    static const ct_app none = { .name = "none" };
    bool good = run_on(&none, copy_url, NULL, make_copy) && run_on(&app, file_url("main.db"), settings, make) &&
                run_on(&app, file_url("main.db"), settings, write_all);
    drop_folder(database_run.folder);
    if (!good)
        fail_msg("%s", database_run.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows_go_where_they_belong) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
