/* The lexer of templates: what is text and what is a tag in both languages, what whitespace control takes away, the
 * tokens inside tags, lines, errors, and that no text takes more than linear time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "template/lexer.h"

#include <stdlib.h>
#include <time.h>

static const ct_engine_options plain = { 0 };

/* The tokens as text: <text>, the delimiters, n:name i:1 r:1.5 s:'x', operators after o:, errors as e(reason). */
static void write_token(ct_buffer *out, const ct_token *t)
{
    static const char *const forms[] = {
        [CT_TOKEN_TEXT] = "<%.*s>",     [CT_TOKEN_OUTPUT_BEGIN] = "%.*s", [CT_TOKEN_OUTPUT_END] = "%.*s",
        [CT_TOKEN_TAG_BEGIN] = "%.*s",  [CT_TOKEN_TAG_END] = "%.*s",      [CT_TOKEN_NAME] = "n:%.*s",
        [CT_TOKEN_INTEGER] = "i:%.*s",  [CT_TOKEN_REAL] = "r:%.*s",       [CT_TOKEN_STRING] = "s:%.*s",
        [CT_TOKEN_OPERATOR] = "o:%.*s",
    };
    if (out->length)
        ct_buffer_char(out, ' ');
    if (t->type == CT_TOKEN_ERROR) {
        assert_non_null(t->reason);
        ct_buffer_printf(out, "e(%s)", t->reason);
        return;
    }
    assert_null(t->reason);
    ct_buffer_printf(out, forms[t->type], CT_STR_ARG(t->text));
}

static void assert_lexed(const char *text, ct_language language, const ct_engine_options *options, const char *expected)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_tokens tokens = ct_lex(ct_str_of(text), language, options, &arena);
    ct_buffer out = ct_buffer_in(&arena);
    assert_true(tokens.count > 0);
    for (size_t i = 0; i + 1 < tokens.count; i++)
        write_token(&out, &tokens.items[i]);
    assert_int_equal(tokens.items[tokens.count - 1].type, CT_TOKEN_END);
    assert_string_equal(ct_buffer_text(&out), expected);
    ct_arena_finish(&arena);
}

static void jinja(const char *text, const char *expected)
{
    assert_lexed(text, CT_LANGUAGE_JINJA, &plain, expected);
}

static void django(const char *text, const char *expected)
{
    assert_lexed(text, CT_LANGUAGE_DJANGO, &plain, expected);
}

static void trimmed(const char *text, const char *expected)
{
    assert_lexed(text, CT_LANGUAGE_JINJA, &(ct_engine_options){ .trim_blocks = true, .lstrip_blocks = true }, expected);
}

static void text_outputs_and_tags(void **state)
{
    (void)state;
    jinja("", "");
    jinja("Hello", "<Hello>");
    jinja("Hello {{ name }}!", "<Hello > {{ n:name }} <!>");
    jinja("{{name}}{%if x%}", "{{ n:name }} {% n:if n:x %}");
    jinja("a { b } % {} #} %} }}", "<a { b } % {} #} %} }}>");
    jinja("{{}}{%%}", "{{ }} {% %}");
    jinja("a{# no {{ x }} #}b", "<a> <b>");
    jinja("{#\n\n#}{##}", "");
    jinja("{{ a # b }}", "{{ n:a e(unexpected char '#') n:b }}");
    assert_lexed("{{ a }}", CT_LANGUAGE_AUTO, &plain, "{{ n:a }}");
}

static void empty_text_without_memory(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    const ct_language languages[] = { CT_LANGUAGE_JINJA, CT_LANGUAGE_DJANGO };
    for (size_t i = 0; i < CT_COUNT(languages); i++) {
        ct_tokens tokens = ct_lex((ct_str){ NULL, 0 }, languages[i], &plain, &arena);
        assert_int_equal(tokens.count, 1);
        assert_int_equal(tokens.items[0].type, CT_TOKEN_END);
        assert_int_equal(tokens.items[0].line, 1);
    }
    ct_arena_finish(&arena);
}

static void text_is_not_copied(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_str text = CT_STR("Hello {{ name }}\n");
    ct_tokens tokens = ct_lex(text, CT_LANGUAGE_JINJA, &plain, &arena);
    assert_ptr_equal(tokens.source.data, text.data);
    assert_ptr_equal(tokens.items[0].text.data, text.data);
    assert_ptr_equal(tokens.items[2].text.data, text.data + 9);
    ct_arena_finish(&arena);
}

static void numbers(void **state)
{
    (void)state;
    jinja("{{ 0 42 1_000 00 0_0 }}", "{{ i:0 i:42 i:1_000 i:00 i:0_0 }}");
    jinja("{{ 0xff 0XFf 0x_f_f 0o17 0b101 0B_1 }}", "{{ i:0xff i:0XFf i:0x_f_f i:0o17 i:0b101 i:0B_1 }}");
    jinja("{{ 1.5 1e5 1E+5 1_0.2_5e-3 00.5 1.5e3 }}", "{{ r:1.5 r:1e5 r:1E+5 r:1_0.2_5e-3 r:00.5 r:1.5e3 }}");
    /* What is not wholly a number ends where it stops being one. */
    jinja("{{ 012 1__0 1_ 0x 0xg 0o8 0b12 }}", "{{ i:0 i:12 i:1 n:__0 i:1 n:_ i:0 n:x i:0 n:xg i:0 n:o8 i:0b1 i:2 }}");
    jinja("{{ 1. 1.e5 1e 1e+ .5 1.5e 1.x }}",
          "{{ i:1 o:. i:1 o:. n:e5 i:1 n:e i:1 n:e o:+ o:. i:5 r:1.5 n:e i:1 o:. n:x }}");
    jinja("{{ foo.0.1 a.1e5 1.2.3 -1 }}", "{{ n:foo o:. i:0 o:. i:1 n:a o:. i:1 n:e5 r:1.2 o:. i:3 o:- i:1 }}");
}

static void names(void **state)
{
    (void)state;
    jinja("{{ foo _x a1 __a__ T }}", "{{ n:foo n:_x n:a1 n:__a__ n:T }}");
    jinja("{{ größe 名前 a\u0301 x\u00b7y }}", "{{ n:größe n:名前 n:a\u0301 n:x\u00b7y }}");
    /* What may stand in a name may not always begin one. */
    jinja("{{ \u0301 }}", "{{ e(unexpected char '\u0301') }}");
    jinja("{{ a€b }}", "{{ n:a e(unexpected char '€') n:b }}");
    jinja("{{ \xff\x01 a\xc3 }}", "{{ e(unexpected char '\\xff') e(unexpected char '\\x01') n:a "
                                  "e(unexpected char '\\xc3') }}");
}

static void strings(void **state)
{
    (void)state;
    jinja("{{ 'a' \"b\" '' \"\" }}", "{{ s:'a' s:\"b\" s:'' s:\"\" }}");
    jinja("{{ 'it\\'s' \"\\\\\" '\"' \"}}\" '%}{#' }}", "{{ s:'it\\'s' s:\"\\\\\" s:'\"' s:\"}}\" s:'%}{#' }}");
    jinja("{{ 'a\nb' }}", "{{ s:'a\nb' }}");
    jinja("{{ 'a }}", "{{ e(unclosed string) n:a }}");
    jinja("{{ 'a\\' }}", "{{ e(unclosed string) n:a e(unexpected char '\\') e(unclosed string) }}");
    jinja("{{ 'a\\", "{{ e(unclosed string) n:a e(unexpected char '\\') e(missing '}}' of the '{{' in line 1)");
    jinja("{{ it's }}\"{{ \"x\" }}", "{{ n:it e(unclosed string) n:s }} <\"> {{ s:\"x\" }}");
}

static void operators(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint16_t op;
    } all[] = {
        { "+", '+' },
        { "-", '-' },
        { "/", '/' },
        { "*", '*' },
        { "%", '%' },
        { "~", '~' },
        { ",", ',' },
        { ".", '.' },
        { ":", ':' },
        { "|", '|' },
        { ";", ';' },
        { "=", '=' },
        { "<", '<' },
        { ">", '>' },
        { "//", CT_OP2('/', '/') },
        { "**", CT_OP2('*', '*') },
        { "==", CT_OP2('=', '=') },
        { "!=", CT_OP2('!', '=') },
        { "<=", CT_OP2('<', '=') },
        { ">=", CT_OP2('>', '=') },
    };
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < CT_COUNT(all); i++) {
        const char *text = ct_arena_printf(&arena, "{{a%sb}}", all[i].text);
        for (ct_language language = CT_LANGUAGE_JINJA; language <= CT_LANGUAGE_DJANGO; language++) {
            ct_tokens tokens = ct_lex(ct_str_of(text), language, &plain, &arena);
            assert_int_equal(tokens.count, 6);
            assert_int_equal(tokens.items[2].type, CT_TOKEN_OPERATOR);
            assert_int_equal(tokens.items[2].op, all[i].op);
        }
    }
    ct_arena_finish(&arena);
    jinja("{{ ***===<==!= }}", "{{ o:** o:* o:== o:= o:<= o:= o:!= }}");
    jinja("{{ a ! b }}", "{{ n:a e(unexpected char '!') n:b }}");
    jinja("{{ & $ ` }}", "{{ e(unexpected char '&') e(unexpected char '$') e(unexpected char '`') }}");
}

static void whitespace_before_tokens(void **state)
{
    (void)state;
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_tokens tokens = ct_lex(CT_STR("x {%with a=\nb.c\xc2\xa0%}"), CT_LANGUAGE_JINJA, &plain, &arena);
    const bool expected[] = { false, false, false, true, false, true, false, false, true, false };
    assert_int_equal(tokens.count, CT_COUNT(expected));
    for (size_t i = 0; i < tokens.count; i++)
        assert_int_equal(tokens.items[i].space_before, expected[i]);
    ct_arena_finish(&arena);
}

static void brackets(void **state)
{
    (void)state;
    jinja("{{ {'a':{}}}}", "{{ o:{ s:'a' o:: o:{ o:} o:} }}");
    jinja("{{ {} }}}", "{{ o:{ o:} }} <}>");
    jinja("{% set x = [{'a': (1)}] %}", "{% n:set n:x o:= o:[ o:{ s:'a' o:: o:( i:1 o:) o:} o:] %}");
    jinja("{{ f(a -}} b", "{{ n:f o:( n:a o:- e(unexpected '}', expected ')') < b>");
    jinja("{% if (a %}b", "{% n:if o:( n:a o:% e(unexpected '}', expected ')') <b>");
    jinja("{{ a ) ] }}", "{{ n:a e(unexpected ')') e(unexpected ']') }}");
    jinja("{{ a } }}", "{{ n:a e(unexpected '}') }}");
    jinja("{{ [(] }}", "{{ o:[ o:( e(unexpected ']', expected ')') e(unexpected '}', expected ')')");
}

static void nesting_of_brackets_has_a_limit(void **state)
{
    (void)state;
    for (size_t depth = 200; depth <= 201; depth++) {
        char text[1024];
        memset(text, '(', depth);
        memcpy(text, "{{", 2);
        memset(text + 2, '(', depth);
        memset(text + 2 + depth, ')', depth);
        memcpy(text + 2 + 2 * depth, "}}x", 3);
        ct_arena arena;
        ct_arena_init(&arena, NULL, 0);
        ct_tokens tokens = ct_lex((ct_str){ text, 2 * depth + 5 }, CT_LANGUAGE_JINJA, &plain, &arena);
        if (depth == 200) {
            assert_int_equal(tokens.count, 2 * depth + 4);
            assert_int_equal(tokens.items[2 * depth + 1].type, CT_TOKEN_OUTPUT_END);
        } else {
            assert_int_equal(tokens.count, 203);
            assert_string_equal(tokens.items[201].reason, "too many brackets are open");
        }
        ct_arena_finish(&arena);
    }
}

static void signs_take_whitespace_away(void **state)
{
    (void)state;
    jinja("a \n {{- b -}} \n c", "<a> {{- n:b -}} <c>");
    jinja("a {%- if x -%}\n\n\t b", "<a> {%- n:if n:x -%} <b>");
    jinja("a {#- c -#} b", "<a> <b>");
    jinja("a {#+ c +#} b", "<a > < b>");
    jinja("a {%+ if x +%} b", "<a > {%+ n:if n:x +%} < b>");
    jinja("  {{- a -}}  {{- b -}}  ", "{{- n:a -}} {{- n:b -}}");
    jinja("a {#-#} b", "<a> < b>");
    jinja("a {#--#} b", "<a> <b>");
    jinja("{{ -1 }}{{-1}}", "{{ o:- i:1 }} {{- i:1 }}");
    jinja("{{ a +}}", "{{ n:a o:+ }}"); /* the sign is Jinja's in tags and comments only */
    jinja("a\xc2\xa0\xe2\x80\x83\xc2\x85\x1c{{- b -}}\xe3\x80\x80\xe2\x80\xa8 c", "<a> {{- n:b -}} <c>");
    jinja("é{{- b -}}é", "<é> {{- n:b -}} <é>");
}

static void blocks_are_trimmed_when_asked_for(void **state)
{
    (void)state;
    jinja("a\n  {% if x %}\nb", "<a\n  > {% n:if n:x %} <\nb>");
    trimmed("a\n  {% if x %}\nb\n", "<a\n> {% n:if n:x %} <b>");
    trimmed("  {% if x %}\n\n b", "{% n:if n:x %} <\n b>");
    trimmed("a  {% if x %} \nb", "<a  > {% n:if n:x %} < \nb>");
    trimmed("  {%+ if x +%}\nb", "<  > {%+ n:if n:x +%} <\nb>");
    trimmed("a\n  {# c #}\nb", "<a\n> <b>");
    trimmed("a\n  {#+ c +#}\nb", "<a\n  > <\nb>");
    trimmed("a\n  {{ x }}\nb", "<a\n  > {{ n:x }} <\nb>");
    trimmed("{{ x }}  {% if y %}", "{{ n:x }} <  > {% n:if n:y %}");
    trimmed("{% if y %}\n  {% if z %}", "{% n:if n:y %} {% n:if n:z %}");
    trimmed("{% if y -%}\n  {% if z %}", "{% n:if n:y -%} {% n:if n:z %}");
    trimmed("{% if y %}\r\n\t{% if z %}\r\r\r", "{% n:if n:y %} {% n:if n:z %} <\n>");
}

static void bodies_that_are_not_looked_into(void **state)
{
    (void)state;
    jinja("a {% raw %} {{ b }} {% if {# {% endraw %} c", "<a > < {{ b }} {% if {# > < c>");
    jinja("a {%- raw -%} b {%- endraw -%} c", "<a> <b> <c>");
    jinja("{%raw%}{%endraw%}{%\nraw\n%}x{% endraw\n%}", "<x>");
    jinja("{% raw %}{% raw %}{% endraw x %}{% end %}{% endraw %}", "<{% raw %}{% endraw x %}{% end %}>");
    jinja("{% rawx %}", "{% n:rawx %}");
    jinja("{% raw x %}", "{% n:raw n:x %}");
    jinja("{% verbatim %}{{ a }}{% endverbatim %}b", "<{{ a }}> <b>");
    jinja("{% verbatim  me %}{% endverbatim %}{%- endverbatim  me -%} b", "<{% endverbatim %}> <b>");
    jinja("a{% comment %}{{ it's {% endcomment %}b", "<a> <b>");
    jinja("a {%- comment 'a note {{ x' -%} {% if %} {%- endcomment -%} b", "<a> <b>");
    trimmed("a\n  {% raw %}\n b\n  {% endraw %}\nc", "<a\n> <\n b\n> <c>");
    trimmed("  {% comment %}\n  {% endcomment %}\nc", "<c>");
    trimmed("  {%+ raw %}  {%+ endraw +%}\nc", "<  > <  > <\nc>");
    trimmed("{% raw %}  {% endraw %}", "<  >"); /* not the start of a line */
}

static void what_is_never_closed_is_an_error(void **state)
{
    (void)state;
    jinja("a {{ b", "<a > {{ n:b e(missing '}}' of the '{{' in line 1)");
    jinja("\n\n{% if b\n", "<\n\n> {% n:if n:b e(missing '%}' of the tag in line 3)");
    jinja("{{ a <p>{% if b %}c", "{{ n:a o:< n:p o:> e('{%' inside of a tag that is not closed) {% n:if n:b %} <c>");
    jinja("a {# b {{ c }} {# d", "<a > e(missing end of comment tag) < b > {{ n:c }} < {# d>");
    jinja("{% raw %} {{ a }}", "e(missing {% endraw %}) < > {{ n:a }}");
    jinja("{% comment x %} {{ a }}", "e(missing {% endcomment %}) < > {{ n:a }}");
    jinja("{% verbatim x %}{% endverbatim %}", "e(missing {% endverbatim x %}) {% n:endverbatim %}");
    django("{% raw %} {{ a }}", "e(missing {% endraw %}) < > {{ n:a }}");
    django("{% comment x %} {{ a }}", "e(missing {% endcomment %}) < > {{ n:a }}");
    django("{% verbatim x %}{% endverbatim %}", "e(missing {% endverbatim x %}) {% n:endverbatim %}");
}

static void with_lines(const char *text, const char *expected)
{
    assert_lexed(text, CT_LANGUAGE_JINJA,
                 &(ct_engine_options){ .line_statement_prefix = "#", .line_comment_prefix = "##" }, expected);
}

static void line_statements(void **state)
{
    (void)state;
    with_lines("# for x in y\n{{ x }}\n# endfor", "# n:for n:x n:in n:y  {{ n:x }} <\n> # n:endfor ");
    with_lines("a\n \t# if x:\nb # c\n  # endif  \n\n \n  d", "<a\n> # n:if n:x : <b # c\n> # n:endif  <  d>");
    with_lines("# set a = {'b':\n  1}\nc", "# n:set n:a o:= o:{ s:'b' o:: i:1 o:}  <c>");
    with_lines("a \n#- if x\n  b\n  #+ if y", "<a> #- n:if n:x  <  b\n> #+ n:if n:y ");
    with_lines("# a(\nb", "# n:a o:( n:b e(the line statement of line 1 has an open bracket)");
    with_lines("# a = 'b\nc'\nd", "# n:a o:= s:'b\nc'  <d>");
    with_lines("{{ a }}# b", "{{ n:a }} <# b>");
    with_lines("#", "# ");
    jinja("# for x in y\n", "<# for x in y>");
    assert_lexed("%% if x\n", CT_LANGUAGE_JINJA, &(ct_engine_options){ .line_statement_prefix = "%%" }, "%% n:if n:x ");
    assert_lexed("# x ## y\n", CT_LANGUAGE_JINJA,
                 &(ct_engine_options){ .line_statement_prefix = "", .line_comment_prefix = "" }, "<# x ## y>");
}

static void line_comments(void **state)
{
    (void)state;
    with_lines("a  ## {{ b }}\nc", "<a> <\nc>");
    with_lines("## a\n  ## b\nc", "<\n> <\nc>");
    with_lines("a\n  ##- b\nc", "<a> <\nc>");
    with_lines("a## b", "<a>");
    with_lines("{{ a }} ## b\n# if x\n", "{{ n:a }} <\n> # n:if n:x ");
    with_lines("{% raw %}## b{% endraw %}", "<## b>");
}

static void newlines_and_the_last_one(void **state)
{
    (void)state;
    const ct_engine_options keep = { .keep_trailing_newline = true };
    jinja("a\r\nb\rc\n\rd", "<a\nb\nc\n\nd>");
    jinja("a\n", "<a>");
    jinja("a\n\n", "<a\n>");
    jinja("a\r\n\r\n", "<a\n>");
    jinja("\r", "");
    jinja("{{ 'a\r\nb' }}\r\n", "{{ s:'a\nb' }}");
    assert_lexed("a\n", CT_LANGUAGE_JINJA, &keep, "<a\n>");
    assert_lexed("a\r\n", CT_LANGUAGE_JINJA, &keep, "<a\n>");
    django("a\r\nb\n", "<a\r\nb\n>");
}

static void lines_are_counted(void **state)
{
    (void)state;
    static const struct {
        ct_language language;
        const char *text;
        uint32_t lines[12];
    } cases[] = {
        { CT_LANGUAGE_JINJA, "a\n\n{{ b }}\nc", { 1, 3, 3, 3, 3, 4 } },
        { CT_LANGUAGE_JINJA, "a\n \n{{- b -}}\n\nc{{ d", { 1, 3, 3, 3, 5, 5, 5, 5, 5 } },
        { CT_LANGUAGE_JINJA, "{#\n#}\r{%\rif\r\nx\n%}", { 2, 3, 4, 5, 6, 6 } },
        { CT_LANGUAGE_JINJA, "{{ 'a\nb' c }}\n{% raw %}\nd{% endraw %}{{e}}", { 1, 1, 2, 2, 2, 3, 4, 4, 4, 4 } },
        { CT_LANGUAGE_JINJA, "{% raw -%}\n\nd{% endraw %}", { 3, 3 } },
        { CT_LANGUAGE_DJANGO, "a\n{{ b }}\n{# c #}\n{% d %}\n", { 1, 2, 2, 2, 2, 3, 4, 4, 4, 4, 5 } },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        ct_arena arena;
        ct_arena_init(&arena, NULL, 0);
        ct_tokens tokens = ct_lex(ct_str_of(cases[i].text), cases[i].language, &plain, &arena);
        for (size_t k = 0; k < tokens.count; k++)
            assert_int_equal(tokens.items[k].line, cases[i].lines[k]);
        assert_true(tokens.count == CT_COUNT(cases[i].lines) || !cases[i].lines[tokens.count]);
        ct_arena_finish(&arena);
    }
}

static void django_tags_are_within_a_line(void **state)
{
    (void)state;
    django("a {{ b }} {% if c %} {# d #} e", "<a > {{ n:b }} < > {% n:if n:c %} < > < e>");
    django("{{ a\n}} {% b\n%} {# c\n#}", "<{{ a\n}} {% b\n%} {# c\n#}>");
    django("{{ a }\n{{ b }}", "<{{ a }\n> {{ n:b }}");
    django("{ {{{ a }}} {{% b %}", "<{ > {{ o:{ n:a }} <} {> {% n:b %}");
    django("{%}{{}{#}", "<{%}{{}{#}>");
    django("{%%}{{}}{##}", "{% %} {{ }}");
    django("a {%- b -%} \n", "<a > {% o:- n:b o:- %} < \n>");
    django("{{ a {% b %} }}", "{{ n:a o:{ o:% n:b o:% o:} }}");
    django("{% trans 'a %} b' %}", "{% n:trans e(unclosed string) n:a %} < b' %}>");
    assert_lexed("  {% a %}\n", CT_LANGUAGE_DJANGO,
                 &(ct_engine_options){ .trim_blocks = true, .lstrip_blocks = true, .line_statement_prefix = " " },
                 "<  > {% n:a %} <\n>");
}

static void django_tokens(void **state)
{
    (void)state;
    django("{{ a.0.b|add:-1|date:\"Y \\\" m\" }}",
           "{{ n:a o:. i:0 o:. n:b o:| n:add o:: o:- i:1 o:| n:date o:: s:\"Y \\\" m\" }}");
    django("{{ _(\"text\")|upper }}", "{{ n:_ o:( s:\"text\" o:) o:| n:upper }}");
    django("{{ 007 0x1 1_0 1.50 .5 }}", "{{ i:007 n:0x1 i:1_0 r:1.50 o:. i:5 }}");
    django("{% url it's a-b?c@d ) %}", "{% n:url n:it e(unclosed string) n:s n:a o:- n:b e(unexpected char '?') n:c "
                                       "e(unexpected char '@') n:d o:) %}");
    /* A quote that one tag leaves open is nothing to the next. */
    django("{% a ' %}{% b ' ' %}'", "{% n:a e(unclosed string) %} {% n:b s:' ' %} <'>");
}

static void django_bodies(void **state)
{
    (void)state;
    django("{% verbatim %}{{ a }}{# b #}{% c %}{% endverbatim %}", "<{{ a }}{# b #}{% c %}>");
    django("{% verbatim a  b %}{%endverbatim%}{% endverbatim a  b %}c", "<{%endverbatim%}> <c>");
    django("{% verbatim %}{{ {% endverbatim %} }}{% endverbatim %}", "<{{ {% endverbatim %} }}>");
    django("a{% comment \"note\" %}{{ b {% endcomment x %} {%endcomment%}c", "<a> <c>");
    django("{% raw %}{{ a }}{% endraw %}", "<{{ a }}>");
    django("{% commented %}{% verbatim%}", "{% n:commented %} e(missing {% endverbatim %})");
}

static void places_in_the_source(void **state)
{
    (void)state;
    ct_str source = CT_STR("eins\r\nzw\xc3\xb6lf {{ x }}\n\ndrei"), line;
    const struct {
        size_t at;
        uint32_t line, column;
        const char *text;
    } cases[] = {
        { 0, 1, 1, "eins" },
        { 4, 1, 5, "eins" },
        { 6, 2, 1, "zw\xc3\xb6lf {{ x }}" },
        { 10, 2, 4, "zw\xc3\xb6lf {{ x }}" },
        { 21, 3, 1, "" },
        { source.length, 4, 5, "drei" },
    };
    for (size_t i = 0; i < CT_COUNT(cases); i++) {
        uint32_t number, column;
        ct_source_place(source, source.data + cases[i].at, &number, &column, &line);
        assert_int_equal(number, cases[i].line);
        assert_int_equal(column, cases[i].column);
        assert_true(ct_str_eq(line, ct_str_of(cases[i].text)));
    }
}

/* Each of these would take many seconds if a search for an end that is missing were made again and again. */
static void time_is_linear(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "{% raw ",
        "{% raw %}",
        "{{",
        "{#",
        "{%",
        "{% verbatim a %}",
        "{% comment %}",
        "{{ '",
        "{{ \\'",
        "{{ \"",
        "{{ (",
        "{{ a }}",
        "{% verbatim {% endverbatim ",
        "{% comment '",
        "   ",
        "\n   #",
        "\n## ",
        "x ## ",
        "{{ a -}} ",
        "{{ a }}\n# b\n",
        "{% a %}    ",
        "{{ é",
        "'",
    };
    const ct_engine_options options = {
        .trim_blocks = true, .lstrip_blocks = true, .line_statement_prefix = "#", .line_comment_prefix = "##"
    };
    const size_t size = 1 << 19;
    char *text = ct_xmalloc(size);
    for (size_t i = 0; i < CT_COUNT(parts); i++) {
        size_t length = strlen(parts[i]);
        for (size_t k = 0; k < size; k++)
            text[k] = parts[i][k % length];
        for (int with_lines = 0; with_lines <= 2; with_lines++) {
            ct_arena arena;
            ct_arena_init(&arena, NULL, 0);
            clock_t before = clock();
            ct_lex((ct_str){ text, size }, with_lines == 2 ? CT_LANGUAGE_DJANGO : CT_LANGUAGE_JINJA,
                   with_lines ? &options : &plain, &arena);
            assert_true(clock() - before < CLOCKS_PER_SEC);
            ct_arena_finish(&arena);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_outputs_and_tags),
        cmocka_unit_test(empty_text_without_memory),
        cmocka_unit_test(text_is_not_copied),
        cmocka_unit_test(numbers),
        cmocka_unit_test(names),
        cmocka_unit_test(strings),
        cmocka_unit_test(operators),
        cmocka_unit_test(whitespace_before_tokens),
        cmocka_unit_test(brackets),
        cmocka_unit_test(nesting_of_brackets_has_a_limit),
        cmocka_unit_test(signs_take_whitespace_away),
        cmocka_unit_test(blocks_are_trimmed_when_asked_for),
        cmocka_unit_test(bodies_that_are_not_looked_into),
        cmocka_unit_test(what_is_never_closed_is_an_error),
        cmocka_unit_test(line_statements),
        cmocka_unit_test(line_comments),
        cmocka_unit_test(newlines_and_the_last_one),
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(django_tags_are_within_a_line),
        cmocka_unit_test(django_tokens),
        cmocka_unit_test(django_bodies),
        cmocka_unit_test(places_in_the_source),
        cmocka_unit_test(time_is_linear),
    };
    return cmocka_run_group_tests_name("lexer", tests, NULL, NULL);
}
