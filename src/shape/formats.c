/* Email addresses, URLs, slugs and IP addresses, as Django's validators take them: what people mean, not all that the
 * RFCs allow. Names of hosts may have letters of any script, as they are written; they are not looked up. */
#include "shape/validate.h"

#include <arpa/inet.h>

#define MOST_EMAIL 320
#define MOST_URL 2048
#define MOST_HOST 253
#define MOST_LABEL 63

static bool is_letter(char ch)
{
    return ct_ascii_lower(ch) >= 'a' && ct_ascii_lower(ch) <= 'z';
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_one_of(char ch, const char *signs)
{
    return ch && strchr(signs, ch);
}

static ct_str slice(const char *from, const char *to)
{
    return (ct_str){ from, (size_t)(to - from) };
}

static const char *find(ct_str text, char ch)
{
    return text.length ? memchr(text.data, ch, text.length) : NULL;
}

/* ---- slugs and addresses ---- */

bool ct_is_slug(ct_str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_letter(text.data[i]) && !is_digit(text.data[i]) && !is_one_of(text.data[i], "-_"))
            return false;
    return text.length > 0;
}

static bool is_address(int family, ct_str text)
{
    char copy[64], parsed[16];
    if (text.length >= sizeof(copy) || find(text, '\0'))
        return false;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return inet_pton(family, copy, parsed) == 1;
}

bool ct_is_ip(ct_str text)
{
    return text.length && is_address(find(text, ':') ? AF_INET6 : AF_INET, text);
}

/* ---- names of hosts ---- */

/* Letters of any script, digits, and hyphens within. */
static bool is_label(ct_str label)
{
    if (!label.length || label.length > MOST_LABEL || label.data[0] == '-' || label.data[label.length - 1] == '-')
        return false;
    for (size_t i = 0; i < label.length; i++) {
        char ch = label.data[i];
        if (!is_letter(ch) && !is_digit(ch) && ch != '-' && !((unsigned char)ch & 0x80))
            return false;
    }
    return true;
}

/* The last label: two characters or more, and of a URL no digits. */
static bool is_top(ct_str label, bool digits)
{
    if (!is_label(label) || label.length < 2)
        return false;
    if (label.length > 4 && ct_str_eq_nocase((ct_str){ label.data, 4 }, CT_STR("xn--")))
        return true;
    for (size_t i = 0; i < label.length && !digits; i++)
        if (is_digit(label.data[i]))
            return false;
    return true;
}

static bool is_host(ct_str host, bool digits)
{
    if (ct_str_eq_nocase(host, CT_STR("localhost")))
        return true;
    if (!host.length || host.length > MOST_HOST || !find(host, '.'))
        return false;
    const char *end = host.data + host.length;
    for (const char *at = host.data, *dot; (dot = find(slice(at, end), '.')); at = dot + 1) {
        if (!is_label(slice(at, dot)))
            return false;
        if (!find(slice(dot + 1, end), '.'))
            return is_top(slice(dot + 1, end), digits);
    }
    return false;
}

/* ---- email ---- */

static bool is_atom(ct_str text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_letter(text.data[i]) && !is_digit(text.data[i]) && !is_one_of(text.data[i], "-!#$%&'*+/=?^_`{}|~") &&
            text.data[i] != '.')
            return false;
    return true;
}

/* Without points at the ends or side by side. */
static bool is_dotted(ct_str text)
{
    if (!text.length || text.data[0] == '.' || text.data[text.length - 1] == '.')
        return false;
    for (size_t i = 1; i < text.length; i++)
        if (text.data[i] == '.' && text.data[i - 1] == '.')
            return false;
    return is_atom(text);
}

static bool is_quoted(ct_str text)
{
    if (text.length < 2 || text.data[0] != '"' || text.data[text.length - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < text.length; i++) {
        unsigned char ch = (unsigned char)text.data[i];
        bool escaped = ch == '\\';
        if (escaped && ++i + 1 >= text.length)
            return false;
        ch = (unsigned char)text.data[i];
        if (!ch || ch == '\n' || ch == '\r' || ch > 0x7F || (!escaped && (ch == '"' || ch == ' ' || ch == '\t')))
            return false;
    }
    return true;
}

bool ct_is_email(ct_str text)
{
    const char *at = NULL;
    for (size_t i = 0; i < text.length; i++)
        at = text.data[i] == '@' ? text.data + i : at;
    if (!at || text.length > MOST_EMAIL)
        return false;
    ct_str user = slice(text.data, at), host = slice(at + 1, text.data + text.length);
    if (!is_dotted(user) && !is_quoted(user))
        return false;
    if (host.length > 2 && host.data[0] == '[' && host.data[host.length - 1] == ']')
        return ct_is_ip((ct_str){ host.data + 1, host.length - 2 });
    return is_host(host, true);
}

/* ---- URLs ---- */

static bool skip_scheme(ct_str *text)
{
    static const char *const schemes[] = { "http://", "https://", "ftp://", "ftps://" };
    for (size_t i = 0; i < CT_COUNT(schemes); i++) {
        ct_str scheme = ct_str_of(schemes[i]);
        if (text->length > scheme.length && ct_str_eq_nocase((ct_str){ text->data, scheme.length }, scheme)) {
            *text = (ct_str){ text->data + scheme.length, text->length - scheme.length };
            return true;
        }
    }
    return false;
}

/* "user:password": neither with signs that stand for something else. */
static bool is_user(ct_str text)
{
    size_t colons = 0;
    for (size_t i = 0; i < text.length; i++) {
        colons += text.data[i] == ':';
        if (is_one_of(text.data[i], "@/") || colons > 1)
            return false;
    }
    return text.length && text.data[0] != ':';
}

/* Up to five digits behind the colon, or no port at all. */
static bool is_port(ct_str text)
{
    if (!text.length)
        return true;
    if (text.data[0] != ':' || text.length < 2 || text.length > 6)
        return false;
    int port = 0;
    for (size_t i = 1; i < text.length; i++) {
        if (!is_digit(text.data[i]))
            return false;
        port = port * 10 + (text.data[i] - '0');
    }
    return port <= 65535;
}

static bool is_authority(ct_str text)
{
    const char *end = text.data + text.length, *at = NULL;
    for (const char *p = text.data; p < end; p++)
        at = *p == '@' ? p : at;
    if (at && !is_user(slice(text.data, at)))
        return false;
    ct_str host = at ? slice(at + 1, end) : text;
    if (host.length && host.data[0] == '[') {
        const char *close = find(host, ']');
        return close && is_address(AF_INET6, slice(host.data + 1, close)) && is_port(slice(close + 1, end));
    }
    const char *colon = find(host, ':'), *host_end = colon ? colon : end;
    ct_str name = slice(host.data, host_end);
    if (!is_port(slice(host_end, end)))
        return false;
    bool rooted = name.length > 1 && name.data[name.length - 1] == '.';
    return is_address(AF_INET, name) || is_host((ct_str){ name.data, name.length - rooted }, false);
}

bool ct_is_url(ct_str text)
{
    if (text.length > MOST_URL || !skip_scheme(&text))
        return false;
    size_t length = 0;
    while (length < text.length && !is_one_of(text.data[length], "/?#"))
        length++;
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7F)
            return false;
    return is_authority((ct_str){ text.data, length });
}
