/* Where a question mark is a parameter. */
#include "db/placeholders.h"

#include "base/common.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *made_for(const ct_db_dialect *dialect, const char *sql)
{
    static char text[512];
    ct_buffer out = { 0 };
    size_t count;
    const char *wrong = ct_placeholders(&out, sql, dialect, &count);
    snprintf(text, sizeof(text), "%s", wrong ? wrong : ct_buffer_text(&out));
    ct_buffer_finish(&out);
    return text;
}

static void test_both(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *sqlite, *postgres;
    } cases[] = {
        { "", "", "" },
        { "?", "?1", "$1" },
        { "a = ? and b = ?", "a = ?1 and b = ?2", "a = $1 and b = $2" },
        { "'?' ?", "'?' ?1", "'?' $1" },
        { "'it''s ?' ?", "'it''s ?' ?1", "'it''s ?' $1" },
        { "\"a\"\"?\" ?", "\"a\"\"?\" ?1", "\"a\"\"?\" $1" },
        { "? -- ?\n ?", "?1 -- ?\n ?2", "$1 -- ?\n $2" },
        { "? -- ?", "?1 -- ?", "$1 -- ?" },
        { "/* ? */ ?", "/* ? */ ?1", "/* ? */ $1" },
        { "/* /* */ ?", "/* /* */ ?1", "/* /* */ ?" },
        { "a ?? b", "a ? b", "a ? b" },
        { "a ??| ?", "a ?| ?1", "a ?| $1" },
        { "1 - -1 / 2 ?", "1 - -1 / 2 ?1", "1 - -1 / 2 $1" },
        { "`?` [?] ?", "`?` [?] ?1", "`$1` [$2] $3" },
        { "E'\\'?' ?", "E'\\'?1' ?", "E'\\'?' $1" },
        { "type'\\' ?", "type'\\' ?1", "type'\\' $1" },
        { "$$?$$ ?", "$$?1$$ ?2", "$$?$$ $1" },
        { "$a$ ? $b$ ? $a$ ?", "$a$ ?1 $b$ ?2 $a$ ?3", "$a$ ? $b$ ? $a$ $1" },
        { "$1 ?", "$1 ?1", "$1 $1" },
        { "a$b$?$b$", "a$b$?1$b$", "a$b$$1$b$" },
        { "'never closed ?", "'never closed ?", "'never closed ?" },
        { "/* never closed ?", "/* never closed ?", "/* never closed ?" },
        { "a = ?1", "parameters have no numbers: write each as ? alone",
          "parameters have no numbers: write each as ? alone" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        assert_string_equal(made_for(&ct_sqlite_dialect, cases[i].sql), cases[i].sqlite);
        assert_string_equal(made_for(&ct_postgres_dialect, cases[i].sql), cases[i].postgres);
    }
}

static void test_calls(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool sqlite, postgres;
    } cases[] = {
        { "select 1", false, false },
        { "select count(*), max (a) from t where a in (1, 2) and (b = 1)", false, false },
        { "select f(1)", true, true },
        { "select \n f\t(1)", true, true },
        { "select \"count\"(1)", true, true },
        { "select public.count(1)", true, true },
        { "select 'f(1)', \"f(1)\" -- f(1)", false, false },
        { "select /* why */ (1)", false, false },
        { "select f/* why */ -- not\n (1)", true, true },
        { "select \"a\"\"(b\" (1), E'f(1)\\'f(1)'", true, true },
        { "select E'f(1)\\'f(1)'", true, false },
        { "select own . count(1)", true, true },
        { "select $$f(1)$$", true, false },
        { "with a as (select 1) select * from a", false, false },
        { "select nextval('s')", true, true },
        { "select COUNT(*) over (partition by a)", false, false },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        assert_int_equal(ct_calls_unknown(cases[i].sql, &ct_sqlite_dialect), cases[i].sqlite);
        assert_int_equal(ct_calls_unknown(cases[i].sql, &ct_postgres_dialect), cases[i].postgres);
    }
}

static void test_holds(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        ct_hold sqlite, postgres;
    } cases[] = {
#define N CT_HOLD_NOTHING
#define T CT_HOLD_TRANSACTION
#define S CT_HOLD_SETTING
#define L CT_HOLD_TILL_COMMIT
        { "", N, N },
        { "begin", T, T },
        { "Begin Immediate", T, T },
        { "  \n\t\f-- why\n/* a */ ; ;; begin", T, T },
        { "/* /* */ begin /* */ */ commit", T, T },
        { "/* never closed begin", N, N },
        { "-- begin", N, N },
        { "\xEF\xBB\xBF begin", T, N },
        { "beginning", N, N },
        { "start transaction", T, T },
        { "commit;", T, T },
        { "end/**/transaction", T, T },
        { "rollback to a", T, T },
        { "abort", T, T },
        { "savepoint a", T, T },
        { "release a", T, T },
        { "prepare/**/transaction 'x'", N, T },
        { "prepare transactions as select 1", N, S },
        { "set search_path to x", N, S },
        { "set session x = 1", N, S },
        { "set local x = 1", N, L },
        { "SET -- why\n LOCAL x = 1", N, L },
        { "set \"local\".x = 1", N, S },
        { "set locale = 1", N, S },
        { "set constraints all deferred", N, L },
        { "set transaction read only", N, L },
        { "reset all", N, S },
        { "discard all", N, S },
        { "listen x", N, S },
        { "lock t", N, L },
        { "declare c cursor for select 1", N, L },
        { "update t set a = 1", N, N },
        { "select 'begin'", N, N },
        { "with a as (select 1) insert into t select * from a", N, N },
        { "pragma foreign_keys", N, N },
        { "pragma foreign_keys = off", S, N },
        { "PRAGMA main . \"foreign_keys\" /* */ =off", S, N },
        { "pragma [query_only](1)", S, N },
        { "pragma table_info(t)", N, N },
        { "pragma main.TABLE_INFO(t)", N, N },
        { "pragma wal_checkpoint(truncate)", N, N },
        { "pragma defer_foreign_keys = on", L, N },
        { "attach 'x' as y", S, N },
        { "detach y", S, N },
#undef N
#undef T
#undef S
#undef L
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        if (ct_hold_of(cases[i].sql, &ct_sqlite_dialect) != cases[i].sqlite ||
            ct_hold_of(cases[i].sql, &ct_postgres_dialect) != cases[i].postgres)
            fail_msg("%s: %d %d", cases[i].sql, ct_hold_of(cases[i].sql, &ct_sqlite_dialect),
                     ct_hold_of(cases[i].sql, &ct_postgres_dialect));
}

static void test_scripts(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool sqlite, postgres;
    } cases[] = {
        { "", false, false },
        { ";;", false, false },
        { "select 1; select 2", false, false },
        { "begin; select 1; commit", true, true },
        { "select 1;commit", true, true },
        { "select 1 /* ; commit */; -- ; commit\n select ';commit'", false, false },
        { "select 1; /* */ COMMIT and chain", true, true },
        { "savepoint a; rollback to a; rollback work to savepoint a; release a", false, false },
        { "select 1; rollback work", true, true },
        { "prepare transaction 'x'", true, true },
        { "prepare a as select 1", false, false },
        { "select E'\\';commit;'", true, false },
        { "create function f() returns void language plpgsql as $$ begin; commit; end $$", false, false },
        { "create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 1",
          false, false },
        { "create function f() returns int begin/**/atomic select 1; end; commit", true, true },
        { "create trigger a after insert on t begin update t set a = case when b then 1 end; select 1; end", false,
          true },
        { "create trigger a after insert on t begin select 1; end; end", true, true },
        { "create table t (a int); commit", true, true },
        { "update t set a = case when b then 1 end; select 1", false, false },
        { "do $$ begin perform 1; end $$; select 1", true, false },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        if (ct_script_transacts(cases[i].sql, &ct_sqlite_dialect) != cases[i].sqlite ||
            ct_script_transacts(cases[i].sql, &ct_postgres_dialect) != cases[i].postgres)
            fail_msg("%s", cases[i].sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_both), cmocka_unit_test(test_calls),
                                        cmocka_unit_test(test_holds), cmocka_unit_test(test_scripts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
