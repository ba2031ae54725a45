/* Jinja's filters and global functions: what they show, which results stay safe, their mistakes and their limits. */
#include "template_rows.h"

#include "shape/value.h"

/* Case, in ASCII and beyond; what Python keeps safe stays safe, title() does not. */
static void case_of_letters(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'foo bar'|upper }} {{ 'FOO Bar'|lower }} {{ 'fOO bAR'|capitalize }} {{ 'foo bar'|title }}",
          "FOO BAR foo bar Foo bar Foo Bar" },
        { "{{ 'straße ÉTÉ ŉ'|upper }}|{{ 'ÉTÉ ΑΣ'|lower }}|{{ 'ǆ ÉA'|capitalize }}", "STRASSE ÉTÉ ʼN|été ας|ǅ éa" },
        { "{{ \"it's (a) [b]{c}<d>-e _f\\tg.h\"|title }}", "It&#39;s (A) [B]{C}&lt;D&gt;-E _f\tG.h" },
        { "{{ 'ﬁn été-là ΟΔΟΣ'|title }}", "FIn Été-Là Οδος" },
        { "{{ '<b>'|safe|upper }}{{ '<b>'|safe|capitalize }}{{ '<b>'|safe|title }}", "<B><b>&lt;B&gt;" },
        { "{{ 5|upper }}{{ none|title }}{{ [1]|lower }}{{ missing|upper }}", "5None[1]" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void trimming(void **state)
{
    (void)state;
    static const row rows[] = {
        { "[{{ '  a b \\n'|trim }}] [{{ 'xxaxx'|trim('x') }}] [{{ 'abcba'|trim('ab') }}] [{{ ' a '|trim('') }}]",
          "[a b] [a] [c] [ a ]" },
        { "[{{ '\\u00a0é\\u2003'|trim }}] [{{ 'éxé'|trim('é') }}] [{{ '日本日'|trim('a日b') }}]", "[é] [x] [本]" },
        { "[{{ '   '|trim }}] [{{ ''|trim }}] [{{ 5|trim }}] [{{ ' a '|trim(none) }}]", "[] [] [5] [a]" },
        { "{{ '<b>'|safe|trim('<>') }} {{ '<b>'|trim('<>') }} {{ '&lt;b'|safe|trim('<') }}", "<b> b b" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void centering(void **state)
{
    (void)state;
    static const row rows[] = {
        { "[{{ 'ab'|center(5) }}][{{ 'abc'|center(6) }}][{{ 'ab'|center(7) }}][{{ 'abc'|center(4) }}]",
          "[  ab ][ abc  ][   ab  ][abc ]" },
        { "[{{ 'é日'|center(4) }}][{{ 'abc'|center(3) }}][{{ 'abc'|center(-1) }}][{{ 5|center(3) }}]",
          "[ é日 ][abc][abc][ 5 ]" },
        { "{{ 'x'|center|length }} {{ '<'|safe|center(3) }}", "80  < " },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void truncating(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'foo bar baz qux'|truncate(9) }}|{{ 'foo bar baz qux'|truncate(9, true) }}|{{ 'foo bar baz "
          "qux'|truncate(11) }}|{{ 'foo bar baz qux'|truncate(11, false, '...', 0) }}",
          "foo...|foo ba...|foo bar baz qux|foo bar..." },
        { "{{ 'foo bar baz qux'|truncate(10) }}|{{ 'foo bar baz qux'|truncate(9, leeway=6) }}|{{ 'foo bar baz "
          "qux'|truncate(9, leeway=5) }}",
          "foo bar baz qux|foo bar baz qux|foo..." },
        { "{{ 'été à la plage'|truncate(6, true, '…', 0) }}|{{ 'abc'|truncate(3, leeway=0) }}|{{ 'abcd'|truncate(3, "
          "leeway=0) }}",
          "été à…|abc|..." },
        { "{{ 'abcdef ghi'|truncate(5, false, '<>', 0) }}|{{ '<i>abcdef'|safe|truncate(5, true, '<', 0) }}|{{ "
          "'<i>abcdef'|truncate(5, true, '<'|safe, 0) }}",
          "abc&lt;&gt;|<i>a&lt;|&lt;i&gt;a<" },
        { "{{ ('x' * 261)|truncate|length }} {{ ('x' * 260)|truncate|length }}", "255 260" },
        { "{{ [1, 2]|truncate }}{{ missing|truncate }}", "[1, 2]" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* The escaping rules of replace, and its counts. */
static void replacing(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'Hello World'|replace('Hello', 'Goodbye') }}|{{ 'aaaaargh'|replace('a', \"d'oh, \", 2) }}|{{ "
          "'abc'|replace('', '-') }}|{{ 'abc'|replace('', '-', 2) }}",
          "Goodbye World|d&#39;oh, d&#39;oh, aaargh|-a-b-c-|-a-bc" },
        { "{{ 'aaa'|replace('a', 'b', 0) }}{{ 'aaa'|replace('a', 'b', -1) }}{{ 'aaa'|replace('aa', 'b') }}{{ "
          "'é日é'|replace('é', 'e') }}{{ 112|replace(1, 2) }}",
          "aaabbbbae日e222" },
        { "{{ '<b>x</b>'|replace('x', '<i>') }}|{{ '<b>x</b>'|safe|replace('x', '<i>') }}|{{ '<b>x</b>'|replace('x', "
          "'<i>'|safe) }}|{{ '<b>x'|replace('<b>'|safe, '-') }}",
          "&lt;b&gt;&lt;i&gt;&lt;/b&gt;|<b>&lt;i&gt;</b>|&lt;b&gt;<i>&lt;/b&gt;|&lt;b&gt;x" },
        { "{{ '<b>&lt;'|safe|replace('<', '[') }}|{{ '<x'|safe|replace('x', 'y') is escaped }}|{{ 'x'|replace('x', "
          "'y') is escaped }}",
          "<b>[|True|False" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void replacing_without_escaping(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '<b>'|safe|replace('b', '<i>') }}{{ ('x'|safe|replace('q', 'y')) is escaped }}{{ 'x'|replace('x', "
          "'<'|safe) }}",
          "<<i>>False<" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

/* Line ends of every kind; blank and first lines. */
static void indenting(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'a\\nb\\n\\nc'|indent }}", "a\n    b\n\n    c" },
        { "{{ 'a\\n\\nb\\n'|indent(2, true) }}|{{ 'a\\n\\nb\\n'|indent(2, false, true) }}|{{ '\\na'|indent(2, "
          "first=true, blank=true) }}",
          "  a\n\n  b\n|a\n  \n  b\n  |  \n  a" },
        { "{{ 'a\\r\\nb\\rc\\x0bd\\u2028e\\u0085f'|indent(1) }}", "a\n b\n c\n d\n e\n f" },
        { "{{ 'a\\r'|indent(2, false, true) }}|{{ 'a\\r\\n'|indent(2, false, true) }}|{{ ''|indent(3, true) }}|{{ "
          "'a\\nb'|indent(0) }}",
          "a|a\n  |   |a\nb" },
        { "{{ 'a\\nb'|indent('> ') }}|{{ '<i>\\nb'|safe|indent('<') }}", "a\n&gt; b|<i>\n<b" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* What textwrap does with words, hyphens, dashes and long words. */
static void wrapping(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'Look, goof-ball -- use the -b option!'|wordwrap(10) }}", "Look,\ngoof-ball\n-- use the\n-b option!" },
        { "{{ 'Look, goof-ball--use the -b option!'|wordwrap(6) }}", "Look,\ngoof-\nball--\nuse\nthe -b\noption\n!" },
        { "{{ 'supercalifragilistic word'|wordwrap(8) }}|{{ 'supercalifragilistic word'|wordwrap(8, false) }}|{{ "
          "'goof-ball'|wordwrap(6, true, none, false) }}",
          "supercal\nifragili\nstic\nword|supercalifragilistic\nword|goof-b\nall" },
        { "{{ 'a b\\n\\n  c d  \\ne'|wordwrap(3) }}|{{ '  '|wordwrap(3) }}|{{ ''|wordwrap(0) }}",
          "a b\n\n  c\nd\ne||" },
        { "{{ 'été-là ÉTÉ-LÀ 日本語テキスト'|wordwrap(5) }}", "été-\nlà\nÉTÉ-\nLÀ 日本\n語テキスト" },
        { "{{ 'a < b c'|wordwrap(3, wrapstring='<br>'|safe) }}|{{ 'a < b'|wordwrap(3, wrapstring='<br>') }}|{{ "
          "'<b>'|safe|wordwrap }}",
          "a &lt;<br>b c|a &lt;&lt;br&gt;b|&lt;b&gt;" },
        { "{{ 'x\\u00a0y z'|wordwrap(2) }}|{{ 'long-hyphenated-word'|wordwrap(7) }}|{{ '----------'|wordwrap(4) }}",
          "x \ny\nz|long-hy\nphenate\nd-word|----\n----\n--" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void counting_words(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'Hello, big_world 42!'|wordcount }} {{ ''|wordcount }} {{ 'été là-bas 日本'|wordcount }} {{ 5|wordcount "
          "}} {{ '...'|wordcount }}",
          "3 0 4 1 0" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void printing_pretty(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ {'b': 1, 'a': [1, 'x']}|pprint }} {{ 'x'|pprint }} {{ missing|pprint }} {{ []|pprint }} {{ (1,)|pprint "
          "}}",
          "{'a': [1, 'x'], 'b': 1} 'x' Undefined [] (1,)" },
        { "{{ ['a text of some length', 'another text of some length', {'key': 'value', 'another': [1, 2, 3]}]|pprint "
          "}}",
          "['a text of some length',\n 'another text of some length',\n {'another': [1, 2, 3], 'key': 'value'}]" },
        { "{{ ('a somewhat longer text with words in it to wrap ' * 3)|pprint }}",
          "('a somewhat longer text with words in it to wrap a somewhat longer text with '\n 'words in it to wrap a "
          "somewhat longer text with words in it to wrap ')" },
        { "{{ {'key': 'a somewhat longer text with words in it\\nand more lines ' * 3, 1: none}|pprint }}",
          "{1: None,\n 'key': 'a somewhat longer text with words in it\\n'\n        'and more lines a somewhat longer "
          "text with words in it\\n'\n        'and more lines a somewhat longer text with words in it\\n'\n        "
          "'and more lines '}" },
        { "{{ [['x' * 90], ('y' * 40, 'z' * 40), ('q' * 90,)]|pprint }}",
          "[['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'],\n "
          "('yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy',\n  'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'),\n "
          "('qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq',)]" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

static void escaping(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '<&>\"\\''|e }}{{ '<'|e|e }}{{ '<'|e|forceescape }}{{ '<b>'|safe }}{{ ['<']|e }}{{ none|e }}{{ 1.5|e }}",
          "&lt;&amp;&gt;&#34;&#39;&lt;&amp;lt;<b>[&#39;&lt;&#39;]None1.5" },
        { "{{ 5|e is escaped }}{{ 5|safe is escaped }}{{ '<'|safe|string is escaped }}{{ 'a'|e is escaped }}{{ "
          "missing|e }}",
          "TrueTrueTrueTrue" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* Comments go first, then tags; entities become characters, which are escaped again. */
static void stripping_tags(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '<p>Hello <!-- c <b> --> <b>World</b> </p>\\n x'|striptags }}", "Hello World x" },
        { "{{ '<a'|striptags }}|{{ 'a > b'|striptags }}|{{ '<!-- x'|striptags }}|{{ '<!--<b>--> y'|striptags }}",
          "&lt;a|a &gt; b|&lt;!-- x|y" },
        { "{{ '<<b>script>alert()<</b>/script>'|striptags }}|{{ '<sc<!-- -->ript>x'|striptags }}|{{ "
          "'&lt;script&gt;'|safe|striptags }}",
          "script&gt;alert()/script&gt;|x|&lt;script&gt;" },
        { "{{ '&eacute;&notit;&#x41;&#128;&#0;&amp;lt;'|striptags }}|{{ 5|striptags }}", "é¬it;A€�&amp;lt;|5" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void attributes(void **state)
{
    (void)state;
    static const row rows[] = {
        { "<ul{{ {'class': 'my_list', 'missing': none, 'gone': missing, 'id': 'list-5'}|xmlattr }}>",
          "<ul class=\"my_list\" id=\"list-5\">" },
        { "<ul {{ {'a': '<\"\\'>', 'b': '<'|safe, 'c': true}|xmlattr(false) }}>",
          "<ul a=\"&lt;&#34;&#39;&gt;\" b=\"<\" c=\"True\">" },
        { "[{{ {}|xmlattr }}][{{ {'a': none}|xmlattr }}][{{ {'a&b<': 1}|xmlattr }}]", "[][][ a&amp;b&lt;=\"1\"]" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void urls(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'a b/c?d=é&~_.-'|urlencode }} {{ {'a b': 'c/d', 'é': 1, 'n': none}|urlencode }} {{ [('x', 'y z'), ('a', "
          "[1])]|urlencode }} {{ 5|urlencode }}{{ []|urlencode }}",
          "a%20b/c%3Fd%3D%C3%A9%26~_.- a+b=c%2Fd&amp;%C3%A9=1&amp;n=None x=y+z&amp;a=%5B1%5D 5" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* What is a link, what belongs to it, and what stays text. */
static void links(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'see http://example.com/a?b=1&c=2#d, or (https://x.org/y_(z)).'|urlize }}",
          "see <a href=\"http://example.com/a?b=1&amp;c=2#d\" rel=\"noopener\">http://example.com/a?b=1&amp;c=2#d</a>, "
          "or (<a href=\"https://x.org/y_(z)\" rel=\"noopener\">https://x.org/y_(z)</a>)." },
        { "{{ 'www.example.com example.com a.b.co x.info. foo@example.com mailto:a@b.com http://1.2.3.4:80/ "
          "http://[::1]/x http://localhost'|urlize }}",
          "<a href=\"https://www.example.com\" rel=\"noopener\">www.example.com</a> <a href=\"https://example.com\" "
          "rel=\"noopener\">example.com</a> a.b.co x.info. <a href=\"mailto:foo@example.com\">foo@example.com</a> <a "
          "href=\"mailto:a@b.com\">a@b.com</a> <a href=\"http://1.2.3.4:80/\" rel=\"noopener\">http://1.2.3.4:80/</a> "
          "<a href=\"http://[::1]/x\" rel=\"noopener\">http://[::1]/x</a> <a href=\"http://localhost\" "
          "rel=\"noopener\">http://localhost</a>" },
        { "{{ 'http://example.com/a/long/path'|urlize(15) }}|{{ 'example.com'|urlize(nofollow=true, target='_blank', "
          "rel='x a') }}|{{ 'tel:123 ftp://x'|urlize(extra_schemes=['tel:', 'ftp://']) }}",
          "<a href=\"http://example.com/a/long/path\" rel=\"noopener\">http://example....</a>|<a "
          "href=\"https://example.com\" rel=\"a nofollow noopener x\" target=\"_blank\">example.com</a>|<a "
          "href=\"tel:123\" rel=\"noopener\">tel:123</a> <a href=\"ftp://x\" rel=\"noopener\">ftp://x</a>" },
        { "{{ 'javascript:alert(1) http:// http://a..b x@y @b.com a@-b.com http://x.y:999999 http://[1::2]x "
          "www.'|urlize }}",
          "javascript:alert(1) http:// http://a..b x@y @b.com a@-b.com http://x.y:999999 http://[1::2]x www." },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* None of them may get out of the attribute or make a tag. */
static void links_and_attacks(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 'http://x.com/\"onmouseover=\"alert(1)'|urlize }}",
          "<a href=\"http://x.com/&#34;onmouseover=&#34;alert(1)\" "
          "rel=\"noopener\">http://x.com/&#34;onmouseover=&#34;alert(1)</a>" },
        { "{{ '<http://x.com><script>alert(1)</script>'|urlize }}",
          "&lt;http://x.com&gt;&lt;script&gt;alert(1)&lt;/script&gt;" },
        { "{{ 'http://x.com/\\'><img src=x onerror=alert(1)>'|urlize }}",
          "<a href=\"http://x.com/&#39;&gt;&lt;img\" rel=\"noopener\">http://x.com/&#39;&gt;&lt;img</a> src=x "
          "onerror=alert(1)&gt;" },
        { "{{ 'example.com'|urlize(target='\"><script>', rel='\"x') }}",
          "<a href=\"https://example.com\" rel=\"&#34;x noopener\" "
          "target=\"&#34;&gt;&lt;script&gt;\">example.com</a>" },
        { "{{ '\"http://x.com\"'|urlize(5) }}", "&#34;http://x.com&#34;" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* Safe inside of pages, scripts and attributes. */
static void json(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '</script><b>\\'&\"\\\\\\n\\x07é😀\\u2028\\x7f'|tojson }}",
          "\"\\u003c/"
          "script\\u003e\\u003cb\\u003e\\u0027\\u0026\\\"\\\\\\n\\u0007\\u00e9\\ud83d\\ude00\\u2028\\u007f\"" },
        { "{{ {'b': [1, 2.5, none, true], 'a': {}, 'c': []}|tojson }} {{ {'b': [1, {'x': 2}], 'a': []}|tojson(2) }}",
          "{\"a\": {}, \"b\": [1, 2.5, null, true], \"c\": []} {\n  \"a\": [],\n  \"b\": [\n    1,\n    {\n      "
          "\"x\": 2\n    }\n  ]\n}" },
        { "{{ {2: 'a', 10: 'b', true: 'c'}|tojson }} {{ {1.5: 0}|tojson }} {{ {none: 1}|tojson }} {{ (1, (2,))|tojson "
          "}} {{ [1e400, -1e400, 1e16, -0.0]|tojson }}",
          "{\"true\": \"c\", \"2\": \"a\", \"10\": \"b\"} {\"1.5\": 0} {\"null\": 1} [1, [2]] [Infinity, -Infinity, "
          "1e+16, -0.0]" },
        { "{{ [1]|tojson('\\t') }} {{ [1, 2]|tojson(indent=0) }} {{ [[]]|tojson(1) }}",
          "[\n\t1\n] [\n1,\n2\n] [\n []\n]" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* It is escaped all the same. */
static void json_outside_of_html(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '<&>'|tojson }}", "\"\\u003c\\u0026\\u003e\"" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

static void numbers(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ -5|abs }}{{ -2.5|abs }}{{ true|abs }}", "52.51" },
        { "{{ '42'|int }} {{ ' -1_000 '|int }} {{ '42.9'|int }} {{ '1e3'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ "
          "3.99|int }} {{ -3.99|int }} {{ true|int }} {{ none|int('n') }} {{ []|int }}",
          "42 -1000 42 1000 0 7 3 -3 1 n 0" },
        { "{{ '0x1F'|int(0, 16) }} {{ '1f'|int(base=16) }} {{ '0b11'|int(0, 2) }} {{ '0o17'|int(0, 8) }} {{ "
          "'0x1f'|int(0, 0) }} {{ '017'|int(9, 0) }} {{ 'z'|int(0, 36) }} {{ '0x1f'|int(5) }} {{ '1__0'|int(6) }} {{ "
          "'٣٤'|int }}",
          "31 31 3 15 31 17 35 5 6 34" },
        { "{{ '9223372036854775807'|int }} {{ '-9223372036854775808'|int }}",
          "9223372036854775807 -9223372036854775808" },
        { "{{ '1.5'|float }} {{ ' 1e3 '|float }} {{ 'x'|float }} {{ 'x'|float('d') }} {{ 2|float }} {{ 'inf'|float }} "
          "{{ '1_0.5'|float }} {{ '1_.5'|float(1) }} {{ none|float }} {{ '.5'|float }} {{ '5.'|float }}",
          "1.5 1000.0 0.0 d 2.0 inf 10.5 1 0.0 0.5 5.0" },
        { "{{ 42.55|round }} {{ 42.55|round(1, 'floor') }} {{ 42.51|round(1, 'ceil') }} {{ 2.5|round }} {{ 3.5|round "
          "}} {{ 2.675|round(2) }} {{ 1.005|round(2) }} {{ 42|round }} {{ 1250|round(-2) }} {{ 1350|round(-2) }} {{ "
          "1250.0|round(-2) }} {{ -0.4|round }} {{ 42|round(0, 'ceil') }} {{ 1e300|round(2) }} {{ 5e-324|round(300) }} "
          "{{ 123.456|round(-5) }}",
          "43.0 42.5 42.6 2.0 4.0 2.67 1.0 42 1200 1400 1200.0 -0.0 42.0 1e+300 0.0 0.0" },
        { "{{ 1|filesizeformat }} {{ 0|filesizeformat }} {{ 999|filesizeformat }} {{ 1000|filesizeformat }} {{ "
          "1024|filesizeformat(true) }} {{ 123456789|filesizeformat }} {{ '1500'|filesizeformat }} {{ "
          "999950|filesizeformat }} {{ -5|filesizeformat }} {{ 1e30|filesizeformat }} {{ 1.9|filesizeformat }} {{ "
          "1e30|filesizeformat(binary=true) }}",
          "1 Byte 0 Bytes 999 Bytes 1.0 kB 1.0 KiB 123.5 MB 1.5 kB 1000.0 kB -5 Bytes 1000000.0 YB 1 Bytes 827180.6 "
          "YiB" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void parts_of_lists(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ [1, 2]|first }}{{ [1, 2]|last }}{{ 'été'|first }}{{ 'été'|last }}{{ {'a': 1, 'b': 2}|last }}{{ "
          "range(5)|last }}[{{ []|first }}{{ ''|last }}]",
          "12ééb4[]" },
        { "{{ ('<x'|safe)|first is escaped }}{{ ('<x'|safe)|last is escaped }}", "FalseTrue" },
        { "{{ 'été'|length }}{{ [1, 2]|count }}{{ {'a': 1}|length }}{{ range(7)|length }}{{ missing|length }}",
          "32170" },
        { "{{ 'été'|list }}{{ {'a': 1, 'b': 2}|list }}{{ range(3)|list }}{{ missing|list }}",
          "[&#39;é&#39;, &#39;t&#39;, &#39;é&#39;][&#39;a&#39;, &#39;b&#39;][0, 1, 2][]" },
        { "{{ 'añb'|reverse }}{{ [1, 2, 3]|reverse|list }}{{ range(3)|reverse|list }}{{ ('<x'|safe)|reverse is escaped "
          "}}",
          "bña[3, 2, 1][2, 1, 0]True" },
        { "{{ [1, 2, 3, 4, 5, 6, 7]|batch(3)|list }}{{ [1, 2, 3, 4]|batch(3, 'x')|list }}{{ [1, 2]|batch(0)|list }}{{ "
          "[1, 2]|batch(-1)|list }}{{ []|batch(2, 0)|list }}",
          "[[1, 2, 3], [4, 5, 6], [7]][[1, 2, 3], [4, &#39;x&#39;, &#39;x&#39;]][[], [1, 2]][[1, 2]][]" },
        { "{{ [1, 2, 3, 4, 5, 6, 7]|slice(3)|list }}{{ [1, 2, 3, 4, 5, 6, 7]|slice(3, 'x')|list }}{{ [1, 2]|slice(2, "
          "'x')|list }}{{ [1]|slice(3)|list }}{{ [1]|slice(-1)|list }}",
          "[[1, 2, 3], [4, 5], [6, 7]][[1, 2, 3], [4, 5, &#39;x&#39;], [6, 7, &#39;x&#39;]][[1, &#39;x&#39;], [2, "
          "&#39;x&#39;]][[1], [], []][]" },
        { "{{ missing|default('x') }}{{ ''|default('x') }}{{ ''|d('x', true) }}{{ none|d('x') }}{{ missing|d }}{{ "
          "0|d(5, boolean=1) }}",
          "xxNone5" },
        { "{{ {'a': 1}|attr('a') is defined }}{{ {'a': 1}|attr('items') is callable }}{{ 'x'|attr('upper')() }}",
          "FalseTrueX" },
        { "{{ {'a': 1, 'b': 2}|items|list }}{{ missing|items|list }}", "[(&#39;a&#39;, 1), (&#39;b&#39;, 2)][]" },
        { "{{ [1, 2.5, true]|sum }} {{ []|sum }} {{ [[1], [2]]|sum(start=[]) }} {{ [(1,), (2,)]|sum(start=()) }} {{ "
          "[1]|sum(start=0.5) }} {{ [0.1, 0.2]|sum }}",
          "4.5 0 [1, 2] (1, 2) 1.5 0.30000000000000004" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* What is safe in a list, or between, escapes the rest. */
static void joining(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ [1, 'a', none, 2.5]|join('|') }}{{ 'abc'|join('-') }}{{ [1, 2]|join(0) }}{{ []|join('x') }}{{ {'a': 1, "
          "'b': 2}|join(',') }}",
          "1|a|None|2.5a-b-c102a,b" },
        { "{{ ['<a>', '<b>'|safe]|join('<') }}|{{ ['<a>']|join('<') }}|{{ ['<a>', 'b']|join('<br>'|safe) }}|{{ [['<'], "
          "'>'|safe]|join }}",
          "&lt;a&gt;&lt;<b>|&lt;a&gt;|&lt;a&gt;<br>b|[&#39;&lt;&#39;]>" },
        { "{{ ['a'|safe]|join('&') is escaped }}{{ ['a']|join('&') is escaped }}{{ [1, missing, 2]|join('-') }}",
          "TrueFalse1--2" },
        { "{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': "
          "2}}]|join(',', attribute='n') }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, "
          "{'n': 'a', 'v': 2, 't': {'x': 2}}]|join(attribute='t.x') }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': "
          "'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': 2}}]|join('-', 'zz') }}",
          "b,A,a132--" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void joining_without_escaping(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ ['<a>', '<b>'|safe]|join('<'|safe) }}{{ ['a'|safe]|join('&'|safe) is escaped }}", "<a><<b>False" },
    };
    assert_rows("page.txt", rows, CT_COUNT(rows));
}

/* Stable, with several attributes, both ways, case counted or not. */
static void sorting(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ [3, 1, 2]|sort|join(' ') }} {{ ['b', 'A', 'a', 'B']|sort|join }} {{ ['b', 'A', 'a', "
          "'B']|sort(case_sensitive=true)|join }} {{ ['b', 'A', 'a', 'B']|sort(true)|join }}",
          "1 2 3 AabB ABab bBAa" },
        { "{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': "
          "2}}]|sort(attribute='n')|map(attribute='n')|join }} {{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': "
          "1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': 2}}]|sort(attribute='v,n')|map(attribute='n')|join }} {{ "
          "[{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': "
          "2}}]|sort(reverse=true, attribute='v')|map(attribute='n')|join }} {{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, "
          "{'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': "
          "2}}]|sort(attribute='t.x')|map(attribute='n')|join }}",
          "Aab Aab baA baA" },
        { "{{ [none, none]|sort }}{{ [(1, 'b'), (1, 'a')]|sort }}{{ [1.5, true, 0]|sort }}{{ 'hello'|sort|join }}{{ "
          "{'b': 1, 'a': 2}|sort|join }}",
          "[None, None][(1, &#39;a&#39;), (1, &#39;b&#39;)][0, True, 1.5]ehlloab" },
        { "{% set l = [] %}{% for i in range(1000) %}{% set _ = l.append((i * 7919) % 1009) %}{% endfor %}{% set s = "
          "l|sort %}{{ s[:5] }} {{ s[-1] }} {{ s|length }} {{ (l|sort(reverse=true))|reverse|list == s }}",
          "[0, 1, 2, 3, 4] 1008 1000 True" },
        { "{% set l = [] %}{% for i in range(100) %}{% set _ = l.append({'k': i % 3, 'i': i}) %}{% endfor %}{{ "
          "l|sort(attribute='k')|map(attribute='i')|join(' ') }}",
          "0 3 6 9 12 15 18 21 24 27 30 33 36 39 42 45 48 51 54 57 60 63 66 69 72 75 78 81 84 87 90 93 96 99 1 4 7 10 "
          "13 16 19 22 25 28 31 34 37 40 43 46 49 52 55 58 61 64 67 70 73 76 79 82 85 88 91 94 97 2 5 8 11 14 17 20 23 "
          "26 29 32 35 38 41 44 47 50 53 56 59 62 65 68 71 74 77 80 83 86 89 92 95 98" },
        { "{{ {'b': 1, 'a': 2, 'C': 0}|dictsort }}{{ {'b': 1, 'a': 2, 'C': 0}|dictsort(true) }}{{ {'b': 1, 'a': 2, "
          "'C': 0}|dictsort(by='value') }}{{ {'b': 1, 'a': 2}|dictsort(false, 'value', true) }}",
          "[(&#39;a&#39;, 2), (&#39;b&#39;, 1), (&#39;C&#39;, 0)][(&#39;C&#39;, 0), (&#39;a&#39;, 2), (&#39;b&#39;, "
          "1)][(&#39;C&#39;, 0), (&#39;b&#39;, 1), (&#39;a&#39;, 2)][(&#39;a&#39;, 2), (&#39;b&#39;, 1)]" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void grouping(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{% for g, items in [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': "
          "2, 't': {'x': 2}}]|groupby('v') %}{{ g }}:{{ items|map(attribute='n')|join('/') }};{% endfor %}",
          "1:A;2:b/a;" },
        { "{% for g in [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': "
          "{'x': 2}}]|groupby('n') %}{{ g.grouper }}:{{ g.list|length }}:{{ g[0] }}:{{ g[1]|length }};{% endfor %}",
          "A:2:A:2;b:1:b:1;" },
        { "{{ [{'a': 1}, {}]|groupby('a', default=0) }}", "[(0, [{}]), (1, [{&#39;a&#39;: 1}])]" },
        { "{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': "
          "2}}]|groupby('n', case_sensitive=true)|map('first')|list }}",
          "[&#39;A&#39;, &#39;a&#39;, &#39;b&#39;]" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void unique_and_extremes(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ [1, 2, 2, 'a', 'A', 1.0, true, none, none]|unique|list }}{{ ['a', 'A']|unique(true)|list }}{{ [(1, 2), "
          "(1, 2)]|unique|list }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', "
          "'v': 2, 't': {'x': 2}}]|unique(attribute='v')|map(attribute='n')|join }}",
          "[1, 2, &#39;a&#39;, None][&#39;a&#39;, &#39;A&#39;][(1, 2)]bA" },
        { "{{ [3, 1, 2]|min }}{{ [3, 1, 2]|max }}{{ ['b', 'A', 'a']|min }}{{ ['b', 'A', 'a']|min(true) }}{{ ['a', "
          "'A']|max }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, "
          "'t': {'x': 2}}]|max(attribute='t.x') }}[{{ []|max }}]",
          "13AAa{&#39;n&#39;: &#39;A&#39;, &#39;v&#39;: 1, &#39;t&#39;: {&#39;x&#39;: 3}}[]" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void calling_others(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ ['a', 'B']|map('upper')|join }}{{ ['1', 'x']|map('int', default=7)|list }}{{ ['a b']|map('replace', ' ', "
          "'_')|join }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, "
          "'t': {'x': 2}}]|map(attribute='n')|join }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': "
          "{'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': 2}}]|map(attribute='zz', default='-')|join }}{{ [[1, 2], [3, "
          "4]]|map(attribute=0)|list }}{{ missing|map('upper')|list }}",
          "AB[1, 7]a_bbAa---[1, 3][]" },
        { "{{ [1, 2, 3, 4]|select('odd')|list }}{{ [1, 2, 3, 4]|reject('odd')|list }}{{ [0, 1, '', 'a']|select|list "
          "}}{{ [0, 1, '']|reject|list }}{{ [1, 2, 3]|select('gt', 1)|list }}{{ [1, 2, 3]|select('in', [1, 3])|list }}",
          "[1, 3][2, 4][1, &#39;a&#39;][0, &#39;&#39;][2, 3][1, 3]" },
        { "{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': "
          "2}}]|selectattr('v', 'eq', 2)|map(attribute='n')|join }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', "
          "'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': 2}}]|rejectattr('n', 'lower')|map(attribute='n')|join "
          "}}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, {'n': 'a', 'v': 2, 't': {'x': "
          "2}}]|selectattr('zz')|list }}{{ [{'n': 'b', 'v': 2, 't': {'x': 1}}, {'n': 'A', 'v': 1, 't': {'x': 3}}, "
          "{'n': 'a', 'v': 2, 't': {'x': 2}}]|selectattr('t.x', '>', 1)|map(attribute='n')|join }}",
          "baA[]Aa" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

static void random_items(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ [5]|random }}{{ 'aaa'|random }}{{ range(1)|random }}[{{ []|random }}]{{ [1, 2, 3]|random in [1, 2, 3] }}",
          "5a0[]True" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* range, dict, namespace, cycler, joiner, lipsum. */
static void functions(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ range(5)|list }}{{ range(2, 8, 3)|list }}{{ range(5, 0, -2)|list }}{{ range(1, 0)|list }}{{ range(3) "
          "}}{{ range(10**12)|length }}{{ range(10)[-1] }}",
          "[0, 1, 2, 3, 4][2, 5][5, 3, 1][]range(0, 3)10000000000009" },
        { "{{ dict(a=1, b=2) }}{{ dict({'a': 1}, a=2) }}{{ dict([('a', 1)]) }}{{ dict() }}",
          "{&#39;a&#39;: 1, &#39;b&#39;: 2}{&#39;a&#39;: 2}{&#39;a&#39;: 1}{}" },
        { "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ "
          "c.current }}{{ c.pos }}",
          "ababNonea0" },
        { "{% set j = joiner() %}{% set k = joiner('<') %}[{{ j() }}x{{ j() }}y{{ j() }}{{ k() }}{{ k() }}]",
          "[x, y, &lt;]" },
        { "{% set ns = namespace(a=1) %}{% set ns.a = ns.a + 1 %}{% set ns.b = 'x' %}{{ ns.a }}{{ ns.b }}{{ ns.c is "
          "defined }}{{ ns['a'] }}{{ namespace({'q': 1}, r='s') }}",
          "2xFalse2&lt;Namespace {&#39;q&#39;: 1, &#39;r&#39;: &#39;s&#39;}&gt;" },
        { "{{ lipsum(1, false, 5, 6)|wordcount }} {{ lipsum(3, true, 1, 2)|wordcount }} [{{ lipsum(0) }}] {{ lipsum(2) "
          "is escaped }}{{ lipsum(2, false) is escaped }} {{ (lipsum(4, false)|wordcount) >= 80 }} {{ lipsum(2, false, "
          "1, 2)|last }}",
          "5 9 [] TrueFalse True ." },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
}

/* Each names the filter and what is wrong. */
static void mistakes(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ 5|indent }}", "the filter 'indent' needs text, not 'int' (use |string before it)" },
        { "{{ missing|indent }}", "'missing' is undefined" },
        { "{{ 'abc'|truncate(2) }}", "truncate: the length must be at least 3, that of the end, not 2" },
        { "{{ 'abc'|truncate(5, leeway=-1) }}", "truncate: the leeway must not be negative" },
        { "{{ 5|truncate }}", "the filter 'truncate' needs text, not 'int' (use |string before it)" },
        { "{{ 'a'|wordwrap(0) }}", "wordwrap: the width must be above 0, not 0" },
        { "{{ 'a'|trim(5) }}", "the filter 'trim' needs text, not 'int' (use |string before it)" },
        { "{{ 'a'|center('x') }}", "the width of center must be a whole number, not 'str'" },
        { "{{ 'a'|replace('b') }}", "the filter 'replace' needs the argument 'new'" },
        { "{{ '%s %s'|format(1) }}", "not enough arguments for the format" },
        { "{{ '%s'|format(1, a=2) }}", "format takes positional or keyword arguments, not both at the same time" },
        { "{{ {'a b': 1}|xmlattr }}", "xmlattr: the attribute name 'a b' has a character that no name may have" },
        { "{{ {'a/': 1}|xmlattr }}", "xmlattr: the attribute name 'a/' has a character that no name may have" },
        { "{{ {'a>': 1}|xmlattr }}", "xmlattr: the attribute name 'a>' has a character that no name may have" },
        { "{{ {'a=': 1}|xmlattr }}", "xmlattr: the attribute name 'a=' has a character that no name may have" },
        { "{{ {1: 1}|xmlattr }}", "xmlattr: names of attributes must be text, not 'int'" },
        { "{{ [1]|xmlattr }}", "a dictionary is needed, not 'list'" },
        { "{{ [1]|urlencode }}", "'int' object is not iterable" },
        { "{{ 'x'|urlize(extra_schemes=['x']) }}", "urlize: 'x' is no beginning of a URL, such as 'tel:' or 'ftp://'" },
        { "{{ missing|tojson }}", "'missing' is undefined" },
        { "{{ range(3)|tojson }}", "'range' cannot be written as JSON" },
        { "{{ {(1, 2): 1}|tojson }}", "keys of JSON must be text, numbers, true, false or none, not 'tuple'" },
        { "{{ 'a'|abs }}", "abs: a number is needed, not 'str'" },
        { "{{ missing|int }}", "'missing' is undefined" },
        { "{{ missing|float }}", "'missing' is undefined" },
        { "{{ 'x'|round }}", "round: a number is needed, not 'str'" },
        { "{{ 1|round(0, 'up') }}", "round: the method must be common, ceil or floor" },
        { "{{ 'x'|filesizeformat }}", "filesizeformat: a number is needed, not 'str'" },
        { "{{ 5|length }}", "a value of type 'int' has no length" },
        { "{{ 5|list }}", "'int' object is not iterable" },
        { "{{ 5|reverse }}", "'int' object is not iterable" },
        { "{{ 5|first }}", "'int' object is not iterable" },
        { "{{ [1]|slice(0)|list }}", "slice: into no slices at all" },
        { "{{ missing|attr('x') }}", "'missing' is undefined" },
        { "{{ [1]|items|list }}", "a dictionary is needed, not 'list'" },
        { "{{ 5|join }}", "'int' object is not iterable" },
        { "{{ ['a']|sum }}", "sum: 'int' and 'str' cannot be added" },
        { "{{ ['a']|sum(start='') }}", "sum: text cannot be added up (use |join)" },
        { "{{ [none, 1]|sort }}", "'<' not supported between instances of 'int' and 'NoneType'" },
        { "{{ ['a', 1]|max }}", "'<' not supported between instances of 'int' and 'str'" },
        { "{{ {'b': 1}|dictsort(by='x') }}",
          "dictsort: a dictionary is sorted by \"key\" or by \"value\", not by \"x\"" },
        { "{{ [[1], [1]]|unique|list }}", "unhashable type: 'list'" },
        { "{{ [1]|map('nosuch')|list }}", "unknown filter 'nosuch'" },
        { "{{ [1]|map|list }}", "map needs the name of a filter or attribute=" },
        { "{{ [1]|map(attribute='a', b=1)|list }}", "map(attribute=...) takes no argument 'b'" },
        { "{{ [1]|select('nosuch')|list }}", "unknown test 'nosuch'" },
        { "{{ [1]|selectattr|list }}", "selectattr needs the name of an attribute" },
        { "{{ {'a': 1}|random }}", "random needs a list or text, not 'dict' (use |list before it)" },
        { "{{ range(1, 2, 0) }}", "range: the step must not be 0" },
        { "{{ range('a') }}", "the stop of range must be a whole number, not 'str'" },
        { "{{ dict(1) }}", "'int' object is not iterable" },
        { "{{ dict({}, {}) }}", "dict takes at most one mapping, 2 values given" },
        { "{{ cycler() }}", "cycler needs at least one item" },
        { "{{ lipsum(1, min=5, max=5) }}", "lipsum: max must be above min" },
        { "{{ namespace(1) }}", "'int' object is not iterable" },
        { "{% set j = joiner() %}{{ j(1) }}", "a joiner is called without arguments" },
    };
    assert_failures("page.html", rows, CT_COUNT(rows));
}

/* ---- values from C ---- */

typedef struct user {
    ct_row row;
    const char *name;
    int64_t age;
} user;

static const ct_field user_fields[] = {
    { .name = "name", .kind = CT_KIND_text, .offset = offsetof(user, name) },
    { .name = "age", .kind = CT_KIND_integer, .offset = offsetof(user, age) },
};
static const ct_shape user_shape = {
    .name = "user", .size = sizeof(user), .field_count = CT_COUNT(user_fields), .fields = user_fields
};

/* Lists of rows, maps and arrays that C made are sorted, grouped and mapped as those that templates make. */
static void values_of_c(void **state)
{
    (void)state;
    templates t;
    templates_init(&t, NULL);
    user users[] = { { { .shape = &user_shape }, "bo", 30 },
                     { { .shape = &user_shape }, "Al", 20 },
                     { { .shape = &user_shape }, "cy", 30 } };
    ct_row *items[] = { &users[0].row, &users[1].row, &users[2].row };
    const ct_rows rows = { .shape = &user_shape, .count = 3, .capacity = 3, .items = items };
    ct_map *map = ct_map_in(&t.arena, 2);
    ct_array *array = ct_array_in(&t.arena, 2);
    assert_true(ct_map_put(map, "b", ct_value_of_int(1)) && ct_map_put(map, "A", ct_value_of_text("<x>")));
    assert_true(ct_array_put(array, ct_value_of_text("b")) && ct_array_put(array, ct_safe("<a>")));
    const ct_kv pairs[] = { { "users", ct_value_of_rows(&rows) },
                            { "map", ct_value_of_map(map) },
                            { "array", ct_value_of_array(array) } };
    static const row cases[] = {
        { "{{ users|sort(attribute='name')|map(attribute='name')|join(' ') }}", "Al bo cy" },
        { "{{ users|sort(attribute='age,name', reverse=true)|map(attribute='name')|join(' ') }}", "cy bo Al" },
        { "{% for age, of in users|groupby('age') %}{{ age }}:{{ of|join(',', attribute='name') }};{% endfor %}",
          "20:Al;30:bo,cy;" },
        { "{{ users|sum(attribute='age') }} {{ (users|max(attribute='age')).name }} {{ users|length }}", "80 bo 3" },
        { "{{ users|selectattr('age', 'gt', 20)|map(attribute='name')|list }}", "[&#39;bo&#39;, &#39;cy&#39;]" },
        { "{{ (users|first).name }}{{ (users|last).name }}{{ (users|reverse|first).name }}", "bocycy" },
        { "{{ ([users[0], users[1], users[0]]|unique|list)|length }}", "2" },
        { "{{ map|dictsort }} {{ map|xmlattr }} {{ map|urlencode }}",
          "[(&#39;A&#39;, &#39;&lt;x&gt;&#39;), (&#39;b&#39;, 1)]  b=\"1\" A=\"&lt;x&gt;\" b=1&amp;A=%3Cx%3E" },
        { "{{ map|tojson }} {{ array|tojson }} {{ map|items|list|length }} {{ map|list }}",
          "{\"A\": \"\\u003cx\\u003e\", \"b\": 1} [\"b\", \"\\u003ca\\u003e\"] 2 [&#39;b&#39;, &#39;A&#39;]" },
        { "{{ array|join('<') }} {{ array|first }}{{ array|last }} {{ array|map('upper')|join }}",
          "b&lt;<a> b<a> B<A>" },
        { "{{ '%(b)d %(A)s'|format(**{'b': 2, 'A': 'x'}) }} {{ '%(b)d'  % map }} {{ map|pprint }}",
          "2 x 1 {&#39;A&#39;: &#39;&lt;x&gt;&#39;, &#39;b&#39;: 1}" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        const char *shows = show_with(&t, "page.html", cases[i].source, pairs, CT_COUNT(pairs));
        if (!shows)
            print_error("%s: %s\n", cases[i].source, t.error.message);
        assert_non_null(shows);
        assert_string_equal(shows, cases[i].expected);
    }
    /* what a row has is not given to scripts unasked */
    assert_null(show_with(&t, "page.html", "{{ users|tojson }}", pairs, CT_COUNT(pairs)));
    assert_string_equal(t.error.message, "'user' cannot be written as JSON");
    templates_finish(&t);
}

/* ---- what has 64 bits here ---- */

/* Python's whole numbers have no end; `int` gives its default for what does not fit, and for infinite numbers. */
static void whole_numbers_end(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{{ '9223372036854775807'|int(5) }}{{ '9223372036854775808'|int(5) }}", "92233720368547758075" },
        { "{{ '-9223372036854775808'|int(5) }} {{ '-9223372036854775809'|int(5) }}", "-9223372036854775808 5" },
        { "{{ 1e18|int }} {{ 1e19|int(5) }} {{ -1e19|int(5) }} {{ 'inf'|int(5) }} {{ 'nan'|int(5) }}",
          "1000000000000000000 5 5 5 5" },
    };
    static const row failing[] = {
        { "{{ (-9223372036854775807 - 1)|abs }}", "abs: the result does not fit into 64 bits" },
        { "{{ [9223372036854775807, 1]|sum }}", "sum: the result does not fit into 64 bits" },
        { "{{ 9223372036854775807|round(-1) }}", "round: the result does not fit into 64 bits" },
        { "{{ '%d'|format(1e19) }}", "%d format: the number does not fit into 64 bits" },
    };
    assert_rows("page.html", rows, CT_COUNT(rows));
    assert_failures("page.html", failing, CT_COUNT(failing));
}

/* ---- limits ---- */

/* No count that a template writes takes the server's memory or time. */
static void huge_counts_end(void **state)
{
    (void)state;
    static const char memory[] = "the page takes more memory than it may (setting request_memory)";
    static const char steps[] = "more than 100000 iterations (setting template_max_iterations)";
    static const row rows[] = {
        { "{{ 'x'|center(1000000000) }}", memory },
        { "{{ 'x'|center(10000000000000) }}", "center: a text of 10000000000000 characters is too long" },
        { "{{ 'a\\nb'|indent(1000000000) }}", memory },
        { "{{ 'a\\nb'|indent(1000000000000) }}", "indent: a width of 1000000000000 is too large" },
        { "{{ '%1000000000d' % 1 }}", memory },
        { "{{ '%.1000000000d' % 1 }}", memory },
        { "{{ '%.1000000000f' % 1 }}", memory },
        { "{{ '%3000000000d' % 1 }}", "the width or precision in the format is too large" },
        { "{{ [1]|batch(1000000000, 0)|list }}", steps },
        { "{{ [1]|slice(1000000000)|list }}", steps },
        { "{{ range(1000000000)|list }}", steps },
        { "{{ range(1000000000)|sort }}", steps },
        { "{{ range(1000000000)|join }}", steps },
        { "{{ range(1000000000)|map('string')|list }}", steps },
        { "{{ range(1000000000)|select('odd')|list }}", steps },
        { "{{ range(1000000000)|unique|list }}", steps },
        { "{{ range(1000000000)|groupby('x') }}", steps },
        { "{{ range(1000000000)|max }}", steps },
        { "{{ range(1000000000)|reverse }}", steps },
        { "{{ lipsum(1000000) }}", steps },
        { "{{ lipsum(1, min=10000000, max=10000001) }}", steps },
        { "{{ [[1, 2], [3, 4]]|tojson(1000000000) }}", memory },
        { "{{ ('x' * 1000000)|replace('', 'y' * 1000) }}", memory },
        { "{{ ('x ' * 200000)|wordwrap(1) }}", steps },
    };
    assert_failures("page.html", rows, CT_COUNT(rows));
}

/* Lists that hold themselves, or are nested deeper than the stack is. */
static void endless_nesting_ends(void **state)
{
    (void)state;
    static const row rows[] = {
        { "{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}", "nested too deeply" },
        { "{% set l = [] %}{% set _ = l.append(l) %}{{ l|pprint }}", "nested too deeply" },
        { "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}", "nested too deeply" },
    };
    assert_failures("page.html", rows, CT_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_of_letters),
        cmocka_unit_test(trimming),
        cmocka_unit_test(centering),
        cmocka_unit_test(truncating),
        cmocka_unit_test(replacing),
        cmocka_unit_test(replacing_without_escaping),
        cmocka_unit_test(indenting),
        cmocka_unit_test(wrapping),
        cmocka_unit_test(counting_words),
        cmocka_unit_test(printing_pretty),
        cmocka_unit_test(escaping),
        cmocka_unit_test(stripping_tags),
        cmocka_unit_test(attributes),
        cmocka_unit_test(urls),
        cmocka_unit_test(links),
        cmocka_unit_test(links_and_attacks),
        cmocka_unit_test(json),
        cmocka_unit_test(json_outside_of_html),
        cmocka_unit_test(numbers),
        cmocka_unit_test(parts_of_lists),
        cmocka_unit_test(joining),
        cmocka_unit_test(joining_without_escaping),
        cmocka_unit_test(sorting),
        cmocka_unit_test(grouping),
        cmocka_unit_test(unique_and_extremes),
        cmocka_unit_test(calling_others),
        cmocka_unit_test(random_items),
        cmocka_unit_test(functions),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(values_of_c),
        cmocka_unit_test(whole_numbers_end),
        cmocka_unit_test(huge_counts_end),
        cmocka_unit_test(endless_nesting_ends),
    };
    return cmocka_run_group_tests_name("jinja_filters", tests, NULL, NULL);
}
