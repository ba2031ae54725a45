/* Time zones: files of the system's database (TZif, RFC 9636) and the rule behind them (POSIX TZ, extended).
 *
 *   file:  header, 32-bit data (skipped) | header, transitions, types, ... | "\n" rule "\n"
 *
 *   moment:  ... before the first        between two             after the last
 *            the first type              binary search           the rule: two switches in a year
 *
 * The bytes are not trusted: every count is checked against what is there, offsets against a day and two hours (the
 * format's own limit), and a rule that is none makes the file none. Zones with leap seconds ("right/...") are refused,
 * for a ct_time has none.
 *
 * Not here: abbreviations, and which zone a person is in. */
#include "shape/zone.h"

#include "base/map.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/usr/share/zoneinfo/"
#define MAX_NAME 64
#define MAX_FILE (256 * 1024) /* the largest has some 4 KB */
#define MAX_OFFSET (26 * 3600)
#define HEADER 44

/* One of the two days of a year on which clocks change. */
typedef struct {
    char kind; /* 'J': 1 to 365, February 29 is never counted; 'D': 0 to 365; 'M': a weekday of a month */
    int day;   /* of 'M' the weekday, 0 is Sunday */
    int month, week;
    int seconds; /* local time of the change */
} change;

typedef struct {
    bool present, has_summer;
    int standard, summer; /* seconds east of UTC */
    change to_summer, to_standard;
} year_rule;

struct ct_zone {
    size_t count;
    int64_t *moments; /* seconds since 1970, ascending */
    int *offsets;     /* from that moment on */
    int first;        /* before */
    year_rule rule;   /* behind the last */
};

/* ---- the rule ---- */

typedef struct {
    const char *at, *end;
    bool failed;
} reader;

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

static int read_number(reader *r, int least, int most)
{
    int value = 0;
    r->failed |= !is_digit(r);
    for (; is_digit(r) && value <= most; r->at++)
        value = value * 10 + (*r->at - '0');
    r->failed |= value < least || value > most;
    return r->failed ? least : value;
}

/* "CET", "<+0330>" */
static void skip_name(reader *r)
{
    const char *start = r->at;
    if (skip(r, '<')) {
        while (r->at < r->end && *r->at != '>')
            r->at++;
        r->failed |= !skip(r, '>');
        return;
    }
    while (r->at < r->end && ct_ascii_lower(*r->at) >= 'a' && ct_ascii_lower(*r->at) <= 'z')
        r->at++;
    r->failed |= r->at - start < 3;
}

/* "-3:30", "+167:00:00", as seconds. */
static int read_time(reader *r, int most_hours)
{
    int sign = skip(r, '-') ? -1 : 1;
    if (sign > 0)
        (void)skip(r, '+');
    int seconds = read_number(r, 0, most_hours) * 3600;
    if (skip(r, ':'))
        seconds += read_number(r, 0, 59) * 60;
    if (skip(r, ':'))
        seconds += read_number(r, 0, 59);
    return sign * seconds;
}

static change read_change(reader *r)
{
    change made = { .kind = 'D', .seconds = 2 * 3600 };
    if (skip(r, 'M')) {
        made.kind = 'M';
        made.month = read_number(r, 1, 12);
        r->failed |= !skip(r, '.');
        made.week = read_number(r, 1, 5);
        r->failed |= !skip(r, '.');
        made.day = read_number(r, 0, 6);
    } else if (skip(r, 'J')) {
        made.kind = 'J';
        made.day = read_number(r, 1, 365);
    } else {
        made.day = read_number(r, 0, 365);
    }
    if (skip(r, '/'))
        made.seconds = read_time(r, 167);
    return made;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3"; empty: there is none. Offsets are west of UTC in there. */
static bool read_rule(ct_str text, year_rule *ret_rule)
{
    reader r = { .at = text.data, .end = text.data + text.length };
    year_rule made = { .present = text.length > 0 };
    if (made.present) {
        skip_name(&r);
        made.standard = -read_time(&r, 24);
    }
    if (r.at < r.end) {
        made.has_summer = true;
        made.summer = made.standard + 3600;
        skip_name(&r);
        if (r.at < r.end && *r.at != ',')
            made.summer = -read_time(&r, 24);
        r.failed |= !skip(&r, ',');
        made.to_summer = read_change(&r);
        r.failed |= !skip(&r, ',');
        made.to_standard = read_change(&r);
    }
    if (r.failed || r.at != r.end)
        return false;
    *ret_rule = made;
    return true;
}

static int64_t day_number(int year, int month, int day)
{
    ct_time time = ct_civil_time((ct_civil){ .year = year, .month = month, .day = day });
    return time / CT_DAY - (time % CT_DAY < 0);
}

/* The day of the change, since 1970. */
static int64_t change_day(const change *on, int year)
{
    if (on->kind != 'M') {
        bool leap = ct_days_in_year(year) == 366;
        int day = on->kind == 'D' ? on->day : on->day - 1 + (leap && on->day >= 60);
        return day_number(year, 1, 1) + day;
    }
    int64_t first = day_number(year, on->month, 1);
    int weekday = (int)(((first + 4) % 7 + 7) % 7); /* 1970 began on a Thursday */
    int day = (on->day - weekday + 7) % 7 + 7 * (on->week - 1);
    if (day >= ct_days_in_month(year, on->month))
        day -= 7;
    return first + day;
}

/* The latest change up to the moment decides; of two at once the one to summer, for that is how a zone says that it has
 * summer time all year. */
static int rule_offset(const year_rule *rule, int64_t seconds)
{
    if (!rule->has_summer)
        return rule->standard;
    int64_t latest = INT64_MIN;
    int offset = rule->standard;
    int year = ct_civil_of(CT_MIN(CT_MAX(seconds, -62135596800), 253402300799) * CT_SECOND).year;
    for (int i = -1; i <= 1; i++) {
        int64_t standard = change_day(&rule->to_standard, year + i) * 86400 + rule->to_standard.seconds - rule->summer;
        int64_t summer = change_day(&rule->to_summer, year + i) * 86400 + rule->to_summer.seconds - rule->standard;
        if (standard <= seconds && standard > latest) {
            latest = standard;
            offset = rule->standard;
        }
        if (summer <= seconds && summer >= latest) {
            latest = summer;
            offset = rule->summer;
        }
    }
    return offset;
}

/* ---- the file ---- */

typedef struct {
    uint32_t utc_count, standard_count, leap_count, time_count, type_count, name_count;
} counts;

static uint64_t big_endian(const char *at, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | (unsigned char)at[i];
    return value;
}

/* Of the header at the front of `bytes`; the version, or 0 where there is none. */
static int read_header(ct_str bytes, counts *ret_counts)
{
    if (bytes.length < HEADER || memcmp(bytes.data, "TZif", 4) != 0)
        return 0;
    uint32_t numbers[6];
    for (int i = 0; i < 6; i++) {
        numbers[i] = (uint32_t)big_endian(bytes.data + 20 + 4 * i, 4);
        if (numbers[i] > MAX_FILE)
            return 0;
    }
    *ret_counts = (counts){ numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5] };
    char version = bytes.data[4];
    return version == '\0' ? 1 : version >= '2' ? 2 : 0;
}

static size_t data_size(const counts *n, size_t time_size)
{
    return n->time_count * (time_size + 1) + n->type_count * (size_t)6 + n->name_count +
           n->leap_count * (time_size + 4) + n->standard_count + n->utc_count;
}

/* The transitions of the data behind the header. */
static bool read_data(ct_zone *zone, const char *data, const counts *n, int time_size)
{
    const char *indexes = data + (size_t)time_size * n->time_count, *types = indexes + n->time_count;
    if (n->leap_count || !n->type_count || n->type_count > 256)
        return false;
    int offsets[256];
    for (uint32_t i = 0; i < n->type_count; i++) {
        offsets[i] = (int)(int32_t)big_endian(types + (size_t)6 * i, 4);
        if (offsets[i] < -MAX_OFFSET || offsets[i] > MAX_OFFSET)
            return false;
    }
    zone->first = offsets[0];
    zone->count = n->time_count;
    zone->moments = ct_xcalloc(n->time_count + (size_t)1, sizeof(*zone->moments));
    zone->offsets = ct_xcalloc(n->time_count + (size_t)1, sizeof(*zone->offsets));
    for (uint32_t i = 0; i < n->time_count; i++) {
        uint64_t moment = big_endian(data + (size_t)time_size * i, time_size);
        zone->moments[i] = time_size == 4 ? (int32_t)moment : (int64_t)moment;
        unsigned char index = (unsigned char)indexes[i];
        if (index >= n->type_count || (i && zone->moments[i] <= zone->moments[i - 1]))
            return false;
        zone->offsets[i] = offsets[index];
    }
    return true;
}

static bool read_footer(ct_zone *zone, ct_str rest)
{
    if (!rest.length || rest.data[0] != '\n')
        return false;
    const char *end = memchr(rest.data + 1, '\n', rest.length - 1);
    return end && read_rule((ct_str){ rest.data + 1, (size_t)(end - rest.data) - 1 }, &zone->rule);
}

static bool read_file(ct_zone *zone, ct_str bytes)
{
    counts n;
    int version = read_header(bytes, &n), time_size = 4;
    if (!version)
        return false;
    if (version > 1) {
        size_t first = HEADER + data_size(&n, 4);
        if (first > bytes.length)
            return false;
        bytes = (ct_str){ bytes.data + first, bytes.length - first };
        time_size = 8;
        if (read_header(bytes, &n) < 2)
            return false;
    }
    size_t size = data_size(&n, (size_t)time_size);
    if (bytes.length - HEADER < size || !read_data(zone, bytes.data + HEADER, &n, time_size))
        return false;
    ct_str rest = { bytes.data + HEADER + size, bytes.length - HEADER - size };
    return version == 1 || read_footer(zone, rest);
}

ct_zone *ct_zone_parse(ct_str bytes)
{
    ct_zone *zone = ct_xcalloc(1, sizeof(*zone));
    if (read_file(zone, bytes))
        return zone;
    ct_zone_free(zone);
    return NULL;
}

void ct_zone_free(ct_zone *zone)
{
    if (!zone)
        return;
    free(zone->moments);
    free(zone->offsets);
    free(zone);
}

/* ---- times ---- */

static int offset_at(const ct_zone *zone, int64_t seconds)
{
    size_t low = 0, high = zone->count; /* the first moment behind `seconds` is in low..high */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->moments[middle] <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->count && zone->rule.present)
        return rule_offset(&zone->rule, seconds);
    return low ? zone->offsets[low - 1] : zone->first;
}

int ct_zone_offset(const ct_zone *zone, ct_time time)
{
    return offset_at(zone, time / CT_SECOND - (time % CT_SECOND < 0));
}

static ct_time shifted(ct_time time, int64_t seconds)
{
    ct_time moved;
    return __builtin_add_overflow(time, seconds * CT_SECOND, &moved) ? time : moved;
}

ct_time ct_zone_to_local(const ct_zone *zone, ct_time time)
{
    return shifted(time, ct_zone_offset(zone, time));
}

/* The offsets around the local time are tried, the earlier one first: where clocks go back it names the earlier of two
 * moments. Neither fits in a gap, and the earlier one leads as far past it. */
ct_time ct_zone_to_utc(const ct_zone *zone, ct_time local)
{
    int before = ct_zone_offset(zone, shifted(local, -MAX_OFFSET)), after;
    ct_time earlier = shifted(local, -before);
    int there = ct_zone_offset(zone, earlier);
    if (there == before)
        return earlier;
    ct_time other = shifted(local, -there);
    if (ct_zone_offset(zone, other) == there)
        return other;
    after = ct_zone_offset(zone, shifted(local, MAX_OFFSET));
    ct_time later = shifted(local, -after);
    return ct_zone_offset(zone, later) == after ? later : earlier;
}

/* ---- the database ---- */

/* Parts of letters, digits and a few signs, none of which begins with a point. */
static bool is_name(const char *name)
{
    static const char signs[] = "_+-/.";
    bool begins = true;
    size_t length = strnlen(name, MAX_NAME + 1);
    for (size_t i = 0; i < length; i++) {
        char ch = name[i], lower = ct_ascii_lower(ch);
        bool plain = (lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9');
        if ((!plain && !memchr(signs, ch, sizeof(signs) - 1)) || (begins && (ch == '/' || ch == '.')))
            return false;
        begins = ch == '/';
    }
    return length && length <= MAX_NAME && !begins;
}

/* The content of a file, of the heap; data NULL where it cannot be read. */
static ct_str read_all(const char *path)
{
    ct_str none = { NULL, 0 };
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return none;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size > MAX_FILE) {
        close(fd);
        return none;
    }
    char *bytes = ct_xmalloc((size_t)facts.st_size + 1);
    size_t length = 0;
    for (ssize_t n = 1; n > 0 && length < (size_t)facts.st_size; length += (size_t)CT_MAX(n, 0))
        n = read(fd, bytes + length, (size_t)facts.st_size - length);
    close(fd);
    return (ct_str){ bytes, length };
}

static ct_zone *load(const char *name)
{
    char path[sizeof(FOLDER) + MAX_NAME];
    size_t folder = sizeof(FOLDER) - 1;
    memcpy(path, FOLDER, folder);
    memcpy(path + folder, name, strlen(name) + 1);
    ct_str bytes = read_all(path);
    ct_zone *zone = bytes.data ? ct_zone_parse(bytes) : NULL;
    free((char *)bytes.data);
    return zone;
}

static const ct_zone *fail(const char *name, ct_error *error)
{
    if (access(FOLDER "Etc/UTC", R_OK) == 0)
        ct_fail(error,
                "there is no time zone \"%.*s\": it is the name of a file below " FOLDER ", as \"Europe/Berlin\"",
                MAX_NAME, name);
    else
        ct_fail(error, "there is no time zone \"%.*s\", for the system has no time zones: install the package tzdata",
                MAX_NAME, name);
    return NULL;
}

const ct_zone *ct_zone_find(const char *name, ct_error *error)
{
    static const ct_zone utc;
    static ct_strmap zones; /* of the heap, as long as the process: there are only so many files */
    if (strcmp(name, "UTC") == 0)
        return &utc;
    if (!is_name(name))
        return fail(name, error);
    ct_zone *zone = ct_strmap_get(&zones, ct_str_of(name));
    if (zone)
        return zone;
    zone = load(name);
    if (!zone)
        return fail(name, error);
    ct_strmap_set(&zones, ct_str_of(ct_xstrdup(name)), zone);
    return zone;
}
