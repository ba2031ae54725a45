/* What makemigrations finds: names of migrations, their operations and dependencies, and its questions. */
#include "canteen/operations.h"
#include "db/autodetect.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ct_arena arena;
static ct_problems problems;

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

static ct_answer model_answer, field_answer;
static const char *filled;

static ct_answer renamed_model(ct_asker *asker, const char *from, const char *to)
{
    (void)asker, (void)from, (void)to;
    return model_answer;
}

static ct_answer renamed_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    (void)asker, (void)model, (void)from, (void)to;
    return field_answer;
}

static bool fill(ct_asker *asker, const char *model, const ct_field *field, bool is_new, const char **ret_text)
{
    (void)asker, (void)model, (void)field, (void)is_new;
    *ret_text = filled;
    return filled != NULL;
}

/* Question to Poll, and choice to words. */
static bool told_model(ct_asker *asker, const char *from, const char *to)
{
    (void)asker;
    return strcmp(from, "polls.Question") == 0 && strcmp(to, "polls.Poll") == 0;
}

static bool told_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    (void)asker, (void)model;
    return strcmp(from, "choice") == 0 && strcmp(to, "words") == 0;
}

static bool is_told;
static const char *last_of_users;

static ct_state with(ct_state state, const char *app, const ct_operation *operations)
{
    for (; operations->kind; operations++) {
        ct_state after;
        ct_error error;
        if (!ct_state_apply(&state, app, operations, &after, &error))
            fail_msg("%s", error.message);
        state = after;
    }
    return state;
}

/* "polls.0002_x after polls.0001_initial: Add field ...; ..." for each, a line each. */
static const char *detected(const ct_state *from, const ct_state *to, const char *last_of_polls)
{
    const ct_leaf leaves[] = { { "polls", last_of_polls }, { "users", last_of_users } };
    ct_asker asker = { renamed_model, renamed_field, fill, is_told ? told_model : NULL, is_told ? told_field : NULL };
    const ct_detection how = { .from = from,
                               .to = to,
                               .leaves = leaves,
                               .leaf_count = 2,
                               .asker = &asker,
                               .problems = &problems,
                               .now = 1763717400 * CT_SECOND };
    ct_new_migrations made = ct_autodetect(&how);
    ct_buffer out = ct_buffer_in(&arena);
    for (size_t i = 0; i < made.count; i++) {
        ct_buffer_printf(&out, "%s%s.%s", i ? "\n" : "", made.items[i].app, made.items[i].name);
        for (size_t j = 0; j < made.items[i].after_count; j++)
            ct_buffer_printf(&out, "%s%s", j ? ", " : " after ", made.items[i].after[j]);
        for (size_t j = 0; j < made.items[i].count; j++)
            ct_buffer_printf(&out, "%s%s", j ? "; " : ": ",
                             ct_operation_describe(&arena, &made.items[i].operations[j]));
    }
    return ct_buffer_text(&out);
}

#define BASE                                                                                                           \
    CREATE_MODEL("Question", (text, title)),                                                                           \
        CREATE_MODEL("Choice", (ref, question, "polls.Question", .on_delete = CT_CASCADE), (text, choice))

static const ct_operation base[] = { BASE, { .kind = CT_OPERATION_NONE } };

/* From BASE to BASE with the operations. */
static void expect(const ct_operation *operations, const char *wanted)
{
    ct_state from = with(ct_state_empty(&arena), "polls", base), to = with(from, "polls", operations);
    assert_string_equal(detected(&from, &to, "0001_initial"), wanted);
}

static void test_first_tables(void **state)
{
    (void)state;
    ct_state from = ct_state_empty(&arena), to = with(from, "polls", base);
    assert_string_equal(detected(&from, &to, NULL), "polls.0001_initial: Create model Question; Create model Choice");
    assert_string_equal(detected(&to, &to, "0001_initial"), "");
}

static void test_names(void **state)
{
    (void)state;
    model_answer = field_answer = CT_ANSWER_NO;
    filled = "0";
    expect(OPERATIONS(ADD_FIELD("Choice", (integer, votes))),
           "polls.0002_choice_votes after polls.0001_initial: Add field votes to Choice");
    expect(OPERATIONS(REMOVE_FIELD("Choice", "choice")),
           "polls.0002_remove_choice_choice after polls.0001_initial: Remove field choice from Choice");
    expect(OPERATIONS(ALTER_FIELD("Choice", (text, choice, .max_length = 9))),
           "polls.0002_alter_choice_choice after polls.0001_initial: Alter field choice on Choice");
    expect(OPERATIONS(DROP_MODEL("Choice")), "polls.0002_delete_choice after polls.0001_initial: Delete model Choice");
    expect(OPERATIONS(CREATE_MODEL("Tag", (text, word))), "polls.0002_tag after polls.0001_initial: Create model Tag");
    expect(OPERATIONS(ADD_INDEX("Choice", INDEX("choice")), ADD_CHECK("Choice", CHECK("short", "length(choice) < 9"))),
           "polls.0002_choice_choice_idx_short after polls.0001_initial: Add index of \"choice\" to Choice; Add check "
           "short to Choice");
    expect(OPERATIONS(ALTER_OPTIONS("Choice", .table = "choices")),
           "polls.0002_alter_choice_options after polls.0001_initial: Change options on Choice");
    expect(OPERATIONS(ADD_FIELD("Choice", (integer, the_first_of_many)), ADD_FIELD("Choice", (integer, the_second)),
                      ADD_FIELD("Choice", (integer, the_third))),
           "polls.0002_choice_the_first_of_many_choice_the_second_and_more after polls.0001_initial: Add field "
           "the_first_of_many to Choice; Add field the_second to Choice; Add field the_third to Choice");
}

static void test_what_is_no_change(void **state)
{
    (void)state;
    expect(OPERATIONS(ALTER_FIELD("Choice", (text, choice, .default_value = "x", .help_text = "help"))), "");
    expect(OPERATIONS(ALTER_FIELD("Choice", (ref, question, "polls.Question", .on_delete = CT_PROTECT))), "");
}

static void test_renames(void **state)
{
    (void)state;
    model_answer = field_answer = CT_ANSWER_YES;
    expect(OPERATIONS(RENAME_FIELD("Choice", "choice", "words")),
           "polls.0002_rename_choice_choice_words after polls.0001_initial: Rename field choice on Choice to words");
    expect(OPERATIONS(RENAME_MODEL("Question", "Poll")),
           "polls.0002_rename_question_poll after polls.0001_initial: Rename model Question to Poll");
    model_answer = field_answer = CT_ANSWER_NOBODY;
    filled = "0";
    ct_state from = with(ct_state_empty(&arena), "polls", base);
    ct_state to = with(from, "polls", OPERATIONS(RENAME_FIELD("Choice", "choice", "words")));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 1);
    assert_non_null(strstr(problems.items[0].text, "--rename polls.Choice.choice=words"));
    model_answer = field_answer = CT_ANSWER_NO;
}

/* What was told is a rename, whatever else has changed. */
static void test_renames_that_were_told(void **state)
{
    (void)state;
    model_answer = field_answer = CT_ANSWER_NO;
    is_told = true;
    filled = "0";
    expect(OPERATIONS(RENAME_FIELD("Choice", "choice", "words"), ALTER_FIELD("Choice", (integer, words))),
           "polls.0002_rename_choice_choice_words_alter_choice_words after polls.0001_initial: Rename field choice on "
           "Choice to "
           "words; Alter field words on Choice");
    expect(OPERATIONS(RENAME_MODEL("Question", "Poll"), ADD_FIELD("Poll", (integer, votes))),
           "polls.0002_rename_question_poll_poll_votes after polls.0001_initial: Rename model Question to Poll; Add "
           "field votes to Poll");
    ct_state from = with(ct_state_empty(&arena), "polls", base);
    ct_state to = with(
        from, "polls",
        OPERATIONS(REMOVE_FIELD("Choice", "choice"), ADD_FIELD("Choice", (many_to_many, words, "polls.Question"))));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 1);
    assert_non_null(strstr(problems.items[0].text, "cannot be renamed to words"));
    is_told = false;
}

static void test_links_are_not_lost(void **state)
{
    (void)state;
    ct_state from = with(ct_state_empty(&arena), "polls",
                         OPERATIONS(CREATE_MODEL("City", (text, name)),
                                    CREATE_MODEL("Member", (ref, city, "polls.City", .on_delete = CT_CASCADE)),
                                    CREATE_MODEL("Country", (text, name), (many_to_many, cities, "polls.City"))));
    ct_state to =
        with(from, "polls",
             OPERATIONS(REMOVE_FIELD("Country", "cities"),
                        ADD_FIELD("Country", (many_to_many, cities, "polls.City", .through = MODEL("polls.Member")))));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 1);
    assert_non_null(strstr(problems.items[0].text, "polls.Country.cities cannot be given .through"));
    detected(&to, &from, "0001_initial");
    assert_int_equal(problems.errors, 2);
    assert_non_null(strstr(problems.items[1].text, "cannot lose .through"));
}

static void test_values_are_not_lost(void **state)
{
    (void)state;
    ct_state from = with(ct_state_empty(&arena), "polls",
                         OPERATIONS(CREATE_MODEL("City", (text, name)), CREATE_MODEL("Town", (text, name)),
                                    CREATE_MODEL("Country", (text, name), (many_to_many, places, "polls.City"))));
    ct_state to =
        with(from, "polls",
             OPERATIONS(REMOVE_FIELD("Country", "places"), ADD_FIELD("Country", (many_to_many, places, "polls.Town"))));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 1);
    assert_non_null(strstr(problems.items[0].text,
                           "polls.Country.places cannot become a many_to_many to polls.Town: its "
                           "links to polls.City would be lost"));
    to = with(from, "polls",
              OPERATIONS(REMOVE_FIELD("Country", "places"), ADD_FIELD("Country", (text, places, .null = true))));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 2);
    assert_non_null(strstr(problems.items[1].text, "cannot become a column: its links would be lost"));
    detected(&to, &from, "0001_initial");
    assert_int_equal(problems.errors, 3);
    assert_non_null(strstr(problems.items[2].text, "cannot become a many_to_many: the values of its column"));
    /* Where all that they led to goes, nothing else is lost. */
    to = with(from, "polls",
              OPERATIONS(REMOVE_FIELD("Country", "places"), ADD_FIELD("Country", (many_to_many, places, "polls.Town")),
                         DROP_MODEL("City")));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 3);
}

/* What an app may be called and C may not. */
static void test_identifiers(void **state)
{
    (void)state;
    assert_string_equal(ct_migration_identifier(&arena, "my-app"), "my_app");
    assert_string_equal(ct_migration_identifier(&arena, "2fa"), "app_2fa");
    assert_string_equal(ct_graph_usual_table(&arena, "my-app", "Post"), "my_app_post");
}

/* Those who speak of a model by its old name come before the new one. */
static void test_renames_come_after_referrers(void **state)
{
    (void)state;
    model_answer = CT_ANSWER_YES;
    last_of_users = "0007_profile";
    ct_state from = with(with(ct_state_empty(&arena), "polls", base), "users",
                         OPERATIONS(CREATE_MODEL("Vote", (ref, of, "polls.Choice", .on_delete = CT_CASCADE))));
    ct_state to = with(from, "polls", OPERATIONS(RENAME_MODEL("Choice", "Answer")));
    assert_string_equal(detected(&from, &to, "0001_initial"),
                        "polls.0002_rename_choice_answer after polls.0001_initial, users.0007_profile: Rename model "
                        "Choice to Answer");
    to = with(from, "polls", OPERATIONS(RENAME_MODEL("Question", "Poll")));
    assert_string_equal(detected(&from, &to, "0001_initial"),
                        "polls.0002_rename_question_poll after polls.0001_initial: Rename model Question to Poll");
    last_of_users = NULL;
}

static void test_keys_grow_before_they_shrink(void **state)
{
    (void)state;
    ct_state from = with(ct_state_empty(&arena), "polls",
                         OPERATIONS(CREATE_TABLE("Pair", (integer, a, .primary_key = true),
                                                 (integer, b, .primary_key = true), (integer, c))));
    ct_state to =
        with(from, "polls",
             OPERATIONS(ALTER_FIELD("Pair", (integer, b)), ALTER_FIELD("Pair", (integer, c, .primary_key = true))));
    assert_non_null(strstr(detected(&from, &to, "0001_initial"), "Alter field c on Pair; Alter field b on Pair"));
}

static void test_required_fields_need_a_value(void **state)
{
    (void)state;
    filled = NULL;
    ct_state from = with(ct_state_empty(&arena), "polls", base);
    ct_state to = with(from, "polls", OPERATIONS(ADD_FIELD("Choice", (integer, votes))));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 1);
    assert_non_null(strstr(problems.items[0].text, "--fill polls.Choice.votes=VALUE"));
    to = with(from, "polls",
              OPERATIONS(ADD_FIELD("Choice", (integer, a, .null = true)),
                         ADD_FIELD("Choice", (integer, b, .default_value = "1")),
                         ADD_FIELD("Choice", (datetime, d, .auto_now = true)),
                         ADD_FIELD("Choice", (text, e, .blank = true)),
                         ADD_FIELD("Choice", (integer, f, .db_default = "1"))));
    detected(&from, &to, "0001_initial");
    assert_int_equal(problems.errors, 1);
    ct_state null = with(from, "polls", OPERATIONS(ALTER_FIELD("Choice", (text, choice, .null = true))));
    detected(&null, &from, "0001_initial");
    assert_int_equal(problems.errors, 2);
    filled = "0";
}

/* Apps that refer to each other: no migration needs itself by way of others. */
static void test_circles(void **state)
{
    (void)state;
    ct_state none = ct_state_empty(&arena);
    ct_state to =
        with(none, "polls", OPERATIONS(CREATE_MODEL("Poll", (ref, owner, "users.User", .on_delete = CT_CASCADE))));
    to = with(to, "users",
              OPERATIONS(CREATE_MODEL("User", (ref, favourite, "polls.Poll", .null = true, .on_delete = CT_SET_NULL))));
    assert_string_equal(
        detected(&none, &to, NULL),
        "users.0001_initial: Create model User\n"
        "polls.0001_initial after users.0001_initial: Create model Poll\n"
        "users.0002_user_favourite after users.0001_initial, polls.0001_initial: Add field favourite to "
        "User");
    assert_string_equal(detected(&to, &none, "0001_initial"),
                        "users.0001_initial: Remove field favourite from User\n"
                        "polls.0002_delete_poll after polls.0001_initial, users.0001_initial: Delete model Poll\n"
                        "users.0002_delete_user after users.0001_initial, polls.0002_delete_poll: Delete model User");
}

static void test_a_file_as_it_is_written(void **state)
{
    (void)state;
    const ct_operation *operations =
        OPERATIONS(CREATE_TABLE("Tag", (text, word, .primary_key = true, .comment = "a \"word\"\n"),
                                (many_to_many, likes, "polls.Like", .through = MODEL("polls.Through")),
                                (options, .indexes = INDEXES(UNIQUE("word", .where = "word > 'a'")))),
                   ADD_FIELD("Choice", (array, words, text, .null = true), .fill = "[]"), DROP_MODEL("Other"));
    const char *after[] = { "polls.0001_initial" };
    const ct_new_migration made = { .app = "my-polls",
                                    .name = "0002_tag",
                                    .after = after,
                                    .after_count = 1,
                                    .operations = (ct_operation[]){ operations[0], operations[1], operations[2] },
                                    .count = 3 };
    assert_string_equal(ct_migration_write(&arena, &made, "2026-11-21"),
                        "/* Create model Tag; Add field words to Choice; Delete model Other.\n"
                        " *\n"
                        " * Written by makemigrations, 2026-11-21, to be read and edited (docs/migrations.md). */\n"
                        "#include <canteen.h>\n"
                        "#include <canteen/operations.h>\n"
                        "\n"
                        "/* clang-format off */\n"
                        "CT_MIGRATION(my_polls, 0002_tag,\n"
                        "    .after = AFTER(\"polls.0001_initial\"),\n"
                        "    .operations = OPERATIONS(\n"
                        "        CREATE_TABLE(\"Tag\",\n"
                        "            (text, word, .primary_key = true, .comment = \"a \\\"word\\\"\\n\"),\n"
                        "            (many_to_many, likes, \"polls.Like\", .through = MODEL(\"polls.Through\")),\n"
                        "            (options,\n"
                        "             .indexes = INDEXES(UNIQUE(\"word\", .where = \"word > 'a'\")))),\n"
                        "        ADD_FIELD(\"Choice\", (array, words, text, .null = true), .fill = \"[]\"),\n"
                        "        DROP_MODEL(\"Other\")));\n"
                        "/* clang-format on */\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_tables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_renames, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_renames_that_were_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links_are_not_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values_are_not_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_identifiers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_renames_come_after_referrers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_grow_before_they_shrink, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_required_fields_need_a_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_circles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_as_it_is_written, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
