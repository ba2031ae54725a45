/* Dates, times of day and moments as text: ISO 8601 and RFC 3339.
 *
 * Strict: years have four digits, all else two, so that no text is read as another day than people mean. Moments
 * without an offset are UTC. Fractions of a second may have more digits than the six that count; the rest is dropped.
 * The 60th second is none: a ct_time has no leap seconds.
 *
 * Not here: what people type in other forms (forms), formats of templates (template/dates.c), time zones (zone.c). */
#include "shape/types.h"

#include "base/time.h"

/* ---- reading ---- */

typedef struct {
    const char *at, *end;
} reader;

static reader reader_of(ct_str text)
{
    return (reader){ .at = text.data, .end = text.data + text.length };
}

static bool skip(reader *r, char ch)
{
    bool found = r->at < r->end && *r->at == ch;
    r->at += found;
    return found;
}

static bool is_digit(const reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool read_number(reader *r, int digits, int *ret_value)
{
    int value = 0;
    for (; digits; digits--, r->at++) {
        if (!is_digit(r))
            return false;
        value = value * 10 + (*r->at - '0');
    }
    *ret_value = value;
    return true;
}

/* Behind the point or comma, as microseconds; no more than twelve digits. */
static bool read_fraction(reader *r, int *ret_microseconds)
{
    int value = 0, digits = 0;
    for (; is_digit(r) && digits < 12; digits++, r->at++)
        if (digits < 6)
            value = value * 10 + (*r->at - '0');
    for (int i = digits; i < 6; i++)
        value *= 10;
    *ret_microseconds = value;
    return digits && !is_digit(r);
}

bool ct_date_of(int year, int month, int day, ct_date *ret_date)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > ct_days_in_month(year, month))
        return false;
    ct_time time = ct_civil_time((ct_civil){ .year = year, .month = month, .day = day });
    *ret_date = (ct_date){ .days = (int32_t)(time / CT_DAY) };
    return true;
}

static bool read_date(reader *r, ct_date *ret_date)
{
    int year, month, day;
    return read_number(r, 4, &year) && skip(r, '-') && read_number(r, 2, &month) && skip(r, '-') &&
           read_number(r, 2, &day) && ct_date_of(year, month, day, ret_date);
}

bool ct_date_parse(ct_str text, ct_date *ret_date)
{
    reader r = reader_of(text);
    ct_date date;
    if (!read_date(&r, &date) || r.at != r.end)
        return false;
    *ret_date = date;
    return true;
}

/* Two digits, or less than 0. */
static int two_digits(const char *at)
{
    unsigned tens = (unsigned char)at[0] - (unsigned)'0', ones = (unsigned char)at[1] - (unsigned)'0';
    return tens < 10 && ones < 10 ? (int)(tens * 10 + ones) : -100;
}

/* The form that databases have, and so most often read: 2020-01-31 12:34:56 with six digits behind the second, or none.
 * False for any other, right or wrong. */
static bool read_common(ct_str text, ct_time *ret_time)
{
    const char *at = text.data;
    int century, year, month, day, hour, minute, second, micros = 0;
    if ((text.length != 19 && text.length != 26) || at[4] != '-' || at[7] != '-' || at[10] != ' ' || at[13] != ':' ||
        at[16] != ':')
        return false;
    century = two_digits(at), year = two_digits(at + 2), month = two_digits(at + 5), day = two_digits(at + 8);
    hour = two_digits(at + 11), minute = two_digits(at + 14), second = two_digits(at + 17);
    if (text.length == 26) {
        int high = two_digits(at + 20), middle = two_digits(at + 22), low = two_digits(at + 24);
        if (at[19] != '.' || (high | middle | low) < 0)
            return false;
        micros = high * 10000 + middle * 100 + low;
    }
    /* Days behind the 28th are looked at closely by the other way. */
    if ((century | year | hour | minute | second) < 0 || !(century | year) || month < 1 || month > 12 || day < 1 ||
        day > 28 || hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_time = ct_civil_time((ct_civil){ .year = century * 100 + year,
                                          .month = month,
                                          .day = day,
                                          .hour = hour,
                                          .minute = minute,
                                          .second = second,
                                          .microsecond = micros });
    return true;
}

static bool read_daytime(reader *r, ct_daytime *ret_time)
{
    int hour, minute, second = 0, microsecond = 0;
    if (!read_number(r, 2, &hour) || !skip(r, ':') || !read_number(r, 2, &minute))
        return false;
    if (skip(r, ':')) {
        if (!read_number(r, 2, &second))
            return false;
        if ((skip(r, '.') || skip(r, ',')) && !read_fraction(r, &microsecond))
            return false;
    }
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_time = ct_daytime_make(hour, minute, second);
    ret_time->microseconds += microsecond;
    return true;
}

bool ct_daytime_parse(ct_str text, ct_daytime *ret_time)
{
    reader r = reader_of(text);
    ct_daytime time;
    if (!read_daytime(&r, &time) || r.at != r.end)
        return false;
    *ret_time = time;
    return true;
}

/* "Z", "+01:00", "+0100", "+01", or nothing. */
static bool read_offset(reader *r, ct_time *ret_offset)
{
    int hour, minute = 0;
    *ret_offset = 0;
    if (r->at == r->end || skip(r, 'Z') || skip(r, 'z'))
        return true;
    bool negative = skip(r, '-');
    if ((!negative && !skip(r, '+')) || !read_number(r, 2, &hour))
        return false;
    if ((skip(r, ':') || r->at < r->end) && !read_number(r, 2, &minute))
        return false;
    *ret_offset = (hour * CT_HOUR + minute * CT_MINUTE) * (negative ? -1 : 1);
    return hour < 24 && minute < 60;
}

bool ct_datetime_parse(ct_str text, ct_time *ret_time)
{
    if (read_common(text, ret_time))
        return true;
    reader r = reader_of(text);
    ct_date date;
    ct_daytime clock = { 0 };
    ct_time offset = 0;
    if (!read_date(&r, &date))
        return false;
    if (r.at < r.end) {
        bool separated = skip(&r, 'T') || skip(&r, 't') || skip(&r, ' ');
        if (!separated || !read_daytime(&r, &clock) || !read_offset(&r, &offset) || r.at != r.end)
            return false;
    }
    ct_time time = date.days * CT_DAY + clock.microseconds - offset;
    if (time < CT_DATE_FIRST * CT_DAY || time >= (CT_DATE_LAST + 1) * CT_DAY)
        return false;
    *ret_time = time;
    return true;
}

bool ct_date_read(const char *text, ct_date *ret_date)
{
    return ct_date_parse(ct_str_of(text), ret_date);
}

bool ct_daytime_read(const char *text, ct_daytime *ret_time)
{
    return ct_daytime_parse(ct_str_of(text), ret_time);
}

bool ct_datetime_read(const char *text, ct_time *ret_time)
{
    return ct_datetime_parse(ct_str_of(text), ret_time);
}

/* ---- parts ---- */

void ct_date_parts(ct_date date, int *ret_year, int *ret_month, int *ret_day)
{
    ct_civil civil = ct_civil_of(date.days * CT_DAY);
    *ret_year = civil.year;
    *ret_month = civil.month;
    *ret_day = civil.day;
}

ct_date ct_date_at(ct_time time)
{
    return (ct_date){ .days = (int32_t)(time / CT_DAY - (time % CT_DAY < 0)) };
}

ct_time ct_date_start(ct_date date)
{
    return date.days * CT_DAY;
}

/* ---- writing ---- */

size_t ct_date_format(ct_date date, char ret_text[CT_DATE_SIZE])
{
    char iso[28];
    ct_iso_format(date.days * CT_DAY, iso);
    memcpy(ret_text, iso, CT_DATE_SIZE - 1);
    ret_text[CT_DATE_SIZE - 1] = '\0';
    return CT_DATE_SIZE - 1;
}

size_t ct_daytime_format(ct_daytime time, char ret_text[CT_DAYTIME_SIZE])
{
    const size_t date = 11, whole = 8, fraction = 7;
    char iso[28]; /* "1970-01-01T09:30:00.123456Z" */
    ct_iso_format(CT_MIN(CT_MAX(time.microseconds, 0), CT_DAY - 1), iso);
    size_t length = memcmp(iso + date + whole, ".000000", fraction) == 0 ? whole : whole + fraction;
    memcpy(ret_text, iso + date, length);
    ret_text[length] = '\0';
    return length;
}

size_t ct_datetime_format(ct_time time, char ret_text[CT_DATETIME_SIZE])
{
    const size_t whole = 19;
    ct_iso_format(time, ret_text);
    if (memcmp(ret_text + whole, ".000000", 7) != 0)
        return CT_DATETIME_SIZE - 1;
    memcpy(ret_text + whole, "Z", 2);
    return whole + 1;
}
