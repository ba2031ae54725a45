/* What is read of a live database: tables of models, and odd ones made by hand. */
#include "database.h"

#include "db/introspect.h"
#include "net/work.h"

CT_MODEL_DECLARE(Tag);
CT_MODEL(Author, (text, name, .max_length = 50, .comment = "it's \"quoted\""),
         (decimal, rate, .null = true, .max_digits = 8, .decimal_places = 2));
CT_MODEL(Post, (ref, author, Author, .on_delete = CT_DB_CASCADE), (text, title), (integer, views, .null = true),
         (many_to_many, tags, Tag), (integer, twice, .generated = "views * 2", .null = true),
         (options, .comment = "what was written", .checks = CHECKS(CHECK("views_positive", "views > 0")),
          .indexes = INDEXES(INDEX("author, -title"), UNIQUE("(lower(title))", .where = "views > 3"))));
CT_TABLE(Tag, (text, word, .primary_key = true, .max_length = 30));

static const ct_app blog = { .name = "blog", .models = MODELS(Author, Post, Tag) };
static const ct_app none = { .name = "none" };

static const ct_live_schema *look(ct *c)
{
    return ct_introspect(c, ct_db_site_entry(ct_work_databases(c), "default"));
}

static bool on_sqlite_now(ct *c)
{
    return strcmp(ct_db_site_entry(ct_work_databases(c), "default")->driver->name, "sqlite") == 0;
}

/* The table as lines. */
static const char *lines_of(ct *c, const char *name)
{
    const ct_live_table *table = ct_live_table_named(look(c), name);
    assert_non_null(table);
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    ct_live_write(&out, table);
    return ct_buffer_text(&out);
}

static void assert_has(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in:\n%s", words, text);
}

static void tables_of_models_are_read(ct *c)
{
    make_tables(c);
    bool sqlite = on_sqlite_now(c);
    assert_int_equal(look(c)->count, 4);
    const char *author = lines_of(c, "blog_author"), *post = lines_of(c, "blog_post"), *tag = lines_of(c, "blog_tag");
    assert_has(author, sqlite ? "column id integer key 1 given\n" : "column id bigint key 1 given\n");
    assert_has(author, sqlite ? "column name text\n" : "column name character varying(50) comment {it's \"quoted\"}\n");
    assert_has(author, sqlite ? "column rate text null collate {decimal}\n" : "column rate numeric(8,2) null\n");
    assert_has(post, " (author_id) to blog_author (id) on delete CASCADE on update NO ACTION");
    assert_has(post, sqlite ? "generated {views * 2}" : "generated {(views * 2)}");
    assert_has(post, sqlite ? "{views > 0}" : "{(views > 0)}");
    assert_has(post, "author_id, title desc\n");
    assert_has(post, sqlite ? "(lower(title)) where {views > 3}" : "(lower(title)) where {(views > 3)}");
    assert_has(tag, sqlite ? "column word text key 1\n" : "column word character varying(30) key 1\n");
    if (!sqlite)
        assert_has(post, "table blog_post comment {what was written}\n");
}

static void test_tables_of_models_are_read(void **state)
{
    (void)state;
    on_databases(&blog, tables_of_models_are_read);
}

static void odd_tables_are_read_on_sqlite(ct *c)
{
    run_sql(c, "create table other (a int, b text, primary key (b, a)) without rowid",
            "create table \"Odd \"\"one\" ( -- it's (a comment\n \"check\" VARCHAR ( 20 ) default ('x, y)') "
            "collate nocase, [two words] integer /* ( */ not null unique check ([two words] > 0 and 'a)' <> '('),\n"
            "`quoted``name` numeric (8 ,2), sum as (`two words` + 1), z int generated always as (1) stored, untyped, "
            "a int, b text, constraint \"c 1\" check (length(\"check\") < 9), foreign key (b, a) references other "
            "on update cascade on delete set null deferrable, unique (a, b))",
            "create index i1 on \"Odd \"\"one\" (a + 1 desc, (b || ',') collate nocase, b) where a is not null",
            "create view seen as select a, b from other");
    const char *odd = lines_of(c, "Odd \"one");
    assert_has(odd, "column check varchar(20) null default {'x, y)'} collate {nocase}\n");
    assert_has(odd, "column two words integer\n");
    assert_has(odd, "column quoted`name numeric(8,2) null\n");
    assert_has(odd, "column sum  null virtual {`two words` + 1}\n");
    assert_has(odd, "column z int null generated {1}\n");
    assert_has(odd, "column untyped  null\n");
    assert_has(odd, "reference  (b, a) to other (b, a) on delete SET NULL on update CASCADE\n");
    assert_has(odd, "index i1 (a + 1) desc, ((b || ',') collate nocase), b where {a is not null}\n");
    assert_has(odd, "a, b constraint\n");
    assert_has(odd, "check c 1 {length(\"check\") < 9}\n");
    assert_has(odd, "check  {[two words] > 0 and 'a)' <> '('}\n");
    assert_has(lines_of(c, "other"), "column a int key 2\n  column b text key 1\n");
    assert_has(lines_of(c, "seen"), "view seen\n  column a int null\n");
}

static void test_odd_tables_are_read_on_sqlite(void **state)
{
    (void)state;
    on_sqlite(&none, odd_tables_are_read_on_sqlite);
}

static void odd_tables_are_read_on_postgres(ct *c)
{
    run_sql(c, "create type mood as enum ('sad', 'it''s fine')", "create domain small as varchar(5) not null",
            "create table other (a int, b text, primary key (b, a))",
            "create table \"Odd \"\"one\" (n serial, \"check\" varchar(20) default 'x, y)', m mood, s small, "
            "words text[], z int generated always as (a + 1) stored, a int, b text collate \"C\", t timestamp(3), "
            "constraint \"c 1\" check (length(\"check\") < 9), unique (a, b) deferrable, "
            "foreign key (b, a) references other on update cascade on delete set null deferrable initially deferred)",
            "create index i1 on \"Odd \"\"one\" ((a + 1) desc, b) include (m) where a is not null",
            "create index i2 on \"Odd \"\"one\" using gin (words)", "comment on column other.a is 'first'",
            "create view seen as select a, b from other");
    const char *odd = lines_of(c, "Odd \"one");
    assert_has(odd, "column n integer given\n");
    assert_has(odd, "column check character varying(20) null default {'x, y)'::character varying}\n");
    assert_has(odd, "column m mood null\n");
    assert_has(odd, "column s small\n");
    assert_has(odd, "column words text[] null\n");
    assert_has(odd, "column z integer null generated {(a + 1)}\n");
    assert_has(odd, "column b text null collate {C}\n");
    assert_has(odd, "column t timestamp(3) without time zone null\n");
    assert_has(odd, "(b, a) to other (b, a) on delete SET NULL on update CASCADE deferred\n");
    assert_has(odd, "a, b constraint deferrable\n");
    assert_has(odd, "index i1 (a + 1) desc, b where {(a IS NOT NULL)} with {m}\n");
    assert_has(odd, "index i2 words using {gin}\n");
    assert_has(odd, "check c 1 {(length((\"check\")::text) < 9)}\n");
    assert_has(lines_of(c, "other"), "column a integer key 2 comment {first}\n  column b text key 1\n");
    assert_has(lines_of(c, "seen"), "view seen\n  column a integer null\n");
    const ct_live_table *table = ct_live_table_named(look(c), "Odd \"one");
    assert_string_equal(ct_live_column_named(table, "m")->labels[1], "it's fine");
    assert_string_equal(ct_live_column_named(table, "s")->base, "character varying(5)");
}

static void test_odd_tables_are_read_on_postgres(void **state)
{
    (void)state;
    on_postgres(&none, odd_tables_are_read_on_postgres);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_of_models_are_read),
        cmocka_unit_test(test_odd_tables_are_read_on_sqlite),
        cmocka_unit_test(test_odd_tables_are_read_on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
