/* Links for the addresses in a text, as Jinja 3.1 makes them.
 *
 * The text is cut at white space. Of each word, opening brackets in front and closing ones, dots and commas behind are
 * set aside, but for brackets that the word itself opens. What is left is a link when it looks like one of these, case
 * ignored, with an optional port and an optional path, query or fragment:
 *
 *     http://labels.top   https://labels.top   www.labels.top     the top level any 2 to 63 ASCII letters, or xn--...
 *     labels.com          also net int edu gov org info mil       labels of 2 to 63 characters
 *     http://1.2.3.4      http://[::1]                            with http or https
 *
 * or when it is a mail address, with "mailto:" or without. A host ends before the first character that no host has, so
 * each form is decided by one look at its labels; nothing is tried twice. */
#include "template/urlize.h"

#include "template/render.h"
#include "template/text.h"

/* ---- characters and small matches ---- */

static bool is_word(uint32_t code)
{
    return code == '_' || ct_uc_is_alnum(code);
}

static bool is_ascii_letter(uint32_t code)
{
    return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
}

static bool starts_nocase(ct_str text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.length >= length && ct_str_eq_nocase((ct_str){ text.data, length }, (ct_str){ prefix, length });
}

static ct_str skip(ct_str text, size_t bytes)
{
    return (ct_str){ text.data + bytes, text.length - bytes };
}

/* "http://" or "https://" in front: its length; 0. */
static size_t scheme_length(ct_str text)
{
    return starts_nocase(text, "http://") ? 7 : starts_nocase(text, "https://") ? 8 : 0;
}

/* ---- hosts ---- */

/* The characters that hosts have, from the front. */
static ct_str host_of(ct_str text)
{
    const char *at = text.data, *end = at + text.length, *next = at;
    while (at < end) {
        uint32_t code = ct_utf8_next(&next, end);
        if (!is_word(code) && code != '%' && code != '-' && code != '.')
            break;
        at = next;
    }
    return (ct_str){ text.data, (size_t)(at - text.data) };
}

/* Cuts off the part before the first dot; false where there is no dot: what is left is the last label. */
static bool next_label(ct_str *rest, ct_str *ret_label)
{
    const char *dot = rest->length ? memchr(rest->data, '.', rest->length) : NULL;
    if (!dot)
        return false;
    *ret_label = (ct_str){ rest->data, (size_t)(dot - rest->data) };
    *rest = skip(*rest, ret_label->length + 1);
    return true;
}

/* [a-z]{2,63} or xn--[\w%]{2,59} */
static bool is_top_level(ct_str label)
{
    size_t letters = 0;
    while (letters < label.length && is_ascii_letter((unsigned char)label.data[letters]))
        letters++;
    if (letters == label.length)
        return letters >= 2 && letters <= 63;
    if (!starts_nocase(label, "xn--"))
        return false;
    label = skip(label, 4);
    size_t count = ct_utf8_count(label);
    return count >= 2 && count <= 59 && !memchr(label.data, '-', label.length);
}

/* Labels, none of them empty, and any top level. */
static bool is_named_host(ct_str host)
{
    ct_str label;
    while (next_label(&host, &label))
        if (!label.length)
            return false;
    return is_top_level(host);
}

/* Labels of 2 to 63 characters and a top level that is known: there is neither a scheme nor "www." */
static bool is_bare_host(ct_str host)
{
    static const char *const known[] = { "com", "net", "int", "edu", "gov", "org", "info", "mil" };
    ct_str label;
    bool any = false;
    while (next_label(&host, &label)) {
        size_t count = ct_utf8_count(label);
        if (count < 2 || count > 63)
            return false;
        any = true;
    }
    for (size_t i = 0; any && i < CT_COUNT(known); i++)
        if (ct_str_eq_nocase(host, ct_str_of(known[i])))
            return true;
    return false;
}

/* (\d{1,3})(\.\d{1,3}){3} */
static bool is_ipv4(ct_str host)
{
    const char *at = host.data, *end = at + host.length;
    unsigned digits = 0, dots = 0;
    while (at < end) {
        uint32_t code = ct_utf8_next(&at, end);
        if (code == '.' && digits && dots < 3) {
            dots++;
            digits = 0;
        } else if (!ct_uc_is_decimal(code) || ++digits > 3) {
            return false;
        }
    }
    return dots == 3 && digits;
}

/* [0-9a-f]{0,4} from *at on. */
static void skip_group(const char **at, const char *end)
{
    const char *next = *at;
    for (int i = 0; i < 4 && *at < end; i++) {
        uint32_t code = ct_utf8_next(&next, end);
        if (!ct_uc_is_decimal(code) && !((code | 0x20) >= 'a' && (code | 0x20) <= 'f'))
            return;
        *at = next;
    }
}

/* \[(group:){2}(group:?){1,6}]: the bytes used, 0 where there is none. */
static size_t ipv6_length(ct_str text)
{
    if (!text.length || text.data[0] != '[')
        return 0;
    const char *at = text.data + 1, *end = text.data + text.length;
    for (int i = 0; i < 8; i++) {
        skip_group(&at, end);
        bool colon = at < end && *at == ':';
        if (!colon && i < 2)
            return 0;
        at += colon;
    }
    return at < end && *at == ']' ? (size_t)(at + 1 - text.data) : 0;
}

/* (?::\d{1,5})?(?:[/?#]\S*)? and the end. */
static bool ends_url(ct_str rest)
{
    const char *at = rest.data, *end = at + rest.length;
    if (at < end && *at == ':') {
        const char *next = ++at;
        unsigned digits = 0;
        for (; at < end && ct_uc_is_decimal(ct_utf8_next(&next, end)); at = next)
            digits++;
        if (!digits || digits > 5)
            return false;
    }
    return at == end || *at == '/' || *at == '?' || *at == '#';
}

static bool is_url(ct_str text)
{
    size_t scheme = scheme_length(text), prefix = scheme ? scheme : starts_nocase(text, "www.") ? 4 : 0;
    if (prefix) {
        ct_str after = skip(text, prefix), host = host_of(after);
        if ((is_named_host(host) || (scheme && is_ipv4(host))) && ends_url(skip(after, host.length)))
            return true;
        size_t length = scheme ? ipv6_length(after) : 0;
        if (length)
            return ends_url(skip(after, length));
    }
    ct_str host = host_of(text);
    return is_bare_host(host) && ends_url(skip(text, host.length));
}

/* ^\S+@\w[\w.-]*\.\w+$ */
static bool is_mail(ct_str text)
{
    const char *sign = text.length ? memrchr(text.data, '@', text.length) : NULL;
    if (!sign || sign == text.data)
        return false;
    const char *start = sign + 1, *at = start, *end = text.data + text.length, *dot = NULL;
    if (at == end)
        return false;
    for (const char *next = at; at < end; at = next) {
        uint32_t code = ct_utf8_next(&next, end);
        if (code == '.')
            dot = at;
        else if (!is_word(code) && code != '-')
            return false;
        if (at == start && !is_word(code))
            return false;
        if (code == '-')
            dot = NULL; /* the last label has none */
    }
    return dot && dot + 1 < end;
}

/* ---- words ---- */

static bool starts_with(ct_str text, const char *with)
{
    return ct_str_starts(text, ct_str_of(with));
}

/* Opening brackets at the front: how many bytes. */
static size_t head_length(ct_str word)
{
    size_t length = 0;
    for (;;) {
        ct_str rest = skip(word, length);
        if (rest.length && (rest.data[0] == '(' || rest.data[0] == '<'))
            length++;
        else if (starts_with(rest, "&lt;"))
            length += 4;
        else
            return length;
    }
}

/* Closing brackets, dots and commas at the end: where they begin. */
static size_t tail_start(ct_str word)
{
    size_t length = word.length;
    for (;;) {
        char last = length ? word.data[length - 1] : 0;
        if (last == ')' || last == '>' || last == '.' || last == ',' || last == '\n')
            length--;
        else if (ct_str_ends((ct_str){ word.data, length }, CT_STR("&gt;")))
            length -= 4;
        else
            return length;
    }
}

static size_t count_of(ct_str text, ct_str part)
{
    size_t count = 0;
    for (size_t at = 0; (at = ct_text_find(text, part, at)) != CT_NOT_FOUND; at += part.length)
        count++;
    return count;
}

/* Brackets that the word opens and that its tail closes belong to the word: moves its end behind them. */
static size_t balance(ct_str word, size_t end, ct_str open, ct_str close)
{
    ct_str middle = { word.data, end };
    size_t opened = count_of(middle, open);
    if (opened <= count_of(middle, close))
        return end;
    for (; opened; opened--) {
        size_t at = ct_text_find(word, close, end);
        if (at == CT_NOT_FOUND)
            break;
        end = at + close.length;
    }
    return end;
}

typedef struct linker {
    ct_buffer *out;
    const ct_urlize *options;
} linker;

static void write_attribute(linker *l, ct_str name, ct_str value)
{
    if (!value.length)
        return;
    ct_buffer_str(l->out, name);
    ct_buffer_str(l->out, value);
    ct_buffer_char(l->out, '"');
}

/* The address as it is shown. */
static void write_shown(linker *l, ct_str text)
{
    int64_t limit = l->options->limit, length = l->options->limits ? (int64_t)ct_utf8_count(text) : 0;
    if (!l->options->limits || length <= limit) {
        ct_buffer_str(l->out, text);
        return;
    }
    ct_buffer_str(l->out, ct_utf8_slice(text, 0, (size_t)(limit < 0 ? CT_MAX(length + limit, 0) : limit)));
    CT_BUFFER_LITERAL(l->out, "...");
}

static void write_link(linker *l, const char *prefix, ct_str address, bool attributes, bool cut)
{
    CT_BUFFER_LITERAL(l->out, "<a href=\"");
    ct_buffer_str(l->out, ct_str_of(prefix));
    ct_buffer_str(l->out, address);
    ct_buffer_char(l->out, '"');
    if (attributes) {
        write_attribute(l, CT_STR(" rel=\""), l->options->rel);
        write_attribute(l, CT_STR(" target=\""), l->options->target);
    }
    ct_buffer_char(l->out, '>');
    if (cut)
        write_shown(l, address);
    else
        ct_buffer_str(l->out, address);
    CT_BUFFER_LITERAL(l->out, "</a>");
}

static void write_other_scheme(linker *l, ct_str text)
{
    for (uint32_t i = 0; i < l->options->scheme_count; i++) {
        if (text.length > l->options->schemes[i].length && ct_str_starts(text, l->options->schemes[i])) {
            write_link(l, "", text, true, false);
            return;
        }
    }
    ct_buffer_str(l->out, text);
}

static void write_middle(linker *l, ct_str text)
{
    if (is_url(text)) {
        bool whole = starts_with(text, "https://") || starts_with(text, "http://");
        write_link(l, whole ? "" : "https://", text, true, true);
    } else if (starts_with(text, "mailto:") && is_mail(skip(text, 7))) {
        CT_BUFFER_LITERAL(l->out, "<a href=\"");
        ct_buffer_str(l->out, text);
        CT_BUFFER_LITERAL(l->out, "\">");
        ct_buffer_str(l->out, skip(text, 7));
        CT_BUFFER_LITERAL(l->out, "</a>");
    } else if (!starts_with(text, "www.") && !memchr(text.data, ':', text.length) && is_mail(text)) {
        write_link(l, "mailto:", text, false, false);
    } else {
        write_other_scheme(l, text);
    }
}

static void write_word(linker *l, ct_str word)
{
    size_t head = head_length(word);
    ct_buffer_append(l->out, word.data, head);
    word = skip(word, head);
    size_t end = tail_start(word);
    end = balance(word, end, CT_STR("("), CT_STR(")"));
    end = balance(word, end, CT_STR("<"), CT_STR(">"));
    end = balance(word, end, CT_STR("&lt;"), CT_STR("&gt;"));
    if (end)
        write_middle(l, (ct_str){ word.data, end });
    ct_buffer_append(l->out, word.data + end, word.length - end);
}

void ct_urlize_write(ct_renderer *r, ct_buffer *out, ct_str html, const ct_urlize *options)
{
    linker l = { .out = out, .options = options };
    const char *at = html.data, *end = at + html.length, *next = at;
    while (at < end) {
        const char *start = at;
        while (at < end && !ct_uc_is_space(ct_utf8_next(&next, end)))
            at = next;
        if (at > start)
            write_word(&l, (ct_str){ start, (size_t)(at - start) });
        start = next = at;
        while (at < end && ct_uc_is_space(ct_utf8_next(&next, end)))
            at = next;
        ct_buffer_append(out, start, (size_t)(at - start));
        next = at;
        ct_render_step(r, 1);
    }
}
