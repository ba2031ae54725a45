/* Values against their fields: what is refused, with which message and code; text as values and back; mistakes of
 * declarations. */
#include "cpu_time.h"
#include "made_request.h"

#include "canteen/errors.h"
#include "canteen/model.h"
#include "canteen/query.h"
#include "canteen/shape.h"
#include "canteen/work.h"
#include "shape/validate.h"
#include "shape/value.h"

#include <math.h>

static const char *even(ct *c, ct_value value)
{
    (void)c;
    return value.integer % 2 ? "must be even" : NULL;
}

CT_MODEL(Author, (text, name));
CT_MODEL(Post, (text, title, .max_length = 10, .min_length = 3), (text, note, .null = true),
         (text, body, .blank = true),
         (integer, votes, .min_value = "0", .max_value = "100", .validators = VALIDATORS(even)),
         (decimal, price, .max_digits = 5, .decimal_places = 2, .min_value = "0.50"),
         (real, weight, .max_value = "1.5"), (date, day, .min_value = "2026-01-01"), (time, at, .max_value = "12:00"),
         (datetime, when, .max_value = "2026-12-31T23:59:59Z"), (duration, length, .max_value = "1 00:00:00"),
         (email, mail, .null = true), (url, link, .null = true), (slug, slug, .null = true),
         (ip, address, .null = true),
         (text, level, .choices = CHOICES({ "d", "Draft" }, { "p", "Public" }), .null = true),
         (integer, stars, .choices = CHOICES({ "1", "One" }, { "2", "Two" }), .null = true),
         (decimal, rate, .choices = CHOICES({ "0.5", "Half" }), .null = true),
         (text, code, .pattern = "^[a-z]+$", .null = true), (binary, digest, .max_length = 4, .null = true),
         (array, tags, text, .max_length = 2, .null = true), (uuid, key, .null = true), (json, data, .null = true),
         (ref, author, Author, .on_delete = CT_CASCADE));
CT_SHAPE(Register, (text, username, .required = true), (text, nickname, .min_length = 2), (integer, age));

static made_request made;
static ct *c;

static int set_up(void **state)
{
    (void)state;
    c = make_work(&made);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    drop_request(&made);
    return 0;
}

/* A row without a mistake. */
static Post *good(void)
{
    Post *post = ct_row_new(c, Post, .title = "Hello", .body = "", .votes = 2, .price = ct_decimal_make(1250, 2),
                            .day = ct_date_make(c, 2026, 2, 3), .at = ct_daytime_make(11, 0, 0), .weight = 0, .when = 0,
                            .length = 0, .author_id = 1);
    ct_set_null(post, stars);
    ct_set_null(post, rate);
    return post;
}

/* "title max_length: Ensure ...\n" */
static const char *errors_of(const ct_row *row)
{
    ct_errors *errors = ct_errors_new(c);
    ct_buffer text = ct_buffer_in(c->arena);
    ct_shape_validate(c, row, ~UINT64_C(0), errors);
    for (size_t i = 0; i < ct_errors_count(errors); i++) {
        ct_field_error error = ct_errors_at(errors, i);
        ct_buffer_printf(&text, "%s%s %s: %s", i ? "\n" : "", error.field, error.code, error.message);
    }
    return ct_buffer_text(&text);
}

#define assert_errors(change, wanted)                                                                                  \
    do {                                                                                                               \
        Post *post = good();                                                                                           \
        change;                                                                                                        \
        assert_string_equal(errors_of(&post->row), wanted);                                                            \
    } while (0)

static void what_fits_has_no_errors(void **state)
{
    (void)state;
    Post *post = good();
    assert_string_equal(errors_of(&post->row), "");
    post->note = "";
    post->mail = "ada@example.com";
    post->link = "https://example.com/";
    post->slug = "a-b_c";
    post->address = "::1";
    post->level = "p";
    post->stars = 2;
    post->rate = ct_decimal_make(50, 2);
    post->code = "abc";
    post->digest = (ct_bytes){ "abcd", 4 };
    assert_string_equal(errors_of(&post->row), "");
}

static void null_and_blank_are_two_things(void **state)
{
    (void)state;
    assert_errors(post->title = NULL, "title null: This field cannot be null.");
    assert_errors(post->title = "", "title required: This field cannot be blank.");
    assert_errors(post->body = NULL, "body null: This field cannot be null.");
    assert_errors(ct_set_null(post, votes), "votes null: This field cannot be null.");
    assert_errors(ct_set_null(post, author_id), "author null: This field cannot be null.");
    Register *in = ct_row_new(c, Register);
    assert_string_equal(errors_of(&in->row), "username required: This field is required.");
    in->username = "";
    assert_string_equal(errors_of(&in->row), "username required: This field is required.");
    in->username = "ada";
    in->nickname = "a";
    assert_string_equal(errors_of(&in->row),
                        "nickname min_length: Ensure this value has at least 2 characters (it has 1).");
}

static void lengths_count_characters(void **state)
{
    (void)state;
    assert_errors(post->title = "12345678901",
                  "title max_length: Ensure this value has at most 10 characters (it has 11).");
    assert_errors(post->title = "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", "");
    assert_errors(post->title = "\xF0\x9F\x98\x80",
                  "title min_length: Ensure this value has at least 3 characters (it has 1).");
    assert_errors(post->digest = ((ct_bytes){ "abcde", 5 }),
                  "digest max_length: Ensure this value has at most 4 bytes (it has 5).");
    ct_array *tags = ct_array_new(c);
    ct_array_add(tags, "a");
    ct_array_add(tags, "b");
    assert_errors(post->tags = tags, "");
    ct_array_add(tags, "c");
    assert_errors(post->tags = tags, "tags max_length: List contains 3 items, it should contain no more than 2.");
}

static void text_is_utf8(void **state)
{
    (void)state;
    assert_errors(post->title = "ab\xFF", "title invalid: This is no valid UTF-8.");
    assert_errors(post->code = "\xC3", "code invalid: This is no valid UTF-8.");
    ct_array *tags = ct_array_new(c);
    ct_array_add(tags, "\xFF");
    assert_errors(post->tags = tags, "tags invalid: This is no valid UTF-8.");
}

static void bounds_are_of_the_kind(void **state)
{
    (void)state;
    assert_errors(post->votes = -2, "votes min_value: Ensure this value is greater than or equal to 0.");
    assert_errors(post->votes = 102, "votes max_value: Ensure this value is less than or equal to 100.");
    assert_errors(post->votes = 100, "");
    assert_errors(post->price = ct_decimal_make(49, 2),
                  "price min_value: Ensure this value is greater than or equal to 0.50.");
    assert_errors(post->price = ct_decimal_make(5, 1), "");
    assert_errors(post->weight = 1.6, "weight max_value: Ensure this value is less than or equal to 1.5.");
    assert_errors(post->day = ct_date_make(c, 2025, 12, 31),
                  "day min_value: Ensure this value is greater than or equal to 2026-01-01.");
    assert_errors(post->at = ct_daytime_make(12, 0, 1),
                  "at max_value: Ensure this value is less than or equal to 12:00.");
    assert_errors(post->when = INT64_C(1798761600) * CT_SECOND,
                  "when max_value: Ensure this value is less than or equal to 2026-12-31T23:59:59Z.");
    assert_errors(post->length = CT_DAY + 1,
                  "length max_value: Ensure this value is less than or equal to 1 00:00:00.");
}

static void what_is_no_value_is_told(void **state)
{
    (void)state;
    assert_errors(post->weight = (double)NAN, "weight invalid: Enter a number.");
    assert_errors(post->weight = (double)INFINITY, "weight invalid: Enter a number.");
    assert_errors(post->day.days = 3000000, "day invalid: Enter a valid date.");
    assert_errors(post->at.microseconds = CT_DAY, "at invalid: Enter a valid time.");
    assert_errors(post->at.microseconds = -1, "at invalid: Enter a valid time.");
    assert_errors(post->when = INT64_MIN, "when invalid: Enter a valid date/time.");
}

static void digits_of_decimals_are_counted(void **state)
{
    (void)state;
    assert_errors(post->price = ct_decimal_of(c, "999.99"), "");
    assert_errors(post->price = ct_decimal_of(c, "999.99000"), ""); /* the same number */
    assert_errors(post->price = ct_decimal_of(c, "1.234"),
                  "price max_decimal_places: Ensure that there are no more than 2 decimal places.");
    assert_errors(post->price = ct_decimal_of(c, "1000"),
                  "price max_whole_digits: Ensure that there are no more than 3 digits before the decimal point.");
    assert_errors(post->price = ct_decimal_of(c, "1000.123"),
                  "price max_digits: Ensure that there are no more than 5 digits in total.\n"
                  "price max_decimal_places: Ensure that there are no more than 2 decimal places.\n"
                  "price max_whole_digits: Ensure that there are no more than 3 digits before the decimal point.");
}

static void choices_are_of_the_kind(void **state)
{
    (void)state;
    assert_errors(post->level = "x", "level invalid_choice: Value 'x' is not a valid choice.");
    assert_errors(post->stars = 3, "stars invalid_choice: Value 3 is not a valid choice.");
    assert_errors(post->rate = ct_decimal_of(c, "0.51"), "rate invalid_choice: Value \"0.51\" is not a valid choice.");
}

static void validators_say_what_is_wrong(void **state)
{
    (void)state;
    assert_errors(post->votes = 3, "votes invalid: must be even");
    assert_errors(post->votes = 103, "votes max_value: Ensure this value is less than or equal to 100.\n"
                                     "votes invalid: must be even");
}

static void only_the_fields_asked_for_are_checked(void **state)
{
    (void)state;
    Post *post = good();
    ct_errors *errors = ct_errors_new(c);
    post->title = NULL;
    post->votes = -2;
    ct_shape_validate(c, &post->row, ct_field_mask(&Post_shape, &Post_shape.fields[1]), errors);
    assert_int_equal(ct_errors_count(errors), 1);
    assert_string_equal(ct_errors_at(errors, 0).field, "title");
}

/* ---- formats ---- */

static void check_all(bool (*is)(ct_str text), const char *const *texts, bool wanted)
{
    for (; *texts; texts++)
        if (is(ct_str_of(*texts)) != wanted)
            fail_msg("\"%s\" is %s", *texts, wanted ? "refused" : "taken");
}

/* From the tests of Django's validators. */
static void email_addresses(void **state)
{
    (void)state;
    static const char *const good_ones[] = {
        "email@here.com",
        "weirder-email@here.and.there.com",
        "email@[127.0.0.1]",
        "email@[2001:dB8::1]",
        "email@[2001:dB8:0:0:0:0:0:1]",
        "example@valid-----hyphens.com",
        "example@valid-with-hyphens.com",
        "test@domain.with.idn.tld.\xE0\xA4\x89\xE0\xA4\xA6\xE0\xA4\xBE\xE0\xA4\xB9\xE0\xA4\xB0\xE0\xA4\xA3",
        "email@localhost",
        "\"test@test\"@example.com",
        "example@atm.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a@b.co",
        "o'neill+x@example.com",
        NULL,
    };
    static const char *const bad_ones[] = {
        "",
        "abc",
        "abc@",
        "abc@bar",
        "a @x.cz",
        "abc@.com",
        "something@@somewhere.com",
        "email@127.0.0.1",
        "email@[127.0.0.256]",
        "email@[2001:db8::12345]",
        "email@[2001:db8:0:0:0:0:1]",
        "email@[::ffff:127.0.0.256]",
        "example@invalid-.com",
        "example@-invalid.com",
        "example@invalid.com-",
        "example@inv-.alid-.com",
        "example@inv-.-alid.com",
        "test@example.com\n\n<script src=\"x.js\">",
        "trailingdot@shouldfail.com.",
        "a@b.com\n",
        "a\n@b.com",
        "\"test@test\"\n@example.com",
        ".a@b.com",
        "a.@b.com",
        "a..b@c.com",
        "example@atm.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a@b.c",
        "a@[]",
        NULL,
    };
    check_all(ct_is_email, good_ones, true);
    check_all(ct_is_email, bad_ones, false);
    char text[400];
    memset(text, 'a', sizeof(text));
    memcpy(text + 310, "@example.com", 13);
    assert_false(ct_is_email(ct_str_of(text)));
}

static void urls(void **state)
{
    (void)state;
    static const char *const good_ones[] = {
        "http://www.djangoproject.com/",
        "HTTP://WWW.DJANGOPROJECT.COM/",
        "http://localhost/",
        "http://example.com/",
        "http://example.com:0",
        "http://example.com:65535",
        "http://example.com./",
        "http://www.example.com/",
        "http://valid-with-hyphens.com/",
        "http://subdomain.example.com/",
        "http://a.aa",
        "http://200.8.9.10:8000/test",
        "http://su--b.valid-----hyphens.com/",
        "http://example.com?something=value",
        "http://example.com/index.php?something=value&another=value2",
        "https://example.com/",
        "ftp://example.com/",
        "ftps://example.com/",
        "http://foo.com/blah_blah_(wikipedia)_(again)",
        "http://userid:password@example.com:8080",
        "http://userid@example.com/",
        "http://-.~_!$&'()*+;=%40:80%2f@example.com",
        "http://142.42.1.1:8080/",
        "http://xn--mgbh0fb.xn--kgbechtv/",
        "http://\xE2\x9E\xA1.ws/\xE4\xA8\xB9",
        "http://[::192.9.5.5]/ipng",
        "http://[fedc:ba98:7654:3210:fedc:ba98:7654:3210]:80/index.html",
        "http://0.0.0.0/",
        "http://a.b-c.de",
        NULL,
    };
    static const char *const bad_ones[] = {
        "",
        "no_scheme",
        "foo",
        "http://",
        "http://example",
        "http://example.",
        "http://example.com:-1",
        "http://example.com:65536",
        "http://example.com:000000080",
        "http://.com",
        "http://invalid-.com",
        "http://-invalid.com",
        "http://invalid.com-",
        "http://invalid.-com",
        "http://inv-.alid-.com",
        "file://localhost/path",
        "git://example.com/",
        "http://.",
        "http://..",
        "http://../",
        "http://?",
        "http://?"
        "?/",
        "http://#",
        "http:// shouldfail.com",
        "http://foo.bar?q=Spaces should be encoded",
        "//",
        "//a",
        "///a",
        "///",
        "http:///a",
        "http://www.foo.bar./ x",
        "http://[::1:2::3]:8/",
        "http://[::1",
        "http://[a",
        "http://1.1.1.1.1",
        "http://123.123.123",
        "http://3628126748",
        "http://foo/bar@example.com",
        "http://foo:bar:baz@example.com",
        "http://@example.com",
        "http://:pass@example.com",
        "http://www.djangoproject.com/\n",
        "http://exa\tmple.com",
        "javascript:alert(1)",
        "http://example.com:",
        "http://256.1.1.1/",
        NULL,
    };
    check_all(ct_is_url, good_ones, true);
    check_all(ct_is_url, bad_ones, false);
}

static void slugs_and_addresses(void **state)
{
    (void)state;
    check_all(ct_is_slug,
              (const char *const[]){ "slug-ok", "longer-slug-still-ok", "--------", "nohyphensoranything", "a", "1",
                                     "A1_", NULL },
              true);
    check_all(ct_is_slug,
              (const char *const[]){ "", " text ", " ", "some@mail.com", "\xE4\xBD\xA0", "\n", "trailing\n", NULL },
              false);
    check_all(ct_is_ip,
              (const char *const[]){ "1.1.1.1", "255.0.0.0", "0.0.0.0", "fe80::1", "::1", "1:2:3:4:5:6:7:8",
                                     "::ffff:1.2.3.4", NULL },
              true);
    check_all(ct_is_ip,
              (const char *const[]){ "", "256.1.1.1", "25.1.1.", "25,1,1,1", "25.1 .1.1", "000.000.000.000",
                                     "016.016.016.016", "1:2", "::zzz", "12345::", "foo", "1.1.1.1\n", NULL },
              false);
    assert_errors(post->mail = "x", "mail invalid: Enter a valid email address.");
    assert_errors(post->link = "x", "link invalid: Enter a valid URL.");
    assert_errors(post->slug = "x y",
                  "slug invalid: Enter a valid \xE2\x80\x9Cslug\xE2\x80\x9D consisting of letters, numbers, "
                  "underscores or hyphens.");
    assert_errors(post->address = "x", "address invalid: Enter a valid IPv4 or IPv6 address.");
}

/* ---- patterns ---- */

static void patterns_are_looked_for(void **state)
{
    (void)state;
    assert_errors(post->code = "Abc", "code invalid: Enter a valid value.");
    assert_errors(post->code = "abc", "");
    assert_int_equal(ct_pattern_match("b", CT_STR("abc")), CT_FOUND);
    assert_int_equal(ct_pattern_match("^b", CT_STR("abc")), CT_NOT_THERE);
    assert_int_equal(ct_pattern_match("^..$", CT_STR("\xC3\xA4\xC3\xB6")), CT_FOUND);
    assert_int_equal(ct_pattern_match("^\\w+$", CT_STR("\xC3\xA4")), CT_FOUND);
    assert_int_equal(ct_pattern_match("(", CT_STR("(")), CT_NOT_THERE);
    assert_int_equal(ct_pattern_match("^$", (ct_str){ NULL, 0 }), CT_FOUND);
}

/* Each would take longer than the universe. */
static void a_hostile_text_does_not_hang(void **state)
{
    (void)state;
    static char text[20001];
    static const char *const patterns[] = { "^(a+)+$",           "^(a|a)*$", "^(a|aa)+$",
                                            "^([a-zA-Z]+)*$",    "(.*)*x",   "^(((((a+)+)+)+)+)+$",
                                            "(x+x+)+y|^(?:a*)*b" };
    memset(text, 'a', sizeof(text) - 2);
    text[sizeof(text) - 2] = '!';
    ct_time start = cpu_time();
    for (size_t i = 0; i < CT_COUNT(patterns); i++) {
        assert_int_not_equal(ct_pattern_match(patterns[i], ct_str_of(text)), CT_FOUND);
        assert_int_not_equal(ct_pattern_match(patterns[i], (ct_str){ text + sizeof(text) - 42, 41 }), CT_FOUND);
    }
    assert_in_range(cpu_time() - start, 0, 3 * CT_SECOND);
    assert_int_equal(ct_pattern_match("^(a+)+$", (ct_str){ text + sizeof(text) - 42, 41 }), CT_TOO_HARD);
}

/* ---- text and values ---- */

static const char *round_trip(const ct_field *field, const char *text)
{
    ct_value value;
    const char *problem = "";
    if (!ct_value_parse(c->arena, field, ct_str_of(text), &value, &problem))
        return problem;
    return ct_value_text(c->arena, field, value);
}

static void values_are_read_from_text(void **state)
{
    (void)state;
    static const struct {
        ct_kind kind, element;
        const char *text, *wanted;
    } cases[] = {
        { CT_KIND_text, 0, " a ", " a " },
        { CT_KIND_text, 0, "", "" },
        { CT_KIND_text, 0, "a\xFF", "This is no valid UTF-8." },
        { CT_KIND_integer, 0, " 42 ", "42" },
        { CT_KIND_integer, 0, "+42", "42" },
        { CT_KIND_integer, 0, "-42", "-42" },
        { CT_KIND_integer, 0, "+-42", "Enter a whole number." },
        { CT_KIND_integer, 0, "4.0", "Enter a whole number." },
        { CT_KIND_integer, 0, "9223372036854775808", "Enter a whole number." },
        { CT_KIND_integer, 0, "", "Enter a whole number." },
        { CT_KIND_ref, 0, "7", "7" },
        { CT_KIND_ref_uuid, 0, "7", "Enter a valid UUID." },
        { CT_KIND_real, 0, "0.1", "0.1" },
        { CT_KIND_real, 0, "1e3", "1000.0" },
        { CT_KIND_real, 0, "nan", "Enter a number." },
        { CT_KIND_real, 0, "1e999", "Enter a number." },
        { CT_KIND_real, 0, "0x10", "Enter a number." },
        { CT_KIND_real, 0, "1,5", "Enter a number." },
        { CT_KIND_decimal, 0, "12.50", "12.50" },
        { CT_KIND_decimal, 0, "x", "Enter a number." },
        { CT_KIND_boolean, 0, "True", "true" },
        { CT_KIND_boolean, 0, "on", "true" },
        { CT_KIND_boolean, 0, "0", "false" },
        { CT_KIND_boolean, 0, "maybe", "Enter true or false." },
        { CT_KIND_datetime, 0, "2026-11-21 09:30", "2026-11-21T09:30:00Z" },
        { CT_KIND_datetime, 0, "yesterday", "Enter a valid date/time." },
        { CT_KIND_date, 0, "2026-11-21", "2026-11-21" },
        { CT_KIND_date, 0, "2026-11-31", "Enter a valid date." },
        { CT_KIND_time, 0, "09:30", "09:30:00" },
        { CT_KIND_time, 0, "25:00", "Enter a valid time." },
        { CT_KIND_duration, 0, "90", "00:01:30" },
        { CT_KIND_duration, 0, "x", "Enter a valid duration." },
        { CT_KIND_uuid, 0, "F81D4FAE7DEC11D0A76500A0C91E6BF6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" },
        { CT_KIND_json, 0, "{\"a\": [1, null]}", "{\"a\":[1,null]}" },
        { CT_KIND_json, 0, "{", "Enter a valid JSON." },
        { CT_KIND_json, 0, "\"a\"", "\"a\"" },
        { CT_KIND_json, 0, "null", "null" },
        { CT_KIND_binary, 0, "+/8=", "+/8=" },
        { CT_KIND_binary, 0, "+/8", "Enter valid base64." },
        { CT_KIND_array, CT_KIND_text, "[\"a\", \"b\"]", "[\"a\",\"b\"]" },
        { CT_KIND_array, CT_KIND_integer, "[1, \"2\", null]", "[1,2,null]" },
        { CT_KIND_array, CT_KIND_integer, "[1.5]", "Items are of another kind." },
        { CT_KIND_array, CT_KIND_integer, "[\"x\"]", "Enter a whole number." },
        { CT_KIND_array, CT_KIND_real, "[1, 2.5]", "[1.0,2.5]" },
        { CT_KIND_array, CT_KIND_decimal, "[\"1.50\", 2, 0.5]", "[\"1.50\",\"2\",\"0.5\"]" },
        { CT_KIND_array, CT_KIND_date, "[\"2026-01-01\"]", "[\"2026-01-01\"]" },
        { CT_KIND_array, CT_KIND_text, "{}", "Enter a list." },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        const ct_field field = { .name = "f", .kind = cases[i].kind, .element = cases[i].element };
        const char *got = round_trip(&field, cases[i].text);
        if (strcmp(got, cases[i].wanted) != 0)
            fail_msg("\"%s\" is \"%s\", not \"%s\"", cases[i].text, got, cases[i].wanted);
    }
    const char *problem = NULL;
    ct_value value;
    assert_false(
        ct_value_parse(c->arena, &(ct_field){ .kind = CT_KIND_text }, (ct_str){ "a\0b", 3 }, &value, &problem));
    assert_string_equal(problem, "Null characters are not allowed.");
    assert_string_equal(ct_value_text(c->arena, &(ct_field){ .kind = CT_KIND_text }, ct_value_null()), "");
}

static void want_of_memory_is_no_problem_of_the_text(void **state)
{
    (void)state;
    ct_arena small;
    ct_value value;
    static const char text[] = "[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"b\", \"c\", \"d\"]";
    static const ct_kind kinds[] = { CT_KIND_text, CT_KIND_json, CT_KIND_array };
    for (size_t i = 0; i < CT_COUNT(kinds); i++) {
        const char *problem = "";
        ct_arena_init(&small, NULL, 32);
        assert_false(ct_value_parse(&small, &(ct_field){ .kind = kinds[i] }, ct_str_of(text), &value, &problem));
        assert_null(problem);
        assert_null(ct_value_text(&small, &(ct_field){ .kind = CT_KIND_text }, CT_VALUE(text + 0)));
        ct_arena_finish(&small);
    }
}

static const ct_field *post_field(const char *name)
{
    for (size_t i = 0; i < Post_shape.field_count; i++)
        if (strcmp(Post_shape.fields[i].name, name) == 0)
            return &Post_shape.fields[i];
    fail_msg("no field %s", name);
    return NULL;
}

static void members_are_set_by_values(void **state)
{
    (void)state;
    static const char *const texts[][3] = {
        { "title", "Hi", "Hi" },
        { "votes", "4", "4" },
        { "price", "12.5", "12.5" },
        { "weight", "0.5", "0.5" },
        { "day", "2026-11-21", "2026-11-21" },
        { "at", "09:30", "09:30:00" },
        { "when", "2026-11-21", "2026-11-21T00:00:00Z" },
        { "length", "90", "00:01:30" },
        { "digest", "+/8=", "+/8=" },
        { "tags", "[\"a\"]", "[\"a\"]" },
        { "key", "f81d4fae7dec11d0a76500a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" },
        { "author", "7", "7" },
    };
    Post *post = ct_row_new(c, Post);
    for (size_t i = 0; i < CT_COUNT(texts); i++) {
        const ct_field *field = post_field(texts[i][0]);
        ct_field_set_null(&post->row, field, true);
        assert_true(ct_field_set(c->arena, &post->row, field, CT_VALUE(texts[i][1])));
        assert_string_equal(ct_value_text(c->arena, field, ct_row_value(&post->row, field)), texts[i][2]);
        assert_true(ct_field_set(c->arena, &post->row, field, ct_row_value(&post->row, field)));
        assert_string_equal(ct_value_text(c->arena, field, ct_row_value(&post->row, field)), texts[i][2]);
        assert_true(ct_field_set(c->arena, &post->row, field, ct_value_null()));
        assert_true(ct_field_is_null(&post->row, field));
        if (i)
            assert_false(ct_field_set(c->arena, &post->row, field, CT_VALUE("x!")));
        assert_false(ct_field_set(c->arena, &post->row, field, CT_VALUE(ct_map_new(c))));
    }
    assert_true(ct_field_set(c->arena, &post->row, post_field("price"), CT_VALUE(3)));
    assert_string_equal(ct_decimal_text(c, post->price), "3");
    assert_true(ct_field_set(c->arena, &post->row, post_field("data"), CT_VALUE("x!")));
    assert_string_equal(post->data.text, "x!");
    assert_false(ct_field_set(c->arena, &post->row, post_field("day"), CT_VALUE(3)));
}

/* ---- declarations ---- */

CT_SHAPE(Wrong, (integer, a, .default_value = "three"), (integer, b, .max_length = 5), (text, e, .max_value = "5"),
         (decimal, f, .max_digits = 2, .decimal_places = 3), (integer, g, .min_value = "5", .max_value = "4"),
         (text, h, .pattern = "a(b"), (text, i, .min_length = 5, .max_length = 4), (date, j, .min_value = "2026-02-30"),
         (integer, k, .choices = CHOICES({ "1", "One" }, { "zwei", "Two" })), (boolean, l, .default_value = "maybe"),
         (integer, m, .pattern = "x"), (json, n, .default_value = "{"), (text, o, .auto_now = true),
         (decimal, p, .max_length = 3), (text, q, .max_digits = 3), (text, r, .max_length = -1),
         (array, s, integer, .default_value = "[\"x\"]"), (json, t, .choices = CHOICES({ "1", "One" })));
CT_MODEL(WrongModel, (ref_uuid, owner, Author, .default_value = "7", .on_delete = CT_CASCADE));

static void mistakes_of_declarations_are_told(void **state)
{
    (void)state;
    ct_problems problems = { 0 };
    ct_buffer text = { 0 };
    ct_shape_check(&Wrong_shape, &problems);
    for (size_t i = 0; i < problems.count; i++)
        ct_buffer_printf(&text, "%s\n", problems.items[i].text);
    assert_string_equal(
        ct_buffer_text(&text),
        "shape Wrong, field a: .default_value = \"three\" is no integer\n"
        "shape Wrong, field b: .max_length is for fields of kind text, binary and array, and this one is of kind "
        "integer; "
        "did you mean .max_value?\n"
        "shape Wrong, field e: .max_value is for fields of kind integer, real, decimal and those of times, and this "
        "one is "
        "of kind text; did you mean .max_length?\n"
        "shape Wrong, field f: .decimal_places = 3 is more than .max_digits = 2\n"
        "shape Wrong, field g: .min_value = \"5\" is more than .max_value = \"4\": nothing fits\n"
        "shape Wrong, field h: .pattern = \"a(b\" is no pattern of PCRE2: missing closing parenthesis, at character 4\n"
        "shape Wrong, field i: .min_length = 5 is more than .max_length = 4: nothing fits\n"
        "shape Wrong, field j: .min_value = \"2026-02-30\" is no date\n"
        "shape Wrong, field k: .choices = \"zwei\" is no integer\n"
        "shape Wrong, field l: .default_value = \"maybe\" is no boolean: it is \"true\" or \"false\"\n"
        "shape Wrong, field m: .pattern is for fields of kind text, and this one is of kind integer\n"
        "shape Wrong, field n: .default_value = \"{\" is no json\n"
        "shape Wrong, field o: .auto_now is for fields of kind datetime, date and time, and this one is of kind text\n"
        "shape Wrong, field p: .max_length is for fields of kind text, binary and array, and this one is of kind "
        "decimal; "
        "did you mean .max_digits?\n"
        "shape Wrong, field q: .max_digits and .decimal_places is for fields of kind decimal, and this one is of kind "
        "text; "
        "did you mean .max_length?\n"
        "shape Wrong, field r: .max_length and .min_length are no less than 0\n"
        "shape Wrong, field s: .default_value = \"[\"x\"]\" is no array\n"
        "shape Wrong, field t: .choices is for fields of kind text, numbers and times, and this one is of kind json\n");
    assert_int_equal(problems.errors, problems.count);
    ct_problems_finish(&problems);
    ct_buffer_finish(&text);
    ct_shape_check(&Post_shape, &problems);
    assert_int_equal(problems.count, 0);
    ct_shape_check(&WrongModel_shape, &problems);
    assert_int_equal(problems.count, 1);
    assert_non_null(strstr(problems.items[0].text, "test_validate.c:"));
    assert_non_null(
        strstr(problems.items[0].text, ": model WrongModel, field owner: .default_value = \"7\" is no uuid"));
    ct_problems_finish(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_fits_has_no_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(null_and_blank_are_two_things, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lengths_count_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_utf8, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounds_are_of_the_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_value_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(digits_of_decimals_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(choices_are_of_the_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(validators_say_what_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_fields_asked_for_are_checked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(email_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(urls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slugs_and_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(patterns_are_looked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hostile_text_does_not_hang, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_are_read_from_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(members_are_set_by_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(want_of_memory_is_no_problem_of_the_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mistakes_of_declarations_are_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
