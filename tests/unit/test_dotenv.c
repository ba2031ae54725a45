/* .env files: what each line means, and that a mistake is named with its line while the others still count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/common.h"
#include "web/dotenv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Parses, and writes what was found as "NAME=value@line|...", then each problem after a '!'. */
static const char *outcome(ct_arena *arena, const ct_dotenv *file, const ct_problems *problems)
{
    const char *text = "";
    for (size_t i = 0; i < file->count; i++)
        text = ct_arena_printf(arena, "%s%s%s=%s@%u", text, i ? "|" : "", file->items[i].name, file->items[i].value,
                               file->items[i].line);
    for (size_t i = 0; i < problems->count; i++) {
        assert_int_equal(problems->items[i].severity, CT_PROBLEM_ERROR);
        text = ct_arena_printf(arena, "%s!%s", text, problems->items[i].text);
    }
    return text;
}

static void parses_to(ct_str text, const char *expected)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_problems problems = { 0 };
    ct_dotenv file;
    /* A copy of its exact size, so that reading beyond it is found. */
    char *copy = ct_xmalloc(text.length);
    memcpy(copy, text.data, text.length);
    ct_dotenv_parse(&arena, (ct_str){ copy, text.length }, ".env", &file, &problems);
    free(copy);
    assert_string_equal(outcome(&arena, &file, &problems), expected);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
}

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        { "", "" },
        { "\n\n  \t\n# comment\n   # another\n", "" },
        { "A=1", "A=1@1" },
        { "A=1\nB=2\n", "A=1@1|B=2@2" },
        { "A=1\r\nB=2\r\n", "A=1@1|B=2@2" },
        { "\xef\xbb\xbf"
          "A=1",
          "A=1@1" },
        { "  A \t= \t1  ", "A=1@1" },
        { "_a9=x", "_a9=x@1" },
        { "A=", "A=@1" },
        { "A=\n", "A=@1" },
        { "export A=1", "A=1@1" },
        { "export\tA=1", "A=1@1" },
        { "export=1", "export=1@1" },
        { "export =1", "export=1@1" },
        { "exported=1", "exported=1@1" },
        { "A=a b  c", "A=a b  c@1" },
        { "A=1 # comment", "A=1@1" },
        { "A=1\t#comment", "A=1@1" },
        { "A=1#not", "A=1#not@1" },
        { "A=#not", "A=#not@1" },
        { "A= # comment", "A=@1" },
        { "A=a=b=c", "A=a=b=c@1" },
        { "A=it's \"so\"", "A=it's \"so\"@1" },
        { "A=$HOME/${B}", "A=$HOME/${B}@1" },
        { "A=C:\\new", "A=C:\\new@1" },
        { "A='a # b'", "A=a # b@1" },
        { "A='a\\nb\\\\c\\'d\\\"e'", "A=a\\nb\\c'd\\\"e@1" },
        { "A=\"a\\tb\\nc\\rd\\\\e\\\"f\\'g\\hi\"", "A=a\tb\nc\rd\\e\"f'g\\hi@1" },
        { "A=\"it's\" # comment", "A=it's@1" },
        { "A=\"x\"# comment", "A=x@1" },
        { "A=''", "A=@1" },
        { "A=\"\"", "A=@1" },
        { "A=\"caf\xc3\xa9\"", "A=caf\xc3\xa9@1" },
        { "A=1\nB=2\nA=3", "B=2@2|A=3@3" },
    };
    for (size_t i = 0; i < CT_COUNT(rows); i++)
        parses_to(ct_str_of(rows[i].text), rows[i].expected);
}

#define NAME_WRONG "a line begins with a name of letters, digits and '_' (not with a digit in front)"
#define NO_EQUALS "the name has no '=' behind it: write NAME=value"
#define NOT_CLOSED "the quote is not closed on its line (a line break inside double quotes is written \\n)"

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        { "=1", "!.env:1: " NAME_WRONG },
        { "9A=1", "!.env:1: " NAME_WRONG },
        { "export 9A=1", "!.env:1: " NAME_WRONG },
        { "'A'=1", "!.env:1: " NAME_WRONG },
        { "A", "!.env:1: " NO_EQUALS },
        { "export", "!.env:1: " NO_EQUALS },
        { "A: 1", "!.env:1: " NO_EQUALS },
        { "A-B=1", "!.env:1: " NO_EQUALS },
        { "A B=1", "!.env:1: " NO_EQUALS },
        { "A='x", "!.env:1: " NOT_CLOSED },
        { "A=\"x\nB=2", "B=2@2!.env:1: " NOT_CLOSED },
        { "A=\"x\\\"", "!.env:1: " NOT_CLOSED },
        { "A=\"x\\", "!.env:1: " NOT_CLOSED },
        { "A=\"x\" y", "!.env:1: something follows the closing quote" },
        { "A='x''y'", "!.env:1: something follows the closing quote" },
        { "A=\xff", "!.env:1: the line is not valid UTF-8" },
        { "A=1\rB=2", "!.env:1: the line has a NUL or a carriage return inside" },
        { "A=1\n\n?\nB=2\n!", "A=1@1|B=2@4!.env:3: " NAME_WRONG "!.env:5: " NAME_WRONG },
    };
    for (size_t i = 0; i < CT_COUNT(rows); i++)
        parses_to(ct_str_of(rows[i].text), rows[i].expected);
    parses_to(CT_STR("A=1\0002"), "!.env:1: the line has a NUL or a carriage return inside");
}

static void loads_to(const char *path, const char *expected)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_problems problems = { 0 };
    ct_dotenv file;
    ct_dotenv_load(&arena, path, &file, &problems);
    assert_string_equal(outcome(&arena, &file, &problems), expected);
    ct_problems_finish(&problems);
    ct_arena_finish(&arena);
}

static void write_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs("A=1\n#", file) >= 0, 1);
    for (size_t i = 5; i < size; i++)
        assert_int_equal(fputc('x', file), 'x');
    assert_int_equal(fclose(file), 0);
}

static void test_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/canteen-dotenv.XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    loads_to("missing", "");
    write_file("most", CT_DOTENV_BYTES);
    loads_to("most", "A=1@1");
    write_file("more", CT_DOTENV_BYTES + 1);
    loads_to("more", "!more: the file is over 64 KiB");
    loads_to(".", "!.: it is no ordinary file");
    assert_int_equal(mkfifo("pipe", 0600), 0);
    loads_to("pipe", "!pipe: it is no ordinary file"); /* and does not wait for a writer */
    loads_to("most/x", "!most/x: the file cannot be read: Not a directory");
    assert_int_equal(symlink("loop", "loop"), 0);
    loads_to("loop", "!loop: the file cannot be read: Too many levels of symbolic links");
    static const char *const names[] = { "most", "more", "pipe", "loop" };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        unlink(names[i]);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests_name("dotenv", tests, NULL, NULL);
}
