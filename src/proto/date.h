/* HTTP dates (RFC 9110, 5.6.7). To the second and in UTC, which HTTP calls GMT. */
#ifndef CANTEEN_PROTO_DATE_H
#define CANTEEN_PROTO_DATE_H

#include "base/str.h"
#include "base/time.h"

/* The form that HTTP sends, IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT", 29 characters and a NUL. Fractions of a
 * second are dropped towards the past; a time outside of the years 0 to 9999 is written as the nearest inside. */
void ct_http_date_format(ct_time time, char ret_text[30]);

/* Reads each of the three forms that a recipient must understand:
 *     Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
 *     Sunday, 06-Nov-94 08:49:37 GMT    RFC 850, its year without a century
 *     Sun Nov  6 08:49:37 1994          asctime()
 * and nothing before or after. The century of RFC 850 is that which makes the date at most 50 years later than `now`,
 * and less than 50 years earlier. The day of the week must be a name of one but need not be right. The second 60 (a
 * leap second) counts as the first of the next minute. False for everything else: such a field is to be ignored. */
bool ct_http_date_parse(ct_str text, ct_time now, ct_time *ret_time);

#endif
