/* Reals as text: repr(), and the fixed and exponential forms.
 *
 * repr() has the fewest digits that read back as the same double. Most reals that people write have few: a decimal
 * n / 10^k with n below 10^15 is found by trying k, for the division of two doubles that are exact rounds as reading
 * does, and decimals of 15 digits never share a double, so the first k that fits gives the digits. All others are
 * printed with 15, 16 and 17 digits and read back. The locale's decimal point may be anything; it is passed over or
 * replaced. */
#include "template/real.h"

#include "template/tval.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_DIGITS 17

/* 0.d1d2d3... * 10^point */
typedef struct {
    char digits[MOST_DIGITS + 1];
    int count, point;
} decimal;

/* ---- finding the digits ---- */

static void strip_zeros(decimal *d)
{
    while (d->count > 1 && d->digits[d->count - 1] == '0')
        d->count--;
}

/* A decimal n / 10^k with n < 10^15; false where the value (finite, above 0) is none. */
static bool find_short(double value, decimal *ret)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                     1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18 };
    for (int k = 0; k < (int)CT_COUNT(powers); k++) {
        double scaled = value * powers[k];
        if (!(scaled < 1e15))
            return false;
        int64_t n = (int64_t)(scaled + 0.5);
        if ((double)n / powers[k] != value || n == 0)
            continue;
        char digits[20];
        int first = (int)sizeof(digits);
        for (; n; n /= 10)
            digits[--first] = (char)('0' + n % 10);
        ret->count = (int)sizeof(digits) - first;
        ret->point = ret->count - k;
        memcpy(ret->digits, digits + first, (size_t)ret->count);
        strip_zeros(ret);
        return true;
    }
    return false;
}

/* The digits of what "%.*e" printed. */
static void read_printed(const char *text, decimal *ret)
{
    const char *exponent = strchr(text, 'e');
    ret->count = 0;
    for (const char *at = text; at < exponent; at++)
        if (*at >= '0' && *at <= '9' && ret->count < MOST_DIGITS)
            ret->digits[ret->count++] = *at;
    ret->point = (int)strtol(exponent + 1, NULL, 10) + 1;
    strip_zeros(ret);
}

static bool reads_back(const char *text, double value)
{
    return strtod(text, NULL) == value;
}

/* Around a power of two the doubles below lie twice as near as those above, so that the next decimal above may read
 * back where the nearest of as many digits does not. */
static bool print_raised(char *text, size_t size, double value)
{
    snprintf(text, size, "%.*e", DBL_DIG, value);
    size_t last = strcspn(text, "e") - 1;
    if (text[last] == '9') /* never so with a power of two where it would help */
        return false;
    text[last]++;
    return reads_back(text, value);
}

static void find_long(double value, decimal *ret)
{
    char text[64];
    /* Fewer digits than DBL_DIG + 1 can do for a subnormal one only: it has fewer itself. */
    for (int digits = value < DBL_MIN ? 1 : DBL_DIG; digits < MOST_DIGITS; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits - 1, value);
        if (reads_back(text, value)) {
            read_printed(text, ret);
            return;
        }
    }
    if (!print_raised(text, sizeof(text), value))
        snprintf(text, sizeof(text), "%.*e", MOST_DIGITS - 1, value);
    read_printed(text, ret);
}

/* ---- repr() ---- */

static char *put_zeros(char *at, int count)
{
    for (; count > 0; count--)
        *at++ = '0';
    return at;
}

static char *put(char *at, const char *digits, int count)
{
    memcpy(at, digits, (size_t)count);
    return at + count;
}

/* "0.001", "12.5", "1200.0"; -3 <= point <= 16. */
static char *put_plain(char *at, const decimal *d)
{
    if (d->point <= 0) {
        at = put(at, "0.", 2);
        at = put_zeros(at, -d->point);
        return put(at, d->digits, d->count);
    }
    int whole = CT_MIN(d->point, d->count);
    at = put(at, d->digits, whole);
    at = put_zeros(at, d->point - whole);
    *at++ = '.';
    if (whole == d->count)
        *at++ = '0';
    return put(at, d->digits + whole, d->count - whole);
}

/* "1e+16", "1.25e-07" */
static char *put_exponential(char *at, const decimal *d)
{
    int exponent = d->point - 1;
    *at++ = d->digits[0];
    if (d->count > 1) {
        *at++ = '.';
        at = put(at, d->digits + 1, d->count - 1);
    }
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    exponent = abs(exponent);
    if (exponent >= 100)
        *at++ = (char)('0' + exponent / 100);
    *at++ = (char)('0' + exponent / 10 % 10);
    *at++ = (char)('0' + exponent % 10);
    return at;
}

void ct_write_real(ct_buffer *out, double value)
{
    char text[40], *at = text;
    decimal d = { 0 };
    if (isnan(value)) {
        CT_BUFFER_LITERAL(out, "nan");
        return;
    }
    if (signbit(value))
        *at++ = '-';
    value = fabs(value);
    if (isinf(value)) {
        at = put(at, "inf", 3);
    } else if (value == 0) {
        at = put(at, "0.0", 3);
    } else {
        if (!find_short(value, &d))
            find_long(value, &d);
        at = d.point > -4 && d.point <= 16 ? put_plain(at, &d) : put_exponential(at, &d);
    }
    ct_buffer_append(out, text, (size_t)(at - text));
}

/* ---- fixed and exponential forms ---- */

void ct_write_real_as(ct_buffer *out, double value, char form, int precision, bool alternate)
{
    char format[] = { '%', '#', '.', '*', form, '\0' };
    if (!alternate)
        memmove(format + 1, format + 2, sizeof(format) - 2);
    size_t most = (size_t)precision + DBL_MAX_10_EXP + 32;
    char *room = ct_buffer_reserve(out, most);
    if (!room)
        return;
    int length = snprintf(room, most, format, precision, value);
    char *end = room + CT_MAX(length, 0), *at = room + (*room == '-');
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    if (at < end && *at != 'e' && *at != 'E') { /* the decimal point, of one byte or more */
        char *fraction = at + 1;
        while (fraction < end && (*fraction < '0' || *fraction > '9') && *fraction != 'e' && *fraction != 'E')
            fraction++;
        *at = '.';
        memmove(at + 1, fraction, (size_t)(end - fraction));
        end -= fraction - at - 1;
    }
    out->length += (size_t)(end - room);
}
