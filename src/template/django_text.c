/* Django's filters of text.
 *
 * The first argument of most of them is text already, made so by the evaluator, which also marks the result safe where
 * Django does. What a filter returns is plain text then, unless it returns the value as it came.
 *
 * Not here: what makes HTML (django_html.c) and what shortens (django_truncate.c). */
#include "template/django_filters.h"
#include "template/jinja_filters.h"
#include "template/printf.h"
#include "template/render.h"
#include "template/text.h"

#include <stdlib.h>
#include <uninorm.h>

ct_str ct_django_need_text(ct_renderer *r, ct_tval v, const char *what)
{
    if (!ct_t_is_text(v))
        ct_render_fail(r, "%s must be text, not '%s'", what, ct_tval_type_name(v));
    return ct_t_get_str(v);
}

/* ---- case ---- */

ct_tval ct_django_lower(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, args[0], CT_CASE_LOWER);
}

/* Not safe even where the text was: &amp; becomes something else. */
ct_tval ct_django_upper(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = ct_text_case(r, args[0], CT_CASE_UPPER);
    v.flags = 0;
    return v;
}

ct_tval ct_django_capfirst(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(args[0]);
    if (!text.length)
        return args[0];
    const char *rest = ct_utf8_skip(text.data, text.data + text.length);
    size_t first = (size_t)(rest - text.data);
    if (first == 1 && (text.data[0] < 'a' || text.data[0] > 'z'))
        return args[0];
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, text.length + 8);
    ct_text_write_case(&out, (ct_str){ text.data, first }, CT_CASE_UPPER);
    ct_buffer_append(&out, rest, text.length - first);
    return ct_text_end(r, &out);
}

static bool is_capital(char ch)
{
    return ch >= 'A' && ch <= 'Z';
}

/* Whether a digit, of any script, ends before `at`. */
static bool after_digit(const char *start, const char *at)
{
    if (at == start)
        return false;
    const char *digit = ct_utf8_back(at, start);
    return ct_uc_is_decimal(ct_utf8_next(&digit, at));
}

/* Letters that str.title() takes for the first of a word and Django does not: in "don't" and "1st". */
static void lower_false_starts(char *text, size_t length)
{
    const char *lowered = NULL;
    for (char *at = text + 1; at < text + length; at++) {
        if (!is_capital(*at))
            continue;
        bool possessive = at - text >= 2 && at[-1] == '\'' && at[-2] >= 'a' && at[-2] <= 'z' && at - 2 != lowered;
        if (!possessive && !after_digit(text, at))
            continue;
        *at = (char)(*at | 0x20);
        lowered = at;
    }
}

ct_tval ct_django_title(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, args[0].length);
    ct_text_write_case(&out, ct_t_get_str(args[0]), CT_CASE_TITLE);
    if (!out.failed)
        lower_false_starts(out.data, out.length);
    return ct_text_end(r, &out);
}

/* ---- fields of a width ---- */

static ct_tval padded(ct_renderer *r, ct_tval v, size_t left, size_t right)
{
    size_t size;
    ct_buffer out = ct_text_begin(r);
    if (__builtin_add_overflow(left, right + v.length, &size) || size > UINT32_MAX)
        ct_render_fail(r, "a field of %zu characters is too wide", left + right);
    char *to = ct_buffer_reserve(&out, size);
    if (to) {
        memset(to, ' ', left);
        if (v.length)
            memcpy(to + left, v.text, v.length);
        memset(to + left + v.length, ' ', right);
        out.length = size;
    }
    return ct_text_end(r, &out);
}

/* The blanks that a field of this width has besides the text. */
static size_t blanks(ct_renderer *r, const ct_tval *args, const char *what, int64_t *ret_width)
{
    int64_t length = (int64_t)ct_utf8_count(ct_t_get_str(args[0]));
    *ret_width = ct_django_need_int(r, args[1], what);
    return *ret_width > length ? (size_t)(*ret_width - length) : 0;
}

ct_tval ct_django_center(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t width;
    size_t pad = blanks(r, args, "the width of center", &width), left = pad / 2 + (pad & (size_t)width & 1);
    (void)count;
    return pad ? padded(r, args[0], left, pad - left) : args[0];
}

ct_tval ct_django_ljust(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t width;
    size_t pad = blanks(r, args, "the width of ljust", &width);
    (void)count;
    return pad ? padded(r, args[0], 0, pad) : args[0];
}

ct_tval ct_django_rjust(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t width;
    size_t pad = blanks(r, args, "the width of rjust", &width);
    (void)count;
    return pad ? padded(r, args[0], pad, 0) : args[0];
}

/* ---- replacing ---- */

static bool wants_slash(char ch)
{
    return ch == '\\' || ch == '"' || ch == '\'';
}

ct_tval ct_django_addslashes(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    const char *start = args[0].text, *end = start + args[0].length, *run = start;
    ct_buffer out = ct_text_begin(r);
    for (const char *at = start; at < end; at++) {
        if (!wants_slash(*at))
            continue;
        ct_buffer_append(&out, run, (size_t)(at - run));
        ct_buffer_char(&out, '\\');
        run = at;
    }
    if (!out.length)
        return args[0];
    ct_buffer_append(&out, run, (size_t)(end - run));
    return ct_text_end(r, &out);
}

ct_tval ct_django_cut(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(args[0]), part = ct_django_need_text(r, args[1], "what cut removes");
    bool safe = ct_t_is_safe(args[0]) && !ct_str_eq(part, CT_STR(";"));
    size_t from = 0, found;
    ct_tval v = args[0];
    if (part.length && (found = ct_text_find(text, part, 0)) != CT_NOT_FOUND) {
        ct_buffer out = ct_text_begin(r);
        ct_buffer_reserve(&out, text.length);
        for (; found != CT_NOT_FOUND; found = ct_text_find(text, part, from)) {
            ct_buffer_append(&out, text.data + from, found - from);
            from = found + part.length;
        }
        ct_buffer_append(&out, text.data + from, text.length - from);
        v = ct_text_end(r, &out);
    }
    v.flags = safe ? CT_T_SAFE : 0;
    return v;
}

ct_tval ct_django_phone2numeric(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    /*                           abcdefghijklmnopqrstuvwxyz */
    static const char keys[] = "22233344455566677778889999";
    (void)count;
    ct_django_need_text(r, args[0], "the value of phone2numeric");
    ct_tval lower = ct_text_case(r, args[0], CT_CASE_LOWER);
    ct_buffer out = ct_text_begin(r);
    char *to = ct_buffer_reserve(&out, lower.length);
    for (uint32_t i = 0; to && i < lower.length; i++) {
        char ch = lower.text[i];
        to[i] = ch >= 'a' && ch <= 'z' ? keys[ch - 'a'] : ch;
    }
    out.length = to ? lower.length : 0;
    return ct_text_end(r, &out);
}

/* ---- slugify ---- */

typedef struct slug {
    ct_buffer out;
    bool dash; /* one is due before the next letter */
} slug;

/* A character of ASCII; those that a slug cannot have are left out. */
static void add_to_slug(slug *s, char ch)
{
    if (ch == '-' || ct_uc_is_space((unsigned char)ch)) {
        s->dash = true;
        return;
    }
    ch = ct_ascii_lower(ch);
    if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9') && ch != '_')
        return;
    if (s->dash)
        ct_buffer_char(&s->out, '-');
    s->dash = false;
    ct_buffer_char(&s->out, ch);
}

/* What is ASCII in the character taken apart: the e of é, the fi of a ligature. */
static void add_decomposed(slug *s, const char *text, size_t size)
{
    uint8_t room[128];
    size_t length = sizeof(room);
    uint8_t *parts = u8_normalize(UNINORM_NFKD, (const uint8_t *)text, size, room, &length);
    for (size_t i = 0; parts && i < length; i++)
        if (parts[i] < 0x80)
            add_to_slug(s, (char)parts[i]);
    if (parts != room)
        free(parts);
}

static bool is_edge(char ch)
{
    return ch == '-' || ch == '_';
}

ct_tval ct_django_slugify(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    const char *at = args[0].text, *end = at + args[0].length;
    slug s = { .out = ct_text_begin(r) };
    ct_buffer_reserve(&s.out, args[0].length);
    while (at < end) {
        const char *from = at;
        at = ct_utf8_skip(at, end);
        if (at == from + 1 && (unsigned char)*from < 0x80)
            add_to_slug(&s, *from);
        else
            add_decomposed(&s, from, (size_t)(at - from));
    }
    if (s.dash)
        ct_buffer_char(&s.out, '-');
    ct_tval v = ct_text_end(r, &s.out);
    for (; v.length && is_edge(v.text[v.length - 1]); v.length--)
        ;
    for (; v.length && is_edge(*v.text); v.length--)
        v.text++;
    return v;
}

/* ---- stringformat ---- */

/* A directive of a format, as far as it decides whether a value fits. */
typedef struct directive {
    char type;    /* 0: the format ends too early */
    bool has_key; /* (key) */
    ct_str key;
    bool has_star; /* * takes a value of its own, for which there is none */
} directive;

static void skip_number(ct_str *rest, directive *d)
{
    if (rest->length && *rest->data == '*') {
        d->has_star = true;
        *rest = (ct_str){ rest->data + 1, rest->length - 1 };
    }
    for (; rest->length && *rest->data >= '0' && *rest->data <= '9'; rest->data++, rest->length--)
        ;
}

/* Cuts a directive without its % off. */
static directive next_directive(ct_str *rest)
{
    directive d = { 0 };
    const char *start = rest->data;
    if (rest->length && *rest->data == '(') {
        const char *key_end = memchr(rest->data, ')', rest->length);
        d.has_key = true;
        d.key = (ct_str){ rest->data + 1, key_end ? (size_t)(key_end - rest->data - 1) : 0 };
        size_t skipped = key_end ? (size_t)(key_end + 1 - rest->data) : rest->length;
        *rest = (ct_str){ rest->data + skipped, rest->length - skipped };
    }
    for (; rest->length && memchr("-+ #0", *rest->data, 5); rest->data++, rest->length--)
        ;
    skip_number(rest, &d);
    if (rest->length && *rest->data == '.') {
        *rest = (ct_str){ rest->data + 1, rest->length - 1 };
        skip_number(rest, &d);
    }
    if (rest->length && (*rest->data == 'h' || *rest->data == 'l' || *rest->data == 'L'))
        *rest = (ct_str){ rest->data + 1, rest->length - 1 };
    if (!rest->length)
        return d;
    d.type = *rest->data == '%' && rest->data != start ? '\0' : *rest->data; /* "%%" and nothing between */
    *rest = (ct_str){ rest->data + 1, rest->length - 1 };
    return d;
}

static bool fits(char type, ct_tval v)
{
    switch (type) {
    case 's':
    case 'r':
    case 'a':
        return true;
    case 'd':
    case 'i':
    case 'u':
        return ct_t_is_number(v) && !(v.type == CT_T_REAL && v.real != v.real);
    case 'o':
    case 'x':
    case 'X':
        return v.type == CT_T_INT || v.type == CT_T_BOOL;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        return ct_t_is_number(v);
    case 'c':
        return v.type == CT_T_INT || v.type == CT_T_BOOL || (ct_t_is_text(v) && ct_utf8_count(ct_t_get_str(v)) == 1);
    default:
        return false;
    }
}

/* Whether Python's % takes the value for the directive; a key that does not exist is an error that is not silent. */
static bool takes(ct_renderer *r, const directive *d, ct_tval v, bool *used)
{
    if (!d->type || d->has_star)
        return false;
    if (d->has_key) {
        if (v.type != CT_T_DICT && v.type != CT_T_MAP)
            return false;
        return !ct_tval_find(r, v, ct_t_str(d->key), &v) || fits(d->type, v);
    }
    if (d->type == '%')
        return true;
    bool first = !*used;
    *used = true;
    return first && fits(d->type, v);
}

static bool can_format(ct_renderer *r, ct_str rest, ct_tval v)
{
    bool mapping = v.type >= CT_T_LIST && v.type <= CT_T_ROWS && v.type != CT_T_TUPLE, used = false;
    for (;;) {
        directive d = next_directive(&rest);
        if (!takes(r, &d, v, &used))
            return false;
        const char *next = rest.length ? memchr(rest.data, '%', rest.length) : NULL;
        if (!next)
            return used || mapping;
        rest = (ct_str){ next + 1, rest.length - (size_t)(next + 1 - rest.data) };
    }
}

ct_tval ct_django_stringformat(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = args[0].type == CT_T_TUPLE ? ct_tval_text(r, args[0]) : args[0];
    ct_tval format = ct_tval_text(r, args[1]);
    v.flags &= (uint8_t)~CT_T_SAFE;
    if (!can_format(r, ct_t_get_str(format), v))
        return CT_T_LITERAL("");
    ct_buffer text = ct_text_begin(r);
    ct_buffer_reserve(&text, format.length + 1u);
    ct_buffer_char(&text, '%');
    ct_buffer_append(&text, format.text, format.length);
    return ct_python_format(r, ct_text_end(r, &text), v);
}

ct_tval ct_django_pprint(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tval v = args[0];
    if (ct_t_is_text(v)) /* safe text would say that it is */
        v.flags = 0;
    return ct_jinja_pprint(r, &v, count);
}

/* ---- words ---- */

ct_tval ct_django_wordcount(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    const char *at = args[0].text, *end = at + args[0].length;
    int64_t words = 0;
    bool inside = false;
    (void)r;
    (void)count;
    while (at < end) {
        bool space = ct_uc_is_space(ct_utf8_next(&at, end));
        words += inside && space;
        inside = !space;
    }
    return ct_t_int(words + inside);
}

/* A line being wrapped: words, and the blanks before them, that make the line that is written next. */
typedef struct wrapping {
    ct_buffer out;
    int64_t width;
    bool any;   /* lines were written */
    bool first; /* of the line of the text: leading blanks stay */
} wrapping;

static bool is_blank(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* The line with tabs as blanks to the next multiple of 8, and all white space of ASCII as blanks. */
static ct_str expand_line(ct_renderer *r, ct_str line)
{
    bool plain = true;
    for (size_t i = 0; i < line.length && plain; i++)
        plain = line.data[i] == ' ' || !is_blank(line.data[i]);
    if (plain)
        return line;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, line.length);
    size_t column = 0;
    const char *at = line.data, *end = at + line.length;
    while (at < end) {
        const char *next = ct_utf8_skip(at, end);
        if (*at == '\t') {
            size_t size = 8 - column % 8;
            ct_buffer_append(&out, "        ", size);
            column += size;
        } else {
            ct_buffer_append(&out, is_blank(*at) ? " " : at, is_blank(*at) ? 1 : (size_t)(next - at));
            column = *at == '\n' || *at == '\r' ? 0 : column + 1;
        }
        at = next;
    }
    return ct_t_get_str(ct_text_end(r, &out));
}

/* The blanks, or what is none, that the text begins with. */
static ct_str next_chunk(ct_str text)
{
    size_t length = 1;
    bool blank = text.data[0] == ' ';
    while (length < text.length && (text.data[length] == ' ') == blank)
        length++;
    return (ct_str){ text.data, length };
}

static bool is_empty(ct_str chunk)
{
    return ct_text_strip(chunk).length == 0;
}

static ct_str without(ct_str text, size_t length)
{
    return (ct_str){ text.data + length, text.length - length };
}

/* Writes the chunks that fit on a line; returns the rest. */
static ct_str wrap_line(wrapping *w, ct_str rest)
{
    ct_str chunk = next_chunk(rest), last = { rest.data, 0 };
    if (!w->first && is_empty(chunk)) {
        rest = without(rest, chunk.length);
        if (!rest.length)
            return rest;
    }
    const char *start = rest.data;
    for (int64_t length = 0; rest.length;) {
        chunk = next_chunk(rest);
        length += (int64_t)ct_utf8_count(chunk);
        if (length > w->width && last.length) /* the first of a line stands there even if it is too long */
            break;
        last = chunk;
        rest = without(rest, chunk.length);
        if (length > w->width)
            break;
    }
    const char *end = is_empty(last) ? last.data : last.data + last.length;
    if (end == start)
        return rest;
    if (w->any)
        ct_buffer_char(&w->out, '\n');
    ct_buffer_append(&w->out, start, (size_t)(end - start));
    w->any = true;
    w->first = false;
    return rest;
}

/* The first line of the text with what ends it. */
static ct_str cut_line(ct_str text)
{
    const char *at = text.data, *end = at + text.length;
    while (at < end) {
        uint32_t code = ct_utf8_next(&at, end);
        if (!ct_uc_is_line_end(code))
            continue;
        at += code == '\r' && at < end && *at == '\n';
        break;
    }
    return (ct_str){ text.data, (size_t)(at - text.data) };
}

ct_tval ct_django_wordwrap(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(args[0]);
    wrapping w = { .out = ct_text_begin(r), .width = ct_django_need_int(r, args[1], "the width of wordwrap") };
    if (w.width <= 0 && text.length)
        ct_render_fail(r, "wordwrap: the width must be above 0, not %" PRId64, w.width);
    ct_buffer_reserve(&w.out, text.length);
    while (text.length) {
        ct_str line = cut_line(text), rest = expand_line(r, line);
        text = without(text, line.length);
        for (w.first = true; rest.length;)
            rest = wrap_line(&w, rest);
    }
    return ct_text_end(r, &w.out);
}
