/* Migrations on both databases, forwards and back, with rows in the tables. */
#include "canteen/operations.h"
#include "database.h"

#include "db/introspect.h"
#include "db/migrate.h"
#include "net/work.h"

/* ---- a history of every operation ---- */

static void shout(ct *c)
{
    ct_array *all = ct_past_rows(c, "polls.Answer", "votes < ?", ARGS(100));
    for (size_t i = 0; i < ct_array_count(all); i++) {
        const ct_map *row = ct_array_at(all, i).map;
        assert_int_equal(ct_map_get(row, "question").type, CT_VALUE_INT);
        ct_past_update(c, "polls.Answer", ct_object(c, KV("words", ct_printf(c, "%s!", ct_map_get(row, "words").text))),
                       "id = ?", ARGS(ct_map_get(row, "id")));
    }
    ct_value key =
        ct_past_insert(c, "polls.Answer", ct_object(c, KV("question_id", 1), KV("words", "made"), KV("votes", 0)));
    assert_int_equal(key.type, CT_VALUE_INT);
    assert_string_equal(ct_past_table(c, "polls.Answer"), "\"polls_answer\"");
    assert_string_equal(ct_past_column(c, "polls.Answer", "question"), "\"question_id\"");
    assert_string_equal(ct_past_table(c, "polls.Answer.likes"), "\"polls_answer_likes\"");
}

static void calm(ct *c)
{
    ct_past_delete(c, "polls.Answer", "words = ?", ARGS("made"));
    ct_sql_run(c, ct_printf(c, "update %s set words = replace(words, '!', '')", ct_past_table(c, "polls.Answer")),
               ARGS());
}

CT_MIGRATION(polls, 0001_initial, .initial = true,
             .operations = OPERATIONS(CREATE_MODEL("Question", (text, title, .max_length = 20)),
                                      CREATE_MODEL("Choice", (ref, question, "polls.Question", .on_delete = CT_CASCADE),
                                                   (text, choice, .max_length = 20),
                                                   (options, .indexes = INDEXES(INDEX("question, choice"))))));
CT_MIGRATION(polls, 0002_more, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(ADD_FIELD("Choice", (integer, votes), .fill = "3"),
                                      ADD_FIELD("Choice", (text, loud), .fill_sql = "upper(choice)"),
                                      ADD_FIELD("Choice", (many_to_many, likes, "polls.Question")),
                                      ADD_FIELD("Choice", (datetime, made, .auto_now_add = true)),
                                      ADD_CHECK("Choice", CHECK("votes_positive", "votes >= 0")),
                                      ADD_INDEX("Choice", UNIQUE("choice"))));
CT_MIGRATION(polls, 0003_renames, .after = AFTER("polls.0002_more"),
             .operations = OPERATIONS(RENAME_FIELD("Choice", "choice", "words"), RENAME_MODEL("Choice", "Answer"),
                                      ALTER_FIELD("Answer", (text, words, .max_length = 40, .null = true)),
                                      REMOVE_FIELD("Answer", "loud", .fill = "LOUD")));
CT_MIGRATION(polls, 0004_data, .after = AFTER("polls.0003_renames"),
             .operations = OPERATIONS(RUN(shout, calm), RUN_SQL("UPDATE polls_question SET title = 'new'",
                                                                "UPDATE polls_question SET title = 'old'")));
CT_MIGRATION(polls, 0005_options, .after = AFTER("polls.0004_data"),
             .operations = OPERATIONS(
                 ALTER_OPTIONS("Answer", .table = "answers", .comment = "of people"),
                 REMOVE_CHECK("Answer", "votes_positive"), REMOVE_INDEX("Answer", UNIQUE("words")),
                 SEPARATE(.state = OPERATIONS(ADD_FIELD("Question", (integer, extra, .null = true))),
                          .database = OPERATIONS(RUN_SQL("ALTER TABLE polls_question ADD COLUMN extra integer",
                                                         "ALTER TABLE polls_question DROP COLUMN extra")))));
CT_MIGRATION(polls, 0006_index, .not_atomic = true, .after = AFTER("polls.0005_options"),
             .operations = OPERATIONS(ADD_INDEX_CONCURRENTLY("Answer", INDEX("votes"))));
CT_MIGRATION(polls, 0007_gone, .after = AFTER("polls.0006_index"), .operations = OPERATIONS(DROP_MODEL("Answer")));

static const ct_migration *const polls_list[] = { &polls_0001_initial, &polls_0002_more,
                                                  &polls_0003_renames, &polls_0004_data,
                                                  &polls_0005_options, &polls_0006_index,
                                                  &polls_0007_gone,    NULL };
static const ct_app polls = { .name = "polls", .migrations = polls_list };

/* ---- helpers ---- */

static void ignore_line(void *arg, const char *line)
{
    (void)arg, (void)line;
}

static ct_migrator open_migrator(ct *c, ct_arena *arena)
{
    ct_migrator m;
    ct_problems problems = { 0 };
    if (!ct_migrate_open(&m, c, NULL, arena, &problems))
        fail_msg("%s", problems.items[0].text);
    ct_problems_finish(&problems);
    m.say = ignore_line;
    return m;
}

static bool strayed;

/* To a migration of polls, "zero", or NULL for all: the last outcome; `error` is the last one's. */
static ct_migrated go(ct *c, const char *name, const ct_migrate_options *options, ct_error *error)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_migrator m = open_migrator(c, &arena);
    bool zero = name && strcmp(name, "zero") == 0;
    const ct_node *target = name && !zero ? ct_history_find(&m.history, "polls", name, error) : NULL;
    if (name && !zero)
        assert_non_null(target);
    ct_plan plan = ct_history_plan(&m.history, "polls", target, zero);
    ct_migrated done = CT_MIGRATED_DONE;
    for (size_t i = 0; i < plan.count && done != CT_MIGRATED_FAILED; i++)
        done = ct_migrate_step(&m, plan.steps[i], options, error);
    strayed = m.strayed;
    ct_arena_finish(&arena);
    return done;
}

static void go_to(ct *c, const char *name)
{
    ct_error error;
    if (go(c, name, &(ct_migrate_options){ 0 }, &error) == CT_MIGRATED_FAILED)
        fail_msg("to %s: %s", name, error.message);
}

static const char *text_of(ct *c, const char *sql)
{
    ct_value value = ct_sql_value(c, sql, ARGS());
    return value.type == CT_VALUE_TEXT ? value.text : "(null)";
}

/* ---- the tests ---- */

static void every_operation(ct *c)
{
    go_to(c, "0001");
    run_sql(c, "insert into polls_question (title) values ('q')",
            "insert into polls_choice (question_id, choice) values (1, 'yes')",
            "insert into polls_choice (question_id, choice) values (1, 'no')");
    go_to(c, "0002");
    assert_int_equal(number_of(c, "select count(*) from polls_choice where votes = 3 and made is not null"), 2);
    assert_string_equal(text_of(c, "select loud from polls_choice where id = 1"), "YES");
    run_sql(c, "insert into polls_choice_likes (choice_id, question_id) values (1, 1)");
    go_to(c, "0003");
    assert_int_equal(number_of(c, "select answer_id from polls_answer_likes"), 1);
    go_to(c, "0004");
    assert_string_equal(text_of(c, "select words from polls_answer where id = 1"), "yes!");
    assert_string_equal(text_of(c, "select title from polls_question"), "new");
    assert_int_equal(number_of(c, "select count(*) from polls_answer where words = 'made'"), 1);
    go_to(c, "0006");
    assert_int_equal(number_of(c, "select count(*) from answers"), 3);
    assert_int_equal(number_of(c, "select count(*) from answers_likes"), 1);
    go_to(c, "0003");
    assert_string_equal(text_of(c, "select words from polls_answer where id = 1"), "yes");
    assert_string_equal(text_of(c, "select title from polls_question"), "old");
    assert_int_equal(number_of(c, "select count(*) from polls_answer"), 2);
    go_to(c, "0001");
    assert_string_equal(text_of(c, "select choice from polls_choice where id = 1"), "yes");
    go_to(c, NULL);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations"), 7);
    go_to(c, "zero");
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations"), 0);
    const ct_live_schema *left = ct_introspect(c, ct_db_site_entry(ct_work_databases(c), "default"));
    assert_int_equal(left->count, 1);
}

static void test_every_operation(void **state)
{
    (void)state;
    on_databases(&polls, every_operation);
}

static void faked(ct *c)
{
    ct_error error;
    go_to(c, "0002");
    run_sql(c, "delete from canteen_migrations");
    assert_int_equal(go(c, "0001", &(ct_migrate_options){ .fake_initial = true }, &error), CT_MIGRATED_FAKED);
    assert_int_equal(go(c, "0002", &(ct_migrate_options){ .fake_initial = true }, &error), CT_MIGRATED_FAILED);
    assert_int_equal(go(c, "0002", &(ct_migrate_options){ .fake = true }, &error), CT_MIGRATED_FAKED);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations"), 2);
    assert_int_equal(go(c, "zero", &(ct_migrate_options){ .fake = true }, &error), CT_MIGRATED_FAKED);
    assert_int_equal(number_of(c, "select count(*) from polls_choice"), 0);
}

static void test_faked(void **state)
{
    (void)state;
    on_databases(&polls, faked);
}

/* ---- failures ---- */

CT_MIGRATION(polls, 0002_fails, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(ADD_FIELD("Question", (integer, extra, .null = true)),
                                      RENAME_MODEL("Choice", "Answer"), RUN_SQL("UPDATE nowhere SET a = 1", NULL)));
static const ct_migration *const failing_list[] = { &polls_0001_initial, &polls_0002_fails, NULL };
static const ct_app failing = { .name = "polls", .migrations = failing_list };

static void a_failure_leaves_all_as_it_was(ct *c)
{
    ct_error error;
    go_to(c, "0001");
    run_sql(c, "insert into polls_question (title) values ('q')",
            "insert into polls_choice (question_id, choice) values (1, 'yes')");
    assert_int_equal(go(c, "0002", &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    assert_non_null(strstr(error.message, "nowhere"));
    assert_int_equal(number_of(c, "select count(*) from polls_choice"), 1);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations"), 1);
    /* and once it is noted as applied it has no way back */
    assert_int_equal(go(c, "0002", &(ct_migrate_options){ .fake = true }, &error), CT_MIGRATED_FAKED);
    assert_int_equal(go(c, "0001", &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    assert_non_null(strstr(error.message, "cannot be undone"));
}

static void test_a_failure_leaves_all_as_it_was(void **state)
{
    (void)state;
    on_databases(&failing, a_failure_leaves_all_as_it_was);
}

/* ---- transactions in RUN_SQL ---- */

#define INSERT "INSERT INTO polls_question (title) VALUES ('q');"

CT_MIGRATION(polls, 0002_commits, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(RUN_SQL(INSERT "BEGIN; " INSERT "/* done */ COMMIT; UPDATE nowhere SET a = 1",
                                              "ROLLBACK")));
static const ct_migration *const committing_list[] = { &polls_0001_initial, &polls_0002_commits, NULL };
static const ct_app committing = { .name = "polls", .migrations = committing_list };

static void a_commit_is_refused(ct *c)
{
    ct_error error;
    go_to(c, "0001");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(go(c, "0002", &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
        assert_non_null(strstr(error.message, "say .not_atomic = true"));
        assert_false(strayed);
        assert_int_equal(number_of(c, "select count(*) from polls_question"), 0);
    }
    assert_int_equal(go(c, "0002", &(ct_migrate_options){ .fake = true }, &error), CT_MIGRATED_FAKED);
    assert_int_equal(go(c, "0001", &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    assert_non_null(strstr(error.message, "ROLLBACK"));
}

static void test_a_commit_is_refused(void **state)
{
    (void)state;
    on_databases(&committing, a_commit_is_refused);
}

/* What hides the COMMIT is a column of a type that makes it look like the body of a function. */
#define HIDDEN "CREATE TABLE odd (begin atomic); " INSERT "COMMIT;"
CT_MIGRATION(polls, 0002_hidden, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(RUN_SQL(INSERT, "ROLLBACK"), RUN_SQL(HIDDEN, NULL)));
CT_MIGRATION(polls, 0002_hidden_and_fails, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(RUN_SQL(HIDDEN "UPDATE nowhere SET a = 1", NULL)));
CT_MIGRATION(polls, 0002_hidden_and_begins, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(RUN_SQL(HIDDEN "BEGIN;" INSERT, NULL)));
static const ct_migration *const hidden_list[] = { &polls_0001_initial, &polls_0002_hidden, NULL };
static const ct_migration *const hidden_and_fails_list[] = { &polls_0001_initial, &polls_0002_hidden_and_fails, NULL };
static const ct_migration *const hidden_and_begins_list[] = { &polls_0001_initial, &polls_0002_hidden_and_begins,
                                                              NULL };
static const ct_app hidden[] = { { .name = "polls", .migrations = hidden_list },
                                 { .name = "polls", .migrations = hidden_and_fails_list },
                                 { .name = "polls", .migrations = hidden_and_begins_list } };

static void a_hidden_commit_is_told(ct *c)
{
    ct_error error;
    bool sqlite = strcmp(ct_db_site_entry(ct_work_databases(c), "default")->driver->name, "sqlite") == 0;
    go_to(c, "0001");
    if (!sqlite)
        run_sql(c, "create domain atomic as integer");
    assert_int_equal(go(c, "0002", &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    if (!strstr(error.message, "has ended the transaction of the migration"))
        fail_msg("%s", error.message);
    assert_true(strayed);
    assert_true(number_of(c, "select count(*) from polls_question") > 0);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations"), 1);
    ct_atomic(c)
        run_sql(c, "insert into polls_question (title) values ('r')");
    assert_int_equal(number_of(c, "select count(*) from polls_question where title = 'r'"), 1);
}

static void test_a_hidden_commit_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < CT_COUNT(hidden); i++)
        on_databases(&hidden[i], a_hidden_commit_is_told);
}

CT_MIGRATION(polls, 0002_closed, .not_atomic = true, .after = AFTER("polls.0001_initial"),
             .operations = OPERATIONS(RUN_SQL("BEGIN;" INSERT "COMMIT; BEGIN;" INSERT "ROLLBACK;", NULL)));
CT_MIGRATION(polls, 0003_open, .not_atomic = true, .after = AFTER("polls.0002_closed"),
             .operations = OPERATIONS(RUN_SQL("BEGIN;" INSERT, NULL)));
CT_MIGRATION(polls, 0003_fails, .not_atomic = true, .after = AFTER("polls.0002_closed"),
             .operations = OPERATIONS(RUN_SQL("BEGIN;" INSERT "UPDATE nowhere SET a = 1; COMMIT", NULL)));
static const ct_migration *const open_list[] = { &polls_0001_initial, &polls_0002_closed, &polls_0003_open, NULL };
static const ct_migration *const open_fails_list[] = { &polls_0001_initial, &polls_0002_closed, &polls_0003_fails,
                                                       NULL };
static const ct_app left_open = { .name = "polls", .migrations = open_list };
static const ct_app left_open_fails = { .name = "polls", .migrations = open_fails_list };

static void fails_closed(ct *c, const char *words)
{
    ct_error error;
    go_to(c, "0002");
    assert_int_equal(number_of(c, "select count(*) from polls_question"), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(go(c, "0003", &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
        if (!strstr(error.message, words))
            fail_msg("%s", error.message);
        assert_int_equal(number_of(c, "select count(*) from polls_question"), 1);
    }
    ct_atomic(c)
        run_sql(c, "insert into polls_question (title) values ('r')");
    assert_int_equal(number_of(c, "select count(*) from polls_question"), 2);
}

static void leaves_it_open(ct *c)
{
    fails_closed(c, "did not end it");
}

static void leaves_it_open_and_fails(ct *c)
{
    fails_closed(c, "nowhere");
}

static void test_left_open(void **state)
{
    (void)state;
    on_databases(&left_open, leaves_it_open);
    on_databases(&left_open_fails, leaves_it_open_and_fails);
}

static void what_is_done_meanwhile(ct *c)
{
    ct_arena arena;
    ct_error error;
    ct_arena_init(&arena, NULL, 0);
    ct_migrator first = open_migrator(c, &arena), second = open_migrator(c, &arena);
    ct_plan plan = ct_history_plan(&first.history, NULL, NULL, false);
    ct_plan same = ct_history_plan(&second.history, NULL, NULL, false);
    assert_int_equal(ct_migrate_step(&first, plan.steps[0], &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_DONE);
    assert_int_equal(ct_migrate_step(&second, same.steps[0], &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_BEFORE);
    assert_non_null(strstr(ct_migration_hint(c, "default", "polls_choice"), "polls.0001_initial makes it"));
    assert_non_null(strstr(ct_migration_hint(c, "default", "polls_else"), "makemigrations"));
    ct_arena_finish(&arena);
}

static void test_what_is_done_meanwhile(void **state)
{
    (void)state;
    on_databases(&failing, what_is_done_meanwhile);
}

/* ---- PostgreSQL's tables that others use ---- */

static char said[512];

static void keep_line(void *arg, const char *line)
{
    (void)arg;
    snprintf(said, sizeof(said), "%s", line);
}

static void tables_that_others_use(ct *c)
{
    ct_arena arena;
    ct_error error;
    ct_db_error failed;
    go_to(c, "0001");
    run_sql(c, "insert into polls_question (title) values ('q')",
            "insert into polls_choice (question_id, choice) select 1, i from generate_series(1, 100001) as i",
            "analyze polls_choice");
    ct_arena_init(&arena, NULL, 0);
    ct_migrator m = open_migrator(c, &arena);
    m.say = keep_line;
    m.lock_timeout = 50 * CT_MILLISECOND;
    ct_plan plan = ct_history_plan(&m.history, "polls", ct_history_find(&m.history, "polls", "0002", &error), false);
    ct_db_connection *other = m.entry->driver->open(c, &m.entry->target, &failed);
    const ct_db_statement lock = { .sql = "LOCK TABLE polls_choice IN SHARE MODE", .once = true };
    assert_true(m.entry->driver->begin(c, other, &(const ct_atomic_options){ 0 }, &failed));
    assert_true(m.entry->driver->run(c, other, &lock, NULL, &failed));
    assert_int_equal(ct_migrate_step(&m, plan.steps[0], &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    assert_non_null(strstr(error.message, "--lock-timeout"));
    assert_non_null(strstr(said, "polls_choice has about 100001 rows"));
    m.entry->driver->close(other);
    ct_arena_finish(&arena);
    go_to(c, "0002");
}

static void test_tables_that_others_use(void **state)
{
    (void)state;
    on_postgres(&polls, tables_that_others_use);
}

/* ---- SQLite's tables made anew ---- */

static void a_table_made_anew(ct *c)
{
    go_to(c, "0001");
    run_sql(c, "insert into polls_question (title) values ('q')",
            "insert into polls_choice (question_id, choice) values (1, 'yes')",
            "insert into polls_choice (question_id, choice) values (1, 'no')", "delete from polls_choice where id = 2",
            "create table noted (what text)",
            "create trigger watch after insert on polls_choice begin insert into noted values (new.choice); end",
            "create view seen as select choice from polls_choice");
    go_to(c, "0002");
    run_sql(c, "insert into polls_choice (question_id, choice, votes, loud, made) values (1, 'maybe', 1, 'M', '')");
    assert_int_equal(number_of(c, "select max(id) from polls_choice"), 3);
    assert_string_equal(text_of(c, "select what from noted"), "maybe");
    assert_int_equal(number_of(c, "select count(*) from seen"), 2);
    assert_int_equal(number_of(c, "pragma foreign_keys"), 1);
}

static void test_a_table_made_anew(void **state)
{
    (void)state;
    on_sqlite(&polls, a_table_made_anew);
}

/* ---- composite keys, computed columns, keys of other kinds ---- */

CT_MIGRATION(g, 0001_initial, .initial = true,
             .operations = OPERATIONS(
                 CREATE_TABLE("Pair", (integer, a, .primary_key = true),
                              (text, b, .primary_key = true, .max_length = 5), (integer, v, .null = true),
                              (integer, twice, .generated = "v * 2", .null = true)),
                 CREATE_TABLE("Key", (uuid, id, .primary_key = true, .uuid_v7 = true), (text, n, .null = true)),
                 CREATE_TABLE("Ref", (integer, id, .primary_key = true),
                              (ref_uuid, key, "g.Key", .on_delete = CT_DB_SET_NULL, .null = true))));
CT_MIGRATION(g, 0002_more, .after = AFTER("g.0001_initial"),
             .operations = OPERATIONS(ALTER_FIELD("Pair", (integer, twice, .generated = "v * 3", .null = true)),
                                      RENAME_FIELD("Pair", "v", "w"), ADD_FIELD("Key", (uuid, other, .uuid_v4 = true)),
                                      ADD_FIELD("Key", (date, day, .auto_now_add = true)),
                                      ADD_FIELD("Pair", (integer, c), .fill = "1"),
                                      ALTER_FIELD("Pair", (integer, c, .primary_key = true)),
                                      ALTER_FIELD("Ref", (ref_uuid, key, "g.Key", .on_delete = CT_DB_CASCADE),
                                                  .fill_sql = "(select id from g_key limit 1)")));

static const ct_migration *const keys_list[] = { &g_0001_initial, &g_0002_more, NULL };
static const ct_app keys = { .name = "g", .migrations = keys_list };

static void step(ct_migrator *m, ct_plan_step of)
{
    ct_error error;
    if (ct_migrate_step(m, of, &(ct_migrate_options){ 0 }, &error) != CT_MIGRATED_DONE)
        fail_msg("%s", error.message);
}

static void keys_and_computed_columns(ct *c)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_migrator m = open_migrator(c, &arena);
    ct_plan plan = ct_history_plan(&m.history, NULL, NULL, false);
    step(&m, plan.steps[0]);
    run_sql(c, "insert into g_pair (a, b, v) values (1, 'x', 4)",
            "insert into g_key (id, n) values ('01234567-89ab-4cde-8f01-23456789abcd', 'q')",
            "insert into g_ref (key_id) values ('01234567-89ab-4cde-8f01-23456789abcd')",
            "insert into g_ref (key_id) values (null)");
    step(&m, plan.steps[1]);
    assert_int_equal(number_of(c, "select twice from g_pair"), 12);
    assert_int_equal(number_of(c, "select count(*) from g_key where other is not null and day is not null"), 1);
    assert_int_equal(number_of(c, "select count(key_id) from g_ref"), 2);
    step(&m, (ct_plan_step){ plan.steps[1].node, true });
    assert_int_equal(number_of(c, "select twice from g_pair"), 8);
    ct_arena_finish(&arena);
}

static void test_keys_and_computed_columns(void **state)
{
    (void)state;
    on_databases(&keys, keys_and_computed_columns);
}

/* ---- histories that are wrong ---- */

CT_MIGRATION(a, 0001_one, .after = AFTER("b.0001_two"), .operations = NULL);
CT_MIGRATION(b, 0001_two, .after = AFTER("a.0001_one"), .operations = NULL);
CT_MIGRATION(a, 0001_lost, .after = AFTER("a.0000_lots", "a.0001_lst"), .operations = NULL);

static void load(const ct_migration *const *a, const ct_migration *const *b, const char *wanted)
{
    const ct_graph_app apps[] = { { .name = "a", .migrations = a }, { .name = "b", .migrations = b } };
    ct_arena arena;
    ct_history history;
    ct_problems problems = { 0 };
    ct_arena_init(&arena, NULL, 0);
    assert_false(ct_history_load(&history, apps, 2, NULL, &arena, &problems));
    assert_non_null(strstr(problems.items[problems.count - 1].text, wanted));
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
}

/* ---- squashed ones ---- */

CT_MIGRATION(polls, 0001_a, .initial = true, .operations = OPERATIONS(CREATE_MODEL("A", (text, name))));
CT_MIGRATION(polls, 0002_b, .after = AFTER("polls.0001_a"), .operations = OPERATIONS(CREATE_MODEL("B", (text, name))));
CT_MIGRATION(polls, 0001_squashed, .initial = true, .replaces = REPLACES("polls.0001_a", "polls.0002_b"),
             .operations = OPERATIONS(CREATE_MODEL("A", (text, name)), CREATE_MODEL("B", (text, name))));

static ct_migration squashed_alone;
static const ct_migration *squashed_list[4]; /* which program it is that migrates */
static const ct_app squashed = { .name = "polls", .migrations = squashed_list };

static void have(const ct_migration *a, const ct_migration *b, const ct_migration *c)
{
    squashed_list[0] = a;
    squashed_list[1] = b;
    squashed_list[2] = c;
}

static void have_old(void)
{
    have(&polls_0001_a, &polls_0002_b, NULL);
}

static void have_both(void)
{
    have(&polls_0001_squashed, &polls_0001_a, &polls_0002_b);
}

static void have_squashed_alone(void)
{
    squashed_alone = polls_0001_squashed;
    squashed_alone.replaces = NULL;
    have(&squashed_alone, NULL, NULL);
}

static void assert_noted(ct *c, int64_t count, int64_t squashed_count)
{
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations"), count);
    assert_int_equal(number_of(c, "select count(*) from canteen_migrations where name = '0001_squashed'"),
                     squashed_count);
}

static void assert_to(ct *c, const char *name, ct_migrated wanted)
{
    ct_error error;
    ct_migrated done = go(c, name, &(ct_migrate_options){ 0 }, &error);
    if (done == CT_MIGRATED_FAILED)
        print_error("%s\n", error.message);
    assert_int_equal(done, wanted);
}

static bool is_there(ct *c, const char *table)
{
    const ct_live_schema *live = ct_introspect(c, ct_db_site_entry(ct_work_databases(c), "default"));
    return ct_live_table_named(live, table) != NULL;
}

static void either_set_of_files(ct *c)
{
    have_old();
    go_to(c, NULL);
    have_both();
    assert_to(c, "zero", CT_MIGRATED_DONE); /* also before anybody has noted it */
    assert_noted(c, 0, 0);
    assert_false(is_there(c, "polls_a") || is_there(c, "polls_b"));
    go_to(c, NULL);
    assert_noted(c, 3, 1);
    have_old();
    go_to(c, "0001");
    assert_false(is_there(c, "polls_b"));
    assert_noted(c, 2, 1); /* a program of before does not know it, */
    have_both();
    go_to(c, NULL); /* and its row alone means nothing: 0002_b is applied, which completes it */
    assert_true(is_there(c, "polls_b"));
    assert_noted(c, 3, 1);
    have_old();
    go_to(c, "zero");
    assert_noted(c, 1, 1);
    have_both();
    assert_to(c, NULL, CT_MIGRATED_DONE);
    assert_true(is_there(c, "polls_b"));
    assert_noted(c, 3, 1);
    have_squashed_alone();
    assert_to(c, "zero", CT_MIGRATED_DONE);
    assert_false(is_there(c, "polls_a"));
    assert_to(c, NULL, CT_MIGRATED_DONE);
    assert_true(is_there(c, "polls_a"));
}

static void test_either_set_of_files(void **state)
{
    (void)state;
    on_databases(&squashed, either_set_of_files);
}

/* A database that has all which it replaces: migrate notes it, so that files and .replaces may go. */
static void squashed_is_noted(ct *c)
{
    ct_arena arena;
    ct_error error;
    ct_arena_init(&arena, NULL, 0);
    have_old();
    go_to(c, NULL);
    assert_noted(c, 2, 0);
    have_both();
    ct_migrator m = open_migrator(c, &arena);
    const ct_node *node = ct_history_find(&m.history, "polls", "0001_squashed", &error);
    assert_true(node->applied);
    assert_false(ct_migrate_is_noted(&m, node));
    assert_true(ct_migrate_lock(&m, &error));
    assert_noted(c, 3, 1);
    have_squashed_alone();
    m = open_migrator(c, &arena);
    assert_int_equal(ct_history_plan(&m.history, NULL, NULL, false).count, 0);
    ct_arena_finish(&arena);
    assert_to(c, "zero", CT_MIGRATED_DONE);
    assert_false(is_there(c, "polls_a") || is_there(c, "polls_b"));
}

static void test_squashed_is_noted(void **state)
{
    (void)state;
    on_databases(&squashed, squashed_is_noted);
}

/* ---- texts that become too short ---- */

CT_MIGRATION(polls, 0001_long, .initial = true,
             .operations = OPERATIONS(CREATE_MODEL("Word", (text, title, .max_length = 30), (text, free),
                                                   (integer, number), (text, code, .sql_type = "text"))));
CT_MIGRATION(polls, 0002_title, .after = AFTER("polls.0001_long"),
             .operations = OPERATIONS(ALTER_FIELD("Word", (text, title, .max_length = 3))));
CT_MIGRATION(polls, 0003_free, .after = AFTER("polls.0002_title"),
             .operations = OPERATIONS(ALTER_FIELD("Word", (text, free, .max_length = 4))));
CT_MIGRATION(polls, 0004_number, .after = AFTER("polls.0003_free"),
             .operations = OPERATIONS(ALTER_FIELD("Word", (text, number, .max_length = 2))));
CT_MIGRATION(polls, 0005_code, .after = AFTER("polls.0004_number"),
             .operations = OPERATIONS(ALTER_FIELD("Word", (text, code, .sql_type = "character(3)"))));

CT_MIGRATION(polls, 0006_once, .after = AFTER("polls.0005_code"),
             .operations = OPERATIONS(ADD_INDEX("Word", UNIQUE("title"))));

static const ct_migration *const shorter_list[] = {
    &polls_0001_long, &polls_0002_title, &polls_0003_free, &polls_0004_number, &polls_0005_code, &polls_0006_once, NULL
};
static const ct_app shorter = { .name = "polls", .migrations = shorter_list };

/* What does not fit stops the migration; the value stays whole, and one that fits goes along. */
static void refuses_to_cut(ct *c, const char *name, const char *column, const char *is, const char *fits)
{
    ct_error error;
    assert_int_equal(go(c, name, &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    assert_non_null(strstr(error.message, "value too long"));
    assert_non_null(strstr(error.message, "rows hold longer texts: shorten them first"));
    assert_string_equal(text_of(c, ct_printf(c, "select %s::text from polls_word", column)), is);
    run_sql(c, ct_printf(c, "update polls_word set %s = %s", column, fits));
    go_to(c, name);
}

static void nothing_is_cut(ct *c)
{
    go_to(c, "0001");
    run_sql(c, "insert into polls_word (title, free, number, code) values ('abcdefghijkl', 'abcdef', 12345, 'abcd')");
    if (strncmp(database_run.url, "sqlite:", 7) == 0) { /* knows no lengths */
        go_to(c, "0004");
        assert_string_equal(text_of(c, "select title || free || number from polls_word"), "abcdefghijklabcdef12345");
        return;
    }
    refuses_to_cut(c, "0002", "title", "abcdefghijkl", "'abc'");
    refuses_to_cut(c, "0003", "free", "abcdef", "'abcd'");
    refuses_to_cut(c, "0004", "number", "12345", "12");
    refuses_to_cut(c, "0005", "code", "abcd", "'abc'");
    assert_string_equal(text_of(c, "select title || free || number || code from polls_word"), "abcabcd12abc");
    /* and of a unique index that cannot be made, what is there twice */
    ct_error error;
    run_sql(c, "insert into polls_word (title, free, number, code) select title, free, number, code from polls_word");
    assert_int_equal(go(c, NULL, &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    assert_non_null(strstr(error.message, ": Key (title)=(abc) is duplicated."));
}

static void test_nothing_is_cut(void **state)
{
    (void)state;
    on_databases(&shorter, nothing_is_cut);
}

static void test_wrong_histories(void **state)
{
    (void)state;
    load((const ct_migration *const[]){ &a_0001_one, NULL }, (const ct_migration *const[]){ &b_0001_two, NULL },
         "needs itself");
    load((const ct_migration *const[]){ &a_0001_lost, NULL }, NULL, "did you mean \"a.0001_lost\"");
    load((const ct_migration *const[]){ &a_0001_one, &a_0001_one, NULL },
         (const ct_migration *const[]){ &b_0001_two, NULL }, "needs itself");
}

/* ---- values of one kind as another ---- */

CT_MIGRATION(h, 0001_initial, .operations = OPERATIONS(CREATE_MODEL("Flag", (boolean, up, .null = true))));
CT_MIGRATION(h, 0002_text, .after = AFTER("h.0001_initial"),
             .operations = OPERATIONS(ALTER_FIELD("Flag", (text, up, .null = true))));
static const ct_migration *const flags_list[] = { &h_0001_initial, &h_0002_text, NULL };
static const ct_app flags = { .name = "h", .migrations = flags_list };

static void booleans_as_text(ct *c)
{
    ct_arena arena;
    ct_error error;
    ct_arena_init(&arena, NULL, 0);
    ct_migrator m = open_migrator(c, &arena);
    ct_plan plan = ct_history_plan(&m.history, NULL, NULL, false);
    step(&m, plan.steps[0]);
    run_sql(c, "insert into h_flag (up) values (true), (false), (null)");
    step(&m, plan.steps[1]);
    assert_string_equal(text_of(c, "select coalesce(up, '-') from h_flag where id = 1"), "true");
    assert_string_equal(text_of(c, "select coalesce(up, '-') from h_flag where id = 2"), "false");
    assert_string_equal(text_of(c, "select coalesce(up, '-') from h_flag where id = 3"), "-");
    run_sql(c, "insert into h_flag (up) values ('perhaps')");
    const ct_plan_step back = { plan.steps[1].node, true };
    assert_int_equal(ct_migrate_step(&m, back, &(ct_migrate_options){ 0 }, &error), CT_MIGRATED_FAILED);
    run_sql(c, "update h_flag set up = 'Yes' where up = 'perhaps'");
    step(&m, back);
    assert_int_equal(number_of(c, "select count(*) from h_flag where up"), 2);
    assert_int_equal(number_of(c, "select count(*) from h_flag where not up"), 1);
    ct_arena_finish(&arena);
}

static void test_booleans_as_text(void **state)
{
    (void)state;
    on_databases(&flags, booleans_as_text);
}

/* ---- references to what is not there ---- */

CT_MIGRATION(a, 0001_person, .operations = OPERATIONS(CREATE_MODEL("Person", (text, name))));
CT_MIGRATION(a, 0002_human, .after = AFTER("a.0001_person"), .operations = OPERATIONS(RENAME_MODEL("Person", "Human")));
CT_MIGRATION(b, 0001_early, .after = AFTER("a.0001_person"),
             .operations = OPERATIONS(CREATE_MODEL("Post", (ref, by, "a.Person", .on_delete = CT_CASCADE))));
CT_MIGRATION(b, 0001_late, .after = AFTER("a.0002_human"),
             .operations = OPERATIONS(CREATE_MODEL("Post", (ref, by, "a.Person", .on_delete = CT_CASCADE))));

static bool goes_together(const ct_migration *of_b, ct_error *error)
{
    const ct_graph_app apps[] = {
        { .name = "b", .migrations = (const ct_migration *const[]){ of_b, NULL } },
        { .name = "a", .migrations = (const ct_migration *const[]){ &a_0001_person, &a_0002_human, NULL } },
    };
    ct_arena arena;
    ct_history history;
    ct_state state;
    ct_problems problems = { 0 };
    ct_arena_init(&arena, NULL, 0);
    assert_true(ct_history_load(&history, apps, 2, NULL, &arena, &problems));
    bool good = ct_history_state(&history, true, &state, error);
    ct_arena_finish(&arena);
    return good;
}

static void test_references_to_nothing(void **state)
{
    (void)state;
    ct_error error;
    assert_true(goes_together(&b_0001_early, &error));
    assert_false(goes_together(&b_0001_late, &error));
    assert_non_null(strstr(error.message, "b.0001_late refers to a.Person (by b.Post.by), which there is not"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operation),
        cmocka_unit_test(test_faked),
        cmocka_unit_test(test_a_failure_leaves_all_as_it_was),
        cmocka_unit_test(test_a_commit_is_refused),
        cmocka_unit_test(test_a_hidden_commit_is_told),
        cmocka_unit_test(test_left_open),
        cmocka_unit_test(test_what_is_done_meanwhile),
        cmocka_unit_test(test_tables_that_others_use),
        cmocka_unit_test(test_a_table_made_anew),
        cmocka_unit_test(test_keys_and_computed_columns),
        cmocka_unit_test(test_booleans_as_text),
        cmocka_unit_test(test_either_set_of_files),
        cmocka_unit_test(test_squashed_is_noted),
        cmocka_unit_test(test_nothing_is_cut),
        cmocka_unit_test(test_wrong_histories),
        cmocka_unit_test(test_references_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
