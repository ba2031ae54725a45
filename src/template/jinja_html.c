/* Jinja's filters that make or take apart HTML, URLs and JSON. */
#include "template/escape.h"
#include "template/jinja_filters.h"
#include "template/json.h"
#include "template/render.h"
#include "template/text.h"
#include "template/urlize.h"

static ct_tval safe_if(ct_tval text, bool safe)
{
    text.flags = safe ? CT_T_SAFE : 0;
    return text;
}

/* ---- escaping ---- */

ct_tval ct_jinja_escape(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_escape_text(r, args[0], false);
}

ct_tval ct_jinja_forceescape(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_escape_text(r, safe_if(ct_tval_text(r, args[0]), false), false);
}

ct_tval ct_jinja_safe(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return safe_if(ct_tval_text(r, args[0]), true);
}

/* ---- striptags ---- */

/* Drops everything from `open` to the next `close`; what is never closed stays. */
static ct_str without(ct_renderer *r, ct_str text, ct_str open, ct_str close)
{
    size_t at = ct_text_find(text, open, 0), done = 0;
    if (at == CT_NOT_FOUND)
        return text;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, text.length);
    for (; at != CT_NOT_FOUND; at = ct_text_find(text, open, done)) {
        size_t end = ct_text_find(text, close, at + open.length);
        if (end == CT_NOT_FOUND)
            break;
        ct_buffer_append(&out, text.data + done, at - done);
        done = end + close.length;
    }
    ct_buffer_append(&out, text.data + done, text.length - done);
    return ct_t_get_str(ct_text_end(r, &out));
}

/* One blank for each run of white space, none at the ends. */
static ct_str collapse(ct_renderer *r, ct_str text)
{
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, text.length);
    const char *at = text.data, *end = at + text.length, *next = at;
    while (at < end) {
        const char *start = at;
        while (at < end && !ct_uc_is_space(ct_utf8_next(&next, end)))
            at = next;
        if (at > start && out.length)
            ct_buffer_char(&out, ' ');
        ct_buffer_append(&out, start, (size_t)(at - start));
        at = next;
    }
    return ct_t_get_str(ct_text_end(r, &out));
}

ct_tval ct_jinja_striptags(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_str text = ct_t_get_str(ct_tval_text(r, args[0]));
    text = without(r, text, CT_STR("<!--"), CT_STR("-->"));
    text = without(r, text, CT_STR("<"), CT_STR(">"));
    text = collapse(r, text);
    if (!text.length || !memchr(text.data, '&', text.length))
        return ct_t_str(text);
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, text.length);
    ct_unescape_write(&out, text);
    return ct_text_end(r, &out);
}

/* ---- tojson ---- */

/* An indentation, in which nothing may be HTML either. */
static ct_str harmless(ct_renderer *r, ct_str indent)
{
    ct_buffer out = ct_text_begin(r);
    for (size_t i = 0; i < indent.length; i++) {
        if (strchr(ct_json_for_html.escaped, indent.data[i]))
            ct_buffer_printf(&out, "\\u%04x", (unsigned)indent.data[i]);
        else
            ct_buffer_char(&out, indent.data[i]);
    }
    return ct_t_get_str(ct_text_end(r, &out));
}

ct_tval ct_jinja_tojson(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_json_style style = ct_json_for_html;
    if (ct_t_is_text(args[1])) {
        style.indent = harmless(r, ct_t_get_str(args[1]));
        style.pretty = true;
    } else if (ct_arg_given(args[1])) {
        int64_t blanks = ct_arg_int(r, args[1], 0, "the indent of tojson");
        blanks = blanks < 0 ? 0 : CT_MIN(blanks, (int64_t)UINT32_MAX);
        char *text = ct_render_take(r, (size_t)blanks + 1);
        memset(text, ' ', (size_t)blanks);
        style.indent = (ct_str){ text, (size_t)blanks };
        style.pretty = true;
    }
    ct_buffer out = ct_text_begin(r);
    ct_tval_write_json(r, &out, args[0], &style);
    return safe_if(ct_text_end(r, &out), true);
}

/* ---- urlencode ---- */

static void write_quoted(ct_buffer *out, ct_str text, bool query)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        unsigned char ch = (unsigned char)text.data[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
                     ch == '.' || ch == '-' || ch == '~' || (ch == '/' && !query);
        if (plain) {
            ct_buffer_char(out, (char)ch);
        } else if (ch == ' ' && query) {
            ct_buffer_char(out, '+');
        } else {
            char escape[3] = { '%', digits[ch >> 4], digits[ch & 15] };
            ct_buffer_append(out, escape, sizeof(escape));
        }
    }
}

static void write_pair(ct_renderer *r, ct_buffer *out, ct_tval pair, bool first)
{
    ct_seq seq;
    ct_seq_init(r, &seq, pair);
    if (seq.count != 2)
        ct_render_fail(r, "urlencode needs pairs of a name and a value, not %" PRIu32 " values", seq.count);
    if (!first)
        ct_buffer_char(out, '&');
    write_quoted(out, ct_t_get_str(ct_tval_text(r, ct_seq_at(r, &seq, 0))), true);
    ct_buffer_char(out, '=');
    write_quoted(out, ct_t_get_str(ct_tval_text(r, ct_seq_at(r, &seq, 1))), true);
}

ct_tval ct_jinja_urlencode(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval value = args[0];
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 64);
    if (ct_t_is_text(value) || (value.type != CT_T_UNDEFINED && !ct_tval_iterable(value))) {
        write_quoted(&out, ct_t_get_str(ct_tval_text(r, value)), false);
        return ct_text_end(r, &out);
    }
    ct_seq seq;
    if (value.type == CT_T_DICT || value.type == CT_T_MAP)
        value = ct_t_list(ct_pairs_of(r, value));
    ct_seq_init(r, &seq, value);
    ct_render_step(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++)
        write_pair(r, &out, ct_seq_at(r, &seq, i), i == 0);
    return ct_text_end(r, &out);
}

/* ---- xmlattr ---- */

/* Names with these would end the name and begin something else. */
static void check_name(ct_renderer *r, ct_tval name)
{
    if (!ct_t_is_text(name))
        ct_render_fail(r, "xmlattr: names of attributes must be text, not '%s'", ct_tval_type_name(name));
    for (uint32_t i = 0; i < name.length; i++) {
        char ch = name.text[i];
        if (ch == ' ' || (ch >= '\t' && ch <= '\r') || ch == '/' || ch == '>' || ch == '=')
            ct_render_fail(r, "xmlattr: the attribute name '%.*s' has a character that no name may have",
                           (int)CT_MIN(name.length, 100u), name.text);
    }
}

ct_tval ct_jinja_xmlattr(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tlist *pairs = ct_pairs_of(r, args[0]);
    bool space = ct_arg_flag(r, args[1], true), first = true;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 128);
    ct_render_step(r, pairs->count);
    for (uint32_t i = 0; i < pairs->count; i++) {
        ct_tval name = pairs->items[i].list->items[0], value = pairs->items[i].list->items[1];
        if (!ct_arg_given(value))
            continue;
        check_name(r, name);
        if (space || !first)
            ct_buffer_char(&out, ' ');
        first = false;
        ct_buffer_str(&out, ct_t_get_str(ct_escape_text(r, name, false)));
        CT_BUFFER_LITERAL(&out, "=\"");
        ct_buffer_str(&out, ct_t_get_str(ct_escape_text(r, value, false)));
        ct_buffer_char(&out, '"');
    }
    return safe_if(ct_text_end(r, &out), r->autoescape);
}

/* ---- urlize ---- */

/* [\w.+-]{2,}:(/){0,2} */
static bool is_scheme(ct_str text)
{
    const char *at = text.data, *end = at + text.length, *next = at;
    size_t letters = 0;
    for (; at < end && *at != ':'; at = next, letters++) {
        uint32_t code = ct_utf8_next(&next, end);
        if (code != '_' && code != '.' && code != '+' && code != '-' && !ct_uc_is_alnum(code))
            return false;
    }
    if (letters < 2 || at == end)
        return false;
    size_t slashes = (size_t)(end - ++at);
    return slashes <= 2 && (slashes < 1 || at[0] == '/') && (slashes < 2 || at[1] == '/');
}

static void read_schemes(ct_renderer *r, ct_tval arg, ct_urlize *options)
{
    ct_seq seq;
    ct_seq_init(r, &seq, arg);
    ct_str *schemes = ct_render_take(r, CT_MAX(seq.count * sizeof(*schemes), (size_t)1));
    for (uint32_t i = 0; i < seq.count; i++) {
        schemes[i] = ct_need_text(r, ct_seq_at(r, &seq, i), "urlize");
        if (!is_scheme(schemes[i]))
            ct_render_fail(r, "urlize: '%.*s' is no beginning of a URL, such as 'tel:' or 'ftp://'",
                           (int)CT_MIN(schemes[i].length, (size_t)100), schemes[i].data);
    }
    options->schemes = schemes;
    options->scheme_count = seq.count;
}

static bool comes_before(ct_str a, ct_str b)
{
    int order = memcmp(a.data, b.data, CT_MIN(a.length, b.length));
    return order ? order < 0 : a.length < b.length;
}

/* Adds a word to the sorted ones, unless it is among them; returns how many there are. */
static size_t add_word(ct_str *words, size_t count, ct_str word)
{
    size_t at = 0;
    while (at < count && comes_before(words[at], word))
        at++;
    if (at < count && ct_str_eq(words[at], word))
        return count;
    memmove(words + at + 1, words + at, (count - at) * sizeof(*words));
    words[at] = word;
    return count + 1;
}

/* The words of `rel`, "nofollow" if asked for, and "noopener", sorted and each once. */
static ct_str make_rel(ct_renderer *r, ct_str rel, bool nofollow)
{
    enum { MOST = 32 };
    ct_str words[MOST];
    size_t count = add_word(words, 0, CT_STR("noopener"));
    if (nofollow)
        count = add_word(words, count, CT_STR("nofollow"));
    const char *at = rel.data, *end = at + rel.length, *next = at;
    while (at < end) {
        const char *start = at;
        while (at < end && !ct_uc_is_space(ct_utf8_next(&next, end)))
            at = next;
        if (count == MOST)
            ct_render_fail(r, "urlize: rel has more than %d words", MOST - 2);
        if (at > start)
            count = add_word(words, count, (ct_str){ start, (size_t)(at - start) });
        at = next;
    }
    ct_buffer out = ct_text_begin(r);
    for (size_t i = 0; i < count; i++) {
        if (i)
            ct_buffer_char(&out, ' ');
        ct_escape_write(&out, words[i], false);
    }
    return ct_t_get_str(ct_text_end(r, &out));
}

ct_tval ct_jinja_urlize(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_urlize options = { .limits = ct_arg_given(args[1]) };
    ct_str text = ct_t_get_str(ct_escape_text(r, args[0], false)), rel = { "", 0 };
    if (options.limits)
        options.limit = ct_arg_int(r, args[1], 0, "the limit of urlize");
    if (ct_arg_given(args[3]))
        options.target = ct_t_get_str(ct_escape_text(r, args[3], false));
    if (ct_arg_given(args[4]))
        rel = ct_need_text(r, args[4], "urlize");
    options.rel = make_rel(r, rel, ct_arg_flag(r, args[2], false));
    if (ct_arg_given(args[5]))
        read_schemes(r, args[5], &options);
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, text.length + 128);
    ct_urlize_write(r, &out, text, &options);
    return safe_if(ct_text_end(r, &out), r->autoescape);
}
