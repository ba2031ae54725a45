/* Spans of time in words: timesince, and humanize's naturaltime.
 *
 * Two moments make the span, both given: what "now" is, is the caller's to say. Seconds do not count, and nothing is
 * rounded up. Numbers and units keep together: U+00A0 stands between them. */
#include "base/time.h"
#include "template/dates.h"

#define NO_BREAK_SPACE "\xc2\xa0"
#define DAY_SECONDS 86400

typedef struct unit {
    const char *name;
    int64_t seconds;
} unit;

/* "3 hours" */
static void write_count(ct_buffer *out, int64_t count, const char *name)
{
    ct_buffer_uint(out, (uint64_t)count);
    CT_BUFFER_LITERAL(out, NO_BREAK_SPACE);
    ct_buffer_append(out, name, strlen(name));
    if (count != 1)
        ct_buffer_char(out, 's');
}

static bool is_leap(int year)
{
    return ct_days_in_month(year, 2) == 29;
}

/* Leap years before `year`, counted from year 1. */
static int leap_years_before(int year)
{
    year--;
    return year / 4 - year / 100 + year / 400;
}

/* Leap days that make the span longer than its years are. */
static int leap_days(int from, int to)
{
    int days = leap_years_before(to) - leap_years_before(from);
    if (days != 0 && is_leap(from))
        days--;
    else if (days != 0 && is_leap(to))
        days++;
    return days;
}

void ct_timesince_write(ct_buffer *out, ct_time then, ct_time now)
{
    static const unit units[] = { { "year", 365 * DAY_SECONDS },
                                  { "month", 30 * DAY_SECONDS },
                                  { "week", 7 * DAY_SECONDS },
                                  { "day", DAY_SECONDS },
                                  { "hour", 3600 },
                                  { "minute", 60 } };
    ct_civil from = ct_civil_of(then), to = ct_civil_of(now);
    ct_time span = ct_civil_time(to) - ct_civil_time(from);
    int64_t seconds = span / CT_SECOND - (span % CT_SECOND < 0);
    seconds -= (int64_t)leap_days(from.year, to.year) * DAY_SECONDS;
    size_t at = 0;
    while (at < CT_COUNT(units) - 1 && seconds < units[at].seconds)
        at++;
    if (seconds < units[at].seconds) {
        write_count(out, 0, "minute");
        return;
    }
    write_count(out, seconds / units[at].seconds, units[at].name);
    seconds %= units[at].seconds;
    if (++at < CT_COUNT(units) && seconds >= units[at].seconds) {
        CT_BUFFER_LITERAL(out, ", ");
        write_count(out, seconds / units[at].seconds, units[at].name);
    }
}

void ct_naturaltime_write(ct_buffer *out, ct_time time, ct_time now)
{
    static const unit units[] = { { "second", 1 }, { "minute", 60 }, { "hour", 3600 } };
    ct_civil from = ct_civil_of(time), to = ct_civil_of(now);
    bool past = time < now;
    ct_time span = ct_civil_time(to) - ct_civil_time(from);
    int64_t seconds = (past ? span : -span) / CT_SECOND;
    if (seconds >= DAY_SECONDS) {
        ct_timesince_write(out, past ? time : now, past ? now : time);
    } else if (seconds == 0) {
        CT_BUFFER_LITERAL(out, "now");
        return;
    } else {
        size_t at = seconds < 60 ? 0 : seconds < 3600 ? 1 : 2;
        int64_t count = seconds / units[at].seconds;
        if (count == 1) {
            ct_buffer_append(out, at == 2 ? "an " : "a ", at == 2 ? 3 : 2);
            ct_buffer_append(out, units[at].name, strlen(units[at].name));
        } else {
            write_count(out, count, units[at].name);
        }
    }
    if (past)
        CT_BUFFER_LITERAL(out, " ago");
    else
        CT_BUFFER_LITERAL(out, " from now");
}
