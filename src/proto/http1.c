/* The request head parser: one pass over the bytes, no copies, no allocations.
 *
 *     GET /path?query HTTP/1.1 CR LF        parse_request_line: method, target, version
 *     Name: value CR LF                     parse_field, once a line; notice_field looks at the few that frame the
 *     ...                                   message (Host, Connection, Content-Length, Transfer-Encoding, Expect)
 *     CR LF                                 finish: what only the whole head shows
 *
 * Every parse_ function begins at in->at and returns
 *     DONE         in->at is behind what it parsed,
 *     INCOMPLETE   the bytes ran out: in->at == in->end,
 *     ERROR        in->at is the byte that is wrong, the reason is in the head.
 * Bytes are judged strictly in order, so that the first error is the same for every split of the input.
 *
 * Long runs are skipped 16 bytes at a time with the compiler's vectors (SSE2, NEON, or plain words elsewhere): skip()
 * compares with the few ranges that make up nearly all real input, and asks the table for the bytes outside of them.
 * Vectors are loaded only while 16 bytes are there, so nothing behind the input is ever read.
 *
 * It deliberately does not decode, normalise or join anything: percent escapes, dot segments and repeated fields are
 * handed out as sent. */
#include "proto/http1.h"

#include <arpa/inet.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define METHOD_MAX 32

/* The parser's own classes; '%' is in none of them: escapes are looked at separately. */
enum {
    PATH = 1 << 3,     /* pchar, '/', and what browsers leave raw */
    QUERY = 1 << 4,    /* the same with '?' and a few more */
    HOST = 1 << 5,     /* reg-name without ',' */
    AUTHORITY = 1 << 6 /* host, port and the brackets of IPv6 */
};

/* What the table is written with: each implies the one before it, but for TOKEN. */
enum {
    TEXT = CT_CHAR_FIELD,
    ASK = TEXT | QUERY,
    URL = ASK | PATH,
    NAME = URL | HOST | AUTHORITY,
    TOKEN = TEXT | CT_CHAR_TOKEN,
    WORD = NAME | TOKEN,
    DIGIT = WORD | CT_CHAR_HEX
};

/* clang-format off */
const uint8_t ct_http1_chars[256] = {
    ['0' ... '9'] = DIGIT, ['A' ... 'F'] = DIGIT, ['a' ... 'f'] = DIGIT, ['G' ... 'Z'] = WORD, ['g' ... 'z'] = WORD,
    ['-'] = WORD, ['.'] = WORD, ['_'] = WORD, ['~'] = WORD,
    ['!'] = WORD, ['$'] = WORD, ['&'] = WORD, ['\''] = WORD, ['*'] = WORD, ['+'] = WORD,
    ['('] = NAME, [')'] = NAME, [';'] = NAME, ['='] = NAME,
    [':'] = URL | AUTHORITY, ['['] = URL | AUTHORITY, [']'] = URL | AUTHORITY,
    [','] = URL, ['/'] = URL, ['@'] = URL, ['{'] = URL, ['}'] = URL, ['^'] = URL | TOKEN, ['|'] = URL | TOKEN,
    ['?'] = ASK, ['\\'] = ASK, ['`'] = ASK | TOKEN,
    ['#'] = TOKEN, ['%'] = TOKEN,
    ['"'] = TEXT, ['<'] = TEXT, ['>'] = TEXT, ['\t'] = TEXT, [' '] = TEXT, [0x80 ... 0xFF] = TEXT,
};
/* clang-format on */

typedef struct parser {
    const char *at, *end;
    ct_http1_head *head;
    const ct_http1_limits *limits;
    uint32_t field_max;
    bool host_seen, asked_close, asked_keep_alive; /* Host; "close" and "keep-alive" in Connection */
} parser;

__attribute__((cold, noinline)) static ct_http1_result refuse(parser *in, int status, const char *reason)
{
    in->head->error_status = status;
    in->head->error = reason;
    return CT_HTTP1_ERROR;
}

/* ---- Skipping runs of bytes ---- */

#define WIDTH 16
typedef uint8_t bytes __attribute__((vector_size(WIDTH)));
typedef int8_t mask __attribute__((vector_size(WIDTH))); /* of a comparison: each byte -1 or 0 */

/* The index of the first byte that is not set in `set`; WIDTH if all are. */
static inline unsigned first_unset(mask set)
{
#ifdef __SSE2__
    unsigned unset = ~(unsigned)_mm_movemask_epi8((__m128i)set);
    return (unsigned)__builtin_ctz(unset);
#else
    uint64_t half[2];
    memcpy(half, &set, sizeof half);
    for (unsigned i = 0; i < 2; i++) {
        bool little_endian = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
        uint64_t unset = ~half[i];
        if (unset)
            return i * 8 + (unsigned)(little_endian ? __builtin_ctzll(unset) : __builtin_clzll(unset)) / 8;
    }
    return WIDTH;
#endif
}

/* Which bytes are certainly of `class`: all that real requests are made of, but not all that the table allows. */
static inline mask usual(bytes v, uint8_t class)
{
    if (class == CT_CHAR_FIELD)
        return (v >= 0x20) & (v != 0x7F);
    mask letter = (v | 0x20) - 'a' < 26;
    if (class == PATH || class == QUERY)
        return letter | (v - '&' <= ';' - '&') | (v == '=') | (v == '_');
    return letter | (v == '-');
}

/* The first byte at or behind `at` that is not of `class` (one bit), or `end`. */
static inline const char *skip(const char *at, const char *end, uint8_t class)
{
    while (end - at >= WIDTH) {
        bytes v;
        memcpy(&v, at, WIDTH);
        unsigned run = first_unset(usual(v, class));
        if (CT_LIKELY(run == WIDTH)) {
            at += WIDTH;
            continue;
        }
        at += run;
        if (!ct_http1_char_is(*at, class))
            return at;
        at++;
    }
    while (at < end && ct_http1_char_is(*at, class))
        at++;
    return at;
}

/* Past bytes of `class` and well-formed percent escapes, to another byte. */
static inline ct_http1_result parse_encoded(parser *in, uint8_t class)
{
    for (;;) {
        in->at = skip(in->at, in->end, class);
        if (in->at == in->end)
            return CT_HTTP1_INCOMPLETE;
        if (*in->at != '%')
            return CT_HTTP1_DONE;
        for (int digit = 0; digit < 2; digit++) {
            if (++in->at == in->end)
                return CT_HTTP1_INCOMPLETE;
            if (!ct_http1_char_is(*in->at, CT_CHAR_HEX))
                return refuse(in, 400, "malformed percent escape in the request target");
        }
        in->at++;
    }
}

/* CR LF. */
static inline ct_http1_result parse_line_end(parser *in, const char *otherwise)
{
    if (in->at == in->end)
        return CT_HTTP1_INCOMPLETE;
    if (*in->at != '\r')
        return refuse(in, 400, otherwise);
    if (++in->at == in->end)
        return CT_HTTP1_INCOMPLETE;
    if (*in->at != '\n')
        return refuse(in, 400, "CR without LF");
    in->at++;
    return CT_HTTP1_DONE;
}

/* ---- Text regardless of case ---- */

/* Whether `text` and the lower-case literal of 4 bytes or more are equal but for case. Only for text made of token
 * characters, and literals of letters and '-': for these, setting bit 5 folds case and nothing else. The length is a
 * constant, so that this is a few loads. */
static inline __attribute__((always_inline)) bool folds_to(const char *text, const char *lower, size_t length)
{
    const uint64_t fold = UINT64_C(0x2020202020202020);
    if (length < 8) {
        uint32_t a[2], b[2];
        memcpy(&a[0], text, 4);
        memcpy(&b[0], lower, 4);
        memcpy(&a[1], text + length - 4, 4);
        memcpy(&b[1], lower + length - 4, 4);
        return (((a[0] | (uint32_t)fold) ^ b[0]) | ((a[1] | (uint32_t)fold) ^ b[1])) == 0;
    }
    uint64_t a, b, difference = 0;
    for (size_t i = 0; i + 8 <= length; i += 8) {
        memcpy(&a, text + i, 8);
        memcpy(&b, lower + i, 8);
        difference |= (a | fold) ^ b;
    }
    memcpy(&a, text + length - 8, 8);
    memcpy(&b, lower + length - 8, 8);
    return (difference | ((a | fold) ^ b)) == 0;
}

#define NAME_IS(text, literal) folds_to((text), (literal), sizeof(literal) - 1)

static bool same_nocase(ct_str text, ct_str lower)
{
    if (text.length != lower.length)
        return false;
    for (size_t i = 0; i < lower.length; i++)
        if (ct_ascii_lower(text.data[i]) != lower.data[i])
            return false;
    return true;
}

/* ---- Hosts ---- */

/* The address between the brackets. */
__attribute__((noinline)) static bool ipv6_valid(const char *text, size_t length)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    if (length >= sizeof address || memchr(text, '\0', length))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    return inet_pton(AF_INET6, address, &binary) == 1;
}

/* ":" and up to 65535, or nothing at all. */
static bool port_valid(const char *at, const char *end)
{
    uint32_t port = 0;
    if (at == end)
        return true;
    if (*at != ':')
        return false;
    while (++at < end) {
        if (*at < '0' || *at > '9')
            return false;
        port = port * 10 + (uint32_t)(*at - '0');
        if (port > 65535)
            return false;
    }
    return true;
}

bool ct_http1_host_valid(ct_str host)
{
    if (host.length == 0)
        return false;
    const char *at = host.data, *end = at + host.length;
    if (*at == '[') {
        const char *close = memchr(at, ']', host.length);
        return close && ipv6_valid(at + 1, (size_t)(close - at) - 1) && port_valid(close + 1, end);
    }
    for (; at < end && *at != ':'; at++) {
        if (ct_http1_char_is(*at, HOST))
            continue;
        if (*at != '%' || end - at < 3 || !ct_http1_char_is(at[1], CT_CHAR_HEX) ||
            !ct_http1_char_is(at[2], CT_CHAR_HEX))
            return false;
        at += 2;
    }
    return at > host.data && port_valid(at, end);
}

/* ---- The request line ---- */

#define IS(text, literal) (memcmp((text), (literal), sizeof(literal) - 1) == 0)

static ct_http_method method_named(ct_str name)
{
    switch (name.length) {
    case 3:
        return IS(name.data, "GET") ? CT_METHOD_GET : IS(name.data, "PUT") ? CT_METHOD_PUT : CT_METHOD_OTHER;
    case 4:
        return IS(name.data, "POST") ? CT_METHOD_POST : IS(name.data, "HEAD") ? CT_METHOD_HEAD : CT_METHOD_OTHER;
    case 5:
        return IS(name.data, "PATCH") ? CT_METHOD_PATCH : IS(name.data, "TRACE") ? CT_METHOD_TRACE : CT_METHOD_OTHER;
    case 6:
        return IS(name.data, "DELETE") ? CT_METHOD_DELETE : CT_METHOD_OTHER;
    case 7:
        return IS(name.data, "OPTIONS")   ? CT_METHOD_OPTIONS
               : IS(name.data, "CONNECT") ? CT_METHOD_CONNECT
                                          : CT_METHOD_OTHER;
    default:
        return CT_METHOD_OTHER;
    }
}

/* The method and the space behind it. */
static ct_http1_result parse_method(parser *in)
{
    const char *start = in->at;
    while (in->at < in->end && ct_http1_char_is(*in->at, CT_CHAR_TOKEN))
        if (++in->at - start > METHOD_MAX)
            return refuse(in, 501, "method too long");
    if (in->at == in->end)
        return CT_HTTP1_INCOMPLETE;
    if (*in->at != ' ' || in->at == start)
        return refuse(in, 400, "malformed method");
    in->head->method_name = (ct_str){ start, (size_t)(in->at - start) };
    in->head->method = method_named(in->head->method_name);
    if (in->head->method == CT_METHOD_CONNECT)
        return refuse(in, 501, "CONNECT is not supported");
    in->at++;
    return CT_HTTP1_DONE;
}

/* A path, which may be empty, and "?query", up to the space. */
static inline ct_http1_result parse_path(parser *in)
{
    const char *start = in->at;
    ct_http1_result result = parse_encoded(in, PATH);
    if (result != CT_HTTP1_DONE)
        return result;
    in->head->path = (ct_str){ start, (size_t)(in->at - start) };
    if (*in->at == '?') {
        start = ++in->at;
        result = parse_encoded(in, QUERY);
        if (result != CT_HTTP1_DONE)
            return result;
        in->head->query = (ct_str){ start, (size_t)(in->at - start) };
    }
    return *in->at == ' ' ? CT_HTTP1_DONE : refuse(in, 400, "request target with a character it may not have");
}

/* "http://" or "https://" in any case. */
static ct_http1_result parse_scheme(parser *in)
{
    const char *start = in->at;
    for (const char *wanted = "http://"; *wanted; in->at++, wanted++) {
        if (*wanted == ':' && in->at < in->end && ct_ascii_lower(*in->at) == 's')
            in->at++;
        if (*wanted == ':')
            in->head->scheme = (ct_str){ start, (size_t)(in->at - start) };
        if (in->at == in->end)
            return CT_HTTP1_INCOMPLETE;
        if (ct_ascii_lower(*in->at) != *wanted)
            return refuse(in, 400, "request target is neither a path nor an http URL");
    }
    return CT_HTTP1_DONE;
}

/* absolute-form (RFC 9112, 3.2.2). */
__attribute__((noinline)) static ct_http1_result parse_absolute(parser *in)
{
    ct_http1_head *head = in->head;
    ct_http1_result result = parse_scheme(in);
    if (result != CT_HTTP1_DONE)
        return result;
    const char *start = in->at;
    result = parse_encoded(in, AUTHORITY);
    if (result != CT_HTTP1_DONE)
        return result;
    head->host = (ct_str){ start, (size_t)(in->at - start) };
    bool ended = *in->at == '/' || *in->at == '?' || *in->at == ' ';
    if (!ended || !ct_http1_host_valid(head->host))
        return refuse(in, 400, "invalid host in the request target");
    result = parse_path(in);
    if (result == CT_HTTP1_DONE && head->path.length == 0)
        head->path = head->method == CT_METHOD_OPTIONS && !head->query.data ? CT_STR("*") : CT_STR("/");
    return result;
}

/* asterisk-form (RFC 9112, 3.2.4). "PRI * HTTP/2.0", which opens HTTP/2, goes on to its version and fails there. */
__attribute__((noinline)) static ct_http1_result parse_asterisk(parser *in)
{
    if (in->head->method != CT_METHOD_OPTIONS && !ct_str_eq(in->head->method_name, CT_STR("PRI")))
        return refuse(in, 400, "only OPTIONS may have the target *");
    in->head->path = (ct_str){ in->at, 1 };
    if (++in->at == in->end)
        return CT_HTTP1_INCOMPLETE;
    return *in->at == ' ' ? CT_HTTP1_DONE : refuse(in, 400, "request target is neither a path nor an http URL");
}

/* The target and the space behind it. Whatever is wrong behind its longest length does not count: it is too long. */
static ct_http1_result parse_target(parser *in)
{
    const char *start = in->at;
    if (start == in->end)
        return CT_HTTP1_INCOMPLETE;
    ct_http1_result result = *start == '/' ? parse_path(in) : *start == '*' ? parse_asterisk(in) : parse_absolute(in);
    in->head->target = (ct_str){ start, (size_t)(in->at - start) };
    if (in->head->target.length > in->limits->target)
        return refuse(in, 414, "request target too long");
    if (result == CT_HTTP1_DONE)
        in->at++;
    return result;
}

/* Any version but HTTP/1.1, or one that is not all there. */
__attribute__((noinline)) static ct_http1_result parse_other_version(parser *in)
{
    static const char form[] = "HTTP/d.d";
    const char *start = in->at;
    for (const char *wanted = form; *wanted; in->at++, wanted++) {
        if (in->at == in->end)
            return CT_HTTP1_INCOMPLETE;
        if (*wanted == 'd' ? *in->at < '0' || *in->at > '9' : *in->at != *wanted)
            return refuse(in, 400, "malformed HTTP version");
    }
    if (start[5] != '1')
        return refuse(in, 505, "HTTP version not supported");
    in->head->minor = start[7] != '0';
    return CT_HTTP1_DONE;
}

/* The version and the line's end. */
static ct_http1_result parse_version(parser *in)
{
    static const char usual_version[8] = { 'H', 'T', 'T', 'P', '/', '1', '.', '1' };
    if (in->end - in->at >= 8 && memcmp(in->at, usual_version, 8) == 0) {
        in->head->minor = 1;
        in->at += 8;
    } else {
        ct_http1_result result = parse_other_version(in);
        if (result != CT_HTTP1_DONE)
            return result;
    }
    if (in->head->path.data[0] == '*' && in->head->method != CT_METHOD_OPTIONS)
        return refuse(in, 400, "only OPTIONS may have the target *");
    return parse_line_end(in, "malformed request line");
}

static inline ct_http1_result parse_request_line(parser *in)
{
    ct_http1_result result;
    if (in->at < in->end && *in->at == '\r') {
        result = parse_line_end(in, NULL);
        if (result != CT_HTTP1_DONE)
            return result;
    }
    result = parse_method(in);
    if (result == CT_HTTP1_DONE)
        result = parse_target(in);
    if (result == CT_HTTP1_DONE)
        result = parse_version(in);
    return result;
}

/* ---- Header fields ---- */

static ct_http1_result notice_host(parser *in, ct_str value)
{
    ct_http1_head *head = in->head;
    if (in->host_seen)
        return refuse(in, 400, "more than one Host");
    in->host_seen = true;
    if (!ct_http1_host_valid(value) && !(value.length == 0 && head->target.length == 1 && head->target.data[0] == '*'))
        return refuse(in, 400, "invalid Host");
    if (head->scheme.length == 0)
        head->host = value;
    return CT_HTTP1_DONE;
}

static ct_http1_result notice_content_length(parser *in, ct_str value)
{
    ct_http1_head *head = in->head;
    uint64_t number = 0;
    if (head->has_length)
        return refuse(in, 400, "more than one Content-Length");
    if (head->chunked)
        return refuse(in, 400, "both Content-Length and Transfer-Encoding");
    for (size_t i = 0; i < value.length; i++) {
        uint64_t digit = (uint64_t)(uint8_t)value.data[i] - '0';
        if (digit > 9 || number > (INT64_MAX - digit) / 10)
            return refuse(in, 400, "invalid Content-Length");
        number = number * 10 + digit;
    }
    if (value.length == 0)
        return refuse(in, 400, "invalid Content-Length");
    head->has_length = true;
    head->content_length = number;
    return CT_HTTP1_DONE;
}

/* Cuts the text before the first comma off `*rest`, trimmed; false when there is none left. */
static bool next_member(ct_str *rest, ct_str *ret_member)
{
    if (!rest->data)
        return false;
    const char *start = rest->data, *end = start + rest->length;
    const char *comma = rest->length > 0 ? memchr(start, ',', rest->length) : NULL;
    *rest = comma ? (ct_str){ comma + 1, (size_t)(end - comma) - 1 } : (ct_str){ NULL, 0 };
    if (comma)
        end = comma;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *ret_member = (ct_str){ start, (size_t)(end - start) };
    return true;
}

static bool is_token(ct_str text)
{
    return text.length > 0 && skip(text.data, text.data + text.length, CT_CHAR_TOKEN) == text.data + text.length;
}

/* Only "chunked" is spoken. In a list, it must be last and there once, or the length of the body is anyone's guess: 400
 * (RFC 9112, 6.3); other codings before it are honest but not implemented: 501 (6.1). */
static ct_http1_result notice_transfer_encoding(parser *in, ct_str value)
{
    ct_http1_head *head = in->head;
    if (head->minor == 0)
        return refuse(in, 400, "Transfer-Encoding in HTTP/1.0");
    if (head->chunked)
        return refuse(in, 400, "more than one Transfer-Encoding");
    if (head->has_length)
        return refuse(in, 400, "both Content-Length and Transfer-Encoding");
    ct_str coding;
    size_t codings = 0;
    while (next_member(&value, &coding)) {
        if (head->chunked || !is_token(coding))
            return refuse(in, 400, "invalid Transfer-Encoding");
        head->chunked = same_nocase(coding, CT_STR("chunked"));
        codings++;
    }
    if (!head->chunked)
        return refuse(in, 400, "Transfer-Encoding does not end in chunked");
    return codings == 1 ? CT_HTTP1_DONE : refuse(in, 501, "transfer coding not supported");
}

static void notice_connection(parser *in, ct_str value)
{
    ct_str option;
    while (next_member(&value, &option)) {
        if (same_nocase(option, CT_STR("keep-alive")))
            in->asked_keep_alive = true;
        else if (same_nocase(option, CT_STR("close")))
            in->asked_close = true;
        else if (same_nocase(option, CT_STR("upgrade")))
            in->head->upgrade = true;
    }
}

/* HTTP/1.0 knows no 100 Continue: there it is ignored (RFC 9110, 10.1.1). */
static ct_http1_result notice_expect(parser *in, ct_str value)
{
    if (!same_nocase(value, CT_STR("100-continue")))
        return refuse(in, 417, "expectation not supported");
    in->head->expect_continue = in->head->minor > 0;
    return CT_HTTP1_DONE;
}

static inline ct_http1_result notice_field(parser *in, const ct_http1_header *header)
{
    const char *name = header->name;
    ct_str value = { header->value, header->value_length };
    switch (header->name_length) {
    case 4:
        return NAME_IS(name, "host") ? notice_host(in, value) : CT_HTTP1_DONE;
    case 6:
        return NAME_IS(name, "expect") ? notice_expect(in, value) : CT_HTTP1_DONE;
    case 10:
        if (NAME_IS(name, "connection"))
            notice_connection(in, value);
        return CT_HTTP1_DONE;
    case 14:
        return NAME_IS(name, "content-length") ? notice_content_length(in, value) : CT_HTTP1_DONE;
    case 17:
        return NAME_IS(name, "transfer-encoding") ? notice_transfer_encoding(in, value) : CT_HTTP1_DONE;
    default:
        return CT_HTTP1_DONE;
    }
}

/* Why the byte at in->at cannot be in the name of a field that begins at `name`. */
__attribute__((cold, noinline)) static ct_http1_result refuse_name(parser *in, const char *name)
{
    bool space = *in->at == ' ' || *in->at == '\t';
    return refuse(in, 400,
                  !space           ? "malformed header name"
                  : in->at == name ? "folded header line"
                                   : "space before the colon of a header");
}

static inline ct_http1_result parse_field(parser *in)
{
    ct_http1_head *head = in->head;
    if (head->header_count >= in->field_max)
        return refuse(in, 431, "too many header fields");
    const char *name = in->at;
    const char *colon = in->at = skip(name, in->end, CT_CHAR_TOKEN);
    if (colon == in->end)
        return CT_HTTP1_INCOMPLETE;
    if (*colon != ':' || colon == name)
        return refuse_name(in, name);
    const char *value = colon + 1;
    while (value < in->end && (*value == ' ' || *value == '\t'))
        value++;
    const char *value_end = in->at = skip(value, in->end, CT_CHAR_FIELD);
    ct_http1_result result = parse_line_end(in, "header value with a character it may not have");
    if (result != CT_HTTP1_DONE)
        return result;
    while (value_end > value && (value_end[-1] == ' ' || value_end[-1] == '\t'))
        value_end--;
    ct_http1_header *header = &head->headers[head->header_count++];
    *header = (ct_http1_header){ name, value, (uint32_t)(colon - name), (uint32_t)(value_end - value) };
    return notice_field(in, header);
}

/* ---- The whole head ---- */

/* What parsing may leave alone; the rest is always set by the time the head is done. One by one: this is quicker than
 * clearing the struct. */
static inline void reset(ct_http1_head *head)
{
    head->scheme = head->query = head->host = (ct_str){ NULL, 0 };
    head->chunked = head->has_length = head->expect_continue = head->upgrade = false;
    head->content_length = 0;
    head->header_count = 0;
    head->error_status = 0;
    head->error = NULL;
}

static ct_http1_result finish(parser *in)
{
    ct_http1_head *head = in->head;
    if (head->minor > 0 && !in->host_seen)
        return refuse(in, 400, "missing Host");
    head->keep_alive = !in->asked_close && (head->minor > 0 || in->asked_keep_alive);
    return CT_HTTP1_DONE;
}

static inline ct_http1_result parse_fields(parser *in)
{
    ct_http1_result result;
    do {
        if (in->at == in->end)
            return CT_HTTP1_INCOMPLETE;
        if (*in->at == '\r') {
            result = parse_line_end(in, NULL);
            return result == CT_HTTP1_DONE ? finish(in) : result;
        }
        result = parse_field(in);
    } while (result == CT_HTTP1_DONE);
    return result;
}

ct_http1_result ct_http1_parse_head(ct_http1_head *head, const ct_http1_limits *limits, const char *data, size_t length)
{
    parser in = {
        .at = data,
        .end = data + CT_MIN(length, limits->head),
        .head = head,
        .limits = limits,
        .field_max = CT_MIN(limits->headers, head->header_capacity),
    };
    reset(head);
    ct_http1_result result = parse_request_line(&in);
    if (result == CT_HTTP1_DONE)
        result = parse_fields(&in);
    if (result == CT_HTTP1_INCOMPLETE && length >= limits->head)
        return refuse(&in, 431, "request head too large");
    head->size = (size_t)(in.at - data);
    return result;
}
