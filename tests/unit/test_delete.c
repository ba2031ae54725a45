/* Deleting rows and what goes with them, on both databases: every on_delete, circles, long chains, hooks, counts. */
#include "database.h"

CT_MODEL_DECLARE(Leader);

CT_MODEL(Tag, (text, name));
CT_MODEL(User, (text, name), (many_to_many, tags, Tag));
CT_MODEL(Plain, (text, name));

CT_MODEL(Cascading, (ref, user, User, .on_delete = CT_CASCADE), (text, name, .default_value = "c"));
CT_MODEL(Leaf, (ref, parent, Cascading, .on_delete = CT_CASCADE));
CT_MODEL(Nulling, (ref, user, User, .on_delete = CT_SET_NULL, .null = true));
CT_MODEL(Defaulting, (ref, user, User, .on_delete = CT_SET_DEFAULT, .default_value = "1"));
CT_MODEL(Keeping, (ref, user, Cascading, .on_delete = CT_DO_NOTHING));
CT_MODEL(ByDatabase, (ref, user, User, .on_delete = CT_DB_CASCADE));
CT_MODEL(NulledByDatabase, (ref, user, User, .on_delete = CT_DB_SET_NULL, .null = true));

CT_MODEL(Album, (text, name));
CT_MODEL(Protecting, (ref, album, Album, .on_delete = CT_PROTECT));
CT_MODEL(Artist, (text, name));
CT_MODEL(Record, (ref, artist, Artist, .on_delete = CT_CASCADE), (text, name));
CT_MODEL(Song, (ref, artist, Artist, .on_delete = CT_CASCADE), (ref, record, Record, .on_delete = CT_RESTRICT));

CT_MODEL(Node, (ref, parent, Node, .on_delete = CT_CASCADE, .null = true), (integer, number));

CT_MODEL(Team, (ref, leader, Leader, .on_delete = CT_CASCADE, .null = true));
CT_MODEL(Leader, (ref, team, Team, .on_delete = CT_CASCADE));

static char seen[512];
static void before(ct *c, ct_row *row);
static void after(ct *c, ct_row *row);
CT_MODEL(Folder, (text, name), (options, .before_delete = before, .after_delete = after));
CT_MODEL(File, (ref, folder, Folder, .on_delete = CT_CASCADE), (text, name),
         (options, .before_delete = before, .after_delete = after));

static void see(const ct_row *row, char sign)
{
    const char *name = row->shape == &File_shape ? ((const File *)row)->name : ((const Folder *)row)->name;
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof(seen) - used, "%c%s ", sign, name);
}

static void before(ct *c, ct_row *row)
{
    (void)c;
    see(row, '-');
}

static void after(ct *c, ct_row *row)
{
    see(row, '+');
    if (row->shape == &Folder_shape && strcmp(((Folder *)row)->name, "kept") == 0)
        ct_abort(c, 409, "kept");
}

static const ct_app app = { .name = "d",
                            .models = MODELS(Tag, User, Plain, Cascading, Leaf, Nulling, Defaulting, Keeping,
                                             ByDatabase, NulledByDatabase, Album, Protecting, Artist, Record, Song,
                                             Node, Team, Leader, Folder, File) };

static int64_t rows_of(ct *c, const char *table)
{
    return number_of(c, ct_printf(c, "select count(*) from d_%s", table));
}

static void plain(ct *c)
{
    make_tables(c);
    Plain *one = ct_create(c, Plain, .name = "1");
    ct_create(c, Plain, .name = "2");
    ct_create(c, Plain, .name = "3");
    size_t queries = ct_query_count(c);
    one->id = 2;
    assert_aborts_with(c, 500, "the id of this Plain has been changed", ct_delete(c, one));
    one->id = 1;
    assert_int_equal(ct_delete(c, one), 1);
    assert_int_equal(ct_query_count(c), queries + 1);
    assert_aborts_with(c, 500, "has been deleted", ct_save(c, one));
    assert_aborts_with(c, 500, "has been deleted", ct_delete(c, one));
    assert_aborts_with(c, 500, "has been deleted", ct_update(c, one, .name = SET("x")));
    assert_int_equal(ct_delete_where(c, Plain, .name = EQ("2")), 1);
    assert_int_equal(ct_delete_where(c, Plain, .name = EQ("2")), 0);
    assert_int_equal(ct_delete_where(c, Plain), 1);
    Plain *fresh = ct_row_new(c, Plain, .name = "x");
    assert_aborts_with(c, 500, "is not in the database yet", ct_delete(c, fresh));
}

static void test_a_row_that_nothing_refers_to_takes_one_statement(void **state)
{
    (void)state;
    on_databases(&app, plain);
}

static void kinds(ct *c)
{
    make_tables(c);
    User *kept = ct_create(c, User, .name = "kept"), *user = ct_create(c, User, .name = "user");
    Tag *tag = ct_create(c, Tag, .name = "t");
    ct_link(c, user, tags, tag);
    ct_link(c, kept, tags, tag);
    Cascading *one = ct_create(c, Cascading, .user = user), *two = ct_create(c, Cascading, .user = kept);
    ct_create(c, Leaf, .parent = one);
    ct_create(c, Leaf, .parent = one);
    ct_create(c, Leaf, .parent = two);
    ct_create(c, Nulling, .user = user);
    ct_create(c, Defaulting, .user = user);
    ct_create(c, ByDatabase, .user = user);
    ct_create(c, NulledByDatabase, .user = user);
    assert_int_equal(ct_delete(c, user), 1 + 1 + 2 + 1); /* user, cascading, leaves, the link to the tag */
    assert_int_equal(rows_of(c, "user"), 1);
    assert_int_equal(rows_of(c, "user_tags"), 1);
    assert_int_equal(rows_of(c, "cascading"), 1);
    assert_int_equal(rows_of(c, "leaf"), 1);
    assert_int_equal(number_of(c, "select count(*) from d_nulling where user_id is null"), 1);
    assert_int_equal(number_of(c, "select count(*) from d_defaulting where user_id = 1"), 1);
    assert_int_equal(rows_of(c, "bydatabase"), 0);
    assert_int_equal(number_of(c, "select count(*) from d_nulledbydatabase where user_id is null"), 1);
    assert_int_equal(ct_delete(c, tag), 2);
    ct_create(c, Keeping, .user = two);
    assert_aborts_with(c, 409, "cannot be deleted: other rows refer to it", ct_delete(c, two));
    assert_int_equal(rows_of(c, "leaf"), 1);
    assert_int_equal(rows_of(c, "cascading"), 1);
}

static void test_each_reference_is_treated_as_it_says(void **state)
{
    (void)state;
    on_databases(&app, kinds);
}

static void protected(ct *c)
{
    make_tables(c);
    Album *album = ct_create(c, Album, .name = "a");
    Protecting *guard = ct_create(c, Protecting, .album = album);
    assert_aborts_with(c, 409, "the album cannot be deleted: rows refer to it through Protecting.album",
                       ct_delete(c, album));
    ct_delete(c, guard);
    assert_int_equal(ct_delete(c, album), 1);
    Artist *artist = ct_create(c, Artist, .name = "x");
    Record *record = ct_create(c, Record, .artist = artist, .name = "r");
    Song *song = ct_create(c, Song, .artist = artist, .record = record);
    assert_aborts_with(c, 409, "Song.record", ct_delete(c, record));
    assert_int_equal(ct_delete(c, artist), 3);
    (void)song;
    artist = ct_create(c, Artist, .name = "x");
    record = ct_create(c, Record, .artist = artist, .name = "r");
    ct_create(c, Song, .artist = ct_create(c, Artist, .name = "y"), .record = record);
    assert_aborts_with(c, 409, "the artist cannot be deleted: rows refer to it through Song.record",
                       ct_delete(c, artist));
    assert_int_equal(rows_of(c, "record"), 1);
}

static void test_what_is_protected_stays(void **state)
{
    (void)state;
    on_databases(&app, protected);
}

static void circles(ct *c)
{
    make_tables(c);
    Node *first = ct_create(c, Node, .number = 0), *last = first;
    for (int i = 1; i < 1500; i++)
        last = ct_create(c, Node, .number = i, .parent = last);
    ct_create(c, Node, .number = -1);
    assert_int_equal(ct_delete(c, first), 1500);
    assert_int_equal(rows_of(c, "node"), 1);
    first = ct_create(c, Node, .number = 1);
    Node *second = ct_create(c, Node, .number = 2, .parent = first);
    ct_update(c, first, .parent_id = SET(second->id));
    assert_int_equal(ct_delete(c, second), 2);
    Team *team = ct_create(c, Team);
    Leader *leader = ct_create(c, Leader, .team = team);
    ct_update(c, team, .leader_id = SET(leader->id));
    ct_create(c, Leader, .team = team);
    assert_int_equal(ct_delete(c, leader), 3);
    assert_int_equal(rows_of(c, "team"), 0);
}

static void test_long_chains_and_circles_go_as_a_whole(void **state)
{
    (void)state;
    on_databases(&app, circles);
}

static void with_hooks(ct *c)
{
    make_tables(c);
    seen[0] = '\0';
    Folder *folder = ct_create(c, Folder, .name = "f");
    ct_create(c, File, .folder = folder, .name = "1");
    ct_create(c, File, .folder = folder, .name = "2");
    assert_int_equal(ct_delete(c, folder), 3);
    assert_string_equal(seen, "-1 -2 -f +1 +2 +f ");
    folder = ct_create(c, Folder, .name = "kept");
    ct_create(c, File, .folder = folder, .name = "3");
    assert_aborts_with(c, 409, "kept", ct_delete(c, folder));
    assert_int_equal(rows_of(c, "file"), 1);
    assert_int_equal(rows_of(c, "folder"), 1);
    assert_false(ct_in_transaction(c));
    seen[0] = '\0';
    assert_int_equal(ct_delete_where(c, File, .name = EQ("3")), 1);
    assert_string_equal(seen, "-3 +3 ");
}

static void test_hooks_see_every_row_and_can_stop_it(void **state)
{
    (void)state;
    on_databases(&app, with_hooks);
}

static void many(ct *c)
{
    make_tables(c);
    ct_list(User) *users = ct_list_new(c, User);
    for (int i = 0; i < 1300; i++)
        ct_list_add(users, ct_row_new(c, User, .name = i % 2 ? "odd" : "even"));
    assert_int_equal(ct_bulk_create(c, users), 1300);
    ct_list(Cascading) *rows = ct_list_new(c, Cascading);
    for (int i = 0; i < 1300; i++)
        ct_list_add(rows, ct_row_new(c, Cascading, .user_id = ct_list_at(users, i)->id));
    ct_bulk_create(c, rows);
    assert_int_equal(ct_delete_where(c, User, .name = EQ("odd")), 1300);
    assert_int_equal(rows_of(c, "user"), 650);
    assert_int_equal(rows_of(c, "cascading"), 650);
}

static void test_many_rows_go_in_few_statements(void **state)
{
    (void)state;
    on_databases(&app, many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_that_nothing_refers_to_takes_one_statement),
        cmocka_unit_test(test_each_reference_is_treated_as_it_says),
        cmocka_unit_test(test_what_is_protected_stays),
        cmocka_unit_test(test_long_chains_and_circles_go_as_a_whole),
        cmocka_unit_test(test_hooks_see_every_row_and_can_stop_it),
        cmocka_unit_test(test_many_rows_go_in_few_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
