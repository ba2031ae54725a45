/* Pages of rows that are the same in the order: every row is on one page. */
#include "database.h"

CT_MODEL(Score, (integer, points), (text, code, .unique = true), (text, note, .null = true));

static const ct_app app = { .name = "g", .models = MODELS(Score) };

#define ROWS 100

/* The rows are written in an order that is not that of the key, so that neither database has them in it by chance. */
static void fill(ct *c)
{
    bool sqlite = strncmp(database_run.url, "sqlite:", 7) == 0;
    make_tables(c);
    for (int64_t i = 0; i < ROWS; i++)
        ct_create(c, Score, .id = 1 + i * 37 % ROWS, .points = 5, .code = ct_printf(c, "%03d", (int)(i * 61 % ROWS)));
    run_sql(c, sqlite ? "create index by_points on g_score (points, note, code desc)"
                      : "create index by_points on g_score (points) include (id)");
}

static void assert_all_once(const char *seen)
{
    for (int i = 1; i <= ROWS; i++)
        if (seen[i] != 1)
            fail_msg("the row %d came %d times", i, seen[i]);
}

static void each_row_is_on_one_page(ct *c)
{
    fill(c);
    char seen[ROWS + 1] = { 0 };
    const Score *last = NULL;
    for (ct_list(Score) *page;
         ct_list_count(page = ct_select(c, Score, .order_by = "points", .after = last, .limit = 7)) > 0;)
        for (size_t i = 0; i < ct_list_count(page); i++)
            seen[(last = ct_list_at(page, i))->id]++;
    assert_all_once(seen);
    memset(seen, 0, sizeof(seen));
    for (int64_t at = 0; at < ROWS; at += 9) {
        ct_list(Score) *page = ct_select(c, Score, .order_by = "-points, note nulls first", .limit = 9, .offset = at);
        for (size_t i = 0; i < ct_list_count(page); i++)
            seen[ct_list_at(page, i)->id]++;
    }
    assert_all_once(seen);
}

/* What the statement orders by, in the SQL that was recorded. */
static void assert_recorded(ct_db_record *record, const char *words)
{
    const char *order = strstr(ct_buffer_text(&record->text), "ORDER BY");
    if (!order || strncmp(order, words, strlen(words)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", order ? order : "", words);
}

#define assert_order(words, statement)                                                                                 \
    do {                                                                                                               \
        ct_db_record record_ = { 0 };                                                                                  \
        ct_db_recording = &record_;                                                                                    \
        statement;                                                                                                     \
        ct_db_recording = NULL;                                                                                        \
        assert_recorded(&record_, words);                                                                              \
        ct_buffer_finish(&record_.text);                                                                               \
    } while (0)

static void the_key_is_added_where_it_is_needed(ct *c)
{
    fill(c);
    assert_order("ORDER BY t0.\"points\", t0.\"id\" LIMIT",
                 (void)ct_select(c, Score, .order_by = "points", .limit = 9));
    assert_order("ORDER BY t0.\"points\", t0.\"id\" LIMIT", (void)ct_first(c, Score, .order_by = "points"));
    assert_order("ORDER BY t0.\"points\", t0.\"id\"", (void)ct_select(c, Score, .order_by = "points", .after = NULL));
    assert_order("ORDER BY t0.\"id\"", (void)ct_select(c, Score, .after = NULL));
    assert_order("ORDER BY t0.\"points\", t0.\"code\" LIMIT",
                 (void)ct_select(c, Score, .order_by = "points, code", .limit = 9));
    assert_order("ORDER BY lower(t0.\"code\"), t0.\"id\" LIMIT",
                 (void)ct_select(c, Score, .order_by = "lower(code)", .limit = 9));
    assert_order("ORDER BY t0.\"id\" DESC LIMIT", (void)ct_select(c, Score, .order_by = "-id", .limit = 9));
    assert_order("ORDER BY t0.\"points\"",
                 (void)ct_values(c, Score, "points", .order_by = "points", .limit = 9, .distinct = true));
    assert_int_equal(ct_array_count(ct_values(c, Score, "points", .order_by = "points", .limit = 9, .distinct = true)),
                     1);
}

static void test_each_row_is_on_one_page(void **state)
{
    (void)state;
    on_databases(&app, each_row_is_on_one_page);
}

static void test_the_key_is_added_where_it_is_needed(void **state)
{
    (void)state;
    on_databases(&app, the_key_is_added_where_it_is_needed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_row_is_on_one_page),
        cmocka_unit_test(test_the_key_is_added_where_it_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
