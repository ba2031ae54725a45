/* JSON output, byte for byte: what browsers, other languages and HTML pages around it will read. */
#include "made_request.h"

#include "canteen/model.h"
#include "canteen/query.h"
#include "canteen/shape.h"
#include "canteen/value.h"
#include "canteen/work.h"
#include "shape/json_write.h"
#include "shape/origin.h"
#include "shape/value.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static ct_row_method author_posts;

CT_SHAPE_DECLARE(Post);
CT_SHAPE(Author, (text, name), (method, post_count, author_posts), (rows, posts, Post));
CT_SHAPE(Post, (text, title), (integer, views), (real, score), (boolean, published), (datetime, at), (value, extra),
         (row, author, Author));
CT_MODEL(Writer, (text, name));
CT_MODEL(Kinds, (email, email), (decimal, price), (date, born), (time, opens), (duration, length), (uuid, key),
         (json, data), (binary, digest), (array, tags, text), (ref, author, Writer, .on_delete = CT_CASCADE),
         (many_to_many, friends, Writer));
CT_SHAPE(Nameless, (method, first, author_posts));

static ct_value author_posts(ct *c, const ct_row *row)
{
    (void)c, (void)row;
    fail_msg("JSON called a method");
    return ct_value_null();
}

static made_request made;

static int set_up(void **state)
{
    *state = make_work(&made);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    drop_request(&made);
    return 0;
}

#define assert_json(c, x, expected) assert_string_equal(ct_to_json((c), CT_VALUE(x)), (expected))

static void every_kind_of_value(void **state)
{
    ct *c = *state;
    bool yes = true, no = false;
    ct_array *array = ct_array_new(c);
    ct_array_add(array, 1);
    ct_array_add(array, "two");
    ct_array_add(array, ct_object(c));
    ct_array_add(array, ct_array_new(c));
    assert_json(c, ct_object(c, V(yes), V(no), KV("literal", true), KV("none", ct_value_null()), KV("list", array)),
                "{\"yes\":true,\"no\":false,\"literal\":true,\"none\":null,\"list\":[1,\"two\",{},[]]}");
}

static void integers_to_the_last_digit(void **state)
{
    ct *c = *state;
    assert_json(c, 0, "0");
    assert_json(c, -1, "-1");
    assert_json(c, INT64_MIN, "-9223372036854775808");
    assert_json(c, INT64_MAX, "9223372036854775807");
    assert_json(c, UINT64_MAX, "18446744073709551615");
}

static void reals_with_the_fewest_digits(void **state)
{
    ct *c = *state;
    static const struct {
        double value;
        const char *json;
    } cases[] = {
        { 0.0, "0.0" },
        { -0.0, "-0.0" },
        { 1.0, "1.0" },
        { -3.0, "-3.0" },
        { 0.1, "0.1" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
        { 2.5e-7, "2.5e-07" },
        { 9007199254740991.0, "9007199254740991.0" },
        { 9007199254740992.0, "9007199254740992.0" },
        { 12345678901234568.0, "12345678901234568.0" },
        { 1e16, "1e+16" },
        { 1e21, "1e+21" },
        { 1e300, "1e+300" },
        { 0x1p-24, "5.960464477539063e-08" }, /* 17 digits were needed if the last were not rounded up */
        { 0x1p-791, "7.678447687145631e-239" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { DBL_MIN, "2.2250738585072014e-308" },
        { 5e-324, "5e-324" }, /* subnormal: has one digit, though printf shows more */
        { 1.5e-323, "1.5e-323" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_json(c, cases[i].value, cases[i].json);
}

static void what_json_has_no_number_for_is_null(void **state)
{
    ct *c = *state;
    assert_json(c, (double)NAN, "null");
    assert_json(c, (double)INFINITY, "null");
    assert_json(c, -(double)INFINITY, "null");
}

/* Makes a locale with a decimal comma in `folder`; needs the package `locales`. */
static void make_locale(const char *folder)
{
    char path[128];
    snprintf(path, sizeof path, "%s/de_DE.UTF-8", folder);
    pid_t child = fork();
    if (child == 0) {
        execlp("localedef", "localedef", "-i", "de_DE", "-f", "UTF-8", path, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
        fail_msg("localedef failed: apt-get install locales");
}

static void remove_locale(const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

static void the_locale_does_not_matter(void **state)
{
    ct *c = *state;
    char folder[] = "/tmp/canteen-locale-XXXXXX", printed[8];
    assert_non_null(mkdtemp(folder));
    make_locale(folder);
    setenv("LOCPATH", folder, 1);
    assert_non_null(setlocale(LC_NUMERIC, "de_DE.UTF-8"));
    snprintf(printed, sizeof printed, "%.1f", 0.5);
    const char *json = ct_to_json(c, CT_VALUE(0.5));
    setlocale(LC_NUMERIC, "C");
    remove_locale(folder);
    assert_string_equal(printed, "0,5"); /* the locale is in force */
    assert_string_equal(json, "0.5");
}

static void text_is_escaped(void **state)
{
    ct *c = *state;
    assert_json(c, "", "\"\"");
    assert_json(c, "plain text / with a slash", "\"plain text / with a slash\"");
    assert_json(c, "\b\f\n\r\t\"\\", "\"\\b\\f\\n\\r\\t\\\"\\\\\"");
    assert_json(c, "\x01\x1F\x7F", "\"\\u0001\\u001f\x7F\"");
    assert_json(c, "</script><!--&", "\"\\u003c/script\\u003e\\u003c!--\\u0026\"");
    assert_json(c, "\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA", "\"\xE2\x80\xA7\\u2028\\u2029\xE2\x80\xAA\"");
    assert_json(c,
                "Gr\xC3\xBC\xC3\x9F"
                "e \xF0\x9F\x8E\x88 \xE4\xBD\xA0",
                "\"Gr\xC3\xBC\xC3\x9F"
                "e \xF0\x9F\x8E\x88 \xE4\xBD\xA0\"");
}

/* A special character at every place of texts of every length around the eight bytes that are looked at at once. */
static void escapes_at_every_place(void **state)
{
    ct *c = *state;
    for (size_t length = 1; length < 40; length++)
        for (size_t place = 0; place < length; place++) {
            char text[41] = { 0 }, expected[64] = "\"";
            memset(text, 'x', length);
            text[place] = '<';
            memset(expected + 1, 'x', place);
            memcpy(expected + 1 + place, "\\u003c", 6);
            memset(expected + 7 + place, 'x', length - place - 1);
            expected[6 + length] = '"';
            assert_json(c, text, expected);
        }
}

/* The character as it stands in JSON; returns its length. */
static size_t put_escaped(char *out, char ch)
{
    if (strchr("<>&", ch))
        return (size_t)snprintf(out, 7, "\\u%04x", (unsigned)ch);
    size_t length = 0;
    if (strchr("\"\\", ch))
        out[length++] = '\\';
    out[length++] = ch;
    return length;
}

/* Every byte beside every other: a borrow from one must not hide or invent an escape in the next. */
static void pairs_of_bytes(void **state)
{
    ct *c = *state;
    for (int first = 0x20; first < 0x7F; first++)
        for (int second = 0x20; second < 0x7F; second++) {
            char text[9] = { 'a', (char)first, (char)second, 'b', 'c', 'd', 'e', 'f', 0 }, expected[32] = "\"a";
            size_t length = 2;
            length += put_escaped(expected + length, text[1]);
            length += put_escaped(expected + length, text[2]);
            memcpy(expected + length, "bcdef\"", 7);
            assert_json(c, text, expected);
            ct_arena_reset(c->arena);
        }
}

static void what_is_no_utf8_is_replaced(void **state)
{
    ct *c = *state;
    assert_json(c, "a\xFFz", "\"a\\ufffdz\"");
    assert_json(c, "\xC3", "\"\\ufffd\"");                       /* cut */
    assert_json(c, "\xC0\xAF", "\"\\ufffd\\ufffd\"");            /* overlong */
    assert_json(c, "\xED\xA0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
    assert_json(c, "\xE4\xBD<", "\"\\ufffd\\ufffd\\u003c\"");
}

static void names_are_escaped_too(void **state)
{
    ct *c = *state;
    assert_json(c, ct_object(c, KV("a\"<", 1)), "{\"a\\\"\\u003c\":1}");
}

static ct_value nested(ct *c, int depth)
{
    ct_value value = CT_VALUE(1);
    for (int i = 0; i < depth; i++) {
        ct_array *array = ct_array_new(c);
        ct_array_add(array, value);
        value = i % 2 ? CT_VALUE(array) : CT_VALUE(ct_object(c, KV("k", value)));
    }
    return value;
}

static void a_hundred_levels_and_no_more(void **state)
{
    ct *c = *state;
    assert_non_null(strstr(ct_to_json(c, nested(c, CT_JSON_DEPTH)), ":1}"));
    assert_aborts(c, 500, "JSON: objects and arrays nest deeper than 100", ct_to_json(c, nested(c, CT_JSON_DEPTH + 1)));
    assert_aborts(c, 500, "JSON: objects and arrays nest deeper than 100",
                  ct_json(c, KV("k", nested(c, CT_JSON_DEPTH))));
}

static void rows_are_objects_of_their_fields(void **state)
{
    ct *c = *state;
    Author *author = ct_row_new(c, Author, .name = "Ada <3");
    Post *post =
        ct_row_new(c, Post, .title = "One", .views = -7, .score = 0.5, .published = true, .at = 1763715000 * CT_SECOND,
                   .extra = ct_value_of_map(ct_object(c, KV("k", 1))), .author = author);
    const char *json = "{\"title\":\"One\",\"views\":-7,\"score\":0.5,\"published\":true,"
                       "\"at\":\"2025-11-21T08:50:00Z\",\"extra\":{\"k\":1},"
                       "\"author\":{\"name\":\"Ada \\u003c3\",\"posts\":null}}";
    assert_json(c, post, json);
    assert_json(c, ct_row_new(c, Post),
                "{\"title\":null,\"views\":0,\"score\":0.0,\"published\":false,\"at\":\"1970-01-01T00:00:00Z\","
                "\"extra\":null,\"author\":null}");
    assert_json(c, ct_row_new(c, Nameless), "{}");
}

static void every_kind_has_its_text(void **state)
{
    ct *c = *state;
    static const ct_bytes digest = { "\xFB\xEF\xBE\0", 4 };
    ct_array *tags = ct_array_new(c);
    ct_array_add(tags, "a");
    Kinds *kinds = ct_row_new(c, Kinds, .email = "a@b.c", .price = ct_decimal_make(-1250, 2),
                              .born = ct_date_make(c, 2026, 11, 21), .opens = ct_daytime_make(9, 30, 0),
                              .length = CT_DAY + 1500 * CT_MILLISECOND, .data = CT_VALUE(ct_object(c, KV("k", 1))),
                              .digest = digest, .tags = tags, .author_id = 7);
    assert_true(ct_uuid_read("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", &kinds->key));
    assert_json(c, kinds,
                "{\"id\":0,\"email\":\"a@b.c\",\"price\":\"-12.50\",\"born\":\"2026-11-21\",\"opens\":\"09:30:00\","
                "\"length\":\"P1DT00H00M01.500000S\",\"key\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\","
                "\"data\":{\"k\":1},\"digest\":\"++++AA==\",\"tags\":[\"a\"],\"author_id\":7}");
    ct_set_null(kinds, price);
    ct_set_null(kinds, born);
    ct_set_null(kinds, key);
    ct_set_null(kinds, digest);
    ct_set_null(kinds, author_id);
    assert_json(c, kinds,
                "{\"id\":0,\"email\":\"a@b.c\",\"price\":null,\"born\":null,\"opens\":\"09:30:00\","
                "\"length\":\"P1DT00H00M01.500000S\",\"key\":null,"
                "\"data\":{\"k\":1},\"digest\":null,\"tags\":[\"a\"],\"author_id\":null}");
    ct_origin_row origin = { .missing = ~ct_field_mask(&Kinds_shape, &Kinds_shape.fields[4]) };
    kinds->row.origin = &origin;
    assert_json(c, kinds, "{\"id\":0,\"opens\":\"09:30:00\"}");
    assert_json(c,
                ct_object(c, KV("d", ct_date_make(c, 2026, 1, 2)), KV("t", ct_daytime_make(1, 2, 3)),
                          KV("s", ct_duration(-CT_SECOND)), KV("n", ct_value_of_decimal(c, ct_decimal_make(5, 1)))),
                "{\"d\":\"2026-01-02\",\"t\":\"01:02:03\",\"s\":\"-P0DT00H00M01S\",\"n\":\"0.5\"}");
}

static void lists_of_rows_are_arrays(void **state)
{
    ct *c = *state;
    ct_list(Author) *authors = ct_list_new(c, Author);
    assert_json(c, authors, "[]");
    ct_list_add(authors, ct_row_new(c, Author, .name = "Ada"));
    ct_list_add(authors, ct_row_new(c, Author, .posts = ct_list_new(c, Post)));
    assert_json(c, ct_object(c, V(authors)),
                "{\"authors\":[{\"name\":\"Ada\",\"posts\":null},{\"name\":null,\"posts\":[]}]}");
}

static void rows_that_refer_to_each_other_end_in_an_error(void **state)
{
    ct *c = *state;
    Author *author = ct_row_new(c, Author, .posts = ct_list_new(c, Post));
    ct_list_add(author->posts, ct_row_new(c, Post, .author = author));
    assert_aborts(c, 500, "JSON: objects and arrays nest deeper than 100", ct_to_json(c, CT_VALUE(author)));
}

/* The head counts as a level, as any object does. */
static void rows_nest_a_hundred_levels_and_no_more(void **state)
{
    ct *c = *state;
    Post *post = ct_row_new(c, Post, .extra = nested(c, CT_JSON_DEPTH - 1));
    assert_non_null(strstr(ct_to_json(c, CT_VALUE(post)), ":1}"));
    post->extra = nested(c, CT_JSON_DEPTH);
    assert_aborts(c, 500, "JSON: objects and arrays nest deeper than 100", ct_to_json(c, CT_VALUE(post)));
    ct_list(Post) *list = ct_list_new(c, Post);
    ct_list_add(list, post);
    post->extra = nested(c, CT_JSON_DEPTH - 2);
    assert_non_null(strstr(ct_to_json(c, CT_VALUE(list)), ":1}"));
    post->extra = nested(c, CT_JSON_DEPTH - 1);
    assert_aborts(c, 500, "JSON: objects and arrays nest deeper than 100", ct_to_json(c, CT_VALUE(list)));
}

static void times_are_rfc_3339(void **state)
{
    ct *c = *state;
    assert_json(c, ct_datetime(1763715000 * CT_SECOND), "\"2025-11-21T08:50:00Z\"");
    assert_json(c, ct_datetime(1763715000 * CT_SECOND + 1), "\"2025-11-21T08:50:00.000001Z\"");
    assert_json(c, ct_datetime(1763715000 * CT_SECOND + 500000), "\"2025-11-21T08:50:00.500000Z\"");
    assert_json(c, ct_datetime(-1), "\"1969-12-31T23:59:59.999999Z\"");
}

static void safe_text_is_text(void **state)
{
    assert_json((ct *)*state, ct_safe("<b>"), "\"\\u003cb\\u003e\"");
}

static void responses_are_json(void **state)
{
    ct *c = *state;
    bool ok = true;
    int count = 3;
    ct_response *r = ct_json(c, V(ok), V(count));
    assert_string_equal(ct_response_header(r, "Content-Type"), "application/json");
    assert_int_equal(r->body.length, strlen("{\"ok\":true,\"count\":3}"));
    assert_memory_equal(r->body.data, "{\"ok\":true,\"count\":3}", r->body.length);
    r = ct_json_value(c, CT_VALUE("text"));
    assert_int_equal(r->body.length, 6);
    assert_memory_equal(r->body.data, "\"text\"", 6);
    assert_int_equal(ct_json(c)->body.length, 2);
}

static void json_over_the_memory_of_the_request_aborts(void **state)
{
    ct *c = *state;
    static char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    ct_arena_finish(c->arena);
    ct_arena_init(c->arena, NULL, 4000);
    assert_int_equal(strlen(ct_to_json(c, CT_VALUE(text))), sizeof(text) + 1);
    assert_aborts(c, 500, "JSON: the request's memory is used up (setting request_memory)",
                  ct_to_json(c, CT_VALUE(text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(integers_to_the_last_digit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reals_with_the_fewest_digits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_json_has_no_number_for_is_null, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_locale_does_not_matter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_escaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(escapes_at_every_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pairs_of_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_utf8_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_escaped_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hundred_levels_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_are_objects_of_their_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_kind_has_its_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_of_rows_are_arrays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_that_refer_to_each_other_end_in_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_nest_a_hundred_levels_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times_are_rfc_3339, set_up, tear_down),
        cmocka_unit_test_setup_teardown(safe_text_is_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(responses_are_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_over_the_memory_of_the_request_aborts, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
