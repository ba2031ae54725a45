/* Django's urlize and urlizetrunc: links for the addresses in a text.
 *
 * The text is cut at white space, quotes and angle brackets; what lies between is an address, with punctuation and
 * brackets around it, or it is not. All that is shown is escaped unless it was safe, or autoescape is off; what goes
 * into href always is.
 *
 *     (see http://example.com/a_(b).)     lead "", address http://example.com/a_(b), trail ".)"
 *
 * An address is quoted the way a browser would have to, after undoing the quoting it has.
 *
 * Not like Django: host names beyond ASCII stay as they are instead of being written in Punycode, which browsers do by
 * themselves; and of punctuation cut off a text with references (&amp;) no part is shown twice. */
#include "template/django_filters.h"
#include "template/escape.h"
#include "template/render.h"
#include "template/text.h"

#include <arpa/inet.h>

#define MOST_URL 2048
/* The longest name of a reference has some 30 characters. */
#define MOST_REFERENCE 40

typedef struct linker {
    ct_renderer *r;
    ct_buffer out;
    bool escapes;
    bool trims;    /* what a link shows is cut ... */
    int64_t limit; /* ... to so many characters */
} linker;

static ct_str part_of(ct_str text, size_t from, size_t to)
{
    return (ct_str){ text.data + from, to - from };
}

static bool starts_nocase(ct_str text, ct_str with)
{
    return text.length >= with.length && ct_str_eq_nocase(part_of(text, 0, with.length), with);
}

static size_t find(ct_str text, char ch)
{
    const char *found = text.length ? memchr(text.data, ch, text.length) : NULL;
    return found ? (size_t)(found - text.data) : CT_NOT_FOUND;
}

static bool is_word(ct_str text, size_t at)
{
    if (at >= text.length)
        return false;
    const char *from = text.data + at;
    uint32_t code = ct_utf8_next(&from, text.data + text.length);
    return code == '_' || ct_uc_is_alnum(code);
}

/* ---- punctuation around ---- */

/* Whether the ';' at the end of the text ends a reference: "&amp;". */
static bool ends_reference(ct_str text)
{
    char memory[64];
    size_t at = text.length - 1;
    while (at > 0 && text.length - at < MOST_REFERENCE && text.data[at - 1] != '&' && text.data[at - 1] != ';')
        at--;
    if (at == 0 || text.data[at - 1] != '&')
        return false;
    ct_buffer read = { .data = memory, .capacity = sizeof(memory) - 1, .limit = sizeof(memory) - 1 };
    ct_unescape_write(&read, part_of(text, at - 1, text.length));
    return read.length && memory[read.length - 1] != ';';
}

static bool is_punctuation(ct_str text)
{
    char last = text.data[text.length - 1];
    return last == '.' || last == ',' || last == ':' || last == '!' || (last == ';' && !ends_reference(text));
}

static int64_t count_of(ct_str text, char ch)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == ch;
    return count;
}

/* The word without what stands around an address. Brackets that are closed inside of it stay. */
static ct_str trim_punctuation(ct_str word)
{
    static const char pairs[2][2] = { { '(', ')' }, { '[', ']' } };
    int64_t open[2] = { count_of(word, '('), count_of(word, '[') };
    int64_t closed[2] = { count_of(word, ')'), count_of(word, ']') };
    for (bool trimmed = true; trimmed;) {
        trimmed = false;
        for (int i = 0; i < 2; i++) {
            if (word.length && word.data[0] == pairs[i][0]) {
                word = part_of(word, 1, word.length);
                open[i]--;
                trimmed = true;
            }
            if (word.length && word.data[word.length - 1] == pairs[i][1] && closed[i] == open[i] + 1) {
                word.length--;
                closed[i]--;
                trimmed = true;
            }
        }
        for (; word.length && is_punctuation(word); word.length--)
            trimmed = true;
    }
    return word;
}

/* ---- what is an address ---- */

/* http://x, https://[1 */
static bool is_url(ct_str text)
{
    size_t at = starts_nocase(text, CT_STR("http://")) ? 7 : starts_nocase(text, CT_STR("https://")) ? 8 : 0;
    return at && is_word(text, at + (at < text.length && text.data[at] == '['));
}

static bool is_top_domain(ct_str text)
{
    static const ct_str names[] = { CT_STR("com"), CT_STR("edu"), CT_STR("gov"), CT_STR("int"),
                                    CT_STR("mil"), CT_STR("net"), CT_STR("org") };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        if (starts_nocase(text, names[i]))
            return true;
    return false;
}

/* www.anything, example.com, example.org/path */
static bool is_host(ct_str text)
{
    if (starts_nocase(text, CT_STR("www.")))
        return true;
    if (starts_nocase(text, CT_STR("http")) || !is_word(text, 0))
        return false;
    size_t first = (size_t)(ct_utf8_skip(text.data, text.data + text.length) - text.data);
    for (size_t at = first; at < text.length && text.data[at] != '@'; at++) {
        if (text.data[at] != '.' || at == first || !is_top_domain(part_of(text, at + 1, text.length)))
            continue;
        if (at + 4 == text.length || text.data[at + 4] == '/')
            return true;
    }
    return false;
}

static bool is_mail(ct_str text)
{
    size_t at = find(text, '@');
    if (at == CT_NOT_FOUND || at == 0 || at + 1 == text.length || find(text, ':') != CT_NOT_FOUND)
        return false;
    ct_str domain = part_of(text, at + 1, text.length);
    return find(domain, '@') == CT_NOT_FOUND && domain.data[0] != '.' && find(domain, '.') != CT_NOT_FOUND &&
           (domain.length <= 63 || ct_utf8_count(domain) <= 63);
}

/* ---- quoting ---- */

/* RFC 3986: what delimits the parts of a URL stays, and so does what is unreserved. */
#define DELIMITERS "!$&'()*+,;=:/?#[]@~"

static int hex_value(char ch)
{
    char lower = ct_ascii_lower(ch);
    return ch >= '0' && ch <= '9' ? ch - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Percent-encoding undone; bytes that are no UTF-8 become U+FFFD. */
static ct_str unquoted(ct_renderer *r, ct_str text)
{
    if (find(text, '%') == CT_NOT_FOUND)
        return text;
    ct_buffer bytes = ct_text_begin(r), out = ct_text_begin(r);
    for (size_t i = 0; i < text.length; i++) {
        int high = i + 2 < text.length && text.data[i] == '%' ? hex_value(text.data[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text.data[i + 2]) : -1;
        ct_buffer_char(&bytes, low >= 0 ? (char)(high * 16 + low) : text.data[i]);
        i += low >= 0 ? 2 : 0;
    }
    ct_str whole = ct_t_get_str(ct_text_end(r, &bytes));
    if (ct_utf8_valid(whole.data, whole.length))
        return whole;
    const char *at = whole.data, *end = at + whole.length;
    while (at < end) {
        const char *from = at;
        at = ct_utf8_skip(at, end);
        if (ct_utf8_valid(from, (size_t)(at - from))) {
            ct_buffer_append(&out, from, (size_t)(at - from));
            continue;
        }
        CT_BUFFER_LITERAL(&out, "\xef\xbf\xbd");
        at = from + 1;
    }
    return ct_t_get_str(ct_text_end(r, &out));
}

static void write_requoted(ct_renderer *r, ct_buffer *out, ct_str text)
{
    ct_percent_write(out, unquoted(r, text), DELIMITERS);
}

/* A key or a value of a query: quoting is undone twice, as Django does, and '+' is a blank the first time. */
static void write_query_part(ct_renderer *r, ct_buffer *out, ct_str text)
{
    ct_buffer blanks = ct_text_begin(r), quoted = ct_text_begin(r);
    for (size_t i = 0; i < text.length; i++)
        ct_buffer_char(&blanks, text.data[i] == '+' ? ' ' : text.data[i]);
    ct_str plain = unquoted(r, unquoted(r, ct_t_get_str(ct_text_end(r, &blanks))));
    ct_percent_write(&quoted, plain, " ");
    ct_str done = ct_t_get_str(ct_text_end(r, &quoted));
    for (size_t i = 0; i < done.length; i++)
        ct_buffer_char(out, done.data[i] == ' ' ? '+' : done.data[i]);
}

/* The pairs of a query; empty ones are left out, a key alone gets a '='. */
static void write_query(ct_renderer *r, ct_buffer *out, ct_str query)
{
    size_t start = out->length;
    ct_buffer_char(out, '?');
    while (query.length) {
        size_t end = CT_MIN(find(query, '&'), query.length);
        ct_str pair = part_of(query, 0, end);
        query = part_of(query, CT_MIN(end + 1, query.length), query.length);
        if (!pair.length)
            continue;
        size_t equals = CT_MIN(find(pair, '='), pair.length);
        if (out->length > start + 1)
            ct_buffer_char(out, '&');
        write_query_part(r, out, part_of(pair, 0, equals));
        ct_buffer_char(out, '=');
        write_query_part(r, out, part_of(pair, CT_MIN(equals + 1, pair.length), pair.length));
    }
    if (out->length == start + 1)
        out->length = start;
}

/* ---- the parts of a URL ---- */

typedef struct url {
    ct_str scheme, host, path, query, fragment;
    bool has_host;
} url;

/* What may stand in brackets: an IPv6 address, or "v1.anything". */
static bool is_bracketed_host(ct_str host)
{
    char text[64];
    struct in6_addr address;
    if (host.length && host.data[0] == 'v') {
        size_t dot = find(host, '.');
        for (size_t i = 1; dot != CT_NOT_FOUND && i < dot; i++)
            if (hex_value(host.data[i]) < 0)
                return false;
        return dot != CT_NOT_FOUND && dot > 1 && dot + 1 < host.length;
    }
    size_t length = CT_MIN(find(host, '%'), host.length); /* an interface may follow */
    if (length >= sizeof(text) || (length < host.length && length + 1 == host.length))
        return false;
    memcpy(text, host.data, length);
    text[length] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* Brackets in pairs, around an address, with nothing but a user before and a port behind. */
static bool has_sound_brackets(ct_str host)
{
    size_t open = find(host, '['), close = find(host, ']');
    if (open == CT_NOT_FOUND && close == CT_NOT_FOUND)
        return true;
    if (open == CT_NOT_FOUND || close == CT_NOT_FOUND)
        return false;
    size_t user = ct_text_rfind(host, CT_STR("@"));
    ct_str name = part_of(host, user == CT_NOT_FOUND ? 0 : user + 1, host.length);
    if (find(name, '[') == CT_NOT_FOUND)
        return is_bracketed_host(part_of(name, 0, CT_MIN(find(name, ':'), name.length)));
    if (!name.data || !name.length || name.data[0] != '[')
        return false;
    name = part_of(name, 1, name.length);
    close = CT_MIN(find(name, ']'), name.length);
    if (close + 1 < name.length && name.data[close + 1] != ':')
        return false;
    return is_bracketed_host(part_of(name, 0, close));
}

/* Labels of 1 to 63 characters; the last may be empty. */
static bool has_sound_labels(ct_str host)
{
    for (;;) {
        size_t dot = find(host, '.'), length = CT_MIN(dot, host.length);
        if (length >= 64 || (length == 0 && dot != CT_NOT_FOUND))
            return false;
        if (dot == CT_NOT_FOUND)
            return true;
        host = part_of(host, dot + 1, host.length);
    }
}

static bool is_scheme(ct_str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char lower = ct_ascii_lower(text.data[i]);
        bool letter = lower >= 'a' && lower <= 'z';
        bool other = (lower >= '0' && lower <= '9') || lower == '+' || lower == '-' || lower == '.';
        if (!letter && (i == 0 || !other))
            return false;
    }
    return text.length > 0;
}

/* Cuts what follows the first `mark` off. */
static ct_str cut_after(ct_str *text, char mark)
{
    size_t at = find(*text, mark);
    if (at == CT_NOT_FOUND)
        return (ct_str){ 0 };
    ct_str rest = part_of(*text, at + 1, text->length);
    text->length = at;
    return rest;
}

static url split_url(ct_str text)
{
    url parts = { 0 };
    size_t colon = find(text, ':');
    if (colon != CT_NOT_FOUND && is_scheme(part_of(text, 0, colon))) {
        parts.scheme = part_of(text, 0, colon);
        text = part_of(text, colon + 1, text.length);
    }
    if (ct_str_starts(text, CT_STR("//"))) {
        size_t end = 2;
        while (end < text.length && text.data[end] != '/' && text.data[end] != '?' && text.data[end] != '#')
            end++;
        parts.host = part_of(text, 2, end);
        parts.has_host = true;
        text = part_of(text, end, text.length);
    }
    parts.fragment = cut_after(&text, '#');
    parts.query = cut_after(&text, '?');
    parts.path = text;
    return parts;
}

/* Without control characters in front, and without line ends and tabs anywhere, which references can stand for. */
static ct_str cleaned(ct_renderer *r, ct_str text)
{
    while (text.length && (unsigned char)text.data[0] <= ' ')
        text = part_of(text, 1, text.length);
    ct_buffer out = ct_text_begin(r);
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] != '\t' && text.data[i] != '\n' && text.data[i] != '\r')
            ct_buffer_char(&out, text.data[i]);
    return ct_t_get_str(ct_text_end(r, &out));
}

static ct_str quoted_url(ct_renderer *r, ct_str text)
{
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, text.length + 16);
    url parts = split_url(cleaned(r, text));
    if (!has_sound_brackets(parts.host) || (ct_utf8_is_ascii(parts.host) && !has_sound_labels(parts.host))) {
        write_requoted(r, &out, text);
        return ct_t_get_str(ct_text_end(r, &out));
    }
    for (size_t i = 0; i < parts.scheme.length; i++)
        ct_buffer_char(&out, ct_ascii_lower(parts.scheme.data[i]));
    CT_BUFFER_LITERAL(&out, "://");
    ct_buffer_str(&out, parts.host);
    if (parts.path.length && parts.path.data[0] != '/')
        ct_buffer_char(&out, '/');
    write_requoted(r, &out, parts.path);
    if (parts.query.length)
        write_query(r, &out, parts.query);
    if (parts.fragment.length) {
        ct_buffer_char(&out, '#');
        write_requoted(r, &out, parts.fragment);
    }
    return ct_t_get_str(ct_text_end(r, &out));
}

/* ---- links ---- */

static void show(linker *l, ct_str text)
{
    if (l->escapes)
        ct_escape_write(&l->out, text, true);
    else
        ct_buffer_str(&l->out, text);
}

/* An address with its references read, `before` it. */
static ct_str unescaped(linker *l, ct_str before, ct_str text)
{
    ct_buffer out = ct_text_begin(l->r);
    ct_buffer_str(&out, before);
    ct_unescape_write(&out, text);
    return ct_t_get_str(ct_text_end(l->r, &out));
}

/* Where the link leads to; false where the text is no address. */
static bool find_target(linker *l, ct_str text, ct_str *ret_target, bool *ret_mail)
{
    bool fits = text.length <= MOST_URL || ct_utf8_count(text) <= MOST_URL;
    *ret_mail = false;
    if (fits && is_url(text)) {
        *ret_target = quoted_url(l->r, unescaped(l, CT_STR(""), text));
    } else if (fits && is_host(text)) {
        *ret_target = quoted_url(l->r, unescaped(l, CT_STR("http://"), text));
    } else if (is_mail(text)) {
        ct_str domain = part_of(text, find(text, '@') + 1, text.length);
        if (ct_utf8_is_ascii(domain) && !has_sound_labels(domain))
            return false;
        ct_buffer out = ct_text_begin(l->r);
        CT_BUFFER_LITERAL(&out, "mailto:");
        ct_buffer_str(&out, text);
        *ret_target = ct_t_get_str(ct_text_end(l->r, &out));
        *ret_mail = true;
    } else {
        return false;
    }
    return true;
}

static void show_trimmed(linker *l, ct_str text)
{
    if (!l->trims || ct_utf8_count(text) <= (size_t)CT_MAX(l->limit, 0)) {
        show(l, text);
        return;
    }
    show(l, ct_utf8_slice(text, 0, (size_t)CT_MAX(l->limit - 1, 0)));
    CT_BUFFER_LITERAL(&l->out, "\xe2\x80\xa6");
}

static void write_word(linker *l, ct_str word)
{
    ct_str middle = trim_punctuation(word), target;
    bool mail;
    ct_render_step(l->r, 1);
    if (!find_target(l, middle, &target, &mail)) {
        show(l, word);
        return;
    }
    size_t lead = middle.length ? (size_t)(middle.data - word.data) : 0;
    show(l, part_of(word, 0, lead));
    CT_BUFFER_LITERAL(&l->out, "<a href=\"");
    ct_escape_write(&l->out, target, true);
    ct_buffer_str(&l->out, mail ? CT_STR("\">") : CT_STR("\" rel=\"nofollow\">"));
    show_trimmed(l, middle);
    CT_BUFFER_LITERAL(&l->out, "</a>");
    show(l, part_of(word, lead + middle.length, word.length));
}

static bool separates(uint32_t code)
{
    return code == '<' || code == '>' || code == '"' || code == '\'' || ct_uc_is_space(code);
}

/* The words with a dot, a colon or an @ are looked at; all between them is shown as it comes. */
static ct_tval linked(ct_renderer *r, ct_tval v, bool trims, int64_t limit)
{
    linker l = { .r = r, .out = ct_text_begin(r), .escapes = ct_django_escapes(r, v), .trims = trims, .limit = limit };
    const char *at = v.text, *end = at + v.length, *shown = at;
    ct_buffer_reserve(&l.out, v.length);
    while (at < end) {
        const char *word = at, *word_end = at;
        bool candidate = false;
        for (; at < end && !separates(ct_utf8_next(&at, end)); word_end = at)
            candidate |= *word_end == '.' || *word_end == '@' || *word_end == ':';
        if (!candidate)
            continue;
        show(&l, (ct_str){ shown, (size_t)(word - shown) });
        write_word(&l, (ct_str){ word, (size_t)(word_end - word) });
        shown = at = word_end;
    }
    show(&l, (ct_str){ shown, (size_t)(end - shown) });
    ct_tval linked_text = ct_text_end(r, &l.out);
    linked_text.flags = CT_T_SAFE;
    return linked_text;
}

ct_tval ct_django_urlize(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return linked(r, args[0], false, 0);
}

ct_tval ct_django_urlizetrunc(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return linked(r, args[0], true, ct_django_need_int(r, args[1], "the argument of urlizetrunc"));
}
