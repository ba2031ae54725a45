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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_both), cmocka_unit_test(test_calls) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
