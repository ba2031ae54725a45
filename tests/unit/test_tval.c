/* Template values: truth, equality, order, containment and text are Python's, for values of C and of templates alike;
 * dictionaries keep what was put in; hostile nesting ends the render and not the process. */
#include "values.h"

#include "shape/value.h"
#include "template/text.h"

#include <math.h>
#include <stdio.h>

/* ---- a shape to read ---- */

typedef struct author {
    ct_row row;
    const char *name;
} author;

typedef struct book {
    ct_row row;
    const char *title;
    int64_t pages;
    double price;
    bool sold;
    ct_time published;
    ct_value extra;
    author *by;
    ct_rows *others;
} book;

static ct_value book_text(ct *c, const ct_row *row)
{
    (void)c;
    return ct_value_of_text(((const book *)row)->title);
}

static const ct_field author_fields[] = {
    { .name = "name", .kind = CT_KIND_text, .offset = offsetof(author, name) },
};
static const ct_shape author_shape = {
    .name = "Author", .size = sizeof(author), .field_count = 1, .fields = author_fields
};

static const ct_field book_fields[] = {
    { .name = "title", .kind = CT_KIND_text, .offset = offsetof(book, title) },
    { .name = "pages", .kind = CT_KIND_integer, .offset = offsetof(book, pages) },
    { .name = "price", .kind = CT_KIND_real, .offset = offsetof(book, price) },
    { .name = "sold", .kind = CT_KIND_boolean, .offset = offsetof(book, sold) },
    { .name = "published", .kind = CT_KIND_datetime, .offset = offsetof(book, published) },
    { .name = "extra", .kind = CT_KIND_value, .offset = offsetof(book, extra) },
    { .name = "by", .kind = CT_KIND_row, .offset = offsetof(book, by), .to = &author_shape },
    { .name = "others", .kind = CT_KIND_rows, .offset = offsetof(book, others), .to = &author_shape },
    { .name = "__str__", .kind = CT_KIND_method, .method = book_text },
};
static const ct_shape book_shape = {
    .name = "Book", .size = sizeof(book), .field_count = CT_COUNT(book_fields), .fields = book_fields
};

static author ada = { { .shape = &author_shape }, "Ada" };

static ct_tval row_value(const ct_row *row)
{
    return ct_tval_of(ct_value_of_row(row));
}

static ct_map *map_of(const ct_kv *pairs, size_t count)
{
    ct_map *map = ct_map_in(&values_arena, 1);
    for (size_t i = 0; i < count; i++)
        assert_true(ct_map_put(map, pairs[i].key, pairs[i].value));
    return map;
}

static ct_tval map_value(const ct_kv *pairs, size_t count)
{
    return ct_tval_of(ct_value_of_map(map_of(pairs, count)));
}

static ct_tval array_value(const ct_value *items, size_t count)
{
    ct_array *array = ct_array_in(&values_arena, 1);
    for (size_t i = 0; i < count; i++)
        assert_true(ct_array_put(array, items[i]));
    return ct_tval_of(ct_value_of_array(array));
}

static ct_tval range_value(int64_t start, int64_t stop, int64_t step, int64_t count)
{
    ct_trange *range = ct_render_take(r, sizeof(*range));
    *range = (ct_trange){ start, stop, step, count };
    return (ct_tval){ .type = CT_T_RANGE, .range = range };
}

static ct_tval missing_variable(void)
{
    return ct_t_undefined(CT_STR("nothing"), CT_T_UNSET);
}

/* ---- values of C ---- */

static void values_of_c_show_as_python_would(void **state)
{
    (void)state;
    assert_string_equal(shown_value(ct_tval_of(ct_value_null())), "None");
    assert_string_equal(shown_value(ct_tval_of(CT_VALUE(true))), "True");
    assert_string_equal(shown_value(ct_tval_of(CT_VALUE(false))), "False");
    assert_string_equal(shown_value(ct_tval_of(CT_VALUE(INT64_MIN))), "-9223372036854775808");
    assert_string_equal(shown_value(ct_tval_of(CT_VALUE(UINT64_MAX))), "1.8446744073709552e+19");
    assert_string_equal(shown_value(ct_tval_of(CT_VALUE(2.5))), "2.5");
    assert_string_equal(shown_value(ct_tval_of(CT_VALUE("tea & 'cake'"))), "tea & 'cake'");
    assert_true(ct_t_is_safe(ct_tval_of(ct_safe("<b>"))));
    assert_string_equal(shown_value(ct_tval_of(ct_datetime(0))), "1970-01-01 00:00:00+00:00");
    assert_string_equal(shown_value(ct_tval_of(ct_datetime(CT_DAY - 1))), "1970-01-01 23:59:59.999999+00:00");
    const ct_value items[] = { CT_VALUE(1), CT_VALUE("x"), ct_value_null() };
    const ct_kv pairs[] = { CT_KV("a", 1), CT_KV("b", "y") };
    assert_string_equal(shown_value(array_value(items, 3)), "[1, 'x', None]");
    assert_string_equal(shown_value(map_value(pairs, 2)), "{'a': 1, 'b': 'y'}");
    assert_string_equal(shown_value(array_value(NULL, 0)), "[]");
    assert_string_equal(shown_value(map_value(NULL, 0)), "{}");
}

static void fields_of_rows_of_every_kind(void **state)
{
    (void)state;
    ct_row *items[] = { &ada.row };
    ct_rows others = { .shape = &author_shape, .count = 1, .capacity = 1, .items = items };
    const book full = { { .shape = &book_shape }, "Notes", 350, 12.5, true, CT_DAY, CT_VALUE("more"), &ada, &others };
    const book empty = { .row = { .shape = &book_shape } };
    static const char *const of_full[] = { "Notes", "350",      "12.5",       "True", "1970-01-02 00:00:00+00:00",
                                           "more",  "<Author>", "[<Author>]", "Notes" };
    static const char *const of_empty[] = { "None", "0",    "0.0",  "False", "1970-01-01 00:00:00+00:00",
                                            "None", "None", "None", "None" };
    for (size_t i = 0; i < CT_COUNT(book_fields); i++) {
        assert_string_equal(shown_value(ct_tval_of_field(r, &full.row, &book_fields[i])), of_full[i]);
        assert_string_equal(shown_value(ct_tval_of_field(r, &empty.row, &book_fields[i])), of_empty[i]);
    }
}

static void rows_show_their_shape_or_what_they_say_themselves(void **state)
{
    (void)state;
    const book notes = { .row = { .shape = &book_shape }, .title = "Notes" };
    assert_string_equal(shown_value(row_value(&ada.row)), "<Author>");
    assert_string_equal(shown_value(row_value(&notes.row)), "Notes");
    assert_string_equal(shown_repr(row_value(&notes.row)), "<Book: Notes>");
    assert_string_equal(shown_value(LIST(row_value(&ada.row), row_value(&notes.row))), "[<Author>, <Book: Notes>]");
}

/* ---- truth and length ---- */

static void truth_is_pythons(void **state)
{
    (void)state;
    const ct_value one[] = { CT_VALUE(0) };
    const ct_kv pair[] = { CT_KV("a", 0) };
    ct_rows none = { .shape = &author_shape };
    const ct_tval truths[] = { ct_t_bool(true),    ct_t_int(-1),      ct_t_real(0.1),      ct_t_real(NAN),
                               text_value("0"),    LIST(ct_t_none()), TUPLE(ct_t_none()),  array_value(one, 1),
                               map_value(pair, 1), ct_t_datetime(0),  row_value(&ada.row), range_value(0, 1, 1, 1) };
    const ct_tval falsehoods[] = { ct_t_unset(),
                                   missing_variable(),
                                   ct_t_none(),
                                   ct_t_bool(false),
                                   ct_t_int(0),
                                   ct_t_real(-0.0),
                                   text_value(""),
                                   ct_t_list(ct_tlist_new(r, 0)),
                                   ct_t_tuple(ct_tlist_new(r, 3)),
                                   ct_t_dict(ct_tdict_new(r)),
                                   array_value(NULL, 0),
                                   map_value(NULL, 0),
                                   ct_tval_of(ct_value_of_rows(&none)),
                                   range_value(3, 0, 1, 0) };
    for (size_t i = 0; i < CT_COUNT(truths); i++)
        assert_true(ct_tval_truth(r, truths[i]));
    for (size_t i = 0; i < CT_COUNT(falsehoods); i++)
        assert_false(ct_tval_truth(r, falsehoods[i]));
}

static void length_counts_items_and_code_points(void **state)
{
    (void)state;
    assert_int_equal(ct_tval_length(r, text_value("")), 0);
    assert_int_equal(ct_tval_length(r, text_value("naïve 日本")), 8);
    assert_int_equal(ct_tval_length(r, LIST(ct_t_none(), ct_t_none())), 2);
    assert_int_equal(ct_tval_length(r, range_value(0, INT64_MAX, 1, INT64_MAX)), INT64_MAX);
    assert_int_equal(ct_tval_length(r, missing_variable()), 0);
    assert_int_equal(ct_tval_length(r, ct_t_none()), -1);
    assert_int_equal(ct_tval_length(r, ct_t_int(5)), -1);
    assert_int_equal(ct_tval_length(r, row_value(&ada.row)), -1);
}

/* ---- equality and order ---- */

static void equal_across_kinds(void **state)
{
    (void)state;
    const ct_value items[] = { CT_VALUE(1), CT_VALUE("x") };
    const ct_kv pairs[] = { CT_KV("a", 1) };
    ct_tdict *dict = ct_tdict_new(r);
    ct_tdict_set(r, dict, text_value("a"), ct_t_real(1));
    assert_true(ct_tval_equal(r, ct_t_int(1), ct_t_bool(true)));
    assert_true(ct_tval_equal(r, ct_t_int(1), ct_t_real(1)));
    assert_true(ct_tval_equal(r, text_value("a"), ct_t_safe_str(CT_STR("a"))));
    assert_true(ct_tval_equal(r, array_value(items, 2), LIST(ct_t_bool(true), text_value("x"))));
    assert_true(ct_tval_equal(r, map_value(pairs, 1), ct_t_dict(dict)));
    assert_true(ct_tval_equal(r, ct_t_dict(dict), map_value(pairs, 1)));
    assert_true(ct_tval_equal(r, row_value(&ada.row), row_value(&ada.row)));
    assert_true(ct_tval_equal(r, range_value(0, 5, 5, 1), range_value(0, 1, 1, 1)));
    assert_false(ct_tval_equal(r, LIST(ct_t_int(1)), TUPLE(ct_t_int(1))));
    assert_false(ct_tval_equal(r, ct_t_int(1), text_value("1")));
    assert_false(ct_tval_equal(r, ct_t_none(), ct_t_int(0)));
    assert_false(ct_tval_equal(r, ct_t_real(NAN), ct_t_real(NAN)));
    assert_false(ct_tval_equal(r, text_value("a"), text_value("ab")));
    assert_false(ct_tval_equal(r, ct_t_datetime(1), ct_t_int(1)));
}

/* Rounding the integer to a double would make neighbours equal. */
static void integers_and_reals_compare_exactly(void **state)
{
    (void)state;
    const int64_t odd = (INT64_C(1) << 53) + 1;
    assert_false(ct_tval_equal(r, ct_t_int(odd), ct_t_real(0x1p53)));
    assert_true(ct_tval_compare(r, ct_t_int(odd), ct_t_real(0x1p53)) > 0);
    assert_true(ct_tval_compare(r, ct_t_real(0x1p53), ct_t_int(odd)) < 0);
    assert_true(ct_tval_compare(r, ct_t_int(INT64_MAX), ct_t_real(0x1p63)) < 0);
    assert_true(ct_tval_compare(r, ct_t_int(INT64_MIN), ct_t_real(-0x1p63)) == 0);
    assert_true(ct_tval_compare(r, ct_t_int(INT64_MIN), ct_t_real(-INFINITY)) > 0);
    assert_true(ct_tval_compare(r, ct_t_int(-1), ct_t_real(-1.5)) > 0);
    assert_true(ct_tval_compare(r, ct_t_int(0), ct_t_real(5e-324)) < 0);
}

static void order_of_texts_lists_and_moments(void **state)
{
    (void)state;
    assert_true(ct_tval_compare(r, text_value("a"), text_value("b")) < 0);
    assert_true(ct_tval_compare(r, text_value("ab"), text_value("a")) > 0);
    assert_true(ct_tval_compare(r, text_value("z"), text_value("é")) < 0);
    assert_true(ct_tval_compare(r, ct_t_datetime(5), ct_t_datetime(-5)) > 0);
    assert_true(ct_tval_compare(r, LIST(ct_t_int(1), ct_t_int(2)), LIST(ct_t_int(1), ct_t_int(3))) < 0);
    assert_true(ct_tval_compare(r, LIST(ct_t_int(1)), LIST(ct_t_int(1), ct_t_int(3))) < 0);
    assert_true(ct_tval_compare(r, TUPLE(ct_t_int(2)), TUPLE(ct_t_int(1), ct_t_int(3))) > 0);
    FAILS(ct_tval_compare(r, text_value("a"), ct_t_int(1)), "'<' not supported between instances of 'str' and 'int'");
    FAILS(ct_tval_compare(r, LIST(ct_t_none()), LIST(ct_t_int(1))),
          "'<' not supported between instances of 'NoneType' and 'int'");
    FAILS(ct_tval_compare(r, ct_t_int(1), missing_variable()), "'nothing' is undefined");
    FAILS(ct_tval_compare(r, row_value(&ada.row), row_value(&ada.row)),
          "'<' not supported between instances of 'Author' and 'Author'");
}

static void being_in(void **state)
{
    (void)state;
    const ct_value items[] = { CT_VALUE(1), CT_VALUE("x") };
    const ct_kv pairs[] = { CT_KV("key", "value") };
    assert_true(ct_tval_contains(r, text_value("smørrebrød"), text_value("brød")));
    assert_true(ct_tval_contains(r, text_value(""), text_value("")));
    assert_true(ct_tval_contains(r, array_value(items, 2), ct_t_real(1)));
    assert_false(ct_tval_contains(r, array_value(items, 2), ct_t_none()));
    assert_true(ct_tval_contains(r, map_value(pairs, 1), text_value("key")));
    assert_false(ct_tval_contains(r, map_value(pairs, 1), text_value("value")));
    assert_false(ct_tval_contains(r, map_value(pairs, 1), ct_t_int(1)));
    assert_false(ct_tval_contains(r, missing_variable(), ct_t_int(1)));
    FAILS(ct_tval_contains(r, text_value("a1"), ct_t_int(1)), "'in <string>' requires string as left operand, not int");
    FAILS(ct_tval_contains(r, ct_t_int(5), ct_t_int(1)), "argument of type 'int' is not iterable");
    FAILS(ct_tval_contains(r, map_value(pairs, 1), LIST(ct_t_none())), "unhashable type: 'list'");
}

/* A range knows without walking; its ends are the limits of the type. */
static void being_in_a_range(void **state)
{
    (void)state;
    ct_tval whole = range_value(INT64_MIN, INT64_MAX, 2, INT64_MAX), down = range_value(10, 0, -3, 4);
    assert_true(ct_tval_contains(r, whole, ct_t_int(INT64_MIN)));
    assert_true(ct_tval_contains(r, whole, ct_t_int(0)));
    assert_false(ct_tval_contains(r, whole, ct_t_int(1)));
    assert_false(ct_tval_contains(r, whole, ct_t_int(INT64_MAX)));
    assert_true(ct_tval_contains(r, down, ct_t_int(10)));
    assert_true(ct_tval_contains(r, down, ct_t_real(1)));
    assert_false(ct_tval_contains(r, down, ct_t_int(0)));
    assert_false(ct_tval_contains(r, down, ct_t_real(1.5)));
    assert_false(ct_tval_contains(r, down, text_value("1")));
}

/* ---- text ---- */

static void repr_quotes_and_escapes(void **state)
{
    (void)state;
    assert_string_equal(shown_repr(text_value("plain é 日")), "'plain é 日'");
    assert_string_equal(shown_repr(text_value("it's")), "\"it's\"");
    assert_string_equal(shown_repr(text_value("it's \"so\"")), "'it\\'s \"so\"'");
    assert_string_equal(shown_repr(text_value("a\\b\n\r\t\x01\x7f")), "'a\\\\b\\n\\r\\t\\x01\\x7f'");
    assert_string_equal(shown_repr(text_value("\xc2\xa0\xe2\x80\xa8\xf3\xa0\x81\x81")), "'\\xa0\\u2028\\U000e0041'");
    assert_string_equal(shown_repr(ct_t_safe_str(CT_STR("<b>"))), "Markup('<b>')");
    assert_string_equal(shown_repr(ct_t_datetime(CT_DAY + CT_HOUR)),
                        "datetime.datetime(1970, 1, 2, 1, 0, tzinfo=datetime.timezone.utc)");
    assert_string_equal(shown_repr(TUPLE(ct_t_int(1))), "(1,)");
    assert_string_equal(shown_repr(TUPLE(ct_t_int(1), LIST(text_value("a")))), "(1, ['a'])");
    assert_string_equal(shown_repr(range_value(0, 4, 1, 4)), "range(0, 4)");
    assert_string_equal(shown_repr(range_value(4, 0, -2, 2)), "range(4, 0, -2)");
}

static void reals_have_the_fewest_digits(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0, "0.0" },
        { -0.0, "-0.0" },
        { 1, "1.0" },
        { 0.1, "0.1" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
        { 1234567.891, "1234567.891" },
        { 0.0001, "0.0001" },
        { 0.00001, "1e-05" },
        { 9999999999999998, "9999999999999998.0" },
        { 1e16, "1e+16" },
        { 1.5e300, "1.5e+300" },
        { 5e-324, "5e-324" },
        { 2.2250738585072014e-308, "2.2250738585072014e-308" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { 9007199254740992, "9007199254740992.0" },
        { 0x1p-44, "5.684341886080802e-14" },
        { INFINITY, "inf" },
        { -INFINITY, "-inf" },
        { NAN, "nan" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(shown_value(ct_t_real(cases[i].value)), cases[i].text);
}

/* Broken UTF-8 of a program is shown as it is, counted and cut without reading past it. */
static void broken_text_stays_whole(void **state)
{
    (void)state;
    static const char broken[] = "\x80"
                                 "a\xff\xe2\x82";
    const ct_str text = { broken, sizeof(broken) - 1 };
    assert_int_equal(ct_utf8_count(text), 4);
    assert_string_equal(shown_value(ct_t_str(text)), broken);
    assert_int_equal(ct_text_case(r, ct_t_str(text), CT_CASE_UPPER).length, text.length);
    assert_memory_equal(ct_text_case(r, ct_t_str(text), CT_CASE_UPPER).text,
                        "\x80"
                        "A\xff\xe2\x82",
                        5);
    for (size_t i = 0; i <= text.length; i++)
        assert_true(ct_utf8_offset(text, i) <= text.length);
}

/* Every position of texts longer than a machine word, with characters of each width. */
static void positions_in_text(void **state)
{
    (void)state;
    static const char *const characters[] = { "a", "é", "日", "𝔘" };
    for (unsigned seed = 0; seed < 500; seed++) {
        char text[200];
        size_t starts[41], length = 0, count = seed % 40;
        unsigned random = seed * 2654435761u;
        for (size_t i = 0; i < count; i++, random = random * 1664525u + 1013904223u) {
            const char *character = characters[seed % 3 ? 0 : (random >> 16) % 4];
            if (seed % 7 == 0 && i == 20)
                character = "日";
            starts[i] = length;
            memcpy(text + length, character, strlen(character));
            length += strlen(character);
        }
        starts[count] = length;
        assert_int_equal(ct_utf8_count((ct_str){ text, length }), count);
        for (size_t i = 0; i <= count; i++)
            assert_int_equal(ct_utf8_offset((ct_str){ text, length }, i), starts[i]);
        assert_int_equal(ct_utf8_offset((ct_str){ text, length }, count + 1), length);
    }
}

/* The long way to search backwards is that of rolling hashes. */
static void searching_backwards(void **state)
{
    (void)state;
    char text[300];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i * i % 7 % 3);
    for (size_t length = 1; length <= 40; length++) {
        for (size_t at = 0; at + length <= sizeof(text); at += 3) {
            size_t expected = CT_NOT_FOUND;
            for (size_t i = 0; i + length <= sizeof(text); i++)
                if (memcmp(text + i, text + at, length) == 0)
                    expected = i;
            assert_int_equal(ct_text_rfind((ct_str){ text, sizeof(text) }, (ct_str){ text + at, length }), expected);
        }
        char other[40];
        memset(other, 'x', length);
        assert_int_equal(ct_text_rfind((ct_str){ text, sizeof(text) }, (ct_str){ other, length }), CT_NOT_FOUND);
    }
    assert_int_equal(ct_text_rfind((ct_str){ text, 5 }, (ct_str){ text, 6 }), CT_NOT_FOUND);
}

/* ---- what does not exist ---- */

static void undefined_is_silent_until_it_is_used(void **state)
{
    (void)state;
    const ct_kv pairs[] = { CT_KV("title", "x"), CT_KV("body", "y") };
    ct_tval typo = ct_t_undefined(CT_STR("titel"), CT_T_UNSET);
    values_input.pairs = pairs;
    values_input.pair_count = 2;
    assert_string_equal(shown_value(typo), "");
    assert_string_equal(shown_repr(typo), "Undefined");
    assert_true(ct_tval_equal(r, typo, missing_variable()));
    FAILS((ct_tval_fail_undefined(r, typo), 0), "'titel' is undefined; did you mean 'title'?");
    FAILS((ct_tval_fail_undefined(r, missing_variable()), 0), "'nothing' is undefined");
    r->strict = true;
    FAILS(ct_tval_text(r, typo), "'titel' is undefined; did you mean 'title'?");
    FAILS(ct_tval_equal(r, typo, ct_t_none()), "'titel' is undefined; did you mean 'title'?");
    FAILS(ct_tval_contains(r, typo, ct_t_none()), "'titel' is undefined; did you mean 'title'?");
    typo.flags = CT_T_LENIENT;
    assert_string_equal(shown_value(typo), "");
    assert_false(ct_tval_equal(r, typo, ct_t_none()));
    assert_false(ct_tval_contains(r, typo, ct_t_none()));
}

/* ---- nesting ---- */

static void lists_that_contain_themselves(void **state)
{
    (void)state;
    ct_tval list = LIST(ct_t_int(1)), other = LIST(ct_t_int(1));
    ct_tdict *dict = ct_tdict_new(r);
    ct_tlist_add(r, list.list, list);
    ct_tlist_add(r, other.list, other);
    ct_tdict_set(r, dict, text_value("me"), ct_t_dict(dict));
    assert_string_equal(shown_value(list), "[1, [...]]");
    assert_string_equal(shown_value(ct_t_dict(dict)), "{'me': {...}}");
    assert_string_equal(shown_value(TUPLE(list, list)), "([1, [...]], [1, [...]])");
    assert_true(ct_tval_equal(r, list, list));
    FAILS(ct_tval_equal(r, list, other), "nested too deeply");
    FAILS(ct_tval_compare(r, list, other), "nested too deeply");
}

static void deep_lists_end_the_render_and_not_the_process(void **state)
{
    (void)state;
    ct_tval a = LIST(ct_t_none()), b = LIST(ct_t_none()), key = TUPLE(ct_t_none());
    for (int i = 0; i < 100000; i++) {
        a = LIST(a);
        b = LIST(b);
        key = TUPLE(key);
    }
    FAILS(ct_tval_text(r, a), "nested too deeply");
    FAILS(ct_tval_equal(r, a, b), "nested too deeply");
    FAILS((ct_tdict_set(r, ct_tdict_new(r), key, a), 0), "nested too deeply");
}

/* Each holds the one before twice: 2^60 items in 60 lists. */
static void lists_that_fan_out_end_by_their_iterations(void **state)
{
    (void)state;
    ct_tval a = ct_t_list(ct_tlist_new(r, 0)), b = ct_t_list(ct_tlist_new(r, 0)), key = ct_t_tuple(ct_tlist_new(r, 0));
    for (int i = 0; i < 60; i++) {
        a = LIST(a, a);
        b = LIST(b, b);
        key = TUPLE(key, key);
    }
    const char *message = "more than 1000000 iterations (setting template_max_iterations)";
    FAILS(ct_tval_equal(r, a, b), message);
    r->steps_left = 1000000;
    FAILS(ct_tval_text(r, a), message);
    r->steps_left = 1000000;
    FAILS((ct_tdict_set(r, ct_tdict_new(r), key, a), 0), message);
}

/* ---- dictionaries ---- */

static void equal_keys_are_one_key(void **state)
{
    (void)state;
    ct_tdict *dict = ct_tdict_new(r);
    for (int more = 0; more < 2; more++) {
        ct_tdict_set(r, dict, ct_t_int(1), text_value("int"));
        ct_tdict_set(r, dict, ct_t_real(1), text_value("real"));
        ct_tdict_set(r, dict, ct_t_bool(true), text_value("bool"));
        ct_tdict_set(r, dict, TUPLE(ct_t_int(1), text_value("a")), text_value("tuple"));
        assert_string_equal(shown_value(*ct_tdict_find(r, dict, TUPLE(ct_t_real(1), text_value("a")))), "tuple");
        assert_string_equal(shown_value(*ct_tdict_find(r, dict, ct_t_int(1))), "bool");
        assert_null(ct_tdict_find(r, dict, text_value("1")));
        assert_null(ct_tdict_find(r, dict, ct_t_real(1.5)));
        assert_int_equal(dict->count, 2 + 100 * (uint32_t)more);
        for (int i = 0; i < 100; i++) /* long enough to be hashed the second time */
            ct_tdict_set(r, dict, ct_t_int(1000 + i), ct_t_none());
    }
    FAILS((ct_tdict_set(r, dict, TUPLE(LIST(ct_t_none())), ct_t_none()), 0), "unhashable type: 'list'");
    FAILS(ct_tdict_find(r, ct_tdict_new(r), ct_t_dict(dict)), "unhashable type: 'dict'");
}

/* Against a plain array that does the same. */
static void dictionaries_keep_what_they_are_given(void **state)
{
    (void)state;
    enum { KEYS = 64 };
    int64_t values[KEYS], order[KEYS], next = 0;
    unsigned random = 1;
    ct_tdict *dict = ct_tdict_new(r);
    for (int i = 0; i < KEYS; i++)
        values[i] = -1;
    for (int round = 0; round < 20000; round++) {
        random = random * 1664525u + 1013904223u;
        int key = (int)(random >> 20) % (round / 5000 % 2 ? KEYS : 6);
        if (random >> 16 & 1 || round % 1000 > 800) {
            assert_int_equal(ct_tdict_remove(r, dict, ct_t_int(key)), values[key] >= 0);
            values[key] = -1;
        } else {
            ct_tdict_set(r, dict, ct_t_int(key), ct_t_int(round));
            order[key] = values[key] < 0 ? next++ : order[key];
            values[key] = round;
        }
        const ct_tval *found = ct_tdict_find(r, dict, ct_t_int((key + 1) % KEYS));
        assert_int_equal(found ? found->integer : -1, values[(key + 1) % KEYS]);
        if (round % 100)
            continue;
        uint32_t at = 0, count = 0;
        int64_t last = -1;
        for (const ct_tentry *entry; (entry = ct_tdict_next(dict, &at)); count++) {
            assert_int_equal(entry->value.integer, values[entry->key.integer]);
            assert_true(order[entry->key.integer] > last);
            last = order[entry->key.integer];
        }
        assert_int_equal(count, dict->count);
    }
}

static void dictionaries_of_pairs(void **state)
{
    (void)state;
    const ct_kv pairs[] = { CT_KV("a", 1), CT_KV("b", 2) };
    ct_tval of_map = ct_t_dict(ct_tdict_of(r, map_value(pairs, 2)));
    ct_tval of_list = ct_t_dict(ct_tdict_of(r, LIST(ct_t_pair(r, text_value("a"), ct_t_int(1)), text_value("bc"))));
    assert_string_equal(shown_value(of_map), "{'a': 1, 'b': 2}");
    assert_string_equal(shown_value(of_list), "{'a': 1, 'b': 'c'}");
    FAILS(ct_tdict_of(r, LIST(ct_t_int(1))), "cannot convert dictionary update sequence element #0 to a sequence");
    FAILS(ct_tdict_of(r, LIST(text_value("ab"), text_value("abc"))),
          "dictionary update sequence element #1 has length 3; 2 is required");
}

/* The memory of a render is limited; a list that grows past it ends the render. */
static void memory_has_a_limit(void **state)
{
    (void)state;
    ct_arena_finish(&values_arena);
    ct_arena_init(&values_arena, NULL, 100000);
    ct_tlist *list = ct_tlist_new(r, 0);
    if (_setjmp(r->failed) == 0) {
        for (;;)
            ct_tlist_add(r, list, ct_t_none());
    }
    assert_string_equal(values_error.message, "the page takes more memory than it may (setting request_memory)");
    assert_in_range(list->count, 1000, 100000 / sizeof(ct_tval));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VALUES_TEST(values_of_c_show_as_python_would),
        VALUES_TEST(fields_of_rows_of_every_kind),
        VALUES_TEST(rows_show_their_shape_or_what_they_say_themselves),
        VALUES_TEST(truth_is_pythons),
        VALUES_TEST(length_counts_items_and_code_points),
        VALUES_TEST(equal_across_kinds),
        VALUES_TEST(integers_and_reals_compare_exactly),
        VALUES_TEST(order_of_texts_lists_and_moments),
        VALUES_TEST(being_in),
        VALUES_TEST(being_in_a_range),
        VALUES_TEST(repr_quotes_and_escapes),
        VALUES_TEST(reals_have_the_fewest_digits),
        VALUES_TEST(broken_text_stays_whole),
        VALUES_TEST(positions_in_text),
        VALUES_TEST(searching_backwards),
        VALUES_TEST(undefined_is_silent_until_it_is_used),
        VALUES_TEST(lists_that_contain_themselves),
        VALUES_TEST(deep_lists_end_the_render_and_not_the_process),
        VALUES_TEST(lists_that_fan_out_end_by_their_iterations),
        VALUES_TEST(equal_keys_are_one_key),
        VALUES_TEST(dictionaries_keep_what_they_are_given),
        VALUES_TEST(dictionaries_of_pairs),
        VALUES_TEST(memory_has_a_limit),
    };
    return cmocka_run_group_tests_name("tval", tests, NULL, NULL);
}
