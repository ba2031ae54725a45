/* Percent coding, absolute URLs and local redirects.
 *
 * Decoding is the hot part: every byte of every form passes through ct_url_decode_into(). It moves eight bytes at a
 * time while none of them is '%', '+' or NUL, and validates UTF-8 only if a byte above 0x7F was seen or decoded.
 *
 * It deliberately does not resolve relative references, remove dot segments or know internationalised names: the
 * server needs none of them. */
#include "proto/url.h"

#include <arpa/inet.h>

#define BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The character classes of RFC 3986: which parts keep a character as it is, as bits 1 << ct_url_part. */
enum {
    IN_SEGMENT = 1 << CT_URL_SEGMENT,
    IN_PATH = 1 << CT_URL_PATH,
    IN_QUERY = 1 << CT_URL_QUERY,
    IN_WHOLE = 1 << CT_URL_WHOLE,
    UNRESERVED = IN_SEGMENT | IN_PATH | IN_QUERY | IN_WHOLE,
    PCHAR = IN_SEGMENT | IN_PATH | IN_WHOLE
};

static const uint8_t classes[256] = {
    ['0' ... '9'] = UNRESERVED,
    ['A' ... 'Z'] = UNRESERVED,
    ['a' ... 'z'] = UNRESERVED,
    ['-'] = UNRESERVED,
    ['.'] = UNRESERVED,
    ['_'] = UNRESERVED,
    ['~'] = UNRESERVED,
    ['!'] = PCHAR,
    ['$'] = PCHAR,
    ['&'] = PCHAR,
    ['\''] = PCHAR,
    ['('] = PCHAR,
    [')'] = PCHAR,
    ['*'] = PCHAR,
    ['+'] = PCHAR,
    [','] = PCHAR,
    [';'] = PCHAR,
    ['='] = PCHAR,
    [':'] = PCHAR,
    ['@'] = PCHAR,
    ['/'] = IN_PATH | IN_WHOLE,
    ['?'] = IN_WHOLE,
    ['#'] = IN_WHOLE,
    ['['] = IN_WHOLE,
    [']'] = IN_WHOLE,
    ['%'] = IN_WHOLE,
};

/* The value of a hexadecimal digit plus one; 0: it is none. */
static const uint8_t hex_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* The byte that "%XX" at `escape` stands for, or -1. */
static int escape_value(const char *escape, const char *end)
{
    if (end - escape < 3)
        return -1;
    int high = hex_values[(uint8_t)escape[1]], low = hex_values[(uint8_t)escape[2]];
    return high && low ? (high - 1) << 4 | (low - 1) : -1;
}

/* Nonzero if one of the eight bytes is zero. */
static uint64_t has_zero(uint64_t word)
{
    return (word - BYTES(0x01)) & ~word & BYTES(0x80);
}

static bool refuse_byte(ct_error *error, ct_str text, const char *at, const char *what)
{
    return ct_fail_status(error, 400, "byte %zu %s", (size_t)(at - text.data) + 1, what);
}

bool ct_url_decode_into(char *out, ct_str text, bool plus_is_space, size_t *ret_length, ct_error *error)
{
    const char *in = text.data, *end = text.length ? in + text.length : in;
    char *start = out;
    const uint64_t plus = BYTES(plus_is_space ? (uint8_t)'+' : (uint8_t)'%');
    uint64_t seen = 0;

    while (in < end) {
        uint64_t word;
        while (end - in >= 8) {
            memcpy(&word, in, 8);
            if (has_zero(word ^ BYTES((uint8_t)'%')) | has_zero(word ^ plus) | has_zero(word))
                break;
            memcpy(out, &word, 8);
            seen |= word;
            in += 8;
            out += 8;
        }
        if (in == end)
            break;
        int byte = (uint8_t)*in;
        if (byte == '%') {
            byte = escape_value(in, end);
            if (byte < 0)
                return refuse_byte(error, text, in, "is a '%' without two hexadecimal digits (\"%25\" is '%' itself)");
            if (byte == 0)
                return refuse_byte(error, text, in, "begins \"%00\", which text cannot hold");
            in += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        } else if (byte == 0) {
            return refuse_byte(error, text, in, "is NUL, which text cannot hold");
        }
        seen |= (uint64_t)byte;
        *out++ = (char)byte;
        in++;
    }
    *out = '\0';
    if ((seen & BYTES(0x80)) && !ct_utf8_valid(start, (size_t)(out - start)))
        return ct_fail_status(error, 400, "the text is not valid UTF-8");
    *ret_length = (size_t)(out - start);
    return true;
}

/* Refuses what ct_url_decode_into() would in text without escapes. */
static bool check_plain(ct_str text, ct_error *error)
{
    const char *nul = memchr(text.data, 0, text.length);
    if (nul)
        return refuse_byte(error, text, nul, "is NUL, which text cannot hold");
    if (!ct_utf8_valid(text.data, text.length))
        return ct_fail_status(error, 400, "the text is not valid UTF-8");
    return true;
}

bool ct_url_decode(ct_arena *arena, ct_str text, bool plus_is_space, ct_str *ret, ct_error *error)
{
    if (!text.length) {
        *ret = text;
        return true;
    }
    if (!memchr(text.data, '%', text.length) && !(plus_is_space && memchr(text.data, '+', text.length))) {
        if (!check_plain(text, error))
            return false;
        *ret = text;
        return true;
    }
    char *out = ct_arena_alloc(arena, text.length + 1);
    size_t length;
    if (!out)
        return ct_fail_status(error, 500, "the request's memory is used up");
    if (!ct_url_decode_into(out, text, plus_is_space, &length, error))
        return false;
    *ret = (ct_str){ out, length };
    return true;
}

void ct_url_encode(ct_buffer *out, ct_str text, ct_url_part part)
{
    static const char digits[] = "0123456789ABCDEF";
    const uint8_t keep = (uint8_t)(1U << part);

    for (size_t i = 0; i < text.length;) {
        size_t run = i;
        while (i < text.length && (classes[(uint8_t)text.data[i]] & keep))
            i++;
        ct_buffer_append(out, text.data + run, i - run);
        for (; i < text.length && !(classes[(uint8_t)text.data[i]] & keep); i++) {
            uint8_t byte = (uint8_t)text.data[i];
            ct_buffer_append(out, (char[]){ '%', digits[byte >> 4], digits[byte & 15] }, 3);
        }
    }
}

bool ct_url_has_double_slash(ct_str path)
{
    return path.length && memmem(path.data, path.length, "//", 2);
}

ct_str ct_url_merge_slashes(ct_arena *arena, ct_str path)
{
    char *out = ct_arena_alloc(arena, path.length + 1);
    if (!out)
        return (ct_str){ NULL, 0 };
    size_t length = 0;
    for (size_t i = 0; i < path.length; i++)
        if (path.data[i] != '/' || i == 0 || path.data[i - 1] != '/')
            out[length++] = path.data[i];
    out[length] = '\0';
    return (ct_str){ out, length };
}

/* Whether `text` is an address of the family AF_INET or AF_INET6, in the form that inet_pton takes. */
static bool is_address(int family, ct_str text)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (text.length >= sizeof(copy) || memchr(text.data, 0, text.length))
        return false;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return inet_pton(family, copy, &address) == 1;
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_host_char(char ch)
{
    return is_digit(ch) || (ct_ascii_lower(ch) >= 'a' && ct_ascii_lower(ch) <= 'z') || ch == '-' || ch == '_';
}

/* Whether browsers would read the name as an IPv4 address: its last label is decimal or "0x...". */
static bool ends_in_number(ct_str name)
{
    const char *dot = memrchr(name.data, '.', name.length);
    const char *label = dot ? dot + 1 : name.data;
    size_t length = name.length - (size_t)(label - name.data);

    if (length >= 2 && label[0] == '0' && ct_ascii_lower(label[1]) == 'x') {
        for (label += 2, length -= 2; length && hex_values[(uint8_t)*label]; label++)
            length--;
    } else {
        for (; length && is_digit(*label); label++)
            length--;
    }
    return length == 0;
}

static bool is_host_name(ct_str name)
{
    if (name.length && name.data[name.length - 1] == '.')
        name.length--;
    if (name.length == 0 || name.length > 253)
        return false;
    size_t label = 0;
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (!is_host_char(name.data[i]) || ++label > 63) {
            return false;
        }
    }
    return label > 0 && (!ends_in_number(name) || is_address(AF_INET, name));
}

static bool parse_port(ct_str text, uint16_t *ret)
{
    uint64_t port;
    if (text.length > 5 || !ct_str_to_uint64(text, &port) || port == 0 || port > 65535)
        return false;
    *ret = (uint16_t)port;
    return true;
}

bool ct_url_host_parse(ct_str text, ct_url_host *ret)
{
    ct_url_host host = { .name = text };
    const char *end = text.data + text.length, *after;

    if (text.length == 0)
        return false;
    if (text.data[0] == '[') {
        const char *close = memchr(text.data, ']', text.length);
        if (!close)
            return false;
        host.ipv6 = true;
        host.name = (ct_str){ text.data + 1, (size_t)(close - text.data) - 1 };
        after = close + 1;
        if (!is_address(AF_INET6, host.name))
            return false;
    } else {
        const char *colon = memchr(text.data, ':', text.length);
        after = colon ? colon : end;
        host.name.length = (size_t)(after - text.data);
        if (!is_host_name(host.name))
            return false;
    }
    if (after < end && (*after != ':' || !parse_port((ct_str){ after + 1, (size_t)(end - after) - 1 }, &host.port)))
        return false;
    *ret = host;
    return true;
}

/* Whether `text` has only characters of `allowed` (class bits), those of `more`, and whole escapes. */
static bool is_part(ct_str text, uint8_t allowed, const char *more)
{
    for (size_t i = 0; i < text.length; i++) {
        char ch = text.data[i];
        if (ch == '%') {
            if (escape_value(text.data + i, text.data + text.length) < 0)
                return false;
            i += 2;
        } else if (!(classes[(uint8_t)ch] & allowed) && (ch == '\0' || !strchr(more, ch))) {
            return false;
        }
    }
    return true;
}

/* Cuts `*text` before the first `mark`; the part behind it, or data NULL. */
static ct_str cut_behind(ct_str *text, char mark)
{
    const char *at = memchr(text->data, mark, text->length);
    if (!at)
        return (ct_str){ NULL, 0 };
    ct_str behind = { at + 1, text->length - (size_t)(at - text->data) - 1 };
    text->length = (size_t)(at - text->data);
    return behind;
}

static bool cut_scheme(ct_str *text, bool *ret_https)
{
    const char *const schemes[] = { "http://", "https://" };
    for (size_t i = 0; i < CT_COUNT(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (text->length >= length && ct_str_eq_nocase((ct_str){ text->data, length }, ct_str_of(schemes[i]))) {
            *text = (ct_str){ text->data + length, text->length - length };
            *ret_https = i == 1;
            return true;
        }
    }
    return false;
}

bool ct_url_parse(ct_str text, ct_url_parts *ret, ct_error *error)
{
    ct_url_parts parts = { 0 };

    if (!cut_scheme(&text, &parts.https))
        return ct_fail(error, "the URL does not begin with http:// or https://");
    parts.fragment = cut_behind(&text, '#');
    parts.query = cut_behind(&text, '?');
    const char *slash = memchr(text.data, '/', text.length);
    size_t host_length = slash ? (size_t)(slash - text.data) : text.length;
    ct_str authority = { text.data, host_length };
    parts.path = (ct_str){ text.data + host_length, text.length - host_length };

    if (memchr(authority.data, '@', authority.length))
        return ct_fail(error, "the URL has a user name or a password in it");
    if (!ct_url_host_parse(authority, &parts.host))
        return ct_fail(error, "the URL's host or port is malformed");
    if (!parts.host.port)
        parts.host.port = parts.https ? 443 : 80;
    if (!is_part(parts.path, IN_PATH, ""))
        return ct_fail(error, "the URL's path has a character that must be percent-encoded");
    if (!is_part(parts.query, IN_PATH, "?"))
        return ct_fail(error, "the URL's query has a character that must be percent-encoded");
    if (!is_part(parts.fragment, IN_PATH, "?"))
        return ct_fail(error, "the URL's fragment has a character that must be percent-encoded");
    *ret = parts;
    return true;
}

bool ct_url_is_local(ct_str target)
{
    if (target.length == 0 || target.data[0] == ' ' || !ct_utf8_valid(target.data, target.length))
        return false;
    if (target.length >= 2 && target.data[0] == '/' && target.data[1] == '/')
        return false;
    bool in_path = true, in_first_segment = true;
    for (size_t i = 0; i < target.length; i++) {
        uint8_t byte = (uint8_t)target.data[i];
        if (byte < 0x20 || byte == 0x7F)
            return false;
        if (byte == 0xC2 && (uint8_t)target.data[i + 1] < 0xA0) /* U+0080 to U+009F; valid UTF-8 has a next byte */
            return false;
        if (byte == '?' || byte == '#')
            in_path = in_first_segment = false;
        else if (byte == '/')
            in_first_segment = false;
        if ((byte == '\\' && in_path) || (byte == ':' && in_first_segment))
            return false;
    }
    return true;
}
