/* Decimals, dates, times, durations, UUIDs, bytes and rows of models in templates: what they show, how they compare and
 * compute, in both languages. */
#include "templated.h"

#include "shape/origin.h"
#include "shape/value.h"

static const char *author_display(ct *c, const ct_row *row);

CT_MODEL_DECLARE(Author);
CT_MODEL_DECLARE(Book);
CT_MODEL(Author, (text, name), (has_many, books, Book, author), (options, .display = author_display));
CT_MODEL(Book, (text, title), (decimal, price, .null = true), (date, day, .null = true), (time, at, .null = true),
         (duration, length), (uuid, key), (binary, digest), (integer, pages, .null = true), (email, mail),
         (text, status, .choices = CHOICES({ "d", "Draft" }, { "p", "Public" })),
         (ref, author, Author, .on_delete = CT_CASCADE), (many_to_many, readers, Author));
CT_TABLE(Pair, (integer, left, .primary_key = true), (integer, right, .primary_key = true));

static const char *author_display(ct *c, const ct_row *row)
{
    return ct_printf(c, "<%s>", ((const Author *)row)->name);
}

static const ct_app app = { .name = "app" };
static made_site site;
static ct *c;
static Book *book;

static void in_django(ct_config *config)
{
    config->template_language = CT_LANGUAGE_DJANGO;
}

static void in_jinja(ct_config *config)
{
    config->template_language = CT_LANGUAGE_JINJA;
}

static Book *new_book(void)
{
    static const ct_bytes digest = { "a'\xFF\n", 4 };
    Book *made = ct_row_new(c, Book, .id = 7, .title = "T", .price = ct_decimal_make(123456, 2),
                            .day = ct_date_make(c, 2026, 11, 21), .at = ct_daytime_make(9, 5, 0),
                            .length = CT_DAY + 12 * CT_HOUR + CT_SECOND / 2, .pages = 3, .mail = "<a@b.c>",
                            .status = "p", .author_id = 9);
    made->digest = digest;
    assert_true(ct_uuid_read("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", &made->key));
    return made;
}

static int begin_django(void **state)
{
    (void)state;
    c = open_good(&site, &app, NULL, in_django);
    book = new_book();
    return 0;
}

static int begin_jinja(void **state)
{
    (void)state;
    c = open_good(&site, &app, NULL, in_jinja);
    book = new_book();
    return 0;
}

static int end(void **state)
{
    (void)state;
    close_made(&site);
    return 0;
}

#define assert_shows(source, wanted) assert_string_equal(shown(c, source, V(book), KV("b", book)), wanted)

static void django_shows_kinds(void **state)
{
    (void)state;
    assert_shows("{{ book.price }} {{ book.day }} {{ book.at }} {{ book.length }}",
                 "1234.56 Nov. 21, 2026 9:05 a.m. 1 day, 12:00:00.500000");
    assert_shows("{{ book.key }} {{ book.digest|safe }} {{ book.mail }}",
                 "f81d4fae-7dec-11d0-a765-00a0c91e6bf6 b\"a'\\xff\\n\" &lt;a@b.c&gt;");
    assert_shows("{{ book.day|date:\"Y-m-d\" }} {{ book.at|time:\"H:i\" }} {{ book.at|date:\"H:i\" }}",
                 "2026-11-21 09:05 09:05");
    assert_shows("{{ book.price|floatformat:1 }} {{ book.price|floatformat:\"2g\" }} {{ book.price|floatformat }}",
                 "1234.6 1,234.56 1234.6");
    assert_shows("{{ book.price|add:1 }} {{ book.price|divisibleby:2 }} {{ book.price|get_digit:1 }}", "1235 True 4");
    assert_shows("{% load humanize %}{{ book.price|intcomma }}", "1,234.56");
    assert_shows("{{ book.pages|pluralize }} {{ book.price|pluralize }}", "s s");
    assert_shows("{% if book.price > 1234.5 and book.price < 1235 and book.price == 1234.56 %}yes{% endif %}", "yes");
    assert_shows("{% if book.day < book.day or book.length > book.length %}no{% else %}yes{% endif %}", "yes");
}

static void floatformat_is_exact(void **state)
{
    (void)state;
    ct_value price = ct_value_of_decimal(c, ct_decimal_of(c, "12345678901234567890123456789.125"));
    assert_string_equal(shown(c, "{{ v|floatformat:2 }} {{ v|floatformat:\"-3g\" }} {{ v }}", KV("v", price)),
                        "12345678901234567890123456789.13 12,345,678,901,234,567,890,123,456,789.125 "
                        "12345678901234567890123456789.125");
    price = ct_value_of_decimal(c, ct_decimal_of(c, "-0.005"));
    assert_string_equal(shown(c, "{{ v|floatformat:2 }} {{ v|floatformat:\"-2\" }}", KV("v", price)), "-0.01 -0.01");
    price = ct_value_of_decimal(c, ct_decimal_of(c, "3.00"));
    assert_string_equal(shown(c, "{{ v|floatformat }} {{ v|floatformat:-2 }} {{ v|floatformat:2 }}", KV("v", price)),
                        "3 3 3.00");
}

static void jinja_shows_kinds(void **state)
{
    (void)state;
    assert_shows("{{ book.price }} {{ book.day }} {{ book.at }} {{ book.length }}",
                 "1234.56 2026-11-21 09:05:00 1 day, 12:00:00.500000");
    assert_shows("{{ [book.price, book.day, book.at, book.length, book.key]|safe }}",
                 "[Decimal('1234.56'), datetime.date(2026, 11, 21), datetime.time(9, 5), datetime.timedelta(days=1, "
                 "seconds=43200, microseconds=500000), UUID('f81d4fae-7dec-11d0-a765-00a0c91e6bf6')]");
    assert_shows("{{ book.day.year }} {{ book.at.hour }} {{ book.length.days }} {{ book.length.seconds }} "
                 "{{ book.key.hex }} {{ book.key.version }}",
                 "2026 9 1 43200 f81d4fae7dec11d0a76500a0c91e6bf6 1");
    assert_shows("{{ {'a': book.price, 'd': book.day, 't': book.at, 'l': book.length, 'k': book.key}|tojson }}",
                 "{\"a\": \"1234.56\", \"d\": \"2026-11-21\", \"k\": \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\", \"l\": "
                 "\"P1DT12H00M00.500000S\", \"t\": \"09:05:00\"}");
    assert_shows("{{ '%.1f'|format(book.price) }} {{ '{:,.2f}'.format(book.price) }} {{ '{:%H.%M}'.format(book.at) }}",
                 "1234.6 1,234.56 09.05");
    assert_shows("{{ book.price|round(1) }} {{ book.price|int }} {{ book.price|float }} {{ (-book.price)|abs }}",
                 "1234.6 1234 1234.56 1234.56");
    assert_shows("{{ book.at.strftime('%H') }} {{ book.at.isoformat() }} {{ book.length.total_seconds() }} "
                 "{{ book.day.isoformat() }}",
                 "09 09:05:00 129600.5 2026-11-21");
    assert_shows("{{ book.price is number }} {{ book.day is number }} {{ book.pages is number }}", "True False True");
    assert_shows("{{ ([book.price, 1, 2.5]|sort)|safe }} {{ [book.price, book.price]|sum }} {{ [book.length, "
                 "book.length]|sum }}",
                 "[1, 2.5, Decimal('1234.56')] 2469.12 3 days, 0:00:01");
    assert_shows("{{ {book.price: 1}[1234.56] }} {{ {book.key: 2}[book.key] }} {{ {book.at: 3}[book.at] }}", "1 2 3");
}

static void decimals_are_computed_exactly(void **state)
{
    (void)state;
    assert_shows("{{ book.price + 1 }} {{ 1 - book.price }} {{ book.price * 2 }} {{ book.price * 1.19 }}",
                 "1235.56 -1233.56 2469.12 1469.1264");
    assert_shows("{{ book.price / 2 }} {{ book.price / 7 }} {{ 1 / (book.price - book.price + 3) }}",
                 "617.28 176.3657142857142857142857143 0.3333333333333333333333333333");
    assert_shows("{{ book.price // 100 }} {{ book.price % 100 }} {{ -book.price % 100 }}", "12 34.56 -34.56");
    assert_shows("{{ 'yes' if book.price else 'no' }} {{ 'yes' if book.price - 1234.56 else 'no' }}", "yes no");
    assert_shows("{{ book.price / 0 }}", "! <string>.html:1:15: division by zero | {{ book.price / 0 }}");
    assert_shows("{{ book.price + 'a' }}",
                 "! <string>.html:1:15: unsupported operand types for +: 'decimal.Decimal' and "
                 "'str' | {{ book.price + 'a' }}");
}

static void times_are_computed(void **state)
{
    (void)state;
    assert_shows("{{ book.day + book.length }} {{ book.day - book.length }} {{ book.day - book.day }}",
                 "2026-11-22 2026-11-20 0:00:00");
    assert_shows("{{ book.length * 2 }} {{ book.length / 2 }} {{ -book.length }} {{ book.length - book.length * 2 }}",
                 "3 days, 0:00:01 18:00:00.250000 -2 days, 11:59:59.500000 -2 days, 11:59:59.500000");
    assert_shows("{{ book.length / book.length }} {{ 'a' if book.length > book.length / 2 }}", "1.0 a");
    assert_shows("{{ book.day + 1 }}",
                 "! <string>.html:1:13: unsupported operand types for +: 'datetime.date' and 'int' | "
                 "{{ book.day + 1 }}");
    assert_shows(
        "{{ book.length * 9223372036854775807 }}",
        "! <string>.html:1:16: the date or the span of time is out of range | {{ book.length * 9223372036854775807 }}");
}

static void null_is_none(void **state)
{
    (void)state;
    ct_set_null(book, price);
    ct_set_null(book, pages);
    ct_set_null(book, day);
    ct_set_null(book, author_id);
    for (int i = 0; i < 2; i++) /* the second time by the node's cache */
        assert_shows(
            "{% for i in [1, 2] %}{{ book.price }} {{ book.pages }} {{ book.day }} {{ book.author_id }};{% endfor %}",
            "None None None None;None None None None;");
    book->pages = 0;
    ct_set_not_null(book, pages);
    assert_shows("{% for i in [1, 2] %}{{ book.pages }};{% endfor %}", "0;0;");
}

/* ---- rows of models ---- */

static int loads;
static Author *loaded_author;

static ct_value count_loads(ct *of, const ct_row *row, const ct_field *field)
{
    loads++;
    if (strcmp(field->name, "author") == 0)
        return CT_VALUE(loaded_author);
    if (strcmp(field->name, "readers") == 0) {
        ct_list(Author) *readers = ct_list_new(of, Author);
        ct_list_add(readers, loaded_author);
        return CT_VALUE(readers);
    }
    (void)row;
    return ct_row_value(&new_book()->row, field);
}

static void what_is_not_loaded_is_loaded(void **state)
{
    (void)state;
    ct_shape shape = Book_shape;
    ct_origin_row origin = { .missing = ct_field_mask(&Book_shape, &Book_shape.fields[1]) |
                                        ct_field_mask(&Book_shape, &Book_shape.fields[8]) };
    shape.related = count_loads;
    book->row.shape = &shape;
    book->row.origin = &origin;
    book->title = NULL;
    book->pages = 0;
    loads = 0;
    loaded_author = ct_row_new(c, Author, .id = 9, .name = "Ada");
    assert_shows("{% for i in [1, 2] %}{{ book.title }} {{ book.pages }} {{ book.status }};{% endfor %}",
                 "T 3 p;T 3 p;");
    assert_int_equal(loads, 4);
    assert_shows("{{ book.author.name }} {{ book.author_id }} {{ book.pk }} {{ book.id }}", "Ada 9 7 7");
    assert_int_equal(loads, 5);
    assert_shows("{% for reader in book.readers %}{{ reader.name }}{% endfor %}", "Ada");
    book->author = loaded_author; /* what is there is not loaded again */
    loads = 0;
    assert_shows("{{ book.author.name }}{{ book.author }}", "Ada&lt;Ada&gt;");
    assert_int_equal(loads, 0);
}

static void rows_of_models_have_names(void **state)
{
    (void)state;
    Author *author = ct_row_new(c, Author, .id = 9, .name = "Ada"), *again = ct_row_new(c, Author, .id = 9);
    Author *other = ct_row_new(c, Author, .id = 8), *fresh = ct_row_new(c, Author), *fresher = ct_row_new(c, Author);
    assert_shows("{{ book }} {{ book.get_status_display }}", "Book object (7) Public");
    assert_string_equal(shown(c, "{{ v }} {{ [v]|safe }}", KV("v", author)), "&lt;Ada&gt; [<Author: <Ada>>]");
    assert_string_equal(shown(c, "{{ a == b }} {{ a == c }} {{ d == e }} {{ d == d }} {{ {a: 1}[b] }}", KV("a", author),
                              KV("b", again), KV("c", other), KV("d", fresh), KV("e", fresher)),
                        "True False False True 1");
    Pair *one = ct_row_new(c, Pair, .left = 1, .right = 2), *two = ct_row_new(c, Pair, .left = 1, .right = 3);
    assert_string_equal(shown(c, "{{ a == b }} {{ a == a }} {{ a }}", KV("a", one), KV("b", two)),
                        "False True Pair object ()");
    assert_non_null(strstr(shown(c, "{{ book.titel.x }}", V(book)),
                           "'Book object' has no attribute 'titel'; did you mean "
                           "'title'?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(django_shows_kinds, begin_django, end),
        cmocka_unit_test_setup_teardown(floatformat_is_exact, begin_django, end),
        cmocka_unit_test_setup_teardown(jinja_shows_kinds, begin_jinja, end),
        cmocka_unit_test_setup_teardown(decimals_are_computed_exactly, begin_jinja, end),
        cmocka_unit_test_setup_teardown(times_are_computed, begin_jinja, end),
        cmocka_unit_test_setup_teardown(null_is_none, begin_jinja, end),
        cmocka_unit_test_setup_teardown(what_is_not_loaded_is_loaded, begin_jinja, end),
        cmocka_unit_test_setup_teardown(rows_of_models_have_names, begin_jinja, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
