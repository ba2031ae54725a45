/* Parts of values: what a.b, a[b] and slices give in Jinja and in Django, for values of C and of templates alike, what
 * is said of a part that does not exist, and that walking a value never leaves it. */
#include "values.h"

#include "shape/value.h"

typedef struct question {
    ct_row row;
    const char *title;
    int64_t votes;
    struct question *parent;
} question;

static ct_value question_short(ct *c, const ct_row *row)
{
    (void)c;
    return ct_value_of_int(((const question *)row)->votes * 2);
}

static ct_value question_text(ct *c, const ct_row *row)
{
    (void)c;
    (void)row;
    return ct_value_of_text("secret");
}

static const ct_shape question_shape;
static const ct_field question_fields[] = {
    { .name = "title", .kind = CT_KIND_text, .offset = offsetof(question, title) },
    { .name = "votes", .kind = CT_KIND_integer, .offset = offsetof(question, votes) },
    { .name = "parent", .kind = CT_KIND_row, .offset = offsetof(question, parent), .to = &question_shape },
    { .name = "double_votes", .kind = CT_KIND_method, .method = question_short },
    { .name = "__str__", .kind = CT_KIND_method, .method = question_text },
};
static const ct_shape question_shape = {
    .name = "Question", .size = sizeof(question), .field_count = CT_COUNT(question_fields), .fields = question_fields
};

static question first = { { .shape = &question_shape }, "First", 3, NULL };
static question second = { { .shape = &question_shape }, "Second", 4, &first };

static ct_tval row_value(void)
{
    return ct_tval_of(ct_value_of_row(&second.row));
}

static ct_tval rows_value(void)
{
    static ct_row *items[] = { &first.row, &second.row };
    static const ct_rows rows = { .shape = &question_shape, .count = 2, .capacity = 2, .items = items };
    return ct_tval_of(ct_value_of_rows(&rows));
}

/* {"title": "Map", "items": 7, "1": "one"} from C and of a template. */
static ct_tval map_value(void)
{
    ct_map *map = ct_map_in(&values_arena, 1);
    ct_map_put(map, "title", CT_VALUE("Map"));
    ct_map_put(map, "items", CT_VALUE(7));
    ct_map_put(map, "1", CT_VALUE("one"));
    return ct_tval_of(ct_value_of_map(map));
}

static ct_tval dict_value(void)
{
    return ct_t_dict(ct_tdict_of(r, map_value()));
}

static ct_tval array_value(void)
{
    ct_array *array = ct_array_in(&values_arena, 1);
    for (int i = 0; i < 5; i++)
        ct_array_put(array, CT_VALUE(i));
    return ct_tval_of(ct_value_of_array(array));
}

static ct_tval range_value(int64_t start, int64_t stop, int64_t step, int64_t count)
{
    ct_trange *range = ct_render_take(r, sizeof(*range));
    *range = (ct_trange){ start, stop, step, count };
    return (ct_tval){ .type = CT_T_RANGE, .range = range };
}

/* An object with an attribute, an item and a method, and a function's place for Django to call. */
static ct_tval get(ct_renderer *render, ct_tobject *object, ct_str name)
{
    (void)render;
    (void)object;
    return ct_str_eq(name, CT_STR("color")) ? CT_T_LITERAL("red") : ct_t_unset();
}

static ct_tval item(ct_renderer *render, ct_tobject *object, ct_tval key)
{
    (void)render;
    (void)object;
    return key.type == CT_T_INT || ct_str_eq(ct_t_get_str(key), CT_STR("size")) ? ct_t_int(42) : ct_t_unset();
}

static ct_tval greet(ct_renderer *render, const ct_tval *args, uint32_t count)
{
    (void)render;
    (void)args;
    (void)count;
    return CT_T_LITERAL("hello");
}

static const ct_fn thing_methods[] = {
    { "greet", greet, "self", 0 },
    { "greet_by_name", greet, "self, name", 0 },
    { .name = NULL },
};
static const ct_tclass thing_class = { .name = "thing", .get = get, .item = item, .methods = thing_methods };
static ct_tobject thing = { &thing_class };

#define ATTRIBUTE(v, name) shown_value(ct_tval_attribute(r, (v), CT_STR(name)))
#define LOOKUP(v, name) shown_value(ct_tval_lookup(r, (v), CT_STR(name)))
#define ITEM(v, key) shown_value(ct_tval_item(r, (v), (key)))

/* ---- attributes and items ---- */

static void jinjas_dot(void **state)
{
    (void)state;
    assert_string_equal(ATTRIBUTE(map_value(), "title"), "Map");
    assert_string_equal(ATTRIBUTE(dict_value(), "title"), "Map");
    assert_string_equal(ATTRIBUTE(map_value(), "items"), "<method items>");
    assert_string_equal(ATTRIBUTE(dict_value(), "items"), "<method items>");
    assert_string_equal(ATTRIBUTE(row_value(), "title"), "Second");
    assert_string_equal(ATTRIBUTE(row_value(), "double_votes"), "8");
    assert_string_equal(ATTRIBUTE(ct_tval_attribute(r, row_value(), CT_STR("parent")), "title"), "First");
    assert_string_equal(ATTRIBUTE(ct_t_object(&thing), "color"), "red");
    assert_string_equal(ATTRIBUTE(ct_t_object(&thing), "size"), "42");
    assert_string_equal(ATTRIBUTE(ct_t_object(&thing), "greet"), "<method greet>");
    assert_string_equal(ATTRIBUTE(text_value("a"), "upper"), "<method upper>");
    assert_string_equal(ATTRIBUTE(array_value(), "index"), "<method index>");
    assert_string_equal(ATTRIBUTE(rows_value(), "count"), "<method count>");
}

static void jinjas_brackets(void **state)
{
    (void)state;
    assert_string_equal(ITEM(map_value(), text_value("items")), "7");
    assert_string_equal(ITEM(dict_value(), text_value("items")), "7");
    assert_string_equal(ITEM(dict_value(), text_value("keys")), "<method keys>");
    assert_string_equal(ITEM(row_value(), text_value("votes")), "4");
    assert_string_equal(ITEM(ct_t_object(&thing), text_value("color")), "red");
    assert_string_equal(ITEM(ct_t_object(&thing), ct_t_int(0)), "42");
    assert_string_equal(ITEM(array_value(), ct_t_int(4)), "4");
    assert_string_equal(ITEM(array_value(), ct_t_int(-5)), "0");
    assert_string_equal(ITEM(array_value(), ct_t_bool(true)), "1");
    assert_string_equal(ITEM(array_value(), ct_t_int(5)), "");
    assert_string_equal(ITEM(array_value(), ct_t_int(-6)), "");
    assert_string_equal(ITEM(array_value(), ct_t_int(INT64_MIN)), "");
    assert_string_equal(ITEM(array_value(), ct_t_real(1)), "");
    assert_string_equal(ITEM(rows_value(), ct_t_int(-1)), "secret");
    assert_string_equal(ITEM(text_value("né日"), ct_t_int(1)), "é");
    assert_string_equal(ITEM(text_value("né日"), ct_t_int(-1)), "日");
    assert_string_equal(ITEM(text_value("né日"), ct_t_int(3)), "");
    assert_string_equal(ITEM(text_value("né日"), ct_t_int(-4)), "");
    assert_string_equal(ITEM(range_value(10, 0, -3, 4), ct_t_int(-1)), "1");
    assert_string_equal(ITEM(ct_t_int(5), ct_t_int(0)), "");
    assert_string_equal(ITEM(dict_value(), LIST(ct_t_none())), "");
    assert_true(ct_t_is_safe(ct_tval_item(r, ct_t_safe_str(CT_STR("<b>")), ct_t_int(0))));
}

static void djangos_dot(void **state)
{
    (void)state;
    assert_string_equal(LOOKUP(map_value(), "items"), "7");
    assert_string_equal(LOOKUP(dict_value(), "items"), "7");
    assert_string_equal(LOOKUP(dict_value(), "keys"), "['title', 'items', '1']");
    assert_string_equal(LOOKUP(map_value(), "1"), "one");
    assert_string_equal(LOOKUP(array_value(), "3"), "3");
    assert_string_equal(LOOKUP(array_value(), "5"), "");
    assert_string_equal(LOOKUP(array_value(), "99999999999999999999"), "");
    assert_string_equal(LOOKUP(text_value("abc"), "upper"), "ABC");
    assert_string_equal(LOOKUP(text_value("abc"), "1"), "b");
    assert_string_equal(LOOKUP(row_value(), "double_votes"), "8");
    assert_string_equal(LOOKUP(ct_t_object(&thing), "greet"), "hello");
    /* Methods that want arguments, what is Python's own, and what is missing: nothing, and nothing of nothing. */
    assert_string_equal(LOOKUP(ct_t_object(&thing), "greet_by_name"), "");
    assert_string_equal(LOOKUP(text_value("abc"), "replace"), "");
    assert_string_equal(LOOKUP(row_value(), "__str__"), "");
    assert_string_equal(LOOKUP(row_value(), "_title"), "");
    assert_string_equal(LOOKUP(ct_t_none(), "title"), "");
    assert_string_equal(LOOKUP(ct_tval_lookup(r, row_value(), CT_STR("a")), "b"), "");
    ct_tdict *numbers = ct_tdict_new(r);
    ct_tdict_set(r, numbers, ct_t_int(7), text_value("seven"));
    assert_string_equal(LOOKUP(ct_t_dict(numbers), "7"), "seven");
}

static void moments_have_parts(void **state)
{
    (void)state;
    static const char *const names[] = { "year", "month", "day", "hour", "minute", "second", "microsecond" };
    static const int64_t parts[] = { 2024, 2, 29, 23, 59, 58, 123456 };
    ct_tval moment = ct_t_datetime(INT64_C(1709251198123456));
    for (size_t i = 0; i < CT_COUNT(names); i++)
        assert_int_equal(ct_tval_attribute(r, moment, ct_str_of(names[i])).integer, parts[i]);
    ct_tval day = moment;
    day.flags = CT_T_DAY;
    assert_string_equal(shown_value(day), "2024-02-29");
    assert_string_equal(ATTRIBUTE(day, "day"), "29");
    assert_string_equal(ATTRIBUTE(day, "hour"), "");
}

/* ---- what does not exist ---- */

static void messages_say_whose_part_is_missing(void **state)
{
    (void)state;
    struct {
        ct_tval v;
        const char *message;
    } cases[] = {
        { ct_tval_attribute(r, row_value(), CT_STR("titel")),
          "'Question object' has no attribute 'titel'; did you mean 'title'?" },
        { ct_tval_attribute(r, row_value(), CT_STR("__str__")), "'Question object' has no attribute '__str__'" },
        { ct_tval_attribute(r, ct_t_object(&thing), CT_STR("weight")), "'thing object' has no attribute 'weight'" },
        { ct_tval_attribute(r, dict_value(), CT_STR("weight")), "'dict object' has no attribute 'weight'" },
        { ct_tval_attribute(r, map_value(), CT_STR("__class__")), "'dict object' has no attribute '__class__'" },
        { ct_tval_attribute(r, ct_t_none(), CT_STR("x")), "'None' has no attribute 'x'" },
        { ct_tval_item(r, array_value(), ct_t_int(9)), "list object has no element 9" },
        { ct_tval_item(r, ct_t_none(), ct_t_int(9)), "None has no element 9" },
        { ct_tval_item(r, dict_value(), text_value("two\nlines")), "'dict object' has no attribute 'two\\nlines'" },
        { ct_tval_item(r, row_value(), TUPLE(ct_t_int(1))), "Question object has no element (1,)" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        assert_int_equal(cases[i].v.type, CT_T_UNDEFINED);
        FAILS((ct_tval_fail_undefined(r, cases[i].v), 0), cases[i].message);
        FAILS(ct_tval_attribute(r, cases[i].v, CT_STR("more")), cases[i].message);
        FAILS(ct_tval_item(r, cases[i].v, ct_t_int(0)), cases[i].message);
    }
    r->strict = true; /* a dictionary is remembered only there, for misses are ordinary elsewhere */
    FAILS((ct_tval_fail_undefined(r, ct_tval_attribute(r, map_value(), CT_STR("titel"))), 0),
          "'dict object' has no attribute 'titel'; did you mean 'title'?");
    FAILS((ct_tval_fail_undefined(r, ct_tval_item(r, dict_value(), text_value("titel"))), 0),
          "'dict object' has no attribute 'titel'; did you mean 'title'?");
    r->strict = false;
}

/* ---- slices ---- */

static const char *slice(ct_tval v, int64_t start, int64_t stop, int64_t step)
{
    return shown_value(ct_tval_slice(r, v, ct_t_int(start), ct_t_int(stop), ct_t_int(step)));
}

#define NONE ct_t_none()
#define UNSET ct_t_unset()

static void slices(void **state)
{
    (void)state;
    ct_tval word = text_value("aé日𝔘z");
    assert_string_equal(slice(word, 1, 4, 1), "é日𝔘");
    assert_string_equal(slice(word, -2, 99, 1), "𝔘z");
    assert_string_equal(slice(word, 4, -6, -2), "z日a");
    assert_string_equal(slice(word, INT64_MIN, INT64_MAX, 2), "a日z");
    assert_string_equal(slice(word, INT64_MAX, INT64_MIN, INT64_MIN), "z");
    assert_string_equal(slice(word, 3, 3, 1), "");
    assert_string_equal(slice(text_value(""), 0, 5, -1), "");
    assert_string_equal(shown_value(ct_tval_slice(r, word, UNSET, UNSET, ct_t_int(-1))), "z𝔘日éa");
    assert_string_equal(shown_value(ct_tval_slice(r, word, NONE, ct_t_int(2), NONE)), "aé");
    assert_string_equal(slice(array_value(), 1, -1, 2), "[1, 3]");
    assert_string_equal(slice(TUPLE(ct_t_int(1), ct_t_int(2)), 0, 1, 1), "(1,)");
    assert_string_equal(slice(rows_value(), 0, 1, 1), "[<Question: secret>]");
    assert_string_equal(slice(range_value(0, 10, 1, 10), 8, 2, -3), "range(8, 2, -3)");
    assert_true(ct_t_is_safe(ct_tval_slice(r, ct_t_safe_str(CT_STR("<b>")), NONE, NONE, ct_t_int(-1))));
    FAILS(ct_tval_slice(r, word, NONE, NONE, ct_t_int(0)), "slice step cannot be zero");
    FAILS(ct_tval_slice(r, word, text_value("1"), NONE, NONE), "slice indices must be integers or None, not 'str'");
    FAILS(ct_tval_slice(r, ct_t_int(1), NONE, NONE, NONE), "'int' object is not subscriptable");
    FAILS(ct_tval_slice(r, dict_value(), NONE, NONE, NONE), "unhashable type: 'slice'");
    ct_tval wide = range_value(INT64_MIN, INT64_MAX, INT64_MAX, 3);
    FAILS(ct_tval_slice(r, wide, NONE, NONE, ct_t_int(2)), "the slice of the range has numbers that are too large");
}

/* ---- paths ---- */

static void paths(void **state)
{
    (void)state;
    ct_tval fallback = text_value("none");
    ct_tval nested = LIST(dict_value(), row_value());
    assert_string_equal(shown_value(ct_tval_path(r, nested, text_value("1.parent.title"), UNSET)), "First");
    assert_string_equal(shown_value(ct_tval_path(r, nested, text_value("0.items"), UNSET)), "7");
    assert_string_equal(shown_value(ct_tval_path(r, nested, ct_t_int(-1), UNSET)), "secret");
    assert_string_equal(shown_value(ct_tval_path(r, nested, UNSET, UNSET)), shown_value(nested));
    assert_int_equal(ct_tval_path(r, nested, text_value("1.nope"), UNSET).type, CT_T_UNDEFINED);
    assert_string_equal(shown_value(ct_tval_path(r, nested, text_value("1.nope"), fallback)), "none");
    assert_string_equal(shown_value(ct_tval_path(r, nested, text_value("9"), fallback)), "none");
    FAILS(ct_tval_path(r, nested, text_value("1.nope.more"), UNSET), "'Question object' has no attribute 'nope'");
    assert_int_equal(ct_tval_path(r, nested, text_value(""), UNSET).type, CT_T_UNDEFINED);
}

/* ---- walking ---- */

static const char *walked(ct_tval v)
{
    ct_seq seq;
    ct_tlist *list = ct_tlist_new(r, 0);
    ct_seq_init(r, &seq, v);
    for (uint32_t i = 0; i < seq.count; i++)
        ct_tlist_add(r, list, ct_seq_at(r, &seq, i));
    return shown_value(ct_t_list(list));
}

static void walking_everything(void **state)
{
    (void)state;
    ct_tval holes = dict_value();
    ct_tdict_remove(r, holes.dict, text_value("items"));
    assert_string_equal(walked(array_value()), "[0, 1, 2, 3, 4]");
    assert_string_equal(walked(rows_value()), "[<Question: secret>, <Question: secret>]");
    assert_string_equal(walked(map_value()), "['title', 'items', '1']");
    assert_string_equal(walked(dict_value()), "['title', 'items', '1']");
    assert_string_equal(walked(holes), "['title', '1']");
    assert_string_equal(walked(TUPLE(ct_t_int(1))), "[1]");
    assert_string_equal(walked(range_value(INT64_MAX, INT64_MIN, INT64_MIN, 2)), "[9223372036854775807, -1]");
    assert_string_equal(walked(ct_t_safe_str(CT_STR("<é"))), "['<', 'é']");
    assert_string_equal(walked(ct_t_undefined(CT_STR("x"), CT_T_UNSET)), "[]");
    FAILS(walked(ct_t_none()), "'NoneType' object is not iterable");
    FAILS(walked(row_value()), "'Question' object is not iterable");
    FAILS(walked(range_value(0, INT64_MAX, 1, INT64_MAX)), "the range has more than 4294967295 items");
    r->strict = true;
    FAILS(walked(ct_t_undefined(CT_STR("x"), CT_T_UNSET)), "'x' is undefined");
}

/* What changes while it is walked is never read where it no longer is. */
static void walking_what_changes(void **state)
{
    (void)state;
    ct_seq seq;
    ct_tval list = LIST(ct_t_int(1), ct_t_int(2)), dict = dict_value();
    ct_seq_init(r, &seq, list);
    list.list->count = 1;
    assert_string_equal(shown_value(ct_seq_at(r, &seq, 0)), "1");
    assert_int_equal(ct_seq_at(r, &seq, 1).type, CT_T_UNDEFINED);
    ct_seq_init(r, &seq, dict);
    ct_tdict_remove(r, dict.dict, text_value("title"));
    FAILS(ct_seq_at(r, &seq, 0), "the dictionary changed its size while it was walked");
    ct_tdict_set(r, dict.dict, text_value("new"), ct_t_none());
    assert_string_equal(shown_value(ct_seq_at(r, &seq, 0)), "items");
    assert_string_equal(shown_value(ct_seq_at(r, &seq, 2)), "new");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VALUES_TEST(jinjas_dot),
        VALUES_TEST(jinjas_brackets),
        VALUES_TEST(djangos_dot),
        VALUES_TEST(moments_have_parts),
        VALUES_TEST(messages_say_whose_part_is_missing),
        VALUES_TEST(slices),
        VALUES_TEST(paths),
        VALUES_TEST(walking_everything),
        VALUES_TEST(walking_what_changes),
    };
    return cmocka_run_group_tests_name("tval_access", tests, NULL, NULL);
}
