/* The clocks, in microseconds, and the civil calendar.
 *
 * The calendar counts in years that begin on the 1st of March, so that the day a leap year adds is the last of its
 * year, and in eras of 400 years, which all have the same number of days: Howard Hinnant's "chrono-Compatible Low-Level
 * Date Algorithms". The clocks cannot fail on a system that runs this library. */
#include "base/time.h"

#include <time.h>

#define DAYS_OF_ERA 146097
/* From the 1st of March of year 0 to the 1st of January 1970. */
#define DAYS_TO_EPOCH 719468

#define FIRST_TIME (-62167219200 * CT_SECOND)                 /* 0000-01-01T00:00:00Z */
#define LAST_TIME (253402300800 * CT_SECOND - CT_MICROSECOND) /* 9999-12-31T23:59:59.999999Z */

static ct_time read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (ct_time)now.tv_sec * CT_SECOND + now.tv_nsec / 1000;
}

ct_time ct_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

ct_time ct_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

ct_civil ct_civil_of(ct_time time)
{
    time = CT_MIN(CT_MAX(time, FIRST_TIME), LAST_TIME);
    int64_t days = floor_div(time, CT_DAY), rest = time - days * CT_DAY;
    int64_t since_march_0 = days + DAYS_TO_EPOCH, era = floor_div(since_march_0, DAYS_OF_ERA);
    int day_of_era = (int)(since_march_0 - era * DAYS_OF_ERA);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (ct_civil){
        .year = (int)(era * 400) + year_of_era + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
        .hour = (int)(rest / CT_HOUR),
        .minute = (int)(rest / CT_MINUTE % 60),
        .second = (int)(rest / CT_SECOND % 60),
        .microsecond = (int)(rest % CT_SECOND),
        .weekday = (int)(days + 4 - 7 * floor_div(days + 4, 7)), /* the first day of 1970 was a Thursday */
    };
}

ct_time ct_civil_time(ct_civil civil)
{
    int64_t year = civil.year - (civil.month <= 2), era = floor_div(year, 400), year_of_era = year - era * 400;
    int month_from_march = civil.month > 2 ? civil.month - 3 : civil.month + 9;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + civil.day - 1;
    int64_t day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (era * DAYS_OF_ERA + day_of_era - DAYS_TO_EPOCH) * CT_DAY + civil.hour * CT_HOUR + civil.minute * CT_MINUTE +
           civil.second * CT_SECOND + civil.microsecond;
}

int ct_days_in_month(int year, int month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2)
        return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

int ct_days_in_year(int year)
{
    return ct_days_in_month(year, 2) == 29 ? 366 : 365;
}

int ct_day_of_year(const ct_civil *civil)
{
    int day = civil->day;
    for (int month = 1; month < civil->month; month++)
        day += ct_days_in_month(civil->year, month);
    return day;
}

int ct_iso_week(const ct_civil *civil, int *ret_year)
{
    int thursday = ct_day_of_year(civil) + 3 - (civil->weekday + 6) % 7, year = civil->year;
    int days = ct_days_in_year(year);
    if (thursday < 1) {
        year--;
        thursday += ct_days_in_year(year);
    } else if (thursday > days) {
        year++;
        thursday -= days;
    }
    *ret_year = year;
    return (thursday - 1) / 7 + 1;
}

void ct_iso_format(ct_time time, char ret_text[28])
{
    ct_civil civil = ct_civil_of(time);
    char *at = ct_put_digits(ret_text, civil.year, 4);
    *at++ = '-';
    at = ct_put_digits(at, civil.month, 2);
    *at++ = '-';
    at = ct_put_digits(at, civil.day, 2);
    *at++ = 'T';
    at = ct_put_digits(at, civil.hour, 2);
    *at++ = ':';
    at = ct_put_digits(at, civil.minute, 2);
    *at++ = ':';
    at = ct_put_digits(at, civil.second, 2);
    *at++ = '.';
    at = ct_put_digits(at, civil.microsecond, 6);
    *at++ = 'Z';
    *at = '\0';
}
