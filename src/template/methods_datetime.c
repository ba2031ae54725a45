/* Methods of moments, as Python's aware datetime has them, in UTC; of days too, which are moments that show no time.
 *
 * strftime() knows the directives that Python documents and those of the C library that are of use besides, in the C
 * locale; what follows a '%' otherwise stays as it is, like there. */
#include "template/methods.h"

#include "base/time.h"
#include "template/function.h"
#include "template/render.h"

static const char *const day_names[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};

static const char *const month_names[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
};

/* ---- the calendar ---- */

/* 1 Monday to 7 Sunday */
static int iso_weekday(const ct_civil *civil)
{
    return civil->weekday ? civil->weekday : 7;
}

/* ---- strftime() ---- */

static void put_number(ct_buffer *out, int64_t value, int digits)
{
    char text[20];
    size_t first = sizeof(text);
    if (value < 0) {
        ct_buffer_char(out, '-');
        value = -value;
    }
    for (; digits > 0 || value; digits--, value /= 10)
        text[--first] = (char)('0' + value % 10);
    ct_buffer_append(out, text + first, sizeof(text) - first);
}

static void put_blank_number(ct_buffer *out, int value)
{
    if (value < 10)
        ct_buffer_char(out, ' ');
    put_number(out, value, 1);
}

static void put_name(ct_buffer *out, const char *name, size_t length)
{
    ct_buffer_append(out, name, CT_MIN(length, strlen(name)));
}

/* What a directive stands for in terms of others; NULL: it stands for itself. */
static const char *longhand(char directive)
{
    switch (directive) {
    case 'c':
        return "%a %b %e %H:%M:%S %Y";
    case 'x':
    case 'D':
        return "%m/%d/%y";
    case 'X':
    case 'T':
        return "%H:%M:%S";
    case 'r':
        return "%I:%M:%S %p";
    case 'R':
        return "%H:%M";
    case 'F':
        return "%Y-%m-%d";
    case 'h':
        return "%b";
    default:
        return NULL;
    }
}

static bool put_clock(ct_buffer *out, const ct_civil *civil, char directive)
{
    switch (directive) {
    case 'H':
        put_number(out, civil->hour, 2);
        break;
    case 'k':
        put_blank_number(out, civil->hour);
        break;
    case 'I':
        put_number(out, (civil->hour + 11) % 12 + 1, 2);
        break;
    case 'l':
        put_blank_number(out, (civil->hour + 11) % 12 + 1);
        break;
    case 'M':
        put_number(out, civil->minute, 2);
        break;
    case 'S':
        put_number(out, civil->second, 2);
        break;
    case 'f':
        put_number(out, civil->microsecond, 6);
        break;
    case 'p':
        put_name(out, civil->hour < 12 ? "AM" : "PM", 2);
        break;
    case 'P':
        put_name(out, civil->hour < 12 ? "am" : "pm", 2);
        break;
    case 'z':
        CT_BUFFER_LITERAL(out, "+0000");
        break;
    case 'Z':
        CT_BUFFER_LITERAL(out, "UTC");
        break;
    default:
        return false;
    }
    return true;
}

static bool put_week(ct_buffer *out, const ct_civil *civil, char directive)
{
    int year, week = ct_iso_week(civil, &year), day = ct_day_of_year(civil) - 1;
    switch (directive) {
    case 'a':
        put_name(out, day_names[civil->weekday], 3);
        break;
    case 'A':
        put_name(out, day_names[civil->weekday], SIZE_MAX);
        break;
    case 'w':
        put_number(out, civil->weekday, 1);
        break;
    case 'u':
        put_number(out, iso_weekday(civil), 1);
        break;
    case 'U':
        put_number(out, (day + 7 - civil->weekday) / 7, 2);
        break;
    case 'W':
        put_number(out, (day + 7 - (iso_weekday(civil) - 1)) / 7, 2);
        break;
    case 'V':
        put_number(out, week, 2);
        break;
    case 'G':
        put_number(out, year, 4);
        break;
    case 'g':
        put_number(out, year % 100, 2);
        break;
    default:
        return false;
    }
    return true;
}

static bool put_day(ct_buffer *out, const ct_civil *civil, char directive)
{
    switch (directive) {
    case 'b':
        put_name(out, month_names[civil->month - 1], 3);
        break;
    case 'B':
        put_name(out, month_names[civil->month - 1], SIZE_MAX);
        break;
    case 'd':
        put_number(out, civil->day, 2);
        break;
    case 'e':
        put_blank_number(out, civil->day);
        break;
    case 'j':
        put_number(out, ct_day_of_year(civil), 3);
        break;
    case 'm':
        put_number(out, civil->month, 2);
        break;
    case 'y':
        put_number(out, civil->year % 100, 2);
        break;
    case 'Y': /* not filled up to four digits, which the C library does not either */
        put_number(out, civil->year, 1);
        break;
    case 'C':
        put_number(out, civil->year / 100, 2);
        break;
    default:
        return false;
    }
    return true;
}

static bool put_sign(ct_buffer *out, ct_time time, char directive)
{
    switch (directive) {
    case 's':
        put_number(out, time / CT_SECOND - (time % CT_SECOND < 0), 1);
        break;
    case 'n':
        ct_buffer_char(out, '\n');
        break;
    case 't':
        ct_buffer_char(out, '\t');
        break;
    case '%':
        ct_buffer_char(out, '%');
        break;
    default:
        return false;
    }
    return true;
}

void ct_write_strftime(ct_buffer *out, ct_time time, ct_str format)
{
    ct_civil civil = ct_civil_of(time);
    for (size_t at = 0; at < format.length; at++) {
        if (format.data[at] != '%' || at + 1 == format.length) {
            ct_buffer_char(out, format.data[at]);
            continue;
        }
        char directive = format.data[++at];
        const char *instead = longhand(directive);
        if (instead) {
            ct_write_strftime(out, time, ct_str_of(instead));
        } else if (!put_day(out, &civil, directive) && !put_clock(out, &civil, directive) &&
                   !put_week(out, &civil, directive) && !put_sign(out, time, directive)) {
            ct_buffer_char(out, '%');
            ct_buffer_char(out, directive);
        }
    }
}

/* ---- the methods ---- */

static ct_tval strftime_(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (!ct_t_is_text(args[1]))
        ct_render_fail(r, "strftime() takes a format, a str, not '%s'", ct_tval_type_name(args[1]));
    ct_buffer out = ct_text_begin(r);
    ct_write_strftime(&out, args[0].integer, ct_t_get_str(args[1]));
    return ct_text_end(r, &out);
}

/* What isoformat() writes of the time by its `timespec`; NULL for one that there is not. */
static const char *iso_time(ct_str timespec, int microsecond)
{
    if (ct_str_eq(timespec, CT_STR("auto")))
        return microsecond ? "%H:%M:%S.%f" : "%H:%M:%S";
    if (ct_str_eq(timespec, CT_STR("hours")))
        return "%H";
    if (ct_str_eq(timespec, CT_STR("minutes")))
        return "%H:%M";
    if (ct_str_eq(timespec, CT_STR("seconds")))
        return "%H:%M:%S";
    if (ct_str_eq(timespec, CT_STR("milliseconds")) || ct_str_eq(timespec, CT_STR("microseconds")))
        return "%H:%M:%S.%f";
    return NULL;
}

static ct_tval isoformat(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_civil civil = ct_civil_of(args[0].integer);
    ct_buffer out = ct_text_begin(r);
    put_number(&out, civil.year, 4);
    ct_write_strftime(&out, args[0].integer, CT_STR("-%m-%d"));
    if (args[0].flags & CT_T_DAY)
        return ct_text_end(r, &out);
    ct_str sep = ct_arg_str(r, args[1], "T"), timespec = ct_arg_str(r, args[2], "auto");
    const char *time = iso_time(timespec, civil.microsecond);
    if (!time)
        ct_render_fail(r, "unknown timespec value '%.*s'", CT_STR_ARG(timespec));
    ct_buffer_str(&out, sep);
    ct_write_strftime(&out, args[0].integer, ct_str_of(time));
    if (ct_str_eq(timespec, CT_STR("milliseconds")) && !out.failed)
        out.length -= 3;
    CT_BUFFER_LITERAL(&out, "+00:00");
    return ct_text_end(r, &out);
}

static ct_tval date(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    ct_civil civil = ct_civil_of(args[0].integer);
    ct_tval day =
        ct_t_datetime(ct_civil_time((ct_civil){ .year = civil.year, .month = civil.month, .day = civil.day }));
    day.flags = CT_T_DAY;
    return day;
}

static ct_tval weekday(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    ct_civil civil = ct_civil_of(args[0].integer);
    return ct_t_int(iso_weekday(&civil) - 1);
}

static ct_tval isoweekday(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    ct_civil civil = ct_civil_of(args[0].integer);
    return ct_t_int(iso_weekday(&civil));
}

static ct_tval timestamp(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_real((double)args[0].integer / (double)CT_SECOND);
}

/* ---- times of day and durations ---- */

static ct_tval clock_isoformat(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    return ct_tval_text(r, args[0]);
}

static ct_tval total_seconds(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)r;
    (void)count;
    return ct_t_real((double)args[0].integer / (double)CT_SECOND);
}

const ct_fn ct_clock_methods[] = {
    { "strftime", strftime_, "self, format", 0 },
    { "isoformat", clock_isoformat, "self", 0 },
    { .name = NULL },
};

const ct_fn ct_span_methods[] = {
    { "total_seconds", total_seconds, "self", 0 },
    { .name = NULL },
};

const ct_fn ct_datetime_methods[] = {
    { "strftime", strftime_, "self, format", 0 },
    { "isoformat", isoformat, "self, sep=, timespec=", 0 },
    { "date", date, "self", 0 },
    { "weekday", weekday, "self", 0 },
    { "isoweekday", isoweekday, "self", 0 },
    { "timestamp", timestamp, "self", 0 },
    { .name = NULL },
};
