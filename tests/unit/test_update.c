/* ct_update() and ct_update_where() on both databases: every change of every kind, errors, hooks. */
#include "database.h"

CT_MODEL(Person, (text, name));

CT_MODEL(Thing, (text, title, .max_length = 12, .null = true), (integer, count, .null = true),
         (integer, stock, .default_value = "5", .min_value = "0"), (real, weight, .null = true),
         (decimal, price, .null = true, .max_digits = 8, .decimal_places = 2), (boolean, sold, .null = true),
         (datetime, at, .null = true), (date, day, .null = true), (time, clock, .null = true),
         (duration, length, .null = true), (uuid, key, .null = true), (binary, data, .null = true),
         (json, extra, .null = true), (ref, owner, Person, .on_delete = CT_SET_NULL, .null = true),
         (integer, level, .db_default = "3"), (datetime, changed, .auto_now = true),
         (integer, twice, .generated = "count * 2"));

static int called_before, called_after;
static bool refuse_after;

static void before_note(ct *c, ct_row *row, bool created);
static void after_note(ct *c, ct_row *row, bool created);

CT_MODEL(Note, (text, title), (text, slug, .blank = true), (integer, edits, .default_value = "0"),
         (options, .before_save = before_note, .after_save = after_note));

static void before_note(ct *c, ct_row *row, bool created)
{
    Note *note = (Note *)row;
    (void)created;
    called_before++;
    note->slug = ct_printf(c, "slug-%s", note->title);
}

static void after_note(ct *c, ct_row *row, bool created)
{
    (void)row;
    (void)created;
    called_after++;
    if (refuse_after)
        ct_abort(c, 400, "refused");
}

static const ct_app app = { .name = "shop", .models = MODELS(Person, Thing, Note) };

static Thing *make_thing(ct *c)
{
    return ct_create(c, Thing, .title = "a", .count = 10, .weight = 1.5, .price = ct_decimal_make(1250, 2),
                     .sold = true, .at = 1000000, .day = ct_date_make(c, 2026, 1, 31),
                     .clock = ct_daytime_make(9, 30, 0), .length = 5 * CT_SECOND,
                     .data = { .data = (const void *)"\0\1", .len = 2 });
}

static void changes_of_numbers(ct *c)
{
    make_tables(c);
    Thing *thing = make_thing(c);
    assert_int_equal(thing->twice, 20);
    ct_update(c, thing, .count = ADD(5), .weight = MUL(2), .price = SUB(ct_decimal_make(50, 2)));
    assert_int_equal(thing->count, 15);
    assert_int_equal(thing->twice, 30);
    assert_true(thing->weight == 3.0);
    assert_int_equal(ct_decimal_compare(thing->price, ct_decimal_make(1200, 2)), 0);
    ct_update(c, thing, .count = SUB(20), .price = MUL(ct_decimal_make(2, 0)));
    assert_int_equal(thing->count, -5);
    assert_int_equal(ct_decimal_compare(thing->price, ct_decimal_make(2400, 2)), 0);
    ct_update(c, thing, .count = MUL(-3), .at = ADD(90 * CT_SECOND), .length = ADD(CT_SECOND));
    assert_int_equal(thing->count, 15);
    assert_int_equal(thing->at, 1000000 + 90 * CT_SECOND);
    assert_int_equal(thing->length, 6 * CT_SECOND);
    ct_update(c, thing, .at = SUB(CT_MINUTE), .length = SUB(2 * CT_SECOND));
    assert_int_equal(thing->at, 1000000 + 30 * CT_SECOND);
    assert_int_equal(thing->length, 4 * CT_SECOND);
    size_t queries = ct_query_count(c);
    ct_save(c, thing);
    assert_int_equal(ct_query_count(c), queries);
    ct_update(c, thing, .price = MUL(ct_decimal_make(333, 3)));
    assert_int_equal(ct_decimal_compare(thing->price, ct_decimal_make(799, 2)), 0);
}

static void test_numbers_are_computed_by_the_database(void **state)
{
    (void)state;
    on_databases(&app, changes_of_numbers);
}

static void changes_of_all_kinds(ct *c)
{
    make_tables(c);
    Thing *thing = make_thing(c);
    Person *ann = ct_create(c, Person, .name = "Ann");
    ct_uuid key = ct_uuid_v4();
    ct_time before = ct_now();
    ct_update(c, thing, .title = APPEND("-b"), .sold = SET(false), .at = NOW, .day = SET(ct_date_make(c, 2000, 2, 29)),
              .clock = TO_NULL, .length = SET(7), .key = SET(key), .extra = SET(CT_VALUE("x")),
              .owner_id = SET(ann->id), .level = SET(9), .weight = TO_NULL);
    assert_string_equal(thing->title, "a-b");
    assert_true(thing->at >= before && thing->changed >= before);
    assert_true(ct_is_null(thing, clock) && ct_is_null(thing, weight));
    assert_false(thing->sold);
    ct_update(c, thing, .title = SET("'); --"), .count = FIELD(Thing, level), .level = TO_DEFAULT, .stock = TO_DEFAULT,
              .day = NOW, .clock = NOW, .owner_id = TO_NULL, .data = SET(((ct_bytes){ "abc", 3 })));
    assert_int_equal(thing->count, 9);
    assert_int_equal(thing->twice, 18);
    assert_int_equal(thing->level, 3);
    assert_int_equal(thing->stock, 5);
    assert_true(ct_is_null(thing, owner_id));
    ct_update(c, thing, .title = TO_NULL);
    assert_null(thing->title);
    ct_update(c, thing, .title = APPEND("new"));
    assert_string_equal(thing->title, "new");
    assert_int_equal(number_of(c, "select count(*) from shop_thing where title = 'new' and owner_id is null"), 1);
}

static void test_every_kind_can_be_changed(void **state)
{
    (void)state;
    on_databases(&app, changes_of_all_kinds);
}

static void refused_changes(ct *c)
{
    make_tables(c);
    Thing *thing = make_thing(c);
    ct_errors *errors;
    thing->weight = 7;
    assert_false(ct_try_update(c, &errors, thing, .title = SET("a title that is too long")));
    assert_string_equal(ct_errors_at(errors, 0).code, "max_length");
    assert_string_equal(thing->title, "a");
    assert_false(ct_try_update(c, &errors, thing, .title = APPEND("a tail that is too long")));
    assert_string_equal(ct_errors_at(errors, 0).field, "title");
    assert_false(ct_try_update(c, &errors, thing, .stock = SUB(6)));
    assert_string_equal(ct_errors_at(errors, 0).field, "stock");
    assert_string_equal(ct_errors_at(errors, 0).code, "min_value");
    assert_int_equal(thing->stock, 5);
    assert_int_equal(number_of(c, "select stock from shop_thing"), 5);
    ct_update(c, thing, .level = SET(INT64_MAX));
    assert_false(ct_try_update(c, &errors, thing, .level = ADD(1)));
    assert_string_equal(ct_errors_at(errors, 0).field, "level");
    assert_string_equal(ct_errors_at(errors, 0).message, "This value is out of range.");
    assert_false(ct_try_update(c, &errors, thing, .owner_id = SET(99)));
    assert_string_equal(ct_errors_at(errors, 0).field, "owner");
    assert_true(ct_is_null(thing, owner_id));
    assert_aborts_with(c, 422, "level", ct_update(c, thing, .level = MUL(2)));
    run_sql(c, "delete from shop_thing");
    assert_aborts_with(c, 404, "the thing is no longer there", ct_update(c, thing, .level = SET(1)));
    Thing *fresh = ct_row_new(c, Thing, .title = "x");
    assert_aborts_with(c, 500, "is not in the database yet", ct_update(c, fresh, .level = SET(1)));
}

static void test_changes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    on_databases(&app, refused_changes);
}

static void unsaved_members(ct *c)
{
    make_tables(c);
    Thing *thing = make_thing(c);
    thing->weight = 7;
    ct_update(c, thing, .count = ADD(1));
    assert_int_equal(number_of(c, "select count(*) from shop_thing where weight = 1.5 and count = 11"), 1);
    ct_save(c, thing);
    assert_int_equal(number_of(c, "select count(*) from shop_thing where weight = 7 and count = 11"), 1);
}

static void json_in_place(ct *c)
{
    make_tables(c);
    Thing *thing = make_thing(c);
    ct_map *map = ct_object(c, KV("a", 1));
    ct_update(c, thing, .extra = SET(CT_VALUE(map)));
    ct_map_set(map, "a", 2);
    ct_save(c, thing);
    ct_refresh(c, thing);
    assert_string_equal(ct_to_json(c, thing->extra), "{\"a\":2}");
    Thing *part = ct_first(c, Thing, .only = "title");
    part->title = "other";
    ct_update(c, part, .count = ADD(1));
    ct_save(c, part);
    assert_int_equal(
        number_of(c, "select count(*) from shop_thing where title = 'other' and count = 11 and weight = 1.5"), 1);
    ct_load(c, part);
    assert_true(part->weight == 1.5);
}

static void test_what_is_changed_in_place_or_not_loaded_is_known(void **state)
{
    (void)state;
    on_databases(&app, json_in_place);
}

static void test_members_that_are_not_named_stay_unsaved(void **state)
{
    (void)state;
    on_databases(&app, unsaved_members);
}

static void with_hooks(ct *c)
{
    make_tables(c);
    called_before = called_after = 0;
    Note *note = ct_create(c, Note, .title = "one");
    assert_string_equal(note->slug, "slug-one");
    ct_update(c, note, .title = SET("two"), .edits = ADD(1));
    assert_int_equal(called_before, 2);
    assert_int_equal(called_after, 2);
    assert_int_equal(number_of(c, "select count(*) from shop_note where slug = 'slug-two' and edits = 1"), 1);
    refuse_after = true;
    assert_aborts_with(c, 400, "refused", ct_update(c, note, .edits = ADD(1)));
    assert_aborts_with(c, 400, "refused", (void)ct_create(c, Note, .title = "three"));
    refuse_after = false;
    assert_int_equal(number_of(c, "select count(*) from shop_note where edits = 1"), 1);
    assert_int_equal(number_of(c, "select count(*) from shop_note"), 1);
    assert_false(ct_in_transaction(c));
}

static void test_hooks_are_one_transaction_with_their_row(void **state)
{
    (void)state;
    on_databases(&app, with_hooks);
}

static void many_rows(ct *c)
{
    make_tables(c);
    Person *ann = ct_create(c, Person, .name = "Ann"), *bob = ct_create(c, Person, .name = "Bob");
    for (int i = 0; i < 4; i++)
        ct_create(c, Thing, .title = "t", .count = i, .owner_id = i % 2 ? ann->id : bob->id);
    assert_int_equal(ct_update_where(c, Thing, WHERE(Thing, .count = GE(2)), .count = ADD(10), .title = SET("x")), 2);
    assert_int_equal(number_of(c, "select cast(sum(count) as bigint) from shop_thing where title = 'x'"), 25);
    assert_int_equal(
        ct_update_where(c, Thing, WHERE(Thing, .owner = WHERE(Person, .name = EQ("Ann"))), .stock = SET(1)), 2);
    assert_int_equal(number_of(c, "select cast(sum(stock) as bigint) from shop_thing"), 12);
    assert_int_equal(ct_update_where(c, Thing, WHERE(Thing), .stock = MUL(2), .title = TO_NULL), 4);
    assert_int_equal(number_of(c, "select count(*) from shop_thing where title is null"), 4);
    assert_aborts_with(c, 422, "title", ct_update_where(c, Thing, WHERE(Thing), .title = SET("much too long a title")));
    assert_aborts_with(c, 500, "conditions alone",
                       ct_update_where(c, Thing, WHERE(Thing, .limit = 1), .stock = SET(1)));
    assert_aborts_with(c, 500, "NULL for the condition; WHERE(Thing) is every row",
                       ct_update_where(c, Thing, NULL, .stock = SET(1)));
}

static void test_many_rows_are_changed_by_one_statement(void **state)
{
    (void)state;
    on_databases(&app, many_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_computed_by_the_database),
        cmocka_unit_test(test_every_kind_can_be_changed),
        cmocka_unit_test(test_changes_that_do_not_fit_are_refused),
        cmocka_unit_test(test_what_is_changed_in_place_or_not_loaded_is_known),
        cmocka_unit_test(test_members_that_are_not_named_stay_unsaved),
        cmocka_unit_test(test_hooks_are_one_transaction_with_their_row),
        cmocka_unit_test(test_many_rows_are_changed_by_one_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
