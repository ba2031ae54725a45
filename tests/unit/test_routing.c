/* Several databases: which one a statement goes to. */
#include "database.h"

static const char *chosen;

static const char *choose(ct *c, const ct_model *model, bool write)
{
    (void)c, (void)model, (void)write;
    return chosen;
}

static const ct_app app = { .name = "shop",
                            .settings = SETTINGS(SETTING("stats_url", NULL, .secret = true),
                                                 SETTING("copy_url", NULL, .secret = true)),
                            .databases = DATABASES(DATABASE("stats", .setting = "stats_url"),
                                                   DATABASE("copy", .setting = "copy_url", .replica_of = "default")),
                            .route_database = choose };

/* Each has a table that says which it is. */
static void name_them(ct *c)
{
    static const char *const names[] = { "default", "stats", "copy" };
    for (size_t i = 0; i < CT_COUNT(names); i++) {
        ct_sql_change(c, names[i], "create table own (name text)", ARGS());
        ct_sql_change(c, names[i], "insert into own values (?)", ARGS(names[i]));
    }
}

static const char *asked(ct *c, const char *using)
{
    return ct_sql_one(c, using, "select name from own", ARGS()).text;
}

static void a_name_decides(ct *c)
{
    assert_string_equal(asked(c, "default"), "default");
    assert_string_equal(asked(c, "stats"), "stats");
    assert_string_equal(asked(c, "copy"), "copy");
    assert_aborts_with(c, 500, "there is no database \"stat\"; did you mean \"stats\"?", asked(c, "stat"));
    assert_aborts_with(c, 503, "the database \"copy\" (sqlite:", ct_sql_change(c, "copy", "delete from own", ARGS()));
}

static void the_site_chooses(ct *c)
{
    chosen = "stats";
    assert_string_equal(asked(c, NULL), "stats");
    assert_string_equal(asked(c, "default"), "default");
    chosen = NULL;
}

static void reads(ct *c, void *arg)
{
    (void)arg;
    assert_string_equal(asked(c, NULL), "copy");
    ct_atomic(c)
        assert_string_equal(asked(c, NULL), "default");
}

static void reads_what_it_wrote(ct *c, void *arg)
{
    (void)arg;
    assert_string_equal(asked(c, NULL), "copy");
    ct_sql_run(c, "update own set name = name", ARGS());
    assert_string_equal(asked(c, NULL), "default");
}

/* A unit of work that writes reads what it has written. */
static void replicas_are_read(ct *c)
{
    void (*const fns[])(ct *, void *) = { reads, reads_what_it_wrote, reads };
    for (size_t i = 0; i < CT_COUNT(fns); i++) {
        other_work *other = start_other(c, fns[i], NULL);
        if (!end_other(c, other))
            fail_msg("%s", other->message);
        drop_other(other);
    }
}

static void each_has_transactions(ct *c)
{
    ct_atomic(c) {
        ct_sql_run(c, "delete from own", ARGS());
        ct_atomic(c, .using = "stats") {
            ct_sql_change(c, "stats", "delete from own", ARGS());
            ct_rollback(c);
        }
    }
    assert_string_equal(asked(c, "stats"), "stats");
    assert_int_equal(ct_sql_one(c, "default", "select count(*) from own", ARGS()).integer, 0);
    ct_sql_change(c, "default", "insert into own values ('default')", ARGS());
}

static void all_of_it(ct *c)
{
    a_name_decides(c);
    the_site_chooses(c);
    replicas_are_read(c);
    each_has_transactions(c);
}

/* The same databases, none of them a replica. */
static const ct_app maker = { .name = "maker",
                              .settings = SETTINGS(SETTING("stats_url", NULL), SETTING("copy_url", NULL)),
                              .databases = DATABASES(DATABASE("stats", .setting = "stats_url"),
                                                     DATABASE("copy", .setting = "copy_url")) };

static void test_statements_find_their_database(void **state)
{
    (void)state;
    char urls[3][256];
    static const char *const names[] = { "database_url", "stats_url", "copy_url" };
    ct_setting settings[4] = { 0 };
    make_folder();
    for (size_t i = 0; i < 3; i++) {
        snprintf(urls[i], sizeof(urls[i]), "sqlite:%s/%zu.db", database_run.folder, i);
        settings[i] = (ct_setting){ .name = names[i], .value = urls[i] };
    }
    /* Replicas are opened for reading alone: a first app makes the files. */
    assert_true(run_on(&maker, urls[0], settings, name_them));
    bool good = run_on(&app, urls[0], settings, all_of_it);
    drop_folder(database_run.folder);
    assert_true(good);
}

/* What `check` says of a table of databases. */
static void expect_problem(const ct_app *wrong, const char *words)
{
    ct_arena arena;
    ct_site site;
    ct_problems problems = { 0 };
    ct_arena_init(&arena, NULL, 0);
    ct_settings *settings = ct_settings_declare(&arena, wrong, &problems);
    ct_settings_read(settings, "/nonexistent/.env", (char *[]){ NULL }, NULL, &problems);
    ct_site_prepare(&site, wrong, settings, &problems);
    assert_int_equal(problems.errors, 1);
    for (size_t i = 0; i < problems.count; i++)
        if (problems.items[i].severity == CT_PROBLEM_ERROR && !strstr(problems.items[i].text, words))
            fail_msg("\"%s\" is not in \"%s\"", words, problems.items[i].text);
    ct_site_finish(&site);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
}

CT_MODEL(Visit, (text, page, .max_length = 100), (options, .database = "statz"));

static void test_mistakes_are_problems(void **state)
{
    (void)state;
    expect_problem(&(const ct_app){ .name = "a", .databases = DATABASES(DATABASE("b", .setting = "b_url")) },
                   "takes its URL from the setting \"b_url\", which is none of text");
    expect_problem(&(const ct_app){ .name = "a",
                                    .settings = SETTINGS(SETTING("b_url", NULL)),
                                    .databases = DATABASES(DATABASE("b", .setting = "b_url")) },
                   "default: the database \"b\": it has no URL");
    expect_problem(&(const ct_app){ .name = "a",
                                    .settings = SETTINGS(SETTING("b_url", "sqlite:b")),
                                    .databases = DATABASES(DATABASE("default", .setting = "b_url")) },
                   "there are two of that alias");
    expect_problem(&(const ct_app){ .name = "a",
                                    .settings = SETTINGS(SETTING("b_url", "sqlite:b")),
                                    .databases = DATABASES(DATABASE("b", .setting = "b_url", .replica_of = "c")) },
                   "is a replica of \"c\", which there is not");
    expect_problem(
        &(const ct_app){ .name = "a",
                         .settings = SETTINGS(SETTING("b_url", "postgresql://b/b")),
                         .databases = DATABASES(DATABASE("b", .setting = "b_url", .replica_of = "default")) },
        "the database \"b\" (postgresql://b/b) is a replica of \"default\", which is another kind of database "
        "(sqlite:a.db)");
    expect_problem(&(const ct_app){ .name = "a",
                                    .models = MODELS(Visit),
                                    .settings = SETTINGS(SETTING("b_url", "sqlite:b")),
                                    .databases = DATABASES(DATABASE("stats", .setting = "b_url")) },
                   "the model a.Visit lives in the database \"statz\", which .databases of the root app does not have; "
                   "did you mean \"stats\"?");
}

/* Where the URL comes from, and that nobody sees the password. */
static const char *url_of(const char *dotenv, char **environment, const ct_setting *rows)
{
    static char url[256];
    ct_arena arena;
    ct_problems problems = { 0 };
    const ct_app from = { .name = "a", .settings = rows };
    char path[] = "/tmp/canteen-test-env-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, dotenv, strlen(dotenv)) == (ssize_t)strlen(dotenv));
    close(file);
    ct_arena_init(&arena, NULL, 0);
    ct_settings *settings = ct_settings_declare(&arena, &from, &problems);
    ct_settings_read(settings, path, environment, NULL, &problems);
    assert_int_equal(problems.count, 0);
    const ct_setting_value *value = ct_settings_find(settings, "database_url");
    const char *source = strncmp(value->source, "/tmp/", 5) == 0 ? ".env" : value->source;
    snprintf(url, sizeof(url), "%s %s", source, value->value.text ? value->value.text : "-");
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
    unlink(path);
    unsetenv("DATABASE_URL");
    return url;
}

static void test_the_url_has_many_sources(void **state)
{
    (void)state;
    char *none[] = { NULL }, *common[] = { "DATABASE_URL=sqlite:common", NULL },
         *both[] = { "CANTEEN_DATABASE_URL=sqlite:own", "DATABASE_URL=sqlite:common", NULL },
         *other_way[] = { "DATABASE_URL=sqlite:common", "CANTEEN_DATABASE_URL=sqlite:own", NULL };
    const ct_setting rows[] = { SET("database_url", "sqlite:table"), { .name = NULL } };
    assert_string_equal(url_of("", none, NULL), "default -");
    assert_string_equal(url_of("", common, NULL), "environment DATABASE_URL sqlite:common");
    assert_string_equal(url_of("", common, rows), "environment DATABASE_URL sqlite:common");
    assert_string_equal(url_of("", both, rows), "environment CANTEEN_DATABASE_URL sqlite:own");
    assert_string_equal(url_of("", other_way, rows), "environment CANTEEN_DATABASE_URL sqlite:own");
    assert_string_equal(url_of("CANTEEN_DATABASE_URL=sqlite:file\n", none, rows), ".env sqlite:file");
    assert_string_equal(url_of("CANTEEN_DATABASE_URL=sqlite:file\n", common, rows),
                        "environment DATABASE_URL sqlite:common");
    assert_string_equal(url_of("DATABASE_URL=sqlite:file\n", none, rows), ".env sqlite:file");
    assert_string_equal(url_of("CANTEEN_DATABASE_URL=sqlite:a\nDATABASE_URL=sqlite:b\n", none, rows), ".env sqlite:a");
}

static void test_passwords_are_not_shown(void **state)
{
    (void)state;
    static const struct {
        const char *url, *shown;
    } cases[] = { { "postgresql://app:se@cret@db:5432/app", "postgresql://app:***@db:5432/app" },
                  { "postgresql://app@db/app?password=secret&x=1", "postgresql://app@db/app?password=***&x=1" },
                  { "postgresql:///app?host=/run&PASSWORD=secret", "postgresql:///app?host=/run&PASSWORD=***" },
                  { "postgresql://db:5432/app", "postgresql://db:5432/app" },
                  { "sqlite:app.db", "sqlite:app.db" } };
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(ct_db_url_shown(&arena, cases[i].url), cases[i].shown);
    ct_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements_find_their_database),
        cmocka_unit_test(test_mistakes_are_problems),
        cmocka_unit_test(test_the_url_has_many_sources),
        cmocka_unit_test(test_passwords_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
