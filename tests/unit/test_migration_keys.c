/* Keys of several columns that lose a member, gain one, or have one in the place of another, with rows in the table. */
#include "canteen/operations.h"
#include "database.h"

#include "db/autodetect.h"
#include "db/dialect.h"
#include "net/work.h"

static const ct_app none = { .name = "keys" };

static ct_answer renamed_model(ct_asker *asker, const char *from, const char *to)
{
    (void)asker, (void)from, (void)to;
    return CT_ANSWER_NO;
}

static ct_answer renamed_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    (void)asker, (void)model, (void)from, (void)to;
    return CT_ANSWER_NO;
}

static bool fill(ct_asker *asker, const char *model, const ct_field *field, bool is_new, const char **ret_text)
{
    (void)asker, (void)model, (void)field, (void)is_new;
    *ret_text = "5";
    return true;
}

static ct_state with(ct_state state, const ct_operation *operations)
{
    for (; operations->kind; operations++) {
        ct_state after;
        ct_error error;
        if (!ct_state_apply(&state, "keys", operations, &after, &error))
            fail_msg("%s", error.message);
        state = after;
    }
    return state;
}

static char said[1024]; /* the first problem, or what the database says */

static bool run_script(ct *c, ct_db_entry *entry, const ct_script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        ct_db_error error;
        const ct_db_statement statement = { .sql = script->steps[i].sql, .once = true };
        if (script->steps[i].kind != CT_STEP_SQL ||
            entry->driver->run(c, ct_db_transaction_connection(c, entry), &statement, NULL, &error))
            continue;
        snprintf(said, sizeof(said), "%s", error.message);
        return false;
    }
    return true;
}

static bool run_operations(ct *c, const ct_state *from, const ct_new_migration *migration)
{
    ct_db_entry *entry = ct_db_site_entry(ct_work_databases(c), "default");
    ct_state state = *from;
    bool good = true;
    for (size_t i = 0; good && i < migration->count; i++) {
        const ct_operation *operation = &migration->operations[i];
        ct_state after;
        ct_error error;
        assert_true(ct_state_apply(&state, "keys", operation, &after, &error));
        ct_script script = ct_script_begin(from->arena, entry->driver->dialect->ddl, NULL);
        ct_ddl_change(&script, &state, &after, "keys", operation, false);
        good = run_script(c, entry, &script);
        state = after;
    }
    return good;
}

/* As `makemigrations` and `migrate` would. */
static bool migrate(ct *c, const ct_state *from, const ct_state *to)
{
    ct_asker asker = { .renamed_model = renamed_model, .renamed_field = renamed_field, .fill = fill };
    ct_problems problems = { 0 };
    const ct_detection how = { .from = from, .to = to, .asker = &asker, .problems = &problems, .name = "x" };
    bool good = true;
    ct_new_migrations made = ct_autodetect(&how);
    snprintf(said, sizeof(said), "%s", problems.count ? problems.items[0].text : "");
    assert_int_equal(problems.errors, 0);
    ct_problems_finish(&problems);
    ct_atomic(c) {
        good = run_operations(c, from, &made.items[0]);
        if (!good)
            ct_rollback(c);
    }
    return good;
}

/* From a table with two rows, which both stay whatever comes of it. */
static bool changes(ct *c, const ct_operation *before, const char *rows, const ct_operation *after)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_state nothing = ct_state_empty(&arena), from = with(nothing, before), to = with(from, after);
    assert_true(migrate(c, &nothing, &from));
    ct_sql_run(c, ct_printf(c, "insert into keys_pair (a, b, c) values %s", rows), ARGS());
    bool good = migrate(c, &from, &to);
    assert_int_equal(number_of(c, "select count(*) from keys_pair"), 2);
    ct_sql_run(c, "drop table keys_pair", ARGS());
    ct_arena_finish(&arena);
    return good;
}

#define PAIR                                                                                                           \
    OPERATIONS(CREATE_TABLE("Pair", (integer, a, .primary_key = true), (integer, b, .primary_key = true), (integer, c)))
#define SAME "(1, 1, 7), (1, 2, 8)"  /* in a */
#define OTHER "(1, 1, 7), (2, 2, 8)" /* in each */
#define KEY(name) (integer, name, .primary_key = true)

static void members_leave(ct *c)
{
    const ct_operation *gone = OPERATIONS(REMOVE_FIELD("Pair", "b")),
                       *stays = OPERATIONS(ALTER_FIELD("Pair", (integer, b)));
    assert_true(changes(c, PAIR, OTHER, gone));
    assert_non_null(strstr(said, "keys.Pair: the key loses b, and (a) is left: where rows differ in what goes alone"));
    assert_true(changes(c, PAIR, OTHER, stays));
    assert_false(changes(c, PAIR, SAME, gone));
    assert_non_null(strcasestr(said, "unique"));
    assert_false(changes(c, PAIR, SAME, stays));
}

static void members_come(ct *c)
{
    assert_true(changes(c, PAIR, SAME, OPERATIONS(ALTER_FIELD("Pair", KEY(c)))));
    assert_string_equal(said, "");
    assert_true(changes(c, PAIR, SAME, OPERATIONS(ADD_FIELD("Pair", KEY(d)))));
}

/* The wider key comes first: rows that only the old member tells apart, or only the new one. */
static void members_are_exchanged(ct *c)
{
    assert_true(changes(c, PAIR, SAME, OPERATIONS(ALTER_FIELD("Pair", (integer, b)), ALTER_FIELD("Pair", KEY(c)))));
    assert_string_equal(said, "");
    assert_true(changes(c, PAIR, SAME, OPERATIONS(REMOVE_FIELD("Pair", "b"), ALTER_FIELD("Pair", KEY(c)))));
    assert_true(changes(c, PAIR, OTHER, OPERATIONS(REMOVE_FIELD("Pair", "b"), ADD_FIELD("Pair", KEY(d)))));
    assert_false(changes(c, PAIR, SAME, OPERATIONS(REMOVE_FIELD("Pair", "b"), ADD_FIELD("Pair", KEY(d)))));
    assert_true(changes(c, PAIR, SAME,
                        OPERATIONS(REMOVE_FIELD("Pair", "a"), REMOVE_FIELD("Pair", "b"), ALTER_FIELD("Pair", KEY(c)))));
}

static void an_id_instead(ct *c)
{
    const ct_operation *model = OPERATIONS(CREATE_MODEL("Pair", (integer, a), (integer, b), (integer, c)));
    assert_true(changes(
        c, PAIR, SAME,
        OPERATIONS(ALTER_FIELD("Pair", (integer, b)), ALTER_FIELD("Pair", (integer, a)), ADD_FIELD("Pair", KEY(id)))));
    assert_true(
        changes(c, model, SAME,
                OPERATIONS(REMOVE_FIELD("Pair", "id"), ALTER_FIELD("Pair", KEY(b)), ALTER_FIELD("Pair", KEY(a)))));
}

#define TEST(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&none, name);                                                                                     \
    }
TEST(members_leave)
TEST(members_come)
TEST(members_are_exchanged)
TEST(an_id_instead)

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_members_leave), cmocka_unit_test(test_members_come),
                                        cmocka_unit_test(test_members_are_exchanged),
                                        cmocka_unit_test(test_an_id_instead) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
