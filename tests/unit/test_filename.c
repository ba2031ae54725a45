/* Names of files as clients send them, and what is left of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/filename.h"

#include <stdio.h>
#include <stdlib.h>

/* From a copy of exactly the size, into memory of exactly the size. */
static void check(const char *sent, size_t length, const char *expected)
{
    char *copy = malloc(length + !length), *out = malloc(length + CT_FILENAME_ROOM);
    assert_non_null(copy);
    assert_non_null(out);
    memcpy(copy, sent, length);
    size_t got = ct_filename_clean(out, (ct_str){ copy, length });
    assert_string_equal(out, expected);
    assert_int_equal(got, strlen(expected));
    free(copy);
    free(out);
}

#define CHECK(sent, expected) check((sent), sizeof(sent) - 1, (expected))

static void names_that_are_fine(void **state)
{
    (void)state;
    CHECK("photo.png", "photo.png");
    CHECK("a b-c_(1).tar.gz", "a b-c_(1).tar.gz");
    CHECK("\xC3\xA9t\xC3\xA9 \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x8C\xBE.txt",
          "\xC3\xA9t\xC3\xA9 \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x8C\xBE.txt");
    CHECK("x", "x");
    CHECK("~", "~");
}

static void folders_go(void **state)
{
    (void)state;
    CHECK("/etc/passwd", "passwd");
    CHECK("C:\\Users\\a\\b.txt", "b.txt");
    CHECK("../../a", "a");
    CHECK("a/..\\b", "b");
    CHECK("a/", "file");
    CHECK("..", "file");
    CHECK("a/..", "file");
    CHECK("a\\.", "file");
}

static void characters_that_go(void **state)
{
    (void)state;
    CHECK("a\r\nb\t\x7F.txt", "ab.txt");
    CHECK("a\xC2\x80\xC2\x9F\xC2\xA0z", "a\xC2\xA0z");
    CHECK("a\xE2\x80\xAEgpj.exe", "agpj.exe");
    CHECK("\xD8\x9C\xE2\x80\x8E\xE2\x80\x8F\xE2\x80\xAA\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\xA8\xE2\x80\xA9\xEF\xBB\xBFx",
          "x");
    CHECK("<a>:\"b\"|?*.txt", "_a___b____.txt");
    CHECK("\x01\x02", "file");
}

static void dots_and_blanks_at_the_ends_go(void **state)
{
    (void)state;
    CHECK(".htaccess", "htaccess");
    CHECK("... .x.txt. . ", "x.txt");
    CHECK(" ", "file");
    CHECK("", "file");
    CHECK("\xE2\x80\xAE.profile", "profile");
}

static void devices_of_windows(void **state)
{
    (void)state;
    CHECK("con", "_con");
    CHECK("NUL.txt", "_NUL.txt");
    CHECK("aux .tar.gz", "_aux .tar.gz");
    CHECK("Com1", "_Com1");
    CHECK("LPT\xC2\xB2.x", "_LPT\xC2\xB2.x");
    CHECK("CONOUT$", "_CONOUT$");
    CHECK("com", "com");
    CHECK("com10", "com10");
    CHECK("comx", "comx");
    CHECK("console.txt", "console.txt");
}

/* `count` times the character, then `ending`. */
static const char *made_of(const char *one, size_t count, const char *ending)
{
    static char text[1024];
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", one);
    snprintf(text + length, sizeof text - length, "%s", ending);
    return text;
}

static void long_names_are_cut_before_their_ending(void **state)
{
    (void)state;
    char sent[1024];
    snprintf(sent, sizeof sent, "%s", made_of("a", 251, ".txt"));
    check(sent, 255, sent);
    snprintf(sent, sizeof sent, "%s", made_of("a", 252, ".txt"));
    check(sent, 256, made_of("a", 251, ".txt"));
    snprintf(sent, sizeof sent, "%s", made_of("\xC3\xA9", 200, ".txt")); /* 251 is in the middle of one */
    check(sent, 404, made_of("\xC3\xA9", 125, ".txt"));
    snprintf(sent, sizeof sent, "%s", made_of("a", 300, ""));
    check(sent, 300, made_of("a", 255, ""));
    snprintf(sent, sizeof sent, "a.%s", made_of("b", 300, "")); /* an ending that is longer than a name */
    char expected[300];
    snprintf(expected, sizeof expected, "a.%s", made_of("b", 253, ""));
    check(sent, 302, expected);
    snprintf(sent, sizeof sent, "a%s.%s", made_of(" ", 254, ""), "b");
    snprintf(expected, sizeof expected, "a%s.b", made_of(" ", 252, ""));
    check(sent, 257, expected);
    snprintf(sent, sizeof sent, "a%sb", made_of(" ", 260, "")); /* cut, it ends in blanks */
    check(sent, 262, "a");
    snprintf(sent, sizeof sent, "nul%sx.txt", made_of(" ", 260, "")); /* cut, it is a device */
    snprintf(expected, sizeof expected, "_nul%s.txt", made_of(" ", 247, ""));
    check(sent, 268, expected);
    snprintf(sent, sizeof sent, "a.%s%s", made_of(" ", 253, ""), "bb");
    check(sent, 257, "a");
}

static void stems(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t stem;
    } cases[] = { { "a.txt", 1 },        { "a.tar.gz", 5 }, { "a", 1 },  { ".a", 2 }, { "..a.b", 3 },
                  { "x.y/a", 5 },        { "x.y/a.b", 5 },  { "a.", 1 }, { "", 0 },   { "x/.a.b", 4 },
                  { "x.y/..hidden", 12 } };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_int_equal(ct_filename_stem(ct_str_of(cases[i].name)), cases[i].stem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_fine),
        cmocka_unit_test(folders_go),
        cmocka_unit_test(characters_that_go),
        cmocka_unit_test(dots_and_blanks_at_the_ends_go),
        cmocka_unit_test(devices_of_windows),
        cmocka_unit_test(long_names_are_cut_before_their_ending),
        cmocka_unit_test(stems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
