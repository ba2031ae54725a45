/* Django's filters that shorten text, plain and HTML.
 *
 * Characters are those of the text in normal form C, and combining ones do not count. In HTML, tags do not count and
 * those that are still open at the cut are closed; an entity counts as the characters it is written with. Where the
 * next '>' stands is remembered, so that a text of nothing but '<' costs no more than any other.
 *
 * Not here: knowing HTML. A tag is what stands between < and >, and a tag that nothing closes is closed at the end. */
#include "template/django_filters.h"
#include "template/render.h"
#include "template/text.h"

#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>

#define ELLIPSIS "\xe2\x80\xa6"

/* Django looks at no more of an HTML text, in characters. */
#define MOST_HTML 5000000

/* The argument as a length; false where it is none, and the text stays as it is. */
static bool read_length(ct_renderer *r, ct_tval arg, const char *what, int64_t *ret_length)
{
    ct_int_outcome outcome = ct_django_int(r, arg, ret_length);
    if (outcome > CT_INT_VALUE)
        ct_django_fail_int(r, arg, what, outcome);
    return outcome <= CT_INT_LARGE;
}

/* ---- characters ---- */

static bool is_combining(uint32_t code)
{
    return code >= 0x300 && uc_combining_class((ucs4_t)code) != 0;
}

/* Text in normal form C; below U+0300 everything is. */
static ct_str normalized(ct_renderer *r, ct_str text)
{
    bool simple = true;
    for (size_t i = 0; i < text.length && simple; i++)
        simple = (unsigned char)text.data[i] < 0xCC;
    if (simple)
        return text;
    size_t length = 0;
    uint8_t *result = u8_normalize(UNINORM_NFC, (const uint8_t *)text.data, text.length, NULL, &length);
    if (!result)
        return text; /* broken UTF-8 */
    ct_buffer out = ct_text_begin(r);
    ct_buffer_append(&out, result, length);
    free(result);
    return ct_t_get_str(ct_text_end(r, &out));
}

static ct_tval cut_at(ct_renderer *r, ct_str text, size_t end, ct_str mark)
{
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, end + mark.length);
    ct_buffer_append(&out, text.data, end);
    ct_buffer_str(&out, mark);
    return ct_text_end(r, &out);
}

ct_tval ct_django_truncatechars(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t length, shown = 0;
    (void)count;
    if (!read_length(r, args[1], "the argument of truncatechars", &length))
        return args[0];
    length = CT_MAX(length, -1);
    ct_str text = normalized(r, ct_t_get_str(args[0]));
    if (length >= 0 && text.length <= (size_t)length)
        return ct_t_str(text);
    const char *at = text.data, *end = at + text.length, *cut = NULL;
    while (at < end) {
        const char *from = at;
        if (is_combining(ct_utf8_next(&at, end)))
            continue;
        shown++;
        if (!cut && shown > length - 1)
            cut = from;
        if (shown > length)
            return cut_at(r, text, (size_t)(cut - text.data), CT_STR(ELLIPSIS));
    }
    return ct_t_str(text);
}

/* ---- words ---- */

/* Cuts the first word off; length 0 when there is none. */
static ct_str next_word(ct_str *rest)
{
    const char *at = rest->data, *end = at + rest->length, *start = at, *word_end;
    while (at < end && ct_uc_is_space(ct_utf8_next(&at, end)))
        start = at;
    for (at = word_end = start; at < end && !ct_uc_is_space(ct_utf8_next(&at, end));)
        word_end = at;
    *rest = (ct_str){ word_end, (size_t)(end - word_end) };
    return (ct_str){ start, (size_t)(word_end - start) };
}

static int64_t count_words(ct_str text)
{
    int64_t words = 0;
    while (next_word(&text).length)
        words++;
    return words;
}

ct_tval ct_django_truncatewords(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    static const ct_str mark = CT_STR(" " ELLIPSIS);
    int64_t length, words = 0;
    (void)count;
    if (!read_length(r, args[1], "the argument of truncatewords", &length))
        return args[0];
    ct_str rest = ct_t_get_str(args[0]), word;
    bool negative = length < 0;
    if (negative) /* words[:-2] */
        length = CT_MAX(count_words(rest) + CT_MAX(length, -INT64_MAX), 0);
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, CT_MIN(rest.length, (uint64_t)length * 8) + mark.length);
    bool more = negative;
    while ((word = next_word(&rest)).length) {
        if (words++ == length) {
            more = true;
            break;
        }
        if (words > 1)
            ct_buffer_char(&out, ' ');
        ct_buffer_str(&out, word);
    }
    if (more && !ct_str_ends((ct_str){ out.data, out.length }, mark))
        ct_buffer_str(&out, mark);
    return ct_text_end(r, &out);
}

/* ---- HTML ---- */

typedef struct html {
    ct_renderer *r;
    ct_str text;
    size_t at;
    size_t close; /* the next '>' at or after `at`, or the end of the text; looked for again when `at` has passed it */
    ct_tlist *open; /* names of open elements, the innermost last; NULL: none yet */
} html;

typedef struct tag {
    ct_str name;
    bool closing, empty; /* </name>, <name/> */
} tag;

static size_t first_close(ct_str text, size_t from)
{
    const char *found = from < text.length ? memchr(text.data + from, '>', text.length - from) : NULL;
    return found ? (size_t)(found - text.data) : text.length;
}

static size_t find_close(html *h, size_t from)
{
    if (h->close < from)
        h->close = first_close(h->text, from);
    return h->close;
}

/* What stands between the name of a tag and its '>': white space and a '/' make it empty. */
static bool is_empty_mark(ct_str rest)
{
    rest = ct_text_lstrip(rest);
    return rest.length == 1 && rest.data[0] == '/';
}

/* Reads what stands between < and >; false when it is no tag. */
static bool read_tag(ct_str inside, tag *ret)
{
    *ret = (tag){ 0 };
    const char *start = inside.data, *end = start + inside.length, *at = start;
    if (inside.length > 1 && *start == '/') {
        const char *next = start + 1;
        ret->closing = !ct_uc_is_space(ct_utf8_next(&next, end)); /* else '/' is the name: "</ b>" */
        start += ret->closing;
    }
    const char *name_end = at = start;
    while (at < end && !ct_uc_is_space(ct_utf8_next(&at, end)))
        name_end = at;
    if (name_end == start)
        return false;
    ret->empty = is_empty_mark((ct_str){ name_end, (size_t)(end - name_end) });
    if (name_end == end && name_end - start > 1 && name_end[-1] == '/') {
        ret->empty = true;
        name_end--;
    }
    ret->name = (ct_str){ start, (size_t)(name_end - start) };
    return true;
}

static bool never_closed(ct_str name)
{
    static const ct_str names[] = { CT_STR("br"),    CT_STR("col"),  CT_STR("link"), CT_STR("base"), CT_STR("img"),
                                    CT_STR("param"), CT_STR("area"), CT_STR("hr"),   CT_STR("input") };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        if (ct_str_eq(name, names[i]))
            return true;
    return false;
}

static void meet_tag(html *h, ct_str inside)
{
    tag t;
    if (!read_tag(inside, &t))
        return;
    ct_str name = ct_t_get_str(ct_text_case(h->r, ct_t_str(t.name), CT_CASE_LOWER));
    if (t.empty || never_closed(name))
        return;
    if (!h->open)
        h->open = ct_tlist_new(h->r, 8);
    if (!t.closing)
        ct_tlist_add(h->r, h->open, ct_t_str(name));
    else if (h->open->count && ct_str_eq(ct_t_get_str(h->open->items[h->open->count - 1]), name))
        h->open->count--;
}

typedef enum { END, COUNTED, TAG } found;

/* The next character, or tag with what is inside of it. */
static found next_char(html *h, ct_str *ret_inside)
{
    const char *data = h->text.data;
    if (h->at == h->text.length)
        return END;
    if (data[h->at] == '<') {
        size_t close = find_close(h, h->at);
        if (close < h->text.length && close > h->at + 1) {
            *ret_inside = (ct_str){ data + h->at + 1, close - h->at - 1 };
            h->at = close + 1;
            return TAG;
        }
    }
    h->at = (size_t)(ct_utf8_skip(data + h->at, data + h->text.length) - data);
    return COUNTED;
}

/* The next word, or tag. A '<' that nothing closes separates words. */
static found next_html_word(html *h, ct_str *ret_inside)
{
    const char *data = h->text.data, *end = data + h->text.length, *at = data + h->at;
    bool inside = false;
    while (at < end) {
        const char *from = at;
        uint32_t code = ct_utf8_next(&at, end);
        bool separates = code == '<' || code == '>' || ct_uc_is_space(code);
        if (inside && separates) {
            h->at = (size_t)(from - data);
            return COUNTED;
        }
        inside = !separates;
        if (code != '<')
            continue;
        size_t start = (size_t)(at - data), close = find_close(h, start);
        if (close < h->text.length) {
            *ret_inside = (ct_str){ at, close - start };
            h->at = close + 1;
            return TAG;
        }
    }
    h->at = h->text.length;
    return inside ? COUNTED : END;
}

typedef found next_part(html *h, ct_str *ret_inside);

static ct_tval truncate_html(ct_renderer *r, ct_str text, int64_t length, int64_t kept, next_part *next, ct_str mark)
{
    bool limited = text.length > MOST_HTML && ct_utf8_count(text) > MOST_HTML;
    if (limited)
        text = ct_utf8_slice(text, 0, MOST_HTML);
    html h = { .r = r, .text = text };
    h.close = first_close(text, 0);
    int64_t current = 0;
    size_t end = 0;
    ct_str inside = { 0 };
    while (current <= length) {
        found what = next(&h, &inside);
        if (what == END)
            return limited ? cut_at(r, text, text.length, mark) : ct_t_str(text);
        if (what == COUNTED && ++current == kept)
            end = h.at;
        else if (what == TAG && current < kept)
            meet_tag(&h, inside);
    }
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, end + 32);
    ct_buffer_append(&out, text.data, end);
    ct_buffer_str(&out, mark);
    for (uint32_t i = h.open ? h.open->count : 0; i > 0; i--) {
        CT_BUFFER_LITERAL(&out, "</");
        ct_buffer_str(&out, ct_t_get_str(h.open->items[i - 1]));
        ct_buffer_char(&out, '>');
    }
    return ct_text_end(r, &out);
}

ct_tval ct_django_truncatechars_html(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t length;
    (void)count;
    if (!read_length(r, args[1], "the argument of truncatechars_html", &length))
        return args[0];
    ct_str text = normalized(r, ct_t_get_str(args[0]));
    length = CT_MAX(length, -1);
    return truncate_html(r, text, length, length - 1, next_char, CT_STR(ELLIPSIS));
}

ct_tval ct_django_truncatewords_html(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t length;
    (void)count;
    if (!read_length(r, args[1], "the argument of truncatewords_html", &length))
        return args[0];
    if (length <= 0)
        return CT_T_LITERAL("");
    return truncate_html(r, ct_t_get_str(args[0]), length, length, next_html_word, CT_STR(" " ELLIPSIS));
}
