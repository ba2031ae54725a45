/* Python's formatting with %.
 *
 * Complete but for the length modifiers' meaning: h, l and L are skipped, as Python skips them. Whole numbers have 64
 * bits. The format is walked once; what stands between two directives is copied as one run, and "%s" and "%d" without
 * anything more are written straight into the result.
 *
 * Floating point numbers are printed as real.h prints them, but for few digits of moderate numbers: there the product
 * with the power of ten is rounded by its exact value, which fma() tells where the rounded product is a tie. */
#include "template/printf.h"

#include "template/escape.h"
#include "template/jinja_filters.h"
#include "template/kinds.h"
#include "template/real.h"
#include "template/render.h"
#include "template/text.h"

#include <math.h>

/* ---- floating point ---- */

/* A double has no more digits behind the point than this that are not 0. */
#define MOST_DIGITS 1100u

double ct_power_of_ten(unsigned exponent)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    return powers[exponent];
}

bool ct_scale_exactly(double value, unsigned digits, uint64_t *ret_scaled)
{
    if (digits > 15 || !(value < 0x1p52))
        return false;
    double power = ct_power_of_ten(digits), product = value * power;
    if (!(product < 0x1p52))
        return false;
    uint64_t whole = (uint64_t)product;
    double part = product - (double)whole;
    /* Below 2^52 a half is a double, so rounding never carries the product across it: only at the half itself does the
     * error decide. */
    if (part > 0.5) {
        whole++;
    } else if (part == 0.5) {
        double error = fma(value, power, -product);
        whole += error > 0 || (error == 0 && (whole & 1));
    }
    *ret_scaled = whole;
    return true;
}

#define SCALED_ROOM 32

/* A number with a point before its last digits: 1234, 2 is "12.34". It stands at the end of `room`. */
static ct_str put_scaled(char *room, uint64_t scaled, unsigned digits, bool negative)
{
    char *const end = room + SCALED_ROOM, *at = end;
    if (digits) {
        for (; digits; digits--, scaled /= 10)
            *--at = (char)('0' + scaled % 10);
        *--at = '.';
    }
    do {
        *--at = (char)('0' + scaled % 10);
        scaled /= 10;
    } while (scaled);
    if (negative)
        *--at = '-';
    return (ct_str){ at, (size_t)(end - at) };
}

static bool write_infinite(ct_buffer *out, double value, bool upper)
{
    if (isfinite(value))
        return false;
    if (isnan(value))
        ct_buffer_append(out, upper ? "NAN" : "nan", 3);
    else
        ct_buffer_str(out, ct_str_of(value < 0 ? upper ? "-INF" : "-inf" : upper ? "INF" : "inf"));
    return true;
}

void ct_write_fixed(ct_buffer *out, double value, unsigned digits)
{
    uint64_t scaled;
    char room[SCALED_ROOM];
    if (CT_LIKELY(ct_scale_exactly(fabs(value), digits, &scaled)))
        ct_buffer_str(out, put_scaled(room, scaled, digits, signbit(value)));
    else if (!write_infinite(out, value, false))
        ct_write_real_as(out, value, 'f', (int)CT_MIN(digits, MOST_DIGITS), false);
}

/* ---- the directives ---- */

typedef struct spec {
    char type;
    bool left, plus, blank, alternate, zero;
    bool has_precision;
    uint32_t width, precision;
} spec;

typedef struct formatter {
    ct_renderer *r;
    ct_buffer out;
    ct_str format;
    size_t at;
    bool safe;
    ct_tval args;         /* the tuple, the dictionary or the single value */
    ct_tval value;        /* what a directive takes next where the arguments are no tuple */
    uint32_t next, count; /* of the tuple; of a single value 0 or 1 of 1 */
    bool is_tuple, is_mapping;
} formatter;

CT_NORETURN static void incomplete(formatter *f)
{
    ct_render_fail(f->r, "incomplete format: a %% stands at the end (write %%%% for a percent sign)");
}

static char peek(formatter *f)
{
    if (f->at == f->format.length)
        incomplete(f);
    return f->format.data[f->at];
}

static ct_tval next_argument(formatter *f)
{
    if (f->next == f->count)
        ct_render_fail(f->r, "not enough arguments for the format");
    f->next++;
    return f->is_tuple ? f->args.list->items[f->next - 1] : f->value;
}

/* "(name)": the value of the dictionary is what the directive takes. */
static void read_key(formatter *f)
{
    if (!f->is_mapping)
        ct_render_fail(f->r, "the format needs a mapping for its %%(name)s, not '%s'", ct_tval_type_name(f->args));
    size_t start = ++f->at, depth = 1;
    for (; f->at < f->format.length; f->at++) {
        if (f->format.data[f->at] == '(')
            depth++;
        else if (f->format.data[f->at] == ')' && --depth == 0)
            break;
    }
    if (f->at == f->format.length)
        ct_render_fail(f->r, "incomplete format key: a ) is missing");
    ct_str key = { f->format.data + start, f->at - start };
    f->at++;
    if (f->args.type == CT_T_DICT) {
        const ct_tval *found = ct_tdict_find_str(f->r, f->args.dict, key);
        f->value = found ? *found : ct_t_undefined(key, CT_T_UNSET);
    } else {
        f->value = ct_tval_item(f->r, f->args, ct_t_str(key));
    }
    if (f->value.type == CT_T_UNDEFINED)
        ct_render_fail(f->r, "the format needs '%.*s', which the mapping has not", CT_STR_ARG(key));
    f->is_tuple = false;
    f->next = 0;
    f->count = 1;
}

static int64_t read_star(formatter *f)
{
    ct_tval v = next_argument(f);
    f->at++;
    if (v.type != CT_T_INT && v.type != CT_T_BOOL)
        ct_render_fail(f->r, "* in a format wants a whole number, not '%s'", ct_tval_type_name(v));
    if (v.integer > INT32_MAX || v.integer < -INT32_MAX)
        ct_render_fail(f->r, "the width or precision in the format is too large");
    return v.integer;
}

static uint32_t read_count(formatter *f)
{
    uint32_t value = 0;
    for (char ch; (ch = peek(f)) >= '0' && ch <= '9'; f->at++)
        if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, (uint32_t)(ch - '0'), &value) ||
            value > INT32_MAX)
            ct_render_fail(f->r, "the width or precision in the format is too large");
    return value;
}

static void read_flags(formatter *f, spec *s)
{
    for (;; f->at++) {
        switch (peek(f)) {
        case '-':
            s->left = true;
            break;
        case '+':
            s->plus = true;
            break;
        case ' ':
            s->blank = true;
            break;
        case '#':
            s->alternate = true;
            break;
        case '0':
            s->zero = true;
            break;
        default:
            return;
        }
    }
}

static void read_spec(formatter *f, spec *s)
{
    if (peek(f) == '(')
        read_key(f);
    read_flags(f, s);
    if (peek(f) == '*') {
        int64_t width = read_star(f);
        s->left |= width < 0;
        s->width = (uint32_t)(width < 0 ? -width : width);
    } else {
        s->width = read_count(f);
    }
    if (peek(f) == '.') {
        s->has_precision = true;
        f->at++;
        int64_t precision = peek(f) == '*' ? read_star(f) : read_count(f);
        s->precision = (uint32_t)(precision < 0 ? 0 : precision);
    }
    if (peek(f) == 'h' || peek(f) == 'l' || peek(f) == 'L')
        f->at++;
    s->type = peek(f);
    f->at++;
}

/* ---- writing one value ---- */

static void fill(ct_buffer *out, char with, size_t count)
{
    char *room = count ? ct_buffer_reserve(out, count) : NULL;
    if (!room)
        return;
    memset(room, with, count);
    out->length += count;
}

/* `prefix` (a sign, 0x) goes before zeros and after blanks. `length` counts characters of prefix and body. */
static void write_padded(formatter *f, const spec *s, ct_str prefix, ct_str body, size_t length, bool zero)
{
    size_t pad = s->width > length ? s->width - length : 0;
    if (!s->left && !zero)
        fill(&f->out, ' ', pad);
    ct_buffer_str(&f->out, prefix);
    if (!s->left && zero)
        fill(&f->out, '0', pad);
    ct_buffer_str(&f->out, body);
    if (s->left)
        fill(&f->out, ' ', pad);
}

/* str() or repr() of the value, escaped where the format is safe. */
static ct_tval text_of(formatter *f, ct_tval v, char type)
{
    if (type == 's') {
        v = ct_tval_text(f->r, v);
    } else {
        ct_buffer text = ct_text_begin(f->r);
        ct_tval_write_repr(f->r, &text, v);
        v = ct_text_end(f->r, &text);
    }
    return f->safe ? ct_escape_text(f->r, v, false) : v;
}

static void write_text(formatter *f, const spec *s, ct_str text)
{
    if (s->has_precision && s->precision < text.length)
        text = ct_utf8_slice(text, 0, s->precision);
    size_t length = s->width ? ct_utf8_count(text) : text.length;
    write_padded(f, s, (ct_str){ 0 }, text, length, false);
}

/* ascii(): what is not ASCII as \xe9, \u20ac, \U0001f600. */
static ct_str ascii_of(formatter *f, ct_str text)
{
    if (ct_utf8_is_ascii(text))
        return text;
    ct_buffer out = ct_text_begin(f->r);
    const char *at = text.data, *end = at + text.length;
    while (at < end) {
        uint32_t code = ct_utf8_next(&at, end);
        if (code < 0x80)
            ct_buffer_char(&out, (char)code);
        else if (code < 0x100)
            ct_buffer_printf(&out, "\\x%02" PRIx32, code);
        else
            ct_buffer_printf(&out, code < 0x10000 ? "\\u%04" PRIx32 : "\\U%08" PRIx32, code);
    }
    return ct_t_get_str(ct_text_end(f->r, &out));
}

static void write_character(formatter *f, const spec *s, ct_tval v)
{
    ct_buffer text = ct_text_begin(f->r);
    if (v.type == CT_T_INT || v.type == CT_T_BOOL) {
        if (v.integer < 0 || v.integer > 0x10ffff)
            ct_render_fail(f->r, "%%c needs a character's number below 0x110000");
        ct_utf8_put(&text, (uint32_t)v.integer);
    } else if (ct_t_is_text(v) && ct_utf8_count(ct_t_get_str(v)) == 1) {
        ct_buffer_str(&text, ct_t_get_str(v));
    } else {
        ct_render_fail(f->r, "%%c needs a whole number or a single character");
    }
    v = ct_text_end(f->r, &text);
    if (f->safe)
        v = ct_escape_text(f->r, v, false);
    write_text(f, s, ct_t_get_str(v));
}

static int64_t whole_number(formatter *f, const spec *s, ct_tval v)
{
    if (v.type == CT_T_INT || v.type == CT_T_BOOL)
        return v.integer;
    bool decimal = s->type == 'd' || s->type == 'i' || s->type == 'u';
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(f->r, v);
    int64_t read;
    if (f->safe && decimal && ct_t_is_text(v) && ct_read_whole(f->r, ct_t_get_str(v), &read))
        return read; /* Markup makes numbers of its arguments where numbers are asked for */
    if (v.type != CT_T_REAL || !decimal)
        ct_render_fail(f->r, "%%%c format: %s is required, not '%s'", s->type, decimal ? "a number" : "a whole number",
                       ct_tval_type_name(v));
    if (!(v.real > -0x1p63 && v.real < 0x1p63))
        ct_render_fail(f->r, "%%%c format: the number does not fit into 64 bits", s->type);
    return (int64_t)v.real;
}

static unsigned base_of(char type)
{
    return type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : 10;
}

static void write_whole(formatter *f, const spec *s, ct_tval v)
{
    int64_t number = whole_number(f, s, v);
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    unsigned base = base_of(s->type);
    char digits[24], prefix[4];
    size_t first = sizeof(digits), prefixed = 0;
    do
        digits[--first] = (s->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[left % base];
    while (left /= base);
    if (number < 0 || s->plus || s->blank)
        prefix[prefixed++] = number < 0 ? '-' : s->plus ? '+' : ' ';
    if (s->alternate && base != 10) {
        prefix[prefixed++] = '0';
        prefix[prefixed++] = s->type;
    }
    ct_str body = { digits + first, sizeof(digits) - first };
    if (s->precision > body.length) {
        ct_buffer longer = ct_text_begin(f->r);
        fill(&longer, '0', s->precision - body.length);
        ct_buffer_str(&longer, body);
        body = ct_t_get_str(ct_text_end(f->r, &longer));
    }
    write_padded(f, s, (ct_str){ prefix, prefixed }, body, prefixed + body.length, s->zero);
}

/* The magnitude without its sign. */
static void write_magnitude(ct_renderer *r, ct_buffer *out, const spec *s, double value, uint32_t precision)
{
    if (write_infinite(out, value, s->type < 'a'))
        return;
    uint32_t asked = CT_MIN(precision, MOST_DIGITS);
    uint64_t scaled;
    if ((s->type == 'f' || s->type == 'F') && !(s->alternate && !asked) && ct_scale_exactly(value, asked, &scaled)) {
        char room[SCALED_ROOM];
        ct_buffer_str(out, put_scaled(room, scaled, asked, false));
        return;
    }
    ct_buffer text = ct_text_begin(r);
    ct_write_real_as(&text, value, s->type, (int)asked, s->alternate);
    ct_str plain = ct_t_get_str(ct_text_end(r, &text));
    const char *exponent = s->type == 'e' || s->type == 'E' ? memchr(plain.data, s->type, plain.length) : NULL;
    size_t head = exponent ? (size_t)(exponent - plain.data) : plain.length;
    ct_buffer_append(out, plain.data, head);
    if (precision > asked && s->type != 'g' && s->type != 'G')
        fill(out, '0', precision - asked);
    ct_buffer_append(out, plain.data + head, plain.length - head);
}

static void write_real(formatter *f, const spec *s, ct_tval v)
{
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(f->r, v);
    double value;
    if (v.type == CT_T_DECIMAL) /* its digits as far as they are shown */
        value = ct_kind_real(v, s->has_precision ? s->precision : 6);
    else if (ct_t_is_number(v))
        value = v.type == CT_T_REAL ? v.real : (double)v.integer;
    else if (!f->safe || !ct_t_is_text(v) || !ct_read_real(f->r, ct_t_get_str(v), &value))
        ct_render_fail(f->r, "%%%c format: a number is required, not '%s'", s->type, ct_tval_type_name(v));
    bool negative = signbit(value) && !isnan(value);
    ct_str prefix = { 0 };
    if (negative)
        prefix = CT_STR("-");
    else if (s->plus || s->blank)
        prefix = s->plus ? CT_STR("+") : CT_STR(" ");
    ct_buffer text = ct_text_begin(f->r);
    ct_buffer *out = s->width ? &text : &f->out;
    if (!s->width)
        ct_buffer_str(out, prefix);
    write_magnitude(f->r, out, s, fabs(value), s->has_precision ? s->precision : 6);
    if (!s->width)
        return;
    ct_str body = ct_t_get_str(ct_text_end(f->r, &text));
    write_padded(f, s, prefix, body, prefix.length + body.length, s->zero);
}

static void write_directive(formatter *f)
{
    spec s = { 0 };
    size_t start = f->at;
    if (peek(f) == '%') {
        ct_buffer_char(&f->out, '%');
        f->at++;
        return;
    }
    read_spec(f, &s);
    if (!memchr("srcadiuoxXeEfFgG", s.type, 16)) {
        ct_str rest = { f->format.data + f->at - 1, f->format.length - f->at + 1 };
        ct_render_fail(f->r, "unsupported format character '%.*s' in '%%%.*s'", CT_STR_ARG(ct_utf8_slice(rest, 0, 1)),
                       (int)(f->at - start - 1 + ct_utf8_slice(rest, 0, 1).length), f->format.data + start);
    }
    ct_tval v = next_argument(f);
    if (s.type == 's' || s.type == 'r')
        write_text(f, &s, ct_t_get_str(text_of(f, v, s.type)));
    else if (s.type == 'a')
        write_text(f, &s, ascii_of(f, ct_t_get_str(text_of(f, v, s.type))));
    else if (s.type == 'c')
        write_character(f, &s, v);
    else if (memchr("diuoxX", s.type, 6))
        write_whole(f, &s, v);
    else
        write_real(f, &s, v);
}

/* "%s" and "%d" with nothing between; false for everything else, with nothing done. */
static bool write_simply(formatter *f)
{
    char type = f->at < f->format.length ? f->format.data[f->at] : 0;
    if ((type != 's' && type != 'd') || f->next == f->count)
        return false;
    ct_tval v = f->is_tuple ? f->args.list->items[f->next] : f->value;
    if (type == 's') {
        ct_tval text = ct_tval_text(f->r, v);
        if (f->safe && !ct_t_is_safe(text))
            ct_escape_write(&f->out, ct_t_get_str(text), false);
        else
            ct_buffer_str(&f->out, ct_t_get_str(text));
    } else {
        if (v.type != CT_T_INT)
            return false;
        if (v.integer < 0)
            ct_buffer_char(&f->out, '-');
        ct_buffer_uint(&f->out, v.integer < 0 ? 0 - (uint64_t)v.integer : (uint64_t)v.integer);
    }
    f->next++;
    f->at++;
    return true;
}

static bool can_be_mapping(ct_tval v)
{
    return v.type >= CT_T_LIST && v.type <= CT_T_ROWS && v.type != CT_T_TUPLE;
}

ct_tval ct_python_format(ct_renderer *r, ct_tval format, ct_tval args)
{
    formatter f = { .r = r,
                    .out = ct_text_begin(r),
                    .format = ct_t_get_str(format),
                    .safe = ct_t_is_safe(format),
                    .args = args,
                    .value = args,
                    .is_tuple = args.type == CT_T_TUPLE,
                    .is_mapping = can_be_mapping(args) };
    f.count = f.is_tuple ? args.list->count : 1;
    ct_buffer_reserve(&f.out, f.format.length + 32);
    while (f.at < f.format.length) {
        const char *from = f.format.data + f.at, *mark = memchr(from, '%', f.format.length - f.at);
        size_t run = mark ? (size_t)(mark - from) : f.format.length - f.at;
        ct_buffer_append(&f.out, from, run);
        f.at += run + 1;
        if (!mark)
            break;
        if (!write_simply(&f))
            write_directive(&f);
    }
    if (f.next < f.count && !f.is_mapping)
        ct_render_fail(r, "not all arguments were used by the format");
    ct_tval v = ct_text_end(r, &f.out);
    v.flags = f.safe ? CT_T_SAFE : 0;
    return v;
}
