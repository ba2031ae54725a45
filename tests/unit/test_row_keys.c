/* Keys of all kinds on both databases: rows are found by them again where the database finds them, and one that is
 * named is kept. */
#include "database.h"

#define KEYED(T, kind, ...)                                                                                            \
    CT_TABLE(T, (kind, key, .primary_key = true, ##__VA_ARGS__), (text, s, .null = true), (text, t, .null = true))
KEYED(DecimalKey, decimal, .max_digits = 20, .decimal_places = 4);
KEYED(BinaryKey, binary);
KEYED(DateKey, date);
KEYED(TimeKey, time);
KEYED(RealKey, real);
KEYED(BooleanKey, boolean);
KEYED(MomentKey, datetime);
KEYED(TextKey, text, .max_length = 9);
KEYED(UuidKey, uuid);

CT_TABLE(Pair, (text, a, .primary_key = true), (integer, b, .primary_key = true), (text, s, .null = true),
         (text, t, .null = true));

CT_MODEL_DECLARE(City);
CT_TABLE(Country, (text, code, .max_length = 5, .primary_key = true, .sql_type = "character(5)"),
         (text, name, .null = true), (text, t, .null = true), (has_many, cities, City, country));
CT_MODEL(City, (ref_text, country, Country, .null = true, .on_delete = CT_CASCADE), (text, name, .null = true));

CT_MODEL_DECLARE(Numbered);
CT_TABLE(Numbered, (integer, number, .primary_key = true), (text, s, .blank = true),
         (ref, other, Numbered, .null = true, .on_delete = CT_CASCADE));

CT_TABLE(Bare, (integer, number, .primary_key = true), (text, s, .null = true),
         (options, .table = "bare", .unmanaged = true));

static const ct_app app = { .name = "app",
                            .models = MODELS(DecimalKey, BinaryKey, DateKey, TimeKey, RealKey, BooleanKey, MomentKey,
                                             TextKey, UuidKey, Pair, Country, City, Numbered, Bare) };

/* Two rows without `t`, which is loaded for both by one statement. */
#define assert_loaded(c, T, first, second)                                                                             \
    do {                                                                                                               \
        ct_create((c), T, .key = first, .s = "1", .t = "t1");                                                          \
        ct_create((c), T, .key = second, .s = "2", .t = "t2");                                                         \
        ct_list(T) *list_ = ct_select((c), T, .only = "s", .order_by = "s");                                           \
        ct_load((c), ct_list_at(list_, 0));                                                                            \
        assert_string_equal(ct_list_at(list_, 0)->t, "t1");                                                            \
        assert_string_equal(ct_list_at(list_, 1)->t, "t2");                                                            \
        list_ = ct_select((c), T, .defer = "t", .order_by = "s");                                                      \
        assert_string_equal(ct_render_string((c), "{% for x in list %}{{ x.t }},{% endfor %}", KV("list", list_)),     \
                            "t1,t2,");                                                                                 \
    } while (0)

static void left_out(ct *c)
{
    make_tables(c);
    assert_loaded(c, DecimalKey, ct_decimal_of(c, "1.5"), ct_decimal_of(c, "20"));
    assert_loaded(c, BinaryKey, ((ct_bytes){ "a", 1 }), ((ct_bytes){ "a\0", 2 }));
    assert_loaded(c, DateKey, ct_date_make(c, 2026, 1, 1), ct_date_make(c, 2026, 1, 2));
    assert_loaded(c, TimeKey, ct_daytime_make(1, 0, 0), ct_daytime_make(2, 0, 0));
    assert_loaded(c, RealKey, -0.0, 2.5);
    assert_loaded(c, BooleanKey, false, true);
    assert_loaded(c, MomentKey, 0, CT_SECOND);
    assert_loaded(c, TextKey, "a", "a ");
    assert_loaded(c, UuidKey, ct_uuid_v4(), ct_uuid_v4());
    /* One that is written otherwise, before it is read again. */
    DecimalKey *row = ct_first(c, DecimalKey, .s = EQ("1"), .only = "s");
    row->key = ct_decimal_of(c, "1.50000");
    ct_load(c, row);
    assert_string_equal(row->t, "t1");
}

static void test_columns_left_out_are_loaded_by_keys_of_all_kinds(void **state)
{
    (void)state;
    on_databases(&app, left_out);
}

#define PAIRS 450

static void pairs(ct *c)
{
    make_tables(c);
    for (int i = 0; i < PAIRS; i++)
        ct_create(c, Pair, .a = i % 2 ? "x" : "xy", .b = i / 2, .s = "s", .t = ct_printf(c, "t%d", i));
    ct_list(Pair) *list = ct_select(c, Pair, .only = "s", .order_by = "b, -a");
    assert_int_equal(ct_list_count(list), PAIRS);
    run_sql(c, "delete from app_pair where a = 'x' and b = 3");
    size_t before = ct_query_count(c);
    ct_load(c, ct_list_at(list, 0));
    assert_int_equal(ct_query_count(c) - before, 3);
    for (int i = 0; i < PAIRS; i++)
        if (i != 7)
            assert_string_equal(ct_list_at(list, (size_t)i)->t, ct_printf(c, "t%d", i));
    assert_aborts_with(c, 500, "no longer there", ct_load(c, ct_list_at(list, 7)));
    assert_true(ct_refresh(c, ct_list_at(list, 8)));
    assert_false(ct_refresh(c, ct_list_at(list, 7)));
}

static void test_columns_left_out_are_loaded_for_all_rows_of_several_keys(void **state)
{
    (void)state;
    on_databases(&app, pairs);
}

/* PostgreSQL fills char(5) up with spaces, and compares without them. */
static void filled_up(ct *c)
{
    make_tables(c);
    ct_create(c, Country, .code = "fr", .name = "France");
    ct_create(c, Country, .code = "de", .name = "Germany", .t = "t");
    City *ulm = ct_create(c, City, .country_id = "de", .name = "Ulm");
    assert_string_equal(ct_related(c, ulm, country)->name, "Germany");
    ct_save(c, ulm);
    ulm->country_id = "fr";
    assert_string_equal(ct_related(c, ulm, country)->name, "France");
    ct_save(c, ulm);
    ulm = ct_only(c, City, .name = EQ("Ulm"));
    assert_string_equal(ct_related(c, ulm, country)->name, "France");
    assert_string_equal(ct_only(c, City, .with = "country")->country->name, "France");
    Country *france = ct_only(c, Country, .name = EQ("France"));
    assert_int_equal(ct_list_count(ct_related(c, france, cities)), 1);
    /* As the program writes it, which is no other row. */
    Country *germany = ct_first(c, Country, .name = EQ("Germany"), .only = "name");
    germany->code = "de";
    ct_load(c, germany);
    assert_string_equal(germany->t, "t");
}

static void test_spaces_that_fill_a_key_up_do_not_count(void **state)
{
    (void)state;
    on_databases(&app, filled_up);
}

static void zeros(ct *c)
{
    make_tables(c);
    Numbered *zero = ct_create(c, Numbered, .number = 0, .s = "zero");
    assert_int_equal(zero->number, 0);
    assert_int_equal(number_of(c, "select count(*) from app_numbered where number = 0"), 1);
    Numbered *given = ct_create(c, Numbered, .s = "given", .other = zero);
    assert_true(given->number > 0);
    assert_false(ct_is_null(given, other_id));
    assert_string_equal(ct_related(c, ct_only(c, Numbered, .s = EQ("given")), other)->s, "zero");
    zero->s = "null";
    ct_save(c, zero);
    ct_delete(c, given);
    assert_int_equal(ct_delete(c, zero), 1);
    zero = ct_row_new(c, Numbered, .number = 0, .s = "saved");
    ct_save(c, zero);
    assert_int_equal(zero->number, 0);
    ct_delete(c, zero);
    ct_list(Numbered) *list = ct_list_new(c, Numbered);
    ct_list_add(list, ct_row_new(c, Numbered, .number = 0));
    ct_list_add(list, ct_row_new(c, Numbered));
    assert_int_equal(ct_bulk_create(c, list), 2);
    assert_int_equal(ct_list_at(list, 0)->number, 0);
    assert_true(ct_list_at(list, 1)->number > 0);
    /* A key that went with the transaction is none. */
    Numbered *again = ct_row_new(c, Numbered, .s = "again");
    ct_atomic(c) {
        ct_save(c, again);
        ct_rollback(c);
    }
    ct_save(c, again);
    assert_true(again->number > 0);
    run_sql(c, "create table bare (number bigint not null primary key, s varchar(9))");
    assert_int_equal(ct_create(c, Bare, .number = 0, .s = "a")->number, 0);
    assert_int_equal(number_of(c, "select count(*) from bare where number = 0"), 1);
}

static void test_a_key_named_0_is_0(void **state)
{
    (void)state;
    on_databases(&app, zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_left_out_are_loaded_by_keys_of_all_kinds),
        cmocka_unit_test(test_columns_left_out_are_loaded_for_all_rows_of_several_keys),
        cmocka_unit_test(test_spaces_that_fill_a_key_up_do_not_count),
        cmocka_unit_test(test_a_key_named_0_is_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
