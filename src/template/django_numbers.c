/* Django's filters of numbers, moments and choices, and the numbers that the others share.
 *
 * Whole numbers have 64 bits here and any size in Python: where only digits are shown, as many as there are stay; where
 * a sum or a digit of it is asked for, the render fails instead of giving another number. Decimal places are counted on
 * the digits that repr() writes, never on the binary value: 2.675 is rounded to 2.68, as Django's Decimal does.
 *
 * Not here: the formats of other countries, and translations. */
#include "shape/types.h"
#include "template/dates.h"
#include "template/django_filters.h"
#include "template/jinja_filters.h"
#include "template/printf.h"
#include "template/render.h"
#include "template/text.h"

#include <math.h>
#include <stdlib.h>
#include <unictype.h>

/* Python refuses to read whole numbers that are longer. */
#define MOST_DIGITS 4300

/* ---- int() ---- */

/* The value of a digit in any script; -1 when it is none. */
static int digit_value(uint32_t code)
{
    if (code < 0x80)
        return code >= '0' && code <= '9' ? (int)(code - '0') : -1;
    return uc_decimal_value(code);
}

/* The next digit of int(text), *ret_digit; false at the end, and with *ret_digit < 0 where the text is no number. */
static bool next_digit(const char **at, const char *end, bool first, int *ret_digit)
{
    *ret_digit = 0;
    if (*at == end)
        return false;
    uint32_t code = ct_utf8_next(at, end);
    if (code == '_' && !first)
        code = *at < end ? ct_utf8_next(at, end) : 0;
    *ret_digit = digit_value(code);
    return *ret_digit >= 0;
}

/* Without white space and sign. */
static ct_str unsigned_part(ct_str text, bool *ret_negative)
{
    text = ct_text_strip(text);
    bool is_signed = text.length && (text.data[0] == '-' || text.data[0] == '+');
    *ret_negative = is_signed && text.data[0] == '-';
    return is_signed ? (ct_str){ text.data + 1, text.length - 1 } : text;
}

static ct_int_outcome read_int(ct_str text, int64_t *ret_value)
{
    bool negative, large = false;
    uint64_t value = 0;
    size_t count = 0;
    int digit;
    text = unsigned_part(text, &negative);
    const char *at = text.data, *end = at + text.length;
    for (; next_digit(&at, end, count == 0, &digit); count++) {
        large |= __builtin_mul_overflow(value, 10u, &value);
        large |= __builtin_add_overflow(value, (uint64_t)digit, &value);
    }
    if (digit < 0 || count == 0 || count > MOST_DIGITS)
        return CT_INT_VALUE;
    if (large || value > (uint64_t)INT64_MAX + negative) {
        *ret_value = negative ? INT64_MIN : INT64_MAX;
        return CT_INT_LARGE;
    }
    *ret_value = (int64_t)(negative ? 0 - value : value);
    return CT_INT_READ;
}

static ct_int_outcome cut_real(double value, int64_t *ret_value)
{
    if (isnan(value))
        return CT_INT_VALUE;
    if (isinf(value))
        return CT_INT_INFINITE;
    if (value >= -0x1p63 && value < 0x1p63) {
        *ret_value = (int64_t)value;
        return CT_INT_READ;
    }
    *ret_value = value < 0 ? INT64_MIN : INT64_MAX;
    return CT_INT_LARGE;
}

/* Without its fraction. */
static ct_int_outcome cut_decimal(ct_tval v, int64_t *ret_value)
{
    char text[CT_DECIMAL_SIZE];
    size_t length = ct_decimal_write(*v.decimal, text);
    const char *point = memchr(text, '.', length);
    return read_int((ct_str){ text, point ? (size_t)(point - text) : length }, ret_value);
}

ct_int_outcome ct_django_int(ct_renderer *r, ct_tval v, int64_t *ret_value)
{
    (void)r;
    switch ((ct_ttype)v.type) {
    case CT_T_BOOL:
    case CT_T_INT:
        *ret_value = v.integer;
        return CT_INT_READ;
    case CT_T_REAL:
        return cut_real(v.real, ret_value);
    case CT_T_TEXT:
        return read_int(ct_t_get_str(v), ret_value);
    case CT_T_DECIMAL:
        return cut_decimal(v, ret_value);
    default:
        return CT_INT_TYPE;
    }
}

void ct_django_fail_int(ct_renderer *r, ct_tval v, const char *what, ct_int_outcome outcome)
{
    ct_buffer text = ct_text_begin(r);
    if (outcome == CT_INT_TYPE)
        ct_render_fail(r, "%s must be a whole number, not '%s'", what, ct_tval_type_name(v));
    v.flags = 0;
    ct_tval_write_repr(r, &text, v);
    if (outcome == CT_INT_LARGE)
        ct_render_fail(r, "%s is too large, whole numbers have 64 bits: %s", what, ct_buffer_text(&text));
    ct_render_fail(r, "%s must be a whole number, not %s", what, ct_buffer_text(&text));
}

int64_t ct_django_need_int(ct_renderer *r, ct_tval v, const char *what)
{
    int64_t value;
    ct_int_outcome outcome = ct_django_int(r, v, &value);
    if (outcome > CT_INT_LARGE)
        ct_django_fail_int(r, v, what, outcome);
    return value;
}

static ct_int_outcome text_digits(ct_renderer *r, ct_str text, bool *ret_negative, ct_str *ret_digits)
{
    ct_buffer digits = ct_text_begin(r);
    size_t count = 0;
    int digit;
    text = unsigned_part(text, ret_negative);
    const char *at = text.data, *end = at + text.length;
    for (; next_digit(&at, end, count == 0, &digit); count++)
        if (digit || digits.length)
            ct_buffer_char(&digits, (char)('0' + digit));
    if (digit < 0 || count == 0 || count > MOST_DIGITS)
        return CT_INT_VALUE;
    *ret_digits = ct_t_get_str(ct_text_end(r, &digits));
    return CT_INT_READ;
}

ct_int_outcome ct_django_digits(ct_renderer *r, ct_tval v, bool *ret_negative, ct_str *ret_digits)
{
    ct_buffer digits = ct_text_begin(r);
    ct_int_outcome outcome = CT_INT_READ;
    int64_t value = 0;
    if (v.type == CT_T_DECIMAL) {
        v = ct_tval_text(r, v);
        const char *point = memchr(v.text, '.', v.length);
        v.length = point ? (uint32_t)(point - v.text) : v.length;
    }
    if (ct_t_is_text(v)) {
        outcome = text_digits(r, ct_t_get_str(v), ret_negative, ret_digits);
    } else if ((outcome = ct_django_int(r, v, &value)) == CT_INT_READ) {
        *ret_negative = value < 0;
        ct_buffer_uint(&digits, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
        *ret_digits = ct_t_get_str(ct_text_end(r, &digits));
    } else if (outcome == CT_INT_LARGE) { /* a real: so large that it is whole */
        *ret_negative = v.real < 0;
        ct_write_fixed(&digits, fabs(v.real), 0);
        *ret_digits = ct_t_get_str(ct_text_end(r, &digits));
        outcome = CT_INT_READ;
    }
    if (outcome == CT_INT_READ && (ret_digits->length == 0 || ret_digits->data[0] == '0')) {
        *ret_negative = false;
        *ret_digits = CT_STR("0");
    }
    return outcome;
}

ct_tval ct_django_whole(ct_renderer *r, bool negative, ct_str digits)
{
    int64_t value;
    ct_buffer out = ct_text_begin(r);
    if (negative)
        ct_buffer_char(&out, '-');
    ct_buffer_str(&out, digits);
    ct_tval v = ct_text_end(r, &out);
    return ct_str_to_int64(ct_t_get_str(v), &value) ? ct_t_int(value) : v;
}

void ct_write_grouped(ct_buffer *out, ct_str digits)
{
    for (size_t i = 0; i < digits.length; i++) {
        if (i && (digits.length - i) % 3 == 0)
            ct_buffer_char(out, ',');
        ct_buffer_char(out, digits.data[i]);
    }
}

/* ---- decimal numbers ---- */

/* What repr() of a real or str() of an int is made of. */
static ct_digits read_decimal(ct_str text, char room[CT_DIGITS_ROOM])
{
    ct_digits d = { .digits = { room, 0 } };
    bool fraction = false, exponent = false, down = false;
    int power = 0;
    for (size_t i = 0; i < text.length; i++) {
        char ch = text.data[i];
        if (ch == '-' && !exponent) {
            d.negative = true;
        } else if (ch == '.') {
            fraction = true;
        } else if (ch == 'e') {
            exponent = true;
        } else if (exponent) {
            down |= ch == '-';
            power = ch >= '0' && ch <= '9' ? power * 10 + (ch - '0') : power;
        } else {
            d.exponent -= fraction;
            if (ch != '0' || d.digits.length)
                room[d.digits.length++] = ch;
        }
    }
    if (!d.digits.length)
        room[d.digits.length++] = '0';
    d.exponent += down ? -power : power;
    return d;
}

ct_digits ct_digits_of_real(double value, char room[CT_DIGITS_ROOM])
{
    char memory[64];
    ct_buffer text = { .data = memory, .capacity = sizeof(memory) - 1, .limit = sizeof(memory) - 1 };
    ct_write_real(&text, value);
    return read_decimal((ct_str){ memory, text.length }, room);
}

static ct_digits decimal_of_int(int64_t value, char room[CT_DIGITS_ROOM])
{
    char memory[32];
    ct_buffer text = { .data = memory, .capacity = sizeof(memory) - 1, .limit = sizeof(memory) - 1 };
    ct_buffer_uint(&text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    ct_digits d = read_decimal((ct_str){ memory, text.length }, room);
    d.negative = value < 0;
    return d;
}

static ct_digits digits_of_decimal(ct_tval v, char room[CT_DIGITS_ROOM])
{
    char text[CT_DECIMAL_SIZE];
    return read_decimal((ct_str){ text, ct_decimal_write(*v.decimal, text) }, room);
}

/* Adds one to the last digit; true when all of them were nines, which leaves a 1 and zeros, one digit more. */
static bool count_up(char *digits, size_t count)
{
    size_t i = count;
    while (i > 0 && digits[i - 1] == '9')
        digits[--i] = '0';
    if (i > 0) {
        digits[i - 1]++;
        return false;
    }
    memmove(digits + 1, digits, count);
    digits[0] = '1';
    return true;
}

static void write_zeros(ct_buffer *out, size_t count)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    for (; count > sizeof(zeros) - 1; count -= sizeof(zeros) - 1)
        CT_BUFFER_LITERAL(out, zeros);
    ct_buffer_append(out, zeros, count);
}

#define MOST_PLACES 200

/* The digits before the point, zeros added where the decimal has none there. */
static void write_whole(ct_buffer *out, const char *digits, int count, int point, bool grouped)
{
    char whole[MOST_PLACES + 8] = "0";
    int length = CT_MAX(point, 1);
    if (point > 0) {
        int given = CT_MIN(point, count);
        memcpy(whole, digits, (size_t)given);
        memset(whole + given, '0', (size_t)(length - given));
    }
    if (grouped)
        ct_write_grouped(out, (ct_str){ whole, (size_t)length });
    else
        ct_buffer_append(out, whole, (size_t)length);
}

void ct_write_digits(ct_buffer *out, ct_digits d, unsigned places, bool grouped)
{
    char digits[MOST_PLACES + 8];
    int count = (int)d.digits.length, point = count + d.exponent;
    int64_t kept = (int64_t)point + places;
    memcpy(digits, d.digits.data, d.digits.length);
    if (kept < count) {
        bool up = kept >= 0 && digits[kept] >= '5';
        count = kept > 0 ? (int)kept : 0;
        if (up && count_up(digits, (size_t)count)) {
            count++;
            point++;
        }
    }
    bool zero = true;
    for (int i = 0; i < count && zero; i++)
        zero = digits[i] == '0';
    if (d.negative && !zero)
        ct_buffer_char(out, '-');
    write_whole(out, digits, count, point, grouped);
    if (!places)
        return;
    ct_buffer_char(out, '.');
    unsigned leading = point < 0 ? CT_MIN((unsigned)-point, places) : 0;
    int from = CT_MAX(point, 0);
    unsigned given = count > from ? CT_MIN((unsigned)(count - from), places - leading) : 0;
    write_zeros(out, leading);
    ct_buffer_append(out, digits + from, given);
    write_zeros(out, places - leading - given);
}

void ct_write_localized(ct_buffer *out, double value, bool grouped)
{
    char room[CT_DIGITS_ROOM];
    if (!isfinite(value)) {
        ct_write_real(out, value);
        return;
    }
    ct_digits d = ct_digits_of_real(value, room);
    if ((int)d.digits.length + abs(d.exponent) > MOST_PLACES || value == 0)
        ct_write_real(out, value);
    else
        ct_write_digits(out, d, d.exponent < 0 ? (unsigned)-d.exponent : 0, grouped);
}

/* ---- floatformat ---- */

typedef struct places {
    int64_t count; /* below 0: none where the number is whole */
    bool grouped;
    bool given; /* false: the argument was no number */
} places;

/* Past this many Decimal itself gives up. */
#define MOST_ASKED 1000000

/* -1, "2", "2g"; "u" behind it switches the formats of a country off, among them the groups. */
static places read_places(ct_renderer *r, ct_tval arg)
{
    places p = { .count = -1, .given = true };
    if (arg.type == CT_T_UNSET)
        return p;
    if (ct_t_is_text(arg) && arg.length) {
        bool plain = false;
        uint32_t length = arg.length;
        for (int i = 0; i < 2 && arg.length; i++) {
            char last = arg.text[arg.length - 1];
            if ((last != 'g' || p.grouped) && (last != 'u' || plain))
                break;
            p.grouped |= last == 'g';
            plain |= last == 'u';
            arg.length--;
        }
        p.grouped &= !plain;
        if (arg.length == 0 && length > 0)
            return p;
    }
    ct_int_outcome outcome = ct_django_int(r, arg, &p.count);
    p.given = outcome <= CT_INT_LARGE;
    if (outcome > CT_INT_VALUE)
        ct_django_fail_int(r, arg, "the argument of floatformat", outcome);
    if (p.given && (p.count > MOST_ASKED || p.count < -MOST_ASKED))
        ct_render_fail(r, "floatformat: more than %d digits behind the point", MOST_ASKED);
    return p;
}

/* The number to be shown; false for what is none. Infinities and NaN are, though they have no digits. */
static bool read_number(ct_renderer *r, ct_tval v, double *ret_real, ct_digits *ret_decimal, char room[CT_DIGITS_ROOM])
{
    *ret_real = 0;
    if (v.type == CT_T_INT) {
        *ret_decimal = decimal_of_int(v.integer, room);
        return true;
    }
    if (v.type == CT_T_DECIMAL) {
        *ret_decimal = digits_of_decimal(v, room);
        return true;
    }
    if (v.type == CT_T_BOOL)
        *ret_real = (double)v.integer;
    else if (v.type == CT_T_REAL)
        *ret_real = v.real;
    else if (!ct_t_is_text(v) || !ct_read_real(r, ct_t_get_str(v), ret_real))
        return false;
    if (isfinite(*ret_real))
        *ret_decimal = ct_digits_of_real(*ret_real, room);
    return true;
}

static bool is_whole(const ct_digits *d)
{
    for (size_t i = 0; i < d->digits.length; i++)
        if (d->digits.data[i] != '0' && (int)(d->digits.length - i) + d->exponent <= 0)
            return false;
    return true;
}

/* The value as it came, in quotes where it was text. */
static ct_tval as_it_came(ct_renderer *r, ct_tval v)
{
    ct_buffer out = ct_text_begin(r);
    v.flags = 0;
    ct_tval_write_repr(r, &out, v);
    return ct_text_end(r, &out);
}

/* Django rounds the decimals of repr(). Where a number is not near the middle between two results, these are the
 * same as rounding the number itself, which needs no decimals in between. */
static bool format_quickly(ct_renderer *r, ct_tval v, places p, ct_tval *ret)
{
    static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };
    int64_t shown = p.count < 0 ? -p.count : p.count;
    if (p.grouped || !p.given || shown >= (int64_t)CT_COUNT(powers))
        return false;
    double value = fabs(v.real), scaled = value * powers[shown], whole = floor(scaled), rest = scaled - whole;
    if (!(scaled < 1e9) || (value < 1e-9 && value > 0) || fabs(rest - 0.5) < 1e-4 ||
        (p.count < 0 && value == floor(value)))
        return false;
    uint64_t digits = (uint64_t)whole + (rest > 0.5);
    char *text = ct_render_take(r, 24), *end = text + 24, *at = end;
    bool zero = digits == 0;
    for (int64_t i = 0; digits || i <= shown; digits /= 10, i++) {
        if (shown && i == shown)
            *--at = '.';
        *--at = (char)('0' + digits % 10);
    }
    if (v.real < 0 && !zero)
        *--at = '-';
    *ret = ct_t_safe_str((ct_str){ at, (size_t)(end - at) });
    return true;
}

ct_tval ct_django_floatformat(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval quick;
    char room[CT_DIGITS_ROOM];
    double real = 0;
    ct_digits d = { .digits = { room, 0 } };
    bool is_real = args[0].type == CT_T_REAL;
    if (!is_real && !read_number(r, args[0], &real, &d, room))
        return CT_T_LITERAL("");
    places p = read_places(r, args[1]);
    if (is_real && format_quickly(r, args[0], p, &quick))
        return quick;
    if (is_real)
        read_number(r, args[0], &real, &d, room);
    if (!p.given || !isfinite(real) || (int)d.digits.length + abs(d.exponent) > MOST_PLACES)
        return as_it_came(r, args[0]);
    unsigned shown = (unsigned)(p.count < 0 ? -p.count : p.count);
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 48);
    ct_write_digits(&out, d, p.count < 0 && is_whole(&d) ? 0 : shown, p.grouped);
    ct_tval v = ct_text_end(r, &out);
    v.flags = CT_T_SAFE;
    return v;
}

/* ---- filesizeformat ---- */

/* The number of bytes without its sign; false for what is none. */
static bool read_size(ct_renderer *r, ct_tval v, bool *ret_negative, double *ret_size)
{
    int64_t whole;
    if (v.type == CT_T_DECIMAL)
        v = ct_t_real(ct_decimal_real(*v.decimal));
    ct_int_outcome outcome = ct_django_int(r, v, &whole);
    if (outcome == CT_INT_INFINITE)
        ct_django_fail_int(r, v, "the value of filesizeformat", outcome);
    if (outcome > CT_INT_LARGE)
        return false;
    *ret_size = (double)whole;
    if (outcome == CT_INT_LARGE && v.type == CT_T_REAL)
        *ret_size = v.real;
    else if (outcome == CT_INT_LARGE)
        ct_read_real(r, ct_t_get_str(v), ret_size);
    *ret_negative = *ret_size < 0;
    *ret_size = fabs(*ret_size);
    return true;
}

ct_tval ct_django_filesizeformat(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    static const char units[] = "KMGTP";
    double size;
    bool negative;
    (void)count;
    if (!read_size(r, args[0], &negative, &size))
        return CT_T_LITERAL("0\xc2\xa0"
                            "bytes");
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 24);
    if (negative)
        ct_buffer_char(&out, '-');
    if (size < 1024) {
        ct_buffer_uint(&out, (uint64_t)size);
        ct_buffer_str(&out, size == 1 ? CT_STR("\xc2\xa0"
                                               "byte")
                                      : CT_STR("\xc2\xa0"
                                               "bytes"));
        return ct_text_end(r, &out);
    }
    size_t unit = 0;
    for (size /= 1024; size >= 1024 && unit < sizeof(units) - 2; unit++)
        size /= 1024;
    if (size < 1e16) {
        ct_write_fixed(&out, size, 1);
    } else {
        ct_write_localized(&out, size, false);
        CT_BUFFER_LITERAL(&out, ".0");
    }
    CT_BUFFER_LITERAL(&out, "\xc2\xa0");
    ct_buffer_char(&out, units[unit]);
    ct_buffer_char(&out, 'B');
    return ct_text_end(r, &out);
}

/* ---- sums and digits ---- */

static ct_tval concatenated(ct_renderer *r, ct_tval a, ct_tval b)
{
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, (size_t)a.length + b.length);
    ct_buffer_append(&out, a.text, a.length);
    ct_buffer_append(&out, b.text, b.length);
    ct_tval v = ct_text_end(r, &out);
    v.flags = a.flags & b.flags & CT_T_SAFE;
    return v;
}

/* a + b, "" where Python has no sum. */
static ct_tval sum(ct_renderer *r, ct_tval a, ct_tval b)
{
    if (ct_t_is_text(a) && ct_t_is_text(b))
        return concatenated(r, a, b);
    if (ct_t_is_number(a) && ct_t_is_number(b)) /* int() of one of them was no number */
        return ct_t_real((a.type == CT_T_REAL ? a.real : (double)a.integer) +
                         (b.type == CT_T_REAL ? b.real : (double)b.integer));
    if (!(ct_t_is_list(a) && ct_t_is_list(b)) && !(a.type == CT_T_TUPLE && b.type == CT_T_TUPLE))
        return CT_T_LITERAL("");
    ct_tlist *list = ct_tlist_of(r, a);
    ct_seq seq;
    ct_seq_init(r, &seq, b);
    ct_render_step(r, seq.count);
    for (uint32_t i = 0; i < seq.count; i++)
        ct_tlist_add(r, list, ct_seq_at(r, &seq, i));
    return a.type == CT_T_TUPLE ? ct_t_tuple(list) : ct_t_list(list);
}

ct_tval ct_django_add(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t a, b, total;
    ct_int_outcome first = ct_django_int(r, args[0], &a), second = ct_django_int(r, args[1], &b);
    (void)count;
    if (first == CT_INT_INFINITE || (second == CT_INT_INFINITE && first <= CT_INT_LARGE))
        ct_django_fail_int(r, first == CT_INT_INFINITE ? args[0] : args[1], "what add adds", CT_INT_INFINITE);
    if (first > CT_INT_LARGE || second > CT_INT_LARGE)
        return sum(r, args[0], args[1]);
    if (first == CT_INT_LARGE || second == CT_INT_LARGE)
        ct_django_fail_int(r, first == CT_INT_LARGE ? args[0] : args[1], "what add adds", CT_INT_LARGE);
    if (__builtin_add_overflow(a, b, &total))
        ct_render_fail(r, "add: the sum of %" PRId64 " and %" PRId64 " is too large", a, b);
    return ct_t_int(total);
}

ct_tval ct_django_divisibleby(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t values[2];
    (void)count;
    for (int i = 0; i < 2; i++) {
        ct_int_outcome outcome = ct_django_int(r, args[i], &values[i]);
        if (outcome != CT_INT_READ)
            ct_django_fail_int(r, args[i], i ? "the argument of divisibleby" : "the value of divisibleby", outcome);
    }
    if (values[1] == 0)
        ct_render_fail(r, "divisibleby: nothing can be divided by zero");
    return ct_t_bool(values[1] == -1 || values[0] % values[1] == 0);
}

ct_tval ct_django_get_digit(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    int64_t place;
    bool negative;
    ct_str digits;
    (void)count;
    ct_int_outcome outcome = ct_django_int(r, args[1], &place);
    if (outcome == CT_INT_VALUE)
        return args[0];
    if (outcome > CT_INT_LARGE)
        ct_django_fail_int(r, args[1], "the argument of get_digit", outcome);
    outcome = ct_django_digits(r, args[0], &negative, &digits);
    if (outcome == CT_INT_VALUE)
        return args[0];
    if (outcome != CT_INT_READ)
        ct_django_fail_int(r, args[0], "the value of get_digit", outcome);
    if (place < 1)
        return ct_django_whole(r, negative, digits);
    if ((uint64_t)place <= digits.length)
        return ct_t_int(digits.data[digits.length - (size_t)place] - '0');
    if (negative && (uint64_t)place == digits.length + 1)
        ct_render_fail(r, "get_digit: digit %" PRId64 " of the number is its sign", place);
    return ct_t_int(0);
}

/* ---- choices ---- */

ct_tval ct_django_default(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_tval_truth(r, args[0]) ? args[0] : args[1];
}

ct_tval ct_django_default_if_none(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return args[0].type == CT_T_NONE ? args[1] : args[0];
}

/* The parts between commas, up to `most`; returns how many there are. */
static uint32_t split_commas(ct_str text, ct_str *parts, uint32_t most)
{
    uint32_t count = 0;
    for (;; count++) {
        const char *comma = text.length ? memchr(text.data, ',', text.length) : NULL;
        size_t length = comma ? (size_t)(comma - text.data) : text.length;
        if (count < most)
            parts[count] = (ct_str){ text.data, length };
        if (!comma)
            return count + 1;
        text = (ct_str){ comma + 1, text.length - length - 1 };
    }
}

ct_tval ct_django_yesno(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_str choices = CT_STR("yes,no,maybe"), parts[3];
    (void)count;
    if (args[1].type > CT_T_NONE)
        choices = ct_django_need_text(r, args[1], "the argument of yesno");
    uint32_t given = split_commas(choices, parts, 3);
    if (given < 2)
        return args[0];
    if (args[0].type == CT_T_NONE)
        return ct_t_str(parts[given == 3 ? 2 : 1]);
    return ct_t_str(parts[ct_tval_truth(r, args[0]) ? 0 : 1]);
}

/* Whether there is one of it; false where that cannot be said. */
static bool tell_single(ct_renderer *r, ct_tval v, bool *ret_single)
{
    double number;
    if (ct_t_is_number(v)) {
        *ret_single = v.type == CT_T_REAL ? v.real == 1 : v.integer == 1;
        return true;
    }
    if (v.type == CT_T_DECIMAL) {
        *ret_single = ct_decimal_compare(*v.decimal, ct_decimal_make(1, 0)) == 0;
        return true;
    }
    if (ct_t_is_text(v)) {
        if (!v.length || !ct_read_real(r, ct_t_get_str(v), &number))
            return false;
        *ret_single = number == 1;
        return true;
    }
    int64_t length = v.type == CT_T_NONE ? -1 : ct_tval_length(r, v);
    *ret_single = length == 1;
    return length >= 0;
}

ct_tval ct_django_pluralize(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_str suffixes = CT_STR("s"), parts[2];
    bool single;
    (void)count;
    if (args[1].type != CT_T_UNSET)
        suffixes = ct_django_need_text(r, args[1], "the argument of pluralize");
    uint32_t given = split_commas(suffixes, parts, 2);
    if (given > 2)
        return CT_T_LITERAL("");
    if (given == 1) {
        parts[1] = parts[0];
        parts[0] = CT_STR("");
    }
    if (!tell_single(r, args[0], &single))
        return CT_T_LITERAL("");
    return ct_t_str(parts[single ? 0 : 1]);
}

/* ---- moments ---- */

ct_tval ct_django_format_date(ct_renderer *r, ct_tval v, ct_str format)
{
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 32);
    if (v.type == CT_T_CLOCK) {
        char letter = ct_date_write_as(&out, CT_DATE_CLOCK, v.integer, format);
        if (letter)
            ct_render_fail(r, "date: a time of day has no date, which the format asks for ('%c')", letter);
    } else if (v.flags & CT_T_DAY) {
        char letter = ct_date_write_as(&out, CT_DATE_DAY, v.integer, format);
        if (letter)
            ct_render_fail(r, "date: a day has no time, which the format asks for ('%c')", letter);
    } else {
        ct_date_write(&out, v.integer, format);
    }
    return ct_text_end(r, &out);
}

/* The format of an argument; the fallback where there is none or an empty one. */
static ct_str format_of(ct_renderer *r, ct_tval arg, ct_str fallback)
{
    if (arg.type == CT_T_UNSET || !ct_tval_truth(r, arg))
        return fallback;
    return ct_t_get_str(ct_tval_text(r, arg));
}

/* What Django makes of a value that is no moment: a format without parts all the same, else "". */
static ct_tval format_nothing(ct_renderer *r, ct_tval v, ct_str format)
{
    ct_buffer out = ct_text_begin(r);
    if (v.type != CT_T_NONE && !(ct_t_is_text(v) && !v.length))
        ct_date_write_as(&out, CT_DATE_NONE, 0, format);
    return ct_text_end(r, &out);
}

ct_tval ct_django_date(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_str format = format_of(r, args[1], CT_STR("DATE_FORMAT"));
    (void)count;
    if (args[0].type != CT_T_DATETIME && args[0].type != CT_T_CLOCK)
        return format_nothing(r, args[0], format);
    return ct_django_format_date(r, args[0], format);
}

ct_tval ct_django_time(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_str format = format_of(r, args[1], CT_STR("TIME_FORMAT"));
    (void)count;
    if (args[0].type != CT_T_DATETIME && args[0].type != CT_T_CLOCK)
        return format_nothing(r, args[0], format);
    ct_buffer out = ct_text_begin(r);
    if (!ct_date_write_as(&out, CT_DATE_CLOCK, args[0].integer, format) && (args[0].flags & CT_T_DAY)) {
        out.length = 0; /* a day has no time either, so that the format may have no parts at all */
        ct_date_write_as(&out, CT_DATE_DAY, args[0].integer, format);
    }
    return ct_text_end(r, &out);
}

/* The time between the value and the argument, or now: since one of them, until the other. */
static ct_tval span(ct_renderer *r, const ct_tval *args, bool until)
{
    ct_tval v = args[0], other = args[1];
    if (!ct_tval_truth(r, v))
        return CT_T_LITERAL("");
    bool given = other.type != CT_T_UNSET && ct_tval_truth(r, other);
    if (v.type != CT_T_DATETIME || (given && other.type != CT_T_DATETIME))
        ct_render_fail(r, "%s needs a date, not '%s'", until ? "timeuntil" : "timesince",
                       ct_tval_type_name(v.type != CT_T_DATETIME ? v : other));
    if (given && (v.flags & CT_T_DAY) != (other.flags & CT_T_DAY)) /* Python: naive and aware */
        return CT_T_LITERAL("");
    ct_time now = given ? other.integer : ct_now();
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 32);
    ct_timesince_write(&out, until ? now : v.integer, until ? v.integer : now);
    return ct_text_end(r, &out);
}

ct_tval ct_django_timesince(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return span(r, args, false);
}

ct_tval ct_django_timeuntil(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return span(r, args, true);
}
