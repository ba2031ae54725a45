/* SQLite's driver on real files: values, errors, locks, long statements, broken files. */
#include "database.h"

#include "base/time.h"
#include "db/sqlite.h"

#include <math.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const ct_app app = { .name = "shop" };

/* ---- values ---- */

CT_SHAPE(Thing, (text, name), (integer, count), (real, weight), (decimal, price), (boolean, sold), (datetime, made),
         (date, born), (time, opens), (duration, length), (uuid, code), (json, data), (binary, digest),
         (array, tags, text), (array, days, date), (value, any));

static const ct_kind thing_kinds[] = { CT_KIND_text,     CT_KIND_integer,  CT_KIND_real, CT_KIND_decimal,
                                       CT_KIND_boolean,  CT_KIND_datetime, CT_KIND_date, CT_KIND_time,
                                       CT_KIND_duration, CT_KIND_uuid,     CT_KIND_json, CT_KIND_binary,
                                       CT_KIND_array,    CT_KIND_array,    CT_KIND_value };

static void make_things(ct *c)
{
    run_sql(c, "create table thing (name text, count integer, weight real, price text collate decimal, sold integer, "
               "made text, born text, opens text, length integer, code text, data text, digest blob, tags text, "
               "days text, \"any\")");
}

static void insert_thing(ct *c, const ct_value *values)
{
    const ct_db_request request = {
        .statement = { .sql = "insert into thing values (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
                       .values = values,
                       .kinds = thing_kinds,
                       .count = CT_COUNT(thing_kinds) },
    };
    assert_int_equal(ct_db_run(c, &request, NULL), 1);
}

static void kinds_come_back(ct *c)
{
    make_things(c);
    const ct_decimal price = ct_decimal_of(c, "-12345678901234567890.50");
    const ct_time made = INT64_C(1795253400) * CT_SECOND + 500 * CT_MILLISECOND;
    const ct_uuid code = ct_uuid_v4();
    const ct_bytes digest = { "a\0b", 3 };
    ct_array *tags = ct_array_new(c), *days = ct_array_new(c);
    ct_array_add(tags, "é");
    ct_array_add(tags, "\"quoted\"");
    ct_array_add(days, ct_date_make(c, 2026, 11, 21));
    insert_thing(c, (ct_value[]){ CT_VALUE("Zoë 'x'"),
                                  CT_VALUE(INT64_MIN),
                                  CT_VALUE(0.1),
                                  { .type = CT_VALUE_DECIMAL, .decimal = &price },
                                  CT_VALUE(true),
                                  { .type = CT_VALUE_DATETIME, .time = made },
                                  CT_VALUE(ct_date_make(c, 1, 1, 1)),
                                  CT_VALUE(ct_daytime_make(23, 59, 59)),
                                  { .type = CT_VALUE_DURATION, .time = -CT_DAY },
                                  { .type = CT_VALUE_UUID, .uuid = &code },
                                  CT_VALUE("just text"),
                                  { .type = CT_VALUE_BYTES, .bytes = &digest },
                                  CT_VALUE(tags),
                                  CT_VALUE(days),
                                  CT_VALUE(1.5) });
    ct_list(Thing) *all = ct_sql(c, Thing, "select * from thing", ARGS());
    assert_int_equal(ct_list_count(all), 1);
    const Thing *thing = ct_list_at(all, 0);
    assert_string_equal(thing->name, "Zoë 'x'");
    assert_int_equal(thing->count, INT64_MIN);
    assert_true(thing->weight == 0.1);
    assert_string_equal(ct_decimal_text(c, thing->price), "-12345678901234567890.50");
    assert_true(thing->sold);
    assert_int_equal(thing->made, made);
    assert_string_equal(ct_date_text(c, thing->born), "0001-01-01");
    assert_string_equal(ct_daytime_text(c, thing->opens), "23:59:59");
    assert_int_equal(thing->length, -CT_DAY);
    assert_true(ct_uuid_equal(thing->code, code));
    CT_CHECK_EQ(thing->data, "just text");
    assert_int_equal(thing->digest.len, 3);
    assert_memory_equal(thing->digest.data, "a\0b", 3);
    assert_string_equal(ct_array_at(thing->tags, 1).text, "\"quoted\"");
    assert_int_equal(ct_array_at(thing->days, 0).type, CT_VALUE_DATE);
    assert_true(thing->any.type == CT_VALUE_REAL && thing->any.real == 1.5);
    /* As people see it in SQLite's shell, and as its own functions read it. */
    CT_CHECK_EQ(ct_sql_value(c, "select made from thing", ARGS()), "2026-11-21 09:30:00.500000");
    CT_CHECK_EQ(ct_sql_value(c, "select strftime('%Y %H', made) from thing", ARGS()), "2026 09");
    CT_CHECK_EQ(ct_sql_value(c, "select price from thing", ARGS()), "-12345678901234567890.50");
}

static void nulls_come_back(ct *c)
{
    make_things(c);
    ct_value nulls[CT_COUNT(thing_kinds)] = { 0 };
    insert_thing(c, nulls);
    const Thing *thing = ct_list_at(ct_sql(c, Thing, "select * from thing", ARGS()), 0);
    assert_null(thing->name);
    assert_true(ct_is_null(thing, count) && ct_is_null(thing, weight) && ct_is_null(thing, price));
    assert_true(ct_is_null(thing, sold) && ct_is_null(thing, made) && ct_is_null(thing, born));
    assert_true(ct_is_null(thing, length) && ct_is_null(thing, code) && ct_is_null(thing, data));
    assert_true(ct_is_null(thing, digest) && !thing->tags);
}

CT_SHAPE(Number, (integer, n));
CT_SHAPE(Word, (text, n));
CT_SHAPE(Title, (text, title));
CT_SHAPE(Moment, (datetime, n));
CT_SHAPE(Code, (uuid, n));
CT_SHAPE(Numbers, (array, n, integer));

#define assert_refuses(c, words, T, sql) assert_aborts_with(c, 500, words, (void)ct_sql(c, T, sql, ARGS()))

static void what_does_not_fit_is_said(ct *c)
{
    assert_refuses(c, "the column \"n\" has text where an integer is expected", Number, "select 'x' as n");
    assert_refuses(c, "a number with a fraction where an integer", Number, "select 1.5 as n");
    assert_refuses(c, "bytes where text is expected", Word, "select x'00ff' as n");
    assert_refuses(c, "text with a zero byte inside", Word, "select 'a' || char(0) || 'b' as n");
    assert_refuses(c, "text that is not UTF-8", Word, "select cast(x'c328' as text) as n");
    assert_refuses(c, "what is no date with a time", Moment, "select 'yesterday' as n");
    assert_refuses(c, "text that is no UUID", Code, "select 'x' as n");
    assert_refuses(c, "text that is no JSON", Numbers, "select '[1' as n");
    assert_refuses(c, "an array with an item of another kind", Numbers, "select '[1,\"x\"]' as n");
    assert_refuses(c, "the column \"titel\" is no field of the shape Title; did you mean \"title\"?", Title,
                   "select 1 as titel");
    assert_refuses(c, "the field made of the shape Thing has no column in the result", Thing,
                   "select null as name, null as count, null as weight, null as price, null as sold");
    assert_int_equal(ct_list_at(ct_sql(c, Number, "select 2.0 as n", ARGS()), 0)->n, 2);
    assert_string_equal(ct_list_at(ct_sql(c, Word, "select 12 as n", ARGS()), 0)->n, "12");
}

static void bad_values_are_refused(ct *c)
{
    assert_aborts_with(c, 500, "text that is not UTF-8", ct_sql_value(c, "select ?", ARGS("\xff")));
    assert_aborts_with(c, 500, "integers end at", ct_sql_value(c, "select ?", ARGS(UINT64_MAX)));
    assert_aborts_with(c, 500, "a number that is none", ct_sql_value(c, "select ?", ARGS((double)NAN)));
    assert_aborts_with(c, 500, "2 parameters and ARGS() gives 1 values", ct_sql_value(c, "select ?, ?", ARGS(1)));
    assert_aborts_with(c, 500, "parameters have no numbers", ct_sql_value(c, "select ?1", ARGS(1)));
    assert_aborts_with(c, 500, "two statements in this", ct_sql_run(c, "select 1; select 2", ARGS()));
    assert_aborts_with(c, 500, "no statement in this", ct_sql_run(c, "-- nothing", ARGS()));
    assert_aborts_with(c, 500, "syntax error\" at character 8 of: select select",
                       ct_sql_run(c, "select select", ARGS()));
    assert_aborts_with(c, 500, "no such column", ct_sql_run(c, "select \"text\"", ARGS())); /* not taken for a text */
    CT_CHECK_EQ(ct_sql_value(c, "select 1; -- a comment", ARGS()), 1);
}

/* ---- constraints ---- */

static ct_db_error tried(ct *c, const char *sql)
{
    ct_db_error error;
    assert_false(ct_db_try(c, &(ct_db_request){ .statement = { .sql = sql } }, NULL, &error));
    return error;
}

static void constraints_have_names(ct *c)
{
    run_sql(c, "create table author (id integer primary key, name text not null)",
            "create table post (id integer primary key, slug text, author_id integer references author "
            "deferrable initially deferred, score integer, constraint score_positive check (score > 0))",
            "create unique index post_slug on post (author_id, slug)",
            "create unique index post_lower on post (lower(slug)) where score = 7",
            "insert into author values (1, 'a')", "insert into post values (1, 's', 1, 7)");
    ct_db_error error = tried(c, "insert into post values (2, 's', 1, 1)");
    assert_int_equal(error.trouble, CT_DB_UNIQUE);
    assert_string_equal(error.table, "post");
    assert_string_equal(error.columns, "author_id, slug");
    error = tried(c, "insert into post values (3, 'S', 1, 7)");
    assert_int_equal(error.trouble, CT_DB_UNIQUE);
    assert_string_equal(error.constraint, "post_lower");
    error = tried(c, "insert into author values (1, 'b')");
    assert_int_equal(error.trouble, CT_DB_UNIQUE);
    assert_string_equal(error.columns, "id");
    error = tried(c, "insert into author values (2, null)");
    assert_int_equal(error.trouble, CT_DB_NOT_NULL);
    assert_string_equal(error.columns, "name");
    error = tried(c, "insert into post values (2, 't', 1, 0)");
    assert_int_equal(error.trouble, CT_DB_CHECK);
    assert_string_equal(error.constraint, "score_positive");
    assert_int_equal(tried(c, "insert into post values (2, 't', 99, 1)").trouble, CT_DB_FOREIGN_KEY);
    error = tried(c, "select * from nobody");
    assert_int_equal(error.trouble, CT_DB_NO_TABLE);
    assert_string_equal(error.table, "nobody");
    assert_int_equal(tried(c, "select nobody from post").trouble, CT_DB_NO_COLUMN);
    assert_int_equal(tried(c, "insert into post (nobody) values (1)").trouble, CT_DB_NO_COLUMN);
    assert_int_equal(tried(c, "insert into author values ('x', 'y')").trouble, CT_DB_BAD_VALUE);
}

/* The database looks at them when the transaction commits: then the commit fails. */
static void refers_to_nobody(ct *c)
{
    ct_atomic(c)
        run_sql(c, "insert into post values (99)");
}

static void a_commit_can_be_refused(ct *c)
{
    run_sql(c, "create table author (id integer primary key)",
            "create table post (author_id integer references author deferrable initially deferred)");
    assert_aborts_with(c, 422, "A row refers to one that does not exist.", refers_to_nobody(c));
    assert_false(ct_in_transaction(c));
    assert_int_equal(number_of(c, "select count(*) from post"), 0);
    ct_atomic(c)
        run_sql(c, "insert into post values (1)", "insert into author values (1)");
    assert_int_equal(number_of(c, "select count(*) from post"), 1);
}

/* ---- what it is taught ---- */

static void decimals_are_exact(ct *c)
{
    run_sql(c, "create table p (x text collate decimal check (x > 5))", "create index px on p (x)",
            "insert into p values ('100'), ('9.90'), ('9.9000'), ('12345678901234567890.01')");
    CT_CHECK_EQ(ct_sql_value(c, "select decimal_sum(x) from p", ARGS()), "12345678901234568009.8100");
    CT_CHECK_EQ(ct_sql_value(c, "select decimal_avg(x) from p where x < 50", ARGS()), "9.9000000000000000");
    CT_CHECK_EQ(ct_sql_value(c, "select decimal_sum(x) from p where x < 0", ARGS()), ct_value_null());
    CT_CHECK_EQ(ct_sql_value(c, "select min(x) || ' ' || max(x) from p", ARGS()), "9.90 12345678901234567890.01");
    assert_int_equal(number_of(c, "select count(*) from p where x = '9.9'"), 2);
    assert_int_equal(number_of(c, "select count(distinct x) from p"), 3);
    CT_CHECK_EQ(ct_sql_value(c, "select decimal_add('0.1', '0.2')", ARGS()), "0.3");
    CT_CHECK_EQ(ct_sql_value(c, "select decimal_sub('1', '0.01')", ARGS()), "0.99");
    CT_CHECK_EQ(ct_sql_value(c, "select decimal_mul('1.5', '1.5')", ARGS()), "2.25");
    CT_CHECK_EQ(ct_sql_value(c, "select decimal_mul('1.5', null)", ARGS()), ct_value_null());
    assert_int_equal(tried(c, "insert into p values ('4.99')").trouble, CT_DB_CHECK);
    assert_int_equal(tried(c, "select decimal_mul('99999999999999999999', '9999999999999999999')").trouble,
                     CT_DB_RANGE);
    assert_aborts_with(c, 500, "no decimal number", ct_sql_value(c, "select decimal_add('x', 1)", ARGS()));
}

static void functions_are_there(ct *c)
{
    assert_int_equal(number_of(c, "select ct_part('week', '2026-01-01 10:00:00')"), 1);
    assert_int_equal(number_of(c, "select ct_part('week_day', '2026-11-21')"), 7);
    assert_int_equal(number_of(c, "select ct_part('iso_week_day', '2026-11-22')"), 7);
    assert_int_equal(number_of(c, "select ct_part('quarter', '2026-11-22')"), 4);
    assert_int_equal(number_of(c, "select ct_part('minute', '09:31:00')"), 31);
    CT_CHECK_EQ(ct_sql_value(c, "select ct_part('date', '2026-11-22 23:59:59.9')", ARGS()), "2026-11-22");
    CT_CHECK_EQ(ct_sql_value(c, "select ct_part('year', null)", ARGS()), ct_value_null());
    assert_int_equal(number_of(c, "select ct_regexp('^é+$', 'ÉÉ', 1)"), 1);
    assert_int_equal(number_of(c, "select ct_regexp('^é+$', 'ÉÉ', 0)"), 0);
    assert_aborts_with(c, 500, "the regular expression is wrong: missing closing parenthesis",
                       ct_sql_value(c, "select ct_regexp('(', 'x', 0)", ARGS()));
    assert_aborts_with(
        c, 500, "match limit exceeded",
        ct_sql_value(c, "select ct_regexp('(a+)+$', ?, 0)", ARGS("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")));
    CT_CHECK_EQ(ct_sql_value(c, "select ct_lower('ÄÖ') || ct_upper('straße')", ARGS()), "äöSTRASSE");
    assert_int_equal(number_of(c, "select ct_json_has('{\"a\":{\"b\":[1,null]}}', 'a.b[1]')"), 1);
    assert_int_equal(number_of(c, "select ct_json_has('{\"a\":{\"b\":[1]}}', 'a.b[1]')"), 0);
    assert_int_equal(number_of(c, "select ct_json_equal('{\"a\":{\"x\":1,\"y\":2.0}}', 'a', '{\"y\":2,\"x\":1}')"), 1);
    assert_int_equal(
        number_of(c, "select ct_json_contains('{\"a\":[1,{\"b\":2,\"c\":3}]}', '', '{\"a\":[{\"c\":3}]}')"), 1);
    assert_int_equal(number_of(c, "select ct_json_contains('{\"a\":[1]}', '', '{\"a\":[2]}')"), 0);
    assert_aborts_with(c, 500, "no JSON", ct_sql_value(c, "select ct_json_has('{', 'a')", ARGS()));
}

/* ---- statements that are kept ---- */

static void many_statements_are_fine(ct *c)
{
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 400; i++)
            assert_int_equal(number_of(c, ct_printf(c, "select %d", i)), i);
    /* The table changes below a statement that is kept. */
    run_sql(c, "create table t (a integer)", "insert into t values (1)");
    assert_int_equal(number_of(c, "select count(*) from t"), 1);
    run_sql(c, "alter table t add column b text", "drop table t", "create table t (a text)");
    assert_int_equal(number_of(c, "select count(*) from t"), 0);
}

/* ---- locks ---- */

static void holds_lock(ct *c, void *arg)
{
    ct_atomic(c) {
        run_sql(c, "insert into t values (1)");
        ct_sleep(c, *(ct_time *)arg);
    }
}

static void counts_up(ct *c, void *arg)
{
    for (int i = 0; i < 20; i++)
        ct_atomic(c) {
            int64_t n = number_of(c, "select n from t");
            ct_sleep(c, 0);
            ct_sql_run(c, "update t set n = ?", ARGS(n + 1));
        }
    (*(int *)arg)++;
}

static void writers_wait_for_each_other(ct *c)
{
    other_work *others[8];
    int done = 0;
    run_sql(c, "create table t (n integer)", "insert into t values (0)");
    for (size_t i = 0; i < CT_COUNT(others); i++)
        others[i] = start_other(c, counts_up, &done);
    for (size_t i = 0; i < CT_COUNT(others); i++) {
        if (!end_other(c, others[i]))
            fail_msg("%s", others[i]->message);
        drop_other(others[i]);
    }
    assert_int_equal(done, CT_COUNT(others));
    assert_int_equal(number_of(c, "select n from t"), 160);
}

static void a_lock_has_an_end(ct *c)
{
    ct_time hold = CT_SECOND;
    run_sql(c, "create table t (n integer)");
    other_work *other = start_other(c, holds_lock, &hold);
    ct_time begun = ct_monotonic();
    assert_aborts_with(c, 503, "did not come within database_lock_timeout", run_sql(c, "insert into t values (2)"));
    ct_time waited = ct_monotonic() - begun;
    assert_true(waited >= 100 * CT_MILLISECOND && waited < 900 * CT_MILLISECOND);
    assert_int_equal(c->error_retry_after, 1);
    assert_int_equal(number_of(c, "select count(*) from t"), 0); /* readers do not wait */
    assert_true(end_other(c, other));
    drop_other(other);
    assert_int_equal(number_of(c, "select count(*) from t"), 1);
}

static void waits_for_lock(ct *c, void *arg)
{
    (void)arg;
    ct_set_deadline(c, 50 * CT_MILLISECOND);
    run_sql(c, "insert into t values (2)");
}

static void a_deadline_ends_the_wait_for_a_lock(ct *c)
{
    ct_time hold = 300 * CT_MILLISECOND;
    run_sql(c, "create table t (n integer)");
    other_work *holder = start_other(c, holds_lock, &hold), *other = start_other(c, waits_for_lock, NULL);
    assert_false(end_other(c, other));
    assert_int_equal(other->status, 503);
    assert_non_null(strstr(other->message, "deadline"));
    drop_other(other);
    assert_non_null(holder->fiber);
    assert_true(end_other(c, holder));
    drop_other(holder);
}

/* ---- long statements ---- */

#define LONG "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) select count(*) from n"

static void runs_long(ct *c, void *arg)
{
    *(int64_t *)arg = number_of(c, ct_printf(c, LONG, 3000000));
}

static void others_go_on_meanwhile(ct *c)
{
    int64_t found = 0;
    size_t turns = 0;
    ct_time worst = 0, last = ct_monotonic();
    other_work *other = start_other(c, runs_long, &found);
    while (other->fiber) {
        ct_sleep(c, 0);
        ct_time now = ct_monotonic();
        worst = CT_MAX(worst, now - last);
        last = now;
        turns++;
        assert_int_equal(number_of(c, "select 1"), 1);
    }
    assert_true(other->good);
    drop_other(other);
    assert_int_equal(found, 3000000);
    assert_true(turns > 20);
    assert_true(worst < 500 * CT_MILLISECOND); /* of a busy machine */
}

static void runs_for_ever(ct *c, void *arg)
{
    (void)arg;
    ct_set_deadline(c, 50 * CT_MILLISECOND);
    ct_atomic(c) {
        run_sql(c, "insert into t values (1)");
        number_of(c, ct_printf(c, LONG, 2000000000));
    }
}

static void a_deadline_ends_a_long_statement(ct *c)
{
    run_sql(c, "create table t (n integer)");
    ct_time begun = ct_monotonic();
    other_work *other = start_other(c, runs_for_ever, NULL);
    assert_false(end_other(c, other));
    assert_true(ct_monotonic() - begun < 5 * CT_SECOND);
    assert_int_equal(other->status, 503);
    drop_other(other);
    other = start_other(c, runs_for_ever, NULL);
    ct_fiber_cancel(other->fiber);
    assert_false(end_other(c, other));
    assert_int_equal(other->status, 499);
    drop_other(other);
    run_sql(c, "insert into t values (2)");
    assert_int_equal(number_of(c, "select count(*) from t"), 1);
}

static void a_statement_has_a_timeout(ct *c)
{
    assert_aborts_with(c, 503, "took too long (database_statement_timeout)",
                       number_of(c, ct_printf(c, LONG, 2000000000)));
    assert_int_equal(number_of(c, "select 1"), 1);
}

/* ---- the stack ---- */

static void deep_statements_fit_the_stack(ct *c)
{
    ct_buffer sql = ct_buffer_in(c->arena);
    ct_buffer_printf(&sql, "select 1");
    for (int i = 0; i < 30; i++)
        ct_buffer_printf(&sql, " + (%d", i);
    for (int i = 0; i < 30; i++)
        ct_buffer_char(&sql, ')');
    number_of(c, ct_buffer_text(&sql));
    run_sql(c, "create table t (a text, b text collate decimal)", "create index i on t (ct_lower(a), b)");
    for (int i = 0; i < 50; i++)
        run_sql(c, "insert into t select hex(randomblob(50)), random() from (values (1), (2), (3), (4))");
    number_of(c, "select count(*) from t x join t y on x.a = y.a where x.b in (select b from t order by a) and "
                 "ct_regexp('^[0-9A-F]+$', x.a, 0)");
    size_t size;
    ct_fiber_stack(ct_fiber_current(), &size);
    size_t used = ct_fiber_stack_used(ct_fiber_current());
    print_message("SQLite used %zu KiB of a stack of %zu KiB\n", used / 1024, size / 1024);
    assert_true(used < size / 2);
}

/* ---- files ---- */

static void asks_one(ct *c)
{
    number_of(c, "select 1");
}

static void writes_one(ct *c)
{
    run_sql(c, "create table if not exists more (a)", "insert into more values (1)");
}

/* What a request is told, in the one line that the log gets. */
static const char *refusal(const char *url, database_test *test)
{
    static char line[2048];
    fflush(stderr);
    int kept = dup(STDERR_FILENO), file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    assert_true(kept >= 0 && file >= 0);
    dup2(file, STDERR_FILENO);
    bool good = run_on(&app, url, NULL, test);
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t size = pread(file, line, sizeof(line) - 1, 0);
    close(file);
    line[size > 0 ? size : 0] = '\0';
    assert_false(good);
    return line;
}

static void put_file(const char *name, const char *bytes, size_t size)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", database_run.folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

#define assert_says(line, words)                                                                                       \
    do {                                                                                                               \
        const char *line_ = (line);                                                                                    \
        if (!strstr(line_, words))                                                                                     \
            fail_msg("\"%s\" is not in \"%s\"", words, line_);                                                         \
        assert_ptr_equal(strchr(line_, '\n'), line_ + strlen(line_) - 1);                                              \
    } while (0)

static void test_broken_files_are_one_line(void **state)
{
    (void)state;
    static char noise[8192];
    memset(noise, 'x', sizeof(noise));
    make_folder();
    assert_says(refusal(file_url("none/app.db"), asks_one), "cannot be reached: the file \"/");
    assert_says(refusal(file_url("none/app.db"), asks_one), "cannot be opened: No such file or directory");
    put_file("noise.db", noise, sizeof(noise));
    assert_says(refusal(file_url("noise.db"), asks_one), "is damaged: the file \"");
    assert_true(run_on(&app, file_url("good.db"), NULL, writes_one));
    assert_says(refusal(file_url("good.db?mode=ro"), writes_one), "cannot be written to: attempt to write a readonly");
    assert_true(run_on(&app, file_url("good.db?mode=ro"), NULL, asks_one));
    assert_says(refusal(file_url("new.db?mode=ro"), asks_one), "cannot be opened: No such file or directory");
    drop_folder(database_run.folder);
}

static void fills_up(ct *c)
{
    ct_db_error error;
    run_sql(c, "create table t (a text)");
    ct_db_lease *lease = ct_db_lease_take(c, ct_db_entry_for(c, NULL, NULL, true));
    ct_db_connection *connection = ct_db_lease_connection(lease); /* the next one has it again */
    const ct_db_statement most = { .sql = "pragma max_page_count = 20" };
    assert_true(connection->driver->run(c, connection, &most, NULL, &error));
    ct_db_lease_end(lease);
    ct_atomic(c)
        for (int i = 0; i < 1000; i++)
            run_sql(c, "insert into t values (hex(randomblob(500)))");
}

static void a_full_disk_is_said(ct *c)
{
    assert_aborts_with(c, 503, "has no space left: database or disk is full", fills_up(c));
    assert_false(ct_in_transaction(c));
    assert_int_equal(number_of(c, "select count(*) from t"), 0);
}

/* As Flask-SQLAlchemy and dj-database-url take them. */
static void test_slashes_of_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *path;
    } cases[] = { { "sqlite:app.db", "app.db" },
                  { "sqlite:/srv/app.db", "/srv/app.db" },
                  { "sqlite:///app.db", "app.db" },
                  { "sqlite:///data/app.db?mode=ro", "data/app.db" },
                  { "sqlite:////srv/app.db", "/srv/app.db" },
                  { "sqlite://app.db", "app.db" },
                  { "sqlite:///:memory:", NULL },
                  { "sqlite::memory:", NULL } };
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        const char *path = ct_sqlite_path(&(ct_db_target){ .url = cases[i].url }, &arena);
        if (cases[i].path)
            assert_string_equal(path, cases[i].path);
        else
            assert_null(path);
    }
    ct_arena_finish(&arena);
}

static void asks(ct *c)
{
    ct_sql_run(c, "select 1", ARGS());
}

static void a_path_with_too_few_slashes(ct *c)
{
    assert_aborts_with(c, 503, "behind sqlite:/// it is looked for from the working directory", asks(c));
}

static void test_a_path_with_too_few_slashes(void **state)
{
    (void)state;
    assert_true(run_on(&app, "sqlite:///nonexistent/folder/app.db", NULL, a_path_with_too_few_slashes));
}

static void test_urls_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *url, *words;
    } cases[] = { { "mysql://x/y", "begins with \"mysql\", which is none of sqlite" },
                  { "sqlite:", "names no file" },
                  { "sqlite:a.db?mode=rx", "takes the options mode=ro" },
                  { "sqlite:a.db?synchronous=maybe", "takes the options mode=ro" },
                  { "sqlite:///", "names no file" },
                  { "g.db", "its URL \"g.db\" does not say which kind of database it is: write sqlite:g.db for" },
                  { ":memory:", "write sqlite::memory: for" },
                  { "postgresql:x", "begins with postgresql://" },
                  { "postgresql://a:%zz@h/x", "its URL cannot be read: it is postgresql://user:password@" },
                  { "postgresql://a:b@c@h/x", "its URL cannot be read: it is postgresql://user:password@" } };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_arena arena;
        ct_db_site site;
        ct_problems problems = { 0 };
        ct_arena_init(&arena, NULL, 0);
        const ct_db_source source = { .alias = "default", .url = cases[i].url, .origin = ".env:3" };
        ct_db_site_init(&site, &(ct_db_config){ .connections = 1 }, &source, 1, NULL, 0, NULL, &arena, &problems);
        if (problems.errors != 1)
            fail_msg("%s: %zu errors", cases[i].url, problems.errors);
        assert_non_null(strstr(problems.items[0].text, ".env:3: the database \"default\": "));
        if (!strstr(problems.items[0].text, cases[i].words))
            fail_msg("%s", problems.items[0].text);
        ct_db_site_finish(&site);
        ct_problems_finish(&problems);
        ct_arena_finish(&arena);
    }
}

static void in_memory(ct *c)
{
    run_sql(c, "create table t (a)");
    ct_atomic(c)
        run_sql(c, "insert into t values (1)");
    assert_int_equal(number_of(c, "select count(*) from t"), 1);
    ct_db_entry *entry = ct_db_entry_for(c, NULL, NULL, false);
    ct_db_lease *lease = ct_db_lease_take(c, entry);
    assert_aborts_with(c, 500, "holds the only connection of the database \"default\" already",
                       number_of(c, "select 1"));
    ct_db_lease_end(lease);
    assert_int_equal(number_of(c, "select 1"), 1);
}

static void test_in_memory(void **state)
{
    (void)state;
    assert_true(run_on(&app, "sqlite::memory:", NULL, in_memory));
}

/* ---- the file is taken away ---- */

static const char *file_of_run(void)
{
    return database_run.url + strlen("sqlite:");
}

/* A file as large as one needs, with the table and one row. */
static void make_other(ct *c, const char *path, int64_t value)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    const char *sql =
        ct_printf(c, "pragma journal_mode = wal; create table t (a); insert into t values (%" PRId64 ")", value);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void put_in_place(const char *other, bool log)
{
    char path[300];
    if (!log) {
        snprintf(path, sizeof(path), "%.200s-wal", file_of_run());
        remove(path);
        snprintf(path, sizeof(path), "%.200s-shm", file_of_run());
        remove(path);
    }
    if (other)
        assert_int_equal(rename(other, file_of_run()), 0);
}

static void writes_in_a_block(ct *c, void *arg)
{
    ct_atomic(c) {
        run_sql(c, "insert into t values (4)");
        assert_int_equal(rename(file_of_run(), arg), 0);
    }
}

static void a_removed_file_takes_no_writes(ct *c)
{
    const char *words = "was removed or moved while it was open, and what is written now would be lost";
    char *aside = ct_printf(c, "%s.aside", file_of_run());
    run_sql(c, "create table t (a)", "insert into t values (1)");
    assert_int_equal(rename(file_of_run(), aside), 0);
    for (int i = 0; i < 3; i++)
        assert_aborts_with(c, 503, words, run_sql(c, "insert into t values (2)"));
    assert_aborts_with(c, 503, words, writes_in_a_block(c, aside));
    assert_int_equal(number_of(c, "select count(*) from t"), 1);
    ct_db_entry *entry = ct_db_entry_for(c, NULL, NULL, false);
    ct_db_lease *lease = ct_db_lease_take(c, entry); /* another connection makes no new file */
    assert_aborts_with(c, 503, words, number_of(c, "select count(*) from t"));
    ct_db_lease_end(lease);
    assert_int_equal(access(file_of_run(), F_OK), -1);
    assert_int_equal(rename(aside, file_of_run()), 0);
    run_sql(c, "insert into t values (3)");
    assert_aborts_with(c, 503, words, writes_in_a_block(c, aside));
    assert_int_equal(rename(aside, file_of_run()), 0);
    assert_int_equal(number_of(c, "select sum(a) from t"), 4);
}

static void another_file_takes_its_place(ct *c)
{
    const char *other = ct_printf(c, "%s.other", file_of_run());
    run_sql(c, "create table t (a)", "insert into t values (1)");
    ct_db_entry *entry = ct_db_entry_for(c, NULL, NULL, false);
    ct_db_lease *one = ct_db_lease_take(c, entry), *two = ct_db_lease_take(c, entry);
    ct_db_lease_end(one);
    ct_db_lease_end(two);
    assert_int_equal(entry->pool.idle_count, 2);
    make_other(c, other, 10);
    put_in_place(other, true);
    const char *words = "-wal\", which would damage it, is still there: stop the program";
    assert_aborts_with(c, 503, words, run_sql(c, "insert into t values (5)"));
    one = ct_db_lease_take(c, entry);
    two = ct_db_lease_take(c, entry);
    assert_aborts_with(c, 503, words, number_of(c, "select 1")); /* neither does a new connection */
    ct_db_lease_end(one);
    ct_db_lease_end(two);
    assert_int_equal(number_of(c, "select sum(a) from t"), 1);
    put_in_place(NULL, false);
    run_sql(c, "insert into t values (5)"); /* asked again on a new connection: nothing was lost */
    assert_int_equal(number_of(c, "select sum(a) from t"), 15);
    assert_int_equal(entry->pool.open_count, 1);
    make_other(c, other, 20);
    put_in_place(other, false);
    assert_int_equal(number_of(c, "select sum(a) from t"), 15);
    ct_sleep(c, 1100 * CT_MILLISECOND);
    assert_int_equal(number_of(c, "select sum(a) from t"), 20);
    make_other(c, other, 30);
    put_in_place(other, false);
    ct_atomic(c)
        run_sql(c, "insert into t values (5)");
    assert_int_equal(number_of(c, "select sum(a) from t"), 35);
}

/* clang-format off */
#define ON_SQLITE(fn, ...)                                                                                             \
    static void test_##fn(void **state)                                                                                \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_sqlite_with(&app, (const ct_setting[]){ __VA_ARGS__ __VA_OPT__(, ) { .name = NULL } }, fn);                 \
    }
/* clang-format on */
ON_SQLITE(kinds_come_back)
ON_SQLITE(nulls_come_back)
ON_SQLITE(what_does_not_fit_is_said)
ON_SQLITE(bad_values_are_refused)
ON_SQLITE(constraints_have_names)
ON_SQLITE(a_commit_can_be_refused)
ON_SQLITE(decimals_are_exact)
ON_SQLITE(functions_are_there)
ON_SQLITE(many_statements_are_fine)
ON_SQLITE(writers_wait_for_each_other)
ON_SQLITE(a_lock_has_an_end, { .name = "database_lock_timeout", .value = "100ms" })
ON_SQLITE(a_deadline_ends_the_wait_for_a_lock)
ON_SQLITE(others_go_on_meanwhile)
ON_SQLITE(a_deadline_ends_a_long_statement)
ON_SQLITE(a_statement_has_a_timeout, { .name = "database_statement_timeout", .value = "50ms" })
ON_SQLITE(deep_statements_fit_the_stack)
ON_SQLITE(a_full_disk_is_said)
ON_SQLITE(a_removed_file_takes_no_writes)
ON_SQLITE(another_file_takes_its_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_come_back),
        cmocka_unit_test(test_nulls_come_back),
        cmocka_unit_test(test_what_does_not_fit_is_said),
        cmocka_unit_test(test_bad_values_are_refused),
        cmocka_unit_test(test_constraints_have_names),
        cmocka_unit_test(test_a_commit_can_be_refused),
        cmocka_unit_test(test_decimals_are_exact),
        cmocka_unit_test(test_functions_are_there),
        cmocka_unit_test(test_many_statements_are_fine),
        cmocka_unit_test(test_writers_wait_for_each_other),
        cmocka_unit_test(test_a_lock_has_an_end),
        cmocka_unit_test(test_a_deadline_ends_the_wait_for_a_lock),
        cmocka_unit_test(test_others_go_on_meanwhile),
        cmocka_unit_test(test_a_deadline_ends_a_long_statement),
        cmocka_unit_test(test_a_statement_has_a_timeout),
        cmocka_unit_test(test_deep_statements_fit_the_stack),
        cmocka_unit_test(test_broken_files_are_one_line),
        cmocka_unit_test(test_a_full_disk_is_said),
        cmocka_unit_test(test_a_removed_file_takes_no_writes),
        cmocka_unit_test(test_another_file_takes_its_place),
        cmocka_unit_test(test_slashes_of_urls),
        cmocka_unit_test(test_a_path_with_too_few_slashes),
        cmocka_unit_test(test_urls_are_checked),
        cmocka_unit_test(test_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
