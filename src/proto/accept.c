/* Content negotiation: the header is cut into elements once, then each offer looks for the most specific that matches.
 *
 *   text/html;level=1;q=0.5  ->  range "text/html", parameters ";level=1", quality 500
 *
 * Everything stays a slice of the header; there are at most CT_ACCEPT_MAX_ELEMENTS elements, on the stack. What follows
 * the weight of an element (accept-ext of RFC 7231, gone since) must be well-formed but has no meaning. */
#include "proto/accept.h"

#include "base/common.h"
#include "base/str.h"

typedef struct element {
    ct_str range;
    ct_str parameters; /* from the first ';' to the weight or the end */
    unsigned parameter_count;
    int quality; /* thousandths */
} element;

typedef struct element_list {
    element items[CT_ACCEPT_MAX_ELEMENTS];
    size_t count;
} element_list;

typedef struct parameter {
    ct_str name, value; /* a quoted value has its quotes */
} parameter;

/* tchar of RFC 9110, 5.6.2. */
static bool is_token_char(char ch)
{
    char lower = ct_ascii_lower(ch);
    return (lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || (ch && strchr("!#$%&'*+-.^_`|~", ch));
}

static void skip(ct_str *rest, size_t length)
{
    rest->data += length;
    rest->length -= length;
}

static void skip_blanks(ct_str *rest)
{
    while (rest->length && (rest->data[0] == ' ' || rest->data[0] == '\t'))
        skip(rest, 1);
}

static ct_str take_token(ct_str *rest)
{
    ct_str token = { rest->data, 0 };
    while (token.length < rest->length && is_token_char(rest->data[token.length]))
        token.length++;
    skip(rest, token.length);
    return token;
}

/* A quoted-string (5.6.4) with its quotes; empty when the closing one is missing. */
static ct_str take_quoted(ct_str *rest)
{
    for (size_t at = 1; at < rest->length; at++) {
        if (rest->data[at] == '\\') {
            at++;
        } else if (rest->data[at] == '"') {
            ct_str quoted = { rest->data, at + 1 };
            skip(rest, quoted.length);
            return quoted;
        }
    }
    return (ct_str){ rest->data, 0 };
}

/* Takes `OWS ";" OWS [ name "=" value ]` (5.6.6) off `rest`; name.length is 0 where there is no parameter after the
 * semicolon. False: malformed. */
static bool take_parameter(ct_str *rest, parameter *ret_parameter)
{
    skip_blanks(rest);
    if (!rest->length || rest->data[0] != ';')
        return false;
    skip(rest, 1);
    skip_blanks(rest);
    parameter found = { .name = take_token(rest) };
    if (found.name.length) {
        if (!rest->length || rest->data[0] != '=')
            return false;
        skip(rest, 1);
        found.value = rest->length && rest->data[0] == '"' ? take_quoted(rest) : take_token(rest);
        if (!found.value.length)
            return false;
    }
    *ret_parameter = found;
    return true;
}

/* The next character of a value, without quotes and backslashes; -1 at the end. */
static int next_value_char(ct_str *value, bool quoted)
{
    if (!value->length || (quoted && value->data[0] == '"'))
        return -1;
    if (quoted && value->data[0] == '\\')
        skip(value, 1);
    char ch = ct_ascii_lower(value->data[0]);
    skip(value, 1);
    return (unsigned char)ch;
}

/* "utf-8" and utf-8 are the same value, and so is UTF-8: the parameters that matter ignore case. */
static bool value_equal(ct_str a, ct_str b)
{
    bool a_quoted = a.data[0] == '"', b_quoted = b.data[0] == '"';
    skip(&a, a_quoted);
    skip(&b, b_quoted);
    for (;;) {
        int ch = next_value_char(&a, a_quoted);
        if (ch != next_value_char(&b, b_quoted))
            return false;
        if (ch < 0)
            return true;
    }
}

/* qvalue of 12.4.2: 0 to 1 with at most three decimals, in thousandths. */
static bool parse_quality(ct_str text, int *ret_quality)
{
    if (!text.length || text.length > 5 || (text.data[0] != '0' && text.data[0] != '1'))
        return false;
    if (text.length > 1 && text.data[1] != '.')
        return false;
    int quality = (text.data[0] - '0') * 1000;
    for (size_t i = 2, weight = 100; i < text.length; i++, weight /= 10) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        quality += (text.data[i] - '0') * (int)weight;
    }
    if (quality > 1000)
        return false;
    *ret_quality = quality;
    return true;
}

/* "*", a token, or for media type/subtype; "*" stands for a type only where the subtype is "*" too. */
static bool valid_range(ct_accept_kind kind, ct_str range)
{
    ct_str rest = range, first = take_token(&rest);
    if (!first.length)
        return false;
    if (kind != CT_ACCEPT_MEDIA)
        return !rest.length && (range.length == 1 || !memchr(range.data, '*', range.length));
    if (!rest.length || rest.data[0] != '/')
        return false;
    skip(&rest, 1);
    ct_str second = take_token(&rest);
    bool any_type = ct_str_eq(first, CT_STR("*")), any_subtype = ct_str_eq(second, CT_STR("*"));
    return second.length && !rest.length && (!any_type || any_subtype);
}

static bool parse_element(ct_accept_kind kind, ct_str text, element *ret_element)
{
    ct_str rest = text;
    element found = { .quality = 1000 };
    while (rest.length && (is_token_char(rest.data[0]) || rest.data[0] == '/'))
        skip(&rest, 1);
    found.range = (ct_str){ text.data, text.length - rest.length };
    found.parameters = (ct_str){ rest.data, 0 };
    if (!valid_range(kind, found.range))
        return false;
    for (bool weighted = false; rest.length;) {
        parameter given;
        if (!take_parameter(&rest, &given))
            return false;
        if (weighted || !given.name.length)
            continue;
        if (ct_str_eq_nocase(given.name, CT_STR("q"))) {
            if (!parse_quality(given.value, &found.quality))
                return false;
            weighted = true;
        } else if (kind != CT_ACCEPT_MEDIA) {
            return false;
        } else {
            found.parameters.length = (size_t)(rest.data - found.parameters.data);
            found.parameter_count++;
        }
    }
    *ret_element = found;
    return true;
}

/* The next element of the list, cut at a comma outside of quotes. */
static ct_str next_element(ct_str *rest)
{
    bool quoted = false;
    for (size_t at = 0; at < rest->length; at++) {
        char ch = rest->data[at];
        if (quoted && ch == '\\') {
            at++;
        } else if (ch == '"') {
            quoted = !quoted;
        } else if (ch == ',' && !quoted) {
            ct_str text = { rest->data, at };
            skip(rest, at + 1);
            return ct_str_trim(text);
        }
    }
    ct_str text = *rest;
    *rest = (ct_str){ NULL, 0 };
    return ct_str_trim(text);
}

static void parse_list(ct_accept_kind kind, const char *header, element_list *ret_list)
{
    ct_str rest = ct_str_of(header);
    ret_list->count = 0;
    while (rest.data && ret_list->count < CT_ACCEPT_MAX_ELEMENTS) {
        ct_str text = next_element(&rest);
        ret_list->count += text.length && parse_element(kind, text, &ret_list->items[ret_list->count]);
    }
}

/* Whether `parameters` of an offer have one that is the same. */
static bool has_parameter(ct_str parameters, parameter wanted)
{
    parameter given;
    while (parameters.length && take_parameter(&parameters, &given)) {
        if (given.name.length && ct_str_eq_nocase(given.name, wanted.name) && value_equal(given.value, wanted.value))
            return true;
    }
    return false;
}

/* How specifically an element matches an offer: 0 not at all. The same for the other kinds below. */
static size_t match_media(const element *item, ct_str offer)
{
    ct_str parameters = offer, type = ct_str_next(&parameters, ';'), rest = item->parameters;
    size_t range_length = item->range.length;
    if (parameters.data)
        parameters = (ct_str){ parameters.data - 1, parameters.length + 1 };
    if (ct_str_eq(item->range, CT_STR("*/*")))
        range_length = 0;
    else if (ct_str_ends(item->range, CT_STR("/*")))
        range_length--;
    else if (type.length != range_length)
        return 0;
    if (type.length < range_length ||
        !ct_str_eq_nocase((ct_str){ type.data, range_length }, (ct_str){ item->range.data, range_length }))
        return 0;
    parameter wanted;
    while (rest.length && take_parameter(&rest, &wanted)) {
        if (wanted.name.length && !has_parameter(parameters, wanted))
            return 0;
    }
    size_t rank = !range_length ? 1 : range_length < item->range.length ? 2 : 3;
    return rank * ((size_t)1 << 24) + item->parameter_count;
}

/* Whether `tag` begins with the whole subtags of `prefix`. */
static bool has_subtags(ct_str tag, ct_str prefix)
{
    return tag.length >= prefix.length && ct_str_eq_nocase((ct_str){ tag.data, prefix.length }, prefix) &&
           (tag.length == prefix.length || tag.data[prefix.length] == '-');
}

static size_t match_language(const element *item, ct_str offer)
{
    if (ct_str_eq(item->range, CT_STR("*")))
        return 1;
    if (has_subtags(offer, item->range))
        return 2 + item->range.length;
    return item->quality && has_subtags(item->range, offer) ? 2 : 0;
}

static size_t match_token(const element *item, ct_str offer)
{
    if (ct_str_eq(item->range, CT_STR("*")))
        return 1;
    return ct_str_eq_nocase(item->range, offer) ? 2 : 0;
}

static size_t match_encoding(const element *item, ct_str offer)
{
    element plain = *item;
    if (ct_str_eq_nocase(item->range, CT_STR("x-gzip")) || ct_str_eq_nocase(item->range, CT_STR("x-compress")))
        skip(&plain.range, 2);
    return match_token(&plain, offer);
}

static size_t match(ct_accept_kind kind, const element *item, ct_str offer)
{
    switch (kind) {
    case CT_ACCEPT_MEDIA:
        return match_media(item, offer);
    case CT_ACCEPT_LANGUAGE:
        return match_language(item, offer);
    case CT_ACCEPT_ENCODING:
        return match_encoding(item, offer);
    default:
        return match_token(item, offer);
    }
}

/* The quality of an offer: that of the most specific element, the higher one of equals. */
static int quality_of(ct_accept_kind kind, const element_list *list, ct_str offer)
{
    size_t best_match = 0;
    int quality = 0;
    for (size_t i = 0; i < list->count; i++) {
        const element *item = &list->items[i];
        size_t found = match(kind, item, offer);
        if (found > best_match || (found && found == best_match && item->quality > quality)) {
            best_match = found;
            quality = item->quality;
        }
    }
    if (!best_match && kind == CT_ACCEPT_ENCODING && ct_str_eq_nocase(offer, CT_STR("identity")))
        return 1; /* a thousandth: after whatever the client names */
    return quality;
}

const char *ct_accept_best(ct_accept_kind kind, const char *header, const char *const *offers)
{
    element_list list;
    parse_list(kind, header ? header : "", &list);
    if (!list.count && kind != CT_ACCEPT_ENCODING)
        return offers[0];
    const char *best = NULL;
    int best_quality = 0;
    for (size_t i = 0; offers[i]; i++) {
        int quality = quality_of(kind, &list, ct_str_of(offers[i]));
        if (quality > best_quality) {
            best = offers[i];
            best_quality = quality;
        }
    }
    return best;
}
