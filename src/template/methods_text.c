/* Methods of text, as Python's str has them; those of safe text as MarkupSafe's Markup has them.
 *
 * Safe text gives safe text where Markup does: the methods marked so escape their text arguments before they use them.
 * casefold(), removeprefix() and removesuffix() give plain text, as there. Positions count code points; what is cut
 * out is borrowed, not copied. Not here: str.format() (methods_format.c), encode() and translate(). */
#include "template/methods.h"

#include "template/escape.h"
#include "template/function.h"
#include "template/jinja_filters.h"
#include "template/render.h"
#include "template/text.h"

#include <unictype.h>

/* ---- arguments and results ---- */

static ct_str need_text(ct_renderer *r, ct_tval v, const char *what)
{
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    if (!ct_t_is_text(v))
        ct_render_fail(r, "%s must be str, not '%s'", what, ct_tval_type_name(v));
    return ct_t_get_str(v);
}

/* The argument, escaped where the text it is for is safe. */
static ct_str text_for(ct_renderer *r, ct_tval self, ct_tval v, const char *what)
{
    ct_str text = need_text(r, v, what);
    return ct_t_is_safe(self) ? ct_t_get_str(ct_escape_text(r, v, false)) : text;
}

/* A part of the text that is as safe as the whole. */
static ct_tval part_of(ct_tval self, const char *data, size_t length)
{
    ct_tval part = ct_t_text(data, length);
    part.flags = self.flags;
    return part;
}

static ct_tval end_like(ct_renderer *r, ct_tval self, ct_buffer *out)
{
    ct_tval v = ct_text_end(r, out);
    v.flags = self.flags;
    return v;
}

/* A number that may be None or omitted. */
static int64_t number_or(ct_renderer *r, ct_tval v, int64_t fallback, const char *what)
{
    return v.type == CT_T_NONE ? fallback : ct_arg_int(r, v, fallback, what);
}

/* ---- case ---- */

static ct_tval upper(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, args[0], CT_CASE_UPPER);
}

static ct_tval lower(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, args[0], CT_CASE_LOWER);
}

static ct_tval title(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, args[0], CT_CASE_TITLE);
}

static ct_tval capitalize(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, args[0], CT_CASE_CAPITALIZE);
}

static ct_tval swapcase(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_text_case(r, args[0], CT_CASE_SWAP);
}

static ct_tval casefold(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = ct_text_case(r, args[0], CT_CASE_FOLD);
    v.flags = 0;
    return v;
}

/* ---- stripping ---- */

/* Whether the character of `size` bytes is one of `chars`. */
static bool is_one_of(ct_str chars, const char *character, size_t size)
{
    const char *end = chars.data + chars.length;
    for (const char *at = chars.data, *next; at < end; at = next) {
        next = ct_utf8_skip(at, end);
        if ((size_t)(next - at) == size && memcmp(at, character, size) == 0)
            return true;
    }
    return false;
}

static ct_str strip_left(ct_renderer *r, ct_str text, ct_str chars)
{
    const char *at = text.data, *end = at + text.length;
    while (at < end) {
        const char *next = ct_utf8_skip(at, end);
        ct_render_step(r, chars.length / 64);
        if (!is_one_of(chars, at, (size_t)(next - at)))
            break;
        at = next;
    }
    return (ct_str){ at, (size_t)(end - at) };
}

static ct_str strip_right(ct_renderer *r, ct_str text, ct_str chars)
{
    const char *end = text.data + text.length;
    while (end > text.data) {
        const char *last = ct_utf8_back(end, text.data);
        ct_render_step(r, chars.length / 64);
        if (!is_one_of(chars, last, (size_t)(end - last)))
            break;
        end = last;
    }
    return (ct_str){ text.data, (size_t)(end - text.data) };
}

static ct_tval strip_ends(ct_renderer *r, const ct_tval *args, bool left, bool right)
{
    ct_str text = ct_t_get_str(args[0]);
    if (args[1].type == CT_T_UNSET || args[1].type == CT_T_NONE) {
        text = left ? ct_text_lstrip(text) : text;
        text = right ? ct_text_rstrip(text) : text;
    } else {
        ct_str chars = text_for(r, args[0], args[1], "chars");
        text = left ? strip_left(r, text, chars) : text;
        text = right ? strip_right(r, text, chars) : text;
    }
    return part_of(args[0], text.data, text.length);
}

static ct_tval strip(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return strip_ends(r, args, true, true);
}

static ct_tval lstrip(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return strip_ends(r, args, true, false);
}

static ct_tval rstrip(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return strip_ends(r, args, false, true);
}

static ct_tval removeprefix(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_str text = ct_t_get_str(args[0]), prefix = need_text(r, args[1], "prefix");
    (void)count;
    if (ct_str_starts(text, prefix))
        return ct_t_text(text.data + prefix.length, text.length - prefix.length);
    return ct_t_str(text);
}

static ct_tval removesuffix(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_str text = ct_t_get_str(args[0]), suffix = need_text(r, args[1], "suffix");
    (void)count;
    if (ct_str_ends(text, suffix))
        text.length -= suffix.length;
    return ct_t_str(text);
}

/* ---- splitting ---- */

static void reverse(ct_tlist *list)
{
    for (uint32_t i = 0; i < list->count / 2; i++) {
        ct_tval item = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = item;
    }
}

static void add_part(ct_renderer *r, ct_tlist *list, ct_tval self, const char *start, const char *end)
{
    ct_tlist_add(r, list, part_of(self, start, (size_t)(end - start)));
}

static void split_at_spaces(ct_renderer *r, ct_tlist *list, ct_tval self, int64_t most)
{
    ct_str rest = ct_text_lstrip(ct_t_get_str(self));
    const char *end = rest.data + rest.length;
    for (; rest.length && most; most--) {
        const char *at = rest.data, *next = at;
        while (at < end && !ct_uc_is_space(ct_utf8_next(&next, end)))
            at = next;
        add_part(r, list, self, rest.data, at);
        rest = ct_text_lstrip((ct_str){ at, (size_t)(end - at) });
    }
    if (rest.length)
        add_part(r, list, self, rest.data, end);
}

static void rsplit_at_spaces(ct_renderer *r, ct_tlist *list, ct_tval self, int64_t most)
{
    ct_str rest = ct_text_rstrip(ct_t_get_str(self));
    for (; rest.length && most; most--) {
        const char *end = rest.data + rest.length, *at = end;
        while (at > rest.data) {
            const char *last = ct_utf8_back(at, rest.data), *next = last;
            if (ct_uc_is_space(ct_utf8_next(&next, at)))
                break;
            at = last;
        }
        add_part(r, list, self, at, end);
        rest = ct_text_rstrip((ct_str){ rest.data, (size_t)(at - rest.data) });
    }
    if (rest.length)
        add_part(r, list, self, rest.data, rest.data + rest.length);
    reverse(list);
}

static void split_at_text(ct_renderer *r, ct_tlist *list, ct_tval self, ct_str sep, int64_t most)
{
    ct_str rest = ct_t_get_str(self);
    for (; most; most--) {
        size_t at = ct_text_find(rest, sep, 0);
        if (at == CT_NOT_FOUND)
            break;
        add_part(r, list, self, rest.data, rest.data + at);
        rest.data += at + sep.length;
        rest.length -= at + sep.length;
    }
    add_part(r, list, self, rest.data, rest.data + rest.length);
}

static void rsplit_at_text(ct_renderer *r, ct_tlist *list, ct_tval self, ct_str sep, int64_t most)
{
    ct_str rest = ct_t_get_str(self);
    for (; most; most--) {
        size_t at = ct_text_rfind(rest, sep);
        if (at == CT_NOT_FOUND)
            break;
        add_part(r, list, self, rest.data + at + sep.length, rest.data + rest.length);
        rest.length = at;
    }
    add_part(r, list, self, rest.data, rest.data + rest.length);
    reverse(list);
}

static ct_tval split_any(ct_renderer *r, const ct_tval *args, bool from_right)
{
    int64_t most = CT_MAX(ct_arg_int(r, args[2], -1, "maxsplit"), -1);
    ct_tlist *list = ct_tlist_new(r, 4);
    if (args[1].type == CT_T_UNSET || args[1].type == CT_T_NONE) {
        (from_right ? rsplit_at_spaces : split_at_spaces)(r, list, args[0], most);
        return ct_t_list(list);
    }
    ct_str sep = need_text(r, args[1], "sep");
    if (!sep.length)
        ct_render_fail(r, "empty separator");
    (from_right ? rsplit_at_text : split_at_text)(r, list, args[0], sep, most);
    return ct_t_list(list);
}

static ct_tval split(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return split_any(r, args, false);
}

static ct_tval rsplit(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return split_any(r, args, true);
}

static ct_tval splitlines(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(args[0]);
    bool keep = ct_arg_flag(r, args[1], false);
    ct_tlist *list = ct_tlist_new(r, 4);
    const char *start = text.data, *end = start + text.length, *at = start;
    while (at < end) {
        const char *next = at;
        if (!ct_uc_is_line_end(ct_utf8_next(&next, end))) {
            at = next;
            continue;
        }
        if (*at == '\r' && next < end && *next == '\n')
            next++;
        add_part(r, list, args[0], start, keep ? next : at);
        start = at = next;
    }
    if (start < end)
        add_part(r, list, args[0], start, end);
    return ct_t_list(list);
}

/* What stands before the separator at byte `at`, the separator, and what follows. */
static ct_tval three_parts(ct_renderer *r, ct_tval self, size_t at, size_t sep_length)
{
    ct_tlist *list = ct_tlist_new(r, 3);
    const char *sep = self.text + at, *rest = sep + sep_length, *end = self.text + self.length;
    add_part(r, list, self, self.text, sep);
    add_part(r, list, self, sep, rest);
    add_part(r, list, self, rest, end);
    return ct_t_tuple(list);
}

static ct_tval partition_any(ct_renderer *r, const ct_tval *args, bool from_right)
{
    ct_str text = ct_t_get_str(args[0]), sep = text_for(r, args[0], args[1], "sep");
    if (!sep.length)
        ct_render_fail(r, "empty separator");
    size_t at = from_right ? ct_text_rfind(text, sep) : ct_text_find(text, sep, 0);
    if (at == CT_NOT_FOUND)
        return three_parts(r, args[0], from_right ? 0 : text.length, 0);
    return three_parts(r, args[0], at, sep.length);
}

static ct_tval partition(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return partition_any(r, args, false);
}

static ct_tval rpartition(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return partition_any(r, args, true);
}

/* ---- finding ---- */

/* The part of a text between two positions, which may be omitted, None or negative. */
typedef struct {
    ct_str text;
    int64_t start; /* in characters */
    bool beyond;   /* start lies behind the end: nothing is found, not even "" */
} window;

static int64_t from_end(int64_t position, int64_t length)
{
    return position >= 0 ? position : CT_MAX(position + length, 0);
}

static window window_of(ct_renderer *r, ct_tval self, ct_tval start, ct_tval end)
{
    window w = { .text = ct_t_get_str(self) };
    int64_t first = number_or(r, start, 0, "start"), last = number_or(r, end, INT64_MAX, "end");
    if (first == 0 && last == INT64_MAX)
        return w;
    int64_t length = (int64_t)ct_utf8_count(w.text);
    w.start = from_end(first, length);
    last = CT_MIN(from_end(last, length), length);
    w.beyond = w.start > last;
    w.text = w.beyond ? (ct_str){ self.text, 0 } : ct_utf8_slice(w.text, (size_t)w.start, (size_t)(last - w.start));
    return w;
}

/* The position of a part of the text, or -1. */
static int64_t find_in(ct_renderer *r, const ct_tval *args, bool from_right)
{
    ct_str part = need_text(r, args[1], "sub");
    window w = window_of(r, args[0], args[2], args[3]);
    size_t at = from_right ? ct_text_rfind(w.text, part) : ct_text_find(w.text, part, 0);
    if (w.beyond || at == CT_NOT_FOUND)
        return -1;
    return w.start + (int64_t)ct_utf8_count((ct_str){ w.text.data, at });
}

static ct_tval find(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_int(find_in(r, args, false));
}

static ct_tval rfind(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_t_int(find_in(r, args, true));
}

static ct_tval found(ct_renderer *r, int64_t index)
{
    if (index < 0)
        ct_render_fail(r, "substring not found");
    return ct_t_int(index);
}

static ct_tval index_of(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return found(r, find_in(r, args, false));
}

static ct_tval rindex_of(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return found(r, find_in(r, args, true));
}

static ct_tval count_of(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str part = need_text(r, args[1], "sub");
    window w = window_of(r, args[0], args[2], args[3]);
    if (w.beyond)
        return ct_t_int(0);
    if (!part.length)
        return ct_t_int((int64_t)ct_utf8_count(w.text) + 1);
    int64_t times = 0;
    for (size_t at = 0; (at = ct_text_find(w.text, part, at)) != CT_NOT_FOUND; at += part.length)
        times++;
    return ct_t_int(times);
}

static bool has_at_end(ct_renderer *r, window w, ct_tval part, bool at_start)
{
    if (!ct_t_is_text(part))
        ct_render_fail(r, "%s first arg must be str or a tuple of str, not '%s'", at_start ? "startswith" : "endswith",
                       ct_tval_type_name(part));
    if (w.beyond)
        return false;
    return at_start ? ct_str_starts(w.text, ct_t_get_str(part)) : ct_str_ends(w.text, ct_t_get_str(part));
}

static ct_tval has_any_at_end(ct_renderer *r, const ct_tval *args, bool at_start)
{
    window w = window_of(r, args[0], args[2], args[3]);
    if (args[1].type != CT_T_TUPLE)
        return ct_t_bool(has_at_end(r, w, args[1], at_start));
    for (uint32_t i = 0; i < args[1].list->count; i++)
        if (has_at_end(r, w, args[1].list->items[i], at_start))
            return ct_t_bool(true);
    return ct_t_bool(false);
}

static ct_tval startswith(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return has_any_at_end(r, args, true);
}

static ct_tval endswith(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return has_any_at_end(r, args, false);
}

/* ---- replacing and joining ---- */

/* `with` before each of the first characters and behind the last. */
static void weave(ct_buffer *out, ct_str text, ct_str with, int64_t most)
{
    const char *at = text.data, *end = at + text.length;
    for (; most && !out->failed; most--) {
        ct_buffer_str(out, with);
        if (at == end)
            return;
        const char *next = ct_utf8_skip(at, end);
        ct_buffer_append(out, at, (size_t)(next - at));
        at = next;
    }
    ct_buffer_append(out, at, (size_t)(end - at));
}

static ct_tval replace(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str rest = ct_t_get_str(args[0]), old = text_for(r, args[0], args[1], "old"),
           new = text_for(r, args[0], args[2], "new");
    int64_t most = CT_MAX(ct_arg_int(r, args[3], -1, "count"), -1);
    size_t at = most ? ct_text_find(rest, old, 0) : CT_NOT_FOUND;
    if (at == CT_NOT_FOUND)
        return args[0];
    ct_buffer out = ct_text_begin(r);
    if (!old.length) {
        weave(&out, rest, new, most);
        return end_like(r, args[0], &out);
    }
    for (; most && at != CT_NOT_FOUND && !out.failed; most--) {
        ct_buffer_append(&out, rest.data, at);
        ct_buffer_str(&out, new);
        rest.data += at + old.length;
        rest.length -= at + old.length;
        at = ct_text_find(rest, old, 0);
    }
    ct_buffer_str(&out, rest);
    return end_like(r, args[0], &out);
}

static ct_tval join(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_seq seq;
    ct_buffer out = ct_text_begin(r);
    bool safe = ct_t_is_safe(args[0]);
    ct_seq_init(r, &seq, args[1]);
    ct_render_step(r, seq.count);
    for (uint32_t i = 0; i < seq.count && !out.failed; i++) {
        ct_tval item = ct_seq_at(r, &seq, i);
        if (i)
            ct_buffer_append(&out, args[0].text, args[0].length);
        if (safe)
            item = ct_escape_text(r, item, false);
        else if (!ct_t_is_text(item))
            ct_render_fail(r, "sequence item %" PRIu32 ": expected str instance, %s found", i, ct_tval_type_name(item));
        ct_buffer_append(&out, item.text, item.length);
    }
    return end_like(r, args[0], &out);
}

/* ---- padding ---- */

static void write_fill(ct_renderer *r, ct_buffer *out, ct_str fill, int64_t times)
{
    size_t total;
    if (times <= 0)
        return;
    if (__builtin_mul_overflow(fill.length, (size_t)times, &total) || total > UINT32_MAX)
        ct_render_fail(r, "the text is too long");
    char *room = ct_buffer_reserve(out, total);
    if (!room)
        return;
    if (fill.length == 1)
        memset(room, fill.data[0], total);
    else
        for (size_t at = 0; at < total; at += fill.length)
            memcpy(room + at, fill.data, fill.length);
    out->length += total;
}

/* The text with `width` characters at least; `left` and `right` say of which side the padding is. */
static ct_tval pad(ct_renderer *r, const ct_tval *args, bool left, bool right)
{
    int64_t width = ct_arg_int(r, args[1], 0, "width"), missing = 0, before = 0;
    ct_str fill = args[2].type == CT_T_UNSET ? CT_STR(" ") : text_for(r, args[0], args[2], "fillchar");
    int64_t length = (int64_t)ct_utf8_count(ct_t_get_str(args[0]));
    if (ct_utf8_count(fill) != 1)
        ct_render_fail(r, "the fill character must be exactly one character long");
    if (width <= length)
        return args[0];
    missing = width - length;
    if (left)
        before = right ? missing / 2 + (missing & width & 1) : missing;
    ct_buffer out = ct_text_begin(r);
    write_fill(r, &out, fill, before);
    ct_buffer_append(&out, args[0].text, args[0].length);
    write_fill(r, &out, fill, missing - before);
    return end_like(r, args[0], &out);
}

static ct_tval center(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return pad(r, args, true, true);
}

static ct_tval ljust(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return pad(r, args, false, true);
}

static ct_tval rjust(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return pad(r, args, true, false);
}

static ct_tval zfill(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(args[0]);
    int64_t width = ct_arg_int(r, args[1], 0, "width"), length = (int64_t)ct_utf8_count(text);
    if (width <= length)
        return args[0];
    ct_buffer out = ct_text_begin(r);
    size_t sign = text.length && (text.data[0] == '+' || text.data[0] == '-');
    ct_buffer_append(&out, text.data, sign);
    write_fill(r, &out, CT_STR("0"), width - length);
    ct_buffer_append(&out, text.data + sign, text.length - sign);
    return end_like(r, args[0], &out);
}

static ct_tval expandtabs(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(args[0]);
    int64_t size = ct_arg_int(r, args[1], 8, "tabsize"), column = 0;
    ct_buffer out = ct_text_begin(r);
    const char *at = text.data, *end = at + text.length;
    while (at < end && !out.failed) {
        const char *next = ct_utf8_skip(at, end);
        if (*at == '\t') {
            int64_t spaces = size > 0 ? size - column % size : 0;
            write_fill(r, &out, CT_STR(" "), spaces);
            column = 0; /* a multiple of the size, which is as good as 0 */
        } else {
            ct_buffer_append(&out, at, (size_t)(next - at));
            column = *at == '\n' || *at == '\r' ? 0 : column + 1;
        }
        at = next;
    }
    return end_like(r, args[0], &out);
}

/* ---- what the text consists of ---- */

static ct_tval all_are(ct_tval self, bool (*is)(uint32_t code))
{
    const char *at = self.text, *end = at + self.length;
    while (at < end)
        if (!is(ct_utf8_next(&at, end)))
            return ct_t_bool(false);
    return ct_t_bool(self.length != 0);
}

static bool is_space(uint32_t code)
{
    return ct_uc_is_space(code);
}

#define ALL_ARE(name, is)                                                                                              \
    static ct_tval name(ct_renderer *r, const ct_tval *args, uint32_t count)                                           \
    {                                                                                                                  \
        (void)r;                                                                                                       \
        (void)count;                                                                                                   \
        return all_are(args[0], is);                                                                                   \
    }

ALL_ARE(isdigit_, ct_uc_is_digit)
ALL_ARE(isdecimal, ct_uc_is_decimal)
ALL_ARE(isnumeric, ct_uc_is_numeric)
ALL_ARE(isalpha_, ct_uc_is_alpha)
ALL_ARE(isalnum_, ct_uc_is_alnum)
ALL_ARE(isspace_, is_space)

static ct_tval isascii_(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(ct_utf8_is_ascii(ct_t_get_str(args[0])));
}

static ct_tval isprintable(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return args[0].length ? all_are(args[0], ct_uc_is_printable) : ct_t_bool(true);
}

/* Some character has that case and none has another. */
static bool has_only_case(ct_tval self, bool (*wanted)(uint32_t code), bool (*other)(uint32_t code))
{
    const char *at = self.text, *end = at + self.length;
    bool some = false;
    while (at < end) {
        uint32_t code = ct_utf8_next(&at, end);
        if (other(code) || ct_uc_is_title(code))
            return false;
        some |= wanted(code);
    }
    return some;
}

static ct_tval isupper_(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(has_only_case(args[0], ct_uc_is_upper, ct_uc_is_lower));
}

static ct_tval islower_(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_bool(has_only_case(args[0], ct_uc_is_lower, ct_uc_is_upper));
}

static ct_tval istitle(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    const char *at = args[0].text, *end = at + args[0].length;
    bool some = false, behind_cased = false;
    (void)r;
    (void)count;
    while (at < end) {
        uint32_t code = ct_utf8_next(&at, end);
        bool big = ct_uc_is_upper(code) || ct_uc_is_title(code), small = ct_uc_is_lower(code);
        if ((big && behind_cased) || (small && !behind_cased))
            return ct_t_bool(false);
        some |= big;
        behind_cased = big || small;
    }
    return ct_t_bool(some);
}

static ct_tval isidentifier(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    const char *at = args[0].text, *start = at, *end = at + args[0].length;
    (void)r;
    (void)count;
    while (at < end) {
        bool first = at == start;
        uint32_t code = ct_utf8_next(&at, end);
        if (code != '_' && !(first ? uc_is_property_xid_start(code) : uc_is_property_xid_continue(code)))
            return ct_t_bool(false);
    }
    return ct_t_bool(args[0].length != 0);
}

/* ---- the table ---- */

/* ---- of safe text alone ---- */

static void need_safe(ct_renderer *r, ct_tval v, const char *name)
{
    if (!ct_t_is_safe(v))
        ct_render_fail(r, "'str object' has no attribute '%s': it is there for safe text alone", name);
}

static ct_tval unescape(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    need_safe(r, args[0], "unescape");
    ct_buffer text = ct_text_begin(r);
    ct_unescape_write(&text, ct_t_get_str(args[0]));
    return ct_text_end(r, &text);
}

static ct_tval striptags(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    need_safe(r, args[0], "striptags");
    return ct_jinja_striptags(r, args, count);
}

const ct_fn ct_text_methods[] = {
    { "unescape", unescape, "self", 0 }, /* these two are markupsafe's */
    { "striptags", striptags, "self", 0 },
    { "upper", upper, "self", 0 },
    { "lower", lower, "self", 0 },
    { "title", title, "self", 0 },
    { "capitalize", capitalize, "self", 0 },
    { "swapcase", swapcase, "self", 0 },
    { "casefold", casefold, "self", 0 },
    { "strip", strip, "self, chars=", CT_FN_QUICK },
    { "lstrip", lstrip, "self, chars=", CT_FN_QUICK },
    { "rstrip", rstrip, "self, chars=", CT_FN_QUICK },
    { "removeprefix", removeprefix, "self, prefix", CT_FN_QUICK },
    { "removesuffix", removesuffix, "self, suffix", CT_FN_QUICK },
    { "split", split, "self, sep=, maxsplit=", 0 },
    { "rsplit", rsplit, "self, sep=, maxsplit=", 0 },
    { "splitlines", splitlines, "self, keepends=", 0 },
    { "partition", partition, "self, sep", 0 },
    { "rpartition", rpartition, "self, sep", 0 },
    { "find", find, "self, sub, start=, end=", 0 },
    { "rfind", rfind, "self, sub, start=, end=", 0 },
    { "index", index_of, "self, sub, start=, end=", 0 },
    { "rindex", rindex_of, "self, sub, start=, end=", 0 },
    { "count", count_of, "self, sub, start=, end=", 0 },
    { "startswith", startswith, "self, prefix, start=, end=", CT_FN_QUICK },
    { "endswith", endswith, "self, suffix, start=, end=", CT_FN_QUICK },
    { "replace", replace, "self, old, new, count=", 0 },
    { "join", join, "self, iterable", 0 },
    { "center", center, "self, width, fillchar=", 0 },
    { "ljust", ljust, "self, width, fillchar=", 0 },
    { "rjust", rjust, "self, width, fillchar=", 0 },
    { "zfill", zfill, "self, width", 0 },
    { "expandtabs", expandtabs, "self, tabsize=", 0 },
    { "isdigit", isdigit_, "self", 0 },
    { "isdecimal", isdecimal, "self", 0 },
    { "isnumeric", isnumeric, "self", 0 },
    { "isalpha", isalpha_, "self", 0 },
    { "isalnum", isalnum_, "self", 0 },
    { "isspace", isspace_, "self", 0 },
    { "isascii", isascii_, "self", 0 },
    { "isprintable", isprintable, "self", 0 },
    { "isupper", isupper_, "self", 0 },
    { "islower", islower_, "self", 0 },
    { "istitle", istitle, "self", 0 },
    { "isidentifier", isidentifier, "self", 0 },
    { "format", ct_method_format, "self, *, **", 0 },
    { "format_map", ct_method_format_map, "self, mapping", 0 },
    { .name = NULL },
};
