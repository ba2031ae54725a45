/* Every kind through create, load, save and load again, on both databases: extremes, NULL, hostile text. */
#include "database.h"

#include "shape/types.h"

#include <float.h>
#include <math.h>

CT_MODEL(Target, (text, name));
CT_TABLE(Keyed, (uuid, id, .primary_key = true, .uuid_v4 = true), (text, name));
CT_TABLE(Worded, (text, code, .primary_key = true), (text, name));
CT_TABLE(Pair, (integer, a, .primary_key = true), (text, b, .primary_key = true), (integer, value, .null = true));

CT_MODEL(Every, (text, a_text, .null = true), (email, an_email, .null = true), (url, a_url, .null = true),
         (slug, a_slug, .null = true), (ip, an_ip, .null = true), (integer, an_integer, .null = true),
         (real, a_real, .null = true), (decimal, a_decimal, .null = true, .max_digits = 38, .decimal_places = 10),
         (boolean, a_boolean, .null = true), (datetime, a_datetime, .null = true), (date, a_date, .null = true),
         (time, a_time, .null = true), (duration, a_duration, .null = true), (uuid, a_uuid, .null = true),
         (json, a_json, .null = true), (binary, a_binary, .null = true), (array, texts, text, .null = true),
         (array, numbers, integer, .null = true), (ref, target, Target, .on_delete = CT_SET_NULL, .null = true),
         (ref_uuid, keyed, Keyed, .on_delete = CT_SET_NULL, .null = true),
         (ref_text, worded, Worded, .on_delete = CT_SET_NULL, .null = true));

static const ct_app app = { .name = "k", .models = MODELS(Target, Keyed, Worded, Pair, Every) };

static Every *load(ct *c)
{
    ct_list(Every) *all = ct_select(c, Every);
    assert_int_equal(ct_list_count(all), 1);
    return ct_list_at(all, 0);
}

static void assert_text(const char *got, const char *wanted)
{
    if (!wanted)
        assert_null(got);
    else
        assert_string_equal(got, wanted);
}

/* Two rows have the same, NULL told from zero. */
static void assert_same(ct *c, const Every *a, const Every *b)
{
    assert_text(a->a_text, b->a_text);
    assert_text(a->an_email, b->an_email);
    assert_text(a->a_url, b->a_url);
    assert_text(a->a_slug, b->a_slug);
    assert_text(a->an_ip, b->an_ip);
    assert_true(a->an_integer == b->an_integer && ct_is_null(a, an_integer) == ct_is_null(b, an_integer));
    assert_true(a->a_real == b->a_real && ct_is_null(a, a_real) == ct_is_null(b, a_real));
    assert_true(ct_decimal_compare(a->a_decimal, b->a_decimal) == 0 &&
                ct_is_null(a, a_decimal) == ct_is_null(b, a_decimal));
    assert_true(a->a_boolean == b->a_boolean && ct_is_null(a, a_boolean) == ct_is_null(b, a_boolean));
    assert_true(a->a_datetime == b->a_datetime && ct_is_null(a, a_datetime) == ct_is_null(b, a_datetime));
    assert_true(a->a_date.days == b->a_date.days && ct_is_null(a, a_date) == ct_is_null(b, a_date));
    assert_true(a->a_time.microseconds == b->a_time.microseconds && ct_is_null(a, a_time) == ct_is_null(b, a_time));
    assert_true(a->a_duration == b->a_duration && ct_is_null(a, a_duration) == ct_is_null(b, a_duration));
    assert_true(ct_uuid_equal(a->a_uuid, b->a_uuid) && ct_is_null(a, a_uuid) == ct_is_null(b, a_uuid));
    assert_string_equal(ct_to_json(c, a->a_json), ct_to_json(c, b->a_json));
    assert_int_equal(a->a_binary.len, b->a_binary.len);
    assert_true(!a->a_binary.len || memcmp(a->a_binary.data, b->a_binary.data, a->a_binary.len) == 0);
    assert_true(ct_is_null(a, a_binary) == ct_is_null(b, a_binary));
    assert_string_equal(ct_to_json(c, ct_value_of_array(a->texts)), ct_to_json(c, ct_value_of_array(b->texts)));
    assert_string_equal(ct_to_json(c, ct_value_of_array(a->numbers)), ct_to_json(c, ct_value_of_array(b->numbers)));
    assert_true(a->target_id == b->target_id && ct_is_null(a, target_id) == ct_is_null(b, target_id));
    assert_true(ct_uuid_equal(a->keyed_id, b->keyed_id) && ct_is_null(a, keyed_id) == ct_is_null(b, keyed_id));
    assert_text(a->worded_id, b->worded_id);
}

/* Created, loaded, made NULL, set again by ct_save(), by ct_update_where() gone; it is the same each time. */
static void go_round(ct *c, const Every *values)
{
    run_sql(c, "delete from k_every");
    Every *made = ct_row_new(c, Every);
    ct_row head = made->row;
    int64_t id = made->id;
    *made = *values;
    made->row.shape = head.shape;
    made->row.nulls = values->row.nulls;
    made->row.origin = NULL;
    made->id = id;
    ct_save(c, made);
    Every *loaded = load(c);
    assert_same(c, loaded, values);
    size_t queries = ct_query_count(c);
    ct_save(c, loaded);
    assert_int_equal(ct_query_count(c), queries); /* what was read is not seen as changed */
    Every *empty = ct_row_new(c, Every);
    ct_save(c, empty);
    assert_int_equal(number_of(c,
                               "select count(*) from k_every where a_text is null and an_integer is null and a_real is "
                               "null and a_decimal is null and a_boolean is null and a_datetime is null and a_date is "
                               "null and a_time is null and a_duration is null and a_uuid is null and a_json is null "
                               "and a_binary is null and texts is null and numbers is null and target_id is null and "
                               "keyed_id is null and worded_id is null"),
                     1);
    run_sql(c, "delete from k_every where a_text is null");
    int64_t kept = loaded->id;
    ct_row loaded_head = loaded->row;
    *loaded = *empty;
    loaded->row = loaded_head;
    loaded->row.nulls = empty->row.nulls;
    loaded->id = kept;
    loaded->a_text = "cleared";
    ct_save(c, loaded);
    Every *cleared = load(c);
    assert_string_equal(cleared->a_text, "cleared");
    assert_true(ct_is_null(cleared, an_integer) && ct_is_null(cleared, a_uuid) && ct_is_null(cleared, a_binary));
    ct_row cleared_head = cleared->row;
    *cleared = *values;
    cleared->row = cleared_head;
    cleared->row.nulls = values->row.nulls;
    cleared->id = kept;
    ct_save(c, cleared);
    assert_same(c, load(c), values);
}

static ct_value json_of(ct *c)
{
    ct_array *list = ct_array_new(c);
    ct_array_add(list, 1);
    ct_array_add(list, "x\"y\\ \xC3\xA4");
    ct_array_add(list, ct_value_null());
    ct_array_add(list, 1.5);
    return ct_value_of_map(ct_object(c, KV("big", INT64_MAX), KV("list", list), KV("empty", ct_map_new(c))));
}

static void kinds(ct *c)
{
    make_tables(c);
    Target *target = ct_create(c, Target, .name = "t");
    Keyed *keyed = ct_create(c, Keyed, .name = "k");
    Worded *worded = ct_create(c, Worded, .code = "w'\"\\", .name = "w");
    ct_array *texts = ct_array_new(c), *numbers = ct_array_new(c);
    ct_array_add(texts, "a,b");
    ct_array_add(texts, "{\"'\\}");
    ct_array_add(texts, "");
    ct_array_add(numbers, INT64_MIN);
    ct_array_add(numbers, 0);
    unsigned char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    ct_decimal large, small;
    assert_true(ct_decimal_read("9999999999999999999999999999.9999999999", &large));
    assert_true(ct_decimal_read("-0.0000000001", &small));
    Every most = { .row = { .shape = &Every_shape },
                   .a_text = "'; DROP TABLE k_every; --\n\t\"\\ %s ?1 $1 \xF0\x9F\x98\x80",
                   .an_email = "a.b+c@example.org",
                   .a_url = "https://example.org/?a=1&b=%27",
                   .a_slug = "a-b_c",
                   .an_ip = "2001:db8::1",
                   .an_integer = INT64_MAX,
                   .a_real = DBL_MAX,
                   .a_decimal = large,
                   .a_boolean = true,
                   .a_datetime = ct_date_start(ct_date_make(c, 9999, 12, 31)) + CT_DAY - 1,
                   .a_date = ct_date_make(c, 9999, 12, 31),
                   .a_time = { CT_DAY - 1 },
                   .a_duration = 1000 * 365 * CT_DAY + 1,
                   .a_json = json_of(c),
                   .a_binary = { .data = bytes, .len = sizeof(bytes) },
                   .texts = texts,
                   .numbers = numbers,
                   .target_id = target->id,
                   .keyed_id = keyed->id,
                   .worded_id = worded->code };
    memset(most.a_uuid.bytes, 0xFF, sizeof(most.a_uuid.bytes));
    go_round(c, &most);
    Every least = { .row = { .shape = &Every_shape },
                    .a_text = "0",
                    .an_integer = INT64_MIN,
                    .a_real = -DBL_MIN,
                    .a_decimal = small,
                    .a_datetime = ct_date_start(ct_date_make(c, 1, 1, 1)),
                    .a_date = ct_date_make(c, 1, 1, 1),
                    .a_duration = -5,
                    .a_json = ct_value_of_array(ct_array_new(c)),
                    .texts = ct_array_new(c),
                    .numbers = ct_array_new(c),
                    .target_id = target->id,
                    .keyed_id = keyed->id,
                    .worded_id = worded->code };
    go_round(c, &least);
    Every zero = { .row = { .shape = &Every_shape },
                   .worded_id = worded->code,
                   .a_text = "",
                   .a_json = ct_value_of_bool(false),
                   .target_id = target->id,
                   .keyed_id = keyed->id };
    zero.a_text = "zero";
    zero.texts = zero.numbers = ct_array_new(c);
    go_round(c, &zero);
}

static void test_every_kind_goes_round(void **state)
{
    (void)state;
    on_databases(&app, kinds);
}

static void bad_values(ct *c)
{
    make_tables(c);
    ct_errors *errors;
    assert_null(ct_try_create(c, &errors, Target, .name = "\xFF"));
    assert_string_equal(ct_errors_at(errors, 0).field, "name");
    assert_null(ct_try_create(c, &errors, Every, .a_real = NAN));
    assert_string_equal(ct_errors_at(errors, 0).field, "a_real");
    assert_null(ct_try_create(c, &errors, Every, .a_real = INFINITY));
    assert_null(ct_try_create(c, &errors, Every, .a_time = { CT_DAY }));
    assert_string_equal(ct_errors_at(errors, 0).field, "a_time");
    assert_null(ct_try_create(c, &errors, Every, .a_date = { INT32_MAX }));
    assert_string_equal(ct_errors_at(errors, 0).field, "a_date");
    assert_null(ct_try_create(c, &errors, Every, .a_datetime = INT64_MAX));
    assert_string_equal(ct_errors_at(errors, 0).field, "a_datetime");
    assert_null(ct_try_create(c, &errors, Every, .an_ip = "1.2.3"));
    assert_string_equal(ct_errors_at(errors, 0).field, "an_ip");
    ct_array *infinite = ct_array_new(c);
    ct_array_add(infinite, -INFINITY);
    const ct_value no_json[] = { CT_VALUE("\xFF"), CT_VALUE(NAN), CT_VALUE(ct_object(c, KV("a", "\xFF"))),
                                 CT_VALUE(ct_object(c, KV("\xFF", 1))), CT_VALUE(ct_object(c, KV("a", infinite))) };
    for (size_t i = 0; i < CT_COUNT(no_json); i++) {
        assert_null(ct_try_create(c, &errors, Every, .a_json = no_json[i]));
        assert_string_equal(ct_errors_at(errors, 0).field, "a_json");
    }
    const ct_decimal wrong[] = { { .units = 1, .scale = -1 },
                                 { .units = 1, .scale = -30 },
                                 { .units = 1, .scale = 38 },
                                 { .units = 1, .scale = 1 << 30 },
                                 { .units = -((ct_int128)1 << 126) * 2, .scale = 0 },
                                 { .units = ct_decimal_of(c, "99999999999999999999999999999999999999").units + 1 } };
    for (size_t i = 0; i < CT_COUNT(wrong); i++) {
        assert_null(ct_try_create(c, &errors, Every, .a_decimal = wrong[i]));
        assert_string_equal(ct_errors_at(errors, 0).field, "a_decimal");
        assert_aborts_with(c, 500, "no decimal", ct_count(c, Every, .a_decimal = EQ(wrong[i])));
        assert_aborts_with(c, 500, "test_round_trip.c:", ct_count(c, Every, .a_decimal = EQ(wrong[i])));
        assert_aborts_with(c, 500, "no decimal", ct_sql_value(c, "select ?", ARGS(ct_value_of_decimal(c, wrong[i]))));
    }
    assert_int_equal(number_of(c, "select count(*) from k_every"), 0);
}

/* Decimals of all sizes and scales are what they are as text; all others are refused. */
static void any_decimal(ct *c)
{
    bool sqlite = strncmp(database_run.url, "sqlite:", 7) == 0;
    uint64_t seed = 42;
    for (int i = 0; i < 3000; i++) {
        ct_int128 units = 0;
        for (int j = 0; j < 2; j++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            units = (ct_int128)((unsigned __int128)units << 64 | seed);
        }
        units >>= seed >> 33 & 127;
        ct_decimal value = { .units = units, .scale = (int)(seed >> 40 & 63) - 8 };
        ct_catch catch;
        bool fits = ct_decimal_is_valid(value);
        if (ct_catch_begin(c, &catch)) {
            assert_false(fits);
            assert_int_equal(c->error_status, 500);
            c->unwinding = CT_UNWIND_NONE;
            continue;
        }
        ct_value text =
            ct_sql_value(c, sqlite ? "select ?" : "select ?::numeric::text", ARGS(ct_value_of_decimal(c, value)));
        ct_catch_end(c, &catch);
        assert_true(fits);
        assert_string_equal(text.text, ct_decimal_text(c, value));
    }
}

static void test_any_decimal_is_written_exactly_or_refused(void **state)
{
    (void)state;
    on_databases(&app, any_decimal);
}

/* "1.5" has ten places in a field of ten places: in what is written, returned, read and bulk written. */
static void places(ct *c)
{
    make_tables(c);
    const char *text = strncmp(database_run.url, "sqlite:", 7) == 0
                           ? "select a_decimal from k_every where id = 1"
                           : "select a_decimal::text from k_every where id = 1";
    Every *row = ct_create(c, Every, .a_decimal = ct_decimal_of(c, "1.5"));
    assert_string_equal(ct_decimal_text(c, row->a_decimal), "1.5000000000");
    assert_string_equal(ct_sql_value(c, text, ARGS()).text, "1.5000000000");
    assert_string_equal(ct_decimal_text(c, load(c)->a_decimal), "1.5000000000");
    row->a_decimal = ct_decimal_of(c, "-2.50000000000000");
    ct_save(c, row);
    assert_string_equal(ct_decimal_text(c, row->a_decimal), "-2.5000000000");
    assert_string_equal(ct_sql_value(c, text, ARGS()).text, "-2.5000000000");
    ct_update(c, row, .a_decimal = SET(ct_decimal_of(c, "7")));
    assert_string_equal(ct_decimal_text(c, row->a_decimal), "7.0000000000");
    assert_string_equal(ct_sql_value(c, text, ARGS()).text, "7.0000000000");
    ct_update_where(c, Every, WHERE(Every), .a_decimal = SET(ct_decimal_of(c, "8.1")));
    assert_string_equal(ct_sql_value(c, text, ARGS()).text, "8.1000000000");
    ct_update(c, row, .a_decimal = ADD(ct_decimal_of(c, "0.1")));
    assert_string_equal(ct_decimal_text(c, row->a_decimal), "8.2000000000");
    ct_list(Every) *rows = ct_list_new(c, Every);
    ct_list_add(rows, ct_row_new(c, Every, .a_decimal = ct_decimal_of(c, "3")));
    ct_bulk_create(c, rows);
    assert_string_equal(ct_decimal_text(c, ct_list_at(rows, 0)->a_decimal), "3.0000000000");
    assert_int_equal(ct_count(c, Every, .a_decimal = EQ(ct_decimal_of(c, "3"))), 1);
}

static void test_decimals_have_the_places_of_their_field(void **state)
{
    (void)state;
    on_databases(&app, places);
}

/* The same by the forms for many rows: values beside NULL in one statement. */
static void in_bulk(ct *c)
{
    make_tables(c);
    Target *target = ct_create(c, Target, .name = "t");
    Keyed *keyed = ct_create(c, Keyed, .name = "k");
    Worded *worded = ct_create(c, Worded, .code = "w", .name = "w");
    ct_array *texts = ct_array_new(c);
    ct_array_add(texts, "a");
    ct_list(Every) *list = ct_list_new(c, Every);
    for (int i = 0; i < 3; i++)
        ct_list_add(list, ct_row_new(c, Every));
    assert_int_equal(ct_bulk_create(c, list), 3);
    Every *full = ct_list_at(list, 1);
    const ct_row head = full->row;
    const int64_t id = full->id;
    *full = (Every){ .row = head,
                     .id = id,
                     .a_text = "t",
                     .an_email = "a@example.org",
                     .a_url = "https://example.org/",
                     .a_slug = "s",
                     .an_ip = "10.0.0.1",
                     .an_integer = -1,
                     .a_real = 0.5,
                     .a_decimal = ct_decimal_make(-125, 2),
                     .a_boolean = true,
                     .a_datetime = 1,
                     .a_date = { 1 },
                     .a_time = { 1 },
                     .a_duration = 1,
                     .a_uuid = ct_uuid_v4(),
                     .a_json = json_of(c),
                     .a_binary = { "b", 1 },
                     .texts = texts,
                     .target_id = target->id,
                     .keyed_id = keyed->id,
                     .worded_id = worded->code };
    /* Without arrays it is another statement on PostgreSQL than with them. */
    full->texts = full->numbers = NULL;
    assert_int_equal(ct_bulk_update(c, list,
                                    "a_text, an_email, a_url, a_slug, an_ip, an_integer, a_real, a_decimal, a_boolean, "
                                    "a_datetime, a_date, a_time, a_duration, a_uuid, a_json, a_binary, target, keyed, "
                                    "worded"),
                     3);
    assert_same(c, ct_first(c, Every, .id = EQ(id)), full);
    assert_same(c, ct_first(c, Every, .id = NE(id)), ct_list_at(list, 0));
    full->texts = texts;
    full->a_text = "NULL";
    assert_int_equal(ct_bulk_update(c, list, "a_text, texts, numbers, keyed"), 3);
    assert_same(c, ct_first(c, Every, .id = EQ(id)), full);
    assert_same(c, ct_first(c, Every, .id = NE(id)), ct_list_at(list, 0));
    full->a_text = "{NULL,\"a\\\"}";
    assert_int_equal(ct_bulk_update(c, list, "a_text"), 3);
    full->a_text = "NULL";
    assert_int_equal(ct_bulk_update(c, list, "a_text"), 3);
    assert_same(c, ct_first(c, Every, .id = EQ(id)), full);
    run_sql(c, "delete from k_every");
    ct_list(Every) *again = ct_list_new(c, Every);
    Every *copy = ct_row_new(c, Every), *empty = ct_row_new(c, Every);
    const ct_row copy_head = copy->row;
    *copy = *full;
    copy->row = copy_head;
    copy->row.nulls = full->row.nulls;
    ct_list_add(again, empty);
    ct_list_add(again, copy);
    empty->id = 70;
    assert_int_equal(ct_bulk_create(c, again, .conflict = "id"), 2);
    assert_same(c, ct_first(c, Every, .id = EQ(id)), full);
}

static void test_every_kind_goes_in_bulk(void **state)
{
    (void)state;
    on_databases(&app, in_bulk);
}

static void test_bad_values_name_their_field(void **state)
{
    (void)state;
    on_databases(&app, bad_values);
}

static const char *const hostile[] = {
    "'; drop table k_target; --",
    "x' or '1'='1",
    "\"; delete from k_target; --",
    "\\'; drop table k_target; --",
    "$1",
    "?1 ? ?? :name @name",
    "%s%n%x",
    "null",
    "); drop table k_target; --",
    "/* ' */ -- \n",
    "\xEF\xBC\x87 or 1=1",
    "a\tb\r\nc\x01\x7F",
    "%_*[a-z]\\",
};

/* In every place where a writer takes text. */
static void injections(ct *c)
{
    make_tables(c);
    Target *innocent = ct_create(c, Target, .name = "innocent");
    for (size_t i = 0; i < CT_COUNT(hostile); i++) {
        const char *text = hostile[i];
        Target *target = ct_create(c, Target, .name = text);
        ct_update(c, target, .name = APPEND(text));
        assert_string_equal(target->name, ct_printf(c, "%s%s", text, text));
        ct_update(c, target, .name = SET(text));
        ct_refresh(c, target);
        assert_string_equal(target->name, text);
        assert_int_equal(ct_update_where(c, Target, WHERE(Target, .name = EQ(text)), .name = SET(text)), 1);
        bool created;
        assert_int_equal(ct_get_or_create(c, Target, "name", &created, .name = text)->id, target->id);
        ct_list(Target) *list = ct_list_new(c, Target);
        ct_list_add(list, ct_row_new(c, Target, .name = text));
        ct_bulk_create(c, list);
        assert_int_equal(ct_bulk_update(c, list, "name"), 1);
        Worded *worded = ct_create(c, Worded, .code = text, .name = text);
        ct_create(c, Every, .worded_id = text);
        ct_errors *errors;
        assert_null(ct_try_create(c, &errors, Worded, .code = text, .name = text));
        assert_string_equal(ct_errors_at(errors, 0).field, "code");
        ct_delete(c, worded);
        assert_int_equal(ct_delete_where(c, Target, .name = EQ(text)), 2);
        assert_int_equal(ct_delete_where(c, Every, .worded_id = IS_NULL), 1);
        assert_int_equal(number_of(c, "select count(*) from k_target"), 1);
    }
    ct_refresh(c, innocent);
    assert_string_equal(innocent->name, "innocent");
}

static void test_text_is_never_sql(void **state)
{
    (void)state;
    on_databases(&app, injections);
}

static void keys(ct *c)
{
    make_tables(c);
    Pair *pair = ct_create(c, Pair, .a = 1, .b = "x", .value = 1);
    ct_create(c, Pair, .a = 1, .b = "y", .value = 1);
    pair->value = 2;
    ct_save(c, pair);
    ct_update(c, pair, .value = ADD(5));
    assert_int_equal(number_of(c, "select value from k_pair where b = 'x'"), 7);
    ct_errors *errors;
    assert_null(ct_try_create(c, &errors, Pair, .a = 1, .b = "x"));
    assert_string_equal(ct_errors_at(errors, 0).message, "Pair with this A and B already exists.");
    pair->b = "z";
    ct_save(c, pair);
    assert_int_equal(number_of(c, "select value from k_pair where b = 'z'"), 7);
    assert_int_equal(ct_delete(c, pair), 1);
    assert_int_equal(number_of(c, "select count(*) from k_pair"), 1);
    Worded *word = ct_create(c, Worded, .code = "one", .name = "1");
    assert_null(ct_try_create(c, &errors, Worded, .code = "one", .name = "2"));
    assert_string_equal(ct_errors_at(errors, 0).field, "code");
    word->code = "two";
    ct_save(c, word);
    assert_int_equal(number_of(c, "select count(*) from k_worded where code = 'two'"), 1);
}

static void test_rows_have_keys_of_every_kind(void **state)
{
    (void)state;
    on_databases(&app, keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_goes_round),
        cmocka_unit_test(test_every_kind_goes_in_bulk),
        cmocka_unit_test(test_text_is_never_sql),
        cmocka_unit_test(test_bad_values_name_their_field),
        cmocka_unit_test(test_decimals_have_the_places_of_their_field),
        cmocka_unit_test(test_any_decimal_is_written_exactly_or_refused),
        cmocka_unit_test(test_rows_have_keys_of_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
