/* Kinds of data that C has no type for: exact decimals, dates, times of day, UUIDs.
 *
 * All are plain values: copied, compared and passed by value, owned by nobody. A moment in time is a ct_time
 * (common.h); so is a duration. */
#ifndef CANTEEN_TYPES_H
#define CANTEEN_TYPES_H

#include "canteen/common.h"

/* ---- exact decimals ---- */

/* units / 10^scale, exactly: 12.50 has 1250 units at scale 2. Up to 38 digits, scale 0 to 37. Zeroed it is 0. */
__extension__ typedef __int128 ct_int128;
typedef struct ct_decimal {
    ct_int128 units;
    int scale;
} ct_decimal;

/* A decimal of a C constant: ct_decimal_make(1250, 2) is 12.50. */
static inline ct_decimal ct_decimal_make(int64_t units, int scale)
{
    return (ct_decimal){ .units = units, .scale = scale };
}

/* Reads "-12.50", "+3", ".5", "1e-3". False when it is no number, or has more than 38 digits. */
CT_API bool ct_decimal_read(const char *text, ct_decimal *ret_value);
/* The same of text that the program holds: a mistake in it aborts. */
CT_API ct_decimal ct_decimal_of(ct *c, const char *text);
/* With all digits of its scale: "12.50". */
CT_API const char *ct_decimal_text(ct *c, ct_decimal value);

/* Exact; a result of more than 38 digits aborts with 500. The scale is the larger one of the two, of a product the sum
 * (no more than 37; beyond, it is rounded). */
CT_API ct_decimal ct_decimal_add(ct *c, ct_decimal a, ct_decimal b);
CT_API ct_decimal ct_decimal_subtract(ct *c, ct_decimal a, ct_decimal b);
CT_API ct_decimal ct_decimal_multiply(ct *c, ct_decimal a, ct_decimal b);
/* To so many places, rounded half to even. Dividing by 0 aborts. */
CT_API ct_decimal ct_decimal_divide(ct *c, ct_decimal a, ct_decimal b, int scale);
/* With another scale (0 to 37), rounded half to even (as Python's decimal does). */
CT_API ct_decimal ct_decimal_round(ct *c, ct_decimal value, int scale);
/* Less than 0, 0, more than 0. 1.0 and 1.00 are equal. */
CT_API int ct_decimal_compare(ct_decimal a, ct_decimal b);
/* The nearest double. */
CT_API double ct_decimal_real(ct_decimal value);

/* ---- dates and times of day ---- */

/* A day of the proleptic Gregorian calendar, 0001-01-01 to 9999-12-31: days since 1970-01-01. */
typedef struct ct_date {
    int32_t days;
} ct_date;

/* A time of day: microseconds since midnight, less than CT_DAY. */
typedef struct ct_daytime {
    int64_t microseconds;
} ct_daytime;

/* A day that does not exist (2026-02-30) aborts with 500. */
CT_API ct_date ct_date_make(ct *c, int year, int month, int day);
/* "2026-11-21" (ISO 8601). False when it is none. */
CT_API bool ct_date_read(const char *text, ct_date *ret_date);
CT_API const char *ct_date_text(ct *c, ct_date date);
CT_API void ct_date_parts(ct_date date, int *ret_year, int *ret_month, int *ret_day);
/* The day of a moment, in UTC, and the moment at which a day begins. */
CT_API ct_date ct_date_at(ct_time time);
CT_API ct_time ct_date_start(ct_date date);

static inline ct_daytime ct_daytime_make(int hour, int minute, int second)
{
    return (ct_daytime){ hour * CT_HOUR + minute * CT_MINUTE + second * CT_SECOND };
}
/* "09:30", "09:30:15", "09:30:15.123456". */
CT_API bool ct_daytime_read(const char *text, ct_daytime *ret_time);
CT_API const char *ct_daytime_text(ct *c, ct_daytime time);

/* RFC 3339 ("2026-11-21T09:30:00.5+01:00", a space for the T, no offset: UTC), or a date alone: its first moment. */
CT_API bool ct_datetime_read(const char *text, ct_time *ret_time);
CT_API const char *ct_datetime_text(ct *c, ct_time time);

/* "1 12:30:00.5", "12:30:00", "90" (seconds), or ISO 8601 ("P1DT12H30M"), as Django reads them; written in the first
 * form, as Django does. */
CT_API bool ct_duration_read(const char *text, ct_time *ret_duration);
CT_API const char *ct_duration_text(ct *c, ct_time duration);

/* A moment as seen in a time zone of the system's database ("Europe/Berlin"), and back. What the two give is local time
 * as if it were UTC, for formatting and for forms. An unknown zone aborts. A local time that comes twice is the
 * earlier one; one that is skipped is as far past the gap as it was into it. */
CT_API ct_time ct_zone_local(ct *c, const char *zone, ct_time time);
CT_API ct_time ct_zone_utc(ct *c, const char *zone, ct_time local);

/* ---- UUIDs (RFC 9562) ---- */

typedef struct ct_uuid {
    uint8_t bytes[16];
} ct_uuid;

CT_API ct_uuid ct_uuid_v4(void); /* random */
CT_API ct_uuid ct_uuid_v7(void); /* begins with the time, so that keys grow; two of one process never go back */
CT_API bool ct_uuid_read(const char *text, ct_uuid *ret_uuid); /* with or without hyphens, braces or urn:uuid: */
CT_API const char *ct_uuid_text(ct *c, ct_uuid uuid);          /* lower case, with hyphens */
CT_API bool ct_uuid_equal(ct_uuid a, ct_uuid b);

#endif
