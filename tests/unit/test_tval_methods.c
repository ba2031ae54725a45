/* Methods of template values give what Python's give, safe text what MarkupSafe's Markup gives; what belongs to the
 * program stays as it is, and what a template chooses never takes more than the render may have. */
#include "values.h"

#include "base/time.h"
#include "shape/value.h"

typedef struct {
    const char *expression, *shown;
} expectation;

/* An expression of Jinja's as a page that escapes, or not; "! message" where it fails. */
static const char *evaluated(const char *name, const char *expression, const ct_kv *pairs, size_t count)
{
    ct_buffer page = ct_buffer_in(&values_arena), out = ct_buffer_in(&values_arena);
    ct_template_error error;
    ct_buffer_printf(&page, "{{ %s }}", expression);
    const ct_template *template =
        ct_engine_compile(r->engine, ct_str_of(name), ct_str_of(ct_buffer_text(&page)), &error);
    if (!template)
        return ct_arena_printf(&values_arena, "! %s", error.message);
    const ct_render_input input = {
        .pairs = pairs, .pair_count = count, .arena = &values_arena, .max_iterations = 100000
    };
    if (!ct_template_render(r->engine, template, &input, &out, &error))
        return ct_arena_printf(&values_arena, "! %s", error.message);
    return ct_buffer_text(&out);
}

#define CHECK(name, cases)                                                                                             \
    for (size_t i = 0; i < CT_COUNT(cases); i++)                                                                       \
    assert_string_equal(evaluated((name), (cases)[i].expression, NULL, 0), (cases)[i].shown)

/* ---- text ---- */

static void case_of_text(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "'Tea for two'.upper()", "TEA FOR TWO" },
        { "'ÄÖ straße ŉ ﬁ'.upper()", "ÄÖ STRASSE ʼN FI" },
        { "'ÄÖ İ'.lower()", "äö i̇" },
        { "'ΟΔΟΣ ΣΟΦΟΣ.'.lower()", "οδος σοφος." },
        { "\"they're bill's 2nd ǆ\".title()", "They'Re Bill'S 2Nd ǅ" },
        { "'éCOLE Σ'.capitalize()", "École σ" },
        { "'aBß1'.swapcase()", "AbSS1" },
        { "'Straße'.casefold()", "strasse" },
        { "''.upper()", "" },
    };
    CHECK("page.txt", cases);
}

static void stripping_and_splitting(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "['\\u00a0 a b\\u2003\\n'.strip()]", "['a b']" },
        { "'xxéayxé'.strip('éx')", "ay" },
        { "'aab'.lstrip('a')", "b" },
        { "'baa'.rstrip('a')", "b" },
        { "'unhappy'.removeprefix('un') ~ 'file.txt'.removesuffix('.txt')", "happyfile" },
        { "' a  b c '.split()", "['a', 'b', 'c']" },
        { "' a  b c '.split(none, 1)", "['a', 'b c ']" },
        { "' a  b c '.rsplit(maxsplit=1)", "[' a  b', 'c']" },
        { "'a,b,,c'.split(',')", "['a', 'b', '', 'c']" },
        { "'a,b,,c'.split(',', 0)", "['a,b,,c']" },
        { "'a,b,,c'.rsplit(',', 2)", "['a,b', '', 'c']" },
        { "''.split(',')", "['']" },
        { "''.split()", "[]" },
        { "'a'.split('')", "! empty separator" },
        { "'a'.split(1)", "! sep must be str, not 'int'" },
        { "'a\\nb\\r\\nc\\u2028d\\n'.splitlines()", "['a', 'b', 'c', 'd']" },
        { "'a\\nb\\r\\n'.splitlines(true)", "['a\\n', 'b\\r\\n']" },
        { "'k=v=w'.partition('=')", "('k', '=', 'v=w')" },
        { "'k=v=w'.rpartition('=')", "('k=v', '=', 'w')" },
        { "'kv'.partition('=')", "('kv', '', '')" },
        { "'kv'.rpartition('=')", "('', '', 'kv')" },
    };
    CHECK("page.txt", cases);
}

static void finding(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "'日本語日本'.find('本')", "1" },
        { "'日本語日本'.rfind('本')", "4" },
        { "'日本語日本'.find('本', 2)", "4" },
        { "'日本語日本'.find('本', 2, 4)", "-1" },
        { "'日本語日本'.find('日', -2)", "3" },
        { "'abc'.find('', 3)", "3" },
        { "'abc'.find('', 4)", "-1" },
        { "'abc'.index('c')", "2" },
        { "'abc'.rindex('d')", "! substring not found" },
        { "'aaaa'.count('aa')", "2" },
        { "'日本'.count('')", "3" },
        { "'abab'.count('a', 1)", "1" },
        { "'abc'.startswith('ab')", "True" },
        { "'abc'.startswith(('x', 'ab'))", "True" },
        { "'abc'.startswith(['ab'])", "! startswith first arg must be str or a tuple of str, not 'list'" },
        { "'abc'.startswith('b', 1)", "True" },
        { "'abc'.endswith('b', 0, 2)", "True" },
        { "'abc'.endswith('c', 0, 2)", "False" },
        { "'abc'.startswith('', 4)", "False" },
        { "'abc'.startswith(1)", "! startswith first arg must be str or a tuple of str, not 'int'" },
    };
    CHECK("page.txt", cases);
}

static void replacing_joining_and_padding(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "'a-b-c'.replace('-', '+')", "a+b+c" },
        { "'a-b-c'.replace('-', '+', 1)", "a+b-c" },
        { "'日本'.replace('', '.')", ".日.本." },
        { "'日本'.replace('', '.', 2)", ".日.本" },
        { "'abc'.replace('x', 'y', 0)", "abc" },
        { "', '.join(['a', 'b'])", "a, b" },
        { "', '.join('né')", "n, é" },
        { "''.join(['a', 1])", "! sequence item 1: expected str instance, int found" },
        { "'ab'.center(7, '*')", "***ab**" },
        { "'abc'.center(6, 'é')", "éabcéé" },
        { "'ab'.center(2)", "ab" },
        { "'é'.ljust(3, '.') ~ 'é'.rjust(3, '.')", "é....é" },
        { "'a'.ljust(3, 'xy')", "! the fill character must be exactly one character long" },
        { "'-42'.zfill(5) ~ '7'.zfill(2) ~ '日'.zfill(3)", "-00420700日" },
        { "'a\\tbc\\n\\td'.expandtabs(4)", "a   bc\n    d" },
        { "'a\\tb'.expandtabs(0)", "ab" },
        { "'a'.ljust(9223372036854775807)", "! the text is too long" },
        { "'a'.upper(1)", "! upper() takes at most 1 argument, 2 given" },
    };
    CHECK("page.txt", cases);
}

static void what_text_consists_of(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "['12'.isdigit(), '²'.isdigit(), '½'.isdigit(), ''.isdigit()]", "[True, True, False, False]" },
        { "['٣'.isdecimal(), '²'.isdecimal(), '½'.isnumeric(), '七'.isnumeric()]", "[True, False, True, True]" },
        { "['aé日'.isalpha(), 'a1'.isalpha(), 'a1'.isalnum(), 'a '.isalnum()]", "[True, False, True, False]" },
        { "[' \\u2003'.isspace(), ''.isspace(), 'aé'.isascii(), ''.isascii()]", "[True, False, False, True]" },
        { "['AÉ1'.isupper(), 'Aé'.isupper(), '1'.isupper(), 'aß'.islower()]", "[True, False, False, True]" },
        { "['Tea For 2'.istitle(), 'Tea for'.istitle(), 'ǅ'.istitle()]", "[True, False, True]" },
        { "['été_1'.isidentifier(), '1a'.isidentifier(), ''.isidentifier()]", "[True, False, False]" },
        { "['a b'.isprintable(), 'a\\n'.isprintable(), ''.isprintable()]", "[True, False, True]" },
    };
    CHECK("page.txt", cases);
}

/* What joins safe text is escaped, and what is cut out of it stays safe: nothing gets through unescaped or twice. */
static void methods_of_safe_text(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "('<b>'|safe).upper()", "<B>" },
        { "('<b>'|safe).casefold()", "&lt;b&gt;" },
        { "('<p>x</p>'|safe).replace('x', '<i>')", "<p>&lt;i&gt;</p>" },
        { "('<p>x</p>'|safe).replace('x', '<i>'|safe)", "<p><i></p>" },
        { "('<br>'|safe).join(['<a>', '<b>'|safe, 1])", "&lt;a&gt;<br><b><br>1" },
        { "'<br>'.join(['<a>'|safe])", "&lt;a&gt;" },
        { "('a<br>b'|safe).split('<br>')[1].center(3, '_')", "_b_" },
        { "('<b> <i>'|safe).split()|first", "<b>" },
        { "('<b>'|safe).center(5, '<')", "! the fill character must be exactly one character long" },
        { "('<b>{} {x}</b>'|safe).format('<i>', x='<u>'|safe)", "<b>&lt;i&gt; <u></b>" },
        { "'<b>{}</b>'.format('<i>'|safe)", "&lt;b&gt;&lt;i&gt;&lt;/b&gt;" },
        { "('{:>9}'|safe).format('<i>')", "      &lt;i&gt;" },
        { "('{:>9}'|safe).format('<i>'|safe)", "! unsupported format specification for Markup" },
        { "('a=<b>'|safe).partition('=')[2]", "<b>" },
    };
    CHECK("page.html", cases);
}

/* ---- format() ---- */

static void fields_of_formats(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "'{} and {}'.format('tea', 2)", "tea and 2" },
        { "'{1}{0}{1}'.format('a', 'b')", "bab" },
        { "'{name}: {list[1]} {map[key]} {map.key}'.format(name='n', list=[1, 2], map={'key': 'v'})", "n: 2 v v" },
        { "'{{}} {!r} {!s:>3} {!a}'.format('é', 'x', 'é')", "{} 'é'   x '\\xe9'" },
        { "'{:{}{}}|'.format('x', '>', 4)", "   x|" },
        { "'{} {0}'.format(1)", "! cannot mix automatic field numbering and manual field specification" },
        { "'{2}'.format(1)", "! replacement index 2 out of range for positional args tuple" },
        { "'{x}'.format(y=1)", "! format() got no argument named 'x'" },
        { "'{x.y}'.format(x={})", "! 'dict object' has no attribute 'y'" },
        { "'{0.__class__}'.format(1)", "! 'int object' has no attribute '__class__'" },
        { "'{'.format()", "! single '{' encountered in format string" },
        { "'}'.format()", "! single '}' encountered in format string" },
        { "'{0'.format(1)", "! expected '}' before end of string" },
        { "'{0[1}'.format([1])", "! missing ']' in format string" },
        { "'{!x}'.format(1)", "! unknown conversion specifier '!x'" },
        { "'{:{:{}}}'.format(1, 2, 3)", "! max string recursion exceeded" },
        { "'{a} {b}'.format_map({'a': 1, 'b': 2})", "1 2" },
        { "'{a}'.format_map([1])", "! format_map() takes a dict, not 'list'" },
    };
    CHECK("page.txt", cases);
}

static void specifications_of_formats(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "'[{:>5}|{:<5}|{:^5}|{:é^5}]'.format('ab', 'ab', 'ab', 'ab')", "[   ab|ab   | ab  |éabéé]" },
        { "'{:.2}'.format('日本語')", "日本" },
        { "'{:5}|{:<5}|{:=+5}|{:05}|{: d}'.format(42, 42, 42, -42, 42)", "   42|42   |+  42|-0042| 42" },
        { "'{:,} {:_} {:_x}'.format(1234567, 1234567, 0x12345678)", "1,234,567 1_234_567 1234_5678" },
        { "'{:010,} {:09,} {:08,}'.format(1234, 1234, 1234)", "00,001,234 0,001,234 0,001,234" },
        { "'{:x} {:#X} {:#o} {:b} {:c}'.format(255, 255, 8, 5, 26085)", "ff 0XFF 0o10 101 日" },
        { "'{:d} {:x}'.format(-9223372036854775807 - 1, -9223372036854775807 - 1)",
          "-9223372036854775808 -8000000000000000" },
        { "'{:.2f} {:+.1f} {:.0f} {:e} {:.3g} {:%}'.format(2.675, 2.25, 2.5, 12345.6789, 12345.6789, 0.5)",
          "2.67 +2.2 2 1.234568e+04 1.23e+04 50.000000%" },
        { "'{:08.2f} {:,.2f} {:012,.1f}'.format(-1.5, 1234567.891, 12345.67)", "-0001.50 1,234,567.89 00,012,345.7" },
        { "'{:.3} {:.3} {:.3} {:10}|'.format(12.0, 123.0, 0.00001234, 1.5)", "12.0 1.23e+02 1.23e-05        1.5|" },
        { "'{:z.0f} {:.0f}'.format(-0.4, -0.4)", "0 -0" },
        { "'{:f} {:F} {:05}'.format('inf'|float, 'nan'|float, '-inf'|float)", "inf NAN -0inf" },
        { "'{} {:d} {:3}'.format(true, true, true)", "True 1   1" },
        { "'{:5}'.format(none)", "! unsupported format string passed to NoneType.__format__" },
        { "'{:d}'.format('x')", "! unknown format code 'd' for object of type 'str'" },
        { "'{:d}'.format(1.5)", "! unknown format code 'd' for object of type 'float'" },
        { "'{:.2d}'.format(1)", "! precision not allowed in integer format specifier" },
        { "'{:,x}'.format(1)", "! cannot specify ',' with 'x'" },
        { "'{:=5}'.format('x')", "! '=' alignment not allowed in string format specifier" },
        { "'{:.}'.format('x')", "! format specifier missing precision" },
        { "'{:5.2fx}'.format(1)", "! invalid format specifier" },
        { "'{:2147483648}'.format(1)", "! too many decimal digits in format string" },
        { "'{:.2147483647f}'.format(1)", "! more than 100000 iterations (setting template_max_iterations)" },
        { "'{:2147483647}'.format(1)", "! more than 100000 iterations (setting template_max_iterations)" },
    };
    CHECK("page.txt", cases);
}

/* ---- lists, tuples and dictionaries ---- */

/* Statements on `x`, each shown, then `x` itself. */
static const char *changed(const char *start, const char *statements)
{
    ct_buffer page = ct_buffer_in(&values_arena);
    ct_buffer_printf(&page, "x }}{%% set x = %s %%}", start);
    for (ct_str rest = ct_str_of(statements), one; (one = ct_str_next(&rest, ';')).data;)
        ct_buffer_printf(&page, "{{ x.%.*s }} ", CT_STR_ARG(one));
    ct_buffer_printf(&page, "{{ x");
    return evaluated("page.txt", ct_buffer_text(&page), NULL, 0);
}

static void changing_lists(void **state)
{
    (void)state;
    assert_string_equal(changed("[1]", "append(2); extend('ab'); insert(0, 0); insert(-1, 'y'); insert(99, 'z')"),
                        "None None None None None [0, 1, 2, 'a', 'y', 'b', 'z']");
    assert_string_equal(changed("[1, 2, 3, 4]", "pop(); pop(0); pop(-2)"), "4 1 2 [3]");
    assert_string_equal(changed("[3, 1.0, true, 'a']", "remove(1); count(1); index('a'); index('a', -1)"),
                        "None 1 2 2 [3, True, 'a']");
    assert_string_equal(changed("[1, 2]", "extend(x); reverse(); copy(); clear()"), "None None [2, 1, 2, 1] None []");
    assert_string_equal(changed("[]", "pop()"), "! pop from empty list");
    assert_string_equal(changed("[1]", "pop(1)"), "! pop index out of range");
    assert_string_equal(changed("[1]", "pop(-2)"), "! pop index out of range");
    assert_string_equal(changed("[1]", "remove(2)"), "! list.remove(x): x not in list");
    assert_string_equal(changed("[1]", "index('b')"), "! 'b' is not in list");
    assert_string_equal(changed("(1, 2, 1)", "count(1); index(2)"), "2 1 (1, 2, 1)");
    assert_string_equal(changed("(1, 2)", "append(3)"), "! 'tuple object' has no attribute 'append'");
}

static void sorting_is_stable_both_ways(void **state)
{
    (void)state;
    assert_string_equal(changed("[3, 1, 2.5, true]", "sort()"), "None [1, True, 2.5, 3]");
    assert_string_equal(changed("[3, 1, 2.5, true]", "sort(reverse=true)"), "None [3, 2.5, 1, True]");
    assert_string_equal(changed("[]", "sort()"), "None []");
    assert_string_equal(changed("[[1, 'b'], [0, 'z'], [1, 'a']]", "sort()"), "None [[0, 'z'], [1, 'a'], [1, 'b']]");
    assert_string_equal(changed("['b', 'a,', 'c']", "sort(key='-'.join)"), "None ['a,', 'b', 'c']");
    assert_string_equal(changed("[1, 'a']", "sort()"), "! '<' not supported between instances of 'str' and 'int'");
}

/* Every length around the widths of the merges. */
static void sorting_many(void **state)
{
    (void)state;
    const ct_callable *sort = ct_engine_method(r->engine, CT_T_LIST, CT_STR("sort"));
    assert_non_null(sort);
    for (uint32_t length = 0; length < 70; length++) {
        ct_tlist *list = ct_tlist_new(r, 0);
        for (uint32_t i = 0; i < length; i++)
            ct_tlist_add(r, list, TUPLE(ct_t_int(i * 7919 % 13), ct_t_int(i)));
        const ct_tval args[] = { ct_t_list(list), ct_t_unset(), ct_t_unset() };
        sort->fn->function(r, args, 3);
        for (uint32_t i = 1; i < length; i++)
            assert_true(ct_tval_compare(r, list->items[i - 1], list->items[i]) < 0);
    }
}

static void changing_dictionaries(void **state)
{
    (void)state;
    assert_string_equal(changed("{'a': 1}", "get('a'); get('b'); get('b', 2); setdefault('b', 3); setdefault('b', 4)"),
                        "1 None 2 3 3 {'a': 1, 'b': 3}");
    assert_string_equal(changed("{'a': 1, 2: 'b'}", "items(); keys(); values()"),
                        "[('a', 1), (2, 'b')] ['a', 2] [1, 'b'] {'a': 1, 2: 'b'}");
    assert_string_equal(changed("{'a': 1}", "update({'b': 2}, c=3); update([('a', 4)]); update(d=5); update()"),
                        "None None None None {'a': 4, 'b': 2, 'c': 3, 'd': 5}");
    assert_string_equal(changed("{'a': 1, 'b': 2}", "pop('a'); pop('a', 9); popitem(); copy()"), "1 9 ('b', 2) {} {}");
    assert_string_equal(changed("{'a': 1}", "clear()"), "None {}");
    assert_string_equal(changed("{}", "pop('a')"), "! pop(): the dictionary has no key 'a'");
    assert_string_equal(changed("{}", "popitem()"), "! popitem(): dictionary is empty");
    assert_string_equal(changed("{}", "get([])"), "! unhashable type: 'list'");
    assert_string_equal(changed("{}", "update(1, 2)"), "! update() takes at most 1 positional argument, 2 given");
}

static void what_is_the_programs_cannot_be_changed(void **state)
{
    (void)state;
    ct_map *map = ct_map_in(&values_arena, 1);
    ct_array *array = ct_array_in(&values_arena, 1);
    ct_map_put(map, "a", CT_VALUE(1));
    ct_array_put(array, CT_VALUE(2));
    const ct_kv pairs[] = { CT_KV("map", map), CT_KV("list", array) };
    static const char *const of_maps[] = { "pop('a')", "popitem()", "setdefault('a')", "update(b=1)", "clear()" };
    static const char *const of_lists[] = { "append(1)", "extend([1])", "insert(0, 1)", "pop()",
                                            "remove(2)", "reverse()",   "sort()",       "clear()" };
    for (size_t i = 0; i < CT_COUNT(of_maps); i++)
        assert_string_equal(evaluated("p.txt", ct_arena_printf(&values_arena, "map.%s", of_maps[i]), pairs, 2),
                            "! a map of the program cannot be changed; copy it with dict(x)");
    for (size_t i = 0; i < CT_COUNT(of_lists); i++)
        assert_string_equal(evaluated("p.txt", ct_arena_printf(&values_arena, "list.%s", of_lists[i]), pairs, 2),
                            "! a list of the program cannot be changed; copy it with x|list");
    assert_string_equal(evaluated("p.txt", "[map.items(), map.get('a'), map.copy().pop('a'), list.index(2)]", pairs, 2),
                        "[[('a', 1)], 1, 1, 0]");
    assert_string_equal(evaluated("p.txt", "[list.copy().pop(), list, map]", pairs, 2), "[2, [2], {'a': 1}]");
}

/* ---- numbers and moments ---- */

static void methods_of_numbers(void **state)
{
    (void)state;
    static const expectation cases[] = {
        { "[(0).bit_length(), (255).bit_length(), (-256).bit_length(), true.bit_length()]", "[0, 8, 9, 1]" },
        { "[(1.0).is_integer(), (1.5).is_integer(), ('inf'|float).is_integer()]", "[True, False, False]" },
    };
    CHECK("page.txt", cases);
}

static void methods_of_moments(void **state)
{
    (void)state;
    const ct_kv pairs[] = { CT_KV("t", ct_datetime(INT64_C(1709251198123456))), CT_KV("midnight", ct_datetime(0)),
                            CT_KV("old", ct_datetime(-62135596800 * CT_SECOND)) };
    static const expectation cases[] = {
        { "t.strftime('%a %A %b %B %d %e %j %m %y %Y %C')", "Thu Thursday Feb February 29 29 060 02 24 2024 20" },
        { "t.strftime('%H %I %M %S %f %p %z %Z %s')", "23 11 59 58 123456 PM +0000 UTC 1709251198" },
        { "t.strftime('%U %W %V %G %g %u %w')", "08 09 09 2024 24 4 4" },
        { "t.strftime('%c|%x|%X|%D|%F|%T|%R|%r')",
          "Thu Feb 29 23:59:58 2024|02/29/24|23:59:58|02/29/24|2024-02-29|23:59:58|23:59|11:59:58 PM" },
        { "t.strftime('100%% %q %')", "100% %q %" },
        { "t.strftime(1)", "! strftime() takes a format, a str, not 'int'" },
        { "'{:%d.%m.%Y}'.format(t)", "29.02.2024" },
        { "t.isoformat()", "2024-02-29T23:59:58.123456+00:00" },
        { "midnight.isoformat()", "1970-01-01T00:00:00+00:00" },
        { "old.isoformat()", "0001-01-01T00:00:00+00:00" },
        { "t.isoformat(' ', 'milliseconds')", "2024-02-29 23:59:58.123+00:00" },
        { "t.isoformat(timespec='minutes')", "2024-02-29T23:59+00:00" },
        { "t.isoformat(timespec='days')", "! unknown timespec value 'days'" },
        { "[t.weekday(), t.isoweekday(), t.timestamp()]", "[3, 4, 1709251198.123456]" },
        { "t.date()", "2024-02-29" },
        { "[t.date()]", "[datetime.date(2024, 2, 29)]" },
        { "t.date().isoformat()", "2024-02-29" },
        { "t.date() == t.date() and t.date() < t", "True" },
        { "t", "2024-02-29 23:59:58.123456+00:00" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++)
        assert_string_equal(evaluated("p.txt", cases[i].expression, pairs, 3), cases[i].shown);
}

/* The weeks of years that begin on every day of the week. */
static void weeks_of_iso_8601(void **state)
{
    (void)state;
    static const struct {
        int year, month, day;
        const char *week;
    } cases[] = {
        { 2018, 12, 31, "2019-01" }, { 2019, 12, 29, "2019-52" }, { 2019, 12, 30, "2020-01" },
        { 2020, 12, 31, "2020-53" }, { 2021, 1, 3, "2020-53" },   { 2021, 1, 4, "2021-01" },
        { 2022, 1, 1, "2021-52" },   { 2023, 1, 1, "2022-52" },   { 2026, 12, 31, "2026-53" },
        { 2027, 1, 3, "2026-53" },   { 2027, 1, 4, "2027-01" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_time day = ct_civil_time((ct_civil){ .year = cases[i].year, .month = cases[i].month, .day = cases[i].day });
        const ct_kv pair[] = { CT_KV("t", ct_datetime(day)) };
        assert_string_equal(evaluated("p.txt", "t.strftime('%G-%V')", pair, 1), cases[i].week);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VALUES_TEST(case_of_text),
        VALUES_TEST(stripping_and_splitting),
        VALUES_TEST(finding),
        VALUES_TEST(replacing_joining_and_padding),
        VALUES_TEST(what_text_consists_of),
        VALUES_TEST(methods_of_safe_text),
        VALUES_TEST(fields_of_formats),
        VALUES_TEST(specifications_of_formats),
        VALUES_TEST(changing_lists),
        VALUES_TEST(sorting_is_stable_both_ways),
        VALUES_TEST(sorting_many),
        VALUES_TEST(changing_dictionaries),
        VALUES_TEST(what_is_the_programs_cannot_be_changed),
        VALUES_TEST(methods_of_numbers),
        VALUES_TEST(methods_of_moments),
        VALUES_TEST(weeks_of_iso_8601),
    };
    return cmocka_run_group_tests_name("tval_methods", tests, NULL, NULL);
}
