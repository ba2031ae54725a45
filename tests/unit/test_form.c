/* Queries and forms: what a handler gets from what a browser sends. */
#include "proto/form.h"

#include "base/buffer.h"

#include "support/arena_state.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The pairs as one text: "[name=value]...". */
static const char *show(ct_arena *arena, const ct_params *params)
{
    char *text = ct_arena_copy(arena, "", 0);
    for (uint32_t i = 0; i < params->count; i++) {
        const ct_param *item = &params->items[i];
        assert_int_equal(strlen(item->name.data), item->name.length);
        assert_int_equal(strlen(item->value.data), item->value.length);
        text = ct_arena_printf(arena, "%s[%s=%s]", text, item->name.data, item->value.data);
    }
    return text;
}

static void parses_pairs(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "", "" },
        { "a=1", "[a=1]" },
        { "a=1&b=2", "[a=1][b=2]" },
        { "a", "[a=]" },
        { "a&b&c", "[a=][b=][c=]" },
        { "a=", "[a=]" },
        { "=1", "[=1]" },
        { "=", "[=]" },
        { "a=b=c", "[a=b=c]" },
        { "&a=1&&b=2&", "[a=1][b=2]" },
        { "&&&", "" },
        { "a=1;b=2", "[a=1;b=2]" },
        { "a+b=c+d", "[a b=c d]" },
        { "%61%3D%26=%3D%26%2B", "[a=&==&+]" },
        { "a=1&a=2&a=1", "[a=1][a=2][a=1]" },
        { "n%C3%A9e=%F0%9F%98%80", "[née=😀]" },
        { "text=line%0D%0Aline&submit=", "[text=line\r\nline][submit=]" },
        { "long+name+over+eight=long+value+over+eight", "[long name over eight=long value over eight]" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_params params;
        assert_true(ct_params_parse(*state, ct_str_of(cases[i].in), NULL, &params, NULL));
        assert_string_equal(show(*state, &params), cases[i].out);
    }
}

static void an_absent_text_is_an_empty_list(void **state)
{
    ct_params params = { .count = 7 }, zeroed = { 0 };
    assert_true(ct_params_parse(*state, (ct_str){ NULL, 0 }, NULL, &params, NULL));
    assert_int_equal(params.count, 0);
    assert_null(ct_params_get(&params, "a"));
    assert_null(ct_params_get(&zeroed, "a"));
    assert_null(ct_params_all(*state, &zeroed, "a")[0]);
}

static void refuses_bad_text_and_names_the_field(void **state)
{
#define NO_DIGITS " is a '%' without two hexadecimal digits (\"%25\" is '%' itself)"
#define SHOWN "0123456789012345678901234567890123456789"
    static const struct {
        ct_str in;
        const char *message;
    } cases[] = {
        { CT_STR("a=1&b=50%"), "field \"b\": byte 3" NO_DIGITS },
        { CT_STR("a=1&&b=%zz"), "field \"b\": byte 1" NO_DIGITS },
        { CT_STR("a=%00"), "field \"a\": byte 1 begins \"%00\", which text cannot hold" },
        { CT_STR("a=x\0"), "field \"a\": byte 2 is NUL, which text cannot hold" },
        { CT_STR("caf%C3%A9=%FF"), "field \"café\": the text is not valid UTF-8" },
        { CT_STR("a=1&%=2"), "name of field 2: byte 1" NO_DIGITS },
        { CT_STR("%FF"), "name of field 1: the text is not valid UTF-8" },
        { CT_STR("=%"), "field 1: byte 1" NO_DIGITS },
        { CT_STR("a%0Ab=%"), "field 1: byte 1" NO_DIGITS },
        { CT_STR(SHOWN "=%"), "field \"" SHOWN "\": byte 1" NO_DIGITS },
        { CT_STR(SHOWN "x=%"), "field \"" SHOWN "...\": byte 1" NO_DIGITS },
        { CT_STR("012345678901234567890123456789012345678é=%"),
          "field \"012345678901234567890123456789012345678...\": byte 1" NO_DIGITS },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_params params = { .count = 7 };
        ct_error error;
        assert_false(ct_params_parse(*state, cases[i].in, NULL, &params, &error));
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.status, 400);
        assert_int_equal(params.count, 7);
    }
}

/* "0=v0&1=v1&..." */
static ct_str numbered(ct_arena *arena, size_t count)
{
    ct_buffer out = ct_buffer_in(arena);
    for (size_t i = 0; i < count; i++)
        ct_buffer_printf(&out, "%s%zu=v%zu", i ? "&" : "", i, i);
    return (ct_str){ out.data, out.length };
}

static void counts_fields(void **state)
{
    ct_params params;
    ct_error error;
    const ct_params_limits form = { .count = 3, .over_status = 413 };

    assert_true(ct_params_parse(*state, CT_STR("&a&&b&c&&"), &form, &params, &error));
    assert_int_equal(params.count, 3);
    assert_false(ct_params_parse(*state, CT_STR("a&b&c&d"), &form, &params, &error));
    assert_int_equal(error.status, 413);
    assert_string_equal(error.message, "more than 3 fields");

    assert_true(ct_params_parse(*state, numbered(*state, CT_PARAMS_COUNT), NULL, &params, &error));
    assert_int_equal(params.count, 1000);
    assert_false(ct_params_parse(*state, numbered(*state, CT_PARAMS_COUNT + 1), NULL, &params, &error));
    assert_int_equal(error.status, 400);
    assert_string_equal(error.message, "more than 1000 fields");
}

static void finds_the_first_and_all(void **state)
{
    ct_params params;
    assert_true(ct_params_parse(*state, CT_STR("a=1&b=x&a=2&A=3&a=&=e"), NULL, &params, NULL));
    assert_string_equal(ct_params_get(&params, "a"), "1");
    assert_string_equal(ct_params_get(&params, "A"), "3");
    assert_string_equal(ct_params_get(&params, ""), "e");
    assert_null(ct_params_get(&params, "c"));
    const char *const *all = ct_params_all(*state, &params, "a");
    assert_string_equal(all[0], "1");
    assert_string_equal(all[1], "2");
    assert_string_equal(all[2], "");
    assert_null(all[3]);
    assert_null(ct_params_all(*state, &params, "c")[0]);
}

/* Short lists are walked and long ones hashed: what is found must not depend on it. */
static void finds_in_lists_of_every_length(void **state)
{
    for (size_t count = 1; count < 80; count++) {
        ct_buffer text = ct_buffer_in(*state);
        ct_params params;
        ct_buffer_str(&text, numbered(*state, count));
        ct_buffer_printf(&text, "&0=again&%zu=again&0=more", count - 1);
        assert_true(ct_params_parse(*state, (ct_str){ text.data, text.length }, NULL, &params, NULL));
        for (size_t i = 0; i < count; i++) {
            char *name = ct_arena_printf(*state, "%zu", i);
            assert_string_equal(ct_params_get(&params, name), ct_arena_printf(*state, "v%zu", i));
        }
        assert_null(ct_params_get(&params, ct_arena_printf(*state, "%zu", count)));
        const char *const *all = ct_params_all(*state, &params, "0");
        assert_string_equal(all[0], "v0");
        assert_string_equal(all[1], "again");
        assert_string_equal(all[count == 1 ? 3 : 2], "more");
        assert_null(all[count == 1 ? 4 : 3]);
    }
}

static void stays_within_the_arena(void **state)
{
    for (size_t limit = 16;; limit += 16) {
        ct_arena arena;
        ct_params params;
        ct_error error = { 0 };
        ct_arena_init(&arena, NULL, limit);
        bool parsed = ct_params_parse(&arena, numbered(*state, 100), NULL, &params, &error);
        size_t used = ct_arena_used(&arena);
        ct_arena_finish(&arena);
        assert_true(used <= limit);
        if (parsed)
            break;
        assert_int_equal(error.status, 500);
        assert_true(limit < 100000);
    }
    ct_arena full;
    const ct_params empty = { 0 };
    ct_arena_init(&full, NULL, 16);
    assert_non_null(ct_arena_alloc(&full, 16));
    assert_null(ct_params_all(&full, &empty, "a"));
    ct_arena_finish(&full);
}

/* The memory taken is what the limits of a request are reckoned with: near the text's length, whatever is in it. */
static void a_big_form_takes_little_more_than_its_text(void **state)
{
    const size_t field = 2621;
    ct_buffer text = { 0 };
    for (size_t i = 0; i < 1000; i++) {
        ct_buffer_printf(&text, "%sfield%zu=", i ? "&" : "", i);
        for (size_t j = 0; j < field; j++)
            ct_buffer_append(&text, j % 7 ? "a" : "%2B", j % 7 ? 1 : 3);
    }
    ct_params params;
    size_t before = ct_arena_used(*state);
    assert_true(ct_params_parse(*state, (ct_str){ text.data, text.length }, NULL, &params, NULL));
    assert_true(ct_arena_used(*state) - before < text.length + 64 * 1024);
    assert_int_equal(params.count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(params.items[i].value.length, field);
        assert_ptr_equal(ct_params_get(&params, params.items[i].name.data), params.items[i].value.data);
    }
    ct_buffer_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parses_pairs, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(an_absent_text_is_an_empty_list, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(refuses_bad_text_and_names_the_field, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(counts_fields, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(finds_the_first_and_all, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(finds_in_lists_of_every_length, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(stays_within_the_arena, setup_arena, teardown_arena),
        cmocka_unit_test_setup_teardown(a_big_form_takes_little_more_than_its_text, setup_arena, teardown_arena),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
