/* Values to PostgreSQL and back: each kind as a parameter of a column and of raw SQL, read into a member and as what it
 * is; what does not fit is told. */
#include "database.h"

#include "db/postgres.h"
#include "db/postgres_types.h"
#include "shape/types.h"

#include <math.h>

static const ct_app app = { .name = "blog" };

/* ---- helpers ---- */

/* Takes one column of one row: into `member` as `kind`, or as what it is. */
typedef struct one_sink {
    ct_db_sink sink;
    ct *c;
    ct_kind kind;
    void *member;
    ct_value value;
    bool null;
    const char *problem;
    int rows;
} one_sink;

static bool take_one(ct_db_sink *sink, const ct_db_row *row)
{
    one_sink *one = CT_CONTAINER(sink, one_sink, sink);
    one->rows++;
    one->null = row->ops->null(row, 0);
    if (!one->null && one->member)
        one->problem = row->ops->read(row, 0, one->kind, CT_KIND_text, ct_work_arena(one->c), one->member);
    else if (!one->null)
        one->value = row->ops->value(row, 0, ct_work_arena(one->c));
    return true;
}

static bool run_with(ct *c, const char *sql, const ct_value *value, ct_kind kind, ct_kind element, one_sink *one,
                     ct_db_error *error)
{
    ct_db_entry *entry = &ct_work_databases(c)->entries[0];
    ct_db_statement statement = {
        .sql = sql, .values = value, .kinds = &kind, .elements = &element, .count = value != NULL, .read = true
    };
    one->sink.row = take_one;
    one->c = c;
    *error = (ct_db_error){ 0 };
    return entry->driver->share(c, ct_pool_shared(&entry->pool), &entry->target, &statement, &one->sink, error);
}

/* What the server makes of a parameter of a kind, as text. */
static const char *shown(ct *c, const char *sql, ct_value value, ct_kind kind, ct_kind element)
{
    one_sink one = { 0 };
    ct_db_error error;
    if (!run_with(c, sql, &value, kind, element, &one, &error))
        return ct_printf(c, "error %d: %s", error.trouble, error.message);
    return one.null ? NULL : one.value.text;
}

/* Reads an expression into a member; NULL or the problem. */
static const char *read_into(ct *c, const char *sql, ct_kind kind, void *member)
{
    one_sink one = { .kind = kind, .member = member };
    ct_db_error error;
    if (!run_with(c, sql, NULL, CT_KIND_value, CT_KIND_text, &one, &error))
        fail_msg("%s: %s", sql, error.message);
    assert_int_equal(one.rows, 1);
    assert_false(one.null);
    return one.problem;
}

static ct_value value_of(ct *c, const char *sql)
{
    one_sink one = { 0 };
    ct_db_error error;
    if (!run_with(c, sql, NULL, CT_KIND_value, CT_KIND_text, &one, &error))
        fail_msg("%s: %s", sql, error.message);
    return one.value;
}

#define assert_shown(c, expected, type, value, kind)                                                                   \
    assert_string_equal(shown((c), "select ($1::" type ")::text", (value), CT_KIND_##kind, CT_KIND_text), (expected))

static ct_value decimal(ct *c, const char *text)
{
    return ct_value_of_decimal(c, ct_decimal_of(c, text));
}

static ct_array *array_of(ct *c, const ct_value *items, size_t count)
{
    ct_array *array = ct_array_new(c);
    for (size_t i = 0; i < count; i++)
        ct_array_add_value(array, items[i]);
    return array;
}

/* ---- parameters ---- */

static void numbers_are_sent(ct *c)
{
    assert_shown(c, "9223372036854775807", "int8", ct_value_of_int(INT64_MAX), integer);
    assert_shown(c, "-9223372036854775808", "int8", ct_value_of_int(INT64_MIN), integer);
    assert_shown(c, "0.1", "float8", ct_value_of_real(0.1), real);
    assert_shown(c, "-Infinity", "float8", ct_value_of_real(-INFINITY), real);
    assert_shown(c, "NaN", "float8", ct_value_of_real(NAN), real);
    assert_shown(c, "3", "float8", ct_value_of_int(3), real);
    assert_shown(c, "true", "bool", ct_value_of_bool(true), boolean);
    assert_shown(c, "false", "bool", ct_value_of_bool(false), boolean);
    assert_shown(c, "18446744073709551615", "numeric", ct_value_of_uint(UINT64_MAX), decimal);
}

static void decimals_are_sent(ct *c)
{
    static const char *const texts[] = {
        "0",
        "0.00",
        "1",
        "-1",
        "12.50",
        "-12.50",
        "0.05",
        "0.0005",
        "0.00005",
        "-0.00000001",
        "10000",
        "9999",
        "100000000",
        "12345678.9",
        "1.0",
        "99999999999999999999999999999999999999",
        "-0.0000000000000000000000000000000000001",
        "1234567890123456789.0123456789012345678",
        "10000.0001",
        "20000000",
        "0.1000",
    };
    for (size_t i = 0; i < CT_COUNT(texts); i++) {
        assert_shown(c, texts[i], "numeric", decimal(c, texts[i]), decimal);
        ct_decimal back = { 0 };
        assert_null(read_into(c, ct_printf(c, "select %s::numeric", texts[i]), CT_KIND_decimal, &back));
        assert_string_equal(ct_decimal_text(c, back), texts[i]);
    }
}

static void times_are_sent(ct *c)
{
    ct_time time;
    ct_date date;
    assert_true(ct_datetime_read("2026-11-21T09:30:00.123456Z", &time));
    assert_shown(c, "2026-11-21 09:30:00.123456+00", "timestamptz", ct_datetime(time), datetime);
    assert_shown(c, "1970-01-01 00:00:00+00", "timestamptz", ct_datetime(0), datetime);
    assert_shown(c, "1969-12-31 23:59:59.999999+00", "timestamptz", ct_datetime(-1), datetime);
    assert_true(ct_date_read("0001-01-01", &date));
    assert_shown(c, "0001-01-01", "date", ct_value_of_date(date), date);
    assert_true(ct_date_read("9999-12-31", &date));
    assert_shown(c, "9999-12-31", "date", ct_value_of_date(date), date);
    assert_shown(c, "23:59:59", "time", ct_value_of_daytime(ct_daytime_make(23, 59, 59)), time);
    assert_shown(c, "1 day 02:00:00.000001", "interval", ct_duration(26 * CT_HOUR + 1), duration);
    assert_shown(c, "-1 days -02:00:00", "interval", ct_duration(-26 * CT_HOUR), duration);
    assert_shown(c, "106751991 days 04:00:54.775807", "interval", ct_duration(INT64_MAX), duration);
    assert_string_equal(
        shown(c, "select ($1::timestamptz)::text", ct_datetime(INT64_MIN), CT_KIND_datetime, CT_KIND_text),
        ct_printf(c, "error %d: a time before the year 290000 BC", CT_DB_BAD_VALUE));
}

static void text_and_bytes_are_sent(ct *c)
{
    const char all[] = "a'b\"c\\d\n\xc3\xa4";
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    assert_shown(c, all, "text", ct_value_of_text(all), text);
    assert_shown(c, "", "text", ct_value_of_text(""), text);
    assert_shown(c, "abc", "varchar", ct_value_of_text("abc"), email);
    assert_shown(c, "127.0.0.1/32", "inet", ct_value_of_text("127.0.0.1"), ip);
    ct_value value = ct_value_of_bytes(c, (ct_bytes){ bytes, sizeof(bytes) });
    assert_string_equal(shown(c, "select length($1)::text", value, CT_KIND_binary, CT_KIND_text), "256");
    assert_string_equal(shown(c, "select md5($1)", value, CT_KIND_binary, CT_KIND_text),
                        "e2c865db4162bed963bfaa9ef6ac18f0");
    assert_shown(c, "\\x", "bytea", ct_value_of_bytes(c, (ct_bytes){ NULL, 0 }), binary);
    ct_uuid uuid;
    assert_true(ct_uuid_read("0123abcd-4567-89ef-0123-456789abcdef", &uuid));
    assert_shown(c, "0123abcd-4567-89ef-0123-456789abcdef", "uuid", ct_value_of_uuid(c, uuid), uuid);
    assert_shown(c, "{\"a\": [1, \"<b>\"]}", "jsonb",
                 ct_value_of_map(ct_object(
                     c, KV("a", array_of(c, (ct_value[]){ ct_value_of_int(1), ct_value_of_text("<b>") }, 2)))),
                 json);
}

static void nulls_are_sent(ct *c)
{
    for (int kind = CT_KIND_text; kind <= CT_KIND_array; kind++)
        assert_string_equal(
            shown(c, "select 'is ' || coalesce($1::text, 'null')", ct_value_null(), kind, CT_KIND_integer), "is null");
}

static void arrays_are_sent(ct *c)
{
    const ct_value numbers[] = { ct_value_of_int(1), ct_value_null(), ct_value_of_int(-3) };
    const ct_value words[] = { ct_value_of_text("a"), ct_value_of_text("b\"c\\,{}"), ct_value_null(),
                               ct_value_of_text("") };
    ct_value value = ct_value_of_array(array_of(c, numbers, 3));
    assert_string_equal(shown(c, "select ($1)::text", value, CT_KIND_array, CT_KIND_integer), "{1,NULL,-3}");
    assert_string_equal(shown(c, "select ($1::int8[])::text", value, CT_KIND_value, CT_KIND_text), "{1,NULL,-3}");
    value = ct_value_of_array(array_of(c, words, 4));
    assert_string_equal(shown(c, "select ($1::text[])::text", value, CT_KIND_array, CT_KIND_text),
                        "{a,\"b\\\"c\\\\,{}\",NULL,\"\"}");
    assert_string_equal(shown(c, "select count(*)::text from pg_class where relname = any($1)",
                              ct_value_of_array(array_of(c, (ct_value[]){ ct_value_of_text("pg_class") }, 1)),
                              CT_KIND_array, CT_KIND_text),
                        "1");
    value = ct_value_of_array(array_of(c, NULL, 0));
    assert_string_equal(shown(c, "select ($1::uuid[])::text", value, CT_KIND_array, CT_KIND_uuid), "{}");
    assert_string_equal(shown(c, "select ($1::text[])::text", value, CT_KIND_array, CT_KIND_text), "{}");
    const ct_value mixed[] = { ct_value_of_int(1), ct_value_of_text("x") };
    assert_string_equal(
        shown(c, "select ($1)::text", ct_value_of_array(array_of(c, mixed, 2)), CT_KIND_array, CT_KIND_integer),
        ct_printf(c, "error %d: an array with values of several kinds", CT_DB_BAD_VALUE));
}

/* As literals would be, in raw SQL. */
static void values_go_by_themselves(ct *c)
{
    assert_string_equal(ct_sql_value(c, "select substr('abcdef', ?, ?)", ARGS(2, 3)).text, "bcd");
    assert_int_equal(ct_sql_value(c, "select ? + 1", ARGS(41)).integer, 42);
    assert_int_equal(ct_sql_value(c, "select ?", ARGS(INT64_MAX)).integer, INT64_MAX);
    assert_int_equal(ct_sql_value(c, "select count(*) from pg_class where oid = ?", ARGS("1259")).integer, 1);
    assert_int_equal(ct_sql_value(c, "select extract(year from ?::date)::int", ARGS("2026-11-21")).integer, 2026);
    assert_true(ct_sql_value(c, "select ?::inet <<= inet '10.0.0.0/8'", ARGS("10.1.2.3")).boolean);
    assert_int_equal(ct_sql_value(c, "select (? -> 'a')::int", ARGS(ct_object(c, KV("a", 5)))).integer, 5);
    assert_int_equal(ct_sql_value(c, "select null", ARGS()).type, CT_VALUE_NULL);
}

/* A number as text is judged by the server. */
static void other_values_are_judged(ct *c)
{
    assert_shown(c, "42", "int8", ct_value_of_text("42"), integer);
    assert_string_equal(shown(c, "select ($1)::text", ct_value_of_text("x"), CT_KIND_integer, CT_KIND_text),
                        ct_printf(c, "error %d: invalid input syntax for type bigint: \"x\"", CT_DB_BAD_VALUE));
}

/* ---- results ---- */

static void members_are_read(ct *c)
{
    int64_t integer = 0;
    static const char *const sevens[] = { "7::int2", "7::int4", "7::int8", "7::oid", "7::numeric", "7.000::numeric" };
    for (size_t i = 0; i < CT_COUNT(sevens); i++, integer = 0) {
        assert_null(read_into(c, ct_printf(c, "select %s", sevens[i]), CT_KIND_integer, &integer));
        assert_int_equal(integer, 7);
    }
    double real = 0;
    assert_null(read_into(c, "select 0.5::float4", CT_KIND_real, &real));
    assert_true(real == 0.5);
    assert_null(read_into(c, "select 1.25::numeric", CT_KIND_real, &real));
    assert_true(real == 1.25);
    bool boolean = false;
    assert_null(read_into(c, "select true", CT_KIND_boolean, &boolean));
    assert_true(boolean);
    ct_time time = 0;
    assert_null(read_into(c, "select timestamp '2000-01-01 00:00:01'", CT_KIND_datetime, &time));
    assert_string_equal(ct_datetime_text(c, time), "2000-01-01T00:00:01Z");
    assert_null(read_into(c, "select date '2026-11-21'", CT_KIND_datetime, &time));
    assert_string_equal(ct_datetime_text(c, time), "2026-11-21T00:00:00Z");
    assert_null(read_into(c, "select interval '1 year 2 months 3 days 4 hours'", CT_KIND_duration, &time));
    assert_int_equal(time, (365 + 60 + 3) * CT_DAY + 4 * CT_HOUR);
    const char *text = NULL;
    assert_null(read_into(c, "select 'ab'::char(4)", CT_KIND_text, &text));
    assert_string_equal(text, "ab  ");
    assert_null(read_into(c, "select '{\"a\": 1}'::jsonb", CT_KIND_text, &text));
    assert_string_equal(text, "{\"a\": 1}");
    assert_null(read_into(c, "select '0123abcd-4567-89ef-0123-456789abcdef'::uuid", CT_KIND_text, &text));
    assert_string_equal(text, "0123abcd-4567-89ef-0123-456789abcdef");
    ct_value value;
    assert_null(read_into(c, "select '[1, {\"b\": null}]'::jsonb", CT_KIND_json, &value));
    assert_string_equal(ct_to_json(c, value), "[1,{\"b\":null}]");
    const ct_array *array = NULL;
    assert_null(read_into(c, "select array['a', null, 'c']", CT_KIND_array, &array));
    assert_string_equal(ct_to_json(c, ct_value_of_array(array)), "[\"a\",null,\"c\"]");
}

static void what_does_not_fit_is_told(ct *c)
{
    int64_t integer;
    ct_decimal number;
    ct_time time;
    ct_date date;
    ct_daytime daytime;
    const char *text;
    assert_string_equal(read_into(c, "select 'x'", CT_KIND_integer, &integer),
                        "something else where a whole number of 64 bits is expected");
    assert_string_equal(read_into(c, "select 1.5", CT_KIND_integer, &integer),
                        "something else where a whole number of 64 bits is expected");
    assert_string_equal(read_into(c, "select 9223372036854775808", CT_KIND_integer, &integer),
                        "something else where a whole number of 64 bits is expected");
    assert_string_equal(read_into(c, "select 5", CT_KIND_text, &text), "something else where text is expected");
    assert_non_null(strstr(read_into(c, "select 'NaN'::numeric", CT_KIND_decimal, &number), "NaN"));
    assert_non_null(strstr(read_into(c, "select 1e40::numeric", CT_KIND_decimal, &number), "38 digits"));
    assert_non_null(strstr(read_into(c, "select 1e-40::numeric", CT_KIND_decimal, &number), "38 digits"));
    assert_null(
        read_into(c, "select 1.5000000000000000000000000000000000000000000000::numeric", CT_KIND_decimal, &number));
    assert_int_equal(ct_decimal_compare(number, ct_decimal_make(15, 1)), 0);
    assert_non_null(strstr(read_into(c, "select 'infinity'::timestamptz", CT_KIND_datetime, &time), "infinite"));
    assert_non_null(strstr(read_into(c, "select date 'infinity'", CT_KIND_date, &date), "years 1 to 9999"));
    assert_non_null(strstr(read_into(c, "select date '10000-01-01'", CT_KIND_date, &date), "years 1 to 9999"));
    assert_non_null(strstr(read_into(c, "select time '24:00'", CT_KIND_time, &daytime), "24:00"));
    assert_non_null(strstr(read_into(c, "select interval '300000 years'", CT_KIND_duration, &time), "beyond"));
}

static void types_come_as_what_they_are(ct *c)
{
    static const struct {
        const char *sql;
        ct_value_type type;
    } cases[] = {
        { "1::int2", CT_VALUE_INT },
        { "1.5::float4", CT_VALUE_REAL },
        { "1.5", CT_VALUE_DECIMAL },
        { "true", CT_VALUE_BOOL },
        { "now()", CT_VALUE_DATETIME },
        { "current_date", CT_VALUE_DATE },
        { "localtime", CT_VALUE_DAYTIME },
        { "interval '1 day'", CT_VALUE_DURATION },
        { "gen_random_uuid()", CT_VALUE_UUID },
        { "'\\x00'::bytea", CT_VALUE_BYTES },
        { "'{}'::jsonb", CT_VALUE_MAP },
        { "'{}'::json", CT_VALUE_MAP },
        { "array[1]", CT_VALUE_ARRAY },
        { "'a'::name", CT_VALUE_TEXT },
        { "'{}'::int[]", CT_VALUE_ARRAY },
        { "array[[1,2],[3,4]]", CT_VALUE_ARRAY },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_int_equal(value_of(c, ct_printf(c, "select %s", cases[i].sql)).type, cases[i].type);
    assert_string_equal(ct_to_json(c, value_of(c, "select array[[1,2],[3,null]]")), "[[1,2],[3,null]]");
}

/* Types without a form that says something to us come as text, also behind others; and again, when the statement is
 * prepared and its answers are known to be so. */
static void other_types_come_as_text(ct *c)
{
    for (int i = 0; i < 2; i++) {
        ct_array *rows =
            ct_sql_maps(c,
                        "select inet '10.0.0.1/8' as i, 5 as n, 1.50 as d, true as b, date '2026-11-21' as day, "
                        "'[1,5)'::int4range as r, array[1, 2] as a, interval '1 day 02:00' as span, "
                        "timestamptz '2026-11-21 10:00+01' as t, '\\x00ff'::bytea as bytes, '(1,2)'::point as p, "
                        "time '10:00' as o, 0.5::float8 as f, 'x'::text as x, '[1]'::jsonb as j, null as none",
                        ARGS());
        assert_string_equal(
            ct_to_json(c, ct_array_at(rows, 0)),
            "{\"i\":\"10.0.0.1/8\",\"n\":5,\"d\":\"1.50\",\"b\":true,\"day\":\"2026-11-21\",\"r\":\"[1,5)\","
            "\"a\":\"{1,2}\",\"span\":\"P1DT02H00M00S\",\"t\":\"2026-11-21T09:00:00Z\",\"bytes\":\"AP8=\","
            "\"p\":\"(1,2)\",\"o\":\"10:00:00\",\"f\":0.5,\"x\":\"x\",\"j\":[1],\"none\":null}");
    }
}

static void enumerations_are_text(ct *c)
{
    run_sql(c, "create type mood as enum ('sad', 'happy')", "create table person (name text, mood mood, address inet)",
            "insert into person values ('a', 'happy', '10.0.0.1')");
    assert_string_equal(ct_sql_value(c, "select mood from person where mood = ?", ARGS("happy")).text, "happy");
    const char *text = NULL;
    assert_null(read_into(c, "select mood from person", CT_KIND_text, &text));
    assert_string_equal(text, "happy");
    assert_int_equal(ct_sql_run(c, "insert into person values (?, ?, ?)", ARGS("b", "sad", "::1")), 1);
    assert_string_equal(ct_sql_value(c, "select address from person where name = 'b'", ARGS()).text, "::1");
    /* What writes is run once. */
    ct_value address = ct_sql_value(c, "insert into person values ('c', 'sad', '::2') returning address", ARGS());
    assert_string_equal(address.text, "::2");
    run_sql(c, "create sequence s",
            "create function f() returns inet language sql as $$ select nextval('s'); select inet '::5' $$");
    for (int i = 1; i < 3; i++) {
        assert_string_equal(ct_sql_value(c, "select f()", ARGS()).text, "::5");
        assert_int_equal(number_of(c, "select last_value from s"), i);
    }
}

#define TEST(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_postgres(&app, name);                                                                                       \
    }
TEST(numbers_are_sent)
TEST(decimals_are_sent)
TEST(times_are_sent)
TEST(text_and_bytes_are_sent)
TEST(nulls_are_sent)
TEST(arrays_are_sent)
TEST(values_go_by_themselves)
TEST(other_values_are_judged)
TEST(members_are_read)
TEST(what_does_not_fit_is_told)
TEST(types_come_as_what_they_are)
TEST(other_types_come_as_text)
TEST(enumerations_are_text)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_sent),
        cmocka_unit_test(test_decimals_are_sent),
        cmocka_unit_test(test_times_are_sent),
        cmocka_unit_test(test_text_and_bytes_are_sent),
        cmocka_unit_test(test_nulls_are_sent),
        cmocka_unit_test(test_arrays_are_sent),
        cmocka_unit_test(test_values_go_by_themselves),
        cmocka_unit_test(test_other_values_are_judged),
        cmocka_unit_test(test_members_are_read),
        cmocka_unit_test(test_what_does_not_fit_is_told),
        cmocka_unit_test(test_types_come_as_what_they_are),
        cmocka_unit_test(test_other_types_come_as_text),
        cmocka_unit_test(test_enumerations_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
