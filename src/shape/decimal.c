/* Exact decimals: reading, writing, arithmetic.
 *
 * A value is a sign, a magnitude below 10^38 and a scale of 0 to 37. Products, and numerators of quotients, need more
 * than 128 bits for a moment: a `wide` holds 256, as two halves. Long division there goes bit by bit, for it is met by
 * numbers of more than 38 digits alone; everything else divides by the machine's own 128 bits.
 *
 * Not here: NaN and infinities, which no column of money has, and exponents that stay. */
#include "shape/types.h"

#include "base/time.h"

#include <stdlib.h>

typedef unsigned __int128 magnitude;

typedef struct {
    magnitude high, low;
} wide;

/* ---- powers of ten, and parts of a decimal ---- */

static magnitude power_of_ten(int exponent)
{
    magnitude power = 1;
    for (magnitude base = 10; exponent; exponent >>= 1, base *= base)
        if (exponent & 1)
            power *= base;
    return power;
}

static magnitude magnitude_of(ct_decimal value)
{
    return value.units < 0 ? -(magnitude)value.units : (magnitude)value.units;
}

bool ct_decimal_is_valid(ct_decimal value)
{
    return value.scale >= 0 && value.scale <= CT_DECIMAL_SCALE && magnitude_of(value) < power_of_ten(CT_DECIMAL_DIGITS);
}

/* The decimal of a sign and a magnitude; false where that has too many digits. */
static bool make(bool negative, magnitude units, int scale, ct_decimal *ret_value)
{
    if (units >= power_of_ten(CT_DECIMAL_DIGITS))
        return false;
    *ret_value = (ct_decimal){ .units = negative ? -(ct_int128)units : (ct_int128)units, .scale = scale };
    return true;
}

/* ---- 256 bits ---- */

static wide multiply(magnitude a, magnitude b)
{
    magnitude a_low = (uint64_t)a, a_high = a >> 64, b_low = (uint64_t)b, b_high = b >> 64;
    magnitude low = a_low * b_low, middle = a_high * b_low + (low >> 64), other = a_low * b_high + (uint64_t)middle;
    return (wide){ .high = a_high * b_high + (middle >> 64) + (other >> 64), .low = other << 64 | (uint64_t)low };
}

static int compare(wide a, wide b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

static wide subtract(wide a, wide b)
{
    return (wide){ .high = a.high - b.high - (a.low < b.low), .low = a.low - b.low };
}

static wide shift_in(wide a, bool bit)
{
    return (wide){ .high = a.high << 1 | a.low >> 127, .low = a.low << 1 | bit };
}

/* The remainder stays below 2^255: divisors are below 10^76. */
static wide divide(wide a, wide by, wide *ret_rest)
{
    if (!a.high && !by.high) {
        *ret_rest = (wide){ .low = a.low % by.low };
        return (wide){ .low = a.low / by.low };
    }
    wide quotient = { 0 }, rest = { 0 };
    for (int i = 255; i >= 0; i--) {
        rest = shift_in(rest, (i >= 128 ? a.high >> (i - 128) : a.low >> i) & 1);
        bool fits = compare(rest, by) >= 0;
        if (fits)
            rest = subtract(rest, by);
        quotient = shift_in(quotient, fits);
    }
    *ret_rest = rest;
    return quotient;
}

/* a / by, rounded half to even; false where the result is beyond 128 bits. */
static bool divide_rounded(wide a, wide by, magnitude *ret_quotient)
{
    wide rest, quotient = divide(a, by, &rest);
    if (quotient.high)
        return false;
    int half = compare(rest, subtract(by, rest));
    *ret_quotient = quotient.low + (half > 0 || (half == 0 && (quotient.low & 1)));
    return *ret_quotient >= quotient.low;
}

/* ---- arithmetic ---- */

/* The magnitude with so many digits more behind it; false where that is 10^38 twice or more, and no sum of it with
 * another decimal is one. */
static bool raise(magnitude units, int digits, magnitude *ret_units)
{
    wide product = multiply(units, power_of_ten(digits));
    *ret_units = product.low;
    return !product.high && product.low < 2 * power_of_ten(CT_DECIMAL_DIGITS);
}

bool ct_decimal_sum(ct_decimal a, ct_decimal b, ct_decimal *ret_value)
{
    magnitude left, right;
    if (!ct_decimal_is_valid(a) || !ct_decimal_is_valid(b))
        return false;
    int scale = CT_MAX(a.scale, b.scale);
    if (!raise(magnitude_of(a), scale - a.scale, &left) || !raise(magnitude_of(b), scale - b.scale, &right))
        return false;
    bool a_negative = a.units < 0, b_negative = b.units < 0;
    if (a_negative == b_negative) {
        magnitude room = ~(magnitude)0 - left;
        return right <= room && make(a_negative, left + right, scale, ret_value);
    }
    return left >= right ? make(a_negative, left - right, scale, ret_value)
                         : make(b_negative, right - left, scale, ret_value);
}

bool ct_decimal_product(ct_decimal a, ct_decimal b, ct_decimal *ret_value)
{
    magnitude units;
    if (!ct_decimal_is_valid(a) || !ct_decimal_is_valid(b))
        return false;
    wide product = multiply(magnitude_of(a), magnitude_of(b));
    int scale = CT_MIN(a.scale + b.scale, CT_DECIMAL_SCALE), dropped = a.scale + b.scale - scale;
    return divide_rounded(product, (wide){ .low = power_of_ten(dropped) }, &units) &&
           make((a.units < 0) != (b.units < 0), units, scale, ret_value);
}

bool ct_decimal_quotient(ct_decimal a, ct_decimal b, int scale, ct_decimal *ret_value)
{
    magnitude units;
    if (!ct_decimal_is_valid(a) || !ct_decimal_is_valid(b) || !b.units || scale < 0 || scale > CT_DECIMAL_SCALE)
        return false;
    int raised = scale + b.scale - a.scale;
    wide numerator = { .low = magnitude_of(a) }, divisor = { .low = magnitude_of(b) };
    if (raised > CT_DECIMAL_DIGITS) { /* a fits into 10^38, so that the first step does into 10^76 */
        numerator = multiply(numerator.low, power_of_ten(CT_DECIMAL_DIGITS));
        wide rest, most = divide((wide){ .high = ~(magnitude)0, .low = ~(magnitude)0 },
                                 (wide){ .low = power_of_ten(raised - CT_DECIMAL_DIGITS) }, &rest);
        if (compare(numerator, most) > 0)
            return false;
        wide low = multiply(numerator.low, power_of_ten(raised - CT_DECIMAL_DIGITS));
        low.high += numerator.high * power_of_ten(raised - CT_DECIMAL_DIGITS);
        numerator = low;
    } else if (raised > 0) {
        numerator = multiply(numerator.low, power_of_ten(raised));
    } else {
        divisor = multiply(divisor.low, power_of_ten(-raised));
    }
    return divide_rounded(numerator, divisor, &units) && make((a.units < 0) != (b.units < 0), units, scale, ret_value);
}

bool ct_decimal_scaled(ct_decimal value, int scale, ct_decimal *ret_value)
{
    magnitude units;
    if (!ct_decimal_is_valid(value) || scale < 0 || scale > CT_DECIMAL_SCALE)
        return false;
    if (scale >= value.scale) {
        if (!raise(magnitude_of(value), scale - value.scale, &units))
            return false;
    } else if (!divide_rounded((wide){ .low = magnitude_of(value) }, (wide){ .low = power_of_ten(value.scale - scale) },
                               &units)) {
        return false;
    }
    return make(value.units < 0, units, scale, ret_value);
}

int ct_decimal_compare(ct_decimal a, ct_decimal b)
{
    int a_scale = CT_MIN(CT_MAX(a.scale, 0), CT_DECIMAL_SCALE), b_scale = CT_MIN(CT_MAX(b.scale, 0), CT_DECIMAL_SCALE);
    if (a_scale == b_scale)
        return (a.units > b.units) - (a.units < b.units);
    if ((a.units < 0) != (b.units < 0))
        return a.units < 0 ? -1 : 1;
    int scale = CT_MAX(a_scale, b_scale);
    int order = compare(multiply(magnitude_of(a), power_of_ten(scale - a_scale)),
                        multiply(magnitude_of(b), power_of_ten(scale - b_scale)));
    return a.units < 0 ? -order : order;
}

int ct_decimal_whole_digits(ct_decimal value)
{
    magnitude whole = magnitude_of(value) / power_of_ten(CT_MIN(CT_MAX(value.scale, 0), CT_DECIMAL_SCALE));
    int digits = 1;
    for (; whole >= 10; whole /= 10)
        digits++;
    return digits;
}

/* ---- text ---- */

/* The digits of a magnitude, at least `least` of them, at the end of `room`; returns where they begin. */
static char *put_digits(magnitude units, int least, char *end)
{
    for (; units || least > 0; units /= 10, least--)
        *--end = (char)('0' + (int)(units % 10));
    return end;
}

size_t ct_decimal_write(ct_decimal value, char ret_text[CT_DECIMAL_SIZE])
{
    char digits[CT_DECIMAL_SIZE], *end = digits + sizeof(digits), *out = ret_text;
    int scale = CT_MIN(CT_MAX(value.scale, 0), CT_DECIMAL_SCALE);
    const char *start = put_digits(magnitude_of(value), scale + 1, end);
    size_t whole = (size_t)(end - start) - (size_t)scale;
    if (value.units < 0)
        *out++ = '-';
    memcpy(out, start, whole);
    out += whole;
    if (scale) {
        *out++ = '.';
        memcpy(out, start + whole, (size_t)scale);
        out += scale;
    }
    *out = '\0';
    return (size_t)(out - ret_text);
}

typedef struct {
    const char *at, *end;
    magnitude units;
    int scale;
    bool digits; /* there were any */
} reader;

static bool is_digit(const reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool skip(reader *r, char ch)
{
    bool found = r->at < r->end && *r->at == ch;
    r->at += found;
    return found;
}

static bool read_digits(reader *r, bool fraction)
{
    const magnitude limit = power_of_ten(CT_DECIMAL_DIGITS);
    for (; is_digit(r); r->at++) {
        r->scale += fraction;
        if (r->units >= limit / 10 || r->scale > CT_DECIMAL_SCALE)
            return false;
        r->units = r->units * 10 + (unsigned)(*r->at - '0');
        r->digits = true;
    }
    return true;
}

/* "e-3"; larger exponents than any decimal could have stay large. */
static bool read_exponent(reader *r, int *ret_exponent)
{
    int exponent = 0;
    if (!skip(r, 'e') && !skip(r, 'E'))
        return true;
    bool negative = skip(r, '-');
    if (!negative)
        (void)skip(r, '+');
    if (!is_digit(r))
        return false;
    for (; is_digit(r); r->at++)
        exponent = CT_MIN(exponent * 10 + (*r->at - '0'), 1000);
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

bool ct_decimal_parse(ct_str text, ct_decimal *ret_value)
{
    reader r = { .at = text.data, .end = text.data + text.length };
    int exponent = 0;
    bool negative = skip(&r, '-');
    if (!negative)
        (void)skip(&r, '+');
    if (!read_digits(&r, false) || (skip(&r, '.') && !read_digits(&r, true)) || !r.digits ||
        !read_exponent(&r, &exponent) || r.at != r.end)
        return false;
    int scale = r.scale - exponent;
    if (scale > CT_DECIMAL_SCALE || (scale < -CT_DECIMAL_DIGITS && r.units))
        return false;
    if (scale < 0 && (!raise(r.units, r.units ? -scale : 0, &r.units)))
        return false;
    return make(negative, r.units, CT_MAX(scale, 0), ret_value);
}

bool ct_decimal_read(const char *text, ct_decimal *ret_value)
{
    return ct_decimal_parse(ct_str_of(text), ret_value);
}

double ct_decimal_real(ct_decimal value)
{
    char text[CT_DECIMAL_SIZE + 8];
    ct_decimal whole = { .units = value.units };
    size_t length = ct_decimal_write(whole, text); /* without a point: that of the locale may be another */
    text[length] = 'e';
    text[length + 1] = '-';
    *ct_put_digits(text + length + 2, CT_MIN(CT_MAX(value.scale, 0), CT_DECIMAL_SCALE), 2) = '\0';
    return strtod(text, NULL);
}
