/* The date format language of Django, which PHP's date() had first, and spans of time in words.
 *
 * A letter stands for a part of the moment, everything else for itself; a backslash makes a letter stand for itself.
 * Everything is UTC and English; a format may also be the name of one of Django's settings, with its default. */
#ifndef CANTEEN_TEMPLATE_DATES_H
#define CANTEEN_TEMPLATE_DATES_H

#include "base/buffer.h"
#include "base/common.h"
#include "base/str.h"
#include "template/tval.h"

/* Appends the moment: "N j, Y" is "Nov. 21, 2026"; so is "DATE_FORMAT". */
void ct_date_write(ct_buffer *out, ct_time time, ct_str format);

/* What a value has of a moment. */
typedef enum ct_date_kind {
    CT_DATE_DAY,   /* no time, so no time zone either */
    CT_DATE_CLOCK, /* the time alone */
    CT_DATE_NONE   /* nothing: only formats without parts can be written, and time zones, which are "" then */
} ct_date_kind;

/* The same for a part of it. Returns 0, or the first letter that asks for what is missing: nothing is written then. */
char ct_date_write_as(ct_buffer *out, ct_date_kind kind, ct_time time, ct_str format);

/* How long ago `then` was at `now`, in the largest unit and the one below: "2 weeks, 3 days", with no-break spaces
 * between numbers and units. "0 minutes" where it was not ago. A year has 365 days, a month 30; leap days between the
 * two years do not count. */
void ct_timesince_write(ct_buffer *out, ct_time then, ct_time now);
/* "now", "an hour ago", "3 minutes from now", "2 weeks, 3 days ago". */
void ct_naturaltime_write(ct_buffer *out, ct_time time, ct_time now);

#endif
