/* HTTP dates: one form written, three read, each by a pattern in the letters of strftime().
 *
 * Names of days and months compare as they are written, upper and lower case: RFC 9110 wants it so. */
#include "proto/date.h"

static const char day_names[7][10] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

void ct_http_date_format(ct_time time, char ret_text[30])
{
    ct_civil civil = ct_civil_of(time);
    memcpy(ret_text, "Ddd, 00 Mmm 0000 00:00:00 GMT", 30);
    memcpy(ret_text, day_names[civil.weekday], 3);
    ct_put_digits(ret_text + 5, civil.day, 2);
    memcpy(ret_text + 8, month_names[civil.month - 1], 3);
    ct_put_digits(ret_text + 12, civil.year, 4);
    ct_put_digits(ret_text + 17, civil.hour, 2);
    ct_put_digits(ret_text + 20, civil.minute, 2);
    ct_put_digits(ret_text + 23, civil.second, 2);
}

static void skip(ct_str *rest, size_t length)
{
    rest->data += length;
    rest->length -= length;
}

static bool take_number(ct_str *rest, size_t digits, int *ret_value)
{
    uint64_t value;
    if (rest->length < digits || !ct_str_to_uint64((ct_str){ rest->data, digits }, &value))
        return false;
    skip(rest, digits);
    *ret_value = (int)value;
    return true;
}

static bool take_day_name(ct_str *rest, bool full)
{
    for (size_t i = 0; i < CT_COUNT(day_names); i++) {
        ct_str name = full ? ct_str_of(day_names[i]) : (ct_str){ day_names[i], 3 };
        if (ct_str_starts(*rest, name)) {
            skip(rest, name.length);
            return true;
        }
    }
    return false;
}

static bool take_month(ct_str *rest, int *ret_month)
{
    for (size_t i = 0; i < CT_COUNT(month_names); i++) {
        if (ct_str_starts(*rest, (ct_str){ month_names[i], 3 })) {
            skip(rest, 3);
            *ret_month = (int)i + 1;
            return true;
        }
    }
    return false;
}

static bool take_literal(ct_str *rest, char ch)
{
    if (!rest->length || rest->data[0] != ch)
        return false;
    skip(rest, 1);
    return true;
}

static bool take_field(ct_str *rest, char field, ct_civil *civil)
{
    switch (field) {
    case 'a':
    case 'A':
        return take_day_name(rest, field == 'A');
    case 'b':
        return take_month(rest, &civil->month);
    case 'e':
        return take_number(rest, take_literal(rest, ' ') ? 1 : 2, &civil->day);
    case 'd':
        return take_number(rest, 2, &civil->day);
    case 'y':
    case 'Y':
        return take_number(rest, field == 'Y' ? 4 : 2, &civil->year);
    default: /* 'T' */
        return take_number(rest, 2, &civil->hour) && take_literal(rest, ':') && take_number(rest, 2, &civil->minute) &&
               take_literal(rest, ':') && take_number(rest, 2, &civil->second);
    }
}

static bool matches(ct_str text, const char *pattern, ct_civil *ret_civil)
{
    *ret_civil = (ct_civil){ 0 };
    for (const char *p = pattern; *p; p++) {
        if (*p == '%' ? !take_field(&text, *++p, ret_civil) : !take_literal(&text, *p))
            return false;
    }
    return !text.length;
}

/* The year that ends in the two digits of `civil` and is at most 50 years ahead of now. Fifty years before is the
 * latest such year that is not ahead of now at all: it lies in the hundred years, from ..50 to ..49, that now is in, or
 * before. */
static int full_year(ct_civil civil, ct_time now)
{
    int hundred = (ct_civil_of(now).year + 50) / 100 * 100 - 50;
    civil.year += hundred;
    if (ct_civil_time(civil) > now)
        civil.year -= 100;
    return civil.year + 50;
}

bool ct_http_date_parse(ct_str text, ct_time now, ct_time *ret_time)
{
    ct_civil civil;
    bool short_year = false;
    if (!matches(text, "%a, %d %b %Y %T GMT", &civil) && !matches(text, "%a %b %e %T %Y", &civil)) {
        if (!matches(text, "%A, %d-%b-%y %T GMT", &civil))
            return false;
        short_year = true;
    }
    if (short_year)
        civil.year = full_year(civil, now);
    if (civil.day < 1 || civil.day > ct_days_in_month(civil.year, civil.month) || civil.hour > 23 ||
        civil.minute > 59 || civil.second > 60)
        return false;
    *ret_time = ct_civil_time(civil);
    return true;
}
