/* Options: every way to write one, every mistake with its whole line, the checks of tables, and what commands read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "canteen.h"
#include "cli/options.h"
#include "web/ct.h"
#include "web/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ct_option table[] = {
    ARGUMENT("name", .help = "whom"),
    OPTION("times", .type = CT_INTEGER, .value = "1", .min = 1, .max = 10, .letter = 'n'),
    OPTION("loud", .type = CT_FLAG, .letter = 'l'),
    OPTION("polite", .type = CT_FLAG, .value = "true", .letter = 'p'),
    OPTION("pause", .type = CT_DURATION),
    OPTION("level", .type = CT_CHOICE, .choices = "low, high", .value = "low"),
    ARGUMENT("factor", .type = CT_REAL, .value = "1.5"),
    ARGUMENT("note", .optional = true),
    { .name = NULL },
};

#define WORDS(...) (char *[]){ __VA_ARGS__ }, sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)

/* "name=text*" for each row that has a text, '*' if it was given. */
static void reads_as(const char *expected, char *const *words, size_t count)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_option_values values;
    ct_error error = { 0 };
    if (!ct_options_parse(&arena, table, words, count, &values, &error))
        fail_msg("%s", error.message);
    const char *text = values.help ? "help" : "";
    for (size_t i = 0; i < values.count && !values.help; i++)
        if (values.values[i].text)
            text = ct_arena_printf(&arena, "%s%s%s=%s%s", text, *text ? " " : "", table[i].name, values.values[i].text,
                                   values.given[i] ? "*" : "");
    assert_string_equal(text, expected);
    ct_arena_finish(&arena);
}

static void refused_as(const char *message, const ct_option *options, char *const *words, size_t count)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_option_values values = { .count = 99 };
    ct_error error = { 0 };
    assert_false(ct_options_parse(&arena, options, words, count, &values, &error));
    assert_string_equal(error.message, message);
    assert_int_equal(values.count, 99);
    ct_arena_finish(&arena);
}

#define REST " polite=true level=low factor=1.5"

static void test_ways_to_write(void **state)
{
    (void)state;
    reads_as("name=Ada* times=1" REST, WORDS("Ada"));
    reads_as("name=Ada* times=3*" REST, WORDS("Ada", "--times", "3"));
    reads_as("name=Ada* times=3*" REST, WORDS("--times=3", "Ada"));
    reads_as("name=Ada* times=3*" REST, WORDS("-n", "3", "Ada"));
    reads_as("name=Ada* times=3*" REST, WORDS("-n3", "Ada"));
    reads_as("name=Ada* times=4*" REST, WORDS("-n3", "Ada", "--times", "4"));
    reads_as("name=Ada* times=1 loud=true*" REST, WORDS("Ada", "--loud"));
    reads_as("name=Ada* times=1 loud=true* polite=true* level=low factor=1.5", WORDS("Ada", "-lp"));
    reads_as("name=Ada* times=5* loud=true*" REST, WORDS("-ln5", "Ada"));
    reads_as("name=Ada* times=1 loud=false* polite=false* level=low factor=1.5",
             WORDS("--no-polite", "Ada", "--loud", "--no-loud"));
    reads_as("name=Ada* times=1 polite=true pause=5m* level=high* factor=1.5",
             WORDS("Ada", "--pause", "5m", "--level=high"));
    reads_as("name=Ada* times=1 polite=true level=low factor=-2* note=x*", WORDS("Ada", "-2", "x"));
    reads_as("name=--loud* times=1 polite=true level=low factor=1.5", WORDS("--", "--loud"));
    reads_as("name=-* times=1 polite=true level=low factor=1.5", WORDS("-"));
    reads_as("name=* times=1 polite=true level=low factor=1.5", WORDS(""));
    reads_as("help", WORDS("--help"));
    reads_as("help", WORDS("-h", "--nonsense"));
    reads_as("help", WORDS("Ada", "-lh"));
}

static void test_mistakes(void **state)
{
    (void)state;
    refused_as("the argument name is missing", table, NULL, 0);
    refused_as("the argument name is missing", table, WORDS("--loud"));
    refused_as("there is no option --tmies; did you mean --times?", table, WORDS("Ada", "--tmies", "3"));
    refused_as("there is no option --something-else", table, WORDS("Ada", "--something-else"));
    refused_as("there is no option --no-lowd; did you mean --no-loud?", table, WORDS("Ada", "--no-lowd"));
    refused_as("there is no option --no-times; did you mean --times?", table, WORDS("Ada", "--no-times"));
    refused_as("there is no option --name", table, WORDS("--name", "Ada"));
    refused_as("there is no option --x?[31m", table, WORDS("--x\x1b[31m"));
    refused_as("there is no option -x", table, WORDS("Ada", "-x"));
    refused_as("there is no option -x", table, WORDS("Ada", "-lx"));
    refused_as("--times needs a value", table, WORDS("Ada", "--times"));
    refused_as("-n needs a value", table, WORDS("Ada", "-n"));
    refused_as("--times needs a value; if it is \"--loud\", write --times=--loud", table,
               WORDS("Ada", "--times", "--loud"));
    refused_as("--times: \"0\" is too small: the least is 1", table, WORDS("Ada", "--times", "0"));
    refused_as("--times: \"11\" is too great: the most is 10", table, WORDS("Ada", "--times=11"));
    refused_as("-n: \"x\" is not a whole number (as 0, 42)", table, WORDS("Ada", "-nx"));
    refused_as("--times: the value is empty; write a whole number (as 0, 42)", table, WORDS("Ada", "--times="));
    refused_as("--level: \"hihg\" is none of low, high; did you mean \"high\"?", table, WORDS("Ada", "--level=hihg"));
    refused_as("--loud takes no value: write --loud or --no-loud", table, WORDS("Ada", "--loud=true"));
    refused_as("factor: \"Bob\" is not a number (as 2, 0.5, 1e-3)", table, WORDS("Ada", "Bob"));
    refused_as("\"y\" is too much: there are 3 arguments", table, WORDS("Ada", "1", "x", "y"));
    refused_as("\"y\" is too much: there are no arguments", NULL, WORDS("y"));
    static const ct_option one[] = { ARGUMENT("name"), OPTION("key", .required = true), { .name = NULL } };
    refused_as("\"y\" is too much: there is 1 argument", one, WORDS("x", "y"));
    refused_as("the option --key is missing", one, WORDS("x"));
}

static void test_bounds_of_options(void **state)
{
    (void)state;
    reads_as("name=Ada* times=1*" REST, WORDS("Ada", "--times", "1"));
    reads_as("name=Ada* times=10*" REST, WORDS("Ada", "--times", "10"));
}

/* ---- tables ---- */

static void checked_as(const char *expected, const ct_option *options)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_problems problems = { 0 };
    ct_options_check(options, "main.c:9: command greet", &problems);
    const char *text = "";
    for (size_t i = 0; i < problems.count; i++)
        text = ct_arena_printf(&arena, "%s%s\n", text, problems.items[i].text);
    assert_string_equal(text, expected);
    assert_int_equal(problems.errors, problems.count);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
}

#define HERE "main.c:9: command greet: "

static void test_tables(void **state)
{
    (void)state;
    checked_as("", table);
    checked_as("", NULL);
    checked_as(HERE "\"Times\" is no name of an option: write lower case letters, digits and '-', a letter first\n",
               OPTIONS(OPTION("Times")));
    checked_as(HERE "\"\" is no name of an option: write lower case letters, digits and '-', a letter first\n",
               OPTIONS(OPTION("")));
    checked_as(HERE "help: --help and -h explain the command: choose another name\n", OPTIONS(OPTION("help")));
    checked_as(HERE "host: --help and -h explain the command: choose another name\n",
               OPTIONS(OPTION("host", .letter = 'h')));
    checked_as(HERE "one: .letter is for options, and a letter from a to z or A to Z\n",
               OPTIONS(OPTION("one", .letter = '1')));
    checked_as(HERE "one: .letter is for options, and a letter from a to z or A to Z\n",
               OPTIONS(ARGUMENT("one", .letter = 'o')));
    checked_as(HERE "one: .optional is for arguments: an option may be missing unless it is .required\n",
               OPTIONS(OPTION("one", .optional = true)));
    checked_as(HERE "one: what is .required has no default and is not .optional\n",
               OPTIONS(OPTION("one", .required = true, .value = "x")));
    checked_as(HERE "one: a choice needs .choices = \"one, another\"\n", OPTIONS(OPTION("one", .type = CT_CHOICE)));
    checked_as(HERE "one: \"x\" is not a size (as 4096, 16K, 2.5M)\n",
               OPTIONS(OPTION("one", .type = CT_SIZE, .value = "x")));
    checked_as(HERE "one: \"11\" is too great: the most is 10\n",
               OPTIONS(OPTION("one", .type = CT_INTEGER, .min = 1, .max = 10, .value = "11")));
    checked_as(HERE "one is there twice\n", OPTIONS(OPTION("one"), ARGUMENT("one")));
    checked_as(HERE "-v is the letter of both --one and --two\n",
               OPTIONS(OPTION("one", .letter = 'v'), OPTION("two", .letter = 'v')));
    checked_as(HERE "--colour and --no-colour: one is the other switched off\n",
               OPTIONS(OPTION("colour", .type = CT_FLAG), OPTION("no-colour", .type = CT_FLAG)));
    checked_as("", OPTIONS(OPTION("colour"), OPTION("no-colour", .type = CT_FLAG)));
    checked_as(HERE "the argument two must be given but stands behind one, which may be missing\n",
               OPTIONS(ARGUMENT("one", .optional = true), ARGUMENT("two")));
    checked_as("", OPTIONS(ARGUMENT("one"), ARGUMENT("two", .value = "x"), ARGUMENT("three", .optional = true)));
    checked_as("", OPTIONS(OPTION("set", .repeat = true), ARGUMENT("one"), ARGUMENT("two", .repeat = true)));
    checked_as(HERE "one: what may .repeat is text\n", OPTIONS(OPTION("one", .repeat = true, .type = CT_INTEGER)));
    checked_as(HERE "the argument two stands behind one, which takes all that follow\n",
               OPTIONS(ARGUMENT("one", .repeat = true), ARGUMENT("two")));
}

/* ---- options that repeat ---- */

static const ct_option repeating[] = {
    OPTION("set", .repeat = true, .letter = 's'),
    OPTION("define", .repeat = true, .value = "nothing"),
    OPTION("once"),
    ARGUMENT("first"),
    ARGUMENT("rest", .repeat = true, .optional = true),
    { .name = NULL },
};

static void all_are(const ct_option_values *values, const char *name, const char *expected)
{
    char text[100] = "";
    for (const char *const *at = ct_options_all(values, name); *at; at++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s,", *at);
    assert_string_equal(text, expected);
}

static void test_repetition(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_option_values values;
    struct ct c = { .arena = &arena, .options = &values };
    assert_true(ct_options_parse(&arena, repeating, WORDS("one"), &values, NULL));
    all_are(&values, "set", "");
    all_are(&values, "define", "nothing,");
    all_are(&values, "rest", "");
    assert_true(ct_options_parse(&arena, repeating,
                                 WORDS("one", "--set", "a=1", "two", "-sb", "--define=x", "--set=a=2", "three"),
                                 &values, NULL));
    all_are(&values, "set", "a=1,b,a=2,");
    all_are(&values, "define", "x,");
    all_are(&values, "rest", "two,three,");
    assert_string_equal(ct_options_get(&values, "set")->text, "a=2"); /* as everywhere the last */
    assert_string_equal(ct_option_all(&c, "rest")[1], "three");
    assert_null(ct_option_all(&c, "rest")[2]);
    ct_arena_finish(&arena);
}

/* ---- what a command reads ---- */

typedef struct fixture {
    struct ct c;
    ct_arena arena;
    ct_site site;
    ct_option_values values;
    ct_problems problems;
} fixture;

static const ct_app app = {
    .name = "app",
    .settings = SETTINGS(SETTING("ratio", "0.5", .type = CT_REAL), SETTING("key", NULL)),
};

static int set_up(void **state)
{
    fixture *f = ct_xcalloc(1, sizeof *f);
    ct_arena_init(&f->arena, NULL, 0);
    f->site.settings = ct_settings_declare(&f->arena, &app, &f->problems);
    f->c.arena = &f->arena;
    f->c.site = &f->site;
    f->c.options = &f->values;
    *state = f;
    return f->problems.count || !ct_options_parse(&f->arena, table, WORDS("Ada", "--pause=5s"), &f->values, NULL);
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ct_arena_finish(&f->arena);
    free(f);
    return 0;
}

static void test_values(void **state)
{
    fixture *f = *state;
    ct *c = &f->c;
    assert_string_equal(ct_option_text(c, "name"), "Ada");
    assert_string_equal(ct_option_text(c, "level"), "low");
    assert_null(ct_option_text(c, "note"));
    assert_int_equal(ct_option_int(c, "times"), 1);
    assert_int_equal(ct_option_int(c, "pause"), 5 * CT_SECOND);
    assert_true(ct_option_real(c, "factor") == 1.5);
    assert_false(ct_option_flag(c, "loud"));
    assert_true(ct_option_flag(c, "polite"));
    assert_true(ct_option_given(c, "name"));
    assert_true(ct_option_given(c, "pause"));
    assert_false(ct_option_given(c, "times"));
    assert_string_equal(ct_setting_text(c, "bind"), "127.0.0.1:8000");
    assert_string_equal(ct_setting_text(c, "log_level"), "info");
    assert_null(ct_setting_text(c, "key"));
    assert_int_equal(ct_setting_int(c, "max_head"), 16384);
    assert_int_equal(ct_setting_int(c, "idle_timeout"), 75 * CT_SECOND);
    assert_int_equal(ct_setting_int(c, "workers"), 0);
    assert_true(ct_setting_real(c, "ratio") == 0.5);
    assert_true(ct_setting_flag(c, "access_log"));
}

static void option_text_of_times(ct *c)
{
    ct_option_text(c, "times");
}

static void option_int_of_tmies(ct *c)
{
    ct_option_int(c, "tmies");
}

static void option_flag_of_nothing(ct *c)
{
    ct_option_flag(c, "nothing-like-it");
}

static void option_given_of_nothing(ct *c)
{
    ct_option_given(c, "nothing-like-it");
}

static void option_without_command(ct *c)
{
    c->options = NULL;
    ct_option_real(c, "factor");
}

static void option_all_of_times(ct *c)
{
    ct_option_all(c, "times");
}

static void setting_int_of_bind(ct *c)
{
    ct_setting_int(c, "bind");
}

static void setting_flag_of_level(ct *c)
{
    ct_setting_flag(c, "log_level");
}

static void setting_int_of_max_bdoy(ct *c)
{
    ct_setting_int(c, "max_bdoy");
}

static void setting_real_of_nothing(ct *c)
{
    ct_setting_real(c, "nothing_like_it");
}

static void ends_with(ct *c, void (*mistake)(ct *c), const char *message)
{
    ct_catch catch;
    if (!ct_catch_begin(c, &catch)) {
        mistake(c);
        fail_msg("no mistake was found: %s", message);
    }
    assert_int_equal(c->error_status, 500);
    assert_string_equal(c->error_message, message);
}

/* A mistake of the program ends the request or command with what to write instead. */
static void test_mistakes_of_programs(void **state)
{
    fixture *f = *state;
    static const struct {
        void (*mistake)(ct *c);
        const char *message;
    } rows[] = {
        { option_text_of_times,
          "ct_option_text(\"times\"): the option is of type integer; read it with ct_option_int()" },
        { option_int_of_tmies, "ct_option_int(\"tmies\"): the command has no such option; did you mean \"times\"?" },
        { option_flag_of_nothing, "ct_option_flag(\"nothing-like-it\"): the command has no such option or argument" },
        { option_given_of_nothing, "ct_option_given(\"nothing-like-it\"): the command has no such option or argument" },
        { option_all_of_times, "ct_option_all(\"times\"): the option has no .repeat" },
        { option_without_command, "ct_option_real(\"factor\") was called outside a command" },
        { setting_int_of_bind,
          "ct_setting_int(\"bind\"): the setting is of type text; read it with ct_setting_text()" },
        { setting_flag_of_level,
          "ct_setting_flag(\"log_level\"): the setting is of type choice; read it with ct_setting_text()" },
        { setting_int_of_max_bdoy,
          "ct_setting_int(\"max_bdoy\"): there is no such setting; did you mean \"max_body\"?" },
        { setting_real_of_nothing,
          "ct_setting_real(\"nothing_like_it\"): there is no such setting; declare it with SETTING()" },
    };
    for (size_t i = 0; i < CT_COUNT(rows); i++)
        ends_with(&f->c, rows[i].mistake, rows[i].message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_to_write),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_bounds_of_options),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_repetition),
        cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mistakes_of_programs, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
