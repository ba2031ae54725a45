/* Multipart forms: what parts they have, where content ends, what is refused.
 *
 * Every case is parsed whole, byte by byte and cut in two at every place, from blocks of exactly the size given, and
 * must give the same parts, the same content and the same error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_LIMIT 256

typedef struct outcome {
    char text[1024]; /* "[name|filename|type]content;" of each part, then "." or the status and the reason */
    size_t length;
} outcome;

static void say(outcome *out, const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        assert_true(out->length + 5 < sizeof out->text);
        unsigned char ch = (unsigned char)data[i];
        out->length += (size_t)snprintf(out->text + out->length, 5, ch < 0x20 || ch == 0x7F ? "\\x%02x" : "%c", ch);
    }
}

static void say_part(outcome *out, const ct_multipart_part *part)
{
    say(out, "[", 1);
    say(out, part->name.data, part->name.length);
    say(out, "|", 1);
    if (part->is_file)
        say(out, part->filename.data, part->filename.length);
    else
        say(out, "-", 1);
    say(out, "|", 1);
    say(out, part->content_type.data, part->content_type.length);
    say(out, "]", 1);
}

/* One piece, from a copy of exactly its size. False: the parser has failed. */
static bool feed(ct_multipart *parser, const char *data, size_t length, outcome *out)
{
    char *copy = malloc(length + !length);
    assert_non_null(copy);
    memcpy(copy, data, length);
    ct_multipart_event event;
    size_t at = 0, consumed;
    do {
        ct_str run;
        event = ct_multipart_next(parser, copy + at, length - at, &consumed, &run);
        at += consumed;
        assert_true(at <= length);
        if (event == CT_MULTIPART_PART) {
            say_part(out, &parser->part);
        } else if (event == CT_MULTIPART_DATA) {
            assert_true(run.length > 0);
            say(out, run.data, run.length);
        } else if (event == CT_MULTIPART_PART_END) {
            say(out, ";", 1);
        } else if (event == CT_MULTIPART_MORE) {
            assert_int_equal(at, length);
        }
    } while (event != CT_MULTIPART_MORE && event != CT_MULTIPART_ERROR);
    free(copy);
    return event == CT_MULTIPART_MORE;
}

/* Up to `first` bytes, then pieces of `rest` bytes. */
static outcome parse(const char *form, size_t length, size_t first, size_t rest, uint32_t parts)
{
    outcome out = { .length = 0 };
    const ct_multipart_limits limits = { .parts = parts, .head = HEAD_LIMIT };
    char *head = malloc(HEAD_LIMIT);
    assert_non_null(head);
    ct_multipart parser;
    ct_multipart_init(&parser, CT_STR("b--b"), &limits, head);
    bool good = true;
    for (size_t at = 0, piece = first; at < length && good; at += piece, piece = rest) {
        piece = CT_MIN(piece, length - at);
        good = feed(&parser, form + at, piece, &out);
    }
    if (good && ct_multipart_finish(&parser)) {
        say(&out, ".", 1);
        assert_null(parser.error);
    } else {
        size_t consumed;
        ct_str run;
        assert_false(ct_multipart_finish(&parser));
        assert_int_equal(ct_multipart_next(&parser, "x", 1, &consumed, &run), CT_MULTIPART_ERROR);
        out.length += (size_t)snprintf(out.text + out.length, sizeof out.text - out.length, "%d %s",
                                       parser.error_status, parser.error);
    }
    free(head);
    return out;
}

static void check(const char *form, size_t length, size_t first, size_t rest, uint32_t parts, const char *expected)
{
    outcome out = parse(form, length, first, rest, parts);
    if (strcmp(out.text, expected) != 0)
        fail_msg("form:\n%s\nin pieces of %zu, then %zu bytes gives\n%s\nnot\n%s", form, first, rest, out.text,
                 expected);
}

static void check_splits(const char *form, size_t length, uint32_t parts, const char *expected)
{
    check(form, length, length, 1, parts, expected);
    check(form, length, 1, 1, parts, expected);
    for (size_t cut = 1; cut < length; cut++)
        check(form, length, cut, length, parts, expected);
}

#define CHECK(form, expected) check_splits((form), sizeof(form) - 1, 100, (expected))

#define B "--b--b\r\n"
#define END "\r\n--b--b--\r\n"
#define NAMED(parameters) "Content-Disposition: form-data; " parameters "\r\n"
#define A B NAMED("name=\"a\"") "\r\n"

static void fields_and_files(void **state)
{
    (void)state;
    CHECK(A "1" END, "[a|-|]1;.");
    CHECK(A END, "[a|-|];.");
    CHECK(A "1\r\n" A
            "2\r\n" B NAMED("name=\"f\"; filename=\"x.png\"") "Content-Type: Image/PNG; q=\"a;b\"\r\n\r\n\x89P"
                                                              "\r\n\r\n" END,
          "[a|-|]1;[a|-|]2;[f|x.png|image/png]\x89P\\x0d\\x0a\\x0d\\x0a;.");
    CHECK(B "content-DISPOSITION:form-data;name=a\r\nX-Other: \t \r\nContent-Type:\r\n"
            "Content-Transfer-Encoding: 8BIT\r\n\r\n1" END,
          "[a|-|]1;.");
    CHECK(B NAMED("name=f; filename=\"\"") "\r\n" END, "[f||];.");
    CHECK(B NAMED("x=1; name=\"\" ;\t;") "\r\n1" END, "[|-|]1;.");
    CHECK(A "1\0002" END, "[a|-|]1\\x002;.");
}

static void forms_without_parts(void **state)
{
    (void)state;
    CHECK("--b--b--\r\n", ".");
    CHECK("--b--b--", ".");
    CHECK("\r\n--b--b--", ".");
    CHECK("", "400 the form ends before its last boundary");
}

static void what_surrounds_a_form(void **state)
{
    (void)state;
    CHECK("preamble --b--b\r\n" A "1" END "epilogue\n" A "2" END, "[a|-|]1;.");
    CHECK("--b\r\n--b-\r\n" A "1\r\n--b--b--", "[a|-|]1;.");
    CHECK("\r\r\n" A "1\r\n--b--b-- \t", "[a|-|]1;.");
    CHECK("--b--b \t\r\n" NAMED("name=a") "\r\n1\r\n--b--b--\t \r\nx", "[a|-|]1;.");
}

static void what_looks_like_a_boundary(void **state)
{
    (void)state;
    CHECK(A "\r\n--b--\r\n--b-b\r\r\n--\n--b--b\r--b--b--b--b\r\n--b--" END,
          "[a|-|]\\x0d\\x0a--b--\\x0d\\x0a--b-b\\x0d\\x0d\\x0a--\\x0a--b--b\\x0d--b--b--b--b\\x0d\\x0a--b--;.");
    CHECK(A "-" END, "[a|-|]-;.");
    CHECK(A "--b--" END, "[a|-|]--b--;.");
    CHECK(A "\r\r" END, "[a|-|]\\x0d\\x0d;.");
    /* The empty line ends the head and begins the boundary: a part without content (RFC 2046, 5.1.1). */
    CHECK(A A "1\r\n--b--b--", "[a|-|];[a|-|]1;.");
}

static void names_as_clients_write_them(void **state)
{
    (void)state;
    CHECK(B NAMED("name=\"%22%0D%0a%41%2\"; filename=\"C:\\a\\b.txt\"") "\r\n" END,
          "[\"\\x0d\\x0a%41%2|C:\\a\\b.txt|];.");
    CHECK(B NAMED("name=\"\\\"\\\\\\a\"; filename=\"a;b=c\"") "\r\n" END, "[\"\\\\a|a;b=c|];.");
    CHECK(B NAMED("name=\"\xc3\xa9\"; FileName=x") "\r\n" END, "[\xc3\xa9|x|];.");
    CHECK(B NAMED("name=f; filename=\"=?utf-8?B?w6k=?=\"; filename*=utf-8''%c3%A9\"") "\r\n" END,
          "400 a parameter of a part's Content-Disposition is malformed");
    CHECK(B NAMED("name=f; filename=\"=?utf-8?B?w6k=?=\"; filename*=utf-8'en'%c3%A9.x") "\r\n" END,
          "[f|\xc3\xa9.x|];.");
    CHECK(B NAMED("filename*=UTF-8''; name=f") "\r\n" END, "[f||];.");
}

#define REFUSED(parameters, reason) CHECK(B NAMED(parameters) "\r\n1" END, "400 " reason)

static void bad_names(void **state)
{
    (void)state;
    REFUSED("filename=x", "a part without a name");
    REFUSED("", "a part without a name");
    REFUSED("name=a; name=a", "a part with two names");
    REFUSED("name=a; filename=x; FILENAME=\"\"", "a part with two file names");
    REFUSED("name=a; filename*=UTF-8''x; filename*=UTF-8''x", "a part with two file names");
    REFUSED("name=a; filename*0=x", "a parameter of a part's Content-Disposition is in pieces or encoded");
    REFUSED("name*=UTF-8''a", "a parameter of a part's Content-Disposition is in pieces or encoded");
    REFUSED("name=a; filename*=iso-8859-1''x", "filename* of a part is malformed or not UTF-8");
    REFUSED("name=a; filename*=UTF-8'x", "filename* of a part is malformed or not UTF-8");
    REFUSED("name=a; filename*=x", "filename* of a part is malformed or not UTF-8");
    REFUSED("name=a; filename*=UTF-8''%4", "filename* of a part is malformed or not UTF-8");
    REFUSED("name=a; filename*=UTF-8''%00", "filename* of a part is malformed or not UTF-8");
    REFUSED("name=a; filename*=UTF-8''%ff", "filename* of a part is malformed or not UTF-8");
    REFUSED("name=a; filename*=\"UTF-8''x\"", "filename* of a part is malformed or not UTF-8");
    REFUSED("name=a b", "a parameter of a part's Content-Disposition is malformed");
    REFUSED("name= a", "the Content-Disposition of a part is malformed");
    REFUSED("name=", "the Content-Disposition of a part is malformed");
    REFUSED("name =a", "the Content-Disposition of a part is malformed");
    REFUSED("name", "the Content-Disposition of a part is malformed");
    REFUSED("=a", "the Content-Disposition of a part is malformed");
    REFUSED("name=\"a", "the Content-Disposition of a part is malformed");
    REFUSED("name=\"a\\\"", "the Content-Disposition of a part is malformed");
    REFUSED("name=\"a\"b", "the Content-Disposition of a part is malformed");
    REFUSED("name=\"a\" filename=b", "the Content-Disposition of a part is malformed");
    REFUSED("name=\"\xff\"", "the head of a part is not UTF-8");
    REFUSED("name=\"a\0b\"", "a control character in the head of a part");
    REFUSED("name=\"a\x7f\"", "a control character in the head of a part");
}

static void bad_heads(void **state)
{
    (void)state;
    CHECK(B "\r\n1" END, "400 a part without a Content-Disposition");
    CHECK(B "Content-Type: text/plain\r\n\r\n1" END, "400 a part without a Content-Disposition");
    CHECK(B "Content-Disposition: attachment; name=a\r\n\r\n1" END,
          "400 the Content-Disposition of a part is not form-data");
    CHECK(B NAMED("name=a") NAMED("name=a") "\r\n1" END, "400 a part with two Content-Dispositions");
    CHECK(B NAMED("name=a") "Content-Type:\r\nContent-Type: a/b\r\n\r\n1" END, "400 a part with two Content-Types");
    CHECK(B NAMED("name=a") "Content-Type: text\r\n\r\n1" END, "400 the Content-Type of a part is malformed");
    CHECK(B NAMED("name=a") "Content-Type: a/\r\n\r\n1" END, "400 the Content-Type of a part is malformed");
    CHECK(B NAMED("name=a") "Content-Type: a b/c\r\n\r\n1" END, "400 the Content-Type of a part is malformed");
    CHECK(B NAMED("name=a") "Content-Transfer-Encoding: base64\r\n\r\n1" END,
          "400 a part with a Content-Transfer-Encoding");
    CHECK(B NAMED("name=a") "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 7bit\r\n\r\n1" END,
          "400 a part with two Content-Transfer-Encodings");
    CHECK(B NAMED("name=a;") " filename=x\r\n\r\n1" END, "400 a folded line in the head of a part");
    CHECK(B "\tX: y\r\n" NAMED("name=a") "\r\n1" END, "400 a folded line in the head of a part");
    CHECK(B "X : y\r\n" NAMED("name=a") "\r\n1" END, "400 a line in the head of a part is no header");
    CHECK(B ": y\r\n" NAMED("name=a") "\r\n1" END, "400 a line in the head of a part is no header");
    CHECK(B "X\r\n" NAMED("name=a") "\r\n1" END, "400 a line in the head of a part is no header");
    CHECK(B "X: y\n" NAMED("name=a") "\r\n1" END, "400 a line of a part's head does not end in CR LF");
    CHECK(B NAMED("name=a") "\n1" END, "400 a line of a part's head does not end in CR LF");
    CHECK(B "X: y\r\r\n" NAMED("name=a") "\r\n1" END, "400 a control character in the head of a part");
}

static void bad_boundaries(void **state)
{
    (void)state;
    CHECK(A "1\r\n--b--bx\r\n", "[a|-|]1;400 something follows a boundary on its line");
    CHECK(A "1\r\n--b--b-\r\n", "[a|-|]1;400 something follows a boundary on its line");
    CHECK(A "1\r\n--b--b--x\r\n", "[a|-|]1;400 something follows a boundary on its line");
    CHECK(A "1\r\n--b--b\n", "[a|-|]1;400 a line of a part's head does not end in CR LF");
    CHECK(A "1\r\n--b--b--\n", "[a|-|]1;400 a line of a part's head does not end in CR LF");
    CHECK(A "1\n--b--b--\r\n", "[a|-|]1\\x0a--b--b--400 the form ends before its last boundary");
    CHECK("x--b--b\r\n" NAMED("name=a") "\r\n1", "400 the form ends before its last boundary");
}

static void forms_that_are_cut(void **state)
{
    (void)state;
    static const char form[] = A "1\r\n--b--b--";
    for (size_t length = 0; length < sizeof form - 1; length++) {
        outcome out = parse(form, length, length, 1, 100);
        assert_non_null(strstr(out.text, "400 the form ends before its last boundary"));
    }
}

static void limits(void **state)
{
    (void)state;
    static const char two[] = A "1\r\n" A "2" END;
    check_splits(two, sizeof two - 1, 2, "[a|-|]1;[a|-|]2;.");
    check_splits(two, sizeof two - 1, 1, "[a|-|]1;413 too many parts");

    char form[1024];
    size_t rest = sizeof(NAMED("name=a")) - 1 + sizeof("X: \r\n") - 1 + 2;
    for (int over = 0; over < 2; over++) {
        int length =
            snprintf(form, sizeof form, B NAMED("name=a") "X: %0*d\r\n\r\n1" END, (int)(HEAD_LIMIT - rest) + over, 0);
        check_splits(form, (size_t)length, 100, over ? "400 the head of a part is too large" : "[a|-|]1;.");
        length = snprintf(form, sizeof form, "--b--b%*s\r\n" NAMED("name=a") "\r\n1" END, HEAD_LIMIT - 2 + over, "");
        check_splits(form, (size_t)length, 100, over ? "400 the head of a part is too large" : "[a|-|]1;.");
    }
}

typedef struct boundary_case {
    const char *content_type, *expected; /* the boundary in "<>", or the reason */
} boundary_case;

#define SEVENTY "1234567890123456789012345678901234567890123456789012345678901234567890"

static void boundaries_of_content_types(void **state)
{
    (void)state;
    static const boundary_case cases[] = {
        { "multipart/form-data; boundary=abc", "<abc>" },
        { "multipart/form-data;charset=utf-8 ; BOUNDARY=\"a b'()+_,-./:=?c\" ;", "<a b'()+_,-./:=?c>" },
        { "multipart/form-data; boundary=" SEVENTY, "<" SEVENTY ">" },
        { "multipart/form-data; boundary=" SEVENTY "1", "the boundary in the Content-Type is malformed" },
        { "multipart/form-data; boundary=\"\"", "the boundary in the Content-Type is malformed" },
        { "multipart/form-data; boundary=\"a \"", "the boundary in the Content-Type is malformed" },
        { "multipart/form-data; boundary=\"a\\\"b\"", "the boundary in the Content-Type is malformed" },
        { "multipart/form-data; boundary=a:b", "the boundary in the Content-Type is malformed" },
        { "multipart/form-data; boundary=a*b", "the boundary in the Content-Type is malformed" },
        { "multipart/form-data; boundary=", "the Content-Type is malformed" },
        { "multipart/form-data; boundary=a; boundary=a", "two boundaries in the Content-Type" },
        { "multipart/form-data; boundary=\"a", "the Content-Type is malformed" },
        { "multipart/form-data; boundary=a; x", "the Content-Type is malformed" },
        { "multipart/form-data", "no boundary in the Content-Type" },
        { "multipart/form-data; x=\"; boundary=a\"", "no boundary in the Content-Type" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_str boundary;
        const char *reason;
        char got[128];
        if (ct_multipart_boundary(ct_str_of(cases[i].content_type), &boundary, &reason))
            snprintf(got, sizeof got, "<%.*s>", CT_STR_ARG(boundary));
        else
            snprintf(got, sizeof got, "%s", reason);
        assert_string_equal(got, cases[i].expected);
    }
}

static void the_longest_boundary(void **state)
{
    (void)state;
    static const char form[] = "--" SEVENTY "\r\n" NAMED("name=a") "\r\n1\r\n--" SEVENTY "--";
    const ct_multipart_limits limits = { .parts = 1, .head = HEAD_LIMIT };
    for (size_t cut = 0; cut < sizeof form - 1; cut++) {
        char head[HEAD_LIMIT];
        outcome out = { .length = 0 };
        ct_multipart parser;
        ct_multipart_init(&parser, CT_STR(SEVENTY), &limits, head);
        assert_true(feed(&parser, form, cut, &out) && feed(&parser, form + cut, sizeof form - 1 - cut, &out));
        assert_true(ct_multipart_finish(&parser));
        assert_string_equal(out.text, "[a|-|]1;");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_files),
        cmocka_unit_test(forms_without_parts),
        cmocka_unit_test(what_surrounds_a_form),
        cmocka_unit_test(what_looks_like_a_boundary),
        cmocka_unit_test(names_as_clients_write_them),
        cmocka_unit_test(bad_names),
        cmocka_unit_test(bad_heads),
        cmocka_unit_test(bad_boundaries),
        cmocka_unit_test(forms_that_are_cut),
        cmocka_unit_test(limits),
        cmocka_unit_test(boundaries_of_content_types),
        cmocka_unit_test(the_longest_boundary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
