/* Shapes: the struct, its description and its rows must agree; lists keep and sort what is put into them; any row or
 * list can be handed to what takes values. */
#include "made_request.h"

#include "canteen/shape.h"
#include "canteen/value.h"
#include "canteen/work.h"
#include "shape/value.h"

#include <stdio.h>

static ct_row_method choice_label, choice_nothing;

CT_SHAPE_DECLARE(Question);

CT_SHAPE(Choice, (row, question, Question), (text, choice), (integer, votes), (method, label, choice_label),
         (row, next, Choice), (method, nothing, choice_nothing));

CT_SHAPE(Question, (text, question), (datetime, asked), (boolean, open), (real, weight), (value, extra),
         (rows, choices, Choice));

CT_SHAPE(Small, (integer, number));

/* As many as there can be. */
CT_SHAPE(Most, (integer, f1), (integer, f2), (integer, f3), (integer, f4), (integer, f5), (integer, f6), (integer, f7),
         (integer, f8), (integer, f9), (integer, f10), (integer, f11), (integer, f12), (integer, f13), (integer, f14),
         (integer, f15), (integer, f16), (integer, f17), (integer, f18), (integer, f19), (integer, f20), (integer, f21),
         (integer, f22), (integer, f23), (integer, f24), (integer, f25), (integer, f26), (integer, f27), (integer, f28),
         (integer, f29), (integer, f30), (integer, f31), (integer, f32), (integer, f33), (integer, f34), (integer, f35),
         (integer, f36), (integer, f37), (integer, f38), (integer, f39), (integer, f40), (integer, f41), (integer, f42),
         (integer, f43), (integer, f44), (integer, f45), (integer, f46), (integer, f47), (integer, f48), (integer, f49),
         (integer, f50), (integer, f51), (integer, f52), (integer, f53), (integer, f54), (integer, f55), (integer, f56),
         (integer, f57), (integer, f58), (integer, f59), (integer, f60), (integer, f61), (integer, f62), (integer, f63),
         (text, f64));

static ct_value choice_label(ct *c, const ct_row *row)
{
    const Choice *choice = (const Choice *)row;
    return CT_VALUE(ct_printf(c, "%s (%" PRId64 ")", choice->choice, choice->votes));
}

static ct_value choice_nothing(ct *c, const ct_row *row)
{
    (void)c, (void)row;
    return ct_value_null();
}

static made_request made;

static int set_up(void **state)
{
    *state = make_work(&made);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    drop_request(&made);
    return 0;
}

/* ---- descriptions ---- */

static void assert_field(const ct_field *field, const char *name, ct_kind kind, size_t offset, const ct_shape *to)
{
    assert_string_equal(field->name, name);
    assert_int_equal(field->kind, kind);
    assert_int_equal(field->offset, offset);
    assert_ptr_equal(field->to, to);
}

static void a_shape_describes_its_struct(void **state)
{
    (void)state;
    assert_string_equal(Question_shape.name, "Question");
    assert_int_equal(Question_shape.size, sizeof(Question));
    assert_int_equal(Question_shape.field_count, 6);
    const ct_field *fields = Question_shape.fields;
    assert_field(&fields[0], "question", CT_KIND_text, offsetof(Question, question), NULL);
    assert_field(&fields[1], "asked", CT_KIND_datetime, offsetof(Question, asked), NULL);
    assert_field(&fields[2], "open", CT_KIND_boolean, offsetof(Question, open), NULL);
    assert_field(&fields[3], "weight", CT_KIND_real, offsetof(Question, weight), NULL);
    assert_field(&fields[4], "extra", CT_KIND_value, offsetof(Question, extra), NULL);
    assert_field(&fields[5], "choices", CT_KIND_rows, offsetof(Question, choices), &Choice_shape);

    assert_int_equal(Choice_shape.field_count, 6);
    fields = Choice_shape.fields;
    assert_field(&fields[0], "question", CT_KIND_row, offsetof(Choice, question), &Question_shape);
    assert_field(&fields[2], "votes", CT_KIND_integer, offsetof(Choice, votes), NULL);
    assert_field(&fields[3], "label", CT_KIND_method, 0, NULL);
    assert_ptr_equal(fields[3].method, choice_label);
    assert_field(&fields[4], "next", CT_KIND_row, offsetof(Choice, next), &Choice_shape);
    assert_ptr_equal(fields[5].method, choice_nothing);
}

static void a_shape_has_up_to_64_fields(void **state)
{
    (void)state;
    assert_int_equal(Most_shape.field_count, 64);
    assert_int_equal(Most_shape.size, sizeof(ct_row) + 64 * sizeof(int64_t));
    for (size_t i = 0; i < 64; i++) {
        char name[24];
        snprintf(name, sizeof(name), "f%zu", i + 1);
        assert_field(&Most_shape.fields[i], name, i < 63 ? CT_KIND_integer : CT_KIND_text,
                     sizeof(ct_row) + i * sizeof(int64_t), NULL);
    }
}

/* ---- rows ---- */

static void a_row_has_what_is_named_and_zeros(void **state)
{
    ct *c = *state;
    Question *question = ct_row_new(c, Question, .question = "Up?", .asked = 5 * CT_SECOND, .weight = 0.5);
    assert_ptr_equal(question->row.shape, &Question_shape);
    assert_string_equal(question->question, "Up?");
    assert_int_equal(question->asked, 5 * CT_SECOND);
    assert_true(question->weight == 0.5);
    assert_false(question->open);
    assert_null(question->choices);
    assert_int_equal(question->extra.type, CT_VALUE_NULL);
    Question *empty = ct_row_new(c, Question);
    assert_null(empty->question);
    assert_ptr_not_equal(empty, question);
}

static void fields_are_read_by_name(void **state)
{
    ct *c = *state;
    Question *question = ct_row_new(c, Question, .question = "Up?", .asked = 7, .open = true, .weight = 0.5,
                                    .extra = CT_VALUE("extra"), .choices = ct_list_new(c, Choice));
    const ct_field *fields = Question_shape.fields;
    assert_string_equal(ct_row_value(&question->row, &fields[0]).text, "Up?");
    ct_value value = ct_row_value(&question->row, &fields[1]);
    assert_true(value.type == CT_VALUE_DATETIME && value.time == 7);
    value = ct_row_value(&question->row, &fields[2]);
    assert_true(value.type == CT_VALUE_BOOL && value.boolean);
    value = ct_row_value(&question->row, &fields[3]);
    assert_true(value.type == CT_VALUE_REAL && value.real == 0.5);
    assert_string_equal(ct_row_value(&question->row, &fields[4]).text, "extra");
    value = ct_row_value(&question->row, &fields[5]);
    assert_true(value.type == CT_VALUE_ROWS && value.rows == &question->choices->row);

    Choice *choice = ct_row_new(c, Choice, .question = question, .choice = "Yes", .votes = -3);
    value = ct_row_value(&choice->row, &Choice_shape.fields[0]);
    assert_true(value.type == CT_VALUE_ROW && value.row == &question->row);
    value = ct_row_value(&choice->row, &Choice_shape.fields[2]);
    assert_true(value.type == CT_VALUE_INT && value.integer == -3);
    assert_int_equal(ct_row_value(&choice->row, &Choice_shape.fields[4]).type, CT_VALUE_NULL);
    assert_int_equal(ct_row_value(&choice->row, &Choice_shape.fields[3]).type, CT_VALUE_NULL);
    assert_string_equal(Choice_shape.fields[3].method(c, &choice->row).text, "Yes (-3)");
}

/* ---- lists ---- */

static void a_list_keeps_what_is_added(void **state)
{
    ct *c = *state;
    ct_list(Small) *list = ct_list_new(c, Small);
    assert_int_equal(ct_list_count(list), 0);
    for (int i = 0; i < 1000; i++)
        ct_list_add(list, ct_row_new(c, Small, .number = i));
    const ct_list(Small) *all = list;
    assert_int_equal(ct_list_count(all), 1000);
    for (size_t i = 0; i < 1000; i++) {
        Small *small = ct_list_at(all, i);
        assert_int_equal(small->number, i);
    }
}

static int by_number(const Small *a, const Small *b)
{
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Equal ones must stay in their order, so rows are compared by a part of what they hold. */
static int by_tens(const Small *a, const Small *b)
{
    return (int)(a->number / 10 - b->number / 10);
}

/* Lists of every length up to 40 and some around powers of two, in an order that looks random. */
static void sorting_is_right_at_every_length(void **state)
{
    ct *c = *state;
    for (size_t length = 0; length < 1100; length += length < 40 || (length > 1020 && length < 1030) ? 1 : 20) {
        ct_list(Small) *list = ct_list_new(c, Small);
        for (size_t i = 0; i < length; i++)
            ct_list_add(list, ct_row_new(c, Small, .number = (int64_t)(i * 7919 % length)));
        ct_list_sort(list, by_number);
        assert_int_equal(ct_list_count(list), length);
        for (size_t i = 0; i < length; i++)
            assert_int_equal(ct_list_at(list, i)->number, i);
        ct_arena_reset(c->arena);
    }
}

static void sorting_keeps_equal_rows_in_their_order(void **state)
{
    ct *c = *state;
    ct_list(Small) *list = ct_list_new(c, Small);
    for (int i = 0; i < 10; i++)
        for (int tens = 9; tens >= 0; tens--)
            ct_list_add(list, ct_row_new(c, Small, .number = 10 * (tens * 3 % 10) + i));
    ct_list_sort(list, by_tens);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(ct_list_at(list, i)->number, i);
}

static void a_sorted_list_can_grow_and_be_sorted_again(void **state)
{
    ct *c = *state;
    ct_list(Small) *list = ct_list_new(c, Small);
    for (int i = 0; i < 50; i++) {
        ct_list_add(list, ct_row_new(c, Small, .number = 50 - i));
        ct_list_sort(list, by_number);
        for (size_t j = 0; j <= (size_t)i; j++)
            assert_int_equal(ct_list_at(list, j)->number, 50 - i + (int)j);
    }
}

static ct *aborting;
static int aborts(const Small *a, const Small *b)
{
    if (a->number + b->number > 20)
        ct_abort(aborting, 500, "enough");
    return by_number(b, a);
}

static void a_sort_that_aborts_changes_nothing(void **state)
{
    ct *c = aborting = *state;
    ct_list(Small) *list = ct_list_new(c, Small);
    for (int i = 0; i < 20; i++)
        ct_list_add(list, ct_row_new(c, Small, .number = i));
    assert_aborts(c, 500, "enough", ct_list_sort(list, aborts));
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(ct_list_at(list, i)->number, i);
}

/* ---- values ---- */

static void rows_and_lists_are_values(void **state)
{
    ct *c = *state;
    Small *small = ct_row_new(c, Small, .number = 1);
    const Small *constant = small;
    ct_list(Small) *list = ct_list_new(c, Small);
    const ct_list(Small) *constant_list = list;
    const ct_row *row = &small->row;
    ct_rows *rows = &list->row;
    const ct_kv pairs[] = { V(small), V(constant), V(row), V(list), V(constant_list), V(rows) };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pairs[i].value.type, CT_VALUE_ROW);
        assert_ptr_equal(pairs[i].value.row, &small->row);
        assert_int_equal(pairs[3 + i].value.type, CT_VALUE_ROWS);
        assert_ptr_equal(pairs[3 + i].value.rows, &list->row);
    }
    assert_string_equal(pairs[4].key, "constant_list");
    small = NULL;
    list = NULL;
    assert_int_equal(CT_VALUE(small).type, CT_VALUE_NULL);
    assert_int_equal(CT_VALUE(list).type, CT_VALUE_NULL);
}

static Small *count_calls(Small *small)
{
    small->number++;
    return small;
}

static void a_value_is_evaluated_once(void **state)
{
    ct *c = *state;
    Small *small = ct_row_new(c, Small);
    int64_t number = 0, other = 0;
    ct_map *map = ct_object(c, KV("row", count_calls(small)), KV("number", ++number),
                            KV("inner", ct_object(c, KV("row", count_calls(small)), KV("number", other++))));
    assert_int_equal(small->number, 2);
    assert_int_equal(number, 1);
    assert_int_equal(other, 1);
    assert_int_equal(ct_map_get(ct_map_get(map, "inner").map, "row").type, CT_VALUE_ROW);
}

/* ---- mistakes ---- */

static void mistakes_have_a_message(void **state)
{
    ct *c = *state;
    ct_list(Small) *list = ct_list_new(c, Small);
    Small *none = NULL;
    Small other = { .row = { .shape = &Small_shape } };
    assert_aborts(c, 500, "ct_list_at: there is no row 0 in a list of 0", (void)ct_list_at(list, 0));
    assert_aborts(c, 500, "ct_list_add: the row is NULL", ct_list_add(list, none));
    assert_aborts(c, 500, "ct_row_new: two shapes are named Small: rename one, or declare it once, in a header",
                  ct_row_of(c, &other.row, CT_SHAPE_CHECK(Small) + 1, NULL));
}

/* Runs the statement where not a byte is left. */
#define assert_out_of_memory(c, statement)                                                                             \
    do {                                                                                                               \
        (c)->arena->limit = ct_arena_used((c)->arena);                                                                 \
        (c)->arena->end = (c)->arena->next;                                                                            \
        assert_aborts(c, 500, "the request took more than its memory (setting request_memory)", statement);            \
    } while (0)

static void memory_of_the_request_is_limited(void **state)
{
    ct *c = *state;
    ct_list(Small) *list = ct_list_new(c, Small), *full = ct_list_new(c, Small);
    for (int i = 0; i < 8; i++)
        ct_list_add(full, ct_row_new(c, Small, .number = 8 - i));
    Small small = *ct_list_at(full, 0);
    assert_out_of_memory(c, (void)ct_row_new(c, Small));
    assert_out_of_memory(c, (void)ct_list_new(c, Small));
    assert_out_of_memory(c, ct_list_add(full, &small));
    assert_out_of_memory(c, ct_list_sort(full, by_number));
    assert_int_equal(ct_list_count(full), 8);
    ct_list_sort(list, by_number); /* nothing to do takes nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shape_describes_its_struct),
        cmocka_unit_test(a_shape_has_up_to_64_fields),
        cmocka_unit_test_setup_teardown(a_row_has_what_is_named_and_zeros, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fields_are_read_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_keeps_what_is_added, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sorting_is_right_at_every_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sorting_keeps_equal_rows_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sorted_list_can_grow_and_be_sorted_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sort_that_aborts_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_and_lists_are_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_value_is_evaluated_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mistakes_have_a_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_of_the_request_is_limited, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
