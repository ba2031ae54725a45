/* Escaping: every character in every place, no byte past the limit, nothing copied in vain; and entities read back. */
#include "template/escape.h"

#include "template/entities.h"
#include "template/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *entity(char ch, bool django)
{
    switch (ch) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return django ? "&quot;" : "&#34;";
    case '\'':
        return django ? "&#x27;" : "&#39;";
    default:
        return NULL;
    }
}

/* One byte after the other: what the fast one must give too. */
static ct_buffer escaped_slowly(ct_str text, bool django)
{
    ct_buffer out = { 0 };
    for (size_t i = 0; i < text.length; i++) {
        const char *as = entity(text.data[i], django);
        if (as)
            ct_buffer_str(&out, ct_str_of(as));
        else
            ct_buffer_char(&out, text.data[i]);
    }
    return out;
}

/* Into a buffer with room, one without, and one whose limit is met exactly and missed by one. */
static void check(ct_str text, bool django)
{
    ct_buffer expected = escaped_slowly(text, django), roomy = { 0 }, bare = { 0 };
    ct_buffer_reserve(&roomy, 6 * text.length + 100);
    ct_escape_write(&roomy, text, django);
    ct_escape_write(&bare, text, django);
    assert_int_equal(roomy.length, expected.length);
    assert_int_equal(bare.length, expected.length);
    if (expected.length) {
        assert_memory_equal(roomy.data, expected.data, expected.length);
        assert_memory_equal(bare.data, expected.data, expected.length);
        ct_buffer just = { .limit = expected.length }, less = { .limit = expected.length - 1 };
        ct_escape_write(&just, text, django);
        assert_false(just.failed);
        assert_int_equal(just.length, expected.length);
        assert_memory_equal(just.data, expected.data, expected.length);
        if (less.limit) { /* 0 is none */
            ct_escape_write(&less, text, django);
            assert_true(less.failed);
            assert_true(less.length <= less.limit);
        }
        ct_buffer_finish(&just);
        ct_buffer_finish(&less);
    }
    ct_buffer_finish(&expected);
    ct_buffer_finish(&roomy);
    ct_buffer_finish(&bare);
}

/* The text lies at the end of its block, so that a byte read behind it is found by the sanitizer. */
static ct_str on_heap(size_t length)
{
    char *text = malloc(length + !length);
    assert_non_null(text);
    memset(text, 'x', length);
    return (ct_str){ text, length };
}

static void each_character_in_each_place(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 50; length++) {
        ct_str text = on_heap(length);
        check(text, false);
        for (size_t at = 0; at < length; at++)
            for (const char *ch = "&<>\"'"; *ch; ch++) {
                ((char *)text.data)[at] = *ch;
                check(text, false);
                check(text, true);
                assert_int_equal(ct_escape_clean(text), at);
                ((char *)text.data)[at] = 'x';
            }
        assert_int_equal(ct_escape_clean(text), length);
        free((char *)text.data);
    }
}

/* Only those five: their neighbours and bytes with the high bit go through. */
static void all_other_bytes_stay(void **state)
{
    (void)state;
    ct_str text = on_heap(256 + 15);
    for (int i = 0; i < 256 + 15; i++)
        ((char *)text.data)[i] = (char)i;
    check(text, false);
    for (int byte = 0; byte < 256; byte++) {
        char one[16];
        memset(one, byte, sizeof(one));
        bool special = entity((char)byte, false) != NULL;
        for (size_t length = 1; length <= sizeof(one); length++)
            assert_int_equal(ct_escape_clean((ct_str){ one, length }), special ? 0 : length);
    }
    free((char *)text.data);
}

static void long_texts(void **state)
{
    (void)state;
    static const size_t lengths[] = { 2047, 2048, 2049, 4096, 10000 };
    for (size_t i = 0; i < CT_COUNT(lengths); i++) {
        ct_str text = on_heap(lengths[i]);
        check(text, false);
        for (size_t at = 0; at < lengths[i]; at += 97)
            ((char *)text.data)[at] = '<';
        ((char *)text.data)[lengths[i] - 1] = '&';
        check(text, true);
        memset((char *)text.data, '"', lengths[i]);
        check(text, true);
        free((char *)text.data);
    }
}

/* ---- values ---- */

static ct_arena arena;
static ct_template_error error;

static ct_renderer renderer(void)
{
    ct_arena_init(&arena, NULL, 1 << 20);
    return (ct_renderer){ .arena = &arena, .error = &error };
}

static void assert_safe(ct_tval v, const char *expected)
{
    assert_true(ct_t_is_safe(v));
    assert_int_equal(v.length, strlen(expected));
    assert_memory_equal(v.text, expected, v.length);
}

static void values_become_safe(void **state)
{
    (void)state;
    ct_renderer r = renderer();
    ct_str clean = CT_STR("nothing to see"), html = CT_STR("<b>");
    ct_tval v = ct_escape_text(&r, ct_t_str(clean), false);
    assert_safe(v, "nothing to see");
    assert_ptr_equal(v.text, clean.data); /* not copied */
    v = ct_escape_text(&r, ct_t_safe_str(html), false);
    assert_safe(v, "<b>");
    assert_ptr_equal(v.text, html.data);
    assert_safe(ct_escape_text(&r, ct_t_str(html), false), "&lt;b&gt;");
    assert_safe(ct_escape_text(&r, ct_t_str(CT_STR("a'\"")), true), "a&#x27;&quot;");
    assert_safe(ct_escape_text(&r, ct_t_str(CT_STR("a'\"")), false), "a&#39;&#34;");
    assert_safe(ct_escape_text(&r, ct_t_int(-5), false), "-5");
    assert_safe(ct_escape_text(&r, ct_t_none(), false), "None");
    assert_safe(ct_escape_text(&r, ct_t_str(CT_STR("")), false), "");
    ct_arena_finish(&arena);
}

static void the_limit_of_memory_ends_the_render(void **state)
{
    (void)state;
    static char text[40000];
    memset(text, '<', sizeof(text));
    ct_renderer r = renderer();
    ct_arena_finish(&arena);
    ct_arena_init(&arena, NULL, 100000);
    if (setjmp(r.failed) == 0) {
        ct_escape_text(&r, ct_t_text(text, sizeof(text)), false);
        fail();
    }
    assert_string_equal(error.message, "the page takes more memory than it may (setting request_memory)");
    ct_arena_finish(&arena);
}

/* ---- and back ---- */

static void assert_unescaped(const char *html, const char *expected)
{
    ct_buffer out = { 0 };
    ct_str text = on_heap(strlen(html));
    memcpy((char *)text.data, html, text.length);
    ct_unescape_write(&out, text);
    assert_string_equal(ct_buffer_text(&out), expected);
    ct_buffer_finish(&out);
    free((char *)text.data);
}

static void references_are_read_as_browsers_do(void **state)
{
    (void)state;
    assert_unescaped("", "");
    assert_unescaped("plain", "plain");
    assert_unescaped("&amp;&lt;&gt;&quot;&apos;", "&<>\"'");
    assert_unescaped("a &eacute; b &CounterClockwiseContourIntegral; c", "a é b ∳ c");
    assert_unescaped("&AElig;&zwnj;&zwj;", "Æ\u200c\u200d");          /* the first and the last of the table */
    assert_unescaped("&NotEqualTilde;&nvlt;", "\u2242\u0338<\u20d2"); /* two code points */
    /* without a semicolon: old names only, the longest that fits */
    assert_unescaped("&amp &ampx &notit; &notin; &copy2 &eacutes", "& &x ¬it; ∉ ©2 és");
    assert_unescaped("&zwj &hellip x", "&zwj &hellip x");
    assert_unescaped("&nosuch; &; & &a; &amp", "&nosuch; &; & &a; &");
    /* numbers */
    assert_unescaped("&#65;&#x42;&#X43;&#68&#x45g", "ABCDEg");
    assert_unescaped("&#8364;&#128512;&#x10FFFD;", "€😀\U0010fffd");
    assert_unescaped("&#128;&#x9f;&#129;", "€Ÿ\xc2\x81");
    assert_unescaped("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\ufffd\ufffd\ufffd\ufffd");
    assert_unescaped("[&#1;&#11;&#x7f;&#xFDD0;&#xFFFE;&#x1FFFF;&#x10FFFF;]&#9;&#10;", "[]\t\n");
    assert_unescaped("&#; &#x; &#xg; &# &#", "&#; &#x; &#xg; &# &#");
    assert_unescaped("&amp;lt;", "&lt;"); /* once, not twice */
}

static void names_by_themselves(void **state)
{
    (void)state;
    ct_entity found;
    assert_true(ct_entity_find(CT_STR("amp"), &found) && found.codes[0] == '&' && !found.codes[1] && found.bare);
    assert_true(ct_entity_find(CT_STR("zwnj"), &found) && found.codes[0] == 0x200c && !found.bare);
    assert_true(ct_entity_find(CT_STR("bne"), &found) && found.codes[0] == '=' && found.codes[1] == 0x20e5);
    assert_false(ct_entity_find(CT_STR(""), &found));
    assert_false(ct_entity_find(CT_STR("am"), &found));
    assert_false(ct_entity_find(CT_STR("amp!"), &found));
    assert_false(ct_entity_find(CT_STR("AAAA"), &found));
    assert_false(ct_entity_find(CT_STR("zzzz"), &found));
    assert_false(ct_entity_find(CT_STR(" AElig"), &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_character_in_each_place),
        cmocka_unit_test(all_other_bytes_stay),
        cmocka_unit_test(long_texts),
        cmocka_unit_test(values_become_safe),
        cmocka_unit_test(the_limit_of_memory_ends_the_render),
        cmocka_unit_test(references_are_read_as_browsers_do),
        cmocka_unit_test(names_by_themselves),
    };
    return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
