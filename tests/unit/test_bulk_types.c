/* Many rows in few statements where columns and keys are of types of the program's own, as `inspectdb` writes them. */
#include "database.h"

CT_TABLE(Country, (text, code, .max_length = 5, .primary_key = true, .sql_type = "character(5)"), (text, name),
         (text, short_name, .null = true, .sql_type = "varchar(3)"),
         (text, letters, .null = true, .sql_type = "char(3)"), (integer, number, .null = true, .sql_type = "smallint"),
         (options, .table = "country", .unmanaged = true));
CT_TABLE(Mood, (text, mood, .primary_key = true, .sql_type = "\"my mood\""), (integer, number, .null = true),
         (options, .table = "mood", .unmanaged = true));
CT_MODEL(Feeling, (ref_text, mood, Mood, .on_delete = CT_DO_NOTHING, .null = true), (text, words, .null = true),
         (options, .table = "feeling", .unmanaged = true));
CT_TABLE(Thing, (text, id, .primary_key = true, .sql_type = "uuid"), (integer, number, .null = true),
         (options, .table = "thing", .unmanaged = true));
CT_TABLE(Counted, (integer, id, .primary_key = true, .sql_type = "serial"),
         (integer, number, .null = true, .sql_type = "smallserial"), (options, .table = "counted", .unmanaged = true));

CT_MODEL(Sized, (integer, number), (integer, small, .sql_type = "smallint", .null = true),
         (integer, plain, .sql_type = "integer", .null = true), (real, single, .sql_type = "real", .null = true),
         (decimal, amount, .sql_type = "numeric(4, 2)", .null = true),
         (text, letters, .sql_type = "character varying(3)", .null = true));
CT_MODEL(Price, (decimal, amount, .unique = true), (integer, number));
CT_MODEL(Measure, (real, length, .unique = true), (integer, number));
CT_MODEL(Blob, (binary, a), (binary, b), (integer, number), (options, .indexes = INDEXES(UNIQUE("a, b"))));
CT_TABLE(Word, (text, word, .primary_key = true, .sql_type = "char(5)"), (integer, number));
CT_MODEL(Document, (json, body, .unique = true), (integer, number));

static const ct_app app = {
    .name = "t", .models = MODELS(Country, Mood, Feeling, Thing, Counted, Sized, Price, Measure, Blob, Word, Document)
};

#define ANY_UUID "7184f9e6-9b34-4c15-b4db-9cfe014de0d0"

static void make_own_tables(ct *c)
{
    run_sql(c, "create type \"my mood\" as enum ('sad', 'ok', 'it''s')",
            "create table country(code char(5) primary key, name text, short_name varchar(3), letters char(3), "
            "number smallint)",
            "create table mood(mood \"my mood\" primary key, number int)",
            "create table feeling(id bigserial primary key, mood_id \"my mood\" references mood, words text)",
            "create table thing(id uuid primary key, number int)",
            "create table counted(id serial primary key, number smallserial)",
            "insert into country values ('de', 'old'), ('us', 'old')",
            "insert into mood values ('ok', 1), ('it''s', 1)", "insert into feeling(mood_id) values ('ok')",
            "insert into thing values ('" ANY_UUID "', 1)", "insert into counted values (1, 1)");
}

static void padded_keys(ct *c)
{
    make_own_tables(c);
    ct_list(Country) *all = ct_select(c, Country, .order_by = "code");
    ct_list_at(all, 0)->name = ct_list_at(all, 1)->name = "new";
    assert_int_equal(ct_bulk_update(c, all, "name"), 2);
    assert_int_equal(number_of(c, "select count(*) from country where name = 'new'"), 2);
    Country *made = ct_create(c, Country, .code = "fr", .name = "old");
    all = ct_list_new(c, Country);
    ct_list_add(all, made);
    made->name = "new";
    assert_int_equal(ct_bulk_update(c, all, "name"), 1);
    assert_int_equal(number_of(c, "select count(*) from country where code = 'fr' and name = 'new'"), 1);
}

static void test_rows_whose_key_is_padded_are_updated(void **state)
{
    (void)state;
    on_postgres(&app, padded_keys);
}

static void own_keys(ct *c)
{
    make_own_tables(c);
    ct_list(Mood) *moods = ct_select(c, Mood);
    ct_list_at(moods, 0)->number = 7;
    ct_list_at(moods, 1)->number = 7;
    assert_int_equal(ct_bulk_update(c, moods, "number"), 2);
    assert_int_equal(number_of(c, "select count(*) from mood where number = 7"), 2);
    ct_list(Thing) *things = ct_select(c, Thing);
    ct_list_at(things, 0)->number = 7;
    assert_int_equal(ct_bulk_update(c, things, "number"), 1);
    ct_list(Feeling) *feelings = ct_select(c, Feeling);
    ct_list_at(feelings, 0)->mood_id = "it's";
    assert_int_equal(ct_bulk_update(c, feelings, "mood"), 1);
    assert_int_equal(number_of(c, "select count(*) from feeling where mood_id = 'it''s'"), 1);
    ct_list_at(feelings, 0)->mood_id = NULL;
    assert_int_equal(ct_bulk_update(c, feelings, "mood"), 1);
    ct_list_at(feelings, 0)->mood_id = "glad";
    assert_aborts_with(c, 422, "not valid", ct_bulk_update(c, feelings, "mood"));
    ct_list(Counted) *counted = ct_select(c, Counted);
    ct_list_at(counted, 0)->number = 7;
    assert_int_equal(ct_bulk_update(c, counted, "number"), 1);
    assert_int_equal(number_of(c, "select count(*) from counted where number = 7"), 1);
}

static void test_rows_whose_key_is_of_an_own_type_are_updated(void **state)
{
    (void)state;
    on_postgres(&app, own_keys);
}

/* A cast to varchar(3) would cut it off. */
static void too_long(ct *c)
{
    make_own_tables(c);
    ct_list(Country) *all = ct_select(c, Country, .order_by = "code");
    ct_list_at(all, 0)->short_name = "abcd";
    assert_aborts_with(c, 422, "too long", ct_bulk_update(c, all, "short_name"));
    ct_list_at(all, 0)->letters = "abcd";
    assert_aborts_with(c, 422, "too long", ct_bulk_update(c, all, "letters"));
    ct_list_at(all, 0)->short_name = ct_list_at(all, 0)->letters = "abc";
    assert_int_equal(ct_bulk_update(c, all, "short_name, letters"), 2);
    assert_int_equal(number_of(c, "select count(*) from country where short_name = 'abc' and letters = 'abc'"), 1);
}

static void test_text_is_refused_rather_than_cut(void **state)
{
    (void)state;
    on_postgres(&app, too_long);
}

/* A pair of rows that are equal to the database: both are written, the second one last. */
static void check_equal(ct *c, ct_rows *rows, const char *fields, const char *table)
{
    const ct_bulk options = { .conflict = fields };
    assert_int_equal(ct_bulk_create_rows(c, rows, &options), 2);
    assert_int_equal(number_of(c, ct_printf(c, "select number from %s", table)), 2);
}

static void equal_numbers(ct *c)
{
    make_tables(c);
    ct_list(Price) *prices = ct_list_new(c, Price);
    ct_list_add(prices, ct_row_new(c, Price, .amount = ct_decimal_make(100, 1), .number = 1));
    ct_list_add(prices, ct_row_new(c, Price, .amount = ct_decimal_make(1000, 2), .number = 2));
    check_equal(c, &prices->row, "amount", "t_price");
    ct_list(Measure) *measures = ct_list_new(c, Measure);
    ct_list_add(measures, ct_row_new(c, Measure, .length = 0.0, .number = 1));
    ct_list_add(measures, ct_row_new(c, Measure, .length = -0.0, .number = 2));
    check_equal(c, &measures->row, "length", "t_measure");
    ct_list(Blob) *blobs = ct_list_new(c, Blob);
    ct_list_add(blobs, ct_row_new(c, Blob, .a = { "a", 1 }, .b = { "bc", 2 }, .number = 1));
    ct_list_add(blobs, ct_row_new(c, Blob, .a = { "a", 1 }, .b = { "bc", 2 }, .number = 2));
    check_equal(c, &blobs->row, "a, b", "t_blob");
}

static void test_equal_values_written_differently_are_one_row(void **state)
{
    (void)state;
    on_databases(&app, equal_numbers);
}

static void equal_to_the_database(ct *c)
{
    make_tables(c);
    ct_list(Word) *words = ct_list_new(c, Word);
    ct_list_add(words, ct_row_new(c, Word, .word = "a", .number = 1));
    ct_list_add(words, ct_row_new(c, Word, .word = "a ", .number = 2));
    check_equal(c, &words->row, "word", "t_word");
    ct_list(Document) *documents = ct_list_new(c, Document);
    ct_list_add(documents, ct_row_new(c, Document, .body = CT_VALUE(1), .number = 1));
    ct_list_add(documents, ct_row_new(c, Document, .body = CT_VALUE(1), .number = 2));
    check_equal(c, &documents->row, "body", "t_document");
}

static void test_values_equal_to_the_database_alone_are_one_row(void **state)
{
    (void)state;
    on_postgres(&app, equal_to_the_database);
}

#define CHECK_REFUSED(c, named, said, ...)                                                                             \
    do {                                                                                                               \
        ct_errors *refused;                                                                                            \
        assert_null(ct_try_create((c), &refused, Sized, __VA_ARGS__));                                                 \
        assert_int_equal(ct_errors_count(refused), 1);                                                                 \
        assert_non_null(ct_errors_at(refused, 0).field);                                                               \
        assert_string_equal(ct_errors_at(refused, 0).field, (named));                                                  \
        assert_string_equal(ct_errors_at(refused, 0).code, (said));                                                    \
    } while (0)

static void no_room(ct *c)
{
    make_tables(c);
    CHECK_REFUSED(c, "small", "max_value", .number = 70000, .small = 70000, .plain = 70000);
    CHECK_REFUSED(c, "plain", "max_value", .number = 1, .plain = INT64_C(-3000000000));
    CHECK_REFUSED(c, "single", "max_value", .number = 1, .single = 1e300);
    CHECK_REFUSED(c, "amount", "max_value", .number = 1, .amount = ct_decimal_make(99995, 3));
    CHECK_REFUSED(c, "letters", "max_length", .number = 1, .letters = "\u00e4\u00e4\u00e4\u00e4");
    Sized *row = ct_create(c, Sized, .number = 1, .small = 32767, .single = 1e38, .amount = ct_decimal_make(99994, 3),
                           .letters = "\u00e4\u00e4\u00e4");
    ct_errors *errors;
    row->small = 32768;
    assert_false(ct_try_save(c, &errors, row));
    assert_string_equal(ct_errors_at(errors, 0).field, "small");
    row->small = 1;
    assert_false(ct_try_update(c, &errors, row, .small = SET(70000), .number = ADD(1)));
    assert_string_equal(ct_errors_at(errors, 0).field, "small");
    assert_aborts_with(c, 422, "small: ", ct_update_where(c, Sized, WHERE(Sized), .small = SET(70000)));
    ct_list(Sized) *list = ct_list_new(c, Sized);
    for (int i = 0; i < 3; i++)
        ct_list_add(list, ct_row_new(c, Sized, .number = i, .small = i == 1 ? 70000 : 1));
    assert_aborts_with(c, 422, "small: row 2: ", ct_bulk_create(c, list));
    ct_list_at(list, 1)->small = 2;
    ct_bulk_create(c, list);
    ct_list_at(list, 2)->small = -70000;
    assert_aborts_with(c, 422, "small: row 3: ", ct_bulk_update(c, list, "small"));
}

static void test_what_a_type_has_no_room_for_is_an_error_of_its_field(void **state)
{
    (void)state;
    on_postgres(&app, no_room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_whose_key_is_padded_are_updated),
        cmocka_unit_test(test_rows_whose_key_is_of_an_own_type_are_updated),
        cmocka_unit_test(test_text_is_refused_rather_than_cut),
        cmocka_unit_test(test_equal_values_written_differently_are_one_row),
        cmocka_unit_test(test_values_equal_to_the_database_alone_are_one_row),
        cmocka_unit_test(test_what_a_type_has_no_room_for_is_an_error_of_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
