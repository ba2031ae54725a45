/* Django's striptags: the text without its tags, as Python's html.parser finds them.
 *
 * The parser is followed in what it takes for a tag, a comment, a declaration or a reference, and in what it does at
 * the end of a text that breaks off inside of one. As in Django, it is run again over what is left for as long as that
 * makes tags fewer, so that "<<b>script>" leaves no tag behind; a text made to need that very often is refused.
 *
 *     feed: tags, comments and references as far as they are complete; stops before what is not
 *     close: the same from there on, and the rest as text
 *
 * Not like Python: "<![" with a keyword that it does not know ends at the next '>' instead of with an exception. */
#include "template/django_filters.h"
#include "template/render.h"
#include "template/text.h"

/* Django's limits: how often the text is parsed, and what is suspicious at once. */
#define MOST_ROUNDS 50
#define LONG_TAG 1000

#define NOT_COMPLETE SIZE_MAX

typedef struct stripper {
    ct_renderer *r;
    ct_buffer out;
    const char *data;
    size_t length, at;
    ct_str raw;      /* "script" or "style" inside of one */
    bool no_comment; /* no comment ends any more, nor a section: they are not looked for again and again */
    bool no_section[2];
} stripper;

static bool is_letter(char ch)
{
    ch = ct_ascii_lower(ch);
    return ch >= 'a' && ch <= 'z';
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_hex(char ch)
{
    ch = ct_ascii_lower(ch);
    return is_digit(ch) || (ch >= 'a' && ch <= 'f');
}

static bool is_among(char ch, const char *chars)
{
    return ch && strchr(chars, ch);
}

static char char_at(const stripper *s, size_t at)
{
    return at < s->length ? s->data[at] : '\0';
}

static bool starts(const stripper *s, size_t at, const char *with)
{
    size_t length = strlen(with);
    return s->length - at >= length && memcmp(s->data + at, with, length) == 0;
}

static size_t find(const stripper *s, size_t from, char ch)
{
    const char *found = from < s->length ? memchr(s->data + from, ch, s->length - from) : NULL;
    return found ? (size_t)(found - s->data) : NOT_COMPLETE;
}

static void emit(stripper *s, size_t from, size_t to)
{
    ct_buffer_append(&s->out, s->data + from, to - from);
}

/* The length of the white space at `at`, one character of it; 0 when there is none. */
static size_t space_at(const stripper *s, size_t at)
{
    if (at >= s->length)
        return 0;
    const char *from = s->data + at, *next = from;
    return ct_uc_is_space(ct_utf8_next(&next, s->data + s->length)) ? (size_t)(next - from) : 0;
}

static size_t skip_space(const stripper *s, size_t at)
{
    for (size_t length; (length = space_at(s, at));)
        at += length;
    return at;
}

/* ---- start tags ---- */

static size_t name_end(const stripper *s, size_t at)
{
    while (at < s->length && s->data[at] && !is_among(s->data[at], "\t\n\r\f />"))
        at++;
    return at;
}

/* White space and slashes, but for the one of "/>". */
static size_t skip_between(const stripper *s, size_t at)
{
    for (;;) {
        size_t length = space_at(s, at);
        if (!length && char_at(s, at) == '/' && char_at(s, at + 1) != '>')
            length = 1;
        if (!length)
            return at;
        at += length;
    }
}

/* The value of an attribute that begins at `at`, in quotes or bare; NOT_COMPLETE where a quote is not closed. */
static size_t value_end(const stripper *s, size_t at, size_t *ret_bare_end)
{
    char quote = char_at(s, at);
    if (at < s->length && (quote == '\'' || quote == '"')) {
        size_t end = find(s, at + 1, quote);
        return end == NOT_COMPLETE ? NOT_COMPLETE : end + 1;
    }
    while (at < s->length && s->data[at] != '>' && !space_at(s, at))
        at++;
    *ret_bare_end = at;
    return at;
}

/* An attribute's "= value", with white space around; `at` where there is none. */
static size_t skip_value(const stripper *s, size_t at, size_t *ret_bare_end)
{
    size_t equals = skip_space(s, at), start = equals;
    while (char_at(s, start) == '=')
        start++;
    if (start == equals)
        return at;
    size_t value = skip_space(s, start), end = value_end(s, value, ret_bare_end);
    if (end != NOT_COMPLETE)
        return end;
    /* A quote that is not closed: nothing, or the further '=', is the value instead, and the quote begins a name. */
    if (value > start)
        return value;
    return start - equals > 1 ? value_end(s, start - 1, ret_bare_end) : at;
}

/* Where the next attribute ends; `at` when there is none. Its name needs white space, a slash or a quote before it. */
static size_t skip_attribute(const stripper *s, size_t at, size_t *ret_bare_end)
{
    const char *before = ct_utf8_back(s->data + at, s->data), *start = before;
    bool parted = ct_uc_is_space(ct_utf8_next(&before, s->data + s->length)) || is_among(*start, "'\"/");
    if (!parted || at >= s->length || is_among(s->data[at], "/>") || space_at(s, at))
        return at;
    do
        at++;
    while (at < s->length && !is_among(s->data[at], "/=>") && !space_at(s, at));
    return skip_between(s, skip_value(s, at, ret_bare_end));
}

/* Whether the tag ends with "/>" that is not part of a value. */
static bool closes_itself(const stripper *s, size_t end, size_t bare_end)
{
    return s->data[end - 2] == '/' && bare_end != end - 1;
}

static void enter_raw(stripper *s, size_t name, size_t end)
{
    static const ct_str elements[] = { CT_STR("script"), CT_STR("style") };
    ct_str text = { s->data + name, end - name };
    for (size_t i = 0; i < CT_COUNT(elements); i++)
        if (ct_str_eq_nocase(text, elements[i]))
            s->raw = elements[i];
}

static size_t parse_start_tag(stripper *s, size_t start)
{
    size_t name = name_end(s, start + 1), at = name, bare_end = 0, next;
    while (char_at(s, at) == '/' || space_at(s, at))
        at += char_at(s, at) == '/' ? 1 : space_at(s, at);
    while ((next = skip_attribute(s, at, &bare_end)) != at)
        at = next;
    at = skip_space(s, at);
    ct_render_step(s->r, (at - start) / 16);
    if (at == s->length)
        return NOT_COMPLETE;
    char ch = s->data[at];
    size_t end = ch == '>' ? at + 1 : ch == '/' && char_at(s, at + 1) == '>' ? at + 2 : 0;
    if (end) {
        if (!closes_itself(s, end, bare_end))
            enter_raw(s, start + 1, name);
        return end;
    }
    if (is_letter(ch) || ch == '=' || ch == '/')
        return NOT_COMPLETE;
    emit(s, start, at); /* broken off by something else: no tag after all */
    return at;
}

/* ---- everything else that begins with '<' ---- */

/* What follows ']', white space and perhaps another one, and a '>'. */
static size_t find_section_end(stripper *s, size_t from, bool twice)
{
    for (size_t at = s->no_section[twice] ? NOT_COMPLETE : find(s, from, ']'); at != NOT_COMPLETE;
         at = find(s, at + 1, ']')) {
        size_t next = skip_space(s, at + 1);
        if (twice) {
            if (char_at(s, next) != ']')
                continue;
            next = skip_space(s, next + 1);
        }
        if (char_at(s, next) == '>')
            return next + 1;
    }
    s->no_section[twice] = true;
    return NOT_COMPLETE;
}

static size_t parse_section(stripper *s, size_t start)
{
    static const char *const names[] = { "temp", "cdata", "ignore", "include", "rcdata", "if", "else", "endif" };
    size_t name = start + 3, end = name;
    while (is_letter(char_at(s, end)) ||
           (end > name && end < s->length && (is_digit(s->data[end]) || is_among(s->data[end], "-_."))))
        end++;
    if (name == s->length || (end > name && skip_space(s, end) == s->length))
        return NOT_COMPLETE;
    for (size_t i = 0; i < CT_COUNT(names); i++)
        if (ct_str_eq_nocase((ct_str){ s->data + name, end - name }, ct_str_of(names[i])))
            return find_section_end(s, name, i < 5);
    size_t close = find(s, name, '>');
    return close == NOT_COMPLETE ? NOT_COMPLETE : close + 1;
}

static size_t find_comment_end(stripper *s, size_t from)
{
    for (size_t at = s->no_comment ? NOT_COMPLETE : find(s, from, '-'); at != NOT_COMPLETE; at = find(s, at + 1, '-')) {
        if (char_at(s, at + 1) != '-')
            continue;
        size_t next = skip_space(s, at + 2);
        if (char_at(s, next) == '>')
            return next + 1;
    }
    s->no_comment = true;
    return NOT_COMPLETE;
}

/* A tag, comment or declaration; its end, or NOT_COMPLETE. */
static size_t parse_markup(stripper *s, size_t start)
{
    if (is_letter(char_at(s, start + 1)))
        return parse_start_tag(s, start);
    if (starts(s, start, "<!--"))
        return find_comment_end(s, start + 4);
    if (starts(s, start, "<!["))
        return parse_section(s, start);
    size_t close = find(s, start + 2, '>');
    if (char_at(s, start + 1) == '/')
        s->raw = close == NOT_COMPLETE ? s->raw : (ct_str){ 0 };
    return close == NOT_COMPLETE ? NOT_COMPLETE : close + 1;
}

/* False where the parser stops: at the end of the text while more may come. */
static bool meet_markup(stripper *s, bool closing)
{
    char next = char_at(s, s->at + 1);
    if (!is_letter(next) && next != '/' && next != '!' && next != '?') {
        if (s->at + 1 == s->length)
            return false;
        emit(s, s->at, s->at + 1);
        s->at++;
        return true;
    }
    size_t end = parse_markup(s, s->at);
    if (end == NOT_COMPLETE) {
        if (!closing)
            return false;
        ct_render_step(s->r, (s->length - s->at) / 64); /* it was looked for to the end */
        end = find(s, s->at + 1, '>');
        if (end != NOT_COMPLETE)
            end++;
        else if ((end = find(s, s->at + 1, '<')) == NOT_COMPLETE)
            end = s->at + 1;
        emit(s, s->at, end);
    }
    s->at = end;
    return true;
}

/* ---- references ---- */

/* Writes a reference with its semicolon, which may be missing. */
static void emit_reference(stripper *s, size_t end)
{
    emit(s, s->at, end);
    ct_buffer_char(&s->out, ';');
    s->at = end + (char_at(s, end) == ';');
}

static bool meet_number(stripper *s)
{
    size_t end = s->at + 2;
    bool hex = ct_ascii_lower(char_at(s, end)) == 'x';
    size_t first = end += hex;
    while (end < s->length && (hex ? is_hex(s->data[end]) : is_digit(s->data[end])))
        end++;
    if (end > first && end < s->length && !is_hex(s->data[end])) {
        emit_reference(s, end);
        return true;
    }
    if (find(s, s->at, ';') != NOT_COMPLETE) {
        emit(s, s->at, s->at + 2);
        s->at += 2;
    }
    return false;
}

/* The end of the name of a reference, which something else must follow; 0 when nothing does. */
static size_t reference_end(const stripper *s)
{
    size_t first = s->at + 1, end = first;
    while (end < s->length && (is_letter(s->data[end]) || is_digit(s->data[end]) || is_among(s->data[end], "-.")))
        end++;
    if (end < s->length)
        return end;
    while (end > first && (is_letter(s->data[end - 1]) || is_digit(s->data[end - 1])))
        end--;
    return end > first + 1 ? end - 1 : 0; /* a '-' or '.' of the name follows it instead */
}

/* False where the parser stops. */
static bool meet_reference(stripper *s, bool closing)
{
    char next = char_at(s, s->at + 1);
    if (next == '#')
        return meet_number(s);
    if (is_letter(next)) {
        size_t end = reference_end(s);
        if (end) {
            emit_reference(s, end);
            return true;
        }
        if (closing && s->at + 2 == s->length) /* Python loses the '&' of "&a" at the end */
            s->at++;
        return false;
    }
    if (s->at + 1 == s->length)
        return false;
    emit(s, s->at, s->at + 1);
    s->at++;
    return true;
}

/* ---- the parser ---- */

/* Where the element whose content is no HTML ends. */
static size_t find_raw_end(const stripper *s)
{
    for (size_t at = find(s, s->at, '<'); at != NOT_COMPLETE; at = find(s, at + 1, '<')) {
        size_t name = skip_space(s, at + 2);
        if (char_at(s, at + 1) != '/' || s->length - CT_MIN(name, s->length) < s->raw.length ||
            !ct_str_eq_nocase((ct_str){ s->data + name, s->raw.length }, s->raw))
            continue;
        if (char_at(s, skip_space(s, name + s->raw.length)) == '>')
            return at;
    }
    return NOT_COMPLETE;
}

static size_t find_special(const stripper *s)
{
    size_t at = s->at;
    while (at < s->length && s->data[at] != '<' && s->data[at] != '&')
        at++;
    return at;
}

static void parse(stripper *s, bool closing)
{
    while (s->at < s->length) {
        size_t next = s->raw.length ? find_raw_end(s) : find_special(s);
        ct_render_step(s->r, 1);
        if (next == NOT_COMPLETE)
            return;
        emit(s, s->at, next);
        s->at = next;
        if (next == s->length)
            return;
        if (s->data[next] == '<' ? !meet_markup(s, closing) : !meet_reference(s, closing))
            break;
    }
    if (closing && s->at < s->length && !s->raw.length) {
        emit(s, s->at, s->length);
        s->at = s->length;
    }
}

static ct_str strip_once(ct_renderer *r, ct_str text)
{
    stripper s = { .r = r, .out = ct_text_begin(r), .data = text.data, .length = text.length };
    ct_buffer_reserve(&s.out, text.length);
    parse(&s, false);
    parse(&s, true);
    return ct_t_get_str(ct_text_end(r, &s.out));
}

/* ---- the filter ---- */

static size_t count_opens(ct_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == '<';
    return count;
}

/* Whether a tag that opens many others goes on without an end: what takes the parser long. */
static bool is_suspicious(ct_str text)
{
    while (text.length) {
        const char *close = memchr(text.data, '>', text.length), *end = close ? close : text.data + text.length;
        const char *at = text.data;
        while (at + 1 < end && (at[0] != '<' || !is_letter(at[1])))
            at++;
        ct_str tag = { at, (size_t)(end - at) };
        if (tag.length >= LONG_TAG + 2 && ct_utf8_count(tag) >= LONG_TAG + 2 && count_opens(tag) >= MOST_ROUNDS)
            return true;
        size_t cut = (size_t)(end - text.data) + (close != NULL);
        text = (ct_str){ text.data + cut, text.length - cut };
    }
    return false;
}

ct_tval ct_django_striptags(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_str text = ct_t_get_str(args[0]);
    (void)count;
    if (!text.length || !memchr(text.data, '<', text.length))
        return args[0];
    bool suspicious = is_suspicious(text);
    for (int round = 0; !suspicious && text.length; round++) {
        size_t opens = count_opens(text);
        if (!opens || !memchr(text.data, '>', text.length))
            break;
        suspicious = round == MOST_ROUNDS;
        ct_str stripped = suspicious ? text : strip_once(r, text);
        if (count_opens(stripped) == opens)
            break;
        text = stripped;
    }
    if (suspicious)
        ct_render_fail(r, "striptags: the text is nothing but the beginnings of tags");
    return ct_t_str(text);
}
