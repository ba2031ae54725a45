/* Jinja's filters of text.
 *
 * Which results are safe follows MarkupSafe: what Python does with a method of str keeps safe text safe and escapes the
 * arguments (center, replace, trim, truncate), what it does by taking the text apart and joining it makes ordinary text
 * (title). str(value) of a value that is no text is where most of them begin. */
#include "template/escape.h"
#include "template/eval.h"
#include "template/jinja_filters.h"
#include "template/printf.h"
#include "template/render.h"
#include "template/text.h"

static ct_tval with_flags(ct_tval text, ct_tval like)
{
    text.flags = like.flags;
    return text;
}

ct_str ct_need_text(ct_renderer *r, ct_tval v, const char *filter)
{
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    if (!ct_t_is_text(v))
        ct_render_fail(r, "the filter '%s' needs text, not '%s' (use |string before it)", filter, ct_tval_type_name(v));
    return ct_t_get_str(v);
}

/* ---- case ---- */

ct_tval ct_jinja_upper(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, ct_tval_text(r, args[0]), CT_CASE_UPPER);
}

ct_tval ct_jinja_lower(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, ct_tval_text(r, args[0]), CT_CASE_LOWER);
}

ct_tval ct_jinja_capitalize(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, ct_tval_text(r, args[0]), CT_CASE_CAPITALIZE);
}

/* What title() starts a word after. */
static bool ends_word(uint32_t code)
{
    return code == '-' || code == '(' || code == '{' || code == '[' || code == '<' || ct_uc_is_space(code);
}

static __attribute__((noinline)) ct_tval title_beyond_ascii(ct_renderer *r, ct_str text)
{
    ct_buffer out = ct_text_begin(r);
    const char *at = text.data, *end = at + text.length;
    while (at < end) {
        const char *word = at, *first_end, *word_end;
        if (ends_word(ct_utf8_next(&at, end))) {
            ct_buffer_append(&out, word, (size_t)(at - word));
            continue;
        }
        first_end = word_end = at;
        while (at < end && !ends_word(ct_utf8_next(&at, end)))
            word_end = at;
        ct_text_write_case(&out, (ct_str){ word, (size_t)(first_end - word) }, CT_CASE_UPPER);
        ct_text_write_case(&out, (ct_str){ first_end, (size_t)(word_end - first_end) }, CT_CASE_LOWER);
        at = word_end;
    }
    return ct_text_end(r, &out);
}

typedef uint8_t bytes16 __attribute__((vector_size(16)));

/* Makes the text a title that begins at text[1], sixteen bytes at a time: a letter is large where the byte before it
 * ends a word. text[0] is a blank; sixteen bytes behind the text may be overwritten. ASCII only. */
static void make_title(char *text, size_t length)
{
    for (size_t at = 0; at < length; at += 16) {
        bytes16 before, here;
        memcpy(&before, text + at, 16);
        memcpy(&here, text + at + 1, 16);
        bytes16 first = (bytes16)(before == '-') | (bytes16)(before == '(') | (bytes16)((before | 0x20) == '{') |
                        (bytes16)(before == '<') | (bytes16)(before - '\t' < 5) | (bytes16)(before - 0x1C < 5);
        bytes16 letters = (bytes16)((here | 0x20) - 'a' < 26) & 0x20;
        here = (here | letters) ^ (letters & first);
        memcpy(text + at + 1, &here, 16);
    }
}

ct_tval ct_jinja_title(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(ct_tval_text(r, args[0]));
    if (!ct_utf8_is_ascii(text))
        return title_beyond_ascii(r, text);
    char *title = ct_render_take(r, 1 + text.length + 16);
    title[0] = ' ';
    memcpy(title + 1, text.data, text.length);
    memset(title + 1 + text.length, 0, 16);
    make_title(title, text.length);
    return ct_t_text(title + 1, text.length);
}

ct_tval ct_jinja_string(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_tval_text(r, args[0]);
}

/* ---- center, trim ---- */

ct_tval ct_jinja_center(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval value = ct_tval_text(r, args[0]);
    ct_str text = ct_t_get_str(value);
    int64_t width = ct_arg_int(r, args[1], 80, "the width of center");
    size_t length = ct_utf8_count(text);
    if (width <= (int64_t)length)
        return value;
    size_t pad = (size_t)width - length, left = pad / 2 + (pad & (size_t)width & 1);
    if (pad > UINT32_MAX)
        ct_render_fail(r, "center: a text of %" PRId64 " characters is too long", width);
    ct_buffer out = ct_text_begin(r);
    char *to = ct_buffer_reserve(&out, text.length + pad);
    if (to) {
        memset(to, ' ', text.length + pad);
        if (text.length)
            memcpy(to + left, text.data, text.length);
        out.length = text.length + pad;
    }
    return with_flags(ct_text_end(r, &out), value);
}

typedef struct char_set {
    uint64_t ascii[2];
    ct_str all;
    bool beyond; /* there are others than ASCII ones */
} char_set;

static char_set make_set(ct_str chars)
{
    char_set set = { .all = chars };
    for (size_t i = 0; i < chars.length; i++) {
        unsigned char ch = (unsigned char)chars.data[i];
        if (ch < 0x80)
            set.ascii[ch >> 6] |= UINT64_C(1) << (ch & 63);
        else
            set.beyond = true;
    }
    return set;
}

static bool in_set(const char_set *set, uint32_t code)
{
    if (code < 0x80)
        return set->ascii[code >> 6] >> (code & 63) & 1;
    const char *at = set->all.data, *end = at + set->all.length;
    while (set->beyond && at < end)
        if (ct_utf8_next(&at, end) == code)
            return true;
    return false;
}

static ct_str strip_set(ct_renderer *r, ct_str text, ct_str chars)
{
    char_set set = make_set(chars);
    const char *start = text.data, *end = start + text.length, *next;
    for (; (next = start) < end && in_set(&set, ct_utf8_next(&next, end)); start = next)
        ct_render_step(r, set.beyond ? chars.length : 1);
    while (end > start) {
        const char *last = next = ct_utf8_back(end, start);
        if (!in_set(&set, ct_utf8_next(&next, end)))
            break;
        ct_render_step(r, set.beyond ? chars.length : 1);
        end = last;
    }
    return (ct_str){ start, (size_t)(end - start) };
}

ct_tval ct_jinja_trim(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval value = ct_tval_text(r, args[0]);
    ct_str text = ct_t_get_str(value);
    if (ct_arg_given(args[1])) {
        ct_need_text(r, args[1], "trim");
        ct_tval chars = ct_t_is_safe(value) ? ct_escape_text(r, args[1], false) : args[1];
        text = strip_set(r, text, ct_t_get_str(chars));
    } else {
        text = ct_text_strip(text);
    }
    return with_flags(ct_t_str(text), value);
}

/* ---- truncate ---- */

/* The part before the last blank; all of it when there is none. */
static ct_str without_last_word(ct_str text)
{
    size_t blank = ct_text_rfind(text, CT_STR(" "));
    return blank == CT_NOT_FOUND ? text : (ct_str){ text.data, blank };
}

/* Whether it has no more than so many characters, or items: no more than those are counted of a text. */
static bool fits(ct_renderer *r, ct_tval v, int64_t most)
{
    if (ct_t_is_text(v))
        return ct_utf8_offset(ct_t_get_str(v), (size_t)most) == v.length;
    int64_t has = ct_tval_length(r, v);
    return has >= 0 && has <= most;
}

ct_tval ct_jinja_truncate(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval value = args[0], end = CT_T_LITERAL("...");
    int64_t length = ct_arg_int(r, args[1], 255, "the length of truncate");
    int64_t leeway = ct_arg_given(args[4]) ? ct_arg_int(r, args[4], 5, "the leeway of truncate") : 5, most;
    int64_t end_length = 3;
    if (args[3].type != CT_T_UNSET) {
        ct_need_text(r, args[3], "truncate");
        end = args[3];
        end_length = (int64_t)ct_utf8_count(ct_t_get_str(end));
    }
    if (length < end_length)
        ct_render_fail(r, "truncate: the length must be at least %" PRId64 ", that of the end, not %" PRId64,
                       end_length, length);
    if (leeway < 0)
        ct_render_fail(r, "truncate: the leeway must not be negative");
    if (__builtin_add_overflow(length, leeway, &most))
        most = INT64_MAX;
    if (fits(r, value, most))
        return value;
    ct_str text = ct_utf8_slice(ct_need_text(r, value, "truncate"), 0, (size_t)(length - end_length));
    if (!ct_arg_flag(r, args[2], false))
        text = without_last_word(text);
    return ct_join_texts(r, with_flags(ct_t_str(text), value), end);
}

/* ---- replace ---- */

static void replace(ct_renderer *r, ct_buffer *out, ct_str text, ct_str old, ct_str new, uint64_t most)
{
    const char *at = text.data, *end = at + text.length, *found;
    while (!out->failed && most-- && (found = memmem(at, (size_t)(end - at), old.data, old.length))) {
        ct_render_step(r, 1);
        ct_buffer_append(out, at, (size_t)(found - at));
        ct_buffer_str(out, new);
        at = found + old.length;
    }
    if (at < end)
        ct_buffer_append(out, at, (size_t)(end - at));
}

/* "" is found before every character and at the end. */
static void replace_nothing(ct_renderer *r, ct_buffer *out, ct_str text, ct_str new, uint64_t most)
{
    const char *at = text.data, *end = at + text.length;
    for (; most && !out->failed; most--) {
        ct_render_step(r, 1);
        ct_buffer_str(out, new);
        if (at == end)
            return;
        const char *next = ct_utf8_skip(at, end);
        ct_buffer_append(out, at, (size_t)(next - at));
        at = next;
    }
    ct_buffer_append(out, at, (size_t)(end - at));
}

ct_tval ct_jinja_replace(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval value = args[0], old = ct_tval_text(r, args[1]), new = ct_tval_text(r, args[2]);
    int64_t most = ct_arg_given(args[3]) ? ct_arg_int(r, args[3], -1, "the count of replace") : -1;
    if (!r->autoescape) {
        value = ct_tval_text(r, value);
        value.flags = 0;
    } else if (ct_t_is_safe(old) || (ct_t_is_safe(new) && !ct_t_is_safe(value))) {
        value = ct_escape_text(r, value, false);
    } else {
        value = ct_tval_text(r, value);
    }
    if (ct_t_is_safe(value)) {
        old = ct_escape_text(r, old, false);
        new = ct_escape_text(r, new, false);
    }
    if (old.length && !memmem(value.text, value.length, old.text, old.length))
        return value;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, (size_t)value.length + new.length);
    uint64_t limit = most < 0 ? UINT64_MAX : (uint64_t)most;
    if (old.length)
        replace(r, &out, ct_t_get_str(value), ct_t_get_str(old), ct_t_get_str(new), limit);
    else
        replace_nothing(r, &out, ct_t_get_str(value), ct_t_get_str(new), limit);
    return with_flags(ct_text_end(r, &out), value);
}

/* ---- format, wordcount ---- */

static __attribute__((noinline)) ct_tval format_any(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tval format = ct_tval_text(r, args[0]);
    if (args[1].type != CT_T_UNSET) {
        if (count > 2)
            ct_render_fail(r, "format takes positional or keyword arguments, not both at the same time");
        return ct_python_format(r, format, args[1]);
    }
    ct_tlist *list = ct_tlist_new(r, count - 2);
    for (uint32_t i = 2; i < count; i++)
        ct_tlist_add(r, list, args[i]);
    return ct_python_format(r, format, ct_t_tuple(list));
}

/* "%.2f" and the like, which is what most formats are. */
static bool is_fixed(ct_tval format)
{
    return format.type == CT_T_TEXT && format.length == 4 && memcmp(format.text, "%.", 2) == 0 &&
           format.text[2] >= '0' && format.text[2] <= '9' && format.text[3] == 'f';
}

ct_tval ct_jinja_format(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    if (count != 3 || args[2].type != CT_T_REAL || args[1].type != CT_T_UNSET || !is_fixed(args[0]))
        return format_any(r, args, count);
    ct_buffer text = { .data = ct_render_take(r, 64), .capacity = 63, .arena = r->arena };
    ct_write_fixed(&text, args[2].real, (unsigned)(args[0].text[2] - '0'));
    return with_flags(ct_text_end(r, &text), args[0]);
}

static bool in_word(uint32_t code)
{
    if (code < 0x80)
        return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
               code == '_';
    return ct_uc_is_alnum(code);
}

ct_tval ct_jinja_wordcount(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(ct_tval_text(r, args[0]));
    const char *at = text.data, *end = at + text.length;
    int64_t words = 0;
    for (bool inside = false, before = false; at < end; before = inside) {
        inside = in_word(ct_utf8_next(&at, end));
        words += inside && !before;
    }
    return ct_t_int(words);
}

/* ---- lines ---- */

/* The bytes of the line end at `at`; 0 where there is none. "\r\n" is one. */
static size_t line_end_at(const char *at, const char *end)
{
    unsigned char ch = (unsigned char)*at;
    if (ch == '\r')
        return at + 1 < end && at[1] == '\n' ? 2 : 1;
    if ((ch >= '\n' && ch <= '\f') || (ch >= 0x1c && ch <= 0x1e))
        return 1;
    if (ch < 0x80 || (ch != 0xc2 && ch != 0xe2))
        return 0;
    const char *next = at;
    return ct_uc_is_line_end(ct_utf8_next(&next, end)) ? (size_t)(next - at) : 0;
}

bool ct_next_line(ct_str *rest, ct_str *ret_line)
{
    if (!rest->length)
        return false;
    const char *at = rest->data, *end = at + rest->length;
    size_t length = 0;
    while (at < end && !(length = line_end_at(at, end)))
        at++;
    *ret_line = (ct_str){ rest->data, (size_t)(at - rest->data) };
    *rest = (ct_str){ at + length, (size_t)(end - at) - length };
    return true;
}

static ct_str indention_of(ct_renderer *r, ct_tval width)
{
    if (ct_t_is_text(width))
        return ct_t_get_str(width);
    int64_t blanks = ct_arg_int(r, width, 4, "the width of indent");
    if (blanks < 0)
        blanks = 0;
    if (blanks > UINT32_MAX)
        ct_render_fail(r, "indent: a width of %" PRId64 " is too large", blanks);
    char *text = ct_render_take(r, (size_t)blanks + 1);
    memset(text, ' ', (size_t)blanks);
    return (ct_str){ text, (size_t)blanks };
}

/* Python appends a newline before it splits, so that a text that ends with a line end has an empty line behind it.
 * After "\r" that newline is part of the same line end. `escaped`: the first line too, or only the others. */
static void indent_lines(ct_renderer *r, ct_buffer *out, ct_str rest, ct_str indention, bool blank, bool escaped)
{
    ct_str line = { 0 };
    bool more = ct_next_line(&rest, &line), first = true;
    while (more) {
        ct_render_step(r, 1);
        if (!first) {
            ct_buffer_char(out, '\n');
            if (blank || line.length)
                ct_buffer_str(out, indention);
        }
        if (escaped && (blank || !first))
            ct_escape_write(out, line, false);
        else
            ct_buffer_str(out, line);
        first = false;
        char last = rest.data[-1];
        bool ended = rest.data > line.data + line.length;
        more = ct_next_line(&rest, &line);
        if (!more && ended && last != '\r') {
            ct_buffer_char(out, '\n');
            if (blank)
                ct_buffer_str(out, indention);
        }
    }
}

/* Markup that indents ordinary text escapes the lines that it is put before, and with `blank` makes markup of all of
 * it. Without, the lines are joined to ordinary text again, which is escaped once more where it is shown. */
static ct_tval indent_by_markup(ct_renderer *r, const ct_tval *args, bool first, bool blank)
{
    ct_buffer out = ct_text_begin(r);
    if (first && blank)
        ct_buffer_str(&out, ct_t_get_str(args[1]));
    indent_lines(r, &out, ct_t_get_str(args[0]), ct_t_get_str(args[1]), blank, true);
    ct_tval text = ct_text_end(r, &out);
    if (blank)
        text.flags = CT_T_SAFE;
    return first && !blank ? ct_join_texts(r, args[1], text) : text;
}

ct_tval ct_jinja_indent(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_need_text(r, args[0], "indent"), indention = indention_of(r, args[1]);
    bool first = ct_arg_flag(r, args[2], false), blank = ct_arg_flag(r, args[3], false);
    if (ct_t_is_safe(args[1]) && !ct_t_is_safe(args[0]))
        return indent_by_markup(r, args, first, blank);
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, text.length + CT_MIN(8 * indention.length, (size_t)1024));
    if (first)
        ct_buffer_str(&out, indention);
    indent_lines(r, &out, text, indention, blank, false);
    return with_flags(ct_text_end(r, &out), args[0]);
}
