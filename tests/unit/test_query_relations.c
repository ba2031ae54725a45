/* Relations of every form, from both sides: asked through, loaded one after the other and with the rows; keys that are
 * numbers, UUIDs and text; the number of statements that each takes. */
#include "database.h"

CT_MODEL_DECLARE(Person);
CT_MODEL_DECLARE(Passport);
CT_MODEL_DECLARE(Club);
CT_MODEL_DECLARE(Member);
CT_MODEL_DECLARE(Label);
CT_MODEL_DECLARE(Device);

CT_MODEL(Person, (text, name), (ref, boss, Person, .null = true, .on_delete = CT_SET_NULL),
         (has_many, staff, Person, boss), (has_one, passport, Passport, holder), (many_to_many, friends, Person),
         (has_many, liked_by, Person, friends), (has_many, clubs, Club, members), (has_many, devices, Device, owner));
CT_MODEL(Passport, (one_to_one, holder, Person, .on_delete = CT_CASCADE), (text, number));
CT_TABLE(Club, (uuid, id, .primary_key = true, .uuid_v4 = true), (text, name),
         (many_to_many, members, Person, .through = &Member_shape), (options, .ordering = "name"));
CT_MODEL(Member, (ref_uuid, club, Club, .on_delete = CT_CASCADE), (ref, person, Person, .on_delete = CT_CASCADE),
         (integer, since));
CT_TABLE(Label, (text, word, .primary_key = true), (has_many, devices, Device, labels));
CT_MODEL(Device, (ref, owner, Person, .null = true, .on_delete = CT_CASCADE), (text, name),
         (ref_text, main, Label, .null = true, .on_delete = CT_SET_NULL), (many_to_many, labels, Label));
CT_TABLE(Cell, (integer, x, .primary_key = true), (integer, y, .primary_key = true), (text, content));

static const ct_app app = { .name = "rel", .models = MODELS(Person, Passport, Club, Member, Label, Device, Cell) };

static Person *ann, *bob, *cid;
static Club *chess, *rowing;

static void fill(ct *c)
{
    make_tables(c);
    ann = ct_create(c, Person, .name = "Ann");
    bob = ct_create(c, Person, .name = "Bob", .boss_id = ann->id);
    cid = ct_create(c, Person, .name = "Cid", .boss_id = ann->id);
    ct_create(c, Passport, .holder_id = ann->id, .number = "A1");
    ct_create(c, Passport, .holder_id = bob->id, .number = "B2");
    ct_link(c, ann, friends, bob);
    ct_link(c, ann, friends, cid);
    ct_link(c, bob, friends, ann);
    rowing = ct_create(c, Club, .name = "rowing");
    chess = ct_create(c, Club, .name = "chess");
    ct_create(c, Member, .club_id = chess->id, .person_id = ann->id, .since = 2001);
    ct_create(c, Member, .club_id = chess->id, .person_id = bob->id, .since = 2002);
    ct_create(c, Member, .club_id = rowing->id, .person_id = ann->id, .since = 2003);
    Label *red = ct_create(c, Label, .word = "it's red"), *big = ct_create(c, Label, .word = "big");
    Device *lamp = ct_create(c, Device, .name = "lamp", .owner_id = ann->id, .main_id = "it's red");
    Device *fan = ct_create(c, Device, .name = "fan", .main_id = "big");
    ct_link(c, lamp, labels, red);
    ct_link(c, lamp, labels, big);
    ct_link(c, fan, labels, big);
}

static const char *names(ct *c, ct_list(Person) *people)
{
    const char *text = "";
    for (size_t i = 0; i < ct_list_count(people); i++)
        text = ct_printf(c, "%s%.1s", text, ct_list_at(people, i)->name);
    return text;
}

#define assert_people(expected, ...)                                                                                   \
    assert_string_equal(names(c, ct_select(c, Person, .order_by = "name", __VA_ARGS__)), expected)

static void conditions_go_through_every_relation(ct *c)
{
    fill(c);
    assert_people("BC", .boss = WHERE(Person, .name = EQ("Ann")));
    assert_people("A", .staff = WHERE(Person, .name = EQ("Bob")));
    assert_people("B", .passport = WHERE(Passport, .number = STARTS("B")));
    assert_people("AB", .passport = WHERE(Passport));
    assert_people("C", .none = NONE_OF(Person, { .passport = WHERE(Passport) }));
    assert_people("A", .friends = WHERE(Person, .name = EQ("Cid")));
    assert_people("BC", .liked_by = WHERE(Person, .name = EQ("Ann")));
    assert_people("AB", .clubs = WHERE(Club, .name = EQ("chess")));
    assert_people("A", .clubs = WHERE(Club, .id = EQ(rowing->id)));
    assert_people("BC", .boss = WHERE(Person, .passport = WHERE(Passport, .number = EQ("A1")),
                                      .clubs = WHERE(Club, .name = EQ("rowing"))));
    assert_people("A", .staff = WHERE(Person, .boss = WHERE(Person, .staff = WHERE(Person, .name = EQ("Cid")))));
    assert_people("AC", .any = ANY_OF(Person, { .boss_id = IS_NULL },
                                      { .boss = WHERE(Person, .name = EQ("Ann")), .name = EQ("Cid") }));
    assert_people("ABC", .any = ANY_OF(Person, { .boss = WHERE(Person, .name = NE("x")) }, { .name = EQ("Ann") }));
    assert_people("A", .devices = WHERE(Device, .labels = WHERE(Label, .word = EQ("it's red"))));
    assert_int_equal(ct_count(c, Device, .main = WHERE(Label, .word = EQ("big"))), 1);
    assert_int_equal(ct_count(c, Device, .main_id = IN("big", "it's red")), 2);
    assert_int_equal(ct_count(c, Club, .members = WHERE(Person, .name = EQ("Bob"))), 1);
    assert_int_equal(ct_count(c, Member, .club = WHERE(Club, .name = EQ("chess")), .since = GT(2001)), 1);
}

static void relations_load_in_one_statement_each(ct *c)
{
    fill(c);
    ct_list(Person) *people = ct_select(c, Person, .order_by = "name");
    Person *first = ct_list_at(people, 0), *last = ct_list_at(people, 2);
    size_t before = ct_query_count(c);
    assert_string_equal(ct_related(c, first, passport)->number, "A1");
    assert_ptr_equal(first->passport->holder, first);
    assert_null(ct_related(c, last, passport));
    assert_int_equal(ct_query_count(c), before + 1);
    assert_string_equal(names(c, ct_related(c, first, staff)), "BC");
    assert_ptr_equal(ct_list_at(first->staff, 0)->boss, first);
    assert_int_equal(ct_list_count(ct_related(c, last, staff)), 0);
    assert_int_equal(ct_query_count(c), before + 2);
    assert_int_equal(ct_list_count(ct_related(c, first, friends)), 2);
    assert_int_equal(ct_list_count(ct_related(c, last, friends)), 0);
    assert_int_equal(ct_list_count(ct_related(c, last, liked_by)), 1);
    assert_int_equal(ct_query_count(c), before + 4);
    assert_string_equal(ct_list_at(ct_related(c, first, clubs), 0)->name, "chess");
    assert_string_equal(ct_list_at(first->clubs, 1)->name, "rowing");
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(people, 1), clubs)), 1);
    assert_int_equal(ct_query_count(c), before + 5);
    /* What was loaded together loads together again. */
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(first->clubs, 0), members)), 2);
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(first->clubs, 1), members)), 1);
    assert_int_equal(ct_query_count(c), before + 6);
    ct_list(Device) *devices = ct_select(c, Device, .order_by = "name");
    assert_string_equal(ct_related(c, ct_list_at(devices, 1), main)->word, "it's red");
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(devices, 1), labels)), 2);
    assert_int_equal(ct_list_count(ct_list_at(devices, 0)->labels), 1);
    assert_null(ct_related(c, ct_list_at(devices, 0), owner));
    assert_int_equal(ct_query_count(c), before + 9);
}

static void with_takes_them_along(ct *c)
{
    fill(c);
    size_t before = ct_query_count(c);
    ct_list(Person) *people =
        ct_select(c, Person, .order_by = "name",
                  .with = "boss.passport, passport, clubs.members.passport, friends, devices.labels");
    /* The rows, clubs, members, their passports, friends, devices, labels. */
    assert_int_equal(ct_query_count(c), before + 7);
    ct_strict_loading(c, true);
    Person *first = ct_list_at(people, 0), *second = ct_list_at(people, 1);
    assert_string_equal(ct_related(c, ct_related(c, second, boss), passport)->number, "A1");
    assert_null(ct_related(c, first, boss));
    assert_ptr_equal(ct_related(c, ct_related(c, second, passport), holder), second);
    Club *club = ct_list_at(ct_related(c, first, clubs), 0);
    assert_string_equal(ct_related(c, ct_list_at(ct_related(c, club, members), 0), passport)->number, "A1");
    assert_int_equal(ct_list_count(ct_related(c, ct_list_at(ct_related(c, first, devices), 0), labels)), 2);
    assert_aborts_with(c, 500,
                       "rel.Person.staff is not loaded, and loading it after all is refused (lazy_load, "
                       "ct_strict_loading): add .with = \"staff\" to the query",
                       (void)ct_related(c, first, staff));
    ct_strict_loading(c, false);
    assert_int_equal(ct_query_count(c), before + 7);
}

static void what_changes_is_followed(ct *c)
{
    fill(c);
    Person *person = ct_only(c, Person, .name = EQ("Bob"));
    assert_string_equal(ct_related(c, person, boss)->name, "Ann");
    person->boss_id = cid->id;
    assert_string_equal(ct_related(c, person, boss)->name, "Cid");
    ct_set_null(person, boss_id);
    assert_null(ct_related(c, person, boss));
    person->boss_id = ann->id;
    person->boss = ann;
    size_t before = ct_query_count(c);
    assert_ptr_equal(ct_related(c, person, boss), ann);
    assert_int_equal(ct_query_count(c), before);
    Person *fresh = ct_row_new(c, Person, .name = "new", .boss_id = ann->id);
    assert_string_equal(ct_related(c, fresh, boss)->name, "Ann");
    assert_aborts_with(c, 500, "rel.Person.staff: the row has not been saved", (void)ct_related(c, fresh, staff));
}

static void keys_of_several_columns_work(ct *c)
{
    fill(c);
    for (int i = 0; i < 4; i++)
        ct_create(c, Cell, .x = i / 2, .y = i % 2, .content = ct_printf(c, "cell %d", i));
    ct_list(Cell) *cells = ct_select(c, Cell, .order_by = "-x", .after = ct_only(c, Cell, .x = EQ(1), .y = EQ(0)));
    assert_int_equal(ct_list_count(cells), 3);
    assert_string_equal(ct_list_at(cells, 0)->content, "cell 3");
    assert_string_equal(ct_last(c, Cell)->content, "cell 3");
    Cell *cell = ct_first(c, Cell, .only = "x");
    assert_null(cell->content);
    ct_load(c, cell);
    assert_string_equal(cell->content, "cell 0");
    run_sql(c, "update rel_cell set content = 'new' where x = 0 and y = 0");
    assert_true(ct_refresh(c, cell));
    assert_string_equal(cell->content, "new");
}

CT_SHAPE(ClubStats, (uuid, id, .group = true), (text, name, .group = true), (integer, members, .count = "members"),
         (integer, first, .min = "members.id"));
CT_SHAPE(SinceStats, (text, club, .group = true, .of = "club.name"), (integer, latest, .max = "since"),
         (text, people, .join_text = "person.name"));

static void aggregates_go_through_relations(ct *c)
{
    fill(c);
    ct_list(ClubStats) *clubs = ct_aggregate(c, ClubStats, Club, .order_by = "-members");
    assert_int_equal(ct_list_count(clubs), 2);
    assert_string_equal(ct_list_at(clubs, 0)->name, "chess");
    assert_int_equal(ct_list_at(clubs, 0)->members, 2);
    assert_int_equal(ct_list_at(clubs, 1)->members, 1);
    assert_true(ct_uuid_equal(ct_list_at(clubs, 0)->id, chess->id));
    ct_list(SinceStats) *since = ct_aggregate(c, SinceStats, Member, .order_by = "club");
    assert_int_equal(ct_list_at(since, 0)->latest, 2002);
    assert_string_equal(ct_list_at(since, 1)->people, "Ann");
    assert_int_equal(ct_array_count(ct_values(c, Person, "name, clubs.name", .order_by = "name")), 4);
}

static void touch_what_is_not_loaded(ct *c)
{
    fill(c);
    ct_list(Person) *people = ct_select(c, Person, .order_by = "name", .only = "name");
    assert_string_equal(ct_related(c, ct_list_at(people, 1), boss)->name, "Ann");
}

static void a_setting_warns_of_late_loads(void **state)
{
    (void)state;
    const ct_setting warn[] = { { .name = "lazy_load", .value = "warn" }, { .name = NULL } };
    on_sqlite_with(&app, warn, touch_what_is_not_loaded);
    assert_non_null(strstr(database_run.log, "rel.Person.boss was loaded for 3 rows by a query of its own: add .with = "
                                             "\"boss\" to the query"));
    assert_non_null(strstr(database_run.log, "rel.Person.boss was loaded for 3 rows by a query of its own: add .only = "
                                             "\"boss\" to the query"));
}

#define ON_DATABASES(test)                                                                                             \
    static void test##_on_databases(void **state)                                                                      \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, test);                                                                                      \
    }
ON_DATABASES(conditions_go_through_every_relation)
ON_DATABASES(relations_load_in_one_statement_each)
ON_DATABASES(with_takes_them_along)
ON_DATABASES(what_changes_is_followed)
ON_DATABASES(keys_of_several_columns_work)
ON_DATABASES(aggregates_go_through_relations)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_go_through_every_relation_on_databases),
        cmocka_unit_test(relations_load_in_one_statement_each_on_databases),
        cmocka_unit_test(with_takes_them_along_on_databases),
        cmocka_unit_test(what_changes_is_followed_on_databases),
        cmocka_unit_test(keys_of_several_columns_work_on_databases),
        cmocka_unit_test(aggregates_go_through_relations_on_databases),
        cmocka_unit_test(a_setting_warns_of_late_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
