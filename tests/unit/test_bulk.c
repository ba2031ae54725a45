/* Many rows in few statements, rows that are there or made, and relations by a table in between, on both databases. */
#include "database.h"

CT_MODEL_DECLARE(Membership);
CT_MODEL_DECLARE(Club);

CT_MODEL_DECLARE(Page);

CT_MODEL(Tag, (has_many, pages, Page, tags), (text, name, .unique = true), (text, color, .default_value = "red"),
         (integer, used, .db_default = "0"), (datetime, changed, .auto_now = true));
CT_MODEL(Page, (text, title), (many_to_many, tags, Tag), (many_to_many, related, Page));
CT_MODEL(Visit, (integer, page), (date, day), (integer, count, .default_value = "0"),
         (options, .indexes = INDEXES(UNIQUE("page, day"))));
CT_MODEL(Loose, (text, name), (integer, number, .default_value = "0"));

CT_MODEL(Typed, (integer, small, .sql_type = "smallint", .null = true), (text, day, .sql_type = "date", .null = true));

CT_MODEL(Line, (integer, price), (integer, amount), (integer, total, .generated = "price * amount"), (text, note));
CT_TABLE(Cell, (integer, x, .primary_key = true), (text, y, .primary_key = true), (integer, n),
         (integer, twice, .generated = "n * 2", .null = true));

static int joined;
static void on_join(ct *c, ct_row *row, bool created);
CT_MODEL(Person, (text, name), (has_many, clubs, Club, members));
CT_MODEL(Club, (text, name), (many_to_many, members, Person, .through = &Membership_shape));
CT_MODEL(Membership, (ref, person, Person, .on_delete = CT_CASCADE), (ref, club, Club, .on_delete = CT_CASCADE),
         (text, role, .default_value = "member"), (options, .after_save = on_join));

static void on_join(ct *c, ct_row *row, bool created)
{
    (void)c;
    (void)row;
    joined += created;
}

static const ct_app app = { .name = "b",
                            .models = MODELS(Tag, Page, Visit, Loose, Typed, Line, Cell, Person, Club, Membership) };

static void creating(ct *c)
{
    make_tables(c);
    ct_list(Tag) *tags = ct_list_new(c, Tag);
    for (int i = 0; i < 2500; i++)
        ct_list_add(tags, i % 100 == 7 ? ct_row_new(c, Tag, .name = ct_printf(c, "t%d", i), .used = 5)
                                       : ct_row_new(c, Tag, .name = ct_printf(c, "t%d", i)));
    assert_int_equal(ct_bulk_create(c, tags), 2500);
    for (int i = 0; i < 2500; i++)
        assert_int_equal(ct_list_at(tags, i)->id, i + 1);
    assert_int_equal(ct_list_at(tags, 7)->used, 5);
    assert_int_equal(ct_list_at(tags, 8)->used, 0);
    assert_int_equal(number_of(c, "select count(*) from b_tag where color = 'red' and changed is not null"), 2500);
    assert_int_equal(number_of(c, "select count(*) from b_tag where name = 't' || cast(id - 1 as text)"), 2500);
    assert_aborts_with(c, 500, "is in the database already", ct_bulk_create(c, tags));
    ct_list(Tag) *bad = ct_list_new(c, Tag);
    ct_list_add(bad, ct_row_new(c, Tag, .name = "good"));
    ct_list_add(bad, ct_row_new(c, Tag, .color = "blue"));
    assert_aborts_with(c, 422, "name: row 2: This field cannot be null.", ct_bulk_create(c, bad));
    ct_list(Tag) *doubled = ct_list_new(c, Tag);
    for (int i = 0; i < 3; i++)
        ct_list_add(doubled, ct_row_new(c, Tag, .name = i == 2 ? "t1" : ct_printf(c, "new%d", i)));
    assert_aborts_with(c, 422, "Tag with this Name already exists.", ct_bulk_create(c, doubled, .batch = 1));
    assert_int_equal(number_of(c, "select count(*) from b_tag"), 2500);
    assert_int_equal(ct_bulk_create(c, doubled, .ignore = true), 2);
    assert_int_equal(ct_bulk_create(c, ct_list_new(c, Tag)), 0);
}

static void test_many_rows_are_created(void **state)
{
    (void)state;
    on_databases(&app, creating);
}

static void conflicts(ct *c)
{
    make_tables(c);
    Tag *old = ct_create(c, Tag, .name = "a", .color = "green", .used = 3);
    ct_list(Tag) *tags = ct_list_new(c, Tag);
    ct_list_add(tags, ct_row_new(c, Tag, .name = "b", .color = "blue"));
    ct_list_add(tags, ct_row_new(c, Tag, .name = "a", .color = "black"));
    ct_list_add(tags, ct_row_new(c, Tag, .name = "a", .color = "white"));
    assert_int_equal(ct_bulk_create(c, tags, .conflict = "name", .update = "color"), 3);
    assert_int_equal(ct_list_at(tags, 1)->id, old->id);
    assert_int_equal(ct_list_at(tags, 1)->used, 3);
    assert_int_equal(number_of(c, "select count(*) from b_tag where name = 'a' and color = 'white' and used = 3"), 1);
    ct_list(Visit) *visits = ct_list_new(c, Visit);
    ct_list_add(visits, ct_row_new(c, Visit, .page = 1, .day = ct_date_make(c, 2026, 1, 1), .count = 1));
    ct_list_add(visits, ct_row_new(c, Visit, .page = 1, .day = ct_date_make(c, 2026, 1, 2), .count = 2));
    assert_int_equal(ct_bulk_create(c, visits, .conflict = "day, page"), 2);
    visits = ct_list_new(c, Visit);
    ct_list_add(visits, ct_row_new(c, Visit, .page = 1, .day = ct_date_make(c, 2026, 1, 1), .count = 9));
    assert_int_equal(ct_bulk_create(c, visits, .conflict = "day, page"), 1);
    assert_int_equal(number_of(c, "select cast(sum(count) as bigint) from b_visit"), 11);
    ct_list(Tag) *wrong = ct_list_new(c, Tag);
    ct_list_add(wrong, ct_row_new(c, Tag, .name = "c"));
    assert_aborts_with(c, 500, "no unique constraint is over \"color\"", ct_bulk_create(c, wrong, .conflict = "color"));
    assert_aborts_with(c, 500, "did you mean \"name\"?", ct_bulk_create(c, wrong, .conflict = "nmae"));
    assert_aborts_with(c, 500, "needs .conflict", ct_bulk_create(c, wrong, .update = "color"));
}

static void test_rows_that_are_there_are_updated(void **state)
{
    (void)state;
    on_databases(&app, conflicts);
}

static void updating(ct *c)
{
    make_tables(c);
    ct_list(Tag) *tags = ct_list_new(c, Tag);
    for (int i = 0; i < 2100; i++)
        ct_list_add(tags, ct_row_new(c, Tag, .name = ct_printf(c, "t%d", i)));
    ct_bulk_create(c, tags);
    ct_time changed = ct_list_at(tags, 0)->changed;
    for (int i = 0; i < 2100; i++) {
        ct_list_at(tags, i)->used = i;
        ct_list_at(tags, i)->color = i % 2 ? "odd" : "even";
        ct_list_at(tags, i)->name = "not written";
    }
    size_t queries = ct_query_count(c);
    assert_int_equal(ct_bulk_update(c, tags, "used, color"), 2100);
    assert_true(ct_query_count(c) - queries <= 3);
    assert_int_equal(number_of(c, "select count(*) from b_tag where used = id - 1 and color = 'odd'"), 1050);
    assert_int_equal(number_of(c, "select count(*) from b_tag where name = 'not written'"), 0);
    assert_true(ct_list_at(tags, 0)->changed > changed);
    run_sql(c, "delete from b_tag where id <= 100");
    assert_int_equal(ct_bulk_update(c, tags, "color"), 2000);
    assert_aborts_with(c, 500, "cannot be set", ct_bulk_update(c, tags, "id"));
    ct_list_at(tags, 3)->color = NULL;
    assert_aborts_with(c, 422, "color: row 4: This field cannot be null.", ct_bulk_update(c, tags, "color"));
}

static void test_many_rows_are_updated(void **state)
{
    (void)state;
    on_databases(&app, updating);
}

static void by_one_text(ct *c)
{
    make_tables(c);
    ct_db_record record = { 0 };
    const char *first = NULL;
    for (int count = 1; count <= 1100; count = count * 3 + 2) {
        ct_list(Loose) *list = ct_list_new(c, Loose);
        for (int i = 0; i < count; i++)
            ct_list_add(list, ct_row_new(c, Loose, .name = "new"));
        ct_bulk_create(c, list);
        for (int i = 0; i < count; i++)
            ct_list_at(list, i)->number = i;
        ct_db_recording = &record;
        assert_int_equal(ct_bulk_update(c, list, "number, name"), count);
        ct_db_recording = NULL;
        const char *text = ct_strdup(c, ct_buffer_text(&record.text));
        first = first ? first : text;
        assert_string_equal(text, first);
        ct_buffer_finish(&record.text);
        record = (ct_db_record){ 0 };
    }
}

static void test_an_update_of_many_is_one_statement_whatever_their_number(void **state)
{
    (void)state;
    on_postgres(&app, by_one_text);
}

/* What is sent for the column is none of the types that the kinds have. */
static void typed(ct *c)
{
    make_tables(c);
    ct_list(Typed) *list = ct_list_new(c, Typed);
    for (int i = 0; i < 2; i++)
        ct_list_add(list, ct_row_new(c, Typed, .small = i));
    ct_bulk_create(c, list);
    ct_list_at(list, 0)->small = 7;
    ct_list_at(list, 0)->day = "2026-02-03";
    ct_set_null(ct_list_at(list, 1), small);
    assert_int_equal(ct_bulk_update(c, list, "small, day"), 2);
    assert_int_equal(number_of(c, "select count(*) from b_typed where small = 7 and day = '2026-02-03'"), 1);
    assert_int_equal(number_of(c, "select count(*) from b_typed where small is null and day is null"), 1);
}

static void test_columns_of_other_types_are_updated_in_bulk(void **state)
{
    (void)state;
    on_databases(&app, typed);
}

static void gone(ct *c)
{
    make_tables(c);
    ct_create(c, Loose, .name = "a");
    ct_create(c, Loose, .name = "b");
    ct_list(Loose) *list = ct_select(c, Loose, .order_by = "id");
    run_sql(c, "delete from b_loose where id = 1");
    ct_list_at(list, 0)->name = ct_list_at(list, 1)->name = "new";
    assert_int_equal(ct_bulk_update(c, list, "name"), 1);
    assert_aborts_with(c, 404, "no longer there", ct_save(c, ct_list_at(list, 0)));
    ct_save(c, ct_list_at(list, 1));
    ct_list_at(list, 1)->number = 7;
    ct_save(c, ct_list_at(list, 1));
    assert_int_equal(number_of(c, "select count(*) from b_loose where name = 'new' and number = 7"), 1);
}

static void test_rows_that_are_gone_are_not_taken_as_written(void **state)
{
    (void)state;
    on_databases(&app, gone);
}

static void computed(ct *c)
{
    make_tables(c);
    ct_list(Line) *lines = ct_list_new(c, Line);
    for (int i = 0; i < 2100; i++)
        ct_list_add(lines, ct_row_new(c, Line, .price = i, .amount = 1, .note = "-"));
    ct_bulk_create(c, lines);
    run_sql(c, "delete from b_line where id = 5");
    for (int i = 0; i < 2100; i++)
        ct_list_at(lines, i)->amount = 3;
    assert_int_equal(ct_bulk_update(c, lines, "amount"), 2099);
    for (int i = 0; i < 2100; i++)
        assert_int_equal(ct_list_at(lines, i)->total, i == 4 ? 4 : 3 * i);
    size_t queries = ct_query_count(c);
    ct_save(c, ct_list_at(lines, 3));
    assert_int_equal(ct_query_count(c), queries);
    assert_aborts_with(c, 404, "no longer there", ct_save(c, ct_list_at(lines, 4)));
    ct_create(c, Cell, .x = 1, .y = "a", .n = 1);
    ct_create(c, Cell, .x = 1, .y = "b", .n = 2);
    ct_list(Cell) *cells = ct_select(c, Cell, .order_by = "y");
    ct_list_at(cells, 0)->n = 10;
    ct_list_at(cells, 1)->n = 20;
    assert_int_equal(ct_bulk_update(c, cells, "n"), 2);
    assert_int_equal(ct_list_at(cells, 0)->twice, 20);
    assert_int_equal(ct_list_at(cells, 1)->twice, 40);
}

static void test_what_the_database_computes_is_read_after_an_update_of_many(void **state)
{
    (void)state;
    on_databases(&app, computed);
}

static void upserts(ct *c)
{
    make_tables(c);
    bool created;
    Tag *tag = ct_get_or_create(c, Tag, "name", &created, .name = "x", .color = "blue");
    assert_true(created);
    assert_int_equal(tag->id, 1);
    Tag *same = ct_get_or_create(c, Tag, "name", &created, .name = "x", .color = "green");
    assert_false(created);
    assert_int_equal(same->id, 1);
    assert_string_equal(same->color, "blue");
    same = ct_update_or_create(c, Tag, "name", &created, .name = "x", .used = 4);
    assert_false(created);
    assert_int_equal(same->used, 4);
    assert_int_equal(number_of(c, "select count(*) from b_tag where name = 'x' and color = 'blue' and used = 4"), 1);
    same = ct_update_or_create(c, Tag, "name", NULL, .name = "y", .used = 4);
    assert_string_equal(same->color, "red");
    Visit *visit = ct_update_or_create(c, Visit, "page, day", &created, .page = 1, .day = ct_date_make(c, 2026, 1, 1));
    assert_true(created && visit->count == 0);
    Loose *loose = ct_get_or_create(c, Loose, "name", &created, .name = "l", .number = 7);
    assert_true(created && loose->number == 7);
    ct_get_or_create(c, Loose, "name", &created, .name = "l", .number = 8);
    assert_false(created);
    ct_create(c, Loose, .name = "l");
    assert_aborts_with(c, 500, "several rows", (void)ct_get_or_create(c, Loose, "name", NULL, .name = "l"));
    assert_aborts_with(c, 422, "name",
                       (void)ct_get_or_create(c, Tag, "color", NULL, .name = "x", .color = "unheard of"));
}

static void test_rows_are_got_or_created(void **state)
{
    (void)state;
    on_databases(&app, upserts);
}

static int64_t links(ct *c)
{
    return number_of(c, "select count(*) from b_page_tags");
}

static void linking(ct *c)
{
    make_tables(c);
    Page *page = ct_create(c, Page, .title = "p"), *other = ct_create(c, Page, .title = "q");
    Tag *a = ct_create(c, Tag, .name = "a"), *b = ct_create(c, Tag, .name = "b");
    ct_link(c, page, tags, a);
    ct_link(c, page, tags, a);
    ct_link(c, page, tags, b);
    ct_link(c, other, tags, b);
    assert_int_equal(links(c), 3);
    assert_int_equal(ct_list_count(ct_related(c, page, tags)), 2);
    assert_int_equal(ct_list_count(ct_related(c, a, pages)), 1);
    ct_unlink(c, page, tags, a);
    ct_unlink(c, page, tags, a);
    assert_int_equal(links(c), 2);
    assert_int_equal(ct_list_count(ct_related(c, page, tags)), 1);
    assert_int_equal(ct_list_count(ct_related(c, a, pages)), 0);
    ct_link(c, a, pages, page);
    assert_int_equal(ct_list_count(ct_related(c, page, tags)), 2);
    ct_unlink(c, a, pages, page);
    ct_list(Tag) *only = ct_list_new(c, Tag);
    ct_list_add(only, a);
    ct_link_only(c, page, tags, only);
    assert_int_equal(links(c), 2);
    ct_list_add(only, b);
    ct_link_only(c, page, tags, only);
    assert_int_equal(links(c), 3);
    ct_unlink_all(c, page, tags);
    assert_int_equal(links(c), 1);
    ct_link(c, page, related, other);
    assert_int_equal(number_of(c, "select count(*) from b_page_related where from_page_id = 1 and to_page_id = 2"), 1);
    Tag *fresh = ct_row_new(c, Tag, .name = "c");
    assert_aborts_with(c, 500, "is not in the database yet", ct_link(c, page, tags, fresh));
    assert_aborts_with(c, 500, "NULL", ct_link(c, page, tags, NULL));
}

/* What is wrong with a table of links is not said of the model that is asked for. */
static void wrong_links(ct *c)
{
    make_tables(c);
    Page *page = ct_create(c, Page, .title = "p");
    Tag *tag = ct_create(c, Tag, .name = "a");
    ct_link(c, page, tags, tag);
    assert_int_equal(ct_count(c, Page, .tags = WHERE(Tag, .name = EQ("a"))), 1);
    Page *again = ct_first(c, Page, .id = EQ(page->id));
    run_sql(c, "alter table b_page_tags rename column tag_id to lost_id");
    assert_aborts_with(c, 500, "the table of the links b.Page.tags in the database",
                       (void)ct_count(c, Page, .tags = WHERE(Tag, .name = EQ("a"))));
    assert_aborts_with(c, 500, "the table of the links b.Page.tags in the database",
                       (void)ct_list_count(ct_related(c, again, tags)));
    run_sql(c, "alter table b_tag rename column name to lost");
    assert_aborts_with(c, 500, "the table of the model b.Tag in the database", (void)ct_count(c, Tag, .name = EQ("a")));
    run_sql(c, "drop table b_page_tags");
    assert_aborts_with(c, 500, "the table b_page_tags of the links b.Page.tags is not in the database",
                       ct_link(c, page, tags, tag));
}

static void test_wrong_links(void **state)
{
    (void)state;
    on_databases(&app, wrong_links);
}

static void test_rows_are_linked(void **state)
{
    (void)state;
    on_databases(&app, linking);
}

/* SQLite takes seconds for a statement of tens of thousands of parameters, and others cannot write meanwhile. */
static void many_links(ct *c)
{
    make_tables(c);
    Page *page = ct_create(c, Page, .title = "p"), *other = ct_create(c, Page, .title = "o");
    ct_list(Tag) *all = ct_list_new(c, Tag), *some = ct_list_new(c, Tag);
    for (int i = 0; i < 20000; i++)
        ct_list_add(all, ct_row_new(c, Tag, .name = ct_printf(c, "t%d", i)));
    ct_bulk_create(c, all);
    for (int i = 0; i < 20000; i += 2)
        ct_list_add(some, ct_list_at(all, i));
    ct_link(c, other, tags, ct_list_at(all, 1));
    ct_db_record record = { 0 };
    ct_db_recording = &record;
    ct_link_only(c, page, tags, all);
    assert_int_equal(links(c), 20001);
    ct_link_only(c, page, tags, some);
    assert_int_equal(links(c), 10001);
    ct_link_only(c, page, tags, some);
    ct_db_recording = NULL;
    const char *text = ct_buffer_text(&record.text);
    assert_non_null(strstr(text, "INSERT INTO"));
    assert_null(strstr(text, "?2001"));
    assert_null(strstr(text, "$2001"));
    ct_buffer_finish(&record.text);
    assert_int_equal(links(c), 10001);
    assert_int_equal(number_of(c, "select count(*) from b_page_tags where page_id = 1 and tag_id % 2 = 1"), 10000);
}

static void test_very_many_rows_are_linked(void **state)
{
    (void)state;
    on_databases(&app, many_links);
}

static void through(ct *c)
{
    make_tables(c);
    joined = 0;
    Club *club = ct_create(c, Club, .name = "chess");
    Person *ann = ct_create(c, Person, .name = "Ann"), *bob = ct_create(c, Person, .name = "Bob");
    ct_link(c, club, members, ann);
    ct_link(c, club, members, ann);
    ct_link(c, bob, clubs, club);
    assert_int_equal(joined, 2);
    assert_int_equal(number_of(c, "select count(*) from b_membership where role = 'member'"), 2);
    ct_list(Person) *only = ct_list_new(c, Person);
    ct_list_add(only, bob);
    ct_list_add(only, bob);
    ct_link_only(c, club, members, only);
    assert_int_equal(number_of(c, "select count(*) from b_membership where person_id = 2"), 1);
    assert_int_equal(joined, 2);
    ct_unlink(c, club, members, bob);
    assert_int_equal(number_of(c, "select count(*) from b_membership"), 0);
    ct_link_only(c, club, members, only);
    ct_unlink_all(c, bob, clubs);
    assert_int_equal(number_of(c, "select count(*) from b_membership"), 0);
}

static void test_rows_are_linked_through_a_model(void **state)
{
    (void)state;
    on_databases(&app, through);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_rows_are_created),
        cmocka_unit_test(test_rows_that_are_there_are_updated),
        cmocka_unit_test(test_an_update_of_many_is_one_statement_whatever_their_number),
        cmocka_unit_test(test_columns_of_other_types_are_updated_in_bulk),
        cmocka_unit_test(test_many_rows_are_updated),
        cmocka_unit_test(test_rows_that_are_gone_are_not_taken_as_written),
        cmocka_unit_test(test_what_the_database_computes_is_read_after_an_update_of_many),
        cmocka_unit_test(test_rows_are_got_or_created),
        cmocka_unit_test(test_wrong_links),
        cmocka_unit_test(test_rows_are_linked),
        cmocka_unit_test(test_very_many_rows_are_linked),
        cmocka_unit_test(test_rows_are_linked_through_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
