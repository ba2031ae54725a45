/* Jinja's filters of numbers.
 *
 * Whole numbers have 64 bits: `int` gives its default for what does not fit, as it does for what is no number. */
#include "template/django_filters.h"
#include "template/jinja_filters.h"
#include "template/kinds.h"
#include "template/printf.h"
#include "template/real.h"
#include "template/render.h"
#include "template/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unictype.h>

CT_NORETURN static void no_number(ct_renderer *r, const char *filter, ct_tval v)
{
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    ct_render_fail(r, "%s: a number is needed, not '%s'", filter, ct_tval_type_name(v));
}

ct_tval ct_jinja_abs(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = args[0];
    if (v.type == CT_T_REAL)
        return ct_t_real(fabs(v.real));
    if (v.type == CT_T_DECIMAL || v.type == CT_T_SPAN)
        return ct_kind_compare(v, ct_kind_negated(r, v)) < 0 ? ct_kind_negated(r, v) : v;
    if (!ct_t_is_number(v))
        no_number(r, "abs", v);
    if (v.integer == INT64_MIN)
        ct_render_fail(r, "abs: the result does not fit into 64 bits");
    return ct_t_int(v.integer < 0 ? -v.integer : v.integer);
}

/* ---- numbers in text ---- */

/* The text without white space around it and without underscores between digits, decimal digits of all scripts as ASCII
 * ones, with a NUL. NULL where an underscore stands anywhere else, or a character that no number has. `letters` are
 * digits too where whole numbers are read. */
static const char *plain_number(ct_renderer *r, ct_str text, bool letters, char *room, size_t size)
{
    text = ct_text_strip(text);
    char *plain = text.length < size ? room : ct_render_take(r, text.length + 1), *to = plain;
    const char *at = text.data, *end = at + text.length;
    bool joins = false; /* an underscore may come, or has come */
    for (bool bridge = false; at < end;) {
        uint32_t code = ct_utf8_next(&at, end);
        if (code == '_') {
            if (!joins || bridge || at == end)
                return NULL;
            bridge = true;
            continue;
        }
        if (code >= 0x80) {
            int digit = uc_decimal_value(code);
            if (digit < 0)
                return NULL;
            code = (uint32_t)('0' + digit);
        }
        joins = (code >= '0' && code <= '9') || (letters && (code | 0x20) >= 'a' && (code | 0x20) <= 'z');
        if ((bridge && !joins) || !code)
            return NULL;
        bridge = false;
        *to++ = (char)code;
    }
    *to = '\0';
    return plain;
}

static size_t digits_at(const char *at)
{
    size_t count = 0;
    while (at[count] >= '0' && at[count] <= '9')
        count++;
    return count;
}

static bool is_nocase(const char *text, const char *word)
{
    return ct_str_eq_nocase(ct_str_of(text), ct_str_of(word));
}

/* What float() takes, after the sign. */
static bool is_real(const char *text)
{
    if (is_nocase(text, "inf") || is_nocase(text, "infinity") || is_nocase(text, "nan"))
        return true;
    size_t whole = digits_at(text);
    text += whole;
    if (*text == '.') {
        size_t fraction = digits_at(++text);
        text += fraction;
        whole += fraction;
    }
    if (!whole)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        size_t exponent = digits_at(text);
        if (!exponent)
            return false;
        text += exponent;
    }
    return !*text;
}

bool ct_read_real(ct_renderer *r, ct_str text, double *ret_value)
{
    static locale_t c_locale;
    char room[64];
    const char *plain = plain_number(r, text, false, room, sizeof(room));
    if (!plain || !is_real(plain + (*plain == '-' || *plain == '+')))
        return false;
    if (!c_locale)
        c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *ret_value = c_locale ? strtod_l(plain, NULL, c_locale) : strtod(plain, NULL);
    return true;
}

static int digit_of(char ch)
{
    char lower = ct_ascii_lower(ch);
    return ch >= '0' && ch <= '9' ? ch - '0' : lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 36;
}

typedef enum { READ, NO_NUMBER, TOO_LARGE } outcome;

/* int(text, base): 0x, 0o and 0b in front where the base is theirs, or 0. */
static outcome read_based(ct_renderer *r, ct_str text, int64_t base, int64_t *ret_value)
{
    char room[80];
    text = ct_text_strip(text);
    if (base != 0 && (base < 2 || base > 36))
        return NO_NUMBER;
    bool negative = text.length && text.data[0] == '-';
    if (negative || (text.length && text.data[0] == '+'))
        text = (ct_str){ text.data + 1, text.length - 1 };
    char kind = text.length > 1 && text.data[0] == '0' ? ct_ascii_lower(text.data[1]) : 0;
    int64_t prefix = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    if (prefix && (base == prefix || base == 0)) {
        base = prefix;
        text = (ct_str){ text.data + 2, text.length - 2 };
        if (text.length && text.data[0] == '_')
            text = (ct_str){ text.data + 1, text.length - 1 };
        if (!text.length || ct_uc_is_space((unsigned char)text.data[0]))
            return NO_NUMBER;
    }
    if (text.length && ct_uc_is_space((unsigned char)text.data[0]))
        return NO_NUMBER; /* between the sign and the digits */
    const char *at = plain_number(r, text, true, room, sizeof(room));
    if (!at || !*at)
        return NO_NUMBER;
    uint64_t value = 0;
    bool large = false, zero = *at == '0', any = false;
    for (; *at; at++) {
        int digit = digit_of(*at);
        if (digit >= (base ? base : 10))
            return NO_NUMBER;
        any |= digit != 0;
        large |= __builtin_mul_overflow(value, (uint64_t)(base ? base : 10), &value) ||
                 __builtin_add_overflow(value, (uint64_t)digit, &value);
    }
    if (base == 0 && zero && any)
        return NO_NUMBER; /* "012" could be meant as octal */
    if (large || value > (uint64_t)INT64_MAX + negative)
        return TOO_LARGE;
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return READ;
}

bool ct_read_whole(ct_renderer *r, ct_str text, int64_t *ret_value)
{
    return read_based(r, text, 10, ret_value) == READ;
}

/* int(real); false where it does not fit. */
static bool cut(double value, int64_t *ret_value)
{
    if (!(value >= -0x1p63 && value < 0x1p63))
        return false;
    *ret_value = (int64_t)value;
    return true;
}

ct_tval ct_jinja_int(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = args[0], fallback = args[1].type == CT_T_UNSET ? ct_t_int(0) : args[1];
    int64_t base = ct_arg_int(r, args[2], 10, "the base of int"), whole;
    double real;
    if (v.type == CT_T_INT || v.type == CT_T_BOOL)
        return ct_t_int(v.integer);
    if (v.type == CT_T_REAL)
        return cut(v.real, &whole) ? ct_t_int(whole) : fallback;
    if (v.type == CT_T_DECIMAL)
        return ct_django_int(r, v, &whole) == CT_INT_READ ? ct_t_int(whole) : fallback;
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    if (!ct_t_is_text(v))
        return fallback;
    outcome read = read_based(r, ct_t_get_str(v), base, &whole);
    if (read == READ)
        return ct_t_int(whole);
    if (read == NO_NUMBER && ct_read_real(r, ct_t_get_str(v), &real) && cut(real, &whole))
        return ct_t_int(whole);
    return fallback;
}

ct_tval ct_jinja_float(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = args[0];
    double value;
    if (v.type == CT_T_UNDEFINED)
        ct_tval_fail_undefined(r, v);
    if (v.type == CT_T_REAL)
        return v;
    if (ct_t_is_number(v))
        return ct_t_real((double)v.integer);
    if (v.type == CT_T_DECIMAL)
        return ct_t_real(ct_decimal_real(*v.decimal));
    if (ct_t_is_text(v) && ct_read_real(r, ct_t_get_str(v), &value))
        return ct_t_real(value);
    return args[1].type == CT_T_UNSET ? ct_t_real(0) : args[1];
}

/* ---- round ---- */

/* To a power of ten above 1, halves to the even one, by the decimal digits of the whole part. */
static double round_left(double value, unsigned digits)
{
    char text[400];
    double whole = trunc(fabs(value));
    bool rest = whole != fabs(value);
    int length = snprintf(text, sizeof(text), "%.0f", whole);
    if ((unsigned)length < digits)
        return copysign(0, value);
    unsigned kept = (unsigned)length - digits;
    for (unsigned i = kept + 1; i < (unsigned)length; i++)
        rest |= text[i] != '0';
    bool odd = kept && (text[kept - 1] & 1);
    bool up = text[kept] > '5' || (text[kept] == '5' && (rest || odd));
    memset(text + kept, '0', digits);
    char head[410] = "0";
    memcpy(head + 1, text, (size_t)length + 1);
    for (unsigned i = kept; up; i--) {
        up = head[i] == '9';
        head[i] = up ? '0' : (char)(head[i] + 1);
    }
    return copysign(strtod(head, NULL), value);
}

/* round(value, digits) of a float: by its exact decimal value. */
static double round_real(ct_renderer *r, double value, int64_t digits)
{
    uint64_t scaled;
    if (!isfinite(value) || digits > 323)
        return value;
    if (digits < -308)
        return copysign(0, value);
    if (digits < 0)
        return round_left(value, (unsigned)-digits);
    if (ct_scale_exactly(fabs(value), (unsigned)digits, &scaled))
        return copysign((double)scaled / ct_power_of_ten((unsigned)digits), value);
    ct_buffer text = ct_text_begin(r);
    ct_write_real_as(&text, value, 'f', (int)digits, false);
    double rounded = value;
    ct_read_real(r, ct_t_get_str(ct_text_end(r, &text)), &rounded);
    return rounded;
}

/* round(value, digits) of an int; digits < 0. */
static int64_t round_whole(ct_renderer *r, int64_t value, int64_t digits)
{
    if (digits < -19)
        return 0;
    uint64_t power = 1, magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (; digits; digits++)
        power *= 10;
    uint64_t rest = magnitude % power, whole = magnitude / power;
    whole += rest > power - rest || (rest == power - rest && (whole & 1));
    if (__builtin_mul_overflow(whole, power, &magnitude) || magnitude > (uint64_t)INT64_MAX + (value < 0))
        ct_render_fail(r, "round: the result does not fit into 64 bits");
    return (int64_t)(value < 0 ? 0 - magnitude : magnitude);
}

static ct_tval round_away(ct_renderer *r, ct_tval v, int64_t digits, bool up)
{
    double value = v.type == CT_T_REAL ? v.real : (double)v.integer;
    double power = pow(10, (double)digits), scaled = value * power;
    if (!isfinite(scaled) || power == 0)
        ct_render_fail(r, "round: %s has no %s", isnan(scaled) ? "nan" : "an infinite number", up ? "ceil" : "floor");
    /* Through an int there is no -0.0. */
    return ct_t_real(((up ? ceil(scaled) : floor(scaled)) + 0.0) / power);
}

ct_tval ct_jinja_round(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval v = args[0];
    int64_t digits = ct_arg_int(r, args[1], 0, "the precision of round");
    ct_str method = ct_arg_str(r, args[2], "common");
    bool up = ct_str_eq(method, CT_STR("ceil"));
    bool common = ct_str_eq(method, CT_STR("common"));
    if (!up && !common && !ct_str_eq(method, CT_STR("floor")))
        ct_render_fail(r, "round: the method must be common, ceil or floor");
    if (v.type == CT_T_DECIMAL && common && digits >= 0)
        return ct_kind_rounded(r, v, (int)CT_MIN(digits, 37));
    if (v.type == CT_T_DECIMAL)
        v = ct_t_real(ct_decimal_real(*v.decimal));
    if (!ct_t_is_number(v))
        no_number(r, "round", v);
    if (!common)
        return round_away(r, v, digits, up);
    if (v.type == CT_T_REAL)
        return ct_t_real(round_real(r, v.real, digits));
    return ct_t_int(digits >= 0 ? v.integer : round_whole(r, v.integer, digits));
}

/* ---- filesizeformat ---- */

ct_tval ct_jinja_filesizeformat(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    static const char *const units[2][8] = { { " kB", " MB", " GB", " TB", " PB", " EB", " ZB", " YB" },
                                             { " KiB", " MiB", " GiB", " TiB", " PiB", " EiB", " ZiB", " YiB" } };
    /* What is not shown in the unit any more. */
    static const double above[2][8] = { { 1e6, 1e9, 1e12, 1e15, 1e18, 1e21, 1e24, 1e27 },
                                        { 0x1p20, 0x1p30, 0x1p40, 0x1p50, 0x1p60, 0x1p70, 0x1p80, 0x1p90 } };
    (void)count;
    bool binary = ct_arg_flag(r, args[1], false);
    double base = binary ? 1024 : 1000, bytes;
    ct_tval v = args[0];
    if (v.type == CT_T_DECIMAL)
        v = ct_t_real(ct_decimal_real(*v.decimal));
    if (ct_t_is_number(v))
        bytes = v.type == CT_T_REAL ? v.real : (double)v.integer;
    else if (!ct_t_is_text(v) || !ct_read_real(r, ct_t_get_str(v), &bytes))
        no_number(r, "filesizeformat", v);
    if (bytes == 1)
        return CT_T_LITERAL("1 Byte");
    ct_buffer out = ct_text_begin(r);
    if (bytes < base) {
        if (isinf(bytes))
            ct_render_fail(r, "filesizeformat: an infinite number");
        ct_write_fixed(&out, trunc(bytes) + 0.0, 0);
        CT_BUFFER_LITERAL(&out, " Bytes");
        return ct_text_end(r, &out);
    }
    size_t i = 0;
    while (i < 7 && !(bytes < above[binary][i]))
        i++;
    ct_write_fixed(&out, base * bytes / above[binary][i], 1);
    ct_buffer_str(&out, ct_str_of(units[binary][i]));
    return ct_text_end(r, &out);
}
