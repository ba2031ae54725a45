/* Clocks, the calendar, and how the log writes a time. All of it is UTC; there is no locale and no time zone here.
 *
 * ct_now() (canteen/common.h) is the wall clock; ct_monotonic() is for measuring and for deadlines. The calendar is the
 * proleptic Gregorian one, from year 0 to 9999: what lies outside is taken for the nearest time inside. */
#ifndef CANTEEN_BASE_TIME_H
#define CANTEEN_BASE_TIME_H

#include "base/common.h"

/* Microseconds since some moment before the process began; never goes back, not even when the clock is set. */
ct_time ct_monotonic(void);

typedef struct ct_civil {
    int year;                 /* 0 to 9999 */
    int month, day;           /* 1 to 12, 1 to 31 */
    int hour, minute, second; /* 0 to 23, 59, 59: there are no leap seconds in a ct_time */
    int microsecond;          /* 0 to 999999 */
    int weekday;              /* 0 Sunday to 6 Saturday */
} ct_civil;

ct_civil ct_civil_of(ct_time time);
/* The time of a date; weekday is not looked at. Fields past their range count on (the 31st of April is the 1st of May),
 * but for the month. Any year of -200000 to 200000. */
ct_time ct_civil_time(ct_civil civil);
/* 28 to 31; month 1 to 12. */
int ct_days_in_month(int year, int month);
/* 365 or 366. */
int ct_days_in_year(int year);
/* 1 to 366. */
int ct_day_of_year(const ct_civil *civil);
/* The week of ISO 8601, 1 to 53, and the year that it belongs to: that of its Thursday. */
int ct_iso_week(const ct_civil *civil, int *ret_year);

/* RFC 3339 with microseconds: "2026-11-21T09:30:00.123456Z", 27 characters and a NUL. */
void ct_iso_format(ct_time time, char ret_text[28]);

/* Writes the last `digits` decimal digits of `value` (0 or more) at `at`, with leading zeros; returns what follows. */
static inline char *ct_put_digits(char *at, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

#endif
