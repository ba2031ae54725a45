/* Moments by Django's date formats.
 *
 * A letter is a part unless a backslash stands right before it, even one that is itself escaped: so Django reads it.
 * Years have four digits. There is one time zone, UTC, and no daylight saving time. Not here: other languages, formats
 * of other countries, and weeks that begin on a Sunday, for which the language has no letter. */
#include "template/dates.h"

#include "base/time.h"

typedef struct moment {
    ct_civil civil;
    ct_time time;
    bool day_only;
    bool none; /* no moment at all */
} moment;

/* ---- names ---- */

static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                      "July",    "August",   "September", "October", "November", "December" };
/* As the Associated Press abbreviates them. */
static const char *const press_months[] = { "Jan.", "Feb.", "March", "April", "May",  "June",
                                            "July", "Aug.", "Sept.", "Oct.",  "Nov.", "Dec." };
static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

static void write_text(ct_buffer *out, const char *text)
{
    ct_buffer_append(out, text, strlen(text));
}

static void write_digits(ct_buffer *out, int value, int digits)
{
    char text[8];
    ct_put_digits(text, value, digits);
    ct_buffer_append(out, text, (size_t)digits);
}

static void write_month(ct_buffer *out, int month, bool lower)
{
    char text[3];
    memcpy(text, months[month - 1], 3);
    if (lower)
        text[0] = ct_ascii_lower(text[0]);
    ct_buffer_append(out, text, 3);
}

static const char *ordinal_suffix(int day)
{
    if (day / 10 == 1 || day % 10 == 0 || day % 10 > 3)
        return "th";
    return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : "rd";
}

/* ---- parts ---- */

static int hour_of_twelve(int hour)
{
    return hour % 12 ? hour % 12 : 12;
}

/* "1", "1:30" */
static void write_short_time(ct_buffer *out, const ct_civil *civil)
{
    ct_buffer_uint(out, (uint64_t)hour_of_twelve(civil->hour));
    if (civil->minute) {
        ct_buffer_char(out, ':');
        write_digits(out, civil->minute, 2);
    }
}

static void write_press_time(ct_buffer *out, const ct_civil *civil)
{
    if (civil->minute == 0 && civil->hour % 12 == 0) {
        write_text(out, civil->hour ? "noon" : "midnight");
        return;
    }
    write_short_time(out, civil);
    write_text(out, civil->hour > 11 ? " p.m." : " a.m.");
}

static void write_clock(ct_buffer *out, const ct_civil *civil)
{
    write_digits(out, civil->hour, 2);
    ct_buffer_char(out, ':');
    write_digits(out, civil->minute, 2);
    ct_buffer_char(out, ':');
    write_digits(out, civil->second, 2);
}

/* "2008-01-02T10:30:00.000123+00:00" */
static void write_iso(ct_buffer *out, const moment *m)
{
    const ct_civil *civil = &m->civil;
    write_digits(out, civil->year, 4);
    ct_buffer_char(out, '-');
    write_digits(out, civil->month, 2);
    ct_buffer_char(out, '-');
    write_digits(out, civil->day, 2);
    if (m->day_only)
        return;
    ct_buffer_char(out, 'T');
    write_clock(out, civil);
    if (civil->microsecond) {
        ct_buffer_char(out, '.');
        write_digits(out, civil->microsecond, 6);
    }
    write_text(out, "+00:00");
}

/* "Thu, 21 Dec 2000 16:01:07 +0000" */
static void write_mail_date(ct_buffer *out, const ct_civil *civil)
{
    ct_buffer_append(out, weekdays[civil->weekday], 3);
    write_text(out, ", ");
    write_digits(out, civil->day, 2);
    ct_buffer_char(out, ' ');
    write_month(out, civil->month, false);
    ct_buffer_char(out, ' ');
    write_digits(out, civil->year, 4);
    ct_buffer_char(out, ' ');
    write_clock(out, civil);
    write_text(out, " +0000");
}

static void write_unix_time(ct_buffer *out, ct_time time)
{
    int64_t seconds = time / CT_SECOND - (time % CT_SECOND < 0);
    if (seconds < 0)
        ct_buffer_char(out, '-');
    ct_buffer_uint(out, seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds);
}

static void write_clock_part(ct_buffer *out, const moment *m, char letter)
{
    const ct_civil *civil = &m->civil;
    bool late = civil->hour > 11;
    switch (letter) {
    case 'a':
        write_text(out, late ? "p.m." : "a.m.");
        break;
    case 'A':
        write_text(out, late ? "PM" : "AM");
        break;
    case 'e':
    case 'T':
        write_text(out, "UTC");
        break;
    case 'f':
        write_short_time(out, civil);
        break;
    case 'g':
        ct_buffer_uint(out, (uint64_t)hour_of_twelve(civil->hour));
        break;
    case 'G':
        ct_buffer_uint(out, (uint64_t)civil->hour);
        break;
    case 'h':
        write_digits(out, hour_of_twelve(civil->hour), 2);
        break;
    case 'H':
        write_digits(out, civil->hour, 2);
        break;
    case 'i':
        write_digits(out, civil->minute, 2);
        break;
    case 'O':
        write_text(out, "+0000");
        break;
    case 'P':
        write_press_time(out, civil);
        break;
    case 's':
        write_digits(out, civil->second, 2);
        break;
    case 'u':
        write_digits(out, civil->microsecond, 6);
        break;
    case 'Z':
        ct_buffer_char(out, '0');
        break;
    default:
        break;
    }
}

static void write_week_part(ct_buffer *out, const ct_civil *civil, char letter)
{
    int year, week;
    switch (letter) {
    case 'D':
        ct_buffer_append(out, weekdays[civil->weekday], 3);
        break;
    case 'l':
        write_text(out, weekdays[civil->weekday]);
        break;
    case 'w':
        ct_buffer_uint(out, (uint64_t)civil->weekday);
        break;
    default:
        week = ct_iso_week(civil, &year);
        ct_buffer_uint(out, (uint64_t)(letter == 'W' ? week : year));
        break;
    }
}

static void write_month_part(ct_buffer *out, const ct_civil *civil, char letter)
{
    switch (letter) {
    case 'b':
    case 'M':
        write_month(out, civil->month, letter == 'b');
        break;
    case 'E':
    case 'F':
        write_text(out, months[civil->month - 1]);
        break;
    case 'm':
        write_digits(out, civil->month, 2);
        break;
    case 'n':
        ct_buffer_uint(out, (uint64_t)civil->month);
        break;
    case 'N':
        write_text(out, press_months[civil->month - 1]);
        break;
    case 't':
        ct_buffer_uint(out, (uint64_t)ct_days_in_month(civil->year, civil->month));
        break;
    default:
        break;
    }
}

static void write_day_part(ct_buffer *out, const moment *m, char letter)
{
    const ct_civil *civil = &m->civil;
    switch (letter) {
    case 'c':
        write_iso(out, m);
        break;
    case 'd':
        write_digits(out, civil->day, 2);
        break;
    case 'I':
        if (!m->day_only)
            ct_buffer_char(out, '0');
        break;
    case 'j':
        ct_buffer_uint(out, (uint64_t)civil->day);
        break;
    case 'L':
        write_text(out, ct_days_in_year(civil->year) == 366 ? "True" : "False");
        break;
    case 'r':
        write_mail_date(out, civil);
        break;
    case 'S':
        write_text(out, ordinal_suffix(civil->day));
        break;
    case 'U':
        write_unix_time(out, m->time);
        break;
    case 'y':
        write_digits(out, civil->year, 2);
        break;
    case 'Y':
        write_digits(out, civil->year, 4);
        break;
    case 'z':
        ct_buffer_uint(out, (uint64_t)ct_day_of_year(civil));
        break;
    default:
        break;
    }
}

/* ---- formats ---- */

typedef enum { NO_LETTER, CLOCK, WEEK, MONTH, DAY } part_kind;

/* clang-format off */
static const unsigned char kinds[128] = {
    ['a'] = CLOCK, ['A'] = CLOCK, ['e'] = CLOCK, ['f'] = CLOCK, ['g'] = CLOCK, ['G'] = CLOCK, ['h'] = CLOCK,
    ['H'] = CLOCK, ['i'] = CLOCK, ['O'] = CLOCK, ['P'] = CLOCK, ['s'] = CLOCK, ['T'] = CLOCK, ['u'] = CLOCK,
    ['Z'] = CLOCK,
    ['D'] = WEEK, ['l'] = WEEK, ['o'] = WEEK, ['w'] = WEEK, ['W'] = WEEK,
    ['b'] = MONTH, ['E'] = MONTH, ['F'] = MONTH, ['m'] = MONTH, ['M'] = MONTH, ['n'] = MONTH, ['N'] = MONTH,
    ['t'] = MONTH,
    ['c'] = DAY, ['d'] = DAY, ['I'] = DAY, ['j'] = DAY, ['L'] = DAY, ['r'] = DAY, ['S'] = DAY, ['U'] = DAY,
    ['y'] = DAY, ['Y'] = DAY, ['z'] = DAY,
};
/* clang-format on */

static part_kind kind_of(char letter)
{
    return (unsigned char)letter < sizeof(kinds) ? (part_kind)kinds[(unsigned char)letter] : NO_LETTER;
}

static void write_part(ct_buffer *out, const moment *m, char letter)
{
    if (m->none)
        return;
    switch (kind_of(letter)) {
    case CLOCK:
        write_clock_part(out, m, letter);
        break;
    case WEEK:
        write_week_part(out, &m->civil, letter);
        break;
    case MONTH:
        write_month_part(out, &m->civil, letter);
        break;
    default:
        write_day_part(out, m, letter);
        break;
    }
}

/* The format that a name of Django's settings stands for. */
static ct_str named_format(ct_str format)
{
    static const struct {
        ct_str name, format;
    } names[] = { { CT_STR("DATE_FORMAT"), CT_STR("N j, Y") },
                  { CT_STR("DATETIME_FORMAT"), CT_STR("N j, Y, P") },
                  { CT_STR("TIME_FORMAT"), CT_STR("P") },
                  { CT_STR("YEAR_MONTH_FORMAT"), CT_STR("F Y") },
                  { CT_STR("MONTH_DAY_FORMAT"), CT_STR("F j") },
                  { CT_STR("SHORT_DATE_FORMAT"), CT_STR("m/d/Y") },
                  { CT_STR("SHORT_DATETIME_FORMAT"), CT_STR("m/d/Y P") } };
    if (format.length < sizeof("TIME_FORMAT") - 1)
        return format;
    for (size_t i = 0; i < CT_COUNT(names); i++)
        if (ct_str_eq(format, names[i].name))
            return names[i].format;
    return format;
}

static void write_format(ct_buffer *out, const moment *m, ct_str format)
{
    for (size_t i = 0; i < format.length; i++) {
        char ch = format.data[i];
        if (kind_of(ch) && (i == 0 || format.data[i - 1] != '\\'))
            write_part(out, m, ch);
        else if (ch == '\\' && i + 1 < format.length && format.data[i + 1] != '\n')
            ct_buffer_char(out, format.data[++i]);
        else
            ct_buffer_char(out, ch);
    }
}

static bool has_part(ct_date_kind kind, char letter)
{
    bool clock = kind_of(letter) == CLOCK;
    if (kind == CT_DATE_NONE)
        return letter == 'e' || letter == 'I' || letter == 'O' || letter == 'T' || letter == 'Z';
    return kind == CT_DATE_CLOCK ? clock : !clock && letter != 'r';
}

/* The first part of the format that there is not; 0 when there is none. */
static char find_refused(ct_str format, ct_date_kind kind)
{
    for (size_t i = 0; i < format.length; i++) {
        char ch = format.data[i];
        if (kind_of(ch) && (i == 0 || format.data[i - 1] != '\\') && !has_part(kind, ch))
            return ch;
    }
    return 0;
}

void ct_date_write(ct_buffer *out, ct_time time, ct_str format)
{
    moment m = { .civil = ct_civil_of(time), .time = time };
    write_format(out, &m, named_format(format));
}

char ct_date_write_as(ct_buffer *out, ct_date_kind kind, ct_time time, ct_str format)
{
    moment m = {
        .civil = ct_civil_of(time), .time = time, .day_only = kind == CT_DATE_DAY, .none = kind == CT_DATE_NONE
    };
    format = named_format(format);
    char refused = find_refused(format, kind);
    if (!refused)
        write_format(out, &m, format);
    return refused;
}
