/* NULL told from zero, for every kind: by ct_is_null() and by what reads rows. */
#include "made_request.h"

#include "canteen/query.h"
#include "canteen/shape.h"
#include "shape/value.h"

CT_MODEL_DECLARE(Other);
CT_MODEL(Every, (text, text), (email, mail), (integer, integer), (real, real), (decimal, decimal), (boolean, boolean),
         (datetime, datetime), (date, date), (time, time), (duration, duration), (uuid, uuid), (json, json),
         (binary, binary), (array, array, text), (ref, one, Other, .on_delete = CT_CASCADE),
         (ref_uuid, two, Other, .on_delete = CT_CASCADE), (ref_text, three, Other, .on_delete = CT_CASCADE),
         (has_many, others, Other, every));
CT_MODEL(Other, (ref, every, Every, .on_delete = CT_CASCADE));
CT_SHAPE(Plain, (value, value), (row, row_of, Other), (rows, rows_of, Other), (integer, number));

static bool reads_null(const ct_row *row, const char *name)
{
    for (size_t i = 0; i < row->shape->field_count; i++)
        if (strcmp(row->shape->fields[i].name, name) == 0)
            return ct_row_value(row, &row->shape->fields[i]).type == CT_VALUE_NULL;
    fail_msg("no field %s", name);
    return false;
}

#define assert_null_field(row_, field, name, wanted)                                                                   \
    do {                                                                                                               \
        assert_int_equal(ct_is_null(row_, field), wanted);                                                             \
        assert_int_equal(reads_null(&(row_)->row, name), wanted);                                                      \
    } while (0)

/* Of a kind whose member has no room for null: zero is none until it is made one; a value takes it back. */
#define check_kind(field, name, ...)                                                                                   \
    do {                                                                                                               \
        Every every = { .row = { .shape = &Every_shape } };                                                            \
        assert_null_field(&every, field, name, false);                                                                 \
        ct_set_null(&every, field);                                                                                    \
        assert_null_field(&every, field, name, true);                                                                  \
        ct_set_not_null(&every, field);                                                                                \
        assert_null_field(&every, field, name, false);                                                                 \
        ct_set_null(&every, field);                                                                                    \
        every.field = __VA_ARGS__;                                                                                     \
        assert_null_field(&every, field, name, false);                                                                 \
        ct_set_null(&every, field);                                                                                    \
        assert_null_field(&every, field, name, true);                                                                  \
        assert_int_equal(every.row.nulls &(every.row.nulls - 1), 0);                                                   \
    } while (0)

static void kinds_without_room_have_a_bit(void **state)
{
    (void)state;
    check_kind(integer, "integer", -1);
    check_kind(real, "real", 0.5);
    check_kind(decimal, "decimal", ct_decimal_make(1, 2));
    check_kind(boolean, "boolean", true);
    check_kind(datetime, "datetime", 1);
    check_kind(date, "date", (ct_date){ 1 });
    check_kind(time, "time", (ct_daytime){ 1 });
    check_kind(duration, "duration", -1);
    check_kind(uuid, "uuid", (ct_uuid){ { [15] = 1 } });
    check_kind(binary, "binary", (ct_bytes){ "a", 1 });
    check_kind(one_id, "one", 7);
    check_kind(two_id, "two", (ct_uuid){ { 1 } });
}

static void pointers_say_it_themselves(void **state)
{
    (void)state;
    Every every = { .row = { .shape = &Every_shape } };
    assert_null_field(&every, text, "text", true);
    every.text = "";
    every.mail = "a";
    every.three_id = "k";
    assert_null_field(&every, text, "text", false);
    ct_set_null(&every, text);
    ct_set_null(&every, mail);
    ct_set_null(&every, three_id);
    assert_true(!every.text && !every.mail && !every.three_id);
    assert_null_field(&every, mail, "mail", true);
    ct_set_not_null(&every, text);
    assert_string_equal(every.text, "");
    every.mail = "b";
    assert_null_field(&every, mail, "mail", false);
    assert_true(ct_is_null(&every, array));
    assert_int_equal(every.row.nulls, 0);
}

/* JSON's own null is a value. */
static void json_has_two_of_them(void **state)
{
    (void)state;
    Every every = { .row = { .shape = &Every_shape } };
    assert_false(ct_is_null(&every, json));
    ct_set_null(&every, json);
    assert_true(ct_is_null(&every, json));
    every.json = CT_VALUE(0);
    assert_false(ct_is_null(&every, json));
    ct_set_null(&every, json);
    assert_int_equal(every.json.type, CT_VALUE_NULL);
}

static void a_relation_goes_by_its_key(void **state)
{
    (void)state;
    Other other = { .row = { .shape = &Other_shape } };
    Every every = { .row = { .shape = &Every_shape }, .one = &other, .one_id = 3 };
    assert_false(ct_is_null(&every, one));
    ct_set_null(&every, one);
    assert_true(!every.one && every.one_id == 0 && ct_is_null(&every, one_id) && ct_is_null(&every, one));
    assert_true(ct_is_null(&every, others));
}

static void a_key_is_never_null(void **state)
{
    (void)state;
    Every every = { .row = { .shape = &Every_shape } };
    ct_set_null(&every, id);
    assert_false(ct_is_null(&every, id));
    assert_int_equal(ct_field_mask(&Every_shape, &Every_shape.fields[0]), 0);
    assert_int_equal(ct_field_mask(&Every_shape, &Every_shape.fields[1]), 1);
    assert_int_equal(ct_field_mask(&Plain_shape, &Plain_shape.fields[0]), 1);
}

static void shapes_have_nulls_too(void **state)
{
    (void)state;
    Plain plain = { .row = { .shape = &Plain_shape } };
    assert_true(ct_is_null(&plain, value) && ct_is_null(&plain, row_of) && ct_is_null(&plain, rows_of));
    assert_null_field(&plain, number, "number", false);
    ct_set_null(&plain, number);
    assert_null_field(&plain, number, "number", true);
    plain.value = CT_VALUE(1);
    assert_false(ct_is_null(&plain, value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_without_room_have_a_bit), cmocka_unit_test(pointers_say_it_themselves),
        cmocka_unit_test(json_has_two_of_them),          cmocka_unit_test(a_relation_goes_by_its_key),
        cmocka_unit_test(a_key_is_never_null),           cmocka_unit_test(shapes_have_nulls_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
