/* The head of a part, and the boundary: header fields and their parameters. Names are decoded where they stand, which
 * never makes them longer.
 *
 * Read are Content-Disposition, Content-Type and Content-Transfer-Encoding (only to refuse what is encoded: RFC 7578,
 * 4.7). Other fields are passed over (4.8), but must be fields. */
#include "proto/multipart.h"

/* Of RFC 9110, 5.6.2. */
static bool is_token(ct_str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char ch = ct_ascii_lower(text.data[i]);
        if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9') && (!ch || !strchr("!#$%&'*+-.^_`|~", ch)))
            return false;
    }
    return text.length > 0;
}

/* ---- parameters ---- */

typedef struct parameter {
    ct_str name, value; /* of a quoted value what is between the quotes, as it is */
    bool quoted;
} parameter;

/* The bytes of a quoted value at the start of `text`, with both quotes; 0 where it does not end. */
static size_t quoted_length(ct_str text)
{
    for (size_t i = 1; i < text.length; i++) {
        if (text.data[i] == '"')
            return i + 1;
        if (text.data[i] == '\\' && i + 1 < text.length && (text.data[i + 1] == '"' || text.data[i + 1] == '\\'))
            i++;
    }
    return 0;
}

/* Takes "; name=value" off the front of *rest: 1; 0: there are no more; -1: malformed. Empty ones are passed over. */
static int next_parameter(ct_str *rest, parameter *ret)
{
    ct_str text = ct_str_trim(*rest);
    while (text.length && text.data[0] == ';')
        text = ct_str_trim((ct_str){ text.data + 1, text.length - 1 });
    if (!text.length)
        return 0;
    const char *equals = memchr(text.data, '=', text.length);
    if (!equals)
        return -1;
    ret->name = (ct_str){ text.data, (size_t)(equals - text.data) };
    ct_str value = { equals + 1, text.length - ret->name.length - 1 };
    ret->quoted = value.length && value.data[0] == '"';
    const char *end = memchr(value.data, ';', value.length);
    size_t length = ret->quoted ? quoted_length(value) : end ? (size_t)(end - value.data) : value.length;
    if (!length || value.data[0] == ' ' || value.data[0] == '\t')
        return -1;
    ret->value = ret->quoted ? (ct_str){ value.data + 1, length - 2 } : ct_str_trim((ct_str){ value.data, length });
    *rest = ct_str_trim((ct_str){ value.data + length, value.length - length });
    return is_token(ret->name) && (!rest->length || rest->data[0] == ';') ? 1 : -1;
}

/* Cuts what stands before the first ';' off *rest, which keeps the parameters with their ';'. */
static ct_str take_first(ct_str *rest)
{
    const char *end = memchr(rest->data, ';', rest->length);
    ct_str first = { rest->data, end ? (size_t)(end - rest->data) : rest->length };
    *rest = (ct_str){ rest->data + first.length, rest->length - first.length };
    return ct_str_trim(first);
}

/* ---- the boundary ---- */

static bool is_boundary(ct_str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char ch = ct_ascii_lower(text.data[i]);
        if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9') && (!ch || !strchr("'()+_,-./:=? ", ch)))
            return false;
    }
    return text.length && text.length <= CT_MULTIPART_BOUNDARY && text.data[text.length - 1] != ' ';
}

bool ct_multipart_boundary(ct_str content_type, ct_str *ret_boundary, const char **ret_error)
{
    parameter found;
    ct_str boundary = { 0 }, rest = content_type;
    take_first(&rest);
    int more;
    *ret_error = NULL;
    while ((more = next_parameter(&rest, &found)) > 0) {
        if (!ct_str_eq_nocase(found.name, CT_STR("boundary")))
            continue;
        if (boundary.data)
            *ret_error = "two boundaries in the Content-Type";
        else if (!is_boundary(found.value) || (!found.quoted && !is_token(found.value)))
            *ret_error = "the boundary in the Content-Type is malformed";
        boundary = found.value;
    }
    if (more < 0 && !*ret_error)
        *ret_error = "the Content-Type is malformed";
    else if (!boundary.data && !*ret_error)
        *ret_error = "no boundary in the Content-Type";
    if (!*ret_error)
        *ret_boundary = boundary;
    return !*ret_error;
}

/* ---- names ---- */

static int hex_digit(char ch)
{
    char lower = ct_ascii_lower(ch);
    return ch >= '0' && ch <= '9' ? ch - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte of "%XX" at the start of `text`, or -1. */
static int escaped_byte(ct_str text)
{
    if (text.length < 3 || text.data[0] != '%' || hex_digit(text.data[1]) < 0 || hex_digit(text.data[2]) < 0)
        return -1;
    return hex_digit(text.data[1]) * 16 + hex_digit(text.data[2]);
}

/* What a quoted value means, put in its place. */
static ct_str unquote(char *head, ct_str value)
{
    char *start = head + (value.data - head), *to = start;
    for (size_t i = 0; i < value.length; i++) {
        int byte = escaped_byte((ct_str){ value.data + i, value.length - i });
        if (byte == '"' || byte == '\r' || byte == '\n') {
            *to++ = (char)byte;
            i += 2;
            continue;
        }
        if (value.data[i] == '\\' && i + 1 < value.length && (value.data[i + 1] == '"' || value.data[i + 1] == '\\'))
            i++;
        *to++ = value.data[i];
    }
    return (ct_str){ start, (size_t)(to - start) };
}

/* UTF-8'language'text with percent escapes (RFC 8187), decoded in its place. */
static bool decode_extended(char *head, ct_str value, ct_str *ret)
{
    const char *quote = memchr(value.data, '\'', value.length);
    if (!quote || !ct_str_eq_nocase((ct_str){ value.data, (size_t)(quote - value.data) }, CT_STR("UTF-8")))
        return false;
    const char *end = value.data + value.length;
    const char *second = memchr(quote + 1, '\'', (size_t)(end - quote - 1));
    if (!second)
        return false;
    char *start = head + (second + 1 - head), *to = start;
    for (const char *at = second + 1; at < end; at++) {
        int byte = (unsigned char)*at;
        if (*at == '%') {
            byte = escaped_byte((ct_str){ at, (size_t)(end - at) });
            at += 2;
        }
        if (byte <= 0)
            return false;
        *to++ = (char)byte;
    }
    *ret = (ct_str){ start, (size_t)(to - start) };
    return ct_utf8_valid(ret->data, ret->length);
}

/* ---- fields ---- */

typedef struct fields {
    char *head;
    ct_str name, filename, extended; /* data NULL: not there */
    bool disposition, type, encoding;
    ct_multipart_part *part;
} fields;

static bool read_value(fields *f, const parameter *found, ct_str *ret)
{
    if (ret->data)
        return false;
    *ret = found->quoted ? unquote(f->head, found->value) : found->value;
    return true;
}

static const char *read_parameter(fields *f, const parameter *found)
{
    if (!found->quoted && !is_token(found->value))
        return "a parameter of a part's Content-Disposition is malformed";
    if (ct_str_eq_nocase(found->name, CT_STR("name")))
        return read_value(f, found, &f->name) ? NULL : "a part with two names";
    if (ct_str_eq_nocase(found->name, CT_STR("filename")))
        return read_value(f, found, &f->filename) ? NULL : "a part with two file names";
    if (ct_str_eq_nocase(found->name, CT_STR("filename*"))) {
        if (f->extended.data)
            return "a part with two file names";
        return !found->quoted && decode_extended(f->head, found->value, &f->extended)
                   ? NULL
                   : "filename* of a part is malformed or not UTF-8";
    }
    if (memchr(found->name.data, '*', found->name.length))
        return "a parameter of a part's Content-Disposition is in pieces or encoded";
    return NULL;
}

static const char *read_disposition(fields *f, ct_str value)
{
    if (f->disposition)
        return "a part with two Content-Dispositions";
    f->disposition = true;
    if (!ct_str_eq_nocase(take_first(&value), CT_STR("form-data")))
        return "the Content-Disposition of a part is not form-data";
    parameter found;
    for (int more; (more = next_parameter(&value, &found)) != 0;) {
        if (more < 0)
            return "the Content-Disposition of a part is malformed";
        const char *reason = read_parameter(f, &found);
        if (reason)
            return reason;
    }
    return f->name.data ? NULL : "a part without a name";
}

static const char *read_type(fields *f, ct_str value)
{
    if (f->type)
        return "a part with two Content-Types";
    f->type = true;
    ct_str type = take_first(&value);
    if (!type.length)
        return NULL;
    const char *slash = memchr(type.data, '/', type.length);
    if (!slash)
        return "the Content-Type of a part is malformed";
    ct_str main_type = { type.data, (size_t)(slash - type.data) };
    ct_str subtype = { slash + 1, type.length - main_type.length - 1 };
    if (!is_token(main_type) || !is_token(subtype))
        return "the Content-Type of a part is malformed";
    for (char *at = f->head + (type.data - f->head); at < type.data + type.length; at++)
        *at = ct_ascii_lower(*at);
    f->part->content_type = type;
    return NULL;
}

static const char *read_encoding(fields *f, ct_str value)
{
    if (f->encoding)
        return "a part with two Content-Transfer-Encodings";
    f->encoding = true;
    if (ct_str_eq_nocase(value, CT_STR("7bit")) || ct_str_eq_nocase(value, CT_STR("8bit")) ||
        ct_str_eq_nocase(value, CT_STR("binary")))
        return NULL;
    return "a part with a Content-Transfer-Encoding";
}

static const char *read_field(fields *f, ct_str line)
{
    if (line.data[0] == ' ' || line.data[0] == '\t')
        return "a folded line in the head of a part";
    const char *colon = memchr(line.data, ':', line.length);
    ct_str name = { line.data, colon ? (size_t)(colon - line.data) : 0 };
    if (!is_token(name))
        return "a line in the head of a part is no header";
    ct_str value = ct_str_trim((ct_str){ colon + 1, line.length - name.length - 1 });
    if (ct_str_eq_nocase(name, CT_STR("Content-Disposition")))
        return read_disposition(f, value);
    if (ct_str_eq_nocase(name, CT_STR("Content-Type")))
        return read_type(f, value);
    if (ct_str_eq_nocase(name, CT_STR("Content-Transfer-Encoding")))
        return read_encoding(f, value);
    return NULL;
}

const char *ct_multipart_read_head(char *head, size_t length, ct_multipart_part *ret_part)
{
    *ret_part = (ct_multipart_part){ .content_type = { "", 0 } };
    fields f = { .head = head, .part = ret_part };
    /* Lines are cut before a name is decoded, which may give one a line's end. */
    for (size_t start = 0, end; start + 2 < length; start = end + 2) {
        const char *newline = memchr(head + start, '\n', length - start);
        end = (size_t)(newline - head) - 1;
        const char *reason = read_field(&f, (ct_str){ head + start, end - start });
        if (reason)
            return reason;
    }
    if (!f.disposition)
        return "a part without a Content-Disposition";
    ret_part->name = f.name;
    ret_part->is_file = f.filename.data || f.extended.data;
    ret_part->filename = f.extended.data ? f.extended : f.filename;
    return NULL;
}
