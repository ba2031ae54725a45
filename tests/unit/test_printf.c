/* Python's % formatting, and reals rounded by their exact value. */
#include "template_rows.h"

#include "template/printf.h"

#include <math.h>

/* Signs, padding, precision, bases. */
static void whole_numbers(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '%d|%i|%u|%5d|%-5d|%05d|%+d|% d|%+05d' % (1, -2, 3, 4, 5, -6, 7, 8, 9) }}|",
          "1|-2|3|    4|5    |-0006|+7| 8|+0009|" },
        { "{{ '%x|%X|%o|%#x|%#X|%#o|%#06x|%x|%#x' % (255, 255, 8, 255, 255, 8, 255, -255, -255) }}",
          "ff|FF|10|0xff|0XFF|0o10|0x00ff|-ff|-0xff" },
        { "{{ '%.3d|%.3d|%6.3d|%-6.3d|%06.3d|%#.3x|%.0d' % (5, -5, 5, 5, 5, 5, 0) }}|",
          "005|-005|   005|005   |000005|0x005|0|" },
        { "{{ '%d|%d|%d|%d' % (true, 3.99, -3.99, 9223372036854775807) }}{{ '%ld%hd%Ld' % (1, 2, 3) }}",
          "1|3|-3|9223372036854775807123" },
        { "{{ '%x' % (-9223372036854775807 - 1) }}", "-8000000000000000" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

static void floating_point(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '%f|%.2f|%.0f|%#.0f|%8.3f|%-8.3f|%08.3f|%+.1f|% .1f' % (1.5, 2.675, 2.5, 2.5, 3.14159, 3.14159, "
          "-3.14159, 1, 1) }}|",
          "1.500000|2.67|2|2.|   3.142|3.142   |-003.142|+1.0| 1.0|" },
        { "{{ '%e|%.2E|%.0e|%#.0e|%g|%g|%G|%#g|%.3g' % (12345.678, 0.00012, 5, 5, 1e100, 0.0001, 1e-10, 1, 1234567) }}",
          "1.234568e+04|1.20E-04|5e+00|5.e+00|1e+100|0.0001|1E-10|1.00000|1.23e+06" },
        { "{{ '%f|%F|%05f|%-5f|%+f|%e' % (1e400, -1e400, 1e400, 1e400, 1e400, -1e400) }}",
          "inf|-INF|00inf|inf  |+inf|-inf" },
        { "{{ '%.2f|%.2f|%.1f|%.1f|%.3f|%.0f|%.0f|%.0f' % (1.005, 0.125, 0.25, 0.35, 1e15, 0.5, 1.5, -0.4) }}",
          "1.00|0.12|0.2|0.3|1000000000000000.000|0|2|-0" },
        { "{{ '%.20f|%.30e' % (0.1, 0.1) }}", "0.10000000000000000555|1.000000000000000055511151231258e-01" },
        { "{{ ('%.1200f' % 0.1)|length }} {{ ('%.1200f' % 0.1)[-5:] }} {{ ('%.1200e' % 0.1)[-8:] }} {{ ('%.2000f' % "
          "1e300)|length }}",
          "1202 00000 0000e-01 2302" },
        { "{{ '%f' % 9007199254740993 }}{{ '%.1f' % -0.0 }}{{ '%.15f' % 4.35 }}",
          "9007199254740992.000000-0.04.350000000000000" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

/* Counted in characters. */
static void text(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '%s|%5s|%-5s|%.2s|%5.1s|%05s' % ('é', '日本', '日本', '日本語', 'xyz', 'a') }}|",
          "é|   日本|日本   |日本|    x|    a|" },
        { "{{ '%r|%a|%r|%s|%s|%s|%8r' % ('é', 'é日😀', [1, 'x'], none, [1], 1.5, 'a') }}",
          "'é'|'\\xe9\\u65e5\\U0001f600'|[1, 'x']|None|[1]|1.5|     'a'" },
        { "{{ '%c%c%3c|%-3c|' % ('é', 8364, 'x', 65) }}", "é€  x|A  |" },
        { "{{ '100%% %s' % 'x' }}{{ '%%' % () }}{{ '%%%%' % () }}{{ 'plain' % () }}[{{ '%s' % missing }}]",
          "100% x%%%plain[]" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

/* Tuples, single values, mappings, stars. */
static void arguments(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '%s' % 'x' }}{{ '%s' % [1, 2] }}{{ '%s' % ((1, 2),) }}{{ '%s %s' % (1, 2) }}{{ 'x' % {} }}{{ 'x' % [] }}",
          "x[1, 2](1, 2)1 2xx" },
        { "{{ '%(a)s-%(b)03d-%(a)s-%(c(d))s' % {'a': 1, 'b': 2, 'c(d)': 3} }}{{ '%(a)s'|format(a='x') }}{{ "
          "'%s'|format(a='x') }}",
          "1-002-1-3x{'a': 'x'}" },
        { "{{ '%*d|%-*d|%*d|%.*f|%*.*f' % (5, 3, 4, 2, -4, 2, 2, 3.14159, 7, 1, 2.55) }}|",
          "    3|2   |2   |3.14|    2.5|" },
        { "{{ '%s and %s'|format('a', 'b') }}{{ 'nothing'|format }}{{ '%d'|format(5) }}", "a and bnothing5" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

/* As Markup does: what is put in is escaped, unless it is safe; numbers are made of text. */
static void safe_formats_escape(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '<b>%s</b>'|safe|format('<i>') }}{{ '<b>%s</b>'|format('<i>') }}{{ ('%s %s'|safe) % ('<u>', '<u>'|safe) "
          "}}{{ ('%r'|safe) % '<' }}{{ ('%(x)s'|safe) % {'x': '<'} }}",
          "<b>&lt;i&gt;</b>&lt;b&gt;&lt;i&gt;&lt;/b&gt;&lt;u&gt; <u>&#39;&lt;&#39;&lt;" },
        { "{{ ('%.3s|%6s'|safe) % ('<<', '<') }}{{ ('%d %.1f'|safe) % ('42', '1.55') }}{{ ('%s'|safe) % ['<'] }}{{ "
          "('%s'|safe)|format('<') is escaped }}{{ '%s'|format('<'|safe) is escaped }}",
          "&lt|  &lt;42 1.6[&#39;&lt;&#39;]TrueFalse" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void mistakes(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '%' % 1 }}", "incomplete format: a % stands at the end (write %% for a percent sign)" },
        { "{{ '%5' % 1 }}", "incomplete format: a % stands at the end (write %% for a percent sign)" },
        { "{{ '%(a' % {'a': 1} }}", "incomplete format key: a ) is missing" },
        { "{{ '%(a)' % {'a': 1} }}", "incomplete format: a % stands at the end (write %% for a percent sign)" },
        { "{{ '%s %s' % (1,) }}", "not enough arguments for the format" },
        { "{{ '%s %s' % 1 }}", "not enough arguments for the format" },
        { "{{ '%s' % (1, 2) }}", "not all arguments were used by the format" },
        { "{{ 'x' % 1 }}", "not all arguments were used by the format" },
        { "{{ '%s' % () }}", "not enough arguments for the format" },
        { "{{ '%y' % 1 }}", "unsupported format character 'y' in '%y'" },
        { "{{ 'a %5é' % 1 }}", "unsupported format character 'é' in '%5é'" },
        { "{{ '%5%' % 1 }}", "unsupported format character '%' in '%5%'" },
        { "{{ '%(a)s' % 1 }}", "the format needs a mapping for its %(name)s, not 'int'" },
        { "{{ '%(a)s' % 'x' }}", "the format needs a mapping for its %(name)s, not 'str'" },
        { "{{ '%(b)s' % {'a': 1} }}", "the format needs 'b', which the mapping has not" },
        { "{{ '%d' % '3' }}", "%d format: a number is required, not 'str'" },
        { "{{ '%x' % 3.5 }}", "%x format: a whole number is required, not 'float'" },
        { "{{ '%d' % none }}", "%d format: a number is required, not 'NoneType'" },
        { "{{ '%f' % '3' }}", "%f format: a number is required, not 'str'" },
        { "{{ '%d' % missing }}", "'missing' is undefined" },
        { "{{ '%f' % missing }}", "'missing' is undefined" },
        { "{{ '%d' % 1e400 }}", "%d format: the number does not fit into 64 bits" },
        { "{{ '%c' % 'ab' }}", "%c needs a whole number or a single character" },
        { "{{ '%c' % '' }}", "%c needs a whole number or a single character" },
        { "{{ '%c' % 1114112 }}", "%c needs a character's number below 0x110000" },
        { "{{ '%c' % -1 }}", "%c needs a character's number below 0x110000" },
        { "{{ '%*d' % ('x', 1) }}", "* in a format wants a whole number, not 'str'" },
        { "{{ '%*d' % (1,) }}", "not enough arguments for the format" },
        { "{{ '%2147483648d' % 1 }}", "the width or precision in the format is too large" },
        { "{{ '%.2147483648d' % 1 }}", "the width or precision in the format is too large" },
        { "{{ '%*d' % (2147483648, 1) }}", "the width or precision in the format is too large" },
    };
    assert_failures("page.html", rows, CT_COUNT(rows));
}

static const char *fixed(double value, unsigned digits)
{
    static char text[2048];
    ct_buffer out = { 0 };
    ct_write_fixed(&out, value, digits);
    snprintf(text, sizeof(text), "%s", ct_buffer_text(&out));
    ct_buffer_finish(&out);
    return text;
}

/* What does not go through printf rounds as printf does: ties and their neighbours, and numbers all over the place. */
static void fixed_digits_are_those_of_printf(void **state)
{
    (void)state;
    char expected[2048];
    uint64_t random = 88172645463325252;
    for (int i = 0; i < 200000; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        unsigned digits = (unsigned)(random >> 60);
        double value = (double)(int64_t)random / ct_power_of_ten((unsigned)(random >> 20) % 22);
        if (i % 2) /* a tie, or one next to it */
            value = nextafter(((double)(random % 1000000) + 0.5) / ct_power_of_ten(digits), i % 4 == 1 ? INFINITY : 0);
        if (i % 3 == 0)
            value = ((double)(random % 4096) + 0.5) / (double)(1 << (random >> 32) % 12);
        snprintf(expected, sizeof(expected), "%.*f", (int)digits, value);
        assert_string_equal(fixed(value, digits), expected);
    }
    assert_string_equal(fixed(0.0, 0), "0");
    assert_string_equal(fixed(-0.0, 2), "-0.00");
    assert_string_equal(fixed(NAN, 2), "nan");
    assert_string_equal(fixed(-INFINITY, 2), "-inf");
    snprintf(expected, sizeof(expected), "%.1100f", 5e-324);
    assert_string_equal(fixed(5e-324, 1100), expected);
}

static void scaling_at_its_limits(void **state)
{
    (void)state;
    uint64_t scaled;
    assert_true(ct_scale_exactly(0x1p52 - 1, 0, &scaled) && scaled == (UINT64_C(1) << 52) - 1);
    assert_false(ct_scale_exactly(0x1p52, 0, &scaled));
    assert_true(ct_scale_exactly(1, 15, &scaled) && scaled == UINT64_C(1000000000000000));
    assert_false(ct_scale_exactly(1, 16, &scaled));
    assert_false(ct_scale_exactly(5, 15, &scaled));
    assert_false(ct_scale_exactly(INFINITY, 0, &scaled));
    assert_false(ct_scale_exactly(NAN, 0, &scaled));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(floating_point),
        cmocka_unit_test(text),
        cmocka_unit_test(arguments),
        cmocka_unit_test(safe_formats_escape),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(fixed_digits_are_those_of_printf),
        cmocka_unit_test(scaling_at_its_limits),
    };
    return cmocka_run_group_tests_name("printf", tests, NULL, NULL);
}
