/* Durations as text, in the three forms that Django reads: its own "1 12:30:00.5", ISO 8601's "P1DT12H30M", and
 * PostgreSQL's "1 day 12:30:00".
 *
 *     [-]days ["day"|"days"[","]] [-][[hours:]minutes:]seconds[.fraction]
 *     [-+]P[days"D"]["T"[hours"H"][minutes"M"][seconds"S"]]          a part may have a fraction
 *
 * The sign of the days is theirs alone; that of the time counts for all of it. Written, the days may be negative and
 * the time never is, as Python has it: half a second less than nothing is "-1 23:59:59.500000". */
#include "shape/types.h"

#include "base/time.h"

/* Sums of what is read, so that no order of parts overflows. */
__extension__ typedef __int128 span;

typedef struct {
    const char *at, *end;
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

static bool skip_word(reader *r, ct_str word)
{
    bool found = ct_str_starts((ct_str){ r->at, (size_t)(r->end - r->at) }, word);
    r->at += found ? word.length : 0;
    return found;
}

static bool read_whole(reader *r, int64_t *ret_value)
{
    int64_t value = 0;
    if (!is_digit(r))
        return false;
    for (; is_digit(r); r->at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *r->at - '0', &value))
            return false;
    *ret_value = value;
    return true;
}

/* What stands behind a point, of a unit: up to twelve digits, of which those count that make a microsecond. */
static bool read_fraction(reader *r, ct_time unit, span *ret_value)
{
    span numerator = 0, denominator = 1;
    int digits = 0;
    for (; is_digit(r) && digits < 12; digits++, r->at++) {
        numerator = numerator * 10 + (*r->at - '0');
        denominator *= 10;
    }
    *ret_value = numerator * unit / denominator;
    return digits && !is_digit(r);
}

/* False where that is more than a ct_time holds. */
static bool keep(span total, ct_time *ret_duration)
{
    if (total < INT64_MIN || total > INT64_MAX)
        return false;
    *ret_duration = (ct_time)total;
    return true;
}

/* ---- ISO 8601 ---- */

/* One number with one of the letters, which stand in the order of their units; `*at` is the next that may come. */
static bool read_part(reader *r, const char *letters, const ct_time *units, size_t *at, span *total)
{
    int64_t whole;
    if (!read_whole(r, &whole))
        return false;
    reader digits = { .at = NULL };
    if (skip(r, '.') || skip(r, ',')) {
        digits.at = r->at;
        while (is_digit(r))
            r->at++;
        digits.end = r->at;
    }
    const char *letter = r->at < r->end ? strchr(letters + *at, *r->at) : NULL;
    if (!letter || !*letter)
        return false;
    span fraction = 0, unit = units[letter - letters];
    if (digits.at && !read_fraction(&digits, (ct_time)unit, &fraction))
        return false;
    *at = (size_t)(letter - letters) + 1;
    *total += whole * unit + fraction;
    r->at++;
    return true;
}

static bool read_iso(reader *r, ct_time *ret_duration)
{
    static const ct_time days[] = { CT_DAY }, times[] = { CT_HOUR, CT_MINUTE, CT_SECOND };
    span total = 0;
    size_t day = 0, time = 0;
    bool negative = skip(r, '-');
    if (!negative)
        (void)skip(r, '+');
    if (!skip(r, 'P'))
        return false;
    if (is_digit(r) && !read_part(r, "D", days, &day, &total))
        return false;
    if (skip(r, 'T')) {
        while (r->at < r->end)
            if (!read_part(r, "HMS", times, &time, &total))
                return false;
    }
    return r->at == r->end && (day || time) && keep(negative ? -total : total, ret_duration);
}

/* ---- the other forms ---- */

/* "12:30:00.5", "30:00", "90". */
static bool read_clock(reader *r, span *ret_total)
{
    static const ct_time units[] = { CT_SECOND, CT_MINUTE, CT_HOUR };
    int64_t numbers[3];
    size_t count = 0;
    span total = 0;
    do {
        if (!read_whole(r, &numbers[count++]))
            return false;
    } while (count < 3 && skip(r, ':'));
    for (size_t i = 0; i < count; i++)
        total += (span)numbers[i] * units[count - 1 - i];
    if ((skip(r, '.') || skip(r, ',')) && !read_fraction(r, CT_SECOND, ret_total))
        return false;
    *ret_total += total;
    return r->at == r->end;
}

/* The days in front of a time, where there are any: "1 ", "-3 days, ". False: the text is none. */
static bool read_days(reader *r, span *ret_total, bool *ret_alone)
{
    reader start = *r;
    int64_t days;
    bool negative = skip(r, '-');
    *ret_alone = false;
    if (!read_whole(r, &days) || !skip(r, ' ')) {
        *r = start;
        return true;
    }
    if (skip_word(r, CT_STR("day"))) {
        (void)skip(r, 's');
        (void)skip(r, ',');
        *ret_alone = r->at == r->end;
        if (!*ret_alone && !skip(r, ' '))
            return false;
    }
    *ret_total = (span)days * (negative ? -CT_DAY : CT_DAY);
    return true;
}

bool ct_duration_parse(ct_str text, ct_time *ret_duration)
{
    reader r = { .at = text.data, .end = text.data + text.length };
    span days = 0, clock = 0;
    bool alone;
    if (text.length && memchr(text.data, 'P', CT_MIN(text.length, (size_t)2)))
        return read_iso(&r, ret_duration);
    if (!read_days(&r, &days, &alone))
        return false;
    bool negative = !alone && skip(&r, '-');
    if (!alone && !negative)
        (void)skip(&r, '+');
    if (!alone && !read_clock(&r, &clock))
        return false;
    return keep(days + (negative ? -clock : clock), ret_duration);
}

bool ct_duration_read(const char *text, ct_time *ret_duration)
{
    return ct_duration_parse(ct_str_of(text), ret_duration);
}

/* ---- writing ---- */

typedef struct {
    uint64_t days;
    int hours, minutes, seconds, microseconds;
} parts;

/* Of a span that is not negative. */
static parts parts_of(uint64_t length)
{
    uint64_t rest = length % (uint64_t)CT_DAY;
    return (parts){ .days = length / (uint64_t)CT_DAY,
                    .hours = (int)(rest / (uint64_t)CT_HOUR),
                    .minutes = (int)(rest / (uint64_t)CT_MINUTE % 60),
                    .seconds = (int)(rest / (uint64_t)CT_SECOND % 60),
                    .microseconds = (int)(rest % (uint64_t)CT_SECOND) };
}

static char *put_whole(char *at, uint64_t value)
{
    char digits[20], *start = digits + sizeof(digits);
    do
        *--start = (char)('0' + (int)(value % 10));
    while (value /= 10);
    size_t length = (size_t)(digits + sizeof(digits) - start);
    memcpy(at, start, length);
    return at + length;
}

static char *put_fraction(char *at, int microseconds)
{
    if (!microseconds)
        return at;
    *at++ = '.';
    return ct_put_digits(at, microseconds, 6);
}

size_t ct_duration_format(ct_time duration, char ret_text[CT_DURATION_SIZE])
{
    int64_t days = duration / CT_DAY - (duration % CT_DAY < 0);
    parts p = parts_of((uint64_t)duration - (uint64_t)days * (uint64_t)CT_DAY);
    char *at = ret_text;
    if (days < 0)
        *at++ = '-';
    if (days) {
        at = put_whole(at, days < 0 ? 0 - (uint64_t)days : (uint64_t)days);
        *at++ = ' ';
    }
    at = ct_put_digits(at, p.hours, 2);
    *at++ = ':';
    at = ct_put_digits(at, p.minutes, 2);
    *at++ = ':';
    at = ct_put_digits(at, p.seconds, 2);
    at = put_fraction(at, p.microseconds);
    *at = '\0';
    return (size_t)(at - ret_text);
}

size_t ct_duration_format_iso(ct_time duration, char ret_text[CT_DURATION_SIZE])
{
    parts p = parts_of(duration < 0 ? 0 - (uint64_t)duration : (uint64_t)duration);
    char *at = ret_text;
    if (duration < 0)
        *at++ = '-';
    *at++ = 'P';
    at = put_whole(at, p.days);
    *at++ = 'D';
    *at++ = 'T';
    at = ct_put_digits(at, p.hours, 2);
    *at++ = 'H';
    at = ct_put_digits(at, p.minutes, 2);
    *at++ = 'M';
    at = ct_put_digits(at, p.seconds, 2);
    at = put_fraction(at, p.microseconds);
    *at++ = 'S';
    *at = '\0';
    return (size_t)(at - ret_text);
}
