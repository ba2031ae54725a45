/* str.format(): replacement fields and format specifications, as Python documents both.
 *
 *   "{0.name!r:>{width}}"     field: argument, attributes and items; conversion; specification, with fields in it
 *   "[[fill]align][sign][z][#][0][width][,|_][.precision][type]"
 *
 * Safe text escapes what it puts in, as Markup.format() does. Fields reach what a template reaches with a.b and a[b],
 * nothing else. The type n is that of the C locale. Not here: the % operator. */
#include "template/methods.h"

#include "template/escape.h"
#include "template/kinds.h"
#include "template/real.h"
#include "template/render.h"
#include "template/text.h"

#include <math.h>

/* ---- reading a specification ---- */

typedef struct {
    ct_str fill;        /* a character; length 0: none was given */
    char align;         /* < > = ^, 0: none was given */
    char sign;          /* + - space, 0 */
    bool unsigned_zero; /* z */
    bool alternate;
    char group;               /* , or _ or 0 */
    char type;                /* 0: none was given */
    int64_t width, precision; /* precision -1: none was given */
} spec;

static bool is_align(char ch)
{
    return ch == '<' || ch == '>' || ch == '=' || ch == '^';
}

/* The digits at the front of *rest; -1 when there are none. */
static int64_t take_number(ct_renderer *r, ct_str *rest)
{
    int64_t number = -1;
    for (; rest->length && *rest->data >= '0' && *rest->data <= '9'; rest->data++, rest->length--) {
        number = CT_MAX(number, 0) * 10 + (*rest->data - '0');
        if (number > INT32_MAX)
            ct_render_fail(r, "too many decimal digits in format string");
    }
    return number;
}

static bool take_char(ct_str *rest, char ch)
{
    if (!rest->length || *rest->data != ch)
        return false;
    rest->data++;
    rest->length--;
    return true;
}

static void take_fill_and_align(ct_str *rest, spec *s)
{
    if (!rest->length)
        return;
    const char *end = rest->data + rest->length, *next = ct_utf8_skip(rest->data, end);
    if (next < end && is_align(*next)) {
        s->fill = (ct_str){ rest->data, (size_t)(next - rest->data) };
        s->align = *next;
        *rest = (ct_str){ next + 1, (size_t)(end - next - 1) };
    } else if (is_align(*rest->data)) {
        s->align = *rest->data;
        take_char(rest, s->align);
    }
}

static spec read_spec(ct_renderer *r, ct_str rest, bool number)
{
    spec s = { .precision = -1 };
    take_fill_and_align(&rest, &s);
    if (rest.length && (*rest.data == '+' || *rest.data == '-' || *rest.data == ' ')) {
        s.sign = *rest.data;
        take_char(&rest, s.sign);
    }
    s.unsigned_zero = take_char(&rest, 'z');
    s.alternate = take_char(&rest, '#');
    if (!s.fill.length && take_char(&rest, '0')) {
        s.fill = CT_STR("0");
        if (!s.align && number)
            s.align = '=';
    }
    s.width = take_number(r, &rest);
    if (rest.length && (*rest.data == ',' || *rest.data == '_')) {
        s.group = *rest.data;
        take_char(&rest, s.group);
    }
    if (take_char(&rest, '.') && (s.precision = take_number(r, &rest)) < 0)
        ct_render_fail(r, "format specifier missing precision");
    if (rest.length > 1 || (rest.length && (unsigned char)*rest.data >= 0x80))
        ct_render_fail(r, "invalid format specifier");
    s.type = rest.length ? *rest.data : 0;
    if (!s.fill.length)
        s.fill = CT_STR(" ");
    return s;
}

/* ---- padding ---- */

static void write_fill(ct_buffer *out, ct_str fill, int64_t times)
{
    if (times > 0)
        ct_buffer_reserve(out, (size_t)times * fill.length); /* the memory limit is asked before anything is written */
    for (; times > 0 && !out->failed; times--)
        ct_buffer_str(out, fill);
}

/* The head (sign and prefix) and the body, padded to the width; padding of '=' goes between them. */
static void write_padded(ct_renderer *r, ct_buffer *out, const spec *s, ct_str head, ct_str body, char align)
{
    int64_t missing = s->width - (int64_t)(ct_utf8_count(head) + ct_utf8_count(body)), before = 0;
    missing = CT_MAX(missing, 0);
    ct_render_step(r, (uint64_t)missing / 8);
    if (align == '^')
        before = missing / 2;
    else if (align == '>')
        before = missing;
    write_fill(out, s->fill, before);
    ct_buffer_str(out, head);
    if (align == '=')
        write_fill(out, s->fill, missing);
    ct_buffer_str(out, body);
    if (align == '<' || align == '^')
        write_fill(out, s->fill, missing - before);
}

/* ---- text ---- */

CT_NORETURN static void unknown_type(ct_renderer *r, char type, const char *of)
{
    ct_render_fail(r, "unknown format code '%c' for object of type '%s'", type, of);
}

static void format_text(ct_renderer *r, ct_buffer *out, ct_str text, ct_str given)
{
    spec s = read_spec(r, given, false);
    if (s.type && s.type != 's')
        unknown_type(r, s.type, "str");
    if (s.sign || s.alternate)
        ct_render_fail(r, "%s not allowed in string format specifier", s.sign ? "sign" : "alternate form (#)");
    if (s.unsigned_zero)
        ct_render_fail(r, "negative zero coercion (z) not allowed in string format specifier");
    if (s.align == '=')
        ct_render_fail(r, "'=' alignment not allowed in string format specifier");
    if (s.group)
        ct_render_fail(r, "cannot specify '%c' with 's'", s.group);
    if (s.precision >= 0)
        text = ct_utf8_slice(text, 0, (size_t)s.precision);
    write_padded(r, out, &s, CT_STR(""), text, s.align ? s.align : '<');
}

/* ---- numbers ---- */

/* A number in parts: "-0x" "1234" ".5e+10%" */
typedef struct {
    char head[4];
    ct_str digits, rest;
} parts;

static size_t head_length(const parts *p)
{
    return strlen(p->head);
}

static void set_head(parts *p, bool negative, char sign, char prefix)
{
    char *at = p->head;
    if (negative)
        *at++ = '-';
    else if (sign == '+' || sign == ' ')
        *at++ = sign;
    if (prefix) {
        *at++ = '0';
        *at++ = prefix;
    }
    *at = '\0';
}

/* The digits, one at least, with a separator between groups of `size`, and zeros in front until all of it has `least`
 * characters. */
static ct_str group_digits(ct_renderer *r, ct_str digits, char separator, size_t size, int64_t least)
{
    size_t count = digits.length, width = least > 0 ? (size_t)least : 0;
    if (width > count) /* few less than there must be */
        count = CT_MAX(count, width - width / (size + 1) - 1);
    while (count + (count - 1) / size < width) /* never ends with a separator in front */
        count++;
    size_t total = count + (count - 1) / size;
    ct_render_step(r, total / 8);
    char *text = ct_render_take(r, total + 1), *at = text + total;
    for (size_t i = 0; i < count; i++) {
        if (i && i % size == 0)
            *--at = separator;
        *--at = i < digits.length ? digits.data[digits.length - 1 - i] : '0';
    }
    return (ct_str){ text, total };
}

static void write_number(ct_renderer *r, ct_buffer *out, const spec *s, parts *p, size_t group_size)
{
    char align = s->align ? s->align : '>';
    if (s->group && p->digits.length) {
        bool zeros = align == '=' && ct_str_eq(s->fill, CT_STR("0"));
        int64_t least = zeros ? s->width - (int64_t)(head_length(p) + p->rest.length) : 0;
        p->digits = group_digits(r, p->digits, s->group, group_size, least);
    }
    ct_buffer body = ct_text_begin(r);
    ct_buffer_str(&body, p->digits);
    ct_buffer_str(&body, p->rest);
    ct_tval whole = ct_text_end(r, &body);
    write_padded(r, out, s, ct_str_of(p->head), ct_t_get_str(whole), align);
}

static unsigned base_of(char type)
{
    return type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
}

static void format_character(ct_renderer *r, ct_buffer *out, int64_t code, const spec *s)
{
    if (s->sign || s->alternate)
        ct_render_fail(r, "%s not allowed with integer format specifier 'c'", s->sign ? "sign" : "alternate form (#)");
    if (code < 0 || code > 0x10FFFF)
        ct_render_fail(r, "%%c arg not in range(0x110000)");
    ct_buffer text = ct_text_begin(r);
    ct_utf8_put(&text, (uint32_t)code);
    ct_tval character = ct_text_end(r, &text);
    write_padded(r, out, s, CT_STR(""), ct_t_get_str(character), s->align ? s->align : '>');
}

static void format_integer(ct_renderer *r, ct_buffer *out, int64_t value, const spec *s)
{
    const char *digits_of = s->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    unsigned base = base_of(s->type);
    char text[64];
    size_t first = sizeof(text);
    parts p = { .rest = CT_STR("") };
    if (s->precision >= 0 || s->unsigned_zero)
        ct_render_fail(r, "%s not allowed in integer format specifier", s->precision >= 0 ? "precision" : "z");
    if (s->group && (s->type == 'c' || (s->group == ',' && base != 10)))
        ct_render_fail(r, "cannot specify '%c' with '%c'", s->group, s->type);
    if (s->type == 'c') {
        format_character(r, out, value, s);
        return;
    }
    do
        text[--first] = digits_of[left % base];
    while (left /= base);
    set_head(&p, value < 0, s->sign, s->alternate && base != 10 ? s->type : 0);
    p.digits = (ct_str){ text + first, sizeof(text) - first };
    write_number(r, out, s, &p, base == 10 ? 3 : 4);
}

/* A real without a type: as repr() writes it, or with so many digits and a fraction all the same. */
static void write_general(ct_buffer *out, double value, int precision)
{
    if (precision < 0) {
        ct_write_real(out, value);
        return;
    }
    size_t start = out->length;
    precision = CT_MAX(precision, 1);
    ct_write_real_as(out, value, 'e', precision - 1, false);
    if (out->failed)
        return;
    const char *text = out->data + start;
    size_t length = out->length - start;
    const char *e = memchr(text, 'e', length);
    int exponent = 0;
    for (const char *at = e + 2; at < text + length; at++)
        exponent = exponent * 10 + (*at - '0');
    exponent = e[1] == '-' ? -exponent : exponent;
    if (exponent >= -4 && exponent < precision - 1) {
        out->length = start;
        ct_write_real_as(out, value, 'g', precision, false);
        if (!memchr(out->data + start, '.', out->length - start))
            CT_BUFFER_LITERAL(out, ".0");
        return;
    }
    size_t mantissa = (size_t)(e - text), kept = mantissa; /* the zeros at its end go, and a point that ends it */
    if (memchr(text, '.', mantissa)) {
        while (text[kept - 1] == '0')
            kept--;
        kept -= text[kept - 1] == '.';
    }
    memmove(out->data + start + kept, e, length - mantissa);
    out->length -= mantissa - kept;
}

static bool shows_zero(ct_str text)
{
    for (size_t i = 0; i < text.length && text.data[i] != 'e' && text.data[i] != 'E'; i++)
        if (text.data[i] >= '1' && text.data[i] <= '9')
            return false;
    return text.length && text.data[0] == '0';
}

static void format_real(ct_renderer *r, ct_buffer *out, double value, const spec *s)
{
    bool percent = s->type == '%', big = s->type == 'E' || s->type == 'F' || s->type == 'G';
    ct_buffer text = ct_text_begin(r);
    double size = fabs(percent ? value * 100 : value);
    if (isnan(size))
        ct_buffer_str(&text, big ? CT_STR("NAN") : CT_STR("nan"));
    else if (isinf(size))
        ct_buffer_str(&text, big ? CT_STR("INF") : CT_STR("inf"));
    else if (!s->type)
        write_general(&text, size, (int)s->precision);
    else
        ct_write_real_as(&text, size, percent ? 'f' : s->type, s->precision < 0 ? 6 : (int)s->precision, s->alternate);
    if (percent)
        ct_buffer_char(&text, '%');
    ct_str all = ct_t_get_str(ct_text_end(r, &text));
    size_t digits = 0;
    while (digits < all.length && all.data[digits] >= '0' && all.data[digits] <= '9')
        digits++;
    parts p = { .digits = { all.data, digits }, .rest = { all.data + digits, all.length - digits } };
    bool negative = signbit(value) && !isnan(value) && !(s->unsigned_zero && shows_zero(all));
    set_head(&p, negative, s->sign, 0);
    write_number(r, out, s, &p, 3);
}

static bool is_real_type(char type)
{
    return type && strchr("eEfFgG%", type);
}

static void format_number(ct_renderer *r, ct_buffer *out, ct_tval v, ct_str given)
{
    spec s = read_spec(r, given, true);
    ct_render_step(r, (uint64_t)CT_MAX(s.precision, 0) / 8);
    if (s.type == 'n' && s.group)
        ct_render_fail(r, "cannot specify '%c' with 'n'", s.group);
    if (s.type == 'n')
        s.type = v.type == CT_T_REAL ? 'g' : 'd';
    if (is_real_type(s.type) || (v.type == CT_T_REAL && !s.type))
        format_real(r, out, v.type == CT_T_REAL ? v.real : (double)v.integer, &s);
    else if (v.type != CT_T_REAL && (!s.type || strchr("bcdoxX", s.type)))
        format_integer(r, out, v.integer, &s);
    else
        unknown_type(r, s.type, ct_tval_type_name(v));
}

/* Rounded as a decimal, so that no digit that is shown is a real's. */
static void format_decimal(ct_renderer *r, ct_buffer *out, ct_tval v, ct_str given)
{
    spec s = read_spec(r, given, true);
    bool fixed = s.precision >= 0 && (s.type == 'f' || s.type == 'F');
    format_number(r, out, ct_t_real(ct_kind_real(v, fixed ? (uint64_t)s.precision : UINT64_MAX)), given);
}

void ct_write_formatted(ct_renderer *r, ct_buffer *out, ct_tval v, ct_str given)
{
    if (!given.length)
        ct_tval_write(r, out, v);
    else if (ct_t_is_text(v))
        format_text(r, out, ct_t_get_str(v), given);
    else if (ct_t_is_number(v))
        format_number(r, out, v, given);
    else if (v.type == CT_T_DECIMAL)
        format_decimal(r, out, v, given);
    else if (v.type == CT_T_DATETIME || v.type == CT_T_CLOCK)
        ct_write_strftime(out, v.integer, given);
    else
        ct_render_fail(r, "unsupported format string passed to %s.__format__", ct_tval_type_name(v));
}

/* ---- fields ---- */

typedef struct {
    ct_tval self; /* the text that is the format */
    const ct_tval *args;
    uint32_t count;
    ct_tval named; /* UNSET: there are none */
    int64_t next;  /* of {} without a number */
    bool manual, automatic;
} formatting;

static void expand(ct_renderer *r, formatting *f, ct_buffer *out, ct_str text, int depth);

static ct_tval positional(ct_renderer *r, const formatting *f, int64_t index)
{
    if (!f->args || index >= f->count)
        ct_render_fail(r, "replacement index %" PRId64 " out of range for positional args tuple", index);
    return f->args[index];
}

/* The argument that a field names, "", "0" or "name". */
static ct_tval argument(ct_renderer *r, formatting *f, ct_str name)
{
    ct_tval v;
    int64_t index;
    bool number = name.length && ct_str_to_int64(name, &index) && name.data[0] != '-';
    if (!name.length || number) {
        f->automatic |= !number;
        f->manual |= number;
        if (f->automatic && f->manual)
            ct_render_fail(r, "cannot mix automatic field numbering and manual field specification");
        return positional(r, f, number ? index : f->next++);
    }
    bool mapping = f->named.type == CT_T_DICT || f->named.type == CT_T_MAP;
    if (mapping && ct_tval_find(r, f->named, ct_t_str(name), &v))
        return v;
    ct_render_fail(r, "format() got no argument named '%.*s'", CT_STR_ARG(name));
}

/* The length of the front of the text up to one of the characters. */
static size_t until(ct_str text, const char *characters)
{
    size_t at = 0;
    while (at < text.length && (!text.data[at] || !strchr(characters, text.data[at])))
        at++;
    return at;
}

static ct_str skip(ct_str text, size_t length)
{
    return (ct_str){ text.data + length, text.length - length };
}

/* ".name" and "[key]" behind an argument. */
static ct_tval follow(ct_renderer *r, ct_tval v, ct_str path)
{
    while (path.length) {
        bool item = *path.data == '[';
        if (!item && *path.data != '.')
            ct_render_fail(r, "only '.' or '[' may follow ']' in format field specifier");
        path = skip(path, 1);
        size_t length = until(path, item ? "]" : ".[");
        ct_str name = { path.data, length };
        int64_t index;
        if (!length)
            ct_render_fail(r, "empty attribute in format string");
        if (item && length == path.length)
            ct_render_fail(r, "missing ']' in format string");
        if (!item)
            v = ct_tval_attribute(r, v, name);
        else if (ct_str_to_int64(name, &index) && *name.data != '-')
            v = ct_tval_item(r, v, ct_t_int(index));
        else
            v = ct_tval_item(r, v, ct_t_str(name));
        if (v.type == CT_T_UNDEFINED)
            ct_tval_fail_undefined(r, v);
        path = skip(path, length + item);
    }
    return v;
}

static void write_ascii(ct_buffer *out, ct_str text)
{
    const char *at = text.data, *end = at + text.length;
    while (at < end) {
        uint32_t code = ct_utf8_next(&at, end);
        if (code < 0x80)
            ct_buffer_char(out, (char)code);
        else
            ct_buffer_printf(out,
                             code < 0x100     ? "\\x%02" PRIx32
                             : code < 0x10000 ? "\\u%04" PRIx32
                                              : "\\U%08" PRIx32,
                             code);
    }
}

/* "!r", "!s" and "!a" */
static ct_tval convert(ct_renderer *r, ct_tval v, char conversion)
{
    ct_buffer text = ct_text_begin(r);
    if (conversion == 's')
        return ct_tval_text(r, v);
    if (conversion != 'r' && conversion != 'a')
        ct_render_fail(r, "unknown conversion specifier '!%c'", conversion);
    ct_tval_write_repr(r, &text, v);
    ct_tval shown = ct_text_end(r, &text);
    if (conversion == 'r')
        return shown;
    text = ct_text_begin(r);
    write_ascii(&text, ct_t_get_str(shown));
    return ct_text_end(r, &text);
}

/* A value in its place; safe text takes in what is not safe escaped. */
static void write_value(ct_renderer *r, const formatting *f, ct_buffer *out, ct_tval v, ct_str given)
{
    if (!ct_t_is_safe(f->self)) {
        ct_write_formatted(r, out, v, given);
        return;
    }
    if (ct_t_is_safe(v) && given.length)
        ct_render_fail(r, "unsupported format specification for Markup");
    if (ct_t_is_safe(v)) {
        ct_buffer_str(out, ct_t_get_str(v));
        return;
    }
    ct_buffer text = ct_text_begin(r);
    ct_write_formatted(r, &text, v, given);
    ct_tval plain = ct_text_end(r, &text);
    ct_escape_write(out, ct_t_get_str(plain), false);
}

/* What stands between the braces of a field. */
static void write_field(ct_renderer *r, formatting *f, ct_buffer *out, ct_str field, int depth)
{
    size_t length = 0;
    while (length < field.length && field.data[length] != '!' && field.data[length] != ':')
        length += field.data[length] == '[' ? until(skip(field, length), "]") : 1;
    length = CT_MIN(length, field.length);
    ct_str path = { field.data, length }, given = skip(field, length);
    size_t name = until(path, ".[");
    ct_tval v = follow(r, argument(r, f, (ct_str){ path.data, name }), skip(path, name));
    if (take_char(&given, '!')) {
        if (!given.length)
            ct_render_fail(r, "end of string while looking for conversion specifier");
        char conversion = *given.data;
        given = skip(given, 1);
        if (given.length && *given.data != ':')
            ct_render_fail(r, "expected ':' after conversion specifier");
        v = convert(r, v, conversion);
    }
    take_char(&given, ':');
    if (given.length && memchr(given.data, '{', given.length)) {
        ct_buffer text = ct_text_begin(r);
        expand(r, f, &text, given, depth + 1);
        given = ct_t_get_str(ct_text_end(r, &text));
    }
    write_value(r, f, out, v, given);
}

/* The length of a field up to its closing brace. */
static size_t field_length(ct_renderer *r, ct_str text)
{
    size_t open = 1;
    for (size_t at = 0; at < text.length; at++) {
        if (text.data[at] == '{')
            open++;
        else if (text.data[at] == '}' && --open == 0)
            return at;
    }
    ct_render_fail(r, "expected '}' before end of string");
}

static void expand(ct_renderer *r, formatting *f, ct_buffer *out, ct_str text, int depth)
{
    if (depth > 1)
        ct_render_fail(r, "max string recursion exceeded");
    while (text.length && !out->failed) {
        size_t plain = until(text, "{}");
        ct_buffer_append(out, text.data, plain);
        text = skip(text, plain);
        if (!text.length)
            return;
        char brace = *text.data;
        text = skip(text, 1);
        if (take_char(&text, brace)) {
            ct_buffer_char(out, brace);
            continue;
        }
        if (brace == '}' || !text.length)
            ct_render_fail(r, "single '%c' encountered in format string", brace);
        size_t length = field_length(r, text);
        ct_render_step(r, 1);
        write_field(r, f, out, (ct_str){ text.data, length }, depth);
        text = skip(text, length + 1);
    }
}

static ct_tval format_all(ct_renderer *r, formatting *f)
{
    ct_buffer out = ct_text_begin(r);
    expand(r, f, &out, ct_t_get_str(f->self), 0);
    ct_tval v = ct_text_end(r, &out);
    v.flags = f->self.flags;
    return v;
}

ct_tval ct_method_format(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    formatting f = { .self = args[0], .args = args + 2, .count = count - 2, .named = args[1] };
    return format_all(r, &f);
}

ct_tval ct_method_format_map(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (args[1].type != CT_T_DICT && args[1].type != CT_T_MAP)
        ct_render_fail(r, "format_map() takes a dict, not '%s'", ct_tval_type_name(args[1]));
    formatting f = { .self = args[0], .named = args[1] };
    return format_all(r, &f);
}
