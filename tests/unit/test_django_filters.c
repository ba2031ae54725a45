/* Django's filters, on pages: what is expected is what Django 3.2 shows, but for what newer releases document (the "u"
 * of floatformat, escapeseq, json_script without an id, random of nothing) and for how failures are told. */
#include "rendered.h"

/* Upper case is not safe any more, for &amp; is not &AMP;; words begin as Django has them. */
static void test_case(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ v|upper }} {{ v|lower }} {{ v|capfirst }} {{ v|title }}", "{\"v\": \"don't STOP 1st o'neil\"}"),
        "DON&#x27;T STOP 1ST O&#x27;NEIL don&#x27;t stop 1st o&#x27;neil Don&#x27;t STOP 1st o&#x27;neil Don&#x27;t "
        "Stop 1st O&#x27;Neil");
    assert_string_equal(
        shown("{{ v|upper }}|{{ v|lower }}|{{ v|title }}|{{ v|capfirst }}", "{\"v\": \"ßtraße ΣΊΣΥΦΟΣ ǆ\"}"),
        "SSTRASSE ΣΊΣΥΦΟΣ Ǆ|ßtraße σίσυφος ǆ|Sstraße Σίσυφος ǅ|SStraße ΣΊΣΥΦΟΣ ǆ");
    assert_string_equal(shown("{{ \"a&amp;b\"|upper }} {{ \"A&amp;B\"|lower }}", NULL), "A&amp;AMP;B a&amp;b");
    assert_string_equal(shown("[{{ missing|capfirst }}{{ missing|title }}{{ missing|upper }}]", NULL), "[]");
    assert_string_equal(shown("{{ 42|upper }}{{ v|lower }}", "{\"v\": null}"), "42none");
}

/* Widths count characters, not bytes, and a field that is too narrow changes nothing. */
static void test_fields(void **state)
{
    (void)state;
    assert_string_equal(
        shown("[{{ \"ab\"|center:5 }}][{{ \"abc\"|center:6 }}][{{ \"äb\"|ljust:5 }}][{{ \"äb\"|rjust:\"5\" }}]", NULL),
        "[  ab ][ abc  ][äb   ][   äb]");
    assert_string_equal(shown("[{{ \"abc\"|center:3 }}][{{ \"abc\"|ljust:2 }}][{{ \"abc\"|rjust:-1 }}]", NULL),
                        "[abc][abc][abc]");
    assert_string_equal(shown("[{{ v|ljust:6 }}]", "{\"v\": \"<b>\"}"), "[&lt;b&gt;   ]");
    assert_string_equal(shown("{{ \"a\"|center:\"x\" }}", NULL),
                        "! 1:8: the width of center must be a whole number, not 'x'");
    assert_string_equal(shown("{{ \"a\"|ljust:v }}", "{\"v\": null}"),
                        "! 1:8: the width of ljust must be a whole number, not 'NoneType'");
}

/* What is cut out of safe text leaves it safe, unless it is what ends the entities. */
static void test_replacing(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ \"a b c\"|cut:\" \" }}|{{ \"a\"|cut:\"\" }}|{{ v|cut:\"<\" }}", "{\"v\": \"<b>&\"}"),
                        "abc|a|b&gt;&amp;");
    assert_string_equal(shown("{{ \"&lt;b\"|cut:\"b\" }}|{{ \"&lt;b\"|cut:\";\" }}", NULL), "&lt;|&amp;ltb");
    assert_string_equal(shown("{{ \"a\"|cut:1 }}", NULL), "! 1:8: what cut removes must be text, not 'int'");
    assert_string_equal(shown("{{ v|addslashes }}|{{ \"plain\"|addslashes }}", "{\"v\": \"I'm \\\"a\\\" \\\\\"}"),
                        "I\\&#x27;m \\&quot;a\\&quot; \\\\|plain");
    assert_string_equal(shown("{{ \"1-800-COLLECT Äqz\"|phone2numeric }}", NULL), "1-800-2655328 ä79");
    assert_string_equal(shown("{{ 5|phone2numeric }}", NULL),
                        "! 1:6: the value of phone2numeric must be text, not 'int'");
}

/* Accents go, what is no letter goes, and nothing begins or ends with a hyphen. */
static void test_slugify(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|slugify }}", "{\"v\": \"  Joël's _Straße_ -- №5 ﬁn! \"}"), "joels-_strae_-no5-fin");
    assert_string_equal(
        shown("{{ \"---\"|slugify }}[{{ \"_a_\"|slugify }}][{{ \"a -- b\"|slugify }}]{{ \"日本\"|slugify }}", NULL),
        "[a][a-b]");
}

/* What does not fit a format is shown as nothing, as in Django; limits of numbers are told. */
static void test_stringformat(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ 5|stringformat:\"03d\" }}|{{ 2.5|stringformat:\".3f\" }}|{{ "
                              "\"é\"|stringformat:\"5s\" }}|{{ v|stringformat:\"s\" }}",
                              "{\"v\": [1, \"a\"]}"),
                        "005|2.500|    é|[1, &#x27;a&#x27;]");
    assert_string_equal(shown("[{{ \"a\"|stringformat:\"d\" }}{{ 2.5|stringformat:\"x\" }}{{ 1|stringformat:\"q\" }}{{ "
                              "1|stringformat:\"\" }}{{ 1|stringformat:\"*d\" }}{{ 1|stringformat:\"d%d\" }}]",
                              NULL),
                        "[]");
    assert_string_equal(
        shown("{{ 7|stringformat:\"d%%\" }}|{{ v|stringformat:\"(a)s!\" }}|[{{ v|stringformat:\"d\" }}]",
              "{\"v\": {\"a\": 1}}"),
        "7%|1!|[]");
    assert_string_equal(shown("{{ v|stringformat:\"s\" }}{{ \"<\"|stringformat:\"s\" }}", "{\"v\": \"<\"}"), "&lt;<");
}

/* Words are what white space of any kind separates. */
static void test_words(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|wordcount }} {{ \"\"|wordcount }}", "{\"v\": \" one\\ttwo\u00a0three \"}"), "3 0");
    assert_string_equal(shown("{{ v|wordwrap:5 }}", "{\"v\": \"this is a long\\nparagraph  of text, realword\"}"),
                        "this\nis a\nlong\nparagraph\nof\ntext,\nrealword");
    assert_string_equal(shown("{{ v|wordwrap:3 }}", "{\"v\": \"  a  b\\n\\n\\tc d\"}"), "  a\nb\nc d");
    assert_string_equal(shown("{{ \"a\"|wordwrap:0 }}", NULL), "! 1:8: wordwrap: the width must be above 0, not 0");
}

/* The mark counts, combining characters do not, and a text that fits stays as it is. */
static void test_truncatechars(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|truncatechars:5 }}|{{ v|truncatechars:6 }}|{{ v|truncatechars:7 }}|{{ "
                              "v|truncatechars:1 }}|{{ v|truncatechars:0 }}|{{ v|truncatechars:-5 }}",
                              "{\"v\": \"abcdef\"}"),
                        "abcd…|abcdef|abcdef|…|…|…");
    assert_string_equal(shown("{{ v|truncatechars:4 }}|{{ v|truncatechars:\"5\" }}|{{ v|truncatechars:\"x\" }}",
                              "{\"v\": \"ae\u0301x\u0323y\u0301zq\"}"),
                        "aéx\u0323…|aéx\u0323ý…|ae\u0301x\u0323y\u0301zq");
    assert_string_equal(shown("{{ v|truncatechars:3 }}", "{\"v\": \"<b>&\"}"), "&lt;b…");
}

/* White space becomes blanks; a number below zero takes words away at the end. */
static void test_truncatewords(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|truncatewords:2 }}|{{ v|truncatewords:3 }}|{{ v|truncatewords:4 }}|{{ "
                              "v|truncatewords:0 }}|{{ v|truncatewords:-1 }}|{{ v|truncatewords:-9 }}",
                              "{\"v\": \"one  two\\nthree\"}"),
                        "one two …|one two three|one two three| …|one two …| …");
    assert_string_equal(shown("{{ v|truncatewords:1 }}", "{\"v\": \"one … …\"}"), "one …");
}

/* Tags do not count and are closed where the text is cut, the innermost first. */
static void test_truncate_html(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ v|truncatewords_html:2|safe }}|{{ v|truncatewords_html:9|safe }}|{{ v|truncatewords_html:0|safe }}",
              "{\"v\": \"<p id=\\\"a\\\">one <b>two three</b> four</p>\"}"),
        "<p id=\"a\">one <b>two …</b></p>|<p id=\"a\">one <b>two three</b> four</p>|");
    assert_string_equal(shown("{{ v|truncatechars_html:4|safe }}|{{ v|truncatechars_html:8|safe }}|{{ "
                              "v|truncatechars_html:9|safe }}|{{ v|truncatechars_html:0|safe }}",
                              "{\"v\": \"<P>one<br>\\n<i/><b >two</b> x</P>\"}"),
                        "<P>one…</p>|<P>one<br>\n<i/><b >two…</b></p>|<P>one<br>\n<i/><b >two</b> x</P>|…");
    assert_string_equal(
        shown("{{ v|truncatechars_html:3|safe }}|{{ v|truncatewords_html:1|safe }}", "{\"v\": \"a < b <> c <d\"}"),
        "a …|a …");
    assert_string_equal(shown("{{ v|truncatewords_html:1|safe }}", "{\"v\": \"</ x>a</a> <//> </> b\"}"),
                        "</ x>a …<//>");
    assert_string_equal(shown("{{ v|truncatewords_html:1 }}", "{\"v\": \"<b>x y\"}"), "&lt;b&gt;x …&lt;/b&gt;");
}

/* Halves go away from zero by the decimals that one sees, not by the binary value. */
static void test_floatformat(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ 34.23234|floatformat }} {{ 34.0|floatformat }} {{ 34.26|floatformat }} {{ "
                              "34.26|floatformat:3 }} {{ 34.0|floatformat:\"-3\" }} {{ 34.26|floatformat:\"-3\" }}",
                              NULL),
                        "34.2 34 34.3 34.260 34 34.260");
    assert_string_equal(shown("{{ 2.675|floatformat:2 }} {{ 1.005|floatformat:2 }} {{ 0.05|floatformat }} {{ "
                              "9.995|floatformat:2 }} {{ 99.5|floatformat:0 }} {{ 0.5|floatformat:0 }}",
                              NULL),
                        "2.68 1.01 0.1 10.00 100 1");
    assert_string_equal(shown("{{ v|floatformat }} {{ v|floatformat:2 }} {{ w|floatformat:0 }} {{ w|floatformat:3 }}",
                              "{\"v\": -0.04, \"w\": -1e-07}"),
                        "0.0 -0.04 0 0.000");
    assert_string_equal(shown("{{ 1234567.891|floatformat:\"2g\" }} {{ 10000|floatformat:\"g\" }} {{ "
                              "10000|floatformat:2 }} {{ \"1e3\"|floatformat:\"-2g\" }}",
                              NULL),
                        "1,234,567.89 10,000 10000.00 1,000");
    assert_string_equal(
        shown("{{ 1234.5|floatformat:\"2u\" }} {{ 1234.5|floatformat:\"2gu\" }} {{ 1234.5|floatformat:\"u\" }}", NULL),
        "1234.50 1234.50 1234.5");
    assert_string_equal(
        shown("[{{ \"abc\"|floatformat }}{{ missing|floatformat:3 }}{{ v|floatformat }}]", "{\"v\": null}"), "[]");
    assert_string_equal(
        shown("{{ v|floatformat }} {{ v|floatformat:2 }} {{ w|floatformat }} {{ 1.5|floatformat:\"x\" }}",
              "{\"v\": 1e+300, \"w\": 1e+20}"),
        "1e+300 1e+300 100000000000000000000 1.5");
    assert_string_equal(
        shown(
            "{{ \"nan\"|floatformat }} {{ \"-inf\"|floatformat:1 }} {{ True|floatformat:1 }} {{ \"7\"|floatformat:2 }}",
            NULL),
        "'nan' '-inf' 1.0 7.00");
    assert_string_equal(shown("{{ 1|floatformat:1000001 }}", NULL),
                        "! 1:6: floatformat: more than 1000000 digits behind the point");
    assert_string_equal(shown("{{ v|floatformat:2 }} {{ w|floatformat:2 }}", "{\"v\": 1e-190, \"w\": 1e-200}"),
                        "0.00 1e-200");
}

/* Sizes change their unit at each power of 1024 and keep it on one line. */
static void test_filesizeformat(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ 0|filesizeformat }}|{{ 1|filesizeformat }}|{{ 1023|filesizeformat }}|{{ "
                              "1024|filesizeformat }}|{{ 1048575|filesizeformat }}|{{ 1048576|filesizeformat }}",
                              NULL),
                        "0\u00a0bytes|1\u00a0byte|1023\u00a0bytes|1.0\u00a0KB|1024.0\u00a0KB|1.0\u00a0MB");
    assert_string_equal(
        shown("{{ 123456789|filesizeformat }}|{{ 1073741824|filesizeformat }}|{{ 1099511627776|filesizeformat }}|{{ "
              "1125899906842624|filesizeformat }}|{{ 9223372036854775807|filesizeformat }}",
              NULL),
        "117.7\u00a0MB|1.0\u00a0GB|1.0\u00a0TB|1.0\u00a0PB|8192.0\u00a0PB");
    assert_string_equal(shown("{{ v|filesizeformat }}|{{ \"2048\"|filesizeformat }}|{{ 2048.9|filesizeformat }}|{{ "
                              "\"x\"|filesizeformat }}|{{ missing|filesizeformat }}",
                              "{\"v\": -5000}"),
                        "-4.9\u00a0KB|2.0\u00a0KB|2.0\u00a0KB|0\u00a0bytes|0\u00a0bytes");
}

/* Numbers are added, texts and lists put together, and what has no sum is nothing. */
static void test_sums(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ 4|add:2 }} {{ \"4\"|add:\"2\" }} {{ 4|add:\"2\" }} {{ 4.7|add:2 }} {{ True|add:1 }} {{ v|add:-3 }}",
              "{\"v\": 1}"),
        "6 6 6 6 2 -2");
    assert_string_equal(
        shown(
            "{{ \"a\"|add:\"b\" }} {{ \"1.5\"|add:\"2\" }} {{ v|add:v }} [{{ v|add:1 }}{{ 1|add:\"x\" }}{{ w|add:1 }}]",
            "{\"v\": [1], \"w\": null}"),
        "ab 1.52 [1, 1] []");
    assert_string_equal(shown("{{ \"<\"|add:\"<\" }}{{ \"<\"|add:v }}", "{\"v\": \"<\"}"), "<<&lt;&lt;");
    assert_string_equal(shown("{{ 9223372036854775806|add:1 }}", NULL), "9223372036854775807");
    assert_string_equal(shown("{{ 9223372036854775807|add:1 }}", NULL),
                        "! 1:24: add: the sum of 9223372036854775807 and 1 is too large");
    assert_string_equal(shown("{{ \"99999999999999999999\"|add:1 }}", NULL),
                        "! 1:27: what add adds is too large, whole numbers have 64 bits: '99999999999999999999'");
    assert_string_equal(
        shown("{{ 21|divisibleby:3 }} {{ 21|divisibleby:\"4\" }} {{ v|divisibleby:2 }} {{ v|divisibleby:-1 }}",
              "{\"v\": -9223372036854775808}"),
        "True False True True");
    assert_string_equal(shown("{{ 1|divisibleby:0 }}", NULL), "! 1:6: divisibleby: nothing can be divided by zero");
    assert_string_equal(shown("{{ \"x\"|divisibleby:1 }}", NULL),
                        "! 1:8: the value of divisibleby must be a whole number, not 'x'");
    assert_string_equal(shown("{{ 123|get_digit:1 }} {{ 123|get_digit:3 }} {{ 123|get_digit:4 }} {{ 123|get_digit:0 }} "
                              "{{ \"x\"|get_digit:1 }} {{ 123|get_digit:\"x\" }}",
                              NULL),
                        "3 1 0 123 x 123");
    assert_string_equal(shown("{{ \"98765432109876543210\"|get_digit:20 }}", NULL), "9");
}

/* Empty, none and missing values are told apart only where Django does. */
static void test_choices(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|default:\"x\" }} {{ 0|default:\"x\" }} {{ missing|default:\"x\" }} {{ "
                              "\"a\"|default:\"x\" }} {{ v|default:w }}",
                              "{\"v\": \"\", \"w\": \"<\"}"),
                        "x x x a &lt;");
    assert_string_equal(
        shown("{{ v|default_if_none:\"x\" }} [{{ w|default_if_none:\"x\" }}] {{ 0|default_if_none:\"x\" }}",
              "{\"v\": null, \"w\": \"\"}"),
        "x [] 0");
    assert_string_equal(shown("{{ v|yesno }} {{ 1|yesno }} {{ 0|yesno:\"a,b\" }} {{ v|yesno:\"a,b\" }} {{ "
                              "v|yesno:\"a,b,c\" }} {{ v|yesno:\"a,b,c,d\" }} {{ 1|yesno:\"a\" }} {{ missing|yesno }}",
                              "{\"v\": null}"),
                        "maybe yes b b c b 1 no");
    assert_string_equal(shown("{{ 1|yesno:v }}", "{\"v\": \"<y>,n\"}"), "&lt;y&gt;");
    assert_string_equal(shown("vote{{ 0|pluralize }} vote{{ 1|pluralize }} vote{{ 2|pluralize }} vote{{ "
                              "\"1\"|pluralize }} vote{{ 1.0|pluralize }} vote{{ v|pluralize }} vote{{ w|pluralize }}",
                              "{\"v\": [1], \"w\": []}"),
                        "votes vote votes vote vote vote votes");
    assert_string_equal(
        shown("{{ 1|pluralize:\"y,ies\" }} {{ 2|pluralize:\"y,ies\" }} {{ 2|pluralize:\"es\" }} [{{ 1|pluralize:\"es\" "
              "}}{{ 2|pluralize:\"a,b,c\" }}{{ v|pluralize }}{{ \"x\"|pluralize }}{{ missing|pluralize }}]",
              "{\"v\": null}"),
        "y ies es []");
    assert_string_equal(shown("{{ 1|yesno:5 }}", NULL), "! 1:6: the argument of yesno must be text, not 'int'");
}

/* Equal keys keep their order, in reverse too; what has no order or no key gives nothing. */
static void test_dictsort(void **state)
{
    (void)state;
    assert_string_equal(shown("{% for i in v|dictsort:\"n\" %}{{ i.n }}{% endfor %} {% for i in v|dictsort:\"k\" %}{{ "
                              "i.n }}{% endfor %} {% for i in v|dictsortreversed:\"k\" %}{{ i.n }}{% endfor %} {% for "
                              "i in v|dictsort:\"o.x\" %}{{ i.n }}{% endfor %}",
                              "{\"v\": [{\"n\": \"b\", \"k\": 2, \"o\": {\"x\": 1}}, {\"n\": \"a\", \"k\": 2, \"o\": "
                              "{\"x\": 3}}, {\"n\": \"c\", \"k\": 1, \"o\": {\"x\": 2}}]}"),
                        "abc cba bac bca");
    assert_string_equal(shown("[{{ v|dictsort:\"nothing\" }}{{ v|dictsort:\"o\" }}{{ v|dictsort:\"_k\" }}{{ "
                              "v|dictsort:\"o._x\" }}{{ 5|dictsort:\"a\" }}]",
                              "{\"v\": [{\"n\": \"b\", \"k\": 2, \"o\": {\"x\": 1}}, {\"n\": \"a\", \"k\": 2, \"o\": "
                              "{\"x\": 3}}, {\"n\": \"c\", \"k\": 1, \"o\": {\"x\": 2}}]}"),
                        "[]");
    assert_string_equal(shown("{{ v|dictsort:0 }} {{ v|dictsortreversed:1 }} [{{ v|dictsort:\"0\" }}]",
                              "{\"v\": [[2, \"a\"], [1, \"b\"], [2, \"0\"]]}"),
                        "[[1, &#x27;b&#x27;], [2, &#x27;a&#x27;], [2, &#x27;0&#x27;]] [[1, &#x27;b&#x27;], [2, "
                        "&#x27;a&#x27;], [2, &#x27;0&#x27;]] []");
    assert_string_equal(shown("[{{ v|dictsort:\"k\" }}] {{ w|dictsort:\"k\" }}",
                              "{\"v\": [{\"k\": 1}, {\"k\": \"a\"}, {\"k\": 2}], \"w\": [{\"k\": [2, 1]}, {\"k\": [1, "
                              "9]}, {\"k\": [1, 2]}]}"),
                        "[] [{&#x27;k&#x27;: [1, 2]}, {&#x27;k&#x27;: [1, 9]}, {&#x27;k&#x27;: [2, 1]}]");
    assert_string_equal(shown("[{{ v|dictsort:\"k\" }}]{{ w|dictsort:\"k\" }}{{ x|dictsort:\"k\" }}",
                              "{\"v\": [{\"k\": null}, {\"k\": null}], \"w\": [{\"k\": null}], \"x\": []}"),
                        "[][{&#x27;k&#x27;: None}][]");
    assert_string_equal(shown("{{ v|dictsort:5 }}", "{\"v\": [[1]]}"), "! 1:6: list object has no element 5");
}

/* First, last and slices, of lists and of text. */
static void test_items(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|first }}{{ v|last }} {{ \"añb\"|first }}{{ \"bañ\"|last }} [{{ w|first }}{{ w|last "
                              "}}{{ \"\"|first }}{{ missing|last }}]",
                              "{\"v\": [\"a\", \"<\"], \"w\": []}"),
                        "a&lt; añ []");
    assert_string_equal(shown("{{ \"<b\"|first }} {{ \"b<\"|last }}", NULL), "&lt; <");
    assert_string_equal(shown("{{ 5|first }}", NULL), "! 1:6: first needs a list or text, not 'int'");
    assert_string_equal(shown("{{ v|last }}", "{\"v\": {\"a\": 1}}"),
                        "! 1:6: last: a dictionary has no order that counts, and this one no key -1");
    assert_string_equal(shown("{{ v|slice:\":2\" }} {{ v|slice:\"1:\" }} {{ v|slice:\"::-1\" }} {{ v|slice:\"2\" }} {{ "
                              "v|slice:\"-1:\" }} {{ v|slice:\":\" }} {{ v|slice:1 }}",
                              "{\"v\": [1, 2, 3]}"),
                        "[1, 2] [2, 3] [3, 2, 1] [1, 2] [3] [1, 2, 3] [1]");
    assert_string_equal(
        shown("{{ \"añbc\"|slice:\"1:3\" }} {{ \"abc\"|slice:\"x\" }} {{ \"abc\"|slice:\"1:2:3:4\" }} {{ "
              "\"abc\"|slice:\"::0\" }} {{ 5|slice:\":2\" }} {{ \"abc\"|slice:\":99999999999999999999\" }}",
              NULL),
        "ñb abc abc abc 5 abc");
    assert_string_equal(
        shown("{{ v|length }} {{ \"añ\"|length }} {{ 5|length }} {{ w|length }} {{ missing|length }} {{ v|length_is:2 "
              "}} {{ v|length_is:\"1\" }} [{{ v|length_is:\"x\" }}{{ 5|length_is:1 }}]",
              "{\"v\": [\"a\", \"<\"], \"w\": {\"a\": 1}}"),
        "2 2 0 1 0 True False []");
    assert_string_equal(
        shown("{{ \"aé\"|make_list|join:\"-\" }} {{ 120|make_list|join:\"-\" }} {{ v|random }}[{{ w|random }}]",
              "{\"v\": [\"x\"], \"w\": []}"),
        "a-é 1-2-0 x[]");
    assert_string_equal(shown("{{ 5|random }}", NULL), "! 1:6: random needs a list or text, not 'int'");
}

/* Items and separator are escaped but for safe ones; without autoescape only text can be joined. */
static void test_join(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ v|join:\", \" }} {{ v|join:\"<br>\" }} {{ v|join:w }} {{ 5|join:\",\" }} {{ \"abc\"|join:\"&\" }}",
              "{\"v\": [\"<\", 1, null], \"w\": \"<br>\"}"),
        "&lt;, 1, None &lt;<br>1<br>None &lt;&lt;br&gt;1&lt;br&gt;None 5 a&b&c");
    assert_string_equal(shown("{% autoescape off %}{{ v|join:\"&\" }} {{ w|join:\"&\" }}{% endautoescape %}",
                              "{\"v\": [\"<\", \">\"], \"w\": [1, \"<\"]}"),
                        "<&> [1, '<']");
    assert_string_equal(shown("{{ v|safeseq|join:\",\" }} {{ v|escapeseq|join:\",\" }} {% autoescape off %}{{ "
                              "v|escapeseq|join:\",\" }}{% endautoescape %}",
                              "{\"v\": [\"<b>\", \"&\"]}"),
                        "<b>,& &lt;b&gt;,&amp; &lt;b&gt;,&amp;");
    assert_string_equal(shown("{{ 5|safeseq }}", NULL), "! 1:6: 'int' object is not iterable");
}

/* Lists become lists of the item before them, at any depth that the stack allows. */
static void test_unordered_list(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|unordered_list }}",
                              "{\"v\": [\"States\", [\"Kansas\", [\"Lawrence\", \"<b>\"], \"Illinois\"], \"x\", []]}"),
                        "\t<li>States\n\t<ul>\n\t\t<li>Kansas\n\t\t<ul>\n\t\t\t<li>Lawrence</li>\n\t\t\t<li>&lt;b&gt;</"
                        "li>\n\t\t</ul>\n\t\t</li>\n\t\t<li>Illinois</li>\n\t</ul>\n\t</li>\n\t<li>x</li>");
    assert_string_equal(
        shown(
            "{{ v|unordered_list }}{{ w|unordered_list }}{% autoescape off %}{{ x|unordered_list }}{% endautoescape %}",
            "{\"v\": [[1, 2], 3], \"w\": [], \"x\": [\"<\"]}"),
        "\t<li>[1, 2]</li>\n\t<li>3</li>\t<li><</li>");
    assert_string_equal(shown("{{ 5|unordered_list }}", NULL), "! 1:6: 'int' object is not iterable");
}

/* Text is escaped once by escape and again by force_escape, and never by safe. */
static void test_escaping(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ v|escape }} {{ v|escape|escape }} {{ v|force_escape }} {{ v|force_escape|force_escape }} {{ v|safe "
              "}} {{ v|safe|escape }} {{ v|safe|force_escape }}",
              "{\"v\": \"<a>&\\\"'\"}"),
        "&lt;a&gt;&amp;&quot;&#x27; &lt;a&gt;&amp;&quot;&#x27; &lt;a&gt;&amp;&quot;&#x27; "
        "&amp;lt;a&amp;gt;&amp;amp;&amp;quot;&amp;#x27; <a>&\"' <a>&\"' &lt;a&gt;&amp;&quot;&#x27;");
    assert_string_equal(
        shown("{% autoescape off %}{{ v }} {{ v|escape }} {{ v|safe }}{% endautoescape %}", "{\"v\": \"<\"}"),
        "< &lt; <");
    assert_string_equal(
        shown("{{ v|lower|safe|upper }} {{ v|safe|lower }} {{ v|safe|slice:\":1\" }}", "{\"v\": \"<A>\"}"),
        "&lt;A&gt; <a> <");
}

/* Nothing ends the literal, the script or the attribute that it stands in. */
static void test_scripts(void **state)
{
    (void)state;
    assert_string_equal(shown("<script>x = '{{ v|escapejs }}'</script>",
                              "{\"v\": \"</script><script>alert('1')//\\\\\\\"&=-;`\\n\u2028é\"}"),
                        "<script>x = "
                        "'\\u003C/script\\u003E\\u003Cscript\\u003Ealert(\\u00271\\u0027)//"
                        "\\u005C\\u0022\\u0026\\u003D\\u002D\\u003B\\u0060\\u000A\\u2028é'</script>");
    assert_string_equal(shown("{{ v|json_script:\"my-id\" }}",
                              "{\"v\": {\"a\": \"</script><!-- & '\\\"\", \"b\": [1, 2.5, null, true, \"é\"]}}"),
                        "<script id=\"my-id\" type=\"application/json\">{\"a\": \"\\u003C/script\\u003E\\u003C!-- "
                        "\\u0026 '\\\"\", \"b\": [1, 2.5, null, true, \"\\u00e9\"]}</script>");
    assert_string_equal(shown("{{ 1|json_script:v }}", "{\"v\": \"\\\"><script>\"}"),
                        "<script id=\"&quot;&gt;&lt;script&gt;\" type=\"application/json\">1</script>");
    assert_string_equal(shown("{{ 1|json_script }}{{ 1|json_script:\"\" }}", NULL),
                        "<script type=\"application/json\">1</script><script type=\"application/json\">1</script>");
}

/* Every end of a line counts, of Windows and of old Macs too. */
static void test_lines(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|linebreaksbr }}|{{ v|linebreaks }}", "{\"v\": \"a<\\nb\\n\\n\\nd\\n\"}"),
                        "a&lt;<br>b<br><br><br>d<br>|<p>a&lt;<br>b</p>\n\n<p>d<br></p>");
    assert_string_equal(shown("{{ v|linebreaks }}|{{ \"\"|linebreaks }}|{{ \"a<b\"|linebreaks }}{% autoescape off %}{{ "
                              "w|linebreaks }}{{ w|linebreaksbr }}{% endautoescape %}",
                              "{\"v\": \"\\n\\nx\", \"w\": \"<\\n>\"}"),
                        "<p></p>\n\n<p>x</p>|<p></p>|<p>a<b</p><p><<br>></p><<br>>");
    assert_string_equal(shown("{{ v|linenumbers }}", "{\"v\": \"a\\nb\\nc\\nd\\ne\\nf\\ng\\nh\\ni\\n<\"}"),
                        "01. a\n02. b\n03. c\n04. d\n05. e\n06. f\n07. g\n08. h\n09. i\n10. &lt;");
    assert_string_equal(
        shown("{{ \"\"|linenumbers }}{% autoescape off %}{{ v|linenumbers }}{% endautoescape %}", "{\"v\": \"<\"}"),
        "1. 1. <");
}

/* Percent-encoding keeps what a path, or an address that is one already, needs. */
static void test_urls(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|urlencode }} {{ v|urlencode:\"\" }} {{ v|urlencode:\"&=\" }} {{ v|iriencode }}",
                              "{\"v\": \"/a b/é?x=1&y=~'\\\"<%20\"}"),
                        "/a%20b/%C3%A9%3Fx%3D1%26y%3D~%27%22%3C%2520 %2Fa%20b%2F%C3%A9%3Fx%3D1%26y%3D~%27%22%3C%2520 "
                        "%2Fa%20b%2F%C3%A9%3Fx=1&amp;y=~%27%22%3C%2520 /a%20b/%C3%A9?x=1&amp;y=~&#x27;%22%3C%20");
    assert_string_equal(shown("{{ \"a\"|urlencode:5 }}", NULL),
                        "! 1:8: the argument of urlencode must be text, not 'int'");
}

/* No tag is left, not even one that appears when others are gone. */
static void test_striptags(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ v|striptags }}",
              "{\"v\": \"<p>Joel <b class=\\\"a>b\\\">is</b> a <!-- x > y --><br/>slug</p> 1 < 2 > 0\"}"),
        "Joel is a slug 1 &lt; 2 &gt; 0");
    assert_string_equal(shown("{{ v|striptags|safe }}", "{\"v\": \"<<b>script>alert(1)<</b>/script>\"}"), "alert(1)");
    assert_string_equal(
        shown("{{ v|striptags|safe }}",
              "{\"v\": \"<script>if (a < b) x(\\\"<i>\\\")</script>y<style>p > b</style>z<script>never closed\"}"),
        "if (a < b) x(\"\")yp > bz");
    assert_string_equal(shown("{{ v|striptags|safe }}",
                              "{\"v\": \"a &lt;b&gt; &#60; &copy &#x41 &; <![CDATA[x]]>y<!doctype html>z<?php ?>\"}"),
                        "a &lt;b&gt; &#60; &copy; &#x41; &; yz");
    assert_string_equal(
        shown("{{ v|striptags|safe }}", "{\"v\": \"a <b c=\\\">\\\" d= \\\"x\\\" e='y'/>f</b g=\\\">h <i j=\\\"k\"}"),
        "a fh <i j=\"k");
    assert_string_equal(shown("{{ v|striptags|safe }}", "{\"v\": \"x > y <\"}"), "x > y <");
    assert_string_equal(
        shown("{{ v|striptags|safe }}", "{\"v\": \"<![if x]>a<![endif]>b<!x>c<!-->d-->e<a'b>f<a/b>g</>h</ i>j\"}"),
        "abcefghj");
    assert_string_equal(
        shown("{{ v|striptags }}",
              "{\"v\": \"<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b<b>>>>>>>>>>>>>>>>>>>>>>>>>\"}"),
        "&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;&gt;");
}

/* Addresses become links, with the punctuation around them outside. */
static void test_urlize(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{{ v|urlize }}", "{\"v\": \"see http://example.com/a_(b)?x=1&y=é#f, (www.example.com). me@example.com; "
                                "[example.org/x]! <http://a.b>\"}"),
        "see <a href=\"http://example.com/a_(b)?x=1&amp;y=%C3%A9#f\" "
        "rel=\"nofollow\">http://example.com/a_(b)?x=1&amp;y=é#f</a>, (<a href=\"http://www.example.com\" "
        "rel=\"nofollow\">www.example.com</a>). <a href=\"mailto:me@example.com\">me@example.com</a>; [<a "
        "href=\"http://example.org/x\" rel=\"nofollow\">example.org/x</a>]! &lt;<a href=\"http://a.b\" "
        "rel=\"nofollow\">http://a.b</a>&gt;");
    assert_string_equal(
        shown("{{ v|urlize }}",
              "{\"v\": \"example.com example.co http:// http://a_b HTTPS://X.Y/Z httpx.com a@b @c.d x@y.z@w\"}"),
        "<a href=\"http://example.com\" rel=\"nofollow\">example.com</a> example.co http:// <a href=\"http://a_b\" "
        "rel=\"nofollow\">http://a_b</a> <a href=\"https://X.Y/Z\" rel=\"nofollow\">HTTPS://X.Y/Z</a> httpx.com a@b "
        "@c.d x@y.z@w");
    assert_string_equal(
        shown("{{ v|urlizetrunc:8 }} {{ v|urlizetrunc:0 }} {{ v|urlizetrunc:30 }}", "{\"v\": \"http://example.com/\"}"),
        "<a href=\"http://example.com/\" rel=\"nofollow\">http://…</a> <a href=\"http://example.com/\" "
        "rel=\"nofollow\">…</a> <a href=\"http://example.com/\" rel=\"nofollow\">http://example.com/</a>");
    assert_string_equal(
        shown("{{ v|urlize }}", "{\"v\": \"http://a.b/%3Cscript%3E\\\" onclick=\\\"x\\\" http://a.b/?a=b%26c+d&&e "
                                "javascript:alert(1) http://[::1]:80/ http://[x]/ http://a..b/\"}"),
        "<a href=\"http://a.b/%3Cscript%3E\" rel=\"nofollow\">http://a.b/%3Cscript%3E</a>&quot; onclick=&quot;x&quot; "
        "<a href=\"http://a.b/?a=b%26c+d&amp;e=\" rel=\"nofollow\">http://a.b/?a=b%26c+d&amp;&amp;e</a> "
        "javascript:alert(1) http://[::1]:80/ <a href=\"http://[x]/\" rel=\"nofollow\">http://[x]/</a> <a "
        "href=\"http://a..b/\" rel=\"nofollow\">http://a..b/</a>");
    assert_string_equal(
        shown("{{ \"http://a.b/?x&amp;y\"|urlize }} {% autoescape off %}{{ v|urlize }}{% endautoescape %}",
              "{\"v\": \"<b> www.a.b?x&y\"}"),
        "<a href=\"http://a.b/?x=&amp;y=\" rel=\"nofollow\">http://a.b/?x&amp;y</a> <b> <a "
        "href=\"http://www.a.b?x=&amp;y=\" rel=\"nofollow\">www.a.b?x&y</a>");
    assert_string_equal(shown("{{ v|urlize }}",
                              "{\"v\": \"a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.c "
                              "a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.c\"}"),
                        "<a "
                        "href=\"mailto:a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.c\">a@"
                        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.c</a> "
                        "a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.c");
    assert_string_equal(shown("{{ v|urlizetrunc:\"x\" }}", "{\"v\": \"a\"}"),
                        "! 1:6: the argument of urlizetrunc must be a whole number, not 'x'");
}

/* Values are shown as Python shows them. */
static void test_pprint(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|pprint }}", "{\"v\": {\"b\": [1, \"x\", null], \"a\": {\"c\": true}}}"),
                        "{&#x27;a&#x27;: {&#x27;c&#x27;: True}, &#x27;b&#x27;: [1, &#x27;x&#x27;, None]}");
    assert_string_equal(shown("{{ \"<a>\"|pprint }}", NULL), "'<a>'");
}

/* "v" as a text, or as what `before` makes of it: a part that is repeated, with something around it. */
static const char *repeated(const char *before, const char *part, size_t count, const char *after)
{
    ct_buffer json = ct_buffer_in(memory());
    ct_buffer_str(&json, ct_str_of("{\"v\": "));
    ct_buffer_str(&json, ct_str_of(before));
    for (size_t i = 0; i < count; i++)
        ct_buffer_str(&json, ct_str_of(part));
    ct_buffer_str(&json, ct_str_of(after));
    ct_buffer_char(&json, '}');
    return ct_buffer_text(&json);
}

static void test_ends_of_lines(void **state)
{
    (void)state;
    assert_string_equal(shown("{{ v|linebreaksbr }}|{{ v|linebreaks }}", "{\"v\": \"a\\r\\nb\\rc\\r\\rd\"}"),
                        "a<br>b<br>c<br><br>d|<p>a<br>b<br>c</p>\n\n<p>d</p>");
}

/* A tag of a thousand characters is one, unless fifty begin inside of it; tags that appear where others were taken out
 * are taken out fifty times. */
static void test_suspicious_tags(void **state)
{
    (void)state;
    const char *refused = "! 1:6: striptags: the text is nothing but the beginnings of tags";
    const char *open = repeated("\"<a", "<", 48, ""), *more = repeated("\"<a", "<", 49, "");
    ct_buffer x = ct_buffer_in(memory());
    for (int i = 0; i < 1000; i++)
        ct_buffer_char(&x, 'x');
    CT_BUFFER_LITERAL(&x, "> after\"}");
    open = ct_arena_printf(memory(), "%.*s%s", (int)strlen(open) - 1, open, ct_buffer_text(&x));
    more = ct_arena_printf(memory(), "%.*s%s", (int)strlen(more) - 1, more, ct_buffer_text(&x));
    assert_string_equal(shown("{{ v|striptags }}", open), " after");
    assert_string_equal(shown("{{ v|striptags }}", more), refused);

    char tags[51 * 2 + 2] = "";
    for (int i = 0; i < 51; i++)
        memcpy(tags + 2 * i, "b>", 2);
    memcpy(tags + sizeof(tags) - 2, "\"", 2);
    assert_string_equal(shown("{{ v|striptags }}", repeated("\"", "<", 50, tags + 2)), "");
    assert_string_equal(shown("{{ v|striptags }}", repeated("\"", "<", 51, tags)), refused);
}

/* Work that grows faster than the text counts as iterations, and nested values end with the C stack. */
static void test_hostile_values(void **state)
{
    (void)state;
    page_options options = { .json = repeated("\">", "<?", 2000, "\""), .max_iterations = 10000 };
    assert_string_equal(rendered(options, "{{ v|striptags }}"),
                        "! 1:6: more than 10000 iterations (setting template_max_iterations)");
    options.json = repeated("\">", "<p>", 2000, "\"");
    assert_string_equal(rendered(options, "{{ v|striptags }}"), "&gt;");
    options = (page_options){ .json = repeated("[1", ", 2", 999, "]"), .max_iterations = 2000 };
    assert_string_equal(rendered(options, "{{ v|join:''|length }}"), "1000");
    options.max_iterations = 999;
    assert_string_equal(rendered(options, "{{ v|join:''|length }}"),
                        "! 1:6: more than 999 iterations (setting template_max_iterations)");
    ct_value deep = ct_value_of_int(2);
    for (int i = 0; i < 3000; i++) {
        ct_array *array = ct_array_in(memory(), 2);
        assert_true(ct_array_put(array, ct_value_of_int(1)) && ct_array_put(array, deep));
        deep = ct_value_of_array(array);
    }
    options = (page_options){ .v = deep };
    assert_string_equal(rendered(options, "{{ v|unordered_list }}"), "! 1:6: nested too deeply");
}

/* A filter of Django does the same in a template of Jinja. */
static void test_in_jinja(void **state)
{
    (void)state;
    page_options options = { .language = CT_LANGUAGE_JINJA, .json = "{\"v\": \"<b>1</b>\"}" };
    assert_string_equal(rendered(options, "{{ 12345|intcomma }} {{ v|linebreaksbr }} {{ missing|capfirst }}|"),
                        "12,345 &lt;b&gt;1&lt;/b&gt; |");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case),           cmocka_unit_test(test_fields),
        cmocka_unit_test(test_replacing),      cmocka_unit_test(test_slugify),
        cmocka_unit_test(test_stringformat),   cmocka_unit_test(test_words),
        cmocka_unit_test(test_truncatechars),  cmocka_unit_test(test_truncatewords),
        cmocka_unit_test(test_truncate_html),  cmocka_unit_test(test_floatformat),
        cmocka_unit_test(test_filesizeformat), cmocka_unit_test(test_sums),
        cmocka_unit_test(test_choices),        cmocka_unit_test(test_dictsort),
        cmocka_unit_test(test_items),          cmocka_unit_test(test_join),
        cmocka_unit_test(test_unordered_list), cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_scripts),        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_urls),           cmocka_unit_test(test_striptags),
        cmocka_unit_test(test_urlize),         cmocka_unit_test(test_pprint),
        cmocka_unit_test(test_ends_of_lines),  cmocka_unit_test(test_suspicious_tags),
        cmocka_unit_test(test_hostile_values), cmocka_unit_test(test_in_jinja),
    };
    return cmocka_run_group_tests_name("django_filters", tests, NULL, rendered_finish);
}
