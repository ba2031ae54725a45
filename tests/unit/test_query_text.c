/* Text from users never becomes SQL, wherever it stands; names that the program gives are looked up, not believed; JSON
 * and arrays; and what a query costs when it is asked again. */
#include "database.h"

#include "shape/json_read.h"

CT_MODEL_DECLARE(Note);
CT_MODEL_DECLARE(Person);
CT_MODEL(Person, (text, name), (has_many, notes, Note, person));
CT_MODEL(Note, (text, body), (json, data, .null = true), (array, words, text, .null = true),
         (array, numbers, integer, .null = true), (ref, person, Person, .null = true, .on_delete = CT_CASCADE),
         (decimal, price, .null = true, .max_digits = 12, .decimal_places = 2), (integer, size, .default_value = "0"));

static const ct_app app = { .name = "notes", .models = MODELS(Person, Note) };

static const char *const hostile[] = {
    "'; drop table notes_note; --",
    "\"; drop table notes_note; --",
    "' or '1'='1",
    "\\' or 1=1 --",
    "$1",
    "?1",
    "?",
    ":name",
    "%s%n%d",
    "*/ select 1 /*",
    "a' || (select body from notes_note) || '",
    "E'\\x27'",
    "$$; select 1; $$",
    "\xc3\xa4'\xe2\x82\xac",
    "{\"a\": \"b\"}",
    "[0]",
    "1); delete from notes_note; --",
};

static void values_stay_values(ct *c)
{
    make_tables(c);
    for (size_t i = 0; i < CT_COUNT(hostile); i++) {
        const char *text = hostile[i];
        Note *note = ct_create(c, Note, .body = text);
        assert_string_equal(ct_only(c, Note, .body = EQ(text))->body, text);
        assert_int_equal(ct_count(c, Note, .body = IN(text, "x")), 1);
        assert_int_equal(ct_count(c, Note, .body = NOT_IN(text)), i);
        assert_int_equal(ct_count(c, Note, .body = NE(text)), i);
        assert_int_equal(ct_count(c, Note, .body = BETWEEN(text, text)), 1);
        assert_true(ct_exists(c, Note, .body = CONTAINS(text), .id = EQ(note->id)));
        assert_true(ct_exists(c, Note, .body = STARTS(text), .id = EQ(note->id)));
        assert_true(ct_exists(c, Note, .body = ENDS(text), .id = EQ(note->id)));
        assert_true(ct_exists(c, Note, .body = IEXACT(text), .id = EQ(note->id)));
        assert_true(ct_exists(c, Note, .body = ICONTAINS(text), .id = EQ(note->id)));
        assert_true(ct_exists(c, Note, .body = ISTARTS(text), .id = EQ(note->id)));
        assert_true(ct_exists(c, Note, .body = IENDS(text), .id = EQ(note->id)));
        assert_int_equal(ct_count(c, Note, .any = ANY_OF(Note, { .body = EQ(text) }, { .id = EQ(-1) })), 1);
        assert_int_equal(ct_count(c, Note, .none = NONE_OF(Note, { .body = EQ(text) })), i);
        ct_update(c, note, .data = SET(CT_VALUE(text)), .words = SET(ct_array_new(c)));
        assert_true(ct_exists(c, Note, .data = JSON_EQ("", text), .id = EQ(note->id)));
        ct_array *words = ct_array_new(c);
        ct_array_add(words, text);
        ct_update(c, note, .words = SET(words));
        assert_true(ct_exists(c, Note, .words = HAS(text), .id = EQ(note->id)));
        Person *person = ct_create(c, Person, .name = text);
        ct_update(c, note, .person_id = SET(person->id));
        assert_int_equal(ct_only(c, Note, .person = WHERE(Person, .name = EQ(text)))->id, note->id);
        assert_int_equal(ct_only(c, Person, .notes = WHERE(Note, .body = EQ(text)))->id, person->id);
        const Note *next = ct_first(c, Note, .order_by = "body", .after = note);
        assert_true(!next || strcmp(next->body, text) != 0);
        const char *many[100];
        for (size_t m = 0; m < CT_COUNT(many); m++)
            many[m] = m % 2 ? text : ct_printf(c, "%s%zu", text, m);
        assert_int_equal(ct_count(c, Note, .body = IN_ARRAY(many, CT_COUNT(many))), 1);
    }
    assert_int_equal(ct_count(c, Note), CT_COUNT(hostile));
}

/* What people may send must not be the program's mistake. */
static void hostile_values_are_refused_or_found_nowhere(ct *c)
{
    make_tables(c);
    ct_create(c, Note, .body = "one");
    char *huge = ct_alloc(c, 60001);
    memset(huge, '%', 60000);
    huge[60000] = '\0';
    assert_int_equal(ct_count(c, Note, .body = EQ(huge)), 0);
    assert_int_equal(ct_count(c, Note, .body = CONTAINS(huge)), 0);
    if (strncmp(database_run.url, "sqlite:", 7) == 0)
        assert_aborts_with(c, 422, "cannot be searched for", (void)ct_count(c, Note, .body = ICONTAINS(huge)));
    else
        assert_int_equal(ct_count(c, Note, .body = ICONTAINS(huge)), 0);
    assert_aborts_with(c, 422, "", (void)ct_count(c, Note, .body = EQ("\xff")));
    assert_aborts_with(c, 422, "", (void)ct_count(c, Note, .body = ICONTAINS("\xc3(")));
    assert_int_equal(ct_count(c, Note, .size = GT(INT64_MAX)), 0);
    assert_int_equal(ct_count(c, Note, .price = EQ(ct_decimal_of(c, "99999999999999999999999999999999999999"))), 0);
}

/* As a program would that takes them from a request. */
static void names_are_looked_up(ct *c)
{
    make_tables(c);
    ct_create(c, Note, .body = "one");
    for (size_t i = 0; i < CT_COUNT(hostile); i++) {
        const char *text = hostile[i];
        assert_aborts_with(c, 500, "test_query_text.c:", (void)ct_select(c, Note, .order_by = text));
        assert_aborts_with(c, 500,
                           "test_query_text.c:", (void)ct_select(c, Note, .order_by = ct_printf(c, "lower(%s)", text)));
        assert_aborts_with(c, 500,
                           "test_query_text.c:", (void)ct_select(c, Note, .order_by = ct_printf(c, "person.%s", text)));
        assert_aborts_with(c, 500, "test_query_text.c:", (void)ct_select(c, Note, .with = text));
        assert_aborts_with(c, 500, "test_query_text.c:", (void)ct_select(c, Note, .only = text));
        assert_aborts_with(c, 500, "test_query_text.c:", (void)ct_select(c, Note, .defer = text));
        assert_aborts_with(c, 500, "", (void)ct_select(c, Note, .distinct_on = text));
        assert_aborts_with(c, 500, "", (void)ct_select(c, Note, .using = text));
        assert_aborts_with(c, 500, "test_query_text.c:", (void)ct_values(c, Note, text));
    }
    assert_int_equal(ct_count(c, Note), 1);
}

static void mistakes_say_what_is_meant(ct *c)
{
    make_tables(c);
    assert_aborts_with(c, 500, ".order_by: notes.Note has no field \"bdoy\"; did you mean \"body\"?",
                       (void)ct_select(c, Note, .order_by = "-bdoy"));
    assert_aborts_with(c, 500, ".with: notes.Note has no field \"persn\"; did you mean \"person\"?",
                       (void)ct_select(c, Note, .with = "persn"));
    assert_aborts_with(c, 500, ".with: notes.Person has no field \"note\"; did you mean \"notes\"?",
                       (void)ct_select(c, Note, .with = "person.note"));
    assert_aborts_with(c, 500, ".with: body of notes.Note is of kind text and no relation",
                       (void)ct_select(c, Note, .with = "body"));
    assert_aborts_with(c, 500, ".only: notes.Note has no field \"pric\"; did you mean \"price\"?",
                       (void)ct_select(c, Note, .only = "body, pric"));
    assert_aborts_with(c, 500, ".only: notes of notes.Person has no column",
                       (void)ct_select(c, Person, .only = "notes"));
    assert_aborts_with(c, 500, ".order_by: notes of notes.Person leads to many rows",
                       (void)ct_select(c, Person, .order_by = "notes.body"));
    assert_aborts_with(c, 500, ".order_by: data is of kind json, which has no order",
                       (void)ct_select(c, Note, .order_by = "data"));
    assert_aborts_with(c, 500, "there is no function sqrt(): there are lower, upper, length, abs and random",
                       (void)ct_select(c, Note, .order_by = "sqrt(size)"));
    assert_aborts_with(c, 500, "lower() does not fit size, which is of kind integer",
                       (void)ct_select(c, Note, .order_by = "lower(size)"));
    assert_aborts_with(c, 500, ".body = EQ of NULL: write IS_NULL or NOT_NULL",
                       (void)ct_select(c, Note, .body = EQ((const char *)NULL)));
    assert_aborts_with(c, 500, ".body = CONTAINS of NULL", (void)ct_select(c, Note, .body = CONTAINS(NULL)));
    assert_aborts_with(c, 500, ".body = IN of NULL", (void)ct_select(c, Note, .body = IN("a", NULL)));
    assert_aborts_with(c, 500, ".limit is less than 0", (void)ct_select(c, Note, .limit = -1));
    assert_aborts_with(c, 500, ".lock outside of a transaction locks nothing",
                       (void)ct_select(c, Note, .lock = CT_FOR_UPDATE));
    assert_aborts_with(c, 500, ".limit is an option of the whole query",
                       (void)ct_select(c, Note, .person = WHERE(Person, .limit = 3)));
    assert_aborts_with(c, 500, ".only and .defer together", (void)ct_select(c, Note, .only = "body", .defer = "size"));
    assert_aborts_with(c, 500, ".size = EQ_FIELD(Note, body): kind integer cannot be compared with kind text",
                       (void)ct_select(c, Note, .size = EQ_FIELD(Note, body)));
    assert_aborts_with(c, 500, "ct_last() of a part of the rows", (void)ct_last(c, Note, .limit = 3));
    assert_aborts_with(c, 500, "nothing is behind a row in a random order",
                       (void)ct_select(c, Note, .order_by = "random()", .after = ct_create(c, Note, .body = "x")));
    assert_aborts_with(c, 500, "JSON_EQ(\"a..b\"): no path", (void)ct_select(c, Note, .data = JSON_EQ("a..b", 1)));
    assert_aborts_with(c, 500, "is not among the values that .distinct tells apart",
                       (void)ct_values(c, Note, "size", .distinct = true, .order_by = "body"));
    assert_aborts_with(c, 500, "conditions more than 32 levels deep", ({
                           Note_query deep[40];
                           memset(deep, 0, sizeof(deep));
                           Person_query between[40];
                           memset(between, 0, sizeof(between));
                           for (size_t i = 0; i < 39; i++) {
                               deep[i].person = &between[i];
                               between[i].notes = &deep[i + 1];
                           }
                           (void)ct_select(c, Note, .person = &between[0]);
                       }));
}

/* ---- json, arrays ---- */

static ct_value json_of(ct *c, const char *text)
{
    ct_value value;
    ct_error error;
    if (!ct_json_read(ct_str_of(text), c->arena, &value, &error))
        fail_msg("%s", error.message);
    return value;
}

static void json_is_asked(ct *c)
{
    make_tables(c);
    const int64_t first =
        ct_create(c, Note, .body = "1",
                  .data =
                      json_of(c, "{\"a\":{\"b\":[1,2.5,\"x\"]},\"t\":true,\"n\":null,\"s\":\"it's\",\"k\":[1,[2,3]]}"))
            ->id;
    ct_create(c, Note, .body = "2", .data = json_of(c, "[1,2]"));
    ct_create(c, Note, .body = "3");
#define assert_first(is, condition) assert_int_equal(ct_exists(c, Note, .id = EQ(first), .data = condition), is)
    assert_first(true, JSON_HAS("a"));
    assert_first(true, JSON_HAS("a.b[2]"));
    assert_first(false, JSON_HAS("a.b[3]"));
    assert_first(false, JSON_HAS("z"));
    assert_first(true, JSON_HAS("n"));
    assert_first(true, JSON_EQ("a.b[0]", 1));
    assert_first(true, JSON_EQ("a.b[0]", 1.0));
    assert_first(true, JSON_EQ("a.b[1]", 2.5));
    assert_first(false, JSON_EQ("a.b[0]", "1"));
    assert_first(true, JSON_EQ("t", true));
    assert_first(false, JSON_EQ("t", 1));
    assert_first(true, JSON_EQ("s", "it's"));
    assert_first(true, JSON_EQ("n", ct_value_null()));
    assert_first(false, JSON_EQ("z", ct_value_null()));
    assert_first(true, JSON_CONTAINS(json_of(c, "{\"s\":\"it's\",\"t\":true}")));
    assert_first(true, JSON_CONTAINS(json_of(c, "{\"a\":{\"b\":[2.5]}}")));
    assert_first(false, JSON_CONTAINS(json_of(c, "{\"a\":{\"b\":[7]}}")));
    assert_int_equal(ct_count(c, Note, .data = JSON_CONTAINS(json_of(c, "[2]"))), 1);
    assert_int_equal(ct_count(c, Note, .data = JSON_CONTAINS(2)), 1);
    assert_int_equal(ct_count(c, Note, .data = JSON_EQ("[1]", 2)), 1);
    assert_int_equal(ct_count(c, Note, .data = IS_NULL), 1);
    ct_array *words = ct_array_new(c), *numbers = ct_array_new(c);
    ct_array_add(words, "red");
    ct_array_add(words, "blue");
    ct_array_add(numbers, 7);
    ct_create(c, Note, .body = "4", .words = words, .numbers = numbers);
    assert_int_equal(ct_count(c, Note, .words = HAS("red")), 1);
    assert_int_equal(ct_count(c, Note, .words = HAS("re")), 0);
    assert_int_equal(ct_count(c, Note, .numbers = HAS(7)), 1);
    assert_int_equal(ct_count(c, Note, .words = IS_NULL), 3);
    Note *note = ct_only(c, Note, .id = EQ(first));
    assert_string_equal(ct_to_json(c, ct_map_get(note->data.map, "a")), "{\"b\":[1,2.5,\"x\"]}");
    ct_map_set((ct_map *)note->data.map, "s", "changed in place");
    ct_save(c, note);
    assert_int_equal(ct_count(c, Note, .data = JSON_EQ("s", "changed in place")), 1);
}

CT_SHAPE(Prices, (decimal, total, .sum = "price"), (decimal, least, .min = "price"), (decimal, most, .max = "price"),
         (decimal, mean, .avg = "price"));

static void sums_of_decimals_are_exact(ct *c)
{
    make_tables(c);
    for (int i = 0; i < 30; i++)
        ct_create(c, Note, .body = "x", .price = ct_decimal_make(10 + (i % 3 == 0) * 1000, 2));
    const Prices *prices = ct_aggregate_one(c, Prices, Note);
    assert_string_equal(ct_decimal_text(c, ct_decimal_round(c, prices->total, 2)), "103.00");
    assert_int_equal(ct_decimal_compare(prices->least, ct_decimal_make(10, 2)), 0);
    assert_int_equal(ct_decimal_compare(prices->most, ct_decimal_make(1010, 2)), 0);
    assert_string_equal(ct_decimal_text(c, ct_decimal_round(c, prices->mean, 4)), "3.4333");
    prices = ct_aggregate_one(c, Prices, Note, .body = EQ("none"));
    assert_true(ct_is_null(prices, total));
}

/* ---- what it costs ---- */

static void a_query_asked_again_is_cheap(ct *c)
{
    make_tables(c);
    Person *person = ct_create(c, Person, .name = "Ann");
    int64_t id = ct_create(c, Note, .body = "one", .person_id = person->id)->id;
    for (int i = 0; i < 5; i++)
        ct_first(c, Note, .id = EQ(id), .body = NE("x"));
    size_t statements = ct_work_databases(c)->statements.count, used = ct_arena_used(c->arena);
    for (int i = 0; i < 100; i++)
        assert_non_null(ct_first(c, Note, .id = EQ(id), .body = NE("x")));
    size_t each = (ct_arena_used(c->arena) - used) / 100;
    assert_int_equal(ct_work_databases(c)->statements.count, statements);
    /* The row, what it was, its text, its list, and what the session notes. */
    if (each > 2 * sizeof(Note) + 768)
        fail_msg("%zu bytes for a row of %zu", each, sizeof(Note));
    for (size_t n = 1; n <= 64; n++) { /* lists of any length are few statements */
        int64_t keys[64];
        for (size_t i = 0; i < n; i++)
            keys[i] = (int64_t)i;
        ct_count(c, Note, .id = IN_ARRAY(keys, n));
    }
    assert_true(ct_work_databases(c)->statements.count <= statements + 7);
}

static void rows_are_locked_in_transactions(ct *c)
{
    make_tables(c);
    ct_create(c, Note, .body = "one");
    ct_atomic(c) {
        assert_non_null(ct_first(c, Note, .lock = CT_FOR_UPDATE));
        assert_non_null(ct_first(c, Note, .lock = CT_FOR_UPDATE | CT_NOWAIT, .with = "person"));
        assert_non_null(ct_first(c, Note, .lock = CT_FOR_SHARE | CT_SKIP_LOCKED));
    }
    if (strncmp(database_run.url, "sqlite:", 7) == 0) {
        assert_non_null(strstr(ct_explain(c, false, Note, .size = GT(3)), "SCAN t0"));
        assert_aborts_with(c, 500, ".distinct_on: sqlite does not have it",
                           (void)ct_select(c, Note, .distinct_on = "body"));
        return;
    }
    ct_create(c, Note, .body = "one", .size = 5);
    ct_create(c, Note, .body = "two");
    ct_list(Note) *notes = ct_select(c, Note, .distinct_on = "body", .order_by = "-size");
    assert_int_equal(ct_list_count(notes), 2);
    assert_int_equal(ct_list_at(notes, 0)->size, 5);
    assert_int_equal(ct_count(c, Note, .distinct_on = "body"), 2);
    assert_aborts_with(c, 500, ": .distinct_on: ", (void)ct_select(c, Note, .distinct_on = "bdy"));
    assert_non_null(strstr(ct_explain(c, false, Note, .size = GT(3)), "Seq Scan"));
}

#define ON_DATABASES(test)                                                                                             \
    static void test##_on_databases(void **state)                                                                      \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, test);                                                                                      \
    }
ON_DATABASES(values_stay_values)
ON_DATABASES(hostile_values_are_refused_or_found_nowhere)
ON_DATABASES(names_are_looked_up)
ON_DATABASES(mistakes_say_what_is_meant)
ON_DATABASES(json_is_asked)
ON_DATABASES(sums_of_decimals_are_exact)
ON_DATABASES(a_query_asked_again_is_cheap)
ON_DATABASES(rows_are_locked_in_transactions)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stay_values_on_databases),
        cmocka_unit_test(hostile_values_are_refused_or_found_nowhere_on_databases),
        cmocka_unit_test(names_are_looked_up_on_databases),
        cmocka_unit_test(mistakes_say_what_is_meant_on_databases),
        cmocka_unit_test(json_is_asked_on_databases),
        cmocka_unit_test(sums_of_decimals_are_exact_on_databases),
        cmocka_unit_test(a_query_asked_again_is_cheap_on_databases),
        cmocka_unit_test(rows_are_locked_in_transactions_on_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
