/* Django's filters that escape, or make HTML, JavaScript and URLs.
 *
 * What they return is marked safe where it is: escaped, or made of nothing that could be HTML. The filters that Django
 * tells whether autoescape is on escape what is not safe yet only then.
 *
 * Not here: links in text (django_urlize.c) and tags taken out of it (django_striptags.c). */
#include "template/django_filters.h"
#include "template/escape.h"
#include "template/json.h"
#include "template/render.h"
#include "template/text.h"

bool ct_django_escapes(const ct_renderer *r, ct_tval text)
{
    return r->autoescape && !ct_t_is_safe(text);
}

static ct_tval safe_end(ct_renderer *r, ct_buffer *out)
{
    ct_tval v = ct_text_end(r, out);
    v.flags = CT_T_SAFE;
    return v;
}

/* ---- escape ---- */

ct_tval ct_django_escape(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_escape_text(r, args[0], true);
}

ct_tval ct_django_force_escape(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tval v = args[0];
    (void)count;
    v.flags = 0;
    return ct_escape_text(r, v, true);
}

ct_tval ct_django_safe(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tval v = args[0];
    (void)r;
    (void)count;
    v.flags = CT_T_SAFE;
    return v;
}

/* The items as a list of safe texts: escaped, or called safe. */
static ct_tval safe_items(ct_renderer *r, ct_tval v, bool escaped)
{
    ct_seq seq;
    ct_seq_init(r, &seq, v);
    ct_render_step(r, seq.count);
    ct_tlist *list = ct_tlist_new(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++) {
        ct_tval item = ct_seq_at(r, &seq, i);
        item = escaped ? ct_escape_text(r, item, true) : ct_tval_text(r, item);
        item.flags = CT_T_SAFE;
        ct_tlist_add(r, list, item);
    }
    return ct_t_list(list);
}

ct_tval ct_django_safeseq(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return safe_items(r, args[0], false);
}

ct_tval ct_django_escapeseq(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return safe_items(r, args[0], true);
}

/* ---- scripts ---- */

/* The length of a character that cannot stand in a literal of JavaScript inside a page; 0 for all others. */
static size_t script_escaped(const char *at, const char *end)
{
    unsigned char ch = (unsigned char)*at;
    if (ch < 0x20 || (ch < 0x80 && strchr("\\'\"><&=-;`", ch)))
        return 1;
    bool separator = ch == 0xE2 && end - at >= 3 && at[1] == '\x80' && (at[2] == '\xA8' || at[2] == '\xA9');
    return separator ? 3 : 0; /* U+2028, U+2029 */
}

static void write_script_escape(ct_buffer *out, const char *at, size_t length)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned code = length == 1 ? (unsigned char)*at : 0x2028u + (at[2] == '\xA9');
    char text[6] = { '\\', 'u', digits[code >> 12], digits[code >> 8 & 15], digits[code >> 4 & 15], digits[code & 15] };
    ct_buffer_append(out, text, sizeof(text));
}

ct_tval ct_django_escapejs(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    const char *at = args[0].text, *end = at + args[0].length, *run = at;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, args[0].length);
    while (at < end) {
        size_t length = script_escaped(at, end);
        if (!length) {
            at++;
            continue;
        }
        ct_buffer_append(&out, run, (size_t)(at - run));
        write_script_escape(&out, at, length);
        run = at += length;
    }
    ct_buffer_append(&out, run, (size_t)(end - run));
    return safe_end(r, &out);
}

ct_tval ct_django_json_script(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 128);
    CT_BUFFER_LITERAL(&out, "<script");
    if (args[1].type != CT_T_UNSET && ct_tval_truth(r, args[1])) {
        CT_BUFFER_LITERAL(&out, " id=\"");
        ct_buffer_str(&out, ct_t_get_str(ct_escape_text(r, args[1], true)));
        ct_buffer_char(&out, '"');
    }
    CT_BUFFER_LITERAL(&out, " type=\"application/json\">");
    ct_tval_write_json(r, &out, args[0], &ct_json_for_django);
    CT_BUFFER_LITERAL(&out, "</script>");
    return safe_end(r, &out);
}

/* ---- lines ---- */

/* Cuts a line off, which ends with \n, \r\n or \r; its end, in bytes, is *ret_end. */
static ct_str cut_line(ct_str *rest, size_t *ret_end)
{
    const char *start = rest->data, *at = start, *end = start + rest->length;
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    *ret_end = at == end ? 0 : *at == '\r' && at + 1 < end && at[1] == '\n' ? 2 : 1;
    *rest = (ct_str){ at + *ret_end, (size_t)(end - at) - *ret_end };
    return (ct_str){ start, (size_t)(at - start) };
}

static void write_text(ct_buffer *out, ct_str text, bool escapes)
{
    if (escapes)
        ct_escape_write(out, text, true);
    else
        ct_buffer_str(out, text);
}

ct_tval ct_django_linebreaksbr(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    bool escapes = ct_django_escapes(r, args[0]);
    ct_str rest = ct_t_get_str(args[0]);
    size_t line_end;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, rest.length);
    do {
        write_text(&out, cut_line(&rest, &line_end), escapes);
        if (line_end)
            CT_BUFFER_LITERAL(&out, "<br>");
    } while (line_end);
    return safe_end(r, &out);
}

/* Two ends of lines or more, one after another, end a paragraph. */
ct_tval ct_django_linebreaks(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    bool escapes = ct_django_escapes(r, args[0]);
    ct_str rest = ct_t_get_str(args[0]), next;
    size_t line_end, next_end;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, rest.length + 8);
    CT_BUFFER_LITERAL(&out, "<p>");
    for (;;) {
        write_text(&out, cut_line(&rest, &line_end), escapes);
        if (!line_end)
            break;
        bool paragraph = false;
        for (next = rest; cut_line(&next, &next_end).length == 0 && next_end; rest = next)
            paragraph = true;
        if (paragraph)
            CT_BUFFER_LITERAL(&out, "</p>\n\n<p>");
        else
            CT_BUFFER_LITERAL(&out, "<br>");
    }
    CT_BUFFER_LITERAL(&out, "</p>");
    return safe_end(r, &out);
}

static unsigned digits_of(uint64_t number)
{
    unsigned digits = 1;
    for (; number > 9; number /= 10)
        digits++;
    return digits;
}

/* Lines end with \n alone here. */
ct_tval ct_django_linenumbers(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    bool escapes = ct_django_escapes(r, args[0]);
    ct_str rest = ct_t_get_str(args[0]);
    uint64_t lines = 1, number = 0;
    for (size_t i = 0; i < rest.length; i++)
        lines += rest.data[i] == '\n';
    unsigned width = digits_of(lines);
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, rest.length + (width + 2) * lines);
    while (number++ < lines) {
        const char *line_end = rest.length ? memchr(rest.data, '\n', rest.length) : NULL;
        ct_str line = { rest.data, line_end ? (size_t)(line_end - rest.data) : rest.length };
        if (number > 1)
            ct_buffer_char(&out, '\n');
        for (unsigned digits = digits_of(number); digits < width; digits++)
            ct_buffer_char(&out, '0');
        ct_buffer_uint(&out, number);
        CT_BUFFER_LITERAL(&out, ". ");
        write_text(&out, line, escapes);
        size_t cut = line.length + (line_end != NULL);
        rest = (ct_str){ rest.data + cut, rest.length - cut };
    }
    return safe_end(r, &out);
}

/* ---- URLs ---- */

void ct_percent_write(ct_buffer *out, ct_str text, const char *kept)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = text.data, *end = at + text.length, *run = at;
    for (; at < end; at++) {
        unsigned char ch = (unsigned char)*at;
        char lower = ct_ascii_lower(*at);
        if ((lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || (ch && ch < 0x80 && strchr("_.-~", ch)) ||
            (ch && ch < 0x80 && strchr(kept, ch)))
            continue;
        char escape[3] = { '%', digits[ch >> 4], digits[ch & 15] };
        ct_buffer_append(out, run, (size_t)(at - run));
        ct_buffer_append(out, escape, sizeof(escape));
        run = at + 1;
    }
    ct_buffer_append(out, run, (size_t)(end - run));
}

ct_tval ct_django_urlencode(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_buffer kept = ct_text_begin(r), out = ct_text_begin(r);
    (void)count;
    if (args[1].type > CT_T_NONE)
        ct_buffer_str(&kept, ct_django_need_text(r, args[1], "the argument of urlencode"));
    else
        ct_buffer_char(&kept, '/');
    ct_buffer_reserve(&out, args[0].length);
    ct_percent_write(&out, ct_t_get_str(args[0]), ct_buffer_text(&kept));
    return ct_text_end(r, &out);
}

ct_tval ct_django_iriencode(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_buffer out = ct_text_begin(r);
    (void)count;
    ct_buffer_reserve(&out, args[0].length);
    ct_percent_write(&out, ct_t_get_str(args[0]), "/#%[]=:;$&()+,!?*@'~");
    return ct_text_end(r, &out);
}
